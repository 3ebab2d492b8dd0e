"""Meetings, their decisions, and findings that are for those who work with them only.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def _origin() -> list[sa.Column[object]]:
    return [
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("source_reference", sa.Text(), nullable=True),
        sa.Column("void", sa.Boolean(), nullable=False),
    ]


def upgrade() -> None:
    op.add_column(
        "finding",
        sa.Column("internal", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("next_day", sa.Date(), nullable=True),
        sa.Column("promise_id", sa.String(), nullable=True),
        sa.Column("discussed", sa.JSON(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("id", name="pk_meeting"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_day", sa.Date(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=True),
        sa.Column("commitment_id", sa.String(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_meeting_id", "decision", ["meeting_id"])
