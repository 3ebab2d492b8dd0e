"""Names as they stand on the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LONGEST: Final = 40
"""A name with more letters is no street's: it is left out rather than cut."""


def name_from(tags: Mapping[str, str]) -> str:
    """Return a thing's name in Swedish where it has one, else its own; empty where unfit."""
    name = " ".join((tags.get("name:sv") or tags.get("name") or "").split())
    return name if len(name) <= LONGEST and name.isprintable() else ""
