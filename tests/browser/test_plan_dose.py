"""The dose board in a browser: from the list to a card, its figures, days of one's own, the end."""

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
    """A register of these tests' own: they end a hot spot in it."""
    return start_server("--example", "--basemap", "none")


def heading(screen: Screen, text: str) -> None:
    expect(screen.page.locator("#lk-card-heading")).to_have_text(text)


def row(screen: Screen, name: str) -> str:
    """Return the name of the link of a hot spot's row."""
    found = screen.page.locator('[data-id^="spot-"]', has_text=name).first
    return str(found.get_attribute("data-id"))


def test_from_the_board_to_a_card_its_figures_and_a_visit(screen: Screen) -> None:
    screen.open("/planera?promise=boras-2018")
    heading(screen, "Hot spots och deras besök")
    screen.follow(row(screen, "Almåsskolan"))
    heading(screen, "Almåsskolan")
    screen.wait_for_drawn("role", "ring")
    screen.wait_for_drawn("role", "reached")
    assert violations(screen, "a hot spot's card") == []
    number = screen.page.locator('[data-id="figure-advised"] b').inner_text().split()[0]
    screen.follow("figure-advised")
    title = re.compile(rf"^{number} besök på 10–16 minuter$")
    expect(screen.page.locator("#lk-dose-visits")).to_have_text(title)
    expect(screen.page.locator(".lk-dose-visits li")).to_have_count(int(number))
    screen.page.go_back()
    heading(screen, "Almåsskolan")
    expect(screen.page.locator("#lk-dose-visits")).not_to_have_text(title)
    screen.follow("visits-1")
    expect(screen.heading("activity_card")).to_be_visible()
    assert screen.problems == []


def test_on_the_map_a_sign_is_a_hot_spots_dose_and_nothing_else(screen: Screen) -> None:
    screen.open("/planera")
    screen.wait_for_layers("areas")
    # Each sign on the map is named in the legend by the words that the list has.
    rows = screen.page.locator('.st-key-planning a[data-id^="spot-"]')
    signs = screen.frame.locator(".lk-drawn-dose svg path")
    expect(signs.first).to_be_attached()
    drawn = signs.evaluate_all("all => all.map(one => one.getAttribute('d'))")
    legend = screen.page.locator(".lk-legend-states svg:not(.lk-line) path").evaluate_all(
        "all => all.map(one => one.getAttribute('d'))"
    )
    assert set(drawn) == set(legend)
    assert len(legend) == len(set(legend))
    listed = rows.locator("svg path").evaluate_all("all => all.map(n => n.getAttribute('d'))")
    # Every view shows all of them, as it does every area.
    assert sorted(drawn) == sorted(listed * screen.frame.evaluate("Lofteskartan.views().length"))
    # The areas have their names alone.
    expect(screen.frame.locator(".lk-badge svg:not([hidden])")).to_have_count(0)
    # In the other place's view as well, a sign leads to its card.
    screen.frame.locator(".lk-side .lk-drawn-dose").last.click()
    expect(screen.page.locator("#lk-card-heading")).not_to_have_text("Hot spots och deras besök")


def test_the_map_leads_to_the_card_and_an_area_to_its_board(screen: Screen) -> None:
    screen.open("/planera?area=hulta")
    heading(screen, "Hulta")
    expect(screen.page.locator(".lk-dose-rows li")).to_have_count(1)
    screen.wait_for_layers("hot_spots")
    screen.click_on_map("hot_spot")
    heading(screen, "Hulta torg")
    screen.follow("back")
    heading(screen, "Hulta")
    assert screen.problems == []


def test_days_of_ones_own_by_keyboard(screen: Screen) -> None:
    screen.open("/planera?promise=mark-2018")
    screen.follow("period-own")
    first = screen.page.locator('[data-id="field-first"]')
    expect(first).to_have_value("2018-01-01")
    first.fill("1 maj 2018")
    screen.page.locator('[data-id="field-last"]').fill("2018-05-31")
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator(".lk-dose-period")).to_have_text("1 maj 2018 – 31 maj 2018")
    expect(first).to_have_value("2018-05-01")
    first.fill("2018-06-01")
    screen.follow("period-show")
    expect(screen.page.locator("#lk-last-fault")).to_be_visible()
    expect(screen.page.locator('[data-id="field-last"]')).to_have_attribute("aria-invalid", "true")
    assert screen.problems == []


def test_a_hot_spot_is_ended_and_the_end_is_undone(screen: Screen) -> None:
    screen.open("/planera?promise=boras-2018")
    screen.follow(row(screen, "Bodaskolan"))
    heading(screen, "Bodaskolan")
    screen.page.locator('[data-id="end"] summary').click()
    screen.page.locator('[data-id="field-valid_to"]').fill("2018-08-01")
    screen.page.locator('[data-id="field-by"]').fill("planeraren")
    screen.follow("end-save")
    # Before its first day.
    expect(screen.page.locator("#lk-valid_to-fault")).to_be_visible()
    screen.page.locator('[data-id="field-valid_to"]').fill("2018-12-31")
    screen.follow("end-save")
    facts = screen.page.locator(".lk-facts")
    expect(facts).to_contain_text("20 augusti 2018 – 31 december 2018")
    expect(screen.page.locator('[data-id="end"]')).to_have_count(0)
    screen.follow("undo")
    expect(facts).to_contain_text("20 augusti 2018 – tills vidare")
    assert screen.problems == []
