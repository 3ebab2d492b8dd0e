"""A promise's life on the real page: followed, kept as it is typed, put right, archived."""

from __future__ import annotations

import tomllib
import urllib.request
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

from ..years import twelve_years_on  # noqa: E402
from .axe_check import violations  # noqa: E402
from .surveyor import Surveyor  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

CLICKS_AT_MOST: Final = 25

Corners = tuple[tuple[float, float], ...]

NORTH_OF_ASSBERG: Final = ((12.66, 57.504), (12.67, 57.504), (12.67, 57.509), (12.66, 57.509))
EAST_OF_NORRBY: Final = ((12.945, 57.722), (12.955, 57.722), (12.955, 57.727), (12.945, 57.727))
"""Where no area is."""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A register of these tests' own: they write in it, promises that follow on those of 2030."""
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "promises").mkdir()
    for place in ("boras", "mark"):
        file = folder / "promises" / f"{place}-2030.toml"
        file.write_text(twelve_years_on(place), encoding="utf-8")
    own = ("--register", "promises.sqlite", "--catalogue", str(folder))
    return start_server(*own, "--basemap", "none")


class Officer:
    """Somebody who makes promises, and counts the clicks that it takes."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.page, self.clicks = screen, screen.page, 0

    def at(self, id_: str) -> Locator:
        return self.page.locator(f'[data-id="{id_}"]')

    def field(self, name: str) -> Locator:
        return self.page.locator(f'.lk-promise-form [name="{name}"]')

    def press(self, id_: str) -> None:
        self.screen.wait_until_still()
        self.at(id_).click()
        self.clicks += 1

    def open(self, point: str) -> None:
        self.at(f"point-{point}").locator("summary").first.click()
        self.clicks += 1

    def type(self, name: str, text: str) -> None:
        self.field(name).click()
        self.clicks += 1
        self.field(name).fill(text)

    def draw(self, point: str, name: str, corners: Corners) -> None:
        """Draw a new area for a commitment, and come back to the promise's form."""
        surveyor = Surveyor(self.screen)
        self.press(f"draw-{point}")
        surveyor.wait()
        for corner in corners[:-1]:
            surveyor.click(*corner)
        surveyor.click(*corners[-1], twice=True)
        surveyor.expect_corners(len(corners))
        # Each field is clicked, the municipality's is filled in; then it is saved.
        surveyor.fill_in(name, town=None)
        surveyor.save()
        self.clicks += (
            len(corners) + 1 + len(("name", "kind", "accuracy", "method", "source", "by")) + 1
        )

    def row(self, promise_id: str) -> Locator:
        return self.page.locator(f'[data-promise="{promise_id}"]')

    def file(self, promise_id: str) -> dict[str, object]:
        """Return what the register keeps, by the file that is downloaded."""
        address = f"{self.screen.server.url}/export/promises/{promise_id}.toml"
        with urllib.request.urlopen(address) as answer:
            return tomllib.loads(answer.read().decode("utf-8"))


@pytest.fixture
def officer(screen: Screen) -> Officer:
    return Officer(screen)


@pytest.mark.parametrize(
    ("language", "before", "after", "first_day", "corners"),
    [
        ("sv", "mark-2030", "mark-2031", date(2031, 1, 1), NORTH_OF_ASSBERG),
        ("en", "boras-2030", "boras-2031", date(2031, 2, 1), EAST_OF_NORRBY),
    ],
)
def test_next_year_from_last_one_changed_one_dropped_an_area_drawn_in_force(
    officer: Officer, language: str, before: str, after: str, first_day: date, corners: Corners
) -> None:
    officer.screen.open(f"/loften?lang={language}")
    expect(officer.row(before)).to_be_visible()
    officer.press(f"follow-{before}")
    expect(officer.field("start")).to_have_value(first_day.isoformat())
    officer.type("source_title", "Nytt löfte")
    officer.open("1")
    officer.type("point1-title", "Fotpatruller och cykelpatruller")
    officer.press("drop-point5-")
    officer.draw("1", f"Nya parken {language}", corners)
    expect(officer.at(f"point1-areas-nya-parken-{language}")).to_be_checked()
    officer.type("by", "kommunikation")
    officer.press("save")
    expect(officer.row(after)).to_be_visible()
    expect(officer.page.locator('[data-kind="saved"]')).to_be_visible()
    assert officer.clicks <= CLICKS_AT_MOST
    made = officer.file(after)
    assert (made["predecessor"], made["draft"]) == (before, False)
    points: list[dict[str, object]] = made["commitments"]  # type: ignore[assignment]
    assert [point["forerunner"] for point in points] == [f"{before}/{n}" for n in (1, 2, 3, 4, 6)]
    assert points[0]["title"]["sv"] == "Fotpatruller och cykelpatruller"  # type: ignore[index]
    assert f"nya-parken-{language}" in points[0]["areas"]  # type: ignore[operator]
    assert violations(officer.screen, f"list, {language}") == []


def test_what_is_typed_outlives_the_page_and_the_server(officer: Officer) -> None:
    officer.screen.open("/loften?ask=of:mark-2030;task:follow")
    officer.type("title", "Mitt löfte")
    officer.press("add-point")
    expect(officer.field("point7-title")).to_be_visible()
    officer.type("point7-title", "Bollspel på lov")
    officer.field("point7-title").blur()
    officer.screen.allow_on_console(".*", "the server is away for a while")
    with officer.screen.server.away():
        pass
    officer.page.reload()
    expect(officer.field("title")).to_have_value("Mitt löfte")
    expect(officer.field("point7-title")).to_have_value("Bollspel på lov")
    # Undone, and nothing of it comes back.
    officer.press("clear")
    expect(officer.field("point7-title")).to_have_count(0)
    expect(officer.field("title")).not_to_have_value("Mitt löfte")


def test_a_fault_stands_beside_its_field_and_the_measure_is_told_as_it_is_chosen(
    officer: Officer,
) -> None:
    officer.screen.open("/loften?ask=of:mark-2030;task:follow&lang=sv")
    officer.press("add-point")
    told = officer.page.locator('[data-point="7"] .lk-counted')
    expect(told).to_have_text("Välj hur åtagandet räknas och vad som räknas.")
    officer.press("point7-measure-count")
    officer.press("point7-kinds-foot_patrol")
    officer.type("point7-target", "12")
    officer.press("point7-areas-hedbo")
    expect(told).to_have_text(
        "Uppfyllt när minst 12 har registrerats sammanlagt senast 31 december 2031."
        " Räknas: Fotpatrull."
    )
    # Who has just come along can be chosen at once.
    officer.press("add-party")
    officer.type("party4-name", "Marks idrottsråd")
    officer.field("party4-name").blur()
    officer.press("point7-owners-4")
    # The English of the first is as it was, which is told.
    officer.open("1")
    officer.type("point1-title", "Cykelpatruller")
    officer.type("start", "i fjol")
    officer.type("by", "kommunikation")
    officer.press("save-draft")
    expect(officer.page.locator("#lk-start-fault")).to_have_text(
        "Skriv en dag, till exempel 2019-05-31."
    )
    expect(officer.page.locator("#lk-point1-title-odd")).to_contain_text("engelskan står kvar")
    expect(officer.page.locator("#lk-point7-title-fault")).to_have_text("Skriv något här.")
    assert "[" not in officer.page.locator(".lk-promise-form").inner_text()
    assert violations(officer.screen, "form with faults") == []
    officer.press("clear")


def test_archived_is_shown_only_where_asked_for(officer: Officer) -> None:
    officer.screen.open("/loften?lang=sv&date=2018-06-30")
    officer.press("more-boras-2018")
    officer.at("promise-by").fill("kommunikation")
    officer.press("archive")
    expect(officer.row("boras-2018")).to_have_attribute("data-stage", "archived")
    officer.press("more-boras-2018")
    expect(officer.row("boras-2018")).to_have_count(0)
    # Nor is it among the years or the promises of a meeting; its own link still leads to it.
    officer.screen.open("/mote?lang=sv&promise=boras-2019-norrby")
    offered = officer.page.locator('select[name="promise"] option')
    expect(offered.filter(has_text="Borås 2019–2020")).to_have_count(1)
    expect(offered.filter(has_text="Borås 2018–2019")).to_have_count(0)
    expect(officer.at("year-boras-2022-centrum")).to_be_visible()
    expect(officer.at("year-boras-2018")).to_have_count(0)
    officer.screen.open("/?promise=boras-2018")
    expect(officer.at("year-boras-2018")).to_have_attribute("aria-current", "true")
    officer.screen.open("/loften?lang=sv&date=2018-06-30")
    officer.press("archived")
    officer.press("more-boras-2018")
    officer.press("bring-1")
    officer.press("bring-1")
    expect(officer.row("boras-2018")).to_have_attribute("data-stage", "in_force")


@pytest.mark.parametrize("address", ["/loften", "/loften?ask=of:mark-2030;task:follow"])
def test_nothing_is_wider_than_a_phone(
    open_screen: Callable[..., Screen], server: Server, address: str
) -> None:
    screen = open_screen(server)
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.open(address)
    screen.page.locator("h1").wait_for()
    wide = "document.scrollingElement.scrollWidth"
    assert screen.page.evaluate(wide) <= 390
