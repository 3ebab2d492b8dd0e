from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from dashboard.access import HEADER, NOBODY, OWN, ROLES, Account, asking, may_read, written
from geodata.settings import Settings, SignIn


def allowed(host: str | None, *open_to: str) -> bool:
    headers = Headers({} if host is None else {"Host": host})
    return may_read(headers, Settings("sqlite:///unused", open_to=open_to))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "LOCALHOST:8501",
        "Localhost",
        "127.0.0.1",
        "127.0.0.1:8501",
        "[::1]",
        "[::1]:8501",
    ],
)
def test_this_machines_own_names_are_answered(host: str) -> None:
    assert allowed(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        ":8501",
        "example.com",
        "example.com:8501",
        "localhost.example.com",
        "example.com:localhost",
        "127.0.0.1.example.com",
        "127.0.0.2",
        "0.0.0.0",
        "[::2]:8501",
        "[::1",
        "[::1].example.com",
        "localhost, example.com",
        "*",
        "xn--localhost",
    ],
)
def test_any_other_name_is_not(host: str | None) -> None:
    assert not allowed(host)


@pytest.mark.parametrize(
    ("host", "open_to", "expected"),
    [
        ("karta.boras.example", ("karta.boras.example",), True),
        ("karta.boras.example:443", ("karta.boras.example",), True),
        ("KARTA.boras.example", ("karta.boras.example",), True),
        # Host names have no case (RFC 9110, 4.2.3), however the setting is written.
        ("karta.boras.example", ("Karta.Boras.example",), True),
        ("[FD00::7]:8501", ("[fd00::7]",), True),
        ("plan.boras.example", ("karta.boras.example", "plan.boras.example"), True),
        ("boras.example", ("karta.boras.example",), False),
        ("a.karta.boras.example", ("karta.boras.example",), False),
        ("localhost", ("karta.boras.example",), True),
        ("example.com", ("*",), True),
        ("", ("*",), True),
        (None, ("*",), True),
    ],
)
def test_a_server_can_be_opened_to_other_names(
    host: str | None, open_to: tuple[str, ...], *, expected: bool
) -> None:
    assert allowed(host, *open_to) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [("karta.example", True), ("KARTA.example:443", True), ("evil.example", False)],
)
def test_where_people_sign_in_its_own_address_is_answered(host: str, *, expected: bool) -> None:
    signin = SignIn("https://karta.example", "title")
    settings = Settings("sqlite:///unused", signin=signin)
    assert may_read(Headers({"Host": host}), settings) is expected


@given(st.builds(Account, st.text(), st.just(ROLES), st.lists(st.text()).map(tuple), st.text()))
def test_an_account_is_handed_on_as_it_is(account: Account) -> None:
    settings = Settings("sqlite:///unused", signin=SignIn("https://karta.example", "title"))
    assert asking({HEADER: written(account)}, settings) == account
    assert asking({}, settings) == NOBODY
    assert asking({}, Settings("sqlite:///unused")) == OWN
