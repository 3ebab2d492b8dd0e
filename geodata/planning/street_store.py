"""A network's derived file: what reading the streets gave, so that it need not be read again.

A zip file of arrays as numpy writes them, never pickled objects. It is named after the digest of
the file that it was made from and the version of this format: another content or another program
makes another file.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.crs import crs_named
from geodata.errors import StreetsError
from geodata.planning.street_network import StreetNetwork
from geodata.planning.travel import TravelSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION: Final = 1
"""Raised when the same file would give another network, or the arrays mean something else."""

BROKEN: Final = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged file raises; it is then made anew."""


def derived_file(folder: Path, digest: str) -> Path:
    """Return where the derived file of a file with this digest lies."""
    return folder / f"streets-{digest[:32]}-v{VERSION}.npz"


def write_network(path: Path, network: StreetNetwork) -> None:
    """Write a network's derived file whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where; its folder is made where there is none.
    network : StreetNetwork
        What to write.

    Raises
    ------
    StreetsError
        ``streets.not_written``; what was there is as it was.
    """
    source = network.source
    head = {
        "version": VERSION,
        "crs": network.crs,
        "file": source.file,
        "digest": source.digest,
        "licence": source.licence,
        "data_date": None if source.data_date is None else source.data_date.isoformat(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        new = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(
                    file,
                    head=np.frombuffer(json.dumps(head).encode(), np.uint8),
                    ends=network.ends.astype(np.int32),
                    starts=network.starts.astype(np.int32),
                    xy=network.xy,
                )
                file.flush()
                os.fsync(file.fileno())
            # `mkstemp` makes it for its owner alone; another account may run the server.
            new.chmod(0o644)
            new.replace(path)
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
    except OSError as error:
        raise StreetsError("streets.not_written", folder=str(path.parent)) from error


def read_network(path: Path, digest: str) -> StreetNetwork | None:
    """Read a network's derived file.

    Parameters
    ----------
    path : pathlib.Path
        As `derived_file` gives it.
    digest : str
        Of the file that it must have been made from.

    Returns
    -------
    StreetNetwork or None
        None if there is none, it is damaged, or it was made from something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
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
            network = StreetNetwork(str(head["crs"]), ends, starts, arrays["xy"], source)
    except BROKEN:
        return None
    return network if _holds_together(network.ends, network.starts, network) else None


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
