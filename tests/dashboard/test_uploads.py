"""Files from the reader's machine: only this server's own pages send them, and none too large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import uploads as room
from dashboard.uploads import KEPT_AT_MOST, LARGEST_BYTES, Uploads, safe_name, upload_routes
from geodata.service import Service

OWN = {"X-Lofteskartan": "upload", "Origin": "http://localhost"}


@pytest.fixture
def kept() -> Iterator[Uploads]:
    made = Uploads()
    yield made
    made.close()


@pytest.fixture
def client(service: Service, kept: Uploads) -> TestClient:
    app = Starlette(routes=upload_routes(lambda: service, kept))
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
    assert answer.json()["error"]
    assert kept._known == {}


def test_a_file_said_to_be_too_large_is_not_read(client: TestClient, kept: Uploads) -> None:
    declared = {**OWN, "Content-Length": str(LARGEST_BYTES + 1)}
    answer = client.post("/uploads?name=a.csv&lang=en", content=b"short", headers=declared)
    assert answer.status_code == 413
    assert "200" in answer.json()["error"]
    assert kept._known == {}


@pytest.mark.parametrize("declared", ["3", "-1", "many", None])
def test_a_file_that_lies_about_its_size_is_counted(
    client: TestClient, kept: Uploads, monkeypatch: pytest.MonkeyPatch, declared: str | None
) -> None:
    monkeypatch.setattr(room, "LARGEST_BYTES", 1_000)
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


def test_the_oldest_are_forgotten_where_there_are_many(kept: Uploads) -> None:
    made = [kept.begin("a.csv") for _ in range(KEPT_AT_MOST + 2)]
    assert [kept.find(one.id) is None for one in made[:3]] == [True, True, False]
    assert not made[0].folder.exists()
    assert made[-1].folder.is_dir()


def test_what_nobody_came_back_to_is_forgotten(
    kept: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = kept.begin("a.csv")
    monkeypatch.setattr(room, "KEPT_S", -1.0)
    kept.begin("b.csv")
    assert kept.find(old.id) is None


def test_at_the_end_nothing_is_left() -> None:
    uploads = Uploads()
    root = uploads.begin("a.csv").folder.parent
    uploads.close()
    assert not root.exists()


def test_the_rest_to_be_corrected_is_given_back(client: TestClient, kept: Uploads) -> None:
    upload = kept.begin("mars.csv")
    assert client.get(f"/uploads/{upload.id}/rest.csv").status_code == 404
    (upload.folder / "rest.csv").write_text("datum;fel\r\n", encoding="utf-8")
    answer = client.get(f"/uploads/{upload.id}/rest.csv")
    assert answer.text == "datum;fel\r\n"
    assert "mars-att-ratta.csv" in answer.headers["content-disposition"]
    refused = client.get(f"/uploads/{upload.id}/rest.csv", headers={"Host": "evil.example"})
    assert refused.status_code == 403
    assert client.get("/uploads/no-such/rest.csv").status_code == 404
