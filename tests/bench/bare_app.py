"""The floor: the least that answers a click on a folium map in Streamlit.

One map, one polygon, one text with the id that was clicked. Leaflet comes from a route beside
the app (`bare_server`), so that no CDN is needed.
"""

from __future__ import annotations

import folium
import streamlit as st
from branca.element import MacroElement
from folium.template import Template
from streamlit_folium import st_folium

MAP_KEY = "map"
CENTRE = (57.715, 12.925)
SQUARE = {
    "type": "Feature",
    "properties": {"id": "square"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [[12.91, 57.71], [12.94, 57.71], [12.94, 57.72], [12.91, 57.72], [12.91, 57.71]]
        ],
    },
}


class CountClicks(MacroElement):
    """Numbers the clicks: streamlit-folium keeps quiet about a click that is like the last."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this._parent.get_name() }}.on('click', (event) => {"
        " const feature = event.layer.feature, click = (feature.properties.click || 0) + 1;"
        " feature.properties = { ...feature.properties, click }; });"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types
        self._name = "CountClicks"


def build_map() -> folium.Map:
    """Return the map, built anew as in every Streamlit run."""
    built = folium.Map(location=CENTRE, zoom_start=13, tiles=None)
    built.default_js = [("leaflet", "/leaflet/leaflet.js")]
    built.default_css = [("leaflet_css", "/leaflet/leaflet.css")]
    square = folium.GeoJson(SQUARE)
    CountClicks().add_to(square)
    square.add_to(built)
    return built


def main() -> None:
    """Show what was clicked, then the map."""
    st.set_page_config(layout="wide")
    # The text first, as the dashboard shows its card first: a floor should be as low as it can.
    clicked = (st.session_state.get(MAP_KEY) or {}).get("last_active_drawing") or {}
    told = clicked.get("properties", {})
    with st.container(key="clicked"):
        st.text(f"{told.get('id', '-')} {told.get('click', 0)}")
    st_folium(
        build_map(),
        key=MAP_KEY,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
    )


main()
