"""Which commitments an activity would count for, each with what speaks for it or against it.

A suggestion is the rules of `progress` asked beforehand: what it suggests is counted once it is
saved, and what it advises against would be left out for the very reason given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geodata.analysis._evidence import frame_of, sort_out
from geodata.model import Commitment, Evidence, LeftOutReason, Period, Promise


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a commitment would make of an activity.

    Parameters
    ----------
    commitment : Commitment
        Which one.
    period : Period
        Its promise's.
    reason : LeftOutReason or None
        Why the activity would not count; None if it would.
    names_area : bool
        Whether it names the activity's area; False too where it names none and any counts.
    """

    commitment: Commitment
    period: Period
    reason: LeftOutReason | None
    names_area: bool

    @property
    def counts(self) -> bool:
        """Whether the activity would count."""
        return self.reason is None


def suggest(
    promises: Iterable[Promise], kind: str, area_id: str | None, day: date
) -> tuple[Suggestion, ...]:
    """Tell of every commitment whether an activity would count for it.

    Parameters
    ----------
    promises : iterable of Promise
        Whose commitments are asked.
    kind : str
        The activity's kind.
    area_id : str or None
        The area it took place in.
    day : datetime.date
        The day it counts from. It is asked as if that day had come.

    Returns
    -------
    tuple of Suggestion
        Those it would count for first; among equals in the promises' order.
    """
    found = [
        _asked(commitment, promise.period, kind, area_id, day)
        for promise in promises
        for commitment in promise.commitments
    ]
    return tuple(sorted(found, key=lambda suggestion: not suggestion.counts))


class Counting:
    """Which commitments an activity would count for, asked of a great many activities.

    The answer is that of `suggest`, worked out once for each kind in each area.

    Parameters
    ----------
    promises : iterable of Promise
        Whose commitments are asked.
    """

    def __init__(self, promises: Iterable[Promise]) -> None:
        self._frames = [
            frame_of(commitment, promise.period, promise.period.end)
            for promise in promises
            for commitment in promise.commitments
        ]
        self._spans: dict[tuple[str, str | None], tuple[tuple[str, date, date], ...]] = {}

    def commitments(self, kind: str, area_id: str | None, day: date) -> tuple[str, ...]:
        """Return the ids of the commitments that would count it, in the promises' order."""
        key = (kind, area_id)
        if key not in self._spans:
            self._spans[key] = tuple(
                (frame.commitment.id, frame.period.start, frame.last_day_of[kind])
                for frame in self._frames
                if kind in frame.last_day_of and frame.holds(area_id)
            )
        return tuple(id_ for id_, first, last in self._spans[key] if first <= day <= last)


def _asked(
    commitment: Commitment, period: Period, kind: str, area_id: str | None, day: date
) -> Suggestion:
    row = Evidence("", commitment.id, area_id, kind, day, None)
    pile, _ = sort_out(frame_of(commitment, period, max(day, period.end)), [row])
    reason = pile.left_out[0][0] if pile.left_out else None
    return Suggestion(commitment, period, reason, area_id in commitment.all_areas)
