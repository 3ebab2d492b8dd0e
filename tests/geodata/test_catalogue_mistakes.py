"""Broken copies of the shipped files: each mistake is told once, at its place."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from geodata.catalogue.loading import check, load_catalogue
from geodata.errors import CatalogueError, Mistake
from geodata.model import LANGUAGES
from geodata.settings import bundled_data
from geodata.texts import words

Json = dict[str, object]
NORRBY = 2  # its position among the features, from 0


def told(paths: list[Path], folders: list[Path] | None = None) -> list[Mistake]:
    """Check files, and that each mistake has a whole sentence in both languages."""
    mistakes, _ = check(paths, [bundled_data()] if folders is None else folders)
    for mistake in mistakes:
        for language in LANGUAGES:
            sentence = words(language).error(mistake)
            assert len(sentence) > 20
            assert all(str(v) in sentence for v in mistake.values.values() if isinstance(v, str))
    return mistakes


def only(mistakes: list[Mistake]) -> tuple[str, str]:
    (mistake,) = mistakes
    return where(mistake), mistake.key.removeprefix("catalogue.")


def where(mistake: Mistake) -> str:
    """Return line and place in the file as an English reader is told."""
    return words("en").where(replace(mistake, file="f")).removeprefix("f").removeprefix(": ")


def edited(tmp_path: Path, name: str, *edits: tuple[str, str]) -> Path:
    """Write a copy of a shipped file where each text, first found, is another."""
    text = (bundled_data() / name).read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / Path(name).name
    path.write_text(text, encoding="utf-8")
    return path


BORAS = "promises/boras-2018.toml"
MARK = "promises/mark-2018.toml"

PROMISE_CASES = [
    # file, text, what it becomes, place, key
    (BORAS, "signed =", "singed =", "singed", "unknown_key_near"),
    (BORAS, 'municipality = "Borås"\n', "", "", "missing_key"),
    (
        MARK,
        'sv = "Fotpatruller i uniform"',
        "",
        'commitments[1].title "mark-2018/1"',
        "missing_language",
    ),
    (BORAS, "start = 2018-02-01", "start = 2019-02-01", "period.end", "period_reversed"),
    (
        BORAS,
        "due = 2018-12-31",
        "due = 2019-02-01",
        'commitments[6].measure.steps[2].due "boras-2018/6"',
        "outside_period",
    ),
    (
        MARK,
        "deadline = 2018-05-31",
        "deadline = 2017-12-31",
        'commitments[3].deadline "mark-2018/3"',
        "outside_period",
    ),
    (
        BORAS,
        "target = 4",
        "target = 0",
        'commitments[3].measure.target "boras-2018/3"',
        "too_small",
    ),
    (
        BORAS,
        "target = 4",
        'target = "4"',
        'commitments[3].measure.target "boras-2018/3"',
        "not_whole_number",
    ),
    (
        BORAS,
        "target = 4",
        "target = 4_000_000",
        'commitments[3].measure.target "boras-2018/3"',
        "too_large",
    ),
    (
        BORAS,
        'type = "count"',
        'type = "sum"',
        'commitments[3].measure.type "boras-2018/3"',
        "not_one_of",
    ),
    (BORAS, 'type = "count"\n', "", 'commitments[3].measure "boras-2018/3"', "missing_key"),
    (
        BORAS,
        'per = "all"',
        'per = "each"',
        'commitments[3].measure.per "boras-2018/3"',
        "not_one_of",
    ),
    (
        BORAS,
        'owners = ["polisen"]',
        'owners = ["polis"]',
        'commitments[1].owners[1] "boras-2018/1"',
        "unknown_party",
    ),
    (
        BORAS,
        'owners = ["polisen"]',
        "owners = []",
        'commitments[1].owners "boras-2018/1"',
        "list_empty",
    ),
    (
        BORAS,
        'owners = ["polisen"]',
        'owners = "polisen"',
        'commitments[1].owners "boras-2018/1"',
        "not_list",
    ),
    (
        BORAS,
        '["operation"]',
        '["raid"]',
        'commitments[3].measure.kinds[1] "boras-2018/3"',
        "unknown_activity_kind",
    ),
    (
        BORAS,
        'kinds = ["watch_started"]',
        'kinds = ["watch"]',
        'commitments[6].measure.steps[2].kinds[1] "boras-2018/6"',
        "unknown_activity_kind",
    ),
    (
        BORAS,
        'areas = ["norrby"]',
        'areas = ["norby"]',
        'commitments[2].areas[1] "boras-2018/2"',
        "unknown_area",
    ),
    (
        MARK,
        '"hedbo", "assberg"',
        '"hedbo", "skene"',
        'commitments[1].areas_where_needed[2] "mark-2018/1"',
        "unknown_area",
    ),
    (
        MARK,
        '"hedbo", "assberg"',
        '"kinna-centrum", "assberg"',
        'commitments[1].areas "mark-2018/1"',
        "repeated",
    ),
    (BORAS, 'areas = ["norrby"]', "areas = []", 'commitments[2] "boras-2018/2"', "no_areas"),
    (BORAS, 'areas = ["norrby"]\n', "", 'commitments[2] "boras-2018/2"', "no_areas"),
    (BORAS, "number = 2", "number = 1", 'commitments[2].number "boras-2018/1"', "repeated"),
    (
        BORAS,
        'id = "started"',
        'id = "presented"',
        'commitments[6].measure.steps[2].id "boras-2018/6"',
        "repeated",
    ),
    (
        BORAS,
        "[[outcomes]]\ncommitment = 3",
        "[[outcomes]]\ncommitment = 7",
        "outcomes[1].commitment",
        "unknown_commitment",
    ),
    (
        BORAS,
        "same_period = false",
        'same_period = "no"',
        "outcomes[1].same_period",
        "not_true_or_false",
    ),
    (BORAS, "signed = 2018-02-20", 'signed = "2018-02-20"', "signed", "not_date"),
    (BORAS, "signed = 2018-02-20", "signed = 2018-02-20T10:00:00", "signed", "not_date"),
    (BORAS, 'id = "boras-2018"', 'id = "<img onerror=alert(1)>"', "id", "bad_id"),
    (BORAS, 'id = "boras-2018"', 'id = "Borås 2018"', "id", "bad_id"),
    (BORAS, 'id = "boras-2018"', 'id = "boras-2018\\n"', "id", "bad_id"),
    (BORAS, 'id = "boras-2018"', f'id = "{"a" * 65}"', "id", "bad_id"),
    (BORAS, 'municipality = "Borås"', 'municipality = " "', "municipality", "blank"),
    (
        BORAS,
        'municipality = "Borås"',
        'municipality = "B\\u0000"',
        "municipality",
        "control_character",
    ),
    (BORAS, 'municipality = "Borås"', "municipality = 7", "municipality", "not_text"),
    (BORAS, '{ sv = "Borås", en = "Borås" }', '"Borås"', "short", "not_both_languages"),
    (
        BORAS,
        "https://polisen.se/",
        "javascript:alert(1)//",
        "outcomes[1].source.url",
        "bad_address",
    ),
    (BORAS, "https://polisen.se/", "polisen.se/", "outcomes[1].source.url", "bad_address"),
    *(
        (
            BORAS,
            "https://polisen.se/",
            f"https://polisen.se/\\u{code}",
            "outcomes[1].source.url",
            "bad_address",
        )
        for code in ("0000", "202e", "2066", "007f")
    ),
    (
        MARK,
        'owners = ["polisen"]',
        "owners = []",
        'commitments[1].owners "mark-2018/1"',
        "list_empty",
    ),
    (
        BORAS,
        'municipality = "Borås"',
        'municipality = "B\\u202eås"',
        "municipality",
        "control_character",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "place", "key"), PROMISE_CASES)
def test_promise(tmp_path: Path, name: str, old: str, new: str, place: str, key: str) -> None:
    path = edited(tmp_path, name, (old, new))
    # A promise under another id is a new one; the shipped one is still there.
    assert only(told([path])) == (place, key)


def test_a_misspelt_key_is_unknown_and_the_right_one_is_missing(tmp_path: Path) -> None:
    mistakes = told([edited(tmp_path, BORAS, ("target = 4", "taget = 4"))])
    unknown, missing = sorted(mistakes, key=lambda m: m.key, reverse=True)
    assert (unknown.key, unknown.values["near"]) == ("catalogue.unknown_key_near", "target")
    assert unknown.place == 'commitments[3].measure.taget "boras-2018/3"'
    assert (missing.key, missing.values["name"]) == ("catalogue.missing_key", "target")


def test_a_party_twice_and_a_party_gone(tmp_path: Path) -> None:
    path = edited(tmp_path, BORAS, ('id = "ab-bostader"', 'id = "boras-stad"'))
    repeated, *unknown = told([path])
    assert (repeated.place, repeated.key) == ('parties[3].id "boras-stad"', "catalogue.repeated")
    assert [(m.place, m.key) for m in unknown] == [
        ('commitments[5].owners[3] "boras-2018/5"', "catalogue.unknown_party"),
        ('commitments[6].owners[3] "boras-2018/6"', "catalogue.unknown_party"),
    ]


def test_an_unknown_key_like_no_other_gets_the_known_ones(tmp_path: Path) -> None:
    mistakes = told([edited(tmp_path, BORAS, ('id = "boras-2018"', 'id = "boras-2018"\nqqq = 1'))])
    (mistake,) = mistakes
    assert mistake.key == "catalogue.unknown_key"
    assert "municipality" in str(mistake.values["known"]).split(", ")


def test_names_and_texts_may_hold_anything(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)> ${alert(1)} {0} {name} %s \\\\ `"
    # Under another id: no later promise of Borås follows on it.
    path = edited(
        tmp_path,
        BORAS,
        ('id = "boras-2018"', 'id = "boras-2030"'),
        ('municipality = "Borås"', f'municipality = "{hostile}"'),
    )
    assert told([path]) == []
    unknown = edited(tmp_path, MARK, ("published", f'"{hostile}"'))
    (mistake,) = told([unknown])
    assert mistake.key == "catalogue.unknown_key"


# --- areas -----------------------------------------------------------------------------------


def changed_areas(tmp_path: Path, change: Callable[[Json, Json], object], **dump: object) -> Path:
    """Write the shipped areas where `change(document, norrby)` has changed something."""
    document = json.loads((bundled_data() / "areas.geojson").read_text(encoding="utf-8"))
    change(document, document["features"][NORRBY])
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps(document, **dump), encoding="utf-8")  # type: ignore[arg-type]
    return path


def properties(**values: object) -> Callable[[Json, Json], object]:
    def change(_: Json, feature: Json) -> None:
        found = feature["properties"]
        assert isinstance(found, dict)
        found.update(values)

    return change


def geometry(kind: str, coordinates: object) -> Callable[[Json, Json], object]:
    return lambda _, feature: feature.update(geometry={"type": kind, "coordinates": coordinates})


def moved(change: Callable[[float, float], list[float]]) -> Callable[[Json, Json], object]:
    def apply(_: Json, feature: Json) -> None:
        found = feature["geometry"]
        assert isinstance(found, dict)
        found["coordinates"] = [[change(*p) for p in ring] for ring in found["coordinates"]]

    return apply


# A bow tie: its two halves meet in the middle, (12.93, 57.725).
BOW_TIE = [[[12.92, 57.72], [12.94, 57.73], [12.94, 57.72], [12.92, 57.73], [12.92, 57.72]]]
HOLE_OUTSIDE = [
    [[12.92, 57.72], [12.94, 57.72], [12.94, 57.73], [12.92, 57.72]],
    [[12.95, 57.72], [12.96, 57.72], [12.96, 57.73], [12.95, 57.72]],
]
GEOMETRY = 'features[3].geometry "norrby"'

SWEREF = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}

AREA_CASES = [
    (properties(kind="suburb"), 'features[3].properties.kind "norrby"', "unknown_area_kind"),
    (properties(area_km2=0.3), 'features[3].properties.area_km2 "norrby"', "unknown_key"),
    (properties(nam="x"), 'features[3].properties.nam "norrby"', "unknown_key_near"),
    (
        properties(outline_method="guessed"),
        'features[3].properties.outline_method "norrby"',
        "not_one_of",
    ),
    (
        properties(outline_accuracy_m=-1),
        'features[3].properties.outline_accuracy_m "norrby"',
        "too_small",
    ),
    (
        properties(outline_accuracy_m=float("inf")),
        'features[3].properties.outline_accuracy_m "norrby"',
        "not_finite",
    ),
    (properties(name="\ud800"), 'features[3].properties.name "norrby"', "control_character"),
    (properties(residents=0), 'features[3].properties.residents "norrby"', "too_small"),
    (properties(residents="4121"), 'features[3].properties.residents "norrby"', "not_whole_number"),
    (properties(residents=None), 'features[3].properties "norrby"', "residents_incomplete"),
    (
        properties(residents_source=None),
        'features[3].properties "norrby"',
        "residents_incomplete",
    ),
    (properties(id="hulta"), 'features[3].properties.id "hulta"', "duplicate_area"),
    (lambda _, f: f["properties"].pop("name"), 'features[3].properties "norrby"', "missing_key"),
    (lambda _, f: f.update(type="Polygon"), 'features[3] "norrby"', "not_feature"),
    (lambda _, f: f.update(geometry=None), GEOMETRY, "geometry_missing"),
    (geometry("Polygon", []), GEOMETRY, "geometry_missing"),
    (geometry("MultiPolygon", []), GEOMETRY, "geometry_missing"),
    (geometry("Polygon", [[]]), GEOMETRY, "geometry_missing"),
    (geometry("Point", [12.93, 57.725]), GEOMETRY, "geometry_kind"),
    (geometry("LineString", [[12.93, 57.72], [12.94, 57.73]]), GEOMETRY, "geometry_kind"),
    (geometry("Polygon", [[12.93, 57.72]]), GEOMETRY, "geometry_shape"),
    (geometry("Polygon", [[["12.93", "57.72"]]]), GEOMETRY, "geometry_shape"),
    (geometry("Polygon", [[[True, False]]]), GEOMETRY, "geometry_shape"),
    (geometry("Polygon", {"a": 1}), GEOMETRY, "geometry_shape"),
    (geometry("Polygon", [BOW_TIE[0][:-1]]), GEOMETRY, "ring_open"),
    (geometry("Polygon", BOW_TIE), GEOMETRY, "geometry_crosses"),
    (geometry("Polygon", HOLE_OUTSIDE), GEOMETRY, "geometry_invalid"),
    (moved(lambda lon, lat: [lat, lon]), GEOMETRY, "position_swapped"),
    (moved(lambda lon, lat: [lon - 12, lat - 57]), GEOMETRY, "position_outside"),
    (moved(lambda lon, lat: [lon, float("nan")]), GEOMETRY, "not_finite"),
    (moved(lambda lon, lat: [float("inf"), lat]), GEOMETRY, "not_finite"),
    # Borås in SWEREF 99 TM, in either order.
    (moved(lambda lon, lat: [376_800 + lon, 6_399_700 + lat]), GEOMETRY, "position_in_metres"),
    (moved(lambda lon, lat: [6_399_700 + lat, 376_800 + lon]), GEOMETRY, "position_in_metres"),
    (lambda d, _: d.update(type="Feature"), "", "not_features"),
    (lambda d, _: d.pop("features"), "", "not_features"),
    (lambda d, _: d.update(features=[]), "features", "no_features"),
    (lambda d, _: d.update(crs=SWEREF), "crs", "wrong_crs"),
    (lambda d, _: d.update(crs="EPSG:3006"), "crs", "wrong_crs"),
]


@pytest.mark.parametrize(("change", "place", "key"), AREA_CASES)
def test_areas(
    tmp_path: Path, change: Callable[[Json, Json], object], place: str, key: str
) -> None:
    assert only(told([changed_areas(tmp_path, change)])) == (place, key)


def test_a_crossing_is_told_where(tmp_path: Path) -> None:
    (mistake,) = told([changed_areas(tmp_path, geometry("Polygon", BOW_TIE))])
    assert float(mistake.values["lon"]) == pytest.approx(12.93)
    assert float(mistake.values["lat"]) == pytest.approx(57.725)


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"]
)
def test_wgs84_by_any_name_passes(tmp_path: Path, name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    assert told([changed_areas(tmp_path, lambda d, _: d.update(crs=crs))]) == []


def test_heights_are_dropped(tmp_path: Path) -> None:
    path = changed_areas(tmp_path, moved(lambda lon, lat: [lon, lat, 140.0]))
    assert told([path]) == []


def test_an_area_that_no_promise_names_waits_for_one(tmp_path: Path) -> None:
    path = changed_areas(tmp_path, properties(id="druvefors"))
    place = 'features[3].properties.id "druvefors"'
    mistakes, summary = check([path], [bundled_data()])
    assert mistakes == []
    assert only([*summary.notes]) == (place, "unused_area")


# --- places ----------------------------------------------------------------------------------

ROW = "Hedbo,stop,12.64335,57.48379,hedbo,0,Västtrafik 2021"
PLACE_CASES = [
    ("Hedbo,halt,12.64335,57.48379,hedbo,0,x", "line 2, kind", "unknown_place_kind"),
    ("Hedbo,stop,12.64335,57.48379,hedb,0,x", "line 2, area", "unknown_area"),
    ("Hedbo,stop,57.48379,12.64335,hedbo,0,x", "line 2", "position_swapped"),
    ("Hedbo,stop,2.35,48.85,hedbo,0,x", "line 2", "position_outside"),
    ("Hedbo,stop,358700,6374000,hedbo,0,x", "line 2", "position_in_metres"),
    ("Hedbo,stop,nan,57.48379,hedbo,0,x", "line 2, lon", "not_finite"),
    ("Hedbo,stop,12.64335,inf,hedbo,0,x", "line 2, lat", "not_finite"),
    ('Hedbo,stop,"12,64335",57.48379,hedbo,0,x', "line 2, lon", "not_number"),
    ("Hedbo,stop,12.64335,57.48379,hedbo,-1,x", "line 2, distance_m", "too_small"),
    (",stop,12.64335,57.48379,hedbo,0,x", "line 2, name", "blank"),
    ("Hedbo,stop,12.64335,57.48379,hedbo,0", "line 2", "row_width"),
    ('"Hedbo"x,stop,12.64335,57.48379,hedbo,0,x', "line 2", "not_csv"),
]


@pytest.mark.parametrize(("row", "place", "key"), PLACE_CASES)
def test_places(tmp_path: Path, row: str, place: str, key: str) -> None:
    assert only(told([edited(tmp_path, "places.csv", (ROW, row))])) == (place, key)


def test_place_columns(tmp_path: Path) -> None:
    header = "name,kind,lon,lat,area,distance_m,source"
    path = edited(tmp_path, "places.csv", (header, "name,kind,long,lat,lat,distance_m,source"))
    mistakes = told([path])
    assert {m.key for m in mistakes} == {
        "catalogue.unknown_key_near",
        "catalogue.missing_column",
        "catalogue.repeated",
    }
    assert [m.values["name"] for m in mistakes if m.key == "catalogue.missing_column"] == [
        "area, lon"
    ]
    path.write_text(header + "\n", encoding="utf-8")
    assert only(told([path])) == ("", "no_rows")


# --- files -----------------------------------------------------------------------------------

PLACES = b"name,kind,lon,lat,area,distance_m,source\n"

FILE_CASES = [
    ("a.toml", b"", "", "empty_file"),
    ("a.geojson", b" \n", "", "empty_file"),
    ("a.csv", b"\xef\xbb\xbf", "", "empty_file"),
    ("a.toml", "id = 1\nnamn = 'Borås'".encode("latin-1"), "line 2", "not_utf8"),
    ("a.json", "[]".encode("utf-16"), "line 1", "not_utf8"),
    ("a.toml", b"id = 1\nperiod: 2018\n", "line 2", "not_toml"),
    ("a.toml", b"id = [1,\n", "line 1", "not_toml"),
    ("a.toml", b"start = 2018-02-30\n", "line 1", "not_toml"),
    ("a.toml", b"x = " + b"[" * 100_000, "", "too_deep"),
    ("a.geojson", b"{\n  'type': 1}", "line 2", "not_json"),
    ("a.geojson", b"[" * 100_000, "", "too_deep"),
    ("a.geojson", b"[" + b"1" * 5000 + b"]", "", "number_too_long"),
    ("a.geojson", b"[]", "", "not_features"),
    ("a.xlsx", b"PK", "", "file_type"),
    # Small files of which far too much would be made; each just past what is counted.
    ("a.toml", b".".join([b"a"] * 31) + b" = 1", "", "too_deep"),
    ("a.toml", b"[" + b" . ".join([b'"a b"'] * 31) + b"]", "", "too_deep"),
    ("a.toml", b".".join([b"a"] * 100_000) + b" = 1", "", "too_deep"),
    ("a.toml", b"a" * 300_001, "", "too_long"),
    ("vocabulary.toml", b"x = " + b"[" * 30 + b"]" * 30, "", "too_deep"),
    ("a.geojson", b'{"x": ' + b"[" * 30 + b"]" * 30 + b"}", "", "too_deep"),
    ("a.geojson", b"[" + b"[]," * 100_000 + b"[]]", "", "too_many_points"),
    ("a.geojson", b"[" + b'{"":1},' * 100_000 + b'{"":1}]', "", "too_many_keys"),
    ("a.csv", PLACES + b",,,,,,\n" * 10_001, "", "too_many_rows"),
    ("a.csv", b"x," * 100, "line 1", "row_width"),
]


@pytest.mark.parametrize(("name", "data", "place", "key"), FILE_CASES)
def test_files(tmp_path: Path, name: str, data: bytes, place: str, key: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    (mistake,) = told([path])
    assert (mistake.file, where(mistake), mistake.key) == (str(path), place, f"catalogue.{key}")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.toml", b".".join([b"a"] * 30) + b" = 1"),
        # Dots that part no keys.
        ("a.toml", b'a = "' + b"." * 1_000 + b' a. b. c."'),
        ("vocabulary.toml", b"x = " + b"[" * 29 + b"]" * 29),
        ("a.geojson", b'{"x": ' + b"[" * 29 + b"]" * 29 + b"}"),
        ("a.geojson", b"[" + b"[]," * 99_998 + b"[]]"),
        ("a.geojson", b"[" + b'{"":1},' * 99_999 + b'{"":1}]'),
        ("a.csv", PLACES + b",,,,,,\n" * 10_000),
    ],
)
def test_what_is_just_within_the_counts_is_read(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert not {m.key.removeprefix("catalogue.") for m in told([path])} & {
        "too_deep",
        "too_long",
        "too_many_keys",
        "too_many_points",
        "too_many_rows",
    }


def test_the_bad_byte_is_counted_from_one(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"abc\xe5")
    (mistake,) = told([path])
    assert mistake.values["position"] == 4


def test_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(b'{"type":\n  "FeatureCollection",,}')
    (mistake,) = told([path])
    assert (mistake.values["line"], mistake.values["column"]) == (2, 23)
    path = tmp_path / "a.toml"
    path.write_bytes(b"a = 1\nb  2\n")
    (mistake,) = told([path])
    assert (mistake.values["line"], mistake.values["column"]) == (2, 4)


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    for name in (BORAS, "areas.geojson", "places.csv"):
        path = tmp_path / Path(name).name
        path.write_bytes(b"\xef\xbb\xbf" + (bundled_data() / name).read_bytes())
        assert told([path]) == []


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    folder = tmp_path / "x.toml"
    folder.mkdir()
    empty = tmp_path / "empty"
    empty.mkdir()
    gone = [tmp_path / "gone", tmp_path / "gone.csv"]
    mistakes = told([folder, empty, *gone])
    assert {(m.file, m.key) for m in mistakes} == {
        (str(folder), "catalogue.is_folder"),
        (str(empty), "catalogue.folder_empty"),
        (str(gone[0]), "catalogue.no_file"),
        (str(gone[1]), "catalogue.no_file"),
    }
    assert only(told([], [tmp_path / "gone"])) == ("", "no_folder")


def test_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text('[activity_kinds]\n"Night Walk" = { sv = "a", en = "b" }\n', encoding="utf-8")
    assert only(told([path])) == ('activity_kinds."Night Walk"', "bad_term")
    path.write_text('[activity_kinds]\nnight_walk = { en = "a" }\n', encoding="utf-8")
    assert only(told([path])) == ("activity_kinds.night_walk", "missing_language")
    path.write_text("[activity_kind]\n", encoding="utf-8")
    assert only(told([path])) == ("activity_kind", "unknown_key_near")


def test_every_mistake_in_every_file_at_once(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "promises").mkdir(parents=True)
    shutil.copy(bundled_data() / "vocabulary.toml", root)
    # One of the shape and one between keys, in the same file.
    edited(
        root / "promises", BORAS, ("target = 4", "target = -1"), ("start = 2018", "start = 2020")
    )
    edited(root / "promises", MARK, ('areas = ["hedbo"]', 'areas = ["hedbo", "skene"]'))
    edited(
        root, "places.csv", (ROW, ROW.replace("stop", "halt")), ("Luregatan,stop,12.", "L,stop,1.")
    )
    changed_areas(root, geometry("Polygon", BOW_TIE))
    with pytest.raises(CatalogueError) as caught:
        load_catalogue([root])
    expected = {
        ("boras-2018.toml", "catalogue.too_small"),
        ("boras-2018.toml", "catalogue.period_reversed"),
        ("mark-2018.toml", "catalogue.unknown_area"),
        # The promise that it follows is not in this folder.
        ("mark-2018.toml", "catalogue.unknown_promise"),
        ("places.csv", "catalogue.unknown_place_kind"),
        ("places.csv", "catalogue.position_outside"),
        ("areas.geojson", "catalogue.geometry_crosses"),
    }
    assert {(Path(m.file).name, m.key) for m in caught.value.mistakes} == expected
    assert len(caught.value.mistakes) == len(expected)
    assert told([], [root]) == list(caught.value.mistakes)
    assert "7" in words("sv").error(caught.value)
    files = [m.file for m in caught.value.mistakes]
    assert files == sorted(files, key=files.index), "a file's mistakes stand together"


def test_a_file_that_cannot_be_read_is_not_told_again_by_those_that_need_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(bundled_data() / "promises", root / "promises")
    shutil.copy(bundled_data() / "vocabulary.toml", root)
    (root / "areas.geojson").write_text("{", encoding="utf-8")
    assert only(told([], [root])) == ("line 1", "not_json")
