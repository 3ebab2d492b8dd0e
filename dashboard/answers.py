"""What the server's own routes share: who may ask, the reader's language, errors in words."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard import access
from geodata.errors import GeodataError
from geodata.model import Language
from geodata.service import Service
from geodata.texts import words

Answer = Callable[[Request], Response]


def guarded(answer: Answer, service: Callable[[], Service]) -> Answer:
    """Return a route's answer for those who may read, guarded as the pages are.

    Parameters
    ----------
    answer : callable
        What is answered to them.
    service : callable
        Gives the process's service; asked at each request.

    Returns
    -------
    callable
        Answers everybody else with 403 and nothing more.
    """

    def guard(request: Request) -> Response:
        if not access.may_read(request.headers, service().settings):
            return Response(status_code=403)
        return answer(request)

    return guard


def language_of(request: Request) -> Language:
    """Return the language that a request's ``lang`` asks for; Swedish unless it is English."""
    return "en" if request.query_params.get("lang") == "en" else "sv"


def told(error: GeodataError, request: Request, status_code: int) -> Response:
    """Return an error as JSON, worded in the reader's language."""
    said = words(language_of(request)).error(error)
    return JSONResponse({"error": said}, status_code=status_code)
