"""What a planner chooses, as an address holds it, and the plans that are kept of it.

An address may hold anything, and nothing that reads it here fails. A hot spot, a finding and a
place go by a key: ``h`` and the first letters of the id, ``f`` and those of a finding's, ``p`` and
longitude and latitude for a known place or one of the planner's own. A plan is saved with what was
asked for and what came out, opened again, withdrawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter
from shapely.errors import ShapelyError

from geodata.errors import PlanningError, UnknownIdError
from geodata.intake.fields import text as typed_text
from geodata.intake.forms import FormValues, author, kept
from geodata.intake.report import RowNotes
from geodata.model import Plan, PlanKind
from geodata.planning.travel import Position as Position
from geodata.service.core import Service
from geodata.service.recording import Outcome, Refused, Saved, add

T = TypeVar("T")
Chosen = TypeVar("Chosen", bound=Any)
"""A dataclass of everything that a planner chooses for a tool."""

EARLIEST: Final = date(1990, 1, 1)
"""No register of ours reaches farther back; a typing error in a year does."""


KEY_LETTERS: Final = 8
"""Letters of an id in a key: two records share them once in 4 milliards."""


def spot_key(spot_id: str) -> str:
    """Return a hot spot's key."""
    return f"h{spot_id[:KEY_LETTERS]}"


def finding_key(finding_id: str) -> str:
    """Return a finding's key."""
    return f"f{finding_id[:KEY_LETTERS]}"


def place_key(lon: float, lat: float) -> str:
    """Return the key of a place: where it is, to a metre."""
    return f"p{lon:.5f}_{lat:.5f}"


def position_of(key: str) -> Position | None:
    """Return where the place of a key is, None if the key tells no place."""
    return read_position(key[1:].replace("_", ",")) if key.startswith("p") else None


def read_position(text: str) -> Position | None:
    """Return longitude and latitude with a comma between, None where it is none."""
    lon, comma, lat = text.partition(",")
    try:
        found = float(lon), float(lat)
    except ValueError:
        return None
    # Written so that what is no number is none of them.
    return found if comma and abs(found[0]) <= 180 and abs(found[1]) <= 85 else None


def read_number(text: str, least: float, most: float) -> float | None:
    """Return a number with a decimal comma or point, None where it is none or out of bounds."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) and least <= found <= most else None


def read_day(text: str, first: date = EARLIEST, last: date = date.max) -> date | None:
    """Return a day as ISO 8601 writes it, None where it is none or out of bounds."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if first <= day <= last else None


def listed(text: str) -> tuple[str, ...]:
    """Return what is listed, without what is empty or was there already."""
    return tuple(dict.fromkeys(part for part in text.split(",") if part))


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One of a tool's choices."""

    name: str
    field: str
    read: Callable[[str], T | None]
    write: Callable[[T], str] = str


def read_chosen(
    choices: tuple[Choice[Any], ...], asked: Mapping[str, str], usual: Chosen
) -> Chosen:
    """Return what an address asks for; what makes no sense there is as usual."""
    told = {one.field: one.read(asked[one.name]) for one in choices if one.name in asked}
    return replace(usual, **{field: value for field, value in told.items() if value is not None})


def written(choices: tuple[Choice[Any], ...], chosen: Chosen, usual: Chosen) -> dict[str, str]:
    """Return what is chosen as an address holds it; what is as usual is empty."""
    values = ((one, getattr(chosen, one.field)) for one in choices)
    return {
        one.name: "" if value == getattr(usual, one.field) else one.write(value)
        for one, value in values
    }


# --- plans that are kept -------------------------------------------------------------------------

LONGEST_NAME: Final = 80

STORED: Final = ConfigDict(allow_inf_nan=False)
"""How a dataclass is read that plans hold: a number has a value."""

PATROL: Final = "foot_patrol"
"""The kind of activity that a walked loop and a made visit are recorded as."""

Made = TypeVar("Made")
"""What a tool makes: a loop, a schedule, a choice of places."""


@dataclass(frozen=True)
class PlanFormat(Generic[Made]):
    """How what a tool makes stands in a plan: written as its outcome, read from it again."""

    kind: PlanKind
    made: type[Made]
    of_plan: Mapping[str, str]
    unreadable: str
    given: tuple[str, ...] = ()
    version: int | None = None

    @cached_property
    def _adapter(self) -> TypeAdapter[Made]:
        return TypeAdapter(self.made)

    def outcome(self, made: Made) -> dict[str, object]:
        """Return JSON values, without what the plan itself holds."""
        without = {*self.of_plan, *self.given}
        told = self._adapter.dump_python(made, mode="json", by_alias=True, exclude=without)
        return told if self.version is None else {"version": self.version, **told}

    def read(self, plan: Plan, **given: object) -> Made:
        """Return what a plan holds."""
        own = {name: getattr(plan, there) for name, there in self.of_plan.items()}
        if self.version is not None and plan.outcome.get("version") != self.version:
            raise PlanningError(self.unreadable, name=plan.name)
        try:
            return self._adapter.validate_python({**plan.outcome, **own, **given})
        except (LookupError, TypeError, ValueError, AttributeError, ShapelyError) as error:
            raise PlanningError(self.unreadable, name=plan.name) from error

    def of(self, service: Service, plan_id: str) -> Made:
        """Return what a kept plan holds, withdrawn or not."""
        plan = service.plan(plan_id)
        if plan.kind is not self.kind:
            raise UnknownIdError("unknown.plan", id=plan_id)
        return self.read(plan)

    def keep(
        self,
        service: Service,
        made: Made,
        days: tuple[date, date],
        asked: Mapping[str, object],
        values: FormValues,
    ) -> Outcome:
        """Keep what a tool has made, with what was asked for.

        `values` are ``name``, ``by``, and ``id`` of the new plan, so that a form sent twice is
        saved once. The first two can be refused.

        Raises
        ------
        RegisterError
            If the register can't be written to.
        """
        notes = RowNotes("", None)
        told = kept(text_of(values, "name"))
        name = " ".join(typed_text({"name": told}, "name", notes, LONGEST_NAME).split())
        if not name and not notes.refused:
            notes.error("name", "form.needed")
        who, problems = author({"by": text_of(values, "by")})
        if notes.refused or problems:
            return Refused((*notes.problems, *problems))
        plan_id = text_of(values, "id") or str(uuid4())
        said = {one: value for one, value in asked.items() if value}
        plan = Plan(plan_id, self.kind, name, *days, said, self.outcome(made))
        added = add(service, "plan", plan, who)
        return Saved("plan", added, service.newest_number("plan", added.id))


def text_of(values: FormValues, name: str) -> str:
    """Return what stands in one of a form's fields; empty where it holds several."""
    given = values.get(name, "")
    return given if isinstance(given, str) else ""
