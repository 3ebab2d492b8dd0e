"""Plans that are kept: saved with what was asked for and what came out, opened again, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import uuid4

from geodata.errors import RegisterError, UnknownIdError
from geodata.intake.fields import text
from geodata.intake.forms import author, kept
from geodata.intake.report import RowNotes
from geodata.model import Plan, PlanKind
from geodata.service.core import Service
from geodata.service.recording import Conflict, Refused, Saved, conflict_with

LONGEST_NAME: Final = 80


def keep_plan(
    service: Service,
    kind: PlanKind,
    name: str,
    first_day: date,
    last_day: date,
    asked: Mapping[str, object],
    outcome: Mapping[str, object],
    by: str,
    *,
    plan_id: str | None = None,
    expected_number: int = 0,
) -> Saved | Refused | Conflict:
    """Keep a plan, or keep one that is there already in another version."""
    notes = RowNotes("", None)
    called = " ".join(text({"name": kept(name)}, "name", notes, LONGEST_NAME).split())
    if not called and not notes.refused:
        notes.error("name", "form.needed")
    who, problems = author({"by": by})
    if notes.refused or problems:
        return Refused((*notes.problems, *problems))
    made = Plan(plan_id or str(uuid4()), kind, called, first_day, last_day, asked, outcome)
    if not expected_number:
        return _added(service, made, who)
    base = service.plan(made.id)
    changed = replace(made, origin=base.origin, void=base.void)
    try:
        number = service.register.change(changed, by=who, expected_number=expected_number)
    except RegisterError as error:
        if error.key != "register.conflict":
            raise
        return conflict_with(service, "plan", changed)
    return Saved("plan", changed, number)


def kept_plan(service: Service, plan_id: str, kind: PlanKind) -> Plan:
    """Return a plan of one kind, withdrawn or not."""
    plan = service.plan(plan_id)
    if plan.kind is not kind:
        raise UnknownIdError("unknown.plan", id=plan_id)
    return plan


def _added(service: Service, plan: Plan, by: str) -> Saved:
    try:
        service.register.add(plans=[plan], by=by)
    except RegisterError as error:
        if error.key != "register.duplicate_id":
            raise
        # Sent twice it is there already; another one with its id is a plan of its own.
        if service.plan(plan.id) != plan:
            return _added(service, replace(plan, id=str(uuid4())), by)
    return Saved("plan", plan, service.newest_number("plan", plan.id))
