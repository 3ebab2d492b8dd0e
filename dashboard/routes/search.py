"""What the field in the top bar shows while somebody types: hits, each a link to its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard.address import DONE, PageName, ToolName, ViewState, from_query, href
from dashboard.look import templates
from dashboard.routes.answers import FILE_HEADERS, LIGHT, refuse_repeats
from geodata.model import Area, Promise
from geodata.service import Service
from geodata.service.addresses import parted
from geodata.service.searching import Hit, search, street_hits
from geodata.service.selection import Near
from geodata.texts import words

SHOWN_LETTERS: Final = 120
"""Of what somebody has written; the card has all of it."""


def found(service: Service, request: Request) -> Response:
    """Answer what a question finds, as the options of a list."""
    parameters = request.query_params.multi_items()
    refuse_repeats(parameters)
    given = dict(parameters)
    state, _ = from_query({name: text for name, text in given.items() if name != "q"})
    w = words(state.language)
    answer = search(service, given.get("q", ""))
    areas = service.catalogue.area_by_id

    def link(hit: Hit) -> str:
        return href(*leads_to(service, hit, state.cleared()))

    def more(hit: Hit) -> str:
        area = areas.get(hit.area_id or "")
        named = area.name if area and hit.kind not in ("area", "walk") else ""
        when = _day(hit.day) if hit.kind != "meeting" else ""
        said = hit.detail.to(w.language)
        return " · ".join(filter(None, (named, when, _cut(said))))

    values = {"w": w, "answer": answer, "language": w.language, "day": _day, "cut": _cut}
    values |= {"link": link, "more": more, "asks_street": bool(parted(given.get("q", ""))[1])}
    html = templates().get_template("search_hits.html").render(values)
    return HTMLResponse(html, headers={**FILE_HEADERS})


def places(service: Service, request: Request) -> Response:
    """Answer the streets and houses that are called so, as rows of a form's list of places."""
    parameters = request.query_params.multi_items()
    refuse_repeats(parameters)
    given = dict(parameters)
    w = words(from_query(given)[0].language)
    hits, has_streets = street_hits(service, given.get("q", ""), given.get("area"))
    html = (
        templates()
        .get_template("search_places.html")
        .render(w=w, hits=hits, has_streets=has_streets, areas=service.catalogue.area_by_id)
    )
    return HTMLResponse(html, headers={**FILE_HEADERS})


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LETTERS else text[:SHOWN_LETTERS].rsplit(" ", 1)[0] + " …"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def leads_to(service: Service, hit: Hit, base: ViewState) -> tuple[ViewState, PageName]:
    """Return where a hit's card is: the state, and the page."""
    anywhere = replace(base, promise=None, as_of=None)
    match hit.kind:
        case "area":
            return _area(service, hit.area_id, base), "map"
        case "place" | "street":
            at = _area(service, hit.area_id, base)
            lon, lat = hit.point or (0.0, 0.0)
            near = str(Near(lon, lat, hit.title.to(base.language)))
            return replace(at, listed=DONE).asking(near=near), "map"
        case "promise":
            return replace(anywhere, promise=hit.id), "map"
        case "commitment":
            promise_id = service.catalogue.commitment_by_id[hit.id].promise_id
            return replace(anywhere, promise=promise_id).with_commitment(hit.id), "map"
        case "activity" | "walk" | "finding":
            cards = {"activity": anywhere.with_activity, "walk": anywhere.with_walk}
            return cards.get(hit.kind, anywhere.with_finding)(hit.id), "map"
        case "hot_spot":
            return anywhere.with_hot_spot(hit.id), "planning"
        case "plan":
            tool: ToolName = service.plan(hit.id).kind.value
            return replace(anywhere.with_tool(tool), plan=hit.id), "planning"
        case "meeting":
            return replace(anywhere, meeting=hit.id), "meeting"
        case _:
            return replace(anywhere, meeting=hit.meeting_id, decision=hit.id), "meeting"


def _area(service: Service, area_id: str | None, base: ViewState) -> ViewState:
    """Return an area's card, told about by the chosen promise or by the last one that names it."""
    if area_id is None:
        return base

    def names(promises: Sequence[Promise]) -> bool:
        return area_id in {area.id for area in _areas_of(service, promises)}

    told = service.scope(base.promise, base.as_of).promises
    if not names(told):
        of_it = [one for one in service.catalogue.promises if names((one,))]
        last = max(of_it, key=lambda one: one.period.start, default=None)
        base = replace(base, promise=last.id if last else None, as_of=None)
    return base.with_area(area_id)


def _areas_of(service: Service, promises: Sequence[Promise]) -> Sequence[Area]:
    return service.areas(promises)


ROUTES: Final = (("/sok", found, LIGHT), ("/sok/platser", places, LIGHT))
"""What somebody types asks."""
