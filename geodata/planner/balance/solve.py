"""The balance between areas: patrol time beside hot spots, findings and residents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from geodata.analysis.balance import (
    PATROL_KINDS,
    Against,
    Amounts,
    AreaBalance,
    Balance,
    Patrol,
    weigh,
)
from geodata.analysis.when import first_day_of
from geodata.model import Entry, Period, Promise
from geodata.service.core import Service
from geodata.service.following import following
from geodata.service.keeping import Kept

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
    return _balances.answer(service, (tuple(area.id for area in service.areas(promises)), period))


def _balance(service: Service, asked: tuple[tuple[str, ...], Period]) -> Balance:
    area_ids, period = asked
    return weigh(
        area_ids,
        period,
        [_patrol(e) for e in following(service).entries() if e.kind in PATROL_KINDS],
        service.hot_spots(),
        service.findings(),
        {area.id: area.residents.count for area in service.catalogue.areas if area.residents},
    )


def _patrol(entry: Entry) -> Patrol:
    first = first_day_of(entry.day, entry.precision)
    return Patrol(entry.activity_id, entry.area_id, first, entry.day, entry.minutes)


_balances: Final = Kept(_balance)
