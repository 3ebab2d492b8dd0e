"""Which places: hand-worked towns, every choice there is, and laws that any answer keeps."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Iterator
from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geodata.crs import SWEREF99TM, positions_to_metres
from geodata.errors import PlanningError
from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    HotSpot,
    Plan,
    PlanKind,
    Precision,
)
from geodata.planner.places.ask import (
    Choices,
    DemandKind,
    OwnPoint,
    SiteKind,
    ask_places,
    asked_of,
    offer,
    read_choices,
    shortfalls,
)
from geodata.planner.places.keep import (
    ALTERNATIVES,
    alternative,
    alternatives,
    keep_places,
    made_alternative,
    read_alternative,
)
from geodata.planner.places.solve import MOST, Demand, PlacesAnswer, PlacesQuestion, Spot
from geodata.planner.plans import finding_key, place_key, read_number, spot_key
from geodata.planning.travel import DETOUR
from geodata.service import Service, recording
from geodata.service.recording import Refused, Saved
from geodata.service.streets import import_streets
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME, words

from ..planning.towns import Town, place

DAY: Final = date(2018, 10, 1)
HIDDEN: Final = "/nowhere/streets"
"""No streets lie here: distances are straight lines times `DETOUR`."""


def spot(name: str, x: float, y: float, area: str | None = None) -> Spot:
    lon, lat = place(x, y)
    return Spot(name, "place", name, lon, lat, area_id=area)


def demand(name: str, x: float, y: float, weight: float = 1.0) -> Demand:
    return Demand(Spot(name, "hot_spot", name, *place(x, y)), weight)


def told(_share: float) -> None:
    pass


def solved(
    k: int, reach_m: float, demands: list[Demand], sites: list[Spot], **more: object
) -> PlacesAnswer:
    asked = {"streets": HIDDEN, **more}
    return PlacesQuestion(k, reach_m, tuple(demands), tuple(sites), **asked).solve(told)  # type: ignore[arg-type]


def names(answer: PlacesAnswer) -> list[str]:
    return [one.site.name for one in answer.taken]


# --- worked by hand ------------------------------------------------------------------------------

# On a line, a hundred metres apart: 130 m on foot with the factor. Site m reaches the heavy pair in
# the middle, sites l and r each a half of the four.
ROW: Final = [
    demand("a", 0, 0, 3),
    demand("b", 100, 0, 4),
    demand("c", 200, 0, 4),
    demand("d", 300, 0, 3),
]
SITES: Final = [spot("m", 150, 0), spot("l", 50, 0), spot("r", 250, 0), spot("z", 9_000, 0)]


def test_the_best_one_is_not_among_the_best_two() -> None:
    one = solved(1, 70, ROW, SITES)
    assert names(one) == ["m"]
    assert (one.covered, one.total, one.optimal, one.gap) == (8, 14, True, 0)
    assert [m.demand.spot.name for m in one.missed] == ["a", "d"]
    assert [m.why for m in one.missed] == ["beyond", "beyond"]
    # 150 m from the middle, on foot.
    assert one.missed[0].metres == pytest.approx(150 * DETOUR, rel=0.01)
    two = solved(2, 70, ROW, SITES)
    assert names(two) == ["l", "r"]
    assert two.covered == 14
    assert two.missed == ()
    assert [(t.added, t.lost, t.required) for t in two.taken] == [(7, 7, False), (7, 7, False)]
    assert [(r.demand.spot.name, r.place) for r in two.reached] == [
        ("b", 0),
        ("c", 1),
        ("a", 0),
        ("d", 1),
    ]
    assert [point.covered for point in two.curve] == [8, 14, 14, 14]
    assert [point.k for point in two.curve] == [1, 2, 3, 4]


def test_wishes_are_met_and_cost_what_they_cost() -> None:
    with_z = solved(2, 70, ROW, SITES, required=frozenset({"z"}))
    assert names(with_z) == ["m", "z"]
    assert with_z.covered == 8
    assert [t.required for t in with_z.taken] == [False, True]
    without_l = solved(2, 70, ROW, SITES, excluded=frozenset({"l"}))
    assert without_l.covered == 11
    # With l out, nothing that may be chosen reaches a.
    assert [(m.demand.spot.name, m.why) for m in without_l.missed] == [("a", "out_of_reach")]


def test_one_in_each_area_and_what_cannot_be_met() -> None:
    sites = [spot("l", 50, 0, "west"), spot("r", 250, 0, "west"), spot("z", 900, 0, "east")]
    areas = (("west", "Väst"), ("east", "Öst"))
    both = solved(2, 70, ROW, sites, areas=areas)
    assert sorted(names(both)) == ["l", "z"]
    # The curve begins where there is room for one in each.
    assert [point.k for point in both.curve] == [2, 3]
    with pytest.raises(PlanningError, match="areas_too_many") as too_many:
        solved(1, 70, ROW, sites, areas=areas)
    assert too_many.value.values == {"count": 2, "k": 1}
    with pytest.raises(PlanningError, match="required_too_many"):
        solved(1, 70, ROW, sites, required=frozenset({"l", "r"}))
    with pytest.raises(PlanningError) as nobody:
        solved(3, 70, ROW, sites, areas=(("north", "Norr"),))
    assert nobody.value.key == "plan_places.no_site_in_area"
    with pytest.raises(PlanningError) as out:
        solved(3, 70, ROW, sites, areas=areas, excluded=frozenset({"z"}))
    assert out.value.values == {"area": "Öst"}
    for language in ("sv", "en"):
        assert "Öst" in words(language).error(out.value)


@pytest.mark.parametrize("sites", [[], [spot("far", 90_000, 0)]])
def test_where_nothing_reaches_anything_all_is_missed(sites: list[Spot]) -> None:
    answer = solved(3, 500, ROW, sites)
    assert answer.taken == ()
    assert answer.covered == 0
    assert answer.total == 14
    assert [m.why for m in answer.missed] == ["out_of_reach"] * 4
    assert [m.metres for m in answer.missed] == [None] * 4


def test_without_demand_there_is_no_share() -> None:
    answer = solved(2, 500, [], SITES)
    assert answer.share is None
    assert not answer.taken
    assert not answer.missed


# --- on paths ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A river: two banks 60 m apart, joined by a bridge 400 m east; and an island."""
    nodes = {
        "s0": (0.0, 0.0),
        "s4": (400.0, 0.0),
        "n0": (0.0, 60.0),
        "n4": (400.0, 60.0),
        "i0": (-2_000.0, 0.0),
        "i1": (-1_500.0, 0.0),
    }
    banks = Town(nodes).way("s0 s4").way("n0 n4").way("s4 n4").way("i0 i1")
    folder = tmp_path_factory.mktemp("river")
    import_streets(banks.write(folder / "river.osm"), folder / "kept")
    return folder / "kept"


def test_what_lies_across_the_river_is_as_far_as_the_bridge(town: Path) -> None:
    demands = [demand("same bank", 100, 0), demand("other bank", 0, 60)]
    question = {"streets": str(town), "k": 1, "demands": demands, "sites": [spot("s", 0, 0)]}
    near = solved(reach_m=200, **question)  # type: ignore[arg-type]
    assert near.source.kind == "streets"
    assert near.source.file == "river.osm"
    assert [(r.demand.spot.name, round(r.metres)) for r in near.reached] == [("same bank", 100)]
    # 400 m out, 60 m over, 400 m back; a straight line would have been 60 m.
    assert near.missed[0].metres == pytest.approx(860, abs=1)
    assert near.missed[0].why == "out_of_reach"
    assert solved(reach_m=865, **question).missed == ()  # type: ignore[arg-type]


def test_what_no_path_leads_to_is_told_and_never_guessed(town: Path) -> None:
    demands = [
        demand("in the wood", 200, 700, 2),
        demand("on the island", -1_800, 0, 5),
        demand("here", 10, 20, 1),
    ]
    sites = [spot("s", 0, 0), spot("bog", 0, -500)]
    answer = solved(3, 3_000, demands, sites, streets=str(town))
    assert names(answer) == ["s"]
    assert [site.name for site in answer.off_path] == ["bog"]
    assert {m.demand.spot.name: (m.why, m.metres) for m in answer.missed} == {
        "on the island": ("apart", None),
        "in the wood": ("too_far", None),
    }
    # The way from the path to the place is walked too: ten metres along it and twenty off it.
    assert answer.reached[0].metres == pytest.approx(30, abs=1)
    assert (answer.covered, answer.total) == (1, 8)
    with pytest.raises(PlanningError) as refused:
        solved(3, 3_000, demands, sites, streets=str(town), required=frozenset({"bog"}))
    assert refused.value.key == "plan_places.required_off_path"
    for language in ("sv", "en"):
        assert "bog" in words(language).error(refused.value)


def test_a_place_off_the_path_reaches_itself(town: Path) -> None:
    here = spot("s", 50, -80)
    answer = solved(
        1, 75, [Demand(here, 2.0), demand("beside", 50, -70)], [here], streets=str(town)
    )
    assert [r.metres for r in answer.reached] == [0.0]
    assert [m.demand.spot.name for m in answer.missed] == ["beside"]


# --- against every choice ------------------------------------------------------------------------

steps = st.integers(0, 12).map(lambda n: n * 100.0)


@st.composite
def questions(draw: st.DrawFn) -> PlacesQuestion:
    positions = st.lists(st.tuples(steps, steps), min_size=1, max_size=6, unique=True)
    weights = st.integers(0, 9)
    demands = [demand(f"d{n}", x, y, draw(weights)) for n, (x, y) in enumerate(draw(positions))]
    sites = [
        spot(f"s{n}", x, y, draw(st.sampled_from(["west", "east", None])))
        for n, (x, y) in enumerate(draw(positions))
    ]
    keys = [site.key for site in sites]
    required = draw(st.frozensets(st.sampled_from(keys), max_size=2))
    excluded = draw(st.frozensets(st.sampled_from(keys), max_size=2)) - required
    present = {site.area_id for site in sites if site.area_id and site.key not in excluded}
    areas = tuple((area, area) for area in sorted(draw(st.sets(st.sampled_from(["west", "east"])))))
    return PlacesQuestion(
        k=max(draw(st.integers(1, 5)), len(required), 1),
        reach_m=draw(st.sampled_from([150.0, 300.0, 700.0])),
        demands=tuple(demands),
        sites=tuple(sites),
        required=required,
        excluded=excluded,
        areas=tuple(area for area in areas if area[0] in present),
        streets=HIDDEN,
    )


def by_trying(question: PlacesQuestion, k: int) -> float | None:
    """Return what the best of all choices reaches, None where no choice meets the wishes."""

    spots = [*(d.spot for d in question.demands), *question.sites]
    metres = positions_to_metres(np.array([(one.lon, one.lat) for one in spots]), SWEREF99TM)
    away = np.hypot(*(metres[:, None] - metres).T)
    rows = range(len(question.demands))
    near = {
        site.key: {row for row in rows if away[row, at] * DETOUR <= question.reach_m}
        for at, site in enumerate(question.sites, start=len(rows))
    }

    def gain(chosen: tuple[Spot, ...]) -> float:
        reached = set().union(*(near[site.key] for site in chosen))
        return math.fsum(question.demands[row].weight for row in reached)

    free = [site for site in question.sites if site.key not in question.excluded]
    return max(
        (
            gain(chosen)
            for size in range(min(k, len(free)) + 1)
            for chosen in combinations(free, size)
            if question.required <= {s.key for s in chosen}
            and {area for area, _ in question.areas} <= {s.area_id for s in chosen}
        ),
        default=None,
    )


@given(questions())
@settings(max_examples=30)
def test_every_point_of_the_curve_is_the_best_of_all_choices(question: PlacesQuestion) -> None:
    best = by_trying(question, question.k)
    if best is None:
        with pytest.raises(PlanningError, match="areas_too_many"):
            question.solve(told)
        return
    answer = question.solve(told)
    assert answer.optimal
    assert answer.covered == best
    assert {p.k: p.covered for p in answer.curve} == {
        p.k: by_trying(question, p.k) for p in answer.curve
    }
    lower = range(max(1, len(question.required)), answer.curve[0].k)
    assert all(by_trying(question, k) is None for k in lower)


@given(questions())
@settings(max_examples=30)
def test_laws(question: PlacesQuestion) -> None:
    try:
        answer = question.solve(told)
    except PlanningError:
        return
    # Everything is either within reach or missed, and nothing more is covered than there is.
    assert 0 <= answer.covered <= answer.total
    assert math.fsum(r.demand.weight for r in answer.reached) == answer.covered
    missed = math.fsum(m.demand.weight for m in answer.missed)
    assert answer.covered + missed == answer.total
    assert math.fsum(t.added for t in answer.taken) == answer.covered
    weights = [p.covered for p in answer.curve]
    assert weights == sorted(weights)
    keys = {t.site.key for t in answer.taken}
    assert question.required <= keys
    assert not keys & question.excluded
    assert len(keys) == len(answer.taken) <= question.k
    assert all(r.metres <= question.reach_m for r in answer.reached)
    assert all(m.metres is None or m.metres > question.reach_m for m in answer.missed)
    # It is asked in another process, and found again by what it is.
    assert pickle.loads(pickle.dumps(question)) == question
    assert pickle.loads(pickle.dumps(answer)) == answer
    assert hash(question) == hash(pickle.loads(pickle.dumps(question)))


def test_it_tells_how_far_it_has_come() -> None:
    shares: list[float] = []
    PlacesQuestion(2, 70, tuple(ROW), tuple(SITES), streets=HIDDEN).solve(shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == pytest.approx(1)


# --- in an address -------------------------------------------------------------------------------


def test_choices_go_into_an_address_and_back() -> None:
    choices = Choices(
        k=5,
        minutes=12.5,
        demand=DemandKind.OWN,
        sites=SiteKind.PLACES,
        required=frozenset({"hab", "hcd"}),
        excluded=frozenset({"p12.90000_57.70000"}),
        areas=("norrby", "hulta"),
        weights=(("hab", 0.0), ("hcd", 2.5)),
        points=(OwnPoint(12.9, 57.7, 3.0), OwnPoint(-12.5, 57.12345)),
        period="latest",
    )
    assert read_choices(asked_of(choices)) == choices
    assert read_choices({}) == Choices()
    assert not any(asked_of(Choices()).values())


@given(
    st.dictionaries(
        st.sampled_from([*asked_of(Choices()), "other"]),
        st.one_of(
            st.text(max_size=30), st.sampled_from(["1e999", "nan", "-3", "9,*1,*/", "a*1e9"])
        ),
    )
)
def test_an_address_may_hold_anything(asked: dict[str, str]) -> None:
    choices = read_choices(asked)
    assert 1 <= choices.k <= MOST
    assert 1 <= choices.minutes <= 60
    assert not choices.required & choices.excluded
    assert all(0 <= weight <= 1000 for _, weight in choices.weights)
    assert read_choices(asked_of(choices)) == choices


def test_a_site_is_required_or_excluded_and_a_second_press_takes_it_back() -> None:
    once = Choices().with_required("hab")
    assert once.required == {"hab"}
    other = once.with_excluded("hab")
    assert not other.required
    assert other.excluded == {"hab"}
    assert other.with_excluded("hab") == Choices()
    points = Choices().with_point(12.9, 57.7).with_point(13.0, 57.7)
    assert points.without_point(0).points == (OwnPoint(13.0, 57.7),)
    assert read_number(" 2,5 ", 0, 10) == 2.5
    assert read_number("11", 0, 10) is read_number("x", 0, 10) is None


# --- from the register ---------------------------------------------------------------------------


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    asked = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(asked, today=lambda: DAY) as opened:
        yield opened


def hot_spot(name: str, at: tuple[float, float], **more: object) -> HotSpot:
    return HotSpot(str(uuid4()), name, Point(at), date(2018, 1, 1), **more)  # type: ignore[arg-type]


def test_what_is_offered_of_the_register(service: Service) -> None:
    stop = next(p for p in service.catalogue.places if p.nearest_area == "norrby")
    mark = next(p for p in service.catalogue.places if p.nearest_area == "hedbo")
    heavy = hot_spot("Torget", (stop.lon, stop.lat), weight=3.0, visits_a_week=2.0)
    later = hot_spot("Sjön", (mark.lon, mark.lat))
    ended = hot_spot("Parken", (stop.lon, stop.lat), valid_to=date(2018, 9, 30))
    service.register.add([heavy, later, ended], by="test")
    everything = offer(service, Choices(), DAY)
    assert {d.spot.name: d.weight for d in everything.demands} == {"Torget": 3.0, "Sjön": 1.0}
    assert len(everything.sites) == 2 + len(service.catalogue.places)
    boras = next(p.area_ids for p in service.promises() if "norrby" in p.area_ids)
    only = offer(service, Choices(sites=SiteKind.HOT_SPOTS), DAY, boras)
    assert [site.name for site in only.sites] == ["Torget"]
    assert only.sites[0].area_id == "norrby"
    assert only.sites[0].id == heavy.id
    # What has to be in is a candidate whatever kinds are looked at.
    key = place_key(stop.lon, stop.lat)
    wished = Choices(sites=SiteKind.HOT_SPOTS, required=frozenset({key}))
    assert [site.key for site in offer(service, wished, DAY, boras).sites] == [
        spot_key(heavy.id),
        key,
    ]
    own = Choices(
        demand=DemandKind.OWN,
        weights=((spot_key(later.id), 7.0),),
        points=(OwnPoint(12.9, 57.7, 2.0),),
    )
    assert [(d.spot.name, d.weight) for d in offer(service, own, DAY).demands] == [
        ("Sjön", 7.0),
        ("Torget", 3.0),
        ("1", 2.0),
    ]


def test_shortfall_is_never_below_nought(service: Service) -> None:
    spots = [hot_spot(name, (12.93, 57.72)) for name in ("a", "b", "c")]
    service.register.add(spots, by="test")
    done = {spots[0].id: 4.0, spots[1].id: -2.0, spots[2].id: None}
    found = offer(service, Choices(demand=DemandKind.SHORTFALL), DAY, shortfall=done)
    assert [d.weight for d in found.demands] == [4.0, 0.0, 0.0]
    assert found.without_dose == 1
    asked = ask_places(service, Choices(demand=DemandKind.SHORTFALL), found)
    assert [d.spot.name for d in asked.demands] == ["a"]


def test_shortfall_is_what_was_planned_and_not_done(service: Service) -> None:
    spot_a = hot_spot("a", (12.93, 57.72), visits_a_week=3.0)
    service.register.add([spot_a, hot_spot("b", (12.95, 57.72))], by="test")
    noon = datetime(2018, 9, 20, 12, tzinfo=SWEDISH_TIME)
    visit = Activity(
        str(uuid4()), "foot_patrol", None, spot_a.place, noon, Precision.MINUTE, noon.date(), 12
    )
    service.register.add([visit], by="test")
    choices = Choices(demand=DemandKind.SHORTFALL, period="latest")
    period, lacking = shortfalls(service, choices, service.promises(), DAY)
    # Four weeks with three visits planned in each, and one made.
    assert (DAY - period.start).days == 27
    assert [lacking[d.spot.id] for d in offer(service, choices, DAY).demands] == [11.0, None]


def test_open_findings_weigh_one_each(service: Service) -> None:
    def finding(text: str, at: Point | None, status: FindingStatus) -> Finding:
        return Finding(
            str(uuid4()), None, "norrby", at, "lighting", text, None, None, status, DAY, DAY
        )

    here = Point(12.927, 57.722)
    found = [
        finding("Trasig lampa " * 9, here, FindingStatus.OPEN),
        finding("Klotter", here, FindingStatus.IN_PROGRESS),
        finding("Lagad", here, FindingStatus.DONE),
        finding("Någonstans", None, FindingStatus.OPEN),
    ]
    service.register.add(found, by="test")
    given = offer(service, Choices(demand=DemandKind.FINDINGS), DAY)
    assert {d.spot.key for d in given.demands} == {finding_key(f.id) for f in found[:2]}
    assert [d.weight for d in given.demands] == [1.0, 1.0]
    assert max(len(d.spot.name) for d in given.demands) == 60
    assert given.without_place == 1
    choices = Choices(demand=DemandKind.FINDINGS)
    answer = ask_places(service, choices, offer(service, choices, DAY)).solve(told)
    assert answer.covered == 2


def test_a_question_of_the_example_is_answered(service: Service) -> None:
    stops = [p for p in service.catalogue.places if p.nearest_area in ("norrby", "hulta")][:12]
    spots = [hot_spot(f"{n}", (p.lon, p.lat), weight=n + 1.0) for n, p in enumerate(stops)]
    service.register.add(spots, by="test")
    choices = Choices(k=3, areas=("norrby", "hulta", "nowhere"))
    asked = ask_places(service, choices, offer(service, choices, DAY))
    assert asked.areas == (("norrby", "Norrby"), ("hulta", "Hulta"))
    answer = asked.solve(told)
    assert answer.optimal
    assert {"norrby", "hulta"} <= {t.site.area_id for t in answer.taken}


# --- kept ----------------------------------------------------------------------------------------


def test_an_alternative_is_kept_read_withdrawn_and_taken_back(service: Service) -> None:
    choices = Choices(k=1, minutes=1, demand=DemandKind.OWN, required=frozenset({"m"}))
    answer = solved(1, 75, ROW, SITES)
    kept = keep_places(
        service,
        choices,
        answer,
        {"name": "Ett  pass", "by": "Planeraren"},
        about_day=DAY,
        within=("hulta",),
    )
    assert isinstance(kept, Saved)
    json.dumps(ALTERNATIVES.outcome(made_alternative(choices, answer, DAY)))
    (found,) = alternatives(service)
    assert found.name == "Ett pass"
    assert found.choices == choices
    assert found.about_day == DAY
    assert found.within == ("hulta",)
    assert [p.site for p in found.places] == [t.site for t in answer.taken]
    assert [p.added for p in found.places] == [8.0]
    assert (found.covered, found.total, found.share, found.gap) == (8, 14, 8 / 14, 0)
    assert [(d.spot, d.weight) for d in found.missed] == [
        (m.demand.spot, m.demand.weight) for m in answer.missed
    ]
    assert found.source == answer.source
    done = recording.act(
        service, "void", "plan", found.id, {"by": "Planeraren"}, expected_number=kept.number
    )
    assert isinstance(done, Saved)
    assert alternatives(service) == ()
    assert alternative(service, found.id).void  # type: ignore[union-attr]
    recording.act(
        service, "restore", "plan", found.id, {"by": "Planeraren"}, expected_number=done.number
    )
    assert [one.id for one in alternatives(service)] == [found.id]
    refused = keep_places(service, choices, answer, {}, about_day=DAY)
    assert isinstance(refused, Refused)
    assert {problem.field for problem in refused.problems} == {"name", "by"}
    assert alternative(service, "nothing") is None


@pytest.mark.parametrize("outcome", [{}, {"places": 3}, {"places": [{"key": 1}]}, {"covered": "x"}])
def test_a_plan_of_another_make_is_passed_over(outcome: dict[str, object]) -> None:
    plan = Plan(str(uuid4()), PlanKind.PLACES, "Annan", DAY, DAY, {}, outcome)
    assert read_alternative(plan) is None
    assert read_alternative(Plan(plan.id, PlanKind.LOOP, "", DAY, DAY, {}, {})) is None
