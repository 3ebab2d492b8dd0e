"""The states' colours and icons, for the screen: the same as on paper."""

from geodata.publish.palette import (
    BLUE,
    BLUISH_GREEN,
    FINDING_COLOURS,
    GREY,
    INK,
    ORANGE,
    SKY_BLUE,
    STATE_COLOURS,
    STATE_ICONS,
    VERMILLION,
    Colours,
)

__all__ = [
    "BLUE",
    "BLUISH_GREEN",
    "FINDING_COLOURS",
    "GREY",
    "INK",
    "ORANGE",
    "SKY_BLUE",
    "STATE_COLOURS",
    "STATE_ICONS",
    "VERMILLION",
    "Colours",
]
