"""Pages to print: a walk's way, stops, checklist and lines; a promise's follow-up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.routes.answers import routes
from dashboard.routes.documents import LINES, ROUTES
from geodata.model import LANGUAGES, Language, NewPhoto, PhotoRole, Picture
from geodata.service import Service
from geodata.service.photos import attach
from geodata.service.reporting import walk_sheet
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import words

from ..sentences import joined_in_html

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return TestClient(
        Starlette(routes=routes(lambda _: service, ROUTES)), base_url="http://localhost"
    )


def _held(service: Service) -> str:
    return next(w.id for w in service.walks(("hedbo",)) if w.status == "held" and w.route)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_walk_has_a_sheet(client: TestClient, service: Service, language: str) -> None:
    walks = service.walks(tuple(service.catalogue.area_by_id))
    assert walks
    for walk in walks:
        answer = client.get(f"/vandringsblad/{walk.id}?lang={language}")
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text
        assert service.catalogue.area_by_id[walk.area_id].name in answer.text
        assert joined_in_html(answer.text) == []
        banner = {"sv": "Exempeldata", "en": "Example data"}[language]
        assert f"<strong>{banner}</strong>" in answer.text
        assert answer.text.count("<td>") == LINES * 5
        towns = {"sv": "Tätorter: SCB 2023 (CC0).", "en": "Built-up areas: Statistics Sweden 2023"}
        assert towns[language] in answer.text
        # In the margin of every printed page, not only at the top of the first.
        assert f'@top-left {{ content: "{banner}:' in answer.text
        for term in service.catalogue.vocabulary.finding_categories.values():
            assert term.name.to(language) in answer.text


def test_a_sheet_runs_no_script_but_its_own_and_is_not_kept(
    client: TestClient, service: Service
) -> None:
    answer = client.get(f"/vandringsblad/{_held(service)}")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]
    assert answer.text.count("<script") == 1


def test_there_is_none_of_an_unknown_walk_or_for_a_foreign_name(
    client: TestClient, service: Service
) -> None:
    unknown = client.get("/vandringsblad/<script>alert(1)<script>")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"].startswith("text/plain")
    known = f"/vandringsblad/{_held(service)}"
    assert client.get(known, headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_promises_page_answers_in_the_advised_order(
    client: TestClient, service: Service, language: Language
) -> None:
    keys = ("why", "aims", "promised", "done", "seen", "not_concluded")
    headings = [words(language)(f"brief.{key}") for key in keys]
    for promise in service.catalogue.promises:
        answer = client.get(f"/underlag/{promise.id}?lang={language}")
        assert answer.status_code == 200
        found = [unescape(h) for h in re.findall(r"<h2>(.*?)</h2>", answer.text)]
        assert found[: len(keys)] == headings
        (title,) = re.findall(r"<h1>(.*?)</h1>", answer.text)
        assert unescape(title) == promise.title.to(language)
        assert words(language)("example.title") in answer.text
        assert answer.text.count("<tr>") >= len(promise.commitments)
    assert client.get("/underlag/no-such").status_code == 404
    known = "/underlag/mark-2018"
    assert client.get(known, headers={"Host": "evil.example"}).status_code == 403


@pytest.fixture
def own(own_copy: Path) -> Iterator[Service]:
    opened = Service.open(Settings(register_url(str(own_copy)), basemap=NO_BASEMAP))
    yield opened
    opened.close()


def test_what_was_written_stands_as_text(own: Service) -> None:
    walk = own.walk(_held(own))
    number = own.newest_number("walk", walk.id)
    changed = replace(walk, meeting_point=HOSTILE, invited=HOSTILE)
    own.register.change(changed, by="t", expected_number=number)
    client = TestClient(
        Starlette(routes=routes(lambda _: own, ROUTES)), base_url="http://localhost"
    )
    page = client.get(f"/vandringsblad/{walk.id}").text
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(1)") == 2


def test_what_earlier_walks_found_is_shown_by_its_photos(own: Service) -> None:
    walk, finding = next(
        (walk, sheet.before[0])
        for walk in own.walks()
        if (sheet := walk_sheet(own, walk.id)).before
    )
    new = NewPhoto(Picture(b"large", b"small", 4, 3), role=PhotoRole.BEFORE)
    attach(own, "finding", finding.id, {"by": "A"}, [new])
    client = TestClient(
        Starlette(routes=routes(lambda _: own, ROUTES)), base_url="http://localhost"
    )
    answer = client.get(f"/vandringsblad/{walk.id}")
    address = f"../foto/{new.id}/liten"
    assert f'src="{address}" alt="Foto: så såg det ut före"' in answer.text
    assert "img-src 'self'" in answer.headers["content-security-policy"]
    assert client.get(f"/vandringsblad/{address}").content == b"small"
