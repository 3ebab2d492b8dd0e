"""Meetings and decisions in the register: nothing is overwritten, and marks of two screens add."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import uuid4

import pytest
from shapely import LineString

from geodata.errors import UnknownIdError
from geodata.model import Decision, DecisionStatus, Meeting, Precision, Walk, WalkStatus
from geodata.service import Service
from geodata.service.meetings import agenda_of, held_before, meetings, moved, set_discussed
from geodata.service.paper_maps import report_maps
from geodata.service.recording import Conflict, FormValues, Refused, Saved, act, form_values, save
from geodata.service.reporting import Asked, gather
from geodata.settings import NO_BASEMAP, Settings, register_url

TODAY = date(2018, 9, 10)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    opened = Service.open(settings, today=lambda: TODAY)
    yield opened
    opened.close()


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def begun(service: Service, **values: str) -> Meeting:
    given = {"id": str(uuid4()), "by": "Styrgruppen", "day": "2018-09-05", "since": "2018-08-08"}
    answer = save(service, "meeting", {**given, **values})
    assert isinstance(answer, Saved), answer
    assert isinstance(answer.record, Meeting)
    return answer.record


def decided(service: Service, meeting: Meeting, **values: str) -> Decision:
    answer = save(service, "decision", form(meeting, **values))
    assert isinstance(answer, Saved), answer
    assert isinstance(answer.record, Decision)
    return answer.record


def form(meeting: Meeting, **values: str) -> FormValues:
    return {
        "id": str(uuid4()),
        "meeting": meeting.id,
        "on": meeting.day.isoformat(),
        "by": "Styrgruppen",
        "text": "Byt lamporna",
        **values,
    }


def test_a_decision_follows_to_every_meeting_until_it_is_done(service: Service) -> None:
    first = begun(service)
    made = decided(service, first, about="area/norrby", due="2018-09-30")
    assert agenda_of(service, first).decided == (made,)
    second = begun(service, day="2018-10-03", since="2018-09-05")
    agenda = agenda_of(service, second)
    assert agenda.earlier == agenda.open == (made,)
    assert [(due.kind, due.late) for due in agenda.due if due.id == made.id] == [("decision", True)]
    done = {**form_values(made), "on": "2018-10-03", "by": "Styrgruppen", "status": "done"}
    answer = save(service, "decision", done, record_id=made.id, expected_number=1)
    assert isinstance(answer, Saved)
    agenda = agenda_of(service, second)
    assert (agenda.open, [d.status for d in agenda.earlier]) == ((), [DecisionStatus.DONE])
    # The meeting that made it still sees it as it was on its own day.
    assert agenda_of(service, first).open != ()
    third = begun(service, day="2018-10-31", since="2018-10-03")
    assert agenda_of(service, third).earlier == ()
    history = service.revisions("decision", made.id)
    assert [revision.action for revision in history] == ["create", "change"]


def test_decisions_of_one_day_stand_as_they_were_made(service: Service) -> None:
    meeting = begun(service)
    made = [decided(service, meeting, text=f"Beslut {number}") for number in range(6)]
    changed = {**form_values(made[2]), "on": "2018-09-05", "by": "A", "text": "Ändrat"}
    assert isinstance(
        save(service, "decision", changed, record_id=made[2].id, expected_number=1), Saved
    )
    assert [one.id for one in service.decisions()] == [one.id for one in made]


def test_a_decision_changed_on_another_screen_is_shown_and_not_overwritten(
    service: Service,
) -> None:
    meeting = begun(service)
    made = decided(service, meeting)
    mine = {**form_values(made), "on": "2018-09-05", "by": "A", "text": "Byt alla lampor"}
    theirs = {**form_values(made), "on": "2018-09-05", "by": "B", "due": "2018-12-01"}
    first = save(service, "decision", theirs, record_id=made.id, expected_number=1)
    assert isinstance(first, Saved)
    second = save(service, "decision", mine, record_id=made.id, expected_number=1)
    assert isinstance(second, Conflict)
    assert {d.field for d in second.differences} == {"text", "due"}
    assert service.decision(made.id).text == "Byt lamporna"


def test_a_decision_that_is_sent_twice_is_saved_once(service: Service) -> None:
    values = form(begun(service))
    assert isinstance(save(service, "decision", values), Saved)
    assert isinstance(save(service, "decision", values), Saved)
    assert len(service.decisions()) == 1


def test_a_decision_can_be_taken_back_and_brought_back(service: Service) -> None:
    made, who = decided(service, begun(service)), {"by": "A"}
    assert isinstance(act(service, "void", "decision", made.id, who, expected_number=1), Saved)
    assert service.decisions() == ()
    assert isinstance(act(service, "restore", "decision", made.id, who, expected_number=2), Saved)
    assert service.decisions() == (made,)


def test_what_is_not_a_day_is_told_and_nothing_is_saved(service: Service) -> None:
    values = {"id": str(uuid4()), "by": "A", "day": "i morse", "since": ""}
    answer = save(service, "meeting", values)
    assert isinstance(answer, Refused)
    assert {p.field for p in answer.problems} == {"day", "since"}
    assert meetings(service) == []


def test_marks_of_many_screens_add_and_none_is_lost(service: Service) -> None:
    meeting = begun(service)
    steps = agenda_of(service, meeting).steps
    with ThreadPoolExecutor(6) as screens:
        marked = [
            screens.submit(set_discussed, service, meeting.id, step, done=True, by="A")
            for step in steps
        ]
    assert all(one.exception() is None for one in marked)
    assert set(service.meeting(meeting.id).discussed) == set(steps)
    set_discussed(service, meeting.id, "now", done=False, by="A")
    set_discussed(service, meeting.id, "now", done=False, by="A")
    assert set(service.meeting(meeting.id).discussed) == set(steps) - {"now"}


def test_a_mark_on_no_meeting_is_told(service: Service) -> None:
    with pytest.raises(UnknownIdError):
        set_discussed(service, "nothing", "now", done=True, by="A")


def test_the_meeting_before_is_of_the_same_promise_or_of_all(service: Service) -> None:
    day = date(2018, 10, 3)
    assert held_before(service, day, None) == date(2018, 9, 5)
    begun(service, day="2018-09-20", since="2018-09-01", promise="mark-2018")
    begun(service, day="2018-09-12", since="2018-09-01")
    assert held_before(service, day, None) == date(2018, 9, 20)
    assert held_before(service, day, "mark-2018") == date(2018, 9, 20)
    assert held_before(service, day, "boras-2018") == date(2018, 9, 12)
    assert held_before(service, date(2018, 9, 12), "boras-2018") == date(2018, 8, 15)
    assert [one.day.day for one in meetings(service)] == [20, 12]


def test_a_finding_outside_every_area_is_in_the_meeting(service: Service) -> None:
    values = {
        "id": str(uuid4()),
        "by": "A",
        "category": "lighting",
        "text": "Mörkt vid bron",
        "area": "outside",
        "day": "2018-08-20",
        "due": "2018-09-01",
        "status": "open",
    }
    made = save(service, "finding", values)
    assert isinstance(made, Saved), made
    agenda = agenda_of(service, begun(service))
    assert agenda.news.found == (made.record,)
    assert [(due.id, due.late) for due in agenda.due if due.kind == "finding"] == [
        (made.record.id, True)
    ]


def test_a_meeting_tells_of_no_walk_after_the_day_that_it_looks_ahead_to(service: Service) -> None:
    # A meeting on 5 September without a next one looks four weeks ahead: to 3 October.
    days = (date(2018, 9, 6), date(2018, 10, 3), date(2018, 10, 4), date(2021, 5, 10))
    way = LineString([(12.92, 57.72), (12.93, 57.72)])
    walks = [
        Walk(str(n), "norrby", WalkStatus.PLANNED, noon(day), Precision.DAY, day, route=way)
        for n, day in enumerate(days)
    ]
    service.register.add(walks, by="test")
    meeting = begun(service)
    agenda = agenda_of(service, meeting)
    (step,) = [step for step in agenda.areas if step.area_id == "norrby"]
    assert [walk.id for walk in step.planned] == ["0", "1"]
    assert [due.id for due in agenda.due if due.kind == "walk"] == ["0", "1"]
    matter = gather(service, Asked(meeting=meeting))
    (area,) = [area for area in matter.areas if area.area.id == "norrby"]
    assert [walk.id for walk in area.walks] == ["0", "1"]
    pages = report_maps(service, matter)
    views = [view for page in pages.values() for view in page.views]
    (view,) = [view for view in views if view.title == area.area.name]
    assert [look for look, _ in view.ways] == ["planned", "planned"]


@pytest.mark.parametrize("day", [date.min, date(1, 1, 2), date.max])
def test_days_at_the_calendars_ends_are_days_too(service: Service, day: date) -> None:
    before = held_before(service, day, None)
    assert before <= day
    assert moved(day, day - before) >= day
    agenda = agenda_of(service, Meeting("m", day, before))
    assert agenda.horizon >= day
