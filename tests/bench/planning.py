"""How long choosing locations and planning loops take, and how good the loops are.

Run it with ``python tests/bench/planning.py``; see README.md beside it. It prints one JSON object a
line; it tests nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any

import numpy as np
import typer

from geodata.planning.locations import coverage_curve
from geodata.planning.loop import plan_loop

PLACES = 818
LOCATIONS_S = 10.0
LOOP_S = 2.5
LEAST_SHARE = 0.95

LONG_LOOP_S = 2.0
BEST_KNOWN = (90, 3183, 6148, 118, 4422, 9676, 168, 10974, 12206, 242, 8597, 15972)
"""Of the questions in `_towns`, by number: the most that any run found, among them one of 25 s for
most of them and one of PyVRP's of 30 s. No proven bound: a run that finds more may replace it."""


def main(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many of each kind.")] = 3,
    stops: Annotated[int, typer.Option(min=13, help="Stops of a loop.")] = 60,
) -> None:
    """Choose locations among many places, and plan loops whose best is known."""
    typer.echo(json.dumps({"case": "machine", "load": os.getloadavg()[0]}))
    for line in (
        *_locations(seeds),
        *_curves(),
        *_loops(seeds, stops),
        *_long_loops(),
        *_limits(),
    ):
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
                (choice,) = coverage_curve(apart < reach, weight, [k], time_limit_s=LOCATIONS_S)
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


def _curves() -> Iterator[dict[str, Any]]:
    """What one site more would cover, up to ten: all of them within one site's time."""
    random = np.random.default_rng(0)
    points = random.random((PLACES, 2))
    apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    weight = random.integers(1, 100, PLACES)
    begun = time.perf_counter()
    curve = coverage_curve(apart < 0.05, weight, range(1, 11), time_limit_s=LOCATIONS_S)
    yield {
        "case": "curve",
        "seconds": round(time.perf_counter() - begun, 2),
        "goal": LOCATIONS_S,
        "optimal": sum(choice.optimal for choice in curve),
        "of": len(curve),
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


def _long_loops() -> Iterator[dict[str, Any]]:
    """Loops of 150 to 400 stops, held against the best that is known."""
    for number, (kind, stops, asked) in enumerate(_towns()):
        begun, worked = time.perf_counter(), time.process_time()
        loop = plan_loop(*asked, time_limit_s=LONG_LOOP_S)
        yield {
            "case": "long_loop",
            "kind": kind,
            "stops": stops,
            "seconds": round(time.perf_counter() - begun, 2),
            "goal": round(LONG_LOOP_S * 1.1, 2),
            "processor_s": round(time.process_time() - worked, 2),
            "share_of_best": round(loop.value / BEST_KNOWN[number], 4),
            "least_share": LEAST_SHARE,
        }


def _limits() -> Iterator[dict[str, Any]]:
    """How long a search takes beside how long it may, where there are very many stops."""
    for stops in (1_200, 2_000):
        random = np.random.default_rng(0)
        points = random.random((stops, 2))
        travel = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
        value = random.integers(1, 10, stops).astype(float)
        for limit_s in (0.5, 2.0):
            begun, worked = time.perf_counter(), time.process_time()
            asked = (travel, value, np.zeros(stops), 0, 0.35 * stops**0.5)
            loop = plan_loop(*asked, time_limit_s=limit_s)
            yield {
                "case": "limit",
                "stops": stops,
                "seconds": round(time.perf_counter() - begun, 2),
                "goal": round(limit_s * 1.1, 2),
                "processor_s": round(time.process_time() - worked, 2),
                "value": loop.value,
            }


def _towns() -> Iterator[tuple[str, int, tuple[Any, ...]]]:
    """Yield towns of three kinds with values of three: alike, by a rule, and more the farther away.

    The budget is a share of a tour past all stops, which is no better than 2-opt makes it.
    """
    for number in range(0, 45, 4):
        stops = (150, 200, 262, 318, 400)[number // 9]
        kind = ("even", "clustered", "grid")[number // 3 % 3]
        worth = ("ones", "mod", "far")[number % 3]
        travel = _town(kind, stops, number % 2)
        place = np.arange(1, stops + 1)
        value = {
            "ones": np.ones(stops),
            "mod": 1.0 + (7_141 * place + 73) % 100,
            "far": 1.0 + np.floor(99 * travel[0] / travel[0].max()),
        }[worth]
        value[0] = 0.0
        tour = _tour_length(travel)
        stay = np.full(stops, (0.0, 0.5)[number // 3 % 2] * tour / stops)
        stay[0] = 0.0
        share = 0.5 if kind == "even" else (0.5, 0.3, 0.7)[number % 3]
        budget = share * (tour + float(stay.sum()))
        yield f"{kind}, {worth}", stops, (travel, value, stay, 0, budget)


def _town(kind: str, stops: int, seed: int) -> Any:
    random = np.random.default_rng(1_000 * stops + seed)
    if kind == "grid":
        side = int(np.ceil(np.sqrt(2 * stops)))
        corners = np.array(list(product(range(side), range(side))))
        points = corners[random.permutation(side * side)[:stops]] / side
        return np.abs(points[:, None] - points).sum(axis=2)
    points = random.random((stops, 2))
    if kind == "clustered":
        random = np.random.default_rng(1_000 * stops + seed)
        centres = random.random((max(6, stops // 20), 2))
        points = centres[random.integers(0, len(centres), stops)]
        points = points + random.normal(0, 0.04, (stops, 2))
    return np.hypot(*(points[:, None] - points).transpose(2, 0, 1))


def _tour_length(travel: np.ndarray) -> float:
    left, tour = set(range(1, len(travel))), [0]
    while left:
        tour.append(min(left, key=lambda stop: travel[tour[-1], stop]))
        left.discard(tour[-1])
    path = np.array([*tour, 0])
    while True:
        between = travel[path][:, path]
        steps = between.diagonal(1)
        change = between[:-2, 1:-1] + between[1:-1, 2:] - steps[1:] - steps[:-1, None]
        change = np.where(np.tri(len(change), dtype=bool), np.inf, change)
        first, last = divmod(int(change.argmin()), len(change))
        if change[first, last] > -1e-9:
            return float(steps.sum())
        path[first + 1 : last + 2] = path[first + 1 : last + 2][::-1].copy()


if __name__ == "__main__":
    typer.run(main)
