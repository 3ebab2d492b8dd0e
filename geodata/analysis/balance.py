"""Balance: each area's share of patrol time beside its share of what patrols are sent for.

Shares
    Of the areas that are compared and of nothing else: what lies elsewhere is told apart. They add
    up to 1. A share of nothing is not nought per cent but None.
Patrol time
    Minutes of the records that give any; those that don't are counted beside. A record whose time
    is known too coarsely to say whether it lies in the period is told apart.
Hot spots
    A spot's weight times the part of the period's days on which it is one.
Findings
    Those found in the period, mended since or not: a flow, as patrol time is. What is found also
    depends on who looks, and where; see `Balance`.
Residents
    A share only where every compared area's number is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Literal, TypeVar

from geodata.model import Finding, HotSpot, Period

Measure = Literal["patrols", "hot_spots", "findings", "residents"]
"""What areas have shares of: minutes of patrols, weight of hot spots, findings, and residents."""

Placed = TypeVar("Placed", "Patrol", HotSpot, Finding)


@dataclass(frozen=True, slots=True)
class Patrol:
    """A patrol as it is weighed: `first` to `last` are the days that it can have been on."""

    id: str
    area_id: str | None
    first: date
    last: date
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an area has, or what lies in none of the compared ones; records by their ids."""

    patrols: tuple[str, ...] = ()
    # What those patrols take that say how long they took.
    minutes: int = 0
    # How many patrols don't say how long they took.
    without_minutes: int = 0
    # Those that are one on some day of the period.
    hot_spots: tuple[str, ...] = ()
    # Their weight, by the days on which they are one.
    weight: float = 0.0
    findings: tuple[str, ...] = ()
    # Patrols that may lie in the period or not.
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaBalance:
    """An area's amounts and its shares of them, 0 to 1; None of what no area has."""

    area_id: str
    amounts: Amounts
    residents: int | None
    shares: Mapping[Measure, float | None]

    def gap(self, against: Measure) -> float | None:
        """Return how much larger its share of patrol time is, None where either is unknown."""
        time, other = self.shares["patrols"], self.shares[against]
        return None if time is None or other is None else time - other


@dataclass(frozen=True, slots=True)
class Balance:
    """How patrol time lies between areas, beside what it is there for.

    More is found where more is looked, and more is looked where more has been found: a share of
    findings says where people looked as much as where problems are. So the three are shown side by
    side and never made into one number; and none is about people.
    """

    period: Period
    # Those compared, in the order that was asked for.
    areas: tuple[AreaBalance, ...]
    # What lies in none of them; part of no share.
    elsewhere: Amounts
    # Ids of the areas whose number of residents is not known.
    residents_unknown: tuple[str, ...]

    def tells(self, measure: Measure) -> bool:
        """Tell whether any area has a share of something."""
        return any(area.shares[measure] is not None for area in self.areas)

    def farthest(self, against: Measure) -> AreaBalance | None:
        """Return the area whose two shares lie farthest apart, the first of equals.

        Parameters
        ----------
        against : {"hot_spots", "findings", "residents"}
            What patrol time is put beside.

        Returns
        -------
        AreaBalance or None
            None where there is nothing to put beside, or a single area to tell about.
        """
        known = [(abs(gap), area) for area in self.areas if (gap := area.gap(against)) is not None]
        return max(known, key=lambda one: one[0])[1] if len(known) > 1 else None


def shares(amounts: Sequence[float]) -> tuple[float | None, ...]:
    """Return each amount's share of their sum; None for each where there is nothing to share."""
    total = fsum(amounts)
    return tuple(amount / total if total else None for amount in amounts)


def weigh(
    area_ids: Sequence[str],
    period: Period,
    patrols: Iterable[Patrol],
    hot_spots: Iterable[HotSpot],
    findings: Iterable[Finding],
    residents: Mapping[str, int],
) -> Balance:
    """Lay areas' patrol time beside their hot spots, findings and residents.

    Parameters
    ----------
    area_ids : sequence of str
        The areas to compare, each once.
    period : Period
        What is told about, both days included.
    patrols, hot_spots, findings : iterable
        In any areas and from any time; each record once.
    residents : mapping of str to int
        By area id, for the areas where it is known.

    Returns
    -------
    Balance
        By this module's rules.
    """

    def by_area(records: Iterable[Placed]) -> Mapping[str | None, list[Placed]]:
        """Sort records by area; None has those in none of the compared."""
        sorted_out: dict[str | None, list[Placed]] = {area_id: [] for area_id in (*area_ids, None)}
        for record in records:
            here = record.area_id if record.area_id in sorted_out else None
            sorted_out[here].append(record)
        return sorted_out

    own, spots, seen = by_area(patrols), by_area(hot_spots), by_area(findings)
    *amounts, elsewhere = (
        _amounts(own[area_id], spots[area_id], seen[area_id], period)
        for area_id in (*area_ids, None)
    )
    unknown = tuple(area_id for area_id in area_ids if area_id not in residents)
    lived = [0.0 if unknown else float(residents[area_id]) for area_id in area_ids]
    told: Mapping[Measure, tuple[float | None, ...]] = {
        "patrols": shares([each.minutes for each in amounts]),
        "hot_spots": shares([each.weight for each in amounts]),
        "findings": shares([len(each.findings) for each in amounts]),
        "residents": shares(lived),
    }
    areas = (
        AreaBalance(id_, has, residents.get(id_), {what: of[at] for what, of in told.items()})
        for at, (id_, has) in enumerate(zip(area_ids, amounts, strict=True))
    )
    return Balance(period, tuple(areas), elsewhere, unknown)


def _amounts(
    patrols: Sequence[Patrol],
    hot_spots: Sequence[HotSpot],
    findings: Sequence[Finding],
    period: Period,
) -> Amounts:
    """Return the amounts of what lies in one area."""
    sure = {patrol.id: period.holds(patrol.first, patrol.last) for patrol in patrols}
    inside = [patrol for patrol in patrols if sure[patrol.id]]
    minutes = [patrol.minutes for patrol in inside if patrol.minutes is not None]
    spot_days = [(spot, spot.days_within(period.start, period.end)) for spot in hot_spots]
    valid = [(spot, days) for spot, days in spot_days if days]
    return Amounts(
        tuple(patrol.id for patrol in inside),
        sum(minutes),
        len(inside) - len(minutes),
        tuple(spot.id for spot, _ in valid),
        fsum(spot.weight * days / period.days for spot, days in valid),
        tuple(finding.id for finding in findings if finding.day in period),
        tuple(id_ for id_, is_in in sure.items() if is_in is None),
    )
