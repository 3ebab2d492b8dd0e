from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from dashboard import cached
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, read_settings, register_url

LONG_AFTER = date(2026, 1, 1)
"""The stopped clock: after every promise's period, so the day told about is a period's end."""


def open_at(path: Path, *open_to: str) -> Service:
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP, open_to=open_to)
    return Service.open(settings, today=lambda: LONG_AFTER)


@pytest.fixture(scope="session")
def service(example_file: Path) -> Iterator[Service]:
    """A service on the example register, shared by the tests that only read."""
    opened = open_at(example_file)
    yield opened
    opened.close()


@pytest.fixture
def own_copy(example_file: Path, tmp_path: Path) -> Path:
    """The example register in a file of the test's own, to be written to or broken."""
    path = tmp_path / "own.sqlite"
    shutil.copyfile(example_file, path)
    return path


@pytest.fixture
def use_register(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Let the pages open a register, and forget it afterwards.

    `AppTest` sends no Host header, so the server is opened to any name.
    """
    for name in [name for name in os.environ if name.startswith("LOFTESKARTAN_")]:
        monkeypatch.delenv(name)

    def use(path: Path) -> None:
        forget()
        monkeypatch.setenv("LOFTESKARTAN_REGISTER", str(path))
        settings_file = path.with_suffix(".toml")
        settings_file.touch()
        monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(settings_file))
        monkeypatch.setenv("LOFTESKARTAN_BASEMAP", "none")
        monkeypatch.setenv("LOFTESKARTAN_OPEN_TO", "*")

    def forget() -> None:
        cached.service.close()

    yield use
    forget()


@pytest.fixture(scope="session")
def kept_open() -> Iterator[list[Service]]:
    """The example register's service once a page has asked for it."""
    services: list[Service] = []
    yield services
    for service in services:
        service.close()


@pytest.fixture
def use_example(
    use_register: Callable[[Path], None], example_file: Path, kept_open: list[Service]
) -> Iterator[None]:
    """Let the pages open the example register, one service for all tests that only read."""
    use_register(example_file)
    if not kept_open:
        kept_open.append(Service.open(read_settings()))
    cached.service._made = kept_open[0]
    yield
    cached.service._made = None
