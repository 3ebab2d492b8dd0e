"""What the parts of the tool `loop` share: what is asked for, and what the map draws."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.pane import Feature, OnMap
from dashboard.planner.marks import around, point, way
from dashboard.planner.words import short
from dashboard.state import Sent
from geodata.planner.choices import Position
from geodata.planner.loop import choices as edits
from geodata.planner.loop.ask import nearest_stop, own_stop
from geodata.planner.loop.choices import History, LoopChoices, asked_of, clock
from geodata.planner.loop.keep import whole_minutes
from geodata.planner.loop.solve import (
    LeftOut,
    Leg,
    LoopAnswer,
    LoopQuestion,
    LoopStop,
    PlannedLoop,
    Unreached,
    Visit,
)
from geodata.service.streets import told_source
from geodata.texts import Words

HIDDEN: Final = ("activities", "walks")
"""Layers that would hide what is planned."""

KINDS: Final[Mapping[str, str]] = {
    "spots": "plan_loop.kind_spots",
    "findings": "plan_loop.kind_findings",
    "places": "plan_loop.kind_places",
    "own": "plan_loop.kind_own",
}


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


def kind_of(view_words: Context, kind: str) -> str:
    """Return what a stop is, in words."""
    return view_words.words(KINDS.get(kind, KINDS["own"]))


def at(position: Position | None) -> str:
    """Return a place as a form's field holds it."""
    return "" if position is None else f"{position[0]:.5f},{position[1]:.5f}"


WHY: Final = {"too_far": "plan_loop.too_far", "apart": "plan_loop.apart"}

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
        "loop_answer_panel",
        "loop/answer.html",
        view="planning/loop/answer",
        on_ask=partial(_asked, view),
        on_submit=partial(_asked, view),
        **view.context.base("planning"),
        shown=answer,
        ways=[] if answer.own else _ways(view, answer),
        title=_title(w, answer, loop, question.budget_min),
        sentence=told(w, loop),
        over=_over(w, loop, question.budget_min),
        bar=_bar(loop),
        bar_label=w("plan_loop.bar", walk=_walk_min(loop), stay=loop.stay_min),
        fresh=hashlib.sha256(repr(choices).encode()).hexdigest()[:16],
        depart=clock(choices.depart_min),
        back=clock(choices.depart_min + whole_minutes(loop.total_min)),
        home=leg_told(w, loop.home),
        start_name=_place_name(view, question.start, w("plan_loop.start")),
        end_name=_place_name(view, question.end or question.start, w("plan_loop.end_here")),
        same_end=question.end in (None, question.start),
        rows=[_row(view, loop, visit) for visit in loop.visits],
        left=[_left(view, one) for one in loop.left_out],
        left_open=len(loop.left_out) <= 4,
        dropped=_dropped(view),
        unreached=[_unreached(view, one) for one in answer.unreached],
        basis=_basis(w, question, answer, loop),
        links=_links(view, answer),
    )
    return _on_map(view, question, answer, loop)


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


def leg_told(w: Words, leg: Leg) -> str:
    """Return how long a leg is, to ten metres."""
    return w("plan_loop.leg", metres=round(leg.metres, -1), minutes=max(round(leg.minutes), 0))


def _walk_min(loop: PlannedLoop) -> int:
    return whole_minutes(loop.total_min) - loop.stay_min


def _amount(w: Words, value: float) -> str:
    return w.number(value, 0 if value == round(value) else 1)


def _over(w: Words, loop: PlannedLoop, budget_min: float) -> str:
    over = loop.total_min - budget_min
    return w("plan_loop.over", count=whole_minutes(over)) if over > _SHORTEST_OVER_MIN else ""


def _bar(loop: PlannedLoop) -> list[dict[str, object]]:
    """Return the walk in its parts: on the way, at a stop, on the way."""
    parts: list[dict[str, object]] = []
    for visit in loop.visits:
        parts.append({"kind": "walk", "minutes": round(visit.leg.minutes, 2)})
        parts.append({"kind": "stay", "minutes": visit.stop.minutes})
    return [*parts, {"kind": "walk", "minutes": round(loop.home.minutes, 2)}]


def _ways(view: LoopView, answer: LoopAnswer) -> list[dict[str, object]]:
    w, looked_at = view.context.words, chosen(view, answer)
    return [
        {
            "title": w("plan_loop.way", number=str(at + 1)),
            "told": w(
                "plan_loop.way_told",
                count=len(loop.visits),
                minutes=whole_minutes(loop.total_min),
                value=_amount(w, loop.value),
            ),
            "chosen": loop is looked_at,
            "link": view.to(replace(view.choices, way=at, pick=None)),
        }
        for at, loop in enumerate(answer.loops)
    ]


def _place_name(view: LoopView, position: tuple[float, float], usual: str) -> str:
    places = [stop for stop in view.stops if stop.kind != "findings"]
    found = nearest_stop(places, *position)
    return f"{usual}: {found.name}" if found else usual


def _row(view: LoopView, loop: PlannedLoop, visit: Visit) -> dict[str, Any]:
    w, choices, key = view.context.words, view.choices, visit.stop.key
    at = loop.keys.index(key)
    last = len(loop.visits) - 1
    bound = key in choices.required and choices.order is None
    return {
        "key": key,
        "name": name_of(view, visit.stop),
        "kind": kind_of(view.context, visit.stop.kind),
        "about": _about(visit.stop.name, visit.stop.about),
        "leg": leg_told(w, visit.leg),
        "reached": clock(choices.depart_min + visit.reached_min),
        "minutes": visit.stop.minutes,
        "free": view.to(edits.not_required(choices, key)) if bound else None,
        "earlier": view.to(edits.moved(choices, loop.keys, key, -1)) if at else None,
        "later": view.to(edits.moved(choices, loop.keys, key, 1)) if at < last else None,
        "drop": view.to(edits.without(choices, key)),
    }


def _about(name: str, about: tuple[str, ...]) -> str:
    return short(" · ".join(text for text in about if text != name))


def _left(view: LoopView, left: LeftOut) -> dict[str, Any]:
    w = view.context.words
    worth = w("plan_loop.worth", value=_amount(w, left.stop.value)) if left.stop.value else ""
    return {
        "key": left.stop.key,
        "name": name_of(view, left.stop),
        "kind": kind_of(view.context, left.stop.kind),
        "value": worth,
        "extra": w("plan_loop.extra", minutes=whole_minutes(left.extra_min)),
        "link": view.to(edits.with_stop(view.choices, left.stop.key, left.at)),
    }


def _dropped(view: LoopView) -> list[dict[str, Any]]:
    known = view.by_key
    return [
        {
            "key": key,
            "name": name_of(view, known[key]),
            "link": view.to(edits.allowed(view.choices, key)),
        }
        for key in view.choices.dropped
        if key in known
    ]


def _unreached(view: LoopView, one: Unreached) -> tuple[str, str]:
    return name_of(view, one.stop), view.context.words(WHY.get(one.why, WHY["apart"]))


def _basis(w: Words, question: LoopQuestion, answer: LoopAnswer, loop: PlannedLoop) -> str:
    said = [told_source(answer.source, w), w("plan_loop.pace", metres=question.m_per_min)]
    if not answer.own:
        said.append(w("plan_loop.exact") if loop.exact else w("plan_loop.searched"))
    if question.beyond:
        said.append(w("plan_loop.beyond", count=question.beyond))
    return " ".join([*said, w("plan_loop.research")])


def _links(view: LoopView, answer: LoopAnswer) -> dict[str, Any]:
    choices, history = view.choices, view.history
    best = answer.best_order
    return {
        "undo": view.to(history.past[-1]) if history.past else None,
        "redo": view.to(history.future[0]) if history.future else None,
        "best": view.to(edits.in_order(choices, best)) if best else None,
        "over": view.to(edits.suggested(choices)),
        "pick_stop": view.to(replace(choices, pick="stop")),
    }


def _asked(view: LoopView, sent: Sent) -> None:
    """Make the minutes that were typed at a stop part of what is asked for."""
    given = sent.values.get(sent.button, "")
    key = sent.button.removeprefix(STAY)
    if key == sent.button or not isinstance(given, str) or not given.strip().isdecimal():
        return
    minutes = int(given.strip()[:4])
    state.write(view.to(edits.staying(view.choices, key, minutes)))


# --- the map ---------------------------------------------------------------------------------


def _on_map(view: LoopView, question: LoopQuestion, answer: LoopAnswer, loop: PlannedLoop) -> OnMap:
    w = view.context.words
    most = max((one.stop.value for one in loop.left_out), default=0.0) or 1.0
    others = [one for one in answer.loops if one is not loop]
    features: list[Feature] = [
        *(way(one.line, alternative=True) for one in others),
        way(loop.line, alternative=False),
        *(_missed(view, one, most) for one in loop.left_out),
        point(question.start, "site", label="A", title=w("plan_loop.start")),
        *(
            [point(question.end, "site", label="B", title=w("plan_loop.end"))]
            if question.end
            else []
        ),
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
