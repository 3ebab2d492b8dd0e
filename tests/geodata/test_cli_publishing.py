"""``lofteskartan publish``: what it writes, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geodata.cli import command_line
from geodata.service import Service
from geodata.settings import NO_BASEMAP, Settings, register_url

Run = Callable[..., Result]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.sqlite"
    Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP)).close()
    return path


@pytest.fixture
def run(tmp_path: Path, register: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    monkeypatch.setenv("LOFTESKARTAN_REGISTER", str(register))
    monkeypatch.delenv("LC_ALL", raising=False)

    def running(*arguments: str | Path, lang: str = "C.UTF-8") -> Result:
        said = [str(argument) for argument in ("publish", *arguments)]
        return CliRunner().invoke(command_line, said, env={"LANG": lang})

    return running


def test_a_page_is_written_and_written_again(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    done = run(folder)
    assert (done.exit_code, done.stderr) == (0, "")
    written, missing = done.stdout.splitlines()
    assert written == f"{folder} is written: the public page as of 31 December 2018."
    # What a catalogue asks for and nobody has said is named as the settings have it.
    for name in ("DCAT-AP-SE", "[publisher]", "name, type, contact, email, address, licence."):
        assert name in missing
    assert "31 december 2018" in (folder / "index.html").read_text(encoding="utf-8")
    again = run(folder, "--promise", "mark-2018", "--date", "2018-08-14", lang="sv_SE.UTF-8")
    assert again.exit_code == 0
    assert again.stdout.startswith(
        f"{folder} är skriven: öppen sida med läget den 14 augusti 2018.\n"
    )
    page = (folder / "en.html").read_text(encoding="utf-8")
    assert "The citizen promise for Mark 2018" in page
    assert "Hässleholmen" not in page


def test_who_publishes_and_on_what_terms_is_on_the_page(run: Run, tmp_path: Path) -> None:
    terms = "https://creativecommons.org/publicdomain/zero/1.0/"
    done = run(tmp_path / "page", "--publisher", "Marks kommun", "--licence", terms)
    assert done.exit_code == 0
    page = (tmp_path / "page" / "en.html").read_text(encoding="utf-8")
    assert "Marks kommun" in page
    assert f'<a href="{terms}"' in page


def test_where_all_is_said_nothing_is_missing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text(
        """
        [publisher]
        name = "Borås Stad"
        type = "LocalAuthority"
        contact = "Trygghetsfunktionen"
        email = "oppnadata@example.se"
        licence = "http://creativecommons.org/publicdomain/zero/1.0/"
        """,
        encoding="utf-8",
    )
    done = run(tmp_path / "page", "--address", "https://example.se/loften")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
    catalogue = (tmp_path / "page" / "data" / "dcat.rdf").read_text(encoding="utf-8")
    assert 'rdf:about="https://example.se/loften/index.html#catalogue"' in catalogue
    assert "DCAT-AP-SE" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--date", "2999-01-01"), "has not come yet"),
        (("--promise", "nowhere"), "nowhere"),
        (("--licence", "CC0"), "CC0"),
        (("--address", "loften"), "loften"),
        (("--register", "nothing.sqlite"), "nothing.sqlite"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(tmp_path / "page", *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.strip().endswith(".")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "page").exists()


def test_somebody_elses_folder_is_left_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    done = run(folder)
    assert done.exit_code == 1
    assert "letter.txt" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
