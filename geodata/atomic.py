"""The one writer of files that are there whole or not at all, derived ones among them.

A derived file holds what reading another one gave, so that it need not be read again: a zip file of
arrays as numpy writes them, never pickled objects.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
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


def read_derived(path: Path, make: Callable[[Head, Arrays], Made], **wanted: object) -> Made | None:
    """Return what a derived file holds.

    Parameters
    ----------
    path : pathlib.Path
        Where.
    make : callable
        Makes it of the head and the arrays.
    **wanted
        What the head has to say, by name: the format's version, what the file was made of.

    Returns
    -------
    object or None
        None if there is no such file, it is damaged or of something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            head = json.loads(arrays[HEAD].tobytes())
            fits = all(head[name] == value for name, value in wanted.items())
            return make(head, arrays) if fits else None
    except BROKEN:
        return None


READABLE: Final = 0o644
"""What anybody may do with a file: a new one is its owner's alone, and another account may run the
server."""


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a new, empty file beside another, which takes its place when it is written.

    Parameters
    ----------
    path : pathlib.Path
        Where the file is to be; its folder is there.

    Yields
    ------
    pathlib.Path
        What to write to, and to close. On any error it is gone, and what was there is as it was.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    os.close(handle)
    new = Path(name)
    try:
        yield new
        new.chmod(READABLE)
        put_in_place(new, path)
    finally:
        # What can't be taken away is harmless, and must not hide why nothing was written.
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def put_in_place(new: Path, path: Path) -> None:
    """Give a finished file its name, on disk before anybody sees it."""
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """See that a folder's names are on disk; a renamed file is safe only then."""
    # Windows has no such thing.
    if os.name != "posix":
        return
    with contextlib.suppress(FileNotFoundError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
