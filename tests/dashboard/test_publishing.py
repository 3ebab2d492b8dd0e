"""The citizens' page: a zip file for those who may read, and on the server for anybody."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.host.door import Door
from dashboard.routes.answers import routes
from dashboard.routes.documents import ADDRESS, OPEN_PAGE, ROUTES
from geodata.publish.public import public_files
from geodata.service import Service
from geodata.service.publishing import Publishing, public_content
from geodata.settings import NO_BASEMAP, Settings, register_url

from .conftest import LONG_AFTER


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    app = Starlette(routes=routes(lambda _: service, ROUTES))
    return TestClient(app, base_url="http://localhost")


def pages(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry: archive.read(entry).decode() for entry in archive.namelist()}


def test_it_gives_the_page_to_keep(client: TestClient) -> None:
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    plain, whole = "oppen-sida_2018-12-31.zip", "%C3%B6ppen-sida_2018-12-31.zip"
    kept = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"
    assert answer.headers["content-disposition"] == kept
    page = pages(answer.content)["oppen-sida/index.html"]
    assert "31 december 2018" in page
    # Both promises' maps have their town beneath, and say whose outline it is.
    assert page.count("Tätorter: SCB 2023 (CC0).") == page.count('<g class="ground"><path') == 2


def test_promise_and_day_can_be_chosen(client: TestClient) -> None:
    # A field that was left empty says nothing.
    asked = {
        "promise": "mark-2018",
        "date": "2018-08-14",
        "publisher": "Marks kommun",
        "licence": "",
    }
    answer = client.get(ADDRESS, params=asked)
    assert "oppen-sida_mark-2018_2018-08-14.zip" in answer.headers["content-disposition"]
    page = pages(answer.content)["oppen-sida/en.html"]
    assert "14 August 2018" in page
    assert "Marks kommun" in page
    assert "Hässleholmen" not in page


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("promise=nowhere", 404, "nowhere"),
        ("date=yesterday", 400, "2018-06-30"),
        ("date=2999-01-01", 400, "2999-01-01"),
        ("date=2018-01-01&date=2018-01-02", 400, "date"),
        ("area=norrby", 400, "area"),
        ("licence=javascript:alert(1)", 400, "https://"),
    ],
)
def test_what_can_not_be_given_is_told(
    client: TestClient, asked: str, status: int, said: str
) -> None:
    answer = client.get(f"{ADDRESS}?{asked}&lang=en")
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_nobody_else_gets_it(client: TestClient) -> None:
    answer = client.get(ADDRESS, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.content) == (403, b"")


# --- served ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(example_file: Path) -> Iterator[TestClient]:
    settings = Settings(register_url(str(example_file)), basemap=NO_BASEMAP, open_page=True)
    with Service.open(settings, today=lambda: LONG_AFTER) as opened:
        app = Starlette(routes=routes(lambda _: opened, ROUTES))
        yield TestClient(Door(app, lambda: opened), base_url="http://localhost")


def test_it_is_served_as_it_is_published(served: TestClient, service: Service) -> None:
    told = served.get(f"{OPEN_PAGE}/data/dcat.jsonld").json()
    (made,) = {one["dcterms:modified"]["@value"] for one in found_in(told, "dcterms:modified")}
    content = public_content(service, Publishing(), datetime.fromisoformat(made))
    published = public_files(content)
    assert len(published) > 10
    for path, body in published.items():
        answer = served.get(f"{OPEN_PAGE}/{path}")
        assert answer.content == body, path
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "public, max-age=900"
        same = served.get(f"{OPEN_PAGE}/{path}", headers={"If-None-Match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
    page = served.get(OPEN_PAGE)
    assert page.url.path == f"{OPEN_PAGE}/"
    assert page.content == published["index.html"]
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src" not in page.headers["content-security-policy"]


def found_in(told: object, key: str) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        if key in told:
            yield told
        for one in told.values():
            yield from found_in(one, key)
    if isinstance(told, list):
        for one in told:
            yield from found_in(one, key)


@pytest.mark.parametrize("path", ["x", "%2e%2e/x", "data", "data/", "/etc/passwd"])
def test_nothing_else_lies_there(served: TestClient, path: str) -> None:
    answer = served.get(f"{OPEN_PAGE}/{path}")
    assert answer.status_code in (403, 404)


def test_it_is_off_unless_the_settings_say_so(client: TestClient) -> None:
    for path in ("", "/", "/index.html", "/data/findings.csv"):
        assert client.get(OPEN_PAGE + path).status_code == 404
