"""A schedule as it is kept, shown and taken out: visits with their places' names and positions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from geodata.errors import PlanningError
from geodata.model import Plan
from geodata.planning.travel import TravelSource
from geodata.texts import SWEDISH_TIME, alphabetical

VERSION: Final = 1
"""Of what a plan's outcome holds."""


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A planned visit.

    Parameters
    ----------
    key : str
        What it is known by within its plan, also when the plan is made anew with other times: its
        patrol, its shift's start and its number in the shift.
    patrol : str
        Which patrol: what it is called, never who is in it.
    spot_id : str
        The hot spot.
    name : str
        What the hot spot was called.
    lon, lat : float
        Where, WGS 84.
    start : datetime.datetime
        When, in Swedish time.
    minutes : int
        How long.
    walk_minutes : int or None
        Minutes on foot from the visit before in the same shift; None for a shift's first.
    """

    key: str
    patrol: str
    spot_id: str
    name: str
    lon: float
    lat: float
    start: datetime
    minutes: int
    walk_minutes: int | None

    @property
    def end(self) -> datetime:
        """When it ends, in Swedish time."""
        ends = self.start.astimezone(UTC) + timedelta(minutes=self.minutes)
        return ends.astimezone(SWEDISH_TIME)

    @property
    def day(self) -> date:
        """The day that it begins on, in Swedish time."""
        return self.start.astimezone(SWEDISH_TIME).date()


@dataclass(frozen=True, slots=True)
class KeptTally:
    """How many visits a hot spot was to have, and how many it has in the schedule."""

    spot_id: str
    name: str
    wanted: int
    planned: int

    @property
    def missing(self) -> int:
        """How many are missing."""
        return max(self.wanted - self.planned, 0)


@dataclass(frozen=True, slots=True)
class KeptSchedule:
    """A schedule.

    Parameters
    ----------
    id : str
        The plan's; empty as long as it is not kept.
    name : str
        The plan's.
    first_day, last_day : datetime.date
        What it is for.
    seed : int
        Of its random numbers.
    visits : tuple of KeptVisit
        By time, then by patrol.
    tallies : tuple of KeptTally
        Those that lack most first.
    unreached : tuple of str
        Names of hot spots that were left out: there is no way on foot to them.
    source : TravelSource
        What the ways between them were measured by.
    void : bool
        Whether it was withdrawn.
    """

    id: str
    name: str
    first_day: date
    last_day: date
    seed: int
    visits: tuple[KeptVisit, ...]
    tallies: tuple[KeptTally, ...]
    unreached: tuple[str, ...]
    source: TravelSource
    void: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        """The days that have visits."""
        return tuple(sorted({visit.day for visit in self.visits}))

    @property
    def patrols(self) -> tuple[str, ...]:
        """The patrols, by name."""
        return tuple(sorted({visit.patrol for visit in self.visits}, key=alphabetical))

    def of(self, *, day: date | None = None, patrol: str | None = None) -> tuple[KeptVisit, ...]:
        """Return the visits of a day, of a patrol, or of a patrol's day."""
        return tuple(
            visit
            for visit in self.visits
            if day in (None, visit.day) and patrol in (None, visit.patrol)
        )


def outcome_of(schedule: KeptSchedule) -> dict[str, object]:
    """Return a schedule as a plan's outcome: JSON values, without what the plan itself holds."""
    data_date = schedule.source.data_date
    return {
        "version": VERSION,
        "seed": schedule.seed,
        "visits": [
            {**asdict(visit), "start": visit.start.isoformat()} for visit in schedule.visits
        ],
        "tallies": [asdict(tally) for tally in schedule.tallies],
        "unreached": list(schedule.unreached),
        "source": {
            **asdict(schedule.source),
            "data_date": data_date.isoformat() if data_date else None,
        },
    }


def schedule_of(plan: Plan) -> KeptSchedule:
    """Return the schedule that a plan holds.

    Parameters
    ----------
    plan : Plan
        Of the kind ``schedule``.

    Returns
    -------
    KeptSchedule
        As it was kept.

    Raises
    ------
    PlanningError
        ``plan_schedule.not_readable`` if it holds no schedule that this program reads.
    """
    try:
        return _read(plan, plan.outcome)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise PlanningError("plan_schedule.not_readable", name=plan.name) from error


def _read(plan: Plan, told: Mapping[str, Any]) -> KeptSchedule:
    if told["version"] != VERSION:
        raise ValueError(VERSION)
    return KeptSchedule(
        id=plan.id,
        name=plan.name,
        first_day=plan.first_day,
        last_day=plan.last_day,
        seed=int(told["seed"]),
        visits=tuple(_visit(one) for one in told["visits"]),
        tallies=tuple(
            KeptTally(
                str(one["spot_id"]), str(one["name"]), int(one["wanted"]), int(one["planned"])
            )
            for one in told["tallies"]
        ),
        unreached=tuple(str(name) for name in told["unreached"]),
        source=_source(told["source"]),
        void=plan.void,
    )


def _visit(told: Mapping[str, Any]) -> KeptVisit:
    start = datetime.fromisoformat(told["start"])
    lon, lat, walk = float(told["lon"]), float(told["lat"]), told["walk_minutes"]
    if start.utcoffset() is None or not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError(told)
    return KeptVisit(
        str(told["key"]),
        str(told["patrol"]),
        str(told["spot_id"]),
        str(told["name"]),
        lon,
        lat,
        start.astimezone(SWEDISH_TIME),
        int(told["minutes"]),
        None if walk is None else int(walk),
    )


def _source(told: Mapping[str, Any]) -> TravelSource:
    known = {field.name: told[field.name] for field in fields(TravelSource)}
    day = told["data_date"]
    return TravelSource(**{**known, "data_date": date.fromisoformat(day) if day else None})
