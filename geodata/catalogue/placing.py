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
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.durable import FolderChange
from geodata.catalogue.files import LAYOUT, files_in, read_bytes, to_json, to_text
from geodata.catalogue.promise import table

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
