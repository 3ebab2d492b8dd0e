"""The map alone: its size, its words, its scale, and labels that cover nothing."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geodata.errors import UnknownIdError
from geodata.model import LANGUAGES, Language, State
from geodata.publish.report.figures import MapPage, draw
from geodata.publish.report.map_view import (
    NAMED_AT_MOST,
    POINTS_AT_MOST,
    MapArea,
    MapView,
    MapWords,
)
from geodata.publish.report.panel import MM, Box, Panel, Pen
from geodata.service import Service
from geodata.service.reporting import make_map

from .cases import ASKED, HOSTILE, now

SVG = "{http://www.w3.org/2000/svg}"
WORDS = MapWords(
    {state: state.value for state in State},
    **{name: name for name in ("nominal", "recent", "earlier", "counts", "held", "planned")},
    **{name: name for name in ("open", "settled", "place")},
)


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
    made = make_map(example, asked, file_format="png", paper=paper, now=now)
    with Image.open(io.BytesIO(made)) as image:
        assert abs(image.width - size[0]) <= 1
        assert abs(image.height - size[1]) <= 1
        assert [round(dpi) for dpi in image.info["dpi"]] == [300, 300]
        assert "områdenas läge" in image.info["Title"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drawing_has_title_names_and_states_as_text(example: Service, language: Language) -> None:
    asked = replace(ASKED, promise_id="mark-2018", language=language)
    tree = svg_of(make_map(example, asked, file_format="svg", now=now))
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


def test_an_areas_own_map_names_the_places_there(example: Service) -> None:
    tree = svg_of(make_map(example, ASKED, file_format="svg", area_id="hedbo", now=now))
    told = words_in(tree)
    assert "Hedbo: läget i området" in told
    assert "OpenStreetMap" in told
    assert "Öppen iakttagelse" in told


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
    from matplotlib.figure import Figure

    pen = Pen(Figure((174 * MM, 150 * MM)), 174, 150)
    return Panel(pen, view, Box(1, 1, 173, 149), WORDS.states)


@given(st.floats(100, 50_000), st.floats(100, 50_000))
@settings(max_examples=15)
def test_the_scale_bar_is_true(width: float, height: float) -> None:
    corner = (370_000.0, 6_400_000.0)
    shape = shapely.box(*corner, corner[0] + width, corner[1] + height)
    panel = panel_of(MapView("", (MapArea("A", shape, nominal=False, state=None),)))
    metres, long_mm = panel.scale
    ends = panel.at(np.array([corner, (corner[0] + metres, corner[1])]))
    assert math.isclose(ends[1, 0] - ends[0, 0], long_mm, rel_tol=1e-9)
    # North is up, and a metre is as long that way.
    north = panel.at(np.array([corner, (corner[0], corner[1] + metres)]))
    assert math.isclose(north[1, 1] - north[0, 1], long_mm, rel_tol=1e-9)
    assert long_mm <= 43
    # All of the area is on the map.
    on_paper = panel.at(shapely.get_coordinates(shape))
    assert on_paper.min() > 1
    assert on_paper[:, 0].max() < 173
    assert on_paper[:, 1].max() < 149


@pytest.mark.parametrize("count", [2, NAMED_AT_MOST, 40])
def test_labels_cover_neither_each_other_nor_the_scale(count: int) -> None:
    name = "Trygghetsskapande bostadsområdesutveckling vid Järnvägsstationsparkeringen väst"
    areas = tuple(disc(name, 900 * (at % 4), 700 * (at // 4)) for at in range(count))
    panel = panel_of(MapView("", areas))
    assert len(panel.labels) == count + 1
    for one, other in combinations(panel.labels, 2):
        assert not one.meets(other)
    for label in panel.labels:
        assert panel.box.holds(label)


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
