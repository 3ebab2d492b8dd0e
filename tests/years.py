"""Promises of years for which none is shipped: those of 2018, twelve years later."""

from __future__ import annotations

import re
from typing import Final

from geodata.settings import bundled_data

YEARS_ON: Final = 12


def twelve_years_on(place: str) -> str:
    """Return the file of Mark's or Borås's promise of 2030: that of 2018 with every year moved."""
    text = (bundled_data() / "promises" / f"{place}-2018.toml").read_text(encoding="utf-8")
    moved = re.sub(r"\b20\d\d\b", lambda year: str(int(year[0]) + YEARS_ON), text)
    return re.sub(r"^predecessor = .*\n", "", moved, flags=re.MULTILINE)
