"""Residents before a walk: when they are asked, what is taken of them, and what is told after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from shapely import LineString, Point

from geodata.crs import to_degrees, to_metres
from geodata.errors import AccessError, GeodataError
from geodata.model import Finding, FindingStatus, Precision, Walk, WalkStatus
from geodata.register import Register
from geodata.register.hints import Hint
from geodata.service import Service, back_up, restore
from geodata.service.limited import for_readers
from geodata.service.residents import (
    A_DAY_AT_MOST,
    Outcome,
    Stage,
    asking,
    close_walk,
    open_walk,
    outcomes,
    point_out,
    with_stop,
)
from geodata.settings import NO_BASEMAP, Settings, register_url

TODAY = date(2018, 5, 2)
WALK = Walk(
    "w1",
    "norrby",
    WalkStatus.PLANNED,
    datetime(2018, 5, 20, 16, tzinfo=UTC),
    Precision.MINUTE,
    date(2018, 5, 20),
)


@dataclass
class Clock:
    today: date = TODAY

    def __call__(self) -> date:
        return self.today


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[[], Service]


@pytest.fixture
def open_service(own_blank: Path, clock: Clock) -> Iterator[Open]:
    opened: list[Service] = []

    def give() -> Service:
        settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
        opened.append(Service.open(settings, today=clock))
        return opened[-1]

    yield give
    for one in opened:
        one.close()


@pytest.fixture
def service(open_service: Open) -> Service:
    found = open_service()
    found.register.add([WALK], by="test")
    return found


@pytest.fixture
def secret(service: Service) -> str:
    return open_walk(service, "w1", "2018-05-01", "2018-05-10", by="Planerare").secret


def in_area(service: Service) -> Point:
    return to_metres(service.area("norrby").outline).representative_point()


def said(place: Point, category: str = "lighting") -> dict[str, str]:
    return {"place": f"{place.x} {place.y}", "category": category}


def refused(do: Callable[[], object]) -> str:
    with pytest.raises(GeodataError) as caught:
        do()
    return caught.value.key


def change(service: Service, **values: object) -> None:
    number = service.newest_number("walk", "w1")
    walk = replace(service.walk("w1"), **values)
    service.register.change(walk, by="test", expected_number=number)


# --- when -----------------------------------------------------------------------------------------


def test_off_unless_opened(service: Service) -> None:
    assert service.register.opening(walk_id="w1") is None
    for guess in ("w1", "", "x" * 22):
        assert refused(lambda guess=guess: asking(service, guess)) == "residents.unknown"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("2018-05-05", "2018-05-04"),
        ("2018-04-01", "2018-05-01"),
        ("2018-05-05", "2018-05-21"),
        ("2018-01-05", "2018-05-10"),
        ("på måndag", "2018-05-10"),
    ],
)
def test_days_that_make_no_sense_open_nothing(service: Service, first: str, last: str) -> None:
    assert refused(lambda: open_walk(service, "w1", first, last, by="")) == "residents.days"
    assert service.register.opening(walk_id="w1") is None


def test_it_is_taken_on_its_days_and_no_other(service: Service, clock: Clock) -> None:
    secret = open_walk(service, "w1", "2018-05-03", "2018-05-05", by="").secret
    stages = {}
    for day in range(2, 7):
        clock.today = date(2018, 5, day)
        stages[day] = asking(service, secret).stage
        send = said(in_area(service))
        if stages[day] is Stage.OPEN:
            point_out(service, secret, send)
        else:
            assert refused(lambda s=send: point_out(service, secret, s)) == "residents.closed"
    assert list(stages.values()) == [Stage.EARLY, *[Stage.OPEN] * 3, Stage.CLOSED]
    assert sorted(hint.day.day for hint in service.register.walk_hints("w1")) == [3, 4, 5]


def test_closed_by_hand_and_opened_again_at_the_same_address(service: Service, secret: str) -> None:
    close_walk(service, "w1", by="Planerare")
    assert asking(service, secret).stage is Stage.CLOSED
    assert refused(lambda: point_out(service, secret, said(in_area(service)))) == "residents.closed"
    assert open_walk(service, "w1", "2018-05-02", "2018-05-10", by="").secret == secret
    assert asking(service, secret).stage is Stage.OPEN


def test_a_walk_that_will_not_be_takes_nothing(service: Service, secret: str) -> None:
    change(service, status=WalkStatus.CANCELLED)
    assert asking(service, secret).stage is Stage.CANCELLED
    change(service, status=WalkStatus.PLANNED)
    service.register.void("walk", "w1", by="test", expected_number=3)
    assert asking(service, secret).stage is Stage.CANCELLED
    assert refused(lambda: point_out(service, secret, said(in_area(service)))) == "residents.closed"
    again = refused(lambda: open_walk(service, "w1", "2018-05-02", "2018-05-10", by=""))
    assert again == "residents.not_planned"


# --- what -----------------------------------------------------------------------------------------


def test_a_place_a_category_and_a_day_are_all_that_is_kept(service: Service, secret: str) -> None:
    place = in_area(service)
    sent = said(place) | {"text": "Anna i trean", "name": "Anna", "walk_id": "other"}
    point_out(service, secret, sent)
    (hint,) = service.register.walk_hints("w1")
    assert {field.name for field in fields(hint)} == {
        *("id", "walk_id", "lon", "lat", "category", "day")
    }
    assert (hint.walk_id, hint.category, hint.day) == ("w1", "lighting", TODAY)
    kept = to_metres(Point(hint.lon, hint.lat))
    # In the middle of squares of ten metres: at most half a diagonal away, and on the grid.
    assert kept.distance(place) <= 50**0.5 + 0.2
    assert all(abs(at / 10 - round(at / 10)) < 0.02 for at in (kept.x, kept.y))


def test_a_place_may_lie_200_metres_outside_and_no_farther(service: Service, secret: str) -> None:
    outline = to_metres(service.area("norrby").outline)
    east = max(outline.exterior.coords)
    for away_m, key in ((195, None), (205, "residents.outside")):
        send = said(Point(east[0] + away_m, east[1]))
        if key is None:
            point_out(service, secret, send)
        else:
            assert refused(lambda s=send: point_out(service, secret, s)) == key
    assert len(service.register.walk_hints("w1")) == 1


@pytest.mark.parametrize("place", ["", "1", "a b", "nan nan", "inf 1", "1 2 3", "0 0", "1e400 1"])
def test_what_is_no_place_is_refused(service: Service, secret: str, place: str) -> None:
    send = {"place": place, "category": "lighting"}
    assert refused(lambda: point_out(service, secret, send)) in (
        "residents.place",
        "residents.outside",
    )
    assert service.register.walk_hints("w1") == []


@pytest.mark.parametrize("category", ["", "safety_walk", "<script>", "lighting "])
def test_only_a_findings_category_is_taken(service: Service, secret: str, category: str) -> None:
    send = said(in_area(service), category)
    assert refused(lambda: point_out(service, secret, send)) == "residents.category"


def test_no_more_than_so_many_a_day_whichever_server_is_asked(
    service: Service, secret: str, open_service: Open, clock: Clock
) -> None:
    other = open_service()
    hints = [Hint(f"{n}", "w1", 12.9, 57.7, "lighting", TODAY) for n in range(A_DAY_AT_MOST - 2)]
    for hint in hints:
        assert service.register.add_hint(hint, A_DAY_AT_MOST)
    send = said(in_area(service))
    point_out(other, secret, send)
    point_out(service, secret, send)
    for one in (other, service):
        assert refused(lambda one=one: point_out(one, secret, send)) == "residents.full"
    clock.today += timedelta(1)
    point_out(other, secret, send)
    assert len(service.register.walk_hints("w1")) == A_DAY_AT_MOST + 1


def test_who_does_not_plan_sees_none_and_opens_none(service: Service, secret: str) -> None:
    point_out(service, secret, said(in_area(service)))
    reader = for_readers(service)
    assert reader.register.walk_hints("w1") == []
    with pytest.raises(AccessError):
        open_walk(reader, "w1", "2018-05-02", "2018-05-10", by="")
    with pytest.raises(AccessError):
        close_walk(reader, "w1", by="")
    assert asking(service, secret).stage is Stage.OPEN


# --- what becomes of it ---------------------------------------------------------------------------


def test_after_the_walk_numbers_are_told_and_small_ones_are_not(
    service: Service, secret: str
) -> None:
    several = {"lighting": 5, "upkeep": 4, "traffic": 3, "other": 1, "entrances": 2}
    for category, number in several.items():
        for _ in range(number):
            point_out(service, secret, said(in_area(service), category))
    change(service, status=WalkStatus.HELD)
    day = date(2018, 5, 20)
    new = {"area_id": "norrby", "walk_id": "w1", "text": "x"}
    new |= dict.fromkeys(("place", "owner", "due"))
    left = {"status": FindingStatus.OPEN, "status_day": day}
    done = {"status": FindingStatus.DONE, "status_day": day}
    found = [
        *(Finding(f"l{n}", day=day, category="lighting", **new, **done) for n in range(4)),
        *(Finding(f"u{n}", day=day, category="upkeep", **new, **done) for n in range(3)),
        *(Finding(f"v{n}", day=day, category="upkeep", **new, **left) for n in range(1)),
        *(
            Finding(f"i{n}", day=day, category="lighting", internal=True, **new, **left)
            for n in range(9)
        ),
    ]
    service.register.add(found, by="test")
    assert asking(service, secret).stage is Stage.HELD
    told = {one.category: one for one in outcomes(service, service.walk("w1"))}
    assert told["lighting"] == Outcome("lighting", 5, 4, 4)
    # Three of four are done: the one that is left is not told.
    assert told["upkeep"] == Outcome("upkeep", 4, 4, None)
    assert told["other"].pointed_out is None
    assert told["entrances"].pointed_out is None
    assert "meeting_places" not in told
    assert refused(lambda: point_out(service, secret, said(in_area(service)))) == "residents.closed"


def test_a_stop_is_put_where_the_detour_is_shortest() -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return tuple(to_degrees(Point(377_000 + x, 6_400_000 + y)).coords[0])

    way = [at(0, 0), at(100, 0), at(200, 0)]
    for place, index in ((at(150, 20), 2), (at(-40, 0), 0), (at(260, 0), 3), (at(40, -5), 1)):
        hint = Hint("h", "w1", *place, "lighting", TODAY)
        found = with_stop(way, hint)
        assert found[index] == place
        assert [*found[:index], *found[index + 1 :]] == way
    assert with_stop([], Hint("h", "w1", *at(1, 1), "lighting", TODAY)) == [at(1, 1)]
    assert LineString(way).is_valid


# --- with the register ----------------------------------------------------------------------------


@pytest.mark.sqlite
def test_it_is_in_a_backup_and_goes_with_its_walk(
    service: Service, secret: str, own_blank: Path, tmp_path: Path
) -> None:
    point_out(service, secret, said(in_area(service)))
    kept, back = tmp_path / "kept.sqlite", tmp_path / "back.sqlite"
    back_up(register_url(str(own_blank)), kept)
    restore(register_url(str(back)), kept)
    with Register.open(register_url(str(back)), create=False) as restored:
        assert restored.walk_hints("w1") == service.register.walk_hints("w1") != []
        assert restored.opening(secret=secret) == service.register.opening(walk_id="w1")
    service.register.dispose(date(2018, 5, 20), "x", by="test")
    assert service.register.walk_hints("w1") != []
    service.register.dispose(date(2018, 5, 21), "x", by="test")
    assert service.register.walk_hints("w1") == []
    assert service.register.opening(secret=secret) is None
    assert secret.encode() not in own_blank.read_bytes()
