"""One map on a page: areas, ways, activities, findings and names, each in its place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from geodata.model import State
from geodata.palette import GREY, INK, STATE_COLOURS, WHITE
from geodata.publish.report.map_view import (
    EARLIER,
    NOMINAL,
    OPEN,
    PLANNED,
    POINTS_AT_MOST,
    RECENT,
    SETTLED,
    WALK,
    MapArea,
    MapView,
    circle,
    place_mark,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from shapely.geometry.base import BaseGeometry

    from geodata.publish.report.map_view import Positions


MM: Final = 1 / 25.4
"""A millimetre in inches."""

FONT: Final = "DejaVu Sans"
"""Comes with Matplotlib: the map is the same wherever it is drawn."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the paper."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes cover each other anywhere."""
        return (
            self.west < other.east
            and other.west < self.east
            and self.south < other.north
            and other.south < self.north
        )

    def holds(self, other: Box) -> bool:
        """Tell whether another box lies wholly within this one."""
        return (
            self.west <= other.west
            and other.east <= self.east
            and self.south <= other.south
            and other.north <= self.north
        )


def readable(text: str) -> str:
    """Return a text with a square for each letter that the font hasn't got."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties(family=FONT))).get_charmap()
    return "".join(sign if ord(sign) in known or sign == "\n" else "▯" for sign in text)


class Pen:
    """Writes on a page."""

    def __init__(self, figure: Figure, width_mm: float, height_mm: float) -> None:
        from matplotlib.backends.backend_agg import RendererAgg

        self.axes: Axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, width_mm)
        self.axes.set_ylim(0, height_mm)
        self._haloed: list[tuple[Text, float]] = []
        self._dpi = figure.dpi
        dots = self._dpi * MM
        # It is only asked how large texts are.
        self._renderer = RendererAgg(  # type: ignore[no-untyped-call]
            width_mm * dots, height_mm * dots, self._dpi
        )

    def text(self, x: float, y: float, text: str, size: float, **look: Any) -> Text:
        """Write a text; nothing in it is markup."""
        halo = look.pop("halo", False)
        said: dict[str, Any] = {"ha": "left", "va": "top", "color": INK, "linespacing": 1.1} | look
        made = self.axes.text(x, y, readable(text), fontsize=size, parse_math=False, **said)
        if halo:
            self._haloed.append((made, size))
        return made

    def finish(self) -> None:
        """Lay something white behind the texts that stand on a map.

        Done last, when they stand where they are to. An effect on the text itself would be
        simpler, but turns its letters into lines, which nobody can search or read aloud.
        """
        from matplotlib.patheffects import Stroke

        for text, size in self._haloed:
            if text.figure is None:
                continue
            x, y = text.get_position()
            behind = self.text(
                x,
                y,
                text.get_text(),
                size,
                ha=text.get_horizontalalignment(),
                va=text.get_verticalalignment(),
                weight=text.get_fontweight(),
                color=WHITE,
                zorder=text.get_zorder() - 0.5,
            )
            behind.set_path_effects([Stroke(linewidth=size / 3, foreground=WHITE)])

    def box_of(self, text: Text, around: float = 0.6) -> Box:
        """Return where a text stands."""
        found = text.get_window_extent(self._renderer)
        mm = 25.4 / self._dpi
        return Box(
            found.x0 * mm - around,
            found.y0 * mm - around,
            found.x1 * mm + around,
            found.y1 * mm + around,
        )

    def paragraph(self, room: Box, text: str, size: float, *, top: bool, **look: Any) -> Box:
        """Write a paragraph at the room's upper or lower edge; return what room is left."""
        letters = max(int((room.east - room.west) / (size * 0.2)), 20)
        lines = "\n".join(wrap(text, letters, break_long_words=True))
        y, va = (room.north, "top") if top else (room.south, "bottom")
        box = self.box_of(self.text(room.west, y, lines, size, va=va, **look), 1.2)
        if top:
            return Box(room.west, room.south, room.east, box.south)
        return Box(room.west, box.north, room.east, room.north)


BIN_MM: Final = 11.0
"""How wide the squares are, in which they are counted."""

SCALE_STEPS_M: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
LABEL_WIDTH: Final = 26
"""Letters in a line of a name."""

NEAR_MM: Final = 2.0
"""A label no further than this from its area needs no line to it."""


class Panel:
    """One map, drawn when it is made."""

    def __init__(self, pen: Pen, view: MapView, box: Box, states: Mapping[State, str]) -> None:
        from matplotlib.patches import Rectangle

        self.pen, self.axes, self.view, self.box = pen, pen.axes, view, box
        self._states = states
        self.labels: list[Box] = []
        self._spots: list[Box] = []
        west, south, east, north = view.bounds
        self._mm_per_m = min(
            (box.east - box.west) / (east - west), (box.north - box.south) / (north - south)
        )
        self._middle = ((west + east) / 2, (south + north) / 2)
        self._signs = self.at(
            np.concatenate(
                (
                    *(view.recent, view.earlier),
                    np.array([*view.open, *view.settled]).reshape(-1, 2),
                    *(shapely.get_coordinates(way) for way in (*view.held, *view.planned)),
                )
            )
        )
        self._clip = Rectangle(
            (box.west, box.south),
            box.east - box.west,
            box.north - box.south,
            facecolor="#F6F8F9",
            edgecolor="#B9C3CA",
            linewidth=0.6,
            zorder=0,
        )
        self.axes.add_patch(self._clip)
        for area in view.beside:
            self._area(area)
        for area in view.areas:
            self._area(area)
        self._scale_bar()
        self._ways()
        self._activities()
        self._findings()
        if view.named:
            self._names()
        self._places()

    def at(self, positions: Positions) -> Positions:
        """Return where positions in metres lie on the paper."""
        middle = ((self.box.west + self.box.east) / 2, (self.box.south + self.box.north) / 2)
        found: Positions = (positions - np.array(self._middle)) * self._mm_per_m + np.array(middle)
        return found

    def _scale_bar(self) -> None:
        room = (self.box.east - self.box.west) / 4
        fitting = [m for m in SCALE_STEPS_M if m * self._mm_per_m <= room]
        metres = fitting[-1] if fitting else SCALE_STEPS_M[0]
        long = metres * self._mm_per_m
        self.scale = (metres, long)
        x, y = self._corner(max(long, 12.0), 6.0)
        self.axes.plot(
            [x, x, x + long, x + long],
            [y + 1.2, y, y, y + 1.2],
            color=INK,
            linewidth=1,
            solid_capstyle="butt",
            zorder=9,
        )
        told = f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"
        made = self.pen.text(x, y + 1.6, told, 7, va="bottom", halo=True, zorder=9)
        label = self.pen.box_of(made)
        self.labels.append(Box(x - 1, y - 1, max(x + long, label.east) + 1, label.north))

    def _corner(self, width: float, height: float) -> tuple[float, float]:
        """Return where in a corner something stands, off the areas if any corner is."""
        wests = (self.box.west + 3, self.box.east - 3 - width)
        souths = (self.box.south + 3, self.box.north - 3 - height)
        corners = [(x, y) for y in souths for x in wests]
        shapes = [
            shapely.polygons(self.at(shapely.get_coordinates(part.exterior)))
            for area in self.view.areas
            for part in shapely.get_parts(area.outline)
        ]
        for x, y in corners:
            here = shapely.box(x, y, x + width, y + height)
            if not any(shapely.intersects(shape, here) for shape in shapes):
                return x, y
        return corners[0]

    def _area(self, area: MapArea) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        parts, codes = [], []
        for ring in _rings(area.outline):
            parts.append(self.at(shapely.get_coordinates(ring)))
            middle = [Path.LINETO] * (len(parts[-1]) - 2)
            codes += [Path.MOVETO, *middle, Path.CLOSEPOLY]
        path = Path(np.concatenate(parts), codes)
        colours = STATE_COLOURS[area.state] if area.state else None
        outline = PathPatch(
            path,
            facecolor=f"{colours.fill}40" if colours else "none",
            edgecolor=colours.stroke if colours else GREY,
            linewidth=1.4 if colours else 0.7,
            linestyle=NOMINAL if area.nominal else "solid",
            zorder=2 if colours else 1,
        )
        self.axes.add_patch(outline)
        outline.set_clip_path(self._clip)

    def _ways(self) -> None:
        for ways, dashes in ((self.view.held, "solid"), (self.view.planned, PLANNED)):
            for way in ways:
                for part in shapely.get_parts(way):
                    points = self.at(shapely.get_coordinates(part))
                    (line,) = self.axes.plot(
                        points[:, 0],
                        points[:, 1],
                        color=WALK,
                        linewidth=1.6,
                        linestyle=dashes,
                        zorder=4,
                    )
                    line.set_clip_path(self._clip)

    def _activities(self) -> None:
        recent, earlier = self.at(self.view.recent), self.at(self.view.earlier)
        if len(recent) + len(earlier) > POINTS_AT_MOST:
            self._counts(np.concatenate((recent, earlier)))
            return
        for points, look in ((earlier, EARLIER), (recent, RECENT)):
            if len(points):
                drawn = self.axes.scatter(points[:, 0], points[:, 1], zorder=5, **look)
                drawn.set_clip_path(self._clip)

    def _counts(self, points: Positions) -> None:
        """Draw how many activities there are in each square that holds some."""
        cells = np.floor(points / BIN_MM).astype(int)
        _, where, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        for number, count in enumerate(counts.tolist()):
            x, y = points[where.ravel() == number].mean(axis=0).tolist()
            digits = len(f"{count}")
            radius = max(1.2 + 0.55 * digits, 1.5 + 3.2 * math.sqrt(count / counts.max()))
            if self.box.holds(Box(x, y, x, y)):
                self._count(count, x, y, radius)

    def _count(self, count: int, x: float, y: float, radius: float) -> None:
        # At the edge it moves in, so that all of it is seen.
        x = min(max(x, self.box.west + radius), self.box.east - radius)
        y = min(max(y, self.box.south + radius), self.box.north - radius)
        circle(self.axes, x, y, radius)
        self.pen.text(x, y, f"{count}", 6, ha="center", va="center_baseline", zorder=6)
        self._spots.append(Box(x - radius, y - radius, x + radius, y + radius))

    def _findings(self) -> None:
        for spots, look in ((self.view.settled, SETTLED), (self.view.open, OPEN)):
            if spots:
                points = self.at(np.array(spots))
                self._spots += [Box(x - 1.5, y - 1.5, x + 1.5, y + 1.5) for x, y in points.tolist()]
                drawn = self.axes.scatter(points[:, 0], points[:, 1], zorder=7, **look)
                drawn.set_clip_path(self._clip)

    # --- names -----------------------------------------------------------------------------

    def _names(self) -> None:
        """Write the areas' names, or their numbers, where none covers another."""
        order = sorted(enumerate(self.view.areas, start=1), key=lambda pair: -pair[1].outline.area)
        for number, area in order:
            if self.view.numbered:
                text, size = f"{number}", 7.0
            else:
                name = "\n".join(wrap(area.name, LABEL_WIDTH, break_long_words=True))
                word = self._states[area.state] if area.state else ""
                text, size = f"{name}\n{word}", 8.0
            self._label(text, size, area.outline)

    def _label(self, text: str, size: float, outline: BaseGeometry) -> None:
        point = outline.representative_point()
        x, y = self.at(np.array([[point.x, point.y]]))[0].tolist()
        made = self.pen.text(
            x, y, text, size, ha="center", va="center", weight="bold", halo=True, zorder=10
        )
        box = self.pen.box_of(made, 0.4)
        dx, dy = self._free(box)
        moved = Box(box.west + dx, box.south + dy, box.east + dx, box.north + dy)
        made.set_position((x + dx, y + dy))
        self.labels.append(moved)
        shape = shapely.transform(outline, self.at)
        label = shapely.box(moved.west, moved.south, moved.east, moved.north)
        if shape.distance(label) > NEAR_MM:
            self._leader(x, y, moved)

    def _free(self, box: Box) -> tuple[float, float]:
        """Return how far a label moves to cover no other, and as few signs as may be."""
        best, least = (0.0, 0.0), math.inf
        for ring, (dx, dy) in _offsets(box):
            moved = Box(box.west + dx, box.south + dy, box.east + dx, box.north + dy)
            if not self.box.holds(moved) or any(moved.meets(other) for other in self.labels):
                continue
            # A sign that is covered is as bad as being two rings further away.
            cost = ring + 2 * self._covered(moved)
            if cost < least:
                best, least = (dx, dy), cost
            if ring >= least:
                break
        return best

    def _covered(self, box: Box) -> int:
        x, y = self._signs[:, 0], self._signs[:, 1]
        inside = (box.west < x) & (x < box.east) & (box.south < y) & (y < box.north)
        return int(inside.sum())

    def _leader(self, x: float, y: float, box: Box) -> None:
        end_x, end_y = min(max(x, box.west), box.east), min(max(y, box.south), box.north)
        self.axes.plot([x, end_x], [y, end_y], color=INK, linewidth=0.5, zorder=8)

    def _places(self) -> None:
        """Name known places where there is room left."""
        for name, east, north in self.view.places:
            x, y = self.at(np.array([[east, north]]))[0].tolist()
            spot = Box(x - 0.8, y - 0.8, x + 0.8, y + 0.8)
            if not self.box.holds(spot):
                continue
            made = self.pen.text(x + 1.3, y, name, 5.5, va="center", color="#566069", halo=True)
            box = self.pen.box_of(made, 0.2)
            taken = any(box.meets(other) for other in (*self.labels, *self._spots))
            if taken or not self.box.holds(box):
                made.remove()
                continue
            made.set_zorder(8)
            self.labels.append(box)
            place_mark(self.axes, x, y)


def _rings(outline: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(outline):
        yield part.exterior
        yield from part.interiors


def _offsets(box: Box) -> Iterator[tuple[int, tuple[float, float]]]:
    """Give where a label may stand: on its point, then in ever wider rings round it."""
    yield 0, (0.0, 0.0)
    wide, high = (box.east - box.west) / 2, (box.north - box.south) / 2
    for ring in range(1, 24):
        for step in range(16):
            angle = math.tau * (step / 16 + 0.25)
            yield (
                ring,
                (
                    math.cos(angle) * (wide * 0.4 + 3.0 * ring),
                    math.sin(angle) * (high * 0.6 + 3.0 * ring),
                ),
            )
