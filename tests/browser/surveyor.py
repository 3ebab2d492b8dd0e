"""Somebody who draws outlines on the page of an area, with pointer or keyboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from .conftest import Screen


class Surveyor:
    """The page of an area, and what is done on it."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.page = screen, screen.page
        self.page.emulate_media(reduced_motion="reduce")

    def open(self, address: str) -> None:
        """Open the page; what a test before has left half drawn is cleared."""
        self.screen.open(address)
        self.wait()
        nothing = "Inget är ritat än." if self.swedish else "Nothing is drawn yet."
        drawn = self.page.locator('[data-kind="drawn"]')
        if "area:new" in address and drawn.inner_text().strip() != nothing:
            self.at("clear").click()
            expect(drawn).to_have_text(nothing)
            self.wait()

    def wait(self) -> None:
        """Wait until the map is there to be drawn on."""
        self.screen.map_says("() => document.body && 'corners' in document.body.dataset")
        self.screen.wait_until_still()

    def at(self, id_: str) -> Locator:
        return self.page.locator(f'[data-id="{id_}"]')

    def field(self, name: str) -> Locator:
        return self.page.locator(f'.lk-area-form [name="{name}"]')

    def spot(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where on the page a place on the map is."""
        x, y = self.screen.frame.evaluate(
            "at => { const p = map.latLngToContainerPoint(at); return [p.x, p.y] }", [lat, lon]
        )
        box = self.page.locator(".st-key-map_alone iframe").bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    def click(self, lon: float, lat: float, *, twice: bool = False, pressed_ms: float = 0) -> None:
        self.screen.wait_until_still()
        press = self.page.mouse.dblclick if twice else self.page.mouse.click
        press(*self.spot(lon, lat), delay=pressed_ms)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.screen.wait_until_still()
        (x, y), (to_x, to_y) = self.spot(*start), self.spot(*end)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move((x + to_x) / 2, (y + to_y) / 2)
        self.page.mouse.move(to_x, to_y)
        self.page.mouse.up()

    def expect_corners(self, count: int, *, is_open: bool = False) -> None:
        drawn = self.page.locator('[data-kind="drawn"]')
        expect(drawn).to_contain_text(f"{count} hörn." if self.swedish else f"{count} corner")
        unfinished = "Inte avslutat" if self.swedish else "Not finished"
        (expect(drawn).to_contain_text if is_open else expect(drawn).not_to_contain_text)(
            unfinished
        )
        self.screen.wait_until_still()

    @property
    def swedish(self) -> bool:
        return self.page.locator("html").get_attribute("lang") == "sv"

    def corners(self) -> list[list[float]]:
        """Return the last part's corners as the form keeps them."""
        kept = json.loads(self.field("drawing").input_value())
        found: list[list[float]] = kept["steps"][kept["at"]][1][-1]
        return found

    def fill_in(self, name: str, town: str | None = "Mark") -> None:
        """Fill in what is asked of an area; a town that is filled in already is left so."""
        for field, text in (
            ("name", name),
            *([("municipality", town)] if town else []),
            ("accuracy", "25"),
            ("source", "Kartan i avtalet"),
            ("by", "kommunikation"),
        ):
            self.field(field).fill(text)
        self.field("kind").select_option("housing")
        self.field("method").select_option("generalised")
        self.screen.wait_until_still()

    def save(self) -> None:
        self.screen.wait_until_still()
        self.at("save").click()
        expect(self.page.locator('[data-kind="saved-area"]')).to_be_visible()
