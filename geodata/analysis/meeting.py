"""Preparing a meeting's agenda; the rules stand in `geodata.analysis.agenda`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from geodata.analysis.agenda import USUAL_GAP, Agenda, AreaStep, Due, News, Records, Standing, moved
from geodata.analysis.attention import WORST_FIRST, AreaAttention
from geodata.model import (
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
        *_due_decisions(records.decisions, day),
        *_due_findings(records.findings, day),
        *_due_walks(records.walks, day),
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


def _due_decisions(decisions: Iterable[Decision], day: date) -> Iterable[Due]:
    return (
        Due("decision", d.due, d.due < day, d.id, d.commitment_id, _where(d.area_id))
        for d in decisions
        if d.due is not None and d.open_on(day)
    )


def _due_findings(findings: Iterable[Finding], day: date) -> Iterable[Due]:
    return (
        Due("finding", f.due, f.due < day, f.id, None, _where(f.area_id))
        for f in findings
        if f.due is not None and f.open_on(day)
    )


def _due_walks(walks: Iterable[Walk], day: date) -> Iterable[Due]:
    return (
        Due("walk", w.day, w.day < day, w.id, None, (w.area_id,))
        for w in walks
        if w.status is WalkStatus.PLANNED
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
    meeting: Meeting,
    now: Mapping[str, CommitmentProgress],
    then: Mapping[str, CommitmentProgress],
    attention: Sequence[AreaAttention],
    records: Records,
) -> Agenda:
    """Return what a meeting has to look at.

    Parameters
    ----------
    catalogue : Catalogue
        Promises and areas.
    meeting : Meeting
        Its days and its promise.
    now, then : mapping of str to CommitmentProgress
        Every commitment's progress as of the meeting's day and of the meeting before.
    attention : sequence of AreaAttention
        The areas in their order, as of the meeting's day.
    records : Records
        What is recorded.

    Returns
    -------
    Agenda
        Nothing in it lies after the meeting's day but what is due or planned.
    """
    promises = [p for p in catalogue.promises if meeting.promise_id in (None, p.id)]
    chosen = _concerning(promises, {area.area_id for area in attention}, records)
    horizon = max(meeting.next_day or moved(meeting.day, USUAL_GAP), meeting.day)
    is_open = [d for d in chosen.decisions if d.open_on(meeting.day)]
    return Agenda(
        meeting=meeting,
        horizon=horizon,
        news=_news(meeting, chosen),
        behind=_behind(promises, now, then),
        due=all_due(promises, meeting.day, horizon, now, chosen),
        areas=tuple(
            _area_step(catalogue, promises, meeting, now, then, one, chosen) for one in attention
        ),
        elsewhere=_worst_first(
            _as_a_whole(c, now[c.id], then[c.id])
            for p in promises
            for c in p.commitments
            if not c.all_areas
        ),
        earlier=tuple(
            sorted(
                (d for d in chosen.decisions if d.day < meeting.day and _was_open(d, meeting)),
                key=lambda d: d.day,
            )
        ),
        decided=tuple(d for d in chosen.decisions if d.day == meeting.day),
        open=_urgent(is_open, meeting.day),
        walks=tuple(w for w in chosen.walks if meeting.since < w.day <= meeting.day),
    )


def _concerning(promises: Sequence[Promise], area_ids: set[str], records: Records) -> Records:
    """Return the records that a meeting about some promises and areas has to do with."""
    commitment_ids = {c.id for p in promises for c in p.commitments}
    return Records(
        [a for a in records.activities if a.area_id in area_ids or a.area_id is None],
        [w for w in records.walks if w.area_id in area_ids],
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


def _is_new(day: date, meeting: Meeting) -> bool:
    return meeting.since < day <= meeting.day


def _news(meeting: Meeting, records: Records) -> News:
    activities = [a for a in records.activities if _is_new(a.day, meeting)]
    settled = (FindingStatus.DONE, FindingStatus.DISMISSED)
    return News(
        kinds=dict(Counter(a.kind for a in activities).most_common()),
        minutes=sum(a.minutes or 0 for a in activities),
        minutes_unknown=sum(a.minutes is None for a in activities),
        walks=tuple(
            w for w in records.walks if w.status is WalkStatus.HELD and _is_new(w.day, meeting)
        ),
        found=tuple(f for f in records.findings if _is_new(f.day, meeting)),
        settled=tuple(
            f for f in records.findings if f.status in settled and _is_new(f.status_day, meeting)
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


def _behind(
    promises: Sequence[Promise],
    now: Mapping[str, CommitmentProgress],
    then: Mapping[str, CommitmentProgress],
) -> tuple[Standing, ...]:
    return _worst_first(
        _as_a_whole(c, now[c.id], then[c.id])
        for p in promises
        for c in p.commitments
        if now[c.id].overall.state in BEHIND
    )


def _area_step(
    catalogue: Catalogue,
    promises: Sequence[Promise],
    meeting: Meeting,
    now: Mapping[str, CommitmentProgress],
    then: Mapping[str, CommitmentProgress],
    attention: AreaAttention,
    records: Records,
) -> AreaStep:
    area_id = attention.area_id
    here = _in_area(records, area_id)
    promise_ids = {p.id for p in promises}
    named = [c for c in catalogue.commitments_in(area_id) if c.promise_id in promise_ids]
    findings = [f for f in here.findings if f.open_on(meeting.day)]
    return AreaStep(
        area_id=area_id,
        attention=attention,
        standings=_worst_first(_standing(c, area_id, now[c.id], then[c.id]) for c in named),
        news=_news(meeting, here),
        findings=tuple(sorted(findings, key=lambda f: (f.due or date.max, f.day, f.id))),
        decisions=_urgent((d for d in here.decisions if d.open_on(meeting.day)), meeting.day),
        planned=tuple(
            w for w in here.walks if w.status is WalkStatus.PLANNED and w.day > meeting.day
        ),
    )


def _standing(
    commitment: Commitment, area_id: str, now: CommitmentProgress, then: CommitmentProgress
) -> Standing:
    here = now.by_area.get(area_id, now.overall)
    return Standing(
        commitment,
        here,
        then.by_area.get(area_id, then.overall),
        share=here.target is None and now.overall.target is not None,
        overall=now.overall,
    )


def _as_a_whole(
    commitment: Commitment, now: CommitmentProgress, then: CommitmentProgress
) -> Standing:
    return Standing(commitment, now.overall, then.overall, share=False, overall=now.overall)
