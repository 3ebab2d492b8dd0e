"""What was taken out as one zip file, read as one; and whatever else calls itself so."""

from __future__ import annotations

import csv
import io
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import IntakeError
from geodata.intake.incoming import LARGEST_DIRECTORY
from geodata.intake.report import Limits, Reading
from geodata.model import WalkStatus

Read = Callable[..., Reading]

WALK: Final = "00000000-0000-4000-8000-000000000001"
LATER_WALK: Final = "00000000-0000-4000-8000-000000000002"
FINDING: Final = "00000000-0000-4000-8000-000000000003"
ACTIVITY: Final = "00000000-0000-4000-8000-000000000004"

WALKS: Final = (
    "lofteskartan_id;status;date;precision;day;area;geometry;repeats;verified_by\r\n"
    f"{LATER_WALK};planned;2018-09-04T00:00:00+02:00;day;2018-09-04;vaster;;{WALK};\r\n"
    f"{WALK};held;2018-04-17T18:00:00+02:00;minute;2018-04-17;vaster;"
    "LINESTRING (12.901 57.701, 12.902 57.702);;polisen\r\n"
)
FINDINGS: Final = (
    "lofteskartan_id;walk_id;area;lat;lon;category;text;status;day;status_day\r\n"
    f"{FINDING};{WALK};vaster;57,701;12,901;lighting;Lampan är släckt;open;2018-04-17;"
    "2018-04-17\r\n"
)
ACTIVITIES: Final = (
    "lofteskartan_id;date;precision;day;kind;area;note\r\n"
    f"{ACTIVITY};2018-05-03T00:00:00+02:00;day;2018-05-03;foot_patrol;oster;'=1+1\r\n"
)
TABLES: Final = {
    # Not in the order in which they have to be read.
    "findings.csv": FINDINGS,
    "activities.csv": ACTIVITIES,
    "walks.csv": WALKS,
}


def packed(*parts: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def of(**others: str | bytes) -> bytes:
    """Return the tables as one file, some of them (by their stem) with another content."""
    told = {f"{stem}.csv": content for stem, content in others.items()}
    return packed(*{**TABLES, **told}.items())


def refusal(read: Read, content: bytes, name: str = "a.zip", **chosen: Any) -> IntakeError:
    with pytest.raises(IntakeError) as error:
        read(name, content, **chosen)
    return error.value


# --- what is in it -------------------------------------------------------------------------------


def test_the_tables_are_read_as_one(read: Read) -> None:
    found = read("a.zip", of())
    assert found.file == "a.zip"
    assert (found.rows_read, found.rows_refused, found.problems) == (4, 0, ())
    (finding,), (activity,) = found.findings, found.activities
    by_id = {walk.id: walk for walk in found.walks}
    assert finding.walk_id == WALK
    assert by_id[WALK].status is WalkStatus.HELD
    assert by_id[WALK].route is not None
    assert by_id[LATER_WALK].repeats == WALK
    assert found.verified == {WALK: "polisen"}
    assert (activity.id, activity.note, activity.area_id) == (ACTIVITY, "=1+1", "oster")
    assert (finding.place.x, finding.place.y) == (12.901, 57.701)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_however_it_is_packed(read: Read, method: int) -> None:
    assert read("a.zip", packed(*TABLES.items(), method=method)).rows_read == 4


def test_one_table_alone(read: Read) -> None:
    found = read("A.ZIP", packed(("walks.csv", WALKS)))
    assert (found.what, len(found.walks)) == ("walks", 2)


def test_what_a_computer_adds_when_it_packs_anew_is_passed_over(read: Read) -> None:
    content = packed(
        ("min mapp/", b""),
        ("min mapp/Walks.CSV", WALKS),
        ("min mapp/.DS_Store", b"\0\0"),
        ("__MACOSX/min mapp/._Walks.CSV", b"\0\5\26\7"),
        ("Thumbs.db", b"\0"),
    )
    found = read("a.zip", content)
    assert (len(found.walks), found.problems) == (2, ())


def test_a_row_that_somebody_added_by_hand_is_read_too(read: Read) -> None:
    mine = ";2018-05-04;day;2018-05-04;foot_patrol;oster;Extra\r\n"
    found = read("a.zip", of(activities=ACTIVITIES + mine))
    assert [a.note for a in found.activities] == ["=1+1", "Extra"]
    assert found.activities[1].origin.file == "a.zip"


def test_a_problem_says_in_which_table_it_is(read: Read) -> None:
    wrong = FINDINGS.replace("lighting", "nonsense")
    found = read("a.zip", of(findings=wrong))
    (problem,) = found.problems
    assert (problem.file, problem.row, problem.field) == ("a.zip / findings.csv", 2, "category")
    assert (found.rows_read, found.rows_refused) == (4, 1)


def test_a_way_in_another_file_is_not_looked_for(read: Read, tmp_path: Path) -> None:
    (tmp_path / "way.gpx").write_text("<gpx><trk/></gpx>", encoding="utf-8")
    lines = WALKS.splitlines()
    content = packed(("walks.csv", "\r\n".join([f"{lines[0]};route", f"{lines[1]};way.gpx"])))
    found = read("a.zip", content)
    assert [(p.key, p.severity) for p in found.problems] == [("intake.route_path", "error")]


# --- what is to be corrected ---------------------------------------------------------------------


def as_csv(found: Reading) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([found.header, *found.rest])
    return text.getvalue()


def said(found: Reading) -> list[dict[str, str]]:
    """Return what the refused rows say, by column."""
    rows = [dict(zip(found.header, row, strict=True)) for row in found.rest]
    told = [{column: cell for column, cell in row.items() if cell} for row in rows]
    return sorted(told, key=lambda row: row["layer"])


def test_the_refused_rows_of_several_tables_come_back_as_one(read: Read) -> None:
    wrong = of(
        findings=FINDINGS.replace("lighting", "nonsense"),
        activities=ACTIVITIES.replace("foot_patrol", "nonsense"),
    )
    found = read("a.zip", wrong)
    assert found.header[0] == "layer"
    assert sorted(row[0] for row in found.rest) == ["activities", "findings"]
    rest = as_csv(found)
    again = read("rest.csv", rest)
    assert said(again) == said(found)
    right = [
        line.replace("nonsense", "lighting" if line.startswith("findings") else "foot_patrol")
        for line in rest.splitlines()
    ]
    mended = read("rest.csv", "\r\n".join(right))
    whole = read("a.zip", of())
    assert mended.rows_refused == 0
    assert (mended.findings, mended.activities) == (whole.findings, whole.activities)


def test_a_row_whose_sort_was_taken_away_is_not_lost(read: Read) -> None:
    wrong = ACTIVITIES.replace("foot_patrol", "nonsense")
    found = read("a.zip", of(activities=wrong, findings=FINDINGS.replace("open", "nonsense")))
    again = read("rest.csv", as_csv(found).replace("\nactivities;", "\n;"))
    assert again.rows_read == 2


def test_a_row_that_is_cut_short_gives_a_sentence(read: Read) -> None:
    found = read("rest.csv", f"lofteskartan_id;layer;date\n{ACTIVITY}\n\n{FINDING};walks\n")
    assert (found.rows_read, found.rows_refused) == (2, 2)


def test_cells_beyond_the_header_are_kept(read: Read) -> None:
    wrong = ACTIVITIES.replace("'=1+1", "'=1+1;beyond")
    found = read("a.zip", of(activities=wrong))
    assert [row[-1] for row in found.rest] == ["beyond"]
    assert read("rest.csv", as_csv(found)).rows_refused == 1


# --- what it is not ------------------------------------------------------------------------------

TRAPS: Final[dict[str, tuple[bytes, str]]] = {
    "another file": (packed(("walks.csv", WALKS), ("a.docx", b"x")), "archive_foreign"),
    "a program": (packed(("walks.csv.exe", b"MZ")), "archive_foreign"),
    "a zip file": (packed(("walks.csv", WALKS), ("b.zip", of())), "archive_nested"),
    "a zip file by another name": (packed(("walks.csv", of())), "binary"),
    "twice": (packed(("walks.csv", WALKS), ("x/walks.csv", WALKS)), "archive_twice"),
    "upwards": (packed(("../walks.csv", WALKS)), "archive_path"),
    "upwards within": (packed(("a/../../walks.csv", WALKS)), "archive_path"),
    "from the root": (packed(("/etc/walks.csv", WALKS)), "archive_path"),
    "upwards as Windows has it": (packed(("..\\walks.csv", WALKS)), "archive_path"),
    "a drive": (packed(("C:\\walks.csv", WALKS)), "archive_path"),
    "nothing": (packed(), "archive_empty"),
    "an empty folder": (packed(("a/", b"")), "archive_empty"),
    "leftovers": (packed(("__MACOSX/walks.csv", b"x")), "archive_empty"),
    "somebody else's table": (packed(("activities.csv", "datum;slag\n2018;x")), "archive_not_own"),
    "an empty table": (packed(("walks.csv", b"")), "empty"),
    "a name that is a person": (packed(("811228-9874.csv", b"x")), "heading_identity_number"),
    "many": (packed(*((f"{n}.csv", b"x") for n in range(201))), "too_many_parts"),
    "a bomb": (packed(("walks.csv", WALKS + " " * 40_000_000)), "archive_too_large"),
    "no zip file": (b"lofteskartan_id;date\n", "broken_archive"),
    "half": (of()[:-40], "broken_archive"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_what_is_no_export_gets_a_sentence(read: Read, trap: str) -> None:
    content, key = TRAPS[trap]
    started = time.process_time()
    assert refusal(read, content).key == f"intake.{key}"
    assert time.process_time() - started < 5


def test_a_list_of_parts_that_would_fill_the_memory_is_not_read(read: Read) -> None:
    count = LARGEST_DIRECTORY // 46
    content = packed(*((f"{n:06}", b"") for n in range(count)), method=zipfile.ZIP_STORED)
    assert refusal(read, content).key == "intake.too_many_parts"
    # A workbook is a zip file as well.
    assert refusal(read, content, "a.xlsx").key == "intake.too_many_parts"


def with_flag(content: bytes) -> bytes:
    """Return a zip file that says of each part that it is encrypted (APPNOTE 4.4.4, bit 0)."""
    found = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = found.find(mark)
        while at >= 0:
            found[at + flags] |= 1
            at = found.find(mark, at + 1)
    return bytes(found)


def test_a_locked_file_is_said_to_be_so(read: Read) -> None:
    assert refusal(read, with_flag(of())).key == "intake.archive_encrypted"


def test_what_a_part_says_of_its_size_is_not_believed(read: Read) -> None:
    bomb = WALKS + " " * 40_000_000
    content = packed(("walks.csv", bomb))
    size = len(bomb.encode()).to_bytes(4, "little")
    lying = content.replace(size, (len(WALKS)).to_bytes(4, "little"))
    assert lying != content
    assert refusal(read, lying).key in ("intake.archive_too_large", "intake.broken_archive")


def test_a_wrong_sum_is_noticed(read: Read) -> None:
    content = packed(("walks.csv", WALKS), method=zipfile.ZIP_STORED)
    assert refusal(read, content.replace(b"vaster", b"vuster")).key == "intake.broken_archive"


def test_together_the_tables_are_no_more_than_one_file_may_be(read: Read) -> None:
    tables = {name: text + "\r\n" * 1_000 for name, text in TABLES.items()}
    content = packed(*tables.items())
    together = sum(len(text.encode()) for text in tables.values())
    assert len(content) < max(len(text) for text in tables.values()) < together - 1
    assert read("a.zip", content, limits=Limits(size=together)).rows_read == 4
    error = refusal(read, content, limits=Limits(size=together - 1))
    assert error.key == "intake.archive_too_large"
    assert read("a.zip", content, limits=Limits(rows=4)).rows_read == 4
    assert refusal(read, content, limits=Limits(rows=3)).key == "intake.too_many_rows"


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.gpx", "a.geojson", "a.gpkg"])
def test_by_another_name_it_is_said_what_it_is(read: Read, name: str) -> None:
    error = refusal(read, of(), name)
    assert (error.key, error.values["ending"]) == ("intake.wrong_ending", ".zip")


def test_a_workbook_is_no_export(read: Read) -> None:
    content = packed(("[Content_Types].xml", b"<a/>"), ("xl/workbook.xml", b"<a/>"))
    error = refusal(read, content)
    assert (error.key, error.values["ending"]) == ("intake.wrong_ending", ".xlsx")


# --- whatever is in it ---------------------------------------------------------------------------

CELLS: Final = st.sampled_from(
    [
        *(";", ";", ";", "\n", "\r\n", '"', "'", ",", "lofteskartan_id", "layer", "walk_id"),
        *("date", "kind", "area", "text", "category", "status", "repeats", "verified_by", "day"),
        *("walks", "findings", WALK, FINDING, "2018-04-17", "held", "open", "polisen", "vaster"),
        *("POINT (12.9 57.7)", "nan", "x.gpx", "811228-9874", "\x00", "å"),
    ]
)
TEXTS: Final = st.lists(CELLS, max_size=30).map("".join)
STARTS: Final = st.sampled_from(["", "lofteskartan_id;layer;", *TABLES.values()])
CHANGES: Final = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    tables=st.dictionaries(
        st.sampled_from(["walks", "findings", "activities"]),
        st.builds("{}{}".format, STARTS, TEXTS),
    ),
    changes=CHANGES,
)
def test_whatever_is_in_it_gives_a_reading_or_a_sentence(
    read_path: Callable[..., Reading], tables: dict[str, str], changes: list[tuple[int, int]]
) -> None:
    content = bytearray(of(**tables))
    for at, value in changes:
        content[at % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(content)
        try:
            found = read_path(path, day=date(2018, 3, 7))
        except IntakeError:
            return
    assert 0 <= found.rows_refused <= found.rows_read
    assert len(found.rest) == found.rows_refused
    assert "811228-9874" not in repr(found)
