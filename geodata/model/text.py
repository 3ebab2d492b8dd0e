"""Texts: in both of the screen's languages, and such as can be kept at all."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Language = Literal["sv", "en"]

LANGUAGES: tuple[Language, ...] = ("sv", "en")

_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that show the text after them in another order than it is written in."""


def can_be_kept(text: str) -> bool:
    """Tell whether a text has no control character but tabs and line breaks, and no half one."""
    return text.isprintable() or not any(
        unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text
    )


def reads_as_written(text: str) -> bool:
    """Tell whether a text can be kept and shows nothing in another order, as an address must."""
    return can_be_kept(text) and not _REORDERING.search(text)


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in Swedish, and in English where somebody has given it."""

    sv: str
    en: str = ""

    def to(self, language: Language) -> str:
        """Return the text in one language, in Swedish where it has no other."""
        return self.en if self.language(language) == "en" else self.sv

    def language(self, wanted: Language) -> Language:
        """Return the language that `to` answers in."""
        return "en" if wanted == "en" and self.en else "sv"

    def with_more(self, more: str) -> LocalText:
        """Return the text with something after it that is the same in each language."""
        return LocalText(self.sv + more, self.en and self.en + more)

    @property
    def all(self) -> tuple[str, ...]:
        """The text in each language that it has."""
        return (self.sv, self.en) if self.en else (self.sv,)
