"""The streets in use, as told to a planner, and others: taken in from a file, or fetched."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import shapely

from geodata.basemap.kinds import FETCHED, BaseMap, Kind
from geodata.basemap.kinds import to_degrees as world_to_degrees
from geodata.basemap.reading import derived_file, read_base_map
from geodata.crs import to_degrees, to_metres
from geodata.errors import StreetsError
from geodata.model import Area
from geodata.planning.street_network import StreetNetwork
from geodata.service import streets
from geodata.service.core import Service
from geodata.service.worker import Limits, Part, Tell
from geodata.settings import Settings

WITHIN: Final = 0.9
"""How much of an area's outline must have streets, at least, to be told as one that has."""


@dataclass(frozen=True, slots=True)
class StreetFacts:
    """The streets in use, as told to a planner."""

    digest: str
    source: streets.TravelSource
    edges: int
    length_km: float
    # Parts of the network that don't hang together.
    pieces: int
    # How much of the length the largest of them holds, 0-1.
    largest_share: float
    # On the map that is drawn of the same file; None until that is made.
    buildings: int | None
    # Around what there are paths or buildings, WGS 84; None where it isn't known.
    outline: shapely.MultiPolygon | None


def street_facts(folder: Path | None = None) -> StreetFacts | None:
    """Return what is told of the streets in use, None where there are none.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where streets are kept; by default `geodata.service.streets.streets_folder`.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if there are streets that can't be read.
    """
    kept = streets.kept_streets(folder)
    if kept is None:
        return None
    try:
        made_at = derived_file(kept.copy.parent, kept.digest).stat().st_mtime_ns
    except OSError:
        made_at = 0  # streets of an earlier version: the map is made when it is first drawn
    return _facts(kept, made_at)


def areas_outside(facts: StreetFacts, areas: Iterable[Area]) -> tuple[Area, ...]:
    """Return the areas that the streets do not cover, or only in part."""
    outline = facts.outline
    if outline is None:
        return ()
    return tuple(
        area
        for area in areas
        if area.outline.intersection(outline).area < WITHIN * area.outline.area
    )


# Asked for in every run of the page; kept by the streets' digest and when their map was made.
@lru_cache(maxsize=2)
def _facts(kept: streets.KeptStreets, made_at: int) -> StreetFacts:  # noqa: ARG001 (part of the key)
    network = streets.open_kept(kept)
    base = read_base_map(derived_file(kept.copy.parent, kept.digest), kept.digest)
    return StreetFacts(
        kept.digest,
        network.source,
        network.edge_count,
        network.length_m / 1_000,
        network.piece_count,
        network.largest_share,
        None if base is None else len(base.of(Kind.BUILDING)),
        None if base is None else _outline(base),
    )


def _outline(base: BaseMap) -> shapely.MultiPolygon | None:
    """Return where there are data, without holes: what is drawn on the map of it."""
    land = base.land
    outer = land.rings[land.starts[:-1]], land.rings[land.starts[:-1] + 1]
    rings = [world_to_degrees(land.xy[first:last]) for first, last in zip(*outer, strict=True)]
    if not rings:
        return None
    return shapely.MultiPolygon([shapely.Polygon(np.round(ring, 5)) for ring in rings])


Element = Mapping[str, Any]

KINDS: Final = ("node", "way", "relation")
MEMBERS: Final = {"node": "n", "way": "w", "relation": "r"}


def days_in(answer: Path) -> list[str]:
    """Return the day of the data in each whole answer in a folder, as Overpass tells it."""
    days = []
    for path in answer.glob("*.json"):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            days.append(str(found["osm3s"]["timestamp_osm_base"])[:10])
        except (ValueError, KeyError, TypeError):
            continue
    return days


def write_answers(answers: Iterable[Path], path: Path, day: str) -> None:
    """Write everything in answers to one file; what is in several is there once."""
    import osmium

    found = _elements(answers)
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", f"{day}T00:00:00Z")
    header.set("generator", "lofteskartan")
    try:
        writer = osmium.SimpleWriter(str(path), overwrite=True, header=header)
        try:
            for kind in KINDS:
                for _, element in sorted(found[kind].items()):
                    _write(writer, kind, element)
        finally:
            writer.close()
    except (OSError, RuntimeError) as error:
        raise StreetsError("streets.not_written", folder=str(path.parent)) from error


def _elements(answers: Iterable[Path]) -> dict[str, dict[int, Element]]:
    found: dict[str, dict[int, Element]] = {kind: {} for kind in KINDS}
    for answer in answers:
        for path in sorted(answer.glob("*.json")):
            for element in json.loads(path.read_text(encoding="utf-8"))["elements"]:
                found[element["type"]][int(element["id"])] = element
    return found


def _write(writer: Any, kind: str, element: Element) -> None:
    from osmium.osm import mutable

    number, tags = int(element["id"]), element.get("tags", {})
    if kind == "node":
        where = (float(element["lon"]), float(element["lat"]))
        writer.add_node(mutable.Node(id=number, location=where, tags=tags))
    elif kind == "way":
        writer.add_way(mutable.Way(id=number, nodes=element.get("nodes", []), tags=tags))
    else:
        members = [
            (MEMBERS[one["type"]], int(one["ref"]), str(one["role"]))
            for one in element.get("members", [])
            if one["type"] in MEMBERS
        ]
        writer.add_relation(mutable.Relation(id=number, members=members, tags=tags))


AROUND_M: Final = 1_000.0
"""How far outside an area its streets are fetched."""

SMOOTH_M: Final = 100.0
"""How much an outline may be simplified: fewer corners are a lighter question to the service."""

OVERPASS: Final = "https://overpass-api.de/api"
WAIT_S: Final = 15.0

ANSWER_MB_KM2: Final = 0.4
"""Megabytes that a square kilometre's answers are, about: 0.37 for a suburb of Helsinki."""

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
    """Fetch the streets in and around areas, and take them in: in use from now on.

    Each area has `AROUND_M` around it; areas that meet so are fetched as one. `on_area` is told
    before each part its number from 1, how many there are and its areas' names; `tell` the share of
    all that is done, from 0 to 1. With `surroundings` come buildings, water, green and rail for the
    local base map, some four times as much as the streets alone.

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
    kept_in = streets.streets_folder() if folder is None else folder
    answers = kept_in / "fetching"
    parts, found = parts_of(areas), list[Path]()
    with _osmnx(url) as ox:
        for at, (outline, names) in enumerate(parts, start=1):
            on_area(at, len(parts), names)
            found.append(_fetch(ox, outline, names, answers))
            if surroundings:
                tell(FETCHING_SHARE * (at - 0.5) / len(parts))
                found.append(_fetch_surroundings(ox, outline, answers))
            tell(FETCHING_SHARE * at / len(parts))
    path = answers / "openstreetmap.osm.pbf"
    write_answers(found, path, min(day for answer in found for day in days_in(answer)))
    network = streets.import_streets(
        path, kept_in, tell=lambda share: tell(FETCHING_SHARE + (1 - FETCHING_SHARE) * share)
    )
    shutil.rmtree(answers, ignore_errors=True)
    return network


def areas_of(settings: Settings) -> tuple[Area, ...]:
    """Return every area of the catalogue; raises as `Service.open` does."""
    with Service.open(settings) as service:
        return service.catalogue.areas


def expected(areas: Sequence[Area], *, surroundings: bool = True) -> tuple[int, str]:
    """Return about how many megabytes a fetch is, and from which host; streets are a quarter."""
    km2 = sum(to_metres(outline).area / 1e6 for outline, _ in parts_of(areas))
    much = km2 * ANSWER_MB_KM2 / (1 if surroundings else 4)
    return max(round(much), 1), str(urlsplit(OVERPASS).hostname)


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


LIMITS: Final = Limits(memory_bytes=4_000_000_000, time_s=3_600.0, giving_way=5)
"""The streets of a county, or Overpass asked politely about a whole catalogue."""


@dataclass(frozen=True, slots=True)
class TakeIn:
    """A file to be taken in."""

    path: Path
    folder: Path | None = None

    def solve(self, tell: Tell, /) -> None:
        """Take it in."""
        streets.import_streets(self.path, self.folder, tell=tell)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Streets to be fetched around every area of the catalogue."""

    settings: Settings
    surroundings: bool = True
    folder: Path | None = None
    url: str = OVERPASS

    def solve(self, tell: Tell, /) -> None:
        """Fetch them."""
        part: Part | None = None
        done = 0.0

        def begun(at: int, count: int, names: str) -> None:
            nonlocal part
            part = (at, count, names)
            tell(done, part)

        def told(share: float) -> None:
            nonlocal done
            done = share
            tell(done, part)

        fetch_streets(
            areas_of(self.settings),
            folder=self.folder,
            url=self.url,
            on_area=begun,
            tell=told,
            surroundings=self.surroundings,
        )
