"""Three servers of one register behind nginx, as in production: none has what another needs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from geodata import settings
from tests.conftest import DATABASES

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from conftest import Screen, Server

pytestmark = pytest.mark.browser

EXAMPLE: Final = Path(__file__).parents[2] / "dashboard" / "production" / "nginx.conf"
COOKIE: Final = "lofteskartan_browser"
WAIT_S: Final = 60.0
HEADER: Final = "datum;slag;område;lat;lon;minuter;anteckning"
ROW: Final = "2018-03-07 18:00;Fotpatrull;Norrby;57,7243;12,9266;45;Nummer {}."


class Site:
    """The servers behind their proxy, as a browser has them: one address."""

    def __init__(self, servers: list[Server], folder: Path) -> None:
        self.servers = servers
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        addresses = [f"server {server.url.removeprefix('http://')};" for server in servers]
        # The example but for TLS, and with who has answered said to these tests.
        text = re.sub(r"\n *ssl_certificate.*", "", EXAMPLE.read_text(encoding="utf-8"))
        text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{self.port}")
        text = text.replace("server 127.0.0.1:8501;", " ".join(addresses))
        text = text.replace(" Secure;", "")
        text = text.replace("location / {", "location / { add_header X-By $upstream_addr;")
        user = "user root;" if os.geteuid() == 0 else ""
        folders = [
            f"{name}_temp_path {folder / name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ]
        file = folder / "nginx.conf"
        file.write_text(
            f"{user} daemon off; pid {folder / 'pid'}; events {{}}\n"
            f"http {{ access_log off; {' '.join(folders)}\n{text}\n}}\n",
            encoding="utf-8",
        )
        self._proxy = subprocess.Popen(["nginx", "-c", file, "-e", folder / "log"])

    def browsers(self) -> list[str]:
        """Return a name for a browser at each of the servers, found as a browser finds it."""
        found: dict[str, str] = {}
        deadline = time.monotonic() + WAIT_S
        while len(found) < len(self.servers):
            assert time.monotonic() < deadline, found
            name = uuid4().hex
            with suppress(OSError):  # until the proxy is there
                found.setdefault(self.answered_by(name), name)
        return [found[server.url.removeprefix("http://")] for server in self.servers]

    def answered_by(self, browser: str) -> str:
        request = urllib.request.Request(f"{self.url}/healthz")
        request.add_header("Cookie", f"{COOKIE}={browser}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert "Set-Cookie" not in answer.headers
            return str(answer.headers["X-By"])

    @property
    def log(self) -> str:
        return "".join(server.log for server in self.servers)

    def fault_since(self, _start: int) -> str:
        return self.log if "Traceback" in self.log else ""

    def assert_running(self) -> None:
        assert self._proxy.poll() is None

    def stop(self) -> None:
        self._proxy.terminate()
        self._proxy.wait()


@pytest.fixture
def site(
    start_server: Callable[..., Server],
    servers: dict[tuple[str, ...], Server],
    tmp_path: Path,
) -> Iterator[Site]:
    if shutil.which("nginx") is None:
        if os.environ.get("CI"):
            pytest.fail("no nginx; in CI this test must run", pytrace=False)
        pytest.skip("no nginx")
    url = settings.register_url(str(tmp_path / "register.sqlite"))
    for number in range(3):
        start_server("--register", url, "--basemap", "none", settings=f"# {number}\n")
    made = Site(list(servers.values())[-3:], tmp_path)
    yield made
    made.stop()
    # One was killed, and none is anybody else's.
    for key, server in list(servers.items()):
        if server in made.servers:
            server.stop()
            del servers[key]


@pytest.fixture
def register_away(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractContextManager[None]]:
    """Take the register away for a while: the file, or the database's server."""
    file = tmp_path / "register.sqlite"

    @contextmanager
    def away() -> Iterator[None]:
        databases = request.config.stash.get(DATABASES, None)
        if databases is None:
            file.rename(tmp_path / "away")
        else:
            databases.cluster.stop()
        try:
            yield
        finally:
            if databases is None:
                (tmp_path / "away").rename(file)
            else:
                databases.cluster.start()

    return away


def table(*rows: str) -> dict[str, str | bytes]:
    text = "\r\n".join([HEADER, *rows, ""])
    return {"name": "pass.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}


def test_a_meeting_an_import_and_a_form_are_no_one_servers(
    site: Site,
    open_screen: Callable[..., Screen],
    register_away: Callable[[], AbstractContextManager[None]],
    request: pytest.FixtureRequest,
) -> None:
    screens = []
    for name in site.browsers()[:2]:
        screens.append(open_screen(site, fresh=True))
        screens[-1].page.context.add_cookies([{"name": COOKIE, "value": name, "url": site.url}])
    here, there = screens

    # A meeting is held: each steps, and the other follows.
    here.load("/mote?date=2018-10-15")
    here.follow("begin")
    headings = [screen.page.locator("#lk-stage-heading") for screen in screens]
    expect(headings[0]).to_be_visible()
    there.page.goto(here.page.url)
    expect(headings[1]).to_have_text("Läget nu")
    lags_s = []
    for steps, follows in ((here, headings[1]), (there, headings[0])) * 2:
        before = str(follows.text_content())
        steps.page.keyboard.press("ArrowRight")
        expect(headings[screens.index(steps)]).not_to_have_text(before)
        since_s = time.monotonic()
        expect(follows).not_to_have_text(before)
        lags_s.append(round(time.monotonic() - since_s, 2))
    # Told, for whoever measures; on a busy machine it says little.
    request.node.add_report_section("call", "followed after (s)", str(lags_s))

    # An import is begun at one, followed from the other, and stopped and saved there.
    here.open("/importera")
    bars = [screen.page.locator('[role="progressbar"]') for screen in screens]
    cards = [screen.page.locator(".lk-import") for screen in screens]

    def choose(*rows: str) -> None:
        here.page.locator('[data-id="file"]').set_input_files(table(*rows))

    with site.servers[0].keeping_an_import_still(
        lambda: choose(*(ROW.format(number) for number in range(4_000)))
    ):
        expect(here.page).to_have_url(re.compile("job="))
        there.open(here.page.url.removeprefix(site.url))
        for bar in bars:
            expect(bar).to_be_visible()
        there.follow("stop")
        # Heard where it is done, and what hears nothing is ended.
        for card in cards:
            expect(card).to_contain_text("Avbrutet. Inget har sparats.")
    choose(ROW.format(1), ROW.format(2))
    expect(here.page.locator('[data-tally="new"] b')).to_have_text("2")
    there.open(here.page.url.removeprefix(site.url))
    expect(there.page.locator('[data-tally="new"] b')).to_have_text("2")
    there.link("field-by").fill("Kansliet")
    there.follow("save-all")
    expect(there.page.locator(".lk-import h1")).to_have_text("2 poster är sparade")

    # The register is away for a while: that is said, and the page comes back by itself.
    there.open("/registrera?area=norrby")
    there.link("field-note").fill("Skrivet innan registret försvann")
    there.link("field-note").press("Tab")
    there.wait_until_still()
    with register_away():
        there.follow("page-map")
        expect(there.page.locator(".st-key-apology")).to_contain_text(re.compile("[Rr]egist"))
    expect(there.heading("area_card")).to_have_text("Norrby")
    there.follow("page-record")
    expect(there.link("field-note")).to_have_value("Skrivet innan registret försvann")

    # A form is half written when its server is killed, and saved at another.
    here.allow_on_console(
        "reaching server endpoint|not responding|ERR_|WebSocket|Failed to", "a server is killed"
    )
    here.open("/registrera?area=hulta")
    name = next(c["value"] for c in here.page.context.cookies() if c["name"] == COOKIE)
    for field, value in (("date", "2018-05-15"), ("minutes", "45"), ("by", "kontoret")):
        here.link(f"field-{field}").fill(value)
    here.link("field-kind").select_option("foot_patrol")
    here.wait_until_still()
    address = site.answered_by(name)
    site.servers[0].kill()
    here.link("field-note").fill("Skrivet när servern dog")
    here.page.wait_for_function("() => document.querySelector('.lk-away')?.textContent === ''")
    expect(here.page.locator(".stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")
    assert site.answered_by(name) != address
    for field, value in (("minutes", "45"), ("note", "Skrivet när servern dog")):
        expect(here.link(f"field-{field}")).to_have_value(value)
    here.follow("save")
    expect(here.page.locator("form.lk-saved")).to_contain_text("Sparat.")
    expect(here.link("field-note")).to_have_value("")
