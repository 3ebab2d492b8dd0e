"""A held walk is also an activity: which one, and how the two stay in step."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID, uuid5

from geodata.errors import RegisterError
from geodata.model import Activity, Walk, WalkStatus

WALK_ACTIVITY_KIND: Final = "safety_walk"
"""The activity kind that a held walk counts as, a key of the vocabulary."""

_NAMESPACE: Final = UUID("6f0d7c1e-6b0c-4b7e-9a53-0c1a8f1c2d47")


def activity_id(walk_id: str) -> str:
    """Return the id of a walk's activity: the same for the same walk, always (UUID version 5)."""
    return str(uuid5(_NAMESPACE, walk_id))


def activity_of(walk: Walk, verified_by: str | None = None) -> Activity | None:
    """Return the activity that a walk is, None unless it was held."""
    if walk.status is not WalkStatus.HELD:
        return None
    return Activity(
        id=activity_id(walk.id),
        kind=WALK_ACTIVITY_KIND,
        area_id=walk.area_id,
        place=walk.route,
        start=walk.start,
        precision=walk.precision,
        day=walk.day,
        minutes=walk.minutes,
        commitments=walk.commitments,
        parties=walk.parties,
        participants=walk.participants,
        note=walk.note,
        origin=walk.origin,
        verified_by=verified_by,
        walk_id=walk.id,
        void=walk.void,
    )


def followed(walk: Walk, present: Activity | None) -> Activity | None:
    """Return a walk's activity as it ought to be."""
    wanted = activity_of(walk)
    if present is None:
        return wanted
    if wanted is None:
        return replace(present, void=True)
    return replace(wanted, verified_by=present.verified_by)


def require_own(record: object) -> None:
    """Refuse an activity that a walk already is."""
    if isinstance(record, Activity) and record.walk_id is not None:
        raise RegisterError("register.follows_walk", id=record.id, walk=record.walk_id)
