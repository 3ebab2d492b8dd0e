"""Photos of findings in a document: some side by side below an area's findings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from geodata.model import Finding, Photo, PhotoRole
from geodata.publish.report.matter import AreaMatter, Picture, Teller
from geodata.publish.report.sections import finding_told

AT_MOST: Final = 8
"""So many of an area are shown; that there are more is told."""

BESIDE: Final = 4

WIDTH, HEIGHT, GAP = 100, 75, 4
"""Of each and between them, as parts of the drawing's own width."""


def pictured(area: AreaMatter) -> list[tuple[Finding, Photo]]:
    """Return an area's findings that have photos, with each of these, as they are listed."""
    return [(one, photo) for one in area.findings for photo in area.photos.get(one.id, ())]


def name_of(area: AreaMatter) -> str:
    """Return what the drawing of an area's photos is called."""
    return f"photos/{area.area.id}"


def photos_told(area: AreaMatter, tell: Teller) -> Picture:
    """Return the block that shows an area's photos and says what they are of."""
    found = pictured(area)
    said = "; ".join(_told(*pair, tell) for pair in found[:AT_MOST])
    more = len(found) - AT_MOST
    caption = tell("report.photos", photos=said)
    if more > 0:
        caption = f"{caption} {tell('report.photos_more', count=more)}"
    return Picture(name_of(area), caption, caption)


def _told(finding: Finding, photo: Photo, tell: Teller) -> str:
    role = "" if photo.role is PhotoRole.OTHER else tell(f"photo.role.{photo.role}").lower()
    # What it says ends within a sentence here.
    return ", ".join(filter(None, (finding_told(finding, tell).rstrip("."), role)))


def strip(thumbnails: Sequence[bytes]) -> bytes:
    """Return JPEG pictures side by side as an SVG drawing, some in each row."""
    rows = -(-len(thumbnails) // BESIDE)
    width, height = BESIDE * (WIDTH + GAP) - GAP, rows * (HEIGHT + GAP) - GAP
    shown = (
        f'<svg x="{at % BESIDE * (WIDTH + GAP)}" y="{at // BESIDE * (HEIGHT + GAP)}"'
        f' width="{WIDTH}" height="{HEIGHT}"><image width="{WIDTH}" height="{HEIGHT}"'
        ' preserveAspectRatio="xMidYMid slice"'
        f' href="data:image/jpeg;base64,{b64encode(body).decode()}"/></svg>'
        for at, body in enumerate(thumbnails)
    )
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(shown)}</svg>'.encode()
