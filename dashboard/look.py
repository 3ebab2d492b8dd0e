"""How the screen looks in both themes, and what accessibility is held to.

What the states' colours are stands in `geodata.palette`. A state keeps its colour in both themes;
what is drawn as a thin line is darker on a light ground and lighter on a dark one. Pages and map
name these colours as custom properties, which `theme_sheet` defines once for each theme. What
accessibility is held to is told by the page Tillgänglighet and tested by the tests, from here:
nothing here knows Streamlit, so that tests can ask without starting a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

import jinja2

from geodata import palette
from geodata.model import State

HERE: Final = Path(__file__).parent

Theme = Literal["light", "dark"]

STANDARD: Final = "WCAG 2.1 AA"

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

TEXT_CONTRAST: Final = 4.5
"""At least, between text and its ground (1.4.3)."""

DRAWN_CONTRAST: Final = 3.0
"""At least, between what is drawn or can be operated and its ground (1.4.11)."""

NARROWEST_PX: Final = 320
"""CSS pixels: a window of 1280 at 400 per cent (1.4.10)."""

LOWEST_PX: Final = 256
"""CSS pixels: a window of 1024 at 400 per cent (1.4.10)."""

SMALLEST_TARGET_PX: Final = 24
"""What a pointer has to hit is at least as wide and as high, or stands in a line of text."""

TESTED_ON: Final = date(2026, 11, 22)
"""When every page was last looked through, beside the tests that run at each change."""

KNOWN_LIMITS: Final = ("map", "point", "tables", "free_text", "basemap", "players", "people")
"""What falls short, by its key in the statement's words."""

AUTHORITY_URL: Final = "https://www.digg.se/tdosanmalan"
"""Digg, the authority that oversees the Swedish law (2018:1937)."""


PALE: Final = "#e7eef2"
"""The dark theme's ink."""

DARK_THEME: Final = "screen and (prefers-color-scheme: dark)"
"""When the dark theme holds: never on paper."""

DARK_STATE_COLOURS: Final[Mapping[State, palette.Colours]] = {
    State.FULFILLED: palette.Colours(palette.BLUISH_GREEN, "#2CC79B", "#FFFFFF"),
    State.ON_TRACK: palette.Colours(palette.BLUE, "#5EB0E8", "#FFFFFF"),
    State.UNDER_WAY: palette.Colours(palette.SKY_BLUE, "#8FD0F5"),
    State.BEHIND: palette.Colours(palette.ORANGE, "#F2B632"),
    State.NOT_FULFILLED: palette.Colours(palette.VERMILLION, "#FF9052", "#FFFFFF"),
    State.NO_RECORDS: palette.Colours(palette.GREY, "#B4C0C8"),
    State.NOT_STARTED: palette.Colours("#17232C", "#B4C0C8", PALE),
}
"""On a dark ground."""


def _property(state: State, part: str) -> str:
    return f"--state-{state.value.replace('_', '-')}-{part}"


STATE_TOKENS: Final[Mapping[State, palette.Colours]] = {
    state: palette.Colours(
        *(f"var({_property(state, part.name)})" for part in fields(palette.Colours))
    )
    for state in State
}
"""The states' colours as pages and map name them: the theme decides what they are."""


@cache
def theme_sheet() -> str:
    """Return the style sheet that defines every colour, once for each theme.

    It is the first thing on a page, in the map's frame, and on anything else that is drawn with
    the states' colours.
    """
    written = (HERE / "static" / "theme.css").read_text(encoding="utf-8")
    light, dark = _state_properties(palette.STATE_COLOURS), _state_properties(DARK_STATE_COLOURS)
    return f"{written}:root {{ {light} }}\n@media {DARK_THEME} {{ :root {{ {dark} }} }}\n"


@cache
def page_sheet() -> str:
    """Return the style sheet of every page; the map's frame and the field page have others."""
    # The colours first, then the common sheets: what belongs to one page builds on them.
    common = [HERE / "static" / "style.css", HERE / "host" / "frame.css"]
    apart = {*HERE.glob("map/**/*.css"), *HERE.glob("field/*.css")}
    others = set(HERE.rglob("*.css")) - {*common, *apart}
    sheets = [*common, *sorted(sheet for sheet in others if sheet.name != "theme.css")]
    return "\n".join([theme_sheet(), *(sheet.read_text(encoding="utf-8") for sheet in sheets)])


def _state_properties(colours: Mapping[State, palette.Colours]) -> str:
    return " ".join(
        f"{_property(state, part.name)}: {getattr(found, part.name)};"
        for state, found in colours.items()
        for part in fields(palette.Colours)
    )


@cache
def templates() -> jinja2.Environment:
    """Return the template environment: escaping always on, a missing value is an error."""
    environment = jinja2.Environment(
        # A page's own templates stand beside it and go by their bare names; those of the planner's
        # tools are called alike, and go by their tool's: `loop/page.html`.
        loader=jinja2.FileSystemLoader([HERE / "planner", *_folders()]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        state_colours=STATE_TOKENS,
        state_icons=palette.STATE_ICONS,
        finding_colours=palette.FINDING_COLOURS,
        layer_colours=palette.LAYER_COLOURS,
    )
    return environment


def _folders() -> list[Path]:
    """Return every folder that holds templates, but for the planner's tools' own."""
    folders = {path.parent for path in HERE.rglob("*.html")}
    return sorted(f for f in folders if "planner" not in f.relative_to(HERE).parts[:-1])
