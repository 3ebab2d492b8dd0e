"""Planera, schedule: who is to be seen where and when, at times that nobody can foretell."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import streamlit as st

from dashboard import panel, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.pane import OnMap
from dashboard.planner import solving
from dashboard.planner.period import within
from dashboard.planner.schedule import answer, keep
from dashboard.planner.schedule.answer import ASKED, KEPT, submitted, written_rows
from dashboard.state import FormState
from geodata.errors import GeodataError
from geodata.model import Plan, PlanKind
from geodata.planner.schedule.ask import (
    ROWS_MOST,
    SEED_BELOW,
    WEEKDAYS,
    WEEKS,
    ScheduleChoices,
    ask_schedule,
    asked_of,
    candidates,
    read_choices,
)
from geodata.planner.schedule.keep import KeptSchedule, made_schedule
from geodata.planner.schedule.solve import ScheduleStop
from geodata.texts import Words

LISTED: Final = 6


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws."""
    if context.state.plan:
        return keep.show(context)
    choices = read_choices(context.state.choices, context.as_of.day)
    known = candidates(context.service, choices, context.as_of.day, within(context))
    # The question stands above its progress, and is there while it is worked on.
    top = st.container()
    made, failure = _answered(context, choices)
    with top:
        _panel(context, choices, known, made, failure)
    if made is None:
        return OnMap(hidden=answer.HIDDEN)
    return answer.on_map(context, made, answer.shown_day(context, made))


def _answered(context: Context, choices: ScheduleChoices) -> tuple[KeptSchedule | None, str]:
    """Return what came out, or why nothing did."""
    if not choices.rows:
        return None, ""
    try:
        question = ask_schedule(context.service, choices, context.as_of.day, within(context))
        answer = solving.answer(context, question, "schedule")
    except GeodataError as error:
        return None, context.words.error(error)
    return (made_schedule(answer) if answer is not None else None), ""


def _panel(
    context: Context,
    choices: ScheduleChoices,
    known: tuple[ScheduleStop, ...],
    made: KeptSchedule | None,
    failure: str,
) -> None:
    asked = state.form(ASKED)
    kept = state.form(KEPT)
    panel.show(
        "planning_panel",
        "schedule/page.html",
        view="planning/schedule/made" if choices.rows else "planning/schedule",
        focus=context.moved_by not in (None, "map"),
        attempt=f"{asked.answers}/{kept.answers}" if asked.refused or kept.answer else "",
        on_submit=partial(submitted, context, choices, made),
        **context.base("planning"),
        **_asked_values(context.words, choices, known, asked),
        **_answer_values(context, choices, made, kept),
        asks=bool(choices.rows),
        failure=failure,
        new_spot=context.state.with_tool("dose", form="new"),
        plans=[
            _listed(context, plan) for plan in context.service.plans(PlanKind.SCHEDULE)[:LISTED]
        ],
    )


def _asked_values(
    w: Words, choices: ScheduleChoices, known: tuple[ScheduleStop, ...], asked: FormState
) -> dict[str, Any]:
    typed = isinstance(asked.answer, list)
    v: dict[str, Any] = {
        "first": choices.first_day.isoformat(),
        "weeks": str(choices.weeks),
        "visits": f"{choices.unplanned:g}" if choices.unplanned else "",
        "seed": str(choices.seed) if choices.rows else "",
        "beyond": ("1",) if choices.beyond else (),
        "spots": tuple(
            stop.id for stop in known if choices.spots is None or stop.id in choices.spots
        ),
        **(asked.values if typed else {}),
    }
    return {
        "v": v,
        "faults": dict(asked.refused) if typed else {},
        "oddities": {},
        "rows": asked.answer if typed else written_rows(choices, w),
        "changing": typed,
        "rows_most": ROWS_MOST,
        "weekdays": WEEKDAYS,
        "week_counts": WEEKS,
        "known": known,
        "unplanned": sum(stop.lacking is None for stop in known),
    }


def _answer_values(
    context: Context, choices: ScheduleChoices, made: KeptSchedule | None, kept: FormState
) -> dict[str, Any]:
    if made is None:
        return {"schedule": None}
    shown = answer.shown_day(context, made)
    other = (choices.seed * 7_919 + 104_729) % SEED_BELOW
    w = context.words
    name = w("plan_schedule.suggested", day=w.day(made.first_day), count=choices.weeks)
    return {
        **answer.numbers_of(context, made),
        "seed": str(choices.seed),
        "reseed": context.state.asking(**asked_of(replace(choices, seed=other))),
        "weeks": answer.weeks_of(context, made, shown),
        "shown": shown,
        "weekday": WEEKDAYS[shown.weekday()] if shown else "",
        "patrols": answer.rows_of(context, made, shown),
        "follows": False,
        "ticking": None,
        "kept": kept,
        "keep_values": {"name": name, "by": "", **kept.values},
        "kept_faults": draft.faults(w, kept, kept.refused),
        "keep_failure": draft.failure(w, kept.answer),
        # The same until it is used: what is typed beside it is not to be shown anew.
        "new_id": str(uuid5(NAMESPACE_OID, f"{state.session_mark()}/{KEPT}/{kept.fresh}")),
    }


def _listed(context: Context, plan: Plan) -> dict[str, Any]:
    w = context.words
    visits = plan.outcome.get("visits")
    count = len(visits) if isinstance(visits, list | tuple) else 0
    return {
        "id": plan.id,
        "name": plan.name,
        "told": w("plan_schedule.visits", count=count),
        "days": w.period(plan.first_day, plan.last_day, "day"),
        "link": replace(context.state, plan=plan.id, asked=()),
    }
