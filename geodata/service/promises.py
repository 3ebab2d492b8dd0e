"""Promises made, followed, changed and retired: by a form, and taken out as files.

A promise is an entry of the register. What a form says becomes the text that a file would hold,
and goes in as a file does: proposed, checked, and taken in whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Generic, Literal, TypeVar

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import file_called
from geodata.catalogue.loading import assembled, read_entries
from geodata.catalogue.succession import free_id, successor
from geodata.catalogue.writing import promise_text, terms_text, toml_text
from geodata.errors import CatalogueError, Mistake, RegisterError, UnknownIdError
from geodata.intake.filled_form import FilledForm
from geodata.intake.filled_form import kept_rows as kept_rows
from geodata.intake.filled_form import rows as rows
from geodata.intake.forms import author
from geodata.intake.promise_form import MEASURES as MEASURES
from geodata.intake.promise_form import form_values as form_values
from geodata.intake.promise_form import read_promise
from geodata.intake.report import RowProblem
from geodata.model import CatalogueEntry, Entity, Promise, Revision
from geodata.service.adding import Files, content_in, propose, take_in
from geodata.service.core import Service
from geodata.service.recording import Conflict, FormValues, Outcome, Refused, Saved

Task = Literal["change", "follow", "new"]
"""What a form is for: a promise that there is, the one after it, or one from nothing."""

ENTRY: Final[Entity] = "catalogue_entry"


def entry_id(promise_id: str) -> str:
    """Return the id of a promise's entry, which is its path in a catalogue folder."""
    return f"promises/{promise_id}.toml"


def entry_called(service: Service, id_: str) -> CatalogueEntry | None:
    """Return an entry of the catalogue; None if there is none, or it is withdrawn."""
    return next((e for e in service.register.catalogue_entries() if e.id == id_), None)


def stored_text(service: Service, promise_id: str) -> str:
    """Return the text that a promise is kept as, word for word; UnknownIdError if none."""
    entry = entry_called(service, entry_id(promise_id))
    if entry is None:
        raise UnknownIdError("unknown.promise", id=promise_id)
    return entry.text


def terms_of(service: Service, promise_id: str) -> str:
    """Return the activity kinds that a promise names, as a vocabulary's file has them."""
    return terms_text(service.catalogue.vocabulary, promise_called(service, promise_id))


# --- what there is -------------------------------------------------------------------------------


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


def newest_number(service: Service, promise_id: str) -> int:
    """Return the revision that a change of a promise builds on, 0 where there is none yet."""
    return service.newest_number(ENTRY, entry_id(promise_id))


def history(service: Service, promise_id: str) -> list[Revision]:
    """Return a promise's revisions, the newest first."""
    return service.revisions(ENTRY, entry_id(promise_id))[::-1]


Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Version(Generic[Held]):
    """A revision of an entry: what it held, and the form's fields it changed, before and after."""

    revision: Revision
    held: Held | None
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def entry_versions(
    service: Service,
    id_: str,
    held: Callable[[Content], Held | None],
    shown: Callable[[Held | None], FormValues],
) -> list[Version[Held]]:
    """Return an entry's revisions with what each changed, the newest first.

    Parameters
    ----------
    service : Service
        Only read.
    id_ : str
        The entry's.
    held : callable
        Returns what it held, of its content.
    shown : callable
        Returns what the form's fields show of that.
    """
    found: list[Version[Held]] = []
    fields: FormValues = {}
    for revision in service.revisions(ENTRY, id_):
        here = held(content_in(revision))
        now = {**shown(here)}
        changes = {
            name: (_shown(fields.get(name, "")), _shown(now.get(name, "")))
            for name in dict.fromkeys([*fields, *now])
            if found and fields.get(name, "") != now.get(name, "")
        }
        found.append(Version(revision, here, changes))
        fields = now
    return found[::-1]


def versions(service: Service, promise_id: str) -> list[Version[Promise]]:
    """Return a promise's revisions with what each changed, the newest first."""
    return entry_versions(service, entry_id(promise_id), lambda c: c.promise, form_values)


def _shown(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


# --- the form ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filled:
    """What a promise's form begins with.

    Parameters
    ----------
    task : {"change", "follow", "new"}
        What it is for.
    base : Promise or None
        The promise that is changed, or the draft of the one that follows; None for one that
        begins from nothing.
    number : int
        The revision that saving builds on.
    """

    task: Task
    base: Promise | None = None
    number: int = 0


def filled(service: Service, task: Task, promise_id: str = "") -> Filled:
    """Return what a form begins with; UnknownIdError where there is no such promise."""
    if task == "new":
        return Filled(task)
    promise = promise_called(service, promise_id)
    if task == "change":
        return Filled(task, promise, newest_number(service, promise_id))
    return Filled(task, successor(promise, _taken(service)))


def _taken(service: Service) -> set[str]:
    """Return the ids that promises have or have had."""
    entries = service.register.catalogue_entries(withdrawn=True)
    return {e.id.removeprefix("promises/").removesuffix(".toml") for e in entries}


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
    by, problems = author(values)
    id_ = _id(service, begun, values)
    kinds = service.catalogue.vocabulary.activity_kinds
    used = _numbers_had(service, id_) if begun.task == "change" else {}
    form = read_promise(values, begun.base, kinds, id_, service.today(), used)
    if begun.task != "change":
        for number, point in enumerate(form.tables["commitments"], start=1):
            point["number"] = number
    form.tables |= {"draft": draft}
    files = [(entry_id(id_), toml_text(form.tables).encode("utf-8")), *_terms(service, id_, form)]
    return put_entry(service, entry_id(id_), files, begun.number, by, problems, form.problem)


def _id(service: Service, begun: Filled, values: FormValues) -> str:
    if begun.base is None:
        year = str(values.get("start", ""))[:4]
        return free_id(f"{values.get('municipality', '')} {year}", _taken(service))
    # What was saved and is sent once more is the same promise, and no second one.
    shown = every_promise(service).get(str(values.get("id", "")))
    again = begun.task == "follow" and shown and shown.predecessor == begun.base.predecessor
    return shown.id if shown and again else begun.base.id


def _numbers_had(service: Service, promise_id: str) -> Mapping[str, int]:
    """Return the highest number that a promise's commitments, and its goals, have or have had."""
    used = {"commitments": 0, "goals": 0}
    for revision in history(service, promise_id):
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


def put_entry(
    service: Service,
    id_: str,
    files: Files,
    expected: int,
    by: str,
    problems: tuple[RowProblem, ...],
    problem: Callable[[Mistake], RowProblem] | None = None,
) -> Outcome:
    """Take in an entry as it is to be, unless somebody else has changed it meanwhile.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    id_ : str
        The entry's, which is its path in a catalogue folder.
    files : sequence of (str, bytes)
        The entry, and what else is new with it.
    expected : int
        The revision that the reader saw; 0 where there was none.
    by : str
        Who does it.
    problems : tuple of RowProblem
        What is wrong already.
    problem : callable, optional
        Returns a mistake in the files as one in a form's field.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once.
    """
    try:
        proposal = propose(service, files)
    except CatalogueError as error:
        if problem is None:
            raise
        problems = (*map(problem, error.mistakes), *problems)
    if problems:
        return Refused(problems)
    if service.newest_number(ENTRY, id_) != expected:
        return Conflict(service.revisions(ENTRY, id_)[-1], None, ())
    take_in(service, proposal, by=by)
    if (entry := entry_called(service, id_)) is None:
        raise RegisterError("register.conflict", id=id_)
    number, moved = service.newest_number(ENTRY, id_), proposal.counts.changed
    return Saved(ENTRY, entry, number, moved=moved)


# --- what is done with one -----------------------------------------------------------------------


def archive(
    service: Service, promise_id: str, values: FormValues, expected: int, *, archived: bool
) -> Outcome:
    """Archive a promise, or take it back: it is shown only where it is asked for."""
    by, problems = author(values)
    text = promise_text(replace(promise_called(service, promise_id), archived=archived))
    files = [(entry_id(promise_id), text.encode("utf-8"))]
    return put_entry(service, entry_id(promise_id), files, expected, by, problems)


def withdraw(service: Service, promise_id: str, values: FormValues, expected: int) -> Outcome:
    """Take a promise back as one that should not have been made; its versions stay.

    Refused where something refers to it, such as a record that counts for it: such a promise is
    archived. `bring_back` makes any of its versions the present one again.

    Raises
    ------
    CatalogueError
        If the others would no longer fit, with all that is wrong.
    """
    by, problems = author(values)
    if not problems and _is_used(service, promise_called(service, promise_id)):
        problems = (RowProblem("", None, "by", "", "promises.used", {}),)
    if problems:
        return Refused(problems)
    id_ = entry_id(promise_id)
    entries = service.register.catalogue_entries()
    assembled(read_entries({e.id: e.text for e in entries if e.id != id_}))
    return withdraw_entry(service, id_, expected, by)


def withdraw_entry(service: Service, id_: str, expected: int, by: str) -> Outcome:
    """Take an entry of the catalogue back, unless somebody else has changed it meanwhile.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    id_ : str
        The entry's; it stands, and the rest fits without it.
    expected : int
        The revision that the reader saw.
    by : str
        Who does it.

    Returns
    -------
    Saved or Conflict
        What was done.
    """
    entry = entry_called(service, id_)
    if entry is None or service.newest_number(ENTRY, id_) != expected:
        return Conflict(service.revisions(ENTRY, id_)[-1], None, ())
    service.register.put([(replace(entry, void=True), expected)], by=by)
    service.refresh()
    return Saved(ENTRY, replace(entry, void=True), expected + 1)


def _is_used(service: Service, promise: Promise) -> bool:
    """Tell whether a record counts for a promise, or a decision or a meeting is about it."""
    ids = {commitment.id for commitment in promise.commitments}
    progress = service.progress(promise.period.end)
    return (
        any(progress[id_].overall.counted for id_ in ids & progress.keys())
        or any(decision.commitment_id in ids for decision in service.decisions())
        or any(meeting.promise_id == promise.id for meeting in service.register.meetings())
    )


def withdrawn(service: Service) -> Mapping[str, Promise]:
    """Return the promises that were withdrawn, as they were, by id."""
    entries = service.register.catalogue_entries(withdrawn=True)
    contents = (
        read_content(file_called(Path(entry.id)), entry.text.encode("utf-8"))
        for entry in entries
        if entry.void and entry.id.startswith("promises/")
    )
    return {each.promise.id: each.promise for each in contents if each.promise is not None}


def bring_back(
    service: Service, promise_id: str, values: FormValues, expected: int, number: int
) -> Outcome:
    """Make an earlier text of a promise the present one, where it still fits the others.

    Raises
    ------
    CatalogueError
        If it doesn't, with all that is wrong.
    UnknownIdError
        If there is no such revision.
    """
    return bring_back_entry(service, entry_id(promise_id), values, expected, number)


def bring_back_entry(
    service: Service, id_: str, values: FormValues, expected: int, number: int
) -> Outcome:
    """Make an earlier text of an entry the present one, as `bring_back` does with a promise's."""
    by, problems = author(values)
    found = [r for r in service.revisions(ENTRY, id_) if r.number == number]
    if not found:
        raise UnknownIdError("unknown.revision", id=id_, number=number)
    text = str(found[0].content["text"])
    return put_entry(service, id_, [(id_, text.encode("utf-8"))], expected, by, problems)
