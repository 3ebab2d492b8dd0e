"""Layers of a file: which are read, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from geodata.intake.columns import COLUMNS
from geodata.intake.drafts import RowNotes, RowProblem
from geodata.intake.plan import ReadOptions, What
from geodata.intake.sheets import Sheet
from geodata.intake.understanding import Understood, is_own, recognised, understand

LAYER: Final = "layer"
"""The property by which a collection that the program itself wrote tells its sorts apart."""

_ORDER: Final[Mapping[What, int]] = {"walks": 0, "activities": 1, "findings": 2}
"""Walks first: findings may name them."""


def understand_layers(
    sheets: Sequence[Sheet], options: ReadOptions
) -> tuple[list[tuple[Sheet, Understood]], list[RowProblem]]:
    """Return which of a file's sheets are read and how."""
    own = [part for sheet in sheets if is_own(sheet) for part in by_sort(sheet)]
    if own:
        # What else stands in such a file (areas, promises, relations) is there for the map; but
        # tracks of others that somebody has put beside the program's own are meant as well.
        own += [sheet for sheet in sheets if not sheet.titled and not is_own(sheet)]
        return _ordered([(sheet, understand(sheet, _for(sheet, options))) for sheet in own]), []
    if len(sheets) == 1:
        return [(sheets[0], understand(sheets[0], _for(sheets[0], options)))], []
    chosen: list[tuple[Sheet, Understood]] = []
    problems: list[RowProblem] = []
    for sheet in sheets:
        columns = understand(sheet, replace(options, what=None, kind=None, category=None))
        if not recognised(columns, ReadOptions()):
            columns = understand(sheet, options)
        if recognised(columns, options):
            chosen.append((sheet, columns))
    if not chosen and sheets:
        largest = max(sheets, key=lambda sheet: len(sheet.rows))
        chosen = [(largest, understand(largest, options))]
    read = [id(sheet) for sheet, _ in chosen]
    for sheet in sheets:
        layer = sheet.header_row is None
        # A table's header may be a line of text that somebody wanted read.
        if (sheet.rows or not layer) and id(sheet) not in read:
            told = RowNotes(sheet.shown_file, None)
            key = "intake.layer_passed_over" if layer else "intake.sheet_passed_over"
            told.notice("", key, sheet.title, count=len(sheet.rows))
            problems += told.problems
        if id(sheet) not in read:
            problems += sheet.remarks
    return _ordered(chosen), problems


def by_sort(sheet: Sheet) -> list[Sheet]:
    """Return a sheet for every sort of record that its column ``layer`` names."""
    if sheet.sort is not None or LAYER not in sheet.header:
        return [sheet]
    table = sheet.header_row is not None
    if table:
        sheet = _filled(sheet)
    column = sheet.header.index(LAYER)
    found = [
        part
        for what in COLUMNS
        if (part := _part(sheet, what, [i for i, r in enumerate(sheet.rows) if r[column] == what]))
    ]
    # A row of a table that somebody has corrected is never passed over in silence.
    others = [i for i, r in enumerate(sheet.rows) if r[column] not in COLUMNS] if table else []
    rest = _part(sheet, None, others)
    return [*found, *([rest] if rest else [])] or [sheet]


def _filled(sheet: Sheet) -> Sheet:
    """Return a table whose rows are all as long as its header."""
    width = len(sheet.header)
    return replace(sheet, rows=[[*row, *[""] * (width - len(row))] for row in sheet.rows])


def _part(sheet: Sheet, what: What | None, indexes: Sequence[int]) -> Sheet | None:
    """Return some rows of a sheet, with the columns in which they hold something."""
    if not indexes:
        return None
    rows = [sheet.rows[index] for index in indexes]
    columns = [i for i in range(len(sheet.header)) if any(row[i] for row in rows)]
    shapes = sheet.shapes
    return replace(
        sheet,
        header=tuple(sheet.header[i] for i in columns),
        numbers=[sheet.numbers[index] for index in indexes],
        rows=[[*(row[i] for i in columns), *row[len(sheet.header) :]] for row in rows],
        shapes=None if shapes is None else [shapes[index] for index in indexes],
        told={at: sheet.told[index] for at, index in enumerate(indexes) if index in sheet.told},
        sort=what,
    )


def _for(sheet: Sheet, options: ReadOptions) -> ReadOptions:
    """Return options for a sheet whose columns are of our own making, not to be mapped."""
    if sheet.titled:
        return options
    return replace(options, what=options.what or "activities", fields={})


def _ordered(chosen: list[tuple[Sheet, Understood]]) -> list[tuple[Sheet, Understood]]:
    return sorted(chosen, key=lambda pair: _ORDER[pair[1].what])
