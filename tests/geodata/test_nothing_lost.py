"""Nothing lost: not when a process is killed, not when twenty people record at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from geodata.model import Activity, Precision
from geodata.register import Register
from geodata.register.backups import examine_register
from geodata.register.damage import Damage

SCRIPT = Path(__file__).parent / "register" / "people.py"
ROOT = Path(__file__).parents[2]
PEOPLE, SAVES, CHANGES = 20, 10, 3
SAVES_IN_ALL = 200
ROUNDS = 8
IMPORTS = 6
SEED = int.from_bytes(os.urandom(4))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed")


class People:
    """The program in `people.py`, told what to do and listened to."""

    def __init__(self) -> None:
        self._running = subprocess.Popen(
            [sys.executable, SCRIPT],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str, *arguments: object) -> list[int]:
        assert self._running.stdin is not None
        self._running.stdin.write(" ".join([command, *(str(a) for a in arguments)]) + "\n")
        self._running.stdin.flush()
        # A child may be quicker than what tells of it.
        self._early = []
        while (words := self.hear())[0] != "pids":
            self._early.append(words)
        return [int(pid) for pid in words[1:]]

    def hear(self) -> list[str]:
        assert self._running.stdout is not None
        words = self._running.stdout.readline().split()
        assert words
        return words

    def said(self) -> Iterator[list[str]]:
        """Yield what is said until all have ended."""
        yield from self._early
        while (words := self.hear())[0] != "ended":
            yield words
        self.codes = [int(code) for code in words[1:]]

    def close(self) -> None:
        assert self._running.stdin is not None
        self._running.stdin.close()
        self._running.wait(timeout=30)
        assert self._running.stdout is not None
        self._running.stdout.close()


@pytest.fixture(scope="module")
def people() -> Iterator[People]:
    found = People()
    yield found
    found.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'register.sqlite'}"
    Register.open(address).close()
    return address


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


def killed(people: People, pid: int, after: int, pause_s: float) -> tuple[list[list[str]], bool]:
    """Kill a process once it has said so much, and return all it said; and if it was killed."""
    heard: list[list[str]] = []
    for words in people.said():
        heard.append(words)
        if len(heard) == after:
            time.sleep(pause_s)
            # On a busy machine it may have come to its end first: then it was not killed.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return heard, people.codes == [signal.SIGKILL]


def replay(heard: list[list[str]]) -> dict[str, int | None]:
    """Return what was answered: each activity's minutes by id, None for a walk."""
    known: dict[str, int | None] = {}
    for kind, record_id, number in heard:
        known[record_id] = None if kind == "walk" else int(number)
    return known


def minutes_in(register: Register, record_id: str) -> int | None:
    return register.activity(record_id).minutes


def test_what_was_answered_is_there_after_a_kill(people: People, url: str) -> None:
    random, kills, answered = Random(SEED), 0, 0
    for number in range(ROUNDS):
        seed, after = random.getrandbits(32), random.randrange(1, SAVES_IN_ALL)
        pause_s = random.uniform(0, 0.004)
        told = f"SEED {SEED}, round {number}: seed {seed}, after {after}, pause {pause_s}"
        with Register.open(url) as register:
            before = register.version()
        (pid,) = people.ask("save", url, seed)
        heard, was_killed = killed(people, pid, after, pause_s)
        kills += was_killed
        assert len(heard) >= after, told
        assert damage_in(url) == [], told
        with Register.open(url) as register:
            for record_id, minutes in replay(heard).items():
                if minutes is None:
                    assert register.walk(record_id), told
                else:
                    # The save after the last answer may be there too, whole.
                    assert minutes_in(register, record_id) in (minutes, len(heard) + 1), told
            # A walk that is held is two revisions; of what wasn't answered there is at most one.
            written = sum(2 if words[0] == "walk" else 1 for words in heard)
            assert 0 <= register.version() - before - written <= 2, told
        answered += len(heard)
    assert kills > ROUNDS // 2, f"SEED {SEED}"
    assert answered > ROUNDS


def test_an_import_that_is_killed_is_there_whole_or_not_at_all(people: People, url: str) -> None:
    random, count, kills = Random(SEED), 3_000, 0
    for number in range(IMPORTS):
        # It is told of 12 times while records are made ready, and 48 times while they are written.
        after = random.randrange(1, 55)
        pause_s = random.uniform(0, 0.01)
        told = f"SEED {SEED}, round {number}: after {after}, pause {pause_s}"
        with Register.open(url) as register:
            register.add([_activity(f"before-{number}")], by="test")
        (pid,) = people.ask("import", url, count, number)
        heard, was_killed = killed(people, pid, after, pause_s)
        kills += was_killed
        assert damage_in(url) == [], told
        with Register.open(url) as register:
            there = register.existing_ids("activity", [f"{number}-{n}" for n in range(count)])
            assert len(there) in (0, count), told
            assert there or heard[-1][0] != "imported", told
            assert len(register.existing_ids("activity", [f"before-{number}"])) == 1, told
            register.add([_activity(f"after-{number}")], by="test")
    assert kills, f"SEED {SEED}"


def test_twenty_people_record_at_once(people: People, url: str) -> None:
    with Register.open(url) as register:
        register.add([_activity("shared")], by="test")
        people.ask("record", url, PEOPLE, SAVES, CHANGES)
        assert list(people.said()) == []
        assert people.codes == [0] * PEOPLE
        own = {f"p{who}-{number}" for who in range(PEOPLE) for number in range(SAVES)}
        assert register.existing_ids("activity", own) == own
        assert register.activity("shared").minutes == PEOPLE * CHANGES
        history = register.revisions("activity", "shared")
        assert [one.number for one in history] == list(range(1, PEOPLE * CHANGES + 2))
        assert [one.content["minutes"] for one in history] == list(range(PEOPLE * CHANGES + 1))
        assert register.version() == 1 + PEOPLE * (SAVES + CHANGES)
    assert damage_in(url) == []


def _activity(record_id: str) -> Activity:
    start = datetime(2018, 5, 3, tzinfo=UTC)
    return Activity(record_id, "patrol", None, None, start, Precision.DAY, date(2018, 5, 3), 0)
