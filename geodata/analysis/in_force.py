"""Which promises hold on a day, and which is told about where none does.

What is in force is judged; an ended promise is history and colours nothing later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from geodata.model import Catalogue, Promise


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day the screen tells about, and why that one."""

    day: date
    reason: Literal["today", "period_end", "together", "chosen"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the screen tells about: promises, and the end of a day."""

    promises: tuple[Promise, ...]
    as_of: AsOf


def in_force(promises: Iterable[Promise], day: date) -> tuple[Promise, ...]:
    """Return the promises that hold on a day and are not put away in the archive."""
    return tuple(p for p in promises if day in p.period and not p.archived)


def told_on(promises: Sequence[Promise], day: date) -> tuple[Promise, ...]:
    """Return the promises that are told about on a day where nobody has chosen one.

    Parameters
    ----------
    promises : sequence of Promise
        Of any municipalities, without drafts.
    day : datetime.date

    Returns
    -------
    tuple of Promise
        Of each municipality those in force; where none is, the one that ended last, as history;
        before its first promise nothing. Where that leaves nothing at all, the promises that
        begin first. In the order given, none of the archive.
    """
    shown = [promise for promise in promises if not promise.archived]
    told: list[Promise] = []
    for _, each in groupby(sorted(shown, key=_municipality), key=_municipality):
        own = list(each)
        ended = [promise for promise in own if promise.period.end < day]
        last = max((promise.period.end for promise in ended), default=None)
        told += in_force(own, day) or (p for p in ended if p.period.end == last)
    first = min((promise.period.start for promise in shown), default=None)
    told = told or [promise for promise in shown if promise.period.start == first]
    # By their ids: comparing whole promises, each with each, takes a country's catalogue 40 ms.
    ids = {promise.id for promise in told}
    return tuple(promise for promise in promises if promise.id in ids)


def _municipality(promise: Promise) -> str:
    return promise.municipality


def usual_day(promises: Sequence[Promise], recorded: Collection[str], today: date) -> date:
    """Return the day to tell about where nobody has chosen one.

    Parameters
    ----------
    promises : sequence of Promise
        As for `told_on`.
    recorded : collection of str
        Ids of the promises in whose areas and period something is recorded.
    today : datetime.date

    Returns
    -------
    datetime.date
        Today while a promise is in force, or before the first begins. Then the last day on which
        those promises were in force together that have records: the latest of them, and those
        whose periods overlap with its own. Where nothing is recorded, of all promises.
    """
    begun = [p for p in promises if p.period.start <= today and not p.archived]
    if not begun or in_force(begun, today):
        return today
    known = [promise for promise in begun if promise.id in recorded] or begun
    latest = max(known, key=lambda promise: promise.period.end).period
    return min(p.period.end for p in known if p.period.end >= latest.start)


def recorded_in(
    promises: Iterable[Promise], done: Iterable[tuple[str | None, date]]
) -> frozenset[str]:
    """Return the promises in whose areas and period something was done: its area and its day."""
    by_area: defaultdict[str | None, list[Promise]] = defaultdict(list)
    for promise in promises:
        for area_id in promise.area_ids:
            by_area[area_id].append(promise)
    return frozenset(p.id for area_id, day in done for p in by_area[area_id] if day in p.period)


def scope_of(
    promises: tuple[Promise, ...],
    chosen: date | None,
    today: date,
    recorded: Collection[str] | None,
) -> Scope:
    """Return what is told about: of all promises with `recorded`, else of the one chosen."""
    if recorded is None:
        day = chosen or min(promises[0].period.end, today)
    else:
        day = chosen or usual_day(promises, recorded, today)
        promises = told_on(promises, day)
    if chosen is not None:
        return Scope(promises, AsOf(day, "chosen"))
    if day == today:
        return Scope(promises, AsOf(day, "today"))
    # Of several that did not end at once it is the end of one, and the others went on.
    ended = all(promise.period.end <= day for promise in promises)
    return Scope(promises, AsOf(day, "period_end" if ended else "together"))


def with_earlier(catalogue: Catalogue, promises: Iterable[Promise]) -> tuple[Promise, ...]:
    """Return promises, and those that they follow on: what was left open there is theirs."""
    found: dict[str, Promise] = {}
    waiting = list(promises)
    while waiting:
        promise = waiting.pop(0)
        found[promise.id] = promise
        before = catalogue.promise_by_id.get(promise.predecessor or "")
        waiting += [before] if before is not None and before.id not in found else []
    return tuple(found.values())
