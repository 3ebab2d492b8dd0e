"""What is taken out: the records that a filter lets through, with what explains them, as a file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import date
from pathlib import Path
from typing import Any, Final

from geodata import model
from geodata.atomic import put_in_place
from geodata.errors import ExportError
from geodata.publish import SORTS, WRITERS, Export, Sort
from geodata.publish.values import Namer as Namer
from geodata.publish.values import csv_bytes, records_of, shape_of
from geodata.records import TABLES
from geodata.register import Register
from geodata.register.encoding import WALK_ACTIVITY_KIND
from geodata.service.core import Service
from geodata.service.following import seen_beside
from geodata.service.selection import EVERYTHING, Selection
from geodata.settings import Settings

SUFFIXES: Final = tuple(WRITERS)

EACH_APART: Final = frozenset({".zip", ".gpkg"})
"""Formats in which every sort goes out together, each a table of its own."""

NEEDS_PLACE: Final = frozenset({".gpx"})
"""Formats that hold only what has a place."""

TELLS_STANDING: Final = frozenset({".gpkg"})
"""Formats that tell how areas and commitments stand."""

FILE_SORTS: Final[Mapping[str, tuple[Sort, ...]]] = {sort: (sort,) for sort in SORTS} | {
    "hot_spots": ("hot_spots",),
    "all": SORTS,
}
"""What may be asked for by name: each sort of record, or those that go out together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records to take out. None and empty mean any."""

    sorts: tuple[Sort, ...] = SORTS
    # Only in its areas; only there; only what counts for it, with the findings made on walks that
    # do. Hot spots count for no commitment.
    promise: str | None = None
    area: str | None = None
    commitment: str | None = None
    # Only activities of these kinds; walks and findings only where a safety walk is among them.
    kinds: tuple[str, ...] = ()
    # As the screen has it: activities, held walks and findings up to and with that day; it is also
    # the day that states in a GeoPackage tell of. Records go out as they are now.
    as_of: date | None = None
    # Only from, and only up to and with, that day; of hot spots those that were valid then.
    first_day: date | None = None
    last_day: date | None = None
    language: model.Language = "sv"
    # Of activities, besides: by whom, near where, in what words.
    selection: Selection = EVERYTHING

    def check(self, catalogue: model.Catalogue) -> None:
        """Refuse an id that nothing has, and a period that ends before it begins.

        Raises
        ------
        ExportError
            ``export.unknown`` or ``export.period``.
        """
        known: Sequence[tuple[str, str | None, Mapping[str, object]]] = (
            ("promise", self.promise, catalogue.promise_by_id),
            ("area", self.area, catalogue.area_by_id),
            ("commitment", self.commitment, catalogue.commitment_by_id),
            *(("kind", kind, catalogue.vocabulary.activity_kinds) for kind in self.kinds),
        )
        for name, value, names in known:
            if value is not None and value not in names:
                raise ExportError(
                    "export.unknown", name=name, value=value, expected=", ".join(names)
                )
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise ExportError(
                "export.period", first=self.first_day.isoformat(), last=self.last_day.isoformat()
            )

    @property
    def last(self) -> date | None:
        """The last day that records of what was done are from, None for any."""
        ends = (day for day in (self.last_day, self.as_of) if day is not None)
        return min(ends, default=None)

    def holds(self, day: date, *, planned: bool = False) -> bool:
        """Tell whether a day is in the period; what is planned may lie after the as-of day."""
        last = self.last_day if planned else self.last
        return (self.first_day or day) <= day <= (last or day)


def suffix_of(path: Path) -> str:
    """Return a file's suffix, by which its format is known."""
    suffix = path.suffix.casefold()
    if suffix not in WRITERS:
        raise ExportError("export.suffix", file=path.name, expected=", ".join(WRITERS))
    return suffix


def open_existing(settings: Settings) -> Service:
    """Open a service on a register that is there already.

    Raises
    ------
    RegisterError
        ``register.missing`` where there is none: none is made for a name that was misspelt.
    CatalogueError
        If a catalogue file holds mistakes.
    """
    Register.open(settings.register, create=False).close()
    return Service.open(settings)


def gather(service: Service, wanted: Wanted, *, standing: bool = True) -> Export:
    """Read what a filter lets through; void records never are."""
    wanted.check(service.catalogue)
    areas = _area_ids(service, wanted)
    promises, scope = service.promises(wanted.promise), service.scope(wanted.promise, wanted.as_of)
    as_of = scope.as_of.day
    records = _records(service, wanted, areas)
    # Beside the areas and places, in the format that has them.
    spots = standing or "hot_spots" in wanted.sorts
    attention = service.attention(scope.promises, as_of) if standing else ()
    shown = [area for area in service.areas(promises) if areas is None or area.id in areas]
    ids = {area.id for area in shown}
    seen = _seen(service, wanted, promises)
    named = {each.id for each in seen}
    return Export(
        catalogue=service.catalogue,
        language=wanted.language,
        sorts=wanted.sorts,
        **records,
        hot_spots=_hot_spots(service, wanted, areas) if spots else (),
        document_of=service.register.document,
        verified=verified(service, areas) if records.get("walks") else {},
        promises=promises,
        areas=tuple(shown),
        places=tuple(place for place in service.catalogue.places if place.nearest_area in ids),
        indicators=seen,
        readings=tuple(r for r in service.catalogue.readings if r.indicator in named),
        as_of=as_of,
        states={row.area_id: row.worst for row in attention if not row.is_history},
        progress=service.progress(as_of) if standing else {},
    )


def _records(
    service: Service, wanted: Wanted, areas: tuple[str, ...] | None
) -> dict[Sort, Sequence[Any]]:
    """Read the sorts that were asked for."""
    # Findings first: nothing is ever deleted, so the walks that they name are there afterwards.
    findings = service.register.findings(areas)
    walks = [walk for walk in service.register.walks(areas) if _takes_walk(walk, wanted)]
    on_walks = {walk.id for walk in walks}
    found: dict[Sort, Sequence[Any]] = {}
    if "activities" in wanted.sorts:
        found["activities"] = service.activities(_filter(service, wanted, areas))
    if "walks" in wanted.sorts:
        found["walks"] = walks
    if "findings" in wanted.sorts:
        found["findings"] = [f for f in findings if _takes_finding(f, wanted, on_walks)]
    return found | (_office(service, wanted, areas) if wanted.sorts == tuple(TABLES) else {})


def _office(
    service: Service, wanted: Wanted, areas: tuple[str, ...] | None
) -> dict[Sort, Sequence[Any]]:
    """Read what was decided, with the meetings that decided it, and what was planned."""
    if wanted.commitment is not None or wanted.kinds:
        return {}
    meetings = service.register.meetings()
    held = {
        one.id
        for one in meetings
        if wanted.area is None and wanted.promise in (None, one.promise_id)
    }
    decisions = [
        one
        for one in service.decisions()
        if wanted.holds(one.day)
        and (areas is None or one.area_id in areas or one.meeting_id in held)
    ]
    named = {one.meeting_id for one in decisions}
    first, last = wanted.first_day or date.min, wanted.last_day or date.max
    return {
        "meetings": [
            m for m in meetings if m.id in named or (m.id in held and wanted.holds(m.day))
        ],
        "decisions": decisions,
        # The oldest first, so that they are as old in another register.
        "plans": [
            plan
            for plan in reversed(service.plans())
            if areas is None and first <= plan.last_day and plan.first_day <= last
        ],
    }


def _seen(
    service: Service, wanted: Wanted, promises: Sequence[model.Promise]
) -> tuple[model.Indicator, ...]:
    """Return the indicators beside the promises, or of the area, where all the rest goes out."""
    if wanted.commitment is not None or wanted.kinds or len(wanted.sorts) == 1:
        return ()
    if wanted.promise is None and wanted.area is None:
        return service.catalogue.indicators
    groups = (group for promise in promises for group in seen_beside(service, promise))
    found = dict.fromkeys(told.indicator for _, some in groups for told in some)
    return tuple(each for each in found if wanted.area in (None, each.area))


def _hot_spots(
    service: Service, wanted: Wanted, areas: tuple[str, ...] | None
) -> tuple[model.HotSpot, ...]:
    if wanted.commitment is not None:
        return ()
    first, last = wanted.first_day or date.min, wanted.last or date.max
    return tuple(
        spot
        for spot in service.hot_spots()
        if (areas is None or spot.area_id in areas) and spot.days_within(first, last)
    )


def verified(service: Service, areas: tuple[str, ...] | None) -> Mapping[str, str]:
    """Return who has confirmed held walks, by the walks' ids."""
    held = service.register.activities(
        model.ActivityFilter(area_ids=areas, kinds=(WALK_ACTIVITY_KIND,))
    )
    return {
        activity.walk_id: activity.verified_by
        for activity in held
        if activity.walk_id is not None and activity.verified_by is not None
    }


def _area_ids(service: Service, wanted: Wanted) -> tuple[str, ...] | None:
    """Return the areas to look in; None, without a filter, takes what lies in none as well."""
    if wanted.area is not None:
        return (wanted.area,)
    if wanted.promise is None:
        return None
    return tuple(area.id for area in service.areas(service.promises(wanted.promise)))


def _filter(
    service: Service, wanted: Wanted, areas: tuple[str, ...] | None
) -> model.ActivityFilter:
    chosen = model.ActivityFilter(
        areas, wanted.kinds or None, wanted.commitment, wanted.first_day, wanted.last
    )
    return wanted.selection.narrow(service, chosen)


def _takes_walk(walk: model.Walk, wanted: Wanted) -> bool:
    return (
        (not wanted.kinds or WALK_ACTIVITY_KIND in wanted.kinds)
        and wanted.commitment in (None, *walk.commitments)
        and wanted.holds(walk.day, planned=walk.status is not model.WalkStatus.HELD)
    )


def _takes_finding(finding: model.Finding, wanted: Wanted, on_walks: set[str]) -> bool:
    follows = bool(wanted.kinds) or wanted.commitment is not None
    return wanted.holds(finding.day) and (not follows or finding.walk_id in on_walks)


@dataclass(frozen=True, slots=True)
class Written:
    """What an export's file holds."""

    counts: Mapping[Sort, int]
    without_place: int


def export_file(service: Service, wanted: Wanted, path: Path, *, replace: bool = False) -> Written:
    """Write what a filter lets through to a file, whole or not at all.

    Parameters
    ----------
    service : Service
        Where the records are.
    wanted : Wanted
        Which.
    path : pathlib.Path
        The file; its suffix is its format. Until it is whole it has another name.
    replace : bool, default False
        Whether a file that is already there may be written over.

    Returns
    -------
    Written
        What is in the file, and what isn't.

    Raises
    ------
    ExportError
        ``export.suffix``, ``export.one_sort``, ``export.exists``, ``export.unwritable``, or
        what `gather` raises; what was there is as it was.
    """
    suffix = suffix_of(path)
    _refuse_existing(path, replace=replace)
    if suffix in EACH_APART and wanted.sorts == SORTS:
        wanted = with_values(wanted, sorts=tuple(TABLES))
    export = gather(service, wanted, standing=suffix in TELLS_STANDING)
    with whole_file(path, replace=replace) as new:
        WRITERS[suffix](export, new)
    counts = dict(export.counts)
    without_place = 0
    if suffix in NEEDS_PLACE:
        for sort in counts:
            placeless = sum(shape_of(record) is None for record in records_of(export, sort))
            counts[sort] -= placeless
            without_place += placeless
    return Written(counts, without_place)


def _refuse_existing(path: Path, *, replace: bool) -> None:
    if path.is_dir() or (path.exists() and not replace):
        raise ExportError("export.exists", file=str(path))


@contextmanager
def whole_file(path: Path, *, replace: bool) -> Iterator[Path]:
    """Give a path to write to, in a folder beside the file; it gets its name at the end."""
    _refuse_existing(path, replace=replace)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".lofteskartan-", dir=path.parent))
        try:
            new = folder / path.with_suffix(path.suffix.casefold()).name
            yield new
            _refuse_existing(path, replace=replace)
            put_in_place(new, path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ExportError("export.unwritable", file=str(path)) from error


def disposals_csv(service: Service) -> bytes:
    """Return what was disposed of and redacted as CSV, the oldest first."""
    header = ("at", "by", "decision", "before", "entity", "id", "versions")
    told = service.register.disposals()
    rows = [
        (
            one.at.isoformat(),
            one.by,
            one.decision,
            "" if one.before is None else one.before.isoformat(),
            one.entity,
            one.entity_id,
            one.versions,
        )
        for one in told
    ]
    return csv_bytes(header, rows)
