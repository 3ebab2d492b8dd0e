"""What a search finds: words however they are spelled, in both databases, for each role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    HotSpot,
    Meeting,
    Precision,
    Walk,
    WalkStatus,
)
from geodata.register import Register
from geodata.register.search import GROUPS, beginnings
from geodata.service import Service
from geodata.service.limited import LimitedService, Limits, for_readers
from geodata.service.searching import search
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.spelling import folded, misspellings, typed_words

DAY, START = date(2018, 5, 3), datetime(2018, 5, 3, 16, tzinfo=UTC)
BY = {"by": "test"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings(register_url(str(tmp_path / "r.sqlite")), basemap=NO_BASEMAP)
    with Service.open(settings, today=lambda: date(2018, 12, 1)) as opened:
        yield opened


@pytest.fixture
def register(service: Service) -> Register:
    return service.register


def found(register: Register, typed: str) -> list[str]:
    words = [beginnings(word) for word in typed_words(typed)]
    ours = {record.id for record in RECORDS}
    return [one.id for one in register.find_texts(GROUPS, words, 20) if one.id in ours]


def hits(service: Service, typed: str) -> dict[str, list[str]]:
    return {group.kind: [hit.id for hit in group.hits] for group in search(service, typed).groups}


RECORDS: list[Any] = [
    Activity("a", "foot_patrol", "hulta", None, START, Precision.DAY, DAY, note="Lugnt på torget."),
    Walk("w", "hulta", WalkStatus.PLANNED, START, Precision.DAY, DAY, meeting_point="Hörnboden"),
    Finding(
        "f", "w", "hulta", None, "lighting", "Två gatlyktor trasiga vid Tvärgränd",
        None, None, FindingStatus.OPEN, DAY, DAY,
    ),
    Finding(
        "i", None, None, None, "litter", "Samtal med nattvandrarna", None, None,
        FindingStatus.OPEN, DAY, DAY, internal=True,
    ),
    Decision("d", None, "Röja sly längs gång-vägen", DAY, DecisionStatus.OPEN, DAY, outcome="Röjt"),
    Meeting("m", DAY, DAY, notes=(("summary", "Åtgärdslistan gicks igenom"),)),
    HotSpot("h", "Busstorget", Point(12.94, 57.72), DAY, reason="Oro efter skolans slut"),
]  # fmt: skip


def test_every_kind_of_record_is_found_by_its_words_and_lost_when_withdrawn(
    register: Register,
) -> None:
    register.add(RECORDS, **BY)
    words = {
        "a": "torget", "w": "hörnboden", "f": "tvärgränd", "i": "nattvandrarna",
        "d": "röja", "m": "åtgärdslistan", "h": "busstorget",
    }  # fmt: skip
    assert {id_: found(register, word) for id_, word in words.items()} == {
        id_: [id_] for id_ in words
    }
    register.change(replace(RECORDS[4], text="Klippa häcken"), expected_number=1, **BY)
    assert (found(register, "sly"), found(register, "häckar")) == ([], ["d"])
    register.void("finding", "f", expected_number=1, **BY)
    assert found(register, "gatlyktor") == []
    register.restore("finding", "f", expected_number=2, **BY)
    assert found(register, "gatlyktor") == ["f"]
    register.redact("finding", "f", expected_number=3, reason="dnr 1", **BY)
    assert found(register, "gatlyktor") == []
    register.dispose(date(2019, 1, 1), "dnr 2", **BY)
    # The planned walk has no findings left that somebody has to see to.
    assert found(register, "torget") == []


LOOSELY = [
    # As it is written, in capitals, without marks, with other marks.
    ("tvärgränd", "f"), ("TVÄRGRÄND", "f"), ("tvargrand", "f"), ("Tvårgrånd", "f"),
    # Begun, bent, in the plural or not.
    ("tvärgr", "f"), ("gatlykta", "f"), ("gatlyktan", "f"), ("gatlyktorna", "f"),
    ("trasig", "f"), ("nattvandrare", "i"), ("åtgärdslista", "m"), ("skolan", "h"),
    # With a hyphen or without.
    ("gångvägen", "d"), ("gång-vägen", "d"), ("gångväg", "d"), ("horn-boden", "w"),
    # One letter wrong, missing, too many, exchanged.
    ("tvärgränt", "f"), ("tvärgänd", "f"), ("tväärgränd", "f"), ("tvärgärnd", "f"),
    ("busstorgett", "h"), ("bustorget", "h"),
    # Several words, in any order, also of the area, the kind or the category.
    ("trasiga gatlyktor", "f"), ("tvärgränd två", "f"), ("lugnt hulta", "a"),
    ("fotpatrull lugnt", "a"), ("foot patrol lugnt", "a"), ("belysning tvärgränd", "f"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "wanted"), LOOSELY)
def test_words_are_found_however_they_are_typed(shared: Service, typed: str, wanted: str) -> None:
    there = [id_ for some in hits(shared, typed).values() for id_ in some]
    assert wanted in there


@pytest.mark.parametrize(
    "typed", ["", "  ", "-", "!?", '"*" (((', "'; DROP TABLE", "xyzzyq", "tvärgränd xyzzyq"]
)
def test_what_is_nothing_finds_nothing(shared: Service, typed: str) -> None:
    assert search(shared, typed).groups == ()


@pytest.mark.parametrize(
    ("typed", "kind", "first"),
    [
        ("hulta", "area", "hulta"),
        ("hullta", "area", "hulta"),
        ("norby", "area", "norrby"),
        ("hassleholmen", "area", "hassleholmen"),
        ("hulta torg", "place", "Hulta torg"),
    ],
)
def test_what_has_a_name_is_found_best_first(
    shared: Service, typed: str, kind: str, first: str
) -> None:
    assert hits(shared, typed)[kind][0] == first


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the records, only read."""
    url = register_url(str(tmp_path_factory.mktemp("search") / "r.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP)) as opened:
        opened.register.add(RECORDS, **BY)
        yield opened


def test_nobody_finds_what_is_kept_from_them(shared: Service) -> None:
    def seen(service: Service) -> set[str]:
        typed = ("nattvandrarna", "busstorget", "gatlyktor", "samtal", "oro")
        return {id_ for one in typed for some in hits(service, one).values() for id_ in some}

    recorder = LimitedService(shared, Limits(sees_planning=False, sees_internal=True), {})
    ours = {"i", "h", "f"}
    assert seen(shared) & ours == ours
    assert seen(recorder) & ours == {"i", "f"}
    assert seen(for_readers(shared)) & ours == {"f"}


WORDS = st.text("abcdefghijklmnopqrstuvwxyzåäöéÅÄÖ0123456789", min_size=1, max_size=12)
NOTES = st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=5)


@given(NOTES, st.sampled_from([" ", "-", ", ", "\n", "_", "/", "–"]))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_word_of_a_record_finds_it(service: Service, notes: list[str], between: str) -> None:
    records = [
        replace(RECORDS[0], id=str(uuid4()), note=note.replace(" ", between)) for note in notes
    ]
    service.register.add(records, **BY)
    for record in records:
        for word in re.findall(r"[^\W_]{4,}", record.note):
            slots = [beginnings(one) for one in typed_words(word)]
            there = service.register.find_texts(["activity"], slots, 10_000)
            assert record.id in {one.id for one in there}, word


@given(st.text("abcdefghijklmnopqrstuvwxyzåäö", min_size=5, max_size=12), st.data())
def test_one_wrong_letter_is_among_the_misspellings(word: str, data: st.DataObject) -> None:
    plain = folded(word)
    at = data.draw(st.integers(0, len(plain) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    wrong = data.draw(
        st.sampled_from(
            [
                plain[:at] + plain[at + 1 :],
                plain[:at] + letter + plain[at:],
                plain[:at] + letter + plain[at + 1 :],
                plain[:at] + plain[at : at + 2][::-1] + plain[at + 2 :],
            ]
        )
    )
    assert wrong == plain or plain in misspellings(wrong)
