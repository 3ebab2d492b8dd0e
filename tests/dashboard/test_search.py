"""The field's hits as a page gets them: escaped, each leading to its card, nothing kept back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape

import pytest
from shapely import Point
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.address import from_href, settle
from dashboard.forms import place_list
from dashboard.routes.answers import routes
from dashboard.routes.search import ROUTES
from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    HotSpot,
    Meeting,
    Plan,
    PlanKind,
    Precision,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.limited import for_readers
from geodata.settings import NO_BASEMAP, Settings, register_url

DAY, START = date(2018, 5, 3), datetime(2018, 5, 3, 16, tzinfo=UTC)
RECORDS = [
    Activity("a", "foot_patrol", "hulta", None, START, Precision.DAY, DAY, note="Xerxes <b>"),
    Walk("w", "hulta", WalkStatus.PLANNED, START, Precision.DAY, DAY, meeting_point="Xerxes"),
    Finding(
        "f", None, None, None, "lighting", "Xerxes & co", None, None,
        FindingStatus.OPEN, DAY, DAY, internal=True,
    ),
    Meeting("m", DAY, DAY, notes=(("summary", "Xerxes"),)),
    Decision("d", "m", "Xerxes", DAY, DecisionStatus.OPEN, DAY),
    HotSpot("h", "Xerxes", Point(12.94, 57.72), DAY),
    Plan("p", PlanKind.LOOP, "Xerxes", DAY, DAY, {}, {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    url = register_url(str(tmp_path_factory.mktemp("search") / "r.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP)) as opened:
        opened.register.add(RECORDS, by="test")
        yield opened


def asked(service: Service, query: str) -> str:
    app = Starlette(routes=routes(lambda _: service, ROUTES))
    answer = TestClient(app, base_url="http://localhost").get(f"/sok?{query}")
    assert answer.status_code == 200
    return answer.text


def test_a_form_is_told_that_no_streets_are_known(service: Service) -> None:
    app = Starlette(routes=routes(lambda _: service, ROUTES))
    told = TestClient(app, base_url="http://localhost").get("/sok/platser?q=kvarngatan&lang=en")
    assert "No streets are taken in" in told.text
    assert "<option" not in told.text


def test_a_house_is_a_place_to_choose(service: Service) -> None:
    house = place_list.find(service, "A/B-gatan 3/12.94000/57.72000")
    assert house is not None
    assert (house.name, house.lon, house.lat) == ("A/B-gatan 3", 12.94, 57.72)
    assert [place_list.find(service, text) for text in ("", "x", "x/y/z", "x/nan/1")] == [None] * 4


def links(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]*)"', html)]


def test_each_hit_leads_to_its_card(service: Service) -> None:
    html = asked(service, "q=xerxes&lang=en&hide=places")
    assert "<b>Xerxes" in html
    assert "<b>Xerxes <b>" not in html
    assert "Xerxes &lt;b&gt;" in html
    assert "Xerxes &amp; co" in html
    found_at: dict[str, str] = {}
    for link in links(html):
        state, page = from_href(link)
        assert settle(state, service) == (state, ())
        assert (state.language, state.hidden) == ("en", ("places",))
        named = ("activity", "walk", "finding", "hot_spot", "plan", "decision", "meeting")
        found_at[next(name for name in named if getattr(state, name))] = page
    assert found_at == {
        "activity": "map", "walk": "map", "finding": "map", "hot_spot": "planning",
        "plan": "planning", "decision": "meeting", "meeting": "meeting",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("q=hulta", ".?area=hulta"),
        # The chosen promise has no such area: the last that has it.
        ("q=hulta&promise=mark-2018", ".?promise=boras-2018&area=hulta"),
        ("q=hedbo&promise=mark-2018", ".?promise=mark-2018&area=hedbo"),
    ],
)
def test_an_area_is_told_about_by_a_promise_that_names_it(
    service: Service, query: str, first: str
) -> None:
    assert links(asked(service, query))[0] == first


def test_a_reader_finds_what_a_reader_sees(service: Service) -> None:
    html = asked(for_readers(service), "q=xerxes")
    assert {from_href(link)[1] for link in links(html)} == {"map", "meeting"}
    assert "co" not in re.findall(r"\w+", html)


def test_nothing_found_says_what_to_try(service: Service) -> None:
    assert "Inga träffar" in asked(service, "q=qqqqqqqq")
    assert "No hits" in asked(service, "q=qqqqqqqq&lang=en")
