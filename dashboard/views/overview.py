"""Karta: the map, and beside it the list of areas or the card of what is selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry
from streamlit_folium import st_folium

from dashboard import panel, state
from dashboard.map.canvas import build_canvas
from dashboard.map.layers import Focus, MapScene, UrlLayer, build_scene
from dashboard.map.safe import Json
from dashboard.state import LAYER_NAMES
from dashboard.views import cards, chrome
from dashboard.views.context import Context
from geodata import __version__

MAP_SHARE: Final = 64
"""Per cent of the width; the card has the rest."""

LEGEND_PANEL: Final = "legend_panel"

FALLBACK_HEIGHT_PX: Final = 600
"""Before the page's style has made the map as tall as the window."""


def page(context: Context) -> None:
    """Show the page."""
    top = st.container(key="top")
    with st.container(key="workspace"):
        left, right = st.columns([MAP_SHARE, 100 - MAP_SHARE], gap="small")
    # The card first: it is what a click waits for.
    with right, st.container(key="card_scroll"):
        _card(context)
    with top:
        chrome.frame(context, "map")
    with left:
        with st.container(key="map_panel"):
            _map(context)
        with st.container(key="legend"):
            _legend(context)


def _card(context: Context) -> None:
    card = cards.choose(context)
    with st.container(key=card.container):
        panel.show(
            "card_panel",
            card.template,
            view=card.view,
            focus=context.moved_by not in (None, *chrome.PANELS, LEGEND_PANEL),
            **context.base("map"),
            **card.values,
        )


def _legend(context: Context) -> None:
    panel.show(
        LEGEND_PANEL,
        "legend.html",
        **context.base("map"),
        toggles=[
            (name, name not in context.state.hidden, context.state.toggled(name))
            for name in LAYER_NAMES
        ],
    )


# --- the map ---------------------------------------------------------------------------------


def _map(context: Context) -> None:
    st_folium(
        build_canvas(
            context.service.settings.basemap,
            context.words,
            context.service.place_sources(),
            __version__,
        ),
        key=state.MAP_KEY,
        height=FALLBACK_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=build_scene(scene(context)),
        on_change=state.follow_map_click,
    )


def scene(context: Context) -> MapScene:
    """Return what the map shows for a state.

    Parameters
    ----------
    context : Context
        This run's.

    Returns
    -------
    MapScene
        Layers by URL, where to look, and what stands out.
    """
    chosen, service = context.state, context.service
    common = [("lang", chosen.language), ("as_of", context.as_of.day.isoformat())]
    if chosen.promise:
        common.append(("promise", chosen.promise))
    narrowed = [("commitment", chosen.commitment)] if chosen.commitment else []
    # The version changes the address when a record does, so that the map fetches anew.
    common.append(("v", service.version()))
    layers = [UrlLayer("areas", (*common, *narrowed))]
    for name in ("activities", "walks", "findings", "places"):
        if name not in chosen.hidden:
            query = common if name == "places" else [*common, *narrowed]
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
    if chosen.area:
        return service.catalogue.area_by_id[chosen.area].outline, chosen.area
    return None, None


def _focus(context: Context, shape: BaseGeometry | None, id_: str | None) -> Focus:
    chosen, catalogue = context.state, context.service.catalogue
    if shape is not None and shape.geom_type == "Point" and chosen.area:
        # A single point says little without its surroundings.
        shape = _union([shape, catalogue.area_by_id[chosen.area].outline])
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
    if shape is not None and (context.state.activity or context.state.walk):
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
