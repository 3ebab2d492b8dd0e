"""Choosing places as a planner does it: asked, answered, wished, kept, compared, undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """The example in a register of these tests' own: they write in it."""
    return start_server("--example", "--basemap", "none", settings="# Written to by these tests.")


DRAWN = (
    """(kind) => [...document.querySelectorAll(`.lk-drawn-${kind}`)].map((n) => n.textContent)"""
)


def drawn(screen: Screen, kind: str) -> list[str]:
    found: list[str] = screen.frame.evaluate(DRAWN, kind)
    return sorted(found)


def test_places_are_asked_for_answered_and_wished(screen: Screen) -> None:
    screen.open("/planera?tool=places&promise=boras-2018")
    page = screen.page
    figure = page.locator(".lk-places .lk-figure")
    expect(figure).to_be_visible()
    screen.link("field-k").fill("99")
    screen.link("field-k").press("Enter")
    expect(page.locator("#lk-k-fault")).to_be_visible()
    expect(screen.link("field-k")).to_have_value("99")
    screen.link("field-k").fill("2")
    screen.link("field-reach").fill("4")
    screen.link("field-k").press("Enter")
    expect(page.locator(".lk-places-list > li")).to_have_count(2)
    assert screen.query["ask"] == "k:2;reach:4"
    screen.map_says("document.querySelectorAll('.lk-drawn-site').length === 2")
    # One fewer, chosen in the chart by keyboard.
    screen.link("k-1").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lk-places-list > li")).to_have_count(1)
    # What is left out is not chosen again, and the choice can be taken back.
    first = page.locator(".lk-places-list .lk-row-main > span").first.inner_text()
    screen.follow("change-1")
    expect(page.locator(".lk-places-list .lk-row-main > span").first).not_to_have_text(first)
    page.locator("details[data-id=sites] summary").click()
    screen.follow(page.locator("[data-wish=never] [aria-checked=true]").get_attribute("data-id"))
    expect(page.locator(".lk-places-list .lk-row-main > span").first).to_have_text(first)

    page.locator("details[data-id=curve-table] summary").click()
    assert violations(screen, "places with their candidates") == []


def test_alternatives_are_kept_and_stand_side_by_side(screen: Screen) -> None:
    page = screen.page
    for k in (1, 3):
        screen.open(f"/planera?tool=places&ask=k:{k};reach:4")
        expect(page.locator(".lk-places .lk-figure")).to_be_visible()
        screen.link("field-name").fill(f"Med {k}")
        screen.link("field-by").fill("Områdespolis")
        screen.link("keep").click()
        expect(page.locator(".lk-saved")).to_contain_text(f"Med {k}")
    for number in (1, 2):
        screen.wait_until_still()
        page.locator(".lk-kept [data-id^=compare-]", has_text=re.compile("^Jämför$")).first.click()
        expect(page.locator(".lk-compared thead th")).to_have_count(number)
    expect(page.locator(".lk-compared thead")).to_contain_text("Med 1")
    screen.map_says("document.querySelectorAll('.lk-drawn').length >= 3")
    assert {label[0] for text in drawn(screen, "site") for label in text.split()} >= {"A"}
    # Taken away and back again, by its author's remembered name.
    screen.wait_until_still()
    page.locator("[data-id^=withdraw-]").first.click()
    expect(page.locator(".lk-saved")).to_contain_text("Borttaget")
    expect(page.locator(".lk-compared thead th")).to_have_count(1)
    screen.link("undo-kept").click()
    expect(page.locator(".lk-compared thead th")).to_have_count(2)
    assert violations(screen, "alternatives side by side") == []
