"""Files from outside to drafts and a report: a file of any format, or the files of a folder.

A folder is laid out as the example and what the parties have published: its files' names say what
is in them, and nobody chooses anything on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatch
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

from geodata.errors import IntakeError
from geodata.intake import report, understanding
from geodata.intake.drafts import RowsRead, read_rows
from geodata.intake.formats import Asked, sheets_of
from geodata.intake.incoming import file_name
from geodata.intake.reading import NO_WALKS, Job, known_from
from geodata.intake.report import Reading
from geodata.intake.sheets import Sheet
from geodata.model import Activity, Catalogue, Finding, HotSpot, Location, Meeting, SourceKind, Walk
from geodata.records import OFFICE, Kept, Sort

FILES: Final[Mapping[Sort, tuple[str, ...]]] = {
    "activities": ("activities*.csv", "events*.csv", "activities*.gpx"),
    "walks": ("walks*.csv",),
    "findings": ("findings*.geojson",),
    "hot_spots": ("hot_spots*.csv", "hot_spots*.geojson"),
}
"""What a folder's files are called, by what is in them."""


def read_folder(
    folder: Path, *, catalogue: Catalogue, locate_many: report.LocateMany, origin_kind: SourceKind
) -> Reading:
    """Read every file of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        With ``activities*.csv``, ``events*.csv`` and ``activities*.gpx`` (activities),
        ``walks*.csv`` and the ``*.gpx`` that they name, ``findings*.geojson``, which may name the
        walks, and ``hot_spots*.csv`` or ``.geojson``. Others are left alone.
    catalogue, locate_many : Catalogue, callable
        Which kinds, areas, commitments and parties there are; from positions to the areas there.
    origin_kind : SourceKind
        How the records came to be.

    Returns
    -------
    Reading
        All drafts and problems. A file that can't be read is one problem; a record that an
        earlier file holds as well is left out with a notice.

    Raises
    ------
    IntakeError
        If there is no such folder, or none of these files in it.
    """
    files = _files(folder)
    sorts: dict[str, Any] = {}
    problems: list[report.RowProblem] = []
    rows_read = 0
    walks: Mapping[str, Walk] = NO_WALKS
    for what, patterns in FILES.items():
        records: dict[str, Kept] = {}
        for path in _matching(files, patterns):
            try:
                found = read_file(
                    path,
                    catalogue=catalogue,
                    locate_many=locate_many,
                    options=report.ReadOptions(what=what),
                    origin_kind=origin_kind,
                    walks=walks,
                )
            except IntakeError as error:
                name = report.shown(path.name)
                problems.append(report.refusal(name, None, "", error.key, "", **error.values))
                continue
            rows_read += found.rows_read
            problems += (*found.problems, *_taken(records, found, getattr(found, what)))
            walks = {**found.named, **walks, **{walk.id: walk for walk in found.walks}}
        sorts[what] = tuple(records.values())
    file = report.shown(folder.name)
    return Reading(file, "activities", **sorts, problems=tuple(problems), rows_read=rows_read)


def _taken(
    records: dict[str, Kept], found: Reading, new: Iterable[Kept]
) -> Iterator[report.RowProblem]:
    for record in new:
        earlier = records.setdefault(record.id, record)
        if earlier is not record:
            other, row = earlier.origin.file or "", record.origin.row
            yield report.remark(found.file, row, "", "intake.in_other_file", other=other)


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise IntakeError("intake.no_folder", folder=report.shown(folder.name)) from error
    wanted = [pattern for patterns in FILES.values() for pattern in patterns]
    if not _matching(files, wanted):
        raise IntakeError(
            "intake.nothing_in_folder", folder=report.shown(folder.name), wanted=", ".join(wanted)
        )
    return files


def _matching(files: Iterable[Path], patterns: Iterable[str]) -> list[Path]:
    patterns = tuple(patterns)
    return [path for path in files if any(fnmatch(path.name.casefold(), p) for p in patterns)]


LOADED_SHARE: Final = 0.2
"""How much of the work is done once the file is in memory, for whoever watches."""

FAR_FROM_ALL_M: Final = 20_000.0
"""Farther from every area than a municipality is wide: hardly where somebody worked."""

R = TypeVar("R", Activity, Walk, Finding, HotSpot)


def read_file(
    path: Path,
    *,
    catalogue: Catalogue,
    locate_many: report.LocateMany,
    options: report.ReadOptions = report.ReadOptions(),  # noqa: B008 - frozen
    origin_kind: SourceKind,
    today: date = date.max,
    limits: report.Limits = report.IMPORT_LIMITS,
    watch: report.Watch = report.unwatched,
    walks: Mapping[str, Walk] = NO_WALKS,
    meetings: Collection[str] = (),
    recall: report.Recall | None = None,
) -> Reading:
    """Read a file of records; a walk's ``route`` lies beside it.

    Parameters
    ----------
    path, catalogue, locate_many : pathlib.Path, Catalogue, callable
        In a format of `geodata.intake.formats`; which kinds, areas and parties there are; from
        positions to the areas there.
    options, origin_kind, today : ReadOptions, SourceKind, datetime.date
        What the reader was told; how the records came to be, unless the program itself wrote the
        file; nothing can have been done later.
    limits, watch : Limits, callable
        What is too much; told now and then how much is done, and may raise `Stopped`.
    walks, meetings : mapping of str to Walk, collection of str
        By the names or ids that findings, later walks and decisions may use.
    recall : callable, optional
        Asked what the columns mean where `options` doesn't say.

    Returns
    -------
    Reading
        Drafts and report. The same file with the same options gives the same.

    Raises
    ------
    IntakeError
        If the file as a whole can't be read; never for a row.
    """
    watch(0.0)
    name, known, chosen = file_name(path), known_from(catalogue), _checked(options, catalogue)
    asked = Asked(limits, options.what or "activities", known["kinds"], today)
    sheets = sheets_of(path, name, asked)
    watch(LOADED_SHARE)
    understood, passed_over, fields = _understood(sheets, options, recall)
    job = Job(
        *(name, known, origin_kind, limits, today, replace(chosen, fields=fields), walks),
        # What a packed table names lies in no folder.
        folder=None if path.suffix.casefold() == ".zip" else path.parent,
        meetings=set(meetings),
        documents=dict(chain(*(one.documents.items() for one in sheets))),
    )
    return _reading(understood, passed_over, *_rows_read(understood, job, locate_many, watch))


def _understood(
    sheets: Sequence[Sheet], options: report.ReadOptions, recall: report.Recall | None
) -> tuple[
    list[tuple[Sheet, understanding.Understood]], list[report.RowProblem], Mapping[str, str]
]:
    """Return which sheets are read and how, and what somebody has said of their columns."""
    said = (options.what, options.kind, options.category) != (None, None, None)
    if len(sheets) == 1 and not said and understanding.are_hot_spots(sheets[0]):
        return (
            *understanding.understand_layers(sheets, replace(options, what="hot_spots")),
            options.fields,
        )
    understood, passed_over = understanding.understand_layers(sheets, options)
    if recall is None or options.fields or not (fields := recall(_columns(understood))):
        return understood, passed_over, options.fields
    return (*understanding.understand_layers(sheets, replace(options, fields=fields)), fields)


def _rows_read(
    understood: Sequence[tuple[Sheet, understanding.Understood]],
    job: Job,
    locate_many: report.LocateMany,
    watch: report.Watch,
) -> tuple[list[RowsRead], Job]:
    """Return what each sheet's rows gave, and the job with the walks that they named."""
    read: list[RowsRead] = []
    total = sum(len(sheet.rows) for sheet, _ in understood) or 1
    done = 0
    for sheet, columns in understood:
        job = replace(job, sheet=sheet.title)
        part = partial(_tell, watch, done / total, len(sheet.rows) / total)
        read.append(read_rows(sheet, columns, job, locate_many, part))
        done += len(sheet.rows)
        job = replace(job, walks={**job.walks, **read[-1].named}, names={})
    return read, job


def _tell(watch: report.Watch, start: float, share: float, of_sheet: float) -> None:
    watch(LOADED_SHARE + (1 - LOADED_SHARE) * (start + share * of_sheet))


def _checked(options: report.ReadOptions, catalogue: Catalogue) -> report.ReadOptions:
    """Return options without choices that the catalogue has no more: then nothing was chosen."""
    words = catalogue.vocabulary
    return replace(
        options,
        kind=options.kind if options.kind in words.activity_kinds else None,
        category=options.category if options.category in words.finding_categories else None,
        area=options.area if options.area in catalogue.area_by_id else None,
    )


# --- together ------------------------------------------------------------------------------------


def _reading(
    understood: Sequence[tuple[Sheet, understanding.Understood]],
    problems: list[report.RowProblem],
    read: Sequence[RowsRead],
    job: Job,
) -> Reading:
    sheets = [sheet for sheet, _ in understood]
    if not any(part.rows_read for part in read) and not any(sheet.rows for sheet in sheets):
        problems.append(report.refusal(job.file, None, "", "intake.no_rows"))
    most = max(read, key=lambda part: part.rows_read, default=RowsRead("activities"))
    records = [record for part in read for record in part.records]
    header, rest = _rest(sheets, read)
    return Reading(
        file=job.file,
        what=most.what,
        activities=_only(records, Activity),
        walks=_only(records, Walk),
        findings=_only(records, Finding),
        hot_spots=_only(records, HotSpot),
        named={name: walk for part in read for name, walk in part.named.items()},
        office=tuple(chain(*(part.records for part in read if part.what in OFFICE))),
        documents=_minutes_named(records, job, problems),
        problems=(*problems, *(problem for part in read for problem in part.problems)),
        rows_read=sum(part.rows_read for part in read),
        # Which column is which is asked of no file of hot spots: its names are known.
        columns=() if most.what == "hot_spots" else _columns(understood),
        grid=max((p.grid for p in read if p.grid), key=lambda use: use.rows, default=None),
        whereabouts=_whereabouts([one for part in read for one in part.locations]),
        needs=tuple(sorted(job.needs)),
        verified=job.verified,
        header=header,
        rest=rest,
        reasons=tuple(why for part in read for why in part.reasons) if rest else (),
    )


def _minutes_named(
    records: Iterable[Kept], job: Job, problems: list[report.RowProblem]
) -> Mapping[str, bytes]:
    """Return the frozen minutes that meetings name; told of those that none does."""
    named = {d for one in records if isinstance(one, Meeting) for _, d in one.documents}
    if left := len(job.documents.keys() - named):
        problems.append(report.remark(job.file, None, "", "intake.minutes_unnamed", count=left))
    return {digest: body for digest, body in job.documents.items() if digest in named}


def _rest(
    sheets: Sequence[Sheet], read: Sequence[RowsRead]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the refused rows of tables under their header; none of a format without one."""
    if not sheets or any(sheet.header_row is None for sheet in sheets):
        return (), ()
    if len(sheets) == 1:
        return sheets[0].header, tuple(read[0].rest)
    # Two columns of the same name are told apart by their order.
    titles = [
        [(name, sheet.header[:at].count(name)) for at, name in enumerate(sheet.header)]
        for sheet in sheets
    ]
    # Only the program's own tables are told apart by their first column.
    first = [(understanding.LAYER, 0)] if any(sheet.sort for sheet in sheets) else []
    columns = dict.fromkeys([*first, *chain(*titles)])
    rows: list[tuple[str, ...]] = []
    for sheet, part, names in zip(sheets, read, titles, strict=True):
        for cells in part.rest:
            row = dict(zip(names, cells, strict=False))
            row[understanding.LAYER, 0] = sheet.sort or row.get((understanding.LAYER, 0), "")
            rows.append((*(row.get(c, "") for c in columns), *cells[len(names) :]))
    return tuple(name for name, _ in columns), tuple(rows)


def _only(records: Iterable[Kept], sort: type[R]) -> tuple[R, ...]:
    return tuple(record for record in records if isinstance(record, sort))


def _columns(
    understood: Sequence[tuple[Sheet, understanding.Understood]],
) -> tuple[report.ColumnUse, ...]:
    found: dict[str, report.ColumnUse] = {}
    for sheet, columns in understood:
        if sheet.titled:
            for use in understanding.column_uses(sheet, columns):
                known = found.get(use.header)
                if known is None or (use.field and not known.field):
                    found[use.header] = use
    return tuple(found.values())


def _whereabouts(locations: Sequence[Location]) -> report.Whereabouts:
    outside = [one for one in locations if one.area_id is None]
    far = sum(one.border_m is not None and one.border_m > FAR_FROM_ALL_M for one in outside)
    return report.Whereabouts(len(outside), sum(one.near_border for one in locations), far)
