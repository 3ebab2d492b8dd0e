"""What the first view of a page asks for late is named with the page, and with nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.host import insides

SERVED = Path(st.__file__).parent / "static"


@pytest.fixture
def client() -> TestClient:
    def streamlit(request: Request) -> Response:
        if request.url.path == "/mote":
            return RedirectResponse("/")
        kind = PlainTextResponse if request.url.path == "/planera" else HTMLResponse
        return kind("index")

    return TestClient(
        Starlette(
            routes=[Route("/{path:path}", streamlit)], middleware=[Middleware(insides.EarlyFiles)]
        ),
        follow_redirects=False,
    )


@pytest.fixture
def other_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Streamlit's files as another version has them."""
    monkeypatch.setattr(insides, "STATIC", tmp_path)
    (tmp_path / "static" / "js").mkdir(parents=True)
    insides.links.cache_clear()
    yield tmp_path
    insides.links.cache_clear()


def test_a_page_names_the_parts_that_it_will_ask_for_and_they_are_served(
    client: TestClient,
) -> None:
    named = client.get("/?area=norrby").headers["link"].split(", ")
    for link in named:
        found = re.fullmatch(r"</(static/js/[\w.-]+)>; rel=modulepreload; crossorigin", link)
        assert found
        assert (SERVED / found[1]).is_file()
    # What shows a panel, and what shows the map.
    for part in ("BidiComponent", "ComponentInstance"):
        assert sum(link.startswith(f"</static/js/{part}.") for link in named) == 1


@pytest.mark.parametrize("asked", ["/static/js/index.js", "/layers/areas", "/mote", "/planera"])
def test_nothing_but_a_page_names_them(client: TestClient, asked: str) -> None:
    assert "link" not in client.get(asked).headers


def test_what_a_part_imports_is_named_too_and_what_the_page_names_is_not(
    other_version: Path,
) -> None:
    scripts = other_version / "static" / "js"
    (other_version / "index.html").write_text('<script src="./static/js/index.1.js"></script>')
    (scripts / "BidiComponent.7.js").write_text(
        'import{a}from"./index.1.js";import{b}from"./rows.2.js";'
    )
    (scripts / "rows.2.js").write_text('import"./BidiComponent.7.js";export{b};')
    named = [f"</static/js/{name}>" for name in ("BidiComponent.7.js", "rows.2.js")]
    assert [link.partition(";")[0] for link in insides.links().split(", ")] == named


def test_another_version_of_streamlit_without_such_parts_is_served_as_it_is(
    other_version: Path, client: TestClient
) -> None:
    answer = client.get("/")
    assert (answer.text, "link" in answer.headers) == ("index", False)
