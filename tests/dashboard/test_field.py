"""The field page's routes: what it is made of, what it is given, and who may send to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.field import routes
from dashboard.field.routes import (
    DATA,
    HERE,
    LARGEST_BYTES,
    LARGEST_PHOTO_BYTES,
    POST,
    field_routes,
)
from dashboard.host import insides
from dashboard.look import page_sheet
from geodata.service import Service

from ..photographs import PLANTED, photo
from .conftest import LONG_AFTER, open_at

OWN = {"X-Lofteskartan": "upload", "Origin": "http://localhost"}
SCRIPTS_AT_MOST = 60_000
"""Bytes: what a slow network carries in a second, packed."""


@pytest.fixture
def service(own_copy: Path) -> Iterator[Service]:
    opened = open_at(own_copy)
    yield opened
    opened.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    # Here in this process; the program reads in one of its own.
    read = lambda question: question.solve(lambda _share: None)  # noqa: E731
    app = Starlette(routes=field_routes(lambda _: service, read))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def finding(**values: Any) -> dict[str, Any]:
    told = {"category": "lighting", "text": "Mörkt", "area": "norrby", "status": "open"}
    told |= {"day": LONG_AFTER.isoformat(), "by": "Områdespolis", **values}
    clock_ms = round(datetime.now(UTC).timestamp() * 1000)
    return {"id": str(uuid4()), "entity": "finding", "values": told, "clock_ms": clock_ms}


def sent(client: TestClient, record: Any, query: str = "", **more: Any) -> Response:
    text = record if isinstance(record, str) else json.dumps(record)
    given = {"headers": OWN, "files": {"record": (None, text)}, **more}
    answer: Response = client.post(f"{POST}{query}", **given)
    return answer


def test_a_record_is_kept_once_and_the_servers_time_is_told(
    client: TestClient, service: Service
) -> None:
    record = finding()
    for again in (False, True, True):
        answer = sent(client, record)
        assert answer.status_code == 200
        said = answer.json()
        assert (said["kept"], said["again"]) == (record["id"], again)
        assert abs(said["now_ms"] / 1000 - datetime.now(UTC).timestamp()) < 3600
    assert service.finding(record["id"]).text == "Mörkt"


def test_photo_and_record_are_kept_together_once_and_without_what_the_file_says(
    client: TestClient, service: Service
) -> None:
    record = finding() | {"photo": str(uuid4())}
    taken = photo("JPEG", orientation=6)
    assert PLANTED.encode() in taken
    parts = {"record": (None, json.dumps(record)), "photo": ("a.jpg", taken, "image/jpeg")}
    for again in (False, True):
        answer = sent(client, {}, files=parts)
        assert (answer.status_code, answer.json()["again"]) == (200, again)
    (kept,) = service.register.photos("finding", [record["id"]])
    assert (kept.id, kept.role, kept.taken) == (record["photo"], "before", LONG_AFTER)
    body = service.register.document(kept.sha256)
    assert body is not None
    assert PLANTED.encode() not in body
    # Lying on its side, as its own file says, it is higher than wide.
    assert (kept.width_px, kept.height_px) == (160, 240)


@pytest.mark.parametrize(
    ("photo_id", "part", "status"),
    [
        (str(uuid4()), None, 422),
        (None, photo("JPEG"), 422),
        (str(uuid4()), b"no photo", 422),
        (str(uuid4()), photo("JPEG")[:400], 422),
        (str(uuid4()), b"x" * (LARGEST_BYTES + LARGEST_PHOTO_BYTES + 1), 413),
    ],
    ids=["record alone", "photo alone", "no photo", "half a photo", "too large"],
)
def test_neither_is_kept_where_one_of_the_two_is_wrong(
    client: TestClient, service: Service, photo_id: str | None, part: bytes | None, status: int
) -> None:
    record = finding() | {"photo": photo_id}
    parts: dict[str, Any] = {"record": (None, json.dumps(record))}
    if part is not None:
        parts["photo"] = ("a.jpg", part, "image/jpeg")
    answer = sent(client, {}, files=parts)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert service.register.existing_ids("finding", [record["id"]]) == set()
    assert service.register.photos("finding", [record["id"]]) == []


def test_a_record_that_is_looked_through_is_not_kept(client: TestClient, service: Service) -> None:
    record = finding(text="")
    answer = sent(client, record, "?prova=1")
    assert answer.status_code == 200
    assert set(answer.json()["faults"]) == {"text"}
    assert service.register.existing_ids("finding", [record["id"]]) == set()


def test_a_refusal_says_why_by_field_in_the_readers_language(client: TestClient) -> None:
    said = {
        language: sent(client, finding(text="", category=""), f"?lang={language}")
        for language in ("sv", "en")
    }
    assert {answer.status_code for answer in said.values()} == {422}
    faults = {language: answer.json()["faults"] for language, answer in said.items()}
    assert faults["sv"].keys() == faults["en"].keys() == {"text", "category"}
    assert all(faults["sv"][name] != faults["en"][name] for name in faults["sv"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"X-Lofteskartan": "old", "Origin": "http://localhost"},
        {"X-Lofteskartan": "upload", "Origin": "http://elsewhere"},
        {"X-Lofteskartan": "upload", "Sec-Fetch-Site": "cross-site"},
        {"X-Lofteskartan": "upload", "Host": "elsewhere"},
    ],
)
def test_only_the_servers_own_page_sends(
    client: TestClient, service: Service, headers: dict[str, str]
) -> None:
    record = finding()
    answer = sent(client, record, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["detail"]
    assert service.register.existing_ids("finding", [record["id"]]) == set()


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"files": {"record": (None, "{")}}, 422),
        ({"files": {"other": (None, "{}")}}, 422),
        ({"files": {"record": ("a.json", b"{}", "application/json")}}, 422),
        ({"files": [("record", (None, "{}")), ("record", (None, "{}"))]}, 422),
        ({"files": {"record": (None, "x" * (LARGEST_BYTES + 1))}}, 422),
        ({"files": None, "content": b"{}"}, 422),
        ({"files": None, "json": {}}, 422),
        ({"files": None, "content": b"--x\r\n", "boundary": "x"}, 422),
        ({"files": None, "content": b"", "boundary": ";"}, 422),
    ],
)
def test_what_is_no_form_with_a_record_is_refused_in_words(
    client: TestClient, more: dict[str, Any], status: int
) -> None:
    headers = dict(OWN)
    if boundary := more.pop("boundary", ""):
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
    answer = sent(client, {}, headers=headers, **more)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_the_data_say_what_a_phone_needs_in_both_languages(client: TestClient) -> None:
    data = client.get(DATA).json()
    assert {"areas", "kinds", "categories", "parties", "places", "walks"} <= data.keys()
    norrby = next(area for area in data["areas"] if area["id"] == "norrby")
    assert norrby["rings"][0][0][0] == norrby["rings"][0][0][-1]
    patrol = next(kind for kind in data["kinds"] if kind["id"] == "foot_patrol")
    assert patrol["name"] == {"sv": "Fotpatrull", "en": "Foot patrol"}
    assert data["proof"] == "upload"
    # Who is asked first where one stands: those who have promised something there.
    there = {party["id"] for party in data["parties"] if "norrby" in party["areas"]}
    assert {"polisen", "boras-stad"} <= there
    assert not there & {"marks-kommun", "marks-bostad"}
    assert data["example"] is True


def test_the_page_asks_no_other_host_and_holds_nothing_of_the_register(
    client: TestClient,
) -> None:
    for language, word in (("sv", "Starta patrull"), ("en", "Start patrol")):
        answer = client.get(f"/falt?lang={language}")
        assert word in answer.text
        assert "Norrby" not in answer.text
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert re.findall(r"https?://", answer.text) == []
    worker = client.get("/falt/sw.js")
    assert worker.headers["service-worker-allowed"] == "/falt"
    # What it keeps is there, by the names that it keeps it by.
    for path in re.findall(r'"(/(?:falt|assets)[^"]*)"', worker.text):
        assert client.get(path).status_code == 200, path


def test_the_manifest_lets_the_page_be_installed(client: TestClient) -> None:
    manifest = client.get("/falt/manifest.webmanifest?lang=en").json()
    assert manifest["start_url"].startswith(manifest["scope"])
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    for icon in manifest["icons"]:
        # A PNG says its width after its signature and its first chunk's name.
        picture = client.get(icon["src"]).content
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert f"{int.from_bytes(picture[16:20])}x{int.from_bytes(picture[20:24])}" == icon["sizes"]


def test_the_script_is_small_and_no_other_pages() -> None:
    assert sum(file.stat().st_size for file in HERE.glob("*.js")) <= SCRIPTS_AT_MOST
    script = routes.script().plain.decode()
    assert script not in insides.panel_script()
    assert (HERE / "field.css").read_text("utf-8") not in page_sheet()
    # Text goes onto the page as text.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\b|document\.write", script)
