"""A report's first page, read alone: how it stands, what moved, what to decide, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from geodata.analysis.agenda import Due, Standing
from geodata.model import Commitment, State
from geodata.publish.report.matter import (
    NAMED_AT_MOST,
    Block,
    Bullets,
    Cell,
    Heading,
    Matter,
    Picture,
    Teller,
    Text,
)
from geodata.publish.report.sections import PANES, due_told, map_panes, news_items

TEXT_LETTERS: Final = 160
"""What somebody has written is told as far as this on the first page, and whole further on."""

FIRST_MAP: Final = "map"
FIRST_MAP_MM: Final = (50.0, 170.0)
"""How high the first page's map is at least and at most: as much as there is room for."""

AREAS_TOLD: Final = 12
"""So many areas are told in a map's text; the table of areas has all."""


def first_page(tell: Teller) -> Iterator[Block]:
    """Give the page that is read alone: how it stands, what moved, what to decide, and where."""
    matter = tell.matter
    yield Heading(1, tell("report.summary"))
    yield from _standing(tell)
    yield Heading(2, tell("report.new", day=tell.words.day(matter.since)), contents=False)
    yield Bullets((*_moved(tell), *news_items(matter.news, tell)))
    yield Heading(2, tell("report.decide"), contents=False)
    decide = tuple(_asked(one, tell) for one in matter.decide)
    yield Bullets(decide, numbered=True) if decide else Text(tell("report.decide.none"))
    yield from _picture(tell)


# --- how they stand --------------------------------------------------------------------------


def _standing(tell: Teller) -> Iterator[Block]:
    matter = tell.matter
    progress, promises = matter.progress, matter.promises
    states = {p.id: [progress[c.id].overall.state for c in p.commitments] for p in promises}
    every = [state for of_promise in states.values() for state in of_promise]
    yield Text(tell.words.standing(every), "lead")
    if len(promises) > 1:
        worst = sorted(promises, key=lambda p: [-states[p.id].count(state) for state in State])
        told = [f"{tell.label(p.id)}. {tell.words.standing(states[p.id])}" for p in worst]
        yield Bullets(tuple(_first(told, "report.promises_more", tell)))
    columns = (
        ("report.state", 1.0, lambda state: Cell(state=state)),
        ("report.which", 4.0, lambda state: Cell(_which(state, tell))),
    )
    if every:
        yield tell.table("states", columns, [state for state in State if state in every])


def _which(state: State, tell: Teller) -> str:
    """Return the commitments in a state: of one promise with figures, or many by number."""
    progress = tell.matter.progress
    found = {
        tell.label(promise.id): [
            c for c in promise.commitments if progress[c.id].overall.state is state
        ]
        for promise in tell.matter.promises
    }
    few = len(found) == 1 and sum(map(len, found.values())) <= NAMED_AT_MOST
    told = []
    for label, commitments in found.items():
        before = f"{label}: " if len(found) > 1 else ""
        named = ", ".join(
            f"{c.number}. {_amount(c, tell)}" if few else f"{c.number}" for c in commitments
        )
        told += [before + named] if named else []
    if len(told) > NAMED_AT_MOST:
        return tell("areas.commitments", count=sum(map(len, found.values())))
    return "\n".join(told)


def _amount(commitment: Commitment, tell: Teller) -> str:
    amount = tell.amount(tell.matter.progress[commitment.id].overall)
    return f"{tell.local(commitment.title)} ({amount})" if amount else tell.local(commitment.title)


def _first(told: Sequence[str], more: str, tell: Teller) -> Iterator[str]:
    """Give the first of some texts, and how many more there are."""
    yield from told[:NAMED_AT_MOST]
    if told[NAMED_AT_MOST:]:
        yield tell(more, count=len(told) - NAMED_AT_MOST)


def _moved(tell: Teller) -> Iterator[str]:
    """Give which commitments have another state than they had."""
    changed = [one for one in tell.matter.standings if one.now.state is not one.then.state]
    told = [
        tell(
            "report.moved",
            commitment=_named(one.commitment, tell),
            then=tell(f"state.{one.then.state}").lower(),
            now=tell(f"state.{one.now.state}").lower(),
        )
        for one in changed
    ]
    yield from _first(told, "report.moved_more", tell)


def _named(commitment: Commitment, tell: Teller) -> str:
    """Return a commitment with its promise, where there are several."""
    key = "report.named" if len(tell.matter.promises) == 1 else "report.named_of"
    promise, title = tell.label(commitment.promise_id), tell.local(commitment.title)
    return tell(key, number=commitment.number, promise=promise, title=title)


# --- what to decide --------------------------------------------------------------------------


def _asked(one: Standing | Due, tell: Teller) -> str:
    """Return a question to decide, and below it where what it says comes from."""
    if isinstance(one, Standing):
        return _asked_of(one, tell)
    what, who = due_told(one, tell)
    what = _shortened(what)
    told = tell(f"report.decide.{one.kind}", what=what, day=tell.words.day(one.day))
    made = "" if one.kind == "walk" else tell.day(_made_on(one, tell.matter))
    source = tell.listed((tell(f"report.due.{one.kind}"), made, tell.areas(one.area_ids), who))
    return f"{told}\n{source}"


def _made_on(one: Due, matter: Matter) -> date:
    return (matter.decisions if one.kind == "decision" else matter.findings)[one.id].day


def _asked_of(one: Standing, tell: Teller) -> str:
    commitment = one.commitment
    promise = tell.matter.catalogue.promise_by_id[commitment.promise_id]
    expected = ""
    if one.state is State.BEHIND and (one.now.expected or 0) > one.now.delivered:
        expected = tell("amount.expected", expected=tell.expected(one.now))
    told = tell(
        f"report.decide.{one.state}",
        commitment=_named(commitment, tell),
        amount=tell.amount(one.now) + (f", {expected}" if expected else ""),
        first=tell.words.day(promise.period.start),
        last=tell.words.day(commitment.deadline or promise.period.end),
    )
    where = tell.local(commitment.source_paragraph)
    source = tell.listed((tell.label(promise.id), where, tell.parties(commitment.owners)))
    return f"{told}\n{source}"


def _shortened(text: str) -> str:
    """Return a text that has room on the first page."""
    return text if len(text) <= TEXT_LETTERS else f"{text[:TEXT_LETTERS].rstrip()}…"


def _picture(tell: Teller) -> Iterator[Block]:
    """Give the first page's map."""
    panes = map_panes(tell.matter)
    areas = [one for _, shown in panes for one in shown]
    if not areas:
        yield Text(tell("report.areas.none"))
        return
    told = [
        f"{tell.area(one.area.id)}: {tell(one.state_key).lower()}" for one in areas[:AREAS_TOLD]
    ]
    more = tell("report.map.more", count=len(areas) - AREAS_TOLD) if areas[AREAS_TOLD:] else ""
    names = tell.promises(lambda promise: tell.label(promise.id))
    caption = tell("report.map.caption", day=tell.words.day(tell.matter.as_of))
    if panes[PANES:]:
        caption += f" {tell('report.map.places_more', count=len(panes) - PANES)}"
    yield Picture(
        FIRST_MAP,
        tell("report.map.alt", name=names, areas="; ".join(filter(None, (*told, more)))),
        " ".join((caption, *(f"{source}." for source in tell.matter.ground_sources))),
        fills=True,
    )
