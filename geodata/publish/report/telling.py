"""How names, states, amounts and days are told in a report: as the screen tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from geodata.model import (
    Activity,
    Area,
    Catalogue,
    Commitment,
    LocalText,
    Progress,
    Promise,
    Source,
    State,
    Term,
    Walk,
    name_of,
)
from geodata.publish.report.blocks import clean
from geodata.publish.report.matter import Matter
from geodata.texts import Words

SILENT = frozenset({State.NO_RECORDS, State.NOT_STARTED})
"""States in which no number is told: nothing recorded is never a nought."""


class Teller:
    """Tells a report's names and numbers in the reader's language."""

    def __init__(self, matter: Matter) -> None:
        self.words: Words = matter.words
        self._catalogue: Catalogue = matter.catalogue
        self._language = matter.language

    def __call__(self, key: str, **values: str | float) -> str:
        """Return a sentence."""
        return clean(self.words(key, **values))

    def local(self, text: LocalText) -> str:
        """Return a text in the reader's language."""
        return clean(text.to(self._language))

    def day(self, day: date | None) -> str:
        """Return a day in few letters; nothing where there is none."""
        return "" if day is None else self.words.day(day, short=True)

    # --- names ---------------------------------------------------------------------------

    def _term(self, terms: Mapping[str, Term], term_id: str) -> str:
        return self.local(name_of(terms, term_id))

    def kind(self, kind: str) -> str:
        """Return an activity kind's name."""
        return self._term(self._catalogue.vocabulary.activity_kinds, kind)

    def category(self, category: str) -> str:
        """Return a finding category's name."""
        return self._term(self._catalogue.vocabulary.finding_categories, category)

    def area(self, area_id: str | None) -> str:
        """Return an area's name; the id itself where no area has it any more."""
        if area_id is None:
            return ""
        area = self._catalogue.area_by_id.get(area_id)
        return clean(area_id if area is None else area.name)

    def areas(self, area_ids: Iterable[str]) -> str:
        """Return areas' names in a row."""
        return ", ".join(map(self.area, area_ids))

    def party(self, party_id: str | None) -> str:
        """Return a party's name."""
        if party_id is None:
            return ""
        party = self._catalogue.party_by_id.get(party_id)
        return clean(party_id) if party is None else self.local(party.name)

    def parties(self, ids: Iterable[str]) -> str:
        """Return parties' names in a row."""
        return ", ".join(map(self.party, ids))

    def commitment(self, commitment_id: str | None) -> str:
        """Return a commitment's number and title."""
        if commitment_id is None:
            return ""
        found = self._catalogue.commitment_by_id.get(commitment_id)
        return clean(commitment_id) if found is None else self.numbered(found)

    def numbered(self, commitment: Commitment) -> str:
        """Return a commitment's number and title."""
        return f"{commitment.number}. {self.local(commitment.title)}"

    def area_kind(self, area: Area) -> str:
        """Return what kind of area it is."""
        return self._term(self._catalogue.vocabulary.area_kinds, area.kind)

    def outline(self, area: Area) -> str:
        """Return how exact an area's outline is."""
        metres = self.words.metres(area.outline_accuracy_m)
        return self(f"outline.{area.outline_method}", metres=metres)

    def period(self, promise: Promise) -> str:
        """Return a promise's period."""
        period = promise.period
        return self.words.period(period.start, period.end, period.precision)

    def source(self, source: Source) -> str:
        """Return a source with who published it, when and where."""
        parts = [self.local(source.title), clean(source.publisher)]
        if source.date is not None:
            parts.append(self.words.day(source.date))
        if source.url is not None:
            parts.append(clean(source.url))
        return ", ".join(parts)

    def record_day(self, record: Activity | Walk) -> str:
        """Return a record's day, no more exact than it is known."""
        return self.words.record_day(record.day, record.start, record.precision)

    # --- numbers -------------------------------------------------------------------------

    def amount(self, progress: Progress) -> str:
        """Return delivered of promised; empty where nothing was promised and nothing is there."""
        if progress.state in SILENT:
            if progress.target is None:
                return ""
            return self(f"amount.promised.{progress.unit}", count=progress.target)
        if progress.target is None:
            return self("amount.recorded", count=progress.delivered)
        if progress.delivered > progress.target:
            return self("amount.more", delivered=progress.delivered, count=progress.target)
        return self(
            f"amount.of.{progress.unit}", delivered=progress.delivered, count=progress.target
        )

    def share(self, progress: Progress) -> str:
        """Return what an area delivers of a measure that is for all areas together."""
        if not progress.delivered:
            return self("amount.none_here")
        return self("amount.here", count=progress.delivered)

    def expected(self, progress: Progress) -> str:
        """Return how many should be there by now; empty where no number was promised."""
        return "" if progress.expected is None else self.words.amount(progress.expected)

    def minutes(self, minutes: int) -> str:
        """Return a length of time."""
        if minutes < 60:
            return self("minutes.minutes", count=minutes)
        if minutes % 60:
            return self("minutes.hours", hours=minutes // 60, minutes=minutes % 60)
        return self("minutes.whole_hours", hours=minutes // 60)

    def listed(self, texts: Sequence[str]) -> str:
        """Return texts in a row, those that say something."""
        return " · ".join(filter(None, texts))
