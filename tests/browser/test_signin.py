"""One day of a recorder's, with a real provider: signed in, refused, signed out in mid-sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from geodata.model import ActivityFilter
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url

from ..signin.conftest import PASSWORD, ports, provider, secrets, signin_server
from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from ..signin.conftest import Server

pytestmark = pytest.mark.browser

# Fixtures of the tests below the browser.
__all__ = ["ports", "provider", "secrets", "signin_server"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def sign_in(page: Page, who: str) -> None:
    page.locator("main a.go").click()
    page.locator("input[name=login]").fill(who)
    page.locator("button[type=submit]").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()


def field(page: Page, name: str) -> Any:
    return page.locator(f'[data-id="field-{name}"]')


def test_a_recorders_day(page: Page, signin_server: Server, secrets: Path) -> None:
    page.goto(f"{signin_server.url}/registrera?area=norrby&date=2018-06-30")
    expect(page.locator("h1")).to_have_text("Logga in")
    assert violations(SimpleNamespace(page=page), "the sign-in page") == []  # type: ignore[arg-type]
    sign_in(page, "recorder")

    # Back at the same page, by function, with what a recorder does and nothing else.
    expect(page).to_have_url(f"{signin_server.url}/registrera?area=norrby&date=2018-06-30")
    expect(page.locator(".lk-account summary")).to_have_text("Funktion recorder")
    pages = page.locator(".lk-top > nav").first
    expect(pages).to_have_text("KartaUppföljningMöteRegistreraI fält")
    expect(page.get_by_text("Sparas som Funktion recorder.")).to_be_visible()
    expect(field(page, "by")).to_have_count(0)

    field(page, "kind").select_option("foot_patrol")
    field(page, "date").fill("2018-06-20")
    field(page, "note").fill("En lång anteckning")

    # The session ends in mid-form. What was typed stays, and one comes back to it.
    for session in signin_server.sessions.iterdir():
        session.unlink()
    page.locator('[data-id="save"]').click()
    again = page.locator(".lk-away a")
    expect(again).to_have_text("Logga in igen")
    again.click()
    expect(page.locator("h1")).to_have_text("Logga in")
    # The provider still remembers who it is, and asks nothing.
    page.locator("main a.go").click()
    expect(field(page, "note")).to_have_value("En lång anteckning")
    expect(page).to_have_url(f"{signin_server.url}/registrera?area=norrby&date=2018-06-30")

    # Of another party, or none, it is refused in words, and still there.
    own = page.get_by_label("Polisen", exact=True)
    expect(own).to_be_checked()
    own.uncheck()
    page.locator('[data-id="save"]').click()
    expect(page.locator(".lk-failure")).to_contain_text("hör till en annan part")
    expect(field(page, "note")).to_have_value("En lång anteckning")
    own.check()
    page.locator('[data-id="save"]').click()
    expect(page.locator("form.lk-saved")).to_be_visible()
    settings = Settings(register_url(str(secrets)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2026, 1, 1)) as service:
        (made,) = [
            one
            for one in service.activities(ActivityFilter(first_day=date(2018, 6, 20)))
            if one.note == "En lång anteckning"
        ]
        assert [r.by for r in service.revisions("activity", made.id)] == ["Funktion recorder"]

    # What a recorder may not see is refused, and says so.
    page.goto(f"{signin_server.url}/planera")
    expect(page.locator("h1")).to_have_text("Det här får du inte se")
    page.get_by_role("link", name="Till kartan").click()

    page.locator(".lk-account summary").click()
    page.locator('[data-id="sign-out"]').click()
    expect(page.get_by_text("Du är utloggad.")).to_be_visible()
    page.locator("main a.go").click()
    expect(page.locator("input[name=login]")).to_be_visible()


SEND = """id => {
  const panel = document.querySelector(`[data-view="finding/${id}"]`);
  const values = { about: `finding/${id}`, expected: "1", by: "Somebody else" };
  const sent = { draft: `withdraw/${id}`, patched: "", values, touched: [], button: "void", at: 1 };
  panel.send("submit", sent);
}"""
"""What a page would send if its form were there: it is said by hand."""


def test_what_a_page_does_not_show_is_not_done_either(
    browser: Browser, signin_server: Server, secrets: Path
) -> None:
    settings = Settings(register_url(str(secrets)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2026, 1, 1)) as service:
        finding = next(f for f in service.findings() if not f.internal)
        logs = signin_server.sessions.parent / "access"
        for who, is_done in (("reader", False), ("planner", True)):
            context = browser.new_context(viewport={"width": 1366, "height": 768})
            page = context.new_page()
            page.goto(f"{signin_server.url}/?finding={finding.id}&date=2026-01-01")
            sign_in(page, who)
            card = page.locator(f'[data-view="finding/{finding.id}"]')
            expect(card.locator('[data-id="void"]')).to_have_count(0 if who == "reader" else 1)
            expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_visible()
            page.evaluate(SEND, finding.id)
            if who == "reader":
                refused = '"what": "refused", "who": "Funktion reader"'
                while not any(
                    refused in line and "map: card_panel" in line
                    for file in logs.iterdir()
                    for line in file.read_text().splitlines()
                ):
                    page.wait_for_timeout(50)
            else:
                expect(card.locator("form.lk-saved")).to_be_visible()
            assert service.finding(finding.id).void is is_done
            context.close()
        assert [r.by for r in service.revisions("finding", finding.id)][1:] == ["Funktion planner"]
