"""What a decision takes out of the register for good: from every version, leaving who and why.

The one place where a revision's content is changed. The functions work inside the caller's
transaction: all of it is gone, or nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from geodata.model import Action, Disposal, Entity, Meeting, Record, Walk
from geodata.register import history, search, sums
from geodata.register.encoding import activity_id, entity_of, from_content, normalised, require_own
from geodata.register.history import Writer
from geodata.register.rows import IDS_A_QUERY, batches, update_rows
from geodata.register.schema import (
    LINKS,
    TABLES,
    WORK,
    disposal,
    document,
    photo,
    revision,
    walk_hint,
    walk_opening,
)

REDACTED: Final = "[…]"
"""What stands where a text was: the sign for something left out."""

TEXTS: Final[Mapping[Entity, tuple[str, ...]]] = {
    "finding": ("text", "function"),
    "decision": ("text", "outcome", "function"),
    "activity": ("note",),
    "walk": ("note", "meeting_point", "invited"),
    "meeting": ("reopened",),
    "hot_spot": ("name", "reason", "reason_source"),
    "plan": ("name",),
    "photo": ("sha256", "thumbnail"),
}
"""Where somebody may have told more than they should; what points at something before it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is over before a day."""

    before: date
    # What may be disposed of.
    ids: Mapping[Entity, Sequence[str]]
    # How many as old stay: open findings and decisions, and what they belong to.
    kept: Mapping[Entity, int]


def due(connection: sa.Connection, before: date) -> Due:
    """Return what was over before a day; nothing that somebody still has to see to."""
    t = {entity: table.c for entity, table in TABLES.items()}
    closed: dict[Entity, sa.ColumnElement[bool]] = {
        entity: sa.and_(
            t[entity].day < before,
            sa.or_(
                t[entity].void, sa.and_(t[entity].status != "open", t[entity].status_day < before)
            ),
        )
        for entity in ("finding", "decision")
    }
    stays = sa.select(t["finding"].walk_id).where(
        ~closed["finding"], t["finding"].walk_id.is_not(None)
    )
    asked = sa.select(t["decision"].meeting_id).where(
        ~closed["decision"], t["decision"].meeting_id.is_not(None)
    )
    held_by = t["activity"].walk_id
    over: dict[Entity, sa.ColumnElement[bool]] = {
        **closed,
        "activity": sa.and_(
            t["activity"].day < before, sa.or_(held_by.is_(None), held_by.not_in(stays))
        ),
        "walk": sa.and_(t["walk"].day < before, t["walk"].id.not_in(stays)),
        "meeting": sa.and_(t["meeting"].day < before, t["meeting"].id.not_in(asked)),
        "hot_spot": t["hot_spot"].valid_to < before,
        "plan": t["plan"].last_day < before,
    }
    # A photo goes with what it is of.
    mine = t["photo"].entity, t["photo"].record_id
    over["photo"] = sa.or_(
        *(sa.and_(mine[0] == e, mine[1].in_(sa.select(t[e].id).where(over[e]))) for e in WORK)
    )
    ids = {e: list(connection.scalars(sa.select(t[e].id).where(over[e]))) for e in TEXTS}
    old = {e: t[e].day < before for e in TEXTS if "day" in t[e]}
    kept = {
        e: (connection.scalar(sa.select(sa.func.count()).select_from(TABLES[e]).where(is_old)) or 0)
        - len(ids[e])
        for e, is_old in old.items()
    }
    return Due(before, ids, kept)


def dispose(writer: Writer, before: date, decision: str) -> Due:
    """Take the content of all that was over before a day out of every version, and its rows.

    Each record's history keeps who and when, and ends with the decision. Minutes that no meeting
    has any longer go too, photos with what they are of, and with a walk what residents pointed out.
    """
    gone, connection = due(writer.connection, before), writer.connection
    for entity in TEXTS:
        table = TABLES[entity]
        for ids in batches(gone.ids[entity], IDS_A_QUERY):
            numbers = history.newest_numbers(connection, entity, ids)
            _mark(writer, entity, numbers, "dispose", {}, decision, before)
            own = sa.and_(revision.c.entity == entity, revision.c.entity_id.in_(ids))
            connection.execute(sa.update(revision).where(own).values(content={}))
            with search.followed(connection, entity, ids):
                for link in LINKS[entity].values():
                    owner = next(iter(link.primary_key))
                    connection.execute(sa.delete(link).where(owner.in_(ids)))
                connection.execute(sa.delete(table).where(table.c.id.in_(ids)))
    for pointed in (walk_hint, walk_opening):
        for ids in batches(gone.ids["walk"], IDS_A_QUERY):
            connection.execute(sa.delete(pointed).where(pointed.c.walk_id.in_(ids)))
    sums.clear(connection)
    search.reindex(connection)
    _drop_documents(connection)
    return gone


def redact(
    writer: Writer, entity: Entity, record_id: str, expected_number: int, reason: str
) -> int:
    """Take the texts of a record out of every version, and its photos; figures and places stay.

    A meeting's notes go with its frozen minutes, and so do those of a decision's meeting: they are
    then open to be closed anew, and say why.

    Returns
    -------
    int
        The number of the version without them.
    """
    connection = writer.connection
    wanted = [(record_id, expected_number)]
    record = history.expected(writer, entity, wanted)[record_id]
    require_own(record)
    _redact_one(writer, record, expected_number, reason)
    mine = photo.c.entity == entity, photo.c.record_id == record_id
    for id_ in connection.scalars(sa.select(photo.c.id).where(*mine)).all():
        number = history.newest_number(connection, "photo", id_)
        _redact_one(writer, history.read(connection, "photo", id_), number, reason)
    if isinstance(record, Walk):
        held = history.newest_number(connection, "activity", own := activity_id(record.id))
        if held:
            _redact_one(writer, history.read(connection, "activity", own), held, reason)
    touched = record.id if isinstance(record, Meeting) else getattr(record, "meeting_id", None)
    if touched and not isinstance(record, Meeting):
        meeting = history.read(connection, "meeting", touched)
        number = history.newest_number(connection, "meeting", touched)
        _redact_one(writer, meeting, number, reason, ())
    _drop_documents(connection)
    search.reindex(connection)
    return expected_number + 1


def minutes_since(connection: sa.Connection, day: date) -> list[Meeting]:
    """Return the meetings, held on a day or later, whose frozen minutes tell of it."""
    table = TABLES["meeting"].c
    ids = connection.scalars(sa.select(table.id).where(table.day >= day).order_by(table.day)).all()
    meetings = (history.read(connection, "meeting", one) for one in ids)
    return [one for one in meetings if isinstance(one, Meeting) and one.documents]


def _redact_one(
    writer: Writer, record: Record, number: int, reason: str, names: Iterable[str] | None = None
) -> None:
    connection, entity = writer.connection, entity_of(record)
    named = TEXTS[entity] if names is None else tuple(names)
    table = revision.c
    mine = sa.and_(table.entity == entity, table.entity_id == record.id)
    versions = sa.select(table.sequence, table.content).where(mine).order_by(table.number)
    told = connection.execute(versions).all()
    content: dict[str, Any] = {}
    for sequence, old in told:
        content = _without(old, named, notes=names is None)
        this = table.sequence == sequence
        connection.execute(sa.update(revision).where(this).values(content=content))
    emptied = from_content(entity, content)
    if isinstance(emptied, Meeting) and isinstance(record, Meeting) and record.documents:
        emptied = replace(emptied, ended=False, reopened=reason)
    values = normalised(emptied)
    update_rows(connection, entity, [normalised(record)], [values])
    _mark(writer, entity, {record.id: number}, "redact", values, reason, None)


def _without(content: Mapping[str, Any], names: Sequence[str], *, notes: bool) -> dict[str, Any]:
    """Return a version's content without its texts, and without a meeting's frozen minutes."""
    left = dict(content)
    left |= {name: REDACTED for name in names if left.get(name)}
    origin = left.get("origin")
    if isinstance(origin, Mapping) and names:
        left["origin"] = {
            **origin,
            **{name: REDACTED for name in ("file", "reference") if origin.get(name)},
        }
    if "documents" in left:
        left["documents"] = []
    if notes and left.get("notes"):
        left["notes"] = [[step, REDACTED] for step, _ in left["notes"]]
    return left


def _mark(
    writer: Writer,
    entity: Entity,
    numbers: Mapping[str, int],
    action: Action,
    values: Mapping[str, Any],
    decision: str,
    before: date | None,
) -> None:
    """Write the last version of each record, and by whose decision."""
    if not numbers:
        return
    rows = [
        writer.row(entity, {**values, "id": id_}, number + 1, action)
        | ({} if values else {"content": {}})
        for id_, number in numbers.items()
    ]
    writer.connection.execute(sa.insert(revision), rows)
    writer.connection.execute(
        sa.insert(disposal),
        [
            {
                "entity": entity,
                "entity_id": id_,
                "number": number + 1,
                "decision": decision,
                "before": before,
            }
            for id_, number in numbers.items()
        ],
    )


def _drop_documents(connection: sa.Connection) -> None:
    """Remove the frozen files that no version of any meeting or photo names."""
    contents = connection.scalars(
        sa.select(revision.c.content).where(revision.c.entity == "meeting")
    )
    named = {digest for content in contents for _, digest in content.get("documents", ())}
    # A photo's files are the same in all of its versions.
    for pair in connection.execute(sa.select(photo.c.sha256, photo.c.thumbnail)):
        named.update(pair)
    there = set(connection.scalars(sa.select(document.c.sha256)))
    for some in batches(there - named, IDS_A_QUERY):
        connection.execute(sa.delete(document).where(document.c.sha256.in_(some)))


def disposals(connection: sa.Connection) -> list[Disposal]:
    """Return what was disposed of and redacted, the oldest first."""
    joined = sa.and_(
        revision.c.entity == disposal.c.entity,
        revision.c.entity_id == disposal.c.entity_id,
        revision.c.number == disposal.c.number,
    )
    query = (
        sa.select(disposal, revision.c.at, revision.c.by)
        .join(revision, joined)
        .order_by(revision.c.sequence)
    )
    return [
        Disposal(
            row.entity, row.entity_id, row.decision, row.before, row.at, row.by, row.number - 1
        )
        for row in connection.execute(query)
    ]


def latest(connection: sa.Connection) -> Disposal | None:
    """Return the disposal that reaches farthest: of what was before, nothing can be counted."""
    query = sa.select(disposal.c.entity, disposal.c.entity_id, disposal.c.number)
    query = query.where(disposal.c.before.is_not(None)).order_by(disposal.c.before.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    if found is None:
        return None
    return next(
        one for one in disposals(connection) if (one.entity, one.entity_id) == tuple(found[:2])
    )


def overwrite(engine: sa.Engine) -> None:
    """Write the database anew, so that what was deleted isn't left in its free pages."""
    with closing(engine.raw_connection()) as pooled:
        driver: Any = pooled.driver_connection
        pooled.rollback()
        if engine.dialect.name == "sqlite":
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        driver.autocommit = True
        for name in ("revision", "document", "search_text", "walk_hint", "walk_opening", *TEXTS):
            driver.execute(f"VACUUM {name}")
        driver.autocommit = False
