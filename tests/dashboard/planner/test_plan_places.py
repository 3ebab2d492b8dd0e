"""Choosing places on the page: what it shows, draws, links to, and does with what is sent."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from shapely import Point

from dashboard import state
from dashboard.address import ViewState, from_query, href
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner.places import page
from dashboard.planner.tools import within
from geodata.errors import PlanningError
from geodata.model import LANGUAGES, HotSpot
from geodata.planner.places.ask import Choices, DemandKind, asked_of, read_choices
from geodata.planner.places.keep import alternatives
from geodata.planner.plans import spot_key
from geodata.service import Service

from ..conftest import open_at
from .planning_screen import Screen, stand_in

SPOTS: Final = {"Torget": (12.9300, 57.7230), "Parken": (12.9302, 57.7231), "Sjön": (12.972, 57.72)}
WEIGHTS: Final = {"Torget": 3.0, "Parken": 2.0, "Sjön": 4.0}


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    return stand_in(monkeypatch)


@pytest.fixture(scope="module")
def planned_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with three hot spots: two beside each other, one far off; never written to."""
    path = tmp_path_factory.mktemp("planned") / "own.sqlite"
    begun = date(2018, 1, 1)
    with open_at(path) as service:
        service.register.add(
            [
                HotSpot(str(uuid4()), name, Point(at), begun, weight=WEIGHTS[name])
                for name, at in SPOTS.items()
            ],
            by="test",
        )
    return path


@pytest.fixture
def planned(
    planned_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """A service on a copy of that register; there are no streets."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = tmp_path / "own.sqlite"
    shutil.copyfile(planned_file, path)
    with open_at(path) as service:
        yield service


def context_of(service: Service, **asked: str) -> Context:
    chosen = ViewState(tool="places").asking(**asked)
    scope = service.scope(None, date(2018, 10, 1))
    promises, as_of = scope.promises, scope.as_of
    return Context(
        service, chosen, (), promises, as_of, service.progress(as_of.day), (), None, "planning"
    )


def roles(drawn: OnMap) -> list[str]:
    return [str(feature["properties"]["role"]) for feature in drawn.features]  # type: ignore[index,call-overload]


def leads_to(html: str, data_id: str) -> ViewState:
    """Return where a link of the panel leads, as the browser would send it."""
    found = re.search(rf'data-id="{re.escape(data_id)}"[^>]*href="([^"]*)"', html)
    assert found, data_id
    query = dict(parse_qsl(urlsplit(unescape(found[1])).query))
    return from_query(query)[0]


ONE: Final = {"k": "1", "reach": "2", "sites": "hot_spots"}


def test_the_answer_is_shown_drawn_and_told(planned: Service, screen: Screen) -> None:
    drawn = page.show(context_of(planned, **ONE))
    # The two beside each other weigh 5 of 9.
    assert "56 %" in screen.html
    assert "Från 1 plats nås 5 av 9 i vikt inom 2 minuter till fots." in screen.html
    assert "Avstånd fågelvägen × 1,3" in screen.html
    assert sorted(roles(drawn)) == ["missed", "reached", "reached", "site"]
    by_role = {f["properties"]["role"]: f for f in drawn.features}  # type: ignore[index,call-overload]
    assert by_role["missed"]["geometry"]["coordinates"] == list(SPOTS["Sjön"])  # type: ignore[index,call-overload]
    assert by_role["missed"]["properties"]["weight"] == 1.0  # type: ignore[index,call-overload]
    assert by_role["site"]["properties"]["label"] == "1"  # type: ignore[index,call-overload]
    missed = next(s for s in planned.hot_spots() if s.name == "Sjön")
    assert leads_to(screen.html, "missed-1").hot_spot == missed.id
    west, south, east, north = drawn.bounds or (0, 0, 0, 0)
    assert all(west < lon < east and south < lat < north for lon, lat in SPOTS.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"demand": "shortfall"},
        {"demand": "findings"},
        {"demand": "own", "pick": "1", "points": "12.97/57.72/2"},
        {"k": "20", "reach": "60", "rings": "1", "areas": "norrby,hulta"},
        {"k": "x", "reach": "-1", "demand": "?", "must": "p0,,h", "points": "//", "compare": "a,b"},
        {"k": "1", "areas": "norrby,hulta,hedbo"},
    ],
    ids=["as usual", "shortfall", "findings", "own", "all", "nonsense", "too many wishes"],
)
def test_every_address_shows_something(
    planned: Service, screen: Screen, language: str, asked: dict[str, str]
) -> None:
    context = context_of(planned, **asked)
    chosen = from_query({"lang": language, "tool": "places"})[0].asking(**asked)
    page.show(Context(**{**_parts(context), "state": chosen}))
    assert "data-heading" in screen.html


def _parts(context: Context) -> dict[str, Any]:
    return {name: getattr(context, name) for name in Context.__dataclass_fields__}


def test_every_link_keeps_what_was_asked(planned: Service, screen: Screen) -> None:
    asked = {**ONE, "areas": "norrby"}
    page.show(context_of(planned, **asked))
    key = spot_key(next(s.id for s in planned.hot_spots() if s.name == "Sjön"))
    before = read_choices(asked)
    must = leads_to(screen.html, f"must-{key}")
    assert read_choices(must.choices) == before.with_required(key)
    assert read_choices(leads_to(screen.html, f"never-{key}").choices) == before.with_excluded(key)
    assert read_choices(leads_to(screen.html, "k-2").choices).k == 2
    # Pressing again takes it back.
    page.show(context_of(planned, **must.choices))
    assert read_choices(leads_to(screen.html, f"must-{key}").choices) == before


def test_a_place_leads_to_a_loop_and_a_schedule(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, **ONE))
    loop = leads_to(screen.html, "loop-1")
    assert loop.tool == "loop"
    lon, lat = map(float, loop.choices["start"].split(","))
    assert (lon, lat) in {(round(x, 5), round(y, 5)) for x, y in SPOTS.values()}
    schedule = leads_to(screen.html, "schedule-1")
    assert schedule.tool == "schedule"
    near = {s.id for s in planned.hot_spots() if s.name in ("Torget", "Parken")}
    assert set(schedule.choices["stops"].split(",")) == near


def test_without_hot_spots_it_leads_to_making_one(
    tmp_path: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with open_at(tmp_path / "bare.sqlite") as bare:
        drawn = page.show(context_of(bare))
        assert drawn.features == ()
        assert drawn.bounds is None
        new = leads_to(screen.html, "new-spot")
        assert (new.tool, new.choices) == ("dose", {"form": "new"})
        assert leads_to(screen.html, "instead-findings").choices["demand"] == "findings"


def test_what_cannot_be_met_is_said_and_can_be_changed(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, k="1", areas="norrby,hulta"))
    refused = PlanningError("plan_places.areas_too_many", count=2, k=1)
    assert context_of(planned).words.error(refused) in screen.html
    assert 'data-id="count"' in screen.html
    assert 'data-id="sites"' in screen.html


# --- what is sent --------------------------------------------------------------------------------

FORM: Final = {"k": "2", "reach": "5,5", "demand": "findings", "sites": "places"}


def test_the_form_becomes_the_address(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, must="hab"))
    screen.submit("count", **FORM, areas=("norrby", "hulta"))
    (went,) = screen.went
    assert read_choices(went.choices) == Choices(
        k=2,
        minutes=5.5,
        demand=DemandKind.FINDINGS,
        sites=read_choices({"sites": "places"}).sites,
        required=frozenset({"hab"}),
        areas=("norrby", "hulta"),
    )
    assert from_query(dict(parse_qsl(urlsplit(href(went)).query)))[0] == went


@pytest.mark.parametrize(
    ("name", "typed"),
    [("k", "0"), ("k", "21"), ("k", "2,5"), ("k", ""), ("reach", "nan"), ("reach", "61")],
)
def test_what_makes_no_sense_is_told_beside_its_field(
    planned: Service, screen: Screen, name: str, typed: str
) -> None:
    page.show(context_of(planned))
    screen.submit("count", **{**FORM, name: typed})
    assert screen.went == []
    page.show(context_of(planned))
    assert f'id="lk-{name}-fault"' in screen.html
    # What was typed is still there, to be put right.
    assert f'value="{typed}"' in screen.html
    screen.submit("count", **FORM)
    assert len(screen.went) == 1


def test_own_weights_and_points(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, demand="own", points="12.97/57.72/1"))
    keys = {s.name: spot_key(s.id) for s in planned.hot_spots()}
    point = next(
        d.spot.key
        for d in screen.panels["planning_panel"]["found"].demands
        if d.spot.kind == "point"
    )
    typed = {f"w_{keys[name]}": "3" if name == "Torget" else "0" for name in keys}
    screen.submit("count", **{**FORM, "demand": "own", **typed, f"w_{point}": "2,5"})
    chosen = read_choices(screen.went[0].choices)
    # Torget weighs 3 by itself: the address has nothing to say of it.
    assert dict(chosen.weights) == {keys["Parken"]: 0.0, keys["Sjön"]: 0.0}
    assert [(p.lon, p.lat, p.weight) for p in chosen.points] == [(12.97, 57.72, 2.5)]
    page.show(context_of(planned, **asked_of(chosen)))
    assert read_choices(leads_to(screen.html, f"drop-w_{point}").choices).points == ()
    assert "5,5" in screen.html


def test_a_click_on_the_map_becomes_a_point(
    planned: Service, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AgainError(Exception):
        pass

    def again() -> None:
        raise AgainError

    monkeypatch.setattr(page.st, "rerun", again)
    clicked = {"type": "Point", "coordinates": [12.95, 57.71]}
    monkeypatch.setattr(state, "take_picked", lambda: clicked)
    with pytest.raises(AgainError):
        page.show(context_of(planned, demand="own", pick="1"))
    (point,) = read_choices(screen.went[0].choices).points
    assert (point.lon, point.lat, point.weight) == (12.95, 57.71, 1.0)
    assert screen.went[0].choices["pick"] == "1"
    # Elsewhere a click is none of this tool's business.
    page.show(context_of(planned))
    monkeypatch.setattr(state, "take_picked", lambda: None)
    assert page.show(context_of(planned, demand="own", pick="1")).picking is not None
    assert page.show(context_of(planned, pick="1")).picking is None


# --- kept ----------------------------------------------------------------------------------------


def keep(service: Service, screen: Screen, name: str, **asked: str) -> None:
    page.show(context_of(service, **asked))
    screen.submit("keep", name=name, by="Planeraren", id=str(uuid4()))


def test_alternatives_are_kept_compared_and_withdrawn(planned: Service, screen: Screen) -> None:
    keep(planned, screen, "En", **ONE)
    keep(planned, screen, "Två", **{**ONE, "k": "2"})
    keep(planned, screen, "Ringa", demand="own", reach="2", sites="hot_spots", points="12.9/57.7/9")
    page.show(context_of(planned, **ONE))
    kept = {one.name: one for one in alternatives(planned)}
    assert kept.keys() == {"En", "Två", "Ringa"}
    first = leads_to(screen.html, f"compare-{kept['En'].id}").choices["compare"]
    assert first == kept["En"].id
    page.show(context_of(planned, compare=first))
    both = leads_to(screen.html, f"compare-{kept['Två'].id}").choices["compare"]
    drawn = page.show(context_of(planned, compare=both))
    assert "5 av 9" in screen.html
    assert "9 av 9" in screen.html
    not_alike = context_of(planned).words("plan_places.compare.not_alike")
    assert not_alike not in screen.html
    labels = sorted(str(f["properties"]["label"]) for f in drawn.features)  # type: ignore[index,call-overload]
    # What both have is one mark with both names; the second has one more.
    assert len(labels) == 2
    assert sum(len(label.split()) for label in labels) == 3
    third = leads_to(screen.html, f"compare-{kept['Ringa'].id}").choices["compare"]
    page.show(context_of(planned, compare=third))
    assert not_alike in screen.html
    assert read_choices(leads_to(screen.html, "open-column-B").choices) == kept["Två"].choices
    screen.submit("void", about=f"plan/{kept['Två'].id}", expected="1", by="Planeraren")
    page.show(context_of(planned, compare=third))
    assert "Borttaget" in screen.html
    assert [one.name for one in alternatives(planned)].count("Två") == 0
    screen.submit("restore", about=f"plan/{kept['Två'].id}", expected="2", by="Planeraren")
    assert {one.name for one in alternatives(planned)} == kept.keys()


def test_a_name_with_personal_data_is_refused(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, **ONE))
    screen.submit("keep", name="Pass 19811228-9874", by="", id=str(uuid4()))
    assert alternatives(planned) == ()
    page.show(context_of(planned, **ONE))
    assert 'id="lk-name-fault"' in screen.html
    assert 'id="lk-by-fault"' in screen.html


def test_the_chart_stands_in_its_drawing(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, **ONE))
    assert [bar.k for bar in screen.panels["planning_panel"]["curve"]] == [1, 2, 3]
    current = re.findall(r'data-id="k-(\d)" href="[^"]*" aria-current="true"', screen.html)
    assert current == ["1"]
    assert re.findall(r"<td>(\+?\d+)</td></tr>", screen.html) == ["+5", "+4", "0"]
    drawn = re.findall(
        r'class="lk-bar" x="([\d.]+)" y="([\d.]+)"\s+width="([\d.]+)" height="([\d.]+)"',
        screen.html,
    )
    assert len(drawn) == 3
    for x, y, width, height in (map(float, bar) for bar in drawn):
        assert 12 <= y < y + height <= 142.1
        assert 46 <= x < x + width <= 520
    assert within(context_of(planned)) is None
