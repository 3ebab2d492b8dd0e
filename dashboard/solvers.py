"""What planning tools ask of solvers: worked out in processes of their own, kept, and stopped."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import RLock
from typing import Any, Final, Literal

from dashboard.processes import Worker
from geodata.errors import GeodataError, PlanningError
from geodata.service.planning.solver_worker import IDLE_S, Question, serve

AT_ONCE: Final = 2
"""Questions that are worked on at once; the others wait their turn."""

KEPT: Final = 48
"""Answers that are kept; beyond that the one longest not asked for is forgotten."""

LOOKED_EVERY_S: Final = 0.02

Stage = Literal["waiting", "working", "answered", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a question has come.

    Parameters
    ----------
    stage : {"waiting", "working", "answered", "failed", "stopped"}
        How far.
    share : float
        How much is done, 0-1, while it is worked on.
    answer : object
        What came out, once answered.
    error : GeodataError or None
        Why nothing did.
    """

    stage: Stage
    share: float = 0.0
    answer: Any = None
    error: GeodataError | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is an answer to wait for."""
        return self.stage in ("waiting", "working")


WAITING: Final = Standing("waiting")


@dataclass(slots=True)
class _Solver(Worker):
    question: Question | None = None


class Solvers:
    """The solvers of this process; threads may share it."""

    def __init__(self) -> None:
        self._standings: OrderedDict[Question, Standing] = OrderedDict()
        self._workers: list[_Solver] = []
        self._lock = RLock()

    def warm_up(self) -> None:
        """Have one solver ready, so that the first question needn't wait for it to start."""
        with self._lock:
            self._hear()
            if not self._workers:
                self._start()

    def ask(self, question: Question, wait_s: float = 0.0) -> Standing:
        """Return how far a question has come; it is begun where it never was asked.

        Parameters
        ----------
        question : Question
            Equal questions have one answer.
        wait_s : float, default 0
            How long to wait for the answer, in seconds.

        Returns
        -------
        Standing
            As it is now. One that was stopped stays so until `begin_again`.
        """
        until = time.monotonic() + wait_s
        while True:
            with self._lock:
                self._hear()
                standing = self._standings.get(question)
                if standing is None:
                    standing = self._standings[question] = WAITING
                self._standings.move_to_end(question)
                self._begin_waiting()
                standing = self._standings[question]
                self._forget()
            if not standing.is_open or time.monotonic() >= until:
                return standing
            time.sleep(LOOKED_EVERY_S)

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

    def begin_again(self, question: Question) -> None:
        """Forget what came of a question, so that it is worked on when it is asked next."""
        with self._lock:
            standing = self._standings.get(question)
            if standing is not None and not standing.is_open:
                del self._standings[question]

    def close(self) -> None:
        """End every solver; for the server's end."""
        with self._lock:
            for worker in list(self._workers):
                self._end(worker)

    def _hear(self) -> None:
        """Take note of everything that the solvers have told since last time."""
        for worker in list(self._workers):
            try:
                while worker.connection.poll():
                    self._note(worker, *worker.connection.recv())
            except (EOFError, OSError):
                # Idle for long, or ended by the system, as for want of memory.
                if worker.question is not None:
                    error = PlanningError("planning.lost")
                    self._standings[worker.question] = Standing("failed", error=error)
                self._end(worker)

    def _note(self, worker: _Solver, name: str, value: Any) -> None:
        question = worker.question
        if question is None:
            return
        if name == "share":
            self._standings[question] = Standing("working", min(max(float(value), 0.0), 1.0))
            return
        worker.question = None
        told = {"answer": value} if name == "answer" else {"error": value}
        self._standings[question] = Standing("answered" if name == "answer" else "failed", **told)

    def _begin_waiting(self) -> None:
        for question, standing in list(self._standings.items()):
            if standing.stage != "waiting":
                continue
            free = next((w for w in self._workers if w.question is None), None)
            if free is None and len(self._workers) < AT_ONCE:
                free = self._start()
            if free is None:
                return
            try:
                free.connection.send(question)
            except OSError:
                self._end(free)
                continue
            free.question = question
            self._standings[question] = Standing("working")

    def _start(self) -> _Solver:
        worker = _Solver.begin(serve, IDLE_S)
        self._workers.append(worker)
        return worker

    def _end(self, worker: _Solver) -> None:
        self._workers.remove(worker)
        # It may be deep in a solver that hears no signal.
        worker.end(at_once=True)

    def _forget(self) -> None:
        over = len(self._standings) - KEPT
        for question, standing in list(self._standings.items()):
            if over <= 0:
                return
            if not standing.is_open:
                del self._standings[question]
                over -= 1
