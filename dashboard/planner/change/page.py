"""Before and after: what is recorded in a place, beside another area, or that it can't be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import inf, log2
from typing import Any, Final

import shapely

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import place_list
from dashboard.listing import Leaf, with_list
from dashboard.map.layers import Picking
from dashboard.pane import OnMap
from dashboard.planner.change import words
from dashboard.planner.marks import outline, picked_point, point
from dashboard.planner.words import FindingLeaf, activity_leaf, finding_leaf, record_state
from dashboard.state import Sent
from geodata.planner.change.ask import CHOICES, Asked, Circle, ask
from geodata.planner.change.solve import Answer, Counted, Interval, Row, Verdict, answer
from geodata.service import recording

WIDTH: Final = 500
HEIGHT: Final = 74
MARGIN: Final = 28
DOUBLINGS: Final = 3
"""The scale goes from an eighth to eight times; what lies beyond has an arrow."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Where things stand, in the drawing's own units."""

    low: float
    high: float
    ratio: float | None
    one: float
    ticks: tuple[tuple[float, float], ...]
    beyond_low: bool
    beyond_high: bool
    width: int = WIDTH
    height: int = HEIGHT


def figure(ratio: float | None, interval: Interval) -> Figure:
    """Lay a ratio and its interval out."""
    most = float(2**DOUBLINGS)
    return Figure(
        _at(interval.low),
        _at(interval.high),
        None if ratio is None else _at(ratio),
        _at(1.0),
        tuple((_at(2.0**n), 2.0**n) for n in range(-DOUBLINGS, DOUBLINGS + 1)),
        beyond_low=interval.low < 1 / most,
        beyond_high=interval.high > most,
    )


def _at(ratio: float) -> float:
    doublings = -inf if ratio <= 0 else log2(ratio) if ratio < inf else inf
    share = (min(max(doublings, -DOUBLINGS), DOUBLINGS) + DOUBLINGS) / (2 * DOUBLINGS)
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)


REFUSED: Final = (Verdict.NOTHING, Verdict.TOO_FEW, Verdict.BUNCHED)
"""Where no ratio is shown: it would be read as an answer."""

A_MONTH: Final = 30
"""Rates are told for so many days."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What lies in a place in a period: how many, for thirty days, and the link to them."""

    count: int
    rate: float
    link: ViewState | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A place's row of the table."""

    id: str
    name: str
    before: Cell
    after: Cell
    ratio: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The records behind a number: activities or findings."""

    title: str
    activities: Leaf | None
    findings: FindingLeaf | None


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws: the place, its ring, and the area beside."""
    context = _followed(context)
    chosen = context.state
    asked = ask(context.service, context.promises, context.as_of.day, chosen.choices, chosen.area)
    found = answer(context.service, asked)
    is_refused = found.change.verdict in REFUSED
    form = _form(context, asked)
    picks = chosen.choices.get("pick") == "1"
    panel.show(
        "planning_panel",
        "change/page.html",
        view="planning/change",
        focus=context.moved_by is not None and context.moved_by != "map",
        on_submit=partial(_sent, context, form["v"]),
        **context.base("planning"),
        asked=asked,
        found=found,
        answer=words.answer(context, asked, found),
        why=words.why(context, asked, found),
        question=words.question(context, asked),
        figure=None if is_refused else _figure(found),
        interval=None if is_refused else words.interval(context, found.change.interval),
        lines=_lines(context, asked, found, is_refused=is_refused),
        is_refused=is_refused,
        cautions=words.cautions(context, asked, found),
        unsure=_unsure(context, asked, found),
        opened=_opened(context, asked, found),
        closed=with_list(chosen, None, 0),
        record_state=record_state(context),
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
        "oddities": {},
        # Another one after each time it was sent: what is unchanged would not be shown anew.
        "areas": context.service.areas(context.promises),
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


def _lines(context: Context, asked: Asked, found: Answer, *, is_refused: bool) -> list[Line]:
    change = found.change
    name, make = partial(words.place_name, context), partial(_line, context, asked)
    lines = [make("place", name(asked.place), change.place.counted, _ratio(context, change.place))]
    if change.beside is not None and asked.beside is not None:
        ratio = _ratio(context, change.beside)
        lines.append(make("beside", name(asked.beside), change.beside.counted, ratio))
    if found.ring is not None and isinstance(asked.place, Circle):
        around = words.ring_name(context, asked.place)
        lines.append(make("ring", around, found.ring, ""))
    return [replace(line, ratio="") for line in lines] if is_refused else lines


def _unsure(context: Context, asked: Asked, found: Answer) -> list[tuple[str, ViewState]]:
    """Return the places with records known too coarsely, each with the link to them."""
    rows = (("place", found.change.place), ("beside", found.change.beside))
    return [
        (_name_of_row(context, asked, id_), with_list(context.state, f"{id_}.unsure"))
        for id_, row in rows
        if row is not None and row.counted.unsure
    ]


def _ratio(context: Context, row: Row) -> str:
    return "" if row.ratio is None else words.times(context.words, row.ratio)


def _line(context: Context, asked: Asked, id_: str, name: str, has: Counted, ratio: str) -> Line:
    def cell(side: str, ids: tuple[str, ...], days: int) -> Cell:
        listed = f"{id_}.{side}"
        link = with_list(context.state, listed) if ids else None
        is_open = context.state.listed == listed
        return Cell(len(ids), len(ids) / days * A_MONTH, link, is_open)

    before = cell("before", has.before, asked.before.days)
    return Line(id_, name, before, cell("after", has.after, asked.after.days), ratio)


def _figure(found: Answer) -> Figure:
    return figure(found.change.ratio, found.change.interval)


def _opened(context: Context, asked: Asked, found: Answer) -> Opened | None:
    listed = context.state.listed or ""
    id_, _, side = listed.partition(".")
    beside = found.change.beside
    piles: dict[str, Counted | None] = {
        "place": found.change.place.counted,
        "beside": beside.counted if beside else None,
        "ring": found.ring,
    }
    pile = piles.get(id_)
    if pile is None or side not in ("before", "after", "unsure"):
        return None
    ids: tuple[str, ...] = getattr(pile, side)
    where = _name_of_row(context, asked, id_)
    title = context.words(f"plan_change.opened.{side}", place=where)
    if asked.what.entity == "activity":
        return Opened(title, activity_leaf(context, listed, ids), None)
    return Opened(title, None, finding_leaf(context, listed, ids))


def _name_of_row(context: Context, asked: Asked, id_: str) -> str:
    if id_ == "ring" and isinstance(asked.place, Circle):
        return words.ring_name(context, asked.place)
    return words.place_name(context, asked.beside or "" if id_ == "beside" else asked.place)


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
