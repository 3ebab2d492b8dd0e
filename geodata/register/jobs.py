"""What the servers of one register work on: what each tells of it, and what others ask of it.

It is no record: it has no history, no backup holds it, and a day later it makes room for the next.
It lies apart from the records, with SQLite in a file beside theirs, so that a long save doesn't
hold it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from geodata.register import databases
from geodata.register.databases import translate_errors
from geodata.register.engine import WRITING, address_of, make_engine, shown_address

WAIT_S: Final = 5.0
"""How long another server's word is waited for: each takes a moment."""

BEAT_S: Final = 2
"""So often at least a server says that it is there, in seconds."""

GONE_S: Final = 10
"""A server that has said nothing for so long is gone, in seconds."""

KEPT_S: Final = 24 * 3600
"""So long it is known what became of something, in seconds."""

JOBS: Final = sa.MetaData()

job: Final = sa.Table(
    "job",
    JOBS,
    sa.Column("id", sa.String, primary_key=True),
    # Whose it is, and when it was last there: the database has one clock for all servers.
    sa.Column("server", sa.String, nullable=False),
    sa.Column("seen_s", sa.BigInteger, nullable=False),
    # How far it has come, and what another server asks of it, empty for nothing.
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
)

TAKEN_KEPT_S: Final = 90 * 24 * 3600
"""So long it is known that something was done that is done once, in seconds."""

taken: Final = sa.Table(
    "taken",
    JOBS,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("at_s", sa.BigInteger, nullable=False),
)

_INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_NOW_S: Final = sa.cast(sa.extract("epoch", sa.func.now()), sa.BigInteger)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the register has it: whose, what was told last, how long ago, what is asked."""

    id: str
    server: str
    told: str
    asked: str
    age_s: int

    @property
    def is_gone(self) -> bool:
        """Whether nobody works on it any longer: its server has ended."""
        return self.age_s > GONE_S


class JobBoard:
    """Where servers tell of their jobs; threads may share it.

    Every method raises `RegisterError` where the database fails it.
    """

    def __init__(self, engine: sa.Engine, shown: str) -> None:
        self._engine = engine
        self._shown = shown
        self._is_made = False
        self._making = Lock()

    @classmethod
    def beside(cls, engine: sa.Engine) -> Self:
        """Return the one beside an engine's register; it is made when it is first used."""
        shown = shown_address(engine.url)
        if engine.dialect.name == "sqlite":
            engine = make_engine(address_of(Path(f"{shown}-jobs")), WAIT_S)
        return cls(engine, shown)

    def close(self) -> None:
        """Close every connection; harmless when done twice."""
        self._engine.dispose()

    def find(self, job_id: str) -> JobRow | None:
        """Return a job, None where none is known by that id."""
        wanted = sa.select(job.c.id, job.c.server, job.c.told, job.c.asked, _NOW_S - job.c.seen_s)
        with self._connected(reads_only=True) as connection:
            found = connection.execute(wanted.where(job.c.id == job_id)).one_or_none()
        return JobRow(*found) if found else None

    def put(self, job_id: str, server: str, told: str, instead_of: JobRow | None = None) -> bool:
        """Tell how far a job has come; return whether it is this server's.

        Another server's is taken over where it is still as it was found, `instead_of`.
        """
        there = sa.select(job.c.server, job.c.told).where(job.c.id == job_id).with_for_update()
        values = {"server": server, "seen_s": _NOW_S, "told": told}
        with self._connected(reads_only=False) as connection:
            found = connection.execute(there).one_or_none()
            if found is None:
                connection.execute(sa.delete(job).where(job.c.seen_s < _NOW_S - KEPT_S))
                connection.execute(sa.insert(job).values(id=job_id, asked="", **values))
                return True
            before = instead_of and (instead_of.server, instead_of.told)
            if found.server != server and tuple(found) != before:
                return False
            if found.server != server:
                values["asked"] = ""
            connection.execute(sa.update(job).where(job.c.id == job_id).values(values))
            return True

    def beat(self, server: str, done: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Say that a server is there, and return what is asked of its jobs, by their ids.

        What was asked the last time stays there until it is `done`, so that who has asked sees
        either that or what came of it.
        """
        own = job.c.server == server
        wanted = sa.select(job.c.id, job.c.asked).where(own, job.c.asked != "")
        silent_s = sa.select(sa.func.max(_NOW_S - job.c.seen_s)).where(own)
        with self._connected(reads_only=False) as connection:
            for job_id, asked in done:
                same = (job.c.id == job_id) & (job.c.asked == asked)
                connection.execute(sa.update(job).where(same).values(asked=""))
            if (connection.scalar(silent_s) or 0) >= BEAT_S:
                connection.execute(sa.update(job).where(own).values(seen_s=_NOW_S))
            return [(row.id, row.asked) for row in connection.execute(wanted)]

    def ask(self, job_id: str, asked: str) -> None:
        """Ask something of a job of another server's, in place of what was asked before."""
        with self._connected(reads_only=False) as connection:
            connection.execute(sa.update(job).where(job.c.id == job_id).values(asked=asked))

    def take(self, id_: str) -> bool:
        """Take on what only one server does, and once; False where that has been taken on."""
        with self._connected(reads_only=False) as connection:
            old = taken.c.at_s < _NOW_S - TAKEN_KEPT_S
            connection.execute(sa.delete(taken).where(old))
            new = _INSERTS[connection.dialect.name](taken).values(id=id_, at_s=_NOW_S)
            # How many rows were inserted not every driver says.
            done = new.on_conflict_do_nothing().returning(taken.c.id)
            return connection.execute(done).first() is not None

    def give_back(self, id_: str) -> None:
        """Say that what was taken on could not be done: somebody may try again."""
        with self._connected(reads_only=False) as connection:
            connection.execute(sa.delete(taken).where(taken.c.id == id_))

    def leave(self, server: str) -> None:
        """Say that a server ends: nobody need wait for its jobs."""
        with self._connected(reads_only=False) as connection:
            own = sa.update(job).where(job.c.server == server)
            connection.execute(own.values(seen_s=_NOW_S - GONE_S - 1))

    @contextmanager
    def _connected(self, *, reads_only: bool) -> Iterator[sa.Connection]:
        with translate_errors(self._shown):
            with self._making:
                if not self._is_made:
                    self._make()
                    self._is_made = True
            with self._transaction(reads_only=reads_only) as connection:
                yield connection

    def _make(self) -> None:
        with self._transaction(reads_only=False) as connection:
            if connection.dialect.name != "sqlite":
                databases.make_schema(connection)
            JOBS.create_all(connection)

    @contextmanager
    def _transaction(self, *, reads_only: bool) -> Iterator[sa.Connection]:
        options = {} if reads_only else {WRITING: True}
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
