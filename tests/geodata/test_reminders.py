"""Reminders by mail, held against a real mail server: what they say, to whom, and each once."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner, Result

from dashboard.jobs.reminders import Reminders
from geodata.cli import command_line
from geodata.mailing import Mail, Recipient
from geodata.model import (
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Precision,
    Record,
    Walk,
    WalkStatus,
)
from geodata.service import Service
from geodata.service.reminders import remind
from geodata.settings import NO_BASEMAP, Settings, register_url

# A Monday, after seven in Sweden.
MONDAY = datetime(2018, 9, 10, 7, 5, tzinfo=ZoneInfo("Europe/Stockholm"))
TODAY = MONDAY.date()
FOUND = date(2018, 6, 1)
POLICE = Recipient("omradespolis@example.se", "polisen")
CITY = Recipient("gata@example.se", "boras-stad", "Gatudriften", "en")
EVE = Recipient("jour@example.se", "boras-stad", when="day_before")
WAIT_S = 60


def id_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def finding(number: int, text: str, owner: str, due: date | None, **more: Any) -> Finding:
    one = Finding(
        *(id_of(number), None, "norrby", None, "lighting", text, owner, due),
        *(FindingStatus.OPEN, FOUND, FOUND),
    )
    return replace(one, **more)


RECORDS: tuple[Record, ...] = (
    finding(1, "Mörkt <b>vid</b> porten", "polisen", date(2018, 9, 3)),
    finding(2, "Inom en vecka", "polisen", date(2018, 9, 16)),
    finding(3, "Om åtta dagar", "polisen", date(2018, 9, 17)),
    finding(4, "Hemligt", "polisen", TODAY, internal=True),
    finding(5, "Utan dag", "polisen", None),
    finding(6, "Lampan", "boras-stad", date(2018, 9, 11), function="gatudriften"),
    finding(7, "Parken", "boras-stad", date(2018, 9, 11), function="Parkenheten"),
    Decision(
        *(id_of(8), None, "Fler lampor", FOUND, DecisionStatus.OPEN, FOUND),
        owner="boras-stad",
        due=date(2018, 9, 12),
    ),
    Walk(
        *(id_of(9), "hulta", WalkStatus.PLANNED, datetime(2018, 9, 11, 16, tzinfo=UTC)),
        *(Precision.MINUTE, date(2018, 9, 11)),
        meeting_point="Hulta torg",
        parties=("boras-stad", "polisen"),
    ),
)


class Inbox:
    """What a mail server has taken; it refuses the first `refused` mails."""

    def __init__(self) -> None:
        self.refused = 0
        self.got: list[tuple[str, EmailMessage]] = []
        self.came = threading.Semaphore(0)

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Session, envelope: Envelope
    ) -> str:
        if self.refused:
            self.refused -= 1
            return "451 not now"
        assert isinstance(envelope.content, bytes)
        read = message_from_bytes(envelope.content, policy=policy.default)
        self.got.append((envelope.rcpt_tos[0], read))
        self.came.release()
        return "250 OK"


class MailServer(Controller):
    """A mail server at a port that is free."""

    def _trigger_server(self) -> None:
        # Its own way asks at the port that was wished for, and any was.
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    controller = MailServer(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    yield controller.port
    controller.stop()


Open = Callable[..., Service]


@pytest.fixture
def opened(own_blank: Path, port: int) -> Iterator[Open]:
    """Open servers of one register, whose mail goes to the inbox."""
    services: list[Service] = []

    def open_one(*to: Recipient, **mail: Any) -> Service:
        given = {"port": port, "security": "none", "address": "https://loften.example.se", **mail}
        settings = Settings(
            register_url(str(own_blank)),
            basemap=NO_BASEMAP,
            mail=Mail("127.0.0.1", "loften@example.se", to, **given),
        )
        service = Service.open(settings, today=lambda: TODAY)
        if not services:
            # Of what the parties have published, which walks are planned is another test's matter.
            for one in service.walks():
                service.register.void("walk", one.id, by="Kansliet", expected_number=1)
            service.register.add(RECORDS, by="Kansliet")
        services.append(service)
        return service

    yield open_one
    for service in services:
        service.close()


class Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.said += data


def test_each_is_told_in_their_language_what_their_function_is_to_do(
    opened: Open, inbox: Inbox
) -> None:
    done = remind(opened(POLICE, CITY, EVE), MONDAY)
    assert (done.sent, done.failed) == (3, ())
    got = dict(inbox.got)
    assert got.keys() == {"omradespolis@example.se", "gata@example.se", "jour@example.se"}
    police = got["omradespolis@example.se"]
    assert police["Subject"] == "Att göra, Polisen: 3 saker, 1 försenad"
    assert police["From"] == "loften@example.se"
    assert police["Auto-Submitted"] == "auto-generated"
    assert police.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in police.iter_parts()] == ["text/plain", "text/html"]
    text = police.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = Words(police.get_body(("html",)).get_content())  # type: ignore[union-attr]
    for told in (text, html.said):
        assert "Mörkt <b>vid</b> porten" in told
        assert told.index("3 sep. 2018") < told.index("11 sep. 2018") < told.index("16 sep. 2018")
        assert "Hulta torg" in told
        assert not [never for never in ("åtta", "Hemligt", "Utan dag", "Lampan") if never in told]
    assert html.tags.count("b") == 3
    link = "https://loften.example.se/att-gora?ask=party:polisen&lang=sv"
    assert link in text
    assert html.links == [link]
    city = got["gata@example.se"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert got["gata@example.se"]["Content-Language"] == "en"
    assert "Lampan" in city
    assert "Fler lampor" in city
    assert "Parken" not in city
    eve = got["jour@example.se"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [t in eve for t in ("Lampan", "Parken", "Hulta torg", "Fler lampor")] == [
        *(True, True, True, False)
    ]


def test_a_weekly_one_goes_once_a_week_and_another_each_day(opened: Open, inbox: Inbox) -> None:
    service = opened(POLICE, EVE)

    def sent(after: timedelta, **how: bool) -> list[str]:
        before = len(inbox.got)
        remind(service, MONDAY + after, **how)
        return [to for to, _ in inbox.got[before:]]

    hour, day = timedelta(hours=1), timedelta(days=1)
    # Before seven nobody is disturbed, but where somebody asks for it.
    assert sent(-hour) == []
    assert sent(-hour, at_any_hour=True) == [POLICE.email, EVE.email]
    assert sent(hour) == []
    # The decision is due the day after.
    assert sent(day) == [EVE.email]
    assert sent(day) == []
    assert sent(6 * day) == []
    assert sent(7 * day) == [POLICE.email]
    # A server that was off at the beginning of the week sends the week's later.
    assert sent(16 * day) == [POLICE.email]
    assert sent(17 * day) == []


def test_what_a_mail_server_refuses_is_told_and_goes_later_once(opened: Open, inbox: Inbox) -> None:
    service = opened(POLICE)
    inbox.refused = 1
    done = remind(service, MONDAY)
    assert done.sent == 0
    ((to, why),) = done.failed
    assert to == POLICE
    assert "451" in why
    assert remind(service, MONDAY).sent == 1
    assert remind(service, MONDAY).sent == 0
    assert len(inbox.got) == 1


def test_a_mail_that_cannot_be_written_is_told_and_goes_later(
    opened: Open, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = opened(POLICE)

    def fail(*_: object) -> None:
        "lösenord".encode("ascii")

    with monkeypatch.context() as here:
        here.setattr("geodata.service.reminders.send", fail)
        done = remind(service, MONDAY)
    assert (done.sent, len(done.failed)) == (0, 1)
    assert remind(service, MONDAY).sent == 1
    assert len(inbox.got) == 1


def test_of_many_servers_one_sends(opened: Open, inbox: Inbox) -> None:
    servers = [opened(POLICE, CITY) for _ in range(4)]
    begin = threading.Barrier(len(servers))
    sent: list[int] = []

    def work(service: Service) -> None:
        begin.wait()
        sent.append(remind(service, MONDAY).sent)

    threads = [threading.Thread(target=work, args=(one,)) for one in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(sent), sum(sent)) == (4, 2)
    assert sorted(to for to, _ in inbox.got) == [CITY.email, POLICE.email]


def test_a_server_tries_again_and_after_a_restart_sends_no_other(
    opened: Open, inbox: Inbox
) -> None:
    looked = threading.Semaphore(0)

    def clock() -> datetime:
        looked.release()
        return MONDAY

    inbox.refused = 1
    for expected in (1, 0):
        service = opened(POLICE)
        running = Reminders(lambda service=service: service, clock, 0.01, 0.01)  # type: ignore[misc]
        for _ in range(expected):
            assert inbox.came.acquire(timeout=WAIT_S)
        for _ in range(4):
            assert looked.acquire(timeout=WAIT_S)
        running.close()
        assert len(inbox.got) == 1


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine; return it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_a_password_goes_over_tls_alone_and_to_a_server_that_is_known(
    opened: Open, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    said: list[LoginPassword] = []

    def known(_server: Any, _session: Any, _envelope: Any, _way: str, told: Any) -> AuthResult:
        said.append(told)
        is_right = told == LoginPassword(b"loften", b"hemligt")
        # The server itself says that it is wrong.
        return AuthResult(success=is_right, handled=False)

    controller = MailServer(
        inbox,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=known,
    )
    controller.start()
    secure = {"security": "starttls", "user": "loften", "password": "hemligt"}
    try:
        own = controller.port
        # Nobody this machine trusts speaks for it, and a server without TLS is told nothing.
        for port in ({"port": own}, {}):
            assert remind(opened(POLICE, **secure, **port), MONDAY).failed
        assert (said, inbox.got) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        service = opened(POLICE, **secure, port=own)
        assert remind(service, MONDAY).sent == 1
        wrong = opened(CITY, **{**secure, "password": "x"}, port=own)
        ((_, why),) = remind(wrong, MONDAY).failed
        assert "535" in why
    finally:
        controller.stop()
    assert [to for to, _ in inbox.got] == [POLICE.email]


def test_a_command_for_cron_sends_what_is_due(
    opened: Open, inbox: Inbox, port: int, own_blank: Path, tmp_path: Path
) -> None:
    opened(POLICE)
    file = tmp_path / "settings.toml"
    text = f"""
[mail]
server = "127.0.0.1"
port = {port}
security = "none"
sender = "loften@example.se"
to = [{{ email = "omradespolis@example.se", party = "PARTY" }}]
"""

    def ran(settings: str) -> Result:
        file.write_text(settings, encoding="utf-8")
        told = {"LOFTESKARTAN_SETTINGS": str(file), "LANGUAGE": "en"}
        return CliRunner().invoke(command_line, ["remind", "--register", str(own_blank)], env=told)

    done = ran(text.replace("PARTY", "polisen"))
    assert (done.exit_code, len(inbox.got)) == (0, 1), done.output
    assert ran(text.replace("PARTY", "polisen")).exit_code == 0
    assert len(inbox.got) == 1
    inbox.refused = 1
    assert ran(text.replace("PARTY", "boras-stad")).exit_code == 1
    assert ran(text.replace("PARTY", "nobody")).exit_code == 1
    assert ran("").exit_code == 1
    assert len(inbox.got) == 1


def test_without_the_setting_nobody_is_reminded(own_blank: Path) -> None:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings) as service:
        assert remind(service, MONDAY).sent == 0
        Reminders(lambda: service).close()
