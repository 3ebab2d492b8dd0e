"""The schedule in the browser: asked for, looked at day by day, with the map following."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.one_page]

ASKED = "first:2018-11-05;seed:7;shifts:Patrull 1*1234567*1600*2200"


def test_a_schedule_is_made_and_its_days_are_looked_at(screen: Any) -> None:
    screen.open("/planera?tool=schedule&promise=boras-2018&date=2018-11-05")
    page = screen.page
    page.locator("[data-id=add-row]").click()
    second = page.locator("[data-id=field-patrol_1]")
    expect(second).to_be_visible()
    second.fill("Patrull 2")
    page.locator("[data-id=make]").click()
    days = page.locator(".lk-sched-days a")
    expect(days.first).to_be_visible(timeout=30_000)
    assert "Patrull 2" in screen.query["ask"]
    # The choices fold up once there is an answer, and what is planned stands on top.
    expect(page.locator(".lk-sched-form")).to_be_hidden()
    other = page.locator(".lk-sched-days a:not([aria-current])").first
    chosen = other.get_attribute("data-id")
    other.click()
    expect(page.locator(f"[data-id={chosen}]")).to_have_attribute("aria-current", "date")
    expect(page.locator(".lk-sched-visits li").first).to_be_visible()


def test_a_link_shows_the_same_schedule_in_both_languages(screen: Any) -> None:
    page = screen.page
    times = {}
    for language in ("sv", "en"):
        screen.open(f"/planera?tool=schedule&promise=boras-2018&ask={ASKED}&lang={language}")
        expect(page.locator(".lk-sched-visits time").first).to_be_visible(timeout=30_000)
        times[language] = page.locator(".lk-sched-visits time").all_inner_texts()
    assert times["sv"] == times["en"]
    assert all(re.fullmatch(r"\d\d:\d\d–\d\d:\d\d", text) for text in times["sv"])
