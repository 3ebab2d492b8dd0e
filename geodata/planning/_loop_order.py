"""A shorter order of a path: parts turned round (2-opt), one to three stops moved elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from geodata.planning._loop_path import EPSILON, Path, Ways

FEW: Final = 600
"""Up to so many places ways are kept as lists too: they answer sooner, in four times the room."""

Change = tuple[int, int, Path, tuple[int, ...]]
"""From where to where a path changes, what stands there then, and the places beside the changes."""


class Shortening:
    """Looks for shorter orders of paths."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        few = len(ways.value) <= FEW
        self._rows = ways.travel.tolist() if few else [memoryview(row) for row in ways.travel]
        self._place = [-1] * len(ways.value)

    def order(self, path: Path, touched: Path, late: Callable[[], bool]) -> Path:
        """Return a shorter order, the path itself where there is none."""
        if len(path) < 4 or not touched:
            return path
        enough = -EPSILON * self.ways.budget
        place, order = self._place, list(path)
        for at, stop in enumerate(order):
            place[stop] = at
        turned = self._turned(order)
        waiting = dict.fromkeys(touched)
        changed = False
        while waiting and not late():
            stop, _ = waiting.popitem()
            move = self._turn(order, stop, turned, enough) or self._move(
                order, stop, turned, enough
            )
            if move is None:
                continue
            changed = True
            first, last, part, ends = move
            order[first:last] = part
            for at in range(first, last):
                place[order[at]] = at
            if self.ways.crooked:
                turned = self._turned(order)
            waiting[stop] = None
            waiting.update(dict.fromkeys(ends))
        for stop in path:
            place[stop] = -1
        return order if changed else path

    def _turned(self, order: Path) -> list[float]:
        """Return up to each place how much longer the way back is than the way there."""
        if not self.ways.crooked:
            return [0.0] * len(order)
        at = np.array(order)
        ahead, back = self.ways.travel[at[:-1], at[1:]], self.ways.into[at[:-1], at[1:]]
        return [0.0, *np.cumsum(back - ahead).tolist()]

    def _turn(self, order: Path, stop: int, turned: list[float], enough: float) -> Change | None:
        """Return a part of the path to turn round, if one next to a stop makes it shorter."""
        rows, place, final = self._rows, self._place, len(order) - 1
        at, row = place[stop], rows[stop]
        # The step after the stop changes for one after another place, or those before both do.
        for shift in (0, -1):
            if not 0 <= at + shift < final:
                continue
            step = rows[order[at + shift]][order[at + shift + 1]]
            for other in self.ways.beside(stop):
                if row[other] >= step:
                    break
                to = place[other]
                if not 0 <= to + shift < final:
                    continue
                low, high = (at + shift, to + shift) if at < to else (to + shift, at + shift)
                a, b, e, f = order[low], order[low + 1], order[high], order[high + 1]
                longer = rows[a][e] + rows[b][f] - rows[a][b] - rows[e][f]
                if longer + turned[high] - turned[low + 1] < enough:
                    return low + 1, high + 1, order[low + 1 : high + 1][::-1], (a, b, e, f)
        return None

    def _move(self, order: Path, stop: int, turned: list[float], enough: float) -> Change | None:
        """Return how one to three stops, of which one is given, lie shorter elsewhere."""
        final, at = len(order) - 1, self._place[stop]
        for first, last in ((at, at), (at, at + 1), (at - 1, at), (at, at + 2), (at - 2, at)):
            if first > 0 and last < final:
                move = self._moved_to(order, stop, first, last, turned, enough)
                if move is not None:
                    return move
        return None

    def _moved_to(
        self, order: Path, stop: int, first: int, last: int, turned: list[float], enough: float
    ) -> Change | None:
        """Return where a part lies shorter, with the stop at its one end beside a near place."""
        rows, place, row = self._rows, self._place, self._rows[stop]
        before, begin, end, after = order[first - 1], order[first], order[last], order[last + 1]
        saved = rows[before][begin] + rows[end][after] - rows[before][after]
        if saved <= -enough:
            return None
        tail = begin if stop == end else end
        for other in self.ways.beside(stop):
            if row[other] >= saved:
                return None
            to = place[other]
            if to < 0:
                continue
            # After the other place, the given stop first; or before it, the given stop last.
            for gap in (to, to - 1):
                if not 0 <= gap < len(order) - 1 or first - 1 <= gap <= last:
                    continue
                ahead = gap == to
                leads, follows = (stop, tail) if ahead else (tail, stop)
                here, there = order[gap], order[gap + 1]
                longer = rows[here][leads] + rows[follows][there] - rows[here][there] - saved
                turn = first != last and (stop == end) == ahead
                if turn:
                    longer += turned[last] - turned[first]
                if longer < enough:
                    return _moved(order, first, last, gap + 1, turn=turn)
        return None


def _moved(order: Path, first: int, last: int, to: int, *, turn: bool) -> Change:
    """Return the part of a path that changes when some stops come before another place."""
    moved = order[first : last + 1]
    ends = (order[first - 1], moved[0], moved[-1], order[last + 1], order[to - 1], order[to])
    if turn:
        moved.reverse()
    if to <= first:
        return to, last + 1, moved + order[to:first], ends
    return first, to, order[last + 1 : to] + moved, ends
