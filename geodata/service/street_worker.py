"""Streets taken in or fetched, in a process of its own: the screen stays quick.

The process tells ``("share", share)``, ``("part", at, count, names)``, and last ``("done",)``,
``("error", key, values)``. It is stopped by ending it: what is written is put in place whole or not
at all, and what Overpass has answered stays.
"""

from __future__ import annotations

import logging
import os
import signal
import time
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from geodata.errors import GeodataError
from geodata.service.street_fetching import OVERPASS, areas_of, fetch_streets
from geodata.service.streets import import_streets
from geodata.settings import Settings

TOLD_EVERY_S: Final = 0.2
POLITE: Final = 5
"""How much the process gives way to the pages, as the system counts it."""


@dataclass(frozen=True, slots=True)
class TakeIn:
    """A file to be taken in.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    folder : pathlib.Path or None
        Where streets are kept; None for `geodata.service.streets.streets_folder`.
    """

    path: Path
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Streets to be fetched around every area of the catalogue.

    Parameters
    ----------
    settings : Settings
        Which catalogue.
    surroundings : bool
        Whether with buildings, water, green and rail.
    folder : pathlib.Path or None
        Where streets are kept; None for `geodata.service.streets.streets_folder`.
    url : str
        The Overpass service.
    """

    settings: Settings
    surroundings: bool = True
    folder: Path | None = None
    url: str = OVERPASS


def work(connection: Connection, asked: TakeIn | Fetch) -> None:
    """Take in or fetch streets; the entry of its process.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
        To who asked for it.
    asked : TakeIn or Fetch
        What to do.
    """
    # What a library says of a file is nothing for the server's log.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    # Ctrl-C in a terminal is meant for the server, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(POLITE)
    try:
        _do(_Telling(connection), asked)
    except GeodataError as error:
        connection.send(("error", error.key, dict(error.values)))
    except MemoryError:
        connection.send(("error", "intake.too_much_memory", {}))
    else:
        connection.send(("done",))


def _do(telling: _Telling, asked: TakeIn | Fetch) -> None:
    if isinstance(asked, TakeIn):
        import_streets(asked.path, asked.folder, tell=telling.share)
        return
    fetch_streets(
        areas_of(asked.settings),
        folder=asked.folder,
        url=asked.url,
        on_area=telling.part,
        tell=telling.share,
        surroundings=asked.surroundings,
    )


class _Telling:
    """The pipe to who asked, not told more often than somebody can look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._told_at = 0.0

    def share(self, share: float) -> None:
        now = time.monotonic()
        if now - self._told_at > TOLD_EVERY_S:
            self._told_at = now
            self._send("share", share)

    def part(self, at: int, count: int, names: str) -> None:
        self._send("part", at, count, names)

    def _send(self, *told: Any) -> None:
        self._connection.send(told)
