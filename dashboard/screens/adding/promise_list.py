"""Löften, the list: every promise with its state, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any, Final

from dashboard import address, state
from dashboard.chrome import PLACES_IN_A_ROW
from dashboard.context import Context
from dashboard.forms.versions import Version, entry_history
from dashboard.screens.adding.promise_form import SAVED
from dashboard.state import FormState, Sent
from geodata.errors import CatalogueError, GeodataError
from geodata.model import Promise
from geodata.service.entries import Version as EntryVersion
from geodata.service.entries import begun, bring_back, versions, withdraw, withdrawn
from geodata.service.promises import archive, every_promise
from geodata.service.recording import Conflict, Refused, Saved
from geodata.texts import alphabetical

LISTED: Final = "promises/list"
"""The draft that the list's forms have in the browser."""

LISTS: Final = {"point": "promises.points", "goal": "promises.goals", "party": "promises.parties"}
"""What the fields that hold a list's rows are called."""

OTHERWISE: Final = {"name": "party", "text": "goal", "title": "point_title"}
"""Fields of a row whose label has another name than the field."""


def values(context: Context) -> dict[str, Any]:
    """Return what the list's template names."""
    gone = withdrawn(context.service, "promise")
    known = {**every_promise(context.service), **gone}
    kept = state.form(SAVED)
    saved = kept.answer if isinstance(kept.answer, Saved) else None
    opened = context.state.choices.get("of", "")
    with_archived = bool(context.state.choices.get("archived"))
    hidden = gone.keys() | {p.id for p in known.values() if p.archived}
    shown = [p for p in known.values() if with_archived or p.id not in hidden or p.id == opened]
    saved_id = saved.record.id.removeprefix("promises/").removesuffix(".toml") if saved else ""
    towns = by_town(shown)
    names = [town for town, _ in towns]
    if len(towns) > PLACES_IN_A_ROW:
        about = known.get(opened) or known.get(saved_id) or context.promises[0]
        asked = context.state.choices.get("town")
        chosen = about.municipality if opened or asked not in names else asked
        towns = [each for each in towns if each[0] == chosen]
    return {
        "towns": towns,
        "town_names": names if len(names) > PLACES_IN_A_ROW else [],
        "opened": opened if opened in known else "",
        "versions": _versions(context, opened) if opened in known else [],
        "hidden_count": len(hidden),
        "withdrawn": gone,
        "saved": saved if saved_id in known else None,
        "saved_promise": known.get(saved_id),
        "saved_draft": kept.values.get("draft", ""),
        "list_faults": _faults(context, kept.answer),
        "left_out": [context.words.error(mistake) for mistake in context.service.left_out],
        "list_by_fault": _by_fault(context, kept.answer),
    }


def _versions(context: Context, promise_id: str) -> list[Version]:
    def stage(version: EntryVersion) -> str:
        known, day = version.held, context.as_of.day
        is_told = known is not None and version.revision.action == "change"
        return context.words(f"promises.stage.{known.stage_on(day)}") if is_told and known else ""

    found, lists = versions(context.service, "promise", promise_id), ("owners", *LISTS, "step")
    return entry_history(found, partial(_label, context), stage, lists)


def _label(context: Context, name: str) -> str:
    w, (*above, last) = context.words, name.split("-")
    if not above and last in LISTS:
        return w(LISTS[last])
    field = last.removesuffix("_en")
    if above:
        field = "step" if len(above) > 1 and field == "title" else OTHERWISE.get(field, field)
    label = w(f"promises.field.{field}")
    if last.endswith("_en"):
        label = w("promises.in_english", field=label)
    number = above[0].removeprefix("point") if above else ""
    return w("promises.in_point", number=number, field=label) if number.isdigit() else label


def by_town(promises: list[Promise]) -> list[tuple[str, list[Promise]]]:
    """Return promises by municipality, each town's newest first."""

    def town(promise: Promise) -> str:
        return alphabetical(promise.municipality)

    newest = sorted(promises, key=lambda p: p.period.start, reverse=True)
    groups = (list(group) for _, group in groupby(sorted(newest, key=town), key=town))
    return [(group[0].municipality, group) for group in groups]


def _by_fault(context: Context, answer: object) -> str:
    return context.words.error(answer.problems[0]) if isinstance(answer, Refused) else ""


def _faults(context: Context, answer: object) -> list[str]:
    w = context.words
    if isinstance(answer, CatalogueError):
        return [w.error(mistake) for mistake in answer.mistakes]
    if isinstance(answer, GeodataError):
        return [w.error(answer)]
    if isinstance(answer, Conflict):
        theirs = answer.theirs
        return [w("card.conflict", by=theirs.by, when=w.when(theirs.at, "minute"))]  # type: ignore[arg-type]
    return []


def submitted(context: Context, sent: Sent) -> None:
    """Do what a promise's button says: archive, take back, withdraw, bring an earlier text back."""
    service, values, id_ = context.service, sent.values, str(sent.values.get("about", ""))
    expected = address.whole_number(values.get("expected"), -1)
    pressed, _, number = sent.button.partition(":")
    answer: object
    try:
        seen = replace(begun(service, "promise", id_), number=expected)
        if pressed == "bring_back":
            answer = bring_back(service, seen, values, address.whole_number(number))
        elif pressed == "withdraw":
            answer = withdraw(service, seen, values)
        else:
            answer = archive(service, id_, values, expected, archived=pressed == "archive")
    except GeodataError as error:
        answer = error
    state.keep_form(SAVED, FormState(answer=answer))
