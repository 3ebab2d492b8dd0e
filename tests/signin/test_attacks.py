"""What was once broken into, tried again as nobody, as a reader and as a recorder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard import access
from dashboard.host.door import POLICY, QUICK_HAND, STREAM

from ..attack.test_running_server import answering

Give = Callable[[str], Any]

pytestmark = pytest.mark.parametrize("who", ["nobody", "reader", "recorder"])


def run(path: str = "") -> bytes:
    return BackMsg(rerun_script={"page_name": path}).SerializeToString()


def parts_of(page: Any) -> list[bytes]:
    """Return what a page is sent until its run has ended."""
    parts = []
    while True:
        parts.append(page.recv(60))
        if ForwardMsg.FromString(parts[-1]).WhichOneof("type") == "script_finished":
            return parts


def shown(page: Any) -> str:
    return b"".join(parts_of(page)).decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_stcore/upload_file/1/2"),
        ("GET", "/_stcore/metrics"),
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/auth/login"),
        ("GET", "/component/streamlit_folium/index.html"),
        ("POST", "/inloggning"),
        ("POST", "/utloggning"),
        ("DELETE", "/export/all.zip"),
    ],
)
def test_what_nobody_uses_is_closed(person: Give, who: str, method: str, path: str) -> None:
    assert person(who).client.request(method, path).status_code == 404


def test_pages_elsewhere_open_no_socket_with_somebodys_cookie(person: Give, who: str) -> None:
    somebody = person(who)
    for origin in ("http://evil.example", "http://localhost:3000", "null"):
        with pytest.raises(InvalidStatus) as refused:
            somebody.server.page(somebody.cookie, origin)
        assert refused.value.response.status_code == 403


def test_another_name_is_not_answered(person: Give, who: str) -> None:
    for path in ("/", "/inloggning", "/healthz", "/layers/areas"):
        answer = person(who).ask(path, host="evil.example")
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_nobody_becomes_another_by_saying_so(person: Give, who: str) -> None:
    claimed = access.written(access.Account("Chefen", ("administrator",), id="x"))
    name = access.HEADER
    for said in (name, name.upper(), name.replace("-", "_")):
        answer = person(who).ask("/atkomst", **{said: claimed})
        assert answer.status_code == (401 if who == "nobody" else 403)
    for header in ("X-Forwarded-User", "X-Remote-User", "preferred_username", "groups"):
        assert person(who).ask("/atkomst", **{header: "it"}).status_code in (401, 403)


def test_a_page_is_not_taken_over_from_somebody_else(person: Give, who: str) -> None:
    planner, somebody = person("planner"), person(who)
    with planner.server.page(planner.cookie) as page:
        page.send(run("planera"))
        parts = [ForwardMsg.FromString(part) for part in parts_of(page)]
        session = next(
            part.new_session.initialize.session_id for part in parts if part.HasField("new_session")
        )
    address = f"{planner.server.url.replace('http', 'ws')}{STREAM}"
    cookie = {"Cookie": f"lofteskartan={somebody.cookie}"}
    asked: Any = {"origin": planner.server.url, "subprotocols": ["streamlit", "x", session]}
    if who == "nobody":
        with pytest.raises(InvalidStatus):
            connect(address, additional_headers=cookie, **asked)
        return
    with connect(address, additional_headers=cookie, max_size=None, **asked) as page:
        page.send(run("planera"))
        told = shown(page)
    assert "Logga in först" in told
    assert "Hemligplatsen" not in told


def flood(page: Any) -> None:
    for _ in range(QUICK_HAND * 2):
        page.send(BackMsg(app_heartbeat=True).SerializeToString())
    while True:
        page.recv(60)


def test_two_bytes_lose_nothing_and_a_flood_is_cut_off(person: Give, who: str) -> None:
    somebody = person(who)
    if who == "nobody":
        with pytest.raises(InvalidStatus):
            somebody.server.page()
        return
    with somebody.server.page(somebody.cookie) as page:
        for kind in ("clear_cache", "debug_shutdown_runtime", "load_git_info"):
            page.send(BackMsg(**{kind: True}).SerializeToString())
        page.send(run("mote"))
        assert "lofteskartan_panel" in shown(page)
    with somebody.server.page(somebody.cookie) as page:
        with pytest.raises(ConnectionClosed) as closed:
            flood(page)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == POLICY
    assert somebody.ask("/healthz").status_code == 200


def test_every_answer_says_how_it_may_be_used(person: Give, who: str) -> None:
    for path in (
        "/",
        "/inloggning",
        "/healthz",
        "/layers/areas",
        "/atkomst",
        "/nothing",
        "/export/x.y",
    ):
        said = person(who).ask(path, accept="text/html").headers
        assert said["x-content-type-options"] == "nosniff"
        assert said["referrer-policy"] == "strict-origin"
        assert "frame-ancestors 'none'" in said["content-security-policy"]
        assert said["cache-control"] == "no-store"
        assert "server" not in said


def test_what_is_costly_is_not_made_for_another_sites_page(person: Give, who: str) -> None:
    for path in ("/export/all.zip", "/dokument/rapport.pdf"):
        answer = person(who).ask(path, **{"sec-fetch-site": "cross-site"})
        assert answer.status_code in ((401,) if who == "nobody" else (403,))


def test_no_answer_tells_where_anything_lies(person: Give, who: str) -> None:
    somebody = person(who)
    for path in (
        "/export/activities.csv?promise=../../etc/passwd",
        "/dokument/rapport.pdf?meeting=x",
        "/layers/areas?x=1",
        "/uploads/x/rest.csv",
        "/assets/map/../../access.py",
        "/assets/map/%2e%2e/%2e%2e/access.py",
        "/inloggning/svar?code=x&state=y",
        "/ogc/collections/x/items",
        "/vandringsblad/x",
    ):
        text = somebody.ask(path).text
        for told in (str(somebody.server.home), "site-packages", "Traceback", ".sqlite", "RIGHTS"):
            assert told not in text, path


class Watched:
    """A server as who asks after its health without having signed in."""

    def __init__(self, server: Any) -> None:
        self._url = server.url

    def ask(self, path: str, *, timeout: float) -> tuple[int, dict[str, str]]:
        return httpx2.get(self._url + path, timeout=timeout).status_code, {}


AT_ONCE = 16
"""More than are made and may wait, and fewer than anybody may ask for in a moment."""


def test_who_wants_it_all_at_once_comes_back_later_and_stalls_nobody(
    person: Give, who: str
) -> None:
    somebody = person(who)

    def want(_number: int) -> int:
        return int(somebody.ask("/export/all.gpkg").status_code)

    with answering(Watched(somebody.server)):
        with ThreadPoolExecutor(AT_ONCE) as askers:
            answers = Counter(askers.map(want, range(AT_ONCE)))
        if who == "nobody":
            assert answers == {401: AT_ONCE}
            return
        assert answers.keys() == {200, 503}
        with somebody.server.page(somebody.cookie) as page:
            for _ in range(QUICK_HAND // 2):
                page.send(run())
            assert "lofteskartan_panel" in shown(page)
