"""New outlines through the real page: shown first, taken in when told to, the old ones kept."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

# West, south, east, north: the western part of Norrby as it is shipped, and more beside it.
NEW_NORRBY: Final = (12.900, 57.720, 12.928, 57.735)
KEPT: Final = (57.7255, 12.9260)
LOST: Final = (57.7245, 12.9300)
"""Latitude and longitude of a place that the old outline holds and the new one doesn't."""

NUMBER: Final = "811218-9876"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A register and a catalogue folder of these tests' own: they write in both."""
    return start_server("--register", "adding.sqlite", "--basemap", "none")


def outline(id_: str, bounds: tuple[float, float, float, float], **told: object) -> bytes:
    west, south, east, north = bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "properties": {
            "id": id_,
            "name": id_.title(),
            "municipality": "Borås",
            "kind": "district",
            "outline_method": "surveyed",
            "outline_accuracy_m": 5,
            "outline_source": "Stadsbyggnadskontoret",
            "outline_source_en": "The planning office",
            **told,
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


class Adding:
    """The page as somebody with a new outline uses it."""

    def __init__(self, screen: Screen, language: str = "") -> None:
        self.screen, self.page = screen, screen.page
        screen.open("/loften" + language)
        expect(self.at("file")).to_be_attached()

    def at(self, id_: str) -> Locator:
        return self.page.locator(f'.lk-adding [data-id="{id_}"]')

    @property
    def card(self) -> Locator:
        return self.page.locator(".lk-adding")

    def choose(self, *files: tuple[str, bytes]) -> None:
        self.screen.wait_until_still()
        self.at("file").set_input_files(
            [
                {"name": name, "mimeType": "application/json", "buffer": content}
                for name, content in files
            ]
        )

    def press(self, id_: str) -> None:
        self.screen.wait_until_still()
        self.at(id_).click()

    def outlines_drawn(self, count: int) -> None:
        """Wait until so many outlines are shown on the map before they are taken in."""
        self.screen.map_says(
            """count => {
              let found = 0;
              if (window.map) map.eachLayer(l => {
                if (l.feature && ["old", "new"].includes(l.feature.properties.age)) found += 1;
              });
              return found === count;
            }""",
            count,
        )


@pytest.fixture
def adding(screen: Screen) -> Adding:
    return Adding(screen)


def test_mistakes_are_listed_and_nothing_is_changed(adding: Adding) -> None:
    broken = outline("norrby", NEW_NORRBY, kind="galaxy", outline_accuracy_m="exact")
    adding.choose(("Norrby 2026.geojson", broken))
    mistakes = adding.page.locator('[data-kind="mistakes"] dd')
    expect(mistakes).to_have_count(2)
    expect(adding.page.locator('[data-kind="mistakes"]')).to_contain_text("Norrby 2026.geojson")
    expect(adding.at("take-in")).to_have_count(0)
    # And from there a right one.
    adding.choose(("Norrby 2026.geojson", outline("norrby", NEW_NORRBY)))
    expect(adding.page.locator('[data-kind="new-outline"]')).to_have_count(1)


def comb(teeth: int) -> bytes:
    """An outline of long thin teeth aslant: whether it crosses itself takes long to find out."""
    feature = json.loads(outline("norrby", NEW_NORRBY))
    along = [0.01 * tooth / teeth for tooth in range(teeth)]
    corners = [(x, y) for n, x in enumerate(along) for y in ((0, 1) if n % 2 else (1, 0))]
    ring = [
        [12.9 + 0.007 * (x - y), 57.72 + 0.007 * (x + y)]
        for x, y in [*corners, (0.01, -0.01), (-0.01, -0.01), corners[0]]
    ]
    feature["features"][0]["geometry"]["coordinates"] = [ring]
    return json.dumps(feature).encode()


def test_what_takes_long_to_read_is_stopped_and_keeps_nobody_waiting(
    adding: Adding, server: Server
) -> None:
    adding.choose(("Norrby.geojson", comb(45_000)))
    reading = adding.page.locator(".lk-reading")
    expect(reading.locator("h1")).to_have_text("Läser filen …")
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=20) as answer:
        assert answer.status == 200
    reading.locator('[data-id="stop"]').click()
    expect(reading).to_have_count(0)
    # The next is read by another process.
    adding.choose(("Norrby.geojson", outline("norrby", NEW_NORRBY)))
    expect(adding.page.locator('[data-kind="new-outline"]')).to_have_count(1)


def test_leaving_it_changes_nothing(adding: Adding) -> None:
    adding.choose(("Norrby 2026.geojson", outline("norrby", NEW_NORRBY)))
    expect(adding.page.locator('[data-kind="new-outline"]')).to_have_count(1)
    adding.outlines_drawn(2)
    adding.press("forget")
    expect(adding.at("file")).to_be_attached()
    expect(adding.at("area-norrby")).to_be_visible()
    adding.outlines_drawn(0)
    expect(adding.card).not_to_contain_text("tidigare gränsen")


def test_a_better_outline_moves_the_records_that_it_loses(
    adding: Adding, open_screen: Callable[..., Screen], server: Server
) -> None:
    rows = [
        "datum;slag;lat;lon;anteckning",
        *(
            f"2018-03-0{day} 18:00;Fotpatrull;{lat};{lon};"
            for day in (1, 2)
            for lat, lon in (KEPT, LOST)
        ),
    ]
    adding.screen.open("/importera")
    adding.page.locator('[data-id="file"]').set_input_files(
        {"name": "p.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    )
    expect(adding.page.locator('[data-tally="new"] b')).to_have_text("4")
    adding.screen.wait_until_still()
    adding.page.locator('[data-id="field-by"]').first.fill("Kansliet")
    adding.page.locator('[data-id="save-all"]').click()
    expect(adding.page.locator(".lk-import h1")).to_contain_text("sparade")

    adding = Adding(adding.screen)
    adding.choose(("Norrby 2026.geojson", outline("norrby", NEW_NORRBY)))
    expect(adding.card).to_contain_text("2 registreringar byter område.")
    adding.outlines_drawn(2)
    # Who takes it in must be said, and be no person; this browser remembers who last did.
    adding.at("field-by").fill("")
    adding.press("take-in")
    expect(adding.at("field-by")).to_have_attribute("aria-invalid", "true")
    adding.at("field-by").fill(NUMBER)
    adding.press("take-in")
    expect(adding.page.locator("#lk-by-fault")).to_contain_text("personnummer")
    adding.at("field-by").fill("Stadsbyggnadskontoret")
    adding.press("take-in")
    expect(adding.card).to_contain_text("2 registreringar har bytt område.")

    # The former outline is told of, here and to everybody else.
    other = open_screen(server, fresh=True)
    told = Adding(other, "?lang=en")
    expect(told.card).to_contain_text("The former outline")
    expect(told.card).to_contain_text("Stadsbyggnadskontoret")
    # The map draws the new one: its western edge reaches where there was none.
    other.open("/?area=norrby")
    other.wait_for_view_of("area", "norrby")
    bounds = other.frame.evaluate(
        """() => {
          let found = null;
          map.eachLayer(l => {
            const p = l.feature && l.feature.properties;
            if (p && p.layer === "area" && p.id === "norrby" && l.getBounds) {
              const b = l.getBounds();
              found = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
            }
          });
          return found;
        }"""
    )
    assert bounds == pytest.approx(list(NEW_NORRBY), abs=1e-4)

    # The same file again: there is nothing to add.
    again = Adding(adding.screen)
    again.choose(("Norrby 2026.geojson", outline("norrby", NEW_NORRBY)))
    expect(again.card).to_contain_text("Allt i filerna används redan.")
    expect(again.at("take-in")).to_have_count(0)


def test_the_page_is_in_english(screen: Screen) -> None:
    adding = Adding(screen, "?lang=en")
    expect(adding.card.locator("h1")).to_have_text("Promises")
