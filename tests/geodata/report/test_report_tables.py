"""The tables for one's own minutes, read back as Word and Excel would."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from docx.table import Table as WordTable

from geodata.model import LANGUAGES, Language
from geodata.publish.report.content import make_content
from geodata.publish.report.matter import Table
from geodata.service import Service
from geodata.service.reporting import gather, make_tables, make_word

from .cases import ASKED, DAY, HOSTILE, made_then


def rows_of(body: bytes) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text, delimiter=";"))


def heads(table: WordTable) -> list[str]:
    return [cell.text for cell in table.rows[0].cells]


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_has_the_summary_the_matrix_and_the_decisions(
    decided: Service, language: Language
) -> None:
    asked = replace(ASKED, language=language)
    report = make_content(gather(decided, made_then(asked)))
    document = docx.Document(io.BytesIO(make_word(decided, made_then(asked))))
    wanted = [block for block in report.minutes if isinstance(block, Table)]
    assert len(document.tables) == len(wanted)
    for made, table in zip(document.tables, wanted, strict=True):
        assert heads(made) == [column.title for column in table.columns]
        assert made.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        for row, cells in zip(list(made.rows)[1:], table.rows, strict=True):
            for place, cell in zip(row.cells, cells, strict=True):
                assert cell.text in place.text
                assert cell.more in place.text
                if cell.state is not None:
                    assert report.state_words[cell.state] in place.text
    told = document.core_properties
    assert (told.title, told.language) == (report.title, language)
    header = document.sections[0].header.paragraphs[0].text
    assert header == report.mark != ""
    styles = [p.style.name for p in document.paragraphs if p.style is not None]
    assert {"Heading 1", "Heading 2", "Title"} <= set(styles)


def test_what_was_written_is_text_in_word_too(decided: Service) -> None:
    body = make_word(decided, made_then(ASKED))
    document = docx.Document(io.BytesIO(body))
    text = "\n".join(c.text for t in document.tables for row in t.rows for c in row.cells)
    assert HOSTILE in text
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert not [name for name in archive.namelist() if "vba" in name.lower()]


def test_the_matrix_as_a_table_is_the_registers(decided: Service) -> None:
    rows = rows_of(make_tables(decided, ASKED, "matrix"))
    told = {(row["Åtagande"].split(".")[0], row["Löfte"], row["Område"]): row for row in rows}
    count = 0
    for promise in decided.scope(None, DAY).promises:
        for commitment in promise.commitments:
            progress = decided.progress(DAY)[commitment.id]
            places = {"Totalt": progress.overall} | {
                decided.area(area_id).name: here for area_id, here in progress.by_area.items()
            }
            for name, here in places.items():
                label = decided.catalogue.label_by_id[promise.id].sv
                row = told[str(commitment.number), label, name]
                count += 1
                silent = here.state in ("no_records", "not_started")
                assert row["Levererat"] == ("" if silent else str(here.delivered))
                assert row["Mål"] == ("" if here.target is None else str(here.target))
                assert (row["Väntat"] == "") == (here.expected is None)
    assert len(rows) == count
    assert {row["Exempeldata"] for row in rows} == {
        "Exempeldata: det som är registrerat är påhittat"
    }


def test_no_cell_begins_a_formula(decided: Service) -> None:
    number = decided.newest_number("decision", "00000000-0000-4000-8000-000000000102")
    late = decided.decision("00000000-0000-4000-8000-000000000102")
    decided.register.change(replace(late, text='=HYPERLINK("x")'), by="t", expected_number=number)
    try:
        for name in ("decisions", "due"):
            body = make_tables(decided, ASKED, name).decode("utf-8-sig")
            assert "'=HYPERLINK" in body
            for row in csv.reader(io.StringIO(body, newline=""), delimiter=";"):
                assert not any(cell[:1] in tuple("=+-@\t\r") and cell[:1] for cell in row)
    finally:
        decided.register.change(late, by="t", expected_number=number + 1)


def test_decisions_and_what_is_due_as_tables(decided: Service) -> None:
    decisions = {row["Beslut"]: row for row in rows_of(make_tables(decided, ASKED, "decisions"))}
    assert len(decisions) == 4
    done = decisions["Buskarna klipps"]
    assert (done["Läge"], done["Vad som blev av det"]) == ("genomfört", "Klippta i går")
    new = decisions["Belysningen ses över"]
    assert (new["Beslutat"], new["Klart senast"]) == ("2018-11-22", "2018-12-10")
    assert (new["Område"], new["Ansvarig"]) == ("Norrby", "Borås Stad")
    due = rows_of(make_tables(decided, ASKED, "due"))
    assert [row["Klart senast"] for row in due if row["Läge"] != "försenat"] == sorted(
        row["Klart senast"] for row in due if row["Läge"] != "försenat"
    )
    assert any(row["Vad"] == "Belysningen ses över" and row["Slag"] == "Beslut" for row in due)


def test_english_tables_are_in_english(decided: Service) -> None:
    asked = replace(ASKED, language="en")
    header = make_tables(decided, asked, "matrix").decode("utf-8-sig").splitlines()[0]
    assert header.startswith("Promise;Commitment;Area;State;Delivered;Target;Expected")
