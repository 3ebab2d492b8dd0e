"""The same information as files: tables, areas as GeoJSON, and what their columns mean.

What is kept back on the page is kept back here: both are made from the same values.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from shapely.geometry import mapping

from geodata.model import Area, LocalText, name_of
from geodata.publish.public.content import AreaTold, CommitmentTold, Content
from geodata.publish.public.metadata import AREA_PROPERTIES, COLUMNS, OPEN_FILES, TABLES
from geodata.publish.tables import DELIMITER, LINE_END, cell
from geodata.publish.values import Value, Values
from geodata.texts import words


def open_data(content: Content) -> dict[str, bytes]:
    """Return the tables, the areas and the README by path."""
    rows: Mapping[str, Iterator[Values]] = {
        "data/commitments.csv": _commitments(content),
        "data/commitments-by-area.csv": _by_area(content),
        "data/activities.csv": _activities(content),
        "data/findings.csv": _findings(content),
        "data/outcomes.csv": _outcomes(content),
    }
    found = {path: _table(TABLES[path], rows[path]) for path in TABLES}
    found["data/areas.geojson"] = _areas(content)
    found["data/README.md"] = _readme(content).encode()
    return found


def _table(columns: Sequence[str], rows: Iterable[Values]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=DELIMITER, lineterminator=LINE_END)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row[column]) for column in columns])
    # The mark at the start is what tells Excel that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


# --- rows ------------------------------------------------------------------------------------


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _common(content: Content) -> Values:
    gathered = content.gathered
    return {"as_of": gathered.as_of.isoformat(), "example_data": _yes(gathered.examples)}


def _state(state: str) -> Values:
    return {
        "state": str(state),
        "state_sv": words("sv")(f"state.{state}"),
        "state_en": words("en")(f"state.{state}"),
    }


def _named(area: Area) -> Values:
    return {"area": area.id, "area_name": area.name, "municipality": area.municipality}


def _commitments(content: Content) -> Iterator[Values]:
    parties = content.gathered.catalogue.party_by_id
    for promise in content.promises:
        for told in promise.commitments:
            c = told.commitment
            yield {
                **_ids(told),
                "number": c.number,
                "title_sv": c.title.sv,
                "title_en": c.title.en,
                "owners": " | ".join(parties[id_].name.sv for id_ in c.owners if id_ in parties),
                **_state(told.state),
                "delivered": told.delivered,
                "target": told.target,
                "unit": told.unit,
                "last_day": told.last_day.isoformat(),
                **_common(content),
            }


def _ids(told: CommitmentTold) -> Values:
    return {"promise": told.commitment.promise_id, "commitment": told.commitment.id}


def _by_area(content: Content) -> Iterator[Values]:
    for promise in content.promises:
        for told in promise.commitments:
            for here in told.areas:
                yield {
                    **_ids(told),
                    **_named(here.area),
                    "where_needed": _yes(here.where_needed),
                    **_state(here.state),
                    "delivered": here.delivered,
                    "target": here.target,
                    "unit": None if here.target is None else _unit_in_area(told),
                    **_common(content),
                }


def _unit_in_area(told: CommitmentTold) -> str:
    """Return what an area's own target counts."""
    return "steps" if told.commitment.measure.named_steps else "activities"


def _activities(content: Content) -> Iterator[Values]:
    for told in content.areas:
        named = {**_named(told.area), **_common(content)}
        if told.months and told.row.total is None:
            first, last = told.months[0], told.months[-1]
            yield {**named, **_months(first, last), "activities": None, "fewer_than_3": "yes"}
        for first, last, count in told.spans():
            yield {**named, **_months(first, last), "activities": count, "fewer_than_3": "no"}


def _months(first: object, last: object) -> Values:
    return {"first_month": f"{first:%Y-%m}", "last_month": f"{last:%Y-%m}"}


def _findings(content: Content) -> Iterator[Values]:
    for area in content.areas:
        named = {**_named(area.area), **_common(content)}
        if area.findings.total is None:
            yield {**named, "category": "other", "findings": None, "fewer_than_3": "yes"}
        told = dict(area.findings.told)
        if area.findings.rest:
            told["other"] = told.get("other", 0) + area.findings.rest
        for category, count in told.items():
            yield {**named, "category": category, "findings": count, "fewer_than_3": "no"}


def _outcomes(content: Content) -> Iterator[Values]:
    for promise in content.promises:
        for commitment, outcome in promise.outcomes:
            caution = outcome.caution or LocalText("", "")
            yield {
                "promise": outcome.promise_id,
                "commitment": None if commitment is None else commitment.id,
                "text_sv": outcome.text.sv,
                "text_en": outcome.text.en,
                "amount": outcome.amount,
                "period": outcome.period.sv,
                "same_period": _yes(outcome.same_period),
                "caution_sv": caution.sv,
                "caution_en": caution.en,
                "source": f"{outcome.source.title.sv}, {outcome.source.publisher}",
                "source_url": outcome.source.url,
            }


# --- areas -----------------------------------------------------------------------------------


def _areas(content: Content) -> bytes:
    gathered = content.gathered
    w = words("sv")
    about = [w("public.dataset_about", day=w.day(gathered.as_of))]
    about += [w("public.example")] if gathered.examples else []
    collection = {
        "type": "FeatureCollection",
        "name": "areas",
        "description": " ".join(about),
        "features": [
            {
                "type": "Feature",
                "id": f"{promise.promise.id}/{area.area.id}",
                "geometry": mapping(area.area.outline),
                "properties": _properties(area, promise.promise.id, str(state), content),
            }
            for promise in content.promises
            for area, state in promise.areas
        ],
    }
    return (json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _properties(told: AreaTold, promise_id: str, state: str, content: Content) -> dict[str, Value]:
    area, few = told.area, bool(told.months) and told.row.total is None
    kinds = content.gathered.catalogue.vocabulary.area_kinds
    values: Values = {
        **_named(area),
        "area_kind": name_of(kinds, area.kind).sv,
        "promise": promise_id,
        **_state(state),
        "activities": told.row.total if told.months else None,
        "fewer_than_3": _yes(few),
        "outline_method": area.outline_method,
        "outline_accuracy_m": area.outline_accuracy_m,
        **_common(content),
    }
    return {name: values[name] for name in AREA_PROPERTIES}


# --- what the columns mean -------------------------------------------------------------------


def _readme(content: Content) -> str:
    gathered = content.gathered
    parts: list[str] = []
    for language in ("sv", "en"):
        w = words("en" if language == "en" else "sv")
        parts += [
            f"# {w('public.data')}",
            w("public.dataset_about", day=w.day(gathered.as_of)),
            *([f"**{w('example.title')}.** {w('public.example')}"] if gathered.examples else []),
            w("public.data_lead"),
            " ".join(w(f"public.{name}") for name in SMALL_NUMBERS),
            f"{w('public.publisher')}: {gathered.publisher}." if gathered.publisher else "",
            f"{w('public.licence')}: {gathered.licence or w('public.licence_none')}",
        ]
        described = {**TABLES, "data/areas.geojson": AREA_PROPERTIES}
        for file in OPEN_FILES:
            if file.path in described:
                parts.append(f"## {file.path.removeprefix('data/')}: {file.title.to(w.language)}")
                parts.append(
                    "\n".join(
                        f"- `{name}`: {COLUMNS[name].to(w.language)}"
                        for name in described[file.path]
                    )
                )
    return "\n\n".join(part for part in parts if part) + "\n"


SMALL_NUMBERS: Final = (
    *("small_why", "small_months", "small_area", "small_sums", "small_commitments"),
    *("small_ended", "small_findings"),
)
"""The sentences that tell the rule for small numbers, by the end of their keys."""
