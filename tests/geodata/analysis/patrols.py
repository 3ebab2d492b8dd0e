"""Hot spots, records and tracks for tests, laid out in metres from one middle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from shapely import LineString, MultiLineString, Point

from geodata.crs import to_degrees
from geodata.model import Activity, HotSpot, Precision
from geodata.texts import SWEDISH_TIME

EAST_M, NORTH_M = 376_000.0, 6_399_000.0
START = datetime(2018, 5, 14, 18, 0, tzinfo=SWEDISH_TIME)
"""A Monday evening."""

Timed = Sequence[tuple[float, float, int]]
"""Metres east and north of the middle, and seconds after the start."""


def at(east_m: float, north_m: float = 0.0) -> Point:
    return to_degrees(Point(EAST_M + east_m, NORTH_M + north_m))


def hot_spot(id_: str = "square", east_m: float = 0.0, **values: object) -> HotSpot:
    told = {"name": id_, "valid_from": date(2018, 1, 1), "radius_m": 100.0, **values}
    return HotSpot(id_, place=at(east_m), **told)


def record(
    id_: str = "r",
    east_m: float = 0.0,
    start: datetime = START,
    minutes: int | None = 12,
    precision: Precision = Precision.MINUTE,
    **values: object,
) -> Activity:
    told = {"kind": "foot_patrol", "area_id": None, "place": at(east_m), **values}
    return Activity(
        id_, start=start, precision=precision, day=start.date(), minutes=minutes, **told
    )


def track(*parts: Timed, id_: str = "t", start: datetime = START, **values: object) -> Activity:
    lines = [[(EAST_M + east, NORTH_M + north) for east, north, _ in part] for part in parts]
    line = LineString(lines[0]) if len(lines) == 1 else MultiLineString(lines)
    times = tuple((second, second) for part in parts for *_, second in part)
    told = {"times_s": times, **values}
    return record(id_, start=start, minutes=90, place=to_degrees(line), **told)


def later(hours: float = 0.0, days: int = 0) -> datetime:
    return START + timedelta(days=days, hours=hours)
