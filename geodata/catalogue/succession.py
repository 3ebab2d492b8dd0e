"""The promise that follows another: what it takes over, and what has to be found out anew."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Container
from dataclasses import replace
from datetime import date, timedelta

from geodata.model import Commitment, LocalText, Milestone, Period, Promise

Shift = Callable[[date], date]
"""Takes a day of one period to the same day of the next."""


def successor(promise: Promise, taken: Container[str] = ()) -> Promise:
    """Return a draft of the promise that follows, to be gone through.

    Parameters
    ----------
    promise : Promise
        The one that it follows.
    taken : container of str, optional
        Ids that others have.

    Returns
    -------
    Promise
        For a period as long, beginning the day after. It has the commitments, parties, goals and
        background of the one before; days are moved along, and so is the year where names and
        commitments say it. What the new promise alone can tell is empty: its signing, its source,
        what came of it.
    """
    period, shift = following(promise.period)
    id_ = free_id(f"{promise.municipality} {period.start.year}", taken)

    old, new = promise.period, period
    years = {f"{old.end.year}": f"{new.end.year}", f"{old.start.year}": f"{new.start.year}"}

    def renamed(text: LocalText) -> LocalText:
        def moved(found: re.Match[str]) -> str:
            return years.get(found[0], found[0])

        # Both at once: the end of one period may be the beginning of the next.
        return LocalText(*(re.sub(r"\b\d{4}\b", moved, each) for each in _both(text)))

    return replace(
        promise,
        id=id_,
        short=renamed(promise.short),
        title=renamed(promise.title),
        period=period,
        signed=None,
        published=None,
        source=replace(promise.source, title=LocalText("", ""), url=None, date=None),
        commitments=tuple(
            replace(_carried_on(c, id_, shift), title=renamed(c.title), summary=renamed(c.summary))
            for c in promise.commitments
        ),
        goals=tuple(
            replace(goal, id=f"{id_}/goal-{goal.number}", forerunner=goal.id)
            for goal in promise.goals
        ),
        outcomes=(),
        predecessor=promise.id,
        unknown=(),
        draft=True,
        archived=False,
    )


def _both(text: LocalText) -> tuple[str, str]:
    return text.sv, text.en


def _carried_on(commitment: Commitment, promise_id: str, shift: Shift) -> Commitment:
    measure = commitment.measure
    if isinstance(measure, Milestone):
        steps = tuple(replace(s, due=s.due and shift(s.due)) for s in measure.steps)
        measure = replace(measure, steps=steps)
    return replace(
        commitment,
        id=f"{promise_id}/{commitment.number}",
        promise_id=promise_id,
        measure=measure,
        deadline=commitment.deadline and shift(commitment.deadline),
        forerunner=commitment.id,
    )


def following(period: Period) -> tuple[Period, Shift]:
    """Return the period as long that begins the day after, and what moves a day into it."""
    start, after = period.start, period.end + timedelta(days=1)
    if start.day == 1 and after.day == 1:
        months = 12 * (after.year - start.year) + after.month - start.month
        end = _later(after, months) - timedelta(days=1)
        return replace(period, start=after, end=end), lambda day: _later(day, months)
    gap = after - start
    return replace(period, start=after, end=period.end + gap), lambda day: day + gap


def _later(day: date, months: int) -> date:
    """Return a day some months later; a month's last day stays one."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if was_last else min(day.day, last))


def free_id(name: str, taken: Container[str], hyphen: str = "-") -> str:
    """Return an id made of a name, with a number after it where another has it."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    id_ = re.sub(r"[^a-z0-9]+", hyphen, plain).strip(hyphen)[:50].strip(hyphen) or "x"
    found, number = id_, 1
    while found in taken:
        number += 1
        found = f"{id_}{hyphen}{number}"
    return found
