"""Areas' outlines: which of them a point is in and how sure that is, and what each of them meets.

Which area
    An area holds a point that lies inside its outline or on it. Where outlines overlap or touch,
    the area whose border is farthest from the point holds it, then the first by id. An outline is
    only as exact as its source: a point whose distance to a border is within that outline's own
    accuracy might truly be on the other side, and is said to be near a border. For a small nominal
    circle that is nearly every point in it, which is the truth about such a circle.
What it meets
    Itself, its neighbours, and what is known of its municipality, told at its place on the map.
    Only a crossing makes an outline useless; of the rest somebody who knows the place decides.
Distances
    are taken in SWEREF 99 TM: at Borås 0.02 % shorter than on the ground (a transverse Mercator
    projection with scale 0.9996 at 15° E).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from geodata.analysis.drawing import ON_BORDER_M, Sketch
from geodata.crs import SWEREF99TM, WGS84, to_degrees, to_metres
from geodata.model import Activity, Area, Finding, Location

Move = tuple[str | None, str | None]
"""From which area to which; None is no area."""


@dataclass(frozen=True, slots=True)
class Reassignment:
    """What new outlines say of records."""

    # How many records have a place and an area that follows outlines.
    asked: int = 0
    # How many of them go from which area to which; None is no area.
    moves: Mapping[Move, int] = field(default_factory=dict)
    # How many the outlines say something new of, but whose area somebody chose.
    kept: int = 0
    # Those whose area is another one now, with the new one; none for counts alone.
    records: tuple[Activity | Finding, ...] = ()

    @property
    def changed(self) -> int:
        """How many records get another area."""
        return sum(self.moves.values())


def reassign(records: Iterable[Activity | Finding], old: Outlines, new: Outlines) -> Reassignment:
    """Ask new outlines where records are, void ones too; asking again changes nothing more."""
    asked = [record for record in records if _follows_outlines(record)]
    points = [_point(record) for record in asked]
    lon, lat = [point.x for point in points], [point.y for point in points]
    before, after = old.locate_many(lon, lat), new.locate_many(lon, lat)
    changed: list[Activity | Finding] = []
    moves: Counter[Move] = Counter()
    kept = 0
    for record, was, now in zip(asked, before, after, strict=True):
        if was.area_id == now.area_id or record.area_id == now.area_id:
            continue
        if record.area_id != was.area_id:
            kept += 1
            continue
        moves[record.area_id, now.area_id] += 1
        changed.append(replace(record, area_id=now.area_id))
    return Reassignment(len(asked), dict(moves), kept, tuple(changed))


def _follows_outlines(record: Activity | Finding) -> bool:
    is_walk = isinstance(record, Activity) and record.walk_id is not None
    return record.place is not None and not record.void and not is_walk


def _point(record: Activity | Finding) -> Point:
    """Return where a record is asked about: its place, or half way along a line."""
    place: Point | LineString | MultiLineString | None = record.place
    if place is None or isinstance(place, Point):
        return place or Point()
    return shapely.line_interpolate_point(place, 0.5, normalized=True)


_Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Outlines:
    """The outlines of areas, ready to be asked about points.

    `frame` is in SWEREF 99 TM: ``area_id``, ``accuracy_m`` (metres) and the outline, ordered by id.
    """

    frame: gpd.GeoDataFrame

    @classmethod
    def from_areas(cls, areas: Sequence[Area]) -> Outlines:
        """Project areas' outlines to metres.

        Parameters
        ----------
        areas : sequence of Area
            In any order; may be empty.
        """
        return cls._of((area.id, area.outline_accuracy_m, area.outline) for area in areas)

    @classmethod
    def from_shapes(cls, shapes: Mapping[str, Polygon | MultiPolygon]) -> Outlines:
        """Project outlines of which only the shape is known: none is said to be near a border.

        Parameters
        ----------
        shapes : mapping of str to shapely Polygon or MultiPolygon
            By area id, in WGS 84; in any order, may be empty.
        """
        return cls._of((id_, 0.0, shape) for id_, shape in shapes.items())

    @classmethod
    def _of(cls, rows: Iterable[tuple[str, float, Polygon | MultiPolygon]]) -> Outlines:
        ordered = sorted(rows, key=lambda row: row[0])
        frame = gpd.GeoDataFrame(
            {
                "area_id": [id_ for id_, _, _ in ordered],
                "accuracy_m": np.array([accuracy for _, accuracy, _ in ordered], dtype=float),
            },
            geometry=[outline for _, _, outline in ordered],
            crs=WGS84,
        )
        return cls(frame.to_crs(SWEREF99TM))

    def locate(self, lon: float, lat: float) -> Location:
        """Tell which area a point is in.

        Parameters
        ----------
        lon, lat : float
            WGS 84, degrees.

        Raises
        ------
        ValueError
            As for `locate_many`.
        """
        return self.locate_many([lon], [lat])[0]

    def locate_many(self, lon: ArrayLike, lat: ArrayLike) -> list[Location]:
        """Tell which area each of many points is in.

        Parameters
        ----------
        lon, lat : array-like of float
            WGS 84, degrees; equally many.

        Returns
        -------
        list of Location
            In the points' order.

        Raises
        ------
        ValueError
            If the two are not equally long, a coordinate is not finite, or a point is so far
            from Sweden that it has no place in SWEREF 99 TM: the caller is to check its input.
        """
        points = _project(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        if self.frame.empty:
            return [Location(None, None, None, near_border=False)] * len(points)
        tree = STRtree(points)
        ids = [*self.frame["area_id"], None]
        borders = shapely.boundary(self.frame.geometry.to_numpy())
        holder = self._holder(points, tree, borders)
        nearest, distance_m = _nearest(points, borders)
        near = np.zeros(len(points), dtype=bool)
        accuracy_m = self.frame["accuracy_m"].to_numpy()
        near[tree.query(borders, predicate="dwithin", distance=accuracy_m)[1]] = True
        return [
            Location(ids[h], ids[n], d, near_border=b)
            for h, n, d, b in zip(
                holder.tolist(), nearest.tolist(), distance_m.tolist(), near.tolist(), strict=True
            )
        ]

    def _holder(
        self, points: NDArray[np.object_], tree: STRtree, borders: NDArray[np.object_]
    ) -> NDArray[np.intp]:
        """Return the row of the area that holds each point, -1 for none."""
        rows, held = tree.query(self.frame.geometry.to_numpy(), predicate="covers")
        depth_m = shapely.distance(points[held], borders[rows])
        # The last write stays: the deepest, and of equals the first row (by id).
        order = np.lexsort((-rows, depth_m))
        holder = np.full(len(points), -1, dtype=np.intp)
        holder[held[order]] = rows[order]
        return holder


def _project(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.object_]:
    if lon.shape != lat.shape or lon.ndim != 1:
        raise ValueError("lon and lat must be equally long")
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise ValueError("coordinates must be finite")
    points = np.asarray(gpd.points_from_xy(lon, lat, crs=WGS84).to_crs(SWEREF99TM))
    if not np.isfinite(shapely.get_coordinates(points)).all():
        raise ValueError("coordinates must lie where SWEREF 99 TM can show them")
    return points


def _nearest(
    points: NDArray[np.object_], borders: NDArray[np.object_]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the row of the nearest border for each point, the first of equals, and metres."""
    (asked, rows), distance_m = STRtree(borders).query_nearest(points, return_distance=True)
    order = np.lexsort((rows, asked))
    _, first = np.unique(asked[order], return_index=True)
    chosen = order[first]
    return rows[chosen], distance_m[chosen]


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
    # WGS 84.
    where: BaseGeometry
    area: Area | None = None
    # Square metres of an overlap or a gap, metres to an area or beyond a town.
    size: float = 0.0
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
    """Return what an outline meets, the largest of each sort first.

    Parameters
    ----------
    outline : shapely Polygon or MultiPolygon
        Valid, in WGS 84.
    accuracy_m : float
        How far the true boundary may lie from it: a gap that is narrower is told.
    municipality : str
        Whose area it is said to be.
    others : sequence of Area
        All other areas.
    towns : sequence of Town, optional
        Those that are known.

    Returns
    -------
    tuple of Remark
        Overlaps, gaps, then where it lies.
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
    """Return areas in groups that lie apart, each with what its place is called.

    Parameters
    ----------
    areas : sequence of Area
        In the order that is kept, among groups as in them.
    towns : sequence of Town, optional
        Those that are known: they tell two places of one municipality from each other.

    Returns
    -------
    tuple of (str, tuple of Area)
        Areas with less than `FAR_M` between their outlines' boxes, or with others in between, are
        one group: its municipality's name, its town's where the municipality has several.
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
