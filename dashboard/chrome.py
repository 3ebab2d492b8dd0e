"""What stands on every page: name, navigation, language, example banner, and the context row."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import panel
from dashboard.address import PageName, ViewState, choose_promise, href
from dashboard.context import Context
from dashboard.look import theme_sheet
from geodata.model import name_of

PANELS: Final = ("top_panel", "context_panel")
"""Panels whose links leave the keyboard's focus where it is."""

PAGES: Final[tuple[PageName, ...]] = (
    *("map", "followup", "meeting"),
    *("record", "planning", "importing", "adding"),
)
"""In the navigation's order."""

PLAYED_PAGES: Final[tuple[PageName, ...]] = ("map", "followup")
"""Those that can be played month by month; on the others nothing would be seen to change."""

PageFunction = Callable[[Context], None]

ICON: Final = str(Path(__file__).parent / "static" / "icon.svg")


@cache
def _style() -> str:
    # The colours first, then the common sheets: what belongs to one page builds on them.
    folder = Path(__file__).parent
    common = [folder / "static" / "style.css", folder / "host" / "frame.css"]
    others = set(folder.rglob("*.css")) - {*common, *folder.glob("map/**/*.css")}
    sheets = [*common, *sorted(sheet for sheet in others if sheet.name != "theme.css")]
    return "\n".join([theme_sheet(), *(sheet.read_text(encoding="utf-8") for sheet in sheets)])


def style() -> None:
    """Bring the page's style, where `frame` doesn't."""
    st.html(f"<style>{_style()}</style>")


def apology(sentence: str) -> None:
    """Show that the page could not be made, and why, in the project's own look."""
    style()
    with st.container(key="apology"):
        st.error(sentence)


def frame(context: Context, page: PageName) -> None:
    """Show the top of a page: style, navigation, banner, context row and hints."""
    style()
    example = context.service.has_examples()
    base = context.base(page)
    w = context.words
    with st.container(key="top_bar"):
        panel.show(
            PANELS[0],
            "top_bar.html",
            **base | {"href": _between_pages(page)},
            example=example,
            pages=[(name, w(f"page.{name}")) for name in PAGES],
            languages=(("sv", "Svenska"), ("en", "English")),
            replace=replace,
            page_title=f"{w(f'page.{page}')} – Löfteskartan",
        )
    with st.container(key="context_row"):
        panel.show(
            PANELS[1],
            "context_row.html",
            **base,
            choices=_promise_choices(context),
            trail=trail(context),
            month_before=_dated(context.state, _step_month(context.as_of.day, -1)),
            month_after=_dated(context.state, _step_month(context.as_of.day, 1)),
            undated=replace(context.state, as_of=None),
            hints=context.hints,
            played=_played_days(context) if page in PLAYED_PAGES else (),
            played_share=_played_share(context),
            dated=_dated(context.state, date(1, 1, 1)),
        )


def _between_pages(page: PageName) -> Callable[..., str]:
    """Return what makes links to pages: an open list belongs to the page that it is on."""

    def address(to: ViewState, on: PageName = page) -> str:
        return href(to if on == page else replace(to, list_page=0, listed=None), on)

    return address


def _promise_choices(context: Context) -> list[tuple[str, ViewState, bool]]:
    service, chosen = context.service, context.state.promise
    choices = [
        (context.words("promise.all"), choose_promise(context.state, None, service), chosen is None)
    ]
    choices += [
        (
            p.short.to(context.state.language),
            choose_promise(context.state, p.id, service),
            chosen == p.id,
        )
        for p in service.catalogue.promises
    ]
    return choices


def _dated(state: ViewState, day: date) -> ViewState:
    return replace(state, as_of=day)


def _step_month(day: date, months: int) -> date:
    """Return the last day of the month before, or of this month or the next."""
    first = day.replace(day=1)
    if months < 0:
        return first - timedelta(days=1) if first > date.min else day
    end = _month_end(day)
    return end if end > day or end == date.max else _month_end(end + timedelta(days=1))


def _played_days(context: Context) -> list[str]:
    """Return the days that are played: the end of each month of the chosen promises' periods."""
    first = min(promise.period.start for promise in context.promises)
    last = max(promise.period.end for promise in context.promises)
    days = [min(_month_end(first), last)]
    while days[-1] < last:
        days.append(min(_step_month(days[-1], 1), last))
    return [day.isoformat() for day in days]


def _played_share(context: Context) -> float:
    """Return how much of those periods has gone on the day told about, 0 to 1."""
    first = min(promise.period.start for promise in context.promises)
    last = max(promise.period.end for promise in context.promises)
    gone = (context.as_of.day - first).days + 1
    return min(max(gone / ((last - first).days + 1), 0), 1)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def trail(context: Context) -> list[tuple[str, ViewState]]:
    """Return the selection as steps from the widest to the narrowest, each with its link."""
    state, catalogue = context.state, context.service.catalogue
    steps: list[tuple[str, ViewState]] = []
    if state.area:
        steps.append((catalogue.area_by_id[state.area].name, state.with_area(state.area)))
    if state.commitment:
        commitment = catalogue.commitment_by_id[state.commitment]
        promise = catalogue.promise_by_id[commitment.promise_id]
        steps.append(
            (
                context.words(
                    "commitment.crumb",
                    promise=promise.short.to(state.language),
                    number=str(commitment.number),
                ),
                state.with_commitment(state.commitment, state.area),
            )
        )
    if state.activity:
        kind = context.service.activity(state.activity).kind
        name = name_of(catalogue.vocabulary.activity_kinds, kind)
        steps.append((name.to(state.language), state))
    if state.walk:
        steps.append((context.words("walk.one"), state))
    if state.finding:
        steps.append((context.words("finding.one"), state))
    return steps
