"""Street files: OpenStreetMap's formats and OSMnx's GraphML, read to lines of shared positions."""

from __future__ import annotations

import ast
import bz2
import math
import re
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.crs import crs_named, positions_to_degrees
from geodata.errors import StreetsError
from geodata.guards import XmlFault, XmlLimits, read_xml, shapes_from_wkt
from geodata.planning._arrays import Floats, Integers
from geodata.planning.travel import CHUNK, DEFAULT_LIMITS, Lines, StreetLimits, day_in, is_walkable

if TYPE_CHECKING:
    import osmium

DEEPEST: Final = 10
"""Elements inside elements; such a file has four."""

ELEMENTS_EACH: Final = 10
"""Elements for each position that a file may have: what OSMnx tells of an edge is about as many."""

LONGEST_CRS: Final = 10_000
"""Characters that a coordinate system is defined in."""


def read_graphml(path: Path, limits: StreetLimits) -> Lines:
    """Read a graph's walkable edges; both directions of one are the same path."""
    broken = StreetsError("streets.broken", file=path.name)
    if path.stat().st_size > limits.size // 4:
        raise StreetsError("streets.too_large", file=path.name, limit_mb=limits.size / 4_000_000)
    graph = _Graph(path.name, limits.positions)

    def refusal(fault: XmlFault) -> StreetsError:
        if fault == "many":
            return graph.too_many()
        return StreetsError("streets.entities", file=path.name) if fault == "entities" else broken

    xml_limits = XmlLimits(ELEMENTS_EACH * limits.positions, DEEPEST)
    try:
        # As a stream: a tree of it would take a hundred times its size.
        with path.open("rb") as file:
            read_xml(iter(partial(file.read, CHUNK), b""), graph, xml_limits, refusal)
        crs = _system(graph.said.get("crs", ""))
        positions, parts = graph.lines()
    except OSError as error:
        raise StreetsError("streets.unreadable", file=path.name) from error
    except (KeyError, ValueError) as error:
        if isinstance(error, StreetsError):
            raise
        raise broken from error
    if crs:
        if crs_named(crs) is None:
            raise broken
        positions = positions_to_degrees(positions, crs)
    return Lines(positions, parts, day_in(graph.said.get("data_date", "")))


def _system(written: str) -> str:
    """Return a coordinate system as `crs_named` takes it.

    Before its version 1, OSMnx wrote what it gave to PROJ: ``{'init': 'epsg:4326'}``, or a
    projection's parts, ``{'proj': 'utm', 'zone': 33}``.
    """
    if not written.startswith("{") or len(written) > LONGEST_CRS:
        return written[:LONGEST_CRS]
    try:
        parts = ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return written
    if not isinstance(parts, dict):
        return written
    if init := parts.get("init"):
        return str(init)
    said = " ".join(
        f"+{name}" if value is True else f"+{name}={value}" for name, value in parts.items()
    )
    return f"{said} +type=crs"


class _Graph:
    """Gathers a graph's nodes and its walkable edges as the file's elements go by."""

    def __init__(self, file: str, limit: int) -> None:
        self.said: dict[str, str] = {}
        self._file = file
        self._limit = limit
        self._path: list[str] = []
        self._names: dict[str, str] = {}
        self._defaults: dict[str, dict[str, str]] = {"node": {}, "edge": {}, "graph": {}}
        self._key: tuple[str, str] = ("", "")
        self._text: list[str] | None = None
        self._data: dict[str, str] = {}
        self._of: Mapping[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._xy = array("d")
        self._edges: dict[tuple[str, str, str], None] = {}

    def too_many(self) -> StreetsError:
        """Return the error for more than is taken for a municipality's."""
        return StreetsError("streets.too_many", file=self._file, limit=self._limit)

    def start(self, tag: str, attributes: Mapping[str, str], _line: int) -> None:
        """Take an element's beginning."""
        name = tag.rpartition(" ")[2]
        if not self._path and name != "graphml":
            raise StreetsError("streets.broken", file=self._file)
        self._path.append(name)
        if name == "key":
            self._key = attributes.get("for", ""), attributes.get("attr.name", "")
            self._names[attributes["id"]] = self._key[1]
        elif name in ("node", "edge"):
            self._of = dict(attributes)
            self._data = dict(self._defaults[name])
        elif name == "data":
            self._key = self._path[-2], self._names.get(attributes.get("key", ""), "")
            self._text = []
        elif name == "default":
            self._text = []

    def end(self) -> None:
        """Take an element's end."""
        name = self._path.pop()
        if name in ("data", "default") and self._text is not None:
            of, key = self._key
            text, self._text = "".join(self._text), None
            if name == "default":
                self._defaults.setdefault(of, {})[key] = text
            elif of == "graph":
                self.said[key] = text
            else:
                self._data[key] = text
        elif name == "node":
            self._numbers[self._of["id"]] = len(self._xy) // 2
            self._xy.extend((float(self._data["x"]), float(self._data["y"])))
        elif name == "edge" and is_walkable(self._data):
            # Walkers go both ways: an edge back is the same path.
            ends = sorted((self._of["source"], self._of["target"]))
            self._edges[ends[0], ends[1], self._data.get("geometry", "")] = None
        if len(self._numbers) + len(self._edges) > 2 * self._limit:
            raise self.too_many()

    def text(self, data: str) -> None:
        """Take some text."""
        if self._text is not None:
            self._text.append(data)

    def lines(self) -> tuple[Floats, Integers]:
        """Give every position a number: nodes first, then what lies along the lines between."""
        texts = [line for _, _, line in self._edges]
        if len(self._numbers) + sum(line.count(",") + 1 for line in texts) > 2 * self._limit:
            raise self.too_many()
        shapes = shapes_from_wkt(texts)
        if any(
            line and (shape is None or shape.geom_type != "LineString")
            for line, shape in zip(texts, shapes, strict=True)
        ):
            raise StreetsError("streets.broken", file=self._file)
        xy = list(zip(self._xy[::2], self._xy[1::2], strict=True))
        along: dict[tuple[int, int, float, float], int] = {}
        parts: list[tuple[int, int]] = []
        for (source, target, _), shape in zip(self._edges, shapes, strict=True):
            ends = self._numbers[source], self._numbers[target]
            chain = [ends[0]]
            for x, y in _between(xy[ends[0]], xy[ends[1]], shape):
                # The same corner between the same ends is the same path, drawn back; what crosses
                # elsewhere without a node, such as a bridge, is another.
                at = along.setdefault((*ends, x, y), len(xy))
                if at == len(xy):
                    xy.append((x, y))
                chain.append(at)
            chain.append(ends[1])
            parts.extend(pairwise(chain))
        if len(xy) > self._limit:
            raise self.too_many()
        positions: Floats = np.array(xy, float).reshape(-1, 2)
        return positions, np.array(parts, np.int64).reshape(-1, 2)


_Position = tuple[float, float]


def _between(source: _Position, target: _Position, line: BaseGeometry | None) -> list[_Position]:
    """Return what lies between two nodes along a line, which may begin at either."""
    along = [] if line is None else [(x, y) for x, y in shapely.get_coordinates(line).tolist()]
    if not along:
        return []
    ahead = math.dist(along[0], source) + math.dist(along[-1], target)
    if math.dist(along[0], target) + math.dist(along[-1], source) < ahead:
        along.reverse()
    # A line may end beside its node, which is then a corner like the others.
    first, last = along[0] == source, along[-1] == target
    return along[int(first) : len(along) - int(last)]


HIGHEST_ID: Final = 1 << 36
"""OpenStreetMap's ids are about a fifth of it. libosmium's filter knows no negative ones, which
editors give to what isn't uploaded yet."""

FILTER_IDS: Final = 1 << 25
"""libosmium's filter takes four megabytes for every so many ids of which it holds one at least."""

FILTER_BYTES: Final = 1 << 22
FILTER_SHARE: Final = 4
"""The filter may take so many times the file's size: what is smaller is quick without it."""

LONGEST_BLOB: Final = 1 << 25
"""Bytes of a block of a PBF file, packed or not, at most."""

_DAY: Final = re.compile(rb"""osm_base=["'](\d{4}-\d{2}-\d{2})""")


def read_lines(path: Path, limits: StreetLimits = DEFAULT_LIMITS) -> Lines:
    """Read the paths on foot in a file."""
    read = READERS[ending_of(path)]
    require_size(path, limits)
    found = read(path, limits)
    if not len(found.parts):
        raise StreetsError("streets.nothing_to_walk_on", file=path.name)
    lon, lat = found.positions[:, 0], found.positions[:, 1]
    # Written so that what is no number fails as well.
    if not (np.all(np.abs(lon) <= 180) and np.all(np.abs(lat) < 90)):
        raise StreetsError("streets.broken", file=path.name)
    return found


def ending_of(path: Path) -> str:
    """Return the ending that tells a street file's sort."""
    name = path.name.lower()
    for ending in READERS:
        if name.endswith(ending):
            return ending
    raise StreetsError("streets.unknown_sort", file=path.name)


def require_size(path: Path, limits: StreetLimits) -> None:
    """Refuse a path that is no file, or too large a one, before anything of it is read."""
    try:
        size = path.stat().st_size if path.is_file() else -1
    except (OSError, ValueError) as error:
        raise StreetsError("streets.unreadable", file=path.name) from error
    if size < 0:
        raise StreetsError("streets.missing", file=path.name)
    if size == 0:
        raise StreetsError("streets.broken", file=path.name)
    if size > limits.size:
        raise _too_large(path, limits.size)


def _too_large(path: Path, limit: int) -> StreetsError:
    return StreetsError("streets.too_large", file=path.name, limit_mb=limit / 1_000_000)


def _read_osm(path: Path, limits: StreetLimits, told: Path | None = None) -> Lines:
    """Read OpenStreetMap's own formats: first the ways, then the positions that they name."""
    import osmium

    name = (told or path).name
    try:
        if name.lower().endswith(".pbf"):
            _require_whole_texts(path)
        refs, ends = _ways(path, name, limits)
        nodes = np.unique(refs)
        positions, known = _positions(path, nodes)
        data_date = _data_date(path)
    except StreetsError:
        raise
    except (
        *(RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError, zlib.error),
        osmium.InvalidLocationError,
    ) as error:
        # All that libosmium says of a file that it can't read, as Python hears it.
        raise StreetsError("streets.broken", file=name) from error
    except OSError as error:
        raise StreetsError("streets.unreadable", file=name) from error
    at = np.searchsorted(nodes, refs)
    parts = np.column_stack([at[:-1], at[1:]]) if len(at) else np.empty((0, 2), np.int64)
    keep = np.ones(len(parts), bool)
    keep[ends[:-1] - 1] = False  # from one way's last position to the next way's first
    keep &= known[parts].all(axis=1) if len(parts) else keep
    return Lines(np.where(known[:, None], positions, 0.0), parts[keep], data_date)


def _ways(
    path: Path, name: str, limits: StreetLimits
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions' ids of all ways, one after the other, and where each way ends."""
    import osmium

    refs, ends = array("q"), array("q")
    ways = osmium.FileProcessor(_file(path), osmium.osm.WAY)
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        if not isinstance(way, osmium.osm.Way) or way.deleted or len(way.nodes) < 2:
            continue
        if is_walkable(dict(way.tags)):
            refs.extend(node.ref for node in way.nodes)
            ends.append(len(refs))
            if len(refs) > limits.positions:
                raise StreetsError("streets.too_many", file=name, limit=limits.positions)
    return np.array(refs, np.int64), np.array(ends, np.int64)


def _positions(
    path: Path, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the nodes' longitudes and latitudes, and which of them the file holds."""
    import osmium

    found = np.full((len(nodes), 2), np.nan)
    if not len(nodes):
        return found, np.zeros(0, bool)
    given = osmium.FileProcessor(_file(path), osmium.osm.NODE)
    filter_bytes = FILTER_BYTES * len(np.unique(nodes // FILTER_IDS))
    small = filter_bytes <= FILTER_SHARE * path.stat().st_size
    if small and nodes[0] >= 0 and nodes[-1] <= HIGHEST_ID:
        given = given.with_filter(osmium.filter.IdFilter(nodes.tolist()))
    ids, where, wanted = array("q"), array("d"), frozenset(nodes.tolist())
    for node in given:
        if (
            isinstance(node, osmium.osm.Node)
            and node.id in wanted
            and not node.deleted
            and node.location.valid()
        ):
            ids.append(node.id)
            where.extend((node.location.lon, node.location.lat))
    at = np.searchsorted(nodes, np.array(ids, np.int64))
    found[at] = np.array(where).reshape(-1, 2)
    return found, np.isfinite(found).all(axis=1)


# --- PBF, looked at before libosmium reads it (wiki.openstreetmap.org/wiki/PBF_Format) -----------


def _require_whole_texts(path: Path) -> None:
    """Refuse a file with a text that holds a NUL, with which libosmium runs out of its memory.

    It keeps texts one behind the other with a NUL between, and believes that none holds one.
    """
    for table in _text_tables(path):
        # The first text is empty by rule, and mostly no other is.
        if b"\0" not in table.removeprefix(b"\n\0"):
            continue
        if any(number == 1 and b"\0" in text for number, text in _fields(table)):
            raise ValueError("NUL")


def _text_tables(path: Path) -> Iterator[bytes]:
    """Yield each block's table of texts."""
    with path.open("rb") as file:
        while length := file.read(4):
            header = dict(_fields(file.read(min(int.from_bytes(length, "big"), LONGEST_BLOB))))
            size = int.from_bytes(header.get(3, b""), "big")
            blob = dict(_fields(file.read(min(size, LONGEST_BLOB))))
            # A KeyError is a way of packing that nobody uses, and that is not looked into.
            block = blob.get(1) or zlib.decompressobj().decompress(blob[3], LONGEST_BLOB)
            if header[1] == b"OSMData":
                yield from (value for number, value in _fields(block) if number == 1)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield a message's fields by their numbers; a number as bytes too, the highest one first."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        sort = key & 7
        if sort == 0:
            value, at = _number(message, at)
            yield key >> 3, value.to_bytes(10, "big")
            continue
        length = {1: 8, 5: 4}.get(sort, 0)
        if sort == 2:
            length, at = _number(message, at)
        if not length <= len(message) - at or sort not in (1, 2, 5):
            raise ValueError(sort)
        yield key >> 3, message[at : at + length]
        at += length


def _number(message: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and where it ends."""
    found = 0
    for place in range(10):
        found |= (message[at + place] & 0x7F) << 7 * place
        if message[at + place] < 0x80:
            return found, at + place + 1
    raise ValueError(at)


def _file(path: Path) -> osmium.io.File:
    """Return a file with its format told: libosmium would guess it, and know no capital letters."""
    import osmium

    return osmium.io.File(str(path), "pbf" if path.name.lower().endswith(".pbf") else "xml")


def _data_date(path: Path) -> date | None:
    """Return the day of the data: a PBF header's time of replication, or Overpass's own note."""
    import osmium

    header = osmium.io.Reader(_file(path), osmium.osm.NOTHING).header()
    day = header.get("osmosis_replication_timestamp", "")
    if not day:
        with path.open("rb") as file:
            found = _DAY.search(file.read(4_096))
        day = found[1].decode() if found else ""
    return day_in(day)


def _read_packed(path: Path, limits: StreetLimits) -> Lines:
    """Unpack a bzip2 file as a stream that is counted: a few bytes may hold gigabytes."""
    with tempfile.TemporaryDirectory(prefix="lofteskartan-streets-") as folder:
        plain = Path(folder) / "plain.osm"
        count = 0
        try:
            with bz2.open(path) as packed, plain.open("wb") as file:
                while chunk := packed.read(CHUNK):
                    count += len(chunk)
                    if count > limits.unpacked:
                        raise _too_large(path, limits.unpacked)
                    file.write(chunk)
        except (OSError, EOFError) as error:
            raise StreetsError("streets.broken", file=path.name) from error
        return _read_osm(plain, limits, path)


READERS: Final[Mapping[str, Callable[[Path, StreetLimits], Lines]]] = {
    ".osm.bz2": _read_packed,
    ".osm.pbf": _read_osm,
    ".osm": _read_osm,
    ".graphml": read_graphml,
}
"""How each sort of file is read, by its ending."""
