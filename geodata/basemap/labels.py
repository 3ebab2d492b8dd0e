"""Names on the map: along their streets, and at their places; none over another.

Where a name stands is decided for a zoom level and a wide block, not tile by tile: a name that runs
from one tile into the next is the same in both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from threading import Lock
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geodata.basemap.kinds import LAKE, TILE_PX, BaseMap, Box, Kind, meeting

FONT: Final = "DejaVu Sans"
"""Comes with Matplotlib: the map is the same wherever it is drawn."""

EM: Final = 64.0
_reading = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """A letter."""

    xy: NDArray[np.float64]
    codes: NDArray[np.uint8]
    advance: float


Letters = tuple["NDArray[np.float64]", float]
"""Where the letters' middles are along a line, and the text's length, in the font's size."""


@cache
def glyph(letter: str, *, bold: bool = False) -> Glyph | None:
    """Return a letter's outline, None where the font hasn't got it."""
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.ft2font import LoadFlags

    # A font remembers its last letter: two threads would read each other's.
    with _reading:
        font = get_font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))
        if ord(letter) not in font.get_charmap():
            return None
        font.set_size(EM, 72)
        found = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
        xy, codes = font.get_path()
        advance = found.linearHoriAdvance / 65536 / EM
    return Glyph(np.asarray(xy, float).reshape(-1, 2) / EM, np.asarray(codes, np.uint8), advance)


def set_text(text: str) -> Letters | None:
    """Return where the letters' middles are along a line, and the text's length."""
    found = [glyph(letter) for letter in text]
    if not text or any(one is None for one in found):
        return None
    advances = np.array([one.advance for one in found if one is not None])
    ends = np.cumsum(advances)
    return ends - advances / 2, float(ends[-1])


STREET_PX: Final = 11.0
PLACE_PX: Final = (16.0, 15.0, 13.5, 12.5, 11.5, 11.0, 11.0)
"""Size of a place's name, by its rank."""

NAMED_FROM_ZOOM: Final = {Kind.STREAM: 13, Kind.MAIN: 14, Kind.COLLECTOR: 15, Kind.STREET: 16}
NAMED_LATER: Final = 17
"""From when on paths and the like have their names."""

PLACES_AT: Final = tuple(
    range(*at) for at in ((8, 17), (9, 17), (11, 17), (12, 18), (13, 18), (14, 18), (9, 21))
)
"""At which zoom levels places have their names, by rank."""

INSIDE_SHARE: Final = 0.7
"""How much of the name of a lake, or a district with an outline, must find room inside."""

ROAD_PX: Final = 9.5
ROADS_FROM_ZOOM: Final = {Kind.MAIN: 9, Kind.COLLECTOR: 12}

PLATE_PX: Final = 8.0
"""How far a road number's plate reaches from the letters' middles."""

PLATES_EVERY_PX: Final = 50.0
"""Apart from each other are the points on a road that its number may stand at."""

PLATES_AT: Final = 8
"""It stands at one in so many, at others where something is in the way there."""

NOT_AGAIN_PX: Final[Mapping[str, float]] = {"road": 320.0, "place": 400.0}
"""How near the same text may come again: both lanes of a road are one to who reads the map, and a
district's point and its outline."""

MOST_POINTS: Final = 100_000
"""Along one line; there are more only where a line isn't of this world."""

NUMBER_PX: Final = 9.0
NUMBERS_FROM_ZOOM: Final = 18

APART_PX: Final = 420.0
"""How far a street's name is from the next along the same street."""

ROOM_PX: Final = 13.0
"""How near two names may come."""

BLOCK_PX: Final = 2048.0
"""Side of the blocks in which names are given their places."""

MARGIN_PX: Final = 400.0
LONGEST_PX: Final = 400.0
"""About the longest name's length."""

BLOCKS_KEPT: Final = 48

BEND: Final = np.radians(28)
"""How much a name may turn from one letter to the next, at most."""

TURN: Final = np.radians(75)
"""How much a name may turn in all."""


What = Literal["street", "place", "water", "road", "number"]


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A name that was given its place."""

    text: str
    what: What
    size_px: float
    xy: NDArray[np.float64]
    angle: NDArray[np.float64]
    room: NDArray[np.float64]


Block = tuple[list[Label], "NDArray[np.float64]", "NDArray[np.float64]"]


class _Taken:
    """Which parts of the map hold a name already."""

    def __init__(self) -> None:
        self._cells: set[tuple[int, int]] = set()

    def take(self, xy: NDArray[np.float64]) -> bool:
        """Take the room round some positions in pixels, unless something is there."""
        cells = set(map(tuple, np.floor(xy / ROOM_PX).astype(np.int64).tolist()))
        if not self._cells.isdisjoint(cells):
            return False
        self._cells.update((x + dx, y + dy) for x, y in cells for dx, dy in _AROUND)
        return True


_AROUND: Final = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))


class Labels:
    """Every map's names at a zoom level, given their places part by part.

    Notes
    -----
    The map is cut into blocks. A block's names are chosen together with those a margin around it,
    the more important first, and those whose middle lies in the block are kept: so two blocks
    agree, but for rare chains of names that reach across a whole margin.
    """

    def __init__(self, base: BaseMap, zoom: int) -> None:
        self._base = base
        self._zoom = zoom
        self._scale = float(TILE_PX << self._zoom)
        named = base.named.bounds
        rank = {kind: at for at, kind in enumerate(reversed(Kind))}
        ranks = np.array([rank[kind] for kind in base.name_kinds], dtype=np.int64)
        size = np.max(named[:, 2:] - named[:, :2], axis=1) if len(named) else np.empty(0)
        shown = [zoom >= NAMED_FROM_ZOOM.get(kind, NAMED_LATER) for kind in base.name_kinds]
        order = np.lexsort((-size, ranks))
        self._order = order[np.array(shown, bool)[order]]
        places = [at for at in base.places if zoom in PLACES_AT[at.rank]]
        # What somebody gave a point stands there, then the widest.
        self._ranked = sorted(
            places, key=lambda at: (at.rank, at.room > 0, -at.room, at.name, at.x)
        )
        self._block = lru_cache(maxsize=BLOCKS_KEPT)(self._make_block)

    def within(self, box: Box, margin: float) -> list[Label]:
        """Return the names that reach within a margin of a box, all given on the square world."""
        block = BLOCK_PX / self._scale
        reach = margin + LONGEST_PX / self._scale
        west, north, east, south = box
        columns = range(int((west - reach) // block), int((east + reach) // block) + 1)
        rows = range(int((north - reach) // block), int((south + reach) // block) + 1)
        wide = west - margin, north - margin, east + margin, south + margin
        return [
            labels[at]
            for column in columns
            for row in rows
            for labels, low, high in [self._block(column, row)]
            for at in np.flatnonzero(meeting(low, high, wide)).tolist()
        ]

    def _make_block(self, column: int, row: int) -> Block:
        """Return a block's names, and between which corners each of them lies."""
        size, margin = BLOCK_PX / self._scale, MARGIN_PX / self._scale
        west, north = column * size, row * size
        wide = (west - margin, north - margin, west + size + margin, north + size + margin)
        taken, found = _Taken(), []
        said: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        kinds = (self._places, self._streets, self._roads, self._numbers)
        for label in chain.from_iterable(give(wide) for give in kinds):
            x, y = label.xy[len(label.xy) // 2].tolist()
            apart = NOT_AGAIN_PX.get(label.what, 0.0) / self._scale
            before = said[label.what, label.text]
            if any(math.dist((x, y), other) < apart for other in before):
                continue
            if taken.take(label.room * self._scale):
                before.append((x, y))
                if west <= x < west + size and north <= y < north + size:
                    found.append(label)
        corners = [(one.xy.min(axis=0), one.xy.max(axis=0)) for one in found]
        low, high = np.reshape(corners, (-1, 2, 2)).swapaxes(0, 1)
        return found, low, high

    def _places(self, wide: Box) -> Iterator[Label]:
        for place in self._ranked:
            text = set_text(place.name) if _holds(wide, place.x, place.y) else None
            if text is None:
                continue
            size = PLACE_PX[place.rank]
            if 0 < place.room * self._scale < INSIDE_SHARE * text[1] * size:
                continue
            what: What = "water" if place.rank == LAKE else "place"
            yield self._level(place.name, what, size, text, place.x, place.y)

    def _level(
        self, text: str, what: What, size: float, letters: Letters, x: float, y: float
    ) -> Label:
        along = x + (letters[0] - letters[1] / 2) * size / self._scale
        xy = np.column_stack([along, np.full(len(along), y)])
        ends = xy[[0, -1]] + np.array([[-PLATE_PX, 0], [PLATE_PX, 0]]) / self._scale
        room = np.concatenate([xy, ends]) if what == "road" else xy
        return Label(text, what, size, xy, np.zeros(len(xy)), room)

    def _roads(self, wide: Box) -> Iterator[Label]:
        base, scale = self._base, self._scale
        near = base.coded.within(wide, PLATES_EVERY_PX / scale / 2).tolist()
        for at in sorted(near, key=lambda at: base.code_kinds[at] is not Kind.MAIN):
            text = set_text(base.codes[at])
            if text is None or self._zoom < ROADS_FROM_ZOOM[base.code_kinds[at]]:
                continue
            line = base.coded.xy[base.coded.rings[at] : base.coded.rings[at + 1]] * scale
            points = _points(line, int(_run(line)[-1] // PLATES_EVERY_PX), _scaled(wide, scale))
            # By their number on the road, not in the box: neighbours choose the same.
            for _, (x, y) in sorted(points, key=lambda point: point[0] % PLATES_AT != 4):
                yield self._level(base.codes[at], "road", ROAD_PX, text, x / scale, y / scale)

    def _numbers(self, wide: Box) -> Iterator[Label]:
        if self._zoom < NUMBERS_FROM_ZOOM:
            return
        xy = self._base.houses
        near = np.flatnonzero(meeting(xy, xy, wide))
        # No more than there is room for, however many a file may put in one place.
        cells = np.floor(xy[near] * self._scale / ROOM_PX)
        _, first = np.unique(cells, axis=0, return_index=True)
        for at in near[np.sort(first)].tolist():
            number = self._base.numbers[at]
            if (letters := set_text(number)) is not None:
                yield self._level(number, "number", NUMBER_PX, letters, *xy[at].tolist())

    def _streets(self, wide: Box) -> Iterator[Label]:
        base, scale = self._base, self._scale
        room = _scaled(wide, scale)
        near = np.zeros(len(base.named), bool)
        near[base.named.within(wide)] = True
        rings = base.named.rings
        for at in self._order[near[self._order]].tolist():
            text = set_text(base.names[at])
            if text is None:
                continue
            along = base.named.xy[rings[at] : rings[at + 1]] * scale
            what: What = "water" if base.name_kinds[at] is Kind.STREAM else "street"
            for xy, angle in _along(along, text[0] * STREET_PX, text[1] * STREET_PX, room):
                yield Label(base.names[at], what, STREET_PX, xy / scale, angle, xy / scale)


def _scaled(box: Box, scale: float) -> Box:
    west, north, east, south = box
    return west * scale, north * scale, east * scale, south * scale


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _along(
    line: NDArray[np.float64],
    middles: NDArray[np.float64],
    length: float,
    within: Box,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give places for a text along a line in pixels, evenly apart, where it is straight enough.

    Where they are depends on the line alone; `within` spares what is not asked for.
    """
    run = _run(line)
    room = run[-1] - length
    if room < 4:
        return
    count = min(1 + int(room // APART_PX), MOST_POINTS)
    for at, _ in _points(line, count, within):
        middle = (at + 0.5) * run[-1] / count
        slack = run[-1] / count / 2 - length / 2
        for aside in (0.0, 0.4, -0.4, 0.9, -0.9):
            found = _set(line, run, middles - length / 2 + middle + aside * max(slack, 0.0))
            if found is not None:
                yield found
                break


def _run(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far along a line each of its positions is."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def _points(
    line: NDArray[np.float64], count: int, within: Box
) -> list[tuple[int, tuple[float, float]]]:
    """Return those of so many points evenly apart on a line that are in a box, by their number."""
    count, run = min(count, MOST_POINTS), _run(line)
    middles = (np.arange(count) + 0.5) * run[-1] / max(count, 1)
    xy = np.column_stack([np.interp(middles, run, line[:, i]) for i in (0, 1)])
    return [(at, xy[at].tolist()) for at in np.flatnonzero(meeting(xy, xy, within)).tolist()]


def _set(
    line: NDArray[np.float64], run: NDArray[np.float64], at: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return letters' places and directions along a line; None where it bends too much."""
    xy, angle = _follow(line, run, at)
    if np.abs(np.diff(angle)).max(initial=0) > BEND or np.ptp(angle) > TURN:
        return None
    if np.cos(angle[len(at) // 2]) < 0:
        # It would stand on its head: from the other end, with the letters where they would be then.
        mirrored = at[0] + at[-1] - at
        xy, angle = _follow(line, run, mirrored)
        angle = angle + np.pi
    return xy, angle


def _follow(
    line: NDArray[np.float64], run: NDArray[np.float64], at: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    half, count = STREET_PX * 0.45, len(at)
    ends = np.concatenate([at - half, at + half, at])
    x, y = np.interp(ends, run, line[:, 0]), np.interp(ends, run, line[:, 1])
    angle = np.arctan2(y[count : 2 * count] - y[:count], x[count : 2 * count] - x[:count])
    return np.column_stack([x[2 * count :], y[2 * count :]]), np.unwrap(angle)
