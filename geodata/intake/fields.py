"""One field at a time: from what a file writes to what a record holds, or told why not.

Every function here takes the row's cells and its `RowNotes`, returns the value, and returns
None (or an empty value) where there is none; what is wrong is told, never raised.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Final, TypeVar

from shapely import Point

from geodata.crs import in_sweden
from geodata.errors import IntakeError
from geodata.intake.report import RowNotes
from geodata.intake.values.clock import BY_ITSELF, When, Writing, at_time, parse_minutes, parse_time
from geodata.intake.values.dates import parse_day, parse_when
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import Location, Precision, can_be_kept
from geodata.records import LONGEST_NAME

Cells = Mapping[str, str]
Locate = Callable[[float, float], Location]
"""From longitude and latitude in WGS 84 degrees to where that is."""

V = TypeVar("V")

FAR_M: Final = 500.0
"""A point outside every area and farther than this from its own is told of, in metres."""

ALIKE: Final = 0.7
"""How alike two words are of which one may be the other misspelt, as `difflib` measures it."""

AS_EACH_SAYS: Final[Mapping[str, Writing]] = {}
"""Nothing is known of the columns that days and times stand in."""

_PRECISIONS: Final = {str(precision): str(precision) for precision in Precision}

_BETWEEN: Final = re.compile(r"[|,;]")
_DECIMAL: Final = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,24})?(?:e[+-]?\d{1,3})?", re.ASCII)
# "14.0" is how a program that lacks whole numbers writes 14.
_INTEGER: Final = re.compile(r"([+-]?\d{1,18})(?:[.,]00?)?", re.ASCII)
_DEGREES: Final = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,18})?", re.ASCII)


@lru_cache(maxsize=4_096)
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
    return _value(cells, field, told, lambda found: _kept(found, longest)) or ""


def _value(cells: Cells, field: str, told: RowNotes, parse: Callable[[str], V]) -> V | None:
    if not (found := cells.get(field, "")):
        return None
    try:
        return parse(found)
    except IntakeError as error:
        told.error(field, error.key, found, **error.values)
        return None


def _kept(found: str, longest: int) -> str:
    if holds_identity_number(found):
        raise IntakeError("intake.personal_identity_number")
    if not can_be_kept(found):
        raise IntakeError("intake.bad_character")
    if len(found) > longest:
        raise IntakeError("intake.too_long", limit=longest)
    return found


def required(cells: Cells, fields: Iterable[str], told: RowNotes) -> None:
    """Tell of every field that must hold something and doesn't."""
    for field in fields:
        if not cells.get(field):
            told.error(field, "intake.missing_value")


def number(cells: Cells, field: str, told: RowNotes, highest: int) -> int | None:
    """Return a whole number from 0 to `highest`, None where there is none."""
    return _value(cells, field, told, lambda found: _in_range(_whole(found), highest))


def minutes(cells: Cells, field: str, told: RowNotes, highest: int) -> int | None:
    """Return how long something took, in minutes; None where there is nothing."""
    return _value(cells, field, told, lambda found: _in_range(parse_minutes(found), highest))


def decimal(
    cells: Cells, field: str, told: RowNotes, lowest: float, highest: float
) -> float | None:
    """Return a number with a decimal comma or point, None where there is none or a wrong one."""
    return _value(cells, field, told, lambda found: _between(found, lowest, highest))


def _whole(found: str) -> int:
    if not (whole := _INTEGER.fullmatch(found)):
        raise IntakeError("intake.not_a_number")
    return int(whole[1])


def _in_range(value: int, highest: int) -> int:
    if not 0 <= value <= highest:
        raise IntakeError("intake.number_range", highest=highest)
    return value


def _between(found: str, lowest: float, highest: float) -> float:
    value = float(found.replace(",", ".")) if _DECIMAL.fullmatch(found) else math.nan
    if not math.isfinite(value):
        raise IntakeError("intake.not_a_decimal")
    if not lowest <= value <= highest:
        raise IntakeError("intake.number_between", lowest=lowest, highest=highest)
    return value


def choice(
    cells: Cells, field: str, told: RowNotes, names: Mapping[str, str], key: str
) -> str | None:
    """Return the id that a name stands for."""
    found = cells.get(field, "")
    if not found:
        return None
    if (id_ := names.get(folded(found))) is None:
        _unknown(field, key, found, names, told)
    return id_


def choices(
    cells: Cells, field: str, told: RowNotes, names: Mapping[str, str], key: str
) -> tuple[str, ...]:
    """Return the ids that several names stand for, without repeats.

    Names stand between ``|``, comma or semicolon; ids, which hold no space, may stand between
    spaces instead. Parameters are those of `choice`.
    """
    found = cells.get(field, "")
    if not found:
        return ()
    if (only := names.get(folded(found))) is not None:
        return (only,)
    ids: list[str] = []
    for part in filter(None, (p.strip() for p in _BETWEEN.split(found))):
        words = part.split()
        known = all(folded(word) in names for word in words)
        # A name of several words with a slip in it is one name, and not so many ids.
        if folded(part) in names or (not known and nearest(part, names)):
            words = [part]
        for word in words:
            if (id_ := names.get(folded(word))) is None:
                _unknown(field, key, word, names, told)
            else:
                ids.append(id_)
    return tuple(dict.fromkeys(ids))


def _unknown(field: str, key: str, word: str, names: Mapping[str, str], told: RowNotes) -> None:
    """Refuse a word that is none of the known: all are told, and the one it is most like."""
    expected = ", ".join(dict.fromkeys(names.values()))
    told.error(field, key, word, expected=expected, near=nearest(word, names))


def nearest(word: str, names: Mapping[str, str]) -> str:
    """Return the known word that a misspelt one is most like, empty where none is."""
    # No name is so long, and what is looked up is kept for the next row.
    return _nearest(folded(word[:LONGEST_NAME]), tuple(names))


@lru_cache(maxsize=4_096)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    # A slip is rarely the first letter, and comparing with every word takes a millisecond.
    alike = [one for one in known if one[:1] == word[:1]]
    return next(iter(get_close_matches(word, alike, n=1, cutoff=ALIKE)), "")


def when(
    cells: Cells,
    field: str,
    told: RowNotes,
    clock: str = "",
    writing: Mapping[str, Writing] = AS_EACH_SAYS,
) -> When | None:
    """Return a time, None where there is none or it can't be read."""
    found = cells.get(field, "")
    if not found:
        return None
    of_clock = writing.get(clock, BY_ITSELF)
    by_itself = cells.get(clock, "") if clock and not of_clock.midnights else ""
    at = field
    try:
        result = parse_when(found, writing.get(field, BY_ITSELF))
        if by_itself:
            at = clock
            result = at_time(result, parse_time(by_itself, of_clock))
    except IntakeError as error:
        told.error(at, error.key, cells[at], **error.values)
        return None
    if result.twice:
        told.notice(at, "intake.time_twice", cells[at])
    _tell_order(field, found, result, told)
    return result


def _tell_order(field: str, found: str, result: When, told: RowNotes) -> None:
    if result.day_first:
        told.notice(field, "intake.day_first", found, day=result.day.isoformat())


def own_when(cells: Cells, told: RowNotes) -> When | None:
    """Return the time of a row that the program itself wrote, exactly as it says.

    ``date`` is the first instant with its offset, ``precision`` how exactly it is known, and
    ``day`` the last day it can have begun.
    """
    start = when(cells, "date", told)
    last = day(cells, "day", told)
    named = choice(cells, "precision", told, _PRECISIONS, "intake.unknown_precision")
    if start is None:
        if not cells.get("date"):
            told.error("date", "intake.missing_value")
        return None
    precision = start.precision if named is None else Precision(named)
    return When(start.start, precision, last or start.day)


def day(
    cells: Cells,
    field: str,
    told: RowNotes,
    writing: Mapping[str, Writing] = AS_EACH_SAYS,
) -> date | None:
    """Return a day, None where there is none or it can't be read; parameters as for `when`."""
    read = partial(parse_day, writing=writing.get(field, BY_ITSELF))
    result = _value(cells, field, told, read)
    if result is None:
        return None
    _tell_order(field, cells[field], result, told)
    return result.day


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
    east, north = (float(found.replace(",", ".")) for found in (lon, lat))
    if in_sweden(east, north):
        return Point(east, north)
    key = "intake.swapped" if in_sweden(north, east) else "intake.outside_sweden"
    told.error("lat", key, f"{north:.10g} {east:.10g}")
    return None


def area_at(given: str | None, found: Location, told: RowNotes) -> str | None:
    """Return the area of a record whose place was found."""
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
