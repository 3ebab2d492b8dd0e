"""A third promise, added by files alone, with names that try to run as code."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

IMAGE: Final = '<img src=x onerror="window.__pwned=1">'
LITERAL: Final = "${window.__pwned=1}"
ENDS: Final = "</script><script>window.__pwned=1</script>"
QUOTES: Final = "`'\"\\ {{7*7}} {% raw %}"

FIRST_AREA: Final = f"Ask {IMAGE}"
SECOND_AREA: Final = f"Björk {LITERAL} {QUOTES}"
PLACE: Final = f"Torget {ENDS}"
SHORT: Final = f"Tredje {LITERAL}"
TITLE: Final = f"Löfte {IMAGE} {ENDS}"
COMMITMENTS: Final = (
    f"Ett {IMAGE}",
    f"Två {LITERAL} {QUOTES}",
    f"Tre {ENDS} `${{window.__pwned=1}}`",
)
PARTY: Final = f"Part {IMAGE} {LITERAL}"

# Two squares of about 600 m in Ulricehamn, which is in neither of the bundled promises.
SQUARES: Final = {"ask": (13.400, 57.790), "bjork": (13.420, 57.790)}
SIDE_DEGREES: Final = (0.010, 0.0054)


def _text(value: str) -> str:
    """Write a text as TOML; its basic strings are escaped as JSON's are."""
    return json.dumps(value, ensure_ascii=False)


def _both(value: str) -> str:
    return f"{{ sv = {_text(value)}, en = {_text(value)} }}"


def _promise() -> str:
    parts = [
        f'id = "third-2018"\nshort = {_both(SHORT)}\ntitle = {_both(TITLE)}',
        f'municipality = "Ulricehamn"\nbackground = {_both(f"Bakgrund {IMAGE}")}',
        f"goals = [{_both(f'Mål {LITERAL}')}]",
        "[period]\nstart = 2018-01-01\nend = 2018-12-31",
        f"[source]\ntitle = {_both(f'Källa {IMAGE}')}\npublisher = {_text(f'Utgivare {ENDS}')}",
        f'[[parties]]\nid = "parten"\nname = {_both(PARTY)}',
    ]
    for number, title in enumerate(COMMITMENTS, start=1):
        parts.append(
            f'[[commitments]]\nnumber = {number}\nowners = ["parten"]\nareas = ["ask", "bjork"]\n'
            f"title = {_both(title)}\nsummary = {_both(title)}\n"
            f"source_paragraph = {_both(f'Punkt {LITERAL}')}\n"
            f'[commitments.measure]\ntype = "count"\nkinds = ["safety_walk"]\ntarget = 2\n'
            f"per = {_text('all' if number == 1 else 'area')}\n"
        )
    return "\n\n".join(parts)


def _area(id_: str, name: str) -> dict[str, Any]:
    (west, south), (width, height) = SQUARES[id_], SIDE_DEGREES
    ring = [
        [west, south],
        [west + width, south],
        [west + width, south + height],
        [west, south + height],
        [west, south],
    ]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[[round(v, 4) for v in p] for p in ring]]},
        "properties": {
            "id": id_,
            "name": name,
            "municipality": "Ulricehamn",
            "kind": "housing",
            "outline_method": "nominal",
            "outline_accuracy_m": 100,
            "outline_source": f"Ritad {IMAGE}",
            "outline_source_en": f"Drawn {IMAGE}",
        },
    }


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "promises").mkdir()
    (folder / "promises" / "third-2018.toml").write_text(_promise(), encoding="utf-8")
    areas = [_area("ask", FIRST_AREA), _area("bjork", SECOND_AREA)]
    (folder / "areas-third.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": areas}), encoding="utf-8"
    )
    with (folder / "places-third.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "kind", "lon", "lat", "area", "distance_m", "source"])
        rows.writerow([PLACE, "stop", "13.405", "57.7927", "ask", "0", f"Egen {IMAGE}"])
    return folder


@pytest.fixture(scope="module")
def third_server(catalogue: Path, start_server: Callable[..., Server]) -> Server:
    return start_server("--example", "--basemap", "none", "--catalogue", str(catalogue))


@pytest.fixture
def server(third_server: Server) -> Server:
    return third_server


def _expect_nothing_ran(screen: Screen) -> None:
    for frame in screen.page.frames:
        assert frame.evaluate("typeof window.__pwned") == "undefined", frame.url
        assert frame.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    # A name that became markup would have asked for its picture.
    assert not [url for url in screen.requested if url.rstrip("/").endswith("/x")]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_files_are_found_right_by_the_check_command(catalogue: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("lofteskartan")
    told = subprocess.run(
        [str(program), "check", str(catalogue)],
        env={**os.environ, "HOME": str(tmp_path), "LC_ALL": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_a_third_promise_is_chosen_listed_and_drawn(screen: Screen) -> None:
    screen.open()
    switch = screen.page.locator(".lk-switch a")
    expect(switch).to_have_count(1 + 3)
    screen.map_says("document.body.dataset.areas === '9'")
    switch.filter(has_text="Ulricehamn").click()
    screen.wait_for_query(promise="third-2018")
    current = screen.page.locator(".lk-switch [data-id^=promise-][aria-current]")
    expect(current).to_have_text("Ulricehamn")
    names = screen.page.locator(".lk-areas .lk-row-main b")
    expect(names).to_have_count(2)
    assert {_squeezed(n) for n in names.all_inner_texts()} == {
        _squeezed(FIRST_AREA),
        _squeezed(SECOND_AREA),
    }
    screen.map_says("document.body.dataset.areas === '2'")
    screen.wait_for_view_of("area", "ask")
    screen.wait_for_view_of("area", "bjork", zoom=12)
    _expect_nothing_ran(screen)


def test_names_stand_as_written_in_the_cards(screen: Screen) -> None:
    screen.open("/?promise=third-2018&area=bjork")
    expect(screen.heading("area_card")).to_have_text(SECOND_AREA)
    titles = screen.card("area_card").locator(".lk-commitments b")
    expect(titles).to_have_text(list(COMMITMENTS))
    expect(screen.card("area_card").locator(".lk-commitments").first).to_contain_text(PARTY)
    expect(screen.trail.locator("li")).to_have_text([SECOND_AREA])
    screen.follow("commitment-third-2018/3", ".st-key-area_card")
    expect(screen.heading("commitment_card")).to_have_text(COMMITMENTS[2])
    expect(screen.card("commitment_card")).to_contain_text(LITERAL)
    _expect_nothing_ran(screen)


def test_names_stand_as_written_on_the_map(screen: Screen) -> None:
    screen.open("/?promise=third-2018&area=ask")
    badges = screen.frame.locator(".lk-badge-text")
    expect(badges.filter(has_text="Ask")).to_contain_text(FIRST_AREA)
    screen.wait_for_view_of("area", "ask", zoom=14)
    # Places have their names from zoom 15.
    while screen.view()[0] < 15:
        at = screen.view()[0]
        screen.frame.locator(".leaflet-control-zoom-in").first.click()
        screen.map_says("zoom => map.getZoom() > zoom", at)
    expect(screen.frame.locator(".lk-place-label")).to_have_text(PLACE)
    expect(screen.frame.locator(".leaflet-control-attribution").first).to_contain_text(
        f"Egen {IMAGE}"
    )
    _expect_nothing_ran(screen)


def test_names_stand_as_written_in_an_areas_tooltip(screen: Screen) -> None:
    screen.open("/?promise=third-2018")
    screen.wait_for_view_of("area", "bjork", zoom=12)
    screen.hover_on_map("area", "bjork")
    expect(screen.frame.locator(".lk-tip b")).to_have_text(SECOND_AREA)
    _expect_nothing_ran(screen)


def test_the_matrix_shows_the_third_promise_as_written(screen: Screen) -> None:
    screen.open("/uppfoljning?promise=third-2018&lang=en")
    matrix = screen.page.locator(".st-key-matrix")
    expect(matrix.locator("table")).to_have_count(1)
    expect(matrix.locator("h2")).to_contain_text(TITLE)
    assert {_squeezed(t) for t in matrix.locator("thead th").all_inner_texts()} >= {
        _squeezed(FIRST_AREA),
        _squeezed(SECOND_AREA),
    }
    expect(matrix.locator("tbody th b")).to_have_text(list(COMMITMENTS))
    # The first is counted for all areas together, the others in each: all have a pace.
    expect(screen.page.locator(".st-key-pace figcaption a")).to_have_text(list(COMMITMENTS))
    _expect_nothing_ran(screen)
    screen.follow("cell-third-2018/2-ask")
    expect(screen.page.locator("#lk-drill")).to_be_visible()
    _expect_nothing_ran(screen)
    screen.follow("on-map")
    expect(screen.heading("commitment_card")).to_have_text(COMMITMENTS[1])
    screen.wait_for_layers("areas")
    _expect_nothing_ran(screen)


def test_all_three_promises_stand_side_by_side(screen: Screen) -> None:
    screen.open("/uppfoljning")
    expect(screen.page.locator(".st-key-matrix table")).to_have_count(3)
    _expect_nothing_ran(screen)


def test_code_in_a_link_is_shown_as_text(screen: Screen) -> None:
    names = ("promise", "area", "commitment", "activity", "walk", "date", "lang")
    screen.open("/?" + "&".join(f"{name}={quote(IMAGE)}" for name in names))
    told = screen.page.locator(".lk-hints p")
    expect(told).to_have_count(len(names))
    for text in told.all_inner_texts():
        assert IMAGE in text
    _expect_nothing_ran(screen)
