"""Everything by keyboard, and the focus never lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

HEADING = "h1[data-heading]"


def _press(screen: Screen, *keys: str) -> None:
    for key in keys:
        screen.page.keyboard.press(key)


def _focused(screen: Screen) -> str:
    return str(screen.page.evaluate("document.activeElement.dataset.id || ''"))


def _expect_focus_on_heading(screen: Screen, card: str) -> None:
    expect(screen.card(card).locator(HEADING)).to_be_focused()


def test_from_the_list_to_an_activity_and_back_to_the_row_one_came_from(screen: Screen) -> None:
    screen.open("/?promise=mark-2018")
    screen.tab_to('.st-key-area_list [data-id^="area-"]')
    while _focused(screen) != "area-hedbo":
        before = _focused(screen)
        _press(screen, "ArrowDown")
        assert _focused(screen) != before
    _press(screen, "Enter")
    _expect_focus_on_heading(screen, "area_card")
    screen.tab_to('.st-key-area_card [data-id^="commitment-"]', limit=4)
    _press(screen, "ArrowDown")
    commitment = _focused(screen)
    _press(screen, "Enter")
    _expect_focus_on_heading(screen, "commitment_card")
    screen.tab_to('.st-key-commitment_card [data-id^="activity-"]')
    activity = _focused(screen)
    _press(screen, "Enter")
    _expect_focus_on_heading(screen, "activity_card")

    for card, row in [
        ("commitment_card", activity),
        ("area_card", commitment),
        ("area_list", "area-hedbo"),
    ]:
        screen.wait_until_still()
        screen.tab_to('[data-id="back"]', key="Shift+Tab")
        _press(screen, "Enter")
        expect(screen.card(card).locator(f'[data-id="{row}"]')).to_be_focused()


def test_arrow_keys_stop_at_the_lists_ends(screen: Screen) -> None:
    screen.open()
    rows = [
        str(v)
        for v in screen.page.locator(".lk-areas a").evaluate_all("a => a.map(n => n.dataset.id)")
    ]
    assert len(rows) == 7
    screen.tab_to('.st-key-area_list [data-id^="area-"]')
    assert _focused(screen) == rows[0]
    for key, at in [("ArrowUp", 0), ("ArrowDown", 1), ("End", 6), ("ArrowDown", 6), ("Home", 0)]:
        _press(screen, key)
        assert _focused(screen) == rows[at]


def test_a_layer_is_switched_off_and_on_by_space(screen: Screen) -> None:
    screen.open("/?area=hedbo")
    screen.wait_for_layers("activities")
    toggle = screen.link("layer-activities")
    screen.tab_to('[data-id="layer-activities"]')
    screen.wait_for_drawn("layer", "activity")
    _press(screen, "Space")
    expect(toggle).to_have_attribute("aria-checked", "false")
    expect(toggle).to_be_focused()
    screen.wait_for_query(area="hedbo", hide="activities")
    screen.wait_for_drawn("layer", "activity", drawn=False)
    _press(screen, "Space")
    expect(toggle).to_have_attribute("aria-checked", "true")
    expect(toggle).to_be_focused()
    screen.wait_for_drawn("layer", "activity")


def test_a_date_is_typed_and_entered(screen: Screen) -> None:
    screen.open()
    screen.tab_to("#lk-as-of")
    _press(screen, "Control+A")
    screen.page.keyboard.type("2018-06-30")
    _press(screen, "Enter")
    screen.wait_for_query(date="2018-06-30")
    expect(screen.card("area_list")).to_contain_text("30 juni 2018")
    expect(screen.date).to_be_focused()


@pytest.mark.parametrize("typed", ["2018-02-30", "30/6 2018", ""])
def test_a_wrong_date_is_told_beside_the_field_and_changes_nothing(
    screen: Screen, typed: str
) -> None:
    screen.open("/?date=2018-06-30")
    screen.tab_to("#lk-as-of")
    _press(screen, "Control+A", "Delete")
    screen.page.keyboard.type(typed)
    _press(screen, "Enter")
    error = screen.page.locator("#lk-as-of-error")
    expect(error).to_be_visible()
    expect(error).to_contain_text("Skriv datumet")
    expect(screen.date).to_have_attribute("aria-invalid", "true")
    expect(screen.date).to_be_focused()
    screen.wait_for_query(date="2018-06-30")
    _press(screen, "Control+A")
    screen.page.keyboard.type("2018-07-31")
    _press(screen, "Enter")
    screen.wait_for_query(date="2018-07-31")
    expect(error).to_be_hidden()


def test_months_are_stepped_through_without_losing_the_button(screen: Screen) -> None:
    screen.open("/?date=2018-03-31")
    screen.tab_to('[data-id="month-after"]')
    for day in ("2018-04-30", "2018-05-31", "2018-06-30"):
        _press(screen, "Enter")
        screen.wait_for_query(date=day)
        expect(screen.date).to_have_value(day)
        screen.wait_until_still()
        expect(screen.link("month-after")).to_be_focused()


def test_a_promise_is_chosen_and_keeps_the_focus(screen: Screen) -> None:
    screen.open()
    screen.tab_to('[data-id="promise-3"]')
    _press(screen, "Enter")
    screen.wait_for_query(promise="mark-2018")
    expect(screen.link("promise-3")).to_have_attribute("aria-current", "true")
    expect(screen.link("promise-3")).to_be_focused()


def test_a_cell_in_the_matrix_opens_and_closes_and_leads_to_its_cards_heading(
    screen: Screen,
) -> None:
    screen.open("/uppfoljning?promise=mark-2018")
    cell = '[data-id="cell-mark-2018/4-hedbo"]'
    screen.tab_to(cell)
    _press(screen, "Enter")
    expect(screen.page.locator("#lk-drill")).to_be_visible()
    screen.wait_for_query(promise="mark-2018", area="hedbo", commitment="mark-2018/4")
    expect(screen.page.locator(cell)).to_be_focused()
    expect(screen.page.locator(cell)).to_have_attribute("aria-expanded", "true")
    screen.tab_to('#lk-drill [data-id="back"]')
    _press(screen, "Enter")
    expect(screen.page.locator("#lk-drill")).to_have_count(0)
    screen.wait_for_query(promise="mark-2018")
    expect(screen.page.locator(cell)).to_be_focused()
    screen.wait_until_still()
    _press(screen, "Enter")
    expect(screen.page.locator("#lk-drill")).to_be_visible()
    screen.tab_to('#lk-drill [data-id="on-map"]')
    _press(screen, "Enter")
    _expect_focus_on_heading(screen, "commitment_card")
    screen.wait_for_query(promise="mark-2018", area="hedbo", commitment="mark-2018/4")


# --- writing by keyboard -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--register", "keyboard.sqlite", "--basemap", "none")


def _to_page(screen: Screen, page: str) -> None:
    screen.wait_until_still()
    screen.tab_to(f'[data-id="page-{page}"]')
    _press(screen, "Enter")
    expect(screen.link(f"page-{page}")).to_have_attribute("aria-current", "page")
    screen.wait_until_still()


def _on(screen: Screen, id_: str, *, key: str = "Tab", limit: int = 60) -> None:
    """Come to a field or button by the Tab key; the page may be made anew meanwhile."""
    screen.wait_until_still()
    screen.tab_to(f'[data-id="{id_}"]', key=key, limit=limit)
    # What takes a panel's place keeps the focus; a key pressed meanwhile would be nobody's.
    screen.wait_until_still()
    expect(screen.link(id_)).to_be_focused()


def test_an_activity_is_recorded_at_a_known_place_and_changed(
    open_screen: Callable[..., Screen], own: Server
) -> None:
    screen = open_screen(own, fresh=True)
    screen.open("/?area=norrby")
    _to_page(screen, "record")
    _on(screen, "field-kind")
    screen.page.keyboard.type("Informationsm")
    _on(screen, "field-date")
    _press(screen, "Control+A")
    screen.page.keyboard.type("2018-05-15")
    _on(screen, "field-minutes")
    screen.page.keyboard.type("45")
    _on(screen, "field-known_place")
    expect(screen.page.locator('[data-id="tick-boras-2018/5"]')).to_be_checked()
    _press(screen, "ArrowDown")
    expect(screen.link("no-place")).to_be_visible()
    expect(screen.link("field-known_place")).to_be_focused()
    _on(screen, "field-by")
    screen.page.keyboard.type("Kansliet")
    _on(screen, "save")
    _press(screen, "Enter")
    strip = screen.page.locator("form.lk-saved")
    expect(strip).to_be_focused()
    _on(screen, "saved-card")
    _press(screen, "Enter")
    _expect_focus_on_heading(screen, "activity_card")
    expect(screen.card("activity_card")).to_contain_text("45 minuter")

    _on(screen, "change")
    _press(screen, "Enter")
    expect(screen.link("field-minutes")).to_have_value("45")
    _on(screen, "field-minutes")
    _press(screen, "Control+A")
    screen.page.keyboard.type("50")
    _on(screen, "save")
    _press(screen, "Space")
    expect(screen.card("activity_card")).to_contain_text("50 minuter")
    expect(screen.page.locator("form.lk-saved")).to_be_focused()


def test_a_file_is_chosen_read_and_saved(open_screen: Callable[..., Screen], own: Server) -> None:
    screen = open_screen(own, fresh=True)
    screen.open("/?area=norrby")
    _to_page(screen, "importing")
    _on(screen, "file")
    with screen.page.expect_file_chooser() as chooser:
        _press(screen, "Space")
    table = "datum;slag;område\r\n2018-03-07 18:00;Fotpatrull;Norrby\r\n".encode("utf-8-sig")
    chooser.value.set_files({"name": "lista.csv", "mimeType": "text/csv", "buffer": table})
    expect(screen.page.locator('[data-tally="new"] b')).to_have_text("1", timeout=60_000)
    _on(screen, "field-by")
    screen.page.keyboard.type("Kansliet")
    _on(screen, "save-all")
    _press(screen, "Enter")
    expect(screen.page.locator(".lk-import h1")).to_contain_text("sparad", timeout=60_000)


def test_a_promise_can_be_added(open_screen: Callable[..., Screen], own: Server) -> None:
    screen = open_screen(own, fresh=True)
    screen.open()
    _to_page(screen, "adding")
    _on(screen, "file", limit=100)  # past the ways of ten promises, four each
    with screen.page.expect_file_chooser() as chooser:
        _press(screen, "Space")
    sent = {"name": "fel.geojson", "mimeType": "application/json", "buffer": b"{"}
    chooser.value.set_files(sent)
    expect(screen.page.locator('.lk-adding [data-kind="mistakes"]')).to_be_visible()
    # And away again, to a promise that is in use.
    _on(screen, "file", key="Shift+Tab")
