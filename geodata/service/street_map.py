"""A street file's base map, made beside its network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.basemap.store import derived_file, write_base_map
from geodata.crs import positions_to_degrees
from geodata.errors import StreetsError

if TYPE_CHECKING:
    from geodata.basemap.kinds import BaseMap
    from geodata.planning.street_network import StreetNetwork


def make_base_map(
    path: Path,
    network: StreetNetwork,
    folder: Path,
    tell: Callable[[], None] = lambda: None,
) -> BaseMap:
    """Make the base map of a street file, and keep it."""
    base = _read(path, network, tell)
    write_base_map(derived_file(folder, network.source.digest), base, network.source.digest)
    return base


def _read(path: Path, network: StreetNetwork, tell: Callable[[], None]) -> BaseMap:
    from geodata.basemap.reading import from_paths, read_osm

    day = network.source.data_date
    if not path.name.endswith(".graphml"):
        try:
            return read_osm(path, day, tell=tell)
        except StreetsError as error:
            # The streets themselves were read: a map of them is better than none.
            if error.key not in ("streets.map_broken", "streets.map_too_large"):
                raise
    return from_paths(positions_to_degrees(network.xy, network.crs), network.starts, day)
