"""Files from a register for tools, citizens and meetings, and what is done with the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from geodata.cli import program
from geodata.errors import ExportError

if TYPE_CHECKING:
    from geodata.service import Damage, Service
    from geodata.service.reporting import Asked
    from geodata.texts import Words


Paper = Literal["a4", "a3"]
What = Literal["activities", "walks", "findings", "hot_spots", "all"]

ForceOption = Annotated[bool, typer.Option("--force", help="Write over the file.")]
NamesOption = Annotated[
    program.Speech | None, typer.Option(help="Of names; default: the machine's.")
]
PromiseOption = Annotated[str | None, typer.Option(help="Only this promise.")]


@program.command_line.command()
def publish(
    folder: Annotated[
        Path, typer.Argument(help="A new or empty folder, or one that was published to before.")
    ],
    *,
    promise: PromiseOption = None,
    date: Annotated[
        datetime | None, program.day_option("The day to tell of; the end of it counts.")
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
    register: program.RegisterOption = None,
    catalogue: program.CatalogueOption = None,
) -> None:
    """Write the citizens' page, which needs no server, and open data beside it."""
    from geodata.service.publishing import Publishing, publish_folder

    with program.existing(register, catalogue) as service:
        asked = Publishing(promise, program.day_of(date), publisher, licence, address)
        told = publish_folder(service, asked, folder)
    program.say("public.done", folder=str(folder), day=program.reader_words().day(told.as_of))
    if told.publisher.missing:
        program.say("public.incomplete", missing=", ".join(told.publisher.missing))


SUFFIXES: Final = (".pdf", ".docx", ".png", ".svg")


@program.command_line.command()
def report(
    file: Annotated[
        Path,
        typer.Argument(
            help="What to write: .pdf (all of it), .docx (its tables), .png or .svg (the map)."
        ),
    ],
    *,
    promise: PromiseOption = None,
    day: Annotated[
        datetime | None, program.day_option("The day that it tells about.", "--date")
    ] = None,
    since: Annotated[datetime | None, program.day_option("The day of the meeting before.")] = None,
    area: Annotated[str | None, typer.Option(help="Only this area, on a map.")] = None,
    paper: Annotated[Paper, typer.Option(help="How large a map is.")] = "a4",
    language: Annotated[
        program.Speech | None,
        typer.Option("--lang", help="The document's; default: the machine's."),
    ] = None,
    register: program.RegisterOption = None,
    catalogue: program.CatalogueOption = None,
    force: ForceOption = False,
) -> None:
    """Write the document for a meeting, the map alone, or the tables for one's minutes."""
    from geodata.service.reporting import Asked, write_whole

    asked = Asked(
        promise_id=promise,
        as_of=program.day_of(day),
        since=program.day_of(since),
        language=language or program.reader_words().language,
    )
    suffix = file.suffix.casefold()
    if suffix not in SUFFIXES:
        raise ExportError("report.suffix", file=file.name, expected=", ".join(SUFFIXES))
    with program.existing(register, catalogue) as service:
        write_whole(file, _made(service, asked, suffix, area, paper), replace=force)
    program.say("report.done", file=str(file))


def _made(service: Service, asked: Asked, suffix: str, area: str | None, paper: Paper) -> bytes:
    from geodata.service.reporting import make_map, make_report, make_word

    if suffix == ".pdf":
        return make_report(service, asked)
    if suffix == ".docx":
        return make_word(service, asked)
    file_format: Literal["png", "svg"] = "png" if suffix == ".png" else "svg"
    return make_map(service, asked, file_format=file_format, area_id=area, paper=paper)


@program.command_line.command()
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
    first: Annotated[datetime | None, program.day_option("Only from this day.", "--from")] = None,
    last: Annotated[
        datetime | None, program.day_option("Only up to and with this day.", "--to")
    ] = None,
    as_of: Annotated[
        datetime | None, program.day_option("What was there by this day; planned walks stay.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only activities of this kind. Can be given several times."),
    ] = None,
    what: Annotated[What, typer.Option(help="Which records.")] = "all",
    language: NamesOption = None,
    register: program.RegisterOption = None,
    catalogue: program.CatalogueOption = None,
    force: ForceOption = False,
) -> None:
    """Write records to a file for a spreadsheet, a map program or a receiver."""
    from geodata.service.exporting import FILE_SORTS, Wanted, export_file

    words = program.reader_words()
    wanted = Wanted(
        sorts=FILE_SORTS[what],
        promise=promise,
        area=area,
        commitment=commitment,
        kinds=tuple(kind or ()),
        as_of=program.day_of(as_of),
        first_day=program.day_of(first),
        last_day=program.day_of(last),
        language=language or words.language,
    )
    with program.existing(register, catalogue) as service:
        if file.suffix.casefold() == ".toml":
            _write_promise(service, promise or file.stem, file, terms, force=force)
            return
        written = export_file(service, wanted, file, replace=force)
    counts = [words(f"export.count.{sort}", count=n) for sort, n in written.counts.items()]
    program.say("export.done", file=str(file), counts=", ".join(counts))
    if written.without_place:
        program.say("export.without_place", count=written.without_place)


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
    program.say("export.promise_done", file=str(file))


# --- the whole register ---------------------------------------------------------------------------


@program.command_line.command()
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Promises (.toml), areas (.geojson), places (.csv), folders; with --register "
            "a register. Default: all in use.",
        ),
    ] = None,
    *,
    register: Annotated[
        bool, typer.Option("--register", help="Look for damage in the register instead.")
    ] = False,
) -> None:
    """Report every mistake in promises, areas and places, or all damage in the register."""
    if register:
        _check_registers(files or [])
    else:
        _check_files(files or [])


def _check_files(files: list[str]) -> None:
    from geodata.service import check_files
    from geodata.settings import bundled_data, read_settings

    folders = (bundled_data(), *read_settings().catalogue_folders)
    mistakes, summary = check_files(tuple(Path(file) for file in files), folders)
    words = program.reader_words()
    if mistakes:
        program.tell_mistakes(mistakes)
        raise typer.Exit(1)
    checked = ("promises", "commitments", "areas", "places", "indicators", "readings")
    program.say("cli.check.ok", **{name: getattr(summary, name) for name in checked})
    for mistake in summary.notes:
        typer.echo(f"{words.where(mistake)}: {words.error(mistake)}")


def _check_registers(registers: list[str]) -> None:
    from geodata.service import examine_register, shown_register
    from geodata.settings import read_settings, register_url

    found: list[Damage] = []
    words = program.reader_words()

    def tell(damage: Damage) -> None:
        found.append(damage)
        typer.echo(_sentence(damage, words), err=True)

    for url in [register_url(one) for one in registers] or [read_settings().register]:
        before, shown = len(found), shown_register(url)
        counts: dict[str, Any] = examine_register(url, tell)
        if count := len(found) - before:
            program.say("damage.found", err=True, count=count, register=shown)
        else:
            program.say("damage.none", register=shown, **counts)
    if found:
        raise typer.Exit(1)


def _sentence(damage: Damage, words: Words) -> str:
    said = words(damage.key, **damage.values)
    if damage.entity is None:
        return said
    return f"{words(f'damage.{damage.entity}')} {damage.id}: {said}"


@program.command_line.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup is to lie.", show_default=False)],
    *,
    register: program.RegisterOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a backup of the register; others may go on recording meanwhile."""
    from geodata.service import back_up

    made = back_up(chosen_register(register), file.expanduser(), overwrite=force)
    _say_done("backup.made", made.counts, file=str(made.file), size=_size(made.bytes))


@program.command_line.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", show_default=False)],
    *,
    register: program.RegisterOption = None,
    keep_identity_numbers: Annotated[
        bool,
        typer.Option(
            "--keep-identity-numbers",
            help="Also a backup in which a text holds a personal identity number.",
        ),
    ] = False,
) -> None:
    """Check a backup and put it in the register's place; what was there is kept."""
    from geodata.service import holds_identity_number
    from geodata.service import restore as put_back

    is_personal = None if keep_identity_numbers else holds_identity_number
    done = put_back(chosen_register(register), file.expanduser(), is_personal)
    _say_done("backup.restored", done.counts, register=done.register, file=str(file))
    if done.kept is not None:
        program.say("backup.kept", file=str(done.kept), size=_size(done.kept.stat().st_size))


@program.command_line.command()
def move(
    source: Annotated[str, typer.Argument(help="A register: file or URL.", show_default=False)],
    target: Annotated[
        str, typer.Argument(help="Where to: a new file, an empty database.", show_default=False)
    ],
) -> None:
    """Copy a register with its history, from a file to PostgreSQL or back, and compare them."""
    from geodata.service import move as move_register
    from geodata.service import shown_register
    from geodata.settings import register_url

    done = move_register(register_url(source), register_url(target))
    shown = shown_register(register_url(source))
    _say_done("backup.moved", done.counts, source=shown, register=done.register)


@program.command_line.command()
def dispose(
    before: Annotated[datetime, program.day_option("What was over before this day.", "--before")],
    decision: Annotated[str, typer.Option(help="By which decision: its reference and day.")],
    *,
    by: Annotated[str, typer.Option(help="Who: an office, no person.")] = "lofteskartan dispose",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how much.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask first.")] = False,
    register: program.RegisterOption = None,
) -> None:
    """Take what was over before a day out of the register for good; who and why stay."""
    words = program.reader_words()
    with program.existing(register) as service:
        due = service.register.due(before.date())
        for entity, ids in due.ids.items():
            kept = due.kept.get(entity, 0)
            told = words("dispose.line", count=len(ids), kept=kept)
            typer.echo(f"{words(f'damage.{entity}')}: {told}")
        if dry_run or not any(due.ids.values()):
            return
        if not yes:
            typer.confirm(words("dispose.sure"), abort=True)
        service.register.dispose(before.date(), decision, by=by)
        program.say("dispose.done", decision=decision, day=words.day(before.date()))


@program.command_line.command()
def disposals(
    file: Annotated[Path, typer.Argument(help="Where the list is to lie: .csv.")],
    *,
    register: program.RegisterOption = None,
) -> None:
    """Write a list (CSV) of all that was disposed of or redacted: when, by whom, and why."""
    from geodata.service.exporting import disposals_csv
    from geodata.service.reporting import write_whole

    with program.existing(register) as service:
        write_whole(file, disposals_csv(service))


def chosen_register(register: str | None) -> str:
    """Return the URL of the register that was named, or of the one in the settings."""
    from geodata.settings import read_settings, register_url

    return register_url(register) if register is not None else read_settings().register


def _say_done(key: str, counts: Mapping[str, int], **values: Any) -> None:
    from datetime import UTC

    from geodata.model import Precision

    words = program.reader_words()
    program.say(
        key,
        when=words.when(datetime.now(UTC), Precision.MINUTE),
        activities=words("backup.activities", count=counts["activities"]),
        walks=words("backup.walks", count=counts["walks"]),
        findings=words("backup.findings", count=counts["findings"]),
        **values,
    )


def _size(size: int) -> str:
    return f"{program.reader_words().number(size / 1_000_000, 1)}\N{NO-BREAK SPACE}MB"


@program.command_line.command()
def remind(
    *, register: program.RegisterOption = None, catalogue: program.CatalogueOption = None
) -> None:
    """Send the reminders by mail that are due and not sent; who gets one stands under [mail]."""
    from datetime import UTC

    from geodata.errors import SettingsError
    from geodata.service.reminders import remind as send_due

    with program.existing(register, catalogue) as service:
        if service.settings.mail is None:
            raise SettingsError("settings.no_mail")
        done = send_due(service, datetime.now(UTC), at_any_hour=True)
    program.say("mail.sent", count=done.sent)
    for to, why in done.failed:
        program.say("mail.failed", party=to.party, why=why)
    if done.failed:
        raise typer.Exit(1)
