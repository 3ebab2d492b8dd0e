"""A loop that is kept: its stops, its files, and how it is recorded once it has been walked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from dashboard import panel, state
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.pane import OnMap
from dashboard.state import FormState, Sent
from dashboard.views.planning.loop_forms import (
    Values,
    attempt_of,
    failure_of,
    faults_of,
    keep_typed,
    shown_values,
    stop_name,
    suggestions,
)
from dashboard.views.planning.loop_view import (
    HIDDEN,
    bounds_of,
    kind_of,
    short,
    site,
    stop_mark,
    way,
)
from geodata.errors import GeodataError
from geodata.planner.loop.choices import LoopChoices, asked_of, clock
from geodata.planner.loop.keep import (
    PATROL,
    KeptLoop,
    KeptStop,
    area_of_way,
    kept_loop,
    record_done,
)
from geodata.service import recording
from geodata.service.recording import OUTSIDE, Saved
from geodata.service.streets import told_source


def show(context: Context) -> OnMap:
    """Show the kept loop that is looked at, with its files and how it is recorded when walked."""
    plan_id = context.state.plan or ""
    loop = kept_loop(context.service, plan_id)
    draft = f"plan_loop/done/{plan_id}"
    kept = state.form(draft)
    shown = _done_values(context, loop, kept)
    w = context.words
    start = loop.start_name or w("plan_loop.start")
    panel.show(
        "planning_panel",
        "planning/loop_kept.html",
        view=f"planning/loop/{plan_id}",
        focus=context.moved_by is not None,
        attempt=attempt_of(kept),
        on_ask=partial(keep_typed, draft),
        on_submit=partial(_submitted, context, loop, draft),
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
        draft=draft,
        kept=kept,
        v=shown,
        areas=list(context.service.areas(context.service.catalogue.promises)),
        suggestions=suggestions(context, PATROL, shown, _day(context, shown)),
        faults=faults_of(context, kept, shown),
        oddities={},
        failure=failure_of(context, kept),
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
    values = shown_values(suggested, kept)
    if "commitments" not in values:
        found = suggestions(context, PATROL, values, _day(context, values))
        values["commitments"] = tuple(one.commitment.id for one in found if one.counts)
    return values


def _day(context: Context, values: Values) -> date | None:
    return recording.day_said(str(values.get("date") or ""), context.service.today())


def _submitted(context: Context, loop: KeptLoop, draft: str, sent: Sent) -> None:
    if sent.draft != draft:
        versions.submitted(context, sent)
        return
    try:
        answer: object = record_done(context.service, loop, sent.values)
    except GeodataError as error:
        answer = error
    if not isinstance(answer, Saved):
        state.keep_form(draft, FormState(sent.values, sent.touched, answer, refused=sent.values))
        return
    state.drop_form(draft)
    versions.keep_saved(answer, draft)
    state.go_to(context.state.cleared().with_activity(answer.record.id), "map")


def _on_map(context: Context, loop: KeptLoop) -> OnMap:
    points = [(float(x), float(y)) for x, y, *_ in loop.line.coords]
    w = context.words
    features = [
        way(points, alternative=False),
        site(points[0], "A", loop.start_name or w("plan_loop.start")),
        *([] if loop.comes_back else [site(points[-1], "B", w("plan_loop.end"))]),
        *(
            stop_mark(
                (stop.lon, stop.lat),
                str(number),
                stop_name(context, stop),
                [clock(loop.depart_min + stop.reached_min)],
            )
            for number, stop in enumerate(loop.stops, start=1)
        ),
    ]
    return OnMap(tuple(features), f"loop/{loop.id}", bounds_of(points), hidden=HIDDEN)
