"""How many activities there are by day and by map cell, kept so that nobody counts them all.

Both tables follow from the activities that are not void, and are corrected in the transaction that
writes an activity: taken away as it was, added as it is. Day sums are what progress is told from,
cell sums are the map's squares; what a cell sum can't tell, as of half a month, is counted.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite

from geodata.model import ActivityFilter, DayTally, Entity, Precision
from geodata.register.grid import EVERYTHING, GRID_ZOOM, passes
from geodata.register.schema import activity, activity_commitment, cell_sum, day_sum, revision

CELL_ZOOMS: Final = (11, 15, 19)
"""Zooms of the cells that are counted: each holds 256 of the next."""

FEW: Final = 1_000
"""So many ids are named; more are asked for."""

_INSERTS: Final[Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


_EMPTY: Final = sa.literal_column("''", sa.String)


def _written(number: int) -> sa.ColumnElement[int]:
    """Return a number as a part of the statement.

    PostgreSQL takes the same sum with another parameter for another sum.
    """
    return sa.literal_column(str(number), sa.Integer)


def month_of(day: date) -> int:
    """Return a day's month as cell sums have it."""
    return day.year * 12 + day.month - 1


def shrunk(zoom: int, column: sa.ColumnElement[int], of: int = GRID_ZOOM) -> sa.ColumnElement[int]:
    """Return which column or row at a zoom holds one of a finer grid."""
    return column // _written(2 ** (of - zoom))


_Question = sa.Select[Any]


def _of(table: sa.Table, which: sa.ColumnElement[bool], *, named: bool, zoom: int = 0) -> _Question:
    """Return what a table holds of some activities: of all, or by each commitment they name."""
    a, link = activity.c, activity_commitment.c
    sums: list[sa.ColumnElement[Any]] = [sa.func.count()]
    key: list[sa.ColumnElement[Any]] = [link.commitment_id if named else _EMPTY]
    area = sa.func.coalesce(a.area_id, _EMPTY)
    # Not by the column alone: its index holds nearly all that there are.
    there = [which, sa.func.coalesce(a.void, sa.true()) == sa.false()]
    if table is day_sum:
        key += [area, a.day, a.kind, a.precision]
        unknown = sa.func.sum(sa.case((a.minutes.is_(None), _written(1)), else_=_written(0)))
        sums += [sa.func.coalesce(sa.func.sum(a.minutes), 0), unknown]
    else:
        months = sa.extract("year", a.day) * _written(12) + sa.extract("month", a.day) - _written(1)
        cell = shrunk(zoom, a.grid_x), shrunk(zoom, a.grid_y)
        key += [_written(zoom), *cell, cast_to(months, sa.Integer), area]
        there.append(a.grid_x.is_not(None))
    both = activity.join(activity_commitment, link.activity_id == a.id)
    names = [column.name for column in table.columns]
    columns = (one.label(name) for name, one in zip(names, (*key, *sums), strict=True))
    query = sa.select(*columns).select_from(both if named else activity).where(*there)
    # Not by what is the same for all: a number there is a column's place.
    return query.group_by(*(one for one in key if not getattr(one, "is_literal", False)))


def _questions(which: sa.ColumnElement[bool]) -> Iterator[tuple[sa.Table, _Question]]:
    """Yield what makes up each table, of some activities."""
    for named in (False, True):
        yield day_sum, _of(day_sum, which, named=named)
        for zoom in CELL_ZOOMS:
            yield cell_sum, _of(cell_sum, which, named=named, zoom=zoom)


def add(connection: sa.Connection, which: sa.ColumnElement[bool], sign: int = 1) -> None:
    """Add some activities to the sums, or take them away (`sign` -1)."""
    for table, question in _questions(which):
        keys = [column.name for column in table.primary_key]
        sums = [column.name for column in table.columns if not column.primary_key]
        counted = question.subquery()
        columns = list(counted.c)
        signed = [*columns[: len(keys)], *(sign * column for column in columns[len(keys) :])]
        # SQLite takes ON CONFLICT for a join's ON where nothing stands between.
        values = sa.select(*signed).where(sa.literal(1) == 1)
        statement = _INSERTS[connection.dialect.name](table).from_select([*keys, *sums], values)
        more = {name: table.c[name] + statement.excluded[name] for name in sums}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=more))


def add_since(connection: sa.Connection, sequence: int) -> None:
    """Add the activities that were made after a revision, in the same transaction."""
    new = sa.select(revision.c.entity_id).where(
        revision.c.sequence > sequence, revision.c.entity == "activity"
    )
    some = connection.scalars(new.limit(FEW + 1)).all()
    if some:
        add(connection, activity.c.id.in_(some if len(some) <= FEW else new))


@contextmanager
def corrected(connection: sa.Connection, entity: Entity, ids: Sequence[str]) -> Iterator[None]:
    """Correct the sums by what is done meanwhile to some records' rows and links."""
    which = activity.c.id.in_(ids)
    if entity == "activity":
        add(connection, which, -1)
    yield
    if entity == "activity":
        add(connection, which)


def clear(connection: sa.Connection) -> None:
    """Forget what there is none of any longer."""
    for table in (day_sum, cell_sum):
        connection.execute(sa.delete(table).where(table.c.number == 0))


def differ(connection: sa.Connection) -> bool:
    """Tell whether any sum is another than its activities', counted anew."""
    everything = activity.c.id.is_not(None)
    for table in (day_sum, cell_sum):
        parts = [question for of, question in _questions(everything) if of is table]
        counted = {tuple(row) for part in parts for row in connection.execute(part)}
        kept = connection.execute(sa.select(table).where(table.c.number != 0))
        if counted != {tuple(row) for row in kept}:
            return True
    return False


# --- asking --------------------------------------------------------------------------------------


def day_tallies(connection: sa.Connection, *, named: bool) -> list[DayTally]:
    """Return what is recorded on each day, in each area, of each kind, by how exactly it is known.

    All, whatever it names, or by each commitment that is named.
    """
    table = day_sum.c
    which = table.commitment_id != "" if named else table.commitment_id == ""
    query = sa.select(day_sum).where(which, table.number > 0)
    precisions = {precision.value: precision for precision in Precision}
    return [
        DayTally(
            commitment or None, area or None, kind, day, number, minutes, unknown, precisions[exact]
        )
        for commitment, area, day, kind, exact, number, minutes, unknown in connection.execute(
            query
        )
    ]


def count_activities(connection: sa.Connection, chosen: ActivityFilter = EVERYTHING) -> int:
    """Return how many activities a filter finds."""
    if chosen.party_id is not None or chosen.ids is not None:
        query = sa.select(sa.func.count()).select_from(activity).where(passes(chosen))
        return connection.scalar(query) or 0
    table = day_sum.c
    which = [table.commitment_id == (chosen.commitment_id or "")]
    for column, some in ((table.area_id, chosen.area_ids), (table.kind, chosen.kinds)):
        if some is not None:
            which.append(column.in_(some))
    if chosen.first_day is not None:
        which.append(table.day >= chosen.first_day)
    if chosen.last_day is not None:
        which.append(table.day <= chosen.last_day)
    return connection.scalar(sa.select(sa.func.sum(table.number)).where(*which)) or 0


Columns = tuple[int, int]
"""The first column or row, and the one after the last."""


def by_square(
    connection: sa.Connection, zoom: int, columns: Columns, rows: Columns, chosen: ActivityFilter
) -> dict[tuple[int, int], int]:
    """Return how many activities of any kind lie in each of some squares, by column and row.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that sees one state of the register.
    zoom : int
        The squares', at most the finest of `CELL_ZOOMS`.
    columns, rows : tuple of int
        The squares.
    chosen : ActivityFilter
        Without kinds.
    """
    cells = next(level for level in CELL_ZOOMS if level >= zoom)
    table, many = cell_sum.c, 2 ** (cells - zoom)
    x, y = shrunk(zoom, table.x, cells), shrunk(zoom, table.y, cells)
    query = sa.select(x, y, sa.func.sum(table.number)).where(
        table.commitment_id == (chosen.commitment_id or ""),
        table.zoom == cells,
        table.x.between(columns[0] * many, columns[1] * many - 1),
        table.y.between(rows[0] * many, rows[1] * many - 1),
    )
    if chosen.area_ids is not None:
        query = query.where(table.area_id.in_(chosen.area_ids))
    if chosen.first_day is not None:
        query = query.where(table.month >= month_of(chosen.first_day))
    if chosen.last_day is not None:
        query = query.where(table.month <= month_of(chosen.last_day))
    found = Counter({(at, to): n for at, to, n in connection.execute(query.group_by(x, y))})
    for first, last in _beyond(chosen):
        a = activity.c
        x, y = shrunk(zoom, a.grid_x), shrunk(zoom, a.grid_y)
        # Asked by squares and not by the grid: it's the days that are few.
        inside = x.between(columns[0], columns[1] - 1), y.between(rows[0], rows[1] - 1)
        others = replace(chosen, first_day=first, last_day=last)
        query = sa.select(x, y, sa.func.count()).where(passes(others), *inside).group_by(x, y)
        found.subtract({(at, to): n for at, to, n in connection.execute(query)})
    return {square: n for square, n in found.items() if n}


def _beyond(chosen: ActivityFilter) -> Iterator[tuple[date, date]]:
    """Yield the days that a filter doesn't take of the months that it begins and ends in."""
    if chosen.first_day is not None and chosen.first_day.day > 1:
        yield chosen.first_day.replace(day=1), chosen.first_day - timedelta(days=1)
    if chosen.last_day is not None:
        length = monthrange(chosen.last_day.year, chosen.last_day.month)[1]
        if chosen.last_day.day < length:
            yield chosen.last_day + timedelta(days=1), chosen.last_day.replace(day=length)
