"""GeoPackage (OGC 12-128) to sheets: a layer is a sheet, a feature is a row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geodata.crs import crs_named
from geodata.errors import IntakeError
from geodata.intake.drafts import Limits, shown
from geodata.intake.files import file_name, read_start, require_size
from geodata.intake.sheets import Sheet, require_narrow, require_no_identity

SIGNATURE: Final = b"SQLite format 3\0"

STYLE_LAYERS: Final = frozenset({"layer_styles", "qgis_projects"})
"""Tables in which QGIS keeps how layers look."""


def read_geopackage(path: Path, limits: Limits) -> list[Sheet]:
    """Read a GeoPackage's layers.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : Limits
        What is too much, over all layers.

    Returns
    -------
    list of Sheet
        Layers that hold features, styles left aside, in the file's order; shapes without
        heights. Rows are numbered from 1 in each layer.

    Raises
    ------
    IntakeError
        If the file is no GeoPackage, is too large, or has an identity number where layers and
        columns are named.
    """
    # Takes half a second to import, and hardly any start needs it.
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    name = file_name(path)
    require_size(path, limits)
    if not read_start(path).startswith(SIGNATURE):
        raise IntakeError("intake.not_geopackage", file=name)
    try:
        # GDAL tells by warnings what a file has that it should not have; none of it is used.
        with warnings.catch_warnings(action="ignore"):
            titles = [str(title) for title, _ in pyogrio.list_layers(path)]
            require_no_identity(name, titles)
            wanted = [title for title in titles if title not in STYLE_LAYERS]
            return list(_sheets(path, name, wanted, limits))
    except IntakeError:
        raise
    except (
        DataSourceError,
        DataLayerError,
        FieldError,
        ShapelyError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise IntakeError("intake.broken_geopackage", file=name) from error


def _sheets(path: Path, name: str, titles: Sequence[str], limits: Limits) -> Iterator[Sheet]:
    from pyogrio.raw import read

    left = limits.rows
    for title in titles:
        found = read(
            path, layer=title, force_2d=True, datetime_as_string=True, max_features=left + 1
        )
        sheet = _sheet(name, title if len(titles) > 1 else "", found)
        left -= len(sheet.rows)
        if left < 0:
            raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
        yield sheet


def _sheet(name: str, title: str, found: Any) -> Sheet:
    meta, _, geometry, columns = found
    header = tuple(str(column) for column in meta["fields"])
    require_narrow(name, len(header))
    require_no_identity(name, header)
    count = len(geometry) if geometry is not None else (len(columns[0]) if columns else 0)
    texts = [[_text(value) for value in column] for column in columns]
    rows = list(zip(*texts, strict=True)) if texts else [()] * count
    shapes = None
    if geometry is not None:
        shapes = [_single(s) for s in shapely.from_wkb(geometry, on_invalid="ignore")]
    return Sheet(
        name,
        header,
        None,
        range(1, count + 1),
        rows,
        title=title,
        shapes=shapes,
        crs=_crs(meta["crs"], name),
    )


def _single(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return a shape of one part as that part: a layer of lines writes each as several."""
    if shape is None or shape.geom_type not in ("MultiPoint", "MultiLineString"):
        return shape
    return shapely.get_geometry(shape, 0) if shapely.get_num_geometries(shape) == 1 else shape


def _crs(declared: str | None, name: str) -> str | None:
    if not declared:
        return None
    if crs_named(declared) is None:
        # An undefined system (srs_id 0 and -1) is there for layers whose range must tell.
        if "Undefined" in declared:
            return None
        raise IntakeError("intake.unknown_crs", file=name, crs=shown(declared))
    return declared


def _text(value: object) -> str:
    """Return a field's value as a cell."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        whole = float(value)
        return str(int(whole)) if whole.is_integer() and abs(whole) < 1e15 else repr(whole)
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value.astype("datetime64[D]"))
    if isinstance(value, bytes):
        return ""
    return str(value)
