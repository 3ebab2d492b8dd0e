"""A base map's derived file: what there is to draw, kept beside the streets that it is made from.

A zip file of arrays as numpy writes them, never pickled objects, named after the digest of the file
that it was made from and the version of this format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geodata.atomic import read_derived, write_derived
from geodata.basemap.kinds import (
    BaseMap,
    Kind,
    NamedPlace,
    Shapes,
)
from geodata.errors import StreetsError

if TYPE_CHECKING:
    from numpy.typing import NDArray


VERSION: Final = 7
"""Raised when the same file would give another map, or the arrays mean something else."""

STEPS: Final = float(1 << 31)
"""Positions are kept as whole numbers, so many to the world's side: a step is 2 cm."""


def derived_file(folder: Path, digest: str) -> Path:
    """Return where the derived file of a street file with this digest lies."""
    return folder / f"basemap-{digest[:32]}-v{VERSION}.npz"


def write_base_map(path: Path, base: BaseMap, digest: str) -> None:
    """Write a map's derived file whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where; its folder is made where there is none.
    base : BaseMap
        What to write.
    digest : str
        Of the file it was made from.

    Raises
    ------
    StreetsError
        ``streets.not_written``; what was there is as it was.
    """
    try:
        write_derived(path, _head(base, digest), _arrays(base))
    except OSError as error:
        raise StreetsError("streets.not_written", folder=str(path.parent)) from error


def read_base_map(path: Path, digest: str) -> BaseMap | None:
    """Read a map's derived file.

    Returns
    -------
    BaseMap or None
        None if there is none, it is damaged, or it was made from something else.
    """

    def made(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> BaseMap | None:
        fits = (head["version"], head["digest"]) == (VERSION, digest)
        return _base_map(head, arrays) if fits else None

    return read_derived(path, made)


def told_day(path: Path) -> date | None:
    """Return the day of the data in a derived file; None where it isn't told, or there is none."""
    return read_derived(path, lambda head, _: _day(head))


def _day(head: Mapping[str, Any]) -> date | None:
    day = head["data_date"]
    return None if day is None else date.fromisoformat(day)


def _head(base: BaseMap, digest: str) -> dict[str, Any]:
    day = base.data_date
    return {
        "version": VERSION,
        "digest": digest,
        "data_date": None if day is None else day.isoformat(),
        "kinds": list(base.shapes),
    }


def _arrays(base: BaseMap) -> dict[str, NDArray[Any]]:
    texts = {
        "names": base.names,
        "name_kinds": base.name_kinds,
        "codes": base.codes,
        "code_kinds": base.code_kinds,
        "numbers": base.numbers,
        "places": [(at.name, at.rank, at.x, at.y, at.room) for at in base.places],
    }
    found: dict[str, NDArray[Any]] = {
        "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        "houses": _in_steps(base.houses),
    }
    others = {"named": base.named, "coded": base.coded, "land": base.land}
    for name, shapes in (*base.shapes.items(), *others.items()):
        found[f"{name}.xy"] = _in_steps(shapes.xy)
        found[f"{name}.rings"] = shapes.rings.astype(np.int32)
        found[f"{name}.starts"] = shapes.starts.astype(np.int32)
    return found


def _in_steps(world: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.round(world * STEPS).astype(np.int64).astype(np.uint32)


def _base_map(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> BaseMap:
    texts = json.loads(arrays["texts"].tobytes())
    houses = arrays["houses"].astype(np.float64) / STEPS
    if houses.shape != (len(texts["numbers"]), 2):
        raise ValueError("houses")
    return BaseMap(
        {Kind(kind): _shapes(arrays, kind) for kind in head["kinds"]},
        *_written(texts["names"], _shapes(arrays, "named"), texts["name_kinds"]),
        tuple(NamedPlace(str(n), int(r), *map(float, at)) for n, r, *at in texts["places"]),
        _shapes(arrays, "land"),
        _day(head),
        *_written(texts["codes"], _shapes(arrays, "coded"), texts["code_kinds"]),
        tuple(map(str, texts["numbers"])),
        houses,
    )


def _written(
    texts: Sequence[object], lines: Shapes, kinds: Sequence[str]
) -> tuple[tuple[str, ...], Shapes, tuple[Kind, ...]]:
    """Return what is written along lines; as many as there are lines."""
    if not len(texts) == len(kinds) == len(lines):
        raise ValueError(texts)
    return tuple(map(str, texts)), lines, tuple(map(Kind, kinds))


def _shapes(arrays: Mapping[str, NDArray[Any]], name: str) -> Shapes:
    """Return shapes that hold together: numbers that point outside would crash the drawing."""
    rings = arrays[f"{name}.rings"].astype(np.int64)
    starts = arrays[f"{name}.starts"].astype(np.int64)
    found = Shapes(arrays[f"{name}.xy"].astype(np.float64) / STEPS, rings, starts)
    if not (
        found.xy.shape == (rings[-1], 2)
        and starts[-1] == len(rings) - 1
        and rings[0] == starts[0] == 0
        and np.all(np.diff(rings) > 1)
        and np.all(np.diff(starts) > 0)
    ):
        raise ValueError(name)
    return found
