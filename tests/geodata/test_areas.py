"""Areas drawn: from a form to the register, with what is told before, and from files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from shapely import Point, Polygon, box

from geodata.errors import GeodataError
from geodata.intake.shapes import read_corners, read_outlines
from geodata.model import Activity, Origin, Precision, SourceKind
from geodata.service import Service
from geodata.service.adding import former_outlines, propose, take_in
from geodata.service.areas import (
    Drawing,
    Sketch,
    area_values,
    begun,
    edited,
    file_outlines,
    met,
    neighbours,
    places_apart,
    save_area,
    snapped,
    step,
)
from geodata.service.recording import Conflict, Refused, Saved
from geodata.settings import NO_BASEMAP, Settings, register_url

TODAY = date(2019, 2, 1)

CORNERS = ((12.70, 57.49), (12.71, 57.49), (12.71, 57.50), (12.70, 57.50))
"""Between Kinna and Skene, where no area is."""

FORM = {
    "name": "Skene centrum",
    "municipality": "Mark",
    "kind": "centre",
    "method": "nominal",
    "accuracy": "50",
    "source": "Ritad på skärmen, ingen har publicerat någon gräns",
    "by": "kommunikation",
}


@pytest.fixture
def service(tmp_path: Path, blank_file: Path) -> Iterator[Service]:
    path = tmp_path / "register.sqlite"
    path.write_bytes(blank_file.read_bytes())
    settings = Settings(register_url(str(path)), (), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: TODAY) as opened:
        yield opened


def drawn(*rings: tuple[tuple[float, float], ...], is_open: bool = False) -> str:
    return Drawing().do(Sketch(rings or (CORNERS,), is_open)).text()


def faults(outcome: object) -> dict[str, str]:
    assert isinstance(outcome, Refused)
    return {problem.field: problem.key for problem in reversed(outcome.problems)}


# --- saved ---------------------------------------------------------------------------------------


def test_a_drawn_area_is_an_entry_like_a_files(service: Service) -> None:
    saved = save_area(service, begun(service), {**FORM, "drawing": drawn()})
    assert isinstance(saved, Saved)
    area = service.catalogue.area_by_id["skene-centrum"]
    assert {*map(tuple, shapely.get_coordinates(area.outline))} == {*CORNERS}
    assert (area.outline_method, area.outline_accuracy_m, area.kind) == ("nominal", 50.0, "centre")
    assert area.outline_source.sv == FORM["source"]
    assert saved.record.id == "areas-skene-centrum.geojson"
    # The same sent twice is one area; another of that name is refused.
    assert isinstance(save_area(service, begun(service), {**FORM, "drawing": drawn()}), Saved)
    others = drawn(((12.72, 57.49), (12.73, 57.49), (12.73, 57.50)))
    again = save_area(service, begun(service), {**FORM, "drawing": others})
    assert faults(again) == {"name": "drawing.taken"}
    assert sum(area.name == FORM["name"] for area in service.catalogue.areas) == 1


def test_what_is_missing_is_told_at_once_by_field(service: Service) -> None:
    outcome = save_area(service, begun(service), {"accuracy": "some", "drawing": ""})
    assert faults(outcome) == {
        "name": "promises.blank",
        "municipality": "promises.blank",
        "kind": "form.choose",
        "method": "form.choose",
        "accuracy": "drawing.not_metres",
        "source": "promises.blank",
        "drawing": "drawing.nothing",
        "by": "form.by",
    }


@pytest.mark.parametrize(
    ("drawing", "key"),
    [
        (drawn(CORNERS, is_open=True), "drawing.unfinished"),
        (drawn((CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3])), "drawing.crosses"),
        (drawn(CORNERS[:2]), "drawing.nothing"),
        (drawn(CORNERS, ((12.75, 57.49), (12.76, 57.49))), "drawing.nothing"),
        (drawn(((2.0, 48.0), (2.1, 48.0), (2.1, 48.1))), "catalogue.position_outside"),
    ],
)
def test_what_is_no_outline_is_refused(service: Service, drawing: str, key: str) -> None:
    assert faults(save_area(service, begun(service), {**FORM, "drawing": drawing})) == {
        "drawing": key
    }


def test_an_area_drawn_anew_keeps_its_history_and_asks_the_records(service: Service) -> None:
    old = service.catalogue.area_by_id["hedbo"]
    lost, won = old.outline.centroid, Point(12.70, 57.48)
    records = [record(place, area_id) for place, area_id in ((lost, "hedbo"), (won, None))]
    service.register.add(records, by="planner")
    form = begun(service, "hedbo")
    assert form.drawing.now.outline().equals(old.outline)
    square = ((12.69, 57.475), (12.71, 57.475), (12.71, 57.485), (12.69, 57.485))
    values = {**area_values(old), "by": "kommunikation", "drawing": drawn(square)}
    saved = save_area(service, form, values)
    assert isinstance(saved, Saved)
    # One that lay in the old outline, and one that lies in the new.
    assert saved.moved == 2
    assert service.catalogue.area_by_id["hedbo"].outline.equals(Polygon(square))
    assert [f.area.outline.equals(old.outline) for f in former_outlines(service)] == [True]
    assert [service.activity(r.id).area_id for r in records] == [None, "hedbo"]
    # Somebody who began before sees that it was changed.
    assert isinstance(save_area(service, form, values), Conflict)


def record(place: Point, area_id: str | None) -> Activity:
    return Activity(
        id=str(uuid4()),
        kind="foot_patrol",
        area_id=area_id,
        place=place,
        day=date(2018, 5, 3),
        start=datetime(2018, 5, 3, 12, tzinfo=UTC),
        precision=Precision.DAY,
        minutes=None,
        commitments=(),
        parties=(),
        participants=None,
        note="",
        origin=Origin(SourceKind.RECORDED),
    )


def test_what_has_no_field_stays(service: Service) -> None:
    norrby = service.catalogue.area_by_id["norrby"]
    assert norrby.residents is not None
    form = begun(service, "norrby")
    values = {**area_values(norrby), "by": "a", "accuracy": "12,5", "drawing": form.drawing.text()}
    assert isinstance(save_area(service, form, values), Saved)
    after = service.catalogue.area_by_id["norrby"]
    assert (after.residents, after.outline_accuracy_m) == (norrby.residents, 12.5)
    assert after.outline.equals(norrby.outline)


# --- told before it is saved ---------------------------------------------------------------------


def test_an_overlap_is_told_and_a_border_of_ones_own_is_not_a_neighbours(service: Service) -> None:
    hedbo = service.catalogue.area_by_id["hedbo"]
    west, south, east, north = hedbo.outline.bounds
    half = Sketch(
        (tuple(box((west + east) / 2, south, east + 0.01, north).exterior.coords)[:-1],),
        is_open=False,
    )
    form = {**FORM, "accuracy": ""}
    (found,) = met(neighbours(service, begun(service), half, "Mark"), half, form)
    assert (found.what, found.area) == ("overlap", hedbo)
    # A circle's half, whose whole is 0.194 km² by the table of the areas' sizes.
    assert found.size == pytest.approx(97_000, rel=0.01)
    assert met(neighbours(service, begun(service, "hedbo"), half, "Mark"), half, form) == []
    crossed = Sketch((((12.7, 57.4), (12.8, 57.5), (12.8, 57.4), (12.7, 57.5)),), is_open=False)
    assert [remark.what for remark in met((), crossed, FORM)] == ["crossing"]


def test_the_shipped_towns_are_where_the_shipped_areas_are(service: Service) -> None:
    area = service.catalogue.area_by_id["hassleholmen"]
    form = begun(service, area.id)
    among = neighbours(service, form, form.drawing.now, area.municipality)
    found = met(among, form.drawing.now, {**area_values(area), "accuracy": "20"})
    # Measured beforehand, with another program: 70 m.
    assert [r.size for r in found if r.what == "outside"] == [pytest.approx(70, abs=1)]


def test_a_corner_is_put_on_another_areas_border(service: Service) -> None:
    hedbo = service.catalogue.area_by_id["hedbo"]
    corner = hedbo.outline.exterior.coords[0]
    near = Sketch((((corner[0] + 0.0001, corner[1]),),))
    among = neighbours(service, begun(service), near, "")
    assert snapped(Sketch(), near, among, 20).rings == ((tuple(corner),),)
    among = neighbours(service, begun(service, "hedbo"), near, "")
    assert snapped(Sketch(), near, among, 20) == near


def test_neighbours_are_those_near_it_and_its_municipalitys(service: Service) -> None:
    sketch = Sketch((CORNERS,), is_open=False)
    among = [area.id for area in neighbours(service, begun(service), sketch, "")]
    assert {"hedbo", "assberg", "kinna-centrum"} <= {*among}
    far = Sketch((((17.0, 60.0), (17.1, 60.0), (17.1, 60.1)),), is_open=False)
    assert neighbours(service, begun(service), far, "") == ()
    town = {area.municipality for area in neighbours(service, begun(service), far, "Mark")}
    assert town == {"Mark"}
    # Before anything is drawn or said all are there, to find one's way by.
    assert neighbours(service, begun(service), Sketch(), "") == service.catalogue.areas


# --- step by step --------------------------------------------------------------------------------


def test_the_list_of_corners_is_the_drawing() -> None:
    a, b, c, d = CORNERS
    three = Sketch(((a, b, c),), is_open=False)
    assert edited(three, "corner", -1, -1, "57.5, 12.7") == Sketch(((a, b, c, d),), is_open=False)
    assert edited(three, "corner", 0, 1, "57.5, 12.7") == Sketch(((a, d, c),), is_open=False)
    assert edited(three, "up", 0, 1) == Sketch(((b, a, c),), is_open=False)
    # What is moved beyond the end comes in at the other: a ring has none.
    assert edited(three, "down", 0, 2) == Sketch(((c, b, a),), is_open=False)
    assert edited(three, "remove", 0, 0) == Sketch(((b, c),), is_open=False)
    assert edited(three, "insert", 0, 2) == Sketch(((a, b, c, (12.705, 57.495)),), is_open=False)
    for ring, index in ((0, 3), (1, 0), (-1, 0), (0, -1)):
        assert edited(three, "remove", ring, index) == three


def test_a_drawing_has_no_more_corners_than_can_be_kept(service: Service) -> None:
    many = tuple((12 + n / 10_000, 57.0) for n in range(1_001))
    drawing = step(Drawing(), Sketch((many[:-1],)))
    with pytest.raises(GeodataError) as refused:
        step(drawing, Sketch((many,)))
    assert refused.value.key == "drawing.too_many"


# --- positions and files -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "corners"),
    [
        ("57.5073, 12.6935", [(12.6935, 57.5073)]),
        ("57,5073 12,6935", [(12.6935, 57.5073)]),
        # By Lantmäteriet's formulas for the Gauss conformal projection, worked out by themselves.
        ("6376209 361818", [(12.6935836, 57.5073373)]),
        # The two tell which is which.
        ("12.6935, 57.5073", [(12.6935, 57.5073)]),
        ("57.1 12.1; 57.2 12.2", [(12.1, 57.1), (12.2, 57.2)]),
    ],
)
def test_positions_as_people_write_them(text: str, corners: list[tuple[float, float]]) -> None:
    assert [*map(list, read_corners(text))] == [
        pytest.approx(corner, abs=2e-6) for corner in corners
    ]


@pytest.mark.parametrize("text", ["", "Kinna", "57.5", "48.8, 2.3", "6376209 131818"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(GeodataError) as refused:
        read_corners(text)
    assert refused.value.key == "drawing.not_position"


SQUARE = [[12.70, 57.49], [12.71, 57.49], [12.71, 57.50], [12.70, 57.50], [12.70, 57.49]]


def collection(*features: dict[str, object], **more: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_outlines_in_files_of_several_formats(tmp_path: Path) -> None:
    shapes = collection(
        feature("Polygon", [SQUARE], Namn="Torget"),
        feature("Point", [12.7, 57.5], Namn="Stop"),
        feature("LineString", SQUARE[:4]),
    )
    gpx = "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lon, lat in SQUARE)
    wkt = ", ".join(f"{lon} {lat}" for lon, lat in SQUARE)
    files = {
        "areas.geojson": shapes,
        "bare.json": json.dumps({"type": "Polygon", "coordinates": [SQUARE]}),
        "walked.gpx": '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="x">'
        f"<trk><name>Runt torget</name><trkseg>{gpx}</trkseg></trk></gpx>",
        "table.csv": f'namn;geometry\nTorget;"POLYGON (({wkt}))"\n',
    }
    found = {}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        found[name] = read_outlines(tmp_path / name, TODAY)
    assert [name for name, _ in found["areas.geojson"]] == ["Torget", "areas 3"]
    for outlines in found.values():
        for _, outline in outlines:
            assert {*map(tuple, shapely.get_coordinates(outline))} == {*CORNERS}
    question = file_outlines(tmp_path / "table.csv", TODAY)
    assert [(one.name, one.sketch.count) for one in question] == [("Torget", 4)]
    # 0.01 degrees are 599.3 m along 57.495° north and 1,113.6 m along a meridian there.
    assert question[0].m2 == pytest.approx(599.3 * 1113.6, rel=0.002)


def test_a_file_in_sweref_is_brought_to_degrees_and_one_without_a_surface_refused(
    tmp_path: Path,
) -> None:
    metres = [[361818, 6376209], [361918, 6376209], [361918, 6376309], [361818, 6376209]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}
    path = tmp_path / "areas.geojson"
    path.write_text(collection(feature("Polygon", [metres], name="X"), crs=crs), encoding="utf-8")
    ((_, outline),) = read_outlines(path, TODAY)
    assert outline.exterior.coords[0] == pytest.approx((12.6935836, 57.5073373), abs=2e-6)
    path.write_text(collection(feature("Point", [12.7, 57.5])), encoding="utf-8")
    with pytest.raises(GeodataError) as refused:
        read_outlines(path, TODAY)
    assert refused.value.key == "drawing.no_outline"


def test_an_outline_of_too_many_corners_is_not_drawn_on(service: Service) -> None:
    ring = [list(at) for at in Point(12.7, 57.49).buffer(0.01, quad_segs=300).exterior.coords]
    properties = {name: value for name, value in area_file("Runt").items() if value}
    document = collection({**feature("Polygon", [ring]), "properties": properties})
    proposal = propose(service, [("areas.geojson", document.encode("utf-8"))])
    take_in(service, proposal, by="kommunikation")
    form = begun(service, "runt")
    assert form.drawing == Drawing()
    assert form.problem is not None
    assert form.problem.values["corners"] == 1_200


def area_file(name: str) -> dict[str, object]:
    return {
        "id": name.lower(),
        "name": name,
        "municipality": "Mark",
        "kind": "housing",
        "outline_method": "nominal",
        "outline_accuracy_m": 25.0,
        "outline_source": "Egen",
    }


def test_where_areas_lie_apart_each_place_has_its_bounds(service: Service) -> None:
    boras, mark = ("hassleholmen", "hulta", "norrby"), ("assberg", "hedbo")
    found = dict(places_apart(service, (*boras, *mark)))
    assert list(found) == ["Borås", "Mark"]
    outlines = [service.catalogue.area_by_id[id_].outline for id_ in mark]
    assert found["Mark"] == pytest.approx(shapely.union_all(outlines).bounds)
    # One place is seen as before, and so is what has no area at all.
    assert places_apart(service, mark) == ()
    assert places_apart(service, ()) == ()
