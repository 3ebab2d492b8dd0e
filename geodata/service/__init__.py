"""The only door: wires catalogue, register, intake and analysis for the screen and the CLI.

Here stands what comes before there is a service: what is checked, shown and made to open one on.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from geodata.analysis.in_force import AsOf as AsOf
from geodata.analysis.in_force import Scope as Scope
from geodata.analysis.in_force import told_on as told_on
from geodata.analysis.progress import AreaAttention as AreaAttention
from geodata.catalogue.loading import CheckSummary, check
from geodata.errors import Mistake, RegisterError, SettingsError
from geodata.intake.values.privacy import holds_identity_number as holds_identity_number
from geodata.model import SourceKind
from geodata.register import Register, backups, parse_address, shown_address
from geodata.register.backups import back_up as back_up
from geodata.register.backups import move as move
from geodata.register.backups import restore as restore
from geodata.register.damage import Damage as Damage
from geodata.register.jobs import JobBoard as JobBoard
from geodata.register.jobs import JobRow as JobRow
from geodata.service.core import PROGRAM
from geodata.service.core import Health as Health
from geodata.service.core import PointsOrBins as PointsOrBins
from geodata.service.core import Service as Service
from geodata.settings import Settings, bundled_data, register_url

examine_register = partial(backups.examine_register, is_personal=holds_identity_number)
"""`geodata.register.backups.examine_register`, which looks for personal identity numbers too."""


def check_files(
    paths: Sequence[Path] = (), folders: Sequence[Path] = ()
) -> tuple[list[Mistake], CheckSummary]:
    """Check catalogue files, for identity numbers too; see `geodata.catalogue.check`."""
    return check(paths, folders, is_personal=holds_identity_number)


def shown_register(url: str) -> str:
    """Return a register's address fit to be shown: a file's path, or a URL without its password."""
    return shown_address(parse_address(url))


def _refuse_real_records(url: str) -> None:
    """Raise SettingsError where a register holds records that are no examples."""
    try:
        register = Register.open(url, create=False)
    except RegisterError as error:
        if error.key == "register.missing":
            return
        raise
    with register:
        if not register.has_examples() and not register.has_only_published():
            raise SettingsError("run.example_register", register=shown_register(url))


@contextmanager
def example_register(settings: Settings, keep_at: str | None = None) -> Iterator[str]:
    """Make a register with the made-up example records, and remove it afterwards.

    Parameters
    ----------
    settings : Settings
        Which catalogue folders.
    keep_at : str, optional
        A path or URL where the register is to stay; by default it goes with the server.

    Yields
    ------
    str
        The register's URL.
    """
    folder = Path(tempfile.mkdtemp(prefix="lofteskartan-example-"))
    try:
        url = register_url(keep_at or str(folder / "example.sqlite"))
        _refuse_real_records(url)
        made = Service.open(
            Settings(url, settings.catalogue_folders, settings.basemap, settings.open_to)
        )
        try:
            made.take_in(bundled_data() / "example", SourceKind.EXAMPLE, by=PROGRAM)
        finally:
            made.close()
        yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
