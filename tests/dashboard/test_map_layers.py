from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import folium
import pytest
from streamlit_folium import _get_feature_group_string

from dashboard.map.canvas import Focus, MapScene, UrlLayer, build_scene

SCENE = MapScene(
    layers=(
        UrlLayer("areas", (("lang", "sv"), ("as_of", "2018-06-30"))),
        UrlLayer("activities", (("lang", "sv"),), viewport=True),
    ),
    focus=Focus("boras-2018/norrby", "norrby", (12.9, 57.7, 13.0, 57.8)),
    selected="norrby",
    emphasis=("norrby", "hulta"),
    selection={"type": "FeatureCollection", "features": []},
)
HOSTILE = "</script><img src=x>`${alert(1)}`'&_1\u2028"


def script(scene: MapScene) -> str:
    """Return what st_folium sends for a scene."""
    return str(_get_feature_group_string(build_scene(scene), folium.Map(tiles=None)))


def call(scene: MapScene) -> Any:
    """Return what the browser side is called with."""
    written = script(scene).split("Lofteskartan.show(", 1)[1]
    group, _, rest = written.partition(", ")
    assert group == "feature_group_feature_group_0"
    found, _ = json.JSONDecoder().raw_decode(rest)
    return found


def test_the_browser_is_given_the_whole_scene() -> None:
    assert call(SCENE) == {
        "layers": {
            "areas": {"url": "/layers/areas?lang=sv&as_of=2018-06-30", "viewport": False},
            "activities": {"url": "/layers/activities?lang=sv", "viewport": True},
        },
        "focus": {
            "token": "boras-2018/norrby",
            "id": "norrby",
            "bounds": [12.9, 57.7, 13.0, 57.8],
            "places": [],
        },
        "selected": "norrby",
        "emphasis": ["norrby", "hulta"],
        "selection": {"type": "FeatureCollection", "features": []},
        "picking": None,
        "services": {},
    }


def test_an_empty_scene_is_a_scene() -> None:
    assert call(MapScene(())) == {
        "layers": {},
        "focus": None,
        "selected": None,
        "emphasis": None,
        "selection": None,
        "picking": None,
        "services": {},
    }


def test_the_same_scene_is_the_same_script() -> None:
    assert script(SCENE) == script(replace(SCENE))


@pytest.mark.parametrize(
    "changed",
    [
        replace(SCENE, selected="hulta"),
        replace(SCENE, selected=None),
        replace(SCENE, emphasis=None),
        replace(SCENE, emphasis=("hulta", "norrby")),
        replace(SCENE, layers=SCENE.layers[:1]),
        replace(SCENE, layers=(UrlLayer("areas", (("as_of", "2018-07-01"),)), SCENE.layers[1])),
        replace(SCENE, focus=Focus("other", "norrby", (12.9, 57.7, 13.0, 57.8))),
        replace(SCENE, selection=None),
    ],
)
def test_whatever_changes_changes_the_script(changed: MapScene) -> None:
    assert script(changed) != script(SCENE)


def test_an_address_holds_its_parameters_whatever_they_are() -> None:
    query = (("commitment", "boras-2018/1"), ("v", HOSTILE), ("lang", "sv&x=1#?"))
    address = urlsplit(UrlLayer("activities", query).url)
    assert (address.scheme, address.netloc) == ("", "")
    assert address.path == "/layers/activities"
    assert tuple(parse_qsl(address.query, strict_parsing=True)) == query


def test_hostile_texts_stand_escaped() -> None:
    scene = MapScene(
        layers=(UrlLayer("areas", (("v", HOSTILE),)),),
        focus=Focus(HOSTILE, HOSTILE, (0.0, 0.0, 1.0, 1.0)),
        selected=HOSTILE,
        emphasis=(HOSTILE,),
        selection={"type": "FeatureCollection", "features": [{"properties": {"a": HOSTILE}}]},
    )
    plain = script(
        replace(scene, layers=(), focus=None, selected=None, emphasis=None, selection={})
    )
    written = script(scene)
    for sign in ("<", "`", "$", "&", "'", "\u2028"):
        assert written.count(sign) == plain.count(sign)
    told = call(scene)
    assert told["selected"] == told["focus"]["id"] == told["emphasis"][0] == HOSTILE
