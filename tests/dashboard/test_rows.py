"""What is drawn on the map stands in a list, too: nothing is for the pointer alone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.map.features import LAYERS, Query
from dashboard.screens.map import PAGE
from geodata.service import Service

from .test_pages import open_page, panels

EVERYWHERE: Final = {"bbox": "-180,-90,180,90", "zoom": "18"}
LONG_LIST_PAGES: Final = 3


def drawn(service: Service, layer: str, given: dict[str, str], what: str = "id") -> set[str]:
    query = Query(layer, given, service.catalogue)
    return {feature["properties"][what] for feature in LAYERS[layer](service, query)}


def listed(shown: dict[str, str], kind: str) -> set[str]:
    """Return the ids whose rows stand in the panels."""
    rows = re.findall(rf'data-id="{kind}-([^"]+)" href=', "".join(shown.values()))
    return {html.unescape(row) for row in rows}


def _open(on: str, query: dict[str, str]) -> AppTest:
    # A list's page is named as the page itself is where it is opened.
    app = open_page(on, **{k: v for k, v in query.items() if k != "page"})
    if "page" in query:
        app.session_state["query"] = query
        app.run()
    return app


@pytest.fixture
def told(use_example: None) -> Callable[..., dict[str, str]]:
    def tell(on: str, /, **query: str) -> dict[str, str]:
        return {key: data["html"] for key, data in panels(_open(on, query)).items()}

    return tell


@pytest.mark.parametrize("promise", ["", "mark-2018"], ids=["every promise", "one promise"])
def test_every_object_on_the_map_has_its_row(
    service: Service, told: Callable[..., dict[str, str]], promise: str
) -> None:
    chosen = {"promise": promise} if promise else {}
    areas = drawn(service, "areas", chosen)
    assert len(areas) >= 4
    assert areas <= listed(told("map", **chosen), "area")

    rows: dict[str, set[str]] = {"activity": set(), "walk": set(), "finding": set()}
    cards = ""
    for area in areas:
        for number in range(LONG_LIST_PAGES):
            shown = told("map", **chosen, area=area, **({"page": str(number)} if number else {}))
            for kind, found in rows.items():
                found |= listed(shown, kind)
            cards += html.unescape(shown["card_panel"])
            if number and len(listed(shown, "activity")) < PAGE:
                break
    # What lies in no area is on Uppföljning, with why it counts for nothing.
    reasons = told("followup", **chosen)
    for reason in listed(reasons, "reason"):
        rows["activity"] |= listed(told("followup", **chosen, list=reason), "activity")

    for layer, kind in (("activities", "activity"), ("walks", "walk"), ("findings", "finding")):
        on_map = drawn(service, layer, chosen | (EVERYWHERE if kind == "activity" else {}))
        assert on_map, layer
        assert on_map - rows[kind] == set(), layer
    names = drawn(service, "places", chosen, "title")
    assert {name for name in names if name not in cards} == set()
