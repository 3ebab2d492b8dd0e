"""Run by Alembic: migrates the register whose connection it is given.

The transaction is the caller's, so that a migration is whole or not at all. None goes back: a
register is never taken to an older version.
"""

from alembic import context

from geodata.register.schema import METADATA, SEARCH_INDEX

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # The index of words is in each database's own form.
    include_name=lambda name, *_: not str(name).startswith(SEARCH_INDEX),
)
with context.begin_transaction():
    context.run_migrations()
