"""The field in the top bar by keyboard, on a screen and on a phone, and axe while it is open."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = pytest.mark.browser


def test_by_keyboard_to_a_card_and_on_a_phone(screen: Screen) -> None:
    screen.open()
    page = screen.page
    field, hits = page.get_by_role("combobox", name="Sök"), page.get_by_role("option")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(page.locator("[data-hits]")).to_contain_text("Sök område, plats")
    page.keyboard.type("norby")
    expect(hits.first).to_contain_text("Norrby")
    assert violations(screen, "search") == []
    page.keyboard.press("ArrowDown")
    expect(hits.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(screen.card("area_card").locator("h1")).to_have_text("Norrby")
    expect(screen.card("area_card").locator("h1")).to_be_focused()
    expect(page.locator("#lk-search")).to_have_value("")
    # Esc leaves to where one was.
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(screen.card("area_card").locator("h1")).to_be_focused()
    expect(page.locator("[data-hits]")).to_be_hidden()

    # What was done at a place in a month: four actions, a count, a list and a file.
    page.keyboard.press("/")
    page.keyboard.type("hulta torg")
    expect(hits.first).to_contain_text("Hulta torg")
    page.keyboard.press("Enter")
    card = page.locator(".st-key-done_list")
    expect(card.locator("h1")).to_have_text("Inom 150 m från Hulta torg")
    everything = int(card.get_by_role("status").inner_text().split()[0])
    card.locator('[data-id="done-period"]').select_option("2018-05")
    # The address changes first: the list is there when its file is the month's.
    written = card.locator('[data-id="done-csv"]')
    expect(written).to_have_attribute("href", re.compile("period=2018-05"))
    count = int(card.get_by_role("status").inner_text().split()[0])
    expect(card.locator(".lk-records a")).to_have_count(min(count, 5))
    assert 0 < count < everything
    file = written.get_attribute("href")
    text = str(page.evaluate("href => fetch(href).then(answer => answer.text())", file))
    assert len(list(csv.reader(text.splitlines(), delimiter=";"))) == count + 1

    page.set_viewport_size({"width": 390, "height": 844})
    screen.open("/?lang=en")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Search").click()
    page.keyboard.type("qqqqqq")
    expect(page.locator("[data-hits]")).to_contain_text("No hits")
    field.fill("hulta")
    expect(hits.first).to_contain_text("Hulta")
    assert violations(screen, "search") == []
    hits.first.click()
    expect(screen.card("area_card").locator("h1")).to_have_text("Hulta")
