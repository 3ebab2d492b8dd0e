"""Importing a file: read it, tell what it holds, and only then save, all of it or the good rows.

`examine` reads and compares with the register, and writes nothing. `take_in` writes in one
transaction. What a person decides between the two is theirs; nothing is guessed.
"""

from __future__ import annotations

import csv
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError, RegisterError
from geodata.intake import RowProblem, fingerprint, read_file
from geodata.intake.columns import ACTIVITY_COLUMNS, FINDING_COLUMNS, OWN_ID, WALK_COLUMNS
from geodata.intake.forms import author
from geodata.intake.plan import (
    ColumnUse,
    GridUse,
    Reading,
    ReadOptions,
    Stopped,
    Watch,
    What,
    Whereabouts,
    unwatched,
)
from geodata.model import Activity, Catalogue, DoubleOf, Finding, SourceKind, Walk
from geodata.publish.tables import cell
from geodata.service.core import Entity, Service
from geodata.service.linking import Linked, link
from geodata.texts import Words

__all__ = [
    "ColumnUse",
    "Examined",
    "GridUse",
    "ReadOptions",
    "Report",
    "RowProblem",
    "Stopped",
    "Taken",
    "Watch",
    "What",
    "Whereabouts",
    "examine",
    "take_back",
    "take_in",
    "worded",
    "write_rest",
]


def _shown(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that a person chooses from; a way's file can't come beside its table."""
    return tuple(name for name in columns if name not in ("id", "route"))


author_of = author
"""Who makes a change, from a form's values; see `geodata.intake.forms.author`."""

FIELDS: Final[Mapping[What, tuple[str, ...]]] = {
    "activities": _shown(ACTIVITY_COLUMNS),
    "walks": _shown(WALK_COLUMNS),
    "findings": _shown(FINDING_COLUMNS),
}
"""What a column can be said to mean, in the order it is offered."""

SHOWN_PROBLEMS: Final = 500
"""Problems that a report carries; how many there are of each sort is told of all."""

SHOWN_DRAFTS: Final = 6
SHOWN_PLACES: Final = 2_000

ENTITIES: Final[tuple[Entity, ...]] = ("walk", "activity", "finding")

READING_SHARE: Final = 0.9
"""How much of the work of examining a file is reading it; the rest is comparing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds, in a size that can be shown whatever the file's.

    Parameters
    ----------
    file : str
        Its name.
    what : {"activities", "walks", "findings"}
        What its rows were read as.
    rows_read : int
        Rows that hold anything.
    new : int
        Records that would be added.
    doubles : int
        Records that the register already has.
    withdrawn : int
        Those of the doubles that somebody has withdrawn.
    refused : int
        Rows with an error.
    problems : tuple of RowProblem
        The first of them, errors before notices.
    problem_counts : tuple of (str, str, int)
        Of all: key, severity, how many; the most frequent first, errors before notices.
    columns : tuple of ColumnUse
        How the columns were understood.
    grid : GridUse or None
        How the coordinates were understood.
    whereabouts : Whereabouts
        Where the places are.
    needs : tuple of str
        Options without which rows were refused.
    drafts : tuple of Activity, Walk or Finding
        The first that would be added.
    places : tuple of (float, float)
        Where those that would be added are, as longitude and latitude; at most `SHOWN_PLACES`.
    options : ReadOptions
        With what it was read.
    has_rest : bool
        Whether refused rows can be written to a file to be corrected.
    linked : int
        New records that name no commitment and were linked to those that would count them.
    unlinked : int
        New records that no commitment counts.
    """

    file: str
    what: What
    rows_read: int
    new: int
    doubles: int
    withdrawn: int
    refused: int
    problems: tuple[RowProblem, ...]
    problem_counts: tuple[tuple[str, str, int], ...]
    columns: tuple[ColumnUse, ...]
    grid: GridUse | None
    whereabouts: Whereabouts
    needs: tuple[str, ...]
    drafts: tuple[Activity | Walk | Finding, ...]
    places: tuple[tuple[float, float], ...]
    options: ReadOptions
    has_rest: bool
    linked: int = 0
    unlinked: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was read and compared: the report, and what would be added."""

    report: Report
    reading: Reading
    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was added.

    Parameters
    ----------
    count : int
        How many records.
    ids : tuple of (str, str)
        Entity and id of each, by which they can be taken back.
    """

    count: int
    ids: tuple[tuple[Entity, str], ...]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Make millions of values with hardly a cycle among them: looking for some costs a tenth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# --- examining -----------------------------------------------------------------------------------


def examine(
    service: Service,
    path: Path,
    options: ReadOptions | None = None,
    *,
    watch: Watch = unwatched,
) -> Examined:
    """Read a file and tell what it holds, compared with the register; nothing is saved.

    Parameters
    ----------
    service : Service
        Whose catalogue and register it is compared with.
    path : pathlib.Path
        The file, in any of the formats of `geodata.intake`.
    options : ReadOptions, optional
        What a person decided. Where they say nothing of columns, these are understood as they
        were the last time a file with the same columns was imported.
    watch : callable
        Told how much is done, from 0 to 1; may raise `Stopped`.

    Returns
    -------
    Examined
        To be shown, and then given to `take_in`.

    Raises
    ------
    IntakeError
        If the file as a whole can't be read.
    RegisterError
        If the register can't be read.
    """
    with _without_collecting():
        return _examined(service, path, options or ReadOptions(), watch)


def _examined(service: Service, path: Path, chosen: ReadOptions, watch: Watch) -> Examined:
    reading = _read(service, path, chosen, watch)
    if not chosen.fields and (remembered := _remembered(service, reading)):
        chosen = replace(chosen, fields=remembered)
        reading = _read(service, path, chosen, watch)
    watch(READING_SHARE)
    same_walks = _doubles(service, "walk", reading.walks)
    named = [_on_known_walk(finding, same_walks) for finding in reading.findings]
    doubles = {
        **same_walks,
        **_doubles(service, "activity", reading.activities),
        **_doubles(service, "finding", named),
    }
    activities = tuple(r for r in reading.activities if r.id not in doubles)
    walks = tuple(_after_known_walk(r, same_walks) for r in reading.walks if r.id not in doubles)
    findings = tuple(r for r in named if r.id not in doubles)
    linked = link(
        service.catalogue.promises,
        activities,
        walks,
        # What the program itself wrote comes back as it was.
        wanted=chosen.link and not any(c.field == OWN_ID for c in reading.columns),
    )
    activities, walks = linked.activities, linked.walks
    watch(1.0)
    report = _report(reading, chosen, (*walks, *activities, *findings), doubles, linked)
    return Examined(report, reading, activities, walks, findings)


def _read(service: Service, path: Path, options: ReadOptions, watch: Watch) -> Reading:
    return read_file(
        path,
        catalogue=service.catalogue,
        locate_many=service.outlines.locate_many,
        options=options,
        origin_kind=SourceKind.IMPORTED,
        today=service.today(),
        walks={walk.id: walk for walk in service.register.walks()},
        watch=lambda share: watch(share * READING_SHARE),
    )


def _doubles(
    service: Service, entity: Entity, records: Sequence[Activity | Walk | Finding]
) -> Mapping[str, DoubleOf]:
    return service.register.doubles(entity, records, fingerprint) if records else {}


def _on_known_walk(finding: Finding, doubles: Mapping[str, DoubleOf]) -> Finding:
    """Return a finding of the file's walk as one of the walk that the register has already."""
    double = doubles.get(finding.walk_id or "")
    return replace(finding, walk_id=double.id) if double else finding


def _after_known_walk(walk: Walk, doubles: Mapping[str, DoubleOf]) -> Walk:
    """Return a walk that repeats one of the file's as one that repeats the register's."""
    double = doubles.get(walk.repeats or "")
    return replace(walk, repeats=double.id) if double else walk


def _signature(columns: Sequence[ColumnUse]) -> str:
    """Return what a file's columns are recognised by."""
    return "\n".join(sorted(_seen(column.header) for column in columns))


def _seen(header: str) -> str:
    return " ".join(header.casefold().split())


def _remembered(service: Service, reading: Reading) -> Mapping[str, str]:
    """Return how the columns were understood last time; empty where it was as it is now."""
    if not reading.columns:
        return {}
    kept = service.register.mapping(_signature(reading.columns)) or {}
    # By the names as this file writes them: the signature doesn't see capitals and spaces.
    by_name = {_seen(header): field for header, field in kept.items()}
    fields = {c.header: by_name.get(_seen(c.header), c.field) for c in reading.columns}
    return {} if fields == {c.header: c.field for c in reading.columns} else fields


def _report(
    reading: Reading,
    options: ReadOptions,
    new: Sequence[Activity | Walk | Finding],
    doubles: Mapping[str, DoubleOf],
    linked: Linked,
) -> Report:
    ordered = sorted(reading.problems, key=lambda p: p.severity != "error")
    counts = Counter((p.key, str(p.severity)) for p in ordered)
    points = (_lon_lat(record) for record in new)
    return Report(
        file=reading.file,
        what=reading.what,
        rows_read=reading.rows_read,
        new=len(new),
        doubles=len(doubles),
        withdrawn=sum(double.void for double in doubles.values()),
        refused=reading.rows_refused,
        # Plain values: a report is sent from one process to another.
        problems=tuple(replace(p, values=dict(p.values)) for p in ordered[:SHOWN_PROBLEMS]),
        problem_counts=tuple(
            (key, severity, count)
            for (key, severity), count in sorted(
                counts.items(), key=lambda item: (item[0][1] != "error", -item[1])
            )
        ),
        columns=reading.columns,
        grid=reading.grid,
        whereabouts=reading.whereabouts,
        needs=reading.needs,
        drafts=tuple(new[:SHOWN_DRAFTS]),
        places=tuple(islice(filter(None, points), SHOWN_PLACES)),
        options=options,
        has_rest=bool(reading.rest),
        linked=linked.linked,
        unlinked=linked.unlinked,
    )


def _lon_lat(record: Activity | Walk | Finding) -> tuple[float, float] | None:
    place = record.route if isinstance(record, Walk) else record.place
    if place is None:
        return None
    point = place.representative_point()
    return float(point.x), float(point.y)


# --- saving --------------------------------------------------------------------------------------


def take_in(
    service: Service,
    examined: Examined,
    *,
    by: str,
    good_only: bool,
    watch: Watch = unwatched,
) -> Taken:
    """Add what a file holds, in one transaction.

    Parameters
    ----------
    service : Service
        Whose register it goes into.
    examined : Examined
        From `examine`.
    by : str
        Who adds it: a role or an office.
    good_only : bool
        Whether the good rows are wanted although others are refused; otherwise it is all or
        nothing.
    watch : callable
        Told how much is done; may raise `Stopped`, and then nothing was saved.

    Returns
    -------
    Taken
        What was added. What somebody else has added since is passed over.

    Raises
    ------
    IntakeError
        ``intake.not_all_good`` if all or nothing is wanted and a row was refused.
    RegisterError
        If the register can't be written to; nothing was saved then.
    """
    report = examined.report
    if report.refused and not good_only:
        raise IntakeError("intake.not_all_good", count=report.refused)
    ids: list[tuple[Entity, str]] = [
        *(("walk", record.id) for record in examined.walks),
        *(("activity", record.id) for record in examined.activities),
        *(("finding", record.id) for record in examined.findings),
    ]
    # What is there by now was added by somebody else, and is not this import's to take back.
    there = {
        (entity, one)
        for entity in ENTITIES
        for one in service.register.existing_ids(entity, [id_ for e, id_ in ids if e == entity])
    }
    with _without_collecting():
        count = service.register.add(
            examined.activities,
            examined.walks,
            examined.findings,
            by=by,
            skip_existing=True,
            watch=watch,
        )
    if report.options.fields:
        service.register.remember_mapping(_signature(report.columns), report.options.fields)
    mine = tuple(one for one in ids if one not in there)
    # Another number: somebody added the same in this very moment, and whose is whose can't be told.
    return Taken(count, mine if len(mine) == count else ())


def take_back(service: Service, taken: Taken, *, by: str) -> int:
    """Withdraw what an import added, in one transaction; what was changed since stays.

    Parameters
    ----------
    service : Service
        Whose register it went into.
    taken : Taken
        From `take_in`.
    by : str
        Who takes it back.

    Returns
    -------
    int
        How many were withdrawn.
    """
    left = _unchanged(service, taken)
    while left:
        try:
            return service.register.void_many(((e, id_, 1) for e, id_ in left), by=by)
        except RegisterError as error:
            if error.key != "register.conflict":
                raise
            # Changed since it was looked at.
            left = [one for one in left if one[1] != error.values["id"]]
    return 0


def _unchanged(service: Service, taken: Taken) -> list[tuple[Entity, str]]:
    """Return those of the added records that nobody has changed or withdrawn."""
    register = service.register
    first = {record.id for record, number in register.numbered() if number == 1}
    return [
        (entity, id_)
        for entity, id_ in taken.ids
        if (register.newest_number("walk", id_) == 1 if entity == "walk" else id_ in first)
    ]


def write_rest(examined: Examined, path: Path) -> None:
    """Write the refused rows to a file to be corrected and imported anew.

    Parameters
    ----------
    examined : Examined
        From `examine`.
    path : pathlib.Path
        Where to; semicolons and UTF-8 with a mark, as a Swedish spreadsheet opens it. What could
        be taken for a formula is kept from being one.

    Raises
    ------
    IntakeError
        ``import.rest_failed`` if it can't be written.
    """
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
            writer.writerow([cell(one) for one in examined.reading.header])
            writer.writerows([cell(one) for one in row] for row in examined.reading.rest)
    except OSError as error:
        raise IntakeError("import.rest_failed", file=path.name) from error


def worded(problem: RowProblem, words: Words, catalogue: Catalogue) -> str:
    """Return a problem's sentence; what may be written instead is told by name.

    Parameters
    ----------
    problem : RowProblem
        From a report.
    words : Words
        The reader's.
    catalogue : Catalogue
        Whose kinds, categories, areas and parties there are.

    Returns
    -------
    str
        Plain text.
    """
    language, vocabulary = words.language, catalogue.vocabulary
    names = {
        "intake.unknown_kind": [t.name.to(language) for t in vocabulary.activity_kinds.values()],
        "intake.unknown_category": [
            t.name.to(language) for t in vocabulary.finding_categories.values()
        ],
        "intake.unknown_area": [area.name for area in catalogue.areas],
        "intake.unknown_party": [p.name.to(language) for p in catalogue.party_by_id.values()],
    }
    values = dict(problem.values)
    if "expected" in values and problem.key in names:
        values["expected"] = ", ".join(names[problem.key])
    return words(f"error.{problem.key}", **values)
