"""How long the local base map takes: made from a street file, opened again, and drawn as tiles.

``python tests/bench/local_basemap.py`` prints one JSON object a line and tests nothing. The town is
made up: a grid of named streets with four houses a block and a park in every tenth. Times are the
processor's, so that what else the machine does counts little; a view is 20 tiles side by side, the
first of a zoom level with all that is prepared for it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeVar

import osmium
from osmium.osm.mutable import Node, Way

from geodata.basemap.drawing import THEMES, Painter, Theme
from geodata.basemap.reading import read_base_map, read_osm, write_base_map

WEST, SOUTH = 12.85, 57.66
BLOCK = (0.0015, 0.0008)
"""Degrees east and north: about 90 metres."""

VIEWS = 5

T = TypeVar("T")


class Town:
    """Writes nodes and ways, numbered as they come."""

    def __init__(self, path: Path) -> None:
        self.nodes: list[tuple[float, float]] = []
        self.ways: list[tuple[list[int], dict[str, str]]] = []
        self._path = path

    def node(self, east: float, north: float) -> int:
        self.nodes.append((WEST + east * BLOCK[0], SOUTH + north * BLOCK[1]))
        return len(self.nodes)

    def ring(self, east: float, north: float, side: float, **tags: str) -> None:
        offsets = ((0, 0), (side, 0), (side, side), (0, side))
        corners = [self.node(east + dx, north + dy) for dx, dy in offsets]
        self.ways.append(([*corners, corners[0]], tags))

    def write(self) -> None:
        writer = osmium.SimpleWriter(str(self._path))
        for number, place in enumerate(self.nodes, start=1):
            writer.add_node(Node(id=number, location=place))
        for number, (along, tags) in enumerate(self.ways, start=1):
            writer.add_way(Way(id=number, nodes=along, tags=tags))
        writer.close()


def write_town(path: Path, side: int) -> None:
    """Write a town of side x side blocks; each side of a block is a way of its own."""
    town = Town(path)
    town.ring(0, 0, side, landuse="residential")
    corner = [[town.node(i, j) for j in range(side + 1)] for i in range(side + 1)]
    for i in range(side + 1):
        kind = "secondary" if i % 10 == 0 else "residential"
        for j in range(side):
            for along, name in (
                ([corner[i][j], corner[i][j + 1]], f"{i}:e gatan"),
                ([corner[j][i], corner[j + 1][i]], f"{i}:e tvärgatan"),
            ):
                tags = {"highway": kind, "name": name}
                town.ways.append((along, tags | ({"ref": f"{i}"} if i % 10 == 0 else {})))
    for i in range(side):
        for j in range(side):
            if (i + j) % 10 == 0:
                town.ring(i + 0.1, j + 0.1, 0.8, leisure="park")
                continue
            for dx, dy in ((0.15, 0.15), (0.6, 0.15), (0.15, 0.6), (0.6, 0.6)):
                number = {"addr:housenumber": f"{2 * len(town.ways) % 99}"}
                town.ring(i + dx, j + dy, 0.22, building="yes", **number)
    town.write()


def clocked(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    done = work()
    return done, time.process_time() - begun


def say(**told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")


def views(painter: Painter, zoom: int, theme: Theme) -> list[float]:
    """Return how long each tile took, in milliseconds."""
    west, north, east, south = painter.base.bounds or (0, 0, 0, 0)
    count = 1 << zoom
    rng = random.Random(zoom)
    took = []
    for _ in range(VIEWS):
        x, y = int(rng.uniform(west, east) * count), int(rng.uniform(north, south) * count)
        for column in range(x, x + 5):
            for row in range(y, y + 4):
                if painter.holds(zoom, column, row):
                    draw = partial(painter.tile, zoom, column, row, theme)
                    took.append(1_000 * clocked(draw)[1])
    return sorted(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=100, help="blocks along a side")
    side = parser.parse_args().side
    with tempfile.TemporaryDirectory() as folder:
        path, derived = Path(folder) / "town.osm.pbf", Path(folder) / "town.npz"
        write_town(path, side)
        base, seconds = clocked(lambda: read_osm(path))
        shapes = {kind.value: len(found) for kind, found in base.shapes.items()}
        say(read_s=round(seconds, 2), **shapes)
        _, seconds = clocked(lambda: write_base_map(derived, base, "town"))
        say(write_s=round(seconds, 2), megabytes=round(derived.stat().st_size / 1e6, 1))
        again, seconds = clocked(lambda: read_base_map(derived, "town"))
        say(open_s=round(seconds, 3))
        painter = Painter(again or base)
        for zoom, theme in product(range(10, 21), THEMES):
            took = views(painter, zoom, theme)
            say(
                zoom=zoom,
                theme=theme,
                tiles=len(took),
                median_ms=round(took[len(took) // 2], 1),
                p95_ms=round(took[int(len(took) * 0.95)], 1),
                longest_ms=round(took[-1], 1),
            )


if __name__ == "__main__":
    main()
