"""Tiles drawn as PNG by Agg, which comes with Matplotlib.

Everything of a kind is one path and one call: 30,000 positions are filled in a few milliseconds.
It looks quiet, so that areas and records stand out: the program's own greys, greens and blues,
thinned until nothing is as strong as the palest thing drawn on top. Widths are in pixels.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from geodata.basemap.kinds import AREAS, TILE_PX, BaseMap, Box, Kind, Shapes, tile_bounds
from geodata.basemap.labels import PLATE_PX, Label, Labels, glyph

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """A theme's colours."""

    land: str
    fill: Mapping[Kind, str]
    edge: Mapping[Kind, str]
    bare: Mapping[Kind, str]
    street_name: str
    place_name: str
    water_name: str


_COLOURS: Final[Mapping[Kind, tuple[str, str, str, str, str]]] = {
    # In the light: inside, edge, and the whole line where it is too narrow for an edge.
    # In the dark: inside, edge.
    Kind.BUILT: ("#eeede8", "", "", "#24323b", ""),
    Kind.GREEN: ("#e6eddf", "", "", "#1f302f", ""),
    Kind.WOOD: ("#dde7d6", "", "", "#1d3230", ""),
    Kind.WATER: ("#cbdde7", "", "", "#142433", ""),
    Kind.SQUARE: ("#fafaf8", "#e0e2dd", "", "#26343e", "#2f3e48"),
    Kind.STREAM: ("#cbdde7", "", "", "#15293a", ""),
    Kind.BUILDING: ("#e1e2dd", "#d0d3cd", "", "#293944", "#32424c"),
    Kind.PATH: ("#c6ccc6", "", "", "#3d4d58", ""),
    Kind.SERVICE: ("#fdfdfc", "#e0e3de", "#dfe2dd", "#31414c", "#1a252d"),
    Kind.STREET: ("#ffffff", "#d6dad5", "#d3d8d2", "#3a4b57", "#18222a"),
    Kind.COLLECTOR: ("#ffffff", "#c9cec9", "#c6ccc6", "#445661", "#18222a"),
    Kind.MAIN: ("#fdf8ea", "#c9c3ad", "#c3bda6", "#576268", "#18222a"),
    Kind.RAIL: ("#bcc3c5", "", "", "#465560", ""),
}
"""Of each kind; empty where it has none."""


def _column(at: int) -> Mapping[Kind, str]:
    return {kind: colours[at] for kind, colours in _COLOURS.items() if colours[at]}


_INSIDE, _EDGE, _BARE, _DARK, _DARK_EDGE = map(_column, range(5))

LOOKS: Final[Mapping[Theme, Look]] = MappingProxyType(
    {
        "light": Look("#f4f5f2", _INSIDE, _EDGE, _BARE, "#5f6b72", "#6f7c85", "#4c6f86"),
        "dark": Look("#1f2c36", _DARK, _DARK_EDGE, {}, "#a5b3bc", "#8f9fa9", "#7598b0"),
    }
)

WIDTH_PX: Final[Mapping[Kind, Mapping[int, float]]] = {
    Kind.STREAM: {11: 0.5, 14: 1.2, 17: 3.0, 19: 6.0},
    Kind.RAIL: {9: 0.5, 13: 1.0, 15: 1.4, 17: 2.2, 19: 4.0},
    Kind.MAIN: {7: 0.6, 10: 1.2, 13: 2.6, 15: 5.0, 17: 12.0, 19: 30.0},
    Kind.COLLECTOR: {10: 0.5, 12: 1.0, 14: 2.4, 15: 4.0, 17: 10.5, 19: 26.0},
    Kind.STREET: {11: 0.3, 13: 0.9, 14: 1.7, 15: 3.0, 17: 9.0, 19: 22.0},
    Kind.SERVICE: {14: 0.6, 15: 1.2, 16: 2.4, 17: 4.8, 19: 11.0},
    Kind.PATH: {14: 0.5, 15: 0.8, 16: 1.1, 17: 1.6, 19: 3.0},
}
"""The inside of a line; between the zoom levels named it grows evenly, before the first it isn't
drawn."""

AREAS_FROM_ZOOM: Final[Mapping[Kind, int]] = {Kind.BUILDING: 14, Kind.SQUARE: 14}
"""Areas that are drawn from a zoom level on; the others always are."""

EDGED_FROM_ZOOM: Final = 13
"""Narrower streets have no room for an edge."""

OUTLINED_FROM_ZOOM: Final = 15
"""Areas' outlines."""

NARROW_PX: Final = 1.2
"""The same for a line by its width."""

EDGE_PX: Final = 0.9
OUTLINE_PX: Final = 0.7

LEAST_PX: Final = 1.5
"""An area that is smaller both ways is left out."""


def width_at(kind: Kind, zoom: int) -> float:
    """Return a line's width in pixels at a zoom level; 0 where it isn't drawn."""
    table = WIDTH_PX[kind]
    return float(np.interp(zoom, list(table), list(table.values()), left=0.0))


def rgb(colour: str) -> Rgb:
    """Return a colour such as ``#f4f5f2`` in parts from 0 to 1."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


LEAST_ZOOM: Final = 6
MOST_ZOOM: Final = 20

SIMPLER_AT: Final = (10, 12, 14)
"""Zoom levels that shapes are made simpler for; farther in they are drawn as they are."""

TOLERANCE_PX: Final = 0.4

HALO_PX: Final = 3.0
LETTER_SINK: Final = 0.27
"""How far a letter's line lies below its street's middle, in parts of the font's size: half the
height of a small letter."""

_MOVE, _LINE, _CLOSE = 1, 2, 79  # Matplotlib's path codes

_LINES_IN_ORDER: Final = tuple(kind for kind in Kind if kind not in AREAS)


class Painter:
    """Draws a map's tiles; safe to be asked by several threads at once."""

    def __init__(self, base: BaseMap) -> None:
        self.base = base
        self._preparing = Lock()
        self._simpler = lru_cache(maxsize=len(SIMPLER_AT) * len(Kind))(self._make_simpler)
        self._labels = lru_cache(maxsize=MOST_ZOOM)(partial(Labels, base))

    def holds(self, z: int, x: int, y: int) -> bool:
        """Tell whether there may be anything to draw on a tile."""
        bounds = self.base.bounds
        if bounds is None or not LEAST_ZOOM <= z <= MOST_ZOOM:
            return False
        west, north, east, south = tile_bounds(z, x, y)
        return bool(
            west <= bounds[2] and east >= bounds[0] and north <= bounds[3] and south >= bounds[1]
        )

    def tile(self, z: int, x: int, y: int, theme: Theme = "light", scale: int = 1) -> bytes:
        """Return a tile as a PNG.

        Parameters
        ----------
        z, x, y : int
            Which one.
        theme : {"light", "dark"}
            Its colours.
        scale : int
            Pixels for each of the screen's, both ways.
        """
        return self.picture(tile_bounds(z, x, y), z, TILE_PX * scale, theme)

    def picture(self, box: Box, zoom: int, width_px: int, theme: Theme = "light") -> bytes:
        """Return a part of the map as a PNG."""
        from PIL import Image

        canvas = _Canvas(box, zoom, width_px)
        self._draw(canvas, LOOKS[theme])
        out = io.BytesIO()
        size = (canvas.width, canvas.height)
        image = Image.frombuffer("RGBA", size, bytes(canvas.pixels()), "raw", "RGBA", 0, 1)
        image.save(out, "PNG", compress_level=4)
        return out.getvalue()

    def _draw(self, canvas: _Canvas, look: Look) -> None:
        canvas.fill(self.base.land, look.land)
        zoom = canvas.zoom
        for kind in Kind:
            if kind in AREAS and zoom >= AREAS_FROM_ZOOM.get(kind, 0):
                self._area(canvas, kind, look)
            elif kind is Kind.STREAM and (width := width_at(kind, zoom)):
                canvas.stroke(self._shapes(kind, zoom), look.fill[kind], width)
        lines = [kind for kind in _LINES_IN_ORDER if kind is not Kind.STREAM]
        drawn = [(kind, width) for kind in lines if (width := width_at(kind, zoom))]
        # All edges first: where streets meet, none runs across the other.
        for kind, width in drawn:
            if _has_edge(kind, zoom, width, look):
                edged = width + 2 * EDGE_PX
                canvas.stroke(self._shapes(kind, zoom), look.edge[kind], edged)
        for kind, width in drawn:
            self._line(canvas, kind, width, look)
        names = self._names(canvas)
        canvas.write(names, "number", look.street_name, look.fill[Kind.BUILDING])
        canvas.write(names, "place", look.place_name, look.land)
        canvas.write(names, "water", look.water_name, look.fill[Kind.WATER])
        canvas.write(names, "street", look.street_name, look.fill[Kind.STREET])
        canvas.plates(names, look.fill[Kind.STREET], look.place_name)
        canvas.write(names, "road", look.street_name, look.fill[Kind.STREET])

    def _area(self, canvas: _Canvas, kind: Kind, look: Look) -> None:
        shapes = self._shapes(kind, canvas.zoom)
        canvas.fill(shapes, look.fill[kind])
        if kind in look.edge and canvas.zoom >= OUTLINED_FROM_ZOOM:
            canvas.stroke(shapes, look.edge[kind], OUTLINE_PX)

    def _line(self, canvas: _Canvas, kind: Kind, width: float, look: Look) -> None:
        edged = _has_edge(kind, canvas.zoom, width, look)
        colour = look.fill[kind] if edged else look.bare.get(kind, look.fill[kind])
        dashes = (4.0, 2.6) if kind is Kind.PATH and canvas.zoom >= 16 else None
        canvas.stroke(self._shapes(kind, canvas.zoom), colour, width, dashes)

    def _shapes(self, kind: Kind, zoom: int) -> Shapes:
        level = next((level for level in SIMPLER_AT if zoom <= level), None)
        if level is None or zoom > 14:
            return self.base.of(kind)
        with self._preparing:
            return self._simpler(kind, level)

    def _make_simpler(self, kind: Kind, level: int) -> Shapes:
        pixel = 1 / (TILE_PX << level)
        found = self.base.of(kind).simpler(TOLERANCE_PX * pixel)
        least = LEAST_PX * pixel / 4 if kind in AREAS else 0.0
        return found.taken(found.within((0, 0, 1, 1), least))

    def _names(self, canvas: _Canvas) -> list[Label]:
        with self._preparing:
            return self._labels(canvas.zoom).within(canvas.box, canvas.aside)


def _has_edge(kind: Kind, zoom: int, width: float, look: Look) -> bool:
    return kind in look.edge and zoom >= EDGED_FROM_ZOOM and width > NARROW_PX


class _Canvas:
    """A picture under way: from the square world to pixels."""

    def __init__(self, box: Box, zoom: int, width_px: int) -> None:
        from matplotlib.backends.backend_agg import RendererAgg

        self.box, self.zoom = box, zoom
        west, north, east, south = box
        self._per_world = width_px / (east - west)
        self.width = width_px
        self.height = max(round(self._per_world * (south - north)), 1)
        # How many pixels there are to one that the style means.
        self.scale = self._per_world / (TILE_PX << zoom)
        # A letter reaches so far from its middle.
        self.aside = 20 * self.scale / self._per_world
        self._renderer: Any = RendererAgg(self.width, self.height, 72)  # type: ignore[no-untyped-call]

    def pixels(self) -> memoryview:
        """Return red, green, blue and opacity of each pixel."""
        found: memoryview = self._renderer.buffer_rgba()
        return found

    def fill(self, shapes: Shapes, colour: str) -> None:
        """Fill outlines, but for their holes."""
        path = self._path(shapes, 1.0, least=LEAST_PX, closed=True)
        if path is not None:
            self._draw(path, fill=colour)

    def stroke(
        self,
        shapes: Shapes,
        colour: str,
        width: float,
        dashes: tuple[float, float] | None = None,
    ) -> None:
        """Draw lines, or round outlines."""
        path = self._path(shapes, width, least=0.0, closed=False)
        if path is not None:
            self._draw(path, line=colour, width=width * self.scale, dashes=dashes)

    def write(self, labels: list[Label], what: str, colour: str, halo: str) -> None:
        """Write names, with room around each letter so that they are read on anything."""
        outlines = [self._outline(label) for label in labels if label.what == what]
        if not outlines:
            return
        xy = np.concatenate([xy for xy, _ in outlines])
        codes = np.concatenate([codes for _, codes in outlines])
        path = _as_path(xy, codes)
        self._draw(path, line=halo, width=HALO_PX * self.scale)
        self._draw(path, fill=colour)

    def plates(self, labels: list[Label], colour: str, edge: str) -> None:
        """Draw what road numbers stand on, round at its ends."""
        rows = [self._in_pixels(one.xy[[0, -1]]) for one in labels if one.what == "road"]
        if not rows:
            return
        # Figures are higher than small letters; a row of no length would not be drawn.
        aside = np.array([[-0.5, 1.0], [0.5, 1.0]]) * self.scale
        xy = np.concatenate([row + aside for row in rows])
        path = _as_path(xy, np.tile(np.array([_MOVE, _LINE], np.uint8), len(rows)))
        for colour_, width in ((edge, 2 * PLATE_PX), (colour, 2 * (PLATE_PX - OUTLINE_PX))):
            self._draw(path, line=colour_, width=width * self.scale)

    def _outline(self, label: Label) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        size = label.size_px * self.scale
        parts, codes = [], []
        for letter, at, angle in zip(
            label.text, self._in_pixels(label.xy), label.angle, strict=True
        ):
            found = glyph(letter)
            if found is None or not len(found.xy):
                continue
            along = (found.xy - (found.advance / 2, LETTER_SINK)) * size
            cos, sin = np.cos(angle), np.sin(angle)
            # Pixels count upwards here, and angles on the map are clockwise.
            parts.append(along @ np.array([[cos, -sin], [sin, cos]]) + at)
            codes.append(found.codes)
        if not parts:
            return np.empty((0, 2)), np.empty(0, np.uint8)
        return np.concatenate(parts), np.concatenate(codes)

    def _in_pixels(self, world: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return positions in pixels from the lower left corner, as Agg counts them."""
        west, _, _, south = self.box
        return (world - (west, south)) * (self._per_world, -self._per_world)

    def _path(self, shapes: Shapes, margin: float, *, least: float, closed: bool) -> object | None:
        pixel = 1 / self._per_world * self.scale
        aside = (margin + 2) * pixel
        west, north, east, south = self.box
        wide = (west - aside, north - aside, east + aside, south + aside)
        which = shapes.within(wide, least * pixel)
        if not len(which):
            return None
        found = shapes if len(which) == len(shapes) else shapes.taken(which)
        codes = np.full(len(found.xy), _LINE, np.uint8)
        codes[found.rings[:-1]] = _MOVE
        if closed:
            codes[found.rings[1:] - 1] = _CLOSE
        return _as_path(self._in_pixels(found.xy), codes)

    def _draw(
        self,
        path: object,
        *,
        fill: str | None = None,
        line: str | None = None,
        width: float = 0.0,
        dashes: tuple[float, float] | None = None,
    ) -> None:
        from matplotlib.transforms import IdentityTransform

        gc = self._renderer.new_gc()
        gc.set_linewidth(width)
        gc.set_snap(False)
        gc.set_antialiased(True)
        gc.set_joinstyle("round")
        gc.set_capstyle("round" if dashes is None else "butt")
        if line is not None:
            gc.set_foreground((*rgb(line), 1.0), isRGBA=True)
        if dashes is not None:
            gc.set_dashes(0, [part * self.scale for part in dashes])
        face = None if fill is None else (*rgb(fill), 1.0)
        self._renderer.draw_path(gc, path, IdentityTransform(), face)
        gc.restore()


def _as_path(xy: NDArray[np.float64], codes: NDArray[np.uint8]) -> object:
    from matplotlib.path import Path

    path = Path(xy, codes)
    path.should_simplify = False
    return path
