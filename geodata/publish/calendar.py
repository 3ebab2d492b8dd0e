"""Calendars (RFC 5545): what is to happen and what is due, as other programs show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT: Final = "-//Löfteskartan//SV"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something in a calendar.

    Attributes
    ----------
    uid : str
        The same for as long as it is the same thing.
    title : str
        What it is called.
    start : datetime.datetime or datetime.date
        When it begins, with a zone; a day for what takes all of it.
    end : datetime.datetime or datetime.date or None
        When it is over, the day after the last one; None where nobody has said.
    number : int
        Which version it is: 1, then more at every change.
    at : datetime.datetime
        When that version was made.
    place, text : str
        Where it is, and what else is told of it.
    lat_lon : tuple of float or None
        Where it is, in degrees (WGS 84).
    cancelled : bool
        Whether it is no longer to be.
    """

    uid: str
    title: str
    start: datetime | date
    end: datetime | date | None
    number: int
    at: datetime
    place: str = ""
    text: str = ""
    lat_lon: tuple[float, float] | None = None
    cancelled: bool = False

    @property
    def takes_the_day(self) -> bool:
        """Whether it has a day and no time."""
        return not isinstance(self.start, datetime)


def calendar(name: str, appointments: Iterable[Appointment]) -> bytes:
    """Return appointments as a calendar's file, under its name."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", "Europe/Stockholm")
    for one in appointments:
        made.add_component(_event(one))
    written: bytes = made.to_ical()
    return written


def _event(one: Appointment) -> Event:
    from icalendar import Event, vGeo

    event = Event()
    event.add("uid", f"{one.uid}@lofteskartan")
    event.add("dtstamp", one.at)
    event.add("last-modified", one.at)
    event.add("sequence", one.number - 1)
    # In UTC: not every program reads a zone's rules as they are meant, nor does its name say which
    # hour is meant where one comes twice.
    for key, time in (("dtstart", one.start), ("dtend", one.end)):
        if time is not None:
            event.add(key, time.astimezone(UTC) if isinstance(time, datetime) else time)
    event.add("summary", one.title)
    if one.place:
        event.add("location", one.place)
    if one.text:
        event.add("description", one.text)
    if one.lat_lon is not None:
        event.add("geo", vGeo(one.lat_lon))
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    if one.takes_the_day:
        # Nobody is busy all day by it.
        event.add("transp", "TRANSPARENT")
    return event
