"""How long an import of many rows takes, what it needs, and what others notice meanwhile.

Run it with ``python tests/bench/importing.py``; see README.md beside it. It prints one JSON
object a line; it tests nothing.
"""

from __future__ import annotations

import csv
import json
import logging
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import browsing
import psutil  # type: ignore[import-untyped]
import registers
import servers
import typer
from playwright.sync_api import Page, sync_playwright

from geodata.catalogue.loading import load_catalogue
from geodata.settings import bundled_data
from geodata.texts import SWEDISH_TIME

GOALS = {"seconds": 30.0, "rss_mb": 800.0}
CLICKED_AREAS = ("norrby", "hedbo")
WAIT_MS = 300_000
SAMPLED_EVERY_S = 0.2
LOOKING_MS = 1_500
"""How long the other reader looks at each answer."""

WATCH_SHOWN = """
(selector) => {
  const begun = performance.now();
  window.benchTook = null;
  const timer = setInterval(() => {
    const node = document.querySelector(selector);
    if (!node || !node.getClientRects().length) return;
    window.benchTook = performance.now() - begun;
    clearInterval(timer);
  }, 20);
}
"""
"""The page itself notes when something was shown: whoever asks is busy with the other page."""

log = logging.getLogger("bench")


def main(
    *,
    rows: Annotated[int, typer.Option(min=1, help="Rows of the file.")] = 100_000,
    read_s: Annotated[float, typer.Option(min=0, help="How long the report is read.")] = 0.0,
    chromium: Annotated[str | None, typer.Option(help="The browser's file.")] = None,
) -> None:
    """Import a file of many rows through the page, while somebody else clicks on the map."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        file = _write_file(folder / "activities.csv", rows)
        launched = playwright.chromium.launch(
            executable_path=chromium or browsing.INSTALLED,
            args=list(browsing.CHROMIUM_ARGUMENTS),
        )
        with servers.dashboard(str(folder / "register.sqlite"), folder) as server:
            catalogue = load_catalogue((bundled_data(),))
            areas = tuple(catalogue.area_by_id[id_].name for id_ in CLICKED_AREAS)
            app = browsing.Dashboard(server.url, (areas[0], areas[1]))
            with browsing.opened(launched, app) as (other, _):
                before = [browsing.click_ms(other, app, n) for n in range(1, 8)][2:]
                page = launched.new_page()
                page.set_default_timeout(WAIT_MS)
                line = _import(
                    page, server, file, lambda n: browsing.click_ms(other, app, n), read_s
                )
        launched.close()
    quiet = statistics.median(before)
    seconds = line["examine_s"] + line["save_s"]
    told = {
        "case": "import",
        "rows": rows,
        "read_s": read_s,
        **line,
        "seconds": round(seconds, 1),
        "click_before_ms": round(quiet),
        "click_ratio": round(line["click_meanwhile_ms"] / quiet, 2),
        "goal": GOALS,
        "met": seconds <= GOALS["seconds"] and line["import_rss_mb"] <= GOALS["rss_mb"],
    }
    typer.echo(json.dumps(told))


def _write_file(path: Path, rows: int) -> Path:
    """Write activities as a Swedish spreadsheet would: semicolons, decimal commas, names."""
    catalogue = load_catalogue((bundled_data(),))
    kinds = catalogue.vocabulary.activity_kinds
    of_2018 = tuple(catalogue.promise_by_id[id_] for id_ in registers.OF_2018)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(
            ["datum", "slag", "område", "lat", "lon", "minuter", "åtaganden", "anteckning"]
        )
        for number, activity in enumerate(registers.made_activities(catalogue, of_2018, rows)):
            local = activity.start.astimezone(SWEDISH_TIME)
            area = catalogue.area_by_id[activity.area_id or ""]
            place = activity.place.centroid if activity.place else area.outline.centroid
            table.writerow(
                [
                    f"{local:%Y-%m-%d %H:%M}" if activity.precision == "minute" else activity.day,
                    kinds[activity.kind].name.sv,
                    area.name,
                    f"{place.y:.6f}".replace(".", ","),
                    f"{place.x:.6f}".replace(".", ","),
                    activity.minutes,
                    " ".join(activity.commitments),
                    f"Rad {number}: lugnt på torget, samtal med boende.",
                ]
            )
    return path


def _import(
    page: Page,
    server: servers.Server,
    file: Path,
    click: Callable[[int], float],
    read_s: float,
) -> dict[str, Any]:
    page.goto(f"{server.url}/importera")
    chooser = page.locator("[data-id=file]")
    chooser.wait_for(state="attached")
    clicks: list[float] = []
    with _children(server) as peak:
        page.evaluate(WATCH_SHOWN, ".lk-tally")
        chooser.set_input_files(file)
        examine_s = _took_s(page, click, clicks)
        log.info("examined after %.1f s", examine_s)
        page.locator("#lk-by").fill("bench")
        page.wait_for_timeout(read_s * 1_000)
        page.evaluate(WATCH_SHOWN, "[data-id=to-map]")
        page.locator("[data-id=save-all], [data-id=save-good]").first.click()
        save_s = _took_s(page, click, clicks)
        log.info("saved after %.1f s", save_s)
    return {
        "file_mb": round(file.stat().st_size / 1e6, 1),
        "examine_s": round(examine_s, 1),
        "save_s": round(save_s, 1),
        "import_rss_mb": round(peak[0]),
        "server_rss_mb": round(server.memory_mb()),
        "clicks_meanwhile": len(clicks),
        "click_meanwhile_ms": round(statistics.median(clicks)),
        "click_most_ms": round(max(clicks)),
    }


def _took_s(page: Page, click: Callable[[int], float], clicks: list[float]) -> float:
    """Click on the other page until the page has shown what it waits for; return when that was."""
    while (took_ms := page.evaluate("window.benchTook")) is None:
        clicks.append(_looked_at(page, click, len(clicks)))
    return float(took_ms) / 1_000


def _looked_at(page: Page, click: Callable[[int], float], number: int) -> float:
    """Click as somebody does who looks at each answer; return how long it took, in ms."""
    took_ms = click(8 + number)
    page.wait_for_timeout(LOOKING_MS)
    return took_ms


@contextmanager
def _children(server: servers.Server) -> Iterator[list[float]]:
    """Sample the memory of the server's own processes; the list holds the most, in MB."""
    peak, ended = [0.0], threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLED_EVERY_S):
            children = psutil.Process(server.process_id).children(recursive=True)
            for child in children:
                try:
                    peak[0] = max(peak[0], child.memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    typer.run(main)
