"""The states' colours on the screen, in both themes; what they are stands in `geodata.palette`.

A state keeps its colour in both themes; what is drawn as a thin line is darker on a light ground
and lighter on a dark one. Pages and map name these colours as custom properties, which
`theme_sheet` defines once for each theme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Final

from geodata.model import State
from geodata.palette import (
    BLUE,
    BLUISH_GREEN,
    GREY,
    ORANGE,
    SKY_BLUE,
    STATE_COLOURS,
    VERMILLION,
    Colours,
)

PALE: Final = "#e7eef2"
"""The dark theme's ink."""

DARK_THEME: Final = "screen and (prefers-color-scheme: dark)"
"""When the dark theme holds: never on paper."""

DARK_STATE_COLOURS: Final[Mapping[State, Colours]] = {
    State.FULFILLED: Colours(BLUISH_GREEN, "#2CC79B", "#FFFFFF"),
    State.ON_TRACK: Colours(BLUE, "#5EB0E8", "#FFFFFF"),
    State.UNDER_WAY: Colours(SKY_BLUE, "#8FD0F5"),
    State.BEHIND: Colours(ORANGE, "#F2B632"),
    State.NOT_FULFILLED: Colours(VERMILLION, "#FF9052", "#FFFFFF"),
    State.NO_RECORDS: Colours(GREY, "#B4C0C8"),
    State.NOT_STARTED: Colours("#17232C", "#B4C0C8", PALE),
}
"""On a dark ground."""


def _property(state: State, part: str) -> str:
    return f"--state-{state.value.replace('_', '-')}-{part}"


STATE_TOKENS: Final[Mapping[State, Colours]] = {
    state: Colours(*(f"var({_property(state, part.name)})" for part in fields(Colours)))
    for state in State
}
"""The states' colours as pages and map name them: the theme decides what they are."""


@cache
def theme_sheet() -> str:
    """Return the style sheet that defines every colour, once for each theme.

    It is the first thing on a page, in the map's frame, and on anything else that is drawn with
    the states' colours.
    """
    written = (Path(__file__).parent / "static" / "theme.css").read_text(encoding="utf-8")
    light, dark = _state_properties(STATE_COLOURS), _state_properties(DARK_STATE_COLOURS)
    return f"{written}:root {{ {light} }}\n@media {DARK_THEME} {{ :root {{ {dark} }} }}\n"


def _state_properties(colours: Mapping[State, Colours]) -> str:
    return " ".join(
        f"{_property(state, part.name)}: {getattr(found, part.name)};"
        for state, found in colours.items()
        for part in fields(Colours)
    )
