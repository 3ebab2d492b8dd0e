"""A base map of one's own: tiles by template or by WMS, asked for and credited as it says."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

HOST = "https://kartor.invalid"
SETTINGS = f"""
[basemaps.rutor]
url = "{HOST}/rutor/{{z}}/{{x}}/{{y}}.png"
attribution = "© Staden <b>& bygden</b>"

[basemaps.wms]
type = "wms"
url = "{HOST}/wms"
layers = "topografi,namn"
attribution = "© Lantmäteriet"
"""


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


# One grey pixel (PNG specification, chapter 11).
TILE = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\xcc"))
    + _chunk(b"IEND", b"")
)


@pytest.fixture
def server(start_server: Callable[..., Server], request: pytest.FixtureRequest) -> Server:
    return start_server("--example", "--basemap", request.param, settings=SETTINGS)


def _open_with_tiles(screen: Screen) -> list[str]:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=TILE, content_type="image/png")

    screen.page.route(f"{HOST}/**", answer)
    screen.open()
    screen.map_says("document.body.dataset.areas === '7'")
    screen.map_says("document.querySelectorAll('.leaflet-tile-loaded').length > 3")
    assert screen.frame.locator(".lk-remark").count() == 0
    return asked


@pytest.mark.parametrize("server", ["rutor"], indirect=True)
def test_tiles_by_template_are_asked_for_and_credited_as_plain_text(screen: Screen) -> None:
    asked = _open_with_tiles(screen)
    assert asked
    for address in asked:
        assert re.fullmatch(r"/rutor/\d+/\d+/\d+\.png", urlsplit(address).path)
    credit = screen.frame.locator(".leaflet-control-attribution").first
    expect(credit).to_contain_text("© Staden <b>& bygden</b>")
    assert credit.locator("b").count() == 0


@pytest.mark.parametrize("server", ["wms"], indirect=True)
def test_a_wms_is_asked_for_its_layers(screen: Screen) -> None:
    asked = _open_with_tiles(screen)
    assert asked
    for address in asked:
        wanted = {
            name.lower(): value[0] for name, value in parse_qs(urlsplit(address).query).items()
        }
        assert (wanted["service"], wanted["request"]) == ("WMS", "GetMap")
        assert wanted["layers"] == "topografi,namn"
        assert len(wanted["bbox"].split(",")) == 4
    expect(screen.frame.locator(".leaflet-control-attribution").first).to_contain_text(
        "© Lantmäteriet"
    )
