"""Choices of places that are kept as alternatives: saved, read again, put side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from geodata.errors import GeodataError
from geodata.model import Plan, PlanKind
from geodata.planner.places.ask import Choices, read_choices, written
from geodata.planner.places.solve import Demand, PlacesAnswer, Spot, SpotKind
from geodata.planner.plans import keep_plan
from geodata.planning.streets import TravelSource
from geodata.service.core import Service
from geodata.service.recording import Conflict, Refused, Saved

_KINDS: Mapping[str, SpotKind] = {
    "hot_spot": "hot_spot",
    "place": "place",
    "finding": "finding",
    "point": "point",
}


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place of an alternative, and what it added to those before it."""

    site: Spot
    added: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """A choice of places that is kept.

    Parameters
    ----------
    id, name : str
        The plan's.
    day : datetime.date
        The day it was made.
    void : bool
        Whether it has been withdrawn.
    choices : Choices
        What was asked for.
    about_day : datetime.date or None
        The day that was told about.
    within : tuple of str
        Ids of the areas that it was limited to; empty where it was not.
    places : tuple of KeptPlace
        In their order.
    covered, total : float
        The weight within reach then, and of all demand.
    gap : float
        How much more might have been reached, as a share; 0 where none is proven.
    missed : tuple of Demand
        What stayed out of reach.
    source : TravelSource
        What its distances rest on.
    """

    id: str
    name: str
    day: date
    void: bool
    choices: Choices
    about_day: date | None
    within: tuple[str, ...]
    places: tuple[KeptPlace, ...]
    covered: float
    total: float
    gap: float
    missed: tuple[Demand, ...]
    source: TravelSource

    @property
    def share(self) -> float | None:
        """The share of the weight within reach; None where nothing had any weight."""
        return self.covered / self.total if self.total else None


def keep_places(
    service: Service,
    choices: Choices,
    answer: PlacesAnswer,
    name: str,
    by: str,
    *,
    about_day: date,
    within: Collection[str] | None = None,
    plan_id: str | None = None,
) -> Saved | Refused | Conflict:
    """Keep an answer as an alternative.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    choices : Choices
        What was asked for.
    answer : PlacesAnswer
        What came out.
    name, by : str
        As for `geodata.planner.plans.keep_plan`.
    about_day : datetime.date
        The day told about.
    within : collection of str, optional
        Ids of the areas that it is limited to.
    plan_id : str, optional
        The new plan's id, so that a form sent twice is saved once.

    Returns
    -------
    Saved, Refused or Conflict
        ``name`` and ``by`` are the fields that can be refused.
    """
    limits = {"about_day": about_day.isoformat(), "within": ",".join(sorted(within or ()))}
    today = service.today()
    return keep_plan(
        service,
        PlanKind.PLACES,
        name,
        today,
        today,
        {name: value for name, value in {**written(choices), **limits}.items() if value},
        outcome_of(answer),
        by,
        plan_id=plan_id,
    )


def outcome_of(answer: PlacesAnswer) -> dict[str, object]:
    """Return an answer as JSON values, with everything that its own words need later."""
    source = answer.source
    return {
        "places": [{**_spot(one.site), "added": one.added} for one in answer.taken],
        "covered": answer.covered,
        "total": answer.total,
        "gap": answer.gap,
        "missed": [{**_spot(m.demand.spot), "weight": m.demand.weight} for m in answer.missed],
        "source": {
            "kind": source.kind,
            "file": source.file,
            "digest": source.digest,
            "licence": source.licence,
            "data_date": source.data_date.isoformat() if source.data_date else None,
            "detour": source.detour,
        },
    }


def alternatives(service: Service) -> tuple[Alternative, ...]:
    """Return every alternative that can be read and is not withdrawn, the newest first."""
    found = (read_alternative(plan) for plan in service.plans(PlanKind.PLACES))
    return tuple(one for one in found if one is not None and not one.void)


def alternative(service: Service, plan_id: str) -> Alternative | None:
    """Return one of them, also where it has been withdrawn; None where there is none."""
    try:
        plan = service.plan(plan_id)
    except GeodataError:
        return None
    return read_alternative(plan)


def read_alternative(plan: Plan) -> Alternative | None:
    """Return what a plan keeps; None where it is of another kind, or can't be read."""
    if plan.kind is not PlanKind.PLACES:
        return None
    asked = {name: str(value) for name, value in plan.asked.items()}
    outcome = cast("Mapping[str, Any]", plan.outcome)
    try:
        about = asked.get("about_day")
        return Alternative(
            id=plan.id,
            name=plan.name,
            day=plan.first_day,
            void=plan.void,
            choices=read_choices(asked),
            about_day=date.fromisoformat(about) if about else None,
            within=tuple(one for one in asked.get("within", "").split(",") if one),
            places=tuple(KeptPlace(_read(p), float(p["added"])) for p in outcome["places"]),
            covered=float(outcome["covered"]),
            total=float(outcome["total"]),
            gap=float(outcome["gap"]),
            missed=tuple(Demand(_read(m), float(m["weight"])) for m in outcome["missed"]),
            source=_read_source(outcome["source"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _spot(spot: Spot) -> dict[str, object]:
    return {
        "key": spot.key,
        "kind": spot.kind,
        "name": spot.name,
        "lon": spot.lon,
        "lat": spot.lat,
        "id": spot.id,
        "area_id": spot.area_id,
    }


def _read(kept: Mapping[str, Any]) -> Spot:
    area = kept.get("area_id")
    return Spot(
        key=str(kept["key"]),
        kind=_KINDS[kept["kind"]],
        name=str(kept["name"]),
        lon=float(kept["lon"]),
        lat=float(kept["lat"]),
        id=str(kept.get("id") or ""),
        area_id=None if area is None else str(area),
    )


def _read_source(kept: Mapping[str, Any]) -> TravelSource:
    day = kept.get("data_date")
    return TravelSource(
        "streets" if kept["kind"] == "streets" else "straight_lines",
        file=str(kept.get("file") or ""),
        digest=str(kept.get("digest") or ""),
        licence=str(kept.get("licence") or ""),
        data_date=date.fromisoformat(day) if day else None,
        detour=None if kept.get("detour") is None else float(kept["detour"]),
    )
