"""An import in a process of its own: the screen stays quick, and a stop is heard at once.

It is told ``("read", path, options)``, ``("save", by,
good_only)``, ``("take_back", by)`` and ``("stop",)``, and tells ``("report", Report)``, ``("saved",
count)``, ``("taken_back", count)`` and ``("stopped", None)`` besides what every process tells
(`geodata.service.worker`). While nothing is asked of it, it makes what it has read ready to be
saved.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from geodata.errors import GeodataError
from geodata.model import Language
from geodata.register.bulk import Prepared
from geodata.service.core import Service
from geodata.service.importing import (
    READY_SHARE,
    Examined,
    ReadOptions,
    Stopped,
    Taken,
    after_ready,
    examine,
    make_ready,
    take_back,
    take_in,
    write_rest,
)
from geodata.service.worker import Limits, Telling, answer, run
from geodata.settings import Settings
from geodata.texts import Words

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
        language: Language = "sv",
    ) -> None:
        self._service.refresh()
        self._forget()
        examined = examine(self._service, path, options, watch=self._watch)
        rest = self._folder / "rest.csv"
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
    """Run an import; the entry of its process.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
        To who asked for it.
    settings : Settings
        Which register and which catalogue.
    folder : pathlib.Path
        The import's own folder, for the file with the rest.
    idle_s : float
        After how many seconds without being asked for anything it ends.
    limits : Limits
        How much it may use.
    """
    run(connection, limits, lambda: _Worker(connection, settings, folder, limits).run(idle_s))
