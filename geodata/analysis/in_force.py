"""Promises through time: which hold on a day, which is told about, and what carries on what.

What is in force is judged; an ended promise is history and colours nothing later. A commitment is
kept, changed, dropped or new beside the promise before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Literal

import networkx as nx

from geodata.model import Catalogue, Commitment, Milestone, Promise


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day the screen tells about, and why that one."""

    day: date
    reason: Literal["today", "period_end", "together", "chosen"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the screen tells about: promises, and the end of a day."""

    promises: tuple[Promise, ...]
    as_of: AsOf


def in_force(promises: Iterable[Promise], day: date) -> tuple[Promise, ...]:
    """Return the promises that hold on a day and are not put away in the archive."""
    return tuple(p for p in promises if day in p.period and not p.archived)


def told_on(promises: Sequence[Promise], day: date) -> tuple[Promise, ...]:
    """Return the promises that are told about on a day where nobody has chosen one.

    Parameters
    ----------
    promises : sequence of Promise
        Of any municipalities, without drafts.
    day : datetime.date
        Periods hold their first and last day.

    Returns
    -------
    tuple of Promise
        Of each municipality those in force; where none is, the one that ended last, as history;
        before its first promise nothing. Where that leaves nothing at all, the promises that
        begin first. In the order given, none of the archive.
    """
    municipality = attrgetter("municipality")
    shown = [promise for promise in promises if not promise.archived]
    told: list[Promise] = []
    for _, each in groupby(sorted(shown, key=municipality), key=municipality):
        own = list(each)
        ended = [promise for promise in own if promise.period.end < day]
        last = max((promise.period.end for promise in ended), default=None)
        told += in_force(own, day) or (p for p in ended if p.period.end == last)
    first = min((promise.period.start for promise in shown), default=None)
    told = told or [promise for promise in shown if promise.period.start == first]
    # By their ids: comparing whole promises, each with each, takes a country's catalogue 40 ms.
    ids = {promise.id for promise in told}
    return tuple(promise for promise in promises if promise.id in ids)


def usual_day(promises: Sequence[Promise], recorded: Collection[str], today: date) -> date:
    """Return the day to tell about where nobody has chosen one.

    Today while a promise is in force, or before the first begins. Then the last day on which those
    promises were in force together that have records (their ids in `recorded`): the latest of them,
    and those whose periods overlap with its own. Where nothing is recorded, of all promises.
    """
    begun = [p for p in promises if p.period.start <= today and not p.archived]
    if not begun or in_force(begun, today):
        return today
    known = [promise for promise in begun if promise.id in recorded] or begun
    latest = max(known, key=lambda promise: promise.period.end).period
    return min(p.period.end for p in known if p.period.end >= latest.start)


def recorded_in(
    promises: Iterable[Promise], done: Iterable[tuple[str | None, date]]
) -> frozenset[str]:
    """Return the promises in whose areas and period something was done: its area and its day."""
    by_area: defaultdict[str | None, list[Promise]] = defaultdict(list)
    for promise in promises:
        for area_id in promise.area_ids:
            by_area[area_id].append(promise)
    return frozenset(p.id for area_id, day in done for p in by_area[area_id] if day in p.period)


def scope_of(
    promises: tuple[Promise, ...],
    chosen: date | None,
    today: date,
    recorded: Collection[str] | None,
) -> Scope:
    """Return what is told about: of all promises with `recorded`, else of the one chosen."""
    if recorded is None:
        day = chosen or min(promises[0].period.end, today)
    else:
        day = chosen or usual_day(promises, recorded, today)
        promises = told_on(promises, day)
    if chosen is not None:
        return Scope(promises, AsOf(day, "chosen"))
    if day == today:
        return Scope(promises, AsOf(day, "today"))
    # Of several that did not end at once it is the end of one, and the others went on.
    ended = all(promise.period.end <= day for promise in promises)
    return Scope(promises, AsOf(day, "period_end" if ended else "together"))


def with_earlier(catalogue: Catalogue, promises: Iterable[Promise]) -> tuple[Promise, ...]:
    """Return promises, and those that they follow on: what was left open there is theirs."""
    found: dict[str, Promise] = {}
    waiting = list(promises)
    while waiting:
        promise = waiting.pop(0)
        found[promise.id] = promise
        before = catalogue.promise_by_id.get(promise.predecessor or "")
        waiting += [before] if before is not None and before.id not in found else []
    return tuple(found.values())


Relation = Literal["first", "kept", "changed", "new", "dropped"]
"""What a commitment is to the promise before: ``first`` where none is known to be before it."""

Change = Literal["text", "measure", "areas", "owners", "deadline"]


@dataclass(frozen=True, slots=True)
class Descent:
    """A commitment in a promise, or one of the promise before that it does not carry on."""

    # The promise's own; with ``dropped`` the predecessor's.
    commitment: Commitment
    relation: Relation
    # In what it differs from its forerunner, with ``changed``.
    changes: tuple[Change, ...] = ()

    @property
    def own(self) -> bool:
        """Whether the promise holds the commitment itself."""
        return self.relation != "dropped"


Row = Mapping[str, tuple[Descent, ...]]
"""What became of a commitment, by promise id; nothing where it was not spoken of."""


def chains(promises: Iterable[Promise]) -> list[tuple[Promise, ...]]:
    """Return promises that follow one another, each chain by the day it begins.

    Parameters
    ----------
    promises : iterable of Promise
        Of any municipalities; a predecessor that is not among them is none.
    """
    by_id = {promise.id: promise for promise in promises}
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(by_id)
    graph.add_edges_from(
        (p.predecessor, p.id) for p in by_id.values() if p.predecessor and p.predecessor in by_id
    )
    return sorted(
        (
            tuple(sorted((by_id[id_] for id_ in group), key=_begun))
            for group in nx.connected_components(graph)
        ),
        key=lambda chain: _begun(chain[0]),
    )


def rows(chain: Sequence[Promise]) -> list[Row]:
    """Return a chain's commitments, those that carry on one another in one row.

    Parameters
    ----------
    chain : sequence of Promise
        From `chains`.

    Returns
    -------
    list of mapping of str to tuple of Descent
        By the promise that each row begins in, then by number. One commitment that becomes two,
        or two that become one, share a row.
    """
    commitments = {c.id: c for promise in chain for c in promise.commitments}
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(commitments)
    graph.add_edges_from(
        (c.forerunner, c.id) for c in commitments.values() if c.forerunner in commitments
    )
    place = {id_: number for number, id_ in enumerate(commitments)}
    groups = sorted(
        nx.connected_components(graph), key=lambda group: min(place[id_] for id_ in group)
    )
    return [_row(chain, commitments, group) for group in groups]


def _begun(promise: Promise) -> tuple[date, str]:
    return promise.period.start, promise.id


def _row(
    chain: Sequence[Promise], commitments: Mapping[str, Commitment], group: set[str]
) -> dict[str, tuple[Descent, ...]]:
    followed = {promise.id: promise for promise in chain}
    row: dict[str, tuple[Descent, ...]] = {}
    for promise in chain:
        before = followed.get(promise.predecessor or "")
        own = [c for c in promise.commitments if c.id in group]
        carried_on = {c.forerunner for c in own}
        dropped = () if before is None else before.commitments
        row[promise.id] = (
            *(_descent(c, commitments.get(c.forerunner or ""), before) for c in own),
            *(Descent(c, "dropped") for c in dropped if c.id in group and c.id not in carried_on),
        )
    return row


def _descent(
    commitment: Commitment, forerunner: Commitment | None, before: Promise | None
) -> Descent:
    if forerunner is None:
        return Descent(commitment, "first" if before is None else "new")
    changes = tuple(differences(forerunner, commitment))
    return Descent(commitment, "changed" if changes else "kept", changes)


def differences(before: Commitment, after: Commitment) -> Iterable[Change]:
    """Yield in what a commitment differs from its forerunner.

    A year that its texts name, and days that are merely a year on, are no difference.
    """
    compared: Mapping[Change, tuple[object, object]] = {
        "text": (_texts(before), _texts(after)),
        "measure": (_undated(before), _undated(after)),
        "areas": (_where(before), _where(after)),
        "owners": (set(before.owners), set(after.owners)),
        "deadline": (_days(before), _days(after)),
    }
    return (change for change, (old, new) in compared.items() if old != new)


def _texts(commitment: Commitment) -> tuple[str, ...]:
    return tuple(re.sub(r"\b20\d\d\b", "", t.sv) for t in (commitment.title, commitment.summary))


def _undated(commitment: Commitment) -> object:
    measure = replace(commitment.measure, reading=None)
    if isinstance(measure, Milestone):
        return tuple((step.title.sv, set(step.kinds)) for step in measure.steps), measure.per
    return replace(measure, kinds=tuple(sorted(measure.kinds)))


def _where(commitment: Commitment) -> tuple[set[str], set[str]]:
    return set(commitment.areas), set(commitment.areas_where_needed)


def _days(commitment: Commitment) -> list[tuple[int, int] | None]:
    due: list[date | None] = [commitment.deadline]
    if isinstance(commitment.measure, Milestone):
        due += [step.due for step in commitment.measure.steps]
    return [None if day is None else (day.month, day.day) for day in due]
