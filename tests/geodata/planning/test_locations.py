"""Choosing locations: against every choice there is, and by laws that any choice keeps."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import combinations
from typing import Any, Final

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import PlanningError
from geodata.planning._covering import Cover, Solved, solved
from geodata.planning.locations import LocationChoice, coverage_curve
from geodata.texts import words

# Four demands in a row, five sites. The first site reaches the two in the middle and most of all by
# itself; but with two sites, the second and third reach everything.
REACH: Final = np.array(
    [
        [0, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 0, 1, 0, 0],
        [0, 0, 1, 1, 0],
    ],
    dtype=bool,
)
WEIGHT: Final = np.array([3.0, 4.0, 4.0, 3.0])


@st.composite
def questions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, set[int], set[int]]:
    demands, sites = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    row = st.lists(st.booleans(), min_size=sites, max_size=sites)
    reach = np.array(draw(st.lists(row, min_size=demands, max_size=demands)))
    amount = st.one_of(st.integers(0, 6), st.floats(0, 1e3, allow_subnormal=False))
    weight = np.array(draw(st.lists(amount, min_size=demands, max_size=demands)), dtype=float)
    weight[weight < 1e-3] = 0.0
    required = draw(st.sets(st.integers(0, sites - 1), max_size=2))
    excluded = draw(st.sets(st.integers(0, sites - 1), max_size=3)) - required
    k = draw(st.integers(len(required), sites + 2))
    return reach, weight, k, required, excluded


def covered(reach: np.ndarray, weight: np.ndarray, sites: tuple[int, ...]) -> float:
    return math.fsum(
        w for row, w in zip(reach, weight, strict=True) if any(row[site] for site in sites)
    )


def best_by_trying(
    reach: np.ndarray, weight: np.ndarray, k: int, required: set[int], excluded: set[int]
) -> float:
    free = [site for site in range(reach.shape[1]) if site not in excluded]
    return max(
        covered(reach, weight, sites)
        for size in range(min(k, len(free)) + 1)
        for sites in combinations(free, size)
        if required <= set(sites)
    )


def relaxed_bound(reach: np.ndarray, weight: np.ndarray, k: int) -> float:
    """Solve the problem with parts of sites allowed, written down anew."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS takes it so
    demands, sites = reach.shape
    for _ in range(sites):
        solver.addCol(0.0, 0.0, 1.0, 0, [], [])
    for amount in weight:
        solver.addCol(-float(amount), 0.0, 1.0, 0, [], [])
    for row in range(demands):
        columns = [*np.flatnonzero(reach[row]).tolist(), sites + row]
        values = [-1.0] * (len(columns) - 1) + [1.0]
        solver.addRow(-highspy.kHighsInf, 0.0, len(columns), columns, values)
    solver.addRow(-highspy.kHighsInf, float(k), sites, list(range(sites)), [1.0] * sites)
    solver.run()
    return -float(solver.getInfo().objective_function_value)


def choose_locations(reach: Any, weight: Any, k: Any, **wishes: Any) -> LocationChoice:
    (choice,) = coverage_curve(reach, weight, [k], **wishes)
    return choice


def test_the_best_two_are_not_found_one_by_one() -> None:
    one = choose_locations(REACH, WEIGHT, 1)
    assert one == LocationChoice(
        sites=(0,),
        covered_weight=8.0,
        total_weight=14.0,
        optimal=True,
        bound=8.0,
        added=(8.0,),
        lost=(8.0,),
        uncovered=(0, 3),
    )
    two = choose_locations(REACH, WEIGHT, 2)
    assert two.sites == (1, 2)
    assert two.covered_weight == 14.0
    assert two.optimal
    assert two.gap == 0.0
    assert two.covered_weight == two.total_weight
    assert two.uncovered == ()


def test_what_each_adds_and_what_would_be_lost_without_it() -> None:
    reach = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
    choice = choose_locations(reach, [5.0, 2.0, 1.0], 2)
    assert choice.sites == (0, 1)
    assert choice.added == (7.0, 1.0)
    assert choice.lost == (5.0, 1.0)


def test_of_two_that_reach_the_same_the_first_is_chosen() -> None:
    reach = np.array([[0, 1, 1], [0, 1, 1]], dtype=bool)
    assert choose_locations(reach, [1, 1], 1).sites == (1,)
    assert choose_locations(reach, [1, 1], 3).sites == (1,)
    assert choose_locations(reach, [1, 1], 1, excluded=[1]).sites == (2,)


@given(questions())
@settings(max_examples=120, deadline=None)
def test_it_is_the_best_of_all_choices(
    question: tuple[np.ndarray, np.ndarray, int, set[int], set[int]],
) -> None:
    reach, weight, k, required, excluded = question
    choice = choose_locations(reach, weight, k, required=required, excluded=excluded)
    best = best_by_trying(*question)
    assert choice.optimal
    assert choice.covered_weight == pytest.approx(best, rel=1e-6, abs=1e-9)
    assert choice.covered_weight == covered(reach, weight, choice.sites)
    assert choice.total_weight == math.fsum(weight)
    assert len(set(choice.sites)) == len(choice.sites) <= max(k, len(required))
    assert required <= set(choice.sites) <= set(range(reach.shape[1])) - excluded
    assert all(
        added > 0 or site in required
        for site, added in zip(choice.sites, choice.added, strict=True)
    )
    assert math.fsum(choice.added) == pytest.approx(choice.covered_weight)
    assert math.fsum(weight[list(choice.uncovered)]) == pytest.approx(
        choice.total_weight - choice.covered_weight, abs=1e-9
    )
    assert choice == choose_locations(reach, weight, k, required=required, excluded=excluded)


@pytest.mark.parametrize("seed", range(4))
def test_no_part_of_a_site_covers_less(seed: int) -> None:
    random = np.random.default_rng(seed)
    reach, weight = random.random((60, 40)) < 0.08, random.random(60)
    for k in (3, 9):
        choice = choose_locations(reach, weight, k)
        assert choice.optimal
        assert choice.covered_weight <= relaxed_bound(reach, weight, k) + 1e-6


def test_the_curve_only_rises_and_each_point_is_the_best() -> None:
    random = np.random.default_rng(7)
    reach, weight = random.random((40, 30)) < 0.1, random.integers(1, 9, 40)
    ks = [0, 1, 2, 4, 8, 30, 2]
    curve = coverage_curve(reach, weight, ks)
    weights = [choice.covered_weight for choice in curve]
    assert weights[:6] == sorted(weights[:6])
    assert curve[2] == curve[6]
    for k, choice in zip(ks, curve, strict=True):
        alone = choose_locations(reach, weight, k)
        assert choice.optimal
        assert choice.covered_weight == alone.covered_weight
    gains = np.diff([curve[n].covered_weight for n in (0, 1, 2)])
    assert gains[0] >= gains[1]


def test_the_curve_goes_on_with_what_is_not_proven_as_long_as_there_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where one number of sites needs more than its share, it gets what the others leave over."""
    asked: list[int] = []

    def slow(cover: Cover, k: int, until: float, first: tuple[int, ...] = ()) -> Solved:
        asked.append(k)
        found = solved(cover, k, until, first)
        return replace(found, optimal=False) if asked.count(k) < k else found

    monkeypatch.setattr("geodata.planning.locations.solved", slow)
    curve = coverage_curve(REACH, WEIGHT, [1, 2, 3], time_limit_s=600.0)
    assert asked == [1, 2, 3, 2, 3, 3]
    assert all(choice.optimal for choice in curve)


def test_the_solver_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(3)
    points = random.random((60, 2))
    apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    cover = Cover(apart < 0.2, random.integers(1, 100, 60).astype(float))
    assert solved(cover, 6, time.monotonic() + 600).optimal
    assert capfd.readouterr() == ("", "")


def test_the_curve_tells_how_far_it_has_come_and_can_be_stopped() -> None:
    told: list[float] = []
    coverage_curve(REACH, WEIGHT, [3, 1, 2, 1], tell=told.append)
    assert told == [1 / 3, 2 / 3, 1.0]

    class EnoughError(Exception):
        pass

    def stop(share: float) -> None:
        told.append(share)
        raise EnoughError

    told.clear()
    with pytest.raises(EnoughError):
        coverage_curve(REACH, WEIGHT, [1, 2, 3], tell=stop)
    assert told == [1 / 3]


def test_one_in_each_area() -> None:
    # Site 2 is worth little, but it is the only one there is in its area.
    reach = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    weight = [5.0, 4.0, 1.0]
    assert choose_locations(reach, weight, 2).sites == (0, 1)
    assert choose_locations(reach, weight, 2, one_of=[(0, 1), (2,)]).sites == (0, 2)
    # One that reaches nothing is chosen where its area has no other.
    nothing = choose_locations([[1, 0]], [3.0], 2, one_of=[(0,), (1,)])
    assert nothing.sites == (0, 1)
    assert nothing.added == (3.0, 0.0)


@given(questions(), st.data())
@settings(max_examples=40, deadline=None)
def test_one_of_each_group_against_every_choice(
    question: tuple[np.ndarray, np.ndarray, int, set[int], set[int]], data: st.DataObject
) -> None:
    reach, weight, k, _, _ = question
    sites = range(reach.shape[1])
    members = st.sets(st.sampled_from(sites), min_size=1)
    groups = data.draw(st.lists(members, min_size=1, max_size=3))
    allowed = [
        covered(reach, weight, chosen)
        for size in range(min(k, len(sites)) + 1)
        for chosen in combinations(sites, size)
        if all(group & set(chosen) for group in groups)
    ]
    if not allowed:
        with pytest.raises(PlanningError, match="one_of_too_many"):
            choose_locations(reach, weight, k, one_of=groups)
        return
    choice = choose_locations(reach, weight, k, one_of=groups)
    assert choice.covered_weight == pytest.approx(max(allowed), rel=1e-6, abs=1e-9)
    assert all(group & set(choice.sites) for group in groups)
    assert len(choice.sites) <= k


def test_without_time_the_bound_is_told_and_kept() -> None:
    random = np.random.default_rng(3)
    points, sites = random.random((500, 2)), random.random((400, 2))
    reach = np.hypot(*(points[:, None] - sites).transpose(2, 0, 1)) < 0.07
    weight = random.random(500)
    hurried = choose_locations(reach, weight, 20, time_limit_s=1e-6)
    proven = choose_locations(reach, weight, 20)
    assert proven.optimal
    assert hurried.covered_weight <= proven.covered_weight <= hurried.bound + 1e-6
    assert not hurried.optimal
    assert hurried.gap == pytest.approx(1 - hurried.covered_weight / hurried.bound)
    rising = [c.covered_weight for c in coverage_curve(reach, weight, range(9), time_limit_s=1e-6)]
    assert rising == sorted(rising)


@pytest.mark.parametrize(
    ("reach", "weight", "k"),
    [
        (REACH, WEIGHT, 0),
        (np.zeros((4, 5), bool), WEIGHT, 3),
        (np.zeros((4, 0), bool), WEIGHT, 3),
        (REACH, np.zeros(4), 3),
        (np.zeros((0, 5), bool), [], 3),
    ],
    ids=["none may be", "nothing is reached", "no sites", "no weight", "no demand"],
)
def test_where_nothing_can_be_covered_nothing_is_chosen(reach: Any, weight: Any, k: int) -> None:
    choice = choose_locations(reach, weight, k)
    assert choice.sites == ()
    assert choice.covered_weight == choice.gap == 0.0
    assert choice.total_weight == sum(weight)
    assert choice.optimal
    assert choice.uncovered == ((1, 2, 0, 3) if sum(weight) else ())


def test_more_than_there_are_is_all_that_help() -> None:
    choice = choose_locations(REACH, WEIGHT, 99)
    assert choice.covered_weight == 14.0
    assert choice.sites == (1, 2)


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("planning.reach_shape", {"reach": [True, False]}),
        ("planning.reach_shape", {"reach": []}),
        ("planning.reach_values", {"reach": REACH * 0.5}),
        ("planning.reach_values", {"reach": np.where(REACH, 1.0, np.nan)}),
        ("planning.weight_shape", {"weight": [1, 2]}),
        ("planning.weight_shape", {"weight": np.ones((4, 1))}),
        ("planning.weight_values", {"weight": [1, 2, math.nan, 4]}),
        ("planning.weight_values", {"weight": [1, 2, -1, 4]}),
        ("planning.weight_values", {"weight": [1, 2, math.inf, 4]}),
        ("planning.weight_values", {"weight": ["a", "b", "c", "d"]}),
        ("planning.k", {"k": -1}),
        ("planning.k", {"k": 1.5}),
        ("planning.site_unknown", {"required": [5]}),
        ("planning.site_unknown", {"excluded": [-1]}),
        ("planning.site_unknown", {"one_of": [[9]]}),
        ("planning.site_unknown", {"required": [0.5]}),
        ("planning.required_and_excluded", {"required": [1, 2], "excluded": [2]}),
        ("planning.required_too_many", {"required": [1, 2, 3]}),
        ("planning.one_of_too_many", {"one_of": [[]]}),
        ("planning.one_of_too_many", {"one_of": [[1]], "required": [2, 3]}),
        ("planning.one_of_too_many", {"one_of": [[0], [1], [2]]}),
        ("planning.one_of_too_many", {"one_of": [[0], [1], [2]], "weight": np.zeros(4)}),
        ("planning.time_limit", {"time_limit_s": 0.0}),
        ("planning.time_limit", {"time_limit_s": math.nan}),
    ],
)
def test_what_makes_no_sense_is_refused(key: str, changed: dict[str, Any]) -> None:
    with pytest.raises(PlanningError) as refused:
        choose_locations(**{"reach": REACH, "weight": WEIGHT, "k": 2, **changed})
    assert refused.value.key == key
    for language in ("sv", "en"):
        assert words(language).error(refused.value)


def test_the_curve_refuses_the_same() -> None:
    with pytest.raises(PlanningError, match="required_too_many"):
        coverage_curve(REACH, WEIGHT, [2, 0], required=[1])
    assert coverage_curve(REACH, WEIGHT, []) == ()
