"""Löften, the promises: the form of one that is made, follows or changes, and the list of all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any, Final, get_args

import streamlit as st

from dashboard import address, chrome, state
from dashboard.chrome import PLACES_IN_A_ROW
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.draft import EntryForm
from dashboard.forms.versions import Version, entry_history
from dashboard.state import FormState, Sent, Values
from geodata.errors import CatalogueError, GeodataError, UnknownIdError
from geodata.model import Promise, name_of
from geodata.service import entries
from geodata.service.promises import (
    MEASURES,
    Task,
    archive,
    every_promise,
    filled,
    form_values,
    rows,
    save,
)
from geodata.service.recording import Conflict, Refused, day_said
from geodata.texts import alphabetical

SAVED: Final = "promises"
"""Under which name the session remembers what was saved last, for the list to say so."""


# --- the form ------------------------------------------------------------------------------------


def form_of(context: Context) -> EntryForm | None:
    """Return the form that the address asks for; None where it asks for none."""
    choices = context.state.choices
    task = next((known for known in get_args(Task) if known == choices.get("task")), None)
    try:
        begun = filled(context.service, task, choices.get("of", "")) if task else None
    except UnknownIdError:
        return None
    if begun is None:
        return None
    name, back = f"promise/{task}/{choices.get('of', '')}", replace(context.state, asked=())
    values = {**form_values(begun.base), "id": begun.base.id if begun.base else ""}
    return EntryForm(context, name, begun, values, SAVED, back, state.form(name))


def tick_area(context: Context, point: str, area_id: str) -> None:
    """Add an area that has been drawn to those of the commitment that it was drawn for."""
    if form := form_of(context):
        field = f"point{point}-areas"
        ticked = tuple(form.values[field])
        state.keep_form(form.name, form.kept.decided({field: (*ticked, area_id)}))


def page(form: EntryForm, **told: Any) -> None:
    """Show the form, and what is told above it."""
    context, base, v = form.context, form.begun.base, form.values
    chrome.frame(context)
    catalogue = context.service.catalogue
    here = [a for a in catalogue.areas if a.municipality == v["municipality"]]
    named = every_promise(context.service).get(context.state.choices.get("of", ""))
    with st.container(key="reading"):
        form.show(
            "promise_form.html",
            partial(_submitted, form),
            record=None,
            task=form.begun.task,
            about=named.title.to(context.state.language) if named and base else "",
            measures=MEASURES,
            kinds=list(catalogue.vocabulary.activity_kinds.values()),
            parties=[
                (mark, v[f"party{mark}-name"])
                for mark in rows(v, "party")
                if v[f"party{mark}-name"] and not v[f"party{mark}-dropped"]
            ],
            areas=here or list(catalogue.areas),
            counted=partial(counted, context, v),
            oddities=_stale_english(context, base, v),
            **told,
        )


def _submitted(form: EntryForm, sent: Sent) -> None:
    form.save(sent, partial(save, form.context.service, draft=sent.button == "draft"))


def counted(context: Context, v: Values, at: str) -> str:
    """Return how a commitment will be counted, in a sentence; what is missing so far, if anything.

    Parameters
    ----------
    context : Context
        Whose words are spoken.
    v : mapping
        The form's values.
    at : str
        How the names of the commitment's fields begin.
    """
    w, kind = context.words, v[f"{at}measure"]
    ticked = [name for name in v[f"{at}kinds"] if name]
    terms = context.service.catalogue.vocabulary.activity_kinds
    names = [name_of(terms, id_).to(context.state.language) for id_ in ticked]
    names += [new] if (new := str(v[f"{at}new_kind"]).strip()) else []
    due = _day(context, str(v[f"{at}deadline"] or v["end"]))
    areas = len(v[f"{at}areas"]) if v[f"{at}per"] == "area" else 0
    where = w("promises.counts.each_area", count=areas) if areas else w("promises.counts.in_all")
    if kind == "milestone":
        steps = [s for s in rows(v, f"{at}step") if not v[f"{at}step{s}-dropped"]]
        if not steps:
            return w("promises.counts.no_steps")
        return w("promises.counts.milestone", count=len(steps), where=where)
    if kind not in MEASURES or not names:
        return w("promises.counts.choose")
    said = ", ".join(names)
    if kind == "count":
        target = address.whole_number(str(v[f"{at}target"]).strip())
        if not target:
            return w("promises.counts.no_target")
        return w("promises.counts.count", count=target, kinds=said, where=where, due=due)
    return w(f"promises.counts.{kind}", kinds=said, due=due)


def _day(context: Context, text: str) -> str:
    """Return a day in words; as it was typed where that is none yet."""
    day = day_said(text, context.service.today())
    return context.words.day(day) if day else text


def _stale_english(context: Context, base: Promise | None, v: Values) -> dict[str, str]:
    """Return what is odd, by field: English that stayed as it was where the Swedish was changed."""
    before = form_values(base) if base else {}
    return {
        name: context.words("promises.stale_english")
        for name, text in before.items()
        if (english := before.get(f"{name}_en")) and text != v[name] and v[f"{name}_en"] == english
    }


# --- the list ------------------------------------------------------------------------------------

LISTED: Final = "promises/list"
"""The draft that the list's forms have in the browser."""

LISTS: Final = {"point": "promises.points", "goal": "promises.goals", "party": "promises.parties"}
"""What the fields that hold a list's rows are called."""

OTHERWISE: Final = {"name": "party", "text": "goal", "title": "point_title"}
"""Fields of a row whose label has another name than the field."""


def values(context: Context) -> dict[str, Any]:
    """Return what the list's template names."""
    gone = entries.withdrawn(context.service, "promise")
    known = {**every_promise(context.service), **gone}
    saved, told = draft.last_saved(SAVED)
    answer = state.form(SAVED).answer
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
        "saved_draft": told.get("draft", ""),
        "list_faults": _faults(context, answer),
        "left_out": [context.words.error(mistake) for mistake in context.service.left_out],
        "list_by_fault": context.words.error(answer.problems[0])
        if isinstance(answer, Refused)
        else "",
    }


def _versions(context: Context, promise_id: str) -> list[Version]:
    def stage(version: entries.Version) -> str:
        known, day = version.held, context.as_of.day
        is_told = known is not None and version.revision.action == "change"
        return context.words(f"promises.stage.{known.stage_on(day)}") if is_told and known else ""

    found = entries.versions(context.service, "promise", promise_id)
    lists = ("owners", *LISTS, "step")
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
    expected, archived = address.whole_number(values.get("expected"), -1), sent.button == "archive"

    def do() -> object:
        seen = replace(entries.begun(service, "promise", id_), number=expected)
        keep = partial(archive, service, id_, values, expected, archived=archived)
        return draft.entry_act(context, seen, sent, keep)

    state.keep_form(SAVED, FormState(answer=draft.tried(do)))
