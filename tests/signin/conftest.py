"""A real provider and a real server, each in a process of its own, and people who sign in."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Final

import httpx2
import pytest
from shapely import Point
from websockets.sync.client import ClientConnection, connect

from dashboard.host.door import STREAM
from geodata.model import Finding, FindingStatus, HotSpot, NewPhoto, Picture, Plan, PlanKind
from geodata.service import Service
from geodata.service.recording import Saved, save
from geodata.service.reporting import close
from geodata.settings import NO_BASEMAP, Settings, register_url
from tests.photographs import photo

READY_S: Final = 90.0
PASSWORD: Final = "hemligt!"

SECRETS: Final = {
    "hot_spot": "Hemligplatsen",
    "plan": "Hemligplanen",
    "finding": "Hemligfyndet",
    "photo": "Hemligfotot",
}
"""What stands in the register and is not for everybody, by what it is."""

IDS: Final = {
    kind: f"{number}" * 8 + "-0000-4000-8000-000000000000"
    for number, kind in enumerate([*SECRETS, "meeting"], 1)
}

SETTINGS: Final = """
open_page = true
[signin]
provider = "{provider}"
client_id = "lofteskartan"
client_secret = "sekretess"
address = "{address}"
function = "preferred_username"
scope = "openid profile groups"
name = "Kommunen"
[signin.roles]
reader = ["styrgruppen"]
recorder = ["registrerare"]
planner = ["planerare"]
administrator = ["it"]
[signin.parties]
polisen = ["registrerare"]
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A server on this machine, until it is stopped."""

    def __init__(self, port: int, health: str, command: list[str], home: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.home = home
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOFTES", "STREAMLIT"))}
        folders = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
        environment = {**kept, **dict.fromkeys(folders, str(home))}
        self._log = (home / f"{port}.log").open("w+b")
        self._process = subprocess.Popen(
            command, env=environment, cwd=home, stdout=self._log, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx2.get(self.url + health).status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.1)
        self._process.kill()
        self._log.seek(0)
        pytest.fail(f"not ready; it said:\n{self._log.read().decode()}", pytrace=False)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()


class Server(Process):
    """Löfteskartan, where people sign in."""

    def page(self, cookie: str = "", origin: str = "") -> ClientConnection:
        """Open the socket of a page."""
        return connect(
            f"{self.url.replace('http', 'ws')}{STREAM}",
            origin=origin or self.url,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": f"lofteskartan={cookie}"} if cookie else None,
            max_size=None,
            open_timeout=30,
        )

    @property
    def sessions(self) -> Path:
        return self.home / "lofteskartan" / "signin" / "sessions"


@pytest.fixture(scope="session")
def secrets(example_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example register with a hot spot, a plan and an internal finding, each by its name."""
    path = tmp_path_factory.mktemp("secrets") / "secrets.sqlite"
    shutil.copyfile(example_file, path)
    day = date(2018, 6, 1)
    with Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP)) as service:
        area = service.area("norrby")
        place = area.outline.representative_point()
        at = Point(place.x, place.y)
        spot = HotSpot(IDS["hot_spot"], SECRETS["hot_spot"], at, day, area_id=area.id)
        plan = Plan(IDS["plan"], PlanKind.LOOP, SECRETS["plan"], day, day, {}, {})
        category = next(iter(service.catalogue.vocabulary.finding_categories))
        status = FindingStatus.OPEN
        text = SECRETS["finding"]
        finding = Finding(
            IDS["finding"], None, area.id, at, category, text, None, None, status, day, day,
            internal=True,
        )  # fmt: skip
        shown = photo("JPEG", comment=SECRETS["photo"])
        new = NewPhoto(Picture(shown, shown, 240, 160), IDS["photo"]).of("finding", finding.id)
        # Not even one that somebody has marked for all: it is of what is not for all.
        new = replace(new[0], public=True), new[1]
        service.register.add([spot, plan, finding], by="test", photos=[new])
        meeting = {"id": IDS["meeting"], "by": "A", "day": "2018-06-20", "since": "2018-05-20"}
        assert isinstance(save(service, "meeting", meeting), Saved)
        who = {"by": "A", "present": ("polisen",), "function/polisen": "Chef"}
        assert isinstance(close(service, IDS["meeting"], who, expected_number=1), Saved)
    return path


@pytest.fixture(scope="session")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="session")
def provider(ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    own, ours = ports
    address = f"http://127.0.0.1:{ours}/inloggning"
    script = str(Path(__file__).with_name("provider.py"))
    command = [sys.executable, script, str(own), PASSWORD, f"{address}/svar", f"{address}?ut=1"]
    home = tmp_path_factory.mktemp("provider")
    started = Process(own, "/.well-known/openid-configuration", command, home)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def signin_server(
    ports: tuple[int, int],
    provider: Process,
    secrets: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server where people sign in, with what not everybody may see in its register."""
    home = tmp_path_factory.mktemp("home")
    settings = home / "settings.toml"
    address = f"http://127.0.0.1:{ports[1]}"
    settings.write_text(SETTINGS.format(provider=provider.url, address=address), encoding="utf-8")
    program = Path(sys.executable).with_name("lofteskartan")
    command = ["env", f"LOFTESKARTAN_SETTINGS={settings}", str(program), "run", "--no-browser"]
    command += ["--basemap", "none", "--register", str(secrets), "--port", str(ports[1])]
    started = Server(ports[1], "/healthz", command, home)
    yield started
    started.stop()


def form_of(page: httpx2.Response, **typed: str) -> dict[str, str]:
    """Return a page's form as a browser sends it: its hidden fields, and what is typed."""
    hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page.text)
    named = (re.search(r'name="([^"]+)"', one) for one in hidden)
    values = (re.search(r'value="([^"]*)"', one) for one in hidden)
    pairs = zip(named, values, strict=True)
    return {n[1]: unescape(v[1]) if v else "" for n, v in pairs if n} | typed


class Person:
    """Somebody's browser, without the pictures."""

    def __init__(self, server: Server) -> None:
        self.server = server
        # None is kept open: the server closes those that ask nothing, and may do so just then.
        none_kept = httpx2.Limits(max_keepalive_connections=0)
        self.client = httpx2.Client(
            base_url=server.url, follow_redirects=True, timeout=60, limits=none_kept
        )

    def sign_in(self, who: str, till: str = "/") -> httpx2.Response:
        """Sign in with the provider; return where that has led to."""
        page = self.client.get("/inloggning/start", params={"till": till})
        if "127.0.0.1" in str(page.url) and page.url.path == "/login":
            page = self.client.post(page.url, data=form_of(page, login=who))
            page = self.client.post(page.url, data=form_of(page, password=PASSWORD))
        if page.url.path.startswith("/oauth"):
            page = self.client.post(page.url, data=form_of(page, answer="accept"))
        return page

    @property
    def cookie(self) -> str:
        return self.client.cookies.get("lofteskartan", "", path="/") or ""

    def ask(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.get(path, headers=headers, follow_redirects=False)


@pytest.fixture(scope="session")
def person(signin_server: Server) -> Iterator[Callable[[str], Person]]:
    """Give who has signed in as somebody; "nobody" has not."""
    known: dict[str, Person] = {}

    def give(who: str) -> Person:
        if who not in known:
            known[who] = Person(signin_server)
            if who != "nobody":
                assert known[who].sign_in(who).status_code == 200
        return known[who]

    yield give
    for one in known.values():
        one.client.close()
