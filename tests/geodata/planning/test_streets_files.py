"""Street files: their formats, broken and hostile ones, and the derived file."""

from __future__ import annotations

import bz2
import contextlib
import os
from datetime import date
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import SWEREF99TM
from geodata.errors import StreetsError
from geodata.planning import street_cache as streets
from geodata.planning.street_cache import OSM_LICENCE, open_streets, read_streets
from geodata.planning.street_network import StreetNetwork
from geodata.planning.travel import StreetLimits
from geodata.texts import words

from .towns import Town, place

NODES = {"a": (0.0, 0.0), "b": (200.0, 0.0), "c": (200.0, 150.0), "d": (0.0, 150.0)}
EXCERPT = Path(__file__).parent / "streets-excerpt.osm.pbf"


def town() -> Town:
    return Town(NODES).way("a b c").way("b d", highway="path")


def key_of(path: Path, limits: StreetLimits = streets.DEFAULT_LIMITS) -> str:
    with pytest.raises(StreetsError) as caught:
        read_streets(path, limits=limits)
    for language in ("sv", "en"):
        assert path.name in words(language).error(caught.value)
    return caught.value.key


def same(one: StreetNetwork, other: StreetNetwork) -> bool:
    return one.crs == other.crs and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("ends", "starts", "xy")
    )


# --- formats -------------------------------------------------------------------------------------


def test_every_format_of_openstreetmap_gives_the_same(tmp_path: Path) -> None:
    plain = town().write(tmp_path / "town.osm")
    packed = town().write(tmp_path / "TOWN.OSM.bz2")
    binary = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(binary)) as writer:
        for item in osmium.FileProcessor(str(plain)):
            writer.add(item)
    networks = [read_streets(path) for path in (plain, packed, binary)]
    assert networks[0].crs == SWEREF99TM
    assert all(same(networks[0], other) for other in networks[1:])
    assert {network.source.licence for network in networks} == {OSM_LICENCE}
    assert [network.source.file for network in networks] == [plain.name, packed.name, binary.name]


def test_the_day_of_the_data_is_kept_where_it_is_told(tmp_path: Path) -> None:
    note = '<note>From Overpass</note><meta osm_base="2026-11-20T04:05:06Z"/>'
    assert read_streets(town().write(tmp_path / "a.osm", note)).source.data_date == date(
        2026, 11, 20
    )
    plain = town().write(tmp_path / "b.osm")
    assert read_streets(plain).source.data_date is None
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2026-10-01T20:21:02Z")
    dated = tmp_path / "c.osm.pbf"
    with osmium.SimpleWriter(str(dated), header=header) as writer:
        for item in osmium.FileProcessor(str(plain)):
            writer.add(item)
    assert read_streets(dated).source.data_date == date(2026, 10, 1)


def test_lengths_outside_sweden_are_taken_in_the_local_grid() -> None:
    assert read_streets(EXCERPT).crs == "EPSG:32635"


def test_an_extract_is_cut_where_positions_are_missing(tmp_path: Path) -> None:
    nodes = {**NODES, "gone": (500.0, 0.0)}
    text = Town(nodes).way("a b gone c d").xml()
    start = text.index('<node id="5"')
    cut = text[:start] + text[text.index("<way") :]
    path = tmp_path / "cut.osm"
    path.write_text(cut, encoding="utf-8")
    network = read_streets(path)
    assert (network.edge_count, network.piece_count) == (2, 2)
    assert network.length_m == pytest.approx(400, abs=0.1)


@pytest.mark.parametrize(("one", "other"), [(-1, -2), (1, 2**62), (-(2**62), 5)])
def test_ids_may_be_of_things_not_uploaded_or_absurd(tmp_path: Path, one: int, other: int) -> None:
    # The way stands before its positions, one of which stands twice.
    text = (
        f'<osm version="0.6"><way id="{one}"><nd ref="{one}"/><nd ref="{other}"/>'
        '<tag k="highway" v="path"/></way>'
        f'<node id="{one}" lat="57.7" lon="12.9"/><node id="{other}" lat="57.701" lon="12.9"/>'
        f'<node id="{other}" lat="57.701" lon="12.9"/></osm>'
    )
    path = tmp_path / "ids.osm"
    path.write_text(text, encoding="utf-8")
    # A degree of latitude is 111.4 km there.
    assert read_streets(path).length_m == pytest.approx(111.4, rel=0.002)


# --- broken and hostile --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["town.osm", "town.osm.bz2", "town.osm.pbf", "town.graphml", "TOWN.OSM.PBF"]
)
@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 300, b"abc" * 1_000, b"<osm", b"<html></html>", b"<graphml><node/></graphml>"],
    ids=["empty", "zeros", "letters", "unclosed", "html", "graph"],
)
def test_a_broken_file_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert key_of(path) in {"streets.broken", "streets.nothing_to_walk_on"}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_half_a_file_is_told(tmp_path: Path, share: float) -> None:
    for whole in (EXCERPT, town().write(tmp_path / "t.osm"), town().write(tmp_path / "t.osm.bz2")):
        content = whole.read_bytes()
        half = tmp_path / f"half-{whole.name}"
        half.write_bytes(content[: int(len(content) * share)])
        assert key_of(half) == "streets.broken"


@settings(max_examples=100)
@given(
    name=st.sampled_from(["t.osm", "t.osm.bz2", "t.osm.pbf"]),
    where=st.lists(st.floats(0, 0.999), min_size=1, max_size=4),
    byte=st.integers(0, 255),
)
def test_a_file_with_wrong_bytes_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, name: str, where: list[float], byte: int
) -> None:
    path = tmp_path_factory.mktemp("wrong") / name
    if name.endswith("pbf"):
        path.write_bytes(EXCERPT.read_bytes())
    else:
        town().write(path)
    content = bytearray(path.read_bytes())
    for share in where:
        content[int(share * len(content))] = byte
    path.write_bytes(content)
    with contextlib.suppress(StreetsError):
        assert read_streets(path).length_m > 0


def test_other_files_are_told(tmp_path: Path) -> None:
    assert key_of(tmp_path / "nowhere.osm") == "streets.missing"
    (tmp_path / "folder.osm").mkdir()
    assert key_of(tmp_path / "folder.osm") in {"streets.missing", "streets.unreadable"}
    (tmp_path / "streets.shp").write_bytes(b"x")
    assert key_of(tmp_path / "streets.shp") == "streets.unknown_sort"
    nothing = Town(NODES).way("a b", highway="motorway").way("b c", building="yes", highway="")
    assert key_of(nothing.write(tmp_path / "nothing.osm")) == "streets.nothing_to_walk_on"


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {n} "{f"&{o};" * 10}">' for o, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    ("name", "root"), [("bomb.osm", "osm"), ("bomb.osm.bz2", "osm"), ("bomb.graphml", "graphml")]
)
def test_entities_are_not_expanded(tmp_path: Path, name: str, root: str) -> None:
    path = tmp_path / name
    text = f'<?xml version="1.0"?>{BOMB}<{root} version="0.6"><key>&i;</key></{root}>'.encode()
    path.write_bytes(bz2.compress(text) if name.endswith("bz2") else text)
    assert key_of(path) in {"streets.broken", "streets.entities"}


def test_too_much_is_refused(tmp_path: Path) -> None:
    plain = town().write(tmp_path / "t.osm")
    assert key_of(plain, StreetLimits(size=100)) == "streets.too_large"
    assert key_of(plain, StreetLimits(positions=4)) == "streets.too_many"
    steep = tmp_path / "steep.osm.bz2"
    steep.write_bytes(bz2.compress(b" " * 5_000_000))
    assert steep.stat().st_size < 1_000
    assert key_of(steep, StreetLimits(unpacked=2_000_000)) == "streets.too_large"
    graph = tmp_path / "deep.graphml"
    graph.write_text("<graphml>" + "<a>" * 50 + "</a>" * 50 + "</graphml>", encoding="utf-8")
    assert key_of(graph) == "streets.broken"


def test_a_world_wide_file_is_refused(tmp_path: Path) -> None:
    text = (
        '<osm version="0.6"><node id="1" lat="30" lon="-70"/><node id="2" lat="30" lon="70"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>'
    )
    path = tmp_path / "world.osm"
    path.write_text(text, encoding="utf-8")
    assert key_of(path) == "streets.too_wide"


@pytest.mark.parametrize("x", ["nan", "1e400", "word", "999"])
def test_a_graph_with_odd_positions_is_told(tmp_path: Path, x: str) -> None:
    text = (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="x" for="node" attr.name="x" attr.type="string"/>'
        '<key id="y" for="node" attr.name="y" attr.type="string"/>'
        '<key id="h" for="edge" attr.name="highway" attr.type="string"/>'
        '<graph edgedefault="directed">'
        f'<node id="1"><data key="x">{x}</data><data key="y">57</data></node>'
        '<node id="2"><data key="x">13</data><data key="y">57</data></node>'
        '<edge source="1" target="2"><data key="h">path</data></edge></graph></graphml>'
    )
    path = tmp_path / "odd.graphml"
    path.write_text(text, encoding="utf-8")
    assert key_of(path) == "streets.broken"


def test_what_is_no_file_is_not_read() -> None:
    for path in (Path("/dev/zero"), Path("/dev/null")):
        assert key_of(path) == "streets.missing"


# --- the derived file ----------------------------------------------------------------------------


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of files that are read in full, as they are read."""
    seen: list[str] = []
    real = streets.read_lines

    def reading(path: Path, limits: StreetLimits) -> object:
        seen.append(path.name)
        return real(path, limits)

    monkeypatch.setattr(streets, "read_lines", reading)
    return seen


def test_what_is_kept_is_what_was_read(tmp_path: Path, reads: list[str]) -> None:
    note = '<meta osm_base="2026-11-20T04:05:06Z"/>'
    path, cache = town().write(tmp_path / "t.osm", note), tmp_path / "new" / "cache"
    first, second = open_streets(path, cache), open_streets(path, cache)
    assert reads == ["t.osm"]
    assert same(first, second)
    assert same(second, read_streets(path))
    assert first.source == second.source
    assert second.source.data_date == date(2026, 11, 20)
    points = [place(10, 0), place(200, 140), place(20, 130)]
    assert np.array_equal(first.travel(points).length_m, second.travel(points).length_m)
    assert first.route(*points[:2]) == second.route(*points[:2])


def test_another_content_is_read_anew_and_another_name_is_not(
    tmp_path: Path, reads: list[str]
) -> None:
    path, cache = town().write(tmp_path / "t.osm"), tmp_path / "cache"
    before = open_streets(path, cache)
    town().way("c d").write(path)
    after = open_streets(path, cache)
    assert (before.edge_count, after.edge_count) == (3, 2)
    assert before.source.digest != after.source.digest
    renamed = open_streets(path.rename(tmp_path / "other.osm"), cache)
    assert renamed.source.file == "other.osm"
    assert reads == ["t.osm", "t.osm"]


def damaged(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif how == "flipped":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
    elif how == "pickled":
        np.savez(path, head=np.array([{"a": 1}], dtype=object))
    else:
        path.write_bytes(b"" if how == "empty" else os.urandom(500))


@pytest.mark.parametrize("how", ["cut", "flipped", "empty", "random", "pickled"])
def test_a_damaged_derived_file_is_made_anew(tmp_path: Path, reads: list[str], how: str) -> None:
    path, cache = town().write(tmp_path / "t.osm"), tmp_path / "cache"
    whole = open_streets(path, cache)
    (derived,) = cache.iterdir()
    damaged(derived, how)
    assert same(open_streets(path, cache), whole)
    assert same(open_streets(path, cache), whole)
    assert reads == ["t.osm", "t.osm"]


def test_another_version_of_the_format_is_made_anew(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cache = town().write(tmp_path / "t.osm"), tmp_path / "cache"
    open_streets(path, cache)
    monkeypatch.setattr(streets, "VERSION", streets.VERSION + 1)
    open_streets(path, cache)
    assert reads == ["t.osm", "t.osm"]


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = town().write(tmp_path / "t.osm")
    (tmp_path / "taken").touch()
    with pytest.raises(StreetsError) as caught:
        open_streets(path, tmp_path / "taken")
    assert caught.value.key == "streets.not_written"
