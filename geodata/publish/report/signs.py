"""The signs on a map and their legend: a sign's shape says what its colour does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from geodata.model import State
from geodata.palette import BLUISH_GREEN, GREY, INK, STATE_COLOURS, VERMILLION, WHITE
from geodata.publish.report.map_view import MapView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Drawn = Callable[[Axes, float, float], None]

POINTS_AT_MOST: Final = 300
"""More activities than this on a map are told as counts."""

WALK: Final = "#7A2E8E"
NOMINAL: Final = (0, (4, 2.5))
PLANNED: Final = (0, (1.2, 1.6))
"""Dashes of an outline that nobody has published, and of a walk that lies ahead."""


@dataclass(frozen=True, slots=True)
class MapWords:
    """The words on a map.

    Parameters
    ----------
    states : mapping of State to str
        The states.
    nominal, recent, earlier, counts, held, planned, open, settled, place : str
        What the signs mean.
    """

    states: Mapping[State, str]
    nominal: str
    recent: str
    earlier: str
    counts: str
    held: str
    planned: str
    open: str
    settled: str
    place: str


RECENT: Final[Mapping[str, Any]] = {
    "s": 11,
    "marker": "o",
    "facecolors": INK,
    "edgecolors": WHITE,
    "linewidths": 0.5,
}
EARLIER: Final[Mapping[str, Any]] = {
    "s": 7,
    "marker": "o",
    "facecolors": "none",
    "edgecolors": "#3d4d59",
    "linewidths": 0.7,
}
OPEN: Final[Mapping[str, Any]] = {
    "s": 34,
    "marker": "D",
    "facecolors": VERMILLION,
    "edgecolors": INK,
    "linewidths": 0.7,
}
SETTLED: Final[Mapping[str, Any]] = {
    "s": 26,
    "marker": "D",
    "facecolors": WHITE,
    "edgecolors": BLUISH_GREEN,
    "linewidths": 1.3,
}


def circle(axes: Axes, x: float, y: float, radius: float) -> None:
    """Draw the ring that a count stands in."""
    from matplotlib.patches import Circle

    axes.add_patch(
        Circle((x, y), radius, facecolor="#FFFFFFD0", edgecolor=INK, linewidth=0.8, zorder=5)
    )


def place_mark(axes: Axes, x: float, y: float) -> None:
    """Draw a known place."""
    axes.plot([x], [y], marker="s", markersize=2.2, color="#566069", zorder=8)


def signs(views: Sequence[MapView], words: MapWords) -> Iterator[tuple[Drawn, str]]:
    """Give what stands in a legend: how each sign is drawn, and what it means."""
    states = [area.state for view in views for area in view.areas if area.state is not None]
    for state in dict.fromkeys(states):
        yield _patch(state), words.states[state]
    if any(area.nominal for view in views for area in view.areas):
        yield _line(GREY, NOMINAL, 1.4), words.nominal
    many = any(len(view.recent) + len(view.earlier) > POINTS_AT_MOST for view in views)
    few = [v for v in views if 0 < len(v.recent) + len(v.earlier) <= POINTS_AT_MOST]
    if any(len(view.recent) for view in few):
        yield _spot(RECENT), words.recent
    if any(len(view.earlier) for view in few):
        yield _spot(EARLIER), words.earlier
    if many:
        yield lambda axes, x, y: circle(axes, x, y, 1.6), words.counts
    yield from _more_signs(views, words)


def _more_signs(views: Iterable[MapView], words: MapWords) -> Iterator[tuple[Drawn, str]]:
    shown = list(views)
    if any(view.held for view in shown):
        yield _line(WALK, "solid", 1.6), words.held
    if any(view.planned for view in shown):
        yield _line(WALK, PLANNED, 1.6), words.planned
    if any(view.open for view in shown):
        yield _spot(OPEN), words.open
    if any(view.settled for view in shown):
        yield _spot(SETTLED), words.settled
    if any(view.places for view in shown):
        yield place_mark, words.place


def _patch(state: State) -> Drawn:
    from matplotlib.patches import Rectangle

    colours = STATE_COLOURS[state]

    def drawn(axes: Axes, x: float, y: float) -> None:
        axes.add_patch(
            Rectangle(
                (x - 2.2, y - 1.3),
                4.4,
                2.6,
                facecolor=f"{colours.fill}40",
                edgecolor=colours.stroke,
                linewidth=1.2,
            )
        )

    return drawn


def _line(colour: str, dashes: Any, width: float) -> Drawn:
    def drawn(axes: Axes, x: float, y: float) -> None:
        axes.plot([x - 2.4, x + 2.4], [y, y], color=colour, linestyle=dashes, linewidth=width)

    return drawn


def _spot(look: Mapping[str, Any]) -> Drawn:
    def drawn(axes: Axes, x: float, y: float) -> None:
        axes.scatter([x], [y], **look)

    return drawn
