"""Nothing from outside is needed, and what fails is told once and can be tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser


def _hosts(addresses: list[str]) -> set[str | None]:
    asked = (urlsplit(address) for address in addresses)
    # data: and blob: addresses are answered inside the page.
    return {parts.netloc for parts in asked if parts.scheme not in ("data", "blob")}


def _block_other_hosts(screen: Screen) -> None:
    own = urlsplit(screen.server.url).netloc

    def answer(route: Any) -> None:
        if urlsplit(route.request.url).netloc in (own, ""):
            route.continue_()
        else:
            route.abort()

    screen.page.route("**/*", answer)


def test_the_map_page_works_offline_and_asks_nobody_else(screen: Screen) -> None:
    _block_other_hosts(screen)
    screen.open()
    screen.map_says("document.body.dataset.areas === '7'")
    screen.follow("area-hedbo")
    expect(screen.heading("area_card")).to_have_text("Hedbo")
    screen.wait_for_view_of("area", "hedbo", zoom=14)
    for layer in ("activity", "walk", "finding", "place"):
        screen.map_says(
            """layer => {
              let drawn = 0;
              map.eachLayer(l => {
                const p = l.feature && l.feature.properties;
                if (p && p.layer === layer && l.getElement().getBoundingClientRect().width) drawn++;
              });
              return drawn > 0;
            }""",
            layer,
        )
    # Blocked pages fail in silence too: ask the browser what came.
    assert screen.frame.evaluate("document.fonts.check('16px \"Source Sans\"')")
    assert _hosts(screen.requested) == {urlsplit(screen.server.url).netloc}


def test_the_followup_page_works_offline_and_asks_nobody_else(screen: Screen) -> None:
    _block_other_hosts(screen)
    screen.open("/uppfoljning")
    expect(screen.page.locator(".st-key-matrix table")).to_have_count(2)
    expect(screen.page.locator(".st-key-pace svg[role=img]").first).to_be_visible()
    expect(screen.page.locator(".st-key-outcomes table").first).to_be_visible()
    assert _hosts(screen.requested) == {urlsplit(screen.server.url).netloc}


# --- tiles --------------------------------------------------------------------------------------


@pytest.fixture
def without_tiles(
    open_screen: Callable[..., Screen], start_server: Callable[..., Server]
) -> Screen:
    """The map over OpenStreetMap's tiles, none of which can be had."""
    screen = open_screen(start_server("--example", "--basemap", "osm"), fresh=True)
    screen.allow_on_console(
        r"ERR_NAME_NOT_RESOLVED.*tile\.openstreetmap\.org", "the tiles are kept out on purpose"
    )
    return screen


def test_missing_tiles_are_told_once_a_session_and_in_nobodys_way(without_tiles: Screen) -> None:
    screen = without_tiles
    screen.open("/?area=hedbo")
    remark = screen.frame.locator(".lk-remark")
    expect(remark).to_have_count(1)
    expect(remark).to_have_text("Bakgrundskartan kunde inte hämtas. Lägg in en egen karta")
    # It says what to do, and leads there.
    lead = remark.locator("a")
    assert lead.get_attribute("href") == "/planera?tool=streets&lang=sv"
    assert lead.get_attribute("target") == "_top"
    screen.wait_for_layers("areas", "activities", "walks", "findings")
    screen.wait_for_view_of("area", "hedbo")
    # It covers nothing of the area, and a click on it is a click on the map beneath.
    covered = screen.frame.evaluate(
        """() => {
          const box = document.querySelector(".lk-remark").getBoundingClientRect();
          const top = document.elementFromPoint(box.x + 8, box.y + box.height / 2);
          let apart = true;
          map.eachLayer(l => {
            if (l.feature?.properties.id !== "hedbo" || !l.getBounds) return;
            const it = l.getElement().getBoundingClientRect();
            apart = it.right < box.left || it.bottom < box.top;
          });
          return [top.closest(".lk-remark") === null, apart];
        }"""
    )
    assert covered == [True, True]
    # Every view asks for other tiles, and none of them comes.
    asked = len(screen.requested)
    screen.frame.locator(".leaflet-control-zoom-in").first.click()
    screen.map_says("() => !document.querySelector('.leaflet-zoom-anim')")
    screen.click_on_map("activity")
    expect(screen.heading("activity_card")).to_be_visible()
    assert any("tile.openstreetmap.org" in url for url in screen.requested[asked:])
    expect(remark).to_have_count(1)
    # Another page, or this one opened anew, doesn't say it again.
    with screen.page.expect_event(
        "requestfailed", lambda request: "tile.openstreetmap.org" in request.url
    ):
        screen.load("/?area=norrby")
    screen.wait_for_layers("areas", "activities")
    assert screen.frame.locator(".lk-remark").count() == 0


# --- layers -------------------------------------------------------------------------------------


def test_a_layer_that_fails_is_told_and_can_be_tried_again(screen: Screen) -> None:
    screen.allow_on_console(r"500.*/layers/activities", "the layer is made to fail here")
    screen.page.route("**/layers/activities*", lambda route: route.fulfill(status=500, body="{}"))
    screen.open("/?area=hedbo")
    notice = screen.frame.locator('.lk-notice[data-key="layer-activities"]')
    expect(notice).to_contain_text("Ett lager kunde inte hämtas")
    screen.wait_for_layers("areas", "walks", "findings")
    assert screen.frame.evaluate("document.body.dataset.activities === undefined")
    # A map that is still moving asks again by itself.
    screen.wait_until_still()
    screen.wait_for_view_of("area", "hedbo")
    screen.page.unroute("**/layers/activities*")
    notice.get_by_role("button", name="Försök igen").click()
    screen.map_says("Number(document.body.dataset.activities) > 0")
    expect(notice).to_have_count(0)


def test_a_layer_that_fails_twice_is_told_twice(screen: Screen) -> None:
    screen.allow_on_console(r"500.*/layers/walks", "the layer is made to fail here")
    screen.page.route("**/layers/walks*", lambda route: route.fulfill(status=500, body="{}"))
    screen.open("/?area=hedbo")
    notice = screen.frame.locator('.lk-notice[data-key="layer-walks"]')
    expect(notice).to_have_count(1)
    with screen.page.expect_response("**/layers/walks*"):
        notice.get_by_role("button").click()
    expect(notice).to_have_count(1)


def test_two_layers_that_fail_are_both_told_in_sight(screen: Screen) -> None:
    screen.allow_on_console(r"500.*/layers/(walks|findings)", "the layers are made to fail here")
    for name in ("walks", "findings"):
        screen.page.route(f"**/layers/{name}*", lambda route: route.fulfill(status=500, body="{}"))
    screen.open("/?area=hedbo")
    notices = screen.frame.locator(".lk-notice")
    expect(notices).to_have_count(2)
    first, second = (notices.nth(n).bounding_box() for n in (0, 1))
    assert first is not None
    assert second is not None
    apart = (
        first["y"] + first["height"] <= second["y"] or second["y"] + second["height"] <= first["y"]
    )
    assert apart, "one notice covers the other"
