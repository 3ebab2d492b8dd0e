"""A walk's page for residents: what is answered to whom, and what is taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.access import ROUTES
from dashboard.host.rates import Rates
from dashboard.routes.answers import routes
from dashboard.routes.documents import ROUTES as DOCUMENTS
from dashboard.routes.residents import residents_routes
from geodata.model import Precision, Walk, WalkStatus
from geodata.service import Service
from geodata.service.residents import close_walk, drawing, open_walk

from .conftest import LONG_AFTER, open_at

WALK = Walk(
    "w1",
    "norrby",
    WalkStatus.PLANNED,
    datetime(2026, 1, 20, 17, tzinfo=UTC),
    Precision.MINUTE,
    LONG_AFTER.replace(day=20),
    route=shapely.LineString([(12.9240, 57.7235), (12.9290, 57.7255)]),
)
FORM = {"Origin": "http://localhost"}


@pytest.fixture
def service(own_copy: Path) -> Iterator[Service]:
    opened = open_at(own_copy)
    opened.register.add([WALK], by="test")
    yield opened
    opened.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    app = Starlette(routes=[*residents_routes(lambda _: service)])
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


@pytest.fixture
def page(service: Service) -> str:
    opening = open_walk(service, "w1", LONG_AFTER.isoformat(), "2026-01-10", by="test")
    return f"/vandra/{opening.secret}"


def place_of(service: Service) -> str:
    return drawing(service, "w1").places[0][0]


def sent(client: TestClient, page: str, place: str, category: str = "lighting") -> Response:
    answer: Response = client.post(page, data={"place": place, "category": category}, headers=FORM)
    return answer


def test_what_is_sent_is_kept_thanked_for_and_nothing_else_is_left(
    client: TestClient, service: Service, page: str
) -> None:
    answer = sent(client, page, place_of(service))
    assert answer.status_code == 303
    told = client.get(answer.headers["location"])
    assert "Tack!" in told.text
    (hint,) = service.register.walk_hints("w1")
    assert hint.category == "lighting"
    for one in (answer, told):
        assert "set-cookie" not in one.headers
        assert one.headers["cache-control"] == "no-store"
    policy = told.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    # Loaded again it sends nothing.
    client.get(answer.headers["location"])
    assert len(service.register.walk_hints("w1")) == 1


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_can_be_filled_in_without_a_script(
    client: TestClient, service: Service, page: str, language: str
) -> None:
    text = client.get(f"{page}?lang={language}").text
    assert f'<html lang="{language}">' in text
    assert f'action="?lang={language}"' in text
    known = drawing(service, "w1").places
    assert len(known) > 3
    assert all(f'value="{value}"' in text for value, _ in known)
    assert text.count('name="category"') == len(service.catalogue.vocabulary.finding_categories)
    # What is wrong is said, and what was chosen is still there.
    wrong = client.post(
        f"{page}?lang={language}", data={"place": known[2][0], "category": "x"}, headers=FORM
    )
    assert wrong.status_code == 422
    assert f'value="{known[2][0]}" selected' in wrong.text.replace("\n", "")
    assert service.register.walk_hints("w1") == []


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, "place=1+1&category=lighting", 403),
        ({"Sec-Fetch-Site": "cross-site"}, "place=1+1&category=lighting", 403),
        ({"Content-Type": "application/json"}, "{}", 403),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "--x--", 403),
        ({"Content-Type": ""}, "place=1+1", 403),
        ({}, "", 422),
        ({}, "x" * 100_000, 422),
        ({}, "place=" + "9" * 3_000 + "+1&category=lighting", 422),
        ({}, "place=%00%ff&category=%3Cscript%3E", 422),
        ({}, "place=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&category=lighting", 422),
    ],
)
def test_a_hostile_post_is_refused_and_keeps_nothing(
    client: TestClient,
    service: Service,
    page: str,
    headers: dict[str, str],
    content: str,
    status: int,
) -> None:
    usual = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    answer = client.post(page, content=content, headers=usual)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert service.register.walk_hints("w1") == []


def test_an_address_of_nothing_and_a_walk_that_is_closed(
    client: TestClient, service: Service, page: str
) -> None:
    for guess in ("/vandra/w1", f"{page}x", "/vandra/%00", "/vandra/' OR 1=1"):
        assert client.get(guess).status_code == 404
        assert sent(client, guess, place_of(service)).status_code == 404
    close_walk(service, "w1", by="test")
    assert "<form" not in client.get(page).text
    assert sent(client, page, place_of(service)).status_code == 422
    assert service.register.walk_hints("w1") == []


def test_the_sheet_has_the_address_while_residents_are_asked(service: Service) -> None:
    app = Starlette(routes=routes(lambda _: service, DOCUMENTS))
    sheet = TestClient(app, base_url="http://localhost")
    assert "/vandra/" not in sheet.get("/vandringsblad/w1").text
    opening = open_walk(service, "w1", LONG_AFTER.isoformat(), "2026-01-10", by="test")
    text = sheet.get("/vandringsblad/w1").text
    assert f"http://localhost/vandra/{opening.secret}" in text
    assert '<div class="code" role="img"' in text
    close_walk(service, "w1", by="test")
    assert opening.secret not in sheet.get("/vandringsblad/w1").text


def test_it_is_open_to_anybody_and_no_more_is() -> None:
    opened = {path for path, right in ROUTES.items() if right == "open" and "vandr" in path}
    assert opened == {"/vandra/{secret}"}


def test_one_address_is_slowed_down() -> None:
    rates = Rates(lambda: 0.0)
    waits = [rates.wait_s(f"/vandra/{n}", "192.0.2.1") for n in range(70)]
    assert waits[:60] == [0] * 60
    assert all(waits[60:])
    assert rates.wait_s("/vandra/x", "192.0.2.2") == 0
