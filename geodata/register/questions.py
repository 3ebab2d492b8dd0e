"""What a register is asked: one record or many, as values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from sqlalchemy import Column, Connection, Engine, insert, select, update

from geodata.model import (
    Activity,
    ActivityFilter,
    Bin,
    Decision,
    DoubleOf,
    Entry,
    Evidence,
    Finding,
    HotSpot,
    Meeting,
    Plan,
    Record,
    Revision,
    Walk,
    Work,
)
from geodata.register import bulk, history, queries
from geodata.register.bulk import Fingerprint, Inserts
from geodata.register.content import normalised, to_content
from geodata.register.engine import WRITING, refuse_missing
from geodata.register.problems import translate_errors
from geodata.register.queries import ActivityPoint, BBox
from geodata.register.schema import FORMAT_KEY, Entity, import_mapping, register_info

EVERYTHING: Final = ActivityFilter()


class Questions:
    """An open database: how it is read and written, and all that it is asked.

    `Register` builds on it.
    """

    def __init__(self, engine: Engine, shown: str) -> None:
        self._engine = engine
        self._shown = shown
        self._inserts = Inserts(engine.dialect)
        self.kept: Path | None = None
        """The copy of an older register that was made before it was brought to this version."""

    def close(self) -> None:
        """Close every connection; harmless when done twice."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the register throughout."""
        refuse_missing(self._engine.url)
        with translate_errors(self._shown), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that no other writer is in beside it."""
        refuse_missing(self._engine.url)
        with (
            translate_errors(self._shown),
            self._engine.connect().execution_options(**{WRITING: True}) as connection,
            connection.begin(),
        ):
            # SQLite has its one write lock already. Elsewhere this row is the queue: revisions
            # become visible in the order of their sequence, so `version` never looks backwards.
            queue = select(register_info.c.value).where(register_info.c.key == FORMAT_KEY)
            connection.execute(queue.with_for_update())
            yield connection

    # --- importing ---------------------------------------------------------------------------

    def doubles(
        self, entity: Entity, records: Sequence[Work], fingerprint: Fingerprint
    ) -> dict[str, DoubleOf]:
        """Return which new records are there already. See `bulk.find_doubles`."""
        with self._reading() as connection:
            return bulk.find_doubles(connection, entity, records, fingerprint)

    def mapping(self, headers: str) -> dict[str, str] | None:
        """Return how a file's columns were understood, None if they were never seen before."""
        found = select(import_mapping.c.fields).where(import_mapping.c.headers == headers)
        with self._reading() as connection:
            return connection.scalar(found)

    def remember_mapping(self, headers: str, fields: Mapping[str, str]) -> None:
        """Keep how a file's columns are to be understood, in place of what was kept before."""
        self._keep(import_mapping.c.headers, headers, import_mapping.c.fields, dict(fields))

    # --- what the program remembers about the register -----------------------------------------

    def remembered(self, key: str) -> str | None:
        """Return what `remember` kept under a key, None where nothing was."""
        found = select(register_info.c.value).where(register_info.c.key == key)
        with self._reading() as connection:
            return connection.scalar(found)

    def remember(self, key: str, value: str) -> None:
        """Keep a text about the register itself in it, in place of an earlier one."""
        self._keep(register_info.c.key, key, register_info.c.value, value)

    def _keep(self, name: Column[str], key: str, column: Column[Any], value: object) -> None:
        """Put a value under a key of a table, in place of an earlier one."""
        there = update(name.table).where(name == key).values({column: value})
        with self._writing() as connection:
            if not connection.execute(there).rowcount:
                connection.execute(insert(name.table).values({name: key, column: value}))

    # --- one record --------------------------------------------------------------------------

    def activity(self, record_id: str) -> Activity:
        """Return an activity, void or not; `UnknownIdError` ``unknown.activity`` if none."""
        return cast("Activity", self.record("activity", record_id))

    def walk(self, record_id: str) -> Walk:
        """Return a walk, void or not; `UnknownIdError` ``unknown.walk`` if none."""
        return cast("Walk", self.record("walk", record_id))

    def finding(self, record_id: str) -> Finding:
        """Return a finding, void or not; `UnknownIdError` ``unknown.finding`` if none."""
        return cast("Finding", self.record("finding", record_id))

    def decision(self, record_id: str) -> Decision:
        """Return a decision, void or not; `UnknownIdError` ``unknown.decision`` if none."""
        return cast("Decision", self.record("decision", record_id))

    def meeting(self, record_id: str) -> Meeting:
        """Return a meeting, void or not; `UnknownIdError` ``unknown.meeting`` if none."""
        return cast("Meeting", self.record("meeting", record_id))

    def hot_spot(self, record_id: str) -> HotSpot:
        """Return a hot spot, void or not; `UnknownIdError` ``unknown.hot_spot`` if none."""
        return cast("HotSpot", self.record("hot_spot", record_id))

    def plan(self, record_id: str) -> Plan:
        """Return a plan, void or not; `UnknownIdError` ``unknown.plan`` if none."""
        return cast("Plan", self.record("plan", record_id))

    def record(self, entity: Entity, record_id: str) -> Record:
        """Return a record, void or not; UnknownIdError if there is none of that kind."""
        with self._reading() as connection:
            return history.read(connection, entity, record_id)

    def revisions(self, entity: Entity, record_id: str) -> list[Revision]:
        """Return a record's history, oldest first; empty if there is no such record."""
        with self._reading() as connection:
            return list(history.revisions(connection, entity, record_id))

    def newest_number(self, entity: Entity, record_id: str) -> int:
        """Return the number to expect when changing a record, 0 if there is no such record."""
        with self._reading() as connection:
            return history.newest_number(connection, entity, record_id)

    def existing_ids(self, entity: Entity, ids: Iterable[str]) -> set[str]:
        """Return those ids that are taken, by void records too."""
        with self._reading() as connection:
            return history.existing_ids(connection, entity, ids)

    @staticmethod
    def content(record: Record) -> Mapping[str, object]:
        """Return a record as its revision would hold it: JSON values by field."""
        return to_content(normalised(record))

    # --- many records, never void ones -------------------------------------------------------

    def version(self) -> int:
        """Return the newest revision's sequence, 0 when empty: it grows with every change."""
        with self._reading() as connection:
            return queries.version(connection)

    def activities(
        self, chosen: ActivityFilter = EVERYTHING, *, limit: int | None = None, offset: int = 0
    ) -> list[Activity]:
        """Return activities, newest first (day, then start), from `offset`, at most `limit`."""
        with self._reading() as connection:
            return queries.activities(connection, chosen, limit, offset)

    def count_activities(self, chosen: ActivityFilter = EVERYTHING) -> int:
        """Return how many activities a filter finds."""
        with self._reading() as connection:
            return connection.scalar(queries.select_count(chosen)) or 0

    def latest_days(self, chosen: ActivityFilter = EVERYTHING) -> dict[str, date]:
        """Return the newest activity's day by area; areas without any are left out."""
        with self._reading() as connection:
            return queries.latest_days(connection, chosen)

    def walks(self, area_ids: Collection[str] | None = None) -> list[Walk]:
        """Return walks by start, in some areas or all."""
        with self._reading() as connection:
            return queries.walks(connection, area_ids)

    def findings(
        self, area_ids: Collection[str] | None = None, walk_id: str | None = None
    ) -> list[Finding]:
        """Return findings by day, in some areas or all, of one walk or all."""
        with self._reading() as connection:
            return queries.findings(connection, area_ids, walk_id)

    def decisions(self) -> list[Decision]:
        """Return every decision by the day that it was made."""
        with self._reading() as connection:
            return queries.decisions(connection)

    def meetings(self) -> list[Meeting]:
        """Return every meeting, the newest first."""
        with self._reading() as connection:
            return queries.meetings(connection)

    def hot_spots(self) -> list[HotSpot]:
        """Return every hot spot by name, those that have ended too."""
        with self._reading() as connection:
            return queries.hot_spots(connection)

    def plans(self) -> list[Plan]:
        """Return every plan, the newest first."""
        with self._reading() as connection:
            return queries.plans(connection)

    def evidence(self) -> list[Evidence]:
        """Return every activity's claim to count for a commitment, by day."""
        with self._reading() as connection:
            return queries.evidence(connection)

    def entries(self) -> list[Entry]:
        """Return every activity as a line of the register, newest first."""
        with self._reading() as connection:
            return queries.entries(connection)

    def activities_by_id(self, ids: Sequence[str]) -> list[Activity]:
        """Return activities in the order of their ids, a page of them; void ones are left out."""
        with self._reading() as connection:
            return queries.activities_by_id(connection, ids)

    def numbered(self) -> list[tuple[Record, int]]:
        """Return every activity and finding with the number to expect when changing it."""
        with self._reading() as connection:
            return queries.numbered(connection)

    def points(
        self, bbox: BBox, chosen: ActivityFilter = EVERYTHING, limit: int = 2_000
    ) -> list[ActivityPoint]:
        """Return the newest activities in view as points."""
        with self._reading() as connection:
            return queries.points(connection, bbox, chosen, limit)

    def count_points(self, bbox: BBox, chosen: ActivityFilter = EVERYTHING) -> int:
        """Return how many points are in view, exactly as `points` and `bins` see it."""
        with self._reading() as connection:
            return connection.scalar(queries.select_count(chosen, bbox)) or 0

    def bins(self, bbox: BBox, zoom: int, chosen: ActivityFilter = EVERYTHING) -> list[Bin]:
        """Return counts of the points in view, by squares of 32 screen pixels at a zoom."""
        with self._reading() as connection:
            return queries.bins(connection, bbox, zoom, chosen)

    def has_only_published(self) -> bool:
        """Tell whether there is nothing but what the parties have published."""
        with self._reading() as connection:
            return queries.has_only_published(connection)

    def has_examples(self) -> bool:
        """Tell whether any record is an example."""
        with self._reading() as connection:
            return queries.has_examples(connection)

    def counts(self) -> dict[str, int]:
        """Return how many activities, walks and findings there are, by those names."""
        with self._reading() as connection:
            return queries.counts(connection)
