"""The planning page as a planner uses it: a hot spot placed, changed, ended, withdrawn, undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from dashboard.address import TOOL_NAMES

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

IN_NORRBY: Final = (57.7245, 12.9295)
FURTHER: Final = (57.7232, 12.9262)
NUMBER: Final = "811228-9874"
"""Nobody's, with a check digit that is right."""

HOSTILE: Final = "<img src=x onerror=window.hit=1> ${window.hit=1} `torg`"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--register", "planning.sqlite", "--basemap", "none")


@pytest.fixture
def screen(open_screen: Callable[..., Screen], server: Server) -> Iterator[Screen]:
    opened = open_screen(server)
    yield opened
    # Readers share a browser here, and what one left half written is not the next one's.
    opened.page.evaluate("localStorage.clear()")


def field(screen: Screen, name: str) -> Locator:
    return screen.page.locator(f'[data-id="field-{name}"]')


def fill(screen: Screen, **values: str) -> None:
    for name, value in values.items():
        field(screen, name).fill(value)
        field(screen, name).press("Tab")


def click_map(screen: Screen, at: tuple[float, float]) -> None:
    screen.wait_until_still()
    screen.map_says("window.map && map.getContainer().classList.contains('lk-picking')")
    x, y = screen.frame.evaluate(
        """([lat, lon]) => {
          const at = map.latLngToContainerPoint([lat, lon]);
          const box = map.getContainer().getBoundingClientRect();
          return [at.x + box.left, at.y + box.top];
        }""",
        list(at),
    )
    box = screen.page.locator(".st-key-map_panel iframe").bounding_box()
    assert box is not None
    screen.page.mouse.click(box["x"] + x, box["y"] + y)


def save(screen: Screen) -> None:
    screen.wait_until_still()
    screen.link("save").click()


def heading(screen: Screen) -> Locator:
    return screen.page.locator(".st-key-planning #lk-card-heading:visible")


def test_a_hot_spot_is_placed_changed_ended_and_withdrawn(screen: Screen) -> None:
    screen.open("/planera?ask=form:new&area=norrby")
    fill(screen, name="Torget", visits_a_week="3,5", weight="mycket", by="Områdespolis")
    # Nothing wrong is saved, nothing typed is lost, and the keyboard is led to what is wrong.
    save(screen)
    expect(screen.page.locator("#lk-weight-fault")).to_be_visible()
    expect(field(screen, "name")).to_have_value("Torget")
    click_map(screen, IN_NORRBY)
    expect(screen.page.locator(".lk-place-now")).to_contain_text("57,724")
    expect(field(screen, "visits_a_week")).to_have_value("3,5")
    fill(screen, weight="2", reason=f"Se {NUMBER}")
    save(screen)
    expect(screen.page.locator("#lk-reason-fault")).to_be_visible()
    fill(screen, reason="Folktomt efter åtta", reason_source="Trygghetsvandring")
    save(screen)
    expect(heading(screen)).to_have_text("Torget")
    # It is a circle on the map, of 150 m.
    screen.map_says("document.body.dataset.hot_spots === '1'")
    card = screen.page.locator(".st-key-planning")
    expect(card).to_contain_text("Folktomt efter åtta")

    screen.follow("change")
    expect(field(screen, "weight")).to_have_value("2")
    fill(screen, valid_to="2018-01-01")
    save(screen)
    expect(screen.page.locator("#lk-valid_to-fault")).to_be_visible()
    fill(screen, valid_to="", weight="4")
    save(screen)
    expect(heading(screen)).to_have_text("Torget")
    screen.link("undo").click()
    expect(screen.page.locator("form.lk-saved")).to_have_attribute("data-told", "3")
    screen.follow("change")
    expect(field(screen, "weight")).to_have_value("2")


def test_a_click_on_a_hot_spot_on_any_map_opens_its_card(screen: Screen) -> None:
    screen.open("/planera?ask=form:new&area=norrby")
    click_map(screen, FURTHER)
    fill(screen, name=HOSTILE, by="Områdespolis")
    save(screen)
    expect(heading(screen)).to_have_text(HOSTILE)
    screen.open("/?area=norrby")
    screen.map_says("Number(document.body.dataset.hot_spots) >= 1")
    screen.wait_until_still()
    x, y = screen.frame.evaluate(
        """([lat, lon]) => {
          const at = map.latLngToContainerPoint([lat, lon]);
          const box = map.getContainer().getBoundingClientRect();
          return [at.x + box.left, at.y + box.top];
        }""",
        list(FURTHER),
    )
    box = screen.page.locator(".st-key-map_panel iframe").bounding_box()
    assert box is not None
    screen.page.mouse.click(box["x"] + x, box["y"] + y)
    screen.page.wait_for_url("**/planera?**")
    expect(heading(screen)).to_have_text(HOSTILE)
    assert screen.page.evaluate("window.hit") is None
    assert screen.frame.evaluate("window.hit") is None


def test_every_tool_opens_with_nothing_in_the_register(screen: Screen) -> None:
    screen.open("/planera?lang=en")
    for tool in TOOL_NAMES:
        screen.follow(f"tool-{tool}")
        expect(screen.link(f"tool-{tool}")).to_have_attribute("aria-current", "page")
        expect(heading(screen)).to_be_visible()
    assert screen.problems == []


def test_a_form_that_is_sent_unchanged_is_answered(screen: Screen) -> None:
    """Nothing on the page changes by it: the form must not wait for an answer all the same."""
    screen.open("/planera?tool=change&area=norrby")
    form = screen.page.locator(".st-key-planning form[data-form]").first
    for _ in range(2):
        screen.wait_until_still()
        form.evaluate("form => form.requestSubmit()")
        # Well before it would give up by itself.
        expect(form).not_to_have_attribute("data-sending", "yes", timeout=10_000)
        screen.page.wait_for_function("new URLSearchParams(location.search).has('ask')")


def test_long_work_shows_its_progress_and_can_be_stopped(
    open_screen: Callable[..., Screen], example_server: Server
) -> None:
    screen = open_screen(example_server)
    screen.open("/planera?tool=places")
    expect(screen.page.locator(".st-key-planning .lk-figure").first).to_be_visible()
    with example_server.keeping_workers_still():
        screen.open("/planera?tool=places&ask=k:4;reach:11")
        stop = screen.page.locator(".lk-solving [data-id=stop]")
        expect(stop).to_be_visible()
        # The page answers meanwhile.
        screen.follow("tool-dose")
        expect(screen.link("tool-dose")).to_have_attribute("aria-current", "page")
        screen.page.go_back()
        expect(stop).to_be_visible()
        stop.click()
        again = screen.page.locator(".lk-solving [data-id=again]")
        expect(again).to_be_visible()
    again.click()
    expect(screen.page.locator(".st-key-planning .lk-figure").first).to_be_visible()
    expect(screen.page.locator(".lk-solving")).to_have_count(0)
