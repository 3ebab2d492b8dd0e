"""A promise's form: its fields' texts to the tables of a file, and back.

What is typed goes in by the same door as a file, so nothing is checked here. Each field is
remembered by the key path that it is written to: a mistake at that path is told beside the field.
A row's fields begin with its list's name and the row's own mark (``point3-title``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import Tables, promise_tables
from geodata.errors import IntakeError, Mistake
from geodata.intake.forms import FormValues, said_day
from geodata.intake.report import RowProblem
from geodata.intake.values.dates import parse_day
from geodata.model import Promise, Term

Path = tuple[str | int, ...]

MEASURES: Final = ("count", "milestone", "presence", "appointment")

DROPPED: Final = "dropped"
"""What the field says that takes a row away; its texts stay in the form, to be taken back."""

_PLAIN: Final[Mapping[str, str]] = {
    "catalogue.blank": "promises.blank",
    "catalogue.list_empty": "promises.choose",
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
    """What a form says of a promise or an area.

    Parameters
    ----------
    tables : dict
        As a file would hold them.
    terms : dict of str to str
        Activity kinds that are new: their names by id.
    fields : dict of tuple to str
        The form's field by the path that it is written to.
    """

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


def rows(values: FormValues, name: str) -> list[str]:
    """Return the marks of a list's rows, in order: the field called as the list holds them."""
    return re.findall(r"\w{1,8}", str(values.get(name) or ""), re.ASCII)[:60]


def kept_rows(values: FormValues, name: str) -> Iterator[str]:
    """Yield the fields' beginnings of the rows that are not taken away."""
    for mark in rows(values, name):
        if DROPPED not in _several(values, f"{name}{mark}-{DROPPED}"):
            yield f"{name}{mark}-"


def _several(values: FormValues, name: str) -> tuple[str, ...]:
    given = values.get(name, ())
    return (given,) if isinstance(given, str) and given else tuple(given)


# --- from a promise ------------------------------------------------------------------------------


def form_values(promise: Promise | None) -> dict[str, str | tuple[str, ...]]:
    """Return what the fields show of a promise; of none, what a new one begins with."""
    tables = promise_tables(promise) if promise else {}
    period, source = tables.get("period", {}), tables.get("source", {})
    values: dict[str, str | tuple[str, ...]] = {
        **_texts("", tables, ("title", "short", "background")),
        **_texts("source_", source, ("title",)),
        "municipality": tables.get("municipality", ""),
        "precision": period.get("precision", "day"),
        "source_publisher": source.get("publisher", ""),
        "source_url": source.get("url", ""),
        **_days("", tables, ("signed", "published")),
        **_days("", period, ("start", "end")),
        **_days("source_", source, ("date",)),
    }
    goals = tables.get("goals", [])
    parties = tables.get("parties", [{}])
    points = tables.get("commitments", [{"number": 1}])
    values["goal"] = " ".join(str(goal["number"]) for goal in goals)
    for goal in goals:
        values |= _texts(f"goal{goal['number']}-", {"text": goal}, ("text",))
    values["party"] = _marks(parties)
    for mark, party in enumerate(parties, start=1):
        values |= _texts(f"party{mark}-", party, ("name",))
    owners = {party.get("id"): str(mark) for mark, party in enumerate(parties, start=1)}
    values["point"] = " ".join(str(point["number"]) for point in points)
    for point in points:
        values |= _point(f"point{point['number']}-", point, owners)
    return values


def _point(at: str, point: Tables, owners: Mapping[str | None, str]) -> dict[str, Any]:
    measure = point.get("measure", {})
    steps = measure.get("steps", [{}])
    values: dict[str, Any] = {
        **_texts(at, point, ("title", "summary", "scope", "source_paragraph", "note")),
        **_texts(at, measure, ("reading",)),
        **_days(at, point, ("deadline",)),
        f"{at}owners": tuple(owners[id_] for id_ in point.get("owners", ()) if id_ in owners),
        f"{at}areas": tuple(point.get("areas", ())),
        f"{at}areas_where_needed": tuple(point.get("areas_where_needed", ())),
        f"{at}measure": measure.get("type", ""),
        f"{at}target": str(measure.get("target", "")),
        f"{at}per": measure.get("per", "all"),
        f"{at}kinds": tuple(measure.get("kinds", ())),
        f"{at}step": _marks(steps),
    }
    for mark, step in enumerate(steps, start=1):
        inner = f"{at}step{mark}-"
        values |= _texts(inner, step, ("title",)) | _days(inner, step, ("due",))
        values[f"{inner}kinds"] = tuple(step.get("kinds", ()))
    return values


def _marks(found: Sequence[object]) -> str:
    return " ".join(str(number) for number in range(1, len(found) + 1))


def _texts(at: str, table: Tables, names: Sequence[str]) -> dict[str, str]:
    both = {f"{at}{name}": table.get(name, {}).get("sv", "") for name in names}
    return both | {f"{at}{name}_en": table.get(name, {}).get("en", "") for name in names}


def _days(at: str, table: Tables, names: Sequence[str]) -> dict[str, str]:
    return {f"{at}{name}": str(table.get(name, "")) for name in names}


# --- to a file's tables --------------------------------------------------------------------------


def read_promise(
    values: FormValues,
    base: Promise | None,
    kinds: Mapping[str, Term],
    id_: str,
    today: date,
    used: Mapping[str, int] | None = None,
) -> FilledForm:
    """Return what the fields say, as tables.

    Parameters
    ----------
    values : mapping
        The form's, by field.
    base : Promise or None
        What the form was filled with: gives what has no field, such as reported outcomes.
    kinds : mapping of str to Term
        The activity kinds that there are.
    id_ : str
        The promise's id.
    today : datetime.date
        For days written without their year.
    used : mapping of str to int, optional
        The highest number that one of its ``commitments`` or ``goals`` has had: a new one gets
        another, since records or indicators may still name one that was taken away.

    Returns
    -------
    FilledForm
        With the field that each path comes from.
    """
    form = FilledForm(promise_tables(base) if base else {})
    writer = _Writer(form, values, kinds, today, id_, used or {})
    writer.tables["id"] = id_
    writer.head()
    writer.points()
    return form


@dataclass(slots=True)
class _Writer:
    form: FilledForm
    values: FormValues
    kinds: Mapping[str, Term]
    today: date
    promise_id: str
    used: Mapping[str, int]

    @property
    def tables(self) -> Tables:
        return self.form.tables

    def cell(self, name: str) -> str:
        value = self.values.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def put(self, table: Tables, above: Path, key: str, value: object, name: str) -> None:
        """Write a value where it belongs, or nothing where there is none."""
        self.form.fields[key_path([*above, key])] = name
        if value in (None, ""):
            table.pop(key, None)
        else:
            table[key] = value

    def text(
        self, table: Tables, above: Path, key: str, name: str, *, needed: bool = False
    ) -> None:
        swedish, english = self.cell(name), self.cell(f"{name}_en")
        both = {"sv": swedish} | ({"en": english} if english else {})
        self.put(table, above, key, both if needed or swedish or english else None, name)
        self.form.fields[key_path([*above, key, "en"])] = f"{name}_en"

    def day(self, table: Tables, above: Path, key: str, name: str, *, needed: bool = False) -> None:
        self.put(table, above, key, self.said(name), name)
        if needed and key not in table:
            table[key] = ""

    def said(self, name: str) -> date | str:
        text = self.cell(name)
        try:
            return parse_day(said_day(text, self.today)).day if text else ""
        except IntakeError:
            return text

    def head(self) -> None:
        tables = self.tables
        for key in ("title", "short", "background"):
            self.text(tables, (), key, key, needed=True)
        tables["municipality"] = self.cell("municipality")
        self.form.fields["municipality"] = "municipality"
        for key in ("signed", "published"):
            self.day(tables, (), key, key)
        period = tables["period"] = {
            **tables.get("period", {}),
            "precision": self.cell("precision"),
        }
        self.form.fields["period"] = self.form.fields["period.precision"] = "precision"
        for key in ("start", "end"):
            self.day(period, ("period",), key, key, needed=True)
        source = tables["source"] = {**tables.get("source", {})}
        self.text(source, ("source",), "title", "source_title", needed=True)
        source["publisher"] = self.cell("source_publisher")
        self.form.fields[key_path(["source", "publisher"])] = "source_publisher"
        self.put(source, ("source",), "url", self.cell("source_url"), "source_url")
        self.day(source, ("source",), "date", "source_date")
        self.listed("goal", "goals", self.goal)
        self.listed("party", "parties", self.party)

    def listed(self, name: str, key: str, row: Callable[[Tables, Path, str], None]) -> None:
        """Write a list's rows over those that the promise had, by their marks."""
        known = enumerate(self.tables.get(key, [])[:60], start=1)
        before = {str(table.get("number", mark)): table for mark, table in known}
        self.tables[key] = made = list[Tables]()
        self.form.fields[key] = name
        for at in kept_rows(self.values, name):
            mark = at.removeprefix(name).removesuffix("-")
            made.append({**before.get(mark, {})})
            row(made[-1], (key, len(made) - 1), at)

    def goal(self, table: Tables, above: Path, at: str) -> None:
        # A goal keeps its number, by which indicators name it.
        taken = [self.used.get("goals", 0), *(g.get("number", 0) for g in self.tables["goals"])]
        table.setdefault("number", max(taken) + 1)
        table["sv"] = self.cell(f"{at}text")
        self.put(table, above, "en", self.cell(f"{at}text_en"), f"{at}text_en")
        self.form.fields[key_path(above)] = f"{at}text"

    def party(self, table: Tables, above: Path, at: str) -> None:
        self.text(table, above, "name", f"{at}name", needed=True)
        self.form.fields[key_path(above)] = f"{at}name"
        taken = {str(party.get("id")) for party in self.tables["parties"]}
        table.setdefault("id", free_id(self.cell(f"{at}name"), taken))

    def points(self) -> None:
        before = {str(each["number"]): each for each in self.tables.get("commitments", [])}
        marks = [at.removeprefix("point").removesuffix("-") for at in self.kept("point")]
        free = max([self.used.get("commitments", 0), *(int(number) for number in before)])
        self.tables["commitments"] = made = list[Tables]()
        self.form.fields["commitments"] = "point"
        for mark in marks:
            table: Tables = {**before.get(mark, {})}
            free += mark not in before
            table.setdefault("number", free)
            made.append(table)
            self.point(table, ("commitments", len(made) - 1), f"point{mark}-")

    def kept(self, name: str) -> list[str]:
        return list(kept_rows(self.values, name))

    def point(self, table: Tables, above: Path, at: str) -> None:
        for key in ("title", "summary", "source_paragraph"):
            self.text(table, above, key, at + key, needed=True)
        for key in ("scope", "note"):
            self.text(table, above, key, at + key)
        self.day(table, above, "deadline", f"{at}deadline")
        ids = {
            kept.removeprefix("party").removesuffix("-"): party["id"]
            for kept, party in zip(self.kept("party"), self.tables["parties"], strict=True)
        }
        owners = _several(self.values, f"{at}owners")
        table["owners"] = [ids[mark] for mark in owners if mark in ids]
        self.form.fields[key_path([*above, "owners"])] = f"{at}owners"
        for key in ("areas", "areas_where_needed"):
            table[key] = list(_several(self.values, at + key))
            self.form.fields[key_path([*above, key])] = at + key
        self.form.fields[key_path(above)] = f"{at}areas"
        self.measure(table, above, at)

    def measure(self, table: Tables, above: Path, at: str) -> None:
        kind, within = self.cell(f"{at}measure"), (*above, "measure")
        before = table.get("measure", {})
        measure: Tables = {"type": kind}
        self.form.fields[key_path(within)] = f"{at}measure"
        self.text(measure, within, "reading", f"{at}reading")
        if kind in ("count", "milestone"):
            measure["per"] = self.cell(f"{at}per")
            self.form.fields[key_path([*within, "per"])] = f"{at}per"
        if kind == "count":
            target = self.cell(f"{at}target")
            is_number = target.isascii() and target.isdigit() and len(target) < 10
            measure["target"] = int(target) if is_number else target
            self.form.fields[key_path([*within, "target"])] = f"{at}target"
        if kind == "milestone":
            self.steps(measure, within, at, before.get("steps", []))
        else:
            self.counted(measure, within, at)
        table["measure"] = measure

    def steps(self, measure: Tables, within: Path, at: str, before: list[Tables]) -> None:
        made: list[Tables] = []
        measure["steps"] = made
        self.form.fields[key_path([*within, "steps"])] = f"{at}measure"
        own = dict(zip(map(str, range(1, 61)), before, strict=False))
        for inner in self.kept(f"{at}step"):
            table: Tables = {**own.get(inner.removeprefix(f"{at}step").removesuffix("-"), {})}
            made.append(table)
            above = (*within, "steps", len(made) - 1)
            self.text(table, above, "title", f"{inner}title", needed=True)
            self.day(table, above, "due", f"{inner}due")
            self.counted(table, above, inner)
            taken = {str(step.get("id")) for step in made}
            table.setdefault("id", free_id(self.cell(f"{inner}title"), taken))

    def counted(self, table: Tables, above: Path, at: str) -> None:
        """Write the kinds that were ticked, and one that was named and is new."""
        found = [*_several(self.values, f"{at}kinds")]
        if name := self.cell(f"{at}new_kind"):
            same = [k for k, t in self.kinds.items() if t.name.sv.casefold() == name.casefold()]
            again = [k for k, n in self.form.terms.items() if n.casefold() == name.casefold()]
            if not same and not again:
                taken = {*self.kinds, *self.form.terms}
                again = [free_id(name, taken, "_")]
                self.form.terms[again[0]] = name
            found += (*same, *again)
        table["kinds"] = list(dict.fromkeys(found))
        self.form.fields[key_path([*above, "kinds"])] = f"{at}kinds"
