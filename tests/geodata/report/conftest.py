from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from geodata.model import Meeting
from geodata.service import Service

from .cases import DAY, DECISIONS, MEETING, SINCE, hostile_activity, hostile_finding, open_at


@pytest.fixture(scope="session")
def example(example_file: Path) -> Iterator[Service]:
    """The example register; never written to."""
    opened = open_at(example_file)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def decided(example_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The example register with a meeting and its decisions, some of them hostile."""
    path = tmp_path_factory.mktemp("decided") / "decided.sqlite"
    shutil.copyfile(example_file, path)
    opened = open_at(path)
    opened.register.add(
        DECISIONS,
        [Meeting(MEETING, DAY, SINCE, date(2018, 12, 20), "boras-2018")],
        [hostile_activity()],
        [hostile_finding()],
        by="test",
    )
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A register with nothing in it but what the parties have published."""
    opened = open_at(tmp_path_factory.mktemp("empty") / "empty.sqlite")
    yield opened
    opened.close()
