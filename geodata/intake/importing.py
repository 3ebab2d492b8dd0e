"""Any file from outside to drafts and a report: the format is found by name and content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from geodata.intake.formats import Asked, sheets_of
from geodata.intake.hot_spots import are_hot_spots, hot_spots_of
from geodata.intake.incoming import file_name
from geodata.intake.reading import NO_WALKS, Job, known_from
from geodata.intake.report import (
    IMPORT_LIMITS,
    ColumnUse,
    Limits,
    LocateMany,
    Reading,
    ReadOptions,
    Recall,
    RowNotes,
    RowProblem,
    Watch,
    Whereabouts,
    nothing_recalled,
    unwatched,
)
from geodata.intake.rows import RowsRead, as_rest, read_rows
from geodata.intake.sheets import Sheet
from geodata.intake.understanding import LAYER, Understood, column_uses, understand_layers
from geodata.model import Activity, Catalogue, Finding, SourceKind, Walk, Work

LOADED_SHARE: Final = 0.2
"""How much of the work is done once the file is in memory, for whoever watches."""

R = TypeVar("R", Activity, Walk, Finding)


def read_file(
    path: Path,
    *,
    catalogue: Catalogue,
    locate_many: LocateMany,
    options: ReadOptions = ReadOptions(),  # noqa: B008 - frozen
    origin_kind: SourceKind,
    today: date,
    limits: Limits = IMPORT_LIMITS,
    watch: Watch = unwatched,
    walks: Mapping[str, Walk] = NO_WALKS,
    recall: Recall = nothing_recalled,
) -> Reading:
    """Read a file of records.

    Parameters
    ----------
    path : pathlib.Path
        In one of the formats of `geodata.intake.formats`. GPX files that a walk's ``route`` names
        are looked for beside it.
    catalogue : Catalogue
        Which kinds, areas, categories, commitments and parties there are.
    locate_many : callable
        From longitudes and latitudes to the areas there.
    options : ReadOptions
        What the reader of the file was told.
    origin_kind : SourceKind
        How the records came to be, unless the program itself wrote the file.
    today : datetime.date
        Nothing can have been done after it.
    limits : Limits
        What is too much.
    watch : callable
        Told now and then how much is done; may raise `Stopped`.
    walks : mapping of str to Walk
        By the names or ids that findings and later walks may use.
    recall : callable
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
    name = file_name(path)
    watch(0.0)
    known = known_from(catalogue)
    asked = Asked(limits, options.what or "activities", known.kinds, today)
    sheets = sheets_of(path, name, asked)
    watch(LOADED_SHARE)
    chosen = _checked(options, catalogue)
    job = Job(name, known, origin_kind, limits, today, chosen, walks, folder=_beside(path))
    if _are_hot_spots(sheets, options):
        return _of_hot_spots(sheets[0], job, locate_many)
    return _of_work(sheets, options, recall, job, locate_many, watch)


def _beside(path: Path) -> Path | None:
    """Return where files lie that rows name; what a packed table names lies in no folder."""
    return None if path.suffix.casefold() == ".zip" else path.parent


def _are_hot_spots(sheets: Sequence[Sheet], options: ReadOptions) -> bool:
    """Tell whether a file holds hot spots, and nobody has said that it is something else."""
    said = (options.what, options.kind, options.category) != (None, None, None)
    return len(sheets) == 1 and not said and are_hot_spots(sheets[0])


def _of_work(
    sheets: Sequence[Sheet],
    options: ReadOptions,
    recall: Recall,
    job: Job,
    locate_many: LocateMany,
    watch: Watch,
) -> Reading:
    """Return what a file of activities, walks and findings holds."""
    understood, passed_over = understand_layers(sheets, options)
    if not options.fields and (fields := recall(_columns(understood))):
        understood, passed_over = understand_layers(sheets, replace(options, fields=fields))
        job = replace(job, options=replace(job.options, fields=fields))
    read, job = _rows_read(understood, job, locate_many, watch)
    return _reading(job.file, understood, read, passed_over, job)


def _rows_read(
    understood: Sequence[tuple[Sheet, Understood]], job: Job, locate_many: LocateMany, watch: Watch
) -> tuple[list[RowsRead], Job]:
    """Return what each sheet's rows gave, and the job with the walks that they named."""
    read: list[RowsRead] = []
    total = sum(len(sheet.rows) for sheet, _ in understood) or 1
    done = 0
    for sheet, columns in understood:
        part = _part(watch, done / total, len(sheet.rows) / total)
        job = replace(job, sheet=sheet.title)
        read.append(read_rows(sheet, columns, job, locate_many, part))
        done += len(sheet.rows)
        job = replace(job, walks={**job.walks, **read[-1].named}, names={})
    return read, job


def _part(watch: Watch, start: float, share: float) -> Watch:
    """Return what tells a sheet's share of the work as a share of the whole."""

    def tell(of_sheet: float) -> None:
        watch(LOADED_SHARE + (1 - LOADED_SHARE) * (start + share * of_sheet))

    return tell


def _checked(options: ReadOptions, catalogue: Catalogue) -> ReadOptions:
    """Return options without choices that the catalogue has no more: then nothing was chosen."""
    words = catalogue.vocabulary
    return replace(
        options,
        kind=options.kind if options.kind in words.activity_kinds else None,
        category=options.category if options.category in words.finding_categories else None,
        area=options.area if options.area in catalogue.area_by_id else None,
    )


# --- hot spots ------------------------------------------------------------------------------------


def _of_hot_spots(sheet: Sheet, job: Job, locate_many: LocateMany) -> Reading:
    """Return what a file of hot spots holds."""
    found = hot_spots_of(sheet, job, lambda lon, lat: locate_many([lon], [lat])[0])
    # Every row without a draft has an error, and none with one.
    wrong = {problem.row for problem in found.problems if problem.severity == "error"}
    rest = [
        as_rest(sheet, row)
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if number in wrong
    ]
    return Reading(
        file=sheet.file,
        what="hot_spots",
        activities=(),
        walks=(),
        findings=(),
        problems=found.problems,
        rows_read=found.rows_read,
        needs=tuple(sorted(job.needs)),
        header=() if sheet.header_row is None else sheet.header,
        rest=() if sheet.header_row is None else tuple(rest),
        hot_spots=found.records,
    )


# --- together ------------------------------------------------------------------------------------


def _reading(
    name: str,
    understood: Sequence[tuple[Sheet, Understood]],
    read: Sequence[RowsRead],
    problems: list[RowProblem],
    job: Job,
) -> Reading:
    """Return what the sheets gave together."""
    sheets = [sheet for sheet, _ in understood]
    if not any(part.rows_read for part in read) and not any(sheet.rows for sheet in sheets):
        told = RowNotes(name, None)
        told.error("", "intake.no_rows")
        problems += told.problems
    most = max(read, key=lambda part: part.rows_read, default=RowsRead("activities"))
    records = [record for part in read for record in part.records]
    header, rest = _rest(sheets, read)
    return Reading(
        file=name,
        what=most.what,
        activities=_only(records, Activity),
        walks=_only(records, Walk),
        findings=_only(records, Finding),
        problems=(*problems, *(problem for part in read for problem in part.problems)),
        rows_read=sum(part.rows_read for part in read),
        columns=_columns(understood),
        grid=max((p.grid for p in read if p.grid), key=lambda use: use.rows, default=None),
        whereabouts=_sum([part.whereabouts for part in read]),
        needs=tuple(sorted(job.needs)),
        verified=job.verified,
        header=header,
        rest=rest,
    )


def _rest(
    sheets: Sequence[Sheet], read: Sequence[RowsRead]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the refused rows of tables under their header; none of a format without one."""
    if not sheets or any(sheet.header_row is None for sheet in sheets):
        return (), ()
    if len(sheets) == 1:
        return sheets[0].header, tuple(read[0].rest)
    header, rest = _rest_together(sheets, read)
    if any(sheet.sort for sheet in sheets):
        return header, rest
    # Only the program's own tables are told apart by their first column.
    return header[1:], tuple(row[1:] for row in rest)


def _only(records: Iterable[Work], sort: type[R]) -> tuple[R, ...]:
    return tuple(record for record in records if isinstance(record, sort))


def _columns(understood: Sequence[tuple[Sheet, Understood]]) -> tuple[ColumnUse, ...]:
    """Return every column once, by its name, as the first sheet that uses it reads it."""
    found: dict[str, ColumnUse] = {}
    for sheet, columns in understood:
        if sheet.titled:
            for use in column_uses(sheet, columns):
                known = found.get(use.header)
                if known is None or (use.field and not known.field):
                    found[use.header] = use
    return tuple(found.values())


def _sum(parts: Sequence[Whereabouts]) -> Whereabouts:
    return Whereabouts(
        sum(part.outside for part in parts),
        sum(part.near_border for part in parts),
        sum(part.far for part in parts),
    )


def _rest_together(
    sheets: Sequence[Sheet], read: Sequence[RowsRead]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the refused rows of several tables as one, which tells by a column what each is."""
    columns: dict[tuple[str, int], int] = {}
    for sheet in sheets:
        for column in _titles(sheet):
            if column[0] != LAYER:
                columns.setdefault(column, len(columns) + 1)
    rows: list[tuple[str, ...]] = []
    for sheet, part in zip(sheets, read, strict=True):
        places = [columns.get(column, 0) for column in _titles(sheet)]
        for cells in part.rest:
            row = [""] * (len(columns) + 1)
            for place, cell in zip(places, cells, strict=False):
                row[place] = cell
            row[0] = sheet.sort or row[0]
            rows.append((*row, *cells[len(places) :]))
    return (LAYER, *(header for header, _ in columns)), tuple(rows)


def _titles(sheet: Sheet) -> list[tuple[str, int]]:
    """Return a sheet's columns: two of the same name are told apart by their order."""
    return [(name, sheet.header[:at].count(name)) for at, name in enumerate(sheet.header)]
