"""Importing a file: read it, tell what it holds, and only then save, all of it or the good rows.

`examine` reads and compares with the register, and writes nothing. `take_in` writes in one
transaction. What a person decides between the two is theirs; nothing is guessed.

`work` does so in a process of its own: the screen stays quick, and a stop is heard at once. It is
told ``("read", path, options)``, ``("save", by, good_only)``, ``("take_back", by)`` and
``("stop",)``, and tells ``("report", Report)``, ``("saved", count)``, ``("taken_back", count)`` and
``("stopped", None)`` besides what every process tells (`geodata.service.worker`). While nothing is
asked of it, it makes what it has read ready to be saved.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from geodata import model
from geodata.errors import GeodataError, IntakeError, RegisterError
from geodata.intake.forms import author
from geodata.intake.importing import read_file
from geodata.intake.positions import GRID_CRS
from geodata.intake.report import ColumnUse, Reading, ReadOptions, Recall, What, unwatched
from geodata.intake.report import Stopped as Stopped
from geodata.intake.report import Watch as Watch
from geodata.records import COLUMNS, OWN_ID, SORTS, Kept, fingerprint
from geodata.register.bulk import READY_SHARE, Prepared, after_ready
from geodata.register.encoding import entity_of
from geodata.service.answering import link
from geodata.service.core import Service
from geodata.service.import_report import Examined, report_of, unnamed, write_rest
from geodata.service.worker import Limits, Telling, answer, run
from geodata.settings import Settings
from geodata.texts import Words

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
    ids: tuple[tuple[model.Entity, str], ...]


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
    work: Sequence[model.Activity | model.Walk] = (*walks, *activities)
    linked = work
    # What the program itself wrote comes back as it was.
    if chosen.link and not any(c.field == OWN_ID for c in reading.columns):
        linked = link(service.promises(), work)
    watch(1.0)
    new: tuple[Kept, ...]
    new = (*linked, *findings, *hot_spots, *office)
    return Examined(report_of(reading, chosen, new, doubles, unnamed(work)), reading, new)


def _read(
    service: Service, path: Path, options: ReadOptions, watch: Watch, recall: Recall
) -> Reading:
    return read_file(
        path,
        catalogue=service.catalogue,
        locate_many=service.outlines.locate_many,
        options=options,
        origin_kind=model.SourceKind.IMPORTED,
        today=service.today(),
        walks={walk.id: walk for walk in service.register.walks()},
        meetings=[meeting.id for meeting in service.register.meetings()],
        watch=lambda share: watch(share * READING_SHARE),
        recall=recall,
    )


def _doubles(
    service: Service,
    entity: model.Entity,
    records: Sequence[model.Activity | model.Walk | model.Finding],
) -> Mapping[str, model.DoubleOf]:
    return service.register.doubles(entity, records, fingerprint) if records else {}


def _same_hot_spots(service: Service, spots: Sequence[model.HotSpot]) -> dict[str, model.DoubleOf]:
    """Return the register's hot spot for each that it has already: by id, or by what it says."""
    if not spots:
        return {}
    there = {fingerprint(spot): spot.id for spot in service.register.hot_spots()}
    taken = service.register.existing_ids("hot_spot", [spot.id for spot in spots])
    standing = set(there.values())
    return {
        spot.id: model.DoubleOf(same, same not in standing)
        for spot in spots
        if (same := spot.id if spot.id in taken else there.get(fingerprint(spot)))
    }


def _same_ids(service: Service, records: Sequence[Kept]) -> dict[str, model.DoubleOf]:
    """Return what the register has already under a record's id."""
    register = service.register
    return {
        id_: model.DoubleOf(id_, register.record(entity, id_).void)
        for entity, some in groupby(records, key=entity_of)
        for id_ in register.existing_ids(entity, [one.id for one in some])
    }


def _on_known_walk(finding: model.Finding, doubles: Mapping[str, model.DoubleOf]) -> model.Finding:
    """Return a finding of the file's walk as one of the walk that the register has already."""
    double = doubles.get(finding.walk_id or "")
    return replace(finding, walk_id=double.id) if double else finding


def _after_known_walk(walk: model.Walk, doubles: Mapping[str, model.DoubleOf]) -> model.Walk:
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


def _unchanged(service: Service, taken: Taken) -> list[tuple[model.Entity, str]]:
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


# --- in a process of its own ----------------------------------------------------------------------

REST: Final = ".rest.csv"
"""How the file with the refused rows is called, beside the one that was sent: no such one is."""

IDLE_S: Final = 3_600.0
"""After this long without being asked for anything it ends, in seconds: what was read takes
memory."""

LIMITS: Final = Limits(memory_bytes=2_500_000_000, time_s=300.0)
"""A file of 100,000 rows takes 1.2 GB, of which pandas' store of texts sets aside 1 GB and uses
little, and a quarter of a minute."""


class _AskedMeanwhile(Exception):  # noqa: N818 - not an error: there is something else to do
    """What was done beforehand is left, since something else was asked for."""


class _Worker:
    """One import: what was read, what was saved, and the pipe to who asked for it."""

    def __init__(
        self, connection: Connection, settings: Settings, folder: Path, limits: Limits = LIMITS
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._tell_share = Telling(connection)
        self._folder = folder
        self._service = Service.open(settings)
        self._examined: Examined | None = None
        self._ready: Prepared | None = None
        self._taken: Taken | None = None
        self._asked: tuple[Any, ...] | None = None

    def run(self, idle_s: float) -> None:
        """Do what is asked until the pipe is closed, or nothing is asked for so long."""
        try:
            while self._asked or self._connection.poll(idle_s):
                asked, self._asked = self._asked or self._connection.recv(), None
                self._answer(self._do, *asked)
                if self._examined is not None and self._ready is None and self._taken is None:
                    self._answer(self._make_ready, self._examined)
        finally:
            self._forget()
            self._service.close()

    def _answer(self, do: Callable[..., None], *values: Any) -> None:
        def stoppable() -> None:
            try:
                do(*values)
            except Stopped:
                self._asked = None
                self._tell("stopped", None)

        answer(self._connection, self._limits, stoppable)

    def _do(self, name: str, *values: Any) -> None:
        if name == "read":
            self._read(*values)
        elif name == "save" and self._examined is not None:
            self._save(self._examined, *values)
        elif name == "take_back" and self._taken is not None:
            (by,) = values
            count = take_back(self._service, self._taken, by=by, watch=self._watch)
            self._tell("taken_back", count)

    def _read(
        self,
        path: Path,
        options: ReadOptions | None,
        language: model.Language = "sv",
    ) -> None:
        self._service.refresh()
        self._forget()
        examined = examine(self._service, path, options, watch=self._watch)
        rest = self._folder / REST
        if examined.report.has_rest:
            write_rest(examined, rest, Words(language), self._service.catalogue)
        else:
            rest.unlink(missing_ok=True)
        self._examined = examined
        self._tell("report", examined.report)

    def _save(self, examined: Examined, by: str, good_only: bool) -> None:
        self._taken = take_in(
            self._service,
            examined,
            by=by,
            good_only=good_only,
            watch=self._watch if self._ready is None else after_ready(self._watch),
            ready=self._ready,
        )
        self._close_ready()
        self._tell("saved", self._taken.count)

    # --- while the person reads the report -------------------------------------------------------

    def _make_ready(self, examined: Examined) -> None:
        """Do what a save needs beforehand; what fails now is tried again, and told, by the save."""
        with suppress(_AskedMeanwhile, GeodataError, MemoryError):
            self._ready = make_ready(self._service, examined, watch=self._watch_ready)

    def _watch_ready(self, share: float) -> None:
        """Go on if a save is asked for, which waits for this very work; else leave it."""
        if self._asked is not None:
            self._watch(READY_SHARE * share)
        elif self._connection.poll():
            self._asked = self._connection.recv()
            if self._asked[0] != "save":
                raise _AskedMeanwhile

    def _forget(self) -> None:
        """Forget what was read."""
        self._examined = None
        self._close_ready()

    def _close_ready(self) -> None:
        if self._ready is not None:
            self._ready.close()
        self._ready = None

    # --- the pipe --------------------------------------------------------------------------------

    def _watch(self, share: float) -> None:
        while self._connection.poll():
            if self._connection.recv()[0] == "stop":
                raise Stopped
        self._tell_share(share)

    def _tell(self, *told: Any) -> None:
        self._connection.send(told)


def work(
    connection: Connection,
    settings: Settings,
    folder: Path,
    idle_s: float = IDLE_S,
    limits: Limits = LIMITS,
) -> None:
    """Run an import; the entry of its process. Its own folder is for the file with the rest."""
    run(connection, limits, lambda: _Worker(connection, settings, folder, limits).run(idle_s))
