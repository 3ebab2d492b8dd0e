"""A network's derived file: what reading the streets gave, so that it need not be read again.

A zip file of arrays as numpy writes them, never pickled objects. It is named after the digest of
the file that it was made from and the version of this format: another content or another program
makes another file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geodata.crs import crs_named
from geodata.derived import read_derived, write_derived
from geodata.errors import StreetsError
from geodata.planning.street_network import StreetNetwork
from geodata.planning.travel import TravelSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

    def made(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> StreetNetwork | None:
        if (head["version"], head["digest"]) != (VERSION, digest):
            return None
        day = head["data_date"]
        source = TravelSource(
            "streets",
            str(head["file"]),
            digest,
            str(head["licence"]),
            None if day is None else date.fromisoformat(day),
        )
        ends, starts = arrays["ends"].astype(np.int64), arrays["starts"].astype(np.int64)
        return StreetNetwork(str(head["crs"]), ends, starts, arrays["xy"], source)

    network = read_derived(path, made)
    if network is None or not _holds_together(network.ends, network.starts, network):
        return None
    return network


def _holds_together(
    ends: NDArray[np.int64], starts: NDArray[np.int64], network: StreetNetwork
) -> bool:
    """Tell whether the arrays are of one network: numbers that point outside would crash later."""
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
