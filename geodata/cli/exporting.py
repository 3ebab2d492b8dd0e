"""``lofteskartan export``, ``publish`` and ``report``: files for tools, citizens and meetings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from geodata.cli.program import (
    CatalogueOption,
    RegisterOption,
    Speech,
    command_line,
    day_of,
    day_option,
    reader_words,
    said_settings,
)

if TYPE_CHECKING:
    from geodata.service import Service
    from geodata.service.exporting import Written
    from geodata.service.reporting import Asked
    from geodata.texts import Words


Paper = Literal["a4", "a3"]
What = Literal["activities", "walks", "findings", "hot_spots", "all"]

ForceOption = Annotated[bool, typer.Option("--force", help="Write over the file.")]
PromiseOption = Annotated[str | None, typer.Option(help="Only this promise.")]


@command_line.command()
def publish(
    folder: Annotated[
        Path, typer.Argument(help="A new or empty folder, or one that was published to before.")
    ],
    *,
    promise: PromiseOption = None,
    date: Annotated[
        datetime | None, day_option("The day to tell of; the end of it counts.")
    ] = None,
    publisher: Annotated[
        str | None, typer.Option(help="The organisation that publishes; default: the settings'.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Address of the licence; default: the settings', or none.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(help="Where the folder will be on the web; default: the settings'."),
    ] = None,
    register: RegisterOption = None,
    catalogue: CatalogueOption = None,
) -> None:
    """Write the citizens' page, which needs no server, and open data beside it."""
    from geodata.service.exporting import open_existing
    from geodata.service.publishing import Publishing, publish_folder

    words = reader_words()
    day = day_of(date)
    with open_existing(said_settings(register, catalogue)) as service:
        asked = Publishing(promise, day, publisher, licence, address)
        told = publish_folder(service, asked, folder)
    typer.echo(words("public.done", folder=str(folder), day=words.day(told.as_of)))
    if told.publisher.missing:
        typer.echo(words("public.incomplete", missing=", ".join(told.publisher.missing)))


SUFFIXES: Final = (".pdf", ".docx", ".png", ".svg")


@command_line.command()
def report(
    file: Annotated[
        Path,
        typer.Argument(
            help="What to write: .pdf (all of it), .docx (its tables), .png or .svg (the map)."
        ),
    ],
    *,
    promise: PromiseOption = None,
    day: Annotated[datetime | None, day_option("The day that it tells about.", "--date")] = None,
    since: Annotated[datetime | None, day_option("The day of the meeting before.")] = None,
    area: Annotated[str | None, typer.Option(help="Only this area, on a map.")] = None,
    paper: Annotated[Paper, typer.Option(help="How large a map is.")] = "a4",
    language: Annotated[
        Speech | None, typer.Option("--lang", help="The document's; default: the machine's.")
    ] = None,
    register: RegisterOption = None,
    catalogue: CatalogueOption = None,
    force: ForceOption = False,
) -> None:
    """Write the document for a meeting, the map alone, or the tables for one's minutes."""
    from geodata.service.exporting import open_existing
    from geodata.service.reporting import Asked, write_whole

    words = reader_words()
    asked = Asked(
        promise_id=promise,
        as_of=day_of(day),
        since=day_of(since),
        language=language or words.language,
    )
    suffix = _suffix(file)
    with open_existing(said_settings(register, catalogue)) as service:
        write_whole(file, _made(service, asked, suffix, area, paper), replace=force)
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
        paper=paper,
    )


@command_line.command()
def export(
    file: Annotated[
        Path,
        typer.Argument(
            help="What to write: .csv (one sort), .zip (a CSV for each), .geojson, .gpx or .gpkg; "
            ".toml for the promise itself, without records."
        ),
    ],
    *,
    promise: Annotated[
        str | None,
        typer.Option(help="Only in the promise's areas; of a .toml, which (default: its name)."),
    ] = None,
    terms: Annotated[
        Path | None, typer.Option(help="Beside a .toml: a file for the terms that it uses.")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Only in this area.")] = None,
    commitment: Annotated[str | None, typer.Option(help="Only what counts for it.")] = None,
    first: Annotated[datetime | None, day_option("Only from this day.", "--from")] = None,
    last: Annotated[datetime | None, day_option("Only up to and with this day.", "--to")] = None,
    as_of: Annotated[
        datetime | None, day_option("What was there by this day; planned walks stay.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only activities of this kind. Can be given several times."),
    ] = None,
    what: Annotated[What, typer.Option(help="Which records.")] = "all",
    language: Annotated[
        Speech | None, typer.Option(help="Of names; default: the machine's.")
    ] = None,
    register: RegisterOption = None,
    catalogue: CatalogueOption = None,
    force: ForceOption = False,
) -> None:
    """Write records to a file for a spreadsheet, a map program or a receiver."""
    from geodata.service.exporting import FILE_SORTS, Wanted, export_file, open_existing

    words = reader_words()
    if file.suffix.casefold() == ".toml":
        with open_existing(said_settings(register, catalogue)) as service:
            _write_promise(service, promise or file.stem, file, terms, force=force)
        typer.echo(words("export.promise_done", file=str(file)))
        return
    wanted = Wanted(
        sorts=FILE_SORTS[what],
        promise=promise,
        area=area,
        commitment=commitment,
        kinds=tuple(kind or ()),
        as_of=day_of(as_of),
        first_day=day_of(first),
        last_day=day_of(last),
        language=language or words.language,
    )
    with open_existing(said_settings(register, catalogue)) as service:
        written = export_file(service, wanted, file, replace=force)
    _tell(written, file, words)


def _tell(written: Written, file: Path, words: Words) -> None:
    counts = [words(f"export.count.{sort}", count=n) for sort, n in written.counts.items()]
    typer.echo(words("export.done", file=str(file), counts=", ".join(counts)))
    if written.without_place:
        typer.echo(words("export.without_place", count=written.without_place))


def _write_promise(
    service: Service, promise_id: str, file: Path, terms: Path | None, *, force: bool
) -> None:
    from geodata.service.promises import stored_text, terms_of
    from geodata.service.reporting import write_whole

    texts = {file: stored_text(service, promise_id)}
    if terms is not None:
        texts[terms] = terms_of(service, promise_id)
    for path, text in texts.items():
        write_whole(path, text.encode("utf-8"), replace=force)
