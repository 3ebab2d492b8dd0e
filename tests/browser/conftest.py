"""The real program, started as a user starts it, and a browser that drives it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page

READY_S: Final = 90
WAIT_MS: Final = 60_000
"""Long, for machines that have much else to do: a test that goes well waits for what it needs."""

POLL_MS: Final = 50
WINDOW: Final = {"width": 1366, "height": 768}
STOPPED_S: Final = 15
LOG: Final = "said.txt"


CHROMIUM_FLAGS: Final = (
    "--no-sandbox",  # a container has no user namespaces to make one from
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # A page is looked at for a second or two: what would make its scripts quicker costs more.
    "--js-flags=--no-opt --no-maglev",
    # No name but this machine's own leads anywhere, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


# --- what is needed, or else -------------------------------------------------------------------


IN_CI: Final = os.environ.get("CI", "").lower() not in ("", "0", "false", "no")

for _package in ("playwright", "axe_playwright_python"):
    # Elsewhere the test files skip themselves; a gate that skips would be open.
    if IN_CI and find_spec(_package) is None:
        raise pytest.UsageError(f"{_package} is not installed; in CI the browser tests must run")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    # The shell has the same engine without the windows around it: a third less work for the tests.
    installed = (shutil.which(name) for name in ("chromium-headless-shell", "chromium"))
    found = os.environ.get("LOFTESKARTAN_CHROMIUM") or next(filter(None, installed), None)
    if found and Path(found).is_file():
        return found
    reason = "no Chromium: install it or name its file in LOFTESKARTAN_CHROMIUM"
    if IN_CI:
        pytest.fail(f"{reason}; in CI the browser tests must run", pytrace=False)
    pytest.skip(reason)


# --- servers -----------------------------------------------------------------------------------


class Nursery:
    """The process that starts the servers; they end when it is left, or when these tests end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            env=_environment(Path("/nowhere")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # an interruption of the tests reaches it through them
        )

    def start(self, home: Path, arguments: Sequence[str]) -> psutil.Process:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {
            "home": str(home),
            "log": str(home / LOG),
            "environment": _environment(home),
            "arguments": arguments,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        pid = self._process.stdout.readline()
        assert pid, "the servers' nursery has ended by itself"
        return psutil.Process(int(pid))

    def leave(self) -> None:
        # Its standard input ends: it ends what it has started, and then itself.
        self._process.communicate()


class Server:
    """A running `lofteskartan run`, with its address and everything it has said."""

    def __init__(self, nursery: Nursery, home: Path, arguments: tuple[str, ...]) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._nursery, self._home = nursery, home
        self._arguments = ("run", "--no-browser", "--port", str(port), *arguments)
        self._start()

    def _start(self) -> None:
        self._process = self._nursery.start(self._home, self._arguments)
        self._wait_until_ready()

    @property
    def runs(self) -> bool:
        return bool(self._process.is_running())

    def see_to(self) -> None:
        """Let it run for the next test, whatever the one before has done to it."""
        if not self.runs:
            self._start()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop it for a while; then it starts at the same address and on the same register."""
        self.stop()
        try:
            yield
        finally:
            self._start()

    @contextmanager
    def keeping_still(self) -> Iterator[None]:
        """Let it answer nothing for a while, as behind a lost connection; then it goes on."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def keeping_an_import_still(self, choose: Callable[[], None]) -> Iterator[None]:
        """Choose a file, and let its import do nothing for a while; then it goes on.

        However quick the machine is, there is time to look at it from elsewhere.
        """
        known = self._imports()
        choose()
        for _ in range(READY_S * 1000 // POLL_MS):
            if new := self._imports() - known:
                break
            time.sleep(POLL_MS / 1000)
        (process,) = new
        process.suspend()
        try:
            yield
        finally:
            # A stop ends one that doesn't hear.
            if process.is_running():
                process.resume()

    @contextmanager
    def keeping_workers_still(self) -> Iterator[None]:
        """Let the processes that work something out do nothing for a while; then they go on."""
        suspended = self._imports()
        for process in suspended:
            process.suspend()
        try:
            yield
        finally:
            for process in suspended:
                if process.is_running():
                    process.resume()

    def _imports(self) -> set[psutil.Process]:
        """Return the processes in which files are read and saved: copies of one made for that."""
        servers = filter(_is_forkserver, self._process.children())
        return {copy for server in servers for copy in server.children()}

    @property
    def log(self) -> str:
        file = self._home / LOG
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def fault_since(self, start: int) -> str:
        """Return what was said since then if there is a traceback in it."""
        said = self.log[start:]
        return said if "Traceback" in said else ""

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.runs:
            if self._answers():
                return
            time.sleep(POLL_MS / 1000)
        self.stop()
        pytest.fail(f"the server did not get ready; it said:\n{self.log}", pytrace=False)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def assert_running(self) -> None:
        assert self.runs, f"the server ended by itself; it said:\n{self.log}"

    def kill(self) -> None:
        """End it as the system does: no word, no time."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        for end in (self._process.terminate, self._process.kill):
            try:
                end()
                self._process.wait(timeout=STOPPED_S)
            except psutil.NoSuchProcess:
                return
            except psutil.TimeoutExpired:
                continue


def _is_forkserver(process: psutil.Process) -> bool:
    try:
        return "forkserver" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # or one that has ended and is not yet taken note of
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of this user's own settings or data is found."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOFTESKARTAN_", "STREAMLIT_", "XDG_"))
    }
    folders = {"HOME": home, "XDG_DATA_HOME": home / "data", "XDG_CONFIG_HOME": home / "config"}
    return {
        **kept,
        **{name: str(path) for name, path in folders.items()},
        "PYTHONUNBUFFERED": "1",
        # A file saved while the tests run must not reload half of the program under test.
        "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
    }


@pytest.fixture(scope="session")
def servers() -> dict[tuple[str, ...], Server]:
    """Every server of this session, by what it was started with."""
    return {}


@pytest.fixture(scope="session")
def start_server(
    tmp_path_factory: pytest.TempPathFactory,
    chromium_path: str,
    servers: dict[tuple[str, ...], Server],
) -> Iterator[Callable[..., Server]]:
    """Start a server with the given arguments; one for each configuration and session.

    `settings` is the text of its user's settings file.
    """
    nursery = Nursery()

    def start(*arguments: str, settings: str = "") -> Server:
        wanted = (*arguments, settings)
        if wanted not in servers:
            home = tmp_path_factory.mktemp("home")
            file = home / "config" / "lofteskartan" / "lofteskartan.toml"
            file.parent.mkdir(parents=True)
            file.write_text(settings, encoding="utf-8")
            servers[wanted] = Server(nursery, home, arguments)
        return servers[wanted]

    yield start
    nursery.leave()


@pytest.fixture(autouse=True)
def _see_to_servers(servers: dict[tuple[str, ...], Server]) -> Iterator[None]:
    """A server that a test has ended is the next one's again."""
    yield
    for server in servers.values():
        server.see_to()


@pytest.fixture(scope="session")
def example_server(start_server: Callable[..., Server]) -> Server:
    return start_server("--example", "--basemap", "none")


@pytest.fixture(scope="session")
def own_server(start_server: Callable[..., Server]) -> Server:
    """A user's own register, new: it holds what the parties have published and nothing else."""
    return start_server("--register", "own.sqlite", "--basemap", "none")


@pytest.fixture
def server(example_server: Server) -> Server:
    """The server that `screen` opens; a test file may name another."""
    return example_server


# --- browser -----------------------------------------------------------------------------------


class Chromium:
    """The browser of all files here, and the readers whose windows are open in it.

    While it is open an event loop is, too, which tests elsewhere must not meet: it is closed
    after the last test here and launched again for the next.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._browser: Browser | None = None
        self.readers: dict[str, BrowserContext] = {}
        self.pages: dict[tuple[str, str], Page] = {}
        """Those that a file's tests share, by the server and what the reader has."""

    def launched(self, path: str) -> Browser:
        from playwright.sync_api import expect, sync_playwright

        if self._browser is None:
            expect.set_options(timeout=WAIT_MS)
            chromium = self._open.enter_context(sync_playwright()).chromium
            self._browser = chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
            self._open.callback(self._browser.close)
        return self._browser

    def close(self) -> None:
        self.readers.clear()
        self.pages.clear()
        self._browser = None
        self._open.close()


CHROMIUM: Final = Chromium()
FAILED: Final = pytest.StashKey[bool]()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is None or nextitem.get_closest_marker("browser") is None:
        CHROMIUM.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # Nobody else goes on from where a test came to grief.
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def browser(chromium_path: str) -> Browser:
    return CHROMIUM.launched(chromium_path)


class Screen:
    """A page of the program, with what it asked for and what went wrong on it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.requested: list[str] = []
        self._problems: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        # Files are listened for all the time: told only when a test waits for one, the browser may
        # hear of it after the key that opens the chooser, which is then nobody's.
        page.on("filechooser", lambda _: None)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("websocket", lambda socket_: self.requested.append(socket_.url))
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self._problems.append(f"page error: {error}"))

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self._problems.append(f"{message.text} ({message.location.get('url', '')})")

    def allow_on_console(self, pattern: str, reason: str) -> None:
        """Expect a console error in this test only; `reason` says why it belongs there."""
        assert reason
        self._allowed.append(re.compile(pattern))

    @property
    def problems(self) -> list[str]:
        return [p for p in self._problems if not any(a.search(p) for a in self._allowed)]

    # --- the page

    def load(self, address: str = "/") -> None:
        """Load the page, as from a link that somebody has sent."""
        self.page.goto(self.server.url + address)
        self.page.locator(".st-key-context_row [data-go]").first.wait_for()
        self.wait_until_still()

    def open(self, address: str = "/") -> None:
        """Go to an address as *Back* does where the program is open: a third of the work."""
        if not self.page.url.startswith(self.server.url):
            self.load(address)
            return
        self.wait_until_still()
        self.page.evaluate(_GO, address)
        self.wait_until_still()
        # What a run has sent is put into the panels a moment after it has ended.
        empty = '[data-testid="stBidiComponentRegular"]:not(:has(.lk-panel))'
        self.page.locator(f".stApp:not(:has({empty}))").wait_for()
        self.page.evaluate(_SHOWN)

    def wait_until_still(self) -> None:
        """Wait until the server's run for this page has ended and all of it is shown."""
        # What the page before leaves behind is taken away a moment later.
        shown = '.stApp[data-test-script-state="notRunning"]:not(:has([data-stale="true"]))'
        self.page.locator(shown).wait_for()

    def link(self, id_: str, within: str = "") -> Locator:
        return self.page.locator(f'{within} [data-id="{id_}"]').first

    def follow(self, id_: str, within: str = "") -> None:
        self.wait_until_still()
        self.link(id_, within).click()

    def card(self, kind: str) -> Locator:
        """Return a card: area_list, area_card, commitment_card, activity_card or walk_card.

        For a moment its place may still hold the card before it, which does not count.
        """
        view = kind.replace("area_list", "areas").replace("_card", "/")
        return self.page.locator(f'.st-key-{kind} .lk-panel[data-view^="{view}"]')

    def heading(self, kind: str) -> Locator:
        return self.card(kind).locator("h1")

    @property
    def trail(self) -> Locator:
        return self.page.locator(".st-key-context_row .lk-trail")

    @property
    def date(self) -> Locator:
        return self.page.locator("#lk-as-of")

    @property
    def query(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.page.url).query).items()}

    def wait_for_query(self, **expected: str) -> None:
        """Wait until the address says exactly this."""
        self.page.wait_for_function(
            """expected => {
              const found = Object.fromEntries(new URLSearchParams(location.search));
              const names = Object.keys(expected);
              return Object.keys(found).length === names.length
                && names.every(name => found[name] === expected[name]);
            }""",
            arg=expected,
        )

    def tab_to(self, selector: str, *, key: str = "Tab", limit: int = 60) -> None:
        """Press Tab until what the selector names has the focus."""
        for _ in range(limit):
            self.page.keyboard.press(key)
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        pytest.fail(f"{key} does not reach {selector} in {limit} steps")

    # --- the map

    @property
    def frame(self) -> Frame:
        map_ = self.page.locator(":is(.st-key-map_panel, .st-key-map_alone) iframe")
        # For a moment, while one page takes another's place, the frame has nothing in it yet.
        for _ in range(WAIT_MS // POLL_MS):
            if (found := map_.element_handle().content_frame()) is not None:
                return found
            self.page.wait_for_timeout(POLL_MS)
        pytest.fail("the map's frame stays empty", pytrace=False)

    def map_says(self, condition: str, arg: object = None) -> None:
        """Wait until a JavaScript condition holds in the map's frame."""
        from playwright.sync_api import Error

        # The map's policy allows nothing to be read as a script later than at once: what is asked
        # more than once has to be a function.
        if not _FUNCTION.match(condition):
            condition = f"() => ({condition})"
        # Polled: an animation frame, the usual beat, never comes to a frame not yet shown.
        try:
            self.frame.wait_for_function(condition, arg=arg, polling=POLL_MS)
        except Error as error:
            if "detached" not in str(error):
                raise
            # Another page has come, with a map of its own.
            self.wait_until_still()
            self.frame.wait_for_function(condition, arg=arg, polling=POLL_MS)

    def wait_for_layers(self, *names: str) -> None:
        for name in names:
            self.map_says("name => document.body && name in document.body.dataset", name)

    def wait_for_drawn(self, name: str, value: str, *, drawn: bool = True) -> None:
        """Wait until something whose property has a value is on the map, or nothing is."""
        self.map_says(
            """([name, value, drawn]) => {
              let some = false;
              if (window.map) map.eachLayer(l => {
                if (l.feature && l.feature.properties[name] === value) some = true;
              });
              return some === drawn;
            }""",
            [name, value, drawn],
        )

    def view(self) -> list[float]:
        """Return the map's zoom and the centre's latitude and longitude, rounded."""
        found: list[float] = self.frame.evaluate(
            "[map.getZoom(), map.getCenter().lat, map.getCenter().lng].map(v => +v.toFixed(5))"
        )
        return found

    def wait_for_view_of(self, layer: str, id_: str, zoom: float = 0) -> None:
        """Wait until the whole of a thing is in view, at least at a zoom."""
        self.map_says(_FIND + "; a => inView(a)", {"layer": layer, "id": id_, "zoom": zoom})

    def click_on_map(self, layer: str, id_: str | None = None, part: str = "path") -> None:
        """Click a thing on the map: its ``path``, or its ``icon`` with the name beside it."""
        self.wait_until_still()
        self.page.mouse.click(*self._spot(layer, id_, part))

    def hover_on_map(self, layer: str, id_: str | None = None) -> None:
        """Move the pointer over a thing on the map."""
        x, y = self._spot(layer, id_, "path")
        self.page.mouse.move(x, y)
        self.page.mouse.move(x + 1, y)

    def _spot(self, layer: str, id_: str | None, part: str) -> tuple[float, float]:
        """Find where a reader would point: a spot where nothing else covers the thing."""
        wanted = {"layer": layer, "id": id_, "part": part}
        found = self.frame.wait_for_function(_FIND + "; a => spot(a)", arg=wanted, polling=POLL_MS)
        spot = found.json_value()
        box = self.page.locator(".st-key-map_panel iframe").bounding_box()
        assert box is not None
        return box["x"] + spot["x"], box["y"] + spot["y"]


_FUNCTION: Final = re.compile(r"\s*(var |(\w+|\([^()]*\)) *=>)")

_GO: Final = """
async address => {
  const heard = new Promise(resolve => {
    new MutationObserver((_, seen) => { seen.disconnect(); resolve(); }).observe(
      document.querySelector(".stApp"), {attributeFilter: ["data-test-script-state"]});
    // A run may be over before the page has shown that it began.
    setTimeout(resolve, 5000);
  });
  history.pushState({}, "", address);
  dispatchEvent(new PopStateEvent("popstate", {state: {}}));
  await heard;
}
"""

_SHOWN: Final = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"

_FIND: Final = """
var found = ({layer, id}) => {
  const hits = [];
  // Places that lie apart have a view each, and a thing is in all of them.
  const views = window.map && window.Lofteskartan ? Lofteskartan.views() : [];
  for (const view of views) view.map.eachLayer(l => {
    const p = l.feature && l.feature.properties;
    if (p && p.layer === layer && (id === null || p.id === id)) hits.push(l);
  });
  return hits;
};
var inView = ({layer, id, zoom}) => window.Lofteskartan && Lofteskartan.views().some(({map}) => {
  const hits = found({layer, id}).filter(l => l._map === map);
  return hits.length > 0 && map.getZoom() >= zoom && hits.every(l =>
    map.getBounds().contains(l.getBounds ? l.getBounds() : l.getLatLng()));
});
var still = () => !document.querySelector(".leaflet-zoom-anim, .leaflet-pan-anim");
var spots = function* (node) {
  for (const box of [node, ...node.querySelectorAll("*")].map(n => n.getBoundingClientRect()))
    for (const share of [.5, .35, .65, .2, .8, .1, .9])
      for (const other of [.5, .4, .6, .25, .75, .1, .9])
        yield {x: box.left + box.width * share, y: box.top + box.height * other};
  if (node.getTotalLength) for (let i = 0; i < 200; i++) {
    const at = node.getPointAtLength(node.getTotalLength() * i / 200);
    const on = new DOMPoint(at.x, at.y).matrixTransform(node.getScreenCTM());
    yield {x: on.x, y: on.y};
  }
};
var spot = ({layer, id, part}) => {
  if (!window.map || !still()) return null;
  for (const hit of found({layer, id})) {
    const node = hit.getElement();
    if (!node || (node.tagName === "path") !== (part === "path")) continue;
    for (const at of spots(node)) {
      const top = document.elementFromPoint(at.x, at.y);
      if (top && node.contains(top)) return at;
    }
  }
  return null;
}
"""


@pytest.fixture(scope="module")
def _forgetful() -> Iterator[None]:
    """What one file's readers have in store, or may do, is nothing to the next file's."""
    yield
    for page in CHROMIUM.pages.values():
        page.close()
    CHROMIUM.pages.clear()
    for context in CHROMIUM.readers.values():
        context.clear_permissions()
        context.set_storage_state({"cookies": [], "origins": []})


@pytest.fixture
def contexts(browser: Browser, _forgetful: None) -> Iterator[Callable[..., BrowserContext]]:
    """Give a reader's browser; readers with the same options share it and what it has cached."""
    fresh_ones: list[BrowserContext] = []

    def give(*, fresh: bool, **options: Any) -> BrowserContext:
        # Reduced motion: the map moves at once, so that where it looks can be waited for.
        given = {"viewport": WINDOW, "reduced_motion": "reduce", **options}
        found = None if fresh else CHROMIUM.readers.get(repr(given))
        if found is None:
            found = browser.new_context(**given)
            found.set_default_timeout(WAIT_MS)
            if fresh:
                fresh_ones.append(found)
            else:
                CHROMIUM.readers[repr(given)] = found
        return found

    yield give
    for context in fresh_ones:
        context.close()


@pytest.fixture
def open_screen(
    contexts: Callable[..., BrowserContext], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Screen]]:
    """Open pages; at the end none may have gone wrong.

    A file marked `one_page` changes nothing: its tests share the page that they look at.
    """
    screens: list[Screen] = []
    said_before: dict[Server, int] = {}
    lent: dict[tuple[str, str], Page] = {}

    def open_one(server: Server, *, fresh: bool = False, **options: Any) -> Screen:
        said_before.setdefault(server, len(server.log))
        kept = not fresh and request.node.get_closest_marker("one_page") is not None
        key = (server.url, repr(options))
        page = CHROMIUM.pages.pop(key, None) if kept else None
        if page is None:
            page = contexts(fresh=fresh, **options).new_page()
        else:
            page.set_viewport_size(options.get("viewport", WINDOW))
        if kept:
            lent.setdefault(key, page)
        screens.append(Screen(page, server))
        return screens[-1]

    yield open_one
    crashed = [s.page.locator("[data-testid=stException]").all_inner_texts() for s in screens]
    if not request.node.stash.get(FAILED, False):
        CHROMIUM.pages.update(lent)
    for screen in screens:
        if screen.page not in CHROMIUM.pages.values():
            screen.page.close()
    faults = "".join(server.fault_since(start) for server, start in said_before.items())
    said = "".join(server.log[start:] for server, start in said_before.items())
    request.node.add_report_section("teardown", "server log", said[-6000:])
    for server in said_before:
        server.assert_running()
    assert [p for screen in screens for p in screen.problems] == []
    assert [text for texts in crashed for text in texts] == []
    assert faults == ""


@pytest.fixture
def screen(open_screen: Callable[..., Screen], server: Server) -> Screen:
    return open_screen(server)
