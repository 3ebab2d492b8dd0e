"""Run as a program by the tests: people who use one register, each in a process of its own.

Commands come line by line: ``record URL PEOPLE SAVES CHANGES``, ``save URL SEED``,
``import URL COUNT NAME``, ``upload URL COUNT NAME``. Each is done by processes forked from this
one, so that the program is loaded once. What they have done is told line by line, and ``ended``
when they are gone.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from geodata.errors import RegisterError
from geodata.model import Activity, Precision, Walk, WalkStatus
from geodata.register import Register

SHARED = "shared"
START = datetime(2018, 5, 3, 18, 30, tzinfo=UTC)
DAY = date(2018, 5, 3)


def activity(record_id: str, minutes: int = 0) -> Activity:
    links = ("a/1", "a/2")
    return Activity(record_id, "patrol", None, None, START, Precision.DAY, DAY, minutes, links)


def tell(*words: object) -> None:
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def record(url: str, who: str, saves: int, changes: int) -> None:
    """Save records of one's own, then add minutes to one that everybody changes."""
    with Register.open(url, create=False) as register:
        for number in range(saves):
            register.add([activity(f"{who}-{number}")], by=who)
        for _ in range(changes):
            while not added_a_minute(register, who):
                pass


def added_a_minute(register: Register, who: str) -> bool:
    number = register.newest_number("activity", SHARED)
    known = register.activity(SHARED)
    more = replace(known, minutes=(known.minutes or 0) + 1)
    try:
        register.change(more, by=who, expected_number=number)
    except RegisterError as error:
        if error.key != "register.conflict":
            raise
        return False
    return True


def save(url: str, seed: int) -> None:
    """Make 200 saves of all kinds, and tell of each when it has been answered."""
    random, made = Random(seed), list[str]()
    with Register.open(url, create=False) as register:
        for number in range(1, 201):
            kind = random.choice(["add", "add", "walk", "change"]) if made else "add"
            record_id = str(UUID(int=random.getrandbits(128)))
            if kind == "change":
                record_id = random.choice(made)
                newest = register.newest_number("activity", record_id)
                register.change(activity(record_id, number), by="child", expected_number=newest)
            elif kind == "walk":
                walk = Walk(record_id, "hulta", WalkStatus.HELD, START, Precision.DAY, DAY)
                register.add([walk], by="child")
            else:
                register.add([activity(record_id, number)], by="child")
                made.append(record_id)
            tell(kind, record_id, number)


def import_many(url: str, count: int, name: int) -> None:
    """Import records in one save, telling how far it has come."""
    with Register.open(url, create=False) as register:
        many = [activity(f"{name}-{number}") for number in range(count)]
        register.add(many, by="child", chunk=250, watch=lambda share: tell("share", share))
        tell("imported", count)


def upload(url: str, count: int, name: int) -> None:
    """Import a file as a server does, in a process of its own, telling which that is."""
    from dashboard.jobs.imports import Jobs, OwnJob
    from dashboard.routes.uploads import Uploads
    from geodata.service import Service
    from geodata.settings import NO_BASEMAP, Settings

    settings = Settings(url, basemap=NO_BASEMAP)
    rows = [
        f"2018-03-07 18:00;Fotpatrull;Norrby;{minutes % 600};{name}" for minutes in range(count)
    ]
    with Service.open(settings) as service, TemporaryDirectory() as folder:
        jobs, file = Jobs(service=lambda: service), Uploads(Path(folder)).begin("pass.csv")
        header = "datum;slag;område;minuter;anteckning"
        file.path.write_text("\n".join([header, *rows]), encoding="utf-8")
        job = jobs.start(file, settings)
        assert isinstance(job, OwnJob)
        tell("worker", job.process.pid)
        seen = 0.0
        while jobs.find(job.id) and job.stage in ("reading", "report", "saving"):
            if job.stage == "report":
                jobs.save(job, "child", good_only=False)
            if job.stage == "saving" and job.share != seen:
                seen = job.share
                tell("share", seen)
            time.sleep(0.005)
        tell(job.stage, job.count)
        jobs.close()


def fork(task: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        task()
        code = 0
    except BaseException:  # noqa: BLE001 (this process ends here, whatever it was)
        traceback.print_exc()
    finally:
        os._exit(code)


def started(command: str, url: str, *numbers: int) -> list[int]:
    if command == "record":
        people, saves, changes = numbers
        return [fork(lambda who=f"p{n}": record(url, who, saves, changes)) for n in range(people)]
    task = {"save": save, "import": import_many, "upload": upload}[command]
    return [fork(lambda: task(url, *numbers))]


if __name__ == "__main__":
    for line in sys.stdin:
        name, address, *rest = line.split()
        pids = started(name, address, *(int(number) for number in rest))
        tell("pids", *pids)
        tell("ended", *(os.waitpid(pid, 0)[1] for pid in pids))
