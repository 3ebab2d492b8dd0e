"""Where files that are added go in a catalogue folder, and what they take the place of.

A promise goes to ``promises/<id>.toml``, every area to a file of its own, ``areas-<id>.geojson``,
so that it can be replaced alone; places and terms keep a safe form of their file's name. What an
older file of the folder says of the same promise or area is taken out of that file. Nothing is
lost: what a file was before stands in ``history/<time>/`` beside it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from geodata.atomic import sync_folder, written_whole
from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import LAYOUT, files_in, read_bytes, to_json, to_text
from geodata.catalogue.promise import table
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


HISTORY: Final = "history"
"""The folder's folder for what was replaced."""

LONGEST_NAME: Final = 64
"""Characters of a stored file's own name; as many as an id may have."""


def placed(folder: Path, given: Sequence[Content]) -> FolderChange:
    """Return what adding files changes in a catalogue folder.

    Parameters
    ----------
    folder : pathlib.Path
        The catalogue folder, or a path where none is yet.
    given : sequence of Content
        The files, read and without mistakes.

    Returns
    -------
    FolderChange
        Paths within the folder with their new texts. A file that would not change is left out.
    """
    existing = [read_content(source) for source in files_in(folder)] if folder.is_dir() else []
    here = {_within(folder, content): content for content in existing}
    write: dict[str, str] = {}
    remove: list[str] = []
    for content in given:
        for wanted, text, ids in _parts(content):
            write[_free(wanted, ids, here, write)] = text
    moved = {(n.what, n.id) for c in given for n in c.defines if n.what in ("promise", "area")}
    for name, content in here.items():
        held = {(n.what, n.id) for n in content.defines}
        if name in write or not held & moved:
            continue
        rest = _without_areas(content, {id_ for what, id_ in moved if what == "area"})
        if rest is None:
            remove.append(name)
        else:
            write[name] = rest
    changed = {name: text for name, text in write.items() if _text_of(here.get(name)) != text}
    return FolderChange(changed, tuple(remove))


def with_history(folder: Path, change: FolderChange, at: datetime) -> FolderChange:
    """Return a change that also keeps what the files it touches were.

    Parameters
    ----------
    folder : pathlib.Path
        The catalogue folder.
    change : FolderChange
        From `placed`.
    at : datetime.datetime
        When, with zone: names the history's folder.
    """
    dated = f"{HISTORY}/{at.astimezone(UTC):%Y-%m-%dT%H%M%S.%fZ}"
    kept = {}
    for name in (*change.write, *change.remove):
        path = folder / name
        if path.is_file():
            kept[f"{dated}/{name}"] = read_bytes(path).decode("utf-8")
    return FolderChange({**kept, **change.write}, change.remove)


def safe_name(name: str) -> str:
    """Return a file's name, without its suffix, as a stored file may be called.

    Parameters
    ----------
    name : str
        As its owner calls it; may hold anything.

    Returns
    -------
    str
        Letters a-z, digits and single hyphens; empty where nothing of it can be kept.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rpartition(".")[0] or last
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:LONGEST_NAME].strip("-")


def _within(folder: Path, content: Content) -> str:
    return content.source.path.relative_to(folder).as_posix()


def _text_of(content: Content | None) -> str | None:
    return None if content is None else content.data.decode("utf-8")


def _parts(content: Content) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield what a file becomes: path within the folder, text, and the ids that it holds."""
    path, kind = content.source.path, content.source.kind
    if kind == "areas":
        for feature in _features(content):
            id_ = str(table(feature.get("properties"))["id"])
            yield f"areas-{id_}.geojson", _collection([feature]), frozenset({id_})
        return
    text = content.data.decode("utf-8")
    if kind == "promise" and content.promise is not None:
        id_ = content.promise.id
        yield f"promises/{id_}.toml", text, frozenset({id_})
        return
    # A file of the same name replaces its earlier self.
    first, _, suffix = LAYOUT[kind].partition("*")
    rest = safe_name(path.name).removeprefix(first).strip("-")
    yield f"{first}-{rest}{suffix}" if rest else f"{first}{suffix}", text, frozenset()


def _features(content: Content) -> list[dict[str, object]]:
    path = content.source.path
    document = table(to_json(path, to_text(path, content.data)))
    features = document.get("features")
    found = features if isinstance(features, list) else []
    return [feature for feature in found if isinstance(feature, dict)]


def _collection(features: Sequence[object]) -> str:
    document = {"type": "FeatureCollection", "features": list(features)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _free(wanted: str, ids: frozenset[str], here: dict[str, Content], write: dict[str, str]) -> str:
    """Return a path that holds nothing else: by hand a file may be called anything."""
    stem, dot, suffix = wanted.rpartition(".")
    number, name = 1, wanted
    while name in write or (ids and name in here and {n.id for n in here[name].defines} != ids):
        number += 1
        name = f"{stem}-{number}{dot}{suffix}"
    return name


def _without_areas(content: Content, ids: set[str]) -> str | None:
    """Return a file's text without some areas, None where nothing is left of it."""
    if content.source.kind != "areas":
        return None
    rest = [f for f in _features(content) if table(f.get("properties")).get("id") not in ids]
    return _collection(rest) if rest else None
