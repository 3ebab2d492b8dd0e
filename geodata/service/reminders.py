"""Reminders by mail: who is to have one, and that each goes once, whoever sends it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from geodata.analysis.duties import Duty
from geodata.errors import SettingsError
from geodata.mailing import Mail, Recipient
from geodata.model import Walk
from geodata.publish.digest import digest, message, send
from geodata.service.core import Service
from geodata.service.duties import duties
from geodata.service.limited import for_readers
from geodata.texts import SWEDISH_TIME, words

WEEK: Final = timedelta(days=6)
"""From a weekly reminder's day to the last one that it tells of."""

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What came of reminding: how many mails went, and for which party which did not, and why."""

    sent: int
    failed: tuple[tuple[Recipient, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Reminder:
    """One that is to go: what it is known by, to whom, and of what."""

    id: str
    to: Recipient
    duties: tuple[Duty, ...]


def remind(service: Service, now: datetime, *, at_any_hour: bool = False) -> Reminded:
    """Send the reminders that are due and that nobody has sent; none where no mail is set.

    Parameters
    ----------
    service : Service
        Whose register is asked; what a reader may not see is in no mail.
    now : datetime.datetime
        With zone.
    at_any_hour : bool, default False
        Whether the settings' hour need not have come, as where somebody asks for it.

    Returns
    -------
    Reminded
        What could not be sent may be tried again.

    Raises
    ------
    RegisterError
        If the register can't be asked.
    SettingsError
        ``settings.mail_party`` if the settings name a party that isn't there.
    """
    mail = service.settings.mail
    if mail is None:
        return Reminded(0)
    require_known(service)
    local = now.astimezone(SWEDISH_TIME)
    if not at_any_hour and local.hour < mail.hour:
        return Reminded(0)
    board, sent, failed = service.register.jobs, 0, []
    for one in _due(for_readers(service), mail, local.date()):
        # Taken before it is sent: a server that ends meanwhile rather sends none than two.
        if not board.take(one.id):
            continue
        try:
            send(mail, _written(service, mail, one, now))
        # A ValueError: letters that no mail server has.
        except (smtplib.SMTPException, OSError, ValueError) as error:
            board.give_back(one.id)
            failed.append((one.to, str(error)))
        else:
            sent += 1
    return Reminded(sent, tuple(failed))


def require_known(service: Service) -> None:
    """Raise SettingsError ``settings.mail_party`` if the settings name a party that isn't there."""
    known, mail = service.catalogue.party_by_id, service.settings.mail
    if unknown := [to.party for to in (mail.to if mail else ()) if to.party not in known]:
        raise SettingsError("settings.mail_party", name=unknown[0], known=", ".join(known))


def _due(service: Service, mail: Mail, day: date) -> Iterator[_Reminder]:
    """Yield the reminders of a day that tell of something."""
    found = duties(service, day)
    # The last day on which weekly ones began to be due.
    week = day - timedelta(days=(day.isoweekday() - mail.weekday) % 7)
    for to in mail.to:
        is_weekly = to.when == "weekly"
        chosen = tuple(
            duty
            for duty in found
            if to.party in duty.parties
            and _is_function(duty, to.function)
            and duty.day is not None
            and (duty.day <= day + WEEK if is_weekly else duty.day == day + DAY)
        )
        if chosen:
            said = (to.email, to.party, to.function, to.when, str(week if is_weekly else day))
            yield _Reminder(sha256("|".join(said).encode()).hexdigest()[:32], to, chosen)


def _is_function(duty: Duty, function: str) -> bool:
    """Tell whether something is a function's to do: it is named, or none is."""
    named = "" if isinstance(duty.record, Walk) else duty.record.function
    return not function or not named or named.casefold() == function.casefold()


def _written(service: Service, mail: Mail, one: _Reminder, now: datetime) -> EmailMessage:
    told, party = words(one.to.language), one.to.party
    name = service.catalogue.party_by_id[party].name.to(one.to.language)
    lead = told(f"mail.lead.{one.to.when}", party=name)
    signin = service.settings.signin
    address = mail.address or (signin.address if signin else "")
    asked = urlencode({"ask": f"party:{party}", "lang": one.to.language}, safe=":")
    link = f"{address}/att-gora?{asked}" if address else ""
    made = digest(one.duties, party, lead, service.catalogue, told, link)
    return message(made, told, mail, one.to.email, id_=one.id, at=now)
