"""Writing down by hand: new records, changes, withdrawing and taking back, each with its author.

Nothing here raises for what a reader typed: a save is answered by `Saved`, `Refused` or
`Conflict`, and what was typed is the caller's to keep.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args
from uuid import uuid4

import shapely

from geodata import model
from geodata.analysis.evidence import Suggestion as Suggestion
from geodata.analysis.evidence import suggest
from geodata.errors import IntakeError, RegisterError, UnknownIdError
from geodata.intake.form_records import form_values as form_values
from geodata.intake.form_records import read_form
from geodata.intake.formats.gpx import read_gpx
from geodata.intake.forms import NOT_SHAPES as NOT_SHAPES
from geodata.intake.forms import Draft, author, said_day, thinned
from geodata.intake.forms import FormValues as FormValues
from geodata.intake.report import RowProblem as RowProblem
from geodata.intake.values.dates import parse_when
from geodata.intake.values.privacy import holds_identity_number as holds_identity_number
from geodata.records import OUTSIDE as OUTSIDE
from geodata.service.core import Service

Action = Literal["void", "restore", "bring_back", "settle", "redact"]

_NOT_TOLD: Final = frozenset({"id", "origin", "day", "walk_id"})
"""Fields that no reader changes: given by others, or by the program."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written: the record, and the number of the revision it became."""

    entity: model.Entity
    record: model.Record
    number: int
    notices: tuple[RowProblem, ...] = ()
    moved: int = 0
    """How many records have another area by it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was written, by field."""

    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed the record meanwhile: nothing was written."""

    # The newest revision, somebody else's.
    theirs: model.Revision
    # What was about to be saved; None for an action without values.
    mine: model.Record | None
    # Where the two differ: before is theirs, after is mine.
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two versions of a record have different values for, as JSON values."""

    field: str
    before: object
    after: object


Outcome = Saved | Refused | Conflict


# --- saving a form -------------------------------------------------------------------------------


def save(
    service: Service,
    entity: model.Entity,
    values: FormValues,
    *,
    record_id: str | None = None,
    expected_number: int = 0,
    walk_id: str | None = None,
    photos: Sequence[model.NewPhoto] = (),
) -> Outcome:
    """Save what a form holds, as a new record or as a change of one.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    entity : {"activity", "walk", "finding", "decision", "meeting", "hot_spot"}
        Which form.
    values : mapping
        By field; ``by`` is who saves it, ``id`` the id that a new record is to have.
    record_id : str, optional
        The record that is changed; a new one is made without it.
    expected_number : int
        The revision that the change builds on.
    walk_id : str, optional
        The walk that a new finding was made on.
    photos : sequence of NewPhoto
        Kept with it, or nothing is.

    Returns
    -------
    Saved, Refused or Conflict
        A form that is sent twice is saved once.

    Raises
    ------
    UnknownIdError
        If there is no record to be changed, or none that it goes back to.
    RegisterError
        If the register can't be written to.
    ValueError
        If there is no such form: a plan is kept by the tool that makes it.
    """
    if entity == "plan":
        raise ValueError(entity)
    base = None if record_id is None else service.register.record(entity, record_id)
    by, problems = author(values)
    draft = read_draft(service, entity, values, base, walk_id)
    errors = (*draft.errors, *problems)
    if draft.record is None or errors:
        return Refused(errors)
    record: model.Record = draft.record
    _require_known(service, record, is_new=base is None)
    told = tuple(p for p in draft.problems if p.severity == "notice")
    if base is None:
        record = add(service, entity, record, by, photos)
        return Saved(entity, record, 1, told)
    return change(service, entity, record, by, expected_number, told, photos)


def change(
    service: Service,
    entity: model.Entity,
    record: model.Record,
    by: str,
    expected_number: int,
    told: tuple[RowProblem, ...] = (),
    photos: Sequence[model.NewPhoto] = (),
) -> Outcome:
    """Write a record's new values and photos, unless somebody else has changed it meanwhile."""
    try:
        number = service.register.change(
            record,
            by=by,
            expected_number=expected_number,
            photos=photos_of(entity, record.id, photos),
        )
    except RegisterError as error:
        if error.key != "register.conflict":
            raise
        return conflict_with(service, entity, record)
    return Saved(entity, record, number, told)


def _require_known(service: Service, record: model.Record, *, is_new: bool) -> None:
    """Raise UnknownIdError where a record goes back to another that isn't there, or is closed.

    A form holds such an id where nobody sees it, and a browser may send any text in its place.
    """
    if isinstance(record, model.Walk) and record.repeats:
        service.walk(record.repeats)
    if isinstance(record, model.Decision) and record.meeting_id:
        meeting = service.meeting(record.meeting_id)
        if is_new:
            require_open(meeting)
    if isinstance(record, model.Meeting):
        require_open(record)


def require_open(meeting: model.Meeting) -> None:
    """Raise RegisterError ``register.meeting_closed`` where nothing more is said at a meeting."""
    if meeting.ended:
        raise RegisterError("register.meeting_closed")


def read_draft(
    service: Service,
    entity: model.Entity,
    values: FormValues,
    base: model.Record | None,
    walk_id: str | None = None,
) -> Draft[Any]:
    """Read a form as `save` does, and write nothing."""
    if isinstance(base, model.Finding):
        walk_id = base.walk_id
    walk = service.walk(walk_id) if walk_id and entity == "finding" else None
    return read_form(
        entity,
        values,
        catalogue=service.catalogue,
        today=service.today(),
        locate=service.locate,
        base=base,
        walk=walk,
    )


def add(
    service: Service,
    entity: model.Entity,
    record: model.Record,
    by: str,
    photos: Sequence[model.NewPhoto] = (),
) -> model.Record:
    """Add a new record; one that was added so already, word for word, was sent twice.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    entity : str
        What the record is.
    record : Record
        The record.
    by : str
        Who adds it.
    photos : sequence of NewPhoto
        Of it: all of it is added, or nothing.

    Returns
    -------
    Record
        With an id of its own where something else has the given one.

    Raises
    ------
    RegisterError
        If the register can't be written to.
    """
    try:
        service.register.add([record], by=by, photos=photos_of(entity, record.id, photos))
    except RegisterError as error:
        if error.key != "register.duplicate_id":
            raise
        if service.register.record(entity, record.id) == record:
            return record
        # The id was used for something else, as by a form that was opened twice.
        own = [replace(photo, id=str(uuid4())) for photo in photos]
        return add(service, entity, replace(record, id=str(uuid4())), by, own)
    return record


def photos_of(
    entity: model.Entity, record_id: str, photos: Sequence[model.NewPhoto]
) -> model.Photographs:
    """Return photos as a record's; ValueError where there are none of such records."""
    if photos and entity not in get_args(model.Photographed):
        raise ValueError(entity)
    return [photo.of(cast("model.Photographed", entity), record_id) for photo in photos]


def notices(
    service: Service, entity: model.Entity, values: FormValues, walk_id: str | None = None
) -> tuple[RowProblem, ...]:
    """Return what is odd about a form's values so far, such as a place in another area."""
    draft = read_draft(service, entity, values, None, walk_id)
    return tuple(p for p in draft.problems if p.severity == "notice")


def read_track(path: Path) -> str:
    """Return the way that a GPX file holds, as a form's field ``route`` has it."""
    found = read_gpx(path)
    if not found.records:
        raise IntakeError("form.no_track", file=found.file)
    return json.dumps(shapely.geometry.mapping(thinned(found.records[0].line)))


def day_said(text: str, today: date) -> date | None:
    """Return the day that a form's field ``date`` names, as a save would read it; None if none."""
    try:
        return parse_when(said_day(text.strip(), today)).day
    except IntakeError:
        return None


def suggestions(
    service: Service, kind: str, area_id: str | None, day: date
) -> tuple[Suggestion, ...]:
    """Tell of every commitment whether an activity would count for it; see `suggest`."""
    return suggest(service.catalogue.promises, kind, area_id, day)


# --- actions on a record -------------------------------------------------------------------------


def act(
    service: Service,
    action: Action,
    entity: model.Entity,
    record_id: str,
    values: FormValues,
    *,
    expected_number: int,
    number: int = 0,
    photos: Sequence[model.NewPhoto] = (),
) -> Outcome:
    """Withdraw a record, take it back, settle it, or make an earlier version the present one.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    action : {"void", "restore", "bring_back", "settle", "redact"}
        What to do; who may redact is for the caller to see to.
    entity, record_id : Entity and str
        To which record.
    values : mapping
        ``by``: who does it; ``day`` when it was done; ``reason`` for what is redacted.
    expected_number, number : int
        The revision that the reader saw, and the one to bring back.
    photos : sequence of NewPhoto
        Of what is settled.

    Returns
    -------
    Saved, Refused or Conflict
        As for `save`.

    Raises
    ------
    UnknownIdError
        If there is no such record, or no such revision.
    RegisterError
        If the register can't be written to, or the record is a walk's own activity.
    """
    by, problems = author(values)
    if wrong := problems or (_reason_faults(values) if action == "redact" else ()):
        return Refused(wrong)
    if action == "settle":
        return _settle(service, entity, record_id, values, by, expected_number, photos)
    register, reason = service.register, _reason(values)
    ways: Mapping[Action, Callable[..., int]] = {
        "void": register.void,
        "restore": register.restore,
        "bring_back": partial(register.bring_back, number=number),
        "redact": partial(register.redact, reason=reason),
    }
    try:
        newest = ways[action](entity, record_id, by=by, expected_number=expected_number)
    except RegisterError as error:
        if error.key != "register.conflict":
            raise
        return conflict_with(service, entity, None, record_id)
    return Saved(entity, register.record(entity, record_id), newest)


def _reason(values: FormValues) -> str:
    return " ".join(str(values.get("reason", "")).split())


def _reason_faults(values: FormValues) -> tuple[RowProblem, ...]:
    """Return what is wrong with the reason why a text is redacted."""
    if (reason := _reason(values)) and not holds_identity_number(reason):
        return ()
    key = "intake.personal_identity_number" if reason else "form.required"
    return (RowProblem("", None, "reason", "", key, {}, "error"),)


def _settle(
    service: Service,
    entity: model.Entity,
    record_id: str,
    values: FormValues,
    by: str,
    expected_number: int,
    photos: Sequence[model.NewPhoto],
) -> Outcome:
    record = service.register.record(entity, record_id)
    if not isinstance(record, model.Finding | model.Decision):
        raise UnknownIdError("unknown.finding", id=record_id)
    day = day_said(str(values.get("day", "")), service.today())
    if day is None or not record.day <= day <= service.today():
        return Refused((RowProblem("", None, "status_day", "", "form.future", {}, "error"),))
    done: dict[str, Any] = {"status": type(record.status)("done"), "status_day": day}
    return change(service, entity, replace(record, **done), by, expected_number, (), photos)


def conflict_with(
    service: Service, entity: model.Entity, mine: model.Record | None, record_id: str = ""
) -> Conflict:
    """Return what somebody else has saved meanwhile, beside what was about to be saved."""
    theirs = service.revisions(entity, mine.id if mine else record_id)[-1]
    found = () if mine is None else differences(theirs.content, service.register.content(mine))
    return Conflict(theirs, mine, found)


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[Difference, ...]:
    """Return the fields that two versions of a record have different values for.

    Parameters
    ----------
    before, after : mapping
        The versions' content, as revisions hold it. A field that one of them lacks, since it
        was written before there was such a field, is None or empty there.

    Returns
    -------
    tuple of Difference
        In the record's order of fields.
    """
    names = dict.fromkeys([*before, *after])
    return tuple(
        Difference(name, before.get(name), after.get(name))
        for name in names
        if name not in _NOT_TOLD and _plain(before.get(name)) != _plain(after.get(name))
    )


def _plain(value: object) -> str:
    """Return a JSON value so that two can be compared: lists are tuples, nothing is empty."""
    return json.dumps(value or None, sort_keys=True)
