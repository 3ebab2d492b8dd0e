"""Lengths held against networkx on OSMnx's graph of the same real file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pytest

from geodata.planning.street_cache import read_streets
from geodata.planning.street_network import StreetNetwork

EXCERPT: Final = Path(__file__).parent / "streets-excerpt.osm.pbf"
NOT_WALKED: Final = {"motorway", "motorway_link", "construction"}
"""OSMnx reads every way in a file: what a walker can't use is left out before it does."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the excerpt's walkable ways as XML, chosen without the program's own rule."""
    path = tmp_path_factory.mktemp("osmnx") / "walked.osm"
    with osmium.SimpleWriter(str(path)) as writer:
        for item in osmium.FileProcessor(str(EXCERPT)):
            tags = dict(item.tags)
            if item.is_way() and (
                tags["highway"] in NOT_WALKED
                or (tags.get("access") == "private" and "foot" not in tags)
                or tags.get("foot") == "no"
            ):
                continue
            writer.add(item)
    return path


@pytest.fixture(scope="module")
def graph(plain: Path) -> Any:
    return ox.graph_from_xml(plain, bidirectional=True, simplify=False, retain_all=True)


@pytest.fixture(scope="module")
def network() -> StreetNetwork:
    return read_streets(EXCERPT)


def chosen(graph: Any, count: int, seed: int) -> tuple[list[int], np.ndarray]:
    """Return nodes of the graph, most of them in the middle of one of our edges, and where."""
    ways = [node for node in graph if graph.degree(node)]
    nodes = np.random.default_rng(seed).choice(ways, count, replace=False).tolist()
    where = np.array([(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in nodes])
    return nodes, where


def lengths(graph: Any, nodes: list[int]) -> np.ndarray:
    walked = nx.MultiGraph(graph)
    found = np.full((len(nodes), len(nodes)), np.nan)
    for row, node in enumerate(nodes):
        away = nx.single_source_dijkstra_path_length(walked, node, weight="length")
        found[row] = [away.get(other, np.nan) for other in nodes]
    return found


def require_alike(found: np.ndarray, expected: np.ndarray) -> None:
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    known = ~np.isnan(expected)
    # A centimetre for the rounding of positions.
    assert np.all(np.abs(found - expected)[known] <= 0.01 * expected[known] + 0.01)
    assert expected[known].max() > 2_000


@pytest.mark.parametrize("seed", range(3))
def test_lengths_are_osmnx_lengths(network: StreetNetwork, graph: Any, seed: int) -> None:
    nodes, where = chosen(graph, 60, seed)
    require_alike(network.travel(where).length_m, lengths(graph, nodes))


def test_routes_are_osmnx_routes(network: StreetNetwork, graph: Any) -> None:
    nodes, where = chosen(graph, 40, 7)
    expected = lengths(graph, nodes)
    pairs = [(a, b) for a in range(20) for b in [a + 20] if np.isfinite(expected[a, b])]
    assert len(pairs) > 15
    for a, b in pairs:
        route = network.route(tuple(where[a]), tuple(where[b]))
        assert route.length_m == pytest.approx(expected[a, b], rel=0.01, abs=0.01)


@pytest.mark.parametrize("simplified", [True, False])
def test_osmnx_own_file_gives_the_same_lengths(
    network: StreetNetwork, graph: Any, tmp_path: Path, *, simplified: bool
) -> None:
    path = tmp_path / "saved.graphml"
    ox.save_graphml(ox.simplify_graph(graph) if simplified else graph, path)
    saved = read_streets(path)
    # Every direction is there once: OSMnx's edges both ways are one path.
    assert saved.length_m == pytest.approx(network.length_m, rel=0.001)
    _, where = chosen(graph, 40, 3)
    assert saved.travel(where).length_m == pytest.approx(
        network.travel(where).length_m, abs=0.01, nan_ok=True
    )


def test_a_graph_in_metres_is_read_as_well(
    network: StreetNetwork, graph: Any, tmp_path: Path
) -> None:
    path = tmp_path / "projected.graphml"
    ox.save_graphml(ox.project_graph(ox.simplify_graph(graph)), path)
    _, where = chosen(graph, 30, 3)
    found = read_streets(path).travel(where).length_m
    assert found == pytest.approx(network.travel(where).length_m, abs=0.05, nan_ok=True)
