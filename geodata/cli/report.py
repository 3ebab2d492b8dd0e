"""``lofteskartan report``: the document for a meeting, its maps, or its tables, to a file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from geodata.cli.program import (
    CatalogueOption,
    RegisterOption,
    Speech,
    command_line,
    day_of,
    fail,
    reader_words,
    said_settings,
)

if TYPE_CHECKING:
    from geodata.service import Service
    from geodata.service.reporting import Asked

SUFFIXES: Final = (".pdf", ".docx", ".png", ".svg")


class Paper(StrEnum):
    """How large a map is."""

    A4 = "a4"
    A3 = "a3"


@command_line.command()
def report(
    file: Annotated[
        Path,
        typer.Argument(
            help="What to write: .pdf (all of it), .docx (its tables), .png or .svg (the map)."
        ),
    ],
    *,
    promise: Annotated[str | None, typer.Option(help="Only this promise.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The day that it tells about."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the meeting before."),
    ] = None,
    area: Annotated[str | None, typer.Option(help="Only this area, on a map.")] = None,
    paper: Annotated[Paper, typer.Option(help="How large a map is.")] = Paper.A4,
    language: Annotated[
        Speech | None, typer.Option("--lang", help="The document's; default: the machine's.")
    ] = None,
    register: RegisterOption = None,
    catalogue: CatalogueOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the file.")] = False,
) -> None:
    """Write the document for a meeting, the map alone, or the tables for one's minutes."""
    from geodata.errors import GeodataError
    from geodata.service.exporting import open_existing
    from geodata.service.reporting import Asked, write_whole

    words = reader_words()
    asked = Asked(
        promise_id=promise,
        as_of=day_of(day),
        since=day_of(since),
        language=language.value if language else words.language,
    )
    try:
        suffix = _suffix(file)
        with open_existing(said_settings(register, catalogue)) as service:
            write_whole(file, _made(service, asked, suffix, area, paper), replace=force)
    except GeodataError as error:
        fail(error)
    typer.echo(words("report.done", file=str(file)))


def _suffix(file: Path) -> str:
    from geodata.errors import ExportError

    suffix = file.suffix.casefold()
    if suffix not in SUFFIXES:
        raise ExportError("report.suffix", file=file.name, expected=", ".join(SUFFIXES))
    return suffix


def _made(service: Service, asked: Asked, suffix: str, area: str | None, paper: Paper) -> bytes:
    from geodata.service.reporting import make_map, make_report, make_word

    if suffix == ".pdf":
        return make_report(service, asked)
    if suffix == ".docx":
        return make_word(service, asked)
    return make_map(
        service,
        asked,
        file_format="png" if suffix == ".png" else "svg",
        area_id=area,
        paper=paper.value,
    )
