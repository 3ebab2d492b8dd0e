"""The register as its users see it: open it, ask it, add to it, change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar, cast

from sqlalchemy import Column, Connection, Engine, insert, select, update

from geodata import model
from geodata.errors import RegisterError
from geodata.model import Entity, Photographs, Record
from geodata.register import bulk, disposals, hints, history, queries, search, sums, view
from geodata.register.bulk import NOBODY, Inserts, Prepared, Watch, after_ready, files_of
from geodata.register.databases import translate_errors
from geodata.register.disposals import Due, overwrite
from geodata.register.encoding import ENTITY_OF, normalised, to_content
from geodata.register.engine import (
    WRITING,
    bring_to_head,
    make_engine,
    one_state,
    parse_address,
    prepare_file,
    refuse_missing,
    shown_address,
)
from geodata.register.jobs import JobBoard
from geodata.register.rows import batches
from geodata.register.schema import FORMAT_KEY, import_mapping, register_info

BUSY_TIMEOUT_S: Final = 20.0
"""How long a save waits for another's, such as an import, before it gives up."""

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Kind = TypeVar("Kind", bound=Record)


def _asks(
    ask: Callable[Concatenate[Connection, Asked], Answer],
) -> Callable[Concatenate[Register, Asked], Answer]:
    """Return the method of a `Register` that asks its database a function's question."""

    def method(register: Register, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        with register.reading() as connection:
            return ask(connection, *args, **kwargs)

    return method


def _one(kind: type[Kind]) -> Callable[[Register, str], Kind]:
    """Return the method that gives a record of a kind by its id; see `Register.record`."""
    entity = ENTITY_OF[kind]

    def method(register: Register, /, record_id: str) -> Kind:
        return cast("Kind", register.record(entity, record_id))

    return method


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
        self._inserts = Inserts(engine.dialect)
        self.jobs = JobBoard.beside(engine)
        self.kept: Path | None = None
        """The copy of an older register that was made before it was brought to this version."""

    def close(self) -> None:
        """Close every connection; harmless when done twice."""
        self.jobs.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        register = cls(engine, shown)
        with ExitStack() as unless_open, translate_errors(shown):
            unless_open.callback(register.close)
            register.kept = bring_to_head(engine, shown, create=create)
            unless_open.pop_all()
        return register

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the register throughout."""
        refuse_missing(self._engine.url)
        with translate_errors(self._shown), one_state(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self, by: str) -> Iterator[history.Writer]:
        """Give who writes a transaction that no other writer is in beside it."""
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
            yield history.Writer(connection, by, datetime.now(UTC))

    # --- asking ------------------------------------------------------------------------------

    activity = _one(model.Activity)
    walk = _one(model.Walk)
    finding = _one(model.Finding)
    decision = _one(model.Decision)
    meeting = _one(model.Meeting)
    hot_spot = _one(model.HotSpot)
    plan = _one(model.Plan)
    photo = _one(model.Photo)

    record = _asks(history.read)
    revisions = _asks(history.revisions)
    newest_number = _asks(history.newest_number)
    existing_ids = _asks(history.existing_ids)
    doubles = _asks(bulk.find_doubles)

    version = _asks(queries.version)
    counts = _asks(queries.counts)
    has_examples = _asks(queries.has_examples)
    has_only_published = _asks(queries.has_only_published)
    activities = _asks(queries.activities)
    activities_within = _asks(queries.activities_within)
    activity_days = _asks(queries.activity_days)
    activity_extent = _asks(view.activity_extent)
    activities_by_id = _asks(queries.activities_by_id)
    count_activities = _asks(sums.count_activities)
    entries = _asks(queries.entries)
    evidence = _asks(queries.evidence)
    doubtful = _asks(queries.doubtful)
    ids_on = _asks(queries.ids_on)
    find_texts = _asks(search.find_texts)
    day_tallies = _asks(sums.day_tallies)
    latest_days = _asks(queries.latest_days)
    count_points = _asks(view.count_points)
    places_in = _asks(view.places_in)
    points = _asks(view.points)
    bins = _asks(view.bins)
    squares = _asks(view.squares)
    walks = _asks(queries.walks)
    findings = _asks(queries.findings)
    numbered = _asks(queries.numbered)
    dated = _asks(queries.dated)
    decisions = _asks(queries.decisions)
    meetings = _asks(queries.meetings)
    hot_spots = _asks(queries.hot_spots)
    plans = _asks(queries.plans)
    photos = _asks(queries.photos)
    catalogue_entries = _asks(queries.catalogue_entries)
    catalogue_revisions = _asks(history.catalogue_revisions)
    catalogue_version = _asks(queries.catalogue_version)
    changed_after = _asks(history.changed_after)
    document = _asks(history.document)
    due = _asks(disposals.due)
    minutes_since = _asks(disposals.minutes_since)
    latest_disposal = _asks(disposals.latest)
    opening = _asks(hints.opening)
    walk_hints = _asks(hints.walk_hints)
    disposals = _asks(disposals.disposals)

    @staticmethod
    def content(record: Record) -> Mapping[str, object]:
        """Return a record as its revision would hold it: JSON values by field."""
        return to_content(normalised(record))

    # --- what the program remembers about the register -----------------------------------------

    def mapping(self, headers: str) -> dict[str, str] | None:
        """Return how a file's columns were understood, None if they were never seen before."""
        found = select(import_mapping.c.fields).where(import_mapping.c.headers == headers)
        with self.reading() as connection:
            return connection.scalar(found)

    def remember_mapping(self, headers: str, fields: Mapping[str, str]) -> None:
        """Keep how a file's columns are to be understood, in place of what was kept before."""
        self._keep(import_mapping.c.headers, headers, import_mapping.c.fields, dict(fields))

    def remembered(self, key: str) -> str | None:
        """Return what `remember` kept under a key, None where nothing was."""
        found = select(register_info.c.value).where(register_info.c.key == key)
        with self.reading() as connection:
            return connection.scalar(found)

    def remember(self, key: str, value: str) -> None:
        """Keep a text about the register itself in it, in place of an earlier one."""
        self._keep(register_info.c.key, key, register_info.c.value, value)

    def _keep(self, name: Column[str], key: str, column: Column[Any], value: object) -> None:
        """Put a value under a key of a table, in place of an earlier one."""
        there = update(name.table).where(name == key).values({column: value})
        with self._writing("") as writer:
            if not writer.connection.execute(there).rowcount:
                writer.connection.execute(insert(name.table).values({name: key, column: value}))

    # --- writing -----------------------------------------------------------------------------

    def add(
        self,
        *groups: Iterable[Record],
        by: str,
        chunk: int = history.CHUNK,
        skip_existing: bool = False,
        watch: Watch | None = None,
        photos: Photographs = (),
    ) -> int:
        """Add new records in one transaction. A held walk is added as an activity too.

        Parameters
        ----------
        *groups : iterables of records
            Of any kinds. Read once, before the register is locked for writing.
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
        photos : sequence of Photo and Picture
            New ones, of these records or of others; they come too, or nothing does.

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
            ``unknown.walk`` for a finding on a walk that isn't there; a photo's record alike.
        """
        tell = watch or bulk.untold
        with self.make_ready(
            *groups,
            [photo for photo, _ in photos],
            chunk=chunk,
            skip_existing=skip_existing,
            watch=lambda share: tell(bulk.READY_SHARE * share),
        ) as prepared:
            return self.write(prepared, by=by, watch=after_ready(tell), documents=files_of(photos))

    def make_ready(
        self,
        *groups: Iterable[Record],
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
        sizes = [len(records) for records in groups if isinstance(records, Sized)]
        total = sum(sizes) if len(sizes) == len(groups) else 0
        with ExitStack() as unless_ready:
            prepared = unless_ready.enter_context(
                Prepared(self._inserts, self._shown, skip_existing=skip_existing, verified=verified)
            )
            for some in chain.from_iterable(batches(group, chunk) for group in groups):
                prepared.take(some)
                (watch or bulk.untold)(min(prepared.count / total, 1) if total else 0)
            unless_ready.pop_all()
        return prepared

    def write(
        self,
        prepared: Prepared,
        *,
        by: str,
        watch: Watch | None = None,
        documents: Iterable[bytes] = (),
    ) -> int:
        """Add what was made ready, as `add` does, and the files that records among it name.

        `Prepared.passed_over` then holds the records that were there already. Returns how many
        were added.
        """
        with self._writing(by) as writer:
            history.keep_documents(writer, documents)
            return history.create(writer, prepared, watch or bulk.untold)

    def change(
        self, record: Record, *, by: str, expected_number: int, photos: Photographs = ()
    ) -> int:
        """Give a record new values and photos; a walk's activity follows. See `history.change`."""
        with self._writing(by) as writer:
            history.keep_documents(writer, files_of(photos))
            history.put(writer, ((photo, 0) for photo, _ in photos))
            return history.change(writer, record, expected_number)

    def freeze(
        self,
        record: Record,
        documents: Iterable[bytes],
        *,
        by: str,
        expected_number: int,
        expected_version: int,
    ) -> int:
        """Change a record as `change` does, and keep with it the files that it names.

        Raises RegisterError ``register.conflict`` also where anything at all has been written
        since the version that the files tell of.
        """
        with self._writing(by) as writer:
            if queries.version(writer.connection) != expected_version:
                raise RegisterError("register.conflict", id=record.id)
            history.keep_documents(writer, documents)
            return history.change(writer, record, expected_number)

    def put(self, records: Iterable[tuple[Record, int]], *, by: str) -> None:
        """Create and change records in one transaction. See `history.put`."""
        with self._writing(by) as writer:
            history.put(writer, records)

    def void(self, entity: Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Withdraw a record, and a walk's activity with it. See `history.set_void`."""
        with self._writing(by) as writer:
            return history.set_void(writer, entity, record_id, expected_number, void=True)

    def restore(self, entity: Entity, record_id: str, *, by: str, expected_number: int) -> int:
        """Take a withdrawn record back, and a walk's activity. See `history.set_void`."""
        with self._writing(by) as writer:
            return history.set_void(writer, entity, record_id, expected_number, void=False)

    def change_many(self, changes: Iterable[tuple[Record, int]], *, by: str) -> int:
        """Give many records new values in one transaction; return how many were changed.

        Each comes with the number to expect, as for `change`; none comes twice. On any error
        nothing is changed.
        """
        with self._writing(by) as writer:
            return history.change_many(writer, changes)

    def void_many(
        self, ids: Iterable[tuple[Entity, str, int]], *, by: str, watch: Watch | None = None
    ) -> int:
        """Withdraw many records in one transaction; return how many were not void before.

        Each is its entity, its id and the number to expect, as for `void`; none comes twice.
        On any error nothing is changed. `watch` is as for `add`.
        """
        with self._writing(by) as writer:
            return history.void_many(writer, ids, watch or bulk.untold)

    def bring_back(
        self, entity: Entity, record_id: str, number: int, *, by: str, expected_number: int
    ) -> int:
        """Make an earlier revision's content the present one. See `history.bring_back`."""
        with self._writing(by) as writer:
            return history.bring_back(writer, entity, record_id, number, expected_number)

    def keep_opening(self, opening: hints.Opening) -> None:
        """Ask residents about a walk, or no more. See `hints.keep_opening`."""
        with self._writing(opening.by) as writer:
            hints.keep_opening(writer.connection, opening)

    def add_hint(self, hint: hints.Hint, a_day_at_most: int) -> bool:
        """Keep what a resident pointed out. See `hints.add_hint`."""
        with self._writing("") as writer:
            return hints.add_hint(writer.connection, hint, a_day_at_most)

    # --- taking away for good ------------------------------------------------------------------

    def dispose(self, before: date, decision: str, *, by: str) -> Due:
        """Take all that was over before a day out of every version. See `disposals.dispose`."""
        with self._writing(by) as writer:
            gone = disposals.dispose(writer, before, decision)
        overwrite(self._engine)
        return gone

    def redact(
        self, entity: Entity, record_id: str, *, reason: str, by: str, expected_number: int
    ) -> int:
        """Take a record's texts out of every version of it. See `disposals.redact`."""
        with self._writing(by) as writer:
            number = disposals.redact(writer, entity, record_id, expected_number, reason)
        overwrite(self._engine)
        return number
