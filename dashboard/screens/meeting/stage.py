"""What stands on a step of a meeting, and what its forms send."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import uuid4

from dashboard import state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.screens.followup.page import PROMISES_AT_MOST
from dashboard.state import Sent
from geodata.model import Decision, Finding, Language, Meeting, Party, Promise
from geodata.palette import FINDING_COLOURS
from geodata.service import recording
from geodata.service.following import Goals, known_at
from geodata.service.meetings import Agenda, AreaStep, Standing
from geodata.service.photos import shown
from geodata.service.recording import Conflict

PANEL: Final = "stage_panel"
AREA: Final = "area/"
ROOM: Final = 5
"""Decisions on one page of the last step."""

ROOMY_ROWS: Final = 4
"""Rows in each of a step's lists, at most, beside which the map gets more of the window."""

ROOMY_STEPS: Final = 8
"""Steps at most: the foot of more has no room beside the larger map."""

KINDS_AT_MOST: Final = 4

DOCUMENTS: Final = (("pdf", "rapport.pdf"), ("word", "tabeller.docx"), ("csv", "beslut.csv"))


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting at one of its steps."""

    context: Context
    meeting: Meeting
    agenda: Agenda
    name: str

    @property
    def step(self) -> AreaStep | None:
        """The area's step, None on the others."""
        return next((one for one in self.agenda.areas if one.name == self.name), None)

    @property
    def draft(self) -> str:
        """The draft of a new decision: what is begun at a step stays at it."""
        return f"decision/new/{self.meeting.id}/{self.name}"

    @property
    def note_draft(self) -> str:
        """The draft of the step's note."""
        return f"note/{self.meeting.id}/{self.name}"

    @property
    def decision(self) -> Decision | None:
        """The decision that is looked at."""
        id_ = self.context.state.decision
        return self.context.service.decision(id_) if id_ else None


@dataclass(frozen=True, slots=True)
class AreaRoom:
    """How many rows of each of its lists an area's step shows."""

    standings: int
    findings: int
    decisions: int


class Room:
    """How much fits on a step without scrolling: lists say what they leave out.

    A step's body is 31 lines high (the window's height is 38.6), in the unit that all its type is
    set in; see ``meeting.css``, which the heights here are measured from.
    """

    LINE: Final = 1.93
    TWO_LINES: Final = 2.92
    TITLE_CHARACTERS: Final = 37
    """Of a commitment's title on a line."""
    DECISION_CHARACTERS: Final = 44
    """Of a decision's text with what is told beside it on the same line."""

    FINDING_CHARACTERS: Final = 32
    """Of a finding's text on a line, beside when it is due."""

    LATE_CHARACTERS: Final = 13
    """How many fewer beside when a late one should have been done."""
    MORE: Final = 1.35
    """The line that tells how much is left out."""
    HEADING: Final = 1.3
    TEXT_LINE: Final = 1.25
    AREA: Final = 21.3
    """Of an area's step, what its three lists share: the rest is headings, spaces and the form of
    a new decision with two lines of text. Measured at 1366 × 768, the smallest window: the lines
    drawn between rows and round fields are as thick there, and weigh the most."""
    AREA_DECISIONS: Final = 3.1
    AREA_FINDINGS: Final = 6.8

    @staticmethod
    def area(
        step: AreaStep, day: date, language: Language, photos: Collection[str] = ()
    ) -> AreaRoom:
        """Return how much of each of its lists fits on an area's step on a meeting's day.

        Beside a finding's photos, known by its id, its text has a line and when it is due another.
        """
        tall_findings = [
            one.id in photos or _is_tall(one, Room.FINDING_CHARACTERS, day) for one in step.findings
        ]
        tall_decisions = [_is_tall(one, Room.DECISION_CHARACTERS, day) for one in step.decisions]
        # Where nothing is promised any more, what was left open has the step to itself.
        alone = Room.AREA - Room.HEADING - Room.AREA_DECISIONS
        findings = _shown(Room.AREA_FINDINGS if step.standings else alone, tall_findings)
        decisions = _shown(Room.AREA_DECISIONS, tall_decisions)
        kinds = min(len(step.news.kinds), 2)
        happened = Room.TEXT_LINE * (3 + kinds + bool(step.planned))
        found = _height(tall_findings[:findings])
        found += Room.MORE * (findings < len(step.findings))
        left = Room.AREA - Room.HEADING - max(happened, found)
        if step.decisions:
            left -= _height(tall_decisions[:decisions])
            left -= Room.MORE * (decisions < len(step.decisions))
        standings = Room.standings(step.standings, left, language)
        if standings < len(step.standings):
            standings = Room.standings(step.standings, left - Room.MORE, language)
        return AreaRoom(standings, findings, decisions)

    @staticmethod
    def standings(found: Sequence[Standing], height: float, language: Language) -> int:
        """Return how many commitments fit."""
        titles = (one.commitment.title.to(language) for one in found)
        return _fitting(height, (len(title) > Room.TITLE_CHARACTERS for title in titles))

    @staticmethod
    def outcomes(found: Sequence[Decision], height: float, day: date) -> int:
        """Return how many decisions fit, each with what came of it on a line of its own."""
        tall = [bool(d.outcome) or _is_tall(d, Room.DECISION_CHARACTERS, day) for d in found]
        return _shown(height, tall)

    NEWS: Final = 6
    """Areas with something new on the first step."""
    NEWS_LINE: Final = 1.7
    BODY: Final = 29.5
    AROUND: Final = 6.6
    """Headings, spaces between, and the lines that tell what is left out."""

    @staticmethod
    def due(areas: Sequence[AreaStep]) -> int:
        """Return how much that is behind or due fits below the areas' news: two lines each."""
        busy = [one.news for one in areas if not one.news.nothing][: Room.NEWS]
        # All three beside the activities take a second line.
        tall = [bool(n.walks and n.found and n.settled) for n in busy]
        used = sum(Room.TWO_LINES if is_tall else Room.NEWS_LINE for is_tall in tall)
        return max(int((Room.BODY - Room.AROUND - used) / Room.TWO_LINES), 2)


def _is_tall(one: Decision | Finding, characters: int, day: date) -> bool:
    return len(one.text) > characters - Room.LATE_CHARACTERS * one.late_on(day)


def _shown(height: float, tall: Sequence[bool]) -> int:
    """Return how many fit: all where the line that tells what is left out would be as high."""
    return len(tall) if _height(tall) <= height + Room.MORE else _fitting(height, tall)


def _fitting(height: float, tall: Iterable[bool]) -> int:
    used, count = 0.0, 0
    for is_tall in tall:
        used += Room.TWO_LINES if is_tall else Room.LINE
        if used > height:
            break
        count += 1
    return count


def _height(tall: Iterable[bool]) -> float:
    return sum(Room.TWO_LINES if is_tall else Room.LINE for is_tall in tall)


def area_of(name: str) -> str | None:
    """Return the area of a step, None where it has none."""
    return name.removeprefix(AREA) if name.startswith(AREA) else None


def attempt(held: Held) -> str:
    """Return the mark of the last refused save on the step."""
    names = [held.draft, held.note_draft, *([_draft_of(held.decision)] if held.decision else [])]
    marks = {name: draft.attempt(state.form(name)) for name in names}
    return " ".join(f"{name}/{mark}" for name, mark in marks.items() if mark)


def values(held: Held, *, turn: int) -> dict[str, Any]:
    """Return what the step's template names."""
    context, meeting, agenda = held.context, held.meeting, held.agenda
    service, chosen = context.service, _address_of(held)
    at = agenda.steps.index(held.name)
    return {
        "state": chosen,
        "page_title": f"{_title(held, held.name)} – {context.words('page.meeting')}",
        "meeting": meeting,
        "agenda": agenda,
        "name": held.name,
        "step": held.step,
        "title": _title(held, held.name),
        "at": at + 1,
        "turn": turn,
        "version": service.version(),
        "example": service.has_examples(),
        "title_of": partial(_title, held),
        "leave": ViewState(language=chosen.language, promise=meeting.promise_id),
        "documents": DOCUMENTS,
        **_lists(held, chosen),
        **_note_values(held),
        "seen": _seen(held),
        **_new_decision_values(held),
        **_decision_values(held),
    }


def _lists(held: Held, chosen: ViewState) -> dict[str, Any]:
    """Return what the step's lists are made of."""
    agenda, service = held.agenda, held.context.service
    return {
        "busy": [one for one in agenda.areas if not one.news.nothing],
        "kinds_at_most": KINDS_AT_MOST,
        "room": Room,
        "parties": parties_of(held.context, held.context.promises, held.decision),
        "roomy": _roomy(held),
        "finding_colours": FINDING_COLOURS,
        "photos": shown(service, "finding", [one.id for one in held.step.findings])
        if held.step
        else {},
        "finding_by_id": {f.id: f for f in service.findings()},
        "decision_by_id": {d.id: d for d in service.decisions()},
        "step_titles": _step_titles(held),
        "step_link": lambda name: replace(chosen, step=name, decision=None, list_page=0),
        "rows": ROOM,
        "page": min(chosen.list_page, max(0, (len(agenda.open) - 1) // ROOM)),
        "minutes": dict.fromkeys([*agenda.decided, *agenda.open, *agenda.earlier]),
    }


def _address_of(held: Held) -> ViewState:
    """Return the address that the step's links build on: the meeting's own, and nothing else."""
    chosen = held.context.state
    return ViewState(
        language=chosen.language,
        meeting=held.meeting.id,
        step=held.name,
        alone=chosen.alone,
        list_page=chosen.list_page,
    )


def _title(held: Held, name: str) -> str:
    area_id = area_of(name)
    if area_id is None:
        return held.context.words(f"meeting.step.{name}")
    return held.context.service.catalogue.area_by_id[area_id].name


def parties_of(
    context: Context, promises: Sequence[Promise], decision: Decision | None = None
) -> tuple[Party, ...]:
    """Return who takes part: the promises' parties, and the one that owns a decision already."""
    found = {party.id: party for promise in promises for party in promise.parties}
    if decision is not None and decision.owner:
        by_id = context.service.catalogue.party_by_id
        found |= {id_: by_id[id_] for id_ in (decision.owner,) if id_ in by_id}
    return tuple(found.values())


def _roomy(held: Held) -> bool:
    """Return whether the step's lists are so short that the map gets more of the window."""
    agenda = held.agenda
    if len(agenda.steps) > ROOMY_STEPS:
        return False
    lists: dict[str, tuple[Sequence[object], ...]] = {
        "now": (agenda.areas, agenda.behind, agenda.due),
        "since": (agenda.earlier, agenda.walks),
        "decisions": (agenda.open,),
    }
    shown = lists.get(held.name)
    is_short = shown is not None and all(len(rows) <= ROOMY_ROWS for rows in shown)
    return held.decision is None and is_short


def _step_titles(held: Held) -> Mapping[tuple[str, str], str]:
    """Return the titles of the commitments' steps, by commitment and step."""
    return {
        (commitment.id, step_id): title
        for promise in held.context.promises
        for commitment in promise.commitments
        for step_id, title in held.context.step_titles(commitment).items()
    }


def _seen(held: Held) -> tuple[tuple[Promise | None, Goals], ...] | None:
    """Return what was known of the indicators of what the step is about; None of too much."""
    service, day, area_id = held.context.service, held.meeting.day, area_of(held.name)
    told = held.context.promises
    if area_id is not None:
        return ((None, known_at(service, day, None, area_id)),)
    if len(told) > PROMISES_AT_MOST:
        return None
    return tuple((promise, known_at(service, day, promise.id)) for promise in told)


# --- notes -----------------------------------------------------------------------------------


def _note_values(held: Held) -> dict[str, Any]:
    """Return what the form of the step's note needs."""
    words, note_kept = held.context.words, state.form(held.note_draft)
    there = dict(held.meeting.notes).get(held.name, "")
    values = {"note": there, "before": there, **note_kept.values}
    faults = draft.faults(words, note_kept, values)
    return {
        "note_draft": held.note_draft,
        "note_kept": note_kept,
        "nv": values,
        "noted": bool(there),
        "note_fault": faults.get("note", "") or draft.failure(words, note_kept.answer),
    }


# --- decisions -------------------------------------------------------------------------------


def _new_decision_values(held: Held) -> dict[str, Any]:
    """Return what the form of a new decision needs."""
    words = held.context.words
    empty = {"id": str(uuid4()), "text": "", "about": "", "owner": "", "function": "", "due": ""}
    told = draft.typed(held.context, "decision", held.draft, empty)
    discussing = state.form(f"discuss/{held.meeting.id}").answer
    return {
        **told,
        "failure": told["failure"] or draft.failure(words, discussing),
        "saved_text": words("decision.saved") if told["saved"] else "",
    }


def _draft_of(decision: Decision) -> str:
    return f"decision/{decision.id}"


def _decision_values(held: Held) -> dict[str, Any]:
    """Return what the decision that is looked at needs; nothing where there is none."""
    decision, context = held.decision, held.context
    if decision is None:
        return {"decision": None}
    name = _draft_of(decision)
    kept = state.form(name)
    answer = kept.answer
    newest = context.service.newest_number("decision", decision.id)
    number = answer.theirs.number if isinstance(answer, Conflict) else newest
    typed = kept.values if draft.attempt(kept) else {}
    values = {**recording.form_values(decision), **typed, "expected": str(number)}
    outcome = draft.outcome(context, "decision", kept, values)
    return {
        "decision": decision,
        "decision_draft": name,
        "decision_kept": kept,
        "dv": values,
        "faults": outcome["faults"],
        "failure": outcome["failure"],
        "conflict": outcome["conflict"],
        "changes": outcome["versions"],
        "versions": versions.history(context, "decision", decision.id),
    }


def save_decision(held: Held, sent: Sent) -> None:
    """Save what a decision's form sent, a new one or a change, and remember what came of it."""
    changed = held.decision if sent.draft != held.draft else None
    saved = draft.save_record(
        held.context,
        "decision",
        sent.draft,
        sent,
        record_id=changed.id if changed else None,
    )
    if saved is not None and changed is None:
        state.keep_form(sent.draft, replace(state.form(sent.draft), answer=saved))
    elif saved is not None:
        now, _ = state.read()
        state.write(replace(now, decision=None))
