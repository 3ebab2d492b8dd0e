"""Att göra: done in one click with its day, and undone, by whoever says who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = pytest.mark.browser


def test_what_a_party_owes_is_done_in_one_click_and_undone(screen: Screen) -> None:
    screen.load("/uppfoljning?date=2018-12-31")
    screen.follow("duties")
    heading = screen.page.locator(".lk-duties h1")
    screen.follow("party-boras-stad")
    expect(screen.link("party-boras-stad")).to_have_attribute("aria-current", "true")
    assert screen.query["ask"] == "party:boras-stad"
    before = heading.inner_text()
    done = screen.page.locator("[data-id^=settle-]").first
    name, id_ = done.get_attribute("aria-label"), done.get_attribute("data-id")
    assert name
    text = name.partition(": ")[2]
    done.click()
    # Nobody has said who they are yet.
    by = screen.page.locator("#lk-duties-by")
    by.fill("Gatukontoret")
    screen.link("settle").click()
    told = screen.page.locator(".lk-saved")
    expect(told).to_contain_text(f"Klart 31 december 2018: {text}")
    expect(screen.page.locator(f"[data-id={id_}]")).to_have_count(0)
    expect(heading).not_to_have_text(before)
    screen.wait_until_still()
    screen.link("undo").click()
    expect(told).to_contain_text(f"Åter öppet: {text}")
    expect(screen.page.locator(f"[data-id={id_}]")).to_be_visible()
    assert heading.inner_text() == before
