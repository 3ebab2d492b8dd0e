"""Who is asking, and what they may do: one rule for the pages and for the routes beside them.

On one's own machine nobody signs in, and the rule is about the address that was asked for: a
server on this machine answers to this machine's names only, which also keeps a page elsewhere from
reading it through a name of its own that points here (DNS rebinding). `--open` names others, or
any. Where people sign in, what each may do follows from their groups at the provider: the tables
`RIGHTS`, `PAGES`, `FORMS` and `ROUTES` are all there is to read, and a route that stands in none
of them is not served. What changes something or is costly is asked by this server's own pages only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.routing import compile_path

from geodata.service.limited import Limits
from geodata.settings import Role, Settings

# --- what each may do -----------------------------------------------------------------------------

Right = Literal[
    "open",
    "read",
    "record",
    "see_internal",
    "plan",
    "meet",
    "promise",
    "import",
    "publish",
    "administer",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

EVERYBODY: Final[frozenset[Role]] = frozenset(ROLES)
RECORDERS: Final[frozenset[Role]] = EVERYBODY - {"reader"}
PLANNERS: Final[frozenset[Role]] = frozenset({"planner", "administrator"})

RIGHTS: Final[Mapping[Right, frozenset[Role]]] = {
    "read": EVERYBODY,
    # Activities, walks and findings; a recorder those of their own party.
    "record": RECORDERS,
    # Findings for those who work with them only.
    "see_internal": RECORDERS,
    # Hot spots and plans: to see them as well as to make them.
    "plan": PLANNERS,
    "meet": PLANNERS,
    "promise": PLANNERS,
    "import": PLANNERS,
    "publish": PLANNERS,
    "administer": frozenset({"administrator"}),
}
"""Who may do what."""

PAGES: Final[Mapping[str, Right]] = {
    "map": "read",
    "followup": "read",
    "duties": "read",
    "meeting": "read",
    "statement": "read",
    "record": "record",
    "planning": "plan",
    "importing": "import",
    "adding": "promise",
}
"""What each page takes, by its name."""

FORMS: Final[Mapping[str, Right]] = {
    **PAGES,
    "map": "record",
    "duties": "record",
    "followup": "promise",
    "meeting": "meet",
}
"""What it takes to send a form on each page."""

OPEN: Final[Right] = "open"
"""What is answered to anybody: it tells nothing of the register."""

ROUTES: Final[Mapping[str, Right]] = {
    "/healthz": OPEN,
    "/readyz": OPEN,
    # To who says the token.
    "/metrics": OPEN,
    # What the sign-in page is made of.
    "/inloggning": OPEN,
    "/inloggning/start": OPEN,
    "/inloggning/svar": OPEN,
    "/inloggning/lage": OPEN,
    "/utloggning": OPEN,
    "/assets/{name}.woff2": OPEN,
    "/assets/theme.css": OPEN,
    "/atkomst": "administer",
    # One's own; an administrator sees everybody's.
    "/nycklar": "read",
    # Where the settings say that it is served.
    "/oppen-sida": OPEN,
    "/oppen-sida/{path:path}": OPEN,
    "/layers/hot_spots": "plan",
    "/layers/{name}": "read",
    "/assets/leaflet/{path:path}": "read",
    "/assets/map/{path:path}": "read",
    "/assets/map.js": "read",
    "/assets/map.css": "read",
    "/assets/page.css": "read",
    "/assets/panel.js": "read",
    "/tiles/{theme}/{z}/{x}/{name}": "read",
    "/vandringsblad/{walk_id}": "read",
    "/vandring/{walk_id}.ics": "read",
    # To calendar programs by a token of its own in the address.
    "/kalender/{party_id}.ics": "read",
    # Who sees the record.
    "/foto/{path:path}": "read",
    "/underlag/{promise_id}": "read",
    "/schema/{plan_id}.{ending}": "plan",
    "/schemablad/{plan_id}": "plan",
    "/slinga/{plan_id}.gpx": "plan",
    "/slingblad/{plan_id}": "plan",
    "/export/hot_spots.{ext}": "plan",
    "/export/promises/{name}.toml": "promise",
    "/export/{path:path}": "read",
    "/dokument/{name}": "read",
    "/publicera/{path:path}": "publish",
    "/ogc/collections/hot_spots": "plan",
    "/ogc/collections/hot_spots/{path:path}": "plan",
    "/ogc": "read",
    "/ogc/{path:path}": "read",
    "/mote/lage": "read",
    # Who has the address; what is sent to it is taken while its walk is open for residents.
    "/vandra/{secret}": OPEN,
    "/assets/residents.js": OPEN,
    "/assets/residents.css": OPEN,
    "/sok": "read",
    "/sok/platser": "record",
    # The page tells nothing of the register; what it keeps and sends is for who records.
    "/falt": OPEN,
    "/falt/sw.js": OPEN,
    "/falt/manifest.webmanifest": OPEN,
    "/assets/field.js": OPEN,
    "/assets/field.css": OPEN,
    "/assets/field-192.png": OPEN,
    "/assets/field-512.png": OPEN,
    "/falt/data.json": "record",
    "/falt/ko": "record",
    # A walk's track is a file as well.
    "/uploads": "record",
    "/uploads/{id}/rest.csv": "import",
}
"""What each route takes; the first that fits decides."""


SMALL_PHOTO: Final = "/liten"
"""How the address of a photo's thumbnail ends."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who asks."""

    # What stands as who in every revision; empty where nobody has to sign in.
    function: str
    roles: tuple[Role, ...]
    # Whose records they write down, by id.
    parties: tuple[str, ...] = ()
    # What the provider calls the account.
    id: str = ""
    # What theirs is known by here; never what their browser shows.
    session: str = ""
    # What only their pages can say with all that changes something.
    proof: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether it is known who this is."""
        return bool(self.function)

    @property
    def mark(self) -> str:
        """What the account is called where its name need not stand; empty where nobody signs in."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:16] if self.id else ""

    def may(self, right: Right) -> bool:
        """Tell whether one of the roles has a right."""
        return right == OPEN or not RIGHTS[right].isdisjoint(self.roles)

    @property
    def limits(self) -> Limits | None:
        """What of the register is kept from them; None for nothing."""
        if self.may("plan"):
            return None
        own = frozenset(self.parties if self.may("record") else ())
        return Limits(sees_planning=False, sees_internal=self.may("see_internal"), parties=own)


OWN: Final = Account("", ROLES)
"""Whoever sits at a server of their own, or has opened it to all."""

NOBODY: Final = Account("", ())


UNSIGNED: Final = "upload"
"""What a page says where nobody has to sign in; one elsewhere can't send it in a header."""


def is_proof(account: Account, said: str) -> bool:
    """Tell whether what changes something is said by one of an account's own pages."""
    return hmac.compare_digest(said.encode(), (account.proof or UNSIGNED).encode())


def right_of(path: str) -> Right:
    """Return what an address takes; what is no route of ours is a page's or leads to one."""
    return next((right for found, right in _routes() if found.fullmatch(path)), "read")


@cache
def _routes() -> tuple[tuple[re.Pattern[str], Right], ...]:
    return tuple((compile_path(path)[0], right) for path, right in ROUTES.items())


HEADER: Final = "x-lofteskartan-account"
"""How the door tells a page's script who asks. What comes from outside by this name is dropped."""


def written(account: Account) -> str:
    """Return an account as a header's value."""
    return base64.b64encode(json.dumps(asdict(account)).encode()).decode()


def asking(headers: Mapping[str, str], settings: Settings) -> Account:
    """Return who asks, as the door has written it; `NOBODY` where people sign in and it has not."""
    said = headers.get(HEADER)
    if said is None:
        return OWN if settings.signin is None else NOBODY
    return account_from(json.loads(base64.b64decode(said)))


def account_from(told: Mapping[str, Any]) -> Account:
    """Return an account from its fields as JSON has them."""
    fields: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in told.items()}
    return Account(**fields)


# --- from where -----------------------------------------------------------------------------------

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:\s,]+)(:\d+)?")
"""A Host header: a name, or an IPv6 address in brackets, and perhaps a port (RFC 9110, 7.2)."""

USUAL_PORTS: Final = {"http": 80, "https": 443}


def host_name(host: str) -> str | None:
    """Return a Host header's name without its port, in lower case; None if it is malformed."""
    found = _HOST.fullmatch(host.lower())
    return found["name"] if found else None


def may_read(headers: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether a request asks for a name that this server answers to."""
    name = host_name(headers.get("host", ""))
    opened = {known.lower() for known in settings.open_to}
    if settings.signin is not None:
        opened.add(str(host_name(urlsplit(settings.signin.address).netloc)))
    return "*" in opened or (name is not None and name in LOOPBACK_NAMES | opened)


def is_same_origin(origin: str, host: str) -> bool:
    """Tell whether an Origin, or another page's address, has the host and port asked for."""
    try:
        asking = urlsplit(origin.lower())
        usual = USUAL_PORTS[asking.scheme]
        asked = urlsplit(f"//{host.lower()}")
        same_port = (asking.port or usual) == (asked.port or usual)
    except (KeyError, ValueError):
        return False
    return asking.hostname is not None and asking.hostname == asked.hostname and same_port


def is_own_page(headers: Mapping[str, str]) -> bool:
    """Tell whether nothing says that a request comes from another site's page."""
    host = headers.get("host", "")
    asking = (headers.get("origin"), headers.get("referer"))
    if not all(is_same_origin(page, host) for page in asking if page is not None):
        return False
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none")


# --- what is answered instead ---------------------------------------------------------------------

PROBLEM: Final = "application/problem+json"
"""RFC 9457, as the national REST API profile wants it (FEL.01)."""


def problem(
    said: str, status: int, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """Return why something isn't answered, in words that a program finds too, and what is more."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse({**told, "detail": said, **more}, status, headers, PROBLEM)
