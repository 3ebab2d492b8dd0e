"""What every screen is told: the state, the day, the promises and the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from dashboard import address, state
from dashboard.address import Hint, PageName, ViewState
from geodata.model import APPOINTED, Commitment, CommitmentProgress, Promise, name_of
from geodata.service import AreaAttention, AsOf, Service
from geodata.texts import Words, words

AT_M: Final = 15.0
"""Nearer than this to a known place is at it, in metres."""

KILOMETRE_M: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Context:
    """One run's view of everything, read once."""

    service: Service
    state: ViewState
    hints: tuple[Hint, ...]
    promises: tuple[Promise, ...]
    as_of: AsOf
    progress: Mapping[str, CommitmentProgress]
    attention: tuple[AreaAttention, ...]
    moved_by: str | None

    @property
    def words(self) -> Words:
        """The reader's words."""
        return words(self.state.language)

    def base(self, page: PageName) -> dict[str, Any]:
        """Return what every template may name."""
        language = self.state.language
        return {
            "w": self.words,
            "catalogue": self.service.catalogue,
            "state": self.state,
            "as_of": self.as_of,
            "page": page,
            "href": lambda to, on=page: address.href(to, on),
            "taken_out": self._taken_out,
            "document": self._document,
            "whereabouts": self.whereabouts,
            "local": lambda text: text.to(language),
            "named": lambda terms, term_id: name_of(terms, term_id).to(language),
        }

    def step_titles(self, commitment: Commitment) -> dict[str, str]:
        """Return the titles of what a commitment may reach step by step, by step id."""
        named = {step.id: step.title for step in commitment.measure.named_steps}
        appointed = {APPOINTED: self.words("step.appointed")}
        return appointed | {id_: title.to(self.state.language) for id_, title in named.items()}

    def whereabouts(self, lat: float, lon: float) -> str:
        """Return where a place is, in words: by the nearest known place and area."""
        w, found = self.words, self.service.locate(lon, lat)
        parts = []
        near = self.service.nearest_place(lon, lat)
        if near is not None:
            place, away_m = near
            if away_m < AT_M:
                parts.append(w("whereabouts.at", name=place.name))
            else:
                parts.append(w("whereabouts.from", name=place.name, away=self._away(away_m)))
        names = self.service.catalogue.area_by_id
        if found.area_id is not None:
            parts.append(w("whereabouts.in", name=names[found.area_id].name))
        elif found.nearest_area_id is not None and found.border_m is not None:
            name, away = names[found.nearest_area_id].name, self._away(found.border_m)
            parts.append(w("whereabouts.outside", name=name, away=away))
        return ", ".join(parts)

    def _away(self, metres: float) -> str:
        w = self.words
        if metres < KILOMETRE_M:
            return w("whereabouts.metres", number=w.number(max(round(metres, -1), 10), 0))
        return w("whereabouts.kilometres", number=w.number(metres / KILOMETRE_M, 1))

    def _taken_out(self, name: str) -> str:
        """Return the address of a file with what is chosen, for other programs."""
        chosen = {
            "promise": self.state.promise,
            "area": self.state.area,
            "commitment": self.state.commitment,
            "as_of": self.as_of.day.isoformat(),
            "lang": self.state.language,
        }
        return f"/export/{name}?{_asked(chosen)}"

    def _document(self, path: str) -> str:
        """Return the address of a report, a map or the public page, on what is chosen."""
        chosen = {
            "promise": self.state.promise,
            "date": self.as_of.day.isoformat(),
            "lang": self.state.language,
        }
        return f"/{path}?{_asked(chosen)}"


def _asked(chosen: Mapping[str, str | None]) -> str:
    return urlencode({name: value for name, value in chosen.items() if value}, safe="/")


def open_context(service: Service) -> Context:
    """Read the address and everything that every screen needs."""
    asked, misread = state.read()
    settled, unknown = address.settle(asked, service)
    promises = service.promises(settled.promise)
    as_of = service.as_of(promises, settled.as_of)
    return Context(
        service=service,
        state=settled,
        hints=misread + unknown,
        promises=promises,
        as_of=as_of,
        progress=service.progress(as_of.day),
        attention=service.attention(promises, as_of.day),
        moved_by=state.take_moved_by(),
    )
