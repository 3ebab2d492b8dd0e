"""What goes on a printed walk sheet, gathered from the catalogue and the register."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.model import Area, Finding, Walk
from geodata.publish.walk_sheet import SheetDrawing, draw_walk
from geodata.service.core import Service


@dataclass(frozen=True, slots=True)
class WalkSheet:
    """A walk's sheet."""

    walk: Walk
    area: Area
    drawing: SheetDrawing
    before: tuple[Finding, ...]


def walk_sheet(service: Service, walk_id: str) -> WalkSheet:
    """Gather a walk's sheet.

    Parameters
    ----------
    service : Service
        Where the walk is.
    walk_id : str
        Which.

    Returns
    -------
    WalkSheet
        With the findings of earlier walks that are not mended yet.

    Raises
    ------
    UnknownIdError
        If there is no such walk, or its area is no longer in the catalogue.
    """
    walk = service.walk(walk_id)
    area = service.area(walk.area_id)
    before = tuple(
        f
        for f in service.findings((area.id,))
        if f.walk_id != walk.id and f.day <= walk.day and f.open_on(walk.day)
    )
    places = [p for p in service.catalogue.places if p.nearest_area == area.id]
    return WalkSheet(walk, area, draw_walk(walk, area, places, before), before)
