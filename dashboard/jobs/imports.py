"""Imports under way, each in a process of its own; a page asks how far one has come."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from threading import RLock, Timer
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from dashboard.jobs.processes import Ended, Worker
from dashboard.jobs.sharing import Sharing, TellableError, Told
from dashboard.routes.uploads import Upload
from geodata.errors import IntakeError, RegisterError
from geodata.model import Language
from geodata.service import JobRow, Service
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
    """One import, by its upload's id, as a page shows it; whichever server has it."""

    id: str
    file: str
    stage: Stage = "reading"
    # Of the present stage that is done, 0 to 1.
    share: float = 0.0
    # What the file holds, once read.
    report: Report | None = None
    # Records saved, or taken back.
    count: int = 0
    # Why it failed; a failed save leaves the report as it was.
    error: TellableError = None
    # How it is read, and in which language the rows to correct are told of.
    options: ReadOptions | None = None
    language: Language = "sv"
    # Whether nobody is left to ask for more: its server has ended.
    is_gone: bool = False

    @property
    def busy(self) -> bool:
        """Whether it is at work."""
        return self.stage in ("reading", *_LOST)


@dataclass(slots=True)
class OwnJob(Job):
    """One that this server has."""

    upload: Upload = field(kw_only=True)
    worker: Worker = field(kw_only=True)
    asked_at: float = field(default_factory=time.monotonic, kw_only=True)
    # Where it goes back to if what is under way fails or is stopped.
    before: Stage = field(default="failed", kw_only=True)
    # Ends the process where it does not hear that it is to stop.
    stopping: Timer | None = field(default=None, kw_only=True)

    @property
    def process(self) -> BaseProcess:
        """The process that it runs in."""
        return self.worker.process


class Jobs:
    """The imports of this process; with a service, those of its register's other servers too.

    A server that ends leaves what it was reading: it is read again here where the file is at hand.
    """

    def __init__(
        self,
        idle_s: float = IDLE_S,
        limits: Limits = LIMITS,
        service: Callable[[], Service] | None = None,
        find_upload: Callable[[str], Upload | None] = lambda _: None,
    ) -> None:
        self._jobs: dict[str, OwnJob] = {}
        self._lock = RLock()
        self._idle_s = idle_s
        self._limits = limits
        self._service = service
        self._find_upload = find_upload
        self._sharing = Sharing(service, self._current, self._do, self._lose)

    def start(
        self,
        upload: Upload,
        settings: Settings,
        language: Language = "sv",
        options: ReadOptions | None = None,
        instead_of: JobRow | None = None,
    ) -> Job:
        """Begin to read a file, `instead_of` a server that has ended before it had."""
        with self._lock:
            if upload.id in self._jobs:
                return self._heard(self._jobs[upload.id])
            self._end_idle()
            if sum(self._heard(job).busy for job in self._jobs.values()) >= AT_ONCE:
                raise IntakeError("import.too_many", limit=AT_ONCE)
            begun = Job(upload.id, upload.path.name, options=options, language=language)
            if not self._sharing.tell(begun.id, _text_of(begun), instead_of):
                return begun  # another server was quicker
            worker = Worker.begin(work, settings, upload.folder, self._idle_s, self._limits)
            job = OwnJob(
                begun.id, begun.file, options=options, language=language, upload=upload,
                worker=worker,
            )  # fmt: skip
            self._jobs[upload.id] = job
            self._sharing.follow()
            self._send(job, "read", upload.path, options, language)
            return job

    def find(self, id_: str) -> Job | None:
        """Return an import as it is now, None if there is, or is no longer, such a one."""
        with self._lock:
            job = self._jobs.get(id_)
            if job is not None:
                job.asked_at = time.monotonic()
                return self._heard(job)
        row = self._sharing.find(id_)
        if row is None or self._service is None:
            return None
        told = _job_of(row)
        if not row.is_gone:
            return told
        told.is_gone = True
        # Where nothing was changed, whoever has the file may read it again.
        upload = self._find_upload(id_) if told.stage in ("reading", "report") else None
        if upload is not None:
            settings = self._service().settings
            return self.start(upload, settings, told.language, told.options, row)
        if told.busy or told.stage == "report":
            key = _LOST.get(told.stage, "import.lost")
            told.stage, told.error = "failed", IntakeError(key, file=told.file)
        return told

    def read_again(
        self,
        job: Job,
        options: ReadOptions,
        language: Language = "sv",
    ) -> None:
        """Read a file anew, with other options, and the promises and areas in use by now."""
        if not isinstance(job, OwnJob):
            given = _OPTIONS.dump_python(options, mode="json")
            self._sharing.ask(job.id, "read_again", given, language)
            return
        job.options, job.language = options, language
        self._ask(job, "report", "reading", "read", job.upload.path, options, language)

    def save(self, job: Job, by: str, *, good_only: bool) -> None:
        """Save what was read, once: another page may show it as it was before."""
        if isinstance(job, OwnJob):
            self._ask(job, "report", "saving", "save", by, good_only)
        else:
            self._sharing.ask(job.id, "save", by, good_only)

    def take_back(self, job: Job, by: str) -> None:
        """Withdraw what was saved."""
        if isinstance(job, OwnJob):
            self._ask(job, "saved", "taking_back", "take_back", by)
        else:
            self._sharing.ask(job.id, "take_back", by)

    def stop(self, job: Job) -> None:
        """Stop what is under way; nothing of it is done.

        A process that is deep in a library hears nothing: it is ended. Where it was changing the
        register, the change is there whole or not at all, and that is said.
        """
        if not isinstance(job, OwnJob):
            self._sharing.ask(job.id, "stop")
            return
        with self._lock:
            if self._heard(job).busy and job.stopping is None:
                job.stopping = Timer(STOPPED_S[job.stage], self._end_stopping, (job,))
                job.stopping.daemon = True
                job.stopping.start()
                self._send(job, "stop")

    def close(self) -> None:
        """End every import; for the server's end."""
        self._sharing.close()
        with self._lock:
            for job in list(self._jobs.values()):
                self._end(job)

    def _ask(self, job: OwnJob, wanted: Stage, stage: Stage, *asked: Any) -> None:
        with self._lock:
            if self._heard(job).stage != wanted:
                return
            job.before, job.stage, job.share, job.error = wanted, stage, 0.0, None
            try:
                # Nobody else takes over what is being saved: that is known before it begins.
                is_own = self._sharing.tell(job.id, _text_of(job))
            except RegisterError as error:
                job.stage, job.error = wanted, error
                return
            if is_own:
                self._send(job, *asked)
            else:
                self._end(job)

    # --- with other servers ---------------------------------------------------------------------

    def _current(self) -> list[Told]:
        with self._lock:
            return [
                (
                    job.id,
                    (job.stage, round(job.share, 2), job.count, id(job.report), id(job.error)),
                    partial(_text_of, job),
                )
                for job in map(self._heard, self._jobs.values())
            ]

    def _do(self, id_: str, name: str, *given: Any) -> None:
        """Do what was asked at another server."""
        with self._lock:
            job = self._jobs.get(id_)
            if job is None:
                return
            if name == "save":
                self.save(job, given[0], good_only=given[1])
            elif name == "take_back":
                self.take_back(job, *given)
            elif name == "read_again":
                self.read_again(job, _OPTIONS.validate_python(given[0]), given[1])
            elif name == "stop":
                self.stop(job)

    def _lose(self, id_: str) -> None:
        with self._lock:
            if (job := self._jobs.get(id_)) is not None:
                self._end(job)

    def _end_stopping(self, job: OwnJob) -> None:
        with self._lock:
            if self._heard(job).stopping is None:
                return
            if job.stage == "reading":
                _note(job, "stopped", None)
            else:
                self._lost(job)
            job.worker.end()

    def _send(self, job: OwnJob, *asked: Any) -> None:
        try:
            job.worker.ask(*asked)
        except Ended as ended:
            self._lost(job, timed_out=ended.timed_out)

    def _heard(self, job: OwnJob) -> OwnJob:
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

    def _lost(self, job: OwnJob, *, timed_out: bool = False) -> None:
        _no_longer_stopping(job)
        if job.busy or job.stage == "report":
            # A save may have been done and not told.
            key = _LOST.get(job.stage, "import.too_long" if timed_out else "import.lost")
            job.stage, job.error = "failed", IntakeError(key, file=job.file)

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

    def _end(self, job: OwnJob) -> None:
        self._jobs.pop(job.id, None)
        _no_longer_stopping(job)
        job.worker.end()


def _note(job: OwnJob, name: str, value: Any, _part: Part | None = None) -> None:
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


def _no_longer_stopping(job: OwnJob) -> None:
    if job.stopping is not None:
        job.stopping.cancel()
        job.stopping = None


# --- as it is told to other servers --------------------------------------------------------------

_SHARED: Final = TypeAdapter(Job)
_OPTIONS: Final = TypeAdapter(ReadOptions)

_ASKED: Final[Mapping[str, tuple[Stage, Stage]]] = {
    "save": ("report", "saving"),
    "read_again": ("report", "reading"),
    "take_back": ("saved", "taking_back"),
}
"""What an import is to be at for something to be asked of it, and what it is at then."""


def _text_of(job: Job) -> str:
    return _SHARED.dump_json(job).decode()


def _job_of(row: JobRow) -> Job:
    job = _SHARED.validate_json(row.told)
    # What was asked is under way, though its server has not heard of it yet.
    before, after = _ASKED.get(json.loads(row.asked)[0] if row.asked else "", (None, None))
    if after is not None and job.stage == before:
        job.stage, job.share = after, 0.0
    return job
