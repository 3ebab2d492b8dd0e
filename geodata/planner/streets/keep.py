"""What is told of the streets in use: where from, how much, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.basemap.derived import derived_file, read_base_map
from geodata.basemap.kinds import Kind, to_degrees
from geodata.service.streets import KeptStreets, TravelSource, kept_streets, open_kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geodata.basemap.kinds import BaseMap
    from geodata.model import Area


WITHIN: Final = 0.9
"""How much of an area's outline must have streets, at least, to be told as one that has."""


@dataclass(frozen=True, slots=True)
class StreetFacts:
    """The streets in use, as told to a planner.

    Parameters
    ----------
    digest : str
        Of the file; it changes when the streets do.
    source : TravelSource
        Which file, on what terms, of which day.
    edges : int
        Stretches of path between crossings.
    length_km : float
        All of them together.
    pieces : int
        Parts of the network that don't hang together.
    largest_share : float
        How much of the length the largest of them holds, 0-1.
    buildings : int or None
        On the map that is drawn of the same file; None until that is made.
    outline : shapely geometry or None
        Around what there are paths or buildings, WGS 84; None where it isn't known.
    """

    digest: str
    source: TravelSource
    edges: int
    length_km: float
    pieces: int
    largest_share: float
    buildings: int | None
    outline: shapely.MultiPolygon | None


def street_facts(folder: Path | None = None) -> StreetFacts | None:
    """Return what is told of the streets in use, None where there are none.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where streets are kept; by default `geodata.service.streets.streets_folder`.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if there are streets that can't be read.
    """
    kept = kept_streets(folder)
    if kept is None:
        return None
    try:
        made_at = derived_file(kept.copy.parent, kept.digest).stat().st_mtime_ns
    except OSError:
        made_at = 0  # streets of an earlier version: the map is made when it is first drawn
    return _facts(kept, made_at)


def areas_outside(facts: StreetFacts, areas: Iterable[Area]) -> tuple[Area, ...]:
    """Return the areas that the streets do not cover, or only in part."""
    outline = facts.outline
    if outline is None:
        return ()
    return tuple(
        area
        for area in areas
        if area.outline.intersection(outline).area < WITHIN * area.outline.area
    )


# Asked for in every run of the page; kept by the streets' digest and when their map was made.
@lru_cache(maxsize=2)
def _facts(kept: KeptStreets, made_at: int) -> StreetFacts:  # noqa: ARG001 (part of the key)
    network = open_kept(kept)
    base = read_base_map(derived_file(kept.copy.parent, kept.digest), kept.digest)
    return StreetFacts(
        kept.digest,
        network.source,
        network.edge_count,
        network.length_m / 1_000,
        network.piece_count,
        network.largest_share,
        None if base is None else len(base.of(Kind.BUILDING)),
        None if base is None else _outline(base),
    )


def _outline(base: BaseMap) -> shapely.MultiPolygon | None:
    """Return where there are data, without holes: what is drawn on the map of it."""
    land = base.land
    outer = land.rings[land.starts[:-1]], land.rings[land.starts[:-1] + 1]
    rings = [to_degrees(land.xy[first:last]) for first, last in zip(*outer, strict=True)]
    if not rings:
        return None
    return shapely.MultiPolygon([shapely.Polygon(np.round(ring, 5)) for ring in rings])
