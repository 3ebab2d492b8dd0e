"""A report as a file: PDF/UA-1 for screen readers, set by Typst; its tables as Word and CSV."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from geodata.errors import ExportError
from geodata.model import Commitment, Decision, Progress, State
from geodata.palette import INK, STATE_COLOURS, icon
from geodata.publish.paper import fonts
from geodata.publish.report.matter import (
    SILENT,
    Block,
    Bullets,
    Cell,
    Heading,
    Report,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.sections import clean_text, due_table
from geodata.publish.values import Value, csv_bytes

if TYPE_CHECKING:
    from docx.document import Document

TEMPLATE: Final = Path(__file__).with_name("paper.typ")
STANDARD: Final = "ua-1"
"""ISO 14289-1: tagged, titled, in a known language, with words for every picture."""

PIECE: Final = 10
"""How many letters stay together where a word may be broken anywhere."""

AS_IT_IS: Final = frozenset({"name", "alt", "look"})
"""What of a block is not set on the page."""


def make_pdf(report: Report, pictures: Mapping[str, bytes], made: datetime) -> bytes:
    """Set a report as a PDF.

    Parameters
    ----------
    report : Report
        What it says.
    pictures : mapping of str to bytes
        Its maps as SVG, by their names.
    made : datetime.datetime
        When it is said to have been made.

    Raises
    ------
    ExportError
        ``report.failed`` where it can't be set.
    """
    import typst

    with _setting(report, pictures) as inputs:
        # One file: only formats without pages of their own come as several.
        made_pdf: bytes = typst.compile(
            TEMPLATE,
            **inputs,
            format="pdf",
            pdf_standards=[STANDARD],
            timestamp=int(made.timestamp()),
        )
    return made_pdf


CAPTION_MM: Final = 16.0
"""Above and below a map, with two lines of caption."""


def room_mm(report: Report, least: float, most: float) -> float:
    """Return how high the first page's map may be, to fill it.

    Parameters
    ----------
    report : Report
        What it says before the map.
    least, most : float
        In millimetres; where there is less room, the map has a page of its own.
    """
    import typst

    with _setting(replace(report, blocks=()), {}) as inputs:
        found = json.loads(typst.query(TEMPLATE, "<room>", field="value", **inputs))
    return min(max(found[0] - CAPTION_MM, least), most) if found else most


@contextmanager
def _setting(report: Report, pictures: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    """Give what Typst sets a report from; an ExportError ``report.failed`` where it can't."""
    import typst

    told = {"report": json.dumps(_data(report, pictures), ensure_ascii=False)}
    try:
        yield {"root": TEMPLATE.parent, "font_paths": fonts(), "sys_inputs": told}
    except typst.TypstError as error:
        raise ExportError("report.failed", reason=error.message) from error


# --- data for the template -----------------------------------------------------------------------


def _data(report: Report, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "language": report.language,
        "title": report.title,
        "subtitle": _breakable(report.subtitle),
        "mark": report.mark,
        "told": list(report.told),
        "foot": report.foot,
        "page": report.page,
        "contents": report.contents,
        "summary": [_block(block) for block in report.summary],
        "blocks": [_block(block) for block in report.blocks],
        "state_words": {state.value: word for state, word in report.state_words.items()},
        "icons": {state.value: icon(state) for state in State},
        "pictures": {name: svg.decode() for name, svg in pictures.items()},
    }


def _block(block: Block) -> dict[str, Any]:
    told = {
        name: value if name in AS_IT_IS else _plain(value) for name, value in asdict(block).items()
    }
    return {"sort": type(block).__name__.lower(), **told}


def _plain(value: Any) -> Any:
    if isinstance(value, State):
        return value.value
    if isinstance(value, str):
        return _breakable(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [_plain(inner) for inner in value]
    return value


_LONG: Final = re.compile(r"\S{14,}")
_NO_WORD: Final = re.compile(r"[\W\d_]|[^aeiouyåäöéüæø]{8}", re.IGNORECASE)
LONG_WORD: Final = 60
"""A word of no more letters is hyphenated as its language does; what is no word, or a longer one,
may be broken anywhere, so that it stays in its cell."""


def _breakable(text: str) -> str:
    """Return a text whose very long words hold places to break at."""

    def broken(found: re.Match[str]) -> str:
        word = found.group()
        if len(word) <= LONG_WORD and not _NO_WORD.search(word.strip(".,:;()").replace("/", "")):
            return word
        pieces = [word[at : at + PIECE] for at in range(0, len(word), PIECE)]
        return "\N{ZERO WIDTH SPACE}".join(pieces)

    return _LONG.sub(broken, text)


TEXT_PT: Final = 10.0
TABLE_PT: Final = 8.5
MORE_PT: Final = 7.5
WIDTH_CM: Final = 17.4
"""Between the margins of an A4 that stands."""

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

EMPTY: Final[Mapping[str, bytes]] = {}

LANGUAGES: Final = {"sv": "sv-SE", "en": "en-GB"}


def make_docx(report: Report, made: datetime, pictures: Mapping[str, bytes] = EMPTY) -> bytes:
    """Write a report's tables as a Word file.

    Parameters
    ----------
    report : Report
        The matrix, the decisions and what is due are taken from it.
    made : datetime.datetime
        When it is said to have been made.
    pictures : mapping of str to bytes, optional
        As PNG, by their names; a picture that is none of them is left out.

    Returns
    -------
    bytes
        Tables are Word's own, with heading rows that come again on every page.
    """
    document = docx.Document()
    _prepare(document, report, made)
    document.add_heading(report.title, level=0)
    document.add_paragraph(report.subtitle)
    document.add_paragraph("\n".join(report.told))
    for block in report.minutes:
        _write(document, block, report, pictures)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


# --- the document --------------------------------------------------------------------------------


def _prepare(document: Document, report: Report, made: datetime) -> None:
    about = document.core_properties
    about.title, about.author, about.language = report.title, "Löfteskartan", report.language
    about.created = about.modified = made
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(2.0)
    _styles(document, report)
    if report.mark:
        section.header.paragraphs[0].add_run(report.mark).bold = True
    _page_number(section.footer.paragraphs[0], report)


def _styles(document: Document, report: Report) -> None:
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(TEXT_PT)
    _add(normal.element.get_or_add_rPr(), "lang", val=LANGUAGES[report.language])
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
        style: Any = document.styles[name]
        style.font.name, style.font.color.rgb = "Calibri", RGBColor.from_string(INK[1:])
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    """Add an element of Word's that python-docx has no name for."""
    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    parent.append(element)
    return element


def _page_number(paragraph: Any, report: Report) -> None:
    """Write the foot: Word itself puts in the pages' numbers."""
    before, _, rest = report.page.partition("{page}")
    between, _, after = rest.partition("{pages}")
    for text, field in ((f"{report.foot} · {before}", "PAGE"), (between, "NUMPAGES")):
        paragraph.add_run(text)
        run = _add(_add(paragraph._p, "fldSimple", instr=field), "r")  # noqa: SLF001 (as `_add`)
        _add(run, "t").text = "1"
    paragraph.add_run(after)


def _write(document: Document, block: Block, report: Report, pictures: Mapping[str, bytes]) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, level=block.level)
    elif isinstance(block, Text):
        document.add_paragraph(block.text).paragraph_format.keep_with_next = block.leads
    elif isinstance(block, Bullets):
        for item in block.items:
            document.add_paragraph(item, f"List {'Number' if block.numbered else 'Bullet'}")
    elif isinstance(block, Table):
        _table(document, block, report)
    elif block.name in pictures:
        drawn = document.add_picture(io.BytesIO(pictures[block.name]), width=Cm(WIDTH_CM))
        drawn._inline.docPr.set("descr", block.alt)  # noqa: SLF001 (as `_add`)
        document.add_paragraph(block.caption, style="Caption")


# --- tables --------------------------------------------------------------------------------------


def _table(document: Document, table: Table, report: Report) -> None:
    if table.caption:
        caption = document.add_paragraph(table.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    made.style, made.autofit = "Table Grid", False
    shares = sum(column.share for column in table.columns)
    widths = [Cm(WIDTH_CM * column.share / shares) for column in table.columns]
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


def _heading_row(row: Any, table: Table, widths: list[Any]) -> None:
    _add(_keep_together(row), "tblHeader", val="true")
    for place, column, width in zip(row.cells, table.columns, widths, strict=True):
        place.width = width
        _say(place.paragraphs[0], column.title, bold=True)
        properties = place._tc.get_or_add_tcPr()  # noqa: SLF001 (as `_add`)
        _add(properties, "shd", val="clear", color="auto", fill=SHADE)


def _keep_together(row: Any) -> Any:
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 (as `_add`)
    _add(properties, "cantSplit")
    return properties


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
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    run.font.color.rgb = RGBColor.from_string(colour[1:])


def matrix_csv(tell: Teller) -> bytes:
    """Return the matrix: a row for each commitment as a whole, and for each of its areas."""
    header = (
        *("report.column.promise", "report.column.commitment", "report.column.area"),
        *("report.column.status", "report.column.delivered", "report.column.target"),
        *("report.expected", "report.column.unit", "report.column.day", "report.column.note"),
    )
    rows = (
        (tell.label(promise.id), tell.numbered(commitment), *row)
        for promise in tell.matter.promises
        for commitment in promise.commitments
        for row in _standings(commitment, tell)
    )
    return _written(tell, map(tell, header), rows)


def _standings(commitment: Commitment, tell: Teller) -> Iterator[Sequence[Value]]:
    progress = tell.matter.progress[commitment.id]
    yield _standing(tell("followup.whole"), progress.overall, "", tell)
    for area_id, here in progress.by_area.items():
        share = here.target is None and progress.overall.target is not None
        note = tell("report.as_a_whole") if share else ""
        if area_id in commitment.areas_where_needed:
            note = tell("commitment.where_needed")
        yield _standing(tell.area(area_id), here, note, tell)


def _standing(where: str, progress: Progress, note: str, tell: Teller) -> Sequence[Value]:
    return (
        where,
        tell(f"state.{progress.state}"),
        None if progress.state in SILENT else progress.delivered,
        progress.target,
        None if progress.expected is None else round(progress.expected, 2),
        tell(f"report.unit.{progress.unit}"),
        tell.matter.as_of.isoformat(),
        note,
    )


def decisions_csv(tell: Teller) -> bytes:
    """Return the decisions: those of the day, the open ones, and those settled since."""
    matter = tell.matter
    header = (
        *("report.column.decided", "report.decision", "report.column.area"),
        *("report.column.commitment", "report.column.owner", "field.function"),
        *("report.column.due", "report.column.status", "report.came_of_it"),
    )
    every = {one.id: one for one in (*matter.decided, *matter.open, *matter.settled)}
    return _written(tell, map(tell, header), (_decision(one, tell) for one in every.values()))


def _decision(decision: Decision, tell: Teller) -> Sequence[Value]:
    as_of = tell.matter.as_of
    return (
        decision.day.isoformat(),
        clean_text(decision.text),
        tell.area(decision.area_id),
        tell.commitment(decision.commitment_id),
        tell.party(decision.owner),
        clean_text(decision.function),
        None if decision.due is None else decision.due.isoformat(),
        tell(f"report.decision.{decision.status_on(as_of)}"),
        clean_text(decision.outcome) if decision.status_day <= as_of else "",
    )


def due_csv(tell: Teller) -> bytes:
    """Return what is late or due."""
    table = due_table(tell)
    keys = ("report.column.due", "report.column.status", "report.column.kind")
    header = (*map(tell, keys), *(column.title for column in table.columns[1:]))
    rows = (
        (coming.day.isoformat(), when.more, what.more, what.text, where.text, who.text)
        for coming, (when, what, where, who) in zip(tell.matter.coming, table.rows, strict=True)
    )
    return _written(tell, header, rows)


def _written(tell: Teller, header: Iterable[str], rows: Iterable[Sequence[Value]]) -> bytes:
    return csv_bytes([*header], rows, tell.words if tell.matter.examples else None)


TABLES: Final[Mapping[str, Callable[[Teller], bytes]]] = {
    "matrix": matrix_csv,
    "decisions": decisions_csv,
    "due": due_csv,
}
"""What makes each table, by its name."""
