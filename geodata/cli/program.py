"""The program that commands are added to, and how every command words what it says.

Only what every command needs is imported here, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geodata.errors import GeodataError, Mistake
    from geodata.settings import Settings
    from geodata.texts import Words

command_line = typer.Typer(
    name="lofteskartan",
    help="Links every promised area to its commitments, walk routes and recorded activities.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


RegisterOption = Annotated[str | None, typer.Option(help="File or SQLAlchemy URL of the register.")]
CatalogueOption = Annotated[
    list[Path] | None, typer.Option(help="Folder with promises and areas of your own.")
]


class Speech(StrEnum):
    """A language that something can be written in."""

    SV = "sv"
    EN = "en"


def day_of(value: datetime | None) -> date | None:
    """Return the day that was said; None if none was."""
    return None if value is None else value.date()


def reader_words() -> Words:
    """Return Swedish words where the machine's language is Swedish, English otherwise."""
    from geodata.texts import words

    said = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return words("sv" if said.lower().startswith("sv") else "en", whole_paths=True)


def tell_mistakes(mistakes: Iterable[Mistake], words: Words) -> None:
    """Say every mistake in catalogue files, and how many there are."""
    told = list(mistakes)
    for mistake in told:
        where = words.where(mistake)
        typer.echo(": ".join(filter(None, (where, words.error(mistake)))), err=True)
    typer.echo(words("cli.check.mistakes", count=len(told)), err=True)


def said_settings(register: str | None, catalogue: Sequence[Path] | None = None) -> Settings:
    """Return the settings, with what was said on the command line before all else."""
    from geodata.settings import read_settings

    said = dict(os.environ)
    if register is not None:
        said["LOFTESKARTAN_REGISTER"] = register
    if catalogue:
        said["LOFTESKARTAN_CATALOGUE"] = os.pathsep.join(str(f.resolve()) for f in catalogue)
    return read_settings(said)


def fail(error: GeodataError) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    from geodata.errors import CatalogueError

    if isinstance(error, CatalogueError):
        tell_mistakes(error.mistakes, reader_words())
    else:
        typer.echo(reader_words().error(error), err=True)
    raise typer.Exit(1)
