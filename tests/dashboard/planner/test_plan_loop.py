"""The loop on the page: what it shows, draws, links to, does with what is sent, and gives out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import gpxpy
import pytest
import streamlit as st
from shapely import Point
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import panel, progress, state
from dashboard.address import ViewState, from_query
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner.loop import page
from dashboard.planner.loop.keep import LINES, loop_routes
from dashboard.state import FormState, Sent
from geodata.model import LANGUAGES, Activity, HotSpot, Origin, PlanKind, SourceKind, WalkStatus
from geodata.palette import LAYER_COLOURS
from geodata.planner.loop.choices import clock, read_choices
from geodata.planner.loop.keep import LOOPS
from geodata.planner.plans import spot_key
from geodata.service import Service
from geodata.service.entries import Begun, LayerRead, save_layer

from ..conftest import open_at

HOSTILE: Final = "<script>alert(1)</script>"
TORGET: Final = (12.9300, 57.7230)
SPOTS: Final = {
    "Torget": TORGET,
    "Parken": (12.9330, 57.7230),
    HOSTILE: (12.9330, 57.7245),
    "Sjön": (12.9720, 57.7200),
}
START: Final = f"{TORGET[0]:.5f},{TORGET[1]:.5f}"


class AgainError(Exception):
    """The page begins anew."""


@dataclass
class Screen:
    """What the page was told to show, and where it went; forms are kept as in a session."""

    forms: dict[str, FormState] = field(default_factory=dict)
    panels: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    html: dict[str, str] = field(default_factory=dict)
    went: list[ViewState] = field(default_factory=list)
    picked: Mapping[str, Any] | None = None
    drawn: OnMap = field(default_factory=OnMap)

    def show(self, service: Service, chosen: ViewState) -> OnMap:
        """Show the tool for what an address asks for."""
        self.panels.clear()
        self.html.clear()
        scope = service.scope(chosen.promise, chosen.as_of)
        promises, as_of = scope.promises, scope.as_of
        context = Context(service, chosen, (), promises, as_of, {}, (), None, "planning")
        self.drawn = page.show(context)
        return self.drawn

    def link(self, id_: str) -> ViewState:
        """Return the state that a link leads to."""
        found = re.search(rf'data-id="{re.escape(id_)}"[^>]*href="([^"]*)"', self.all)
        assert found, id_
        query = dict(parse_qsl(urlsplit(unescape(found[1])).query))
        return from_query(query)[0]

    @property
    def all(self) -> str:
        """Everything that is shown."""
        return "".join(self.html.values())

    @property
    def stops(self) -> list[str]:
        """The stops' names, in their order."""
        return [v.stop.name for v in self.panels["loop_answer_panel"]["walk"].visits]

    def submit(self, panel_key: str, draft: str, button: str, **values: Any) -> None:
        self.panels[panel_key]["on_submit"](Sent(draft, values, frozenset(values), button))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Screen:
    shown = Screen()

    def show(context: Context, key: str, template: str, **values: Any) -> None:
        shown.panels[key] = values
        ours = {"view", "focus", "attempt", "on_ask", "on_submit"}
        named = {name: value for name, value in values.items() if name not in ours}
        shown.html[key] = panel.templates().get_template(template).render(context.base() | named)

    def take() -> Mapping[str, Any] | None:
        found, shown.picked = shown.picked, None
        return found

    def again() -> None:
        raise AgainError

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(panel, "show", show)
    monkeypatch.setattr(state, "form", lambda draft: shown.forms.get(draft, FormState()))
    monkeypatch.setattr(state, "keep_form", shown.forms.__setitem__)
    monkeypatch.setattr(state, "drop_form", lambda draft: shown.forms.pop(draft, None))
    monkeypatch.setattr(state, "write", shown.went.append)
    monkeypatch.setattr(state, "go_to", lambda wanted, _page: shown.went.append(wanted))
    monkeypatch.setattr(state, "take_picked", take)
    monkeypatch.setattr(st, "rerun", again)
    monkeypatch.setattr(progress, "answer", lambda _, question, __: question.solve(lambda _: None))
    return shown


@pytest.fixture(scope="module")
def spots_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with four hot spots, one of them too far away; never written to."""
    path = tmp_path_factory.mktemp("loops") / "own.sqlite"
    begun = date(2018, 1, 1)
    with open_at(path) as service:
        made = [HotSpot(str(uuid4()), name, Point(at), begun) for name, at in SPOTS.items()]
        service.register.add(made, by="t")
    return path


@pytest.fixture
def own(spots_file: Path, tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "own.sqlite"
    shutil.copyfile(spots_file, path)
    opened = open_at(path)
    yield opened
    opened.close()


def asking(**choices: str) -> ViewState:
    return ViewState(tool="loop").asking(**choices)


def key(service: Service, name: str) -> str:
    return next(spot_key(spot.id) for spot in service.hot_spots() if spot.name == name)


# --- what is asked for ---------------------------------------------------------------------------


def test_places_to_start_at_are_one_row_each_those_of_the_chosen_area_first(
    screen: Screen, own: Service
) -> None:
    """Bodaskolan is a stop and, 243 m from it, a school; Stommenskolan's two are 102 m apart."""
    at_the_stop = HotSpot(str(uuid4()), "Bodaskolan", Point(12.98601, 57.73116), date(2018, 1, 1))
    own.register.add([at_the_stop], by="t")
    screen.show(own, replace(asking(), area="hassleholmen"))
    groups = screen.panels["planning_panel"]["starts"]
    assert [name for name, _ in groups][:2] == ["Hässleholmen", "Hulta"]
    texts = [text for _, rows in groups for _, text in rows]
    assert len(texts) == len(set(texts))
    assert [t for t in texts if t.startswith(("Bodaskolan", "Stommenskolan"))] == [
        "Bodaskolan (Hot spot, hållplats) · Hässleholmen",
        "Bodaskolan (skola) · Hässleholmen",
        "Stommenskolan (hållplats, skola) · Snickaren/Muraren",
    ]
    screen.show(own, replace(asking(), area="hedbo"))
    assert screen.panels["planning_panel"]["starts"][0][0] == "Hedbo"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_start_the_map_waits_for_one_and_hot_spots_are_listed(
    screen: Screen, own: Service, language: Any
) -> None:
    drawn = screen.show(own, replace(asking(), language=language))
    assert drawn.picking is not None
    assert HOSTILE not in screen.all
    assert "loop_answer_panel" not in screen.panels
    begun = screen.link(f"start-{key(own, 'Torget')}")
    assert begun.choices["start"] == START


def test_hot_spots_to_begin_at_are_the_chosen_promises_and_say_their_area(
    screen: Screen, own: Service
) -> None:
    at_hedbo = HotSpot(str(uuid4()), "Hedbo", Point(12.64335, 57.48379), date(2018, 1, 1))
    own.register.add([at_hedbo], by="t")

    def listed(**chosen: str) -> list[tuple[str, str]]:
        screen.show(own, replace(asking(), **chosen))
        return [(row["name"], row["about"]) for row in screen.panels["planning_panel"]["spots"]]

    assert listed(promise="mark-2018") == [("Hedbo", "Hedbo")]
    assert ("Torget", "Norrby") in listed(promise="boras-2018")
    assert "Hedbo" not in [name for name, _ in listed(promise="boras-2018")]
    assert listed(area="hedbo")[0] == ("Hedbo", "Hedbo")
    assert len(listed(area="hedbo")) == len(listed())


def test_a_click_on_the_map_is_the_start_the_end_or_a_stop(screen: Screen, own: Service) -> None:
    screen.picked = {"type": "Point", "coordinates": [12.93, 57.72]}
    with pytest.raises(AgainError):
        screen.show(own, asking())
    assert screen.went[-1].choices == {"start": "12.93000,57.72000"}
    screen.picked = {"type": "Point", "coordinates": [12.94, 57.72]}
    with pytest.raises(AgainError):
        screen.show(own, asking(start=START, pick="end"))
    assert screen.went[-1].choices == {"start": START, "end": "12.94000,57.72000"}
    # Twenty metres from a hot spot it is meant; on bare ground the place itself is.
    for at, wanted in (
        ([12.9333, 57.7230], key(own, "Parken")),
        ([12.9345, 57.7230], "p12.93450_57.72300"),
    ):
        screen.picked = {"type": "Point", "coordinates": at}
        with pytest.raises(AgainError):
            screen.show(own, asking(start=START, pick="stop"))
        assert screen.went[-1].choices == {"start": START, "stops": wanted}


def test_the_form_makes_the_address(screen: Screen, own: Service) -> None:
    screen.show(own, asking(start=START, order="none", drop="habcdefgh"))
    typed = {"start": START, "minutes": "90", "stay": "15", "depart": "19.30", "day": "2018-09-01"}
    among = ("spots", "places")
    screen.submit("planning_panel", "plan_loop", "plan", **typed, value="equal", among=among)
    found = read_choices(screen.went[-1].choices)
    assert (found.minutes, found.stay, found.depart_min) == (90, 15, 19 * 60 + 30)
    assert (found.day, found.value, found.among) == (date(2018, 9, 1), "equal", among)
    assert found.dropped == ("habcdefgh",)
    screen.submit("planning_panel", "plan_loop", "plan", start=START, among=())
    assert read_choices(screen.went[-1].choices).among == ()


# --- what came out -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_loop_is_listed_and_drawn(screen: Screen, own: Service, language: Any) -> None:
    drawn = screen.show(own, replace(asking(start=START), language=language))
    assert set(screen.stops) == {"Torget", "Parken", HOSTILE}
    assert HOSTILE not in screen.all
    roles = [feature["properties"]["role"] for feature in drawn.features]  # type: ignore[index,call-overload]
    assert roles.count("stop") == 3
    assert roles.count("site") == 1
    assert drawn.bounds is not None
    west, south, east, north = drawn.bounds
    assert west <= TORGET[0] <= east
    assert south <= TORGET[1] <= north
    # Straight lines are told as such.
    assert re.search(r"1[.,]3", screen.panels["loop_answer_panel"]["basis"])


def test_every_change_is_a_link_and_can_be_undone(screen: Screen, own: Service) -> None:
    first = asking(start=START)
    screen.show(own, first)
    before = screen.stops
    second = screen.link(f"down-{key(own, before[0])}")
    screen.show(own, second)
    assert screen.stops == [before[1], before[0], before[2]]
    assert screen.link("undo").asked == first.asked
    dropped = screen.link(f"drop-{key(own, before[2])}")
    screen.show(own, dropped)
    assert screen.stops == [before[1], before[0]]
    # What was left out can be taken in again, where it is least out of the way.
    screen.show(own, screen.link(f"add-{key(own, before[2])}"))
    assert set(screen.stops) == set(before)
    screen.show(own, screen.link("undo"))
    screen.show(own, screen.link("undo"))
    assert screen.link("redo").asked == dropped.asked
    screen.show(own, screen.link("start-over"))
    assert screen.stops == before


def test_what_is_dropped_from_a_suggestion_stays_out_until_it_is_taken_back(
    screen: Screen, own: Service
) -> None:
    screen.show(own, asking(start=START))
    screen.show(own, screen.link(f"drop-{key(own, 'Parken')}"))
    assert "Parken" not in screen.stops
    screen.show(own, screen.link(f"allow-{key(own, 'Parken')}"))
    assert "Parken" in screen.stops


def test_minutes_typed_at_a_stop_are_kept_and_told_of_where_they_break_the_time(
    screen: Screen, own: Service
) -> None:
    here = key(own, "Torget")
    screen.show(own, asking(start=START, order=here, minutes="20"))
    assert not screen.panels["loop_answer_panel"]["over"]
    ask = screen.panels["loop_answer_panel"]["on_ask"]
    ask(Sent("plan_loop/stays", {f"stay-{here}": "25"}, frozenset(), f"stay-{here}"))
    screen.show(own, screen.went[-1])
    assert "5" in screen.panels["loop_answer_panel"]["over"]
    went = len(screen.went)
    ask(Sent("plan_loop/stays", {f"stay-{here}": "x"}, frozenset(), f"stay-{here}"))
    assert len(screen.went) == went


def test_what_does_not_fit_says_what_can_be_given_up(screen: Screen, own: Service) -> None:
    away = key(own, "Sjön")
    screen.show(own, asking(start=START, stops=away, minutes="30"))
    assert "Sjön" in screen.html["loop_failure_panel"]
    assert "stops" not in screen.link(f"free-{away}").choices


def test_a_better_order_of_the_same_stops_is_offered(screen: Screen, own: Service) -> None:
    # Past the nearer one, back to it, and out again is a long way.
    order = ",".join(key(own, name) for name in ("Parken", "Torget", "Sjön"))
    screen.show(own, asking(start=f"{12.9260},{57.7230}", order=order, minutes="240"))
    before = screen.panels["loop_answer_panel"]["sentence"]
    screen.show(own, screen.link("best-order"))
    assert screen.panels["loop_answer_panel"]["sentence"] != before
    assert "best-order" not in screen.all


# --- kept ----------------------------------------------------------------------------------------


def test_a_loop_is_saved_opened_recorded_and_withdrawn(screen: Screen, own: Service) -> None:
    screen.show(own, asking(start=START))
    screen.submit("loop_keep_panel", "plan_loop/keep", "keep", kind="patrol", name="", by="")
    screen.show(own, asking(start=START))
    assert screen.panels["loop_keep_panel"]["faults"].keys() == {"name", "by"}
    values = {"id": str(uuid4()), "kind": "patrol", "name": HOSTILE, "by": "Vi"}
    screen.submit("loop_keep_panel", "plan_loop/keep", "keep", **values)
    (plan,) = own.plans(PlanKind.LOOP)
    assert screen.went[-1].plan == plan.id
    drawn = screen.show(own, screen.went[-1])
    assert HOSTILE not in screen.all
    assert f"/slinga/{plan.id}.gpx" in screen.all
    assert f"/slingblad/{plan.id}" in screen.all
    assert any(f["properties"]["role"] == "way" for f in drawn.features)  # type: ignore[index,call-overload]
    anew = screen.link("edit")
    assert (anew.plan, anew.choices) == (None, {"start": START})

    draft = f"plan_loop/done/{plan.id}"
    typed = {"date": "2018-09-07", "time": "18:00", "area": "norrby", "by": "Vi"}
    screen.submit("planning_panel", draft, "record", **typed, minutes="")
    screen.show(own, ViewState(tool="loop", plan=plan.id))
    assert screen.panels["planning_panel"]["faults"].keys() == {"minutes"}
    screen.submit("planning_panel", draft, "record", **typed, minutes="44")
    done = own.activity(screen.went[-1].activity or "")
    assert isinstance(done, Activity)
    assert (done.kind, done.minutes) == ("foot_patrol", 44)

    screen.show(own, ViewState(tool="loop", plan=plan.id))
    about = {"about": f"plan/{plan.id}", "expected": "1", "by": "Vi"}
    screen.submit("planning_panel", f"withdraw/card/plan/{plan.id}", "void", **about)
    assert own.plans(PlanKind.LOOP) == ()
    screen.show(own, ViewState(tool="loop", plan=plan.id))
    assert screen.panels["planning_panel"]["record_void"]


def test_a_loop_is_saved_as_a_planned_walk(screen: Screen, own: Service) -> None:
    screen.show(own, asking(start=START))
    suggested = screen.panels["loop_keep_panel"]["v"]
    assert "Parken" in suggested["note"]
    values = {**suggested, "kind": "walk", "by": "Kommunen", "area": "norrby"}
    screen.submit("loop_keep_panel", "plan_loop/keep", "keep", **values)
    walk = own.walk(screen.went[-1].walk or "")
    assert (walk.area_id, walk.status) == ("norrby", WalkStatus.PLANNED)
    assert walk.meeting_point == "Torget"


def test_a_kept_loop_takes_the_minutes_that_were_promised(screen: Screen, own: Service) -> None:
    """45.2 minutes are promised as 46, wherever they are told."""
    screen.show(own, asking(start=START))
    promised = re.search(r": (\d+) av 60", screen.panels["loop_answer_panel"]["title"])
    values = {"kind": "patrol", "name": "Kväll", "by": "Vi"}
    screen.submit("loop_keep_panel", "plan_loop/keep", "keep", **values)
    (loop,) = [LOOPS.of(own, plan.id) for plan in own.plans(PlanKind.LOOP)]
    assert promised
    assert promised[1] == str(loop.whole_min)
    assert replace(loop, total_min=45.2).whole_min == 46
    assert replace(loop, total_min=45.0).whole_min == 45
    client = TestClient(Starlette(routes=loop_routes(lambda _: own)), base_url="http://localhost")
    sheet = client.get(f"/slingblad/{loop.id}").text
    assert f"{loop.whole_min} min" in sheet
    assert f'<td class="time">{clock(loop.depart_min + loop.whole_min)}</td>' in sheet


# --- its own addresses ---------------------------------------------------------------------------


@pytest.fixture
def saved(screen: Screen, own: Service) -> str:
    screen.show(own, asking(start=START))
    values = {"kind": "patrol", "name": f"Åkes {HOSTILE}", "by": "Vi"}
    screen.submit("loop_keep_panel", "plan_loop/keep", "keep", **values)
    return own.plans(PlanKind.LOOP)[0].id


def test_the_gpx_is_a_file_of_its_own(own: Service, saved: str) -> None:
    client = TestClient(Starlette(routes=loop_routes(lambda _: own)), base_url="http://localhost")
    answer = client.get(f"/slinga/{saved}.gpx")
    assert answer.status_code == 200
    assert 'filename="akes-script-alert-1-script_' in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/gpx+xml"
    assert len(gpxpy.parse(answer.text).waypoints) == 3


def test_what_leaves_a_register_with_made_up_records_says_so(own: Service, saved: str) -> None:
    client = TestClient(Starlette(routes=loop_routes(lambda _: own)), base_url="http://localhost")
    sheet, gpx = f"/slingblad/{saved}", f"/slinga/{saved}.gpx"
    assert "Exempeldata" not in client.get(sheet).text + client.get(gpx).text
    made_up = Origin(SourceKind.EXAMPLE, "hot_spots.csv", 1)
    spot = HotSpot(str(uuid4()), "Ängen", Point(TORGET), date(2018, 1, 1), origin=made_up)
    own.register.add([spot], by="t")
    assert "<strong>Exempeldata</strong>" in client.get(sheet).text
    for language, mark in (("sv", "Exempeldata: "), ("en", "Example data: ")):
        parsed = gpxpy.parse(client.get(f"{gpx}?lang={language}").text)
        assert str(parsed.name).startswith(mark)
        assert str(parsed.routes[0].name).startswith(mark)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_lists_the_stops_with_lines_to_write_on(
    own: Service, saved: str, language: str
) -> None:
    client = TestClient(Starlette(routes=loop_routes(lambda _: own)), base_url="http://localhost")
    answer = client.get(f"/slingblad/{saved}?lang={language}")
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "Parken" in answer.text
    assert answer.text.count("<tr><td></td></tr>") == LINES
    assert HOSTILE not in answer.text
    assert answer.text.count("<script") == 1
    # Over the layers that are on, with who stands for them.
    said = {"name": "Lampor", "source": "Staden", "licence": "CC0", "date": "2025-09-01"}
    read = LayerRead("a.geojson", (("", Point(TORGET)),), 1, 1, 0, 0)
    save_layer(own, Begun("layer"), {**said, "colour": "teal", "by": "Vi"}, read)
    lit = client.get(f"/slingblad/{saved}?layers=lampor&lang={language}").text
    shown = [(LAYER_COLOURS["teal"] in text, "Lampor (" in text) for text in (answer.text, lit)]
    assert shown == [(False, False), (True, True)]
    assert client.get(f"/slingblad/{saved}?layers=gone").status_code == 404


@pytest.mark.parametrize("path", ["/slinga/{}.gpx", "/slingblad/{}"])
def test_nobody_else_is_answered_and_what_is_not_there_is_told(
    own: Service, saved: str, path: str
) -> None:
    client = TestClient(Starlette(routes=loop_routes(lambda _: own)), base_url="http://localhost")
    foreign = {"Host": "evil.example"}
    assert client.get(path.format(saved), headers=foreign).status_code == 403
    unknown = client.get(path.format("<script>"))
    assert unknown.status_code == 404
    assert not unknown.headers["content-type"].startswith("text/html")
