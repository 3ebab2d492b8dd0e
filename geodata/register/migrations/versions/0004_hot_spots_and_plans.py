"""Hot spots, plans that are kept, and the times of recorded tracks.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def _origin() -> list[sa.Column[object]]:
    return [
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("source_reference", sa.Text(), nullable=True),
        sa.Column("void", sa.Boolean(), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("activity", sa.Column("times_s", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "hot_spot",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("min_lon", sa.Float(), nullable=True),
        sa.Column("min_lat", sa.Float(), nullable=True),
        sa.Column("max_lon", sa.Float(), nullable=True),
        sa.Column("max_lat", sa.Float(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_source", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("visits_a_week", sa.Float(), nullable=True),
        sa.Column("minutes_a_visit", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.String(), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("id", name="pk_hot_spot"),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
    )
