"""A meeting and a decision as they are filled in: what is wrong is told by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.catalogue.loading import load_catalogue
from geodata.intake.form_records import form_values, read_form
from geodata.intake.forms import Draft, FormValues
from geodata.model import Decision, DecisionStatus, Meeting, Origin, SourceKind
from geodata.settings import bundled_data

read_decision = partial(read_form, "decision")
read_meeting = partial(read_form, "meeting")

CATALOGUE = load_catalogue((bundled_data(),))
TODAY = date(2018, 9, 10)
HELD = "2018-09-05"
NUMBER = "811218-9876"
"""Skatteverket's own example number."""

DECISION: FormValues = {
    "id": str(uuid4()),
    "meeting": "m",
    "on": HELD,
    "text": "Byt lamporna vid gångvägen",
    "about": "area/norrby",
    "owner": "boras-stad",
    "due": "2018-10-01",
    "status": "open",
    "outcome": "",
}
MEETING: FormValues = {
    "id": str(uuid4()),
    "day": HELD,
    "since": "2018-08-08",
    "next_day": "2018-10-03",
    "promise": "boras-2018",
}


def decision(values: FormValues, base: Decision | None = None) -> Draft[Decision]:
    return read_decision(values, catalogue=CATALOGUE, today=TODAY, base=base)


def meeting(values: FormValues, base: Meeting | None = None) -> Draft[Meeting]:
    return read_meeting(values, catalogue=CATALOGUE, today=TODAY, base=base)


def test_a_decision_is_what_was_filled_in() -> None:
    made = decision(DECISION).record
    assert made == Decision(
        id=str(DECISION["id"]),
        meeting_id="m",
        text="Byt lamporna vid gångvägen",
        day=date(2018, 9, 5),
        status=DecisionStatus.OPEN,
        status_day=date(2018, 9, 5),
        area_id="norrby",
        owner="boras-stad",
        due=date(2018, 10, 1),
    )


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"text": "  "}, {"text": "form.needed"}),
        ({"due": "2018-09-04"}, {"due": "form.before_decided"}),
        ({"about": "area/nowhere"}, {"about": "form.choose"}),
        ({"about": "norrby"}, {"about": "form.choose"}),
        ({"owner": "somebody"}, {"owner": "form.choose"}),
        ({"text": f"Ring {NUMBER}"}, {"text": "intake.personal_identity_number"}),
        ({"outcome": f"Talade med {NUMBER}"}, {"outcome": "intake.personal_identity_number"}),
        ({"text": "", "owner": "x"}, {"text": "form.needed", "owner": "form.choose"}),
    ],
)
def test_what_is_wrong_with_a_decision_is_told_by_field(
    values: dict[str, str], faults: dict[str, str]
) -> None:
    draft = decision({**DECISION, **values})
    assert draft.record is None
    assert {p.field: p.key for p in draft.errors} == faults
    assert NUMBER not in repr(draft.errors)


def test_a_commitment_is_what_a_decision_is_about_or_nothing_is() -> None:
    made = decision({**DECISION, "about": "commitment/boras-2018/3"}).record
    assert made is not None
    assert (made.area_id, made.commitment_id) == (None, "boras-2018/3")
    whole = decision({**DECISION, "about": ""}).record
    assert whole is not None
    assert (whole.area_id, whole.commitment_id) == (None, None)


def test_a_status_is_as_of_the_meeting_that_sets_it() -> None:
    made = decision(DECISION).record
    later = {**DECISION, "on": "2018-10-03"}
    done = decision({**later, "status": "done", "outcome": "Bytta"}, made).record
    assert done is not None
    assert (done.day, done.status_day) == (date(2018, 9, 5), date(2018, 10, 3))
    # Said again at the meeting after: it was done then already.
    again = decision({**DECISION, "on": "2018-11-01", "status": "done"}, done).record
    assert again is not None
    assert again.status_day == date(2018, 10, 3)
    # A status from before the decision, as from an old meeting's page, can't be.
    early = decision({**DECISION, "on": "2018-08-01", "status": "done"}, made).record
    assert early is not None
    assert early.status_day == date(2018, 9, 5)


@given(
    st.builds(
        Decision,
        id=st.uuids().map(str),
        meeting_id=st.none() | st.just("m"),
        text=st.sampled_from(["Gör det", "a\nb", "<b>&"]),
        day=st.just(date(2018, 5, 1)),
        status=st.sampled_from(DecisionStatus),
        status_day=st.dates(date(2018, 5, 1), date(2018, 9, 1)),
        area_id=st.none() | st.sampled_from(["norrby", "hedbo"]),
        owner=st.none() | st.just("polisen"),
        due=st.none() | st.dates(date(2018, 5, 1), date(2019, 1, 1)),
        outcome=st.sampled_from(["", "Klart i maj"]),
        origin=st.just(Origin(SourceKind.EXAMPLE)),
    )
)
def test_a_form_that_is_shown_and_sent_back_changes_nothing(before: Decision) -> None:
    assert decision({**form_values(before), "on": HELD}, before).record == before


def test_a_meeting_is_what_was_filled_in() -> None:
    assert meeting(MEETING).record == Meeting(
        str(MEETING["id"]), date(2018, 9, 5), date(2018, 8, 8), date(2018, 10, 3), "boras-2018"
    )
    bare = meeting({**MEETING, "next_day": "", "promise": ""}).record
    assert bare is not None
    assert (bare.next_day, bare.promise_id) == (None, None)


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"day": ""}, {"day": "form.needed"}),
        ({"since": ""}, {"since": "form.needed"}),
        ({"since": HELD}, {"since": "form.not_before_meeting"}),
        ({"next_day": HELD}, {"next_day": "form.not_after_meeting"}),
        ({"promise": "elsewhere"}, {"promise": "form.choose"}),
        ({"day": "2018-02-30"}, {"day": "intake.bad_day"}),
    ],
)
def test_a_meetings_days_come_in_their_order(
    values: dict[str, str], faults: dict[str, str]
) -> None:
    draft = meeting({**MEETING, **values})
    assert draft.record is None
    assert {p.field: p.key for p in draft.errors} == faults


def test_other_days_keep_what_was_discussed() -> None:
    made = meeting(MEETING).record
    assert made is not None
    held = replace(made, discussed=("now",))
    moved = meeting({**form_values(held), "next_day": "2018-10-10"}, held).record
    assert moved == replace(held, next_day=date(2018, 10, 10))
