"""The wheel works where there is no checkout: code, data, templates and theme are all in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_every_data_file_travels(unpacked: Path) -> None:
    source = ROOT / "data"
    tracked = {
        path.relative_to(source)
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    inside = unpacked / "geodata" / "_data"
    assert len(tracked) > 10
    assert {path for path in tracked if not (inside / path).is_file()} == set()


def test_every_file_of_the_screen_travels(unpacked: Path) -> None:
    wanted = [
        path.relative_to(ROOT)
        for folder in ("dashboard", "geodata")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_data" not in path.parts
    ]
    assert Path("dashboard/.streamlit/config.toml") in wanted
    assert [path for path in wanted if not (unpacked / path).is_file()] == []


def test_it_runs_in_an_empty_folder_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "import geodata, geodata.settings as s, sys;"
        "print(geodata.__file__, s.bundled_data());"
        "sys.argv = ['lofteskartan', 'check'];"
        "from geodata.cli import main; main()"
    )
    found = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(unpacked), "HOME": str(tmp_path), "LANG": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert str(unpacked) in found.stdout.splitlines()[0]
    files = (ROOT / "data" / "promises").glob("*.toml")
    count = sum(file.read_text(encoding="utf-8").count("[[commitments]]") for file in files)
    assert f"commitments: {count}," in found.stdout
