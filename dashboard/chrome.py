"""What stands on every page: name, navigation, language, example banner, and the context row."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st

from dashboard import cached, panel, state
from dashboard.access import PAGES as RIGHTS_OF
from dashboard.address import CHANGED, DONE, STANDING, PageName, ViewState, choose_promise, href
from dashboard.context import Context
from dashboard.signin import log
from geodata.errors import GeodataError
from geodata.model import Promise, State, name_of
from geodata.service import told_on
from geodata.texts import alphabetical

PANELS: Final = ("top_panel", "context_panel")
"""Panels whose links leave the keyboard's focus where it is."""

PAGES: Final[tuple[PageName, ...]] = (
    *("map", "followup", "meeting"),
    *("record", "planning", "importing", "adding"),
)
"""In the navigation's order."""

PLACES_IN_A_ROW: Final = 12
"""More municipalities than these open below the row, or are listed one at a time."""

AGAIN_S: Final = 2.0

PageFunction = Callable[[Context], None]

ICON: Final = str(Path(__file__).parent / "static" / "icon.svg")


def apology(sentence: str) -> None:
    """Show that the page could not be made, and why, in the project's own look."""
    with st.container(key="apology"):
        st.error(sentence)


@st.fragment(run_every=AGAIN_S)
def try_again(tries: Iterator[int]) -> None:
    """Show the page as soon as the register answers again: nobody need load it anew."""
    # The first time is part of the run that has just failed.
    if next(tries) > 0:
        with suppress(GeodataError):
            cached.service().version()
            st.rerun()


def note_opening(context: Context, *, may_see: bool) -> None:
    """Write down which page or record somebody has opened, or was refused."""
    where = href(context.state, context.page).removeprefix(".")
    if state.is_new_place(where):
        what: log.What = "opened" if may_see else "refused"
        log.note(context.service.settings.signin, what, context.account, f"/{where}")


def refusal(context: Context) -> None:
    """Show that a page is not for this account, under the bar that leads to those that are."""
    with st.container(key="top"):
        _bar(context)
    with st.container(key="refusal"):
        panel.show(context, "refusal_panel", "refusal.html", view="refusal", focus=True)


def frame(context: Context) -> None:
    """Show the top of a page: navigation, banner, context row and hints."""
    page = context.page
    _bar(context)
    with st.container(key="context_row"):
        panel.show(
            context,
            PANELS[1],
            "context_row.html",
            places=_places(context),
            places_in_a_row=PLACES_IN_A_ROW,
            years=_years(context),
            trail=trail(context),
            month_before=_step_month(context.as_of.day, -1),
            month_after=_step_month(context.as_of.day, 1),
            hints=context.hints,
            summary=_summary(context) if page == "map" else None,
        )


def _bar(context: Context) -> None:
    w, page, account = context.words, context.page, context.account
    leaving = {"bevis": account.proof, "lang": context.state.language}
    with st.container(key="top_bar"):
        panel.show(
            context,
            PANELS[0],
            "top_bar.html",
            href=_between_pages(page),
            example=context.service.has_examples(),
            pages=[(name, w(f"page.{name}")) for name in PAGES if account.may(RIGHTS_OF[name])],
            languages=(("sv", "Svenska"), ("en", "English")),
            page_title=f"{w(f'page.{page}')} – Löfteskartan",
            search_state=href(context.state.cleared()).partition("?")[2],
            sign_out=f"/utloggning?{urlencode(leaving)}" if account.session else "",
        )


def _summary(context: Context) -> dict[str, Any]:
    """Return how the commitments told about stand, in one line; every figure opens its list."""
    standings = context.standings
    counts = Counter(standing.now.state for standing in standings)
    cleared = context.state.cleared()
    return {
        "total": len(standings),
        "states": [
            (s, counts[s], replace(cleared, listed=STANDING + s)) for s in State if s in counts
        ],
        "since": context.since,
        "changed": sum(standing.now.state != standing.then.state for standing in standings),
        "changed_list": replace(cleared, listed=STANDING + CHANGED),
    }


def _places(context: Context) -> list[tuple[str, ViewState, bool]]:
    """Return the choice of a place: its name, its link, whether it is chosen; first all of them.

    A place's link leads to what is told about there on the day, or to its latest promise.
    """
    service, state = context.service, context.state
    promises = [p for p in service.catalogue.promises if not p.archived]
    own = {p.municipality: p.id for p in (*promises, *told_on(promises, context.as_of.day))}
    chosen = service.catalogue.promise_by_id[state.promise].municipality if state.promise else None
    found = [(context.words("promise.all"), choose_promise(state, None, service), chosen is None)]
    # Where they are many, one looks for a name.
    many = len(own) >= PLACES_IN_A_ROW
    return found + [
        (place, choose_promise(state, own[place], service), place == chosen)
        for place in (sorted(own, key=alphabetical) if many else own)
    ]


def _years(context: Context) -> list[tuple[Promise, str, ViewState]]:
    """Return the chosen place's promises, the earliest first, each by its years and its link."""
    service, state = context.service, context.state
    chosen = service.catalogue.promise_by_id.get(state.promise or "")
    own = [
        p
        for p in service.catalogue.promises
        if chosen and p.municipality == chosen.municipality and (p is chosen or not p.archived)
    ]
    times = Counter(p.period.years for p in own)
    return [
        (
            promise,
            promise.period.years
            if times[promise.period.years] == 1
            else service.catalogue.label_by_id[promise.id].to(state.language),
            choose_promise(state, promise.id, service),
        )
        for promise in sorted(own, key=lambda p: p.period.start)
    ]


def _between_pages(page: PageName) -> Callable[..., str]:
    """Return what makes links to pages: an open list belongs to the page that it is on."""

    def address(to: ViewState, on: PageName = page) -> str:
        if on == page:
            return href(to, on)
        asked = () if to.listed == DONE else to.asked
        return href(replace(to, list_page=0, listed=None, asked=asked), on)

    return address


def _step_month(day: date, months: int) -> date:
    """Return the last day of the month before, or of this month or the next."""
    first = day.replace(day=1)
    if months < 0:
        return first - timedelta(days=1) if first > date.min else day
    end = _month_end(day)
    return end if end > day or end == date.max else _month_end(end + timedelta(days=1))


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
                    promise=catalogue.label_by_id[promise.id].to(state.language),
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
