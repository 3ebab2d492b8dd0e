"""Records that name no commitment, linked to those that would count them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from geodata.analysis.evidence import Counting
from geodata.model import Activity, Promise, Walk
from geodata.register.held import WALK_ACTIVITY_KIND


@dataclass(frozen=True, slots=True)
class Linked:
    """Records with their commitments."""

    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    linked: int
    unlinked: int


def link(
    promises: Iterable[Promise],
    activities: Sequence[Activity],
    walks: Sequence[Walk],
    *,
    wanted: bool = True,
) -> Linked:
    """Link records that name no commitment to those whose kind, area and day fit."""
    counting = Counting(promises)
    done = tuple(
        replace(a, commitments=counting.commitments(a.kind, a.area_id, a.day))
        if wanted and not a.commitments
        else a
        for a in activities
    )
    walked = tuple(
        replace(w, commitments=counting.commitments(WALK_ACTIVITY_KIND, w.area_id, w.day))
        if wanted and not w.commitments
        else w
        for w in walks
    )
    before, after = _bare(activities, walks), _bare(done, walked)
    return Linked(done, walked, before - after, after)


def _bare(activities: Sequence[Activity], walks: Sequence[Walk]) -> int:
    """Return how many name no commitment."""
    return sum(not a.commitments for a in activities) + sum(not w.commitments for w in walks)
