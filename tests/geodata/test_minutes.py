"""Closed minutes: the same bytes for good, and what came later is told, not mixed in."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geodata.analysis.agenda import LateKind
from geodata.analysis.meeting import came_late
from geodata.errors import ExportError, RegisterError, UnknownIdError
from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Meeting,
    Precision,
    Record,
    RecordChange,
    Revision,
    Walk,
    WalkStatus,
)
from geodata.service import Service, promises
from geodata.service.meetings import (
    agenda_of,
    closings,
    frozen,
    late_after,
    set_discussed,
    set_note,
)
from geodata.service.recording import Conflict, Refused, Saved, act, form_values, save
from geodata.service.reporting import MINUTES, Asked, close, make_report, reopen
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

TODAY = date(2018, 12, 1)
WHO = {"by": "Styrgruppen", "present": ("polisen",), "function/polisen": "Lokalpolisområdeschef"}
NAMES = [f"{language}/{name}" for language in ("sv", "en") for name in MINUTES]


@pytest.fixture
def url(own_blank: Path) -> str:
    return register_url(str(own_blank))


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    with Service.open(Settings(url, basemap=NO_BASEMAP), today=lambda: TODAY) as opened:
        yield opened


def saved(answer: object) -> Record:
    assert isinstance(answer, Saved), answer
    return answer.record


def held(service: Service, **values: str) -> Meeting:
    told = {"id": str(uuid4()), "by": "A", "day": "2018-09-05", "since": "2018-08-08", **values}
    record = saved(save(service, "meeting", told))
    assert isinstance(record, Meeting)
    return record


def closed(service: Service, meeting: Meeting) -> Meeting:
    number = service.newest_number("meeting", meeting.id)
    record = saved(close(service, meeting.id, WHO, expected_number=number))
    assert isinstance(record, Meeting)
    return record


def recorded(service: Service, day: str, **values: str) -> Record:
    told = {"id": str(uuid4()), "by": "A", "kind": "foot_patrol", "area": "norrby", "date": day}
    return saved(save(service, "activity", {**told, **values}))


def minutes(service: Service, meeting: Meeting, version: int | None = None) -> dict[str, bytes]:
    return {name: frozen(service, meeting.id, name, version) for name in NAMES}


def test_the_bytes_are_the_same_whatever_is_recorded_changed_and_started_anew(
    service: Service, url: str
) -> None:
    meeting = held(service)
    first = recorded(service, "2018-08-20")
    closed(service, meeting)
    kept = minutes(service, meeting)
    assert kept["sv/rapport.pdf"].startswith(b"%PDF")
    recorded(service, "2018-08-21")
    changed = {**form_values(first), "by": "B", "minutes": "30"}
    saved(save(service, "activity", changed, record_id=first.id, expected_number=1))
    saved(act(service, "void", "activity", first.id, {"by": "B"}, expected_number=2))
    assert minutes(service, meeting) == kept
    named = closings(service, meeting.id)[0].documents
    assert {n: hashlib.sha256(body).hexdigest() for n, body in kept.items()} == named
    # Another process, which opens the register anew.
    asked = (
        "import sys, hashlib\n"
        "from geodata.service import Service\n"
        "from geodata.service.meetings import frozen\n"
        "from geodata.settings import NO_BASEMAP, Settings\n"
        "with Service.open(Settings(sys.argv[1], basemap=NO_BASEMAP)) as service:\n"
        "    body = frozen(service, sys.argv[2], 'sv/rapport.pdf')\n"
        "print(hashlib.sha256(body).hexdigest())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked, url, meeting.id], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == named["sv/rapport.pdf"]


def test_what_came_later_is_told_beside_them_and_on_the_next_agenda(service: Service) -> None:
    meeting = held(service)
    before = recorded(service, "2018-08-20")
    closed(service, meeting)
    assert late_after(service, service.meeting(meeting.id)) == ()
    early = recorded(service, "2018-06-11")  # before the meeting before: its figures count it too
    late = recorded(service, "2018-09-05")
    recorded(service, "2018-09-06")  # the day after: the next meeting's
    saved(act(service, "void", "activity", before.id, {"by": "B"}, expected_number=1))
    told = late_after(service, service.meeting(meeting.id))
    assert [(one.record.id, one.what) for one in told] == [
        (early.id, "new"),
        (before.id, "withdrawn"),
        (late.id, "new"),
    ]
    following = held(service, day="2018-10-03", since="2018-09-05")
    assert agenda_of(service, following).late == told
    # A meeting of the other promise has nothing to do with Norrby.
    other = held(service, day="2018-10-03", since="2018-09-05", promise="mark-2018")
    assert agenda_of(service, other).late == told  # the closed one was about all promises
    saved(act(service, "restore", "activity", before.id, {"by": "B"}, expected_number=2))
    left = [one.record.id for one in agenda_of(service, following).late]
    assert left == [early.id, late.id]  # what is as it was has not changed


def test_a_promise_that_says_something_else_afterwards_is_told(service: Service) -> None:
    def change(**values: str) -> None:
        begun = promises.filled(service, "change", "boras-2018")
        said = {**promises.form_values(begun.base), "by": "kansliet", **values}
        saved(promises.save(service, begun, said, draft=False))

    meeting = held(service)
    change(title="Löftet för Borås")
    closed(service, meeting)
    assert late_after(service, service.meeting(meeting.id)) == ()
    before = service.catalogue.promise_by_id["boras-2018"].commitments[2].measure
    change(**{"point3-target": "9"})
    (told,) = late_after(service, service.meeting(meeting.id))
    assert (told.kind, told.record.id, told.what) == ("catalogue_entry", "boras-2018", "changed")
    assert told.day == datetime.now(SWEDISH_TIME).date()
    following = held(service, day="2018-10-03", since="2018-09-05")
    assert agenda_of(service, following).late == (told,)
    # Every document and screen that lists what came late can say it.
    assert b"PDF" in make_report(service, Asked(meeting=following))[:8]
    # Put away in the archive it says the same, and with its number back nothing is late.
    change(**{"point3-target": str(before.target)})  # type: ignore[union-attr]
    number = service.newest_number("catalogue_entry", "promises/boras-2018.toml")
    who = {"by": "kansliet"}
    saved(promises.archive(service, "boras-2018", who, number, archived=True))
    assert late_after(service, service.meeting(meeting.id)) == ()


def test_only_a_reason_opens_it_and_the_next_closing_is_a_new_version(service: Service) -> None:
    meeting = held(service)
    closed(service, meeting)
    kept = minutes(service, meeting)
    for reason, key in (
        ("", "form.needed"),
        ("För 19121212-1212", "intake.personal_identity_number"),
    ):
        answer = reopen(service, meeting.id, {"by": "A", "reason": reason}, expected_number=2)
        assert isinstance(answer, Refused)
        assert [(p.field, p.key) for p in answer.problems] == [("reason", key)]
    assert service.meeting(meeting.id).ended
    said = {"by": "A", "reason": "Ett beslut saknades"}
    saved(reopen(service, meeting.id, said, expected_number=2))
    assert isinstance(reopen(service, meeting.id, said, expected_number=2), Conflict)
    recorded(service, "2018-08-21")
    closed(service, meeting)
    assert [(one.number, one.reopened) for one in closings(service, meeting.id)] == [
        (1, ""),
        (2, "Ett beslut saknades"),
    ]
    assert minutes(service, meeting, 1) == kept
    assert minutes(service, meeting, 2) != kept
    assert minutes(service, meeting) == minutes(service, meeting, 2)
    # The second tells of what was late after the first.
    assert late_after(service, service.meeting(meeting.id)) == ()
    with pytest.raises(UnknownIdError):
        frozen(service, meeting.id, "sv/rapport.pdf", 3)


def test_a_closed_meeting_takes_nothing_more(service: Service) -> None:
    meeting = closed(service, held(service))
    decision = {"id": str(uuid4()), "by": "A", "meeting": meeting.id, "on": "2018-09-05"}
    refused = [
        lambda: save(service, "decision", {**decision, "text": "Byt lamporna"}),
        lambda: set_discussed(service, meeting.id, "now", done=True, by="A"),
        lambda: set_note(service, meeting.id, "now", {"by": "A", "note": "Mer"}),
        lambda: close(service, meeting.id, WHO, expected_number=2),
        lambda: save(
            service,
            "meeting",
            {**form_values(meeting), "by": "A", "day": "2018-09-06"},
            record_id=meeting.id,
            expected_number=2,
        ),
    ]
    for ask in refused:
        with pytest.raises(RegisterError) as told:
            ask()
        assert told.value.key == "register.meeting_closed"
    assert service.newest_number("meeting", meeting.id) == 2
    # No other way makes figures of a closed meeting that could differ from its minutes.
    with pytest.raises(ExportError):
        make_report(service, Asked(meeting=service.meeting(meeting.id)))


def test_closing_asks_who_was_there_and_refuses_identity_numbers(service: Service) -> None:
    meeting = held(service)
    wrong = [
        ({"by": "A"}, "present"),
        ({**WHO, "function/polisen": "19121212-1212"}, "function/polisen"),
        ({**WHO, "by": ""}, "by"),
        ({**WHO, "present": ("nobody",)}, "present"),
    ]
    for values, field in wrong:
        answer = close(service, meeting.id, values, expected_number=1)
        assert isinstance(answer, Refused)
        assert {p.field for p in answer.problems} == {field}
    ahead = held(service, day="2018-12-02", since="2018-11-20")
    answer = close(service, ahead.id, WHO, expected_number=1)
    assert isinstance(answer, Refused)
    assert {p.key for p in answer.problems} == {"form.meeting_ahead"}
    stale = close(service, meeting.id, WHO, expected_number=0)
    assert isinstance(stale, Conflict)
    assert not service.meeting(meeting.id).ended


def test_notes_go_into_the_minutes_and_nobody_writes_over_anothers(service: Service) -> None:
    meeting = held(service)
    saved(set_note(service, meeting.id, "area/norrby", {"by": "A", "note": "Belysningen tas upp"}))
    with pytest.raises(RegisterError) as told:
        set_note(service, meeting.id, "area/norrby", {"by": "B", "note": "Annat", "before": ""})
    assert told.value.key == "register.note_changed"
    more = {"by": "B", "note": "Belysningen mäts", "before": "Belysningen tas upp"}
    saved(set_note(service, meeting.id, "area/norrby", more))
    saved(set_note(service, meeting.id, "now", {"by": "B", "note": "x"}))
    saved(set_note(service, meeting.id, "now", {"by": "B", "note": "", "before": "x"}))
    refused = set_note(service, meeting.id, "now", {"by": "B", "note": "Ring 19121212-1212"})
    assert isinstance(refused, Refused)
    made = closed(service, meeting)
    assert made.notes == (("area/norrby", "Belysningen mäts"),)
    assert made.present == (("polisen", "Lokalpolisområdeschef"),)


# --- the rule of what is late ------------------------------------------------------------------

AT = datetime(2018, 9, 20, 8, tzinfo=UTC)
MEETING = Meeting("m", date(2018, 9, 5), date(2018, 8, 8))


def activity(day: date, **values: object) -> Activity:
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    given = {"area_id": "norrby", "place": None, **values}
    return Activity("a", "foot_patrol", start=start, precision=Precision.DAY, day=day, **given)  # type: ignore[arg-type]


def finding(day: date, status: FindingStatus, status_day: date, text: str = "Mörkt") -> Finding:
    return Finding("f", None, "norrby", None, "lighting", text, None, None, status, day, status_day)


def decision(
    status: DecisionStatus, status_day: date, text: str = "Byt", out: str = ""
) -> Decision:
    day = date(2018, 9, 5)
    return Decision("d", "m", text, day, status, status_day, area_id="norrby", outcome=out)


def walk(status: WalkStatus) -> Walk:
    day = date(2018, 9, 1)
    start = datetime(2018, 9, 1, 17, tzinfo=UTC)
    return Walk("w", "norrby", status, start, Precision.DAY, day)


DAY, BEFORE, AFTER = date(2018, 8, 20), date(2017, 1, 1), date(2018, 9, 6)
OPEN, DONE = FindingStatus.OPEN, FindingStatus.DONE
CASES = [
    (None, activity(DAY), "new"),
    (None, activity(date(2018, 9, 5)), "new"),
    (None, activity(AFTER), None),
    (None, activity(BEFORE), None),  # before every promise
    (activity(DAY), None, "withdrawn"),
    (activity(DAY), activity(DAY), None),
    (activity(DAY), activity(DAY, minutes=30), "changed"),
    (activity(DAY), activity(AFTER), "changed"),  # moved out of the period
    (activity(AFTER), activity(DAY), "changed"),  # and into it
    (activity(AFTER), activity(AFTER, minutes=30), None),
    (None, None, None),  # recorded and withdrawn again
    (None, activity(DAY, area_id=None), "new"),
    (None, activity(DAY, area_id="elsewhere"), None),
    (None, activity(DAY, area_id="elsewhere", commitments=("boras-2018/1",)), "new"),
    (None, activity(DAY, walk_id="w"), None),  # told as the walk that it is
    (walk(WalkStatus.PLANNED), walk(WalkStatus.HELD), "changed"),
    (None, finding(DAY, OPEN, DAY), "new"),
    (finding(DAY, OPEN, DAY), finding(DAY, DONE, AFTER), None),  # mended after the meeting
    (finding(DAY, OPEN, DAY), finding(DAY, DONE, date(2018, 9, 5)), "changed"),
    (finding(DAY, OPEN, DAY), finding(DAY, DONE, AFTER, "Ljust"), "changed"),
    (
        decision(DecisionStatus.OPEN, DAY),
        decision(DecisionStatus.DONE, AFTER, out="Bytta"),
        None,
    ),
    (decision(DecisionStatus.OPEN, DAY), decision(DecisionStatus.OPEN, DAY, "Byt alla"), "changed"),
    (decision(DecisionStatus.OPEN, DAY), None, "withdrawn"),
]


@pytest.mark.parametrize(("before", "after", "what"), CASES)
def test_what_is_late(
    service: Service, before: Record | None, after: Record | None, what: LateKind | None
) -> None:
    kinds = {Activity: "activity", Walk: "walk", Finding: "finding", Decision: "decision"}
    kind = kinds.get(type(after or before), "activity")
    newest = Revision(9, kind, "x", 2, AT, "A", "change", {})  # type: ignore[arg-type]
    promises = [service.catalogue.promise_by_id["boras-2018"]]
    found = came_late([RecordChange(before, after, newest)], MEETING, promises)
    assert [one.what for one in found] == ([] if what is None else [what])


@settings(
    max_examples=5,
    deadline=None,
    # An example makes two reports: what fails is told as it is, not in the shortest form.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=st.lists(st.dates(date(2018, 8, 25), date(2018, 9, 15)), max_size=5), data=st.data())
def test_frozen_and_late_add_up_to_what_is_recorded(
    service: Service, days: list[date], data: st.DataObject
) -> None:
    meeting = held(service)
    split = data.draw(st.integers(0, len(days)))
    for day in days[:split]:
        recorded(service, day.isoformat())
    closed(service, meeting)
    kept = minutes(service, meeting)
    later = [recorded(service, day.isoformat()) for day in days[split:]]
    told = {one.record.id for one in late_after(service, service.meeting(meeting.id))}
    assert told == {one.id for one in later if one.day <= meeting.day}  # type: ignore[union-attr]
    assert minutes(service, meeting) == kept
