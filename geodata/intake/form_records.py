"""The forms of an activity, a walk and a finding: from what was filled in to a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from shapely import Point

from geodata.intake import fields
from geodata.intake.fields import Locate
from geodata.intake.forms import Draft, Form, FormValues, time_cells
from geodata.intake.report import RowNotes
from geodata.model import (
    Activity,
    Catalogue,
    Decision,
    Finding,
    FindingStatus,
    HotSpot,
    Meeting,
    Precision,
    Walk,
    WalkStatus,
)

R = TypeVar("R", Activity, Walk, Finding, Decision, Meeting, HotSpot)


def read_form(
    build: Callable[[Form], R | None],
    values: FormValues,
    catalogue: Catalogue,
    locate: Locate,
    today: date,
) -> Draft[R]:
    """Return what a form gives, with everything that is wrong about it."""
    told = RowNotes("", None)
    record = build(Form(values, catalogue, locate, today, told))
    return Draft(None if told.refused else record, tuple(told.problems))


def read_activity(
    values: FormValues,
    *,
    catalogue: Catalogue,
    locate: Locate,
    today: date,
    base: Activity | None = None,
) -> Draft[Activity]:
    """Read the form of an activity.

    Parameters
    ----------
    values : mapping
        ``id`` (of a new one), ``kind``, ``area``, ``date``, ``time``, ``minutes``,
        ``commitments``, ``parties``, ``participants``, ``note``, ``lat`` and ``lon``, and
        ``place``: ``keep`` leaves the place as it was.
    catalogue : Catalogue
        Which kinds, areas, commitments and parties there are.
    locate : callable
        From longitude and latitude to the area there.
    today : datetime.date
        What is done can't be later.
    base : Activity, optional
        The activity that is changed; a new one is made without it.

    Returns
    -------
    Draft of Activity
        With notices where place and area don't agree.
    """

    def build(form: Form) -> Activity | None:
        when = form.when()
        form.past(when)
        kind = form.chosen(
            "kind", _with(form.catalogue.vocabulary.activity_kinds, base), needed=True
        )
        keeps = base is not None and form.cells.get("place") == "keep"
        place = base.place if base is not None and keeps else form.point()
        point = place if isinstance(place, Point) else None
        area = form.area(point, needed=base is None or base.area_id is not None)
        minutes = form.number("minutes", fields.MINUTES_HIGHEST)
        participants = form.number("participants", fields.PARTICIPANTS_HIGHEST)
        note = form.text("note")
        if form.told.refused or when is None or kind is None:
            return None
        made = Activity(
            id=form.record_id(base.id if base else None),
            kind=kind,
            area_id=area,
            place=place,
            start=when.start,
            precision=when.precision,
            day=when.day,
            minutes=minutes,
            commitments=form.ticked("commitments", form.catalogue.commitment_by_id),
            parties=form.ticked("parties", form.catalogue.party_by_id),
            participants=participants,
            note=note,
            # A track's times are counted from the minute that it began.
            times_s=base.times_s if base and keeps and when.precision is Precision.MINUTE else (),
        )
        return _after(base, made)

    return read_form(build, values, catalogue, locate, today)


def _with(known: Mapping[str, object], base: Activity | None) -> Mapping[str, object]:
    """Return what may be chosen; a record keeps a kind that is no longer among the known."""
    return known if base is None else {**known, base.kind: None}


def _start(base: Activity | Walk, made: Activity | Walk) -> datetime:
    """Return when it began: as it was, seconds and all, where the form shows what it showed."""
    same = (base.day, time_cells(base)) == (made.day, time_cells(made))
    return base.start if same else made.start


def _after(base: Activity | None, made: Activity) -> Activity:
    if base is None:
        return made
    return replace(
        made,
        start=_start(base, made),
        origin=base.origin,
        verified_by=base.verified_by,
        walk_id=base.walk_id,
        void=base.void,
    )


def read_walk(
    values: FormValues,
    *,
    catalogue: Catalogue,
    locate: Locate,
    today: date,
    base: Walk | None = None,
) -> Draft[Walk]:
    """Read the form of a safety walk.

    Parameters
    ----------
    values : mapping
        ``id`` (of a new one), ``status``, ``area``, ``date``, ``time``, ``minutes``,
        ``meeting_point``, ``invited``, ``route`` (GeoJSON), ``participants``, ``parties``,
        ``commitments``, ``note``, ``followed_up``, ``repeats``.
    catalogue, locate, today
        As for `read_activity`.
    base : Walk, optional
        The walk that is changed.

    Returns
    -------
    Draft of Walk
        A walk that was held can't be in the future; who came is asked of one that was held.
    """

    def build(form: Form) -> Walk | None:
        status = form.chosen("status", dict.fromkeys(map(str, WalkStatus)), needed=True)
        held = status == WalkStatus.HELD
        when = form.when(ahead=status == WalkStatus.PLANNED)
        if held:
            form.past(when)
        area = form.chosen("area", form.catalogue.area_by_id, needed=True)
        minutes = form.number("minutes", fields.MINUTES_HIGHEST)
        participants = form.number("participants", fields.PARTICIPANTS_HIGHEST)
        meeting_point = form.text("meeting_point", 200)
        invited = form.text("invited", 500)
        note = form.text("note")
        route = form.route()
        followed_up = form.day("followed_up")
        if followed_up is not None and when is not None and followed_up < when.start.date():
            form.told.error("followed_up", "form.before_walk")
        if followed_up is not None and not held:
            form.told.error("followed_up", "form.not_held")
        if followed_up is not None and followed_up > form.today:
            form.told.error("followed_up", "form.future")
        if form.told.refused or when is None or status is None or area is None:
            return None
        made = Walk(
            id=form.record_id(base.id if base else None),
            area_id=area,
            status=WalkStatus(status),
            start=when.start,
            precision=when.precision,
            day=when.day,
            minutes=minutes,
            meeting_point=meeting_point,
            route=route,
            participants=participants if held else None,
            parties=form.ticked("parties", form.catalogue.party_by_id),
            commitments=form.ticked("commitments", form.catalogue.commitment_by_id),
            note=note,
            invited=invited,
            followed_up=followed_up,
            repeats=form.cells.get("repeats") or (base.repeats if base else None),
        )
        if base is None:
            return made
        return replace(made, start=_start(base, made), origin=base.origin, void=base.void)

    return read_form(build, values, catalogue, locate, today)


def read_finding(
    values: FormValues,
    *,
    catalogue: Catalogue,
    locate: Locate,
    today: date,
    walk: Walk | None = None,
    base: Finding | None = None,
) -> Draft[Finding]:
    """Read the form of a finding.

    Parameters
    ----------
    values : mapping
        ``id`` (of a new one), ``category``, ``text``, ``area``, ``lat``, ``lon``, ``owner``,
        ``due``, ``status``, ``day``, ``status_day``.
    catalogue, locate, today
        As for `read_activity`.
    walk : Walk, optional
        The walk it was made on.
    base : Finding, optional
        The finding that is changed.

    Returns
    -------
    Draft of Finding
        Its area is the walk's or the place's where none is chosen.
    """

    def build(form: Form) -> Finding | None:
        vocabulary = form.catalogue.vocabulary
        category = form.chosen("category", vocabulary.finding_categories, needed=True)
        text = form.text("text")
        if not text and not form.told.is_wrong("text"):
            form.told.error("text", "form.needed")
        owner = form.chosen("owner", form.catalogue.party_by_id, needed=False)
        status = form.chosen("status", dict.fromkeys(map(str, FindingStatus)), needed=True)
        place = form.point()
        found = form.day("day") or (walk.day if walk else None)
        if found is None and not form.cells.get("day"):
            form.told.error("day", "form.needed")
        due = form.day("due", said_on=found, ahead=True)
        status_day = form.day("status_day")
        on_walk = walk is not None and place is None and not form.cells.get("area")
        area = walk.area_id if walk and on_walk else form.area(place)
        if found is not None:
            _in_order(form, found, due, status_day)
        if form.told.refused or category is None or status is None or found is None:
            return None
        if base is not None and status_day is None:
            status_day = base.status_day if str(base.status) == status else form.today
        made = Finding(
            id=form.record_id(base.id if base else None),
            walk_id=walk.id if walk else None,
            area_id=area,
            place=place,
            category=category,
            text=text,
            owner=owner,
            due=due,
            status=FindingStatus(status),
            day=found,
            status_day=status_day or (found if status == FindingStatus.OPEN else form.today),
            internal=bool(form.ticked("internal", {"yes": None})),
        )
        return made if base is None else replace(made, origin=base.origin, void=base.void)

    return read_form(build, values, catalogue, locate, today)


def _in_order(form: Form, found: date, due: date | None, status_day: date | None) -> None:
    """Tell of days that come before the finding, or have not come."""
    if found > form.today:
        form.told.error("day", "form.future")
    if due is not None and due < found:
        form.told.error("due", "form.before_found")
    if status_day is not None and status_day < found:
        form.told.error("status_day", "form.before_found")
    if status_day is not None and status_day > form.today:
        form.told.error("status_day", "form.future")
