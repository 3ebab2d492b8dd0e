"""A loop on foot within a time: which stops, in what order, by which paths, and when.

`ask_loop` makes a question of what a planner has chosen; its `solve` needs neither register nor
catalogue, so it runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from geodata.errors import PlanningError
from geodata.model import Period
from geodata.planning.travel import WALK_M_PER_MIN
from geodata.service.core import Service
from geodata.service.planning.dose import LATEST_DAYS, board
from geodata.service.planning.loop_answer import (
    LeftOut,
    Leg,
    LoopAnswer,
    PlannedLoop,
    Unreached,
    Visit,
)
from geodata.service.planning.loop_choices import LoopChoices, spot_key
from geodata.service.planning.loop_question import LoopQuestion
from geodata.service.planning.loop_stops import (
    LoopStop,
    all_stops,
    findings_seen,
    own_stop,
    valued,
    weights,
    within_reach,
    without_doubles,
)
from geodata.service.streets import kept_streets, streets_folder

__all__ = [
    "LeftOut",
    "Leg",
    "LoopAnswer",
    "LoopQuestion",
    "PlannedLoop",
    "Unreached",
    "Visit",
    "ask_loop",
    "missing_dose",
]

STOPS_WEIGHED: Final = 60
"""At most so many stops are chosen among: the most valuable within reach."""


def ask_loop(
    service: Service,
    choices: LoopChoices,
    day: date,
    *,
    missing: Mapping[str, float] | None = None,
    folder: Path | None = None,
) -> LoopQuestion:
    """Make the question of what a planner has chosen.

    Parameters
    ----------
    service : Service
        Knows the stops.
    choices : LoopChoices
        With a start.
    day : datetime.date
        The day that is told about, for choices without a day of their own.
    missing : mapping of str to float, optional
        What each hot spot lacks of its planned dose, by its stop's key; for the value ``dose``.
    folder : pathlib.Path, optional
        Where streets are kept.

    Returns
    -------
    LoopQuestion
        Ready to be solved elsewhere.

    Raises
    ------
    PlanningError
        ``plan_loop.no_start`` without a start.
    """
    if choices.start is None:
        raise PlanningError("plan_loop.no_start")
    known = all_stops(service, choices.day or day)
    stops = valued(known, choices, _values(service, choices, known, missing or {}))
    by_key = {stop.key: stop for stop in stops}
    for key in choices.named:
        if key not in by_key and (own := own_stop(key)):
            by_key[key] = valued([own], choices, {})[0]
    asked = [by_key[key] for key in choices.named if key in by_key]
    chosen, beyond = _in_question(stops, choices, {stop.key for stop in asked})
    kept_in = streets_folder() if folder is None else folder
    kept = kept_streets(kept_in)
    return LoopQuestion(
        start=choices.start,
        end=choices.end,
        budget_min=float(choices.minutes),
        stops=(*asked, *chosen),
        required=tuple(key for key in choices.required if key in by_key),
        order=None if choices.order is None else tuple(k for k in choices.order if k in by_key),
        streets=str(kept_in),
        digest=kept.digest if kept else "",
        beyond=beyond,
        gone=tuple(key for key in choices.named if key not in by_key),
    )


def missing_dose(service: Service, day: date) -> dict[str, float]:
    """Return how many planned visits each hot spot lacks of the latest four weeks, by its key.

    Parameters
    ----------
    service : Service
        Whose hot spots and patrols.
    day : datetime.date
        The last day of the four weeks.
    """
    period = Period(day - timedelta(days=LATEST_DAYS - 1), day)
    planned = ((one.hot_spot.id, one.dose.planned) for one in board(service, period).spots)
    return {spot_key(id_): told.lacking for id_, told in planned if told is not None}


def _values(
    service: Service,
    choices: LoopChoices,
    stops: Sequence[LoopStop],
    missing: Mapping[str, float],
) -> Mapping[str, float]:
    if choices.value == "weight":
        return weights(service)
    if choices.value == "findings":
        return findings_seen(stops, by_themselves="findings" in choices.among)
    if choices.value == "dose":
        return {stop.key: max(missing.get(stop.key, 0.0), 0.0) for stop in stops}
    return {}


def _in_question(
    stops: Sequence[LoopStop], choices: LoopChoices, asked: set[str]
) -> tuple[list[LoopStop], int]:
    """Return the stops to choose among besides those asked for, and how many were too far away."""
    left_out = {*choices.dropped, *asked}
    kinds = [stop for stop in stops if stop.kind in choices.among and stop.key not in left_out]
    among = without_doubles(kinds)
    start = choices.start or (0.0, 0.0)
    farthest_m = choices.minutes * WALK_M_PER_MIN
    near = within_reach(among, start, choices.end or start, farthest_m)
    reached = [stop for stop, fits in zip(among, near, strict=True) if fits]
    # Sorting is stable: of equals, those named first.
    best = sorted(reached, key=lambda stop: -stop.value)[: max(STOPS_WEIGHED - len(asked), 0)]
    return best, len(among) - len(best)
