"""What a comparison of before and after is asked of: read from choices that may be anything.

Nothing that an address says can fail: what makes no sense is as usual, and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, TypeVar

from geodata.crs import in_sweden
from geodata.errors import UnknownIdError
from geodata.model import HOT_SPOT_RADIUS_M, Area, Period, Promise
from geodata.planner.choices import read_day, read_number, read_position
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
