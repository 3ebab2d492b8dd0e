import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geodata.errors import IntakeError
from geodata.intake.fields import Locate
from geodata.intake.formats.gpx import read_gpx
from geodata.intake.incoming import file_name
from geodata.intake.report import Intake, Limits
from geodata.model import Catalogue

from ...intakes import read_records

Reader = Callable[..., Intake[object]]

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + ']><gpx version="1.1" creator="t"><trk><name>&j;</name></trk></gpx>'
)
OUTSIDE = (
    '<!DOCTYPE gpx [<!ENTITY f SYSTEM "file:///etc/passwd">]><gpx><trk><name>&f;</name></trk></gpx>'
)


@pytest.fixture(scope="module")
def readers(catalogue: Catalogue, locate: Locate) -> dict[str, Callable[..., Intake[object]]]:
    read = partial(read_records, catalogue=catalogue, locate=locate)
    sorts = ("activities", "walks", "findings")
    return {**{what: partial(read, what=what) for what in sorts}, "gpx": read_gpx}


KINDS = {"activities": "f.csv", "walks": "f.csv", "findings": "f.geojson", "gpx": "f.gpx"}
"""What a file is called, by what is in it."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "intake.empty"),
        (b" \n\r\n\t", "intake.empty"),
        (b"\xef\xbb\xbf", "intake.empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "intake.binary"),
        (b"PK\x03\x04 a workbook", "intake.binary"),
        ("date\x01;slag;område".encode("latin-1"), "intake.binary"),
        (b"date\x81;slag;omr\xe5de", "intake.binary"),
        ("datum;område;".encode() + "åtagande".encode("cp1252"), "intake.mixed_encoding"),
        ("date,kind".encode("utf-16")[:-1], "intake.binary"),
        (b"x" * 101, "intake.too_large"),
    ],
)
def test_what_is_no_text_is_refused_as_a_whole(
    readers: dict[str, Reader], tmp_path: Path, kind: str, content: bytes, key: str
) -> None:
    path = tmp_path / KINDS[kind]
    path.write_bytes(content)
    with pytest.raises(IntakeError) as error:
        readers[kind](path, limits=Limits(size=100))
    assert error.value.key == key
    assert error.value.values["file"] == path.name


@pytest.mark.parametrize("kind", KINDS)
def test_missing_files_and_folders(readers: dict[str, Reader], tmp_path: Path, kind: str) -> None:
    for path in (tmp_path / "none", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(IntakeError) as error:
            readers[kind](path)
        assert error.value.key in ("intake.missing", "intake.unreadable")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\x07b\x1b.csv", "a?b?.csv"),
        ("a\udce5.csv", "a?.csv"),
        ("Åtgärder\u200f (1).csv", "Åtgärder\u200f (1).csv"),
    ],
)
def test_a_files_name_is_kept_as_it_can_be_kept_in_a_record(name: str, kept: str) -> None:
    assert file_name(Path("folder") / name) == kept


def test_a_pipe_is_not_waited_for(readers: dict[str, Reader], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(IntakeError, match=r"intake\.missing"):
        readers["activities"](tmp_path / "pipe.csv")


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("activities", 'date,kind,note\n2018-03-07,x,"never ends\n', "intake.broken_csv"),
        ("activities", 'date,kind\n2018-03-07,"x"y\n', "intake.broken_csv"),
        ("activities", f"date,kind{',x' * 1_000}\n", "intake.too_many_columns"),
        ("activities", "date,kind\n" + "2018-03-07,x\n" * 4, "intake.too_many_rows"),
        ("activities", "\n" * 9, "intake.empty"),
        ("findings", "not json", "intake.not_geojson"),
        ("findings", "[1, 2]", "intake.not_geojson"),
        ("findings", '{"type": "Feature"}', "intake.not_geojson"),
        ("findings", '{"features": []}', "intake.not_geojson"),
        ("findings", "[" * 200_000, "intake.not_geojson"),
        ("findings", '{"type": "FeatureCollection", "features": {}}', "intake.not_geojson"),
        ("findings", "9" * 10_000, "intake.not_geojson"),
        ("gpx", "<kml/>", "intake.not_gpx"),
        ("gpx", "<gpx>", "intake.not_gpx"),
        ("gpx", "<gpx>&undefined;</gpx>", "intake.not_gpx"),
        ("gpx", LAUGHS, "intake.document_type"),
        ("gpx", OUTSIDE, "intake.document_type"),
        ("gpx", "<!DOCTYPE gpx><gpx/>", "intake.document_type"),
        ("gpx", "<gpx>" + "<a>" * 100_000 + "</a>" * 100_000 + "</gpx>", "intake.too_deep"),
        ("gpx", "<gpx " + " ".join(f'a{i}=""' for i in range(200_000)) + "/>", "intake.too_deep"),
        ("gpx", "<gpx>" + "<a/>" * 61 + "</gpx>", "intake.too_many_points"),
        ("gpx", "<gpx>" + "<wpt/>" * 7 + "</gpx>", "intake.too_many_points"),
        ("gpx", "<gpx><trk>" + "<trkseg/>" * 7 + "</trk></gpx>", "intake.too_many_points"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole(
    readers: dict[str, Reader], tmp_path: Path, kind: str, text: str, key: str
) -> None:
    path = tmp_path / KINDS[kind]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IntakeError) as error:
        readers[kind](path, limits=Limits(rows=3))
    assert error.value.key == key


HEADERS = {
    "activities": b"date,kind,area,lat,lon,minutes,commitments,parties,participants,note\n",
    "walks": b"name,status,date,minutes,area,meeting_point,route,participants,parties,note\n",
    "findings": b'{"type": "FeatureCollection", "features": [',
    "gpx": b'<gpx version="1.1"><trk><trkseg>',
}
PIECES = st.sampled_from(
    [
        *(
            b"2018-03-07",
            b"2018-24",
            b"x",
            b"foot_patrol",
            b"vaster",
            b"57.705",
            b"12.905",
            b"1e999",
        ),
        *(b"nan", b"held", b"planned", b"../a.gpx", b"a.gpx", b",", b",", b";", b"\n", b'"', b"\r"),
        *(b"811228-9874", b"-1", b"99999999999999999999", b"provby-2018/1", b"polisen", b"|"),
        *(b'{"type":"Feature","properties":{', b'"text":', b'"category":"lighting"', b'"a"', b":"),
        *(b"}", b"]", b"[", b'"geometry":{"type":"Point","coordinates":[', b"NaN", b"null", b"1"),
        *(b'<trkpt lat="57.7" lon="12.9"/>', b'<trkpt lat="nan" lon="-0"/>', b"</trkseg>"),
        *(b"<ele>", b"</gpx>", b"</trk>", b"<!DOCTYPE a>", b"\xc3\xa5", b"\xff", b"\0"),
    ]
)
CONTENT = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(content=CONTENT, headed=st.booleans())
@example(content=b"\n,,\n2018-03-07,x,vaster,57.7,12.9,1", headed=True)
@example(content=b"a,held,2018-03-07,1,vaster,,a\x00.gpx", headed=True)
@example(content=b"a,held,2018-03-07,1,vaster,," + b"a" * 300 + b".gpx", headed=True)
@example(
    content=b'{"properties": {"\\ud800": 1, "walk": "\\udfff", "text": "\\ud800"}}]}', headed=True
)
def test_any_bytes_give_an_intake_or_an_intake_error(
    readers: dict[str, Reader], kind: str, content: bytes, headed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        path.write_bytes((HEADERS[kind] if headed else b"") + content)
        try:
            intake = readers[kind](path)
        except IntakeError:
            return
    refused = {p.row for p in intake.problems if p.severity == "error"}
    # What refuses every row alike is told once, of the file as a whole.
    all_alike = intake.rows_read if None in refused else len(refused)
    assert intake.rows_read - len(intake.records) == all_alike <= intake.rows_read
    assert "811228-9874" not in repr(intake.problems)
    assert "811228-9874" not in repr(intake.records)
