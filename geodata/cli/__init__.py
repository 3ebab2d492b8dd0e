"""The command line: ``lofteskartan``, commands that belong together in a module."""

from geodata.cli import exporting, importing, program, register
from geodata.cli.program import command_line

__all__ = ["command_line", "exporting", "importing", "main", "program", "register", "streets"]


def main() -> None:
    """Run the command line."""
    command_line()
