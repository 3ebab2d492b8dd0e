"""Pages to be printed, made by the server as plain HTML: the walk sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.panel import templates
from dashboard.routes.answers import SHEETS, Guarded, guarded, language_of
from geodata.errors import GeodataError, UnknownIdError
from geodata.service import Service
from geodata.service.reporting import walk_sheet
from geodata.texts import Words, words

LINES: Final = 8
"""Empty lines for findings on a sheet; the page is then full."""

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'",
}


Told = Callable[[Request, Words], Mapping[str, Any]]
"""Gives what a page's template names."""


def printed(service: Callable[[], Service], template: str, told: Told) -> Guarded:
    """Return what answers with a page to be printed."""

    def answer(request: Request) -> Response:
        w = words(language_of(request))
        try:
            values = told(request, w)
        except UnknownIdError as error:
            # As plain text: the sentence repeats what the address asked for.
            return PlainTextResponse(w.error(error), status_code=404, headers=HEADERS)
        except GeodataError as error:
            return PlainTextResponse(w.error(error), status_code=503, headers=HEADERS)
        example = service().has_examples()
        page = templates().get_template(template).render(w=w, example=example, **values)
        return HTMLResponse(page, headers=HEADERS)

    return guarded(answer, service, SHEETS)


def sheet_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the routes of pages to be printed."""

    def told(request: Request, w: Words) -> Mapping[str, Any]:
        return {
            "sheet": walk_sheet(service(), request.path_params["walk_id"]),
            "catalogue": service().catalogue,
            "local": lambda text: text.to(w.language),
            "lines": LINES,
            "sources": ", ".join(service().place_sources()),
        }

    return [Route("/vandringsblad/{walk_id}", printed(service, "walk_sheet.html", told))]
