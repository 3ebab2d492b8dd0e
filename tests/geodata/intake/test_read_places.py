"""Places: coordinate systems told apart, tracks cleaned, and every geographic format."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely import LineString, MultiLineString, Point, box

from geodata.crs import positions_to_degrees
from geodata.errors import IntakeError
from geodata.intake.positions import GRID_CRS, settle
from geodata.intake.report import Reading, ReadOptions
from geodata.intake.tracks import GAP_M, Fix, cleaned
from geodata.model import WalkStatus

Read = Callable[..., Reading]

# The projections by their own definitions (Lantmäteriet): SWEREF 99 TM, and the direct projection
# of RT 90 2.5 gon V from SWEREF 99, which agrees with RT 90 to some decimetres.
TO_RADIANS = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +ellps=GRS80 "
SWEREF = Transformer.from_pipeline(
    TO_RADIANS + "+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9996 +x_0=500000 +y_0=0"
)
RT90 = Transformer.from_pipeline(
    TO_RADIANS + "+proj=tmerc +lat_0=0 +lon_0=15.80628452944445 +k=1.00000561024 "
    "+x_0=1500064.274 +y_0=-667.711"
)
GEOD = Geod(ellps="GRS80")
PLACES = st.tuples(st.floats(11.5, 19.0), st.floats(55.5, 62.0))


@settings(max_examples=100, deadline=None)
@given(
    places=st.lists(PLACES, min_size=1, max_size=5),
    grid=st.sampled_from(["wgs84", "sweref99tm", "rt90"]),
    named=st.booleans(),
    turned=st.booleans(),
)
def test_every_system_gives_the_same_place(
    places: list[tuple[float, float]], grid: str, named: bool, turned: bool
) -> None:
    project = {"wgs84": None, "sweref99tm": SWEREF, "rt90": RT90}[grid]
    given_ = np.array([p if project is None else project.transform(*p) for p in places])
    shown = given_[:, ::-1] if turned else given_
    found = settle(shown, np.arange(len(places)), ReadOptions(swap=turned), named=named)
    assert (found.use.grid, found.use.declared, found.use.rows) == (grid, False, len(places))
    assert found.use.swapped_rows == (len(places) if turned and named else 0)
    assert not found.bad.any()
    for (lon, lat), position in zip(places, found.positions.tolist(), strict=True):
        *_, metres = GEOD.inv(lon, lat, *position)
        assert metres < (0.0001 if grid == "wgs84" else 0.2)


def test_the_majority_tells_the_system_and_the_rest_are_refused(read: Read) -> None:
    east, north = SWEREF.transform(12.905, 57.705)
    rows = [f"{north:.3f};{east:.3f}"] * 3 + ["57.705;12.905", "0;0", "1e400;1", "nan;nan"]
    text = "Datum;Slag;X-koordinat;Y-koordinat\n" + "".join(f"2018-03-07;x;{r}\n" for r in rows)
    found = read("a.csv", text)
    assert found.grid is not None
    assert (found.grid.grid, found.grid.rows, found.grid.swapped_rows) == ("sweref99tm", 5, 0)
    assert found.grid.sample == pytest.approx((12.905, 57.705), abs=1e-8)
    assert [a.area_id for a in found.activities] == ["vaster"] * 3
    assert sorted({(p.row, p.key) for p in found.problems if p.severity == "error"}) == [
        (5, "intake.outside_sweden"),
        (6, "intake.outside_sweden"),
        (7, "intake.not_degrees"),
        (8, "intake.not_degrees"),
    ]
    [chosen] = read("a.csv", text, grid="wgs84").activities
    assert chosen.place == Point(12.905, 57.705)


def test_swapped_columns_are_counted_and_can_be_swapped(read: Read) -> None:
    text = "datum,slag,lat,lon\n2018-03-07,x,12.905,57.705\n2018-03-08,x,57.705,12.915\n"
    found = read("a.csv", text)
    assert found.grid is not None
    assert (found.grid.rows, found.grid.swapped_rows) == (2, 1)
    assert [(p.row, p.key) for p in found.problems] == [(2, "intake.swapped")]
    swapped = read("a.csv", text, swap=True)
    assert [a.area_id for a in swapped.activities] == ["vaster", "oster"]
    assert swapped.problems == ()


@pytest.mark.parametrize(
    "cell",
    ["57.705, 12.905", "57,705 12,905", "57,705; 12,905", "(57.705,12.905)", "12.905 57.705"],
)
def test_both_coordinates_may_stand_in_one_column(read: Read, cell: str) -> None:
    [activity] = read("a.csv", f'datum,slag,position\n2018-03-07,x,"{cell}"\n').activities
    assert activity.place == Point(12.905, 57.705)


def test_metres_may_have_their_thousands_apart(read: Read) -> None:
    east, north = (f"{round(m):,}".replace(",", "\u00a0") for m in SWEREF.transform(12.905, 57.705))
    [activity] = read("a.csv", f"datum;slag;n;e\n2018-03-07;x;{north};{east}\n").activities
    assert activity.area_id == "vaster"


def test_where_rows_lie_is_counted(read: Read) -> None:
    places = [
        "57.705,12.905",  # well inside
        "57.7001,12.905",  # 11 m inside
        "57.72,12.905",  # 1.1 km outside
        "59.33,18.07",  # Stockholm
    ]
    found = read("a.csv", "datum,slag,lat,lon\n" + "".join(f"2018-03-07,x,{p}\n" for p in places))
    where = found.whereabouts
    assert (where.outside, where.near_border, where.far) == (2, 1, 1)


# --- GPX -----------------------------------------------------------------------------------------

START = datetime(2018, 3, 7, 17, 0, 20, tzinfo=UTC)


def points(*fixes: tuple[float, float, float | None], tag: str = "trkpt") -> str:
    """Return GPX points from longitude, latitude and seconds."""
    return "".join(
        f'<{tag} lat="{lat}" lon="{lon}">'
        + (
            f"<time>{(START + timedelta(seconds=s)):%Y-%m-%dT%H:%M:%SZ}</time>"
            if s is not None
            else ""
        )
        + f"</{tag}>"
        for lon, lat, s in fixes
    )


def gpx(*tracks: str, rest: str = "") -> str:
    body = "".join(f"<trk><name>Rond {i}</name>{t}</trk>" for i, t in enumerate(tracks, 1))
    return f'<gpx version="1.1" creator="t">{body}{rest}</gpx>'


def walked(count: int, lon: float = 12.905, start_s: float = 0) -> list[tuple[float, float, float]]:
    """Return a point every 11 m (0.0001 degrees) northwards, every 10 seconds."""
    return [(lon, 57.702 + i * 1e-4, start_s + 10 * i) for i in range(count)]


def test_tracks_routes_and_waypoints_become_activities(read: Read) -> None:
    text = gpx(
        f"<trkseg>{points(*walked(19))}</trkseg>",
        rest=f"<rte>{points((12.905, 57.703, None), (12.905, 57.709, None), tag='rtept')}</rte>"
        '<wpt lat="57.705" lon="12.915"><name>Torget</name><desc>Samtal</desc></wpt>',
    )
    assert read("a.gpx", text).needs == ("kind",)
    some = read("a.gpx", text, kind="x")
    assert some.needs == ("day",)
    assert (some.rows_read, some.rows_refused, some.columns, some.rest) == (3, 2, (), ())
    track, route, point = read("a.gpx", text, kind="x", day=date(2018, 3, 9)).activities
    assert track.start == START.replace(second=0)
    assert (track.minutes, track.note, track.area_id) == (3, "Rond 1", "vaster")
    assert track.place == LineString([(lon, lat) for lon, lat, _ in walked(19)])
    assert route.place == LineString([(12.905, 57.703), (12.905, 57.709)])
    assert (route.day, route.minutes) == (date(2018, 3, 9), None)
    assert (point.place, point.note, point.area_id) == (
        Point(12.915, 57.705),
        "Torget. Samtal",
        "oster",
    )


def test_waypoints_become_findings_and_tracks_walks(read: Read) -> None:
    text = gpx(
        f"<trkseg>{points(*walked(19))}</trkseg>",
        rest='<wpt lat="57.705" lon="12.915"><time>2018-03-07T18:00:00Z</time>'
        "<name>Mörkt</name></wpt>",
    )
    findings = read("a.gpx", text, what="findings", category="lighting")
    [finding] = findings.findings
    assert (finding.text, finding.day, findings.rows_read) == ("Mörkt", date(2018, 3, 7), 1)
    [walk] = read("a.gpx", text, what="walks").walks
    assert (walk.status, walk.area_id, walk.minutes) == (WalkStatus.HELD, "vaster", 3)


def test_a_track_is_split_where_nobody_knows(read: Read) -> None:
    first, far, late = walked(5), walked(5, 12.911, 60), walked(5, 12.912, 1_000)
    text = gpx(f"<trkseg>{points(*first, *far, *late)}</trkseg>")
    found = read("a.gpx", text, kind="x")
    [activity] = found.activities
    # 0.006 degrees of longitude are 357 m here; 0.001 are 60 m, but 15 minutes.
    assert isinstance(activity.place, MultiLineString)
    assert [len(line.coords) for line in activity.place.geoms] == [5, 5, 5]
    [told] = [p for p in found.problems if p.key == "intake.track_gaps"]
    assert told.values["count"] == 2
    assert activity.minutes == 17


def test_junk_points_are_left_out_and_counted(read: Read) -> None:
    good = walked(9)
    spike = (12.905, 57.75, good[4][2] + 5)  # 5 km away within five seconds
    text = gpx(
        f"<trkseg>{points((0, 0, 0), *good[:5], spike, *good[5:], (2.35, 48.85, None))}</trkseg>"
    )
    found = read("a.gpx", text, kind="x")
    assert found.activities[0].place == LineString([(lon, lat) for lon, lat, _ in good])
    counts = {p.key: p.values["count"] for p in found.problems if "count" in p.values}
    assert counts == {"intake.points_dropped": 2, "intake.spikes_dropped": 1}


@pytest.mark.parametrize(("metres", "parts"), [(GAP_M - 5, 1), (GAP_M + 5, 2)])
def test_a_gap_is_as_long_as_said(metres: float, parts: int) -> None:
    track = [Fix(lon, lat) for lon, lat, _ in walked(6)]
    lon, lat, _ = GEOD.fwd(track[-1].lon, track[-1].lat, 0, metres)
    after = [Fix(lon, lat + i * 1e-4) for i in range(6)]
    found = cleaned([[*track, *after]], drawn=False)
    assert found.gaps == parts - 1
    assert cleaned([[*track, *after]], drawn=True).gaps == 0


@pytest.mark.parametrize(("minutes", "gaps"), [(4.8, 0), (4.9, 1)])
def test_a_pause_is_as_long_as_said(minutes: float, gaps: int) -> None:
    track = [Fix(lon, lat, START + timedelta(seconds=s)) for lon, lat, s in walked(12)]
    later = [Fix(f.lon, f.lat, f.time + timedelta(minutes=minutes)) for f in track[6:] if f.time]
    # Ten seconds lie between the two points anyway.
    assert cleaned([[*track[:6], *later]], drawn=False).gaps == gaps
    # Standing still with the receiver on is no gap.
    still = [
        Fix(track[5].lon, track[5].lat, START + timedelta(seconds=50 + 60 * i)) for i in range(9)
    ]
    after = [Fix(f.lon, f.lat, f.time + timedelta(minutes=8)) for f in track[6:] if f.time]
    assert cleaned([[*track[:6], *still, *after]], drawn=False).gaps == 0


def test_no_identity_number_comes_through_a_track(read: Read) -> None:
    for tag in ("name", "desc", "cmt", "src"):
        text = gpx(rest=f'<wpt lat="57.705" lon="12.915"><{tag}>811228-9874</{tag}></wpt>')
        found = read("a.gpx", text, kind="x", day=date(2018, 3, 7))
        assert [p.key for p in found.problems] == ["intake.personal_identity_number"]
        assert "9874" not in repr(found)
    with pytest.raises(IntakeError, match="heading_identity_number"):
        read("a.gpx", gpx(rest="<metadata><name>811228-9874</name></metadata>"))


# --- GeoJSON and GeoPackage ----------------------------------------------------------------------


def frame(crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    where = [Point(12.905, 57.705), LineString([(12.905, 57.703), (12.905, 57.707)])]
    columns = {"datum": ["2018-03-07", "2018-03-08 18:00"], "slag": ["x", "Fotpatrull"]}
    return gpd.GeoDataFrame({**columns, "minuter": [30, 45]}, geometry=where, crs=4326).to_crs(crs)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3006", "EPSG:3021", "EPSG:3008", "EPSG:25833"])
@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_any_declared_system_gives_the_same_place(
    read: Read, tmp_path: Path, crs: str, suffix: str
) -> None:
    frame(crs).to_file(tmp_path / f"a{suffix}", engine="pyogrio")
    found = read(f"a{suffix}")
    assert found.problems == ()
    point, line = found.activities
    for place, expected in ((point.place, frame().geometry[0]), (line.place, frame().geometry[1])):
        assert place is not None
        assert place.geom_type == expected.geom_type
        assert place.hausdorff_distance(expected) < 2e-6  # 0.2 m
    assert (point.minutes, line.minutes, line.area_id) == (30, 45, "vaster")
    assert found.grid is not None
    assert found.grid.rows == 2


def test_undeclared_metres_are_found_by_their_range(read: Read, tmp_path: Path) -> None:
    frame("EPSG:3006").to_file(tmp_path / "a.geojson", engine="pyogrio")
    collection = json.loads((tmp_path / "a.geojson").read_text())
    del collection["crs"]
    found = read("b.geojson", json.dumps(collection))
    assert found.grid is not None
    assert (found.grid.grid, found.grid.declared) == ("sweref99tm", False)
    assert [a.area_id for a in found.activities] == ["vaster", "vaster"]


def test_an_unknown_system_is_told(read: Read) -> None:
    crs = {"type": "name", "properties": {"name": "EPSG:999999"}}
    with pytest.raises(IntakeError, match="unknown_crs"):
        read("a.json", json.dumps({"type": "FeatureCollection", "crs": crs, "features": []}))


def test_a_geopackage_may_hold_several_sorts(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame("EPSG:3006").to_file(path, layer="arbete", engine="pyogrio")
    seen = {"kategori": ["Belysning"], "iakttagelse": ["Mörkt"], "datum": [date(2018, 4, 24)]}
    point = [Point(12.915, 57.705, 140)]
    gpd.GeoDataFrame(seen, geometry=point, crs=4326).to_file(
        path, layer="brister", engine="pyogrio"
    )
    walk = {"namn": ["Vår"], "datum": ["2018-04-24 18:00"], "samlingsplats": ["Torget"]}
    line = [LineString([(12.905, 57.703), (12.905, 57.707)])]
    gpd.GeoDataFrame(walk, geometry=line, crs=4326).to_file(path, layer="rundor", engine="pyogrio")
    for name in ("layer_styles", "hus"):
        square = gpd.GeoDataFrame(
            {"id": ["a"], "typ": ["x"]}, geometry=[box(12, 57, 13, 58)], crs=4326
        )
        square.to_file(path, layer=name, engine="pyogrio")
    found = read("a.gpkg")
    assert (len(found.activities), len(found.walks), len(found.findings)) == (2, 1, 1)
    assert found.findings[0].place == Point(12.915, 57.705)
    assert (found.findings[0].day, found.findings[0].area_id) == (date(2018, 4, 24), "oster")
    assert found.walks[0].area_id == "vaster"
    assert [(p.key, p.value) for p in found.problems] == [("intake.layer_passed_over", "hus")]
    assert {use.header for use in found.columns if use.field == "date"} == {"datum"}


def test_a_layers_name_is_looked_at(read: Read, tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg", layer="811228-9874", engine="pyogrio")
    with pytest.raises(IntakeError, match="heading_identity_number") as error:
        read("a.gpkg")
    assert "9874" not in repr(error.value)


def test_surfaces_are_refused(read: Read, tmp_path: Path) -> None:
    surface = gpd.GeoDataFrame(
        {"datum": ["2018-03-07"], "slag": ["x"]}, geometry=[box(12.9, 57.7, 12.91, 57.71)], crs=4326
    )
    surface.to_file(tmp_path / "a.gpkg", engine="pyogrio")
    assert [p.key for p in read("a.gpkg").problems] == ["intake.not_a_place"]


def test_an_own_collection_tells_its_sorts_apart(read: Read) -> None:
    own = "00000000-0000-4000-8000-00000000000"
    when = {"date": "2018-04-24T18:00:00+02:00", "precision": "minute", "day": "2018-04-24"}
    place = {"type": "Point", "coordinates": [12.905000000000001, 57.70512345678901]}
    line = {"type": "LineString", "coordinates": [[12.905, 57.703], [12.905, 57.707]]}
    sorts = [
        ("walks", line, {"status": "held", "area": "vaster", **when}),
        ("activities", place, {"kind": "x", "area": None, "note": "'=1", **when}),
        ("activities", None, {"kind": "x", "walk_id": f"{own}0", **when}),
        (
            "findings",
            place,
            {
                "walk_id": f"{own}0",
                "category": "lighting",
                "text": "Mörkt",
                "status": "open",
                "day": "2018-04-24",
                "status_day": "2018-04-24",
            },
        ),
    ]
    features = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {"layer": sort, "lofteskartan_id": f"{own}{number}", **said},
        }
        for number, (sort, geometry, said) in enumerate(sorts)
    ]
    found = read("a.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert found.problems == ()
    [walk], [activity], [finding] = found.walks, found.activities, found.findings
    assert (walk.id, walk.status, finding.walk_id) == (f"{own}0", WalkStatus.HELD, f"{own}0")
    assert activity.place == finding.place == Point(12.905000000000001, 57.70512345678901)
    assert (activity.note, activity.area_id) == ("'=1", None)
    assert found.rows_read == 3


# --- as survey tools and databases write a place -------------------------------------------------

HERE = Point(12.905, 57.705)


def near(place: object, lon: float, lat: float, within: float = 1e-6) -> bool:
    """Tell whether a point is there to some centimetres."""
    return isinstance(place, Point) and place.distance(Point(lon, lat)) < within


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        # KoboToolbox and ODK: latitude, longitude, height, accuracy.
        ("gps", "57.705 12.905 0 4.9"),
        ("gps", "57.705 12.905 -3.25 0.0"),
        ("gps", "57.705 12.905 0"),
        ("gps", "57.705 12.905 0 4.9;"),
        ("_plats_latitude;_plats_longitude;_plats_altitude", "57.705;12.905;0"),
        ("plats-Latitude;plats-Longitude;plats-Accuracy", "57.705;12.905;4.9"),
        # A row that says in one column what the others say in two.
        ("lat;lon;gps", ";;57.705 12.905"),
        ("wkt", "MULTIPOINT((12.905 57.705))"),
        ("wkt", "SRID=4326;POINT(12.905 57.705)"),
        ("wkt", "srid=4326; MULTIPOINT Z ((12.905 57.705 3))"),
        ("wkt", "GEOMETRYCOLLECTION(POINT(12.905 57.705))"),
        ("wkt", "0101000020E61000008FC2F5285CCF29400AD7A3703DDA4C40"),
        ("wkt", "01010000008FC2F5285CCF29400AD7A3703DDA4C40"),
    ],
)
def test_a_point_however_it_is_written(read: Read, header: str, cells: str) -> None:
    quoted = f'"{cells}"' if header in ("gps", "wkt") else cells
    found = read("a.csv", f"datum;slag;{header}\n2018-06-01;x;{quoted}\n")
    assert [p.key for p in found.problems if p.severity == "error"] == []
    assert [a.place for a in found.activities] == [HERE]


def test_a_walked_trace_and_a_drawn_shape(read: Read) -> None:
    trace = "57.705 12.905 0 4;57.706 12.905 0 4;57.706 12.906 0 4"
    found = read("a.csv", f'datum;slag;gps\n2018-06-01;x;"{trace}"\n2018-06-02;x;57.705 12.905\n')
    line, point = (a.place for a in found.activities)
    assert line == LineString([(12.905, 57.705), (12.905, 57.706), (12.906, 57.706)])
    assert point == HERE
    shape = f"{trace};57.705 12.905 0 4"
    found = read("a.csv", f'datum;slag;gps\n2018-06-01;x;"{shape}"\n')
    assert [p.key for p in found.problems] == ["intake.not_a_place"]
    found = read("a.csv", 'datum;slag;gps\n2018-06-01;x;"57.705 12.905 0 4;x"\n')
    assert [(p.row, p.key) for p in found.problems] == [(2, "intake.not_position")]


def test_each_text_may_say_which_system_it_is_in(read: Read) -> None:
    # The same point in SWEREF 99 TM, by Lantmäteriet's formulas (as `geodata.crs` is tested).
    x, y = SWEREF.transform(12.905, 57.705)
    rows = (
        f"2018-06-01;x;SRID=3006;POINT({x} {y})",
        "2018-06-02;x;SRID=4326;POINT(12.905 57.705)",
        "2018-06-03;x;POINT(12.905 57.705)",
        "2018-06-04;x;SRID=999999;POINT(1 2)",
    )
    text = "\n".join('{};{};"{}"'.format(*row.split(";", 2)) for row in rows)
    found = read("a.csv", f"datum;slag;wkt\n{text}\n")
    assert all(near(a.place, 12.905, 57.705) for a in found.activities)
    assert len(found.activities) == 3
    assert [(p.row, p.key) for p in found.problems if p.severity == "error"] == [
        (5, "intake.unknown_srid")
    ]


def test_half_a_position_is_told(read: Read) -> None:
    found = read("a.csv", "datum;slag;lat\n2018-06-01;x;57.705\n2018-06-02;x;\n")
    assert [(p.row, p.key) for p in found.problems] == [(2, "intake.half_position")]
    assert len(found.activities) == 1


# A point of Norrby in EPSG:3008, as another program (PROJ's cs2cs) gives it.
ZONE = ("6400741,9", "116006,2")


def test_a_local_zone_is_asked_for_and_never_guessed(read: Read) -> None:
    text = "datum;slag;N;E\n2018-06-01;x;{};{}\n".format(*ZONE)
    found = read("a.csv", text)
    assert found.activities == ()
    assert [(p.row, p.key) for p in found.problems] == [(2, "intake.which_zone")]
    assert found.needs == ("grid",)
    assert found.grid is not None
    assert found.grid.grid == "sweref99"
    (there,) = read("a.csv", text, grid="sweref99-1330").activities
    assert near(there.place, 12.9295, 57.7245)
    # In the next zone the same numbers are a degree and a half away.
    (other,) = read("a.csv", text, grid="sweref99-1500").activities
    assert near(other.place, 14.4295, 57.7245)


@pytest.mark.parametrize(
    "header",
    [
        "SWEREF 99 13 30 N;SWEREF 99 13 30 E",
        "N (SWEREF 99 13 30);E (SWEREF 99 13 30)",
        "Northing sweref99_1330;Easting sweref99_1330",
    ],
)
def test_a_heading_may_name_the_zone(read: Read, header: str) -> None:
    found = read("a.csv", "datum;slag;{}\n2018-06-01;x;{};{}\n".format(header, *ZONE))
    assert [near(a.place, 12.9295, 57.7245) for a in found.activities] == [True]
    assert found.grid is not None
    assert found.grid.grid == "sweref99-1330"


A_METRE = 2e-5  # of latitude, in degrees

# The same point by Lantmäteriet's direct projections of RT 90 from SWEREF 99.
RT90_25V = ("6403606,0", "1328677,2")
RT90_5V = ("6400141,5", "1462697,8")
RT90_ROW = "datum;slag;N;E\n2018-06-01;x;{};{}\n"


def of_the_file(found: Reading) -> list[tuple[str, str]]:
    return [(p.severity, p.key) for p in found.problems if p.row is None]


def test_rt_90_without_a_zone_is_asked_about_and_told(read: Read) -> None:
    text = RT90_ROW.format(*RT90_25V)
    found = read("a.csv", text)
    assert [near(a.place, 12.9295, 57.7245, A_METRE) for a in found.activities] == [True]
    assert of_the_file(found) == [("notice", "intake.rt90_assumed")]
    assert found.needs == ("grid",)
    # Once somebody has said so, nothing is left to ask.
    said = read("a.csv", text, grid="rt90")
    assert (said.activities, of_the_file(said), said.needs) == (found.activities, [], ())
    (other,) = read("a.csv", RT90_ROW.format(*RT90_5V), grid="rt90-5v").activities
    assert near(other.place, 12.9295, 57.7245, A_METRE)


@pytest.mark.parametrize(
    ("header", "numbers", "grid"),
    [
        ("N (RT 90 2,5 gon V);E (RT 90 2,5 gon V)", "RT90_25V", "rt90"),
        ("RT90 5 gon V N;RT90 5 gon V E", "RT90_5V", "rt90-5v"),
    ],
)
def test_a_heading_may_name_rt_90_s_zone(read: Read, header: str, numbers: str, grid: str) -> None:
    row = {"RT90_25V": RT90_25V, "RT90_5V": RT90_5V}[numbers]
    found = read("a.csv", "datum;slag;{}\n2018-06-01;x;{};{}\n".format(header, *row))
    assert [near(a.place, 12.9295, 57.7245, A_METRE) for a in found.activities] == [True]
    assert found.grid is not None
    assert (found.grid.grid, of_the_file(found), found.needs) == (grid, [], ())


def test_a_position_as_text_in_rt_90_is_asked_about_too(read: Read) -> None:
    north, east = (number.replace(",", ".") for number in RT90_25V)
    found = read("a.csv", f"datum;slag;wkt\n2018-06-01;x;POINT ({east} {north})\n")
    assert of_the_file(found) == [("notice", "intake.rt90_assumed")]
    assert found.needs == ("grid",)


@pytest.mark.parametrize("grid", [name for name in GRID_CRS if "sweref99-" in name])
def test_every_zone_is_where_lantmateriet_has_it(grid: str) -> None:
    # SWEREF 99 dd mm: the meridian is in the name, east of it 150 km are added.
    degrees, minutes = int(grid[-4:-2]), int(grid[-2:])
    position = positions_to_degrees(np.array([[150_000.0, 6_400_000.0]]), GRID_CRS[grid])
    assert position[0, 0] == pytest.approx(degrees + minutes / 60, abs=1e-9)


@pytest.mark.parametrize("depth", [9, 5_000, 100_000])
def test_brackets_inside_brackets_are_no_place(read: Read, depth: int) -> None:
    """GEOS calls itself for each of them, until there is no more stack and the process ends."""
    nested = "GEOMETRYCOLLECTION (" * depth + "POINT (12.905 57.705)" + ")" * depth
    found = read("a.csv", f"datum;slag;geometry\n2018-03-07;x;{nested}\n")
    assert [p.key for p in found.problems] == ["intake.not_wkt"]
