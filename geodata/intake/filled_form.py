"""A form that is filled in, as a file's tables, and tables as its fields show them.

What is typed goes in by the same door as a file, so nothing is checked here. A mistake at a key
path is told beside the field that was written there. A row's fields begin with its list's name and
the row's own mark (``point3-title``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import Tables
from geodata.errors import IntakeError, Mistake
from geodata.intake.forms import FormValues, said_day
from geodata.intake.report import RowProblem
from geodata.intake.values.dates import parse_day

Path = tuple[str | int, ...]

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


def of(kind: Kind, *keys: str, needed: bool = False) -> tuple[Field, ...]:
    """Return fields of a kind that are called as their keys."""
    return tuple(Field(key, kind, needed) for key in keys)


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
        above: Path = (),
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

    def inner(self, one: Field, table: Tables, path: Path, at: str) -> Tables:
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

    def _text(self, one: Field, table: Tables, path: Path, name: str) -> None:
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

    def _rows(self, one: Field, table: Tables, path: Path, name: str, before: Tables) -> None:
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
