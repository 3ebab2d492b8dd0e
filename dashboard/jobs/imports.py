"""Imports under way, each in a process of its own; a page asks how far one has come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from threading import RLock, Timer
from typing import Any, Final, Literal

from dashboard.jobs.processes import Ended, Worker
from dashboard.routes.uploads import Upload
from geodata.errors import GeodataError, IntakeError
from geodata.model import Language
from geodata.service.import_report import ReadOptions, Report
from geodata.service.imports import IDLE_S, LIMITS, work
from geodata.service.worker import Limits, Part
from geodata.settings import Settings

Stage = Literal[
    "reading", "report", "saving", "saved", "taking_back", "taken_back", "stopped", "failed"
]

_LOST: Final[Mapping[str, str]] = {
    "saving": "import.lost_saving",
    "taking_back": "import.lost_undoing",
}
"""What to say of a process that ended while it changed the register, by the stage."""

STOPPED_S: Final[Mapping[str, float]] = {"reading": 1.0, "saving": 15.0, "taking_back": 15.0}
"""How long an import may take to stop by itself before its process is ended, in seconds. A reader
may be deep in a library; what saves hears it between its steps, and has a report to go back to."""

AT_ONCE: Final = 4
"""Imports that may be under way at once in this process: two cores serve no more."""

KEPT_AT_MOST: Final = 8
"""Imports whose process is kept for what is asked next; beyond that the longest idle is ended."""


@dataclass(slots=True)
class Job:
    """One import, by its upload's id."""

    id: str
    upload: Upload
    worker: Worker
    stage: Stage = "reading"
    # Of the present stage that is done, 0 to 1.
    share: float = 0.0
    # What the file holds, once read.
    report: Report | None = None
    # Records saved, or taken back.
    count: int = 0
    # Why it failed; a failed save leaves the report as it was.
    error: GeodataError | None = None
    asked_at: float = field(default_factory=time.monotonic)
    # Where it goes back to if what is under way fails or is stopped.
    before: Stage = "failed"
    # Ends the process where it does not hear that it is to stop.
    stopping: Timer | None = None

    @property
    def process(self) -> BaseProcess:
        """The process that it runs in."""
        return self.worker.process

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self.stage in ("reading", *_LOST)


class Jobs:
    """The imports of this process."""

    def __init__(self, idle_s: float = IDLE_S, limits: Limits = LIMITS) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = RLock()
        self._idle_s = idle_s
        self._limits = limits

    def start(
        self,
        upload: Upload,
        settings: Settings,
        language: Language = "sv",
    ) -> Job:
        """Begin to read a file."""
        with self._lock:
            self._end_idle()
            if sum(self._heard(job).busy for job in self._jobs.values()) >= AT_ONCE:
                raise IntakeError("import.too_many", limit=AT_ONCE)
            worker = Worker.begin(work, settings, upload.folder, self._idle_s, self._limits)
            job = self._jobs[upload.id] = Job(upload.id, upload, worker)
            self._send(job, "read", upload.path, None, language)
            return job

    def find(self, id_: str) -> Job | None:
        """Return an import as it is now, None if there is, or is no longer, such a one."""
        with self._lock:
            job = self._jobs.get(id_)
            if job is None:
                return None
            job.asked_at = time.monotonic()
            return self._heard(job)

    def read_again(
        self,
        job: Job,
        options: ReadOptions,
        language: Language = "sv",
    ) -> None:
        """Read a file anew, with other options, and the promises and areas in use by now."""
        self._ask(job, "report", "reading", "read", job.upload.path, options, language)

    def save(self, job: Job, by: str, *, good_only: bool) -> None:
        """Save what was read, once: another page may show it as it was before."""
        self._ask(job, "report", "saving", "save", by, good_only)

    def take_back(self, job: Job, by: str) -> None:
        """Withdraw what was saved."""
        self._ask(job, "saved", "taking_back", "take_back", by)

    def stop(self, job: Job) -> None:
        """Stop what is under way; nothing of it is done.

        A process that is deep in a library hears nothing: it is ended. Where it was changing the
        register, the change is there whole or not at all, and that is said.
        """
        with self._lock:
            if self._heard(job).busy and job.stopping is None:
                job.stopping = Timer(STOPPED_S[job.stage], self._end_stopping, (job,))
                job.stopping.daemon = True
                job.stopping.start()
                self._send(job, "stop")

    def close(self) -> None:
        """End every import; for the server's end."""
        with self._lock:
            for job in list(self._jobs.values()):
                self._end(job)

    def _ask(self, job: Job, wanted: Stage, stage: Stage, *asked: Any) -> None:
        with self._lock:
            if self._heard(job).stage != wanted:
                return
            job.before, job.stage, job.share, job.error = wanted, stage, 0.0, None
            self._send(job, *asked)

    def _end_stopping(self, job: Job) -> None:
        with self._lock:
            if self._heard(job).stopping is None:
                return
            if job.stage == "reading":
                _note(job, "stopped", None)
            else:
                self._lost(job)
            job.worker.end()

    def _send(self, job: Job, *asked: Any) -> None:
        try:
            job.worker.ask(*asked)
        except Ended as ended:
            self._lost(job, timed_out=ended.timed_out)

    def _heard(self, job: Job) -> Job:
        """Take note of everything that an import has told since last time."""
        try:
            for told in job.worker.heard():
                _note(job, *told)
        except Ended as ended:
            self._lost(job, timed_out=ended.timed_out)
        if job.stage in ("stopped", "failed"):
            # Nothing more can be asked of it, and what it has read takes memory.
            job.worker.end()
        return job

    def _lost(self, job: Job, *, timed_out: bool = False) -> None:
        _no_longer_stopping(job)
        if job.busy or job.stage == "report":
            # A save may have been done and not told.
            key = _LOST.get(job.stage, "import.too_long" if timed_out else "import.lost")
            job.stage, job.error = "failed", IntakeError(key, file=job.upload.path.name)

    def _end_idle(self) -> None:
        """End those that are idle too long or too many, the longest idle first."""
        horizon = time.monotonic() - self._idle_s
        idle = sorted(
            (job for job in self._jobs.values() if not self._heard(job).busy),
            key=lambda job: job.asked_at,
        )
        for number, job in enumerate(idle):
            if job.asked_at < horizon or number < len(self._jobs) - KEPT_AT_MOST + 1:
                self._end(job)

    def _end(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        _no_longer_stopping(job)
        job.worker.end()


def _note(job: Job, name: str, value: Any, _part: Part | None = None) -> None:
    if name == "share":
        job.share = float(value)
        return
    _no_longer_stopping(job)
    if name == "report":
        job.stage, job.report = "report", value
    elif name in ("saved", "taken_back"):
        job.stage, job.count = ("saved" if name == "saved" else "taken_back"), int(value)
    elif name == "stopped":
        # A save that was stopped leaves the report to go on from, and so does an undoing.
        job.stage = job.before if job.stage in _LOST else "stopped"
    elif name == "error":
        job.error = value
        job.stage = job.before if job.stage in _LOST else "failed"


def _no_longer_stopping(job: Job) -> None:
    if job.stopping is not None:
        job.stopping.cancel()
        job.stopping = None
