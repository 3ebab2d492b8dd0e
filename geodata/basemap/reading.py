"""What there is to draw: from an OpenStreetMap file, from bare lines, or as it was kept of them.

It is kept beside the streets that it is made from, as arrays, in a derived file named after the
digest of their file and the version of this format.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.atomic import read_derived, write_derived
from geodata.basemap.kinds import (
    AREAS,
    CODED,
    DISTRICTS,
    FETCHED,
    LAKE,
    PLACES,
    RUNNING,
    BaseMap,
    Kind,
    NamedPlace,
    Shapes,
    area_kind,
    land_of,
    line_kind,
    no_shapes,
    shapes_from,
    to_world,
)
from geodata.errors import StreetsError

if TYPE_CHECKING:
    import osmium

LONGEST: Final = 40
"""A name with more letters is no street's: it is left out rather than cut."""


def name_from(tags: Mapping[str, str]) -> str:
    """Return a thing's name in Swedish where it has one, else its own; empty where unfit."""
    name = " ".join((tags.get("name:sv") or tags.get("name") or "").split())
    return name if len(name) <= LONGEST and name.isprintable() else ""


LONGEST_CODE: Final = 14
"""With more letters it is no number of a road's or a house's."""


def code_from(value: str | None) -> str:
    """Return a road's numbers, or a house's, as they are read on a map; empty where unfit."""
    parts = (" ".join(part.split()) for part in (value or "").split(";"))
    code = ", ".join(part for part in parts if part)
    return code if len(code) <= LONGEST_CODE and code.isprintable() else ""


KEYS: Final = tuple(sorted({"highway", "amenity", "man_made", *FETCHED}))
"""What has none of these tags is not on the map."""

POSITIONS: Final = 12_000_000
"""More positions than this are no municipality's, nor a small county's; they take some 20 bytes
each in memory and a tenth of a second's drawing for half a million."""

TOLD_EVERY: Final = 5_000

DISORDER: Final = ("out of order", "Found a ")
"""What libosmium says of a file that isn't sorted by kind and number."""

UNREADABLE: Final = (RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError)
"""All that libosmium says of a file that it can't read, as Python hears it."""


def read_osm(
    path: Path,
    data_date: date | None = None,
    *,
    positions: int = POSITIONS,
    tell: Callable[[], None] = lambda: None,
) -> BaseMap:
    """Read what there is to draw in an OpenStreetMap file.

    Parameters
    ----------
    path : pathlib.Path
        Ends in ``.osm``, ``.osm.bz2`` or ``.osm.pbf``, and was taken for streets already: it is
        whole and not hostile.
    data_date : datetime.date, optional
        The day the data are of.
    positions : int
        How many positions are too many.
    tell : callable
        Called now and then while the file is read; what it raises stops the reading.

    Returns
    -------
    BaseMap
        Ways that are cut at an extract's edge end there; outlines that are, are left out.

    Raises
    ------
    StreetsError
        ``streets.map_broken`` or ``streets.map_too_large``.
    """
    import osmium

    try:
        try:
            return _read(path, data_date, positions, tell)
        except RuntimeError as error:
            if not any(said in str(error) for said in DISORDER):
                raise
        # Editors write what they have as they have it.
        with tempfile.TemporaryDirectory(prefix="lofteskartan-map-") as folder:
            sorted_file = Path(folder) / "sorted.osm.pbf"
            _sort(path, sorted_file)
            return _read(sorted_file, data_date, positions, tell)
    except StreetsError:
        raise
    except (OSError, *UNREADABLE, osmium.InvalidLocationError) as error:
        raise StreetsError("streets.map_broken", file=path.name) from error


def _read(path: Path, data_date: date | None, positions: int, tell: Callable[[], None]) -> BaseMap:
    import osmium

    gathered = _Gathered(path.name, positions)
    wanted = osmium.filter.KeyFilter(*KEYS)
    # The filter on areas spares their assembling, the one on objects their way into Python.
    found = osmium.FileProcessor(path).with_areas(wanted).with_filter(wanted)
    for at, thing in enumerate(found):
        gathered.take(thing)
        if at % TOLD_EVERY == 0:
            tell()
    return gathered.base_map(data_date)


def _sort(path: Path, to: Path) -> None:
    """Write a file's objects in the order that assembling areas needs."""
    import osmium

    reader = osmium.MergeInputReader()
    reader.add_file(str(path))
    writer = osmium.SimpleWriter(str(to))
    try:
        reader.apply(writer)
    finally:
        writer.close()


def from_paths(
    positions: NDArray[np.float64], starts: NDArray[np.int64], data_date: date | None = None
) -> BaseMap:
    """Return a map of paths alone, for a file that tells no more.

    Parameters
    ----------
    positions : numpy.ndarray of shape (n, 2)
        Longitude and latitude along the paths, one after the other.
    starts : numpy.ndarray of shape (m + 1,)
        Where each path begins in `positions`, and where the last one ends.
    data_date : datetime.date, optional
        The day the data are of.
    """
    paths = Shapes(to_world(positions), starts, np.arange(len(starts)))
    shapes = {Kind.STREET: paths}
    return BaseMap(shapes, land=land_of(shapes), data_date=data_date)


_lists: Callable[[], defaultdict[Any, list[Any]]] = partial(defaultdict, list)


@dataclass
class _Gathered:
    """What was read so far: geometries as WKB by kind, names, and how much of it there is."""

    file: str
    limit: int
    lines: defaultdict[Kind, list[BaseGeometry]] = field(default_factory=_lists)
    areas: defaultdict[Kind, list[str]] = field(default_factory=_lists)
    named: defaultdict[tuple[str, Kind], list[BaseGeometry]] = field(default_factory=_lists)
    coded: defaultdict[tuple[str, Kind], list[BaseGeometry]] = field(default_factory=_lists)
    places: list[NamedPlace] = field(default_factory=list)
    houses: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    def take(self, thing: object) -> None:
        """Take note of one object of the file."""
        import osmium

        if isinstance(thing, osmium.osm.Node):
            self._point(thing)
        elif isinstance(thing, osmium.osm.Way):
            self._way(thing)
        elif isinstance(thing, osmium.osm.Area):
            self._area(thing)

    def _counted(self, more: int) -> None:
        self.count += more
        if self.count > self.limit:
            raise StreetsError("streets.map_too_large", file=self.file, limit=self.limit)

    def _point(self, node: osmium.osm.Node) -> None:
        import osmium

        if node.location.valid():
            tags = dict(node.tags)
            where = osmium.geom.WKBFactory().create_point(node)
            self._texts(tags, where, PLACES.get(tags.get("place", "")))

    def _texts(self, tags: Mapping[str, str], where: str, rank: int | None) -> None:
        """Take note of a thing's number, and its name if it has a rank, at a point or inside."""
        self._counted(1)
        if number := code_from(tags.get("addr:housenumber")):
            self.houses.append((number, tags.get("addr:street", ""), where))
        if rank is not None and (name := name_from(tags)):
            shape = shapely.from_wkb(where)
            inside = shapely.get_coordinates(shapely.point_on_surface(shape))
            ((x, y),) = to_world(inside).tolist()
            west, _, east, _ = shapely.bounds(shape).tolist()
            self.places.append(NamedPlace(name, rank, x, y, (east - west) / 360))

    def _way(self, way: osmium.osm.Way) -> None:
        tags = dict(way.tags)
        kind = line_kind(tags)
        if kind is None:
            return
        for along in _pieces(way):
            self._counted(len(along))
            line = shapely.linestrings(along)
            self.lines[kind].append(line)
            if name := name_from(tags):
                self.named[name, kind].append(line)
            if kind in CODED and (code := code_from(tags.get("ref"))):
                self.coded[code, kind].append(line)

    def _area(self, area: osmium.osm.Area) -> None:
        import osmium

        tags = dict(area.tags)
        kind, place = area_kind(tags), tags.get("place", "")
        if kind is None and place not in DISTRICTS and "addr:housenumber" not in tags:
            return
        try:
            outline = osmium.geom.WKBFactory().create_multipolygon(area)
        except (RuntimeError, osmium.InvalidLocationError):
            return  # not whole in this extract
        self._counted(len(outline) // 32)
        if kind is not None:
            self.areas[kind].append(outline)
        lake = kind is Kind.WATER and tags.get("water") not in RUNNING and "waterway" not in tags
        self._texts(tags, outline, PLACES[place] if place in DISTRICTS else LAKE if lake else None)

    def base_map(self, data_date: date | None) -> BaseMap:
        """Return all of it as a map."""
        shapes = {kind: shapes_from(_on_world(lines)) for kind, lines in self.lines.items()}
        for kind in AREAS & self.areas.keys():
            shapes[kind] = shapes_from(_on_world(shapely.from_wkb(self.areas[kind])))
        return BaseMap(
            {kind: shapes[kind] for kind in Kind if kind in shapes},
            *_joined(self.named),
            tuple(self.places),
            land_of(shapes),
            data_date,
            *_joined(self.coded),
            *_numbered(self.houses),
        )


def _numbered(
    houses: list[tuple[str, str, str]],
) -> tuple[tuple[str, ...], NDArray[np.float64], tuple[str, ...]]:
    """Return each house's number once, where, and in what street.

    What is in the house may bear its number too.
    """
    inside = shapely.point_on_surface(shapely.from_wkb([outline for *_, outline in houses]))
    once: dict[tuple[str | int, ...], list[float]] = {}
    places = shapely.get_coordinates(inside).tolist()
    for (number, street, _), at in zip(houses, places, strict=True):
        # Within some 120 metres: the next village has a street of that name as well.
        cell = int(at[0] // 0.002), int(at[1] // 0.001)
        once.setdefault((number, street or len(once), *cell), at)
    where = to_world(np.array([*once.values()]).reshape(-1, 2))
    streets = (street if isinstance(street, str) else "" for _, street, *_ in once)
    return tuple(str(number) for number, *_ in once), where, tuple(streets)


def _pieces(way: osmium.osm.Way) -> Iterable[list[tuple[float, float]]]:
    """Give a way's positions, cut where one is missing."""
    along: list[tuple[float, float]] = []
    for node in way.nodes:
        if node.location.valid():
            along.append((node.location.lon, node.location.lat))
            continue
        if len(along) > 1:
            yield along
        along = []
    if len(along) > 1:
        yield along


def _on_world(shapes: object) -> Sequence[BaseGeometry]:
    moved = shapely.transform(np.asarray(shapes, dtype=object), to_world)
    found: list[BaseGeometry] = moved.tolist()
    return found


def _joined(
    named: Mapping[tuple[str, Kind], list[BaseGeometry]],
) -> tuple[tuple[str, ...], Shapes, tuple[Kind, ...]]:
    """Return each name's lines, joined where they meet so that a name may run over both."""
    names: list[str] = []
    kinds: list[Kind] = []
    lines: list[BaseGeometry] = []
    for (name, kind), parts in named.items():
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
        names += [name] * len(merged)
        kinds += [kind] * len(merged)
        lines += list(merged)
    return tuple(names), shapes_from(_on_world(lines)) if lines else no_shapes(), tuple(kinds)


# --- kept -----------------------------------------------------------------------------------------

VERSION: Final = 8
"""Raised when the same file would give another map, or the arrays mean something else."""

STEPS: Final = float(1 << 31)
"""Positions are kept as whole numbers, so many to the world's side: a step is 2 cm."""


def derived_file(folder: Path, digest: str) -> Path:
    """Return where the derived file of a street file with this digest lies."""
    return folder / f"basemap-{digest[:32]}-v{VERSION}.npz"


def write_base_map(path: Path, base: BaseMap, digest: str) -> None:
    """Write a map's derived file whole or not at all: StreetsError where it can't be written."""
    head = {
        "version": VERSION,
        "digest": digest,
        "data_date": base.data_date.isoformat() if base.data_date else None,
        "kinds": list(base.shapes),
    }
    try:
        write_derived(path, head, _arrays(base))
    except OSError as error:
        raise StreetsError("streets.not_written", folder=str(path.parent)) from error


def read_base_map(path: Path, digest: str) -> BaseMap | None:
    """Return what a derived file holds; None where it is damaged, of another map, or not there."""
    return read_derived(path, _base_map, version=VERSION, digest=digest)


def told_day(path: Path) -> date | None:
    """Return the day of the data in a derived file; None where it isn't told, or there is none."""
    return read_derived(path, lambda head, _: _day(head))


def _day(head: Mapping[str, Any]) -> date | None:
    day = head["data_date"]
    return None if day is None else date.fromisoformat(day)


def _arrays(base: BaseMap) -> dict[str, NDArray[Any]]:
    texts = {
        "names": base.names,
        "name_kinds": base.name_kinds,
        "codes": base.codes,
        "code_kinds": base.code_kinds,
        "numbers": base.numbers,
        "house_streets": base.house_streets,
        "places": [(at.name, at.rank, at.x, at.y, at.room) for at in base.places],
    }
    found: dict[str, NDArray[Any]] = {
        "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        "houses": _in_steps(base.houses),
    }
    others = {"named": base.named, "coded": base.coded, "land": base.land}
    for name, shapes in (*base.shapes.items(), *others.items()):
        found[f"{name}.xy"] = _in_steps(shapes.xy)
        found[f"{name}.rings"] = shapes.rings.astype(np.int32)
        found[f"{name}.starts"] = shapes.starts.astype(np.int32)
    return found


def _in_steps(world: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.round(world * STEPS).astype(np.int64).astype(np.uint32)


def _base_map(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> BaseMap:
    texts = json.loads(arrays["texts"].tobytes())
    houses = arrays["houses"].astype(np.float64) / STEPS
    if not houses.shape == (len(texts["numbers"]), 2) == (len(texts["house_streets"]), 2):
        raise ValueError("houses")
    return BaseMap(
        {Kind(kind): _shapes(arrays, kind) for kind in head["kinds"]},
        *_written(texts["names"], _shapes(arrays, "named"), texts["name_kinds"]),
        tuple(NamedPlace(str(n), int(r), *map(float, at)) for n, r, *at in texts["places"]),
        _shapes(arrays, "land"),
        _day(head),
        *_written(texts["codes"], _shapes(arrays, "coded"), texts["code_kinds"]),
        tuple(map(str, texts["numbers"])),
        houses,
        tuple(map(str, texts["house_streets"])),
    )


def _written(
    texts: Sequence[object], lines: Shapes, kinds: Sequence[str]
) -> tuple[tuple[str, ...], Shapes, tuple[Kind, ...]]:
    """Return what is written along lines; as many as there are lines."""
    if not len(texts) == len(kinds) == len(lines):
        raise ValueError(texts)
    return tuple(map(str, texts)), lines, tuple(map(Kind, kinds))


def _shapes(arrays: Mapping[str, NDArray[Any]], name: str) -> Shapes:
    """Return shapes that hold together: numbers that point outside would crash the drawing."""
    rings = arrays[f"{name}.rings"].astype(np.int64)
    starts = arrays[f"{name}.starts"].astype(np.int64)
    found = Shapes(arrays[f"{name}.xy"].astype(np.float64) / STEPS, rings, starts)
    if not (
        found.xy.shape == (rings[-1], 2)
        and starts[-1] == len(rings) - 1
        and rings[0] == starts[0] == 0
        and np.all(np.diff(rings) > 1)
        and np.all(np.diff(starts) > 0)
    ):
        raise ValueError(name)
    return found
