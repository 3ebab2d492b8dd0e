"""Where people come in: what of a request tells who asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from dashboard.access import Account
from dashboard.signin.provider import Provider, of_proxy
from dashboard.signin.sessions import Session, Sessions
from geodata.errors import AccessError
from geodata.settings import SignIn

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
        # A browser takes this name only from this very host, and only over TLS (RFC 6265bis).
        self.cookie: Final = ("__Host-" if settings.is_encrypted else "") + "lofteskartan"

    def session(self, scope: Scope, *, used: bool) -> Session | None:
        """Return the session that a request's cookie names."""
        cookie = HTTPConnection(scope).cookies.get(self.cookie, "")
        return self.sessions.find(cookie, used=used)

    def account(self, scope: Scope) -> Account | None:
        """Return who asks, None where it is not known."""
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
