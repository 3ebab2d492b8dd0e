"""What a comparison of before and after is asked of: read from choices that may be anything.

Nothing that an address says can fail: what makes no sense is as usual, and is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from geodata.crs import in_sweden
from geodata.errors import UnknownIdError
from geodata.model import HOT_SPOT_RADIUS_M, Area, Period, Promise
from geodata.planner.choices import read_day, read_number, read_position
from geodata.service.core import Service

CHOICES: Final = ("what", "where", "radius", "beside", "from", "before", "after")
"""What can be chosen, by name."""

RADII_M: Final = (20.0, 2_000.0)
"""The smallest and the largest circle that can be asked for."""

DAYS_AT_MOST: Final = 3_660
"""The longest period, about ten years."""


@dataclass(frozen=True, slots=True)
class What:
    """What is counted: findings or activities, all of them or of one kind."""

    entity: Literal["finding", "activity"]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A place that is no area."""

    lon: float
    lat: float
    radius_m: float
    area_id: str | None = None
    hot_spot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared with what."""

    what: What
    place: str | Circle
    beside: str | None
    before: Period
    after: Period
    cut: bool = False
    faults: tuple[str, ...] = ()


def ask(
    service: Service,
    promises: Sequence[Promise],
    as_of: date,
    choices: Mapping[str, str],
    area_id: str | None = None,
) -> Asked:
    """Read choices."""
    faults: list[str] = []
    areas = service.areas(promises)
    area = next((each for each in areas if each.id == area_id), _usual(service, areas))
    place = _place(service, choices, area, faults)
    within = place.area_id if isinstance(place, Circle) else place
    of_area = [p for p in promises if within in p.area_ids] or promises[:1]
    beside = _beside(service, choices, areas, place, within, faults)
    before, after, cut = _periods(of_area[0].period, as_of, choices, faults)
    what = _what(service, choices, faults)
    return Asked(what, place, beside, before, after, cut, tuple(faults))


def _usual(service: Service, areas: Sequence[Area]) -> Area:
    found = {finding.area_id for finding in service.findings()}
    return next((each for each in areas if each.id in found), areas[0])


def _what(service: Service, choices: Mapping[str, str], faults: list[str]) -> What:
    said = choices.get("what", "finding")
    entity, _, kind = said.partition(".")
    vocabulary = service.catalogue.vocabulary
    if entity == "finding" and (not kind or kind in vocabulary.finding_categories):
        return What("finding", kind or None)
    if entity == "activity" and kind in vocabulary.activity_kinds:
        return What("activity", kind)
    faults.append("what")
    return What("finding")


def _place(
    service: Service, choices: Mapping[str, str], area: Area, faults: list[str]
) -> str | Circle:
    sort, _, said = choices.get("where", "").partition(".")
    if not sort:
        return area.id
    if sort == "spot":
        try:
            spot = service.hot_spot(said)
        except UnknownIdError:
            faults.append("where")
            return area.id
        return Circle(spot.place.x, spot.place.y, spot.radius_m, spot.area_id, spot.id)
    position = _position(said) if sort == "point" else None
    if position is None:
        faults.append("where")
        return area.id
    radius = _number(choices, "radius", HOT_SPOT_RADIUS_M, RADII_M, faults)
    return Circle(*position, radius, service.locate(*position).area_id)


def _position(said: str) -> tuple[float, float] | None:
    position = read_position(said)
    return position if position is not None and in_sweden(*position) else None


def _number(
    choices: Mapping[str, str],
    name: str,
    usual: float,
    bounds: tuple[float, float],
    faults: list[str],
) -> float:
    said = choices.get(name, "").strip()
    if not said:
        return usual
    found = read_number(said, *bounds)
    if found is None:
        faults.append(name)
    return usual if found is None else found


def _beside(
    service: Service,
    choices: Mapping[str, str],
    areas: Sequence[Area],
    place: str | Circle,
    within: str | None,
    faults: list[str],
) -> str | None:
    said, known = choices.get("beside", ""), service.catalogue.area_by_id
    if said == "none":
        return None
    if said in known and said != place:
        return said
    if said and said != place:
        faults.append("beside")
    town = known[within].municipality if within else areas[0].municipality
    others = [each.id for each in areas if each.id != within]
    return next((id_ for id_ in others if known[id_].municipality == town), None)


def _periods(
    promise: Period, as_of: date, choices: Mapping[str, str], faults: list[str]
) -> tuple[Period, Period, bool]:
    ends = min(promise.end, as_of)
    starts = promise.start if promise.start < ends else ends - timedelta(days=55)
    middle = starts + (ends - starts + timedelta(days=1)) // 2
    first = _day(choices.get("from", ""), middle, as_of, faults)
    usual = max((first - starts).days, 1), max((ends - first).days + 1, 1)
    before, after = (
        int(_number(choices, name, min(days, DAYS_AT_MOST), (1, DAYS_AT_MOST), faults))
        for name, days in zip(("before", "after"), usual, strict=True)
    )
    wanted = first + timedelta(days=after - 1)
    return (
        Period(first - timedelta(days=before), first - timedelta(days=1)),
        Period(first, min(wanted, as_of)),
        wanted > as_of,
    )


def _day(said: str, usual: date, as_of: date, faults: list[str]) -> date:
    if not said:
        return usual
    found = read_day(said, last=as_of)
    if found is None:
        faults.append("from")
    return found or usual
