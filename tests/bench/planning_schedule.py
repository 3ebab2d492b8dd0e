"""How long making a schedule takes, and how near to the best it comes.

Run it with ``python tests/bench/planning_schedule.py``; see README.md beside it. It prints one JSON
object a line; it tests nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import typer

from geodata.planning.schedule import (
    APART_MINUTES,
    Schedule,
    ScheduleSpot,
    Shift,
    make_schedule,
)
from geodata.texts import SWEDISH_TIME

SPOTS = 20
WEEKS = 4
PATROLS = 3
GOAL_S = 5.0
M_PER_MIN = 75.0
FIRST_DAY = date(2026, 10, 5)


def main(*, seeds: Annotated[int, typer.Option(min=1, help="How many of each kind.")] = 3) -> None:
    """Make schedules where there are enough people, and where there are too few."""
    typer.echo(json.dumps({"case": "machine", "load": os.getloadavg()[0]}))
    for line in _lines(seeds):
        typer.echo(json.dumps(line))


def _lines(seeds: int) -> Iterator[dict[str, Any]]:
    for wanted in (7, 14, 28):
        for seed in range(seeds):
            random = np.random.default_rng(seed)
            points = random.uniform(0, 2_000, (SPOTS, 2))
            walk = np.hypot(*(points[:, None] - points).transpose(2, 0, 1)) * 1.3 / M_PER_MIN
            spots = [
                ScheduleSpot(
                    f"{index}",
                    (wanted,) * WEEKS,
                    float(random.integers(1, 4)),
                    float(random.random()),
                )
                for index in range(SPOTS)
            ]
            begun = time.perf_counter()
            made = make_schedule(spots, _shifts(), walk, first_day=FIRST_DAY, seed=seed)
            yield {
                "case": "schedule",
                "wanted_a_week": wanted,
                "seconds": round(time.perf_counter() - begun, 2),
                "goal": GOAL_S,
                "visits": len(made.visits),
                "wanted": sum(tally.wanted for tally in made.tallies),
                "share_of_worth": round(made.worth / made.wanted_worth, 3),
                "gaps_as_wished": round(_as_wished(made), 2),
            }


def _shifts() -> list[Shift]:
    """Three patrols, eight hours each: from eight in the morning to midnight."""
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=SWEDISH_TIME)
    days = [midnight + timedelta(days=day) for day in range(7 * WEEKS)]
    return [
        Shift(f"{number}", day.replace(hour=8 + 4 * number), end)
        for day in days
        for number in range(PATROLS)
        for end in [day.replace(hour=8 + 4 * number) + timedelta(hours=8)]
    ]


def _as_wished(made: Schedule) -> float:
    """Return the share of gaps on a day that are no longer than wished for."""
    found: dict[tuple[str, date], list[Any]] = {}
    for visit in made.visits:
        found.setdefault((visit.spot_id, visit.start.date()), []).append(visit)
    gaps = [
        (after.start - before.end) / timedelta(minutes=1)
        for visits in found.values()
        for before, after in pairwise(visits)
    ]
    return float(np.mean([gap <= APART_MINUTES[1] for gap in gaps])) if gaps else 1.0


if __name__ == "__main__":
    typer.run(main)
