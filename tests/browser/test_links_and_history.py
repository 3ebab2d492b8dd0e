"""A view is its address: links, back and forward, and links that name what isn't there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = [pytest.mark.browser, pytest.mark.one_page]


def _shown(screen: Screen) -> dict[str, str]:
    page = screen.page
    return {
        "card": page.locator(".st-key-card_scroll").inner_text(),
        "promise": page.locator(".lk-switch [data-id^=promise-][aria-current]").inner_text(),
        "date": screen.date.input_value(),
        "language": str(page.evaluate("document.documentElement.lang")),
        "trail": screen.trail.inner_text(),
        "title": page.title(),
    }


def test_a_pasted_link_shows_another_reader_the_same(
    screen: Screen, open_screen: Callable[..., Screen], server: Server
) -> None:
    screen.open()
    screen.follow("promise-2")
    expect(screen.link("promise-2")).to_have_attribute("aria-current", "true")
    screen.wait_until_still()
    screen.date.fill("2018-10-31")
    screen.date.press("Enter")
    screen.wait_for_query(promise="boras-2018", date="2018-10-31")
    screen.follow("lang-en")
    expect(screen.heading("area_list")).to_have_text("Areas")
    screen.follow("area-norrby")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.follow("commitment-boras-2018/5", ".st-key-area_card")
    expect(screen.heading("commitment_card")).to_be_visible()
    screen.card("commitment_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.heading("activity_card")).to_be_visible()
    expect(screen.trail.locator("li")).to_have_count(3)
    link = screen.page.url

    other = open_screen(server, fresh=True)
    other.open(link.removeprefix(server.url))
    expect(other.heading("activity_card")).to_be_visible()
    shown = _shown(other)
    assert shown == _shown(screen)
    assert shown["promise"] == "Borås"
    assert shown["date"] == "2018-10-31"
    assert shown["language"] == "en"


def test_a_pasted_link_to_the_matrix_keeps_promise_date_and_language(screen: Screen) -> None:
    screen.open("/uppfoljning?promise=mark-2018&date=2018-05-31&lang=en")
    expect(screen.page.locator(".st-key-matrix thead th")).to_have_count(2 + 4)
    expect(screen.page.locator(".lk-switch [data-id^=promise-][aria-current]")).to_have_text("Mark")
    expect(screen.date).to_have_value("2018-05-31")
    expect(screen.page.locator(".st-key-matrix")).to_contain_text("31 May 2018")


def test_back_and_forward_step_through_the_views_and_both_pages(screen: Screen) -> None:
    screen.open()
    screen.follow("area-hedbo")
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.follow("commitment-mark-2018/4", ".st-key-area_card")
    expect(screen.heading("commitment_card")).to_be_visible()
    screen.follow("page-followup")
    matrix = screen.page.locator(".st-key-matrix h1")
    expect(matrix).to_be_visible()

    for go in (screen.page.go_back, screen.page.go_forward, screen.page.go_back):
        go()
        if go == screen.page.go_forward:
            expect(matrix).to_be_visible()
        else:
            expect(screen.heading("commitment_card")).to_be_visible()
            screen.wait_for_query(area="hedbo", commitment="mark-2018/4")
    screen.page.go_back()
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.wait_for_query(area="hedbo")
    screen.page.go_back()
    expect(screen.heading("area_list")).to_be_visible()
    screen.wait_for_query()
    screen.page.go_forward()
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.page.go_forward()
    expect(screen.heading("commitment_card")).to_be_visible()


UNKNOWN = {
    "promise": "nowhere-2018",
    "area": "nowhere",
    "commitment": "nowhere-2018/1",
    "activity": "no-such-activity",
    "walk": "no-such-walk",
    "date": "2018-13-45",
}


@pytest.mark.parametrize("path", ["/", "/uppfoljning"])
@pytest.mark.parametrize(
    ("language", "says"), [("sv", "Länken|länken"), ("en", "link")], ids=["sv", "en"]
)
def test_a_link_to_what_is_not_there_says_so_and_shows_the_rest(
    screen: Screen, path: str, language: str, says: str
) -> None:
    query = "&".join(f"{name}={value}" for name, value in UNKNOWN.items())
    screen.open(f"{path}?{query}&lang={language}")
    hints = screen.page.locator(".lk-hints p")
    expect(hints).to_have_count(len(UNKNOWN))
    told = hints.all_inner_texts()
    for value in UNKNOWN.values():
        assert any(f"({value})" in text for text in told)
    assert all(any(word in text for word in says.split("|")) for text in told)
    main = (
        screen.page.locator(".st-key-matrix h1") if "upp" in path else screen.heading("area_list")
    )
    expect(main).to_be_visible()


def test_a_link_in_an_unknown_language_is_shown_in_swedish_and_says_so(screen: Screen) -> None:
    screen.open("/?lang=xx&area=hedbo")
    expect(screen.page.locator(".lk-hints p")).to_contain_text(["svenska"])
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    assert screen.page.evaluate("document.documentElement.lang") == "sv"


def test_an_area_outside_the_promise_in_a_link_is_told(screen: Screen) -> None:
    screen.open("/?promise=boras-2018&area=hedbo&commitment=mark-2018/4")
    expect(screen.page.locator(".lk-hints p")).to_have_count(2)
    expect(screen.heading("area_list")).to_be_visible()


@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "%00"])
def test_an_odd_date_in_a_link_never_breaks_a_page(screen: Screen, value: str) -> None:
    screen.open(f"/?date={value}")
    expect(screen.heading("area_list")).to_be_visible()
    screen.follow("page-followup")
    expect(screen.page.locator(".st-key-outcomes")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/finnsinte?area=norrby", "Det finns ingen sida på adressen /finnsinte."),
        ("/mote/x?area=norrby&lang=en", "There is no page at the address /mote/x."),
    ],
)
def test_an_unknown_page_leads_to_the_map_in_the_readers_language(
    screen: Screen, address: str, said: str
) -> None:
    screen.load(address)
    expect(screen.heading("area_card")).to_have_text("Norrby")
    expect(screen.page.locator(".lk-hints")).to_contain_text(said)
    expect(screen.page.locator("[role=dialog]")).to_have_count(0)
    # The next step leaves it behind.
    screen.follow("clear")
    expect(screen.page.locator(".lk-hints")).to_have_count(0)


_MAP_TELLS_AFTER_A_CLICK = """([link, wait]) => {
  parent.document.querySelector(`[data-id="${link}"]`).click();
  setTimeout(() => window.Streamlit.setComponentValue({ last_active_drawing: null, wait }), wait);
}"""


@pytest.mark.parametrize(
    ("link", "come", "query"),
    [
        ("page-record", '[data-id="page-record"][aria-current]', {}),
        ("area-norrby", ".st-key-area_card", {"area": "norrby"}),
    ],
)
def test_what_the_map_tells_meanwhile_does_not_take_a_click_back(
    screen: Screen, link: str, come: str, query: dict[str, str]
) -> None:
    # Whatever the moment: before the click is answered, while it is, or before that is heard of.
    for wait_ms in (0, 15, 60, 150):
        screen.open("/?lang=en")
        screen.map_says("window.Streamlit !== undefined")
        screen.frame.evaluate(_MAP_TELLS_AFTER_A_CLICK, [link, wait_ms])
        screen.page.wait_for_timeout(wait_ms + 100)
        screen.wait_until_still()
        expect(screen.page.locator(come)).to_be_visible()
        screen.wait_for_query(lang="en", **query)
