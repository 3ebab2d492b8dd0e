"""Signing in and out, and the administrator's page of who did what."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import urlencode

from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import access
from dashboard.access import Account
from dashboard.signin import log
from dashboard.signin.entrance import Entrance
from dashboard.signin.pages import SIGN_IN, language_of, shown, sign_in_page, way_back
from geodata.errors import AccessError
from geodata.texts import words

FLOW_S: Final = 600
"""So long somebody may take at the provider."""


class _Apart:
    """Keeps what is remembered of a request from Streamlit, which would make a cookie of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope}, receive, send)


class _SigningIn:
    """The routes of one entrance."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._settings = entrance.settings
        self._back = f"{entrance.settings.address}{SIGN_IN}/svar"

    async def page(self, request: Request) -> Response:
        """Answer with the page on which one signs in, or lead on who has."""
        account: Account = request.scope["account"]
        if account.is_signed_in:
            return RedirectResponse(way_back(request.query_params.get("till", "")), 303)
        said = words(language_of(request))("signin.out") if "ut" in request.query_params else ""
        return sign_in_page(self._settings, request, said)

    async def start(self, request: Request) -> Response:
        """Lead to the provider."""
        request.session["till"] = way_back(request.query_params.get("till", ""))
        request.session["lang"] = language_of(request)
        try:
            anew = "om" in request.query_params
            to = await self._entrance.provider.begin(request, self._back, anew=anew)
            return RedirectResponse(to, 303)
        except AccessError as error:
            return self._told(request, error, 502)

    async def end(self, request: Request) -> Response:
        """Take in who comes back from the provider."""
        till = way_back(str(request.session.get("till", "")))
        sessions = self._entrance.sessions
        try:
            account, id_token = await self._entrance.provider.end(request)
        except AccessError as error:
            log.note(self._settings, "refused", access.NOBODY, f"{SIGN_IN}: {error.key}")
            return self._told(request, error, 502 if error.key == "signin.unreachable" else 403)
        before = self._entrance.session(request.scope, used=False)
        if before is not None:
            sessions.end(before.account.session)
        cookie = sessions.begin(account, id_token)
        log.note(self._settings, "signed_in", account, till)
        answer = RedirectResponse(till, 303)
        answer.set_cookie(
            self._entrance.cookie,
            cookie,
            httponly=True,
            secure=self._settings.is_encrypted,
            samesite="lax",
        )
        return answer

    def _told(self, request: Request, error: AccessError, status: int) -> Response:
        language = request.session.get("lang", "sv")
        return sign_in_page(self._settings, request, words(language).error(error), status)

    async def standing(self, request: Request) -> Response:
        """Tell a page whether its session is still there."""
        return JSONResponse({"signed_in": request.scope["account"].is_signed_in})

    async def out(self, request: Request) -> Response:
        """End a session, here and at the provider, if a page of ours asks for it."""
        account: Account = request.scope["account"]
        proof = request.query_params.get("bevis", "")
        found = self._entrance.session(request.scope, used=False)
        gone = f"{SIGN_IN}?{urlencode({'ut': '1', 'lang': language_of(request)})}"
        if found is None:
            return RedirectResponse(gone, 303)
        if not (access.is_own_page(request.headers) and access.is_proof(account, proof)):
            return RedirectResponse("/", 303)
        self._entrance.sessions.end(found.account.session)
        log.note(self._settings, "signed_out", account, "")
        back = f"{self._settings.address}{SIGN_IN}?ut=1"
        answer = RedirectResponse(await self._entrance.provider.sign_out(found.id_token, back), 303)
        answer.delete_cookie(
            self._entrance.cookie, secure=self._settings.is_encrypted, httponly=True, samesite="lax"
        )
        return answer

    async def log(self, request: Request) -> Response:
        """Answer with a day of the access log."""
        days = log.days(self._settings)
        try:
            day = date.fromisoformat(request.query_params.get("dag", ""))
        except ValueError:
            day = days[0] if days else date.min
        return shown(
            "access_log.html",
            request,
            days=days,
            day=day,
            lines=log.lines(self._settings, day),
            kept=self._settings.log_days,
        )


def signin_routes(entrance: Entrance) -> list[Route]:
    """Return the routes of signing in and out, and of the access log."""
    signing = _SigningIn(entrance)

    def remembering(answer: ASGIApp) -> ASGIApp:
        # What was asked of the provider, until it answers: signed, and gone after that.
        return _Apart(
            SessionMiddleware(
                answer,
                entrance.sessions.key,
                session_cookie="lofteskartan-inloggning",
                max_age=FLOW_S,
                path=SIGN_IN,
                same_site="lax",
                https_only=entrance.settings.is_encrypted,
            )
        )

    return [
        Route(SIGN_IN, signing.page),
        Route(f"{SIGN_IN}/start", remembering(request_response(signing.start))),
        Route(f"{SIGN_IN}/svar", remembering(request_response(signing.end))),
        Route(f"{SIGN_IN}/lage", signing.standing),
        Route("/utloggning", signing.out),
        Route("/atkomst", signing.log),
    ]
