"""``lofteskartan export``: records to a file for other tools."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from geodata.service.exporting import Wanted, Written


class What(StrEnum):
    """What to take out."""

    ACTIVITIES = "activities"
    WALKS = "walks"
    FINDINGS = "findings"
    HOT_SPOTS = "hot_spots"
    ALL = "all"


@command_line.command()
def export(
    file: Annotated[
        Path,
        typer.Argument(
            help="What to write: .csv (one sort), .zip (a CSV for each), .geojson, .gpx or .gpkg."
        ),
    ],
    *,
    promise: Annotated[str | None, typer.Option(help="Only in the promise's areas.")] = None,
    area: Annotated[str | None, typer.Option(help="Only in this area.")] = None,
    commitment: Annotated[str | None, typer.Option(help="Only what counts for it.")] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Only from this day."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Only up to and with this day."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="What was there by this day; planned walks stay."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only activities of this kind. Can be given several times."),
    ] = None,
    what: Annotated[What, typer.Option(help="Which records.")] = What.ALL,
    language: Annotated[
        Speech | None, typer.Option(help="Of names; default: the machine's.")
    ] = None,
    register: RegisterOption = None,
    catalogue: CatalogueOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the file.")] = False,
) -> None:
    """Write records to a file for a spreadsheet, a map program or a receiver."""
    from geodata.errors import GeodataError
    from geodata.service.exporting import FILE_SORTS, Wanted

    words = reader_words()
    try:
        wanted = Wanted(
            sorts=FILE_SORTS[what],
            promise=promise,
            area=area,
            commitment=commitment,
            kinds=tuple(kind or ()),
            as_of=day_of(as_of),
            first_day=day_of(first),
            last_day=day_of(last),
            language=language.value if language else words.language,
        )
        written = _written(wanted, file, register, catalogue, force=force)
    except GeodataError as error:
        fail(error)
    told = ", ".join(words(f"export.count.{sort}", count=n) for sort, n in written.counts.items())
    typer.echo(words("export.done", file=str(file), counts=told))
    if written.without_place:
        typer.echo(words("export.without_place", count=written.without_place))


def _written(
    wanted: Wanted,
    file: Path,
    register: str | None,
    catalogue: list[Path] | None,
    *,
    force: bool,
) -> Written:
    """Open the register that is meant, and write the file."""
    from geodata.service.exporting import export_file, open_existing

    with open_existing(said_settings(register, catalogue)) as service:
        return export_file(service, wanted, file, replace=force)
