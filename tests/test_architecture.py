"""Rules about the source itself, told by the rule's own name where one is broken."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
DATA: Final = ROOT / "data"
PYTHON: Final = sorted(
    path for room in ("geodata", "dashboard", "data") for path in (ROOT / room).rglob("*.py")
)

SESSION: Final = {
    # What a session holds has one door.
    "dashboard/state.py": {"session_state", "query_params"},
}
OTHER_SQL: Final = {
    # A GeoPackage is an SQLite file, and GDAL has no way to write styles and relations in it.
    "geodata/publish/geopackage_tables.py",
    # What a stranger's file holds is measured before GDAL runs any of it: views, virtual tables.
    "geodata/intake/geopackage.py",
}
TOP_LEVEL: Final = {
    *("pyproject.toml", "dashboard", "geodata", "data", "tests"),
    *("README.md", "CHANGELOG.md", "LICENSE"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def of_streamlit(path: Path) -> set[str]:
    """Return what a module takes from `st`, by name."""
    return {
        node.attr
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "st"
    }


def imported(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def committed() -> list[str]:
    """Return the repository's files, or skip where there is no repository, as in an sdist."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    files = [file for file in done.stdout.split("\0") if file]
    if "pyproject.toml" not in files:
        pytest.skip("another repository's checkout")
    return files


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_nothing_is_printed(path: Path) -> None:
    called = {
        node.func.id
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint({"print", "breakpoint", "pprint"})


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_the_session_has_one_door(path: Path) -> None:
    touched = of_streamlit(path) & {"session_state", "query_params"}
    assert touched <= SESSION.get(name_of(path), set())


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_nothing_is_kept_in_streamlits_caches(path: Path) -> None:
    """A message of two bytes empties them, from any browser."""
    assert not {name for name in of_streamlit(path) if name.startswith("cache")}


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_sql_is_in_the_register(path: Path) -> None:
    if name_of(path).startswith("geodata/register/"):
        return
    assert imported(path).isdisjoint({"sqlalchemy", "alembic"})
    if name_of(path) in OTHER_SQL:
        # It opens the file that it is given, and never the register.
        assert "geodata.register" not in path.read_text(encoding="utf-8")
        return
    assert "sqlite3" not in imported(path)
    texts = [
        node.value
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    sql = re.compile(r"\s*(?:SELECT\b.+\bFROM|INSERT INTO|UPDATE\b.+\bSET|DELETE FROM|PRAGMA)\b")
    assert not [text for text in texts if sql.match(text)]


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_coordinate_systems_are_named_in_one_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if name_of(path) != "geodata/crs.py":
        assert "Transformer" not in text
        assert not re.search(r"""["']EPSG:""", text)


def test_nothing_is_left_to_be_done() -> None:
    left = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b|\bi[s]sues?\b", re.IGNORECASE)
    for file in committed():
        path = ROOT / file
        if path.suffix in {".py", ".toml", ".md", ".html", ".css", ".js", ".po", ".sh", ".csv"}:
            found = left.search(path.read_text(encoding="utf-8"))
            assert found is None, (file, found)


def test_the_top_level_holds_only_what_belongs_there() -> None:
    top = {file.partition("/")[0] for file in committed()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL
    assert {"pyproject.toml", "dashboard", "geodata", "data", "tests", "README.md"} <= top


def test_no_file_is_too_large_to_read() -> None:
    for file in committed():
        assert (ROOT / file).stat().st_size < 1_000_000, file


def data_files() -> list[Path]:
    return [
        path.relative_to(DATA)
        for path in sorted(DATA.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def described() -> set[str]:
    """Return what the data's README names first in a table's row."""
    told = (DATA / "README.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([^`]+)`", told, re.MULTILINE))


@pytest.mark.parametrize("file", data_files(), ids=str)
def test_every_data_file_is_described(file: Path) -> None:
    folders = {f"{parent.as_posix()}/" for parent in file.parents if parent != Path()}
    if file.name != "README.md":
        assert file.as_posix() in described() or folders & described()


def test_every_described_data_file_is_there() -> None:
    files = [name for name in described() if re.fullmatch(r"[\w/-]+\.\w+", name)]
    assert files
    assert [name for name in files if not (DATA / name).is_file()] == []
