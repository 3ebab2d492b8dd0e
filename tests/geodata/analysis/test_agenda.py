"""What a meeting has to look at, worked by hand on the shipped promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.agenda import Agenda, Due, Records, Standing
from geodata.analysis.meeting import prepare_agenda, to_decide
from geodata.analysis.progress import assess_all, rank_areas
from geodata.catalogue.loading import load_catalogue
from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Evidence,
    Finding,
    FindingStatus,
    Meeting,
    Precision,
    Progress,
    State,
    Walk,
    WalkStatus,
)
from geodata.settings import bundled_data
from tests.tallies import tallied

CATALOGUE = load_catalogue((bundled_data(),))
SINCE, DAY, NEXT = date(2018, 5, 2), date(2018, 5, 30), date(2018, 6, 27)
MEETING = Meeting("m", DAY, SINCE, NEXT)
NUMBERS = count()


def activity(
    day: date, area: str | None = "norrby", kind: str = "operation", minutes: int | None = 60
) -> Activity:
    named = tuple(
        c.id for p in CATALOGUE.promises for c in p.commitments
        if kind in c.kinds and (area is None or area in c.all_areas)
    )  # fmt: skip
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Activity(
        f"a{next(NUMBERS):06}", kind, area, None, start, Precision.DAY, day, minutes, named
    )


def walk(day: date, status: WalkStatus, area: str = "norrby") -> Walk:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Walk(f"w{next(NUMBERS):06}", area, status, start, Precision.DAY, day)


def finding(
    day: date,
    status: FindingStatus = FindingStatus.OPEN,
    *,
    settled: date | None = None,
    due: date | None = None,
    area: str | None = "norrby",
) -> Finding:
    return Finding(
        f"f{next(NUMBERS):06}", None, area, None, "lighting", "", None, due, status, day,
        settled or day,
    )  # fmt: skip


def decision(
    day: date,
    status: DecisionStatus = DecisionStatus.OPEN,
    *,
    settled: date | None = None,
    due: date | None = None,
    area: str | None = None,
    commitment: str | None = None,
) -> Decision:
    return Decision(
        f"d{next(NUMBERS):06}", None, "text", day, status, settled or day, area, commitment, None,
        due,
    )  # fmt: skip


def agenda(
    activities: Sequence[Activity] = (),
    walks: Sequence[Walk] = (),
    findings: Sequence[Finding] = (),
    decisions: Sequence[Decision] = (),
    meeting: Meeting = MEETING,
) -> Agenda:
    evidence = sorted(
        (
            Evidence(a.id, c, a.area_id, a.kind, a.day, a.minutes)
            for a in activities
            for c in a.commitments
        ),
        key=lambda row: (row.day, row.activity_id),
    )
    now, then = (
        assess_all(CATALOGUE.promises, tallied(evidence), day)
        for day in (meeting.day, meeting.since)
    )
    of_2018 = (CATALOGUE.promise_by_id[id_] for id_ in ("boras-2018", "mark-2018"))
    promises = [p for p in of_2018 if meeting.promise_id in (None, p.id)]
    attention = rank_areas(CATALOGUE, now, {}, {}, meeting.day, [p.id for p in promises])
    return prepare_agenda(
        CATALOGUE,
        promises,
        meeting,
        now,
        then,
        attention,
        Records(activities, walks, findings, decisions),
    )


def ids(records: Iterable[Activity | Walk | Finding | Decision]) -> list[str]:
    return [record.id for record in records]


def test_new_is_after_the_day_of_the_meeting_before_and_not_after_this_one() -> None:
    days = [SINCE, SINCE + timedelta(1), DAY, DAY + timedelta(1)]
    told = agenda(
        [
            activity(day, minutes=minutes)
            for day, minutes in zip(days, (1, 20, None, 4000), strict=True)
        ],
        [walk(day, WalkStatus.HELD) for day in days],
        [finding(day) for day in days],
    )
    assert dict(told.news.kinds) == {"operation": 2}
    assert (told.news.minutes, told.news.minutes_unknown) == (20, 1)
    assert [w.day for w in told.news.walks] == days[1:3]
    assert [f.day for f in told.news.found] == days[1:3]


def test_a_finding_is_settled_on_the_day_that_it_was() -> None:
    before = finding(date(2018, 3, 1), FindingStatus.DONE, settled=SINCE)
    mended = finding(date(2018, 3, 1), FindingStatus.DONE, settled=SINCE + timedelta(1))
    dismissed = finding(DAY, FindingStatus.DISMISSED, settled=DAY)
    begun = finding(date(2018, 3, 1), FindingStatus.IN_PROGRESS, settled=DAY)
    told = agenda(findings=[before, mended, dismissed, begun])
    assert ids(told.news.settled) == ids([mended, dismissed])


def test_a_promise_for_all_areas_is_a_share_in_each_of_them() -> None:
    told = agenda([activity(date(2018, 3, 1)), activity(DAY), activity(DAY, "hulta")])
    (step,) = [one for one in told.areas if one.area_id == "norrby"]
    (operations,) = [s for s in step.standings if s.commitment.id == "boras-2018/3"]
    assert operations.share
    assert (operations.now.delivered, operations.added) == (2, 1)
    assert (operations.overall.delivered, operations.overall.target) == (3, 4)
    assert operations.state == operations.overall.state


def test_behind_as_a_whole_comes_once_and_the_worst_first() -> None:
    # Four operations were promised in a year; on 31 January 2019 the year is over.
    late = Meeting("m", date(2019, 1, 31), date(2019, 1, 3))
    told = agenda([activity(date(2018, 3, 1))], meeting=late)
    assert [s.commitment.id for s in told.behind] == ["boras-2018/3"]
    assert str(told.behind[0].state) == "not_fulfilled"
    # One in March, and four months of twelve gone by the end of May: 1.3 expected, 1 delivered.
    assert agenda([activity(date(2018, 3, 1))]).behind == ()


def test_what_is_late_stays_and_comes_first() -> None:
    late = decision(date(2018, 4, 1), due=date(2018, 5, 15))
    soon = decision(DAY, due=NEXT)
    told = agenda(
        decisions=[soon, late, decision(DAY, due=NEXT + timedelta(1)), decision(DAY)],
        findings=[finding(date(2018, 4, 1), due=date(2018, 4, 20))],
        walks=[walk(date(2018, 5, 10), WalkStatus.PLANNED), walk(NEXT, WalkStatus.PLANNED)],
    )
    mine = [due for due in told.due if due.kind in ("decision", "finding", "walk")]
    assert [(due.kind, due.late) for due in mine] == [
        ("finding", True), ("walk", True), ("decision", True), ("decision", False), ("walk", False),
    ]  # fmt: skip
    assert [due.late for due in told.due] == sorted((due.late for due in told.due), reverse=True)


def test_what_is_due_on_the_day_itself_is_not_late() -> None:
    told = agenda(decisions=[decision(SINCE, due=DAY)])
    assert [due.late for due in told.due if due.kind == "decision"] == [False]


def test_a_missing_step_is_due_in_the_areas_where_it_is_missing() -> None:
    steps = [
        (c, step)
        for p in CATALOGUE.promises
        for c in p.commitments
        for step in getattr(c.measure, "steps", ())
        if getattr(c.measure, "per", "") == "area" and len(c.areas) > 1
    ]
    commitment, step = steps[0]
    end = CATALOGUE.promise_by_id[commitment.promise_id].period.end
    day = (step.due or end) - timedelta(1)
    meeting = Meeting("m", day, day - timedelta(28), day + timedelta(28))
    first = commitment.areas[0]
    done = replace(activity(day, first, step.kinds[0]), commitments=(commitment.id,))
    told = agenda([done], meeting=meeting)
    (due,) = [d for d in told.due if (d.commitment_id, d.id) == (commitment.id, step.id)]
    assert set(due.area_ids) == set(commitment.areas) - {first}
    assert (due.kind, due.day, due.late) == ("step", step.due or end, False)


def test_of_decisions_due_alike_the_one_made_last_comes_first() -> None:
    earlier, first, second = decision(SINCE), decision(DAY), decision(DAY)
    due = decision(SINCE, due=NEXT)
    assert ids(agenda(decisions=[earlier, first, due, second]).open) == ids(
        [due, second, first, earlier]
    )


def test_without_a_next_meeting_four_weeks_are_looked_ahead() -> None:
    told = agenda(meeting=replace(MEETING, next_day=None))
    assert told.horizon == date(2018, 6, 27)
    assert agenda(meeting=replace(MEETING, next_day=date(2018, 4, 1))).horizon == DAY


def test_an_open_decision_is_on_every_meeting_until_it_is_done_or_withdrawn() -> None:
    before = decision(date(2018, 2, 7))
    done_before = decision(date(2018, 2, 7), DecisionStatus.DONE, settled=SINCE)
    done_since = decision(date(2018, 2, 7), DecisionStatus.DONE, settled=SINCE + timedelta(1))
    withdrawn = decision(SINCE, DecisionStatus.WITHDRAWN, settled=DAY)
    done_later = decision(SINCE, DecisionStatus.DONE, settled=DAY + timedelta(1))
    today = decision(DAY)
    everything = [before, done_before, done_since, withdrawn, done_later, today]
    told = agenda(decisions=everything)
    assert set(ids(told.earlier)) == set(ids([before, done_since, withdrawn, done_later]))
    assert ids(told.decided) == [today.id]
    assert set(ids(told.open)) == set(ids([before, done_later, today]))
    later = Meeting("n", date(2018, 9, 5), date(2018, 8, 8))
    assert set(ids(agenda(decisions=everything, meeting=later).open)) == {before.id, today.id}


@pytest.mark.parametrize(
    ("about", "told_in_boras"),
    [
        ({}, True),
        ({"area": "norrby"}, True),
        ({"area": "hedbo"}, False),
        ({"commitment": "boras-2018/1"}, True),
        ({"commitment": "mark-2018/4"}, False),
        ({"commitment": "boras-2018/1", "area": "norrby"}, True),
    ],
)
def test_a_meeting_of_one_promise_has_its_own_decisions(
    about: dict[str, str], told_in_boras: bool
) -> None:
    one = decision(SINCE, **about)  # type: ignore[arg-type]
    boras = agenda(decisions=[one], meeting=replace(MEETING, promise_id="boras-2018"))
    assert bool(boras.open) == told_in_boras
    assert [step.area_id in ("norrby", "hulta", "hassleholmen") for step in boras.areas] == [
        True
    ] * 3
    assert agenda(decisions=[one]).open == (one,)


def test_the_steps_begin_with_what_matters_now_and_end_with_decisions() -> None:
    told = agenda()
    assert told.steps[:2] == ("now", "since")
    assert told.steps[-2:] == ("elsewhere", "decisions")
    assert sorted(told.steps[2:-2]) == sorted(f"area/{area.id}" for area in CATALOGUE.areas)
    assert [step.area_id for step in told.areas] == [s[5:] for s in told.steps[2:-2]]
    assert {s.commitment.id for s in told.elsewhere} == {"mark-2018/2", "mark-2018/6"}
    # Every commitment of Borås names an area.
    boras = agenda(meeting=replace(MEETING, promise_id="boras-2018"))
    assert boras.steps[-2:] == (boras.areas[-1].name, "decisions")


DAYS = st.dates(date(2017, 11, 1), date(2019, 4, 1))


@given(
    st.lists(st.builds(activity, DAYS, st.sampled_from(["norrby", "hedbo", None]))),
    st.lists(st.builds(finding, DAYS, due=st.none() | DAYS)),
    st.lists(st.builds(decision, DAYS, due=st.none() | DAYS, area=st.none() | st.just("norrby"))),
    DAYS,
    st.integers(0, 90),
    st.none() | DAYS,
)
def test_nothing_of_an_agenda_lies_where_it_should_not(
    activities: list[Activity],
    findings: list[Finding],
    decisions: list[Decision],
    day: date,
    gap: int,
    next_day: date | None,
) -> None:
    meeting = Meeting("m", day, day - timedelta(gap), next_day)
    told = agenda(activities, findings=findings, decisions=decisions, meeting=meeting)
    assert told.news.activities == sum(meeting.since < a.day <= day for a in activities)
    # What is told of the areas is what is told of all, but for what has no area.
    nowhere = sum(a.area_id is None and meeting.since < a.day <= day for a in activities)
    assert sum(step.news.activities for step in told.areas) + nowhere == told.news.activities
    assert all(due.late == (due.day < day) and due.day <= told.horizon for due in told.due)
    assert {d.id for d in told.open} == {d.id for d in decisions if d.day <= day}
    assert all(f.day <= day for step in told.areas for f in step.findings)
    for step in told.areas:
        assert sum(s.added for s in step.standings) >= 0


# --- what to decide ------------------------------------------------------------------------------


def standing(number: int, state: State, delivered: int = 0, target: int | None = 4) -> Standing:
    commitment = CATALOGUE.commitment_by_id[f"boras-2018/{number}"]
    now = Progress(state, delivered, target, None, "activities")
    return Standing(commitment, now, now, share=False, overall=now)


def due(kind: str, id_: str, *, late: bool = True) -> Due:
    return Due(kind, DAY, late, id_)  # type: ignore[arg-type]


def test_one_of_each_sort_is_decided_before_two_of_any() -> None:
    behind = [standing(1, State.BEHIND, 3), standing(2, State.NOT_FULFILLED, 1)]
    silent = [standing(3, State.NO_RECORDS)]
    coming = [
        *(due("finding", "f1"), due("decision", "d1"), due("decision", "d2"), due("walk", "w1")),
        *(due("step", "s1"), due("decision", "d3", late=False)),
    ]
    # The least share first: one of four before three of four.
    assert to_decide([*behind, *silent], coming) == (behind[1], coming[1], silent[0])
    assert to_decide(behind, coming) == (behind[1], coming[1], coming[0])
    assert to_decide(behind, ()) == (behind[1], behind[0])
    # What has no sort is nothing to decide: it is on its way, or told by its commitment.
    fine = [standing(4, state) for state in (State.ON_TRACK, State.FULFILLED, State.UNDER_WAY)]
    assert to_decide(fine, coming[4:]) == ()
