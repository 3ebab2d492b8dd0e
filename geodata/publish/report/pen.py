"""Writing on a page in millimetres, and knowing what room a text takes."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from geodata.palette import INK, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

MM: Final = 1 / 25.4
"""A millimetre in inches."""

FONT: Final = "DejaVu Sans"
"""Comes with Matplotlib: the map is the same wherever it is drawn."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the paper."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes cover each other anywhere."""
        return (
            self.west < other.east
            and other.west < self.east
            and self.south < other.north
            and other.south < self.north
        )

    def holds(self, other: Box) -> bool:
        """Tell whether another box lies wholly within this one."""
        return (
            self.west <= other.west
            and other.east <= self.east
            and self.south <= other.south
            and other.north <= self.north
        )


def readable(text: str) -> str:
    """Return a text with a square for each letter that the font hasn't got."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties(family=FONT))).get_charmap()
    return "".join(sign if ord(sign) in known or sign == "\n" else "▯" for sign in text)


class Pen:
    """Writes on a page."""

    def __init__(self, figure: Figure, width_mm: float, height_mm: float) -> None:
        from matplotlib.backends.backend_agg import RendererAgg

        self.axes: Axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, width_mm)
        self.axes.set_ylim(0, height_mm)
        self._haloed: list[tuple[Text, float]] = []
        self._dpi = figure.dpi
        dots = self._dpi * MM
        # It is only asked how large texts are.
        self._renderer = RendererAgg(  # type: ignore[no-untyped-call]
            width_mm * dots, height_mm * dots, self._dpi
        )

    def text(self, x: float, y: float, text: str, size: float, **look: Any) -> Text:
        """Write a text; nothing in it is markup."""
        halo = look.pop("halo", False)
        said: dict[str, Any] = {"ha": "left", "va": "top", "color": INK, "linespacing": 1.1} | look
        made = self.axes.text(x, y, readable(text), fontsize=size, parse_math=False, **said)
        if halo:
            self._haloed.append((made, size))
        return made

    def finish(self) -> None:
        """Lay something white behind the texts that stand on a map.

        Done last, when they stand where they are to. An effect on the text itself would be
        simpler, but turns its letters into lines, which nobody can search or read aloud.
        """
        from matplotlib.patheffects import Stroke

        for text, size in self._haloed:
            if text.figure is None:
                continue
            x, y = text.get_position()
            behind = self.text(
                x,
                y,
                text.get_text(),
                size,
                ha=text.get_horizontalalignment(),
                va=text.get_verticalalignment(),
                weight=text.get_fontweight(),
                color=WHITE,
                zorder=text.get_zorder() - 0.5,
            )
            behind.set_path_effects([Stroke(linewidth=size / 3, foreground=WHITE)])

    def box_of(self, text: Text, around: float = 0.6) -> Box:
        """Return where a text stands."""
        found = text.get_window_extent(self._renderer)
        mm = 25.4 / self._dpi
        return Box(
            found.x0 * mm - around,
            found.y0 * mm - around,
            found.x1 * mm + around,
            found.y1 * mm + around,
        )

    def paragraph(self, room: Box, text: str, size: float, *, top: bool, **look: Any) -> Box:
        """Write a paragraph at the room's upper or lower edge; return what room is left."""
        letters = max(int((room.east - room.west) / (size * 0.2)), 20)
        lines = "\n".join(wrap(text, letters, break_long_words=True))
        y, va = (room.north, "top") if top else (room.south, "bottom")
        box = self.box_of(self.text(room.west, y, lines, size, va=va, **look), 1.2)
        if top:
            return Box(room.west, room.south, room.east, box.south)
        return Box(room.west, box.north, room.east, room.north)
