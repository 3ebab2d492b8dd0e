"""What the parties are to do: what is found and decided and still open, and planned walks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from geodata.model import Decision, Entity, Finding, Promise, Walk, WalkStatus


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is to be done.

    Attributes
    ----------
    entity : {"finding", "decision", "walk"}
        What `record` is.
    record : Finding, Decision or Walk
        What is to be done.
    day : datetime.date or None
        By when, or when a walk is to be held; None where nobody has said.
    late : bool
        Whether it should have been done before the day told about.
    parties : tuple of str
        Ids of those that are to do it.
    """

    entity: Entity
    record: Finding | Decision | Walk
    day: date | None
    late: bool
    parties: tuple[str, ...]


def duties(
    findings: Iterable[Finding], decisions: Iterable[Decision], walks: Iterable[Walk], day: date
) -> tuple[Duty, ...]:
    """Return what is to be done as of the end of a day, by day; what has none comes last."""
    found = [
        *(Duty("finding", f, f.due, f.late_on(day), _owner(f)) for f in findings if f.open_on(day)),
        *(
            Duty("decision", d, d.due, d.late_on(day), _owner(d))
            for d in decisions
            if d.open_on(day)
        ),
        *(
            Duty("walk", w, w.day, w.day < day, w.parties)
            for w in walks
            if w.status is WalkStatus.PLANNED
        ),
    ]
    return tuple(sorted(found, key=lambda d: (d.day or date.max, d.entity, d.record.id)))


def _owner(record: Finding | Decision) -> tuple[str, ...]:
    return (record.owner,) if record.owner else ()


def concerning(found: Iterable[Duty], promises: Iterable[Promise]) -> Iterator[Duty]:
    """Yield what is about some promises' areas or commitments, or about no area at all."""
    areas, commitments = set[str | None]({None}), set[str]()
    for promise in promises:
        areas |= {*promise.area_ids}
        commitments |= {one.id for one in promise.commitments}
    for duty in found:
        about = duty.record.commitment_id if isinstance(duty.record, Decision) else None
        if duty.record.area_id in areas if about is None else about in commitments:
            yield duty
