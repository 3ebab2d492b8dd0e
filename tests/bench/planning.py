"""How long choosing locations and planning loops take, and how good the loops are.

Run it with ``python tests/bench/planning.py``; see README.md beside it. It prints one JSON object a
line; it tests nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import typer

from geodata.planning.locations import choose_locations
from geodata.planning.loop import plan_loop

PLACES = 818
LOCATIONS_S = 10.0
LOOP_S = 2.5
LEAST_SHARE = 0.95


def main(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many of each kind.")] = 3,
    stops: Annotated[int, typer.Option(min=13, help="Stops of a loop.")] = 60,
) -> None:
    """Choose locations among many places, and plan loops whose best is known."""
    typer.echo(json.dumps({"case": "machine", "load": os.getloadavg()[0]}))
    for line in (*_locations(seeds), *_loops(seeds, stops)):
        typer.echo(json.dumps(line))


def _locations(seeds: int) -> Iterator[dict[str, Any]]:
    """Every place is a demand and a site; a third of a kind to each reach and number."""
    for seed in range(seeds):
        for kind in ("even", "clustered"):
            random = np.random.default_rng(seed)
            points = random.random((PLACES, 2))
            if kind == "clustered":
                centres = random.random((25, 2))[random.integers(0, 25, PLACES)]
                points = centres + random.normal(0, 0.05, (PLACES, 2))
            apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
            weight = random.integers(1, 100, PLACES)
            for reach, k in ((0.05, 10), (0.05, 40), (0.1, 5), (0.1, 20)):
                begun = time.perf_counter()
                choice = choose_locations(apart < reach, weight, k, time_limit_s=LOCATIONS_S)
                yield {
                    "case": "locations",
                    "kind": kind,
                    "reach": reach,
                    "k": k,
                    "seconds": round(time.perf_counter() - begun, 2),
                    "goal": LOCATIONS_S,
                    "optimal": choice.optimal,
                    "gap": round(choice.gap, 5),
                }


def _loops(seeds: int, stops: int) -> Iterator[dict[str, Any]]:
    """Half of the stops lie on a circle, whose length is the budget: all of them are the best.

    Each is worth more than all those off the circle together, and there is no shorter way past
    all of them.
    """
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        ring = stops // 2
        angle = np.sort(random.random(ring)) * 2 * np.pi
        on = np.column_stack((np.cos(angle), np.sin(angle)))
        points = np.concatenate((on, random.uniform(-1.2, 1.2, (stops - ring, 2))))
        travel = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
        value = np.where(np.arange(stops) < ring, 10.0, 10.0 / stops)
        around = sum(travel[stop, (stop + 1) % ring] for stop in range(ring)) * (1 + 1e-9)
        begun = time.perf_counter()
        loop = plan_loop(travel, value, np.zeros(stops), 0, around)
        yield {
            "case": "loop",
            "stops": stops,
            "seconds": round(time.perf_counter() - begun, 2),
            "goal": LOOP_S,
            "share_of_best": round(loop.value / (10.0 * ring), 4),
            "least_share": LEAST_SHARE,
        }


if __name__ == "__main__":
    typer.run(main)
