"""Registers of any size, the same for the same seed.

Every activity lies inside its area's outline and its promise's period, is of a kind that the
area's commitments count, and counts for every commitment there that counts its kind. Most are
patrols, as in any register of this kind. Places are spread evenly, which is the dearest case for
the map: real ones gather in a few spots and fill fewer squares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.catalogue.loading import load_catalogue
from geodata.model import (
    Activity,
    Area,
    Catalogue,
    Commitment,
    Origin,
    Period,
    Precision,
    Promise,
    SourceKind,
)
from geodata.register import Register
from geodata.settings import bundled_data, register_url
from geodata.texts import SWEDISH_TIME

SEED = 2018
OF_2018 = ("boras-2018", "mark-2018")
"""The promises that the start page opens on."""

PATROLS = frozenset({"patrol", "foot_patrol"})
PATROL_WEIGHT = 10
"""How much more common a patrol is than any other kind."""

TO_THE_MINUTE_SHARE = 0.8
"""The rest are known to the day."""


@dataclass(frozen=True)
class Setting:
    """What an area's activities are drawn from."""

    area: Area
    period: Period
    commitments: tuple[Commitment, ...]
    kinds: tuple[str, ...]
    weights: NDArray[np.float64]


def make_register(path: Path, count: int) -> str:
    """Make a register with `count` activities and return its URL."""
    return filled(str(path), count)


def filled(where: str, count: int) -> str:
    """Fill a register, a file or a URL, with `count` activities if it has none; return its URL."""
    url = register_url(where)
    with Register.open(url) as register:
        if register.count_activities():
            return url
        catalogue = load_catalogue((bundled_data(),))
        promises = tuple(catalogue.promise_by_id[id_] for id_ in OF_2018)
        register.add(made_activities(catalogue, promises, count), by="bench")
    return url


def made_activities(
    catalogue: Catalogue, promises: tuple[Promise, ...], count: int
) -> Iterator[Activity]:
    """Yield `count` activities, spread over every area that some promises name."""
    rng = np.random.default_rng(SEED)
    told = replace(catalogue, promises=promises)
    named = {area_id for promise in promises for area_id in promise.area_ids}
    settings = [_setting(told, area) for area in catalogue.areas if area.id in named]
    shares = np.diff(np.linspace(0, count, len(settings) + 1).astype(int))
    row = 2
    for setting, share in zip(settings, shares.tolist(), strict=True):
        for activity in _activities_in(setting, share, row, rng):
            yield activity
            row += 1


def _setting(catalogue: Catalogue, area: Area) -> Setting:
    commitments = catalogue.commitments_in(area.id)
    kinds = tuple(dict.fromkeys(kind for c in commitments for kind in c.kinds))
    weights = np.array([PATROL_WEIGHT if kind in PATROLS else 1 for kind in kinds], dtype=float)
    period = catalogue.promise_by_id[commitments[0].promise_id].period
    return Setting(area, period, commitments, kinds, weights / weights.sum())


def _activities_in(
    setting: Setting, count: int, first_row: int, rng: np.random.Generator
) -> Iterator[Activity]:
    places = _points_inside(setting.area, count, rng)
    kinds = rng.choice(setting.kinds, size=count, p=setting.weights)
    days = rng.integers(setting.period.days, size=count)
    minutes = rng.integers(24 * 60, size=count)
    lengths = rng.integers(15, 240, size=count)
    exact = rng.random(count) < TO_THE_MINUTE_SHARE
    for number in range(count):
        kind = str(kinds[number])
        counting = [c for c in setting.commitments if kind in c.kinds]
        day = setting.period.start + timedelta(days=int(days[number]))
        minute = int(minutes[number]) if exact[number] else 0
        yield Activity(
            id=str(UUID(bytes=rng.bytes(16), version=4)),
            kind=kind,
            area_id=setting.area.id,
            place=places[number],
            start=datetime(
                day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=SWEDISH_TIME
            ),
            precision=Precision.MINUTE if exact[number] else Precision.DAY,
            day=day,
            minutes=int(lengths[number]),
            commitments=tuple(c.id for c in counting),
            parties=counting[0].owners,
            origin=Origin(SourceKind.IMPORTED, "bench.csv", first_row + number),
        )


def _points_inside(area: Area, count: int, rng: np.random.Generator) -> list[shapely.Point]:
    west, south, east, north = area.outline.bounds
    found: list[shapely.Point] = []
    while len(found) < count:
        x = rng.uniform(west, east, size=max(count, 64))
        y = rng.uniform(south, north, size=max(count, 64))
        inside = shapely.contains_xy(area.outline, x, y)
        found.extend(map(shapely.Point, x[inside], y[inside]))
    return found[:count]
