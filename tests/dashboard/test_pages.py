"""The pages as Streamlit runs them, without a browser: nothing a link may hold breaks them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from dashboard.address import TOOL_NAMES
from geodata.model import ActivityFilter, State
from geodata.service import Service
from geodata.texts import words

from ..sentences import joined_in_html

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
ABSENT = "00000000-0000-0000-0000-000000000000"
PANELS = {
    "map": {"top_panel", "context_panel", "card_panel", "legend_panel"},
    "followup": {"top_panel", "context_panel", "matrix_panel", "pace_panel", "outcomes_panel"},
    "duties": {"top_panel", "context_panel", "duties_panel"},
    "record": {"top_panel", "context_panel", "form_panel", "legend_panel"},
    "planning": {"top_panel", "context_panel", "tools_panel", "planning_panel", "legend_panel"},
    "importing": {"top_panel", "context_panel"},
    "adding": {"top_panel", "context_panel"},
    "statement": {"top_panel", "context_panel", "statement_panel"},
}
TITLES = {
    ("map", "sv"): "Karta – Löfteskartan",
    ("map", "en"): "Map – Löfteskartan",
    ("followup", "sv"): "Uppföljning – Löfteskartan",
    ("followup", "en"): "Follow-up – Löfteskartan",
    ("duties", "sv"): "Att göra – Löfteskartan",
    ("duties", "en"): "To do – Löfteskartan",
    ("record", "sv"): "Registrera – Löfteskartan",
    ("record", "en"): "Record – Löfteskartan",
    ("planning", "sv"): "Planera – Löfteskartan",
    ("planning", "en"): "Plan – Löfteskartan",
    ("importing", "sv"): "Importera – Löfteskartan",
    ("importing", "en"): "Import – Löfteskartan",
    ("adding", "sv"): "Löften – Löfteskartan",
    ("adding", "en"): "Promises – Löfteskartan",
    ("statement", "sv"): "Tillgänglighet – Löfteskartan",
    ("statement", "en"): "Accessibility – Löfteskartan",
}

Open = Callable[..., dict[str, dict[str, Any]]]


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    # It would look for components in every installed package, which takes longer than the page;
    # ours are made by the page itself.
    app._bidi_component_manager = BidiComponentManager()
    app.query_params.update(query)
    if page != "map":
        # As after a link to it was followed.
        app.session_state["page"] = page
    return app.run()


def panels(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return what each panel was given, by the panel's key."""
    assert not app.exception, app.exception[0].value
    found = {shown.key: json.loads(shown.proto.json) for shown in app.get("bidi_component")}
    assert [words for given in found.values() for words in joined_in_html(given["html"])] == []
    return found


@pytest.fixture
def shown(use_example: None) -> Open:
    def open_panels(page: str, **query: str) -> dict[str, dict[str, Any]]:
        return panels(open_page(page, **query))

    return open_panels


@pytest.fixture(scope="module")
def records(service: Service) -> dict[str, str]:
    """Ids of some records, which differ from register to register."""
    in_norrby = ActivityFilter(area_ids=("norrby",))
    return {
        "ACTIVITY": service.activities(in_norrby, limit=1)[0].id,
        "HELD": next(w.id for w in service.walks(("hedbo",)) if w.status == "held"),
        "FINDING": service.findings(("hedbo",))[0].id,
        "PLANNED": next(w.id for w in service.walks(("assberg",)) if w.status == "planned"),
    }


def test_the_way_back_is_named_after_where_it_leads(shown: Open, records: dict[str, str]) -> None:
    walk = {"area": "hedbo", "walk": records["HELD"]}
    card = shown("map", **walk)["card_panel"]["html"]
    assert "Till området</a>" in card
    form = shown("record", form="finding", **walk)["form_panel"]["html"]
    assert "Tillbaka till kortet</a>" in form
    assert "Till området" not in form


def test_a_layer_that_a_tool_leaves_out_has_no_switch(shown: Open) -> None:
    def switches(**query: str) -> list[str]:
        html = shown("planning", **query)["legend_panel"]["html"]
        return re.findall(r'data-id="layer-(\w+)"', html)

    every = ["hot_spots", "activities", "walks", "findings", "places"]
    assert switches(tool="dose") == every
    assert switches(tool="loop") == ["hot_spots", "findings", "places"]


@pytest.mark.parametrize("day", ["2018-03-01", "2018-10-15", "2018-12-31", "2018-01-15"])
def test_the_legend_shows_the_states_that_are_on_the_map(
    shown: Open, service: Service, day: str
) -> None:
    legend = shown("map", date=day)["legend_panel"]["html"]
    text = re.sub(r"<[^>]*>", "|", legend)
    named = [s for s in State if re.search(rf"\|\s*{words('sv')(f'state.{s}')}\s*\|", text)]
    scope = service.scope(None, date.fromisoformat(day))
    rows = service.attention(scope.promises, scope.as_of.day)
    assert set(named) == {row.worst for row in rows if not row.is_history} != set()


def test_an_empty_register_has_no_switches_for_what_it_has_not(
    use_register: Callable[[Path], None], blank_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "blank.sqlite"
    shutil.copyfile(blank_file, path)
    use_register(path)
    legend = panels(open_page("map"))["legend_panel"]["html"]
    switches = re.findall(r'data-id="layer-(\w+)"', legend)
    assert {"hot_spots", "findings"}.isdisjoint(switches)
    assert "places" in switches


def test_a_suggested_patrol_has_a_name_in_the_readers_language(shown: Open) -> None:
    for language, name in (("sv", "Patrull 1"), ("en", "Patrol 1")):
        html = shown("planning", tool="schedule", lang=language)["planning_panel"]["html"]
        assert f'value="{name}"' in html


CASES = {
    "nothing": ({}, "areas"),
    "promise": ({"promise": "mark-2018"}, "areas"),
    "area": ({"area": "norrby"}, "area/norrby"),
    "area, more of it": ({"area": "norrby", "list": "1"}, "area/norrby"),
    "area, past its list's end": ({"area": "norrby", "list": "999"}, "area/norrby"),
    "commitment, more of it": ({"commitment": "boras-2018/1", "list": "2"}, None),
    "commitment": ({"commitment": "boras-2018/3"}, "commitment/boras-2018/3/None"),
    "commitment in an area": (
        {"commitment": "mark-2018/4", "area": "hedbo"},
        "commitment/mark-2018/4/hedbo",
    ),
    "commitment in an area it does not name": (
        {"commitment": "mark-2018/4", "area": "norrby"},
        "commitment/mark-2018/4/None",
    ),
    "activity": ({"activity": "ACTIVITY"}, "activity/ACTIVITY"),
    "activity in an area": ({"activity": "ACTIVITY", "area": "norrby"}, "activity/ACTIVITY"),
    "activity as evidence": (
        {"activity": "ACTIVITY", "area": "norrby", "commitment": "boras-2018/1"},
        "activity/ACTIVITY",
    ),
    "activity in another promise": (
        {"activity": "ACTIVITY", "promise": "mark-2018"},
        "activity/ACTIVITY",
    ),
    "held walk": ({"walk": "HELD", "area": "hedbo"}, "walk/HELD"),
    "planned walk": ({"walk": "PLANNED"}, "walk/PLANNED"),
    "finding": ({"finding": "FINDING", "area": "hedbo"}, "finding/FINDING"),
    "a form": ({"form": "walk", "area": "hedbo"}, "area/hedbo"),
    "a walk walked again": ({"form": "walk", "again": "HELD"}, "areas"),
    "a finding on a walk": ({"form": "finding", "walk": "HELD"}, "walk/HELD"),
    "another day": ({"date": "2018-06-30", "area": "norrby"}, "area/norrby"),
    "before everything": ({"date": "1900-01-01", "area": "norrby"}, "area/norrby"),
    "after everything": ({"date": "2100-12-31", "commitment": "boras-2018/3"}, None),
    "nothing but areas": ({"hide": "activities.walks.findings.places"}, "areas"),
    "unknown ids": (
        {
            "promise": "no",
            "area": "no",
            "commitment": "no/1",
            "activity": ABSENT,
            "walk": ABSENT,
            "date": "no",
        },
        "areas",
    ),
    "outside the promise": ({"promise": "mark-2018", "area": "norrby"}, "areas"),
    "hostile": ({"area": "<script>alert(1)</script>", "date": "${alert(1)}"}, "areas"),
}


# Every card is filled in both languages by itself: here some of the cases hold English.
IN_ENGLISH = {"nothing", "promise", "activity as evidence", "held walk", "unknown ids"}
ON_OTHERS = {"nothing", "area", "activity", "held walk", "finding", "unknown ids", "hostile"}
OPENED = [
    (page, language, case)
    for case in CASES
    for page in PANELS
    for language in ("sv", "en")
    if (language == "sv" or case in IN_ENGLISH)
    and (page in ("map", "followup", "record") or case in ON_OTHERS)
]


@pytest.mark.parametrize(("page", "language", "case"), OPENED)
def test_every_page_opens_whatever_is_chosen(
    shown: Open, records: dict[str, str], page: str, language: str, case: str
) -> None:
    query, view = CASES[case]
    query = {name: records.get(value, value) for name, value in query.items()}
    told = shown(page, **query, **({"lang": "en"} if language == "en" else {}))
    assert PANELS[page] <= told.keys()
    assert {panel["lang"] for panel in told.values()} == {language}
    assert told["top_panel"]["title"] == TITLES[page, language]
    assert "<script" not in "".join(panel["html"] for panel in told.values())
    if page == "map" and view is not None:
        for name, id_ in records.items():
            view = view.replace(name, id_)
        assert told["card_panel"]["view"] == view


NONSENSE = (
    "k:-1;reach:nan;minutes:1e999;start:x,y;end:,;stops:a,,b;first:2018-99-99;last:0001-01-01;"
    "from:9999-12-31;to:0001-01-01;seed:-5;shifts:|||;period:x;demand:y;must:z;weights:a=b;"
    "form:<script>;what:${x};subject:area/none;compare:a,b,c;order:1,2;page:9;departure:99.99"
)


@pytest.mark.parametrize("tool", TOOL_NAMES)
def test_no_choice_in_a_link_breaks_a_tool(shown: Open, tool: str) -> None:
    for query in ({}, {"area": "norrby"}, {"ask": NONSENSE}, {"plan": ABSENT, "hot_spot": ABSENT}):
        told = shown("planning", tool=tool, **query)
        assert PANELS["planning"] <= told.keys()
        assert "<script" not in "".join(panel["html"] for panel in told.values())


@pytest.mark.parametrize("page", ["map", "followup"])
def test_what_a_link_named_in_vain_is_said(shown: Open, page: str) -> None:
    query = {
        "promise": "p-no",
        "area": "a-no",
        "commitment": "c-no",
        "walk": "w-no",
        "date": "d-no",
    }
    told = shown(page, **query)["context_panel"]["html"]
    for value in query.values():
        assert f"({value})" in told
    assert "lk-hints" not in shown(page)["context_panel"]["html"]


@pytest.mark.parametrize("page", ["map", "followup"])
@pytest.mark.parametrize(
    "day", ["0001-01-01", "0001-01-31", "0001-02-01", "9999-11-30", "9999-12-30", "9999-12-31"]
)
def test_the_calendars_ends_are_days_like_others(shown: Open, page: str, day: str) -> None:
    told = shown(page, date=day)["context_panel"]["html"]
    assert f'value="{day}"' in told


def test_a_register_of_ones_own_starts_without_records(
    use_register: Callable[[Path], None], tmp_path: Path
) -> None:
    use_register(tmp_path / "mine.sqlite")
    for query in (
        {},
        {"lang": "en"},
        {"area": "hulta"},
        {"commitment": "boras-2018/3"},
        {"commitment": "mark-2018/4", "area": "assberg"},
        {"date": "2018-06-30"},
    ):
        for page in ("map", "followup"):
            told = panels(open_page(page, **query))
            assert PANELS[page] <= told.keys(), query
            assert "lk-example" not in told["top_panel"]["html"], query


@pytest.mark.parametrize("page", ["map", "followup"])
def test_example_data_is_marked_on_every_page(shown: Open, page: str) -> None:
    assert "Exempeldata" in shown(page)["top_panel"]["html"]
    assert "Example data" in shown(page, lang="en")["top_panel"]["html"]


def test_the_address_chooses_the_page_only_when_a_link_was_followed(shown: Open) -> None:
    app = open_page("followup", area="norrby", lang="en")
    assert "matrix_panel" in panels(app)
    assert app.query_params == {"area": "norrby", "lang": "en"}
    assert "matrix_panel" in panels(app.run()), "a run of its own stays on the page"


def test_the_keyboard_moves_to_a_card_only_when_somebody_chose_it(shown: Open) -> None:
    app = open_page("map", area="norrby")
    assert panels(app)["card_panel"]["focus"] is False
    app.session_state["moved_by"] = "panel"
    assert panels(app.run())["card_panel"]["focus"] is True
    assert panels(app.run())["card_panel"]["focus"] is False


def test_the_map_is_told_what_is_chosen(shown: Open) -> None:
    app = open_page("map", area="norrby", hide="walks.places")
    assert not app.exception
    (drawn,) = app.get("component_instance")
    told = json.loads(drawn.proto.json_args)
    assert told["returned_objects"] == ["last_active_drawing"]
    call = told["feature_group"].partition("Lofteskartan.show(")[2].partition(", ")[2]
    scene, _ = json.JSONDecoder().raw_decode(call)
    assert scene["selected"] == "norrby"
    assert scene["layers"].keys() == {"ground", "areas", "hot_spots", "activities", "findings"}
    assert scene["layers"]["activities"]["url"].startswith("/layers/activities?")


def test_the_maps_own_script_stays_the_same_whatever_is_chosen(
    shown: Open, records: dict[str, str]
) -> None:
    def drawn(**query: str) -> tuple[str, str]:
        app = open_page("map", **query)
        assert not app.exception
        (found,) = app.get("component_instance")
        told = json.loads(found.proto.json_args)
        return told["script"], told["feature_group"]

    queries = [
        {},
        {"area": "norrby"},
        {"area": "hulta"},
        {"commitment": "boras-2018/3"},
        {"activity": records["ACTIVITY"]},
        {"walk": records["HELD"]},
        {"promise": "mark-2018", "date": "2018-06-30", "hide": "walks"},
    ]
    scripts = [drawn(**query) for query in queries]
    assert len({script for script, _ in scripts}) == 1
    assert len({scene for _, scene in scripts}) == len(queries)


def test_a_server_that_is_not_open_shows_nothing_to_a_foreign_name(
    use_register: Callable[[Path], None], example_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_register(example_file)
    monkeypatch.setenv("LOFTESKARTAN_OPEN_TO", "karta.boras.example")
    app = open_page("map", area="norrby")
    assert not app.exception
    assert not app.get("bidi_component")
    assert not app.get("component_instance")
