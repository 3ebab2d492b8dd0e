"""How long streets take: reading, opening again, a way, and the lengths between many places.

``python tests/bench/planning_streets.py`` prints one JSON object a line and tests nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
from osmium.osm.mutable import Node, Way

from geodata.crs import SWEREF99TM, positions_to_degrees
from geodata.planning.street_cache import open_streets
from geodata.planning.street_network import StreetNetwork

ORIGIN_M = (370_000.0, 6_395_000.0)
BLOCK_M = 90.0
BETWEEN = 4
"""Positions along each edge between its ends, off the straight line."""


def write_town(path: Path, side: int, seed: int) -> None:
    """Write a made-up town: side x side junctions, crooked streets between them."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(side) * BLOCK_M, np.arange(side) * BLOCK_M, indexing="ij")
    corners = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-20, 20, (side * side, 2))
    number = np.arange(side * side).reshape(side, side)
    links = np.concatenate(
        [
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        ]
    )
    share = np.linspace(0, 1, BETWEEN + 2)[1:-1][None, :, None]
    begin, end = corners[links[:, :1]], corners[links[:, 1:]]
    inner = begin + (end - begin) * share + rng.uniform(-5, 5, (len(links), BETWEEN, 2))
    metres = np.concatenate([corners, inner.reshape(-1, 2)]) + ORIGIN_M
    where = positions_to_degrees(metres, SWEREF99TM).tolist()
    kinds = ("residential", "footway", "path", "cycleway")
    with osmium.SimpleWriter(str(path)) as writer:
        for at, location in enumerate(where, start=1):
            writer.add_node(Node(id=at, version=1, location=tuple(location)))
        for at, (one, other) in enumerate(links.tolist()):
            along = side * side + at * BETWEEN + np.arange(BETWEEN)
            refs = [one + 1, *(along + 1).tolist(), other + 1]
            tags = {"highway": kinds[at % len(kinds)]}
            writer.add_way(Way(id=at + 1, version=1, nodes=refs, tags=tags))


def places(network: StreetNetwork, count: int, seed: int) -> np.ndarray:
    """Return places scattered over the town, a few metres off its paths."""
    rng = np.random.default_rng(seed)
    metres = rng.choice(network.xy, count, replace=False) + rng.uniform(-15, 15, (count, 2))
    return positions_to_degrees(metres, network.crs)


def timed(name: str, work: Callable[[], object], times: int, goal_s: float | None = None) -> None:
    """Do something several times and print the median, the least and the most."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    median = float(np.median(taken))
    told = {"case": name, "median_ms": median * 1e3, "least_ms": min(taken) * 1e3}
    told |= {"most_ms": max(taken) * 1e3, "times": times}
    told |= {
        "goal_ms": goal_s and goal_s * 1e3,
        "met": None if goal_s is None else median <= goal_s,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=101, help="junctions along the town's side")
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, cache = Path(folder) / "town.osm.pbf", Path(folder) / "cache"
        write_town(file, asked.side, seed=1)
        timed("first time", lambda: open_streets(file, cache), 1, 20.0)
        timed("from the derived file", lambda: open_streets(file, cache), asked.repeat, 1.0)
        network = open_streets(file, cache)
        (derived,) = cache.iterdir()
        told = {"edges": network.edge_count, "positions": len(network.xy)}
        told |= {
            "file_kb": file.stat().st_size // 1000,
            "derived_kb": derived.stat().st_size // 1000,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        where = places(network, 200, seed=2)
        timed("first way, indexes built", lambda: network.route(*where[:2].tolist()), 1)
        pairs = iter(range(0, 198, 2))

        def walk() -> None:
            at = next(pairs)
            network.route(*where[at : at + 2].tolist())

        timed("a way", walk, 90, 0.02)
        timed(
            "lengths between 60 places",
            lambda: network.travel(where[:60]).length_m,
            asked.repeat,
            1.0,
        )


if __name__ == "__main__":
    main()
