"""The time line: its months, and that each figure is as many records as it says."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import event

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.screens import map as page
from geodata.model import ActivityFilter, Precision, WalkStatus
from geodata.service import Service


def context_of(service: Service, state: ViewState) -> Context:
    scope = service.scope(state.promise, state.as_of)
    day = scope.as_of.day
    progress, ranked = service.progress(day), service.attention(scope.promises, day)
    return Context(service, state, (), scope.promises, scope.as_of, progress, ranked, None, "map")


def test_the_periods_months_stand_to_its_last_day(service: Service) -> None:
    shown = page.months_of(context_of(service, ViewState(promise="boras-2018")))
    days = [month.day for month in shown["months"]]
    assert days[0] == date(2018, 2, 28)
    assert days[-1] == date(2019, 1, 31)
    assert len(days) == 12
    both = [m.day for m in page.months_of(context_of(service, ViewState()))["months"]]
    assert (both[0], both[-1], len(both)) == (date(2018, 1, 31), date(2019, 1, 31), 13)
    assert both == sorted(set(both))


@pytest.mark.parametrize(
    ("day", "at", "later"),
    [
        # February to January: in April's 30 days the 15th is half way through the third of 12.
        (date(2018, 4, 15), 2.5 / 12, 9),
        (date(2019, 1, 31), 1.0, 0),
        (date(2018, 1, 5), None, 12),
        (date(2019, 2, 1), None, 0),
    ],
)
def test_the_day_told_about_is_marked(
    service: Service, day: date, at: float | None, later: int
) -> None:
    shown = page.months_of(context_of(service, ViewState(promise="boras-2018", as_of=day)))
    assert shown["at"] == (None if at is None else pytest.approx(at))
    assert sum(month.later for month in shown["months"]) == later
    assert (shown["shown"] is None) == (at is None)


@pytest.mark.parametrize(
    "state",
    [
        ViewState(),
        ViewState(promise="boras-2018"),
        ViewState(promise="mark-2018", area="hedbo"),
        ViewState(promise="boras-2018", commitment="boras-2018/1"),
        ViewState(promise="boras-2018", commitment="boras-2018/5", area="norrby"),
    ],
    ids=str,
)
def test_each_month_holds_the_records_that_it_says(service: Service, state: ViewState) -> None:
    context = context_of(service, state)
    named = {area.id for area in service.areas(context.promises)}
    areas = {state.area} if state.area else named if state.promise else None
    wanted = ActivityFilter(
        area_ids=tuple(sorted(areas)) if areas is not None else None,
        commitment_id=state.commitment,
    )
    months = {(m.day.year, m.day.month): m for m in page.months_of(context)["months"]}
    exact = [a for a in service.activities(wanted) if a.precision is not Precision.SEASON]
    activities = Counter((a.day.year, a.day.month) for a in exact)
    held = {w.id for w in service.walks() if w.status is WalkStatus.HELD}
    walks = Counter((a.day.year, a.day.month) for a in exact if a.walk_id in held)
    on = {w.id for w in service.walks() if state.commitment in w.commitments}
    findings = Counter(
        (f.day.year, f.day.month)
        for f in service.findings()
        if (areas is None or f.area_id in areas) and (not state.commitment or f.walk_id in on)
    )
    for month, shown in months.items():
        happened = shown.happened
        told = (happened.activities, happened.walks, happened.findings)
        assert told == (activities[month], walks[month], findings[month]), month
    fullest = max(activities[m] + findings[m] for m in months)
    assert max(shown.share for shown in months.values()) == (1.0 if fullest else 0.0)


def test_another_area_asks_the_register_for_no_records(service: Service) -> None:
    page.months_of(context_of(service, ViewState(promise="boras-2018")))
    others = [
        context_of(service, ViewState(promise="boras-2018", area=a)) for a in ("hulta", "norrby")
    ]
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    engine = service.register._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for context in others:
            page.months_of(context)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked  # it looks whether anything is new
    assert not [one for one in asked if " activity" in one or " finding" in one or " walk" in one]
