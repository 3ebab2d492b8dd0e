"""A party's calendar, and a walk's own: what is planned, met about and due, of what a service sees.

What is withdrawn, held off or done stays for a while as cancelled, so that who has it in a
calendar of their own hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from geodata.errors import UnknownIdError
from geodata.model import (
    Decision,
    Entity,
    Finding,
    Language,
    Meeting,
    Precision,
    Record,
    Walk,
    WalkStatus,
    name_of,
)
from geodata.publish.calendar import Appointment, calendar
from geodata.service.core import Service
from geodata.texts import Words, words

KEPT: Final = timedelta(days=90)
"""So long what is over stays in a party's calendar."""

DAY: Final = timedelta(days=1)

Dated = tuple[Record, int, datetime]
"""A record with its newest version's number and time."""


def party_calendar(service: Service, party_id: str, language: Language) -> bytes:
    """Return the calendar of a party: its walks, its promises' meetings, and what it is to do.

    Parameters
    ----------
    service : Service
        Whose register is asked; what it keeps back is not in the calendar.
    party_id : str
        Whose calendar.
    language : {"sv", "en"}
        In which words.

    Returns
    -------
    bytes
        An iCalendar file (RFC 5545).

    Raises
    ------
    UnknownIdError
        If there is no such party.
    """
    party = service.catalogue.party_by_id.get(party_id)
    if party is None:
        raise UnknownIdError("unknown.party", id=party_id)
    writer = _Writer(service, language)
    owed = list(writer.owed(party_id))
    found = [*writer.walks(party_id), *owed, *writer.meetings(party_id)]
    first = service.today() - KEPT
    # What is late is shown until it is done, however long ago it was due.
    late = {one.uid for one in owed if not one.cancelled}
    shown = [one for one in found if _day_of(one) >= first or one.uid in late]
    name = writer.said("calendar.of", name=party.name.to(language))
    return calendar(name, sorted(shown, key=lambda one: (_day_of(one), one.uid)))


def walk_calendar(service: Service, walk_id: str, language: Language) -> bytes:
    """Return a walk as an invitation: taken in anew it is changed, or cancelled.

    Parameters
    ----------
    service : Service
        Whose register is asked.
    walk_id : str
        Which walk.
    language : {"sv", "en"}
        In which words.

    Returns
    -------
    bytes
        An iCalendar file (RFC 5545).

    Raises
    ------
    UnknownIdError
        If there is no such walk.
    """
    walk = service.walk(walk_id)
    newest = service.revisions("walk", walk_id)[-1]
    writer = _Writer(service, language)
    made = writer.walk(walk, newest.number, newest.at)
    return calendar(made.title, (made,))


def _day_of(one: Appointment) -> date:
    return one.start.date() if isinstance(one.start, datetime) else one.start


class _Writer:
    """Words appointments, of what a service sees."""

    def __init__(self, service: Service, language: Language) -> None:
        self._service, self._language = service, language
        self._words: Words = words(language)
        self._mark = f"{self._words('example.title')}: " if service.has_examples() else ""

    def said(self, key: str, **values: str) -> str:
        """Return a title in words, marked where the register holds examples."""
        return self._mark + self._words(key, **values)

    def _dated(self, entity: Entity) -> list[Dated]:
        found: list[Dated] = self._service.register.dated(entity)
        return found

    def _area(self, area_id: str | None) -> str:
        area = self._service.catalogue.area_by_id.get(area_id or "")
        return area.name if area else area_id or ""

    def _told(self, *lines: str) -> str:
        return "\n".join(filter(None, lines))

    def walks(self, party_id: str) -> Iterator[Appointment]:
        """Yield a party's walks."""
        for walk, number, at in self._dated("walk"):
            if isinstance(walk, Walk) and party_id in walk.parties:
                yield self.walk(walk, number, at)

    def walk(self, walk: Walk, number: int, at: datetime) -> Appointment:
        """Return a walk: at its time, or on all the days that it may be on."""
        start: datetime | date
        end: datetime | date | None
        if walk.precision is Precision.MINUTE:
            start = walk.start
            end = walk.start + timedelta(minutes=walk.minutes) if walk.minutes else None
        else:
            start, end = walk.precision.first_day(walk.day), walk.day + DAY
        names = self._service.catalogue.party_by_id
        known = [names[id_].name.to(self._language) for id_ in walk.parties if id_ in names]
        return Appointment(
            walk.id,
            self.said("calendar.walk", area=self._area(walk.area_id)),
            start,
            end,
            number,
            at,
            place=walk.meeting_point,
            text=self._told(", ".join(known), walk.invited),
            cancelled=walk.void or walk.status is WalkStatus.CANCELLED,
        )

    def owed(self, party_id: str) -> Iterator[Appointment]:
        """Yield the days when a party's findings and decisions are due."""
        today = self._service.today()
        for record, number, at in (*self._dated("finding"), *self._dated("decision")):
            if not isinstance(record, Finding | Decision):
                continue
            if record.owner != party_id or record.due is None:
                continue
            what = ""
            if isinstance(record, Finding):
                terms = self._service.catalogue.vocabulary.finding_categories
                what = name_of(terms, record.category).to(self._language)
            yield Appointment(
                record.id,
                self.said("calendar.due", text=record.text),
                record.due,
                record.due + DAY,
                number,
                at,
                place=self._area(record.area_id),
                text=self._told(what, record.function),
                cancelled=record.void or not record.open_on(today),
            )

    def meetings(self, party_id: str) -> Iterator[Appointment]:
        """Yield the meetings about a party's promises, and the days set for the next ones."""
        found = [one for one in self._dated("meeting") if self._concerns(one[0], party_id)]
        held = {(m.promise_id, m.day) for m in _meetings(found) if not m.void}
        for meeting, number, at in found:
            if not isinstance(meeting, Meeting):
                continue
            yield self._meeting(meeting.id, meeting, meeting.day, number, at)
            if meeting.next_day and (meeting.promise_id, meeting.next_day) not in held:
                yield self._meeting(f"{meeting.id}-next", meeting, meeting.next_day, number, at)

    def _meeting(
        self, uid: str, meeting: Meeting, day: date, number: int, at: datetime
    ) -> Appointment:
        label = self._service.catalogue.label_by_id.get(meeting.promise_id or "")
        about = label.to(self._language) if label else ""
        title = self.said("calendar.meeting")
        title = f"{title}, {about}" if about else title
        return Appointment(uid, title, day, day + DAY, number, at, cancelled=meeting.void)

    def _concerns(self, record: Record, party_id: str) -> bool:
        if not isinstance(record, Meeting) or record.promise_id is None:
            return isinstance(record, Meeting)
        promise = self._service.catalogue.promise_by_id.get(record.promise_id)
        return promise is not None and party_id in {party.id for party in promise.parties}


def _meetings(found: Iterable[Dated]) -> Iterator[Meeting]:
    return (record for record, _, _ in found if isinstance(record, Meeting))
