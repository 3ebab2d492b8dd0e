"""Balance and before/after as a planner uses them: a number opened, a question changed, a click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    return start_server("--example", "--basemap", "none")


@pytest.fixture
def screen(open_screen: Callable[..., Screen], server: Server) -> Iterator[Screen]:
    opened = open_screen(server)
    yield opened
    opened.page.evaluate("localStorage.clear()")


def test_a_number_opens_to_its_records_by_keyboard_and_closes(screen: Screen) -> None:
    screen.open("/planera?tool=balance&promise=boras-2018")
    expect(screen.page.locator(".lk-balance h1")).to_have_text("Balans mellan områden")
    screen.link("open-norrby-findings").focus()
    screen.page.keyboard.press("Enter")
    opened = screen.page.locator(".lk-opened")
    expect(opened.locator("[data-id^=finding-]")).to_have_count(5)
    screen.follow("back")
    expect(opened).to_have_count(0)


def test_a_question_is_changed_and_answered(screen: Screen) -> None:
    screen.open("/planera?tool=change&promise=boras-2018")
    told = screen.page.locator(".lk-change-told")
    expect(told).to_contain_text("För få")
    screen.page.locator(".lk-change-ask > summary").click()
    screen.page.locator('[data-id="field-what"]').select_option("activity.foot_patrol")
    screen.page.locator('[data-id="field-beside"]').select_option("none")
    screen.page.locator('[data-id="field-from"]').fill("1 juni 2018")
    screen.follow("count")
    expect(screen.page.locator(".lk-change .lk-lead")).to_contain_text("1 juni 2018")
    expect(told).to_have_text("Ingen skillnad i Norrby som går att skilja från slumpen.")
    # Sent once more as it is, the form is ready again.
    screen.follow("count")
    expect(screen.page.locator(".lk-change-ask form[data-sending]")).to_have_count(0)
    screen.wait_until_still()
    # The choices are in the address: a link opens the same answer.
    assert "from:2018-06-01" in screen.query["ask"]


def test_a_click_on_the_map_is_where_it_is_counted(screen: Screen) -> None:
    screen.open("/planera?tool=change&promise=boras-2018&ask=beside:none;what:activity.foot_patrol")
    screen.page.locator(".lk-change-ask > summary").click()
    screen.follow("pick")
    screen.map_says("window.map && map.getContainer().classList.contains('lk-picking')")
    screen.wait_until_still()
    x, y = screen.frame.evaluate(
        """() => {
          const at = map.latLngToContainerPoint([57.7245, 12.9295]);
          const box = map.getContainer().getBoundingClientRect();
          return [at.x + box.left, at.y + box.top];
        }"""
    )
    frame = screen.page.locator(".st-key-map_panel iframe").bounding_box()
    assert frame is not None
    screen.page.mouse.click(frame["x"] + x, frame["y"] + y)
    expect(screen.page.locator(".lk-change .lk-lead")).to_contain_text("cirkeln på kartan")
    screen.wait_for_drawn("role", "ring")
    expect(screen.page.locator(".lk-change-table tbody th").last).to_contain_text("Runt om")


@pytest.mark.parametrize("tool", ["balance", "change"])
def test_nobody_is_shut_out(screen: Screen, tool: str) -> None:
    screen.open(f"/planera?tool={tool}&promise=boras-2018&list=norrby.patrols")
    screen.page.locator(".lk-card h1").wait_for()
    assert violations(screen, tool) == []
