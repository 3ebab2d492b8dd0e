"""A record as plain values by column: the same in every format, so that each can be read back.

Times are ISO 8601 with Sweden's offset, days ISO 8601, ids between spaces. The columns' order is
the tables'. The last ones, in the reader's language, are for people and are not read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from shapely import LineString, MultiLineString, Point, to_wkt

from geodata.model import Activity, Finding, HotSpot, Origin, Term, Walk, Work, name_of
from geodata.publish.contents import Export, Sort
from geodata.texts import SWEDISH_TIME

Value = str | int | float | None
Values = dict[str, Value]
Shape = Point | LineString | MultiLineString

ID: Final = "lofteskartan_id"

COLUMNS: Final[Mapping[Sort, tuple[str, ...]]] = {
    "activities": (
        *(ID, "date", "precision", "day", "kind", "area", "lat", "lon", "geometry", "minutes"),
        *("commitments", "parties", "participants", "note"),
        *("source_kind", "source_file", "source_row", "source_reference"),
        *("verified_by", "walk_id", "times_s"),
    ),
    "walks": (
        *(ID, "status", "date", "precision", "day", "area", "minutes", "meeting_point", "invited"),
        *("geometry", "participants", "parties", "commitments", "note", "followed_up", "repeats"),
        *("source_kind", "source_file", "source_row", "source_reference"),
        "verified_by",
    ),
    "findings": (
        *(ID, "walk_id", "area", "lat", "lon", "category", "text", "owner", "due", "status"),
        *("day", "status_day", "internal"),
        *("source_kind", "source_file", "source_row", "source_reference"),
    ),
    "hot_spots": (
        *(ID, "name", "area", "lat", "lon", "radius_m", "weight", "reason", "source"),
        *("valid_from", "valid_to", "visits_a_week", "minutes_a_visit"),
        *("source_kind", "source_file", "source_row", "source_reference"),
    ),
}
"""Every field of a record, named as the import reads it back."""

NAME_COLUMNS: Final[Mapping[Sort, tuple[str, ...]]] = {
    "activities": ("kind_name", "area_name", "commitment_titles", "party_names"),
    "walks": ("status_name", "area_name", "commitment_titles", "party_names"),
    "findings": ("category_name", "area_name", "owner_name", "status_name"),
    "hot_spots": ("area_name",),
}
"""Names for people, in the reader's language; the import leaves them aside."""

WHOLE_NUMBERS: Final = frozenset({"minutes", "participants", "source_row", "minutes_a_visit"})
NUMBERS: Final = frozenset({"radius_m", "weight", "visits_a_week"})
GEOMETRY: Final = frozenset({"lat", "lon", "geometry"})
"""Columns that a format with geometry of its own does without."""

BETWEEN_NAMES: Final = " | "


def time_told(start: datetime) -> str:
    """Return a time in ISO 8601 with Sweden's offset, to the second or as finely as it is."""
    return start.astimezone(SWEDISH_TIME).isoformat()


def shape_of(record: Work | HotSpot) -> Shape | None:
    """Return where a record is, None if it has no place."""
    shape = record.route if isinstance(record, Walk) else record.place
    return None if shape is None or shape.is_empty else shape


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _position(shape: Shape | None) -> Values:
    if isinstance(shape, Point):
        return {"lat": shape.y, "lon": shape.x}
    return {"lat": None, "lon": None}


def _line(shape: Shape | None) -> Values:
    if shape is None or isinstance(shape, Point):
        return {"geometry": None}
    # Minus one: as many digits as it takes to come back equal.
    return {"geometry": to_wkt(shape, rounding_precision=-1)}


def _times(activity: Activity) -> str | None:
    """Return when each point of a recorded track was reached and left, as JSON."""
    pairs = [list(pair) for pair in activity.times_s]
    return json.dumps(pairs, separators=(",", ":")) if pairs else None


def _source(origin: Origin) -> Values:
    return {
        "source_kind": str(origin.kind),
        "source_file": origin.file,
        "source_row": origin.row,
        "source_reference": origin.reference,
    }


def _activity(activity: Activity) -> Values:
    shape = shape_of(activity)
    return {
        ID: activity.id,
        "date": time_told(activity.start),
        "precision": str(activity.precision),
        "day": _day(activity.day),
        "kind": activity.kind,
        "area": activity.area_id,
        **_position(shape),
        **_line(shape),
        "minutes": activity.minutes,
        "commitments": " ".join(activity.commitments),
        "parties": " ".join(activity.parties),
        "participants": activity.participants,
        "note": activity.note,
        **_source(activity.origin),
        "verified_by": activity.verified_by,
        "walk_id": activity.walk_id,
        "times_s": _times(activity),
    }


def _walk(walk: Walk, verified_by: str | None) -> Values:
    return {
        ID: walk.id,
        "status": str(walk.status),
        "date": time_told(walk.start),
        "precision": str(walk.precision),
        "day": _day(walk.day),
        "area": walk.area_id,
        "minutes": walk.minutes,
        "meeting_point": walk.meeting_point,
        "invited": walk.invited,
        **_line(shape_of(walk)),
        "participants": walk.participants,
        "parties": " ".join(walk.parties),
        "commitments": " ".join(walk.commitments),
        "note": walk.note,
        "followed_up": _day(walk.followed_up),
        "repeats": walk.repeats,
        **_source(walk.origin),
        "verified_by": verified_by,
    }


def _finding(finding: Finding) -> Values:
    return {
        ID: finding.id,
        "walk_id": finding.walk_id,
        "area": finding.area_id,
        **_position(shape_of(finding)),
        "category": finding.category,
        "text": finding.text,
        "owner": finding.owner,
        "due": _day(finding.due),
        "status": str(finding.status),
        "day": _day(finding.day),
        "status_day": _day(finding.status_day),
        "internal": "yes" if finding.internal else None,
        **_source(finding.origin),
    }


def _hot_spot(spot: HotSpot) -> Values:
    return {
        ID: spot.id,
        "name": spot.name,
        "area": spot.area_id,
        **_position(shape_of(spot)),
        "radius_m": spot.radius_m,
        "weight": spot.weight,
        "reason": spot.reason,
        "source": spot.reason_source,
        "valid_from": _day(spot.valid_from),
        "valid_to": _day(spot.valid_to),
        "visits_a_week": spot.visits_a_week,
        "minutes_a_visit": spot.minutes_a_visit,
        **_source(spot.origin),
    }


class Namer:
    """Gives ids the names that people know; an id that nothing has any more stays as it is.

    `parties` and `commitments` take a tuple of ids and give their names with a bar between.
    """

    def __init__(self, export: Export) -> None:
        self._catalogue = export.catalogue
        self._language = export.language
        self._words = export.words
        # Thousands of records name the same few.
        self.parties = cache(self._parties)
        self.commitments = cache(self._commitments)

    def term(self, terms: Mapping[str, Term], term_id: str) -> str:
        """Return a kind's or a category's name."""
        return name_of(terms, term_id).to(self._language)

    def kind(self, kind: str) -> str:
        """Return an activity kind's name."""
        return self.term(self._catalogue.vocabulary.activity_kinds, kind)

    def category(self, category: str) -> str:
        """Return a finding category's name."""
        return self.term(self._catalogue.vocabulary.finding_categories, category)

    def area(self, area_id: str | None) -> str | None:
        """Return an area's name."""
        area = None if area_id is None else self._catalogue.area_by_id.get(area_id)
        return area_id if area is None else area.name

    def party(self, party_id: str | None) -> str | None:
        """Return a party's name."""
        party = None if party_id is None else self._catalogue.party_by_id.get(party_id)
        return party_id if party is None else party.name.to(self._language)

    def _parties(self, ids: tuple[str, ...]) -> str:
        return BETWEEN_NAMES.join(self.party(id_) or id_ for id_ in ids)

    def _commitments(self, ids: tuple[str, ...]) -> str:
        known = self._catalogue.commitment_by_id
        return BETWEEN_NAMES.join(
            known[id_].title.to(self._language) if id_ in known else id_ for id_ in ids
        )

    def of_activity(self, activity: Activity) -> Values:
        """Return an activity's `NAME_COLUMNS`."""
        return {
            "kind_name": self.kind(activity.kind),
            "area_name": self.area(activity.area_id),
            "commitment_titles": self.commitments(activity.commitments),
            "party_names": self.parties(activity.parties),
        }

    def of_walk(self, walk: Walk) -> Values:
        """Return a walk's `NAME_COLUMNS`."""
        return {
            "status_name": self._words(f"walk.{walk.status}"),
            "area_name": self.area(walk.area_id),
            "commitment_titles": self.commitments(walk.commitments),
            "party_names": self.parties(walk.parties),
        }

    def of_finding(self, finding: Finding) -> Values:
        """Return a finding's `NAME_COLUMNS`."""
        return {
            "category_name": self.category(finding.category),
            "area_name": self.area(finding.area_id),
            "owner_name": self.party(finding.owner),
            "status_name": self._words(f"finding.{finding.status}"),
        }


def columns_of(sort: Sort) -> tuple[str, ...]:
    """Return every column of a sort in order."""
    return COLUMNS[sort] + NAME_COLUMNS[sort]


def records_of(export: Export, sort: Sort) -> Sequence[Work | HotSpot]:
    """Return the records of a sort; none where it was not asked for."""
    found: Mapping[Sort, Sequence[Work | HotSpot]] = {
        "activities": export.activities,
        "walks": export.walks,
        "findings": export.findings,
        "hot_spots": export.hot_spots,
    }
    return found[sort] if sort in export.sorts else ()


def values_maker(export: Export, sort: Sort) -> Callable[[Any], Values]:
    """Return what makes a record of a sort into its values, by column in order."""
    namer = Namer(export)
    if sort == "activities":
        return lambda record: _activity(record) | namer.of_activity(record)
    if sort == "walks":
        verified = export.verified
        return lambda record: _walk(record, verified.get(record.id)) | namer.of_walk(record)
    if sort == "hot_spots":
        return lambda spot: _hot_spot(spot) | {"area_name": namer.area(spot.area_id)}
    return lambda record: _finding(record) | namer.of_finding(record)
