"""The document for a promise's follow-up: Brå's order, in PDF and Word, with every caution."""

from __future__ import annotations

import io
from datetime import date

import docx
import pytest
from pypdf import PdfReader

from geodata.model import LANGUAGES, Language
from geodata.publish.report.follow_up import make_follow_up
from geodata.publish.report.matter import Bullets, Heading, Picture, Report, Table, Text
from geodata.service import Service
from geodata.service.reporting import Asked, gather, make_brief
from geodata.texts import words

from .cases import made_then

DAY = date(2019, 1, 31)


def report(service: Service, promise: str | None, language: Language = "sv") -> Report:
    return make_follow_up(gather(service, made_then(Asked(promise, DAY, language=language))))


def said(made: Report) -> str:
    """Everything that a document says, cell by cell."""
    parts: list[str] = []
    for block in made.blocks:
        if isinstance(block, Heading | Text):
            parts.append(block.text)
        elif isinstance(block, Bullets):
            parts += block.items
        elif isinstance(block, Table):
            parts += [f"{cell.text} {cell.more}" for row in block.rows for cell in row]
    return "\n".join(parts).replace("\N{NO-BREAK SPACE}", " ")


def test_it_answers_in_the_advised_order(example: Service) -> None:
    made = report(example, "boras-2018")
    second = [b.text for b in made.blocks if isinstance(b, Heading) and b.level == 2]
    assert second == [
        "Varför löftet gavs",
        "Vad det ska leda till",
        "Vad som lovades",
        "Vad som gjordes",
        "Vad som syns i måtten",
        "Slutsatser som inte går att dra",
        "Källor",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reading_and_caution_of_its_goals_is_there(
    example: Service, language: Language
) -> None:
    text = said(report(example, "mark-2018", language))
    w = words(language)
    assert w("indicators.self_selected") in text
    assert text.count("39 %" if language == "sv" else "39%") >= 1
    catalogue = example.catalogue
    wanted = {"mark-trygghet-webb", "ntu-otrygg-kvallstid", "ntu-fortroende-polisen"}
    for indicator in catalogue.indicators:
        shown = indicator.id in wanted
        assert (indicator.name.to(language) in text) is shown
        assert all((caution.to(language) in text) is shown for caution in indicator.cautions)
    sources = {r.source for r in catalogue.readings if r.indicator in wanted}
    assert all(source.url and source.url in text for source in sources)
    values = [r for r in catalogue.readings if r.indicator in wanted and r.value is not None]
    assert len(values) == 9
    for reading in values:
        assert reading.value is not None
        assert w.measured(reading.value, "percent").replace("\N{NO-BREAK SPACE}", " ") in text
    assert w("brief.never.effect") in text


def test_what_is_not_known_is_said(example: Service) -> None:
    text = said(report(example, "boras-2022-centrum"))
    assert "Löftets mål är inte kända." in text
    assert words("sv")("indicators.goals_unknown") in text
    unknown = example.catalogue.promise_by_id["boras-2022-centrum"].unknown
    assert unknown
    assert all(each.sv in text for each in unknown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_and_the_word_file_says_the_same(
    example: Service, language: Language
) -> None:
    asked = Asked("boras-2018", DAY, language=language)
    pdf = PdfReader(io.BytesIO(make_brief(example, made_then(asked), "pdf")))
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    told = "".join(page.extract_text() for page in pdf.pages)
    document = docx.Document(io.BytesIO(make_brief(example, made_then(asked), "docx")))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]  # type: ignore[union-attr]
    assert headings == [b.text for b in report(example, "boras-2018", language).blocks if isinstance(b, Heading)]  # fmt: skip  # noqa: E501
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert any("38,0" in cell or "38.0" in cell for cell in cells)
    assert words(language)("brief.title") in told
    # Each goal's charts are lines in the one, with every value as text, and a picture in the other.
    drawn = [b for b in report(example, "boras-2018", language).blocks if isinstance(b, Picture)]
    assert len(drawn) == 3
    shapes = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert shapes == [picture.alt for picture in drawn]
    assert not any(page.images for page in pdf.pages)
    # Made-up records are marked in both.
    assert words(language)("report.mark") in told
    assert document.sections[0].header.paragraphs[0].text == words(language)("report.mark")
