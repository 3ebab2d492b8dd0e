"""What the server's own routes share: who may ask, the reader's language, errors in words."""

from __future__ import annotations

import unicodedata
from asyncio import get_running_loop
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final
from urllib.parse import quote

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import access
from geodata.errors import ExportError, GeodataError, LayerRequestError, UnknownIdError
from geodata.model import LANGUAGES, Language
from geodata.service import Service
from geodata.texts import words

Answer = Callable[[Service, Request], Response]
"""Answers a request from the service of who asks."""

Served = Callable[[HTTPConnection], Service]
"""Gives the service of who asks, within their limits."""

FILE_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}
"""What every file that is made for a reader is sent with."""

LONGEST_FILE_NAME: Final = 60

OUR_FAULT: Final[Mapping[str, int]] = {"export.unwritable": 503, "report.failed": 500}
"""Errors of a file that is made which are not the asker's, with what they are answered by."""


RETRY_AFTER_S: Final = 5


class Room:
    """How many answers of a sort are made at once, in threads that nobody else has to wait for."""

    def __init__(
        self, at_once: int, waiting: int | None = None, *, own_pages: bool = False
    ) -> None:
        self._threads = ThreadPoolExecutor(at_once)
        self._at_most = None if waiting is None else at_once + waiting
        self._own_pages = own_pages
        self._asked = 0

    async def answer(self, answer: Answer, service: Service, request: Request) -> Response:
        """Return what is answered to a request, or that it can't be now, or not from there."""
        if self._own_pages and not access.is_own_page(request.headers):
            return told(ExportError("export.elsewhere"), request, 403)
        if self._at_most is not None and self._asked >= self._at_most:
            busy = told(ExportError("report.busy"), request, 503)
            busy.headers["Retry-After"] = str(RETRY_AFTER_S)
            return busy
        self._asked += 1
        try:
            run = get_running_loop().run_in_executor
            return await run(self._threads, _whole, answer, service, request)
        finally:
            self._asked -= 1


LIGHT: Final = Room(8)
"""For what is made in milliseconds: the map's layers and tiles, where a meeting is."""

HEALTH: Final = Room(2)
"""For what tells that the server answers, whatever else it does."""

SHEETS: Final = Room(2, waiting=20)
"""For what is made of one record or plan: pages to print, and files for a phone or a calendar."""

FEATURES: Final = Room(2, waiting=40)
"""For pages of features, which another map program asks for several at a time."""

OPEN_PAGES: Final = Room(1, waiting=100)
"""For the page that anybody may see: made once for all who ask meanwhile."""

REGISTER: Final = Room(1, waiting=8, own_pages=True)
"""For what may hold the whole register in memory."""

SLOW: Final = Room(2, waiting=8, own_pages=True)
"""For what takes a processor's whole time for seconds."""


def routes(service: Served, table: Iterable[tuple[str, Answer, Room]]) -> list[Route]:
    """Return the routes of a table, for those who may read, guarded as the pages are.

    Each row tells an address, what answers there, and where that is made. What it raises is said
    in words: what is not there, what was asked wrongly, our own fault.
    """

    def route(path: str, answer: Answer, room: Room) -> Route:
        async def guard(request: Request) -> Response:
            asked = service(request)
            if not access.may_read(request.headers, asked.settings):
                return Response(status_code=403)
            return await room.answer(answer, asked, request)

        return Route(path, guard)

    return [route(*row) for row in table]


def _whole(answer: Answer, service: Service, request: Request) -> Response:
    """Return an answer that is made whole before it is sent, or why there is none."""
    try:
        return answer(service, request)
    except GeodataError as error:
        return told(error, request, status_of(error))


def status_of(error: GeodataError) -> int:
    """Return what an error is answered by: not there, asked wrongly, or our own fault."""
    if isinstance(error, UnknownIdError):
        return 404
    if isinstance(error, ExportError | LayerRequestError):
        return OUR_FAULT.get(error.key, 400)
    return 503


def language_of(request: Request) -> Language:
    """Return the language that a request's ``lang`` asks for; Swedish unless it is English."""
    return "en" if request.query_params.get("lang") == "en" else "sv"


def told(error: GeodataError, request: Request, status_code: int) -> Response:
    """Return an error as JSON, worded in the reader's language."""
    said = words(language_of(request)).error(error)
    return access.problem(said, status_code)


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
    """Return a request's parameters by name."""
    parameters = request.query_params.multi_items()
    refuse_repeats([pair for pair in parameters if pair[0] not in several])
    for unknown in sorted({name for name, _ in parameters} - set(allowed)):
        raise ExportError("export.unknown_parameter", name=unknown, expected=", ".join(allowed))
    given = {name: value for name, value in parameters if value or not form}
    if given.get("lang", LANGUAGES[0]) not in LANGUAGES:
        raise ExportError("export.parameter", name="lang", expected=", ".join(LANGUAGES))
    return given


def day_of(given: Mapping[str, str], name: str) -> date | None:
    """Return the day that a parameter gives, None where it isn't there."""
    if name not in given:
        return None
    try:
        return date.fromisoformat(given[name])
    except ValueError as error:
        raise ExportError("export.parameter", name=name, expected="2018-06-30") from error


def saved_as(ending: str, *parts: str | date | None) -> dict[str, str]:
    """Return the headers of a file whose name tells what it is, of which promise and day.

    It is given twice (RFC 6266): in letters that every system can keep, and as it is written.

    Parameters
    ----------
    ending : str
        Of the name, without its dot.
    *parts : str or datetime.date or None
        What it tells, in order; what is nothing is left out.
    """
    named = [_kept(unicodedata.normalize("NFC", str(part))) for part in parts if part]
    written = "_".join(filter(None, named)) or "lofteskartan"
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    plain = plain.strip("-_") or "lofteskartan"
    names = f"filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(written)}.{ending}"
    return {**FILE_HEADERS, "Content-Disposition": f"attachment; {names}"}


def _kept(part: str) -> str:
    """Return a part of a file's name with hyphens for all but letters and digits."""
    words = "".join(c if c.isalnum() else " " for c in part).split()
    return "-".join(words)[:LONGEST_FILE_NAME].strip("-").lower()
