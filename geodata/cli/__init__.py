"""The command line: ``lofteskartan``, one command a module."""

from geodata.cli import check, run
from geodata.cli.program import command_line

__all__ = ["check", "command_line", "main", "run"]


def main() -> None:
    """Run the command line."""
    command_line()
