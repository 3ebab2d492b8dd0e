"""GraphML as OSMnx saves it: nodes with x and y, edges with tags and perhaps a line in WKT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

import numpy as np
import shapely

from geodata.crs import crs_named, positions_to_degrees
from geodata.errors import StreetsError
from geodata.planning.street_files import Lines, StreetLimits, day_in
from geodata.planning.walking import is_walkable

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

BYTES_EACH: Final = 40
"""The least that a node or an edge takes in such a file; the tree takes a hundred times that."""

Edge = tuple[str, str, str]
"""From which node to which, and the line between in WKT; empty where it is straight."""


def read_graphml(path: Path, limits: StreetLimits) -> Lines:
    """Read a graph's walkable edges; both directions of one are the same path.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : StreetLimits
        What is too much; such a file is read as a whole tree, so a quarter of the size.

    Returns
    -------
    Lines
        In WGS 84, whatever system the graph says that it is in. The day of the data is the graph's
        ``data_date``; when OSMnx made the graph says nothing of that.

    Raises
    ------
    StreetsError
        If the file is no such graph, is too large, or declares a document type (it could hold
        entities that fill the memory).
    """
    import networkx as nx

    _check_structure(path, limits)
    try:
        graph = nx.read_graphml(path, force_multigraph=True)
        crs = str(graph.graph.get("crs", ""))
        found = _lines(graph, [*_walkable_edges(graph)])
    except (nx.NetworkXException, ParseError, shapely.GEOSException) as error:
        raise StreetsError("streets.broken", file=path.name) from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StreetsError("streets.broken", file=path.name) from error
    if len(found.positions) > limits.positions:
        raise StreetsError("streets.too_many", file=path.name, limit=limits.positions)
    if crs and crs_named(crs) is None:
        raise StreetsError("streets.broken", file=path.name)
    positions = positions_to_degrees(found.positions, crs) if crs else found.positions
    return Lines(positions, found.parts, day_in(str(graph.graph.get("data_date", ""))))


def _check_structure(path: Path, limits: StreetLimits) -> None:
    """Refuse what must not reach a parser that builds a tree."""
    seen = depth = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal seen, depth
        if depth == 0 and tag.rpartition(":")[2] != "graphml":
            raise StreetsError("streets.broken", file=path.name)
        seen, depth = seen + (tag in ("node", "edge")), depth + 1
        if depth > 10 or seen > limits.positions:
            raise StreetsError("streets.broken", file=path.name)

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise StreetsError("streets.entities", file=path.name)

    if path.stat().st_size > limits.size // 4:
        raise StreetsError("streets.too_large", file=path.name, limit_mb=limits.size / 4_000_000)
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise StreetsError("streets.broken", file=path.name) from error
    except OSError as error:
        raise StreetsError("streets.unreadable", file=path.name) from error


def _walkable_edges(graph: Any) -> Iterable[Edge]:
    seen: set[Edge] = set()
    for source, target, data in graph.edges(data=True):
        if not is_walkable(_texts(data)):
            continue
        line = str(data.get("geometry", ""))
        # Walkers go both ways: a straight edge back is the same path. Lines that are drawn in
        # both directions become one when their straight pieces are compared.
        edge = (min(source, target), max(source, target), line)
        if edge not in seen:
            seen.add(edge)
            yield source, target, line


def _texts(data: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in data.items()}


def _lines(graph: Any, edges: list[Edge]) -> Lines:
    """Give every position a number: nodes first, then what lies along the lines between."""
    number = {node: at for at, node in enumerate(graph.nodes)}
    xy = [(float(data["x"]), float(data["y"])) for _, data in graph.nodes(data=True)]
    along: dict[tuple[str, str, float, float], int] = {}
    parts: list[tuple[int, int]] = []
    lines = shapely.from_wkt([line or None for _, _, line in edges])
    for (source, target, _), line in zip(edges, lines, strict=True):
        inner = [] if line is None else shapely.get_coordinates(line)[1:-1].tolist()
        chain = [number[source]]
        ends = (min(source, target), max(source, target))
        for x, y in inner:
            # The same corner between the same ends is the same path, drawn back; what crosses
            # elsewhere without a node, such as a bridge, is another.
            at = along.setdefault((*ends, x, y), len(xy))
            if at == len(xy):
                xy.append((x, y))
            chain.append(at)
        chain.append(number[target])
        parts.extend(pairwise(chain))
    positions: NDArray[np.float64] = np.array(xy, float).reshape(-1, 2)
    return Lines(positions, np.array(parts, np.int64).reshape(-1, 2))
