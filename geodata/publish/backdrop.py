"""What lies beneath every still map: towns as far as they are built, streets and layers if any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from geodata.basemap.kinds import AREAS, BaseMap, Kind, to_degrees, to_world
from geodata.crs import SWEREF99TM, positions_to_degrees, positions_to_metres, to_metres
from geodata.model import ReferenceLayer
from geodata.palette import LAYER_COLOURS
from geodata.publish.paper import Box, Frame, svg_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.publish.paper import Positions
    from geodata.texts import Words

FINEST_MM: Final = 0.06
"""What is smaller than this on the paper isn't seen: half of the thinnest line."""


DOT_MM: Final = 0.45
"""Half as wide as a reference layer's points: squares, which no record's sign is."""


class Look(NamedTuple):
    """How a kind is drawn: filled where it has no width, down to a scale of one to so much."""

    colour: str
    width_mm: float
    smallest_scale: float


TOWN: Final = Look("#eae8e1", 0, 1e9)
LOOKS: Final = {
    Kind.GREEN: Look("#dde8d3", 0, 60_000),
    Kind.WOOD: Look("#dce6d5", 0, 60_000),
    Kind.WATER: Look("#c3d9e6", 0, 1e9),
    Kind.STREAM: Look("#c3d9e6", 0.3, 60_000),
    Kind.BUILDING: Look("#d5d3ca", 0, 12_000),
    Kind.PATH: Look("#cfd2cc", 0.15, 12_000),
    Kind.SERVICE: Look("#d3d6d0", 0.2, 12_000),
    Kind.STREET: Look("#c9cdc7", 0.3, 35_000),
    Kind.COLLECTOR: Look("#bcc1bb", 0.45, 120_000),
    Kind.MAIN: Look("#b9b39c", 0.6, 400_000),
    Kind.RAIL: Look("#aab2b5", 0.25, 400_000),
}
"""Quiet: a map's ground is looked past. In the order of their kinds, the last on top."""


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What there is to draw beneath a map."""

    # Names and outlines, in metres.
    towns: tuple[tuple[str, BaseGeometry], ...] = ()
    # Streets and what stands between them; None where no street file is taken in.
    base: BaseMap | None = None
    # What year's the towns are.
    year: int | None = None
    # On top of the rest.
    layers: tuple[ReferenceLayer, ...] = ()

    def sources(self, words: Words) -> tuple[str, ...]:
        """Return who must be named where it is drawn."""
        built = (words("sheet.towns", year=str(self.year)),) if self.towns else ()
        streets = (words("sheet.streets"),) if self.base else ()
        return (*built, *streets, *(_credit(layer, words) for layer in self.layers))

    def drawn(self, frame: Frame, box: Box) -> Iterator[tuple[Look, str]]:
        """Give what there is in a box of the paper as paths, the lowest first."""
        for _, outline in self.towns:
            yield from _path(TOWN, [frame.shape(outline)], box)
        if self.base is not None:
            yield from self._streets(self.base, frame, box)
        for layer in self.layers:
            yield from _layer(layer, frame, box)

    def _streets(self, base: BaseMap, frame: Frame, box: Box) -> Iterator[tuple[Look, str]]:
        scale = 1000 / frame.mm_per_m
        seen = _world(frame, box)
        for kind, look in LOOKS.items():
            shapes = base.of(kind)
            if scale > look.smallest_scale or not len(shapes):
                continue
            taken = shapes.taken(shapes.within(seen))
            if len(taken):
                xy = frame.at(positions_to_metres(to_degrees(taken.xy), SWEREF99TM))
                yield from _path(look, _geometries(xy, taken.rings, taken.starts, kind), box)

    def streets(self, frame: Frame, box: Box) -> Iterator[tuple[str, BaseGeometry]]:
        """Give streets that have names with as much of them as lies in a box of the paper."""
        if self.base is None or not len(self.base.named):
            return
        which = self.base.named.within(_world(frame, box))
        taken = self.base.named.taken(which)
        xy = frame.at(positions_to_metres(to_degrees(taken.xy), SWEREF99TM))
        lines = _geometries(xy, taken.rings, taken.starts, Kind.STREET)
        for number, line in zip(which.tolist(), shapely.clip_by_rect(lines, *box), strict=True):
            longest = max(
                shapely.get_parts(line), key=lambda part: float(part.length), default=None
            )
            if longest is not None:
                yield self.base.names[number], longest

    def names(
        self, frame: Frame, box: Box, areas: Sequence[BaseGeometry]
    ) -> Iterator[tuple[str, Point]]:
        """Give the towns in a box of the paper by a point of each, outside areas if it can be."""
        taken = shapely.union_all(areas)
        for name, outline in self.towns:
            seen = shapely.clip_by_rect(frame.shape(outline), *box)
            if not seen.is_empty:
                free = seen.difference(taken)
                yield name, (seen if free.is_empty else free).representative_point()


def _credit(layer: ReferenceLayer, words: Words) -> str:
    """Return what a layer's colour means, and who stands for it."""
    return words(
        "layers.on_paper",
        name=layer.name.to(words.language),
        colour=words(f"layers.colour.{layer.colour}").lower(),
        source=layer.source,
        licence=layer.licence,
        day=words.day(layer.date),
    )


def _layer(layer: ReferenceLayer, frame: Frame, box: Box) -> Iterator[tuple[Look, str]]:
    """Give a layer's points as squares, its lines and the edges of its surfaces."""
    shapes: Any = np.array([shape for _, shape in layer.shapes])
    drawn: Any = shapely.get_parts(frame.shape(to_metres(shapes)))
    points = shapely.get_dimensions(drawn) == 0
    x, y = shapely.get_coordinates(drawn[points]).T
    squares = shapely.box(x - DOT_MM, y - DOT_MM, x + DOT_MM, y + DOT_MM)
    surfaces = shapely.get_dimensions(drawn) == 2
    edges = shapely.get_parts(shapely.boundary(drawn[surfaces]))
    colour = LAYER_COLOURS[layer.colour]
    # As one: where two lie over each other there is no hole.
    yield from _path(Look(colour, 0, 1e9), [shapely.union_all(squares)], box)
    yield from _path(Look(colour, 0.4, 1e9), [*drawn[~points & ~surfaces], *edges], box)


def _world(frame: Frame, box: Box) -> tuple[float, float, float, float]:
    """Return west, north, east and south of a box of the paper, on the square world."""
    corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    world = to_world(positions_to_degrees(frame.back(np.array(corners)), SWEREF99TM))
    (west, north), (east, south) = world.min(axis=0).tolist(), world.max(axis=0).tolist()
    return west, north, east, south


def _geometries(
    xy: Positions, rings: NDArray[np.int64], starts: NDArray[np.int64], kind: Kind
) -> Sequence[BaseGeometry]:
    if kind in AREAS:
        return list(shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (rings, starts)))
    return list(shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (rings,)))


def _path(look: Look, drawn: Sequence[BaseGeometry], box: Box) -> Iterator[tuple[Look, str]]:
    """Give as much of some shapes as lies in a box, in one stroke."""
    simpler = shapely.simplify(drawn, FINEST_MM, preserve_topology=False)
    seen = shapely.get_parts(shapely.clip_by_rect(simpler, *box))
    # What only touches the box's edge is left out.
    whole = shapely.area(seen) > 0 if not look.width_mm else shapely.length(seen) > 0
    paths = "".join(map(svg_path, seen[whole]))
    if paths:
        yield look, paths
