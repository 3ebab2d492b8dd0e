"""The network's nodes and edges as compressed rows, and the shortest ways in them (Dijkstra)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

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
