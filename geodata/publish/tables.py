"""CSV as Swedish Excel opens it, with nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import IO, Final

from geodata.errors import ExportError
from geodata.publish.contents import Export
from geodata.publish.values import Value, columns_of, records_of, values_maker
from geodata.records import Sort

DELIMITER: Final = ";"
LINE_END: Final = "\r\n"

_RUN: Final = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet takes for the start of a formula (OWASP, *CSV Injection*), and the same
behind apostrophes, so that taking one apostrophe away always gives the text back."""

_FIRST: Final = frozenset("'=+-@\t\r")


def cell(value: Value) -> str:
    """Return a value as a cell.

    Parameters
    ----------
    value : str, int, float or None
        A text that would begin a formula gets one apostrophe before it. A number never does: it
        is ours, and a text is never written as a number.

    Returns
    -------
    str
        Numbers with a decimal comma and as many digits as it takes to come back equal.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in _FIRST and _RUN.match(value) else value
    return repr(value).replace(".", ",")


def write_table(export: Export, sort: Sort, file: IO[bytes]) -> None:
    """Write one sort of records as CSV: a byte order mark, semicolons, a header."""
    # The mark is what tells Excel that it is UTF-8.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=DELIMITER, lineterminator=LINE_END)
    columns = columns_of(sort)
    writer.writerow(columns)
    values_of = values_maker(export, sort)
    for record in records_of(export, sort):
        values = values_of(record)
        writer.writerow([cell(values[column]) for column in columns])
    text.flush()
    text.detach()


def write_csv(export: Export, path: Path) -> None:
    """Write the one sort that was asked for as CSV."""
    if len(export.sorts) != 1:
        raise ExportError("export.one_sort", file=path.name)
    with path.open("wb") as file:
        write_table(export, export.sorts[0], file)


def write_zip(export: Export, path: Path) -> None:
    """Write each sort that was asked for as a CSV of its own, together in a zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = export.remark.encode()
        for sort in export.sorts:
            with archive.open(f"{sort}.csv", "w") as file:
                write_table(export, sort, file)
