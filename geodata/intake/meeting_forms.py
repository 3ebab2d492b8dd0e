"""The forms of a meeting and of a decision: from what was filled in to a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from geodata.intake.form_records import read_form
from geodata.intake.forms import Draft, Form, FormValues
from geodata.model import Catalogue, Decision, DecisionStatus, Location, Meeting

AREA: Final = "area/"
COMMITMENT: Final = "commitment/"
"""How the field ``about`` says what a decision is about, before its id."""

LONGEST_DECISION: Final = 500
LONGEST_OUTCOME: Final = 1_000


def _nowhere(_lon: float, _lat: float) -> Location:
    return Location(None, None, None, near_border=False)


def about(decision: Decision) -> str:
    """Return what the field ``about`` holds: the commitment, else the area, else nothing."""
    if decision.commitment_id:
        return COMMITMENT + decision.commitment_id
    return AREA + decision.area_id if decision.area_id else ""


def read_decision(
    values: FormValues, *, catalogue: Catalogue, today: date, base: Decision | None = None
) -> Draft[Decision]:
    """Read the form of a decision.

    Parameters
    ----------
    values : mapping
        ``id`` and ``meeting`` (of a new one), ``on`` (the day of the meeting that is held),
        ``text``, ``about``, ``owner``, ``due``, ``status``, ``outcome``.
    catalogue : Catalogue
        Which areas, commitments and parties there are.
    today : datetime.date
        The day where ``on`` says none.
    base : Decision, optional
        The decision that is changed.

    Returns
    -------
    Draft of Decision
        A new status is as of the day of the meeting that is held.
    """

    def build(form: Form) -> Decision | None:
        cells = form.cells
        held = form.day("on") or today
        text = form.text("text", LONGEST_DECISION)
        if not text and not form.told.is_wrong("text"):
            form.told.error("text", "form.needed")
        outcome = form.text("outcome", LONGEST_OUTCOME)
        owner = form.chosen("owner", form.catalogue.party_by_id, needed=False)
        known = dict.fromkeys(map(str, DecisionStatus))
        status = form.chosen("status", known, needed=False) or str(DecisionStatus.OPEN)
        area, commitment = _about(form)
        decided = base.day if base else held
        due = form.day("due", said_on=held, ahead=True)
        if due is not None and due < decided:
            form.told.error("due", "form.before_decided")
        if form.told.refused:
            return None
        unchanged = base is not None and str(base.status) == status
        made = Decision(
            id=form.record_id(base.id if base else None),
            meeting_id=base.meeting_id if base else cells.get("meeting") or None,
            text=text,
            day=decided,
            status=DecisionStatus(status),
            status_day=base.status_day if base and unchanged else max(held, decided),
            area_id=area,
            commitment_id=commitment,
            owner=owner,
            due=due,
            outcome=outcome,
        )
        return made if base is None else replace(made, origin=base.origin, void=base.void)

    return read_form(build, values, catalogue, _nowhere, today)


def _about(form: Form) -> tuple[str | None, str | None]:
    """Return the area and the commitment that were chosen; told of where nothing has that id."""
    given = form.cells.get("about", "")
    if given.startswith(AREA) and given.removeprefix(AREA) in form.catalogue.area_by_id:
        return given.removeprefix(AREA), None
    chosen = given.removeprefix(COMMITMENT)
    if given.startswith(COMMITMENT) and chosen in form.catalogue.commitment_by_id:
        return None, chosen
    if given:
        form.told.error("about", "form.choose")
    return None, None


def read_meeting(
    values: FormValues, *, catalogue: Catalogue, today: date, base: Meeting | None = None
) -> Draft[Meeting]:
    """Read the form that begins a meeting, or sets its days anew.

    Parameters
    ----------
    values : mapping
        ``id`` (of a new one), ``day``, ``since``, ``next_day``, ``promise``.
    catalogue : Catalogue
        Which promises there are.
    today : datetime.date
        Unused but by days that are said as people do.
    base : Meeting, optional
        The meeting that is changed; what has been discussed stays.

    Returns
    -------
    Draft of Meeting
        The meeting before comes before it, and the next one after.
    """

    def build(form: Form) -> Meeting | None:
        day, since = form.day("day"), form.day("since")
        days = {"day": day, "since": since}
        next_day = form.day("next_day", said_on=day, ahead=True)
        for name in ("day", "since"):
            if days[name] is None and not form.cells.get(name):
                form.told.error(name, "form.needed")
        promise = form.chosen("promise", form.catalogue.promise_by_id, needed=False)
        if day is not None and since is not None and since >= day:
            form.told.error("since", "form.not_before_meeting")
        if day is not None and next_day is not None and next_day <= day:
            form.told.error("next_day", "form.not_after_meeting")
        if form.told.refused or day is None or since is None:
            return None
        if base is not None:
            return replace(base, day=day, since=since, next_day=next_day, promise_id=promise)
        return Meeting(form.record_id(None), day, since, next_day, promise)

    return read_form(build, values, catalogue, _nowhere, today)
