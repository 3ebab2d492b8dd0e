"""Uppföljning in the browser: numbers open to their records."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = [pytest.mark.browser, pytest.mark.one_page]


def test_a_number_opens_to_its_records_and_those_left_out(screen: Screen) -> None:
    screen.open("/uppfoljning?promise=boras-2018")
    screen.follow("whole-boras-2018/1")
    drill = screen.page.locator("#lk-drill")
    expect(drill.locator(".lk-ledger li")).to_have_count(15)
    screen.follow("list-older", "#lk-drill")
    screen.wait_for_query(promise="boras-2018", commitment="boras-2018/1", page="2")
    expect(drill.locator(".lk-more")).to_contain_text("16–30")
    pile = drill.locator('[data-id="pile-before_period"]')
    count = int(pile.inner_text().split()[0])
    screen.follow("pile-before_period", "#lk-drill")
    expect(pile).to_have_attribute("aria-current", "true")
    expect(drill.locator(".lk-ledger li")).to_have_count(count)
    screen.page.go_back()
    expect(drill.locator(".lk-more")).to_contain_text("16–30")
    drill.locator('[data-id^="activity-"]').first.click()
    expect(screen.heading("activity_card")).to_be_visible()
    assert not {"list", "page"} & set(screen.query)


def test_the_weeks_are_one_stop_and_step_by_arrow(screen: Screen) -> None:
    screen.open("/uppfoljning?promise=mark-2018")
    screen.tab_to(".lk-heat a[data-level]", limit=90)
    expect(screen.page.locator("[data-grid-tip]")).to_contain_text("Kinna centrum, vecka 1 2018")
    screen.page.keyboard.press("ArrowRight")
    expect(screen.page.locator("[data-grid-tip]")).to_contain_text("vecka 2 2018")
    screen.page.keyboard.press("Enter")
    records = screen.page.locator(".lk-drill-alone .lk-ledger li")
    expect(records.first).to_be_visible()
    screen.wait_for_query(promise="mark-2018", area="kinna-centrum", list="2018-W02", page="1")
    screen.tab_to('.lk-drill-alone [data-id="back"]', limit=30)
    screen.page.keyboard.press("Enter")
    expect(records).to_have_count(0)
    expect(screen.page.locator('[data-id="week-kinna-centrum-2"]')).to_be_focused()


def test_what_counts_for_nothing_opens_by_reason(screen: Screen) -> None:
    screen.open("/uppfoljning?lang=en")
    reason = screen.page.locator('[data-id="reason-no_commitment"]')
    count = int(reason.locator(".lk-reason-count").inner_text())
    screen.follow("reason-no_commitment")
    expect(screen.page.locator(".lk-reason-records .lk-ledger li")).to_have_count(count)
    expect(reason).to_have_attribute("aria-expanded", "true")
    screen.follow("reason-no_commitment")
    expect(screen.page.locator(".lk-reason-records")).to_have_count(0)


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_a_year_of_weeks_fits_the_window(
    open_screen: Callable[..., Screen], server: Server, size: tuple[int, int]
) -> None:
    screen = open_screen(server, viewport={"width": size[0], "height": size[1]})
    screen.open("/uppfoljning")
    fits = "node => node.scrollWidth <= node.clientWidth"
    assert screen.page.locator(".lk-rhythm .lk-table-scroll").first.evaluate(fits)
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


OVERPRINTED = """() => [...document.querySelectorAll(".st-key-matrix td")].filter(cell => {
  const own = cell.getBoundingClientRect();
  return [...cell.querySelectorAll("*")].some(n => {
    const box = n.getBoundingClientRect();
    return getComputedStyle(n).clipPath === "none" && box.width > 1 && box.right > own.right + 1;
  });
}).map(cell => cell.innerText)"""


def test_on_a_phone_nothing_is_printed_over_and_the_chosen_area_is_lit(
    open_screen: Callable[..., Screen], server: Server
) -> None:
    screen = open_screen(server, viewport={"width": 390, "height": 844})
    screen.open("/uppfoljning?area=norrby")
    expect(screen.page.locator(".st-key-matrix table")).to_have_count(2)
    assert screen.page.evaluate(OVERPRINTED) == []
    lit = screen.page.locator(".st-key-matrix thead .lk-chosen")
    expect(lit).to_have_text("Norrby")


def test_on_paper_the_map_is_as_wide_as_the_sheet_and_not_a_strip(screen: Screen) -> None:
    screen.open("/?area=norrby")
    screen.wait_for_layers("areas", "activities")
    screen.page.set_viewport_size({"width": 1123, "height": 794})  # A4 on its side, 96 to an inch
    screen.page.emulate_media(media="print")
    screen.wait_for_view_of("area", "norrby")
    box = screen.page.locator(".st-key-map_panel iframe").bounding_box()
    assert box is not None
    assert box["width"] > 1_000
    assert box["height"] > 400
    assert box["height"] < 794


def test_an_areas_outline_lies_above_its_dots(screen: Screen) -> None:
    screen.open("/?area=kinna-centrum")
    screen.wait_for_layers("areas", "activities")
    screen.wait_for_view_of("area", "kinna-centrum")
    screen.map_says(
        """() => {
          const paths = [...document.querySelectorAll("path.leaflet-interactive, path.lk-outline")];
          const last = name => paths.findLastIndex(p => p.classList.contains(name));
          const first = paths.findIndex(p => p.classList.contains("lk-outline"));
          return last("lk-point") >= 0 && first > last("lk-point");
        }"""
    )
    pointer = "getComputedStyle(document.querySelector('path.lk-outline')).pointerEvents"
    assert screen.frame.evaluate(pointer) == "none"
