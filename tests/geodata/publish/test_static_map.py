"""What one drawer draws for all: names that cover nothing, text that is text, open holes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from PIL import Image
from shapely import LineString, Point

from geodata.basemap.kinds import Kind
from geodata.basemap.reading import from_paths
from geodata.crs import SWEREF99TM, positions_to_degrees
from geodata.model import LocalText, ReferenceLayer, State
from geodata.palette import STATE_COLOURS
from geodata.publish.paper import (
    LOOKS,
    TOWN,
    Backdrop,
    Box,
    Frame,
    readable,
    scale_text,
    svg_path,
    to_png,
)
from geodata.publish.static_map import MapArea, MapView, Mark, Panel, to_svg
from geodata.publish.walk_sheet import Stop, draw_sheet
from geodata.texts import words

SVG = "{http://www.w3.org/2000/svg}"
PAPER = Box(0, 0, 120, 80)
HOSTILE = "</text><script>alert(1)</script>"


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])


def test_a_hole_in_an_area_is_not_filled() -> None:
    # 120 by 80 mm for 1,200 by 800 m; a ring with a hole in its middle, both the same way round.
    ring = [(0, 0), (1_200, 0), (1_200, 800), (0, 800)]
    hole = [(300, 200), (900, 200), (900, 600), (300, 600)]
    area = MapArea("A", shapely.Polygon(ring, [hole]), nominal=False, state=State.BEHIND)
    view = MapView("", (area,), named=False, shown=area.outline)
    drawn = to_png(to_svg([Panel(view, PAPER, {})], (120, 80)), (120, 80), "", 25)
    pixels = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")).astype(int)
    at = 25 / 25.4
    inside, open_ = pixels[int(40 * at), int(15 * at)], pixels[int(40 * at), int(60 * at)]
    # A quarter of the state's colour on the ground, which shows through the hole.
    ground = rgb("#f6f8f9")
    tinted = 0.75 * ground + 0.25 * rgb(STATE_COLOURS[State.BEHIND].fill)
    assert inside == pytest.approx(tinted, abs=2)
    assert open_ == pytest.approx(ground, abs=2)


def test_names_on_a_sheet_cover_neither_each_other_nor_a_stop() -> None:
    way = LineString([(0, 0), (1_000, 0)])
    stops = [Stop(n, f"{n}", 100.0 * n, Point(100 * n, 0)) for n in range(1, 10)]
    near = [(f"Förskolan vid backen {n}", Point(37 * n, 25 * (n % 3))) for n in range(27)]
    shown = way.buffer(60)
    panel = draw_sheet([], way, stops, near, shown=shown, length_m=1_000.0).panel
    signs = [
        Box(m.x - 2.7, m.y - 2.7, m.x + 2.7, m.y + 2.7) for m in panel.marks if m.look == "stop"
    ]
    assert len(signs) == 9
    # The scale bar is the first of them.
    assert 1 < len(panel.labels) < 28
    for one, other in combinations(panel.labels, 2):
        assert not one.meets(other)
    assert not any(label.meets(sign) for label in panel.labels[1:] for sign in signs)


def test_what_is_written_is_text_and_never_markup() -> None:
    mark = Mark("place", 600, 400, HOSTILE)
    view = MapView(HOSTILE, (), marks=(mark,), shown=shapely.box(0, 0, 1_200, 800))
    drawn = to_svg([Panel(view, PAPER, {})], (120, 80), title=HOSTILE, about=HOSTILE)
    root = ET.fromstring(drawn)
    assert root.find(f".//{SVG}script") is None
    assert HOSTILE in [text.text for text in root.iter(f"{SVG}text")]
    assert root.attrib["aria-label"] == HOSTILE


def test_an_outline_is_drawn_as_far_as_it_is_in_view() -> None:
    # A square of 1,000 m whose right half is in view: three sides of it, in one stroke.
    area = MapArea("", shapely.box(-500, 100, 500, 700), nominal=False, state=None)
    view = MapView("", (), (area,), named=False, shown=shapely.box(0, 0, 1_200, 800))
    ((path, _, faint),) = Panel(view, PAPER, {}).areas
    points = [tuple(map(float, pair.split())) for pair in path.strip("M").split("L")]
    assert faint
    assert {(0.0, 10.0), (50.0, 10.0), (50.0, 70.0), (0.0, 70.0)} == set(points)


def test_a_frame_puts_north_up_in_the_middle() -> None:
    frame = Frame((0, 0, 100, 200), Box(10, 0, 110, 100))
    # 200 m in 100 mm; the middle of the ground in the middle of the box.
    assert frame.at(np.array([[50.0, 100.0], [50.0, 200.0], [0.0, 100.0]])).tolist() == [
        [60.0, 50.0],
        [60.0, 0.0],
        [35.0, 50.0],
    ]
    assert svg_path(frame.shape(LineString([(0, 0), (100, 200)]))) == "M35 100L85 0"
    assert [scale_text(frame.scale_m(room)) for room in (9, 10, 499, 500)] == [
        "20 m",
        "20 m",
        "500 m",
        "1 km",
    ]


def test_a_letter_that_the_font_has_not_is_shown_as_missing() -> None:
    assert readable("Åkö 漢") == "Åkö ▯"


# --- the ground ----------------------------------------------------------------------------------

EAST, NORTH = 378_000.0, 6_400_000.0
"""A corner in Borås, SWEREF 99 TM."""


def on_paper(path: str) -> set[tuple[float, float]]:
    return {
        (float(x), float(y))
        for part in path.replace("Z", "").split("M")[1:]
        for x, y in (pair.split() for pair in part.split("L"))
    }


def ground(box: shapely.Polygon, *streets: tuple[tuple[float, float], ...]) -> Backdrop:
    xy = np.array([(EAST + x, NORTH + y) for street in streets for x, y in street])
    starts = np.cumsum([0, *map(len, streets)])
    base = from_paths(positions_to_degrees(xy, SWEREF99TM), starts) if streets else None
    moved = shapely.transform(box, lambda at: at + np.array([EAST, NORTH]))
    return Backdrop((("Borås", moved),), base, 2023)


def seen(across_m: float = 1_200, up_m: float = 800) -> shapely.Polygon:
    return shapely.box(EAST, NORTH, EAST + across_m, NORTH + up_m)


def test_towns_and_streets_lie_where_they_are_as_far_as_they_are_in_view() -> None:
    # A millimetre is ten metres. The town is the western half, and goes on beyond the paper.
    beneath = ground(shapely.box(-500, -500, 600, 1_300), ((300, 400), (2_000, 400)))
    panel = Panel(MapView("", (), named=False, shown=seen(), backdrop=beneath), PAPER, {})
    town, street = (path for _, path in panel.ground)
    assert on_paper(town) == {(0, 0), (60, 0), (60, 80), (0, 80)}
    found = np.array(sorted(on_paper(street)))
    assert found == pytest.approx(np.array([(30, 40), (120, 40)]), abs=0.05)
    drawn = to_svg([panel], (120, 80))
    # What lies beneath is drawn before all else.
    order = [TOWN.colour, LOOKS[Kind.STREET].colour, ">N</text>"]
    assert sorted(order, key=drawn.index) == order


def test_small_streets_are_left_out_where_they_would_be_a_blur() -> None:
    beneath = ground(shapely.box(0, 0, 1, 1), ((300, 400), (1_000, 400)))
    near, far = (
        Panel(MapView("", (), shown=seen(1_200 * n, 800 * n), backdrop=beneath), PAPER, {})
        for n in (3, 4)
    )
    # One to 30,000, and to 40,000: the limit is 35,000.
    assert LOOKS[Kind.STREET] in [look for look, _ in near.ground]
    assert LOOKS[Kind.STREET] not in [look for look, _ in far.ground]


def test_a_town_is_named_beside_the_areas_on_a_map_of_much_of_it() -> None:
    beneath = ground(shapely.box(0, 0, 2_400, 1_600))
    half = shapely.box(EAST, NORTH, EAST + 1_200, NORTH + 1_600)
    area = MapArea("", half, nominal=False, state=None)
    view = MapView("", (area,), named=False, shown=seen(2_400, 1_600), backdrop=beneath)
    panel = Panel(view, PAPER, {})
    (name,) = [line for line in panel.lines if line.text == "Borås"]
    assert name.x > 60
    close = Panel(MapView("", (), shown=seen(), backdrop=beneath), PAPER, {})
    assert "Borås" not in [line.text for line in close.lines]


def test_streets_are_named_along_them_where_they_are_straight() -> None:
    # A millimetre is ten metres: one street up to the right through the middle, at 45 degrees,
    # and one that turns back on itself.
    straight = ((300, 100), (900, 700))
    bent = ((100, 500), (250, 500), (250, 520), (100, 520))
    beneath = ground(shapely.box(0, 0, 1, 1), straight, bent)
    assert beneath.base is not None
    named = replace(
        beneath.base, names=("Storgatan", "Krokvägen"), named=beneath.base.of(Kind.STREET)
    )
    view = MapView("", (), named=False, shown=seen(), backdrop=replace(beneath, base=named))
    panel = Panel(view, PAPER, {})
    (line,) = [line for line in panel.lines if line.text == "Storgatan"]
    assert line.turn_deg == pytest.approx(-45, abs=0.1)
    # Its middle is the street's: (60, 40) on the paper.
    assert any(box.middle == pytest.approx((60, 40), abs=0.1) for box in panel.labels)
    assert "Krokvägen" not in [line.text for line in panel.lines]
    far = replace(view, shown=seen(2_400, 1_600))
    assert "Storgatan" not in [line.text for line in Panel(far, PAPER, {}).lines]


def test_what_is_drawn_beneath_is_named() -> None:
    told = words("sv")
    towns = "Tätorter: SCB 2023 (CC0)"
    assert ground(shapely.box(0, 0, 1, 1)).sources(told) == (towns,)
    streets = ground(shapely.box(0, 0, 1, 1), ((0, 0), (9, 9))).sources(told)
    assert streets == (towns, "Gator: © OpenStreetMaps bidragsgivare (ODbL)")
    assert Backdrop().sources(told) == ()


def test_a_layer_lies_on_the_ground_beneath_what_is_told_of_and_names_its_colour() -> None:
    def at(*corners: tuple[float, float]) -> np.ndarray:
        metres = np.add(corners, (EAST, NORTH))
        return positions_to_degrees(metres, SWEREF99TM)

    shapes = (
        shapely.MultiPoint(at((300, 400), (304, 400))),
        LineString(at((300, 200), (2_000, 200))),
        shapely.Polygon(at((600, 600), (700, 600), (700, 700), (600, 600))),
    )
    name, day = LocalText("Belysning", "Lighting"), date(2025, 9, 1)
    named = tuple(("", shape) for shape in shapes)
    layer = ReferenceLayer("lamps", name, "Borås Stad", "CC0", day, "teal", named)
    beneath = replace(ground(shapely.box(-500, -500, 600, 1_300)), layers=(layer,))
    panel = Panel(MapView("", (), named=False, shown=seen(), backdrop=beneath), PAPER, {})
    _, (dot, square), (line, ways) = panel.ground
    assert (dot.colour, dot.width_mm, line.colour) == ("#2F8D96", 0, "#2F8D96")
    # A millimetre is ten metres: 30 mm from the left, and 80 - 40 from the top. Two that lie over
    # each other are one shape, 0.9 mm high and 0.4 mm wider.
    west, south, east, north = LineString(sorted(on_paper(square))).bounds
    assert (west, south, east, north) == pytest.approx((29.55, 39.55, 30.85, 40.45), abs=0.05)
    assert square.count("M") == 1
    # The way goes on beyond the paper, and of the surface there is the edge.
    found = np.array(sorted(on_paper(ways)))
    wanted = np.array(sorted([(30, 60), (120, 60), (60, 20), (70, 20), (70, 10)]))
    assert found == pytest.approx(wanted, abs=0.05)
    assert beneath.sources(words("sv"))[1:] == (
        "Belysning (blågrön): Borås Stad, CC0, 1 september 2025",
    )
    assert beneath.sources(words("en"))[1].startswith("Lighting (teal): Borås Stad, CC0, ")
