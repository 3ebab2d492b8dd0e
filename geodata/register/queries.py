"""Reading: what the map, the lists and progress ask of the register.

Every function takes a connection and gives values. Void records are never among them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    false,
    func,
    literal_column,
    select,
)
from sqlalchemy import cast as cast_to

from geodata.model import (
    Activity,
    ActivityFilter,
    Bin,
    Decision,
    Entry,
    Evidence,
    Finding,
    HotSpot,
    Meeting,
    Plan,
    Precision,
    Record,
    SourceKind,
    Walk,
)
from geodata.register.content import entity_of
from geodata.register.grid import GRID_ZOOM, bin_zoom, grid_range, tile_bounds
from geodata.register.rows import from_rows
from geodata.register.schema import (
    AHEAD_KEY,
    TABLES,
    WORK,
    Entity,
    activity,
    activity_commitment,
    finding,
    register_info,
    revision,
    walk,
)
from geodata.texts import alphabetical


def numbered(connection: Connection) -> list[tuple[Record, int]]:
    """Return every activity and finding that is not void, with its newest revision's number."""
    newest = func.max(revision.c.number)
    query = select(revision.c.entity, revision.c.entity_id, newest).group_by(
        revision.c.entity, revision.c.entity_id
    )
    # The numbers first: where a state is not held, a later change is then seen as a conflict.
    numbers = {(entity, id_): number for entity, id_, number in connection.execute(query)}
    records: list[Record] = [
        *activities(connection, ActivityFilter(), None, 0),
        *findings(connection, None, None),
    ]
    keys = [(entity_of(record), record.id) for record in records]
    return [
        (record, numbers[key]) for record, key in zip(records, keys, strict=True) if key in numbers
    ]


BBox = tuple[float, float, float, float]
"""West, south, east, north in WGS 84 degrees."""


@dataclass(frozen=True, slots=True)
class ActivityPoint:
    """An activity as a point on the map.

    Parameters
    ----------
    id : str
        The activity's id.
    lon, lat : float
        Its representative point in WGS 84: the place, or half way along a line.
    kind : str
        A key of `Vocabulary.activity_kinds`.
    area_id : str or None
        The area it took place in.
    day : datetime.date
        The day it counts from.
    start : datetime.datetime
        When, with zone.
    precision : Precision
        How exactly its time is known.
    """

    id: str
    lon: float
    lat: float
    kind: str
    area_id: str | None
    day: date
    start: datetime
    precision: Precision


def select_version() -> Select[Any]:
    """Return the statement for the newest revision's sequence and what is added to it."""
    info = register_info.c
    ahead = select(cast_to(info.value, Integer)).where(info.key == AHEAD_KEY).scalar_subquery()
    newest = func.max(revision.c.sequence)
    return select(func.coalesce(newest, 0) + func.coalesce(ahead, 0))


def version(connection: Connection) -> int:
    """Return the newest revision's sequence, 0 where nothing is recorded.

    A register that was restored from a backup is ahead of its sequence, so that no version is
    ever that of two different contents.
    """
    return connection.scalar(select_version()) or 0


def _matches(chosen: ActivityFilter) -> ColumnElement[bool]:
    """Return the condition that an activity isn't void and passes a filter."""
    table = activity.c
    conditions: list[ColumnElement[bool]] = [table.void == false()]
    if chosen.area_ids is not None:
        conditions.append(table.area_id.in_(chosen.area_ids))
    if chosen.kinds is not None:
        conditions.append(table.kind.in_(chosen.kinds))
    if chosen.commitment_id is not None:
        link = activity_commitment.c
        conditions.append(
            table.id.in_(select(link.activity_id).where(link.commitment_id == chosen.commitment_id))
        )
    if chosen.first_day is not None:
        conditions.append(table.day >= chosen.first_day)
    if chosen.last_day is not None:
        conditions.append(table.day <= chosen.last_day)
    return and_(*conditions)


def _in_view(bbox: BBox) -> ColumnElement[bool]:
    """Return the condition that an activity's cell lies in a view; see `grid_range`."""
    cells = grid_range(bbox)
    return and_(
        activity.c.grid_x >= cells.first_column,
        activity.c.grid_x < cells.last_column,
        activity.c.grid_y >= cells.first_row,
        activity.c.grid_y < cells.last_row,
    )


def select_activities(
    chosen: ActivityFilter, limit: int | None = None, offset: int = 0
) -> Select[Any]:
    """Return the statement for a filter's activities, newest first."""
    table = activity.c
    query = select(activity).where(_matches(chosen))
    query = query.order_by(table.day.desc(), table.start.desc(), table.id)
    return query.limit(limit).offset(offset) if limit is not None or offset else query


def select_evidence() -> Select[Any]:
    """Return the statement for every activity's claim to count for a commitment, by day."""
    table, link = activity.c, activity_commitment.c
    return (
        select(table.id, link.commitment_id, table.area_id, table.kind, table.day, table.minutes)
        .join_from(activity, activity_commitment, link.activity_id == table.id)
        .where(table.void == false())
        .order_by(table.day, table.id, link.position)
    )


def select_entries() -> Select[Any]:
    """Return the statement for every activity as a line of the register, newest first."""
    table, link = activity.c, activity_commitment.c
    named = select(link.activity_id).where(link.activity_id == table.id).exists()
    return (
        select(
            *(table.id, table.area_id, table.day, table.precision, table.minutes),
            *(named, table.kind),
        )
        .where(table.void == false())
        .order_by(table.day.desc(), table.start.desc(), table.id)
    )


def select_points(bbox: BBox, chosen: ActivityFilter, limit: int) -> Select[Any]:
    """Return the statement for the newest activities in view."""
    table = activity.c
    return (
        select(
            table.id,
            table.lon,
            table.lat,
            table.kind,
            table.area_id,
            table.day,
            table.start,
            table.precision,
        )
        .where(_in_view(bbox), _matches(chosen))
        .order_by(table.day.desc(), table.id)
        .limit(limit)
    )


def select_bins(bbox: BBox, zoom: int, chosen: ActivityFilter) -> Select[Any]:
    """Return the statement for counts per bin: column, row, count."""
    # Written out, since PostgreSQL takes the same sum with another parameter for another sum.
    cells = literal_column(str(2 ** (GRID_ZOOM - bin_zoom(zoom))), activity.c.grid_x.type)
    column = (activity.c.grid_x // cells).label("bin_x")
    row = (activity.c.grid_y // cells).label("bin_y")
    return (
        select(column, row, func.count().label("count"))
        .where(_in_view(bbox), _matches(chosen))
        .group_by(column, row)
        .order_by(column, row)
    )


def select_latest_days(chosen: ActivityFilter) -> Select[Any]:
    """Return the statement for the newest day in each area."""
    return (
        select(activity.c.area_id, func.max(activity.c.day).label("day"))
        .where(_matches(chosen), activity.c.area_id.is_not(None))
        .group_by(activity.c.area_id)
    )


def select_count(chosen: ActivityFilter, bbox: BBox | None = None) -> Select[Any]:
    """Return the statement for how many activities there are, in view if a view is given."""
    query = select(func.count()).select_from(activity).where(_matches(chosen))
    return query if bbox is None else query.where(_in_view(bbox))


def select_walks(area_ids: Collection[str] | None = None) -> Select[Any]:
    """Return the statement for walks by start."""
    query = select(walk).where(walk.c.void == false()).order_by(walk.c.start, walk.c.id)
    return query if area_ids is None else query.where(walk.c.area_id.in_(area_ids))


def select_findings(
    area_ids: Collection[str] | None = None, walk_id: str | None = None
) -> Select[Any]:
    """Return the statement for findings by day."""
    table = finding.c
    query = select(finding).where(table.void == false()).order_by(table.day, table.id)
    if area_ids is not None:
        query = query.where(table.area_id.in_(area_ids))
    return query if walk_id is None else query.where(table.walk_id == walk_id)


def activities(
    connection: Connection, chosen: ActivityFilter, limit: int | None, offset: int
) -> list[Activity]:
    """Return activities, newest first."""
    rows = connection.execute(select_activities(chosen, limit, offset)).mappings().all()
    return cast("list[Activity]", from_rows(connection, "activity", rows))


def activities_by_id(connection: Connection, ids: Sequence[str]) -> list[Activity]:
    """Return activities in the order of their ids; void and unknown ones are left out."""
    wanted = activity.c.void == false(), activity.c.id.in_(ids)
    rows = connection.execute(select(activity).where(*wanted)).mappings().all()
    found = {a.id: a for a in cast("list[Activity]", from_rows(connection, "activity", rows))}
    return [found[id_] for id_ in ids if id_ in found]


def entries(connection: Connection) -> list[Entry]:
    """Return every activity as a line of the register, newest first."""
    precisions = {precision.value: precision for precision in Precision}
    return [
        Entry(id_, area_id, day, precisions[precision], minutes, bool(named), kind)
        for id_, area_id, day, precision, minutes, named, kind in connection.execute(
            select_entries()
        )
    ]


def latest_days(connection: Connection, chosen: ActivityFilter) -> dict[str, date]:
    """Return each area's newest day; areas without any activity are left out."""
    return {row.area_id: row.day for row in connection.execute(select_latest_days(chosen))}


def walks(connection: Connection, area_ids: Collection[str] | None) -> list[Walk]:
    """Return walks by start."""
    rows = connection.execute(select_walks(area_ids)).mappings().all()
    return cast("list[Walk]", from_rows(connection, "walk", rows))


def findings(
    connection: Connection, area_ids: Collection[str] | None, walk_id: str | None
) -> list[Finding]:
    """Return findings by day."""
    rows = connection.execute(select_findings(area_ids, walk_id)).mappings().all()
    return cast("list[Finding]", from_rows(connection, "finding", rows))


def _change(entity: Entity, which: Callable[[ColumnElement[int]], ColumnElement[int]]) -> Any:
    """Return where a record's first or last change stands among all changes of the register."""
    return (
        select(which(revision.c.sequence))
        .where(revision.c.entity == entity, revision.c.entity_id == TABLES[entity].c.id)
        .scalar_subquery()
    )


def decisions(connection: Connection) -> list[Decision]:
    """Return decisions by the day that they were made, those of one day as they were recorded."""
    table = TABLES["decision"]
    query = (
        select(table)
        .where(table.c.void == false())
        .order_by(table.c.day, _change("decision", func.min), table.c.id)
    )
    rows = connection.execute(query).mappings().all()
    return cast("list[Decision]", from_rows(connection, "decision", rows))


def meetings(connection: Connection) -> list[Meeting]:
    """Return meetings, the newest first."""
    table = TABLES["meeting"]
    query = select(table).where(table.c.void == false()).order_by(table.c.day.desc(), table.c.id)
    rows = connection.execute(query).mappings().all()
    return cast("list[Meeting]", from_rows(connection, "meeting", rows))


def hot_spots(connection: Connection) -> list[HotSpot]:
    """Return hot spots by name, those that have ended too."""
    table = TABLES["hot_spot"]
    query = select(table).where(table.c.void == false())
    rows = connection.execute(query).mappings().all()
    spots = cast("list[HotSpot]", from_rows(connection, "hot_spot", rows))
    # No database sorts as Swedish does unless it is told to, each in its own way.
    return sorted(spots, key=lambda spot: (alphabetical(spot.name), spot.name, spot.id))


def plans(connection: Connection) -> list[Plan]:
    """Return plans, the newest first."""
    table = TABLES["plan"]
    newest = _change("plan", func.max).desc()
    query = select(table).where(table.c.void == false()).order_by(newest)
    rows = connection.execute(query).mappings().all()
    return cast("list[Plan]", from_rows(connection, "plan", rows))


def evidence(connection: Connection) -> list[Evidence]:
    """Return every claim to count for a commitment, by day."""
    return [Evidence(*row) for row in connection.execute(select_evidence()).all()]


def points(
    connection: Connection, bbox: BBox, chosen: ActivityFilter, limit: int
) -> list[ActivityPoint]:
    """Return the newest activities in view as points."""
    rows = connection.execute(select_points(bbox, chosen, limit)).all()
    return [
        ActivityPoint(
            row.id,
            row.lon,
            row.lat,
            row.kind,
            row.area_id,
            row.day,
            row.start,
            Precision(row.precision),
        )
        for row in rows
    ]


def bins(connection: Connection, bbox: BBox, zoom: int, chosen: ActivityFilter) -> list[Bin]:
    """Return counts per bin; the edges are the bins' own, also where the view cuts them."""
    tiles = bin_zoom(zoom)
    rows = connection.execute(select_bins(bbox, zoom, chosen))
    return [Bin(*tile_bounds(column, row, tiles), count) for column, row, count in rows]


def select_example(entity: Entity) -> Select[Any]:
    """Return the statement for the id of one record that is an example, if there is any."""
    table = TABLES[entity].c
    is_example = table.source_kind == SourceKind.EXAMPLE.value
    return select(table.id).where(is_example, table.void == false()).limit(1)


def has_examples(connection: Connection) -> bool:
    """Tell whether any record is an example."""
    told = (*WORK, "hot_spot")
    return any(connection.scalar(select_example(entity)) is not None for entity in told)


def select_own(entity: Entity) -> Select[Any]:
    """Return the statement for the id of one record that nobody has published, if any."""
    table = TABLES[entity].c
    is_own = table.source_kind != SourceKind.PUBLISHED.value
    return select(table.id).where(is_own, table.void == false()).limit(1)


def has_only_published(connection: Connection) -> bool:
    """Tell whether no record is anything but published."""
    return all(connection.scalar(select_own(entity)) is None for entity in WORK)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many activities, walks and findings there are."""
    names = dict(zip(WORK, ("activities", "walks", "findings"), strict=True))
    return {
        name: connection.scalar(
            select(func.count()).select_from(TABLES[entity]).where(TABLES[entity].c.void == false())
        )
        or 0
        for entity, name in names.items()
    }
