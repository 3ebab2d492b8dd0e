"""Tables as people send them: whatever encoding, delimiter and headings, the same records."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geodata.errors import IntakeError
from geodata.intake.report import Limits, Reading, ReadOptions, Stopped
from geodata.model import Activity, FindingStatus, Precision, WalkStatus

Read = Callable[..., Reading]


def errors(reading: Reading) -> list[tuple[int | None, str, str]]:
    return [(p.row, p.field, p.key) for p in reading.problems if p.severity == "error"]


def notices(reading: Reading) -> list[str]:
    return [p.key for p in reading.problems if p.severity == "notice"]


HEADINGS = {
    "sv": ("Datum", "Slag", "Område", "Minuter", "Deltagare", "Anteckning"),
    "en": ("date", "kind", "area", "minutes", "participants", "note"),
}
# 7 March 2018, 43,166 days after 30 December 1899.
DAYS = ("2018-03-07", "7/3 2018", "7.3.2018", "7 mars 2018", "2018/03/07", "20180307", "43166")
MINUTES = ("75", "1 h 15", "1:15", "1,25 h", "75 min")


@settings(max_examples=60, deadline=None)
@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    language=st.sampled_from(["sv", "en"]),
    day=st.sampled_from(DAYS),
    minutes=st.sampled_from(MINUTES),
    says=st.booleans(),
)
def test_the_form_of_a_table_makes_no_difference(
    read_path: Callable[..., Reading],
    encoding: str,
    delimiter: str,
    line_end: str,
    language: str,
    day: str,
    minutes: str,
    says: bool,
) -> None:
    cells = [day, "Fotpatrull", "Väster", minutes, "3", "På gården, lugnt; så där\tsade de"]
    lines = [f"sep={delimiter}"] if says else []
    lines += [delimiter.join(f'"{cell}"' for cell in r) for r in (HEADINGS[language], cells)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(line_end.join(lines).encode(encoding))
        found = read_path(path)
    assert found.problems == ()
    [activity] = found.activities
    assert (activity.kind, activity.area_id, activity.minutes) == ("foot_patrol", "vaster", 75)
    assert (activity.day, activity.precision) == (date(2018, 3, 7), Precision.DAY)
    assert (activity.participants, activity.note) == (3, cells[-1])


@pytest.mark.parametrize(
    ("cells", "start"),
    [
        ("2018-03-07;18:00", datetime(2018, 3, 7, 17, tzinfo=UTC)),
        ("7/3 2018;18.00", datetime(2018, 3, 7, 17, tzinfo=UTC)),
        ("43166;0,75", datetime(2018, 3, 7, 17, tzinfo=UTC)),
        ("43166,75;", datetime(2018, 3, 7, 17, tzinfo=UTC)),
        ("2018-07-07T18:00;", datetime(2018, 7, 7, 16, tzinfo=UTC)),
        ("7.7.2018 kl. 18;", datetime(2018, 7, 7, 16, tzinfo=UTC)),
        ("2018-07-07 00:00;18:00", datetime(2018, 7, 7, 16, tzinfo=UTC)),
    ],
)
def test_day_and_time_may_stand_apart(read: Read, cells: str, start: datetime) -> None:
    [activity] = read("a.csv", f"Datum;Tid;Slag\n{cells};x\n").activities
    assert (activity.start, activity.precision) == (start, Precision.MINUTE)


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ("2018-03-07 17:00;18:00", "intake.two_times"),
        ("2018-03;18:00", "intake.time_without_day"),
        ("2018-03-07;kväll", "intake.bad_time"),
        ("3/17 2018;", "intake.month_first"),
        ("1989-12-31;", "intake.implausible_year"),
        ("2020-06-02;", "intake.future"),
        ("31/2 2018;", "intake.bad_day"),
    ],
)
def test_times_that_cannot_be(read: Read, cells: str, key: str) -> None:
    found = read("a.csv", f"Datum;Tid;Slag\n{cells};x\n")
    assert [k for _, _, k in errors(found)] == [key]
    assert found.rows_refused == 1


def test_a_day_that_could_be_a_month_is_told(read: Read) -> None:
    found = read("a.csv", "Datum;Slag\n3/7/2018;x\n13/7 2018;x\n7/7/2018;x\n3/7 2018;x\n")
    assert [a.day for a in found.activities] == [
        date(2018, 7, 3),
        date(2018, 7, 13),
        date(2018, 7, 7),
        date(2018, 7, 3),
    ]
    assert [(p.row, p.key) for p in found.problems if p.key == "intake.day_first"] == [
        (2, "intake.day_first")
    ]


def test_today_is_not_the_future_and_a_month_counts_from_its_first_day(read: Read) -> None:
    found = read("a.csv", "Datum;Slag\n2020-06-01;x\n2020-06;x\n2020-22;x\n2020-07;x\n")
    assert [a.precision for a in found.activities] == ["day", "month", "season"]
    assert errors(found) == [(5, "Datum", "intake.future")]


def test_unknown_columns_can_be_mapped(read: Read) -> None:
    text = "När det var;Vad;Hur länge;Var\n7/3 2018;Fotpatrull;45;Väster\n"
    first = read("a.csv", text)
    assert first.rows_refused == first.rows_read == 1
    assert set(first.needs) == {"day", "kind"}
    assert [use.field for use in first.columns] == ["", "", "", ""]
    assert [use.sample for use in first.columns] == ["7/3 2018", "Fotpatrull", "45", "Väster"]
    assert first.rest == (("7/3 2018", "Fotpatrull", "45", "Väster"),)
    mapping = {"När det var": "date", "Vad": "kind", "Hur länge": "minutes", "Var": "area"}
    second = read("a.csv", text, fields=mapping)
    assert second.problems == ()
    [activity] = second.activities
    assert (activity.kind, activity.minutes, activity.area_id) == ("foot_patrol", 45, "vaster")


def test_a_column_can_be_left_out_and_another_chosen(read: Read) -> None:
    text = "Datum;Start;Slag\n2018-01-01;2018-03-07;x\n"
    assert read("a.csv", text).activities[0].day == date(2018, 1, 1)
    chosen = read("a.csv", text, fields={"Start": "date", "Datum": ""})
    assert chosen.activities[0].day == date(2018, 3, 7)


def test_what_no_row_says_can_be_chosen(read: Read) -> None:
    text = "Koordinater\n57.705, 12.905\n"
    assert set(read("a.csv", text).needs) == {"day", "kind"}
    found = read("a.csv", text, kind="x", day=date(2018, 3, 7))
    [activity] = found.activities
    assert (activity.kind, activity.day, activity.area_id) == ("x", date(2018, 3, 7), "vaster")
    assert activity.place == Point(12.905, 57.705)
    assert found.needs == ()


def test_the_chosen_area_is_for_rows_that_have_none(read: Read) -> None:
    text = "datum,slag,område,lat,lon\n" + "".join(
        f"2018-03-07,x,{cells}\n" for cells in ("väster,,", ",57.705,12.915", ",,", ",57.8,13.0")
    )
    found = read("a.csv", text, area="oster")
    assert [a.area_id for a in found.activities] == ["vaster", "oster", "oster", "oster"]


def test_a_title_above_the_headings_is_no_harm(read: Read) -> None:
    found = read("a.csv", "Rapport;;\n;;\nDatum;Slag;Min\n2018-03-07;x;5\n2018-03-08;fika;5\n")
    assert [a.origin.row for a in found.activities] == [4]
    assert errors(found) == [(5, "Slag", "intake.unknown_kind")]
    assert (found.header, found.rest) == (
        ("Datum", "Slag", "Min"),
        (("2018-03-08", "fika", "5"),),
    )


def test_walks_and_findings_are_known_by_their_columns(read: Read) -> None:
    walk = read(
        "w.csv",
        "Namn;Datum;Område;Samlingsplats;Inbjudna;Status;Uppföljd;Går om\n"
        "Vår;2018-04-24 18:00;Väster;Torget;Hyresgäster;Genomförd;2018-05-24;\n"
        "Höst;2018-10-24 18:00;Väster;Torget;;;;Vår\n"
        "Nästa;2020-10-24 18:00;Väster;Torget;;planerad;;\n"
        "Fel;2020-10-24 18:00;Väster;Torget;;genomförd;;\n",
    )
    spring, autumn, planned = walk.walks
    assert (walk.what, errors(walk)) == ("walks", [(5, "Datum", "intake.future")])
    assert (spring.status, spring.invited) == (WalkStatus.HELD, "Hyresgäster")
    assert spring.followed_up == date(2018, 5, 24)
    assert (autumn.repeats, autumn.status) == (spring.id, WalkStatus.PLANNED)
    assert planned.day == date(2020, 10, 24)
    finding = read(
        "f.csv",
        "Kategori;Beskrivning;Ansvarig;Lat;Lon;Datum;Status;Statusdatum\n"
        "Belysning;Mörkt;Polisen;57,705;12,905;24/4 2018;Klar;2018-05-01\n",
    )
    assert (finding.what, finding.problems) == ("findings", ())
    [found] = finding.findings
    assert (found.category, found.owner, found.area_id) == ("lighting", "polisen", "vaster")
    assert (found.status, found.status_day) == (FindingStatus.DONE, date(2018, 5, 1))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("När;Typ av insats;Stadsdel;Tid (min);Kommentar", "2018-05-03;Patrull;Väst;45;lugnt"),
        ("När;Vad;Stadsdel;Tid (min);Antal deltagare;Kommentar", "2018-05-03;x;Väst;45;3;lugnt"),
    ],
)
def test_a_comment_alone_makes_no_finding(read: Read, header: str, row: str) -> None:
    assert read("a.csv", f"{header}\n{row}\n").what == "activities"


@pytest.mark.parametrize("column", ["Anteckning", "Övrigt", "Slag", "Datum", "Källa"])
def test_no_identity_number_comes_through(read: Read, column: str) -> None:
    cells = {"Datum": "2018-03-07", "Slag": "x", column: "Ring 19811228-9874"}
    found = read("a.csv", ";".join(cells) + "\n" + ";".join(cells.values()) + "\n")
    assert found.rows_refused == 1
    assert "9874" not in repr(found)


@pytest.mark.parametrize(
    "other",
    [
        "12.8112289874",
        "{1a811228-9874-4abc-8def-001122334455}",
        "1a811228-9874-4abc-8def-001122334455",
    ],
)
def test_other_numbers_are_left_alone(read: Read, other: str) -> None:
    assert len(read("a.csv", f"Datum;Slag;GlobalID\n2018-03-07;x;{other}\n").activities) == 1


def test_a_watcher_hears_of_it_and_may_stop(read: Read) -> None:
    text = "Datum;Slag\n" + "2018-03-07;x\n" * 3_500
    heard: list[float] = []
    read("a.csv", text, watch=heard.append)
    assert heard == sorted(heard)
    assert heard[0] == 0
    assert 5 <= len(heard) <= 8

    def stop(share: float) -> None:
        if share > 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        read("a.csv", text, watch=stop)


# --- workbooks -----------------------------------------------------------------------------------


def workbook(path: Path, *rows: tuple[object, ...], title: str = "Data") -> Path:
    book = openpyxl.Workbook()
    book.active.append(["Läs mig"])
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_gives_what_its_table_would(read: Read, tmp_path: Path) -> None:
    headings = ("Datum", "Tid", "Slag", "Lat", "Lon", "Minuter", "Anteckning")
    workbook(
        tmp_path / "a.xlsx",
        headings,
        (date(2018, 3, 7), time(18, 0), "x", 57.7051234, 12.905, 45, "Åsa?"),
        (datetime(2018, 3, 7, 18, 0), None, "x", 57.705, 12.905, timedelta(hours=1), None),  # noqa: DTZ001
        (43166, 0.75, "x", "57,705", "12,905", 45.0, None),
    )
    found = read("a.xlsx")
    table = read(
        "a.csv",
        ";".join(headings) + "\n"
        "2018-03-07;18:00;x;57.7051234;12.905;45;Åsa?\n"
        "2018-03-07;18:00;x;57.705;12.905;60;\n"
        "2018-03-07;18:00;x;57.705;12.905;45;\n",
    )
    assert errors(found) == []
    assert [a.id for a in found.activities] == [a.id for a in table.activities]
    assert len(found.activities) == 3


def test_a_workbooks_names_are_looked_at(read: Read, tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", ("Datum", "Slag"), title="811228-9874")
    with pytest.raises(IntakeError, match="heading_identity_number") as error:
        read("a.xlsx")
    assert "9874" not in repr(error.value)


# --- the program's own tables --------------------------------------------------------------------

OWN = "00000000-0000-4000-8000-00000000000"


def test_an_own_table_comes_back_as_it_was(read: Read) -> None:
    found = read(
        "a.csv",
        "lofteskartan_id;date;precision;day;kind;area;lat;lon;geometry;minutes;commitments;parties;"
        "participants;note;source_kind;source_file;source_row;source_reference;verified_by;walk_id;"
        "kind_name\n"
        f"{OWN}1;2018-03-01T00:00:00+01:00;month;2018-03-31;x;;57.70512345678901;"
        "12.905000000000001;;5;provby-2018/2 provby-2018/1;polisen;0;'=1+1;example;b.csv;7;ref;"
        "polisen;;Annat\n"
        f"{OWN}2;2018-10-28T02:30:00.123456+01:00;minute;2018-10-28;x;oster;;;"
        '"MULTILINESTRING ((12.9 57.7, 12.91 57.7))";;;;;" \'\'+ ";recorded;;;;;;\n'
        f"{OWN}3;2018-03-07T00:00:00+01:00;day;2018-03-07;x;;;;;;;;;;recorded;;;;;{OWN}9;\n"
        ";2018-03-07;;;x;;57.705;12.905;;;;;;ny rad;;;;;;;\n",
    )
    assert found.problems == ()
    first, second, added = found.activities
    assert first.place == Point(12.905000000000001, 57.70512345678901)
    assert first.area_id is None  # nobody had chosen one, though it lies in one
    assert (first.id, first.precision, first.day) == (
        f"{OWN}1",
        Precision.MONTH,
        date(2018, 3, 31),
    )
    assert first.start == datetime(2018, 2, 28, 23, tzinfo=UTC)
    assert first.commitments == ("provby-2018/2", "provby-2018/1")
    assert (first.note, first.verified_by) == ("=1+1", "polisen")
    assert (first.origin.kind, first.origin.file, first.origin.row) == ("example", "b.csv", 7)
    assert first.origin.reference == "ref"
    assert second.start.timestamp() == datetime(2018, 10, 28, 1, 30, 0, 123456, UTC).timestamp()
    assert second.note == " ''+ "
    assert second.place is not None
    assert second.place.geom_type == "MultiLineString"
    assert (added.area_id, added.note, added.origin.kind) == ("vaster", "ny rad", "imported")
    assert found.rows_read == 3  # the held walk tells of its activity itself


def test_a_guarding_apostrophe_is_taken_away_once(read: Read) -> None:
    notes = ["'=A1", "''=A1", "'-5", "'@x", "'citat'", "'\tx"]
    text = "lofteskartan_id,date,kind,note\n" + "".join(
        f'{OWN}{i},2018-03-07,x,"{note}"\n' for i, note in enumerate(notes)
    )
    found = [a.note for a in read("a.csv", text).activities]
    assert found == ["=A1", "'=A1", "-5", "@x", "'citat'", "\tx"]


def test_the_rest_can_be_corrected_and_read_again(read: Read) -> None:
    text = "Datum;Slag;Anteckning\n2018-03-07;x;a\naldrig;x;'=b\n2018-03-08;fika;811228-9874\n"
    found = read("a.csv", text)
    assert found.header == ("Datum", "Slag", "Anteckning")
    assert found.rest == (("aldrig", "x", "=b"), ("2018-03-08", "fika", ""))
    corrected = [";".join(found.header), "2018-03-09;x;'=b"]
    assert read("b.csv", "\n".join(corrected)).activities[0].note == "=b"


def test_an_own_id_is_used_once_and_is_one(read: Read) -> None:
    rows = f"{OWN}1,2018-03-07,x\n" * 2 + "abc,2018-03-07,x\n"
    found = read("a.csv", "lofteskartan_id,date,kind\n" + rows)
    assert [a.id for a in found.activities] == [f"{OWN}1"]
    assert errors(found) == [
        (3, "lofteskartan_id", "intake.id_twice"),
        (4, "lofteskartan_id", "intake.bad_id"),
    ]


# --- what is no table ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.csv", b"", "intake.empty"),
        ("a.doc", b"x", "intake.unknown_format"),
        ("a.csv", b"PK\x03\x04 ... xl/workbook.xml", "intake.wrong_ending"),
        ("a.csv", b'{"type": "FeatureCollection", "features": []}', "intake.wrong_ending"),
        ("a.gpkg", b"<gpx></gpx>", "intake.wrong_ending"),
        ("a.gpkg", b"datum;slag", "intake.not_geopackage"),
        ("a.gpkg", b"SQLite format 3\0" + b"0" * 5_000, "intake.broken_geopackage"),
        ("a.xlsx", b"datum;slag", "intake.not_workbook"),
        ("a.xlsx", b"PK\x03\x04" + b"0" * 500, "intake.broken_workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 500, "intake.old_excel"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 500, "intake.old_excel"),
        ("a.csv", b"a," * 1_000_000, "intake.too_many_columns"),
        ("a.csv", b"a,b\n" + b"," * 1_000_000 + b"1", "intake.too_many_columns"),
    ],
)
def test_a_file_that_is_something_else_gets_a_sentence(
    read: Read, name: str, content: bytes, key: str
) -> None:
    with pytest.raises(IntakeError) as error:
        read(name, content)
    assert error.value.key == key


def test_two_gigabytes_are_refused_unread(read: Read, tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(IntakeError, match=r"intake\.too_large"):
        read("a.csv")


def test_an_empty_table_is_told(read: Read) -> None:
    assert errors(read("a.csv", "Datum;Slag\n")) == [(None, "", "intake.no_rows")]


def test_limits_are_the_callers(read: Read) -> None:
    with pytest.raises(IntakeError, match=r"intake\.too_many_rows"):
        read("a.csv", "Datum;Slag\n" + "2018-03-07;x\n" * 4, limits=Limits(rows=3))


def test_the_same_file_gives_the_same_drafts(read: Read) -> None:
    text = "Datum;Slag;Lat;Lon\n2018-03-07;x;57.705;12.905\n2018-03-08;x;57.7;12.9\n"
    one, other = read("a.csv", text), read("b.csv", text)

    def plain(reading: Reading) -> list[Activity]:
        return [replace(a, origin=replace(a.origin, file=None)) for a in reading.activities]

    assert plain(one) == plain(other)
    assert ReadOptions() == ReadOptions(what=None)


@pytest.mark.parametrize(
    ("header", "row", "near"),
    [
        ("datum;slag", "2018-03-07;Fotpatrul", "fotpatrull"),
        ("datum;slag", "2018-03-07;Foot patrl", "foot patrol"),
        ("datum;slag;område", "2018-03-07;x;Vester", "väster"),
        ("datum;slag;parter", "2018-03-07;x;polisen, Provby Sta", "provby stad"),
        ("datum;vandring;område;läge", "2018-03-07;Vår;vaster;planerd", "planerad"),
        ("dag;kategori;iakttagelse;område", "2018-03-07;belysnng;mörkt;vaster", "belysning"),
        ("datum;slag", "2018-03-07;Gudstjänst", ""),
    ],
)
def test_a_misspelt_word_is_met_with_the_known_one(
    read: Read, header: str, row: str, near: str
) -> None:
    [problem] = [p for p in read("a.csv", f"{header}\n{row}\n").problems if p.severity == "error"]
    assert problem.values["near"] == near
