"""One drawer for every map that stands still: layers, a frame and a size in; SVG out.

Beneath lie towns and streets as lines (`geodata.publish.paper`), not tiles: those have another
scale, and no letters that can be read in print. How each sign looks stands once, in
``static_map.svg``, for the maps and their legends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import jinja2
import numpy as np
import shapely
from markupsafe import Markup
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.model import State
from geodata.palette import GREY, INK, STATE_COLOURS
from geodata.publish import paper
from geodata.publish.paper import Positions

HERE: Final = Path(__file__).parent

AROUND_M: Final = 60.0
"""How much of the ground round what is shown is drawn, in metres."""

NAMED_AT_MOST: Final = 12
"""So many areas have their names on the map; more have numbers, and a list beside it."""

POINTS_AT_MOST: Final = 300
"""More activities than this on a map are told as counts."""

BIN_MM: Final = 11.0
"""How wide the squares are, in which they are counted."""

LABEL_LETTERS: Final = 26
"""Letters in a line of a name."""

HIDDEN_SHARE: Final = 0.3
"""So much of an area may lie beneath a name."""

NEAR_MM: Final = 2.0
"""A label no further than this from its area needs no line to it."""

SPOT_MM: Final = 1.5
REACH_MM: Final[Mapping[str, float]] = {
    "place": 0.8, "start": 4.1, "stop": 3.0, "before": 2.8, "sign": 2.3,
}  # fmt: skip
"""How far a sign reaches from its middle, where it is another than usual."""

COUNT_PT: Final = 6.0
NORTH_MM: Final = 4.0

TOWN_PT: Final = 9.0
TOWNS_NAMED_FROM: Final = 12_000
"""A map in a larger scale, one to less than this, lies within the town: its streets are named."""

STRAIGHT_SHARE: Final = 0.97
"""A name stands along a street that is so straight there, and nowhere else."""

QUIET: Final = "#566069"


# --- what a map shows --------------------------------------------------------------------------


def no_positions() -> Positions:
    """Return an empty array of positions."""
    return np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class MapArea:
    """An area on a map, its outline in metres; without a state it has no colour."""

    name: str
    outline: Polygon | MultiPolygon
    nominal: bool
    state: State | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign at a place, by what it means; in metres, or on the paper once it is laid out."""

    look: str
    x: float
    y: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class MapView:
    """What a map shows, in metres."""

    title: str
    # Those it is about, in the order of their numbers.
    areas: tuple[MapArea, ...]
    # Others, drawn faintly where they come into view.
    beside: tuple[MapArea, ...] = ()
    # Where activities are since the meeting before: an array of shape (n, 2).
    recent: Positions = field(default_factory=no_positions)
    # Where they are until then.
    earlier: Positions = field(default_factory=no_positions)
    # What each is, and where it goes.
    ways: tuple[tuple[str, LineString | MultiLineString], ...] = ()
    # Signs, the last on top; a ``place`` has its name where there is room for it.
    marks: tuple[Mark, ...] = ()
    # The first area's number.
    first: int = 1
    # Whether the areas' names are on the map; not where the title says it.
    named: bool = True
    # How large the places' names are, and nearly the scale's.
    place_pt: float = 5.5
    # What is to be seen; None for the areas and the ways.
    shown: BaseGeometry | None = None
    # Round what is to be seen, on the paper.
    margin_mm: float = 0.0
    backdrop: paper.Backdrop | None = None

    @property
    def numbered(self) -> bool:
        """Whether areas have numbers instead of names."""
        return len(self.areas) > NAMED_AT_MOST

    @property
    def counted(self) -> bool:
        """Whether activities are told as counts."""
        return len(self.recent) + len(self.earlier) > POINTS_AT_MOST

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is to be seen."""
        if self.shown is not None:
            return self.shown.bounds
        shown = [area.outline for area in self.areas or self.beside]
        if not shown:
            return (0.0, 0.0, 1.0, 1.0)
        every = shapely.total_bounds([*shown, *(way for _, way in self.ways)])
        west, south, east, north = every.tolist()
        return west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M

    @property
    def looks(self) -> set[str]:
        """What its signs mean."""
        activities = {"recent": self.recent, "earlier": self.earlier}
        shown = {look for look, points in activities.items() if len(points)}
        return {
            *(area.state for area in self.areas if area.state is not None),
            *(["nominal"] if any(area.nominal for area in self.areas) else []),
            *(["counts"] if self.counted else shown),
            *(look for look, _ in self.ways),
            *(mark.look for mark in self.marks),
        }


# --- a map laid out ----------------------------------------------------------------------------


class Panel:
    """One map, laid out when it is made: everything on it by its place on the paper."""

    def __init__(self, view: MapView, box: paper.Box, words: Mapping[str, str]) -> None:
        self.view, self.box, self._words = view, box, words
        self.frame = paper.Frame(view.bounds, box.grown(-view.margin_mm))
        self.ground = list(view.backdrop.drawn(self.frame, box)) if view.backdrop else []
        every = [*((area, True) for area in view.beside), *((area, False) for area in view.areas)]
        self.areas = [(d, area, faint) for area, faint in every if (d := self._outline(area))]
        self.ways = [(look, paper.svg_path(self.frame.shape(way))) for look, way in view.ways]
        points = {"earlier": self.frame.at(view.earlier), "recent": self.frame.at(view.recent)}
        signs = [Mark(m.look, *self._paper(m.x, m.y), m.label) for m in view.marks]
        self.lines: list[paper.Line] = []
        self.leaders: list[tuple[float, float, float, float]] = []
        self.counts: list[tuple[float, float, float]] = []
        self.labels: list[paper.Box] = []
        self.marks = [mark for mark in signs if mark.look != "place"]
        reaches = ((mark, REACH_MM.get(mark.look, SPOT_MM)) for mark in self.marks)
        self._spots = [paper.box_round(mark.x, mark.y, reach, reach) for mark, reach in reaches]
        self._signs = np.concatenate(
            (
                *points.values(),
                np.array([(mark.x, mark.y) for mark in self.marks]).reshape(-1, 2),
                *(self.frame.at(shapely.get_coordinates(way)) for _, way in view.ways),
            )
        )
        if view.counted:
            self._count(np.concatenate(list(points.values())))
        else:
            activities = (Mark(look, *xy) for look, at in points.items() for xy in at.tolist())
            self.marks = [*activities, *self.marks]
        self.marks = [m for m in self.marks if self.box.holds(paper.Box(m.x, m.y, m.x, m.y))]
        self._shapes = np.array([self.frame.shape(area.outline) for area in view.areas])
        self._sizes = np.maximum(shapely.area(self._shapes), 1e-9)
        self._set_scale()
        if view.named:
            self._name_areas()
        self._name_towns()
        self._name_places([mark for mark in signs if mark.look == "place"])
        self._name_streets()

    def _outline(self, area: MapArea) -> str:
        """Return an area's outline; that of one that isn't filled as far as it is in view."""
        drawn = self.frame.shape(area.outline)
        if area.state is None:
            drawn = shapely.clip_by_rect(shapely.boundary(drawn), *self.box)
            drawn = shapely.line_merge(drawn)
        return paper.svg_path(drawn)

    def _paper(self, x: float, y: float) -> tuple[float, float]:
        x, y = self.frame.at(np.array([[x, y]]))[0].tolist()
        return x, y

    def _write(self, lines: Sequence[str], box: paper.Box, size_pt: float, **look: Any) -> None:
        self.lines += paper.set_lines(lines, box, size_pt, halo=True, **look)
        self.labels.append(box)

    def _set_scale(self) -> None:
        metres = self.frame.scale_m(self.box.wide / 4)
        self.scale = (metres, metres * self.frame.mm_per_m)
        text, long = paper.scale_text(metres), self.scale[1]
        size_pt = self.view.place_pt + 1.5
        wide, high = paper.size_of([text], size_pt)
        room = self._corner(max(long, wide, 12.0), high + 2)
        self.bar = (room.left, room.bottom)
        self.lines += paper.set_lines([text], room, size_pt, halo=True)
        self.labels.append(room.grown(1))
        needle = self._corner(NORTH_MM, 2 * NORTH_MM)
        self.north = (needle.middle[0], needle.top)
        self.lines += paper.set_lines(
            ["N"], needle._replace(top=needle.top + 5.2), size_pt, middle=True
        )
        self.labels.append(needle)

    def _corner(self, wide: float, high: float) -> paper.Box:
        """Return where in a corner something stands, off the areas if any corner is."""
        inner = self.box.grown(-3)
        corners = [
            paper.Box(left, bottom - high, left + wide, bottom)
            for bottom in (inner.bottom, inner.top + high)
            for left in (inner.left, inner.right - wide)
        ]
        corners = [c for c in corners if not any(map(c.meets, self.labels))]
        free = (c for c in corners if not shapely.intersects(self._shapes, shapely.box(*c)).any())
        return next(free, corners[0])

    def _count(self, points: Positions) -> None:
        """Tell how many activities there are in each square that holds some."""
        cells = np.floor(points / BIN_MM).astype(int)
        _, where, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        for number, count in enumerate(counts.tolist()):
            x, y = points[where.ravel() == number].mean(axis=0).tolist()
            if not self.box.holds(paper.Box(x, y, x, y)):
                continue
            digits = len(f"{count}")
            radius = max(1.2 + 0.55 * digits, 1.5 + 3.2 * math.sqrt(count / counts.max()))
            # At the edge it moves in, so that all of it is seen.
            ring = paper.box_round(x, y, radius, radius).within(self.box)
            self.counts.append((*ring.middle, radius))
            middle = paper.box_round(
                *ring.middle, radius, COUNT_PT * paper.PT_MM * paper.LEADING / 2
            )
            self.lines += paper.set_lines([f"{count}"], middle, COUNT_PT, middle=True)
            self._spots.append(ring)

    # --- names -----------------------------------------------------------------------------

    def _name_areas(self) -> None:
        """Write the areas' names, or their numbers, where none covers another."""
        numbered = enumerate(self.view.areas, self.view.first)
        order = sorted(numbered, key=lambda pair: -pair[1].outline.area)
        for number, area in order:
            if self.view.numbered:
                self._name(area, ([f"{number}"], 7.0))
            else:
                name = wrap(area.name, LABEL_LETTERS, break_long_words=True)
                state = [self._words[area.state]] if area.state and self._words else []
                self._name(area, ([*name, *state], 8.0), (name, 6.5))

    def _name(self, area: MapArea, *ways: tuple[Sequence[str], float]) -> None:
        """Write an area's name in the first way, of lines and size, that there is room for."""
        outline = self.frame.shape(area.outline)
        point = outline.representative_point()
        for lines, size_pt in ways:
            wide, high = paper.size_of(lines, size_pt, bold=True)
            box = paper.box_round(point.x, point.y, wide / 2, high / 2)
            free = self._free(box.grown(0.4))
            if free is not None:
                break
        label = box.moved(*(free or (0.0, 0.0))).within(self.box)
        self._write(lines, label, size_pt, bold=True, middle=True, about=area)
        if outline.distance(shapely.box(*label)) > NEAR_MM:
            end_x = min(max(point.x, label.left), label.right)
            end_y = min(max(point.y, label.top), label.bottom)
            self.leaders.append((point.x, point.y, end_x, end_y))

    def _free(self, box: paper.Box) -> tuple[float, float] | None:
        """Return how far a label moves to cover no other, and as few signs as may be."""
        best, least = None, math.inf
        for ring, offset in _offsets(box):
            moved = box.moved(*offset)
            if not self.box.holds(moved) or any(map(moved.meets, self.labels)):
                continue
            # A sign that is covered is as bad as being two rings further away, an area that can
            # hardly be seen for its name as ten.
            hidden = shapely.area(shapely.clip_by_rect(self._shapes, *moved)) / self._sizes
            cost = ring + 2 * self._covered(moved) + 10 * int((hidden > HIDDEN_SHARE).sum())
            if cost < least:
                best, least = offset, cost
            if ring >= least:
                break
        return best

    def _covered(self, box: paper.Box) -> int:
        inside = (self._signs > box[:2]).all(axis=1) & (self._signs < box[2:]).all(axis=1)
        return int(inside.sum()) + sum(map(box.meets, self._spots))

    def _name_towns(self) -> None:
        """Name the towns of the ground where there is room left, on maps that show much of one."""
        if self.view.backdrop is None or 1000 / self.frame.mm_per_m < TOWNS_NAMED_FROM:
            return
        for name, at in self.view.backdrop.names(self.frame, self.box, self._shapes.tolist()):
            wide, high = paper.size_of([name], TOWN_PT)
            box = paper.box_round(at.x, at.y, wide / 2, high / 2)
            if free := self._free(box.grown(1)):
                self._write([name], box.moved(*free), TOWN_PT, middle=True, colour=QUIET)

    def _name_streets(self) -> None:
        """Name the ground's streets along them, where they are straight and there is room left."""
        if self.view.backdrop is None or 1000 / self.frame.mm_per_m >= TOWNS_NAMED_FROM:
            return
        size_pt = self.view.place_pt
        for name, line in self.view.backdrop.streets(self.frame, self.box):
            wide, high = paper.size_of([name], size_pt)
            ends = (line.length / 2 + by for by in (-wide / 2, wide / 2))
            (x, y), (end_x, end_y) = (line.interpolate(max(at, 0)).coords[0] for at in ends)
            long = math.hypot(end_x - x, end_y - y)
            if long < STRAIGHT_SHARE * wide:
                continue
            turn = math.atan2(end_y - y, end_x - x)
            across = (wide * abs(math.cos(turn)) + high * abs(math.sin(turn))) / 2
            down = (wide * abs(math.sin(turn)) + high * abs(math.cos(turn))) / 2
            box = paper.box_round((x + end_x) / 2, (y + end_y) / 2, across, down)
            taken = (*self.labels, *self._spots)
            if not self.box.holds(box) or any(map(box.meets, taken)):
                continue
            flat = paper.box_round(*box.middle, wide / 2, high / 2)
            turn_deg = (math.degrees(turn) + 90) % 180 - 90
            look = {"middle": True, "colour": QUIET, "turn_deg": turn_deg}
            self.lines += paper.set_lines([name], flat, size_pt, halo=True, **look)
            self.labels.append(box)

    def _name_places(self, places: Iterable[Mark]) -> None:
        """Name known places where there is room left, to the right or left of their sign."""
        reach, high = REACH_MM["place"], self.view.place_pt * paper.PT_MM * paper.LEADING / 2
        for place in places:
            wide = paper.width_mm(place.label, self.view.place_pt) + 0.5
            right = paper.Box(
                place.x - reach, place.y - high, place.x + reach + wide, place.y + high
            )
            left = right.moved(-wide, 0)
            taken = (*self.labels, *self._spots)
            free = (b for b in (right, left) if self.box.holds(b) and not any(map(b.meets, taken)))
            if label := next(free, None):
                start = label.left + (2 * reach + 0.5 if label is right else 0)
                name = label._replace(left=start)
                self._write([place.label], name, self.view.place_pt, colour=QUIET)
                self._spots.append(label)
                self.marks.append(place)


def _offsets(box: paper.Box) -> Iterator[tuple[int, tuple[float, float]]]:
    """Give where a label may stand: on its point, then in ever wider rings round it."""
    yield 0, (0.0, 0.0)
    for ring in range(1, 24):
        for step in range(16):
            angle = math.tau * (step / 16 + 0.25)
            across = math.cos(angle) * (box.wide * 0.2 + 3.0 * ring)
            yield ring, (across, -math.sin(angle) * (box.high * 0.3 + 3.0 * ring))


# --- to a file ---------------------------------------------------------------------------------


@cache
def _template() -> jinja2.Template:
    filling = paper.environment(HERE)
    filling.globals.update(ink=INK, grey=GREY, states=STATE_COLOURS, pt=paper.PT_MM)
    return filling.get_template("static_map.svg")


def to_svg(
    panels: Sequence[Panel],
    size_mm: tuple[float, float],
    *,
    title: str = "",
    about: str = "",
    lines: Sequence[paper.Line] = (),
    legend: Sequence[tuple[str, float, float]] = (),
) -> Markup:
    """Return maps on one paper as SVG, with letters as text."""
    wide, high = size_mm
    drawn = _template().render(
        panels=panels,
        wide=wide,
        high=high,
        title=paper.readable(title),
        about=paper.readable(about),
        lines=lines,
        legend=legend,
    )
    return Markup(drawn.strip())  # noqa: S704 (our own template, which escapes what it is given)
