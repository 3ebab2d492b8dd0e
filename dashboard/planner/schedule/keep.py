"""A kept schedule: its files, how each visit stands, and ticking one off by recording it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import NAMESPACE_OID, uuid5

from dashboard import panel, state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.pane import OnMap
from dashboard.planner.schedule import answer
from dashboard.planner.words import visit_minutes, visit_time
from dashboard.state import FormState, Sent
from geodata.planner.schedule.ask import WEEKDAYS
from geodata.planner.schedule.keep import (
    SCHEDULES,
    Followed,
    KeptSchedule,
    KeptVisit,
    VisitStatus,
    followed,
    record_visit,
    suggested_values,
)
from geodata.service.recording import Saved

STATUS: Final[Mapping[VisitStatus, str]] = {
    VisitStatus.DONE: "plan_schedule.done",
    VisitStatus.UNRECORDED: "plan_schedule.unrecorded",
    VisitStatus.AHEAD: "plan_schedule.ahead",
}

TICKED: Final = "schedule/ticked"
"""The form state that holds the visit recorded last, for its undoing."""


def show(context: Context) -> OnMap:
    """Show the kept schedule that is looked at, and return what the map draws."""
    plan_id = context.state.plan or ""
    schedule = SCHEDULES.of(context.service, plan_id)
    standing = {one.visit.key: one for one in followed(context.service, schedule)}
    day = answer.shown_day(context, schedule)
    ticked = _ticked(context, schedule)
    kept = state.form(_draft(plan_id, ticked))
    w = context.words
    panel.show(
        "planning_panel",
        "schedule/kept.html",
        view=f"planning/schedule/{plan_id}",
        focus=context.moved_by not in (None, "map"),
        attempt=str(kept.answers) if kept.answer else "",
        on_submit=partial(_submitted, context, schedule),
        **context.base("planning"),
        **versions.values(context, "plan", plan_id),
        **answer.numbers_of(context, schedule),
        **_tick_values(context, ticked, kept),
        record_void=schedule.void,
        days=w.period(schedule.first_day, schedule.last_day, "day"),
        counts=_counts(context, standing),
        files=_files(context, schedule),
        links={"back": replace(context.state, plan=None, asked=()), "again": _again(context)},
        weeks=answer.weeks_of(context, schedule, day),
        shown=day,
        weekday=WEEKDAYS[day.weekday()] if day else "",
        patrols=answer.rows_of(
            context, schedule, day, lambda visit: _told(context, schedule, standing[visit.key])
        ),
        follows=True,
        last=_last(),
    )
    return answer.on_map(context, schedule, day)


def _counts(context: Context, standing: Mapping[str, Followed]) -> list[tuple[str, int, str]]:
    counted = Counter(one.matched.status for one in standing.values())
    return [(status.value, counted[status], context.words(key)) for status, key in STATUS.items()]


def _told(context: Context, schedule: KeptSchedule, one: Followed) -> dict[str, Any]:
    """Return how a visit stands, in words, and where more is told."""
    visit = one.matched.visit
    w = context.words
    number = str(schedule.visits.index(one.visit))
    may_tick = visit is None and one.visit.day <= context.service.today() and not schedule.void
    return {
        "status": one.matched.status.value,
        "word": w(STATUS[one.matched.status]),
        "done": ""
        if visit is None
        else w(
            "plan_schedule.done_told",
            time=w.clock(visit.start) if visit.timed else visit_time(w, visit),
            minutes=visit_minutes(w, visit),
        ),
        "record": context.state.cleared().with_activity(visit.activity_id) if visit else None,
        "tick": context.state.asking(tick=number) if may_tick else None,
        "key": one.visit.key,
    }


def _files(context: Context, schedule: KeptSchedule) -> list[dict[str, str]]:
    """Return the addresses of the files, of all patrols and of each."""
    found = []
    for patrol in ("", *(schedule.patrols if len(schedule.patrols) > 1 else ())):
        asked = {"lang": context.state.language, **({"patrol": patrol} if patrol else {})}
        query = urlencode(asked)
        found.append(
            {
                "patrol": patrol,
                "ics": f"/schema/{schedule.id}.ics?{query}",
                "csv": f"/schema/{schedule.id}.csv?{query}",
                "sheet": f"/schemablad/{schedule.id}?{query}",
            }
        )
    return found


def _again(context: Context) -> Any:
    """Return the state that asks for the schedule anew."""
    asked = context.service.plan(context.state.plan or "").asked
    again = {name: told for name, told in asked.items() if isinstance(told, str)}
    return context.state.with_tool("schedule", **again)


# --- ticking off ---------------------------------------------------------------------------------


def _ticked(context: Context, schedule: KeptSchedule) -> KeptVisit | None:
    """Return the visit whose form is open."""
    number = whole_number(context.state.choices.get("tick"), len(schedule.visits))
    return schedule.visits[number] if number < len(schedule.visits) else None


def _draft(plan_id: str, visit: KeptVisit | None) -> str:
    return f"schedule/tick/{plan_id}/{visit.key if visit else ''}"


def _tick_values(context: Context, visit: KeptVisit | None, kept: FormState) -> dict[str, Any]:
    if visit is None:
        return {"ticking": None}
    w = context.words
    fresh = f"{state.session_mark()}/{_draft(context.state.plan or '', visit)}/{kept.fresh}"
    return {
        "ticking": visit.key,
        "draft": _draft(context.state.plan or "", visit),
        "kept": kept,
        "v": {**suggested_values(visit), **kept.values},
        "faults": draft.faults(w, kept, kept.refused),
        "oddities": {},
        "failure": draft.failure(w, kept.answer),
        "new_id": str(uuid5(NAMESPACE_OID, fresh)),
        "closed": context.state.asking(tick=None),
    }


def _last() -> dict[str, Any] | None:
    """Return the visit that was recorded last, as long as it can be undone."""
    answer = state.form(TICKED).answer
    if not isinstance(answer, Saved) or answer.record.void:
        return None
    return {"id": answer.record.id, "number": answer.number}


def _submitted(context: Context, schedule: KeptSchedule, sent: Sent) -> None:
    visit = _ticked(context, schedule)
    if sent.button == "record" and visit is not None:
        _record(context, schedule, visit, sent)
    else:
        answer = versions.submitted(context, sent)
        if str(sent.values.get("about", "")).startswith("activity/"):
            state.keep_form(TICKED, FormState(answer=answer))


def _record(context: Context, schedule: KeptSchedule, visit: KeptVisit, sent: Sent) -> None:
    saved = draft.save(
        _draft(schedule.id, visit), sent, partial(record_visit, context.service, visit)
    )
    if saved is not None:
        state.keep_form(TICKED, FormState(answer=saved))
        state.write(context.state.asking(tick=None))
