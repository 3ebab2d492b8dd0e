"""The program that commands are added to, and how every command words what it says.

Only what every command needs is imported here, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geodata.errors import GeodataError, Mistake
    from geodata.texts import Words

command_line = typer.Typer(
    name="lofteskartan",
    help="Links every promised area to its commitments, walk routes and recorded activities.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def reader_words() -> Words:
    """Return Swedish words where the machine's language is Swedish, English otherwise."""
    from geodata.texts import words

    said = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return words("sv" if said.lower().startswith("sv") else "en")


def tell_mistakes(mistakes: Iterable[Mistake], words: Words) -> None:
    """Say every mistake in catalogue files, and how many there are."""
    told = list(mistakes)
    for mistake in told:
        where = f"{mistake.file}: {mistake.place}" if mistake.place else mistake.file
        typer.echo(f"{where}: {words.error(mistake)}", err=True)
    typer.echo(words("cli.check.mistakes", count=len(told)), err=True)


def fail(error: GeodataError) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    from geodata.errors import CatalogueError

    if isinstance(error, CatalogueError):
        tell_mistakes(error.mistakes, reader_words())
    else:
        typer.echo(reader_words().error(error), err=True)
    raise typer.Exit(1)
