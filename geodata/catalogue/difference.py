"""What one catalogue has that another has not: promises, areas, outlines, places, terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from operator import attrgetter

from geodata.crs import to_metres
from geodata.model import (
    Area,
    Catalogue,
    Indicator,
    Place,
    Promise,
    Reading,
    ReferenceLayer,
    Term,
    Vocabulary,
)
from geodata.texts import SWEDISH_TIME


@dataclass(frozen=True, slots=True)
class FormerArea:
    """An area as it was until its outline was replaced.

    Parameters
    ----------
    area : Area
        As it was.
    valid_until : datetime.datetime
        When it was replaced, with zone.
    replaced_by : str
        Who took the new one in: a role, an office or a computer account.
    """

    area: Area
    valid_until: datetime
    replaced_by: str


def area_on(current: Area, former: Sequence[FormerArea], day: date) -> Area:
    """Return an area as it was at the end of a day.

    Parameters
    ----------
    current : Area
        As it is now.
    former : sequence of FormerArea
        Of any areas, in any order.
    day : datetime.date
        In Swedish time. Before the first replacement that is known the oldest outline holds:
        when that one began is not known.

    Returns
    -------
    Area
        The earliest that was replaced after that day, else the current one.
    """
    later = [
        each
        for each in former
        if each.area.id == current.id and each.valid_until.astimezone(SWEDISH_TIME).date() > day
    ]
    return min(later, key=lambda each: each.valid_until).area if later else current


@dataclass(frozen=True, slots=True)
class AreaChange:
    """An area that is described anew, and perhaps outlined anew.

    Parameters
    ----------
    before, after : Area
        As it was, and as it is to be.
    """

    before: Area
    after: Area

    @property
    def is_outline(self) -> bool:
        """Whether the outline itself is another one: other points, or others in number or order."""
        return bool(self.before.outline != self.after.outline)

    @property
    def area_before_m2(self) -> float:
        """The old outline's area in square metres, in SWEREF 99 TM."""
        return area_m2(self.before)

    @property
    def area_after_m2(self) -> float:
        """The new outline's area in square metres, in SWEREF 99 TM."""
        return area_m2(self.after)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a catalogue has that an earlier one has not.

    Parameters
    ----------
    new_promises : tuple of Promise
        Those with a new id.
    changed_promises : tuple of (Promise, Promise)
        Those with a known id that are not as they were: before, after.
    new_areas : tuple of Area
        Those with a new id.
    changed_areas : tuple of AreaChange
        Those with a known id that are not as they were.
    new_places, gone_places : tuple of Place
        Places have no id: a changed one is a new one and one that is gone.
    new_terms : tuple of Term
        Entries of the vocabulary that are new or have another name.
    new_indicators, new_readings, new_layers : tuple
        Those that are new or say something else than they did.
    """

    new_promises: tuple[Promise, ...] = ()
    changed_promises: tuple[tuple[Promise, Promise], ...] = ()
    new_areas: tuple[Area, ...] = ()
    changed_areas: tuple[AreaChange, ...] = ()
    new_places: tuple[Place, ...] = ()
    gone_places: tuple[Place, ...] = ()
    new_terms: tuple[Term, ...] = ()
    new_indicators: tuple[Indicator, ...] = ()
    new_readings: tuple[Reading, ...] = ()
    new_layers: tuple[ReferenceLayer, ...] = ()

    @property
    def replaced_outlines(self) -> tuple[AreaChange, ...]:
        """The changed areas whose outline is another one."""
        return tuple(change for change in self.changed_areas if change.is_outline)

    @property
    def is_nothing(self) -> bool:
        """Whether the two catalogues hold the same."""
        return self == Difference()


def area_m2(area: Area) -> float:
    """Return an area's size in square metres, measured in SWEREF 99 TM."""
    return float(to_metres(area.outline).area)


def difference(before: Catalogue, after: Catalogue) -> Difference:
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


def _new_terms(before: Catalogue, after: Catalogue) -> tuple[Term, ...]:
    tables = (attrgetter(table.name) for table in fields(Vocabulary))
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


def promise_changes(before: Promise, after: Promise) -> tuple[KeyChange, ...]:
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
