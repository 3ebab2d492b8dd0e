"""The maps of a document, and the map alone, from what is recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from geodata.crs import SWEDEN_BOUNDS_DEG
from geodata.errors import UnknownIdError
from geodata.model import ActivityFilter, Promise, State
from geodata.publish.report.matter import Matter
from geodata.service.core import Service

if TYPE_CHECKING:
    from geodata.publish.report.figures import MapPage
    from geodata.publish.report.map_view import Ground, MapView, MapWords, Positions

PAPERS: Final[Mapping[str, tuple[float, float]]] = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
"""Width and height in millimetres of paper that stands."""

PROMISE_MAP_MM: Final = (174.0, 150.0)
AREA_MAP_MM: Final = (174.0, 72.0)
POINTS_READ: Final = 250_000
"""Activities that are drawn on maps; the newest, where there are more."""


def report_maps(service: Service, matter: Matter) -> Mapping[str, MapPage]:
    """Return a report's maps, by name."""
    from geodata.publish.report.figures import MapPage
    from geodata.publish.report.map_view import view
    from geodata.publish.report.mapping import AREA_MAP, PROMISE_MAP

    ground, words = _ground(service, matter), _map_words(matter)
    pages: dict[str, MapPage] = {}
    for promise in matter.promises:
        shown = _promise_view(promise, matter, ground)
        if shown.areas:
            pages[f"{PROMISE_MAP}{promise.id}"] = MapPage(
                *PROMISE_MAP_MM, (shown,), words, with_list=False
            )
    beside = service.catalogue.areas
    for one in matter.areas:
        shown = view(one.area.name, [(one.area, one.worst)], ground, beside=beside, alone=True)
        pages[f"{AREA_MAP}{one.area.id}"] = MapPage(*AREA_MAP_MM, (shown,), words)
    return pages


def map_page(
    service: Service, matter: Matter, *, area_id: str | None = None, paper: str = "a4"
) -> MapPage:
    """Return the map alone, on paper that stands or lies as suits it."""
    from geodata.publish.report.figures import MapPage

    views = _map_views(service, matter, area_id)
    width, height = PAPERS[paper]
    if len(views) == 1 and _lies(views[0]):
        width, height = height, width
    words = matter.words
    promises = ", ".join(p.short.to(matter.language) for p in matter.promises)
    title = words("report.map.title", name=promises)
    if area_id is not None:
        title = words("report.map.title_area", name=views[0].title)
    return MapPage(
        width,
        height,
        views,
        _map_words(matter),
        title=title,
        subtitle=words("report.map.subtitle", day=words.day(matter.as_of)),
        mark=words("report.mark") if matter.examples else "",
        foot=_foot(matter, with_places=any(view.places for view in views)),
    )


def _foot(matter: Matter, *, with_places: bool) -> str:
    words = matter.words
    made = f"{words.day(matter.made.date())} {matter.made:%H:%M}"
    told = words("report.map.foot", made=made)
    if not with_places:
        return told
    sources = ", ".join(matter.place_sources)
    return f"{told} {words('report.source.places', sources=sources)}."


def _map_views(service: Service, matter: Matter, area_id: str | None) -> tuple[MapView, ...]:
    from geodata.publish.report.map_view import view

    ground = _ground(service, matter)
    if area_id is None:
        found = (_promise_view(promise, matter, ground) for promise in matter.promises)
        return tuple(shown for shown in found if shown.areas)
    area = service.area(area_id)
    shown = [(area, one.worst) for one in matter.areas if one.area.id == area_id]
    if not shown:
        raise UnknownIdError("unknown.area", id=area_id)
    beside = service.catalogue.areas
    return (view(area.name, shown, ground, beside=beside, alone=True),)


def _promise_view(promise: Promise, matter: Matter, ground: Ground) -> MapView:
    from geodata.publish.report.map_view import view
    from geodata.publish.report.mapping import area_states, areas_of

    states = area_states(promise, matter)
    areas = [(area, states[area.id]) for area in areas_of(promise, matter) if area.id in states]
    return view(promise.short.to(matter.language), areas, ground)


def _lies(shown: MapView) -> bool:
    west, south, east, north = shown.bounds
    return east - west > north - south


def _ground(service: Service, matter: Matter) -> Ground:
    from geodata.publish.report.map_view import Ground

    ids = tuple(one.area.id for one in matter.areas)
    recent: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    earlier: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    wanted = ActivityFilter(area_ids=ids, last_day=matter.as_of)
    for point in service.register.points(SWEDEN_BOUNDS_DEG, wanted, limit=POINTS_READ):
        if point.area_id is not None:
            where = recent if point.day > matter.since else earlier
            where[point.area_id].append((point.lon, point.lat))
    return Ground(
        _in_metres(recent),
        _in_metres(earlier),
        service.walks(ids),
        service.findings(ids),
        service.catalogue.places,
        matter.as_of,
    )


def _in_metres(found: Mapping[str, list[tuple[float, float]]]) -> Mapping[str, Positions]:
    from geodata.publish.report.map_view import positions_in_metres

    return {area_id: positions_in_metres(positions) for area_id, positions in found.items()}


def _map_words(matter: Matter) -> MapWords:
    from geodata.publish.report.map_view import MapWords

    words = matter.words
    return MapWords(
        states={state: words(f"state.{state}") for state in State},
        nominal=words("legend.nominal"),
        recent=words("report.map.recent", day=words.day(matter.since, short=True)),
        earlier=words("report.map.earlier"),
        counts=words("report.map.counts"),
        held=words("report.map.held"),
        planned=words("report.map.planned"),
        open=words("report.map.open"),
        settled=words("report.map.settled"),
        place=words("report.map.place"),
    )
