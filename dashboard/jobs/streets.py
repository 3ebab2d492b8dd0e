"""Streets that are taken in or fetched: one at a time, in a process of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import Final

from dashboard.jobs.processes import Kind, Solvers, Standing
from geodata.errors import GeodataError, StreetsError
from geodata.planner.streets.solve import LIMITS, Fetch, TakeIn
from geodata.service.worker import Part

NEWS_S: Final = 600.0
"""How long it is told what became of the latest, in seconds."""

TAKING_IN: Final = Kind(LIMITS, 1, "streets.lost", "streets.too_long")


@dataclass(frozen=True, slots=True)
class StreetJob:
    """One time that streets are taken in or fetched.

    Parameters
    ----------
    number : int
        Of this one among all of this process.
    asked : TakeIn or Fetch
        What is to be done.
    standing : Standing
        How far it has come.
    """

    number: int
    asked: TakeIn | Fetch
    standing: Standing

    @property
    def stage(self) -> str:
        """How far: waiting, working, done, failed or stopped."""
        return "done" if self.standing.stage == "answered" else self.standing.stage

    @property
    def share(self) -> float:
        """How much is done, 0-1."""
        return self.standing.share

    @property
    def part(self) -> Part | None:
        """Of a fetch: which part, of how many, around which areas."""
        return self.standing.part

    @property
    def error(self) -> GeodataError | None:
        """Why it failed."""
        return self.standing.error

    @property
    def is_news(self) -> bool:
        """Whether it is under way, or ended so lately that somebody may wait to hear how."""
        return self.busy or time.monotonic() - self.standing.at < NEWS_S

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self.standing.is_open


class StreetJobs:
    """The one job of this process; every page sees the same, since the streets are everybody's."""

    def __init__(self) -> None:
        self._solvers = Solvers(TAKING_IN)
        self._number = 0
        self._asked: TakeIn | Fetch | None = None
        self._lock = Lock()

    def start(self, asked: TakeIn | Fetch) -> StreetJob:
        """Begin."""
        with self._lock:
            before = self._current()
            if before is not None and before.busy:
                raise StreetsError("streets.busy")
            self._solvers.forget(asked)
            self._number, self._asked = self._number + 1, asked
            return StreetJob(self._number, asked, self._solvers.ask(asked))

    def current(self) -> StreetJob | None:
        """Return how far the latest has come, None where there was none."""
        with self._lock:
            return self._current()

    def stop(self) -> None:
        """End what is under way; the streets in use stay as they are."""
        with self._lock:
            if self._asked is not None:
                self._solvers.stop(self._asked)

    def close(self) -> None:
        """End what is under way; for the server's end."""
        self._solvers.close()

    def _current(self) -> StreetJob | None:
        if self._asked is None:
            return None
        job = StreetJob(self._number, self._asked, self._solvers.ask(self._asked))
        if not job.busy:
            # The next comes perhaps tomorrow, and what was read takes memory.
            self._solvers.close()
        return job
