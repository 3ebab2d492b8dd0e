"""Imports in processes of their own: reported, saved, stopped, killed, ended; never half."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboard.jobs import imports, sharing
from dashboard.jobs.imports import Job, Jobs
from dashboard.routes.uploads import Uploads
from geodata.errors import IntakeError, RegisterError
from geodata.register import Register
from geodata.register import jobs as board
from geodata.service import Service
from geodata.service import imports as importing
from geodata.service.adding import propose, take_in
from geodata.service.import_report import ReadOptions
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import words

WAIT_S = 240.0
NUMBER = "811218-9876"
"""The example that Skatteverket itself gives of a personal identity number."""

BY = "Kansliet"
HEADER = "datum;slag;område;lat;lon;minuter;anteckning"
GOOD = "2018-03-07 18:00;Fotpatrull;Norrby;57,7243;12,9266;45;Lugnt."
BAD = "2018-03-09 20:00;Gudstjänst;Norrby;57,7243;12,9266;20;"

Give = Callable[..., Job]


@pytest.fixture
def settings(example_file: Path, tmp_path: Path) -> Settings:
    shutil.copyfile(example_file, tmp_path / "register.sqlite")
    return Settings(register_url(str(tmp_path / "register.sqlite")), basemap=NO_BASEMAP)


@pytest.fixture
def uploads() -> Iterator[Uploads]:
    made = Uploads()
    yield made
    made.close()


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def give(jobs: Jobs, uploads: Uploads, settings: Settings) -> Give:
    """Send a table and begin to read it."""

    def giving(*rows: str, name: str = "pass.csv", content: bytes | None = None) -> Job:
        upload = uploads.begin(name)
        text = "\r\n".join([HEADER, *rows, ""]).encode("utf-8-sig")
        upload.path.write_bytes(text if content is None else content)
        return jobs.start(upload, settings)

    return giving


def many(count: int) -> list[str]:
    return [GOOD.replace("Lugnt.", f"Nummer {number}.") for number in range(count)]


def wait(jobs: Jobs, job: Job, condition: Callable[[Job], bool]) -> Job:
    """Ask as the page does, until something holds."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = jobs.find(job.id)
        assert found is job
        if condition(job):
            return job
        time.sleep(0.02)
    pytest.fail(f"still {job.stage}, {job.share}, {job.error}")


def settled(jobs: Jobs, job: Job) -> Job:
    return wait(jobs, job, lambda one: not one.busy)


def register_size(settings: Settings) -> int:
    with Service.open(settings) as service:
        return sum(service.register.counts().values())


def ended(job: Job) -> bool:
    job.process.join(5)
    return job.process.exitcode is not None


def test_a_file_is_reported_saved_once_and_taken_back(
    give: Give, jobs: Jobs, settings: Settings
) -> None:
    before = register_size(settings)
    job = settled(jobs, give(GOOD, BAD))
    assert job.stage == "report"
    assert job.report is not None
    assert (job.report.new, job.report.refused) == (1, 1)
    assert (job.upload.folder / ".rest.csv").is_file()
    assert register_size(settings) == before
    # All or nothing is refused, and the report is there to go on from.
    jobs.save(job, BY, good_only=False)
    settled(jobs, job)
    assert job.stage == "report"
    assert job.error is not None
    assert job.error.key == "intake.not_all_good"
    jobs.save(job, BY, good_only=True)
    settled(jobs, job)
    assert (job.stage, job.count, job.error) == ("saved", 1, None)
    assert register_size(settings) == before + 1
    # Another page may still show the report, with its buttons.
    jobs.save(job, BY, good_only=True)
    jobs.read_again(job, ReadOptions())
    assert (settled(jobs, job).stage, job.count) == ("saved", 1)
    jobs.take_back(job, BY)
    settled(jobs, job)
    assert (job.stage, job.count) == ("taken_back", 1)
    assert register_size(settings) == before
    jobs.take_back(job, BY)
    assert job.stage == "taken_back"


def test_the_page_itself_is_not_run_in_the_process(
    give: Give, jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a page is shown, its script is the main module, which a new process would run."""
    page = ModuleType("__main__")
    page.__file__ = str(tmp_path / "page.py")
    ran = tmp_path / "ran"
    Path(page.__file__).write_text(f"open({str(ran)!r}, 'w').close()", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "__main__", page)
    assert settled(jobs, give(GOOD)).stage == "report"
    assert sys.modules["__main__"] is page
    assert not ran.exists()


def test_a_file_is_read_again_with_options(give: Give, jobs: Jobs) -> None:
    job = settled(jobs, give("2018-03-07 18:00;;Norrby;;;30;", BAD.replace("Gudstjänst", "")))
    assert job.report is not None
    assert (job.report.new, job.report.needs) == (0, ("kind",))
    jobs.read_again(job, ReadOptions(kind="foot_patrol"))
    assert job.stage == "reading"
    settled(jobs, job)
    assert (job.report.new, job.report.refused) == (2, 0)
    # No row is left to be corrected, and the file with them is gone.
    assert not (job.upload.folder / ".rest.csv").exists()


def test_a_stop_while_reading_ends_it(give: Give, jobs: Jobs, settings: Settings) -> None:
    before = register_size(settings)
    job = give(*many(20_000))
    wait(jobs, job, lambda one: one.share > 0)
    jobs.stop(job)
    assert settled(jobs, job).stage == "stopped"
    assert ended(job)
    jobs.save(job, BY, good_only=True)
    jobs.read_again(job, ReadOptions())
    assert job.stage == "stopped"
    assert register_size(settings) == before


def test_a_stop_while_saving_leaves_the_report(give: Give, jobs: Jobs, settings: Settings) -> None:
    before = register_size(settings)
    job = settled(jobs, give(*many(12_000)))
    jobs.save(job, BY, good_only=False)
    jobs.stop(job)
    assert settled(jobs, job).stage == "report"
    assert register_size(settings) == before
    jobs.save(job, BY, good_only=False)
    assert (settled(jobs, job).stage, job.count) == ("saved", 12_000)
    assert register_size(settings) == before + 12_000


@pytest.mark.skipif(os.name != "posix", reason="processes are killed")
@pytest.mark.parametrize("moment", ["reading", "report", "saving"])
def test_a_killed_import_says_so_and_leaves_nothing_half(
    give: Give, jobs: Jobs, settings: Settings, moment: str
) -> None:
    before = register_size(settings)
    job = give(*many(6_000))
    if moment == "reading":
        wait(jobs, job, lambda one: one.share > 0)
    else:
        settled(jobs, job)
    if moment == "saving":
        jobs.save(job, BY, good_only=False)
        wait(jobs, job, lambda one: one.share > 0)
    assert job.process.pid is not None
    os.kill(job.process.pid, signal.SIGKILL)
    wait(jobs, job, lambda one: one.stage == "failed")
    assert job.error is not None
    # Only of a save it can't be known what became of it, and it is not said to be nothing.
    expected = "import.lost_saving" if moment == "saving" else "import.lost"
    assert job.error.key == expected
    assert "pass.csv" in words("sv").error(job.error)
    # All or nothing, whether it was told of or not.
    assert register_size(settings) in {before, before + 6_000}


@pytest.mark.skipif(os.name != "posix", reason="processes are stopped and killed")
@pytest.mark.parametrize("moment", ["reading", "saving"])
def test_one_that_does_not_hear_is_ended_by_a_stop(
    give: Give, jobs: Jobs, settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(imports, "STOPPED_S", {"reading": 0.2, "saving": 0.2})
    before = register_size(settings)
    job = give(*many(6_000))
    if moment == "saving":
        settled(jobs, job)
        jobs.save(job, BY, good_only=False)
    wait(jobs, job, lambda one: one.share > 0)
    assert job.process.pid is not None
    # As deaf as C code, and more: not even the signal to end is taken note of.
    os.kill(job.process.pid, signal.SIGSTOP)
    jobs.stop(job)
    settled(jobs, job)
    assert ended(job)
    told = "stopped" if moment == "reading" else "failed"
    assert job.stage == told
    assert (job.error.key if job.error else None) == (
        None if moment == "reading" else "import.lost_saving"
    )
    assert register_size(settings) in {before, before + 6_000 * (moment == "saving")}
    # The register is whole: what comes next is saved.
    monkeypatch.undo()
    good = settled(jobs, give(GOOD))
    jobs.save(good, BY, good_only=True)
    assert (settled(jobs, good).stage, good.count) == ("saved", 1)


@pytest.mark.skipif(os.name != "posix", reason="limits are not Windows'")
def test_those_whose_time_is_up_make_room_for_the_next(
    give: Give, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "_limits", replace(importing.LIMITS, time_s=0.01))
    endless = [give(*many(3_000)), give(*many(3_000))]
    for job in endless:
        assert settled(jobs, job).stage == "failed"
        assert job.error is not None
        assert job.error.key == "import.too_long"
        assert "pass.csv" in words("sv").error(job.error)
        assert ended(job)
    monkeypatch.setattr(jobs, "_limits", importing.LIMITS)
    assert settled(jobs, give(GOOD)).stage == "report"


def test_too_many_at_once_are_refused(
    give: Give, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 1)
    first = give(*many(3_000))
    with pytest.raises(IntakeError) as caught:
        give(GOOD)
    assert caught.value.key == "import.too_many"
    assert caught.value.values == {"limit": 1}
    # One that waits for its reader is not at work.
    assert settled(jobs, first).stage == "report"
    give(GOOD)


def test_broken_files_get_a_sentence(give: Give, jobs: Jobs) -> None:
    binary = give(name="bild.csv", content=os.urandom(4_096))
    empty = give(name="tom.xlsx", content=b"")
    for job, file in ((binary, "bild.csv"), (empty, "tom.xlsx")):
        assert settled(jobs, job).stage == "failed"
        assert job.error is not None
        sentence = words("sv").error(job.error)
        assert file in sentence
        assert sentence.endswith(".")
        assert ended(job)


def test_an_identity_number_is_never_told(
    give: Give, jobs: Jobs, capfd: pytest.CaptureFixture[str]
) -> None:
    row = GOOD.replace("Lugnt.", f"Talade med {NUMBER}")
    job = settled(jobs, give(row, GOOD))
    assert job.report is not None
    assert (job.report.new, job.report.refused) == (1, 1)
    named = settled(jobs, give(GOOD, name=f"{NUMBER}.csv"))
    assert named.stage == "failed"
    assert named.error is not None
    told = repr(job.report) + (job.upload.folder / ".rest.csv").read_text("utf-8-sig")
    told += repr(named.error) + repr(dict(named.error.values)) + "".join(capfd.readouterr())
    assert NUMBER not in told
    assert NUMBER.replace("-", "") not in told


# --- the worker by itself: what a file can hardly be made to bring about ------------------------


class Told:
    """A pipe's other end, as the worker has it; a list of what it is asked."""

    def __init__(self, *asked: tuple[Any, ...]) -> None:
        self.asked = list(asked)
        self.told: list[tuple[Any, ...]] = []

    def poll(self, _seconds: float = 0.0) -> bool:
        return bool(self.asked)

    def recv(self) -> tuple[Any, ...]:
        return self.asked.pop(0)

    def send(self, told: tuple[Any, ...]) -> None:
        self.told.append(told)


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_args: object, **_kwargs: object) -> Any:
        raise error

    return fail


def test_want_of_memory_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "examine", raising(MemoryError()))
    told = Told(("read", tmp_path / "large.csv", None))
    worker = importing._Worker(told, settings, tmp_path)  # type: ignore[arg-type]
    worker.run(1.0)
    ((name, error),) = told.told
    assert (name, error.key, error.values) == ("error", "intake.too_much_memory", {})
    assert words("sv")("error.intake.too_much_memory").endswith(".")


PROGRAM = """
import sys
from pathlib import Path
from geodata.service import imports
from geodata.settings import NO_BASEMAP, Settings, register_url

class Pipe:
    def poll(self, seconds=0.0):
        return True
    def recv(self):
        return ("read", Path("pass.csv"), None)
    def send(self, told):
        print(told)

def broken(*args, **kwargs):
    raise ValueError("could not convert " + sys.argv[2])

imports.examine = broken
settings = Settings(register_url(sys.argv[1]), basemap=NO_BASEMAP)
imports.work(Pipe(), settings, Path("."))
"""


def test_a_fault_of_the_programs_own_repeats_nothing_of_a_row(settings: Settings) -> None:
    """Where it happened is told, for whoever mends it; its words may be a row's own."""
    path = settings.register.removeprefix("sqlite:///")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path, NUMBER],
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
    )
    assert done.returncode == 1
    assert NUMBER not in done.stdout + done.stderr
    assert "ValueError" in done.stderr
    assert "in broken" in done.stderr


# --- ended -----------------------------------------------------------------------------------


def test_idle_ones_end_by_themselves(uploads: Uploads, settings: Settings) -> None:
    jobs = Jobs(idle_s=0.2)
    upload = uploads.begin("pass.csv")
    upload.path.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    job = jobs.start(upload, settings)
    settled(jobs, job)
    # Nobody asks any more, and its process does not wait for the next import to be told so.
    job.process.join(WAIT_S)
    assert job.process.exitcode == 0
    assert jobs.find(job.id) is job
    assert (job.stage, job.error.key if job.error else "") == ("failed", "import.lost")
    jobs.close()


def test_only_so_many_are_kept(give: Give, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "KEPT_AT_MOST", 2)
    first, second = give(GOOD), give(GOOD)
    settled(jobs, second)
    settled(jobs, first)
    third = give(GOOD)
    # The one that was asked about longest ago makes room.
    assert jobs.find(second.id) is None
    assert ended(second)
    assert (jobs.find(first.id), jobs.find(third.id)) == (first, third)


def test_closing_ends_all(give: Give, jobs: Jobs) -> None:
    at_work, waiting = give(*many(20_000)), give(GOOD)
    settled(jobs, waiting)
    jobs.close()
    assert ended(at_work)
    assert ended(waiting)
    assert jobs.find(waiting.id) is None
    assert not {at_work.process, waiting.process} & set(multiprocessing.active_children())


@pytest.mark.sqlite
def test_a_catalogue_that_cannot_be_read_is_told(
    jobs: Jobs, uploads: Uploads, tmp_path: Path
) -> None:
    upload = uploads.begin("pass.csv")
    upload.path.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    (tmp_path / "register.sqlite").write_text("no register at all, but long enough to be read")
    settings = Settings(register_url(str(tmp_path / "register.sqlite")), basemap=NO_BASEMAP)
    job = settled(jobs, jobs.start(upload, settings))
    assert job.stage == "failed"
    assert job.error is not None
    assert job.error.key.startswith("register.")
    assert words("sv").error(job.error)


# --- while the person reads, and when it is undone -------------------------------------------


class Meanwhile(Told):
    """A pipe in which the second question comes after so many looks once a report was told."""

    def __init__(self, *asked: tuple[Any, ...], after: int) -> None:
        super().__init__(*asked)
        self.looks = after

    def poll(self, _seconds: float = 0.0) -> bool:
        if len(self.asked) != 1:
            return bool(self.asked)
        self.looks -= "report" in kinds(self)
        return self.looks < 0


def kinds(told: Told) -> list[str]:
    """Return what was told, how far it has come aside."""
    return [name for name, *_ in told.told if name != "share"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pass.csv"
    path.write_text("\n".join([HEADER, *many(30)]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("save", BY, False), ["report", "saved"]),
        (("stop",), ["report"]),
        (("read", ReadOptions(kind="meeting")), ["report", "report"]),
    ],
)
# At once, when some is ready, and when all is.
@pytest.mark.parametrize(("in_lots_of", "after"), [(10_000, 0), (10, 1), (10_000, 1)])
def test_what_is_asked_while_it_makes_ready_is_done(
    settings: Settings,
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[Any, ...],
    expected: list[str],
    in_lots_of: int,
    after: int,
) -> None:
    monkeypatch.setitem(Register.make_ready.__kwdefaults__, "chunk", in_lots_of)
    if asked[0] == "read":
        asked = ("read", table, *asked[1:])
    before = register_size(settings)
    told = Meanwhile(("read", table, None), asked, after=after)
    worker = importing._Worker(told, settings, table.parent)  # type: ignore[arg-type]
    worker.run(0.0)
    assert kinds(told) == expected
    assert register_size(settings) == before + 30 * ("saved" in expected)


def test_a_save_that_is_waiting_can_be_stopped(
    settings: Settings, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = importing.make_ready

    def asked_for_meanwhile(*args: Any, **given: Any) -> Any:
        told.asked += [("save", BY, False)]
        given["watch"](0.2)
        told.asked += [("stop",)] * (len(kinds(told)) < 2)
        given["watch"](0.4)
        return ready(*args, **given)

    monkeypatch.setattr(importing, "make_ready", asked_for_meanwhile)
    told = Told(("read", table, None))
    before = register_size(settings)
    worker = importing._Worker(told, settings, table.parent)  # type: ignore[arg-type]
    worker.run(0.0)
    assert kinds(told) == ["report", "stopped"]
    assert register_size(settings) == before


def test_what_can_not_be_made_ready_is_told_by_the_save(
    settings: Settings, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = RegisterError("register.disk_full", register="r")
    monkeypatch.setattr(importing, "make_ready", raising(full))
    told = Told(("read", table, None))
    worker = importing._Worker(told, settings, table.parent)  # type: ignore[arg-type]
    worker.run(0.0)
    assert kinds(told) == ["report"]
    told = Meanwhile(("read", table, None), ("save", BY, False), after=0)
    worker = importing._Worker(told, settings, table.parent)  # type: ignore[arg-type]
    worker.run(0.0)
    name, error = told.told[-1]
    assert (name, error.key, error.values) == ("error", "register.disk_full", {"register": "r"})


def test_undoing_tells_how_far_it_is_and_can_be_stopped(
    give: Give, jobs: Jobs, settings: Settings
) -> None:
    before = register_size(settings)
    job = settled(jobs, give(*many(3_000)))
    jobs.save(job, BY, good_only=False)
    settled(jobs, job)
    jobs.take_back(job, BY)
    assert (job.stage, job.busy, job.share) == ("taking_back", True, 0.0)
    jobs.stop(job)
    assert settled(jobs, job).stage == "saved"
    assert register_size(settings) == before + 3_000
    jobs.take_back(job, BY)
    wait(jobs, job, lambda one: one.share > 0 or not one.busy)
    assert (settled(jobs, job).stage, job.count) == ("taken_back", 3_000)
    assert register_size(settings) == before


@pytest.mark.skipif(os.name != "posix", reason="processes are killed")
def test_a_killed_undoing_says_so(give: Give, jobs: Jobs, settings: Settings) -> None:
    before = register_size(settings)
    job = settled(jobs, give(*many(3_000)))
    jobs.save(job, BY, good_only=False)
    settled(jobs, job)
    jobs.take_back(job, BY)
    assert job.process.pid is not None
    os.kill(job.process.pid, signal.SIGKILL)
    wait(jobs, job, lambda one: one.stage == "failed")
    assert job.error is not None
    assert job.error.key == "import.lost_undoing"
    assert "pass.csv" in words("sv").error(job.error)
    assert register_size(settings) in {before, before + 3_000}


def test_reading_again_knows_what_was_added_to_the_catalogue_meanwhile(
    give: Give, jobs: Jobs, settings: Settings
) -> None:
    job = settled(jobs, give(BAD))
    assert job.report is not None
    assert job.report.refused == 1
    terms = b'[activity_kinds]\nservice = { sv = "Gudstj\xc3\xa4nst", en = "Service" }\n'
    with Service.open(settings) as elsewhere:
        take_in(elsewhere, propose(elsewhere, [("vocabulary-own.toml", terms)]), by="a")
    jobs.read_again(job, ReadOptions())
    settled(jobs, job)
    assert (job.stage, job.report.refused, job.report.new) == ("report", 0, 1)


# --- several servers ---------------------------------------------------------------------------


@pytest.fixture
def there(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Another server of the same register, which finds the files that are sent to others."""
    monkeypatch.setattr(sharing, "BEAT_S", 0.1)
    uploads = Uploads(tmp_path)
    with Service.open(settings) as service:
        made = Jobs(service=lambda: service, find_upload=uploads.find)
        yield made
        made.close()
        uploads.close()


def seen(jobs: Jobs, id_: str, condition: Callable[[Job], bool]) -> Job:
    """Look as the page does, until something holds."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = jobs.find(id_)
        if found is not None and condition(found):
            return found
        time.sleep(0.02)
    pytest.fail(f"still {found}")


def at(*stages: str) -> Callable[[Job], bool]:
    return lambda job: job.stage in stages


def test_an_import_is_followed_and_gone_on_with_at_another_server(
    there: Jobs, uploads: Uploads, settings: Settings
) -> None:
    before = register_size(settings)
    with Service.open(settings) as service:
        here = Jobs(service=lambda: service)
        upload = uploads.begin("pass.csv")
        rows = [HEADER, "2018-03-07 18:00;;Norrby;;;30;", BAD.replace("Gudstjänst", "")]
        upload.path.write_text("\n".join(rows), encoding="utf-8")
        own = here.start(upload, settings)
        assert there.find("another") is None
        found = seen(there, own.id, at("report"))
        assert found.report == own.report
        assert (found.file, found.report and found.report.refused) == ("pass.csv", 2)
        there.read_again(found, ReadOptions(kind="foot_patrol", fields={"minuter": "minutes"}))
        # It is under way from the moment that it is asked.
        assert (there.find(own.id) or found).stage == "reading"
        found = seen(there, own.id, at("report"))
        assert found.report == own.report
        assert found.report
        assert (found.report.new, found.report.refused) == (2, 0)
        there.save(found, "Polisen", good_only=False)
        assert (there.find(own.id) or found).busy
        found = seen(there, own.id, at("saved"))
        assert (found.count, own.stage, register_size(settings)) == (2, "saved", before + 2)
        there.take_back(found, "Polisen")
        assert seen(there, own.id, at("taken_back")).count == 2
        assert register_size(settings) == before

        large = uploads.begin("stor.csv")
        large.path.write_text("\n".join([HEADER, *many(20_000)]), encoding="utf-8")
        own = here.start(large, settings)
        there.stop(seen(there, own.id, lambda job: job.share > 0))
        assert seen(there, own.id, lambda job: not job.busy).stage == own.stage == "stopped"
        bad = uploads.begin("bild.csv")
        bad.path.write_bytes(b"")
        own = here.start(bad, settings)
        failed = seen(there, own.id, at("failed"))
        assert failed.error
        assert own.error
        assert words("sv").error(failed.error) == words("sv").error(own.error)
        here.close()


SERVER = """
import sys, time
from pathlib import Path
from dashboard.jobs.imports import Jobs
from dashboard.routes.uploads import Uploads
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings

if __name__ == "__main__":
    register, folder, rows, stage = sys.argv[1:]
    settings = Settings(register, basemap=NO_BASEMAP)
    service = Service.open(settings)
    jobs = Jobs(service=lambda: service)
    upload = Uploads(Path(folder)).begin("pass.csv")
    upload.path.write_text(Path(rows).read_text("utf-8"), "utf-8")
    job = jobs.start(upload, settings)
    print(job.id, flush=True)
    while not (job.stage == "report" or (job.stage == stage == "reading" and job.share > 0)):
        time.sleep(0.01)
        jobs.find(job.id)
    if stage == "saving":
        jobs.save(job, "Kansliet", good_only=False)
        while job.stage == stage and job.share == 0:
            jobs.find(job.id)
    time.sleep(0.5)
    print(job.stage, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="processes are killed")
@pytest.mark.parametrize("stage", ["reading", "saving"])
def test_a_server_that_is_killed_leaves_its_import_to_another(
    there: Jobs, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(board, "GONE_S", 3)
    before, count = (
        register_size(settings),
        {"reading": 8_000, "saving": 12_000}[stage],
    )
    rows = tmp_path / "rows.csv"
    rows.write_text("\n".join([HEADER, *many(count)]), encoding="utf-8")
    script = tmp_path / "server.py"
    script.write_text(SERVER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script, settings.register, tmp_path, rows, stage],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as server:
        assert server.stdout
        id_ = server.stdout.readline().strip()
        server.stdout.readline()
        server.kill()
    if stage != "saving":
        # The file is at hand and nothing was changed: it is read here, and can be saved.
        seen(there, id_, lambda job: not job.is_gone and isinstance(job, imports.OwnJob))
        job = seen(there, id_, at("report"))
        there.save(job, BY, good_only=False)
        assert seen(there, id_, at("saved")).count == count
        assert register_size(settings) == before + count
        return
    job = seen(there, id_, lambda job: job.is_gone)
    # It may have come to its end before it was killed.
    assert (job.stage, job.error and job.error.key) in (
        ("failed", "import.lost_saving"),
        ("saved", None),
    )
    there.take_back(job, BY)
    assert register_size(settings) in {before, before + count}
