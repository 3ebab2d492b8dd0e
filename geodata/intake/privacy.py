"""Finds Swedish personal identity numbers in free text: they have no place in a record."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from personnummer import personnummer

_DIGIT: Final = re.compile(r"\d")

# Looked for at every position (hence the look-ahead): a number may follow on other digits that
# only look like the beginning of one. The century is optional, so is the sign between date and
# number, and people put spaces round it. Without the sign, more digits on either side make it
# some other number; with it, they are rather a slip.
_CANDIDATE: Final = re.compile(
    r"(?<!\d)(?=((?:18|19|20)?\d{6})\s{0,2}()(\d{4})(?!\d))"
    r"|(?=((?:18|19|20)?\d{6})\s{0,2}([-+])\s{0,2}(\d{4}))",
    re.ASCII,
)

# Word processors turn the hyphen into these (U+2010-2015 hyphens and dashes, U+2212 minus).
_DASHES: Final = dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")


def _plain(text: str) -> str:
    """Return the text with plain digits, spaces and hyphens, without invisible characters."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else c
        for c in folded
        if unicodedata.category(c) != "Cf"
    )


def holds_identity_number(text: str) -> bool:
    """Tell whether a text holds a valid Swedish personal identity or coordination number.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        True if ten or twelve digits in it, with or without hyphen or plus, are a possible date
        (a coordination number's day is 60 higher) with a right check digit. Skatteverket's rules,
        as the package ``personnummer`` holds them. A number that by chance is such a one, like
        one date and clock time in ten written without punctuation, counts as well.
    """
    # Nearly every text ends here, and a file may hold a million.
    if len(text) < 10 or len(_DIGIT.findall(text)) < 10:
        return False
    return any(
        personnummer.valid("".join(filter(None, found.groups())))
        for found in _CANDIDATE.finditer(_plain(text))
    )
