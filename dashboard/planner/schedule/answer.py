"""What a schedule's question, answer and kept plan show alike: its days, its numbers, its ways."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final

from dashboard import progress, state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.pane import Feature, OnMap
from dashboard.planner.tools import around, point, short, way
from dashboard.state import FormState, Sent
from geodata.planner.schedule import ask
from geodata.planner.schedule.keep import SCHEDULES, KeptSchedule, KeptVisit, foreseen
from geodata.planner.schedule.solve import WaysQuestion
from geodata.service.recording import holds_identity_number
from geodata.service.streets import streets_asked, told_source
from geodata.texts import Words

HIDDEN: Final = ("activities", "walks", "findings", "places")
"""Layers that would lie over what is shown here."""


def shown_day(context: Context, schedule: KeptSchedule) -> date | None:
    """Return the day that is looked at; the first with visits unless the address names another."""
    asked = ask.read_first_day(context.state.choices.get("day", ""))
    if asked in schedule.days:
        return asked
    today = context.service.today()
    ahead = [day for day in schedule.days if day >= today]
    return (ahead or schedule.days or (None,))[0]


def values_of(context: Context, schedule: KeptSchedule) -> dict[str, Any]:
    """Return what a schedule amounts to and the day that is looked at, for its template."""
    w, day = context.words, shown_day(context, schedule)
    wanted = sum(tally.wanted for tally in schedule.tallies)
    missing = sum(tally.missing for tally in schedule.tallies)
    predicted = foreseen(schedule.visits)
    return {
        "schedule": schedule,
        "weeks": _weeks(schedule),
        "shown": day,
        "patrols": [p for p in schedule.patrols if day and schedule.of(day=day, patrol=p)],
        "planned": len(schedule.visits),
        "wanted": wanted,
        "missing": missing,
        "more": len(schedule.visits) - (wanted - missing),
        "most_wanted": max((max(t.wanted, t.planned) for t in schedule.tallies), default=1),
        "walking": w.duration(sum(visit.walk_minutes or 0 for visit in schedule.visits)),
        "staying": w.duration(sum(visit.minutes for visit in schedule.visits)),
        "foreseen": w(f"plan_dose.foreseen_{predicted.word}"),
        "foreseen_why": _why(context, predicted),
        "source": told_source(schedule.source, w),
    }


def _weeks(schedule: KeptSchedule) -> list[list[date]]:
    """Return the schedule's days week by week, and those that a shift goes on into."""
    count = (schedule.last_day - schedule.first_day).days + 1
    days = [schedule.first_day + timedelta(days=n) for n in range(count)]
    days += [day for day in schedule.days if day > schedule.last_day]
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def _why(context: Context, told: ask.Predictability) -> str:
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
    found = progress.answer(context, question, "schedule_ways")
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


ASKED: Final = "schedule/ask"
KEPT: Final = "schedule/keep"

Values = Mapping[str, str | tuple[str, ...]]


def written_rows(choices: ask.ScheduleChoices, w: Words) -> list[dict[str, Any]]:
    """Return the rows of shifts as the form shows them; a suggestion where there are none."""
    suggested = [replace(row, patrol=f"{w('plan_schedule.patrol')} 1") for row in ask.SUGGESTED]
    return [
        {
            "patrol": row.patrol,
            "days": tuple(str(day + 1) for day in row.weekdays),
            "from": f"{row.start:%H:%M}",
            "to": f"{row.end:%H:%M}",
        }
        for row in choices.rows or suggested
    ]


def typed_rows(values: Values) -> list[dict[str, Any]]:
    """Return the rows of shifts as they were typed."""
    found = []
    for n in range(ask.ROWS_MOST):
        if f"patrol_{n}" in values:
            days = values.get(f"days_{n}", ())
            found.append(
                {
                    "patrol": str(values[f"patrol_{n}"]),
                    "days": days if isinstance(days, tuple) else (days,) if days else (),
                    "from": str(values.get(f"from_{n}", "")),
                    "to": str(values.get(f"to_{n}", "")),
                }
            )
    return found


def submitted(
    context: Context, choices: ask.ScheduleChoices, made: KeptSchedule | None, sent: Sent
) -> None:
    """Do what a button says."""
    pressed, _, number = sent.button.partition(":")
    if pressed == "keep" and made is not None:
        _keep(context, choices, made, sent)
    elif pressed in ("add", "remove"):
        _change_rows(sent.values, pressed, number)
    elif pressed == "make":
        _ask(context, sent.values)
    elif pressed in ("void", "restore"):
        versions.submitted(context, sent)


def _change_rows(values: Values, pressed: str, number: str) -> None:
    rows = typed_rows(values)
    if pressed == "remove" and whole_number(number, len(rows)) < len(rows) > 1:
        rows.pop(whole_number(number))
    elif pressed == "add" and len(rows) < ask.ROWS_MOST:
        before = rows[-1] if rows else {"days": (), "from": "", "to": ""}
        rows.append({**before, "patrol": ""})
    state.keep_form(ASKED, FormState(values={**_others(values), "rows": ""}, answer=rows))


def _others(values: Values) -> dict[str, str | tuple[str, ...]]:
    rows = ("patrol_", "days_", "from_", "to_")
    return {name: told for name, told in values.items() if not name.startswith(rows)}


def _ask(context: Context, values: Values) -> None:
    chosen, faults = read_form(context, values)
    if faults or chosen is None:
        state.keep_form(
            ASKED, FormState(values=_others(values), answer=typed_rows(values), refused=faults)
        )
        return
    state.drop_form(ASKED)
    state.write(context.state.asking(**ask.asked_of(chosen), day=None))


def read_form(
    context: Context, values: Values
) -> tuple[ask.ScheduleChoices | None, dict[str, str]]:
    """Return what the form asks for, and what has to be put right in it."""
    w, faults = context.words, dict[str, str]()
    first = ask.read_first_day(str(values.get("first", "")))
    if first is None:
        faults["first"] = w("plan_schedule.fault_day")
    visits = ask.read_visits(str(values.get("visits", "")))
    if visits is None:
        faults["visits"] = w("plan_schedule.fault_visits")
    rows = [_sent_row(context, n, told, faults) for n, told in enumerate(typed_rows(values))]
    seed = str(values.get("seed", "")).strip()
    if seed and not (seed.isascii() and seed.isdecimal() and len(seed) <= 9):
        faults["seed"] = w("plan_schedule.fault_seed")
    if faults or first is None or visits is None:
        return None, faults
    spots = values.get("spots", ())
    offered = str(values.get("offered", "")).split(",")
    chosen = tuple(one for one in offered if one in spots)
    read = ask.read_choices({"weeks": str(values.get("weeks", ""))}, first)
    return (
        replace(
            read,
            first_day=first,
            rows=tuple(row for row in rows if row is not None),
            spots=None if len(chosen) == len(offered) else chosen,
            seed=int(seed) if seed else secrets.randbelow(ask.SEED_BELOW),
            beyond="1" in values.get("beyond", ()),
            unplanned=visits,
        ),
        faults,
    )


def _sent_row(
    context: Context, n: int, told: Mapping[str, Any], faults: dict[str, str]
) -> ask.ShiftRow | None:
    w = context.words
    name = ask.patrol_name(told["patrol"])
    start, end = ask.read_time(told["from"]), ask.read_time(told["to"])
    days = tuple(day for day in range(7) if str(day + 1) in told["days"])
    if not name:
        faults[f"patrol_{n}"] = w("plan_schedule.fault_name")
    elif holds_identity_number(name):
        faults[f"patrol_{n}"] = w("plan_schedule.fault_person")
    if not days:
        faults[f"days_{n}"] = w("plan_schedule.fault_weekdays")
    for which, found in (("from", start), ("to", end)):
        if found is None:
            faults[f"{which}_{n}"] = w("plan_schedule.fault_time")
    if not name or not days or not isinstance(start, time) or not isinstance(end, time):
        return None
    return ask.ShiftRow(name, days, start, end)


def _keep(context: Context, choices: ask.ScheduleChoices, made: KeptSchedule, sent: Sent) -> None:
    days = made.first_day, made.last_day
    keep = partial(SCHEDULES.keep, context.service, made, days, ask.asked_of(choices))
    saved = draft.save(KEPT, sent, keep)
    if saved is not None:
        versions.keep_saved(saved, KEPT)
        state.write(replace(context.state, plan=saved.record.id, asked=()))
