"""Minutes that stay: who was present, notes, and the documents of a closed meeting.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    for name in ("present", "notes", "documents"):
        op.add_column("meeting", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("meeting", sa.Column("reopened", sa.Text(), nullable=False, server_default=""))
    op.add_column("decision", sa.Column("function", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
    )
