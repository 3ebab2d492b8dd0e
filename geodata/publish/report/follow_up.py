"""A promise's follow-up as a document, in the order that Brå advises.

Why it was given, what should come of it, what was promised, what was done, what is seen in the
indicators, and what may not be concluded.
"""

from __future__ import annotations

from collections.abc import Iterator

from geodata.analysis.indicators import beside
from geodata.model import Commitment, Promise
from geodata.publish.report.content import framed, outcome_table
from geodata.publish.report.matter import (
    Block,
    Bullets,
    Cell,
    Heading,
    Matter,
    Report,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.readings import cautions_of, goals_seen, short_source
from geodata.publish.report.sections import matrix_tables

NEVER = ("effect", "areas", "samples", "recorded")
"""What no indicator and no count says, whichever they are: the ends of their sentences' keys."""


def make_follow_up(matter: Matter) -> Report:
    """Return the document on some promises' follow-up.

    Parameters
    ----------
    matter : Matter
        What it is to tell of.

    Returns
    -------
    Report
        Ready to be set on paper, and as Word.
    """
    tell = Teller(matter)
    example = (Text(tell("example.text"), "note"),) if matter.examples else ()
    lead = (*example, Text(tell("brief.lead"), "lead"))
    blocks = tuple(block for promise in matter.promises for block in _promise(promise, tell))
    return framed(tell, tell("brief.title"), lead, blocks, (*lead, *blocks))


def _promise(promise: Promise, tell: Teller) -> Iterator[Block]:
    yield Heading(1, tell.local(promise.title))
    yield Text(tell.listed((tell.period(promise), short_source(promise.source, tell))), "note")
    yield Heading(2, tell("brief.why"))
    yield Text(tell.local(promise.background))
    yield Heading(2, tell("brief.aims"))
    goals = tuple(f"{goal.number}. {tell.local(goal)}" for goal in promise.goals)
    yield Bullets(goals) if goals else Text(tell("brief.no_goals"))
    yield Heading(2, tell("brief.promised"))
    yield _promised(promise, tell) if promise.commitments else Text(tell("brief.not_known"))
    yield Heading(2, tell("brief.done"))
    yield Text(tell("report.matrix.lead", day=tell.words.day(tell.matter.as_of)), leads=True)
    yield from matrix_tables(promise, tell) if promise.commitments else ()
    if promise.outcomes:
        yield Heading(3, tell("card.outcomes"))
        yield Text(tell("card.outcomes_note"), leads=True)
        yield outcome_table(promise, tell)
    yield from _seen(promise, tell)
    yield from _not_concluded(promise, tell)
    yield from _sources(promise, tell)


def _promised(promise: Promise, tell: Teller) -> Table:
    def where(commitment: Commitment) -> Cell:
        scope = tell.local(commitment.scope) if commitment.scope else ""
        return Cell(
            tell.areas(commitment.areas) or scope, tell.areas(commitment.areas_where_needed)
        )

    columns = (
        ("followup.commitment", 1.6, lambda c: Cell(tell.numbered(c), tell.parties(c.owners))),
        ("report.what", 2.6, lambda c: Cell(tell.local(c.summary))),
        ("report.where", 1.4, where),
        ("commitment.deadline", 0.9, lambda c: Cell(tell.day(c.deadline))),
    )
    return tell.table(f"promised/{promise.id}", columns, promise.commitments)


# --- what is seen ---------------------------------------------------------------------------------


def _seen(promise: Promise, tell: Teller) -> Iterator[Block]:
    yield Heading(2, tell("brief.seen"))
    yield Text(tell("indicators.lead"), leads=True)
    groups = beside(tell.matter.catalogue, promise)
    if not groups:
        yield Text(tell("indicators.none"))
    yield from goals_seen(promise, groups, tell, drawn=True)


def _sources(promise: Promise, tell: Teller) -> Iterator[Block]:
    groups = beside(tell.matter.catalogue, promise)
    found = (p.reading.source for _, some in groups for told in some for p in told.points)
    yield Heading(2, tell("report.sources"))
    yield Bullets(tuple(dict.fromkeys(map(tell.source, (promise.source, *found)))))


def _not_concluded(promise: Promise, tell: Teller) -> Iterator[Block]:
    yield Heading(2, tell("brief.not_concluded"))
    yield Bullets(tuple(tell(f"brief.never.{name}") for name in NEVER))
    if cautions := cautions_of(beside(tell.matter.catalogue, promise), tell):
        yield Heading(3, tell("brief.cautions"))
        yield Bullets(cautions)
    if promise.unknown:
        yield Heading(3, tell("promise.unknown"))
        yield Bullets(tuple(map(tell.local, promise.unknown)))
