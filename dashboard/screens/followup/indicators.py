"""What is seen beside the work: each goal's indicators as small charts, drawn alike."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from dashboard import state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.screens.followup.indicator_form import SAVED
from geodata.service.entries import Kind
from geodata.service.following import drawing, seen_beside
from geodata.service.recording import Saved

PROMISES_AT_MOST: Final = 6
"""Of more, one has to be chosen: each has charts of its own."""


def values(context: Context) -> dict[str, Any]:
    """Return what the section's template names."""
    few = context.promises if len(context.promises) <= PROMISES_AT_MOST else ()
    promises = [(promise, seen_beside(context.service, promise)) for promise in few]
    shown = [told for _, goals in promises for _, some in goals for told in some]
    last = state.form(SAVED)
    return {
        "saved": last.answer.record if isinstance(last.answer, Saved) else None,
        "saved_number": last.answer.number if isinstance(last.answer, Saved) else 0,
        "saved_kind": last.values.get("kind", "reading"),
        "saved_draft": last.values.get("draft", ""),
        "form": partial(_form, context),
        "seen": [(promise, goals) for promise, goals in promises if goals],
        "drawing": partial(drawing, context.words),
        "must_choose": not few,
        "has_intervals": any(point.interval for told in shown for point in told.points),
        "has_breaks": any(len(told.drawn) > 1 for told in shown),
    }


def _form(context: Context, of: str, kind: Kind = "reading", goal: str = "") -> ViewState:
    """Return the form of a reading or an indicator, or of a new one of an indicator or a goal."""
    return replace(context.state, asked=()).asking(task=kind, of=of, goal=goal)
