"""Signing in and out with a real provider; nobody else is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard.access import ROUTES
from dashboard.address import PAGE_PATHS

Give = Callable[[str], Any]


@pytest.fixture
def anew(signin_server: Any, person: Give) -> Iterator[Callable[[], Any]]:
    """Give a new browser each time."""
    kind, made = type(person("nobody")), []

    def give() -> Any:
        made.append(kind(signin_server))
        return made[-1]

    yield give
    for one in made:
        one.client.close()


@pytest.mark.parametrize("path", [*ROUTES, *(f"/{path}" for path in PAGE_PATHS.values()), "/x"])
def test_nobody_is_answered(person: Give, path: str) -> None:
    plain = path.replace("{name}", "areas").replace("{", "").replace("}", "")
    answer = person("nobody").ask(plain, accept="application/json")
    if ROUTES.get(path) == "open":
        assert answer.status_code not in (401, 403) or path == "/inloggning/svar"
        # How much there is in the register, as its health tells those who are let in.
        assert '"counts":' not in answer.text
        return
    assert answer.status_code in (401, 404, 405)
    assert "Norrby" not in answer.text
    shown = person("nobody").ask(plain, accept="text/html")
    if answer.status_code == 401:
        assert shown.status_code == 303
        assert shown.headers["location"].startswith("/inloggning?till=")


def test_nobody_opens_a_page_or_sends_a_file(signin_server: Any, person: Give) -> None:
    for cookie in ("", "x", "x.y.z"):
        with pytest.raises(InvalidStatus) as refused, signin_server.page(cookie):
            pass
        assert refused.value.response.status_code == 403
    own = {"Origin": signin_server.url, "X-Lofteskartan": "upload"}
    sent = person("nobody").client.post("/uploads?name=a.csv", content=b"x", headers=own)
    assert sent.status_code == 401


def test_somebody_comes_back_to_where_they_were(anew: Callable[[], Any]) -> None:
    somebody = anew()
    page = somebody.sign_in("planner", "/uppfoljning?lang=en&area=norrby")
    assert page.status_code == 200
    assert str(page.url).endswith("/uppfoljning?lang=en&area=norrby")
    said = next(
        value
        for answer in page.history
        for value in answer.headers.get_list("set-cookie")
        if value.startswith("lofteskartan=")
    )
    assert {"httponly", "samesite=lax", "path=/"} <= {p.strip().lower() for p in said.split(";")}
    assert somebody.ask("/layers/areas").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("till", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_nobody_is_led_elsewhere(anew: Callable[[], Any], till: str) -> None:
    page = anew().sign_in("reader", till)
    assert (page.status_code, page.url.host, page.url.path) == (200, "127.0.0.1", "/")


def test_who_has_no_role_is_told_so(anew: Callable[[], Any]) -> None:
    somebody = anew()
    page = somebody.sign_in("stranger")
    assert page.status_code == 403
    assert "Funktion stranger har ingen roll" in page.text
    assert somebody.ask("/layers/areas").status_code == 401


def test_signing_out_ends_it_here_and_at_the_provider(anew: Callable[[], Any]) -> None:
    somebody = anew()
    somebody.sign_in("reader")
    stolen = somebody.cookie
    with somebody.server.page(stolen) as page:
        # Nobody is signed out by a link on another site, nor by one that can't know the proof.
        for query, origin in (("", "same-origin"), ("?bevis=0", "same-origin")):
            kept = somebody.ask(f"/utloggning{query}", **{"sec-fetch-site": origin})
            assert kept.headers["location"] == "/"
        assert somebody.ask("/layers/areas").status_code == 200
        shown = told(page)
        proof = shown.split("/utloggning?bevis=")[1][:32]
        elsewhere = somebody.ask(f"/utloggning?bevis={proof}", **{"sec-fetch-site": "cross-site"})
        assert elsewhere.headers["location"] == "/"
        out = somebody.client.get(f"/utloggning?bevis={proof}")
        assert (out.status_code, out.url.path) == (200, "/inloggning")
        assert "Du är utloggad" in out.text
        # What was open is not heard any more, and what was stolen is worth nothing.
        with pytest.raises(ConnectionClosed):
            told(page)
    somebody.client.cookies.set("lofteskartan", stolen)
    assert somebody.ask("/layers/areas").status_code == 401
    somebody.client.cookies.delete("lofteskartan")
    # The provider asks who it is again.
    assert somebody.client.get("/inloggning/start").url.path == "/login"


def told(page: Any, path: str = "") -> str:
    """Return all that a page is sent until its run has ended."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    page.send(BackMsg(rerun_script={"page_name": path}).SerializeToString())
    parts = []
    while True:
        part = page.recv(60)
        parts.append(part)
        if ForwardMsg.FromString(part).WhichOneof("type") == "script_finished":
            return b"".join(parts).decode("utf-8", "replace")


def test_what_comes_back_unasked_lets_nobody_in(anew: Callable[[], Any]) -> None:
    for query in ("", "?code=x", "?state=x&code=x", "?error=access_denied&state=x"):
        somebody = anew()
        answer = somebody.ask(f"/inloggning/svar{query}")
        assert answer.status_code == 403
        assert "Försök igen" in answer.text
        assert not somebody.cookie


def test_an_answer_of_the_providers_is_good_once_and_in_one_browser(
    anew: Callable[[], Any],
) -> None:
    first, second = anew(), anew()
    page = first.sign_in("reader")
    back = next(a.request.url for a in page.history if a.request.url.path == "/inloggning/svar")
    second.client.get("/inloggning/start")
    for somebody in (first, second):
        assert somebody.client.get(back).status_code == 403
    assert second.ask("/layers/areas").status_code == 401


def test_what_was_done_is_in_the_log(signin_server: Any, person: Give) -> None:
    assert person("reader").ask("/export/activities.csv").status_code == 200
    assert person("reader").ask("/planera").status_code == 403
    with signin_server.page(person("reader").cookie) as page:
        told(page, "mote")
        told(page, "planera")
    files = list((signin_server.home / "lofteskartan" / "signin" / "access").iterdir())
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    mine = {(one["what"], one["where"]) for one in lines if one["who"] == "Funktion reader"}
    assert {
        ("exported", "/export/activities.csv"),
        ("refused", "/planera"),
        ("opened", "/mote"),
        ("signed_in", "/"),
    } <= mine
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    shown = person("administrator").client.get("/atkomst")
    assert shown.status_code == 200
    assert "Funktion reader" in shown.text
