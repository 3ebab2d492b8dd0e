"""GraphML as OSMnx saves it: nodes with x and y, edges with tags and perhaps a line in WKT.

The file is read as a stream: a tree of it would take a hundred times its size.
"""

from __future__ import annotations

import ast
import math
from array import array
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.crs import crs_named, positions_to_degrees
from geodata.errors import StreetsError
from geodata.guards import XmlFault, XmlLimits, read_xml, shapes_from_wkt
from geodata.planning.walking import CHUNK, Lines, StreetLimits, day_in, is_walkable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

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

    try:
        read_xml(
            _chunks(path), graph, XmlLimits(ELEMENTS_EACH * limits.positions, DEEPEST), refusal
        )
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


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


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

    def lines(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
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
        positions: NDArray[np.float64] = np.array(xy, float).reshape(-1, 2)
        return positions, np.array(parts, np.int64).reshape(-1, 2)


_Position = tuple[float, float]


def _between(source: _Position, target: _Position, line: BaseGeometry | None) -> list[_Position]:
    """Return what lies between two nodes along a line, which may begin at either."""
    along = [] if line is None else [(x, y) for x, y in shapely.get_coordinates(line).tolist()]
    if not along:
        return []
    ahead = _apart(along[0], source) + _apart(along[-1], target)
    if _apart(along[0], target) + _apart(along[-1], source) < ahead:
        along.reverse()
    # A line may end beside its node, which is then a corner like the others.
    first, last = along[0] == source, along[-1] == target
    return along[int(first) : len(along) - int(last)]


def _apart(one: _Position, other: _Position) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])
