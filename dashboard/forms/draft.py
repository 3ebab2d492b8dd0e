"""A form in this session: what it shows of what was typed, how it is saved, what came of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from dashboard import state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.state import FormState, Sent, Values
from geodata.errors import GeodataError
from geodata.model import Entity
from geodata.service import recording
from geodata.service.promises import rows
from geodata.service.recording import Conflict, Refused, Saved
from geodata.texts import Words


def shown(kept: FormState, suggested: Values) -> Values:
    """Return what every field shows.

    Parameters
    ----------
    kept : FormState
        What is known of the form.
    suggested : mapping of str to str or tuple of str
        What the server suggests for every field.

    Returns
    -------
    mapping of str to str or tuple of str
        What was typed, or decided for the reader; else what is suggested.
    """
    theirs = {name for name in kept.values if name in kept.touched or name in kept.patch}
    return {**suggested, **{name: kept.values[name] for name in theirs}}


def attempt(kept: FormState) -> str:
    """Return the mark of the last save that did not go well, empty where none was."""
    failed = isinstance(kept.answer, Refused | Conflict | GeodataError)
    return f"{kept.patch_number}/{kept.answers}" if failed else ""


def faults(words: Words, kept: FormState, values: Values) -> dict[str, str]:
    """Return what has to be put right, by field, where a field still says what was refused."""
    if not isinstance(kept.answer, Refused):
        return {}
    sentences: dict[str, str] = {}
    for problem in kept.answer.problems:
        if values.get(problem.field, "") == kept.refused.get(problem.field, ""):
            sentences.setdefault(problem.field, words.error(problem))
    return sentences


def failure(words: Words, answer: object) -> str:
    """Return why nothing could be done, empty where nothing went wrong."""
    return words.error(answer) if isinstance(answer, GeodataError) else ""


def outcome(context: Context, entity: Entity, kept: FormState, values: Values) -> dict[str, Any]:
    """Return what every form's template names of its last save.

    Parameters
    ----------
    context : Context
        Whose words are spoken.
    entity : str
        What the form is of.
    kept : FormState
        What is known of the form.
    values : mapping of str to str or tuple of str
        What its fields show now.

    Returns
    -------
    dict of str to object
        By the template's names.
    """
    answer = kept.answer
    conflict = answer if isinstance(answer, Conflict) else None
    return {
        "kept": kept,
        "faults": faults(context.words, kept, values),
        "oddities": {},
        "failure": failure(context.words, answer),
        "saved": answer if isinstance(answer, Saved) else None,
        "conflict": conflict,
        "versions": versions.rows(context, entity, conflict.differences) if conflict else [],
    }


def new_id(name: str) -> str:
    """Return an id for what a form makes: the same until it is used, so it is not shown anew."""
    return str(uuid5(NAMESPACE_OID, f"{state.session_mark()}/{name}/{state.form(name).fresh}"))


def day_of(context: Context, values: Values) -> date | None:
    """Return the day that a form's date says, None where it says none."""
    return recording.day_said(str(values.get("date") or ""), context.service.today())


def suggestions(
    context: Context, kind: str, values: Values, day: date | None
) -> tuple[recording.Suggestion, ...]:
    """Return every commitment with whether a record of a kind would count for it, those first.

    An archived promise's is there only where it is already ticked.
    """
    if not kind or day is None:
        return ()
    area = str(values.get("area") or "")
    known = area if area in context.service.catalogue.area_by_id else None
    shown = {c.id for promise in context.service.promises() for c in promise.commitments}
    shown.update(values.get("commitments") or ())
    found = recording.suggestions(context.service, kind, known, day)
    return tuple(one for one in found if one.commitment.id in shown)


def asked(name: str, sent: Sent) -> None:
    """Do what a form with lists asks for: begin anew, have a row more, or keep what is typed."""
    if sent.button == "clear":
        state.drop_form(name)
        return
    kept = replace(state.form(name), values=sent.values, touched=sent.touched)
    pressed, _, listed = sent.button.partition(":")
    if pressed == "add":
        marks = rows(sent.values, listed)
        new = max((whole_number(mark) for mark in marks), default=0) + 1
        kept = kept.decided({listed: " ".join([*marks, str(new)])})
    state.keep_form(name, kept)


def save(draft: str, sent: Sent, do: Callable[[Values], object]) -> Saved | None:
    """Save what a form sent; where that can't be, keep why beside what was typed.

    Parameters
    ----------
    draft : str
        The form's name in this session.
    sent : Sent
        What it sent.
    do : callable
        Given its values, saves them and returns what came of it: Saved, Refused or Conflict.

    Returns
    -------
    Saved or None
        What was saved; the form then begins anew.
    """
    try:
        answer = do(sent.values)
    except GeodataError as error:
        answer = error
    if isinstance(answer, Saved):
        state.drop_form(draft)
        return answer
    kept = replace(
        state.form(draft),
        values=sent.values,
        touched=sent.touched,
        answer=answer,
        refused=sent.values,
    )
    if isinstance(answer, Conflict):
        # Saving again, having seen both, builds on theirs.
        kept = kept.decided({"expected": str(answer.theirs.number)})
    state.keep_form(draft, kept)
    return None


def save_record(
    context: Context,
    entity: Entity,
    draft: str,
    sent: Sent,
    *,
    record_id: str | None = None,
    walk_id: str | None = None,
) -> Saved | None:
    """Save what a record's form sent, as `save` does: a new record, or a change of one."""
    return save(
        draft,
        sent,
        partial(
            recording.save,
            context.service,
            entity,
            record_id=record_id,
            expected_number=whole_number(sent.values.get("expected")),
            walk_id=walk_id,
        ),
    )
