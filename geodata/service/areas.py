"""Areas drawn: what a form begins with, what an outline meets, and how it is saved.

An area is an entry of the register, as a promise is: what the form says becomes the text that a
file would hold, and goes in as a file does. Its earlier outline stays as history, and the records'
areas are asked anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import shapely
from shapely import MultiPoint, MultiPolygon, Polygon, box

from geodata.analysis.drawing import CORNERS_AT_MOST, sketch_of
from geodata.analysis.drawing import NOT_SKETCHES as NOT_SKETCHES
from geodata.analysis.drawing import Drawing as Drawing
from geodata.analysis.drawing import Sketch as Sketch
from geodata.analysis.drawing import drawing_from as drawing_from
from geodata.analysis.drawing import read_sketch as read_sketch
from geodata.analysis.drawing import snapped as snapped
from geodata.analysis.outlines import Remark as Remark
from geodata.analysis.outlines import Town, crossings, gathered, remarks
from geodata.catalogue.succession import area_m2 as area_m2
from geodata.catalogue.succession import free_id
from geodata.errors import IntakeError, Mistake, Value
from geodata.intake.catalogue_forms import area_values as area_values
from geodata.intake.catalogue_forms import read_area
from geodata.intake.catalogue_forms import said_metres as said_metres
from geodata.intake.report import RowProblem
from geodata.intake.shapes import read_corners as read_corners
from geodata.intake.shapes import read_outlines
from geodata.model import Area
from geodata.service.core import Service
from geodata.service.entries import ENTRY, entry_called, entry_of, ids_had, put_entry
from geodata.service.recording import FormValues, Outcome
from geodata.settings import bundled_data

NEAR_DEG: Final = 0.3
"""Farther away than this, in degrees, an area is no neighbour; in Sweden at least 11 km."""

SHOWN_AT_FIRST: Final = 200
"""Areas shown before anything is drawn and no municipality is said."""

TOWN: Final = ("name", "municipality", "accuracy_m", "year")
"""What a file says of a town's outline."""

METHODS: Final = ("surveyed", "generalised", "nominal")
"""How an outline came to be, the most exact first."""


@dataclass(frozen=True, slots=True)
class AreaBegun:
    """What an area's form begins with."""

    # The area that is drawn anew, None for a new one.
    base: Area | None = None
    # The revision that saving builds on, 0 for a new one.
    number: int = 0
    # Its outline so far.
    drawing: Drawing = field(default_factory=Drawing)
    # Why its outline can't be drawn on.
    problem: IntakeError | None = None


def begun(service: Service, area_id: str = "") -> AreaBegun:
    """Return what the form of an area begins with; of one that there isn't, a new one's.

    An outline of too many corners is not drawn on: the drawing is then empty.
    """
    area = service.catalogue.area_by_id.get(area_id)
    if area is None:
        return AreaBegun()
    number = service.newest_number(ENTRY, entry_of("area", area_id))
    sketch = sketch_of(area.outline)
    if problem := _too_many(sketch):
        return AreaBegun(area, number, problem=problem)
    return AreaBegun(area, number, Drawing((sketch,)))


def _too_many(sketch: Sketch) -> IntakeError | None:
    count, limit = sketch.count, CORNERS_AT_MOST
    return IntakeError("drawing.too_many", corners=count, limit=limit) if count > limit else None


def step(drawing: Drawing, sketch: Sketch) -> Drawing:
    """Return a drawing after another step; IntakeError where that has too many corners."""
    if problem := _too_many(sketch):
        raise problem
    return drawing.do(sketch)


def neighbours(
    service: Service, begun: AreaBegun, sketch: Sketch, municipality: str
) -> tuple[Area, ...]:
    """Return the areas that a sketch lies among: those near it, and its municipality's.

    Of a whole country's areas most are too far away to be compared with at each step.
    """
    own = begun.base.id if begun.base else None
    rest = [area for area in service.catalogue.areas if area.id != own]
    corners = [corner for ring in sketch.rings for corner in ring]
    if not corners and not municipality:
        # Before it is known where: what there is to find one's way by.
        return tuple(rest[:SHOWN_AT_FIRST])
    reach = box(*MultiPoint(corners).bounds).buffer(NEAR_DEG) if corners else None
    return tuple(
        area
        for area in rest
        if area.municipality == municipality or (reach and reach.intersects(area.outline))
    )


def met(near: Sequence[Area], sketch: Sketch, values: FormValues) -> list[Remark]:
    """Return what an outline meets, by what its form says so far.

    Parameters
    ----------
    near : sequence of Area
        From `neighbours`.
    sketch : Sketch
        As it is now; parts that are not finished meet nothing but themselves.
    values : mapping
        The form's.

    Returns
    -------
    list of Remark
        Crossings alone, where there are any.
    """
    if where := crossings(sketch):
        return [Remark("crossing", point) for point in where.geoms]
    outline = sketch.outline()
    if outline is None:
        return []
    accuracy_m = said_metres(values.get("accuracy")) or 0.0
    municipality = str(values.get("municipality") or "").strip()
    return [*remarks(outline, accuracy_m, municipality, near, towns())]


@cache
def towns() -> tuple[Town, ...]:
    """Return the built-up outlines that come with the program."""
    text = (bundled_data() / "localities.geojson").read_text(encoding="utf-8")
    found: list[Town] = []
    for feature in json.loads(text)["features"]:
        outline: Any = shapely.geometry.shape(feature["geometry"])
        found.append(Town(**{n: feature["properties"][n] for n in TOWN}, outline=outline))
    return tuple(found)


PLACES_AT_MOST: Final = 12
"""More places than this are a country: they are seen on one map."""


def places_apart(
    service: Service, area_ids: tuple[str, ...]
) -> tuple[tuple[str, tuple[float, float, float, float]], ...]:
    """Return where areas lie, if they lie apart: each place's name and bounds.

    Parameters
    ----------
    service : Service
        Whose catalogue is asked.
    area_ids : tuple of str
        Which areas.

    Returns
    -------
    tuple of (str, (west, south, east, north))
        WGS 84 degrees. Empty where all lie together, or all over the country.
    """
    areas = [service.catalogue.area_by_id[area_id] for area_id in area_ids]
    found = gathered(areas, towns())
    if not 1 < len(found) <= PLACES_AT_MOST:
        return ()
    places = []
    for name, group in found:
        west, south, east, north = shapely.total_bounds([area.outline for area in group])
        places.append((name, (float(west), float(south), float(east), float(north))))
    return tuple(places)


Edit = Literal["corner", "insert", "remove", "up", "down"]
"""What is done to a corner in a list: written anew, followed by another, taken away, moved."""


def edited(sketch: Sketch, edit: str, ring: int, index: int, text: str = "") -> Sketch:
    """Return a sketch after something was done in the list of its corners.

    Parameters
    ----------
    sketch : Sketch
        As it was.
    edit : str
        An `Edit`.
    ring, index : int
        Which part and which of its corners; -1 and `corner` for new ones after the last.
    text : str, optional
        What is written there: one position, or several.

    Returns
    -------
    Sketch
        As it was, where it has no such corner.

    Raises
    ------
    IntakeError
        ``drawing.not_position``.
    """
    if ring == -1 and edit == "corner":
        last = len(sketch.rings) - 1
        return sketch.with_ring(last, (*sketch.rings[last], *read_corners(text)))
    if not (0 <= ring < len(sketch.rings) and 0 <= index < len(sketch.rings[ring])):
        return sketch
    part = [*sketch.rings[ring]]
    if edit == "corner":
        part[index : index + 1] = read_corners(text)
    elif edit == "remove":
        del part[index]
    elif edit == "insert":
        (lon, lat), (next_lon, next_lat) = part[index], part[(index + 1) % len(part)]
        part.insert(index + 1, (round((lon + next_lon) / 2, 7), round((lat + next_lat) / 2, 7)))
    else:
        other = (index + (1 if edit == "down" else -1)) % len(part)
        part[index], part[other] = part[other], part[index]
    return sketch.with_ring(ring, part)


@dataclass(frozen=True, slots=True)
class FileOutline:
    """One of a file's outlines: what the file calls it, its corners, and its size."""

    name: str
    sketch: Sketch
    m2: float


def file_outlines(path: Path, today: date) -> tuple[FileOutline, ...]:
    """Return a file's outlines in its order; `today` is for days written without their year."""
    return tuple(
        FileOutline(name, sketch_of(outline), area_m2(outline))
        for name, outline in read_outlines(path, today)
    )


# --- saving --------------------------------------------------------------------------------------


def save_area(service: Service, begun: AreaBegun, values: FormValues) -> Outcome:
    """Save what an area's form says.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    begun : AreaBegun
        What the form began with; `number` is the revision that the reader saw.
    values : mapping
        By field; ``drawing`` is the drawing as text, ``by`` who saves it.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once, each by its field.

    Raises
    ------
    GeodataError
        If promises or areas were changed by somebody else in this very moment.
    RegisterError
        If the register can't be written.
    """
    sketch = drawing_from(str(values.get("drawing") or "")).now
    outline = sketch.outline()
    own = _undrawable(sketch)
    id_, expected = _id(service, begun, values, outline)
    if id_ in ids_had(service, "area") and begun.base is None and not expected:
        own["name"] = RowProblem("", None, "name", "", "drawing.taken", {})
    path = entry_of("area", id_)
    entry = entry_called(service, path)
    before = json.loads(entry.text)["features"][0]["properties"] if entry else {}
    form = read_area(values, before, id_, None if "drawing" in own else outline)

    def problem(mistake: Mistake) -> RowProblem:
        found = form.problem(mistake)
        chosen = found.field in ("kind", "method")
        return replace(found, key="form.choose", values={}) if chosen else found

    files = [(path, json.dumps(form.tables, ensure_ascii=False).encode("utf-8"))]
    return put_entry(service, path, files, expected, values, problem, own)


def _undrawable(sketch: Sketch) -> dict[str, RowProblem]:
    """Return why a sketch can't be an outline, by the form's field."""
    key, values = "", dict[str, Value]()
    if sketch.is_open and sketch.rings[-1]:
        key = "drawing.unfinished"
    elif where := crossings(sketch):
        key, values = "drawing.crosses", {"count": len(where.geoms)}
    elif sketch.outline() is None or any(0 < len(ring) < 3 for ring in sketch.rings):
        # A part of two corners would be left out without a word.
        key = "drawing.nothing"
    return {"drawing": RowProblem("", None, "drawing", "", key, values)} if key else {}


def _id(
    service: Service, begun: AreaBegun, values: FormValues, outline: Polygon | MultiPolygon | None
) -> tuple[str, int]:
    """Return the area's id and the revision it builds on; of a name that is taken, the other's."""
    if begun.base is not None:
        return begun.base.id, begun.number
    said = [str(values.get(n) or "").strip().casefold() for n in ("name", "municipality")]
    for area in service.catalogue.areas:
        if [area.name.casefold(), area.municipality.casefold()] == said:
            # What was saved and is sent once more is the same area, and no second one.
            again = outline is not None and area.outline.equals(outline)
            return area.id, service.newest_number(ENTRY, entry_of("area", area.id)) if again else 0
    return free_id(said[0], ids_had(service, "area")), 0
