"""Straight pieces of path joined to edges from junction to junction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


def chains(parts: Integers, count: int) -> tuple[Integers, Integers]:
    """Join pieces of path that meet two and two."""
    pieces = _distinct(parts)
    towards = np.concatenate([pieces, pieces[:, ::-1]])
    piece = np.tile(np.arange(len(pieces)), 2)
    order = np.argsort(towards[:, 0], kind="stable")
    first = np.searchsorted(towards[order, 0], np.arange(count + 1)).tolist()
    others, through = towards[order, 1].tolist(), piece[order].tolist()
    taken = bytearray(len(pieces))
    along: list[int] = []
    starts: list[int] = []

    def follow(start: int) -> None:
        for at in range(first[start], first[start + 1]):
            if not taken[through[at]]:
                starts.append(len(along))
                _follow(start, at, along, taken, (first, others, through))

    degrees = np.diff(first)
    _each(np.flatnonzero((degrees != 2) & (degrees > 0)), follow)
    left = np.flatnonzero(~np.frombuffer(bytes(taken), bool))
    _each(pieces[left, 0], follow)
    return np.array(along, np.int64), np.array([*starts, len(along)], np.int64)


def _distinct(parts: Integers) -> Integers:
    """Return each piece once, whichever way and however often it is drawn; none of no length."""
    return np.unique(np.sort(parts[parts[:, 0] != parts[:, 1]], axis=1), axis=0)


def _each(nodes: Integers, follow: Callable[[int], None]) -> None:
    for node in nodes.tolist():
        follow(node)


def _follow(
    start: int,
    at: int,
    along: list[int],
    taken: bytearray,
    web: tuple[list[int], list[int], list[int]],
) -> None:
    """Walk from a position until a junction, a dead end, or the start."""
    first, others, through = web
    along.append(start)
    while True:
        taken[through[at]] = 1
        here = others[at]
        along.append(here)
        begin, end = first[here], first[here + 1]
        if here == start or end - begin != 2:
            return
        at = begin if through[begin] != through[at] else begin + 1
