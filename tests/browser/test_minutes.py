"""A meeting is closed on the screen: its minutes stay, and what comes later is told beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--example", "--basemap", "none", settings="# minutes\n")


def picture(screen: Screen, name: str) -> None:
    """Keep pictures to be looked at, where a folder for them is named."""
    if folder := os.environ.get("MINUTES_PICTURES"):
        for width, height in ((1920, 1080), (1366, 768), (390, 844)):
            screen.page.set_viewport_size({"width": width, "height": height})
            screen.page.wait_for_timeout(600)
            screen.page.screenshot(path=Path(folder) / f"{name}-{width}.png")
        screen.page.set_viewport_size({"width": 1366, "height": 768})


def frozen_bytes(screen: Screen, kind: str, version: int) -> bytes:
    address = screen.link(f"frozen-{kind}-{version}").get_attribute("href")
    answer = screen.page.request.get(f"{screen.server.url}{address}")
    assert answer.ok
    return bytes(answer.body())


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_meeting_is_closed_told_of_what_came_later_and_opened_again(
    open_screen: Callable[..., Screen], server: Server, language: str
) -> None:
    year = {"sv": 10, "en": 11}[language]
    screen = open_screen(server, viewport={"width": 1366, "height": 768})
    page = screen.page
    screen.open(f"/mote?date=2018-{year}-15&lang={language}")
    screen.follow("begin")
    stage = page.locator("#lk-stage-heading")
    expect(stage).to_be_visible()
    meeting = screen.query["meeting"]
    # What was known that day, beside the work and not among it.
    screen.link("seen-open").click()
    seen = page.locator(".lk-stage-seen")
    expect(seen.locator("h4")).to_have_count(5)
    expect(seen.locator("tbody th")).to_have_text(["2015", *["2017"] * 5])
    assert violations(screen, "indicators of a step") == []
    picture(screen, f"seen-{language}")
    screen.link("seen-open").click()
    # A note at the first step, and a decision with who is to do it.
    screen.link("note-open").click()
    screen.link("field-note").fill("Belysningen i Norrby togs upp")
    picture(screen, f"note-{language}")
    screen.link("save-note").click()
    expect(screen.link("note-open")).to_contain_text("●")
    page.keyboard.press("Escape")
    page.goto(f"{server.url}/mote?meeting={meeting}&step=decisions&lang={language}")
    screen.link("field-text").fill("Byt lamporna")
    screen.link("field-owner").select_option("ab-bostader")
    screen.link("field-function").fill("Fastighetschef")
    screen.link("save-decision").click()
    row = page.locator(".lk-stage-decisions li", has_text="Byt lamporna").first
    expect(row).to_contain_text(", Fastighetschef")
    picture(screen, f"decisions-{language}")
    # Nobody present: refused, beside the field.
    screen.link("close-meeting").click()
    screen.link("close").click()
    expect(page.locator("#lk-present-fault")).to_be_visible()
    assert violations(screen, "closing") == []
    screen.link("present-polisen").check()
    screen.link("field-function/polisen").fill("Lokalpolisområdeschef")
    picture(screen, f"close-{language}")
    screen.link("close").click()
    expect(page.locator("#lk-figures")).to_be_visible(timeout=30_000)
    kept = {kind: frozen_bytes(screen, kind, 1) for kind in ("pdf", "word", "csv")}
    told = page.locator(".lk-frozen-files code").all_inner_texts()
    assert told == [hashlib.sha256(body).hexdigest() for body in kept.values()]
    figures = page.locator(".lk-frozen").inner_text()
    # An activity of a day that the minutes account for.
    screen.open(f"/registrera?area=norrby&lang={language}")
    for name, value in {"kind": "foot_patrol", "date": "2018-10-10", "by": "kontoret"}.items():
        field = screen.link(f"field-{name}")
        field.select_option(value) if name == "kind" else field.fill(value)
        field.press("Tab")
        screen.wait_until_still()
    screen.link("save").click()
    expect(page.locator("form.lk-saved")).to_be_visible()
    page.goto(f"{server.url}/mote?meeting={meeting}&lang={language}")
    late = page.locator(".lk-late-list li")
    expect(late).to_have_count(1)
    expect(late).to_contain_text("Norrby")
    assert page.locator(".lk-frozen").inner_text() == figures
    assert {kind: frozen_bytes(screen, kind, 1) for kind in kept} == kept
    assert violations(screen, "closed") == []
    picture(screen, f"closed-{language}")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1366, "height": 768})
    # On the next agenda.
    screen.open(f"/mote?date=2018-{year + 1}-12&lang={language}")
    screen.follow("begin")
    expect(stage).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lk-late")).to_be_visible()
    expect(page.locator("section[aria-labelledby='lk-late'] li")).to_contain_text("Norrby")
    picture(screen, f"agenda-{language}")
    # Opened again: refused without a reason.
    page.goto(f"{server.url}/mote?meeting={meeting}&lang={language}")
    screen.link("reopen").click()
    expect(page.locator("#lk-reason-fault")).to_be_visible()
    screen.link("field-reason").fill("Ett beslut saknades")
    screen.link("reopen").click()
    expect(stage).to_be_visible()
    answer = page.request.get(
        f"{server.url}/dokument/rapport.pdf?meeting={meeting}&version=1&lang={language}"
    )
    assert answer.body() == kept["pdf"]
