"""Processes of their own for long work and for files from outside: begun, heard, and ended."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from threading import RLock
from types import ModuleType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, TypeAdapter

from dashboard.jobs.sharing import Sharing, TellableError, Told
from geodata.errors import GeodataError, StreetsError
from geodata.planner.streets import LIMITS, Fetch, TakeIn
from geodata.service import JobRow, Service
from geodata.service.worker import IDLE_S, ROOMS, Limits, Part, Question, serve

ENDED_S: Final = 1.0
"""How long a process that was told to end is waited for before it is killed, in seconds."""

KEPT: Final = 48
"""Answers that are kept; beyond that the one longest not asked for is forgotten."""

LOOKED_EVERY_S: Final = 0.02


def _context() -> BaseContext:
    """Return how processes are begun.

    Each is a copy of one that has loaded what they need and has done nothing else, so that it is
    there at once; a copy of this process would take its threads' locks along. Where there is no
    copying, each is a fresh interpreter.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(ROOMS))
    return context


CONTEXT: Final = _context()


class Ended(Exception):  # noqa: N818 - not an error: whoever hears it knows what it means
    """A process has ended without a word: by itself, by the system, or since its time was up."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__()
        self.timed_out = timed_out


@dataclass(slots=True)
class Worker:
    """A process, and the pipe to it."""

    process: BaseProcess
    connection: Connection

    @classmethod
    def begin(cls, work: Callable[..., None], *given: Any) -> Self:
        """Begin work in a process of its own."""
        here, there = CONTEXT.Pipe()
        process: BaseProcess = CONTEXT.Process(  # type: ignore[attr-defined]
            target=work, args=(there, *given), daemon=True
        )
        with _no_main_module():
            process.start()
        there.close()
        return cls(process, here)

    def ask(self, *asked: Any) -> None:
        """Ask for something; raises `Ended` where nobody is there to do it."""
        try:
            self.connection.send(asked)
        except OSError:
            raise self._ended() from None

    def heard(self) -> Iterator[tuple[Any, ...]]:
        """Yield what was told since last time; raises `Ended` after the last of a process's."""
        try:
            while self.connection.poll():
                yield self.connection.recv()
        except (EOFError, OSError):
            raise self._ended() from None

    def _ended(self) -> Ended:
        self.process.join(ENDED_S)
        alarm = getattr(signal, "SIGALRM", None)
        return Ended(timed_out=alarm is not None and self.process.exitcode == -alarm)

    def end(self) -> None:
        """End it, once, whatever it is doing; what it was writing is whole or not there."""
        if self.connection.closed:
            return
        self.connection.close()
        self.process.terminate()
        self.process.join(ENDED_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(ENDED_S)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep a new process from running this one's main module, as it otherwise would.

    Streamlit puts the page's script there, which would then be run where there is no page.
    """
    kept = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = kept


# --- questions -----------------------------------------------------------------------------------


Stage = Literal["waiting", "working", "answered", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a question has come."""

    stage: Stage
    # Done, 0 to 1, while it is worked on.
    share: float = 0.0
    # Which is worked on, of how many, and its name; None without parts.
    part: Part | None = None
    answer: Any = None
    # Why there is no answer.
    error: TellableError = None
    # Since when.
    at: Annotated[float, Field(exclude=True)] = field(default_factory=time.monotonic, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether there is an answer to wait for."""
        return self.stage in ("waiting", "working")


@dataclass(slots=True)
class _Solver(Worker):
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of questions some processes answer."""

    limits: Limits
    at_once: int
    lost: str
    timed_out: str


SOLVING: Final = Kind(
    Limits(memory_bytes=4_000_000_000, time_s=600.0),
    at_once=2,
    lost="planning.lost",
    timed_out="planning.too_long",
)
"""Planning tools' questions; two cores serve no more at once, and each has its own time."""

READING: Final = Kind(
    Limits(memory_bytes=2_000_000_000, time_s=60.0),
    at_once=4,
    lost="reading.lost",
    timed_out="reading.too_long",
)
"""A walk's track, or files for the catalogue, which are held against every record there is."""


class Solvers:
    """Processes that answer questions of one kind; threads may share it."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._standings: OrderedDict[Question, Standing] = OrderedDict()
        self._workers: list[_Solver] = []
        self._lock = RLock()

    def warm_up(self) -> None:
        """Have one process ready, so that the first question needn't wait for it to start."""
        with self._lock:
            self._hear()
            if not self._workers:
                self._start()

    def ask(self, question: Question, wait_s: float = 0.0) -> Standing:
        """Return how far a question has come; it is begun where it never was asked."""
        until = time.monotonic() + wait_s
        while True:
            with self._lock:
                self._hear()
                if question not in self._standings:
                    self._standings[question] = Standing("waiting")
                self._standings.move_to_end(question)
                self._begin_waiting()
                standing = self._standings[question]
                self._drop_oldest()
            if not standing.is_open or time.monotonic() >= until:
                return standing
            time.sleep(LOOKED_EVERY_S)

    def answer(self, question: Question) -> Any:
        """Wait for a question's answer and keep nothing of it; raises why there is none."""
        standing = self.ask(question, self._kind.limits.time_s)
        self.stop(question)
        self.forget(question)
        if standing.stage == "answered":
            return standing.answer
        raise standing.error or GeodataError(self._kind.timed_out)

    def stop(self, question: Question) -> None:
        """Stop work on a question, or take it out of the queue."""
        with self._lock:
            self._hear()
            standing = self._standings.get(question)
            if standing is None or not standing.is_open:
                return
            for worker in [w for w in self._workers if w.question == question]:
                self._end(worker)
            self._standings[question] = Standing("stopped")

    def forget(self, question: Question) -> None:
        """Forget what came of a question: it is worked on anew when it is asked next."""
        with self._lock:
            standing = self._standings.get(question)
            if standing is not None and not standing.is_open:
                del self._standings[question]

    def close(self) -> None:
        """End every process; for the server's end."""
        with self._lock:
            for worker in list(self._workers):
                self._end(worker)

    def _hear(self) -> None:
        """Take note of everything that the processes have told since last time."""
        for worker in list(self._workers):
            try:
                for told in worker.heard():
                    self._note(worker, *told)
            except Ended as ended:
                # Idle for long, out of time, or ended by the system, as for want of memory.
                if worker.question is not None:
                    key = self._kind.timed_out if ended.timed_out else self._kind.lost
                    self._standings[worker.question] = Standing("failed", error=GeodataError(key))
                self._end(worker)

    def _note(self, worker: _Solver, name: str, value: Any, part: Part | None = None) -> None:
        question = worker.question
        if question is None:
            return
        if name == "share":
            share = min(max(float(value), 0.0), 1.0)
            self._standings[question] = Standing("working", share, part)
            return
        worker.question = None
        part = self._standings[question].part
        if name == "answer":
            self._standings[question] = Standing("answered", 1.0, part, answer=value)
        else:
            self._standings[question] = Standing("failed", 0.0, part, error=value)

    def _begin_waiting(self) -> None:
        for question, standing in list(self._standings.items()):
            if standing.stage != "waiting":
                continue
            free = next((w for w in self._workers if w.question is None), None)
            if free is None and len(self._workers) < self._kind.at_once:
                free = self._start()
            if free is None:
                return
            try:
                free.ask("question", question)
            except Ended:
                self._end(free)
                continue
            free.question = question
            self._standings[question] = Standing("working")

    def _start(self) -> _Solver:
        worker = _Solver.begin(serve, self._kind.limits, IDLE_S)
        self._workers.append(worker)
        return worker

    def _end(self, worker: _Solver) -> None:
        self._workers.remove(worker)
        worker.end()

    def _drop_oldest(self) -> None:
        over = len(self._standings) - KEPT
        for question, standing in list(self._standings.items()):
            if over <= 0:
                return
            if not standing.is_open:
                del self._standings[question]
                over -= 1


# --- streets -------------------------------------------------------------------------------------


NEWS_S: Final = 600.0
"""How long it is told what became of the latest, in seconds."""

TAKING_IN: Final = Kind(LIMITS, 1, "streets.lost", "streets.too_long")


STREETS: Final = "streets"
"""What the job is called; the streets are everybody's, on all servers with the same folder."""


@dataclass(frozen=True, slots=True)
class StreetJob:
    """One time that streets are taken in, of a file, or fetched: its number, how far it is."""

    number: int
    # Empty where they are fetched.
    file: str
    standing: Standing


class StreetJobs:
    """The one job there is; every page sees the same, at whichever server, since streets are so."""

    def __init__(self, service: Callable[[], Service] | None = None) -> None:
        self._solvers = Solvers(TAKING_IN)
        self._asked: TakeIn | Fetch | None = None
        self._job: StreetJob | None = None
        self._lock = RLock()
        self._sharing = Sharing(service, self._current, lambda *_: self.stop(), lambda _: None)

    def start(self, asked: TakeIn | Fetch) -> StreetJob:
        """Begin."""
        with self._lock:
            before = self.current()
            if before is not None and before.standing.is_open:
                raise StreetsError("streets.busy")
            own, others = self._job, self._sharing.find(STREETS)
            numbers = [own.number if own else 0, _job_of(others).number if others else 0]
            file = asked.path.name if isinstance(asked, TakeIn) else ""
            begun = StreetJob(max(numbers) + 1, file, Standing("waiting"))
            if not self._sharing.tell(STREETS, _text_of(begun), others):
                raise StreetsError("streets.busy")
            self._solvers.forget(asked)
            self._asked, self._job = asked, replace(begun, standing=self._solvers.ask(asked))
            self._sharing.follow()
            return self._job

    def current(self) -> StreetJob | None:
        """Return how far the latest has come, None where there was none that is news still."""
        with self._lock:
            job = self._latest()
            if job is not None and not job.standing.is_open:
                # The next comes perhaps tomorrow, and what was read takes memory.
                self._solvers.close()
                job = job if _is_news(job) else None
            others = None if job and job.standing.is_open else self._sharing.find(STREETS)
            if others is None or others.age_s > NEWS_S:
                return job
            self._job = None
            return _job_of(others)

    def stop(self) -> None:
        """End what is under way; the streets in use stay as they are."""
        with self._lock:
            if self._job is None or self._asked is None:
                self._sharing.ask(STREETS, "stop")
            else:
                self._solvers.stop(self._asked)

    def close(self) -> None:
        """End what is under way; for the server's end."""
        self._sharing.close()
        self._solvers.close()

    def _latest(self) -> StreetJob | None:
        if self._job is not None and self._asked is not None:
            self._job = replace(self._job, standing=self._solvers.ask(self._asked))
        return self._job

    def _current(self) -> list[Told]:
        with self._lock:
            job = self._latest()
        if job is None or not (job.standing.is_open or _is_news(job)):
            return []
        text = _text_of(job)
        return [(STREETS, text, lambda: text)]


def _is_news(job: StreetJob) -> bool:
    return time.monotonic() - job.standing.at < NEWS_S


_SHARED: Final = TypeAdapter(StreetJob)


def _text_of(job: StreetJob) -> str:
    # What is in use by then is read from its folder.
    return _SHARED.dump_json(replace(job, standing=replace(job.standing, answer=None))).decode()


def _job_of(row: JobRow) -> StreetJob:
    job = _SHARED.validate_json(row.told)
    if job.standing.is_open and row.is_gone:
        return replace(job, standing=Standing("failed", error=StreetsError(TAKING_IN.lost)))
    return job
