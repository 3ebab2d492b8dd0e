"""A register's backup, its way back and its examination, for the command line."""

from functools import partial

from geodata.intake import holds_identity_number
from geodata.register import backup
from geodata.register.backup import Backup, back_up
from geodata.register.damage import Damage
from geodata.register.restoring import Restored, restore

__all__ = [
    "Backup",
    "Damage",
    "Restored",
    "back_up",
    "examine_register",
    "holds_identity_number",
    "restore",
]

examine_register = partial(backup.examine_register, is_personal=holds_identity_number)
"""`geodata.register.backup.examine_register`, which looks for personal identity numbers too."""
