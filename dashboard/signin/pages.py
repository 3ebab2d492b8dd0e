"""What is shown where somebody is not in: the sign-in page, a refusal, and the way back."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dashboard.access import PAGES, Account, Right, right_of
from dashboard.address import PAGE_PATHS, PageName
from dashboard.look import templates
from dashboard.signin import log
from geodata.errors import AccessError
from geodata.model import Language
from geodata.settings import SignIn
from geodata.texts import words

SIGN_IN: Final = "/inloggning"

POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'"
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


def shown(template: str, request: Request, status: int = 200, **values: Any) -> Response:
    """Return a page outside the dashboard itself."""
    w = words(language_of(request))
    text = templates().get_template(template).render(w=w, **values)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
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
    here = {code: f"{SIGN_IN}?{urlencode({'till': till, 'lang': code})}" for code in ("sv", "en")}
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
        return JSONResponse({"error": w("signin.not_for_you")}, 403)
    if wants_page and not settings.proxies:
        till = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'till': till})}", 303)
    if wants_page:
        return sign_in_page(settings, request, status=401)
    return JSONResponse({"error": w.error(AccessError("signin.first"))}, 401)
