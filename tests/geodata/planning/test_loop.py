"""Planning loops: against every loop there is, planted best loops, and laws that any loop keeps."""

from __future__ import annotations

import math
from itertools import pairwise, permutations
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import PlanningError
from geodata.planning._loop_path import Walk, Ways
from geodata.planning.loop import EXACT_STOPS, Loop, plan_loop, plan_two_loops
from geodata.texts import words

# A street with five stops, a minute apart; walking it takes as long there as back.
STREET: Final = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
VALUE: Final = np.array([0.0, 1.0, 1.0, 1.0, 5.0])
STAY: Final = np.array([0.0, 2.0, 2.0, 2.0, 2.0])

QUICK_S: Final = 0.15


@pytest.fixture
def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the work end a search, as on a machine that nobody else uses."""
    monkeypatch.setattr(
        "geodata.planning._loop_search.time", SimpleNamespace(perf_counter=lambda: 0.0)
    )


def cost_of(travel: np.ndarray, service: np.ndarray, order: tuple[int, ...], end: int) -> float:
    total = service[order[0]]
    for here, there in pairwise(order):
        total = total + travel[here, there] + service[there]
    return float(total + (travel[order[-1], end] if order[-1] != end else 0.0))


def best_by_trying(
    travel: np.ndarray,
    value: np.ndarray,
    service: np.ndarray,
    start: int,
    budget: float,
    end: int,
    required: frozenset[int] = frozenset(),
) -> float | None:
    others = [stop for stop in range(len(value)) if stop != start]
    worths = [
        math.fsum(value[[start, *stops]])
        for size in range(len(others) + 1)
        for stops in permutations(others, size)
        if required <= {start, *stops} and cost_of(travel, service, (start, *stops), end) <= budget
    ]
    return max(worths, default=None)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(1, 6))
    # Eighths add up without rounding, whatever the order.
    eighths = st.integers(0, 80).map(lambda number: number / 8)
    table = draw(st.lists(eighths, min_size=n * n, max_size=n * n))
    series = st.lists(eighths, min_size=n, max_size=n)
    stop = st.integers(0, n - 1)
    return {
        "travel": np.array(table).reshape(n, n),
        "value": np.array(draw(series)),
        "service": np.array(draw(series)),
        "start": draw(stop),
        "budget": draw(st.integers(0, 400)) / 8,
        "end": draw(st.none() | stop),
        "required": draw(st.frozensets(stop, max_size=2)),
    }


def town(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make up stops on a square kilometre: minutes on foot, values, stays."""
    random = np.random.default_rng(seed)
    points = random.random((n, 2)) * 1_000
    travel = np.hypot(*(points[:, None] - points).transpose(2, 0, 1)) * 1.3 / 75
    value = random.integers(1, 10, n).astype(float)
    value[0] = 0.0
    return travel, value, np.where(np.arange(n) > 0, random.uniform(10, 16, n), 0.0)


def keeps_to(loop: Loop, travel: Any, value: Any, service: Any, budget: float, end: int) -> None:
    assert len(set(loop.order)) == len(loop.order)
    assert loop.value == pytest.approx(float(np.sum(value[list(loop.order)])))
    assert loop.cost == cost_of(travel, service, loop.order, end)
    assert loop.cost <= budget


# --- worked by hand --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "order", "worth", "cost"),
    [
        (0.0, (0,), 0.0, 0.0),
        (3.9, (0,), 0.0, 0.0),
        (4.0, (0, 1), 1.0, 4.0),
        (8.0, (0, 1, 2), 2.0, 8.0),
        # The last stop is worth more than all that could be made instead of it.
        (10.0, (0, 4), 5.0, 10.0),
        (16.0, (0, 1, 2, 3, 4), 8.0, 16.0),
        (math.inf, (0, 1, 2, 3, 4), 8.0, 16.0),
    ],
)
def test_along_a_street_and_back(
    budget: float, order: tuple[int, ...], worth: float, cost: float
) -> None:
    loop = plan_loop(STREET, VALUE, STAY, 0, budget)
    assert (set(loop.order), loop.value, loop.cost) == (set(order), worth, cost)
    assert loop.order[0] == 0
    assert loop.exact


def test_another_end_need_not_be_a_stop() -> None:
    loop = plan_loop(STREET, VALUE, STAY, 0, 5.0, end=3)
    assert (loop.value, loop.cost) == (1.0, 5.0)
    assert len(loop.order) == 2
    assert plan_loop(STREET, VALUE, STAY, 0, 4.9, end=3) == Loop((0,), 0.0, 3.0, exact=True)
    assert plan_loop(STREET, VALUE, STAY, 0, 5.0, end=3, required=[3]).order == (0, 3)


def test_a_way_that_goes_one_way_only() -> None:
    travel = np.full((3, 3), np.inf)
    travel[0, 1] = travel[1, 2] = travel[2, 0] = 1.0
    loop = plan_loop(travel, [0, 1, 1], [0, 0, 0], 0, 3)
    assert loop == Loop((0, 1, 2), 2.0, 3.0, exact=True)
    assert plan_loop(travel, [0, 1, 1], [0, 0, 0], 0, 2.9).order == (0,)


def test_the_start_is_a_stop_with_its_own_stay() -> None:
    assert plan_loop([[0]], [3], [7], 0, 7) == Loop((0,), 3.0, 7.0, exact=True)
    with pytest.raises(PlanningError, match="end_too_far"):
        plan_loop([[0]], [3], [7], 0, 6.9)


# --- against every loop there is -------------------------------------------------------------


@given(questions())
@settings(max_examples=100, deadline=None)
def test_it_is_the_best_of_all_loops(question: dict[str, Any]) -> None:
    end = question["start"] if question["end"] is None else question["end"]
    np.fill_diagonal(question["travel"], 0.0)
    best = best_by_trying(**{**question, "end": end})
    if best is None:
        with pytest.raises(PlanningError, match=r"end_too_far|required_do_not_fit"):
            plan_loop(**question)
        return
    loop = plan_loop(**question)
    assert loop.exact
    assert loop.value == best
    assert loop.order[0] == question["start"]
    assert question["required"] <= set(loop.order)
    plain = (question[name] for name in ("travel", "value", "service", "budget"))
    keeps_to(loop, *plain, end)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("no_clock")
def test_the_search_finds_what_trying_every_set_finds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel, value, service = town(seed, EXACT_STOPS + 1)
    asked: dict[str, Any] = {"budget": 90.0, "required": [3] if seed % 2 else []}
    proven = plan_loop(travel, value, service, 0, **asked)
    monkeypatch.setattr("geodata.planning.loop.EXACT_STOPS", 0)
    found = plan_loop(travel, value, service, 0, **asked, time_limit_s=0.2)
    assert proven.exact
    assert not found.exact
    assert found.value == proven.value


# --- planted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [40, 60])
@pytest.mark.usefixtures("no_clock")
def test_a_planted_best_loop_is_found(n: int) -> None:
    """Stops on a circle can be walked round exactly; those off it cost more than they are worth.

    The budget is the circle's own length, which is the shortest way past all its stops. Any stop
    off it means to leave at least one of them out, and each of them is worth more than all others.
    """
    ring = n // 2
    angle = 2 * np.pi * np.arange(ring) / ring
    random = np.random.default_rng(n)
    on = np.column_stack((np.cos(angle), np.sin(angle)))
    off = random.uniform(-3, 3, (n - ring, 2))
    points = np.concatenate((on, off))
    travel = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    value = np.where(np.arange(n) < ring, 10.0, 10.0 / n)
    around = sum(travel[stop, (stop + 1) % ring] for stop in range(ring))
    mixed = random.permutation(n)
    travel, value = travel[np.ix_(mixed, mixed)], value[mixed]
    start = int(np.flatnonzero(mixed == 0)[0])
    loop = plan_loop(travel, value, np.zeros(n), start, around * (1 + 1e-9), time_limit_s=0.4)
    assert loop.value == pytest.approx(10.0 * ring)


# --- what each stop would add --------------------------------------------------------------------


@pytest.mark.parametrize("crooked", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_what_stops_add_is_known_after_any_change(seed: int, crooked: bool) -> None:
    """Held against trying every gap, after stops came, went, and parts were turned round."""
    random = np.random.default_rng(seed)
    travel, value, stay = town(seed, 30)
    if crooked:
        travel = travel * random.uniform(0.8, 1.3, travel.shape)
    stay[[0, -1]] = value[-1] = 0.0
    ways = Ways.of(travel, stay, np.zeros(30, bool), 1_000.0)
    walk = Walk(ways, [0, 29])
    for step in range(60):
        path = walk.path
        at = sorted(random.integers(1, max(len(path) - 1, 2), 2).tolist())
        if step % 3 == 0 and len(path) > 12:
            walk = walk.copy()
            walk.without(np.array(path[1:-1])[random.permutation(len(path) - 2)[:9]])
        elif step % 3 == 1 and len(path) > 6:
            walk.follow(path[: at[0]] + path[at[0] : at[1]][::-1] + path[at[1] :])
        weight = np.where(np.isin(np.arange(30), [*walk.path, 0, 29]), 0.0, value)
        for _ in range(3):
            adds = {
                stop: min(
                    travel[a, stop] + travel[stop, b] - travel[a, b] + stay[stop]
                    for a, b in pairwise(walk.path)
                )
                for stop in np.flatnonzero(weight).tolist()
            }
            assert walk.chosen(weight, min(adds.values()) - 1e-6) == -1
            slack = float(np.median(list(adds.values()))) + 1e-6
            fits = [stop for stop in adds if adds[stop] <= slack]
            best = max(fits, key=lambda stop: weight[stop] / adds[stop])
            assert walk.chosen(weight, slack) == best
            before = walk.cost
            walk.put(best)
            walk.joined()
            weight[best] = 0.0
            assert walk.cost - before == pytest.approx(adds[best])
            assert walk.cost == pytest.approx(cost_of(travel, stay, tuple(walk.path[:-1]), 29))


# --- laws ----------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(15, 30), st.floats(5, 200), st.booleans())
@settings(max_examples=12, deadline=None)
def test_a_searched_loop_keeps_the_budget(seed: int, n: int, budget: float, closed: bool) -> None:
    random = np.random.default_rng(seed)
    travel, value, service = town(seed, n)
    travel = travel * random.uniform(0.8, 1.3, (n, n))
    np.fill_diagonal(travel, 0.0)
    end = 0 if closed else n - 1
    if travel[0, end] > budget and not closed:
        with pytest.raises(PlanningError, match="end_too_far"):
            plan_loop(travel, value, service, 0, budget, end=end, time_limit_s=QUICK_S)
        return
    loop = plan_loop(travel, value, service, 0, budget, end=end, time_limit_s=QUICK_S)
    assert loop.order[0] == 0
    keeps_to(loop, travel, value, service, budget, end)


@pytest.mark.usefixtures("no_clock")
def test_the_same_seed_gives_the_same_loop() -> None:
    travel, value, service = town(1, 30)
    asked: dict[str, Any] = {"time_limit_s": QUICK_S, "required": [4, 9]}
    first = plan_loop(travel, value, service, 0, 150.0, **asked, seed=5)
    assert first == plan_loop(travel, value, service, 0, 150.0, **asked, seed=5)
    assert {4, 9} <= set(first.order)


@pytest.mark.parametrize("unit", [60.0, 1 / 1024])
def test_any_unit(unit: float) -> None:
    travel, value, service = (np.round(table * 8) / 8 for table in town(2, 10))
    minutes = plan_loop(travel, value, service, 0, 100.0)
    others = plan_loop(travel * unit, value, service * unit, 0, 100.0 * unit)
    assert others.value == minutes.value
    assert others.cost == pytest.approx(minutes.cost * unit)


def test_more_time_is_worth_no_less() -> None:
    travel, value, service = town(3, EXACT_STOPS + 1)
    worths = [plan_loop(travel, value, service, 0, float(b)).value for b in range(0, 300, 60)]
    assert worths == sorted(worths)
    assert worths[0] == 0.0
    assert worths[-1] == value.sum()


def test_all_stops_where_all_fit() -> None:
    travel, value, service = town(4, 40)
    loop = plan_loop(travel, value, service, 0, math.inf, time_limit_s=0.5)
    assert sorted(loop.order) == list(range(40))
    # Nothing is worth more than all of them: that needs no trying.
    assert loop.exact
    keeps_to(loop, travel, value, service, math.inf, 0)


def test_stops_without_value_are_not_made() -> None:
    travel, value, service = town(5, 30)
    value[10:] = 0.0
    loop = plan_loop(travel, value, service, 0, math.inf, required=[20])
    assert set(loop.order) == {*range(10), 20}


# --- two that differ -----------------------------------------------------------------------------


@pytest.mark.usefixtures("no_clock")
def test_two_loops_differ() -> None:
    travel, value, service = town(6, 30)
    first, second = plan_two_loops(
        travel, value, service, 0, 120.0, required=[7], time_limit_s=4 * QUICK_S
    )
    assert set(first.order) != set(second.order)
    assert first.value >= second.value
    for loop in (first, second):
        assert 7 in loop.order
        keeps_to(loop, travel, value, service, 120.0, 0)
    own = set(second.order) - {0, 7}
    assert 2 * len(own & set(first.order)) <= len(own)


@given(st.integers(0, 10_000), st.integers(3, 7), st.floats(5, 60), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_second_is_the_best_that_shares_at_most_half(
    seed: int, n: int, budget: float, bound: bool
) -> None:
    travel, value, service = town(seed, n)
    required = frozenset([1] if bound and service[1] + 2 * travel[0, 1] <= budget else [])
    loops = plan_two_loops(travel, value, service, 0, budget, required=required)
    first = set(loops[0].order) - required - {0}
    unlike = max(
        (
            value[list(stops)].sum()
            for size in range(n)
            for stops in permutations(range(1, n), size)
            if required <= set(stops)
            and 2 * len(first & set(stops)) <= len(set(stops) - required)
            and cost_of(travel, service, (0, *stops), 0) <= budget
        ),
        default=0.0,
    )
    if 2 * unlike < loops[0].value:
        # None of those is worth having: what shares more is told, if it has anything of its own.
        assert len(loops) == 1 or set(loops[1].order) - set(loops[0].order)
    elif len(loops) == 2:
        assert loops[1].value == unlike
        own = set(loops[1].order) - required - {0}
        assert 2 * len(own & first) <= len(own)
    else:
        assert unlike == value[sorted(required)].sum()


def test_where_all_fit_there_is_no_second() -> None:
    (only,) = plan_two_loops(STREET, VALUE, STAY, 0, 99.0)
    assert only.value == 8.0


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("planning.travel_shape", {"travel": []}),
        ("planning.travel_shape", {"travel": np.zeros((5, 4))}),
        ("planning.travel_values", {"travel": -STREET}),
        ("planning.travel_values", {"travel": np.full((5, 5), np.nan)}),
        ("planning.travel_values", {"travel": "far"}),
        ("planning.value_shape", {"value": [1, 2]}),
        ("planning.value_values", {"value": [0, 1, -1, 1, 1]}),
        ("planning.value_values", {"value": [0, 1, math.inf, 1, 1]}),
        ("planning.service_shape", {"service": np.zeros((5, 1))}),
        ("planning.service_values", {"service": [0, 1, math.nan, 1, 1]}),
        ("planning.stop_unknown", {"start": 5}),
        ("planning.stop_unknown", {"start": -1}),
        ("planning.stop_unknown", {"end": 7}),
        ("planning.stop_unknown", {"required": [1, 9]}),
        ("planning.budget", {"budget": -1.0}),
        ("planning.budget", {"budget": math.nan}),
        ("planning.time_limit", {"time_limit_s": 0}),
        ("planning.seed", {"seed": -1}),
        ("planning.end_too_far", {"budget": 3.9, "end": 4}),
        ("planning.required_do_not_fit", {"budget": 9.9, "required": [4]}),
    ],
)
def test_what_makes_no_sense_is_refused(key: str, changed: dict[str, Any]) -> None:
    asked = {"travel": STREET, "value": VALUE, "service": STAY, "start": 0, "budget": 20.0}
    for plan in (plan_loop, plan_two_loops):
        with pytest.raises(PlanningError) as refused:
            plan(**{**asked, **changed})
        assert refused.value.key == key
        for language in ("sv", "en"):
            assert words(language).error(refused.value)


def test_too_many_required_stops_are_refused_also_where_it_is_searched() -> None:
    travel, value, service = town(7, 40)
    # 19 stays of 10 minutes and more take longer by themselves.
    with pytest.raises(PlanningError, match="required_do_not_fit"):
        plan_loop(travel, value, service, 0, 60.0, required=range(1, 20), time_limit_s=QUICK_S)


def test_what_no_least_tree_tells_is_proven_once_the_ways_are_shifted() -> None:
    # Every way leads by the middle: all stops cost twice what the least tree does.
    out = np.append(0.0, np.ones(2 * EXACT_STOPS))
    travel = (out[:, None] + out) * (1 - np.eye(len(out)))
    required, costs = range(1, len(out)), 2 * out.sum()
    asked = travel, out, np.zeros(len(out)), 0
    with pytest.raises(PlanningError, match="required_do_not_fit"):
        plan_loop(*asked, 0.99 * costs, required=required, time_limit_s=QUICK_S)
    assert plan_loop(*asked, costs, required=required, time_limit_s=QUICK_S).cost == costs


def wheel(n: int) -> tuple[np.ndarray, float]:
    """Stops on a circle, whose way round is the shortest past all of them."""
    angle = 2 * np.pi * np.arange(n) / n
    points = np.column_stack((np.cos(angle), np.sin(angle)))
    travel = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    return travel, n * 2 * math.sin(math.pi / n)


@pytest.mark.parametrize("n", [EXACT_STOPS - 2, EXACT_STOPS + 1, 40])
def test_required_stops_fit_or_are_proven_not_to(n: int) -> None:
    travel, around = wheel(n)
    # Others, too far away, that make it more stops than can all be tried.
    apart = np.full((n + 20, n + 20), 0.4)
    apart[:n, :n] = travel
    np.fill_diagonal(apart, 0.0)
    apart[:n, n:] = apart[n:, :n] = 2.0
    value = np.where(np.arange(n + 20) < n, 0.0, 1.0)
    asked = (apart, value, np.zeros(n + 20), 0)
    with pytest.raises(PlanningError, match="required_do_not_fit"):
        plan_loop(*asked, around * 0.999, required=range(n), time_limit_s=5.0)
    loop = plan_loop(*asked, around + 1e-9, required=range(n), time_limit_s=0.5)
    assert sorted(loop.order) == list(range(n))


def test_what_was_only_not_found_is_not_said_to_be_impossible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    travel, around = wheel(30)
    monkeypatch.setattr("geodata.planning.loop.PROOF_SHARE", -1.0)
    with pytest.raises(PlanningError, match="required_not_found") as refused:
        plan_loop(
            travel, np.ones(30), np.zeros(30), 0, around * 0.9, required=range(30), time_limit_s=0.2
        )
    for language in ("sv", "en"):
        assert words(language).error(refused.value)


def test_where_the_time_is_over_at_once_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = iter([0.0])
    monkeypatch.setattr(
        "geodata.planning._loop_search.time", SimpleNamespace(perf_counter=lambda: next(now, 9.0))
    )
    travel, value, service = town(8, 600)
    assert plan_loop(travel, value, service, 0, 600.0, time_limit_s=0.5).order == (0,)
    now = iter([0.0])
    with pytest.raises(PlanningError, match="required_not_found"):
        plan_loop(travel, value, service, 0, 600.0, required=[1, 2], time_limit_s=0.5)


@pytest.mark.parametrize("n", [14, 300])
def test_the_clock_is_looked_at_all_the_time(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the time is over, what is begun is given up."""
    looks = 0

    def now() -> float:
        nonlocal looks
        looks += 1
        return float(looks > 150)

    monkeypatch.setattr("geodata.planning._loop_search.time", SimpleNamespace(perf_counter=now))
    travel, value, service = town(8, n)
    asked: dict[str, Any] = {"required": [1, 2], "time_limit_s": 0.9}
    loop = plan_loop(travel, value, service, 0, 600.0, **asked)
    keeps_to(loop, travel, value, service, 600.0, 0)
    # What was given up half done is not the answer: it may lack what has to be in it.
    assert {1, 2} < set(loop.order)
    assert looks < 150 + 100
