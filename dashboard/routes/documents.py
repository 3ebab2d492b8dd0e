"""Files made when they are asked for: documents, exports, the citizens' page, pages to print."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.panel import templates
from dashboard.routes.answers import (
    FILE_HEADERS,
    REGISTER,
    SHEETS,
    SLOW,
    Guarded,
    day_of,
    guarded,
    language_of,
    made,
    parameters_of,
)
from geodata.errors import ExportError, GeodataError, UnknownIdError
from geodata.service import Service
from geodata.service.exporting import FILE_SORTS, SUFFIXES, Wanted, export_file
from geodata.service.publishing import Publishing, publish_zip
from geodata.service.reporting import (
    PAPERS,
    Asked,
    make_map,
    make_report,
    make_tables,
    make_word,
    told_about,
    walk_sheet,
)
from geodata.texts import Words, words

# --- exports -------------------------------------------------------------------------------------


MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".zip": "application/zip",
    ".geojson": "application/geo+json",
    ".gpx": "application/gpx+xml",
    ".gpkg": "application/geopackage+sqlite3",
}

EXPORT_PARAMETERS: Final = ("promise", "area", "commitment", "kind", "from", "to", "as_of", "lang")

NAME_BASE: Final = "lofteskartan"


class _Download(FileResponse):
    """A file that is removed with its folder once it is sent, or nobody waits for it any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(shutil.rmtree, Path(self.path).parent, ignore_errors=True)


def _wanted(name: str, request: Request) -> Wanted:
    """Return what a request asks for; `Wanted.check` says whether it is there."""
    given = parameters_of(request, EXPORT_PARAMETERS, several=("kind",))
    return Wanted(
        sorts=FILE_SORTS[name],
        promise=given.get("promise"),
        area=given.get("area"),
        commitment=given.get("commitment"),
        kinds=tuple(request.query_params.getlist("kind")),
        as_of=day_of(given, "as_of"),
        first_day=day_of(given, "from"),
        last_day=day_of(given, "to"),
        language=language_of(request),
    )


def _export_name(name: str, suffix: str, wanted: Wanted) -> str:
    """Return what the file is called where it is kept: what it holds, and by which day."""
    parts = [NAME_BASE, *(() if name == "all" else (name,)), wanted.promise, wanted.area]
    if wanted.as_of is not None:
        parts.append(wanted.as_of.isoformat())
    return "-".join(part for part in parts if part) + suffix


def _export(service: Service, name: str, suffix: str, request: Request) -> Response:
    """Make a file whole, then send it."""
    wanted = _wanted(name, request)
    wanted.check(service.catalogue)
    folder = Path(tempfile.mkdtemp(prefix="lofteskartan-export-"))
    path = folder / f"{name}{suffix}"
    with ExitStack() as undone:
        undone.callback(shutil.rmtree, folder, ignore_errors=True)
        export_file(service, wanted, path)
        undone.pop_all()
    return _Download(
        path,
        media_type=MEDIA_TYPES[suffix],
        filename=_export_name(name, suffix, wanted),
        headers=dict(FILE_HEADERS),
    )


def export_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the route of what is on screen as a file to keep."""

    def export(request: Request) -> Response:
        name = request.path_params["name"]
        suffix = f".{request.path_params['ext']}"
        if name not in FILE_SORTS or suffix not in SUFFIXES:
            return Response(status_code=404)
        return _export(service(), name, suffix, request)

    return [Route("/export/{name}.{ext}", made(export, service, REGISTER), methods=["GET"])]


# --- the citizens' page --------------------------------------------------------------------------


ADDRESS: Final = "/publicera/oppen-sida.zip"
PAGE_PARAMETERS: Final = ("promise", "date", "publisher", "licence", "lang")


def _publishing(request: Request) -> Publishing:
    """Return what a request asks for."""
    given = parameters_of(request, PAGE_PARAMETERS, form=True)
    day = day_of(given, "date")
    return Publishing(given.get("promise"), day, given.get("publisher"), given.get("licence"))


def publishing_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the route of the citizens' page as a zip file."""

    def page(request: Request) -> Response:
        wanted = _publishing(request)
        packed, day = publish_zip(service(), wanted)
        name = "-".join(filter(None, ("lofteskartan-oppen-sida", wanted.promise, day.isoformat())))
        return Response(
            packed,
            media_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}.zip"',
                **FILE_HEADERS,
            },
        )

    return [Route(ADDRESS, made(page, service, REGISTER), methods=["GET"])]


# --- pages to print ------------------------------------------------------------------------------


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


# --- documents -----------------------------------------------------------------------------------


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


def _document(service: Service, name: str, request: Request) -> Response:
    """Make a document whole, then send it."""
    document = DOCUMENTS[name]
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


def document_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the route of a meeting's report, its maps and its tables."""

    def document(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in DOCUMENTS:
            return Response(status_code=404)
        return _document(service(), name, request)

    return [Route("/dokument/{name}", made(document, service, SLOW), methods=["GET"])]
