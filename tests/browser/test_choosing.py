"""Choosing on the map, in the list and in the cards: each leads to the same views."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.one_page]


def test_an_areas_badge_on_the_map_opens_its_card(screen: Screen) -> None:
    screen.open()
    screen.click_on_map("area", "norrby", part="icon")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.wait_for_query(area="norrby")


def test_an_areas_outline_on_the_map_opens_its_card(screen: Screen) -> None:
    screen.open("/?promise=boras-2018")
    screen.click_on_map("area", "hulta")
    expect(screen.heading("area_card")).to_have_text("Hulta")
    screen.wait_for_query(promise="boras-2018", area="hulta")


def test_the_same_area_can_be_clicked_again_after_another_was_chosen(screen: Screen) -> None:
    screen.open("/?promise=boras-2018")
    screen.click_on_map("area", "norrby")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.follow("back")
    screen.follow("area-hulta")
    expect(screen.heading("area_card")).to_have_text("Hulta")
    screen.follow("clear")
    expect(screen.card("area_list")).to_be_visible()
    screen.wait_for_view_of("area", "norrby")
    # By its badge: no point that comes between looking and clicking lies over that.
    screen.click_on_map("area", "norrby", "icon")
    expect(screen.heading("area_card")).to_have_text("Norrby")


def test_a_row_in_the_list_opens_the_card_and_moves_the_map_there(screen: Screen) -> None:
    screen.open()
    screen.wait_for_layers("areas")
    screen.follow("area-hedbo")
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)


def test_a_commitments_row_opens_its_card_in_the_area(screen: Screen) -> None:
    screen.open("/?area=hedbo")
    screen.follow("commitment-mark-2018/5", ".st-key-area_card")
    expect(screen.heading("commitment_card")).to_have_text("Grannsamverkan i flerfamiljshus")
    expect(screen.card("commitment_card").locator(".lk-kicker")).to_contain_text("Hedbo")
    screen.wait_for_query(area="hedbo", commitment="mark-2018/5")


def test_a_commitments_areas_stand_out_and_the_others_fade(screen: Screen) -> None:
    screen.open("/?area=hedbo&commitment=mark-2018/5")
    screen.follow("whole")
    screen.wait_for_query(commitment="mark-2018/5")
    expect(screen.heading("commitment_card")).to_be_visible()
    named = {"hedbo", "snickaren-muraren"}
    screen.wait_for_view_of("area", "snickaren-muraren")
    screen.map_says(
        """named => {
          const lit = [], faded = [];
          map.eachLayer(l => {
            if (!l.feature || l.feature.properties.layer !== "area" || !l.getBounds || l.outlines)
                  return;
            (l.getElement().getAttribute("fill-opacity") > 0.2 ? lit : faded)
              .push(l.feature.properties.id);
          });
          return faded.length === 5 && lit.sort().join() === named.join();
        }""",
        sorted(named),
    )
    faded_badges = screen.frame.locator(".lk-badge-icon.lk-faded")
    assert faded_badges.count() == 5


def test_an_activitys_row_opens_its_card_with_its_commitments_and_back(screen: Screen) -> None:
    screen.open("/?area=norrby")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.card("area_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.heading("activity_card")).to_be_visible()
    commitments = screen.card("activity_card").locator('[data-id^="commitment-"]')
    expect(commitments.first).to_be_visible()
    title = commitments.first.locator("b").inner_text()
    screen.follow("back")
    expect(screen.heading("area_card")).to_have_text("Norrby")
    screen.page.go_back()
    expect(screen.heading("activity_card")).to_be_visible()
    commitments.first.click()
    expect(screen.heading("commitment_card")).to_have_text(title)


@pytest.mark.parametrize(("layer", "card"), [("activity", "activity_card"), ("walk", "walk_card")])
def test_a_record_on_the_map_opens_its_card(screen: Screen, layer: str, card: str) -> None:
    screen.open("/?area=hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    screen.click_on_map(layer)
    expect(screen.heading(card)).to_be_visible()
    assert set(screen.query) == {"area", layer}


def test_a_finding_on_the_map_opens_its_card_and_leads_to_its_walk(screen: Screen) -> None:
    screen.open("/?area=hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    screen.click_on_map("finding", part="icon")
    expect(screen.heading("finding_card")).to_be_visible()
    screen.card("finding_card").locator('[data-id="walk"]').click()
    expect(screen.heading("walk_card")).to_be_visible()


def test_a_walks_row_opens_its_card_and_its_route_stands_out(screen: Screen) -> None:
    screen.open("/?area=norrby")
    expect(screen.card("area_card")).to_be_visible()
    screen.card("area_card").locator('[data-id^="walk-"]').first.click()
    expect(screen.heading("walk_card")).to_have_text("Genomförd vandring")
    expect(screen.card("walk_card")).to_contain_text("Hållplats Almåsskolan")
    screen.page.wait_for_function("() => new URLSearchParams(location.search).has('walk')")
    # Drawn on top and wider than any other line, along the walk's own route.
    screen.map_says(
        """id => {
          let route = null, marked = null;
          map.eachLayer(l => {
            const p = l.feature && l.feature.properties;
            if (p && p.layer === "walk" && p.id === id) route = l;
            if (p && p.role === "record") marked = l;
          });
          return route && marked && marked.options.weight > route.options.weight
            && route.getBounds().pad(0.01).contains(marked.getBounds())
            && marked.getBounds().pad(0.01).contains(route.getBounds());
        }""",
        screen.query["walk"],
    )


def test_a_cell_in_the_matrix_leads_to_the_map_on_that_area_and_commitment(screen: Screen) -> None:
    screen.open("/uppfoljning")
    screen.follow("cell-boras-2018/5-hulta")
    expect(screen.page.locator("#lk-drill")).to_be_visible()
    screen.follow("on-map")
    expect(screen.heading("commitment_card")).to_have_text("Minst fyra informationsmöten")
    screen.wait_for_query(area="hulta", commitment="boras-2018/5")
    assert not re.search("uppfoljning", screen.page.url)
    screen.wait_for_view_of("area", "hulta", zoom=13)


def test_a_promise_without_outlines_says_so_on_the_map(screen: Screen) -> None:
    screen.open("/?promise=boras-2024-sjobo")
    screen.wait_for_layers("areas")
    told = screen.frame.locator(".lk-notice")
    expect(told).to_have_text("Inget område med känd gräns är utpekat, så inga områden är ritade.")
    assert screen.frame.evaluate("document.body.dataset.areas") == "0"
    expect(screen.trail).to_have_text("")
    screen.follow("commitment-boras-2024-sjobo/4")
    expect(screen.heading("commitment_card")).to_have_text("Informationsträff för äldre")
    # One year back in the same frame there is something to draw, and nothing more to say.
    screen.follow("year-boras-2018")
    screen.wait_for_drawn("id", "norrby")
    expect(told).to_have_count(0)


def test_back_links_lead_one_step_out_each(screen: Screen) -> None:
    screen.open("/?area=hedbo&commitment=mark-2018/4")
    screen.card("commitment_card").locator('[data-id^="activity-"]').first.click()
    expect(screen.heading("activity_card")).to_be_visible()
    screen.follow("back")
    expect(screen.heading("commitment_card")).to_have_text("Trygghetsvandringar med boende")
    screen.follow("back")
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.follow("back")
    expect(screen.heading("area_list")).to_have_text("Områden")
    screen.wait_for_query()


def test_the_trail_names_the_selection_and_clears_it(screen: Screen) -> None:
    screen.open("/?promise=mark-2018&area=hedbo&commitment=mark-2018/4")
    expect(screen.trail.locator("li")).to_have_text(["Hedbo", "Mark 2018, åtagande 4"])
    screen.page.get_by_role("link", name="Rensa valet").click()
    expect(screen.heading("area_list")).to_have_text("Områden")
    screen.wait_for_query(promise="mark-2018")
    expect(screen.trail.locator("li")).to_have_count(0)
