"""What a table holds is read, refused or told of with its place: nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from geodata.errors import IntakeError
from geodata.intake.report import Limits, Reading

Read = Callable[..., Reading]
Place = tuple[str, int | None, str, str]


def places(reading: Reading) -> list[Place]:
    return [(p.file, p.row, p.field, p.key) for p in reading.problems]


def workbook(path: Path, sheets: dict[str, list[tuple[object, ...]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


HEAD = ("Datum", "Slag", "Område")


def rows(*days: int, month: int) -> list[tuple[object, ...]]:
    return [HEAD, *((f"2018-{month:02}-{day:02}", "Fotpatrull", "Väster") for day in days)]


# --- sheets --------------------------------------------------------------------------------------


def test_every_sheet_of_a_workbook_is_read(read: Read, tmp_path: Path) -> None:
    workbook(
        tmp_path / "a.xlsx",
        {"Jan": rows(1, 2, month=1), "Feb": rows(3, month=2), "Mars": rows(4, 5, month=3)},
    )
    found = read("a.xlsx")
    days = ["2018-01-01", "2018-01-02", "2018-02-03", "2018-03-04", "2018-03-05"]
    assert [a.day.isoformat() for a in found.activities] == days
    assert found.rows_read == 5
    assert found.problems == ()


def test_every_sheet_is_read_with_the_kind_that_was_given(read: Read, tmp_path: Path) -> None:
    bare = [("Datum", "Område"), ("2018-01-01", "Väster")]
    workbook(tmp_path / "a.xlsx", {"Jan": bare, "Feb": bare, "Kodlista": [("Kod", "Text"), (1, 2)]})
    found = read("a.xlsx", kind="foot_patrol")
    assert len(found.activities) == 2
    assert places(found) == [
        ("a.xlsx / Kodlista", None, "", "intake.sheet_passed_over"),
        # The same row on two sheets is named by its sheet.
        ("a.xlsx / Feb", 2, "", "intake.same_as_row"),
    ]
    assert found.problems[0].values["count"] == 1
    assert found.problems[1].values["earlier"] == "2 (Jan)"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_told_and_not_read(read: Read, tmp_path: Path, state: str) -> None:
    book = workbook(tmp_path / "a.xlsx", {"Jan": rows(1, month=1), "Feb": rows(2, 3, month=2)})
    book["Feb"].sheet_state = state
    book.save(tmp_path / "a.xlsx")
    found = read("a.xlsx")
    assert [a.day for a in found.activities] == [date(2018, 1, 1)]
    assert places(found) == [("a.xlsx / Feb", None, "", "intake.sheet_hidden")]
    assert found.problems[0].value == "Feb"


def test_a_workbook_of_which_only_hidden_sheets_hold_anything(read: Read, tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", {"Tom": [], "Feb": rows(2, month=2)})
    book["Feb"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(IntakeError, match="all_hidden"):
        read("a.xlsx")


def test_refused_rows_of_several_sheets_come_together(read: Read, tmp_path: Path) -> None:
    bad = [HEAD, ("2018-02-30", "Fotpatrull", "Väster")]
    workbook(tmp_path / "a.xlsx", {"Jan": rows(1, month=1), "Feb": bad, "Mars": bad})
    found = read("a.xlsx")
    assert found.header == HEAD
    assert found.rest == (("2018-02-30", "Fotpatrull", "Väster"),) * 2
    assert [(p.file, p.row) for p in found.problems] == [("a.xlsx / Feb", 2), ("a.xlsx / Mars", 2)]


def test_rows_of_all_sheets_are_counted_together(read: Read, tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", {"Jan": rows(1, 2, month=1), "Feb": rows(3, month=2)})
    assert read("a.xlsx", limits=Limits(rows=3)).rows_read == 3
    with pytest.raises(IntakeError, match="too_many_rows"):
        read("a.xlsx", limits=Limits(rows=2))


def test_a_workbook_may_lie_at_its_packages_root(read: Read, tmp_path: Path) -> None:
    # ECMA-376 part 2, 9.3: which part is the main one is said by the package's relationships.
    packed = workbook(tmp_path / "b.xlsx", {"Jan": rows(1, month=1)})
    packed.close()
    with ZipFile(tmp_path / "b.xlsx") as old, ZipFile(tmp_path / "a.xlsx", "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part.endswith((".rels", "[Content_Types].xml")):
                text = text.replace(b"/xl/", b"/").replace(b'"xl/', b'"')
            new.writestr(part.removeprefix("xl/"), text)
    assert [a.day for a in read("a.xlsx").activities] == [date(2018, 1, 1)]


@pytest.mark.parametrize(("epoch", "first"), [(WINDOWS_EPOCH, 43_252), (MAC_EPOCH, 41_790)])
def test_days_are_counted_from_where_the_workbook_says(
    read: Read, tmp_path: Path, epoch: datetime, first: int
) -> None:
    """Microsoft: the systems lie 1,462 days apart; 1 June 2018 is 43,252 in the one of 1900."""
    book = workbook(tmp_path / "a.xlsx", {"Jan": [HEAD, (first, "Fotpatrull", "Väster")]})
    book.epoch = epoch
    book["Jan"].append((date(2018, 6, 2), "Fotpatrull", "Väster"))
    book["Jan"].append((first + 2.75, "Fotpatrull", "Väster"))
    book.save(tmp_path / "a.xlsx")
    found = read("a.xlsx").activities
    assert [a.day for a in found] == [date(2018, 6, day) for day in (1, 2, 3)]
    assert [str(a.precision) for a in found] == ["day", "day", "minute"]


# --- what the rows are ---------------------------------------------------------------------------


def test_a_table_of_which_nothing_is_understood_is_refused(read: Read) -> None:
    found = read("a.csv", "A;B\n1;2\n3;4\n", kind="foot_patrol", day=date(2018, 6, 1))
    assert found.activities == ()
    assert found.rows_refused == found.rows_read == 2
    assert (None, "intake.no_column_known") in [(p.row, p.key) for p in found.problems]
    assert found.rest == (("1", "2"), ("3", "4"))


def test_a_row_of_which_nothing_is_understood_is_refused(read: Read) -> None:
    text = "Anteckning;Övrigt\nRond;x\n;Summa 1\n"
    found = read("a.csv", text, kind="foot_patrol", day=date(2018, 6, 1))
    assert [a.note for a in found.activities] == ["Rond"]
    assert ("a.csv", 3, "", "intake.row_says_nothing") in places(found)
    assert found.rest == (("", "Summa 1"),)


def test_a_given_kind_says_what_the_rows_are(read: Read) -> None:
    text = "datum;område;anteckning\n2018-06-01;Väster;rond vid torget\n2018-06-02;Öster;rond\n"
    found = read("a.csv", text, kind="foot_patrol")
    assert [(a.day, a.area_id, a.note) for a in found.activities] == [
        (date(2018, 6, 1), "vaster", "rond vid torget"),
        (date(2018, 6, 2), "oster", "rond"),
    ]
    assert not found.findings
    # The same text with a category is findings, and with a kind they are activities again.
    text = "datum;slag;beskrivning\n2018-06-01;;Trasig lykta\n"
    assert [f.text for f in read("b.csv", text, category="lighting").findings] == ["Trasig lykta"]
    assert len(read("b.csv", text, kind="x").activities) == 1


def test_rows_above_the_headings_are_told(read: Read) -> None:
    text = "Fotpatruller 2018;\nvecka 23;\nDatum;Slag\n2018-06-04;x\n"
    found = read("a.csv", text)
    assert len(found.activities) == 1
    assert [(p.row, p.key, p.value) for p in found.problems] == [
        (1, "intake.above_header", "Fotpatruller 2018"),
        (2, "intake.above_header", "vecka 23"),
    ]


# --- columns with two meanings -------------------------------------------------------------------


def test_the_order_of_day_and_month_is_told_and_can_be_chosen(read: Read) -> None:
    text = "Date,Type,Area\n06/12/2018,x,Väster\n06/13/2018,x,Väster\n"
    found = read("a.csv", text)
    assert [a.day.isoformat() for a in found.activities] == ["2018-06-12", "2018-06-13"]
    assert places(found) == [("a.csv", 1, "Date", "intake.month_first_column")]
    # Where nothing tells, it is read as Swedes write, told, and asked.
    text = "Date,Type,Area\n06/12/2018,x,Väster\n"
    found = read("a.csv", text)
    assert [a.day.isoformat() for a in found.activities] == ["2018-12-06"]
    assert places(found) == [("a.csv", 2, "Date", "intake.day_first")]
    assert found.needs == ("month_first",)
    found = read("a.csv", text, month_first=True)
    assert [a.day.isoformat() for a in found.activities] == ["2018-06-12"]
    assert (found.problems, found.needs) == ((), ())
    # Both orders in one column: what may be either is refused, until somebody says.
    text = "Date,Type,Area\n06/12/2018,x,Väster\n06/13/2018,x,Väster\n13/06/2018,x,Väster\n"
    found = read("a.csv", text)
    assert [a.day.isoformat() for a in found.activities] == ["2018-06-13", "2018-06-13"]
    assert places(found)[0] == ("a.csv", 2, "Date", "intake.day_or_month")
    assert found.needs == ("month_first",)


def test_a_column_of_midnights_is_days_and_told(read: Read) -> None:
    text = "datum;slag;område\n2018-06-01 00:00:00;x;Väster\n2018-06-02 00:00:00;x;Väster\n"
    found = read("a.csv", text)
    assert [(a.day.isoformat(), a.precision) for a in found.activities] == [
        ("2018-06-01", "day"),
        ("2018-06-02", "day"),
    ]
    assert places(found) == [("a.csv", 1, "datum", "intake.midnights")]
    apart = "datum;tid;slag\n2018-06-01;00:00;x\n2018-06-02;00:00:00;x\n"
    assert {a.precision for a in read("b.csv", apart).activities} == {"day"}


def test_seconds_since_1970_are_told(read: Read) -> None:
    found = read("a.csv", "datum;slag\n1527876000000;x\n")
    assert found.activities[0].start.isoformat() == "2018-06-01T20:00:00+02:00"
    assert places(found) == [("a.csv", 1, "datum", "intake.since_1970")]


def test_the_same_times_from_a_workbook_and_a_table(read: Read, tmp_path: Path) -> None:
    shares = [(43_252, 18.5 / 24), (43_253, 0.25)]
    cells = [("Datum", "Tid", "Slag"), *((day, share, "x") for day, share in shares)]
    workbook(tmp_path / "a.xlsx", {"Blad": cells})
    found = read("a.xlsx")
    times = [a.start.strftime("%Y-%m-%d %H:%M") for a in found.activities]
    assert times == ["2018-06-01 18:30", "2018-06-02 06:00"]


# --- what is made is counted ---------------------------------------------------------------------


def shared_text(path: Path, times: int) -> None:
    """Write a workbook of which some cells share a text of twelve million characters."""
    texts = ["Datum", "Slag", "Anteckning", "2018-01-01", "x", "lugnt " * 2_000_000]
    rows = [(0, 1, 2), *[(3, 4, 5)] * times, *((3, 4, number) for number in range(6, 106))]
    texts += [f"kort {number}" for number in range(100)]
    cells = "".join(
        "<row>{}</row>".format("".join(f'<c t="s"><v>{index}</v></c>' for index in row))
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packaged = "http://schemas.openxmlformats.org/package/2006/relationships"
    sort = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sort}.sheet.main+xml"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packaged}"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="Blad" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packaged}">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
            "</Relationships>",
        )
        file.writestr(
            "xl/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )
        shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
        file.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{shared}</sst>')


def test_a_text_that_many_cells_share_is_counted_for_each(read: Read, tmp_path: Path) -> None:
    # 17 times 12 million characters are more than 200 million.
    shared_text(tmp_path / "a.xlsx", 17)
    with pytest.raises(IntakeError, match="too_much_text"):
        read("a.xlsx")
    # Once is not too much for the workbook, though for its cell; the other rows are read.
    shared_text(tmp_path / "a.xlsx", 1)
    found = read("a.xlsx")
    assert len(found.activities) == 100
    assert [(p.row, p.key) for p in found.problems] == [(2, "intake.too_long")]


# --- columns -------------------------------------------------------------------------------------


def test_a_surveys_group_before_the_names_is_no_part_of_them(read: Read) -> None:
    """KoboToolbox writes the group before each question, and the groups that it lies in."""
    found = read("a.csv", "p/besok/datum,p/besok/slag,p/besok/note\n2018-06-01,x,Lugnt\n")
    assert [(a.day, a.kind, a.note) for a in found.activities] == [(date(2018, 6, 1), "x", "Lugnt")]
    assert found.problems == ()


@pytest.mark.parametrize(
    "header",
    [
        "slag,start/datum,slut/datum",
        "slag,datum,slut/datum,slut/tid",
        "slag,slut/datum,annat",
        "slag,Datum / tid,Slut / tid",
    ],
)
def test_of_several_groups_nobody_says_whose_day_is_meant(read: Read, header: str) -> None:
    found = read("a.csv", f"{header}\nx,2018-06-01,2018-06-02,23:00\n", day=date(2018, 6, 3))
    told = {p.field for p in found.problems if p.key == "intake.column_unused"}
    assert {name for name in header.split(",") if "slut" in name.casefold()} <= told
    assert [str(a.precision) for a in found.activities] in ([], ["day"])


FINDINGS = "Kategori;Iakttagelse;Datum;Klart senast\nBelysning;Trasig lampa;{};{}\n"
SPOTS = "Namn;Lat;Lon;Gäller från;Gäller till\nTorget;57,705;12,905;{};{}\n"


@pytest.mark.parametrize(("text", "field"), [(FINDINGS, "Datum"), (SPOTS, "Gäller från")])
def test_every_days_order_is_told_and_asked(read: Read, text: str, field: str) -> None:
    unclear = text.format("06/07/2018", "")
    found = read("a.csv", unclear)
    assert [(p.field, p.key) for p in found.problems] == [(field, "intake.day_first")]
    assert found.needs == ("month_first",)
    assert days(found) == [date(2018, 7, 6)]
    said = read("a.csv", unclear, month_first=True)
    assert (days(said), said.problems, said.needs) == ([date(2018, 6, 7)], (), ())
    # Where the column tells by itself, that is told.
    clear = read("a.csv", text.format("06/13/2018", ""))
    assert [(p.field, p.key) for p in clear.problems] == [(field, "intake.month_first_column")]
    assert days(clear) == [date(2018, 6, 13)]


def days(found: Reading) -> list[date]:
    return [f.day for f in found.findings] or [s.valid_from for s in found.hot_spots]
