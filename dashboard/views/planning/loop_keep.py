"""Keeping a loop as a planned patrol or walk, and the list of those that are kept."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

from dashboard import panel, state
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.state import FormState, Sent
from dashboard.views.planning import loop_answer
from dashboard.views.planning.loop_forms import (
    attempt_of,
    failure_of,
    faults_of,
    keep_typed,
    shown_values,
    stop_name,
    suggestions,
)
from dashboard.views.planning.loop_view import (
    LoopView,
)
from geodata.errors import GeodataError
from geodata.model import Plan
from geodata.planner.loop.choices import clock
from geodata.planner.loop.keep import (
    KeptLoop,
    area_of_way,
    keep_as_patrol,
    keep_as_walk,
    kept_loop,
    kept_loops,
    made_loop,
)
from geodata.planner.loop.solve import LoopAnswer
from geodata.service.recording import Saved

KEEP: Final = "plan_loop/keep"
WALK: Final = "safety_walk"
LISTED: Final = 6


def show_keeping(view: LoopView, answer: LoopAnswer) -> None:
    """Show how the loop that is looked at is kept, and those that are."""
    loop = loop_answer.chosen(view, answer)
    made = made_loop(view.context.service, view.choices, loop, answer, view.day)
    kept = state.form(KEEP)
    shown = shown_values(_suggested(view, made), kept)
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
        faults=faults_of(view.context, kept, shown),
        failure=failure_of(view.context, kept),
        attempt=attempt_of(kept),
    )


def show_list(view: LoopView) -> None:
    """Show the loops that are kept, where there is none to be kept."""
    _show_list(view, can_keep=False, v={}, kept=FormState(), faults={}, failure="")


def _show_list(view: LoopView, **more: Any) -> None:
    context = view.context
    plans = kept_loops(context.service)
    listed = plans if context.state.list_page else plans[:LISTED]
    panel.show(
        "loop_keep_panel",
        "planning/loop_keep.html",
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
        loop = kept_loop(context.service, plan.id)
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
    try:
        answer: object = (
            keep_as_walk(context.service, made, given)
            if is_walk
            else keep_as_patrol(context.service, view.choices, made, given)
        )
    except GeodataError as error:
        answer = error
    if not isinstance(answer, Saved):
        state.keep_form(KEEP, FormState(sent.values, sent.touched, answer, refused=sent.values))
        return
    state.drop_form(KEEP)
    versions.keep_saved(answer, KEEP)
    if is_walk:
        state.go_to(context.state.cleared().with_walk(answer.record.id), "map")
    else:
        state.write(replace(context.state, plan=answer.record.id, asked=()))
