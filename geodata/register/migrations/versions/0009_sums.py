"""Sums of activities by day and by map cell.

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"

ZOOMS = (11, 15, 19)
DAY = "coalesce(a.area_id, ''), a.day, a.kind, a.precision"
SUMS = "count(*), coalesce(sum(a.minutes), 0), sum(CASE WHEN a.minutes IS NULL THEN 1 ELSE 0 END)"
MONTH = "CAST(extract(year FROM a.day) * 12 + extract(month FROM a.day) - 1 AS INTEGER)"
MONTH_IN_SQLITE = (
    "CAST(strftime('%Y', a.day) AS INTEGER) * 12 + CAST(strftime('%m', a.day) AS INTEGER) - 1"
)


def upgrade() -> None:
    op.create_table(
        "day_sum",
        sa.Column("commitment_id", sa.String(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("minutes_unknown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "commitment_id", "area_id", "day", "kind", "precision", name="pk_day_sum"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cell_sum",
        sa.Column("commitment_id", sa.String(), nullable=False),
        sa.Column("zoom", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("x", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("y", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "commitment_id", "zoom", "x", "y", "month", "area_id", name="pk_cell_sum"
        ),
        sqlite_with_rowid=False,
    )
    month = MONTH_IN_SQLITE if op.get_context().dialect.name == "sqlite" else MONTH
    plain = "FROM activity a"
    named = "FROM activity_commitment c JOIN activity a ON a.id = c.activity_id"
    for commitment, by, rows in (
        ("''", "", plain),
        ("c.commitment_id", "c.commitment_id, ", named),
    ):
        op.execute(
            f"INSERT INTO day_sum SELECT {commitment}, {DAY}, {SUMS} {rows} "
            f"WHERE NOT a.void GROUP BY {by}{DAY}"
        )
        for zoom in ZOOMS:
            cell = (
                f"a.grid_x / {2 ** (24 - zoom)}, a.grid_y / {2 ** (24 - zoom)}, {month}, "
                "coalesce(a.area_id, '')"
            )
            op.execute(
                f"INSERT INTO cell_sum SELECT {commitment}, {zoom}, {cell}, count(*) {rows} "
                f"WHERE NOT a.void AND a.grid_x IS NOT NULL GROUP BY {by}{cell}"
            )
