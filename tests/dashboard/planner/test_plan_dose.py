"""The dose board: every figure opens to what it is made of, whatever the address asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from dashboard import panel
from dashboard.address import ToolName, ViewState, from_query, href, settle
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner.dose import figures as said
from dashboard.planner.dose import page
from dashboard.planner.dose.figures import FEW, PAGE, Listed
from dashboard.planner.page import with_hot_spots
from dashboard.planner.tools import period_values
from geodata.model import LANGUAGES, Activity, HotSpot, Language, Precision
from geodata.planner.doses import DoseState, SpotDose, asked_period, board
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME, words

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}${1}"
PLACE = Point(12.9256, 57.7246)


def context_of(service: Service, state: ViewState) -> Context:
    settled, _ = settle(state, service)
    scope = service.scope(settled.promise, settled.as_of)
    promises, as_of = scope.promises, scope.as_of
    progress, ranked = service.progress(as_of.day), service.attention(promises, as_of.day)
    return Context(service, settled, (), promises, as_of, progress, ranked, None, "planning")


def values_of(context: Context) -> tuple[str, dict[str, Any]]:
    """Return the template that the tool fills, and what with."""
    asked = asked_period(context.promises, context.as_of.day, context.state.choices)
    whole = board(context.service, asked.period)
    if context.state.hot_spot:
        one = whole.dose_of(context.service.hot_spot(context.state.hot_spot))
        period = period_values(context, asked)
        return "dose/card.html", page.card_values(context, one, period)
    return "dose/page.html", page.board_values(context, asked, whole)


def html_of(service: Service, state: ViewState) -> str:
    context = context_of(service, state)
    template, values = values_of(context)
    found = panel.templates().get_template(template)
    return found.render(**context.base(), **values)


def spots_of(service: Service) -> list[SpotDose]:
    context = context_of(service, ViewState())
    asked = asked_period(context.promises, context.as_of.day, {})
    return list(board(service, asked.period).spots)


FIGURE: Final = re.compile(r'data-id="figure-(\w+)"\s+href="([^"]+)"')
PATROLS: Final = re.compile(r'data-id="patrols-([a-z]+)"\s+href="([^"]+)"')
SQUARE: Final = re.compile(r'data-id="cell-\d-\w+"\s+href="([^"]+)"[^>]*>(\d+)<')


def led(link: str) -> ViewState:
    """Return where a link leads."""
    return from_query(dict(parse_qsl(urlsplit(unescape(link)).query)))[0]


def turned(service: Service, state: ViewState, *, of_patrols: bool = False) -> list[str]:
    """Return the links of an open list by turning every page of it, as a reader would."""
    found: list[str] = []
    state = replace(state, list_page=1)
    while True:
        _, values = values_of(context_of(service, state))
        listed: Listed = values["listed_patrols" if of_patrols else "listed"]
        part = listed.part
        assert len(listed.lines) <= PAGE
        assert part.first == len(found) + 1 or not listed.lines
        found += [str(line.link.activity) for line in listed.lines]
        if part.last == part.total:
            assert len(found) == part.total
            return found
        state = replace(state, list_page=part.page + 1)
        assert from_query(dict(parse_qsl(urlsplit(href(state)).query)))[0] == state


# --- what a figure is made of ------------------------------------------------------------------


def test_every_figure_opens_to_exactly_what_it_counts(service: Service) -> None:
    opened = 0
    for one in spots_of(service):
        dose = one.dose
        start = ViewState(hot_spot=one.hot_spot.id)
        listed = values_of(context_of(service, start))[1]["listed"]
        assert len(turned(service, start)) == len(dose.visits) if dose.visits else not listed
        wanted = {
            "time": len(dose.visits),
            "no_minutes": dose.minutes_unknown,
            "advised": dose.as_advised,
            "longest": len(dose.gaps.between),
            "median": len(dose.gaps.between),
            "passes": len(dose.passes),
        }
        for id_, link in FIGURE.findall(html_of(service, start)):
            assert len(turned(service, led(link))) == wanted[id_], (one.hot_spot.name, id_)
            opened += 1
    assert opened > 20


def test_every_square_of_the_week_opens_to_its_visits(service: Service) -> None:
    (one, *_) = [spot for spot in spots_of(service) if len(spot.dose.visits) > 20]
    html = html_of(service, ViewState(hot_spot=one.hot_spot.id))
    found: list[str] = []
    squares = SQUARE.findall(html)
    assert len(squares) == sum(bool(count) for row in one.dose.pattern for count in row)
    for link, count in squares:
        inside = turned(service, led(link))
        assert len(inside) == int(count)
        found += inside
    timed = [visit.activity_id for visit in one.dose.visits if visit.timed]
    assert sorted(found) == sorted(timed)


def test_the_patrols_that_were_elsewhere_can_be_looked_up(service: Service) -> None:
    context = context_of(service, ViewState(promise="boras-2018"))
    _, values = values_of(context)
    html = html_of(service, context.state)
    links = {name: led(link) for name, link in PATROLS.findall(html)}
    whole = board(service, values["asked"].period).within(
        {area.id for area in service.areas(context.promises)}
    )
    assert set(turned(service, links["elsewhere"], of_patrols=True)) == whole.elsewhere


def test_a_row_leads_to_its_own_card_and_back(service: Service) -> None:
    state = ViewState(promise="boras-2018").asking(period="latest", show="gaps")
    _, values = values_of(context_of(service, state))
    assert values["rows"]
    for row in values["rows"]:
        reached = from_query(dict(parse_qsl(urlsplit(href(row.link, "planning")).query)))[0]
        assert (reached.hot_spot, dict(reached.asked)) == (row.id, {"period": "latest"})
        _, card = values_of(context_of(service, reached))
        assert card["spot"].id == row.id
        assert card["back"] == state.asking(show=None)
        assert all(reached.with_tool(name).hot_spot == row.id for name in card["onward"])


def test_the_board_is_narrowed_to_what_is_chosen(service: Service) -> None:
    everything = {row.id for row in values_of(context_of(service, ViewState()))[1]["rows"]}
    boras, mark, norrby = (
        {row.id for row in values_of(context_of(service, state))[1]["rows"]}
        for state in (
            ViewState(promise="boras-2018"),
            ViewState(promise="mark-2018"),
            ViewState(area="norrby"),
        )
    )
    assert boras | mark == everything
    assert not boras & mark
    assert norrby < boras


# --- whatever the address asks ------------------------------------------------------------------

asks = st.dictionaries(
    st.sampled_from(["period", "first", "last", "show"]),
    st.sampled_from(
        [
            *("own", "latest", "promise", "2018-05-01", "2018-09-30", "?", HOSTILE),
            *("gaps", "passes", "advised", "no_minutes", "elsewhere", "unplaced"),
            *("cell_4_6", "cell_9_9", "cell__"),
        ]
    ),
)


@given(asks, st.integers(0, 99), st.sampled_from(LANGUAGES), st.data())
def test_nothing_that_is_asked_breaks_the_board(
    service: Service, asked: dict[str, str], page: int, language: Language, data: st.DataObject
) -> None:
    ids = [one.hot_spot.id for one in spots_of(service)]
    state = ViewState(
        language=language,
        hot_spot=data.draw(st.sampled_from([None, *ids])),
        area=data.draw(st.sampled_from([None, "norrby", "hulta", "assberg"])),
        as_of=data.draw(st.sampled_from([None, date(2018, 7, 1), date.min, date.max])),
        list_page=page,
    ).asking(**asked)
    html = html_of(service, state)
    assert "<h1" in html
    assert "<script>" not in html


# --- what is not there is said -------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(tmp_path / "own.sqlite")), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2018, 6, 30)) as opened:
        yield opened


def spot_of(**values: object) -> HotSpot:
    told = {"valid_from": date(2018, 2, 1), "area_id": "norrby", **values}
    return HotSpot(str(uuid4()), "Torget", PLACE, **told)


def patrol(day: date, **values: object) -> Activity:
    start = datetime(day.year, day.month, day.day, 18, tzinfo=SWEDISH_TIME)
    told = {"kind": "foot_patrol", "place": PLACE, "minutes": 12, **values}
    return Activity(
        str(uuid4()), area_id="norrby", start=start, precision=Precision.MINUTE, day=day, **told
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_hot_spots_it_says_what_one_is_and_leads_to_the_form(
    fresh: Service, language: Language
) -> None:
    html = html_of(fresh, ViewState(language=language))
    assert words(language)("plan_dose.what_it_is").split("’")[0] in html
    assert "form%3Anew" in html or "form:new" in html
    assert "<table" not in html


def test_where_nothing_is_planned_no_share_is_told(fresh: Service) -> None:
    spot = spot_of()
    fresh.register.add([patrol(date(2018, 5, 3))], [spot], by="test")
    for state in (ViewState(), ViewState(hot_spot=spot.id), ViewState(area="norrby")):
        html = html_of(fresh, state)
        assert words("sv")("plan_dose.not_planned") in html
        assert 'lk-dose-bar" aria-hidden="true"><i' not in html
        assert " av 0" not in html


def test_nobody_came_is_said_and_is_no_nought(fresh: Service) -> None:
    spot = spot_of(visits_a_week=2.0)
    fresh.register.add([spot], by="test")
    state = ViewState(hot_spot=spot.id)
    told, html = values_of(context_of(fresh, state))[1], html_of(fresh, state)
    assert (told["dose"].state, told["listed"]) == (DoseState.NO_VISITS, None)
    w = words("sv")
    assert html.count('class="lk-dose-tile"') == 1
    assert f"<span>{w('plan_dose.longest')}</span>" in html
    assert (FIGURE.findall(html), SQUARE.findall(html)) == ([], [])


def test_hot_spots_that_were_not_valid_stand_apart(fresh: Service) -> None:
    past, ended = (spot_of(valid_to=date(2018, month, 20)) for month in (3, 6))
    fresh.register.add([past, ended], by="test")
    state = ViewState().asking(period="own", first="2018-06-01", last="2018-06-30")
    _, values = values_of(context_of(fresh, state))
    assert [row.id for row in values["idle"]] == [past.id]
    assert "20 juni 2018" in values["rows"][0].beside
    assert values["rows"][0].id == ended.id


def test_a_withdrawn_hot_spot_says_so(fresh: Service) -> None:
    spot = spot_of(void=True)
    fresh.register.add([spot], by="test")
    html = html_of(fresh, ViewState(hot_spot=spot.id))
    assert words("sv")("plan_dose.void") in html
    assert 'data-id="restore"' in html
    assert 'data-id="change"' not in html


def test_what_somebody_wrote_is_text(fresh: Service) -> None:
    spot = replace(spot_of(reason=HOSTILE, reason_source=HOSTILE), name=HOSTILE)
    fresh.register.add([spot], by="test")
    for state in (ViewState(), ViewState(hot_spot=spot.id)):
        html = html_of(fresh, state)
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


# --- the map ---------------------------------------------------------------------------------


def test_the_map_shows_the_circle_and_the_visits_of_the_open_list(fresh: Service) -> None:
    spot = spot_of()
    way = LineString([(12.9256, 57.7246), (12.9257, 57.7246), (12.9259, 57.7246)])
    days = [date(2018, 5, 1) + timedelta(days=n) for n in range(FEW + 2)]
    walked = patrol(days[0], place=way, times_s=((0, 0), (240, 240), (480, 480)), minutes=8)
    points = [patrol(day, minutes=None) for day in days[1:]]
    fresh.register.add([walked, *points], [spot], by="test")

    def drawn(**asked: str) -> list[str]:
        context = context_of(fresh, ViewState(hot_spot=spot.id).asking(**asked))
        (one,) = spots_of(fresh)
        shown = page.of_spot(context, one)
        west, south, east, north = shown.bounds
        assert west < PLACE.x < east
        assert south < PLACE.y < north
        return [feature["properties"]["role"] for feature in shown.features]

    assert drawn() == ["reached"] * len(points) + ["way", "ring"]
    assert drawn(show="no_minutes") == ["reached"] * len(points) + ["ring"]
    assert drawn(show="passes") == ["ring"]


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "swedish", "english"),
    [
        (0.4, "Under 1 timme", "Under 1 hour"),
        (1, "1 timme", "1 hour"),
        (47.4, "47 timmar", "47 hours"),
        (48, "2 dygn", "2 days"),
        (24 * 49 + 3, "49 dygn", "49 days"),
    ],
)
def test_how_long(hours: float, swedish: str, english: str) -> None:
    assert said.span(words("sv"), hours) == swedish
    assert said.span(words("en"), hours) == english


@pytest.mark.parametrize(
    ("planned", "shown"),
    [(156.4, "cirka 156"), (10.714, "cirka 11"), (12.0, "12"), (0.57, "under 1")],
)
def test_planned_visits_are_told_as_whole_ones(planned: float, shown: str) -> None:
    assert said.planned_count(words("sv"), planned) == shown


# --- the map -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["dose", "balance", "loop", "schedule"])
def test_where_a_tool_begins_with_hot_spots_each_has_a_mark_that_leads_to_its_card(
    service: Service, tool: ToolName
) -> None:
    context = context_of(service, ViewState(tool=tool))
    drawn = with_hot_spots(context, OnMap(token="t"))
    properties: list[Any] = [feature["properties"] for feature in drawn.features]
    valid = {spot.id for spot in service.hot_spots() if spot.valid_on(context.as_of.day)}
    assert {p["id"] for p in properties} == valid
    assert all(p["role"] == "spot" and p["layer"] == "hot_spot" and p["title"] for p in properties)
    assert drawn.token == "t"


def test_marks_of_hot_spots_leave_out_what_is_not_asked_for(service: Service) -> None:
    def marks(state: ViewState) -> set[object]:
        drawn = with_hot_spots(context_of(service, state), OnMap())
        found: list[Any] = [feature["properties"] for feature in drawn.features]
        return {p["area"] for p in found}

    mark = {"kinna-centrum", "hedbo", "assberg", "snickaren-muraren"}
    boras = {"hassleholmen", "hulta", "norrby"}
    assert marks(ViewState(tool="dose", promise="boras-2018")) <= boras
    assert marks(ViewState(tool="dose", promise="mark-2018")) <= mark
    assert marks(ViewState(tool="dose", hidden=("hot_spots",))) == set()
    assert marks(ViewState(tool="streets")) == set()
    own = OnMap(features=({"type": "Feature"},))
    assert with_hot_spots(context_of(service, ViewState(tool="dose")), own) is own
