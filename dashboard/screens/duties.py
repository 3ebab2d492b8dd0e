"""Att göra: what each party is to do, by day, and done in one click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import chrome, panel, state
from dashboard.access import Right
from dashboard.address import ViewState, href
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.listing import part_of
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Entity
from geodata.palette import FINDING_COLOURS
from geodata.service.duties import Duty, concerning, duties
from geodata.service.recording import Conflict, Refused, Saved

PANEL: Final = "duties_panel"
ALL: Final = "all"
NOBODY: Final = "nobody"
"""What stands for a party in the address: any, and none."""

PAGE: Final = 50
"""Rows on a page of the list."""

RIGHTS: Final[Mapping[Entity, Right]] = {"finding": "record", "decision": "meet", "walk": "record"}
"""What it takes to say of each that it is done."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A party to choose: its name, how much it has to do, its link, whether it is chosen."""

    id: str
    name: str
    count: int
    link: ViewState
    chosen: bool


def page(context: Context) -> None:
    """Show the page."""
    chrome.frame(context)
    with st.container(key="reading"):
        panel.show(
            context,
            PANEL,
            "duties.html",
            view=f"duties/{chosen(context)}",
            focus=context.moved_by == PANEL,
            on_submit=partial(_submitted, context),
            **told(context),
        )


def chosen(context: Context) -> str:
    """Return the party that the address names, or else the one whose records somebody writes."""
    own = context.account.parties
    return context.state.choices.get("party") or (own[0] if len(own) == 1 else ALL)


def of_promises(context: Context) -> tuple[Duty, ...]:
    """Return what is to be done, for the chosen promise where there is one."""
    found = duties(context.service, context.as_of.day)
    return tuple(concerning(found, context.promises)) if context.state.promise else found


def told(context: Context) -> dict[str, Any]:
    """Return what the page's template names."""
    found, party = of_promises(context), chosen(context)
    mine = [d for d in found if party == ALL or party in (d.parties or (NOBODY,))]
    listing = part_of(context, len(mine), PAGE, PAGE)
    shown = mine[listing.first - 1 : listing.last]
    return {
        "choices": _choices(context, found, party),
        "chosen": party,
        "total": len(mine),
        "late": sum(duty.late for duty in mine),
        "groups": _groups(shown),
        "listing": listing,
        "here": lambda to, _on: href(to, "duties"),
        "list_page": lambda number: replace(context.state, list_page=number),
        "numbers": {d.record.id: _number(context, d) for d in shown},
        "settle_day": min(context.as_of.day, context.service.today()),
        "rights": RIGHTS,
        "finding_colours": FINDING_COLOURS,
        "name_of_party": partial(_party, context),
        **_last(context),
    }


def _choices(context: Context, found: Sequence[Duty], party: str) -> list[Choice]:
    counts = Counter(id_ for duty in found for id_ in (duty.parties or (NOBODY,)))
    known = [one.id for one in context.service.catalogue.party_by_id.values()]
    ids = [ALL, *(id_ for id_ in known if counts[id_] or id_ == party)]
    ids += [id_ for id_ in dict.fromkeys((*counts, party)) if id_ not in (*known, ALL, NOBODY)]
    ids += [NOBODY] * bool(counts[NOBODY] or party == NOBODY)
    base = replace(context.state, list_page=0)
    return [
        Choice(
            id_,
            _party(context, id_),
            len(found) if id_ == ALL else counts[id_],
            base.asking(party=id_),
            id_ == party,
        )
        for id_ in ids
    ]


def _party(context: Context, id_: str) -> str:
    if id_ in (ALL, NOBODY):
        return context.words(f"duties.{id_}")
    party = context.service.catalogue.party_by_id.get(id_)
    return party.name.to(context.state.language) if party else id_


def _groups(shown: Sequence[Duty]) -> list[tuple[str, list[Duty]]]:
    """Return what is late, what is to come, and what has no day."""
    piles: dict[str, list[Duty]] = {"late": [], "coming": [], "undated": []}
    for duty in shown:
        piles["late" if duty.late else "coming" if duty.day else "undated"].append(duty)
    return [(name, pile) for name, pile in piles.items() if pile]


def _number(context: Context, duty: Duty) -> int:
    return context.service.newest_number(duty.entity, duty.record.id)


# --- done, and undone -----------------------------------------------------------------------------


def _submitted(context: Context, sent: Sent) -> None:
    answer = versions.submitted(context, sent)
    if answer is not None:
        kept = FormState(answer=answer, values={**sent.values, "button": sent.button})
        state.keep_form(PANEL, kept)


def _last(context: Context) -> dict[str, Any]:
    """Return what came of the last click, while nobody has changed the record since."""
    kept = state.form(PANEL)
    answer, values = kept.answer, kept.values
    saved = answer if isinstance(answer, Saved) else None
    if saved is not None:
        newest = context.service.newest_number(saved.entity, saved.record.id)
        saved = saved if newest == saved.number else None
    problem = answer.problems[0] if isinstance(answer, Refused) else None
    failed = answer if isinstance(answer, GeodataError) else problem
    return {
        "saved": saved,
        "undone": values.get("button") != "settle",
        "by_fault": context.words.error(problem) if problem and problem.field == "by" else "",
        "failure": context.words.error(failed) if failed else "",
        "conflict": answer if isinstance(answer, Conflict) else None,
        "sent": values,
    }
