"""What a planner chooses before places are found, and how an address says it.

An address may hold anything: what makes no sense is read as the default, nothing here raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, Final, Literal

from geodata.model import HotSpot, Period, Promise
from geodata.planner.doses import asked_period, board
from geodata.planner.places.solve import MOST, Demand, PlacesQuestion, Spot
from geodata.planner.plans import (
    Choice,
    finding_key,
    listed,
    place_key,
    read_chosen,
    read_number,
    spot_key,
    written,
)
from geodata.planning.travel import WALK_M_PER_MIN
from geodata.service.core import Service
from geodata.service.streets import streets_asked

REACH_MIN: Final = 8.0
"""Minutes on foot within which a place is reached, unless the planner says otherwise: this
program's choice, about half of a stop of `geodata.model.VISIT_MINUTES`."""

REACH_LIMITS_MIN: Final = (1.0, 60.0)
"""Fewest and most minutes on foot that can be asked for."""

HEAVIEST: Final = 1000.0
"""Highest weight that can be typed."""

POINTS_MOST: Final = 20
"""Most points of the planner's own."""


class DemandKind(StrEnum):
    """What is to be within reach."""

    HOT_SPOTS = "hot_spots"
    """Hot spots by their weight."""
    SHORTFALL = "shortfall"
    """Hot spots by how many planned visits have not been made."""
    FINDINGS = "findings"
    """Findings that are not dealt with yet, each as much as the others."""
    OWN = "own"
    """Hot spots and points, with weights that the planner types."""


class SiteKind(StrEnum):
    """Where one may stand."""

    BOTH = "both"
    HOT_SPOTS = "hot_spots"
    """In the middle of a hot spot."""
    PLACES = "places"
    """At a known place, such as a stop or a station."""


@dataclass(frozen=True, slots=True)
class OwnPoint:
    """A point that the planner has put on the map: WGS 84 degrees, and its weight."""

    lon: float
    lat: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that the planner chooses."""

    k: int = 3
    minutes: float = REACH_MIN
    demand: DemandKind = DemandKind.HOT_SPOTS
    sites: SiteKind = SiteKind.BOTH
    required: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    points: tuple[OwnPoint, ...] = ()
    period: Literal["promise", "latest"] = "promise"

    @property
    def reach_m(self) -> float:
        """Return how far one walks, in metres."""
        return self.minutes * WALK_M_PER_MIN

    def with_required(self, key: str) -> Choices:
        """Return the choices with a site that must be in, or no longer must."""
        return replace(self, required=self.required ^ {key}, excluded=self.excluded - {key})

    def with_excluded(self, key: str) -> Choices:
        """Return the choices with a site that must not be in, or may again."""
        return replace(self, excluded=self.excluded ^ {key}, required=self.required - {key})

    def with_point(self, lon: float, lat: float) -> Choices:
        """Return the choices with one more point of the planner's own, where there is room."""
        points = (*self.points, OwnPoint(round(lon, 5), round(lat, 5)))
        return replace(self, points=points[:POINTS_MOST])

    def without_point(self, number: int) -> Choices:
        """Return the choices without one of the planner's own points, counted from 0."""
        return replace(self, points=self.points[:number] + self.points[number + 1 :])


def _weights(text: str) -> tuple[tuple[str, float], ...]:
    parts = (part.partition("*") for part in listed(text))
    told = [(key, read_number(number, 0, HEAVIEST)) for key, _, number in parts if key]
    return tuple(sorted({key: weight for key, weight in told if weight is not None}.items()))


def _points(text: str) -> tuple[OwnPoint, ...]:
    # Two on one position are two.
    parts = [(*part.split("/"), "", "", "")[:3] for part in text.split(",")]
    told = [
        (read_number(lon, -180, 180), read_number(lat, -90, 90), read_number(weight, 0, HEAVIEST))
        for lon, lat, weight in parts
    ]
    points = (
        OwnPoint(lon, lat, 1.0 if weight is None else weight)
        for lon, lat, weight in told
        if lon is not None and lat is not None
    )
    return tuple(points)[:POINTS_MOST]


def _count(text: str) -> int | None:
    number = read_number(text, 1, MOST)
    return None if number is None else int(number)


def _member(kinds: type[StrEnum], text: str) -> StrEnum | None:
    return next((kind for kind in kinds if kind.value == text), None)


_CHOICES: Final[tuple[Choice[Any], ...]] = (
    Choice("k", "k", _count),
    Choice("reach", "minutes", lambda text: read_number(text, *REACH_LIMITS_MIN), "{:g}".format),
    Choice("demand", "demand", partial(_member, DemandKind)),
    Choice("sites", "sites", partial(_member, SiteKind)),
    Choice("must", "required", lambda text: frozenset(listed(text)), lambda k: ",".join(sorted(k))),
    Choice(
        "never", "excluded", lambda text: frozenset(listed(text)), lambda k: ",".join(sorted(k))
    ),
    Choice("areas", "areas", listed, ",".join),
    Choice(
        "weights",
        "weights",
        _weights,
        lambda weights: ",".join(f"{key}*{weight:g}" for key, weight in weights),
    ),
    Choice(
        "points",
        "points",
        _points,
        lambda points: ",".join(f"{p.lon:.5f}/{p.lat:.5f}/{p.weight:g}" for p in points),
    ),
    Choice("period", "period", lambda text: "latest" if text == "latest" else None),
)


def read_choices(asked: Mapping[str, str]) -> Choices:
    """Return what an address asks for."""
    chosen = read_chosen(_CHOICES, asked, Choices())
    return replace(chosen, excluded=chosen.excluded - chosen.required)


def asked_of(choices: Choices) -> dict[str, str]:
    """Return choices as an address says them."""
    return written(_CHOICES, choices, Choices())


__all__ = ["WALK_M_PER_MIN"]

NEAR_AREA_M: Final = 250.0
"""A place counts for an area that it lies in or at most so far from, in metres: outlines are
approximate, and a stop outside the border serves those inside."""

NAME_CHARACTERS: Final = 60
"""A finding's text is cut to so many characters as a name."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from."""

    # What is to be within reach, those without weight too.
    demands: tuple[Demand, ...]
    # Where one may stand.
    sites: tuple[Spot, ...]
    # Findings that can't be reached: nobody has said where they are.
    without_place: int = 0
    # Hot spots that nothing is planned for, where shortfall is asked for.
    without_dose: int = 0


def offer(
    service: Service,
    choices: Choices,
    day: date,
    within: Collection[str] | None = None,
    shortfall: Mapping[str, float | None] | None = None,
) -> Offer:
    """Return what there is to choose from.

    Parameters
    ----------
    service : Service
        Whose hot spots, findings and known places.
    choices : Choices
        What is asked for.
    day : datetime.date
        The day told about.
    within : collection of str, optional
        Only what lies nearest to one of these areas, by id.
    shortfall : mapping of str to float or None, optional
        By a hot spot's id, how many planned visits have not been made; None where none are
        planned.

    Returns
    -------
    Offer
        Hot spots by name, findings as the register has them.
    """

    def is_near(spot: Spot) -> bool:
        return within is None or service.locate(spot.lon, spot.lat).area_at_hand in within

    spots = [
        (spot, found)
        for spot in service.hot_spots()
        if spot.valid_to is None or spot.valid_to >= day
        for found in [_of_hot_spot(service, spot)]
        if is_near(found)
    ]
    demands, without_place = tuple(_demands_of(spots, choices, shortfall or {})), 0
    if choices.demand is DemandKind.FINDINGS:
        demands, without_place = _of_findings(service, day, within)
    sites = _sites(choices, [found for _, found in spots], filter(is_near, _known_places(service)))
    unplanned = [spot for spot, _ in spots if (shortfall or {}).get(spot.id) is None]
    without_dose = len(unplanned) if choices.demand is DemandKind.SHORTFALL else 0
    return Offer(demands, tuple(sites), without_place, without_dose)


def ask_places(service: Service, choices: Choices, found: Offer) -> PlacesQuestion:
    """Return the question which places reach most.

    Parameters
    ----------
    service : Service
        Whose areas.
    choices : Choices
        What is asked for.
    found : Offer
        What there is to choose from.

    Returns
    -------
    PlacesQuestion
        With the streets in use.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if there are streets that can't be read.
    """
    streets, digest = streets_asked()
    known = service.catalogue.area_by_id
    return PlacesQuestion(
        k=choices.k,
        reach_m=choices.reach_m,
        demands=tuple(demand for demand in found.demands if demand.weight > 0),
        sites=found.sites,
        required=choices.required,
        excluded=choices.excluded,
        areas=tuple((one, known[one].name) for one in choices.areas if one in known),
        streets=streets,
        streets_digest=digest,
    )


def shortfalls(
    service: Service, choices: Choices, promises: Sequence[Promise], day: date
) -> tuple[Period, Mapping[str, float | None]]:
    """Return how many planned visits each hot spot lacks, and in what time.

    Parameters
    ----------
    service : Service
        Whose hot spots and patrols.
    choices : Choices
        Says what time.
    promises : sequence of Promise
        Those told about, at least one.
    day : datetime.date
        The day told about.

    Returns
    -------
    period : Period
        Both days included.
    shortfall : mapping of str to float or None
        By a hot spot's id; None where nothing is planned.
    """
    period = asked_period(promises, day, {"period": choices.period}).period
    doses = ((one.hot_spot.id, one.dose.planned) for one in board(service, period).spots)
    return period, {id_: planned.lacking if planned else None for id_, planned in doses}


# --- what is to be within reach -----------------------------------------------------------------


def _of_hot_spot(service: Service, spot: HotSpot) -> Spot:
    lon, lat = spot.place.x, spot.place.y
    area = spot.area_id or _area_at(service, lon, lat)
    return Spot(spot_key(spot.id), "hot_spot", spot.name, lon, lat, spot.id, area)


def _demands_of(
    spots: Iterable[tuple[HotSpot, Spot]],
    choices: Choices,
    shortfall: Mapping[str, float | None],
) -> Iterable[Demand]:
    typed = dict(choices.weights)
    for spot, found in spots:
        weight = spot.weight
        if choices.demand is DemandKind.SHORTFALL:
            weight = max(shortfall.get(spot.id) or 0.0, 0.0)
        elif choices.demand is DemandKind.OWN:
            weight = typed.get(found.key, spot.weight)
        yield Demand(found, weight)
    if choices.demand is DemandKind.OWN:
        for number, point in enumerate(choices.points):
            # Two on one position are two: the number tells them apart.
            key = f"{place_key(point.lon, point.lat)}n{number + 1}"
            yield Demand(Spot(key, "point", str(number + 1), point.lon, point.lat), point.weight)


def _of_findings(
    service: Service, day: date, within: Collection[str] | None
) -> tuple[tuple[Demand, ...], int]:
    found, without = [], 0
    for finding in service.findings():
        if not finding.open_on(day):
            continue
        if finding.place is None:
            without += within is None or finding.area_id in within
            continue
        lon, lat = finding.place.x, finding.place.y
        here = finding.area_id or service.locate(lon, lat).area_at_hand
        if within is not None and here not in within:
            continue
        text = " ".join(finding.text.split())
        name = text if len(text) <= NAME_CHARACTERS else f"{text[: NAME_CHARACTERS - 1]}…"
        spot = Spot(finding_key(finding.id), "finding", name, lon, lat, finding.id, finding.area_id)
        found.append(Demand(spot, 1.0))
    return tuple(found), without


# --- where one may stand ------------------------------------------------------------------------


def _known_places(service: Service) -> list[Spot]:
    return [
        Spot(
            place_key(place.lon, place.lat),
            "place",
            place.name,
            place.lon,
            place.lat,
            area_id=place.nearest_area if place.distance_m <= NEAR_AREA_M else None,
        )
        for place in service.catalogue.places
    ]


def _sites(choices: Choices, spots: Iterable[Spot], places: Iterable[Spot]) -> Iterable[Spot]:
    """Return the sites of the kinds that are asked for; what must be in is one whatever it is."""
    for kind, found in ((SiteKind.HOT_SPOTS, spots), (SiteKind.PLACES, places)):
        for site in found:
            if choices.sites in (kind, SiteKind.BOTH) or site.key in choices.required:
                yield site


def _area_at(service: Service, lon: float, lat: float) -> str | None:
    found = service.locate(lon, lat)
    near = found.border_m is not None and found.border_m <= NEAR_AREA_M
    return found.area_id or (found.nearest_area_id if near else None)
