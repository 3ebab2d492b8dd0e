"""Attacks on the running program, on this machine only: it goes on answering, and asks nobody.

Everything is done to one server, which is stopped by the last test while it has most to do: first
on one's own machine, then behind a proxy that has signed in a reader, then a recorder.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Queue
from statistics import median
from typing import Final, Protocol

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from dashboard.address import PAGE_PATHS
from dashboard.host.door import POLICY, STREAM

READY_S: Final = 90.0
HEALTHY_S: Final = 0.5
"""So soon an answer comes, as a rule, on a machine that does nothing else."""

LONGEST_S: Final = 10.0
"""A machine that does much else may answer late once; one that is blocked does so for longer."""

STOPPED_S: Final = 10.0

WATCH: Final = """
import sys
said = open({file!r}, "a", buffering=1)
def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
        host = address[0] if isinstance(address, tuple) else address
        if not isinstance(address, (str, bytes)) and host not in ("127.0.0.1", "localhost", "::1"):
            said.write(f"{{event}} {{host}}\\n")
sys.addaudithook(note)
"""
"""What every process of the server does first: write down whom it asks for anything."""


SIGNED_IN: Final = """
[signin]
address = "http://127.0.0.1:{port}"
proxies = ["127.0.0.1"]
function = "X-Function"
groups = "X-Groups"
[signin.roles]
reader = ["reader"]
recorder = ["recorder"]
"""


class Asked(Protocol):
    """A server that can be asked after its health."""

    def ask(self, path: str, *, timeout: float) -> tuple[int, dict[str, str]]: ...


class Running:
    """The program as a user starts it, watched by whom it asks; asked by somebody of a role."""

    def __init__(self, home: Path, role: str = "") -> None:
        self.person = {"X-Function": "someone", "X-Groups": role} if role else {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.asked = home / "asked.txt"
        self.asked.touch()
        (home / "sitecustomize.py").write_text(WATCH.format(file=str(self.asked)))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOFTES", "STREAMLIT"))}
        # As somebody may have set it for other programs of Streamlit's.
        self.environment = {
            **kept,
            **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PYTHONPATH"), str(home)),
            "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
        }
        if role:
            settings = home / "settings.toml"
            settings.write_text(SIGNED_IN.format(port=self.port))
            self.environment["LOFTESKARTAN_SETTINGS"] = str(settings)
        program = Path(sys.executable).with_name("lofteskartan")
        self.log = (home / "log.txt").open("w+b")
        self.process = subprocess.Popen(
            [program, "run", "--example", "--no-browser", "--basemap=none", f"--port={self.port}"],
            env=self.environment,
            cwd=home,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(
        self, path: str, method: str = "GET", timeout: float = 60, **headers: str
    ) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=self.person | named)
            answer = connection.getresponse()
            answer.read()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()

    def page(self, origin: str | None = None, timeout: float = 30) -> ClientConnection:
        return connect(
            f"ws://{self.host}{STREAM}",
            origin=origin or f"http://{self.host}",  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers=self.person,
            max_size=None,
            max_queue=None,
            open_timeout=timeout,
        )

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


def ready(running: Running) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and running.process.poll() is None:
        try:
            if running.ask("/healthz")[0] == 200:
                return
        except OSError:
            threading.Event().wait(0.1)
    running.log.seek(0)
    pytest.fail(f"not ready; it said:\n{running.log.read().decode()}", pytrace=False)


@pytest.fixture(scope="module", params=["", "reader", "recorder"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("home"), request.param)
    ready(running)
    yield running
    running.stop()


def lateness() -> float:
    """Return how many times as long as by itself anything takes here, for all else that is done."""
    began, worked = time.monotonic(), time.thread_time()
    sum(range(200_000))
    return max(1.0, (time.monotonic() - began) / (time.thread_time() - worked))


@contextmanager
def answering(server: Asked) -> Iterator[None]:
    """Ask after the server's health all the while: it answers, soon."""
    took: list[float] = []
    late: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            began = time.monotonic()
            status = server.ask("/healthz", timeout=60)[0]
            took.append(time.monotonic() - began if status == 200 else 60.0)
            late.append(lateness())
            done.wait(0.05)

    with ThreadPoolExecutor(1) as watcher:
        watched = watcher.submit(watch)
        try:
            yield
        finally:
            done.set()
        watched.result()
    assert median(took) < HEALTHY_S * median(late), (took, late)
    assert max(took) < LONGEST_S, took


def rerun(page: str = "") -> bytes:
    # As by the browser's own history: of itself a session stays on the page that it is at.
    asked = {"page_name": page, "is_history_navigation": bool(page)}
    return BackMsg(rerun_script=asked).SerializeToString()


def flood(page: ClientConnection, count: int) -> None:
    """Ask for so many runs, then take what comes, while the server lets it."""
    for _ in range(count):
        page.send(rerun(PAGE_PATHS["planning"]))
    while True:
        page.recv(60)


def finished(page: ClientConnection, timeout: float = 60) -> bytes:
    """Return all that a page is sent until its run has ended."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    parts = []
    while True:
        part = page.recv(timeout)
        assert isinstance(part, bytes)
        parts.append(part)
        if ForwardMsg.FromString(part).WhichOneof("type") == "script_finished":
            return b"".join(parts)


# --- Streamlit's own routes and socket -----------------------------------------------------------


def test_the_pages_work(server: Running) -> None:
    for path in PAGE_PATHS.values():
        with server.page() as page:
            page.send(rerun(path))
            assert b"lofteskartan_panel" in finished(page), path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_stcore/upload_file/1/2"),
        ("DELETE", "/_stcore/upload_file/1/2"),
        ("GET", "/_stcore/metrics"),
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/_stcore/agent/openapi.json"),
        ("GET", "/auth/login"),
        ("GET", "/oauth2callback"),
        ("GET", "/component/streamlit_folium/index.html"),
        ("POST", "/healthz"),
    ],
)
def test_what_nobody_uses_is_closed(server: Running, method: str, path: str) -> None:
    assert server.ask(path, method)[0] == 404


def test_no_other_sites_frame_is_trusted(server: Running) -> None:
    status, headers = server.ask("/_stcore/host-config", Origin="https://x.streamlit.app")
    assert status == 200
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/layers/areas", "/assets/theme.css", "/_stcore/health", "/nothing"]
)
def test_every_answer_is_marked(server: Running, path: str) -> None:
    said = server.ask(path)[1]
    assert said["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in said["content-security-policy"]
    assert said["referrer-policy"] == "strict-origin"
    assert "server" not in said


def test_pages_elsewhere_open_no_socket_and_stall_nothing(server: Running) -> None:
    origins = ["http://evil.example", "http://localhost:3000", "http://127.0.0.1:9999", "null"]
    with answering(server):
        for origin in origins * 5:
            with pytest.raises(InvalidStatus) as refused, server.page(origin):
                pass
            assert refused.value.response.status_code == 403


def test_two_bytes_lose_nothing(server: Running) -> None:
    with server.page() as page:
        page.send(rerun())
        finished(page)
        for kind in ("clear_cache", "debug_shutdown_runtime", "load_git_info"):
            page.send(BackMsg(**{kind: True}).SerializeToString())
        page.send(rerun(PAGE_PATHS["importing"]))
        assert b"lofteskartan_panel" in finished(page)


def test_many_runs_asked_for_at_once_are_few(server: Running) -> None:
    with answering(server), server.page() as page:
        for _ in range(200):
            page.send(rerun())
        finished(page)


def test_a_flood_of_reruns_is_cut_off(server: Running) -> None:
    with answering(server), server.page() as page:
        with pytest.raises(ConnectionClosed) as closed:
            flood(page, 2_000)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == POLICY
        # Somebody else's page comes.
        with server.page() as another:
            another.send(rerun(PAGE_PATHS["importing"]))
            assert b"lofteskartan_panel" in finished(another)


# --- what is slow, and who is ---------------------------------------------------------------------


def test_many_who_want_the_register_are_told_to_come_back(server: Running) -> None:
    def want(_number: int) -> tuple[int, bool]:
        status, said = server.ask("/export/all.gpkg")
        return status, "retry-after" in said

    with answering(server), ThreadPoolExecutor(60) as askers:
        answers = Counter(askers.map(want, range(60)))
    # One is made and eight may wait; as one is done, another may come.
    assert set(answers) == {(200, False), (503, True)}
    assert answers[503, True] > answers[200, False] >= 9


def test_connections_that_ask_nothing_stall_nobody(server: Running) -> None:
    with ExitStack() as kept, answering(server):
        for number in range(500):
            half = kept.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            if number % 2:
                half.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(5):
            assert server.ask("/layers/areas")[0] == 200


@pytest.mark.parametrize("server", ["reader"], indirect=True)
def test_nobody_is_answered_nothing(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "person", {})
    with answering(server):
        for path in ("/", "/export/all.gpkg", "/dokument/rapport.pdf", "/layers/areas", "/ogc"):
            assert server.ask(path)[0] == 401
        for _ in range(200):
            with pytest.raises(InvalidStatus) as refused, server.page():
                pass
            assert refused.value.response.status_code in (401, 403, 429)


# --- whom it asks, and how it ends ----------------------------------------------------------------


def test_it_asked_no_other_host_for_anything(server: Running) -> None:
    assert server.asked.read_text() == ""
    # That would have been written down.
    said = "import socket; s = socket.socket(); s.setblocking(False); s.connect(('192.0.2.1', 9))"
    subprocess.run([sys.executable, "-c", said], env=server.environment, check=False)
    assert "192.0.2.1" in server.asked.read_text()


def test_it_stops_when_told_to_whatever_it_has_to_do(server: Running) -> None:
    family = psutil.Process(server.process.pid)
    refused: Queue[bool] = Queue()

    def want_report(number: int) -> None:
        # Where people sign in, as many, of whom none asks too often.
        many = {"X_Function": f"someone {number}"} if server.person else {}
        with suppress(OSError, http.client.HTTPException):
            status, said = server.ask("/dokument/rapport.pdf?lang=sv", **many)
            refused.put(status == 503 and "retry-after" in said)

    def flood_again() -> None:
        with suppress(ConnectionClosed):
            flood(page, 150)

    with ExitStack() as kept, ThreadPoolExecutor(101) as askers:
        page = kept.enter_context(server.page())
        with answering(server):
            askers.map(want_report, range(100))
            # Two are made, which takes their time, and eight may wait.
            assert sum(refused.get(timeout=60) for _ in range(90)) >= 80
        for _ in range(100):
            half = kept.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            half.sendall(b"GET / HTTP/1.1\r\n")
        askers.submit(flood_again)
        children = family.children(recursive=True)
        server.process.terminate()
        assert server.process.wait(STOPPED_S) == 0
    assert not psutil.wait_procs(children, timeout=STOPPED_S)[1]
