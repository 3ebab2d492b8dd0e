"""The bundled example and the published events, read as a user's files are."""

import importlib.util
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from pyproj import Geod

from geodata.analysis.outlines import Outlines
from geodata.catalogue.loading import load_catalogue
from geodata.crs import to_metres
from geodata.intake.importing import read_folder
from geodata.intake.report import Reading
from geodata.model import (
    Activity,
    Catalogue,
    Finding,
    Precision,
    Record,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.settings import bundled_data

DATA = bundled_data()


@pytest.fixture(scope="module")
def bundled() -> Catalogue:
    return load_catalogue((DATA,))


@pytest.fixture(scope="module")
def example(bundled: Catalogue) -> Reading:
    return read(bundled, "example", SourceKind.EXAMPLE)


def read(bundled: Catalogue, name: str, kind: SourceKind) -> Reading:
    outlines = Outlines.from_areas(bundled.areas)
    many = outlines.locate_many
    return read_folder(DATA / name, catalogue=bundled, locate_many=many, origin_kind=kind)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = DATA / "example" / "make_example.py"
    spec = importlib.util.spec_from_file_location("make_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_example_is_read_without_a_problem(example: Reading) -> None:
    assert example.problems == ()
    assert 380 <= len(example.activities) <= 420
    assert len(example.walks) == 6
    assert 18 <= len(example.findings) <= 24
    records: list[Record] = [*example.activities, *example.walks, *example.findings]
    assert len({r.id for r in records}) == len(records)


def test_every_point_lies_in_its_areas_outline(example: Reading, bundled: Catalogue) -> None:
    both: list[Activity | Finding] = [*example.activities, *example.findings]
    placed = [r for r in both if r.place is not None]
    assert len(placed) > 380
    for record in placed:
        assert record.area_id is not None
        assert bundled.area_by_id[record.area_id].outline.contains(record.place), record


def test_walks_are_loops_of_a_believable_length_in_or_round_their_area(
    example: Reading, bundled: Catalogue
) -> None:
    earth = Geod(ellps="GRS80")
    for walk in example.walks:
        assert walk.route is not None
        assert 800 <= earth.geometry_length(walk.route) <= 2000
        assert walk.route.coords[0] == walk.route.coords[-1]
        outline = to_metres(bundled.area_by_id[walk.area_id].outline)
        assert outline.buffer(60).contains(to_metres(walk.route))


def test_days_are_plausible(example: Reading) -> None:
    assert {a.day.year for a in example.activities} == {2017, 2018, 2019}
    for activity in example.activities:
        assert date(2017, 12, 1) <= activity.day <= date(2019, 2, 28)
        if activity.precision is Precision.MINUTE:
            assert 8 <= activity.start.hour <= 22
    held = {w.id: w for w in example.walks if w.status is WalkStatus.HELD}
    for finding in example.findings:
        assert finding.walk_id in held
        assert finding.day == held[finding.walk_id].day
        assert finding.status_day <= finding.day + timedelta(days=180)


def named(example: Reading, commitment: str) -> list[Activity]:
    return [a for a in example.activities if commitment in a.commitments]


def within(example: Reading, bundled: Catalogue, commitment: str) -> list[Activity]:
    period = bundled.promise_by_id[commitment.partition("/")[0]].period
    return [a for a in named(example, commitment) if period.start <= a.day <= period.end]


def test_the_rhythm_of_the_year(example: Reading) -> None:
    patrols = [a for a in example.activities if a.kind in ("patrol", "foot_patrol")]
    weekdays = Counter(a.day.weekday() for a in patrols)
    assert min(weekdays[d] for d in (3, 4, 5)) > max(weekdays[d] for d in (0, 1, 2, 6))
    months = Counter(a.day.month for a in patrols)
    assert months[7] == min(months.values())
    assert all(a.minutes is None or 10 <= a.minutes <= 45 for a in patrols)
    assert any(a.minutes is None for a in patrols)
    assert {a.kind for a in example.activities if a.place is None} >= {"targeted_work"}


def test_each_commitment_has_the_state_it_is_to_show(example: Reading, bundled: Catalogue) -> None:
    def kinds(commitment: str) -> set[tuple[str | None, str]]:
        return {(a.area_id, a.kind) for a in within(example, bundled, commitment)}

    assert len(within(example, bundled, "boras-2018/3")) == 4
    assert max(a.day for a in within(example, bundled, "boras-2018/3")).month >= 11
    assert len(within(example, bundled, "boras-2018/5")) == 3
    assert len(named(example, "boras-2018/5")) == 4
    assert kinds("boras-2018/6") == {("norrby", "watch_presented")}
    on_foot = within(example, bundled, "boras-2018/2")
    assert 2 <= len(on_foot) / 52 <= 4
    assert all("boras-2018/1" in a.commitments for a in on_foot)
    [dialogue] = named(example, "mark-2018/3")
    assert (dialogue.area_id, dialogue.day.month) == ("hedbo", 5)
    assert kinds("mark-2018/5") == {
        ("hedbo", "watch_presented"),
        ("hedbo", "watch_started"),
        ("snickaren-muraren", "watch_presented"),
    }
    assert kinds("mark-2018/6") == {(None, "appointment")}
    walked = Counter(w.area_id for w in example.walks if w.status is WalkStatus.HELD)
    assert walked["assberg"] == 0
    assert walked["hedbo"] + walked["snickaren-muraren"] == 4


def test_activities_fit_the_commitments_they_name(example: Reading, bundled: Catalogue) -> None:
    for activity in example.activities:
        for id_ in activity.commitments:
            commitment = bundled.commitment_by_id[id_]
            assert activity.kind in commitment.kinds
            assert not commitment.all_areas or activity.area_id in commitment.all_areas


def test_the_script_makes_the_same_files_again(script: ModuleType, tmp_path: Path) -> None:
    script.make(tmp_path)
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    own = {"README.md", "make_example.py", "analysis.ipynb"}
    kept = {
        p.name: p.read_bytes()
        for p in (DATA / "example").iterdir()
        if p.is_file() and p.name not in own
    }
    assert made == kept


def test_the_published_events(bundled: Catalogue) -> None:
    found = read(bundled, "published", SourceKind.PUBLISHED)
    assert found.problems == ()
    assert [(a.day, a.precision, a.area_id, a.kind, a.minutes) for a in found.activities] == [
        (date(2017, 12, 4), "day", "snickaren-muraren", "physical_improvement", None),
        (date(2018, 3, 7), "day", "hassleholmen", "safety_survey", None),
        (date(2018, 6, 2), "day", "snickaren-muraren", "physical_improvement", None),
        (date(2018, 8, 31), "season", "hedbo", "physical_improvement", None),
        (date(2019, 9, 23), "minute", "hulta", "residents_meeting", 120),
    ]
    assert [(w.day, w.area_id, w.status, w.start.hour, w.minutes) for w in found.walks] == [
        (date(2021, 11, 4), "hedbo", "planned", 18, 60),
        (date(2021, 11, 25), "snickaren-muraren", "planned", 18, 60),
        (date(2021, 12, 2), "assberg", "planned", 18, 60),
    ]
    records: list[Activity | Walk] = [*found.activities, *found.walks]
    for record in records:
        assert record.commitments == ()
        assert record.origin.kind is SourceKind.PUBLISHED
        assert record.origin.reference
