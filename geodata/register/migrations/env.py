"""Run by Alembic: migrates the register whose connection it is given.

The transaction is the caller's, so that a migration is whole or not at all. None goes back: a
register is never taken to an older version.
"""

from alembic import context

from geodata.register.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
