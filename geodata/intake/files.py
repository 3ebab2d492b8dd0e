"""The only place in the intake that opens a file."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from geodata.errors import IntakeError
from geodata.intake.drafts import Limits
from geodata.intake.privacy import holds_identity_number


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


def read_text(path: Path, limits: Limits) -> str:
    """Read a file's text.

    Parameters
    ----------
    path : pathlib.Path
        The file, in UTF-8 with or without a byte order mark.
    limits : Limits
        How large it may be.

    Returns
    -------
    str
        Its text.

    Raises
    ------
    IntakeError
        If the file is missing, unreadable, too large, empty, binary, or not in UTF-8.
    """
    name = file_name(path)
    content = _read_bytes(path, name, limits)
    if not content.strip():
        raise IntakeError("intake.empty", file=name)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise IntakeError("intake.not_utf8", file=name)
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise IntakeError("intake.binary", file=name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IntakeError("intake.not_utf8", file=name) from error
    if not text.strip():
        raise IntakeError("intake.empty", file=name)
    return text


def _read_bytes(path: Path, name: str, limits: Limits) -> bytes:
    try:
        if not path.is_file():
            raise IntakeError("intake.missing", file=name)
        with path.open("rb") as file:
            content = file.read(limits.size + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, IntakeError):
            raise
        raise IntakeError("intake.unreadable", file=name) from error
    if len(content) > limits.size:
        raise IntakeError("intake.too_large", file=name, limit_mb=limits.size / 1_000_000)
    return content
