"""Imports under way, each in a process of its own; a page asks how far one has come."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any, Final, Literal

from dashboard.uploads import Upload
from geodata.errors import GeodataError, IntakeError
from geodata.service.import_worker import work
from geodata.service.importing import ReadOptions, Report
from geodata.settings import Settings

Stage = Literal["reading", "report", "saving", "saved", "taken_back", "stopped", "failed"]

AT_ONCE: Final = 4
"""Imports that may be under way at once in this process: two cores serve no more."""

IDLE_S: Final = 3_600.0
"""An import that nobody has asked about for this long is ended, in seconds."""


@dataclass(slots=True)
class Job:
    """One import.

    Parameters
    ----------
    id : str
        The upload's.
    upload : Upload
        The file.
    process : multiprocessing process
        Where it runs.
    connection : multiprocessing connection
        To it.
    stage : str
        How far it has come.
    share : float
        How much of the present stage is done, from 0 to 1.
    report : Report or None
        What the file holds, once read.
    count : int
        How many records were saved, or taken back.
    error : GeodataError or None
        Why it failed; a failed save leaves the report as it was.
    asked_at : float
        When somebody last asked, in seconds of the monotonic clock.
    """

    id: str
    upload: Upload
    process: BaseProcess
    connection: Connection
    stage: Stage = "reading"
    share: float = 0.0
    report: Report | None = None
    count: int = 0
    error: GeodataError | None = None
    asked_at: float = field(default_factory=time.monotonic)

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self.stage in ("reading", "saving")


class Jobs:
    """The imports of this process."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()

    def start(self, upload: Upload, settings: Settings, options: ReadOptions | None = None) -> Job:
        """Begin to read a file.

        Parameters
        ----------
        upload : Upload
            The file.
        settings : Settings
            Which register and which catalogue.
        options : ReadOptions, optional
            How it is to be read.

        Returns
        -------
        Job
            At work.

        Raises
        ------
        IntakeError
            ``import.too_many`` if too many are at work already.
        """
        with self._lock:
            self._end_idle()
            if sum(self._heard(job).busy for job in self._jobs.values()) >= AT_ONCE:
                raise IntakeError("import.too_many", limit=AT_ONCE)
            # A fresh interpreter: a copy of this one would take its threads' locks along.
            context = multiprocessing.get_context("spawn")
            here, there = context.Pipe()
            process = context.Process(
                target=work, args=(there, settings, upload.folder), daemon=True
            )
            process.start()
            there.close()
            job = Job(upload.id, upload, process, here)
            here.send(("read", upload.path, options))
            self._jobs[job.id] = job
            return job

    def find(self, id_: str) -> Job | None:
        """Return an import as it is now, None if there is, or is no longer, such a one."""
        with self._lock:
            job = self._jobs.get(id_)
            if job is None:
                return None
            job.asked_at = time.monotonic()
            return self._heard(job)

    def read_again(self, job: Job, options: ReadOptions) -> None:
        """Read a file anew, with other options."""
        self._ask(job, "reading", "read", job.upload.path, options)

    def save(self, job: Job, by: str, *, good_only: bool) -> None:
        """Save what was read."""
        self._ask(job, "saving", "save", by, good_only)

    def take_back(self, job: Job, by: str) -> None:
        """Withdraw what was saved."""
        self._ask(job, "saving", "take_back", by)

    def stop(self, job: Job) -> None:
        """Stop what is under way; nothing of it is saved."""
        with self._lock:
            if self._heard(job).busy:
                self._send(job, "stop")

    def close(self) -> None:
        """End every import; for the server's end."""
        with self._lock:
            for job in list(self._jobs.values()):
                self._end(job)

    def _ask(self, job: Job, stage: Stage, *asked: Any) -> None:
        with self._lock:
            if self._heard(job).busy or job.stage in ("stopped", "failed"):
                return
            job.stage, job.share, job.error = stage, 0.0, None
            self._send(job, *asked)

    def _send(self, job: Job, *asked: Any) -> None:
        try:
            job.connection.send(asked)
        except OSError:
            self._lost(job)

    def _heard(self, job: Job) -> Job:
        """Take note of everything that an import has told since last time."""
        try:
            while job.connection.poll():
                _note(job, *job.connection.recv())
        except (EOFError, OSError):
            self._lost(job)
        return job

    def _lost(self, job: Job) -> None:
        if job.stage not in ("saved", "taken_back", "stopped", "failed"):
            # Such as by the system, for want of memory: what was not told as saved is not there.
            job.stage, job.error = "failed", IntakeError("import.lost", file=job.upload.path.name)

    def _end_idle(self) -> None:
        horizon = time.monotonic() - IDLE_S
        for job in list(self._jobs.values()):
            if job.asked_at < horizon:
                self._end(job)

    def _end(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        job.connection.close()
        job.process.terminate()


def _note(job: Job, name: str, *values: Any) -> None:
    if name == "share":
        job.share = float(values[0])
    elif name == "report":
        job.stage, job.report = "report", values[0]
    elif name in ("saved", "taken_back"):
        job.stage, job.count = ("saved" if name == "saved" else "taken_back"), int(values[0])
    elif name == "stopped":
        # A save that was stopped leaves the report to go on from.
        job.stage = "report" if job.stage == "saving" and job.report else "stopped"
    elif name == "error":
        key, told = values
        job.error = IntakeError(key, **told)
        job.stage = "report" if job.stage == "saving" and job.report else "failed"
