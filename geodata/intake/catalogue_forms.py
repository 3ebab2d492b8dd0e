"""The forms of promises, indicators, reference layers and areas.

A form that is filled in is a file's tables, and tables are what its fields show: what is typed goes
in by the same door as a file, so nothing is checked here. A mistake at a key path is told beside
the field that was written there. A row's fields begin with its list's name and the row's own mark
(``point3-title``). Which fields each form has stands in ``catalogue_forms.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import shapely
from shapely import MultiPolygon, Polygon

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.shapes import Shapes, layer_tables
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import Tables, tables_of
from geodata.errors import IntakeError, Mistake
from geodata.intake.forms import FormValues, said_day
from geodata.intake.report import RowProblem
from geodata.intake.values.dates import parse_day
from geodata.model import Area, Indicator, Promise, ReferenceLayer, Term

KeyPath = tuple[str | int, ...]

DROPPED: Final = "dropped"
"""What the field says that takes a row away; its texts stay in the form, to be taken back."""

_PLAIN: Final[Mapping[str, str]] = {
    "catalogue.blank": "promises.blank",
    "catalogue.list_empty": "promises.choose",
    "catalogue.indicator_area": "promises.choose",
    "catalogue.no_areas": "promises.no_areas",
    "catalogue.not_date": "promises.not_day",
    "catalogue.not_one_of": "promises.choose",
    "catalogue.not_whole_number": "promises.not_number",
    "catalogue.not_number": "drawing.not_metres",
    "catalogue.bad_address": "promises.bad_address",
    "catalogue.bad_id": "promises.choose",
    "catalogue.missing_key": "promises.blank",
}
"""Sentences that speak of a file's keys, and what a form says instead."""


@dataclass(slots=True)
class FilledForm:
    """What a form says: a file's tables, names of new activity kinds by id, fields by key path."""

    tables: Tables
    terms: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def problem(self, mistake: Mistake) -> RowProblem:
        """Return a mistake in the tables as one in the field that it comes from."""
        path = re.sub(r' ".*$', "", mistake.place)
        above = [f for f in self.fields if path == f or path.startswith((f"{f}.", f"{f}["))]
        key = _PLAIN.get(mistake.key, mistake.key)
        field_ = self.fields[max(above, key=len)] if above else ""
        return RowProblem("", None, field_, "", key, mistake.values)


Kind = Literal["word", "text", "day", "number", "metres", "ticks", "table", "list"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, and the key of a table that holds what it says."""

    # Empty for the row itself: a text that is all of it.
    key: str
    # A text is in both languages, a list rows of fields, a table fields in a table within.
    kind: Kind = "word"
    # Whether the key is there though nothing is said; of a list, whether it begins with a row.
    needed: bool = False
    # Of the field, or before the names of a table's; the key's where none is given.
    name: str | None = None
    # Of a table, or of each row.
    inside: tuple[Field, ...] = ()
    # What the field shows where the key is missing.
    default: str = ""
    # Of a list: the field of its rows beside which mistakes in a whole row are told.
    beside: str = ""
    # Whether a new row takes the next number, or which field's text gives its id.
    numbered: bool = False
    named_by: str = ""
    # Whether the list's first row lacks it.
    not_first: bool = False

    @property
    def field(self) -> str:
        """What the field is called after its row's beginning."""
        return self.key if self.name is None else self.name


def shown(form: Iterable[Field], table: Tables, at: str = "") -> dict[str, Any]:
    """Return what fields show of a table; what they are called begins with `at`."""
    values: dict[str, Any] = {}
    for one in form:
        said, name = table.get(one.key) if one.key else table, at + one.field
        if one.kind == "text":
            values |= {name: (said or {}).get("sv", ""), f"{name}_en": (said or {}).get("en", "")}
        elif one.kind == "ticks":
            values[name] = tuple(said or ())
        elif one.kind == "table":
            values |= shown(one.inside, said or {}, name)
        elif one.kind == "list":
            found = marked(table.get(one.key, [{}] * one.needed))
            values[name] = " ".join(found)
            for mark, row in found.items():
                values |= shown(one.inside, row, f"{name}{mark}-")
        else:
            values[name] = one.default if said is None else str(said)
    return values


def marked(found: Iterable[Tables]) -> dict[str, Tables]:
    """Return a list's rows by what tells them apart: their number, else their place."""
    return {str(row.get("number", place)): row for place, row in enumerate(found, start=1)}


def rows(values: FormValues, name: str) -> list[str]:
    """Return the marks of a list's rows, in order: the field called as the list holds them."""
    return re.findall(r"\w{1,8}", str(values.get(name) or ""), re.ASCII)[:60]


def kept_rows(values: FormValues, name: str) -> Iterator[str]:
    """Yield the fields' beginnings of the rows that are not taken away."""
    for mark in rows(values, name):
        if DROPPED not in several(values, f"{name}{mark}-{DROPPED}"):
            yield f"{name}{mark}-"


def several(values: FormValues, name: str) -> tuple[str, ...]:
    """Return what was ticked."""
    given = values.get(name, ())
    return (given,) if isinstance(given, str) and given else tuple(given)


def said_metres(text: object) -> float | None:
    """Return the metres that a field says, None where it says none."""
    with suppress(ValueError):
        metres = float(str(text).strip().replace(",", "."))
        return metres if metres >= 0 else None
    return None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes a form's fields into tables.

    `used` has, by list, the highest number that a row has had: a new one gets another, since
    records or indicators may still name one that was taken away.
    """

    form: FilledForm
    values: FormValues
    today: date
    used: Mapping[str, int] = field(default_factory=dict)

    def write(
        self,
        form: Iterable[Field],
        table: Tables,
        above: KeyPath = (),
        at: str = "",
        before: Tables | None = None,
    ) -> None:
        """Write fields into a table; rows over those of the table before, by their marks."""
        for one in form:
            if one.not_first and above[-1] == 0:
                continue
            path, name = (*above, one.key) if one.key else above, at + one.field
            self.form.fields[key_path(path)] = name
            if one.kind == "text":
                self._text(one, table, path, name)
            elif one.kind == "list":
                self._rows(one, table, path, name, table if before is None else before)
            elif one.kind == "table":
                self.form.fields[key_path(path)] = name + one.inside[0].field
                table[one.key] = self.inner(one, table.get(one.key, {}), path, name)
            elif (said := self.said(one, name, at)) != "" or one.needed:
                table[one.key] = said
            else:
                table.pop(one.key, None)

    def inner(self, one: Field, table: Tables, path: KeyPath, at: str) -> Tables:
        """Return a table within another as its fields say."""
        inner = {**table}
        self.write(one.inside, inner, path, at)
        return inner

    def said(self, one: Field, name: str, _at: str) -> object:
        """Return what a field says; a day or a number as it was typed where it is none."""
        text = self.cell(name)
        if one.kind == "ticks":
            return list(several(self.values, name))
        if one.kind == "number" and text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        if one.kind == "metres":
            metres = said_metres(text)
            return text if metres is None else metres
        if one.kind == "day" and text:
            with suppress(IntakeError):
                return parse_day(said_day(text, self.today)).day
        return text

    def cell(self, name: str) -> str:
        """Return what a field says, without surrounding spaces."""
        value = self.values.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def _text(self, one: Field, table: Tables, path: KeyPath, name: str) -> None:
        both = {"sv": self.cell(name)}
        if english := self.cell(f"{name}_en"):
            both["en"] = english
        self.form.fields[key_path([*path, "en"])] = f"{name}_en"
        if not one.key:
            table.pop("en", None)
            table |= both
        elif one.needed or any(both.values()):
            table[one.key] = both
        else:
            table.pop(one.key, None)

    def _rows(self, one: Field, table: Tables, path: KeyPath, name: str, before: Tables) -> None:
        known = marked(before.get(one.key, []))
        highest = max([self.used.get(one.key, 0), *(r.get("number", 0) for r in known.values())])
        table[one.key] = made = list[Tables]()
        for at in kept_rows(self.values, name):
            mark = at.removeprefix(name).removesuffix("-")
            row: Tables = {**known.get(mark, {})}
            made.append(row)
            if one.numbered:
                highest += mark not in known
                row.setdefault("number", highest)
            here = (*path, len(made) - 1)
            self.write(one.inside, row, here, at)
            self.form.fields[key_path(here)] = at + (one.beside or one.inside[0].field)
            if one.named_by:
                taken = {str(each.get("id")) for each in made}
                row.setdefault("id", free_id(self.cell(at + one.named_by), taken))


# --- which fields there are -----------------------------------------------------------------------

_TOLD: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _form(name: str | None) -> tuple[Field, ...]:
    """Return a form's fields as ``catalogue_forms.toml`` tells them."""
    rows = [dict(row) for row in _TOLD[name]] if name else []
    inside = [_form(row.pop("inside", None)) for row in rows]
    keys = [row.pop("keys") for row in rows]
    each = zip(rows, inside, keys, strict=True)
    return tuple(Field(key, inside=held, **row) for row, held, some in each for key in some)


_PROMISE, _INDICATOR, _LAYER, _AREA = map(_form, ("promise", "indicator", "layer", "area"))

# --- promises -------------------------------------------------------------------------------------

MEASURES: Final = ("count", "milestone", "presence", "appointment")


def form_values(promise: Promise | None) -> dict[str, Any]:
    """Return what the fields show of a promise; of none, what a new one begins with."""
    tables = tables_of(promise) if promise else {}
    values = shown(_PROMISE, tables)
    marks = {party["id"]: mark for mark, party in marked(tables.get("parties", [])).items()}
    for name in [f"point{mark}-owners" for mark in rows(values, "point")]:
        values[name] = tuple(marks[id_] for id_ in values[name] if id_ in marks)
    return values


@dataclass(frozen=True, slots=True)
class _PromiseWriter(Writer):
    kinds: Mapping[str, Term] = field(default_factory=dict)

    def inner(self, one: Field, table: Tables, path: KeyPath, at: str) -> Tables:
        if one.key != "measure":
            return Writer.inner(self, one, table, path, at)
        # It has what its type has, and nothing of another that it was before.
        kind, measure = self.cell(f"{at}measure"), Tables()
        has = {"count": ("per", "target", "kinds"), "milestone": ("per", "steps")}
        wanted = ("type", "reading", *has.get(kind, ("kinds",)))
        self.write([f for f in one.inside if f.key in wanted], measure, path, at, table)
        # Of its steps as a whole it is told beside the measure.
        self.form.fields[key_path([*path, "steps"])] = f"{at}measure"
        return measure

    def said(self, one: Field, name: str, at: str) -> object:
        if one.key == "kinds":
            return self._kinds(name, self.cell(f"{at}new_kind"))
        if one.key != "owners":
            return Writer.said(self, one, name, at)
        marks = (at.removeprefix("party")[:-1] for at in kept_rows(self.values, "party"))
        parties = dict(zip(marks, self.form.tables["parties"], strict=True))
        return [parties[mark]["id"] for mark in several(self.values, name) if mark in parties]

    def _kinds(self, name: str, new: str) -> list[str]:
        """Return the kinds that were ticked, and one that was named and is new."""
        found = [*several(self.values, name)]
        if new:
            same = [k for k, t in self.kinds.items() if t.name.sv.casefold() == new.casefold()]
            again = [k for k, n in self.form.terms.items() if n.casefold() == new.casefold()]
            if not same and not again:
                again = [free_id(new, {*self.kinds, *self.form.terms}, "_")]
                self.form.terms[again[0]] = new
            found += (*same, *again)
        return list(dict.fromkeys(found))


def read_promise(
    values: FormValues,
    base: Promise | None,
    kinds: Mapping[str, Term],
    id_: str,
    today: date,
    used: Mapping[str, int] | None = None,
) -> FilledForm:
    """Return what the fields say, as tables, with the field that each path comes from.

    Parameters
    ----------
    values, kinds, id_, today : mapping, mapping of str to Term, str, datetime.date
        The form's, by field; the activity kinds that there are; the promise's id; for days written
        without their year.
    base : Promise or None
        What the form was filled with: gives what has no field, such as reported outcomes.
    used : mapping of str to int, optional
        The highest number that one of its ``commitments`` or ``goals`` has had.
    """
    form = FilledForm(tables_of(base) if base else {})
    form.tables["id"] = id_
    writer = _PromiseWriter(form, values, today, used or {}, kinds)
    writer.write(_PROMISE, form.tables)
    return form


# --- indicators -----------------------------------------------------------------------------------


def indicator_values(indicator: Indicator | None) -> dict[str, Any]:
    """Return what the fields show of an indicator; of none, what a new one begins with."""
    return shown(_INDICATOR, tables_of(indicator) if indicator else {})


def read_indicator(
    values: FormValues, base: Indicator | None, id_: str, area: Area | None, today: date
) -> FilledForm:
    """Return what the fields say, as tables, with the field that each path comes from.

    Parameters
    ----------
    values, id_, today : mapping, str, datetime.date
        The form's, by field; the indicator's id; for days written without their year.
    base : Indicator or None
        The indicator that is changed. Its series stay, in their order: readings name them by it.
    area : Area or None
        The one that was chosen; it is passed over where the level is another.
    """
    stays = {f"series{mark}-{DROPPED}" for mark, _ in enumerate(base.series if base else (), 1)}
    own = {name: value for name, value in values.items() if name not in stays} | {"area": ""}
    if area is not None and values.get("level") == "area":
        own |= {"area": area.id, "place": area.name}
    table = {**(tables_of(base) if base else {}), "id": id_}
    form = FilledForm({"indicators": [table]})
    Writer(form, own, today).write(_INDICATOR, table, ("indicators", 0))
    return form


# --- reference layers -----------------------------------------------------------------------------


def layer_values(layer: ReferenceLayer | None) -> dict[str, Any]:
    """Return what the fields show of a layer; of none, what a new one begins with."""
    return shown(_LAYER, tables_of(layer) if layer else {})


def read_layer_form(values: FormValues, id_: str, shapes: Shapes) -> FilledForm:
    """Return what the fields say, as a file's tables, with the field that each path comes from."""
    said = {name: " ".join(str(value or "").split()) for name, value in values.items()}
    table: Tables = {"id": id_}
    form = FilledForm({}, fields={"features": "file", "layer.id": "name"})
    fields = _LAYER if values.get("address") else _LAYER[:-1]
    Writer(form, said, date.max).write(fields, table, ("layer",))
    form.tables = layer_tables(table, shapes)
    return form


# --- areas ----------------------------------------------------------------------------------------


def area_values(area: Area | None) -> dict[str, Any]:
    """Return what the fields show of an area; of none, what a new one begins with."""
    if area is None:
        return shown(_AREA, {})
    source = {"outline_source": area.outline_source.sv, "outline_source_en": area.outline_source.en}
    accuracy = {"outline_accuracy_m": f"{area.outline_accuracy_m:g}"}
    return shown(_AREA, {one.key: getattr(area, one.key, "") for one in _AREA} | source | accuracy)


def read_area(
    values: FormValues,
    before: Mapping[str, object],
    id_: str,
    outline: Polygon | MultiPolygon | None,
) -> FilledForm:
    """Return what the fields say, as a file's tables.

    Parameters
    ----------
    values : mapping
        The form's, by field.
    before : mapping
        The properties that the area has so far: those without a field stay.
    id_ : str
        The area's id.
    outline : shapely Polygon, MultiPolygon or None
        None where nothing is drawn that could be one.

    Returns
    -------
    FilledForm
        With the field that each path comes from.
    """
    properties: Tables = {**before, "id": id_}
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": shapely.geometry.mapping(outline) if outline else None,
    }
    tables = {"type": "FeatureCollection", "features": [feature]}
    form = FilledForm(tables, fields={key_path(["features", 0, "geometry"]): "drawing"})
    Writer(form, values, date.max).write(_AREA, properties, ("features", 0, "properties"))
    return form
