"""Streets: paths on foot from a file, made into a network once and kept beside.

`read_streets` and `open_streets` are the doors; what they give, and `StraightLines` where there are
no streets, answer the same questions (`Ways`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.crs import SWEREF99TM, metric_crs_at, positions_to_metres
from geodata.errors import StreetsError
from geodata.planning.street_files import read_lines, require_size
from geodata.planning.street_network import StreetNetwork
from geodata.planning.street_store import derived_file, read_network, write_network
from geodata.planning.travel import (
    DETOUR,
    MAX_OFF_PATH_M,
    NoWay,
    Position,
    Route,
    StraightLines,
    Travel,
    TravelSource,
    Ways,
)
from geodata.planning.walking import DEFAULT_LIMITS, Lines, StreetLimits

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


__all__ = [
    "DETOUR",
    "MAX_OFF_PATH_M",
    "OSM_LICENCE",
    "NoWay",
    "Position",
    "Route",
    "StraightLines",
    "StreetLimits",
    "StreetNetwork",
    "Travel",
    "TravelSource",
    "Ways",
    "open_streets",
    "read_streets",
]

OSM_LICENCE: Final = "© OpenStreetMap contributors, ODbL 1.0"
"""On what terms OpenStreetMap's data may be shown (openstreetmap.org/copyright)."""

WIDEST_DEG: Final = 6.0
"""How far from the middle, east or west, paths outside Sweden may lie: a UTM zone's own width.
Farther out its lengths are wrong by more than a fifth of a per cent."""


def read_streets(path: Path | str, *, limits: StreetLimits = DEFAULT_LIMITS) -> StreetNetwork:
    """Read a street file and make its network."""
    return _read(Path(path), _digest(Path(path), limits), limits)


def open_streets(
    path: Path | str, cache_folder: Path | str, *, limits: StreetLimits = DEFAULT_LIMITS
) -> StreetNetwork:
    """Return a street file's network from its derived file, made first where there is none.

    Parameters
    ----------
    path : pathlib.Path or str
        As for `read_streets`.
    cache_folder : pathlib.Path or str
        Where derived files lie; made where there is none.
    limits : StreetLimits
        What is too much.

    Returns
    -------
    StreetNetwork
        The same as `read_streets` gives. A file whose content has changed is read anew, so is one
        whose derived file is damaged or of another version.

    Raises
    ------
    StreetsError
        As `read_streets` does, or if the derived file can't be written.
    """
    path = Path(path)
    digest = _digest(path, limits)
    derived = derived_file(Path(cache_folder), digest)
    found = read_network(derived, digest)
    if found is None:
        found = _read(path, digest, limits)
        write_network(derived, found)
    # The same content may be known by another name since.
    return replace(found, source=replace(found.source, file=path.name))


def _digest(path: Path, limits: StreetLimits) -> str:
    require_size(path, limits)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise StreetsError("streets.unreadable", file=path.name) from error


def _read(path: Path, digest: str, limits: StreetLimits) -> StreetNetwork:
    lines = read_lines(path, limits)
    source = TravelSource("streets", path.name, digest, OSM_LICENCE, lines.data_date)
    return _network(lines, source)


def _network(lines: Lines, source: TravelSource) -> StreetNetwork:
    used = np.unique(lines.parts)
    positions = lines.positions[used]
    middle = (positions.min(axis=0) + positions.max(axis=0)) / 2
    crs = metric_crs_at(*middle.tolist())
    metres = positions_to_metres(positions, crs)
    wide = np.ptp(positions[:, 0]) > 2 * WIDEST_DEG and crs != SWEREF99TM
    if wide or not np.isfinite(metres).all():
        raise StreetsError("streets.too_wide", file=source.file)
    along, starts = chains(np.searchsorted(used, lines.parts), len(used))
    if len(starts) < 2:
        raise StreetsError("streets.nothing_to_walk_on", file=source.file)
    return StreetNetwork(crs, _numbered_ends(along, starts), starts, metres[along], source)


def _numbered_ends(along: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each edge's two nodes, numbered from 0 without gaps."""
    ends = np.column_stack([along[starts[:-1]], along[starts[1:] - 1]])
    numbered: NDArray[np.int64] = np.unique(ends, return_inverse=True)[1].reshape(ends.shape)
    return numbered
