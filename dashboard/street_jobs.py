"""Streets that are taken in or fetched: one at a time, in a process of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final, Literal

from dashboard.processes import Worker
from geodata.errors import GeodataError, StreetsError
from geodata.service.street_worker import Fetch, TakeIn, work

Stage = Literal["working", "done", "failed", "stopped"]

NEWS_S: Final = 600.0
"""How long it is told what became of the latest, in seconds."""


@dataclass(frozen=True, slots=True)
class StreetJob:
    """How far it has come.

    Parameters
    ----------
    number : int
        Of this one among all of this process.
    asked : TakeIn or Fetch
        What is to be done.
    stage : {"working", "done", "failed", "stopped"}
        How far.
    share : float
        How much is done, 0-1.
    part : tuple of (int, int, str) or None
        Of a fetch: which part, of how many, around which areas.
    error : GeodataError or None
        Why it failed.
    ended_at : float
        When it was last heard of, in seconds of the monotonic clock.
    """

    number: int
    asked: TakeIn | Fetch
    stage: Stage = "working"
    share: float = 0.0
    part: tuple[int, int, str] | None = None
    error: GeodataError | None = None
    ended_at: float = 0.0

    @property
    def is_news(self) -> bool:
        """Whether it is under way, or ended so lately that somebody may wait to hear how."""
        return self.busy or time.monotonic() - self.ended_at < NEWS_S

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self.stage == "working"


class StreetJobs:
    """The one job of this process; every page sees the same, since the streets are everybody's."""

    def __init__(self) -> None:
        self._job: StreetJob | None = None
        self._worker: Worker | None = None
        self._lock = Lock()

    def start(self, asked: TakeIn | Fetch) -> StreetJob:
        """Begin.

        Raises
        ------
        StreetsError
            ``streets.busy`` if another is under way.
        """
        with self._lock:
            before = self._heard()
            if before is not None and before.busy:
                raise StreetsError("streets.busy")
            self._end()
            self._worker = Worker.begin(work, asked)
            self._job = StreetJob(1 if before is None else before.number + 1, asked)
            return self._job

    def current(self) -> StreetJob | None:
        """Return how far the latest has come, None where there was none."""
        with self._lock:
            return self._heard()

    def stop(self) -> None:
        """End what is under way; the streets in use stay as they are."""
        with self._lock:
            job = self._heard()
            if job is not None and job.busy:
                self._end()
                self._job = _ended(job, "stopped")

    def close(self) -> None:
        """End what is under way; for the server's end."""
        with self._lock:
            self._end()

    def _heard(self) -> StreetJob | None:
        """Take note of everything that was told since last time."""
        try:
            while self._worker is not None and self._worker.connection.poll():
                self._note(*self._worker.connection.recv())
        except (EOFError, OSError):
            # Ended by the system, as for want of memory.
            if self._job is not None and self._job.busy:
                self._job = _ended(self._job, "failed", StreetsError("streets.lost"))
            self._end()
        return self._job

    def _note(self, name: str, *values: Any) -> None:
        if self._job is None:
            return
        if name == "share":
            self._job = replace(self._job, share=min(max(float(values[0]), 0.0), 1.0))
        elif name == "part":
            at, count, names = values
            self._job = replace(self._job, part=(int(at), int(count), str(names)))
        elif name == "done":
            self._job = _ended(self._job, "done")
        elif name == "error":
            key, told = values
            self._job = _ended(self._job, "failed", GeodataError(key, **told))

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = None


def _ended(job: StreetJob, stage: Stage, error: GeodataError | None = None) -> StreetJob:
    return replace(job, stage=stage, error=error, ended_at=time.monotonic())
