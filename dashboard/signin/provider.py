"""The OpenID Connect provider: where people sign in, and what it says of them.

Authorization code with PKCE, by the provider's own discovery document; state, nonce, signature,
issuer, audience and times are checked by Authlib. A proxy that has signed people in says the same
in headers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.requests import Request

from dashboard.access import ROLES, Account
from geodata.errors import AccessError
from geodata.service.imports import author_of
from geodata.settings import SignIn

LEEWAY_S: Final = 60
"""So much may the provider's clock differ from this one's."""

WAIT_S: Final = 10.0
"""So long the provider may take to answer."""

SIGNED_WITH: Final = re.compile(r"(RS|PS|ES)(256|384|512)|EdDSA|Ed25519")
"""How an ID token may be signed: by a key of the provider's own, never by a shared secret."""


NO_ANSWER: Final = (
    *(AuthlibBaseError, JoseError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError),
)
"""What is raised where what comes back answers nothing that we asked, or is no answer at all."""

LOG: Final = logging.getLogger(__name__)


def account_of(settings: SignIn, said: Mapping[str, Any], id_: str) -> Account:
    """Return the account that claims or headers tell of, which is called `id_` where it comes from.

    AccessError ``signin.no_function`` where nothing can stand as who, ``signin.no_role`` where none
    of its groups is anything here.
    """
    function, problems = author_of({"by": str(said.get(settings.function) or "")})
    if problems:
        raise AccessError("signin.no_function", name=settings.function)
    groups = _listed(said.get(settings.groups))
    roles = tuple(role for role in ROLES if groups & {*settings.roles.get(role, ())})
    if not roles:
        raise AccessError("signin.no_role", function=function)
    parties = tuple(party for party, own in settings.parties.items() if groups & {*own})
    return Account(function, roles, parties, id_)


def _listed(groups: object) -> frozenset[str]:
    """Return groups as a provider lists them, or a header does with commas between."""
    given = groups.split(",") if isinstance(groups, str) else groups
    listed = given if isinstance(given, list) else ()
    return frozenset(str(one).strip() for one in listed)


def of_proxy(settings: SignIn, peer: str, headers: Mapping[str, str]) -> Account | None:
    """Return who a proxy says has signed in; None where it says nothing, or is none of ours."""
    try:
        known = ip_address(peer) in {ip_address(one) for one in settings.proxies}
    except ValueError:
        return None
    said = {name: _read(headers.get(name, "")) for name in (settings.function, settings.groups)}
    if not known or not said[settings.function]:
        return None
    return account_of(settings, said, said[settings.function])


def _read(value: str) -> str:
    """Return a header's text, which proxies write as UTF-8 and servers read byte by byte."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


class Provider:
    """The provider that the settings name."""

    def __init__(self, settings: SignIn) -> None:
        self._settings = settings
        self._client: Any = OAuth().register(
            "provider",
            client_id=settings.client_id,
            client_secret=settings.client_secret or None,
            server_metadata_url=f"{settings.provider}/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.scope,
                "code_challenge_method": "S256",
                "timeout": WAIT_S,
                **({} if settings.client_secret else {"token_endpoint_auth_method": "none"}),
            },
        )

    async def begin(self, request: Request, back: str, *, anew: bool = False) -> str:
        """Return the address at the provider where somebody signs in, and comes `back` from.

        The request's `session` remembers what is asked until then. Asked `anew`, the provider asks
        who it is, though it remembers somebody.
        """
        try:
            await self._known()
            asked = await self._client.create_authorization_url(
                back, **({"prompt": "login"} if anew else {})
            )
            await self._client.save_authorize_data(request, redirect_uri=back, **asked)
        except (AuthlibBaseError, HTTPError, RuntimeError, ValueError, KeyError) as error:
            raise AccessError("signin.unreachable") from error
        return str(asked["url"])

    async def end(self, request: Request) -> tuple[Account, str]:
        """Return who has come back from the provider, and the token that tells so."""
        try:
            metadata = await self._known()
            if request.query_params.get("iss", metadata["issuer"]) != metadata["issuer"]:
                raise ValueError(request.query_params["iss"])  # RFC 9207
            token = await self._client.authorize_access_token(
                request,
                leeway=LEEWAY_S,
                claims_options={
                    "iss": {"essential": True, "value": metadata["issuer"]},
                    "aud": {"essential": True, "value": self._settings.client_id},
                    "sub": {"essential": True},
                    "nonce": {"essential": True},
                },
            )
            claims = dict(token["userinfo"])
            wanted = {self._settings.function, self._settings.groups}
            if not wanted <= claims.keys() and "userinfo_endpoint" in metadata:
                more = await self._client.userinfo(token=token)
                # Of the same account, or it says nothing (OpenID Connect Core, 5.3.2).
                claims = {**more, **claims} if more.get("sub") == claims["sub"] else claims
        except HTTPError as error:
            raise AccessError("signin.unreachable") from error
        except NO_ANSWER as error:
            # Whoever runs the server has to know more than who wanted in.
            LOG.warning("sign-in failed: %s: %s", type(error).__name__, error)
            raise AccessError("signin.failed") from error
        return account_of(self._settings, claims, str(claims["sub"])), str(token["id_token"])

    async def sign_out(self, id_token: str, back: str) -> str:
        """Return the address that ends the provider's session too; `back` where it has none."""
        try:
            await self._known()
            told = await self._client.create_logout_url(
                back, id_token or None, client_id=self._settings.client_id
            )
        except (AuthlibBaseError, HTTPError, RuntimeError, AccessError):
            return back
        return str(told["url"])

    async def _known(self) -> Mapping[str, Any]:
        """Return the provider's discovery document, which has to be its own."""
        found: dict[str, Any] = await self._client.load_server_metadata()
        if str(found.get("issuer", "")).rstrip("/") != self._settings.provider:
            raise AccessError("signin.unreachable")
        said = found.get("id_token_signing_alg_values_supported") or ["RS256"]
        found["id_token_signing_alg_values_supported"] = [
            name for name in said if SIGNED_WITH.fullmatch(name)
        ]
        return found
