"""A reference layer's form to the file that it becomes, and the shapes of a file from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.catalogue.mistakes import key_path
from geodata.catalogue.shapes import (
    CORNERS_AT_MOST,
    DECIMALS,
    KINDS,
    Shapes,
    layer_tables,
    lies_in_sweden,
)
from geodata.crs import to_degrees, to_metres
from geodata.errors import IntakeError
from geodata.intake.area_form import named_shapes
from geodata.intake.filled_form import FilledForm
from geodata.intake.forms import FormValues
from geodata.model import ReferenceLayer

BYTES_AT_MOST: Final = 5_000_000

JSON_AT_MOST: Final = (1_000_000, 1_000_000)
"""Lists and keys: a file of that size has fewer, unless it has little else."""

FINENESS_M: Final = (1, 2, 5, 10, 20, 50)
"""How far a simplified line may lie from the file's own, the finest that comes to few enough
corners first; a metre is less than a point of the screen wherever a whole street is seen."""

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "sv"),
    "name_en": ("name", "en"),
    "source": ("source",),
    "licence": ("licence",),
    "date": ("date",),
    "colour": ("colour",),
    "seen_by": ("seen_by",),
    "address": ("wms", "address"),
    "layers": ("wms", "layers"),
    "format": ("wms", "format"),
}
"""Where in the file each of the form's fields stands."""


@dataclass(frozen=True, slots=True)
class LayerRead:
    """What a file holds, as it can be shown.

    Parameters
    ----------
    file : str
        What its owner calls it.
    shapes : tuple of (str, shapely geometry)
        In WGS 84, each with its name or "".
    corners : int
        How many the file has of what can be shown.
    kept : int
        How many are left.
    fineness_m : int
        How far a line may lie from the file's own, in metres; 0 where nothing was simplified.
    left_out : int
        Rows without a place in Sweden, or with one that is no point, line or surface.
    """

    file: str
    shapes: tuple[tuple[str, BaseGeometry], ...]
    corners: int
    kept: int
    fineness_m: int
    left_out: int


def read_shapes(path: Path, today: date) -> LayerRead:
    """Return what a file holds, simplified for the screen.

    Parameters
    ----------
    path : pathlib.Path
        GeoJSON, GeoPackage, or any other format that records come in.
    today : datetime.date
        For days written without their year.

    Raises
    ------
    IntakeError
        ``layers.too_large``, ``layers.empty``, ``layers.too_many_corners``, or why the file can't
        be read.
    CatalogueError
        If it is no JSON.
    """
    if path.stat().st_size > BYTES_AT_MOST:
        limit = BYTES_AT_MOST // 1_000_000
        raise IntakeError("layers.too_large", file=path.name, limit=limit)
    rows = list(named_shapes(path, today, *JSON_AT_MOST))
    found = [(name, shape) for name, shape in rows if shape is not None and _can_be_shown(shape)]
    if not found:
        raise IntakeError("layers.empty", file=path.name)
    names = [name for name, _ in found]
    shapes: Any = np.array([shape for _, shape in found])
    metric: Any = to_metres(shapes)
    corners, kept, fineness_m = _corners(shapes), CORNERS_AT_MOST + 1, 0
    for fineness_m in FINENESS_M:
        simple = shapely.simplify(metric, fineness_m, preserve_topology=True)
        kept = _corners(simple)
        if kept <= CORNERS_AT_MOST:
            break
    else:
        raise IntakeError(
            "layers.too_many_corners", file=path.name, found=kept, limit=CORNERS_AT_MOST
        )
    shown = shapely.transform(
        to_degrees(simple) if kept < corners else shapes, lambda xy: xy.round(DECIMALS)
    )
    fineness_m = fineness_m if kept < corners else 0
    left_out = len(rows) - len(found)
    return LayerRead(
        path.name, tuple(zip(names, shown, strict=True)), corners, kept, fineness_m, left_out
    )


def _can_be_shown(shape: BaseGeometry) -> bool:
    return shape.geom_type in KINDS and not shape.is_empty and lies_in_sweden(shape)


def _corners(shapes: Any) -> int:
    return int(shapely.get_num_coordinates(shapes).sum())


def layer_values(layer: ReferenceLayer | None) -> dict[str, str]:
    """Return what the fields show of a layer; of none, what a new one begins with."""
    if layer is None:
        return {**dict.fromkeys(FIELDS, ""), "colour": "purple", "seen_by": "inside"}
    return {
        field: str(getattr(getattr(layer, name), within[0], "") if within else getattr(layer, name))
        for field, (name, *within) in FIELDS.items()
    }


def read_layer_form(values: FormValues, id_: str, shapes: Shapes) -> FilledForm:
    """Return what the fields say, as a file's tables, with the field that each path comes from."""
    said: dict[str, object] = {"id": id_}
    for field, (name, *within) in FIELDS.items():
        text = " ".join(str(values.get(field) or "").split())
        if name == "wms" and not values.get("address"):
            continue
        if within and (text or field != "name_en"):
            table = said.setdefault(name, {})
            assert isinstance(table, dict)  # noqa: S101
            table[within[0]] = text
        elif not within and (text or field != "seen_by"):
            said[name] = text
    form = FilledForm(layer_tables(said, shapes))
    form.fields = {key_path(["layer", *path]): field for field, path in FIELDS.items()}
    form.fields |= {"features": "file", key_path(["layer", "id"]): "name"}
    return form
