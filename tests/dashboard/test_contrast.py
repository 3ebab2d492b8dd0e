"""Colours: each named once for each theme, and far enough from its ground, on the map as well."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Final

import pytest

from dashboard import look
from dashboard.look import DRAWN_CONTRAST, TEXT_CONTRAST, THEMES, Theme
from geodata.model import FindingStatus, State
from geodata.palette import FINDING_COLOURS, STATE_COLOURS, STATE_ICONS

DASHBOARD: Final = Path(look.__file__).parent
MAP_SCRIPTS: Final = tuple(sorted((DASHBOARD / "map" / "assets").glob("*.js")))
SHEETS: Final = (*(path for path in sorted(DASHBOARD.rglob("*.css")) if path.name != "theme.css"),)

GROUNDS: Final = ("paper", "ground", "wash", "wash-strong", "head", "sum")
"""What anything may stand on that says nothing of its own ground."""

OWN_GROUNDS: Final[Mapping[str, tuple[str, ...]]] = {
    "on-bar": ("bar", "bar-hover"),
    "on-deep": ("deep", "deep-hover"),
    "on-fault-deep": ("fault-deep",),
    "on-notice": ("notice",),
    "example-ink": ("example-ground",),
    "map-chip-quiet": ("map-chip",),
    "fault": ("paper", "ground", "fault-ground"),
    "fault-line": ("paper", "ground"),
}
"""Inks that stand on nothing else."""

TOLD_GROUNDS: Final = ("warn-ground", "fault-ground", "good-ground", "example-ground")

Rgb = tuple[float, float, float]


# --- the real sheets ---------------------------------------------------------------------------


@cache
def properties(theme: Theme) -> dict[str, str]:
    """Return the custom properties as a browser finds them in a theme."""
    sheet = re.sub(r"/\*.*?\*/", "", look.theme_sheet(), flags=re.DOTALL)
    dark_blocks = re.findall(rf"@media {re.escape(look.DARK_THEME)} \{{(.*?\}})\s*\}}", sheet, re.S)
    light = re.sub(rf"@media {re.escape(look.DARK_THEME)} \{{.*?\}}\s*\}}", "", sheet, flags=re.S)
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", light))
    if theme == "dark":
        found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", "".join(dark_blocks)))
    return found


def rules(sheet: Path) -> Iterator[tuple[str, str]]:
    """Give each rule's selector and what it declares."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        yield selector.strip(), body


def rgb(value: str, over: Rgb = (0, 0, 0)) -> Rgb:
    """Return a colour's channels, 0 to 1; one that is seen through lies over another."""
    digits = value.removeprefix("#")
    parts = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
    return blend(parts[:3], over, parts[3] if len(parts) == 4 else 1)


def blend(colour: list[float] | Rgb, over: Rgb, share: float) -> Rgb:
    red, green, blue = (share * c + (1 - share) * o for c, o in zip(colour, over, strict=True))
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2.1's contrast ratio, https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""

    def luminance(colour: Rgb) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour(theme: Theme, name: str) -> Rgb:
    found = properties(theme)
    return rgb(found[name], over=rgb(found["map-ground"]))


def too_close(theme: Theme, pairs: list[tuple[str, str]], least: float) -> list[str]:
    return [
        f"{one} on {other}: {ratio:.2f}"
        for one, other in dict.fromkeys(pairs)
        if (ratio := contrast(colour(theme, one), colour(theme, other))) < least
    ]


def test_the_ratio_is_the_standards_own() -> None:
    assert contrast(rgb("#ffffff"), rgb("#000000")) == pytest.approx(21)
    # The standard's techniques name this grey as the lightest that passes on white.
    assert contrast(rgb("#767676"), rgb("#ffffff")) >= TEXT_CONTRAST
    assert contrast(rgb("#777777"), rgb("#ffffff")) < TEXT_CONTRAST


# --- named once --------------------------------------------------------------------------------


def test_both_themes_name_the_same_colours_and_all_are_used() -> None:
    sheet = look.theme_sheet()
    light, dark = sheet.split(f"@media {look.DARK_THEME}", 1)[0], properties("dark")
    named = set(re.findall(r"--([\w-]+):", light)) | {
        f"state-{s.value.replace('_', '-')}-{part}"
        for s in State
        for part in ("fill", "stroke", "sign")
    }
    assert dark.keys() == named
    used = set()
    for path in DASHBOARD.rglob("*"):
        if path.suffix in {".css", ".html", ".js", ".py"} and path.name != "theme.css":
            text = path.read_text(encoding="utf-8")
            used |= set(re.findall(r"var\(--([\w-]+)\)", text))
            used |= set(re.findall(r'colour\("([\w-]+)"\)', text))
    assert {name for name in named if not name.startswith("state-")} <= used


@pytest.mark.parametrize("name", [f"{p.parent.name}/{p.name}" for p in (*SHEETS, *MAP_SCRIPTS)])
def test_no_other_sheet_names_a_colour_of_its_own(name: str) -> None:
    path = next(p for p in (*SHEETS, *MAP_SCRIPTS) if f"{p.parent.name}/{p.name}" == name)
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    if path.suffix == ".css":
        text = " ".join(body for _, body in rules(path))
        assert re.findall(r":[^;]*\b(?:white|black|gr[ae]y|red|blue)\b", text) == []
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?)\(", text) == []


def test_streamlits_own_themes_are_the_same() -> None:
    told = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert "base" not in told["theme"], "a base would hold whatever the reader has chosen"
    meant = {
        "primaryColor": "deep",
        "backgroundColor": "ground",
        "secondaryBackgroundColor": "paper",
        "textColor": "ink",
        "linkColor": "link",
        "borderColor": "line",
    }
    for theme in THEMES:
        expected = {key: properties(theme)[name] for key, name in meant.items()}
        assert told["theme"][theme] == expected


# --- text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out_from_its_ground(theme: Theme) -> None:
    pairs = [("ink", ground) for ground in TOLD_GROUNDS if ground != "example-ground"]
    for sheet in SHEETS:
        for _, body in rules(sheet):
            said = dict(re.findall(r"(?:^|[;\s])(color|background):\s*var\(--([\w-]+)\)", body))
            if (text := said.get("color")) is None:
                continue
            own = (said["background"],) if "background" in said else OWN_GROUNDS.get(text, GROUNDS)
            pairs += [(text, ground) for ground in own]
    assert len(pairs) > 40
    assert too_close(theme, pairs, TEXT_CONTRAST) == []


# --- what is drawn -----------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_drawn_on_a_page_stands_out(theme: Theme) -> None:
    pairs = [(name, g) for name in ("edge", "focus", "ring", "deep") for g in GROUNDS]
    pairs += [(name, "paper") for name in ("expected", "delivered", "switch-off", "shade-edge")]
    pairs += [("switch-knob", "switch-off"), ("switch-knob", "deep"), ("bar-mark", "bar")]
    pairs += [("bar-mark", "bar-hover"), ("fault-line", "fault-ground"), ("fault-line", "paper")]
    pairs += [("good-line", "good-ground"), ("on-notice", "notice"), ("expected", "sum")]
    for state in State:
        fill, stroke, sign = (
            f"state-{state.value.replace('_', '-')}-{part}" for part in ("fill", "stroke", "sign")
        )
        # A light fill is told from its ground by the line around it.
        pairs += [(sign, fill), *((stroke, ground) for ground in ("paper", "ground", "meter"))]
    assert too_close(theme, pairs, DRAWN_CONTRAST) == []


@pytest.mark.parametrize("theme", THEMES)
def test_weeks_grow_from_little_to_much(theme: Theme) -> None:
    """More is always farther from the paper, and no shade is mistaken for the next."""
    away = [contrast(colour(theme, f"shade-{n}"), colour(theme, "paper")) for n in range(1, 6)]
    assert all(more > less * 1.25 for less, more in pairwise(away)), away


# --- the map -----------------------------------------------------------------------------------


def _opacities(name: str) -> list[float]:
    """Return what the map's script fills an area with, lit: selected and not."""
    script = "".join(path.read_text(encoding="utf-8") for path in MAP_SCRIPTS)
    found = re.search(rf"{name}: lit \? \(selected \? ([\d.]+) : ([\d.]+)\)", script)
    assert found is not None
    return [float(value) for value in found.groups()]


def _map_grounds(theme: Theme) -> dict[str, Rgb]:
    """Return what a thing on the map may lie on: bare ground, plain tiles, and every area's fill.

    Tiles are white paper in the light theme; in the dark one they are turned round.
    """
    names = {"ground": "map-ground", "built-up": "map-built", "tiles": "map-halo"}
    plain = {name: colour(theme, ink) for name, ink in names.items()}
    filled = {
        f"{state} at {share} on {name}": blend(
            colour(theme, f"state-{state.value.replace('_', '-')}-fill"), under, share
        )
        for state in State
        for share in _opacities("fillOpacity")
        for name, under in plain.items()
    }
    return plain | filled


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_drawn_on_the_map_stands_out(theme: Theme) -> None:
    grounds = _map_grounds(theme)
    alone = [f"state-{s.value.replace('_', '-')}-stroke" for s in State]
    anywhere = ("map-point", "map-walk", "map-mark", "ring", "map-place", "focus")
    pairs = list(product(anywhere, grounds))
    # An outline is told from what lies around its area.
    pairs += product((*alone, "map-faded"), ("ground", "built-up", "tiles"))
    assert [
        f"{name} on {ground}: {ratio:.2f}"
        for name, ground in pairs
        if (ratio := contrast(colour(theme, name), grounds[ground])) < DRAWN_CONTRAST
    ] == []
    # Where it lies on a line of its own darkness, a point is told by the ring around it.
    assert contrast(colour(theme, "map-point"), colour(theme, "map-halo")) >= DRAWN_CONTRAST


@pytest.mark.parametrize("theme", THEMES)
def test_names_on_the_map_can_be_read_wherever_they_lie(theme: Theme) -> None:
    chip = properties(theme)["map-chip"]
    for ground, under in _map_grounds(theme).items():
        for ink in ("ink", "map-chip-quiet"):
            assert contrast(colour(theme, ink), rgb(chip, over=under)) >= TEXT_CONTRAST, ground


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("status", FindingStatus)
def test_a_findings_mark_stands_out(theme: Theme, status: FindingStatus) -> None:
    """An open one by the ring around it; a closed one is an outline, on a light or dark ground."""
    fill = rgb(FINDING_COLOURS[status])
    if status in (FindingStatus.DONE, FindingStatus.DISMISSED):
        assert contrast(fill, colour(theme, "paper")) >= DRAWN_CONTRAST
    else:
        assert contrast(colour(theme, "ring"), colour(theme, "paper")) >= DRAWN_CONTRAST
        assert contrast(fill, colour(theme, "map-ground")) >= 2 or theme == "light"


# --- never the only carrier ----------------------------------------------------------------------


def test_every_state_has_a_sign_of_its_own() -> None:
    assert set(STATE_ICONS) == set(State)
    assert len(set(STATE_ICONS.values())) == len(State)


def test_a_state_has_the_same_colour_in_both_themes() -> None:
    """But for the one that is no colour: it is the ground's own."""
    for state in State:
        light, dark = STATE_COLOURS[state].fill, look.DARK_STATE_COLOURS[state].fill
        if state is State.NOT_STARTED:
            assert {light.lower(), dark.lower()} == {properties(t)["paper"].lower() for t in THEMES}
        else:
            assert light == dark
