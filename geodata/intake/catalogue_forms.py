"""The forms of promises, indicators, reference layers and areas: what fields each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import shapely
from shapely import MultiPolygon, Polygon

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.shapes import Shapes, layer_tables
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import Tables, tables_of
from geodata.intake.filled_form import (
    DROPPED,
    Field,
    FilledForm,
    Path,
    Writer,
    kept_rows,
    marked,
    of,
    rows,
    several,
    shown,
)
from geodata.intake.forms import FormValues
from geodata.model import Area, Indicator, Promise, ReferenceLayer, Term

# --- promises -------------------------------------------------------------------------------------

MEASURES: Final = ("count", "milestone", "presence", "appointment")

_NAME: Final = of("text", "name", needed=True)
_LONG: Final = (Field("", "text", name="text"),)
_SOURCE: Final = Field(
    "source",
    "table",
    name="source_",
    inside=(
        *of("text", "title", needed=True),
        *of("word", "publisher", needed=True),
        *of("word", "url"),
        *of("day", "date"),
    ),
)
_STEP: Final = (*of("text", "title", needed=True), *of("day", "due"), Field("kinds", "ticks"))
_MEASURE: Final = (
    Field("type", needed=True, name="measure"),
    *of("text", "reading"),
    Field("per", needed=True, default="all"),
    *of("number", "target", needed=True),
    Field("steps", "list", needed=True, name="step", inside=_STEP, named_by="title"),
    *of("ticks", "kinds"),
)
_POINT: Final = (
    *of("text", "title", "summary", "source_paragraph", needed=True),
    *of("text", "scope", "note"),
    *of("day", "deadline"),
    *of("ticks", "owners", "areas", "areas_where_needed"),
    Field("measure", "table", name="", inside=_MEASURE),
)
_PERIOD: Final = (
    Field("precision", needed=True, default="day"),
    *of("day", "start", "end", needed=True),
)
_PROMISE: Final = (
    *of("text", "title", "short", "background", needed=True),
    *of("word", "municipality", needed=True),
    *of("day", "signed", "published"),
    Field("period", "table", name="", inside=_PERIOD),
    _SOURCE,
    Field("goals", "list", name="goal", inside=_LONG, numbered=True),
    Field("parties", "list", needed=True, name="party", inside=_NAME, named_by="name"),
    Field(
        "commitments",
        "list",
        needed=True,
        name="point",
        inside=_POINT,
        beside="areas",
        numbered=True,
    ),
)


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

    def inner(self, one: Field, table: Tables, path: Path, at: str) -> Tables:
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

_SERIES: Final = (
    *of("text", "question", needed=True),
    *of("word", "unit", needed=True),
    *of("text", "scale"),
    # What can be compared with no series before it has nothing to say of that.
    Field("breaks", "text", needed=True, not_first=True),
)
_INDICATOR: Final = (
    *of("text", "name", "population", needed=True),
    *of("word", "level", "place", "method", needed=True),
    *of("word", "area"),
    *of("ticks", "goals"),
    _SOURCE,
    Field("cautions", "list", name="caution", inside=_LONG),
    Field("series", "list", needed=True, inside=_SERIES),
)


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

_WMS: Final = of("word", "address", "layers", "format", needed=True)
_LAYER: Final = (
    *_NAME,
    *of("word", "source", "licence", "date", needed=True),
    Field("colour", needed=True, default="purple"),
    Field("seen_by", default="inside"),
    Field("wms", "table", name="", inside=_WMS),
)


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

_AREA: Final = (
    *of("word", "name", "municipality", "kind", needed=True),
    Field("outline_method", name="method", needed=True),
    Field("outline_accuracy_m", "metres", name="accuracy", needed=True),
    Field("outline_source", name="source", needed=True),
    Field("outline_source_en", name="source_en"),
)


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
