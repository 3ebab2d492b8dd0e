"""Colours and icons of the states: Okabe and Ito's palette, never the only carrier.

Source: Okabe, M. & Ito, K. (2008), *Color Universal Design*, jfly.uni-koeln.de/color. Every state
also has a word and an icon; icons carry a dark ring so that light colours stand out from paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geodata.model import FindingStatus, State

INK: Final = "#14232e"
ORANGE: Final = "#E69F00"
SKY_BLUE: Final = "#56B4E9"
BLUISH_GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREY: Final = "#8A969E"


@dataclass(frozen=True, slots=True)
class Colours:
    """A state's colour as an area's fill and, darker where it must be, as its outline."""

    fill: str
    stroke: str


STATE_COLOURS: Final[Mapping[State, Colours]] = {
    State.FULFILLED: Colours(BLUISH_GREEN, "#00704F"),
    State.ON_TRACK: Colours(BLUE, "#00588A"),
    State.UNDER_WAY: Colours(SKY_BLUE, "#1F6E9C"),
    State.BEHIND: Colours(ORANGE, "#8F6000"),
    State.NOT_FULFILLED: Colours(VERMILLION, "#A84700"),
    State.NO_RECORDS: Colours(GREY, "#566069"),
    State.NOT_STARTED: Colours("#FFFFFF", "#566069"),
}

FINDING_COLOURS: Final[Mapping[FindingStatus, str]] = {
    FindingStatus.OPEN: VERMILLION,
    FindingStatus.IN_PROGRESS: ORANGE,
    FindingStatus.DONE: BLUISH_GREEN,
    FindingStatus.DISMISSED: GREY,
}

# One stroke each, drawn in a 16 x 16 box, round caps.
STATE_ICONS: Final[Mapping[State, str]] = {
    State.FULFILLED: "M3.5 8.5l3 3 6-7",
    State.ON_TRACK: "M3 11l4-4 2.5 2.5L13 5M9.5 5H13v3.5",
    State.UNDER_WAY: "M4 12V9M8 12V6M12 12V3.5",
    State.BEHIND: "M8 3.5v5.5M8 12.2v.1",
    State.NOT_FULFILLED: "M4 4l8 8M12 4l-8 8",
    State.NO_RECORDS: "M4 8h8",
    State.NOT_STARTED: "M8 4.5V8l2.5 2",
}

LIGHT_ICONS: Final = frozenset({State.FULFILLED, State.ON_TRACK, State.NOT_FULFILLED})
"""States whose icon is white on its colour; the others' is dark."""
