"""A country's register: a million activities, in SQLite or in a PostgreSQL that is there.

Run it with ``python tests/bench/scale.py``; see README.md beside it. It prints one JSON object a
line; it tests nothing.
"""

from __future__ import annotations

import logging
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import browsing
import interaction
import registers
import servers
import typer
from playwright.sync_api import sync_playwright

from geodata.catalogue.loading import load_catalogue
from geodata.settings import bundled_data

GOALS = {
    "click": {"ratio": 1.0},
    "open": {"ratio": 1.5},
    "layer_cold": interaction.LAYER_GOAL,
    "layer_unchanged": interaction.LAYER_GOAL,
    "memory": {"rss_at_end_mb": 700.0},
}


def main(
    *,
    size: Annotated[int, typer.Option(min=0, help="Activities to make.")] = 1_000_000,
    register: Annotated[
        str | None, typer.Option(help="A register's URL or file: filled where nothing is in it.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Measurements in each case.")] = 11,
    chromium: Annotated[str | None, typer.Option(help="The browser's file.")] = None,
) -> None:
    """Measure clicks, opening, layers and memory with a register of any size on either engine."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    catalogue = load_catalogue((bundled_data(),))
    first, second = (catalogue.area_by_id[area].name for area in interaction.CLICKED_AREAS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = registers.filled(register or str(folder / "register.sqlite"), size)
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium or browsing.INSTALLED,
            args=list(browsing.CHROMIUM_ARGUMENTS),
        )
        stack.callback(browser.close)
        bare = stack.enter_context(servers.bare_app(folder))
        interaction.tell(interaction.machine(browser))
        browsing.open_ms(browser, browsing.BareApp(bare.url))
        server = stack.enter_context(servers.dashboard(url, folder))
        for line in interaction.measured(
            browser, bare, server, catalogue.areas, (first, second), repeat
        ):
            goal = GOALS.get(line["case"])
            met = None if goal is None else all(line[name] <= most for name, most in goal.items())
            interaction.tell({**line, "activities": size, "goal": goal, "met": met})


if __name__ == "__main__":
    typer.run(main)
