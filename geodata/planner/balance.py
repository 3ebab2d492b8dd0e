"""The balance between areas: patrol time beside hot spots, findings and residents."""

from __future__ import annotations

from collections.abc import Sequence

from geodata.analysis.balance import (
    PATROL_KINDS,
    Against,
    Amounts,
    AreaBalance,
    Balance,
    Patrol,
    weigh,
)
from geodata.model import Entry, Period, Promise
from geodata.service.core import Service

__all__ = ["PATROL_KINDS", "Against", "Amounts", "AreaBalance", "Balance"]


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
        [_patrol(e) for e in service.entries().values() if e.kind in PATROL_KINDS],
        service.hot_spots(),
        service.findings(),
        {area.id: area.residents.count for area in service.catalogue.areas if area.residents},
    )


def _patrol(entry: Entry) -> Patrol:
    first = entry.precision.first_day(entry.day)
    return Patrol(entry.activity_id, entry.area_id, first, entry.day, entry.minutes)
