"""How long something took, as people write it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from geodata.errors import IntakeError

_MINUTES: Final = re.compile(r"([+-]?\d{1,18})(?:[.,]00?)?(?: ?(?:min|minuter|minutes?|m)\.?)?")
_HOURS: Final = re.compile(r"(\d{1,3})(?:[.,](\d{1,6}))? ?(?:h|t|tim|timme|timmar|hours?|hrs?)\.?")
_BOTH: Final = re.compile(
    r"(\d{1,3}) ?(?:h|t|tim|timme|timmar|hours?|hrs?)\.?(?:,| och| and)? ?"
    r"(\d{1,2})(?: ?(?:min|minuter|minutes?|m)\.?)?"
)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


@lru_cache(maxsize=2_048)
def parse_minutes(text: str) -> int:
    """Return how many minutes a text says."""
    plain = " ".join(text.casefold().split())
    if not plain.isascii():
        raise IntakeError("intake.not_minutes")
    if found := _MINUTES.fullmatch(plain):
        return int(found[1])
    if found := _HOURS.fullmatch(plain):
        return round(float(f"{found[1]}.{found[2] or 0}") * 60)
    found = _BOTH.fullmatch(plain) or _CLOCK.fullmatch(plain)
    if found and int(found[2]) < 60:
        return int(found[1]) * 60 + int(found[2])
    raise IntakeError("intake.not_minutes")
