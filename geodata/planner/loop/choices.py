"""What a planner asks of a loop, as an address holds it, with every change of it: pure values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, get_args

from geodata.planner import plans

ValueFrom = Literal["weight", "dose", "findings", "equal"]
"""What makes a stop valuable."""

StopKind = Literal["spots", "findings", "places"]
"""What stops are looked for among."""

Picked = Literal["start", "end", "stop"]
"""What a click on the map is to give."""


VALUES_FROM: Final[tuple[ValueFrom, ...]] = get_args(ValueFrom)
STOP_KINDS: Final[tuple[StopKind, ...]] = get_args(StopKind)
PICKED: Final[tuple[Picked, ...]] = get_args(Picked)

MINUTES: Final = 60
MINUTES_RANGE: Final = (10, 480)
"""At most a whole shift."""

STAY_MINUTES: Final = 12
"""Within the 10 to 16 minutes that `geodata.model.VISIT_MINUTES` tells of, with its caution."""

STAY_RANGE: Final = (1, 120)
DEPART_MIN: Final = 18 * 60
"""Minutes after midnight: a walk in the evening."""

STOPS_AT_MOST: Final = 40
"""Stops that one address names; a loop of more is no walk."""


_KEY: Final = re.compile(r"[hf][0-9a-zA-Z-]{1,8}|p-?\d{1,3}\.\d{1,5}_-?\d{1,2}\.\d{1,5}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2})[:.]?(\d{2})", re.ASCII)
_NO_STOPS: Final = "none"


@dataclass(frozen=True, slots=True)
class LoopChoices:
    """What is asked for."""

    # Where the walk begins; nothing is planned without it.
    start: plans.Position | None = None
    # Where it ends; back at the start if None.
    end: plans.Position | None = None
    # What it may take in all.
    minutes: int = MINUTES
    # Minutes at each stop.
    stay: int = STAY_MINUTES
    value: ValueFrom = "weight"
    among: tuple[StopKind, ...] = ("spots", "findings")
    # Keys of stops that have to be made.
    required: tuple[str, ...] = ()
    # Keys of stops that are never to be made.
    dropped: tuple[str, ...] = ()
    # Keys of the stops in the planner's own order; None for a suggestion.
    order: tuple[str, ...] | None = None
    # Minutes at stops where they are not `stay`, by key.
    stays: tuple[tuple[str, int], ...] = ()
    # None for the day that is told about.
    day: date | None = None
    # In minutes after midnight.
    depart_min: int = DEPART_MIN
    # Which of the suggestions is chosen, from 0.
    way: int = 0
    # What the next click on the map gives.
    pick: Picked | None = None

    def stay_at(self, key: str) -> int:
        """Return the minutes at a stop."""
        return dict(self.stays).get(key, self.stay)

    @property
    def named(self) -> tuple[str, ...]:
        """Every stop that is asked for by its key."""
        return tuple(dict.fromkeys((*self.required, *(self.order or ()))))


# --- in an address -------------------------------------------------------------------------------


def clock(minutes: float) -> str:
    """Return minutes after midnight as a time of day, to the nearest minute."""
    whole = math.floor(minutes + 0.5)
    return f"{whole // 60 % 24:02}:{whole % 60:02}"


def _whole(text: str, bounds: tuple[int, int]) -> int | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return min(max(int(text), bounds[0]), bounds[1])


def _keys(text: str) -> tuple[str, ...]:
    found = (plans.spot_key(part) if _UUID.fullmatch(part) else part for part in text.split(","))
    known = dict.fromkeys(key for key in found if _KEY.fullmatch(key))
    return tuple(known)[:STOPS_AT_MOST]


def _stays(text: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for part in text.split(",")[:STOPS_AT_MOST]:
        key, _, minutes = part.partition("~")
        if _KEY.fullmatch(key) and minutes.isascii() and minutes.isdigit():
            found[key] = _whole(minutes, STAY_RANGE) or STAY_MINUTES
    return tuple(sorted(found.items()))


def _depart(text: str) -> int | None:
    told = _CLOCK.fullmatch(text)
    if told is None or int(told[2]) >= 60 or int(told[1]) >= 24:
        return None
    return int(told[1]) * 60 + int(told[2])


def _one_of(names: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda text: text if text in names else None


def _joined(keys: Sequence[str]) -> str:
    return ",".join(keys) or _NO_STOPS


_POSITION: Final[tuple[Callable[[str], plans.Position | None], Callable[[plans.Position], str]]] = (
    plans.read_position,
    lambda position: f"{position[0]:.5f},{position[1]:.5f}",
)
_CHOICES: Final[tuple[plans.Choice[Any], ...]] = (
    plans.Choice("start", "start", *_POSITION),
    plans.Choice("end", "end", *_POSITION),
    plans.Choice("minutes", "minutes", lambda text: _whole(text, MINUTES_RANGE)),
    plans.Choice("stay", "stay", lambda text: _whole(text, STAY_RANGE)),
    plans.Choice("value", "value", _one_of(VALUES_FROM)),
    plans.Choice(
        "among",
        "among",
        lambda text: tuple(kind for kind in STOP_KINDS if kind in text.split(",")),
        _joined,
    ),
    plans.Choice("stops", "required", _keys, ",".join),
    plans.Choice("drop", "dropped", _keys, ",".join),
    plans.Choice("order", "order", lambda text: _keys(text) if text else None, _joined),
    plans.Choice(
        "stays",
        "stays",
        _stays,
        lambda stays: ",".join(f"{key}~{minutes}" for key, minutes in stays),
    ),
    plans.Choice("day", "day", lambda text: plans.read_day(text, date.min)),
    plans.Choice("depart", "depart_min", _depart, clock),
    plans.Choice("way", "way", lambda text: 1 if text == "2" else 0, lambda way: str(way + 1)),
    plans.Choice("pick", "pick", _one_of(PICKED)),
)


def read_choices(asked: Mapping[str, str]) -> LoopChoices:
    """Return what an address asks for, within bounds; what makes no sense is as usual.

    Parameters
    ----------
    asked : mapping of str to str
        By name.
    """
    return plans.read_chosen(_CHOICES, asked, LoopChoices())


def asked_of(choices: LoopChoices) -> dict[str, str]:
    """Return choices as an address holds them; what is as usual is empty."""
    return plans.written(_CHOICES, choices, LoopChoices())


KEPT_STEPS: Final = 50
"""Steps that can be taken back."""


def in_order(choices: LoopChoices, order: Sequence[str]) -> LoopChoices:
    """Return choices with the planner's own order of stops."""
    return replace(choices, order=tuple(dict.fromkeys(order)), pick=None)


def suggested(choices: LoopChoices) -> LoopChoices:
    """Return choices with the planner's own order given up for a suggestion."""
    return replace(choices, order=None, way=0, pick=None)


def moved(choices: LoopChoices, shown: Sequence[str], key: str, by: int) -> LoopChoices:
    """Move a stop in the order that is shown, which becomes the planner's own."""
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
    """What was asked for before, the nearest last, and what was taken back, the nearest first."""

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
