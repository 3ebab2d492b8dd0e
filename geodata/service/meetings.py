"""A steering group's meetings: their agenda, what has been discussed, and when the last one was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from geodata.analysis.agenda import (
    USUAL_GAP,
    Agenda,
    AreaStep,
    Due,
    News,
    Records,
    Standing,
    moved,
)
from geodata.analysis.meeting import prepare_agenda
from geodata.errors import RegisterError
from geodata.model import ActivityFilter, Meeting
from geodata.service.core import Service

__all__ = [
    "Agenda",
    "AreaStep",
    "Due",
    "News",
    "Records",
    "Standing",
    "agenda_of",
    "held_before",
    "meetings",
    "moved",
    "records_of",
    "set_discussed",
]

TRIES: Final = 20
"""How often a mark is set anew where others set theirs in the same moment."""


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
    promises = service.promises(meeting.promise_id)
    return prepare_agenda(
        service.catalogue,
        meeting,
        service.progress(meeting.day),
        service.progress(meeting.since),
        service.attention(promises, meeting.day),
        records or records_of(service, meeting),
    )


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
    for left in reversed(range(TRIES)):
        number = service.newest_number("meeting", meeting_id)
        meeting = service.meeting(meeting_id)
        marked = [one for one in meeting.discussed if one != step]
        changed = replace(meeting, discussed=(*marked, step) if done else tuple(marked))
        try:
            service.register.change(changed, by=by, expected_number=number)
        except RegisterError as error:
            if error.key != "register.conflict" or not left:
                raise
            continue
        return changed
    raise AssertionError  # the last try returns or raises
