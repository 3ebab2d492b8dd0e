"""What the forms about kept loops share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from dashboard import panel, state
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.pane import OnMap
from dashboard.planner.loop.answer import HIDDEN, LoopView, chosen, kind_of
from dashboard.planner.marks import around, point, way
from dashboard.planner.words import short
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Plan, PlanKind
from geodata.planner.loop.choices import LoopChoices, asked_of, clock
from geodata.planner.loop.keep import (
    LOOPS,
    PATROL,
    KeptLoop,
    KeptStop,
    area_of_way,
    keep_as_patrol,
    keep_as_walk,
    made_loop,
    record_done,
)
from geodata.planner.loop.solve import LoopAnswer
from geodata.service import recording
from geodata.service.recording import OUTSIDE
from geodata.service.streets import told_source

Values = Mapping[str, str | tuple[str, ...]]


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


def stop_name(context: Context, stop: KeptStop) -> str:
    """Return what a kept stop is called on the screen."""
    return short(stop.name) or context.words("plan_loop.own_stop")


KEEP: Final = "plan_loop/keep"
WALK: Final = "safety_walk"
LISTED: Final = 6


def show_keeping(view: LoopView, answer: LoopAnswer) -> None:
    """Show how the loop that is looked at is kept, and those that are."""
    loop = chosen(view, answer)
    made = made_loop(view.context.service, view.choices, loop, answer, view.day)
    kept = state.form(KEEP)
    shown = {**draft.shown(kept, _suggested(view, made))}
    found = suggestions(view.context, WALK, shown, made.day)
    if "commitments" not in shown:
        shown["commitments"] = tuple(one.commitment.id for one in found if one.counts)
    _show_list(
        view,
        on_ask=partial(keep_typed, KEEP),
        on_submit=partial(_keep, view, made),
        suggestions=found,
        can_keep=bool(loop.visits),
        kept=kept,
        v=shown,
        areas=list(view.context.service.areas(view.context.service.catalogue.promises)),
        faults=draft.faults(view.context.words, kept, shown),
        failure=draft.failure(view.context.words, kept.answer),
        attempt=draft.attempt(kept),
    )


def show_list(view: LoopView) -> None:
    """Show the loops that are kept, where there is none to be kept."""
    _show_list(view, can_keep=False, v={}, kept=FormState(), faults={}, failure="")


def _show_list(view: LoopView, **more: Any) -> None:
    context = view.context
    plans = context.service.plans(PlanKind.LOOP)
    listed = plans if context.state.list_page else plans[:LISTED]
    panel.show(
        "loop_keep_panel",
        "loop/keep.html",
        view="planning/loop/keep",
        **context.base("planning"),
        draft=KEEP,
        oddities={},
        plans=[_listed(context, plan) for plan in listed],
        more=len(plans) - len(listed),
        everything=replace(context.state, list_page=1),
        **more,
    )


def _listed(context: Context, plan: Plan) -> dict[str, Any]:
    w = context.words
    try:
        loop = LOOPS.of(context.service, plan.id)
        told = w(
            "plan_loop.kept_told",
            count=len(loop.stops),
            minutes=loop.whole_min,
            kilometres=w.number(loop.metres / 1000, 1),
        )
    except GeodataError as error:
        told = w.error(error)
    return {
        "id": plan.id,
        "name": plan.name,
        "told": told,
        "day": w.day(plan.first_day, short=True),
        "link": replace(context.state, plan=plan.id, asked=()),
    }


def _suggested(view: LoopView, made: KeptLoop) -> dict[str, str | tuple[str, ...]]:
    w, catalogue = view.context.words, view.context.service.catalogue
    area = area_of_way(view.context.service, made.line) or ""
    place = made.start_name or (catalogue.area_by_id[area].name if area else "")
    time = clock(made.depart_min)
    name = w("plan_loop.name_at", place=place, time=time) if place else ""
    return {
        "id": str(uuid4()),
        "kind": "patrol",
        "name": name or w("plan_loop.name_plain", time=time),
        "area": area,
        "meeting_point": made.start_name,
        "note": _note(view.context, made),
        "by": "",
    }


def _note(context: Context, made: KeptLoop) -> str:
    """Return the stops with their times: a walk's record has no field for them."""
    w = context.words
    stops = ", ".join(
        f"{clock(made.depart_min + stop.reached_min)} {stop_name(context, stop)}"
        for stop in made.stops
    )
    return w("plan_loop.note", stops=stops)


def _keep(view: LoopView, made: KeptLoop, sent: Sent) -> None:
    context = view.context
    given = {name: value for name, value in sent.values.items() if name != "kind"}
    is_walk = sent.values.get("kind") == "walk"
    saved = draft.save(
        KEEP,
        replace(sent, values=given),
        lambda values: (
            keep_as_walk(context.service, made, values)
            if is_walk
            else keep_as_patrol(context.service, view.choices, made, values)
        ),
    )
    if saved is None:
        return
    versions.keep_saved(saved, KEEP)
    if is_walk:
        state.go_to(context.state.cleared().with_walk(saved.record.id), "map")
    else:
        state.write(replace(context.state, plan=saved.record.id, asked=()))


def show(context: Context) -> OnMap:
    """Show the kept loop that is looked at, with its files and how it is recorded when walked."""
    plan_id = context.state.plan or ""
    loop = LOOPS.of(context.service, plan_id)
    name = f"plan_loop/done/{plan_id}"
    kept = state.form(name)
    shown = _done_values(context, loop, kept)
    w = context.words
    start = loop.start_name or w("plan_loop.start")
    panel.show(
        "planning_panel",
        "loop/kept.html",
        view=f"planning/loop/{plan_id}",
        focus=context.moved_by is not None,
        attempt=draft.attempt(kept),
        on_ask=partial(keep_typed, name),
        on_submit=partial(_submitted, context, loop, name),
        **context.base("planning"),
        **versions.values(context, "plan", plan_id),
        record_void=loop.void,
        shown=loop,
        sentence=w(
            "plan_loop.kept_sum",
            day=w.day(loop.day),
            count=len(loop.stops),
            minutes=loop.whole_min,
            kilometres=w.number(loop.metres / 1000, 1),
        ),
        depart=clock(loop.depart_min),
        back=clock(loop.depart_min + loop.whole_min),
        start_name=start,
        end_name=start if loop.comes_back else w("plan_loop.end"),
        rows=[_row(context, loop, stop) for stop in loop.stops],
        basis=" ".join([told_source(loop.source, w), w("plan_loop.research")]),
        files=_files(context, plan_id),
        links={"back": replace(context.state, plan=None), "edit": _edit(context, plan_id)},
        draft=name,
        kept=kept,
        v=shown,
        areas=list(context.service.areas(context.service.catalogue.promises)),
        suggestions=suggestions(context, PATROL, shown, _day(context, shown)),
        faults=draft.faults(context.words, kept, shown),
        oddities={},
        failure=draft.failure(context.words, kept.answer),
    )
    return _on_map(context, loop)


def _row(context: Context, loop: KeptLoop, stop: KeptStop) -> dict[str, Any]:
    w = context.words
    return {
        "name": stop_name(context, stop),
        "kind": kind_of(context, stop.kind),
        "about": short(" · ".join(text for text in stop.about if text != stop.name)),
        "leg": w("plan_loop.metres", metres=round(stop.metres, -1)),
        "reached": clock(loop.depart_min + stop.reached_min),
        "stay": w("minutes.short", minutes=stop.minutes),
    }


def _files(context: Context, plan_id: str) -> dict[str, str]:
    asked = urlencode({"lang": context.state.language})
    return {"gpx": f"/slinga/{plan_id}.gpx?{asked}", "sheet": f"/slingblad/{plan_id}?{asked}"}


def _edit(context: Context, plan_id: str) -> Any:
    """Return the state that asks for the loop anew."""
    asked = context.service.plan(plan_id).asked
    known = asked_of(LoopChoices())
    again = {name: str(told) for name, told in asked.items() if name in known}
    return context.state.with_tool("loop").asking(**again)


def _done_values(
    context: Context, loop: KeptLoop, kept: FormState
) -> dict[str, str | tuple[str, ...]]:
    area = area_of_way(context.service, loop.line) or OUTSIDE
    suggested: dict[str, str | tuple[str, ...]] = {
        "id": str(uuid4()),
        "date": loop.day.isoformat(),
        "time": clock(loop.depart_min),
        # How long it took is what somebody says, never what was planned.
        "minutes": "",
        "area": area,
        "note": "",
        "by": "",
    }
    values = {**draft.shown(kept, suggested)}
    if "commitments" not in values:
        found = suggestions(context, PATROL, values, _day(context, values))
        values["commitments"] = tuple(one.commitment.id for one in found if one.counts)
    return values


def _day(context: Context, values: Values) -> date | None:
    return recording.day_said(str(values.get("date") or ""), context.service.today())


def _submitted(context: Context, loop: KeptLoop, name: str, sent: Sent) -> None:
    if sent.draft != name:
        versions.submitted(context, sent)
        return
    saved = draft.save(name, sent, partial(record_done, context.service, loop))
    if saved is not None:
        versions.keep_saved(saved, name)
        state.go_to(context.state.cleared().with_activity(saved.record.id), "map")


def _on_map(context: Context, loop: KeptLoop) -> OnMap:
    points = [(float(x), float(y)) for x, y, *_ in loop.line.coords]
    w = context.words
    features = [
        way(points, alternative=False),
        point(points[0], "site", label="A", title=loop.start_name or w("plan_loop.start")),
        *(
            []
            if loop.comes_back
            else [point(points[-1], "site", label="B", title=w("plan_loop.end"))]
        ),
        *(
            point(
                (stop.lon, stop.lat),
                "stop",
                label=str(number),
                title=stop_name(context, stop),
                lines=[clock(loop.depart_min + stop.reached_min)],
            )
            for number, stop in enumerate(loop.stops, start=1)
        ),
    ]
    return OnMap(tuple(features), f"loop/{loop.id}", around(points, 0.0), hidden=HIDDEN)
