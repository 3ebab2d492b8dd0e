"""What is kept from somebody is not there for them, and what isn't theirs stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from geodata.errors import AccessError, UnknownIdError
from geodata.model import Activity, Finding, FindingStatus, Meeting, Record, Walk
from geodata.service import Service
from geodata.service.limited import LimitedService, Limits, for_readers
from geodata.service.meetings import closings, frozen
from geodata.service.recording import FormValues, Saved, act, save
from geodata.service.reporting import close
from geodata.settings import NO_BASEMAP, Settings, register_url

from ..papers import words_of

TODAY = date(2018, 12, 1)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    url = register_url(str(tmp_path / "register.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP), today=lambda: TODAY) as opened:
        yield opened


@pytest.fixture
def police(service: Service) -> Service:
    limits = Limits(sees_planning=False, sees_internal=True, parties=frozenset({"polisen"}))
    return LimitedService(service, limits, {})


def saved(answer: object) -> Record:
    assert isinstance(answer, Saved), answer
    return answer.record


def activity(service: Service, *parties: str) -> Activity:
    told: FormValues = {"id": str(uuid4()), "by": "A", "kind": "foot_patrol", "area": "norrby"}
    told = {**told, "date": "2018-08-20", "parties": parties}
    record = saved(save(service, "activity", told))
    assert isinstance(record, Activity)
    return record


def found(service: Service, *, internal: bool, owner: str = "") -> Finding:
    told: FormValues = {"id": str(uuid4()), "by": "A", "category": "lighting", "area": "norrby"}
    told = {**told, "text": f"Lampan {internal}", "day": "2018-08-20", "status": "open"}
    told = {**told, "owner": owner, "internal": ("yes",) if internal else ()}
    record = saved(save(service, "finding", told))
    assert isinstance(record, Finding)
    return record


def test_a_party_writes_down_its_own(police: Service, service: Service) -> None:
    own = activity(police, "polisen", "boras-stad")
    assert service.activity(own.id) == own
    longer = police.register.change(replace(own, minutes=30), by="A", expected_number=1)
    saved(act(police, "void", "activity", own.id, {"by": "A"}, expected_number=longer))
    saved(act(police, "restore", "activity", own.id, {"by": "A"}, expected_number=longer + 1))
    number = police.register.bring_back("activity", own.id, 1, by="A", expected_number=longer + 2)
    assert number == longer + 3


def test_what_is_anothers_stays_as_it_is(police: Service, service: Service) -> None:
    theirs, own = activity(service, "boras-stad"), activity(service, "polisen")
    before = service.version()
    register = police.register
    for attempt in (
        lambda: register.add([replace(theirs, id=str(uuid4()))], by="A"),
        lambda: register.add([replace(own, id=str(uuid4()), parties=())], by="A"),
        lambda: register.change(replace(theirs, minutes=9), by="A", expected_number=1),
        # Neither takes it over nor gives it away.
        lambda: register.change(replace(theirs, parties=("polisen",)), by="A", expected_number=1),
        lambda: register.change(replace(own, parties=("boras-stad",)), by="A", expected_number=1),
        lambda: register.void("activity", theirs.id, by="A", expected_number=1),
        lambda: register.restore("activity", theirs.id, by="A", expected_number=1),
        lambda: register.bring_back("activity", theirs.id, 1, by="A", expected_number=1),
        lambda: register.change_many([(own, 1)], by="A"),
        lambda: register.put([(own, 1)], by="A"),
        lambda: register.void_many([("activity", own.id, 1)], by="A"),
        lambda: register.make_ready([own]),
        lambda: register.remember("key", "value"),
        lambda: register.remember_mapping("headers", {}),
        lambda: register.dispose(date(2018, 9, 1), "Decision 1", by="A"),
        lambda: register.redact("activity", own.id, reason="A", by="A", expected_number=1),
    ):
        with pytest.raises(AccessError):
            attempt()
    assert service.version() == before


def test_an_earlier_version_that_was_anothers_is_not_brought_back(
    police: Service, service: Service
) -> None:
    once = activity(service, "boras-stad")
    service.register.change(replace(once, parties=("polisen",)), by="A", expected_number=1)
    before = service.version()
    with pytest.raises(AccessError):
        police.register.bring_back("activity", once.id, 1, by="A", expected_number=2)
    assert service.version() == before
    assert service.activity(once.id).parties == ("polisen",)


def test_what_is_found_is_for_whom_it_says(police: Service, service: Service) -> None:
    # Another party is to mend it, more often than not; on another's walk it is theirs to write.
    mine = found(police, internal=False, owner="ab-bostader")
    police.register.change(
        replace(mine, status=FindingStatus.DONE, status_day=TODAY), by="A", expected_number=1
    )
    walk = {"id": str(uuid4()), "by": "A", "area": "norrby", "date": "2018-08-20"}
    walk = {**walk, "status": "planned", "minutes": "60"}
    theirs = saved(save(service, "walk", {**walk, "parties": ("boras-stad",)}))
    assert isinstance(theirs, Walk)
    for owner, is_ours in (("polisen", True), ("boras-stad", False)):
        one = replace(mine, id=str(uuid4()), walk_id=theirs.id, owner=owner)
        if is_ours:
            police.register.add([one], by="A")
        else:
            with pytest.raises(AccessError):
                police.register.add([one], by="A")


def test_who_only_reads_writes_nothing(service: Service) -> None:
    reader = for_readers(service)
    mine = activity(service, "polisen")
    for attempt in (
        lambda: reader.register.add([replace(mine, id=str(uuid4()))], by="A"),
        lambda: reader.register.void("activity", mine.id, by="A", expected_number=1),
    ):
        with pytest.raises(AccessError):
            attempt()


def test_an_internal_finding_is_nowhere_for_who_may_not_see_it(service: Service) -> None:
    reader = for_readers(service)
    hidden, told = found(service, internal=True), found(service, internal=False)
    assert [one.id for one in reader.findings()] == [told.id]
    assert {one.id for one in service.findings()} == {hidden.id, told.id}
    with pytest.raises(UnknownIdError) as unknown:
        reader.finding(hidden.id)
    assert hidden.text not in str(unknown.value)
    assert reader.revisions("finding", hidden.id) == []
    assert reader.health().counts["findings"] == 1
    assert hidden.id not in {record.id for record, _ in reader.register.numbered()}
    # What it said while it was internal stays unsaid when it no longer is.
    service.register.change(
        replace(hidden, internal=False, text="Lampan"), by="A", expected_number=1
    )
    assert [one.content["text"] for one in reader.revisions("finding", hidden.id)] == ["Lampan"]


def closed(service: Service) -> Meeting:
    told = {"id": str(uuid4()), "by": "A", "day": "2018-09-05", "since": "2018-08-08"}
    meeting = saved(save(service, "meeting", told))
    who = {"by": "A", "present": ("polisen",), "function/polisen": "Chef"}
    record = saved(close(service, meeting.id, who, expected_number=1))
    assert isinstance(record, Meeting)
    return record


def test_readers_have_closed_minutes_without_what_is_internal(service: Service) -> None:
    reader = for_readers(service)
    found(service, internal=True)
    found(service, internal=False)
    meeting = closed(service)
    whole, theirs = (frozen(one, meeting.id, "sv/rapport.pdf") for one in (service, reader))
    assert ("Lampan True" in words_of(whole), "Lampan False" in words_of(whole)) == (True, True)
    assert ("Lampan True" in words_of(theirs), "Lampan False" in words_of(theirs)) == (False, True)
    assert frozen(reader, meeting.id, "sv/rapport.pdf") == theirs
    for one in (reader.meeting(meeting.id), *reader.register.meetings()):
        assert dict(one.documents)["sv/rapport.pdf"] == sha256(theirs).hexdigest()
        assert sha256(whole).hexdigest() not in dict(one.documents).values()
    names = closings(service, meeting.id)[0].documents.keys()
    assert names == closings(reader, meeting.id)[0].documents.keys()


def test_minutes_of_nothing_internal_are_kept_once(service: Service) -> None:
    found(service, internal=False)
    meeting = closed(service)
    own, theirs = (
        closings(one, meeting.id)[0].documents for one in (service, for_readers(service))
    )
    assert own == theirs
