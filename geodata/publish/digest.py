"""A mail that tells a party what it is to do, as text and as HTML, and how it is sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from geodata.analysis.duties import Duty
from geodata.mailing import Mail
from geodata.model import Catalogue, Walk
from geodata.publish.paper import environment
from geodata.publish.values import Namer
from geodata.texts import Words

FOLDER: Final = Path(__file__).parent

WAIT_S: Final = 30.0
"""How long a mail server is waited for, in seconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a digest: by when, what, and what kind it is, where and whose."""

    day: str
    text: str
    more: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What stands in a digest; `piles` are its rows below their headings, late ones first."""

    title: str
    lead: str
    piles: tuple[tuple[str, tuple[Row, ...]], ...]
    late: int
    link: str = ""


def digest(
    duties: Sequence[Duty], party: str, lead: str, catalogue: Catalogue, words: Words, link: str
) -> Digest:
    """Return what a party is told that it is to do; at least one duty."""
    name = Namer(catalogue, words)

    def row(duty: Duty) -> Row:
        one = duty.record
        text = words("walk.one") if isinstance(one, Walk) else one.text
        whose = one.meeting_point if isinstance(one, Walk) else one.function
        more = (words(f"duties.{duty.entity}"), name.area(one.area_id), whose)
        day = words.day(duty.day, short=True) if duty.day else ""
        return Row(day, " ".join(text.split()), " · ".join(filter(None, more)))

    late = sum(duty.late for duty in duties)
    piles = (
        (words(f"duties.{key}"), tuple(row(d) for d in duties if d.late is is_late))
        for key, is_late in (("late", True), ("coming", False))
    )
    counts = [words("duties.count", count=len(duties))]
    counts += [words("duties.late_count", count=late)] if late else []
    title = f"{words('duties.title')}, {name.party(party)}: {', '.join(counts)}"
    return Digest(title, lead, tuple(pile for pile in piles if pile[1]), late, link)


def message(
    digest: Digest, words: Words, mail: Mail, to: str, *, id_: str, at: datetime
) -> EmailMessage:
    """Return a digest as a mail: what can't show HTML shows the text."""
    made = EmailMessage()
    made["Subject"] = digest.title
    made["From"], made["To"] = mail.sender, to
    made["Date"] = format_datetime(at)
    # The same for the same reminder: where one comes twice, it is known as that.
    made["Message-ID"] = f"<{id_}@lofteskartan>"
    # RFC 3834: nobody's holiday answer is wanted.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_text(digest, words))
    html = environment(FOLDER).get_template("digest.html").render(digest=digest, w=words)
    made.add_alternative(html, subtype="html")
    made["Content-Language"] = words.language
    return made


def _text(digest: Digest, words: Words) -> str:
    lines = [digest.title, "", digest.lead]
    for heading, rows in digest.piles:
        lines += ["", heading.upper(), ""]
        for row in rows:
            lines += [f"- {row.day}  {row.text}", f"  {row.more}"]
    lines += ["", f"{words('mail.open')}: {digest.link}"] if digest.link else []
    return "\n".join([*lines, "", words("mail.foot"), ""])


def send(mail: Mail, made: EmailMessage) -> None:
    """Give a mail to the mail server; SMTPException or OSError where it doesn't take it."""
    trusted = ssl.create_default_context()
    server: smtplib.SMTP
    if mail.security == "tls":
        server = smtplib.SMTP_SSL(mail.server, mail.port, timeout=WAIT_S, context=trusted)
    else:
        server = smtplib.SMTP(mail.server, mail.port, timeout=WAIT_S)
    try:
        if mail.security == "starttls":
            server.starttls(context=trusted)
        if mail.user:
            server.login(mail.user, mail.password)
        server.send_message(made)
    finally:
        # It is taken by now, or never: who is no trusted server need not be said goodbye to.
        server.close()
