"""Indicators in the browser: a reading is written by hand and stands in the table and the chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser


def test_a_reading_is_written_and_seen(
    open_screen: Callable[..., Screen], own_server: Server
) -> None:
    screen = open_screen(own_server)
    screen.open("/uppfoljning?promise=mark-2018")
    page = screen.page
    figure = page.locator(".lk-indicators figure").filter(has_text="Otrygga sent på kvällen")
    expect(figure.locator("svg circle")).to_have_count(2)
    figure.locator("summary").click()
    screen.follow("add-reading-ntu-otrygg-kvallstid")
    expect(page.locator("#lk-series")).to_have_value("ntu-otrygg-kvallstid/1")
    assert violations(screen, "reading form") == []
    page.locator("#lk-period").fill("i våras")
    page.locator("#lk-value").fill("29,5")
    page.locator("#lk-source").fill("NTU 2019")
    page.locator("#lk-publisher").fill("Brå")
    page.locator("#lk-by").fill("planerare")
    page.locator('[data-id="save"]').click()
    expect(page.locator("#lk-period-fault")).to_contain_text("”i våras” är ingen tid")
    page.locator("#lk-period").fill("2019")
    page.locator('[data-id="save"]').click()
    expect(page.locator(".lk-indicators [role=status]")).to_contain_text("Mätningen är sparad.")
    expect(figure.locator("svg circle")).to_have_count(3)
    expect(figure.locator("svg .lk-value").first).to_have_text("29,5 %")
    # The same time anew is told, with where the two differ, before it replaces anything.
    figure.locator("summary").click()
    screen.follow("add-reading-ntu-otrygg-kvallstid")
    for name, said in (("period", "2019"), ("value", "31"), ("source", "NTU 2019")):
        page.locator(f"#lk-{name}").fill(said)
    page.locator("#lk-publisher").fill("Brå")
    page.locator("#lk-by").fill("planerare")
    page.locator('[data-id="save"]').click()
    clash = page.locator(".lk-conflict")
    expect(clash).to_contain_text("Ingenting har skrivits över")
    expect(clash.locator("tbody th")).to_have_text("Värde")
    expect(clash.locator("tbody td")).to_have_text(["29.5", "31"])
    screen.open("/uppfoljning?promise=mark-2018")
    # Changed, and then withdrawn.
    figure.locator("summary").click()
    screen.follow("change-ntu-otrygg-kvallstid/1/2019")
    expect(page.locator("#lk-value")).to_have_value("29.5")
    expect(page.locator("#lk-period")).to_have_count(0)
    page.locator("#lk-value").fill("30")
    page.locator('[data-id="save"]').click()
    expect(figure.locator("svg .lk-value").first).to_have_text("30 %")
    figure.locator("summary").click()
    screen.follow("change-ntu-otrygg-kvallstid/1/2019")
    page.locator('[data-id="withdraw"]').click()
    expect(page.locator(".lk-indicators [role=status]")).to_contain_text("är tillbakadragen")
    expect(figure.locator("svg circle")).to_have_count(2)
    # Undone: every version is there, with what it changed.
    screen.follow("saved-versions")
    expect(page.locator(".lk-versions > li")).to_have_count(3)
    expect(page.locator(".lk-versions dd")).to_have_text("29.5 → 30")
    assert violations(screen, "reading's versions") == []
    screen.link("bring-1").click()
    expect(screen.link("bring-1")).to_contain_text("?")
    screen.link("bring-1").click()
    expect(figure.locator("svg .lk-value").first).to_have_text("29,5 %")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_an_indicator_is_defined_on_the_screen_and_its_line_breaks(
    open_screen: Callable[..., Screen], own_server: Server, language: str
) -> None:
    name = {"sv": "Trygg vid stationen", "en": "Safe at the station"}[language]
    screen = open_screen(own_server)
    page = screen.page
    screen.open(f"/uppfoljning?promise=mark-2018&lang={language}")
    screen.follow("add-indicator-mark-2018/goal-2")
    expect(page.locator("input[name=goals]:checked")).to_have_count(1)
    said = {"name": name, "place": "Mark", "population": "Resande", "by": "planerare"}
    said |= {"source_title": "Resvaneenkäten", "source_publisher": "Marks kommun"}
    for field, text in said.items():
        page.locator(f"#lk-{field}").fill(text)
    page.locator("#lk-level").select_option("municipality")
    page.locator("#lk-method").select_option("open_web_form")
    page.locator("#lk-series1-question").fill("Är du trygg här?")
    page.locator("#lk-series1-unit").select_option("percent")
    screen.link("add-series").click()
    page.locator("#lk-series2-question").fill("Hur trygg är du här?")
    page.locator("#lk-series2-unit").select_option("percent")
    assert violations(screen, "indicator form") == []
    screen.link("save").click()
    # Another question can't be compared with the first: somebody has to say why.
    expect(page.locator("#lk-series2-breaks-fault")).to_be_visible()
    page.locator("#lk-series2-breaks").fill("Frågan är en annan.")
    screen.link("save").click()
    figure = page.locator(".lk-indicators figure").filter(has_text=name)
    expect(figure.locator(".lk-warn")).to_be_visible()
    for series, period, value in ((1, "2018", "40"), (2, "2019", "50")):
        figure.locator("summary").click()
        figure.locator("[data-id^=add-reading]").click()
        page.locator("#lk-series").select_option(index=0)
        option = page.locator("#lk-series option").filter(has_text=name).nth(series - 1)
        page.locator("#lk-series").select_option(option.get_attribute("value"))
        for field, text in (("period", period), ("value", value), ("source", "Enkät")):
            page.locator(f"#lk-{field}").fill(text)
        page.locator("#lk-publisher").fill("Marks kommun")
        page.locator("#lk-by").fill("planerare")
        screen.link("save").click()
        expect(figure.locator("tbody th").filter(has_text=period)).to_have_count(1)
    expect(figure.locator("svg circle")).to_have_count(2)
    expect(figure.locator("svg polyline")).to_have_count(0)
    expect(figure.locator("svg .lk-broken")).to_have_count(1)
    expect(figure.locator(".lk-indicator-break").first).to_contain_text("Frågan är en annan.")


def test_on_a_phone_everything_has_room(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.open("/uppfoljning?promise=boras-2018&lang=en")
    expect(screen.page.locator(".lk-indicators h2")).to_have_text("What is seen beside the work")
    assert screen.page.evaluate("document.documentElement.scrollWidth") == 390
    wider = """nodes => nodes.filter(n => n.scrollWidth > n.clientWidth + 1).length"""
    assert screen.page.locator(".lk-indicators figure").evaluate_all(wider) == 0
