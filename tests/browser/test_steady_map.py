"""The map is one and the same while somebody works: no flicker, no lost zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.one_page]


def test_twelve_choices_in_a_row_keep_the_same_map(screen: Screen) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    handle = screen.page.locator(".st-key-map_panel iframe").element_handle()
    screen.frame.evaluate("() => { window.__mark = map; map.getContainer().__mark = true; }")
    areas = ["norrby", "hedbo", "hulta", "assberg", "hassleholmen", "kinna-centrum"]
    for area in areas:
        screen.follow(f"area-{area}")
        expect(screen.card("area_card")).to_be_visible()
        screen.wait_for_view_of("area", area, zoom=12)
        screen.follow("back")
        expect(screen.card("area_list")).to_be_visible()
    assert screen.page.evaluate(
        "frame => frame === document.querySelector('.st-key-map_panel iframe')", handle
    )
    assert screen.frame.evaluate(
        "window.__mark === map && map.getContainer().__mark && map.getContainer().isConnected"
    )


def test_a_zoom_set_by_hand_outlives_a_click_on_the_map(screen: Screen) -> None:
    screen.open("/?promise=boras-2018")
    screen.wait_for_layers("areas", "activities")
    before = screen.view()
    screen.frame.locator(".leaflet-control-zoom-out").first.click()
    screen.map_says(
        "zoom => map.getZoom() < zoom && !document.querySelector('.leaflet-zoom-anim')", before[0]
    )
    by_hand = screen.view()
    screen.click_on_map("area", "norrby")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.wait_for_drawn("role", "area")
    assert screen.view() == by_hand


def test_a_click_on_a_record_does_not_move_the_map(screen: Screen) -> None:
    screen.open("/?area=hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    screen.wait_for_layers("activities", "walks")
    before = screen.view()
    screen.click_on_map("activity")
    expect(screen.heading("activity_card")).to_be_visible()
    screen.wait_for_drawn("role", "record")
    assert screen.view() == before


def test_a_changed_date_keeps_the_map_and_where_it_looks(screen: Screen) -> None:
    screen.open("/?area=hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    screen.wait_for_layers("areas", "activities")
    screen.frame.evaluate("window.__mark = map")
    before = screen.view()
    with screen.page.expect_response(lambda r: "/layers/areas" in r.url and "2018-11-30" in r.url):
        screen.follow("month-before")
    expect(screen.date).to_have_value("2018-11-30")
    assert screen.frame.evaluate("window.__mark === map")
    assert screen.view() == before


def test_an_unchanged_layer_is_not_fetched_again(screen: Screen) -> None:
    screen.open("/?area=hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    screen.wait_for_layers("areas", "walks", "findings")
    asked = len(screen.requested)
    screen.card("area_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.heading("activity_card")).to_be_visible()
    screen.wait_until_still()
    again = [url for url in screen.requested[asked:] if "/layers/" in url]
    assert [url for url in again if "/layers/activities" not in url] == []
