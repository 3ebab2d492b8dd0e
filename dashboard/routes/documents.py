"""Files made when they are asked for: documents, exports, the citizens' page, pages to print."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, get_args

from starlette import responses
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from dashboard.access import SMALL_PHOTO
from dashboard.address import ids_in
from dashboard.look import templates
from dashboard.routes import answers, residents
from geodata.errors import ExportError, GeodataError, UnknownIdError
from geodata.model import Language
from geodata.service import Service, calendars, reporting
from geodata.service.entries import definitions_file, readings_file
from geodata.service.exporting import FILE_SORTS, SUFFIXES, Wanted, export_file
from geodata.service.meetings import closings, frozen
from geodata.service.paper_maps import PAPERS, sheet_sources
from geodata.service.photos import jpeg
from geodata.service.promises import stored_text
from geodata.service.publishing import Publishing, page_files, publish_zip
from geodata.service.selection import Selection
from geodata.texts import Words, words

# --- exports -------------------------------------------------------------------------------------


MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".zip": "application/zip",
    ".geojson": "application/geo+json",
    ".gpx": "application/gpx+xml",
    ".gpkg": "application/geopackage+sqlite3",
}

SELECTED: Final = ("party", "period", "near", "text")
"""Of activities alone; see `Selection`."""

EXPORT_PARAMETERS: Final = (
    *("promise", "area", "commitment", "kind", "from", "to", "as_of", "lang"),
    *SELECTED,
)

NAME_BASE: Final = "lofteskartan"


class _Download(responses.FileResponse):
    """A file that is removed with its folder once it is sent, or nobody waits for it any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(shutil.rmtree, Path(self.path).parent, ignore_errors=True)


def _wanted(service: Service, name: str, request: Request) -> Wanted:
    """Return what a request asks for; `Wanted.check` says whether it is there."""
    given = answers.parameters_of(request, EXPORT_PARAMETERS, several=("kind",))
    return Wanted(
        sorts=FILE_SORTS[name],
        promise=given.get("promise"),
        area=given.get("area"),
        commitment=given.get("commitment"),
        kinds=tuple(request.query_params.getlist("kind")),
        as_of=answers.day_of(given, "as_of"),
        first_day=answers.day_of(given, "from"),
        last_day=answers.day_of(given, "to"),
        language=answers.language_of(request),
        selection=_selected(service, name, {one: given[one] for one in SELECTED if one in given}),
    )


def _selected(service: Service, name: str, given: Mapping[str, str]) -> Selection:
    """Return a selection; ExportError where it makes no sense, or of what isn't activities."""
    found = Selection.read(given, service)
    for one, expected in {
        "party": ", ".join(service.catalogue.party_by_id),
        "period": "2018, 2018-05",
        "near": "12.94,57.72",
    }.items():
        if one in given and getattr(found, one) is None:
            raise ExportError("export.parameter", name=one, expected=expected)
    if given and name != "activities":
        raise ExportError("export.unknown_parameter", name=next(iter(given)), expected="kind")
    return found


def _promise_name(service: Service, promise_id: str | None, language: Language) -> str | None:
    """Return what a promise is called in a file's name."""
    known = service.catalogue.label_by_id
    return known[promise_id].to(language) if promise_id and promise_id in known else promise_id


def _export(service: Service, request: Request) -> responses.Response:
    """Answer what is on screen as a file to keep: make it whole, then send it."""
    name, suffix = request.path_params["name"], f".{request.path_params['ext']}"
    if name not in FILE_SORTS or suffix not in SUFFIXES:
        return responses.Response(status_code=404)
    wanted = _wanted(service, name, request)
    wanted.check(service.catalogue)
    folder = Path(tempfile.mkdtemp(prefix="lofteskartan-export-"))
    path = folder / f"{name}{suffix}"
    with ExitStack() as undone:
        undone.callback(shutil.rmtree, folder, ignore_errors=True)
        export_file(service, wanted, path)
        undone.pop_all()
    promise = _promise_name(service, wanted.promise, wanted.language)
    day = wanted.as_of or wanted.last_day or service.today()
    what = NAME_BASE if name == "all" else name
    headers = answers.saved_as(suffix[1:], what, promise, wanted.area, day)
    return _Download(path, media_type=MEDIA_TYPES[suffix], headers=headers)


def _promise(service: Service, request: Request) -> responses.Response:
    """Answer a promise's own file."""
    name = str(request.path_params["name"])
    sent_as = {"Content-Disposition": f'attachment; filename="{name}.toml"'}
    headers = {**answers.FILE_HEADERS, **sent_as}
    return responses.Response(
        stored_text(service, name), headers=headers, media_type="application/toml"
    )


def _seen(service: Service, request: Request) -> responses.Response:
    """Answer the indicators' definitions or their readings."""
    name, _, suffix = request.url.path.rpartition("/")[2].partition(".")
    body = (readings_file if name == "readings" else definitions_file)(service)
    media_type = MEDIA_TYPES.get(f".{suffix}", "application/toml")
    headers = answers.saved_as(suffix, name, service.today())
    return responses.Response(body, headers=headers, media_type=media_type)


# --- the citizens' page --------------------------------------------------------------------------


ADDRESS: Final = "/publicera/oppen-sida.zip"
PAGE_PARAMETERS: Final = ("promise", "date", "publisher", "licence", "lang")


def _citizens_page(service: Service, request: Request) -> responses.Response:
    given = answers.parameters_of(request, PAGE_PARAMETERS, form=True)
    promise_id = given.get("promise")
    wanted = Publishing(
        promise_id, answers.day_of(given, "date"), given.get("publisher"), given.get("licence")
    )
    packed, day = publish_zip(service, wanted)
    promise = _promise_name(service, promise_id, answers.language_of(request))
    headers = answers.saved_as("zip", "öppen sida", promise, day)
    return responses.Response(packed, media_type="application/zip", headers=headers)


KEPT_S: Final = 900
"""So long the page that this server shows is kept: however many ask, it is made four times an
hour, and what changes is not told step by step."""

OPEN_PAGE: Final = "/oppen-sida"


@lru_cache(maxsize=1)
def _made_page(service: Service, _kept: int) -> Mapping[str, tuple[bytes, str]]:
    return page_files(service)


def _open_page(service: Service, request: Request) -> responses.Response:
    """Answer a file of the citizens' page to anybody, where the settings say so."""
    if not service.settings.open_page:
        return responses.Response(status_code=404)
    asked = request.path_params.get("path")
    if asked is None:
        # What the page links to lies beside it.
        return responses.RedirectResponse(f"{OPEN_PAGE}/", 308)
    files = _made_page(service, int(time.time() // KEPT_S))
    if (asked or "index.html") not in files:
        return responses.Response(status_code=404)
    body, media_type = files[asked or "index.html"]
    headers = {
        "Cache-Control": f"public, max-age={KEPT_S}",
        "ETag": f'"{sha256(body).hexdigest()[:24]}"',
        "Content-Security-Policy": PAGE_POLICY,
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return responses.Response(status_code=304, headers=headers)
    return responses.Response(body, media_type=media_type, headers=headers)


PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""The page itself says which style it means, by its digest."""


# --- pages to print ------------------------------------------------------------------------------


LINES: Final = 8
"""Empty lines for findings on a sheet; the page is then full."""

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; font-src 'self'; script-src 'self'; "
        "img-src 'self'"
    ),
}


Told = Callable[[Service, Request, Words], Mapping[str, Any]]
"""Gives what a page's template names."""


def printed(template: str, told: Told) -> answers.Answer:
    """Return what answers with a page to be printed."""

    def answer(service: Service, request: Request) -> responses.Response:
        w = words(answers.language_of(request))
        try:
            values = told(service, request, w)
        except GeodataError as error:
            # As plain text: the sentence repeats what the address asked for.
            status = 404 if isinstance(error, UnknownIdError) else 503
            return responses.PlainTextResponse(w.error(error), status_code=status, headers=HEADERS)
        example = service.has_examples()
        page = templates().get_template(template).render(w=w, example=example, **values)
        return responses.HTMLResponse(page, headers=HEADERS)

    return answer


def layers_in(request: Request) -> tuple[str, ...]:
    """Return the reference layers that an address asks for, by id."""
    return ids_in(request.query_params.get("layers", ""))


def _sheet(service: Service, request: Request, w: Words) -> Mapping[str, Any]:
    layers = layers_in(request)
    return {
        "sheet": reporting.walk_sheet(service, request.path_params["walk_id"], layers),
        "residents": residents.notice(service, request, request.path_params["walk_id"]),
        "catalogue": service.catalogue,
        "local": lambda text: text.to(w.language),
        "lines": LINES,
        "sources": sheet_sources(service, w, layers),
    }


def _brief(service: Service, request: Request, w: Words) -> Mapping[str, Any]:
    promise_id = request.path_params["promise_id"]
    report, charts = reporting.told_brief(service, reporting.Asked(promise_id, language=w.language))
    blocks = [(type(block).__name__, block) for block in report.blocks]
    return {"report": report, "charts": charts, "blocks": blocks, "promise_id": promise_id}


# --- calendars -----------------------------------------------------------------------------------


def _walk_calendar(service: Service, request: Request) -> responses.Response:
    """Answer a walk as an invitation."""
    walk = service.walk(request.path_params["walk_id"])
    made = calendars.walk_calendar(service, walk.id, answers.language_of(request))
    headers = answers.saved_as("ics", "vandring", walk.area_id, walk.day)
    return responses.Response(made, headers=headers, media_type=CALENDAR)


def _party_calendar(service: Service, request: Request) -> responses.Response:
    """Answer a party's calendar."""
    party = request.path_params["party_id"]
    made = calendars.party_calendar(service, party, answers.language_of(request))
    headers = answers.saved_as("ics", party)
    return responses.Response(made, headers=headers, media_type=CALENDAR)


# --- documents -----------------------------------------------------------------------------------


PARAMETERS: Final = ("promise", "date", "since", "meeting", "version", "lang")
MAP_PARAMETERS: Final = (*PARAMETERS, "area", "paper", "layers")
REPORT: Final = "rapport.pdf"
MAP: Final = "karta"

ALL: Final = "alla löften"
EXAMPLE: Final = "exempeldata"
PROTOCOL: Final = "protokoll"
"""What a file's name says where it is of every promise, where records in it are made up, and where
it is closed minutes."""

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV: Final = "text/csv; charset=utf-8"
CALENDAR: Final = "text/calendar; charset=utf-8"
MAP_FORMATS: Final = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


DOCUMENTS: Final[Mapping[str, str]] = {
    REPORT: "application/pdf",
    "tabeller.docx": WORD,
    "underlag.pdf": "application/pdf",
    "underlag.docx": WORD,
    "matris.csv": CSV,
    "beslut.csv": CSV,
    "att-gora.csv": CSV,
    **{f"{MAP}.{ending}": media_type for ending, media_type in MAP_FORMATS.items()},
}
"""What each of the documents is sent as, by the last part of its address."""


def _made(service: Service, name: str, asked: reporting.Asked, given: Mapping[str, str]) -> bytes:
    for file_format in get_args(reporting.MapFormat):
        if name == f"{MAP}.{file_format}":
            area, paper = given.get("area"), _paper(given)
            return reporting.make_map(
                service, asked, file_format=file_format, area_id=area, paper=paper
            )
    return {**reporting.MINUTES, **reporting.BRIEFS}[name](service, asked)


def _parameters(name: str) -> tuple[str, ...]:
    if name.startswith(MAP):
        return MAP_PARAMETERS
    return (*PARAMETERS, "layers") if name == REPORT else PARAMETERS


def _paper(given: Mapping[str, str]) -> str:
    paper = given.get("paper", "a4")
    if paper not in PAPERS:
        raise ExportError("export.parameter", name="paper", expected=", ".join(PAPERS))
    return paper


def _asked(service: Service, request: Request, given: Mapping[str, str]) -> reporting.Asked:
    meeting = given.get("meeting")
    return reporting.Asked(
        promise_id=given.get("promise"),
        as_of=answers.day_of(given, "date"),
        since=answers.day_of(given, "since"),
        meeting=None if meeting is None else service.meeting(meeting),
        language=answers.language_of(request),
        layers=ids_in(given.get("layers", "")),
    )


def _frozen(
    service: Service, name: str, asked: reporting.Asked, given: Mapping[str, str]
) -> tuple[bytes, str] | None:
    """Return closed minutes' bytes and version, None where the document is to be made."""
    meeting = asked.meeting
    if meeting is None or not (meeting.ended or "version" in given):
        return None
    if name not in reporting.MINUTES or not {*given} <= {"meeting", "version", "lang"}:
        raise ExportError("export.minutes_closed")
    versions = closings(service, meeting.id)
    number = given.get("version", str(len(versions)))
    if not (number.isascii() and number.isdecimal()):
        raise ExportError("export.parameter", name="version", expected="1")
    return frozen(service, meeting.id, f"{asked.language}/{name}", int(number)), number


def _kept_as(
    service: Service,
    name: str,
    asked: reporting.Asked,
    given: Mapping[str, str],
    version: str | None,
) -> Mapping[str, str]:
    """Return the headers that name a document: what it is, of which promise and day."""
    stem, _, suffix = name.partition(".")
    if version is not None and asked.meeting is not None:
        promise = _promise_name(service, asked.meeting.promise_id, asked.language) or ALL
        return answers.saved_as(suffix, stem, PROTOCOL, promise, asked.meeting.day, f"v{version}")
    promise_id, day = reporting.told_about(service, asked)
    promise = _promise_name(service, promise_id, asked.language) or ALL
    mark = EXAMPLE if service.has_examples() else None
    return answers.saved_as(suffix, stem, promise, given.get("area"), day, mark)


def _document(service: Service, request: Request) -> responses.Response:
    """Answer a meeting's report, a map or a table: make it whole, then send it."""
    name = request.path_params["name"]
    if name not in DOCUMENTS:
        return responses.Response(status_code=404)
    given = answers.parameters_of(request, _parameters(name), form=True)
    asked = _asked(service, request, given)
    kept = _frozen(service, name, asked, given)
    body, version = kept or (_made(service, name, asked, given), None)
    return responses.Response(
        body,
        media_type=DOCUMENTS[name],
        headers={
            **_kept_as(service, name, asked, given, version),
            # An SVG that is opened runs nothing and asks for nothing.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
    )


def _photo(service: Service, request: Request) -> responses.Response:
    """Answer a photo, or its thumbnail."""
    is_small = request.url.path.endswith(SMALL_PHOTO)
    body = jpeg(service, request.path_params["photo_id"], thumbnail=is_small)
    return responses.Response(body, media_type="image/jpeg", headers=answers.FILE_HEADERS)


ROUTES: Final = (
    ("/foto/{photo_id}", _photo, answers.LIGHT),
    (f"/foto/{{photo_id}}{SMALL_PHOTO}", _photo, answers.LIGHT),
    ("/export/readings.csv", _seen, answers.SHEETS),
    ("/export/indicators.toml", _seen, answers.SHEETS),
    ("/export/promises/{name}.toml", _promise, answers.SHEETS),
    ("/export/{name}.{ext}", _export, answers.REGISTER),
    (ADDRESS, _citizens_page, answers.REGISTER),
    (OPEN_PAGE, _open_page, answers.OPEN_PAGES),
    (f"{OPEN_PAGE}/{{path:path}}", _open_page, answers.OPEN_PAGES),
    ("/vandring/{walk_id}.ics", _walk_calendar, answers.SHEETS),
    ("/kalender/{party_id}.ics", _party_calendar, answers.SHEETS),
    ("/vandringsblad/{walk_id}", printed("walk_sheet.html", _sheet), answers.SHEETS),
    ("/underlag/{promise_id}", printed("brief.html", _brief), answers.SHEETS),
    ("/dokument/{name}", _document, answers.SLOW),
)
