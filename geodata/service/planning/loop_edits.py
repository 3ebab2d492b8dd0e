"""Every change of a loop that a planner makes, and taking it back: pure values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from geodata.service.planning.loop_choices import STAY_RANGE, LoopChoices

KEPT_STEPS: Final = 50
"""Steps that can be taken back."""


def in_order(choices: LoopChoices, order: Sequence[str]) -> LoopChoices:
    """Return choices with the planner's own order of stops."""
    return replace(choices, order=tuple(dict.fromkeys(order)), pick=None)


def suggested(choices: LoopChoices) -> LoopChoices:
    """Return choices with the planner's own order given up for a suggestion."""
    return replace(choices, order=None, way=0, pick=None)


def moved(choices: LoopChoices, shown: Sequence[str], key: str, by: int) -> LoopChoices:
    """Move a stop in the order that is shown, which becomes the planner's own.

    Parameters
    ----------
    choices : LoopChoices
        Before.
    shown : sequence of str
        The loop's stops in their order.
    key : str
        Which one.
    by : int
        So many places later; earlier if negative. At an end it stays.
    """
    order = list(shown)
    if key not in order:
        return choices
    at = order.index(key)
    order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
    return in_order(choices, order)


def without(choices: LoopChoices, key: str) -> LoopChoices:
    """Leave a stop out: of the planner's own order, or of every suggestion."""
    required = _less(choices.required, key)
    if choices.order is not None:
        return replace(choices, order=_less(choices.order, key), required=required, pick=None)
    dropped = (*_less(choices.dropped, key), key)
    return replace(choices, dropped=dropped, required=required, way=0, pick=None)


def allowed(choices: LoopChoices, key: str) -> LoopChoices:
    """Let a stop that was left out be suggested again."""
    return replace(choices, dropped=_less(choices.dropped, key), pick=None)


def with_stop(choices: LoopChoices, key: str, at: int) -> LoopChoices:
    """Take a stop in: into the planner's own order, or as one that every suggestion has to make.

    Parameters
    ----------
    choices : LoopChoices
        Before.
    key : str
        Which.
    at : int
        Before which stop of the planner's own order, from 0.
    """
    dropped = _less(choices.dropped, key)
    if choices.order is not None:
        order = [*_less(choices.order, key)]
        order.insert(at, key)
        return replace(choices, order=tuple(order), dropped=dropped, pick=None)
    required = (*_less(choices.required, key), key)
    return replace(choices, required=required, dropped=dropped, way=0, pick=None)


def not_required(choices: LoopChoices, key: str) -> LoopChoices:
    """Let a stop be left out again where something else is worth more."""
    return replace(choices, required=_less(choices.required, key), pick=None)


def staying(choices: LoopChoices, key: str, minutes: int) -> LoopChoices:
    """Stay longer or shorter at a stop."""
    stays = {name: kept for name, kept in choices.stays if name != key}
    asked = min(max(minutes, STAY_RANGE[0]), STAY_RANGE[1])
    if asked != choices.stay:
        stays[key] = asked
    return replace(choices, stays=tuple(sorted(stays.items())), pick=None)


def _less(keys: Sequence[str], key: str) -> tuple[str, ...]:
    return tuple(name for name in keys if name != key)


@dataclass(frozen=True, slots=True)
class History:
    """What was asked for before, and what was taken back: one address after another.

    Parameters
    ----------
    past, future : tuple of LoopChoices
        The nearest last in `past` and first in `future`.
    present : LoopChoices or None
        None before anything was asked.
    """

    past: tuple[LoopChoices, ...] = ()
    present: LoopChoices | None = None
    future: tuple[LoopChoices, ...] = ()

    def visited(self, choices: LoopChoices) -> History:
        """Return the history once something is asked for.

        What was asked for just before is a step back, by whichever way one came to it, and the
        step after that one a step forward; anything else is new.
        """
        now = replace(choices, pick=None)
        if now == self.present:
            return self
        if self.present is None:
            return History((), now)
        if self.past and now == self.past[-1]:
            return History(self.past[:-1], now, (self.present, *self.future))
        if self.future and now == self.future[0]:
            return History((*self.past, self.present), now, self.future[1:])
        return History((*self.past, self.present)[-KEPT_STEPS:], now)
