"""Tokens: how QGIS and other programs that can't sign in read the map in somebody's name.

A person makes one on a page, until a day, and the program sends it (RFC 6750), or as the password
where it knows names and passwords only (RFC 7617). A party's calendar has its own, in its address:
calendar programs know nothing else. What each opens stands in `WAYS` and `CALENDAR`: as much of
that as a reader sees, whoever made it, and nothing that changes anything. Of the token itself a
digest is kept, in a file each as of sessions, so that every process of the server knows it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from dashboard.access import Account, account_from
from geodata.atomic import written_whole
from geodata.errors import AccessError
from geodata.service.recording import holds_identity_number
from geodata.settings import SignIn

WAYS: Final = re.compile(r"/(ogc|layers)(/.*)?")
"""Where a token leads."""

CALENDAR: Final = re.compile(r"/kalender/(?P<party>[^/]+)\.ics")
"""Where a party's own leads, and no other."""

IN_ADDRESS: Final = "nyckel"
"""The parameter that brings it there: what is asked with an address stands in no log of ours."""

LONGEST_DAYS: Final = 365
"""None is good for longer."""

EACH_AT_MOST: Final = 20
"""So many of one person's are good at once."""

NAME_LETTERS: Final = 60

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Token:
    """One token: what it is known by here, what it is for, whose, and its first and last day.

    One of a party's calendar has the party's id.
    """

    mark: str
    name: str
    account: Account
    made: date
    until: date
    party: str = ""


def _today() -> date:
    return datetime.now(UTC).date()


class Tokens:
    """The tokens that are good, of everybody."""

    def __init__(self, settings: SignIn, today: Callable[[], date] = _today) -> None:
        self.today: Final = today
        self._folder = settings.kept_in / "tokens"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def make(self, account: Account, name: str, until: str, party: str = "") -> str:
        """Make one, of a party's calendar or of the map, and return it: it is not told again.

        AccessError ``token.name``, ``token.until`` or ``token.many``.
        """
        name, first, last = name.strip(), self.today(), self.today() + timedelta(LONGEST_DAYS)
        is_name = 0 < len(name) <= NAME_LETTERS and name.isprintable()
        if not is_name or holds_identity_number(name):
            raise AccessError("token.name", limit=NAME_LETTERS)
        try:
            day = date.fromisoformat(until)
        except ValueError:
            day = date.min
        if not first <= day <= last:
            raise AccessError("token.until", last=last.isoformat())
        if sum(one.account.id == account.id for one in self.of(account)) >= EACH_AT_MOST:
            raise AccessError("token.many", limit=EACH_AT_MOST)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        mark = _mark(secret)
        # Whatever else its maker may do; and what is logged of it tells which one it was.
        reader = replace(account, roles=("reader",), parties=(), session=mark, proof="")
        token = Token(mark, name, reader, first, day, party)
        with written_whole(self._folder / f"{mark}.json") as new:
            new.write_text(json.dumps(asdict(token), default=str), encoding="utf-8")
        return secret

    def of(self, account: Account) -> tuple[Token, ...]:
        """Return those that somebody made, an administrator all of them; the newest first."""
        found = [self._read(file.stem) for file in self._folder.glob("*.json")]
        every = account.may("administer")
        mine = (one for one in found if one and (every or one.account.id == account.id))
        return tuple(sorted(mine, key=lambda one: (one.made, one.mark), reverse=True))

    def renew(self, account: Account, mark: str) -> tuple[str, Token] | None:
        """Make one like another of somebody's own, as long from today, and end that one.

        None where they have no such one.
        """
        own = (one for one in self.of(account) if one.account.id == account.id)
        old = next((one for one in own if one.mark == mark), None)
        if old is None:
            return None
        self.end(account, mark)
        until = self.today() + (old.until - old.made)
        return self.make(account, old.name, until.isoformat(), old.party), old

    def end(self, account: Account, mark: str) -> bool:
        """End one of those that somebody sees; tell whether there was such a one."""
        found = any(one.mark == mark for one in self.of(account))
        if found:
            (self._folder / f"{mark}.json").unlink(missing_ok=True)
        return found

    def account(self, scope: Scope) -> Account | None:
        """Return who a request's token speaks for, None where it has none that is good there."""
        path = scope["path"]
        if way := CALENDAR.fullmatch(path):
            party = way["party"]
            said = QueryParams(scope.get("query_string", b"")).get(IN_ADDRESS, "")
        else:
            party = ""
            said = _said(Headers(scope=scope).get("authorization", ""))
        token = self._read(_mark(said)) if said and (way or WAYS.fullmatch(path)) else None
        return token.account if token is not None and token.party == party else None

    def _read(self, mark: str) -> Token | None:
        file = self._folder / f"{mark}.json"
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            made, until = (date.fromisoformat(told[name]) for name in ("made", "until"))
        except (OSError, ValueError):
            return None
        if until < self.today():
            file.unlink(missing_ok=True)
            return None
        of, party = account_from(told["account"]), told.get("party", "")
        return Token(mark, told["name"], of, made, until, party)


def _said(header: str) -> str:
    """Return the token that an Authorization header brings; empty for none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return value.strip() if scheme.lower() == "bearer" else ""


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
