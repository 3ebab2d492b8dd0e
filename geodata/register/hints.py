"""What residents point out before a walk: for which days they are asked, and where they tapped.

No record, and of nobody: a place, a category and a day are all there is of a hint, so that it has
no history. It goes with its walk (`geodata.register.disposals`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa

from geodata.register.schema import walk_hint, walk_opening


@dataclass(frozen=True, slots=True)
class Opening:
    """For which days residents are asked about a walk, both included."""

    walk_id: str
    # What leads to its page; the same however often it is closed and opened.
    secret: str
    first_day: date
    last_day: date
    # By hand, before its last day was over.
    closed: bool
    # Who opened it: a role, an office.
    by: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A place that a resident pointed out (WGS 84, to about 10 m)."""

    id: str
    walk_id: str
    lon: float
    lat: float
    # A key of `Vocabulary.finding_categories`.
    category: str
    day: date


def opening(
    connection: sa.Connection, *, walk_id: str | None = None, secret: str | None = None
) -> Opening | None:
    """Return a walk's opening, asked for by the walk or by its secret; None where there is none."""
    c = walk_opening.c
    where = c.walk_id == walk_id if secret is None else c.secret == secret
    found = connection.execute(sa.select(walk_opening).where(where)).mappings().one_or_none()
    return Opening(**found) if found else None


def keep_opening(connection: sa.Connection, kept: Opening) -> None:
    """Keep a walk's opening in place of what was kept of it before."""
    connection.execute(sa.delete(walk_opening).where(walk_opening.c.walk_id == kept.walk_id))
    connection.execute(sa.insert(walk_opening).values(asdict(kept)))


def walk_hints(connection: sa.Connection, walk_id: str) -> list[Hint]:
    """Return what was pointed out for a walk, in no order that tells when."""
    wanted = sa.select(walk_hint).where(walk_hint.c.walk_id == walk_id).order_by(walk_hint.c.id)
    return [Hint(**row) for row in connection.execute(wanted).mappings()]


def add_hint(connection: sa.Connection, hint: Hint, a_day_at_most: int) -> bool:
    """Keep a hint; False where as many were kept for its walk on its day as there may be."""
    same = sa.and_(walk_hint.c.walk_id == hint.walk_id, walk_hint.c.day == hint.day)
    number = connection.scalar(sa.select(sa.func.count()).select_from(walk_hint).where(same)) or 0
    if number < a_day_at_most:
        connection.execute(sa.insert(walk_hint).values(asdict(hint)))
    return number < a_day_at_most
