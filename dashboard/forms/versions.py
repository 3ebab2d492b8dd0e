"""A record's versions: who changed what from what to what, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, get_args

from dashboard import state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.state import Sent
from geodata.errors import GeodataError
from geodata.model import Entity, Precision, Revision
from geodata.service import recording
from geodata.service.entries import Version as EntryVersion
from geodata.service.exporting import Namer
from geodata.service.recording import Difference, Saved

SHOWN_CHARACTERS: Final = 160

Worded = Callable[[Context, Entity, object], str]

ENTITIES: Final[tuple[Entity, ...]] = get_args(Entity)
ACTIONS: Final[tuple[recording.Action, ...]] = get_args(recording.Action)


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change in words: its name, what it was, what it became."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """A revision with what it changed, and whether it can be brought back."""

    revision: Revision
    changes: tuple[Change, ...]
    is_newest: bool
    note: str = ""


def draft_of(entity: Entity, record_id: str) -> str:
    """Return the name of the form that a record's card holds."""
    return f"card/{entity}/{record_id}"


def history(context: Context, entity: Entity, record_id: str) -> list[Version]:
    """Return a record's versions, the newest first."""
    revisions = context.service.revisions(entity, record_id)
    found = []
    before: Mapping[str, object] | None = None
    for revision in revisions:
        changed = recording.differences(before, revision.content) if before is not None else ()
        changes = tuple(rows(context, entity, changed))
        found.append(Version(revision, changes, revision is revisions[-1]))
        before = revision.content
    return found[::-1]


SHORT: Final = 60
"""Characters of a value that is shown before and after; of a longer one it is told that it is
another."""


def entry_history(
    found: Sequence[EntryVersion],
    label: Callable[[str], str],
    note: Callable[[EntryVersion], str] = lambda _: "",
    lists: Collection[str] = (),
) -> list[Version]:
    """Return the versions of an entry of the catalogue, the newest first, as they are told.

    Parameters
    ----------
    found : sequence of geodata.service.promises.Version
        The newest first.
    label : callable
        Returns what a field of its form is called.
    note : callable, optional
        Returns what is told where nothing was changed.
    lists : collection of str, optional
        Fields that hold a list's rows: that there are others is told, and not their marks.
    """

    def change(name: str, before: str, after: str) -> Change:
        is_short = "\n" not in before + after and max(len(before), len(after)) <= SHORT
        is_told = is_short and name.rpartition("-")[2] not in lists
        return Change(label(name), *((before, after) if is_told else ("", "")))

    return [
        Version(
            each.revision,
            tuple(change(name, *both) for name, both in each.changes.items()),
            each is found[0],
            note(each),
        )
        for each in found
    ]


def rows(context: Context, entity: Entity, differences: Iterable[Difference]) -> list[Change]:
    """Return differences in the reader's words."""
    w = context.words
    return [
        Change(
            w(f"field.{d.field}"),
            _worded(context, entity, d.field, d.before),
            _worded(context, entity, d.field, d.after),
        )
        for d in differences
    ]


def _worded(context: Context, entity: Entity, field: str, value: object) -> str:
    if field == "void":
        return context.words("version.void" if value else "version.valid")
    if value is None or value in ("", [], ()):
        return context.words("version.nothing")
    word = _WORDED.get(field)
    text = word(context, entity, value) if word else _listed(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _listed(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def _named(name: Callable[[Namer, str], str | None]) -> Worded:
    """Return what words ids by their names; an id that nothing has any more stays as it is."""

    def word(context: Context, _entity: Entity, value: object) -> str:
        namer = Namer(context.service.catalogue, context.words)
        ids = value if isinstance(value, list | tuple) else [value]
        return ", ".join(name(namer, str(one)) or str(one) for one in ids)

    return word


def _geometry(context: Context, _entity: Entity, value: object) -> str:
    """Return a place's coordinates, or that there is a way."""
    if isinstance(value, Mapping) and value.get("type") == "Point":
        lon, lat = value["coordinates"][:2]
        w = context.words
        where = context.whereabouts(lat, lon)
        return w("form.at", where=where, lat=w.number(lat, 5), lon=w.number(lon, 5))
    return context.words("version.geometry")


_WORDED: Final[Mapping[str, Worded]] = {
    "start": lambda context, _, value: context.words.when(
        datetime.fromisoformat(str(value)), Precision.MINUTE
    ),
    "precision": lambda context, _, value: context.words(f"precision.{value}"),
    "kind": _named(Namer.kind),
    "category": _named(Namer.category),
    "status": lambda context, entity, value: context.words(f"{entity}.{value}"),
    "area_id": _named(Namer.area),
    "commitment_id": _named(lambda namer, id_: namer.commitments((id_,))),
    "internal": lambda context, _, value: context.words("version.yes" if value else "version.no"),
    "place": _geometry,
    "route": _geometry,
    "owner": _named(Namer.party),
    "parties": _named(Namer.party),
    "verified_by": _named(Namer.party),
}
"""How a field's value is told; the others' values are told as they are."""


# --- what a card's form sends --------------------------------------------------------------------


def values(context: Context, entity: Entity, record_id: str) -> dict[str, Any]:
    """Return what a card needs for its history and its form."""
    kept = state.form(draft_of(entity, record_id))
    answer = kept.answer
    versions = history(context, entity, record_id)
    fault = answer.problems[0] if isinstance(answer, recording.Refused) else None
    redacting = fault is not None and fault.field == "reason"
    told = context.words.error(fault) if fault else ""
    return {
        "versions": versions,
        "number": versions[0].revision.number,
        "card_draft": draft_of(entity, record_id),
        "card_kept": kept,
        "by_fault": "" if redacting else told,
        "reason_fault": told if redacting else "",
        "frozen_since": _frozen_since(context, versions[0].revision),
        "card_failure": context.words.error(answer) if isinstance(answer, GeodataError) else "",
        "just_saved": answer if isinstance(answer, Saved) else None,
        "card_conflict": answer if isinstance(answer, recording.Conflict) else None,
    }


def _frozen_since(context: Context, newest: Revision) -> list[str]:
    """Return the days of meetings whose frozen minutes may hold what was just redacted."""
    day = newest.content.get("day")
    if newest.action != "redact" or newest.entity == "meeting" or not isinstance(day, str):
        return []
    meetings = context.service.register.minutes_since(date.fromisoformat(day))
    return [context.words.day(meeting.day) for meeting in meetings]


def keep_saved(saved: Saved, form_draft: str) -> None:
    """Remember what was just saved, for the record's card to say so and offer to undo it."""
    draft = draft_of(saved.entity, saved.record.id)
    kept = replace(state.form(draft), answer=saved, values={"draft": form_draft})
    state.keep_form(draft, kept)


def submitted(context: Context, sent: Sent) -> object:
    """Do what a card's button says: withdraw, take back, bring back a version, undo."""
    about, _, record_id = str(sent.values.get("about", "")).partition("/")
    pressed, _, number = sent.button.partition(":")
    expected = whole_number(sent.values.get("expected"), -1)
    entity = next((known for known in ENTITIES if known == about), None)
    action = next((known for known in ACTIONS if known == pressed), None)
    if entity is None or action is None or expected < 0:
        return None
    if action == "redact" and not context.account.may("administer"):
        return None
    try:
        answer: object = recording.act(
            context.service,
            action,
            entity,
            record_id,
            sent.values,
            expected_number=expected,
            number=whole_number(number),
        )
    except GeodataError as error:
        answer = error
    draft = draft_of(entity, record_id)
    state.keep_form(draft, replace(state.form(draft), answer=answer))
    return answer
