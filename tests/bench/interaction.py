"""How fast Löfteskartan answers, against a bare app in the same browser and the same minutes.

Run it with ``python tests/bench/interaction.py``; see README.md beside it. It prints one JSON
object a line, one for each case; it tests nothing.
"""

from __future__ import annotations

import json
import logging
import platform
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import browsing
import layer_route
import psutil  # type: ignore[import-untyped]
import registers
import servers
import typer
from playwright.sync_api import Browser, sync_playwright

from geodata.catalogue.loading import load_catalogue
from geodata.model import Area
from geodata.settings import bundled_data

LAYER_GOAL = {"largest_kb": 300.0, "p95_ms": 150.0}
LIT_GOAL = {"median_ms": 50.0}
GOALS: Mapping[tuple[str, int], Mapping[str, float]] = {
    ("click", 20_000): {"ratio": 1.3},
    ("click", 100_000): {"ratio": 1.5},
    ("open", 20_000): {"ratio": 1.8},
    ("memory", 100_000): {"rss_mb": 700.0},
}
"""The most that a figure may be."""

CLICKED_AREAS = ("norrby", "hedbo")
"""One in each town, neither covered by a neighbour in the view that the map opens with."""

WARM_UP_CLICKS = 2

Line = dict[str, Any]
log = logging.getLogger("bench")


def main(
    *,
    repeat: Annotated[int, typer.Option(min=1, help="Measurements of each app in each case.")] = 11,
    sizes: Annotated[
        str, typer.Option(help="Activities in the registers.")
    ] = "0,1000,20000,100000",
    chromium: Annotated[
        str | None,
        typer.Option(help="The browser's file; default: the system's, else Playwright's own."),
    ] = None,
) -> None:
    """Measure clicks, opening, memory and the activities' layer, and print one line a case."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    counts = [int(size) for size in sizes.split(",")]
    catalogue = load_catalogue((bundled_data(),))
    first, second = (catalogue.area_by_id[area].name for area in CLICKED_AREAS)
    names = (first, second)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        urls = _made_registers(folder, counts)
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium or browsing.INSTALLED,
            args=list(browsing.CHROMIUM_ARGUMENTS),
        )
        stack.callback(browser.close)
        bare = stack.enter_context(servers.bare_app(folder))
        tell(machine(browser))
        # The first visit to a new server is slow; here it belongs to no measurement.
        browsing.open_ms(browser, browsing.BareApp(bare.url))
        for count in counts:
            with servers.dashboard(urls[count], folder) as server:
                for line in measured(browser, bare, server, catalogue.areas, names, repeat):
                    tell(judged(count, line))


def _made_registers(folder: Path, counts: Sequence[int]) -> dict[int, str]:
    urls = {}
    for count in counts:
        log.info("making a register of %d", count)
        urls[count] = registers.make_register(folder / f"{count}.sqlite", count)
    return urls


def measured(
    browser: Browser,
    bare: servers.Server,
    server: servers.Server,
    areas: Sequence[Area],
    clicked: tuple[str, str],
    repeat: int,
    *,
    outlined: bool = True,
) -> Iterator[Line]:
    """Yield a line for each case; `areas` are those whose layer is asked for.

    Where areas are dots and not outlined, there is no outline to light up.
    """
    floor = browsing.BareApp(bare.url)
    app = browsing.Dashboard(server.url, clicked)
    log.info("clicks")
    with browsing.opened(browser, floor) as (bare_page, _), browsing.opened(browser, app) as shown:
        page, first_open_ms = shown
        size_px = browsing.map_size_px(page)
        bare_ms, own_ms, lit_ms = [], [], []
        for number in range(1, WARM_UP_CLICKS + repeat + 1):
            bare_ms.append(browsing.click_ms(bare_page, floor, number))
            if outlined:
                lit, own = browsing.lit_and_click_ms(page, app, number)
                lit_ms.append(lit)
            else:
                own = browsing.click_ms(page, app, number)
            own_ms.append(own)
        yield {
            "case": "click",
            **_compared(own_ms[WARM_UP_CLICKS:], bare_ms[WARM_UP_CLICKS:]),
            "first_ms": own_ms[0],
        }
        if warm := lit_ms[WARM_UP_CLICKS:]:
            told = {"from_ms": min(warm), "to_ms": max(warm), "times": len(warm)}
            yield {"case": "lit", "median_ms": statistics.median(warm), **told}
        rss_mb, bare_rss_mb = server.memory_mb(), bare.memory_mb()
    log.info("opening")
    pairs = [
        (browsing.open_ms(browser, floor), browsing.open_ms(browser, app)) for _ in range(repeat)
    ]
    yield {
        "case": "open",
        **_compared([own for _, own in pairs], [bare for bare, _ in pairs]),
        "first_ms": first_open_ms,
    }
    log.info("layer")
    cold, unchanged = layer_route.ask_all(server.url, areas, size_px)
    yield {"case": "layer_cold", **_summed_up(cold)}
    yield {"case": "layer_unchanged", **_summed_up(unchanged)}
    yield {
        "case": "memory",
        "rss_mb": rss_mb,
        "bare_rss_mb": bare_rss_mb,
        "ratio": rss_mb / bare_rss_mb,
        "rss_at_end_mb": server.memory_mb(),
    }


def _compared(own_ms: Sequence[float], bare_ms: Sequence[float]) -> Line:
    own, bare = statistics.median(own_ms), statistics.median(bare_ms)
    return {
        "median_ms": own,
        "bare_median_ms": bare,
        "ratio": own / bare,
        "from_ms": min(own_ms),
        "to_ms": max(own_ms),
        "bare_from_ms": min(bare_ms),
        "bare_to_ms": max(bare_ms),
        "times": len(own_ms),
    }


def _summed_up(answers: Sequence[layer_route.Answer]) -> Line:
    times = [answer.took_ms for answer in answers]
    return {
        "median_ms": statistics.median(times),
        "p95_ms": statistics.quantiles(times, n=20, method="inclusive")[18],
        "max_ms": max(times),
        "largest_kb": max(answer.size_bytes for answer in answers) / 1e3,
        "most_features": max(answer.features for answer in answers),
        "times": len(times),
    }


def judged(count: int, line: Line) -> Line:
    """Return a line with the number of activities, its goal, and whether it was met."""
    layer = str(line["case"]).startswith("layer")
    goal = LAYER_GOAL if layer else GOALS.get((line["case"], count))
    goal = LIT_GOAL if line["case"] == "lit" else goal
    met = None if goal is None else all(line[name] <= most for name, most in goal.items())
    return {"case": line.pop("case"), "activities": count, **line, "goal": goal, "met": met}


def machine(browser: Browser) -> Line:
    """Return what it was measured on."""
    return {
        "case": "machine",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": psutil.cpu_count(),
        "memory_gib": psutil.virtual_memory().total / 2**30,
        "load": psutil.getloadavg()[0],
        "python": platform.python_version(),
        "streamlit": version("streamlit"),
        "streamlit_folium": version("streamlit-folium"),
        "chromium": browser.version,
    }


def tell(line: Line) -> None:
    """Print a case."""
    rounded = {k: round(v, 2) if isinstance(v, float) else v for k, v in line.items()}
    typer.echo(json.dumps(rounded))


if __name__ == "__main__":
    typer.run(main)
