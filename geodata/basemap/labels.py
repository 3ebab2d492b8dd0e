"""Names on the map: along their streets, and at their places; none over another.

Where a name stands is decided for a zoom level and a wide block, not tile by tile: a name that runs
from one tile into the next is the same in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from geodata.basemap.kinds import Kind
from geodata.basemap.shapes import TILE_PX, Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.basemap.kinds import BaseMap


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


@cache
def glyph(letter: str) -> Glyph | None:
    """Return a letter's outline, None where the font hasn't got it."""
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.ft2font import LoadFlags

    # A font remembers its last letter: two threads would read each other's.
    with _reading:
        font = get_font(findfont(FontProperties(family=FONT)))
        if ord(letter) not in font.get_charmap():
            return None
        font.set_size(EM, 72)
        found = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
        xy, codes = font.get_path()
        advance = found.linearHoriAdvance / 65536 / EM
    return Glyph(np.asarray(xy, float).reshape(-1, 2) / EM, np.asarray(codes, np.uint8), advance)


def set_text(text: str) -> tuple[NDArray[np.float64], float] | None:
    """Return where the letters' middles are along a line, and the text's length."""
    found = [glyph(letter) for letter in text]
    if not text or any(one is None for one in found):
        return None
    advances = np.array([one.advance for one in found if one is not None])
    ends = np.cumsum(advances)
    return ends - advances / 2, float(ends[-1])


STREET_PX: Final = 11.0
PLACE_PX: Final = (16.0, 15.0, 13.5, 12.5, 11.5, 11.0)
"""Size of a place's name, by its rank."""

NAMED_FROM_ZOOM: Final = {Kind.MAIN: 14, Kind.COLLECTOR: 15, Kind.STREET: 16}
NAMED_LATER: Final = 17
"""From when on paths and the like have their names."""

PLACES_AT: Final = ((8, 16), (9, 16), (11, 16), (13, 16), (13, 17), (14, 17))
"""From and to which zoom level places have their names, by rank."""

LAST_ZOOM: Final = 18
"""Nearer than this the names stay where they are."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A name that was given its place."""

    text: str
    what: Literal["street", "place"]
    size_px: float
    xy: NDArray[np.float64]
    angle: NDArray[np.float64]

    def meets(self, box: Box) -> bool:
        """Tell whether any of it may lie in a box."""
        (west, north), (east, south) = self.xy.min(axis=0), self.xy.max(axis=0)
        return bool(west <= box[2] and east >= box[0] and north <= box[3] and south >= box[1])


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
        self._zoom = min(zoom, LAST_ZOOM)
        self._scale = float(TILE_PX << self._zoom)
        named = base.named.bounds
        rank = {kind: at for at, kind in enumerate(reversed(Kind))}
        ranks = np.array([rank[kind] for kind in base.name_kinds], dtype=np.int64)
        size = np.max(named[:, 2:] - named[:, :2], axis=1) if len(named) else np.empty(0)
        shown = [zoom >= NAMED_FROM_ZOOM.get(kind, NAMED_LATER) for kind in base.name_kinds]
        order = np.lexsort((-size, ranks))
        self._order = order[np.array(shown, bool)[order]]
        self._block = lru_cache(maxsize=BLOCKS_KEPT)(self._make_block)

    def within(self, box: Box, margin: float) -> list[Label]:
        """Return the names that reach within a margin of a box, all given on the square world."""
        block = BLOCK_PX / self._scale
        reach = margin + LONGEST_PX / self._scale
        west, north, east, south = box
        columns = range(int((west - reach) // block), int((east + reach) // block) + 1)
        rows = range(int((north - reach) // block), int((south + reach) // block) + 1)
        return [
            label
            for column in columns
            for row in rows
            for label in self._block(column, row)
            if label.meets((west - margin, north - margin, east + margin, south + margin))
        ]

    def _make_block(self, column: int, row: int) -> tuple[Label, ...]:
        size, margin = BLOCK_PX / self._scale, MARGIN_PX / self._scale
        west, north = column * size, row * size
        wide = (west - margin, north - margin, west + size + margin, north + size + margin)
        taken, found = _Taken(), []
        for label in (*self._places(wide), *self._streets(wide)):
            if taken.take(label.xy * self._scale):
                x, y = label.xy[len(label.xy) // 2]
                if west <= x < west + size and north <= y < north + size:
                    found.append(label)
        return tuple(found)

    def _places(self, wide: Box) -> Iterator[Label]:
        for place in sorted(self._base.places, key=lambda one: (one.rank, one.name, one.x)):
            first, last = PLACES_AT[place.rank]
            text = set_text(place.name) if first <= self._zoom <= last else None
            if text is None or not _holds(wide, place.x, place.y):
                continue
            size = PLACE_PX[place.rank]
            x = place.x + (text[0] - text[1] / 2) * size / self._scale
            xy = np.column_stack([x, np.full(len(x), place.y)])
            yield Label(place.name, "place", size, xy, np.zeros(len(x)))

    def _streets(self, wide: Box) -> Iterator[Label]:
        base, scale = self._base, self._scale
        near = np.zeros(len(base.named), bool)
        near[base.named.within(wide)] = True
        rings = base.named.rings
        for at in self._order[near[self._order]].tolist():
            text = set_text(base.names[at])
            if text is None:
                continue
            along = base.named.xy[rings[at] : rings[at + 1]] * scale
            room = tuple(side * scale for side in wide)
            for xy, angle in _along(along, text[0] * STREET_PX, text[1] * STREET_PX, room):
                yield Label(base.names[at], "street", STREET_PX, xy / scale, angle)


def _holds(box: tuple[float, ...], x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _along(
    line: NDArray[np.float64],
    middles: NDArray[np.float64],
    length: float,
    within: tuple[float, ...],
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give places for a text along a line in pixels, evenly apart, where it is straight enough.

    Where they are depends on the line alone; `within` spares what is not asked for.
    """
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    room = run[-1] - length
    if room < 4:
        return
    count = 1 + int(room // APART_PX)
    for at in range(count):
        middle = (at + 0.5) * run[-1] / count
        if not _holds(within, *(float(np.interp(middle, run, line[:, i])) for i in (0, 1))):
            continue
        slack = run[-1] / count / 2 - length / 2
        for aside in (0.0, 0.4, -0.4, 0.9, -0.9):
            found = _set(line, run, middles - length / 2 + middle + aside * max(slack, 0.0))
            if found is not None:
                yield found
                break


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
