"""The document routes: a meeting's report, its maps and its tables, guarded as the pages are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.routes.answers import (
    FILE_HEADERS,
    SLOW,
    day_of,
    guarded,
    language_of,
    parameters_of,
    refused,
)
from geodata.errors import ExportError, GeodataError
from geodata.service import Service
from geodata.service.reporting import (
    PAPERS,
    Asked,
    make_map,
    make_report,
    make_tables,
    make_word,
    told_about,
)

PARAMETERS: Final = ("promise", "date", "since", "meeting", "lang")
MAP_PARAMETERS: Final = (*PARAMETERS, "area", "paper")

ALL: Final = "alla-loften"
EXAMPLE: Final = "exempeldata"
"""What a file's name says where it is of every promise, and where records in it are made up."""

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Document:
    """One of the documents: what it is sent as, what may be asked of it, and what makes it."""

    media_type: str
    make: Callable[[Service, Asked, Mapping[str, str]], bytes]
    parameters: tuple[str, ...] = PARAMETERS


def _png(service: Service, asked: Asked, given: Mapping[str, str]) -> bytes:
    area, paper = given.get("area"), _paper(given)
    return make_map(service, asked, file_format="png", area_id=area, paper=paper)


def _svg(service: Service, asked: Asked, given: Mapping[str, str]) -> bytes:
    area, paper = given.get("area"), _paper(given)
    return make_map(service, asked, file_format="svg", area_id=area, paper=paper)


DOCUMENTS: Final[Mapping[str, _Document]] = {
    "rapport.pdf": _Document("application/pdf", lambda s, asked, _: make_report(s, asked)),
    "karta.png": _Document("image/png", _png, MAP_PARAMETERS),
    "karta.svg": _Document("image/svg+xml", _svg, MAP_PARAMETERS),
    "tabeller.docx": _Document(WORD, lambda s, asked, _: make_word(s, asked)),
    "matris.csv": _Document(CSV, lambda s, asked, _: make_tables(s, asked, "matrix")),
    "beslut.csv": _Document(CSV, lambda s, asked, _: make_tables(s, asked, "decisions")),
    "att-gora.csv": _Document(CSV, lambda s, asked, _: make_tables(s, asked, "due")),
}
"""The documents, by the last part of their address."""


# --- what is asked for ---------------------------------------------------------------------------


def _paper(given: Mapping[str, str]) -> str:
    paper = given.get("paper", "a4")
    if paper not in PAPERS:
        raise ExportError("export.parameter", name="paper", expected=", ".join(PAPERS))
    return paper


def _asked(service: Service, request: Request, given: Mapping[str, str]) -> Asked:
    meeting = given.get("meeting")
    return Asked(
        promise_id=given.get("promise"),
        as_of=day_of(given, "date"),
        since=day_of(given, "since"),
        meeting=None if meeting is None else service.meeting(meeting),
        language=language_of(request),
    )


def _file_name(service: Service, name: str, asked: Asked, given: Mapping[str, str]) -> str:
    """Return what the file is called where it is kept: what it is, of which promise and day."""
    stem, _, suffix = name.partition(".")
    promise, day = told_about(service, asked)
    parts = ("lofteskartan", stem, promise or ALL, given.get("area"), day.isoformat())
    mark = EXAMPLE if service.has_examples() else None
    return f"{'-'.join(part for part in (*parts, mark) if part)}.{suffix}"


# --- the routes ----------------------------------------------------------------------------------


class _Documents:
    """The documents' route: checks, makes the file whole, then sends it."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service

    def _made(self, name: str, request: Request) -> Response:
        service, document = self._service(), DOCUMENTS[name]
        given = parameters_of(request, document.parameters, form=True)
        asked = _asked(service, request, given)
        body = document.make(service, asked, given)
        file_name = _file_name(service, name, asked, given)
        return Response(
            body,
            media_type=document.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{file_name}"',
                **FILE_HEADERS,
                # An SVG that is opened runs nothing and asks for nothing.
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            },
        )

    def __call__(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in DOCUMENTS:
            return Response(status_code=404)
        try:
            return self._made(name, request)
        except GeodataError as error:
            return refused(error, request)


def document_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the documents' routes, guarded as the pages are."""
    answer = guarded(_Documents(service), service, SLOW)
    return [Route("/dokument/{name}", answer, methods=["GET"])]
