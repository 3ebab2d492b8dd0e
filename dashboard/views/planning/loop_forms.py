"""What the forms about kept loops share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboard import state
from dashboard.context import Context
from dashboard.state import FormState, Sent
from dashboard.views.planning.loop_view import (
    short,
)
from geodata.errors import GeodataError
from geodata.planner.loop.keep import KeptStop
from geodata.service import recording
from geodata.service.recording import Refused

Values = Mapping[str, str | tuple[str, ...]]


def shown_values(suggested: Values, kept: FormState) -> dict[str, str | tuple[str, ...]]:
    """Return what a form shows: what was typed in it, else what is suggested by now."""
    typed = {name: value for name, value in kept.values.items() if name in kept.touched}
    return {**suggested, **typed}


def suggestions(
    context: Context, kind: str, values: Values, day: date | None
) -> tuple[recording.Suggestion, ...]:
    """Return every commitment with whether a record in a form's area would count for it."""
    area = str(values.get("area") or "")
    known = area if area in context.service.catalogue.area_by_id else None
    return recording.suggestions(context.service, kind, known, day) if day else ()


def keep_typed(draft: str, sent: Sent) -> None:
    """Remember what was typed in a form that others of its fields depend on."""
    state.keep_form(draft, FormState(sent.values, sent.touched))


def faults_of(context: Context, kept: FormState, shown: Any) -> dict[str, str]:
    """Return what has to be put right, by field; what says something else by now is no fault."""
    if not isinstance(kept.answer, Refused):
        return {}
    found: dict[str, str] = {}
    for problem in kept.answer.problems:
        if shown.get(problem.field, "") == kept.refused.get(problem.field, ""):
            said = context.words(f"error.{problem.key}", **problem.values)
            found.setdefault(problem.field, said)
    return found


def failure_of(context: Context, kept: FormState) -> str:
    """Return why nothing could be saved, in words."""
    return context.words.error(kept.answer) if isinstance(kept.answer, GeodataError) else ""


def attempt_of(kept: FormState) -> str:
    """Return what names a refused save, so that its first fault takes the focus."""
    return str(kept.answers) if isinstance(kept.answer, Refused | GeodataError) else ""


def stop_name(context: Context, stop: KeptStop) -> str:
    """Return what a kept stop is called on the screen."""
    return short(stop.name) or context.words("plan_loop.own_stop")
