"""The tables for one's own minutes as CSV: the matrix, the decisions, and what is due.

The numbers stand bare, in columns of their own, to be counted with; a cell never begins a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from geodata.model import Commitment, Decision, Progress, Promise
from geodata.publish.report.matter import SILENT, Cell, Matter, Teller
from geodata.publish.report.summary import STATUS_WORDS, clean_text, due_table
from geodata.publish.tables import DELIMITER, LINE_END, cell
from geodata.publish.values import Value

_UNITS: Final[Mapping[str, str]] = {
    "activities": "report.unit.activities",
    "steps": "report.unit.steps",
    "areas": "report.unit.areas",
}


def matrix_csv(matter: Matter) -> bytes:
    """Return the matrix: a row for each commitment as a whole, and for each of its areas."""
    tell = Teller(matter)
    header = (
        *("report.column.promise", "report.column.commitment", "report.column.area"),
        *("report.column.status", "report.column.delivered", "report.column.target"),
        *("report.expected", "report.column.unit", "report.column.day", "report.column.note"),
    )
    rows = (
        row
        for promise in matter.promises
        for commitment in promise.commitments
        for row in _standings(promise, commitment, matter, tell)
    )
    return _written(matter, [tell(key) for key in header], rows)


def _standings(
    promise: Promise, commitment: Commitment, matter: Matter, tell: Teller
) -> Iterator[Sequence[Value]]:
    progress = matter.progress[commitment.id]
    yield _standing(promise, commitment, tell("followup.whole"), progress.overall, matter, tell)
    for area_id, here in progress.by_area.items():
        share = here.target is None and progress.overall.target is not None
        needed = area_id in commitment.areas_where_needed
        note = tell("report.as_a_whole") if share else ""
        if needed:
            note = tell("commitment.where_needed")
        yield _standing(promise, commitment, tell.area(area_id), here, matter, tell, note)


def _standing(
    promise: Promise,
    commitment: Commitment,
    where: str,
    progress: Progress,
    matter: Matter,
    tell: Teller,
    note: str = "",
) -> Sequence[Value]:
    return (
        tell.local(promise.short),
        tell.numbered(commitment),
        where,
        tell(f"state.{progress.state}"),
        None if progress.state in SILENT else progress.delivered,
        progress.target,
        None if progress.expected is None else round(progress.expected, 2),
        tell(_UNITS[progress.unit]),
        matter.as_of.isoformat(),
        note,
    )


def decisions_csv(matter: Matter) -> bytes:
    """Return the decisions: those of the day, the open ones, and those settled since."""
    tell = Teller(matter)
    header = (
        *("report.column.decided", "report.decision", "report.column.area"),
        *("report.column.commitment", "report.column.owner", "report.column.due"),
        *("report.column.status", "report.came_of_it"),
    )
    every = {one.id: one for one in (*matter.decided, *matter.open, *matter.settled)}
    rows = (_decision(one, matter, tell) for one in every.values())
    return _written(matter, [tell(key) for key in header], rows)


def _decision(decision: Decision, matter: Matter, tell: Teller) -> Sequence[Value]:
    known = decision.status_day <= matter.as_of
    return (
        decision.day.isoformat(),
        clean_text(decision.text),
        tell.area(decision.area_id),
        tell.commitment(decision.commitment_id),
        tell.party(decision.owner),
        None if decision.due is None else decision.due.isoformat(),
        tell(STATUS_WORDS[decision.status_on(matter.as_of)]),
        clean_text(decision.outcome) if known else "",
    )


def due_csv(matter: Matter) -> bytes:
    """Return what is late or due."""
    tell = Teller(matter)
    table = due_table(matter, tell)
    header = [
        *(tell("report.column.due"), tell("report.column.status"), tell("report.column.kind")),
        *(column.title for column in table.columns[1:]),
    ]
    rows = (
        _due(coming.day.isoformat(), cells)
        for coming, cells in zip(matter.coming, table.rows, strict=True)
    )
    return _written(matter, header, rows)


def _due(day: str, cells: Sequence[Cell]) -> Sequence[Value]:
    when, what, where, who = cells
    return (day, when.more, what.more, what.text, where.text, who.text)


def _written(matter: Matter, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a table as CSV; where records are made up, the last column says so in every row."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=DELIMITER, lineterminator=LINE_END)
    mark = (matter.words("report.mark"),) if matter.examples else ()
    marked = (matter.words("example.title"),) if matter.examples else ()
    writer.writerow([cell(text) for text in (*header, *marked)])
    for row in rows:
        writer.writerow([cell(value) for value in (*row, *mark)])
    # The mark is what tells Excel that it is UTF-8.
    return file.getvalue().encode("utf-8-sig")


TABLES: Final[Mapping[str, Callable[[Matter], bytes]]] = {
    "matrix": matrix_csv,
    "decisions": decisions_csv,
    "due": due_csv,
}
"""What makes each table, by its name."""
