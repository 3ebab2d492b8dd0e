"""Where what is added goes among the catalogue's entries, and what it takes the place of.

A promise goes to ``promises/<id>.toml``; every area, indicator and reading to an entry of its own,
such as ``areas-<id>.geojson``, so that it can be replaced alone; places and terms keep a safe form
of their file's name. An entry is named and written as a file of a catalogue folder, so that both
are read by one reader.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from geodata.catalogue.content import Content
from geodata.catalogue.files import LAYOUT, to_json, to_text, to_toml
from geodata.catalogue.indicators import reading_row, readings_text
from geodata.catalogue.promise import rows, table
from geodata.catalogue.writing import toml_text

LONGEST_NAME: Final = 64
"""Characters of a stored file's own name; as many as an id may have."""


def entry_texts(contents: Iterable[Content], *, called: str = "") -> dict[str, str]:
    """Return the entries that files become; of two that say the same id, the later.

    Parameters
    ----------
    contents : iterable of Content
        The files, read and without mistakes.
    called : str, optional
        A name for their places and terms, which are told apart by their file's name alone:
        another folder's file of the same name is another's.

    Returns
    -------
    dict of str to str
        Each entry's path and its text.
    """
    texts: dict[str, str] = {}
    for content in contents:
        for path, text in _parts(content, called):
            number, free, (stem, dot, suffix) = 1, path, path.rpartition(".")
            while content.source.kind in ("places", "vocabulary") and free in texts:
                number += 1
                free = f"{stem}-{number}{dot}{suffix}"
            texts[free] = text
    return texts


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


def _parts(content: Content, called: str) -> Iterator[tuple[str, str]]:
    """Yield what a file becomes: path and text."""
    path, kind = content.source.path, content.source.kind
    if kind == "areas":
        for feature in _features(content):
            id_ = str(table(feature.get("properties"))["id"])
            yield f"areas-{id_}.geojson", _collection([feature])
        return
    text = to_text(path, content.data)
    if content.layer is not None:
        yield layer_entry(content.layer.id), text
        return
    if kind == "indicators":
        for indicator in rows(to_toml(path, text).get("indicators")):
            yield indicator_entry(indicator[1]["id"]), toml_text({"indicators": [indicator[1]]})
        return
    if kind == "readings":
        for _, reading in content.readings:
            yield reading_entry(reading.id), readings_text([reading_row(reading)])
        return
    if kind == "promise" and content.promise is not None:
        yield f"promises/{content.promise.id}.toml", text
        return
    # A file of the same name replaces its earlier self.
    first, _, suffix = LAYOUT[kind].partition("*")
    rest = safe_name(path.name).removeprefix(first).strip("-")
    yield "-".join(filter(None, (first, called, rest))) + suffix, text


def layer_entry(layer_id: str) -> str:
    """Return the id of a reference layer's entry, which is its path in a catalogue folder."""
    return f"layers/{layer_id}.geojson"


def indicator_entry(indicator_id: object) -> str:
    """Return the id of an indicator's entry, which is its path in a catalogue folder."""
    return f"indicators-{indicator_id}.toml"


def reading_entry(reading_id: str) -> str:
    """Return the id of a reading's entry, which is its path in a catalogue folder."""
    indicator, series, period = reading_id.split("/", 2)
    return f"readings-{indicator}-{series}-{period.replace('/', '--')}.csv"


def _features(content: Content) -> list[dict[str, object]]:
    path = content.source.path
    document = table(to_json(path, to_text(path, content.data)))
    features = document.get("features")
    found = features if isinstance(features, list) else []
    return [feature for feature in found if isinstance(feature, dict)]


def _collection(features: Sequence[object]) -> str:
    document = {"type": "FeatureCollection", "features": list(features)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
