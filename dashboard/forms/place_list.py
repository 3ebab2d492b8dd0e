"""Lists of places to choose from: one row a place, the chosen area's first, its area behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shapely import LineString

from dashboard.context import Context
from geodata.model import Place, name_of
from geodata.service import Service
from geodata.service.selection import Near
from geodata.texts import alphabetical

ADDRESS: Final = ""
"""The kind of a place that is none of the known ones."""

ONE_PLACE_M: Final = 150.0
"""Places of one name this near are one, in metres: a station and the stop before it."""

NEAR_M: Final = 1_500.0
"""Known places nearer than this to an area are offered for a record there, in metres."""

Groups = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Each area's name with its rows: a row's value in the list, and its text."""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place that can be chosen."""

    value: str
    name: str
    what: tuple[str, ...]
    lon: float
    lat: float
    area_id: str | None
    away_m: float = 0.0


def known_places(context: Context, value: Callable[[Place], str]) -> list[PlaceRow]:
    """Return a row for each known place."""
    kinds, language = context.service.catalogue.vocabulary.place_kinds, context.state.language
    return [
        PlaceRow(
            value(place),
            place.name,
            (name_of(kinds, place.kind).to(language),),
            place.lon,
            place.lat,
            place.nearest_area,
            place.distance_m,
        )
        for place in context.service.catalogue.places
    ]


def by_area(context: Context, rows: Iterable[PlaceRow], area: str | None) -> Groups:
    """Return rows by area: the given one first, then those of the chosen promises."""
    known = context.service.catalogue.area_by_id
    members: dict[str | None, list[PlaceRow]] = {}
    for row in _one_each(rows):
        members.setdefault(row.area_id if row.area_id in known else None, []).append(row)
    promised = (one.id for one in context.service.areas(context.promises))
    order = [name for name in dict.fromkeys((area, *promised, *known)) if name is not None]
    return [
        (
            known[name].name if name else context.words("form.outside"),
            [
                (row.value, _text(row, known[name].name if name else ""))
                for row in sorted(members[name], key=lambda r: (r.away_m, alphabetical(r.name)))
            ],
        )
        for name in (*order, None)
        if name in members
    ]


def _text(row: PlaceRow, area: str) -> str:
    what = f"{row.name} ({', '.join(row.what)})"
    return f"{what} · {area}" if area else what


def _one_each(rows: Iterable[PlaceRow]) -> list[PlaceRow]:
    kept: dict[str, list[PlaceRow]] = {}
    for row in rows:
        named = kept.setdefault(row.name.casefold(), [])
        for number, other in enumerate(named):
            if _apart_m(row, other) <= ONE_PLACE_M:
                what = tuple(dict.fromkeys((*other.what, *row.what)))
                named[number] = replace(other, what=what)
                break
        else:
            named.append(row)
    return [row for named in kept.values() for row in named]


def _apart_m(one: PlaceRow, other: PlaceRow) -> float:
    return Service.length_m(LineString([(one.lon, one.lat), (other.lon, other.lat)]))


def find(service: Service, name: str) -> Place | None:
    """Return the known place, street or house that a list's value names, None if it names none."""
    known = next((p for p in service.catalogue.places if key_of(p) == name), None)
    if known is not None:
        return known
    named, *position = name.rsplit("/", 2)
    found = Near.read(",".join((*position, named)))
    return None if found is None else Place(named, ADDRESS, found.lon, found.lat, "", 0.0, "")


def key_of(place: Place) -> str:
    """Return a known place's value in a list."""
    return f"{place.name}/{place.lon:.5f}/{place.lat:.5f}"


def offered(context: Context, area: str) -> Groups:
    """Return the known places to choose from: those near an area, or all."""
    rows = known_places(context, key_of)
    if area:
        rows = [row for row in rows if row.area_id == area and row.away_m <= NEAR_M]
    return by_area(context, rows, area or context.state.area)


def point(lon: str, lat: str) -> tuple[tuple[float, float], ...]:
    """Return the position that two fields give, none where they give none."""
    try:
        return ((float(lon), float(lat)),)
    except ValueError:
        return ()
