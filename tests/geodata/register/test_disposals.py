"""What a decision takes away is gone from every version and from the file; who and why stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from geodata.errors import AccessError, RegisterError, UnknownIdError
from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Meeting,
    Walk,
    WalkStatus,
)
from geodata.register import Register
from geodata.register.backups import examine_register
from geodata.register.damage import Damage
from geodata.register.encoding import activity_id
from geodata.service.limited import LimitedRegister, Limits

New = Callable[..., Activity]
OLD, BEFORE, NEW = date(2015, 5, 3), date(2016, 1, 1), date(2017, 5, 3)
SECRET = "Anna Andersson, Storgatan 1"
MINUTES = b"minutes with a secret in them"


def damage_in(url: str) -> list[Damage]:
    found: list[Damage] = []
    examine_register(url, found.append)
    return found


@pytest.fixture
def full(
    url: str,
    new_activity: New,
    new_walk: Callable[..., Walk],
    new_finding: Callable[..., Finding],
) -> str:
    """Give a register with old and new of each kind; what is open stays, with its walk."""
    closed = {"status": FindingStatus.DONE, "status_day": OLD, "day": OLD}
    digest = sha256(MINUTES).hexdigest()
    met = Meeting("m-old", OLD, OLD, notes=(("work", SECRET),))
    with Register.open(url) as register:
        register.add(
            [
                new_activity(id="old", day=OLD, note=SECRET),
                new_activity(id="new", day=NEW, note=SECRET),
            ],
            [
                new_walk(id="w-done", day=OLD, status=WalkStatus.HELD, note=SECRET),
                new_walk(id="w-open", day=OLD, status=WalkStatus.HELD),
            ],
            by="test",
        )
        register.add(
            [
                new_finding(id="f-done", walk_id="w-done", text=SECRET, **closed),
                new_finding(id="f-open", walk_id="w-open", day=OLD, status_day=OLD),
                # Settled, but after the day: it was still somebody's then.
                new_finding(id="f-late", **{**closed, "status_day": NEW}),
            ],
            [
                met,
                Decision("d-old", "m-old", SECRET, OLD, DecisionStatus.DONE, OLD),
                Meeting("m-open", OLD, OLD),
                Decision("d-open", "m-open", "x", OLD, DecisionStatus.OPEN, OLD),
            ],
            by="test",
        )
        register.freeze(
            replace(met, ended=True, documents=(("sv/rapport.pdf", digest),)),
            [MINUTES],
            by="test",
            expected_number=1,
            expected_version=register.version(),
        )
        register.change(replace(register.activity("old"), minutes=5), by="test", expected_number=1)
    return url


def test_what_is_over_goes_and_what_somebody_has_to_see_to_stays(full: str) -> None:
    with Register.open(full) as register:
        told = register.due(BEFORE)
        gone = register.dispose(BEFORE, "Dnr 12/2026", by="arkiv")
        assert told == gone
        assert {entity: sorted(ids) for entity, ids in gone.ids.items() if ids} == {
            "activity": sorted(["old", activity_id("w-done")]),
            "walk": ["w-done"],
            "finding": ["f-done"],
            "decision": ["d-old"],
            "meeting": ["m-old"],
        }
        assert {entity: count for entity, count in gone.kept.items() if count} == {
            "activity": 1, "walk": 1, "finding": 2, "decision": 1, "meeting": 1,
        }  # fmt: skip
        for record_id in ("old", activity_id("w-done")):
            with pytest.raises(UnknownIdError):
                register.activity(record_id)
        assert register.activity("new").note == SECRET
        assert {one.id for one in register.walks()} == {"w-open"}
        # Who and when stay, and the decision; what was written does not.
        versions = register.revisions("activity", "old")
        assert [(v.number, v.by, v.action, dict(v.content)) for v in versions] == [
            (1, "test", "create", {}),
            (2, "test", "change", {}),
            (3, "arkiv", "dispose", {}),
        ]
        (one,) = [d for d in register.disposals() if d.entity_id == "old"]
        assert (one.decision, one.before, one.by, one.versions) == (
            "Dnr 12/2026",
            BEFORE,
            "arkiv",
            2,
        )
        latest = register.latest_disposal()
        assert latest is not None
        assert latest.before == BEFORE
        assert register.document(sha256(MINUTES).hexdigest()) is None
        # Once more there is nothing left to take.
        assert not any(register.dispose(BEFORE, "Dnr 12/2026", by="arkiv").ids.values())
    assert damage_in(full) == []


@pytest.mark.sqlite
def test_nothing_of_it_is_left_in_the_files(full: str, path: Path) -> None:
    with Register.open(full) as register:
        register.dispose(BEFORE, "Dnr 12/2026", by="arkiv")
        register.redact("activity", "new", reason="personuppgift", by="adm", expected_number=1)
        files = list(path.parent.iterdir())
        assert path in files
        for file in files:
            held = file.read_bytes()
            assert SECRET.encode() not in held, file.name
            assert MINUTES not in held, file.name


def test_a_disposal_that_fails_takes_nothing(full: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Register.open(full) as register:
        before = register.revisions()

        def fail(*_: object) -> None:
            raise RegisterError("register.locked", register="x")

        monkeypatch.setattr("geodata.register.disposals._drop_documents", fail)
        with pytest.raises(RegisterError):
            register.dispose(BEFORE, "Dnr 12/2026", by="arkiv")
        with pytest.raises(RegisterError):
            register.redact("activity", "new", reason="x", by="adm", expected_number=1)
        assert register.revisions() == before
        assert register.disposals() == []
    assert damage_in(full) == []


def test_a_redacted_record_keeps_its_figures_in_every_version(full: str) -> None:
    with Register.open(full) as register:
        before = register.activity("old")
        number = register.redact(
            "activity", "old", reason="personuppgift", by="adm", expected_number=2
        )
        assert number == 3
        after = register.activity("old")
        assert after.note == "[…]"
        assert replace(after, note=before.note, origin=before.origin) == before
        versions = register.revisions("activity", "old")
        assert [v.content["note"] for v in versions] == ["[…]"] * 3
        assert [v.content["minutes"] for v in versions] == [45, 5, 5]
        assert versions[-1].action == "redact"
        with pytest.raises(RegisterError):
            register.redact("activity", "old", reason="again", by="adm", expected_number=2)
    assert damage_in(full) == []


def test_a_walks_activity_is_redacted_with_it(full: str) -> None:
    with Register.open(full) as register:
        register.redact("walk", "w-done", reason="x", by="adm", expected_number=1)
        assert register.activity(activity_id("w-done")).note == "[…]"
        assert SECRET not in repr(register.revisions("activity", activity_id("w-done")))
    assert damage_in(full) == []


def test_minutes_go_with_a_decisions_text_and_the_meeting_says_why(full: str) -> None:
    with Register.open(full) as register:
        assert [one.id for one in register.minutes_since(OLD)] == ["m-old"]
        register.redact("decision", "d-old", reason="namn i beslutet", by="adm", expected_number=1)
        meeting = register.meeting("m-old")
        assert (meeting.ended, meeting.documents) == (False, ())
        assert meeting.reopened == "namn i beslutet"
        # The meeting's own notes were not asked about.
        assert meeting.notes == (("work", SECRET),)
        register.redact("meeting", "m-old", reason="namn", by="adm", expected_number=3)
        assert register.meeting("m-old").notes == (("work", "[…]"),)
        assert SECRET not in repr(register.revisions("meeting", "m-old"))
        assert register.document(sha256(MINUTES).hexdigest()) is None
    assert damage_in(full) == []


def test_who_may_not_see_all_takes_nothing_away(full: str) -> None:
    with Register.open(full) as whole:
        limited = LimitedRegister(
            whole, Limits(sees_planning=False, sees_internal=False, parties=frozenset({"police"}))
        )
        with pytest.raises(AccessError):
            limited.dispose(BEFORE, "x", by="somebody")
        with pytest.raises(AccessError):
            limited.redact("activity", "old", reason="x", by="somebody", expected_number=2)
        assert len(whole.revisions("activity", "old")) == 2


def test_what_was_redacted_of_an_internal_finding_is_not_told_to_all(
    full: str, new_finding: Callable[..., Finding]
) -> None:
    with Register.open(full) as whole:
        whole.add((), (), [new_finding(id="own", internal=True), new_finding(id="all")], by="x")
        for id_ in ("own", "all"):
            whole.redact("finding", id_, reason="namn", by="adm", expected_number=1)
        told = {
            sees: {one.entity_id for one in LimitedRegister(whole, limits).disposals()}
            for sees in (False, True)
            for limits in [Limits(sees_planning=False, sees_internal=sees)]
        }
    assert told == {False: {"all"}, True: {"all", "own"}}
