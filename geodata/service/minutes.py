"""Closing a meeting: its minutes are frozen, and only what is said here opens them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from geodata.errors import RegisterError
from geodata.intake.form_records import read_closing, read_text
from geodata.intake.forms import FormValues, author
from geodata.model import LANGUAGES, Meeting
from geodata.service.core import Service
from geodata.service.limited import FOR_READERS, for_readers
from geodata.service.meetings import TRIES, closings
from geodata.service.recording import Outcome, Refused, Saved, change, conflict_with, require_open
from geodata.service.reporting import MINUTES, Asked, now_in_sweden

LONGEST_REASON: Final = 500


def close(
    service: Service,
    meeting_id: str,
    values: FormValues,
    *,
    expected_number: int,
    now: Callable[[], datetime] = now_in_sweden,
) -> Outcome:
    """Close a meeting: make its minutes in every language, and keep them for good.

    They tell of one state of the register: where somebody writes while they are made, they are
    made anew.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    meeting_id : str
        Which meeting.
    values : mapping
        Of `geodata.intake.form_records.read_closing`, with ``by``.
    expected_number : int
        The revision that the reader saw.
    now : callable, optional
        The clock.

    Returns
    -------
    Saved, Refused or Conflict
        As for `geodata.service.recording.save`.

    Raises
    ------
    RegisterError
        ``register.meeting_closed``; ``register.conflict`` where others write all the time.
    """
    by, problems = author(values)
    for left in reversed(range(TRIES)):
        version = service.register.version()
        meeting = service.meeting(meeting_id)
        require_open(meeting)
        read = read_closing(values, meeting, service.catalogue, service.today())
        if read.record is None or problems:
            return Refused((*read.errors, *problems))
        if service.newest_number("meeting", meeting_id) != expected_number:
            return conflict_with(service, "meeting", read.record)
        bodies = _minutes(service, read.record, now)
        hashes = tuple((name, sha256(body).hexdigest()) for name, body in bodies.items())
        closed = replace(read.record, documents=hashes)
        try:
            expected = {"expected_number": expected_number, "expected_version": version}
            number = service.register.freeze(closed, bodies.values(), by=by, **expected)
        except RegisterError as error:
            if error.key != "register.conflict" or not left:
                raise
            continue
        return Saved("meeting", closed, number)
    raise AssertionError  # the last try returns or raises


def _minutes(service: Service, meeting: Meeting, now: Callable[[], datetime]) -> dict[str, bytes]:
    """Return every document of a meeting that is being closed, by its name."""
    made, version = now(), len(closings(service, meeting.id)) + 1

    def written(whose: Service) -> dict[str, bytes]:
        return {
            f"{language}/{name}": make(
                whose, Asked(meeting=meeting, language=language, version=version), now=lambda: made
            )
            for language in LANGUAGES
            for name, make in MINUTES.items()
        }

    whole = written(service)
    has_internal = any(finding.internal for finding in service.findings())
    readers = written(for_readers(service)) if has_internal else whole
    return whole | {f"{FOR_READERS}{name}": body for name, body in readers.items()}


def reopen(
    service: Service, meeting_id: str, values: FormValues, *, expected_number: int
) -> Outcome:
    """Open a closed meeting again: its minutes stay as they were, and the next are a new version.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    meeting_id : str
        Which meeting.
    values : mapping
        ``reason`` is why, ``by`` who opens it.
    expected_number : int
        The revision of the meeting that the reader saw.

    Returns
    -------
    Saved, Refused or Conflict
        As for `geodata.service.recording.save`; refused without a reason.
    """
    reason, problems = read_text(values, "reason", LONGEST_REASON, needed=True)
    by, unsigned = author(values)
    if problems or unsigned:
        return Refused((*problems, *unsigned))
    closed = service.meeting(meeting_id)
    opened = replace(closed, ended=False, documents=(), reopened=reason)
    return change(service, "meeting", opened, by, expected_number)
