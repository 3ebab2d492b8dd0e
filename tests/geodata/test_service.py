"""The one door: what it wires together, with a stopped clock and a register of its own."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pyproj import Geod
from shapely import LineString, Point

from geodata.errors import UnknownIdError
from geodata.model import (
    Activity,
    ActivityFilter,
    Finding,
    FindingStatus,
    Precision,
    SourceKind,
    State,
)
from geodata.service import Service, example_register
from geodata.service.core import POINTS_AT_MOST, today_in_sweden
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

PUBLISHED = bundled_data() / "published"
EXAMPLE = bundled_data() / "example"
SUMMER = date(2018, 6, 30)
VIEW = (12.90, 57.70, 13.00, 57.75)


def open_at(path: Path, today: date = SUMMER) -> Service:
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP)
    return Service.open(settings, today=lambda: today)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    service = open_at(tmp_path / "register.sqlite")
    yield service
    service.close()


@pytest.fixture
def example(example_file: Path, tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "example.sqlite"
    shutil.copyfile(example_file, path)
    service = open_at(path)
    yield service
    service.close()


def patrol(day: date = date(2018, 5, 3), **values: object) -> Activity:
    return Activity(
        id=str(uuid4()),
        kind=str(values.get("kind", "foot_patrol")),
        area_id="norrby",
        place=values.get("place", Point(12.93, 57.725)),  # type: ignore[arg-type]
        start=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        precision=Precision.DAY,
        day=day,
        commitments=tuple(values.get("commitments", ())),  # type: ignore[arg-type]
    )


# --- the day told about ----------------------------------------------------------------------

BORAS_ENDS, MARK_ENDS = date(2019, 1, 31), date(2018, 12, 31)


@pytest.mark.parametrize(
    ("today", "promise", "chosen", "day", "reason"),
    [
        (SUMMER, None, None, SUMMER, "today"),
        (BORAS_ENDS, None, None, BORAS_ENDS, "today"),
        (BORAS_ENDS, "mark-2018", None, MARK_ENDS, "period_end"),
        (MARK_ENDS, "mark-2018", None, MARK_ENDS, "today"),
        (MARK_ENDS + timedelta(days=1), "mark-2018", None, MARK_ENDS, "period_end"),
        (MARK_ENDS + timedelta(days=1), None, None, date(2019, 1, 1), "today"),
        (date(2026, 1, 1), None, None, MARK_ENDS, "together"),
        (date(2026, 1, 1), "boras-2018", None, BORAS_ENDS, "period_end"),
        (date(2026, 1, 1), None, SUMMER, SUMMER, "chosen"),
        (SUMMER, None, SUMMER, SUMMER, "chosen"),
        (SUMMER, "mark-2018", date(2030, 1, 1), date(2030, 1, 1), "chosen"),
        (date(2017, 1, 1), None, None, date(2017, 1, 1), "today"),
    ],
)
def test_the_day_is_today_the_periods_end_or_the_chosen_one(
    fresh: Service, today: date, promise: str | None, chosen: date | None, day: date, reason: str
) -> None:
    service = Service(fresh.settings, fresh.catalogue, fresh.register, lambda: today)
    told = service.scope(promise, chosen).as_of
    assert (told.day, told.reason) == (day, reason)


def test_the_clock_is_swedens() -> None:
    before = datetime.now(ZoneInfo("Europe/Stockholm")).date()
    today = today_in_sweden()
    assert before <= today <= datetime.now(ZoneInfo("Europe/Stockholm")).date()


def test_promises_and_their_areas(fresh: Service) -> None:
    assert [p.id for p in fresh.scope(None, SUMMER).promises] == ["boras-2018", "mark-2018"]
    assert len(fresh.promises()) == 10
    (mark,) = fresh.promises("mark-2018")
    assert {a.id for a in fresh.areas((mark,))} == {
        "kinna-centrum",
        "hedbo",
        "assberg",
        "snickaren-muraren",
    }
    assert len(fresh.areas(fresh.promises())) == 7
    with pytest.raises(UnknownIdError) as told:
        fresh.promises("boras-2017")
    assert (told.value.key, told.value.values["id"]) == ("unknown.promise", "boras-2017")


# --- taking in -------------------------------------------------------------------------------


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_fresh_register_holds_what_the_parties_have_published(fresh: Service) -> None:
    events = rows(PUBLISHED / "events.csv")
    found = fresh.activities(ActivityFilter())
    assert sorted(a.note for a in found) == sorted(row["note"] for row in events)
    assert {a.origin.kind for a in found} == {SourceKind.PUBLISHED}
    assert {a.origin.reference for a in found} == {row["reference"] for row in events}
    walks = fresh.register.walks()
    assert len(walks) == len(rows(PUBLISHED / "walks.csv"))
    assert {walk.status for walk in walks} == {"planned"}
    assert not fresh.has_examples()


def test_opening_again_adds_nothing(tmp_path: Path) -> None:
    first = open_at(tmp_path / "register.sqlite")
    version, counts = first.version(), first.health().counts
    first.close()
    again = open_at(tmp_path / "register.sqlite")
    assert (again.version(), again.health().counts) == (version, counts)
    again.close()


def test_a_published_event_told_in_other_words_is_still_one(fresh: Service, tmp_path: Path) -> None:
    """A later version may word its own files better, and open a register made by an earlier."""
    before = fresh.health().counts
    folder = tmp_path / "published"
    shutil.copytree(PUBLISHED, folder)
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            (*found,) = csv.DictReader(opened)
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, found[0].keys())
            writer.writeheader()
            writer.writerows({**row, "note": f"Med andra ord: {row['note']}"} for row in found)
    fresh.take_in(folder, SourceKind.PUBLISHED, by="test")
    assert fresh.health().counts == before


def test_taking_the_same_in_twice_adds_nothing(fresh: Service) -> None:
    before = fresh.health().counts
    found = fresh.take_in(EXAMPLE, SourceKind.EXAMPLE, by="test")
    once = fresh.health().counts
    assert once["activities"] > before["activities"]
    assert once["findings"] - before["findings"] == len(found.findings)
    assert once["walks"] - before["walks"] == len(found.walks)
    version = fresh.version()
    fresh.take_in(EXAMPLE, SourceKind.EXAMPLE, by="test")
    assert fresh.health().counts == once
    assert fresh.version() == version
    assert fresh.has_examples()


def test_a_withdrawn_record_is_not_taken_in_again(example: Service) -> None:
    withdrawn = example.activities(ActivityFilter(area_ids=("norrby",)), limit=1)[0].id
    example.register.void("activity", withdrawn, by="test", expected_number=1)
    counts = example.health().counts
    example.take_in(EXAMPLE, SourceKind.EXAMPLE, by="test")
    assert example.health().counts == counts
    assert example.activity(withdrawn).void


def test_an_example_register_is_made_and_goes_away() -> None:
    with example_register(Settings("sqlite:////nowhere/never.sqlite", basemap=NO_BASEMAP)) as url:
        path = Path(url.removeprefix("sqlite:///"))
        assert path.is_file()
        opened = Service.open(Settings(url, basemap=NO_BASEMAP))
        assert opened.has_examples()
        opened.close()
    assert not path.parent.exists()


@pytest.mark.sqlite
def test_an_example_register_may_stay_where_it_is_asked_to(tmp_path: Path) -> None:
    kept = tmp_path / "kept.sqlite"
    with example_register(Settings("unused", basemap=NO_BASEMAP), str(kept)) as url:
        assert url == register_url(str(kept))
    assert kept.is_file()


# --- what is kept, and when it is read anew -------------------------------------------------------


def test_progress_is_read_once_for_a_state_of_the_register(example: Service) -> None:
    first = example.progress(SUMMER)
    assert example.progress(SUMMER) is first
    assert example.progress(date(2018, 7, 1)) is not first


def test_progress_follows_a_new_record_and_its_withdrawal(fresh: Service) -> None:
    id_ = "boras-2018/1"
    kind = fresh.catalogue.commitment_by_id[id_].kinds[0]
    none = fresh.progress(SUMMER)[id_].overall
    assert (none.state, none.delivered) == (State.NO_RECORDS, 0)
    one = patrol(kind=kind, commitments=(id_,))
    fresh.register.add([one], by="test")
    assert fresh.progress(SUMMER)[id_].overall.counted == 1
    fresh.register.void("activity", one.id, by="test", expected_number=1)
    assert fresh.progress(SUMMER)[id_].overall == none


def test_every_commitment_has_progress(example: Service) -> None:
    found = example.progress(BORAS_ENDS)
    assert found.keys() == example.catalogue.commitment_by_id.keys()


def test_the_version_is_another_after_every_change(fresh: Service) -> None:
    seen = [fresh.version()]
    one = patrol()
    fresh.register.add([one], by="test")
    seen.append(fresh.version())
    fresh.register.void("activity", one.id, by="test", expected_number=1)
    seen.append(fresh.version())
    fresh.register.restore("activity", one.id, by="test", expected_number=2)
    seen.append(fresh.version())
    assert len(set(seen)) == len(seen)


def test_another_services_change_is_seen(tmp_path: Path) -> None:
    one, other = open_at(tmp_path / "shared.sqlite"), open_at(tmp_path / "shared.sqlite")
    try:
        before = one.latest_activities(SUMMER, "norrby")
        assert "norrby" not in before
        new = patrol()
        other.register.add([new], by="test")
        assert one.latest_activities(SUMMER, "norrby")["norrby"].id == new.id
    finally:
        one.close()
        other.close()


# --- attention ---------------------------------------------------------------------------------


def a_finding(status: FindingStatus, day: date, status_day: date) -> Finding:
    return Finding(
        id=str(uuid4()),
        walk_id=None,
        area_id="hulta",
        place=None,
        category="lighting",
        text="Trasig lampa.",
        owner=None,
        due=None,
        status=status,
        day=day,
        status_day=status_day,
    )


def test_attention_tells_of_the_promises_areas_on_the_day(fresh: Service) -> None:
    may, july = date(2018, 5, 10), date(2018, 7, 10)
    fresh.register.add(
        [patrol(date(2018, 5, 3)), patrol(date(2018, 8, 1))],
        [
            a_finding(FindingStatus.OPEN, may, may),
            a_finding(FindingStatus.IN_PROGRESS, may, may),
            # Mended later: open still.
            a_finding(FindingStatus.DONE, may, july),
            a_finding(FindingStatus.DISMISSED, may, may),
            a_finding(FindingStatus.OPEN, july, july),
        ],
        by="test",
    )
    told = {row.area_id: row for row in fresh.attention(fresh.promises("boras-2018"), SUMMER)}
    assert told.keys() == {"hassleholmen", "hulta", "norrby"}
    assert told["hulta"].open_findings == 3
    assert told["norrby"].open_findings == 0
    # From 3 May to 30 June: 28 days left of May and 30 of June.
    assert (told["norrby"].latest_day, told["norrby"].days_since) == (date(2018, 5, 3), 58)
    later = fresh.attention(fresh.promises("boras-2018"), date(2018, 8, 31))
    assert {row.area_id: row.open_findings for row in later}["hulta"] == 3
    assert {row.area_id: row.latest_day for row in later}["norrby"] == date(2018, 8, 1)


def test_attention_is_told_for_every_area_of_every_promise(example: Service) -> None:
    rows_ = example.attention(example.promises(), SUMMER)
    assert sorted(r.area_id for r in rows_) == sorted(a.id for a in example.catalogue.areas)


# --- what a map view shows -------------------------------------------------------------------


def test_a_view_is_points_up_to_a_number_and_counts_above_it(fresh: Service) -> None:
    chance = random.Random(3)
    # Inside the view, since its east and south edges are not in it.
    west, south, east, north = 12.901, 57.701, 12.999, 57.749
    many = [
        patrol(place=Point(chance.uniform(west, east), chance.uniform(south, north)))
        for _ in range(POINTS_AT_MOST)
    ]
    fresh.register.add(many, by="test")
    wanted = ActivityFilter(last_day=date(2018, 5, 31))
    shown = fresh.activities_in_view(VIEW, 12, wanted)
    assert shown.total == len(shown.points) == POINTS_AT_MOST == 2_000
    assert shown.bins == ()
    assert {p.id for p in shown.points} == {a.id for a in many}
    fresh.register.add([patrol()], by="test")
    counted = fresh.activities_in_view(VIEW, 12, wanted)
    assert (counted.total, counted.points) == (2_001, ())
    assert sum(square.count for square in counted.bins) == 2_001
    # A narrower question is points again.
    nearer = fresh.activities_in_view((12.90, 57.70, 12.95, 57.75), 13, wanted)
    assert nearer.total == len(nearer.points) < POINTS_AT_MOST
    assert nearer.bins == ()


def test_what_is_outside_the_view_or_the_filter_is_not_shown(fresh: Service) -> None:
    fresh.register.add([patrol(), patrol(date(2018, 9, 1)), patrol(place=None)], by="test")
    assert fresh.activities_in_view(VIEW, 12, ActivityFilter(last_day=SUMMER)).total == 1
    assert fresh.activities_in_view(VIEW, 12, ActivityFilter()).total == 2
    elsewhere = fresh.activities_in_view((14.0, 57.0, 15.0, 58.0), 12, ActivityFilter())
    assert (elsewhere.total, elsewhere.points, elsewhere.bins) == (0, (), ())


# --- records, places and lengths -----------------------------------------------------------------


def test_walks_and_findings_of_an_area_or_of_a_walk(example: Service) -> None:
    hedbo = example.walks(("hedbo",))
    assert {walk.area_id for walk in hedbo} == {"hedbo"}
    assert [w.start for w in hedbo] == sorted(w.start for w in hedbo)
    assert example.walks(()) == ()
    everywhere = [area.id for area in example.catalogue.areas]
    assert len(example.walks(everywhere)) == len(example.register.walks())
    by_walk = {w.id: example.findings((), walk_id=w.id) for w in example.walks(everywhere)}
    assert all(f.walk_id == id_ for id_, found in by_walk.items() for f in found)
    assert sum(map(len, by_walk.values())) == sum(
        f.walk_id is not None for f in example.register.findings()
    )
    assert {f.area_id for f in example.findings(("norrby",))} == {"norrby"}


def test_an_unknown_record_is_told(fresh: Service) -> None:
    for ask, key in ((fresh.activity, "unknown.activity"), (fresh.walk, "unknown.walk")):
        with pytest.raises(UnknownIdError) as told:
            ask("no-such-id")
        assert told.value.key == key
    assert fresh.revisions("activity", "no-such-id") == []


def test_a_place_is_located(fresh: Service) -> None:
    # The areas' middles as the data's own description gives them.
    assert fresh.locate(12.9296, 57.7249).area_id == "norrby"
    assert fresh.locate(12.6433, 57.4838).area_id == "hedbo"
    assert fresh.locate(18.07, 59.33).area_id is None


def test_a_lines_length_is_in_metres() -> None:
    line = LineString([(12.92, 57.72), (12.94, 57.72), (12.94, 57.73)])
    on_ellipsoid_m = Geod(ellps="GRS80").geometry_length(line)
    assert Service.length_m(line) == pytest.approx(on_ellipsoid_m, rel=4e-4)
