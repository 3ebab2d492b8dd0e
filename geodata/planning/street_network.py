"""Streets as a network to walk in: places meet its paths anywhere, and ways are shortest ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString, STRtree
from shapely.ops import substring

from geodata.crs import positions_to_degrees, positions_to_metres
from geodata.errors import StreetsError
from geodata.planning._arrays import Floats, Integers
from geodata.planning.travel import (
    MAX_OFF_PATH_M,
    NoWay,
    Position,
    Route,
    Travel,
    TravelSource,
    checked_positions,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array


AT_ONCE: Final = 64
"""Places from which is searched at a time: each takes a number for every node of the network."""


class Walked(NamedTuple):
    """The shortest way between two places over the edges' ends."""

    length_m: float
    out_at_start: bool
    in_at_start: bool
    edges: list[tuple[int, bool]]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Nodes joined by edges, both ways."""

    matrix: csr_array
    edge: Integers
    ends: Integers
    pieces: Integers

    def from_places(self, nodes: Integers, steps: Floats) -> Floats:
        """Return the lengths from places on edges to every node."""
        found = [
            self._search(nodes[at : at + AT_ONCE], steps[at : at + AT_ONCE])
            for at in range(0, len(nodes), AT_ONCE)
        ]
        return np.concatenate(found)

    def way(self, nodes: Integers, steps: Floats) -> Walked:
        """Return the shortest way between two places on edges; as `from_places` takes them."""
        from scipy.sparse.csgraph import dijkstra

        count = len(self.pieces)
        length, before = dijkstra(
            self._with_places(nodes[:1], steps[:1]), indices=[count], return_predecessors=True
        )
        through = length[0, nodes[1]] + steps[1]
        side = int(np.argmin(through))
        at, edges = int(nodes[1, side]), []
        while (earlier := int(before[0, at])) != count:
            if earlier < 0:
                break
            edge = self._between(earlier, at)
            edges.append((edge, bool(self.ends[edge, 0] == earlier)))
            at = earlier
        edges.reverse()
        return Walked(
            float(through[side]), self._leaves_at_start(at, nodes, steps), side == 0, edges
        )

    @staticmethod
    def _leaves_at_start(at: int, nodes: Integers, steps: Floats) -> bool:
        if nodes[0, 0] == nodes[0, 1]:  # a ring: its one node lies both ways
            return bool(steps[0, 0] <= steps[0, 1])
        return bool(nodes[0, 0] == at)

    def _between(self, one: int, other: int) -> int:
        begin, end = self.matrix.indptr[one : one + 2]
        return int(self.edge[begin + np.searchsorted(self.matrix.indices[begin:end], other)])

    def _search(self, nodes: Integers, steps: Floats) -> Floats:
        from scipy.sparse.csgraph import dijkstra

        count = len(self.pieces)
        sources = np.arange(count, count + len(nodes))
        found: Floats = dijkstra(self._with_places(nodes, steps), indices=sources)
        return found[:, :count]

    def _with_places(self, nodes: Integers, steps: Floats) -> csr_array:
        """Return the matrix with a row for each place, from which one gets to its edge's ends."""
        from scipy.sparse import csr_array

        matrix, count, more = self.matrix, len(self.pieces), len(nodes)
        # A ring's two ends are one node, which a row may name once only.
        ring = nodes[:, 0] == nodes[:, 1]
        near = np.where(ring[:, None], steps.min(axis=1, keepdims=True), steps)
        keep = np.column_stack([np.ones(more, bool), ~ring])
        indptr = matrix.indptr[-1] + np.cumsum(keep.sum(axis=1))
        return csr_array(
            (
                np.concatenate([matrix.data, near[keep]]),
                np.concatenate([matrix.indices, nodes[keep].astype(np.int32)]),
                np.concatenate([matrix.indptr, indptr.astype(np.int32)]),
            ),
            shape=(count + more, count + more),
        )


def graph_of(ends: Integers, lengths: Floats) -> Graph:
    """Return the graph of edges with their lengths."""
    # Half a second to load: when it is used, and not when the program starts.
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count = int(ends.max()) + 1
    both = np.concatenate([ends, ends[:, ::-1]])
    edge, weight = np.tile(np.arange(len(ends)), 2), np.tile(lengths, 2)
    keep = both[:, 0] != both[:, 1]
    both, edge, weight = both[keep], edge[keep], weight[keep]
    order = np.lexsort((edge, weight, both[:, 1], both[:, 0]))
    both, edge, weight = both[order], edge[order], weight[order]
    first = np.ones(len(both), bool)
    first[1:] = np.any(both[1:] != both[:-1], axis=1)
    both, edge, weight = both[first], edge[first], weight[first]
    indptr = np.searchsorted(both[:, 0], np.arange(count + 1))
    columns = np.ascontiguousarray(both[:, 1], np.int32)
    matrix = csr_array((weight, columns, indptr.astype(np.int32)), shape=(count, count))
    pieces = connected_components(matrix, directed=False)[1].astype(np.int64)
    return Graph(matrix, edge, ends, pieces)


MAIN_SHARE: Final = 0.05
"""The share of all paths' length from which a piece of the network is a main one. There may be
several: towns whose streets were fetched apart."""

PREFER_MAIN_M: Final = 30.0
"""A place meets a main piece rather than a stray one if that is at most so much farther away,
unless it lies on the stray one (`ON_PATH_M`)."""

ON_PATH_M: Final = 1.0
"""Metres from a path within which a place lies on it."""


class _Met(NamedTuple):
    """Where places meet the paths: each one's edge (-1: none), metres along it, metres off it."""

    edge: Integers
    along: Floats
    off: Floats


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Paths on foot, each from a junction or a dead end to the next.

    A place meets the network at the nearest position of any edge, not the nearest node. Pieces of
    the network that aren't joined are all kept. A main piece (`MAIN_SHARE`) is met instead of a
    stray one, such as a path in a closed yard, where it is at most `PREFER_MAIN_M` farther away and
    the place does not lie on the stray one itself (`ON_PATH_M`).
    """

    # The system that lengths are taken in, see `geodata.crs.metric_crs_at`.
    crs: str
    # The nodes where each of m edges begins and ends: shape (m, 2).
    ends: Integers
    # Where each edge's positions begin in `xy`, and at last how many there are: (m + 1,).
    starts: Integers
    # Easting and northing along every edge, in metres: (k, 2).
    xy: Floats
    source: TravelSource

    @property
    def edge_count(self) -> int:
        """Return how many edges there are."""
        return len(self.ends)

    @property
    def length_m(self) -> float:
        """Return the length of all paths together."""
        return float(self.lengths.sum())

    @property
    def piece_count(self) -> int:
        """Return how many pieces there are that aren't joined to each other."""
        return len(self._piece_lengths)

    @property
    def largest_share(self) -> float:
        """Return the share of all paths' length that the largest piece holds."""
        return float(self._piece_lengths.max() / self._piece_lengths.sum())

    @cached_property
    def lengths(self) -> Floats:
        """Return each edge's length in metres."""
        return shapely.length(self._lines)

    @cached_property
    def _lines(self) -> NDArray[np.object_]:
        edge = np.repeat(np.arange(len(self.ends)), np.diff(self.starts))
        found: NDArray[np.object_] = np.asarray(shapely.linestrings(self.xy, indices=edge))
        return found

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self._lines)

    @cached_property
    def _main_tree(self) -> tuple[Integers, STRtree]:
        """Return the edges of main pieces, and a tree of them."""
        main = self._piece_lengths >= MAIN_SHARE * self._piece_lengths.sum()
        edges = np.flatnonzero(main[self.pieces])
        return edges, STRtree(self._lines[edges])

    @cached_property
    def _graph(self) -> Graph:
        return graph_of(self.ends, self.lengths)

    @cached_property
    def pieces(self) -> Integers:
        """Return the number of the piece that each edge belongs to."""
        return self._graph.pieces[self.ends[:, 0]]

    @cached_property
    def _piece_lengths(self) -> Floats:
        found: Floats = np.bincount(self.pieces, weights=self.lengths).astype(float)
        return found

    def route(self, start: Position, end: Position) -> Route:
        """Return the shortest way on foot between two places, WGS 84 in degrees.

        Raises
        ------
        StreetsError
            ``streets.too_far`` if a place lies too far from any path, ``streets.apart`` if no path
            joins them, ``streets.not_positions``.
        """
        places = checked_positions([start, end])
        met = self._meet(places)
        if (met.edge < 0).any():
            lon, lat = places[int(np.argmin(met.edge))].tolist()
            raise StreetsError(
                "streets.too_far", limit_m=MAX_OFF_PATH_M, place=f"{lat:.5f}, {lon:.5f}"
            )
        if self.pieces[met.edge[0]] != self.pieces[met.edge[1]]:
            raise StreetsError("streets.apart")
        length, line = self._shortest(met)
        line_deg = LineString(positions_to_degrees(line, self.crs))
        return Route(length, line_deg, (float(met.off[0]), float(met.off[1])), self.source)

    def travel(self, points: Sequence[Position] | ArrayLike) -> Travel:
        """Return the shortest lengths on foot between places, NaN where there are none, and why.

        Places are of shape (n, 2): longitude and latitude in degrees, WGS 84.

        Raises
        ------
        StreetsError
            ``streets.not_positions``.
        """
        met = self._meet(checked_positions(points))
        count = len(met.edge)
        length = np.full((count, count), np.nan)
        there = np.flatnonzero(met.edge >= 0)
        if len(there):
            length[np.ix_(there, there)] = self._lengths_between(
                _Met(met.edge[there], met.along[there], met.off[there])
            )
        return Travel(length, met.off, self._reasons(met), self.source)

    def _meet(self, places: Floats) -> _Met:
        count = len(places)
        edge, off = np.full(count, -1), np.full(count, np.nan)
        along = np.zeros(count)
        if not count:
            return _Met(edge, along, off)
        points = np.asarray(shapely.points(positions_to_metres(places, self.crs)))
        _take_nearest(self._tree, points, edge, off)
        edges, tree = self._main_tree
        main, main_off = np.full(count, -1), np.full(count, np.nan)
        _take_nearest(tree, points, main, main_off)
        # NaN, where no main piece is near, compares as false.
        rather = (main_off <= off + PREFER_MAIN_M) & (off > ON_PATH_M)
        edge[rather], off[rather] = edges[main[rather]], main_off[rather]
        there = edge >= 0
        along[there] = shapely.line_locate_point(self._lines[edge[there]], points[there])
        return _Met(edge, along, off)

    def _reasons(self, met: _Met) -> tuple[NoWay | None, ...]:
        there = met.edge >= 0
        piece = np.where(there, self.pieces[met.edge], -1)
        most = np.bincount(piece[there]).argmax() if there.any() else -1
        return tuple(
            NoWay.TOO_FAR if one < 0 else None if one == most else NoWay.APART
            for one in piece.tolist()
        )

    def _lengths_between(self, met: _Met) -> Floats:
        rest = self.lengths[met.edge] - met.along
        steps = np.column_stack([met.along, rest])
        to_nodes = self._graph.from_places(self.ends[met.edge], steps)
        first, last = self.ends[met.edge].T
        found = np.minimum(to_nodes[:, first] + steps[:, 0], to_nodes[:, last] + steps[:, 1])
        same = met.edge[:, None] == met.edge[None, :]
        direct = np.abs(met.along[:, None] - met.along[None, :])
        found = np.where(same, np.minimum(found, direct), found)
        # Sums in another order may differ in their last digit.
        found = np.minimum(found, found.T)
        return np.where(np.isinf(found), np.nan, found)

    def _shortest(self, met: _Met) -> tuple[float, Floats]:
        """Return the way's length, and its line in metres, between two places that are joined."""
        (first, last), (begin, finish) = met.edge.tolist(), met.along.tolist()
        walked = self._graph.way(
            self.ends[met.edge],
            np.column_stack([met.along, self.lengths[met.edge] - met.along]),
        )
        if first == last and abs(begin - finish) <= walked.length_m:
            return abs(begin - finish), self._cut(first, begin, finish)
        out = 0.0 if walked.out_at_start else float(self.lengths[first])
        into = 0.0 if walked.in_at_start else float(self.lengths[last])
        parts = [self._cut(first, begin, out)]
        parts += [self._whole(edge, forward=forward) for edge, forward in walked.edges]
        parts.append(self._cut(last, into, finish))
        line = np.concatenate(parts)
        moved = np.any(np.diff(line, axis=0) != 0, axis=1)
        line = line[np.concatenate([[True], moved])]
        return walked.length_m, line if len(line) > 1 else np.repeat(line, 2, axis=0)

    def _whole(self, edge: int, *, forward: bool) -> Floats:
        line = self.xy[self.starts[edge] : self.starts[edge + 1]]
        return line if forward else line[::-1]

    def _cut(self, edge: int, begin: float, end: float) -> Floats:
        """Return the part of an edge between two of its positions, in the order walked."""
        line = shapely.get_coordinates(substring(self._lines[edge], begin, end))
        return line if len(line) > 1 else np.repeat(line, 2, axis=0)


def _take_nearest(tree: STRtree, points: NDArray[np.object_], edge: Integers, off: Floats) -> None:
    found, away = tree.query_nearest(
        points, max_distance=MAX_OFF_PATH_M, return_distance=True, all_matches=False
    )
    edge[found[0]], off[found[0]] = found[1], away
