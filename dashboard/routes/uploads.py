"""Files from the reader's machine: a route that takes them, and a folder that forgets them.

A file is streamed to disk as it comes, and refused as soon as it is known to be too large: it is
never held in memory. Only a page of this server may send one.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Timer
from typing import Final
from urllib.parse import unquote
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from dashboard import access
from dashboard.routes.answers import LIGHT, Served, language_of, routes
from geodata.service import Service
from geodata.service.imports import REST
from geodata.service.recording import holds_identity_number
from geodata.texts import Words, words

LARGEST_BYTES: Final = 200_000_000
KEPT_S: Final = 2 * 3600.0
"""A file nobody has come back to after this long is removed, in seconds."""

EACH_AT_MOST: Final = 12
"""So many of one session's are kept; its oldest makes room."""

KEPT_AT_MOST: Final = 100
"""So many are kept in all; none makes room for somebody else's."""

PREFIX: Final = "lofteskartan-uploads-"
"""How the folder is called in which a process keeps files."""

HEADER: Final = "x-lofteskartan"
"""A page elsewhere can't send this header here without being allowed to, and it never is."""

SESSION: Final = "x-lofteskartan-session"
"""Whose file it is."""

_ID: Final = re.compile(r"[0-9a-f]{32}")
_UNSAFE: Final = re.compile(r"[^\w.\- åäöÅÄÖ]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: its id, folder, itself, when it was last asked for, and whose it is."""

    id: str
    folder: Path
    path: Path
    at: float
    session: str = ""


Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Does something after so many seconds, once; gives back what calls it off."""


def _later(seconds: float, do: Callable[[], None]) -> Callable[[], None]:
    timer = Timer(seconds, do)
    timer.daemon = True
    timer.start()
    return timer.cancel


class Uploads:
    """The files sent to this process, and to others that keep theirs in the same place."""

    def __init__(
        self,
        within: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        later: Later = _later,
    ) -> None:
        self._within = within or Path(tempfile.gettempdir())
        self._clock = clock
        self._later = later
        self._call_off: Callable[[], None] | None = None
        self._root: Path | None = None
        self._known: dict[str, Upload] = {}
        self._lock = Lock()

    def begin(self, name: str, session: str = "") -> Upload:
        """Make room for a file, and forget old ones."""
        with self._lock:
            if self._root is None or not self._root.is_dir():
                self._root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._within))
            self._forget_old()
            own = [one for one in self._known.values() if one.session == session]
            if len(own) >= EACH_AT_MOST:
                self._drop(min(own, key=lambda one: one.at))
            if len(self._known) >= KEPT_AT_MOST:
                raise OSError(errno.ENOSPC, "as many files as are kept wait already")
            id_ = uuid4().hex
            folder = self._root / id_
            folder.mkdir(mode=0o700)
            made = Upload(id_, folder, folder / safe_name(name), self._clock(), session)
            self._known[id_] = made
            self._set_alarm()
            return made

    def _forget_old(self) -> None:
        for upload in [one for one in self._known.values() if one.at < self._horizon]:
            self._drop(upload)

    @property
    def _horizon(self) -> float:
        """Before this time nobody has come back."""
        return self._clock() - KEPT_S

    def _drop(self, upload: Upload) -> None:
        self._known.pop(upload.id, None)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def find(self, id_: str) -> Upload | None:
        """Return a file that was sent, None if it is not, or no longer, here.

        Whoever asks has come back to it: it is kept on.
        """
        with self._lock:
            self._forget_old()
            found = self._known.get(id_)
            if found is None:
                return self._anothers(id_)
            self._known[id_] = kept = replace(found, at=self._clock())
            # Other processes see by the folder that somebody has use for it.
            with suppress(OSError):
                os.utime(kept.folder, (kept.at, kept.at))
            return kept

    def _anothers(self, id_: str) -> Upload | None:
        """Return a file that was sent to another process; it stays that one's to remove."""
        roots = self._others() if _ID.fullmatch(id_) else []
        for folder in (root / id_ for root in roots if (root / id_).is_dir()):
            path = next((one for one in folder.iterdir() if one.name != REST), None)
            if path is not None:
                with suppress(OSError):
                    os.utime(folder)
                return Upload(id_, folder, path, self._clock())
        return None

    def drop(self, upload: Upload) -> None:
        """Remove a file."""
        with self._lock:
            self._drop(upload)

    def sweep(self) -> None:
        """Remove what nobody has come back to, also what an earlier process has left behind."""
        with self._lock:
            self._call_off = None
            self._forget_old()
            left = [root for root in self._others() if not self._gone(root)]
            if self._known or left:
                self._set_alarm()

    def _set_alarm(self) -> None:
        if self._call_off is None:
            self._call_off = self._later(KEPT_S / 2, self.sweep)

    def _others(self) -> list[Path]:
        """Return folders of other processes, of which only those that have ended forget to look."""
        found = self._within.glob(f"{PREFIX}*")
        return [root for root in found if root != self._root and _is_mine(root)]

    def _gone(self, root: Path) -> bool:
        """Remove another process's folder if nobody comes back to anything in it; tell whether."""
        try:
            newest = max(path.lstat().st_mtime for path in (root, *root.iterdir()))
        except OSError:
            # It went while it was looked at.
            return True
        if newest >= self._horizon:
            return False
        shutil.rmtree(root, ignore_errors=True)
        return True

    def close(self) -> None:
        """Remove every file; for the server's end."""
        with self._lock:
            if self._call_off is not None:
                self._call_off()
                self._call_off = None
            self._known.clear()
            if self._root is not None:
                shutil.rmtree(self._root, ignore_errors=True)
                self._root = None


def _is_mine(folder: Path) -> bool:
    """Tell whether a folder is one, and this user's: others may write where it lies."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (os.name == "nt" or found.st_uid == os.getuid())


def safe_name(name: str) -> str:
    """Return a file's name without its folders and without what a file system may stumble over."""
    last = re.split(r"[\\/]", name)[-1]
    return _UNSAFE.sub("_", last).strip(". ")[:120] or "file"


def is_own(request: Request) -> bool:
    """Tell whether a request comes from a page of this server."""
    account = request.scope.get("account", access.OWN)
    said = request.headers.get(HEADER, "")
    return access.is_own_page(request.headers) and access.is_proof(account, said)


def _too_large(w: Words) -> Response:
    return access.problem(w("upload.too_large", megabytes=LARGEST_BYTES / 1e6), 413)


async def _kept(request: Request, name: str, uploads: Uploads, w: Words) -> Response:
    """Write what is sent and answer its id; what can't be kept leaves nothing."""
    asker = request.client.host if request.client else ""
    try:
        upload = uploads.begin(name, request.headers.get(SESSION, asker))
    except OSError:
        return access.problem(w("upload.no_room"), 507)
    try:
        if await _stream(request, upload):
            return JSONResponse({"upload": upload.id})
        answer = _too_large(w)
    except ClientDisconnect:
        answer = Response(status_code=400)
    except OSError:
        answer = access.problem(w("upload.no_room"), 507)
    uploads.drop(upload)
    return answer


async def _stream(request: Request, upload: Upload) -> bool:
    """Write what is sent; return whether it was small enough."""
    size = 0
    with upload.path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > LARGEST_BYTES:
                return False
            file.write(part)
    return True


def upload_routes(service: Served, uploads: Uploads) -> list[Route]:
    """Return the routes that take files, and give back what is left to be corrected."""
    # A server that was cut off has had no time to remove what it kept.
    uploads.sweep()

    async def take(request: Request) -> Response:
        w = words(language_of(request))
        if not (access.may_read(request.headers, service(request).settings) and is_own(request)):
            return access.problem(w("access.refused"), 403)
        declared = request.headers.get("content-length", "0")
        # A number of thousands of digits is refused by its length: int() would raise.
        known = declared.isdecimal() and len(declared) < len(str(LARGEST_BYTES)) * 2
        if not known or int(declared) > LARGEST_BYTES:
            return _too_large(w)
        name = unquote(request.query_params.get("name", ""))
        if holds_identity_number(name):
            return access.problem(w("error.intake.file_name_identity_number"), 422)
        return await _kept(request, name, uploads, w)

    def rest(_service: Service, request: Request) -> Response:
        upload = uploads.find(request.path_params["id"])
        path = upload.folder / REST if upload else None
        if upload is None or path is None or not path.is_file():
            return Response(status_code=404)
        name = f"{upload.path.stem}-att-ratta.csv"
        return FileResponse(path, media_type="text/csv; charset=utf-8", filename=name)

    table = (("/uploads/{id}/rest.csv", rest, LIGHT),)
    return [Route("/uploads", take, methods=["POST"]), *routes(service, table)]
