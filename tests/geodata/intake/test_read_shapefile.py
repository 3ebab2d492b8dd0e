"""Shapefiles in a zip file, as GDAL writes them: letters, systems and numbers come out right."""

from __future__ import annotations

import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geodata.errors import IntakeError
from geodata.intake.report import Limits, Reading

Read = Callable[..., Reading]

NOTE = "Åsgatan: mörkt på gården"
COLUMNS: dict[str, Any] = {
    "datum": [date(2018, 3, 7), date(2018, 3, 8)],
    "slag": ["x", "foot_patrol"],
    "anteckning": [NOTE, ""],
    "minuter": [30, 45],
}
WHERE = [Point(12.905, 57.705), Point(12.915, 57.705)]


def files(folder: Path, crs: Any = 4326, encoding: str = "UTF-8", **more: Any) -> dict[str, bytes]:
    """Return the files of a shapefile, by their names."""
    frame = gpd.GeoDataFrame({**COLUMNS, **more}, geometry=WHERE, crs=4326).to_crs(crs)
    frame.to_file(folder / "pass.shp", engine="pyogrio", encoding=encoding)
    return {path.name: path.read_bytes() for path in folder.glob("pass.*")}


def packed(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def key_of(read: Read, path: Path, **chosen: Any) -> str:
    with pytest.raises(IntakeError) as error:
        read(path.name, **chosen)
    return error.value.key


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3006", "EPSG:3008", "EPSG:3021"])
@pytest.mark.parametrize("folder", ["", "mapp/", "Nya mappen\\"])
def test_it_is_read_as_it_was_written(read: Read, tmp_path: Path, crs: str, folder: str) -> None:
    parts = files(tmp_path, crs)
    packed(tmp_path / "a.zip", {f"{folder}{name}": content for name, content in parts.items()})
    found = read("a.zip")
    assert found.problems == ()
    one, other = found.activities
    assert (one.note, one.minutes, one.day, one.kind) == (NOTE, 30, date(2018, 3, 7), "x")
    assert (other.minutes, other.area_id) == (45, "oster")
    for activity, where in zip(found.activities, WHERE, strict=True):
        assert activity.place is not None
        assert activity.place.distance(where) < 2e-6
    assert found.grid is not None
    assert found.grid.declared


@pytest.mark.parametrize(
    ("encoding", "cpg", "problem"),
    [
        ("UTF-8", b"UTF-8", None),
        ("UTF-8", b"65001", None),
        ("CP1252", b"1252", None),
        ("CP1252", b"ANSI 1252", None),
        ("ISO-8859-1", b"88591", None),
        ("CP1252", None, None),  # by the table's own mark
        ("CP1252", b"UTF-8", "intake.encoding_wrong"),
        ("UTF-8", b"1252", "intake.encoding_wrong"),
        ("UTF-8", None, "intake.encoding_assumed"),
        ("CP1252", b"", "intake.encoding_assumed"),
        ("CP1252", b"no such thing", "intake.encoding_assumed"),
    ],
)
def test_letters_are_read_in_what_they_are_written(
    read: Read, tmp_path: Path, encoding: str, cpg: bytes | None, problem: str | None
) -> None:
    parts = files(tmp_path, encoding=encoding)
    table = bytearray(parts["pass.dbf"])
    assert NOTE.encode(encoding) in table
    table[29] = 0x57 if cpg is None and encoding == "CP1252" else 0
    parts |= {"pass.dbf": bytes(table)}
    del parts["pass.cpg"]
    packed(tmp_path / "a.zip", parts if cpg is None else {**parts, "pass.cpg": cpg})
    found = read("a.zip")
    assert found.activities[0].note == NOTE
    assert [(p.key, p.severity) for p in found.problems] == (
        [(problem, "notice")] if problem else []
    )


def test_without_a_system_the_range_tells(read: Read, tmp_path: Path) -> None:
    parts = files(tmp_path, "EPSG:3006")
    del parts["pass.prj"]
    packed(tmp_path / "a.zip", parts)
    found = read("a.zip")
    assert found.grid is not None
    assert (found.grid.grid, found.grid.declared) == ("sweref99tm", False)
    assert [a.area_id for a in found.activities] == ["vaster", "oster"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_systems_name_may_have_letters(read: Read, tmp_path: Path, encoding: str) -> None:
    parts = files(tmp_path, "EPSG:3006")
    definition = parts["pass.prj"].decode().replace("SWEREF99_TM", "Kommunens nät på SWEREF")
    assert "nät" in definition
    packed(tmp_path / "a.zip", {**parts, "pass.prj": definition.encode(encoding)})
    found = read("a.zip")
    assert [a.area_id for a in found.activities] == ["vaster", "oster"]
    assert found.grid is not None
    assert found.grid.declared


def test_a_part_without_a_name_is_told(read: Read, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"abcdefgh": b"x", **files(tmp_path)})
    content = path.read_bytes().replace(b"abcdefgh", b"\0bcdefgh")
    (tmp_path / "b.zip").write_bytes(content)
    assert key_of(read, tmp_path / "b.zip") == "intake.broken_archive"


@pytest.mark.parametrize("missing", [".shx", ".dbf"])
def test_what_is_missing_is_named(read: Read, tmp_path: Path, missing: str) -> None:
    parts = files(tmp_path)
    del parts[f"pass{missing}"]
    path = packed(tmp_path / "a.zip", parts)
    with pytest.raises(IntakeError) as error:
        read(path.name)
    assert (error.value.key, error.value.values["part"]) == (
        "intake.shapefile_incomplete",
        f"pass{missing}",
    )


@pytest.mark.parametrize("ending", [".shp", ".dbf", ".shx"])
def test_one_of_its_files_alone_is_told_what_to_do(read: Read, tmp_path: Path, ending: str) -> None:
    name = f"pass{ending}"
    (tmp_path / "a").mkdir()
    (tmp_path / name).write_bytes(files(tmp_path / "a")[name])
    assert key_of(read, tmp_path / name) == "intake.shapefile_alone"


def test_several_and_what_lies_beside_them(read: Read, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    one, other = files(tmp_path), files(tmp_path / "b")
    parts = {
        **one,
        **{name.replace("pass", "kväll"): content for name, content in other.items()},
        "pass.qix": b"x",
        "pass.shp.xml": b"<x/>",
        "lista.xlsx": b"x",
        "__MACOSX/._pass.shp": b"x",
    }
    packed(tmp_path / "a.zip", parts)
    found = read("a.zip")
    assert len(found.activities) == 4
    told = {(p.key, p.value) for p in found.problems if p.key != "intake.same_as_row"}
    assert told == {("intake.archive_aside", "lista.xlsx")}


def test_what_the_files_say_of_themselves_is_not_believed(read: Read, tmp_path: Path) -> None:
    parts = files(tmp_path)

    def with_change(name: str, at: int, content: bytes) -> Path:
        changed = bytearray(parts[name])
        changed[at : at + len(content)] = content
        return packed(tmp_path / "a.zip", {**parts, name: bytes(changed)})

    many = with_change("pass.dbf", 4, struct.pack("<I", 400_000_000))
    assert key_of(read, many) == "intake.too_many_rows"
    more = with_change("pass.dbf", 4, struct.pack("<I", 3))
    assert key_of(read, more) == "intake.broken_shapefile"
    # Both records name one shape of ten megabytes.
    shapes = with_change("pass.shx", 104, struct.pack(">I", 5_000_000))
    assert key_of(read, shapes) == "intake.broken_shapefile"
    whole = packed(tmp_path / "a.zip", parts)
    assert key_of(read, whole, limits=Limits(rows=1)) == "intake.too_many_rows"
    assert key_of(read, whole, limits=Limits(size=len(whole.read_bytes()))) in (
        "intake.archive_too_large",
        "intake.too_large",
    )


# --- everything in a file is read equal ----------------------------------------------------------

POSITIONS = st.tuples(st.floats(12.9001, 12.9099), st.floats(57.7001, 57.7099))


def _can_be_utf8_too(text: str) -> bool:
    """Tell whether nobody can know which of two it is: "Ã¶", or a letter in the other encoding."""
    try:
        return text.encode("cp1252").decode() != text
    except UnicodeDecodeError:
        return False


NOTES = (
    st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), max_size=20)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: not _can_be_utf8_too(text))
)
ROWS = st.tuples(
    st.lists(POSITIONS, min_size=2, max_size=4, unique=True),
    st.dates(date(2018, 1, 1), date(2018, 12, 31)),
    NOTES,
    st.integers(0, 90),
)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=5),
    encoding=st.sampled_from(["UTF-8", "CP1252"]),
    points=st.booleans(),
)
def test_every_record_is_read_equal(
    read_path: Callable[..., Reading], rows: list[Any], encoding: str, *, points: bool
) -> None:
    shapes = [Point(at[0]) if points else LineString(at) for at, *_ in rows]
    frame = gpd.GeoDataFrame(
        {
            "datum": [day for _, day, _, _ in rows],
            "slag": "x",
            "anteckning": [note for _, _, note, _ in rows],
            "minuter": [minutes for *_, minutes in rows],
        },
        geometry=shapes,
        crs=4326,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_file(folder / "a.shp", engine="pyogrio", encoding=encoding)
        path = packed(folder / "a.zip", {p.name: p.read_bytes() for p in folder.glob("a.*")})
        found = read_path(path)
    assert [(a.place, a.day, a.note, a.minutes) for a in found.activities] == [
        (shape, *rest) for shape, (_, *rest) in zip(shapes, rows, strict=True)
    ]
