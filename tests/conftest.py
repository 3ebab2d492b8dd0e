"""What every test shares."""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

# These machines are noisy: an example that takes long is no fault.
settings.register_profile("project", deadline=None, max_examples=40)
settings.load_profile("project")

DATABASES: Final = pytest.StashKey["Databases"]()

LONG: Final = (
    "test_pages.py",
    "test_nothing_lost.py",
    "test_running_server.py",
    "test_publish_round_trip.py",
    "test_office_round_trip.py",
    "test_schedule.py",
    "test_cards.py",
    "test_roles.py",
    "test_cli.py",
    "test_minutes.py",
    "test_architecture.py",
    "test_layers.py",
    "test_jobs.py",
    "test_backup.py",
    "test_processes.py",
    "test_importing.py",
    "test_ogc.py",
    "test_adding.py",
    "test_register_damage.py",
    "test_texts.py",
    "test_register_replay.py",
)
"""Files beside the browser's that take most processor time, first; none is needed to be right."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is alone with one at the end.

    What only the other kind of register has is left out.

    Only where files are shared out (`--no-loadscope-reorder` keeps this order); who runs some
    tests by hand has them in the order they are written in.
    """
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[config.getoption("register")]
    left_out = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker(other)]
    if not hasattr(config, "workerinput"):
        return
    tests = Counter(item.path for item in items)

    def turn(item: pytest.Item) -> tuple[int, int, str]:
        name = item.path.name
        if item.get_closest_marker("browser"):
            return 0, -tests[item.path], str(item.path)
        return 1, LONG.index(name) if name in LONG else len(LONG), str(item.path)

    # A file's own tests keep their order: sorting is stable.
    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """Look less often for what nobody uses, and never among what has been read for good.

    An eighth of the processor's time went into that.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@pytest.fixture(scope="session", autouse=True)
def nobodys_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders of the tests' own: none reads or writes what this machine's user has."""
    folder = tmp_path_factory.mktemp("nobody")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LOFTESKARTAN_")]:
            patch.delenv(name)
        patch.setenv("XDG_DATA_HOME", str(folder / "share"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        yield folder


@pytest.fixture(scope="session")
def example_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed register with the published events and the made-up example; never written to."""
    # Here, so that tests without a register don't wait for what opening one takes.
    from geodata.model import SourceKind
    from geodata.service import Service
    from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

    path = tmp_path_factory.mktemp("example") / "example.sqlite"
    with Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP)) as service:
        service.take_in(bundled_data() / "example", SourceKind.EXAMPLE, by="test")
    return path


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed register with the published events alone; to be copied."""
    from geodata.service import Service
    from geodata.settings import NO_BASEMAP, Settings, register_url

    path = tmp_path_factory.mktemp("blank") / "blank.sqlite"
    Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP)).close()
    return path


@pytest.fixture
def own_blank(blank_file: Path, tmp_path: Path) -> Path:
    """A copy of it in the test's own folder, to be written to: less work than a new one."""
    path = tmp_path / "own.sqlite"
    shutil.copyfile(blank_file, path)
    return path


# --- a register in PostgreSQL instead of files ---------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--register", choices=("sqlite", "postgresql"), default="sqlite")
    parser.addoption("--kills", type=int, default=0, help="of each sort; 0 is a few, for each day")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("register") != "postgresql":
        return
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # the processes that run the tests do it
    from geodata import settings as program_settings
    from tests.postgresql import Databases

    databases = Databases()
    config.add_cleanup(databases.cluster.remove)
    program_settings.register_url = databases.register_url
    config.stash[DATABASES] = databases
