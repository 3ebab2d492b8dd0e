"""What a person waits for, timed inside the browser and in the same way for both apps.

A click is timed from the browser's own time stamp of the ``click`` event until the first frame
after the answer is in the page has been drawn; opening from the navigation's start until the
first frame in which the map can be clicked. All times are of one clock (``performance``).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Browser, Frame, Locator, Page

VIEWPORT_PX = (1920, 1080)
GIVE_UP_MS = 60_000
MAP_FRAME = "streamlit_folium"

INSTALLED = shutil.which("chromium-headless-shell") or shutil.which("chromium")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # Nothing beyond this machine can take part, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# Both run in the page itself: the map's frame is of the same origin, and a script that starts in
# that frame before its document does is lost with the empty document that it began with.
WATCH_OPENING = """
if (window === top) window.benchOpened = new Promise((resolve) => {
  const ready = (inner) => READY;
  const poll = () => {
    const frame = document.querySelector("iframe");
    if (frame && frame.contentDocument && ready(frame.contentWindow)) resolve(performance.now());
    else requestAnimationFrame(poll);
  };
  requestAnimationFrame(poll);
})
"""

WATCH_CLICK = """
([selector, text, limit]) => {
  const inner = document.querySelector("iframe").contentWindow;
  let clickedAt;
  inner.addEventListener("click", (event) => {
    clickedAt = inner.performance.timeOrigin + event.timeStamp;
  }, { capture: true, once: true });
  window.benchShown = new Promise((resolve, reject) => {
    const drawn = () => resolve(performance.timeOrigin + performance.now() - clickedAt);
    const observer = new MutationObserver(() => {
      const node = document.querySelector(selector);
      if (!node || node.textContent.trim() !== text) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(drawn, 0));
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    setTimeout(() => reject(new Error(`${text} was not shown`)), limit);
  });
}
"""


WATCH_LIGHT = """
() => {
  const inner = document.querySelector("iframe").contentWindow;
  const outlines = () => {
    const found = new Map();
    for (const view of inner.Lofteskartan.views()) view.map.eachLayer((layer) => {
      if (layer.outlines) found.set(layer.feature.properties.id, layer.options.weight);
    });
    return found;
  };
  const before = outlines();
  window.benchLit = new Promise((resolve) => inner.addEventListener("click", (event) => {
    const drawn = () => resolve(inner.performance.now() - event.timeStamp);
    const look = () => {
      const is_lit = [...outlines()].some(([id, weight]) => weight > before.get(id));
      inner.requestAnimationFrame(is_lit ? () => inner.setTimeout(drawn, 0) : look);
    };
    // After the map's own listeners, within the click.
    inner.setTimeout(look, 0);
  }, { capture: true, once: true }));
}
"""
"""When the outline of what was clicked is drawn thicker, which no server is asked for."""

TWO_FRAMES = """
new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
"""

IN_VIEW = """
(name) => {
  let at = null;
  // Places that lie apart have a view each.
  for (const view of Lofteskartan.views()) view.map.eachLayer((layer) => {
    if (!layer.getLatLng || layer.feature?.properties.title !== name) return;
    const { x, y } = view.map.latLngToContainerPoint(layer.getLatLng());
    const box = view.map.getContainer().getBoundingClientRect();
    const [left, top] = [box.left + x, box.top + y];
    const drawn = layer.dot ? view.map.getPane("dots") : layer.getElement();
    if (drawn.contains(document.elementFromPoint(left, top))) at = [left, top];
  });
  return at;
}
"""
"""Where an area's badge stands, or far out its dot; null where something else covers it."""


@dataclass(frozen=True)
class Target:
    """Something to click and the text that answers.

    Parameters
    ----------
    x_px, y_px : float
        Where on the page.
    selector, text : str
        What is to hold which text.
    """

    x_px: float
    y_px: float
    selector: str
    text: str


class App(Protocol):
    """What differs between the two apps."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def ready(self) -> str:
        """JavaScript over `inner`, the map frame's window: true when the map can be clicked."""

    def target(self, page: Page, number: int) -> Target:
        """Return what the click with a number, from 1, clicks."""


@dataclass(frozen=True)
class BareApp:
    """The bare app; its one polygon numbers its clicks."""

    url: str
    ready: str = (
        "inner.map && Object.values(inner.map._layers)"
        ".some((layer) => layer._path && layer._path.isConnected && layer._events.click)"
    )

    def target(self, page: Page, number: int) -> Target:
        """Return the polygon's middle."""
        x, y = _middle(page.frame_locator("iframe").locator("path.leaflet-interactive"))
        return Target(x, y, ".st-key-clicked [data-testid=stText]", f"square {number}")


@dataclass(frozen=True)
class Dashboard:
    """Löfteskartan; two areas far from each other are clicked in turns."""

    url: str
    areas: tuple[str, str]
    ready: str = "inner.document.body && inner.document.body.dataset.areas !== undefined"

    def target(self, page: Page, number: int) -> Target:
        """Return where an area is clicked, in the view that the map opens with."""
        name = self.areas[number % 2]
        frame = page.locator("iframe").first
        inside, box = frame.element_handle().content_frame(), frame.bounding_box()
        found = inside.evaluate(IN_VIEW, name) if inside else None
        if found is None or box is None:
            raise RuntimeError(f"{name} is not in the first view, or something covers it")
        x, y = box["x"] + found[0], box["y"] + found[1]
        return Target(x, y, ".st-key-area_card [data-heading]", name)


def _middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    if box is None:
        raise RuntimeError(f"{target} has no place on the page")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@contextmanager
def opened(browser: Browser, app: App) -> Iterator[tuple[Page, float]]:
    """Open an app in a browser context of its own, which remembers nothing.

    Yields
    ------
    page : Page
        With the map ready.
    open_ms : float
        From the navigation's start until the map could be clicked.
    """
    width, height = VIEWPORT_PX
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        context.set_default_timeout(GIVE_UP_MS)
        context.add_init_script(WATCH_OPENING.replace("READY", app.ready))
        page = context.new_page()
        page.goto(app.url, wait_until="commit")
        open_ms = float(page.evaluate("window.benchOpened"))
        _settle(page)
        yield page, open_ms
    finally:
        context.close()


def open_ms(browser: Browser, app: App) -> float:
    """Open an app once and return how long it took, in milliseconds."""
    with opened(browser, app) as (_, took_ms):
        return took_ms


def click_ms(page: Page, app: App, number: int) -> float:
    """Click once and return how long the answer took, in milliseconds."""
    target = app.target(page, number)
    page.evaluate(WATCH_CLICK, [target.selector, target.text, GIVE_UP_MS])
    page.mouse.click(target.x_px, target.y_px)
    took_ms = float(page.evaluate("window.benchShown"))
    _settle(page)
    return took_ms


def lit_and_click_ms(page: Page, app: App, number: int) -> tuple[float, float]:
    """Click an area once; return how long until it was lit and until its card was there, in ms."""
    page.evaluate(WATCH_LIGHT)
    took_ms = click_ms(page, app, number)
    return float(page.evaluate("window.benchLit")), took_ms


def map_size_px(page: Page) -> tuple[int, int]:
    """Return the map's width and height on the screen."""
    frame = map_frame(page)
    width, height = frame.evaluate("[window.map.getSize().x, window.map.getSize().y]")
    return int(width), int(height)


def map_frame(page: Page) -> Frame:
    """Return the frame that the map is in."""
    return next(frame for frame in page.frames if MAP_FRAME in frame.url)


def _settle(page: Page) -> None:
    """Wait until the server's run has ended and what it sent has been drawn."""
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
    page.evaluate(TWO_FRAMES)
