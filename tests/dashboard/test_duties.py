"""Att göra: what each party is to do on a day, and what is shown of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.access import Account
from dashboard.address import ViewState, from_href, href
from dashboard.context import Context
from dashboard.look import templates
from dashboard.map.features import Query, area_features
from dashboard.screens import duties as duties_page
from geodata.model import (
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Language,
    Precision,
    Record,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.duties import duties, late_by_area
from geodata.service.limited import for_readers
from geodata.settings import NO_BASEMAP, Settings, register_url

DAY = date(2018, 9, 10)
FOUND = date(2018, 6, 1)


def finding(id_: str, owner: str | None, due: date | None, **more: object) -> Finding:
    one = Finding(
        *(id_, None, "norrby", None, "lighting", f"text {id_}", owner, due),
        *(FindingStatus.OPEN, FOUND, FOUND),
    )
    return replace(one, **more)  # type: ignore[arg-type]


def decision(id_: str, owner: str | None, due: date | None, **more: object) -> Decision:
    one = Decision(id_, None, f"text {id_}", FOUND, DecisionStatus.OPEN, FOUND)
    return replace(one, owner=owner, due=due, **more)  # type: ignore[arg-type]


def walk(id_: str, day: date, status: WalkStatus, *parties: str) -> Walk:
    start = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
    return Walk(id_, "hulta", status, start, Precision.MINUTE, day, parties=parties)


def id_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


LATE, TODAY, LATER, NO_DAY, DONE, INTERNAL = map(id_of, range(1, 7))
DECIDED, ELSEWHERE, WALKED, FORGOTTEN, HELD = map(id_of, range(7, 12))
RECORDS: tuple[Record, ...] = (
    finding(LATE, "boras-stad", date(2018, 9, 9), function="Gatudriften"),
    # The day itself is not over.
    finding(TODAY, "boras-stad", DAY),
    finding(LATER, "ab-bostader", date(2018, 10, 1)),
    finding(NO_DAY, None, None),
    finding(DONE, "boras-stad", DAY, status=FindingStatus.DONE, status_day=date(2018, 9, 1)),
    finding(INTERNAL, "boras-stad", date(2018, 9, 20), internal=True),
    decision(DECIDED, "boras-stad", date(2018, 9, 30)),
    decision(ELSEWHERE, "polisen", None, commitment_id="mark-2018/1"),
    walk(WALKED, date(2018, 9, 20), WalkStatus.PLANNED, "boras-stad", "polisen"),
    walk(FORGOTTEN, date(2018, 9, 1), WalkStatus.PLANNED),
    walk(HELD, date(2018, 9, 2), WalkStatus.HELD, "polisen"),
)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: DAY) as opened:
        # Of what the parties have published, which walks are planned is another test's matter.
        for one in opened.walks():
            opened.register.void("walk", one.id, by="Kansliet", expected_number=1)
        opened.register.add(RECORDS, by="Kansliet")
        yield opened


def context_of(
    service: Service, language: Language = "sv", account: Account | None = None, **chosen: str
) -> Context:
    promise = chosen.pop("promise", None)
    state = ViewState(language, promise, DAY).asking(**chosen)
    scope = service.scope(promise, DAY)
    progress, ranked = service.progress(DAY), service.attention(scope.promises, DAY)
    found = Context(service, state, (), scope.promises, scope.as_of, progress, ranked, None)
    return replace(found, page="duties", account=account or found.account)


def test_what_is_to_be_done_by_day_and_what_is_late(service: Service) -> None:
    told = [(duty.record.id, duty.day, duty.late, duty.parties) for duty in duties(service, DAY)]
    city = ("boras-stad",)
    assert told == [
        (FORGOTTEN, date(2018, 9, 1), True, ()),
        (LATE, date(2018, 9, 9), True, city),
        (TODAY, DAY, False, city),
        (INTERNAL, date(2018, 9, 20), False, city),
        (WALKED, date(2018, 9, 20), False, (*city, "polisen")),
        (DECIDED, date(2018, 9, 30), False, city),
        (LATER, date(2018, 10, 1), False, ("ab-bostader",)),
        (ELSEWHERE, None, False, ("polisen",)),
        (NO_DAY, None, False, ()),
    ]
    # The day before it was mended, it was still to be done.
    assert DONE in {duty.record.id for duty in duties(service, date(2018, 8, 31))}


def test_what_is_late_is_counted_for_each_area(service: Service) -> None:
    assert late_by_area(service, DAY) == {"norrby": 1, "hulta": 1}
    # Both that were due on the day, and what was due before.
    assert late_by_area(service, date(2018, 9, 11)) == {"norrby": 2, "hulta": 1}
    found = area_features(service, Query("areas", {"as_of": "2018-09-10"}, service.catalogue))
    lines = {one["properties"]["id"]: one["properties"]["lines"] for one in found}
    assert (lines["norrby"], lines["hassleholmen"]) == (["1 försenad"], [])


def test_who_may_not_see_internal_findings_is_not_told_of_them(service: Service) -> None:
    ids = {duty.record.id for duty in duties(for_readers(service), DAY)}
    assert INTERNAL not in ids
    assert LATE in ids


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({"party": "polisen"}, [WALKED, ELSEWHERE]),
        ({"party": "nobody"}, [FORGOTTEN, NO_DAY]),
        ({"party": "nothing-of-the-kind"}, []),
        ({"party": "polisen", "promise": "boras-2018"}, [WALKED]),
        ({"party": "polisen", "promise": "mark-2018"}, [ELSEWHERE]),
    ],
)
def test_each_party_has_its_list_in_the_address(
    service: Service, chosen: dict[str, str], ids: list[str]
) -> None:
    context = context_of(service, **chosen)
    told = duties_page.told(context)
    assert [duty.record.id for _, pile in told["groups"] for duty in pile] == ids
    assert told["total"] == len(ids)
    # The address alone tells it all.
    assert from_href(href(context.state, "duties")) == (context.state, "duties")
    [here] = [one for one in told["choices"] if one.chosen]
    assert (here.id, here.count) == (chosen["party"], len(ids))


def test_a_recorder_sees_their_own_party_first(service: Service) -> None:
    account = Account("Gatuchef", ("recorder",), ("boras-stad",))
    assert duties_page.chosen(context_of(service, account=account)) == "boras-stad"
    assert duties_page.chosen(context_of(service, account=account, party="all")) == "all"
    assert duties_page.chosen(context_of(service)) == "all"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_only_what_one_may_do_has_a_button(service: Service, language: Language) -> None:
    def html(*roles: str) -> str:
        account = Account("x", roles) if roles else None  # type: ignore[arg-type]
        context = context_of(service, language, account)
        values = {**context.base(), **duties_page.told(context)}
        return templates().get_template("duties.html").render(values)

    planner, recorder, reader = html("planner"), html("recorder"), html("reader")
    for id_, entity in ((LATE, "finding"), (DECIDED, "decision")):
        assert f'data-id="settle-{id_}"' in planner
        assert (f'data-id="settle-{id_}"' in recorder) is (entity == "finding")
        assert f'data-id="settle-{id_}"' not in reader
    city = service.catalogue.party_by_id["boras-stad"].name.to(language)
    assert f"{city}, Gatudriften" in reader
    late = {"sv": "9 saker,\n    2 försenade", "en": "9 things,\n    2 late"}
    assert late[language] in planner


def test_an_empty_list_says_what_to_do(service: Service) -> None:
    context = context_of(service, party="nothing-of-the-kind")
    values = {**context.base(), **duties_page.told(context)}
    html = templates().get_template("duties.html").render(values)
    assert context.words("duties.none_do") in html
    assert 'data-id="new-finding"' in html
