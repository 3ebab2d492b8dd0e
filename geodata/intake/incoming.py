"""Opens files from outside: how large they are, what they begin with, and their text."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from geodata.errors import IntakeError
from geodata.intake.report import Limits, RowProblem, remark
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import can_be_kept

TREE_SHARE: Final = 4
"""A format that is read as a whole tree takes many times its size in memory: a quarter of what a
table may be is enough for it."""

WINDOWS: Final = "cp1252"
"""What is written in no encoding that says so is in this one: Swedish Windows' own."""

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_DECLARED: Final = re.compile(
    rb"""\s*<\?xml\s[^>]{0,100}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']"""
)
_MARKS: Final = b"\xff\xfe\xef\xbb\xbf"
_ASCII: Final = bytes((9, 10, 13, *range(32, 127)))
_FIRST_HALF: Final = bytes(range(128))
_WINDOWS_LETTER: Final = re.compile(rb"[\x80-\x9f]")
_UTF8_LETTER: Final = re.compile(rb"\xc3[\x84\x85\x96\xa4\xa5\xb6]")


@contextmanager
def refused_as(key: str, name: str, *errors: type[Exception]) -> Iterator[None]:
    """Refuse a file for what a library or the system raises over it."""
    try:
        yield
    except IntakeError:
        raise
    except errors as error:
        raise IntakeError(key, file=name) from error


def file_name(path: Path) -> str:
    """Return a file's name as it may be kept.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        Its name without its folder; ``?`` stands for what can't be kept.

    Raises
    ------
    IntakeError
        If the name holds a personal identity number, which the error does not repeat.
    """
    name = unicodedata.normalize("NFC", path.name.encode("utf-8", "replace").decode("utf-8"))
    # It is kept with every record from the file, and goes out and comes in again with it.
    name = "".join(c if can_be_kept(c) else "?" for c in name)
    if holds_identity_number(name):
        raise IntakeError("intake.file_name_identity_number")
    return name


def limits_of_tree(limits: Limits) -> Limits:
    """Return the limits of a format that is read as a whole tree."""
    return replace(limits, size=limits.size // TREE_SHARE)


def require_size(path: Path, limits: Limits) -> None:
    """Refuse a file that is missing, no file, or too large, before anything of it is read."""
    name = file_name(path)
    with refused_as("intake.unreadable", name, OSError, ValueError):
        if not path.is_file():
            raise IntakeError("intake.missing", file=name)
        size = path.stat().st_size
    if size > limits.size:
        raise IntakeError("intake.too_large", file=name, limit_mb=limits.size / 1_000_000)


def read_start(path: Path) -> bytes:
    """Return a file's first bytes."""
    name = file_name(path)
    with refused_as("intake.unreadable", name, OSError, ValueError), path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if not start:
        raise IntakeError("intake.empty", file=name)
    return start


def text_of(content: bytes, name: str) -> tuple[str, tuple[RowProblem, ...]]:
    """Return a file's content as text, and what is told of an encoding that was guessed."""
    text, encoding = decoded(content, name) if content.strip() else ("", "")
    if not text.strip():
        raise IntakeError("intake.empty", file=name)
    if encoding not in ONE_BYTE[1:]:
        return text, ()
    some = next(filter(None, re.findall(r"\w*[^\W0-9A-Za-z_]\w*", text)), "")
    return text, (remark(name, None, "", "intake.encoding", some, encoding=encoding),)


def read_xml_text(path: Path, limits: Limits) -> tuple[str, tuple[RowProblem, ...]]:
    """Read an XML file's text in the encoding that it declares."""
    name = file_name(path)
    content = read_bytes(path, limits)
    found = _DECLARED.match(content[:256].lstrip(_MARKS).replace(b"\0", b""))
    declared = found[1].decode("ascii") if found else ""
    text, used = _decoded_xml(content, declared, name)
    if not text.strip():
        raise IntakeError("intake.empty", file=name)
    if not used:
        return text, ()
    values = {"file": name, "declared": declared or "UTF-8", "used": used}
    return text, (remark(name, None, "", "intake.encoding_wrong", **values),)


def _decoded_xml(content: bytes, declared: str, name: str) -> tuple[str, str]:
    """Return a text, and what it is in where that isn't what it declares."""
    codec = _codec(declared) if declared else "utf-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        if content.startswith(b"<"):
            content = codecs.BOM_UTF16_LE + content
        elif content.startswith(b"\0"):
            content = codecs.BOM_UTF16_BE + content
        wide = not declared or str(codec).startswith("utf-16")
        return decoded(content, name)[0], "" if wide else "UTF-16"
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise IntakeError("intake.binary", file=name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded_by(content, codec, declared, name)
    # Without any letter beyond ASCII, one encoding is as right as another.
    return text, "" if codec == "utf-8" or content.isascii() else "UTF-8"


def _codec(declared: str) -> str | None:
    """Return the codec of an encoding in which markup looks as it does in ASCII, or UTF-16."""
    try:
        codec = codecs.lookup(declared).name
        plain = codec.startswith("utf-16") or _ASCII.decode(declared) == _ASCII.decode()
    except (LookupError, ValueError):
        return None
    return codec if plain else None


def has_utf8_letters(content: bytes) -> bool:
    """Tell whether å, ä or ö are there as UTF-8 writes them, which is nonsense in any other."""
    return _UTF8_LETTER.search(content) is not None


def is_utf8(content: bytes) -> bool:
    """Tell whether all of it can be UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded_by(content: bytes, codec: str | None, declared: str, name: str) -> tuple[str, str]:
    """Return a text that isn't UTF-8, and what it is in where that isn't what it declares."""
    if codec is None:
        raise IntakeError("intake.encoding_unknown", file=name, declared=declared)
    # No program writes control characters beyond ASCII: what says Latin-1 and has them is
    # Windows-1252 (WHATWG, Encoding Standard, 4.2).
    windows = codec == "iso8859-1" and _WINDOWS_LETTER.search(content)
    if windows or codec.startswith("utf-"):
        return _from_windows(content, name), "Windows-1252"
    try:
        return content.decode(codec), ""
    except UnicodeDecodeError as error:
        raise IntakeError("intake.encoding_unreadable", file=name, declared=declared) from error


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """Return a file's text and the encoding that it was read in."""
    marked = (encoding for mark, encoding in _MARKED if content.startswith(mark))
    encoding = next(marked, "") or _unmarked(content, name)
    with refused_as("intake.binary", name, UnicodeDecodeError):
        text = content.decode(encoding)
    if "\0" in text:
        raise IntakeError("intake.binary", file=name)
    return text, encoding


_MARKED: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOKED_AT: Final = 4_096


def _unmarked(content: bytes, name: str) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise IntakeError("intake.binary", file=name)
    if b"\0" in content:
        return _wide(content[:_LOOKED_AT], name)
    with suppress(UnicodeDecodeError):
        content.decode("utf-8")
        return "utf-8"
    _require_one_encoding(content, name)
    signs = len(content.translate(None, _FIRST_HALF))
    strange = {encoding: _strange(content, encoding) for encoding in ONE_BYTE}
    likely = [
        encoding
        for encoding in ONE_BYTE
        if strange[encoding] < (_UNDEFINED if encoding == WINDOWS else signs / 2)
    ]
    if not likely:
        raise IntakeError("intake.binary", file=name)
    return min(likely, key=lambda encoding: strange[encoding])


def _require_one_encoding(content: bytes, name: str) -> None:
    """Refuse what no person writes, and two encodings in one.

    Almost any bytes are a text of one byte a letter; what holds å, ä or ö in UTF-8 as well is two
    files in one, whose letters would come out wrong.
    """
    if _CONTROL.search(content):
        raise IntakeError("intake.binary", file=name)
    if _UTF8_LETTER.search(content):
        raise IntakeError("intake.mixed_encoding", file=name)


def _from_windows(content: bytes, name: str) -> str:
    _require_one_encoding(content, name)
    with refused_as("intake.binary", name, UnicodeDecodeError):
        return content.decode("cp1252")


def _wide(start: bytes, name: str) -> str:
    """Return which UTF-16 a text without a mark is in: half of it are zeros, always the same."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if min(even, odd) > 0 or max(even, odd) * 4 < len(start):
        raise IntakeError("intake.binary", file=name)
    return "utf-16-be" if even else "utf-16-le"


ONE_BYTE: Final = ("cp1252", "mac_roman", "cp850")
"""As Swedish Excel saves CSV on Windows, on a Mac, and for DOS; the likeliest first."""

_UNDEFINED: Final = 1 << 62
_USUAL: Final = "åäöÅÄÖéèêëüûúùáàâíìîïóòôøæñçÉÈÊËÜÚÁÀÂÍÓÔØÆÑÇßýÝðÐþÞÿõÕãÃ"
# Signs that stand in Swedish text, and where: not inside a word.
_STRANGE: Final = re.compile(
    rf"[^\x00-\x7f{_USUAL}\u2013\u2014\u2018-\u201e\u2026\u20ac\u00a0§°´¨½¼¾×±·«»²³µ£©®™•]"
    rf"|(?<=[a-z{_USUAL}])[^\x00-\x7f{_USUAL}\u2013\u2019´·](?=[a-z{_USUAL}])"
    rf"|(?<=[a-zåäö])[{''.join(filter(str.isupper, _USUAL))}](?=[a-zåäö])"
)


def _strange(content: bytes, encoding: str) -> int:
    """Return how many signs of a text stand where no Swedish text has them."""
    try:
        return len(_STRANGE.findall(content.decode(encoding)))
    except UnicodeDecodeError:
        return _UNDEFINED


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return all of a file, refused where it can't be read or is too large."""
    name = file_name(path)
    require_size(path, limits)
    with refused_as("intake.unreadable", name, OSError, ValueError), path.open("rb") as file:
        content = file.read(limits.size + 1)
    if len(content) > limits.size:
        raise IntakeError("intake.too_large", file=name, limit_mb=limits.size / 1_000_000)
    return content


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


K = TypeVar("K")


def unpacked(
    archive: zipfile.ZipFile, parts: Mapping[K, zipfile.ZipInfo], path: Path, limits: Limits
) -> Iterator[tuple[K, bytes]]:
    """Yield what parts hold, some of it at a time; together no more than one file may."""
    total = 0
    for key, part in parts.items():
        for chunk in chunks(archive, part):
            total += len(chunk)
            if total > limits.size or is_steep(total, path):
                raise IntakeError("intake.archive_too_large", file=file_name(path))
            yield key, chunk


def is_steep(unpacked: int, path: Path) -> bool:
    """Tell whether so many unpacked bytes are more than a file of this size can honestly hold."""
    return unpacked > STEEP_FROM and unpacked > STEEPEST * path.stat().st_size
