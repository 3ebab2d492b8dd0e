"""What other map programs read of the register, a page at a time: collections of features.

What is in them is what the map shows and files hold, with the files' columns; internal findings
never are. Activities are found by the register itself, the others, of which there are few, here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any, Final, cast

import numpy as np
import shapely
from shapely.geometry import mapping

from geodata.crs import quadrangle, to_metres
from geodata.errors import UnknownIdError
from geodata.model import Activity, ActivityFilter, Finding, HotSpot, Language, Walk
from geodata.publish import Export
from geodata.publish.values import GEOMETRY, ID, Values, shape_of, values_maker
from geodata.records import Sort, column
from geodata.register import Region
from geodata.service.core import Service
from geodata.service.exporting import Wanted, gather, verified

BBox = tuple[float, float, float, float]

GRID: Final[BBox] = (-200_000.0, 5_800_000.0, 1_400_000.0, 8_000_000.0)
"""Where SWEREF 99 TM is asked about: Sweden and far round it; west, south, east, north."""

MILLIMETRES: Final = 3
"""Decimals of a metre."""

COLLECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "areas": ("municipality", "area_kind", "state"),
    "commitments": ("promise", "state"),
    "activities": ("kind", "area", "commitments"),
    "walks": ("status", "area", "commitments"),
    "findings": ("category", "status", "area", "owner"),
    "hot_spots": ("area",),
}
"""Each collection, and the properties by which it can be asked."""

Feature = dict[str, Any]
"""A feature as GeoJSON has it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which features."""

    # A key of `COLLECTIONS`.
    collection: str
    # At most so many, after so many.
    limit: int = 100
    offset: int = 0
    # West, south, east and north; in degrees west may lie past east, round the back of the globe.
    # What has no place lies in every one.
    bbox: BBox | None = None
    # Whether the box is, and the answer shall be, in SWEREF 99 TM instead of WGS 84.
    bbox_metres: bool = False
    metres: bool = False
    # Only what was, or holds, on one of the days between. What has no day is of every one.
    first_day: date | None = None
    last_day: date | None = None
    # Only with these values; of several ids one has to be it.
    properties: Mapping[str, str] = field(default_factory=dict)
    language: Language = "sv"


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and when a collection's features are; None for what none of them has."""

    bbox: BBox | None = None
    days: tuple[date, date | None] | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A feature that is not written out yet."""

    id: str
    shape: Any
    told: Callable[[], Values]


def page(service: Service, asked: Asked) -> tuple[tuple[Feature, ...], int]:
    """Return a page of a collection's features, and how many all its pages have."""
    first, last = asked.offset, asked.offset + asked.limit
    if asked.collection == "activities":
        count, found = _page_of_activities(service, asked)
        every = _of_records(service, asked, found)
    else:
        region = _region(asked.bbox, asked.bbox_metres)
        inside = _with_part_in(region, _every(service, asked))
        count, every = len(inside), inside[first:last]
    return tuple(_geojson(one, metres=asked.metres) for one in every), count


def _page_of_activities(service: Service, asked: Asked) -> tuple[int, Sequence[Activity]]:
    """Return how many are asked for, and those of a page: looked for on its own days only."""
    chosen = _filter(asked)
    days = service.kept(_days_of, chosen, asked.bbox, asked.bbox_metres)
    ends = np.cumsum([number for _, number in days])
    count = int(ends[-1]) if days else 0
    if asked.offset >= count:
        return count, ()
    last = min(asked.offset + asked.limit, count)
    newest, oldest = np.searchsorted(ends, [asked.offset, last - 1], side="right").tolist()
    chosen = replace(chosen, first_day=days[oldest][0], last_day=days[newest][0])
    offset = asked.offset - (int(ends[newest - 1]) if newest else 0)
    page = service.register.activities_within
    region = _region(asked.bbox, asked.bbox_metres)
    return count, page(chosen, region, limit=asked.limit, offset=offset)


def _days_of(
    service: Service, chosen: ActivityFilter, bbox: BBox | None, metres: bool
) -> tuple[tuple[date, int], ...]:
    return service.register.activity_days(chosen, _region(bbox, metres))


def feature(service: Service, asked: Asked, feature_id: str) -> Feature:
    """Return one feature; raises UnknownIdError where the collection has none of that id."""
    if asked.collection == "activities":
        found = _of_records(service, asked, service.activities_by_id([feature_id]))
    else:
        found = [one for one in _every(service, asked) if one.id == feature_id]
    if not found:
        raise UnknownIdError("unknown.feature", id=feature_id, collection=asked.collection)
    return _geojson(found[0], metres=asked.metres)


def extent(service: Service, collection: str) -> Extent:
    """Return where and when a collection's features are."""
    return service.kept(_extent, collection)


def _extent(service: Service, collection: str) -> Extent:
    if collection == "activities":
        return Extent(*service.register.activity_extent())
    every = _every(service, Asked(collection))
    bounds = [one.shape.bounds for one in every if one.shape is not None]
    edges = zip((min, min, max, max), zip(*bounds, strict=True), strict=False)
    bbox: Any = tuple(edge(values) for edge, values in edges) or None
    spans = [_days(record) for record in _records(service, collection)]
    if not spans:
        return Extent(bbox)
    ends = [end for _, end in spans if end is not None]
    last = max(ends) if len(ends) == len(spans) else None
    return Extent(bbox, (min(start for start, _ in spans), last))


# --- what is asked for -------------------------------------------------------------------------


def _filter(asked: Asked) -> ActivityFilter:
    known = asked.properties
    area, kind = known.get("area"), known.get("kind")
    return ActivityFilter(
        None if area is None else (area,),
        None if kind is None else (kind,),
        known.get("commitments"),
        asked.first_day,
        asked.last_day,
    )


def _region(bbox: BBox | None, metres: bool) -> Region | None:
    if bbox is None:
        return None
    west, south, east, north = bbox
    if not metres:
        spans = ((west, east),) if west <= east else ((west, 180.0), (-180.0, east))
        boxes = tuple((first, south, last, north) for first, last in spans)
        exact = shapely.union_all([shapely.box(*box) for box in boxes])
        return Region(boxes, boxes, partial(shapely.intersects, exact))
    # Beyond the grid there is nothing that the system could tell of.
    west, east = (min(max(value, GRID[0]), GRID[2]) for value in (west, east))
    south, north = (min(max(value, GRID[1]), GRID[3]) for value in (south, north))
    bent, exact = quadrangle(west, south, east, north), shapely.box(west, south, east, north)

    def holds(shapes: Any) -> Any:
        return shapely.intersects(exact, [one if one is None else to_metres(one) for one in shapes])

    return Region((bent.outer,), (bent.inner,), holds, bent)


def _with_part_in(region: Region | None, every: list[_Found]) -> list[_Found]:
    if region is None:
        return every
    yes = region.holds(np.array([one.shape for one in every], dtype=object)).tolist()
    return [one for one, inside in zip(every, yes, strict=True) if inside or one.shape is None]


# --- where they are found ----------------------------------------------------------------------

Record = Activity | Walk | Finding | HotSpot


def _records(service: Service, collection: str) -> Sequence[Walk | Finding | HotSpot]:
    if collection == "walks":
        return service.walks()
    if collection == "findings":
        return [finding for finding in service.findings() if not finding.internal]
    return service.hot_spots() if collection == "hot_spots" else ()


def _days(record: Walk | Finding | HotSpot) -> tuple[date, date | None]:
    if isinstance(record, HotSpot):
        return record.valid_from, record.valid_to
    return record.day, record.day


def _every(service: Service, asked: Asked) -> list[_Found]:
    """Return all of a collection's that are asked for but for where they are, in its order."""
    if asked.collection in ("areas", "commitments"):
        rows = service.kept(_catalogue_rows, asked.collection, asked.language)
        return [
            _Found(id_, shape, partial(dict, values))
            for id_, shape, values in rows
            if all(values[name] == value for name, value in asked.properties.items())
        ]
    wanted = [
        (attrgetter(column(cast("Sort", asked.collection), name).attribute), value)
        for name, value in asked.properties.items()
    ]
    first, last = asked.first_day or date.min, asked.last_day or date.max
    return _of_records(
        service,
        asked,
        [
            record
            for record in _records(service, asked.collection)
            if _days(record)[0] <= last
            and (_days(record)[1] or date.max) >= first
            and all(_is(value_of(record), value) for value_of, value in wanted)
        ],
    )


def _is(value: object, wanted: str) -> bool:
    return wanted in value if isinstance(value, tuple) else str(value) == wanted


def _of_records(service: Service, asked: Asked, records: Sequence[Record]) -> list[_Found]:
    sort = cast("Sort", asked.collection)
    known = service.kept(verified, None) if sort == "walks" else {}
    values_of = values_maker(Export(service.catalogue, asked.language, verified=known), sort)
    return [_Found(one.id, shape_of(one), partial(values_of, one)) for one in records]


def _catalogue_rows(
    service: Service, collection: str, language: Language
) -> list[tuple[str, Any, Values]]:
    # Takes GDAL and pandas, as the files do that have these rows.
    from geodata.publish.surroundings import area_values, told_commitment

    export = gather(service, Wanted((), language=language))
    if collection == "areas":
        return [(area.id, area.outline, area_values(area, export)) for area in export.areas]
    promises = [commitment for promise in export.promises for commitment in promise.commitments]
    return [(one.id, None, told_commitment(one, export)) for one in promises]


# --- what is given -------------------------------------------------------------------------------


def _geojson(found: _Found, *, metres: bool) -> Feature:
    shape = found.shape
    if shape is not None and metres:
        # North before east, as the system itself has it.
        projected = to_metres(shape)
        shape = shapely.transform(projected, lambda xy: xy[:, ::-1].round(MILLIMETRES))
    values = found.told()
    return {
        "type": "Feature",
        "id": found.id,
        "geometry": None if shape is None else mapping(shape),
        "properties": {n: v for n, v in values.items() if n != ID and n not in GEOMETRY},
    }
