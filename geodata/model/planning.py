"""What planners decide on: hot spots, and the plans that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from shapely import Point

from geodata.model.origin import Origin, SourceKind

HOT_SPOT_RADIUS_M: Final = 150.0
"""A new hot spot's radius, in metres: that of the spots in Basford et al. 2021."""

VISIT_MINUTES: Final = (10, 16)
"""A stop of 10 to 16 minutes deters longest (Koper 1995); not replicated elsewhere since."""


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place where a planner wants to be seen, and how much.

    It is about a place and never about people.

    Parameters
    ----------
    id : str
        UUID.
    name : str
        What the place is called, without personal data.
    place : shapely Point
        Its middle, in WGS 84.
    valid_from : datetime.date
        The first day that it is one.
    radius_m : float
        How far it reaches from its middle, in metres.
    weight : float
        How much it matters beside the others; above 0.
    reason : str
        Why it is one, without personal data.
    reason_source : str
        What the reason rests on, such as a situation picture or a safety walk.
    valid_to : datetime.date or None
        The last day that it is one; None until somebody ends it.
    visits_a_week : float or None
        Planned visits in a week; None where none are planned.
    minutes_a_visit : int or None
        Planned minutes for each visit.
    area_id : str or None
        The area that its middle lies in.
    origin : Origin
        How the record came to be.
    void : bool
        True once withdrawn.
    """

    id: str
    name: str
    place: Point
    valid_from: date
    radius_m: float = HOT_SPOT_RADIUS_M
    weight: float = 1.0
    reason: str = ""
    reason_source: str = ""
    valid_to: date | None = None
    visits_a_week: float | None = None
    minutes_a_visit: int | None = None
    area_id: str | None = None
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False

    def valid_on(self, day: date) -> bool:
        """Tell whether it is a hot spot on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def days_within(self, first: date, last: date) -> int:
        """Return on how many of the days from `first` to `last` it is one."""
        end = last if self.valid_to is None else min(last, self.valid_to)
        return max((end - max(first, self.valid_from)).days + 1, 0)


class PlanKind(StrEnum):
    """What a plan is for."""

    PLACES = "places"
    """Which places so many patrols or walks are to take."""
    LOOP = "loop"
    """A way to walk with its stops."""
    SCHEDULE = "schedule"
    """Visits to hot spots, hour by hour."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that somebody has kept: what was asked for, and what came out.

    What is planned is never taken for done; that is told by what is recorded.

    Parameters
    ----------
    id : str
        UUID.
    kind : PlanKind
        What it is for.
    name : str
        What it is called, without personal data.
    first_day, last_day : datetime.date
        The days that it is for.
    asked : mapping of str to JSON value
        What was asked for, enough to make it anew: choices, seed.
    outcome : mapping of str to JSON value
        What came out; what it holds depends on `kind`.
    origin : Origin
        How the record came to be.
    void : bool
        True once withdrawn.
    """

    id: str
    kind: PlanKind
    name: str
    first_day: date
    last_day: date
    asked: Mapping[str, object]
    outcome: Mapping[str, object]
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False
