"""Letters as outlines, so that a name can follow its street."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FONT: Final = "DejaVu Sans"
"""Comes with Matplotlib: the map is the same wherever it is drawn."""

EM: Final = 64.0
_reading = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """A letter."""

    xy: NDArray[np.float64]
    codes: NDArray[np.uint8]
    advance: float


@cache
def glyph(letter: str) -> Glyph | None:
    """Return a letter's outline, None where the font hasn't got it."""
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.ft2font import LoadFlags

    # A font remembers its last letter: two threads would read each other's.
    with _reading:
        font = get_font(findfont(FontProperties(family=FONT)))
        if ord(letter) not in font.get_charmap():
            return None
        font.set_size(EM, 72)
        found = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
        xy, codes = font.get_path()
        advance = found.linearHoriAdvance / 65536 / EM
    return Glyph(np.asarray(xy, float).reshape(-1, 2) / EM, np.asarray(codes, np.uint8), advance)


def set_text(text: str) -> tuple[NDArray[np.float64], float] | None:
    """Return where the letters' middles are along a line, and the text's length."""
    found = [glyph(letter) for letter in text]
    if not text or any(one is None for one in found):
        return None
    advances = np.array([one.advance for one in found if one is not None])
    ends = np.cumsum(advances)
    return ends - advances / 2, float(ends[-1])
