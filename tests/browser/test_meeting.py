"""Möte: read from afar, stepped through by keys, decided on, and followed on a second screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

BEGUN_ON: Final = "/mote?date=2018-10-15"
KNOWS_ALL: Final = """async () => {
  const { meeting, version } = document.querySelector("[data-stage]").dataset;
  const answer = await fetch(`/mote/lage?meeting=${meeting}`, { cache: "no-store" });
  return (await answer.json()).version === version;
}"""
"""A screen shows what is in the register now, its own decision included."""

READ_AT_4_M_PX: Final = 28
"""At least so large on a screen 1,080 pixels high."""

CUT: Final = """() => {
  const body = document.querySelector(".lk-stage-body");
  const found = [];
  const tall = body.scrollHeight, room = body.clientHeight;
  if (tall > room + 1) found.push(`${tall} in ${room}`);
  const box = body.getBoundingClientRect();
  for (const node of body.querySelectorAll("*")) {
    const own = node.getBoundingClientRect();
    if (own.width && own.height > 1 && (own.bottom > box.bottom + 1 || own.right > box.right + 1)
        && getComputedStyle(node).clipPath === "none") found.push(node.outerHTML.slice(0, 80));
  }
  const { scrollHeight, scrollWidth } = document.scrollingElement;
  if (scrollHeight > innerHeight || scrollWidth > innerWidth) found.push("the page scrolls");
  return found;
}"""

SMALL: Final = """least => [...document.querySelectorAll(".lk-stage *")].filter(node => {
  const text = [...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim());
  const shown = node.getClientRects().length && getComputedStyle(node).clipPath === "none";
  return text && shown && parseFloat(getComputedStyle(node).fontSize) < least - .1;
}).map(node => node.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--example", "--basemap", "none", settings="# meetings\n")


class Stage:
    """A meeting on a screen."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.page = screen, screen.page
        self.heading = screen.page.locator("#lk-stage-heading")
        self.here = screen.page.locator('.lk-stage-foot [aria-current="step"]')

    def begin(self, address: str = BEGUN_ON, **values: str) -> Stage:
        self.screen.open(address)
        for name, value in values.items():
            self.screen.link(f"field-{name}").fill(value)
        self.screen.follow("begin")
        expect(self.heading).to_be_visible()
        return self

    def open(self, address: str) -> Stage:
        self.page.goto(address)
        expect(self.heading).to_be_visible()
        return self

    def press(self, key: str, heading: str) -> None:
        self.page.keyboard.press(key)
        expect(self.heading).to_contain_text(heading)

    def go(self, step: str) -> None:
        self.page.locator(f'.lk-stage-foot ol a[href*="step={step}"]').click()
        expect(self.here).to_have_attribute("href", at_step(step))

    def decide(self, text: str, **values: str) -> None:
        self.screen.link("field-text").fill(text)
        for name, value in values.items():
            field = self.screen.link(f"field-{name}")
            field.select_option(value) if name == "owner" else field.fill(value)
        self.screen.link("save-decision").click()


def at_step(step: str) -> re.Pattern[str]:
    return re.compile(re.escape(f"step={step}"))


@pytest.fixture
def stage(screen: Screen) -> Iterator[Stage]:
    yield Stage(screen)
    # Readers share a browser here, and what one left half written is not the next one's.
    screen.page.evaluate("localStorage.clear()")


def test_keys_and_a_presenters_remote_step_through(stage: Stage) -> None:
    stage.begin()
    expect(stage.heading).to_have_text("Läget nu")
    stage.press("ArrowRight", "Sedan sist")
    stage.press("PageDown", "Assberg")
    stage.press("PageUp", "Sedan sist")
    stage.press("Space", "Assberg")
    stage.press("ArrowLeft", "Sedan sist")
    stage.press("End", "Beslut")
    stage.press("ArrowRight", "Beslut")
    stage.press("Home", "Läget nu")
    # What is typed is no step.
    stage.press("End", "Beslut")
    stage.screen.link("field-text").click()
    stage.page.keyboard.type("a b")
    stage.page.keyboard.press("ArrowLeft")
    expect(stage.heading).to_have_text("Beslut")
    expect(stage.screen.link("field-text")).to_have_value("a b")


def test_the_map_glides_to_the_steps_area_and_a_click_on_it_is_its_step(stage: Stage) -> None:
    stage.begin()
    stage.go("area/norrby")
    stage.screen.wait_for_view_of("area", "norrby", 13)
    stage.page.mouse.move(*_middle(stage))
    stage.page.mouse.click(*_middle(stage))
    stage.screen.wait_until_still()
    # The keys go on where the pointer is in the map's frame.
    stage.press("ArrowLeft", "Hässleholmen")
    stage.screen.wait_for_view_of("area", "hassleholmen", 13)


def _middle(stage: Stage) -> tuple[float, float]:
    box = stage.page.locator(".st-key-map_alone iframe").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(
    ("address", "language", "sizes"),
    [
        (BEGUN_ON, "sv", [(1366, 768), (3840, 2160)]),
        (BEGUN_ON, "en", [(1920, 1080)]),
        # The promises' last day is where it opens by itself: most findings are late.
        ("/mote?date=2019-01-31", "sv", [(1366, 768)]),
        # The tallest: late findings of two lines each beside four commitments, in longer words.
        ("/mote?date=2019-01-31", "en", [(1366, 768)]),
    ],
)
def test_every_step_is_read_at_four_metres_without_scrolling(
    open_screen: Callable[..., Screen],
    server: Server,
    address: str,
    language: str,
    sizes: list[tuple[int, int]],
) -> None:
    stage = Stage(open_screen(server, viewport={"width": 1920, "height": 1080}))
    stage.begin(f"{address}&lang={language}")
    wrong: dict[str, Any] = {}
    width, height = sizes[0]
    stage.page.set_viewport_size({"width": width, "height": height})
    for number in range(5):
        stage.go("area/norrby")
        if cut := stage.page.evaluate(CUT):
            wrong[f"Norrby, {number} decisions"] = cut
        stage.decide(f"Beslut nummer {number} som är långt nog att ta mer än en rad i anspråk")
        expect(stage.screen.link("field-text")).to_have_value("")
    count = stage.page.locator(".lk-stage-foot ol a").count()
    for width, height in sizes:
        stage.page.set_viewport_size({"width": width, "height": height})
        for number in range(1, count + 1):
            stage.screen.link(f"step-{number}").click()
            expect(stage.screen.link(f"step-{number}")).to_have_attribute("aria-current", "step")
            least = READ_AT_4_M_PX * min(width / 1920, height / 1080)
            cut, small = stage.page.evaluate(CUT), stage.page.evaluate(SMALL, least)
            if cut or small:
                wrong[f"{width}x{height}, step {number}"] = (cut, small)
    assert wrong == {}


def test_a_decision_is_typed_where_it_is_made_and_follows_to_the_next_meeting(
    stage: Stage,
) -> None:
    stage.begin(since="2018-05-02", day="2018-05-30", next_day="2018-06-27")
    stage.go("area/hedbo")
    stage.decide("  ", due="2018-05-01")
    fault = stage.page.locator(".lk-stage-new .lk-fault")
    expect(fault).to_have_count(2)
    expect(stage.screen.link("field-text")).to_be_focused()
    stage.decide("Fråga Marks Bostad om belysningen", due="2018-06-20", owner="marks-bostad")
    row = stage.page.locator(".lk-stage-decisions li", has_text="Fråga Marks Bostad")
    expect(row).to_contain_text("senast 20 juni 2018")
    expect(stage.screen.link("field-text")).to_have_value("")
    stage.screen.link("discuss").click()
    expect(stage.screen.link("discuss")).to_have_attribute("aria-pressed", "true")
    # The meeting after: it was to be done, and was.
    stage.begin(since="2018-05-30", day="2018-06-27", next_day="2018-07-25")
    expect(stage.page.locator(".lk-stage-due [data-late]").first).to_be_visible()
    stage.go("since")
    row = stage.page.locator(".lk-stage-decisions li", has_text="Fråga Marks Bostad")
    expect(row).to_contain_text("skulle vara klart 20 juni 2018")
    row.locator("a").click()
    expect(stage.heading).to_have_text("Beslut")
    stage.page.get_by_label("klart", exact=True).check()
    stage.screen.link("field-d-outcome").fill("Lamporna är bytta.")
    stage.screen.link("save-decision").click()
    expect(row).to_contain_text("klart 27 juni 2018")
    expect(row).to_contain_text("Lamporna är bytta.")
    row.locator("a").click()
    expect(stage.page.locator(".lk-stage-history li")).to_have_count(2)
    expect(stage.page.locator(".lk-stage-history li").first).to_contain_text("öppet")


def test_a_long_decision_is_seen_whole_and_what_is_wrong_with_it_is_not_cut(stage: Stage) -> None:
    stage.begin(f"{BEGUN_ON}&promise=boras-2018")
    stage.go("area/norrby")
    # Of this meeting's promise alone; Mark's parties decide nothing here.
    owners = stage.screen.link("field-owner").locator("option").all_inner_texts()
    assert sorted(owners[1:]) == ["AB Bostäder", "Borås Stad", "Polisen"]
    text = "Se över belysningen längs hela gångvägen mellan torget och stationen. " * 4
    box = stage.screen.link("field-text")
    low = box.bounding_box()
    stage.decide(text.strip(), due="31 februari")
    fault = stage.page.locator("#lk-due-fault")
    expect(fault).to_contain_text("31 februari")
    high = box.bounding_box()
    assert low is not None
    assert high is not None
    assert high["height"] > low["height"]
    assert box.evaluate("node => node.scrollHeight <= node.clientHeight + 1")
    expect(fault).to_be_in_viewport(ratio=1)
    covered = fault.evaluate(
        """node => {
          const box = node.getBoundingClientRect();
          const top = document.elementFromPoint(box.x + 5, box.bottom - 2);
          return !node.contains(top);
        }"""
    )
    assert not covered
    # The calendar stands beside the date, and a day is said as people say it.
    expect(stage.screen.link("pick-due")).to_be_visible()
    stage.screen.link("field-due").fill("19 nov")
    expect(fault).to_have_count(0)
    stage.screen.link("save-decision").click()
    row = stage.page.locator(".lk-stage-decisions li", has_text="Se över belysningen")
    expect(row).to_contain_text("senast 19 nov. 2018")


def test_enter_saves_and_a_new_line_is_typed_with_shift(stage: Stage) -> None:
    stage.begin(since="2018-01-05", day="2018-02-05")
    stage.press("End", "Beslut")
    box = stage.screen.link("field-text")
    box.press_sequentially("Första raden")
    box.press("Shift+Enter")
    box.press_sequentially("Andra raden")
    expect(box).to_have_value("Första raden\nAndra raden")
    box.press("Enter")
    expect(stage.page.locator(".lk-stage-decisions")).to_contain_text("Första raden")
    expect(box).to_have_value("")


def test_the_map_is_larger_on_a_step_with_room(stage: Stage) -> None:
    stage.begin(f"{BEGUN_ON}&promise=boras-2018")
    stage.go("area/norrby")
    frame = stage.page.locator(".st-key-map_alone iframe")
    narrow = frame.bounding_box()
    stage.go("since")
    expect(stage.page.locator("[data-stage][data-roomy]")).to_be_visible()
    wide = frame.bounding_box()
    assert narrow is not None
    assert wide is not None
    assert wide["width"] > 1.3 * narrow["width"]
    # It shows all of the promise's areas in its new width.
    for area in ("norrby", "hulta", "hassleholmen"):
        stage.screen.wait_for_view_of("area", area)


def test_a_second_screen_follows_and_one_that_does_not_is_left_alone(
    open_screen: Callable[..., Screen], server: Server
) -> None:
    stage = Stage(open_screen(server)).begin()
    stage.go("area/norrby")
    second = Stage(open_screen(server, fresh=True)).open(stage.page.url)
    expect(second.heading).to_contain_text("Norrby")
    alone = Stage(open_screen(server, fresh=True)).open(f"{stage.page.url}&alone=1")
    stage.press("ArrowRight", "Hedbo")
    expect(second.heading).to_contain_text("Hedbo")
    second.press("ArrowRight", "Kinna centrum")
    expect(stage.heading).to_contain_text("Kinna centrum")
    stage.decide("Syns på båda skärmarna")
    expect(second.page.get_by_text("Syns på båda skärmarna")).to_be_visible()
    # What is half typed stays while the other screen goes on.
    second.screen.link("field-text").fill("halvt skr")
    stage.page.wait_for_function(KNOWS_ALL)
    stage.screen.wait_until_still()
    stage.decide("Ett till")
    expect(second.page.get_by_text("Ett till")).to_be_visible()
    expect(second.screen.link("field-text")).to_have_value("halvt skr")
    expect(alone.heading).to_contain_text("Norrby")
    alone.press("ArrowRight", "Hedbo")
    stage.page.wait_for_timeout(1_500)  # longer than a screen waits before it asks again
    expect(stage.heading).to_contain_text("Kinna centrum")


def test_what_is_typed_while_a_decision_is_being_saved_is_kept(
    stage: Stage, server: Server
) -> None:
    stage.begin(since="2018-02-03", day="2018-03-02")
    stage.go("area/assberg")
    text = stage.screen.link("field-text")
    with server.keeping_still():
        stage.decide("Första beslutet")
        text.fill("Andra beslutet")
    saved = stage.page.locator(".lk-stage-new [data-status]")
    expect(saved).to_contain_text("Sparat")
    expect(text).to_have_value("Andra beslutet")
    # Saved before the one before it is answered: that has its turn, too.
    with server.keeping_still():
        stage.screen.link("save-decision").click()
        stage.decide("Tredje beslutet")
    expect(text).to_have_value("")
    stage.go("decisions")
    for text_ in ("Första beslutet", "Andra beslutet", "Tredje beslutet"):
        expect(stage.page.locator(".lk-stage-decisions").get_by_text(text_)).to_have_count(1)


@pytest.mark.parametrize("device", ["pointer", "key"])
def test_a_press_is_heard_though_the_page_is_made_anew_meanwhile(
    open_screen: Callable[..., Screen], server: Server, device: str
) -> None:
    stage = Stage(open_screen(server))
    stage.begin(since="2018-04-03", day="2018-04-20" if device == "key" else "2018-04-21")
    stage.go("decisions")
    second = Stage(open_screen(server)).open(stage.page.url)
    stage.screen.link("field-text").fill("Långsamt tryckt")
    stage.page.wait_for_function(KNOWS_ALL)
    stage.screen.wait_until_still()
    button = stage.screen.link("save-decision")
    button.focus()
    button.hover()
    if device == "key":
        stage.page.keyboard.down("Space")
    else:
        stage.page.mouse.down()
    second.decide("Från andra skärmen")
    # What the other has saved has come, and is not shown under the finger.
    waits = "() => document.querySelector('[data-stage]').closest('.lk-panel').waitingAnswer"
    stage.page.wait_for_function(waits)
    if device == "key":
        stage.page.keyboard.up("Space")
    else:
        stage.page.mouse.up()
    decided = stage.page.locator(".lk-stage-decisions")
    for text in ("Från andra skärmen", "Långsamt tryckt"):
        expect(decided.get_by_text(text)).to_have_count(1)
    expect(stage.screen.link("field-text")).to_have_value("")


def test_a_meeting_is_left_and_taken_up_where_it_was(stage: Stage) -> None:
    # The oldest of all: of many meetings the newest are listed first.
    stage.begin(since="2018-01-05", day="2018-02-02")
    meeting = stage.screen.query["meeting"]
    stage.go("area/hulta")
    stage.screen.link("leave").click()
    expect(stage.page.locator("#lk-meeting-title")).to_be_visible()
    stage.screen.wait_until_still()
    if stage.screen.link("list-all").is_visible():
        stage.screen.follow("list-all")
    stage.screen.follow(f"meeting-{meeting}")
    expect(stage.heading).to_contain_text("Hulta")
    stage.page.go_back()
    expect(stage.page.locator("#lk-meeting-title")).to_be_visible()


def test_days_in_the_wrong_order_are_told_beside_them(stage: Stage) -> None:
    stage.screen.open(BEGUN_ON)
    stage.screen.link("field-since").fill("2018-10-15")
    stage.screen.follow("begin")
    expect(stage.page.locator("#lk-since-fault")).to_be_visible()
    expect(stage.screen.link("field-since")).to_have_value("2018-10-15")


def test_a_lost_connection_is_told_and_what_is_typed_stays(stage: Stage, server: Server) -> None:
    stage.begin()
    stage.go("area/norrby")
    stage.screen.link("field-text").fill("Medan servern är borta")
    stage.screen.allow_on_console("Failed to (load|fetch)|ERR_", "the answer is taken away")
    stage.page.route("**/mote/lage*", lambda route: route.abort())
    expect(stage.page.locator(".lk-stage-lost")).to_be_visible()
    stage.page.unroute("**/mote/lage*")
    expect(stage.page.locator(".lk-stage-lost")).to_be_hidden()
    expect(stage.screen.link("field-text")).to_have_value("Medan servern är borta")


def test_the_decisions_are_pasted_into_somebodys_own_minutes_as_a_table(stage: Stage) -> None:
    stage.begin(since="2018-03-05", day="2018-04-02")
    stage.press("End", "Beslut")
    stage.decide("Klipp häckarna", due="2018-05-01", owner="boras-stad")
    expect(stage.page.locator(".lk-stage-decisions")).to_contain_text("Klipp häckarna")
    stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stage.screen.link("copy").click()
    expect(stage.page.locator("[data-copied]")).to_have_text(
        "Kopierat: klistra in i ditt protokoll."
    )
    pasted = stage.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const read = async (kind) => (await item.getType(kind)).text();
          return [await read("text/plain"), await read("text/html")];
        }"""
    )
    plain, html = pasted
    rows = [line.split("\t") for line in plain.splitlines()]
    assert rows[0][0] == "Beslut"
    assert ["Klipp häckarna", "", "Borås Stad", "2018-05-01", "öppet", ""] in rows
    assert html.count("<tr") == len(rows)


def test_the_documents_are_of_this_meeting(stage: Stage) -> None:
    stage.begin(since="2018-03-05", day="2018-04-03")
    stage.press("End", "Beslut")
    with stage.page.expect_download() as told:
        stage.screen.link("document-csv").click()
    body = Path(told.value.path()).read_text(encoding="utf-8-sig")
    assert body.splitlines()[0].count(";") >= 4
    address = stage.screen.link("document-pdf").get_attribute("href")
    assert address == f"/dokument/rapport.pdf?meeting={stage.screen.query['meeting']}&lang=sv"
    answer = stage.page.request.get(stage.screen.server.url + address)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
