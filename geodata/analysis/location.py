"""Which area a point is in, and how sure that is.

An area holds a point that lies inside its outline or on it. Where outlines overlap or touch, the
area whose border is farthest from the point holds it, then the first by id. An outline is only
as exact as its source: a point whose distance to a border is within that outline's own accuracy
might truly be on the other side, and is said to be near a border. For a small nominal circle
that is nearly every point in it, which is the truth about such a circle.

Every distance is taken in SWEREF 99 TM: at Borås 0.02 % shorter than on the ground (a transverse
Mercator projection with scale 0.9996 at 15° E).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, STRtree

from geodata.crs import SWEREF99TM, WGS84
from geodata.model import Activity, Area, Finding, Location

Move = tuple[str | None, str | None]
"""From which area to which; None is no area."""


@dataclass(frozen=True, slots=True)
class Reassignment:
    """What new outlines say of records."""

    asked: int = 0
    """How many records have a place and an area that follows outlines."""
    moves: Mapping[Move, int] = field(default_factory=dict)
    """How many of them go from which area to which; None is no area."""
    kept: int = 0
    """How many the outlines say something new of, but whose area somebody chose."""
    records: tuple[Activity | Finding, ...] = ()
    """Those whose area is another one now, with the new one; none for counts alone."""

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
        """Project areas' outlines to metres."""
        return cls._of((area.id, area.outline_accuracy_m, area.outline) for area in areas)

    @classmethod
    def from_shapes(cls, shapes: Mapping[str, Polygon | MultiPolygon]) -> Outlines:
        """Project outlines of which only the shape is known: none is said to be near a border."""
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
        """Tell which area a point is in, WGS 84 in degrees; raises as `locate_many` does."""
        return self.locate_many([lon], [lat])[0]

    def locate_many(self, lon: ArrayLike, lat: ArrayLike) -> list[Location]:
        """Tell which area each of many points is in, WGS 84 in degrees.

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
