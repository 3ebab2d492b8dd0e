"""``lofteskartan streets``: the paths that ways on foot are found on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geodata.cli.program import CatalogueOption, command_line, fail, reader_words, said_settings

if TYPE_CHECKING:
    from geodata.planning.streets import StreetNetwork
    from geodata.texts import Words

streets = typer.Typer(help="Streets and paths, for ways on foot.", no_args_is_help=True)
command_line.add_typer(streets, name="streets")


@streets.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(help=".osm, .osm.bz2, .osm.pbf or OSMnx's .graphml.", show_default=False),
    ],
    *,
    catalogue: CatalogueOption = None,
) -> None:
    """Take in a file with streets; it replaces the one before."""
    from geodata.errors import GeodataError
    from geodata.service.streets import import_streets

    try:
        network = import_streets(file.expanduser())
    except GeodataError as error:
        fail(error)
    _tell(network, catalogue, reader_words())


@streets.command()
def fetch(
    *,
    catalogue: CatalogueOption = None,
    paths_only: Annotated[
        bool,
        typer.Option(
            "--paths-only",
            help="Leave out buildings, water, green and rail: a quarter as much, a poorer map.",
        ),
    ] = False,
) -> None:
    """Fetch the streets of all areas, and 1 km around, with what a map of them shows."""
    from geodata.errors import GeodataError
    from geodata.planner.streets.solve import areas_of, fetch_streets

    words = reader_words()

    def tell(at: int, count: int, names: str) -> None:
        said = words("streets.fetching", area=names, at=str(at), total=str(count))
        typer.echo(said, err=True)

    try:
        network = fetch_streets(
            areas_of(said_settings(None, catalogue)),
            on_area=tell,
            surroundings=not paths_only,
        )
    except GeodataError as error:
        fail(error)
    _tell(network, catalogue, words)


@streets.command()
def show() -> None:
    """Say which streets are in use."""
    from geodata.errors import GeodataError
    from geodata.service.streets import StraightLines, open_ways

    words = reader_words()
    try:
        ways = open_ways()
    except GeodataError as error:
        fail(error)
    if isinstance(ways, StraightLines):
        typer.echo(words("streets.none", detour=words.number(ways.detour, 1)))
    else:
        _tell(ways, None, words)


def _tell_outside(catalogue: list[Path] | None, words: Words) -> None:
    """Say which areas the streets in use don't cover: in them, ways on foot have no answer."""
    from geodata.errors import GeodataError
    from geodata.planner.streets.keep import areas_outside, street_facts
    from geodata.planner.streets.solve import areas_of

    try:
        areas, facts = areas_of(said_settings(None, catalogue)), street_facts()
    except GeodataError as error:
        fail(error)
    if facts is None or facts.outline is None or not (outside := areas_outside(facts, areas)):
        return
    apart = not any(facts.outline.intersects(area.outline) for area in areas)
    key = "streets.no_area_covered" if apart else "plan_streets.outside"
    typer.echo(words(key, areas=", ".join(area.name for area in outside)))


def _tell(network: StreetNetwork, catalogue: list[Path] | None, words: Words) -> None:
    from geodata.service.streets import streets_folder, told_source

    typer.echo(
        words(
            "streets.imported",
            file=network.source.file,
            edges=network.edge_count,
            length_km=words.number(network.length_m / 1_000),
            share=words.percent(network.largest_share, 1),
        )
    )
    typer.echo(told_source(network.source, words))
    typer.echo(words("streets.kept", folder=str(streets_folder())))
    _tell_outside(catalogue, words)
