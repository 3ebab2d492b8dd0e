"""The citizens' page as a file in a browser: no other host, no script, readable by everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from geodata.model import SourceKind
from geodata.service import Service
from geodata.service.publishing import Publishing, publish_folder
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

from .axe_check import BY_THEME, CONTRAST, RUN

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PAGES = {"sv": "index.html", "en": "en.html"}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
DESK = {"width": 1366, "height": 768}

Opening = Callable[..., "Page"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The example's page, that of a register with nothing in it but what was published, and
    one promise's in the middle of its time."""
    folder = tmp_path_factory.mktemp("pages")
    for name in ("example", "empty"):
        settings = Settings(register_url(str(folder / f"{name}.sqlite")), basemap=NO_BASEMAP)
        with Service.open(settings, today=lambda: date(2026, 1, 1)) as service:
            if name == "example":
                service.take_in(bundled_data() / "example", SourceKind.EXAMPLE, by="test")
                one = Publishing(promise="mark-2018", as_of=date(2018, 8, 14))
                publish_folder(service, one, folder / "one")
            publish_folder(service, Publishing(), folder / name)
    return {name: folder / name for name in ("example", "empty", "one")}


@pytest.fixture
def opening(browser: Browser, folders: dict[str, Path]) -> Iterator[Opening]:
    """Open a page from its file; at the end it has asked for nothing and complained of nothing."""
    asked: list[str] = []
    complaints: list[str] = []
    contexts = []

    def give(name: str = "example", language: str = "sv", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESK, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((folders[name] / PAGES[language]).as_uri())
        return page

    yield give
    for context in contexts:
        context.close()
    here = next(iter(folders.values())).parent.as_uri()
    assert [url for url in asked if not url.startswith((here, "data:"))] == []
    assert complaints == []


@contextmanager
def policy_set_aside(browser: Browser, page: Page) -> Iterator[Page]:
    """Give the same page in a browser that lets axe's own script run on it."""
    context = browser.new_context(viewport=page.viewport_size, bypass_csp=True)
    try:
        other = context.new_page()
        other.goto(page.url)
        yield other
    finally:
        context.close()


@pytest.mark.parametrize(
    ("name", "language"),
    [("example", "sv"), ("example", "en"), ("empty", "sv"), ("empty", "en"), ("one", "en")],
)
def test_axe_finds_nothing_in_either_theme(
    opening: Opening, browser: Browser, name: str, language: str
) -> None:
    found = []
    with policy_set_aside(browser, opening(name, language)) as page:
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        page.evaluate(axe.AXE_SCRIPT)
        found += page.evaluate(RUN, [BY_THEME, False])["violations"]
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found += page.evaluate(CONTRAST, BY_THEME)["violations"]
    told = [
        (violation["id"], node["target"], node["failureSummary"])
        for violation in found
        for node in violation["nodes"]
    ]
    assert told == []


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESK], ids=lambda size: str(size["width"]))
@pytest.mark.parametrize("language", ["sv", "en"])
def test_nothing_is_wider_than_the_screen(
    opening: Opening, language: str, viewport: dict[str, int]
) -> None:
    for name in ("example", "empty", "one"):
        page = opening(name, language, viewport=viewport)
        wide = page.evaluate(
            """() => [...document.querySelectorAll("body *:not(.unseen, .unseen *, svg *)")]
              .filter(e => e.getBoundingClientRect().right > innerWidth + .5
                || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
                  && getComputedStyle(e).display !== "inline")
              .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768)])
def test_each_promises_state_is_a_sentence_above_the_fold(
    opening: Opening, language: str, width: int, height: int
) -> None:
    count = {"example": 2, "one": 1}
    for name, promises in count.items():
        page = opening(name, language, viewport={"width": width, "height": height})
        sentences = page.locator(".standing li")
        assert sentences.count() == promises
        for number, told in enumerate(sentences.all()):
            box = told.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= height
            section = page.locator("section.promise").nth(number)
            said = section.locator(".summary li span").all_inner_texts()
            assert said
            assert all(each in told.inner_text() for each in said)


def test_it_works_without_scripts_from_map_to_section_and_to_the_other_language(
    opening: Opening,
) -> None:
    page = opening(java_script_enabled=False)
    page.locator("svg a", has_text="Norrby").click()
    assert page.url.endswith("#boras-2018-norrby")
    page.get_by_role("link", name="English").click()
    assert page.url.endswith("en.html")
    assert page.locator("h1").inner_text() == (
        "The citizen promises of Borås 2018–2019 and Mark 2018"
    )
    page.get_by_role("link", name="Svenska").click()
    assert page.locator("html").get_attribute("lang") == "sv"


def test_the_keyboard_skips_to_the_content_and_reaches_the_areas_on_the_map(
    opening: Opening,
) -> None:
    page = opening()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    named = []
    for _ in range(40):
        page.keyboard.press("Tab")
        named.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert [n for n in named if n and n.startswith("Norrby:")]


def test_names_on_the_map_do_not_lie_on_each_other_or_outside_it(opening: Opening) -> None:
    for viewport in (NARROW, DESK):
        page = opening(viewport=viewport)
        for map_ in page.locator(".map svg").all():
            frame = map_.bounding_box()
            assert frame is not None
            boxes = [text.bounding_box() for text in map_.locator("text").all()]
            for box in boxes:
                assert box is not None
                assert box["x"] >= frame["x"] - 1
                assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
            for at, one in enumerate(boxes):
                assert not any(_overlap(one, other) for other in boxes[at + 1 :])


def _overlap(one: Any, other: Any) -> bool:
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return bool(across > 1 and down > 3)


def test_it_prints_with_the_background_and_without_the_links_of_the_screen(
    opening: Opening,
) -> None:
    page = opening()
    assert page.locator("details p").first.is_hidden()
    page.emulate_media(media="print")
    assert page.locator(".contents").is_hidden()
    assert page.locator(".languages").is_hidden()
    assert page.locator(".example").is_visible()
    assert page.locator(".map svg").first.is_visible()
    assert re.match(rb"%PDF", page.pdf(format="A4"))


def test_no_script_of_anybody_runs(opening: Opening) -> None:
    page = opening()
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    # The style is let in by its digest: the page looks as it should.
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "12px"
