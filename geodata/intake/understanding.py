"""What a file's sheets are, and their columns: found by their names, or as the reader was told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from geodata import records as tables
from geodata.intake.report import ColumnUse, ReadOptions, RowProblem, What, remark, shown
from geodata.intake.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Understood:
    """How a sheet's columns are read."""

    what: What
    fields: tuple[str, ...]
    doubles: Mapping[int, str] = field(default_factory=dict)
    own: bool = False

    @property
    def known(self) -> frozenset[str]:
        """The fields that some column holds."""
        return frozenset(filter(None, self.fields))

    def column_of(self, field: str) -> int | None:
        """Return the column that holds a field, None if none does."""
        return self.fields.index(field) if field in self.fields else None


def understand(sheet: Sheet, options: ReadOptions) -> Understood:
    """Return how a sheet's columns are to be read."""
    own = is_own(sheet)
    # A kind is an activity's and a category a finding's: who gives one says what the rows are.
    given: What | None = None
    if (options.kind is None) != (options.category is None):
        given = "activities" if options.kind is not None else "findings"
    named: What | None = "hot_spots" if own and are_hot_spots(sheet) else None
    if own and sheet.title in tables.OFFICE:
        named = sheet.title
    if (told := sheet.sort or named or options.what or given) is not None:
        return _as(told, sheet, options.fields, own=own)
    read = [_as(what, sheet, options.fields, own=own) for what in tables.SORTS]
    # A telling name is worth two others: "kommentar" alone makes no finding of what has a time and
    # those who took part.
    return max(
        read,
        key=lambda found: 2 * len(found.known & tables.TELLING[found.what]) + len(found.known),
    )


def is_own(sheet: Sheet) -> bool:
    """Tell whether the program itself wrote a table."""
    return tables.plain_name(tables.OWN_ID) in map(tables.plain_name, sheet.header)


def are_hot_spots(sheet: Sheet) -> bool:
    """Tell whether a sheet's rows are hot spots: named places with a first day of their own."""
    known = _as("hot_spots", sheet, {}, own=is_own(sheet)).known
    placed = sheet.shapes is not None or {"lat", "lon"} <= known
    # What has a day is something that was done.
    days = tables.ranks_of({"date": tables.COLUMNS["activities"]["date"]})
    done = any(tables.plain_name(header) in days for header in sheet.header)
    return placed and not done and known.issuperset(tables.NEEDED["hot_spots"])


def recognised(understood: Understood, options: ReadOptions) -> bool:
    """Tell whether columns look like records at all, and not like houses or bus stops.

    What the reader was told stands for one column that is missing, not for all of them.
    """
    known = understood.known
    if understood.what == "findings":
        return "text" in known and ("category" in known or options.category is not None)
    telling = bool(known & tables.TELLING[understood.what])
    if understood.what == "activities" and options.kind is not None:
        return "date" in known or (telling and options.day is not None)
    return telling and ("date" in known or options.day is not None)


def column_uses(sheet: Sheet, understood: Understood) -> tuple[ColumnUse, ...]:
    """Return how each column was understood, with the first value that stands in it."""
    return tuple(
        ColumnUse(header, field, _sample(sheet.rows, index))
        for index, (header, field) in enumerate(zip(sheet.header, understood.fields, strict=True))
    )


def left_aside(sheet: Sheet, understood: Understood) -> list[RowProblem]:
    """Return notices of the columns that are not read."""
    if not sheet.titled:
        return []
    keys = dict.fromkeys(understood.doubles, "intake.column_aside")
    unused = {
        index: "intake.column_unused"
        for index, (header, field) in enumerate(zip(sheet.header, understood.fields, strict=True))
        if header
        and not field
        and index not in keys
        and not (understood.own and tables.plain_name(header) in tables.OWN_NAMES)
    }
    headers = [(sheet.header[index], key) for index, key in {**unused, **keys}.items()]
    at = sheet.shown_file, sheet.header_row
    return [remark(*at, header, key, header) for header, key in headers]


def _sample(rows: Sequence[Sequence[str]], column: int) -> str:
    for row in rows:
        if len(row) > column and (cell := row[column].strip()):
            return shown(cell)
    return ""


def _as(what: What, sheet: Sheet, said: Mapping[str, str], *, own: bool) -> Understood:
    columns: tables.Columns = tables.COLUMNS[what]
    if own:
        columns = {**tables.OWN_COLUMNS[what], **columns}
    ranks = tables.ranks_of(columns)
    named = [
        (said[header], -1) if header in said else _named(header, ranks) for header in sheet.header
    ]
    chosen = _best((rank, at, name) for at, (name, rank) in enumerate(named) if name in columns)
    grouped = _in_group(sheet.header, said, ranks)
    if not chosen.keys() & grouped.keys():
        chosen |= grouped
    if not chosen.keys() & _WHERE:
        chosen |= _half_named(sheet.header, said, columns)
    if "date" not in chosen and "time" in chosen and "time" not in said.values():
        # "tid" by itself is day and time; beside a day it is the time of day.
        chosen["date"] = chosen.pop("time")
    used = {at: name for name, at in chosen.items()}
    fields = tuple(used.get(at, "") for at in range(len(sheet.header)))
    doubles = {
        at: name for at, (name, rank) in enumerate(named) if name and rank >= 0 and at not in used
    }
    return Understood(what, fields, doubles, own)


def _best(ranked: Iterable[tuple[int, int, str]]) -> dict[str, int]:
    """Return each name's column: of several the one with the lowest rank, then the first."""
    return {name: at for _, at, name in sorted(ranked, reverse=True)}


# A name in a survey's form is an XML name: "Datum/tid och plats" is none.
_GROUPED: Final = re.compile(r"(?P<group>[\w.-]+(?:/[\w.-]+)*)/(?P<question>[\w.-]+)")
_WHERE: Final = frozenset({"lat", "lon", "x", "y", "position", "geometry"})


def _named(header: str, ranks: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
    """Return a column's field and rank by its name, with or without a coordinate system in it."""
    plain = tables.plain_name(header)
    if plain not in ranks:
        bare = ranks.get(" ".join(tables.GRID_NAMED.sub(" ", plain).split()))
        return bare if bare is not None and bare[0] in _WHERE else ("", 0)
    return ranks.get(plain, ("", 0))


def _in_group(
    header: Sequence[str], said: Mapping[str, str], ranks: Mapping[str, tuple[str, int]]
) -> dict[str, int]:
    """Return columns that are named with the survey's group before: ``besok/datum`` (KoboToolbox).

    Only where there is one group, and nothing beside it is the same field: of two days nobody
    says which is meant.
    """
    grouped = {at: _GROUPED.fullmatch(name) for at, name in enumerate(header) if name not in said}
    found = {at: match for at, match in grouped.items() if match}
    if len(found) < 2 or len({match["group"] for match in found.values()}) > 1:
        return {}
    named = ((at, *_named(match["question"], ranks)) for at, match in found.items())
    return _best((rank, at, name) for at, name, rank in named if name)


def _half_named(
    header: Sequence[str], said: Mapping[str, str], columns: tables.Columns
) -> dict[str, int]:
    """Return the first two columns that are one question's latitude and longitude.

    Survey tools put the question's own name first: ``plats-Latitude`` (ODK Central),
    ``_plats_latitude`` (KoboToolbox).
    """
    plain = [tables.plain_name(name) for name in header]
    for index, name in enumerate(plain):
        if name.endswith(" latitude") and header[index] not in said and "lat" in columns:
            other = name.removesuffix("latitude") + "longitude"
            if other in plain and header[plain.index(other)] not in said:
                return {"lat": index, "lon": plain.index(other)}
    return {}


LAYER: Final = "layer"
"""The property by which a collection that the program itself wrote tells its sorts apart."""

_LAYERS: Final = ("walks", "activities", "findings", "hot_spots", *tables.OFFICE)
"""Walks before findings and meetings before decisions, which may name them."""


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
            key = "intake.layer_passed_over" if layer else "intake.sheet_passed_over"
            count = len(sheet.rows)
            problems.append(remark(sheet.shown_file, None, "", key, sheet.title, count=count))
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
        for what in tables.TABLES
        if (part := _part(sheet, what, [i for i, r in enumerate(sheet.rows) if r[column] == what]))
    ]
    # A row of a table that somebody has corrected is never passed over in silence.
    others = (
        [i for i, r in enumerate(sheet.rows) if r[column] not in tables.TABLES] if table else []
    )
    rest = _part(sheet, None, others)
    return [*found, *([rest] if rest else [])] or [sheet]


def _filled(sheet: Sheet) -> Sheet:
    width = len(sheet.header)
    return replace(sheet, rows=[[*row, *[""] * (width - len(row))] for row in sheet.rows])


def _part(sheet: Sheet, what: What | None, indexes: Sequence[int]) -> Sheet | None:
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
    return sorted(chosen, key=lambda pair: _LAYERS.index(pair[1].what))
