"""The planning page as a planner uses it: a hot spot placed, changed, ended, withdrawn, undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from dashboard.address import TOOL_NAMES

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server
    from playwright.sync_api import Locator, WebSocketRoute

pytestmark = pytest.mark.browser

IN_NORRBY: Final = (57.7245, 12.9295)
FURTHER: Final = (57.7232, 12.9262)
NUMBER: Final = "811228-9874"
"""Nobody's, with a check digit that is right."""

SOLVED_MS: Final = 90_000
"""A solver's process may have to begin, with all its libraries, on a machine with other work."""

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
        screen.page.wait_for_function("() => new URLSearchParams(location.search).has('ask')")


def test_long_work_shows_its_progress_and_can_be_stopped(
    open_screen: Callable[..., Screen], example_server: Server
) -> None:
    screen = open_screen(example_server)
    figure = screen.page.locator(".st-key-planning .lk-figure").first
    screen.open("/planera?tool=places")
    expect(figure).to_be_visible(timeout=SOLVED_MS)
    with example_server.keeping_workers_still():
        screen.open("/planera?tool=places&ask=k:4;reach:11")
        stop = screen.page.locator(".lk-solving [data-id=stop]")
        expect(stop).to_be_visible()
        # The page answers meanwhile.
        screen.follow("tool-dose")
        expect(screen.link("tool-dose")).to_have_attribute("aria-current", "page")
        expect(stop).to_have_count(0)
        screen.page.go_back()
        expect(stop).to_be_visible()
        stop.click()
        again = screen.page.locator(".lk-solving [data-id=again]")
        expect(again).to_be_visible()
    again.click()
    expect(figure).to_be_visible(timeout=SOLVED_MS)
    expect(screen.page.locator(".lk-solving")).to_have_count(0)
    expect(screen.page.locator(".st-key-planning")).not_to_contain_text("Inget svar")


class Line:
    """The page's line to the server, which a test can hold or cut."""

    def __init__(self, screen: Screen) -> None:
        self._held: list[str | bytes] = []
        self._passes: int | None = None
        self._routes: list[WebSocketRoute] = []
        screen.page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        self._routes.append(route)
        server = route.connect_to_server()
        server.on_message(lambda said: self._pass(route, said))

    def _pass(self, route: WebSocketRoute, said: str | bytes) -> None:
        if self._passes == 0:
            self._held.append(said)
            return
        if self._passes is not None:
            self._passes -= 1
        route.send(said)

    def hold(self, after: int) -> None:
        """Let some of what the server says through and then no more, as where it works long."""
        self._passes = after

    def release(self) -> None:
        """Let through what was held, and all that comes."""
        self._passes = None
        for said in self._held:
            self._routes[-1].send(said)

    def cut(self) -> None:
        """End the connection, which the page then makes anew."""
        self._routes[-1].close(code=1001)


def asking_in(screen: Screen) -> Locator:
    """Return the form of a tool whose answer is waited for impatiently."""
    form = screen.page.locator(".st-key-planning form[data-form]").first
    form.evaluate("form => { form.dataset.patience = 200; }")
    return form


def test_a_server_at_work_is_told_from_one_that_does_not_answer(screen: Screen) -> None:
    line = Line(screen)
    screen.open("/planera?tool=change&area=norrby")
    form, status = asking_in(screen), screen.page.locator(".st-key-planning [data-status]").first
    # It says that it has begun, which takes two messages.
    line.hold(after=2)
    form.evaluate("form => form.requestSubmit()")
    expect(status).to_have_text(re.compile("arbetar fortfarande"))
    line.release()
    expect(form).not_to_have_attribute("data-sending", "yes")
    expect(screen.page.locator(".st-key-planning")).not_to_contain_text("Inget svar")


def test_a_place_clicked_on_the_map_is_saved_though_the_page_has_not_heard_of_it(
    screen: Screen,
) -> None:
    line = Line(screen)
    screen.open("/planera?ask=form:new&area=norrby")
    screen.wait_until_still()
    # The server hears and works; what it says does not come back until all is done.
    line.hold(after=0)
    click_map(screen, IN_NORRBY)
    fill(screen, name="Snabbt torg", by="Områdespolis")
    screen.page.wait_for_timeout(1000)
    screen.link("save").click()
    screen.page.wait_for_timeout(1000)
    line.release()
    expect(heading(screen)).to_have_text("Snabbt torg")


def test_what_was_sent_on_a_cut_line_is_sent_again_when_there_is_one(screen: Screen) -> None:
    screen.allow_on_console("when disconnected", "the line is cut on purpose")
    line = Line(screen)
    screen.open("/planera?tool=change&area=norrby")
    form = asking_in(screen)
    form.evaluate("form => { form.dataset.patience = 1500; }")
    line.cut()
    app = screen.page.locator(".stApp")
    expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    form.evaluate("form => form.requestSubmit()")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    screen.page.wait_for_function("() => new URLSearchParams(location.search).has('ask')")
    expect(form).not_to_have_attribute("data-sending", "yes")


def test_a_long_list_is_narrowed_by_what_is_typed_and_chosen_from_by_keyboard(
    screen: Screen,
) -> None:
    screen.open("/planera?ask=form:new")
    search, places = screen.link("narrow-known_place"), screen.link("field-known_place")
    left = "list => [...list.options].filter(one => !one.hidden).map(one => one.text)"
    search.fill("finns inte")
    expect(screen.page.locator("[data-narrowed=known_place]")).not_to_be_empty()
    assert places.evaluate(left) == []
    search.fill("ROSENDALSG")
    assert places.evaluate(left) == ["Rosendalsgatan (hållplats) · Hulta"]
    search.press("Enter")
    expect(screen.page.locator(".lk-place-now")).to_contain_text("57,7")
    expect(field(screen, "name")).to_have_value("Rosendalsgatan")
