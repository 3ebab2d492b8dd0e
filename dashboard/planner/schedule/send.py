"""What the schedule tool's form sends: a question anew, a row more or less, a plan to be kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from functools import partial
from typing import Any, Final

from dashboard import state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.state import FormState, Sent
from geodata.planner.schedule.ask import (
    ROWS_MOST,
    SEED_BELOW,
    SUGGESTED,
    ScheduleChoices,
    ShiftRow,
    asked_of,
    patrol_name,
    read_choices,
    read_first_day,
    read_time,
    read_visits,
)
from geodata.planner.schedule.keep import KeptSchedule, keep_schedule
from geodata.service.recording import holds_identity_number
from geodata.texts import Words

ASKED: Final = "schedule/ask"
KEPT: Final = "schedule/keep"

Values = Mapping[str, str | tuple[str, ...]]


def written_rows(choices: ScheduleChoices, w: Words) -> list[dict[str, Any]]:
    """Return the rows of shifts as the form shows them; a suggestion where there are none."""
    suggested = [replace(row, patrol=f"{w('plan_schedule.patrol')} 1") for row in SUGGESTED]
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
    for n in range(ROWS_MOST):
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
    context: Context, choices: ScheduleChoices, made: KeptSchedule | None, sent: Sent
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
    elif pressed == "add" and len(rows) < ROWS_MOST:
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
    state.write(context.state.asking(**asked_of(chosen), day=None))


def read_form(context: Context, values: Values) -> tuple[ScheduleChoices | None, dict[str, str]]:
    """Return what the form asks for, and what has to be put right in it."""
    w, faults = context.words, dict[str, str]()
    first = read_first_day(str(values.get("first", "")))
    if first is None:
        faults["first"] = w("plan_schedule.fault_day")
    visits = read_visits(str(values.get("visits", "")))
    if visits is None:
        faults["visits"] = w("plan_schedule.fault_visits")
    rows = [_row(context, n, told, faults) for n, told in enumerate(typed_rows(values))]
    seed = str(values.get("seed", "")).strip()
    if seed and not (seed.isascii() and seed.isdecimal() and len(seed) <= 9):
        faults["seed"] = w("plan_schedule.fault_seed")
    if faults or first is None or visits is None:
        return None, faults
    spots = values.get("spots", ())
    offered = str(values.get("offered", "")).split(",")
    chosen = tuple(one for one in offered if one in spots)
    read = read_choices({"weeks": str(values.get("weeks", ""))}, first)
    return (
        replace(
            read,
            first_day=first,
            rows=tuple(row for row in rows if row is not None),
            spots=None if len(chosen) == len(offered) else chosen,
            seed=int(seed) if seed else secrets.randbelow(SEED_BELOW),
            beyond="1" in values.get("beyond", ()),
            unplanned=visits,
        ),
        faults,
    )


def _row(
    context: Context, n: int, told: Mapping[str, Any], faults: dict[str, str]
) -> ShiftRow | None:
    w = context.words
    name = patrol_name(told["patrol"])
    start, end = read_time(told["from"]), read_time(told["to"])
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
    return ShiftRow(name, days, start, end)


def _keep(context: Context, choices: ScheduleChoices, made: KeptSchedule, sent: Sent) -> None:
    saved = draft.save(KEPT, sent, partial(keep_schedule, context.service, choices, made))
    if saved is not None:
        versions.keep_saved(saved, KEPT)
        state.write(replace(context.state, plan=saved.record.id, asked=()))
