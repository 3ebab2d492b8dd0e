"""Keeps the register in step with files: its published records, and its records' areas.

The register remembers by which outlines its records' areas were answered. Where the catalogue's
differ, because somebody added a file or a newer version of the program has better ones, the
records are asked anew. First the records are changed, in one transaction, and then the outlines
remembered: what a crash leaves undone between the two is done again at the next start, and doing
it twice changes nothing. An area that the catalogue has no longer keeps its remembered outline,
so that a start without some folder moves no record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import shapely
from shapely import MultiPolygon, Polygon

from geodata import model
from geodata.analysis.evidence import Counting
from geodata.analysis.outlines import Outlines, Reassignment, reassign
from geodata.catalogue.content import read_content
from geodata.catalogue.files import files_in
from geodata.catalogue.loading import assembled, read_entries
from geodata.catalogue.writing import entry_texts, safe_name
from geodata.errors import CatalogueError, Mistake, RegisterError
from geodata.intake.importing import read_folder
from geodata.intake.report import Reading
from geodata.register import Register
from geodata.register.encoding import WALK_ACTIVITY_KIND
from geodata.settings import bundled_data

Linkable = TypeVar("Linkable", bound=model.Activity | model.Walk)
Done = TypeVar("Done")


def link(promises: Iterable[model.Promise], records: Iterable[Linkable]) -> list[Linkable]:
    """Link records that name no commitment to those whose kind, area and day fit."""
    counting = Counting(promises)

    def named(record: Linkable) -> Linkable:
        kind = record.kind if isinstance(record, model.Activity) else WALK_ACTIVITY_KIND
        fitting = record.commitments or counting.commitments(kind, record.area_id, record.day)
        return replace(record, commitments=fitting) if fitting != record.commitments else record

    return list(map(named, records))


PROGRAM: Final = "lofteskartan"
"""Who is said to have made what came with the program's own files."""

ANSWERED_BY: Final = "answered_by_outlines"
"""Under which name the register remembers them: WKB in hexadecimal by area id, as JSON."""

ATTEMPTS: Final = 20
"""How often something is read and written again where others write in the same moment."""

Shapes = Mapping[str, Polygon | MultiPolygon]


def follow_outlines(register: Register, areas: Sequence[model.Area], *, by: str) -> Reassignment:
    """Give records the area that the outlines in use say, where it followed the earlier ones."""
    known = _remembered(register)
    if known is None:
        _remember(register, _shapes(areas))
        return Reassignment()
    wanted = {**known, **_shapes(areas)}
    if known == wanted:
        return Reassignment()
    old, new = Outlines.from_shapes(known), Outlines.from_shapes(wanted)
    done = anew(lambda: _write(register, old, new, by))
    _remember(register, wanted)
    return done


def ask(
    register: Register, before: Sequence[model.Area], after: Sequence[model.Area]
) -> Reassignment:
    """Tell what `follow_outlines` would do with areas to come, without doing it."""
    known = {**(_remembered(register) or {}), **_shapes(before)}
    wanted = {**known, **_shapes(after)}
    if known == wanted:
        return Reassignment()
    records = _placeable(record for record, _ in register.numbered())
    return reassign(records, Outlines.from_shapes(known), Outlines.from_shapes(wanted))


def anew(attempt: Callable[[], Done]) -> Done:
    """Return what an attempt does, made again where others write in the same moment."""
    for left in reversed(range(ATTEMPTS)):
        try:
            return attempt()
        except RegisterError as error:
            if error.key != "register.conflict" or not left:
                raise
    raise AssertionError  # the last attempt returns or raises


def _write(register: Register, old: Outlines, new: Outlines, by: str) -> Reassignment:
    read = register.numbered()
    found = reassign(_placeable(record for record, _ in read), old, new)
    numbers = {(type(record), record.id): number for record, number in read}
    changes = [(record, numbers[type(record), record.id]) for record in found.records]
    if changes:
        register.change_many(changes, by=by)
    return found


def _placeable(records: Iterable[model.Record]) -> list[model.Activity | model.Finding]:
    return [record for record in records if isinstance(record, model.Activity | model.Finding)]


def _shapes(areas: Sequence[model.Area]) -> Shapes:
    return {area.id: area.outline for area in areas}


def _remembered(register: Register) -> Shapes | None:
    text = register.remembered(ANSWERED_BY)
    if text is None:
        return None
    return {id_: shapely.from_wkb(wkb) for id_, wkb in json.loads(text).items()}


def _remember(register: Register, shapes: Shapes) -> None:
    told = {id_: shapely.to_wkb(shapes[id_], hex=True) for id_ in sorted(shapes)}
    register.remember(ANSWERED_BY, json.dumps(told))


def read_catalogue(register: Register) -> model.Catalogue:
    """Return the checked promises and areas that a register holds.

    A CatalogueError if an entry holds a mistake, such as one that this version of the program
    finds.
    """
    return assembled(read_entries({e.id: e.text for e in register.catalogue_entries()}))


def follow_files(register: Register, folders: Sequence[Path], *, by: str) -> tuple[Mistake, ...]:
    """Take in catalogue folders' promises, areas, places and terms, and what is new in them since.

    What somebody has changed in the register, or withdrawn there, is theirs. A later folder's
    promise, area or term takes the place of an earlier one's. What the program no longer comes with
    is withdrawn.

    Returns why something new was left out: with what the register holds it would be wrong, such as
    a promise for an area that somebody has withdrawn. It is tried again at the next start. A
    CatalogueError if a file holds mistakes; nothing was changed.
    """
    texts, origins = _entries_in(folders)
    present = {entry.id: entry for entry in register.catalogue_entries(withdrawn=True)}
    last = max((entry.position for entry in present.values()), default=-1)
    new = [id_ for id_ in texts if id_ not in present]
    wanted = {
        id_: (model.CatalogueEntry(id_, texts[id_], position, origins[id_]), 0)
        for position, id_ in enumerate(new, start=last + 1)
    }
    for entry in present.values():
        as_in_file = _followed(entry, texts.get(entry.id), origins.get(entry.id))
        if as_in_file != entry:
            newest = register.revisions("catalogue_entry", entry.id)[-1]
            if newest.by == by:
                wanted[entry.id] = as_in_file, newest.number
    left_out = _unfitting(present, wanted) if present else ()
    if wanted:
        register.put(list(wanted.values()), by=by)
    return left_out


def _entries_in(folders: Sequence[Path]) -> tuple[dict[str, str], dict[str, model.Origin]]:
    """Return the texts of the entries that folders' files become, and where each comes from."""
    texts: dict[str, str] = {}
    origins: dict[str, model.Origin] = {}
    for folder in folders:
        shipped = folder == bundled_data()
        contents = [read_content(source) for source in files_in(folder)]
        called = PROGRAM if shipped else safe_name(folder.name) or "folder"
        kind = model.SourceKind.PUBLISHED if shipped else model.SourceKind.IMPORTED
        new = entry_texts(contents, called=called)
        texts |= new
        origins |= dict.fromkeys(new, model.Origin(kind, file=None if shipped else str(folder)))
    return texts, origins


def _followed(
    entry: model.CatalogueEntry, text: str | None, origin: model.Origin | None
) -> model.CatalogueEntry:
    """Return an entry as it is to be when its file has some text, or is gone."""
    if text is None or origin is None:
        return replace(entry, void=entry.void or entry.origin.kind is model.SourceKind.PUBLISHED)
    # A start without some folder changes nothing that stands in it.
    if (entry.origin.file and not origin.file) or (entry.text == text and not entry.void):
        return entry
    return replace(entry, text=text, origin=origin, void=False)


def _unfitting(
    present: Mapping[str, model.CatalogueEntry], wanted: dict[str, tuple[model.CatalogueEntry, int]]
) -> tuple[Mistake, ...]:
    """Take out of what is wanted what doesn't fit with the rest; return why."""
    left_out: list[Mistake] = []
    while wanted:
        entries = {**present, **{id_: entry for id_, (entry, _) in wanted.items()}}
        standing = sorted((e for e in entries.values() if not e.void), key=lambda e: e.position)
        try:
            assembled(read_entries({entry.id: entry.text for entry in standing}))
        except CatalogueError as error:
            left_out += error.mistakes
            named = {mistake.file for mistake in error.mistakes} & wanted.keys()
            withdrawn = [id_ for id_, (entry, _) in wanted.items() if entry.void]
            # Where it stands in what others wrote, what is gone is the likely cause, or any.
            for id_ in named or withdrawn or list(wanted):
                del wanted[id_]
        else:
            break
    return tuple(left_out)


def take_in_folder(
    register: Register,
    catalogue: model.Catalogue,
    outlines: Outlines,
    folder: Path,
    kind: model.SourceKind,
    *,
    by: str,
) -> Reading:
    """Read a folder of files and add what is new in it, in one transaction."""
    locate = outlines.locate_many
    read = read_folder(folder, catalogue=catalogue, locate_many=locate, origin_kind=kind)
    tracks = [activity for activity in read.activities if activity.times_s]
    linked = {track.id: track for track in link(catalogue.promises, tracks)}
    read = replace(read, activities=tuple(linked.get(a.id, a) for a in read.activities))
    register.add(
        read.activities,
        read.walks,
        read.findings,
        read.hot_spots,
        by=by,
        skip_existing=True,
    )
    return read


def follow_published(
    register: Register, catalogue: model.Catalogue, outlines: Outlines, *, by: str
) -> None:
    """Take in the published events, and what has been corrected in them since."""
    folder = bundled_data() / "published"
    read = take_in_folder(register, catalogue, outlines, folder, model.SourceKind.PUBLISHED, by=by)
    published: Sequence[tuple[model.Entity, Sequence[model.Activity | model.Walk]]] = (
        ("activity", read.activities),
        ("walk", read.walks),
    )
    for entity, records in published:
        for record in records:
            newest = register.revisions(entity, record.id)[-1]
            # What somebody has changed by hand is theirs, and what was disposed of is gone.
            if newest.content and newest.by == by and newest.content != register.content(record):
                register.change(record, by=by, expected_number=newest.number)
