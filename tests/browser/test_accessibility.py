"""No serious or critical accessibility faults that axe can find, the map's frame included.

Each page is brought to its states by links, and looked at in both themes where it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

# What axe looks at is the same in both languages: each page is looked at in one of them. What
# depends on the words, in length or in language, is held in both by the other files.
SWEDISH: Final = pytest.mark.parametrize("language", ["sv"])
ENGLISH: Final = pytest.mark.parametrize("language", ["en"])
READ_MS: Final = 60_000

TABLE: Final = (
    "datum;slag;område;lat;lon;minuter;anteckning\r\n"
    "2018-03-07 18:00;Fotpatrull;Norrby;57,7243;12,9266;45;Lugnt.\r\n"
    "2018-03-09 20:00;Gudstjänst;Norrby;57,7243;12,9266;20;=1+1\r\n"
).encode("utf-8-sig")

RING: Final = [[12.9, 57.72], [12.928, 57.72], [12.928, 57.735], [12.9, 57.735], [12.9, 57.72]]
OUTLINE: Final = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "id": "norrby",
                    "name": "Norrby",
                    "municipality": "Borås",
                    "kind": "district",
                    "outline_method": "surveyed",
                    "outline_accuracy_m": 5,
                    "outline_source": "Stadsbyggnadskontoret",
                    "outline_source_en": "The planning office",
                },
                "geometry": {"type": "Polygon", "coordinates": [RING]},
            }
        ],
    }
).encode()


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], example_server: Server) -> Server:
    return example_server


@SWEDISH
def test_the_map_page_and_its_cards(screen: Screen, language: str) -> None:
    screen.open(f"/?lang={language}")
    screen.wait_for_layers("areas", "activities")
    found = violations(screen, "list")
    screen.follow("area-norrby")
    expect(screen.card("area_card")).to_be_visible()
    screen.wait_for_view_of("area", "norrby", zoom=14)
    for details in screen.card("area_card").locator("summary").all():
        details.click()
    found += violations(screen, "area")
    screen.card("area_card").locator('[data-id^="finding-"]').first.click()
    expect(screen.card("finding_card")).to_be_visible()
    screen.card("finding_card").locator("[data-id=history] > summary").click()
    found += violations(screen, "finding")
    screen.follow("back")
    expect(screen.card("area_card")).to_be_visible()
    screen.card("area_card").locator('[data-id^="walk-"]').first.click()
    expect(screen.card("walk_card")).to_be_visible()
    found += violations(screen, "walk")
    screen.follow("back")
    screen.follow("commitment-boras-2018/5", ".st-key-area_card")
    expect(screen.card("commitment_card")).to_be_visible()
    found += violations(screen, "commitment")
    screen.card("commitment_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.card("activity_card")).to_be_visible()
    screen.card("activity_card").locator("[data-id=history] > summary").click()
    screen.card("activity_card").locator("[data-id=redacting] > summary").click()
    found += violations(screen, "activity")
    screen.open(f"/?area=nowhere&lang={language}")
    screen.date.fill("x")
    screen.date.press("Enter")
    expect(screen.page.locator("#lk-as-of-error")).to_be_visible()
    found += violations(screen, "hints and a wrong date")
    assert found == []


@ENGLISH
def test_the_followup_page(screen: Screen, language: str) -> None:
    screen.open(f"/uppfoljning?lang={language}")
    expect(screen.page.locator(".st-key-outcomes table").first).to_be_visible()
    # All that can be opened on it at once.
    screen.follow("cell-mark-2018/4-hedbo")
    expect(screen.page.locator("#lk-drill")).to_be_visible()
    screen.page.locator('[data-id^="reason-"]').first.click()
    expect(screen.page.locator(".lk-reason-records")).to_be_visible()
    screen.page.locator('details[data-id="months"] summary').click()
    found = violations(screen, "follow-up")
    screen.page.locator('[data-id^="week-"]').first.click()
    expect(screen.page.locator("#lk-span-title")).to_be_visible()
    found += violations(screen, "a week")
    assert found == []


@SWEDISH
def test_the_forms_and_their_faults(screen: Screen, language: str) -> None:
    found = []
    screen.open(f"/registrera?area=hedbo&lang={language}")
    for form in ("activity", "walk", "finding"):
        if form != "activity":
            screen.follow(f"form-{form}")
        expect(screen.page.locator(f".st-key-{form}_form form[data-form]")).to_be_visible()
        screen.wait_until_still()
        screen.page.locator('[data-id="save"]').click()
        expect(screen.page.locator(f".st-key-{form}_form .lk-failure")).to_be_visible()
        found += violations(screen, f"{form} form")
    assert found == []


def test_a_planning_tool_and_a_hot_spots_form(screen: Screen) -> None:
    """The other tools are looked at where they are used, in files of their own."""
    found = []
    for tool, language in (("schedule", "sv"), ("streets", "en")):
        screen.open(f"/planera?tool={tool}&lang={language}")
        expect(screen.page.locator(".st-key-planning #lk-card-heading:visible")).to_be_visible()
        # What a run has not come to yet is dimmed.
        expect(screen.page.locator('[data-stale="true"]')).to_have_count(0)
        found += violations(screen, tool)
    screen.open("/planera?ask=form:new")
    expect(screen.link("save")).to_be_visible()
    expect(screen.page.locator('[data-stale="true"]')).to_have_count(0)
    assert found + violations(screen, "a hot spot's form") == []


@ENGLISH
def test_a_files_report_and_a_proposal(screen: Screen, language: str) -> None:
    screen.open(f"/importera?lang={language}")
    found = violations(screen, "import")
    file = {"name": "lista.csv", "mimeType": "text/csv", "buffer": TABLE}
    screen.page.locator('[data-id="file"]').set_input_files(file)
    expect(screen.page.locator('[data-tally="new"] b')).to_have_text("1", timeout=READ_MS)
    if screen.link("reading").get_attribute("open") is None:
        screen.link("reading").locator("summary").click()
    found += violations(screen, "report")
    screen.follow("page-adding")
    expect(screen.page.locator(".lk-adding h2").first).to_be_visible()
    found += violations(screen, "adding")
    for name, content in (("fel.geojson", b"{"), ("omraden.geojson", OUTLINE)):
        sent = {"name": name, "mimeType": "application/json", "buffer": content}
        screen.wait_until_still()
        screen.page.locator('.lk-adding [data-id="file"]').set_input_files(sent)
        wanted = '[data-kind="mistakes"]' if content == b"{" else '[data-kind="new-outline"]'
        expect(screen.page.locator(wanted)).to_be_visible(timeout=READ_MS)
        found += violations(screen, name)
    screen.follow("forget")
    expect(screen.page.locator('[data-kind="new-outline"]')).to_have_count(0)
    assert found == []


@SWEDISH
def test_the_statement_and_the_sheet_to_print(screen: Screen, language: str) -> None:
    screen.open(f"/tillganglighet?lang={language}")
    expect(screen.page.locator(".lk-statement h1")).to_be_visible()
    found = violations(screen, "statement")
    screen.open(f"/?area=norrby&lang={language}")
    walk = screen.card("area_card").locator('[data-id^="walk-"]').first.get_attribute("href")
    assert walk is not None
    number = re.search(r"walk=([\w-]+)", walk)
    assert number is not None
    screen.page.goto(f"{screen.server.url}/vandringsblad/{number[1]}?lang={language}")
    expect(screen.page.locator("h1")).to_be_visible()
    found += violations(screen, "sheet")
    assert found == []


@ENGLISH
def test_a_meeting_step_by_step(
    open_screen: Callable[..., Screen], start_server: Callable[..., Server], language: str
) -> None:
    # Of its own: a meeting is written down.
    writable = start_server("--example", "--basemap", "none", settings="# meetings\n")
    screen = open_screen(writable)
    screen.open(f"/mote?lang={language}")
    expect(screen.page.locator("#lk-main h1")).to_be_visible()
    found = violations(screen, "meeting")
    screen.follow("begin")
    heading = screen.page.locator("#lk-stage-heading")
    expect(heading).to_be_visible()
    steps = screen.page.locator('.lk-stage-foot [data-id^="step-"]:is(li a)')
    for number in (1, 3, steps.count()):
        screen.follow(f"step-{number}")
        here = screen.page.locator(f'[data-id="step-{number}"][aria-current="step"]')
        expect(here).to_be_attached()
        found += violations(screen, f"step {number}")
    assert found == []


def test_the_check_sees_faults_on_the_page_and_in_the_maps_frame(screen: Screen) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    for frame in (screen.page.main_frame, screen.frame):
        frame.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    dark = "@media (prefers-color-scheme: dark) { .lk-lead { color: #333 !important; } }"
    screen.page.add_style_tag(content=dark)
    found = violations(screen, "list")
    images = [line for line in found if "image-alt" in line]
    assert len(images) == 2
    assert any("iframe" in line for line in images)
    assert [line.split(":")[0] for line in found if "contrast" in line] == ["list, dark"]


@ENGLISH
def test_the_pages_of_the_collections(screen: Screen, language: str) -> None:
    found = []
    for path in ("", "/conformance", "/collections", "/collections/findings"):
        screen.page.goto(f"{screen.server.url}/ogc{path}?lang={language}")
        found += violations(screen, path)
    # From the collection by its links to a page further on, and to one of its features.
    screen.page.get_by_role("link", name="Contents", exact=True).click()
    screen.page.goto(f"{screen.page.url}&limit=10")
    screen.page.get_by_role("link", name="Next page").click()
    expect(screen.page.locator("tbody tr")).to_have_count(10)
    found += violations(screen, "items")
    screen.page.locator("tbody a").first.click()
    expect(screen.page.locator("h2").first).to_have_text("properties")
    assert found + violations(screen, "item") == []
