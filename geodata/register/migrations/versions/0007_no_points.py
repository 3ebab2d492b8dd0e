"""An index of the activities that are no points: they are looked at one by one.

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"

NOT_A_POINT = sa.text("(min_lon IS NULL OR min_lon <> max_lon OR min_lat <> max_lat)")


def upgrade() -> None:
    op.create_index(
        "ix_activity_no_point",
        "activity",
        ["void", "min_lon", "max_lon"],
        sqlite_where=NOT_A_POINT,
        postgresql_where=NOT_A_POINT,
    )
