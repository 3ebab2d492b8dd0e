"""Which indicators stand beside which goal, where a line breaks, and how uncertain a share is."""

from dataclasses import replace
from datetime import date

import pytest
from scipy.stats import binomtest

from geodata.analysis.indicators import about_area, beside, told, wilson_percent
from geodata.catalogue.loading import load_catalogue
from geodata.catalogue.readings import period_written
from geodata.catalogue.succession import successor
from geodata.model import Catalogue, LocalText, Reading, Series
from geodata.settings import bundled_data


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue([bundled_data()])


@pytest.mark.parametrize(
    ("count", "n"),
    [(0, 1), (1, 1), (0, 30), (30, 30), (1, 3), (440, 2202), (901, 2202), (5, 10), (1, 100_000)],
)
def test_an_interval_is_wilsons(count: int, n: int) -> None:
    """Against SciPy's."""
    expected = binomtest(count, n).proportion_ci(confidence_level=0.95, method="wilson")
    low, high = wilson_percent(100 * count / n, n)
    assert (low, high) == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-9)
    assert 0 <= low <= 100 * count / n <= high <= 100


def test_an_interval_by_hand() -> None:
    # 5 of 10, z = 1.96: middle 0.5; half 1.96·√(0.025 + 0.09604)/(1 + 0.38416) = 0.2634.
    low, high = wilson_percent(50.0, 10)
    assert low == pytest.approx(23.66, abs=0.01)
    assert high == pytest.approx(76.34, abs=0.01)


def with_reading(catalogue: Catalogue, indicator: str, **parts: object) -> Catalogue:
    """A catalogue where an indicator has one reading more: what is said of it."""
    like = next(r for r in catalogue.readings if r.indicator == indicator)
    new = {"value": None, "count": None, "answered": None, "asked": None, "text": None, **parts}
    reading = replace(like, id=f"{like.series}/2030", period=period_written("2030"), **new)
    return replace(catalogue, readings=(*catalogue.readings, reading))


INTERVALS = [
    # indicator, what is known, whether an interval may be shown
    ("boras-undvikit", {"value": 20.0, "answered": 2202}, True),
    ("boras-undvikit", {"count": 440, "answered": 2202}, True),
    ("boras-undvikit", {"value": 20.0}, False),
    ("boras-undvikit", {"value": 20.0, "asked": 5800}, False),
    ("boras-undvikit", {"answered": 2202, "text": LocalText("Få")}, False),
    ("mark-trygghet-webb", {"value": 39.0, "answered": 692}, False),
    ("mark-trygghet-webb", {"count": 270, "answered": 692}, False),
    ("boras-anmalda-valdsbrott", {"value": 10.4, "answered": 692}, False),
    ("boras-trygghetsindex", {"value": 4.9, "answered": 692}, False),
]


@pytest.mark.parametrize(("indicator", "known", "shown"), INTERVALS)
def test_only_a_random_sample_of_known_size_has_an_interval(
    shipped: Catalogue, indicator: str, known: dict[str, object], shown: bool
) -> None:
    catalogue = with_reading(shipped, indicator, **known)
    found = next(i for i in catalogue.indicators if i.id == indicator)
    point = next(p for p in told(catalogue, found).points if p.reading.id.endswith("/2030"))
    assert (point.interval is not None) is shown


def test_no_shipped_reading_has_an_interval(shipped: Catalogue) -> None:
    """Nobody has published both a share and how many answered, of any random sample here."""
    points = [p for i in shipped.indicators for p in told(shipped, i).points]
    assert len(points) == len(shipped.readings) == 35
    assert [p for p in points if p.interval] == []


def test_a_changed_question_breaks_the_line(shipped: Catalogue) -> None:
    mark = next(i for i in shipped.indicators if i.id == "mark-trygghet-webb")
    lines = told(shipped, mark).lines
    assert [[p.value for p in line.points] for line in lines] == [[39.0], [57.0]]
    assert lines[0].series.breaks is None
    assert lines[1].series.breaks is not None
    assert "sex" in lines[1].series.breaks.sv


def test_readings_stand_by_time_and_those_without_one_last(shipped: Catalogue) -> None:
    ntu = next(i for i in shipped.indicators if i.id == "ntu-fortroende-polisen")
    like = next(r for r in shipped.readings if r.indicator == ntu.id)
    undated = replace(like, id="ntu-fortroende-polisen/1/undated", period=None)
    mixed = (undated, *reversed([r for r in shipped.readings if r.indicator == ntu.id]))
    (line,) = told(replace(shipped, readings=mixed), ntu).lines
    years = [p.reading.period and p.reading.period.start.year for p in line.points]
    assert years == [2017, 2018, 2020, 2021, 2022, None]
    # What has no time is told and never drawn.
    assert [p.value for p in line.points] == [42, 49, 54, 58, 59, None]
    assert [p.value for p in told(replace(shipped, readings=mixed), ntu).drawn[0].points] == [
        *(42, 49, 54, 58, 59)
    ]


def test_words_are_told_and_not_drawn(shipped: Catalogue) -> None:
    listed = next(i for i in shipped.indicators if i.id == "polisens-lista-norrby")
    found = told(shipped, listed)
    assert len(found.points) == 5
    assert found.drawn == ()


def test_each_goal_has_the_indicators_that_name_it(shipped: Catalogue) -> None:
    named = {
        promise.id: [
            (goal and goal.id, [t.indicator.id for t in some])
            for goal, some in beside(shipped, promise)
        ]
        for promise in shipped.promises
    }
    assert named["mark-2018"] == [
        ("mark-2018/goal-1", ["mark-trygghet-webb", "ntu-otrygg-kvallstid"]),
        ("mark-2018/goal-2", ["ntu-fortroende-polisen"]),
    ]
    assert [goal for goal, _ in named["boras-2018"]] == [
        *("boras-2018/goal-1", "boras-2018/goal-2", "boras-2018/goal-3"),
        None,
    ]
    # Borås' residents are about Borås, and no goal of any promise.
    assert named["boras-2018"][-1] == (None, ["boras-folkmangd"])
    # No goals are known of it: what is about Borås, and no other area or town.
    assert [goal for goal, _ in named["boras-2022-centrum"]] == [None]
    whole = named["boras-2022-centrum"][0][1]
    assert {"boras-undvikit", "boras-fortroende-polisen", "boras-folkmangd"} <= set(whole)
    assert not {
        "ntu-fortroende-polisen",
        "norrby-enkat",
        "mark-trygghet-webb",
        "polisens-lista-hulta",
    } & set(whole)
    assert "norrby-enkat" in named["boras-2019-norrby"][0][1]
    assert "mark-trygghet-webb" not in str(named["boras-2018"])


def test_a_goal_carried_on_keeps_its_indicators(shipped: Catalogue) -> None:
    before = shipped.promise_by_id["mark-2018"]
    after = replace(successor(before), draft=False)
    both = replace(shipped, promises=(*shipped.promises, after))
    third = replace(successor(after), draft=False)
    for promise in (after, third):
        first, second = beside(both, promise)
        assert first[0] is not None
        assert first[0].id == f"{promise.id}/goal-1"
        assert [t.indicator.id for t in second[1]] == ["ntu-fortroende-polisen"]


def test_an_indicator_whose_goal_is_gone_belongs_to_none(shipped: Catalogue) -> None:
    boras = shipped.promise_by_id["boras-2018"]
    fewer = replace(boras, goals=boras.goals[1:])
    gone = beside(replace(shipped, promises=(fewer,)), fewer)
    assert gone[0][0] is not None
    assert gone[0][0].id == "boras-2018/goal-2"  # the others keep their numbers
    assert "boras-anmalda-stolder" in [t.indicator.id for t in gone[-1][1]]


def test_an_area_has_its_own_readings_only(shipped: Catalogue) -> None:
    assert [t.indicator.id for t in about_area(shipped, "norrby")] == [
        "norrby-enkat",
        "polisens-lista-norrby",
    ]
    assert [t.indicator.id for t in about_area(shipped, "hulta")] == ["polisens-lista-hulta"]
    assert about_area(shipped, "hedbo") == ()


def test_response_is_worked_out_beside_what_the_source_says(shipped: Catalogue) -> None:
    (reading,) = (r for r in shipped.readings if r.indicator == "boras-undvikit")
    # 2,202 / 5,800 = 0.37966; the source says 40.9.
    assert reading.response_percent == pytest.approx(37.966, abs=0.001)
    assert reading.response_stated == 40.9
    assert reading.value is None
    assert reading.period is not None
    assert (reading.period.start, reading.period.end) == (date(2022, 5, 1), date(2022, 7, 31))


def test_every_definition_says_whom_it_is_about_and_what_may_not_be_concluded(
    shipped: Catalogue,
) -> None:
    assert all(i.population.sv and i.population.en and i.cautions for i in shipped.indicators)


def test_a_share_of_nobody_is_none() -> None:
    base = load_catalogue([bundled_data()]).readings[0]
    nobody: Reading = replace(base, value=None, count=0, answered=0)
    assert nobody.share_percent is None
    assert isinstance(load_catalogue([bundled_data()]).series_by_id["boras-undvikit/1"], Series)
