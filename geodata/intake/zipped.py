"""Zip files from outside: unpacked as a stream that is counted, whatever they say of themselves.

A few kilobytes may unpack to gigabytes, and a directory of millions of empty parts takes more
memory than all that they hold. So nothing that such a file says of its own sizes is believed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError

STEEPEST: Final = 200
"""Unpacked bytes for each packed one. Sheets of numbers reach 10 to 20; only emptiness more."""

STEEP_FROM: Final = 20_000_000
"""Bytes from which that is looked at: a small sheet of equal cells may be steep and harmless."""

LARGEST_DIRECTORY: Final = 1 << 20
"""Bytes of a zip file's list of what is in it: some ten thousand parts."""

BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
    LookupError,
)
"""What the libraries raise for a file that is no whole zip file."""

_CHUNK: Final = 1 << 16


class _Measured(io.BufferedReader):
    """A file of which nobody reads much at once: a zip file's list is read in one go."""

    def __init__(self, raw: io.FileIO, name: str) -> None:
        super().__init__(raw)
        self._name = name

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise IntakeError("intake.too_many_parts", file=self._name)
        return super().read(size)


@contextmanager
def opened_zip(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file and read the list of what is in it."""
    with _Measured(io.FileIO(path), name) as file, zipfile.ZipFile(file) as archive:
        yield archive


def chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's content, unpacked, some of it at a time."""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def is_steep(unpacked: int, path: Path) -> bool:
    """Tell whether so many unpacked bytes are more than a file of this size can honestly hold."""
    return unpacked > STEEP_FROM and unpacked > STEEPEST * path.stat().st_size
