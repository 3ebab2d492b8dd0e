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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPolygon, Polygon, STRtree

from geodata.crs import SWEREF99TM, WGS84
from geodata.model import Area, Location

_Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Outlines:
    """The outlines of areas, ready to be asked about points.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        In SWEREF 99 TM: ``area_id``, ``accuracy_m`` (metres) and the outline, ordered by id.
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
        ordered = sorted(areas, key=lambda area: area.id)
        columns = {
            "area_id": [area.id for area in ordered],
            "accuracy_m": np.array([area.outline_accuracy_m for area in ordered], dtype=float),
        }
        outlines = [area.outline for area in ordered]
        return cls(gpd.GeoDataFrame(columns, geometry=outlines, crs=WGS84).to_crs(SWEREF99TM))

    @classmethod
    def from_shapes(cls, shapes: Mapping[str, Polygon | MultiPolygon]) -> Outlines:
        """Project outlines of which only the shape is known: none is said to be near a border.

        Parameters
        ----------
        shapes : mapping of str to shapely Polygon or MultiPolygon
            By area id, in WGS 84; in any order, may be empty.
        """
        ordered = sorted(shapes)
        columns = {"area_id": ordered, "accuracy_m": np.zeros(len(ordered))}
        outlines = [shapes[id_] for id_ in ordered]
        return cls(gpd.GeoDataFrame(columns, geometry=outlines, crs=WGS84).to_crs(SWEREF99TM))

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
