from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from dashboard import cached
from dashboard import state as session
from dashboard.access import OWN
from dashboard.address import (
    LAYER_NAMES,
    TOOL_NAMES,
    ViewState,
    choose_promise,
    from_query,
    href,
    settle,
    to_query,
    whole_number,
)
from dashboard.state import FormState
from geodata.model import ActivityFilter
from geodata.service import Service, promises
from geodata.service.recording import Saved
from geodata.texts import words

# An id may hold anything that UTF-8 can; an address gives up after 200 signs.
IDS = st.text(min_size=1, max_size=200).filter(
    lambda id_: not any("\ud800" <= c <= "\udfff" for c in id_)
)
STATES = st.builds(
    ViewState,
    language=st.sampled_from(["sv", "en"]),
    promise=st.none() | IDS,
    as_of=st.none() | st.dates(),
    area=st.none() | IDS,
    commitment=st.none() | IDS,
    activity=st.none() | IDS,
    walk=st.none() | IDS,
    hidden=st.sets(st.sampled_from(LAYER_NAMES)).map(
        lambda chosen: tuple(name for name in LAYER_NAMES if name in chosen)
    ),
    list_page=st.integers(0, 999_999),
    listed=st.none() | IDS,
    tool=st.sampled_from(TOOL_NAMES),
    asked=st.dictionaries(st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True), IDS, max_size=4).map(
        lambda chosen: tuple(sorted(chosen.items()))
    ),
    hot_spot=st.none() | IDS,
    plan=st.none() | IDS,
)
NORRBY_ONLY = ViewState(promise="boras-2018", area="norrby", commitment="boras-2018/1")


# --- state and address ---------------------------------------------------------------------------


@given(STATES)
def test_a_state_reads_back_from_its_query(state: ViewState) -> None:
    assert from_query(to_query(state)) == (state, ())


@given(STATES, st.sampled_from(["map", "followup"]))
def test_a_state_reads_back_from_its_address(state: ViewState, page: Any) -> None:
    address = urlsplit(href(state, page))
    assert (address.scheme, address.netloc, address.fragment) == ("", "", "")
    assert address.path == {"map": ".", "followup": "uppfoljning"}[page]
    query = dict(
        parse_qsl(address.query, keep_blank_values=True, strict_parsing=bool(address.query))
    )
    assert from_query(query) == (state, ())


def test_what_is_as_usual_leaves_the_address_clean() -> None:
    assert to_query(ViewState()) == {}
    assert href(ViewState()) == "."
    assert href(ViewState(), "followup") == "uppfoljning"


def test_an_address_is_one_that_a_person_can_read() -> None:
    state = ViewState(
        language="en",
        as_of=date(2018, 6, 30),
        area="norrby",
        commitment="boras-2018/1",
        hidden=("walks", "places"),
        list_page=2,
        listed="2018-W07",
    )
    assert href(state) == (
        ".?date=2018-06-30&area=norrby&commitment=boras-2018/1&hide=walks.places&list=2018-W07&page=2&lang=en"
    )


@given(st.dictionaries(st.text(), st.text()))
def test_any_query_gives_a_state(query: dict[str, str]) -> None:
    state, _ = from_query(query)
    assert from_query(to_query(state)) == (state, ())


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("query", "key", "expected"),
    [
        ({"lang": "no"}, "hint.language", ViewState()),
        ({"lang": "SV"}, "hint.language", ViewState()),
        ({"date": "2018-02-30"}, "hint.date", ViewState()),
        ({"date": "i går"}, "hint.date", ViewState()),
        ({"date": "2018-06"}, "hint.date", ViewState()),
    ],
)
def test_a_value_that_makes_no_sense_is_told_and_dropped(
    query: dict[str, str], key: str, expected: ViewState, language: Any
) -> None:
    state, (hint,) = from_query(query)
    assert state == expected
    assert hint.key == key
    assert hint.values == {"value": next(iter(query.values()))}
    assert hint.values["value"] in words(language)(hint.key, **hint.values)


@pytest.mark.parametrize(
    "query",
    [
        {"colour": "1"},
        {"area": ""},
        {"date": ""},
        {"hide": "areas"},
        {"hide": "...."},
        *({"page": value} for value in ("0", "-1", "1.5", "x", "٣", "²", "1000000")),
    ],
)
def test_what_says_nothing_is_passed_over(query: dict[str, str]) -> None:
    assert from_query(query) == (ViewState(), ())


def test_hidden_layers_come_in_the_pages_own_order() -> None:
    assert from_query({"hide": "places.nothing.activities.places"})[0].hidden == (
        "activities",
        "places",
    )


@pytest.mark.parametrize(
    ("sent", "number"),
    [("7", 7), ("007", 7), ("999999", 999_999), ("1" * 7, 0), ("1" * 5_000, 0), ("", 0),
     ("-1", 0), ("1.0", 0), ("٣", 0), ("²", 0), (("1",), 0), (None, 0)],
)  # fmt: skip
def test_a_number_that_was_sent_is_a_number_or_none(sent: object, number: int) -> None:
    assert whole_number(sent) == number


def test_an_endless_value_is_cut() -> None:
    state, _ = from_query({"area": "x" * 100_000})
    assert state.area == "x" * 200


# --- steps from one state to another -------------------------------------------------------------


@given(STATES, st.sampled_from(LAYER_NAMES))
def test_a_layer_switched_twice_is_as_before(state: ViewState, layer: str) -> None:
    once = state.toggled(layer)
    assert (layer in once.hidden) != (layer in state.hidden)
    assert set(once.hidden) ^ set(state.hidden) == {layer}
    assert once.toggled(layer) == state


@given(STATES)
def test_clearing_leaves_only_what_is_not_a_selection(state: ViewState) -> None:
    cleared = state.cleared()
    for dropped in ("area", "commitment", "activity", "walk"):
        assert getattr(cleared, dropped) is None
    assert (cleared.list_page, cleared.listed) == (0, None)
    assert (cleared.tool, cleared.asked, cleared.hot_spot, cleared.plan) == ("dose", (), None, None)
    for kept in ("language", "promise", "as_of", "hidden"):
        assert getattr(cleared, kept) == getattr(state, kept)


@given(STATES, IDS, IDS)
def test_a_selection_replaces_what_is_narrower(state: ViewState, one: str, other: str) -> None:
    area = state.with_area(one)
    assert (area.area, area.commitment, area.activity, area.walk) == (one, None, None, None)
    both = state.with_commitment(one, other)
    assert (both.area, both.commitment, both.activity, both.walk) == (other, one, None, None)
    assert state.with_commitment(one).area is None
    # A record's card lies on top: going back finds what was selected before.
    activity, walk = state.with_activity(one), state.with_walk(one)
    for record in (activity, walk):
        assert (record.area, record.commitment) == (state.area, state.commitment)
    assert (activity.activity, activity.walk) == (one, None)
    assert (walk.activity, walk.walk) == (None, one)


@given(STATES, IDS)
def test_a_tools_choices_are_made_one_by_one_and_taken_back(state: ViewState, value: str) -> None:
    chosen = state.asking(reach=value, other="1")
    assert chosen.choices == {**state.choices, "reach": value, "other": "1"}
    taken_back = chosen.asking(reach=None, other="")
    assert taken_back.choices == {
        name: kept for name, kept in state.choices.items() if name not in ("reach", "other")
    }
    other = chosen.with_tool("loop", start="12.9,57.7")
    assert (other.tool, other.choices, other.plan) == ("loop", {"start": "12.9,57.7"}, None)
    with pytest.raises(ValueError, match="Reach"):
        state.asking(Reach="1")


@pytest.mark.parametrize("text", [":", ";;", "k", "k:", ":3", "K:3", "å:3", "k:;j:", "%3A:1"])
def test_choices_that_make_no_sense_are_left_out(text: str) -> None:
    assert from_query({"ask": text}) == (ViewState(), ())


def test_a_tools_choices_can_be_read_in_the_address() -> None:
    state = ViewState(tool="places").asking(k="3", reach="10", must="a,b")
    assert unquote(href(state, "planning")) == "planera?tool=places&ask=k:3;must:a,b;reach:10"


# --- what nothing has ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some_activity(service: Service) -> str:
    return service.activities(ActivityFilter(area_ids=("norrby",)), limit=1)[0].id


@pytest.fixture(scope="module")
def some_walk(service: Service) -> str:
    return service.walks(("norrby",))[0].id


def test_what_exists_is_kept(service: Service, some_activity: str, some_walk: str) -> None:
    for state in (
        ViewState(),
        NORRBY_ONLY,
        replace(NORRBY_ONLY, activity=some_activity),
        replace(NORRBY_ONLY, walk=some_walk, as_of=date(2018, 6, 30), hidden=("walks",)),
        ViewState(area="hedbo", commitment="mark-2018/1"),
    ):
        assert settle(state, service) == (state, ())


def test_an_area_that_the_commitment_is_not_for_is_dropped(service: Service) -> None:
    state, hints = settle(ViewState(area="hedbo", commitment="boras-2018/1"), service)
    assert state == ViewState(commitment="boras-2018/1")
    assert [(hint.key, hint.values["value"]) for hint in hints] == [
        ("hint.area_commitment", "hedbo")
    ]


@pytest.mark.parametrize(
    "name", ["promise", "area", "commitment", "activity", "walk", "hot_spot", "plan"]
)
@pytest.mark.parametrize("value", ["unknown", "norrby ", "<b>", "' OR 1=1 --", "%", "x" * 200])
def test_what_does_not_exist_is_dropped_with_a_hint(
    service: Service, name: str, value: str
) -> None:
    kept: dict[str, Any] = {"language": "en", "as_of": date(2018, 6, 30), "hidden": ("walks",)}
    state, (hint,) = settle(ViewState(**{**kept, name: value}), service)
    assert state == ViewState(**kept)
    assert (hint.key, hint.values) == (f"hint.{name}", {"value": value})
    assert value in words("sv")(hint.key, **hint.values)
    assert value in words("en")(hint.key, **hint.values)


def test_everything_unknown_is_told_at_once(service: Service) -> None:
    names = ("promise", "area", "commitment", "activity", "walk", "hot_spot", "plan")
    state, hints = settle(ViewState(**dict.fromkeys(names, "unknown")), service)
    assert state == ViewState()
    assert [hint.key for hint in hints] == [f"hint.{name}" for name in names]


@given(STATES)
def test_settling_twice_is_settling_once(service: Service, state: ViewState) -> None:
    settled, _ = settle(state, service)
    assert settle(settled, service) == (settled, ())


def test_a_link_to_what_another_process_has_just_made_leads_there(
    use_register: Callable[[Path], None], own_copy: Path
) -> None:
    use_register(own_copy)
    cached.service_for(OWN)
    with Service.open(cached.service().settings) as other:
        begun = promises.filled(other, "follow", "mark-2018")
        values = {**promises.form_values(begun.base), "source_title": "Löfte", "by": "kansliet"}
        assert isinstance(promises.save(other, begun, values, draft=False), Saved)
    asked = ViewState(promise="mark-2019-2", commitment="mark-2019-2/1")
    assert settle(asked, cached.service_for(OWN)) == (asked, ())


def test_what_lies_outside_the_promise_is_dropped_with_a_hint(service: Service) -> None:
    asked = ViewState(promise="mark-2018", area="norrby", commitment="boras-2018/1")
    state, hints = settle(asked, service)
    assert state == ViewState(promise="mark-2018")
    assert [(hint.key, hint.values["value"]) for hint in hints] == [
        ("hint.area_outside", "norrby"),
        ("hint.commitment_outside", "boras-2018/1"),
    ]
    for hint in hints:
        assert hint.values["value"] in words("sv")(hint.key, **hint.values)
        assert hint.values["value"] in words("en")(hint.key, **hint.values)


@pytest.mark.parametrize("promise", ["boras-2018", None])
def test_choosing_a_promise_keeps_what_fits(service: Service, promise: str | None) -> None:
    chosen = choose_promise(NORRBY_ONLY, promise, service)
    assert chosen == replace(NORRBY_ONLY, promise=promise)


def test_choosing_a_promise_drops_what_does_not_fit(service: Service) -> None:
    state = replace(NORRBY_ONLY, promise=None, as_of=date(2018, 5, 1), hidden=("walks",))
    chosen = choose_promise(state, "mark-2018", service)
    assert chosen == ViewState(promise="mark-2018", as_of=date(2018, 5, 1), hidden=("walks",))


def test_choosing_a_promise_closes_a_records_card(
    service: Service, some_activity: str, some_walk: str
) -> None:
    for state in (
        replace(NORRBY_ONLY, activity=some_activity, list_page=3),
        replace(NORRBY_ONLY, walk=some_walk, list_page=3),
    ):
        assert choose_promise(state, "boras-2018", service) == NORRBY_ONLY


# --- the session -----------------------------------------------------------------------------


def session_of(script: Callable[[], None]) -> AppTest:
    app = AppTest.from_function(script)
    # It would look for components in every installed package, and there are none in use here.
    app._bidi_component_manager = BidiComponentManager()
    return app


def clicked(properties: dict[str, Any] | None, **query: str) -> dict[str, Any]:
    """Return the address after a click on the map, in a real session."""

    def script() -> None:
        from dashboard import state

        state.follow_map_click()

    app = session_of(script)
    app.query_params.update(query)
    app.session_state["map"] = {
        "last_active_drawing": properties and {"type": "Feature", "properties": properties}
    }
    app.run()
    assert not app.exception
    return app.query_params


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"layer": "area", "id": "hulta"}, {"area": "hulta"}),
        ({"layer": "activity", "id": "a-1"}, {"area": "norrby", "activity": "a-1"}),
        ({"layer": "walk", "id": "w-1"}, {"area": "norrby", "walk": "w-1"}),
        ({"layer": "finding", "id": "f-1", "walk": "w-2"}, {"area": "norrby", "finding": "f-1"}),
        ({"layer": "finding", "id": "f-1", "walk": None}, {"area": "norrby", "finding": "f-1"}),
        ({"layer": "hot_spot", "id": "h-1"}, {"area": "norrby", "hot_spot": "h-1"}),
        ({"layer": "bin", "count": 7}, {"area": "norrby"}),
        ({"role": "area", "nominal": True}, {"area": "norrby"}),
        ({}, {"area": "norrby"}),
        (None, {"area": "norrby"}),
    ],
)
def test_a_click_on_the_map_selects_what_was_clicked(
    properties: dict[str, Any] | None, expected: dict[str, str]
) -> None:
    rest = {"promise": "boras-2018", "lang": "en", "hide": "walks"}
    assert clicked(properties, area="norrby", **rest) == {**rest, **expected}


def test_on_the_planning_page_an_area_narrows_what_the_tool_tells_about() -> None:
    def script() -> None:
        import streamlit as st

        from dashboard import state

        state.follow_map_click(planning=True)
        st.text(state.settle("importing"))

    def after(properties: dict[str, Any]) -> tuple[dict[str, Any], str]:
        app = session_of(script)
        app.query_params.update({"tool": "places", "ask": "k:3"})
        drawing = {"type": "Feature", "properties": properties}
        app.session_state["map"] = {"last_active_drawing": drawing}
        app.run()
        return app.query_params, app.text[0].value

    kept = {"tool": "places", "ask": "k:3"}
    assert after({"layer": "area", "id": "hulta"}) == ({**kept, "area": "hulta"}, "importing")
    # A hot spot is shown by the tool that tells of them; a record has its card on the map's page.
    assert after({"layer": "hot_spot", "id": "h"}) == ({"hot_spot": "h"}, "planning")
    query, page = after({"layer": "activity", "id": "a"})
    assert (query["activity"], page) == ("a", "map")


@pytest.mark.parametrize(
    ("address", "page", "query"),
    [
        (".?area=norrby&lang=en", "map", {"area": "norrby", "lang": "en"}),
        (".", "map", {}),
        ("uppfoljning?promise=mark-2018", "followup", {"promise": "mark-2018"}),
        ("/uppfoljning", "followup", {}),
        ("/?area=hulta", "map", {"area": "hulta"}),
        ("https://example.com/evil?area=hulta&x=1", "map", {"area": "hulta"}),
        ("", "map", {}),
        (None, "map", {}),
    ],
)
def test_a_followed_link_is_the_new_address(
    address: str | None, page: str, query: dict[str, str]
) -> None:
    def script() -> None:
        import streamlit as st

        from dashboard import state

        state.follow("panel")
        st.text(state.settle("importing"))
        st.text(f"{state.take_moved_by()} {state.take_moved_by()}")

    class Sent:
        go = address

    app = session_of(script)
    app.query_params["area"] = "norrby"
    app.session_state["panel"] = Sent()
    app.run()
    assert not app.exception
    assert app.query_params == query
    assert [text.value for text in app.text] == [page, "panel None"]


def test_every_answer_of_a_form_is_told_from_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session.st, "session_state", {})
    wrong, worse = object(), object()
    told = []
    for answer in (wrong, wrong, worse, None):
        session.keep_form("f", FormState(answer=answer))
        told.append(session.form("f").answers)
    assert told == [1, 1, 2, 3]
    session.keep_form("f", FormState(answer=worse, refused={"note": "x"}))
    assert session.form("f").answers == 4


@pytest.mark.parametrize(
    ("typed", "touched", "patched", "saved"),
    [
        pytest.param({"lat": ""}, (), "1", {"lat": "57.7", "area": "norrby"}, id="not-heard-of"),
        pytest.param({"lat": ""}, (), "2", {"lat": ""}, id="seen-and-taken-away"),
        pytest.param(
            {"area": "hulta"}, ("area",), "1", {"lat": "57.7", "area": "norrby"}, id="chosen-before"
        ),
        pytest.param(
            {"area": "hedbo"}, ("area",), "1", {"lat": "57.7", "area": "hedbo"}, id="chosen-since"
        ),
    ],
)
def test_what_was_decided_while_a_form_was_on_its_way_is_part_of_it(
    monkeypatch: pytest.MonkeyPatch,
    typed: dict[str, str],
    touched: tuple[str, ...],
    patched: str,
    saved: dict[str, str],
) -> None:
    sent = {"draft": "f", "values": typed, "touched": list(touched), "patched": patched}
    shown = FormState(values={"area": "hulta"}).decided({"expected": "3"})
    kept = shown.decided({"lat": "57.7", "area": "norrby"})
    monkeypatch.setattr(session.st, "session_state", {"panel": SimpleNamespace(submit=sent)})
    session.keep_form("f", kept)
    found = session.sent_by("panel", "submit")
    assert found is not None
    # A version that the reader has not seen is not built on.
    assert found.values == saved
