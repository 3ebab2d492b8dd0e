"""Promises, areas and indicators together, checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from geodata.model.indicator import Indicator, Reading, Series
from geodata.model.promise import (
    Area,
    Commitment,
    Goal,
    Party,
    Place,
    Promise,
    ReferenceLayer,
    Vocabulary,
)
from geodata.model.text import LocalText


@dataclass(frozen=True)
class Catalogue:
    """Every promise, area and place, checked; `digest` changes when any file does.

    Drafts stand apart from the promises that are given: they count nowhere.
    """

    promises: tuple[Promise, ...]
    areas: tuple[Area, ...]
    places: tuple[Place, ...]
    vocabulary: Vocabulary
    digest: str
    drafts: tuple[Promise, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    readings: tuple[Reading, ...] = ()
    layers: tuple[ReferenceLayer, ...] = ()

    @cached_property
    def promise_by_id(self) -> Mapping[str, Promise]:
        """Promises by id."""
        return {p.id: p for p in self.promises}

    @cached_property
    def area_by_id(self) -> Mapping[str, Area]:
        """Areas by id."""
        return {a.id: a for a in self.areas}

    @cached_property
    def commitment_by_id(self) -> Mapping[str, Commitment]:
        """Commitments of every promise by id."""
        return {c.id: c for p in self.promises for c in p.commitments}

    @cached_property
    def party_by_id(self) -> Mapping[str, Party]:
        """Parties of every promise by id; the first promise's wording wins."""
        return {q.id: q for p in reversed(self.promises) for q in p.parties}

    @cached_property
    def label_by_id(self) -> Mapping[str, LocalText]:
        """What each promise is called in a few words, and no other: with its years if need be."""
        labels = {p.id: p.short for p in self.promises}
        for more in (Promise.with_years, Promise.with_id):
            times = Counter(labels.values())
            labels |= {p.id: more(p) for p in self.promises if times[labels[p.id]] > 1}
        return labels

    @cached_property
    def goal_by_id(self) -> Mapping[str, Goal]:
        """Goals of every promise by id."""
        return {g.id: g for p in self.promises for g in p.goals}

    @cached_property
    def series_by_id(self) -> Mapping[str, Series]:
        """Series of every indicator by id."""
        return {s.id: s for indicator in self.indicators for s in indicator.series}

    @cached_property
    def _commitments_by_area(self) -> Mapping[str, Sequence[Commitment]]:
        found: defaultdict[str, list[Commitment]] = defaultdict(list)
        for commitment in self.commitment_by_id.values():
            for area_id in dict.fromkeys(commitment.all_areas):
                found[area_id].append(commitment)
        return dict(found)

    def commitments_in(self, area_id: str) -> tuple[Commitment, ...]:
        """Return the commitments that name an area, where needed or always."""
        return tuple(self._commitments_by_area.get(area_id, ()))
