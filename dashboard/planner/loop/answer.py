"""What the parts of the tool `loop` share: what is asked for, and what the map draws."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.pane import Feature, OnMap
from dashboard.planner.tools import around, point, short, way
from dashboard.state import Sent
from geodata.planner.loop import choices as edits
from geodata.planner.loop.ask import nearest_stop, own_stop
from geodata.planner.loop.choices import History, LoopChoices, asked_of, clock
from geodata.planner.loop.keep import KeptStop, whole_minutes
from geodata.planner.loop.solve import (
    LeftOut,
    LoopAnswer,
    LoopQuestion,
    LoopStop,
    PlannedLoop,
    Visit,
)
from geodata.planner.plans import Position
from geodata.service.streets import told_source
from geodata.texts import Words

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


def name_of(view: LoopView, stop: LoopStop) -> str:
    """Return what a stop is called on the screen."""
    return short(stop.name) or view.context.words("plan_loop.own_stop")


def kind_of(context: Context, kind: str) -> str:
    """Return what a stop is, in words."""
    known = kind if kind in edits.STOP_KINDS else "own"
    return context.words(f"plan_loop.kind_{known}")


def at(position: Position | None) -> str:
    """Return a place as a form's field holds it."""
    return "" if position is None else f"{position[0]:.5f},{position[1]:.5f}"


STAY: Final = "stay-"
"""What the name of a field with a stop's minutes begins with; its key follows."""

SMALLER: Final = 0.25
"""How large what is not on the way is drawn beside what a map of reach draws."""

_SHORTEST_OVER_MIN: Final = 0.05


def show(view: LoopView, question: LoopQuestion, answer: LoopAnswer) -> OnMap:
    """Show what came out."""
    loop = chosen(view, answer)
    w, choices = view.context.words, view.choices
    panel.show(
        view.context,
        "loop_answer_panel",
        "loop/answer.html",
        view="planning/loop/answer",
        on_ask=partial(_asked, view),
        on_submit=partial(_asked, view),
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
        "name": partial(name_of, view),
        "kind": partial(kind_of, view.context),
        "about": about,
        "amount": partial(_amount, view.context.words),
        "clock": clock,
        "whole": whole_minutes,
    }


def about(stop: LoopStop | KeptStop) -> str:
    """Return what is known of a stop besides its name."""
    return short(" · ".join(text for text in stop.about if text != stop.name))


def chosen(view: LoopView, answer: LoopAnswer) -> PlannedLoop:
    """Return the loop that is looked at."""
    return answer.loops[min(view.choices.way, len(answer.loops) - 1)]


def _title(w: Words, answer: LoopAnswer, loop: PlannedLoop, budget_min: float) -> str:
    total, budget = whole_minutes(loop.total_min), whole_minutes(budget_min)
    if answer.own:
        return w("plan_loop.own_of", total=total, budget=budget)
    number = str(answer.loops.index(loop) + 1)
    return w("plan_loop.way_of", number=number, total=total, budget=budget)


def told(w: Words, loop: PlannedLoop) -> str:
    """Return in one sentence what a loop is."""
    return w(
        "plan_loop.sum",
        count=len(loop.visits),
        walk=_walk_min(loop),
        kilometres=w.number(loop.metres / 1000, 1),
        stay=loop.stay_min,
        value=_amount(w, loop.value),
    )


def _walk_min(loop: PlannedLoop) -> int:
    return whole_minutes(loop.total_min) - loop.stay_min


def _amount(w: Words, value: float) -> str:
    return w.number(value, 0 if value == round(value) else 1)


def _over(w: Words, loop: PlannedLoop, budget_min: float) -> str:
    over = loop.total_min - budget_min
    return w("plan_loop.over", count=whole_minutes(over)) if over > _SHORTEST_OVER_MIN else ""


def _place_name(view: LoopView, position: tuple[float, float], usual: str) -> str:
    places = [stop for stop in view.stops if stop.kind != "findings"]
    found = nearest_stop(places, *position)
    return f"{usual}: {found.name}" if found else usual


def _basis(w: Words, question: LoopQuestion, answer: LoopAnswer, loop: PlannedLoop) -> str:
    said = [told_source(answer.source, w), w("plan_loop.pace", metres=question.m_per_min)]
    if not answer.own:
        said.append(w("plan_loop.exact") if loop.exact else w("plan_loop.searched"))
    if question.beyond:
        said.append(w("plan_loop.beyond", count=question.beyond))
    return " ".join([*said, w("plan_loop.research")])


def _asked(view: LoopView, sent: Sent) -> None:
    """Make the minutes that were typed at a stop part of what is asked for."""
    given = sent.values.get(sent.button, "")
    key = sent.button.removeprefix(STAY)
    if key == sent.button or not isinstance(given, str) or not given.strip().isdecimal():
        return
    minutes = int(given.strip()[:4])
    state.write(view.to(edits.staying(view.choices, key, minutes)))


# --- the map ---------------------------------------------------------------------------------


def sites(context: Context, start: Position, end: Position | None, name: str = "") -> list[Feature]:
    """Return marks of where a loop begins, and where it ends if that is elsewhere."""
    w = context.words
    marks = [point(start, "site", label="A", title=name or w("plan_loop.start"))]
    return (
        marks if end is None else [*marks, point(end, "site", label="B", title=w("plan_loop.end"))]
    )


def _on_map(view: LoopView, question: LoopQuestion, answer: LoopAnswer, loop: PlannedLoop) -> OnMap:
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


def _mark(view: LoopView, number: int, visit: Visit) -> Feature:
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
        title=name_of(view, visit.stop),
        lines=[times, *(short(text) for text in visit.stop.about if text != visit.stop.name)],
        required=visit.stop.key in view.choices.required,
    )


def _missed(view: LoopView, left: LeftOut, most: float) -> Feature:
    share = round(min(max(SMALLER * left.stop.value / most, 0.0), 1.0), 3)
    return point(left.stop.position, "missed", title=name_of(view, left.stop), weight=share)
