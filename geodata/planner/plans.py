"""Plans that are kept: saved with what was asked for and what came out, opened again, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Generic, TypeVar
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter
from shapely.errors import ShapelyError

from geodata.errors import PlanningError, UnknownIdError
from geodata.intake.fields import text
from geodata.intake.forms import FormValues, author, kept
from geodata.intake.report import RowNotes
from geodata.model import Plan, PlanKind
from geodata.service.core import Service
from geodata.service.recording import Outcome, Refused, Saved, add

LONGEST_NAME: Final = 80

STORED: Final = ConfigDict(allow_inf_nan=False)
"""How a dataclass is read that plans hold: a number has a value."""

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
        asked: Mapping[str, str | None],
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
        return keep_plan(
            service,
            self.kind,
            text_of(values, "name"),
            days,
            {name: told for name, told in asked.items() if told},
            self.outcome(made),
            text_of(values, "by"),
            plan_id=text_of(values, "id") or None,
        )


def keep_plan(
    service: Service,
    kind: PlanKind,
    name: str,
    days: tuple[date, date],
    asked: Mapping[str, object],
    outcome: Mapping[str, object],
    by: str,
    *,
    plan_id: str | None = None,
) -> Outcome:
    """Keep a plan."""
    notes = RowNotes("", None)
    called = " ".join(text({"name": kept(name)}, "name", notes, LONGEST_NAME).split())
    if not called and not notes.refused:
        notes.error("name", "form.needed")
    who, problems = author({"by": by})
    if notes.refused or problems:
        return Refused((*notes.problems, *problems))
    made = Plan(plan_id or str(uuid4()), kind, called, *days, asked, outcome)
    added = add(service, "plan", made, who)
    return Saved("plan", added, service.newest_number("plan", added.id))


def text_of(values: FormValues, name: str) -> str:
    """Return what stands in one of a form's fields; empty where it holds several."""
    given = values.get(name, "")
    return given if isinstance(given, str) else ""
