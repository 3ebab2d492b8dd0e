"""What a page would ask for first stands in it: its files, and where its server is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.address import PAGE_PATHS
from dashboard.host import insides

SERVED = Path(st.__file__).parent / "static"


@pytest.fixture
def client() -> TestClient:
    def streamlit(request: Request) -> Response:
        if request.url.path == "/mote/":
            return RedirectResponse("/mote")
        return PlainTextResponse("streamlit")

    return TestClient(
        Starlette(routes=[Route("/{path:path}", streamlit)], middleware=[Middleware(insides.Page)]),
        follow_redirects=False,
    )


@pytest.fixture
def other_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Streamlit's files as another version has them."""
    monkeypatch.setattr(insides, "STATIC", tmp_path)
    (tmp_path / "static" / "js").mkdir(parents=True)
    made_once = (insides.links, insides.page, insides._names)
    for made in made_once:
        made.cache_clear()
    yield tmp_path
    for made in made_once:
        made.cache_clear()


def test_a_page_names_the_parts_that_it_will_ask_for_and_they_are_served(
    client: TestClient,
) -> None:
    *named, panels = client.get("/?area=norrby").headers["link"].split(", ")
    # The program's own: what all panels run, which is no longer sent with each of them.
    assert panels == f"<{insides.panel_url()}>; rel=modulepreload; crossorigin"
    assert "export default function" in insides.panel_script()
    for link in named:
        found = re.fullmatch(r"</(static/js/[\w.-]+)>; rel=modulepreload; crossorigin", link)
        assert found
        assert (SERVED / found[1]).is_file()
    # What shows a panel, and what shows the map.
    for part in ("BidiComponent", "ComponentInstance"):
        assert sum(link.startswith(f"</static/js/{part}.") for link in named) == 1


NO_PART = [
    "/static/js",
    "/static/nothing.js",
    "/static/..%2Findex.html",
    "/static/%2E%2E/%2E%2E/__init__.py",
    "/static//etc/passwd",
    "/static/%00",
    "/static/" + "a" * 300,
]


@pytest.mark.parametrize(
    "asked", ["/static/js/index.js", "/layers/areas", "/mote/", "/motet", *NO_PART]
)
def test_what_is_no_page_is_not_touched(client: TestClient, asked: str) -> None:
    answer = client.get(asked)
    assert "link" not in answer.headers
    assert answer.text == ("" if asked == "/mote/" else "streamlit")


@pytest.mark.parametrize("path", sorted(PAGE_PATHS.values()))
def test_every_page_knows_its_server_and_loads_what_streamlits_own_does(
    client: TestClient, path: str
) -> None:
    page = client.get(f"/{path}?lang=en")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")
    assert "<title>Löfteskartan</title>" in page.text
    own = (SERVED / "index.html").read_text(encoding="utf-8")
    tags = re.compile(r"<(?:script|link)[^>]*>")
    scripts = tags.findall(page.text)
    assert scripts[0] == "<script>"
    assert scripts[1:-1] == tags.findall(own)
    # Behind all that Streamlit puts into its head: of two rules that are alike the last one counts.
    assert scripts[-1] == f'<link rel="stylesheet" href="{insides.sheet_url()}">'
    assert page.text.index('<div id="root">') < page.text.index(scripts[-1])
    # Before the module that reads it.
    assert page.text.index("BACKEND_BASE_URL") < page.text.index("<script type=")


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
    (other_version / "index.html").write_text("<html>index</html>")
    answer = client.get("/")
    sheet = f'<link rel="stylesheet" href="{insides.sheet_url()}">\n'
    assert answer.text == f"<html>index</html>{sheet}"
    assert "/static/" not in answer.headers["link"]


def test_the_parts_of_the_page_are_sent_packed_to_who_can_unpack_them(client: TestClient) -> None:
    js, css = (next((SERVED / "static" / end).glob(f"index.*.{end}")) for end in ("js", "css"))
    for file in (js, css):
        path = f"/{file.relative_to(SERVED).as_posix()}"
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert (plain.status_code, plain.content) == (200, file.read_bytes())
        assert "content-encoding" not in plain.headers
        packed = client.get(path, headers={"accept-encoding": "br, gzip"})
        assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
        assert packed.headers["content-type"] == plain.headers["content-type"]
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
    # What is packed already is not packed again.
    font = insides.font()
    assert font is not None
    path = f"/{font.relative_to(SERVED).as_posix()}"
    assert path in insides.font_face()
    as_is = client.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in as_is.headers
    assert as_is.content == font.read_bytes()
