"""folium's map: a base that always has the same script, and on it one short call of what changes.

streamlit-folium remounts the map when its script changes, which loses the zoom and flickers. So
nothing that changes while somebody works may stand in `build_canvas`: only the base map, the
language's words and where the files are. What changes goes by `build_scene`: URLs and the
selection, never the records.

What folium writes ends up inside a script that the browser evaluates, so HTML escaping is not
enough: a template literal runs a ``${...}``, a ``</script>`` ends the element it stands in, and
streamlit-folium deletes whatever looks like ``_name`` or ``maps/name/`` before it decides whether
a script has changed. Text and values get onto the map by `script_value` alone, which leaves nothing
of that kind; the browser side (``assets/lofteskartan.js``) sets text as text, never as HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, Literal
from urllib.parse import urlencode

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

from geodata.model import MapService
from geodata.service.streets import LocalMap
from geodata.settings import LOCAL_BASEMAP, Basemap
from geodata.texts import Words

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

_UNSAFE: Final = re.compile("[<>&'`$_{}/\u2028\u2029\\x7f-\\x9f]")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')

ASSETS_URL: Final = "/assets"
LEAFLET_URL: Final = f"{ASSETS_URL}/leaflet"
TILES_URL: Final = "/tiles"
SCRIPT_URL: Final = f"{ASSETS_URL}/map.js"
SHEET_URL: Final = f"{ASSETS_URL}/map.css"
"""Leaflet and what runs on it, as one: streamlit-folium asks for scripts one after another."""
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


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def script_value(value: Json) -> str:
    """Write a value as a JavaScript expression that can stand anywhere in a script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _STRING.sub(lambda found: _UNSAFE.sub(_escape, found.group()), text)


class _Call(JSCSSMixin):
    """A call of the browser's side, about the map or a group that it is added to."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "Lofteskartan.{{ this.called }}({{ this._parent.get_name() }}, {{ this.value }});"
        "{% endmacro %}"
    )

    def __init__(self, called: str, value: Json) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types
        self._name = called.capitalize()
        self.called, self.value = called, script_value(value)


def build_canvas(
    basemap: Basemap,
    words: Words,
    place_sources: Sequence[str],
    assets_version: str,
    *,
    large: bool = False,
    local: LocalMap | None = None,
) -> folium.Map:
    """Build the map without anything on it: for this run only, a kept one breaks in the browser.

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
    """
    canvas = folium.Map(location=SWEDEN_CENTRE, zoom_start=10, tiles=None, max_zoom=20)
    # folium would load Leaflet and more from public CDNs.
    canvas.default_js = [("map_js", f"{SCRIPT_URL}?v={assets_version}")]
    canvas.default_css = [("map_css", f"{SHEET_URL}?v={assets_version}")]
    base = _Call(
        "base",
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
            "local": local_tiles(local, words) if basemap.kind != "none" else None,
            "words": {name: words(f"map.{name}") for name in MAP_WORDS},
            "ownMap": f"/planera?tool=streets&lang={words.language}",
            "groundSource": words("map.groundSource"),
            "placesSource": words("map.placesSource", sources=", ".join(place_sources)),
        },
    )
    base.add_to(canvas)
    return canvas


def local_tiles(local: LocalMap | None, words: Words) -> Json:
    """Return where the local map's tiles are and whom to name; None where there is no such map."""
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


# --- what changes --------------------------------------------------------------------------------

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees, WGS 84."""

Point = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""


@dataclass(frozen=True, slots=True)
class UrlLayer:
    """A layer that the browser fetches; in a `viewport`, anew with each visible part of the map."""

    # `ground`, `references`, `areas`, or what the legend has a switch for.
    name: str
    query: tuple[tuple[str, str], ...]
    viewport: bool = False

    @property
    def url(self) -> str:
        """Address on this server."""
        return f"/layers/{self.name}?{urlencode(self.query)}"


@dataclass(frozen=True, slots=True)
class Focus:
    """Where the map should look; it moves only when `token` is new.

    `id` is the object looked at: the map does not move for one that was clicked on the map.
    `places` are several to be seen side by side, each by its `name` and `bounds`.
    """

    token: str
    id: str | None
    bounds: Bounds
    places: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Picking:
    """A form waits for a place or a way: a click on the map gives it instead of selecting.

    `number` changes when the server has decided on the points itself: a way is drawn in the
    browser, whose clicks may run ahead of the answers.
    """

    kind: Literal["point", "line"]
    points: tuple[Point, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Tracing:
    """A form waits for an outline, which is drawn in the browser; `number` is as in `Picking`."""

    # Each part's corners.
    rings: tuple[tuple[Point, ...], ...]
    # Whether the last part is not finished.
    is_open: bool
    number: str
    # The last step that was heard from the browser.
    answers: int
    # Take a step back, and do it again.
    can: tuple[bool, bool]
    kind: Literal["outline"] = "outline"


@dataclass(frozen=True, slots=True)
class MapScene:
    """Everything on the map that can change."""

    layers: tuple[UrlLayer, ...]
    focus: Focus | None = None
    # The area's id.
    selected: str | None = None
    # Areas that stand out while the others fade.
    emphasis: tuple[str, ...] | None = None
    # GeoJSON, drawn on top and not fetched.
    selection: Mapping[str, Json] | None = None
    # What a form waits for; else a click selects.
    picking: Picking | Tracing | None = None
    # By reference layers' ids.
    services: Mapping[str, MapService] = field(default_factory=dict)


def build_scene(scene: MapScene) -> folium.FeatureGroup:
    """Build the feature group that shows a scene.

    Parameters
    ----------
    scene : MapScene
        What to show.

    Returns
    -------
    folium.FeatureGroup
        For st_folium's ``feature_group_to_add``.
    """
    wanted: Json = {
        "layers": {
            layer.name: {"url": layer.url, "viewport": layer.viewport} for layer in scene.layers
        },
        "focus": asdict(scene.focus) if scene.focus else None,
        "selected": scene.selected,
        "emphasis": scene.emphasis,
        "selection": scene.selection,
        "picking": asdict(scene.picking) if scene.picking else None,
        "services": {id_: asdict(service) for id_, service in scene.services.items()},
    }
    group = folium.FeatureGroup(name="scene")
    _Call("show", wanted).add_to(group)
    return group
