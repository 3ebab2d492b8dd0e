"""The register as its users see it: open it, add to it, change it, ask it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Final, Self, cast

from sqlalchemy import Connection, Engine, select

from geodata.model import (
    Activity,
    ActivityFilter,
    Bin,
    Evidence,
    Finding,
    Record,
    Revision,
    Walk,
)
from geodata.register import history, queries
from geodata.register.engine import (
    WRITING,
    bring_to_head,
    make_engine,
    parse_address,
    prepare_file,
    refuse_missing,
    shown_address,
)
from geodata.register.problems import translate_errors
from geodata.register.queries import ActivityPoint, BBox
from geodata.register.schema import FORMAT_KEY, Entity, register_info

BUSY_TIMEOUT_S: Final = 20.0
"""How long a save waits for another's, such as an import, before it gives up."""

EVERYTHING: Final = ActivityFilter()


class Register:
    """A record store behind one URL; threads may share it.

    Every method raises `RegisterError` with ``register.locked``, ``register.read_only``,
    ``register.disk_full``, ``register.damaged`` or ``register.unreachable`` where the database
    fails it. A write is one transaction: on any error nothing of it is left. When it returns,
    what it wrote is on disk.

    Use `Register.open`, and `close` it or use it in a ``with`` statement.
    """

    def __init__(self, engine: Engine, shown: str) -> None:
        self._engine = engine
        self._shown = shown

    @classmethod
    def open(cls, url: str, *, create: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open a register, made first or brought to this version where that is needed.

        Parameters
        ----------
        url : str
            SQLAlchemy URL. An SQLite file's folder is made too.
        create : bool, default True
            Whether to make one where there is none.
        busy_timeout_s : float, default 20
            How many seconds to wait for another's lock (SQLite).

        Returns
        -------
        Register
            Ready for use.

        Raises
        ------
        RegisterError
            ``register.missing`` (and `create` is False), ``register.newer`` (made by a newer
            version), ``register.not_a_register`` (something else is there),
            ``register.read_only``, ``register.disk_full``, ``register.locked``,
            ``register.damaged``, ``register.no_file`` (SQLite in memory),
            ``register.unreachable``. What was there is as it was.
        """
        address = parse_address(url)
        shown = shown_address(address)
        if address.get_backend_name() == "sqlite":
            prepare_file(address, create=create)
        engine = make_engine(address, busy_timeout_s)
        opened = False
        try:
            with translate_errors(shown):
                bring_to_head(engine, shown, create=create)
            opened = True
        finally:
            if not opened:
                engine.dispose()
        return cls(engine, shown)

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

    # --- writing -----------------------------------------------------------------------------

    def add(
        self,
        activities: Iterable[Activity] = (),
        walks: Iterable[Walk] = (),
        findings: Iterable[Finding] = (),
        *,
        by: str,
        chunk: int = history.CHUNK,
        skip_existing: bool = False,
    ) -> int:
        """Add new records in one transaction. A held walk is added as an activity too.

        Parameters
        ----------
        activities, walks, findings : iterables
            Read once, while the register is locked for writing; walks first.
        by : str
            Who adds them: a role, an office or a computer account.
        chunk : int, default 2000
            How many are held in memory at once.
        skip_existing : bool, default False
            Whether a record whose id is taken is passed over instead of refused; asked in the
            same transaction, so that two who add the same at once don't collide.

        Returns
        -------
        int
            How many were added; the activities of held walks aren't counted.

        Raises
        ------
        RegisterError
            ``register.duplicate_id``; ``register.follows_walk`` for an activity with a
            `walk_id`, since the walk itself is what is added.
        UnknownIdError
            ``unknown.walk`` for a finding on a walk that isn't there.
        """
        author = _author(by)
        with self._writing() as connection:
            return (
                history.create(
                    connection, "walk", walks, author, chunk, skip_existing=skip_existing
                )
                + history.create(
                    connection, "activity", activities, author, chunk, skip_existing=skip_existing
                )
                + history.create(
                    connection, "finding", findings, author, chunk, skip_existing=skip_existing
                )
            )

    def add_activities(
        self, activities: Iterable[Activity], *, by: str, chunk: int = history.CHUNK
    ) -> int:
        """Add activities in one transaction, as `add` does; return how many."""
        return self.add(activities=activities, by=by, chunk=chunk)

    def add_walks(self, walks: Iterable[Walk], *, by: str) -> int:
        """Add walks in one transaction, as `add` does; return how many."""
        return self.add(walks=walks, by=by)

    def add_findings(self, findings: Iterable[Finding], *, by: str) -> int:
        """Add findings in one transaction, as `add` does; return how many."""
        return self.add(findings=findings, by=by)

    def change(self, record: Record, *, by: str, expected_number: int) -> int:
        """Give a record new values; a walk's activity follows. See `history.change`."""
        with self._writing() as connection:
            return history.change(connection, record, _author(by), expected_number)

    def void(self, entity: Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Withdraw a record, and a walk's activity with it. See `history.set_void`."""
        with self._writing() as connection:
            author = _author(by)
            return history.set_void(
                connection, entity, record_id, author, expected_number, void=True
            )

    def restore(self, entity: Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Take a withdrawn record back, and a walk's activity. See `history.set_void`."""
        with self._writing() as connection:
            author = _author(by)
            return history.set_void(
                connection, entity, record_id, author, expected_number, void=False
            )

    # --- one record --------------------------------------------------------------------------

    def activity(self, record_id: str) -> Activity:
        """Return an activity, void or not; `UnknownIdError` ``unknown.activity`` if none."""
        return cast("Activity", self._record("activity", record_id))

    def walk(self, record_id: str) -> Walk:
        """Return a walk, void or not; `UnknownIdError` ``unknown.walk`` if none."""
        return cast("Walk", self._record("walk", record_id))

    def finding(self, record_id: str) -> Finding:
        """Return a finding, void or not; `UnknownIdError` ``unknown.finding`` if none."""
        return cast("Finding", self._record("finding", record_id))

    def _record(self, entity: Entity, record_id: str) -> Record:
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

    def evidence(self) -> list[Evidence]:
        """Return every activity's claim to count for a commitment, by day."""
        with self._reading() as connection:
            return queries.evidence(connection)

    def points(
        self, bbox: BBox, chosen: ActivityFilter = EVERYTHING, limit: int = 2_000
    ) -> list[ActivityPoint]:
        """Return the newest activities in view as points.

        Parameters
        ----------
        bbox : tuple of float
            West, south, east, north in WGS 84 degrees; compared by the map's grid (cells of
            1-2 m), where the west and north edges are in view and the east and south are not.
        chosen : ActivityFilter
            Which activities.
        limit : int
            At most so many.

        Returns
        -------
        list of ActivityPoint
            A line is its middle point; an activity without a place is not there.
        """
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


def _author(by: str) -> history.Author:
    return history.Author(by, datetime.now(UTC))
