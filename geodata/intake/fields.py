"""One field at a time: from what a file writes to what a record holds, or told why not.

Every function here takes the row's cells and its `RowNotes`, returns the value, and returns
None (or an empty value) where there is none; what is wrong is told, never raised.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from shapely import Point

from geodata.crs import in_sweden
from geodata.errors import IntakeError
from geodata.intake.dates import When, parse_day, parse_when
from geodata.intake.drafts import RowNotes
from geodata.intake.privacy import holds_identity_number
from geodata.model import Location

Cells = Mapping[str, str]
Locate = Callable[[float, float], Location]
"""From longitude and latitude in WGS 84 degrees to where that is."""

MINUTES_HIGHEST: Final = 1_440
"""A day: what took longer was more than one activity."""

PARTICIPANTS_HIGHEST: Final = 100_000
"""More than live in either municipality's promised areas; anything above is a slip."""

FAR_M: Final = 500.0
"""A point outside every area and farther than this from its own is told of, in metres."""

_BETWEEN: Final = re.compile(r"[|,;]")
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DEGREES: Final = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,18})?", re.ASCII)


def folded(text: str) -> str:
    """Return a text as names are compared: without case, with single spaces."""
    return " ".join(text.casefold().replace("_", " ").split())


def text(cells: Cells, field: str, told: RowNotes, longest: int) -> str:
    """Return free text, refused if it holds an identity number or can't be kept.

    Parameters
    ----------
    cells : mapping of str to str
        The row.
    field : str
        Which field.
    told : RowNotes
        Takes what is wrong.
    longest : int
        Characters it may have.

    Returns
    -------
    str
        The text; empty where there is none or it was refused.
    """
    found = cells.get(field, "")
    if holds_identity_number(found):
        told.error(field, "intake.personal_identity_number")
    elif any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in found):
        told.error(field, "intake.bad_character", found)
    elif len(found) > longest:
        told.error(field, "intake.too_long", found, limit=longest)
    else:
        return found
    return ""


def required(cells: Cells, fields: Iterable[str], told: RowNotes) -> None:
    """Tell of every field that must hold something and doesn't."""
    for field in fields:
        if not cells.get(field):
            told.error(field, "intake.missing_value")


def number(cells: Cells, field: str, told: RowNotes, highest: int) -> int | None:
    """Return a whole number from 0 to `highest`, None where there is none."""
    found = cells.get(field, "")
    if not found:
        return None
    if not _INTEGER.fullmatch(found):
        told.error(field, "intake.not_a_number", found)
        return None
    value = int(found)
    if not 0 <= value <= highest:
        told.error(field, "intake.number_range", found, highest=highest)
        return None
    return value


def choice(
    cells: Cells, field: str, told: RowNotes, names: Mapping[str, str], key: str
) -> str | None:
    """Return the id that a name stands for.

    Parameters
    ----------
    cells : mapping of str to str
        The row.
    field : str
        Which field.
    told : RowNotes
        Takes what is wrong.
    names : mapping of str to str
        `folded` names to ids.
    key : str
        Sentence for a name that is not among them; it may name ``{expected}``.

    Returns
    -------
    str or None
        The id, None where the field is empty or the name unknown.
    """
    found = cells.get(field, "")
    if not found:
        return None
    if (id_ := names.get(folded(found))) is None:
        told.error(field, key, found, expected=_expected(names))
    return id_


def choices(
    cells: Cells, field: str, told: RowNotes, names: Mapping[str, str], key: str
) -> tuple[str, ...]:
    """Return the ids that several names stand for, without repeats.

    Names stand between ``|``, comma or semicolon; ids, which hold no space, may stand between
    spaces instead. Parameters are those of `choice`.
    """
    ids: list[str] = []
    for part in filter(None, (p.strip() for p in _BETWEEN.split(cells.get(field, "")))):
        words = [part] if folded(part) in names else part.split()
        for word in words:
            if (id_ := names.get(folded(word))) is None:
                told.error(field, key, word, expected=_expected(names))
            else:
                ids.append(id_)
    return tuple(dict.fromkeys(ids))


def _expected(names: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(names.values()))


def when(cells: Cells, field: str, told: RowNotes) -> When | None:
    """Return a time, None where there is none or it can't be read."""
    found = cells.get(field, "")
    if not found:
        return None
    try:
        result = parse_when(found)
    except IntakeError as error:
        told.error(field, error.key, found, **error.values)
        return None
    if result.twice:
        told.notice(field, "intake.time_twice", found)
    return result


def day(cells: Cells, field: str, told: RowNotes) -> date | None:
    """Return a day, None where there is none or it can't be read."""
    found = cells.get(field, "")
    if not found:
        return None
    try:
        return parse_day(found)
    except IntakeError as error:
        told.error(field, error.key, found, **error.values)
        return None


def point(cells: Cells, told: RowNotes) -> Point | None:
    """Return the position that ``lat`` and ``lon`` give in WGS 84 degrees, None without one.

    A decimal comma is taken as well: a Swedish spreadsheet writes it.
    """
    lat, lon = cells.get("lat", ""), cells.get("lon", "")
    if not lat and not lon:
        return None
    for field, found in (("lat", lat), ("lon", lon)):
        if not found:
            told.error(field, "intake.half_position")
        elif not _DEGREES.fullmatch(found):
            told.error(field, "intake.not_degrees", found)
    if told.refused and not (_DEGREES.fullmatch(lat) and _DEGREES.fullmatch(lon)):
        return None
    return checked_point(float(lon.replace(",", ".")), float(lat.replace(",", ".")), "lat", told)


def checked_point(lon: float, lat: float, field: str, told: RowNotes) -> Point | None:
    """Return a point if it lies in Sweden; say so if its coordinates are swapped.

    Parameters
    ----------
    lon, lat : float
        Degrees in WGS 84.
    field : str
        Which field is told of.
    told : RowNotes
        Takes what is wrong.

    Returns
    -------
    shapely Point or None
        None if it was refused.
    """
    if math.isfinite(lon) and math.isfinite(lat):
        if in_sweden(lon, lat):
            return Point(lon, lat)
        key = "intake.swapped" if in_sweden(lat, lon) else "intake.outside_sweden"
    else:
        key = "intake.not_degrees"
    told.error(field, key, f"{lat:.10g} {lon:.10g}")
    return None


def area(given: str | None, place: Point | None, told: RowNotes, locate: Locate) -> str | None:
    """Return the area of a record: the one given, else the one its point lies in.

    Parameters
    ----------
    given : str or None
        Id of the area that the row names.
    place : shapely Point or None
        Where, in WGS 84.
    told : RowNotes
        Takes a notice where the two don't agree, or where the point lies in no area.
    locate : callable
        From longitude and latitude to `Location`.

    Returns
    -------
    str or None
        Its id. The row's own word wins over the outline.
    """
    if place is None:
        return given
    found = locate(place.x, place.y)
    if given is None:
        if found.area_id is None:
            told.notice("area", "intake.point_in_no_area")
        return found.area_id
    if found.area_id is None:
        if found.border_m is not None and found.border_m > FAR_M:
            told.notice("area", "intake.point_far_from_area", given, metres=found.border_m)
    elif found.area_id != given and not found.near_border:
        told.notice("area", "intake.point_in_other_area", given, found=found.area_id)
    return given
