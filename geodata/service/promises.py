"""Promises made, followed and changed by a form, retired, and taken out as files.

A promise is an entry of the catalogue (`geodata.service.entries`), as which it has its history.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from geodata.catalogue.succession import free_id, successor
from geodata.catalogue.writing import promise_text, terms_text, toml_text
from geodata.errors import UnknownIdError
from geodata.intake.catalogue_forms import MEASURES as MEASURES
from geodata.intake.catalogue_forms import FilledForm, read_promise
from geodata.intake.catalogue_forms import form_values as form_values
from geodata.intake.catalogue_forms import rows as rows
from geodata.model import Promise
from geodata.service.adding import Files
from geodata.service.core import Service
from geodata.service.entries import ENTRY, entry_called, entry_of, ids_had, put_entry
from geodata.service.recording import FormValues, Outcome

Task = Literal["change", "follow", "new"]
"""What a form is for: a promise that there is, the one after it, or one from nothing."""


def stored_text(service: Service, promise_id: str) -> str:
    """Return the text that a promise is kept as, word for word; UnknownIdError if none."""
    entry = entry_called(service, entry_of("promise", promise_id))
    if entry is None:
        raise UnknownIdError("unknown.promise", id=promise_id)
    return entry.text


def terms_of(service: Service, promise_id: str) -> str:
    """Return the activity kinds that a promise names, as a vocabulary's file has them."""
    return terms_text(service.catalogue.vocabulary, promise_called(service, promise_id))


def every_promise(service: Service) -> Mapping[str, Promise]:
    """Return every promise by id, drafts and archived ones too."""
    catalogue = service.catalogue
    return {p.id: p for p in (*catalogue.promises, *catalogue.drafts)}


def promise_called(service: Service, promise_id: str) -> Promise:
    """Return a promise or a draft of one; UnknownIdError if there is none."""
    known = every_promise(service)
    if promise_id not in known:
        raise UnknownIdError("unknown.promise", id=promise_id)
    return known[promise_id]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a promise's form begins with."""

    task: Task
    # The promise that is changed, or the draft of the one that follows; None for one that begins
    # from nothing.
    base: Promise | None = None
    # The revision that saving builds on.
    number: int = 0


def filled(service: Service, task: Task, promise_id: str = "") -> Filled:
    """Return what a form begins with; UnknownIdError where there is no such promise."""
    if task == "new":
        return Filled(task)
    promise = promise_called(service, promise_id)
    if task == "change":
        return Filled(task, promise, service.newest_number(ENTRY, entry_of("promise", promise_id)))
    return Filled(task, successor(promise, ids_had(service, "promise")))


def save(service: Service, begun: Filled, values: FormValues, *, draft: bool) -> Outcome:
    """Save what a promise's form says, as a draft or as a promise that is given.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    begun : Filled
        What the form began with; `number` is the revision that the reader saw.
    values : mapping
        By field; ``by`` is who saves it.
    draft : bool
        Whether it counts nowhere yet.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once, each by its field.

    Raises
    ------
    GeodataError
        If promises or areas were changed by somebody else in this very moment.
    RegisterError
        If the register can't be written.
    """
    id_ = _id(service, begun, values)
    kinds = service.catalogue.vocabulary.activity_kinds
    used = _numbers_had(service, id_) if begun.task == "change" else {}
    form = read_promise(values, begun.base, kinds, id_, service.today(), used)
    if begun.task != "change":
        for number, point in enumerate(form.tables["commitments"], start=1):
            point["number"] = number
    form.tables |= {"draft": draft}
    entry = entry_of("promise", id_)
    files = [(entry, toml_text(form.tables).encode("utf-8")), *_terms(service, id_, form)]
    return put_entry(service, entry, files, begun.number, values, form.problem)


def _id(service: Service, begun: Filled, values: FormValues) -> str:
    if begun.base is None:
        name = f"{values.get('municipality', '')} {str(values.get('start', ''))[:4]}"
        return free_id(name, ids_had(service, "promise"))
    # What was saved and is sent once more is the same promise, and no second one.
    shown = every_promise(service).get(str(values.get("id", "")))
    again = begun.task == "follow" and shown and shown.predecessor == begun.base.predecessor
    return shown.id if shown and again else begun.base.id


def _numbers_had(service: Service, promise_id: str) -> Mapping[str, int]:
    """Return the highest number that a promise's commitments, and its goals, have or have had."""
    used = {"commitments": 0, "goals": 0}
    for revision in service.revisions(ENTRY, entry_of("promise", promise_id)):
        tables = tomllib.loads(str(revision.content["text"]))
        for key, highest in used.items():
            listed = enumerate(tables.get(key, []), start=1)
            used[key] = max([highest, *(row.get("number", place) for place, row in listed)])
    return used


def _terms(service: Service, promise_id: str, form: FilledForm) -> Files:
    """Return the file of terms that a promise's forms have brought, with those that are new."""
    if not form.terms:
        return ()
    name = f"vocabulary-{promise_id}.toml"
    entry = entry_called(service, name)
    kinds = tomllib.loads(entry.text)["activity_kinds"] if entry else {}
    kinds |= {id_: {"sv": term} for id_, term in form.terms.items()}
    return ((name, toml_text({"activity_kinds": kinds}).encode("utf-8")),)


def archive(
    service: Service, promise_id: str, values: FormValues, expected: int, *, archived: bool
) -> Outcome:
    """Archive a promise, or take it back: it is shown only where it is asked for."""
    text = promise_text(replace(promise_called(service, promise_id), archived=archived))
    entry = entry_of("promise", promise_id)
    return put_entry(service, entry, [(entry, text.encode("utf-8"))], expected, values)
