"""Jobs told of in the register: whose each is, what is asked of it, and who goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from geodata.errors import RegisterError
from geodata.register import Register, jobs
from geodata.register.jobs import JobBoard


@pytest.fixture
def boards(url: str) -> Iterator[tuple[JobBoard, JobBoard]]:
    """Two servers' boards of one register."""
    with Register.open(url) as here, Register.open(url) as there:
        yield here.jobs, there.jobs


def test_what_one_tells_the_other_finds_and_answers(boards: tuple[JobBoard, JobBoard]) -> None:
    here, there = boards
    assert there.find("a") is None
    assert here.put("a", "here", "reading")
    assert here.put("a", "here", "report")
    found = there.find("a")
    assert found
    assert (found.server, found.told, found.asked, found.is_gone) == ("here", "report", "", False)
    there.ask("a", "stop")
    there.ask("unknown", "stop")
    assert here.beat("here", []) == [("a", "stop")]
    # It stays asked until it is done, and what was asked since is not lost with it.
    there.ask("a", "save")
    assert here.beat("here", [("a", "stop")]) == [("a", "save")]
    assert here.beat("here", [("a", "save")]) == []
    assert there.beat("there", []) == []


def test_what_is_done_once_is_one_servers_until_it_gives_it_back(
    boards: tuple[JobBoard, JobBoard], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = boards
    with ThreadPoolExecutor(8) as people:
        took = list(people.map(lambda n: boards[n % 2].take("a"), range(8)))
    assert took.count(True) == 1
    assert there.take("b")
    assert not here.take("b")
    there.give_back("b")
    assert here.take("b")
    # What other jobs are told of doesn't make it forgotten, but by and by it is.
    monkeypatch.setattr(jobs, "KEPT_S", -1)
    assert here.put("job", "here", "reading")
    assert here.put("another", "here", "reading")
    assert not there.take("a")
    monkeypatch.setattr(jobs, "TAKEN_KEPT_S", -1)
    assert there.take("a")


def test_a_job_is_one_servers_until_that_has_gone_and_then_one_others(
    boards: tuple[JobBoard, JobBoard], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = boards
    here.put("a", "here", "reading")
    assert not there.put("a", "there", "reading")
    found = there.find("a")
    assert found
    # It was told of since: what was found is no longer so, and is nobody's to take over.
    here.put("a", "here", "saving")
    assert not there.put("a", "there", "reading", found)
    here.leave("here")
    gone = there.find("a")
    assert gone
    assert gone.is_gone
    there.ask("a", "save")
    with ThreadPoolExecutor(8) as people:
        took = list(people.map(lambda n: there.put("a", f"s{n}", f"by {n}", gone), range(8)))
    assert took.count(True) == 1
    now = here.find("a")
    assert now
    assert (now.server, now.told, now.asked) == (f"s{took.index(True)}", now.told, "")
    assert not here.put("a", "here", "back again")
    # A day later nobody asks any more.
    monkeypatch.setattr(jobs, "KEPT_S", -1)
    here.put("b", "here", "reading")
    assert here.find("a") is None


@pytest.mark.sqlite
def test_a_save_under_way_holds_nothing_up(url: str) -> None:
    with Register.open(url, busy_timeout_s=0.1) as one, Register.open(url) as other:
        with other._writing("somebody"):
            assert one.jobs.put("a", "here", "saving")
            with pytest.raises(RegisterError):
                one.remember("a", "b")
        assert other.jobs.find("a")
