"""The command line: ``lofteskartan run`` and ``lofteskartan check``.

Only what every command needs is imported here, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from geodata.errors import GeodataError, Mistake
    from geodata.settings import Settings
    from geodata.texts import Words

DEFAULT_PORT: Final = 8501
LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
SERVER: Final = "dashboard.server:create_app"
"""Named, not imported: the command line knows where the dashboard is, and nothing more of it."""

command_line = typer.Typer(
    name="lofteskartan",
    help="Links every promised area to its commitments, walk routes and recorded activities.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@command_line.callback()
def _commands() -> None:
    """Keep the commands named even while there are few."""


# --- run -------------------------------------------------------------------------------------


@command_line.command()
def run(
    *,
    example: Annotated[
        bool, typer.Option("--example", help="Open a register with made-up example records.")
    ] = False,
    register: Annotated[
        str | None,
        typer.Option(
            help="File or SQLAlchemy URL of the register; default: the platform's data folder."
        ),
    ] = None,
    catalogue: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder with promises and areas of your own. Can be given several times."
        ),
    ] = None,
    basemap: Annotated[
        str | None,
        typer.Option(
            help="osm, none, a name from the settings file, or an address with {z}, {x}, {y}."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help=f"Port; default: {DEFAULT_PORT} or the next free one."),
    ] = None,
    open_to_others: Annotated[
        bool,
        typer.Option("--open", help="Listen beyond this machine although there is no sign-in."),
    ] = False,
    browser: Annotated[bool, typer.Option(help="Open the address in a browser.")] = True,
) -> None:
    """Open the dashboard."""
    from contextlib import nullcontext

    from geodata.errors import GeodataError

    try:
        _refuse_exposed(host, open_to_others=open_to_others)
        chosen_port = _free_port(host, port)
        settings = _apply(register, catalogue, basemap, open_to_others=open_to_others)
        with _made(settings, register) if example else nullcontext(settings.register) as url:
            os.environ["LOFTESKARTAN_REGISTER"] = url
            _try_opening()
            _serve(host, chosen_port, url, example=example and register is None, browser=browser)
    except GeodataError as error:
        _fail(error)


def _made(settings: Settings, register: str | None) -> AbstractContextManager[str]:
    from geodata.service import example_register

    return example_register(settings, register)


def _refuse_exposed(host: str, *, open_to_others: bool) -> None:
    from geodata.errors import SettingsError

    if host not in LOOPBACK_HOSTS and not open_to_others:
        raise SettingsError("run.host", host=host)


def _apply(
    register: str | None,
    catalogue: list[Path] | None,
    basemap: str | None,
    *,
    open_to_others: bool,
) -> Settings:
    """Put what was said on the command line into the environment, where settings are read."""
    from geodata.settings import read_settings

    if register is not None:
        os.environ["LOFTESKARTAN_REGISTER"] = register
    if catalogue:
        os.environ["LOFTESKARTAN_CATALOGUE"] = os.pathsep.join(str(f.resolve()) for f in catalogue)
    if basemap is not None:
        os.environ["LOFTESKARTAN_BASEMAP"] = basemap
    settings = read_settings()
    if open_to_others and not settings.open_to:
        os.environ["LOFTESKARTAN_OPEN_TO"] = "*"
        settings = read_settings()
    return settings


def _try_opening() -> None:
    """Open everything once, so that a mistake is told here and not in the server's log."""
    from geodata.service import Service
    from geodata.settings import read_settings

    Service.open(read_settings()).close()


def _free_port(host: str, port: int | None) -> int:
    from geodata.errors import SettingsError

    candidates = [port] if port else [*range(DEFAULT_PORT, DEFAULT_PORT + 20)]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in candidates:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise SettingsError("run.port_taken", port=str(candidates[0]), host=host)


def _serve(host: str, port: int, register: str, *, example: bool, browser: bool) -> None:
    import signal

    import uvicorn

    from geodata.service import shown_register

    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    address = f"http://{shown}:{port}"
    words = _words()
    typer.echo(words("cli.address", url=address))
    typer.echo(
        words("cli.example") if example else words("cli.register", url=shown_register(register))
    )
    typer.echo(words("cli.stop"))
    sys.stdout.flush()
    if browser:
        _open_browser_when_up(address)
    # uvicorn hands a signal on when it has shut down: as an exit, so that what is open is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(SERVER, factory=True, host=host, port=port, log_level="warning", access_log=False)


def _open_browser_when_up(address: str) -> None:
    import threading
    import time
    import urllib.error
    import urllib.request
    import webbrowser

    def wait() -> None:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 (our own)
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        webbrowser.open(address)

    threading.Thread(target=wait, daemon=True).start()


# --- check -----------------------------------------------------------------------------------


@command_line.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Promises (.toml), areas (.geojson), places (.csv), folders; default: all in use."
        ),
    ] = None,
) -> None:
    """Report every mistake in promises, areas and places at once."""
    from geodata.errors import GeodataError
    from geodata.service import check_files
    from geodata.settings import bundled_data, read_settings

    try:
        folders = (bundled_data(), *read_settings().catalogue_folders)
    except GeodataError as error:
        _fail(error)
    mistakes, summary = check_files(tuple(files or ()), folders)
    words = _words()
    if mistakes:
        _tell(mistakes, words)
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


def _tell(mistakes: Iterable[Mistake], words: Words) -> None:
    told = list(mistakes)
    for mistake in told:
        where = f"{mistake.file}: {mistake.place}" if mistake.place else mistake.file
        typer.echo(f"{where}: {words.error(mistake)}", err=True)
    typer.echo(words("cli.check.mistakes", count=len(told)), err=True)


# --- words and errors ------------------------------------------------------------------------


def _words() -> Words:
    """Return Swedish words where the machine's language is Swedish, English otherwise."""
    from geodata.texts import words

    said = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return words("sv" if said.lower().startswith("sv") else "en")


def _fail(error: GeodataError) -> NoReturn:
    from geodata.errors import CatalogueError

    if isinstance(error, CatalogueError):
        _tell(error.mistakes, _words())
    else:
        typer.echo(_words().error(error), err=True)
    raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    command_line()
