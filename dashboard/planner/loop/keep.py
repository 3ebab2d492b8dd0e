"""A kept loop: its forms and its addresses, as GPX for a phone and a sheet to print.

Here stands too what a loop has in common on the screen, planned or kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.pane import Feature, OnMap
from dashboard.planner.tools import around, point, short, show_panel, way
from dashboard.routes.answers import SHEETS, Served, language_of, routes, saved_as
from dashboard.routes.documents import layers_in, printed
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Plan, PlanKind
from geodata.planner.loop import choices as edits
from geodata.planner.loop import keep as loops
from geodata.planner.loop.ask import own_stop
from geodata.planner.loop.choices import History, LoopChoices, asked_of, clock
from geodata.planner.loop.keep import KeptStop
from geodata.planner.loop.solve import LoopAnswer, LoopStop, PlannedLoop
from geodata.planner.plans import PATROL, Position
from geodata.service import Service
from geodata.service.paper_maps import sheet_sources
from geodata.service.recording import OUTSIDE
from geodata.service.streets import told_source
from geodata.texts import Words, words

HIDDEN: Final = ("activities", "walks")
"""Layers that would hide what is planned."""


@dataclass(frozen=True, slots=True)
class LoopView:
    """One run's view of the tool."""

    context: Context
    choices: LoopChoices
    day: date
    stops: tuple[LoopStop, ...]
    history: History

    def to(self, choices: LoopChoices) -> ViewState:
        """Return the state that asks for other choices."""
        return self.context.state.asking(**asked_of(choices))

    @property
    def by_key(self) -> dict[str, LoopStop]:
        """Every stop that is there or asked for, by its key."""
        known = {stop.key: stop for stop in self.stops}
        named = (*self.choices.named, *self.choices.dropped)
        own = (own_stop(key) for key in named if key not in known)
        return known | {stop.key: stop for stop in own if stop}


def kind_of(context: Context, kind: str) -> str:
    """Return what a stop is, in words."""
    known = kind if kind in edits.STOP_KINDS else "own"
    return context.words(f"plan_loop.kind_{known}")


def at(position: Position | None) -> str:
    """Return a place as a form's field holds it."""
    return "" if position is None else f"{position[0]:.5f},{position[1]:.5f}"


def about(stop: LoopStop | KeptStop) -> str:
    """Return what is known of a stop besides its name."""
    return short(" · ".join(text for text in stop.about if text != stop.name))


def chosen(view: LoopView, answer: LoopAnswer) -> PlannedLoop:
    """Return the loop that is looked at."""
    return answer.loops[min(view.choices.way, len(answer.loops) - 1)]


def sites(context: Context, start: Position, end: Position | None, name: str = "") -> list[Feature]:
    """Return marks of where a loop begins, and where it ends if that is elsewhere."""
    w = context.words
    marks = [point(start, "site", label="A", title=name or w("plan_loop.start"))]
    return (
        marks if end is None else [*marks, point(end, "site", label="B", title=w("plan_loop.end"))]
    )


Values = Mapping[str, str | tuple[str, ...]]


def keep_typed(draft: str, sent: Sent) -> None:
    """Remember what was typed in a form that others of its fields depend on."""
    state.keep_form(draft, FormState(sent.values, sent.touched))


def stop_name(context: Context, stop: LoopStop | KeptStop) -> str:
    """Return what a stop is called on the screen."""
    return short(stop.name) or context.words("plan_loop.own_stop")


KEEP: Final = "plan_loop/keep"
WALK: Final = "safety_walk"
LISTED: Final = 6


def show_keeping(view: LoopView, answer: LoopAnswer) -> None:
    """Show how the loop that is looked at is kept, and those that are."""
    loop = chosen(view, answer)
    made = loops.made_loop(view.context.service, view.choices, loop, answer, view.day)
    kept = state.form(KEEP)
    shown = {**draft.shown(kept, _suggested(view, made))}
    found = draft.suggestions(view.context, WALK, shown, made.day)
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
        context,
        "loop_keep_panel",
        "loop/keep.html",
        view="planning/loop/keep",
        draft=KEEP,
        oddities={},
        plans=listed,
        told=partial(_told, context),
        more=len(plans) - len(listed),
        **more,
    )


def _told(context: Context, plan: Plan) -> str:
    """Return what a kept loop is in a few words, or why it can't be read."""
    w = context.words
    try:
        loop = loops.LOOPS.of(context.service, plan.id)
    except GeodataError as error:
        return w.error(error)
    kilometres = w.number(loop.metres / 1000, 1)
    count = len(loop.stops)
    return w("plan_loop.kept_told", count=count, minutes=loop.whole_min, kilometres=kilometres)


def _suggested(view: LoopView, made: loops.KeptLoop) -> dict[str, str | tuple[str, ...]]:
    w, catalogue = view.context.words, view.context.service.catalogue
    area = loops.area_of_way(view.context.service, made.line) or ""
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


def _note(context: Context, made: loops.KeptLoop) -> str:
    """Return the stops with their times: a walk's record has no field for them."""
    w = context.words
    stops = ", ".join(
        f"{clock(made.depart_min + stop.reached_min)} {stop_name(context, stop)}"
        for stop in made.stops
    )
    return w("plan_loop.note", stops=stops)


def _keep(view: LoopView, made: loops.KeptLoop, sent: Sent) -> None:
    context = view.context
    given = {name: value for name, value in sent.values.items() if name != "kind"}
    is_walk = sent.values.get("kind") == "walk"
    saved = draft.save(
        KEEP,
        replace(sent, values=given),
        lambda values: (
            loops.keep_as_walk(context.service, made, values)
            if is_walk
            else loops.keep_as_patrol(context.service, view.choices, made, values)
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
    loop = loops.LOOPS.of(context.service, plan_id)
    name = f"plan_loop/done/{plan_id}"
    kept = state.form(name)
    shown = _done_values(context, loop, kept)
    w = context.words
    start = loop.start_name or w("plan_loop.start")
    show_panel(
        context,
        "loop/kept.html",
        f"loop/{plan_id}",
        attempt=draft.attempt(kept),
        on_ask=partial(keep_typed, name),
        on_submit=partial(_submitted, context, loop, name),
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
        clock=clock,
        start_name=start,
        end_name=start if loop.comes_back else w("plan_loop.end"),
        name=partial(stop_name, context),
        kind=partial(kind_of, context),
        about=about,
        basis=" ".join([told_source(loop.source, w), w("plan_loop.research")]),
        files=urlencode({"lang": context.state.language}),
        back=replace(context.state, plan=None),
        edit=_edit(context, plan_id),
        draft=name,
        kept=kept,
        v=shown,
        areas=list(context.service.areas(context.service.catalogue.promises)),
        suggestions=draft.suggestions(context, PATROL, shown, draft.day_of(context, shown)),
        faults=draft.faults(context.words, kept, shown),
        failure=draft.failure(context.words, kept.answer),
    )
    return _on_map(context, loop)


def _edit(context: Context, plan_id: str) -> Any:
    """Return the state that asks for the loop anew."""
    asked = context.service.plan(plan_id).asked
    known = asked_of(LoopChoices())
    again = {name: str(told) for name, told in asked.items() if name in known}
    return context.state.with_tool("loop").asking(**again)


def _done_values(
    context: Context, loop: loops.KeptLoop, kept: FormState
) -> dict[str, str | tuple[str, ...]]:
    area = loops.area_of_way(context.service, loop.line) or OUTSIDE
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
        found = draft.suggestions(context, PATROL, values, draft.day_of(context, values))
        values["commitments"] = tuple(one.commitment.id for one in found if one.counts)
    return values


def _submitted(context: Context, loop: loops.KeptLoop, name: str, sent: Sent) -> None:
    if sent.draft != name:
        versions.submitted(context, sent)
        return
    saved = draft.save(name, sent, partial(loops.record_done, context.service, loop))
    if saved is not None:
        versions.keep_saved(saved, name)
        state.go_to(context.state.cleared().with_activity(saved.record.id), "map")


def _on_map(context: Context, loop: loops.KeptLoop) -> OnMap:
    points = [(float(x), float(y)) for x, y, *_ in loop.line.coords]
    end = None if loop.comes_back else points[-1]
    features = [
        way(points, alternative=False),
        *sites(context, points[0], end, loop.start_name),
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


GPX: Final = "application/gpx+xml"
LINES: Final = 6
"""Empty lines for what is seen on the way, besides those of the stops."""


def loop_routes(served: Served) -> list[Route]:
    """Return the routes of kept loops."""

    def gpx(service: Service, request: Request) -> Response:
        plan_id = request.path_params["plan_id"]
        text = loops.loop_file(service, plan_id, words(language_of(request)))
        loop = loops.LOOPS.of(service, plan_id)
        headers = saved_as("gpx", loop.name, loop.day)
        return Response(text.encode(), media_type=GPX, headers=headers)

    def sheet(service: Service, request: Request, w: Words) -> Mapping[str, Any]:
        layers = layers_in(request)
        told = loops.printed_loop(service, request.path_params["plan_id"], w, layers)
        return {
            "sheet": told,
            "clock": clock,
            "kinds": {stop.kind for stop in told.loop.stops},
            "lines": LINES,
            "basis": told_source(told.loop.source, w),
            "sources": sheet_sources(service, w, layers),
        }

    shown = printed("loop/sheet.html", sheet)
    table = (("/slinga/{plan_id}.gpx", gpx, SHEETS), ("/slingblad/{plan_id}", shown, SHEETS))
    return routes(served, table)
