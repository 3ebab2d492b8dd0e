"""Records and the catalogue to files for other tools; values in, bytes or files out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from geodata.publish.gpx import write_gpx
from geodata.publish.values import Export, write_csv, write_geojson, write_zip
from geodata.records import SORTS, Sort


def _write_geopackage(export: Export, path: Path) -> None:
    # Takes GDAL and pandas: imported when one is asked for, not when the server starts.
    from geodata.publish.geopackage import write_geopackage

    write_geopackage(export, path)


WRITERS: Final[Mapping[str, Callable[[Export, Path], None]]] = MappingProxyType(
    {
        ".csv": write_csv,
        ".zip": write_zip,
        ".geojson": write_geojson,
        ".gpx": write_gpx,
        ".gpkg": _write_geopackage,
    }
)
"""What writes each format, by the file's suffix."""

__all__ = ["SORTS", "WRITERS", "Export", "Sort"]
