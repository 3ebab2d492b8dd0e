"""The command line as it is installed: in a process of its own, wherever that matters."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from typer.testing import CliRunner, Result

from dashboard.access import may_read
from geodata.cli import command_line
from geodata.settings import read_settings

COMMAND = Path(sysconfig.get_path("scripts")) / "lofteskartan"

Run = Callable[..., subprocess.CompletedProcess[str]]
Within = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command with nothing of this machine's own settings, in English if not told else."""
    (tmp_path / "empty.toml").touch()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOFTESKARTAN_", "LC_"))}

    def running(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {
            "LANG": "C.UTF-8",
            "HOME": str(tmp_path / "home"),
            "XDG_DATA_HOME": str(tmp_path / "share"),
            "LOFTESKARTAN_SETTINGS": str(tmp_path / "empty.toml"),
            **environment,
        }
        return subprocess.run(
            [COMMAND, *arguments],
            env={**kept, **given},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return running


@pytest.fixture
def within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Within:
    """Run the command in this process, which is quicker."""
    (tmp_path / "empty.toml").touch()
    for name in [name for name in os.environ if name.startswith(("LOFTESKARTAN_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    # What is said to `run` goes into the environment, which is as it was after the test.
    monkeypatch.setattr(os, "environ", os.environ.copy())

    def running(*arguments: str | Path, **environment: str) -> Result:
        done = CliRunner().invoke(
            command_line, [*map(str, arguments)], env={"LANG": "C.UTF-8", **environment}
        )
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done

    return running


def refused(done: subprocess.CompletedProcess[str] | Result) -> str:
    """Return the one sentence that a refusal says, after seeing that it is only that."""
    code = done.exit_code if isinstance(done, Result) else done.returncode
    assert (code, done.stdout) == (1, ""), done.stderr
    (sentence,) = done.stderr.splitlines()
    assert sentence.endswith(".")
    return sentence


# --- help ------------------------------------------------------------------------------------


def test_help_names_the_commands(run: Run) -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "run" in done.stdout
    assert "check" in done.stdout


def test_no_command_is_a_question_for_help(within: Within) -> None:
    assert "Usage" in within().output


def test_an_unknown_option_is_told(within: Within) -> None:
    done = within("run", "--colour", "red")
    assert done.exit_code == 2
    assert "--colour" in done.stderr


# --- run: what is refused before anything is opened ----------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "example.com"])
def test_without_sign_in_no_other_machine_is_served_by_mistake(within: Within, host: str) -> None:
    said = refused(within("run", "--host", host))
    assert host in said
    assert "--open" in said


@pytest.mark.parametrize(
    ("said", "opened"),
    [
        (("--open", "karta.example"), {"localhost", "karta.example"}),
        (
            ("--open", "karta.example", "--open", "PLAN.example"),
            {"localhost", "karta.example", "plan.example"},
        ),
        (("--open", "*"), {"localhost", "karta.example", "plan.example", "evil.example"}),
        ((), {"localhost"}),
    ],
)
def test_a_server_answers_to_the_names_that_it_is_opened_to(
    within: Within,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    said: tuple[str, ...],
    opened: set[str],
) -> None:
    answered: list[set[str]] = []

    def serve(*_: object, **__: object) -> None:
        settings = read_settings()
        names = ("localhost", "karta.example", "plan.example", "evil.example")
        hosts = {name: Headers({"host": f"{name}:8501"}) for name in names}
        answered.append({name for name in names if may_read(hosts[name], settings)})

    monkeypatch.setattr("geodata.cli.program._serve", serve)
    register = ("--register", str(tmp_path / "own.sqlite"))
    done = within("run", "--no-browser", *register, *said)
    assert (done.exit_code, answered) == (0, [opened]), done.stderr


SIGNIN = """
[signin]
address = "https://karta.example"
provider = "https://login.example"
client_id = "karta"
function = "title"
[signin.roles]
reader = ["a"]
[signin.parties]
"""


def test_where_people_sign_in_other_machines_are_served(
    within: Within, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served: list[dict[str, object]] = []
    monkeypatch.setattr("geodata.cli.program._serve", lambda *_, **how: served.append(how))
    run = ("run", "--no-browser", "--host", "0.0.0.0", "--register", str(tmp_path / "own.sqlite"))
    (tmp_path / "empty.toml").write_text(f'{SIGNIN}polisen = ["b"]')
    assert within(*run).exit_code == 0
    # Whoever asks is whom the connection says, and not whom a header does.
    assert [how["proxy_headers"] for how in served] == [False]
    (tmp_path / "empty.toml").write_text(f'{SIGNIN}police = ["b"]')
    said = refused(within(*run))
    assert "police" in said
    assert "polisen" in said


def test_what_is_no_name_opens_nothing(within: Within) -> None:
    assert "https://karta.example/" in refused(within("run", "--open", "https://karta.example/"))


def test_a_taken_port_is_told(run: Run) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(run("run", "--no-browser", "--port", port))
    assert port in said
    assert "--port" in said


def test_a_file_that_is_no_register_is_told_and_left_alone(within: Within, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a register at all, but somebody's notes.\n" * 50, encoding="utf-8")
    before, changed = file.read_bytes(), file.stat().st_mtime_ns
    said = refused(within("run", "--no-browser", "--register", file))
    assert str(file) in said
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, changed)
    assert not list(tmp_path.glob("notes.txt?*"))


def test_another_programs_database_is_told_and_left_alone(within: Within, tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE accounts (id INTEGER)")
        connection.commit()
    before = file.read_bytes()
    assert str(file) in refused(within("run", "--no-browser", "--register", file))
    assert file.read_bytes() == before


def test_a_folder_is_no_register(within: Within, tmp_path: Path) -> None:
    assert str(tmp_path) in refused(within("run", "--no-browser", "--register", tmp_path))


def test_an_unknown_base_map_is_told(within: Within) -> None:
    said = refused(within("run", "--no-browser", "--basemap", "grey"))
    assert "grey" in said
    assert "osm" in said


def test_a_mistake_in_ones_own_catalogue_is_told_before_the_server_starts(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "own" / "promises"
    folder.mkdir(parents=True)
    (folder / "town.toml").write_text('id = "town-2020"\n', encoding="utf-8")
    register = tmp_path / "register.sqlite"
    done = run("run", "--no-browser", "--register", register, "--catalogue", folder.parent)
    assert done.returncode == 1
    assert "town.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not register.exists()


# --- check -----------------------------------------------------------------------------------


def test_what_is_bundled_holds_no_mistakes(run: Run) -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    for count in ("Promises: 10", "commitments: 42", "areas: 7", "places: 74"):
        assert count in done.stdout


def test_every_mistake_is_told_with_its_file_and_place(within: Within, tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_text(
        'id = "town-2020"\ncolour = "red"\nmunicipality = 7\n\n[period]\nstart = 2020-02-30\n',
        encoding="utf-8",
    )
    broken = within("check", file)
    assert broken.exit_code == 1
    assert broken.stdout == ""
    # A date that is none makes the file unreadable, at its line.
    assert f"{file}: line 6" in broken.stderr

    file.write_text('id = "town-2020"\ncolour = "red"\nmunicipality = 7\n', encoding="utf-8")
    wrong = within("check", file)
    assert wrong.exit_code == 1
    told = wrong.stderr.splitlines()
    assert any(line.startswith(f"{file}: colour: ") for line in told)
    assert any(line.startswith(f"{file}: municipality: ") for line in told)
    assert str(len(told) - 1) in told[-1]


def test_a_file_that_is_not_there_is_told(within: Within, tmp_path: Path) -> None:
    done = within("check", tmp_path / "missing.toml")
    assert done.exit_code == 1
    assert "missing.toml" in done.stderr


# --- the language ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LANG": "sv_SE.UTF-8"}, "Inga fel"),
        ({"LANG": "sv_FI.UTF-8"}, "Inga fel"),
        ({"LANG": "en_GB.UTF-8"}, "No mistakes"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "sv_SE.UTF-8"}, "Inga fel"),
        ({"LANG": "sv_SE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "No mistakes"),
        ({"LANG": "sv_SE.UTF-8", "LC_ALL": ""}, "Inga fel"),
        ({"LANG": ""}, "No mistakes"),
    ],
)
def test_the_machines_language_is_spoken(
    within: Within, environment: dict[str, str], said: str
) -> None:
    assert within("check", **environment).stdout.startswith(said)


def test_refusals_are_swedish_too(run: Run) -> None:
    said = refused(run("run", "--host", "0.0.0.0", LANG="sv_SE.UTF-8"))
    assert said.startswith("Servern svarar bara på anrop från den här datorn")


# --- what is not imported ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "imported",
    [
        {"geodata.cli": "streamlit geopandas pandas sqlalchemy shapely dashboard"},
        # One after the other: what is absent is so although more and more has been imported.
        {
            "geodata.model": "streamlit sqlalchemy geopandas pandas pydantic",
            "geodata.planning.locations": "scipy networkx geopandas pandas",
            "geodata.planning.loop": "scipy networkx geopandas pandas",
            "geodata.service": "streamlit folium streamlit_folium dashboard starlette",
            "geodata.service.reporting": "typst matplotlib docx",
            "dashboard.routes.documents": "typst matplotlib docx",
        },
    ],
)
def test_importing_one_does_not_drag_in_the_other(imported: dict[str, str]) -> None:
    script = (
        "import sys\nfrom importlib import import_module\n"
        f"for module, absent in {imported!r}.items():\n"
        "    import_module(module)\n"
        "    print(*(f'{module}: {name}' for name in absent.split() if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split("\n") == [""] * (len(imported) + 1)
