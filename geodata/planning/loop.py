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
    The same question and seed give the same loop. A search is therefore measured in work, about
    three fifths of what `time_limit_s` is enough for; the clock only ends it on a machine that is
    too slow or too busy, and there the answer may be another, never one that breaks the budget.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from geodata.errors import PlanningError
from geodata.planning._arrays import (
    Bools,
    Floats,
    amounts,
    chosen,
    seconds,
    travel_table,
    whole_number,
)
from geodata.planning._loop_exact import Tables, best_order
from geodata.planning._loop_search import Path, Search, Ways

EXACT_STOPS: Final = 12
"""Up to so many stops besides the start, every set of them is tried."""

UNLIKE: Final = (0.5, 0.8, 0.95)
"""By how much the stops of the first loop are worth less for the second, one try after the other
until at most half of its stops are the first's."""

_EPSILON: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Loop:
    """A way past some stops.

    Parameters
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

    def stops(self) -> tuple[int, ...]:
        """Return the stops worth a thought: required, or with value and near enough."""
        tables = self.tables
        # Each way with the stay that it leads to: at the start there is one, at the end none.
        direct = tables.travel + tables.service
        ways = _with_shortcuts(direct)
        # Where a stop makes a way shorter, as it can't on real paths, one without value may help.
        crooked = bool((ways < direct * (1 - _EPSILON)).any())
        staying = tables.service[tables.start] - tables.service[tables.end]
        through = ways[tables.start] + ways[:, tables.end] + staying
        near = through <= self.budget * (1 + _EPSILON)
        worth = near & (crooked | (tables.value > 0))
        worth[sorted(self.required)] = True
        worth[tables.start] = False
        return tuple(np.flatnonzero(worth).tolist())

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
        from start to end alone breaks the budget, or no loop past all required stops is found
        within it.
    """
    question = _question(travel, value, service, start, budget, end, required)
    return _planned(
        question, question.tables.value, seconds(time_limit_s), whole_number(seed, "planning.seed")
    )


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

    The second is planned as if the stops of the first were worth less, so it makes other ones where
    those are nearly as good. It is worth at most what the first is.

    Parameters
    ----------
    travel, value, service, start, budget, end, required, seed
        As in `plan_loop`.
    time_limit_s : float
        How long at most, for all of it, in seconds.

    Returns
    -------
    tuple of Loop
        The best first; one loop alone where there is no second that makes other stops.

    Raises
    ------
    PlanningError
        As in `plan_loop`.
    """
    question = _question(travel, value, service, start, budget, end, required)
    part_s = seconds(time_limit_s) / (1 + len(UNLIKE))
    seed = whole_number(seed, "planning.seed")
    first = _planned(question, question.tables.value, part_s, seed)
    second = first
    kept = question.required | {question.tables.start}
    for less in UNLIKE:
        lowered = question.tables.value.copy()
        lowered[sorted(set(first.order) - kept)] *= 1 - less
        found = _planned(question, lowered, part_s, seed)
        if set(found.order) == set(first.order):
            continue
        second = found
        own = set(found.order) - kept
        if 2 * len(own & set(first.order)) <= len(own):
            break
    if second is first:
        return (first,)
    if second.value > first.value:
        # Where nothing is proven the second search may find more than the first.
        first, second = second, first
    return first, Loop(second.order, second.value, second.cost)


def _planned(question: _Question, value: Floats, time_limit_s: float, seed: int) -> Loop:
    """Plan with values of the stops that may be others than those that are told."""
    tables = question.tables
    weighed = Tables(tables.travel, value, tables.service, tables.start, tables.end)
    stops = _Question(weighed, question.budget, question.required).stops()
    if len(stops) <= EXACT_STOPS:
        order = best_order(weighed, stops, question.required, question.budget)
        if order is None:
            raise _refusal(question)
        return question.loop(order, exact=value is tables.value)

    def named(path: Path) -> tuple[int, ...]:
        return (tables.start, *(stops[place - 1] for place in path[1:-1]))

    def fits(path: Path) -> bool:
        return tables.cost(named(path)) <= question.budget

    search = Search(_ways(weighed, stops, question), fits, seed, time_limit_s)
    begin = search.shortest_with_required()
    if not fits(begin):
        raise _refusal(question)
    return question.loop(named(search.best(begin)), exact=False)


def _refusal(question: _Question) -> PlanningError:
    alone = question.tables.cost((question.tables.start,))
    too_far = alone > question.budget
    return PlanningError("planning.end_too_far" if too_far else "planning.required_do_not_fit")


def _ways(tables: Tables, stops: tuple[int, ...], question: _Question) -> Ways:
    places = [tables.start, *stops]
    arc = np.zeros((len(places) + 1, len(places) + 1))
    arc[:-1, :-1] = tables.travel[np.ix_(places, places)] + tables.service[places]
    arc[:-1, -1] = tables.travel[places, tables.end]
    budget = question.budget - float(tables.service[tables.start])
    if math.isinf(budget):
        budget = float(np.where(np.isfinite(arc), arc, 0.0).sum()) + 1.0
    # Numbers that can be reckoned with, instead of infinite ones: one such way is one too many.
    beyond = 4 * budget + 1
    arc = np.minimum(arc, beyond)
    arc[:, 0] = arc[-1, :] = beyond
    np.fill_diagonal(arc, 0.0)
    must: Bools = np.isin([*places, -1], sorted(question.required - {tables.start}))
    value = np.array([0.0, *tables.value[list(stops)], 0.0])
    return Ways(arc, value, must, budget)


def _with_shortcuts(costs: Floats) -> Floats:
    """Return what each way costs at least when it may lead past others (Floyd and Warshall)."""
    least = costs.copy()
    for by in range(len(least)):
        np.minimum(least, least[:, by, None] + least[by], out=least)
    return least


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
