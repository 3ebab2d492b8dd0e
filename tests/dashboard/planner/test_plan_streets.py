"""The tool for streets: one job at a time in a process of its own, and what the page tells."""

from __future__ import annotations

import html
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from dashboard import cached
from dashboard.jobs import processes
from dashboard.jobs.processes import StreetJob, StreetJobs
from geodata.errors import StreetsError
from geodata.planner.streets import Fetch, TakeIn
from geodata.service import Service, streets
from geodata.settings import NO_BASEMAP, Settings, register_url

APP = Path(__file__).parents[3] / "dashboard" / "app.py"
EXCERPT = Path(__file__).parents[2] / "geodata" / "planning" / "streets-excerpt.osm.pbf"
WAIT_S = 240.0


@pytest.fixture
def jobs() -> Iterator[StreetJobs]:
    made = StreetJobs()
    yield made
    made.close()


def ended(jobs: StreetJobs) -> StreetJob:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        job = jobs.current()
        assert job is not None
        if not job.standing.is_open:
            return job
        time.sleep(0.02)
    raise AssertionError("it goes on and on")


def test_a_file_is_taken_in_and_a_bad_one_after_it_changes_nothing(
    jobs: StreetJobs, tmp_path: Path
) -> None:
    folder = tmp_path / "streets"
    assert jobs.current() is None
    started = jobs.start(TakeIn(EXCERPT, folder))
    assert started.standing.is_open
    # Whoever comes second, on whatever page, waits.
    with pytest.raises(StreetsError) as caught:
        jobs.start(TakeIn(EXCERPT, folder))
    assert caught.value.key == "streets.busy"
    done = ended(jobs)
    assert (done.standing.stage, done.number, done.standing.error) == ("answered", 1, None)
    before = streets.kept_streets(folder)
    assert before
    assert before.file == EXCERPT.name

    (tmp_path / "bad.osm").write_text("<osm><node", encoding="utf-8")
    jobs.start(TakeIn(tmp_path / "bad.osm", folder))
    failed = ended(jobs)
    assert failed.standing.stage == "failed"
    assert failed.standing.error
    assert failed.standing.error.key == "streets.broken"
    assert streets.kept_streets(folder) == before


def test_without_internet_a_fetch_says_so(jobs: StreetJobs, tmp_path: Path) -> None:
    # Port 9 of this machine: nobody answers there.
    asked = Fetch(
        Settings(register_url(str(tmp_path / "register.sqlite")), basemap=NO_BASEMAP),
        folder=tmp_path / "streets",
        url="http://127.0.0.1:9/api",
    )
    jobs.start(asked)
    failed = ended(jobs)
    assert failed.standing.error
    assert failed.standing.error.key == "streets.fetch_offline"
    assert failed.standing.part
    assert failed.standing.part[0] == 1
    assert streets.kept_streets(tmp_path / "streets") is None


def test_what_is_stopped_or_killed_is_told_and_leaves_nothing(
    jobs: StreetJobs, tmp_path: Path
) -> None:
    folder = tmp_path / "streets"
    jobs.stop()  # nothing is under way
    jobs.start(TakeIn(EXCERPT, folder))
    jobs.stop()
    assert ended(jobs).standing.stage == "stopped"
    jobs.start(TakeIn(EXCERPT, folder))
    assert jobs._solvers._workers[0].process
    assert jobs._solvers._workers[0].process.pid
    os.kill(jobs._solvers._workers[0].process.pid, signal.SIGKILL)
    failed = ended(jobs)
    assert failed.number == 2
    assert failed.standing.error
    assert failed.standing.error.key == "streets.lost"
    assert streets.kept_streets(folder) is None


def test_how_it_ended_is_news_for_a_while(
    jobs: StreetJobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.start(TakeIn(EXCERPT, tmp_path))
    jobs.stop()
    assert jobs.current()
    monkeypatch.setattr(processes, "NEWS_S", 0.0)
    assert jobs.current() is None


def test_streets_are_taken_in_once_whichever_server_is_asked(tmp_path: Path) -> None:
    settings = Settings(register_url(str(tmp_path / "register.sqlite")), basemap=NO_BASEMAP)
    with Service.open(settings) as one, Service.open(settings) as other:
        here, there = StreetJobs(lambda: one), StreetJobs(lambda: other)
        assert there.current() is None
        here.start(TakeIn(EXCERPT, tmp_path / "streets"))
        # It is not done before anybody can say stop.
        worker = here._solvers._workers[0].process
        assert worker
        assert worker.pid
        os.kill(worker.pid, signal.SIGSTOP)
        found = there.current()
        assert found
        assert (found.number, found.file, found.standing.is_open) == (1, EXCERPT.name, True)
        with pytest.raises(StreetsError) as caught:
            there.start(TakeIn(EXCERPT, tmp_path / "streets"))
        assert caught.value.key == "streets.busy"
        there.stop()
        assert ended(here).standing.stage == "stopped"
        assert ended(there).standing.stage == "stopped"
        (tmp_path / "bad.osm").write_text("<osm><node", encoding="utf-8")
        there.start(TakeIn(tmp_path / "bad.osm", tmp_path / "streets"))
        failed = ended(here)
        assert (failed.number, failed.standing.stage) == (2, "failed")
        assert failed.standing.error
        assert failed.standing.error.key == "streets.broken"
        # One that ends in the middle of it is told of as that.
        here.start(TakeIn(EXCERPT, tmp_path / "streets"))
        here.close()
        lost = there.current()
        assert lost
        assert lost.standing.error
        assert lost.standing.error.key == "streets.lost"
        there.close()


# --- the page ------------------------------------------------------------------------------------


@pytest.fixture
def open_tool(
    use_register: Callable[[Path], None],
    example_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., str]]:
    monkeypatch.setattr(streets, "data_folder", lambda: tmp_path / "data")
    use_register(example_file)

    def open_it(language: str = "sv") -> str:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app._bidi_component_manager = BidiComponentManager()
        app.query_params.update({"tool": "streets", "lang": language})
        app.session_state["page"] = "planning"
        app.run()
        assert not app.exception, app.exception[0].value
        shown: dict[str, Any] = {
            one.key: json.loads(one.proto.json) for one in app.get("bidi_component")
        }
        return html.unescape(shown["planning_panel"]["html"]).replace("\xa0", " ")

    yield open_it
    cached.solvers().close()


def test_without_streets_the_page_says_how_distances_are_found(
    open_tool: Callable[..., str],
) -> None:
    told = open_tool()
    assert "fågelvägen gånger 1,3" in told
    assert 'data-id="street-file"' in told
    assert 'data-id="fetch-streets"' in told
    assert "straight lines times 1.3" in open_tool("en")


def test_the_page_tells_the_streets_in_use(open_tool: Callable[..., str]) -> None:
    network = streets.import_streets(EXCERPT)
    told = open_tool()
    assert f"{network.edge_count}" in told
    assert f"{round(network.length_m / 1_000)} km" in told
    assert EXCERPT.name in told
    assert "© OpenStreetMap contributors, ODbL 1.0" in told
    assert "Nätet har 3 delar" in told
    # In Finland: every area of the catalogue lies outside.
    assert "Norrby" in told.split("täcker inte hela:", 1)[1]


def test_streets_that_can_not_be_read_are_told_with_a_way_out(
    open_tool: Callable[..., str],
) -> None:
    streets.import_streets(EXCERPT)
    (streets.streets_folder() / streets.CURRENT).write_text("{", encoding="utf-8")
    told = open_tool()
    assert "Importera dem igen" in told
    assert 'data-id="street-file"' in told
