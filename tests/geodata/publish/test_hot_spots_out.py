"""Hot spots as files go out and come back equal; recorded tracks go in twice and are there once."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point
from typer.testing import CliRunner

from geodata.catalogue.loading import load_catalogue
from geodata.cli import command_line
from geodata.errors import ExportError
from geodata.intake.importing import read_file
from geodata.intake.report import Reading
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import ActivityFilter, HotSpot, Location, Origin, SourceKind
from geodata.publish import WRITERS, Export
from geodata.service import Service
from geodata.service.exporting import FILE_SORTS, Wanted, export_file, gather
from geodata.service.imports import examine, take_in
from geodata.settings import bundled_data, register_url

from ...intakes import one_by_one, read_records

CATALOGUE: Final = load_catalogue((bundled_data(),))
EXAMPLE: Final = bundled_data() / "example"
NOWHERE: Final = Location(None, "norrby", 1.0, near_border=False)


def texts(longest: int) -> st.SearchStrategy[str]:
    nasty = st.sampled_from(["=1+1", "'", "-5", "@x", '"', ";", "\n", "åäö", "<b>", "1,5", "'=x"])
    plain = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
    found = st.lists(nasty | plain, max_size=4).map("".join)
    return found.map(lambda t: unicodedata.normalize("NFC", t).strip()[:longest].strip()).filter(
        lambda t: not holds_identity_number(t)
    )


@st.composite
def hot_spots(draw: st.DrawFn) -> HotSpot:
    first = draw(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    name = " ".join(draw(texts(80)).split()) or "x"
    lon, lat = draw(st.floats(10.5, 24.3)), draw(st.floats(55.0, 69.2))
    return HotSpot(
        id=str(draw(st.uuids(version=4))),
        name=name,
        place=Point(lon, lat),
        valid_from=first,
        radius_m=draw(st.floats(25, 1_000)),
        weight=draw(st.floats(1e-9, 1_000)),
        reason=draw(texts(500)),
        reason_source=draw(texts(200)),
        valid_to=draw(st.none() | st.dates(first, date(2100, 12, 31))),
        visits_a_week=draw(st.none() | st.floats(1e-9, 168)),
        minutes_a_visit=draw(st.none() | st.integers(1, 240)),
        area_id=draw(st.none() | st.sampled_from(sorted(CATALOGUE.area_by_id))),
        origin=Origin(
            draw(st.sampled_from(SourceKind)),
            draw(st.none() | st.just("hot_spots.csv")),
            draw(st.none() | st.integers(1, 99)),
        ),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(hot_spots(), max_size=4, unique_by=lambda spot: spot.id),
    st.sampled_from([".csv", ".geojson"]),
)
def test_they_come_back_equal(spots: list[HotSpot], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"hot_spots{suffix}")
        WRITERS[suffix](Export(CATALOGUE, "sv", ("hot_spots",), hot_spots=spots), path)
        read = read_records(
            path,
            "hot_spots",
            catalogue=CATALOGUE,
            locate=lambda _lon, _lat: NOWHERE,
            origin_kind=SourceKind.IMPORTED,
        )
    # Letters that look encoded twice are kept as they stand, and told.
    told = {"intake.letters_doubtful"} if spots else {"intake.no_rows"}
    assert {problem.key for problem in read.problems} <= told
    assert list(read.records) == spots


@pytest.fixture
def empty(example: Service, own_blank: Path) -> Iterator[Service]:
    settings_ = replace(example.settings, register=register_url(str(own_blank)))
    with Service.open(settings_, today=lambda: date(2026, 1, 1)) as opened:
        yield opened


def test_from_one_register_to_another_and_not_twice(
    example: Service, empty: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    told = export_file(example, Wanted(("hot_spots",)), folder / "hot_spots.csv")
    assert told.counts == {"hot_spots": len(example.hot_spots())}
    for _ in range(2):
        empty.take_in(folder, SourceKind.IMPORTED, by="test")
        assert empty.hot_spots() == example.hot_spots() != ()
    # As it was made, so that a second time is known by what the file says.
    empty.take_in(EXAMPLE, SourceKind.EXAMPLE, by="test")
    assert empty.hot_spots() == example.hot_spots()


def names(service: Service, wanted: Wanted) -> set[str]:
    return {spot.name for spot in gather(service, wanted).hot_spots}


def test_which_go_out(example: Service) -> None:
    assert FILE_SORTS["hot_spots"] == ("hot_spots",)
    spots = ("hot_spots",)
    every = {spot.name for spot in example.hot_spots()}
    assert names(example, Wanted(spots)) == every
    assert names(example, Wanted(spots, area="norrby")) == {"Almåsskolan", "Västgötagatan"}
    assert names(example, Wanted(spots, promise="mark-2018")) == {
        *("Kinna centrum", "Stationsgatan", "Hedbo", "Assberg", "Muraren")
    }
    # One has ended by then, and one has not begun.
    after = names(example, Wanted(spots, first_day=date(2018, 7, 1)))
    assert every - after == {"Västgötagatan"}
    before = names(example, Wanted(spots, as_of=date(2018, 7, 1)))
    assert every - before == {"Bodaskolan"}
    assert names(example, Wanted(spots, commitment="boras-2018/1")) == set()
    with pytest.raises(ExportError):
        gather(example, Wanted(spots, area="nowhere"))


def test_a_layer_of_its_own_in_a_geopackage(example: Service, tmp_path: Path) -> None:
    path = tmp_path / "activities.gpkg"
    export_file(example, Wanted(("activities",)), path)
    frame = pyogrio.read_dataframe(path, layer="hot_spots")
    found = {
        (row.hot_spot, row.name_, row.geometry, row.radius_m, row.weight, row.valid_from)
        for row in frame.rename(columns={"name": "name_"}).itertuples()
    }
    assert found == {
        (s.id, s.name, s.place, s.radius_m, s.weight, s.valid_from.isoformat())
        for s in example.hot_spots()
    }
    # Nobody asked for them: there for the map, not to be taken in, nor taken for activities.
    again = read_again(example, path)
    assert not any("hot_spots" in problem.file for problem in again.problems)
    assert again.hot_spots == ()
    own = example.activities(ActivityFilter())
    assert len(again.activities) == sum(activity.walk_id is None for activity in own)


@pytest.mark.parametrize("suffix", [".zip", ".gpkg"])
def test_they_go_out_and_come_in_with_all_the_rest(
    example: Service, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"allt{suffix}"
    written = export_file(example, Wanted(), path)
    spots = example.hot_spots()
    assert written.counts["hot_spots"] == len(spots) == 10
    again = read_again(example, path)
    assert {p.key for p in again.problems} <= {"intake.archive_catalogue"}
    assert sorted(again.hot_spots, key=lambda s: s.id) == sorted(spots, key=lambda s: s.id)
    settings_of = replace(example.settings, register=register_url(str(tmp_path / "empty.sqlite")))
    with Service.open(settings_of, today=lambda: date(2026, 1, 1)) as empty:
        take_in(empty, examine(empty, path), by="test", good_only=False)
        assert empty.hot_spots() == spots
        walks = {walk.id for walk in example.register.walks()}
        assert {walk.id for walk in empty.register.walks()} == walks
        assert examine(empty, path).report.new == 0


def read_again(service: Service, path: Path) -> Reading:
    return read_file(
        path,
        catalogue=service.catalogue,
        locate_many=one_by_one(service.outlines.locate),
        origin_kind=SourceKind.IMPORTED,
        today=date(2026, 1, 1),
    )


def test_its_sign_is_as_wide_as_it_is(example: Service, tmp_path: Path) -> None:
    path = tmp_path / "spots.gpkg"
    export_file(example, Wanted(("hot_spots",)), path)
    styles = pyogrio.read_dataframe(path, layer="layer_styles")
    [qml] = styles[styles.f_table_name == "hot_spots"].styleQML
    root = ET.fromstring(qml)
    options = {
        option.get("name"): option.get("value")
        for option in root.iter("Option")
        if option.get("name")
    }
    assert options["size_unit"] == "RenderMetersInMapUnits"
    assert options["expression"] == '2 * "radius_m"'


def test_points_for_a_receiver(example: Service, tmp_path: Path) -> None:
    path = tmp_path / "spots.gpx"
    export_file(example, Wanted(("hot_spots",)), path)
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    found = ET.parse(path).getroot().findall("g:wpt", space)
    assert {point.findtext("g:name", "", space) for point in found} == {
        spot.name for spot in example.hot_spots()
    }
    assert {point.findtext("g:type", "", space) for point in found} == {"hot_spot"}


def test_an_example_says_so(example: Service) -> None:
    assert gather(example, Wanted(("hot_spots",))).has_examples
    for spot in example.hot_spots():
        assert spot.origin.kind is SourceKind.EXAMPLE
        assert spot.reason.startswith("Exempel")
        assert "exempel" in spot.reason_source.casefold()


# --- recorded tracks -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("activities-*.gpx")), ids=lambda p: p.stem)
def test_a_track_taken_in_before_times_were_kept_is_known_again(empty: Service, path: Path) -> None:
    first = examine(empty, path)
    take_in(empty, first, good_only=False, by="test")
    [made] = [a for a in empty.activities(ActivityFilter()) if a.times_s]
    number = empty.newest_number("activity", made.id)
    empty.register.change(replace(made, times_s=()), by="test", expected_number=number)
    again = examine(empty, path)
    assert (again.report.new, again.report.doubles) == (0, 1)
    # What is there stays as it is.
    assert empty.activity(made.id).times_s == ()


def test_a_track_goes_from_one_register_to_another_with_its_times(
    example: Service, empty: Service, tmp_path: Path
) -> None:
    path = tmp_path / "tracks.gpx"
    wanted = Wanted(
        ("activities",), area="hulta", first_day=date(2018, 11, 8), last_day=date(2018, 11, 8)
    )
    export_file(example, wanted, path)
    take_in(empty, examine(empty, path), good_only=False, by="test")
    tracks: Callable[[Service], list[tuple[object, ...]]] = lambda service: [  # noqa: E731
        (a.kind, a.area_id, a.start, a.place, a.times_s)
        for a in service.activities(ActivityFilter(area_ids=("hulta",)))
        if a.times_s
    ]
    assert tracks(empty) == tracks(example)
    assert len(tracks(empty)) == 1


def test_from_the_command_line(example_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "hot_spots.csv"
    told = CliRunner().invoke(
        command_line,
        [
            *("export", str(path), "--what", "hot_spots", "--area", "hulta"),
            *("--register", str(example_file), "--language", "en"),
        ],
    )
    assert told.exit_code == 0, told.output
    assert "1 hot spot" in " ".join(told.output.split())
    assert "Hulta torg" in path.read_text(encoding="utf-8-sig")


def test_recorded_tracks_count_for_what_an_import_would_link_them_to(
    example: Service, empty: Service
) -> None:
    tracks = {a.start: a for a in example.activities(ActivityFilter()) if a.times_s}
    assert len(tracks) == 4
    paths = sorted(EXAMPLE.glob("activities-*.gpx"))
    imported = [one for path in paths for one in examine(empty, path).new]
    assert {a.start: a.commitments for a in imported} == {
        start: a.commitments for start, a in tracks.items()
    }
    assert all(a.commitments for a in imported)
