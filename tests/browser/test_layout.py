"""The map page fits its window: nothing cut, nothing to scroll but the card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.one_page]

SIZES = [(1366, 768), (1920, 1080)]
LONGEST = "promise=mark-2018&area=snickaren-muraren&commitment=mark-2018/4&date=2018-11-30"

_OVERFLOWS = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return [document.scrollingElement, main].map(n =>
    [n.scrollWidth - n.clientWidth, n.scrollHeight - n.clientHeight]);
}"""

_CUT = """() => [...document.querySelectorAll(".st-key-top_bar *, .st-key-context_row *")]
  .filter(n => !n.closest("svg") && !n.matches(".lk-native-date") && n.getClientRects().length)
  .filter(n => {
    const box = n.getBoundingClientRect(), style = getComputedStyle(n);
    const hides = style.overflowX !== "visible"
      && (n.scrollWidth > n.clientWidth + 1 || n.scrollHeight > n.clientHeight + 1);
    return hides || box.left < -1 || box.right > innerWidth + 1 || box.top < -1;
  })
  .map(n => `${n.tagName}.${n.className}: ${n.textContent.trim().slice(0, 60)}`)"""

_COVERED = """() => {
  const parts = [...document.querySelectorAll(
    ".lk-brand, .lk-top nav a, .lk-switch a, .lk-date > *, .lk-trail > ol > li, .lk-clear")]
    .filter(n => n.getClientRects().length)
    .map(n => ({text: n.textContent.trim().slice(0, 40), box: n.getBoundingClientRect()}));
  const found = [];
  parts.forEach((a, i) => parts.slice(i + 1).forEach(b => {
    if (a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1
      && a.box.top < b.box.bottom - 1 && b.box.top < a.box.bottom - 1) found.push([a.text, b.text]);
  }));
  return found;
}"""


@pytest.fixture
def sizes(screen: Screen) -> Callable[[], Iterator[None]]:
    """Let the window have each size in turn."""

    def each() -> Iterator[None]:
        for width, height in SIZES:
            screen.page.set_viewport_size({"width": width, "height": height})
            yield

    return each


@pytest.mark.parametrize("language", ["sv", "en"])
def test_nothing_is_cut_in_the_top_rows(
    screen: Screen, sizes: Callable[[], Iterator[None]], language: str
) -> None:
    screen.open(f"/?{LONGEST}&lang={language}")
    screen.wait_for_layers("areas")
    for _ in sizes():
        assert screen.page.evaluate(_OVERFLOWS) == [[0, 0], [0, 0]]
    screen.card("commitment_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.trail.locator("li")).to_have_count(3)
    for _ in sizes():
        assert screen.page.evaluate(_CUT) == []
        assert screen.page.evaluate(_COVERED) == []


def test_the_legend_is_shown_whole(screen: Screen, sizes: Callable[[], Iterator[None]]) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    legend = screen.page.locator(".lk-legend")
    for _ in sizes():
        assert screen.page.evaluate(_OVERFLOWS) == [[0, 0], [0, 0]]
        box = legend.evaluate(
            "n => [n.getBoundingClientRect().bottom - innerHeight, n.scrollHeight - n.clientHeight]"
        )
        assert box[0] <= 0.5
        assert box[1] <= 0
        for item in legend.locator("li").all():
            expect(item).to_be_in_viewport(ratio=1)
        # And the map ends where the legend begins.
        map_bottom = screen.page.locator(".st-key-map_panel iframe").evaluate(
            "n => n.getBoundingClientRect().bottom"
        )
        assert map_bottom <= legend.evaluate("n => n.getBoundingClientRect().top") + 0.5


def test_the_card_scrolls_inside_and_the_page_stays(
    screen: Screen, sizes: Callable[[], Iterator[None]]
) -> None:
    screen.open("/?area=norrby")
    expect(screen.heading("area_card")).to_be_visible()
    card = screen.page.locator(".st-key-card_scroll")
    last = screen.card("area_card").locator("summary").last
    for _ in sizes():
        card.evaluate("n => n.scrollTo(0, 0)")
        assert card.evaluate("n => n.scrollHeight > n.clientHeight")
        assert card.evaluate("n => n.getBoundingClientRect().bottom - innerHeight") <= 0.5
        card.hover()
        screen.page.mouse.wheel(0, 20_000)
        expect(last).to_be_in_viewport()
        assert screen.page.evaluate(_OVERFLOWS) == [[0, 0], [0, 0]]
        expect(screen.page.locator(".lk-brand")).to_be_in_viewport()


def test_a_new_card_starts_from_its_top(screen: Screen) -> None:
    screen.open()
    rows = screen.card("area_list").locator(".lk-areas a")
    rows.last.scroll_into_view_if_needed()
    card = screen.page.locator(".st-key-card_scroll")
    assert card.evaluate("n => n.scrollTop") > 0
    rows.last.click()
    expect(screen.heading("area_card")).to_be_in_viewport(ratio=1)
    screen.card("area_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.heading("activity_card")).to_be_in_viewport(ratio=1)


def test_the_followup_page_is_no_wider_than_its_window(
    screen: Screen, sizes: Callable[[], Iterator[None]]
) -> None:
    screen.open("/uppfoljning")
    expect(screen.page.locator(".st-key-matrix table").first).to_be_visible()
    for _ in sizes():
        assert [sideways for sideways, _ in screen.page.evaluate(_OVERFLOWS)] == [0, 0]
