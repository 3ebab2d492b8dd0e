"""What is taken out as files to keep: the register's records, and the citizens' page."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.routes.answers import (
    FILE_HEADERS,
    REGISTER,
    day_of,
    guarded,
    language_of,
    parameters_of,
    refused,
)
from geodata.errors import GeodataError
from geodata.service import Service
from geodata.service.exporting import FILE_SORTS, SUFFIXES, Wanted, export_file
from geodata.service.publishing import Publishing, publish_zip

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".zip": "application/zip",
    ".geojson": "application/geo+json",
    ".gpx": "application/gpx+xml",
    ".gpkg": "application/geopackage+sqlite3",
}

PARAMETERS: Final = ("promise", "area", "commitment", "kind", "from", "to", "as_of", "lang")

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
    given = parameters_of(request, PARAMETERS, several=("kind",))
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


def _file_name(name: str, suffix: str, wanted: Wanted) -> str:
    """Return what the file is called where it is kept: what it holds, and by which day."""
    parts = [NAME_BASE, *(() if name == "all" else (name,)), wanted.promise, wanted.area]
    if wanted.as_of is not None:
        parts.append(wanted.as_of.isoformat())
    return "-".join(part for part in parts if part) + suffix


class _Exports:
    """The export route: checks, makes the file whole, then sends it."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service

    def _respond(self, name: str, suffix: str, request: Request) -> Response:
        service = self._service()
        wanted = _wanted(name, request)
        wanted.check(service.catalogue)
        folder = Path(tempfile.mkdtemp(prefix="lofteskartan-export-"))
        path = folder / f"{name}{suffix}"
        sent = False
        try:
            export_file(service, wanted, path)
            response = _Download(
                path,
                media_type=MEDIA_TYPES[suffix],
                filename=_file_name(name, suffix, wanted),
                headers=dict(FILE_HEADERS),
            )
            sent = True
        finally:
            if not sent:
                shutil.rmtree(folder, ignore_errors=True)
        return response

    def __call__(self, request: Request) -> Response:
        name = request.path_params["name"]
        suffix = f".{request.path_params['ext']}"
        if name not in FILE_SORTS or suffix not in SUFFIXES:
            return Response(status_code=404)
        try:
            return self._respond(name, suffix, request)
        except GeodataError as error:
            return refused(error, request)


def export_routes(service_getter: Callable[[], Service]) -> list[Route]:
    """Return the export routes, guarded as the pages are."""
    exports = _Exports(service_getter)
    guard = guarded(exports, service_getter, REGISTER)
    return [Route("/export/{name}.{ext}", guard, methods=["GET"])]


ADDRESS: Final = "/publicera/oppen-sida.zip"
PAGE_PARAMETERS: Final = ("promise", "date", "publisher", "licence", "lang")


def _publishing(request: Request) -> Publishing:
    """Return what a request asks for."""
    given = parameters_of(request, PAGE_PARAMETERS, form=True)
    day = day_of(given, "date")
    return Publishing(given.get("promise"), day, given.get("publisher"), given.get("licence"))


def publishing_routes(service: Callable[[], Service]) -> list[Route]:
    """Return the route of the citizens' page, guarded as the pages are."""

    def page(request: Request) -> Response:
        try:
            wanted = _publishing(request)
            packed, day = publish_zip(service(), wanted)
        except GeodataError as error:
            return refused(error, request)
        name = "-".join(filter(None, ("lofteskartan-oppen-sida", wanted.promise, day.isoformat())))
        return Response(
            packed,
            media_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}.zip"',
                **FILE_HEADERS,
            },
        )

    return [Route(ADDRESS, guarded(page, service, REGISTER), methods=["GET"])]
