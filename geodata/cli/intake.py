"""``lofteskartan add``, ``import`` and ``streets``: what is taken in, from files or fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from geodata.cli import program
from geodata.errors import GeodataError, IntakeError

if TYPE_CHECKING:
    from geodata.model import Catalogue
    from geodata.planning.street_network import StreetNetwork
    from geodata.service import Service
    from geodata.service.adding import Proposal, Reassignment
    from geodata.service.import_report import Examined, ReadOptions, Report
    from geodata.service.imports import Watch
    from geodata.texts import Words


AUTHOR: Final = "lofteskartan add"
"""Who is said to have changed the records where nobody is named."""


@program.command_line.command()
def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Promises and terms (.toml), areas (.geojson), places (.csv), indicators and"
            " readings (.toml, .csv, .gpkg), or folders of them."
        ),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Take in without asking.")] = False,
    by: Annotated[
        str, typer.Option(help="Who takes it in: a role or an office, no person's name.")
    ] = AUTHOR,
    register: program.RegisterOption = None,
) -> None:
    """Show what files would change, and take them in."""
    from geodata.service import Service
    from geodata.service.adding import propose, read_paths, take_in

    words = program.reader_words()
    with Service.open(program.said_settings(register)) as service:
        proposal = propose(service, read_paths(files))
        for line in _proposed(proposal, service.catalogue, words):
            typer.echo(line)
        if proposal.is_nothing or not (yes or _agreed(words)):
            return
        taken = take_in(service, proposal, by=by)
    program.say("adding.taken")
    if taken.problem is not None:
        typer.echo(words.error(taken.problem), err=True)
        program.say("adding.later", err=True)
    elif taken.counts is not None and taken.counts.asked:
        program.say("adding.did_change", count=taken.counts.changed)


def _agreed(words: Words) -> bool:
    answer: str = typer.prompt(words("adding.ask"), default="", show_default=False)
    if answer.strip().casefold() in words("adding.yes_letters").split():
        return True
    program.say("adding.left")
    return False


def _proposed(proposal: Proposal, catalogue: Catalogue, words: Words) -> Iterator[str]:
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
        ("adding.new_indicators", found.new_indicators),
        ("adding.new_readings", found.new_readings),
        ("adding.new_layers", found.new_layers),
    ):
        if some:
            yield words(key, count=len(some))
    names = {area.id: area.name for area in (*catalogue.areas, *found.new_areas)}
    yield from _counted(proposal.counts, names, words)


def _counted(counts: Reassignment, names: dict[str, str], words: Words) -> Iterator[str]:
    if not counts.asked:
        return
    yield words("adding.would_change", count=counts.changed)
    nowhere = words("adding.no_area")
    for (old, new), count in sorted(counts.moves.items(), key=lambda move: -move[1]):
        before, after = (names.get(id_, id_) if id_ else nowhere for id_ in (old, new))
        yield "  " + words("adding.move", before=before, after=after, count=count)
    if counts.kept:
        yield "  " + words("adding.kept", count=counts.kept)


SHOWN_PROBLEMS: Final = 20
"""Problems that are told of each file; all of them stand beside the rows in the rest's file."""


What = Literal["activities", "walks", "findings"]
"""What the rows are."""


FilesArgument = Annotated[
    list[Path],
    typer.Argument(help="CSV, Excel, GPX, GeoJSON, GeoPackage, zip of a shapefile or an export."),
]
GoodOnlyOption = Annotated[
    bool, typer.Option("--good-only", help="Save the good rows although others are refused.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Report only; save nothing.")]
RestOption = Annotated[
    Path | None, typer.Option(help="Folder for files with the rows that are to be corrected.")
]
KindOption = Annotated[str | None, typer.Option(help="Activity kind where none is given.")]
CategoryOption = Annotated[str | None, typer.Option(help="Finding category where none is given.")]
AreaOption = Annotated[str | None, typer.Option(help="Area id where none is given.")]
DayOption = Annotated[datetime | None, program.day_option("Day where no time is given.")]
GridOption = Annotated[
    str | None,
    typer.Option(
        help="What the coordinates are in: wgs84, sweref99tm, rt90, or a zone as sweref99-1330."
    ),
]
MonthFirstOption = Annotated[
    bool | None, typer.Option("--month-first/--day-first", help="How 06/12/2018 is meant.")
]
SwapOption = Annotated[bool, typer.Option("--swap", help="The coordinates are swapped.")]
LinkOption = Annotated[
    bool,
    typer.Option(help="Link records that name no commitment to those that would count them."),
]
ByOption = Annotated[str, typer.Option(help="Who imports: a role or an office, no person's name.")]


@program.command_line.command("import")
def import_files(
    files: FilesArgument,
    *,
    good_only: GoodOnlyOption = False,
    dry_run: DryRunOption = False,
    rest: RestOption = None,
    what: Annotated[What | None, typer.Option(help="What the rows are.")] = None,
    kind: KindOption = None,
    category: CategoryOption = None,
    area: AreaOption = None,
    day: DayOption = None,
    grid: GridOption = None,
    month_first: MonthFirstOption = None,
    swap: SwapOption = False,
    link: LinkOption = True,
    by: ByOption = "lofteskartan import",
    register: program.RegisterOption = None,
    catalogue: program.CatalogueOption = None,
) -> None:
    """Read files, report what they hold, and save it."""
    from geodata.service import Service
    from geodata.service.import_report import ReadOptions
    from geodata.service.imports import author_of

    options = ReadOptions(
        what=what,
        kind=kind,
        category=category,
        area=area,
        day=program.day_of(day),
        # `_require_known` refuses any other.
        grid=grid,
        swap=swap,
        month_first=month_first,
        link=link,
    )
    author, problems = author_of({"by": by})
    for problem in problems:
        raise IntakeError(problem.key, **problem.values)
    with Service.open(program.said_settings(register, catalogue)) as service:
        _require_known(service, options)
        said = options if options != ReadOptions() else None
        take = partial(_import_one, service, said, good_only, dry_run, rest, author)
        whole = [take(path) for path in files]
    if not all(whole):
        raise typer.Exit(1)


def _require_known(service: Service, options: ReadOptions) -> None:
    """Refuse a choice that nothing is called: nobody would see that it was passed over."""
    from geodata.service.imports import GRIDS

    catalogue = service.catalogue
    for chosen, known in (
        (options.kind, catalogue.vocabulary.activity_kinds),
        (options.category, catalogue.vocabulary.finding_categories),
        (options.area, catalogue.area_by_id),
        (options.grid, GRIDS),
    ):
        if chosen is not None and chosen not in known:
            raise IntakeError("import.unknown_choice", value=chosen, known=", ".join(known))


def _import_one(
    service: Service,
    options: ReadOptions | None,
    good_only: bool,
    dry_run: bool,
    rest: Path | None,
    by: str,
    path: Path,
) -> bool:
    """Import a file; return whether all of it is, or would be, in the register."""
    from geodata.service.imports import examine, take_in

    words = program.reader_words()
    try:
        with _watched(words("import.reading_title")) as watch:
            examined = examine(service, path, options, watch=watch)
        report = examined.report
        _tell(report, words, service.catalogue)
        if rest is not None and report.has_rest:
            _write_rest(examined, rest, words, service.catalogue)
        if dry_run:
            program.say("import.not_saved_yet")
            return report.whole
        with _watched(words("import.saving_title")) as watch:
            taken = take_in(service, examined, by=by, good_only=good_only, watch=watch)
    except GeodataError as error:
        sentence = words.error(error)
        named = sentence if path.name in sentence else f"{path.name}: {sentence}"
        typer.echo(named, err=True)
        program.say("import.nothing_saved", err=True)
        return False
    program.say("import.saved", count=taken.count)
    return report.whole


def _tell(report: Report, words: Words, catalogue: Catalogue) -> None:
    from geodata.service.import_report import worded
    from geodata.service.imports import GRIDS

    typer.echo(f"{report.file}: {words('import.read', count=report.rows_read)}")
    for count, key in (
        (report.new, "import.new"),
        (report.doubles, "import.doubles"),
        (report.refused, "import.refused"),
    ):
        typer.echo(f"  {words.number(count)} {words(key, count=count)}")
    where = report.whereabouts
    for count, key in (
        (report.linked, "import.linked"),
        (report.unlinked, "import.unlinked"),
        (report.arealess, "import.arealess"),
        (report.arealess, "import.arealess_do_command"),
        (where.outside, "import.outside"),
        (where.near_border, "import.near_border"),
        (where.far, "import.far"),
    ):
        if count:
            typer.echo("  " + words(key, count=count))
    if report.grid is not None and report.grid.rows:
        known = report.grid.grid in GRIDS
        name = words(f"grid.{report.grid.grid}") if known else report.grid.grid
        typer.echo("  " + words("import.grid", count=report.grid.rows, grid=name))
    for problem in report.problems[:SHOWN_PROBLEMS]:
        row = "" if problem.row is None else f"{words('import.row')} {problem.row}: "
        # A layer, a packed table, or a walk's way: rows are counted anew in each.
        table = problem.file.removeprefix(f"{report.file} / ")
        within = "" if table == report.file else f"{table}, "
        sentence = worded(problem, words, catalogue)
        typer.echo(f"  {within}{row}{sentence}", err=problem.severity == "error")
    if len(report.problems) > SHOWN_PROBLEMS:
        typer.echo("  " + words("import.first_shown", count=SHOWN_PROBLEMS))


def _write_rest(examined: Examined, folder: Path, words: Words, catalogue: Catalogue) -> None:
    from geodata.service.import_report import write_rest

    path = folder / f"{Path(examined.report.file).stem}-rest.csv"
    if path.exists():
        raise IntakeError("import.rest_exists", file=str(path))
    write_rest(examined, path, words, catalogue)
    typer.echo("  " + words("import.rest_written", file=str(path)))


@contextmanager
def _watched(label: str) -> Iterator[Watch]:
    """Show a bar while something is under way, where somebody is looking."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=1.0)
        yield lambda share: progress.update(task, completed=share)


streets = typer.Typer(help="Streets and paths, for ways on foot.", no_args_is_help=True)
program.command_line.add_typer(streets, name="streets")


@streets.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(help=".osm, .osm.bz2, .osm.pbf or OSMnx's .graphml.", show_default=False),
    ],
    *,
    catalogue: program.CatalogueOption = None,
) -> None:
    """Take in a file with streets; it replaces the one before."""
    from geodata.service.streets import import_streets

    _tell_streets(import_streets(file.expanduser()), catalogue)


@streets.command()
def fetch(
    *,
    catalogue: program.CatalogueOption = None,
    paths_only: Annotated[
        bool,
        typer.Option(
            "--paths-only",
            help="Leave out buildings and their numbers, water, green and rail: a quarter as much.",
        ),
    ] = False,
) -> None:
    """Fetch the streets of all areas, and 1 km around, with what a map of them shows."""
    from geodata.planner.streets import areas_of, expected, fetch_streets

    def tell(at: int, count: int, names: str) -> None:
        program.say("streets.fetching", err=True, area=names, at=str(at), total=str(count))

    areas = areas_of(program.said_settings(None, catalogue))
    much, host = expected(areas, surroundings=not paths_only)
    program.say("streets.fetch_begins", err=True, host=host, megabytes=str(much))
    _tell_streets(fetch_streets(areas, on_area=tell, surroundings=not paths_only), catalogue)


@streets.command()
def show() -> None:
    """Say which streets are in use."""
    from geodata.service.streets import StraightLines, open_ways

    ways = open_ways()
    if isinstance(ways, StraightLines):
        program.say("streets.none", detour=program.reader_words().number(ways.detour, 1))
    else:
        _tell_streets(ways, None)


def _tell_outside(catalogue: list[Path] | None) -> None:
    """Say which areas the streets in use don't cover: in them, ways on foot have no answer."""
    from geodata.planner.streets import areas_of, areas_outside, street_facts

    areas, facts = areas_of(program.said_settings(None, catalogue)), street_facts()
    if facts is None or facts.outline is None or not (outside := areas_outside(facts, areas)):
        return
    apart = not any(facts.outline.intersects(area.outline) for area in areas)
    key = "streets.no_area_covered" if apart else "plan_streets.outside"
    program.say(key, areas=", ".join(area.name for area in outside))


def _tell_streets(network: StreetNetwork, catalogue: list[Path] | None) -> None:
    from geodata.service.streets import streets_folder, told_source

    words = program.reader_words()
    program.say(
        "streets.imported",
        file=network.source.file,
        edges=network.edge_count,
        length_km=words.number(network.length_m / 1_000),
        share=words.percent(network.largest_share, 1),
    )
    typer.echo(told_source(network.source, words))
    program.say("streets.kept", folder=str(streets_folder()))
    _tell_outside(catalogue)
