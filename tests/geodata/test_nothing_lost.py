"""Nothing lost: not when a process or the database is killed, not when twenty record at once.

``pytest -n 0 -rA --kills 20 [--register postgresql]`` kills that many times in saves, in imports
and in a server's imports, and says what came of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from random import Random

import psutil
import pytest
from sqlalchemy import text

from geodata import settings
from geodata.errors import RegisterError
from geodata.model import Activity, Precision
from geodata.register import Register
from geodata.register.backups import examine_register
from geodata.register.damage import Damage
from geodata.service import Service
from tests.conftest import DATABASES

SCRIPT = Path(__file__).parent / "register" / "people.py"
ROOT = Path(__file__).parents[2]
PEOPLE, SAVES, CHANGES = 20, 5, 2
SAVES_IN_ALL = 200
ROUNDS = 4
IMPORTS = 3
WAIT_S = 60.0
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
    address = settings.register_url(str(tmp_path / "register.sqlite"))
    Register.open(address).close()
    return address


Kill = Callable[[int], None]


@pytest.fixture(params=["process", pytest.param("database", marks=pytest.mark.postgresql)])
def kill(request: pytest.FixtureRequest, url: str) -> Kill:
    """Kill who saves, or what it saves in, which then starts again by itself."""
    if request.param == "process":
        return lambda pid: os.kill(pid, signal.SIGKILL)
    cluster, name = request.config.stash[DATABASES].cluster, url.rpartition("/")[2]

    def kill_database(_pid: int) -> None:
        for (backend,) in cluster.sql(
            "postgres", f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"
        ):
            os.kill(int(str(backend)), signal.SIGKILL)

    return kill_database


@pytest.fixture
def wanted(pytestconfig: pytest.Config) -> int:
    """How many kills are asked for, 0 for a few."""
    return int(pytestconfig.getoption("kills"))


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    return partial(request.node.add_report_section, "call", "kills")


def opened(url: str) -> Register:
    """Open a register as soon as its database is there again."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            return Register.open(url)
        except RegisterError as error:
            if error.key != "register.unreachable" or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


def killed(
    people: People, kill: Callable[[], None], after: int, pause_s: float
) -> tuple[list[list[str]], bool]:
    """Kill once so much was said, and return all that was; and whether it hit anybody."""
    heard: list[list[str]] = []
    for words in people.said():
        heard.append(words)
        if len(heard) == after:
            time.sleep(pause_s)
            # On a busy machine it may have come to its end first: then it was not killed.
            with suppress(ProcessLookupError):
                kill()
    return heard, people.codes != [0]


def replay(heard: list[list[str]]) -> dict[str, int | None]:
    """Return what was answered: each activity's minutes by id, None for a walk."""
    known: dict[str, int | None] = {}
    for kind, record_id, number in heard:
        known[record_id] = None if kind == "walk" else int(number)
    return known


def minutes_in(register: Register, record_id: str) -> int | None:
    return register.activity(record_id).minutes


def revisions_in(register: Register) -> int:
    """Return how many there are: numbers of PostgreSQL's may be left out where it was killed."""
    with register.reading() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM revision")) or 0)


def test_what_was_answered_is_there_after_a_kill(
    people: People, url: str, kill: Kill, wanted: int, report: Callable[[str], None]
) -> None:
    random, kills, answered, rounds = Random(SEED), 0, 0, 0
    while rounds < ROUNDS or kills < wanted:
        rounds += 1
        seed, after = random.getrandbits(32), random.randrange(1, SAVES_IN_ALL)
        pause_s = random.uniform(0, 0.004)
        told = f"SEED {SEED}, round {rounds}: seed {seed}, after {after}, pause {pause_s}"
        with Register.open(url) as register:
            before = revisions_in(register)
        (pid,) = people.ask("save", url, seed)
        heard, was_killed = killed(people, partial(kill, pid), after, pause_s)
        kills += was_killed
        assert len(heard) >= after, told
        with opened(url) as register:
            assert damage_in(url) == [], told
            for record_id, minutes in replay(heard).items():
                if minutes is None:
                    assert register.walk(record_id), told
                else:
                    # The save after the last answer may be there too, whole.
                    assert minutes_in(register, record_id) in (minutes, len(heard) + 1), told
            # A walk that is held is two revisions; of what wasn't answered there is at most one.
            written = sum(2 if words[0] == "walk" else 1 for words in heard)
            assert 0 <= revisions_in(register) - before - written <= 2, told
        answered += len(heard)
    assert kills > ROUNDS // 2, f"SEED {SEED}"
    assert answered > ROUNDS
    report(f"{kills} kills among {answered} answered saves: 0 lost, 0 half")


def test_an_import_that_is_killed_is_there_whole_or_not_at_all(
    people: People, url: str, kill: Kill, wanted: int, report: Callable[[str], None]
) -> None:
    random, count, kills, rounds, whole = Random(SEED), 3_000, 0, 0, 0
    while rounds < IMPORTS or kills < wanted:
        rounds += 1
        # It is told of 12 times while records are made ready, and 48 times while they are written.
        after = random.randrange(1, 55)
        pause_s = random.uniform(0, 0.01)
        told = f"SEED {SEED}, round {rounds}: after {after}, pause {pause_s}"
        with Register.open(url) as register:
            register.add([_activity(f"before-{rounds}")], by="test")
        (pid,) = people.ask("import", url, count, rounds)
        heard, was_killed = killed(people, partial(kill, pid), after, pause_s)
        kills += was_killed
        with opened(url) as register:
            assert damage_in(url) == [], told
            there = register.existing_ids("activity", [f"{rounds}-{n}" for n in range(count)])
            assert len(there) in (0, count), told
            assert there or heard[-1][0] != "imported", told
            assert len(register.existing_ids("activity", [f"before-{rounds}"])) == 1, told
            register.add([_activity(f"after-{rounds}")], by="test")
        whole += bool(there)
    assert kills, f"SEED {SEED}"
    report(f"{kills} kills in {rounds} imports: {whole} whole, {rounds - whole} not at all")


def test_a_servers_import_is_whole_or_not_at_all_whichever_of_its_processes_is_killed(
    people: People, url: str, wanted: int, report: Callable[[str], None]
) -> None:
    # What the parties have published is in it already.
    Service.open(settings.Settings(url, basemap=settings.NO_BASEMAP)).close()
    random, count, kills, rounds, whole = Random(SEED), 3_000, 0, 0, 0
    while rounds < 2 or kills < max(wanted, 1):
        rounds += 1
        after, pause_s = random.randrange(2, 6), random.uniform(0, 0.05)
        told = f"SEED {SEED}, round {rounds}: after {after}, pause {pause_s}"
        with Register.open(url) as register:
            before = register.counts()["activities"]
        (server,) = people.ask("upload", url, count, rounds)
        workers: list[int] = []
        heard = []
        for words in people.said():
            heard.append(words)
            if words[0] == "worker":
                workers.append(int(words[1]))
            if len(heard) == after:
                time.sleep(pause_s)
                with suppress(ProcessLookupError):
                    os.kill(server if rounds % 2 else workers[0], signal.SIGKILL)
        # What the server has begun hears that it is gone, and leaves what it was doing.
        with suppress(psutil.NoSuchProcess):
            worker = psutil.Process(workers[0])
            while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.02)
        told_end = heard[-1][0] if people.codes == [0] else "killed"
        kills += told_end != "saved"
        with Register.open(url) as register:
            assert damage_in(url) == [], told
            added = register.counts()["activities"] - before
            assert added in (0, count), told
            assert added or told_end != "saved", told
        whole += bool(added)
    report(f"{kills} kills in {rounds} imports: {whole} whole, {rounds - whole} not at all")


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
