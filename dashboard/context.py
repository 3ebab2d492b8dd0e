"""What every screen is told: the state, the day, the promises and the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from dashboard import address, state
from dashboard.access import OWN, Account
from dashboard.address import Hint, PageName, ViewState
from geodata.model import APPOINTED, Commitment, CommitmentProgress, Promise, name_of
from geodata.service import AreaAttention, AsOf, Service
from geodata.service.addresses import addresses
from geodata.service.meetings import Standing, held_before, standings_since
from geodata.texts import Words, prose, words

AT_M: Final = 15.0
"""Nearer than this to a known place is at it, in metres."""

KILOMETRE_M: Final = 1_000.0

WITH_MAPS: Final = ("dokument/karta", "dokument/rapport", "slingblad", "vandringsblad")
"""How the addresses of documents with maps begin."""


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
    page: PageName = "map"
    account: Account = OWN

    @property
    def is_led(self) -> bool:
        """Whether a link or a form beside the map led here: what it led to takes the focus."""
        return self.moved_by not in (None, "map")

    @property
    def words(self) -> Words:
        """The reader's words."""
        return words(self.state.language)

    def base(self) -> dict[str, Any]:
        """Return what every template may name."""
        language = self.state.language
        return {
            "w": self.words,
            "catalogue": self.service.catalogue,
            "publisher": self.service.settings.publisher,
            "state": self.state,
            "as_of": self.as_of,
            "promises": self.promises,
            "progress": self.progress,
            "page": self.page,
            "account": self.account,
            "may": self.account.may,
            "replace": replace,
            "href": lambda to, on=self.page: address.href(to, on),
            "taken_out": self._taken_out,
            "document": self._document,
            "whereabouts": self.whereabouts,
            "local": lambda text: text.to(language),
            "prose": partial(prose, language=language),
            "named": lambda terms, term_id: name_of(terms, term_id).to(language),
        }

    @property
    def since(self) -> date:
        """The day of the meeting before, or four weeks before the day told about."""
        return held_before(self.service, self.as_of.day, self.state.promise)

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How the commitments told about stand, and how they stood at the meeting before."""
        return standings_since(self.service, self.promises, self.as_of.day, self.since)

    def step_titles(self, commitment: Commitment) -> dict[str, str]:
        """Return the titles of what a commitment may reach step by step, by step id."""
        named = {step.id: step.title for step in commitment.measure.named_steps}
        appointed = {APPOINTED: self.words("step.appointed")}
        return appointed | {id_: title.to(self.state.language) for id_, title in named.items()}

    def whereabouts(self, lat: float, lon: float) -> str:
        """Return where a place is, in words: by the nearest known place or address and area."""
        w, found = self.words, self.service.locate(lon, lat)
        parts = []
        known = addresses()
        beside = known.nearest(lon, lat) if known else None
        near = [one for one in (self.service.nearest_place(lon, lat), beside) if one is not None]
        if near:
            place, away_m = min(near, key=lambda one: one[1])
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
        chosen = {"area": self.state.area, "commitment": self.state.commitment}
        return self._file(f"export/{name}", **chosen, as_of=self.as_of.day.isoformat())

    def _document(self, path: str) -> str:
        """Return the address of a report, a map or the public page, on what is chosen."""
        layers = self.layers_on() if path.startswith(WITH_MAPS) else ""
        return self._file(path, date=self.as_of.day.isoformat(), layers=layers)

    def layers_on(self) -> str:
        """Return the reference layers that are switched on and still there, for an address."""
        known = (layer.id for layer in self.service.catalogue.layers)
        return ".".join(id_ for id_ in known if id_ in self.state.layers)

    def _file(self, path: str, **chosen: str | None) -> str:
        asked = {"promise": self.state.promise, **chosen, "lang": self.state.language}
        query = urlencode({name: value for name, value in asked.items() if value}, safe="/")
        return f"/{path}?{query}"


def open_context(service: Service, page: PageName, account: Account = OWN) -> Context:
    """Read the address and everything that every screen needs."""
    asked, misread = state.read()
    settled, unknown = address.settle(asked, service)
    scope = service.scope(settled.promise, settled.as_of)
    return Context(
        service=service,
        state=settled,
        hints=misread + unknown,
        promises=scope.promises,
        as_of=scope.as_of,
        progress=service.progress(scope.as_of.day),
        attention=service.attention(scope.promises, scope.as_of.day),
        moved_by=state.take_moved_by(),
        page=page,
        account=account,
    )
