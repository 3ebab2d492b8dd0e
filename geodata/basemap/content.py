"""A base map's content: shapes by kind, names, and where there are data at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import shapely

from geodata.basemap.kinds import LINES, Kind
from geodata.basemap.shapes import Box, Shapes, no_shapes, shapes_from

CELL: Final = 2e-5
"""Side of the cells that tell where there are data: about 420 m at Borås."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A village, a part of town: its name, its rank (see `PLACES`), its place on the world."""

    name: str
    rank: int
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class BaseMap:
    """What there is to draw.

    Parameters
    ----------
    shapes : mapping of Kind to Shapes
        What stands on the ground; a kind that there is nothing of may be missing.
    names : tuple of str
        Of streets and paths, one for each shape of `named`.
    named : Shapes
        Streets and paths that have a name, joined where they meet.
    name_kinds : tuple of Kind
        What kind each is.
    places : tuple of NamedPlace
        Names at a point.
    land : Shapes
        Around what there are data of; outside nothing is known.
    data_date : datetime.date or None
        The day the data are of.
    """

    shapes: Mapping[Kind, Shapes]
    names: tuple[str, ...] = ()
    named: Shapes = field(default_factory=no_shapes)
    name_kinds: tuple[Kind, ...] = ()
    places: tuple[NamedPlace, ...] = ()
    land: Shapes = field(default_factory=no_shapes)
    data_date: date | None = None

    def of(self, kind: Kind) -> Shapes:
        """Return the shapes of a kind."""
        return self.shapes.get(kind) or no_shapes()

    @property
    def bounds(self) -> Box | None:
        """West, north, east and south of what there are data of; None for an empty map."""
        if not len(self.land):
            return None
        west, north = self.land.xy.min(axis=0).tolist()
        east, south = self.land.xy.max(axis=0).tolist()
        return west, north, east, south


def land_of(shapes: Mapping[Kind, Shapes]) -> Shapes:
    """Return what lies around streets and buildings, with round corners.

    A lake or a wood that an extract holds whole reaches far outside of what it holds of all else.
    """
    used = [found.xy for kind, found in shapes.items() if kind in LINES or kind is Kind.BUILDING]
    xy = np.concatenate(used) if used else np.empty((0, 2))
    if not len(xy):
        return no_shapes()
    cells = np.unique(np.floor(xy / CELL).astype(np.int64), axis=0) * CELL
    west, north = cells.T
    joined = shapely.union_all(shapely.box(west, north, west + CELL, north + CELL))
    # Out and in again: gaps of one cell are closed and corners are rounded.
    smooth = joined.buffer(1.5 * CELL, quad_segs=4).buffer(-CELL, quad_segs=4)
    return shapes_from([smooth.simplify(CELL / 50)])
