"""A report's maps, and the map alone with its title and legend: what is on each, and its paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap
from typing import Any, Final, Literal

import numpy as np
import shapely

from geodata.crs import to_metres
from geodata.model import Area, Finding, FindingStatus, Language, Place, State, Walk, WalkStatus
from geodata.publish.paper import (
    PT_MM,
    Backdrop,
    Box,
    Line,
    Positions,
    set_lines,
    size_of,
    to_pdf,
    to_png,
    width_mm,
)
from geodata.publish.report.matter import clean
from geodata.publish.static_map import QUIET, MapArea, MapView, Mark, Panel, no_positions, to_svg
from geodata.publish.walk_sheet import near_places

MapFormat = Literal["png", "svg", "pdf"]

DPI: Final = 300
MARGIN_MM: Final = 4.0

SQUARE_ENOUGH: Final = 1.3
"""A map so much wider than it is high has as much use of its height as of its width."""

WARNING: Final = "#A84700"


def positions_in_metres(positions: Sequence[tuple[float, float]]) -> Positions:
    """Return WGS 84 positions, longitude first, in SWEREF 99 TM.

    Parameters
    ----------
    positions : sequence of tuple of float
        May be empty.
    """
    if not positions:
        return no_positions()
    return np.asarray(shapely.get_coordinates(to_metres(shapely.multipoints(positions))))


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies on the ground, for any map."""

    # Where activities are, by area id, in metres.
    recent: Mapping[str, Positions]
    earlier: Mapping[str, Positions]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]
    places: tuple[Place, ...]
    # How far findings had come by this day is told.
    as_of: date
    backdrop: Backdrop | None = None


def view(
    title: str,
    areas: Sequence[tuple[Area, State | None]],
    ground: Ground,
    *,
    beside: Iterable[Area] = (),
    alone: bool = False,
) -> MapView:
    """Return what a map of some areas shows.

    Parameters
    ----------
    title : str
        What it is a map of.
    areas : sequence of tuple of Area and State
        Those it is about.
    ground : Ground
        What lies there.
    beside : iterable of Area
        Others, to be drawn faintly.
    alone : bool, default False
        Whether it is one area's own map, which names the known places and not the area.
    """
    ids = {area.id for area, _ in areas}
    shown = tuple(_map_area(area, state) for area, state in areas)
    walks = [walk for walk in ground.walks if walk.area_id in ids]
    findings = [f for f in ground.findings if f.area_id in ids and f.day <= ground.as_of]
    outlines = shapely.union_all([area.outline for area in shown])
    # What lies nearest has the first of the room.
    named = near_places(ground.places, outlines)[::-1] if alone else ()
    near = (Mark("place", at.x, at.y, clean(name)) for name, at in named)
    return MapView(
        title,
        shown,
        tuple(_map_area(area, None) for area in beside if area.id not in ids),
        _together(ground.recent, ids),
        _together(ground.earlier, ids),
        tuple(_ways(walks, ground.as_of)),
        (*_marks(findings, ground.as_of), *near),
        named=not alone,
        backdrop=ground.backdrop,
    )


def _map_area(area: Area, state: State | None) -> MapArea:
    name = " ".join(clean(area.name).split())
    return MapArea(name, to_metres(area.outline), area.outline_method == "nominal", state)


def _together(positions: Mapping[str, Positions], ids: set[str]) -> Positions:
    return np.concatenate(
        [no_positions(), *(positions.get(i, no_positions()) for i in sorted(ids))]
    )


def _ways(walks: Iterable[Walk], as_of: date) -> Iterator[tuple[str, Any]]:
    for walk in walks:
        held = walk.status is WalkStatus.HELD and walk.day <= as_of
        if walk.route is not None and (
            held or (walk.status is WalkStatus.PLANNED and walk.day >= as_of)
        ):
            yield "held" if held else "planned", to_metres(walk.route)


def _marks(findings: Iterable[Finding], as_of: date) -> list[Mark]:
    """Return the findings' signs, open ones on top."""
    marks = []
    for finding in findings:
        is_open = finding.open_on(as_of)
        if finding.place is not None and (
            is_open or finding.status_on(as_of) is FindingStatus.DONE
        ):
            point = to_metres(finding.place)
            marks.append(Mark("open" if is_open else "settled", point.x, point.y))
    return sorted(marks, key=lambda mark: mark.look == "open")


# --- paper -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map's paper."""

    width_mm: float
    height_mm: float
    # One map each, beside and below each other.
    views: tuple[MapView, ...]
    # What the signs and states mean, in the order of the legend.
    words: Mapping[str, str]
    # Above the maps, as the next two; empty in a report, which says it itself.
    title: str = ""
    subtitle: str = ""
    mark: str = ""
    foot: str = ""
    # Whether areas with numbers are listed on the paper.
    with_list: bool = True
    language: Language = "sv"


def draw(page: MapPage, file_format: MapFormat, *, dpi: int = DPI) -> bytes:
    """Draw a page with maps.

    Parameters
    ----------
    page : MapPage
        What is on it.
    file_format : {"png", "svg", "pdf"}
        Pixels or lines; an SVG and a PDF have their letters as text.
    dpi : int, default 300
        Pixels an inch, for PNG.
    """
    size_mm = (page.width_mm, page.height_mm)
    sheet = _Sheet(page)
    svg = to_svg(
        sheet.panels,
        size_mm,
        title=page.title,
        about=page.subtitle,
        lines=sheet.lines,
        legend=sheet.legend,
    )
    if file_format == "png":
        return to_png(svg, size_mm, page.title, dpi)
    if file_format == "pdf":
        return to_pdf(svg, size_mm, f"{page.title}. {page.subtitle}", page.language)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{svg}\n'.encode()


class _Sheet:
    """A page, laid out from its edges inwards; what is left is for the maps."""

    def __init__(self, page: MapPage) -> None:
        self.lines: list[Line] = []
        self.legend: list[tuple[str, float, float]] = []
        self.panels: list[Panel] = []
        paper = Box(0, 0, page.width_mm, page.height_mm)
        self._room = paper.grown(-(MARGIN_MM if page.title else 0.3))
        self._above(page.title, 14, bold=True)
        self._above(page.subtitle, 9)
        self._above(page.mark, 9, bold=True, colour=WARNING)
        self._below(page.foot, 6.5, colour=QUIET)
        if page.with_list:
            self._list(page.views)
        self._set_legend(page)
        boxes = _parts(self._room, len(page.views))
        for view, box in zip(page.views, boxes, strict=True):
            if len(page.views) > 1:
                self._room = box
                self._above(view.title, 11, bold=True)
                box = self._room
            self.panels.append(Panel(view, box, page.words))

    def _wrapped(self, text: str, size_pt: float, *, bold: bool = False) -> list[str]:
        letters = max(int(self._room.wide / (width_mm("n", size_pt, bold=bold))), 20)
        return wrap(text, letters, break_long_words=True)

    def _above(self, text: str, size_pt: float, *, bold: bool = False, **look: Any) -> None:
        """Write a paragraph at the room's upper edge; below it is what room is left."""
        if lines := self._wrapped(text, size_pt, bold=bold):
            self.lines += set_lines(lines, self._room, size_pt, bold=bold, **look)
            top = self._room.top + size_of(lines, size_pt)[1] + 1.2
            self._room = self._room._replace(top=top)

    def _below(self, text: str, size_pt: float, **look: Any) -> None:
        """Write a paragraph at the room's lower edge."""
        if lines := self._wrapped(text, size_pt):
            top = self._room.bottom - size_of(lines, size_pt)[1]
            self.lines += set_lines(lines, self._room._replace(top=top), size_pt, **look)
            self._room = self._room._replace(bottom=top - 1.2)

    def _list(self, views: Iterable[MapView]) -> None:
        """Write the names of areas that have numbers, in columns at the lower edge."""
        names = [
            f"{number}. {area.name}"
            for view in views
            if view.numbered
            for number, area in enumerate(view.areas, view.first)
        ]
        if not names:
            return
        size, columns = (6.5, 3) if len(names) <= 60 else (5.0, 4)
        width = self._room.wide / columns
        letters = max(int(width / (size * 0.215)), 12)
        lines = [wrap(name, letters, subsequent_indent="   ") for name in names]
        height = size_of([""], size)[1]
        rows = -(-sum(map(len, lines)) // columns) + max(map(len, lines)) - 1
        x, top = self._room.left, self._room.bottom - rows * height
        y = top
        for wrapped in lines:
            if y + len(wrapped) * height > self._room.bottom + 0.01:
                x, y = x + width, top
            self.lines += set_lines(wrapped, Box(x, y, x, y), size)
            y += len(wrapped) * height
        self._room = self._room._replace(bottom=top - 2)

    def _set_legend(self, page: MapPage) -> None:
        """Tell what the signs mean, in rows at the lower edge."""
        size, sign, height = 7.0, 7.0, 4.4
        shown = set().union(*(view.looks for view in page.views))
        rows: list[list[tuple[str, float]]] = [[]]
        x = self._room.left
        for look, word in page.words.items():
            width = sign + width_mm(word, size) + 3
            if look not in shown:
                continue
            if rows[-1] and x + width > self._room.right:
                rows.append([])
                x = self._room.left
            rows[-1].append((look, x))
            x += width
        self._room = self._room._replace(bottom=self._room.bottom - height * len(rows))
        for number, row in enumerate(rows):
            y = self._room.bottom + height * (number + 0.5)
            for look, left in row:
                self.legend.append((look, left + 2.6, y))
                box = Box(left + sign - 0.8, y - size * PT_MM * 0.57, left, y)
                self.lines += set_lines([page.words[look]], box, size)
        self._room = self._room._replace(bottom=self._room.bottom - 1)


def _parts(room: Box, count: int) -> Iterator[Box]:
    """Give each map its part of the paper, in as many columns as leave each the most room."""

    def room_with(columns: int) -> float:
        return min(room.wide / columns, SQUARE_ENOUGH * room.high / -(-count // columns))

    columns = max(range(1, count + 1), key=room_with, default=1)
    rows, gap = -(-count // columns), 3.0
    width = (room.wide - gap * (columns - 1)) / columns
    for number in range(count):
        row, column = divmod(number, columns)
        height = (room.high - gap * (rows - 1)) / rows
        left, top = room.left + column * (width + gap), room.top + row * (height + gap)
        yield Box(left, top, left + width, top + height)
