"""What the document says, against the register and against cases worked by hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.analysis.agenda import Due
from geodata.errors import ExportError, UnknownIdError
from geodata.model import LANGUAGES, Language, State
from geodata.publish.report.content import make_content
from geodata.publish.report.follow_up import make_follow_up
from geodata.publish.report.matter import (
    Bullets,
    Cell,
    Heading,
    Matter,
    Picture,
    Report,
    Table,
    Text,
    clean,
)
from geodata.publish.report.sections import split_evenly
from geodata.service import Service
from geodata.service.following import known_at
from geodata.service.reporting import Asked, gather, make_brief
from geodata.texts import words

from .cases import ASKED, DAY, HOSTILE, MEETING, SINCE, made_then, open_at


def content(service: Service, asked: Asked = ASKED) -> Report:
    return make_content(gather(service, made_then(asked)))


def headings(report: Report, level: int) -> list[str]:
    every = (*report.summary, *report.blocks)
    return [b.text for b in every if isinstance(b, Heading) and b.level == level]


def texts(report: Report) -> str:
    found: list[str] = []
    for block in (*report.summary, *report.blocks):
        if isinstance(block, Heading | Text):
            found.append(block.text)
        elif isinstance(block, Bullets):
            found += block.items
        elif isinstance(block, Picture):
            found += [block.alt, block.caption]
        else:
            found += [block.caption, *(column.title for column in block.columns)]
            found += [part for row in block.rows for cell in row for part in (cell.text, cell.more)]
    return "\n".join(found)


# --- the matrix ----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [make_content, make_follow_up])
def test_what_was_disposed_of_is_told_where_it_is_not_counted(
    make: Callable[[Matter], Report], example_file: Path, tmp_path: Path
) -> None:
    copy = shutil.copyfile(example_file, tmp_path / "own.sqlite")
    with open_at(copy) as service:
        said = "är gallrat"
        assert said not in texts(make(gather(service, made_then(ASKED))))
        # Both promises had begun by then, and the second disposal reaches farther than the third.
        for day, decision in ((1, "KS 2017:5"), (20, f"KS 2018:7 {HOSTILE}"), (10, "KS 2018:6")):
            service.register.dispose(date(2018, 6, day), decision, by="test")
        report = make(gather(service, made_then(ASKED)))
        told = [b for b in report.blocks if isinstance(b, Text) and said in b.text]
        assert len(told) == 2
        for text in told:
            assert "avslutat före 20 juni 2018" in text.text.replace("\N{NO-BREAK SPACE}", " ")
            assert "KS 2018:7" in text.text
            assert isinstance(report.blocks[report.blocks.index(text) + 1], Table)
        assert make_brief(service, made_then(ASKED), "pdf").startswith(b"%PDF")


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text.replace("\N{NO-BREAK SPACE}", ""))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", [date(2018, 2, 1), date(2018, 6, 1), DAY, date(2019, 3, 1)])
def test_every_number_in_the_matrix_is_the_registers(
    example: Service, language: Language, day: date
) -> None:
    report = content(example, Asked(as_of=day, language=language))
    progress, cells = example.progress(day), 0
    for promise in example.scope(None, day).promises:
        table = report.tables[f"matrix/{promise.id}/1"]
        areas = [area.id for area in example.areas((promise,))]
        assert len(table.columns) == 2 + len(areas)
        for commitment, row in zip(promise.commitments, table.rows, strict=True):
            told = progress[commitment.id]
            assert row[1].state is told.overall.state
            cells += check(row[1], told.overall.delivered, told.overall.target)
            for area_id, cell in zip(areas, row[2:], strict=True):
                here = told.by_area.get(area_id)
                assert cell.outside == (here is None)
                if here is None:
                    continue
                share = here.target is None and told.overall.target is not None
                assert cell.state is (None if share else here.state)
                cells += check(cell, here.delivered, here.target)
    assert cells > 20


def check(cell: Cell, delivered: int, target: int | None) -> int:
    silent = cell.state in (State.NO_RECORDS, State.NOT_STARTED)
    expected = [] if silent or not (delivered or target) else [delivered]
    if cell.state is None and not delivered:
        expected = []
    assert numbers(cell.text) == expected + ([] if target is None else [target])
    return 1


def test_nothing_recorded_is_never_a_nought(empty: Service) -> None:
    report = content(empty)
    for name, table in report.tables.items():
        if name.startswith(("matrix/", "area/", "areas")):
            for row in table.rows:
                assert all(0 not in numbers(cell.text) for cell in row[1:-1]), name
    assert "Inget är registrerat sedan dess. Det säger inte att inget har gjorts." in texts(report)
    assert report.mark == ""


@given(st.integers(0, 60), st.integers(1, 12))
def test_areas_are_parted_evenly(count: int, most: int) -> None:
    areas = list(range(count))
    parts = split_evenly(areas, most)  # type: ignore[arg-type]
    assert [area for part in parts for area in part] == areas
    assert all(len(part) <= most for part in parts)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert len(parts) == max(-(-count // most), 1)


# --- what is new, due and decided ----------------------------------------------------------------


def test_what_is_new_is_what_the_register_has_since(example: Service) -> None:
    matter = gather(example, made_then(ASKED))
    days = [a.day for a in example.register.activities()]
    assert matter.news.activities == sum(SINCE < day <= DAY for day in days)
    for area in matter.areas:
        here = [a for a in example.register.activities() if a.area_id == area.area.id]
        assert area.news.activities == sum(SINCE < a.day <= DAY for a in here)
        assert len(area.activities) == area.news.activities
    walks = [w for w in example.register.walks() if w.status == "held" and SINCE < w.day <= DAY]
    assert [w.id for w in matter.news.walks] == [w.id for w in walks]


def column(table: Table, at: int) -> list[str]:
    return [row[at].text for row in table.rows]


def test_decisions_stand_where_they_belong(decided: Service) -> None:
    tables = content(decided).tables
    assert column(tables["decisions/decided"], 0)[0] == "Belysningen ses över"
    assert len(tables["decisions/decided"].rows) == 2
    # The late one first.
    assert column(tables["decisions/open"], 0)[:2] == [
        "Fler patruller på kvällen", "Belysningen ses över",
    ]  # fmt: skip
    late = tables["decisions/open"].rows[0]
    assert (late[2].text, late[3].text, late[3].more) == ("Polisen", "1 nov. 2018", "försenat")
    assert late[1].more.startswith("1. Hög polisnärvaro")
    (settled,) = tables["decisions/settled"].rows
    assert (settled[0].text, settled[1].text) == ("Buskarna klipps", "Norrby")
    assert (settled[4].text, settled[4].more) == ("genomfört · 5 nov. 2018", "Klippta i går")
    everything = texts(content(decided))
    assert "Kommer senare" not in everything
    assert "Skylt sätts upp" not in everything
    here = column(tables["area/norrby/decisions"], 0)
    assert here[:1] == ["Belysningen ses över"]
    assert "Buskarna klipps" in here


def test_what_came_of_a_decision_later_is_not_known_before(decided: Service) -> None:
    report = content(decided, Asked(as_of=date(2018, 11, 1), since=date(2018, 10, 1)))
    rows = report.tables["decisions/open"].rows
    assert {row[4].text for row in rows} == {"öppet"}
    assert "Klippta" not in texts(report)


def test_the_due_list_says_what_where_and_who(decided: Service) -> None:
    table = content(decided).tables["due"]
    days = [coming.day for coming in gather(decided, ASKED).coming]
    late = [row[0].more == "försenat" for row in table.rows]
    assert late == [day < DAY for day in days]
    assert late == sorted(late, reverse=True)
    ours = next(row for row in table.rows if row[1].text == "Belysningen ses över")
    assert ours == (
        Cell("10 dec. 2018"), Cell("Belysningen ses över", "Beslut"), Cell("Norrby"),
        Cell("Borås Stad"),
    )  # fmt: skip


def test_a_meeting_decides_day_promise_and_since(decided: Service) -> None:
    meeting = decided.meeting(MEETING)
    matter = gather(decided, Asked(meeting=meeting))
    assert (matter.as_of, matter.since, matter.horizon) == (DAY, SINCE, date(2018, 12, 20))
    assert [promise.id for promise in matter.promises] == ["boras-2018"]
    # A later document begins where that meeting ended, one on another promise does not.
    assert gather(decided, Asked("boras-2018", date(2018, 12, 19))).since == DAY
    assert gather(decided, Asked("mark-2018", date(2018, 12, 19))).since == SINCE.replace(
        month=11, day=21
    )


def test_what_makes_no_sense_is_refused(example: Service) -> None:
    with pytest.raises(ExportError, match=r"report\.order"):
        gather(example, Asked(as_of=SINCE, since=DAY))
    with pytest.raises(UnknownIdError):
        gather(example, Asked("no-such"))


# --- the first page ------------------------------------------------------------------------------


def first_page(report: Report) -> tuple[list[str], list[tuple[str, ...]]]:
    """What stands in its paragraphs, and in its two lists."""
    lists = [b.items for b in report.summary if isinstance(b, Bullets)]
    return [b.text for b in report.summary if isinstance(b, Text)], lists


def test_the_first_page_says_how_it_stands_what_moved_and_what_to_decide(decided: Service) -> None:
    asked = Asked("boras-2018", date(2019, 1, 31), date(2018, 12, 20))
    texts, (moved, decide) = first_page(content(decided, asked))
    # By hand: four meetings were promised and three held, one step of two; operations are four.
    assert "Av 6 åtaganden är 2 ej uppfyllda, 3 med registrerat arbete och 1 uppfyllt." in texts
    assert moved[:2] == (
        "Åtagande 5, Minst fyra informationsmöten: från ”i fas” till ”ej uppfyllt”.",
        "Åtagande 6, Grannsamverkan i flerfamiljshus på Norrby: från ”i fas” till ”ej uppfyllt”.",
    )
    # The worst of each sort: half of two steps before three of four, the decision that is late
    # longest, the finding that is.
    assert [one.partition("\n")[0] for one in decide] == [
        "Åtagande 6, Grannsamverkan i flerfamiljshus på Norrby: 1 av 2 steg när tiden gick ut "
        "den 31 januari 2019. Ska resten göras ändå, tas med i nästa löfte eller lämnas?",
        "Beslutet ”Fler patruller på kvällen” skulle ha varit klart den 1 november 2018. "
        "Ska det göras, få en ny dag eller dras in?",
        "Iakttagelsen ”Sikt och grönska: Häck skymmer sikten vid övergången.” skulle ha varit "
        "åtgärdad den 4 november 2018. Vem åtgärdar den, och till när?",
    ]
    assert [one.partition("\n")[2] for one in decide] == [
        "Borås 2018–2019 · Punkt 6 under det som lovas · Polisen, Borås Stad, AB Bostäder",
        "Beslut · 27 sep. 2018 · Polisen",
        "Iakttagelse · 20 sep. 2018 · Norrby · Borås Stad",
    ]


def test_where_nothing_asks_for_a_decision_none_is_made_up(example: Service) -> None:
    # Before the period nothing is behind, late or missing.
    report = content(example, Asked("boras-2018", date(2018, 1, 15)))
    texts, lists = first_page(report)
    assert "Inget ligger efter, är försenat eller saknar registreringar." in texts
    assert len(lists) == 1
    assert "Av 6 åtaganden är 6 ej börjat." in texts


def test_what_is_written_has_room_on_the_first_page(decided: Service) -> None:
    late = replace(decided.register.decisions()[0], id=str(uuid4()), text="o" * 500)
    matter = gather(decided, made_then(ASKED))
    due = Due("decision", SINCE, late=True, id=late.id)
    told = replace(matter, decide=(due,), decisions={**matter.decisions, late.id: late})
    _, (_, _, decide) = first_page(make_content(told))
    assert decide[0].startswith(f"Beslutet ”{'o' * 160}…” skulle")


def test_an_area_where_nothing_happened_is_in_the_table_alone(empty: Service) -> None:
    report = content(empty, Asked("boras-2018", date(2018, 3, 20), date(2018, 3, 10)))
    assert column(report.tables["areas"], 0) == ["Hässleholmen", "Hulta", "Norrby"]
    assert not any(isinstance(block, Picture) for block in report.blocks)


# --- the whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_there_in_order(decided: Service, language: Language) -> None:
    report = content(decided, replace(ASKED, language=language))
    parts = {
        "sv": ["Så står det till", "Åtaganden och områden",
               "Försenat, och det som ska vara klart till 20 december 2018", "Beslut",
               "Områdena", "Vad som syns vid sidan av arbetet", "Rapporterat utfall", "Källor",
               "Så räknas varje siffra"],
        "en": ["How it stands", "Commitments and areas",
               "Late, and what is due by 20 December 2018", "Decisions", "The areas",
               "What is seen beside the work",
               "Reported outcomes", "Sources",
               "How each number is counted"],
    }  # fmt: skip
    assert headings(report, 1) == parts[language]
    areas = [
        decided.area(a.area_id).name
        for a in decided.attention(decided.scope(None, DAY).promises, DAY)
    ]
    # Something has happened in each of them since the meeting before.
    named = headings(report, 2)
    at = named.index(areas[0])
    assert named[at : at + len(areas)] == areas
    assert report.mark
    told = texts(report)
    for promise in decided.scope(None, DAY).promises:
        for outcome in promise.outcomes:
            assert clean(outcome.text.to(language)) in told
            assert outcome.caution is None or clean(outcome.caution.to(language)) in told
        for commitment in promise.commitments:
            reading = commitment.measure.reading
            assert reading is None or clean(reading.to(language)) in told
    assert HOSTILE in told


@pytest.mark.parametrize(
    ("promise", "day", "known"),
    [
        # From data/readings.csv: the lists of 2017 were published on 20 February 2018, the list of
        # 2015 has no day of its own, trust in the police of 2017 neither; that of 2018 was told of
        # on 20 November 2018, and the population is that of the year's last day.
        ("boras-2018", date(2018, 2, 19), ["2015", "2017"]),
        ("boras-2018", DAY, ["2015", "2017", "2017", "2017", "2017"]),
        (
            "boras-2018",
            date(2018, 12, 31),
            ["2015", *["2017"] * 4, "2018", "31 december 2018"],
        ),
        # Mark's own form was answered in November 2019 and told of on 13 February 2020.
        ("mark-2018", date(2017, 12, 30), []),
        ("mark-2018", date(2020, 2, 12), ["2017", "2018"]),
        ("mark-2018", date(2020, 2, 13), ["november 2019", "2017", "2018"]),
    ],
)
def test_readings_stand_beside_the_work_once_they_are_known(
    example: Service, promise: str, day: date, known: list[str]
) -> None:
    report = content(example, Asked(promise, day))
    tables = [table for name, table in report.tables.items() if name.startswith("seen/")]
    assert [row[1].text for table in tables for row in table.rows] == known
    # So what a meeting of that day is shown is what its minutes keep.
    groups = known_at(example, day, promise)
    shown = [point.reading for _, some in groups for each in some for point in each.points]
    assert [words("sv").reading_when(reading) for reading in shown] == known
    told = texts(report)
    assert ("Vad som syns vid sidan av arbetet" in told) is bool(known)
    # What a reading is to be read with goes along: of Mark's form, that nobody was sampled.
    assert ("Självvalda svar" in told) is ("november 2019" in known)


def test_no_heading_skips_a_level(decided: Service) -> None:
    report = content(decided)
    level = 0
    for block in (*report.summary, *report.blocks):
        if isinstance(block, Heading):
            assert block.level <= level + 1
            level = block.level


def test_one_promise_alone_tells_of_no_other(example: Service) -> None:
    report = content(example, replace(ASKED, promise_id="mark-2018"))
    assert report.title == "Uppföljning av medborgarlöftet"
    assert "Norrby" not in texts(report)
    assert "Hedbo" in texts(report)


@given(st.text())
def test_a_cleaned_text_holds_nothing_that_a_document_may_not(text: str) -> None:
    done = clean(text)
    assert clean(done) == done
    assert all(sign == "\n" or (sign.isprintable() or not sign.isascii()) for sign in done)
    assert "\n\n\n" not in done
    done.encode()


def test_an_unknown_meeting_is_told(example: Service) -> None:
    with pytest.raises(UnknownIdError):
        example.meeting(str(uuid4()))
