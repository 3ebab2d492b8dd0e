"""What a schedule's question, answer and kept plan show alike: its days, its numbers, its ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.pane import Feature, OnMap
from dashboard.planner import solving
from dashboard.planner.marks import around, point, way
from dashboard.planner.words import FORESEEN, duration, short
from geodata.planner.schedule.ask import WEEKDAYS, Predictability, read_first_day
from geodata.planner.schedule.keep import KeptSchedule, KeptVisit, foreseen
from geodata.planner.schedule.solve import WaysQuestion
from geodata.service.streets import streets_asked, told_source

HIDDEN: Final = ("activities", "walks", "findings", "places")
"""Layers that would lie over what is shown here."""


@dataclass(frozen=True, slots=True)
class DayLink:
    """A day to be chosen: its weekday and date, how many visits, whether it is shown."""

    day: date
    weekday: str
    number: str
    visits: int
    to: ViewState | None
    is_shown: bool
    about: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in a day's list."""

    number: int
    visit: KeptVisit
    times: str
    stay: str
    walk: str
    spot: ViewState
    more: Mapping[str, Any]


def shown_day(context: Context, schedule: KeptSchedule) -> date | None:
    """Return the day that is looked at; the first with visits unless the address names another."""
    asked = read_first_day(context.state.choices.get("day", ""))
    if asked in schedule.days:
        return asked
    today = context.service.today()
    ahead = [day for day in schedule.days if day >= today]
    return (ahead or schedule.days or (None,))[0]


def weeks_of(context: Context, schedule: KeptSchedule, shown: date | None) -> list[list[DayLink]]:
    """Return the schedule's days, week by week."""
    w = context.words
    count = (schedule.last_day - schedule.first_day).days + 1
    days = [schedule.first_day + timedelta(days=n) for n in range(count)]
    beyond = [day for day in schedule.days if day > schedule.last_day]
    links = []
    for day in [*days, *beyond]:
        visits = len(schedule.of(day=day))
        to = context.state.asking(day=day.isoformat(), tick=None) if visits else None
        about = f"{w.day(day)}: {w('plan_schedule.visits', count=visits)}"
        weekday = w(WEEKDAYS[day.weekday()])
        number = f"{day.day}/{day.month}"
        links.append(DayLink(day, weekday, number, visits, to, day == shown, about))
    return [links[at : at + 7] for at in range(0, len(links), 7)]


def rows_of(
    context: Context,
    schedule: KeptSchedule,
    day: date | None,
    more: Callable[[KeptVisit], Mapping[str, Any]] = lambda _visit: {},
) -> list[tuple[str, list[VisitRow]]]:
    """Return a day's visits, patrol by patrol."""
    if day is None:
        return []
    return [
        (patrol, [_row(context, n, visit, more(visit)) for n, visit in enumerate(visits, start=1)])
        for patrol in schedule.patrols
        if (visits := schedule.of(day=day, patrol=patrol))
    ]


def _row(context: Context, number: int, visit: KeptVisit, more: Mapping[str, Any]) -> VisitRow:
    w = context.words
    walk = visit.walk_minutes
    return VisitRow(
        number,
        visit,
        w("plan_schedule.times", start=w.clock(visit.start), end=w.clock(visit.end)),
        w("minutes.short", minutes=visit.minutes),
        "" if not walk else w("plan_schedule.walk", count=walk),
        context.state.with_hot_spot(visit.spot_id),
        more,
    )


def numbers_of(context: Context, schedule: KeptSchedule) -> dict[str, Any]:
    """Return what a schedule amounts to, for its template."""
    w = context.words
    wanted = sum(tally.wanted for tally in schedule.tallies)
    missing = sum(tally.missing for tally in schedule.tallies)
    told = foreseen(schedule.visits)
    return {
        "schedule": schedule,
        "planned": len(schedule.visits),
        "wanted": wanted,
        "missing": missing,
        "more": len(schedule.visits) - (wanted - missing),
        "most_wanted": max((max(t.wanted, t.planned) for t in schedule.tallies), default=1),
        "walking": duration(w, sum(visit.walk_minutes or 0 for visit in schedule.visits)),
        "staying": duration(w, sum(visit.minutes for visit in schedule.visits)),
        "foreseen": w(FORESEEN[told.word]),
        "foreseen_why": _why(context, told),
        "source": told_source(schedule.source, w),
    }


def _why(context: Context, told: Predictability) -> str:
    if told.share is None:
        return ""
    share = context.words.percent(told.share)
    return context.words("plan_schedule.foreseen_why", share=share, count=told.visits)


# --- the map -------------------------------------------------------------------------------------


def on_map(context: Context, schedule: KeptSchedule, day: date | None) -> OnMap:
    """Return the chosen day's patrols as ways with numbered stops."""
    if day is None:
        return OnMap(hidden=HIDDEN)
    patrols = [schedule.of(day=day, patrol=patrol) for patrol in schedule.patrols]
    patrols = [visits for visits in patrols if visits]
    legs = tuple((_at(here), _at(there)) for visits in patrols for here, there in pairwise(visits))
    lines = iter(_ways(context, legs))
    drawn: list[Feature] = []
    for number, visits in enumerate(patrols):
        for _ in visits[1:]:
            line = next(lines)
            if line[0] != line[-1] or len(line) > 2:
                drawn.append(way(line, alternative=number > 0))
    for number, visits in enumerate(patrols):
        drawn += _stops(context, visits, alternative=number > 0)
    places = [_at(visit) for visits in patrols for visit in visits]
    token = f"schedule/{schedule.id}/{day.isoformat()}/{schedule.seed}"
    return OnMap(tuple(drawn), token, around(places), hidden=HIDDEN)


def _at(visit: KeptVisit) -> tuple[float, float]:
    return visit.lon, visit.lat


def _ways(
    context: Context, legs: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
) -> Sequence[Sequence[tuple[float, float]]]:
    """Return the legs by street; straight as long as those are not found."""
    streets, digest = streets_asked()
    if not digest or not legs:
        return legs
    question = WaysQuestion(legs, streets, digest)
    found: Sequence[Sequence[tuple[float, float]]] | None
    found = solving.answer(context, question, "schedule_ways")
    return legs if found is None else found


def _stops(context: Context, visits: Sequence[KeptVisit], *, alternative: bool) -> list[Feature]:
    """Return a patrol's stops; a place that it comes back to has one mark with all its numbers."""
    w = context.words
    by_place: dict[str, list[tuple[int, KeptVisit]]] = {}
    for number, visit in enumerate(visits, start=1):
        by_place.setdefault(visit.spot_id, []).append((number, visit))
    marks: list[Feature] = []
    for own in by_place.values():
        visit = own[0][1]
        lines = [
            w(
                "plan_schedule.on_map",
                number=str(number),
                times=w("plan_schedule.times", start=w.clock(v.start), end=w.clock(v.end)),
                patrol=v.patrol,
            )
            for number, v in own
        ]
        label = "·".join(str(number) for number, _ in own)
        title = short(visit.name)
        marks.append(
            point(
                _at(visit), "stop", label=label, title=title, lines=lines, alternative=alternative
            )
        )
    return marks
