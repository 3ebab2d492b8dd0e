"""A register's backup, its way back and its examination, for the command line."""

from geodata.register.backup import Backup, back_up, examine_register
from geodata.register.damage import Damage
from geodata.register.restoring import Restored, restore

__all__ = ["Backup", "Damage", "Restored", "back_up", "examine_register", "restore"]
