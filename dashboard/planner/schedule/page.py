"""Planera, schedule: who is to be seen where and when, a kept one's visits, and its addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import progress, state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.pane import OnMap
from dashboard.planner.schedule import answer
from dashboard.planner.schedule.answer import ASKED, KEPT, submitted, written_rows
from dashboard.planner.tools import show_panel, visit_minutes, within
from dashboard.routes.answers import SHEETS, Served, language_of, routes, saved_as
from dashboard.routes.documents import printed
from dashboard.state import FormState, Sent
from geodata.model import PlanKind
from geodata.planner.schedule import ask, keep
from geodata.planner.schedule.solve import ScheduleStop
from geodata.service import Service
from geodata.service.recording import Saved
from geodata.service.streets import told_source
from geodata.texts import Words, words

TICKED: Final = "schedule/ticked"
"""The form state that holds the visit recorded last, for its undoing."""


def show_kept(context: Context) -> OnMap:
    """Show the kept schedule that is looked at, and return what the map draws."""
    plan_id = context.state.plan or ""
    schedule = keep.SCHEDULES.of(context.service, plan_id)
    standing = keep.followed(context.service, schedule)
    day = answer.shown_day(context, schedule)
    ticked = _ticked(context, schedule)
    kept = state.form(_draft(plan_id, ticked))
    w = context.words
    show_panel(
        context,
        "schedule/kept.html",
        f"schedule/{plan_id}",
        attempt=str(kept.answers) if kept.answer else "",
        on_submit=partial(_submitted, context, schedule),
        **versions.values(context, "plan", plan_id),
        **answer.values_of(context, schedule),
        **_tick_values(context, ticked, kept),
        record_void=schedule.void,
        days=w.period(schedule.first_day, schedule.last_day, "day"),
        statuses={one.value: w(f"plan_schedule.{one}") for one in keep.VisitStatus},
        counted=Counter(one.status.value for one in standing.values()),
        files=_files(context, schedule),
        back=replace(context.state, plan=None, asked=()),
        again=_again(context),
        standing=standing,
        minutes=partial(visit_minutes, w),
        today=context.service.today(),
        last=_last(),
    )
    return answer.on_map(context, schedule, day)


def _files(context: Context, schedule: keep.KeptSchedule) -> dict[str, str]:
    """Return what the files' addresses ask for: all patrols, and each where there are several."""
    lang = {"lang": context.state.language}
    each = schedule.patrols if len(schedule.patrols) > 1 else ()
    return {"": urlencode(lang), **{name: urlencode({**lang, "patrol": name}) for name in each}}


def _again(context: Context) -> Any:
    """Return the state that asks for the schedule anew."""
    asked = context.service.plan(context.state.plan or "").asked
    again = {name: told for name, told in asked.items() if isinstance(told, str)}
    return context.state.with_tool("schedule", **again)


# --- ticking off ---------------------------------------------------------------------------------


def _ticked(context: Context, schedule: keep.KeptSchedule) -> keep.KeptVisit | None:
    """Return the visit whose form is open."""
    number = whole_number(context.state.choices.get("tick"), len(schedule.visits))
    return schedule.visits[number] if number < len(schedule.visits) else None


def _draft(plan_id: str, visit: keep.KeptVisit | None) -> str:
    return f"schedule/tick/{plan_id}/{visit.key if visit else ''}"


def _tick_values(context: Context, visit: keep.KeptVisit | None, kept: FormState) -> dict[str, Any]:
    if visit is None:
        return {"ticking": None}
    w = context.words
    name = _draft(context.state.plan or "", visit)
    return {
        "ticking": visit.key,
        "draft": name,
        "kept": kept,
        "v": {**keep.suggested_values(visit), **kept.values},
        "faults": draft.faults(w, kept, kept.refused),
        "failure": draft.failure(w, kept.answer),
        "new_id": draft.new_id(name),
    }


def _last() -> dict[str, Any] | None:
    """Return the visit that was recorded last, as long as it can be undone."""
    answer = state.form(TICKED).answer
    if not isinstance(answer, Saved) or answer.record.void:
        return None
    return {"id": answer.record.id, "number": answer.number}


def _submitted(context: Context, schedule: keep.KeptSchedule, sent: Sent) -> None:
    visit = _ticked(context, schedule)
    if sent.button == "record" and visit is not None:
        _record(context, schedule, visit, sent)
    else:
        answer = versions.submitted(context, sent)
        if str(sent.values.get("about", "")).startswith("activity/"):
            state.keep_form(TICKED, FormState(answer=answer))


def _record(
    context: Context, schedule: keep.KeptSchedule, visit: keep.KeptVisit, sent: Sent
) -> None:
    saved = draft.save(
        _draft(schedule.id, visit), sent, partial(keep.record_visit, context.service, visit)
    )
    if saved is not None:
        state.keep_form(TICKED, FormState(answer=saved))
        state.write(context.state.asking(tick=None))


MEDIA_TYPES: Final = {"ics": "text/calendar; charset=utf-8", "csv": "text/csv; charset=utf-8"}


def schedule_routes(served: Served) -> list[Route]:
    """Return the routes of kept schedules."""

    def file(service: Service, request: Request) -> Response:
        plan_id, ending = request.path_params["plan_id"], request.path_params["ending"]
        if ending not in MEDIA_TYPES:
            return Response(status_code=404)
        make = keep.calendar_file if ending == "ics" else keep.table_file
        patrol = request.query_params.get("patrol") or None
        content = make(service, plan_id, words(language_of(request)), patrol=patrol)
        name = keep.SCHEDULES.of(service, plan_id).name
        headers = saved_as(ending, name, patrol)
        return Response(content, media_type=MEDIA_TYPES[ending], headers=headers)

    def sheet(service: Service, request: Request, w: Words) -> Mapping[str, Any]:
        patrol = request.query_params.get("patrol") or None
        schedule, days = keep.printed_schedule(
            service, request.path_params["plan_id"], patrol=patrol
        )
        return {
            "schedule": schedule,
            "days": days,
            "basis": told_source(schedule.source, w),
        }

    shown = printed("schedule/sheet.html", sheet)
    table = (
        ("/schema/{plan_id}.{ending}", file, SHEETS),
        ("/schemablad/{plan_id}", shown, SHEETS),
    )
    return routes(served, table)


LISTED: Final = 6


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws."""
    if context.state.plan:
        return show_kept(context)
    choices = ask.read_choices(context.state.choices, context.as_of.day)
    known = ask.candidates(context.service, choices, context.as_of.day, within(context))
    # The question stands above its progress, and is there while it is worked on.
    top = st.container()
    made, failure = _answered(context, choices)
    with top:
        asked = state.form(ASKED)
        kept = state.form(KEPT)
        show_panel(
            context,
            "schedule/page.html",
            "schedule/made" if choices.rows else "schedule",
            attempt=f"{asked.answers}/{kept.answers}" if asked.refused or kept.answer else "",
            on_submit=partial(submitted, context, choices, made),
            **_asked_values(context.words, choices, known, asked),
            **_answer_values(context, choices, made, kept),
            asks=bool(choices.rows),
            failure=failure,
            plans=context.service.plans(PlanKind.SCHEDULE)[:LISTED],
        )
    if made is None:
        return OnMap(hidden=answer.HIDDEN)
    return answer.on_map(context, made, answer.shown_day(context, made))


def _answered(
    context: Context, choices: ask.ScheduleChoices
) -> tuple[keep.KeptSchedule | None, str]:
    """Return what came out, or why nothing did."""
    if not choices.rows:
        return None, ""
    day, areas = context.as_of.day, within(context)
    question = partial(ask.ask_schedule, context.service, choices, day, areas)
    answer, failure = progress.attempt(context, question, "schedule")
    return (keep.made_schedule(answer) if answer is not None else None), failure


def _asked_values(
    w: Words, choices: ask.ScheduleChoices, known: tuple[ScheduleStop, ...], asked: FormState
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
        "rows": asked.answer if typed else written_rows(choices, w),
        "changing": typed,
        "rows_most": ask.ROWS_MOST,
        "week_counts": ask.WEEKS,
        "known": known,
        "unplanned": sum(stop.lacking is None for stop in known),
    }


def _answer_values(
    context: Context, choices: ask.ScheduleChoices, made: keep.KeptSchedule | None, kept: FormState
) -> dict[str, Any]:
    if made is None:
        return {"schedule": None}
    other = (choices.seed * 7_919 + 104_729) % ask.SEED_BELOW
    w = context.words
    name = w("plan_schedule.suggested", day=w.day(made.first_day), count=choices.weeks)
    return {
        **answer.values_of(context, made),
        "seed": str(choices.seed),
        "reseed": context.state.asking(**ask.asked_of(replace(choices, seed=other))),
        "standing": {},
        "kept": kept,
        "keep_values": {"name": name, "by": "", **kept.values},
        "kept_faults": draft.faults(w, kept, kept.refused),
        "keep_failure": draft.failure(w, kept.answer),
        "new_id": draft.new_id(KEPT),
    }
