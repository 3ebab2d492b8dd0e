from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from geodata.catalogue.loading import load_catalogue
from geodata.model import Catalogue
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue((bundled_data(),))


def open_at(path: Path) -> Service:
    settings = Settings(register_url(str(path)), basemap=NO_BASEMAP)
    return Service.open(settings, today=lambda: date(2026, 1, 1))


@pytest.fixture(scope="session")
def example(example_file: Path) -> Iterator[Service]:
    """A service on it; never written to."""
    opened = open_at(example_file)
    yield opened
    opened.close()


@pytest.fixture
def own(example_file: Path, tmp_path: Path) -> Iterator[Service]:
    """The example in a register of the test's own."""
    path = tmp_path / "own.sqlite"
    shutil.copyfile(example_file, path)
    opened = open_at(path)
    yield opened
    opened.close()
