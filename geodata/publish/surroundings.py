"""What explains records, as plain values by column: areas, places, promises, and what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from geodata.catalogue.readings import COLUMNS, reading_row
from geodata.catalogue.writing import indicators_text
from geodata.model import Area, Commitment, Indicator, Place, Promise, Reading
from geodata.publish.values import BETWEEN_NAMES, Export, Namer, Value, Values

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


def series_values(indicator: Indicator, export: Export) -> Iterator[Values]:
    """Yield an indicator's series, each with the whole definition: in words, and as its file."""
    language, source = export.language, indicator.source
    for number, one in enumerate(indicator.series, start=1):
        yield {
            "indicator": indicator.id,
            "name": indicator.name.to(language),
            "level": indicator.level,
            "place": indicator.place,
            "area": indicator.area,
            "method": indicator.method,
            "population": indicator.population.to(language),
            "goals": " ".join(indicator.goals),
            "cautions": BETWEEN_NAMES.join(each.to(language) for each in indicator.cautions),
            "source_title": source.title.to(language),
            "source_publisher": source.publisher,
            "source_url": source.url,
            "series": number,
            "question": one.question.to(language),
            "unit": one.unit,
            "scale": one.scale.to(language) if one.scale else None,
            "breaks": one.breaks.to(language) if one.breaks else None,
            "definition": indicators_text([indicator]),
        }


def reading_values(reading: Reading) -> Values:
    """Return a reading's values by column, as a file of readings names them."""
    row: dict[str, Value] = {name: cell or None for name, cell in reading_row(reading).items()}
    numbers = ("value", "count", "answered", "asked", "response_stated")
    return dict.fromkeys(COLUMNS) | row | {name: getattr(reading, name) for name in numbers}


def area_values(area: Area, export: Export) -> Values:
    """Return an area's values by column, with how it stands where the export tells."""
    state = export.states.get(area.id)
    kinds = export.catalogue.vocabulary.area_kinds
    return {
        "area": area.id,
        "area_name": area.name,
        "municipality": area.municipality,
        "area_kind": area.kind,
        "area_kind_name": Namer(export.catalogue, export.words).term(kinds, area.kind),
        "outline_method": area.outline_method,
        "outline_accuracy_m": area.outline_accuracy_m,
        "outline_source": area.outline_source.to(export.language),
        "as_of": None if export.as_of is None else export.as_of.isoformat(),
        "state": None if state is None else str(state),
        "state_name": None if state is None else export.words(f"state.{state}"),
    }


def place_values(place: Place, export: Export) -> Values:
    """Return a known place's values by column."""
    kinds = export.catalogue.vocabulary.place_kinds
    return {
        "place_name": place.name,
        "place_kind": place.kind,
        "place_kind_name": Namer(export.catalogue, export.words).term(kinds, place.kind),
        "nearest_area": place.nearest_area,
        "distance_m": place.distance_m,
        "source": place.source,
    }


def promise_values(promise: Promise, export: Export) -> Values:
    """Return a promise's values by column."""
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


def commitment_values(commitment: Commitment, export: Export) -> Values:
    """Return a commitment's values by column, without how it stands."""
    return {
        "commitment": commitment.id,
        "promise": commitment.promise_id,
        "number": commitment.number,
        "title": commitment.title.to(export.language),
        "summary": commitment.summary.to(export.language),
        "owners": " ".join(commitment.owners),
        "owner_names": Namer(export.catalogue, export.words).parties(commitment.owners),
        "areas": " ".join(commitment.areas),
        "areas_where_needed": " ".join(commitment.areas_where_needed),
        "last_day": None if commitment.deadline is None else commitment.deadline.isoformat(),
        "measure": commitment.measure.name,
    }


def told_commitment(commitment: Commitment, export: Export) -> Values:
    """Return a commitment's values by column, with how it stands where the export tells."""
    return commitment_values(commitment, export) | _standing(commitment, export)


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
