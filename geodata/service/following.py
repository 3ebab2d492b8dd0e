"""What Uppföljning needs beside `Service`: records by their ids, their rhythm, the uncounted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from threading import Lock
from weakref import WeakKeyDictionary, ref

from geodata.analysis.evidence import UncountedReason, sort_uncounted
from geodata.analysis.rhythm import (
    TO_THE_MONTH,
    TO_THE_WEEK,
    Daily,
    Line,
    Span,
    SquareIs,
    Tally,
    by_day,
    level_of,
    levels,
    lines,
    months,
    weeks,
)
from geodata.model import Activity, Entry, Period, Precision, Promise
from geodata.service.core import Service

__all__ = [
    "TO_THE_MONTH",
    "TO_THE_WEEK",
    "Following",
    "Line",
    "Span",
    "SquareIs",
    "Tally",
    "UncountedReason",
    "following",
    "level_of",
    "levels",
    "months",
    "weeks",
]

_made: WeakKeyDictionary[Service, Following] = WeakKeyDictionary()
_making = Lock()


def following(service: Service) -> Following:
    """Return what a service's follow-up is read from, made once for each service."""
    with _making:
        return _made.setdefault(service, Following(service))


class Following:
    """Records as the follow-up asks for them, kept for each version of the register."""

    def __init__(self, service: Service) -> None:
        self._register, self._catalogue = service.register, service.catalogue
        # Weak, or what is kept for a service would keep that service for ever.
        self._service = ref(service)
        self._reading = Lock()
        # Bounded, and keyed by the register's version: a change makes a new entry.
        self._lines = lru_cache(maxsize=1)(self._read_entries)
        self._daily = lru_cache(maxsize=1)(self._count_daily)
        self._uncounted = lru_cache(maxsize=8)(self._sort_uncounted)

    # --- records -------------------------------------------------------------------------

    def records(self, ids: Sequence[str]) -> list[Activity]:
        """Return a page of activities, in the order of their ids; withdrawn ones are left out."""
        return self._register.activities_by_id(ids)

    def entries(self) -> Collection[Entry]:
        """Return every activity as a line of the register, the newest first."""
        return self._known().values()

    def days(self, ids: Iterable[str]) -> Mapping[date, int]:
        """Return how many of some activities there are on each day, in order of day."""
        known = self._known()
        return dict(sorted(Counter(known[i].day for i in ids if i in known).items()))

    def within(
        self, area_id: str, span: Span, as_of: date, exact: frozenset[Precision]
    ) -> tuple[str, ...]:
        """Return the ids of an area's activities in a week or a month, the newest first."""
        last = min(span.last, as_of)
        return tuple(
            entry.activity_id
            for entry in self._known().values()
            if entry.area_id == area_id
            and span.first <= entry.day <= last
            and entry.precision in exact
        )

    # --- rhythm --------------------------------------------------------------------------

    def rhythm(
        self,
        promises: Sequence[Promise],
        spans: Sequence[Span],
        as_of: date,
        exact: frozenset[Precision],
    ) -> tuple[Line, ...]:
        """Return what is recorded in each of the promises' areas, span by span."""
        periods: dict[str, list[Period]] = {
            area.id: [p.period for p in promises if area.id in p.area_ids]
            for area in self._catalogue.areas
        }
        named = {area_id: found for area_id, found in periods.items() if found}
        with self._reading:
            daily = self._daily(self._register.version())
        return lines(daily, named, spans, as_of, exact)

    # --- what counts for nothing -----------------------------------------------------------

    def uncounted(
        self, promises: Sequence[Promise], as_of: date
    ) -> Mapping[UncountedReason, tuple[str, ...]]:
        """Return what is recorded and counts for nothing, by reason, the newest first."""
        return self._uncounted(
            self._register.version(), as_of, tuple(promise.id for promise in promises)
        )

    # --- read once for each version of the register -----------------------------------------

    def _known(self) -> Mapping[str, Entry]:
        # One at a time: many who ask at once after a change would all do the same work.
        with self._reading:
            return self._lines(self._register.version())

    def _read_entries(self, version: int) -> Mapping[str, Entry]:  # noqa: ARG002 (the key)
        return {entry.activity_id: entry for entry in self._register.entries()}

    def _count_daily(self, version: int) -> Daily:
        return by_day(self._lines(version).values())

    def _sort_uncounted(
        self, version: int, as_of: date, promise_ids: tuple[str, ...]
    ) -> Mapping[UncountedReason, tuple[str, ...]]:
        service = self._service()
        if service is None:
            return {}
        with self._reading:
            entries = self._lines(version)
        promises = self._catalogue.promises
        chosen = [promise for promise in promises if promise.id in promise_ids]
        return sort_uncounted(entries.values(), service.progress(as_of), promises, chosen, as_of)
