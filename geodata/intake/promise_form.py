"""A promise's form: its fields' texts to the tables of a file, and back.

How a form becomes a file's tables stands in `geodata.intake.filled_form`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import Tables, promise_tables
from geodata.intake.filled_form import (
    FilledForm,
    Path,
    Writer,
    days,
    kept_rows,
    marks,
    several,
    source_values,
    texts,
)
from geodata.intake.forms import FormValues
from geodata.model import Promise, Term

MEASURES: Final = ("count", "milestone", "presence", "appointment")

# --- from a promise ------------------------------------------------------------------------------


def form_values(promise: Promise | None) -> dict[str, str | tuple[str, ...]]:
    """Return what the fields show of a promise; of none, what a new one begins with."""
    tables = promise_tables(promise) if promise else {}
    period = tables.get("period", {})
    values: dict[str, str | tuple[str, ...]] = {
        **texts("", tables, ("title", "short", "background")),
        **source_values(tables),
        "municipality": tables.get("municipality", ""),
        "precision": period.get("precision", "day"),
        **days("", tables, ("signed", "published")),
        **days("", period, ("start", "end")),
    }
    goals = tables.get("goals", [])
    parties = tables.get("parties", [{}])
    points = tables.get("commitments", [{"number": 1}])
    values["goal"] = " ".join(str(goal["number"]) for goal in goals)
    for goal in goals:
        values |= texts(f"goal{goal['number']}-", {"text": goal}, ("text",))
    values["party"] = marks(parties)
    for mark, party in enumerate(parties, start=1):
        values |= texts(f"party{mark}-", party, ("name",))
    owners = {party.get("id"): str(mark) for mark, party in enumerate(parties, start=1)}
    values["point"] = " ".join(str(point["number"]) for point in points)
    for point in points:
        values |= _point(f"point{point['number']}-", point, owners)
    return values


def _point(at: str, point: Tables, owners: Mapping[str | None, str]) -> dict[str, Any]:
    measure = point.get("measure", {})
    steps = measure.get("steps", [{}])
    values: dict[str, Any] = {
        **texts(at, point, ("title", "summary", "scope", "source_paragraph", "note")),
        **texts(at, measure, ("reading",)),
        **days(at, point, ("deadline",)),
        f"{at}owners": tuple(owners[id_] for id_ in point.get("owners", ()) if id_ in owners),
        f"{at}areas": tuple(point.get("areas", ())),
        f"{at}areas_where_needed": tuple(point.get("areas_where_needed", ())),
        f"{at}measure": measure.get("type", ""),
        f"{at}target": str(measure.get("target", "")),
        f"{at}per": measure.get("per", "all"),
        f"{at}kinds": tuple(measure.get("kinds", ())),
        f"{at}step": marks(steps),
    }
    for mark, step in enumerate(steps, start=1):
        inner = f"{at}step{mark}-"
        values |= texts(inner, step, ("title",)) | days(inner, step, ("due",))
        values[f"{inner}kinds"] = tuple(step.get("kinds", ()))
    return values


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
    writer = _Writer(form, values, today, kinds, id_, used or {})
    writer.tables["id"] = id_
    writer.head()
    writer.points()
    return form


@dataclass(slots=True)
class _Writer(Writer):
    kinds: Mapping[str, Term]
    promise_id: str
    used: Mapping[str, int]

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
        self.source()
        self.listed("goal", "goals", self.goal)
        self.listed("party", "parties", self.party)

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
        owners = several(self.values, f"{at}owners")
        table["owners"] = [ids[mark] for mark in owners if mark in ids]
        self.form.fields[key_path([*above, "owners"])] = f"{at}owners"
        for key in ("areas", "areas_where_needed"):
            table[key] = list(several(self.values, at + key))
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
        found = [*several(self.values, f"{at}kinds")]
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
