"""The values that travel between rooms: frozen, plain, and without behaviour that needs a file.

The catalogue's values (promise, commitment, area, ...) come from files under ``data/``; the
register's (activity, walk, finding, revision) from the record store; progress is computed from
both. Identifiers are strings. A commitment's id is ``<promise id>/<number>``.
"""

# The rooms of the face, each with all that it has (PEP 8: a wildcard republishes an interface).
from geodata.model.area import *  # noqa: F403
from geodata.model.measure import *  # noqa: F403
from geodata.model.promise import *  # noqa: F403
from geodata.model.record import *  # noqa: F403
from geodata.model.revision import *  # noqa: F403
from geodata.model.text import *  # noqa: F403
