"""What is done with a whole register: checked, backed up, moved, and disposed of by decision."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geodata.cli.program import (
    RegisterOption,
    command_line,
    day_option,
    reader_words,
    said_settings,
    tell_mistakes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geodata.service.starting import Damage
    from geodata.texts import Words


@command_line.command()
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
            indicators=summary.indicators,
            readings=summary.readings,
        )
    )
    for mistake in summary.notes:
        typer.echo(f"{words.where(mistake)}: {words.error(mistake)}")


def _check_registers(registers: list[str]) -> None:
    from geodata.service import shown_register
    from geodata.service.starting import examine_register
    from geodata.settings import read_settings, register_url

    words, damaged = reader_words(), False
    for url in [register_url(one) for one in registers] or [read_settings().register]:
        found = 0

        def tell(damage: Damage) -> None:
            nonlocal found
            found += 1
            typer.echo(_sentence(damage, words), err=True)

        seen, shown = examine_register(url, tell), shown_register(url)
        if found:
            damaged = True
            typer.echo(words("damage.found", count=found, register=shown), err=True)
        else:
            typer.echo(
                words(
                    "damage.none",
                    register=shown,
                    activities=seen["activity"],
                    walks=seen["walk"],
                    findings=seen["finding"],
                    decisions=seen["decision"],
                    revisions=seen["revision"],
                )
            )
    if damaged:
        raise typer.Exit(1)


def _sentence(damage: Damage, words: Words) -> str:
    said = words(damage.key, **damage.values)
    if damage.entity is None:
        return said
    return f"{words(f'damage.{damage.entity}')} {damage.id}: {said}"


@command_line.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup is to lie.", show_default=False)],
    *,
    register: RegisterOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a backup of the register; others may go on recording meanwhile."""
    from geodata.service.starting import back_up

    made = back_up(chosen_register(register), file.expanduser(), overwrite=force)
    words = reader_words()
    typer.echo(
        words(
            "backup.made",
            file=str(made.file),
            size=_size(made.bytes, words),
            when=_now(words),
            **_counted(made.counts, words),
        )
    )


@command_line.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", show_default=False)],
    *,
    register: RegisterOption = None,
    keep_identity_numbers: Annotated[
        bool,
        typer.Option(
            "--keep-identity-numbers",
            help="Also a backup in which a text holds a personal identity number.",
        ),
    ] = False,
) -> None:
    """Check a backup and put it in the register's place; what was there is kept."""
    from geodata.service.starting import holds_identity_number
    from geodata.service.starting import restore as put_back

    is_personal = None if keep_identity_numbers else holds_identity_number
    done = put_back(chosen_register(register), file.expanduser(), is_personal)
    words = reader_words()
    typer.echo(
        words(
            "backup.restored",
            register=done.register,
            file=str(file),
            when=_now(words),
            **_counted(done.counts, words),
        )
    )
    if done.kept is not None:
        size = _size(done.kept.stat().st_size, words)
        typer.echo(words("backup.kept", file=str(done.kept), size=size))


@command_line.command()
def move(
    source: Annotated[str, typer.Argument(help="A register: file or URL.", show_default=False)],
    target: Annotated[
        str, typer.Argument(help="Where to: a new file, an empty database.", show_default=False)
    ],
) -> None:
    """Copy a register with its history, from a file to PostgreSQL or back, and compare them."""
    from geodata.service import shown_register
    from geodata.service.starting import move as move_register
    from geodata.settings import register_url

    done = move_register(register_url(source), register_url(target))
    words = reader_words()
    typer.echo(
        words(
            "backup.moved",
            source=shown_register(register_url(source)),
            register=done.register,
            when=_now(words),
            **_counted(done.counts, words),
        )
    )


@command_line.command()
def dispose(
    before: Annotated[datetime, day_option("What was over before this day.", "--before")],
    decision: Annotated[str, typer.Option(help="By which decision: its reference and day.")],
    *,
    by: Annotated[str, typer.Option(help="Who: an office, no person.")] = "lofteskartan dispose",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how much.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask first.")] = False,
    register: RegisterOption = None,
) -> None:
    """Take what was over before a day out of the register for good; who and why stay."""
    from geodata.service.exporting import open_existing

    words = reader_words()
    with open_existing(said_settings(register)) as service:
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
        typer.echo(words("dispose.done", decision=decision, day=words.day(before.date())))


@command_line.command()
def disposals(
    file: Annotated[Path, typer.Argument(help="Where the list is to lie: .csv.")],
    *,
    register: RegisterOption = None,
) -> None:
    """Write a list (CSV) of all that was disposed of or redacted: when, by whom, and why."""
    from geodata.service.exporting import disposals_csv, open_existing
    from geodata.service.reporting import write_whole

    with open_existing(said_settings(register)) as service:
        write_whole(file, disposals_csv(service))


def chosen_register(register: str | None) -> str:
    """Return the URL of the register that was named, or of the one in the settings."""
    from geodata.settings import read_settings, register_url

    return register_url(register) if register is not None else read_settings().register


def _counted(counts: Mapping[str, int], words: Words) -> dict[str, str]:
    return {
        "activities": words("backup.activities", count=counts["activities"]),
        "walks": words("backup.walks", count=counts["walks"]),
        "findings": words("backup.findings", count=counts["findings"]),
    }


def _size(size: int, words: Words) -> str:
    return f"{words.number(size / 1_000_000, 1)}\N{NO-BREAK SPACE}MB"


def _now(words: Words) -> str:
    from datetime import UTC, datetime

    from geodata.model import Precision

    return words.when(datetime.now(UTC), Precision.MINUTE)
