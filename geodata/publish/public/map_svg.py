"""A promise's areas as a drawing: true to scale, north up, with room for every name.

The drawing is laid out in units of its own, `WIDTH` across, and made from SWEREF 99 TM, so that
the scale bar on it is true. There is no base map: a page must not ask another host for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.crs import to_metres
from geodata.model import Area

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Positions = NDArray[np.float64]

WIDTH: Final = 340.0
MARGIN: Final = 30.0
"""Round the outlines: a name below the lowest one still has room."""

HEIGHTS: Final = (180.0, 380.0)
"""The least and the most height."""

TEXT: Final = 13.5
"""The names' size on a phone; the style makes them smaller where the drawing is larger."""

LETTER: Final = 0.64
"""A letter's width as a share of the text's size, in the widest of the usual system fonts."""

BADGE: Final = 9.0
"""Radius of the sign that tells an area's state."""

SCALE_STEPS_M: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
SCALE_SHARE: Final = 0.3
"""The scale bar is the longest step within this share of the width."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """An area on the drawing."""

    area: Area
    path: str
    x: float
    y: float
    name_x: float
    name_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map ready to be drawn: shapes, and a scale bar in metres and in the drawing's units."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    scale_m: int
    scale_length: float

    @property
    def nominal(self) -> bool:
        """Whether some outline is one that nobody has published."""
        return any(shape.area.outline_method == "nominal" for shape in self.shapes)


class _Paper:
    """From metres to the drawing's units."""

    def __init__(self, bounds: Box) -> None:
        west, south, east, north = bounds
        across, up = max(east - west, 1.0), max(north - south, 1.0)
        room = (WIDTH - 2 * MARGIN, HEIGHTS[1] - 2 * MARGIN)
        self.per_m = min(room[0] / across, room[1] / up)
        self.height = max(up * self.per_m + 2 * MARGIN, HEIGHTS[0])
        self._middle = ((west + east) / 2, (south + north) / 2)

    def at(self, positions: Positions) -> Positions:
        """Return where positions in metres are drawn."""
        moved = (positions - self._middle) * (self.per_m, -self.per_m)
        middle: Positions = np.array([WIDTH / 2, self.height / 2])
        return np.round(moved + middle, 1)

    def drawn(self, outline: BaseGeometry) -> BaseGeometry:
        """Return an outline as it is drawn."""
        return shapely.transform(outline, self.at)


def draw_areas(areas: Sequence[Area]) -> Drawing | None:
    """Lay out a map of some areas."""
    if not areas:
        return None
    outlines = {area.id: to_metres(area.outline) for area in areas}
    paper = _Paper(shapely.total_bounds(list(outlines.values())).tolist())
    drawn = {id_: paper.drawn(outline) for id_, outline in outlines.items()}
    scale_m = _scale(paper)
    taken = [_scale_box(paper, scale_m)]
    shapes = []
    for area in sorted(areas, key=lambda area: -drawn[area.id].area):
        others = [shape.bounds for id_, shape in drawn.items() if id_ != area.id]
        x, y = _sign(drawn[area.id])
        name = _name_box(area.name, (x, y), drawn[area.id], others, taken, paper.height)
        taken += [name, (x - BADGE, y - BADGE, x + BADGE, y + BADGE)]
        middle, foot = round((name[0] + name[2]) / 2, 1), round(name[3] - TEXT * 0.25, 1)
        shapes.append(Shape(area, _path(drawn[area.id]), x, y, middle, foot))
    return Drawing(WIDTH, round(paper.height, 1), tuple(shapes), scale_m, scale_m * paper.per_m)


def _sign(outline: BaseGeometry) -> tuple[float, float]:
    """Return the point farthest inside an outline's largest part."""
    largest = max(shapely.get_parts(outline), key=lambda part: float(part.area))
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0].tolist()
    return round(x, 1), round(y, 1)


def _path(outline: BaseGeometry) -> str:
    rings = []
    for ring in shapely.get_parts(shapely.boundary(outline)):
        points = shapely.get_coordinates(ring).tolist()[:-1]
        rings.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(rings)


def _scale(paper: _Paper) -> int:
    fitting = [m for m in SCALE_STEPS_M if m * paper.per_m <= WIDTH * SCALE_SHARE]
    return max(fitting, default=SCALE_STEPS_M[0])


def _scale_box(paper: _Paper, scale_m: int) -> Box:
    return (0, paper.height - 2 * TEXT, scale_m * paper.per_m + 2 * TEXT, paper.height)


# --- names -----------------------------------------------------------------------------------


def _name_box(
    name: str,
    sign: tuple[float, float],
    outline: BaseGeometry,
    others: Sequence[Box],
    taken: Sequence[Box],
    height: float,
) -> Box:
    """Return where a name stands: the place that hides least, the first of equals."""
    wide, high = len(name) * TEXT * LETTER, TEXT * 1.2

    def cost(box: Box) -> tuple[float, float]:
        return sum(_overlap(box, b) for b in taken), sum(_overlap(box, b) for b in others)

    places = [
        _within(centre, top, wide, high, height)
        for centre, top in _places(sign, outline, wide, high)
    ]
    return min(places, key=cost)


def _places(
    sign: tuple[float, float], outline: BaseGeometry, wide: float, high: float
) -> Iterator[tuple[float, float]]:
    """Give a name's middle and top: under its sign where it fits inside, else round about."""
    left, top, right, bottom = outline.bounds
    x, y = sign
    under = y + BADGE + 1
    if outline.covers(shapely.box(x - wide / 2, under, x + wide / 2, under + high)):
        yield x, under
    yield (left + right) / 2, bottom + 1
    yield (left + right) / 2, top - high - 1
    yield right + wide / 2 + 2, y - high / 2
    yield left - wide / 2 - 2, y - high / 2


def _within(centre: float, top: float, wide: float, high: float, height: float) -> Box:
    left = min(max(centre - wide / 2, 2), max(WIDTH - wide - 2, 2))
    top = min(max(top, 2), height - high - 2)
    return left, top, left + wide, top + high


def _overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)
