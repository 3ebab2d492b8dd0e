"""What each of the catalogue's files holds: its values, the ids in it, and its own mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from geodata.catalogue.files import CatalogueFile, read_bytes, to_json, to_rows, to_text, to_toml
from geodata.catalogue.mistakes import fit, key_path, listed
from geodata.catalogue.outlines import read_outline, wrong_crs, wrong_position
from geodata.catalogue.promise import (
    Name,
    PromiseCheck,
    Table,
    What,
    is_id,
    names_in,
    table,
    where_in,
)
from geodata.catalogue.schema import AreaShape, PlaceShape, PromiseShape, VocabularyShape
from geodata.errors import CatalogueError, Mistake
from geodata.model import Area, LocalText, Place, Promise, Residents


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a file, and where it stands."""

    text: str
    place: str
    line: int | None = None


_POSITIONS: Final = ("coordinates", "bbox")
"""Of GeoJSON: no text, and there may be very many of them."""


def _texts(value: object, path: tuple[str | int, ...] = ()) -> Iterator[Text]:
    """Yield every text, key and whole number in tables and lists."""
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
    """What one file holds.

    Parameters
    ----------
    source : CatalogueFile
        The file.
    data : bytes
        Its bytes.
    readable : bool
        False where the file as a whole could not be read, so that its ids are unknown.
    promise, areas, places, vocabulary
        Its values; only those without a mistake of their own.
    defines, refers : tuple of Name
        The ids it gives and those it refers to, also where a value has a mistake.
    texts : tuple of Text
        Everything that is written in it, for those who look for what must not be.
    mistakes : tuple of Mistake
        Those that can be told from this file alone.
    """

    source: CatalogueFile
    data: bytes = b""
    readable: bool = True
    promise: Promise | None = None
    areas: tuple[Area, ...] = ()
    places: tuple[Place, ...] = ()
    vocabulary: VocabularyShape | None = None
    defines: tuple[Name, ...] = ()
    refers: tuple[Name, ...] = ()
    texts: tuple[Text, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def file(self) -> str:
        """The file's path, as mistakes name it."""
        return str(self.source.path)


def read_content(source: CatalogueFile) -> Content:
    """Read one file; whatever is wrong with it is in the content's mistakes."""
    try:
        data = read_bytes(source.path)
        text = to_text(source.path, data)
        if source.kind == "places":
            return _places(source, data, text)
        if source.kind == "areas":
            return _areas(source, data, to_json(source.path, text))
        raw = to_toml(source.path, text)
    except CatalogueError as error:
        return Content(source, readable=False, mistakes=error.mistakes)
    content = (_promise if source.kind == "promise" else _vocabulary)(source, data, raw)
    return replace(content, texts=(*content.texts, *_comments(text)))


def _comments(text: str) -> Iterator[Text]:
    """Yield what stands after a # in a TOML file's lines; a text with one is merely read twice."""
    for line, written in enumerate(text.splitlines(), start=1):
        if comment := written.partition("#")[2]:
            yield Text(comment, "", line)


def _promise(source: CatalogueFile, data: bytes, raw: Table) -> Content:
    file = str(source.path)
    shape, mistakes = fit(PromiseShape, raw, file=file, where=lambda path: where_in(raw, path))
    mistakes += PromiseCheck(file, raw).run()
    return Content(
        source,
        data,
        promise=shape.value() if shape and not mistakes else None,
        defines=_defined("promise", raw.get("id"), "id"),
        refers=tuple(names_in(raw)),
        texts=tuple(_texts(raw)),
        mistakes=tuple(mistakes),
    )


def _defined(what: What, name: object, place: str) -> tuple[Name, ...]:
    return (Name(what, name, place),) if isinstance(name, str) else ()


TERMS: Mapping[str, What] = {
    "activity_kinds": "activity_kind",
    "area_kinds": "area_kind",
    "place_kinds": "place_kind",
}
"""The vocabulary's tables that other files of the catalogue refer to."""


def _vocabulary(source: CatalogueFile, data: bytes, raw: Table) -> Content:
    shape, mistakes = fit(VocabularyShape, raw, file=str(source.path))
    return Content(
        source,
        data,
        vocabulary=shape,
        defines=tuple(
            Name(what, term, key_path([key, term]))
            for key, what in TERMS.items()
            for term in table(raw.get(key))
        ),
        texts=tuple(_texts(raw)),
        mistakes=tuple(mistakes),
    )


def _areas(source: CatalogueFile, data: bytes, raw: object) -> Content:
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
    return Content(
        source,
        data,
        areas=tuple(area for area in areas if area),
        defines=tuple(name for each in found for name in each.names("area", "id")),
        refers=tuple(name for each in found for name in each.names("area_kind", "kind")),
        texts=(
            *_texts({key: value for key, value in document.items() if key != "features"}),
            *(text for each in found for text in each.texts()),
        ),
        mistakes=tuple(mistakes),
    )


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
        return Area(
            id=shape.id,
            name=shape.name,
            municipality=shape.municipality,
            kind=shape.kind,
            outline=outline,
            outline_method=shape.outline_method,
            outline_accuracy_m=shape.outline_accuracy_m,
            outline_source=LocalText(shape.outline_source, shape.outline_source_en),
            residents=self.residents(shape, mistakes),
        )

    def residents(self, shape: AreaShape, mistakes: list[Mistake]) -> Residents | None:
        count, sv, en = shape.residents, shape.residents_source, shape.residents_source_en
        if count and sv and en:
            return Residents(count, LocalText(sv, en))
        if count or sv or en:
            # A number that nobody stands for is worth nothing.
            keys = {"residents": count, "residents_source": sv, "residents_source_en": en}
            lacking = listed(key for key, value in keys.items() if not value)
            key = "catalogue.residents_incomplete"
            mistakes.append(Mistake(self.file, self.place("properties"), key, {"lacking": lacking}))
        return None


def _places(source: CatalogueFile, data: bytes, text: str) -> Content:
    file = str(source.path)
    found, mistakes = to_rows(source.path, text, set(PlaceShape.model_fields))
    if not found and not mistakes:
        mistakes.append(Mistake(file, "", "catalogue.no_rows"))
    places = [_place(file, line, row, mistakes) for line, row in found]
    columns: tuple[tuple[What, str], ...] = (("area", "area"), ("place_kind", "kind"))
    refers = [
        Name(what, row[column], column, line) for line, row in found for what, column in columns
    ]
    return Content(
        source,
        data,
        places=tuple(place for place in places if place),
        refers=tuple(refers),
        texts=tuple(
            Text(cell, column, line) for line, row in found for column, cell in row.items()
        ),
        mistakes=tuple(mistakes),
    )


def _place(file: str, line: int, row: dict[str, str], mistakes: list[Mistake]) -> Place | None:
    shape, wrong = fit(PlaceShape, row, file=file)
    mistakes += [replace(mistake, line=line) for mistake in wrong]
    if shape is None:
        return None
    position = wrong_position(shape.lon, shape.lat)
    if position is not None:
        mistakes.append(Mistake(file, "", *position, line))
        return None
    return Place(
        shape.name, shape.kind, shape.lon, shape.lat, shape.area, shape.distance_m, shape.source
    )
