"""What a planner asks of a loop: a pure value, as an address holds it.

A stop is named by a short key: ``h`` and the first letters of a hot spot's id, ``f`` and those of a
finding's, ``p`` and longitude and latitude for a known place or a place of one's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

ValueFrom = Literal["weight", "dose", "findings", "equal"]
"""What makes a stop valuable."""

StopKind = Literal["spots", "findings", "places"]
"""What stops are looked for among."""

Picked = Literal["start", "end", "stop"]
"""What a click on the map is to give."""

Position = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""

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

KEY_LETTERS: Final = 8
"""Letters of an id in a key: two records share them once in 4 milliards."""

_KEY: Final = re.compile(r"[hf][0-9a-zA-Z-]{1,8}|p-?\d{1,3}\.\d{1,5}_-?\d{1,2}\.\d{1,5}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2})[:.]?(\d{2})", re.ASCII)
_NO_STOPS: Final = "none"


@dataclass(frozen=True, slots=True)
class LoopChoices:
    """What is asked for.

    Parameters
    ----------
    start : tuple of float or None
        Where the walk begins; nothing is planned without it.
    end : tuple of float or None
        Where it ends; back at the start if None.
    minutes : int
        What it may take in all.
    stay : int
        Minutes at each stop.
    value : {"weight", "dose", "findings", "equal"}
        What makes a stop valuable.
    among : tuple of {"spots", "findings", "places"}
        What stops are looked for among.
    required : tuple of str
        Keys of stops that have to be made.
    dropped : tuple of str
        Keys of stops that are never to be made.
    order : tuple of str or None
        Keys of the stops in the planner's own order; None for a suggestion.
    stays : tuple of (str, int)
        Minutes at stops where they are not `stay`, by key.
    day : datetime.date or None
        The day of the walk; None for the day that is told about.
    depart_min : int
        When it begins, in minutes after midnight.
    way : int
        Which of the suggestions is chosen, from 0.
    pick : {"start", "end", "stop"} or None
        What the next click on the map gives.
    """

    start: Position | None = None
    end: Position | None = None
    minutes: int = MINUTES
    stay: int = STAY_MINUTES
    value: ValueFrom = "weight"
    among: tuple[StopKind, ...] = ("spots", "findings")
    required: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    stays: tuple[tuple[str, int], ...] = ()
    day: date | None = None
    depart_min: int = DEPART_MIN
    way: int = 0
    pick: Picked | None = None

    def stay_at(self, key: str) -> int:
        """Return the minutes at a stop."""
        return dict(self.stays).get(key, self.stay)

    @property
    def named(self) -> tuple[str, ...]:
        """Every stop that is asked for by its key."""
        return tuple(dict.fromkeys((*self.required, *(self.order or ()))))


# --- in an address -------------------------------------------------------------------------------


def spot_key(spot_id: str) -> str:
    """Return a hot spot's key."""
    return f"h{spot_id[:KEY_LETTERS]}"


def finding_key(finding_id: str) -> str:
    """Return a finding's key."""
    return f"f{finding_id[:KEY_LETTERS]}"


def place_key(lon: float, lat: float) -> str:
    """Return the key of a place: where it is, to a metre."""
    return f"p{lon:.5f}_{lat:.5f}"


def position_of(key: str) -> Position | None:
    """Return where the place of a key is, None if the key tells no place."""
    return _position(key[1:].replace("_", ",")) if key.startswith("p") else None


def read_choices(asked: Mapping[str, str]) -> LoopChoices:
    """Read what an address asks for.

    Parameters
    ----------
    asked : mapping of str to str
        By name; whatever makes no sense is as if it weren't there.

    Returns
    -------
    LoopChoices
        Within their bounds.
    """
    value = asked.get("value", "")
    pick = asked.get("pick", "")
    kinds = set(asked.get("among", "spots,findings").split(","))
    clock = _CLOCK.fullmatch(asked.get("depart", ""))
    depart = int(clock[1]) * 60 + int(clock[2]) if clock and int(clock[2]) < 60 else DEPART_MIN
    order = asked.get("order", "")
    return LoopChoices(
        start=_position(asked.get("start", "")),
        end=_position(asked.get("end", "")),
        minutes=_whole(asked.get("minutes", ""), MINUTES, MINUTES_RANGE),
        stay=_whole(asked.get("stay", ""), STAY_MINUTES, STAY_RANGE),
        value=next((name for name in VALUES_FROM if name == value), "weight"),
        among=tuple(name for name in STOP_KINDS if name in kinds),
        required=_keys(asked.get("stops", "")),
        dropped=_keys(asked.get("drop", "")),
        order=_keys(order) if order else None,
        stays=_stays(asked.get("stays", "")),
        day=_day(asked.get("day", "")),
        depart_min=depart if depart < 24 * 60 else DEPART_MIN,
        way=1 if asked.get("way") == "2" else 0,
        pick=next((name for name in PICKED if name == pick), None),
    )


def asked_of(choices: LoopChoices) -> dict[str, str]:
    """Return choices as an address holds them; what is as usual is empty."""
    usual = LoopChoices()

    def unless_usual(name: str, told: str) -> str:
        return "" if getattr(choices, name) == getattr(usual, name) else told

    return {
        "start": _told_position(choices.start),
        "end": _told_position(choices.end),
        "minutes": unless_usual("minutes", str(choices.minutes)),
        "stay": unless_usual("stay", str(choices.stay)),
        "value": unless_usual("value", choices.value),
        "among": unless_usual("among", ",".join(choices.among) or _NO_STOPS),
        "stops": ",".join(choices.required),
        "drop": ",".join(choices.dropped),
        "order": "" if choices.order is None else ",".join(choices.order) or _NO_STOPS,
        "stays": ",".join(f"{key}~{minutes}" for key, minutes in choices.stays),
        "day": "" if choices.day is None else choices.day.isoformat(),
        "depart": unless_usual("depart_min", clock(choices.depart_min)),
        "way": "2" if choices.way else "",
        "pick": choices.pick or "",
    }


def clock(minutes: float) -> str:
    """Return minutes after midnight as a time of day, to the nearest minute."""
    whole = math.floor(minutes + 0.5)
    return f"{whole // 60 % 24:02}:{whole % 60:02}"


def _position(text: str) -> Position | None:
    lon, comma, lat = text.partition(",")
    try:
        found = float(lon), float(lat)
    except ValueError:
        return None
    # Written so that what is no number is none of them.
    return found if comma and abs(found[0]) <= 180 and abs(found[1]) <= 85 else None


def _told_position(position: Position | None) -> str:
    return "" if position is None else f"{position[0]:.5f},{position[1]:.5f}"


def _whole(text: str, usual: int, bounds: tuple[int, int]) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return usual
    return min(max(int(text), bounds[0]), bounds[1])


def _keys(text: str) -> tuple[str, ...]:
    found = (spot_key(part) if _UUID.fullmatch(part) else part for part in text.split(","))
    known = dict.fromkeys(key for key in found if _KEY.fullmatch(key))
    return tuple(known)[:STOPS_AT_MOST]


def _stays(text: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for part in text.split(",")[:STOPS_AT_MOST]:
        key, _, minutes = part.partition("~")
        if _KEY.fullmatch(key) and minutes.isascii() and minutes.isdigit():
            found[key] = _whole(minutes, STAY_MINUTES, STAY_RANGE)
    return tuple(sorted(found.items()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
