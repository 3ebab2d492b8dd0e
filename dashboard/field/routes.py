"""The field page's routes: the page and what it is made of, what it keeps, what it sends.

What the page is made of tells nothing of the register and is answered to anybody, so that a phone
can keep it whoever is signed in, and show what waits to be sent when nobody is.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from xstatic.pkg import leaflet

from dashboard import access
from dashboard.access import Account
from dashboard.host.insides import Part
from dashboard.look import templates, theme_sheet
from dashboard.map.canvas import local_tiles
from dashboard.routes.answers import LIGHT, Served, language_of, routes, told
from dashboard.routes.uploads import is_own
from dashboard.signin import log
from geodata.errors import AccessError, GeodataError, IntakeError, UnknownIdError
from geodata.model import Language, Picture
from geodata.service import Service
from geodata.service.field import Review, bundle, keep, read_post, review
from geodata.service.photos import read_photo
from geodata.service.recording import Refused, RowProblem
from geodata.service.streets import local_map
from geodata.service.worker import FileQuestion
from geodata.texts import Words, words

HERE: Final = Path(__file__).parent

PAGE: Final = "/falt"
POST: Final = "/falt/ko"
DATA: Final = "/falt/data.json"

LARGEST_BYTES: Final = 4_000_000
"""A day's way is half of it."""

LARGEST_PHOTO_BYTES: Final = 8_000_000
"""Ten times what the page makes of one."""

WORDS: Final = (
    *("again", "age_days", "age_h", "age_min", "age_now", "choose_area", "choose_kind"),
    *("clock_ask", "clock_right", "clock_shift", "clock_wrong", "correct", "counts_none"),
    *("counts_phone", "counts_server", "discard_sure", "gap", "gap_open", "kept_here"),
    *("kept_today", "needed", "no_position", "photo", "photo_again", "photo_unread", "with_photo"),
    *("place_near", "outside_all", "seeking", "no_way", "not_ready", "not_yours", "offline"),
    *("outside", "patrol", "place_chosen", "place_none", "position_off"),
    *("ready_offline", "review_finding", "review_patrol", "review_walk", "running_patrol"),
    *("running_walk", "save", "screen_off", "screen_on", "sign_in", "signed_out", "spot_done"),
    *("spot_here", "spot_stay", "state_other", "state_refused", "state_sending", "state_waiting"),
    *("state_walk", "storage_full", "storage_none", "visit", "visit_unknown", "waiting", "walk"),
    *("way", "you_are_in"),
)
"""The words that the script says."""

NAMED: Final = (
    *("area", "day", "days", "from", "hours", "metres", "minutes", "number", "place", "time", "to"),
)
"""What those words name."""

ASKED: Final = (
    *("lighting", "sight_lines", "upkeep", "traffic", "entrances", "meeting_places", "other"),
)
"""The categories with a question to go by on a walk."""

_OWN: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may do: all that it does is fetched from this server."""

_HEADERS: Final = {"Cache-Control": "no-cache", "Content-Security-Policy": _OWN}


# --- what the page is made of ---------------------------------------------------------------------


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def script() -> Part:
    """Return the page's script."""
    return Part.of(_text("field.js").encode(), "text/javascript")


@cache
def sheet() -> Part:
    """Return the page's style, in the colours of both themes."""
    return Part.of((theme_sheet() + _text("field.css")).encode(), "text/css")


@cache
def _version() -> str:
    """Return what is another text where anything that the page is made of is another."""
    said = "".join(page(language) for language in ("sv", "en"))
    others = said + _text("worker.js") + leaflet.PACKAGE_VERSION
    return hashlib.sha256(script().plain + sheet().plain + others.encode()).hexdigest()[:16]


@cache
def page(language: Language) -> str:
    """Return the page in a language, the same for everybody."""
    w = words(language)
    # The script fills in what they name.
    unsaid = {name: f"{{{name}}}" for name in NAMED}
    said = {name: w(f"phone.{name}", **unsaid) for name in WORDS}
    asks = {name: w(f"sheet.ask.{name}") for name in ASKED}
    return templates().get_template("field.html").render(w=w, said=said, asks=asks)


def _page(request: Request) -> Response:
    return HTMLResponse(page(language_of(request)), headers=_HEADERS)


def _worker(_request: Request) -> Response:
    """Answer the script that keeps the page on the phone; it is another where the page is."""
    body = _text("worker.js").replace("VERSION", _version())
    headers = {**_HEADERS, "Service-Worker-Allowed": PAGE}
    return Response(body, media_type="text/javascript", headers=headers)


def _manifest(request: Request) -> Response:
    w = words(language_of(request))
    sizes = ("192", "512")
    icons = [
        {"src": f"/assets/field-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
        for size in sizes
    ]
    told = {
        "id": PAGE,
        "name": w("phone.app"),
        "short_name": w("phone.title"),
        "lang": w.language,
        "start_url": f"{PAGE}?lang={w.language}",
        "scope": PAGE,
        "display": "standalone",
        "background_color": "#0b4a75",
        "theme_color": "#0b4a75",
        "icons": [{**icon, "purpose": use} for icon in icons for use in ("any", "maskable")],
    }
    return JSONResponse(told, media_type="application/manifest+json", headers=_HEADERS)


def _part(make: Callable[[], Part]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        found = make().answer(request.headers)
        # Asked for anew by a worker of another version, under the same name.
        found.headers["Cache-Control"] = "no-cache"
        return found

    return answer


@cache
def _icon(size: str) -> bytes:
    return (HERE / f"icon-{size}.png").read_bytes()


def _icon_of(size: str) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        kept = {"Cache-Control": "public, max-age=86400"}
        return Response(_icon(size), media_type="image/png", headers=kept)

    return answer


# --- what it keeps --------------------------------------------------------------------------------


def _account(request: Request) -> Account:
    found: Account = request.scope.get("account", access.OWN)
    return found


def now_ms() -> int:
    """Return this server's time, in milliseconds since 1970."""
    return round(datetime.now(UTC).timestamp() * 1000)


def _data(service: Service, request: Request) -> Response:
    """Answer with all that a phone keeps, and what it says with all that it sends."""
    account, w = _account(request), words(language_of(request))
    log.note(service.settings.signin, "opened", account, PAGE)
    body = {
        **bundle(service),
        "now_ms": now_ms(),
        "proof": account.proof or access.UNSIGNED,
        "account": {
            "mark": account.mark,
            "function": account.function,
            "parties": account.parties,
        },
        "tiles": local_tiles(local_map(), w),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store", "Vary": "Cookie"})


# --- what it sends --------------------------------------------------------------------------------


Read = Callable[[FileQuestion], Any]
"""Reads a file from outside, in a process with limits."""


class _TooLarge(MultiPartException):
    """More than any phone of ours sends."""


@asynccontextmanager
async def _posted(request: Request) -> AsyncIterator[tuple[bytes, UploadFile | None]]:
    """Give the record that was sent as one part of a form, and the photo beside it.

    Raises IntakeError where there is no record, or there is too much.
    """

    async def measured() -> AsyncGenerator[bytes, None]:
        size = 0
        try:
            async for part in request.stream():
                size += len(part)
                if size > LARGEST_BYTES + LARGEST_PHOTO_BYTES:
                    raise _TooLarge("")
                yield part
        except ClientDisconnect as error:
            # As this it closes what has come so far.
            raise MultiPartException("") from error

    parser = MultiPartParser(
        request.headers, measured(), max_files=1, max_fields=1, max_part_size=LARGEST_BYTES
    )
    try:
        form = await parser.parse()
    except _TooLarge as error:
        raise IntakeError("phone.too_large") from error
    except (MultiPartException, KeyError) as error:
        raise IntakeError("phone.unreadable") from error
    try:
        found, photo = form.get("record"), form.get("photo")
        if not isinstance(found, str) or isinstance(photo, str):
            raise IntakeError("phone.unreadable")
        yield found.encode("utf-8", "replace"), photo
    finally:
        await form.close()


def _picture(read: Read, photo: UploadFile) -> Picture:
    """Return a photo that was sent, made anew; its file is kept no longer."""
    with tempfile.TemporaryDirectory(prefix="lofteskartan-photo-") as folder:
        path = Path(folder) / "photo"
        with path.open("wb") as file:
            shutil.copyfileobj(photo.file, file)
        found: Picture = read(FileQuestion(read_photo, path))
        return found


def _faults(w: Words, problems: tuple[RowProblem, ...]) -> Mapping[str, str]:
    said: dict[str, str] = {}
    for problem in problems:
        said.setdefault(problem.field, w.error(problem))
    return said


def _reviewed(found: Review, w: Words) -> Mapping[str, Any]:
    return {
        "length_m": found.length_m,
        "visits": found.visits,
        "counts": found.counts,
        "faults": _faults(w, tuple(p for p in found.problems if p.severity == "error")),
        "notices": [w.error(p) for p in found.problems if p.severity == "notice"],
    }


def _taken(
    service: Service, request: Request, content: bytes, picture: Callable[[], Picture] | None
) -> Response:
    """Return what is answered to a record that was sent: that it is kept, or why not."""
    account, w = _account(request), words(language_of(request))
    post = read_post(content)
    if "prova" in request.query_params:
        return _heard(_reviewed(review(service, post, who=account.function), w))
    now = datetime.now(UTC)
    outcome = keep(service, post, now, who=account.function, picture=picture)
    if isinstance(outcome, Refused):
        faults = _faults(w, outcome.problems)
        said = " ".join(faults.values())
        return access.problem(said, 422, faults=faults, now_ms=now_ms())
    if not outcome.again:
        log.note(service.settings.signin, "changed", account, POST)
    notices = [w.error(problem) for problem in outcome.notices]
    return _heard({"kept": outcome.record_id, "again": outcome.again, "notices": notices})


def _heard(told: Mapping[str, Any]) -> Response:
    return JSONResponse({**told, "now_ms": now_ms()})


def _taking(served: Served, read: Read) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        service = served(request)
        own = is_own(request) and access.may_read(request.headers, service.settings)
        if not own:
            return told(AccessError("phone.elsewhere"), request, 403)
        try:
            async with _posted(request) as (content, photo):
                picture = partial(_picture, read, photo) if photo else None
                return await run_in_threadpool(_taken, service, request, content, picture)
        except (IntakeError, AccessError, UnknownIdError) as error:
            return told(error, request, 413 if error.key == "phone.too_large" else 422)
        except GeodataError as error:
            return told(error, request, 503)

    return take


def field_routes(served: Served, read: Read) -> list[Route]:
    """Return the routes of the field page; photos are made anew by what can `read` files."""
    open_ones: Mapping[str, Callable[[Request], Response]] = {
        PAGE: _page,
        "/falt/sw.js": _worker,
        "/falt/manifest.webmanifest": _manifest,
        "/assets/field.js": _part(script),
        "/assets/field.css": _part(sheet),
        "/assets/field-192.png": _icon_of("192"),
        "/assets/field-512.png": _icon_of("512"),
    }
    return [
        *(Route(path, answer) for path, answer in open_ones.items()),
        *routes(served, [(DATA, _data, LIGHT)]),
        Route(POST, _taking(served, read), methods=["POST"]),
    ]
