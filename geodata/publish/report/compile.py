"""A report to a PDF that a screen reader can read: PDF/UA-1, set by Typst."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from geodata.errors import ExportError
from geodata.model import State
from geodata.palette import icon
from geodata.publish.report.matter import Block, Heading, Report, Table

if TYPE_CHECKING:
    from datetime import datetime

    from typst import Fonts

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

    told = {"report": json.dumps(_data(report, pictures), ensure_ascii=False)}
    try:
        # One file: only formats without pages of their own come as several.
        return typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            font_paths=_fonts(),
            sys_inputs=told,
            format="pdf",
            pdf_standards=[STANDARD],
            timestamp=int(made.timestamp()),
        )
    except typst.TypstError as error:
        raise ExportError("report.failed", reason=error.message) from error


@cache
def _fonts() -> Fonts:
    """Return the fonts: those within Typst, and those that come with Matplotlib.

    The machine's own are left aside: the report is the same wherever it is made. Matplotlib
    brings a font with a sign for every letter there is, so that none is ever left out.
    """
    import matplotlib
    import typst

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


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
        "parts": [
            {
                "wide": any(isinstance(block, Table) and block.wide for block in part),
                "blocks": [_block(block) for block in part],
            }
            for part in parts(report.blocks)
        ],
        "state_words": {state.value: word for state, word in report.state_words.items()},
        "icons": {state.value: icon(state) for state in State},
        "pictures": {name: svg.decode() for name, svg in pictures.items()},
    }


def parts(blocks: Iterable[Block]) -> list[list[Block]]:
    """Return blocks in parts that each begin a page."""
    found: list[list[Block]] = []
    for block in blocks:
        if not found or (isinstance(block, Heading) and block.new_page):
            found.append([])
        found[-1].append(block)
    return found


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
