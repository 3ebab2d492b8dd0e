"""A register's backup, its way back and its examination, for the command line."""

from functools import partial

from geodata.intake import holds_identity_number
from geodata.register import backups
from geodata.register.backups import Backup, Restored, back_up, restore
from geodata.register.damage import Damage

__all__ = [
    "Backup",
    "Damage",
    "Restored",
    "back_up",
    "examine_register",
    "holds_identity_number",
    "restore",
]

examine_register = partial(backups.examine_register, is_personal=holds_identity_number)
"""`geodata.register.backups.examine_register`, which looks for personal identity numbers too."""
