"""What is on a printed map, in metres: no map program and no paper yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon

from geodata.crs import to_metres
from geodata.model import Area, Finding, FindingStatus, Place, State, Walk, WalkStatus
from geodata.palette import BLUISH_GREEN, GREY, INK, STATE_COLOURS, VERMILLION, WHITE
from geodata.publish.report.matter import clean

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Positions = NDArray[np.float64]
    from matplotlib.axes import Axes

    Drawn = Callable[[Axes, float, float], None]


NAMED_AT_MOST: Final = 12
"""So many areas have their names on the map; more have numbers, and a list beside it."""

AROUND_M: Final = 60.0
"""How much of the ground round what is shown is drawn, in metres."""

PLACES_WITHIN_M: Final = 150.0
"""Known places this near to an area are named on its own map, to find one's way by."""


def no_positions() -> Positions:
    """Return an empty array of positions."""
    return np.empty((0, 2))


def positions_in_metres(positions: Sequence[tuple[float, float]]) -> Positions:
    """Return WGS 84 positions, longitude first, in SWEREF 99 TM.

    Parameters
    ----------
    positions : sequence of tuple of float
        May be empty.
    """
    if not positions:
        return no_positions()
    return np.asarray(shapely.get_coordinates(to_metres(shapely.multipoints(positions))))


@dataclass(frozen=True, slots=True)
class MapArea:
    """An area on a map."""

    name: str
    outline: Polygon | MultiPolygon
    nominal: bool
    state: State | None


@dataclass(frozen=True, slots=True)
class MapView:
    """What a map shows.

    Parameters
    ----------
    title : str
        What it is a map of.
    areas : tuple of MapArea
        Those it is about, in the order of their numbers.
    beside : tuple of MapArea
        Others, drawn faintly where they come into view.
    recent, earlier : numpy.ndarray of shape (n, 2)
        Where activities are, in metres: since the meeting before, and until then.
    held, planned : tuple of shapely LineString or MultiLineString
        Walks' ways, in metres.
    open, settled : tuple of tuple of float
        Where findings are, in metres.
    places : tuple of tuple of str and float
        Known places with their names, in metres.
    named : bool
        Whether the areas' names are on the map; not where the title says it.
    """

    title: str
    areas: tuple[MapArea, ...]
    beside: tuple[MapArea, ...] = ()
    recent: Positions = field(default_factory=no_positions)
    earlier: Positions = field(default_factory=no_positions)
    held: tuple[LineString | MultiLineString, ...] = ()
    planned: tuple[LineString | MultiLineString, ...] = ()
    open: tuple[tuple[float, float], ...] = ()
    settled: tuple[tuple[float, float], ...] = ()
    places: tuple[tuple[str, float, float], ...] = ()
    named: bool = True

    @property
    def numbered(self) -> bool:
        """Whether areas have numbers instead of names."""
        return len(self.areas) > NAMED_AT_MOST

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is to be seen, in metres."""
        shown = [area.outline for area in self.areas] or [area.outline for area in self.beside]
        if not shown:
            return (0.0, 0.0, 1.0, 1.0)
        west, south, east, north = shapely.total_bounds([*shown, *self.held, *self.planned])
        return (
            float(west) - AROUND_M,
            float(south) - AROUND_M,
            float(east) + AROUND_M,
            float(north) + AROUND_M,
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies on the ground, for any map.

    Parameters
    ----------
    recent, earlier : mapping of str to numpy.ndarray
        Where activities are, by area id, in metres.
    walks : tuple of Walk
        All that may be drawn.
    findings : tuple of Finding
        Likewise.
    places : tuple of Place
        Known places.
    as_of : datetime.date
        How far findings had come by this day is told.
    """

    recent: Mapping[str, Positions]
    earlier: Mapping[str, Positions]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]
    places: tuple[Place, ...]
    as_of: date


def map_area(area: Area, state: State | None) -> MapArea:
    """Return an area as a map shows it."""
    return MapArea(
        " ".join(clean(area.name).split()),
        to_metres(area.outline),
        area.outline_method == "nominal",
        state,
    )


def view(
    title: str,
    areas: Sequence[tuple[Area, State]],
    ground: Ground,
    *,
    beside: Iterable[Area] = (),
    alone: bool = False,
) -> MapView:
    """Return what a map of some areas shows.

    Parameters
    ----------
    title : str
        What it is a map of.
    areas : sequence of tuple of Area and State
        Those it is about.
    ground : Ground
        What lies there.
    beside : iterable of Area
        Others, to be drawn faintly.
    alone : bool, default False
        Whether it is one area's own map, which names the known places and not the area.
    """
    ids = {area.id for area, _ in areas}
    shown = tuple(map_area(area, state) for area, state in areas)
    walks = [walk for walk in ground.walks if walk.area_id in ids and walk.route is not None]
    findings = [f for f in ground.findings if f.area_id in ids and f.day <= ground.as_of]
    return MapView(
        title,
        shown,
        tuple(map_area(area, None) for area in beside if area.id not in ids),
        _together(ground.recent, ids),
        _together(ground.earlier, ids),
        _ways(w for w in walks if w.status is WalkStatus.HELD and w.day <= ground.as_of),
        _ways(w for w in walks if w.status is WalkStatus.PLANNED and w.day >= ground.as_of),
        _spots(f for f in findings if f.open_on(ground.as_of)),
        _spots(f for f in findings if f.status_on(ground.as_of) is FindingStatus.DONE),
        _near(ground.places, shown) if alone else (),
        named=not alone,
    )


def _together(positions: Mapping[str, Positions], ids: Iterable[str]) -> Positions:
    found = [positions[id_] for id_ in sorted(ids) if id_ in positions]
    return np.concatenate(found) if found else no_positions()


def _ways(walks: Iterable[Walk]) -> tuple[LineString | MultiLineString, ...]:
    return tuple(to_metres(walk.route) for walk in walks if walk.route is not None)


def _spots(findings: Iterable[Finding]) -> tuple[tuple[float, float], ...]:
    points = [to_metres(finding.place) for finding in findings if finding.place is not None]
    return tuple((point.x, point.y) for point in points)


def _near(
    places: Iterable[Place], areas: Sequence[MapArea]
) -> tuple[tuple[str, float, float], ...]:
    """Return known places in and near areas, each name once: a stop's two sides are one."""
    found: dict[str, tuple[str, float, float]] = {}
    for place in places:
        point = to_metres(Point(place.lon, place.lat))
        if any(area.outline.distance(point) <= PLACES_WITHIN_M for area in areas):
            found.setdefault(place.name, (clean(place.name), point.x, point.y))
    return tuple(found.values())


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
