"""What Uppföljning and the time line need: records by their ids, their rhythm, the uncounted."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import accumulate
from typing import overload

from geodata.analysis.evidence import (
    Frame,
    frame_of,
    reason,
    records_of,
    sort_out,
    sort_uncounted,
)
from geodata.analysis.evidence import UncountedReason as UncountedReason
from geodata.analysis.in_force import AsOf, Row, chains, rows
from geodata.analysis.indicators import Goals as Goals
from geodata.analysis.indicators import Told as Told
from geodata.analysis.indicators import about_area, beside, known_by, with_readings
from geodata.analysis.rhythm import TO_THE_MONTH as TO_THE_MONTH
from geodata.analysis.rhythm import TO_THE_WEEK as TO_THE_WEEK
from geodata.analysis.rhythm import ByMonth, Daily, by_day, by_month, lines
from geodata.analysis.rhythm import Happened as Happened
from geodata.analysis.rhythm import Line as Line
from geodata.analysis.rhythm import Span as Span
from geodata.analysis.rhythm import SquareIs as SquareIs
from geodata.analysis.rhythm import Tally as Tally
from geodata.analysis.rhythm import level_of as level_of
from geodata.analysis.rhythm import levels as levels
from geodata.analysis.rhythm import months as months
from geodata.analysis.rhythm import weeks as weeks
from geodata.model import (
    Activity,
    Commitment,
    CommitmentProgress,
    Evidence,
    LeftOutReason,
    Period,
    Precision,
    Promise,
)
from geodata.publish.charts import Size as Size
from geodata.publish.charts import drawing as drawing
from geodata.publish.charts import round_step as round_step
from geodata.service.core import Service


def _frame(service: Service, commitment: Commitment, as_of: date) -> Frame:
    promise = service.catalogue.promise_by_id[commitment.promise_id]
    return frame_of(commitment, promise.period, as_of)


def days_of(
    service: Service, commitment: Commitment, area_id: str | None, as_of: date
) -> Mapping[date, int]:
    """Return how many activities count for a commitment on each day, in order of day.

    In one area, or in all where that is None.
    """
    whole, by_area = sort_out(
        _frame(service, commitment, as_of), service.claims().get(commitment.id, ())
    )
    counted: Counter[date] = Counter()
    for tally in (whole if area_id is None else by_area[area_id]).counted:
        counted[tally.day] += tally.number
    return dict(sorted(counted.items()))


class Listed(Sequence[str]):
    """The ids of a pile's activities, the newest first; read as they are asked for.

    Parameters
    ----------
    days : mapping of date to int
        How many there are on each day.
    read : callable
        Given a first and a last day, the ids of those days, by day and id.
    """

    def __init__(
        self, days: Mapping[date, int], read: Callable[[date, date], Sequence[str]]
    ) -> None:
        self._days, self._read = sorted(days.items(), reverse=True), read

    def __len__(self) -> int:
        return sum(number for _, number in self._days)

    def __iter__(self) -> Iterator[str]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        wanted = range(len(self))[index]
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        if not wanted:
            return ()
        # Whole days are read: those that hold the first, the last and what lies between.
        ends = [*accumulate((number for _, number in self._days), initial=0)]
        first, last = (bisect_right(ends, at) - 1 for at in (min(wanted), max(wanted)))
        ids = self._read(self._days[last][0], self._days[first][0])[::-1]
        # One that somebody withdraws just now is none of them any more.
        places = (at - ends[first] for at in wanted)
        return tuple(ids[place] for place in places if place < len(ids))


def records(
    service: Service, commitment: Commitment, area_id: str | None, as_of: date
) -> Mapping[LeftOutReason | None, Sequence[str]]:
    """Return the activities that name a commitment, in one area or in all, by why they don't count.

    Under None are those that count; in each list the newest first.
    """
    frame = _frame(service, commitment, as_of)
    days: defaultdict[LeftOutReason | None, Counter[date]] = defaultdict(Counter)
    for tally in service.claims().get(commitment.id, ()):
        if area_id in (None, tally.area_id):
            days[reason(frame, tally)][tally.day] += tally.number

    def read(why: LeftOutReason | None, first: date, last: date) -> Sequence[str]:
        rows = service.register.evidence(commitment.id, area_id, first, last)
        return records_of(frame, rows).get(why, ())

    return {why: Listed(on, partial(read, why)) for why, on in days.items()}


def counting(
    service: Service, commitment: Commitment, activities: Iterable[Activity], as_of: date
) -> dict[str, LeftOutReason | None]:
    """Return why each of some activities doesn't count for a commitment, None where it does.

    By their ids; those that don't name it are left away.
    """
    frame = _frame(service, commitment, as_of)
    return {
        a.id: reason(frame, Evidence(a.id, commitment.id, a.area_id, a.kind, a.day, a.minutes))
        for a in activities
        if commitment.id in a.commitments and not a.void
    }


def within(
    service: Service, area_id: str, span: Span, as_of: date, exact: frozenset[Precision]
) -> tuple[str, ...]:
    """Return the ids of an area's activities in a week or a month, the newest first."""
    last = min(span.last, as_of)
    return tuple(service.register.ids_on(area_id, span.first, last, exact))


def rhythm(
    service: Service,
    promises: Sequence[Promise],
    spans: Sequence[Span],
    as_of: date,
    exact: frozenset[Precision],
) -> tuple[Line, ...]:
    """Return what is recorded in each of the promises' areas, span by span."""
    periods: dict[str, list[Period]] = {
        area.id: [promise.period for promise in promises if area.id in promise.area_ids]
        for area in service.areas(promises)
    }
    return lines(service.kept(_daily), periods, spans, as_of, exact)


def _daily(service: Service) -> Daily:
    return by_day(service.tallies())


def happened(
    service: Service, area_ids: tuple[str, ...] | None, commitment_id: str | None
) -> ByMonth:
    """Return what happened each month, whatever the day told about.

    Parameters
    ----------
    service : Service
        Where.
    area_ids : tuple of str or None
        Only there; None is everywhere, outside every area too.
    commitment_id : str or None
        Only what is recorded for it, and what was found on walks for it.
    """
    return service.kept(_happened, area_ids, commitment_id)


def _happened(
    service: Service, area_ids: tuple[str, ...] | None, commitment_id: str | None
) -> ByMonth:
    by_area = service.kept(_by_month, commitment_id)
    found: dict[date | None, Happened] = {}
    for area_id in by_area if area_ids is None else area_ids:
        for month, counts in by_area.get(area_id, {}).items():
            found[month] = found.get(month, Happened()) + counts
    return found


def _by_month(service: Service, commitment_id: str | None) -> Mapping[str | None, ByMonth]:
    walks = service.walks()
    if commitment_id is None:
        return by_month(service.tallies(), walks, service.findings())
    own = [walk for walk in walks if commitment_id in walk.commitments]
    on = {walk.id for walk in own}
    findings = [finding for finding in service.findings() if finding.walk_id in on]
    return by_month(service.claims().get(commitment_id, ()), own, findings)


def uncounted(
    service: Service, promises: Sequence[Promise], as_of: date
) -> Mapping[UncountedReason, tuple[str, ...]]:
    """Return what is recorded and counts for nothing, by reason, the newest first."""
    return service.kept(_uncounted, as_of, frozenset(promise.id for promise in promises))


def _uncounted(
    service: Service, as_of: date, promise_ids: frozenset[str]
) -> Mapping[UncountedReason, tuple[str, ...]]:
    promises = service.catalogue.promises
    chosen = [promise for promise in promises if promise.id in promise_ids]
    frames = {c.id: frame_of(c, p.period, as_of) for p in promises for c in p.commitments}
    not_counted = [
        tally
        for id_, tallies in service.claims().items()
        for tally in tallies
        if tally.day <= as_of and (id_ not in frames or reason(frames[id_], tally) is not None)
    ]
    entries, evidence = service.register.doubtful(not_counted)
    return sort_uncounted(entries, evidence, promises, chosen, as_of)


@dataclass(frozen=True, slots=True)
class Year:
    """A promise in a comparison over years, on the day that its own page tells about."""

    promise: Promise
    as_of: AsOf
    progress: Mapping[str, CommitmentProgress]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Promises that follow one another, and what became of their commitments."""

    # From the first promise to the last.
    years: tuple[Year, ...]
    # Commitments that another carries on.
    carried_on: Sequence[Row]
    # Those that are carried on by none and carry on none, by promise id.
    alone: Mapping[str, tuple[Commitment, ...]]


def comparisons(
    service: Service, promises: Sequence[Promise], chosen: date | None
) -> tuple[Comparison, ...]:
    """Return what some promises follow and are followed by, where anything does.

    Parameters
    ----------
    service : Service
        Only read.
    promises : sequence of Promise
        Those told about; an archived promise that is none of them is left out.
    chosen : datetime.date or None
        The day told about; None for each promise's own last day, or today while it is in force.
    """
    told = {promise.id for promise in promises}
    known = [p for p in service.catalogue.promises if not p.archived or p.id in told]
    return tuple(
        _comparison(service, chain, chosen)
        for chain in chains(known)
        if len(chain) > 1 and any(promise.id in told for promise in chain)
    )


def _comparison(service: Service, chain: Sequence[Promise], chosen: date | None) -> Comparison:
    years = tuple(_year(service, promise, chosen) for promise in chain)
    own = [(row, [d for each in row.values() for d in each if d.own]) for row in rows(chain)]
    carried_on = [row for row, descents in own if len(descents) > 1]
    lone = [descents[0].commitment for _, descents in own if len(descents) == 1]
    return Comparison(
        years, carried_on, {p.id: tuple(c for c in lone if c.promise_id == p.id) for p in chain}
    )


def _year(service: Service, promise: Promise, chosen: date | None) -> Year:
    as_of = service.scope(promise.id, chosen).as_of
    return Year(promise, as_of, service.progress(as_of.day))


def seen_beside(service: Service, promise: Promise) -> Goals:
    """Return a promise's goals, each with the indicators that are shown beside it."""
    return service.kept(_beside, promise.id)


def _beside(service: Service, promise_id: str) -> Goals:
    return beside(service.catalogue, service.catalogue.promise_by_id[promise_id])


def seen_in(service: Service, area_id: str) -> tuple[Told, ...]:
    """Return the indicators that are about that very area, with what was read of them."""
    return about_area(service.catalogue, area_id)


def known_at(
    service: Service, day: date, promise_id: str | None, area_id: str | None = None
) -> Goals:
    """Return what had been read by a day, of an area alone or beside a promise's goals."""
    return service.kept(_known_at, day, promise_id, area_id)


def _known_at(service: Service, day: date, promise_id: str | None, area_id: str | None) -> Goals:
    known = known_by(service.catalogue, day)
    if area_id is not None:
        return with_readings(((None, about_area(known, area_id)),))
    return with_readings(beside(known, known.promise_by_id[promise_id or ""]))
