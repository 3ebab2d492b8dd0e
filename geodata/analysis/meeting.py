"""Preparing a meeting's agenda; the rules stand in `geodata.analysis.agenda`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import zip_longest
from operator import attrgetter
from typing import Any, Final

from geodata.analysis.agenda import (
    USUAL_GAP,
    Agenda,
    AreaStep,
    Due,
    Late,
    LateKind,
    News,
    Records,
    Standing,
    moved,
)
from geodata.analysis.in_force import with_earlier
from geodata.analysis.progress import WORST_FIRST, AreaAttention
from geodata.model import (
    Activity,
    Catalogue,
    Commitment,
    CommitmentProgress,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Meeting,
    Progress,
    Promise,
    Record,
    RecordChange,
    State,
    Walk,
    WalkStatus,
)


def all_due(
    promises: Sequence[Promise],
    day: date,
    horizon: date,
    now: Mapping[str, CommitmentProgress],
    records: Records,
) -> tuple[Due, ...]:
    """Return what should have come by a day or is due until a later one, late ones first."""
    found = [
        *(
            Due("decision", d.due, d.due < day, d.id, d.commitment_id, _where(d.area_id))
            for d in records.decisions
            if d.due is not None and d.open_on(day)
        ),
        *(
            Due("finding", f.due, f.due < day, f.id, None, _where(f.area_id))
            for f in records.findings
            if f.due is not None and f.open_on(day)
        ),
        *(
            Due("walk", w.day, w.day < day, w.id, None, (w.area_id,))
            for w in records.walks
            if w.status is WalkStatus.PLANNED
        ),
        *(due for p in promises for c in p.commitments for due in _due_work(c, day, now[c.id])),
        *(
            Due("period", p.period.end, late=False, id=p.id, area_ids=p.area_ids)
            for p in promises
            if p.period.end >= day
        ),
    ]
    return tuple(
        sorted(
            (due for due in found if due.day <= horizon),
            key=lambda due: (not due.late, due.day, due.kind, due.id),
        )
    )


def _due_work(commitment: Commitment, day: date, told: CommitmentProgress) -> Iterable[Due]:
    """Return what is not reached of a commitment, by the day it is to be; none after its end."""
    if told.overall.state in (State.FULFILLED, State.NOT_FULFILLED):
        return
    if told.overall.steps:
        yield from _missing_steps(commitment, {"": told.overall}, day)
    elif any(progress.steps for progress in told.by_area.values()):
        yield from _missing_steps(commitment, told.by_area, day)
    elif commitment.deadline and told.overall.target is not None:
        late = commitment.deadline < day
        missing = [a for a, p in told.by_area.items() if p.target and p.delivered < p.target]
        yield Due(
            "deadline", commitment.deadline, late, commitment.id, commitment.id, tuple(missing)
        )


def _missing_steps(
    commitment: Commitment, progress: Mapping[str, Progress], day: date
) -> Iterable[Due]:
    missing: dict[tuple[str, date], list[str]] = {}
    for area_id, told in progress.items():
        for step in told.steps:
            if step.reached is None:
                missing.setdefault((step.step_id, step.due), []).append(area_id)
    for (step_id, due), area_ids in missing.items():
        named = tuple(filter(None, area_ids))
        yield Due("step", due, due < day, step_id, commitment.id, named)


def _where(area_id: str | None) -> tuple[str, ...]:
    return (area_id,) if area_id else ()


BEHIND: Final = (State.NOT_FULFILLED, State.BEHIND)


def prepare_agenda(
    catalogue: Catalogue,
    promises: Sequence[Promise],
    meeting: Meeting,
    now: Mapping[str, CommitmentProgress],
    then: Mapping[str, CommitmentProgress],
    attention: Sequence[AreaAttention],
    records: Records,
    late: Sequence[Late] = (),
) -> Agenda:
    """Return what a meeting has to look at.

    Nothing in it lies after the meeting's day but what is due or planned. `now` and `then` are
    every commitment's progress as of the meeting's day and of the meeting before, `attention` the
    areas in their order, `late` what `came_late`.
    """
    horizon = max(meeting.next_day or moved(meeting.day, USUAL_GAP), meeting.day)
    chosen = _concerning(with_earlier(catalogue, promises), records, horizon)
    commitments = [c for p in promises for c in p.commitments]
    is_open = [d for d in chosen.decisions if d.open_on(meeting.day)]
    earlier = [d for d in chosen.decisions if d.day < meeting.day and _was_open(d, meeting)]
    promise_ids = {promise.id for promise in promises}

    def area_step(attention: AreaAttention) -> AreaStep:
        here = _in_area(chosen, attention.area_id)
        named = catalogue.commitments_in(attention.area_id)
        told = (c for c in named if c.promise_id in promise_ids)
        findings = [f for f in here.findings if f.open_on(meeting.day)]
        return AreaStep(
            attention.area_id,
            attention,
            standings=_worst_first(_standing(c, now, then, attention.area_id) for c in told),
            news=_news(meeting, here),
            findings=tuple(sorted(findings, key=lambda f: (f.due or date.max, f.day, f.id))),
            decisions=_urgent((d for d in here.decisions if d.open_on(meeting.day)), meeting.day),
            planned=tuple(
                w for w in here.walks if w.status is WalkStatus.PLANNED and w.day > meeting.day
            ),
        )

    return Agenda(
        meeting=meeting,
        horizon=horizon,
        news=_news(meeting, chosen),
        behind=_worst_first(
            _standing(c, now, then) for c in commitments if now[c.id].overall.state in BEHIND
        ),
        due=all_due(promises, meeting.day, horizon, now, chosen),
        areas=tuple(map(area_step, attention)),
        elsewhere=_worst_first(_standing(c, now, then) for c in commitments if not c.all_areas),
        earlier=tuple(sorted(earlier, key=attrgetter("day"))),
        decided=tuple(d for d in chosen.decisions if d.day == meeting.day),
        open=_urgent(is_open, meeting.day),
        walks=tuple(w for w in chosen.walks if meeting.is_new(w.day)),
        late=tuple(late),
    )


MOST_DECIDED: Final = 3
"""So much can be decided at the end of a meeting, and be told on one page."""


def to_decide(standings: Sequence[Standing], due: Sequence[Due]) -> tuple[Standing | Due, ...]:
    """Return what most asks for a decision: the worst of each sort, then the next of each.

    The sorts, in order: commitments that are behind or ended short, the one with the least of
    what was promised first; decisions that are late; commitments of which nothing is recorded;
    findings that are late and walks that nobody has confirmed. Nothing is made up to fill it.

    Parameters
    ----------
    standings : sequence of Standing
        Commitments as a whole.
    due : sequence of Due
        From `all_due`: the one that has waited longest first.
    """
    late = [one for one in due if one.late]
    behind = sorted((s for s in standings if s.state in BEHIND), key=_delivered_share)
    sorts: tuple[Sequence[Standing | Due], ...] = (
        behind,
        [one for one in late if one.kind == "decision"],
        [s for s in standings if s.state is State.NO_RECORDS],
        [one for one in late if one.kind in ("finding", "walk")],
    )
    ranks = zip_longest(*sorts)
    return tuple(one for rank in ranks for one in rank if one is not None)[:MOST_DECIDED]


def _delivered_share(one: Standing) -> float:
    return one.now.delivered / one.now.target if one.now.target else 1.0


# --- what came after the minutes -------------------------------------------------------------


def came_late(
    changes: Iterable[RecordChange], meeting: Meeting, promises: Sequence[Promise]
) -> tuple[Late, ...]:
    """Return what came after a meeting's minutes were closed, about what they tell.

    They count from the first day of the promises' periods, not only since the meeting before: all
    that is of those days is told. What has become of a finding or a decision after the meeting is
    not about them, and a held walk is told as the walk that it is.

    Parameters
    ----------
    changes : iterable of RecordChange
        What became of each record after the closing.
    meeting : Meeting
        The closed one.
    promises : sequence of Promise
        Those it was about.

    Returns
    -------
    tuple of Late
        By the records' days.
    """
    first = min([moved(meeting.since, DAY), *(p.period.start for p in promises)])
    area_ids = {area_id for p in promises for area_id in p.area_ids}
    commitment_ids = {c.id for p in promises for c in p.commitments}
    found = []
    for change in changes:
        before, after = _told_then(change, meeting)
        states = [one for one in (before, after) if one is not None]
        if before != after and any(
            first <= one.day <= meeting.day and _is_about(one, area_ids, commitment_ids)
            for one in states
        ):
            what: LateKind = "new" if before is None else "changed"
            what = "withdrawn" if after is None else what
            found.append(Late(change.newest.entity, states[-1], what, change.newest.at))
    return tuple(sorted(found, key=lambda late: (late.day, late.at, late.record.id)))


Told = Activity | Walk | Finding | Decision
DAY: Final = timedelta(days=1)


def _told_then(change: RecordChange, meeting: Meeting) -> tuple[Told | None, Told | None]:
    """Return a record before and after, as the minutes of a meeting tell of it."""
    before, after = map(_told, (change.before, change.after))
    if (
        isinstance(before, Finding | Decision)
        and isinstance(after, Finding | Decision)
        and after.status_day > meeting.day
    ):
        since: dict[str, Any] = {"status": before.status, "status_day": before.status_day}
        if isinstance(before, Decision):
            since["outcome"] = before.outcome
        after = replace(after, **since)
    return before, after


def _told(record: Record | None) -> Told | None:
    if isinstance(record, Activity):
        return None if record.walk_id is not None else record
    return record if isinstance(record, Walk | Finding | Decision) else None


def _is_about(one: Told, area_ids: set[str], commitment_ids: set[str]) -> bool:
    if isinstance(one, Decision):
        return _concerns(one, area_ids, commitment_ids)
    counted = () if isinstance(one, Finding) else one.commitments
    return one.area_id is None or one.area_id in area_ids or not commitment_ids.isdisjoint(counted)


def _concerning(promises: Sequence[Promise], records: Records, horizon: date) -> Records:
    """Return the records that a meeting about some promises and areas has to do with.

    What an earlier promise left open, in an area or about a commitment, is its successor's. An
    old meeting is not to tell of walks that nobody thought of then.
    """
    area_ids = {area_id for p in promises for area_id in p.area_ids}
    commitment_ids = {c.id for p in promises for c in p.commitments}
    return Records(
        [a for a in records.activities if a.area_id in area_ids or a.area_id is None],
        [w for w in records.walks if w.area_id in area_ids and w.day <= horizon],
        [f for f in records.findings if f.area_id in area_ids or f.area_id is None],
        [d for d in records.decisions if _concerns(d, area_ids, commitment_ids)],
    )


def _concerns(decision: Decision, area_ids: set[str], commitment_ids: set[str]) -> bool:
    """Tell whether a decision is about what the meeting is about; one about nothing special is."""
    if decision.commitment_id is not None:
        return decision.commitment_id in commitment_ids
    return decision.area_id is None or decision.area_id in area_ids


def _was_open(decision: Decision, meeting: Meeting) -> bool:
    """Tell whether a decision was still to be done after the meeting before."""
    return decision.status is DecisionStatus.OPEN or decision.status_day > meeting.since


def _urgent(decisions: Iterable[Decision], day: date) -> tuple[Decision, ...]:
    """Return decisions with the late ones first, then by when they are due.

    Of equals the one made last comes first: where there is room for one, it is the one that was
    decided just now.
    """
    newest_first = sorted(decisions, key=lambda d: d.day)[::-1]
    return tuple(sorted(newest_first, key=lambda d: (not d.late_on(day), d.due or date.max)))


# --- what is new -----------------------------------------------------------------------------


def _news(meeting: Meeting, records: Records) -> News:
    activities = [a for a in records.activities if meeting.is_new(a.day)]
    settled = (FindingStatus.DONE, FindingStatus.DISMISSED)
    return News(
        kinds=dict(Counter(a.kind for a in activities).most_common()),
        minutes=sum(a.minutes or 0 for a in activities),
        minutes_unknown=sum(a.minutes is None for a in activities),
        walks=tuple(
            w for w in records.walks if w.status is WalkStatus.HELD and meeting.is_new(w.day)
        ),
        found=tuple(f for f in records.findings if meeting.is_new(f.day)),
        settled=tuple(
            f for f in records.findings if f.status in settled and meeting.is_new(f.status_day)
        ),
    )


def _in_area(records: Records, area_id: str) -> Records:
    return replace(
        records,
        activities=[a for a in records.activities if a.area_id == area_id],
        walks=[w for w in records.walks if w.area_id == area_id],
        findings=[f for f in records.findings if f.area_id == area_id],
        decisions=[d for d in records.decisions if d.area_id == area_id],
    )


# --- how it stands ---------------------------------------------------------------------------


def _worst_first(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    return tuple(sorted(standings, key=lambda s: WORST_FIRST.index(s.state)))


def _standing(
    commitment: Commitment,
    now: Mapping[str, CommitmentProgress],
    then: Mapping[str, CommitmentProgress],
    area_id: str = "",
) -> Standing:
    """Return how a commitment stands in an area, or as a whole."""
    here, before = now[commitment.id], then[commitment.id]
    progress = here.by_area.get(area_id, here.overall)
    return Standing(
        commitment,
        progress,
        before.by_area.get(area_id, before.overall),
        share=progress.target is None and here.overall.target is not None,
        overall=here.overall,
    )
