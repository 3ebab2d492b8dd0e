"""The map alone: its size, its words, its scale, and labels that cover nothing."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from geodata.basemap.kinds import Kind
from geodata.errors import UnknownIdError
from geodata.model import LANGUAGES, Language, State
from geodata.publish.paper import LOOKS, Box
from geodata.publish.report.maps import MapPage, draw
from geodata.publish.static_map import NAMED_AT_MOST, POINTS_AT_MOST, MapArea, MapView, Panel
from geodata.service import Service
from geodata.service.reporting import make_map
from geodata.service.streets import import_streets

from ..basemap import village
from .cases import ASKED, HOSTILE, made_then

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {
    **{state: state.value for state in State},
    **{name: name for name in ("nominal", "recent", "earlier", "counts", "held", "planned")},
    **{name: name for name in ("open", "settled", "place")},
}


def svg_of(body: bytes) -> ET.Element:
    return ET.fromstring(body)


def words_in(tree: ET.Element) -> str:
    return "\n".join("".join(text.itertext()) for text in tree.iter(f"{SVG}text"))


@pytest.mark.parametrize(
    ("paper", "promise", "size"),
    [
        ("a4", "boras-2018", (3507, 2480)),
        ("a3", None, (3507, 4960)),
    ],
)
def test_a_picture_is_large_enough_for_print(
    example: Service, paper: str, promise: str | None, size: tuple[int, int]
) -> None:
    asked = replace(ASKED, promise_id=promise)
    made = make_map(example, made_then(asked), file_format="png", paper=paper)
    with Image.open(io.BytesIO(made)) as image:
        assert abs(image.width - size[0]) <= 1
        assert abs(image.height - size[1]) <= 1
        assert [round(dpi) for dpi in image.info["dpi"]] == [300, 300]
        assert "områdenas läge" in image.info["Title"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drawing_has_title_names_and_states_as_text(example: Service, language: Language) -> None:
    asked = replace(ASKED, promise_id="mark-2018", language=language)
    tree = svg_of(make_map(example, made_then(asked), file_format="svg"))
    title = tree.find(f"{SVG}title")
    assert title is not None
    assert "Mark" in str(title.text)
    told = words_in(tree)
    for area in example.areas(example.promises("mark-2018")):
        assert area.name in told
    word, mark = {"sv": ("Inget registrerat", "Exempeldata"), "en": ("Nothing", "Example")}[
        language
    ]
    assert word in told
    assert mark in told
    # Nobody has published these outlines: dashed, and said.
    assert "stroke-dasharray" in ET.tostring(tree, encoding="unicode")
    assert {"sv": "Ungefärlig avgränsning", "en": "Approximate boundary"}[language] in told
    assert re.search(r"^\d+ k?m$", told, re.MULTILINE)
    # The town lies beneath, and whose outline it is stands at the foot.
    assert re.search(r"^Kinna$", told, re.MULTILINE)
    assert {"sv": "SCB 2023 (CC0)", "en": "Statistics Sweden 2023 (CC0)"}[language] in told


def test_a_page_of_lines_is_as_large_as_its_paper_and_read_aloud(example: Service) -> None:
    asked = replace(ASKED, promise_id="mark-2018", language="en")
    pdf = make_map(example, made_then(asked), file_format="pdf", paper="a3")
    reader = PdfReader(io.BytesIO(pdf))
    (page,) = reader.pages
    # An A3 that lies down, in points: 420 by 297 mm.
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [420, 297]
    assert "Kinna centrum" in page.extract_text()
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata is not None
    assert str(reader.metadata.title) == "Mark 2018: the areas' states. As of 22 November 2018"
    # Lines, not pixels.
    assert len(page.images) == 0
    assert make_map(example, made_then(asked), file_format="pdf", paper="a3") == pdf


def test_an_areas_own_map_names_the_places_there(example: Service) -> None:
    tree = svg_of(make_map(example, made_then(ASKED), file_format="svg", area_id="hedbo"))
    told = words_in(tree)
    assert "Hedbo: läget i området" in told
    assert "OpenStreetMap" in told
    assert "Öppen iakttagelse" in told


@pytest.mark.parametrize(("west", "is_there"), [(village.WEST, True), (18.0, False)])
def test_streets_of_there_lie_beneath_and_are_named(
    example: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, west: float, is_there: bool
) -> None:
    monkeypatch.setattr(village, "WEST", west)
    # In the middle of Norrby, or far away to the east of it.
    monkeypatch.setattr(village, "SOUTH", 57.7235)
    monkeypatch.setattr("geodata.service.streets.streets_folder", lambda: tmp_path / "streets")
    import_streets(village.village().write(tmp_path / "village.osm"))
    tree = svg_of(make_map(example, made_then(ASKED), file_format="svg", area_id="norrby"))
    drawn = {path.get("stroke") for path in tree.iter(f"{SVG}path")}
    assert (LOOKS[Kind.STREET].colour in drawn) is is_there
    told = " ".join(words_in(tree).split())
    assert ("Storgatan" in told) is is_there
    assert ("Gator: © OpenStreetMaps bidragsgivare (ODbL)." in told) is is_there
    assert "Tätorter: SCB 2023 (CC0)." in told


def test_a_map_without_outlines_says_so(example: Service) -> None:
    asked = replace(ASKED, promise_id="boras-2024-sjobo", language="sv")
    told = words_in(svg_of(make_map(example, made_then(asked), file_format="svg")))
    assert "Inget område med känd gräns är utpekat, så inga områden är ritade." in told


def test_an_area_that_no_promise_names_has_no_map(example: Service) -> None:
    with pytest.raises(UnknownIdError):
        make_map(example, ASKED, file_format="svg", area_id="no-such")
    of_mark = replace(ASKED, promise_id="mark-2018")
    with pytest.raises(UnknownIdError):
        make_map(example, of_mark, file_format="svg", area_id="norrby")


# --- made-up maps ---------------------------------------------------------------------------------


def disc(name: str, x: float, y: float, radius: float = 200) -> MapArea:
    return MapArea(name, shapely.Point(x, y).buffer(radius), nominal=True, state=State.BEHIND)


def panel_of(view: MapView) -> Panel:
    return Panel(view, Box(1, 1, 173, 149), WORDS)


@given(st.floats(100, 50_000), st.floats(100, 50_000))
@settings(max_examples=15)
def test_the_scale_bar_is_true(width: float, height: float) -> None:
    corner = (370_000.0, 6_400_000.0)
    shape = shapely.box(*corner, corner[0] + width, corner[1] + height)
    panel = panel_of(MapView("", (MapArea("A", shape, nominal=False, state=None),)))
    metres, long_mm = panel.scale
    ends = panel.frame.at(np.array([corner, (corner[0] + metres, corner[1])]))
    assert math.isclose(ends[1, 0] - ends[0, 0], long_mm, rel_tol=1e-9)
    # North is up, where the paper counts downwards, and a metre is as long that way.
    north = panel.frame.at(np.array([corner, (corner[0], corner[1] + metres)]))
    assert math.isclose(north[0, 1] - north[1, 1], long_mm, rel_tol=1e-9)
    assert long_mm <= 43
    # All of the area is on the map.
    on_paper = panel.frame.at(shapely.get_coordinates(shape))
    assert on_paper.min() > 1
    assert on_paper[:, 0].max() < 173
    assert on_paper[:, 1].max() < 149


@pytest.mark.parametrize("count", [2, NAMED_AT_MOST, 40])
def test_labels_cover_neither_each_other_nor_the_scale(count: int) -> None:
    name = "Trygghetsskapande bostadsområdesutveckling vid Järnvägsstationsparkeringen väst"
    areas = tuple(disc(name, 900 * (at % 4), 700 * (at // 4)) for at in range(count))
    panel = panel_of(MapView("", areas))
    # And the needle to the north.
    assert len(panel.labels) == count + 2
    for one, other in combinations(panel.labels, 2):
        assert not one.meets(other)
    for label in panel.labels:
        assert panel.box.holds(label)


def test_a_name_that_has_no_room_goes_without_its_state_rather_than_over_another() -> None:
    areas = tuple(disc(f"Område {at}", 520 * at, 0) for at in range(4))
    roomy, narrow = (
        Panel(MapView("", areas), Box(0, 0, wide, high), WORDS)
        for wide, high in ((170, 60), (60, 24))
    )
    for panel in (roomy, narrow):
        assert all(f"Område {at}" in [line.text for line in panel.lines] for at in range(4))
        for one, other in combinations(panel.labels, 2):
            assert not one.meets(other)
    told = [sum(line.text == "behind" for line in panel.lines) for panel in (roomy, narrow)]
    assert told[0] == 4
    assert told[1] < 4


def test_many_activities_are_told_as_counts_that_add_up() -> None:
    rng = np.random.default_rng(2018)
    points = rng.uniform(-150, 150, (POINTS_AT_MOST + 1, 2))
    view = MapView("", (disc("A", 0, 0, 400),), recent=points[:100], earlier=points[100:])
    page = MapPage(174, 150, (view,), WORDS)
    told = words_in(svg_of(draw(page, "svg")))
    counts = [int(found) for found in re.findall(r"^\d+$", told, re.MULTILINE)]
    assert sum(counts) == POINTS_AT_MOST + 1
    assert "counts" in told
    assert "recent" not in told
    few = draw(replace(page, views=(replace(view, earlier=points[:0]),)), "svg")
    assert "recent" in words_in(svg_of(few))


def test_numbers_are_listed_beside_the_map() -> None:
    areas = tuple(
        disc(f"Område {at} " + "x" * 70, 900 * (at % 8), 700 * (at // 8)) for at in range(40)
    )
    page = MapPage(210, 297, (MapView("", areas),), WORDS, title="T")
    told = words_in(svg_of(draw(page, "svg")))
    for number in range(1, 21):
        assert re.search(rf"^{number}\. Område {number - 1} x", told, re.MULTILINE), number


@pytest.mark.parametrize(
    "name", [HOSTILE, "$x", "a\n$$\\frac", "😀 שלום مرحبا 漢字", "<b>&amp;", "%s"]
)
def test_a_name_is_a_name_whatever_it_holds(name: str) -> None:
    page = MapPage(120, 90, (MapView(name, (disc(name, 0, 0),)),), WORDS, title=name)
    told = words_in(svg_of(draw(page, "svg")))
    kept = [part for part in re.split(r"[^\x20-\x7e]+", name) if part.strip()]
    for part in kept:
        assert re.sub(r"\s", "", part) in re.sub(r"\s", "", told)
    assert draw(page, "png", dpi=30).startswith(b"\x89PNG")
