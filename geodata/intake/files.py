"""Opens files from outside: how large they are, what they begin with, and their text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError
from geodata.intake.drafts import Limits
from geodata.intake.privacy import holds_identity_number

TREE_SHARE: Final = 4
"""A format that is read as a whole tree takes many times its size in memory: a quarter of what a
table may be is enough for it."""

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_UTF8_LETTER: Final = re.compile(rb"\xc3[\x84\x85\x96\xa4\xa5\xb6]")


def file_name(path: Path) -> str:
    """Return a file's name as it may be kept.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        Its name without its folder.

    Raises
    ------
    IntakeError
        If the name holds a personal identity number, which the error does not repeat.
    """
    name = unicodedata.normalize("NFC", path.name.encode("utf-8", "replace").decode("utf-8"))
    if holds_identity_number(name):
        raise IntakeError("intake.file_name_identity_number")
    return name


def limits_of_tree(limits: Limits) -> Limits:
    """Return the limits of a format that is read as a whole tree."""
    return replace(limits, size=limits.size // TREE_SHARE)


def require_size(path: Path, limits: Limits) -> None:
    """Refuse a file that is missing, no file, or too large, before anything of it is read.

    Raises
    ------
    IntakeError
        ``intake.missing``, ``intake.unreadable`` or ``intake.too_large``.
    """
    name = file_name(path)
    try:
        if not path.is_file():
            raise IntakeError("intake.missing", file=name)
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        if isinstance(error, IntakeError):
            raise
        raise IntakeError("intake.unreadable", file=name) from error
    if size > limits.size:
        raise IntakeError("intake.too_large", file=name, limit_mb=limits.size / 1_000_000)


def read_start(path: Path, count: int = 4_096) -> bytes:
    """Return a file's first bytes.

    Raises
    ------
    IntakeError
        ``intake.unreadable`` or ``intake.empty``.
    """
    name = file_name(path)
    try:
        with path.open("rb") as file:
            start = file.read(count)
    except (OSError, ValueError) as error:
        raise IntakeError("intake.unreadable", file=name) from error
    if not start:
        raise IntakeError("intake.empty", file=name)
    return start


def read_text(path: Path, limits: Limits) -> str:
    """Read a file's text.

    Parameters
    ----------
    path : pathlib.Path
        The file. UTF-8 and UTF-16 are known by themselves; what is neither is Windows-1252, as
        Swedish Excel saves CSV.
    limits : Limits
        How large it may be.

    Returns
    -------
    str
        Its text.

    Raises
    ------
    IntakeError
        If the file is missing, unreadable, too large, empty or binary, or in several encodings
        at once.
    """
    name = file_name(path)
    return as_text(_read_bytes(path, name, limits), name)


def as_text(content: bytes, name: str) -> str:
    """Return a file's content as text; as `read_text`, whose errors it raises.

    Parameters
    ----------
    content : bytes
        All of it.
    name : str
        What errors call the file.
    """
    if not content.strip():
        raise IntakeError("intake.empty", file=name)
    text = _decoded(content, name)
    if not text.strip():
        raise IntakeError("intake.empty", file=name)
    return text


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise IntakeError("intake.binary", file=name) from error
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise IntakeError("intake.binary", file=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _from_windows(content, name)


def _from_windows(content: bytes, name: str) -> str:
    """Return a text in Windows-1252.

    Almost any bytes are one, so what no person writes is taken for binary; and what holds å, ä
    or ö in UTF-8 as well is two files in one, whose letters would come out wrong.
    """
    if _CONTROL.search(content):
        raise IntakeError("intake.binary", file=name)
    if _UTF8_LETTER.search(content):
        raise IntakeError("intake.mixed_encoding", file=name)
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise IntakeError("intake.binary", file=name) from error


def _read_bytes(path: Path, name: str, limits: Limits) -> bytes:
    require_size(path, limits)
    try:
        with path.open("rb") as file:
            content = file.read(limits.size + 1)
    except (OSError, ValueError) as error:
        raise IntakeError("intake.unreadable", file=name) from error
    if len(content) > limits.size:
        raise IntakeError("intake.too_large", file=name, limit_mb=limits.size / 1_000_000)
    return content
