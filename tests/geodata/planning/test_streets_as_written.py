"""Streets as other tools write them: every straight piece of every path is read equal."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import osmium
import osmium.osm.mutable as draft
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from geodata.errors import StreetsError
from geodata.planning.street_cache import read_streets
from geodata.planning.street_files import read_lines
from geodata.planning.travel import DEFAULT_LIMITS, Lines, StreetLimits

Position = tuple[float, float]


def pieces(line: Iterable[Position]) -> list[frozenset[Position]]:
    return [frozenset(pair) for pair in pairwise(line)]


def read_pieces(lines: Lines) -> set[frozenset[Position]]:
    where = [(round(x, 7), round(y, 7)) for x, y in lines.positions.tolist()]
    return {frozenset((where[a], where[b])) for a, b in lines.parts.tolist()}


def spots(count: int) -> Any:
    """Return different positions in Norrby, about a metre apart at least."""
    at = st.tuples(st.integers(0, 900), st.integers(0, 900))
    return st.lists(at, min_size=count, max_size=count, unique=True).map(
        lambda found: [(round(12.93 + x / 1e5, 5), round(57.72 + y / 1e5, 5)) for x, y in found]
    )


WALKED = st.sampled_from(["footway", "path", "residential", "['footway', 'steps']"])


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_every_piece_of_a_graph_is_read(data: st.DataObject) -> None:
    draw = data.draw
    count = draw(st.integers(2, 6))
    where = draw(spots(count + 12))
    graph: Any = draw(st.sampled_from([nx.MultiDiGraph, nx.MultiGraph, nx.Graph, nx.DiGraph]))()
    graph.graph["crs"] = draw(st.sampled_from(["epsg:4326", "{'init': 'epsg:4326'}", "EPSG:4326"]))
    as_text = draw(st.booleans())
    for node, (x, y) in enumerate(where[:count]):
        graph.add_node(node, x=str(x) if as_text else x, y=str(y) if as_text else y)
    rest = where[count:]
    expected: set[frozenset[Position]] = set()
    for _ in range(draw(st.integers(1, 6))):
        source, target = draw(st.permutations(range(count)))[:2]
        inner, rest = rest[: (inside := draw(st.integers(0, 2)))], rest[inside:]
        walked = draw(st.integers(0, 3)) > 0
        tags: dict[str, Any] = {"highway": draw(WALKED) if walked else "motorway", "length": 3.5}
        line = [where[source], *inner, where[target]]
        if inner or draw(st.booleans()):
            drawn = line[::-1] if draw(st.booleans()) else line
            tags["geometry"] = LineString(drawn).wkt
        if graph.has_edge(source, target) and not graph.is_multigraph():
            continue
        graph.add_edge(source, target, **tags)
        if walked:
            expected.update(pieces(line))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.graphml"
        nx.write_graphml(graph, path, encoding=draw(st.sampled_from(["utf-8", "utf-16"])))
        if not expected:
            with pytest.raises(StreetsError, match="nothing_to_walk_on"):
                read_lines(path)
            return
        assert read_pieces(read_lines(path)) == expected


IDS = st.integers(1, 1 << 20) | st.integers(1, 1 << 40) | st.integers(-(1 << 40), -1)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_piece_of_openstreetmaps_own_files_is_read(data: st.DataObject) -> None:
    draw = data.draw
    ids = draw(st.lists(IDS, min_size=2, max_size=9, unique=True))
    where = dict(zip(ids, draw(spots(len(ids))), strict=True))
    missing = draw(st.sets(st.sampled_from(ids), max_size=1))
    expected: set[frozenset[Position]] = set()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.osm{draw(st.sampled_from(['', '.pbf', '.bz2']))}"
        with osmium.SimpleWriter(str(path)) as writer:
            for id_ in draw(st.permutations(ids)):
                if id_ not in missing:
                    writer.add_node(draft.Node(id=id_, location=where[id_]))
            for number in range(draw(st.integers(1, 4))):
                along = draw(st.lists(st.sampled_from(ids), min_size=2, max_size=6))
                walked = draw(st.integers(0, 3)) > 0
                kind = "footway" if walked else "motorway"
                writer.add_way(draft.Way(id=number + 1, nodes=along, tags={"highway": kind}))
                if walked:
                    expected.update(
                        frozenset((where[a], where[b]))
                        for a, b in pairwise(along)
                        if not missing & {a, b}
                    )
        try:
            found = read_pieces(read_lines(path))
        except StreetsError as error:
            assert error.key == "streets.nothing_to_walk_on"  # noqa: PT017 - most have some
            found = set()
    assert {piece for piece in found if len(piece) > 1} == {p for p in expected if len(p) > 1}


# --- lines drawn from either end -----------------------------------------------------------------

GRAPH = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="c" for="graph" attr.name="crs" attr.type="string"/>
<key id="x" for="node" attr.name="x" attr.type="string"/>
<key id="y" for="node" attr.name="y" attr.type="string"/>
<key id="h" for="edge" attr.name="highway" attr.type="string"><default>path</default></key>
<key id="g" for="edge" attr.name="geometry" attr.type="string"/>
<graph edgedefault="undirected"><data key="c">{crs}</data>
<node id="1"><data key="x">{x1}</data><data key="y">{y1}</data></node>
<node id="2"><data key="x">{x2}</data><data key="y">{y2}</data></node>
<edge source="1" target="2"><data key="g">{line}</data></edge>
</graph></graphml>"""

DEGREES = {"crs": "epsg:4326", "x1": 12.93, "y1": 57.724, "x2": 12.94, "y2": 57.724}
CORNERS = ["12.93 57.724", "12.931 57.7245", "12.939 57.7245", "12.94 57.724"]


def graphml(path: Path, line: str, **changed: Any) -> Path:
    path.write_text(GRAPH.format(line=line, **{**DEGREES, **changed}), encoding="utf-8")
    return path


@pytest.mark.parametrize("step", [1, -1])
def test_a_line_may_be_drawn_from_either_end(tmp_path: Path, step: int) -> None:
    path = graphml(tmp_path / "a.graphml", f"LINESTRING ({', '.join(CORNERS[::step])})")
    # 638 m on the ellipsoid (GeographicLib); the grid's scale here is 1.0026.
    assert read_streets(path).length_m == pytest.approx(638.0 * 1.0026, abs=1)


@pytest.mark.parametrize(
    ("crs", "east", "north"),
    [
        ("{'init': 'epsg:4326'}", 12.93, 57.724),
        ("{'init': 'epsg:3006', 'no_defs': True}", 376_700, 6_399_500),
        (
            "{'proj': 'utm', 'zone': 33, 'ellps': 'WGS84', 'datum': 'WGS84', 'units': 'm'}",
            376_700,
            6_399_500,
        ),
    ],
)
def test_systems_are_read_as_old_versions_write_them(
    tmp_path: Path, crs: str, east: float, north: float
) -> None:
    step = 0.01 if east < 180 else 600
    line = f"LINESTRING ({east + step} {north}, {east} {north})"
    path = graphml(
        tmp_path / "a.graphml", line, crs=crs, x1=east, y1=north, x2=east + step, y2=north
    )
    assert read_streets(path).length_m == pytest.approx(597.0 if step < 1 else 600, rel=0.01)


def test_a_line_that_ends_beside_its_nodes_keeps_its_corners(tmp_path: Path) -> None:
    path = graphml(tmp_path / "a.graphml", "LINESTRING (12.9399 57.724, 12.9301 57.7245)")
    where = [(12.93, 57.724), (12.9301, 57.7245), (12.9399, 57.724), (12.94, 57.724)]
    assert read_pieces(read_lines(path)) == set(pieces(where))


@pytest.mark.parametrize(
    ("crs", "line"),
    [
        ("{'init': 'epsg:999999'}", "LINESTRING (1 1, 2 2)"),
        ("{" * 5_000, ""),
        ("{'a': " * 90 + "1" + "}" * 90, ""),
        ("epsg:4326", "POLYGON ((1 1, 2 2, 3 1, 1 1))"),
        ("epsg:4326", "LINESTRING (1 1)"),
        ("epsg:4326", "GEOMETRYCOLLECTION (" * 100_000),
        ("epsg:4326", "GEOMETRYCOLLECTION (" * 50_000 + "POINT (1 1)" + ")" * 50_000),
    ],
)
def test_what_is_no_line_or_system_is_told(tmp_path: Path, crs: str, line: str) -> None:
    with pytest.raises(StreetsError) as error:
        read_lines(graphml(tmp_path / "a.graphml", line, crs=crs))
    assert error.value.key == "streets.broken"


# --- what is made is counted ---------------------------------------------------------------------


def test_many_elements_and_corners_are_refused(tmp_path: Path) -> None:
    few = StreetLimits(positions=100)
    path = tmp_path / "a.graphml"
    for line, text in (
        ("", GRAPH.replace("</graph>", '<node id="3"/>' * 200 + "</graph>")),
        ("", GRAPH.replace("</graph>", "<data/>" * 1_000 + "</graph>")),
        ("LINESTRING (" + ", ".join(f"12.93 57.{n + 100}" for n in range(150)) + ")", GRAPH),
        ("LINESTRING (" + ", ".join(f"12.93 57.{n + 100}" for n in range(250)) + ")", GRAPH),
    ):
        path.write_text(text.format(line=line, **DEGREES), encoding="utf-8")
        with pytest.raises(StreetsError) as error:
            read_lines(path, few)
        assert error.value.key in ("streets.too_many", "streets.broken")
        read_lines(graphml(tmp_path / "b.graphml", ""), few)


READ_LIMITED = """
import resource
import sys
from pathlib import Path
import osmium, networkx
from geodata.planning.street_files import read_lines
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert len(read_lines(Path(sys.argv[1])).parts) == int(sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_ids_far_apart_take_no_memory(tmp_path: Path) -> None:
    """Two thousand ids, each in a block of libosmium's own, of 4 MB: 8 GB by its filter."""
    ids = [1 + number * (1 << 25) for number in range(2_000)]
    path = tmp_path / "a.osm"
    nodes = "".join(f'<node id="{id_}" lat="57.72" lon="12.{id_}"/>' for id_ in ids)
    refs = "".join(f'<nd ref="{id_}"/>' for id_ in ids)
    path.write_text(
        f'<osm version="0.6">{nodes}<way id="1">{refs}<tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-c", READ_LIMITED, str(path), "1999"],
        capture_output=True,
        text=True,
        check=True,
    )
    grown_kib = int(done.stdout)
    assert grown_kib < 300 * 1_024
    assert DEFAULT_LIMITS.positions > len(ids)


@pytest.mark.parametrize("packed", ["none", "zlib"])
@pytest.mark.parametrize("name", ["Gatan", "G\n\0an", "Gata\0"])
def test_a_text_with_a_nul_does_not_reach_libosmium(tmp_path: Path, packed: str, name: str) -> None:
    """It would read on behind its memory, and the process would end."""
    path = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none")) as writer:
        for number, where in enumerate([(12.93, 57.72), (12.94, 57.72)], start=1):
            writer.add_node(draft.Node(id=number, location=where))
        tags = {"highway": "path", "name": "Gatan", "ref": "", "note": "x" * 200}
        writer.add_way(draft.Way(id=1, nodes=[1, 2], tags=tags))
    content = path.read_bytes()
    assert content.count(b"Gatan") == 1
    content = content.replace(b"Gatan", name.encode())
    if packed == "zlib":
        # The data stands in the last blob, as it is: field 1, its length in two bytes.
        at = content.rindex(b"OSMData")
        head, blob = content[: at - 6], content[at + len(b"OSMData") :]
        # Behind the block's own length stands the field's, two bytes each.
        blob, body = blob[3:], blob[6:]
        assert len(body) == (blob[1] & 0x7F) + (blob[2] << 7)
        small = zlib.compress(body)
        new = b"\x10" + varint(len(body)) + b"\x1a" + varint(len(small)) + small
        header = b"\n\x07OSMData\x18" + varint(len(new))
        content = head + len(header).to_bytes(4, "big") + header + new
    path.write_bytes(content)
    if name == "Gatan":
        assert len(read_lines(path).parts) == 1
        return
    with pytest.raises(StreetsError) as error:
        read_lines(path)
    assert error.value.key == "streets.broken"


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
