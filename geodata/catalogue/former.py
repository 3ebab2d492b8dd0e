"""Outlines that were replaced: kept, so that what an area was on a day can be told.

They stand in ``history/outlines.geojson`` of the catalogue folder that replaced them: the area as
it was, with the instant from which it no longer held. The file is WGS 84 like every outline, and
opens in any map program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from shapely.geometry import mapping

from geodata.catalogue.outlines import read_outline
from geodata.errors import CatalogueError, Mistake
from geodata.model import Area, LocalText, Residents
from geodata.texts import SWEDISH_TIME

OUTLINE_HISTORY: Final = "history/outlines.geojson"
"""Within a catalogue folder."""


@dataclass(frozen=True, slots=True)
class FormerArea:
    """An area as it was until its outline was replaced.

    Parameters
    ----------
    area : Area
        As it was.
    valid_until : datetime.datetime
        When it was replaced, with zone.
    replaced_by : str
        Who took the new one in: a role, an office or a computer account.
    """

    area: Area
    valid_until: datetime
    replaced_by: str


def read_former(folder: Path) -> tuple[FormerArea, ...]:
    """Return the outlines that a catalogue folder has replaced, in the order it did so.

    Parameters
    ----------
    folder : pathlib.Path
        A catalogue folder, or a path where none is.

    Raises
    ------
    CatalogueError
        If the history can't be read.
    """
    path = folder / OUTLINE_HISTORY
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return tuple(_former(feature) for feature in features)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogueError((Mistake(str(path), "", "catalogue.bad_history"),)) from error


def former_text(former: Iterable[FormerArea]) -> str:
    """Return the history's file as text; `read_former` gives the same back."""
    features = [_feature(each) for each in former]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def area_on(current: Area, former: Sequence[FormerArea], day: date) -> Area:
    """Return an area as it was at the end of a day.

    Parameters
    ----------
    current : Area
        As it is now.
    former : sequence of FormerArea
        Of any areas, in any order.
    day : datetime.date
        In Swedish time. Before the first replacement that is known the oldest outline holds:
        when that one began is not known.

    Returns
    -------
    Area
        The earliest that was replaced after that day, else the current one.
    """
    later = [
        each
        for each in former
        if each.area.id == current.id and each.valid_until.astimezone(SWEDISH_TIME).date() > day
    ]
    return min(later, key=lambda each: each.valid_until).area if later else current


def _feature(former: FormerArea) -> dict[str, Any]:
    area = former.area
    return {
        "type": "Feature",
        "properties": {
            "id": area.id,
            "name": area.name,
            "municipality": area.municipality,
            "kind": area.kind,
            "outline_method": area.outline_method,
            "outline_accuracy_m": area.outline_accuracy_m,
            "outline_source": area.outline_source.sv,
            "outline_source_en": area.outline_source.en,
            **_lived(area),
            "valid_until": former.valid_until.isoformat(),
            "replaced_by": former.replaced_by,
        },
        "geometry": mapping(area.outline),
    }


def _lived(area: Area) -> dict[str, Any]:
    known = area.residents
    if known is None:
        return {}
    return {
        "residents": known.count,
        "residents_source": known.source.sv,
        "residents_source_en": known.source.en,
    }


def _former(feature: Any) -> FormerArea:
    told = feature["properties"]
    outline = read_outline(feature["geometry"])
    valid_until = datetime.fromisoformat(told["valid_until"])
    if isinstance(outline, tuple) or valid_until.tzinfo is None:
        raise ValueError(told["id"])
    area = Area(
        id=told["id"],
        name=told["name"],
        municipality=told["municipality"],
        kind=told["kind"],
        outline=outline,
        outline_method=told["outline_method"],
        outline_accuracy_m=told["outline_accuracy_m"],
        outline_source=LocalText(told["outline_source"], told["outline_source_en"]),
        residents=Residents(
            told["residents"], LocalText(told["residents_source"], told["residents_source_en"])
        )
        if "residents" in told
        else None,
    )
    return FormerArea(area, valid_until, told["replaced_by"])
