"""What a GeoPackage holds beside the records: areas, places, promises and commitments as values.

Columns have names that no record's column has, so that an import doesn't take them for records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shapely import MultiPolygon, Point, Polygon

from geodata.model import Area, Commitment, Place, Promise
from geodata.publish.contents import Export
from geodata.publish.values import BETWEEN_NAMES, Namer, Values

AREA_COLUMNS: Final = (
    *("area", "area_name", "municipality", "area_kind", "area_kind_name"),
    *("outline_method", "outline_accuracy_m", "outline_source", "as_of", "state", "state_name"),
)
PLACE_COLUMNS: Final = (
    *("place_name", "place_kind", "place_kind_name", "nearest_area", "distance_m", "source"),
)
PROMISE_COLUMNS: Final = (
    *("promise", "short", "title", "municipality", "party_names", "start", "end"),
    *("signed", "published", "source_title", "source_publisher", "source_url"),
)
COMMITMENT_COLUMNS: Final = (
    *("commitment", "promise", "number", "title", "summary", "owners", "owner_names"),
    *("areas", "areas_where_needed", "last_day", "measure", "as_of", "state", "state_name"),
    *("delivered", "target", "expected", "unit"),
)
NUMBERS: Final = frozenset({"outline_accuracy_m", "distance_m", "expected"})
WHOLE_NUMBERS: Final = frozenset({"number", "delivered", "target"})


def areas(export: Export) -> Iterator[tuple[Values, Polygon | MultiPolygon]]:
    """Give each area's values and its outline."""
    for area in export.areas:
        yield _area(area, export), area.outline


def _area(area: Area, export: Export) -> Values:
    state = export.states.get(area.id)
    kinds = export.catalogue.vocabulary.area_kinds
    return {
        "area": area.id,
        "area_name": area.name,
        "municipality": area.municipality,
        "area_kind": area.kind,
        "area_kind_name": Namer(export).term(kinds, area.kind),
        "outline_method": area.outline_method,
        "outline_accuracy_m": area.outline_accuracy_m,
        "outline_source": area.outline_source.to(export.language),
        "as_of": None if export.as_of is None else export.as_of.isoformat(),
        "state": None if state is None else str(state),
        "state_name": None if state is None else export.words(f"state.{state}"),
    }


def places(export: Export) -> Iterator[tuple[Values, Point]]:
    """Give each place's values and its point."""
    for place in export.places:
        yield _place(place, export), Point(place.lon, place.lat)


def _place(place: Place, export: Export) -> Values:
    kinds = export.catalogue.vocabulary.place_kinds
    return {
        "place_name": place.name,
        "place_kind": place.kind,
        "place_kind_name": Namer(export).term(kinds, place.kind),
        "nearest_area": place.nearest_area,
        "distance_m": place.distance_m,
        "source": place.source,
    }


def promises(export: Export) -> Iterator[Values]:
    """Give each promise's values."""
    for promise in export.promises:
        yield _promise(promise, export)


def _promise(promise: Promise, export: Export) -> Values:
    language = export.language
    parties = (party.name.to(language) for party in promise.parties)
    return {
        "promise": promise.id,
        "short": promise.short.to(language),
        "title": promise.title.to(language),
        "municipality": promise.municipality,
        "party_names": BETWEEN_NAMES.join(parties),
        "start": promise.period.start.isoformat(),
        "end": promise.period.end.isoformat(),
        "signed": None if promise.signed is None else promise.signed.isoformat(),
        "published": None if promise.published is None else promise.published.isoformat(),
        "source_title": promise.source.title.to(language),
        "source_publisher": promise.source.publisher,
        "source_url": promise.source.url,
    }


def commitments(export: Export) -> Iterator[Values]:
    """Give the values of every commitment of the promises, with how it stands."""
    for promise in export.promises:
        for commitment in promise.commitments:
            yield _commitment(commitment, export) | _standing(commitment, export)


def _commitment(commitment: Commitment, export: Export) -> Values:
    return {
        "commitment": commitment.id,
        "promise": commitment.promise_id,
        "number": commitment.number,
        "title": commitment.title.to(export.language),
        "summary": commitment.summary.to(export.language),
        "owners": " ".join(commitment.owners),
        "owner_names": Namer(export).parties(commitment.owners),
        "areas": " ".join(commitment.areas),
        "areas_where_needed": " ".join(commitment.areas_where_needed),
        "last_day": None if commitment.deadline is None else commitment.deadline.isoformat(),
        "measure": commitment.measure.name,
    }


def _standing(commitment: Commitment, export: Export) -> Values:
    """Return how a commitment stands; empty where no day was told about."""
    if commitment.id not in export.progress:
        return dict.fromkeys(COMMITMENT_COLUMNS[COMMITMENT_COLUMNS.index("as_of") :])
    found = export.progress[commitment.id]
    return {
        "as_of": found.as_of.isoformat(),
        "state": str(found.overall.state),
        "state_name": export.words(f"state.{found.overall.state}"),
        "delivered": found.overall.delivered,
        "target": found.overall.target,
        "expected": found.overall.expected,
        "unit": found.overall.unit,
    }
