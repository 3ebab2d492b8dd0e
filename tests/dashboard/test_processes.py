"""Questions worked out in processes of their own: answered, kept, stopped, limited, and lost."""

import ctypes
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dashboard.jobs.processes import KEPT, READING, SOLVING, Solvers, Standing
from geodata.errors import CatalogueError, GeodataError, PlanningError
from geodata.service.adding import MISTAKES_AT_MOST, Offered, Proposal
from geodata.service.recording import read_track
from geodata.service.worker import FileQuestion, Limits, Question
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import words

LONG_S = 240.0


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
    made = Solvers(SOLVING)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Solvers]:
    """Of processes that have begun already, for questions that leave them as they are."""
    made = Solvers(SOLVING)
    yield made
    made.close()


def until(wanted: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_question_is_answered_elsewhere_and_only_once(shared: Solvers) -> None:
    first = shared.ask(Doubled(21), LONG_S)
    assert first.stage == "answered"
    assert first.answer[0] == 42
    assert first.answer[1] != os.getpid()
    # An equal question has the answer that is kept: no time is given to work it out.
    assert shared.ask(Doubled(21)).answer == first.answer


def test_an_error_comes_back_with_its_key_and_values(shared: Solvers) -> None:
    standing = shared.ask(Refused(3), LONG_S)
    assert standing.stage == "failed"
    assert isinstance(standing.error, PlanningError)
    assert (standing.error.key, dict(standing.error.values)) == ("planning.k", {"k": 3})


def test_work_tells_how_far_it_has_come_and_can_be_stopped(solvers: Solvers) -> None:
    until(lambda: solvers.ask(Endless()).share > 0)
    (worker,) = solvers._workers
    solvers.stop(Endless())
    assert solvers.ask(Endless()).stage == "stopped"
    assert not worker.process.is_alive()
    solvers.forget(Endless())
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


def test_a_process_that_dies_is_told_of_and_replaced(shared: Solvers) -> None:
    standing = shared.ask(Killed(), LONG_S)
    assert standing.stage == "failed"
    assert standing.error is not None
    assert standing.error.key == "planning.lost"
    assert shared.ask(Doubled(2), LONG_S).answer[0] == 4


def test_few_answers_are_kept(shared: Solvers) -> None:
    for number in range(KEPT + 5):
        assert shared.ask(Doubled(number), LONG_S).stage == "answered"
    assert len(shared._standings) == KEPT
    assert Doubled(0) not in shared._standings
    assert Doubled(KEPT + 4) in shared._standings


# --- limits --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deaf:
    """Deep in C code that holds everything else up: no signal's handler is run, no pipe read."""

    name: str = ""

    def solve(self, tell: Callable[[float], None]) -> int:
        tell(0.5)
        return int(re.fullmatch("(a|a)*b", "a" * 60) is None)


@dataclass(frozen=True)
class Hungry:
    def solve(self, tell: Callable[[float], None]) -> int:
        found: list[bytes] = []
        while len(found) < 2_000:
            found.append(bytes(10_000_000))
        return len(found)


@dataclass(frozen=True)
class Crashing:
    def solve(self, tell: Callable[[float], None]) -> int:
        ctypes.string_at(0)
        return 0


def settled(solvers: Solvers, question: Question) -> Standing:
    until(lambda: not solvers.ask(question).is_open)
    return solvers.ask(question)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits are Linux's")
def test_four_that_will_not_end_are_ended_and_a_fifth_is_answered() -> None:
    kind = replace(READING, limits=Limits(memory_bytes=300_000_000, time_s=5.0))
    readers = Solvers(kind)
    hostile: list[Question] = [Deaf("a"), Deaf("b"), Hungry(), Crashing()]
    try:
        for question in hostile:
            assert readers.ask(question).is_open
        # All are at work, and who asks is answered all the same.
        assert readers.ask(Doubled(21)).stage == "waiting"
        assert readers.ask(Doubled(21), LONG_S).answer[0] == 42
        errors = [settled(readers, question).error for question in hostile]
    finally:
        readers.close()
    assert [error.key for error in errors if error] == [
        "reading.too_long",
        "reading.too_long",
        "intake.too_much_memory",
        "reading.lost",
    ]
    for error in errors:
        assert error
        assert words("sv").error(error).endswith(".")


def test_what_hears_nothing_is_stopped_at_once(solvers: Solvers) -> None:
    until(lambda: solvers.ask(Deaf()).share > 0)
    (worker,) = solvers._workers
    solvers.stop(Deaf())
    assert not worker.process.is_alive()
    assert solvers.ask(Deaf()).stage == "stopped"


# --- files for the catalogue, and a walk's track -------------------------------------------------

FEATURES = '{"type": "FeatureCollection", "features": [%s]}'
PLACES = "name,kind,lon,lat,area,distance_m,source\n"
GPX = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>%s</trkseg></trk></gpx>'


def test_files_from_outside_are_read_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    settings = Settings(register_url(str(tmp_path / "register.sqlite")), basemap=NO_BASEMAP)

    def offered(name: str, text: str) -> Offered:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return Offered(settings, (path,))

    def track(name: str, points: str) -> FileQuestion:
        path = tmp_path / name
        path.write_text(GPX % points, encoding="utf-8")
        return FileQuestion(read_track, path)

    dots = offered("dots.toml", ".".join(["a"] * 100_000) + " = 1")
    points = offered("points.geojson", FEATURES % ("[" * 100_001))
    rows = offered("rows.csv", PLACES + "x,stop,1,1,x,0,x\n" * 300)
    fine = offered("fine.csv", PLACES + "Torget,stop,12.64335,57.48379,hedbo,0,x\n")
    gone = Offered(settings, (tmp_path / "gone.csv",))
    readers = Solvers(READING)
    try:
        missing = settled(readers, gone).error
        refused = [settled(readers, question).error for question in (dots, points, rows)]
        proposal = settled(readers, fine).answer
        way = settled(readers, track("a.gpx", WAY)).answer
        none = settled(readers, track("b.gpx", "")).error
        empty = settled(readers, track("c.gpx", "<trkpt/>" * 50_000)).error
    finally:
        readers.close()
    assert missing
    assert missing.key == "reading.gone"
    keys = [
        [m.key for m in error.mistakes] for error in refused if isinstance(error, CatalogueError)
    ]
    assert keys[:2] == [["catalogue.too_deep"], ["catalogue.too_many_points"]]
    # Outside Sweden, in an area that there isn't: two to a row, of which the first came along.
    assert len(keys[2]) == MISTAKES_AT_MOST
    assert isinstance(refused[2], GeodataError)
    assert refused[2].values["count"] == 600
    assert isinstance(proposal, Proposal)
    assert [place.name for place in proposal.found.new_places] == ["Torget"]
    assert json.loads(way) == {
        "type": "LineString",
        "coordinates": [[12.64, 57.48], [12.64, 57.49]],
    }
    for error in (none, empty):
        assert isinstance(error, GeodataError)
        assert words("sv").error(error).endswith(".")


WAY = '<trkpt lat="57.48" lon="12.64"/><trkpt lat="57.49" lon="12.64"/>'
