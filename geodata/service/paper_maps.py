"""Maps on paper: what is on a report's, and on the map alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.basemap.kinds import BaseMap
from geodata.basemap.kinds import to_degrees as degrees_of
from geodata.crs import SWEDEN_BOUNDS_DEG, to_metres
from geodata.errors import StreetsError, UnknownIdError
from geodata.model import ActivityFilter, ReferenceLayer, State
from geodata.publish.paper import Backdrop
from geodata.publish.report.first_page import FIRST_MAP
from geodata.publish.report.maps import Ground, MapPage, positions_in_metres, view
from geodata.publish.report.matter import Matter, Teller
from geodata.publish.report.sections import AREA_MAP, PANES, map_panes
from geodata.publish.static_map import MapView
from geodata.service.areas import towns
from geodata.service.core import Service
from geodata.service.streets import kept_streets, open_base_map
from geodata.texts import Words

PAPERS: Final[Mapping[str, tuple[float, float]]] = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
"""Width and height in millimetres of paper that stands."""

WIDTH_MM: Final = 174.0
AREA_MAP_MM: Final = 64.0
"""How wide a report's maps are, and how high that of an area is."""

SIGNS: Final = ("earlier", "counts", "held", "planned", "open", "settled", "place")
"""What else there may be on a map."""

NEAR_M: Final = 2_000.0
"""A town no further than this from an area may be on its map."""

POINTS_READ: Final = 250_000
"""Activities that are drawn on maps; the newest, where there are more."""


_streets = lru_cache(maxsize=1)(open_base_map)


def backdrop_of(service: Service, layers: Sequence[str] = ()) -> Backdrop:
    """Return what lies beneath a map: the towns that areas are near, streets if any, layers by id.

    What a map service draws is for the screen alone. Raises UnknownIdError for no such layer.
    """
    outlines = [to_metres(area.outline) for area in service.catalogue.areas]
    near = shapely.union_all([shapely.box(*outline.bounds) for outline in outlines])
    built = ((town.name, to_metres(town.outline)) for town in towns())
    found = tuple(town for town in built if town[1].distance(near) <= NEAR_M)
    try:
        kept = kept_streets()
        base = None if kept is None else _streets(kept)
    except StreetsError:
        # The planning tools tell of it; the map is as without streets.
        base = None
    near_base = base if base is not None and _is_near(base, near) else None
    above = tuple(one for id_ in layers if not (one := _layer(service, id_)).wms)
    return Backdrop(found, near_base, towns()[0].year, above)


def _is_near(base: BaseMap, near: BaseGeometry) -> bool:
    """Tell whether a street file is of where the areas are."""
    if base.bounds is None:
        return False
    west, north, east, south = degrees_of(np.reshape(base.bounds, (2, 2))).ravel().tolist()
    return bool(to_metres(shapely.box(west, south, east, north)).intersects(near))


def sheet_sources(service: Service, words: Words, layers: Sequence[str] = ()) -> str:
    """Return who must be named on a printed sheet: for known places, towns, streets, layers."""
    places = words("sheet.source", sources=", ".join(service.place_sources()))
    beneath = backdrop_of(service, layers).sources(words)
    return " ".join(f"{source}." for source in (places, *beneath))


def report_maps(service: Service, matter: Matter, first_mm: float = 100.0) -> Mapping[str, MapPage]:
    """Return a report's maps, by name; the first page's is so high."""
    ground, words = _ground(service, matter), _map_words(matter)
    pages: dict[str, MapPage] = {}
    # The first page is about states: what was done, and where, is on the areas' own maps.
    if views := _pane_views(matter, replace(ground, recent={}, earlier={}, walks=(), findings=())):
        pages[FIRST_MAP] = MapPage(WIDTH_MM, first_mm, views, words, with_list=False)
    beside = service.catalogue.areas
    for one in matter.areas:
        if one.tells:
            shown = view(one.area.name, [(one.area, one.worst)], ground, beside=beside, alone=True)
            pages[f"{AREA_MAP}{one.area.id}"] = MapPage(WIDTH_MM, AREA_MAP_MM, (shown,), words)
    return pages


def map_page(
    service: Service,
    matter: Matter,
    *,
    area_id: str | None = None,
    paper: str = "a4",
) -> MapPage:
    """Return the map alone, on paper that stands or lies as suits it."""
    views = _map_views(service, matter, area_id)
    width, height = PAPERS[paper]
    if len(views) == 1:
        west, south, east, north = views[0].bounds
        if east - west > north - south:
            width, height = height, width
    words = matter.words
    tell = Teller(matter)
    title = words("report.map.title", name=tell.promises(lambda promise: tell.label(promise.id)))
    if area_id is not None:
        title = words("report.map.title_area", name=views[0].title)
    subtitle = words("report.map.subtitle", day=words.day(matter.as_of))
    return MapPage(
        width,
        height,
        views,
        _map_words(matter),
        title=title,
        subtitle=subtitle if views else f"{subtitle}. {words('map.noAreas')}",
        language=matter.language,
        mark=words("report.mark") if matter.examples else "",
        foot=_foot(matter, with_places=any("place" in view.looks for view in views)),
    )


def _layer(service: Service, id_: str) -> ReferenceLayer:
    known = {layer.id: layer for layer in service.catalogue.layers}
    if id_ not in known:
        raise UnknownIdError("unknown.layer", id=id_)
    return known[id_]


def _foot(matter: Matter, *, with_places: bool) -> str:
    words = matter.words
    made = f"{words.day(matter.made.date())} {matter.made:%H:%M}"
    places = words("report.source.places", sources=", ".join(matter.place_sources))
    sources = (*((places,) if with_places else ()), *matter.ground_sources)
    return " ".join((words("report.map.foot", made=made), *(f"{each}." for each in sources)))


def _map_views(service: Service, matter: Matter, area_id: str | None) -> tuple[MapView, ...]:
    ground = _ground(service, matter)
    if area_id is None:
        return _pane_views(matter, ground)
    area = service.area(area_id)
    shown = [(area, one.worst) for one in matter.areas if one.area.id == area_id]
    if not shown:
        raise UnknownIdError("unknown.area", id=area_id)
    beside = service.catalogue.areas
    return (view(area.name, shown, ground, beside=beside, alone=True),)


def _pane_views(matter: Matter, ground: Ground) -> tuple[MapView, ...]:
    """Return the maps beside each other, the areas numbered from one to the next."""
    found: list[MapView] = []
    for title, areas in map_panes(matter)[:PANES]:
        first = 1 + sum(len(before.areas) for before in found)
        shown = view(title, [(one.area, one.worst) for one in areas], ground)
        found.append(replace(shown, first=first))
    return tuple(found)


def _ground(service: Service, matter: Matter) -> Ground:
    ids = tuple(one.area.id for one in matter.areas)
    recent: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    earlier: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    wanted = ActivityFilter(area_ids=ids, last_day=matter.as_of)
    for point in service.register.points(SWEDEN_BOUNDS_DEG, wanted, limit=POINTS_READ):
        if point.area_id is not None:
            where = recent if point.day > matter.since else earlier
            where[point.area_id].append((point.lon, point.lat))
    return Ground(
        {area_id: positions_in_metres(at) for area_id, at in recent.items()},
        {area_id: positions_in_metres(at) for area_id, at in earlier.items()},
        tuple(walk for walk in service.walks(ids) if walk.day <= matter.horizon),
        service.findings(ids),
        service.catalogue.places,
        matter.as_of,
        matter.backdrop,
    )


def _map_words(matter: Matter) -> Mapping[str, str]:
    """Return what a map's signs mean, in the order of its legend."""
    words, since = matter.words, matter.words.day(matter.since, short=True)
    return {
        **{state: words(f"state.{state}") for state in State},
        "nominal": words("legend.nominal"),
        "recent": words("report.map.recent", day=since),
        **{sign: words(f"report.map.{sign}") for sign in SIGNS},
    }
