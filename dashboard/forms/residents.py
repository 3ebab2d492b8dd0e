"""Residents on a walk's card: for which days they are asked, and what they have pointed out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

import shapely

from dashboard import state
from dashboard.context import Context
from dashboard.forms import draft, photos
from dashboard.signin import log
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Walk, WalkStatus
from geodata.service import residents
from geodata.service.residents import Hint, Stage

ABOUT: Final = "residents/"

SHOWN_AT_MOST: Final = 40
"""So many places are on the card and the map, those most pointed out first."""

USUAL_DAYS: Final = 14


def values(context: Context, walk: Walk) -> dict[str, Any]:
    """Return what a walk's card needs, for who plans: ``asking`` is None for others."""
    service, today = context.service, context.service.today()
    opening = service.register.opening(walk_id=walk.id)
    is_planned = walk.status is WalkStatus.PLANNED and not walk.void
    if not context.account.may("plan") or (opening is None and not is_planned):
        return {"asking": None}
    stage = residents.stage_of(walk, opening, today) if opening else Stage.CLOSED
    hints = service.register.walk_hints(walk.id)
    places = _places(hints)
    answer = state.form(ABOUT + walk.id).answer
    asking = {
        "opening": opening,
        "is_open": stage in (Stage.EARLY, Stage.OPEN),
        "may_open": is_planned and walk.day >= today,
        "first": max(today, walk.day - timedelta(USUAL_DAYS)),
        "last": walk.day - timedelta(1) if walk.day > today else today,
        "counts": Counter(hint.category for hint in hints),
        "places": places[:SHOWN_AT_MOST],
        "left_out": len(places[SHOWN_AT_MOST:]),
        "failure": draft.failure(context.words, answer),
    }
    return {"asking": asking, "pointed_out": _on_map(places[:SHOWN_AT_MOST])}


def _places(hints: list[Hint]) -> list[tuple[Hint, int]]:
    """Return each place and category once with how often it was pointed out, most often first."""
    often = Counter((hint.category, hint.lon, hint.lat) for hint in hints)
    one = {(hint.category, hint.lon, hint.lat): hint for hint in hints}
    return [(one[where], count) for where, count in often.most_common()]


def _on_map(places: list[tuple[Hint, int]]) -> tuple[dict[str, Any], ...]:
    """Return the places as drawn on the map, by their numbers on the card."""
    return tuple(
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [hint.lon, hint.lat]},
            "properties": {"role": "site", "label": f"{number}"},
        }
        for number, (hint, _) in enumerate(places, 1)
    )


def submitted(context: Context, sent: Sent) -> None:
    """Do what a card's button says about residents, or what the card does otherwise."""
    about = str(sent.values.get("about", ""))
    if not about.startswith(ABOUT):
        photos.submitted(context, sent)
        return
    walk_id, (pressed, _, hint_id) = about.removeprefix(ABOUT), sent.button.partition(":")
    if not context.account.may("plan"):
        return
    if pressed == "stop":
        _make_stop(context, walk_id, hint_id)
        return
    by = str(sent.values.get("by") or "")
    days = (str(sent.values.get(name) or "") for name in ("first", "last"))
    service = context.service
    ways: dict[str, Callable[[], object]] = {
        "open": partial(residents.open_walk, service, walk_id, *days, by=by),
        "close": partial(residents.close_walk, service, walk_id, by=by),
    }
    if pressed not in ways:
        return
    answer = draft.tried(ways[pressed])
    state.keep_form(about, FormState(answer=answer))
    if not isinstance(answer, GeodataError):
        log.note(service.settings.signin, "changed", context.account, about)


def _make_stop(context: Context, walk_id: str, hint_id: str) -> None:
    """Lead to the walk's form, with the place on its way; what was begun there stays."""
    walk = context.service.walk(walk_id)
    hints = context.service.register.walk_hints(walk_id)
    hint = next((one for one in hints if one.id == hint_id), None)
    if hint is None:
        return
    form = f"walk/{walk_id}"
    kept = state.form(form)
    begun = json.loads(str(kept.values.get("route") or "null"))
    way = shapely.geometry.shape(begun) if begun else walk.route
    points = [] if way is None else [(x, y) for x, y in shapely.get_coordinates(way).tolist()]
    line = {"type": "LineString", "coordinates": residents.with_stop(points, hint)}
    decided = kept.decided({"route": json.dumps(line), "way": uuid4().hex})
    state.keep_form(form, replace(decided, about=kept.about))
    state.go_to(replace(context.state.with_walk(walk_id), form="walk"), "record")
