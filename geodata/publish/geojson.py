"""GeoJSON (RFC 7946): one collection, each feature with the sort that it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shapely.geometry import mapping

from geodata.publish.contents import Export
from geodata.publish.values import (
    GEOMETRY,
    ID,
    Value,
    columns_of,
    records_of,
    shape_of,
    values_maker,
)
from geodata.records import Sort

LAYER: Final = "layer"
"""The property that tells a feature's sort."""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_geojson(export: Export, path: Path) -> None:
    """Write every sort that was asked for as one FeatureCollection, a feature a line."""
    head = {"type": "FeatureCollection", "name": "lofteskartan", "description": export.remark}
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{_json(head)[:-1]}, "features": [')
        between = "\n"
        for sort in export.sorts:
            for feature in _features(export, sort):
                file.write(between)
                file.write(_json(feature))
                between = ",\n"
        file.write("\n]}\n")


def _features(export: Export, sort: Sort) -> Iterator[dict[str, object]]:
    columns = [column for column in columns_of(sort) if column not in GEOMETRY]
    values_of = values_maker(export, sort)
    for record in records_of(export, sort):
        values = values_of(record)
        shape = shape_of(record)
        properties: dict[str, Value] = {LAYER: sort, **{c: values[c] for c in columns}}
        yield {
            "type": "Feature",
            "id": values[ID],
            "geometry": None if shape is None else mapping(shape),
            "properties": properties,
        }
