"""Importing a file: read it, tell what it holds, and only then save, all of it or the good rows.

`examine` reads and compares with the register, and writes nothing. `take_in` writes in one
transaction. What a person decides between the two is theirs; nothing is guessed.
"""

from __future__ import annotations

import csv
import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from geodata.errors import IntakeError, RegisterError
from geodata.intake.fields import folded
from geodata.intake.forms import author
from geodata.intake.importing import read_file
from geodata.intake.positions import GRID_CRS
from geodata.intake.report import ColumnUse as ColumnUse
from geodata.intake.report import GridUse as GridUse
from geodata.intake.report import Reading, Recall, unwatched
from geodata.intake.report import ReadOptions as ReadOptions
from geodata.intake.report import RowProblem as RowProblem
from geodata.intake.report import Stopped as Stopped
from geodata.intake.report import Watch as Watch
from geodata.intake.report import What as What
from geodata.intake.report import Whereabouts as Whereabouts
from geodata.model import (
    Activity,
    Catalogue,
    DoubleOf,
    Entity,
    Finding,
    HotSpot,
    LocalText,
    SourceKind,
    Walk,
)
from geodata.publish.values import cell, shape_of
from geodata.records.tables import COLUMNS, OWN_ID, SORTS, WHY_COLUMN, Kept, fingerprint
from geodata.register.bulk import Prepared
from geodata.register.content import entity_of
from geodata.register.store import READY_SHARE as READY_SHARE
from geodata.register.store import after_ready as after_ready
from geodata.service.answering import Linked, link
from geodata.service.core import Service
from geodata.texts import Words

SHOWN_PROBLEMS: Final = 500
"""Problems that a report carries; how many there are of each sort is told of all."""

SHOWN_DRAFTS: Final = 6
SHOWN_PLACES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds, in a size that can be shown whatever the file's."""

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
    drafts: tuple[Kept, ...]
    places: tuple[tuple[float, float], ...]
    options: ReadOptions
    has_rest: bool
    linked: int = 0
    unlinked: int = 0
    arealess: int = 0

    @property
    def whole(self) -> bool:
        """Whether everything in the file was understood: no error, of a row or of the file."""
        return not self.refused and all(one[1] != "error" for one in self.problem_counts)


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was read and compared: the report, and what would be added."""

    report: Report
    reading: Reading
    new: tuple[Kept, ...]


def report_of(
    reading: Reading,
    options: ReadOptions,
    new: Sequence[Kept],
    doubles: Mapping[str, DoubleOf],
    linked: Linked,
) -> Report:
    """Return what to tell of a file."""
    # What is told of the file or a sheet as a whole weighs more than what is told of one row.
    ordered = sorted(reading.problems, key=lambda p: (p.severity != "error", p.row is not None))
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
        arealess=sum(
            isinstance(record, Activity) and record.area_id is None and record.place is None
            for record in new
        ),
    )


def _lon_lat(record: Kept) -> tuple[float, float] | None:
    place = shape_of(record)
    if place is None:
        return None
    point = place.representative_point()
    return float(point.x), float(point.y)


def write_rest(examined: Examined, path: Path, words: Words, catalogue: Catalogue) -> None:
    """Write the refused rows to a file to be corrected and imported anew, with why beside each."""
    reading, width = examined.reading, len(examined.reading.header)
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
            writer.writerow([cell(one) for one in (*reading.header, WHY_COLUMN[words.language])])
            for row, problems in zip(reading.rest, reading.reasons, strict=True):
                why = " ".join(dict.fromkeys(worded(one, words, catalogue) for one in problems))
                padding = [""] * (width - len(row))
                # A cell beyond the header stays beyond it.
                cells = (*row[:width], *padding, why, *row[width:])
                writer.writerow([cell(one) for one in cells])
    except OSError as error:
        raise IntakeError("import.rest_failed", file=path.name) from error


def worded(problem: RowProblem, words: Words, catalogue: Catalogue) -> str:
    """Return a problem's sentence; what may be written instead is told by name."""
    if "expected" not in problem.values:
        return words(f"error.{problem.key}", **problem.values)
    vocabulary = catalogue.vocabulary
    names = {
        "intake.unknown_kind": [term.name for term in vocabulary.activity_kinds.values()],
        "intake.unknown_category": [term.name for term in vocabulary.finding_categories.values()],
        "intake.unknown_area": [LocalText(area.name, area.name) for area in catalogue.areas],
        "intake.unknown_party": [party.name for party in catalogue.party_by_id.values()],
    }.get(problem.key, [])
    values = dict(problem.values)
    if names:
        values["expected"] = ", ".join(name.to(words.language) for name in names)
    sentence = words(f"error.{problem.key}", **values)
    if not (near := values.get("near")):
        return sentence
    # As the catalogue spells it, in the language that the file is written in.
    spelled = (spelt for name in names for spelt in name.all if folded(spelt) == near)
    return f"{sentence} {words('import.near', near=next(spelled, near))}"


GRIDS: Final = tuple(GRID_CRS)
"""What columns of numbers can be said to be in."""

author_of = author
"""Who makes a change, from a form's values; see `geodata.intake.forms.author`."""

# A way's file can't come beside its table.
FIELDS: Final[Mapping[What, tuple[str, ...]]] = {
    sort: tuple(name for name in COLUMNS[sort] if name not in ("id", "route")) for sort in SORTS
}
"""What a column can be said to mean, in the order it is offered."""

READING_SHARE: Final = 0.9
"""How much of the work of examining a file is reading it; the rest is comparing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was added."""

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

    Where `options` say nothing of columns, these are understood as they were the last time a file
    with the same columns was imported. `watch` is told how much is done, from 0 to 1, and may raise
    `Stopped`. An IntakeError where the file as a whole can't be read.
    """
    with _without_collecting():
        return _examined(service, path, options or ReadOptions(), watch)


def _examined(service: Service, path: Path, chosen: ReadOptions, watch: Watch) -> Examined:
    recalled: dict[str, str] = {}

    def recall(columns: Sequence[ColumnUse]) -> Mapping[str, str]:
        recalled.update(_remembered(service, columns))
        return recalled

    reading = _read(service, path, chosen, watch, recall)
    chosen = replace(chosen, fields=recalled) if recalled else chosen
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
    doubles |= _same_hot_spots(service, reading.hot_spots)
    hot_spots = tuple(r for r in reading.hot_spots if r.id not in doubles)
    doubles |= _same_ids(service, reading.office)
    office = tuple(r for r in reading.office if r.id not in doubles)
    linked = link(
        service.promises(),
        activities,
        walks,
        # What the program itself wrote comes back as it was.
        wanted=chosen.link and not any(c.field == OWN_ID for c in reading.columns),
    )
    watch(1.0)
    new: tuple[Kept, ...]
    new = (*linked.walks, *linked.activities, *findings, *hot_spots, *office)
    return Examined(report_of(reading, chosen, new, doubles, linked), reading, new)


def _read(
    service: Service, path: Path, options: ReadOptions, watch: Watch, recall: Recall
) -> Reading:
    return read_file(
        path,
        catalogue=service.catalogue,
        locate_many=service.outlines.locate_many,
        options=options,
        origin_kind=SourceKind.IMPORTED,
        today=service.today(),
        walks={walk.id: walk for walk in service.register.walks()},
        meetings=[meeting.id for meeting in service.register.meetings()],
        watch=lambda share: watch(share * READING_SHARE),
        recall=recall,
    )


def _doubles(
    service: Service, entity: Entity, records: Sequence[Activity | Walk | Finding]
) -> Mapping[str, DoubleOf]:
    return service.register.doubles(entity, records, fingerprint) if records else {}


def _same_hot_spots(service: Service, spots: Sequence[HotSpot]) -> dict[str, DoubleOf]:
    """Return the register's hot spot for each that it has already: by id, or by what it says."""
    if not spots:
        return {}
    there = {fingerprint(spot): spot.id for spot in service.register.hot_spots()}
    taken = service.register.existing_ids("hot_spot", [spot.id for spot in spots])
    standing = set(there.values())
    return {
        spot.id: DoubleOf(same, same not in standing)
        for spot in spots
        if (same := spot.id if spot.id in taken else there.get(fingerprint(spot)))
    }


def _same_ids(service: Service, records: Sequence[Kept]) -> dict[str, DoubleOf]:
    """Return what the register has already under a record's id."""
    register = service.register
    return {
        id_: DoubleOf(id_, register.record(entity, id_).void)
        for entity, some in groupby(records, key=entity_of)
        for id_ in register.existing_ids(entity, [one.id for one in some])
    }


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


def _remembered(service: Service, columns: Sequence[ColumnUse]) -> Mapping[str, str]:
    """Return how the columns were understood last time; empty where it was as it is now."""
    if not columns:
        return {}
    kept = service.register.mapping(_signature(columns)) or {}
    # By the names as this file writes them: the signature doesn't see capitals and spaces.
    by_name = {_seen(header): field for header, field in kept.items()}
    fields = {c.header: by_name.get(_seen(c.header), c.field) for c in columns}
    return {} if fields == {c.header: c.field for c in columns} else fields


# --- saving --------------------------------------------------------------------------------------


def make_ready(service: Service, examined: Examined, *, watch: Watch = unwatched) -> Prepared:
    """Do all of `take_in` that needs neither the person nor the register's lock."""
    with _without_collecting():
        return service.register.make_ready(
            examined.new,
            skip_existing=True,
            watch=watch,
            verified=examined.reading.verified,
        )


def take_in(
    service: Service,
    examined: Examined,
    *,
    by: str,
    good_only: bool,
    watch: Watch = unwatched,
    ready: Prepared | None = None,
) -> Taken:
    """Add what a file holds, in one transaction.

    With `good_only` the good rows are wanted although others are refused; otherwise it is all or
    nothing, and an IntakeError ``intake.not_all_good`` where a row was refused. What somebody else
    has added since is passed over. `watch` may raise `Stopped`, and then nothing was saved, nor is
    it where the register can't be written to. `ready`, from `make_ready` of the same, is not
    closed; without it that is done here.
    """
    refused = examined.report.refused
    if refused and not good_only:
        raise IntakeError("intake.not_all_good", count=refused)
    if ready is not None:
        return _written(service, examined, ready, by, watch)
    with make_ready(service, examined, watch=lambda share: watch(READY_SHARE * share)) as made:
        return _written(service, examined, made, by, after_ready(watch))


def _written(service: Service, examined: Examined, ready: Prepared, by: str, watch: Watch) -> Taken:
    report = examined.report
    with _without_collecting():
        documents = examined.reading.documents.values()
        count = service.register.write(ready, by=by, watch=watch, documents=documents)
    if report.options.fields:
        service.register.remember_mapping(_signature(report.columns), report.options.fields)
    ids = dict.fromkeys((entity_of(record), record.id) for record in examined.new)
    # What was there by then was added by somebody else, and is not this import's to take back.
    return Taken(count, tuple(one for one in ids if one not in ready.passed_over))


def take_back(service: Service, taken: Taken, *, by: str, watch: Watch = unwatched) -> int:
    """Withdraw what an import added, in one transaction; what was changed since stays."""
    watch(0.0)
    with _without_collecting():
        left = _unchanged(service, taken)
        while left:
            wanted = [(entity, id_, 1) for entity, id_ in left]
            try:
                return service.register.void_many(wanted, by=by, watch=watch)
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
        if (
            register.newest_number(entity, id_) == 1
            if entity not in ("activity", "finding")
            else id_ in first
        )
    ]
