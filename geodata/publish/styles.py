"""How QGIS shows each layer of a GeoPackage: QML in the same colours as the map on the screen.

What the colours are, and from where, stands in `geodata.palette`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from geodata.model import State, WalkStatus
from geodata.palette import FINDING_COLOURS, INK, STATE_COLOURS, UNCERTAIN, WHITE
from geodata.publish.paper import environment
from geodata.publish.values import Export

if TYPE_CHECKING:
    from jinja2 import Template

FILL_ALPHA: Final = 90
"""Of 255: what lies under an area still shows."""

WIDTH_MM: Final = 0.6
"""An outline's width on paper and screen, in millimetres."""

_CLASSES: Final = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}


@dataclass(frozen=True, slots=True)
class _Look:
    """One symbol of a layer: how it looks, and for which value of the layer's column."""

    settings: Mapping[str, str]
    value: str = ""
    label: str = ""
    # An expression that gives the sign's size, where every object has its own.
    size: str = ""


def colour(value: str, alpha: int = 255) -> str:
    """Return a colour such as ``#009E73`` as QML writes it: red, green, blue and alpha."""
    red, green, blue = bytes.fromhex(value[1:])
    return f"{red},{green},{blue},{alpha}"


def style_of(layer: str, export: Export) -> str | None:
    """Return a layer's style as QML, None for a table without geometry."""
    words = export.words
    match layer:
        case "areas":
            states = [_Look(_area(state), state, words(f"state.{state}")) for state in State]
            looks = [*states, _Look(_area(State.NOT_STARTED))]
            return _document("fill", looks, column="state", label="area_name")
        case "walks":
            walks = [
                _Look(_line("#00588A", style), status, words(f"walk.{status}"))
                for status, style in _WALK_STYLES.items()
            ]
            return _document("line", walks, column="status")
        case "findings":
            findings = [
                _Look(_marker(fill, "diamond", 3.4), status, words(f"finding.{status}"))
                for status, fill in FINDING_COLOURS.items()
            ]
            return _document("marker", findings, column="status")
        case "hot_spots":
            return _document("marker", [_Look(_RING, size='2 * "radius_m"')], label="name")
        case "activities_points":
            return _document("marker", [_Look(_marker(INK, "circle", 2.4))])
        case "activities_lines":
            return _document("line", [_Look(_line(INK, "solid"))])
        case "places":
            return _document("marker", [_Look(_marker(WHITE, "square", 2.0))])
    return None


def _area(state: State) -> Mapping[str, str]:
    return {
        "color": colour(STATE_COLOURS[state].fill, FILL_ALPHA),
        "style": "solid",
        "outline_color": colour(STATE_COLOURS[state].stroke),
        "outline_style": "dash" if state in UNCERTAIN else "solid",
        "outline_width": str(WIDTH_MM),
        "outline_width_unit": "MM",
    }


_WALK_STYLES: Final[Mapping[WalkStatus, str]] = {
    WalkStatus.PLANNED: "dash",
    WalkStatus.HELD: "solid",
    WalkStatus.CANCELLED: "dot",
}


def _line(ink: str, style: str) -> Mapping[str, str]:
    return {
        "line_color": colour(ink),
        "line_style": style,
        "line_width": "0.9",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _marker(fill: str, name: str, size_mm: float) -> Mapping[str, str]:
    return {
        "name": name,
        "color": colour(fill),
        # A light ring on dark signs and a dark one on light, so that they stand out anywhere.
        "outline_color": colour(WHITE if fill == INK else INK),
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": str(size_mm),
        "size_unit": "MM",
    }


_RING: Final[Mapping[str, str]] = {
    **_marker("#B3400A", "circle", 300),
    "color": colour("#B3400A", 40),
    "outline_color": colour("#B3400A"),
    "outline_width": str(WIDTH_MM),
    "size_unit": "RenderMetersInMapUnits",
}
"""A circle as wide as it is on the ground."""


@cache
def _template() -> Template:
    filling = environment(Path(__file__).parent)
    filling.globals.update(classes=_CLASSES, ink=colour(INK), white=colour(WHITE))
    return filling.get_template("styles.qml")


def _document(sort: str, looks: list[_Look], column: str = "", label: str = "") -> str:
    return _template().render(sort=sort, looks=looks, column=column, label=label)
