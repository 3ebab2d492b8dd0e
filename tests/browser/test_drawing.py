"""An area's outline on the real page: with the pointer, by keyboard alone, and from a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

from .axe_check import violations  # noqa: E402
from .surveyor import Surveyor  # noqa: E402

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

NEW: Final = "/loften?ask=area:new&promise=mark-2018"

SQUARES: Final = {
    "sv": ((12.676, 57.496), (12.686, 57.496), (12.686, 57.501), (12.676, 57.501)),
    "en": ((12.675, 57.484), (12.685, 57.484), (12.685, 57.489), (12.675, 57.489)),
}
"""In Kinna, where no area is until one is drawn here."""

APART: Final = ((12.655, 57.484), (12.665, 57.484), (12.665, 57.489), (12.655, 57.489))
"""Away from those: a border that is shared would be followed."""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of these tests' own: they write in it."""
    return start_server("--register", "drawn.sqlite", "--basemap", "none")


@pytest.fixture
def surveyor(screen: Screen) -> Surveyor:
    return Surveyor(screen)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_drawn_with_the_pointer_moved_inserted_deleted_undone_and_saved(
    surveyor: Surveyor, language: str
) -> None:
    surveyor.open(f"{NEW}&lang={language}")
    south_west, south_east, north_east, north_west = SQUARES[language]
    for corner in SQUARES[language][:3]:
        surveyor.click(*corner)
    surveyor.expect_corners(3, is_open=True)
    surveyor.click(*north_west, twice=True)
    surveyor.expect_corners(4)
    # An edge's middle becomes a corner, which is moved, and taken away again by its key.
    middle = ((south_west[0] + south_east[0]) / 2, south_west[1])
    south = (middle[0], middle[1] - 0.0015)
    surveyor.drag(middle, south)
    surveyor.expect_corners(5)
    assert surveyor.corners()[1] == pytest.approx(south, abs=2e-4)
    surveyor.page.keyboard.press("Delete")
    surveyor.expect_corners(4)
    surveyor.drag(north_east, (north_east[0] + 0.002, north_east[1] + 0.001))
    surveyor.expect_corners(4)
    expect(surveyor.page.locator('[data-kind="remarks"]')).to_have_count(0)
    surveyor.screen.frame.locator('[data-id="drawUndo"]').click()
    expect(surveyor.at("redo")).to_be_enabled()
    surveyor.screen.wait_until_still()
    assert surveyor.corners()[2] == pytest.approx(north_east, abs=2e-4)
    surveyor.fill_in(f"Norr om Assberg {language}")
    assert violations(surveyor.screen, f"an area drawn, {language}") == []
    surveyor.save()
    # No promise names it yet, which its card says.
    surveyor.screen.open(f"/?area=norr-om-assberg-{language}&lang={language}")
    said = {"sv": "nämner området", "en": "names the area"}[language]
    expect(surveyor.screen.card("area_card").locator(".lk-empty").first).to_contain_text(said)


def test_clicks_that_run_ahead_of_the_server_are_all_there(surveyor: Surveyor) -> None:
    surveyor.open(f"{NEW}&lang=sv")
    spots = [surveyor.spot(*corner) for corner in APART]
    for spot in spots:
        surveyor.page.mouse.click(*spot)
    surveyor.page.keyboard.press("Enter")
    surveyor.expect_corners(4)
    frame = surveyor.screen.frame
    frame.locator('[data-id="drawUndo"]').click(click_count=1)
    frame.locator('[data-id="drawUndo"]').click(click_count=1)
    surveyor.expect_corners(3, is_open=True)
    expect(surveyor.at("redo")).to_be_enabled()
    # The first corner finishes as well; a corner is chosen by a click, and taken away by a button.
    surveyor.click(*APART[0])
    surveyor.expect_corners(3)
    surveyor.click(*APART[1])
    frame.locator('[data-id="drawDelete"]').click()
    expect(surveyor.page.locator('[data-kind="drawn"]')).to_have_text("Inget är ritat än.")
    surveyor.at("undo").click()
    surveyor.expect_corners(3)
    surveyor.at("clear").click()
    expect(surveyor.page.locator('[data-kind="drawn"]')).to_have_text("Inget är ritat än.")


def test_snapped_to_a_neighbour_and_told_of_what_it_meets(surveyor: Surveyor) -> None:
    surveyor.open(f"{NEW}&lang=sv")
    # Two of Assberg's own corners, from the shipped file; the outline between them is its own.
    file = Path(__file__).parents[2] / "data" / "areas.geojson"
    areas = json.loads(file.read_text(encoding="utf-8"))["features"]
    (assberg,) = (
        a["geometry"]["coordinates"][0] for a in areas if a["properties"]["id"] == "assberg"
    )
    northmost = max(range(len(assberg) - 1), key=lambda n: assberg[n][1])
    first, between, last = (assberg[(northmost + n) % (len(assberg) - 1)] for n in (-1, 0, 1))
    surveyor.click(*first)
    surveyor.click(*last)
    surveyor.expect_corners(3, is_open=True)
    assert surveyor.corners() == [first, between, last]
    up = 0.004
    surveyor.click(last[0], last[1] + up)
    # A double click is what the browser counts as one, however late the page hears of it.
    surveyor.click(first[0], first[1] + up, twice=True, pressed_ms=400)
    surveyor.expect_corners(5)
    told = surveyor.page.locator('[data-kind="remarks"] li').filter(has_text="Assberg")
    expect(told).to_have_count(0)
    # The middle one is dragged into the neighbour: an overlap, at its place and in words.
    surveyor.drag(tuple(between), (between[0], between[1] - 0.0015))
    expect(told).to_have_count(1)
    expect(told).to_contain_text("Överlappar Assberg med")
    surveyor.screen.wait_for_drawn("role", "remark")
    surveyor.at("clear").click()
    expect(surveyor.page.locator('[data-kind="drawn"]')).to_have_text("Inget är ritat än.")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_by_keyboard_alone(surveyor: Surveyor, language: str) -> None:
    surveyor.open(f"{NEW}&lang={language}")
    keyboard = surveyor.page.keyboard
    surveyor.screen.tab_to('details[data-id="corners"] > summary', limit=80)
    keyboard.press("Enter")
    surveyor.screen.tab_to('[data-id="at-new"]')
    # One a line, in either system, and what is no place told beside the field.
    for count, text in enumerate(
        ("57.4900, 12.6600", "57,4900 12,6700", "6374500 360700"), start=1
    ):
        keyboard.type(text)
        keyboard.press("Enter")
        surveyor.expect_corners(count, is_open=True)
        expect(surveyor.at("at-new")).to_be_focused()
    keyboard.type("Kinna")
    keyboard.press("Enter")
    expect(surveyor.page.locator("#lk-at-new-fault")).to_contain_text("Kinna")
    surveyor.screen.wait_until_still()
    keyboard.press("Control+a")
    keyboard.type("57.4870, 12.6650")
    keyboard.press("Enter")
    surveyor.expect_corners(4, is_open=True)
    surveyor.screen.tab_to('[data-id="up-0:3"]', key="Shift+Tab")
    keyboard.press("Enter")
    expect(surveyor.at("at-0-2")).to_have_value("57.487000, 12.665000")
    surveyor.screen.wait_until_still()
    surveyor.screen.tab_to('[data-id="remove-0:2"]', key="Shift+Tab")
    keyboard.press("Enter")
    surveyor.expect_corners(3, is_open=True)
    surveyor.screen.tab_to('[data-id="finish"]', key="Shift+Tab")
    keyboard.press("Enter")
    surveyor.expect_corners(3)
    for name, text in (("name", f"Tre hörn {language}"), ("municipality", "Mark")):
        surveyor.screen.tab_to(f'.lk-area-form [name="{name}"]')
        keyboard.press("Control+a")
        keyboard.type(text)
    for name, choice in (("kind", "housing"), ("accuracy", "25"), ("method", "nominal")):
        surveyor.screen.tab_to(f'.lk-area-form [name="{name}"]')
        if name == "accuracy":
            keyboard.type(choice)
        else:
            while surveyor.field(name).input_value() != choice:
                keyboard.press("ArrowDown")
    for name, text in (("source", "Skrivna hörn"), ("by", "kommunikation")):
        surveyor.screen.tab_to(f'.lk-area-form [name="{name}"]')
        keyboard.press("Control+a")
        keyboard.type(text)
    assert violations(surveyor.screen, f"corners as a list, {language}") == []
    surveyor.screen.tab_to('[data-id="save"]')
    keyboard.press("Enter")
    expect(surveyor.page.locator('[data-kind="saved-area"]')).to_be_visible()


def test_what_is_drawn_outlives_the_page_and_the_server(surveyor: Surveyor) -> None:
    surveyor.open("/loften?ask=area:hedbo&lang=sv")
    before = surveyor.corners()
    surveyor.drag(tuple(before[0]), (before[0][0] + 0.004, before[0][1]))
    expect(surveyor.at("undo")).to_be_enabled()
    moved = surveyor.corners()
    assert moved[0] != before[0]
    surveyor.screen.allow_on_console(".*", "the server is away for a while")
    with surveyor.screen.server.away():
        pass
    surveyor.page.reload()
    expect(surveyor.at("undo")).to_be_enabled()
    surveyor.screen.wait_until_still()
    assert surveyor.corners() == moved
    # Another session, and the step can still be taken back.
    surveyor.at("undo").click()
    expect(surveyor.at("redo")).to_be_enabled()
    surveyor.screen.wait_until_still()
    assert surveyor.corners() == before
    surveyor.at("clear").click()


def test_from_a_file_one_of_several(surveyor: Surveyor, tmp_path: Path) -> None:
    def square(west: float, name: str) -> dict[str, object]:
        ring = [[west, 57.46], [west + 0.01, 57.46], [west + 0.01, 57.465], [west, 57.46]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}

    file = tmp_path / "ytor.geojson"
    shapes = {"type": "FeatureCollection", "features": [square(12.62, "Ett"), square(12.65, "Två")]}
    file.write_text(json.dumps(shapes), encoding="utf-8")
    surveyor.open(f"{NEW}&lang=sv")
    surveyor.at("from-file").locator("summary").click()
    surveyor.at("outline-file").set_input_files(file)
    surveyor.at("use-1").click()
    surveyor.expect_corners(3)
    assert sorted(surveyor.corners()) == [[12.65, 57.46], [12.66, 57.46], [12.66, 57.465]]
    # Name, kind, accuracy, method and source are missing: told at once, each beside its field.
    surveyor.field("by").fill("kommunikation")
    surveyor.at("save").click()
    expect(surveyor.page.locator("#lk-name-fault")).to_be_visible()
    expect(surveyor.page.locator(".lk-fault")).to_have_count(5)
    assert violations(surveyor.screen, "an area with faults") == []
    surveyor.at("clear").click()


@pytest.mark.parametrize("width_px", [390, 320])
def test_nothing_is_wider_than_a_phone(
    open_screen: Callable[..., Screen], server: Server, width_px: int
) -> None:
    screen = open_screen(server)
    screen.page.set_viewport_size({"width": width_px, "height": 844})
    screen.open("/loften?ask=area:hedbo&lang=sv")
    screen.page.locator('details[data-id="corners"] summary').click()
    screen.page.locator('[data-id="at-0-0"]').wait_for()
    assert screen.page.evaluate("document.scrollingElement.scrollWidth") <= width_px
    assert violations(screen, "an area on a phone") == []
