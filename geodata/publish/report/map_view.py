"""What is on a printed map, in metres: no map program and no paper yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon

from geodata.crs import to_metres
from geodata.model import Area, Finding, FindingStatus, Place, State, Walk, WalkStatus
from geodata.publish.report.blocks import clean

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Positions = NDArray[np.float64]

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
