"""What an outline meets: itself, its neighbours, and what is known of its municipality.

Measured in SWEREF 99 TM, told at its place on the map. Only a crossing makes an outline useless;
of the rest somebody who knows the place decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import shapely
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from geodata.analysis.drawing import ON_BORDER_M, Sketch
from geodata.crs import to_degrees, to_metres
from geodata.model import Area

SMALLEST_M2: Final = 1.0
"""Less is what rounding leaves between two outlines with one border."""

FAR_M: Final = 10_000.0
"""Farther than this from every area of its municipality an outline is asked about: half of the
municipalities are less than 30 km across."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town as far as it was built in a year: Statistics Sweden's outline of it.

    `accuracy_m` is how far, in metres, the true one may lie from it.
    """

    name: str
    municipality: str
    outline: Polygon | MultiPolygon
    accuracy_m: float
    year: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that an outline meets.

    ``crossing`` of the outline with itself; ``overlap`` with an area or thin ``gap`` to it;
    ``outside`` of the built-up town; ``elsewhere`` if the nearest area is another municipality's;
    ``far`` from its own; ``first`` area of its municipality, so that there is nothing to compare it
    with.
    """

    what: Literal["crossing", "overlap", "gap", "outside", "elsewhere", "far", "first"]
    where: BaseGeometry
    """WGS 84."""
    area: Area | None = None
    size: float = 0.0
    """Square metres of an overlap or a gap, metres to an area or beyond a town."""
    town: Town | None = None


def crossings(sketch: Sketch) -> MultiPoint | None:
    """Return where a sketch's parts cross or touch themselves or each other; None for nowhere."""
    edges: list[tuple[int, int, int, LineString]] = []
    for part, ring in enumerate(sketch.rings):
        is_open = sketch.is_open and part == len(sketch.rings) - 1
        corners = ring if is_open or len(ring) < 3 else (*ring, ring[0])
        pairs = list(pairwise(corners))
        edges += [(part, n, len(pairs), LineString(pair)) for n, pair in enumerate(pairs)]
    if not edges:
        return None
    lines = [edge[3] for edge in edges]
    found: list[Point] = []
    for first, second in STRtree(lines).query(lines, predicate="intersects").T:
        if first < second and (shared := _crossing(edges[first], edges[second], sketch)):
            found += [Point(at) for at in shapely.get_coordinates(shared)]
    return MultiPoint(found) if found else None


def _crossing(
    one: tuple[int, int, int, LineString], other: tuple[int, int, int, LineString], sketch: Sketch
) -> BaseGeometry | None:
    shared = one[3].intersection(other[3])
    if one[0] != other[0]:
        # Two parts may meet in a corner.
        meets = shared.geom_type == "Point" and one[3].touches(other[3])
        return None if meets else shared
    is_open = sketch.is_open and one[0] == len(sketch.rings) - 1
    apart = (other[1] - one[1]) % one[2]
    follow_on = apart == 1 or (apart == one[2] - 1 and not is_open)
    return None if follow_on and shared.geom_type == "Point" else shared


def remarks(
    outline: Polygon | MultiPolygon,
    accuracy_m: float,
    municipality: str,
    others: Sequence[Area],
    towns: Sequence[Town] = (),
) -> tuple[Remark, ...]:
    """Return what a valid outline in WGS 84 meets, the largest of each sort first.

    `accuracy_m` is how far the true boundary may lie from it: a gap that is narrower is told.
    Overlaps come first, then gaps, then where it lies.
    """
    shape = to_metres(outline)
    near = [(area, to_metres(area.outline)) for area in others]
    found = [*_overlaps(shape, near), *_gaps(shape, near, accuracy_m)]
    found.sort(key=lambda remark: (remark.what == "gap", -remark.size))
    own = [town for town in towns if town.municipality == municipality]
    return (*found, *_beyond(shape, own, accuracy_m), *_lying(outline, shape, municipality, near))


def gathered(
    areas: Sequence[Area], towns: Sequence[Town] = ()
) -> tuple[tuple[str, tuple[Area, ...]], ...]:
    """Return areas in groups that lie apart, each with what its place is called, in their order.

    Areas with less than `FAR_M` between their outlines' boxes, or with others in between, are one
    group: its municipality's name, its town's where the municipality has several, which the towns
    that are known tell from each other.
    """
    boxes = [shapely.buffer(shapely.box(*to_metres(a.outline).bounds), FAR_M / 2) for a in areas]
    parts = shapely.get_parts(shapely.union_all(boxes))
    groups: dict[int, list[Area]] = {}
    for area, box in zip(areas, boxes, strict=True):
        part = next(n for n, one in enumerate(parts) if one.intersects(box.centroid))
        groups.setdefault(part, []).append(area)
    called = [", ".join(dict.fromkeys(a.municipality for a in group)) for group in groups.values()]
    return tuple(
        (name if called.count(name) == 1 else _town_of(group, towns) or name, tuple(group))
        for name, group in zip(called, groups.values(), strict=True)
    )


def _town_of(areas: Sequence[Area], towns: Sequence[Town]) -> str:
    """Return the built-up towns that areas touch, their own names where there is none."""
    found = [t.name for t in towns if any(t.outline.intersects(a.outline) for a in areas)]
    return ", ".join(found or [area.name for area in areas])


Measured = Sequence[tuple[Area, Polygon | MultiPolygon]]
"""Areas with their outlines in metres."""


def _overlaps(shape: BaseGeometry, near: Measured) -> Iterator[Remark]:
    for area, theirs in near:
        shared = _surface(shape.intersection(theirs))
        if shared.area >= SMALLEST_M2:
            yield Remark("overlap", to_degrees(shared), area, shared.area)


def _gaps(shape: BaseGeometry, near: Measured, accuracy_m: float) -> Iterator[Remark]:
    """Yield what lies between two outlines where they are nearer to each other than that.

    Both are widened by half of it and narrowed again: what has been filled then and runs along
    both is what was between them. Where two borders merely meet at an angle, it is short.
    """
    for area, theirs in near:
        if not accuracy_m or shape.distance(theirs) >= accuracy_m:
            continue
        both = shape.union(theirs)
        filled = both.buffer(accuracy_m / 2).buffer(-accuracy_m / 2)
        between = [
            piece
            for piece in shapely.get_parts(filled.difference(both))
            if piece.area >= SMALLEST_M2
            and min(_along(piece, shape), _along(piece, theirs)) >= accuracy_m
        ]
        if between:
            gap = MultiPolygon(between)
            yield Remark("gap", to_degrees(gap), area, gap.area)


def _along(piece: BaseGeometry, shape: BaseGeometry) -> float:
    """Return for how many metres a piece runs along a shape's border."""
    return float(piece.buffer(ON_BORDER_M).intersection(shape.boundary).length)


def _surface(shape: BaseGeometry) -> MultiPolygon:
    """Return the part of a shape that has a surface."""
    parts = [p for p in shapely.get_parts(shape) if isinstance(p, Polygon)]
    return MultiPolygon(parts)


def _beyond(shape: BaseGeometry, towns: Sequence[Town], accuracy_m: float) -> Iterator[Remark]:
    """Yield where an outline reaches out of the town that it is in, farther than both are exact.

    No municipality's border is known here; what is built of it is, of some.
    """
    corners = shapely.points(shapely.get_coordinates(shape))
    built = [(town, to_metres(town.outline)) for town in towns]
    reaches = [(float(shapely.distance(corners, b).max()), town, b) for town, b in built]
    if not reaches:
        return
    reach_m, town, theirs = min(reaches, key=lambda one: one[0])
    if reach_m > accuracy_m + town.accuracy_m:
        outside = _surface(shape.difference(theirs))
        yield Remark("outside", to_degrees(outside), size=reach_m, town=town)


def _lying(
    outline: BaseGeometry, shape: BaseGeometry, municipality: str, near: Measured
) -> Iterator[Remark]:
    """Yield what is odd about an outline's lying in its municipality, of which no border is known.

    What is known of a municipality are its areas.
    """
    where = outline.representative_point()
    away = sorted(((shape.distance(theirs), area) for area, theirs in near), key=lambda a: a[0])
    own = [(m, area) for m, area in away if area.municipality == municipality]
    if not municipality or not away:
        return
    if not own:
        yield Remark("first", where)
    elif own[0][0] > FAR_M:
        yield Remark("far", where, own[0][1], own[0][0])
    if away[0][1].municipality != municipality and away[0][0] < FAR_M:
        yield Remark("elsewhere", where, away[0][1], away[0][0])
