"""Who at its owner is to mend a finding.

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    op.add_column("finding", sa.Column("function", sa.Text(), nullable=False, server_default=""))
