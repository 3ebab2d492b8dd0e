"""What the server's own routes share: who may ask, the reader's language, errors in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard import access
from geodata.errors import ExportError, GeodataError, LayerRequestError, UnknownIdError
from geodata.model import LANGUAGES, Language
from geodata.service import Service
from geodata.texts import words

Answer = Callable[[Request], Response]

FILE_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}
"""What every file that is made for a reader is sent with."""

LONGEST_FILE_NAME: Final = 60

OUR_FAULT: Final[Mapping[str, int]] = {"export.unwritable": 503, "report.failed": 500}
"""Errors of a file that is made which are not the asker's, with what they are answered by."""


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


def refuse_repeats(parameters: Sequence[tuple[str, str]]) -> None:
    """Raise LayerRequestError if a parameter is given twice: either could be the one meant."""
    seen = set()
    for name, _ in parameters:
        if name in seen:
            raise LayerRequestError("layer.repeated", name=name)
        seen.add(name)


# --- files that are made when they are asked for ------------------------------------------------


def parameters_of(
    request: Request,
    allowed: Collection[str],
    *,
    several: Collection[str] = (),
    form: bool = False,
) -> Mapping[str, str]:
    """Return a request's parameters by name.

    Parameters
    ----------
    request : Request
        Whose.
    allowed : collection of str
        What may be asked.
    several : collection of str
        What may be given more than once; the last one is returned.
    form : bool
        Whether an empty one is as none: a form sends its empty fields too.

    Raises
    ------
    LayerRequestError
        ``layer.repeated`` if another one is given twice.
    ExportError
        ``export.unknown_parameter``, or ``export.parameter`` for a language that there isn't.
    """
    parameters = request.query_params.multi_items()
    refuse_repeats([pair for pair in parameters if pair[0] not in several])
    for unknown in sorted({name for name, _ in parameters} - set(allowed)):
        raise ExportError("export.unknown_parameter", name=unknown, expected=", ".join(allowed))
    given = {name: value for name, value in parameters if value or not form}
    if given.get("lang", LANGUAGES[0]) not in LANGUAGES:
        raise ExportError("export.parameter", name="lang", expected=", ".join(LANGUAGES))
    return given


def day_of(given: Mapping[str, str], name: str) -> date | None:
    """Return the day that a parameter gives, None where it isn't there.

    Raises
    ------
    ExportError
        ``export.parameter`` if it is none.
    """
    if name not in given:
        return None
    try:
        return date.fromisoformat(given[name])
    except ValueError as error:
        raise ExportError("export.parameter", name=name, expected="2018-06-30") from error


def saved_as(name: str, ending: str) -> dict[str, str]:
    """Return the headers of a file that is named by a person, as every system can keep it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parts = "".join(c if c.isalnum() else " " for c in plain).split()
    file = "-".join(parts)[:LONGEST_FILE_NAME].strip("-") or "lofteskartan"
    return {**FILE_HEADERS, "Content-Disposition": f'attachment; filename="{file}.{ending}"'}


def refused(error: GeodataError, request: Request) -> Response:
    """Return why a file can't be made: what is not there, what was asked wrongly, our own fault."""
    if isinstance(error, UnknownIdError):
        return told(error, request, 404)
    if isinstance(error, ExportError | LayerRequestError):
        return told(error, request, OUR_FAULT.get(error.key, 400))
    return told(error, request, 503)
