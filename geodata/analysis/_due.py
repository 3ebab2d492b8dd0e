"""What is due by a meeting, and what is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from geodata.analysis.agenda import Due, Records
from geodata.model import (
    Commitment,
    CommitmentProgress,
    Count,
    Decision,
    Finding,
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
    elif commitment.deadline and isinstance(commitment.measure, Count):
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
