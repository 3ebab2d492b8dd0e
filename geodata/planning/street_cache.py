"""Streets: paths on foot from a file, made into a network once and kept beside.

`read_streets` and `open_streets` are the doors; what they give, and `StraightLines` where there are
no streets, answer the same questions (`Ways`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geodata.atomic import read_derived, write_derived
from geodata.crs import SWEREF99TM, crs_named, metric_crs_at, positions_to_metres
from geodata.errors import StreetsError
from geodata.planning._arrays import Integers
from geodata.planning.street_files import read_lines, require_size
from geodata.planning.street_network import StreetNetwork
from geodata.planning.travel import DEFAULT_LIMITS, Lines, StraightLines, StreetLimits, TravelSource

Ways = StreetNetwork | StraightLines
"""What lengths on foot are found by."""

VERSION: Final = 1
"""Raised when the same file would give another network, or the arrays mean something else."""


def derived_file(folder: Path, digest: str) -> Path:
    """Return where the derived file of a file with this digest lies."""
    return folder / f"streets-{digest[:32]}-v{VERSION}.npz"


def write_network(path: Path, network: StreetNetwork) -> None:
    """Write a network's derived file whole or not at all."""
    source = network.source
    head = {
        "version": VERSION,
        "crs": network.crs,
        "file": source.file,
        "digest": source.digest,
        "licence": source.licence,
        "data_date": None if source.data_date is None else source.data_date.isoformat(),
    }
    arrays: dict[str, NDArray[Any]] = {
        "ends": network.ends.astype(np.int32),
        "starts": network.starts.astype(np.int32),
        "xy": network.xy,
    }
    try:
        write_derived(path, head, arrays)
    except OSError as error:
        raise StreetsError("streets.not_written", folder=str(path.parent)) from error


def read_network(path: Path, digest: str) -> StreetNetwork | None:
    """Read a network's derived file."""
    network = read_derived(path, _made, version=VERSION, digest=digest)
    return network if network is not None and _holds_together(network) else None


def _made(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> StreetNetwork:
    day = date.fromisoformat(head["data_date"]) if head["data_date"] else None
    told = str(head["file"]), str(head["digest"]), str(head["licence"])
    ends, starts = arrays["ends"].astype(np.int64), arrays["starts"].astype(np.int64)
    source = TravelSource("streets", *told, day)
    return StreetNetwork(str(head["crs"]), ends, starts, arrays["xy"], source)


def _holds_together(network: StreetNetwork) -> bool:
    """Tell whether the arrays are of one network: numbers that point outside would crash later."""
    ends, starts = network.ends, network.starts
    return bool(
        ends.ndim == 2
        and len(ends)
        and ends.shape[1] == 2
        and starts.shape == (len(ends) + 1,)
        and network.xy.shape == (starts[-1], 2)
        and starts[0] == 0
        and np.all(np.diff(starts) > 1)
        and ends.min() >= 0
        and ends.max() < 2 * len(ends)
        and np.isfinite(network.xy).all()
        and crs_named(network.crs) is not None
    )


def chains(parts: Integers, count: int) -> tuple[Integers, Integers]:
    """Join pieces of path that meet two and two."""
    # Each piece once, whichever way and however often it is drawn; none of no length.
    pieces = np.unique(np.sort(parts[parts[:, 0] != parts[:, 1]], axis=1), axis=0)
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
    for node in np.flatnonzero((degrees != 2) & (degrees > 0)).tolist():
        follow(node)
    left = np.flatnonzero(~np.frombuffer(bytes(taken), bool))
    for node in pieces[left, 0].tolist():
        follow(node)
    return np.array(along, np.int64), np.array([*starts, len(along)], np.int64)


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
    # Each edge's two nodes, numbered from 0 without gaps.
    outer = np.column_stack([along[starts[:-1]], along[starts[1:] - 1]])
    ends: Integers = np.unique(outer, return_inverse=True)[1].reshape(outer.shape)
    return StreetNetwork(crs, ends, starts, metres[along], source)
