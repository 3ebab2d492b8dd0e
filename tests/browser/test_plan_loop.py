"""A loop as a planner walks through it: begun, changed, undone, saved, taken along, recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import gpxpy
import pypdfium2
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

from .axe_check import violations  # noqa: E402 (needs what was just looked for)
from .conftest import POLL_MS  # noqa: E402 (as above)

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

START = "12.92450,57.72350"
"""In Norrby."""

STOPS = ".lk-loop-stops > li:not(.lk-loop-end)"
TITLE = "#lk-loop-heading"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """The example in a register of these tests' own: they write in it."""
    return start_server("--example", "--basemap", "none", settings="# Loops are kept in this one.")


BARE_GROUND: Final = """() => {
  if (!window.map || !map.getContainer().classList.contains("lk-picking")) return null;
  if (!document.querySelector(".lk-drawn-stop")) return null;
  const points = [];
  map.eachLayer(layer => { if (layer.getLatLng) points.push(layer.getLatLng()); });
  const box = map.getContainer().getBoundingClientRect();
  for (const y of [.9, .8, .7, .2, .3, .6]) for (const x of [.5, .4, .6, .3, .7, .2, .8]) {
    const at = {x: box.width * x, y: box.height * y};
    const top = document.elementFromPoint(box.left + at.x, box.top + at.y);
    if (!top || top.closest(".leaflet-control, .leaflet-marker-icon, .lk-notice")) continue;
    const ground = map.containerPointToLatLng([at.x, at.y]);
    if (points.every(one => map.distance(one, ground) > 60))
      return {x: box.left + at.x, y: box.top + at.y};
  }
  return null;
}"""
"""Where the map waits for a place and nothing lies that a click there could mean instead: a stop
within 30 metres is meant by it."""


NO_NAME_ON_A_STOP: Final = """() => {
  const boxes = selector => [...document.querySelectorAll(selector)]
    .map(node => node.getBoundingClientRect());
  const stops = boxes(".lk-drawn"), names = boxes(".lk-place-label:not(.lk-hidden)");
  return stops.length && "places" in document.body.dataset && !stops.some(a => names.some(b =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
}"""


def bare_ground(screen: Screen) -> tuple[float, float]:
    screen.wait_until_still()
    at = screen.frame.wait_for_function(BARE_GROUND, polling=POLL_MS).json_value()
    box = screen.page.locator(".st-key-map_panel iframe").bounding_box()
    assert box
    return box["x"] + at["x"], box["y"] + at["y"]


def names(screen: Screen) -> list[str]:
    return screen.page.locator(f"{STOPS} b").all_inner_texts()


def test_a_loop_is_begun_changed_and_undone(screen: Screen) -> None:
    screen.open("/planera?tool=loop")
    page = screen.page
    expect(page.locator(".lk-loop-picking")).to_be_visible()
    first = page.locator("[data-id^=start-h]").first
    first.focus()
    page.keyboard.press("Enter")
    # The first answer waits for the solver's process to have started.
    expect(page.locator(TITLE)).to_contain_text("av 60 minuter", timeout=60_000)
    screen.open(f"/planera?tool=loop&ask=start:{START}")
    expect(page.locator(STOPS).first).to_be_visible()
    before = names(screen)
    assert len(before) >= 2
    screen.map_says(NO_NAME_ON_A_STOP)
    screen.map_says("n => document.querySelectorAll('.lk-drawn-stop').length === n", len(before))

    # By keyboard: the order becomes the planner's, with times and length at once.
    down = page.locator("[data-id^=down-]").first
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{STOPS} b").nth(1)).to_have_text(before[0])
    expect(page.locator(TITLE)).to_contain_text("Er egen ordning")
    ordered = page.locator(TITLE).inner_text()
    stay = page.locator(".lk-loop-stay input").first
    stay.fill("90")
    page.keyboard.press("Tab")
    # The order alone may have been too long already.
    expect(page.locator(TITLE)).not_to_have_text(ordered)
    expect(page.locator(".lk-loop-answer .lk-failure")).to_be_visible()
    over = page.locator(TITLE).inner_text()
    screen.follow("undo")
    expect(page.locator(TITLE)).not_to_have_text(over)
    expect(stay).to_have_value("12")
    page.go_back()
    expect(page.locator(TITLE)).to_have_text(over)
    screen.open(f"/planera?tool=loop&ask=start:{START}")
    expect(page.locator(f"{STOPS} b")).to_have_text(before)

    # A click on bare ground takes a stop in that was none before.
    screen.follow("add-on-map")
    expect(page.locator(".lk-loop-picking")).to_be_visible()
    page.mouse.click(*bare_ground(screen))
    expect(page.locator(".lk-loop-stops [data-required]")).to_have_count(1)
    assert "stops:p" in screen.query["ask"]
    page.locator(".lk-loop-choices summary").click()
    assert violations(screen, "a loop") == []


def test_a_loop_is_saved_taken_along_and_recorded_as_walked(screen: Screen) -> None:
    page = screen.page
    screen.open(f"/planera?tool=loop&ask=start:{START}")
    expect(page.locator(STOPS).first).to_be_visible(timeout=60_000)
    count = page.locator(STOPS).count()
    screen.follow("keep-summary")
    screen.link("field-name").fill("Kvällsslinga")
    screen.link("field-by", ".lk-loop-keep").fill("Områdespolis Norrby")
    screen.follow("keep")
    heading = page.locator(".lk-loop h1")
    expect(heading).to_have_text("Kvällsslinga")
    expect(page.locator(STOPS)).to_have_count(count)

    gpx = page.request.get(screen.server.url + (screen.link("gpx").get_attribute("href") or ""))
    assert len(gpxpy.parse(gpx.text()).waypoints) == count
    sheet = page.context.new_page()
    sheet.goto(screen.server.url + (screen.link("sheet").get_attribute("href") or ""))
    expect(sheet.locator("h1")).to_have_text("Kvällsslinga")
    expect(sheet.locator(".stops-table tbody tr")).to_have_count(count + 2)
    # Paper leaves the screen with its banner behind, and its first page behind as well.
    printed = pypdfium2.PdfDocument(sheet.pdf(prefer_css_page_size=True))
    told = [one.get_textpage().get_text_range() for one in printed]
    assert len(told) > 1
    assert all("Exempeldata: det som är registrerat är påhittat" in one for one in told)
    sheet.close()

    assert violations(screen, "a kept loop") == []
    # The minutes are nobody's but the planner's to say.
    expect(screen.link("field-minutes")).to_have_value("")
    screen.follow("record")
    expect(page.locator("#lk-minutes-fault")).to_be_visible()
    screen.link("field-minutes").fill("47")
    screen.follow("record")
    card = screen.card("activity_card")
    expect(card.locator("h1")).to_have_text("Fotpatrull")
    expect(card).to_contain_text(re.compile(r"47\s+minuter"))

    screen.open("/planera?tool=loop")
    page.locator(".lk-loop-kept a").first.click()
    expect(heading).to_have_text("Kvällsslinga")
    screen.follow("void")
    screen.follow("void")
    expect(page.locator(".lk-loop .lk-note")).to_be_visible()
    screen.follow("back")
    expect(page.locator(".lk-loop-kept")).to_have_count(0)
