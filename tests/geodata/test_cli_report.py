"""``lofteskartan report``: the format by the file's ending, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geodata.cli import command_line
from geodata.model import SourceKind
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

Run = Callable[..., Result]
BEGINS = {".pdf": b"%PDF-", ".docx": b"PK", ".png": b"\x89PNG", ".svg": b"<?xml"}


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "example.sqlite"
    with Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP)) as service:
        service.take_in(bundled_data() / "example", SourceKind.EXAMPLE, by="test")
    return path


@pytest.fixture
def run(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "empty.toml").touch()
    for name in [name for name in os.environ if name.startswith(("LOFTESKARTAN_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    monkeypatch.setenv("LANG", "C.UTF-8")

    def running(file: Path, *arguments: str) -> Result:
        given = ["report", str(file), "--register", str(register), *arguments]
        return CliRunner().invoke(command_line, given)

    return running


@pytest.mark.parametrize("suffix", BEGINS)
def test_the_ending_says_what_is_written(run: Run, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"mötet{suffix.upper()}"
    done = run(file, "--date", "2018-11-22", "--since", "2018-10-25", "--promise", "mark-2018")
    assert done.exit_code == 0, done.output
    assert str(file) in done.output
    assert file.read_bytes().startswith(BEGINS[suffix])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_map_of_one_area_in_english(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    assert run(file, "--area", "norrby", "--lang", "en", "--paper", "a3").exit_code == 0
    assert "Norrby: how the area stands" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("a.odt", (), ".pdf, .docx, .png, .svg"),
        ("a.pdf", ("--promise", "no-such"), "no-such"),
        ("a.svg", ("--area", "no-such"), ""),
        ("a.pdf", ("--date", "2018-01-01", "--since", "2018-02-01"), "2018-02-01"),
        ("no/such/folder/a.svg", (), "a.svg"),
    ],
)
def test_what_cannot_be_is_said(
    run: Run, tmp_path: Path, name: str, arguments: tuple[str, ...], said: str
) -> None:
    done = run(tmp_path / name, *arguments)
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / name).exists()


def test_nothing_is_written_over_unasked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    file.write_text("mine")
    assert run(file).exit_code == 1
    assert file.read_text() == "mine"
    assert run(file, "--force").exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("<?xml")
