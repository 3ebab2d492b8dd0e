"""Words that find records.

Revision 0012, after 0011. The words themselves are kept once the tables are this version's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"

VECTOR = (
    "(array_to_tsvector(string_to_array(words, ' ')) || to_tsvector('swedish'::regconfig, words))"
)


def upgrade() -> None:
    op.create_table(
        "search_text",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_search_text"),
        sa.UniqueConstraint("entity", "entity_id", name="uq_search_text_entity_entity_id"),
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_text', "
            "content_rowid='number', detail=none, columnsize=0, "
            "tokenize='unicode61 remove_diacritics 2')"
        )
        op.execute("CREATE VIRTUAL TABLE search_words_known USING fts5vocab(search_words, row)")
    else:
        op.execute(f"CREATE INDEX search_words ON search_text USING gin ({VECTOR})")
