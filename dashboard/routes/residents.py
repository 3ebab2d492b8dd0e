"""A walk's page for residents: open to anybody who has its address, while the walk is open.

What is sent there is a place and a category. The page sets no cookie, and of who asks nothing is
written down: addresses are counted in memory alone, so that no one sends too much.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import access
from dashboard.host.insides import Part
from dashboard.look import templates
from dashboard.routes.answers import Served, language_of
from dashboard.signin.pages import POLICY, posted
from geodata.errors import GeodataError, IntakeError, UnknownIdError
from geodata.model import LANGUAGES
from geodata.service import Service, residents
from geodata.service.residents import Stage
from geodata.texts import words

HERE: Final = Path(__file__).parent

PAGE: Final = "/vandra/{secret}"

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{POLICY}; script-src 'self'; form-action 'self'",
    "X-Robots-Tag": "noindex",
}

FORM_TYPE: Final = "application/x-www-form-urlencoded"

DONE: Final = "tack"
"""The parameter that says that something was just taken."""


def address_of(service: Service, request: Request, secret: str) -> str:
    """Return a walk's address for residents, as it is read from paper."""
    signin = service.settings.signin
    base = signin.address if signin else str(request.base_url).rstrip("/")
    return base + PAGE.format(secret=secret)


def notice(service: Service, request: Request, walk_id: str) -> Mapping[str, Any] | None:
    """Return what a walk's sheet says to residents, None while they are not asked.

    Its address, the last day, and the address as a QR code (ISO/IEC 18004) in SVG.
    """
    opening = service.register.opening(walk_id=walk_id)
    if opening is None:
        return None
    stage = residents.stage_of(service.walk(walk_id), opening, service.today())
    if stage not in (Stage.EARLY, Stage.OPEN):
        return None
    address = address_of(service, request, opening.secret)
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=1, omitsize=True)
    # Modules alone: nothing in it is text.
    return {"address": address, "opening": opening, "code": Markup(drawn)}  # noqa: S704


def _answer(
    service: Service, request: Request, given: Mapping[str, str], error: IntakeError | None = None
) -> Response:
    """Answer with the page, and with what is wrong in what was sent."""
    w, secret = words(language_of(request)), request.path_params["secret"]
    here = {code: f"?{urlencode({'lang': code})}" for code in LANGUAGES}
    try:
        found = residents.asking(service, secret)
    except UnknownIdError as gone:
        values: dict[str, Any] = {"found": None, "sentence": w.error(gone)}
    else:
        values = {
            "found": found,
            "sentence": w.error(error) if error else "",
            "is_taken": DONE in request.query_params and not error,
            "stages": Stage,
            "terms": service.catalogue.vocabulary.finding_categories,
        }
        if found.stage is Stage.OPEN:
            values["map"] = residents.drawing(
                service, found.walk.id, w("residents.map", area=found.area.name)
            )
        elif found.stage is Stage.HELD:
            values["outcomes"] = residents.outcomes(service, found.walk)
    template = templates().get_template("residents.html")
    text = template.render(
        w=w, languages=here, given=given, example=service.has_examples(), **values
    )
    status = 404 if values["found"] is None else 422 if error else 200
    return HTMLResponse(text, status, HEADERS)


def _taken(service: Service, request: Request, given: Mapping[str, str]) -> Response:
    """Take what was sent, and lead to the page that says so: to load it again sends nothing."""
    try:
        residents.point_out(service, request.path_params["secret"], given)
    except UnknownIdError:
        return _answer(service, request, {})
    except IntakeError as error:
        return _answer(service, request, given, error)
    said = urlencode({"lang": language_of(request), DONE: "1"})
    return RedirectResponse(f"{request.url.path}?{said}", 303, {"Cache-Control": "no-store"})


def _part(name: str, media_type: str) -> Callable[[Request], Response]:
    part = cache(lambda: Part.of((HERE / name).read_bytes(), media_type))
    return lambda request: part().answer(request.headers)


def residents_routes(served: Served) -> list[Route]:
    """Return the routes of what residents see."""

    async def answer(request: Request) -> Response:
        service = served(request)
        if not access.may_read(request.headers, service.settings):
            return Response(status_code=403)
        try:
            if request.method != "POST":
                return await run_in_threadpool(_answer, service, request, {})
            form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if form != FORM_TYPE or not access.is_own_page(request.headers):
                return Response(status_code=403, headers=HEADERS)
            return await run_in_threadpool(_taken, service, request, await posted(request))
        except GeodataError as error:
            said = words(language_of(request)).error(error)
            return Response(said, 503, HEADERS, "text/plain; charset=utf-8")

    page: Callable[[Request], Awaitable[Response]] = answer
    return [
        Route(PAGE, page, methods=["GET", "POST"]),
        Route("/assets/residents.js", _part("residents.js", "text/javascript")),
        Route("/assets/residents.css", _part("residents.css", "text/css")),
    ]
