"""New records in great numbers: made ready first, so that the lock is held for writing alone.

Everything that a record costs (its WKB, its JSON, what the database's driver wants to be given)
is worked out before the register is locked, and waits in a spool; what is left is one
``INSERT`` for many rows, table by table, which keeps each table's indexes in the cache.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import compress, groupby
from types import MappingProxyType
from typing import IO, Any, Final, Self, cast

from sqlalchemy import Boolean, Connection, Date, Dialect, LargeBinary, Table, insert, select
from sqlalchemy.types import TypeEngine

from geodata.errors import RegisterError
from geodata.model import DoubleOf, Entity, Finding, Photo, Photographs, Record, Walk, Work
from geodata.register import encoding
from geodata.register.databases import translate_file_errors
from geodata.register.rows import (
    IDS_A_QUERY,
    batches,
    from_rows,
    link_tuples,
    to_columns,
    voids_by_id,
)
from geodata.register.schema import ENTITIES, LINKS, TABLES, Encoded, revision, to_json

Fingerprint = Callable[[Any], Hashable]
"""What two records have in common when they are the same thing told twice."""

AT_ONCE = 5_000
"""How many of the register's records are held at once."""


def find_doubles(
    connection: Connection, entity: Entity, drafts: Sequence[Work], fingerprint: Fingerprint
) -> dict[str, DoubleOf]:
    """Return the register's record for each draft that it has already, by the draft's id."""
    voids = voids_by_id(connection, entity, [draft.id for draft in drafts])
    taken = {record_id: DoubleOf(record_id, void) for record_id, void in voids.items()}
    others = [draft for draft in drafts if draft.id not in taken]
    days = _days_there(connection, entity, sorted({draft.day for draft in others}))
    # Most of a new file's days have nothing to be compared with.
    keys = {draft.id: _key(draft, fingerprint) for draft in others if draft.day in days}
    free: dict[tuple[Any, Hashable], deque[DoubleOf]] = {}
    wanted = set(keys.values())
    for record in _on_days(connection, entity, sorted(days)):
        if record.id not in taken and (key := _key(record, fingerprint)) in wanted:
            double = DoubleOf(record.id, record.void)
            same = free.setdefault(key, deque())
            (same.append if record.void else same.appendleft)(double)
    found = dict(taken)
    for draft_id, key in keys.items():
        if left := free.get(key):
            found[draft_id] = left.popleft()
    return found


def _key(record: Work, fingerprint: Fingerprint) -> tuple[Any, Hashable]:
    return record.day, fingerprint(record)


def _days_there(connection: Connection, entity: Entity, days: Sequence[Any]) -> set[Any]:
    """Return those days on which the register has any record, void ones too."""
    table = TABLES[entity].c
    found: set[Any] = set()
    for some in batches(days, IDS_A_QUERY):
        query = select(table.day).where(table.void.in_((False, True)), table.day.in_(some))
        found.update(connection.scalars(query.distinct()))
    return found


def _on_days(connection: Connection, entity: Entity, days: Sequence[Any]) -> Iterator[Work]:
    """Yield the records of some days, void ones too."""
    table = TABLES[entity]
    for some in batches(days, IDS_A_QUERY):
        # Both, so that the index by void and day is used.
        query = select(table).where(table.c.void.in_((False, True)), table.c.day.in_(some))
        rows = connection.execute(query.execution_options(yield_per=AT_ONCE)).mappings()
        for part in rows.partitions():
            yield from cast("list[Work]", from_rows(connection, entity, part))


Owner = tuple[Entity, str]
"""The record that a row came with: its entity and id."""

Watch = Callable[[float], None]
"""Told now and then how great a share is done, 0-1; whatever it raises stops the work."""

READY_SHARE: Final = 0.5
"""Making records ready takes about as long as writing them."""

IN_MEMORY_BYTES: Final = 8 * 2**20
"""A spool grows so far in memory before it becomes a file."""


NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
"""Walks that nobody has confirmed."""


@dataclass(frozen=True, slots=True)
class Insert:
    """An ``INSERT`` as the driver wants it."""

    text: str
    names: tuple[str, ...]
    positional: bool
    processors: tuple[Callable[[Any], Any] | None, ...]

    def bind(self, columns: Mapping[str, Sequence[Any]]) -> list[Sequence[Any]]:
        """Return columns' values as the driver takes them, in the statement's order."""
        return [
            columns[name] if process is None else list(map(process, columns[name]))
            for name, process in zip(self.names, self.processors, strict=True)
        ]

    def signed(self, bound: Sequence[Sequence[Any]], by: str, at: datetime) -> list[Sequence[Any]]:
        """Return bound revisions' columns with who and when in them."""
        place = self.names.index("at")
        process = self.processors[place]
        count = len(bound[0])
        known = {"at": at if process is None else process(at), "by": by}
        return [
            [known[name]] * count if name in known else column
            for name, column in zip(self.names, bound, strict=True)
        ]

    def execute(self, connection: Connection, bound: Iterable[tuple[Any, ...]]) -> None:
        """Write bound rows."""
        rows = list(bound)
        if not rows:
            return
        if self.positional:
            connection.exec_driver_sql(self.text, rows)
        else:
            named = [dict(zip(self.names, row, strict=True)) for row in rows]
            connection.exec_driver_sql(self.text, named)


class Inserts(dict[Table, Insert]):
    """The register's ``INSERT`` statements for one kind of database, made when first asked for."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self._dialect = dialect

    def __missing__(self, table: Table) -> Insert:
        # The database gives a revision its sequence.
        names = [c.name for c in table.columns if c is not revision.c.sequence]
        compiled = insert(table).inline().compile(dialect=self._dialect, column_keys=names)
        processors = [self._processor(table.c[name].type) for name in names]
        made = Insert(str(compiled), tuple(names), self._dialect.positional, tuple(processors))
        return self.setdefault(table, made)

    def _processor(self, kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
        # Drivers take bytes as they are; the wrappers they offer can't be put into a file.
        if isinstance(kind, LargeBinary):
            return None
        process = kind.dialect_impl(self._dialect).bind_processor(self._dialect)
        # A year has few days and a truth two values: most have been asked for already.
        if process is not None and isinstance(kind, (Boolean, Date)):
            return lru_cache(maxsize=4_096)(process)
        return process


Lot = tuple[Entity, Sequence[str], Sequence[Sequence[Any]]]
"""Rows as columns, which are stored and read in a third of the time, and before them the entity
and ids of the records that they came with."""


class Spool:
    """Rows on their way to one table, in the order they were put in.

    They stay in memory while they are few, and lie in a file of their own beyond that.
    """

    def __init__(self, register: str) -> None:
        self._register = register
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
        self.count = 0
        """How many times rows were put in."""

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

    def put(self, lot: Lot) -> None:
        """Add rows after those that are there."""
        with translate_file_errors(self._register):
            pickle.dump(lot, self._file, pickle.HIGHEST_PROTOCOL)
        self.count += 1

    def lots(self) -> Iterator[Lot]:
        """Yield the rows as they were put in, some at a time."""
        with translate_file_errors(self._register):
            self._file.seek(0)
        for _ in range(self.count):
            with translate_file_errors(self._register):
                lot = pickle.load(self._file)  # noqa: S301 (this process wrote it)
            yield lot


class Prepared:
    """New records, ready to be written: use it in a ``with`` statement, or `close` it.

    An id that is given twice, or is taken, is refused, or passed over where `skip_existing`.
    `verified` has the party that has confirmed the activity that a held walk is, by the walk's id.
    """

    def __init__(
        self,
        inserts: Inserts,
        register: str,
        *,
        skip_existing: bool,
        verified: Mapping[str, str] = NOBODY,
    ) -> None:
        self._inserts = inserts
        self.skips = skip_existing
        self.passed_over: frozenset[Owner] = frozenset()
        """What was there already when it was written."""
        self._verified = verified
        links = [table for entity in ENTITIES for table in LINKS[entity].values()]
        # Walks come first: activities and findings name them.
        entities = sorted(ENTITIES, key=lambda entity: entity != "walk")
        tables = [*(TABLES[entity] for entity in entities), *links, revision]
        self._spools = {table: Spool(register) for table in tables}
        self.ids: dict[Entity, set[str]] = {entity: set() for entity in ENTITIES}
        self.named: dict[Entity, set[str]] = {}
        """The records that others go back to."""

    @property
    def count(self) -> int:
        """How many records were made ready."""
        return sum(len(ids) for ids in self.ids.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget what is ready; harmless when done twice."""
        for spool in self._spools.values():
            spool.close()

    def take(self, records: Iterable[Record]) -> None:
        """Make records of any kinds ready; a held walk's activity too.

        Raises
        ------
        RegisterError
            ``register.duplicate_id`` if an id is given twice, ``register.follows_walk`` for an
            activity that a walk is.
        """
        for entity, some in groupby(records, key=encoding.entity_of):
            self._take(entity, some)

    def _take(self, entity: Entity, records: Iterable[Record]) -> None:
        known, new = self.ids[entity], []
        for record in records:
            encoding.require_own(record)
            if record.id in known:
                if self.skips:
                    continue
                raise RegisterError("register.duplicate_id", id=record.id)
            known.add(record.id)
            new.append(record)
            if isinstance(record, Finding) and record.walk_id is not None:
                self.named.setdefault("walk", set()).add(record.walk_id)
            if isinstance(record, Photo):
                self.named.setdefault(record.entity, set()).add(record.record_id)
        self._spool(entity, new, entity, [record.id for record in new])
        walks = [record for record in new if isinstance(record, Walk)]
        found = [encoding.activity_of(walk, self._verified.get(walk.id)) for walk in walks]
        held = [activity for activity in found if activity is not None]
        # An activity that a walk is comes, or is passed over, with the walk.
        self._spool("activity", held, "walk", [str(one.walk_id) for one in held])

    def _spool(
        self, entity: Entity, records: Sequence[Record], owner: Entity, owner_ids: Sequence[str]
    ) -> None:
        if not records:
            return
        values = encoding.normalised_columns(entity, records)
        bound = self._inserts[TABLES[entity]].bind(to_columns(entity, values))
        self._spools[TABLES[entity]].put((owner, owner_ids, bound))
        owner_of = dict(zip(values["id"], owner_ids, strict=True))
        for field, table in LINKS[entity].items():
            # In the order of the index that they go into; plain values need no binding.
            links = sorted(link_tuples(values["id"], values[field]))
            if links:
                columns = list(zip(*links, strict=True))
                self._spools[table].put((owner, [owner_of[id_] for id_ in columns[0]], columns))
        bound = self._inserts[revision].bind(_first_revisions(entity, values))
        self._spools[revision].put((owner, owner_ids, bound))

    def write(
        self,
        connection: Connection,
        taken: Collection[Owner],
        by: str,
        at: datetime,
        watch: Watch,
    ) -> int:
        """Write what is ready into the caller's transaction.

        Parameters
        ----------
        connection : sqlalchemy.Connection
            In a transaction.
        taken : collection of entity and id
            Those to be passed over.
        by : str
            Who adds them.
        at : datetime.datetime
            When.
        watch : callable
            Told the share that is written.

        Returns
        -------
        int
            How many records were added; the activities of held walks aren't counted.
        """
        lots, done = sum(spool.count for spool in self._spools.values()), 0
        for table, spool in self._spools.items():
            statement = self._inserts[table]
            for owner, owner_ids, bound in spool.lots():
                columns = statement.signed(bound, by, at) if table is revision else bound
                rows: Iterable[tuple[Any, ...]] = zip(*columns, strict=True)
                if taken:
                    rows = compress(rows, [(owner, id_) not in taken for id_ in owner_ids])
                statement.execute(connection, rows)
                done += 1
                watch(done / lots)
        self.passed_over = frozenset(taken)
        return self.count - len(taken)


def _first_revisions(entity: Entity, values: encoding.Columns) -> dict[str, Sequence[Any]]:
    ids = values["id"]
    same = {"entity": entity, "number": 1, "action": "create"}
    # Known once the lock is held.
    unknown = {"at": None, "by": None}
    columns = {name: [value] * len(ids) for name, value in (same | unknown).items()}
    contents = [Encoded(to_json(content)) for content in encoding.to_contents(values)]
    return {**columns, "entity_id": ids, "content": contents}


def files_of(photos: Photographs) -> list[bytes]:
    """Return the files of new photos."""
    return [file for _, picture in photos for file in (picture.body, picture.thumbnail)]


def after_ready(watch: Watch) -> Watch:
    """Return how a whole is watched whose first part, making ready, is done."""
    return lambda share: watch(READY_SHARE + (1 - READY_SHARE) * share)


def untold(_share: float) -> None:
    """Watch nothing."""
