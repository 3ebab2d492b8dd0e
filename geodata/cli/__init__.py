"""The command line: ``lofteskartan``, commands that belong together in a module."""

from geodata.cli import intake, program, register
from geodata.cli.program import command_line

__all__ = ["command_line", "intake", "main", "program", "register"]


def main() -> None:
    """Run the command line."""
    command_line()
