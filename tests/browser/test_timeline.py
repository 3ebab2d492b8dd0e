"""The time line below the map, in the browser: a month is chosen, and the period is played."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = [pytest.mark.browser, pytest.mark.one_page]

PLAYING = "() => window.lofteskartanPlayer.playing"
STOPPED = "() => !window.lofteskartanPlayer.playing && !Object.hasOwn(history, 'pushState')"


def _play(screen: Screen) -> None:
    screen.page.locator("[data-play]").click()
    screen.page.wait_for_function(PLAYING)


def test_the_period_is_played_on_the_map_without_moving_it(
    open_screen: Callable[..., Screen], server: Server
) -> None:
    screen = open_screen(server, reduced_motion="no-preference")
    # From October on: four months, not twelve.
    screen.open("/?promise=boras-2018&date=2018-10-31")
    screen.wait_for_layers("areas", "activities")
    screen.wait_for_view_of("area", "norrby")
    screen.frame.evaluate(
        "window.__mark = map; window.__moves = 0;"
        "map.on('movestart zoomstart', () => { window.__moves += 1; })"
    )
    entries = screen.page.evaluate("history.length")
    _play(screen)
    expect(screen.page.locator("[data-play]")).to_have_attribute("aria-label", "Pausa")
    with screen.page.expect_response(lambda r: "/layers/areas" in r.url and "2018-12-31" in r.url):
        pass
    screen.page.wait_for_function(STOPPED)
    expect(screen.date).to_have_value("2019-01-31")
    expect(screen.page.locator("[data-play]")).to_have_attribute("aria-label", "Spela igen")
    assert screen.page.evaluate("history.length") == entries + 1
    assert screen.frame.evaluate("window.__mark === map && window.__moves === 0")
    screen.page.go_back()
    expect(screen.date).to_have_value("2018-10-31")


@pytest.mark.parametrize("key", ["Escape", " "])
def test_a_key_pauses_it_and_the_months_go_on_by_hand(
    open_screen: Callable[..., Screen], server: Server, key: str
) -> None:
    screen = open_screen(server, reduced_motion="no-preference")
    screen.open("/?promise=mark-2018")
    _play(screen)
    expect(screen.date).to_have_value("2018-01-31")
    screen.page.evaluate("document.activeElement.blur()")
    screen.page.keyboard.press(key)
    screen.page.wait_for_function(STOPPED)
    screen.wait_until_still()
    # How far it has come by then is the machine's doing; the next step is the reader's.
    paused = date.fromisoformat(screen.date.input_value())
    assert paused < date(2018, 12, 31)
    screen.follow("month-after")
    after = pd.Timestamp(paused) + pd.offsets.MonthEnd(1)
    expect(screen.date).to_have_value(after.date().isoformat())
    expect(screen.page.locator("[data-play]")).to_have_attribute("aria-label", "Spela perioden")


def test_who_wants_no_motion_has_the_steps_alone(screen: Screen) -> None:
    screen.open("/?promise=mark-2018&date=2018-03-31")
    expect(screen.page.locator("[data-play]")).to_be_hidden()
    screen.follow("month-after")
    expect(screen.date).to_have_value("2018-04-30")


def test_a_month_leads_to_its_last_day_and_its_records_are_told(screen: Screen) -> None:
    screen.open("/?promise=boras-2018&date=2018-10-15")
    told = screen.page.locator("[data-month-told]")
    expect(told).to_contain_text("Hela oktober 2018: ")
    march = screen.link("month-2018-03-31")
    march.hover()
    expect(told).to_have_text(march.get_attribute("aria-label") or "")
    screen.page.mouse.move(5, 5)
    expect(told).to_contain_text("Hela oktober 2018: ")
    march.click()
    expect(screen.date).to_have_value("2018-03-31")
    screen.wait_for_query(promise="boras-2018", date="2018-03-31")
    expect(screen.page.locator("[data-months] [aria-current]")).to_have_count(1)
    expect(screen.link("month-2018-03-31")).to_have_attribute("aria-current", "date")
    # The last month ends with the period, and what lies after the day is drawn as later.
    expect(screen.page.locator("[data-months] a[data-later]")).to_have_count(10)
    # The card keeps its place: a month is no card's heading.
    expect(screen.link("month-2018-03-31")).to_be_focused()


def test_the_months_are_one_stop_and_an_arrow_moves_the_day(screen: Screen) -> None:
    screen.open("/?promise=mark-2018&date=2018-05-31&area=hedbo")
    screen.tab_to("[data-months] a", limit=90)
    assert screen.page.evaluate("document.activeElement.dataset.id") == "month-2018-05-31"
    screen.page.keyboard.press("ArrowLeft")
    expect(screen.date).to_have_value("2018-04-30")
    expect(screen.link("month-2018-04-30")).to_be_focused()
    screen.page.keyboard.press("End")
    expect(screen.date).to_have_value("2018-12-31")
    expect(screen.link("month-2018-12-31")).to_be_focused()
    screen.wait_for_query(promise="mark-2018", area="hedbo", date="2018-12-31")
    screen.page.keyboard.press("Tab")
    assert not screen.page.evaluate("document.activeElement.closest('[data-months]')")


def test_the_months_follow_what_is_chosen(screen: Screen) -> None:
    screen.open("/?promise=boras-2018&date=2018-10-15")
    told = "[...document.querySelectorAll('[data-months] a')].map(a => a.ariaLabel)"
    everywhere = screen.page.evaluate(told)
    screen.follow("area-norrby", ".st-key-area_list")
    screen.page.wait_for_function(f"before => {told}.join() !== before.join()", arg=everywhere)
    assert len(screen.page.evaluate(told)) == len(everywhere) == 12


APART = """() => {
  const names = [...document.querySelectorAll("[data-months] span")]
    .filter(s => getComputedStyle(s).visibility !== "hidden")
    .map(s => {
      const range = document.createRange();
      range.selectNodeContents(s);
      return range.getBoundingClientRect();
    });
  return names.length > 3 && names.slice(1).every((box, i) => names[i].right <= box.left);
}"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (390, 844)])
def test_the_row_is_slim_and_its_text_is_whole(
    open_screen: Callable[..., Screen], server: Server, size: tuple[int, int], motion: str
) -> None:
    width, height = size
    viewport = {"width": width, "height": height}
    screen = open_screen(server, viewport=viewport, reduced_motion=motion)
    screen.open("/?promise=boras-2018&date=2018-09-30")
    row = screen.page.locator(".lk-timeline")
    rem = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    box = row.bounding_box()
    assert box is not None
    lines = 2 if width < 860 else 1
    assert box["height"] <= lines * 3.4 * screen.page.evaluate(rem)
    assert row.evaluate("row => row.scrollWidth <= row.clientWidth")
    cut = "node => node.scrollHeight > node.clientHeight + 1"
    assert not screen.page.locator("[data-month-told]").evaluate(cut)
    # Once its letters have come.
    screen.page.wait_for_function(APART)
