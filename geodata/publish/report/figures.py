"""Maps as figures: vector for the report and for a designer, pixels for a slide or a poster.

Everything is laid out in millimetres on paper. There is no base map: tiles have another scale,
another licence and no letters that can be read in print.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from geodata.palette import WHITE
from geodata.publish.report.map_view import MapView, MapWords, signs
from geodata.publish.report.panel import FONT, MM, Box, Panel, Pen, readable

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MapFormat = Literal["png", "svg"]

DPI: Final = 300
MARGIN_MM: Final = 4.0

_drawing = Lock()
"""Matplotlib's settings are the whole process's: one figure at a time."""


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map's paper.

    Parameters
    ----------
    width_mm, height_mm : float
        Its size.
    views : tuple of MapView
        One map each, beside and below each other.
    words : MapWords
        What the signs mean.
    title, subtitle, mark, foot : str
        Above and below the maps; empty in a report, which says it itself.
    with_list : bool
        Whether areas with numbers are listed on the paper.
    """

    width_mm: float
    height_mm: float
    views: tuple[MapView, ...]
    words: MapWords
    title: str = ""
    subtitle: str = ""
    mark: str = ""
    foot: str = ""
    with_list: bool = True


def draw(page: MapPage, file_format: MapFormat, *, dpi: int = DPI) -> bytes:
    """Draw a page with maps.

    Parameters
    ----------
    page : MapPage
        What is on it.
    file_format : {"png", "svg"}
        Pixels or lines; an SVG has its letters as text.
    dpi : int, default 300
        Pixels an inch, for PNG.
    """
    from matplotlib import rc_context

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "lofteskartan",
        "font.family": [FONT],
    }
    with _drawing, rc_context(settings):
        figure = _Sheet(page).figure
        file = io.BytesIO()
        metadata: dict[str, Any] = {"Title": readable(page.title)}
        if file_format == "svg":
            metadata |= {"Date": None, "Description": readable(page.subtitle)}
        figure.savefig(file, format=file_format, dpi=dpi, metadata=metadata)
        return file.getvalue()


class _Sheet:
    """A page being drawn."""

    def __init__(self, page: MapPage) -> None:
        from matplotlib.figure import Figure

        self.page = page
        self.figure: Figure = Figure((page.width_mm * MM, page.height_mm * MM), facecolor=WHITE)
        self._pen = Pen(self.figure, page.width_mm, page.height_mm)
        edge = MARGIN_MM if page.title else 0.3
        room = Box(edge, edge, page.width_mm - edge, page.height_mm - edge)
        room = self._frame(room)
        for view, box in zip(page.views, _panels(room, len(page.views)), strict=True):
            if len(page.views) > 1:
                box = self._pen.paragraph(box, view.title, 11, top=True, weight="bold")
            Panel(self._pen, view, box, page.words.states)
        self._pen.finish()

    # --- round the maps --------------------------------------------------------------------

    def _frame(self, room: Box) -> Box:
        page = self.page
        if page.title:
            room = self._pen.paragraph(room, page.title, 14, top=True, weight="bold")
        if page.subtitle:
            room = self._pen.paragraph(room, page.subtitle, 9, top=True)
        if page.mark:
            room = self._pen.paragraph(room, page.mark, 9, top=True, weight="bold", color="#A84700")
        if page.foot:
            room = self._pen.paragraph(room, page.foot, 6.5, top=False, color="#566069")
        if page.with_list:
            room = self._list(room)
        return self._legend(room)

    def _list(self, room: Box) -> Box:
        """Write the names of areas that have numbers, in columns at the lower edge."""
        names = [
            f"{number}. {area.name}"
            for view in self.page.views
            if view.numbered
            for number, area in enumerate(view.areas, start=1)
        ]
        if not names:
            return room
        size, columns = (6.5, 3) if len(names) <= 60 else (5.0, 4)
        width = (room.east - room.west) / columns
        letters = max(int(width / (size * 0.215)), 12)
        lines = [wrap(name, letters, subsequent_indent="   ") for name in names]
        height = 1.25 * size / 72 * 25.4
        rows = -(-sum(map(len, lines)) // columns) + max(map(len, lines)) - 1
        top = room.south + rows * height
        x, y = room.west, top
        for wrapped in lines:
            if y - len(wrapped) * height < room.south - 0.01:
                x, y = x + width, top
            for line in wrapped:
                self._pen.text(x, y, line, size)
                y -= height
        return Box(room.west, top + 2, room.east, room.north)

    def _legend(self, room: Box) -> Box:
        """Draw what the signs mean in rows at the lower edge."""
        size, sign, height = 7.0, 7.0, 4.4
        rows: list[list[tuple[Any, str, float]]] = [[]]
        used = 0.0
        for drawn, word in signs(self.page.views, self.page.words):
            probe = self._pen.text(0, 0, word, size)
            box = self._pen.box_of(probe)
            probe.remove()
            width = sign + (box.east - box.west) + 3
            if rows[-1] and used + width > room.east - room.west:
                rows.append([])
                used = 0.0
            rows[-1].append((drawn, word, width))
            used += width
        y = room.south + height * len(rows) - height / 2
        for row in rows:
            x = room.west
            for drawn, word, width in row:
                drawn(self._pen.axes, x + 2.6, y)
                self._pen.text(x + sign - 0.8, y, word, size, va="center_baseline")
                x += width
            y -= height
        return Box(room.west, room.south + height * len(rows) + 1, room.east, room.north)


def _panels(room: Box, count: int) -> Iterator[Box]:
    """Give each map its part of the paper."""
    columns = math.ceil(math.sqrt(count)) if count > 2 else 1
    if count == 2 and room.east - room.west > room.north - room.south:
        columns = 2
    rows, gap = -(-count // max(columns, 1)), 3.0
    for number in range(count):
        row, column = divmod(number, columns)
        width = (room.east - room.west - gap * (columns - 1)) / columns
        height = (room.north - room.south - gap * (rows - 1)) / rows
        west = room.west + column * (width + gap)
        north = room.north - row * (height + gap)
        yield Box(west, north - height, west + width, north)
