"""Which stops to make, and in what order, when there is only so much time.

What is solved
    The orienteering problem: of all the ways from the start to the end that keep within a budget,
    one whose stops have the most value together. With at most `EXACT_STOPS` stops in question
    every set of them is tried, and the answer is the best there is. With more it is searched for
    (`geodata.planning._loop_search`), and nothing is proven.
What costs
    Travel from stop to stop and to the end, and the stay at each stop in `order`, the start's
    with it. The end is where the walk finishes: with an end of its own it is a stop, with value
    and stay, only where it stands in `order`. Travel may differ there and back, and is taken as it
    is given: what is passed on the way is no stop.
Units
    Any, the same for travel, service and budget. The budget is never exceeded, not by rounding
    either: `Loop.cost` is what adds up from stop to stop, and it is held against the budget.
The same answer
    The same question and seed give the same loop. A search is therefore measured in work, a little
    less than `time_limit_s` was enough for where that was measured. On a machine that is
    slower or busier than that the clock sets the pace and ends it: there the answer may be another
    one, never one that breaks the budget.
What is refused
    That required stops don't fit is said where it is proven: by trying every order, or by a lower
    bound on the way past them. Otherwise it is searched until the time is over, and said that
    none was found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from geodata.errors import PlanningError
from geodata.planning._arrays import (
    Floats,
    Integers,
    amounts,
    chosen,
    seconds,
    travel_table,
    whole_number,
)
from geodata.planning._loop_exact import Tables, best_order, costs_more, least_from
from geodata.planning._loop_path import EPSILON, Path, Ways
from geodata.planning._loop_search import Clock, Search

EXACT_STOPS: Final = 12
"""Up to so many stops besides the start, every set of them is tried."""

AT_ONCE_SHARE: Final = 0.1
"""The share of the time after which it is asked whether required stops can fit at all."""

PROOF_SHARE: Final = 0.5
"""The share of the time after which it is no longer tried to prove that they can't."""

SECOND_SHARES: Final = (0.4, 0.5, 0.1)
"""The shares of the time for the first loop, for one that is unlike it, and for one that shares
more with it where that one is not worth `WORTH_SHARE` of the first."""

WORTH_SHARE: Final = 0.5
LESS: Final = 0.5
"""By how much the stops of the first loop are worth less for a second that may share more."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A way past some stops.

    Attributes
    ----------
    order : tuple of int
        The stops, the start first. The way back to the start, or on to the end, is not among them.
    value : float
        Theirs together.
    cost : float
        Travel, stays and the way to the end; at most the budget.
    exact : bool
        Whether it is proven that no loop within the budget has more value.
    """

    order: tuple[int, ...]
    value: float
    cost: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    tables: Tables
    budget: float
    required: frozenset[int]

    def stops(self, clock: Clock) -> tuple[int, ...]:
        """Return the stops worth a thought: required, or with value and near enough."""
        tables, start, end = self.tables, self.tables.start, self.tables.end
        most = self.budget * (1 + EPSILON)
        # Each way with the stay that it leads to: at the start there is one, at the end none.
        direct = tables.travel + tables.service
        staying = tables.service[start] - tables.service[end]
        near = direct[start] + direct[:, end] + staying <= most
        if not near[np.arange(len(near)) != start].all():
            # A way past others may be shorter.
            near = least_from(direct, start) + least_from(direct.T, end) + staying <= most
        worth = near & (tables.value > 0)
        worth[sorted(self.required)] = True
        worth[start] = True
        idle = np.flatnonzero(near & ~worth)
        worth[_shortcuts(direct, np.flatnonzero(near | worth), idle, clock)] = True
        worth[start] = False
        return tuple(np.flatnonzero(worth).tolist())

    def impossible(self, clock: Clock) -> bool:
        """Tell whether it is proven that no loop past the required stops keeps to the budget."""
        tables = self.tables
        required = tuple(sorted(self.required - {tables.start}))
        direct = tables.travel + tables.service
        for by in set(range(len(direct))) - self.required:
            if clock.gone() > PROOF_SHARE:
                return False
            # Floyd and Warshall: on the way between two of them others may be passed.
            np.minimum(direct, direct[:, by, None] + direct[by], out=direct)
        ways = direct - tables.service
        passing = Tables(ways, tables.value, tables.service, tables.start, tables.end)
        above = self.budget * (1 + EPSILON)
        if len(required) <= EXACT_STOPS:
            return best_order(passing, required, frozenset(required), above) is None
        return costs_more(passing, required, above, lambda: clock.gone() > PROOF_SHARE)

    def loop(self, order: tuple[int, ...], *, exact: bool) -> Loop:
        """Say what an order is worth and costs."""
        value = math.fsum(self.tables.value[list(order)])
        return Loop(order, value, self.tables.cost(order), exact)


def plan_loop(
    travel: ArrayLike,
    value: ArrayLike,
    service: ArrayLike,
    start: int,
    budget: float,
    *,
    end: int | None = None,
    required: Iterable[int] = (),
    time_limit_s: float = 2.0,
    seed: int = 0,
) -> Loop:
    """Plan the loop of most value within a budget.

    Parameters
    ----------
    travel : array_like of float, shape (n, n)
        From each stop (row) to each other (column), at least 0; infinite where there is no way.
        From a stop to itself is taken as 0.
    value : array_like of float, shape (n,)
        What each stop is worth, at least 0.
    service : array_like of float, shape (n,)
        What a stay at each costs, at least 0.
    start : int
        Where it begins.
    budget : float
        What it may cost, at least 0; may be infinite.
    end : int or None
        Where it ends; back at the start if None.
    required : iterable of int
        Stops that have to be made.
    time_limit_s : float
        How long at most, in seconds.
    seed : int
        Of the random numbers, at least 0.

    Returns
    -------
    Loop
        The loop; only the start where nothing else fits.

    Raises
    ------
    PlanningError
        If the arrays don't fit each other or hold what can't be, a number names no stop, the way
        from start to end alone breaks the budget, the required stops don't fit into it
        (``planning.required_do_not_fit``, proven) or no loop past all of them was found within it
        (``planning.required_not_found``).
    """
    clock = Clock(seconds(time_limit_s))
    question = _question(travel, value, service, start, budget, end, required)
    return _Planner.of(question, clock, whole_number(seed, "planning.seed")).loop(clock)


def plan_two_loops(
    travel: ArrayLike,
    value: ArrayLike,
    service: ArrayLike,
    start: int,
    budget: float,
    *,
    end: int | None = None,
    required: Iterable[int] = (),
    time_limit_s: float = 2.0,
    seed: int = 0,
) -> tuple[Loop, ...]:
    """Plan two good loops that differ.

    At most half of the second's stops are also the first's, start and required ones apart. Only
    where such a loop would be worth less than half of the first may it share more.

    Parameters
    ----------
    travel, value, service, start, budget, end, required, seed
        As in `plan_loop`.
    time_limit_s : float
        How long at most, for all of it, in seconds.

    Returns
    -------
    tuple of Loop
        The best first; one loop alone where there is no second that makes another stop.

    Raises
    ------
    PlanningError
        As in `plan_loop`.
    """
    clock = Clock(seconds(time_limit_s))
    question = _question(travel, value, service, start, budget, end, required)
    planner = _Planner.of(question, clock, whole_number(seed, "planning.seed"))
    first = second = planner.loop(clock.part(SECOND_SHARES[0]))
    stops = frozenset(first.order) - question.required - {question.tables.start}
    if clock.gone() < 1:
        second = planner.loop(clock.part(SECOND_SHARES[1]), unlike=stops)
    if second.value < WORTH_SHARE * first.value and clock.gone() < 1:
        lowered = question.tables.value.copy()
        lowered[sorted(stops)] *= 1 - LESS
        second = planner.loop(clock.part(SECOND_SHARES[2]), lowered)
    if set(second.order) <= set(first.order):
        return (first,)
    # Where nothing is proven the second search may find more than the first.
    better, other = sorted((first, second), key=lambda loop: -loop.value)
    return better, Loop(other.order, other.value, other.cost)


@dataclass(frozen=True, slots=True)
class _Planner:
    """A question made ready to be answered, more than once too."""

    question: _Question
    stops: tuple[int, ...]
    sure: bool
    seed: int
    ways: Ways | None

    @classmethod
    def of(cls, question: _Question, clock: Clock, seed: int) -> _Planner:
        """Make ready."""
        stops = question.stops(clock)
        ways = None if len(stops) <= EXACT_STOPS else _ways(question, stops)
        return cls(question, stops, clock.kept, seed, ways)

    def loop(
        self, clock: Clock, value: Floats | None = None, unlike: frozenset[int] = frozenset()
    ) -> Loop:
        """Plan with values that may be others than those told, and half of some stops at most."""
        question, told = self.question, self.question.tables
        tables = told if value is None else replace(told, value=value)
        proves = self.sure and value is None and not unlike
        if self.ways is None:
            best = best_order(tables, self.stops, question.required, question.budget, unlike)
            if best is None:
                raise _refusal(question)
            return question.loop(best, exact=proves)
        places = [-1, *self.stops, -1]
        shared = np.isin(places, sorted(unlike))
        weighed = np.array([0.0, *tables.value[list(self.stops)], 0.0])
        order = self._searched(replace(self.ways, value=weighed, shared=shared), clock)
        # Nothing is worth more than all that is worth anything and can be reached at all.
        everything = {stop for stop in self.stops if told.value[stop] > 0} <= set(order)
        return question.loop(order, exact=proves and everything)

    def _searched(self, ways: Ways, clock: Clock) -> tuple[int, ...]:
        question, tables = self.question, self.question.tables

        def named(path: Path) -> tuple[int, ...]:
            return (tables.start, *(self.stops[place - 1] for place in path[1:-1]))

        def fits(path: Path) -> bool:
            return tables.cost(named(path)) <= question.budget

        search = Search(ways, fits, self.seed, clock)
        begin = search.shortest_with_required(AT_ONCE_SHARE)
        if not search.keeps(begin):
            if question.impossible(clock):
                raise _refusal(question)
            begin = search.shortest_with_required(1.0)
            if not search.keeps(begin):
                raise PlanningError("planning.required_not_found")
        return named(search.best(begin))


def _refusal(question: _Question) -> PlanningError:
    alone = question.tables.cost((question.tables.start,))
    too_far = alone > question.budget
    return PlanningError("planning.end_too_far" if too_far else "planning.required_do_not_fit")


def _ways(question: _Question, stops: tuple[int, ...]) -> Ways:
    tables = question.tables
    last = [tables.start, *stops, tables.end]
    stay = tables.service[last]
    stay[[0, -1]] = 0.0
    budget = question.budget - float(tables.service[tables.start])
    travel = tables.travel[last].take(last, axis=1)
    if math.isinf(budget):
        budget = float(np.where(np.isfinite(travel), travel, 0.0).sum() + stay.sum()) + 1.0
    # Numbers that can be reckoned with, instead of infinite ones: one such way is one too many.
    travel = np.minimum(travel, 4 * budget + 1)
    must = np.isin(last, sorted(question.required - {tables.start}))
    must[[0, -1]] = False
    return Ways.of(travel, stay, must, budget)


def _shortcuts(direct: Floats, near: Integers, idle: Integers, clock: Clock) -> Integers:
    """Return which stops without value make a way between two others shorter.

    On real paths none does. Of several in a row that do, each does so alone between those beside
    it, or the way is no longer without it.
    """
    if not len(idle):
        return idle
    ways = direct[np.ix_(near, near)] * (1 - EPSILON)
    found = []
    for stop in idle.tolist():
        if clock.gone() > AT_ONCE_SHARE:
            clock.kept = False
            break
        if ((direct[near, stop][:, None] + direct[stop, near]) < ways).any():
            found.append(stop)
    return np.array(found, dtype=np.intp)


def _question(
    travel: ArrayLike,
    value: ArrayLike,
    service: ArrayLike,
    start: int,
    budget: float,
    end: int | None,
    required: Iterable[int],
) -> _Question:
    table = travel_table(travel)
    count = len(table)
    if math.isnan(budget) or budget < 0:
        raise PlanningError("planning.budget")
    (first,) = chosen((start,), count, "planning.stop_unknown")
    (last,) = chosen((first if end is None else end,), count, "planning.stop_unknown")
    worth = amounts(value, count, "planning.value_shape", "planning.value_values")
    stays = amounts(service, count, "planning.service_shape", "planning.service_values")
    tables = Tables(table, worth, stays, first, last)
    return _Question(tables, float(budget), chosen(required, count, "planning.stop_unknown"))
