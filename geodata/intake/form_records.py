"""The forms of records: from what was filled in to a draft, and from a record to what is shown.

What a column holds by itself is read by the record's table; here is what goes together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from shapely import Point

from geodata import model
from geodata.intake import fields
from geodata.intake.fields import Locate
from geodata.intake.forms import Draft, Form, FormValues, kept
from geodata.intake.report import RowNotes, RowProblem
from geodata.records import Shown, column, time_cells
from geodata.records import form_values as record_values

AREA: Final = "area/"
COMMITMENT: Final = "commitment/"
"""How the field ``about`` says what a decision is about, before its id."""

LONGEST_DECISION: Final = 500
LONGEST_OUTCOME: Final = 1_000
LONGEST_FUNCTION: Final = column("findings", "function").longest
LONGEST_STEP_NOTE: Final = 2_000


def nowhere(_lon: float, _lat: float) -> model.Location:
    """Locate nothing: some records have no place."""
    return model.Location(None, None, None, near_border=False)


def read_form(
    entity: model.Entity,
    values: FormValues,
    *,
    catalogue: model.Catalogue,
    today: date,
    locate: Locate = nowhere,
    base: model.Record | None = None,
    walk: model.Walk | None = None,
) -> Draft[Any]:
    """Read a record's form.

    Parameters
    ----------
    entity : {"activity", "walk", "finding", "decision", "meeting", "hot_spot"}
        Which form.
    values : mapping
        The fields that `form_values` fills, and for a new record its ``id``; of a decision also
        ``meeting`` and ``on``, the day of the meeting that is held.
    catalogue, locate : Catalogue, callable
        Which kinds, areas, commitments and parties there are; from a position to the area there.
    today : datetime.date
        What is done can't be later.
    base, walk : record, Walk, optional
        The record that is changed, or none; the walk that a finding was made on.

    Returns
    -------
    Draft
        Everything that is wrong about it at once, with notices where place and area don't agree.
    """
    told = RowNotes("", None)
    form = Form(values, catalogue, locate, today, told, walk)
    record = _BUILDERS[entity](form, base)
    if told.refused or record is None:
        return Draft(None, tuple(told.problems))
    return Draft(record if base is None else _after(base, record), tuple(told.problems))


def _after(base: Any, made: Any) -> Any:
    """Return what was made with what no form changes, as it was before."""
    made = replace(made, origin=base.origin, void=base.void)
    if isinstance(made, model.Activity | model.Walk):
        # It began when it did, seconds and all, where the form shows what it showed.
        same = (base.day, time_cells(base)) == (made.day, time_cells(made))
        made = replace(made, start=base.start if same else made.start)
    if isinstance(made, model.Activity):
        made = replace(made, verified_by=base.verified_by, walk_id=base.walk_id)
    return made


def _activity(form: Form, base: model.Activity | None) -> model.Activity | None:
    when = form.when()
    form.past(when)
    kinds: Mapping[str, object] = form.catalogue.vocabulary.activity_kinds
    # A record keeps a kind that is no longer among the known.
    kind = form.chosen("kind", kinds if base is None else {**kinds, base.kind: None}, needed=True)
    keeps = base is not None and form.cells.get("place") == "keep"
    place = base.place if base is not None and keeps else form.point()
    point = place if isinstance(place, Point) else None
    area = form.area(point, needed=base is None or base.area_id is not None)
    plain = form.plain("activities")
    if form.told.refused or when is None or kind is None:
        return None
    return model.Activity(
        id=form.record_id(base.id if base else None),
        kind=kind,
        area_id=area,
        place=place,
        **when.fields,
        # A track's times are counted from the minute that it began.
        times_s=base.times_s if base and keeps and when.precision is model.Precision.MINUTE else (),
        **plain,
    )


def _walk(form: Form, base: model.Walk | None) -> model.Walk | None:
    status = form.chosen("status", dict.fromkeys(map(str, model.WalkStatus)), needed=True)
    held = status == model.WalkStatus.HELD
    when = form.when(ahead=status == model.WalkStatus.PLANNED)
    if held:
        form.past(when)
    area = form.chosen("area", form.catalogue.area_by_id, needed=True)
    plain = form.plain("walks")
    route = form.route()
    if (followed_up := plain["followed_up"]) is not None:
        if when is not None and followed_up < when.start.date():
            form.told.error("followed_up", "form.before_walk")
        if not held:
            form.told.error("followed_up", "form.not_held")
        if followed_up > form.today:
            form.told.error("followed_up", "form.future")
    if form.told.refused or when is None or status is None or area is None:
        return None
    return model.Walk(
        id=form.record_id(base.id if base else None),
        area_id=area,
        status=model.WalkStatus(status),
        **when.fields,
        route=route,
        repeats=form.cells.get("repeats") or (base.repeats if base else None),
        # Who came is asked of a walk that was held.
        **{**plain, "participants": plain["participants"] if held else None},
    )


def _finding(form: Form, base: model.Finding | None) -> model.Finding | None:
    walk = form.walk
    category = form.chosen("category", form.catalogue.vocabulary.finding_categories, needed=True)
    plain = form.plain("findings")
    form.needed("text", plain["text"])
    status = form.chosen("status", dict.fromkeys(map(str, model.FindingStatus)), needed=True)
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
    return model.Finding(
        id=form.record_id(base.id if base else None),
        walk_id=walk.id if walk else None,
        area_id=area,
        place=place,
        category=category,
        due=due,
        status=model.FindingStatus(status),
        day=found,
        status_day=status_day or (found if status == model.FindingStatus.OPEN else form.today),
        **plain,
    )


def _in_order(form: Form, found: date, due: date | None, status_day: date | None) -> None:
    if found > form.today:
        form.told.error("day", "form.future")
    if due is not None and due < found:
        form.told.error("due", "form.before_found")
    if status_day is not None and status_day < found:
        form.told.error("status_day", "form.before_found")
    if status_day is not None and status_day > form.today:
        form.told.error("status_day", "form.future")


def _hot_spot(form: Form, base: model.HotSpot | None) -> model.HotSpot | None:
    plain = form.plain("hot_spots")
    plain["name"] = form.needed("name", " ".join(plain["name"].split()))
    place = form.point()
    if place is None and not form.cells.get("lat"):
        form.told.error("lat", "form.hot_spot_place")
    first = form.day("valid_from") or (base.valid_from if base else form.today)
    last = form.day("valid_to", said_on=first, ahead=True)
    if last is not None and last < first:
        form.told.error("valid_to", "form.ends_before_it_begins")
    if form.told.refused or place is None:
        return None
    return model.HotSpot(
        id=form.record_id(base.id if base else None),
        place=place,
        valid_from=first,
        valid_to=last,
        area_id=form.area_of(None, place),
        # What nobody says is as of a new one.
        **{name: value for name, value in plain.items() if value is not None},
    )


def _decision(form: Form, base: model.Decision | None) -> model.Decision | None:
    cells = form.cells
    held = form.day("on") or form.today
    text = form.needed("text", form.text("text", LONGEST_DECISION))
    outcome = form.text("outcome", LONGEST_OUTCOME)
    owner = form.chosen("owner", form.catalogue.party_by_id, needed=False)
    function = form.text("function", LONGEST_FUNCTION)
    known = dict.fromkeys(map(str, model.DecisionStatus))
    status = form.chosen("status", known, needed=False) or str(model.DecisionStatus.OPEN)
    area, commitment = _about(form)
    decided = base.day if base else held
    due = form.day("due", said_on=held, ahead=True)
    if due is not None and due < decided:
        form.told.error("due", "form.before_decided")
    if form.told.refused:
        return None
    unchanged = base is not None and str(base.status) == status
    return model.Decision(
        id=form.record_id(base.id if base else None),
        meeting_id=base.meeting_id if base else cells.get("meeting") or None,
        text=text,
        day=decided,
        status=model.DecisionStatus(status),
        # A new status is as of the day of the meeting that is held.
        status_day=base.status_day if base and unchanged else max(held, decided),
        area_id=area,
        commitment_id=commitment,
        owner=owner,
        due=due,
        outcome=outcome,
        function=function,
    )


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


def _meeting(form: Form, base: model.Meeting | None) -> model.Meeting | None:
    day, since = form.day("day"), form.day("since")
    next_day = form.day("next_day", said_on=day, ahead=True)
    for name, given in (("day", day), ("since", since)):
        if given is None and not form.cells.get(name):
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
    return model.Meeting(form.record_id(None), day, since, next_day, promise)


def read_closing(
    values: FormValues, meeting: model.Meeting, catalogue: model.Catalogue, today: date
) -> Draft[model.Meeting]:
    """Read the form by which a meeting is closed: who took part, and in which function.

    Parameters
    ----------
    values : mapping
        ``present`` holds the ticked parties' ids, ``function/<id>`` each one's function.
    meeting, catalogue, today : Meeting, Catalogue, datetime.date
        One that is still to come can't be closed; the catalogue's parties can be present.

    Returns
    -------
    Draft
        The meeting as it is to be closed.
    """
    told = RowNotes("", None)
    form = Form(values, catalogue, nowhere, today, told)
    ticked = form.ticked("present", catalogue.party_by_id)
    present = tuple((id_, form.text(f"function/{id_}", LONGEST_FUNCTION)) for id_ in ticked)
    if not present:
        told.error("present", "form.needed")
    if meeting.day > today:
        told.error("present", "form.meeting_ahead")
    if told.refused:
        return Draft(None, tuple(told.problems))
    return Draft(replace(meeting, ended=True, present=present), tuple(told.problems))


def read_text(
    values: FormValues, name: str, longest: int, *, needed: bool = False
) -> tuple[str, tuple[RowProblem, ...]]:
    """Read a form's one text, such as a step's note or why a meeting is opened again.

    Parameters
    ----------
    values : mapping
        The form's.
    name : str
        The text's field.
    longest : int
        How many characters it may have.
    needed : bool, default False
        Whether it may not be empty.

    Returns
    -------
    text : str
        Empty where something is wrong.
    problems : tuple of RowProblem
        What is wrong: it is missing, too long, or holds an identity number.
    """
    told = RowNotes("", None)
    given = values.get(name, "")
    text = fields.text({name: kept(given if isinstance(given, str) else "")}, name, told, longest)
    if needed and not text and not told.is_wrong(name):
        told.error(name, "form.needed")
    return "" if told.refused else text, tuple(told.problems)


_BUILDERS: Final[Mapping[model.Entity, Callable[[Form, Any], model.Record | None]]] = {
    "activity": _activity,
    "walk": _walk,
    "finding": _finding,
    "hot_spot": _hot_spot,
    "decision": _decision,
    "meeting": _meeting,
}
"""Every form; a plan is kept by the tool that makes it."""


def form_values(record: model.Record) -> dict[str, Shown]:
    """Return a record as its form shows it: reading it back gives the same record.

    Parameters
    ----------
    record : Activity, Walk, Finding, Decision, Meeting or HotSpot
        Any record that has a form.

    Returns
    -------
    dict
        By field, as `read_form` takes them.
    """
    if isinstance(record, model.Meeting):
        days = _texts(record, "day", "since", "next_day")
        return {**days, "promise": record.promise_id or ""}
    if isinstance(record, model.Decision):
        said = _texts(record, "text", "owner", "function", "due", "status", "outcome")
        return {**said, "about": _shown_about(record)}
    if isinstance(record, model.Plan | model.Photo | model.CatalogueEntry):
        raise TypeError(record)
    return record_values(record)


def _texts(record: model.Record, *names: str) -> dict[str, str]:
    return {name: str(value or "") for name in names for value in [getattr(record, name)]}


def _shown_about(decision: model.Decision) -> str:
    if decision.commitment_id:
        return COMMITMENT + decision.commitment_id
    return AREA + decision.area_id if decision.area_id else ""
