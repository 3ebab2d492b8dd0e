"""Paper that maps are laid out on: its parts, the ground on it, its letters, and its files.

In millimetres, with north up, from SWEREF 99 TM: a scale bar is true.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jinja2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Point
from shapely.geometry.base import BaseGeometry

from geodata.basemap.kinds import AREAS, BaseMap, Kind, to_degrees, to_world
from geodata.basemap.labels import glyph
from geodata.crs import SWEREF99TM, positions_to_degrees, positions_to_metres, to_metres
from geodata.model import ReferenceLayer
from geodata.palette import INK, LAYER_COLOURS
from geodata.texts import Words

if TYPE_CHECKING:
    from typst import Fonts

Positions = NDArray[np.float64]

PT_MM: Final = 25.4 / 72
"""A point, in which letters are measured."""

LEADING: Final = 1.2
"""From one line of text to the next, in parts of the letters' size."""

SCALE_STEPS_M: Final = (
    *(20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000),
)

PNG_HEAD_BYTES: Final = 33
"""Its signature and its first chunk (ISO/IEC 15948)."""


class Box(NamedTuple):
    """A part of the paper; what is lower has a larger number."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def wide(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def high(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes cover each other anywhere."""
        return self.shared(other) > 0

    def shared(self, other: Box) -> float:
        """Return how much of the paper two boxes both cover."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(across, 0) * max(down, 0)

    def holds(self, other: Box) -> bool:
        """Tell whether another box lies wholly within this one."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def moved(self, across: float, down: float) -> Box:
        """Return the box elsewhere."""
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def grown(self, by: float) -> Box:
        """Return the box with its edges so far out, or in."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def within(self, room: Box) -> Box:
        """Return the box moved as little as brings it into a room, the upper left corner first."""
        left = max(min(self.left, room.right - self.wide), room.left)
        top = max(min(self.top, room.bottom - self.high), room.top)
        return self.moved(left - self.left, top - self.top)


def box_round(x: float, y: float, across: float, down: float) -> Box:
    """Return a box round its middle, which reaches so far from there."""
    return Box(x - across, y - down, x + across, y + down)


class Frame:
    """From metres to paper: bounds in metres in the middle of a box, as large as it holds."""

    def __init__(self, bounds: Sequence[float], box: Box) -> None:
        west, south, east, north = bounds
        across, up = max(east - west, 1.0), max(north - south, 1.0)
        self.mm_per_m = min(box.wide / across, box.high / up)
        self._metres = ((west + east) / 2, (south + north) / 2)
        self._paper = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)

    def at(self, positions: Positions) -> Positions:
        """Return where positions in metres lie on the paper."""
        moved: Positions = (positions - self._metres) * (self.mm_per_m, -self.mm_per_m)
        return moved + self._paper

    def back(self, paper: Positions) -> Positions:
        """Return where positions on the paper lie in metres."""
        metres: Positions = (paper - self._paper) / (self.mm_per_m, -self.mm_per_m)
        return metres + self._metres

    def shape(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry as it lies on the paper."""
        return shapely.transform(geometry, self.at)

    def scale_m(self, room: float) -> int:
        """Return the longest round length in metres that a scale bar has room for."""
        fitting = [metres for metres in SCALE_STEPS_M if metres * self.mm_per_m <= room]
        return max(fitting, default=SCALE_STEPS_M[0])


def svg_path(drawn: BaseGeometry) -> str:
    """Return an outline with its holes, or a way, as SVG has it."""
    outline = bool(drawn.area)
    parts = []
    for part in shapely.get_parts(shapely.boundary(drawn) if outline else drawn):
        points = np.round(shapely.get_coordinates(part), 2).tolist()
        pairs = "L".join(f"{x:g} {y:g}" for x, y in (points[:-1] if outline else points))
        parts.append(f"M{pairs}Z" if outline else f"M{pairs}")
    return "".join(parts)


def scale_text(metres: int) -> str:
    """Return a scale bar's length, the same in both languages."""
    return f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"


# --- letters -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, where it stands on the paper, and what it is the name of."""

    text: str
    x: float
    y: float
    size_pt: float
    bold: bool = False
    halo: bool = False
    middle: bool = False
    colour: str = INK
    about: object = None
    turn_deg: float = 0


def readable(text: str) -> str:
    """Return a text with a square for each letter that the font hasn't got."""
    return "".join(letter if glyph(letter) else "▯" for letter in text)


def width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a text is."""
    advances = (found.advance for letter in readable(text) if (found := glyph(letter, bold=bold)))
    return sum(advances) * size_pt * PT_MM


def set_lines(lines: Sequence[str], box: Box, size_pt: float, **look: Any) -> Iterator[Line]:
    """Give lines of text below each other from a box's top; `look` is a `Line`'s."""
    x = box.middle[0] if look.get("middle") else box.left
    for number, text in enumerate(lines):
        y = box.top + (number + 0.78) * size_pt * PT_MM * LEADING
        yield Line(readable(text), x, y, size_pt, **look)


def size_of(lines: Sequence[str], size_pt: float, *, bold: bool = False) -> tuple[float, float]:
    """Return how much room lines of text take, across and down."""
    wide = max(width_mm(text, size_pt, bold=bold) for text in lines)
    return wide, len(lines) * size_pt * PT_MM * LEADING


# --- to a file -----------------------------------------------------------------------------------


def environment(folder: Path) -> jinja2.Environment:
    """Return what fills templates; nothing that is put in is ever read as markup."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["num"] = lambda value: f"{round(value, 2):g}"
    return made


@cache
def fonts() -> Fonts:
    """Return the fonts of all documents: those within Typst, and those that come with Matplotlib.

    The machine's own are left aside: a document is the same wherever it is made. Matplotlib
    brings a font with a sign for every letter there is, so that none is ever left out.
    """
    import matplotlib
    import typst

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def _page(size_mm: tuple[float, float]) -> bytes:
    """Return a page as large as an SVG, which is set on it."""
    wide, high = size_mm
    return (
        f"#set page(width: {wide}mm, height: {high}mm, margin: 0mm)\n"
        "#set document(title: sys.inputs.title, date: none)\n"
        "#set text(lang: sys.inputs.language)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%, alt: sys.inputs.title)'
    ).encode()


def to_pdf(svg: str, size_mm: tuple[float, float], title: str, language: str) -> bytes:
    """Return an SVG that `to_svg` gave as a page of lines, for screen readers too (PDF/UA-1)."""
    import typst

    told = {"svg": svg, "title": readable(title), "language": language}
    page = _page(size_mm)
    return typst.compile(
        page, font_paths=fonts(), sys_inputs=told, format="pdf", pdf_standards=["ua-1"]
    )


def to_png(svg: str, size_mm: tuple[float, float], title: str, dpi: int) -> bytes:
    """Return an SVG that `to_svg` gave as pixels, so many an inch."""
    import typst
    from PIL.PngImagePlugin import putchunk

    told = {"svg": svg, "title": "", "language": "sv"}
    page = _page(size_mm)
    drawn = typst.compile(page, font_paths=fonts(), sys_inputs=told, format="png", ppi=dpi)
    file = io.BytesIO()
    # What it is called and how large it is in print comes after the head, which is always as long.
    file.write(drawn[:PNG_HEAD_BYTES])
    per_m = round(dpi / 0.0254)
    putchunk(file, b"pHYs", per_m.to_bytes(4), per_m.to_bytes(4), b"\1")
    putchunk(file, b"iTXt", b"Title\0\0\0\0\0", readable(title).encode())
    file.write(drawn[PNG_HEAD_BYTES:])
    return file.getvalue()


# --- what lies beneath ----------------------------------------------------------------------------

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
