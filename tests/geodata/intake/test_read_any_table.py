"""A law for every table: each row is a record with its values, or is named with what is wrong."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.intake.report import Reading
from geodata.model import Activity, Precision
from geodata.texts import SWEDISH_TIME

HEADER = ("Datum", "Tid", "Slag", "Område", "Minuter", "Anteckning", "Vädret")
# No digits: a note may hold an identity number by chance, and is refused then. No Ã: see letters.
LETTERS = st.characters(
    codec="cp1252", exclude_categories=("Cc", "Nd"), exclude_characters="ÂÃâ'=+-@¼½¾¹²³\u00ad"
)
NOTES = st.text(st.one_of(LETTERS, st.sampled_from(';,"\t \n')), max_size=40)


@dataclass(frozen=True)
class Row:
    """A row as somebody fills it in; `wrong` is a cell that can't be read."""

    day: date
    clock: time | None
    area: str
    minutes: int | None
    note: str
    wrong: str = ""

    @property
    def cells(self) -> list[object]:
        """What stands in the row's cells, by `HEADER`."""
        kind = "Gudstjänst" if self.wrong == "kind" else "Fotpatrull"
        day: object = "igår kväll" if self.wrong == "day" else self.day
        minutes: object = "länge" if self.wrong == "minutes" else self.minutes
        return [day, self.clock, kind, self.area or None, minutes, self.note or None, "mulet"]


ROWS = st.lists(
    st.one_of(
        st.none(),
        st.builds(
            Row,
            day=st.dates(date(1990, 1, 1), date(2020, 5, 31)),
            # No clock ever showed what summer time skips.
            clock=st.none() | st.builds(time, st.integers(4, 23), st.integers(0, 59)),
            area=st.sampled_from(["", "Väster", "Öster"]),
            minutes=st.none() | st.integers(0, 1_440),
            note=NOTES,
            wrong=st.sampled_from(["", "", "", "kind", "day", "minutes"]),
        ),
    ),
    max_size=12,
)
AREAS = {"": None, "Väster": "vaster", "Öster": "oster"}


def said(activity: Activity) -> tuple[object, ...]:
    local = activity.start.astimezone(SWEDISH_TIME)
    clock = local.time() if activity.precision is Precision.MINUTE else None
    return activity.day, clock, activity.area_id, activity.minutes, activity.note


def meant(row: Row) -> tuple[object, ...]:
    note = unicodedata.normalize("NFC", row.note).strip()
    return row.day, row.clock, AREAS[row.area], row.minutes, note


def require_law(found: Reading, sheets: Sequence[tuple[str, Sequence[Row | None]]]) -> None:
    """Every row is a record with its values or is named; what no row has is told of."""
    filled = [
        (title, number, row)
        for title, rows in sheets
        for number, row in enumerate(rows, start=2)
        if row is not None
    ]
    right = [row for _, _, row in filled if not row.wrong]
    assert [said(one) for one in found.activities] == [meant(row) for row in right]
    assert found.rows_read == len(filled)
    refused = {(p.file, p.row) for p in found.problems if p.severity == "error" and p.row}
    assert refused == {(title, number) for title, number, row in filled if row.wrong}
    assert len(found.rest) == len(refused)
    # The column that is not understood is told once in each sheet.
    unread = [p.file for p in found.problems if p.key == "intake.column_unused"]
    assert unread == [title for title, _ in sheets]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=ROWS,
    delimiter=st.sampled_from(";,\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    day=st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m %Y"]),
)
def test_every_row_of_a_csv_file(
    read_path: Callable[..., Reading],
    rows: list[Row | None],
    delimiter: str,
    encoding: str,
    line_end: str,
    quoting: int,
    day: str,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(HEADER)
    for row in rows:
        cells = [""] * len(HEADER) if row is None else row.cells
        writer.writerow([one.strftime(day) if isinstance(one, date) else one for one in cells])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        require_law(read_path(path), [("a.csv", rows)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sheets=st.lists(ROWS, min_size=1, max_size=3), true_days=st.booleans(), shares=st.booleans())
def test_every_row_of_every_sheet(
    read_path: Callable[..., Reading],
    sheets: list[list[Row | None]],
    true_days: bool,
    shares: bool,
) -> None:
    def written(one: object) -> object:
        if isinstance(one, date) and not true_days:
            return one.isoformat()
        if isinstance(one, time):
            since = timedelta(hours=one.hour, minutes=one.minute)
            # 0.25 alone may be minutes past midnight: that is asked.
            share = since / timedelta(days=1)
            return share if shares and len(repr(share)) > 6 else one
        return one

    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Blad {number}")
        sheet.append(HEADER)
        for row in rows:
            sheet.append([] if row is None else [written(one) for one in row.cells])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        book.save(path)
        found = read_path(path)
    several = len(sheets) > 1
    titles = [f"a.xlsx / Blad {n}" if several else "a.xlsx" for n in range(len(sheets))]
    require_law(found, list(zip(titles, sheets, strict=True)))
