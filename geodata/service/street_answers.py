"""Overpass's answers, put together to one OpenStreetMap file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from geodata.errors import StreetsError

Element = Mapping[str, Any]

KINDS: Final = ("node", "way", "relation")
MEMBERS: Final = {"node": "n", "way": "w", "relation": "r"}


def days_in(answer: Path) -> list[str]:
    """Return the day of the data in each whole answer in a folder, as Overpass tells it."""
    days = []
    for path in answer.glob("*.json"):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            days.append(str(found["osm3s"]["timestamp_osm_base"])[:10])
        except (ValueError, KeyError, TypeError):
            continue
    return days


def write_answers(answers: Iterable[Path], path: Path, day: str) -> None:
    """Write everything in answers to one file; what is in several is there once."""
    import osmium

    found = _elements(answers)
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", f"{day}T00:00:00Z")
    header.set("generator", "lofteskartan")
    try:
        writer = osmium.SimpleWriter(str(path), overwrite=True, header=header)
        try:
            for kind in KINDS:
                for _, element in sorted(found[kind].items()):
                    _write(writer, kind, element)
        finally:
            writer.close()
    except (OSError, RuntimeError) as error:
        raise StreetsError("streets.not_written", folder=str(path.parent)) from error


def _elements(answers: Iterable[Path]) -> dict[str, dict[int, Element]]:
    found: dict[str, dict[int, Element]] = {kind: {} for kind in KINDS}
    for answer in answers:
        for path in sorted(answer.glob("*.json")):
            for element in json.loads(path.read_text(encoding="utf-8"))["elements"]:
                found[element["type"]][int(element["id"])] = element
    return found


def _write(writer: Any, kind: str, element: Element) -> None:
    from osmium.osm import mutable

    number, tags = int(element["id"]), element.get("tags", {})
    if kind == "node":
        where = (float(element["lon"]), float(element["lat"]))
        writer.add_node(mutable.Node(id=number, location=where, tags=tags))
    elif kind == "way":
        writer.add_way(mutable.Way(id=number, nodes=element.get("nodes", []), tags=tags))
    else:
        members = [
            (MEMBERS[one["type"]], int(one["ref"]), str(one["role"]))
            for one in element.get("members", [])
            if one["type"] in MEMBERS
        ]
        writer.add_relation(mutable.Relation(id=number, members=members, tags=tags))
