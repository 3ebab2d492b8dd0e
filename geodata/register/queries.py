"""Reading: what the map, the lists and progress ask of the register.

Every function takes a connection and gives values. Void records are never among them. Most are
`Register`'s methods, which give them a connection that sees one state throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    and_,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to

from geodata.model import (
    Activity,
    ActivityFilter,
    CatalogueEntry,
    DayTally,
    Decision,
    Entity,
    Entry,
    Evidence,
    Finding,
    HotSpot,
    Meeting,
    Photo,
    Plan,
    Precision,
    Record,
    SourceKind,
    Walk,
)
from geodata.register.encoding import entity_of
from geodata.register.grid import (
    EVERYTHING,
    Region,
    others_in,
    passes,
    points_in,
)
from geodata.register.rows import IDS_A_QUERY, batches, from_rows
from geodata.register.schema import (
    AHEAD_KEY,
    TABLES,
    WORK,
    activity,
    activity_commitment,
    register_info,
    revision,
)
from geodata.register.view import in_view
from geodata.texts import alphabetical


def _present(entity: Entity) -> Select[Any]:
    """Return the statement for an entity's records that are not void."""
    return select(TABLES[entity]).where(TABLES[entity].c.void == false())


def _records(connection: Connection, entity: Entity, query: Select[Any]) -> list[Any]:
    """Return the records of an entity that a statement finds, in its order."""
    return from_rows(connection, entity, connection.execute(query).mappings().all())


# --- the register as a whole -----------------------------------------------------------------


_AHEAD = select(cast_to(register_info.c.value, Integer)).where(register_info.c.key == AHEAD_KEY)
# Made once: it is asked for before every answer that is kept.
_VERSION: Final = select(
    func.coalesce(func.max(revision.c.sequence), 0) + func.coalesce(_AHEAD.scalar_subquery(), 0)
)


def version(connection: Connection) -> int:
    """Return the newest revision's sequence, 0 when empty: it grows with every change.

    One restored from a backup is ahead of its sequence: no version is that of two contents.
    """
    return connection.scalar(_VERSION) or 0


def _has(connection: Connection, entity: Entity, source: ColumnElement[bool]) -> bool:
    """Tell whether any record of an entity comes from where a condition says."""
    query = _present(entity).with_only_columns(TABLES[entity].c.id).where(source).limit(1)
    return connection.scalar(query) is not None


def has_examples(connection: Connection) -> bool:
    """Tell whether any record is an example."""
    example = SourceKind.EXAMPLE.value
    return any(_has(connection, e, TABLES[e].c.source_kind == example) for e in (*WORK, "hot_spot"))


def has_only_published(connection: Connection) -> bool:
    """Tell whether there is nothing but what the parties have published."""
    published = SourceKind.PUBLISHED.value
    return not any(_has(connection, e, TABLES[e].c.source_kind != published) for e in WORK)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many activities, walks and findings there are, by those names."""
    names = dict(zip(WORK, ("activities", "walks", "findings"), strict=True))
    return {
        name: connection.scalar(_present(entity).with_only_columns(func.count())) or 0
        for entity, name in names.items()
    }


# --- activities ------------------------------------------------------------------------------

_NEWEST_FIRST: Final = (activity.c.day.desc(), activity.c.start.desc(), activity.c.id)


def activities(
    connection: Connection,
    chosen: ActivityFilter = EVERYTHING,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> list[Activity]:
    """Return activities, newest first (day, then start), from `offset`, at most `limit`."""
    query = select(activity).where(passes(chosen)).order_by(*_NEWEST_FIRST)
    if limit is not None or offset:
        query = query.limit(limit).offset(offset)
    return _records(connection, "activity", query)


def activity_days(
    connection: Connection, chosen: ActivityFilter, region: Region | None
) -> tuple[tuple[date, int], ...]:
    """Return how many a filter finds of each day, with a part in a region or no place.

    Newest first; days without any are left out.
    """
    every = _within(connection, chosen, region)
    # Not as it stands in its index, by which rows would be looked up one after the other.
    day = func.coalesce(every.c.day, every.c.day)
    rows = connection.execute(select(func.max(every.c.day), func.count()).group_by(day))
    return tuple(sorted(((found, number) for found, number in rows), reverse=True))


def activities_within(
    connection: Connection,
    chosen: ActivityFilter,
    region: Region | None,
    *,
    limit: int,
    offset: int,
) -> list[Activity]:
    """Return activities with a part in a region or no place, a page of them as above."""
    every = _within(connection, chosen, region)
    page = select(every.c.id).order_by(every.c.day.desc(), every.c.start.desc(), every.c.id)
    ids = connection.scalars(page.limit(limit).offset(offset)).all()
    return activities_by_id(connection, ids)


def _within(connection: Connection, chosen: ActivityFilter, region: Region | None) -> Subquery:
    found = passes(chosen)
    keys = select(activity.c.id, activity.c.day, activity.c.start)
    if region is None:
        return keys.where(found).subquery()
    # Apart, since each has an index of its own.
    points = and_(found, or_(*map(in_view, region.cells())), points_in(region))
    others = and_(found, others_in(connection, region, found))
    return union_all(keys.where(points), keys.where(others)).subquery()


def activities_by_id(connection: Connection, ids: Sequence[str]) -> list[Activity]:
    """Return activities in the order of their ids; void and unknown ones are left out."""
    # Void ones are left out afterwards: asked for what is not void as well, a database may look
    # through all that is not rather than for a few ids.
    query = select(activity).where(activity.c.id.in_(ids))
    by_id: dict[str, Activity] = {a.id: a for a in _records(connection, "activity", query)}
    return [by_id[id_] for id_ in ids if id_ in by_id and not by_id[id_].void]


def entries(connection: Connection, chosen: ActivityFilter = EVERYTHING) -> list[Entry]:
    """Return every activity that a filter finds as a line of the register, newest first."""
    return _entries(connection, passes(chosen), *_NEWEST_FIRST)


def _entries(
    connection: Connection, which: ColumnElement[bool], *order: ColumnElement[Any]
) -> list[Entry]:
    table, link = activity.c, activity_commitment.c
    named = select(link.activity_id).where(link.activity_id == table.id).exists()
    where_and_when = (table.id, table.area_id, table.day, table.precision, table.minutes)
    query = select(*where_and_when, named, table.kind).where(which)
    rows = connection.execute(query.order_by(*order))
    precisions = {precision.value: precision for precision in Precision}
    return [
        Entry(id_, area_id, day, precisions[precision], minutes, bool(named), kind)
        for id_, area_id, day, precision, minutes, named, kind in rows
    ]


def evidence(
    connection: Connection,
    commitment_id: str | None = None,
    area_id: str | None = None,
    first: date = date.min,
    last: date = date.max,
) -> list[Evidence]:
    """Return every activity's claim to count for a commitment, by day; for one, in an area."""
    link = activity_commitment.c
    which: list[ColumnElement[bool]] = [activity.c.day.between(first, last)]
    if commitment_id is not None:
        which.append(link.commitment_id == commitment_id)
    if area_id is not None:
        which.append(activity.c.area_id == area_id)
    query = _evidence().where(activity.c.void == false(), *which)
    rows = connection.execute(query.order_by(activity.c.day, activity.c.id, link.position))
    return [Evidence(*row) for row in rows]


def _evidence() -> Select[Any]:
    table, link = activity.c, activity_commitment.c
    return select(
        table.id, link.commitment_id, table.area_id, table.kind, table.day, table.minutes
    ).join_from(activity, activity_commitment, link.activity_id == table.id)


def doubtful(
    connection: Connection, claims: Collection[DayTally]
) -> tuple[list[Entry], list[Evidence]]:
    """Return the activities that name no commitment or have one of some claims, and all they claim.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that sees one state of the register.
    claims : collection of DayTally
        Those that don't count.

    Returns
    -------
    entries : list of Entry
        Newest first.
    evidence : list of Evidence
        Theirs, for whatever commitment.
    """
    table, link = activity.c, activity_commitment.c
    own = select(link.activity_id).where(link.activity_id == table.id)
    # Of two indexes that hold the ids alone, which takes a tenth of the time of asking row by row.
    ids = set(connection.scalars(select(table.id).except_(select(link.activity_id))))
    alike: dict[tuple[str | None, str | None, str], list[date]] = {}
    for one in claims:
        alike.setdefault((one.commitment_id, one.area_id, one.kind), []).append(one.day)
    for (commitment_id, area_id, kind), days in alike.items():
        claimed = own.where(link.commitment_id == commitment_id).exists()
        where = table.area_id.is_(None) if area_id is None else table.area_id == area_id
        for some in batches(days, IDS_A_QUERY):
            there = table.void == false(), where, table.day.in_(some), table.kind == kind
            ids.update(connection.scalars(select(table.id).where(*there, claimed)))
    found: dict[str, Entry] = {}
    order: list[tuple[int, float, str]] = []
    every: list[Evidence] = []
    for part in batches(sorted(ids), IDS_A_QUERY):
        here = table.id.in_(part)
        found |= {entry.activity_id: entry for entry in _entries(connection, here)}
        starts = select(table.id, table.day, table.start, table.void).where(here)
        keys = {
            id_: (-day.toordinal(), -start.timestamp(), id_)
            for id_, day, start, void in connection.execute(starts)
            if not void
        }
        order += keys.values()
        rows = connection.execute(_evidence().where(here))
        every += (Evidence(*row) for row in rows if row[0] in keys)
    return [found[id_] for _, _, id_ in sorted(order)], every


def ids_on(
    connection: Connection,
    area_id: str,
    first_day: date,
    last_day: date,
    precisions: Collection[Precision],
) -> list[str]:
    """Return the activities of an area on some days, if known so exactly, newest first."""
    chosen = ActivityFilter(area_ids=(area_id,), first_day=first_day, last_day=last_day)
    exact = activity.c.precision.in_([precision.value for precision in precisions])
    query = select(activity.c.id).where(passes(chosen), exact).order_by(*_NEWEST_FIRST)
    return list(connection.scalars(query))


def latest_days(connection: Connection, chosen: ActivityFilter = EVERYTHING) -> dict[str, date]:
    """Return the newest activity's day by area; areas without any are left out."""
    table = activity.c
    query = select(table.area_id, func.max(table.day).label("day")).where(passes(chosen))
    rows = connection.execute(query.where(table.area_id.is_not(None)).group_by(table.area_id))
    return {row.area_id: row.day for row in rows}


# --- other records ---------------------------------------------------------------------------


def walks(connection: Connection, area_ids: Collection[str] | None = None) -> list[Walk]:
    """Return walks by start, in some areas or all."""
    table = TABLES["walk"].c
    query = _present("walk").order_by(table.start, table.id)
    if area_ids is not None:
        query = query.where(table.area_id.in_(area_ids))
    return _records(connection, "walk", query)


def findings(
    connection: Connection, area_ids: Collection[str] | None = None, walk_id: str | None = None
) -> list[Finding]:
    """Return findings by day, in some areas or all, of one walk or all."""
    table = TABLES["finding"].c
    query = _present("finding").order_by(table.day, table.id)
    if area_ids is not None:
        query = query.where(table.area_id.in_(area_ids))
    if walk_id is not None:
        query = query.where(table.walk_id == walk_id)
    return _records(connection, "finding", query)


def numbered(connection: Connection) -> list[tuple[Record, int]]:
    """Return every activity and finding with the number to expect when changing it."""
    table = revision.c
    query = select(table.entity, table.entity_id, func.max(table.number))
    rows = connection.execute(query.group_by(table.entity, table.entity_id))
    # The numbers first: where a state is not held, a later change is then seen as a conflict.
    numbers = {(entity, id_): number for entity, id_, number in rows}
    records: list[Record] = [*activities(connection), *findings(connection)]
    keys = [(entity_of(record), record.id) for record in records]
    return [
        (record, numbers[key]) for record, key in zip(records, keys, strict=True) if key in numbers
    ]


def dated(connection: Connection, entity: Entity) -> list[tuple[Record, int, datetime]]:
    """Return every record of a kind, withdrawn too, with its newest version's number and time."""
    table = revision.c
    query = select(table.entity_id, func.max(table.number), func.max(table.at))
    rows = connection.execute(query.where(table.entity == entity).group_by(table.entity_id))
    newest = {id_: (number, at) for id_, number, at in rows}
    found: list[Record] = _records(connection, entity, select(TABLES[entity]))
    return [(record, *newest[record.id]) for record in found if record.id in newest]


def _change(entity: Entity, which: Callable[[ColumnElement[int]], ColumnElement[int]]) -> Any:
    """Return where a record's first or last change stands among all changes of the register."""
    return (
        select(which(revision.c.sequence))
        .where(revision.c.entity == entity, revision.c.entity_id == TABLES[entity].c.id)
        .scalar_subquery()
    )


def decisions(connection: Connection) -> list[Decision]:
    """Return decisions by the day that they were made, those of one day as they were recorded."""
    table = TABLES["decision"].c
    order = table.day, _change("decision", func.min), table.id
    return _records(connection, "decision", _present("decision").order_by(*order))


def meetings(connection: Connection) -> list[Meeting]:
    """Return every meeting, the newest first."""
    table = TABLES["meeting"].c
    query = _present("meeting").order_by(table.day.desc(), table.id)
    return _records(connection, "meeting", query)


def hot_spots(connection: Connection) -> list[HotSpot]:
    """Return every hot spot by name, those that have ended too."""
    spots: list[HotSpot] = _records(connection, "hot_spot", _present("hot_spot"))
    # No database sorts as Swedish does unless it is told to, each in its own way.
    return sorted(spots, key=lambda spot: (alphabetical(spot.name), spot.name, spot.id))


def plans(connection: Connection) -> list[Plan]:
    """Return every plan, the newest first."""
    query = _present("plan").order_by(_change("plan", func.max).desc())
    return _records(connection, "plan", query)


def photos(
    connection: Connection, entity: Entity | None = None, record_ids: Collection[str] | None = None
) -> list[Photo]:
    """Return the photos of records of a kind, some or all, each one's as they were added."""
    table = TABLES["photo"].c
    query = _present("photo").order_by(table.record_id, _change("photo", func.min))
    if entity is not None:
        query = query.where(table.entity == entity)
    if record_ids is None:
        return _records(connection, "photo", query)
    some = batches(sorted(record_ids), IDS_A_QUERY)
    found = (_records(connection, "photo", query.where(table.record_id.in_(ids))) for ids in some)
    return list(chain.from_iterable(found))


# --- promises and areas ------------------------------------------------------------------------


def catalogue_entries(connection: Connection, *, withdrawn: bool = False) -> list[CatalogueEntry]:
    """Return the entries that stand, in their order; those that were withdrawn where asked for."""
    table = TABLES["catalogue_entry"]
    query = select(table) if withdrawn else _present("catalogue_entry")
    return _records(connection, "catalogue_entry", query.order_by(table.c.position, table.c.id))


def catalogue_version(connection: Connection) -> int:
    """Return the newest revision of any entry, 0 where there is none: it grows with each change."""
    query = select(func.max(revision.c.sequence)).where(revision.c.entity == "catalogue_entry")
    return connection.scalar(query) or 0
