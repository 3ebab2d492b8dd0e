"""What an area's page makes of what the map and the list of corners tell, without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from shapely import Polygon

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.map.canvas import Tracing
from dashboard.screens.adding import area_form
from dashboard.screens.adding.area_form import Filling
from dashboard.state import FormState
from geodata.model import Language
from geodata.service import AsOf, Service
from geodata.service.areas import AreaBegun, Drawing, Remark, Sketch, Town, drawing_from

A, B, C = (12.80, 57.60), (12.81, 57.60), (12.81, 57.61)
"""Between Kinna and Borås, kilometres from every area."""


@pytest.fixture
def about(service: Service) -> Filling:
    return filling(service)


def filling(service: Service, language: Language = "sv", **values: str) -> Filling:
    day = AsOf(date(2018, 9, 1), "chosen")
    context = Context(service, ViewState(language=language), (), (), day, {}, (), None)
    return Filling(context, AreaBegun(), FormState(values=values, patch=tuple(values)))


def told(*steps: Any, **more: Any) -> dict[str, Any]:
    """What the browser tells: steps of corners, or how many steps on or back, each numbered."""
    numbered = [
        [number, step] if isinstance(step, int) else [number, True, [[list(at) for at in step]]]
        for number, step in enumerate(steps, start=1)
    ]
    return {"steps": numbered, "within_m": 5.0, **more}


def drawing(kept: FormState) -> Drawing:
    return drawing_from(str(kept.values.get("drawing", "")))


def test_steps_that_came_as_one_are_each_there_once(about: Filling) -> None:
    # The browser ran ahead: two clicks, one taken back, another click; all of it heard at once.
    first = told([A], [A, B], -1, [A, C])
    kept = area_form._from_map(about, first)
    assert [step.rings for step in drawing(kept).steps] == [((),), ((A,),), ((A, C),)]
    assert kept.values["seen"] == "4"
    # Heard once more, with two more steps: only those are new.
    again = area_form._from_map(filling_of(about, kept), told([A], [A, B], -1, [A, C], -1, 1))
    assert drawing(again) == drawing(kept)
    assert again.values["seen"] == "6"


def filling_of(about: Filling, kept: FormState) -> Filling:
    return Filling(about.context, about.form, kept)


def test_an_answer_says_which_step_it_answers(about: Filling) -> None:
    kept = area_form._from_map(about, told([A], [A, B]))
    tracing = area_form.on_map(filling_of(about, kept), []).picking
    assert isinstance(tracing, Tracing)
    assert (tracing.rings, tracing.answers, tracing.can) == (((A, B),), 2, (True, False))


@pytest.mark.parametrize(
    "step",
    [
        "x",
        [],
        [1],
        [1, "back"],
        [1, True, "x"],
        [1, True, [["x"]]],
        [1, True, [[[12.8]]]],
        [1, True, [[{"lon": 1}]]],
        [1, True, [[[12.8, 1e999]]]],
        [1, True, [[[10**400, 57.0]]]],
        [1, 1, [[]]],
        [None, True, [[]]],
        [1, True, [[[12.8, 57.6]] * 1_001]],
        [1, True, [[]], "more"],
    ],
)
def test_what_makes_no_sense_changes_nothing(about: Filling, step: Any) -> None:
    assert area_form._from_map(about, {"steps": [step], "within_m": 5}) == about.kept


@pytest.mark.parametrize("more", [{"steps": None}, {"within_m": "far"}, {"within_m": None}])
def test_nor_does_a_message_of_another_sort(about: Filling, more: dict[str, Any]) -> None:
    assert area_form._from_map(about, told([A], **more)) == about.kept


def test_what_cant_be_read_in_the_list_stays_as_it_was_typed(service: Service) -> None:
    text = Drawing().do(Sketch(((A, B),))).text()
    about = filling(service, drawing=text)
    kept = area_form._stepped(about, "corner", "0:1:vid torget: norra")
    assert drawing(kept) == about.drawing
    first, second = area_form.corners(filling_of(about, kept))
    assert (first.text, first.fault) == ("57.600000, 12.800000", "")
    assert second.text == "vid torget: norra"
    assert "vid torget: norra" in second.fault
    # A step that goes well forgets it.
    kept = area_form._stepped(filling_of(about, kept), "corner", "0:1:57.61, 12.81")
    assert drawing(kept).now == Sketch(((A, C),))
    assert [row.fault for row in area_form.corners(filling_of(about, kept))] == ["", ""]


def test_a_new_corner_comes_after_the_last(service: Service) -> None:
    about = filling(service, drawing=Drawing().do(Sketch(((A, B),))).text())
    assert drawing(area_form._stepped(about, "corner", "new::57.61 12.81")).now == Sketch(
        ((A, B, C),)
    )
    kept = area_form._stepped(about, "corner", "new::nowhere")
    assert area_form._mistyped(filling_of(about, kept), "new:")[0] == "nowhere"


@pytest.mark.parametrize(
    ("language", "words"),
    [("sv", "Överlappar Hedbo med"), ("en", "Overlaps Hedbo by")],
)
def test_what_it_meets_is_told_in_words(service: Service, language: Language, words: str) -> None:
    hedbo = service.catalogue.area_by_id["hedbo"]
    west, south, east, north = hedbo.outline.bounds
    middle = (west + east) / 2, (south + north) / 2
    corner = ((middle[0], middle[1]), (east + 0.01, middle[1]), (middle[0], north + 0.01))
    text = Drawing().do(Sketch((corner,), is_open=False)).text()
    about = filling(service, language, drawing=text, municipality="Mark")
    (remark,) = about.remarks()
    assert area_form.said(about, remark).startswith(words)
    roles = [
        feature["properties"]["role"] for feature in area_form.on_map(about, [remark]).features
    ]  # type: ignore[index,call-overload]
    assert roles.count("remark") == 1
    # Mark's four areas, each with its name.
    assert roles.count("neighbour") == roles.count("name") == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", "Når 150 m utanför tätorten Kinna (SCB 2023, ± 40 m). Stämmer platsen?"),
        ("en", "Reaches 150 m beyond the built-up area of Kinna (SCB 2023, ± 40 m)."),
    ],
)
def test_a_towns_outline_is_told_with_its_year_and_accuracy(
    service: Service, language: Language, words: str
) -> None:
    town = Town("Kinna", "Mark", Polygon([A, B, C]), 40, 2023)
    remark = Remark("outside", Polygon([A, B, C]), size=150.2, town=town)
    assert area_form.said(filling(service, language), remark).startswith(words)
