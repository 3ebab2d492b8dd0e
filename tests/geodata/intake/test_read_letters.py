"""Letters: whichever way a table keeps å, ä and ö, they are what was written, or it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from geodata.errors import IntakeError
from geodata.intake.report import Reading
from geodata.intake.sheets import mended

Read = Callable[..., Reading]
NOTE = "Åsa torg: tre grå bänkar är trasiga, Öster och Ängen är mörka"
TABLE = f"Datum;Slag;Område;Anteckning\n2018-06-01;x;Väster;{NOTE}\n"


def keys(reading: Reading) -> list[str]:
    return [problem.key for problem in reading.problems]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        *(("utf-8", []), ("utf-8-sig", []), ("utf-16", []), ("utf-32", []), ("cp1252", [])),
        *(("utf-16-le", []), ("utf-16-be", []), ("latin-1", [])),
        *(("mac_roman", ["intake.encoding"]), ("cp850", ["intake.encoding"])),
        ("cp437", ["intake.encoding"]),
    ],
)
def test_letters_in_any_encoding(read: Read, encoding: str, told: list[str]) -> None:
    found = read("a.csv", TABLE.encode(encoding))
    assert [(a.note, a.area_id) for a in found.activities] == [(NOTE, "vaster")]
    assert keys(found) == told


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", []), ("utf-16", []), ("mac_roman", ["intake.encoding"])],
)
def test_letters_of_a_feature_in_any_encoding(read: Read, encoding: str, told: list[str]) -> None:
    properties = {"datum": "2018-06-01", "slag": "x", "område": "Väster", "anteckning": NOTE}
    feature = {"type": "Feature", "geometry": None, "properties": properties}
    found = read("a.geojson", json.dumps(feature, ensure_ascii=False).encode(encoding))
    assert [(a.note, a.area_id) for a in found.activities] == [(NOTE, "vaster")]
    assert keys(found) == told


@pytest.mark.parametrize(
    "note",
    [
        "”Lugnt” – inget att tillägga…",
        "Café, 5 °C, 30 € – ’ok’",
        "MALMÖ”, Ö–V, på torget",
        "½ timme · §4 «så»",
        "… och så vidare",
        "Kafé Zoë",
    ],
)
def test_signs_of_windows_are_not_taken_for_another_encodings_letters(
    read: Read, note: str
) -> None:
    found = read("a.csv", f"Datum;Slag;Anteckning\n2018-06-01;x;{note}\n".encode("cp1252"))
    assert [a.note for a in found.activities] == [note]
    assert keys(found) == []


@pytest.mark.parametrize("through", ["cp1252", "latin-1"])
@pytest.mark.parametrize("times", [1, 2])
def test_letters_encoded_twice_are_mended_and_told(read: Read, through: str, times: int) -> None:
    # å, ö and Ä are C3 A5, C3 B6 and C3 84 in UTF-8; the last is a sign in Windows-1252 only.
    note = "Grå ödla på Ängen"
    wrong = note
    for _ in range(times):
        wrong = wrong.encode().decode(through)
    area = "Väster".encode().decode(through)
    text = f"Datum;Slag;OmrÃ¥de;Anteckning\n2018-06-01;x;{area};{wrong}\n"
    found = read("a.csv", text)
    assert [(a.note, a.area_id) for a in found.activities] == [(note, "vaster")]
    assert [(p.row, p.field, p.key) for p in found.problems] == [
        (2, "Område", "intake.letters_mended"),
        (2, "Anteckning", "intake.letters_mended"),
    ]
    # The same bytes, some cells of which are right.
    assert mended(f"{wrong}; rätt på Ängen") == f"{note}; rätt på Ängen"


def test_letters_of_a_workbook_are_mended_as_a_tables(read: Read, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Datum", "Slag", "Anteckning"])
    book.active.append(["2018-06-01", "x", "pÃ¥ torget â€“ lugnt"])
    book.save(tmp_path / "a.xlsx")
    found = read("a.xlsx")
    assert [a.note for a in found.activities] == ["på torget – lugnt"]
    assert keys(found) == ["intake.letters_mended"]


def test_one_pair_that_looks_encoded_twice_is_kept_and_told(read: Read) -> None:
    # Beside a letter that is right, "Ã¥" may be what somebody wrote; "Â¡" is no Swedish letter.
    text = "Datum;Slag;Anteckning\n2018-06-01;x;pÃ¥ Ängen\n2018-06-02;x;Â¡ Â° Â¡\n"
    found = read("a.csv", text)
    assert [a.note for a in found.activities] == ["pÃ¥ Ängen", "Â¡ Â° Â¡"]
    assert [(p.row, p.field, p.key, p.severity) for p in found.problems] == [
        (2, "Anteckning", "intake.letters_doubtful", "notice")
    ]
    # The whole file is looked at: in another row there is a second one, and the signs follow.
    found = read("a.csv", text + "2018-06-03;x;grÃ¤s\n")
    assert [a.note for a in found.activities] == ["på Ängen", "¡ ° ¡", "gräs"]
    assert keys(found) == ["intake.letters_mended"] * 3


def test_a_heading_known_only_when_it_is_mended_is_evidence(read: Read) -> None:
    found = read("a.csv", "Datum;Slag;OmrÃ¥de;Anteckning\n2018-06-01;x;;fÃ¶rr\n")
    assert [a.note for a in found.activities] == ["förr"]
    found = read("a.csv", "Datum;Slag;Hjälpare Ã¤;Anteckning\n2018-06-01;x;;förr\n")
    assert [(p.key, p.value) for p in found.problems] == [("intake.column_unused", "Hjälpare Ã¤")]


def test_what_the_program_wrote_is_never_mended(read: Read) -> None:
    id_ = "6a1f0000-0000-4000-8000-00000000beef"
    header = "lofteskartan_id;date;day;precision;kind;note;source_kind"
    row = f"{id_};2018-06-01T00:00:00+02:00;2018-06-01;day;x;Ã¥ Ã¤ Ã¶;recorded"
    found = read("a.csv", f"{header}\n{row}\n")
    assert [(a.id, a.note) for a in found.activities] == [(id_, "Ã¥ Ã¤ Ã¶")]
    assert keys(found) == ["intake.letters_doubtful"]


@pytest.mark.parametrize(
    "text", ["”MALMÖ”", "Ö–V", "São Paulo", "ÂNGSTRÖM", "crêpe «à la»", "Ã", "NÅ…", "å", "Ãö"]
)
def test_what_somebody_may_have_written_is_left(text: str) -> None:
    assert mended(text) == text


@pytest.mark.parametrize(
    "content",
    [
        b"a\0b\0\0c;d\n",
        b"Datum;Slag\n2018-06-01;\x81\x8d\x8f\x90\x9d\x00\n",
        # "Å" and a capital inside a word on a Mac, "ü" and a capital inside a word in DOS.
        b"Datum;Slag;Anteckning\n2018-06-01;x;date\x81 omr\xe5de\n",
        "Datum;Slag\n2018-06-01;på".encode() + "på\n".encode("cp1252"),
    ],
)
def test_what_is_in_no_encoding_or_in_two_is_refused(read: Read, content: bytes) -> None:
    with pytest.raises(IntakeError, match=r"intake\.(binary|mixed_encoding)"):
        read("a.csv", content)
