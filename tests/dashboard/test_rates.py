"""How often anybody may ask, and whom a request is counted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.host.door import Door
from dashboard.host.rates import KNOWN_AT_MOST, OWN_MACHINE, RATES, Rates, address_of
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url

DEAR = "/dokument/rapport.pdf"
PATHS = (DEAR, "/export/all.zip", "/publicera/x.zip", "/underlag/x", "/uploads", "/ogc", "/ogc/x/y",
         "/inloggning/start", "/inloggning/svar", "/oppen-sida/", "/nycklar", "/sok")  # fmt: skip
FREE = ("/", "/mote", "/layers/areas", "/tiles/light/1/1/1.png", "/inloggning", "/healthz")


Client = Callable[[str], TestClient]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("path", PATHS)
def test_so_many_at_once_and_so_many_a_minute_after_that(path: str) -> None:
    clock = Clock()
    rates = Rates(clock)
    rate = next(rate for rate in RATES if rate.paths.fullmatch(path))
    assert [rates.wait_s(path, "a") for _ in range(rate.at_once)] == [0] * rate.at_once
    wait_s = rates.wait_s(path, "a")
    assert wait_s > 0
    # Nobody else waits for it, and who waits as long as told is let in.
    assert rates.wait_s(path, "b") == 0
    clock.now += wait_s
    assert rates.wait_s(path, "a") == 0
    # Somebody steady is never stopped, and after a while all of it is there again.
    clock.now += 60 * rate.at_once / rate.a_minute
    for _ in range(3 * rate.at_once):
        assert rates.wait_s(path, "a") == 0
        clock.now += 60 / rate.a_minute
    clock.now += 60
    assert [rates.wait_s(path, "a") for _ in range(rate.at_once)] == [0] * rate.at_once


@pytest.mark.parametrize("path", FREE)
def test_what_pages_ask_by_themselves_is_not_counted(path: str) -> None:
    rates = Rates(Clock())
    assert not any(rates.wait_s(path, "a") for _ in range(1000))


@given(st.lists(st.floats(0, 20), min_size=1, max_size=300))
def test_no_minute_ever_has_more_than_the_table_says(pauses_s: list[float]) -> None:
    clock = Clock()
    rates, let_in = Rates(clock), []
    rate = next(rate for rate in RATES if rate.paths.fullmatch(DEAR))
    for pause_s in pauses_s:
        clock.now += pause_s / 10
        if rates.wait_s(DEAR, "a") == 0:
            let_in.append(clock.now)
    for first in let_in:
        assert sum(first <= at < first + 60 for at in let_in) <= rate.at_once + rate.a_minute + 1


def test_a_crowd_of_addresses_is_forgotten_when_its_time_is_out() -> None:
    clock = Clock()
    rates = Rates(clock)
    for number in range(KNOWN_AT_MOST):
        rates.wait_s(DEAR, str(number))
    clock.now += 3600
    rates.wait_s(DEAR, "the next")
    assert len(rates._due_s) == 1


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        # Who is no proxy of ours says nothing about anybody.
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # What comes before the last that a proxy of ours has written is anybody's word.
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [" , ,"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], OWN_MACHINE),
        ("::1", [], OWN_MACHINE),
        ("::ffff:192.0.2.7", [], "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], "2001:db8:1:2::/64"),
    ],
)
def test_a_proxys_word_counts_where_it_is_named(peer: str, told: list[str], address: str) -> None:
    headers = [(b"x-forwarded-for", one.encode()) for one in told]
    scope: Any = {"type": "http", "client": (peer, 1), "headers": headers}
    assert address_of(scope, ("10.0.0.1", "10.0.0.2")) == address


# --- at the door ----------------------------------------------------------------------------------


@pytest.fixture
def client(example_file: Path) -> Iterator[Client]:
    """Give who asks from an address, where nobody signs in."""

    async def answer(_request: Request) -> Response:
        return PlainTextResponse("made")

    url = register_url(str(example_file))
    settings = Settings(url, basemap=NO_BASEMAP, open_to=("testserver",), behind=("10.0.0.1",))
    with Service.open(settings) as service:
        app = Door(Starlette(routes=[Route(DEAR, answer)]), lambda: service)
        yield lambda peer: TestClient(app, client=(peer, 1))


def test_who_asks_too_often_is_told_when_to_come_back(client: Client) -> None:
    asking = client("10.0.0.1")
    theirs = {"X-Forwarded-For": "192.0.2.7"}
    answers = [asking.get(DEAR, headers=theirs) for _ in range(70)]
    codes = [answer.status_code for answer in answers]
    assert codes[:60] == [200] * 60
    assert set(codes[65:]) == {429}
    late = answers[-1]
    seconds = int(late.headers["retry-after"])
    assert 0 < seconds <= 60
    wait = "en sekund" if seconds == 1 else f"{seconds} sekunder"
    assert f"Försök igen om {wait}." in late.json()["detail"]
    english = asking.get(f"{DEAR}?lang=en", headers=theirs).json()["detail"]
    assert english.startswith("More is asked for than anybody does by hand.")
    assert asking.get(DEAR, headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 200


def test_nobody_waits_on_a_machine_of_their_own(client: Client) -> None:
    asking = client("127.0.0.1")
    assert {asking.get(DEAR).status_code for _ in range(200)} == {200}
