"""The program that commands are added to, its command `run`, and how commands word what they say.

Only what every command needs is imported here, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NoReturn

import typer
from typer.core import TyperGroup

from geodata.errors import CatalogueError, GeodataError, Mistake, SettingsError, Value

if TYPE_CHECKING:
    from geodata.service import Service
    from geodata.settings import Settings
    from geodata.texts import Words


DEFAULT_PORT: Final = 8501
LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
SERVER: Final = "dashboard.server:create_app"
CONNECTION: Final = "dashboard.host.operation:Connection"
"""Named, not imported: the command line knows where the dashboard is, and nothing more of it."""

LARGEST_MESSAGE_BYTES: Final = 2_000_000
"""What a page may say at once; files come another way."""

ANSWERED_S: Final = 3
"""So long what was asked before the server is stopped may take to be answered."""

ENDED_S: Final = 3.0
"""So long the process may take to end after that."""


class Program(TyperGroup):
    """The commands; what goes wrong in any of them is said in the reader's words."""

    def invoke(self, ctx: Any) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except GeodataError as error:
            fail(error)


command_line = typer.Typer(
    name="lofteskartan",
    cls=Program,
    help="Links every promised area to its commitments, walk routes and recorded activities.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


RegisterOption = Annotated[
    str | None,
    typer.Option(help="File or SQLAlchemy URL of the register; default: the one in the settings."),
]
CatalogueOption = Annotated[
    list[Path] | None, typer.Option(help="Folder with promises and areas of your own.")
]


Speech = Literal["sv", "en"]
"""A language that something can be written in."""


def day_option(help_text: str, *names: str) -> Any:
    """Return an option that is a day."""
    return typer.Option(*names, formats=["%Y-%m-%d"], help=help_text)


def day_of(value: datetime | None) -> date | None:
    """Return the day that was said; None if none was."""
    return None if value is None else value.date()


def reader_words() -> Words:
    """Return Swedish words where the machine's language is Swedish, English otherwise."""
    from geodata.texts import words

    said = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return words("sv" if said.lower().startswith("sv") else "en", whole_paths=True)


def say(key: str, *, err: bool = False, **values: Value) -> None:
    """Say a sentence in the reader's words."""
    typer.echo(reader_words()(key, **values), err=err)


def tell_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Say every mistake in catalogue files, and how many there are."""
    words = reader_words()
    for mistake in mistakes:
        where = words.where(mistake)
        typer.echo(": ".join(filter(None, (where, words.error(mistake)))), err=True)
    say("cli.check.mistakes", err=True, count=len(mistakes))


def _in_environment(
    register: str | None,
    catalogue: Sequence[Path] | None,
    basemap: str | None = None,
    open_to: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return what was said on the command line as the environment says it."""
    said = {
        "LOFTESKARTAN_REGISTER": register,
        "LOFTESKARTAN_CATALOGUE": os.pathsep.join(str(f.resolve()) for f in catalogue or ())
        or None,
        "LOFTESKARTAN_BASEMAP": basemap,
        "LOFTESKARTAN_OPEN_TO": ",".join(open_to or ()) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def said_settings(register: str | None, catalogue: Sequence[Path] | None = None) -> Settings:
    """Return the settings, with what was said on the command line before all else."""
    from geodata.settings import read_settings

    return read_settings({**os.environ, **_in_environment(register, catalogue)})


def existing(register: str | None, catalogue: Sequence[Path] | None = None) -> Service:
    """Open a service on a register that is there already."""
    from geodata.service.exporting import open_existing

    return open_existing(said_settings(register, catalogue))


def fail(error: GeodataError) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    if isinstance(error, CatalogueError):
        tell_mistakes(error.mistakes)
    else:
        typer.echo(reader_words().error(error), err=True)
    raise typer.Exit(1)


@command_line.command()
def run(
    *,
    example: Annotated[
        bool, typer.Option("--example", help="Open a register with made-up example records.")
    ] = False,
    register: RegisterOption = None,
    catalogue: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder with promises and areas of your own. Can be given several times."
        ),
    ] = None,
    basemap: Annotated[
        str | None,
        typer.Option(
            help="osm, local (drawn from your streets), none, a name from the settings file, "
            "or an address with {z}, {x}, {y}."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help=f"Port; default: {DEFAULT_PORT} or the next free one."),
    ] = None,
    open_to: Annotated[
        list[str] | None,
        typer.Option(
            "--open",
            metavar="NAME",
            help="Host name to answer to beyond this machine, with or without sign-in; "
            "* is any. Can be given several times.",
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the address in a browser.")] = True,
) -> None:
    """Open the dashboard."""
    from geodata.service import example_register
    from geodata.settings import read_settings

    os.environ.update(_in_environment(register, catalogue, basemap, open_to))
    settings = read_settings()
    _refuse_exposed(host, settings)
    chosen_port = _free_port(host, port)
    made = example_register(settings, register) if example else nullcontext(settings.register)
    with made as url:
        os.environ["LOFTESKARTAN_REGISTER"] = url
        _try_opening()
        _serve(
            *(host, chosen_port, url),
            example=example and register is None,
            browser=browser,
            proxy_headers=settings.signin is None,
        )


def _refuse_exposed(host: str, settings: Settings) -> None:

    if host not in LOOPBACK_HOSTS and not (settings.open_to or settings.signin):
        raise SettingsError("run.host", host=host)


def _try_opening() -> None:
    """Open everything once, so that a mistake is told here and not in the server's log."""
    from geodata.service import Service
    from geodata.service.reminders import require_known
    from geodata.settings import read_settings

    service = Service.open(read_settings())
    service.close()
    signin, known = service.settings.signin, service.catalogue.party_by_id
    if unknown := [party for party in (signin.parties if signin else ()) if party not in known]:
        raise SettingsError("settings.signin_party", name=unknown[0], known=", ".join(known))
    require_known(service)
    if service.register.kept is not None:
        say("backup.before_migration", file=str(service.register.kept))


def _free_port(host: str, port: int | None) -> int:

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


def _serve(
    host: str, port: int, register: str, *, example: bool, browser: bool, proxy_headers: bool
) -> None:

    import uvicorn

    from geodata.service import shown_register

    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    address = f"http://{shown}:{port}"
    say("cli.address", url=address)
    if example:
        say("cli.example")
    else:
        say("cli.register", url=shown_register(register))
    say("cli.stop")
    sys.stdout.flush()
    if browser:
        _open_browser_when_up(address)
    # uvicorn hands a signal on when it has shut down: as an exit, so that what is open is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        uvicorn.run(
            SERVER,
            factory=True,
            http=CONNECTION,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Where people sign in, the settings name the proxies whose word counts.
            proxy_headers=proxy_headers,
            ws_max_size=LARGEST_MESSAGE_BYTES,
            timeout_graceful_shutdown=ANSWERED_S,
        )
    finally:
        _end_within(ENDED_S)


def _end_within(seconds: float) -> None:
    """End the process so long after the server has ended, whatever its threads still do.

    They are a page's or a document's, for somebody who is not answered any more.
    """
    ending = threading.Timer(seconds, os._exit, (0,))
    ending.daemon = True
    ending.start()


def _open_browser_when_up(address: str) -> None:
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
