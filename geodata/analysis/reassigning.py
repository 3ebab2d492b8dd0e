"""Which area records are in, answered anew after outlines have changed.

A record's area was either what the outlines said of its place, or what somebody chose. Where it
is what the old outlines say, the new ones are asked; where it is something else, somebody chose
it, and it stays. A record whose area was chosen and happens to be what the outlines said can't
be told from one that was never chosen; it follows the outlines.

A walk's area is chosen and never derived, so walks, and the activities that are held walks, stay.
So does what has no place, and what is withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import shapely
from shapely import LineString, MultiLineString, Point

from geodata.analysis.location import Outlines
from geodata.model import Activity, Finding

Move = tuple[str | None, str | None]
"""From which area to which; None is no area."""


@dataclass(frozen=True, slots=True)
class Reassignment:
    """What new outlines say of records.

    Parameters
    ----------
    asked : int
        How many records have a place and an area that follows outlines.
    changed : tuple of Activity or Finding
        Those whose area is another one now, with the new one.
    moves : mapping of (str or None, str or None) to int
        How many of them went from which area to which.
    kept : int
        How many the outlines say something new of, but whose area somebody chose.
    """

    asked: int = 0
    changed: tuple[Activity | Finding, ...] = ()
    moves: Mapping[Move, int] = field(default_factory=dict)
    kept: int = 0


def reassign(records: Iterable[Activity | Finding], old: Outlines, new: Outlines) -> Reassignment:
    """Ask new outlines where records are.

    Parameters
    ----------
    records : iterable of Activity or Finding
        In any order, void ones too.
    old, new : Outlines
        Those that the records' areas were answered by, and those that hold now.

    Returns
    -------
    Reassignment
        Asking again with the changed records changes nothing more.
    """
    asked = [record for record in records if _follows_outlines(record)]
    points = [_point(record) for record in asked]
    lon, lat = [point.x for point in points], [point.y for point in points]
    before, after = old.locate_many(lon, lat), new.locate_many(lon, lat)
    changed: list[Activity | Finding] = []
    moves: Counter[Move] = Counter()
    kept = 0
    for record, was, now in zip(asked, before, after, strict=True):
        if was.area_id == now.area_id or record.area_id == now.area_id:
            continue
        if record.area_id != was.area_id:
            kept += 1
            continue
        moves[record.area_id, now.area_id] += 1
        changed.append(replace(record, area_id=now.area_id))
    return Reassignment(len(asked), tuple(changed), dict(moves), kept)


def _follows_outlines(record: Activity | Finding) -> bool:
    is_walk = isinstance(record, Activity) and record.walk_id is not None
    return record.place is not None and not record.void and not is_walk


def _point(record: Activity | Finding) -> Point:
    """Return where a record is asked about: its place, or half way along a line."""
    place: Point | LineString | MultiLineString | None = record.place
    if place is None or isinstance(place, Point):
        return place or Point()
    return shapely.line_interpolate_point(place, 0.5, normalized=True)
