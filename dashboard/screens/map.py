"""Karta: the map, and beside it the list of areas or the card of what is selected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st

from dashboard import chrome, pane, panel
from dashboard.address import CHANGED, DONE, STANDING, ViewState
from dashboard.context import Context
from dashboard.forms import photos, residents, versions
from dashboard.listing import part_of
from dashboard.map.canvas import Json
from geodata import model
from geodata.service.duties import late_by_area
from geodata.service.following import Happened, counting, happened, months, seen_in
from geodata.service.selection import NAMES, NEAR_M, Near, Selection

FEW: Final = 5
"""Records shown before a reader asks for more."""

AREAS_AT_ONCE: Final = 60
"""Areas listed before a reader asks for more: those that need attention first."""

PAGE: Final = 100
"""Records or areas on each page when they do."""


@dataclass(frozen=True, slots=True)
class Card:
    """What stands beside the map: its container, and its template, go by its name."""

    name: str
    view: str
    values: Mapping[str, Any]


def choose(context: Context) -> Card:
    """Return the card of the narrowest thing selected, or the list of areas."""
    chosen = context.state
    if chosen.activity:
        return _activity(context, context.service.activity(chosen.activity))
    if chosen.walk:
        return _walk_card(context, context.service.walk(chosen.walk))
    if chosen.finding:
        return _finding(context, context.service.finding(chosen.finding))
    if chosen.listed == DONE:
        return _done(context)
    if chosen.commitment:
        return _commitment(context, context.service.catalogue.commitment_by_id[chosen.commitment])
    if chosen.area:
        return _area_card(context, chosen.area)
    for name in (*model.State, CHANGED):
        if chosen.listed == STANDING + name:
            return _standings(context, name)
    return _areas(context)


# --- the list ----------------------------------------------------------------------------------


def _areas(context: Context) -> Card:
    shown = part_of(context, len(context.attention), AREAS_AT_ONCE, PAGE)
    rows = context.attention[shown.first - 1 : shown.last]
    ids = [row.area_id for row in rows]
    values = {
        "attention": context.attention,
        "rows": rows,
        "listing": shown,
        "list_page": lambda number: replace(context.state, list_page=number),
        "latest": context.service.latest_activities(context.as_of.day, *ids),
        "late": late_by_area(context.service, context.as_of.day),
        "only_published": context.service.has_only_published(),
    }
    return Card("area_list", "areas", values)


def _standings(context: Context, name: str) -> Card:
    """Return the commitments in a state, or those in another than at the meeting before."""
    values = {
        "listed": name,
        "since": context.since,
        "standings": [
            standing
            for standing in context.standings
            if standing.now.state == name
            or (name == CHANGED and standing.now.state != standing.then.state)
        ],
        "back": context.state.cleared(),
    }
    return Card("standing_list", f"standings/{name}", values)


# --- what was done -----------------------------------------------------------------------------


def _done(context: Context) -> Card:
    """Return what was done where, when, by whom and in what words, as the address asks."""
    service, chosen = context.service, context.state
    asked = Selection.read(chosen.choices, service)
    base = model.ActivityFilter(
        # What is near a place may lie across the border.
        area_ids=(area,) if (area := None if asked.near else chosen.area) else None,
        commitment_id=chosen.commitment,
    )
    catalogue = service.catalogue
    kinds = catalogue.vocabulary.activity_kinds
    named = {
        "period": _periods(context),
        "kind": [(id_, term.name.to(chosen.language)) for id_, term in kinds.items()],
        "party": [(p.id, p.name.to(chosen.language)) for p in catalogue.party_by_id.values()],
    }
    query = {"area": area, "commitment": chosen.commitment, "lang": chosen.language}
    query |= {name: chosen.choices.get(name) for name in NAMES}
    written = urlencode({name: value for name, value in query.items() if value}, safe="/,")
    values = {
        "near": asked.near,
        "area": catalogue.area_by_id.get(chosen.area or ""),
        "filters": list(named.items()),
        "asking": lambda name: replace(chosen.asking(**{name: CHOSEN}), list_page=0),
        "file": f"/export/activities.csv?{written}",
        **_activities(context, asked.narrow(service, base)),
        "back": replace(chosen, listed=None, asked=(), list_page=0),
    }
    return Card("done_list", f"done/{chosen.area}/{chosen.choices.get('near')}", values)


CHOSEN: Final = "VALUE"
"""Stands in an address where the browser puts what is chosen."""


def _periods(context: Context) -> list[tuple[str, str]]:
    """Return the months with anything recorded, the last first, each year before its months."""
    days = sorted({tally.day for tally in context.service.tallies()}, reverse=True)
    found: dict[str, str] = {}
    for day in days:
        found.setdefault(f"{day:%Y}", f"{day:%Y}")
        found.setdefault(f"{day:%Y-%m}", context.words.month(day))
    return list(found.items())


# --- an area -----------------------------------------------------------------------------------


def _area_card(context: Context, area_id: str) -> Card:
    service, chosen, day = context.service, context.state, context.as_of.day
    wanted = model.ActivityFilter(area_ids=(area_id,), last_day=day)
    own = {commitment.id for promise in context.promises for commitment in promise.commitments}
    commitments = [c for c in service.catalogue.commitments_in(area_id) if c.id in own]
    walks, findings = service.walks((area_id,)), service.findings((area_id,))
    places = [p for p in service.catalogue.places if p.nearest_area == area_id]
    values = {
        "area": service.catalogue.area_by_id[area_id],
        "commitments": commitments,
        # A walk that was held later is not yet one on the day told about.
        "walks": [walk for walk in walks if walk.day <= day],
        "later_walks": [w for w in walks if w.day > day and w.status is not model.WalkStatus.HELD],
        "findings": _findings(context, findings),
        "open_findings": sum(finding.open_on(day) for finding in findings),
        "decisions": _decisions(context, area_id),
        "seen": seen_in(service, area_id),
        "outcomes": _outcomes(context.promises, [c.id for c in commitments]),
        "places": places,
        "place_sources": list(dict.fromkeys(place.source for place in places)),
        **_activities(context, wanted),
        "back": chosen.cleared(),
    }
    return Card("area_card", f"area/{area_id}", values)


def _activities(context: Context, wanted: model.ActivityFilter) -> dict[str, Any]:
    shown = part_of(context, context.service.count_activities(wanted), FEW, PAGE)
    first = shown.first - 1
    return {
        "activities": context.service.activities(wanted, limit=shown.last - first, offset=first),
        "listing": shown,
        "list_page": lambda number: replace(context.state, list_page=number),
    }


def _decisions(context: Context, area_id: str) -> list[tuple[model.Decision, ViewState]]:
    """Return the open decisions about an area, each with its place in the meeting that made it."""
    return [
        (one, context.state.with_decision(one))
        for one in context.service.decisions()
        if one.area_id == area_id and one.open_on(context.as_of.day)
    ]


def _findings(context: Context, findings: Iterable[model.Finding]) -> list[model.Finding]:
    day = context.as_of.day
    order = list(model.FindingStatus)

    def urgency(finding: model.Finding) -> tuple[bool, int, date]:
        status = order.index(finding.status_on(day))
        return not finding.late_on(day), status, finding.due or date.max

    return sorted((f for f in findings if f.day <= day), key=urgency)


def _outcomes(
    promises: Iterable[model.Promise], commitment_ids: Iterable[str]
) -> list[model.Outcome]:
    wanted = set(commitment_ids)
    return [o for p in promises for o in p.outcomes if o.commitment_id in wanted]


# --- a commitment ------------------------------------------------------------------------------


def _commitment(context: Context, commitment: model.Commitment) -> Card:
    service, chosen = context.service, context.state
    progress = context.progress[commitment.id]
    shown = progress.by_area.get(chosen.area or "", progress.overall)
    promise = service.catalogue.promise_by_id[commitment.promise_id]
    area_id = chosen.area if chosen.area in progress.by_area else None
    wanted = model.ActivityFilter(
        area_ids=(area_id,) if area_id else None,
        commitment_id=commitment.id,
        last_day=context.as_of.day,
    )
    listed = _activities(context, wanted)
    reasons = counting(service, commitment, listed["activities"], context.as_of.day)
    values = {
        "commitment": commitment,
        "promise": promise,
        "area": service.catalogue.area_by_id[area_id] if area_id else None,
        "shown": shown,
        "overall": progress.overall,
        "by_area": progress.by_area,
        "step_titles": context.step_titles(commitment),
        "counted": [id_ for id_, why in reasons.items() if why is None],
        "outcomes": _outcomes((promise,), (commitment.id,)),
        **listed,
        "back": chosen.with_area(chosen.area) if chosen.area else chosen.cleared(),
    }
    view = f"commitment/{commitment.id}/{chosen.area}"
    return Card("commitment_card", view, values)


# --- records -----------------------------------------------------------------------------------


def _commitment_links(context: Context, ids: Iterable[str], area: str | None) -> list[Any]:
    known = context.service.catalogue.commitment_by_id
    return [
        (
            known[id_],
            context.state.with_commitment(id_, area if area in known[id_].all_areas else None),
        )
        for id_ in ids
        if id_ in known
    ]


def _activity(context: Context, activity: model.Activity) -> Card:
    service, known = context.service, context.service.catalogue.commitment_by_id
    left_out = {
        reason
        for id_ in activity.commitments
        if id_ in context.progress
        for reason in counting(service, known[id_], (activity,), context.as_of.day).values()
        if reason is not None
    }
    values = {
        "activity": activity,
        "commitments": _commitment_links(context, activity.commitments, activity.area_id),
        "left_out": sorted(left_out),
        "location": _location(context, activity),
        "record_void": activity.void,
        "later_state": _later(context, activity.day),
        # A walk's activity comes and goes, and changes, with the walk.
        "follows": activity.walk_id is not None,
        **versions.values(context, "activity", activity.id),
        # A walk's are the walk's.
        **photos.values(
            context,
            "walk" if activity.walk_id else "activity",
            activity.walk_id or activity.id,
        ),
        "back": context.state.without_record(),
    }
    return Card("activity_card", f"activity/{activity.id}", values)


def _later(context: Context, day: date) -> ViewState | None:
    """Return the state told about a later record's own day, None where it is not later."""
    return replace(context.state, as_of=day) if day > context.as_of.day else None


def _location(context: Context, record: model.Activity | model.Finding) -> Any:
    if record.place is None:
        return None
    at = record.place.representative_point()
    return context.service.locate(at.x, at.y)


def _walk_card(context: Context, walk: model.Walk) -> Card:
    values = {
        "walk": walk,
        "area": context.service.catalogue.area_by_id.get(walk.area_id),
        "length_m": context.service.length_m(walk.route) if walk.route is not None else None,
        "findings": _findings(context, context.service.findings(walk_id=walk.id)),
        "commitments": _commitment_links(context, walk.commitments, walk.area_id),
        "related": _related(context, walk),
        "filling": partial(replace, context.state),
        "record_void": walk.void,
        "later_state": _later(context, walk.day) if walk.status is model.WalkStatus.HELD else None,
        "follows": False,
        **versions.values(context, "walk", walk.id),
        **photos.values(context, "walk", walk.id),
        **residents.values(context, walk),
        "back": context.state.without_record(),
    }
    return Card("walk_card", f"walk/{walk.id}", values)


def _related(context: Context, walk: model.Walk) -> list[tuple[str, model.Walk]]:
    """Return the walk that this one repeats, and those that repeat it."""
    found: list[tuple[str, model.Walk]] = []
    for other in context.service.walks((walk.area_id,)):
        if other.id == walk.repeats:
            found.append(("repeats", other))
        if other.repeats == walk.id:
            found.append(("repeated_by", other))
    return found


def _settle_day(context: Context, finding: model.Finding) -> date | None:
    """Return the day on which one click settles a finding; None where none does."""
    day = min(context.as_of.day, context.service.today())
    return day if finding.open_on(day) and not finding.void else None


def _finding(context: Context, finding: model.Finding) -> Card:
    service = context.service
    values = {
        "finding": finding,
        "status": finding.status_on(context.as_of.day),
        "settle_day": _settle_day(context, finding),
        "area": service.catalogue.area_by_id.get(finding.area_id or ""),
        "walk": service.walk(finding.walk_id) if finding.walk_id else None,
        "record_void": finding.void,
        "later_state": _later(context, finding.day),
        "location": _location(context, finding),
        "follows": False,
        **versions.values(context, "finding", finding.id),
        **photos.values(context, "finding", finding.id),
        "back": context.state.without_record(),
    }
    return Card("finding_card", f"finding/{finding.id}", values)


def page(context: Context) -> None:
    """Show the page."""
    pane.beside(context, partial(_card, context), below=partial(_timeline, context))


def _card(context: Context) -> pane.OnMap:
    card = choose(context)
    with st.container(key=card.name):
        panel.show(
            context,
            "card_panel",
            f"{card.name}.html",
            view=card.view,
            on_ask=partial(photos.asked, context),
            on_submit=partial(residents.submitted, context),
            focus=context.moved_by not in (None, *chrome.PANELS, pane.LEGEND_PANEL, TIMELINE),
            **card.values,
        )
    near, pointed_out = (card.values.get(name) for name in ("near", "pointed_out"))
    return _around(near) if isinstance(near, Near) else pane.OnMap(pointed_out or ())


def _around(near: Near) -> pane.OnMap:
    """Return a place and what is near it, as drawn on the map."""
    point: Json = {"type": "Point", "coordinates": [near.lon, near.lat]}
    drawn: tuple[dict[str, Json], ...] = (
        {"role": "ring", "radius_m": NEAR_M},
        {"role": "spot"},
    )
    return pane.OnMap(
        tuple({"type": "Feature", "geometry": point, "properties": one} for one in drawn),
        token=str(near),
        bounds=near.box,
    )


# --- the time line below the map -----------------------------------------------------------------

TIMELINE: Final = "timeline_panel"


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the promises' time: how much was recorded in all of it."""

    # Its last within that time, which it leads to.
    day: date
    happened: Happened
    # Of the fullest month's, 0 to 1.
    share: float
    # Than the day told about.
    later: bool


def months_of(context: Context) -> dict[str, Any]:
    """Return the months, the one told about, and how much can't be put into any."""
    periods = [promise.period for promise in context.promises]
    last = max(period.end for period in periods)
    spans = months(min(period.start for period in periods), last)
    state, day = context.state, context.as_of.day
    # As on the map: without a chosen promise what is outside every area is there as well.
    named = tuple(area.id for area in context.service.areas(context.promises))
    areas = (state.area,) if state.area else named if state.promise else None
    counts = happened(context.service, areas, state.commitment)
    most = max((counts[span.first].total for span in spans if span.first in counts), default=0)
    shown = [
        Month(
            min(span.last, last),
            (here := counts.get(span.first, Happened())),
            here.total / most if most else 0.0,
            span.first > day,
        )
        for span in spans
    ]
    at = next((i for i, span in enumerate(spans) if span.first <= day <= span.last), None)
    stop = at if at is not None else (len(shown) - 1 if day > last else 0)
    gone = day.day / spans[stop].last.day
    return {
        "months": shown,
        "shown": shown[at] if at is not None else None,
        "stop": stop,
        "at": None if at is None else (at + gone) / len(shown),
        "undated": counts.get(None, Happened()).total,
    }


def _timeline(context: Context) -> None:
    """Show the time line, where any promise is told about."""
    if context.promises:
        with st.container(key="timeline"):
            panel.show(context, TIMELINE, "timeline.html", **months_of(context))
