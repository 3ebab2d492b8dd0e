"""The page as files: a folder that is whole or not there, or a zip file of the same.

A folder is only written over where everything in it was written by this program and has not been
changed since: a list of its files with their digests lies beside them.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from geodata.errors import ExportError
from geodata.model import LANGUAGES
from geodata.publish.public.content import Content
from geodata.publish.public.metadata import dcat
from geodata.publish.public.open_data import open_data
from geodata.publish.public.page import PAGES, render

MANIFEST: Final = "lofteskartan.json"
"""The list of a folder's own files: SHA-256 by path."""

ZIP_FOLDER: Final = "oppen-sida"
"""The folder that a zip file unpacks to."""

Files = Mapping[str, bytes]
"""What is written, by path within the folder."""


def public_files(content: Content) -> dict[str, bytes]:
    """Return every file of the page and of the data beside it.

    Parameters
    ----------
    content : Content
        What is told.

    Returns
    -------
    dict of str to bytes
        By path within the folder, in order. The same content gives the same bytes.
    """
    found = {PAGES[language]: render(content, language).encode() for language in LANGUAGES}
    found |= open_data(content)
    found["data/dcat.jsonld"] = dcat(content)
    digests = {path: hashlib.sha256(found[path]).hexdigest() for path in sorted(found)}
    found[MANIFEST] = (json.dumps({"files": digests}, indent=1) + "\n").encode()
    return found


def zipped(content: Content) -> bytes:
    """Return the same files as a zip file, dated when the page was made.

    Parameters
    ----------
    content : Content
        What is told.
    """
    made = content.gathered.made
    at = (made.year, made.month, made.day, made.hour, made.minute, 0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in public_files(content).items():
            entry = zipfile.ZipInfo(f"{ZIP_FOLDER}/{path}", date_time=at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return packed.getvalue()


def write_folder(files: Files, folder: Path) -> None:
    """Write files as a folder, whole or not at all.

    Parameters
    ----------
    files : mapping of str to bytes
        From `public_files`.
    folder : pathlib.Path
        A new or empty folder, or one that was written before: that is replaced.

    Raises
    ------
    ExportError
        ``public.not_folder``; ``public.occupied`` or ``public.changed`` where something in it is
        not what this program wrote; ``public.unwritable``. What was there is as it was.
    """
    target = folder.resolve()
    refuse_foreign(target, str(folder))
    try:
        beside = Path(tempfile.mkdtemp(prefix=".lofteskartan-", dir=target.parent))
        try:
            new = beside / "new"
            for path, data in files.items():
                file = new / path
                # With the usual rights: the folder that it is made in is this user's alone.
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            refuse_foreign(target, str(folder))
            _exchange(target, new, beside / "old")
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise ExportError("public.unwritable", folder=str(folder)) from error


def _exchange(target: Path, new: Path, old: Path) -> None:
    """Put a folder in another's place; on any error the other one is back where it was."""
    if target.exists():
        target.rename(old)
    done = False
    try:
        new.rename(target)
        done = True
    finally:
        if not done and old.exists():
            old.rename(target)


def refuse_foreign(target: Path, shown: str) -> None:
    """Refuse a folder that holds anything that this program did not write."""
    if not target.exists():
        return
    if not target.is_dir():
        raise ExportError("public.not_folder", folder=shown)
    try:
        known = _written_before(target)
        for path in _paths(target):
            name = path.relative_to(target).as_posix()
            if name == MANIFEST and known:
                continue
            if name not in known:
                raise ExportError("public.occupied", folder=shown, name=name)
            if hashlib.sha256(path.read_bytes()).hexdigest() != known[name]:
                raise ExportError("public.changed", folder=shown, name=name)
    except OSError as error:
        raise ExportError("public.unwritable", folder=shown) from error


def _paths(folder: Path) -> Iterator[Path]:
    """Give every file in a folder, and folders that are links or empty, which aren't ours."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir()):
            yield path


def _written_before(target: Path) -> Mapping[str, str]:
    """Return a folder's own list of files, empty where there is none that can be read."""
    manifest = target / MANIFEST
    if not manifest.is_file() or manifest.is_symlink():
        return {}
    try:
        found = json.loads(manifest.read_bytes())
    except ValueError:
        return {}
    files = found.get("files") if isinstance(found, dict) else None
    return files if isinstance(files, dict) else {}
