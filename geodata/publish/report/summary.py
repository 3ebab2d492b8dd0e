"""A report's first pages: how the commitments stand, what is behind, new and due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from geodata.analysis.agenda import Due, News
from geodata.model import Decision, DecisionStatus, Finding, State
from geodata.publish.report.matter import (
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Matter,
    Table,
    Teller,
    Text,
    clean,
)

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


WORST_FIRST: Final = (
    *(State.NOT_FULFILLED, State.BEHIND, State.NO_RECORDS, State.UNDER_WAY),
    *(State.ON_TRACK, State.FULFILLED, State.NOT_STARTED),
)

KINDS_NAMED: Final = 8
"""How many kinds of activity are named with their number; the rest are told together."""


def summary(matter: Matter, tell: Teller) -> Iterator[Block]:
    """Give the first pages' blocks."""
    yield Heading(1, tell("report.summary"))
    yield from _states(matter, tell)
    yield Heading(2, tell("report.behind"))
    yield from _behind(matter, tell)
    yield Heading(2, tell("report.new", day=tell.words.day(matter.since)))
    yield Bullets(tuple(news_items(matter.news, tell)))
    yield Heading(2, tell("report.due", day=tell.words.day(matter.horizon)))
    yield due_table(matter, tell) if matter.coming else Text(tell("report.due.none"))


# --- how they stand --------------------------------------------------------------------------


def _states(matter: Matter, tell: Teller) -> Iterator[Block]:
    named: dict[State, dict[str, list[str]]] = {}
    for promise in matter.promises:
        for commitment in promise.commitments:
            state = matter.progress[commitment.id].overall.state
            here = named.setdefault(state, {})
            here.setdefault(tell.local(promise.short), []).append(str(commitment.number))
    yield Text(
        tell(
            "report.summary.lead",
            count=sum(len(promise.commitments) for promise in matter.promises),
            day=tell.words.day(matter.as_of),
        ),
        "lead",
    )
    if not named:
        return
    rows = tuple(
        (
            Cell(state=state),
            Cell(tell.words.number(sum(map(len, named[state].values())))),
            Cell(_numbers(named[state], alone=len(matter.promises) == 1)),
        )
        for state in WORST_FIRST
        if state in named
    )
    columns = (
        Column(tell("report.state"), 1.3),
        Column(tell("report.number"), 0.6),
        Column(tell("report.which"), 3.1),
    )
    yield Table("states", "", columns, rows)


def _numbers(named: Mapping[str, list[str]], *, alone: bool) -> str:
    if alone:
        return ", ".join(number for numbers in named.values() for number in numbers)
    return "; ".join(f"{short} {', '.join(numbers)}" for short, numbers in named.items())


def _behind(matter: Matter, tell: Teller) -> Iterator[Block]:
    if not matter.behind:
        yield Text(tell("report.behind.none"))
        return
    rows = tuple(
        (
            Cell(tell.numbered(one.commitment), tell.parties(one.commitment.owners)),
            Cell(tell.local(matter.catalogue.promise_by_id[one.commitment.promise_id].short)),
            Cell(state=one.state),
            Cell(tell.amount(one.now), added(one.added, tell)),
            Cell(tell.expected(one.now)),
        )
        for one in matter.behind
    )
    columns = (
        Column(tell("followup.commitment"), 2.4),
        Column(tell("promise.choose"), 1.1),
        Column(tell("report.state"), 1.1),
        Column(tell("pace.delivered"), 1.3),
        Column(tell("report.expected"), 0.8),
    )
    yield Table("behind", "", columns, rows)


def added(number: int, tell: Teller) -> str:
    """Return how many more there are than at the meeting before; nothing where none is new."""
    return tell("report.added", number=f"{number:+d}".replace("-", "−")) if number else ""


# --- what is new -----------------------------------------------------------------------------


def news_items(news: News, tell: Teller) -> Iterator[str]:
    """Give what is new, a sentence each; that nothing is recorded is said as such."""
    if news.nothing:
        yield tell("report.new.none")
        return
    if news.activities:
        yield _activities(news, tell)
        yield _time(news, tell)
    if news.walks:
        told = ", ".join(f"{tell.area(w.area_id)} {tell.record_day(w)}" for w in news.walks)
        yield tell("report.new.walks", count=len(news.walks), walks=told)
    if news.found:
        yield tell("report.new.findings", count=len(news.found))
    if news.settled:
        yield tell("report.new.settled", count=len(news.settled))


def _activities(news: News, tell: Teller) -> str:
    kinds = list(news.kinds.items())
    named = [f"{tell.kind(k).lower()} {tell.words.number(n)}" for k, n in kinds[:KINDS_NAMED]]
    rest = sum(number for _, number in kinds[KINDS_NAMED:])
    if rest:
        named.append(tell("report.new.other_kinds", number=tell.words.number(rest)))
    return tell("report.new.activities", count=news.activities, kinds=", ".join(named))


def _time(news: News, tell: Teller) -> str:
    if news.minutes_unknown == news.activities:
        return tell("report.new.no_time")
    told = tell.minutes(news.minutes)
    if not news.minutes_unknown:
        return tell("report.new.time", time=told)
    return tell("report.new.some_time", count=news.minutes_unknown, time=told)


# --- what is due -----------------------------------------------------------------------------

_KINDS: Final[Mapping[str, str]] = {
    "decision": "report.due.decision",
    "finding": "report.due.finding",
    "step": "report.due.step",
    "deadline": "report.due.deadline",
    "period": "report.due.period",
    "walk": "report.due.walk",
}


def due_table(matter: Matter, tell: Teller) -> Table:
    """Return what is late or due as a table: by when, what, where and who."""
    columns = (
        Column(tell("report.by_when"), 1.0),
        Column(tell("report.what"), 2.6),
        Column(tell("report.where"), 1.5),
        Column(tell("report.who"), 1.3),
    )
    return Table(
        "due", "", columns, tuple(_due_row(coming, matter, tell) for coming in matter.coming)
    )


def _due_row(coming: Due, matter: Matter, tell: Teller) -> tuple[Cell, ...]:
    what, owners = _due_what(coming, matter, tell)
    return (
        Cell(tell.day(coming.day), tell("report.late") if coming.late else "", urgent=coming.late),
        Cell(what, tell(_KINDS[coming.kind])),
        Cell(tell.areas(coming.area_ids)),
        Cell(owners),
    )


def _due_what(coming: Due, matter: Matter, tell: Teller) -> tuple[str, str]:
    """Return what is due, in words, and who is to see to it."""
    if coming.kind == "decision":
        decision = matter.decisions[coming.id]
        return clean_text(decision.text), tell.party(decision.owner)
    if coming.kind == "finding":
        finding = matter.findings[coming.id]
        return finding_told(finding, tell), tell.party(finding.owner)
    if coming.kind == "walk":
        return tell("report.due.planned_walk"), tell.parties(matter.walks[coming.id].parties)
    if coming.kind == "period":
        return tell.local(matter.catalogue.promise_by_id[coming.id].title), ""
    commitment = matter.catalogue.commitment_by_id[coming.commitment_id or coming.id]
    title = tell.numbered(commitment)
    for step in commitment.measure.named_steps:
        if coming.kind == "step" and step.id == coming.id:
            title = f"{title}: {tell.local(step.title)}"
    return title, tell.parties(commitment.owners)


def finding_told(finding: Finding, tell: Teller) -> str:
    """Return a finding's category and text."""
    category, text = tell.category(finding.category), clean_text(finding.text)
    return f"{category}: {text}" if text else category


def clean_text(text: str) -> str:
    """Return a text that somebody has written, in one paragraph."""
    return " ".join(clean(text).split())
