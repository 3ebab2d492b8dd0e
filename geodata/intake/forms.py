"""What somebody filled in a form to a draft, by the same checks as a file's row.

A form's values are texts by field, as a row's cells are; a choice of several is a sequence of
ids. What is wrong is told by field, everything at once.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID, uuid4

import shapely
from shapely import LineString, MultiLineString, Point

from geodata import model
from geodata.crs import in_sweden, to_degrees, to_metres
from geodata.errors import IntakeError
from geodata.intake import fields
from geodata.intake.fields import Locate
from geodata.intake.report import DEFAULT_LIMITS, RowNotes, RowProblem
from geodata.intake.values.clock import When, Writing, parse_time
from geodata.intake.values.dates import parse_day
from geodata.records import OUTSIDE, PLAIN, Column, Sort

FormValues = Mapping[str, str | Sequence[str]]
"""By field: a text, or the ids that were ticked."""

R = TypeVar("R", bound=model.Record, covariant=True)

_WITH_YEAR: Final = re.compile(r"\d{3}")

LONGEST_BY: Final = 80
"""Characters of the role or office that makes a change."""

POINTS_AT_MOST: Final = 2_000
"""Points of a route drawn by hand; a longer one is a recorded track and comes from a file."""

NOT_SHAPES: Final = (
    *(ValueError, TypeError, KeyError, AttributeError, RecursionError),
    shapely.errors.ShapelyError,
)
"""What reading a shape from JSON raises where there is none."""


@dataclass(frozen=True, slots=True)
class Draft(Generic[R]):
    """What a form gives: the record, None where something is wrong, and problems by field."""

    record: R | None
    problems: tuple[RowProblem, ...]

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        """What has to be put right first."""
        return tuple(p for p in self.problems if p.severity == "error")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is read: its values, what the catalogue knows, and what has been told so far."""

    values: FormValues
    catalogue: model.Catalogue
    locate: Locate
    today: date
    told: RowNotes
    # The walk that a finding was made on.
    walk: model.Walk | None = None

    @property
    def cells(self) -> dict[str, str]:
        """The fields that hold one text each, without surrounding spaces."""
        return {n: v.strip() for n, v in self.values.items() if isinstance(v, str)}

    def text(self, name: str, longest: int = DEFAULT_LIMITS.text) -> str:
        """Return free text; told of where it can't be kept."""
        return fields.text({name: kept(self.cells.get(name, ""))}, name, self.told, longest)

    def ticked(self, name: str, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the ids that were ticked, without those that nothing has."""
        given = self.values.get(name, ())
        chosen = (given,) if isinstance(given, str) else given
        return tuple(dict.fromkeys(id_ for id_ in chosen if id_ in known))

    def chosen(self, name: str, known: Mapping[str, object], *, needed: bool) -> str | None:
        """Return the one id that was chosen, told of where it is missing or unknown."""
        found = self.cells.get(name, "")
        if found in known:
            return found
        if found or needed:
            self.told.error(name, "form.choose")
        return None

    def area(self, place: Point | None, *, needed: bool = True) -> str | None:
        """Return the area: the chosen one, or the one that the place lies in; None outside."""
        given = self.cells.get("area", "")
        if given == OUTSIDE:
            return None
        if not given and place is None and needed:
            self.told.error("area", "form.area")
        return self.area_of(self.chosen("area", self.catalogue.area_by_id, needed=False), place)

    def plain(self, sort: Sort) -> dict[str, Any]:
        """Return by field what the form holds of the columns that are read by themselves."""
        return {
            one.attribute: _READERS[one.holds](self, one) for one in PLAIN[sort] if one.shown_as
        }

    def needed(self, name: str, text: str) -> str:
        """Return a text, told of where it is missing."""
        if not text and not self.told.is_wrong(name):
            self.told.error(name, "form.needed")
        return text

    def when(self, *, ahead: bool = False) -> When | None:
        """Return the day, with the clock where one is given."""
        cells = self.cells
        clock = self._clock(cells.get("time", ""))
        if not cells.get("date"):
            self.told.error("date", "form.needed")
            return None
        day = said_day(cells["date"], self.today, ahead=ahead)
        found = fields.when({"date": day}, "date", self.told)
        if found is None or clock is None:
            return found
        if found.precision is not model.Precision.DAY:
            self.told.error("time", "form.time")
            return None
        return fields.when({"date": f"{found.day.isoformat()} {clock:%H:%M}"}, "date", self.told)

    def _clock(self, text: str) -> time | None:
        """Return a time of day as a file's is read; told where it is none, whatever the day is."""
        with suppress(IntakeError):
            return parse_time(text, Writing(shares=False)) if text else None
        self.told.error("time", "form.time")
        return None

    def past(self, when: When | None) -> None:
        """Tell of a time that has not come, for what is said to be done."""
        if when is not None and when.start.date() > self.today:
            self.told.error("date", "form.future")

    def day(self, name: str, *, said_on: date | None = None, ahead: bool = False) -> date | None:
        """Return a day, None where there is none."""
        day = said_day(self.cells.get(name, ""), said_on or self.today, ahead=ahead)
        return fields.day({name: day}, name, self.told)

    def point(self) -> Point | None:
        """Return the place that the map or a known place gave."""
        return fields.point(self.cells, self.told)

    def route(self) -> LineString | MultiLineString | None:
        """Return the line that was drawn or imported, as GeoJSON in the field ``route``."""
        if not (given := self.cells.get("route", "")):
            return None
        line = None
        with suppress(*NOT_SHAPES):
            line = shapely.geometry.shape(json.loads(given))
        if isinstance(line, LineString | MultiLineString) and not line.is_empty:
            positions = shapely.get_coordinates(line)
            inside = all(in_sweden(lon, lat) for lon, lat in positions.tolist())
            if inside and line.length > 0 and len(positions) <= POINTS_AT_MOST:
                return line
        self.told.error("route", "form.route")
        return None

    def record_id(self, base: str | None) -> str:
        """Return the record's id: the present one's, or the one that the form was given.

        A new form is given its record's id, so that one sent twice is saved once.
        """
        try:
            return base or str(UUID(self.cells.get("id", "")))
        except ValueError:
            return str(uuid4())

    def area_of(self, given: str | None, place: Point | None) -> str | None:
        """Return a record's area, told of where the place says otherwise."""
        if place is None:
            return given
        found = self.locate(place.x, place.y)
        if given is None:
            return found.area_id
        if found.area_id != given and not found.near_border:
            areas = self.catalogue.area_by_id
            values = {"area": areas[given].name}
            if found.area_id is not None:
                values["found"] = areas[found.area_id].name
            key = "form.other_area" if "found" in values else "form.outside_area"
            self.told.notice("area", key, **values)
        return given


# --- how a column is read that stands by itself ---------------------------------------------------

Way = TypeVar("Way", bound=LineString | MultiLineString)


def _known(form: Form, one: Column) -> Mapping[str, object]:
    known: Mapping[str, Mapping[str, object]] = {
        "kinds": form.catalogue.vocabulary.activity_kinds,
        "categories": form.catalogue.vocabulary.finding_categories,
        "areas": form.catalogue.area_by_id,
        "parties": form.catalogue.party_by_id,
        "commitments": form.catalogue.commitment_by_id,
    }
    return known[one.known]


def _text(form: Form, one: Column) -> str:
    return form.text(one.shown_as, one.longest or one.longest_typed or DEFAULT_LIMITS.text)


def _whole(form: Form, one: Column) -> int | None:
    value = fields.number(form.cells, one.shown_as, form.told, int(one.highest))
    if one.above and value == one.lowest:
        form.told.error(one.shown_as, "form.above", above=f"{one.lowest:g}")
    return value


def _decimal(form: Form, one: Column) -> float | None:
    """Return a number with a decimal comma or point, told of where it is none or out of range."""
    given = form.cells.get(one.shown_as, "")
    if not given:
        return None
    try:
        value = float(given.replace(",", ".").replace("\N{NO-BREAK SPACE}", "").replace(" ", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        form.told.error(one.shown_as, "intake.not_a_number", given)
        return None
    if not one.lowest <= value <= one.highest or (one.above and value == one.lowest):
        key = "form.above_to" if one.above else "form.between"
        lowest, highest = f"{one.lowest:g}", f"{one.highest:g}"
        form.told.error(one.shown_as, key, lowest=lowest, highest=highest)
        return None
    return value


_READERS: Final[Mapping[str, Callable[[Form, Column], Any]]] = {
    "text": _text,
    "whole": _whole,
    "minutes": _whole,
    "decimal": _decimal,
    "day": lambda form, one: form.day(one.shown_as),
    "id": lambda form, one: form.chosen(one.shown_as, _known(form, one), needed=False),
    "ids": lambda form, one: form.ticked(one.shown_as, _known(form, one)),
    "yes": lambda form, one: bool(form.ticked(one.shown_as, {"yes": None})),
}


def said_day(text: str, today: date, *, ahead: bool = False) -> str:
    """Return a day as a file would write it, where it is said as people do; else the text.

    Parameters
    ----------
    text : str
        Anything; understood are *i dag*, *i går* and a day without its year, in every way that
        `geodata.intake.values.dates.parse_day` reads one with it (``7/3``, ``7 mars``).
    today : datetime.date
        The day it is said on.
    ahead : bool, default False
        Whether a day without its year is the next such day instead of the latest.
    """
    plain = " ".join(text.casefold().split())
    if plain in ("i dag", "idag", "today"):
        return today.isoformat()
    if plain in ("i går", "igår", "yesterday"):
        return (today - timedelta(days=1)).isoformat()
    if plain and not _WITH_YEAR.search(plain):
        for year in (today.year, today.year + (1 if ahead else -1)):
            with suppress(IntakeError):
                day = parse_day(f"{plain} {year}").day
                if (day >= today) if ahead else (day <= today):
                    return day.isoformat()
    return text


def thinned(line: Way, tolerance_m: float = 1.0) -> Way:
    """Return a way with no more points than a form carries: a receiver notes one each second.

    Parameters
    ----------
    line : shapely.LineString or shapely.MultiLineString
        The way, in degrees, WGS 84.
    tolerance_m : float
        How far a point may be left out of the way at first; doubled until it is enough.

    Returns
    -------
    shapely.LineString or shapely.MultiLineString
        The way itself where it has few enough.
    """
    found = line
    while shapely.count_coordinates(found) > POINTS_AT_MOST:
        found = to_degrees(shapely.simplify(to_metres(line), tolerance_m))
        tolerance_m *= 2
    return found


def kept(text: str) -> str:
    """Return a text as it is kept: composed letters, one sort of line end, no spaces around."""
    composed = unicodedata.normalize("NFC", text)
    return composed.replace("\r\n", "\n").replace("\r", "\n").strip()


def author(values: FormValues) -> tuple[str, tuple[RowProblem, ...]]:
    """Return who makes a change: a role or an office.

    Parameters
    ----------
    values : mapping
        The form's; the field is ``by``.

    Returns
    -------
    by : str
        Empty where something is wrong.
    problems : tuple of RowProblem
        What is wrong: it is missing, too long, or holds an identity number.
    """
    told = RowNotes("", None)
    given = values.get("by", "")
    cells = {"by": kept(given) if isinstance(given, str) else ""}
    by = " ".join(fields.text(cells, "by", told, LONGEST_BY).split())
    if not by and not told.is_wrong("by"):
        told.error("by", "form.by")
    return by, tuple(told.problems)
