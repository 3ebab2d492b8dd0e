"""Reference layers: read from files, simplified and limited, kept with history, counted nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from shapely import LineString, Point, Polygon

from geodata.errors import CatalogueError, IntakeError, UnknownIdError
from geodata.intake.shapes import CORNERS_AT_MOST, LayerRead, read_shapes
from geodata.model import Precision, Walk, WalkStatus
from geodata.palette import LAYER_COLOURS
from geodata.publish.public import public_files
from geodata.publish.report.maps import draw
from geodata.service import Service, entries
from geodata.service.adding import propose
from geodata.service.paper_maps import report_maps, sheet_sources
from geodata.service.publishing import Publishing, public_content
from geodata.service.recording import Conflict, Refused, Saved
from geodata.service.reporting import Asked, gather, make_map, make_report, walk_sheet
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import Words

from ..papers import words_of

TODAY = date(2026, 1, 1)
SAID = {
    "name": "Belysning",
    "source": "Borås Stad",
    "licence": "CC0",
    "date": "2025-09-01",
    "colour": "teal",
    "by": "planerare",
}
LAMP = Point(12.9264, 57.7218)


@pytest.fixture
def service(own_blank: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(own_blank)), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: TODAY) as opened:
        yield opened


def geojson(path: Path, *features: Any, **more: object) -> Path:
    document = {"type": "FeatureCollection", "features": list(features), **more}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def feature(shape: Any, **properties: object) -> dict[str, object]:
    geometry = shapely.geometry.mapping(shape) if shape is not None else None
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def held(service: Service, path: Path, **said: str) -> Any:
    """Return what came of saving a file as a new layer."""
    read = read_shapes(path, TODAY)
    return entries.save_layer(service, entries.Begun("layer"), {**SAID, **said}, read)


# --- files -----------------------------------------------------------------------------------


def test_points_lines_and_surfaces_are_read_with_their_names(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "belysning.geojson",
        feature(LAMP, namn="Lampa 1", watt=40),
        feature(LineString([(12.92, 57.72), (12.93, 57.72)])),
        feature(Polygon([(12.92, 57.72), (12.93, 57.72), (12.93, 57.73)]), namn="Skolgård"),
        feature(None, namn="Utan plats"),
        feature(Point(2.35, 48.85), namn="Paris"),
    )
    read = read_shapes(path, TODAY)
    assert [name for name, _ in read.shapes] == ["Lampa 1", "", "Skolgård"]
    assert [shape.geom_type for _, shape in read.shapes] == ["Point", "LineString", "Polygon"]
    # One, two, and a ring of four: none of them can be spared.
    assert (read.corners, read.kept, read.fineness_m, read.left_out) == (7, 7, 0, 2)


def test_a_geopackage_in_another_system_lies_where_it_should(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"name": ["Lampa"]}, geometry=geopandas.GeoSeries([LAMP], crs=4326).to_crs(3006)
    )
    frame.to_file(tmp_path / "lampor.gpkg", driver="GPKG")
    (name, shape), *others = read_shapes(tmp_path / "lampor.gpkg", TODAY).shapes
    assert (name, others) == ("Lampa", [])
    assert shape.distance(LAMP) < 2e-6  # about 0.1 m, the last decimal kept


def test_a_line_with_corners_closer_than_a_pixel_is_simplified_and_told(tmp_path: Path) -> None:
    # A straight street with a corner every half metre: its ends are all that is needed.
    straight = LineString([(12.92 + n * 8.4e-6, 57.72) for n in range(1001)])
    read = read_shapes(geojson(tmp_path / "gata.geojson", feature(straight)), TODAY)
    assert (read.corners, read.kept, read.fineness_m) == (1001, 2, 1)
    ((_, shape),) = read.shapes
    assert shape.hausdorff_distance(straight) < 1e-5


def test_what_is_too_much_for_a_screen_is_refused_with_its_number(tmp_path: Path) -> None:
    points = [feature(Point(12.9 + n * 1e-6, 57.7)) for n in range(CORNERS_AT_MOST + 1)]
    with pytest.raises(IntakeError) as raised:
        read_shapes(geojson(tmp_path / "punkter.geojson", *points), TODAY)
    assert raised.value.key == "layers.too_many_corners"
    assert raised.value.values["found"] == 20_001
    large = tmp_path / "stor.geojson"
    large.write_bytes(b" " * 5_000_001)
    with pytest.raises(IntakeError) as raised:
        read_shapes(large, TODAY)
    assert raised.value.key == "layers.too_large"
    with pytest.raises(IntakeError) as raised:
        read_shapes(geojson(tmp_path / "tom.geojson", feature(None)), TODAY)
    assert raised.value.key == "layers.empty"


def test_as_many_points_as_can_be_shown_are_kept(service: Service, tmp_path: Path) -> None:
    points = [
        feature(Point(12.9 + n % 200 * 1e-4, 57.7 + n // 200 * 1e-4), name=f"Lampa {n}")
        for n in range(CORNERS_AT_MOST)
    ]
    assert isinstance(held(service, geojson(tmp_path / "a.geojson", *points)), Saved)
    (layer,) = service.catalogue.layers
    assert len(layer.shapes) == 20_000


# --- in the register -------------------------------------------------------------------------


def test_a_layer_is_kept_changed_withdrawn_and_brought_back(
    service: Service, tmp_path: Path
) -> None:
    path = geojson(tmp_path / "lampor.geojson", feature(LAMP, name="Lampa 1"))
    saved = held(service, path)
    assert isinstance(saved, Saved)
    (layer,) = service.catalogue.layers
    assert (layer.id, layer.name.sv, layer.date) == ("belysning", "Belysning", date(2025, 9, 1))
    assert layer.shapes == (("Lampa 1", LAMP),)

    # Without a new file a change keeps the shapes.
    begun = entries.begun(service, "layer", "belysning")
    values = {**SAID, "name": "Gatubelysning"}
    assert isinstance(entries.save_layer(service, begun, values, None), Saved)
    (layer,) = service.catalogue.layers
    assert (layer.id, layer.name.sv, len(layer.shapes)) == ("belysning", "Gatubelysning", 1)
    # What somebody else has changed meanwhile is not written over.
    assert isinstance(entries.save_layer(service, begun, SAID, None), Conflict)

    assert isinstance(
        entries.withdraw(service, entries.begun(service, "layer", "belysning"), SAID), Saved
    )
    assert service.catalogue.layers == ()
    assert set(entries.withdrawn(service, "layer")) == {"belysning"}
    gone = entries.begun(service, "layer", "belysning")
    assert (gone.gone, gone.number) == (True, 3)
    assert isinstance(entries.bring_back(service, gone, SAID, 1), Saved)
    (layer,) = service.catalogue.layers
    assert layer.name.sv == "Belysning"
    found = entries.versions(service, "layer", layer.id)
    told = [(version.revision.action, version.revision.by) for version in found]
    assert [action for action, _ in told] == ["restore", "void", "change", "create"]
    assert {by for _, by in told} == {"planerare"}


def test_what_is_wrong_is_told_at_once_by_its_field(service: Service, tmp_path: Path) -> None:
    values = {**SAID, "name": "", "source": " ", "date": "1 sept", "colour": "red", "by": ""}
    refused = entries.save_layer(service, entries.Begun("layer"), values, None)
    assert isinstance(refused, Refused)
    fields = {problem.field for problem in refused.problems}
    assert fields == {"file", "name", "source", "date", "colour", "by"}
    assert service.catalogue.layers == ()
    assert isinstance(held(service, geojson(tmp_path / "a.geojson", feature(LAMP))), Saved)
    again = held(service, geojson(tmp_path / "b.geojson", feature(LAMP)))
    assert isinstance(again, Refused)
    assert [(p.field, p.key) for p in again.problems] == [("name", "layers.taken")]


def test_an_identity_number_is_in_no_layer(service: Service, tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", feature(LAMP, name="Anmält av 811228-9874"))
    refused = held(service, path)
    assert isinstance(refused, Refused)
    assert [problem.key for problem in refused.problems] == ["catalogue.identity_number"]
    assert service.catalogue.layers == ()


def test_a_layer_is_counted_nowhere(service: Service, tmp_path: Path) -> None:
    day = date(2018, 12, 31)
    before = (
        service.progress(day),
        service.register.counts(),
        service.attention(service.promises(), day),
    )
    areas = service.catalogue.areas
    held(service, geojson(tmp_path / "a.geojson", feature(LAMP), feature(areas[0].outline)))
    after = (
        service.progress(day),
        service.register.counts(),
        service.attention(service.promises(), day),
    )
    assert after == before
    assert service.catalogue.areas == areas


def test_only_so_many_have_room_below_the_map(service: Service, tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", feature(LAMP))
    for number in range(entries.LAYERS_AT_MOST):
        assert isinstance(held(service, path, name=f"Lager {number}"), Saved)
    refused = held(service, path, name="Ett till")
    assert isinstance(refused, Refused)
    assert [problem.key for problem in refused.problems] == ["layers.too_many"]


def test_only_a_public_layer_is_on_the_citizens_page(service: Service, tmp_path: Path) -> None:
    lamp = geojson(tmp_path / "a.geojson", feature(LAMP, name="Stolpe 7"))
    held(service, lamp, name="Belysning", source="Gatukontoret", seen_by="public")
    held(service, lamp, name="Kameror", source="Polisen", seen_by="inside")
    asked = Publishing("boras-2018", date(2018, 12, 31))
    files = public_files(public_content(service, asked))
    pages = "".join(data.decode() for name, data in files.items() if name.endswith(".html"))
    assert "Belysning (blågrön): Gatukontoret, CC0, 1 september 2025." in pages
    assert LAYER_COLOURS["teal"] in pages
    everything = b"".join(files.values()).decode("utf-8", "replace")
    assert "Kameror" not in everything
    assert "Stolpe 7" not in everything


def test_the_map_alone_is_printed_over_the_layers_that_are_on(
    service: Service, tmp_path: Path
) -> None:
    held(service, geojson(tmp_path / "a.geojson", feature(LAMP)))
    asked = Asked("boras-2018", date(2018, 12, 31))
    plain = make_map(service, asked, file_format="svg").decode()
    lit = replace(asked, layers=("belysning",))
    over = make_map(service, lit, file_format="svg").decode()
    assert LAYER_COLOURS["teal"] not in plain
    assert LAYER_COLOURS["teal"] in over
    # Who stands for it is named at its foot, where the lines may break anywhere.
    said = " ".join(re.sub("<[^>]+>", " ", over).split())
    assert "Belysning (blågrön): Borås Stad, CC0, 1 september 2025." in said
    assert "Belysning" not in plain
    with pytest.raises(UnknownIdError):
        make_map(service, replace(asked, layers=("gone",)), file_format="svg")

    # So is the whole report: beneath each of its maps, and with who stands for it in its words.
    pages = report_maps(service, gather(service, lit))
    assert {LAYER_COLOURS["teal"] in draw(page, "svg").decode() for page in pages.values()} == {
        True
    }
    words = words_of(make_report(service, lit))
    assert "Belysning (blågrön): Borås Stad, CC0, 1 september 2025" in words


def test_a_map_service_is_a_layer_for_the_screen_where_the_settings_name_it(
    tmp_path: Path,
) -> None:
    register = register_url(str(tmp_path / "own.sqlite"))
    named = Settings(register, basemap=NO_BASEMAP, map_services=("https://karta.example",))
    wms = {"address": "https://karta.example/wms", "layers": "skolor", "format": "image/png"}
    with Service.open(named, today=lambda: TODAY) as service:

        def saved(**said: str) -> Any:
            return entries.save_layer(
                service, entries.Begun("layer"), {**SAID, **wms, **said}, None
            )

        def faults(**said: str) -> set[tuple[str, str]]:
            return {(each.field, each.key) for each in saved(**said).problems}

        others = (
            *("https://karta.example.evil/wms", "https://karta.example@evil.example/wms"),
            *("http://karta.example/wms", "https://[", "javascript:alert(1)"),
        )
        for other in others:
            assert ("address", "layers.host") in faults(address=other)
        assert faults(layers=" ") == {("layers", "promises.blank")}
        assert ("format", "promises.choose") in faults(format="text/html")
        read = read_shapes(geojson(tmp_path / "a.geojson", feature(LAMP)), TODAY)
        both = entries.save_layer(service, entries.Begun("layer"), {**SAID, **wms}, read)
        assert [(each.field, each.key) for each in both.problems] == [
            ("address", "layers.file_and_address")
        ]
        assert isinstance(saved(), Saved)
        begun = entries.begun(service, "layer", "belysning")
        assert begun.values.items() >= wms.items()
        assert entries.map_services(service, ["belysning"]).keys() == {"belysning"}
        # Neither its pictures nor its name on paper.
        asked = Asked("boras-2018", date(2018, 12, 31), layers=("belysning",))
        assert b"Belysning" not in make_map(service, asked, file_format="svg")
    with Service.open(replace(named, map_services=()), today=lambda: TODAY) as service:
        assert entries.map_services(service, ["belysning"]) == {}


def test_a_walks_sheet_is_printed_over_the_layers_that_are_on(
    service: Service, tmp_path: Path
) -> None:
    held(service, geojson(tmp_path / "a.geojson", feature(LAMP)))
    day = datetime(2025, 9, 1, 18, tzinfo=UTC)
    walk = Walk(
        "00000000-0000-4000-8000-000000000001",
        *("norrby", WalkStatus.PLANNED, day, Precision.MINUTE, day.date()),
        route=LineString([LAMP, (12.927, 57.722)]),
    )
    service.register.add([walk], by="planerare")

    def sheet(*on: str) -> tuple[str, str]:
        drawing = walk_sheet(service, walk.id, on).drawing
        return drawing.svg("Karta"), sheet_sources(service, Words("sv"), on)

    plain, lit = sheet(), sheet("belysning")
    assert [LAYER_COLOURS["teal"] in one[0] for one in (plain, lit)] == [False, True]
    assert "Belysning" not in plain[1]
    assert lit[1].endswith("Belysning (blågrön): Borås Stad, CC0, 1 september 2025.")
    with pytest.raises(UnknownIdError):
        sheet("gone")


# --- as a catalogue's file -------------------------------------------------------------------


LAYER = {
    "id": "skolor",
    "name": {"sv": "Skolor"},
    "source": "Marks kommun",
    "licence": "CC0",
    "date": "2026-01-01",
    "colour": "olive",
}


def test_a_catalogue_file_with_a_layer_is_proposed_as_one(service: Service, tmp_path: Path) -> None:
    path = geojson(tmp_path / "vad-som-helst.geojson", feature(LAMP, name="A"), layer=LAYER)
    proposal = propose(service, [(path.name, path.read_bytes())])
    (new,) = proposal.found.new_layers
    assert (new.id, new.source) == ("skolor", "Marks kommun")
    assert replace(proposal.found, new_layers=()).is_nothing


@pytest.mark.parametrize(
    ("shape", "said", "key"),
    [
        (Point(57.7218, 12.9264), {}, "catalogue.position_swapped"),
        (None, {}, "catalogue.layer_geometry"),
        (Point(12.9, float("nan")), {}, "catalogue.not_finite"),
        (Point(2.35, 48.85), {}, "catalogue.position_outside"),
        (LAMP, {"colour": "red"}, "catalogue.not_one_of"),
        (LAMP, {"weight": "1"}, "catalogue.unknown_key"),
        (LAMP, {"licence": " "}, "catalogue.blank"),
    ],
)
def test_a_mistake_in_a_layers_file_is_named(
    service: Service, tmp_path: Path, shape: Any, said: dict[str, str], key: str
) -> None:
    path = geojson(tmp_path / "skolor.geojson", feature(shape), layer={**LAYER, **said})
    with pytest.raises(CatalogueError) as raised:
        propose(service, [(path.name, path.read_bytes())])
    assert [mistake.key for mistake in raised.value.mistakes] == [key]


def test_a_worker_answers_with_what_the_file_holds(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", feature(LAMP))
    answer = read_shapes(path, TODAY)
    assert answer == LayerRead("a.geojson", (("", LAMP),), 1, 1, 0, 0)
