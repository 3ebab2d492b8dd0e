"""Reading a file of records of a sort that is known, as a folder's files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from geodata.intake.fields import Locate
from geodata.intake.importing import read_file
from geodata.intake.report import DEFAULT_LIMITS, Intake, Limits, LocateMany, ReadOptions
from geodata.model import Catalogue, Location, SourceKind, Walk
from geodata.records import Sort


def one_by_one(locate: Locate) -> LocateMany:
    """Return what locates many points by asking for each."""

    def many(lons: Sequence[float], lats: Sequence[float]) -> list[Location]:
        return [locate(lon, lat) for lon, lat in zip(lons, lats, strict=True)]

    return many


@dataclass(frozen=True, slots=True)
class Records(Intake[Any]):
    """What one file holds, and the walks by the names that it gives them."""

    named: Mapping[str, Walk] = field(default_factory=dict)


def read_records(
    path: Path,
    what: Sort,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind = SourceKind.IMPORTED,
    walks: Mapping[str, Walk] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Records:
    """Return what is in a file, on whatever day it is brought."""
    found = read_file(
        path,
        catalogue=catalogue,
        locate_many=one_by_one(locate),
        options=ReadOptions(what=what),
        origin_kind=origin_kind,
        today=date.max,
        limits=limits,
        walks=walks or {},
    )
    said = found.file, getattr(found, what), found.problems, found.rows_read
    return Records(*said, found.named)
