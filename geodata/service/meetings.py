"""A steering group's meetings: their agenda, what has been discussed, and when the last one was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from geodata.analysis.agenda import USUAL_GAP, Late
from geodata.analysis.agenda import Agenda as Agenda
from geodata.analysis.agenda import AreaStep as AreaStep
from geodata.analysis.agenda import Records as Records
from geodata.analysis.agenda import Standing as Standing
from geodata.analysis.agenda import moved as moved
from geodata.analysis.in_force import in_force, with_earlier
from geodata.analysis.meeting import came_late, prepare_agenda
from geodata.analysis.progress import AreaAttention
from geodata.errors import RegisterError, UnknownIdError
from geodata.intake.form_records import LONGEST_STEP_NOTE, read_text
from geodata.intake.forms import FormValues, author, kept
from geodata.model import ActivityFilter, Entity, Meeting, Promise, RecordChange, Revision
from geodata.service.adding import content_in
from geodata.service.answering import anew
from geodata.service.core import Service
from geodata.service.entries import ENTRY, entry_of
from geodata.service.limited import own_minutes, sees_internal
from geodata.service.recording import Outcome, Refused, Saved, require_open


def meetings(service: Service) -> list[Meeting]:
    """Return every meeting, the newest first."""
    return service.register.meetings()


def held_before(service: Service, day: date, promise_id: str | None) -> date:
    """Return the day of the latest meeting before a day, of the same promise or of all.

    Parameters
    ----------
    service : Service
        Whose register knows of meetings.
    day : datetime.date
        The day of a new meeting.
    promise_id : str or None
        The promise that it is about, None for all.

    Returns
    -------
    datetime.date
        Four weeks before where there was none.
    """
    found = [
        one.day
        for one in meetings(service)
        if one.day < day and (promise_id is None or one.promise_id in (None, promise_id))
    ]
    return max(found, default=moved(day, -USUAL_GAP))


def standings_since(
    service: Service, promises: Sequence[Promise], day: date, since: date
) -> tuple[Standing, ...]:
    """Return how each commitment stands as a whole on a day, beside how it stood on another.

    Parameters
    ----------
    service : Service
        Only read.
    promises : sequence of Promise
        Those told about; while some are in force, those that have ended are history and left out.
    day, since : datetime.date
        The end of the two days.
    """
    now, then = service.progress(day), service.progress(since)
    return tuple(
        Standing(c, now[c.id].overall, then[c.id].overall, False, now[c.id].overall)  # noqa: FBT003
        for promise in in_force(promises, day) or promises
        for c in promise.commitments
    )


def records_of(service: Service, meeting: Meeting) -> Records:
    """Return what a meeting's agenda is made from."""
    first = moved(meeting.since, timedelta(days=1))
    return Records(
        activities=service.activities(ActivityFilter(first_day=first, last_day=meeting.day)),
        walks=service.walks(),
        findings=service.findings(),
        decisions=service.decisions(),
    )


def agenda_of(service: Service, meeting: Meeting, records: Records | None = None) -> Agenda:
    """Return what a meeting has to look at.

    Parameters
    ----------
    service : Service
        The only door to data.
    meeting : Meeting
        Which meeting.
    records : Records, optional
        From `records_of`, where they are at hand already.

    Raises
    ------
    UnknownIdError
        If its promise is no longer among the catalogue's.
    """
    promises = service.scope(meeting.promise_id, meeting.day).promises
    return prepare_agenda(
        service.catalogue,
        promises,
        meeting,
        service.progress(meeting.day),
        service.progress(meeting.since),
        _attention(service, promises, meeting.day),
        records or records_of(service, meeting),
        _late_before(service, meeting),
    )


def _attention(
    service: Service, promises: Sequence[Promise], day: date
) -> tuple[AreaAttention, ...]:
    """Return the promises' areas, and after them those that only earlier ones name.

    Of these, where findings are open: what was left there is the successor's.
    """
    now, ids = service.attention(promises, day), {promise.id for promise in promises}
    earlier = [p for p in with_earlier(service.catalogue, promises) if p.id not in ids]
    named = {one.area_id for one in now}
    before = service.attention(earlier, day)
    return (*now, *(o for o in before if o.open_findings and o.area_id not in named))


# --- closed minutes --------------------------------------------------------------------------

LATE_KINDS: Final[tuple[Entity, ...]] = ("activity", "walk", "finding", "decision")
"""What minutes tell of, and may come after them."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A version of a meeting's minutes, from 1: what was frozen when it was closed once."""

    number: int
    # The change by which the meeting was closed.
    revision: Revision
    # Each document's SHA-256, by its name, such as ``sv/rapport.pdf``.
    documents: Mapping[str, str]
    # Why the version before was opened again; empty for the first.
    reopened: str


def closings(service: Service, meeting_id: str) -> tuple[Closing, ...]:
    """Return every version of a meeting's minutes, the first one first."""
    return service.kept(_closings, meeting_id)


def _closings(service: Service, meeting_id: str) -> tuple[Closing, ...]:
    found: list[Closing] = []
    was_ended = False
    for one in service.revisions("meeting", meeting_id):
        content: Mapping[str, Any] = one.content
        if content["ended"] and not was_ended:
            kept = dict(content.get("documents", ()))
            documents = own_minutes(kept, sees_internal=sees_internal(service))
            reopened = content.get("reopened", "")
            found.append(Closing(len(found) + 1, one, documents, reopened))
        was_ended = bool(content["ended"])
    return tuple(found)


def frozen(service: Service, meeting_id: str, name: str, version: int | None = None) -> bytes:
    """Return a document of closed minutes: the same bytes for good.

    Parameters
    ----------
    service : Service
        Whose register keeps them.
    meeting_id : str
        Whose minutes.
    name : str
        The document's, such as ``sv/rapport.pdf``.
    version : int or None
        Which version; None for the last.

    Raises
    ------
    UnknownIdError
        If there is no such meeting, version or document.
    """
    service.meeting(meeting_id)
    versions = {one.number: one for one in closings(service, meeting_id)}
    wanted = len(versions) if version is None else version
    digest = versions[wanted].documents.get(name) if wanted in versions else None
    body = None if digest is None else service.register.document(digest)
    if body is None:
        raise UnknownIdError("unknown.minutes", id=name, number=wanted)
    return body


def late_after(service: Service, meeting: Meeting) -> tuple[Late, ...]:
    """Return what came after a meeting's minutes were last closed, about what they tell."""
    versions = closings(service, meeting.id)
    if not versions:
        return ()
    is_known = meeting.promise_id in (None, *service.catalogue.promise_by_id)
    told = service.scope(meeting.promise_id, meeting.day).promises if is_known else ()
    promises = with_earlier(service.catalogue, told)
    sequence = versions[-1].revision.sequence
    changes = service.kept(_changed_after, sequence)
    return (
        *service.kept(_promises_changed, tuple(p.id for p in promises), sequence),
        *came_late(changes, meeting, promises),
    )


def _promises_changed(
    service: Service, promise_ids: tuple[str, ...], sequence: int
) -> tuple[Late, ...]:
    """Return the promises that say something else than at a revision of the register."""
    found = []
    for id_ in promise_ids:
        promise = service.catalogue.promise_by_id[id_]
        revisions = service.revisions(ENTRY, entry_of("promise", id_))
        before = [revision for revision in revisions if revision.sequence <= sequence]
        if not before or before[-1] is revisions[-1]:
            continue
        was = content_in(before[-1]).promise
        # Whether it is put away in the archive says nothing else.
        if was is not None and replace(was, archived=promise.archived) != promise:
            found.append(Late("catalogue_entry", promise, "changed", revisions[-1].at))
    return tuple(found)


def _changed_after(service: Service, sequence: int) -> tuple[RecordChange, ...]:
    return tuple(service.register.changed_after(sequence, LATE_KINDS))


def _late_before(service: Service, meeting: Meeting) -> tuple[Late, ...]:
    """Return what came after the minutes of the meetings before, of the same promise or of all.

    Of each promise's meetings the last one that is closed: its minutes tell of all days before.
    """
    last: dict[str | None, Meeting] = {}
    for one in service.kept(_meetings):
        is_same = None in (meeting.promise_id, one.promise_id) or (
            one.promise_id == meeting.promise_id
        )
        if one.ended and one.day < meeting.day and is_same:
            last.setdefault(one.promise_id, one)
    found = [late for one in last.values() for late in late_after(service, one)]
    by_id = {late.record.id: late for late in sorted(found, key=lambda late: late.at)}
    return tuple(sorted(by_id.values(), key=lambda late: (late.day, late.record.id)))


def _meetings(service: Service) -> tuple[Meeting, ...]:
    return tuple(service.register.meetings())


# --- what is said at it ----------------------------------------------------------------------


def set_discussed(service: Service, meeting_id: str, step: str, *, done: bool, by: str) -> Meeting:
    """Mark a meeting's step as discussed, or take the mark away.

    Two screens that mark two steps at once both have their way: each mark is its own.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    meeting_id : str
        Which meeting.
    step : str
        The step's name.
    done : bool
        Whether it has been discussed.
    by : str
        Who says so.

    Returns
    -------
    Meeting
        As it is now.

    Raises
    ------
    UnknownIdError
        If there is no such meeting.
    RegisterError
        If the register can't be written to.
    """

    def marked(meeting: Meeting) -> Meeting:
        others = [one for one in meeting.discussed if one != step]
        return replace(meeting, discussed=(*others, step) if done else tuple(others))

    return _amend(service, meeting_id, marked, by)


def set_note(service: Service, meeting_id: str, step: str, values: FormValues) -> Outcome:
    """Keep what was said at a meeting's step, in place of what the writer saw there.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    meeting_id : str
        Which meeting.
    step : str
        The step's name.
    values : mapping
        ``note`` is the text, ``before`` what stood there when it was begun, ``by`` who writes.

    Returns
    -------
    Saved or Refused
        An empty text takes the note away.

    Raises
    ------
    RegisterError
        ``register.note_changed`` where somebody else has written another note meanwhile;
        ``register.meeting_closed``.
    """
    text, problems = read_text(values, "note", LONGEST_STEP_NOTE)
    by, unsigned = author(values)
    if problems or unsigned:
        return Refused((*problems, *unsigned))

    def noted(meeting: Meeting) -> Meeting:
        notes = dict(meeting.notes)
        if notes.get(step, "") not in (kept(str(values.get("before", ""))), text):
            raise RegisterError("register.note_changed")
        notes[step] = text
        return replace(meeting, notes=tuple(pair for pair in notes.items() if pair[1]))

    meeting = _amend(service, meeting_id, noted, by)
    return Saved("meeting", meeting, service.newest_number("meeting", meeting_id))


def _amend(
    service: Service, meeting_id: str, amend: Callable[[Meeting], Meeting], by: str
) -> Meeting:
    """Change an open meeting: anew where others change it in the same moment."""

    def attempt() -> Meeting:
        number = service.newest_number("meeting", meeting_id)
        meeting = service.meeting(meeting_id)
        require_open(meeting)
        changed = amend(meeting)
        service.register.change(changed, by=by, expected_number=number)
        return changed

    return anew(attempt)
