"""Files from the reader's machine: only this server's own pages send them, and none too large."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.routes import uploads
from dashboard.routes.uploads import (
    EACH_AT_MOST,
    KEPT_AT_MOST,
    KEPT_S,
    LARGEST_BYTES,
    PREFIX,
    Upload,
    Uploads,
    safe_name,
    upload_routes,
)
from geodata.service import Service

OWN = {"X-Lofteskartan": "upload", "Origin": "http://localhost"}


@pytest.fixture
def kept() -> Iterator[Uploads]:
    made = Uploads()
    yield made
    made.close()


@pytest.fixture
def client(service: Service, kept: Uploads) -> TestClient:
    app = Starlette(routes=upload_routes(lambda _: service, kept))
    return TestClient(app, base_url="http://localhost")


def test_a_file_is_kept_as_it_was_sent_until_it_is_dropped(
    client: TestClient, kept: Uploads
) -> None:
    answer = client.post("/uploads?name=mars%202018.csv", content=b"a;b\r\n", headers=OWN)
    assert answer.status_code == 200
    upload = kept.find(answer.json()["upload"])
    assert upload is not None
    assert upload.path.name == "mars 2018.csv"
    assert upload.path.read_bytes() == b"a;b\r\n"
    kept.drop(upload)
    assert kept.find(upload.id) is None
    assert not upload.folder.exists()


def test_a_file_that_was_sent_to_another_server_in_the_same_folder_is_found(
    tmp_path: Path,
) -> None:
    here, there = Uploads(tmp_path), Uploads(tmp_path)
    sent = there.begin("rest.csv")
    assert here.find(sent.id) is None
    sent.path.write_text("a;b", encoding="utf-8")
    (sent.folder / ".rest.csv").touch()
    found = here.find(sent.id)
    assert found is not None
    assert (found.path, found.path.read_text("utf-8")) == (sent.path, "a;b")
    for wrong in ("*", "..", sent.id[:-1], f"../{sent.folder.parent.name}/{sent.id}", ""):
        assert here.find(wrong) is None
    here.close()
    assert sent.path.exists()
    there.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {**OWN, "X-Lofteskartan": "yes"},
        {**OWN, "Origin": "http://evil.example"},
        {**OWN, "Origin": "http://localhost:9999"},
        {**OWN, "Origin": "null"},
        {**OWN, "Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
def test_another_site_sends_nothing(
    client: TestClient, kept: Uploads, headers: dict[str, str]
) -> None:
    answer = client.post("/uploads?name=a.csv", content=b"a", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["detail"]
    assert kept._known == {}


@pytest.mark.parametrize("size", [str(LARGEST_BYTES + 1), "9" * 5_000], ids=["bytes", "digits"])
def test_a_file_said_to_be_too_large_is_not_read(
    client: TestClient, kept: Uploads, size: str
) -> None:
    declared = {**OWN, "Content-Length": size}
    answer = client.post("/uploads?name=a.csv&lang=en", content=b"short", headers=declared)
    assert answer.status_code == 413
    assert "200" in answer.json()["detail"]
    assert kept._known == {}


@pytest.mark.parametrize("declared", ["3", "-1", "many", None])
def test_a_file_that_lies_about_its_size_is_counted(
    client: TestClient, kept: Uploads, monkeypatch: pytest.MonkeyPatch, declared: str | None
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_BYTES", 1_000)
    headers = OWN if declared is None else {**OWN, "Content-Length": declared}
    answer = client.post("/uploads", content=iter([b"x" * 600] * 2), headers=headers)
    assert answer.status_code == 413
    assert kept._known == {}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\Åtgärder mars.xlsx", "Åtgärder mars.xlsx"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\n.csv", "a_b_.csv"),
        ("x" * 500, "x" * 120),
        ("<img src=x>.csv", "_img src_x_.csv"),
    ],
)
def test_a_name_is_a_name_and_no_path(name: str, safe: str, kept: Uploads) -> None:
    assert safe_name(name) == safe
    upload = kept.begin(name)
    assert upload.path.parent == upload.folder
    assert upload.path.resolve().is_relative_to(upload.folder.resolve())


def test_a_sessions_oldest_are_forgotten_where_it_has_many(kept: Uploads) -> None:
    made = [kept.begin("a.csv", "mine") for _ in range(EACH_AT_MOST + 2)]
    assert [kept.find(one.id) is None for one in made[:3]] == [True, True, False]
    assert not made[0].folder.exists()
    assert made[-1].folder.is_dir()


def test_nobodys_file_makes_room_for_somebody_elses(client: TestClient, kept: Uploads) -> None:
    mine = kept.begin("a.csv", "mine")
    for _ in range(EACH_AT_MOST + 40):
        sent = client.post("/uploads", content=b"x", headers={**OWN, "X-Lofteskartan-Session": "b"})
        assert sent.status_code == 200
    assert kept.find(mine.id) is not None
    # Whoever claims to be many others finds no room, and takes none either.
    for other in range(KEPT_AT_MOST):
        headers = {**OWN, "X-Lofteskartan-Session": f"forged {other}"}
        last = client.post("/uploads?lang=en", content=b"x", headers=headers)
    assert last.status_code == 507
    assert "room" in last.json()["detail"]
    assert kept.find(mine.id) is not None
    assert len(kept._known) == KEPT_AT_MOST


class World:
    """A clock that is set by hand, and the alarms that were asked for by it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.alarms: list[tuple[float, Callable[[], None]]] = []

    def clock(self) -> float:
        return self.now

    def later(self, seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        alarm = (self.now + seconds, do)
        self.alarms.append(alarm)
        return lambda: self.alarms.remove(alarm)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and every alarm ring when it should."""
        end = self.now + seconds
        while due := [alarm for alarm in self.alarms if alarm[0] <= end]:
            alarm = min(due, key=lambda one: one[0])
            self.alarms.remove(alarm)
            self.now = alarm[0]
            alarm[1]()
        self.now = end

    def uploads(self, within: Path) -> Uploads:
        return Uploads(within, clock=self.clock, later=self.later)


HOUR_S: Final = 3_600.0


@pytest.fixture
def world() -> World:
    return World()


def sent(uploads: Uploads, world: World) -> Upload:
    """Send a file, as it would lie there if the clock set by hand were the system's."""
    upload = uploads.begin("a.csv")
    upload.path.write_bytes(b"x")
    for path in (upload.folder, upload.folder.parent):
        os.utime(path, (world.now, world.now))
    return upload


def test_what_nobody_comes_back_to_goes_though_nobody_else_comes(
    world: World, tmp_path: Path
) -> None:
    upload = sent(world.uploads(tmp_path), world)
    world.pass_time(KEPT_S - 1)
    assert upload.path.is_file()
    world.pass_time(KEPT_S / 2 + 2)
    assert not upload.folder.exists()
    # Nothing is left to look after.
    assert world.alarms == []


def test_what_is_asked_for_too_late_is_gone_at_once(world: World, tmp_path: Path) -> None:
    uploads = world.uploads(tmp_path)
    upload = sent(uploads, world)
    world.now += KEPT_S + 1
    assert uploads.find(upload.id) is None
    assert not upload.folder.exists()


def test_another_file_makes_the_old_one_go(world: World, tmp_path: Path) -> None:
    uploads = world.uploads(tmp_path)
    old = sent(uploads, world)
    world.now += KEPT_S + 1
    new = sent(uploads, world)
    assert (old.folder.exists(), new.folder.exists()) == (False, True)


def test_what_somebody_comes_back_to_stays(world: World, tmp_path: Path) -> None:
    uploads = world.uploads(tmp_path)
    upload = sent(uploads, world)
    for _ in range(5):
        world.pass_time(KEPT_S - 60)
        assert uploads.find(upload.id) is not None
    # Another server of the same user sees it too.
    world.uploads(tmp_path).sweep()
    assert upload.path.is_file()
    world.pass_time(2 * KEPT_S)
    assert uploads.find(upload.id) is None


def test_a_server_that_starts_removes_what_an_earlier_one_left(
    service: Service, world: World, tmp_path: Path
) -> None:
    old = sent(world.uploads(tmp_path), world)
    world.alarms.clear()  # It was cut off.
    world.now += KEPT_S - HOUR_S
    young = sent(world.uploads(tmp_path), world)
    world.alarms.clear()
    others = tmp_path / "somebody-elses"
    others.mkdir()
    world.now += 2 * HOUR_S
    upload_routes(lambda _: service, world.uploads(tmp_path))
    assert not old.folder.parent.exists()
    assert young.path.is_file()
    assert others.is_dir()
    world.pass_time(KEPT_S)
    assert not young.folder.parent.exists()
    assert world.alarms == []


def test_a_link_that_is_called_so_is_left_alone(world: World, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.txt").write_bytes(b"x")
    within = tmp_path / "temporary"
    within.mkdir()
    (within / f"{PREFIX}x").symlink_to(mine, target_is_directory=True)
    (within / f"{PREFIX}y").write_bytes(b"a file")
    world.now += 10 * KEPT_S
    world.uploads(within).sweep()
    assert (mine / "a.txt").is_file()


def test_a_folder_that_somebody_removed_is_made_anew(world: World, tmp_path: Path) -> None:
    uploads = world.uploads(tmp_path)
    shutil.rmtree(sent(uploads, world).folder.parent)
    assert sent(uploads, world).path.is_file()


def test_the_alarm_is_called_off_at_the_end(world: World, tmp_path: Path) -> None:
    uploads = world.uploads(tmp_path)
    sent(uploads, world)
    assert len(world.alarms) == 1
    uploads.close()
    assert (world.alarms, list(tmp_path.iterdir())) == ([], [])


def test_the_systems_own_alarm_rings() -> None:
    rang = Event()
    uploads._later(0.01, rang.set)
    assert rang.wait(10)


def test_at_the_end_nothing_is_left() -> None:
    uploads = Uploads()
    root = uploads.begin("a.csv").folder.parent
    uploads.close()
    assert not root.exists()


def test_the_rest_to_be_corrected_is_given_back(client: TestClient, kept: Uploads) -> None:
    upload = kept.begin("mars.csv")
    assert client.get(f"/uploads/{upload.id}/rest.csv").status_code == 404
    (upload.folder / ".rest.csv").write_text("datum;fel\r\n", encoding="utf-8")
    answer = client.get(f"/uploads/{upload.id}/rest.csv")
    assert answer.text == "datum;fel\r\n"
    assert "mars-att-ratta.csv" in answer.headers["content-disposition"]
    refused = client.get(f"/uploads/{upload.id}/rest.csv", headers={"Host": "evil.example"})
    assert refused.status_code == 403
    assert client.get("/uploads/no-such/rest.csv").status_code == 404
