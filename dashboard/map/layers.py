"""What changes on the map: one short call with URLs and the selection, never the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal
from urllib.parse import urlencode

import folium
from branca.element import MacroElement
from folium.template import Template

from dashboard.map.safe import Json, script_value
from geodata.model import MapService

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees, WGS 84."""


@dataclass(frozen=True, slots=True)
class UrlLayer:
    """A layer that the browser fetches.

    Parameters
    ----------
    name : str
        ``ground``, ``references``, ``areas``, or what the legend has a switch for.
    query : tuple of (str, str)
        Parameters of its route.
    viewport : bool
        Whether it is asked for anew with the visible part of the map.
    """

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
    `places` are several to be seen side by side, each with its name and bounds.
    """

    token: str
    id: str | None
    bounds: Bounds
    places: tuple[tuple[str, Bounds], ...] = ()


@dataclass(frozen=True, slots=True)
class Picking:
    """A form waits for a place or a way: a click on the map gives it instead of selecting.

    Parameters
    ----------
    kind : {"point", "line"}
        What is picked.
    points : tuple of (float, float)
        What has been picked, as longitude and latitude in WGS 84 degrees.
    number : str
        Changes when the server has decided on the points itself. A way is drawn in the browser,
        whose clicks may run ahead of the answers.
    """

    kind: Literal["point", "line"]
    points: tuple[tuple[float, float], ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Tracing:
    """A form waits for an outline, which is drawn in the browser.

    Parameters
    ----------
    rings : tuple of tuple of (float, float)
        Each part's corners, as longitude and latitude in WGS 84 degrees.
    is_open : bool
        Whether the last part is not finished.
    number : str
        Changes when the server has decided on the corners itself.
    answers : int
        The last step that was heard from the browser, whose clicks may run ahead of the answers.
    can : tuple of (bool, bool)
        Whether a step can be taken back, and done again.
    """

    rings: tuple[tuple[tuple[float, float], ...], ...]
    is_open: bool
    number: str
    answers: int
    can: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Preview:
    """What is not in the register or the catalogue yet: a file's records, or its outlines.

    Parameters
    ----------
    token : str
        The map moves to it when it is new.
    selection : GeoJSON FeatureCollection
        What is drawn.
    bounds : tuple of float
        West, south, east, north of it all.
    """

    token: str
    selection: Mapping[str, Json]
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class MapScene:
    """Everything on the map that can change.

    Parameters
    ----------
    layers : tuple of UrlLayer
        What is fetched.
    focus : Focus or None
        Where to look.
    selected : str or None
        Id of the selected area.
    emphasis : tuple of str or None
        Ids of the areas that stand out while the others fade; None for no such difference.
    selection : GeoJSON FeatureCollection or None
        What is outlined on top, drawn with the scene and not fetched.
    picking : Picking, Tracing or None
        What a form waits for, None where a click selects.
    services : mapping of str to MapService
        What other servers draw, by reference layers' ids.
    """

    layers: tuple[UrlLayer, ...]
    focus: Focus | None = None
    selected: str | None = None
    emphasis: tuple[str, ...] | None = None
    selection: Mapping[str, Json] | None = None
    picking: Picking | Tracing | None = None
    services: Mapping[str, MapService] = field(default_factory=dict)


class _Show(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "Lofteskartan.show({{ this._parent.get_name() }}, {{ this.scene }});"
        "{% endmacro %}"
    )

    def __init__(self, scene: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types
        self._name = "Show"
        self.scene = scene


def _focus(focus: Focus | None) -> Json:
    if focus is None:
        return None
    places: Json = [{"name": name, "bounds": bounds} for name, bounds in focus.places]
    return {"token": focus.token, "id": focus.id, "bounds": focus.bounds, "places": places}


def _picking(picking: Picking | Tracing | None) -> Json:
    if picking is None:
        return None
    if isinstance(picking, Tracing):
        return {
            "kind": "outline",
            "rings": picking.rings,
            "open": picking.is_open,
            "number": picking.number,
            "answers": picking.answers,
            "can": picking.can,
        }
    return {"kind": picking.kind, "points": picking.points, "number": picking.number}


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
        "focus": _focus(scene.focus),
        "selected": scene.selected,
        "emphasis": scene.emphasis,
        "selection": scene.selection,
        "picking": _picking(scene.picking),
        "services": {id_: asdict(service) for id_, service in scene.services.items()},
    }
    group = folium.FeatureGroup(name="scene")
    _Show(script_value(wanted)).add_to(group)
    return group
