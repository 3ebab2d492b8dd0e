"""What hot spots and areas got: the dose board, and patrol time beside what it is weighed against.

Kept for each version of the register.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from geodata.analysis.balance import Amounts, Balance, Measure, Patrol, weigh
from geodata.analysis.dose import (
    CELLS_A_DAY,
    HOURS_A_CELL,
    AreaDose,
    Dose,
    DoseState,
    Foreseen,
    Gap,
    SpotDose,
    area_doses,
    spot_dose,
    whole_minutes,
    worst_first,
)
from geodata.analysis.visits import PATROL_KINDS, Pass, Visit, Visits, find_visits
from geodata.crs import to_degrees, to_metres
from geodata.model import VISIT_MINUTES, ActivityFilter, Entry, HotSpot, Period, Promise
from geodata.planner.plans import EARLIEST, read_day
from geodata.service.core import Service

__all__ = [
    "CELLS_A_DAY", "HOURS_A_CELL", "PATROL_KINDS", "Amounts", "AreaDose",
    "Balance", "Dose", "DoseState", "Foreseen", "Gap", "Measure", "Pass", "SpotDose",
    "Visit", "whole_minutes",
]  # fmt: skip
"""What of the analysis the screen shows by name."""

LATEST_DAYS: Final = 28
"""Four weeks: long enough for each weekday to come four times."""

LATEST: Final = date(2199, 12, 31)
"""No register of ours reaches beyond this; a typing error in a year does."""

RADII_AROUND: Final = 2.5
"""How much of what lies around a hot spot is shown with it."""

Choice = Literal["promise", "latest", "own"]


# --- the period ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The period that is told about, and how it was chosen: never later than the day told about."""

    choice: Choice
    period: Period
    # What is wrong with the days that were asked for; the period is then the promise's.
    fault: Literal["days", "order"] | None = None
    # Whether later days were asked for than the one told about.
    cut: bool = False


def asked_period(promises: Sequence[Promise], as_of: date, choices: Mapping[str, str]) -> Asked:
    """Return the period that is asked for.

    Parameters
    ----------
    promises : sequence of Promise
        At least one; of those that have not begun by `as_of`, the latest four weeks are told.
    as_of : datetime.date
        The end of this day is what is told.
    choices : mapping of str to str
        ``period``: ``promise`` (also where it is none of these), ``latest`` or ``own``; for the
        last one ``first`` and ``last``, days as ISO 8601 writes them.
    """
    as_of = min(max(as_of, EARLIEST + timedelta(days=LATEST_DAYS)), LATEST)
    begins = min(promise.period.start for promise in promises)
    ends = min(max(promise.period.end for promise in promises), as_of)
    latest = Period(as_of - timedelta(days=LATEST_DAYS - 1), as_of)
    of_promise = Asked("promise", Period(begins, ends) if begins <= ends else latest)
    if choices.get("period") == "latest":
        return Asked("latest", latest)
    if choices.get("period") != "own":
        return of_promise
    first, last = (read_day(choices.get(name, "")) for name in ("first", "last"))
    if first is None or last is None:
        return replace(of_promise, choice="own", fault="days")
    if first > min(last, as_of):
        return replace(of_promise, choice="own", fault="order")
    return Asked("own", Period(first, min(last, as_of)), cut=last > as_of)


# --- the board -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Board:
    """What every hot spot got in a period, the worst first; those not valid in it last."""

    period: Period
    spots: tuple[SpotDose, ...]
    # Those that have hot spots, the worst first.
    areas: tuple[AreaDose, ...]
    # All that was read, perhaps of more days; for a hot spot that is not on the board.
    found: Visits
    # Id and area of every patrol in the period, the newest first.
    patrols: tuple[tuple[str, str | None], ...]
    # Ids of those that lie somewhere but were at no hot spot.
    elsewhere: frozenset[str]
    # Ids of those whose place nobody has told.
    unplaced: frozenset[str]

    def within(self, area_ids: Collection[str]) -> Board:
        """Return the board of some areas' hot spots and patrols.

        Parameters
        ----------
        area_ids : collection of str
            Which areas.
        """
        patrols = tuple(pair for pair in self.patrols if pair[1] in area_ids)
        ids = {id_ for id_, _ in patrols}
        return replace(
            self,
            spots=tuple(s for s in self.spots if s.hot_spot.area_id in area_ids),
            areas=tuple(a for a in self.areas if a.area_id in area_ids),
            patrols=patrols,
            elsewhere=self.elsewhere & ids,
            unplaced=self.unplaced & ids,
        )

    def dose_of(self, spot: HotSpot) -> SpotDose:
        """Return what a hot spot got, also one that was withdrawn."""
        on_board = (one for one in self.spots if one.hot_spot.id == spot.id)
        return next(on_board, None) or spot_dose(spot, self.found, self.period)

    def area(self, area_id: str) -> AreaDose | None:
        """Return what an area got; None where it has no hot spot."""
        return next((one for one in self.areas if one.area_id == area_id), None)


def board(service: Service, period: Period) -> Board:
    """Return what every hot spot got in a period.

    Parameters
    ----------
    service : Service
        The only door to data.
    period : Period
        Not later than the day that is told about.
    """
    return service.kept(_board, period)


def bounds_around(spot: HotSpot) -> tuple[float, float, float, float]:
    """Return west, south, east and north (WGS 84) of a map that shows a hot spot's surroundings."""
    around = to_metres(spot.place).buffer(RADII_AROUND * spot.radius_m)
    west, south, east, north = to_degrees(around).bounds
    return west, south, east, north


def is_advised(visit: Visit) -> bool:
    """Tell whether a visit is known to have lasted 10 to 16 minutes."""
    lowest, highest = VISIT_MINUTES
    return visit.minutes is not None and lowest <= whole_minutes(visit.minutes) <= highest


@dataclass(frozen=True, slots=True)
class _Read:
    """Everything that was read of some days' patrols, the newest first."""

    period: Period
    spots: tuple[HotSpot, ...]
    found: Visits
    patrols: tuple[tuple[str, str | None, date, bool], ...]

    @classmethod
    def of(cls, service: Service, period: Period) -> _Read:
        wanted = ActivityFilter(
            kinds=PATROL_KINDS,
            # A track that began the day before may come to a hot spot after midnight.
            first_day=period.start - timedelta(days=1),
            last_day=period.end,
        )
        activities, spots = service.activities(wanted), service.hot_spots()
        patrols = ((a.id, a.area_id, a.day, a.place is not None) for a in activities)
        return cls(period, spots, find_visits(spots, activities), tuple(patrols))

    def holds(self, period: Period) -> bool:
        """Tell whether a board of some days can be made from it."""
        return period.start in self.period and period.end in self.period


def _latest_read(_service: Service) -> list[_Read]:
    """Return where a service keeps what was read last of a version."""
    return []


def _board(service: Service, period: Period) -> Board:
    # A reader steps through months of one period: all of it is read once.
    latest = service.kept(_latest_read)
    if not latest or not latest[0].holds(period):
        latest[:] = [_Read.of(service, period)]
    read = latest[0]
    found, within = read.found, [one for one in read.patrols if one[2] in period]
    doses = [spot_dose(spot, found, period) for spot in read.spots]
    told = {one.activity_id for one in found.visits} | {one.activity_id for one in found.passes}
    return Board(
        period,
        worst_first(doses),
        area_doses(doses, period),
        found,
        tuple((id_, area_id) for id_, area_id, *_ in within),
        frozenset(id_ for id_, *_, placed in within if placed and id_ not in told),
        frozenset(id_ for id_, *_, placed in within if not placed),
    )


def balance(service: Service, promises: Sequence[Promise], period: Period) -> Balance:
    """Return the balance between the areas that promises name.

    Parameters
    ----------
    service : Service
        The only door to data.
    promises : sequence of Promise
        Whose areas are compared, in the catalogue's order.
    period : Period
        What is told about, not later than the day told about.
    """
    return service.kept(_balance, tuple(area.id for area in service.areas(promises)), period)


def _balance(service: Service, area_ids: tuple[str, ...], period: Period) -> Balance:
    return weigh(
        area_ids,
        period,
        [_patrol(e) for e in service.entries(*PATROL_KINDS)],
        service.hot_spots(),
        service.findings(),
        {area.id: area.residents.count for area in service.catalogue.areas if area.residents},
    )


def _patrol(entry: Entry) -> Patrol:
    first = entry.precision.first_day(entry.day)
    return Patrol(entry.activity_id, entry.area_id, first, entry.day, entry.minutes)
