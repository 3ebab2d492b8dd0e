"""An address where nothing is leads to the map; everything else is answered as it was."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.address import from_query
from dashboard.host.insides import UnknownPages


@pytest.fixture
def client() -> TestClient:
    own = [Route("/blad", lambda _: HTMLResponse("own"))]

    def streamlit(request: Request) -> Response:
        if request.url.path == "/component/map/index.html":
            return HTMLResponse("frame")
        if request.url.path == "/robots.txt":
            return PlainTextResponse("ok")
        return HTMLResponse("index")

    app = Starlette(
        routes=[*own, Route("/{path:path}", streamlit)],
        middleware=[Middleware(UnknownPages, routes=own)],
    )
    return TestClient(app, follow_redirects=False)


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/finnsinte", "/?unknown=%2Ffinnsinte"),
        ("/mote/x?lang=en&area=norrby", "/?lang=en&area=norrby&unknown=%2Fmote%2Fx"),
        ("/%2f%2fevil.example/?unknown=a", "/?unknown=%2F%2F%2Fevil.example%2F"),
    ],
)
def test_what_is_no_page_leads_to_the_map(client: TestClient, asked: str, led_to: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (303, led_to)
    assert answer.text == ""


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        *(("/", "index"), ("/mote", "index"), ("/mote/?lang=en", "index")),
        *(("/blad", "own"), ("/robots.txt", "ok")),
        ("/component/map/index.html", "frame"),
    ],
)
def test_everything_else_is_answered_as_it_was(client: TestClient, asked: str, text: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.text) == (200, text)


def test_the_map_says_which_address_it_was() -> None:
    _, hints = from_query({"unknown": "/finnsinte"})
    assert [(hint.key, hint.values["value"]) for hint in hints] == [("hint.page", "/finnsinte")]
