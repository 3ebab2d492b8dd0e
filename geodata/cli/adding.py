"""``lofteskartan add``: take promises, areas, outlines and places in from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from geodata.cli.program import RegisterOption, command_line, fail, reader_words, said_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geodata.model import Catalogue
    from geodata.service import Service
    from geodata.service.adding import Counts, Proposal
    from geodata.texts import Words

AUTHOR: Final = "lofteskartan add"
"""Who is said to have changed the records where nobody is named."""


@command_line.command()
def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Promises and terms (.toml), areas (.geojson), places (.csv), or folders of them."
        ),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Take in without asking.")] = False,
    by: Annotated[
        str, typer.Option(help="Who takes it in: a role or an office, no person's name.")
    ] = AUTHOR,
    register: RegisterOption = None,
    catalogue: Annotated[
        list[Path] | None, typer.Option(help="Folder that the files are to be kept in.")
    ] = None,
) -> None:
    """Show what files would change, and take them in."""
    from geodata.errors import GeodataError
    from geodata.service import Service
    from geodata.service.adding import propose, read_paths

    words = reader_words()
    try:
        service = Service.open(said_settings(register, catalogue))
    except GeodataError as error:
        fail(error)
    try:
        proposal = propose(service, read_paths(files))
        for line in _proposed(proposal, service.catalogue, words):
            typer.echo(line)
        if not proposal.is_nothing and (yes or _agreed(words)):
            _take_in(service, proposal, by, words)
    except GeodataError as error:
        fail(error)
    finally:
        service.close()


def _agreed(words: Words) -> bool:
    answer: str = typer.prompt(words("adding.ask"), default="", show_default=False)
    if answer.strip().casefold() in words("adding.yes_letters").split():
        return True
    typer.echo(words("adding.left"))
    return False


def _take_in(service: Service, proposal: Proposal, by: str, words: Words) -> None:
    from geodata.service.adding import take_in

    taken = take_in(service, proposal, by=by)
    typer.echo(words("adding.taken", folder=str(proposal.folder)))
    if taken.problem is not None:
        typer.echo(words.error(taken.problem), err=True)
        typer.echo(words("adding.later"), err=True)
    elif taken.counts is not None and taken.counts.asked:
        typer.echo(words("adding.did_change", count=taken.counts.changed))
    typer.echo(words("adding.restart"))


def _proposed(proposal: Proposal, catalogue: Catalogue, words: Words) -> Iterator[str]:
    """Yield what is new and changed, a line each."""
    found, language = proposal.found, words.language
    if proposal.is_nothing:
        yield words("adding.nothing")
        return
    for promise in found.new_promises:
        yield words("adding.new_promise", name=promise.title.to(language))
    for _, promise in found.changed_promises:
        yield words("adding.changed_promise", name=promise.title.to(language))
    for area in found.new_areas:
        yield words("adding.new_area", name=area.name)
    for change in found.changed_areas:
        if change.is_outline:
            before, after = (
                words.number(round(m2)) for m2 in (change.area_before_m2, change.area_after_m2)
            )
            name = change.after.name
            yield words("adding.new_outline", name=name, before=before, after=after)
        else:
            yield words("adding.changed_area", name=change.after.name)
    for key, some in (
        ("adding.new_places", found.new_places),
        ("adding.gone_places", found.gone_places),
        ("adding.new_terms", found.new_terms),
    ):
        if some:
            yield words(key, count=len(some))
    names = {area.id: area.name for area in (*catalogue.areas, *found.new_areas)}
    yield from _counted(proposal.counts, names, words)


def _counted(counts: Counts, names: dict[str, str], words: Words) -> Iterator[str]:
    if not counts.asked:
        return
    yield words("adding.would_change", count=counts.changed)
    nowhere = words("adding.no_area")
    for (old, new), count in sorted(counts.moves.items(), key=lambda move: -move[1]):
        before, after = (names.get(id_, id_) if id_ else nowhere for id_ in (old, new))
        yield "  " + words("adding.move", before=before, after=after, count=count)
    if counts.kept:
        yield "  " + words("adding.kept", count=counts.kept)
