"""Ways on foot in towns made by hand, where every length can be told by looking."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import SWEREF99TM, positions_to_metres
from geodata.errors import StreetsError
from geodata.planning.street_cache import Ways, read_streets
from geodata.planning.street_network import StreetNetwork
from geodata.planning.travel import DETOUR, NoWay, StraightLines

from .towns import Town, place

NEAR = 0.05
"""Metres: OpenStreetMap's positions are to 1e-7 degrees, about a centimetre."""


@pytest.fixture
def walked(tmp_path: Path) -> Callable[[Town], StreetNetwork]:
    def read(town: Town) -> StreetNetwork:
        return read_streets(town.write(tmp_path / "town.osm"))

    return read


def line_length_m(line: shapely.LineString) -> float:
    metres = positions_to_metres(shapely.get_coordinates(line), SWEREF99TM)
    return shapely.LineString(metres).length


def length_m(network: Ways, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return a way's length after asking for it in every manner there is."""
    there, back = (
        network.route(place(*start), place(*end)),
        network.route(place(*end), place(*start)),
    )
    assert there.length_m == pytest.approx(back.length_m, abs=1e-6)
    assert line_length_m(there.line) == pytest.approx(there.length_m, abs=0.001)
    matrix = network.travel([place(*start), place(*end)]).length_m
    assert matrix == pytest.approx(np.array([[0, there.length_m], [there.length_m, 0]]), abs=1e-6)
    return there.length_m


STREET = {"a": (0.0, 0.0), "b": (200.0, 0.0)}


def test_both_places_may_meet_one_edge_between_its_nodes(
    walked: Callable[[Town], StreetNetwork],
) -> None:
    network = walked(Town(STREET).way("a b"))
    assert length_m(network, (30, 5), (150, -8)) == pytest.approx(120, abs=NEAR)
    route = network.route(place(30, 5), place(150, -8))
    assert route.off_path_m == pytest.approx((5, 8), abs=NEAR)
    start, *_, end = positions_to_metres(shapely.get_coordinates(route.line), SWEREF99TM).tolist()
    assert (start[0], end[0]) == pytest.approx((377_030, 377_150), abs=NEAR)
    assert route.source == network.source


def test_the_same_place_is_no_way_away(walked: Callable[[Town], StreetNetwork]) -> None:
    network = walked(Town(STREET).way("a b"))
    for x in (0, 30, 200):
        assert length_m(network, (x, 0), (x, 0)) == 0
        assert len(network.route(place(x, 0), place(x, 0)).line.coords) == 2


def test_past_an_end_the_end_is_met(walked: Callable[[Town], StreetNetwork]) -> None:
    network = walked(Town(STREET).way("a b"))
    assert length_m(network, (-40, 0), (240, 30)) == pytest.approx(200, abs=NEAR)


def test_a_dead_end_is_walked_back(walked: Callable[[Town], StreetNetwork]) -> None:
    nodes = {**STREET, "fork": (80.0, 0.0), "end": (80.0, 60.0)}
    network = walked(Town(nodes).way("a fork b").way("fork end", highway="footway"))
    assert network.edge_count == 3
    assert length_m(network, (80, 60), (200, 0)) == pytest.approx(180, abs=NEAR)
    assert length_m(network, (80, 50), (20, 0)) == pytest.approx(110, abs=NEAR)


def test_places_on_one_edge_may_be_nearer_around(walked: Callable[[Town], StreetNetwork]) -> None:
    nodes = {"a": (0.0, 0.0), "u": (0.0, 200.0), "v": (20.0, 200.0), "b": (20.0, 0.0)}
    network = walked(Town(nodes).way("a u v b").way("a b", highway="path").way("a b"))
    # From 10 m up the one leg to 10 m up the other: past the short cut, not round the bend.
    assert length_m(network, (0, 10), (20, 10)) == pytest.approx(40, abs=NEAR)
    assert length_m(network, (0, 190), (20, 190)) == pytest.approx(40, abs=NEAR)


def test_of_two_edges_between_two_nodes_the_shorter_is_walked(
    walked: Callable[[Town], StreetNetwork],
) -> None:
    nodes = {"a": (0.0, 0.0), "u": (50.0, 80.0), "v": (50.0, -10.0), "b": (100.0, 0.0)}
    nodes |= {"c": (-50.0, 0.0), "d": (150.0, 0.0)}
    network = walked(Town(nodes).way("c a u b d").way("a v b"))
    assert length_m(network, (-50, 0), (150, 0)) == pytest.approx(
        100 + 2 * np.hypot(50, 10), abs=NEAR
    )


RING = {"p": (0.0, 0.0), "q": (100.0, 0.0), "r": (100.0, 100.0), "s": (0.0, 100.0)}


@pytest.mark.parametrize("arm", [False, True])
def test_a_ring_is_walked_the_shorter_way(
    walked: Callable[[Town], StreetNetwork], *, arm: bool
) -> None:
    town = Town({**RING, "out": (-100.0, 0.0)}).way("p q r s p", junction="roundabout")
    network = walked(town.way("p out") if arm else town)
    assert length_m(network, (10, 0), (0, 10)) == pytest.approx(20, abs=NEAR)
    assert length_m(network, (100, 50), (0, 50)) == pytest.approx(200, abs=NEAR)
    if arm:
        assert length_m(network, (-100, 0), (0, 30)) == pytest.approx(130, abs=NEAR)
        assert length_m(network, (-100, 0), (60, 0)) == pytest.approx(160, abs=NEAR)


def test_ways_that_cross_without_a_shared_node_are_not_joined(
    walked: Callable[[Town], StreetNetwork],
) -> None:
    nodes = {"w": (-300.0, 0.0), "e": (300.0, 0.0), "s": (0.0, -300.0), "n": (0.0, 300.0)}
    network = walked(Town(nodes).way("w e").way("s n", bridge="yes", layer="1"))
    assert network.piece_count == 2
    with pytest.raises(StreetsError) as caught:
        network.route(place(-200, 0), place(0, 200))
    assert caught.value.key == "streets.apart"
    joined = {**nodes, "x": (0.0, 0.0)}
    network = walked(Town(joined).way("w x e").way("s x n"))
    assert length_m(network, (-200, 0), (0, 200)) == pytest.approx(400, abs=NEAR)


def test_what_cannot_be_reached_is_told(walked: Callable[[Town], StreetNetwork]) -> None:
    nodes = {**STREET, "c": (0.0, 900.0), "d": (200.0, 900.0)}
    network = walked(Town(nodes).way("a b").way("c d"))
    found = network.travel([place(0, 0), place(200, 0), place(100, 900), place(100, 400)])
    assert found.no_way == (None, None, NoWay.APART, NoWay.TOO_FAR)
    known = np.isfinite(found.length_m)
    assert known.tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, False],
    ]
    assert np.isnan(found.off_path_m).tolist() == [False, False, False, True]
    with pytest.raises(StreetsError) as caught:
        network.route(place(0, 0), place(100, 400))
    assert caught.value.key == "streets.too_far"


def test_a_place_may_lie_a_hundred_metres_off(walked: Callable[[Town], StreetNetwork]) -> None:
    network = walked(Town(STREET).way("a b"))
    assert np.isfinite(network.travel([place(50, 99), place(150, 0)]).length_m).all()
    assert np.isnan(network.travel([place(50, 101), place(150, 0)]).length_m[0]).all()


def test_a_main_piece_is_met_rather_than_a_stray_one_that_is_hardly_nearer(
    walked: Callable[[Town], StreetNetwork],
) -> None:
    nodes = {"a": (0.0, 0.0), "b": (2_000.0, 0.0)}
    nodes |= {"c": (100.0, 25.0), "d": (130.0, 25.0), "e": (500.0, 60.0), "f": (530.0, 60.0)}
    network = walked(Town(nodes).way("a b").way("c d").way("e f"))
    # 3 m from the yard's path: the street is at most 30 m farther away.
    assert length_m(network, (110, 28), (0, 0)) == pytest.approx(110, abs=NEAR)
    # On the yard's path; and where the street is too far away to be meant.
    for spot in ((110, 25), (510, 57)):
        with pytest.raises(StreetsError) as caught:
            network.route(place(*spot), place(0, 0))
        assert caught.value.key == "streets.apart"
    assert network.largest_share == pytest.approx(2_000 / 2_060, abs=0.001)


def test_driving_directions_do_not_bind_walkers(walked: Callable[[Town], StreetNetwork]) -> None:
    network = walked(Town(STREET).way("a b", oneway="yes"))
    assert length_m(network, (200, 0), (0, 0)) == pytest.approx(200, abs=NEAR)


@pytest.mark.parametrize(
    "tags",
    [{"highway": "motorway"}, {"access": "private"}, {"foot": "no"}, {"highway": "construction"}],
    ids=str,
)
def test_what_may_not_be_walked_is_walked_around(
    walked: Callable[[Town], StreetNetwork], tags: dict[str, str]
) -> None:
    nodes = {**STREET, "u": (0.0, 100.0), "v": (200.0, 100.0)}
    network = walked(Town(nodes).way("a b", **tags).way("a u v b", highway="footway"))
    assert length_m(network, (0, 0), (200, 0)) == pytest.approx(400, abs=NEAR)


def test_a_way_drawn_twice_is_one(walked: Callable[[Town], StreetNetwork]) -> None:
    network = walked(Town(STREET).way("a b").way("b a", highway="cycleway").way("a a b"))
    assert (network.edge_count, network.piece_count) == (1, 1)
    assert network.length_m == pytest.approx(200, abs=NEAR)


def test_no_places_give_no_lengths(walked: Callable[[Town], StreetNetwork]) -> None:
    network = walked(Town(STREET).way("a b"))
    for ways in (network, StraightLines()):
        assert ways.travel([]).length_m.shape == (0, 0)
        assert ways.travel([]).no_way == ()


@pytest.mark.parametrize(
    "points",
    [[(1, 2, 3)], [1, 2], [(float("nan"), 57)], [("a", "b")], [(12, float("inf"))], [(6e6, 4e5)]],
    ids=str,
)
def test_what_is_no_place_is_refused(
    walked: Callable[[Town], StreetNetwork], points: list[object]
) -> None:
    network = walked(Town(STREET).way("a b"))
    for ways in (network, StraightLines()):
        with pytest.raises(StreetsError) as caught:
            ways.travel(points)  # type: ignore[arg-type]
        assert caught.value.key == "streets.not_positions"


# --- straight lines ------------------------------------------------------------------------------


def test_straight_lines_say_what_they_are() -> None:
    lines = StraightLines()
    assert lines.source.kind == "straight_lines"
    assert lines.source.detour == DETOUR == 1.3
    route = lines.route(place(0, 0), place(300, 400))
    assert route.length_m == pytest.approx(1.3 * 500, abs=NEAR)
    assert route.source == lines.source
    assert StraightLines(1.5).travel([place(0, 0), place(300, 400)]).length_m[
        0, 1
    ] == pytest.approx(750, abs=NEAR)


@pytest.mark.parametrize("detour", [0.9, float("nan"), float("inf"), -1])
def test_no_way_is_shorter_than_a_straight_line(detour: float) -> None:
    with pytest.raises(StreetsError):
        StraightLines(detour)


# --- laws ----------------------------------------------------------------------------------------

CORNERS = {f"n{x}_{y}": (x * 90.0, y * 70.0 + x * 7.0) for x, y in product(range(5), range(5))}
LINKS = [
    *(f"n{x}_{y} n{x + 1}_{y}" for x, y in product(range(4), range(5))),
    *(f"n{x}_{y} n{x}_{y + 1}" for x, y in product(range(5), range(4))),
]
spots = st.lists(st.tuples(st.floats(-30, 390), st.floats(-30, 340)), min_size=2, max_size=7)


@settings(max_examples=40)
@given(missing=st.sets(st.sampled_from(LINKS), max_size=20), where=spots)
def test_lengths_are_lengths(
    tmp_path_factory: pytest.TempPathFactory, missing: set[str], where: list[tuple[float, float]]
) -> None:
    town = Town(CORNERS)
    for link in LINKS:
        if link not in missing:
            town.way(link)
    network = read_streets(town.write(tmp_path_factory.mktemp("law") / "town.osm"))
    points = [place(*spot) for spot in where]
    found = network.travel(points)
    length, known = found.length_m, np.isfinite(found.length_m)
    assert np.array_equal(length, length.T, equal_nan=True)
    assert np.all(np.diag(length)[np.isfinite(found.off_path_m)] == 0)
    assert np.all(length[known] >= 0)
    for a, b, c in product(range(len(points)), repeat=3):
        if known[a, b] and known[b, c]:
            assert length[a, c] <= length[a, b] + length[b, c] + 1e-6
    a, b = 0, len(points) - 1
    if not known[a, b]:
        with pytest.raises(StreetsError):
            network.route(points[a], points[b])
        return
    route = network.route(points[a], points[b])
    assert route.length_m == pytest.approx(length[a, b], abs=1e-6)
    assert line_length_m(route.line) == pytest.approx(route.length_m, abs=0.001)
    ends = positions_to_metres(shapely.get_coordinates(route.line)[[0, -1]], SWEREF99TM)
    assert route.length_m >= np.hypot(*(ends[1] - ends[0])) - 1e-3
    asked = positions_to_metres(np.array([points[a], points[b]]), SWEREF99TM)
    assert np.hypot(*(ends - asked).T) == pytest.approx(route.off_path_m, abs=0.001)
