"""English is one click away on every page and changes nothing but the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.one_page]

CHOSEN = {
    "promise": "mark-2018",
    "date": "2018-10-31",
    "area": "hedbo",
    "commitment": "mark-2018/1",
    "hide": "places",
}


def _expect_language(screen: Screen, code: str) -> None:
    expect(screen.page.locator("html")).to_have_attribute("lang", code)
    expect(screen.link(f"lang-{code}")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize(
    ("path", "where", "swedish", "english"),
    [
        ("/", ".st-key-commitment_card", "Fotpatruller i uniform", "Uniformed foot patrols"),
        ("/uppfoljning", ".st-key-matrix", "Uppföljning", "Follow-up"),
    ],
    ids=["map", "followup"],
)
def test_switching_language_keeps_what_is_chosen(
    screen: Screen, path: str, where: str, swedish: str, english: str
) -> None:
    screen.open(path + "?" + "&".join(f"{name}={value}" for name, value in CHOSEN.items()))
    heading = screen.page.locator(f"{where} h1")
    expect(heading).to_have_text(swedish)
    _expect_language(screen, "sv")
    screen.follow("lang-en")
    expect(heading).to_have_text(english)
    _expect_language(screen, "en")
    screen.wait_for_query(**CHOSEN, lang="en")
    screen.follow("lang-sv")
    expect(heading).to_have_text(swedish)
    _expect_language(screen, "sv")
    screen.wait_for_query(**CHOSEN)


def test_the_language_follows_to_the_other_page(screen: Screen) -> None:
    screen.open("/?area=hedbo&lang=en")
    screen.follow("page-followup")
    expect(screen.page.locator(".st-key-matrix h1")).to_have_text("Follow-up")
    _expect_language(screen, "en")
    screen.wait_for_query(area="hedbo", lang="en")


def test_the_map_speaks_the_pages_language(screen: Screen) -> None:
    screen.open("/?lang=en")
    zoom_in = screen.frame.locator(".leaflet-control-zoom-in").first
    expect(zoom_in).to_have_attribute("title", "Zoom in")
    screen.wait_for_layers("areas")
    expect(screen.frame.locator(".lk-badge-text small").first).not_to_have_text("Ej uppfyllt")
    assert screen.frame.evaluate("document.documentElement.lang") == "en"
    screen.follow("lang-sv")
    expect(screen.page.locator("html")).to_have_attribute("lang", "sv")
    # The words are part of the base map, so the language is the one thing that makes it anew.
    screen.page.wait_for_function(
        """() => {
          const frame = document.querySelector(".st-key-map_panel iframe");
          const inner = frame && frame.contentDocument;
          const button = inner && inner.querySelector(".leaflet-control-zoom-in");
          return button && button.title === "Zooma in" && inner.documentElement.lang === "sv";
        }"""
    )
