"""The document routes: what is sent, what is refused, and that the server goes on answering."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from threading import Barrier, Event, Lock

import docx
import pytest
from httpx2 import Response
from PIL import Image
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.routes import documents
from dashboard.routes.answers import routes as routes_of
from dashboard.routes.answers import saved_as
from dashboard.routes.documents import DOCUMENTS, ROUTES
from geodata.model import Meeting
from geodata.service import Service
from geodata.service.meetings import frozen
from geodata.service.recording import Saved
from geodata.service.reporting import MINUTES, close, reopen
from geodata.settings import NO_BASEMAP, Settings, register_url

ASKED = {"date": "2018-11-22", "since": "2018-10-25"}


def client_of(service: Service, host: str = "localhost") -> TestClient:
    routes = routes_of(lambda _: service, ROUTES)
    return TestClient(Starlette(routes=routes), base_url=f"http://{host}")


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return client_of(service)


def test_a_files_name_is_kept_as_written_and_as_every_system_can() -> None:
    told = saved_as("pdf", "Öppen sida", "Borås 2018–2019", None, date(2018, 12, 31))
    assert told["Content-Disposition"] == (
        'attachment; filename="oppen-sida_boras-2018-2019_2018-12-31.pdf"; '
        "filename*=UTF-8''%C3%B6ppen-sida_bor%C3%A5s-2018-2019_2018-12-31.pdf"
    )
    # A name of no letters that all know, or of none at all, is still a name.
    assert 'filename="lofteskartan.gpx"' in saved_as("gpx", "漢字")["Content-Disposition"]
    assert 'filename="a-b.gpx"' in saved_as("gpx", 'a"\r\n;b', "///")["Content-Disposition"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_comes_as_a_file_to_keep(client: TestClient, name: str) -> None:
    answer = client.get(f"/dokument/{name}", params={**ASKED, "promise": "mark-2018"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == DOCUMENTS[name]
    stem, _, suffix = name.partition(".")
    plain = f"{stem}_mark-2018_2018-11-22_exempeldata.{suffix}"
    assert answer.headers["content-disposition"] == (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{plain}"
    )
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    body = io.BytesIO(answer.content)
    if suffix == "pdf":
        assert "mark 2018" in PdfReader(body).pages[0].extract_text().lower()
    elif suffix == "docx":
        assert docx.Document(body).tables
    elif suffix == "png":
        with Image.open(body) as image:
            assert min(image.size) == 2480
    elif suffix == "svg":
        assert answer.content.lstrip().startswith(b"<?xml")
    else:
        assert answer.content.startswith(b"\xef\xbb\xbf")


def test_language_area_and_paper_are_the_askers(client: TestClient) -> None:
    english = client.get("/dokument/matris.csv", params={**ASKED, "lang": "en"})
    assert "Commitment" in english.text.splitlines()[0]
    one = client.get("/dokument/karta.svg", params={**ASKED, "area": "hedbo", "paper": "a3"})
    assert "Hedbo: läget i området" in one.text


def test_a_form_may_send_its_empty_fields(client: TestClient) -> None:
    assert client.get("/dokument/matris.csv", params={"promise": "", "since": ""}).is_success


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"date": "i går"}, 400, "date"),
        ({"nope": "1"}, 400, "nope"),
        ({"area": "hedbo"}, 400, "area"),
        ({"promise": "no-such"}, 404, "no-such"),
        ({"meeting": "no-such"}, 404, ""),
        ({"lang": "de"}, 400, "lang"),
        ({"date": "2018-01-01", "since": "2018-06-01"}, 400, "2018-06-01"),
    ],
)
def test_what_makes_no_sense_is_said(
    client: TestClient, asked: dict[str, str], status: int, said: str
) -> None:
    answer = client.get("/dokument/rapport.pdf", params=asked)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_a_map_takes_only_known_paper_and_areas(client: TestClient) -> None:
    assert client.get("/dokument/karta.svg", params={"paper": "a0"}).status_code == 400
    assert client.get("/dokument/karta.svg", params={"area": "no-such"}).status_code == 404
    gone = client.get("/dokument/karta.svg", params={"layers": "no-such"})
    assert (gone.status_code, "no-such" in gone.json()["detail"]) == (404, True)
    assert client.get("/dokument/karta.svg?lang=sv&lang=en").status_code == 400
    assert client.get("/dokument/nothing.pdf").status_code == 404


def test_nobody_is_answered_who_may_not_read(service: Service) -> None:
    foreign = client_of(service, "evil.example")
    for name in DOCUMENTS:
        assert foreign.get(f"/dokument/{name}").status_code == 403


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, list[int]]]:
    """A document that is made until it is let go, and how many were made at the same time."""
    going, most, now, lock = Event(), [0], [0], Lock()

    def make(*_: object) -> bytes:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        assert going.wait(20)
        with lock:
            now[0] -= 1
        return b"done"

    monkeypatch.setitem(DOCUMENTS, "slow.txt", "text/plain")
    monkeypatch.setattr(documents, "_made", make)
    yield going, most
    going.set()


def test_two_are_made_at_once_and_others_wait(
    service: Service, slow: tuple[Event, list[int]]
) -> None:
    going, most = slow
    client, together = client_of(service), Barrier(4)

    def ask(_: int) -> int:
        together.wait(10)
        return client.get("/dokument/slow.txt").status_code

    with ThreadPoolExecutor(4) as people:
        answers = people.map(ask, range(4))
        going.set()
        assert list(answers) == [200] * 4
    assert most[0] <= 2


def test_who_would_wait_long_is_asked_at_once_to_come_back(
    service: Service, slow: tuple[Event, list[int]]
) -> None:
    going, _ = slow
    client = client_of(service)
    with ThreadPoolExecutor(14) as people:
        asked = [people.submit(client.get, "/dokument/slow.txt?lang=en") for _ in range(14)]
        refused = _first(asked)
        # Two are being made, eight wait.
        going.set()
        statuses = sorted(one.result().status_code for one in asked)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "Try again" in refused.json()["detail"]
    assert statuses[:10] == [200] * 10


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Referer": "http://evil.example/page"},
    ],
)
def test_another_sites_page_makes_nothing(client: TestClient, elsewhere: dict[str, str]) -> None:
    answer = client.get("/dokument/matris.csv", params=ASKED, headers=elsewhere)
    assert answer.status_code == 403
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/mote?promise=mark-2018"},
    ],
)
def test_a_page_of_ones_own_does(client: TestClient, own: dict[str, str]) -> None:
    answer = client.get("/dokument/matris.csv", params=ASKED, headers=own)
    assert answer.status_code == 200, answer.text


def _first(asked: list[Future[Response]]) -> Response:
    return next(as_completed(asked, timeout=20)).result()


def test_a_meeting_decides_the_day(own_copy: Path) -> None:
    id_ = "00000000-0000-4000-8000-000000000001"
    settings = Settings(register_url(str(own_copy)), basemap=NO_BASEMAP)
    with Service.open(settings) as own:
        day, since = date(2018, 9, 3), date(2018, 8, 6)
        own.register.add([Meeting(id_, day, since)], by="t")
        body = client_of(own).get("/dokument/matris.csv", params={"meeting": id_}).text
    assert {row.split(";")[8] for row in body.splitlines()[1:]} == {"2018-09-03"}


def test_closed_minutes_are_sent_as_they_were(tmp_path: Path) -> None:
    settings = Settings(register_url(str(tmp_path / "own.sqlite")), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2018, 12, 1)) as service:
        client = client_of(service)
        meeting = Meeting("m1", date(2018, 9, 5), date(2018, 8, 8), promise_id="boras-2018")
        service.register.add([meeting], by="test")
        asked = {"meeting": "m1"}
        assert (
            client.get("/dokument/beslut.csv", params={**asked, "version": "1"}).status_code == 404
        )
        who = {"by": "A", "present": ("polisen",)}
        assert isinstance(close(service, "m1", who, expected_number=1), Saved)
        for language in ("sv", "en"):
            for name in MINUTES:
                answer = client.get(f"/dokument/{name}", params={**asked, "lang": language})
                assert answer.content == frozen(service, "m1", f"{language}/{name}")
                stem, _, suffix = name.partition(".")
                said = f"{stem}_protokoll_boras-2018-2019_2018-09-05_v1.{suffix}"
                assert said in answer.headers["content-disposition"]
        for name, more in (
            ("rapport.pdf", {"date": "2018-10-01"}),
            ("rapport.pdf", {"promise": "mark-2018"}),
            ("karta.png", {}),
            ("rapport.pdf", {"version": "x"}),
        ):
            answer = client.get(f"/dokument/{name}", params={**asked, **more})
            assert answer.status_code == 400, (name, more)
        old = client.get("/dokument/rapport.pdf", params={**asked, "version": "1"}).content
        assert isinstance(
            reopen(service, "m1", {"by": "A", "reason": "Fel"}, expected_number=2), Saved
        )
        assert client.get("/dokument/rapport.pdf", params=asked).content != old
        kept = client.get("/dokument/rapport.pdf", params={**asked, "version": "1"})
        assert kept.content == old
