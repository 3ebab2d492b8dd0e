"""What a record says, without who said it: two records with one fingerprint are doubles."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Final

import shapely

from geodata.intake.positions import Shape
from geodata.model import Activity, Finding, HotSpot, Walk, Work

DECIMALS: Final = 6
"""Of a degree, to which places are compared: a tenth of a metre."""

Fingerprint = tuple[object, ...]


def fingerprint(record: Work | HotSpot) -> Fingerprint:
    """Return what a record says, to find doubles by.

    Parameters
    ----------
    record : Activity, Walk, Finding or HotSpot
        Any record.

    Returns
    -------
    tuple
        Hashable, and equal for records of one sort that say the same, whoever wrote them and
        wherever they came from: what may change as work goes on (a walk's status and
        participants, a finding's status, owner and due day, how long a hot spot lasts and its
        dose) and what it is counted for are not in it.
    """
    if isinstance(record, Activity):
        return (
            "activity",
            record.kind,
            _instant(record.start),
            str(record.precision),
            record.area_id,
            _place(record.place),
            record.minutes,
            record.participants,
            _words(record.note),
        )
    if isinstance(record, Walk):
        return (
            "walk",
            record.area_id,
            _instant(record.start),
            str(record.precision),
            _words(record.meeting_point),
            _place(record.route),
        )
    if isinstance(record, HotSpot):
        return ("hot_spot", _words(record.name), _place(record.place), record.valid_from)
    return _finding(record)


def _finding(record: Finding) -> Fingerprint:
    return (
        "finding",
        record.category,
        _words(record.text),
        _place(record.place),
        record.day,
        record.walk_id,
    )


def _instant(start: datetime) -> datetime:
    return start.astimezone(UTC)


def _place(place: Shape | None) -> Fingerprint | None:
    if place is None or place.is_empty:
        return None
    if place.geom_type == "Point":
        return (round(place.x, DECIMALS), round(place.y, DECIMALS))
    numbers, parts = shapely.get_coordinates(place), shapely.get_num_geometries(place)
    return (int(parts), *numbers.round(DECIMALS).ravel().tolist())


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
