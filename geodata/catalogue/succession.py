"""What follows: a promise after another, and a catalogue after another, with what it has anew."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from operator import attrgetter

from shapely import MultiPolygon, Polygon

from geodata import model
from geodata.crs import to_metres

Shift = Callable[[date], date]
"""Takes a day of one period to the same day of the next."""


def successor(promise: model.Promise, taken: Container[str] = ()) -> model.Promise:
    """Return a draft of the promise that follows, to be gone through; `taken` are others' ids.

    It is for a period as long, beginning the day after, and has the commitments, parties, goals and
    background of the one before; days are moved along, and so is the year where names and
    commitments say it. What the new promise alone can tell is empty: its signing, its source, what
    came of it.
    """
    period, shift = following(promise.period)
    id_ = free_id(f"{promise.municipality} {period.start.year}", taken)

    old, new = promise.period, period
    years = {f"{old.end.year}": f"{new.end.year}", f"{old.start.year}": f"{new.start.year}"}

    def renamed(text: model.LocalText) -> model.LocalText:
        def moved(found: re.Match[str]) -> str:
            return years.get(found[0], found[0])

        # Both at once: the end of one period may be the beginning of the next.
        return model.LocalText(*(re.sub(r"\b\d{4}\b", moved, each) for each in (text.sv, text.en)))

    return replace(
        promise,
        id=id_,
        short=renamed(promise.short),
        title=renamed(promise.title),
        period=period,
        signed=None,
        published=None,
        source=replace(promise.source, title=model.LocalText("", ""), url=None, date=None),
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


def _carried_on(commitment: model.Commitment, promise_id: str, shift: Shift) -> model.Commitment:
    measure = commitment.measure
    if isinstance(measure, model.Milestone):
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


def following(period: model.Period) -> tuple[model.Period, Shift]:
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


@dataclass(frozen=True, slots=True)
class FormerArea:
    """An area as it was until its outline was replaced; by a role or an office, at a zoned time."""

    area: model.Area
    valid_until: datetime
    replaced_by: str


@dataclass(frozen=True, slots=True)
class AreaChange:
    """An area that is described anew, and perhaps outlined anew."""

    before: model.Area
    after: model.Area

    @property
    def is_outline(self) -> bool:
        """Whether the outline itself is another one: other points, or others in number or order."""
        return bool(self.before.outline != self.after.outline)

    @property
    def area_before_m2(self) -> float:
        """The old outline's area in square metres, in SWEREF 99 TM."""
        return area_m2(self.before.outline)

    @property
    def area_after_m2(self) -> float:
        """The new outline's area in square metres, in SWEREF 99 TM."""
        return area_m2(self.after.outline)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a catalogue has that an earlier one has not.

    New is what has a new id, or of places, terms, indicators, readings and layers what says
    something else than it did. Places have no id: a changed one is a new one and one that is gone.
    Of a changed promise it is before and after.
    """

    new_promises: tuple[model.Promise, ...] = ()
    changed_promises: tuple[tuple[model.Promise, model.Promise], ...] = ()
    new_areas: tuple[model.Area, ...] = ()
    changed_areas: tuple[AreaChange, ...] = ()
    new_places: tuple[model.Place, ...] = ()
    gone_places: tuple[model.Place, ...] = ()
    new_terms: tuple[model.Term, ...] = ()
    new_indicators: tuple[model.Indicator, ...] = ()
    new_readings: tuple[model.Reading, ...] = ()
    new_layers: tuple[model.ReferenceLayer, ...] = ()

    @property
    def replaced_outlines(self) -> tuple[AreaChange, ...]:
        """The changed areas whose outline is another one."""
        return tuple(change for change in self.changed_areas if change.is_outline)

    @property
    def is_nothing(self) -> bool:
        """Whether the two catalogues hold the same."""
        return self == Difference()


def area_m2(outline: Polygon | MultiPolygon) -> float:
    """Return an outline's size in square metres, measured in SWEREF 99 TM."""
    return float(to_metres(outline).area)


def difference(before: model.Catalogue, after: model.Catalogue) -> Difference:
    """Compare two catalogues."""
    known = {promise.id: promise for promise in (*before.promises, *before.drafts)}
    given, areas = (*after.promises, *after.drafts), before.area_by_id
    known_indicators, known_readings = set(before.indicators), set(before.readings)
    places_before, places_after = Counter(before.places), Counter(after.places)
    return Difference(
        new_promises=tuple(p for p in given if p.id not in known),
        changed_promises=tuple(
            (known[p.id], p) for p in given if p.id in known and known[p.id] != p
        ),
        new_areas=tuple(a for a in after.areas if a.id not in areas),
        changed_areas=tuple(
            AreaChange(areas[a.id], a) for a in after.areas if a.id in areas and areas[a.id] != a
        ),
        new_places=tuple((places_after - places_before).elements()),
        gone_places=tuple((places_before - places_after).elements()),
        new_terms=_new_terms(before, after),
        new_indicators=tuple(i for i in after.indicators if i not in known_indicators),
        new_readings=tuple(r for r in after.readings if r not in known_readings),
        new_layers=tuple(each for each in after.layers if each not in before.layers),
    )


def _new_terms(before: model.Catalogue, after: model.Catalogue) -> tuple[model.Term, ...]:
    tables = (attrgetter(table.name) for table in fields(model.Vocabulary))
    return tuple(
        term
        for table in tables
        for id_, term in table(after.vocabulary).items()
        if table(before.vocabulary).get(id_) != term
    )


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key of a promise that says something else: its path, what it said, what it says."""

    path: str
    before: str
    after: str


def promise_changes(before: model.Promise, after: model.Promise) -> tuple[KeyChange, ...]:
    """Return what a promise says otherwise than it did.

    Parameters
    ----------
    before, after : Promise
        The same promise, as it was and as it is to be.

    Returns
    -------
    tuple of KeyChange
        By path, such as ``commitments[3].measure.target``; numbers count from 1 as commitments
        do. A key that only one of them has is empty in the other.
    """
    old, new = dict(_keys(asdict(before))), dict(_keys(asdict(after)))
    return tuple(
        KeyChange(path, old.get(path, ""), new.get(path, ""))
        for path in dict.fromkeys([*old, *new])
        if old.get(path, "") != new.get(path, "")
    )


def _keys(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _keys(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value, start=1):
            yield from _keys(one, f"{path}[{number}]")
    elif value is not None:
        yield path, str(value)
