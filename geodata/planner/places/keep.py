"""Choices of places that are kept as alternatives: saved, read again, put side by side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, WrapSerializer

from geodata.errors import GeodataError, PlanningError
from geodata.model import Plan, PlanKind
from geodata.planner.places.ask import Choices, asked_of, read_choices
from geodata.planner.places.solve import Demand, PlacesAnswer, Spot
from geodata.planner.plans import STORED, PlanFormat
from geodata.planning.travel import TravelSource
from geodata.service.core import Service
from geodata.service.recording import FormValues, Outcome


def _unfolded(name: str, told: Any) -> Any:
    return {**told, name: told}


def _folded(name: str, made: object, write: SerializerFunctionWrapHandler) -> dict[str, object]:
    told: dict[str, Any] = write(made)
    return {**told.pop(name), **told}


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place of an alternative, and what it added to those before it."""

    site: Spot
    added: float


# What a spot is stands in a plan beside what it adds or weighs, not within it.
StoredPlace = Annotated[
    KeptPlace,
    BeforeValidator(partial(_unfolded, "site")),
    WrapSerializer(partial(_folded, "site")),
]
StoredDemand = Annotated[
    Demand,
    BeforeValidator(partial(_unfolded, "spot")),
    WrapSerializer(partial(_folded, "spot")),
]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A choice of places that is kept: by its plan, with what was asked for and what came out."""

    __pydantic_config__ = STORED

    id: str
    name: str
    # The day it was made.
    day: date
    void: bool
    choices: Choices
    # The day that was told about.
    about_day: date | None
    # Ids of the areas that it was limited to; empty where it was not.
    within: tuple[str, ...]
    places: tuple[StoredPlace, ...]
    covered: float
    total: float
    # How much more might have been reached, as a share; 0 where none is proven.
    gap: float
    # What stayed out of reach.
    missed: tuple[StoredDemand, ...]
    source: TravelSource

    @property
    def share(self) -> float | None:
        """The share of the weight within reach; None where nothing had any weight."""
        return self.covered / self.total if self.total else None


ALTERNATIVES: Final = PlanFormat(
    PlanKind.PLACES,
    Alternative,
    of_plan={"id": "id", "name": "name", "day": "first_day", "void": "void"},
    given=("choices", "about_day", "within"),
    unreadable="plan_places.not_readable",
)
"""How a choice of places stands in a plan."""


def keep_places(
    service: Service,
    choices: Choices,
    answer: PlacesAnswer,
    values: FormValues,
    *,
    about_day: date,
    within: Collection[str] | None = None,
) -> Outcome:
    """Keep an answer as an alternative.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    choices : Choices
        What was asked for.
    answer : PlacesAnswer
        What came out.
    values : mapping
        ``name``, ``by``, and ``id`` of the new plan, so that a form sent twice is saved once.
    about_day : datetime.date
        The day told about.
    within : collection of str, optional
        Ids of the areas that it is limited to.

    Returns
    -------
    Saved, Refused or Conflict
        ``name`` and ``by`` are the fields that can be refused.
    """
    limits = {"about_day": about_day.isoformat(), "within": ",".join(sorted(within or ()))}
    today = service.today()
    made = made_alternative(choices, answer, today)
    asked = {**asked_of(choices), **limits}
    return ALTERNATIVES.keep(service, made, (today, today), asked, values)


def made_alternative(choices: Choices, answer: PlacesAnswer, day: date) -> Alternative:
    """Return an answer as it would be kept; it has neither id nor name yet."""
    return Alternative(
        id="",
        name="",
        day=day,
        void=False,
        choices=choices,
        about_day=None,
        within=(),
        places=tuple(KeptPlace(one.site, one.added) for one in answer.taken),
        covered=answer.covered,
        total=answer.total,
        gap=answer.gap,
        missed=tuple(one.demand for one in answer.missed),
        source=answer.source,
    )


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
    try:
        return ALTERNATIVES.read(
            plan,
            choices=read_choices(asked),
            about_day=asked.get("about_day") or None,
            within=tuple(one for one in asked.get("within", "").split(",") if one),
        )
    except PlanningError:
        return None
