"""Photos over HTTP and on a record's card: who sees them, and what may be done with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import cached
from dashboard.access import Account
from dashboard.forms import photos
from dashboard.routes.answers import routes
from dashboard.routes.documents import ROUTES
from dashboard.state import Sent
from geodata.model import Finding, FindingStatus, NewPhoto, PhotoRole, Picture
from geodata.service import Service
from geodata.service.limited import LimitedService, for_readers
from geodata.service.photos import attach, shown
from geodata.settings import NO_BASEMAP, Settings, register_url
from tests.photographs import PLANTED, photo

from .test_redaction import ADMINISTRATOR, PLANNER, context_for

RECORDER = Account("Patrull", ("recorder",), parties=("polisen",))
READER = Account("Styrgrupp", ("reader",))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service.open(
        Settings(register_url(str(tmp_path / "own.sqlite")), basemap=NO_BASEMAP)
    ) as opened:
        yield opened
    cached.close()


@pytest.fixture
def finding(service: Service) -> Finding:
    day = service.scope(None, None).as_of.day
    given = "f" * 8, None, "norrby", None, "lighting", "Lampan", "polisen", None
    made = Finding(*given, FindingStatus.OPEN, day, day)
    service.register.add([made], by="A")
    return made


def client_of(service: Service) -> TestClient:
    return TestClient(
        Starlette(routes=routes(lambda _: service, ROUTES)), base_url="http://localhost"
    )


def test_a_photo_is_sent_to_whom_its_record_is_for(service: Service, finding: Finding) -> None:
    new = NewPhoto(Picture(photo("JPEG"), b"small", 240, 160))
    attach(service, "finding", finding.id, {"by": "A"}, [new])
    client, reader = client_of(service), client_of(for_readers(service))
    for path, body in ((f"/foto/{new.id}", new.picture.body), (f"/foto/{new.id}/liten", b"small")):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (200, body)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"
        assert reader.get(path).content == body
        assert client.get(path, headers={"host": "elsewhere.example"}).status_code == 403
    service.register.change(replace(finding, internal=True), by="A", expected_number=1)
    assert client.get(f"/foto/{new.id}").status_code == 200
    for path in (f"/foto/{new.id}", f"/foto/{new.id}/liten", "/foto/x", "/foto/liten"):
        assert reader.get(path).status_code == 404


def uploaded(content: bytes) -> str:
    kept = cached.uploads().begin("IMG 1.jpg", "session")
    kept.path.write_bytes(content)
    return kept.id


def asks(finding: Finding, *uploads: str, **values: str) -> Sent:
    given = {"about": f"finding/{finding.id}", "expected": "1", "by": "A", **values}
    return Sent("photos", given, frozenset(), f"uploaded:{','.join(uploads)}")


def test_photos_are_added_on_a_card_and_one_settles(service: Service, finding: Finding) -> None:
    context = context_for(service, PLANNER)
    first, second = uploaded(photo("JPEG")), uploaded(photo("HEIF"))
    photos.asked(context, asks(finding, first, second))
    day = service.scope(None, None).as_of.day.isoformat()
    photos.asked(context, asks(finding, uploaded(photo("PNG")), settle="yes", day=day))
    found = shown(service, "finding")[finding.id]
    assert [one.role for one in found] == [PhotoRole.BEFORE] * 2 + [PhotoRole.AFTER]
    assert service.finding(finding.id).status is FindingStatus.DONE
    for one in found:
        assert PLANTED.encode() not in (service.register.document(one.sha256) or b"")
    # What was sent is kept in the register alone.
    assert cached.uploads().find(first) is None


def test_the_day_it_was_taken_is_what_somebody_says(service: Service, finding: Finding) -> None:
    context = context_for(service, PLANNER)
    for said in ("2031-01-01", "någon gång"):
        photos.asked(context, asks(finding, uploaded(photo("JPEG")), taken=said))
    assert service.register.photos() == []
    photos.asked(context, asks(finding, uploaded(photo("JPEG")), taken="2018-05-03"))
    photos.asked(context, asks(finding, uploaded(photo("JPEG")), taken=" "))
    told = [one.taken for one in shown(service, "finding")[finding.id]]
    assert told == [date(2018, 5, 3), None]


@pytest.mark.parametrize("content", [b"no photo", b""])
def test_what_is_no_photo_is_said_and_settles_nothing(
    content: bytes, service: Service, finding: Finding
) -> None:
    context = context_for(service, PLANNER)
    day = service.scope(None, None).as_of.day.isoformat()
    photos.asked(context, asks(finding, uploaded(content), settle="yes", day=day))
    photos.asked(context, asks(finding, uploaded(content)))
    photos.asked(context, asks(finding, "gone"))
    photos.asked(context, asks(finding, *["gone"] * 11))
    photos.asked(context, Sent("photos", {"about": "meeting/x"}, frozenset(), "uploaded:x"))
    assert service.finding(finding.id).status is FindingStatus.OPEN
    assert service.register.photos() == []


def press(context: object, id_: str, button: str, number: int) -> None:
    values = {"about": f"photo/{id_}", "expected": str(number), "by": "A", "reason": "ett ansikte"}
    photos.submitted(context, Sent("photo", values, frozenset(), button))  # type: ignore[arg-type]


def test_who_may_do_what_with_a_photo(service: Service, finding: Finding) -> None:
    new = NewPhoto(Picture(photo("JPEG"), b"small", 240, 160))
    attach(service, "finding", finding.id, {"by": "A"}, [new])

    def as_(account: Account) -> object:
        limits = account.limits
        own = LimitedService(service, limits, {}) if limits else service
        return context_for(own, account)

    def now() -> tuple[bool, bool, bool]:
        one = service.register.photo(new.id)
        return one.public, one.void, one.sha256 == "[…]"

    for account in (RECORDER, READER):
        press(as_(account), new.id, "publish", 1)
        press(as_(account), new.id, "redact", 1)
    press(as_(READER), new.id, "void", 1)
    press(as_(PLANNER), new.id, "redact", 1)
    assert now() == (False, False, False)
    press(as_(PLANNER), new.id, "publish", 1)
    assert now() == (True, False, False)
    press(as_(RECORDER), new.id, "void", 2)
    assert now() == (True, True, False)
    press(as_(PLANNER), new.id, "restore", 3)
    press(as_(PLANNER), new.id, "unpublish", 4)
    assert now() == (False, False, False)
    press(as_(ADMINISTRATOR), new.id, "redact", 5)
    assert now() == (False, False, True)
    assert finding.id not in shown(service, "finding")
