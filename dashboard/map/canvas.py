"""The base map: built anew in every run, and always to the same script.

streamlit-folium remounts the map when its script changes, which loses the zoom and flickers. So
nothing that changes while somebody works may stand here: only the base map, the language's
words and where the files are. What changes is in `dashboard.map.layers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

from dashboard.map.safe import Json, script_value
from geodata.service.streets import LocalMap
from geodata.settings import LOCAL_BASEMAP, Basemap
from geodata.texts import Words

ASSETS_URL: Final = "/assets"
LEAFLET_URL: Final = f"{ASSETS_URL}/leaflet"
TILES_URL: Final = "/tiles"
THEME_URL: Final = f"{ASSETS_URL}/theme.css"
MAP_WORDS: Final = (
    "map",
    "zoomIn",
    "zoomOut",
    "noTiles",
    "localTiles",
    "noLocalTiles",
    "ownMap",
    "noLayer",
    "noAreas",
    "retry",
    "undoPoint",
    "clearWay",
    "drawTools",
    "drawFinish",
    "drawUndo",
    "drawRedo",
    "drawDelete",
    "drawPart",
)

SWEDEN_CENTRE: Final = (57.6, 12.83)
"""Latitude and longitude first shown, before the view is fitted to what is chosen."""


class Base(JSCSSMixin):
    """The browser side's start: base map, controls, words."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "Lofteskartan.base({{ this._parent.get_name() }}, {{ this.settings }});"
        "{% endmacro %}"
    )

    def __init__(self, settings: str, assets_version: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types
        self._name = "Base"
        self.settings = settings
        self.default_js = [
            (f"{name}_js", f"{ASSETS_URL}/map/{name}.js?v={assets_version}")
            for name in ("outline", "pane", "lofteskartan")
        ]
        self.default_css = [
            ("theme_css", f"{THEME_URL}?v={assets_version}"),
            ("map_css", f"{ASSETS_URL}/map/lofteskartan.css?v={assets_version}"),
        ]


def build_canvas(
    basemap: Basemap,
    words: Words,
    place_sources: Sequence[str],
    assets_version: str,
    *,
    large: bool = False,
    local: LocalMap | None = None,
) -> folium.Map:
    """Build the map without anything on it.

    Parameters
    ----------
    basemap : Basemap
        What it is drawn on.
    words : Words
        The reader's language.
    place_sources : sequence of str
        Who must be named where the known places are shown.
    assets_version : str
        Changes when the map's own script or style does.
    large : bool, default False
        Whether it is read from across a room: large names, and no controls.
    local : LocalMap, optional
        The map that this server draws itself: what there is where no other can be had.

    Returns
    -------
    folium.Map
        To be used in this run only: a kept one breaks in the browser.
    """
    canvas = folium.Map(location=SWEDEN_CENTRE, zoom_start=10, tiles=None, max_zoom=20)
    # folium would load Leaflet and more from public CDNs.
    canvas.default_js = [("leaflet", f"{LEAFLET_URL}/leaflet.js")]
    canvas.default_css = [("leaflet_css", f"{LEAFLET_URL}/leaflet.css")]
    settings = script_value(
        {
            "lang": words.language,
            "large": large,
            "basemap": {
                "kind": basemap.kind,
                "url": basemap.url,
                "layers": basemap.layers,
                "attribution": basemap.attribution,
                "maxZoom": basemap.max_zoom,
            },
            "local": _local(local, words) if basemap.kind != "none" else None,
            "words": {name: words(f"map.{name}") for name in MAP_WORDS},
            "ownMap": f"/planera?tool=streets&lang={words.language}",
            "groundSource": words("map.groundSource"),
            "placesSource": words("map.placesSource", sources=", ".join(place_sources)),
        }
    )
    Base(settings, assets_version).add_to(canvas)
    return canvas


def _local(local: LocalMap | None, words: Words) -> Json:
    if local is None:
        return None
    credit = words("map.localCredit")
    if local.data_date is not None:
        credit = words("map.localCreditDated", day=words.day(local.data_date))
    return {
        # Its digest stands in the address: other streets are another map, fetched anew.
        "url": f"{TILES_URL}/{{theme}}/{{z}}/{{x}}/{{y}}{{r}}.png?v={local.digest[:16]}",
        "attribution": credit,
        "maxZoom": LOCAL_BASEMAP.max_zoom,
    }
