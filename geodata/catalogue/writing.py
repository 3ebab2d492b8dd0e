"""The way back: values as the text of a file, and which of the catalogue's entries a file becomes.

What is written is what is read: `geodata.catalogue.content` makes the same value of the text. A
promise goes to ``promises/<id>.toml``; every area, indicator and reading to an entry of its own,
such as ``areas-<id>.geojson``, so that it can be replaced alone; places and terms keep a safe form
of their file's name. An entry is named and written as a file of a catalogue folder, so that both
are read by one reader.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final, Literal

import tomli_w

from geodata import model
from geodata.catalogue.content import Content
from geodata.catalogue.files import LAYOUT, to_json, to_text, to_toml
from geodata.catalogue.mistakes import rows, table
from geodata.catalogue.readings import reading_row, readings_text

Tables = dict[str, Any]
"""A file's tables, as tomllib reads them."""

_DERIVED: Final[Mapping[type, tuple[str, ...]]] = {
    model.Commitment: ("id", "promise_id"),
    model.Goal: ("id",),
    model.Outcome: ("id", "promise_id", "commitment_id"),
    model.Series: ("id",),
}
"""What the reader works out from where a row stands."""

_NEVER_LEFT_OUT: Final = ("commitments", "owners")
"""Lists that have to be there, though nothing may be known of them."""


def promise_text(promise: model.Promise) -> str:
    """Return a promise as the text of its file.

    Parameters
    ----------
    promise : Promise
        Any that was read.

    Returns
    -------
    str
        TOML. Read again it is the same promise.
    """
    return toml_text(tables_of(promise))


def tables_of(value: model.Promise | model.Indicator | model.ReferenceLayer) -> Tables:
    """Return a value as its file's tables; what is empty is left out."""
    tables: Tables = _plain(value)
    return tables


def indicators_text(indicators: Iterable[model.Indicator]) -> str:
    """Return indicators' definitions as the text of a file; read again they are the same."""
    return toml_text({"indicators": [tables_of(each) for each in indicators]})


def terms_text(vocabulary: model.Vocabulary, promise: model.Promise) -> str:
    """Return the activity kinds that a promise names, as the text of a vocabulary's file."""
    kinds = dict.fromkeys(kind for each in promise.commitments for kind in each.kinds)
    terms = {kind: _plain(vocabulary.activity_kinds[kind].name) for kind in kinds}
    return toml_text({"activity_kinds": terms})


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return tables as TOML: long texts on lines of their own, where nothing is lost by that."""
    text = tomli_w.dumps(tables, multiline_strings=True)
    # A line break of two characters becomes one of one between triple quotes.
    return text if tomllib.loads(text) == tables else tomli_w.dumps(tables)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if not is_dataclass(value):
        return value
    left_out = _DERIVED.get(type(value), ())
    named = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in left_out}
    if isinstance(value, model.Measure):
        named = {"type": value.name, **named}
    if isinstance(value, model.Goal):
        named["number"] = value.number
    if isinstance(value, model.Outcome) and value.commitment_id is not None:
        named["commitment"] = int(value.commitment_id.rpartition("/")[2])
    return {
        name: _plain(each)
        for name, each in named.items()
        if each not in (None, (), "") or name in _NEVER_LEFT_OUT
    }


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
    path, kind = content.source.path, content.source.kind
    if kind == "areas":
        for feature in _features(content):
            id_ = str(table(feature.get("properties"))["id"])
            yield entry_of("area", id_), _collection([feature])
        return
    text = to_text(path, content.data)
    if content.layer is not None:
        yield entry_of("layer", content.layer.id), text
        return
    if kind == "indicators":
        for _, indicator in rows(to_toml(path, text).get("indicators")):
            entry = entry_of("indicator", str(indicator["id"]))
            yield entry, toml_text({"indicators": [indicator]})
        return
    if kind == "readings":
        for _, reading in content.readings:
            yield entry_of("reading", reading.id), readings_text([reading_row(reading)])
        return
    if kind == "promise" and content.promise is not None:
        yield entry_of("promise", content.promise.id), text
        return
    # A file of the same name replaces its earlier self.
    first, _, suffix = LAYOUT[kind].partition("*")
    rest = safe_name(path.name).removeprefix(first).strip("-")
    yield "-".join(filter(None, (first, called, rest))) + suffix, text


EntryKind = Literal["promise", "area", "layer", "indicator", "reading"]

ENTRIES: Final[Mapping[EntryKind, str]] = {
    "promise": "promises/{}.toml",
    "area": "areas-{}.geojson",
    "layer": "layers/{}.geojson",
    "indicator": "indicators-{}.toml",
    "reading": "readings-{}.csv",
}
"""Where each thing by itself stands in a catalogue folder, by its id."""


def entry_of(kind: EntryKind, id_: str) -> str:
    """Return the id of something's entry, which is its path in a catalogue folder."""
    # A reading's is made of its indicator, its series and its time, which may be two days.
    return ENTRIES[kind].format(id_.replace("/", "-", 2).replace("/", "--"))


def _features(content: Content) -> list[dict[str, object]]:
    path = content.source.path
    document = table(to_json(path, to_text(path, content.data)))
    features = document.get("features")
    found = features if isinstance(features, list) else []
    return [feature for feature in found if isinstance(feature, dict)]


def _collection(features: Sequence[object]) -> str:
    document = {"type": "FeatureCollection", "features": list(features)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
