"""What a tool tells about: the period that is asked for, and the areas it is limited to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from dashboard import state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.state import Sent
from geodata.planner.doses import (
    Asked,
)
from geodata.service import recording

PERIOD_DRAFT: Final = "dose/period"


def period_values(context: Context, asked: Asked) -> dict[str, Any]:
    """Return what the choice of a period needs: its ways, and the form for days of one's own."""
    w, choices = context.words, context.state.choices
    own = {"first": asked.period.start.isoformat(), "last": asked.period.end.isoformat()}
    if asked.choice == "own" and asked.fault:
        own = {name: choices.get(name, "") for name in own}
    here = replace(context.state, list_page=0)
    faults = {
        "days": {"first": w("plan_dose.fault_days")},
        "order": {"last": w("plan_dose.fault_order")},
        None: {},
    }
    return {
        "asked": asked,
        "ways": (
            ("promise", _promised(context), _over(here, None)),
            ("latest", w("plan_dose.period_latest"), _over(here, "latest")),
            ("own", w("plan_dose.period_own"), _over(here, "own", **own)),
        ),
        "v": own,
        "faults": faults[asked.fault],
        "oddities": {},
    }


def _promised(context: Context) -> str:
    several = len(context.promises) > 1
    return context.words("plan_dose.period_promises" if several else "plan_dose.period_promise")


def _over(here: ViewState, period: str | None, **days: str) -> ViewState:
    return here.asking(**{"first": None, "last": None, "show": None, **days, "period": period})


def submitted(context: Context, sent: Sent) -> None:
    """Take the days of a period that somebody wrote."""
    if sent.draft != PERIOD_DRAFT:
        return
    today = context.service.today()
    days: dict[str, str] = {}
    for name in ("first", "last"):
        text = str(sent.values.get(name, ""))
        day = recording.day_said(text, today)
        # What can't be read stays in the address, and is asked for again.
        days[name] = day.isoformat() if day else text or "?"
    state.write(_over(replace(context.state, list_page=0), "own", **days))


def within(context: Context) -> frozenset[str] | None:
    """Return the areas that the page is limited to, by id; None where it is not."""
    if context.state.area:
        return frozenset({context.state.area})
    if context.state.promise:
        return frozenset(area.id for area in context.service.areas(context.promises))
    return None
