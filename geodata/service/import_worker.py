"""An import in a process of its own: the screen stays quick, and a stop is heard at once.

The process is started with a pipe. It is told ``("read", path, options)``, and for reading again
``settings`` besides, ``("save", by, good_only)``, ``("take_back", by)`` and ``("stop",)``, and
tells ``("share", share)``, ``("report", Report)``, ``("saved", count)``, ``("taken_back",
count)``, ``("stopped",)`` and ``("error", key, values)``. While nothing is asked of it, it makes
what it has read ready to be saved. It ends when the pipe does, and when nothing has been asked of
it for long.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from geodata.errors import CatalogueError, GeodataError
from geodata.register.bulk import Prepared
from geodata.service.core import Service
from geodata.service.importing import (
    READY_SHARE,
    Examined,
    ReadOptions,
    Stopped,
    Taken,
    examine,
    make_ready,
    take_back,
    take_in,
    write_rest,
)
from geodata.settings import Settings

TOLD_EVERY_S: Final = 0.2

IDLE_S: Final = 3_600.0
"""After this long without being asked for anything it ends, in seconds: what was read takes
memory."""


class _AskedMeanwhile(Exception):  # noqa: N818 - not an error: there is something else to do
    """What was done beforehand is left, since something else was asked for."""


class _Worker:
    """One import: what was read, what was saved, and the pipe to who asked for it."""

    def __init__(self, connection: Connection, settings: Settings, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._service = Service.open(settings)
        self._examined: Examined | None = None
        self._ready: Prepared | None = None
        self._taken: Taken | None = None
        self._asked: tuple[Any, ...] | None = None
        self._told_at = 0.0

    def run(self, idle_s: float) -> None:
        """Do what is asked until the pipe is closed, or nothing is asked for so long."""
        try:
            while self._asked or self._connection.poll(idle_s):
                asked, self._asked = self._asked or self._connection.recv(), None
                self._answer(self._do, *asked)
                if self._examined is not None and self._ready is None and self._taken is None:
                    self._answer(self._make_ready, self._examined)
        except (EOFError, OSError):
            # The one who asked is gone, and with them whoever would hear an answer.
            return
        finally:
            self._forget()
            self._service.close()

    def _answer(self, do: Callable[..., None], *values: Any) -> None:
        try:
            do(*values)
        except Stopped:
            self._asked = None
            self._tell("stopped")
        except GeodataError as error:
            self._tell("error", error.key, dict(error.values))
        except MemoryError:
            self._tell("error", "intake.too_much_memory", {})

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
        self, path: Path, options: ReadOptions | None, settings: Settings | None = None
    ) -> None:
        if self._examined is not None:
            self._follow_catalogue(settings)
        self._forget()
        examined = examine(self._service, path, options, watch=self._watch)
        rest = self._folder / "rest.csv"
        if examined.report.has_rest:
            write_rest(examined, rest)
        else:
            rest.unlink(missing_ok=True)
        self._examined = examined
        self._tell("report", examined.report)

    def _follow_catalogue(self, settings: Settings | None) -> None:
        """Take note of promises and outlines that were added since this process began."""
        # With a mistake in a file by now, the catalogue in use stays, as it does on the pages.
        with suppress(CatalogueError):
            self._service.reload_catalogue(settings)

    def _save(self, examined: Examined, by: str, good_only: bool) -> None:
        self._taken = take_in(
            self._service,
            examined,
            by=by,
            good_only=good_only,
            watch=self._watch if self._ready is None else self._watch_rest,
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

    def _watch_rest(self, share: float) -> None:
        self._watch(READY_SHARE + (1 - READY_SHARE) * share)

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
        now = time.monotonic()
        if now - self._told_at > TOLD_EVERY_S:
            self._told_at = now
            self._tell("share", share)

    def _tell(self, *told: Any) -> None:
        self._connection.send(told)


def work(connection: Connection, settings: Settings, folder: Path, idle_s: float = IDLE_S) -> None:
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
    """
    # What a library says of a row may repeat what stands in it.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    # Ctrl-C in a terminal is meant for the server, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _Worker(connection, settings, folder).run(idle_s)
    except GeodataError as error:
        connection.send(("error", error.key, dict(error.values)))
    except Exception as error:  # noqa: BLE001 (left alone, Python would print the error's own text)
        sys.stderr.write(_where(error))
        raise SystemExit(1) from None


def _where(error: BaseException) -> str:
    """Return where something went wrong, and not with what: that may be a row's own words."""
    lines = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return "".join(["The import went wrong:\n", *lines, f"{type(error).__name__}\n"])
