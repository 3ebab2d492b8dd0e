"""Which places to stand at so that most of what needs a visit is within reach.

What is solved
    Maximal covering location (Church and ReVelle 1974): with at most k sites, cover as much weight
    of demand as can be. It is solved exactly, by HiGHS, after what can't matter has been left out
    (`geodata.planning._covering`). Time is the only limit; past it the best choice so far comes
    with what is proven about it, never called the best.
Sites that add nothing
    are not chosen, so fewer than k may be: more would only look like more. The required are.
Equal answers
    The same question has the same answer, and of two sites that reach the same the one with the
    lower number is chosen. Only an answer that time cut short may differ between machines.
Weight
    is covered or not; a demand that two sites reach counts once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geodata.errors import PlanningError
from geodata.planning import _arrays
from geodata.planning._covering import Cover, Solved, reduced, solved


def _say_nothing(_share: float) -> None:
    """Tell nobody how far it has come."""


@dataclass(frozen=True, slots=True)
class LocationChoice:
    """At most k sites, and what they cover."""

    # Columns, the one that covers most first, then each that adds most; equals by number.
    sites: tuple[int, ...]
    # The weight within reach of at least one of them.
    covered_weight: float
    # Of all demand.
    total_weight: float
    # Whether no choice covers more, and that is proven.
    optimal: bool
    # No choice covers more than this; `covered_weight` where `optimal`.
    bound: float = math.nan
    # What each of `sites` adds to those before it; together `covered_weight`.
    added: tuple[float, ...] = ()
    # What only this one of `sites` covers: what would be lost without it.
    lost: tuple[float, ...] = ()
    # Rows with weight that no chosen site reaches, the heaviest first, equals by number.
    uncovered: tuple[int, ...] = ()

    @property
    def gap(self) -> float:
        """How much more might be covered, as a share of what might be: proven, 0 where optimal."""
        return 0.0 if self.optimal else (self.bound - self.covered_weight) / self.bound


@dataclass(frozen=True, slots=True)
class _Question:
    reach: _arrays.Bools
    weight: _arrays.Floats
    required: frozenset[int]
    excluded: frozenset[int]
    one_of: tuple[frozenset[int], ...]

    def rest(self) -> tuple[Cover, tuple[int, ...]]:
        """Return what is left to choose from, and the columns' numbers."""
        free = np.array(sorted(set(range(self.reach.shape[1])) - self.required - self.excluded))
        free = free.astype(np.intp)
        settled = self.reach[:, sorted(self.required)].any(axis=1)
        open_rows = (self.weight > 0) & ~settled
        unmet = tuple(
            tuple(np.flatnonzero(np.isin(free, sorted(group))).tolist())
            for group in self.one_of
            if group.isdisjoint(self.required)
        )
        whole = Cover(self.reach[np.ix_(open_rows, free)], self.weight[open_rows], unmet)
        cover, kept = reduced(whole)
        return cover, tuple(free[kept].tolist())

    def answered(self, sites: Iterable[int], bound: float, *, optimal: bool) -> LocationChoice:
        """Put the sites in order, and tell what each does."""
        ordered, added = _one_by_one(self, sites)
        times = self.reach[:, ordered].sum(axis=1)
        alone = self.reach[:, ordered] & (times == 1)[:, None]
        left = np.flatnonzero((times == 0) & (self.weight > 0))
        covered = math.fsum(self.weight[times > 0])
        return LocationChoice(
            sites=tuple(ordered),
            covered_weight=covered,
            total_weight=math.fsum(self.weight),
            optimal=optimal,
            bound=covered if optimal else max(bound, covered),
            added=tuple(added),
            lost=tuple(math.fsum(self.weight[column]) for column in alone.T),
            uncovered=tuple(left[np.argsort(-self.weight[left], kind="stable")].tolist()),
        )


def coverage_curve(
    reach: ArrayLike,
    weight: ArrayLike,
    ks: Iterable[int],
    *,
    required: Iterable[int] = (),
    excluded: Iterable[int] = (),
    one_of: Iterable[Collection[int]] = (),
    time_limit_s: float = 10.0,
    tell: Callable[[float], None] = _say_nothing,
) -> tuple[LocationChoice, ...]:
    """Choose at most k sites that together cover the most weight, for several k.

    Parameters
    ----------
    reach, weight : arrays of shape (demands, sites) and (demands,)
        True or 1 where a site reaches a demand, and what covering each demand is worth.
    required, excluded, one_of : iterables
        Sites that must be in, that must not, and groups of which one at least must be.
    ks : iterable of int
        How many sites, in the order in which the answers are wanted.
    time_limit_s : float
        How long at most for all of them together, in seconds.
    tell : callable, optional
        Told the share that is proven, 0 to 1; what it raises ends the search.

    Returns
    -------
    tuple of LocationChoice
        One for each of `ks`; with more sites no less is covered, also where time ran out.

    Raises
    ------
    PlanningError
        For arrays and numbers that can't be right, and where `ks` are too few for what must be in.
    """
    until = time.monotonic() + _arrays.seconds(time_limit_s)
    question = _question(reach, weight, required, excluded, one_of)
    wanted = [_arrays.whole_number(k, "planning.k") for k in ks]
    required_count = len(question.required)
    if (fewest := min(wanted, default=required_count)) < required_count:
        raise PlanningError("planning.required_too_many", required=required_count, k=fewest)
    cover, columns = question.rest()
    found: dict[int, LocationChoice] = {}
    rising = sorted(set(wanted))
    unproven = rising
    # What one number of sites leaves of its share of the time is for those after it, and what all
    # leave for those not proven yet, until every one is or the time is over.
    while unproven and (not found or time.monotonic() < until):
        for number, k in enumerate(unproven):
            left = until - time.monotonic()
            share = time.monotonic() + left / (len(unproven) - number)
            sites = _of_fewer(found, columns, k)
            found[k] = _chosen(question, cover, columns, k, share, sites)
            proven = sum(choice.optimal for choice in found.values())
            tell(proven / len(rising))
        unproven = [k for k in rising if not found[k].optimal]
    if unproven:
        tell(1.0)
    return tuple(found[k] for k in wanted)


def _of_fewer(found: dict[int, LocationChoice], columns: Sequence[int], k: int) -> list[int]:
    """Return the best choice of at most `k` sites that is known, by their places in `columns`."""
    known = [choice for fewer, choice in found.items() if fewer <= k]
    best = max(known, key=lambda choice: choice.covered_weight, default=None)
    return [columns.index(site) for site in best.sites if site in columns] if best else []


def _chosen(
    question: _Question,
    cover: Cover,
    columns: Sequence[int],
    k: int,
    until: float,
    known: Sequence[int],
) -> LocationChoice:
    settled = math.fsum(question.weight[question.reach[:, sorted(question.required)].any(axis=1)])
    room = k - len(question.required)
    if any(not members for members in cover.one_of) or (cover.one_of and not room):
        raise PlanningError("planning.one_of_too_many", k=k)
    best = solved(cover, room, until, known) if columns else Solved((), 0.0, optimal=True)
    sites = question.required.union(columns[column] for column in best.sites)
    return question.answered(sites, settled + best.bound, optimal=best.optimal)


def _question(
    reach: ArrayLike,
    weight: ArrayLike,
    required: Iterable[int],
    excluded: Iterable[int],
    one_of: Iterable[Collection[int]],
) -> _Question:
    table = _arrays.yes_or_no(reach)
    demands, sites = table.shape
    question = _Question(
        reach=table,
        weight=_arrays.amounts(weight, demands, "planning.weight_shape", "planning.weight_values"),
        required=_arrays.chosen(required, sites, "planning.site_unknown"),
        excluded=_arrays.chosen(excluded, sites, "planning.site_unknown"),
        one_of=tuple(_arrays.chosen(group, sites, "planning.site_unknown") for group in one_of),
    )
    both = question.required & question.excluded
    if both:
        raise PlanningError("planning.required_and_excluded", index=min(both))
    if not math.isfinite(math.fsum(question.weight)):
        raise PlanningError("planning.weight_values")
    return question


def _needed(question: _Question, sites: Iterable[int]) -> list[int]:
    """Leave out sites without which no less is covered, those that reach least first."""
    kept = set(sites)
    weight, reach = question.weight, question.reach & (question.weight > 0)[:, None]
    times = reach[:, sorted(kept)].sum(axis=1)
    reached = {site: math.fsum(weight[reach[:, site]]) for site in kept}
    for site in sorted(kept - question.required, key=lambda one: (reached[one], -one)):
        rest = kept - {site}
        if (times[reach[:, site]] > 1).all() and not any(
            rest.isdisjoint(group) for group in question.one_of
        ):
            kept = rest
            times = times - reach[:, site]
    return sorted(kept)


def _one_by_one(question: _Question, sites: Iterable[int]) -> tuple[list[int], list[float]]:
    """Order sites by what each adds to those before it."""
    left = _needed(question, sites)
    reach = question.reach[:, left].T.astype(np.float64)
    weight = question.weight.copy()
    ordered: list[int] = []
    added: list[float] = []
    while left:
        row = int((reach @ weight).argmax())
        site = left.pop(row)
        ordered.append(site)
        added.append(math.fsum(weight[question.reach[:, site]]))
        weight[question.reach[:, site]] = 0.0
        reach = np.delete(reach, row, axis=0)
    return ordered, added
