"""What a steering group's meeting leaves behind: the meeting itself and its decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from geodata.model.origin import Origin, SourceKind


class DecisionStatus(StrEnum):
    """How far a decision has come."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that a meeting decided is to be done, by whom and by when.

    Parameters
    ----------
    id : str
        UUID.
    meeting_id : str or None
        The meeting that decided it.
    text : str
        What is to be done, without personal data.
    day : datetime.date
        When it was decided.
    status : DecisionStatus
        How far it has come.
    status_day : datetime.date
        When it came to its present status; open from `day` until then.
    area_id : str or None
        The area it is about.
    commitment_id : str or None
        The commitment it is about.
    owner : str or None
        Id of the party that is to do it.
    due : datetime.date or None
        When it is to be done.
    outcome : str
        What came of it, without personal data.
    origin : Origin
        How the record came to be.
    void : bool
        True once taken out of the register; a decision that is no longer wanted is `WITHDRAWN`.
    function : str
        Who at the owner is to do it, as a function or an office; never a person's name.
    """

    id: str
    meeting_id: str | None
    text: str
    day: date
    status: DecisionStatus
    status_day: date
    area_id: str | None = None
    commitment_id: str | None = None
    owner: str | None = None
    due: date | None = None
    outcome: str = ""
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False
    function: str = ""

    def status_on(self, as_of: date) -> DecisionStatus:
        """Return how far it had come by the end of a day."""
        return self.status if self.status_day <= as_of else DecisionStatus.OPEN

    def open_on(self, as_of: date) -> bool:
        """Tell whether it was decided, and neither done nor withdrawn, by the end of a day."""
        return self.day <= as_of and self.status_on(as_of) is DecisionStatus.OPEN

    def late_on(self, as_of: date) -> bool:
        """Tell whether it was open by the end of a day, and should have been done by then."""
        return self.open_on(as_of) and self.due is not None and self.due < as_of


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of a steering group, held step by step around one screen.

    Parameters
    ----------
    id : str
        UUID.
    day : datetime.date
        The day it is held; everything is told as of the end of it.
    since : datetime.date
        The day of the meeting before; what happened after it is new.
    next_day : datetime.date or None
        The day of the next meeting, where it is set.
    promise_id : str or None
        The promise it is about, None for all.
    discussed : tuple of str
        Names of the steps that have been gone through; see `geodata.analysis.agenda`.
    ended : bool
        Whether it has been closed; it can be opened again, with a reason.
    origin : Origin
        How the record came to be.
    void : bool
        True once withdrawn.
    present : tuple of (str, str)
        Who took part: a party's id, and in which function; never a person's name.
    notes : tuple of (str, str)
        What was said at a step, by the step's name; without personal data.
    documents : tuple of (str, str)
        The minutes as they were when it was closed: each document's name, such as
        ``sv/rapport.pdf``, and the SHA-256 by which the register keeps its bytes.
    reopened : str
        Why it was last opened again, empty where it never was.
    """

    id: str
    day: date
    since: date
    next_day: date | None = None
    promise_id: str | None = None
    discussed: tuple[str, ...] = ()
    ended: bool = False
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False
    present: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    reopened: str = ""

    def is_new(self, day: date) -> bool:
        """Tell whether what was on a day came after the meeting before, and by this one's day."""
        return self.since < day <= self.day
