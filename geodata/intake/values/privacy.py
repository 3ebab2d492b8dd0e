"""Finds Swedish personal identity numbers in free text: they have no place in a record.

How such a number may be written stands in `_FORMS`, what looks like one and is something else in
`_is_another`. Skatteverket's rules for date and check digit are the package ``personnummer``'s.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import datetime
from typing import Final

from personnummer import personnummer

_FEWEST_DIGITS: Final = 8  # of a provisional number: six of a date and two, as in 811218-TF98

_WHOLE: Final = r"(?P<century>(?:18|19|20)?)(?P<yy>\d\d)(?P<mm>0[1-9]|1[0-2])(?P<dd>\d\d)"
# Divided at all of its joints alike: "0701-23 45 67" holds no date.
_DIVIDED: Final = (
    r"(?P<century>(?:(?:18|19|20) ?)?)(?P<yy>\d\d)(?P<joint> ?[-./] ?| )(?P<mm>0[1-9]|1[0-2])"
    r"(?P=joint)(?P<dd>\d\d)"
)
_SERIAL: Final = r"(?P<serial>\d{4}|\d\d \d\d|\d{3}[- ]\d)"
# Numbers for people who have no other yet: -TF and two digits or -T and three (as authorities
# ask for them in reports), and the letters that stand for T where it is used up.
_MARK: Final = r"(?P<mark>TF\d\d|[TRSUWXJKLMN]\d{3})(?![0-9A-Z])"
_ODD_SIGN: Final = r"[./:_*~=|\\]"
_ALONE: Final = r"(?<!\d)(?<!\d[.,])"
_END: Final = r"(?!\d)(?![.,]\d)"

_FORMS: Final = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        # Without a sign of its own, more digits on either side make it some other number.
        rf"{_ALONE}{_WHOLE}(?P<sign>)(?P<serial>\d{{4}}){_END}",
        rf"{_ALONE}{_WHOLE}(?P<sign> {{1,3}}){_SERIAL}{_END}",
        rf"{_ALONE}{_WHOLE}(?P<sign> {{0,3}}{_ODD_SIGN} {{0,3}}){_SERIAL}{_END}",
        # With the sign that belongs there they are rather a slip.
        rf"{_WHOLE}(?P<sign> {{0,3}}[-+]{{1,2}} {{0,3}}){_SERIAL}",
        rf"(?<!\d){_DIVIDED}(?P<sign> {{0,3}}(?:[-+]|{_ODD_SIGN}){{1,2}} {{0,3}}| {{1,3}})"
        rf"{_SERIAL}(?!\d)(?! ?[-./:] ?\d)",
        rf"(?<!\d){_WHOLE} ?[-+]? ?{_MARK}",
        rf"(?<!\d){_DIVIDED} ?[-+] ?{_MARK}",
    )
)

# Where a date may begin; each form is tried there alone. Looked ahead for, at every position: a
# number may follow on other digits that only look like the beginning of one.
_DATE: Final = re.compile(
    r"(?=(?:(?:18|19|20) ?)?\d\d(?P<joint> ?[-./]? ?)(?:0[1-9]|1[0-2])(?P=joint)\d\d)"
)
_ORDINARY: Final = re.compile(r"[ -~åäöÅÄÖéÉüÜ]*")
_DIGEST: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", re.I
)
"""A UUID, or a SHA-256."""
_SPELLED: Final = re.compile(r"(?<!\d)\d(?: \d){3,}(?!\d)")  # digit by digit
_DECIMAL_BEFORE: Final = re.compile(r"\d[.,]\d+[ ,;]{1,2}-?$")
_DECIMAL_AFTER: Final = re.compile(r"[ ,;]{1,2}-?\d+[.,]\d")
_AMOUNT_AFTER: Final = re.compile(r" ?(?:kr|sek|eur|€|:-)(?!\w)", re.I)
_LENGTH_AFTER: Final = re.compile(r" ?(?:m2?|km2?|ha)(?!\w)")
_CALLED_BEFORE: Final = re.compile(
    r"(?:\b(?:tel|telefon|tfn|mobil|mob|ring|sms|phone|mobile|fax|växel)\w*[ .:]{0,3}"
    r"|(?:\+|00)46[ ()0-]{0,4})$",
    re.I,
)
_FOLLOWING_DIGITS: Final = re.compile(r"\d*")

# Word processors turn the hyphen into these (U+2010-2015 hyphens and dashes, U+2212 minus, and
# those that Unicode keeps for other scripts and sizes).
_DASHES: Final = dict.fromkeys(
    [*range(0x2010, 0x2016), 0x2212, 0x00B7, 0x2022, 0x2043, 0xFE58, 0xFE63, 0xFF0D, 0x30FC], "-"
)


def holds_identity_number(text: str) -> bool:
    """Tell whether a text holds a Swedish personal identity number.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        True if ten or twelve digits in it are a possible date (a coordination number's day is 60
        higher) with a right check digit, or if a date is followed by a provisional number. Signs,
        spaces and kinds of digits may be as people write them. Not such a number are a clock time
        or a date after a date, a number with decimals beside another or with a unit after it, a
        telephone number called one, and a part of a UUID or SHA-256. What by chance is a right
        number all the same counts, such as one date and clock time in ten written without
        punctuation.
    """
    # Nearly every text ends here, and a file may hold a million.
    if len(text) < _FEWEST_DIGITS:
        return False
    plain = text if _ORDINARY.fullmatch(text) else _plain(text)
    if sum(map(plain.count, "0123456789")) < _FEWEST_DIGITS:
        return False
    plain = _SPELLED.sub(lambda found: found[0].replace(" ", ""), _DIGEST.sub("·", plain))
    return any(
        found is not None and _is_right(found)
        for date in _DATE.finditer(plain)
        for found in (form.match(plain, date.start()) for form in _FORMS)
    )


def _plain(text: str) -> str:
    """Return the text with plain digits, spaces and hyphens, without invisible characters."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return "".join(
        " " if c.isspace() else str(unicodedata.decimal(c)) if c.isdecimal() else c
        for c in folded
        # Formats, controls and marks (as in a keycap or a struck-out digit) show no character.
        if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc", "Mn", "Me")
    )


def _is_right(found: re.Match[str]) -> bool:
    parts = found.groupdict()
    date = "".join(parts[name].strip() for name in ("century", "yy", "mm", "dd"))
    if parts.get("mark"):
        # It has no check digit; one that holds for any date is asked whether the date is one.
        return any(personnummer.valid(f"{date}001{check}") for check in range(10))
    serial = re.sub(r"\D", "", parts["serial"])
    return personnummer.valid(date + serial) and not _is_another(found, date, serial)


def _is_another(found: re.Match[str], date: str, serial: str) -> bool:
    """Tell whether what could be an identity number is plainly some other one."""
    text, end = found.string, found.end("serial")
    before, after = text[max(0, found.start() - 20) : found.start()], text[end : end + 20]
    sign = found["sign"].strip()
    if "joint" in found.groupdict() or (len(sign) == 1 and sign in ":_"):
        # A written date of this century and the time of day.
        return _is_recent(date) and _reads_as(serial, "%H%M")
    if sign and sign in "-+" * 2:
        rest = found["serial"] + (_FOLLOWING_DIGITS.match(after) or [""])[0]
        times = ("%H%M%S", "%y%m%d", "%Y%m%d") if len(rest) in (6, 8) else ()
        return _is_recent(date) and any(_reads_as(rest, form) for form in times)
    if sign == ".":  # perhaps a decimal point
        beside = _DECIMAL_BEFORE.search(before) or _DECIMAL_AFTER.match(after)
        return bool(beside or _LENGTH_AFTER.match(after))
    if date.startswith("0") and _CALLED_BEFORE.search(before):
        return True
    return bool(_AMOUNT_AFTER.match(after))


def _is_recent(date: str) -> bool:
    """Tell whether a date is one of this century's, as records have them."""
    return date.startswith("20") if len(date) == 8 else date[:2] <= "39"


def _reads_as(digits: str, form: str) -> bool:
    with suppress(ValueError):
        return datetime.strptime(digits, form).strftime(form) == digits  # noqa: DTZ007 only read
    return False
