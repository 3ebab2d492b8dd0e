"""What is recorded and counts for nothing, by reason, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.address import ViewState
from dashboard.views.context import Context
from dashboard.views.followup_lists import Leaf, leaf, with_list
from geodata.service.following import UncountedReason, following

WORDS: Final[Mapping[UncountedReason, tuple[str, str]]] = {
    UncountedReason.OTHER_KIND: ("uncounted.other_kind", "uncounted.do.other_kind"),
    UncountedReason.BEFORE_PERIOD: ("uncounted.before_period", "uncounted.do.period"),
    UncountedReason.AFTER_PERIOD: ("uncounted.after_period", "uncounted.do.period"),
    UncountedReason.AFTER_DEADLINE: ("uncounted.after_deadline", "uncounted.do.after_deadline"),
    UncountedReason.OTHER_AREA: ("uncounted.other_area", "uncounted.do.other_area"),
    UncountedReason.UNKNOWN_COMMITMENT: (
        "uncounted.unknown_commitment",
        "uncounted.do.unknown_commitment",
    ),
    UncountedReason.NO_AREA: ("uncounted.no_area", "uncounted.do.no_area"),
    UncountedReason.NO_PERIOD: ("uncounted.no_period", "uncounted.do.no_period"),
    UncountedReason.NO_COMMITMENT: ("uncounted.no_commitment", "uncounted.do.no_commitment"),
}
"""Why, and what to do."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records that count for nothing for one reason."""

    reason: UncountedReason
    why: str
    what_to_do: str
    count: int
    link: ViewState
    leaf: Leaf | None


def groups(context: Context) -> tuple[Group, ...]:
    """Return what counts for nothing on the day told about, reason by reason."""
    chosen = context.state
    found = following(context.service).uncounted(context.promises, context.as_of.day)
    # A selected area or commitment has lists of its own.
    opened = None if chosen.area or chosen.commitment else chosen.listed
    closed = chosen.cleared()
    shown = []
    for reason in UncountedReason:
        if ids := found.get(reason):
            is_open = reason == opened
            link = closed if is_open else with_list(closed, reason)
            part = leaf(context, reason, ids) if is_open else None
            shown.append(Group(reason, *WORDS[reason], len(ids), link, part))
    return tuple(shown)
