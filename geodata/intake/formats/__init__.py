"""A file format each: what it is known by, and how it is read to sheets.

A module of this folder that has a ``FORMAT`` is a format; nothing else names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from geodata.errors import IntakeError
from geodata.intake.incoming import read_start, require_size
from geodata.intake.report import Limits, What
from geodata.intake.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Asked:
    """What a format may want to know beside the file: its rows' sort, the kinds, and the day."""

    limits: Limits
    what: What
    kinds: Mapping[str, str]
    today: date


@dataclass(frozen=True, slots=True)
class Format:
    """A file format."""

    read: Callable[[Path, Asked], Sequence[Sheet]]
    endings: tuple[str, ...] = ()
    begins: Callable[[bytes], bool] = lambda _start: False
    refused: Mapping[str, str] = field(default_factory=dict)
    refused_start: bytes = b""
    place: int = 0


@cache
def formats() -> tuple[Format, ...]:
    """Return every format of this folder."""
    modules = [import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__)]
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return tuple(sorted(found, key=lambda one: one.place))


def endings() -> tuple[str, ...]:
    """Return how the names of files end that are read."""
    return tuple(ending for one in formats() for ending in one.endings)


def sheets_of(path: Path, name: str, asked: Asked) -> list[Sheet]:
    """Return a file's sheets; raises IntakeError for one that can't be read as a whole."""
    require_size(path, asked.limits)
    return list(_format_of(path, name).read(path, asked))


def _format_of(path: Path, name: str) -> Format:
    """Return a file's format, refused where name and content don't agree."""
    ending, start = path.suffix.casefold(), read_start(path)
    for one in formats():
        if ending in one.refused and start.startswith(one.refused_start):
            raise IntakeError(one.refused[ending], file=name)
    named = next((one for one in formats() if ending in one.endings), None)
    if named is None:
        raise IntakeError("intake.unknown_format", file=name, expected=", ".join(endings()))
    begun = next((one for one in formats() if one.begins(start)), named)
    if begun is not named:
        raise IntakeError("intake.wrong_ending", file=name, ending=begun.endings[0])
    return named


def text_of_start(start: bytes) -> bytes:
    """Return a text file's first bytes without what says how it is encoded."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()
