"""Derived files: what reading a large file gave, as arrays, so that it need not be read again.

A zip file of arrays as numpy writes them, never pickled objects, with a head that says of which
file and by which version of the program's format it was made. It is made anew where it doesn't
fit, so that nothing is lost with it.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from geodata.atomic import written_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

Head = Mapping[str, Any]
Made = TypeVar("Made")

HEAD: Final = "head"

BROKEN: Final = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged file raises; it is then made anew."""


def write_derived(path: Path, head: Head, arrays: Arrays) -> None:
    """Write a derived file whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where; its folder is made where there is none.
    head : mapping
        JSON values.
    arrays : mapping of str to numpy.ndarray
        By name; none is called ``head``.

    Raises
    ------
    OSError
        If it can't be written; what was there is as it was.
    """
    told = np.frombuffer(json.dumps(head).encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as new, new.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{HEAD: told, **arrays})


def read_derived(path: Path, make: Callable[[Head, Arrays], Made | None]) -> Made | None:
    """Return what a derived file holds.

    Parameters
    ----------
    path : pathlib.Path
        Where.
    make : callable
        Makes it of the head and the arrays; None where they are of something else.

    Returns
    -------
    object or None
        None if there is no such file, or it is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return make(json.loads(arrays[HEAD].tobytes()), arrays)
    except BROKEN:
        return None
