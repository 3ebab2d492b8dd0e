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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import shapely
from shapely import MultiPolygon, Polygon

from geodata.analysis.evidence import Counting
from geodata.analysis.location import Outlines, Reassignment, reassign
from geodata.errors import RegisterError
from geodata.intake import FolderIntake, read_folder
from geodata.model import (
    Activity,
    Area,
    Catalogue,
    Entity,
    Finding,
    Promise,
    Record,
    SourceKind,
    Walk,
)
from geodata.register import Register
from geodata.register.content import WALK_ACTIVITY_KIND
from geodata.settings import bundled_data


@dataclass(frozen=True, slots=True)
class Linked:
    """Records with their commitments."""

    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    linked: int
    unlinked: int


def link(
    promises: Iterable[Promise],
    activities: Sequence[Activity],
    walks: Sequence[Walk],
    *,
    wanted: bool = True,
) -> Linked:
    """Link records that name no commitment to those whose kind, area and day fit."""
    counting = Counting(promises)
    done = tuple(
        replace(a, commitments=counting.commitments(a.kind, a.area_id, a.day))
        if wanted and not a.commitments
        else a
        for a in activities
    )
    walked = tuple(
        replace(w, commitments=counting.commitments(WALK_ACTIVITY_KIND, w.area_id, w.day))
        if wanted and not w.commitments
        else w
        for w in walks
    )
    before, after = _bare(activities, walks), _bare(done, walked)
    return Linked(done, walked, before - after, after)


def _bare(activities: Sequence[Activity], walks: Sequence[Walk]) -> int:
    """Return how many name no commitment."""
    return sum(not a.commitments for a in activities) + sum(not w.commitments for w in walks)


ANSWERED_BY: Final = "answered_by_outlines"
"""Under which name the register remembers them: WKB in hexadecimal by area id, as JSON."""

ATTEMPTS: Final = 5
"""How often records are read again after somebody changed one of them meanwhile."""

Shapes = Mapping[str, Polygon | MultiPolygon]


def follow_outlines(register: Register, areas: Sequence[Area], *, by: str) -> Reassignment:
    """Give records the area that the outlines in use say, where it followed the earlier ones."""
    known = _remembered(register)
    if known is None:
        _remember(register, _shapes(areas))
        return Reassignment()
    wanted = {**known, **_shapes(areas)}
    if not _differ(known, wanted):
        return Reassignment()
    done = _write(register, Outlines.from_shapes(known), Outlines.from_shapes(wanted), by)
    _remember(register, wanted)
    return done


def ask(register: Register, before: Sequence[Area], after: Sequence[Area]) -> Reassignment:
    """Tell what `follow_outlines` would do with areas to come, without doing it."""
    known = {**(_remembered(register) or {}), **_shapes(before)}
    wanted = {**known, **_shapes(after)}
    if not _differ(known, wanted):
        return Reassignment()
    records = _placeable(record for record, _ in register.numbered())
    return reassign(records, Outlines.from_shapes(known), Outlines.from_shapes(wanted))


def _write(register: Register, old: Outlines, new: Outlines, by: str) -> Reassignment:
    for attempt in range(1, ATTEMPTS + 1):
        read = register.numbered()
        found = reassign(_placeable(record for record, _ in read), old, new)
        numbers = {(type(record), record.id): number for record, number in read}
        changes = [(record, numbers[type(record), record.id]) for record in found.changed]
        try:
            if changes:
                register.change_many(changes, by=by)
        except RegisterError as error:
            if error.key != "register.conflict" or attempt == ATTEMPTS:
                raise
        else:
            return found
    raise AssertionError  # the last attempt returns or raises


def _placeable(records: Iterable[Record]) -> list[Activity | Finding]:
    return [record for record in records if isinstance(record, Activity | Finding)]


def _shapes(areas: Sequence[Area]) -> Shapes:
    return {area.id: area.outline for area in areas}


def _differ(known: Shapes, wanted: Shapes) -> bool:
    return known.keys() != wanted.keys() or any(known[id_] != wanted[id_] for id_ in known)


def _remembered(register: Register) -> Shapes | None:
    text = register.remembered(ANSWERED_BY)
    if text is None:
        return None
    return {id_: shapely.from_wkb(wkb) for id_, wkb in json.loads(text).items()}


def _remember(register: Register, shapes: Shapes) -> None:
    told = {id_: shapely.to_wkb(shapes[id_], hex=True) for id_ in sorted(shapes)}
    register.remember(ANSWERED_BY, json.dumps(told))


def take_in_folder(
    register: Register,
    catalogue: Catalogue,
    outlines: Outlines,
    folder: Path,
    kind: SourceKind,
    *,
    by: str,
) -> FolderIntake:
    """Read a folder of files and add what is new in it, in one transaction."""
    read = read_folder(folder, catalogue=catalogue, locate=outlines.locate, origin_kind=kind)
    tracks = [activity for activity in read.activities if activity.times_s]
    linked = {track.id: track for track in link(catalogue.promises, tracks, ()).activities}
    read = replace(read, activities=tuple(linked.get(a.id, a) for a in read.activities))
    register.add(
        read.activities,
        read.walks,
        read.findings,
        hot_spots=read.hot_spots,
        by=by,
        skip_existing=True,
    )
    return read


def follow_published(
    register: Register, catalogue: Catalogue, outlines: Outlines, *, by: str
) -> None:
    """Take in the published events, and what has been corrected in them since."""
    folder = bundled_data() / "published"
    read = take_in_folder(register, catalogue, outlines, folder, SourceKind.PUBLISHED, by=by)
    published: Sequence[tuple[Entity, Sequence[Activity | Walk]]] = (
        ("activity", read.activities),
        ("walk", read.walks),
    )
    for entity, records in published:
        for record in records:
            newest = register.revisions(entity, record.id)[-1]
            # What somebody has changed by hand is theirs.
            if newest.by == by:
                register.change(record, by=by, expected_number=newest.number)
