"""The map as a page shows it, with what it has on it and the legend below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry
from streamlit_folium import st_folium

from dashboard import panel, state
from dashboard.address import LAYER_NAMES, PageName
from dashboard.context import Context
from dashboard.map.canvas import build_canvas
from dashboard.map.layers import Bounds, Focus, MapScene, Picking, Preview, UrlLayer, build_scene
from dashboard.map.safe import Json
from geodata import __version__
from geodata.service.basemap import local_map

Feature = Mapping[str, Json]
"""A GeoJSON feature in WGS 84; ``properties.role`` says how it is drawn."""


@dataclass(frozen=True, slots=True)
class OnMap:
    """What is drawn on top of the map's layers, and what the map waits for."""

    features: tuple[Feature, ...] = ()
    token: str = ""
    bounds: Bounds | None = None
    picking: Picking | None = None
    hidden: tuple[str, ...] = ()


MAP_SHARE: Final = 64
"""Per cent of the width; the card has the rest."""

LEGEND_PANEL: Final = "legend_panel"

FALLBACK_HEIGHT_PX: Final = 600
"""Before the page's style has made the map as tall as the window."""


def show(
    context: Context,
    page: PageName = "map",
    picking: Picking | None = None,
    preview: Preview | None = None,
    *,
    drawn: OnMap | None = None,
    legend: bool = True,
    large: bool = False,
) -> None:
    """Show the map and its legend."""
    shown = scene(context)
    if picking is not None:
        # The form's own drawing stands for the record that is changed.
        bare = replace(
            context, state=replace(context.state, activity=None, walk=None, finding=None)
        )
        shown = replace(shown, selection=scene(bare).selection, picking=picking)
    if drawn is not None:
        shown = _with_drawn(shown, drawn)
    if preview is not None:
        shown = replace(
            shown,
            selection=preview.selection,
            focus=Focus(f"preview/{preview.token}", None, preview.bounds),
        )
    with st.container(key="map_panel" if legend else "map_alone"):
        _draw(context, shown, page, large=large)
    if legend:
        with st.container(key="legend"):
            _legend(context, page, drawn.hidden if drawn is not None else ())


def _legend(context: Context, page: PageName, left_out: Collection[str]) -> None:
    """Show the legend; what a tool leaves out of the map has no switch that would do nothing."""
    panel.show(
        LEGEND_PANEL,
        "legend.html",
        **context.base(page),
        toggles=[
            (name, name not in context.state.hidden, context.state.toggled(name))
            for name in LAYER_NAMES
            if name not in left_out
        ],
    )


def _with_drawn(shown: MapScene, drawn: OnMap) -> MapScene:
    """Return the scene with what a planning tool draws, besides the area that is chosen."""
    outlined: Any = (shown.selection or {}).get("features", [])
    parts = [*outlined, *drawn.features]
    focus = shown.focus
    if drawn.bounds is not None:
        focus = Focus(f"planning/{drawn.token}", None, drawn.bounds)
    return replace(
        shown,
        layers=tuple(layer for layer in shown.layers if layer.name not in drawn.hidden),
        selection={"type": "FeatureCollection", "features": parts} if parts else None,
        focus=focus,
        picking=drawn.picking,
    )


def _draw(context: Context, shown: MapScene, page: PageName, *, large: bool) -> None:
    st_folium(
        build_canvas(
            context.service.settings.basemap,
            context.words,
            context.service.place_sources(),
            __version__,
            large=large,
            local=local_map(),
        ),
        key=state.MAP_KEY,
        height=FALLBACK_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=build_scene(shown),
        on_change=partial(
            state.follow_map_click,
            picking=shown.picking is not None,
            planning=page == "planning",
        ),
    )


def scene(context: Context) -> MapScene:
    """Return what the map shows for a state."""
    chosen, service = context.state, context.service
    common = [("lang", chosen.language), ("as_of", context.as_of.day.isoformat())]
    if chosen.promise:
        common.append(("promise", chosen.promise))
    narrowed = [("commitment", chosen.commitment)] if chosen.commitment else []
    # The version changes the address when a record does, so that the map fetches anew.
    common.append(("v", service.version()))
    layers = [UrlLayer("areas", (*common, *narrowed))]
    for name in LAYER_NAMES:
        if name not in chosen.hidden:
            query = common if name in ("places", "hot_spots") else [*common, *narrowed]
            layers.append(UrlLayer(name, tuple(query), viewport=name == "activities"))
    shape, id_ = _selected_shape(context)
    area = chosen.area
    commitment = service.catalogue.commitment_by_id.get(chosen.commitment or "")
    return MapScene(
        layers=tuple(layers),
        focus=_focus(context, shape, id_),
        selected=area,
        emphasis=commitment.all_areas if commitment and not chosen.area else None,
        selection=_selection(context, shape, area),
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


def _focus(context: Context, shape: BaseGeometry | None, id_: str | None) -> Focus:
    chosen, catalogue = context.state, context.service.catalogue
    if shape is not None and shape.geom_type == "Point" and chosen.area:
        # A single point says little without its surroundings.
        shape = _union([shape, catalogue.area_by_id[chosen.area].outline])
    if shape is None and chosen.area:
        # What has no place of its own is looked for in its area.
        shape, id_ = catalogue.area_by_id[chosen.area].outline, chosen.area
    if shape is None:
        commitment = catalogue.commitment_by_id.get(chosen.commitment or "")
        promises = (
            (catalogue.promise_by_id[commitment.promise_id],) if commitment else context.promises
        )
        ids = (commitment.all_areas if commitment else ()) or tuple(
            area.id for area in context.service.areas(promises)
        )
        shape = _union([catalogue.area_by_id[i].outline for i in ids])
        id_ = None
    token = "/".join(str(part) for part in (chosen.promise, chosen.area, chosen.commitment, id_))
    west, south, east, north = (float(value) for value in shape.bounds)
    return Focus(token, id_, (west, south, east, north))


def _union(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    found: BaseGeometry = shapely.union_all(shapes)
    return found


def _selection(
    context: Context, shape: BaseGeometry | None, area_id: str | None
) -> Mapping[str, Json] | None:
    parts: list[Json] = []
    if area_id:
        area = context.service.catalogue.area_by_id[area_id]
        parts.append(_outlined(area.outline, "area", nominal=area.outline_method == "nominal"))
    if shape is not None and (
        context.state.activity or context.state.walk or context.state.finding
    ):
        parts.append(_outlined(shape, "record", nominal=False))
    return {"type": "FeatureCollection", "features": parts} if parts else None


def _outlined(shape: BaseGeometry, role: str, *, nominal: bool) -> Mapping[str, Json]:
    rounded = shapely.transform(shape, lambda xy: xy.round(6))
    geometry: Json = shapely.geometry.mapping(rounded)
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"role": role, "nominal": nominal},
    }
