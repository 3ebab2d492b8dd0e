"""What a layer may be asked: parameters checked before anything is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Final

from geodata.errors import LayerRequestError
from geodata.model import LANGUAGES, Catalogue, Language

# v is the register's version: it changes the address, and so the map asks anew.
_COMMON: Final = {"lang", "promise", "as_of", "v"}
_ALLOWED: Final[Mapping[str, set[str]]] = {
    "areas": _COMMON | {"commitment"},
    "activities": _COMMON | {"area", "commitment", "bbox", "zoom"},
    "walks": _COMMON | {"area", "commitment"},
    "findings": _COMMON | {"area", "commitment"},
    "places": _COMMON,
    "hot_spots": _COMMON,
}


class Query:
    """A layer request's parameters, checked.

    Parameters
    ----------
    name : str
        The layer.
    given : mapping of str to str
        The request's parameters.
    catalogue : Catalogue
        What ids may be named.

    Raises
    ------
    LayerRequestError
        If a parameter is unknown or makes no sense.
    """

    def __init__(self, name: str, given: Mapping[str, str], catalogue: Catalogue) -> None:
        unknown = sorted(given.keys() - _ALLOWED[name])
        if unknown:
            raise LayerRequestError(
                "layer.unknown_parameter",
                name=unknown[0],
                expected=", ".join(sorted(_ALLOWED[name])),
            )
        self.language = _language(given.get("lang"))
        self.promise = _known("promise", given.get("promise"), catalogue.promise_by_id)
        self.as_of = _day(given.get("as_of"))
        self.area = _known("area", given.get("area"), catalogue.area_by_id)
        self.commitment = _known("commitment", given.get("commitment"), catalogue.commitment_by_id)
        if name == "activities":
            self.bbox = _bbox(given.get("bbox", ""))
            self.zoom = _zoom(given.get("zoom", ""))


def _language(value: str | None) -> Language:
    for language in LANGUAGES:
        if value in (language, None):
            return language
    raise LayerRequestError("layer.parameter", name="lang", expected=", ".join(LANGUAGES))


def _known(name: str, value: str | None, known: Mapping[str, object]) -> str | None:
    if value is not None and value not in known:
        raise LayerRequestError("layer.parameter", name=name, expected=", ".join(known))
    return value


def _day(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise LayerRequestError("layer.parameter", name="as_of", expected="2018-06-30") from error


def _bbox(value: str) -> tuple[float, float, float, float]:
    expected = "west,south,east,north"
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError as error:
        raise LayerRequestError("layer.parameter", name="bbox", expected=expected) from error
    finite = all(math.isfinite(v) for v in (west, south, east, north))
    if not finite or west > east or south > north or abs(south) > 90 or abs(north) > 90:
        raise LayerRequestError("layer.parameter", name="bbox", expected=expected)
    return max(west, -180.0), south, min(east, 180.0), north


def _zoom(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 2 and int(value) <= 20):
        raise LayerRequestError("layer.parameter", name="zoom", expected="0-20")
    return int(value)
