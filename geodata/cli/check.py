"""``lofteskartan check``: every mistake in the catalogue's files at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geodata.cli.program import command_line, fail, reader_words, tell_mistakes


@command_line.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Promises (.toml), areas (.geojson), places (.csv), folders; default: all in use."
        ),
    ] = None,
) -> None:
    """Report every mistake in promises, areas and places at once."""
    from geodata.errors import GeodataError
    from geodata.service import check_files
    from geodata.settings import bundled_data, read_settings

    try:
        folders = (bundled_data(), *read_settings().catalogue_folders)
    except GeodataError as error:
        fail(error)
    mistakes, summary = check_files(tuple(files or ()), folders)
    words = reader_words()
    if mistakes:
        tell_mistakes(mistakes, words)
        raise typer.Exit(1)
    typer.echo(
        words(
            "cli.check.ok",
            promises=summary.promises,
            commitments=summary.commitments,
            areas=summary.areas,
            places=summary.places,
        )
    )
