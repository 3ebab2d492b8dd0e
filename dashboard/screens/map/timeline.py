"""The time line below the map: how much happened each month of the promises told about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboard import panel
from dashboard.context import Context
from geodata.service.following import Happened, happened, months

PANEL: Final = "timeline_panel"


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the promises' time.

    Parameters
    ----------
    day : datetime.date
        Its last day within that time, which it leads to.
    happened : Happened
        What is recorded in all of it.
    share : float
        That as a part of the fullest month's, 0 to 1.
    later : bool
        Whether it begins after the day told about.
    """

    day: date
    happened: Happened
    share: float
    later: bool


def values(context: Context) -> dict[str, Any]:
    """Return the months, the one told about, and how much can't be put into any."""
    periods = [promise.period for promise in context.promises]
    last = max(period.end for period in periods)
    spans = months(min(period.start for period in periods), last)
    state, day = context.state, context.as_of.day
    # As on the map: without a chosen promise what is outside every area is there as well.
    named = tuple(area.id for area in context.service.areas(context.promises))
    areas = (state.area,) if state.area else named if state.promise else None
    counts = happened(context.service, areas, state.commitment)
    most = max((counts[span.first].total for span in spans if span.first in counts), default=0)
    shown = [
        Month(
            min(span.last, last),
            (here := counts.get(span.first, Happened())),
            here.total / most if most else 0.0,
            span.first > day,
        )
        for span in spans
    ]
    at = next((i for i, span in enumerate(spans) if span.first <= day <= span.last), None)
    stop = at if at is not None else (len(shown) - 1 if day > last else 0)
    gone = day.day / spans[stop].last.day
    return {
        "months": shown,
        "shown": shown[at] if at is not None else None,
        "stop": stop,
        "at": None if at is None else (at + gone) / len(shown),
        "undated": counts.get(None, Happened()).total,
    }


def show(context: Context) -> None:
    """Show the time line, where any promise is told about."""
    if context.promises:
        with st.container(key="timeline"):
            panel.show(context, PANEL, "timeline.html", **values(context))
