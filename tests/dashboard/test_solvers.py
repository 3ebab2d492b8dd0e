"""Questions worked out in processes of their own: answered, kept, stopped, and lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from dashboard.solvers import KEPT, Solvers
from geodata.errors import PlanningError

LONG_S = 60.0


@dataclass(frozen=True)
class Doubled:
    number: int

    def solve(self, tell: Callable[[float], None]) -> tuple[int, int]:
        tell(0.5)
        return 2 * self.number, os.getpid()


@dataclass(frozen=True)
class Refused:
    k: int

    def solve(self, tell: Callable[[float], None]) -> int:
        raise PlanningError("planning.k", k=self.k)


@dataclass(frozen=True)
class Endless:
    name: str = ""

    def solve(self, tell: Callable[[float], None]) -> int:
        for step in range(10_000):
            time.sleep(0.02)
            tell(step / 10_000)
        return 0


@dataclass(frozen=True)
class Killed:
    def solve(self, tell: Callable[[float], None]) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0


@pytest.fixture
def solvers() -> Iterator[Solvers]:
    made = Solvers()
    yield made
    made.close()


def until(wanted: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_question_is_answered_elsewhere_and_only_once(solvers: Solvers) -> None:
    first = solvers.ask(Doubled(21), LONG_S)
    assert first.stage == "answered"
    assert first.answer[0] == 42
    assert first.answer[1] != os.getpid()
    # An equal question has the answer that is kept: no time is given to work it out.
    assert solvers.ask(Doubled(21)).answer == first.answer


def test_an_error_comes_back_with_its_key_and_values(solvers: Solvers) -> None:
    standing = solvers.ask(Refused(3), LONG_S)
    assert standing.stage == "failed"
    assert isinstance(standing.error, PlanningError)
    assert (standing.error.key, dict(standing.error.values)) == ("planning.k", {"k": 3})


def test_work_tells_how_far_it_has_come_and_can_be_stopped(solvers: Solvers) -> None:
    until(lambda: solvers.ask(Endless()).share > 0)
    (worker,) = solvers._workers
    solvers.stop(Endless())
    assert solvers.ask(Endless()).stage == "stopped"
    assert not worker.process.is_alive()
    solvers.begin_again(Endless())
    assert solvers.ask(Endless()).is_open
    assert solvers.ask(Doubled(1), LONG_S).answer[0] == 2


def test_a_question_waits_its_turn_and_can_be_taken_out_of_the_queue(solvers: Solvers) -> None:
    until(lambda: solvers.ask(Endless("a")).stage == "working")
    until(lambda: solvers.ask(Endless("b")).stage == "working")
    assert solvers.ask(Doubled(5)).stage == "waiting"
    solvers.stop(Doubled(5))
    assert solvers.ask(Doubled(5)).stage == "stopped"
    assert solvers.ask(Doubled(6)).stage == "waiting"
    solvers.stop(Endless("a"))
    assert solvers.ask(Doubled(6), LONG_S).answer[0] == 12


def test_a_process_that_dies_is_told_of_and_replaced(solvers: Solvers) -> None:
    standing = solvers.ask(Killed(), LONG_S)
    assert standing.stage == "failed"
    assert standing.error is not None
    assert standing.error.key == "planning.lost"
    assert solvers.ask(Doubled(2), LONG_S).answer[0] == 4


def test_few_answers_are_kept(solvers: Solvers) -> None:
    for number in range(KEPT + 5):
        assert solvers.ask(Doubled(number), LONG_S).stage == "answered"
    assert len(solvers._standings) == KEPT
    assert Doubled(0) not in solvers._standings
    assert Doubled(KEPT + 4) in solvers._standings
