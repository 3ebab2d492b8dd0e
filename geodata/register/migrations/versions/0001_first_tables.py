"""The register's first tables.

Revision 0001, after none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "register_info",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_register_info"),
    )
    op.create_table(
        "revision",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_revision"),
        sa.UniqueConstraint(
            "entity", "entity_id", "number", name="uq_revision_entity_entity_id_number"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "walk",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("area_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("meeting_point", sa.Text(), nullable=False),
        sa.Column("route", sa.LargeBinary()),
        sa.Column("min_lon", sa.Float()),
        sa.Column("min_lat", sa.Float()),
        sa.Column("max_lon", sa.Float()),
        sa.Column("max_lat", sa.Float()),
        sa.Column("participants", sa.Integer()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_file", sa.Text()),
        sa.Column("source_row", sa.Integer()),
        sa.Column("source_reference", sa.Text()),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_walk"),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("area_id", sa.String()),
        sa.Column("place", sa.LargeBinary()),
        sa.Column("min_lon", sa.Float()),
        sa.Column("min_lat", sa.Float()),
        sa.Column("max_lon", sa.Float()),
        sa.Column("max_lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("grid_x", sa.Integer()),
        sa.Column("grid_y", sa.Integer()),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("participants", sa.Integer()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("verified_by", sa.String()),
        sa.Column("walk_id", sa.String()),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_file", sa.Text()),
        sa.Column("source_row", sa.Integer()),
        sa.Column("source_reference", sa.Text()),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["walk_id"], ["walk.id"], name="fk_activity_walk_id_walk"),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sa.UniqueConstraint("walk_id", name="uq_activity_walk_id"),
    )
    op.create_index("ix_activity_area", "activity", ["void", "area_id", "day"])
    op.create_index(
        "ix_activity_grid", "activity", ["void", "grid_x", "grid_y", "day", "kind", "area_id"]
    )
    op.create_index("ix_activity_newest", "activity", ["void", "day", "start"])
    op.create_index("ix_activity_source_kind", "activity", ["source_kind", "void"])
    op.create_table(
        "finding",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("walk_id", sa.String()),
        sa.Column("area_id", sa.String()),
        sa.Column("place", sa.LargeBinary()),
        sa.Column("min_lon", sa.Float()),
        sa.Column("min_lat", sa.Float()),
        sa.Column("max_lon", sa.Float()),
        sa.Column("max_lat", sa.Float()),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String()),
        sa.Column("due", sa.Date()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status_day", sa.Date(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_file", sa.Text()),
        sa.Column("source_row", sa.Integer()),
        sa.Column("source_reference", sa.Text()),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["walk_id"], ["walk.id"], name="fk_finding_walk_id_walk"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
    )
    op.create_index("ix_finding_area_id", "finding", ["area_id"])
    op.create_index("ix_finding_walk_id", "finding", ["walk_id"])
    for owner in ("walk", "activity"):
        for target in ("commitment", "party"):
            _create_links(f"{owner}_{target}", owner, target)
    op.create_index(
        "ix_activity_commitment_commitment", "activity_commitment", ["commitment_id", "activity_id"]
    )


def _create_links(table: str, owner: str, target: str) -> None:
    op.create_table(
        table,
        sa.Column(f"{owner}_id", sa.String(), nullable=False),
        sa.Column(f"{target}_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            [f"{owner}_id"], [f"{owner}.id"], name=f"fk_{table}_{owner}_id_{owner}"
        ),
        sa.PrimaryKeyConstraint(f"{owner}_id", f"{target}_id", name=f"pk_{table}"),
    )
