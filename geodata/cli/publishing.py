"""``lofteskartan publish``: the citizens' page as a folder of files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geodata.cli.program import (
    CatalogueOption,
    RegisterOption,
    command_line,
    day_of,
    fail,
    reader_words,
    said_settings,
)


@command_line.command()
def publish(
    folder: Annotated[
        Path, typer.Argument(help="A new or empty folder, or one that was published to before.")
    ],
    *,
    promise: Annotated[str | None, typer.Option(help="Only this promise.")] = None,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day to tell of; the end of it counts."),
    ] = None,
    publisher: Annotated[str | None, typer.Option(help="The organisation that publishes.")] = None,
    licence: Annotated[
        str | None, typer.Option(help="Address of the licence; not stated if left out.")
    ] = None,
    register: RegisterOption = None,
    catalogue: CatalogueOption = None,
) -> None:
    """Write the citizens' page, which needs no server, and open data beside it."""
    from geodata.errors import GeodataError
    from geodata.service.exporting import open_existing
    from geodata.service.publishing import Publishing, publish_folder

    words = reader_words()
    day = day_of(date)
    try:
        with open_existing(said_settings(register, catalogue)) as service:
            told = publish_folder(service, Publishing(promise, day, publisher, licence), folder)
    except GeodataError as error:
        fail(error)
    typer.echo(words("public.done", folder=str(folder), day=words.day(told)))
