"""The register as its users see it: open it, add to it, change it, ask it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Sized
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Final, Self, cast

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
from geodata.register import history, many, mappings, queries, remembering
from geodata.register.bulk import NOBODY, Prepared, Watch, batches
from geodata.register.connections import Connections
from geodata.register.content import normalised, to_content
from geodata.register.doubles import Fingerprint, find_doubles
from geodata.register.engine import (
    bring_to_head,
    make_engine,
    parse_address,
    prepare_file,
    shown_address,
)
from geodata.register.numbered import numbered
from geodata.register.problems import translate_errors
from geodata.register.queries import ActivityPoint, BBox
from geodata.register.schema import Entity

BUSY_TIMEOUT_S: Final = 20.0
"""How long a save waits for another's, such as an import, before it gives up."""

READY_SHARE: Final = 0.5
"""Making records ready takes about as long as writing them."""

EVERYTHING: Final = ActivityFilter()


class Register(Connections):
    """A record store behind one URL; threads may share it.

    Every method raises `RegisterError` with ``register.locked``, ``register.read_only``,
    ``register.disk_full``, ``register.damaged`` or ``register.unreachable`` where the database
    fails it. A write is one transaction: on any error nothing of it is left. When it returns,
    what it wrote is on disk.

    Use `Register.open`, and `close` it or use it in a ``with`` statement.
    """

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
                kept = bring_to_head(engine, shown, create=create)
            opened = True
        finally:
            if not opened:
                engine.dispose()
        register = cls(engine, shown)
        register.kept = kept
        return register

    # --- writing -----------------------------------------------------------------------------

    def add(
        self,
        activities: Iterable[Activity] = (),
        walks: Iterable[Walk] = (),
        findings: Iterable[Finding] = (),
        decisions: Iterable[Decision] = (),
        meetings: Iterable[Meeting] = (),
        hot_spots: Iterable[HotSpot] = (),
        plans: Iterable[Plan] = (),
        *,
        by: str,
        chunk: int = history.CHUNK,
        skip_existing: bool = False,
        watch: Watch | None = None,
        verified: Mapping[str, str] = NOBODY,
    ) -> int:
        """Add new records in one transaction. A held walk is added as an activity too.

        Parameters
        ----------
        activities, walks, findings, decisions, meetings, hot_spots, plans : iterables
            Read once, before the register is locked for writing; walks first.
        by : str
            Who adds them: a role, an office or a computer account.
        chunk : int, default 10000
            How many are held in memory at once.
        skip_existing : bool, default False
            Whether a record whose id is taken is passed over instead of refused; asked in the
            same transaction, so that two who add the same at once don't collide.
        watch : callable, optional
            Told now and then which share is done, 0-1. Whatever it raises passes through, and
            nothing is added. It should answer at once: others may wait for the lock.
        verified : mapping of str to str, optional
            Id of the party that has confirmed the activity that a held walk is, by the walk's
            id.

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
        tell = watch or _untold
        with self.make_ready(
            activities,
            walks,
            findings,
            decisions,
            meetings,
            hot_spots,
            plans,
            chunk=chunk,
            skip_existing=skip_existing,
            watch=lambda share: tell(READY_SHARE * share),
            verified=verified,
        ) as prepared:
            return self.write(
                prepared, by=by, watch=lambda share: tell(READY_SHARE + (1 - READY_SHARE) * share)
            )

    def make_ready(
        self,
        activities: Iterable[Activity] = (),
        walks: Iterable[Walk] = (),
        findings: Iterable[Finding] = (),
        decisions: Iterable[Decision] = (),
        meetings: Iterable[Meeting] = (),
        hot_spots: Iterable[HotSpot] = (),
        plans: Iterable[Plan] = (),
        *,
        chunk: int = history.CHUNK,
        skip_existing: bool = False,
        watch: Watch | None = None,
        verified: Mapping[str, str] = NOBODY,
    ) -> Prepared:
        """Do all of `add` that needs no lock, whose parameters and errors it has.

        Returns
        -------
        Prepared
            For `write`; to be closed by the caller.
        """
        tell = watch or _untold
        groups: tuple[tuple[Entity, Iterable[Record]], ...] = (
            ("walk", walks),
            ("activity", activities),
            ("finding", findings),
            ("decision", decisions),
            ("meeting", meetings),
            ("hot_spot", hot_spots),
            ("plan", plans),
        )
        sizes = [len(records) for _, records in groups if isinstance(records, Sized)]
        total = sum(sizes) if len(sizes) == len(groups) else 0
        with ExitStack() as unless_ready:
            prepared = unless_ready.enter_context(
                Prepared(self._inserts, self._shown, skip_existing=skip_existing, verified=verified)
            )
            for entity, records in groups:
                for some in batches(records, chunk):
                    prepared.take(entity, some)
                    tell(min(prepared.count / total, 1) if total else 0)
            unless_ready.pop_all()
        return prepared

    def write(self, prepared: Prepared, *, by: str, watch: Watch | None = None) -> int:
        """Add what was made ready, as `add` does; return how many were added.

        `Prepared.passed_over` then holds the records that were there already.
        """
        with self._writing() as connection:
            return history.create(connection, prepared, _author(by), watch or _untold)

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

    def change_many(self, changes: Iterable[tuple[Record, int]], *, by: str) -> int:
        """Give many records new values in one transaction; return how many were changed.

        Each comes with the number to expect, as for `change`; none comes twice. On any error
        nothing is changed.
        """
        with self._writing() as connection:
            return many.change_many(connection, changes, _author(by))

    def void_many(
        self, ids: Iterable[tuple[Entity, str, int]], *, by: str, watch: Watch | None = None
    ) -> int:
        """Withdraw many records in one transaction; return how many were not void before.

        Each is its entity, its id and the number to expect, as for `void`; none comes twice.
        On any error nothing is changed. `watch` is as for `add`.
        """
        with self._writing() as connection:
            return many.void_many(connection, ids, _author(by), watch or _untold)

    def bring_back(
        self, entity: Entity, record_id: str, number: int, *, by: str, expected_number: int
    ) -> int:
        """Make an earlier revision's content the present one. See `history.bring_back`."""
        with self._writing() as connection:
            author = _author(by)
            return history.bring_back(
                connection, entity, record_id, number, author, expected_number
            )

    # --- importing ---------------------------------------------------------------------------

    def doubles(
        self, entity: Entity, records: Sequence[Work], fingerprint: Fingerprint
    ) -> dict[str, DoubleOf]:
        """Return which new records are there already. See `doubles.find_doubles`."""
        with self._reading() as connection:
            return find_doubles(connection, entity, records, fingerprint)

    def mapping(self, headers: str) -> dict[str, str] | None:
        """Return how a file's columns were understood, None if they were never seen before."""
        with self._reading() as connection:
            return mappings.find(connection, headers)

    def remember_mapping(self, headers: str, fields: Mapping[str, str]) -> None:
        """Keep how a file's columns are to be understood, in place of what was kept before."""
        with self._writing() as connection:
            mappings.keep(connection, headers, fields)

    # --- what the program remembers about the register -----------------------------------------

    def remembered(self, key: str) -> str | None:
        """Return what `remember` kept under a key, None where nothing was."""
        with self._reading() as connection:
            return remembering.remembered(connection, key)

    def remember(self, key: str, value: str) -> None:
        """Keep a text about the register itself in it, in place of an earlier one."""
        with self._writing() as connection:
            remembering.remember(connection, key, value)

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

    def decision(self, record_id: str) -> Decision:
        """Return a decision, void or not; `UnknownIdError` ``unknown.decision`` if none."""
        return cast("Decision", self._record("decision", record_id))

    def meeting(self, record_id: str) -> Meeting:
        """Return a meeting, void or not; `UnknownIdError` ``unknown.meeting`` if none."""
        return cast("Meeting", self._record("meeting", record_id))

    def hot_spot(self, record_id: str) -> HotSpot:
        """Return a hot spot, void or not; `UnknownIdError` ``unknown.hot_spot`` if none."""
        return cast("HotSpot", self._record("hot_spot", record_id))

    def plan(self, record_id: str) -> Plan:
        """Return a plan, void or not; `UnknownIdError` ``unknown.plan`` if none."""
        return cast("Plan", self._record("plan", record_id))

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
            return numbered(connection)

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


def _untold(_share: float) -> None:
    """Watch nothing."""


def _author(by: str) -> history.Author:
    return history.Author(by, datetime.now(UTC))
