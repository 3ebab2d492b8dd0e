"""What accessibility is held to: the page Tillgänglighet tells it, the tests test it, from here.

Nothing here knows Streamlit, so that tests can ask without starting a page.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

Theme = Literal["light", "dark"]

STANDARD: Final = "WCAG 2.1 AA"

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

TEXT_CONTRAST: Final = 4.5
"""At least, between text and its ground (1.4.3)."""

DRAWN_CONTRAST: Final = 3.0
"""At least, between what is drawn or can be operated and its ground (1.4.11)."""

NARROWEST_PX: Final = 320
"""CSS pixels: a window of 1280 at 400 per cent (1.4.10)."""

LOWEST_PX: Final = 256
"""CSS pixels: a window of 1024 at 400 per cent (1.4.10)."""

SMALLEST_TARGET_PX: Final = 24
"""What a pointer has to hit is at least as wide and as high, or stands in a line of text."""

TESTED_ON: Final = date(2026, 11, 22)
"""When every page was last looked through, beside the tests that run at each change."""

KNOWN_LIMITS: Final = ("map", "point", "tables", "free_text", "basemap", "players", "people")
"""What falls short, by its key in the statement's words."""

AUTHORITY_URL: Final = "https://www.digg.se/tdosanmalan"
"""Digg, the authority that oversees the Swedish law (2018:1937)."""
