"""What each of the catalogue's files holds: its values, the ids in it, and its own mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from geodata.catalogue import files
from geodata.catalogue.mistakes import (
    Name,
    Table,
    What,
    fit,
    fit_tables,
    is_id,
    key_path,
    listed,
    names_in,
    promise_faults,
    rows,
    table,
    where_in,
)
from geodata.catalogue.readings import (
    COLUMNS,
    NEEDED,
    indicator_names,
    read_indicators,
    read_reading,
)
from geodata.catalogue.schema import AreaShape, PlaceShape, PromiseShape, VocabularyShape
from geodata.catalogue.shapes import read_layer, read_outline, wrong_crs, wrong_position
from geodata.errors import CatalogueError, Mistake
from geodata.model import Area, Indicator, Place, Promise, Reading, ReferenceLayer


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a file, and where it stands."""

    text: str
    place: str
    line: int | None = None


_POSITIONS: Final = ("coordinates", "bbox")
"""Of GeoJSON: no text, and there may be very many of them."""


def _texts(value: object, path: tuple[str | int, ...] = ()) -> Iterator[Text]:
    if isinstance(value, str | int):
        yield Text(str(value), key_path(path))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield Text(str(key), key_path(path))
            if key not in _POSITIONS:
                yield from _texts(each, (*path, str(key)))
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from _texts(each, (*path, n))


@dataclass(frozen=True, slots=True)
class Content:
    """What one file holds."""

    source: files.CatalogueFile
    data: bytes = b""
    # False where the file as a whole could not be read, so that its ids are unknown.
    readable: bool = True
    # Its values; only those without a mistake of their own. A reading has its line before it.
    promise: Promise | None = None
    areas: tuple[Area, ...] = ()
    places: tuple[Place, ...] = ()
    vocabulary: VocabularyShape | None = None
    indicators: tuple[Indicator, ...] = ()
    readings: tuple[tuple[int, Reading], ...] = ()
    layer: ReferenceLayer | None = None
    # The ids it gives and those it refers to, also where a value has a mistake.
    defines: tuple[Name, ...] = ()
    refers: tuple[Name, ...] = ()
    # All that is written in it, for those who look for what must not be.
    texts: tuple[Text, ...] = ()
    # Where a text stands that has no English.
    swedish_only: tuple[str, ...] = ()
    # Those that can be told from this file alone.
    mistakes: tuple[Mistake, ...] = ()

    @property
    def file(self) -> str:
        """The file's path, as mistakes name it."""
        return str(self.source.path)


def read_content(source: files.CatalogueFile, data: bytes | None = None) -> Content:
    """Read one file, or what stands under its name; what is wrong is in the content's mistakes."""
    try:
        return _content(source, files.read_bytes(source.path) if data is None else data)
    except CatalogueError as error:
        return Content(source, readable=False, mistakes=error.mistakes)


_Parts = dict[str, Any]
"""Fields of a `Content`, by name."""


@lru_cache(maxsize=8_192)
def _content(source: files.CatalogueFile, data: bytes) -> Content:
    """Read a file's bytes; most files and entries stay as they are when one of them is changed."""
    try:
        parts = _parts(source, files.to_text(source.path, data))
    except CatalogueError as error:
        return Content(source, readable=False, mistakes=error.mistakes)
    return Content(**{"source": source, "data": data, **parts})


def _parts(source: files.CatalogueFile, text: str) -> _Parts:
    if source.kind == "places" and "indicator" in re.split(r"[;,\s]", text.partition("\n")[0]):
        # Somebody's own file of readings, whatever it is called.
        source = replace(source, kind="readings")
    if source.kind in ("places", "readings"):
        parts = _places(source, text) if source.kind == "places" else _readings(source, text)
        return {"source": source, **parts}
    if source.kind in ("areas", "layers"):
        keys = files.LAYER_KEYS_AT_MOST if source.kind == "layers" else files.KEYS_AT_MOST
        document = files.to_json(source.path, text, keys=keys)
        # Whatever somebody's own file is called: it says that it is a layer.
        is_layer = source.kind == "layers" or "layer" in table(document)
        return (_layer if is_layer else _areas)(source, document)
    raw = files.to_toml(source.path, text)
    read = {"promise": _promise, "vocabulary": _vocabulary, "indicators": _indicators}
    return {
        **read[source.kind](source, raw),
        "texts": (*_texts(raw), *_comments(text)),
        "swedish_only": tuple(where_in(raw, path) for path in _swedish_only(raw)),
    }


def _swedish_only(value: object, *above: str | int) -> Iterator[list[str | int]]:
    if isinstance(table(value).get("sv"), str) and "en" not in table(value):
        yield list(above)
    for key, each in value.items() if isinstance(value, Mapping) else rows(value):
        yield from _swedish_only(each, *above, key)


def _comments(text: str) -> Iterator[Text]:
    """Yield what stands after a # in a TOML file's lines; a text with one is merely read twice."""
    for line, written in enumerate(text.splitlines(), start=1):
        if comment := written.partition("#")[2]:
            yield Text(comment, "", line)


def _promise(source: files.CatalogueFile, raw: Table) -> _Parts:
    shape, mistakes = fit_tables(PromiseShape, raw, str(source.path), promise_faults(raw))
    return {
        "promise": shape.value() if shape and not mistakes else None,
        "defines": _defined("promise", raw.get("id"), "id"),
        "refers": tuple(names_in(raw)),
        "mistakes": tuple(mistakes),
    }


def _defined(what: What, name: object, place: str) -> tuple[Name, ...]:
    return (Name(what, name, place),) if isinstance(name, str) else ()


TERMS: Mapping[str, What] = {
    "activity_kinds": "activity_kind",
    "area_kinds": "area_kind",
    "place_kinds": "place_kind",
}
"""The vocabulary's tables that other files of the catalogue refer to."""


def _vocabulary(source: files.CatalogueFile, raw: Table) -> _Parts:
    shape, mistakes = fit(VocabularyShape, raw, file=str(source.path))
    return {
        "vocabulary": shape,
        "defines": tuple(
            Name(what, term, key_path([key, term]))
            for key, what in TERMS.items()
            for term in table(raw.get(key))
        ),
        "mistakes": tuple(mistakes),
    }


def _indicators(source: files.CatalogueFile, raw: Table) -> _Parts:
    found, mistakes = read_indicators(str(source.path), raw)
    names = tuple(indicator_names(raw))
    return {
        "indicators": found,
        "defines": tuple(name for name in names if name.what != "area"),
        "refers": tuple(name for name in names if name.what == "area"),
        "mistakes": tuple(mistakes),
    }


def _layer(source: files.CatalogueFile, raw: object) -> _Parts:
    document = table(raw)
    layer, mistakes = read_layer(str(source.path), document)
    named = [table(feature).get("properties") for _, feature in rows(document.get("features"))]
    return {
        "source": replace(source, kind="layers"),
        "layer": layer,
        "defines": _defined("layer", table(document.get("layer")).get("id"), "layer.id"),
        "texts": tuple(_texts({**document, "features": named})),
        "swedish_only": tuple(
            where_in(document, path) for path in _swedish_only(document.get("layer"))
        ),
        "mistakes": tuple(mistakes),
    }


def _areas(source: files.CatalogueFile, raw: object) -> _Parts:
    document = table(raw)
    features = document.get("features")
    file = str(source.path)
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise CatalogueError((Mistake(file, "", "catalogue.not_features"),))
    if not features:
        raise CatalogueError((Mistake(file, "features", "catalogue.no_features"),))
    found = [_Feature(file, n, table(feature)) for n, feature in enumerate(features)]
    crs = wrong_crs(document)
    mistakes = [Mistake(file, "crs", *crs)] if crs else []
    # In another system every position is wrong for one reason, which is said once.
    areas = [feature.read(mistakes, outlines=crs is None) for feature in found]
    return {
        "areas": tuple(area for area in areas if area),
        "defines": tuple(name for each in found for name in each.names("area", "id")),
        "refers": tuple(name for each in found for name in each.names("area_kind", "kind")),
        "texts": (
            *_texts({key: value for key, value in document.items() if key != "features"}),
            *(text for each in found for text in each.texts()),
        ),
        "swedish_only": tuple(place for each in found for place in each.swedish_only()),
        "mistakes": tuple(mistakes),
    }


@dataclass(frozen=True, slots=True)
class _Feature:
    file: str
    position: int
    raw: Table

    def place(self, *path: str | int) -> str:
        name = table(self.raw.get("properties")).get("id")
        label = f' "{name}"' if is_id(name) else ""
        return key_path(["features", self.position, *path]) + label

    def names(self, what: What, key: str) -> tuple[Name, ...]:
        value = table(self.raw.get("properties")).get(key)
        return _defined(what, value, self.place("properties", key))

    def swedish_only(self) -> Iterator[str]:
        properties = table(self.raw.get("properties"))
        for key in ("outline_source", "residents_source"):
            if properties.get(key) and not properties.get(f"{key}_en"):
                yield self.place("properties", key)

    def texts(self) -> Iterator[Text]:
        for found in _texts(self.raw.get("properties")):
            yield replace(found, place=f"{self.place('properties')}.{found.place}".rstrip("."))
        # What the standard calls foreign members: they stay in the file too.
        for found in _texts({key: v for key, v in self.raw.items() if key != "properties"}):
            yield replace(found, place=self.place())

    def read(self, mistakes: list[Mistake], *, outlines: bool) -> Area | None:
        if self.raw.get("type") != "Feature":
            mistakes.append(Mistake(self.file, self.place(), "catalogue.not_feature"))
            return None
        shape, wrong = fit(
            AreaShape,
            self.raw.get("properties"),
            file=self.file,
            where=lambda path: self.place("properties", *path),
        )
        mistakes += wrong
        outline = read_outline(self.raw.get("geometry")) if outlines else None
        if isinstance(outline, tuple):
            mistakes.append(Mistake(self.file, self.place("geometry"), *outline))
        if shape is None or outline is None or isinstance(outline, tuple):
            return None
        count, sv, en = shape.residents, shape.residents_source, shape.residents_source_en
        keys = {"residents": count, "residents_source": sv}
        if any((*keys.values(), en)) and not all(keys.values()):
            # A number that nobody stands for is worth nothing.
            lacking = listed(key for key, value in keys.items() if not value)
            key = "catalogue.residents_incomplete"
            mistakes.append(Mistake(self.file, self.place("properties"), key, {"lacking": lacking}))
        return shape.value(outline=outline)


def _places(source: files.CatalogueFile, text: str) -> _Parts:
    file = str(source.path)
    found, mistakes = files.to_rows(source.path, text, set(PlaceShape.model_fields))
    if not found and not mistakes:
        mistakes.append(Mistake(file, "", "catalogue.no_rows"))
    places = [_place(file, line, row, mistakes) for line, row in found]
    columns: tuple[tuple[What, str], ...] = (("area", "area"), ("place_kind", "kind"))
    refers = [
        Name(what, row[column], column, line) for line, row in found for what, column in columns
    ]
    return {
        "places": tuple(place for place in places if place),
        "refers": tuple(refers),
        "texts": _cells(found),
        "mistakes": tuple(mistakes),
    }


def _cells(found: Iterable[tuple[int, dict[str, str]]]) -> tuple[Text, ...]:
    return tuple(Text(cell, column, line) for line, row in found for column, cell in row.items())


def _readings(source: files.CatalogueFile, text: str) -> _Parts:
    file = str(source.path)
    found, mistakes = files.to_rows(source.path, text, set(COLUMNS), set(NEEDED))
    if not found and not mistakes:
        mistakes.append(Mistake(file, "", "catalogue.no_readings"))
    read = [(line, read_reading(file, line, row, mistakes)) for line, row in found]
    readings = tuple((line, each) for line, each in read if each is not None)
    return {
        "readings": readings,
        "defines": tuple(Name("reading", each.id, "", line) for line, each in readings),
        "refers": tuple(Name("series", each.series, "series", line) for line, each in readings),
        "texts": _cells(found),
        "swedish_only": tuple(
            f"{line}: {name}"
            for line, row in found
            for name in ("text", "caution", "source")
            if row.get(name, "").strip() and not row.get(f"{name}_en", "").strip()
        ),
        "mistakes": tuple(mistakes),
    }


def _place(file: str, line: int, row: dict[str, str], mistakes: list[Mistake]) -> Place | None:
    shape, wrong = fit(PlaceShape, row, file=file)
    mistakes += [replace(mistake, line=line) for mistake in wrong]
    if shape is None:
        return None
    position = wrong_position(shape.lon, shape.lat)
    if position is not None:
        mistakes.append(Mistake(file, "", *position, line))
        return None
    place: Place = shape.value(nearest_area=shape.area)
    return place
