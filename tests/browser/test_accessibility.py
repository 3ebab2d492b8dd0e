"""axe finds nothing serious on any screen, in either language, the map's frame included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = pytest.mark.browser

SERIOUS: Final = ("serious", "critical")

EXCEPTIONS: Final[tuple[tuple[str, str, str], ...]] = ()
"""Rule, start of the selector, and why it can't be changed: only what Streamlit itself renders."""


def _violations(screen: Screen, shown: str) -> list[str]:
    """Run axe on the page and its frames; return what it found, one line an element."""
    screen.wait_until_still()
    for frame in screen.page.frames:
        frame.evaluate(axe.AXE_SCRIPT)
    found: dict[str, Any] = screen.page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{shown}: {violation['id']} ({violation['impact']}) {node['target']}: "
        f"{node['failureSummary']} | {node['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
        if not _excepted(violation["id"], str(node["target"][0]))
    ]


def _excepted(rule: str, selector: str) -> bool:
    return any(rule == known and selector.startswith(start) for known, start, _ in EXCEPTIONS)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_map_page_and_its_cards(screen: Screen, language: str) -> None:
    screen.open(f"/?lang={language}")
    screen.wait_for_layers("areas", "activities")
    found = _violations(screen, "list")
    screen.follow("area-norrby")
    expect(screen.card("area_card")).to_be_visible()
    screen.wait_for_view_of("area", "norrby", zoom=14)
    for details in screen.card("area_card").locator("summary").all():
        details.click()
    found += _violations(screen, "area")
    screen.follow("commitment-boras-2018/5", ".st-key-area_card")
    expect(screen.card("commitment_card")).to_be_visible()
    found += _violations(screen, "commitment")
    screen.card("commitment_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.card("activity_card")).to_be_visible()
    found += _violations(screen, "activity")
    screen.open(f"/?area=norrby&lang={language}")
    screen.card("area_card").locator('[data-id^="walk-"]').first.click()
    expect(screen.card("walk_card")).to_be_visible()
    found += _violations(screen, "walk")
    assert found == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_followup_page(screen: Screen, language: str) -> None:
    screen.open(f"/uppfoljning?lang={language}")
    expect(screen.page.locator(".st-key-outcomes table").first).to_be_visible()
    assert _violations(screen, "follow-up") == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_hints_and_a_wrong_date(screen: Screen, language: str) -> None:
    screen.open(f"/?area=nowhere&lang={language}")
    screen.date.fill("x")
    screen.date.press("Enter")
    expect(screen.page.locator("#lk-as-of-error")).to_be_visible()
    assert _violations(screen, "hints and a wrong date") == []


def test_the_check_sees_faults_on_the_page_and_in_the_maps_frame(screen: Screen) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    for frame in (screen.page.main_frame, screen.frame):
        frame.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    found = [line for line in _violations(screen, "list") if "image-alt" in line]
    assert len(found) == 2
    assert any("iframe" in line for line in found)
