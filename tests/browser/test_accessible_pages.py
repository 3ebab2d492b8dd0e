"""Both themes, no unasked movement, and a page's order: what a reader's own settings ask for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from dashboard.look import (
    AUTHORITY_URL,
    DRAWN_CONTRAST,
    KNOWN_LIMITS,
    NARROWEST_PX,
    TEXT_CONTRAST,
    THEMES,
    Theme,
)

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

PAGES: Final = {
    "map": "area=norrby",
    "followup": "area=hedbo&commitment=mark-2018/4",
    "duties": "",
    "meeting": "",
    "record": "area=norrby",
    "planning": "area=norrby",
    "importing": "",
    "adding": "",
    "statement": "",
}
PATHS: Final = {
    "map": "/",
    "followup": "/uppfoljning",
    "duties": "/att-gora",
    "meeting": "/mote",
    "record": "/registrera",
    "planning": "/planera",
    "importing": "/importera",
    "adding": "/loften",
    "statement": "/tillganglighet",
}

WITH_MAP: Final = PAGES.keys() - {"followup", "duties", "meeting", "statement"}


def _open(screen: Screen, page: str, language: str = "sv") -> None:
    query = "&".join(filter(None, (PAGES[page], f"lang={language}")))
    screen.open(f"{PATHS[page]}?{query}")
    expect(screen.page.locator("#lk-main h1")).to_be_visible()
    if page in WITH_MAP:
        screen.wait_for_layers("areas")


# --- themes ------------------------------------------------------------------------------------

LIGHT: Final = 0.6
"""Relative luminance: lighter than any button of the dark theme, darker than any light ground."""

_GROUNDS: Final = """() => {
  const light = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    const of = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    return a < .5 ? null : .2126 * of(r) + .7152 * of(g) + .0722 * of(b);
  };
  return [...document.querySelectorAll("body, body *")].filter(n => {
    const box = n.getBoundingClientRect();
    return box.width * box.height > 3000;
  }).map(n => [light(getComputedStyle(n).backgroundColor), `${n.tagName}.${n.className}`])
    .filter(([value]) => value !== null);
}"""


def _assert_theme(screen: Screen, page: str, theme: Theme) -> None:
    """Streamlit's own theme and ours are the reader's, on the page and in the map's frame."""
    expect(screen.page.locator(".stApp")).to_have_css("color-scheme", theme)
    frames = [screen.page.main_frame, *([screen.frame] if page in WITH_MAP else [])]
    for frame in frames:
        found: list[list[Any]] = frame.evaluate(_GROUNDS)
        assert found, page
        if theme == "dark":
            assert [told for value, told in found if value > LIGHT] == [], page
        else:
            assert any(value > LIGHT for value, _ in found), page


def test_a_theme_changes_under_way_and_paper_is_light(screen: Screen) -> None:
    _open(screen, "map")

    def colours() -> list[str]:
        point = "getComputedStyle(document.querySelector('path.lk-point:not(.lk-walk)')).fill"
        paper = "getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()"
        page, frame = screen.page, screen.frame
        return [page.evaluate(paper), frame.evaluate(paper), frame.evaluate(point)]

    screen.wait_for_drawn("layer", "activity")
    light = colours()
    screen.page.emulate_media(color_scheme="dark")
    dark = colours()
    assert all(one != other for one, other in zip(light, dark, strict=True))
    screen.page.emulate_media(media="print", color_scheme="dark")
    assert colours() == light


# --- movement ----------------------------------------------------------------------------------

_MOVES: Final = """() => [...document.querySelectorAll("*")].flatMap(n => {
  const style = getComputedStyle(n), some = text => text.split(",").some(t => parseFloat(t) > 0);
  return some(style.transitionDuration)
    || (style.animationName !== "none" && some(style.animationDuration))
    || style.scrollBehavior === "smooth" ? [`${n.tagName}.${n.className}`] : [];
})"""

_ZOOM: Final = """() => {
  const before = map.getZoom();
  document.querySelector(".leaflet-control-zoom-in").click();
  return [map.getZoom() > before, Boolean(document.querySelector(".leaflet-zoom-anim"))];
}"""

_PAN: Final = """() => {
  const before = map.getCenter().lng;
  map.panBy([80, 0]);
  return [map.getCenter().lng !== before, Boolean(map._panAnim && map._panAnim._inProgress)];
}"""


def _assert_still(screen: Screen) -> None:
    """Nothing moves on a page for who wants it still."""
    assert screen.page.evaluate(_MOVES) == []
    expect(screen.page.locator("[data-play]:visible")).to_have_count(0)


def test_the_map_does_not_move_for_who_wants_it_still(screen: Screen) -> None:
    _open(screen, "map")
    assert screen.frame.evaluate(_MOVES) == []
    assert screen.frame.evaluate(_ZOOM) == [True, False]
    assert screen.frame.evaluate(_PAN) == [True, False]
    # To another area: there at once, with no flight between.
    screen.follow("back")
    screen.follow("area-hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    assert screen.frame.evaluate("!map._flyToFrame")


def test_it_moves_for_others(open_screen: Callable[..., Screen], example_server: Server) -> None:
    screen = open_screen(example_server, reduced_motion="no-preference")
    _open(screen, "map")
    expect(screen.page.locator("[data-play]")).to_be_visible()
    assert screen.frame.evaluate(_PAN)[1] is True


# --- order -------------------------------------------------------------------------------------

_ORDER: Final = """() => {
  const seen = n => n.getClientRects().length > 0;
  const role = r => [...document.querySelectorAll(`[role=${r}]`)].filter(seen);
  return {
    lang: document.documentElement.lang,
    title: document.title,
    mains: role("main").length
      + [...document.querySelectorAll("main:not([role])")].filter(seen).length,
    banners: role("banner").length,
    bannerInMain: Boolean(document.querySelector("[role=main] [role=banner]")),
    levels: [...document.querySelectorAll("h1, h2, h3, h4")].filter(seen).map(n => +n.tagName[1]),
    navs: [...document.querySelectorAll("nav")].filter(seen).map(n => n.getAttribute("aria-label")),
    frames: [...document.querySelectorAll("iframe")].filter(seen).map(n => n.title),
    other: [...document.querySelectorAll("[lang]")].filter(seen).map(n => [n.lang, n.textContent]),
  };
}"""


def _assert_order(screen: Screen, page: str, language: str) -> None:
    """A page has its language, its landmarks and its headings in order."""
    if page in WITH_MAP:
        assert screen.frame.evaluate("document.documentElement.lang") == language
    found = screen.page.evaluate(_ORDER)
    assert found["lang"] == language, page
    assert found["mains"] == found["banners"] == 1, page
    assert not found["bannerInMain"], page
    levels = found["levels"]
    assert levels.count(1) == 1, page
    assert levels[0] == 1, page
    assert all(after - before <= 1 for before, after in pairwise(levels)), page
    assert all(found["navs"]), page
    assert len(set(found["navs"])) == len(found["navs"]), page
    expected = {"sv": "Karta", "en": "Map"}[language]
    assert all(title.startswith(expected) for title in found["frames"]), page
    assert ["sv", "Svenska"] in found["other"]
    assert ["en", "English"] in found["other"]
    expect(screen.link("page-statement")).to_be_in_viewport()


_FOCUS: Final = """() => {
  const n = document.activeElement, target = n.matches("input.lk-unseen") ? n.parentElement : n;
  const shown = [target, target.nextElementSibling, target.closest(".lk-drop")].filter(Boolean);
  return [n.dataset.id || n.className || n.tagName, shown.some(part => {
    const s = getComputedStyle(part);
    return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
  })];
}"""


def _assert_stops(screen: Screen, page: str) -> None:
    """The first stop leads past the menu, and every stop is seen."""
    screen.page.keyboard.press("Tab")
    skip = screen.page.locator("[data-skip]")
    expect(skip).to_be_focused()
    expect(skip).to_have_css("opacity", "1")
    stops: dict[str, bool] = {}
    for _ in range(25):
        screen.page.keyboard.press("Tab")
        if screen.page.evaluate("document.activeElement.matches('iframe, body')"):
            continue
        name, seen = screen.page.evaluate(_FOCUS)
        stops[name] = seen
    assert len(stops) > 8, page
    assert [name for name, seen in stops.items() if not seen] == [], page
    skip.focus()
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("#lk-main h1[data-heading]")).to_be_focused()
    # What comes next lies in the main part, not in the menu again.
    screen.page.keyboard.press("Tab")
    assert screen.page.evaluate("Boolean(document.activeElement.closest('#lk-main'))"), page


@pytest.mark.parametrize(("theme", "language"), list(zip(THEMES, ("sv", "en"), strict=True)))
def test_every_page_is_the_readers_own(
    open_screen: Callable[..., Screen], example_server: Server, theme: Theme, language: str
) -> None:
    screen = open_screen(example_server, color_scheme=theme)
    for page in PAGES:
        _open(screen, page, language)
        _assert_theme(screen, page, theme)
        _assert_order(screen, page, language)
        _assert_still(screen)
        _assert_stops(screen, page)


def test_the_statement_is_told_in_full(screen: Screen) -> None:
    screen.open("/?lang=en")
    screen.follow("page-statement")
    statement = screen.page.locator(".lk-statement")
    expect(statement.locator("h1")).to_be_visible()
    expect(statement.locator("h2 + p + ul").first.locator("li")).to_have_count(len(KNOWN_LIMITS))
    for told in (f"{TEXT_CONTRAST}:1", f"{DRAWN_CONTRAST:g}:1", f"{NARROWEST_PX} pixels wide"):
        expect(statement).to_contain_text(told)
    expect(statement.locator(f'a[href="{AUTHORITY_URL}"]')).to_be_visible()
