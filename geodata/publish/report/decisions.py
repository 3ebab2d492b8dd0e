"""The decisions: what was decided that day, what is open, and what came of the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from geodata.model import Decision, DecisionStatus
from geodata.publish.report.blocks import Block, Cell, Column, Heading, Table, Text
from geodata.publish.report.matter import Matter
from geodata.publish.report.summary import clean_text
from geodata.publish.report.telling import Teller

STATUS_WORDS: Final[Mapping[DecisionStatus, str]] = {
    DecisionStatus.OPEN: "report.decision.open",
    DecisionStatus.DONE: "report.decision.done",
    DecisionStatus.WITHDRAWN: "report.decision.withdrawn",
}


def decision_pages(matter: Matter, tell: Teller) -> Iterator[Block]:
    """Give the decisions' part."""
    yield Heading(1, tell("report.decisions"), new_page=True)
    day, since = tell.words.day(matter.as_of), tell.words.day(matter.since)
    parts = (
        ("decided", tell("report.decided", day=day), tell("report.decided.none"), matter.decided),
        ("open", tell("report.open"), tell("report.open.none"), matter.open),
        ("settled", tell("report.settled", day=since), "", matter.settled),
    )
    for name, title, none, decisions in parts:
        if decisions or none:
            yield Heading(2, title)
        if decisions:
            yield decision_table(f"decisions/{name}", decisions, matter, tell)
        elif none:
            yield Text(none)


def decision_table(name: str, decisions: Sequence[Decision], matter: Matter, tell: Teller) -> Table:
    """Return decisions as a table."""
    columns = (
        Column(tell("report.decision"), 2.7),
        Column(tell("report.about"), 1.4),
        Column(tell("report.who"), 1.1),
        Column(tell("report.by_when"), 1.0),
        Column(tell("report.came_of_it"), 1.6),
    )
    return Table(name, "", columns, tuple(_row(one, matter, tell) for one in decisions))


def _row(decision: Decision, matter: Matter, tell: Teller) -> tuple[Cell, ...]:
    status = decision.status_on(matter.as_of)
    late = decision.late_on(matter.as_of)
    settled = status is not DecisionStatus.OPEN
    told = tell(STATUS_WORDS[status])
    return (
        Cell(clean_text(decision.text), tell("report.decided_on", day=tell.day(decision.day))),
        Cell(tell.area(decision.area_id), tell.commitment(decision.commitment_id)),
        Cell(tell.party(decision.owner)),
        Cell(tell.day(decision.due), tell("report.late") if late else "", urgent=late),
        Cell(
            tell.listed((told, tell.day(decision.status_day))) if settled else told,
            # What was written later is not known on the day told about.
            clean_text(decision.outcome) if decision.status_day <= matter.as_of else "",
        ),
    )
