"""The record store: current state, append-only history, migrations.

One SQLAlchemy schema behind one URL: an SQLite file by default. Nothing is ever deleted; every
record's row is written together with the revision that explains it.
"""

from geodata.register.engine import parse_address, shown_address
from geodata.register.grid import Region
from geodata.register.store import Register
from geodata.register.view import ActivityPoint

__all__ = ["ActivityPoint", "Region", "Register", "parse_address", "shown_address"]
