"""What a walk is followed by, and how columns of imported files were understood.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.add_column("walk", sa.Column("invited", sa.Text(), nullable=False, server_default=""))
    op.add_column("walk", sa.Column("followed_up", sa.Date(), nullable=True))
    op.add_column("walk", sa.Column("repeats", sa.String(), nullable=True))
    op.create_table(
        "import_mapping",
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("headers", name="pk_import_mapping"),
    )
