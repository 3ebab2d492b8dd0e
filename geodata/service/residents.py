"""Residents before a walk: asked for some days, what they point out, what became of it.

A resident says a place and a category, and nothing else is kept: no text, no person. What they
read is open to anybody who has the address, so that it holds what is on the walk's printed sheet,
and numbers by the rule of the citizens' page.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import uuid4

import numpy as np
import shapely
from markupsafe import Markup
from shapely import Point

from geodata import model
from geodata.crs import to_degrees, to_metres
from geodata.errors import IntakeError, UnknownIdError
from geodata.model import FindingStatus, Walk, WalkStatus
from geodata.publish.paper import svg_path
from geodata.publish.public.suppression import LEAST, by_kind
from geodata.publish.static_map import to_svg
from geodata.publish.walk_sheet import Known, draw_for_residents, near_places
from geodata.register.hints import Hint as Hint
from geodata.register.hints import Opening as Opening
from geodata.service.core import Service
from geodata.service.paper_maps import backdrop_of
from geodata.service.recording import day_said

REACH_M: Final = 200.0
"""So far outside its area a place may be pointed out, in metres: across the street."""

CELL_M: Final = 10
"""Places are kept to this, in metres: no window and no door."""

A_DAY_AT_MOST: Final = 300
"""So many hints are taken for a walk on a day, from whatever number of people."""

LONGEST_DAYS: Final = 92

SECRET_BYTES: Final = 16


class Stage(StrEnum):
    """How far a walk has come for residents."""

    EARLY = "early"
    OPEN = "open"
    CLOSED = "closed"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Asking:
    """A walk that residents are asked about, as anybody may see it."""

    walk: Walk
    area: model.Area
    opening: Opening
    stage: Stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a category after the walk; None is a number too small to tell."""

    category: str
    pointed_out: int | None
    findings: int | None
    done: int | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A walk's map, and what makes a place of a tap on it."""

    svg: Markup
    # Wide and high, in its own units, ...
    size: tuple[float, float]
    # ... as is how far one may tap.
    reach: str
    # Where its upper left corner is, and how long its unit: metres, SWEREF 99 TM.
    corner: tuple[float, float]
    unit_m: float
    # Known places, as `point_out` takes them and by name.
    places: tuple[tuple[str, str], ...]


def stage_of(walk: Walk, opening: Opening, today: date) -> Stage:
    """Return how far a walk has come for residents on a day."""
    if walk.void or walk.status is WalkStatus.CANCELLED:
        return Stage.CANCELLED
    if walk.status is WalkStatus.HELD:
        return Stage.HELD
    if opening.closed or today > opening.last_day:
        return Stage.CLOSED
    return Stage.EARLY if today < opening.first_day else Stage.OPEN


# --- what a planner does ---------------------------------------------------------------------


def open_walk(service: Service, walk_id: str, first: str, last: str, *, by: str) -> Opening:
    """Ask residents about a planned walk, from a first to a last day as they are typed.

    The address stays the one that it had, if it was asked about before.

    Raises
    ------
    IntakeError
        ``residents.not_planned``, or ``residents.days`` where they are no days, over, the wrong
        way round, after the walk's own or too many.
    """
    walk, today = service.walk(walk_id), service.today()
    if walk.void or walk.status is not WalkStatus.PLANNED:
        raise IntakeError("residents.not_planned")
    days = [day_said(text, today) for text in (first, last)]
    begins, ends = (day or date.min for day in days)
    latest = max(walk.day, today)
    if not begins <= ends or not today <= ends <= latest or (ends - begins).days > LONGEST_DAYS:
        raise IntakeError("residents.days", last=latest.isoformat())
    before = service.register.opening(walk_id=walk_id)
    secret = before.secret if before else secrets.token_urlsafe(SECRET_BYTES)
    kept = Opening(walk_id, secret, begins, ends, closed=False, by=by)
    service.register.keep_opening(kept)
    return kept


def close_walk(service: Service, walk_id: str, *, by: str) -> None:
    """Ask residents no more; what they have pointed out stays."""
    before = service.register.opening(walk_id=walk_id)
    if before is not None:
        service.register.keep_opening(replace(before, closed=True, by=by))


def with_stop(points: Sequence[tuple[float, float]], hint: Hint) -> list[tuple[float, float]]:
    """Return a way's points (WGS 84) with a hint's place where the detour to it is shortest."""
    at = (hint.lon, hint.lat)
    if len(points) < 2:
        return [*points, at]
    way = shapely.get_coordinates(to_metres(shapely.LineString(points)))
    away = np.hypot(*(way - shapely.get_coordinates(to_metres(Point(at)))).T)
    legs = np.hypot(*np.diff(way, axis=0).T)
    # At either end, or between two points that follow each other.
    detours = [away[0], *(away[:-1] + away[1:] - legs), away[-1]]
    place = int(np.argmin(detours))
    return [*points[:place], at, *points[place:]]


# --- what residents see and do ---------------------------------------------------------------


def asking(service: Service, secret: str) -> Asking:
    """Return the walk that an address is of; UnknownIdError for an address that is none's."""
    # Takes note of areas that another server was given.
    service.version()
    opening = service.register.opening(secret=secret)
    if opening is None:
        raise UnknownIdError("residents.unknown")
    walk = service.walk(opening.walk_id)
    stage = stage_of(walk, opening, service.today())
    return Asking(walk, service.area(walk.area_id), opening, stage)


def known_places(service: Service, area: model.Area) -> list[Known]:
    """Return the known places to choose from, by name; in metres (SWEREF 99 TM)."""
    return sorted(near_places(service.catalogue.places, to_metres(area.outline)))


def drawing(service: Service, walk_id: str, title: str = "") -> Drawing:
    """Return a walk's map for residents, with what it is called; made once for each version."""
    return service.kept(_drawing, walk_id, title)


def _drawing(service: Service, walk_id: str, title: str) -> Drawing:
    walk = service.walk(walk_id)
    area = service.area(walk.area_id)
    beneath = backdrop_of(service)
    panel = draw_for_residents(walk, area, service.catalogue.places, beneath, REACH_M)
    reach = to_metres(area.outline).buffer(REACH_M).simplify(1)
    size = (panel.box.wide, panel.box.high)
    return Drawing(
        to_svg([panel], size, title=title),
        size,
        svg_path(panel.frame.shape(reach)),
        tuple(panel.frame.back(np.zeros((1, 2)))[0].tolist()),
        1 / panel.frame.mm_per_m,
        tuple((f"{at.x:.0f} {at.y:.0f}", name) for name, at in known_places(service, area)),
    )


def point_out(service: Service, secret: str, given: Mapping[str, str]) -> None:
    """Keep what a resident points out.

    Parameters
    ----------
    service : Service
        Which register.
    secret : str
        Of the walk's address.
    given : mapping of str to str
        What the form sent: ``place`` (easting and northing in metres, SWEREF 99 TM) and
        ``category``. Nothing else of it is looked at.

    Raises
    ------
    UnknownIdError
        ``residents.unknown``.
    IntakeError
        ``residents.closed``, ``residents.place``, ``residents.outside``, ``residents.category``,
        ``residents.full``; nothing was kept.
    """
    found = asking(service, secret)
    if found.stage is not Stage.OPEN:
        raise IntakeError("residents.closed")
    place, category = _place(given.get("place", "")), given.get("category", "")
    if to_metres(found.area.outline).distance(place) > REACH_M:
        raise IntakeError("residents.outside", area=found.area.name)
    if category not in service.catalogue.vocabulary.finding_categories:
        raise IntakeError("residents.category")
    at = to_degrees(Point(round(place.x / CELL_M) * CELL_M, round(place.y / CELL_M) * CELL_M))
    day, lon, lat = service.today(), round(at.x, 6), round(at.y, 6)
    hint = Hint(str(uuid4()), found.walk.id, lon, lat, category, day)
    if not service.register.add_hint(hint, A_DAY_AT_MOST):
        raise IntakeError("residents.full")


def _place(text: str) -> Point:
    try:
        x, y = (float(part) for part in text.split())
    except ValueError as error:
        raise IntakeError("residents.place") from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise IntakeError("residents.place")
    return Point(x, y)


def outcomes(service: Service, walk: Walk) -> list[Outcome]:
    """Return what became of each category after a walk, small numbers kept back.

    Findings that are not for everybody, or were withdrawn, are in none of the numbers.
    """
    kinds = list(service.catalogue.vocabulary.finding_categories)
    found = [f for f in service.findings(walk_id=walk.id) if not f.internal and not f.void]
    settled = (f for f in found if f.status is FindingStatus.DONE)
    counted = (
        Counter(hint.category for hint in service.register.walk_hints(walk.id)),
        Counter(finding.category for finding in found),
        Counter(finding.category for finding in settled),
    )
    hints, findings, done = counted[0], _told(counted[1], kinds), _told(counted[2], kinds)
    return [
        Outcome(
            kind,
            # Told here alone, and without a sum: each by itself.
            hints[kind] if hints[kind] >= LEAST or not hints.total() else None,
            findings[kind],
            _share(done[kind], findings[kind]),
        )
        for kind in kinds
        if any(numbers[kind] for numbers in counted)
    ]


def _told(numbers: Mapping[str, int], kinds: Sequence[str]) -> dict[str, int | None]:
    """Return the numbers that may be told, by the rule of the citizens' page; nought where none."""
    if not any(numbers.values()):
        return dict.fromkeys(kinds, 0)
    told = by_kind(numbers, kinds).told
    return {kind: told.get(kind) for kind in kinds}


def _share(done: int | None, findings: int | None) -> int | None:
    """Return how many are done; not where those that are left would be one or two."""
    if done is None or findings is None or 0 < findings - done < LEAST:
        return None
    return done
