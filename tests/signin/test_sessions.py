"""Sessions, the way back, and what a proxy says, below HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import access
from dashboard.access import Account
from dashboard.host.door import Door
from dashboard.signin import log
from dashboard.signin.entrance import Entrance, Sessions
from dashboard.signin.pages import way_back
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Role, Settings, SignIn, register_url

ROLES: Final[dict[Role, tuple[str, ...]]] = {"reader": ("styr",), "planner": ("plan",)}
SOMEBODY: Final = Account("Planerare", ("planner",), ("polisen",), "p")


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    settings = SignIn("http://localhost", "title", folder=tmp_path)
    return Sessions(settings, clock)


def test_a_session_is_found_by_every_process_and_by_its_cookie_alone(
    sessions: Sessions, tmp_path: Path, clock: Clock
) -> None:
    cookie = sessions.begin(SOMEBODY, "token")
    another = Sessions(SignIn("http://localhost", "title", folder=tmp_path), clock)
    found = another.find(cookie, used=False)
    assert found is not None
    assert (found.account.function, found.account.parties, found.id_token) == (
        "Planerare",
        ("polisen",),
        "token",
    )
    # Neither what lies in the folder nor a cookie that was changed is anybody.
    mark = found.account.session
    name = cookie.partition(".")[0]
    signed = cookie.rpartition(".")[0] + "."
    changed = ("B" if cookie[0] == "A" else "A") + cookie[1:]
    for said in ("", mark, name, signed, f"{signed}{'A' * 27}", changed, cookie + "A", "å"):
        assert another.find(said, used=False) is None, said
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert not [path for path in kept if name in path.read_text()]


def test_a_session_ends_when_it_is_not_used(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.begin(SOMEBODY)
    for _ in range(3):
        clock.now += 59 * 60
        assert sessions.find(cookie, used=True) is not None
    clock.now += 59 * 60
    # A page that asks by itself keeps nothing going.
    assert sessions.find(cookie, used=False) is not None
    clock.now += 2 * 60
    assert sessions.find(cookie, used=True) is None


def test_a_session_ends_however_it_is_used(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.begin(SOMEBODY)
    for _ in range(20):
        clock.now += 30 * 60
        last = sessions.find(cookie, used=True)
    assert last is not None
    clock.now += 60
    assert sessions.find(cookie, used=True) is None


def test_what_was_ended_stays_ended(sessions: Sessions) -> None:
    cookie, other = sessions.begin(SOMEBODY), sessions.begin(SOMEBODY)
    found = sessions.find(cookie, used=True)
    assert found is not None
    sessions.end(found.account.session)
    sessions.end(found.account.session)
    assert sessions.find(cookie, used=True) is None
    assert sessions.find(other, used=True) is not None


@given(st.text(alphabet="/\\?#&=:@.%abc \t\n\u2028é", max_size=30))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("https:evil.example")
def test_the_way_back_is_on_this_server(asked: str) -> None:
    back = way_back(asked)
    # As a browser reads it (WHATWG): control characters are passed over, \ is /.
    read = "".join(c for c in back if c not in "\t\n\r").replace("\\", "/")
    found = urlsplit(urljoin("https://here.example/inloggning", read))
    assert (found.scheme, found.netloc) == ("https", "here.example")
    assert not found.path.startswith(("/inloggning", "/utloggning"))


def test_the_way_back_keeps_what_was_looked_at() -> None:
    asked = "/planera?tool=loop&ask=stops:3%2C4;name:K%C3%A5re&lang=en"
    assert way_back(asked) == asked


def test_old_days_of_the_log_are_removed(tmp_path: Path) -> None:
    settings = SignIn("http://localhost", "title", folder=tmp_path, log_days=30)
    folder = tmp_path / "access"
    folder.mkdir()
    (folder / "2020-01-01.jsonl").touch()
    (folder / "notes.txt").touch()
    log.note(settings, "opened", SOMEBODY, "/\n{}" + "x" * 1_000)
    assert not (folder / "2020-01-01.jsonl").exists()
    assert (folder / "notes.txt").exists()
    (day,) = log.days(settings)
    (line,) = log.lines(settings, day)
    assert line["where"].startswith("/\n{}")
    assert len(line["where"]) == log.LONGEST


def test_a_photo_is_opened_and_its_thumbnail_is_a_part_of_a_card(tmp_path: Path) -> None:
    settings = SignIn("http://localhost", "title", folder=tmp_path)
    for path in ("/foto/1", "/foto/1/liten", "/export/all.gpkg", "/layers/areas"):
        log.note_answered(settings, SOMEBODY, path)
    lines = log.lines(settings, log.days(settings)[0])
    told = {(line["what"], line["where"]) for line in lines}
    assert told == {("opened", "/foto/1"), ("exported", "/export/all.gpkg")}


# --- a proxy that has signed people in ------------------------------------------------------------


@pytest.fixture
def asked(example_file: Path, tmp_path: Path) -> Iterator[Callable[..., Response]]:
    """Ask through the door, from some address, with some headers."""
    signin = SignIn(
        "https://karta.example",
        "X-Function",
        "X-Groups",
        proxies=("10.0.0.5",),
        roles=ROLES,
        folder=tmp_path,
    )
    path = tmp_path / "own.sqlite"
    shutil.copyfile(example_file, path)
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP, signin=signin)
    service = Service.open(settings)

    def who(request: Request) -> Response:
        found = request.scope["account"]
        same = access.asking(request.headers, service.settings)
        return JSONResponse([found.function, *found.roles, same == found])

    app = Door(Starlette(routes=[Route("/who", who)]), lambda: service, Entrance(signin))

    def ask(peer: str, **headers: str) -> Response:
        client = TestClient(app, base_url="https://karta.example", client=(peer, 5))
        named = {name.replace("_", "-"): value.encode() for name, value in headers.items()}
        return client.get("/who", headers=named)  # type: ignore[return-value]

    yield ask
    service.close()


def test_a_named_proxy_is_believed(asked: Callable[..., Response]) -> None:
    answer = asked("10.0.0.5", X_Function="Områdespolis", X_Groups="andra, styr")
    assert answer.json() == ["Områdespolis", "reader", True]  # type: ignore[attr-defined]
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("10.0.0.6", {"X_Function": "A", "X_Groups": "styr"}),
        ("127.0.0.1", {"X_Function": "A", "X_Groups": "styr"}),
        ("10.0.0.6", {"X_Function": "A", "X_Groups": "styr", "X_Forwarded_For": "10.0.0.5"}),
        ("10.0.0.5", {"X_Groups": "styr"}),
        ("10.0.0.5", {"X_Function": "A", "X_Groups": "andra"}),
        ("10.0.0.5", {"X_Function": "A"}),
        ("10.0.0.5", {"X_Function": "19811218-9876", "X_Groups": "styr"}),
        ("", {access.HEADER: access.written(SOMEBODY)}),
        ("10.0.0.5", {access.HEADER: access.written(SOMEBODY)}),
    ],
)
def test_nobody_else_is(asked: Callable[..., Response], peer: str, headers: dict[str, str]) -> None:
    assert asked(peer, **headers).status_code == 401
