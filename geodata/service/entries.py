"""Entries of the catalogue by hand: what a form says becomes the text that a file would hold.

It goes in as a file does: proposed, checked and taken in whole. Each entry has its history, and is
changed, withdrawn and brought back alike. A reference layer is to be looked at: nothing is counted
from it, and no record or area is asked anew because of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from geodata import model
from geodata.catalogue import writing
from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import UTF8_BOM, file_called
from geodata.catalogue.loading import assembled, read_entries
from geodata.catalogue.readings import COLUMNS, reading_row, readings_text
from geodata.catalogue.succession import free_id
from geodata.catalogue.writing import EntryKind as EntryKind
from geodata.catalogue.writing import entry_of as entry_of
from geodata.errors import CatalogueError, Mistake, RegisterError, UnknownIdError, Value
from geodata.intake import catalogue_forms
from geodata.intake.catalogue_forms import FilledForm
from geodata.intake.catalogue_forms import rows as rows
from geodata.intake.forms import author
from geodata.intake.report import RowProblem
from geodata.intake.shapes import BYTES_AT_MOST as BYTES_AT_MOST
from geodata.intake.shapes import LayerRead as LayerRead
from geodata.intake.shapes import read_shapes as read_shapes
from geodata.service.adding import Files, content_in, propose, take_in
from geodata.service.core import Service
from geodata.service.recording import Conflict, FormValues, Outcome, Refused, Saved
from geodata.settings import origin_of

ENTRY: Final[model.Entity] = "catalogue_entry"

LAYERS_AT_MOST: Final = 12
"""In use at once; each is a switch below the map."""

SERIES: Final = "series"
"""A reading's field that says of which series: its id holds the indicator's."""

FIELDS: Final = tuple(name for name in COLUMNS if name not in ("indicator", SERIES))
"""A reading's others."""

Shown = Mapping[str, str | tuple[str, ...]]
"""What a form's fields show."""

# --- each kind -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sort:
    """What the text of a kind's entry holds, and what its form shows."""

    held: Callable[[Content], Any]
    shown: Callable[[Any], Shown] = lambda _: {}
    # The sentence on why it can't be withdrawn, empty where it can.
    used: Callable[[Service, Any], str] = lambda _service, _held: ""


def _promise_used(service: Service, promise: model.Promise) -> str:
    """Say so where a record counts for a promise, or a decision or a meeting is about it."""
    ids = {commitment.id for commitment in promise.commitments}
    progress = service.progress(promise.period.end)
    is_used = (
        any(progress[id_].overall.counted for id_ in ids & progress.keys())
        or any(decision.commitment_id in ids for decision in service.decisions())
        or any(meeting.promise_id == promise.id for meeting in service.register.meetings())
    )
    return "promises.used" if is_used else ""


def _indicator_used(service: Service, indicator: model.Indicator) -> str:
    """Say so where an indicator has readings: they are withdrawn first."""
    has_readings = any(r.indicator == indicator.id for r in service.catalogue.readings)
    return "indicators.used" if has_readings else ""


def _reading_values(base: model.Reading | None) -> Shown:
    row = dict.fromkeys(COLUMNS, "") | (reading_row(base) if base else {})
    return {**row, SERIES: base.series if base else ""}


_SORTS: Final[Mapping[EntryKind, _Sort]] = {
    "promise": _Sort(lambda c: c.promise, catalogue_forms.form_values, _promise_used),
    "area": _Sort(lambda c: next(iter(c.areas), None)),
    "layer": _Sort(lambda c: c.layer, catalogue_forms.layer_values),
    "indicator": _Sort(
        lambda c: next(iter(c.indicators), None), catalogue_forms.indicator_values, _indicator_used
    ),
    "reading": _Sort(lambda c: next((reading for _, reading in c.readings), None), _reading_values),
}


def ids_had(service: Service, kind: EntryKind) -> frozenset[str]:
    """Return the ids that things of a kind have or have had."""
    before, _, after = entry_of(kind, "|").partition("|")
    entries = service.register.catalogue_entries(withdrawn=True)
    return frozenset(e.id.removeprefix(before).removesuffix(after) for e in entries)


def entry_called(service: Service, id_: str) -> model.CatalogueEntry | None:
    """Return an entry of the catalogue; None if there is none, or it is withdrawn."""
    return next((e for e in service.register.catalogue_entries() if e.id == id_), None)


def withdrawn(service: Service, kind: EntryKind) -> dict[str, Any]:
    """Return the things of a kind that were withdrawn, as they were, by id."""
    before = entry_of(kind, "|").partition("|")[0]
    entries = service.register.catalogue_entries(withdrawn=True)
    gone = (entry for entry in entries if entry.void and entry.id.startswith(before))
    texts = ((file_called(Path(entry.id)), entry.text.encode("utf-8")) for entry in gone)
    found = (_SORTS[kind].held(read_content(*text)) for text in texts)
    return {thing.id: thing for thing in found if thing is not None}


# --- what a form begins with, and its history ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begun:
    """What a form begins with.

    A reading's series and time are what it is; at another time it would be another reading.
    """

    kind: EntryKind
    # What is changed, or was withdrawn; None for a new one.
    base: Any = None
    # The revision that saving builds on, 0 for a new one.
    number: int = 0
    # Whether it was withdrawn.
    gone: bool = False

    @property
    def entry(self) -> str:
        """The id of its entry in the catalogue; empty for a new one."""
        return entry_of(self.kind, self.base.id) if self.base else ""

    @property
    def values(self) -> Shown:
        """What its fields show."""
        return _SORTS[self.kind].shown(self.base)


def begun(service: Service, kind: EntryKind, id_: str = "") -> Begun:
    """Return what a form begins with, by a thing's id or its entry's; of none, a new one's."""
    known = {each.id: each for each in service.register.catalogue_entries(withdrawn=True)}
    entry = id_ if id_ in known else entry_of(kind, id_)
    newest = service.revisions(ENTRY, entry)[-1] if entry in known else None
    base = _SORTS[kind].held(content_in(newest)) if newest else None
    if newest is None or base is None:
        return Begun(kind)
    return Begun(kind, base, newest.number, known[entry].void)


@dataclass(frozen=True, slots=True)
class Version:
    """A revision of an entry: what it held, and the form's fields it changed, before and after."""

    revision: model.Revision
    held: Any
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def versions(service: Service, kind: EntryKind, id_: str) -> list[Version]:
    """Return a thing's revisions with what each changed in its form's fields, the newest first."""
    found: list[Version] = []
    fields: Shown = {}
    for revision in service.revisions(ENTRY, entry_of(kind, id_)):
        here = _SORTS[kind].held(content_in(revision))
        now = {**_SORTS[kind].shown(here)}
        changes = {
            name: (_listed(fields.get(name, "")), _listed(now.get(name, "")))
            for name in dict.fromkeys([*fields, *now])
            if found and fields.get(name, "") != now.get(name, "")
        }
        found.append(Version(revision, here, changes))
        fields = now
    return found[::-1]


def _listed(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def clashes(begun: Begun, theirs: model.Revision, values: FormValues) -> dict[str, tuple[str, str]]:
    """Return where what is there says something else than a form: theirs and mine."""
    sort = _SORTS[begun.kind]
    said = sort.shown(sort.held(content_in(theirs)))
    own = {"by", "expected"}
    if begun.kind == "reading":
        own |= {"indicator", SERIES, "period"}
    both = {
        name: (_listed(said.get(name, "")).strip(), _listed(values.get(name, "")).strip())
        for name in dict.fromkeys([*said, *values])
        if name not in own
    }
    return {name: two for name, two in both.items() if two[0] != two[1]}


# --- what is done with one -----------------------------------------------------------------------


def put_entry(
    service: Service,
    id_: str,
    files: Files,
    expected: int,
    values: FormValues,
    problem: Callable[[Mistake], RowProblem] | None = None,
    own: Mapping[str, RowProblem] | None = None,
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
    values : mapping
        The form's; ``by`` is who does it.
    problem : callable, optional
        Returns a mistake in the files as one in a form's field; without it they are raised.
    own : mapping of str to RowProblem, optional
        What is wrong already, by field, told in place of what a file would say of that field.

    Returns
    -------
    Saved, Refused or Conflict
        Of what is wrong everything at once.
    """
    by, unsigned = author(values)
    known = own or {}
    problems = (*known.values(), *unsigned)
    try:
        proposal = propose(service, files)
    except CatalogueError as error:
        if problem is None:
            raise
        told = map(problem, error.mistakes)
        problems = (*(known.get(one.field, one) for one in told), *problems)
    if problems:
        return Refused(problems)
    if service.newest_number(ENTRY, id_) != expected:
        return Conflict(service.revisions(ENTRY, id_)[-1], None, ())
    take_in(service, proposal, by=by)
    if (entry := entry_called(service, id_)) is None:
        raise RegisterError("register.conflict", id=id_)
    number, moved = service.newest_number(ENTRY, id_), proposal.counts.changed
    return Saved(ENTRY, entry, number, moved=moved)


def withdraw(service: Service, begun: Begun, values: FormValues) -> Outcome:
    """Take something back as what should not have been made; its versions stay.

    Refused where something refers to it, such as a record that counts for a promise, which is
    then archived, or readings of an indicator, which are withdrawn first. `bring_back` makes any
    of its versions the present one again. Raises CatalogueError where the others would no longer
    fit, with all that is wrong, and UnknownIdError where there is no such thing.
    """
    by, problems = author(values)
    if begun.base is None:
        raise UnknownIdError("unknown.catalogue_entry", id=begun.kind)
    if key := _SORTS[begun.kind].used(service, begun.base):
        problems = (RowProblem("", None, "by", "", key, {}), *problems)
    if problems:
        return Refused(problems)
    entries = {entry.id: entry for entry in service.register.catalogue_entries()}
    entry = entries.pop(begun.entry, None)
    if entry is None or service.newest_number(ENTRY, begun.entry) != begun.number:
        return Conflict(service.revisions(ENTRY, begun.entry)[-1], None, ())
    assembled(read_entries({each.id: each.text for each in entries.values()}))
    entry = replace(entry, void=True)
    service.register.put([(entry, begun.number)], by=by)
    service.refresh()
    return Saved(ENTRY, entry, begun.number + 1)


def bring_back(service: Service, begun: Begun, values: FormValues, number: int) -> Outcome:
    """Make an earlier text the present one; CatalogueError where it doesn't fit the others.

    Raises UnknownIdError where there is no such revision.
    """
    id_ = begun.entry
    found = [r for r in service.revisions(ENTRY, id_) if r.number == number]
    if not found:
        raise UnknownIdError("unknown.revision", id=id_, number=number)
    text = str(found[0].content["text"])
    return put_entry(service, id_, [(id_, text.encode("utf-8"))], begun.number, values)


# --- layers, indicators and readings -------------------------------------------------------------


def save_layer(
    service: Service, begun: Begun, values: FormValues, read: LayerRead | None
) -> Outcome:
    """Save what a layer's form says; without a file that was sent, a layer keeps its shapes."""
    address = str(values.get("address") or "").strip()
    shapes = read.shapes if read else begun.base.shapes if begun.base else ()
    name = re.sub(r"[./\\]", " ", str(values.get("name") or ""))
    id_ = begun.base.id if begun.base else writing.safe_name(name) or "layer"
    entry, expected = entry_of("layer", id_), begun.number
    own: dict[str, str] = {} if shapes or address else {"file": "layers.no_file"}
    if shapes and address:
        own["address"] = "layers.file_and_address"
    elif not may_fetch(service, address):
        own["address"] = "layers.host"
    if begun.base is None:
        known = {layer.id for layer in service.catalogue.layers}
        # One that was withdrawn gives its id, and its history goes on.
        expected = service.newest_number(ENTRY, entry) if id_ not in known else 0
        if id_ in known:
            own["name"] = "layers.taken"
        elif len(known) >= LAYERS_AT_MOST:
            own["file"] = "layers.too_many"
    form = catalogue_forms.read_layer_form(values, id_, shapes)
    limit: dict[str, Value] = {
        "limit": LAYERS_AT_MOST,
        "host": origin_of(address) or address,
        "named": ", ".join(service.settings.map_services) or "–",
    }
    told = {f: RowProblem("", None, f, "", key, limit) for f, key in own.items()}
    text = json.dumps(form.tables, ensure_ascii=False) + "\n"
    files = [(entry, text.encode("utf-8"))]
    return put_entry(service, entry, files, expected, values, form.problem, told)


def may_fetch(service: Service, address: str) -> bool:
    """Tell whether browsers may fetch from an address: the settings name its host."""
    return not address or origin_of(address) in service.settings.map_services


def map_services(service: Service, ids: Iterable[str]) -> Mapping[str, model.MapService]:
    """Return what draws those layers that are no shapes, by the layers' ids."""
    known = {one.id: one.wms for one in service.catalogue.layers if one.id in ids and one.wms}
    return {id_: wms for id_, wms in known.items() if may_fetch(service, wms.address)}


def save(service: Service, begun: Begun, values: FormValues) -> Outcome:
    """Save what an indicator's or a reading's form says.

    Where a series has a reading of that time already, it is a conflict.
    """
    make = _definition if begun.kind == "indicator" else _reading
    id_, name, text, form = make(service, begun, values)

    def problem(mistake: Mistake) -> RowProblem:
        place = mistake.place or str(mistake.values.get("name"))
        # A reading that no longer fits its series stands in a file of its own.
        is_anothers = begun.kind == "indicator" and mistake.file != name
        return form.problem(
            replace(mistake, place="indicators[1].series" if is_anothers else place)
        )

    files = [(name, text.encode("utf-8"))]
    return put_entry(service, id_, files, begun.number, values, problem)


_Made = tuple[str, str, str, FilledForm]
"""The entry's id, the file's name and text, and the form that it was made of."""


def _definition(service: Service, begun: Begun, values: FormValues) -> _Made:
    name = str(values.get("name", ""))
    id_ = begun.base.id if begun.base else free_id(name, ids_had(service, "indicator"))
    area = service.catalogue.area_by_id.get(str(values.get("area", "")))
    form = catalogue_forms.read_indicator(values, begun.base, id_, area, service.today())
    entry = entry_of("indicator", id_)
    return entry, entry, writing.toml_text(form.tables), form


def _reading(_service: Service, begun: Begun, values: FormValues) -> _Made:
    row = {name: str(values.get(name, "")).strip() for name in FIELDS}
    base, series = begun.base, str(values.get(SERIES, ""))
    if base is not None:
        row["period"], series = reading_row(base)["period"], base.series
    row["indicator"], _, row[SERIES] = series.rpartition("/")
    name, text = "readings.csv", readings_text([row])
    read = read_content(file_called(Path(name)), text.encode("utf-8")).readings
    id_ = entry_of("reading", read[0][1].id) if read else ""
    fields = {column: column for column in COLUMNS} | {"indicator": SERIES}
    return id_, name, text, FilledForm({}, fields=fields)


def readings_file(service: Service) -> bytes:
    """Return every reading as a CSV file that Excel opens, and that can be taken in again."""
    text = readings_text(map(reading_row, service.catalogue.readings))
    return UTF8_BOM + text.encode("utf-8")


def definitions_file(service: Service) -> bytes:
    """Return every indicator's definition as a file that can be taken in again."""
    return writing.indicators_text(service.catalogue.indicators).encode("utf-8")
