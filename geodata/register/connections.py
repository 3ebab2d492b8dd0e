"""A register's connections: for reading, and for writing one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, select

from geodata.register.bulk import Inserts
from geodata.register.engine import WRITING, refuse_missing
from geodata.register.problems import translate_errors
from geodata.register.schema import FORMAT_KEY, register_info


class Connections:
    """An open database and how it is read and written; `Register` builds on it."""

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
