"""A record as its form shows it."""

from __future__ import annotations

import json
from typing import Any

import shapely
from shapely import Point

from geodata.intake.forms import OUTSIDE, time_cells
from geodata.intake.meeting_forms import about
from geodata.intake.planning_forms import written
from geodata.model import Activity, Decision, Finding, HotSpot, Meeting, Walk


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def form_values(
    record: Activity | Walk | Finding | Decision | Meeting | HotSpot,
) -> dict[str, str | tuple[str, ...]]:
    """Return a record as its form shows it: reading it back gives the same record.

    Parameters
    ----------
    record : Activity, Walk, Finding, Decision, Meeting or HotSpot
        Any record.

    Returns
    -------
    dict
        By field, as the reader of its form takes them.
    """
    if isinstance(record, HotSpot):
        return _hot_spot_values(record)
    if isinstance(record, Meeting):
        days = {name: _written(getattr(record, name)) for name in ("day", "since", "next_day")}
        return {**days, "promise": record.promise_id or ""}
    if isinstance(record, Decision):
        told = ("text", "owner", "due", "status", "outcome")
        return {
            **{name: _written(getattr(record, name)) for name in told},
            "about": about(record),
        }
    if isinstance(record, Finding):
        values: dict[str, str | tuple[str, ...]] = {
            name: _written(getattr(record, name))
            for name in ("category", "text", "owner", "due", "status", "day", "status_day")
        }
        values["internal"] = ("yes",) if record.internal else ()
        return {**values, "area": record.area_id or OUTSIDE, **_position(record.place)}
    values = {
        "area": record.area_id or OUTSIDE,
        **time_cells(record),
        "minutes": _written(record.minutes),
        "participants": _written(record.participants),
        "note": record.note,
        "commitments": record.commitments,
        "parties": record.parties,
    }
    if isinstance(record, Activity):
        line = record.place is not None and not isinstance(record.place, Point)
        return {
            **values,
            "kind": record.kind,
            "place": "keep" if line else "",
            **_position(record.place),
        }
    route = "" if record.route is None else json.dumps(shapely.geometry.mapping(record.route))
    return {
        **values,
        "status": str(record.status),
        "meeting_point": record.meeting_point,
        "invited": record.invited,
        "route": route,
        "followed_up": _written(record.followed_up),
        "repeats": _written(record.repeats),
    }


def _hot_spot_values(record: HotSpot) -> dict[str, str | tuple[str, ...]]:
    told = ("name", "reason", "reason_source", "valid_from", "valid_to", "minutes_a_visit")
    numbers = ("radius_m", "weight", "visits_a_week")
    return {
        **{name: _written(getattr(record, name)) for name in told},
        **{name: written(getattr(record, name)) for name in numbers},
        **_position(record.place),
    }


def _position(place: shapely.Geometry | None) -> dict[str, str | tuple[str, ...]]:
    if not isinstance(place, Point):
        return {"lat": "", "lon": ""}
    return {"lat": repr(place.y), "lon": repr(place.x)}
