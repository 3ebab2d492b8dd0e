"""``lofteskartan export``, ``publish`` and ``report``: files for tools, citizens and meetings."""

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
    from geodata.service.exporting import Wanted, Written
    from geodata.service.reporting import Asked


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
