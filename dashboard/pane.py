"""The map as a page shows it, with what it has on it and the legend below."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import shapely
import streamlit as st
from shapely import GeometryCollection
from shapely.geometry.base import BaseGeometry

from dashboard import chrome, panel, state
from dashboard.access import right_of
from dashboard.address import DONE, LAYER_NAMES
from dashboard.context import Context
from dashboard.host import insides
from dashboard.map import canvas
from dashboard.map.canvas import Json
from geodata.model import ActivityFilter, Area, State
from geodata.service.areas import places_apart
from geodata.service.entries import map_services
from geodata.service.selection import NAMES
from geodata.service.streets import local_map

Feature = Mapping[str, Json]
"""A GeoJSON feature in WGS 84; ``properties.role`` says how it is drawn."""


@dataclass(frozen=True, slots=True)
class OnMap:
    """What is drawn on top of the map's layers, and what the map waits for."""

    features: tuple[Feature, ...] = ()
    token: str = ""
    bounds: canvas.Bounds | None = None
    picking: canvas.Picking | canvas.Tracing | None = None
    hidden: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    """Roles, of what is selected, that it is drawn instead of."""
    signs: tuple[tuple[State, str], ...] | None = None
    """What the signs mean here, in words; None where they are those of the commitments."""


SELECTED: Final = ("area", "record")
"""The roles of what is selected."""

MAP_SHARE: Final = 64
"""Per cent of the width; the card has the rest."""

LEGEND_PANEL: Final = "legend_panel"

FALLBACK_HEIGHT_PX: Final = 600
"""Before the page's style has made the map as tall as the window."""


def show(
    context: Context,
    besides: OnMap | None = None,
    *,
    below: Callable[[], None] | None = None,
    legend: bool = True,
    large: bool = False,
) -> None:
    """Show the map and its legend, and what a page has between them."""
    besides = besides or OnMap()
    with st.container(key="map_panel" if legend else "map_alone"):
        _draw(context, _with_drawn(scene(context), besides), large=large)
    if below is not None:
        below()
    if legend:
        with st.container(key="legend"):
            _legend(context, besides)


def beside(
    context: Context,
    card: Callable[[], OnMap | None],
    *,
    map_first: bool = True,
    **shown: Any,
) -> None:
    """Show a page of a card beside the map: the card first, since it is what a click waits for.

    The card returns what is drawn on top of the map, which is `shown` as `show` has it.
    """
    top = st.container(key="top")
    widths = [MAP_SHARE, 100 - MAP_SHARE]
    with st.container(key="workspace"):
        columns = st.columns(widths if map_first else widths[::-1], gap="small")
    at_map, at_card = columns if map_first else columns[::-1]
    with at_card, st.container(key="card_scroll"):
        drawn = card()
    with top:
        chrome.frame(context)
    with at_map:
        show(context, drawn, **shown)


def _legend(context: Context, besides: OnMap) -> None:
    """Show the legend of what is on the map, a switch for each layer that has something."""
    shown = {row.worst for row in context.attention if not row.is_history}
    signs = [(state, context.words(f"state.{state}")) for state in State if state in shown]
    panel.show(
        context,
        LEGEND_PANEL,
        "legend.html",
        signs=signs if besides.signs is None else besides.signs,
        has_nominal=any(
            area.outline_method == "nominal" for area in context.service.areas(context.promises)
        ),
        toggles=[
            (name, name not in context.state.hidden, context.state.toggled(name))
            for name in LAYER_NAMES
            if name not in besides.hidden and _has_some(context, name)
        ],
        references=context.service.catalogue.layers,
        services=map_services(context.service, context.state.layers),
    )


def _has_some(context: Context, layer: str) -> bool:
    """Tell whether a layer has anything to show, on whatever day."""
    service = context.service
    anything: Mapping[str, Callable[[], Collection[object]]] = {
        "activities": lambda: service.activities(ActivityFilter(), limit=1),
        "walks": service.walks,
        "findings": service.findings,
        "places": lambda: service.catalogue.places,
        "hot_spots": service.hot_spots,
    }
    return bool(anything[layer]())


def _with_drawn(shown: canvas.MapScene, drawn: OnMap) -> canvas.MapScene:
    """Return the scene with what a page draws, besides or instead of what is selected."""
    selected: Any = (shown.selection or {}).get("features", [])
    kept = [each for each in selected if each["properties"]["role"] not in drawn.replaces]
    parts = [*kept, *drawn.features]
    focus = shown.focus
    if drawn.bounds is not None:
        focus = canvas.Focus(f"drawn/{drawn.token}", None, drawn.bounds)
    layers = [layer for layer in shown.layers if layer.name not in drawn.hidden]
    if drawn.signs is not None:
        # One sign never means two things.
        bare = ("signs", "none")
        layers = [replace(n, query=(*n.query, bare)) if n.name == "areas" else n for n in layers]
    return replace(
        shown,
        layers=tuple(layers),
        selection={"type": "FeatureCollection", "features": parts} if parts else None,
        focus=focus,
        picking=drawn.picking,
    )


def _draw(context: Context, shown: canvas.MapScene, *, large: bool) -> None:
    insides.map_component()(
        canvas.build_canvas(
            context.service.settings.basemap,
            context.words,
            context.service.place_sources(),
            insides.map_version(),
            large=large,
            local=local_map(),
        ),
        key=state.MAP_KEY,
        height=FALLBACK_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=canvas.build_scene(shown),
        on_change=partial(
            state.follow_map_click,
            picking=shown.picking is not None,
            planning=context.page == "planning",
        ),
    )


def scene(context: Context) -> canvas.MapScene:
    """Return what the map shows for a state."""
    chosen, service = context.state, context.service
    common = [("lang", chosen.language), ("as_of", context.as_of.day.isoformat())]
    if chosen.promise:
        common.append(("promise", chosen.promise))
    narrowed = [("commitment", chosen.commitment)] if chosen.commitment else []
    # The version changes the address when a record does, so that the map fetches anew.
    common.append(("v", service.version()))
    layers = [
        canvas.UrlLayer("ground", tuple(common)),
        canvas.UrlLayer("areas", (*common, *narrowed)),
    ]
    if shown := context.layers_on():
        # No record changes them: they are fetched anew where a layer has been changed.
        query = [("shown", shown), ("v", service.catalogue.digest[:12])]
        layers.append(canvas.UrlLayer("references", tuple(query)))
    for name in LAYER_NAMES:
        # Nobody's map asks for what it would be refused.
        if name not in chosen.hidden and context.account.may(right_of(f"/layers/{name}")):
            query = common if name in ("places", "hot_spots") else [*common, *narrowed]
            if name == "activities" and chosen.listed == DONE:
                query = [*query, *((n, chosen.choices[n]) for n in NAMES if n in chosen.choices)]
            layers.append(canvas.UrlLayer(name, tuple(query), viewport=name == "activities"))
    shape, id_ = _selected_shape(context)
    area = chosen.area
    commitment = service.catalogue.commitment_by_id.get(chosen.commitment or "")
    return canvas.MapScene(
        layers=tuple(layers),
        focus=_focus(context, shape, id_),
        selected=area,
        emphasis=commitment.all_areas if commitment and not chosen.area else None,
        selection=_selection(context, shape, area),
        services=map_services(service, chosen.layers),
    )


def _selected_shape(context: Context) -> tuple[BaseGeometry | None, str | None]:
    chosen, service = context.state, context.service
    if chosen.activity:
        return service.activity(chosen.activity).place, chosen.activity
    if chosen.walk:
        return service.walk(chosen.walk).route, chosen.walk
    if chosen.finding:
        return service.finding(chosen.finding).place, chosen.finding
    if chosen.area:
        return service.catalogue.area_by_id[chosen.area].outline, chosen.area
    return None, None


def _focus(context: Context, shape: BaseGeometry | None, id_: str | None) -> canvas.Focus:
    chosen, catalogue = context.state, context.service.catalogue
    if shape is not None and shape.geom_type == "Point" and chosen.area:
        # A single point says little without its surroundings.
        shape = GeometryCollection([shape, catalogue.area_by_id[chosen.area].outline])
    if shape is None and chosen.area:
        # What has no place of its own is looked for in its area.
        shape, id_ = catalogue.area_by_id[chosen.area].outline, chosen.area
    places: tuple[Mapping[str, Json], ...] = ()
    if shape is None:
        commitment = catalogue.commitment_by_id.get(chosen.commitment or "")
        promises = (
            (catalogue.promise_by_id[commitment.promise_id],) if commitment else context.promises
        )
        ids = (commitment.all_areas if commitment else ()) or tuple(
            area.id for area in context.service.areas(promises)
        )
        # Of promises that name no outlined area the map shows where all the areas are.
        ids = ids or tuple(catalogue.area_by_id)
        # Only where they all lie is asked: to unite a country's areas takes 80 ms.
        shape = GeometryCollection([catalogue.area_by_id[i].outline for i in ids])
        apart = context.service.kept(places_apart, ids)
        places = tuple({"name": name, "bounds": bounds} for name, bounds in apart)
        id_ = None
    token = "/".join(str(part) for part in (chosen.promise, chosen.area, chosen.commitment, id_))
    return canvas.Focus(token, id_, bounds_of(shape), places)


def _selection(
    context: Context, shape: BaseGeometry | None, area_id: str | None
) -> Mapping[str, Json] | None:
    parts: list[Json] = []
    if area_id:
        area = context.service.catalogue.area_by_id[area_id]
        parts.append(outline(area))
    if shape is not None and (
        context.state.activity or context.state.walk or context.state.finding
    ):
        parts.append(drawn(shape, "record", nominal=False))
    return {"type": "FeatureCollection", "features": parts} if parts else None


def drawn(shape: BaseGeometry, role: str, **properties: Json) -> Feature:
    """Return a shape to draw, its points to 0.1 m: its role on the map, and what is known of it."""
    geometry: Json = shapely.geometry.mapping(shapely.transform(shape, lambda xy: xy.round(6)))
    return {"type": "Feature", "geometry": geometry, "properties": {"role": role, **properties}}


def bounds_of(*shapes: BaseGeometry) -> canvas.Bounds:
    """Return where shapes lie, all of them."""
    west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
    return west, south, east, north


def outline(area: Area) -> Feature:
    """Return an area to draw: dashed where its outline is nominal."""
    return drawn(area.outline, "area", nominal=area.outline_method == "nominal")
