"""``lofteskartan check``: every mistake in the catalogue's files, or in the register, at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from geodata.cli.program import command_line, fail, reader_words, tell_mistakes

if TYPE_CHECKING:
    from geodata.service.backup import Damage
    from geodata.texts import Words

ENTITIES: Final = {
    "activity": "damage.activity",
    "walk": "damage.walk",
    "finding": "damage.finding",
    "decision": "damage.decision",
    "meeting": "damage.meeting",
    "hot_spot": "damage.hot_spot",
    "plan": "damage.plan",
}


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
    from geodata.errors import GeodataError

    try:
        if register:
            _check_registers(files or [])
        else:
            _check_files(files or [])
    except GeodataError as error:
        fail(error)


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
        )
    )


def _check_registers(registers: list[str]) -> None:
    from geodata.service import shown_register
    from geodata.service.backup import examine_register
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
    return f"{words(ENTITIES[damage.entity])} {damage.id}: {said}"
