from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folium
import pytest
from streamlit_folium import _get_header, _get_html, _get_map_string, generate_js_hash
from xstatic.pkg import leaflet

from dashboard.host.insides import map_script, map_sheet
from dashboard.look import theme_sheet
from dashboard.map.canvas import ASSETS_URL, LEAFLET_URL, SCRIPT_URL, SHEET_URL, build_canvas
from geodata.model import Language
from geodata.settings import NO_BASEMAP, OSM_BASEMAP, Basemap
from geodata.texts import words

ASSETS = Path(__file__).parents[2] / "dashboard" / "map" / "assets"
WMS = Basemap("wms", "wms", "https://kartor.example/wms", layers="grey", attribution="© X")


def script(basemap: Basemap = NO_BASEMAP, language: Language = "sv", version: str = "1") -> str:
    """Render as st_folium does, in its order."""
    canvas = build_canvas(basemap, words(language), ("Somebody",), version)
    canvas.get_root().render()
    canvas.render()
    _get_html(canvas)
    _get_header(canvas)
    return str(_get_map_string(canvas))


def mounted_as(basemap: Basemap = NO_BASEMAP, language: Language = "sv") -> str:
    """Return what decides whether the browser keeps the map or mounts a new one."""
    return generate_js_hash(script(basemap, language), "map")


@pytest.mark.parametrize("basemap", [NO_BASEMAP, OSM_BASEMAP, WMS])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_map_is_kept_from_run_to_run(basemap: Basemap, language: Language) -> None:
    assert mounted_as(basemap, language) == mounted_as(basemap, language)


def test_another_language_or_base_map_is_another_map() -> None:
    kinds = [NO_BASEMAP, OSM_BASEMAP, WMS, Basemap("wms", "wms", WMS.url, layers="grey_2")]
    kinds.append(Basemap("wms", "wms", WMS.url, layers="grey_1"))
    kinds.append(Basemap("own", "xyz", "https://a.example/{z}/{x}/{y}.png", max_zoom=12))
    kinds.append(Basemap("own", "xyz", "https://a.example/{z}/{x}/{y}.png", max_zoom=13))
    languages: tuple[Language, ...] = ("sv", "en")
    seen = {mounted_as(kind, language) for kind in kinds for language in languages}
    assert len(seen) == len(kinds) * 2


def test_hostile_settings_do_not_get_into_the_script() -> None:
    hostile = "</script><script>alert(1)</script>`${alert(2)}`"
    written = script(Basemap("own", "xyz", f"https://a.example/{hostile}", attribution=hostile))
    assert "alert(1)" in written, "the text itself is there, escaped"
    assert not any(sign in written.split("Lofteskartan.base", 1)[1] for sign in "<>`$")


def elements(parent: Any) -> Iterator[Any]:
    yield parent
    for child in parent._children.values():
        yield from elements(child)


def files(canvas: folium.Map) -> list[str]:
    return [
        address
        for element in elements(canvas)
        for _, address in [
            *getattr(element, "default_js", []),
            *getattr(element, "default_css", []),
        ]
    ]


def test_everything_it_loads_comes_from_this_server_and_is_there() -> None:
    found = files(build_canvas(OSM_BASEMAP, words("sv"), (), "0.1.0"))
    assert found
    for address in found:
        path = address.partition("?")[0]
        assert path in {SCRIPT_URL, SHEET_URL}
    # Leaflet first, and each part of our own whole.
    assert "Leaflet" in map_script()[:200]
    for name in ("outline", "pane", "lofteskartan"):
        assert (ASSETS / f"{name}.js").read_text(encoding="utf-8") in map_script()
    # The colours are the page's.
    assert map_sheet().index(".leaflet-pane") < map_sheet().index(theme_sheet())
    assert map_sheet().endswith((ASSETS / "lofteskartan.css").read_text(encoding="utf-8"))
    for image in re.findall(r"url\(([^)]*\.png)\)", map_sheet()):
        assert f"{ASSETS_URL}/{image}".startswith(f"{LEAFLET_URL}/")
        assert (Path(leaflet.BASE_DIR) / image.removeprefix("leaflet/")).is_file()


def test_the_page_it_would_be_by_itself_names_no_other_host() -> None:
    canvas = build_canvas(NO_BASEMAP, words("sv"), (), "0.1.0")
    page = canvas.get_root().render()
    loaded = re.findall(r'(?:src|href)\s*=\s*["\']([^"\']*)', page)
    assert loaded
    assert all(address.startswith(f"{ASSETS_URL}/") for address in loaded)
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", page)


def test_a_new_version_is_another_address_so_that_no_browser_keeps_old_files() -> None:
    def own(version: str) -> set[str]:
        return set(files(build_canvas(NO_BASEMAP, words("sv"), (), version)))

    assert own("0.1.0")
    assert own("0.1.0").isdisjoint(own("0.2.0"))
