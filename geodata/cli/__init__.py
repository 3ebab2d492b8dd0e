"""The command line: ``lofteskartan``, one command a module."""

from geodata.cli import (
    adding,
    backup,
    check,
    exporting,
    importing,
    publishing,
    report,
    run,
    streets,
)
from geodata.cli.program import command_line

__all__ = [
    "adding",
    "backup",
    "check",
    "command_line",
    "exporting",
    "importing",
    "main",
    "publishing",
    "report",
    "run",
    "streets",
]


def main() -> None:
    """Run the command line."""
    command_line()
