"""Where people come in: what of a request tells who asks, and their sessions.

Who has signed in stands in a file each, so that every process of the server knows them. The browser
holds a random name and nothing else; the file is called by that name's digest, so that whoever
reads the folder can't be anybody. Signing out removes it, and a stolen cookie is worth nothing
after that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from dashboard.access import Account, account_from
from dashboard.signin.provider import Provider, of_proxy
from dashboard.signin.tokens import Tokens
from geodata.atomic import put_in_place
from geodata.errors import AccessError
from geodata.settings import SignIn

NOTED_EVERY_S: Final = 30.0
"""A session's use is noted no more often than this."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who has signed in, when (seconds since 1970), and what ends it at the provider."""

    account: Account
    began_s: float
    id_token: str = ""


class Sessions:
    """The sessions that are under way; `clock` counts seconds since 1970."""

    def __init__(self, settings: SignIn, clock: Callable[[], float] = time.time) -> None:
        self._idle_s = settings.idle_minutes * 60.0
        self._longest_s = settings.longest_minutes * 60.0
        self._clock = clock
        self._folder = settings.kept_in / "sessions"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.key: Final = _key(settings.kept_in / "key")
        """What cookies are signed with."""
        self._signer = TimestampSigner(self.key, salt="session")

    def begin(self, account: Account, id_token: str = "") -> str:
        """Begin a session; return its cookie's value."""
        self._sweep()
        name = secrets.token_urlsafe(32)
        mark = _mark(name)
        session = Session(replace(account, session=mark), self._clock(), id_token)
        new = self._folder / f"{mark}.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(session)), encoding="utf-8")
        put_in_place(new, self._file(mark))
        self._note(self._file(mark))
        return self._signer.sign(name).decode()

    def find(self, cookie: str, *, used: bool) -> Session | None:
        """Return a cookie's session, None where there is none or it has ended.

        Parameters
        ----------
        cookie : str
            As the browser sent it.
        used : bool
            Whether somebody is at work, and not only a page that asks by itself.
        """
        try:
            name = self._signer.unsign(cookie).decode("ascii")
        except (BadSignature, UnicodeDecodeError):
            return None
        return self.of(_mark(name), used=used)

    def of(self, mark: str, *, used: bool) -> Session | None:
        """Return the session of a mark, as `find` does."""
        file = self._file(mark)
        try:
            seen_s = file.stat().st_mtime
            told = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        now_s = self._clock()
        if now_s - seen_s > self._idle_s or now_s - told["began_s"] > self._longest_s:
            self.end(mark)
            return None
        if used and now_s - seen_s > NOTED_EVERY_S:
            self._note(file)
        return Session(account_from(told["account"]), told["began_s"], told["id_token"])

    def end(self, mark: str) -> None:
        """End a session, for every process at once."""
        self._file(mark).unlink(missing_ok=True)

    def proof(self, mark: str) -> str:
        """Return what a page of ours, and no other, can say in somebody's name."""
        return hmac.new(self.key.encode(), mark.encode(), hashlib.sha256).hexdigest()[:32]

    def _file(self, mark: str) -> Path:
        return self._folder / f"{mark}.json"

    def _note(self, file: Path) -> None:
        # One that was ended this moment stays ended.
        with suppress(FileNotFoundError):
            os.utime(file, (self._clock(), self._clock()))

    def _sweep(self) -> None:
        """Remove what has ended by itself."""
        for file in self._folder.iterdir():
            with suppress(OSError):
                if self._clock() - file.stat().st_mtime > self._idle_s:
                    file.unlink()


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _key(file: Path) -> str:
    """Return the server's own secret, made at its first start."""
    with suppress(FileExistsError):
        new = file.with_name(f"key.{secrets.token_hex(8)}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            # Whole, or another process's: who comes second takes the first one's.
            os.link(new, file)
        finally:
            new.unlink()
    return file.read_text(encoding="ascii")


# --- the way in ----------------------------------------------------------------------------------

BY_THEMSELVES: Final = (
    "/mote/lage",
    "/inloggning/lage",
    "/healthz",
    "/readyz",
    "/layers/",
    "/tiles/",
)
"""What pages ask for without anybody at work: it keeps no session going."""


class Entrance:
    """The way in where people sign in: with a provider, or a proxy that has seen to it."""

    def __init__(self, settings: SignIn) -> None:
        self.settings = settings
        self.sessions = Sessions(settings)
        self.provider = Provider(settings)
        self.tokens = Tokens(settings)
        # A browser takes this name only from this very host, and only over TLS (RFC 6265bis).
        self.cookie: Final = ("__Host-" if settings.is_encrypted else "") + "lofteskartan"

    def session(self, scope: Scope, *, used: bool) -> Session | None:
        """Return the session that a request's cookie names."""
        cookie = HTTPConnection(scope).cookies.get(self.cookie, "")
        return self.sessions.find(cookie, used=used)

    def account(self, scope: Scope) -> Account | None:
        """Return who asks, or for whom a program does; None where it is not known."""
        return self._signed_in(scope) or self.tokens.account(scope)

    def _signed_in(self, scope: Scope) -> Account | None:
        if self.settings.proxies:
            peer = (scope.get("client") or ("",))[0]
            try:
                told = of_proxy(self.settings, peer, Headers(scope=scope))
            except AccessError:
                return None
            return told and replace(told, proof=self.sessions.proof(told.id))
        used = not scope["path"].startswith(BY_THEMSELVES)
        found = self.session(scope, used=used)
        if found is None:
            return None
        return replace(found.account, proof=self.sessions.proof(found.account.session))

    def is_in(self, account: Account, used: bool) -> bool:
        """Tell whether somebody is still signed in; `used` if they, and not their page, ask."""
        return not account.session or self.sessions.of(account.session, used=used) is not None
