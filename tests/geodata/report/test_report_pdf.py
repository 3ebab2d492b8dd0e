"""The PDF read back by other programs: tagged, titled, marked, and with nothing off the page."""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from geodata.model import LANGUAGES, Language
from geodata.publish.report.content import make_content
from geodata.publish.report.matter import Heading, Picture, Report, Table
from geodata.publish.report.writing import make_pdf
from geodata.service import Service
from geodata.service.reporting import Asked, gather, make_report

from ...sentences import joined
from .cases import ASKED, DAY, HOSTILE, LONG, MADE, SINCE, made_then, open_at

Made = Callable[[Language], bytes]


@pytest.fixture(scope="module")
def made(decided: Service) -> Made:
    kept: dict[Language, bytes] = {}

    def make(language: Language) -> bytes:
        if language not in kept:
            kept[language] = make_report(
                decided, made_then(Asked(None, DAY, SINCE, None, language))
            )
        return kept[language]

    return make


def root(pdf: bytes) -> DictionaryObject:
    found = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert isinstance(found, DictionaryObject)
    return found


def tags(element: Any) -> Iterator[DictionaryObject]:
    """Every element of the structure tree, in reading order."""
    element = element.get_object()
    if isinstance(element, list):
        for one in element:
            yield from tags(one)
    elif isinstance(element, DictionaryObject):
        if "/S" in element:
            yield element
        if "/K" in element:
            yield from tags(element["/K"])


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def squeezed(text: str) -> str:
    """A text without what setting it adds: line breaks, hyphens, places to break at."""
    return re.sub(r"[\s\u200b\u00ad\u0002\ufffe-]", "", text)


def off_the_page(pdf: bytes, every: int = 1, margin_pt: float = 36) -> list[tuple[int, str]]:
    """Letters that lie outside the margins of every so manieth page, with their pages."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    for number in range(0, len(document), every):
        page = document[number]
        text = page.get_textpage()
        width, height = page.get_size()
        for at in range(text.count_chars()):
            west, south, east, north = text.get_charbox(at)
            inside = margin_pt < west <= east < width - margin_pt and 20 < south <= north < height
            if east > west and not inside:
                found.append((number, text.get_text_range(at, 1)))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_tagged_titled_and_in_a_known_language(made: Made, language: Language) -> None:
    pdf = made(language)
    catalog = root(pdf)
    assert catalog["/Lang"] == language
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in catalog["/Metadata"].get_data().decode()
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    title = {"sv": "Uppföljning av medborgarlöftena", "en": "Follow-up of the citizen promises"}
    assert str(reader.metadata.title).startswith(title[language])
    assert [round(side) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.outline


def test_headings_tables_and_figures_are_what_they_look_like(made: Made, decided: Service) -> None:
    report = make_content(gather(decided, made_then(ASKED)))
    blocks = (*report.summary, *report.blocks)
    found = list(tags(root(made("sv"))["/StructTreeRoot"]))
    counted = Counter(element["/S"] for element in found)
    for level in (1, 2, 3):
        written = sum(isinstance(b, Heading) and b.level == level for b in blocks)
        # The list of contents has a heading of its own.
        assert counted[f"/H{level}"] == written + (level == 1)
    tables = [block for block in blocks if isinstance(block, Table)]
    assert counted["/Table"] == counted["/THead"] == len(tables)
    assert counted["/TH"] == sum(len(table.columns) for table in tables)
    assert counted["/TD"] == sum(len(row) for table in tables for row in table.rows)
    alts = [element["/Alt"] for element in found if element["/S"] == "/Figure"]
    assert alts == [block.alt for block in blocks if isinstance(block, Picture)]
    assert counted["/Title"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_number_and_the_mark(made: Made, language: Language) -> None:
    told = pages(made(language))
    mark = {"sv": "Exempeldata", "en": "Example data"}[language]
    number = {"sv": "Sida {} av {}", "en": "Page {} of {}"}[language]
    day = {"sv": "läget den 22 november 2018", "en": "as of 22 November 2018"}[language]
    assert len(told) > 10
    for at, page in enumerate(told, start=1):
        assert mark in page
        assert number.format(at, len(told)) in page
        assert day in page


def test_the_text_stands_in_order_and_whole(made: Made, decided: Service) -> None:
    report = make_content(gather(decided, made_then(ASKED)))
    text = squeezed("".join(pages(made("sv"))))
    at = text.index(squeezed("Innehåll"))
    at = text.index(squeezed("Så räknas varje siffra"), at)
    for block in report.blocks:
        if isinstance(block, Heading):
            at = text.index(squeezed(block.text), at)
    for table in report.tables.values():
        for row in table.rows:
            for cell in row:
                # A row may go on over a page, with the page's foot in it.
                if "שלום" not in cell.text and len(cell.text) < 200:
                    assert squeezed(cell.text) in text
    assert squeezed(HOSTILE) in text
    assert squeezed(LONG) in text
    assert "😀" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_begins_right_behind_another(made: Made, language: Language) -> None:
    assert [words for page in pages(made(language)) for words in joined(page)] == []


def test_every_number_of_the_matrix_is_on_the_page(made: Made, decided: Service) -> None:
    whole = next(page for page in pages(made("sv")) if "Lovat och levererat" in page)
    text = squeezed(whole)
    for one in decided.progress(DAY).values():
        if one.overall.state not in ("no_records", "not_started"):
            told = one.overall.delivered
            assert (f"{told}av" if one.overall.target else f"{told}aktivitet") in text


def test_nothing_lies_off_the_page(made: Made) -> None:
    assert off_the_page(made("sv"), every=3) == []


def test_an_empty_register_gives_a_document_too(empty: Service) -> None:
    pdf = make_report(empty, made_then(ASKED))
    told = pages(pdf)
    assert "Exempeldata" not in "".join(told)
    assert "Inget registrerat" in told[0]
    assert off_the_page(pdf, every=4) == []


def test_the_same_register_gives_the_same_file(decided: Service) -> None:
    report = make_content(gather(decided, made_then(ASKED)))
    pdf = make_pdf(report, without_maps(report), MADE)
    # The same register, the same minute: the same file.
    assert make_pdf(report, without_maps(report), MADE) == pdf


def without_maps(report: Report) -> dict[str, bytes]:
    """Something small in the maps' place."""
    empty = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='3'/>"
    pictures = [b for b in (*report.summary, *report.blocks) if isinstance(b, Picture)]
    return {picture.name: empty for picture in pictures}


# --- many areas with long names ------------------------------------------------------------------

AREAS, COMMITMENTS = 40, 30
NAME = "Trygghetsskapande bostadsområdesutveckling vid Järnvägsstationsparkeringen väst"


def long_catalogue(folder: Path) -> Path:
    (folder / "promises").mkdir(parents=True)
    ids = [f"o{number}" for number in range(AREAS)]
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": id_,
                "name": f"{NAME} {at}",
                "municipality": "Linköping",
                "kind": "district",
                "outline_method": "nominal",
                "outline_accuracy_m": 100,
                "outline_source": "Egen",
                "outline_source_en": "Own",
            },
            "geometry": {"type": "Polygon", "coordinates": [_ring(at)]},
        }
        for at, id_ in enumerate(ids)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "areas.geojson").write_text(json.dumps(collection), encoding="utf-8")
    both = "{{ sv = '{0}', en = '{0}' }}".format
    lines = [
        "id = 'lang-2018'", f"short = {both('Lång')}", f"title = {both(NAME)}",
        "municipality = 'Linköping'", f"background = {both('-')}",
        "period = { start = 2018-01-01, end = 2018-12-31 }",
        f"source = {{ publisher = 'P', title = {both('T')} }}",
        f"[[parties]]\nid = 'p'\nname = {both(NAME)}",
    ]  # fmt: skip
    for number in range(1, COMMITMENTS + 1):
        lines += [
            "[[commitments]]", f"number = {number}", "owners = ['p']", f"areas = {ids}",
            f"title = {both(f'{NAME[:76]} {number}')}", f"summary = {both('-')}",
            "measure = { type = 'count', kinds = ['patrol'], target = 5, per = 'area' }",
            f"source_paragraph = {both('-')}",
        ]  # fmt: skip
    (folder / "promises" / "lang-2018.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _ring(at: int) -> list[tuple[float, float]]:
    lon, lat = 15.5 + 0.02 * (at % 8), 58.4 + 0.012 * (at // 8)
    turns = [math.tau * step / 8 for step in range(8)]
    ring = [
        (round(lon + 0.006 * math.cos(t), 4), round(lat + 0.003 * math.sin(t), 4)) for t in turns
    ]
    return [*ring, ring[0]]


def test_long_names_and_many_areas_stay_on_the_page(tmp_path: Path) -> None:
    service = open_at(tmp_path / "long.sqlite", (long_catalogue(tmp_path / "catalogue"),))
    try:
        asked = Asked("lang-2018", date(2018, 6, 1))
        report = make_content(gather(service, made_then(asked)))
    finally:
        service.close()
    pdf = make_pdf(report, without_maps(report), MADE)
    parts = [table for name, table in report.tables.items() if name.startswith("matrix/")]
    assert [len(table.columns) - 2 for table in parts] == [5] * 8
    assert off_the_page(pdf, every=4) == []
    told = pages(pdf)
    # Eight tables, each with its heading row anew on every page that it goes on over.
    of_matrix = [page for page in told if "Åtagande" in page and "Totalt" in page]
    assert len(of_matrix) >= 2 * len(parts)
    for number in range(AREAS):
        assert squeezed(f"{NAME} {number}") in squeezed("".join(told))
    # No page is without any row or text of its own.
    assert min(len(squeezed(page)) for page in told) > 120
