"""The tables to be pasted into one's own minutes: as a Word file, as CSV, as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from geodata.model import Commitment, Decision, Progress, Promise, State
from geodata.palette import INK, STATE_COLOURS
from geodata.publish.report.matter import (
    SILENT,
    Block,
    Bullets,
    Cell,
    Heading,
    Matter,
    Report,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.summary import STATUS_WORDS, clean_text, due_table
from geodata.publish.values import DELIMITER, LINE_END, Value, cell

if TYPE_CHECKING:
    from datetime import datetime

    from docx.document import Document


TEXT_PT: Final = 10.0
TABLE_PT: Final = 8.5
MORE_PT: Final = 7.5
WIDTH_CM: Final = {False: 17.4, True: 26.1}
"""Between the margins of an A4 that stands, and that lies."""

SHADE: Final = "EEF2F4"
SIGNS: Final[Mapping[State, str]] = {
    State.FULFILLED: "✓",
    State.ON_TRACK: "↗",
    State.UNDER_WAY: "▮",
    State.BEHIND: "!",
    State.NOT_FULFILLED: "✕",
    State.NO_RECORDS: "–",
    State.NOT_STARTED: "○",
}
"""The states' icons, as near as letters come."""

LANGUAGES: Final = {"sv": "sv-SE", "en": "en-GB"}


def make_docx(report: Report, made: datetime) -> bytes:
    """Write a report's tables as a Word file.

    Parameters
    ----------
    report : Report
        The matrix, the decisions and what is due are taken from it.
    made : datetime.datetime
        When it is said to have been made.

    Returns
    -------
    bytes
        Tables are Word's own, with heading rows that come again on every page.
    """
    import docx

    document = docx.Document()
    _prepare(document, report, made)
    document.add_heading(report.title, level=0)
    document.add_paragraph(report.subtitle)
    document.add_paragraph("\n".join(report.told))
    for block in report.minutes:
        _write(document, block, report)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


# --- the document --------------------------------------------------------------------------------


def _prepare(document: Document, report: Report, made: datetime) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    told = document.core_properties
    told.title, told.author, told.language = report.title, "Löfteskartan", report.language
    told.created = told.modified = made
    section = document.sections[0]
    wide = any(table.wide for table in report.tables.values())
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    if wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(2.0)
    _styles(document, report)
    if report.mark:
        section.header.paragraphs[0].add_run(report.mark).bold = True
    _page_number(section.footer.paragraphs[0], report)


def _styles(document: Document, report: Report) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(TEXT_PT)
    language = normal.element.get_or_add_rPr().makeelement(qn("w:lang"), {})
    language.set(qn("w:val"), LANGUAGES[report.language])
    normal.element.rPr.append(language)
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
        style: Any = document.styles[name]
        style.font.name, style.font.color.rgb = "Calibri", RGBColor.from_string(INK[1:])
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)


def _page_number(paragraph: Any, report: Report) -> None:
    """Write the foot: Word itself puts in the pages' numbers."""
    before, _, rest = report.page.partition("{page}")
    between, _, after = rest.partition("{pages}")
    paragraph.add_run(f"{report.foot} · {before}")
    _field(paragraph, "PAGE")
    paragraph.add_run(between)
    _field(paragraph, "NUMPAGES")
    paragraph.add_run(after)


def _field(paragraph: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001 (python-docx has no fields of its own)


def _write(document: Document, block: Block, report: Report) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, level=block.level)
    elif isinstance(block, Text):
        document.add_paragraph(block.text).paragraph_format.keep_with_next = block.leads
    elif isinstance(block, Bullets):
        for item in block.items:
            document.add_paragraph(item, style="List Bullet")
    elif isinstance(block, Table):
        _table(document, block, report)


# --- tables --------------------------------------------------------------------------------------


def _table(document: Document, table: Table, report: Report) -> None:
    if table.caption:
        caption = document.add_paragraph(table.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    made.style, made.autofit = "Table Grid", False
    widths = _widths(document, table)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    rows = list(made.rows)
    _heading_row(rows[0], table, widths)
    for row, cells in zip(rows[1:], table.rows, strict=True):
        _keep_together(row)
        for place, content, width in zip(row.cells, cells, widths, strict=True):
            place.width = width
            _cell(place, content, report)
    document.add_paragraph()


def _widths(document: Document, table: Table) -> list[Any]:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section = document.sections[0]
    full = WIDTH_CM[section.orientation is WD_ORIENT.LANDSCAPE]
    shares = sum(column.share for column in table.columns)
    return [Cm(full * column.share / shares) for column in table.columns]


def _heading_row(row: Any, table: Table, widths: list[Any]) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    _keep_together(row).append(mark)
    for place, column, width in zip(row.cells, table.columns, widths, strict=True):
        place.width = width
        _say(place.paragraphs[0], column.title, bold=True)
        _shade(place)


def _keep_together(row: Any) -> Any:
    from docx.oxml import OxmlElement

    told = row._tr.get_or_add_trPr()  # noqa: SLF001 (python-docx has no name for it)
    told.append(OxmlElement("w:cantSplit"))
    return told


def _shade(place: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), SHADE)
    place._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 (python-docx has no name for it)


def _cell(place: Any, cell: Cell, report: Report) -> None:
    """Write a cell: its state as a sign and a word, what it says, and what it says smaller."""
    paragraph = place.paragraphs[0]
    lines = 0
    if cell.outside:
        _say(paragraph, "–")
    if cell.state is not None:
        _say(paragraph, f"{SIGNS[cell.state]} ", colour=STATE_COLOURS[cell.state].stroke)
        _say(paragraph, report.state_words[cell.state], bold=True)
        lines = 1
    for text, size, bold in ((cell.text, TABLE_PT, False), (cell.more, MORE_PT, cell.urgent)):
        if text:
            if lines:
                paragraph.add_run().add_break()
            _say(paragraph, text, size=size, bold=bold)
            lines += 1


def _say(
    paragraph: Any, text: str, *, size: float = TABLE_PT, bold: bool = False, colour: str = INK
) -> None:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    run.font.color.rgb = RGBColor.from_string(colour[1:])


_UNITS: Final[Mapping[str, str]] = {
    "activities": "report.unit.activities",
    "steps": "report.unit.steps",
    "areas": "report.unit.areas",
}


def matrix_csv(matter: Matter) -> bytes:
    """Return the matrix: a row for each commitment as a whole, and for each of its areas."""
    tell = Teller(matter)
    header = (
        *("report.column.promise", "report.column.commitment", "report.column.area"),
        *("report.column.status", "report.column.delivered", "report.column.target"),
        *("report.expected", "report.column.unit", "report.column.day", "report.column.note"),
    )
    rows = (
        row
        for promise in matter.promises
        for commitment in promise.commitments
        for row in _standings(promise, commitment, matter, tell)
    )
    return _written(matter, [tell(key) for key in header], rows)


def _standings(
    promise: Promise, commitment: Commitment, matter: Matter, tell: Teller
) -> Iterator[Sequence[Value]]:
    progress = matter.progress[commitment.id]
    yield _standing(promise, commitment, tell("followup.whole"), progress.overall, matter, tell)
    for area_id, here in progress.by_area.items():
        share = here.target is None and progress.overall.target is not None
        needed = area_id in commitment.areas_where_needed
        note = tell("report.as_a_whole") if share else ""
        if needed:
            note = tell("commitment.where_needed")
        yield _standing(promise, commitment, tell.area(area_id), here, matter, tell, note)


def _standing(
    promise: Promise,
    commitment: Commitment,
    where: str,
    progress: Progress,
    matter: Matter,
    tell: Teller,
    note: str = "",
) -> Sequence[Value]:
    return (
        tell.local(promise.short),
        tell.numbered(commitment),
        where,
        tell(f"state.{progress.state}"),
        None if progress.state in SILENT else progress.delivered,
        progress.target,
        None if progress.expected is None else round(progress.expected, 2),
        tell(_UNITS[progress.unit]),
        matter.as_of.isoformat(),
        note,
    )


def decisions_csv(matter: Matter) -> bytes:
    """Return the decisions: those of the day, the open ones, and those settled since."""
    tell = Teller(matter)
    header = (
        *("report.column.decided", "report.decision", "report.column.area"),
        *("report.column.commitment", "report.column.owner", "report.column.due"),
        *("report.column.status", "report.came_of_it"),
    )
    every = {one.id: one for one in (*matter.decided, *matter.open, *matter.settled)}
    rows = (_decision(one, matter, tell) for one in every.values())
    return _written(matter, [tell(key) for key in header], rows)


def _decision(decision: Decision, matter: Matter, tell: Teller) -> Sequence[Value]:
    known = decision.status_day <= matter.as_of
    return (
        decision.day.isoformat(),
        clean_text(decision.text),
        tell.area(decision.area_id),
        tell.commitment(decision.commitment_id),
        tell.party(decision.owner),
        None if decision.due is None else decision.due.isoformat(),
        tell(STATUS_WORDS[decision.status_on(matter.as_of)]),
        clean_text(decision.outcome) if known else "",
    )


def due_csv(matter: Matter) -> bytes:
    """Return what is late or due."""
    tell = Teller(matter)
    table = due_table(matter, tell)
    header = [
        *(tell("report.column.due"), tell("report.column.status"), tell("report.column.kind")),
        *(column.title for column in table.columns[1:]),
    ]
    rows = (
        _due(coming.day.isoformat(), cells)
        for coming, cells in zip(matter.coming, table.rows, strict=True)
    )
    return _written(matter, header, rows)


def _due(day: str, cells: Sequence[Cell]) -> Sequence[Value]:
    when, what, where, who = cells
    return (day, when.more, what.more, what.text, where.text, who.text)


def _written(matter: Matter, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a table as CSV; where records are made up, the last column says so in every row."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=DELIMITER, lineterminator=LINE_END)
    mark = (matter.words("report.mark"),) if matter.examples else ()
    marked = (matter.words("example.title"),) if matter.examples else ()
    writer.writerow([cell(text) for text in (*header, *marked)])
    for row in rows:
        writer.writerow([cell(value) for value in (*row, *mark)])
    # The mark is what tells Excel that it is UTF-8.
    return file.getvalue().encode("utf-8-sig")


TABLES: Final[Mapping[str, Callable[[Matter], bytes]]] = {
    "matrix": matrix_csv,
    "decisions": decisions_csv,
    "due": due_csv,
}
"""What makes each table, by its name."""
