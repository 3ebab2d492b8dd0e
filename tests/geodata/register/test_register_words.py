"""Every key that the register raises has its sentence in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from geodata import register
from geodata.errors import RegisterError, UnknownIdError, Value
from geodata.model import LANGUAGES, Language
from geodata.register.schema import ENTITIES
from geodata.texts import LOCALE_FOLDER, Words

SOURCE = "\n".join(path.read_text() for path in Path(register.__file__).parent.glob("*.py"))
KEYS = set(re.findall(r'"(register\.[a-z_]+)"', SOURCE))
VALUES: dict[str, Value] = {
    "register": "/data/r.sqlite",
    "file": "/data/r.sqlite",
    "id": "a1",
    "walk": "w1",
    "table": "activity",
    "count": 2,
    "number": 3,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_a_sentence_and_every_sentence_a_key(language: Language) -> None:
    with (LOCALE_FOLDER / language / "register.po").open("rb") as file:
        written = {
            message.id[0] if message.pluralizable else str(message.id)
            for message in read_po(file)
            if message.id
        }
    unknown = {f"error.unknown.{what}" for what in (*ENTITIES, "revision", "patrol")}
    assert written == {f"error.{key}" for key in KEYS} | unknown


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_says_which(language: Language) -> None:
    words = Words(language, whole_paths=True)
    for key in KEYS - {"register.no_file"}:
        sentence = words.error(RegisterError(key, **VALUES))
        assert "/data/r.sqlite" in sentence or "a1" in sentence
    for what in (*ENTITIES, "revision"):
        assert "a1" in words.error(UnknownIdError(f"unknown.{what}", id="a1", number=3))
