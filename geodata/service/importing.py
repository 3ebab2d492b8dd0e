"""Importing a file: read it, tell what it holds, and only then save, all of it or the good rows.

`examine` reads and compares with the register, and writes nothing. `take_in` writes in one
transaction. What a person decides between the two is theirs; nothing is guessed.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

from geodata.errors import IntakeError, RegisterError
from geodata.intake import RowProblem, read_file
from geodata.intake.forms import author
from geodata.intake.report import (
    ColumnUse,
    GridName,
    GridUse,
    Reading,
    ReadOptions,
    Recall,
    Stopped,
    Watch,
    What,
    Whereabouts,
    unwatched,
)
from geodata.model import Activity, DoubleOf, Entity, Finding, HotSpot, SourceKind, Walk
from geodata.records import COLUMNS, OWN_ID, SORTS, fingerprint
from geodata.register.bulk import Prepared
from geodata.service.answering import link
from geodata.service.core import Service
from geodata.service.import_report import Examined, Report, report_of, worded, write_rest

__all__ = [
    "FIELDS",
    "GRIDS",
    "READY_SHARE",
    "ColumnUse",
    "Examined",
    "GridName",
    "GridUse",
    "ReadOptions",
    "Report",
    "RowProblem",
    "Stopped",
    "Taken",
    "Watch",
    "What",
    "Whereabouts",
    "author_of",
    "examine",
    "make_ready",
    "take_back",
    "take_in",
    "worded",
    "write_rest",
]


GRIDS: Final = get_args(GridName)
"""What columns of numbers can be said to be in."""

author_of = author
"""Who makes a change, from a form's values; see `geodata.intake.forms.author`."""

# A way's file can't come beside its table.
FIELDS: Final[Mapping[What, tuple[str, ...]]] = {
    sort: tuple(name for name in COLUMNS[sort] if name not in ("id", "route")) for sort in SORTS
}
"""What a column can be said to mean, in the order it is offered."""

READY_SHARE: Final = 0.5
"""Making records ready takes about as long as writing them."""

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
    linked = link(
        service.catalogue.promises,
        activities,
        walks,
        # What the program itself wrote comes back as it was.
        wanted=chosen.link and not any(c.field == OWN_ID for c in reading.columns),
    )
    activities, walks = linked.activities, linked.walks
    watch(1.0)
    new: tuple[Activity | Walk | Finding | HotSpot, ...]
    new = (*walks, *activities, *findings, *hot_spots)
    report = report_of(reading, chosen, new, doubles, linked)
    return Examined(report, reading, activities, walks, findings, hot_spots)


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
            examined.activities,
            examined.walks,
            examined.findings,
            hot_spots=examined.hot_spots,
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
    ready : Prepared, optional
        From `make_ready`, of the same; it is not closed. Without it that is done here.

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
    refused = examined.report.refused
    if refused and not good_only:
        raise IntakeError("intake.not_all_good", count=refused)
    if ready is not None:
        return _written(service, examined, ready, by, watch)
    with make_ready(service, examined, watch=lambda share: watch(READY_SHARE * share)) as made:
        return _written(
            service,
            examined,
            made,
            by,
            lambda share: watch(READY_SHARE + (1 - READY_SHARE) * share),
        )


def _written(service: Service, examined: Examined, ready: Prepared, by: str, watch: Watch) -> Taken:
    report = examined.report
    with _without_collecting():
        count = service.register.write(ready, by=by, watch=watch)
    if report.options.fields:
        service.register.remember_mapping(_signature(report.columns), report.options.fields)
    ids: list[tuple[Entity, str]] = [
        *(("walk", record.id) for record in examined.walks),
        *(("activity", record.id) for record in examined.activities),
        *(("finding", record.id) for record in examined.findings),
        *(("hot_spot", record.id) for record in examined.hot_spots),
    ]
    # What was there by then was added by somebody else, and is not this import's to take back.
    return Taken(count, tuple(one for one in dict.fromkeys(ids) if one not in ready.passed_over))


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
            if entity in ("walk", "hot_spot")
            else id_ in first
        )
    ]
