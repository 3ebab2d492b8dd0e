"""Maximal covering made small, then solved exactly by HiGHS."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geodata.errors import PlanningError
from geodata.planning._arrays import Bools, Floats

Ints = NDArray[np.intp]

TOLERANCE: Final = 1e-7
"""How far HiGHS' bound may lie above what is reached, as a share of it, where it says optimal."""

KICKS: Final = 15
KICKED: Final = 4
"""How often a good choice is disturbed for a better, and how many of its sites are exchanged."""

PRICINGS: Final = 600
PATIENCE: Final = 15
PACE_LEAST: Final = 1e-4
"""How often the relaxation is tried, how soon it slows down, and when it has come to rest."""

_ROUNDING: Final = 1e-12

INFEASIBLE: Final = 2
"""How SciPy says that nothing keeps to all that is asked."""

WHOLE_UP_TO: Final = 1e6
"""Whole weights up to this are given as they are, which lets HiGHS round its bounds down."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What there is to choose from."""

    reach: Bools
    weight: Floats
    one_of: tuple[tuple[int, ...], ...] = ()

    def gain(self, sites: Sequence[int]) -> float:
        """Return the weight that sites reach together."""
        return float(self.weight[self.reach[:, list(sites)].any(axis=1)].sum())


@dataclass(frozen=True, slots=True)
class Solved:
    """What was found."""

    sites: tuple[int, ...]
    bound: float
    optimal: bool


def reduced(cover: Cover) -> tuple[Cover, Ints]:
    """Return the same choice with fewer rows and columns, and which columns are left.

    Demand that the same sites reach is one demand with their weights together. A site that reaches
    nothing that another does not is left out; of two alike the first is kept. A site that helps one
    of the groups is only left out for one that helps them too.
    """
    kept = np.arange(cover.reach.shape[1])
    groups = np.zeros((len(cover.one_of), len(kept)), dtype=np.bool_)
    for row, members in enumerate(cover.one_of):
        groups[row, list(members)] = True
    reach, weight = cover.reach, cover.weight
    while True:
        before = reach.shape
        reach, weight = _merged(reach, weight)
        needed = _undominated(np.concatenate((reach, groups)))
        reach, groups, kept = reach[:, needed], groups[:, needed], kept[needed]
        if reach.shape == before:
            break
    one_of = tuple(tuple(np.flatnonzero(row).tolist()) for row in groups)
    return Cover(reach, weight, one_of), kept


def solved(cover: Cover, k: int, until: float, first: Sequence[int] = ()) -> Solved:
    """Return the best choice of at most `k` sites."""
    sites = cover.reach.shape[1]
    if k >= sites:
        every = tuple(range(sites))
        return Solved(every, cover.gain(every), optimal=True)
    most = np.sort(cover.reach.T.astype(np.float64) @ cover.weight)[::-1][:k].sum()
    ceiling = min(float(cover.weight.sum()), float(most))
    starts = [tuple(first), _improved(cover, greedy(cover, k), until)]
    start = max(starts, key=lambda tried: (helps_all(cover, tried), cover.gain(tried)))
    if helps_all(cover, start) and cover.gain(start) >= ceiling:
        return Solved(start, ceiling, optimal=True)
    bound, hopeless = _relaxed(cover, k, start, until)
    return _by_highs(cover, k, until, start, min(ceiling, bound), hopeless)


def greedy(cover: Cover, k: int) -> tuple[int, ...]:
    """Return sites taken one by one, each time the one that adds most.

    As long as a group has none, one that helps most groups is taken. Of equals the first.
    """
    left = cover.weight.copy()
    reach = cover.reach.T.astype(np.float64)
    unmet = [set(members) for members in cover.one_of]
    sites: list[int] = []
    while len(sites) < k:
        adds = reach @ left
        helps = np.array([sum(s in group for group in unmet) for s in range(len(adds))])
        best = int(np.lexsort((-adds, -helps))[0])
        if adds[best] <= 0 and not helps[best]:
            break
        sites.append(best)
        left[cover.reach[:, best]] = 0.0
        unmet = [group for group in unmet if best not in group]
    return tuple(sites)


def _improved(cover: Cover, sites: tuple[int, ...], until: float) -> tuple[int, ...]:
    """Exchange sites, then some by chance, and exchange again: a good choice to begin with."""
    random = np.random.default_rng(0)
    best = _swapped(cover, sites, until)
    columns = cover.reach.shape[1]
    for _ in range(KICKS):
        if time.monotonic() >= until:
            break
        out = random.permutation(len(best))[:KICKED]
        others = random.permutation(np.setdiff1d(np.arange(columns), best))[: len(out)]
        kicked = np.array(best)
        kicked[out[: len(others)]] = others
        tried = _swapped(cover, tuple(kicked.tolist()), until)
        if helps_all(cover, tried) and cover.gain(tried) > cover.gain(best):
            best = tried
    return best


def _swapped(cover: Cover, sites: tuple[int, ...], until: float) -> tuple[int, ...]:
    """Exchange one site for another as long as more is covered (Teitz and Bart 1968)."""
    reach, far = cover.reach.T.astype(np.float64), cover.reach
    kept, better = list(sites), True
    while better and time.monotonic() < until:
        better = False
        times = far[:, kept].sum(axis=1)
        for place, site in enumerate(kept):
            rest = kept[:place] + kept[place + 1 :]
            left = np.where(times > far[:, site], 0.0, cover.weight)
            adds = reach @ left
            other = int(adds.argmax())
            if adds[other] > adds[site] * (1 + TOLERANCE) and helps_all(cover, [*rest, other]):
                kept[place], better = other, True
                times = far[:, kept].sum(axis=1)
    return tuple(kept)


def helps_all(cover: Cover, sites: Sequence[int]) -> bool:
    """Tell whether a choice has one of each group."""
    return all(not set(members).isdisjoint(sites) for members in cover.one_of)


def _merged(reach: Bools, weight: Floats) -> tuple[Bools, Floats]:
    reached = reach.any(axis=1)
    reach, weight = reach[reached], weight[reached]
    if not len(reach):
        return reach, weight
    packed = np.packbits(reach, axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return reach[first], np.bincount(which.ravel(), weights=weight).astype(np.float64)


def _undominated(reach: Bools) -> Bools:
    # float32 counts exactly up to 16 million rows, and multiplies far faster than whole numbers.
    counted = reach.astype(np.float32)
    size = counted.sum(axis=0)
    within = (counted.T @ counted) == size[:, None]
    number = np.arange(reach.shape[1])
    better = (size[None, :] > size[:, None]) | (number[None, :] < number[:, None])
    needed: Bools = ~(within & better).any(axis=1) & (size > 0)
    return needed


def _relaxed(cover: Cover, k: int, start: Sequence[int], until: float) -> tuple[float, Bools]:
    """Return a bound, and which sites no choice better than `start` has.

    What it is worth to cover is split between the demand itself and the sites that reach it
    (Lagrangian relaxation by subgradients, as Galvao and ReVelle 1996); any split gives a bound.
    With a site that is not among the k that get most, the bound is lower by what it gets less.
    """
    reach = cover.reach.T.astype(np.float64)
    gain = cover.gain(start) if helps_all(cover, start) else -math.inf
    price = cover.weight / 2
    least, hopeless = math.inf, np.zeros(len(reach), dtype=np.bool_)
    pace, stale = 1.0, 0
    for _ in range(PRICINGS):
        if time.monotonic() >= until or pace < PACE_LEAST:
            break
        gets = reach @ price
        order = np.argsort(-gets, kind="stable")
        chosen, last = order[:k], gets[order[k - 1]] if k else 0.0
        bound = float((cover.weight - price).sum() + gets[chosen].sum())
        hopeless |= bound - last + gets < gain * (1 - TOLERANCE)
        stale = 0 if bound < least * (1 - PACE_LEAST) else stale + 1
        least = min(least, bound)
        if stale >= PATIENCE:
            pace, stale = pace / 2, 0
        slope = reach[chosen].sum(axis=0) - 1.0
        length = float(slope @ slope)
        if not length:
            break
        aim = max(bound - max(gain, 0.0), least * PACE_LEAST)
        price = np.clip(price - pace * aim / length * slope, 0.0, cover.weight)
    return least * (1 + _ROUNDING), hopeless & ~np.isin(np.arange(len(reach)), list(start))


def _by_highs(
    cover: Cover, k: int, until: float, start: Sequence[int], ceiling: float, hopeless: Bools
) -> Solved:
    """Look for a choice that is better than the one known; that there is none proves that.

    There is a column for each site and each demand, whose one is at most the sum of those of the
    sites that reach it. Only the sites' have to be whole: the demands' then are by themselves.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack

    demands, sites = cover.reach.shape
    scale, known = _scale(cover.weight), helps_all(cover, start)
    worth = np.concatenate((np.zeros(sites), cover.weight * scale))
    groups = np.zeros((1 + len(cover.one_of), sites + demands))
    groups[0, :sites] = 1.0
    for row, members in enumerate(cover.one_of, start=1):
        groups[row, list(members)] = 1.0
    # Between two sums of whole weights nothing lies: what is better is so by one at least.
    gain = cover.gain(start) * scale if known else -math.inf
    better = gain + (0.999 if scale == 1.0 else 1e-9)
    found = milp(
        -worth,
        integrality=np.arange(sites + demands) < sites,
        bounds=Bounds(0.0, np.concatenate((np.where(hopeless, 0.0, 1.0), np.ones(demands)))),
        constraints=[
            LinearConstraint(
                hstack([csr_array(cover.reach.astype(float)), -eye_array(demands)]), 0.0
            ),
            LinearConstraint(groups[:1], -math.inf, float(k)),
            LinearConstraint(groups[1:], 1.0),
            LinearConstraint(worth, better),
        ],
        options={"time_limit": max(until - time.monotonic(), 0.0), "mip_rel_gap": 0.0},
    )
    if found.status == INFEASIBLE and known:
        return Solved(tuple(start), cover.gain(start), optimal=True)
    if found.status == INFEASIBLE:
        raise PlanningError("planning.one_of_too_many", k=k)
    best = (
        tuple(start) if found.x is None else tuple(np.flatnonzero(found.x[:sites] > 0.5).tolist())
    )
    if not helps_all(cover, best):
        raise PlanningError("planning.time_too_short")
    gain = cover.gain(best)
    told = ceiling if found.mip_dual_bound is None else -found.mip_dual_bound / scale
    bound = min(told, ceiling)
    bound = max(math.floor(bound + TOLERANCE) if scale == 1.0 else bound, gain)
    optimal = found.success and bound - gain <= TOLERANCE * bound
    return Solved(best, gain if optimal else bound, optimal)


def _scale(weight: Floats) -> float:
    largest = float(weight.max(initial=0.0))
    whole = largest <= WHOLE_UP_TO and bool((weight == np.round(weight)).all())
    return 1.0 if whole else 1.0 / largest
