"""Before and after in a place, beside another area.

A place is an area, a hot spot, or a point with a radius. An area's records are those that say so;
what lies in a circle is what has a place within it (a patrol's track: what comes within it). The
area beside leaves out what lies within twice the circle's radius, where work may have spilled over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
import shapely
from shapely import GeometryCollection, Point
from shapely.geometry.base import BaseGeometry

from geodata.analysis.balance import PATROL_KINDS
from geodata.analysis.change import (
    EXPECTED_AT_LEAST,
    SEASONS_APART,
    Change,
    Counted,
    Event,
    Interval,
    Row,
    Verdict,
    compare,
    count,
    seasons_apart,
)
from geodata.crs import to_metres
from geodata.model import LONGEST_SPAN, ActivityFilter, Precision, WalkStatus
from geodata.planner.change.ask import Asked, Circle, What
from geodata.service.core import Service

__all__ = ["EXPECTED_AT_LEAST", "SEASONS_APART", "Change", "Counted", "Interval", "Row", "Verdict"]

RING_TIMES: Final = 2.0
"""A ring reaches to so many times a circle's radius: what moves out of it first comes there."""

MAY_BE_CHANCE: Final = timedelta(days=30)
"""A register whose first record of a kind comes later than this into a period may not have been
kept from its beginning."""


class Caution(StrEnum):
    """What is to be kept in mind beside an answer."""

    WHERE_LOOKED = "where_looked"
    """Findings: more is found where more is looked."""
    WORK_DONE = "work_done"
    """Activities: this is what was done, not what came of it."""
    SEASONS = "seasons"
    CHOSEN = "chosen"
    """A place chosen for what happened just before is mostly better after, whatever is done."""
    NOT_KEPT = "not_kept"
    """Nothing of the kind is in the register, from anywhere, when the earlier period begins."""
    BUNCHED = "bunched"
    CUT = "cut"
    UNSURE = "unsure"
    UNPLACED = "unplaced"
    WITHIN = "within"
    """The place lies in the area that it is compared with."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much was looked in an area, in two periods."""

    area_id: str
    patrols: tuple[int, int]
    walks: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out.

    Parameters
    ----------
    change : Change
        The place, beside the other one if there is one.
    ring : Counted or None
        What lies round a circle, to twice its radius.
    efforts : tuple of Effort
        Of the place's area and the one beside, where findings are counted.
    unplaced : int
        Records of the circle's area that have no place, and may lie in the circle.
    begins : datetime.date or None
        The day of the first record of the kind, in any area.
    cautions : tuple of Caution
        In the order that they are told.
    """

    change: Change
    ring: Counted | None
    efforts: tuple[Effort, ...]
    unplaced: int
    begins: date | None
    cautions: tuple[Caution, ...]


def answer(service: Service, asked: Asked) -> Answer:
    """Compare, or return the answer that is kept for this version of the register.

    Parameters
    ----------
    service : Service
        The only door to data.
    asked : Asked
        From `ask`.
    """
    return service.kept(_answer, asked)


# --- counting ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    event: Event
    area_id: str | None
    place: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The records of a place, of the one beside it, round it, and of nobody knows where."""

    place: list[Event]
    beside: list[Event]
    ring: list[Event]
    unplaced: list[Event]


def _answer(service: Service, asked: Asked) -> Answer:
    found = _sorted(service, asked)
    periods = asked.before, asked.after
    beside = None if asked.beside is None else count(found.beside, *periods)
    change = compare(count(found.place, *periods), beside, *periods)
    unplaced = count(found.unplaced, *periods)
    hidden = unplaced.total + len(unplaced.unsure)
    begins = min((r.event.last for r in _lines(service, asked.what)), default=None)
    is_circle = isinstance(asked.place, Circle)
    return Answer(
        change,
        count(found.ring, *periods) if is_circle else None,
        _efforts(service, asked) if asked.what.entity == "finding" else (),
        hidden,
        begins,
        _cautions(asked, change, hidden, begins),
    )


def _sorted(service: Service, asked: Asked) -> _Sorted:
    place = asked.place
    if isinstance(place, str):
        records = _lines(service, asked.what)
        return _Sorted(
            [r.event for r in records if r.area_id == place],
            [r.event for r in records if r.area_id == asked.beside],
            [],
            [],
        )
    records = _with_places(service, asked)
    distance_m = _distances_m(place, records)
    inner, outer = place.radius_m, RING_TIMES * place.radius_m
    told = list(zip(records, distance_m, strict=True))
    return _Sorted(
        [r.event for r, far in told if far <= inner],
        [r.event for r, far in told if far > outer and r.area_id == asked.beside],
        [r.event for r, far in told if inner < far <= outer],
        [r.event for r in records if r.place is None and r.area_id in (None, place.area_id)],
    )


def _lines(service: Service, what: What) -> list[_Record]:
    """Return records without their places: much faster to read."""
    if what.entity == "finding":
        return _findings(service, what)
    return [
        _Record(_event(e.activity_id, e.day, e.precision), e.area_id)
        for e in service.entries().values()
        if e.kind == what.kind
    ]


def _with_places(service: Service, asked: Asked) -> list[_Record]:
    what = asked.what
    if what.entity == "finding":
        return _findings(service, what)
    wanted = ActivityFilter(
        kinds=(what.kind or "",),
        first_day=asked.before.start,
        # Known to the season only, it is kept under its last day.
        last_day=asked.after.end + LONGEST_SPAN,
    )
    return [
        _Record(_event(a.id, a.day, a.precision), a.area_id, a.place)
        for a in service.activities(wanted)
    ]


def _findings(service: Service, what: What) -> list[_Record]:
    return [
        # Without a walk, what was found in an area on the same day was found together.
        _Record(Event(f.id, f.day, f.day, f.walk_id or f"{f.area_id}/{f.day}"), f.area_id, f.place)
        for f in service.findings()
        if what.kind in (None, f.category)
    ]


def _event(id_: str, day: date, precision: Precision) -> Event:
    return Event(id_, precision.first_day(day), day, id_)


def _distances_m(circle: Circle, records: Sequence[_Record]) -> list[float]:
    """Return how far each record is from a circle's middle; infinitely far without a place."""
    placed = [n for n, record in enumerate(records) if record.place is not None]
    far = np.full(len(records), np.inf)
    if placed:
        together = GeometryCollection([records[n].place for n in placed])
        middle = to_metres(Point(circle.lon, circle.lat))
        far[placed] = shapely.distance(shapely.get_parts(to_metres(together)), middle)
    return [float(each) for each in far]


def _efforts(service: Service, asked: Asked) -> tuple[Effort, ...]:
    place = asked.place.area_id if isinstance(asked.place, Circle) else asked.place
    return tuple(_effort(service, asked, id_) for id_ in (place, asked.beside) if id_ is not None)


def _effort(service: Service, asked: Asked, area_id: str) -> Effort:
    patrols = [
        _event(e.activity_id, e.day, e.precision)
        for e in service.entries().values()
        if e.kind in PATROL_KINDS and e.area_id == area_id
    ]
    walks = [
        _event(w.id, w.day, w.precision)
        for w in service.walks([area_id])
        if w.status is WalkStatus.HELD
    ]
    return Effort(area_id, _lengths(patrols, asked), _lengths(walks, asked))


def _lengths(events: Iterable[Event], asked: Asked) -> tuple[int, int]:
    found = count(events, asked.before, asked.after)
    return len(found.before), len(found.after)


def _cautions(
    asked: Asked, change: Change, unplaced: int, begins: date | None
) -> tuple[Caution, ...]:
    is_finding = asked.what.entity == "finding"
    rows = [change.place, *([change.beside] if change.beside else [])]
    is_within = isinstance(asked.place, Circle) and asked.beside == asked.place.area_id
    holds: Mapping[Caution, bool] = {
        Caution.WHERE_LOOKED: is_finding,
        Caution.WORK_DONE: not is_finding,
        Caution.CHOSEN: True,
        Caution.SEASONS: seasons_apart(asked.before, asked.after) > SEASONS_APART,
        Caution.NOT_KEPT: begins is not None and begins > asked.before.start + MAY_BE_CHANCE,
        Caution.BUNCHED: change.spread > 1,
        Caution.CUT: asked.cut,
        Caution.UNSURE: any(row.counted.unsure for row in rows),
        Caution.UNPLACED: unplaced > 0,
        Caution.WITHIN: is_within and asked.beside is not None,
    }
    return tuple(caution for caution in Caution if holds[caution])
