"""Which coordinate system numbers are in, found by their range over the whole file.

Sweden's northings (in degrees 55 to 69, in metres above six million) and eastings (11 to 24
degrees; 250 to 950 km in SWEREF 99 TM, above 1,150 km in RT 90) don't overlap, so that a pair of
numbers tells by itself which system it is in and which of the two is the northing. The file's
rows vote: one that disagrees is rather a slip than another system.

The municipalities' own zones of SWEREF 99 (easting around 150 km) are told from those, but not from
one another: a place in one would be as good a place 90 km away in the next. Which zone it is must
be said, by the column's name or by the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from geodata.crs import (
    NORTHINGS_M,
    RT90,
    RT90_EASTINGS_M,
    SWEDEN_BOUNDS_DEG,
    SWEREF99_ZONES,
    SWEREF99TM,
    SWEREF99TM_EASTINGS_M,
    WGS84,
    ZONE_EASTINGS_M,
    positions_to_degrees,
)
from geodata.intake.columns import SWEREF_NAMED
from geodata.intake.plan import GridName, GridUse, ReadOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

Span = tuple[float, float]

_WEST, _SOUTH, _EAST, _NORTH = SWEDEN_BOUNDS_DEG

_ZONES: Final = {
    grid: SWEREF99_ZONES[grid.removeprefix("sweref99-")]
    for grid in get_args(GridName)
    if grid.startswith("sweref99-")
}

GRID_CRS: Final[dict[GridName, str]] = {
    "wgs84": WGS84,
    "sweref99tm": SWEREF99TM,
    "rt90": RT90,
    **_ZONES,
}

_SPANS: Final[dict[GridName, tuple[Span, Span]]] = {
    "wgs84": ((_WEST, _EAST), (_SOUTH, _NORTH)),
    "sweref99tm": (SWEREF99TM_EASTINGS_M, NORTHINGS_M),
    "rt90": (RT90_EASTINGS_M, NORTHINGS_M),
    **dict.fromkeys(("sweref99", *_ZONES), (ZONE_EASTINGS_M, NORTHINGS_M)),
}
"""Eastings and northings of Sweden in each system."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Positions in WGS 84, and which of them can't be used."""

    positions: Floats
    bad: Flags
    swapped: Flags
    use: GridUse


def grid_in(headers: Iterable[str]) -> GridName | None:
    """Return the SWEREF 99 zone, or TM, that a column's name gives: ``N (SWEREF 99 13 30)``."""
    for header in headers:
        if found := SWEREF_NAMED.search(header.casefold()):
            name = f"sweref99{'' if found[1] == 'tm' else '-'}{''.join(found[1].split())}"
            return next((grid for grid in GRID_CRS if grid == name), None)
    return None


def settle(
    given: Floats,
    rows: NDArray[np.int64],
    options: ReadOptions,
    *,
    named: bool,
    header_grid: GridName | None = None,
) -> Settled:
    """Find out which system numbers are in and bring them to WGS 84."""
    grid = options.grid or _voted(given)
    if grid == "sweref99":
        grid = header_grid or grid
    elif header_grid == "sweref99tm" and options.grid is None:
        grid = header_grid
    if grid == "sweref99":
        none = np.zeros(len(given), dtype=np.bool_)
        return Settled(given, ~none, none, _use(grid, rows, 0, given[:0], declared=False))
    turned = _fits(given[:, ::-1], grid)
    swap = turned if options.swap or not named else np.zeros_like(turned)
    positions = positions_to_degrees(
        np.where(swap[:, np.newaxis], given[:, ::-1], given), GRID_CRS[grid]
    )
    bad = ~_in_sweden(positions) | (turned & ~swap)
    swapped_rows = len(np.unique(rows[turned])) if named else 0
    use = _use(grid, rows, swapped_rows, positions[~bad], declared=False)
    return Settled(positions, bad, turned & ~swap, use)


def from_declared(given: Floats, rows: NDArray[np.int64], crs: str, name: str) -> Settled:
    """Bring positions from a system that the file declares to WGS 84."""
    positions = positions_to_degrees(given, crs)
    bad = ~_in_sweden(positions)
    turned = np.zeros_like(bad)
    if bad.any():
        turned[bad] = _in_sweden(positions_to_degrees(given[bad][:, ::-1], crs))
    use = _use(name, rows, len(np.unique(rows[turned])), positions[~bad], declared=True)
    return Settled(positions, bad, turned, use)


def _voted(given: Floats) -> GridName:
    """Return the system in which most positions lie in Sweden; WGS 84 where none does."""
    votes = {
        g: np.count_nonzero(_fits(given, g) | _fits(given[:, ::-1], g))
        for g in _SPANS
        if g not in _ZONES
    }
    return max(votes, key=lambda grid: votes[grid])


def _fits(given: Floats, grid: GridName) -> Flags:
    (west, east), (south, north) = _SPANS[grid]
    x, y = given[:, 0], given[:, 1]
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _in_sweden(positions: Floats) -> Flags:
    return _fits(positions, "wgs84")


def _use(
    grid: str, rows: NDArray[np.int64], swapped_rows: int, good: Floats, *, declared: bool
) -> GridUse:
    sample = (float(good[0, 0]), float(good[0, 1])) if len(good) else None
    return GridUse(grid, declared, len(np.unique(rows)), swapped_rows, sample)
