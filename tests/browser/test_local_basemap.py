"""The map that the server draws itself: when no other can be had, when asked for, from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from geodata.service.streets import import_streets

from ..geodata.basemap.village import village

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

OSM = "tile.openstreetmap.org"
DRAWN = """
theme => {
  const tiles = [...document.querySelectorAll('img.leaflet-tile-loaded')];
  return tiles.length > 3 && tiles.every(t => new URL(t.src).pathname.startsWith(`/tiles/${theme}/`)
    && t.naturalWidth > 0) && tiles.some(t => t.naturalWidth === 256);
}
"""
"""Whether the map shows this server's own tiles, and on some of them there is something."""


def with_streets(server: Server, tmp_path: Path) -> Server:
    folder = server._home / "data" / "lofteskartan" / "streets"
    if not folder.exists():
        import_streets(village().write(tmp_path / "norrby.osm"), folder)
    return server


def test_it_takes_the_place_of_tiles_that_can_not_be_had(
    open_screen: Callable[..., Screen], start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server("--example", "--basemap", "osm", settings="# with streets\n")
    screen = open_screen(with_streets(server, tmp_path), fresh=True)
    screen.allow_on_console(rf"ERR_(NAME_NOT_RESOLVED|ABORTED).*{OSM}", "kept out on purpose")
    screen.open("/?area=norrby")
    screen.map_says(DRAWN, "light")
    notice = screen.frame.locator(".lk-remark")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("Den inlagda kartan visas")
    credit = screen.frame.locator(".leaflet-control-attribution").first
    expect(credit).to_contain_text("Lokal karta: © OpenStreetMap contributors, 1 november 2026")
    screen.wait_for_layers("areas", "activities", "walks", "findings")
    # On the next page nobody waits for them again.
    asked = len(screen.requested)
    screen.load("/?area=hulta")
    screen.map_says("() => document.querySelectorAll('img.leaflet-tile-loaded').length > 3")
    assert not [url for url in screen.requested[asked:] if urlsplit(url).netloc == OSM]


def test_it_is_drawn_in_the_readers_theme(
    open_screen: Callable[..., Screen], start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server("--example", "--basemap", "local", settings="# with streets\n")
    screen = open_screen(with_streets(server, tmp_path), color_scheme="dark")
    screen.open("/?area=norrby")
    screen.map_says(DRAWN, "dark")
    look = "getComputedStyle(document.querySelector('.leaflet-tile-pane')).filter"
    assert screen.frame.evaluate(look) == "none"
    assert screen.frame.locator(".lk-remark").count() == 0
    screen.page.emulate_media(color_scheme="light")
    screen.map_says(DRAWN, "light")


def test_a_file_that_is_taken_in_is_used_and_drawn(
    open_screen: Callable[..., Screen], start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server("--example", "--basemap", "local", settings="# without streets\n")
    screen = open_screen(server)
    screen.open("/planera?tool=streets")
    expect(screen.frame.locator(".lk-remark")).to_contain_text("Ingen egen karta")
    page = screen.page
    tool = page.locator(".st-key-planning")
    expect(tool).to_contain_text("fågelvägen gånger 1,3")
    file = village().write(tmp_path / "norrby.osm")
    page.locator('[data-id="street-file"]').set_input_files(str(file))
    expect(tool.locator(".lk-streets-done")).to_contain_text("används", timeout=60_000)
    expect(tool).to_contain_text("norrby.osm")
    # The map is mounted anew, with other streets beneath: for a moment there are two.
    expect(page.locator(".st-key-map_panel iframe")).to_have_count(1)
    screen.map_says(DRAWN, "light")
    # Another file, that is none: told, and those in use stay.
    (tmp_path / "bad.osm").write_text("<osm><node", encoding="utf-8")
    page.locator('[data-id="street-file"]').set_input_files(str(tmp_path / "bad.osm"))
    expect(tool.get_by_role("alert")).to_contain_text("Filen bad.osm går inte", timeout=60_000)
    expect(tool.get_by_role("alert")).to_contain_text("som förut")
    expect(tool).to_contain_text("norrby.osm")
