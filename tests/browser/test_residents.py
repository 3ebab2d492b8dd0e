"""Residents before a walk: opened on its card, tapped on a phone, seen there and made a stop."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from shapely import LineString

from geodata.model import Precision, Walk, WalkStatus
from geodata.register import Register
from geodata.settings import register_url

from .axe_check import violations

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
SOON = datetime.now(UTC) + timedelta(days=10)


@pytest.fixture(scope="module")
def register(blank_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("residents") / "residents.sqlite"
    shutil.copyfile(blank_file, path)
    way = LineString([(12.9240, 57.7235), (12.9290, 57.7255)])
    walk = Walk(*("w1", "norrby", WalkStatus.PLANNED, SOON, Precision.DAY, SOON.date()), route=way)
    url = register_url(str(path))
    with Register.open(url) as opened:
        opened.add([walk], by="test")
    return url


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], register: str) -> Server:
    return start_server("--register", register, "--basemap", "none")


def test_a_tap_on_a_phone_is_seen_on_the_card_and_made_a_stop(
    screen: Screen, register: str
) -> None:
    page = screen.page
    screen.load("/?walk=w1")
    page.locator("[data-id=residents-open]").click()
    link = page.locator("[data-id=residents-page]")
    expect(link).to_be_visible()
    address = link.get_attribute("href")
    assert address
    usual, cookies = page.viewport_size, page.context.cookies()
    page.set_viewport_size(PHONE)
    for language in ("en", "sv"):
        page.goto(f"{screen.server.url}{address.partition('?')[0]}?lang={language}")
        assert violations(screen, language) == []
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    chosen, told = page.locator("#place"), page.locator("#told-place")
    above = page.locator(".area svg + svg")
    above.click(position={"x": 3, "y": 3})
    expect(told).to_contain_text("för långt utanför")
    assert chosen.input_value() == ""
    above.click()
    expect(told).to_have_text("Platsen på kartan är vald")
    assert re.fullmatch(r"\d{6} \d{7}", chosen.input_value())
    page.get_by_label("Belysning").check()
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("status").filter(has_text="Tack!")).to_be_visible()
    assert page.context.cookies() == cookies
    assert usual
    page.set_viewport_size(usual)
    screen.load("/?walk=w1")
    expect(page.locator(".lk-residents li")).to_have_count(1)
    expect(page.locator(".lk-residents")).to_contain_text("Belysning")
    page.locator("[data-id=residents-stop-1]").click()
    expect(page.locator(".lk-form-card h1")).to_be_visible()
    with Register.open(register, create=False) as opened:
        (hint,) = opened.walk_hints("w1")
    route = page.locator("input[name=route]").input_value()
    assert f"[{hint.lon}, {hint.lat}]" in route
    assert route.count("[") == 4
