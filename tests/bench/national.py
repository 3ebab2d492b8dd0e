"""How a national catalogue does: every municipality, three years each, two thousand areas.

Run it with ``python tests/bench/national.py``; see README.md beside it. It prints one JSON object
a line; it tests nothing.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import browsing
import interaction
import psutil  # type: ignore[import-untyped]
import registers
import servers
import typer
from playwright.sync_api import sync_playwright
from shapely import box
from shapely.geometry import mapping

from geodata.model import Catalogue
from geodata.register import Register
from geodata.service import Service
from geodata.service.core import today_in_sweden
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

MUNICIPALITIES: Final = 290
AREAS: Final = 2_000
YEARS: Final = 3
"""The one that the day of the run is in, and those after it."""

COLUMNS: Final = 17
WEST_DEG, SOUTH_DEG = 11.5, 55.4
STEP_DEG: Final = (0.5, 0.72)
"""From one municipality to the next, east and north: about 30 km and 80 km."""

NAMED: Final = ("Ensligön", "Ytterskäret")
"""Two areas with nothing near them, which can be clicked in a view of the whole country."""

log = logging.getLogger("bench")


def write_catalogue(folder: Path, first_year: int) -> None:
    """Write promises of six commitments, and areas of a kilometre or two."""
    (folder / "promises").mkdir(parents=True)
    text = (bundled_data() / "promises" / "mark-2018.toml").read_text(encoding="utf-8")
    text = re.sub(r"^(predecessor|published|signed) = .*\n", "", text, flags=re.MULTILINE)
    # What was reported is of its own year.
    text = text.partition("[[outcomes]]")[0]
    named = ("kinna-centrum", "hedbo", "assberg", "snickaren-muraren")
    features = []
    for number in range(MUNICIPALITIES):
        own = _areas(number)
        features += own
        town = f"Kommun {number:03}"
        of_town = text.replace('municipality = "Mark"', f'municipality = "{town}"')
        of_town = of_town.replace('sv = "Mark", en = "Mark"', f'sv = "{town}", en = "{town}"')
        of_town = of_town.replace("Mark 2018", f"{town} 2018")
        ids = [str(each["properties"]["id"]) for each in own]  # type: ignore[index]
        for old, new in zip(named, ids, strict=False):
            of_town = of_town.replace(f'"{old}"', f'"{new}"')
        # The rest of the areas are the first commitment's too.
        rest = ", ".join(f'"{id_}"' for id_ in (ids[0], *ids[4:]))
        of_town = of_town.replace(f'areas = ["{ids[0]}"]', f"areas = [{rest}]", 1)
        for year in range(first_year, first_year + YEARS):
            id_ = f"k{number:03}-{year}"
            made = of_town.replace('"mark-2018"', f'"{id_}"').replace("2018", str(year))
            if year > first_year:
                made = made.replace(
                    "\n[title]", f'predecessor = "k{number:03}-{year - 1}"\n[title]'
                )
            (folder / "promises" / f"{id_}.toml").write_text(made, encoding="utf-8")
    document = {"type": "FeatureCollection", "features": features}
    (folder / "areas.geojson").write_text(json.dumps(document), encoding="utf-8")


def _areas(number: int) -> list[dict[str, object]]:
    # 260 municipalities have seven, the others six: two thousand together.
    count = AREAS // MUNICIPALITIES + (number < AREAS % MUNICIPALITIES)
    row, column = divmod(number, COLUMNS)
    west, south = WEST_DEG + column * STEP_DEG[0], SOUTH_DEG + row * STEP_DEG[1]
    made: list[dict[str, object]] = []
    for place in range(count):
        lon, lat = west + place % 3 * 0.05, south + place // 3 * 0.03
        id_, name = f"k{number:03}-a{place}", f"Stadsdel {number:03}-{place}"
        if number < len(NAMED) and place == 0:
            # Out at sea, off the west coast.
            lon, lat, name = 10.7, 56.4 + 4 * number, NAMED[number]
        outline = box(lon, lat, lon + 0.03, lat + 0.018)
        properties = {
            "id": id_,
            "name": name,
            "municipality": f"Kommun {number:03}",
            "kind": "housing",
            "outline_method": "nominal",
            "outline_accuracy_m": 250,
            "outline_source": "Påhittad",
            "outline_source_en": "Made up",
        }
        made.append({"type": "Feature", "properties": properties, "geometry": mapping(outline)})
    return made


def _opened(settings: Settings, case: str) -> Catalogue:
    """Open the service once and tell what that cost this process."""
    before, started = time.process_time(), time.perf_counter()
    with Service.open(settings) as service:
        catalogue = service.catalogue
    told = {
        "case": case,
        "promises": len(catalogue.promises),
        "areas": len(catalogue.areas),
        "processor_s": time.process_time() - before,
        "s": time.perf_counter() - started,
        "rss_mb": psutil.Process().memory_info().rss / 1e6,
    }
    interaction.tell(told)
    return catalogue


def main(
    *,
    repeat: Annotated[int, typer.Option(min=1, help="Measurements of each app.")] = 11,
    activities: Annotated[int, typer.Option(min=0, help="In the register.")] = 20_000,
    chromium: Annotated[str | None, typer.Option(help="The browser's file.")] = None,
) -> None:
    """Measure first start, start, first map, clicks and memory, and print one line a case."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    year = today_in_sweden().year
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium or browsing.INSTALLED,
            args=list(browsing.CHROMIUM_ARGUMENTS),
        )
        stack.callback(browser.close)
        interaction.tell(interaction.machine(browser))
        write_catalogue(folder / "catalogue", year)
        url = register_url(str(folder / "national.sqlite"))
        settings = Settings(url, (folder / "catalogue",), basemap=NO_BASEMAP)
        catalogue = _opened(settings, "first start")
        log.info("making %d activities", activities)
        of_year = tuple(p for p in catalogue.promises if p.id.endswith(f"-{year}"))
        with Register.open(url) as register:
            register.add(registers.made_activities(catalogue, of_year, activities), by="bench")
        _opened(settings, "start")
        bare = stack.enter_context(servers.bare_app(folder))
        browsing.open_ms(browser, browsing.BareApp(bare.url))
        with servers.dashboard(url, folder, "--catalogue", str(folder / "catalogue")) as server:
            looked_at = catalogue.areas[:40]
            for line in interaction.measured(
                browser, bare, server, looked_at, NAMED, repeat, outlined=False
            ):
                interaction.tell(interaction.judged(activities, line))


if __name__ == "__main__":
    typer.run(main)
