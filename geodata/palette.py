"""Colours and icons of the states, the same on paper, on the citizens' page and on the screen.

Source: Okabe, M. & Ito, K. (2008), *Color Universal Design*, jfly.uni-koeln.de/color. Colour is
never the only carrier: every state also has a word and an icon, and icons carry a dark ring so
that light colours stand out from paper.
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
WHITE: Final = "#FFFFFF"

LAYER_COLOURS: Final[Mapping[str, str]] = {
    "purple": "#9B5DC0",
    "teal": "#2F8D96",
    "olive": "#7F8A2A",
}
"""Of reference layers: none is a state's, and each stands out from a light and a dark ground."""


@dataclass(frozen=True, slots=True)
class Colours:
    """A state's colours on a light ground."""

    # Of an area, an icon or a bar.
    fill: str
    # Of an area's outline, or a line around a light fill.
    stroke: str
    # Of the sign that is drawn on the fill.
    sign: str = INK


STATE_COLOURS: Final[Mapping[State, Colours]] = {
    State.FULFILLED: Colours(BLUISH_GREEN, "#00704F", WHITE),
    State.ON_TRACK: Colours(BLUE, "#00588A", WHITE),
    State.UNDER_WAY: Colours(SKY_BLUE, "#1F6E9C"),
    State.BEHIND: Colours(ORANGE, "#8F6000"),
    State.NOT_FULFILLED: Colours(VERMILLION, "#A84700", WHITE),
    State.NO_RECORDS: Colours(GREY, "#566069"),
    State.NOT_STARTED: Colours(WHITE, "#566069"),
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

UNCERTAIN: Final = frozenset({State.NO_RECORDS, State.NOT_STARTED})
"""States whose icon has a dashed ring: nothing is known yet."""


def icon(state: State) -> str:
    """Return a state's icon as an SVG file of its own."""
    colours = STATE_COLOURS[state]
    dashes = ' stroke-dasharray="2.4 1.8"' if state in UNCERTAIN else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="7.2" fill="{colours.fill}" stroke="{INK}" stroke-width="1"'
        f'{dashes}/><path d="{STATE_ICONS[state]}" transform="translate(2.4 2.4) scale(.7)"'
        f' fill="none" stroke="{colours.sign}" stroke-width="2.4" stroke-linecap="round"'
        ' stroke-linejoin="round"/></svg>'
    )
