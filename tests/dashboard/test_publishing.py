"""The route that gives the citizens' page: a zip file, for those who may read."""

from __future__ import annotations

import io
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.routes.answers import routes
from dashboard.routes.documents import ADDRESS, ROUTES
from geodata.service import Service


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
    assert said in answer.json()["error"]


def test_nobody_else_gets_it(client: TestClient) -> None:
    answer = client.get(ADDRESS, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.content) == (403, b"")
