"""Made-up records are called so on every page; a real register has nothing to be warned of."""

from __future__ import annotations

import csv
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = [pytest.mark.browser, pytest.mark.one_page]

PUBLISHED = Path(__file__).parents[2] / "data" / "published"

PAGES = pytest.mark.parametrize("path", ["/", "/uppfoljning"], ids=["map", "followup"])


@PAGES
def test_example_data_is_called_made_up_in_both_languages(screen: Screen, path: str) -> None:
    screen.open(path)
    banner = screen.page.locator(".lk-example")
    expect(banner).to_be_in_viewport()
    expect(banner).to_contain_text("påhittade")
    screen.follow("lang-en")
    expect(banner).to_contain_text("made up")
    expect(banner).to_be_in_viewport()


@PAGES
def test_an_own_register_has_no_such_banner_in_either_language(
    open_screen: Callable[..., Screen], own_server: Server, path: str
) -> None:
    screen = open_screen(own_server)
    screen.open(path)
    expect(screen.page.locator(".lk-example")).to_have_count(0)
    screen.follow("lang-en")
    expect(screen.page.locator("html")).to_have_attribute("lang", "en")
    expect(screen.page.locator(".lk-example")).to_have_count(0)


def test_a_new_register_lists_what_the_parties_have_published_and_nothing_else(
    open_screen: Callable[..., Screen], own_server: Server
) -> None:
    with (PUBLISHED / "events.csv").open(encoding="utf-8", newline="") as file:
        events = list(csv.DictReader(file))
    with urllib.request.urlopen(f"{own_server.url}/healthz") as answer:
        assert json.load(answer)["counts"]["activities"] == len(events)
    screen = open_screen(own_server)
    # Long after the periods: everything published has been by then.
    for area in sorted({event["area"] for event in events}):
        screen.open(f"/?area={area}&date=2024-12-31")
        expect(screen.card("area_card")).to_be_visible()
        rows = screen.card("area_card").locator('[data-id^="activity-"]')
        expect(rows).to_have_count(sum(event["area"] == area for event in events))
        for text in rows.all_inner_texts():
            assert "publicer" in text.lower()
