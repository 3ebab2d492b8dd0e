"""The local map of the streets in use: made with them, drawn once, made anew, gone with them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import Image

from geodata.basemap.drawing import LOOKS, Painter
from geodata.basemap.kinds import Kind, to_world
from geodata.basemap.reading import derived_file, read_base_map
from geodata.catalogue.loading import load_catalogue
from geodata.errors import StreetsError
from geodata.planner.streets import areas_outside, street_facts, write_answers
from geodata.service import streets
from geodata.service.streets import LocalTiles, local_map
from geodata.settings import bundled_data

from .village import Village, place, village

Z = 18


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "streets"
    streets.import_streets(village().write(tmp_path / "village.osm"), folder)
    return folder


def tile_at(east: float, north: float, z: int = Z) -> tuple[int, int, int]:
    x, y = (to_world(np.array([place(east, north)]))[0] * (1 << z)).tolist()
    return z, int(x), int(y)


def colours(png: bytes) -> set[str]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return {"#" + bytes(found).hex() for _, found in image.getcolors(1 << 16)}


def test_streets_that_are_taken_in_are_a_map(kept: Path) -> None:
    found = local_map(kept)
    in_use = streets.kept_streets(kept)
    assert in_use
    assert found
    assert (found.digest, found.data_date) == (in_use.digest, date(2026, 11, 1))
    version, png = LocalTiles(kept).tile(*tile_at(3, 6)) or ("", None)
    assert version
    assert png
    assert LOOKS["light"].fill[Kind.BUILDING] in colours(png)


def test_a_tile_is_drawn_once(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    real = Painter.tile
    monkeypatch.setattr(
        Painter, "tile", lambda self, *asked: [drawn.append(asked), real(self, *asked)][1]
    )
    tiles = LocalTiles(kept)
    assert tiles.tile(*tile_at(3, 6)) == tiles.tile(*tile_at(3, 6))
    assert len(drawn) == 1
    light, dark = (tiles.tile(*tile_at(3, 6), theme) for theme in ("light", "dark"))  # type: ignore[arg-type]
    assert light != dark
    assert len(drawn) == 2


def test_what_is_kept_in_memory_is_bounded(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geodata.service.streets.KEPT_BYTES", 6_000)
    tiles = LocalTiles(kept)
    for east in range(0, 40, 4):
        tiles.tile(*tile_at(east, 5))
    assert 0 < sum(map(len, tiles._kept.values())) == tiles._bytes <= 6_000


def test_other_streets_are_another_map(kept: Path, tmp_path: Path) -> None:
    tiles = LocalTiles(kept)
    before = tiles.tile(*tile_at(3, 6))
    made = Village()
    made.way([(0, 0), (40, 0)], highway="residential")
    streets.import_streets(made.write(tmp_path / "bare.osm"), kept)
    after = tiles.tile(*tile_at(3, 6))
    assert before
    assert after
    assert before[0] != after[0]
    assert after[1]
    assert LOOKS["light"].fill[Kind.BUILDING] not in colours(after[1])
    assert len(list(kept.glob("basemap-*"))) == 1


def test_a_map_that_is_gone_or_damaged_is_made_anew(kept: Path) -> None:
    whole = LocalTiles(kept).tile(*tile_at(3, 6))
    (derived,) = kept.glob("basemap-*")
    derived.write_bytes(derived.read_bytes()[:100])
    assert LocalTiles(kept).tile(*tile_at(3, 6)) == whole
    derived.unlink()
    assert local_map(kept)
    assert LocalTiles(kept).tile(*tile_at(3, 6)) == whole
    assert derived.is_file()


def test_a_map_kept_by_an_earlier_version_is_made_anew_and_told_from_it(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = LocalTiles(kept).tile(*tile_at(3, 6))
    monkeypatch.setattr("geodata.basemap.reading.VERSION", 999)
    after = LocalTiles(kept).tile(*tile_at(3, 6))
    assert before is not None
    assert after is not None
    assert after[1] == before[1]
    assert after[0] != before[0], "a browser would go on showing what it has"
    assert list(kept.glob("basemap-*-v999.npz"))


def test_what_is_no_tile_is_not_drawn(kept: Path) -> None:
    tiles = LocalTiles(kept)
    z, x, y = tile_at(3, 6)
    assert tiles.tile(z, -1, y) is None
    assert tiles.tile(z, x, 1 << z) is None
    assert tiles.tile(z, x, y, "gaudy") is None  # type: ignore[arg-type]
    assert tiles.tile(z, x, y, "light", 3) is None
    far = tiles.tile(z, x + 500, y)
    assert far
    assert far[1] is None


def test_without_streets_there_is_no_map(tmp_path: Path) -> None:
    assert local_map(tmp_path) is None
    assert LocalTiles(tmp_path).tile(*tile_at(3, 6)) is None
    assert street_facts(tmp_path) is None


def test_streets_that_can_not_be_read_are_told_where_tiles_are_asked_for(kept: Path) -> None:
    (kept / streets.CURRENT).write_text("{", encoding="utf-8")
    assert local_map(kept) is None
    with pytest.raises(StreetsError) as caught:
        LocalTiles(kept).tile(*tile_at(3, 6))
    assert caught.value.key == "streets.not_kept"


def test_a_graph_gives_a_map_of_its_paths(tmp_path: Path) -> None:
    import networkx as nx
    import osmnx as ox

    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, at in enumerate(((0, 0), (10, 0), (20, 5))):
        lon, lat = place(*at)
        graph.add_node(node, x=lon, y=lat)
    graph.add_edge(0, 1, highway="residential", length=1.0)
    graph.add_edge(1, 2, highway="footway", length=1.0)
    ox.save_graphml(graph, tmp_path / "graph.graphml")
    streets.import_streets(tmp_path / "graph.graphml", tmp_path / "kept")
    _, png = LocalTiles(tmp_path / "kept").tile(*tile_at(5, 0)) or ("", None)
    assert png
    assert LOOKS["light"].fill[Kind.STREET] in colours(png)


def test_the_work_is_told_and_can_be_stopped(tmp_path: Path) -> None:
    path, folder = village().write(tmp_path / "village.osm"), tmp_path / "kept"
    told: list[float] = []
    streets.import_streets(path, folder, tell=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)

    class EnoughError(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0:
            raise EnoughError

    made = village()
    made.way([(0, 5), (1, 5)], highway="path")
    before = streets.kept_streets(folder)
    with pytest.raises(EnoughError):
        streets.import_streets(made.write(tmp_path / "other.osm"), folder, tell=stop)
    assert streets.kept_streets(folder) == before
    assert LocalTiles(folder).tile(*tile_at(3, 6))


# --- what a planner is told ----------------------------------------------------------------------


def test_the_facts_are_those_of_the_network_and_the_map(kept: Path) -> None:
    facts, network = street_facts(kept), streets.open_ways(kept)
    assert facts
    assert isinstance(network, streets.StreetNetwork)
    assert facts.edges == network.edge_count
    assert facts.length_km == pytest.approx(network.length_m / 1_000)
    assert (facts.pieces, facts.largest_share, facts.buildings) == (1, 1.0, 1)
    assert facts.source.data_date == date(2026, 11, 1)
    assert facts.outline
    assert facts.outline.contains(shapely.Point(place(20, 0)))


def test_what_the_map_holds_is_not_told_before_it_is_made(kept: Path) -> None:
    (derived,) = kept.glob("basemap-*")
    derived.unlink()
    before = street_facts(kept)
    assert before
    assert (before.buildings, before.outline) == (None, None)
    assert areas_outside(before, load_catalogue((bundled_data(),)).areas) == ()
    LocalTiles(kept).tile(*tile_at(3, 6))
    after = street_facts(kept)
    assert after
    assert after.buildings == 1


def test_areas_without_streets_are_told(kept: Path) -> None:
    facts = street_facts(kept)
    areas = load_catalogue((bundled_data(),)).areas
    assert facts
    inside = replace(areas[0], outline=shapely.box(*place(1, 1), *place(4, 4)))
    # Wider than what lies around the village's half a kilometre.
    wide = replace(areas[0], outline=shapely.box(*place(-400, 0), *place(40, 10)))
    elsewhere = replace(areas[0], outline=shapely.box(12.0, 57.0, 12.1, 57.1))
    assert areas_outside(facts, [inside, wide, elsewhere]) == (wide, elsewhere)


# --- Overpass's answers --------------------------------------------------------------------------


def test_answers_are_put_together_to_one_file(tmp_path: Path) -> None:
    import json

    def corner(number: int, east: float, north: float) -> dict[str, Any]:
        lon, lat = place(east, north)
        return {"type": "node", "id": number, "lon": lon, "lat": lat}

    corners = [corner(at + 1, *where) for at, where in enumerate(((0, 0), (9, 0), (9, 9), (0, 9)))]
    street = {"type": "way", "id": 1, "nodes": [1, 2, 3], "tags": {"highway": "path"}}
    ring = {"type": "way", "id": 2, "nodes": [1, 2, 3, 4, 1]}
    house = {
        "type": "relation",
        "id": 1,
        "members": [{"type": "way", "ref": 2, "role": "outer"}],
        "tags": {"type": "multipolygon", "building": "yes"},
    }
    for name, elements in (("a", [street, *corners]), ("a-map", [house, ring, *corners])):
        (tmp_path / name).mkdir()
        said = {"osm3s": {"timestamp_osm_base": "2026-11-21T22:00:00Z"}, "elements": elements}
        (tmp_path / name / "answer.json").write_text(json.dumps(said), encoding="utf-8")
    path = tmp_path / "all.osm.pbf"
    write_answers([tmp_path / "a", tmp_path / "a-map"], path, "2026-11-21")
    network = streets.import_streets(path, tmp_path / "kept")
    assert network.source.data_date == date(2026, 11, 21)
    digest = network.source.digest
    base = read_base_map(derived_file(tmp_path / "kept", digest), digest)
    assert base
    assert {kind: len(shapes) for kind, shapes in base.shapes.items()} == {
        Kind.BUILDING: 1,
        Kind.PATH: 1,
    }
