"""The one writer of files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

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
