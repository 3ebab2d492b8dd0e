"""Whatever is brought: drafts or a sentence, and nothing that fills the memory."""

from __future__ import annotations

import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geodata.errors import IntakeError
from geodata.intake.formats import endings
from geodata.intake.report import Limits, Reading

Read = Callable[..., Reading]

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@cache
def samples() -> dict[str, bytes]:
    """Return a small right file of each binary format."""
    with tempfile.TemporaryDirectory() as folder:
        book = openpyxl.Workbook()
        book.active.append(["Datum", "Slag"])
        book.active.append([date(2018, 3, 7), "x"])
        book.save(Path(folder) / "a.xlsx")
        frame = gpd.GeoDataFrame(
            {"datum": ["2018-03-07"], "slag": ["x"]}, geometry=[Point(12.9, 57.7)]
        )
        frame.set_crs(4326).to_file(Path(folder) / "a.gpkg", engine="pyogrio")
        return {path.suffix: path.read_bytes() for path in Path(folder).glob("a.*")}


def packed(sheet: bytes | str) -> bytes:
    """Return the sample workbook with another sheet in it."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "a.xlsx", Path(folder) / "b.xlsx"
        old.write_bytes(samples()[".xlsx"])
        with (
            zipfile.ZipFile(old) as source,
            zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for name in source.namelist():
                mine = name == "xl/worksheets/sheet1.xml"
                target.writestr(name, sheet if mine else source.read(name))
        return new.read_bytes()


@pytest.mark.parametrize(
    ("sheet", "key"),
    [
        (b"<a>" + b" " * 40_000_000, "intake.unpacks_too_large"),
        (
            f'<worksheet {NAMESPACE}><sheetData><row r="1"><c r="A1"/></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
            "intake.too_many_columns",
        ),
        (
            f'<worksheet {NAMESPACE}><sheetData><row r="1"><c r="CV1"/></row>'
            '<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>',
            "intake.too_many_cells_in_sheet",
        ),
        (
            f"<worksheet {NAMESPACE}><sheetData><row>{'<c/>' * 1_001}</row></sheetData>"
            "</worksheet>",
            "intake.too_many_columns",
        ),
        (
            f'<!DOCTYPE a [<!ENTITY b "c">]><worksheet {NAMESPACE}><sheetData/></worksheet>',
            "intake.broken_workbook",
        ),
        ("<worksheet><sheetData><row></c>", "intake.broken_workbook"),
        (b'<?xml version="1.0" encoding="U9TF-8"?><worksheet/>', "intake.broken_workbook"),
    ],
    ids=[
        *("bomb", "one far cell", "wide and long", "nameless cells", "entities", "cut off"),
        "no encoding",
    ],
)
def test_a_workbook_that_is_a_trap(read: Read, sheet: bytes | str, key: str) -> None:
    started = time.process_time()
    with pytest.raises(IntakeError) as error:
        read("a.xlsx", packed(sheet))
    assert error.value.key == key
    assert time.process_time() - started < 5


def test_declared_sizes_are_not_believed(read: Read) -> None:
    content = packed(b"<a>" + b" " * 40_000_000)
    lying = content.replace((40_000_003).to_bytes(4, "little"), (3).to_bytes(4, "little"))
    assert lying != content
    with pytest.raises(IntakeError) as error:
        read("a.xlsx", lying)
    assert error.value.key in ("intake.unpacks_too_large", "intake.broken_workbook")


def test_unpacked_size_has_a_limit_of_its_own(read: Read) -> None:
    with pytest.raises(IntakeError, match="unpacks_too_large"):
        read("a.xlsx", samples()[".xlsx"], limits=Limits(size=len(samples()[".xlsx"])))


def test_entities_are_not_expanded(read: Read) -> None:
    laughs = '<!DOCTYPE gpx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><gpx><name>&b;</name></gpx>'
    with pytest.raises(IntakeError, match="document_type"):
        read("a.gpx", laughs)


TABLES = st.lists(
    st.sampled_from(
        [
            *(
                "Datum",
                "Slag",
                "Lat",
                "Lon",
                "Koordinater",
                "Minuter",
                "lofteskartan_id",
                "geometry",
            ),
            *("kategori", "text", "namn", "rutt", "tid", "date", "day", "precision", "repeats"),
            *(";", ";", ";", ";", "\n", "\n", "\r", '"', "'", ",", "\t", "sep=;\n", "=", "a.gpx"),
            *("2018-03-07", "3/7/2018", "43166", "99999", "57,7", "12.9", "1e9", "nan", "18:00"),
            *("6400000", "377000", "POINT (12.9 57.7)", "LINESTRING (1 1, 1 1)", "POINT (nan 1)"),
            *("POLYGON ((1 1, 2 2, 3 1, 1 1))", "LINESTRING EMPTY", "x", "lighting", "Vår", "held"),
            *("00000000-0000-4000-8000-000000000001", "811228-9874", "\x00", "\x07", "å", "\ud7ff"),
        ]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())
CHANGES = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=12)


def changed(content: bytes, changes: list[tuple[int, int]]) -> bytes:
    found = bytearray(content)
    for at, value in changes:
        found[at % len(found)] = value
    return bytes(found)


@pytest.mark.parametrize("suffix", endings())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_bytes_give_a_reading_or_a_sentence(
    read_path: Callable[..., Reading], suffix: str, data: st.DataObject
) -> None:
    forms = [st.binary(max_size=200), TABLES]
    if suffix in samples():
        forms = [CHANGES.map(lambda changes: changed(samples()[suffix], changes))]
    content = data.draw(st.one_of(forms))
    what = data.draw(st.sampled_from([None, "activities", "walks", "findings"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(content)
        try:
            found = read_path(path, what=what, kind="x", category="lighting", day=date(2018, 3, 7))
        except IntakeError:
            return
    refused = {p.row for p in found.problems if p.severity == "error"}
    assert 0 <= found.rows_refused <= found.rows_read
    assert bool(found.rows_refused) <= bool(refused)
    assert "811228-9874" not in repr(found)
