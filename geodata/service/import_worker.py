"""An import in a process of its own: the screen stays quick, and a stop is heard at once.

The process is started with a pipe. It is told ``("read", path, options)``, ``("save", by,
good_only)``, ``("take_back", by)`` and ``("stop",)``, and tells ``("share", share)``,
``("report", Report, rest_path)``, ``("saved", count)``, ``("taken_back", count)``,
``("stopped",)`` and ``("error", key, values)``. It ends when the pipe does, and when nothing has
been asked of it for long.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
import traceback
import warnings
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from geodata.errors import GeodataError
from geodata.service.core import Service
from geodata.service.importing import (
    Examined,
    ReadOptions,
    Stopped,
    Taken,
    examine,
    take_back,
    take_in,
    write_rest,
)
from geodata.settings import Settings

TOLD_EVERY_S: Final = 0.2

IDLE_S: Final = 3_600.0
"""After this long without being asked for anything it ends, in seconds: what was read takes
memory."""


class _Worker:
    """One import: what was read, what was saved, and the pipe to who asked for it."""

    def __init__(self, connection: Connection, settings: Settings, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._service = Service.open(settings)
        self._examined: Examined | None = None
        self._taken: Taken | None = None
        self._told_at = 0.0

    def run(self, idle_s: float) -> None:
        """Do what is asked until the pipe is closed, or nothing is asked for so long."""
        try:
            while self._connection.poll(idle_s):
                self._answer(self._connection.recv())
        except (EOFError, OSError):
            # The one who asked is gone, and with them whoever would hear an answer.
            return
        finally:
            self._service.close()

    def _answer(self, asked: tuple[Any, ...]) -> None:
        try:
            self._do(*asked)
        except Stopped:
            self._tell("stopped")
        except GeodataError as error:
            self._tell("error", error.key, dict(error.values))
        except MemoryError:
            self._tell("error", "intake.too_much_memory", {})

    def _do(self, name: str, *values: Any) -> None:
        if name == "read":
            self._read(*values)
        elif name == "save" and self._examined is not None:
            by, good_only = values
            self._taken = take_in(
                self._service, self._examined, by=by, good_only=good_only, watch=self._watch
            )
            self._tell("saved", self._taken.count)
        elif name == "take_back" and self._taken is not None:
            (by,) = values
            self._tell("taken_back", take_back(self._service, self._taken, by=by))

    def _read(self, path: Path, options: ReadOptions | None) -> None:
        self._examined = None
        examined = examine(self._service, path, options, watch=self._watch)
        rest = self._folder / "rest.csv"
        if examined.report.has_rest:
            write_rest(examined, rest)
        else:
            rest.unlink(missing_ok=True)
        self._examined = examined
        self._tell("report", examined.report)

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
