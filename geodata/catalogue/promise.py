"""What needs more than one key of a promise's file to tell: dates, owners, repeats.

These checks read the file's raw tables and pass over whatever has the wrong shape, so that one
run reports these mistakes together with those of the shape.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from geodata.catalogue.mistakes import key_path, listed, shown
from geodata.catalogue.schema import ID_PATTERN
from geodata.errors import Mistake, Value

What = Literal[
    "promise",
    "area",
    "activity_kind",
    "area_kind",
    "place_kind",
    "indicator",
    "series",
    "reading",
    "layer",
]
Path = list[str | int]
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Name:
    """An id that a file gives to something, or that it refers to, and where."""

    what: What
    id: str
    place: str
    line: int | None = None


def table(value: object) -> Table:
    """Return a table as it is, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[tuple[int, Table]]:
    """Return a list's tables with their positions, from 0."""
    found = enumerate(value) if isinstance(value, list) else ()
    return [(n, row) for n, row in found if isinstance(row, Mapping)]


def strings(value: object) -> list[tuple[int, str]]:
    """Return a list's texts with their positions, from 0."""
    found = enumerate(value) if isinstance(value, list) else ()
    return [(n, text) for n, text in found if isinstance(text, str)]


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def is_id(value: object) -> bool:
    """Tell whether a value can be an id, and so be quoted in a mistake's place."""
    return isinstance(value, str) and re.fullmatch(ID_PATTERN.strip("^$"), value) is not None


def where_in(raw: Table, path: Path) -> str:
    """Return a place in a promise's file: its key path, then the id of the row it lies in."""
    place = key_path(path)
    if len(path) < 2 or not isinstance(path[1], int):
        return place
    found = raw.get(str(path[0]))
    row = table(found[path[1]]) if isinstance(found, list) and path[1] < len(found) else {}
    number = row.get("number")
    if path[0] == "commitments" and is_id(raw.get("id")) and type(number) is int:
        return f'{place} "{raw["id"]}/{shown(number)}"'
    return f'{place} "{row["id"]}"' if is_id(row.get("id")) else place


@dataclass(frozen=True)
class PromiseCheck:
    """One pass over a promise's raw file."""

    file: str
    raw: Table
    mistakes: list[Mistake] = field(default_factory=list)

    def run(self) -> list[Mistake]:
        """Return every mistake that needs more than one key to tell."""
        self._period()
        self._ids()
        self._known()
        parties = {str(row.get("id")) for _, row in rows(self.raw.get("parties"))}
        for n, commitment in rows(self.raw.get("commitments")):
            self._dates(n, commitment)
            self._owners(n, commitment, parties)
            self._areas(n, commitment)
        self._outcomes()
        return self.mistakes

    def _say(self, path: Path, key: str, **values: Value) -> None:
        place = where_in(self.raw, path)
        self.mistakes.append(Mistake(self.file, place, f"catalogue.{key}", values))

    def _days(self) -> tuple[date | None, date | None]:
        period = table(self.raw.get("period"))
        return _day(period.get("start")), _day(period.get("end"))

    def _period(self) -> None:
        start, end = self._days()
        if start and end and end < start:
            self._say(["period", "end"], "period_reversed", start=str(start), end=str(end))

    def _ids(self) -> None:
        parties = ((n, row.get("id")) for n, row in rows(self.raw.get("parties")))
        numbers = ((n, row.get("number")) for n, row in rows(self.raw.get("commitments")))
        goals = ((n, row.get("number", n + 1)) for n, row in rows(self.raw.get("goals")))
        self._no_repeats(["parties"], "id", parties)
        self._no_repeats(["goals"], "number", goals)
        self._no_repeats(["commitments"], "number", numbers)
        for n, row in rows(self.raw.get("commitments")):
            steps = rows(table(row.get("measure")).get("steps"))
            above: Path = ["commitments", n, "measure", "steps"]
            self._no_repeats(above, "id", ((k, step.get("id")) for k, step in steps))

    def _known(self) -> None:
        """Say what is empty where the promise doesn't say that something of it is unknown."""
        if self.raw.get("unknown"):
            return
        if self.raw.get("commitments") == []:
            self._say(["commitments"], "list_empty")
        for n, commitment in rows(self.raw.get("commitments")):
            if commitment.get("owners") == []:
                self._say(["commitments", n, "owners"], "list_empty")

    def _no_repeats(self, above: Path, name: str, found: Iterable[tuple[int, object]]) -> None:
        seen = set[str | int]()
        for n, value in found:
            if isinstance(value, str | int):
                if value in seen:
                    self._say([*above, n, name], "repeated", name=shown(value))
                seen.add(value)

    def _dates(self, n: int, commitment: Table) -> None:
        above: Path = ["commitments", n]
        dates = [([*above, "deadline"], commitment.get("deadline"))]
        for k, step in rows(table(commitment.get("measure")).get("steps")):
            dates.append(([*above, "measure", "steps", k, "due"], step.get("due")))
        start, end = self._days()
        for path, value in dates:
            day = _day(value)
            if start and end and start <= end and day and not start <= day <= end:
                said: dict[str, Value] = {"start": str(start), "end": str(end)}
                self._say(path, "outside_period", value=str(day), **said)

    def _owners(self, n: int, commitment: Table, parties: set[str]) -> None:
        owners = strings(commitment.get("owners"))
        self._no_double("owners", n, [owner for _, owner in owners])
        known = listed(shown(party) for party in sorted(parties))
        for k, owner in owners:
            if parties and owner not in parties:
                path: Path = ["commitments", n, "owners", k]
                self._say(path, "unknown_party", name=shown(owner), known=known)

    def _areas(self, n: int, commitment: Table) -> None:
        named = commitment.get("areas", []), commitment.get("areas_where_needed", [])
        self._no_double("areas", n, [area for ids in named for _, area in strings(ids)])
        if named == ([], []) and "scope" not in commitment:
            self._say(["commitments", n], "no_areas")

    def _no_double(self, name: str, n: int, ids: list[str]) -> None:
        for double in [each for each, times in Counter(ids).items() if times > 1]:
            self._say(["commitments", n, name], "repeated", name=shown(double))

    def _outcomes(self) -> None:
        numbers = [row.get("number") for _, row in rows(self.raw.get("commitments"))]
        known = listed(shown(number) for number in numbers)
        for n, outcome in rows(self.raw.get("outcomes")):
            about = outcome.get("commitment")
            if type(about) is int and about not in numbers:
                path: Path = ["outcomes", n, "commitment"]
                self._say(path, "unknown_commitment", name=shown(about), known=known)


def names_in(raw: Table) -> Iterator[Name]:
    """Return every promise, area and activity kind that a promise's raw file refers to."""
    if isinstance(before := raw.get("predecessor"), str):
        yield Name("promise", before, "predecessor")
    for n, commitment in rows(raw.get("commitments")):
        above: Path = ["commitments", n]
        lists: list[tuple[What, Path, object]] = [
            ("area", [*above, key], commitment.get(key)) for key in ("areas", "areas_where_needed")
        ]
        measure = table(commitment.get("measure"))
        lists.append(("activity_kind", [*above, "measure", "kinds"], measure.get("kinds")))
        for k, step in rows(measure.get("steps")):
            path: Path = [*above, "measure", "steps", k, "kinds"]
            lists.append(("activity_kind", path, step.get("kinds")))
        for what, path, value in lists:
            for k, name in strings(value):
                yield Name(what, name, where_in(raw, [*path, k]))
