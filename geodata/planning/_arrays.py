"""Arrays and numbers from outside, checked at the door of the room."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import index
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.errors import PlanningError

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.intp]


def yes_or_no(table: ArrayLike) -> Bools:
    """Return a table of true and false, also where it is written with 1 and 0."""
    given = np.asarray(table)
    if given.ndim != 2:
        raise PlanningError("planning.reach_shape", dimensions=given.ndim)
    # An empty list is of floats, which says nothing about what was meant.
    if given.dtype != np.bool_ and not np.isin(given, (0, 1)).all():
        raise PlanningError("planning.reach_values")
    return given.astype(np.bool_)


def amounts(series: ArrayLike, length: int, shape_key: str, values_key: str) -> Floats:
    """Return numbers of which each is finite and none is below nought."""
    given = numbers(series, values_key)
    if given.shape != (length,):
        raise PlanningError(shape_key, expected=length, found=given.size)
    if not np.isfinite(given).all() or (given < 0).any():
        raise PlanningError(values_key)
    return given


def travel_table(table: ArrayLike) -> Floats:
    """Return a square table of travel, none below nought; infinite says that there is no way."""
    given = numbers(table, "planning.travel_values").copy()
    if given.ndim != 2 or given.shape[0] != given.shape[1] or not len(given):
        raise PlanningError("planning.travel_shape")
    np.fill_diagonal(given, 0.0)
    if np.isnan(given).any() or (given < 0).any():
        raise PlanningError("planning.travel_values")
    return given


def whole_number(number: int, key: str) -> int:
    """Return a number that is whole and not below nought."""
    try:
        whole = index(number)
    except TypeError as error:
        raise PlanningError(key) from error
    if whole < 0:
        raise PlanningError(key)
    return whole


def chosen(numbers: Iterable[int], count: int, key: str) -> frozenset[int]:
    """Return which of `count` things are meant; each number from nought up, none from the end."""
    found = set()
    for number in numbers:
        try:
            which = index(number)
        except TypeError as error:
            raise PlanningError(key, index=str(number), count=count) from error
        if not 0 <= which < count:
            raise PlanningError(key, index=which, count=count)
        found.add(which)
    return frozenset(found)


def seconds(limit: float) -> float:
    """Return how long may be searched."""
    if math.isnan(limit) or limit <= 0:
        raise PlanningError("planning.time_limit")
    return float(limit)


def numbers(table: ArrayLike, key: str) -> Floats:
    """Return what is given as numbers."""
    try:
        return np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PlanningError(key) from error
