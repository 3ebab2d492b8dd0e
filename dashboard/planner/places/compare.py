"""Kept choices of places: the list of them, two or three side by side, and on the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.pane import Feature, OnMap
from dashboard.planner.marks import around, point
from dashboard.planner.places.parts import HIDDEN, at, name_shown
from geodata.planner.places.ask import asked_of
from geodata.planner.places.keep import Alternative, alternative, alternatives
from geodata.planner.places.solve import Spot
from geodata.service.streets import told_source

LETTERS: Final = ("A", "B", "C")
"""What compared alternatives are called in the table and on the map; no more are compared."""

NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A kept alternative in the list."""

    kept: Alternative
    number: int
    opens: ViewState
    compares: ViewState
    letter: str
    is_full: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One of the compared, with its places' names and the sentence of its distances."""

    letter: str
    kept: Alternative
    places: tuple[tuple[str, float], ...]
    source: str
    opens: ViewState


def compared(context: Context) -> tuple[Alternative, ...]:
    """Return the alternatives that the address compares, those that can be read."""
    wanted = dict.fromkeys(context.state.choices.get("compare", "").split(","))
    found = (alternative(context.service, id_) for id_ in wanted if id_)
    return tuple(one for one in found if one is not None and not one.void)[: len(LETTERS)]


def rows(context: Context, shown: Sequence[Alternative]) -> list[KeptRow]:
    """Return every kept alternative, the newest first."""
    ids = [one.id for one in shown]
    found = []
    for kept in alternatives(context.service):
        is_shown = kept.id in ids
        wanted = [id_ for id_ in ids if id_ != kept.id] if is_shown else [*ids, kept.id]
        found.append(
            KeptRow(
                kept,
                context.service.newest_number("plan", kept.id),
                _opens(context, kept),
                context.state.asking(compare=",".join(wanted)),
                LETTERS[ids.index(kept.id)] if is_shown else "",
                not is_shown and len(ids) >= len(LETTERS),
            )
        )
    return found


def columns(context: Context, shown: Sequence[Alternative]) -> list[Column]:
    """Return the compared alternatives as the table's columns."""
    return [
        Column(
            letter,
            kept,
            tuple((name_shown(context, place.site), place.added) for place in kept.places),
            told_source(kept.source, context.words),
            _opens(context, kept),
        )
        for letter, kept in zip(LETTERS, shown, strict=False)
    ]


def count_alike(shown: Sequence[Alternative]) -> bool:
    """Tell whether alternatives count the same: else their shares can't be put side by side."""
    asked = {
        (
            one.choices.demand,
            one.choices.weights,
            one.choices.points,
            one.choices.period,
            one.about_day,
            one.within,
            one.total,
        )
        for one in shown
    }
    return len(asked) <= 1


def on_map(context: Context, shown: Sequence[Alternative]) -> OnMap:
    """Return the compared places, each alternative with a look and a letter of its own."""
    standing: dict[tuple[float, float], list[tuple[int, int, Spot]]] = {}
    for order, kept in enumerate(shown[: len(LETTERS)]):
        for number, place in enumerate(kept.places, start=1):
            standing.setdefault(at(place.site), []).append((order, number, place.site))
    drawn = tuple(_drawn(context, shown, there) for there in standing.values())
    places = [place.site for kept in shown for place in kept.places]
    return OnMap(
        features=drawn,
        token="places/" + "/".join(kept.id for kept in shown),
        bounds=around(at(spot) for spot in places),
        hidden=HIDDEN,
    )


def _drawn(
    context: Context, shown: Sequence[Alternative], there: Sequence[tuple[int, int, Spot]]
) -> Feature:
    """Return a place with the letters of every alternative that has it."""
    orders = {order for order, _, _ in there}
    labels = [f"{LETTERS[order]}{number}" for order, number, _ in there]
    return point(
        at(there[0][2]),
        # Each alternative by itself has a look of its own; what several share has the first's.
        "stop" if orders == {1} else "site",
        title=name_shown(context, there[0][2]),
        lines=[
            f"{label}: {shown[order].name}"
            for label, (order, _, _) in zip(labels, there, strict=True)
        ],
        # On one line: the mark is as wide as it needs to be.
        label=NO_BREAK.join(labels),
        alternative=orders == {2},
    )


def _opens(context: Context, kept: Alternative) -> ViewState:
    return context.state.asking(**asked_of(kept.choices), compare=None)
