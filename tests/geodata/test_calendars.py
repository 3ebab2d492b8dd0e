"""Calendars, held against another reader of theirs (vobject), and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import vobject

from geodata.errors import UnknownIdError
from geodata.model import (
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Meeting,
    Precision,
    Record,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.calendars import party_calendar, walk_calendar
from geodata.service.limited import for_readers
from geodata.settings import NO_BASEMAP, Settings, register_url

TODAY = date(2018, 9, 10)
FOUND = date(2018, 6, 1)


def id_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


EVENING, SEASON, ANOTHERS, DARK, SECRET, DECIDED, MET, LONG_AGO, LATE, DONE = map(
    id_of, range(1, 11)
)
# 19:00 in Sweden, in summer time.
AT = datetime(2018, 9, 20, 17, tzinfo=UTC)
WALK = Walk(
    EVENING,
    "hulta",
    WalkStatus.PLANNED,
    AT,
    Precision.MINUTE,
    AT.date(),
    minutes=90,
    meeting_point="Hulta torg; vid kiosken, öster",
    parties=("polisen", "boras-stad"),
)
RECORDS: tuple[Record, ...] = (
    WALK,
    replace(
        WALK,
        id=SEASON,
        precision=Precision.SEASON,
        start=datetime(2018, 8, 31, 22, tzinfo=UTC),
        day=date(2018, 11, 30),
        parties=("polisen",),
    ),
    replace(WALK, id=ANOTHERS, parties=("ab-bostader",)),
    replace(WALK, id=LONG_AGO, start=datetime(2018, 3, 1, tzinfo=UTC), day=date(2018, 3, 1)),
    Finding(
        *(DARK, None, "norrby", None, "lighting", "Mörkt,\nmycket", "polisen", TODAY),
        *(FindingStatus.OPEN, FOUND, FOUND),
        function="Områdespolis",
    ),
    Finding(
        *(LATE, None, "norrby", None, "lighting", "Sen", "polisen", date(2018, 3, 1)),
        *(FindingStatus.OPEN, FOUND, FOUND),
    ),
    Finding(
        *(DONE, None, "norrby", None, "lighting", "Klar", "polisen", date(2018, 3, 1)),
        *(FindingStatus.DONE, FOUND, FOUND),
    ),
    Finding(
        *(SECRET, None, "norrby", None, "lighting", "Hemligt", "polisen", TODAY),
        *(FindingStatus.OPEN, FOUND, FOUND),
        internal=True,
    ),
    Decision(
        *(DECIDED, None, "Fler pass", FOUND, DecisionStatus.OPEN, FOUND),
        owner="polisen",
        due=date(2018, 10, 1),
    ),
    Meeting(MET, date(2018, 9, 5), date(2018, 8, 8), date(2018, 10, 3), "boras-2018"),
)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: TODAY) as opened:
        for one in opened.walks():
            opened.register.void("walk", one.id, by="Kansliet", expected_number=1)
        opened.register.add(RECORDS, by="Kansliet")
        yield opened


def events(body: bytes) -> Mapping[str, Any]:
    """Return a calendar's events by the id of what they are, as another program reads them."""
    text = body.decode()
    # RFC 5545, 3.1: lines end by CRLF and hold 75 octets at most.
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert text.count("\n") == text.count("\r\n")
    (read,) = vobject.readComponents(text)
    assert read.version.value == "2.0"
    found = {event.uid.value.partition("@")[0]: event for event in read.vevent_list}
    assert len(found) == len(read.vevent_list)
    for event in found.values():
        assert event.uid.value.endswith("@lofteskartan")
        assert event.dtstamp.value.tzinfo is not None
        assert event.validate(raiseException=True)
    return found


def test_a_partys_calendar_holds_its_walks_meetings_and_due_days(service: Service) -> None:
    found = events(party_calendar(service, "polisen", "sv"))
    # What is late stays until it is done; what is over does not for good.
    ours = {EVENING, SEASON, DARK, LATE, SECRET, DECIDED, MET, f"{MET}-next"}
    assert {id_ for id_ in found if id_.startswith("00000000")} == ours
    walk = found[EVENING]
    assert walk.summary.value == "Trygghetsvandring, Hulta"
    assert walk.dtstart.value.astimezone(UTC) == AT
    assert walk.dtend.value.astimezone(UTC) == datetime(2018, 9, 20, 18, 30, tzinfo=UTC)
    assert walk.location.value == "Hulta torg; vid kiosken, öster"
    assert (walk.status.value, walk.sequence.value) == ("CONFIRMED", "0")
    # Some day from September to November.
    season = found[SEASON]
    assert (season.dtstart.value, season.dtend.value) == (date(2018, 9, 1), date(2018, 12, 1))
    due = found[DARK]
    assert (due.dtstart.value, due.dtend.value) == (TODAY, date(2018, 9, 11))
    assert due.summary.value == "Senast i dag: Mörkt,\nmycket"
    assert due.description.value.endswith("\nOmrådespolis")
    assert due.transp.value == "TRANSPARENT"
    assert found[DECIDED].dtstart.value == date(2018, 10, 1)
    assert found[f"{MET}-next"].dtstart.value == date(2018, 10, 3)
    # The other promise's party is at none of these meetings.
    theirs = events(party_calendar(service, "marks-kommun", "en"))
    assert ours.isdisjoint(theirs)
    with pytest.raises(UnknownIdError):
        party_calendar(service, "nobody", "sv")


def test_what_a_reader_may_not_see_is_not_in_it(service: Service) -> None:
    body = party_calendar(for_readers(service), "polisen", "sv")
    assert SECRET not in events(body)
    assert b"Hemligt" not in body
    assert DARK in events(body)


def test_each_change_is_a_later_version_of_the_same(service: Service) -> None:
    register = service.register

    def told(id_: str) -> tuple[str, str, Any]:
        event = events(party_calendar(service, "polisen", "en"))[id_]
        return event.status.value, event.sequence.value, event.dtstart.value

    later = replace(WALK, start=datetime(2018, 9, 27, 17, tzinfo=UTC), day=date(2018, 9, 27))
    register.change(later, by="A", expected_number=1)
    status, sequence, start = told(EVENING)
    assert (status, sequence, start.astimezone(UTC)) == ("CONFIRMED", "1", later.start)
    register.change(replace(later, status=WalkStatus.CANCELLED), by="A", expected_number=2)
    assert told(EVENING)[:2] == ("CANCELLED", "2")
    register.void("walk", EVENING, by="A", expected_number=3)
    assert told(EVENING)[:2] == ("CANCELLED", "3")
    finding = service.finding(DARK)
    done = replace(finding, status=FindingStatus.DONE, status_day=TODAY)
    register.change(done, by="A", expected_number=1)
    assert told(DARK) == ("CANCELLED", "1", TODAY)
    register.bring_back("finding", DARK, 1, by="A", expected_number=2)
    assert told(DARK) == ("CONFIRMED", "2", TODAY)
    # The next meeting is there once: as what it was planned for until it is begun.
    register.add(
        [Meeting(id_of(20), date(2018, 10, 3), date(2018, 9, 5), None, "boras-2018")], by="A"
    )
    found = events(party_calendar(service, "polisen", "en"))
    assert f"{MET}-next" not in found
    assert found[id_of(20)].dtstart.value == date(2018, 10, 3)


def test_a_walk_is_an_invitation_that_is_updated_and_cancelled(service: Service) -> None:
    for_walk = events(walk_calendar(service, EVENING, "en"))
    assert for_walk[EVENING].summary.value == "Safety walk, Hulta"
    assert for_walk[EVENING].sequence.value == "0"
    off = replace(WALK, status=WalkStatus.CANCELLED)
    service.register.change(off, by="A", expected_number=1)
    (event,) = events(walk_calendar(service, EVENING, "en")).values()
    assert (event.status.value, event.sequence.value) == ("CANCELLED", "1")
    with pytest.raises(UnknownIdError):
        walk_calendar(service, id_of(99), "sv")
