"""Every card and table, filled with everything the example register has, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from shapely import LineString, Point
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import chrome, look
from dashboard.address import PAGE_PATHS, ViewState, from_query, settle
from dashboard.context import Context
from dashboard.routes.map_data import map_routes
from dashboard.screens import map as map_page
from dashboard.screens.followup import charts
from dashboard.screens.followup import page as followup_page
from geodata.model import (
    LANGUAGES,
    Activity,
    Finding,
    FindingStatus,
    Language,
    Origin,
    Precision,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Publisher, Settings, register_url

DAYS = (None, date(2018, 1, 15), date(2018, 6, 30))
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}${1}"
VOID_TAGS = {"br", "img", "input", "hr", "col", "meta", "link"}


class Page(HTMLParser):
    """Reads a panel and holds it to what HTML asks: every tag closed, every reference there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.told: list[str] = []
        self.names: Counter[str] = Counter()
        self.references: set[str] = set()
        self.tags: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == []
        assert max(self.names.values(), default=1) == 1, self.names.most_common(1)
        assert self.references <= self.names.keys()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), "an attribute stands once"
        assert not any(name.startswith("on") for name in given)
        self.tags.add(tag)
        self.names.update(given[name] for name in ("id",) if name in given)
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.references |= set(given.get(name, "").split())
        if "data-go" in given:
            self.links.append((given["data-id"], given["href"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.told.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.told).split())


def context_of(service: Service, state: ViewState) -> Context:
    settled, hints = settle(state, service)
    scope = service.scope(settled.promise, settled.as_of)
    promises, as_of = scope.promises, scope.as_of
    progress = service.progress(as_of.day)
    attention = service.attention(promises, as_of.day)
    return Context(service, settled, hints, promises, as_of, progress, attention, None)


def render(template: str, values: dict[str, Any]) -> Page:
    return Page(look.templates().get_template(template).render(**values))


def card(service: Service, state: ViewState) -> Page:
    context = context_of(service, state)
    chosen = map_page.choose(context)
    chrome.trail(context)
    return render(f"{chosen.name}.html", {**context.base(), **chosen.values})


def lead_somewhere(service: Service, page: Page) -> None:
    """Every link is read back to a state in which everything exists."""
    assert page.links
    for _, href in page.links:
        leads_somewhere(service, href)


# Cards share most of their links.
@cache
def leads_somewhere(service: Service, href: str) -> None:
    address = urlsplit(href)
    assert (address.scheme, address.netloc) == ("", "")
    assert address.path.strip(".") in PAGE_PATHS.values()
    state, misread = from_query(dict(parse_qsl(address.query)))
    settled, unknown = settle(state, service)
    assert (misread, unknown) == ((), ())
    # A commitment of another year brings its promise along.
    about = service.catalogue.commitment_by_id.get(state.commitment or "")
    assert settled in (state, replace(state, promise=about.promise_id if about else None))


# Both languages on one day, each of the other days in one of them.
@pytest.mark.parametrize(
    ("day", "language"), [(None, "sv"), (None, "en"), (DAYS[1], "en"), (DAYS[2], "sv")]
)
def test_every_list_and_card_can_be_filled(
    service: Service, language: Language, day: date | None
) -> None:
    state = ViewState(language=language, as_of=day)
    of_some = [p.id for p in service.catalogue.promises if p.commitments]
    chosen = [state, *(replace(state, promise=id_) for id_ in of_some)]
    for area in service.catalogue.areas:
        chosen += [state.with_area(area.id), replace(state.with_area(area.id), list_page=1)]
    for commitment in service.catalogue.commitment_by_id.values():
        for area_id in (None, *commitment.all_areas):
            chosen.append(state.with_commitment(commitment.id, area_id))
        chosen.append(replace(state.with_commitment(commitment.id), list_page=1))
    for walk in service.register.walks():
        chosen += [state.with_walk(walk.id), state.with_area(walk.area_id).with_walk(walk.id)]
    # One of every make of activity: the templates ask for nothing else.
    makes = {
        (a.kind, a.precision, a.origin.kind, a.place is None, a.area_id is None, a.commitments): a
        for a in service.register.activities()
    }
    for activity in makes.values():
        chosen.append(state.with_activity(activity.id))
    for one in chosen:
        page = card(service, one)
        lead_somewhere(service, page)
        assert "None" not in page.text
        assert "{" not in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_says_what_it_is_about(service: Service, language: Language) -> None:
    state = ViewState(language=language)
    assert "Norrby" in card(service, state.with_area("norrby")).text
    commitment = service.catalogue.commitment_by_id["boras-2018/3"]
    told = card(service, state.with_commitment(commitment.id)).text
    assert commitment.title.to(language) in told
    assert commitment.summary.to(language) in told
    listed = card(service, state).text
    assert all(area.name in listed for area in service.catalogue.areas)


def test_what_a_catalogue_of_open_data_lacks_is_said_where_the_page_is_taken_out(
    own: Service,
) -> None:
    assert "Under [publisher] i inställningarna saknas: name, type" in card(own, ViewState()).text
    own.settings = replace(own.settings, publisher=Publisher("a", "b", "c", "d", "e", "f"))
    assert "[publisher]" not in card(own, ViewState()).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
@pytest.mark.parametrize("day", DAYS)
def test_the_follow_up_can_be_filled(
    service: Service, language: Language, promise: str | None, day: date | None
) -> None:
    context = context_of(service, ViewState(language=language, promise=promise, as_of=day))
    base = context.base()
    matrix = render("matrix.html", {**base, **followup_page.matrix(context)})
    lead_somewhere(service, matrix)
    for area in service.areas(context.promises):
        assert area.name in matrix.text
    pace = render("pace.html", {**base, **followup_page.pace(context)})
    lead_somewhere(service, pace)
    lead_somewhere(service, render("outcomes.html", base))
    for told in (matrix, pace):
        assert "None" not in told.text
        assert "{" not in told.text


def test_a_promise_of_which_little_is_known_says_what_is_not(service: Service) -> None:
    context = context_of(service, ViewState(promise="mark-2017"))
    told = render("matrix.html", {**context.base(), **followup_page.matrix(context)}).text
    for each in service.catalogue.promise_by_id["mark-2017"].unknown:
        assert each.sv in told
    assert "Inga åtaganden är kända." in told
    assert "Åtagande " not in told  # no head of a table that has no rows
    listed = card(service, ViewState(promise="mark-2017")).text
    assert "Inget område med känd gräns är utpekat." in listed


def test_a_pace_chart_is_drawn_within_its_frame(service: Service) -> None:
    for day in (date(2017, 1, 1), date(2018, 2, 1), date(2018, 6, 30), date(2019, 1, 31)):
        context = context_of(service, ViewState(as_of=day))
        for chart in charts.together(context):
            assert len(chart.dots) == chart.progress.delivered
            xs, ys = [dot[0] for dot in chart.dots], [dot[1] for dot in chart.dots]
            # Later is to the right, and every step is up.
            assert (xs, ys) == (sorted(xs), sorted(ys, reverse=True))
            xs += [chart.line[0], chart.line[2]]
            ys += [chart.line[1], chart.line[3]]
            assert all(charts.LARGE.left <= x <= charts.LARGE.width for x in xs)
            assert all(0 <= y <= charts.LARGE.height for y in ys)


# --- what a register may hold ----------------------------------------------------------------


def an_activity(**values: Any) -> Activity:
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": "foot_patrol",
        "area_id": "norrby",
        "place": Point(12.93, 57.725),
        "start": datetime(2018, 5, 3, 18, 30, tzinfo=UTC),
        "precision": Precision.MINUTE,
        "day": date(2018, 5, 3),
    }
    return Activity(**{**given, **values})


def a_walk(**values: Any) -> Walk:
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "area_id": "norrby",
        "status": WalkStatus.HELD,
        "start": datetime(2018, 5, 4, 16, tzinfo=UTC),
        "precision": Precision.MINUTE,
        "day": date(2018, 5, 4),
        "route": LineString([(12.92, 57.72), (12.93, 57.72)]),
    }
    return Walk(**{**given, **values})


def a_finding(**values: Any) -> Finding:
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "walk_id": None,
        "area_id": "norrby",
        "place": Point(12.93, 57.725),
        "category": "lighting",
        "text": "Trasig lampa.",
        "owner": None,
        "due": None,
        "status": FindingStatus.OPEN,
        "day": date(2018, 5, 4),
        "status_day": date(2018, 5, 4),
    }
    return Finding(**{**given, **values})


@pytest.fixture
def own(own_blank: Path) -> Iterator[Service]:
    opened = Service.open(Settings(register_url(str(own_blank)), basemap=NO_BASEMAP))
    yield opened
    opened.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_from_outside_is_shown_as_text(own: Service, language: Language) -> None:
    origin = Origin(SourceKind.IMPORTED, file=HOSTILE, row=3, reference=HOSTILE)
    activity = an_activity(note=HOSTILE, parties=(HOSTILE,), origin=origin)
    walk = a_walk(note=HOSTILE, meeting_point=HOSTILE, parties=(HOSTILE,), origin=origin)
    finding = a_finding(text=HOSTILE, owner=HOSTILE, walk_id=walk.id)
    own.register.add([activity], [walk], [finding], by=HOSTILE)
    state = ViewState(language=language)
    for chosen in (
        state.with_activity(activity.id),
        state.with_walk(walk.id),
        state.with_area("norrby"),
    ):
        page = card(own, chosen)
        assert page.tags.isdisjoint({"script", "img"})
        assert HOSTILE in " ".join(page.told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("precision", Precision)
def test_every_kind_of_record_can_be_shown(
    own: Service, language: Language, precision: Precision
) -> None:
    activities = [
        an_activity(precision=precision, minutes=minutes, participants=0, origin=Origin(kind))
        for kind in SourceKind
        for minutes in (None, 0, 1, 90)
    ]
    activities.append(an_activity(place=None, area_id=None, precision=precision))
    activities.append(an_activity(place=Point(18.07, 59.33), area_id=None, precision=precision))
    walks = [
        a_walk(status=status, precision=precision, route=route)
        for status in WalkStatus
        for route in (None, LineString([(12.92, 57.72), (12.93, 57.72)]))
    ]
    findings = [
        a_finding(status=status, walk_id=walks[0].id, due=due, owner=owner)
        for status in FindingStatus
        for due in (None, date(2018, 6, 1))
        for owner in (None, "polisen")
    ]
    own.register.add(activities, walks, findings, by="test")
    state = ViewState(language=language)
    chosen = [state.with_activity(a.id) for a in activities]
    chosen += [state.with_walk(w.id) for w in walks]
    for one in [*chosen, state.with_area("norrby")]:
        page = card(own, one)
        lead_somewhere(own, page)
        assert "None" not in page.text


def test_a_withdrawn_record_says_so(own: Service) -> None:
    activity = an_activity()
    own.register.add([activity], by="test")
    own.register.void("activity", activity.id, by="test", expected_number=1)
    told = card(own, ViewState(language="en").with_activity(activity.id)).text
    assert "withdrawn" in told.lower()


# --- a record outlives the vocabulary and the areas that it was made with -----------------------


def test_an_activity_of_a_dropped_kind_can_still_be_shown(own: Service) -> None:
    activity = an_activity(kind="dropped-kind", commitments=("dropped-2010/1",))
    own.register.add([activity], by="test")
    for chosen in (ViewState().with_activity(activity.id), ViewState().with_area("norrby")):
        assert "dropped-kind" in card(own, chosen).text


def test_an_activity_in_a_dropped_area_can_still_be_shown(own: Service) -> None:
    activity = an_activity(area_id="dropped-area")
    own.register.add([activity], by="test")
    page = card(own, ViewState().with_activity(activity.id))
    lead_somewhere(own, page)


def test_a_walk_in_a_dropped_area_can_still_be_shown(own: Service) -> None:
    walk = a_walk(area_id="dropped-area", commitments=("dropped-2010/1",))
    own.register.add([walk], by="test")
    page = card(own, ViewState().with_walk(walk.id))
    lead_somewhere(own, page)


def test_a_finding_of_a_dropped_category_can_still_be_shown(own: Service) -> None:
    finding = a_finding(category="dropped-category")
    own.register.add([finding], by="test")
    assert "dropped-category" in card(own, ViewState().with_area("norrby")).text
    client = TestClient(Starlette(routes=map_routes(lambda _: own)), base_url="http://localhost")
    (feature,) = client.get("/layers/findings").json()["features"]
    assert feature["properties"]["title"] == "dropped-category"
