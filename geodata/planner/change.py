"""Before and after in a place, beside another area.

A place is an area, a hot spot, or a point with a radius. An area's records are those that say so;
what lies in a circle is what has a place within it (a patrol's track: what comes within it). The
area beside leaves out what lies within twice the circle's radius, where work may have spilled over.
Nothing that an address says can fail: what makes no sense is as usual, and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Literal, TypeVar

import numpy as np
import shapely
from shapely import GeometryCollection, Point
from shapely.geometry.base import BaseGeometry

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
from geodata.analysis.visits import PATROL_KINDS
from geodata.crs import in_sweden, to_metres
from geodata.errors import UnknownIdError
from geodata.model import (
    HOT_SPOT_RADIUS_M,
    LONGEST_SPAN,
    ActivityFilter,
    Area,
    Period,
    Precision,
    Promise,
    WalkStatus,
)
from geodata.planner.plans import read_day, read_number, read_position
from geodata.service.core import Service

T = TypeVar("T")
U = TypeVar("U")

CHOICES: Final = ("what", "where", "radius", "beside", "from", "before", "after")
"""What can be chosen, by name."""

RADII_M: Final = (20.0, 2_000.0)
"""The smallest and the largest circle that can be asked for."""

DAYS_AT_MOST: Final = 3_660
"""The longest period, about ten years."""


@dataclass(frozen=True, slots=True)
class What:
    """What is counted: findings or activities, all of them or of one kind."""

    entity: Literal["finding", "activity"]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A place that is no area."""

    lon: float
    lat: float
    radius_m: float
    area_id: str | None = None
    hot_spot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared with what."""

    what: What
    place: str | Circle
    beside: str | None
    before: Period
    after: Period
    cut: bool = False
    faults: tuple[str, ...] = ()


def areas_to_compare(service: Service, promises: Sequence[Promise]) -> tuple[Area, ...]:
    """Return the areas that promises name; every one there is where they name none."""
    return service.areas(promises) or service.catalogue.areas


def ask(
    service: Service,
    promises: Sequence[Promise],
    as_of: date,
    choices: Mapping[str, str],
    area_id: str | None = None,
) -> Asked:
    """Read choices."""
    reader = _Reader(service, choices)
    areas = areas_to_compare(service, promises)
    seen_in = {finding.area_id for finding in service.findings()}
    usual = next((each for each in areas if each.id in seen_in), areas[0])
    area = next((each for each in areas if each.id == area_id), usual)
    place = reader.read("where", reader.circle, area.id)
    within = place.area_id if isinstance(place, Circle) else place
    of_area = [p for p in promises if within in p.area_ids] or promises[:1]
    beside = reader.beside(areas, place, within)
    before, after, cut = reader.periods(of_area[0].period, as_of)
    what = reader.read("what", reader.what, What("finding"))
    return Asked(what, place, beside, before, after, cut, tuple(reader.faults))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Choices while they are read, and the names of those that make no sense."""

    service: Service
    choices: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def read(self, name: str, understand: Callable[[str], T | None], usual: U) -> T | U:
        """Return what is chosen, or what is usual where nothing is or where it makes no sense."""
        said = self.choices.get(name, "").strip()
        value = understand(said) if said else None
        if said and value is None:
            self.faults.append(name)
        return usual if value is None else value

    def what(self, said: str) -> What | None:
        entity, _, kind = said.partition(".")
        vocabulary = self.service.catalogue.vocabulary
        if entity == "finding" and (not kind or kind in vocabulary.finding_categories):
            return What("finding", kind or None)
        known = entity == "activity" and kind in vocabulary.activity_kinds
        return What("activity", kind) if known else None

    def circle(self, said: str) -> Circle | None:
        sort, _, where = said.partition(".")
        if sort == "spot":
            with suppress(UnknownIdError):
                spot = self.service.hot_spot(where)
                return Circle(spot.place.x, spot.place.y, spot.radius_m, spot.area_id, spot.id)
        position = read_position(where) if sort == "point" else None
        if position is None or not in_sweden(*position):
            return None
        radius = self.number("radius", HOT_SPOT_RADIUS_M, RADII_M)
        return Circle(*position, radius, self.service.locate(*position).area_id)

    def number(self, name: str, usual: float, bounds: tuple[float, float]) -> float:
        return self.read(name, lambda said: read_number(said, *bounds), usual)

    def beside(self, areas: Sequence[Area], place: str | Circle, within: str | None) -> str | None:
        said, known = self.choices.get("beside", ""), self.service.catalogue.area_by_id
        if said == "none":
            return None
        if said in known and said != place:
            return said
        if said and said != place:
            self.faults.append("beside")
        town = known[within].municipality if within else areas[0].municipality
        others = [each.id for each in areas if each.id != within]
        return next((id_ for id_ in others if known[id_].municipality == town), None)

    def periods(self, promise: Period, as_of: date) -> tuple[Period, Period, bool]:
        ends = min(promise.end, as_of)
        starts = promise.start if promise.start < ends else ends - timedelta(days=55)
        middle = starts + (ends - starts + timedelta(days=1)) // 2
        first = self.read("from", lambda said: read_day(said, last=as_of), middle)
        usual = max((first - starts).days, 1), max((ends - first).days + 1, 1)
        before, after = (
            int(self.number(name, min(days, DAYS_AT_MOST), (1, DAYS_AT_MOST)))
            for name, days in zip(("before", "after"), usual, strict=True)
        )
        wanted = first + timedelta(days=after - 1)
        return (
            Period(first - timedelta(days=before), first - timedelta(days=1)),
            Period(first, min(wanted, as_of)),
            wanted > as_of,
        )


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
    """What came out."""

    change: Change
    # What lies round a circle, to twice its radius.
    ring: Counted | None
    # Of the place's area and the one beside, where findings are counted.
    efforts: tuple[Effort, ...]
    # Records of the circle's area that have no place, and may lie in the circle.
    unplaced: int
    # The day of the first record of the kind, in any area.
    begins: date | None
    # In the order that they are told.
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
        for e in service.entries(what.kind or "")
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
        for e in service.entries(*PATROL_KINDS)
        if e.area_id == area_id
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
