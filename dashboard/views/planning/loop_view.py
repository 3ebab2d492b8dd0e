"""What the parts of the tool `loop` share: what is asked for, and what the map draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.map.layers import Bounds
from dashboard.pane import Feature
from geodata.planner.choices import Position
from geodata.planner.loop.ask import own_stop
from geodata.planner.loop.choices import History, LoopChoices, asked_of
from geodata.planner.loop.solve import LoopStop

HIDDEN: Final = ("activities", "walks")
"""Layers that would hide what is planned."""

KINDS: Final[Mapping[str, str]] = {
    "spots": "plan_loop.kind_spots",
    "findings": "plan_loop.kind_findings",
    "places": "plan_loop.kind_places",
    "own": "plan_loop.kind_own",
}

LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class LoopView:
    """One run's view of the tool."""

    context: Context
    choices: LoopChoices
    day: date
    stops: tuple[LoopStop, ...]
    history: History

    def to(self, choices: LoopChoices) -> ViewState:
        """Return the state that asks for other choices."""
        return self.context.state.asking(**asked_of(choices))

    @property
    def by_key(self) -> dict[str, LoopStop]:
        """Every stop that is there or asked for, by its key."""
        known = {stop.key: stop for stop in self.stops}
        named = (*self.choices.named, *self.choices.dropped)
        own = (own_stop(key) for key in named if key not in known)
        return known | {stop.key: stop for stop in own if stop}


def name_of(view: LoopView, stop: LoopStop) -> str:
    """Return what a stop is called on the screen."""
    return short(stop.name) or view.context.words("plan_loop.own_stop")


def short(text: str) -> str:
    """Return a text as it has room in a list."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"


def kind_of(view_words: Context, kind: str) -> str:
    """Return what a stop is, in words."""
    return view_words.words(KINDS.get(kind, KINDS["own"]))


def at(position: Position | None) -> str:
    """Return a place as a form's field holds it."""
    return "" if position is None else f"{position[0]:.5f},{position[1]:.5f}"


def site(position: Position, label: str, title: str) -> Feature:
    """Return where a walk begins or ends, for the map."""
    return _feature(
        {"type": "Point", "coordinates": list(position)},
        {"role": "site", "label": label, "title": title},
    )


def way(line: Sequence[Position], *, alternative: bool) -> Feature:
    """Return a way, for the map."""
    points = [[round(lon, 6), round(lat, 6)] for lon, lat, *_ in line]
    return _feature(
        {"type": "LineString", "coordinates": points}, {"role": "way", "alternative": alternative}
    )


def stop_mark(
    position: Position, label: str, title: str, lines: Sequence[str], *, required: bool = False
) -> Feature:
    """Return a stop of a way, for the map."""
    return _feature(
        {"type": "Point", "coordinates": list(position)},
        {
            "role": "stop",
            "label": label,
            "title": title,
            "lines": list(lines),
            "required": required,
        },
    )


def missed_mark(position: Position, title: str, share: float) -> Feature:
    """Return a stop that is in question and not on the way, for the map."""
    return _feature(
        {"type": "Point", "coordinates": list(position)},
        {"role": "missed", "title": title, "weight": round(min(max(share, 0.0), 1.0), 3)},
    )


def bounds_of(positions: Sequence[Position]) -> Bounds:
    """Return the box round places."""
    lons, lats = zip(*((lon, lat) for lon, lat, *_ in positions), strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _feature(geometry: Mapping[str, object], properties: Mapping[str, object]) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": properties}  # type: ignore[dict-item]
