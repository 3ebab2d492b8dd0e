"""Narrow, low, and with more space between the letters: nothing scrolls sideways, nothing is cut.

A window of 1280 pixels at 400 per cent is 320 wide, one of 1024 is 256 high (WCAG 1.4.10); the
spacing is the one that 1.4.12 names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from dashboard.look import LOWEST_PX, NARROWEST_PX, SMALLEST_TARGET_PX

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

TALL_PX: Final = 640
WIDE: Final = {"width": 1366, "height": 768}

SPACING: Final = """:is(.lk-panel, .lk-panel *) {
  line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
.lk-panel p { margin-bottom: 2em !important; }"""

MAY_BE_SHORT: Final = {
    ".lk-finding-text": "a finding's words in a list; all of them stand on its card",
    ".lk-from": "which file a record is from, in a list; its card names it",
    ".lk-columns th small": "an example of what a column holds",
    ".lk-stage-what > :is(b, a), .lk-stage-standings b": "from afar; its card has all of it",
    ".lk-heat tbody th a": "an area's name beside its weeks; the months below have it whole",
}
"""What may end in an ellipsis, and why nothing is lost."""

_LOST: Final = """short => {
  const found = [], wide = innerWidth;
  for (const n of [document.scrollingElement, document.querySelector("[data-testid=stMain]")])
    if (n.scrollWidth > n.clientWidth) found.push(`sideways: ${n.scrollWidth} in ${n.clientWidth}`);
  const leave = "svg, .lk-unseen, .lk-native-date, select, input, textarea, [data-skip], "
    + ".lk-heat thead, .lk-stage-standings thead, .lk-matrix thead, .lk-outside, "
    + ".lk-scale, .lk-track, .lk-meter, .lk-timeline";
  for (const n of document.querySelectorAll(".lk-panel *")) {
    // What is folded in has a box of its own, which nobody sees.
    if (n.closest(leave) || !n.getClientRects().length || !n.checkVisibility()) continue;
    const box = n.getBoundingClientRect(), style = getComputedStyle(n);
    const region = n.closest(".lk-table-scroll");
    const say = what => found.push(
      `${what} ${n.tagName}.${n.className}: ${n.textContent.trim().slice(0, 50)}`);
    if (!region && (box.left < -1 || box.right > wide + 1)) say("outside");
    const hides = ["hidden", "clip"].includes(style.overflowX)
      && (n.scrollWidth > n.clientWidth + 1 || n.scrollHeight > n.clientHeight + 2);
    if (hides && !n.matches(short) && n.textContent.trim()) say("cut");
  }
  for (const n of document.querySelectorAll(".lk-table-scroll")) {
    const named = n.getAttribute("aria-label")
      || document.getElementById(n.getAttribute("aria-labelledby"))?.textContent.trim();
    if (n.getAttribute("role") !== "region" || n.tabIndex !== 0 || !named)
      found.push("a region that can't be reached: " + n.textContent.trim().slice(0, 40));
  }
  return found;
}"""

_STUCK: Final = """() => [...document.querySelectorAll(".stApp *")]
  .filter(n => ["sticky", "fixed"].includes(getComputedStyle(n).position)
    && n.getClientRects().length && n.getBoundingClientRect().height > innerHeight * .3
    && !n.matches(".lk-drill") && !n.closest("[data-testid=stHeader]"))
  .map(n => n.className)"""

_SMALL: Final = """least => [...document.querySelectorAll(
    ".lk-panel :is(a, button, select, summary, input:not([type=hidden]))")]
  .filter(n => n.getClientRects().length && getComputedStyle(n).display !== "inline"
    && !n.matches(".lk-native-date, [data-skip]") && n.tabIndex >= 0
    // Weeks stand close together; month by month the same is below, as large as any row.
    && !n.closest(".lk-heat"))
  .map(n => [n.closest("label") ?? n, n])
  .filter(([hit]) => {
    const box = hit.getBoundingClientRect();
    return box.width < least - .5 || box.height < least - .5;
  }).map(([, n]) => `${n.dataset.id}: ${n.outerHTML.slice(0, 80)}`)"""

_LEAVE: Final = "for (const n of document.querySelectorAll('#lk-main h1')) n.dataset.left = ''"

_OPEN_ALL: Final = "for (const n of document.querySelectorAll('#lk-main details')) n.open = true"

STATES: Final = {
    "list": ("/", ""),
    "area": ("", "area-norrby"),
    "commitment": ("", "commitment-boras-2018/5"),
    "follow-up": ("/uppfoljning?area=hedbo&commitment=mark-2018/4", ""),
    "activity form": ("", "page-record"),
    "walk form": ("", "form-walk"),
    "finding form": ("", "form-finding"),
    "hot spots": ("", "page-planning"),
    "a hot spot's form": ("/planera?ask=form:new", ""),
    "balance": ("/planera?tool=balance", ""),
    "before and after": ("", "tool-change"),
    "places": ("", "tool-places"),
    "loop": ("", "tool-loop"),
    "schedule": ("", "tool-schedule"),
    "streets": ("", "tool-streets"),
    "import": ("", "page-importing"),
    "adding": ("", "page-adding"),
    "statement": ("", "page-statement"),
    "meeting": ("/mote?date=2018-10-15", ""),
    "a meeting's step": ("", "begin"),
    "the step with the longest name": ("", "step-4"),
}
"""How each state is come to: by its address, or from the one before by a link."""


@pytest.fixture
def narrow(open_screen: Callable[..., Screen], example_server: Server) -> Screen:
    return open_screen(example_server, viewport={"width": NARROWEST_PX, "height": TALL_PX})


def _states(screen: Screen, language: str) -> Iterator[str]:
    for name, (address, link) in STATES.items():
        if address:
            screen.open(f"{address}{'&' if '?' in address else '?'}lang={language}")
        else:
            screen.page.evaluate(_LEAVE)
            screen.follow(link)
            # Before that the run may not have begun that leads there.
            expect(screen.page.locator("#lk-main [data-left]")).to_have_count(0)
        screen.wait_until_still()
        expect(screen.page.locator("#lk-main h1")).to_be_visible()
        if link.startswith(("page-", "step-")):
            current = screen.page.locator(f'[data-id="{link}"][aria-current]')
            expect(current).to_be_attached()
        screen.page.evaluate(_OPEN_ALL)
        yield name


_LAID_OUT: Final = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
"""What follows the window's size by a script has done so."""


def _lost(screen: Screen, shown: str) -> list[str]:
    screen.page.evaluate(_LAID_OUT)
    return [f"{shown}: {line}" for line in screen.page.evaluate(_LOST, ", ".join(MAY_BE_SHORT))]


def _too_small(screen: Screen, shown: str) -> list[str]:
    small = screen.page.evaluate(_SMALL, SMALLEST_TARGET_PX)
    return [f"{shown}: {line} is small to hit" for line in small]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_narrow_and_spaced_out_nothing_is_lost_or_too_small(narrow: Screen, language: str) -> None:
    found = []
    for name in _states(narrow, language):
        found += _lost(narrow, f"{name}, narrow") + _too_small(narrow, f"{name}, narrow")
        narrow.page.set_viewport_size({"width": NARROWEST_PX, "height": LOWEST_PX})
        stuck = narrow.page.evaluate(_STUCK)
        found += [f"{name}, low: {line} covers the page" for line in stuck]
        sheet = narrow.page.add_style_tag(content=SPACING)
        found += _lost(narrow, f"{name}, narrow and spaced out")
        narrow.page.set_viewport_size(dict(WIDE))
        found += _lost(narrow, f"{name}, wide and spaced out")
        sheet.evaluate("node => node.remove()")
        found += _too_small(narrow, f"{name}, wide")
        narrow.page.set_viewport_size({"width": NARROWEST_PX, "height": TALL_PX})
    assert found == []


def test_the_check_sees_what_is_cut(narrow: Screen) -> None:
    narrow.open()
    expect(narrow.heading("area_list")).to_be_visible()
    assert _lost(narrow, "list") == []
    heading = narrow.heading("area_list")
    heading.evaluate("n => { n.style.cssText = 'width: 2rem; overflow: hidden'; }")
    assert [line.split()[1] for line in _lost(narrow, "list")] == ["cut"]
    heading.evaluate("n => { n.style.cssText = 'width: 40rem'; }")
    assert {line.split()[1] for line in _lost(narrow, "list")} == {"sideways:", "outside"}


@pytest.mark.parametrize("size", [(390, 844), (360, 640)])
def test_on_a_phone_what_is_around_takes_a_fifth_of_the_height(
    screen: Screen, size: tuple[int, int]
) -> None:
    screen.page.set_viewport_size({"width": size[0], "height": size[1]})
    screen.open("/?lang=en")
    bottom = screen.page.evaluate(
        "document.querySelector('.lk-example').getBoundingClientRect().bottom"
    )
    assert bottom <= size[1] / 5
    # What is made up is said in fewer words, and the language that one reads needs no link.
    expect(screen.page.locator(".lk-example")).to_have_text(re.compile("made up"))
    expect(screen.link("lang-sv")).to_be_visible()
    # What is tapped on the map rises over its lower part, and stays in sight itself.
    screen.wait_for_layers("areas")
    screen.click_on_map("area", "hulta", part="icon")
    heading = screen.heading("area_card")
    expect(heading).to_have_text("Hulta")
    expect(heading).to_be_in_viewport(ratio=1)
    sheet = screen.page.locator(".st-key-card_scroll")
    low = sheet.bounding_box()
    assert low is not None
    assert 0.3 < low["height"] / size[1] < 0.5
    screen.link("grow").click()
    expect(screen.page.get_by_role("button", name="Smaller")).to_be_visible()
    screen.page.wait_for_function(
        "high => document.querySelector('.st-key-card_scroll').offsetHeight > high",
        arg=size[1] * 0.7,
    )
    screen.follow("back")
    expect(screen.heading("area_list")).to_be_visible()
    assert sheet.evaluate("n => getComputedStyle(n).position") != "fixed"
    # And what a form is saved by is in reach, wherever in it one is.
    screen.open("/registrera?lang=en")
    screen.page.locator('[data-id="field-minutes"]').scroll_into_view_if_needed()
    expect(screen.page.locator('[data-id="save"]')).to_be_in_viewport(ratio=1)
