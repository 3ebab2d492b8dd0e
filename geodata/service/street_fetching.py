"""Streets and their surroundings from OpenStreetMap's Overpass service, by OSMnx.

Politely, area by area, resumable: what was answered is kept until all is there.
"""

from __future__ import annotations

import hashlib
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import shapely

from geodata.basemap.kinds import FETCHED
from geodata.catalogue import load_catalogue
from geodata.crs import to_degrees, to_metres
from geodata.errors import StreetsError
from geodata.service.offering import folders_in_use
from geodata.service.street_answers import days_in, write_answers
from geodata.service.streets import import_streets, streets_folder

if TYPE_CHECKING:
    from geodata.model import Area
    from geodata.planning.streets import StreetNetwork
    from geodata.settings import Settings

AROUND_M: Final = 1_000.0
"""How far outside an area its streets are fetched."""

SMOOTH_M: Final = 100.0
"""How much an outline may be simplified: fewer corners are a lighter question to the service."""

OVERPASS: Final = "https://overpass-api.de/api"
WAIT_S: Final = 15.0

FETCHING_SHARE: Final = 0.8
"""About how much of the work fetching is; the rest is taking in what came."""


SURROUNDINGS: Final[Mapping[str, bool | list[str]]] = {
    key: [*values] if key in ("natural", "place") else True for key, values in FETCHED.items()
}
"""What is asked for beside the streets. Whole keys where nearly all of their values are drawn: a
question with fewer parts is lighter to the service."""


def fetch_streets(
    areas: Sequence[Area],
    *,
    folder: Path | None = None,
    url: str = OVERPASS,
    on_area: Callable[[int, int, str], None] = lambda _at, _count, _names: None,
    tell: Callable[[float], None] = lambda _share: None,
    surroundings: bool = True,
) -> StreetNetwork:
    """Fetch the streets in and around areas, and take them in.

    Parameters
    ----------
    areas : sequence of Area
        Each with `AROUND_M` around it; areas that meet so are fetched as one.
    folder : pathlib.Path, optional
        Where streets are kept; by default `geodata.service.streets.streets_folder`.
    url : str
        The Overpass service.
    on_area : callable
        Told before each part is fetched: its number from 1, how many there are, its areas' names.
    tell : callable
        Told now and then what share of all is done, from 0 to 1.
    surroundings : bool, default True
        Whether buildings, water, green and rail are fetched too, for the local base map: some four
        times as much as the streets alone.

    Returns
    -------
    StreetNetwork
        In use from now on.

    Raises
    ------
    StreetsError
        ``streets.fetch_offline``, ``streets.fetch_refused`` or ``streets.fetch_nothing``. What the
        service has answered stays, and the next attempt does not ask for it again.

    Notes
    -----
    OSMnx asks the service when it has room before each question, waits as long as it says, and
    keeps every answer. Once the streets are in use the answers are removed: another fetch gets
    today's.
    """
    kept_in = streets_folder() if folder is None else folder
    answers = kept_in / "fetching"
    found: list[Path] = []
    with _osmnx(url) as ox:
        parts = parts_of(areas)
        for at, (outline, names) in enumerate(parts, start=1):
            on_area(at, len(parts), names)
            found.append(_fetch(ox, outline, names, answers))
            if surroundings:
                tell(FETCHING_SHARE * (at - 0.5) / len(parts))
                found.append(_fetch_surroundings(ox, outline, answers))
            tell(FETCHING_SHARE * at / len(parts))
    path = answers / "openstreetmap.osm.pbf"
    write_answers(found, path, min(day for answer in found for day in days_in(answer)))
    network = import_streets(
        path, kept_in, tell=lambda share: tell(FETCHING_SHARE + (1 - FETCHING_SHARE) * share)
    )
    shutil.rmtree(answers, ignore_errors=True)
    return network


def areas_of(settings: Settings) -> tuple[Area, ...]:
    """Return every area of the catalogue.

    Raises
    ------
    CatalogueError
        If a catalogue file holds mistakes.
    """
    return load_catalogue(folders_in_use(settings)).areas


def parts_of(areas: Sequence[Area]) -> list[tuple[shapely.Polygon, str]]:
    """Return what is to be fetched: outlines in WGS 84, and the names of the areas within."""
    around = [to_metres(area.outline).buffer(AROUND_M + SMOOTH_M).convex_hull for area in areas]
    found: dict[bytes, tuple[shapely.Polygon, list[str]]] = {}
    joined = shapely.get_parts(shapely.union_all(around))
    for area, shape in zip(areas, around, strict=True):
        part = next(part for part in joined if part.intersects(shape))
        outline = to_degrees(shapely.Polygon(part.exterior.simplify(SMOOTH_M)))
        found.setdefault(outline.wkb, (outline, []))[1].append(area.name)
    return [(outline, ", ".join(names)) for outline, names in found.values()]


@contextmanager
def _osmnx(url: str) -> Iterator[Any]:
    """Set OSMnx up, and leave it and the process as they were."""
    import osmnx as ox

    wanted = {
        "use_cache": True,
        "cache_folder": "",
        "overpass_url": url,
        "overpass_rate_limit": True,
        # It would ask a third party for the service's address.
        "doh_url_template": None,
        "http_user_agent": f"lofteskartan/{version('lofteskartan')}",
    }
    before = {name: getattr(ox.settings, name) for name in wanted}
    resolve = socket.getaddrinfo  # OSMnx puts its own in its place
    for name, value in wanted.items():
        setattr(ox.settings, name, value)
    try:
        yield ox
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
        socket.getaddrinfo = resolve


def _fetch(ox: Any, outline: shapely.Polygon, names: str, answers: Path) -> Path:
    """Fetch a part's streets, unless they were; return the folder with the answers."""
    answer = answers / hashlib.sha256(outline.wkb).hexdigest()[:16]

    def ask() -> None:
        ox.graph_from_polygon(outline, custom_filter='["highway"]', simplify=False, retain_all=True)

    if not _ask(ox, ask, answer):
        raise StreetsError("streets.fetch_nothing", area=names)
    return answer


def _fetch_surroundings(ox: Any, outline: shapely.Polygon, answers: Path) -> Path:
    """Fetch what lies around a part's streets, unless it was; there may be nothing."""
    answer = answers / f"{hashlib.sha256(outline.wkb).hexdigest()[:16]}-map"
    _ask(ox, lambda: ox.features_from_polygon(outline, dict(SURROUNDINGS)), answer)
    return answer


def _ask(ox: Any, ask: Callable[[], object], answer: Path) -> bool:
    """Ask by OSMnx, with the answers in a folder; tell whether there was anything of use in them.

    What is there is not asked for again: OSMnx looks there first.
    """
    from requests.exceptions import RequestException

    url = ox.settings.overpass_url
    host = urlsplit(url).hostname or url
    if not days_in(answer):
        # Nothing there, or half of something.
        shutil.rmtree(answer, ignore_errors=True)
        _require_contact(url)
    ox.settings.cache_folder = answer
    useful = True
    try:
        ask()
    except RequestException as error:
        raise StreetsError("streets.fetch_offline", host=host) from error
    except ox._errors.ResponseStatusCodeError as error:  # noqa: SLF001 - it has no public name
        raise StreetsError("streets.fetch_refused", host=host) from error
    except ValueError:  # nothing of what was asked for
        useful = False
    if not days_in(answer):
        # OSMnx keeps no answer with a remark: the service gave up half-way.
        raise StreetsError("streets.fetch_refused", host=host)
    return useful


def _require_contact(url: str) -> None:
    """Ask whether anybody answers: OSMnx would wait a minute before it found out."""
    host = urlsplit(url).hostname or url
    try:
        urllib.request.urlopen(f"{url}/status", timeout=WAIT_S).close()  # noqa: S310 - our own
    except urllib.error.HTTPError as error:
        error.close()  # somebody did
    except OSError as error:
        raise StreetsError("streets.fetch_offline", host=host) from error
