"""Reference layers in the browser: taken in from a file, switched on below the map, withdrawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .axe_check import violations
from .test_basemaps import TILE

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from .conftest import Screen, Server

pytestmark = pytest.mark.browser

SERVICE = "https://kartor.invalid"
HOSTILE = "Lampor <img src=x onerror=alert(1)>${alert(2)}"


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    """Two lamps in Norrby, a street beside, and one in Paris."""
    places = [[12.9264, 57.7218], [12.927, 57.722], [2.35, 48.85]]
    shapes = [{"type": "Point", "coordinates": at} for at in places]
    shapes.append({"type": "LineString", "coordinates": [[12.92, 57.72], [12.93, 57.72]]})
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    path = tmp_path / "lampor.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register of this file's own: a layer is seen by everybody."""
    named = f'map_services = ["{SERVICE}"]'
    return start_server("--register", "layers.sqlite", "--basemap", "none", settings=named)


def test_a_map_service_is_fetched_from_where_the_settings_say_and_no_other(
    open_screen: Callable[..., Screen], server: Server
) -> None:
    screen = open_screen(server, viewport={"width": 1366, "height": 768})
    page, asked = screen.page, []

    def answer(route: Any) -> None:
        asked.append(
            {k.lower(): v[0] for k, v in parse_qs(urlsplit(route.request.url).query).items()}
        )
        route.fulfill(body=TILE, content_type="image/png")

    page.route(f"{SERVICE}/**", answer)
    screen.open("/loften")
    screen.follow("new-layer")
    said = {"name": "Skolor", "source": "Staden", "licence": "CC0", "date": "2025-09-01"}
    said |= {"address": "https://annan.invalid/wms", "layers": "skolor,gårdar", "by": "planerare"}
    for name, value in said.items():
        page.locator(f"#lk-{name}").fill(value)
    page.locator('[data-id="save"]').click()
    told = page.locator("#lk-address-fault")
    expect(told).to_contain_text("Lager får inte hämtas från https://annan.invalid")
    expect(told).to_contain_text(SERVICE)
    page.locator("#lk-address").fill(f"{SERVICE}/wms?map=a")
    page.locator('[data-id="save"]').click()
    screen.follow("see-layer")
    screen.map_says("document.querySelectorAll('.leaflet-references-pane img').length > 3")
    wanted = {"service": "WMS", "request": "GetMap", "layers": "skolor,gårdar", "map": "a"}
    assert asked
    assert all(one.items() >= wanted.items() for one in asked)
    expect(page.locator(".lk-layer-source")).to_have_text(
        "Skolor: Staden, CC0, 1 september 2025. Visas på skärmen, inte i utskrift."
    )
    # A choice on the map draws it anew, and fetches nothing of it again.
    before = len(asked)
    screen.follow("layer-walks")
    screen.wait_for_query(hide="walks", layers="skolor")
    assert len(asked) == before
    page.locator('.lk-toggles [data-id="reference-skolor"]').click()
    screen.map_says("document.querySelectorAll('.leaflet-references-pane img').length === 0")
    screen.open("/loften")
    page.locator('[data-kind="layers"] a').filter(has_text="Skolor").click()
    expect(page.locator("#lk-address")).to_have_value(f"{SERVICE}/wms?map=a")
    page.locator("#lk-by").fill("planerare")
    page.locator('[data-id="withdraw"]').click()
    expect(page.locator('[data-kind="saved-layer"]')).to_be_visible()


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_a_layer_is_taken_in_shown_and_withdrawn(
    open_screen: Callable[..., Screen], server: Server, lamps: Path, size: tuple[int, int]
) -> None:
    screen = open_screen(server, viewport={"width": size[0], "height": size[1]})
    page, layer = screen.page, f"{HOSTILE} {size[0]}"
    screen.open("/loften")
    screen.follow("new-layer")
    expect(page.locator("h1")).to_have_text("Nytt kartlager")
    page.locator("#lk-name").fill(layer)
    page.locator("#lk-by").fill("planerare")
    page.locator('[data-id="save"]').click()
    # Everything that is wrong at once, and what was typed stays.
    expect(page.locator("#lk-file-fault")).to_have_text(
        "Välj en fil med lagrets punkter, linjer eller ytor."
    )
    expect(page.locator("#lk-source-fault")).to_be_visible()
    expect(page.locator("#lk-name")).to_have_value(layer)
    page.locator('[data-id="file"]').set_input_files(lamps)
    read = page.locator('[data-kind="layer-read"]')
    expect(read).to_contain_text("3 former ur lampor.geojson.")
    expect(read).to_contain_text("1 rad är utelämnad")
    for name, said in (("source", "Borås Stad"), ("licence", "CC0"), ("date", "2025-09-01")):
        page.locator(f"#lk-{name}").fill(said)
    page.locator("#lk-colour").select_option("olive")
    expect(page.locator("#lk-name")).to_have_value(layer)
    assert violations(screen, "layer form") == []
    page.locator('[data-id="save"]').click()
    saved = page.locator('[data-kind="saved-layer"]')
    expect(saved).to_contain_text(layer)
    screen.follow("see-layer")

    # On the map, beneath the records; the switch names who stands for it.
    screen.wait_for_layers("areas", "references")
    assert screen.frame.evaluate("document.body.dataset.references") == "3"
    switch = page.locator('.lk-toggles [data-id^="reference-"]').filter(has_text=layer)
    expect(switch).to_have_text(layer)
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(page.locator(".lk-layer-source")).to_contain_text("Borås Stad, CC0, 1 september 2025")
    order = screen.frame.evaluate(
        """["references", "overlay"].map(n =>
          +getComputedStyle(document.querySelector(`.leaflet-${n}-pane`)).zIndex)"""
    )
    assert order[0] < order[1]
    assert violations(screen, "map with a layer") == []
    # What is on goes along on paper.
    page.locator('[data-id="take-out"] summary').click()
    href = page.locator('[data-id="out-svg"]').get_attribute("href") or ""
    answer = page.request.get(screen.server.url + href)
    assert "1 september 2025" in answer.text()
    report = page.locator('[data-id="out-pdf"]').get_attribute("href") or ""
    assert f"layers={screen.query['layers']}" in report
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator(".lk-layer-source")).to_have_count(0)
    assert "layers" not in screen.query

    # Withdrawn it is no switch, and can be brought back.
    screen.open("/loften?lang=en")
    page.locator('[data-kind="layers"] a').filter(has_text=layer).click()
    expect(page.locator(".lk-versions li")).to_have_count(1)
    page.locator("#lk-by").fill("planner")
    page.locator('[data-id="withdraw"]').click()
    expect(page.locator('[data-kind="saved-layer"]')).to_contain_text("is withdrawn")
    screen.open("/?lang=en")
    expect(page.locator(".lk-toggles a")).not_to_have_count(0)
    switch = page.locator('.lk-toggles [data-id^="reference-"]').filter(has_text=layer)
    expect(switch).to_have_count(0)
