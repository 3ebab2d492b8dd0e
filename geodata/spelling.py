"""Words as they are compared in a search: however they are spelled, bent and joined.

Register and service split and fold every text here, so that what is typed and what is kept are the
same words in every database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from string import ascii_lowercase
from typing import Final

from snowballstemmer import stemmer

_LETTERS: Final = str.maketrans({"æ": "a", "ø": "o", "đ": "d", "ł": "l"})
_WORD: Final = re.compile(r"[^\W_]+")
_JOINED: Final = re.compile(r"[^\W_]+(?:[-\N{HYPHEN}\N{NON-BREAKING HYPHEN}][^\W_]+)+")
_TYPED: Final = re.compile(rf"{_JOINED.pattern}|{_WORD.pattern}")

SHORTEST_STEM: Final = 3
SHORTEST_MISSPELT: Final = 4
"""Of shorter words one letter more or less makes too many others."""


def folded(text: str) -> str:
    """Return a text in small letters without marks: å and ä are a, ö is o."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_LETTERS)


def words_of(text: str) -> tuple[str, ...]:
    """Return a text's folded words, each once; one with hyphens in its parts and as a whole."""
    return tuple(dict.fromkeys(_words(folded(text))))


def _words(plain: str) -> Iterator[str]:
    yield from _WORD.findall(plain)
    for joined in _JOINED.findall(plain):
        yield "".join(_WORD.findall(joined))


def typed_words(text: str) -> tuple[str, ...]:
    """Return a question's folded words, each once; one with hyphens as a whole."""
    found = (_WORD.findall(word) for word in _TYPED.findall(folded(text)))
    return tuple(dict.fromkeys(map("".join, found)))


@lru_cache(maxsize=4_096)
def stem(word: str) -> str:
    """Return a word without its ending, folded: Swedish (snowballstem.org), or as it is."""
    # The stemmer leaves the ending of "lyktan", though it takes those of "lykta" and "lyktor".
    bent = re.sub(r"(?<=[^\W_]{4}a)ns?$", "", word.lower())
    cut = folded(stemmer("swedish").stemWord(bent))
    return cut if len(cut) >= SHORTEST_STEM else folded(word)


def misspellings(word: str) -> frozenset[str]:
    """Return the words that one wrong, missing, superfluous or exchanged letter makes of one.

    As in Norvig, "How to Write a Spelling Corrector" (norvig.com/spell-correct.html).

    Parameters
    ----------
    word : str
        Folded.

    Returns
    -------
    frozenset of str
        Without itself; none of a number or of a word of less than `SHORTEST_MISSPELT` letters.
    """
    if len(word) < SHORTEST_MISSPELT or not word.isalpha():
        return frozenset()
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    missing = {a + b[1:] for a, b in cuts if b}
    turned = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    other = {a + c + b[1:] for a, b in cuts if b for c in ascii_lowercase}
    more = {a + c + b for a, b in cuts for c in ascii_lowercase}
    return frozenset(missing | turned | other | more) - {word}
