import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import geodata
from geodata.errors import IntakeError
from geodata.intake.fields import Locate
from geodata.model import LANGUAGES, Catalogue, Language, SourceKind
from geodata.texts import Words

from ...intakes import read_records

PACKAGE = Path(geodata.__file__).parent


def entries(language: Language) -> dict[str, list[str]]:
    with (PACKAGE / "locale" / language / "intake.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return {
        (m.id if isinstance(m.id, str) else m.id[0]): (
            [m.string] if isinstance(m.string, str) else list(m.string or ())
        )
        for m in catalogue
        if m.id
    }


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_in_the_code_has_its_sentence_and_no_other_is_there(language: Language) -> None:
    used = {
        f"error.{key}"
        for path in (*(PACKAGE / "intake").rglob("*.py"), PACKAGE / "records.py")
        for key in re.findall(r'"(intake\.[a-z0-9_]+)"', path.read_text(encoding="utf-8"))
    }
    assert entries(language).keys() == used
    assert all(s for sentences in entries(language).values() for s in sentences)


def test_both_languages_name_the_same_values() -> None:
    sv, en = entries("sv"), entries("en")
    for key, sentences in sv.items():
        assert [names(s) for s in sentences] == [names(s) for s in en[key]], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_become_sentences(
    tmp_path: Path, catalogue: Catalogue, locate: Locate, language: Language
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("date,kind,lat,lon\n2018-03-07,fika,12.9,57.7\n", encoding="utf-8")
    intake = read_records(
        path, "activities", catalogue=catalogue, locate=locate, origin_kind=SourceKind.IMPORTED
    )
    words = Words(language)
    swapped, kind = (words(f"error.{p.key}", **p.values) for p in intake.problems)
    assert "fika" in kind
    assert "foot_patrol" in kind
    assert "12.9 57.7" in swapped


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_files_error_becomes_a_sentence(
    tmp_path: Path, catalogue: Catalogue, locate: Locate, language: Language
) -> None:
    with pytest.raises(IntakeError) as error:
        read_records(
            tmp_path / "gone.csv",
            "activities",
            catalogue=catalogue,
            locate=locate,
            origin_kind=SourceKind.IMPORTED,
        )
    assert "gone.csv" in Words(language).error(error.value)
