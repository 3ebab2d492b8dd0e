"""A form in this session: what it shows of what was typed, how it is saved, what came of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from dashboard import panel, state
from dashboard.address import ViewState, whole_number
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.state import FormState, Sent, Values
from geodata.errors import GeodataError
from geodata.model import Entity
from geodata.service import entries, recording
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


def tried(do: Callable[[], object]) -> object:
    """Return what came of something, or the error that it ended in."""
    try:
        return do()
    except GeodataError as error:
        return error


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


def outcome(
    context: Context, entity: Entity | None, kept: FormState, values: Values
) -> dict[str, Any]:
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
    differ = conflict.differences if conflict and entity else ()
    return {
        "kept": kept,
        "faults": faults(context.words, kept, values),
        "oddities": {},
        "failure": failure(context.words, answer),
        "saved": answer if isinstance(answer, Saved) else None,
        "conflict": conflict,
        "theirs": conflict.theirs if conflict else None,
        "versions": versions.rows(context, entity, differ) if entity else [],
    }


def typed(
    context: Context, entity: Entity, name: str, suggested: Values, **fixed: str
) -> dict[str, Any]:
    """Return what a form's template names that shows all that was sent last, but what is fixed."""
    kept = state.form(name)
    values = {**suggested, **kept.values, **fixed}
    return {"draft": name, "v": values, **outcome(context, entity, kept, values)}


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
    answer = tried(partial(do, sent.values))
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


# --- what stands in the catalogue ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryForm:
    """The form of something in the catalogue: a promise, an area, a layer, an indicator."""

    context: Context
    # The draft's, in this browser and in this session.
    name: str
    # Its `base`, None of what is new, and the `number` that saving builds on.
    begun: Any
    # What its fields begin with.
    suggested: Values
    # Under which name the next page finds what was saved last.
    saved: str
    # Where it leads, saved or left.
    back: ViewState
    kept: FormState

    @property
    def values(self) -> Values:
        """What every field shows."""
        own = {"expected": str(self.begun.number), "by": ""}
        return defaultdict(str, shown(self.kept, {**self.suggested, **own}))

    def told(self) -> dict[str, Any]:
        """Return what its template names, whatever it is of."""
        v = self.values
        return {
            "draft": self.name,
            "record": self.begun.base,
            "base": self.begun.base,
            "v": v,
            "rows": partial(rows, v),
            "back": self.back,
            **outcome(self.context, None, self.kept, v),
        }

    def show(
        self,
        template: str,
        on_submit: panel.OnSent,
        on_ask: panel.OnSent | None = None,
        key: str = "entry_panel",
        **values: Any,
    ) -> None:
        """Show the form, with what it names beside what all do."""
        panel.show(
            self.context,
            key,
            template,
            view=self.name,
            focus=self.context.is_led,
            on_ask=on_ask or partial(asked, self.name),
            on_submit=on_submit,
            **{"attempt": attempt(self.kept), **self.told(), **values},
        )

    def save(self, sent: Sent, do: Callable[[Any, Values], object], **named: str) -> Saved | None:
        """Do what a button says; where that is done, lead back, where what is `named` is told.

        `do` saves what was sent, given also what the form begins with, as its sender saw it.
        """

        def act(given: Values) -> object:
            seen = replace(
                self.begun, number=whole_number(given.get("expected"), self.begun.number)
            )
            return entry_act(self.context, seen, sent, partial(do, seen, given))

        saved = save(self.name, sent, act)
        if saved is not None:
            values = {"draft": self.name, **named}
            state.keep_form(self.saved, FormState(answer=saved, values=values))
            state.go_to(self.back, self.context.page)
        return saved


def entry_act(context: Context, seen: Any, sent: Sent, do: Callable[[], object]) -> object:
    """Withdraw an entry or bring an earlier text of it back, where a button says so; else `do`."""
    pressed, _, number = sent.button.partition(":")
    if pressed == "withdraw":
        return entries.withdraw(context.service, seen, sent.values)
    if pressed == "bring_back":
        return entries.bring_back(context.service, seen, sent.values, whole_number(number))
    return do()


def last_saved(name: str) -> tuple[Saved | None, Values]:
    """Return what an entry's form saved last, and what is told of it."""
    kept = state.form(name)
    return (kept.answer if isinstance(kept.answer, Saved) else None), kept.values
