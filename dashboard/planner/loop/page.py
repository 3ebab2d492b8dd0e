"""The tool `loop`: a walk past the most valuable stops within a time, on real paths."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import panel, progress, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms.place_list import Groups, PlaceRow, by_area, known_places
from dashboard.map.canvas import Picking
from dashboard.pane import Feature, OnMap
from dashboard.planner.loop import keep
from dashboard.planner.loop.keep import HIDDEN, LoopView, about, at, chosen, kind_of, sites
from dashboard.planner.tools import around, picked_point, point, short, show_panel, way
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.planner.loop import choices as edits
from geodata.planner.loop import solve
from geodata.planner.loop.ask import all_stops, ask_loop, cheapest_place, missing_dose, nearest_stop
from geodata.planner.loop.choices import asked_of, clock, read_choices
from geodata.planner.loop.keep import whole_minutes
from geodata.planner.plans import place_key
from geodata.service.streets import told_source
from geodata.texts import Words

HISTORY: Final = "plan_loop/history"
SPOTS_LISTED: Final = 12
AROUND_DEG: Final = 0.012
"""Some 700 metres to each side, at the latitude of Borås."""


def show(context: Context) -> OnMap:
    """Show the tool, or the kept loop that is looked at."""
    if context.state.plan is not None:
        return keep.show(context)
    view = _view(context)
    _take_picked(view)
    question = _question(view)
    _show_choices(view, question)
    drawn = _without_answer(view)
    if question is not None:
        try:
            drawn = _show_answer(view, question)
        except GeodataError as error:
            _show_failure(view, question, error)
    if question is None:
        keep.show_list(view)
    return replace(drawn, picking=_picking(view))


def _view(context: Context) -> LoopView:
    choices = read_choices(context.state.choices)
    day = choices.day or context.as_of.day
    kept = state.form(HISTORY).answer
    before = kept if isinstance(kept, edits.History) else edits.History()
    history = before.visited(choices)
    if history != before:
        state.keep_form(HISTORY, FormState(answer=history))
    return LoopView(context, choices, day, all_stops(context.service, day), history)


def _question(view: LoopView) -> solve.LoopQuestion | None:
    if view.choices.start is None:
        return None
    service = view.context.service
    told_about = view.context.as_of.day
    missing = missing_dose(service, told_about) if view.choices.value == "dose" else None
    return ask_loop(service, view.choices, view.day, missing=missing)


def _show_answer(view: LoopView, question: solve.LoopQuestion) -> OnMap:
    answer = progress.answer(view.context, question, "loop")
    if answer is None:
        return _without_answer(view)
    drawn = _show_loop(view, question, answer)
    keep.show_keeping(view, answer)
    return drawn


def _show_failure(view: LoopView, question: solve.LoopQuestion, error: GeodataError) -> None:
    by_key = {stop.key: stop for stop in question.stops}
    past = view.history.past
    panel.show(
        view.context,
        "loop_failure_panel",
        "loop/failure.html",
        view="planning/loop/failure",
        failure=view.context.words.error(error),
        required=[by_key[key] for key in question.required],
        name=partial(keep.stop_name, view.context),
        free=lambda key: view.to(edits.not_required(view.choices, key)),
        undo=view.to(past[-1]) if past else None,
    )


# --- what is asked for -----------------------------------------------------------------------


def _show_choices(view: LoopView, question: solve.LoopQuestion | None) -> None:
    context, choices = view.context, view.choices
    starts = _starts(view)
    known = {value for _, rows in starts for value, _ in rows}
    places = {name: at(getattr(choices, name)) for name in ("start", "end")}
    show_panel(
        context,
        "loop/page.html",
        "loop",
        on_ask=partial(_asked, view),
        on_submit=partial(_asked, view),
        choices=choices,
        picking=choices.pick or ("" if choices.start else "start"),
        question=question,
        day=view.day,
        clock=clock,
        fresh=_fresh(context.state),
        starts=starts,
        own={name: "" if value in known else value for name, value in places.items()},
        v={
            **places,
            **{name: str(getattr(choices, name)) for name in ("minutes", "stay", "value")},
            "depart": clock(choices.depart_min),
            "day": view.day.isoformat(),
        },
        faults={},
        counts=Counter(stop.kind for stop in view.stops),
        spots=_spots(view),
        to=view.to,
    )


def _fresh(chosen: ViewState) -> str:
    """Return a mark of what is asked for: once that is answered, nothing typed is left over."""
    return hashlib.sha256(repr(chosen.asked).encode()).hexdigest()[:16]


def _starts(view: LoopView) -> Groups:
    what = (view.context.words("plan_loop.kind_spots"),)
    rows = [
        PlaceRow(at(spot.position), spot.name, what, *spot.position, _area_of(view, spot))
        for spot in view.stops
        if spot.kind == "spots"
    ]
    rows += known_places(view.context, lambda place: at((place.lon, place.lat)))
    return by_area(view.context, rows, view.context.state.area)


def _area_of(view: LoopView, stop: solve.LoopStop) -> str | None:
    return view.context.service.locate(*stop.position).area_id


def _spots(view: LoopView) -> list[dict[str, Any]]:
    """Return hot spots to begin at: of the chosen promise, those of the chosen area first."""
    context = view.context
    area, known = context.state.area, context.service.catalogue.area_by_id
    asked = {one.id for one in context.service.areas(context.promises)}
    spots = [(stop, _area_of(view, stop)) for stop in view.stops if stop.kind == "spots"]
    if context.state.promise:
        spots = [(stop, here) for stop, here in spots if here in asked]
    spots.sort(key=lambda spot: bool(area) and spot[1] != area)
    return [
        {
            "key": stop.key,
            "name": stop.name,
            "about": " · ".join([*([known[here].name] if here else []), *stop.about]),
            "position": stop.position,
        }
        for stop, here in spots[:SPOTS_LISTED]
    ]


def _asked(view: LoopView, sent: Sent) -> None:
    """Make what the form says the address; a place that was chosen at once, the rest when sent."""
    texts = {name: text.strip() for name, text in sent.values.items() if isinstance(text, str)}
    among = sent.values.get("among", ())
    typed = {**asked_of(view.choices), **texts, "pick": "", "way": "", "among": ",".join(among)}
    wanted = read_choices({name: text for name, text in typed.items() if text or name == "among"})
    if wanted.day == view.context.as_of.day:
        wanted = replace(wanted, day=None)
    state.write(view.to(wanted))


# --- the map ---------------------------------------------------------------------------------


def _picking(view: LoopView) -> Picking | None:
    if view.choices.pick or view.choices.start is None:
        return Picking("point", ())
    return None


def _without_answer(view: LoopView) -> OnMap:
    """Return what is drawn before there is an answer: the start with the ground round it."""
    start = view.choices.start
    if start is None:
        return OnMap(hidden=HIDDEN)
    lon, lat = start
    round_it = (lon - AROUND_DEG, lat - AROUND_DEG / 2, lon + AROUND_DEG, lat + AROUND_DEG / 2)
    marks = tuple(sites(view.context, start, view.choices.end))
    return OnMap(marks, f"loop/{start}", round_it, hidden=HIDDEN)


def _take_picked(view: LoopView) -> None:
    """Make what was clicked on the map part of what is asked for."""
    clicked = picked_point()
    if clicked is None:
        return
    choices, (lon, lat) = view.choices, clicked
    if choices.pick == "stop" and choices.start is not None:
        wanted = _with_picked_stop(view, lon, lat)
    elif choices.pick == "end":
        wanted = replace(choices, end=(lon, lat), pick=None)
    else:
        wanted = replace(choices, start=(lon, lat), pick=None)
    state.write(view.to(wanted))
    st.rerun()


def _with_picked_stop(view: LoopView, lon: float, lat: float) -> Any:
    choices = view.choices
    meant = nearest_stop(view.stops, lon, lat)
    key = meant.key if meant else place_key(lon, lat)
    where = meant.position if meant else (lon, lat)
    start = choices.start or where
    known: Mapping[str, solve.LoopStop] = view.by_key
    along = [known[k].position for k in choices.order or () if k in known and k != key]
    place = cheapest_place([start, *along, choices.end or start], *where)
    return edits.with_stop(choices, key, place)


# --- the answer ------------------------------------------------------------------------------


STAY: Final = "stay-"
"""What the name of a field with a stop's minutes begins with; its key follows."""

SMALLER: Final = 0.25
"""How large what is not on the way is drawn beside what a map of reach draws."""

_SHORTEST_OVER_MIN: Final = 0.05


def _show_loop(view: LoopView, question: solve.LoopQuestion, answer: solve.LoopAnswer) -> OnMap:
    """Show what came out."""
    loop = chosen(view, answer)
    w, choices = view.context.words, view.choices
    panel.show(
        view.context,
        "loop_answer_panel",
        "loop/answer.html",
        view="planning/loop/answer",
        on_ask=partial(_stayed, view),
        on_submit=partial(_stayed, view),
        answer=answer,
        walk=loop,
        choices=choices,
        history=view.history,
        known=view.by_key,
        to=view.to,
        edits=edits,
        **_worded(view),
        title=_title(w, answer, loop, question.budget_min),
        sentence=told(w, loop),
        over=_over(w, loop, question.budget_min),
        walk_min=_walk_min(loop),
        fresh=hashlib.sha256(repr(choices).encode()).hexdigest()[:16],
        start_name=_place_name(view, question.start, w("plan_loop.start")),
        end_name=_place_name(view, question.end or question.start, w("plan_loop.end_here")),
        same_end=question.end in (None, question.start),
        basis=_basis(w, question, answer, loop),
    )
    return _on_map(view, question, answer, loop)


def _worded(view: LoopView) -> dict[str, Any]:
    """Return how the template says what a stop is, and how long something takes."""
    return {
        "name": partial(keep.stop_name, view.context),
        "kind": partial(kind_of, view.context),
        "about": about,
        "amount": partial(_amount, view.context.words),
        "clock": clock,
        "whole": whole_minutes,
    }


def _title(w: Words, answer: solve.LoopAnswer, loop: solve.PlannedLoop, budget_min: float) -> str:
    total, budget = whole_minutes(loop.total_min), whole_minutes(budget_min)
    if answer.own:
        return w("plan_loop.own_of", total=total, budget=budget)
    number = str(answer.loops.index(loop) + 1)
    return w("plan_loop.way_of", number=number, total=total, budget=budget)


def told(w: Words, loop: solve.PlannedLoop) -> str:
    """Return in one sentence what a loop is."""
    return w(
        "plan_loop.sum",
        count=len(loop.visits),
        walk=_walk_min(loop),
        kilometres=w.number(loop.metres / 1000, 1),
        stay=loop.stay_min,
        value=_amount(w, loop.value),
    )


def _walk_min(loop: solve.PlannedLoop) -> int:
    return whole_minutes(loop.total_min) - loop.stay_min


def _amount(w: Words, value: float) -> str:
    return w.number(value, 0 if value == round(value) else 1)


def _over(w: Words, loop: solve.PlannedLoop, budget_min: float) -> str:
    over = loop.total_min - budget_min
    return w("plan_loop.over", count=whole_minutes(over)) if over > _SHORTEST_OVER_MIN else ""


def _place_name(view: LoopView, position: tuple[float, float], usual: str) -> str:
    places = [stop for stop in view.stops if stop.kind != "findings"]
    found = nearest_stop(places, *position)
    return f"{usual}: {found.name}" if found else usual


def _basis(
    w: Words, question: solve.LoopQuestion, answer: solve.LoopAnswer, loop: solve.PlannedLoop
) -> str:
    said = [told_source(answer.source, w), w("plan_loop.pace", metres=question.m_per_min)]
    if not answer.own:
        said.append(w("plan_loop.exact") if loop.exact else w("plan_loop.searched"))
    if question.beyond:
        said.append(w("plan_loop.beyond", count=question.beyond))
    return " ".join([*said, w("plan_loop.research")])


def _stayed(view: LoopView, sent: Sent) -> None:
    """Make the minutes that were typed at a stop part of what is asked for."""
    given = sent.values.get(sent.button, "")
    key = sent.button.removeprefix(STAY)
    if key == sent.button or not isinstance(given, str) or not given.strip().isdecimal():
        return
    minutes = int(given.strip()[:4])
    state.write(view.to(edits.staying(view.choices, key, minutes)))


def _on_map(
    view: LoopView, question: solve.LoopQuestion, answer: solve.LoopAnswer, loop: solve.PlannedLoop
) -> OnMap:
    most = max((one.stop.value for one in loop.left_out), default=0.0) or 1.0
    others = [one for one in answer.loops if one is not loop]
    features: list[Feature] = [
        *(way(one.line, alternative=True) for one in others),
        way(loop.line, alternative=False),
        *(_missed(view, one, most) for one in loop.left_out),
        *sites(view.context, question.start, question.end),
        *(_mark(view, number, visit) for number, visit in enumerate(loop.visits, start=1)),
    ]
    shown = [place for one in answer.loops for place in one.line]
    token = f"loop/{question.start}/{question.end}/{question.budget_min}"
    return OnMap(tuple(features), token, around(shown, 0.0), hidden=HIDDEN)


def _mark(view: LoopView, number: int, visit: solve.Visit) -> Feature:
    w, depart = view.context.words, view.choices.depart_min
    times = w(
        "plan_loop.times",
        reached=clock(depart + visit.reached_min),
        left=clock(depart + visit.left_min),
    )
    return point(
        visit.stop.position,
        "stop",
        label=str(number),
        title=keep.stop_name(view.context, visit.stop),
        lines=[times, *(short(text) for text in visit.stop.about if text != visit.stop.name)],
        required=visit.stop.key in view.choices.required,
    )


def _missed(view: LoopView, left: solve.LeftOut, most: float) -> Feature:
    share = round(min(max(SMALLER * left.stop.value / most, 0.0), 1.0), 3)
    return point(
        left.stop.position, "missed", title=keep.stop_name(view.context, left.stop), weight=share
    )
