"""The access log: who came in, opened, exported, printed, changed or was refused.

Beside the register and never in it: a file of JSON lines for each day (UTC), which other programs
can read, and which is removed when its time is out. It holds accounts and addresses, and nothing
of what is written in a record.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from dashboard.access import SMALL_PHOTO, Account
from geodata.settings import SignIn

What = Literal[
    "signed_in",
    "signed_out",
    "refused",
    "opened",
    "exported",
    "printed",
    "changed",
    "token_made",
    "token_ended",
]

LONGEST: Final = 300
"""Letters of an address that are kept."""

LARGEST_BYTES: Final = 20_000_000
"""Strangers who are refused fill no more of a day's file than this."""

SHOWN_AT_MOST: Final = 500
"""Lines of a day that are shown; the file has them all."""


DONE: Final[Mapping[str, What]] = {
    "/export/": "exported",
    "/dokument/": "exported",
    "/publicera/": "exported",
    "/ogc/collections/": "exported",
    "/slinga/": "exported",
    "/schema/": "exported",
    "/kalender/": "exported",
    "/vandring/": "exported",
    "/slingblad/": "printed",
    "/schemablad/": "printed",
    "/vandringsblad/": "printed",
    "/underlag/": "printed",
    "/foto/": "opened",
}
"""What is done by asking for an address that begins so."""


def note_answered(settings: SignIn | None, account: Account, path: str) -> None:
    """Write down what somebody was given, if it is something to take along."""
    what = next((what for start, what in DONE.items() if path.startswith(start)), None)
    # A small photo is a part of a card, as its text is.
    if what is not None and not path.endswith(SMALL_PHOTO):
        note(settings, what, account, path)


def note(settings: SignIn | None, what: What, account: Account, where: str) -> None:
    """Write down what somebody did; without sign-in there is nobody to tell of.

    Parameters
    ----------
    settings : SignIn or None
        Where the log lies, and how long it is kept.
    what : What
        What was done.
    account : Account
        Who did it.
    where : str
        The address, or the form.
    """
    if settings is None:
        return
    now = datetime.now(UTC)
    told = {
        "time": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "what": what,
        "who": account.function,
        "account": account.id,
        "session": account.session[:12],
        "where": where[:LONGEST],
    }
    line = json.dumps(told, ensure_ascii=False).encode() + b"\n"
    file = _file(settings, now.date())
    is_new = not file.exists()
    if not (is_new or account.is_signed_in) and file.stat().st_size > LARGEST_BYTES:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One write at the end of the file: lines of several processes stay whole.
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
    if is_new:
        _forget(settings, now.date())


def days(settings: SignIn) -> tuple[date, ...]:
    """Return the days of which there is a log, the newest first."""
    found = []
    for file in (settings.kept_in / "access").glob("*.jsonl"):
        with suppress(ValueError):
            found.append(date.fromisoformat(file.stem))
    return tuple(sorted(found, reverse=True))


def lines(settings: SignIn, day: date) -> tuple[Mapping[str, str], ...]:
    """Return a day's latest lines, the newest first."""
    try:
        text = _file(settings, day).read_text(encoding="utf-8")
    except OSError:
        return ()
    return tuple(json.loads(line) for line in text.splitlines()[: -SHOWN_AT_MOST - 1 : -1])


def _file(settings: SignIn, day: date) -> Path:
    return settings.kept_in / "access" / f"{day.isoformat()}.jsonl"


def _forget(settings: SignIn, today: date) -> None:
    oldest = today - timedelta(days=settings.log_days)
    for day in days(settings):
        if day < oldest:
            _file(settings, day).unlink(missing_ok=True)
