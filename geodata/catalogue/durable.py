"""Several files of a folder changed as one: after a crash either none of them or all.

The whole change is first written to one file, ``pending.json``, put in place by a rename. From
then on it has happened: whoever opens the folder next finishes what a crash left undone. Every
step may be done twice without harm.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from geodata.atomic import sync_folder, written_whole
from geodata.errors import CatalogueError, Mistake

PENDING: Final = "pending.json"
"""Holds a change that has been decided and perhaps not been carried out."""


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What is to be written into a folder and what taken out of it.

    Parameters
    ----------
    write : mapping of str to str
        Each file's path within the folder, ``/`` between, and its text.
    remove : tuple of str
        Paths of files that are to go.
    """

    write: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()


def carry_out(folder: Path, change: FolderChange) -> None:
    """Change a folder's files; when it returns everything is on disk.

    Parameters
    ----------
    folder : pathlib.Path
        Made where there is none.
    change : FolderChange
        What to do.

    Raises
    ------
    CatalogueError
        If the folder can't be written; it is then as it was, or will be finished by
        `finish_pending`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        document = {"write": dict(change.write), "remove": list(change.remove)}
        _write(folder / PENDING, json.dumps(document, ensure_ascii=False))
        _apply(folder, change)
    except OSError as error:
        raise CatalogueError((Mistake(str(folder), "", "catalogue.not_written"),)) from error


def finish_pending(folder: Path) -> bool:
    """Carry out what a crash left undone.

    Parameters
    ----------
    folder : pathlib.Path
        A catalogue folder, or a path where none is.

    Returns
    -------
    bool
        Whether there was anything to finish.

    Raises
    ------
    CatalogueError
        If the folder can't be written, or the decided change can't be read.
    """
    path = folder / PENDING
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError((Mistake(str(path), "", "catalogue.no_access"),)) from error
    try:
        document = json.loads(text)
        change = FolderChange(dict(document["write"]), tuple(document["remove"]))
        _apply(folder, change)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CatalogueError((Mistake(str(path), "", "catalogue.bad_pending"),)) from error
    except OSError as error:
        raise CatalogueError((Mistake(str(folder), "", "catalogue.not_written"),)) from error
    return True


def _apply(folder: Path, change: FolderChange) -> None:
    # All paths before the first is written: a wrong one stops everything.
    written = [(_inside(folder, name), text) for name, text in change.write.items()]
    removed = [_inside(folder, name) for name in change.remove]
    for path, text in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, text)
    for path in [*removed, folder / PENDING]:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def _inside(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or {"..", "."} & set(parts):
        raise ValueError(name)
    return folder.joinpath(*parts)


def _write(path: Path, text: str) -> None:
    with written_whole(path) as new:
        new.write_text(text, encoding="utf-8", newline="")
