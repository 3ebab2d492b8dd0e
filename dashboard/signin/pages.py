"""Signing in and out: the pages and routes of it, a refusal, and the log as it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.access import (
    NOBODY,
    PAGES,
    Account,
    Right,
    is_own_page,
    is_proof,
    problem,
    right_of,
)
from dashboard.address import PAGE_PATHS, PageName
from dashboard.look import templates
from dashboard.signin import log
from dashboard.signin.entrance import Entrance
from dashboard.signin.tokens import IN_ADDRESS, LONGEST_DAYS, WAYS
from geodata.errors import AccessError
from geodata.model import LANGUAGES, Language, Party
from geodata.settings import SignIn
from geodata.texts import words

SIGN_IN: Final = "/inloggning"

POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; base-uri 'none'"
)
"""What a page outside the dashboard itself may do: look like something."""

BAD: Final = 400
"""Answers from here on say that something went wrong."""

LONGEST_RETURN: Final = 8_000


def way_back(asked: str) -> str:
    r"""Return where to go after signing in: a place on this server, the map for anything else.

    A browser reads ``//host`` and ``/\host`` as another server's, and passes over control
    characters in between.
    """
    is_ours = (
        asked.startswith("/") and asked[1:2] not in ("/", "\\") and len(asked) < LONGEST_RETURN
    )
    path = urlsplit(asked).path if is_ours and asked.isprintable() and "\\" not in asked else ""
    return asked if path and not path.startswith((SIGN_IN, "/utloggning")) else "/"


def language_of(request: Request) -> Language:
    """Return the language of the address, or of the one that is to be returned to."""
    back = urlsplit(way_back(request.query_params.get("till", ""))).query
    asked = request.query_params.get("lang") or parse_qs(back).get("lang", [""])[-1]
    return "en" if asked == "en" else "sv"


def shown(
    template: str, request: Request, status: int = 200, *, sends: bool = False, **values: Any
) -> Response:
    """Return a page outside the dashboard itself; what it `sends` goes to this server."""
    w = words(language_of(request))
    text = templates().get_template(template).render(w=w, **values)
    forms = "'self'" if sends else "'none'"
    headers = {"Content-Security-Policy": f"{POLICY}; form-action {forms}"}
    headers["Cache-Control"] = "no-store"
    return HTMLResponse(text, status, headers)


def sign_in_page(
    settings: SignIn, request: Request, sentence: str = "", status: int = 200
) -> Response:
    """Return the page on which somebody begins to sign in, with what is to be said to them."""
    till = way_back(request.query_params.get("till", ""))
    asked = {"till": till, "lang": language_of(request)}
    if status >= BAD:
        # Somebody else may want to come in than whom the provider remembers.
        asked["om"] = "1"
    here = {code: f"{SIGN_IN}?{urlencode({'till': till, 'lang': code})}" for code in LANGUAGES}
    return shown(
        "sign_in.html",
        request,
        status,
        start=f"{SIGN_IN}/start?{urlencode(asked)}",
        is_out=status < BAD,
        provider=settings.name,
        is_proxied=bool(settings.proxies),
        sentence=sentence,
        languages=here,
    )


def page_right(path: str) -> Right:
    """Return what it takes to see an address, a page's among them."""
    named = {f"/{own}": name for name, own in PAGE_PATHS.items()}
    page: PageName | None = named.get(path)
    return PAGES[page] if page is not None else right_of(path)


def refusal_of(settings: SignIn, request: Request, account: Account) -> Response | None:
    """Return what is answered to who may not see an address; None to who may."""
    path = request.url.path
    right = page_right(path)
    if account.may(right):
        return None
    w = words(language_of(request))
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if account.is_signed_in:
        log.note(settings, "refused", account, path)
        if wants_page:
            return shown("not_for_you.html", request, 403, function=account.function)
        return problem(w("signin.not_for_you"), 403)
    if wants_page and not settings.proxies:
        till = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'till': till})}", 303)
    if wants_page:
        return sign_in_page(settings, request, status=401)
    if "authorization" in request.headers:
        log.note(settings, "refused", NOBODY, path)
    # A program that has a token sends it when it is asked for one.
    ask = {"WWW-Authenticate": 'Basic realm="Löfteskartan"'} if WAYS.fullmatch(path) else None
    return problem(w.error(AccessError("signin.first")), 401, ask)


def too_often(settings: SignIn | None, request: Request, wait_s: int) -> Response:
    """Return what is answered to who asks too often: in words, and when to ask again."""
    error = AccessError("access.too_often", count=wait_s)
    said = words(language_of(request)).error(error)
    if settings is not None and request.url.path.startswith(SIGN_IN):
        answer = sign_in_page(settings, request, said, 429)
    else:
        answer = problem(said, 429)
    answer.headers["Retry-After"] = str(wait_s)
    return answer


# --- signing in and out, and who did what ---------------------------------------------------------

FLOW_S: Final = 600
"""So long somebody may take at the provider."""


class _Apart:
    """Keeps what is remembered of a request from Streamlit, which would make a cookie of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope}, receive, send)


TOKENS: Final = "/nycklar"

USUAL_DAYS: Final = 90
"""Until when a token is good where nobody says otherwise."""

LONGEST_FORM: Final = 4_000


async def posted(request: Request) -> dict[str, str]:
    """Return what a form has sent; nothing of one that is longer than any of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


class _SigningIn:
    """The routes of one entrance."""

    def __init__(self, entrance: Entrance, parties: Callable[[], Mapping[str, Party]]) -> None:
        self._entrance, self._parties = entrance, parties
        self._settings = entrance.settings
        self._back = f"{entrance.settings.address}{SIGN_IN}/svar"
        secure = entrance.settings.is_encrypted
        self._cookies: Any = {"httponly": True, "secure": secure, "samesite": "lax"}

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
            log.note(self._settings, "refused", NOBODY, f"{SIGN_IN}: {error.key}")
            return self._told(request, error, 502 if error.key == "signin.unreachable" else 403)
        before = self._entrance.session(request.scope, used=False)
        if before is not None:
            sessions.end(before.account.session)
        cookie = sessions.begin(account, id_token)
        log.note(self._settings, "signed_in", account, till)
        answer = RedirectResponse(till, 303)
        answer.set_cookie(self._entrance.cookie, cookie, **self._cookies)
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
        if not (is_own_page(request.headers) and is_proof(account, proof)):
            return RedirectResponse("/", 303)
        self._entrance.sessions.end(found.account.session)
        log.note(self._settings, "signed_out", account, "")
        back = f"{self._settings.address}{SIGN_IN}?ut=1"
        answer = RedirectResponse(await self._entrance.provider.sign_out(found.id_token, back), 303)
        answer.delete_cookie(self._entrance.cookie, **self._cookies)
        return answer

    async def tokens(self, request: Request) -> Response:
        """Answer with somebody's tokens; make one or end one if a page of ours asks for it."""
        account: Account = request.scope["account"]
        tokens, given, made, sentence = self._entrance.tokens, {}, "", ""
        if request.method == "POST":
            given = await posted(request)
            if not (is_own_page(request.headers) and is_proof(account, given.get("proof", ""))):
                return RedirectResponse(TOKENS, 303)
            if "renew" in given:
                if renewed := tokens.renew(account, given["renew"]):
                    made, given = renewed[0], {"party": renewed[1].party}
                    log.note(self._settings, "token_made", account, renewed[1].name)
            elif "mark" in given:
                if tokens.end(account, given["mark"]):
                    log.note(self._settings, "token_ended", account, given["mark"][:12])
                return RedirectResponse(f"{TOKENS}?lang={language_of(request)}", 303)
            else:
                made, sentence = self._made(account, given, language_of(request))
        today = tokens.today()
        return shown(
            "tokens.html",
            request,
            BAD if sentence else 200,
            sends=True,
            account=account,
            tokens=tokens.of(account),
            typed={} if made else given,
            made=made,
            sentence=sentence,
            first=today,
            usual=today + timedelta(USUAL_DAYS),
            last=today + timedelta(LONGEST_DAYS),
            address=self._address(given.get("party", ""), made, language_of(request)),
            party=given.get("party") or request.query_params.get("part", ""),
            parties=self._parties(),
            languages={code: f"{TOKENS}?lang={code}" for code in LANGUAGES},
        )

    def _made(
        self, account: Account, given: Mapping[str, str], language: Language
    ) -> tuple[str, str]:
        """Return a new token, or else why there is none."""
        party = given.get("party", "")
        if party and party not in self._parties():
            return "", words(language).error(AccessError("token.party"))
        try:
            name, until = given.get("name", ""), given.get("until", "")
            made = self._entrance.tokens.make(account, name, until, party)
        except AccessError as error:
            return "", words(language).error(error)
        log.note(self._settings, "token_made", account, given["name"])
        return made, ""

    def _address(self, party: str, made: str, language: Language) -> str:
        """Return where a token leads: to the map's collections, or a party's calendar with it."""
        if not party:
            return f"{self._settings.address}/ogc"
        said = urlencode({"lang": language, IN_ADDRESS: made})
        return f"{self._settings.address}/kalender/{quote(party)}.ics?{said}"

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


def signin_routes(
    entrance: Entrance, parties: Callable[[], Mapping[str, Party]] = dict
) -> list[Route]:
    """Return the routes of signing in and out, of tokens, and of the access log."""
    signing = _SigningIn(entrance, parties)

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
        Route(TOKENS, signing.tokens, methods=["GET", "POST"]),
    ]
