"""The command line: ``lofteskartan``, commands that belong together in a module."""

from geodata.cli import program, register, sources
from geodata.cli.program import command_line

__all__ = ["command_line", "main", "program", "register", "sources"]


def main() -> None:
    """Run the command line."""
    command_line()
