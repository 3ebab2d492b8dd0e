"""What was done, selected by kind, party, period, place and words: worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from geodata.model import Activity, ActivityFilter, Precision
from geodata.service import Service
from geodata.service.selection import Near, Selection, days_of
from geodata.settings import NO_BASEMAP, Settings, register_url

TORG = Near(12.98, 57.71, "Hulta torg")
# A degree of longitude is 59,600 m at 57.71 degrees north, one of latitude 111,400 m.
EAST_M, NORTH_M = 1 / 59_600, 1 / 111_400


def at(east_m: float, north_m: float) -> Point:
    return Point(TORG.lon + east_m * EAST_M, TORG.lat + north_m * NORTH_M)


def done(id_: str, place: BaseGeometry | None, day: date, kind: str, party: str, note: str = ""):  # type: ignore[no-untyped-def]
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    values = {"parties": (party,), "note": note}
    return Activity(id_, kind, "hulta", place, start, Precision.DAY, day, **values)  # type: ignore[arg-type]


MAY, JUNE = date(2018, 5, 31), date(2018, 6, 1)
RECORDS = [
    done("middle", at(0, 0), MAY, "foot_patrol", "polisen", "Lugnt vid kiosken"),
    done("inside", at(140, 0), MAY, "foot_patrol", "boras-stad"),
    done("outside", at(160, 0), MAY, "foot_patrol", "polisen"),
    # In the box around the circle, and not in the circle.
    done("corner", at(120, 120), MAY, "foot_patrol", "polisen"),
    done("passing", LineString([at(-500, 100), at(500, 100)]), JUNE, "patrol", "polisen"),
    done("nowhere", None, MAY, "foot_patrol", "polisen", "Kiosken igen"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    url = register_url(str(tmp_path_factory.mktemp("selection") / "r.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP)) as opened:
        opened.register.add(RECORDS, by="test")
        yield opened


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"near": str(TORG)}, {"middle", "inside", "passing"}),
        ({"near": str(TORG), "period": "2018-05"}, {"middle", "inside"}),
        ({"near": str(TORG), "period": "2018-06"}, {"passing"}),
        ({"near": str(TORG), "party": "boras-stad"}, {"inside"}),
        ({"near": str(TORG), "kind": "patrol"}, {"passing"}),
        ({"text": "kiosk"}, {"middle", "nowhere"}),
        ({"text": "kiosk", "near": str(TORG)}, {"middle"}),
        ({"text": "finnsinte"}, set()),
        ({"period": "2018"}, {one.id for one in RECORDS}),
        ({"period": "2017"}, set()),
    ],
)
def test_what_was_done_there_then(
    service: Service, asked: dict[str, str], wanted: set[str]
) -> None:
    chosen = Selection.read(asked, service).narrow(service, ActivityFilter(area_ids=("hulta",)))
    ours = {one.id for one in RECORDS}
    assert {one.id for one in service.activities(chosen)} & ours == wanted
    assert service.count_activities(chosen) == len(service.activities(chosen))


def test_what_makes_no_sense_selects_everything(service: Service) -> None:
    asked = {"near": "north", "period": "2018-13", "kind": "x", "party": "y", "text": ""}
    assert Selection.read(asked, service) == Selection()


def test_a_period_is_a_year_or_a_month() -> None:
    assert days_of("2020-02") == (date(2020, 2, 1), date(2020, 2, 29))
    assert days_of("2018") == (date(2018, 1, 1), date(2018, 12, 31))
    assert [days_of(text) for text in (None, "", "20", "maj")] == [None] * 4


def test_a_place_is_read_as_it_is_written() -> None:
    assert Near.read(str(TORG)) == TORG
    assert [Near.read(text) for text in ("", "1,2", "nan,1,x", "999,1,x")] == [
        None, Near(1, 2), None, None,
    ]  # fmt: skip
