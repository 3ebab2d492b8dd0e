"""A base map's derived file: what reading a street file gave, so that it need not be read again.

A zip file of arrays as numpy writes them, never pickled objects, named after the digest of the
file that it was made from and the version of this format.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geodata.basemap.content import BaseMap, NamedPlace
from geodata.basemap.kinds import Kind
from geodata.basemap.shapes import Shapes
from geodata.errors import StreetsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION: Final = 1
"""Raised when the same file would give another map, or the arrays mean something else."""

STEPS: Final = float(1 << 31)
"""Positions are kept as whole numbers, so many to the world's side: a step is 2 cm."""

BROKEN: Final = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged file raises; it is then made anew."""


def derived_file(folder: Path, digest: str) -> Path:
    """Return where the derived file of a street file with this digest lies."""
    return folder / f"basemap-{digest[:32]}-v{VERSION}.npz"


def write_base_map(path: Path, base: BaseMap, digest: str) -> None:
    """Write a map's derived file whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where; its folder is made where there is none.
    base : BaseMap
        What to write.
    digest : str
        Of the file it was made from.

    Raises
    ------
    StreetsError
        ``streets.not_written``; what was there is as it was.
    """
    arrays = _arrays(base, digest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        new = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(file, allow_pickle=False, **arrays)
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


def read_base_map(path: Path, digest: str) -> BaseMap | None:
    """Read a map's derived file.

    Returns
    -------
    BaseMap or None
        None if there is none, it is damaged, or it was made from something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if (head["version"], head["digest"]) != (VERSION, digest):
                return None
            return _base_map(head, arrays)
    except BROKEN:
        return None


def told_day(path: Path) -> date | None:
    """Return the day of the data in a derived file; None where it isn't told, or there is none."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            day = json.loads(arrays["head"].tobytes())["data_date"]
            return None if day is None else date.fromisoformat(day)
    except BROKEN:
        return None


def _arrays(base: BaseMap, digest: str) -> dict[str, NDArray[Any]]:
    day = base.data_date
    head = {
        "version": VERSION,
        "digest": digest,
        "data_date": None if day is None else day.isoformat(),
        "kinds": list(base.shapes),
    }
    texts = {
        "names": base.names,
        "name_kinds": base.name_kinds,
        "places": [(place.name, place.rank, place.x, place.y) for place in base.places],
    }
    found = {
        "head": np.frombuffer(json.dumps(head).encode(), np.uint8),
        "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
    }
    for name, shapes in (*base.shapes.items(), ("named", base.named), ("land", base.land)):
        found[f"{name}.xy"] = np.round(shapes.xy * STEPS).astype(np.int64).astype(np.uint32)
        found[f"{name}.rings"] = shapes.rings.astype(np.int32)
        found[f"{name}.starts"] = shapes.starts.astype(np.int32)
    return found


def _base_map(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> BaseMap:
    texts = json.loads(arrays["texts"].tobytes())
    named = _shapes(arrays, "named")
    names, kinds = tuple(map(str, texts["names"])), tuple(map(Kind, texts["name_kinds"]))
    if not len(names) == len(kinds) == len(named):
        raise ValueError("names")
    day = head["data_date"]
    return BaseMap(
        {Kind(kind): _shapes(arrays, kind) for kind in head["kinds"]},
        names,
        named,
        kinds,
        tuple(NamedPlace(str(n), int(r), float(x), float(y)) for n, r, x, y in texts["places"]),
        _shapes(arrays, "land"),
        None if day is None else date.fromisoformat(day),
    )


def _shapes(arrays: Mapping[str, NDArray[Any]], name: str) -> Shapes:
    """Return shapes that hold together: numbers that point outside would crash the drawing."""
    rings = arrays[f"{name}.rings"].astype(np.int64)
    starts = arrays[f"{name}.starts"].astype(np.int64)
    found = Shapes(arrays[f"{name}.xy"].astype(np.float64) / STEPS, rings, starts)
    if not (
        found.xy.shape == (rings[-1], 2)
        and starts[-1] == len(rings) - 1
        and rings[0] == starts[0] == 0
        and np.all(np.diff(rings) > 1)
        and np.all(np.diff(starts) > 0)
    ):
        raise ValueError(name)
    return found
