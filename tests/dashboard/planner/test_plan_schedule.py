"""The schedule on the page: what it shows, draws, does with what is sent, and gives out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from icalendar import Calendar
from shapely import Point
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.address import ViewState, from_query
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner.schedule import page
from dashboard.planner.schedule.page import schedule_routes
from geodata.model import LANGUAGES, ActivityFilter, HotSpot, Origin, PlanKind, SourceKind
from geodata.planner.schedule.keep import SCHEDULES
from geodata.service import Service

from ..conftest import open_at
from .planning_screen import Screen, stand_in

HOSTILE: Final = "<script>alert(1)</script>"
SPOTS: Final = {
    "Torget": (12.9300, 57.7230),
    "Parken": (12.9330, 57.7230),
    HOSTILE: (12.936, 57.72),
}
ASKED: Final = {
    "first": "2018-10-01",
    "seed": "7",
    "shifts": "Patrull 1*135*1600*2000|Patrull 2*1*1600*2000",
}
FORM: Final[dict[str, str | tuple[str, ...]]] = {
    "first": "2018-10-01",
    "weeks": "4",
    "patrol_0": "Yttre 1",
    "days_0": ("1", "5"),
    "from_0": "16",
    "to_0": "22.30",
    "seed": "42",
    "visits": "1,5",
    "beyond": (),
    "offered": "",
    "spots": (),
}


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    return stand_in(monkeypatch)


@pytest.fixture(scope="module")
def planned_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with three hot spots, one of them without a planned dose; never written to."""
    path = tmp_path_factory.mktemp("planned") / "own.sqlite"
    with open_at(path) as service:
        service.register.add(
            [
                HotSpot(
                    str(uuid4()),
                    name,
                    Point(at),
                    date(2018, 1, 1),
                    visits_a_week=None if name == "Parken" else 2.0,
                )
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


def context_of(service: Service, *, plan: str | None = None, **asked: str) -> Context:
    chosen = replace(ViewState(tool="schedule").asking(**asked), plan=plan)
    scope = service.scope(None, date(2018, 10, 1))
    promises, as_of = scope.promises, scope.as_of
    return Context(
        service, chosen, (), promises, as_of, service.progress(as_of.day), (), None, "planning"
    )


def in_language(context: Context, language: Any) -> Context:
    return replace(context, state=replace(context.state, language=language))


def roles(drawn: OnMap) -> list[str]:
    return [str(feature["properties"]["role"]) for feature in drawn.features]  # type: ignore[index,call-overload]


def leads_to(html: str, data_id: str) -> ViewState:
    """Return where a link of the panel leads, as the browser would send it."""
    found = re.search(rf'data-id="{re.escape(data_id)}"[^>]*href="([^"]*)"', html)
    assert found, data_id
    query = dict(parse_qsl(urlsplit(unescape(found[1])).query))
    return from_query(query)[0]


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- asking --------------------------------------------------------------------------------------


def test_before_anything_is_asked_the_form_suggests_and_nothing_is_planned(
    planned: Service, screen: Screen
) -> None:
    drawn = page.show(context_of(planned))
    assert drawn.features == ()
    assert 'value="2018-10-01"' in screen.html
    assert 'value="Patrull 1"' in screen.html
    assert "aldrig vem man ska leta efter" in screen.html
    assert "Spara schemat" not in screen.html


def test_the_answer_is_listed_day_by_day_and_drawn(planned: Service, screen: Screen) -> None:
    drawn = page.show(context_of(planned, **ASKED))
    told = text_of(screen.html)
    # Two spots with two visits a week each; the third has no planned dose.
    assert "4 av 4 Alla önskade besök ryms i passen." in told
    assert "Avstånd fågelvägen × 1,3" in told
    assert "2 av 2" in told
    assert HOSTILE not in screen.html
    assert leads_to(screen.html, "reseed").choices["seed"] != "7"
    days = set(re.findall(r'data-id="day-(2018-[\d-]+)"', screen.html))
    assert days <= {"2018-10-01", "2018-10-03", "2018-10-05"}
    chosen = max(days)
    drawn = page.show(context_of(planned, **ASKED, day=chosen))
    assert set(roles(drawn)) <= {"way", "stop"}
    assert "stop" in roles(drawn)
    assert f'data-id="day-{chosen}"' in screen.html
    assert 'aria-current="date"' in screen.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "asked",
    [
        {"shifts": "Patrull 1*1*1600*1612"},
        {"shifts": "a*9*1*2|*1*1*2|x*1*25*26", "first": "?", "weeks": "9", "seed": "-1"},
        {**ASKED, "weeks": "4", "beyond": "1", "visits": "3", "day": "nonsense"},
        {**ASKED, "stops": "gone"},
        {"shifts": "A*1*1600*2000|A*1*1800*2200"},
    ],
)
def test_every_address_shows_a_page(
    planned: Service, screen: Screen, asked: dict[str, str], language: Any
) -> None:
    page.show(in_language(context_of(planned, **asked), language))
    assert "data-heading" in screen.html


def test_why_nothing_is_planned_is_said(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, shifts="A*1*1600*2000|A*1*1800*2200"))
    assert "A har pass som går in i varandra" in screen.html
    page.show(context_of(planned, **{**ASKED, "stops": "gone"}))
    assert "Ingen hot spot ska ha besök" in screen.html
    page.show(context_of(planned, **{**ASKED, "first": "1999-01-04"}))
    assert "Lägg in en hot spot" in screen.html


def test_the_form_becomes_the_address(planned: Service, screen: Screen) -> None:
    page.show(context_of(planned, day="2018-10-03"))
    ids = [spot.id for spot in planned.hot_spots()]
    screen.submit("make", **{**FORM, "offered": ",".join(ids), "spots": tuple(ids[:2])})
    asked = screen.went[-1].choices
    assert asked == {
        "first": "2018-10-01",
        "weeks": "4",
        "shifts": "Yttre 1*15*1600*2230",
        "stops": ",".join(ids[:2]),
        "seed": "42",
        "visits": "1.5",
    }
    screen.submit("make", **{**FORM, "offered": ",".join(ids), "spots": tuple(ids), "seed": ""})
    assert "stops" not in screen.went[-1].choices
    assert screen.went[-1].choices["seed"].isdecimal()


def test_faults_are_told_beside_their_fields_and_nothing_is_lost(
    planned: Service, screen: Screen
) -> None:
    context = context_of(planned)
    page.show(context)
    wrong = {**FORM, "patrol_0": "850709-9805", "days_0": (), "from_0": "noon", "first": "x"}
    screen.submit("make", **wrong)
    assert screen.went == []
    page.show(context)
    for name in ("patrol_0", "days_0", "from_0", "first"):
        assert f'id="lk-{name}-fault"' in screen.html
    assert 'value="noon"' in screen.html
    assert 'value="22.30"' in screen.html


def test_rows_of_shifts_are_added_and_removed(planned: Service, screen: Screen) -> None:
    context = context_of(planned)
    page.show(context)
    screen.submit("add", **FORM)
    page.show(context)
    assert 'name="patrol_1"' in screen.html
    assert 'value="Yttre 1"' in screen.html
    two = {**FORM, "patrol_1": "Yttre 2", "days_1": ("2",), "from_1": "10", "to_1": "12"}
    screen.submit("remove:0", **two)
    page.show(context)
    assert 'name="patrol_1"' not in screen.html
    assert 'value="Yttre 2"' in screen.html
    assert screen.went == []


# --- kept ----------------------------------------------------------------------------------------


def keep(planned: Service, screen: Screen) -> str:
    page.show(context_of(planned, **ASKED))
    screen.submit("keep", name="Vecka 40", by="planeraren", id=str(uuid4()))
    (plan,) = planned.plans(PlanKind.SCHEDULE)
    assert screen.went[-1].plan == plan.id
    return plan.id


def test_a_name_is_needed_to_keep_it(planned: Service, screen: Screen) -> None:
    context = context_of(planned, **ASKED)
    page.show(context)
    screen.submit("keep", name="", by="planeraren")
    page.show(context)
    assert 'id="lk-name-fault"' in screen.html
    assert planned.plans(PlanKind.SCHEDULE) == ()


def test_a_visit_is_ticked_off_by_recording_it_and_taken_back(
    planned: Service, screen: Screen
) -> None:
    plan_id = keep(planned, screen)
    visit = SCHEDULES.of(planned, plan_id).visits[0]
    day = visit.day.isoformat()
    page.show(context_of(planned, plan=plan_id, day=day))
    assert "0 gjorda 4 inget registrerat 0 kvar" in text_of(screen.html)
    assert "missad" not in screen.html.lower()
    ticking = leads_to(screen.html, f"tick-{visit.key}").choices
    assert ticking["tick"] == "0"
    before = planned.count_activities(ActivityFilter())
    page.show(context_of(planned, plan=plan_id, **ticking))
    assert f'value="{visit.minutes}"' in screen.html
    values = {"id": str(uuid4()), "date": day, "time": f"{visit.start:%H:%M}", "minutes": "9"}
    screen.submit("record", **values, by="")
    page.show(context_of(planned, plan=plan_id, **ticking))
    assert 'id="lk-by-fault"' in screen.html
    screen.submit("record", **values, by="yttre")
    assert "tick" not in screen.went[-1].choices
    assert planned.count_activities(ActivityFilter()) == before + 1
    page.show(context_of(planned, plan=plan_id, day=day))
    told = text_of(screen.html)
    assert "1 gjorda 3 inget registrerat" in told
    assert f"Gjort {visit.start:%H:%M}, 9" in told
    assert "Besöket är registrerat." in told
    activity = leads_to(screen.html, f"record-{visit.key}").activity
    screen.submit("void", about=f"activity/{activity}", expected="1", by="yttre")
    page.show(context_of(planned, plan=plan_id, day=day))
    assert "0 gjorda 4 inget registrerat" in text_of(screen.html)
    assert planned.count_activities(ActivityFilter()) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kept_schedule_leads_back_to_its_choices(
    planned: Service, screen: Screen, language: Any
) -> None:
    plan_id = keep(planned, screen)
    drawn = page.show(in_language(context_of(planned, plan=plan_id), language))
    assert "stop" in roles(drawn)
    again = leads_to(screen.html, "again")
    assert again.plan is None
    assert again.choices == ASKED
    assert HOSTILE not in screen.html
    page.show(in_language(context_of(planned), language))
    assert leads_to(screen.html, f"open-{plan_id}").plan == plan_id


# --- its own addresses ---------------------------------------------------------------------------


@pytest.fixture
def client(planned: Service) -> TestClient:
    return TestClient(
        Starlette(routes=schedule_routes(lambda _: planned)), base_url="http://127.0.0.1"
    )


def test_a_kept_schedule_is_given_out_as_files(
    planned: Service, screen: Screen, client: TestClient
) -> None:
    plan_id = keep(planned, screen)
    schedule = SCHEDULES.of(planned, plan_id)
    patrol = schedule.patrols[0]
    own = len(schedule.of(patrol=patrol))
    for query, count in (("", 4), (f"?patrol={patrol}&lang=en", own)):
        calendar = client.get(f"/schema/{plan_id}.ics{query}")
        assert calendar.status_code == 200
        assert calendar.headers["content-type"].startswith("text/calendar")
        assert 'filename="vecka-40' in calendar.headers["content-disposition"]
        assert len(Calendar.from_ical(calendar.content).walk("VEVENT")) == count
        table = client.get(f"/schema/{plan_id}.csv{query}")
        assert len(table.content.decode("utf-8-sig").splitlines()) == count + 1
        sheet = client.get(f"/schemablad/{plan_id}{query}")
        assert sheet.status_code == 200
        assert sheet.text.count('class="time"') == count
        assert HOSTILE not in sheet.text
    assert client.get(f"/schema/{plan_id}.exe").status_code == 404
    for path in (f"/schema/{uuid4()}.ics", f"/schemablad/{uuid4()}"):
        assert client.get(path).status_code == 404
    for path in (f"/schema/{plan_id}.ics?patrol=x", f"/schemablad/{plan_id}?patrol=x"):
        assert client.get(path).status_code == 404


def test_what_leaves_a_register_with_made_up_records_says_so(
    planned: Service, screen: Screen, client: TestClient
) -> None:
    plan_id = keep(planned, screen)
    files = [f"/schema/{plan_id}.ics", f"/schema/{plan_id}.csv", f"/schemablad/{plan_id}"]
    assert not any("Exempeldata" in client.get(path).text for path in files)
    made_up = Origin(SourceKind.EXAMPLE, "hot_spots.csv", 1)
    spot = HotSpot(str(uuid4()), "Ängen", Point(12.93, 57.72), date(2018, 1, 1), origin=made_up)
    planned.register.add([spot], by="t")
    calendar, table, sheet = (client.get(path) for path in files)
    for event in Calendar.from_ical(calendar.content).walk("VEVENT"):
        assert str(event["summary"]).startswith("Exempeldata: ")
    first, *rows = table.content.decode("utf-8-sig").splitlines()
    assert first.endswith(";Exempeldata")
    assert all(row.endswith("Exempeldata: det som är registrerat är påhittat") for row in rows)
    assert "<strong>Exempeldata</strong>" in sheet.text


def test_a_stranger_gets_nothing(planned: Service, screen: Screen, client: TestClient) -> None:
    plan_id = keep(planned, screen)
    for path in (f"/schema/{plan_id}.ics", f"/schemablad/{plan_id}"):
        refused = client.get(path, headers={"Host": "elsewhere.example"})
        assert refused.status_code == 403
        assert "BEGIN" not in refused.text
