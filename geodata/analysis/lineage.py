"""Which commitments carry on which, through a place's promises: kept, changed, dropped, new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import networkx as nx

from geodata.model import Commitment, Milestone, Promise

Relation = Literal["first", "kept", "changed", "new", "dropped"]
"""What a commitment is to the promise before: ``first`` where none is known to be before it."""

Change = Literal["text", "measure", "areas", "owners", "deadline"]


@dataclass(frozen=True, slots=True)
class Descent:
    """A commitment in a promise, or one of the promise before that it does not carry on.

    Parameters
    ----------
    commitment : Commitment
        The promise's own; with ``dropped`` the predecessor's.
    relation : Relation
    changes : tuple of Change
        In what it differs from its forerunner, with ``changed``.
    """

    commitment: Commitment
    relation: Relation
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
        (tuple(sorted((by_id[id_] for id_ in group), key=_begun)) for group in _components(graph)),
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
    groups = sorted(_components(graph), key=lambda group: min(place[id_] for id_ in group))
    return [_row(chain, commitments, group) for group in groups]


def _begun(promise: Promise) -> tuple[date, str]:
    return promise.period.start, promise.id


def _components(graph: nx.Graph[str]) -> Iterable[set[str]]:
    return nx.connected_components(graph)


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
