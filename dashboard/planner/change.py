"""Before and after: what is recorded in a place, beside another area, or that it can't be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import inf, log2
from typing import Any, Final

import shapely

from dashboard import state
from dashboard.context import Context
from dashboard.forms import place_list
from dashboard.listing import Leaf, finding_leaf, leaf, with_list
from dashboard.map.canvas import Picking
from dashboard.pane import OnMap, outline
from dashboard.planner.tools import picked_point, point, show_panel
from dashboard.state import Sent
from geodata.model import Activity, Finding, name_of
from geodata.planner.change import (
    CHOICES,
    EXPECTED_AT_LEAST,
    RING_TIMES,
    Answer,
    Asked,
    Caution,
    Circle,
    Counted,
    Interval,
    Verdict,
    answer,
    areas_to_compare,
    ask,
)
from geodata.service import recording
from geodata.texts import Words


def place_name(context: Context, place: str | Circle) -> str:
    """Return what a place is called."""
    if isinstance(place, str):
        return context.service.catalogue.area_by_id[place].name
    if place.hot_spot_id:
        return context.service.hot_spot(place.hot_spot_id).name
    at = round(place.lon, 5), round(place.lat, 5)
    known = context.service.catalogue.places
    name = next((p.name for p in known if (round(p.lon, 5), round(p.lat, 5)) == at), None)
    return name or context.words("plan_change.point")


def where(context: Context, place: str | Circle) -> str:
    """Return where a place is, in a sentence: in an area, at a hot spot, within a circle."""
    w = context.words
    name = place_name(context, place)
    if isinstance(place, str):
        return w("plan_change.in_area", place=name)
    is_named = name != w("plan_change.point")
    return w("plan_change.at_place", place=name) if is_named else w("plan_change.in_circle")


def ring_name(context: Context, circle: Circle) -> str:
    """Return what the ring round a circle is called."""
    w = context.words
    inner, outer = w.metres(circle.radius_m), w.metres(RING_TIMES * circle.radius_m)
    return w("plan_change.ring", inner=inner, outer=outer)


def what_name(context: Context, asked: Asked) -> str:
    """Return what is counted, in the plural and without a capital."""
    kind, vocabulary = asked.what.kind, context.service.catalogue.vocabulary
    w, language = context.words, context.state.language
    if asked.what.entity == "finding":
        if kind is None:
            return w("plan_change.findings")
        category = name_of(vocabulary.finding_categories, kind).to(language).lower()
        return w("plan_change.findings_of", category=category)
    name = name_of(vocabulary.activity_kinds, kind or "").to(language)
    return w("plan_change.activities_of", kind=name[:1].lower() + name[1:])


def question(context: Context, asked: Asked) -> str:
    """Return what is compared with what, in a sentence."""
    w = context.words
    values = {
        "what": what_name(context, asked),
        "where": where(context, asked.place),
        "before": w.period(asked.before.start, asked.before.end, "day"),
        "after": w.period(asked.after.start, asked.after.end, "day"),
    }
    if asked.beside is None:
        return w("plan_change.question", **values)
    beside = place_name(context, asked.beside)
    return w("plan_change.question_beside", beside=beside, **values)


def answer_sentence(context: Context, asked: Asked, found: Answer) -> str:
    """Return the answer in a sentence; a refusal where there is none."""
    verdict = found.change.verdict
    values = {"where": where(context, asked.place), "what": what_name(context, asked)}
    if asked.beside is None or verdict not in (Verdict.FEWER, Verdict.MORE):
        told = context.words(f"plan_change.answer.{verdict}", **values)
    else:
        beside = place_name(context, asked.beside)
        told = context.words(f"plan_change.answer.{verdict}_beside", beside=beside, **values)
    return told[:1].upper() + told[1:]


def why(context: Context, asked: Asked, found: Answer) -> str:
    """Return what the answer rests on: the rule that refuses, or the ratio with its interval."""
    w, change = context.words, found.change
    if change.verdict is Verdict.NOTHING:
        return w("plan_change.why.nothing")
    rule = w.number(EXPECTED_AT_LEAST)
    if change.verdict is Verdict.TOO_FEW:
        told = (
            w("plan_change.why.too_few", rule=rule, least=w.amount(change.least_expected))
            if change.least_expected
            else w("plan_change.why.none_expected", rule=rule)
        )
        return (
            f"{told} {w('plan_change.why.enough_alone')}" if _enough_alone(asked, found) else told
        )
    if change.verdict is Verdict.BUNCHED:
        rows = [change.place, *([change.beside] if change.beside else [])]
        count = sum(row.counted.total for row in rows)
        occasions = sum(len(row.counted.bunches) for row in rows)
        return w("plan_change.why.bunched", count=count, occasions=occasions, rule=rule)
    told = interval(context, change.interval)
    if change.ratio is None:
        return w("plan_change.why.no_ratio", interval=told)
    key = "plan_change.why.ratio" if asked.beside is None else "plan_change.why.ratio_beside"
    return w(key, ratio=times(w, change.ratio), interval=told)


def _enough_alone(asked: Asked, found: Answer) -> bool:
    days = asked.before.days, asked.after.days
    least = found.change.place.counted.total * min(days) / sum(days)
    return asked.beside is not None and least >= EXPECTED_AT_LEAST


def times(words: Words, ratio: float) -> str:
    """Return a ratio with as many decimals as say something."""
    return words.number(ratio, 2 if ratio < 10 else 0)


def interval(context: Context, told: Interval) -> str:
    """Return an interval in words; one without an end says so."""
    w = context.words
    if told.high == inf:
        return w("plan_change.interval_open", low=times(w, told.low))
    return w("plan_change.interval", low=times(w, told.low), high=times(w, told.high))


def cautions(context: Context, asked: Asked, found: Answer) -> list[str]:
    """Return what is to be kept in mind, a sentence or two each."""
    return [_caution(context, asked, found, caution) for caution in found.cautions]


def _caution(context: Context, asked: Asked, found: Answer, caution: Caution) -> str:
    w, change = context.words, found.change
    key = f"plan_change.caution.{caution}"
    rows = [change.place, *([change.beside] if change.beside else [])]
    if caution is Caution.WHERE_LOOKED:
        return " ".join((w(key), *_efforts(context, found)))
    if caution is Caution.BUNCHED:
        return w(key, times=w.number(change.spread, 1))
    if caution is Caution.CUT:
        return w(key, day=w.day(asked.after.end))
    if caution is Caution.NOT_KEPT and found.begins is not None:
        return w(key, day=w.day(found.begins))
    if caution is Caution.UNSURE:
        return w(key, count=sum(len(row.counted.unsure) for row in rows))
    if caution is Caution.UNPLACED:
        return w(key, count=found.unplaced)
    if caution is Caution.CHOSEN and isinstance(asked.place, Circle) and asked.place.hot_spot_id:
        return w("plan_change.caution.chosen_hot_spot")
    return w(key)


def _efforts(context: Context, found: Answer) -> list[str]:
    areas = context.service.catalogue.area_by_id
    return [
        context.words(
            "plan_change.effort",
            area=areas[effort.area_id].name,
            walks_before=effort.walks[0],
            walks_after=effort.walks[1],
            patrols_before=effort.patrols[0],
            patrols_after=effort.patrols[1],
        )
        for effort in found.efforts
    ]


WIDTH: Final = 500
HEIGHT: Final = 74
MARGIN: Final = 28
DOUBLINGS: Final = 3
"""The scale goes from an eighth to eight times; what lies beyond has an arrow."""


def beyond(interval: Interval) -> tuple[bool, bool]:
    """Tell whether an interval goes on past the scale's lower and upper ends."""
    return interval.low < 2.0**-DOUBLINGS, interval.high > 2.0**DOUBLINGS


def across(ratio: float) -> float:
    """Return where a ratio stands in the drawing, from its left, in the drawing's own units."""
    doublings = -inf if ratio <= 0 else log2(ratio) if ratio < inf else inf
    share = (min(max(doublings, -DOUBLINGS), DOUBLINGS) + DOUBLINGS) / (2 * DOUBLINGS)
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)


REFUSED: Final = (Verdict.NOTHING, Verdict.TOO_FEW, Verdict.BUNCHED)
"""Where no ratio is shown: it would be read as an answer."""

A_MONTH: Final = 30
"""Rates are told for so many days."""


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws: the place, its ring, and the area beside."""
    context = _followed(context)
    chosen = context.state
    asked = ask(context.service, context.promises, context.as_of.day, chosen.choices, chosen.area)
    found = answer(context.service, asked)
    is_refused = found.change.verdict in REFUSED
    form = _form(context, asked)
    picks = chosen.choices.get("pick") == "1"
    show_panel(
        context,
        "change/page.html",
        "change",
        on_submit=partial(_sent, context, form["v"]),
        asked=asked,
        found=found,
        answer=answer_sentence(context, asked, found),
        why=why(context, asked, found),
        question=question(context, asked),
        at=across,
        beyond=beyond(found.change.interval),
        drawing={"width": WIDTH, "height": HEIGHT, "doublings": DOUBLINGS},
        interval=None if is_refused else interval(context, found.change.interval),
        piles=_piles(found),
        name=partial(_name_of_row, context, asked),
        opens=partial(with_list, chosen),
        times=partial(times, context.words),
        a_month=A_MONTH,
        is_refused=is_refused,
        cautions=cautions(context, asked, found),
        opened=_opened(context, asked, found),
        closed=with_list(chosen, None, 0),
        picks=picks,
        pick=chosen.asking(pick=None if picks else "1"),
        **form,
    )
    return _on_map(context, asked, picks=picks)


def _followed(context: Context) -> Context:
    """Return the context with what was clicked on the map: a point, or another area."""
    wanted = context.state
    at = picked_point()
    if wanted.choices.get("pick") and at is not None:
        where = f"point.{at[0]:.5f},{at[1]:.5f}"
        wanted = replace(wanted.asking(where=where, pick=None), listed=None, list_page=0)
    elif context.moved_by == "map" and wanted.area and wanted.choices.get("where"):
        wanted = replace(wanted.asking(where=None), listed=None, list_page=0)
    if wanted != context.state:
        state.write(wanted)
    return replace(context, state=wanted)


# --- the form ----------------------------------------------------------------------------------


def _form(context: Context, asked: Asked) -> dict[str, Any]:
    choices, w = context.state.choices, context.words
    place = asked.place
    where = _where(place)
    usual = {
        "what": f"{asked.what.entity}.{asked.what.kind}" if asked.what.kind else "finding",
        "where": where,
        "radius": w.number(place.radius_m) if isinstance(place, Circle) else "",
        "beside": asked.beside or "none",
        "from": asked.after.start.isoformat(),
        "before": str(asked.before.days),
        "after": str(asked.after.days),
    }
    # What can't be read stays in its field, to be put right.
    typed = {name: choices.get(name, "") for name in asked.faults}
    typed = {name: text for name, text in typed.items() if name not in ("what", "where", "beside")}
    if asked.cut:
        typed["after"] = choices.get("after", usual["after"])
    known = place_list.known_places(context, lambda p: f"point.{p.lon:.5f},{p.lat:.5f}")
    places = place_list.by_area(context, known, context.state.area)
    return {
        "v": {**usual, **typed},
        "faults": {name: w(f"plan_change.fault.{name}") for name in asked.faults},
        # Another one after each time it was sent: what is unchanged would not be shown anew.
        "areas": areas_to_compare(context.service, context.promises),
        "hot_spots": context.service.hot_spots(),
        "places": places,
        "known_point": any(where == value for _, rows in places for value, _ in rows),
        "own_point": where if where.startswith("point.") else "",
        "is_point": isinstance(place, Circle) and place.hot_spot_id is None,
    }


def _where(place: str | Circle) -> str:
    if isinstance(place, str):
        return f"area.{place}"
    if place.hot_spot_id:
        return f"spot.{place.hot_spot_id}"
    return f"point.{place.lon:.5f},{place.lat:.5f}"


def _sent(context: Context, shown: Mapping[str, str], sent: Sent) -> None:
    given = {name: str(sent.values.get(name, "")).strip() for name in CHOICES}
    day = recording.day_said(given["from"], context.service.today())
    if day is not None:
        given["from"] = day.isoformat()
    for name in ("from", "before", "after"):
        # Days that were only suggested fit another place's promise as they fit this one's.
        if given[name] == shown[name] and name not in context.state.choices:
            given[name] = ""
    wanted = replace(context.state, listed=None, list_page=0)
    sort, _, area_id = given["where"].partition(".")
    if sort == "area":
        wanted = replace(wanted, area=area_id)
        given["where"] = ""
    if sort != "point":
        given["radius"] = ""
    state.write(wanted.asking(**given, pick=None))


# --- the table -----------------------------------------------------------------------------------


def _piles(found: Answer) -> dict[str, Counted | None]:
    """Return what lies in each place of the table."""
    place, beside = found.change.place, found.change.beside
    return {
        "place": place.counted,
        "beside": beside.counted if beside else None,
        "ring": found.ring,
    }


def _opened(context: Context, asked: Asked, found: Answer) -> Leaf[Activity] | Leaf[Finding] | None:
    """Return the records behind the number that the address names."""
    listed = context.state.listed or ""
    id_, _, side = listed.partition(".")
    pile = _piles(found).get(id_)
    if pile is None or side not in ("before", "after", "unsure"):
        return None
    ids: tuple[str, ...] = getattr(pile, side)
    if asked.what.entity == "activity":
        return leaf(context, listed, ids)
    return finding_leaf(context, listed, ids)


def _name_of_row(context: Context, asked: Asked, id_: str) -> str:
    if id_ == "ring" and isinstance(asked.place, Circle):
        return ring_name(context, asked.place)
    return place_name(context, asked.beside or "" if id_ == "beside" else asked.place)


# --- the map -------------------------------------------------------------------------------------


def _on_map(context: Context, asked: Asked, *, picks: bool) -> OnMap:
    place, areas = asked.place, context.service.catalogue.area_by_id
    shown = [areas[id_] for id_ in (place, asked.beside) if isinstance(id_, str)]
    # The one that is chosen is outlined already.
    drawn = [outline(area) for area in shown if area.id != context.state.area]
    boxes = [area.outline for area in shown]
    if isinstance(place, Circle):
        at = place.lon, place.lat
        drawn.append(point(at, "ring", radius_m=place.radius_m))
        drawn.append(point(at, "ring", radius_m=2 * place.radius_m, alternative=True))
        boxes.append(shapely.Point(at).buffer(0.003))
    west, south, east, north = shapely.union_all(boxes).bounds
    return OnMap(
        features=tuple(drawn),
        token=f"change/{_where(place)}/{asked.beside}",
        bounds=None if picks else (west, south, east, north),
        picking=Picking("point", ()) if picks else None,
    )
