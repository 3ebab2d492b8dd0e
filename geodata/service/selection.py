"""Which of what was done is asked for: what kind, by whom, when, near where, in what words."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import shapely
from shapely import Point

from geodata.crs import to_metres
from geodata.model import ActivityFilter
from geodata.register.search import beginnings
from geodata.service.core import Service
from geodata.spelling import typed_words

NEAR_M: Final = 150.0
"""So near a place is at it, in metres: as far as a hot spot's middle is from its edge."""

FOUND_AT_MOST: Final = 10_000
"""Activities that words are looked for in, the last recorded first."""

DEGREE_M: Final = 111_000.0
"""A degree of latitude is no shorter, in metres."""

NAMES: Final = ("kind", "party", "period", "near", "text")
"""What a selection is written with in an address."""


@dataclass(frozen=True, slots=True)
class Near:
    """A place: its name, and where (WGS 84)."""

    lon: float
    lat: float
    name: str = ""

    @classmethod
    def read(cls, text: str) -> Near | None:
        """Return what ``lon,lat,name`` says, None where that is no place on earth."""
        lon, _, rest = text.partition(",")
        lat, _, name = rest.partition(",")
        with suppress(ValueError):
            found = cls(float(lon), float(lat), name)
            if math.isfinite(found.lon) and abs(found.lon) <= 180 and abs(found.lat) <= 89:
                return found
        return None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of what is near it, and a little more."""
        high = NEAR_M / DEGREE_M
        wide = high / math.cos(math.radians(self.lat))
        return self.lon - wide, self.lat - high, self.lon + wide, self.lat + high

    def __str__(self) -> str:
        """Return it as `read` does."""
        return f"{self.lon:.6f},{self.lat:.6f},{self.name}"


@dataclass(frozen=True, slots=True)
class Selection:
    """What of all that was done is asked for. None means any."""

    kind: str | None = None
    party: str | None = None
    # A year or a month.
    period: str | None = None
    near: Near | None = None
    text: str | None = None

    @classmethod
    def read(cls, given: Mapping[str, str], service: Service) -> Selection:
        """Return a selection from an address; what nothing is called is left out."""
        catalogue = service.catalogue
        kind, party, period = (given.get(name) for name in NAMES[:3])
        return cls(
            kind if kind in catalogue.vocabulary.activity_kinds else None,
            party if party in catalogue.party_by_id else None,
            period if days_of(period) else None,
            Near.read(given.get("near", "")),
            given.get("text") or None,
        )

    def narrow(self, service: Service, chosen: ActivityFilter) -> ActivityFilter:
        """Return a filter that takes only what it took before and is selected."""
        days = days_of(self.period)
        if days:
            first, last = days
            narrower = min(last, chosen.last_day) if chosen.last_day else last
            chosen = replace(
                chosen, first_day=max(first, chosen.first_day or first), last_day=narrower
            )
        ids: set[str] | None = None
        if self.near:
            ids = _near(service, self.near)
        if self.text:
            words = [beginnings(word) for word in typed_words(self.text)]
            found = service.register.find_texts(["activity"], words, FOUND_AT_MOST)
            there = {one.id for one in found}
            ids = there if ids is None else ids & there
        return replace(
            chosen,
            kinds=(self.kind,) if self.kind else chosen.kinds,
            party_id=self.party,
            ids=None if ids is None else tuple(sorted(ids)),
        )


EVERYTHING: Final = Selection()


def days_of(period: str | None) -> tuple[date, date] | None:
    """Return the first and last day of a year or a month, such as 2018 or 2018-05."""
    if not period:
        return None
    with suppress(ValueError):
        if len(period) == 4:
            return date(int(period), 1, 1), date(int(period), 12, 31)
        first = date.fromisoformat(f"{period}-01")
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    return None


def _near(service: Service, near: Near) -> set[str]:
    """Return what was done within `NEAR_M` of a place."""
    rows = service.register.places_in(near.box)
    shapes = shapely.from_wkb(np.array([place for _, place in rows], dtype=object))
    here = to_metres(Point(near.lon, near.lat))
    return {
        id_
        for (id_, _), shape in zip(rows, shapes, strict=True)
        if to_metres(shape).distance(here) <= NEAR_M
    }
