"""The streets in use: taken in, kept, replaced, fetched; on the command line too."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner, Result

from geodata.catalogue.loading import load_catalogue
from geodata.cli import command_line
from geodata.crs import to_metres
from geodata.errors import IntakeError, StreetsError
from geodata.model import Area
from geodata.planner import streets as planner_streets
from geodata.planner.streets import AROUND_M, expected, fetch_streets, parts_of, street_facts
from geodata.planning import street_cache as planning_streets
from geodata.service import streets
from geodata.settings import bundled_data
from geodata.texts import words

from .towns import ORIGIN_M, Town, place

NODES = {"a": (0.0, 0.0), "b": (200.0, 0.0), "c": (200.0, 150.0), "d": (0.0, 150.0)}
FAR = {"e": (9_000.0, 0.0), "f": (9_100.0, 0.0)}


def town() -> Town:
    return Town(NODES).way("a b c").way("b d", highway="path")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "data" / "streets"


# --- kept ----------------------------------------------------------------------------------------


def test_without_streets_there_are_straight_lines_that_say_so(kept: Path) -> None:
    ways = streets.open_ways(kept)
    assert isinstance(ways, streets.StraightLines)
    assert streets.told_source(ways.source, words("sv")) == (
        "Avstånd fågelvägen × 1,3, eftersom inga gator är inlästa."
    )
    assert "1.3" in streets.told_source(ways.source, words("en"))
    assert not kept.exists()


def test_streets_are_kept_without_the_file_they_came_from(kept: Path, tmp_path: Path) -> None:
    path = town().write(tmp_path / "Borås.OSM", '<meta osm_base="2026-11-20T04:05:06Z"/>')
    taken = streets.import_streets(path, kept)
    path.unlink()
    ways = streets.open_ways(kept)
    assert ways.source == taken.source
    points = [place(10, 0), place(200, 100)]
    assert np.array_equal(ways.travel(points).length_m, taken.travel(points).length_m)
    said = streets.told_source(ways.source, words("sv"))
    assert "Borås.OSM" in said
    assert "© OpenStreetMap contributors, ODbL 1.0" in said
    assert "20 november 2026" in said


def test_other_streets_replace_those_before(kept: Path, tmp_path: Path) -> None:
    streets.import_streets(town().write(tmp_path / "a.osm"), kept)
    before = streets.kept_streets(kept)
    streets.import_streets(town().way("c d").write(tmp_path / "b.osm.bz2"), kept)
    after = streets.kept_streets(kept)
    assert before
    assert after
    assert before.digest != after.digest
    assert after.file == "b.osm.bz2"
    assert len(list(kept.iterdir())) == 4


def test_what_cannot_be_used_leaves_the_streets_before_in_use(kept: Path, tmp_path: Path) -> None:
    streets.import_streets(town().write(tmp_path / "a.osm"), kept)
    files = {path.name: path.read_bytes() for path in kept.iterdir()}
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"x" * 100)
    with pytest.raises(StreetsError):
        streets.import_streets(broken, kept)
    with pytest.raises(IntakeError):
        streets.import_streets(town().write(tmp_path / "811228-9874.osm"), kept)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == files


def test_streets_may_be_taken_in_twice(kept: Path, tmp_path: Path) -> None:
    path = town().write(tmp_path / "a.osm")
    first = streets.import_streets(path, kept)
    assert streets.import_streets(path, kept).source == first.source
    assert streets.open_ways(kept).source == first.source


def test_a_newer_program_makes_the_derived_file_anew(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = streets.import_streets(town().write(tmp_path / "a.osm"), kept)
    monkeypatch.setattr(planning_streets, "VERSION", planning_streets.VERSION + 1)
    assert streets.open_ways(kept).source == taken.source


@pytest.mark.parametrize("how", ["gone", "changed", "unnamed"])
def test_damaged_streets_are_told_and_not_replaced_by_straight_lines(
    kept: Path, tmp_path: Path, how: str
) -> None:
    streets.import_streets(town().write(tmp_path / "a.osm"), kept)
    found = streets.kept_streets(kept)
    assert found
    if how == "gone":
        found.copy.unlink()
    elif how == "changed":
        town().way("c d").write(found.copy)
    else:
        (kept / streets.CURRENT).write_text("{", encoding="utf-8")
    with pytest.raises(StreetsError) as caught:
        streets.open_ways(kept)
    assert caught.value.key == "streets.not_kept"


# --- fetched -------------------------------------------------------------------------------------


@dataclass
class Overpass:
    """A stand-in for Overpass: the same town whatever is asked, and what it was asked."""

    url: str
    elements: list[dict[str, object]]
    asked: list[str] = field(default_factory=list)
    refuse_after: int = 1_000
    remark: bool = False


def elements_of(made: Town) -> list[dict[str, object]]:
    number = {name: at for at, name in enumerate(made.nodes, start=1)}
    nodes = [
        {"type": "node", "id": number[name], "lon": lon, "lat": lat}
        for name, xy in made.nodes.items()
        for lon, lat in [place(*xy)]
    ]
    ways = [
        {"type": "way", "id": at, "nodes": [number[n] for n in along.split()], "tags": tags}
        for at, (along, tags) in enumerate(made.ways, start=1)
    ]
    return [*nodes, *ways]


def two_towns() -> Town:
    made = town()
    return Town({**made.nodes, **FAR}, [*made.ways]).way("e f")


@pytest.fixture
def overpass() -> Iterator[Overpass]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, content: bytes, code: int = 200) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.answer(b"Connected as: 1\nCurrent time: x\nAnnounced\nRate limit: 2\n2 slots\n")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked.append(parse_qs(body)["data"][0])
            if len(made.asked) > made.refuse_after:
                self.answer(b"<html>too busy</html>", 400)
                return
            base = {"timestamp_osm_base": "2026-11-21T22:00:00Z"}
            said = {"osm3s": base, "elements": made.elements}
            if made.remark:
                said["remark"] = "runtime error: Query timed out"
            self.answer(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Overpass(f"http://127.0.0.1:{server.server_port}/api", elements_of(two_towns()))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def area(id_: str, x: float, y: float) -> Area:
    (sample, *_) = load_catalogue((bundled_data(),)).areas
    outline = shapely.Polygon([place(x + dx, y + dy) for dx, dy in ((0, 0), (300, 0), (300, 300))])
    return type(sample)(
        **{
            name: getattr(sample, name)
            for name in sample.__dataclass_fields__
            if name not in ("id", "name", "outline")
        },
        id=id_,
        name=id_.title(),
        outline=outline,
    )


def test_each_area_is_fetched_with_a_kilometre_around_it() -> None:
    areas = load_catalogue((bundled_data(),)).areas
    parts = parts_of(areas)
    named = {name for _, names in parts for name in names.split(", ")}
    assert named == {one.name for one in areas}
    for one in areas:
        wide = to_metres(one.outline).buffer(AROUND_M)
        assert any(to_metres(outline).buffer(1).contains(wide) for outline, _ in parts)


def test_how_much_a_fetch_is_goes_by_how_much_ground_there_is() -> None:
    # A triangle of 1,024 m around with 1.1 km around it (Steiner): pi 1.1² + 1.02 * 1.1 + 0.05
    # are 5.0 square kilometres.
    one, two = area("near", 0, 0), area("far", 20_000, 0)
    assert expected([one]) == (2, "overpass-api.de")
    assert expected([one, two])[0] == 2 * expected([one])[0]
    assert expected([one], surroundings=False)[0] == 1
    # Those that meet are fetched once.
    assert expected([one, area("beside", 10, 0)]) == expected([one])


def test_streets_are_fetched_and_in_use(overpass: Overpass, kept: Path) -> None:
    told: list[str] = []
    resolve = socket.getaddrinfo
    network = fetch_streets(
        [area("near", 0, 0), area("far", 9_000, 0)],
        folder=kept,
        url=overpass.url,
        on_area=lambda at, count, names: told.append(f"{at}/{count} {names}"),
    )
    assert told == ["1/2 Near", "2/2 Far"]
    # The streets, and what lies around them, of each.
    assert len(overpass.asked) == 4
    assert network.source.data_date == date(2026, 11, 21)
    assert network.route(place(0, 0), place(200, 150)).length_m == pytest.approx(350, abs=0.1)
    assert streets.open_ways(kept).source == network.source
    assert not (kept / "fetching").exists()
    assert socket.getaddrinfo is resolve


def test_a_fetch_holds_what_the_map_shows_unless_paths_alone_are_wanted(
    overpass: Overpass, kept: Path
) -> None:
    ring = [1, 2, 3, 1]
    house = {"type": "way", "id": 77, "nodes": ring, "tags": {"building": "yes"}}
    overpass.elements.append(house)
    network = fetch_streets([area("near", 0, 0)], folder=kept, url=overpass.url)
    facts = street_facts(kept)
    assert facts
    assert facts.buildings == 1
    assert (network.source.file, facts.source.data_date) == (
        "openstreetmap.osm.pbf",
        date(2026, 11, 21),
    )
    assert sorted("building" in said for said in overpass.asked) == [False, True]
    overpass.asked.clear()
    told: list[float] = []
    fetch_streets(
        [area("near", 0, 0)], folder=kept, url=overpass.url, surroundings=False, tell=told.append
    )
    assert len(overpass.asked) == 1
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_a_broken_off_fetch_goes_on_where_it_was(overpass: Overpass, kept: Path) -> None:
    areas = [area("near", 0, 0), area("far", 9_000, 0)]
    overpass.refuse_after = 1
    with pytest.raises(StreetsError) as caught:
        fetch_streets(areas, folder=kept, url=overpass.url)
    assert caught.value.key == "streets.fetch_refused"
    assert streets.kept_streets(kept) is None
    overpass.refuse_after = 1_000
    fetch_streets(areas, folder=kept, url=overpass.url)
    assert overpass.asked[1] == overpass.asked[2], "what was refused is asked again"
    assert len(set(overpass.asked)) == len(overpass.asked) - 1 == 4
    assert streets.kept_streets(kept)


def test_half_an_answer_is_not_taken_for_the_streets(overpass: Overpass, kept: Path) -> None:
    overpass.remark = True
    with pytest.raises(StreetsError) as caught:
        fetch_streets([area("near", 0, 0)], folder=kept, url=overpass.url)
    assert caught.value.key == "streets.fetch_refused"
    assert streets.kept_streets(kept) is None


def test_a_damaged_answer_is_fetched_again(overpass: Overpass, kept: Path) -> None:
    areas = [area("near", 0, 0), area("far", 9_000, 0)]
    overpass.refuse_after = 1
    with pytest.raises(StreetsError):
        fetch_streets(areas, folder=kept, url=overpass.url)
    (answer,) = kept.glob("fetching/*/*.json")
    answer.write_bytes(answer.read_bytes()[:50])
    overpass.refuse_after = 1_000
    fetch_streets(areas, folder=kept, url=overpass.url)
    assert len(overpass.asked) == 6
    assert len(set(overpass.asked)) == 4


def test_an_area_without_ways_is_told(overpass: Overpass, kept: Path) -> None:
    overpass.elements = []
    with pytest.raises(StreetsError) as caught:
        fetch_streets([area("near", 0, 0)], folder=kept, url=overpass.url)
    assert caught.value.key == "streets.fetch_nothing"
    assert "Near" in words("sv").error(caught.value)


@pytest.fixture
def nobody() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/api"


def test_without_a_network_it_is_told_at_once(nobody: str, kept: Path) -> None:
    with pytest.raises(StreetsError) as caught:
        fetch_streets([area("near", 0, 0)], folder=kept, url=nobody)
    assert caught.value.key == "streets.fetch_offline"
    assert "lofteskartan streets import" in words("sv").error(caught.value)


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr(streets, "data_folder", lambda: tmp_path / "data")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LOFTESKARTAN_SETTINGS", raising=False)

    def running(*arguments: str | Path, lang: str = "C.UTF-8") -> Result:
        said = ["streets", *map(str, arguments)]
        return CliRunner().invoke(command_line, said, env={"LANG": lang})

    return running


def test_a_file_is_taken_in_and_shown(run: Callable[..., Result], tmp_path: Path) -> None:
    assert "straight lines × 1.3" in run("show").stdout
    path = town().write(tmp_path / "boras.osm")
    done = run("import", path, lang="sv_SE.UTF-8")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "boras.osm" in done.stdout
    assert "vägsträckor: 3," in done.stdout
    assert "100,0 %" in done.stdout
    assert "© OpenStreetMap contributors, ODbL 1.0" in done.stdout
    assert run("show", lang="sv_SE.UTF-8").stdout == done.stdout


def test_a_file_that_cannot_be_used_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("import", tmp_path / "nowhere.osm")
    assert done.exit_code == 1
    assert done.stderr == "There is no file nowhere.osm.\n"


def test_fetching_tells_what_it_does_and_that_nobody_answers(
    run: Callable[..., Result], nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = planner_streets.fetch_streets
    monkeypatch.setattr(
        planner_streets,
        "fetch_streets",
        lambda areas, **how: real(areas, url=nobody, **how),
    )
    done = run("fetch")
    assert done.exit_code == 1
    assert re.search(r"^Fetching streets around .+ \(1 of \d\)$", done.stderr, re.MULTILINE)
    assert "no contact with 127.0.0.1" in done.stderr


def test_areas_without_streets_are_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """A file of somewhere else is a mistake that nobody sees until there is no way anywhere."""
    far = Town({name: (x + 300_000, y) for name, (x, y) in NODES.items()}).way("a b c d")
    done = run("import", far.write(tmp_path / "stockholm.osm"), lang="sv_SE.UTF-8")
    assert done.exit_code == 0
    assert words("sv")("streets.no_area_covered") in done.stdout
    areas = {area.name: area for area in load_catalogue((bundled_data(),)).areas}
    west, south, east, north = to_metres(areas["Norrby"].outline).bounds
    steps = [
        (x - ORIGIN_M[0], y - ORIGIN_M[1])
        for x in np.arange(west, east + 50, 50)
        for y in np.arange(south, north + 50, 50)
    ]
    nodes = {f"n{number}": at for number, at in enumerate(steps)}
    town = Town(nodes).way(" ".join(nodes))
    said = run("import", town.write(tmp_path / "norrby.osm"), lang="en_GB.UTF-8").stdout
    others = ", ".join(name for name in areas if name != "Norrby")
    assert words("en")("plan_streets.outside", areas=others) in said
    assert run("import", town.write(tmp_path / "a.osm"), "--catalogue", tmp_path).exit_code == 0
