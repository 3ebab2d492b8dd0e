"""Rules about the source itself, told by the rule's own name where one is broken."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from vulture import Vulture

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
    "geodata/publish/geopackage.py",
    # What a stranger's file holds is measured before GDAL runs any of it: views, virtual tables.
    "geodata/intake/formats/geopackage.py",
}
CALLED_BY_OTHERS: Final = [
    *("create_app", "pytest_*", "pytestmark", "Test*"),
    *("handle_*", "do_*", "log_message"),  # html.parser, http.server
    *("down_revision", "branch_labels", "depends_on"),  # Alembic
    *("impl", "cache_ok", "process_bind_param", "process_result_value"),  # SQLAlchemy
    *("model_config",),  # pydantic
    *("SV", "EN", "A3"),  # Typer offers an enumeration's members
    *("_see_to_servers", "_forgetful", "use_example", "no_clock", "with_example", "teardown"),
    *("streets_digest",),  # tells two questions apart that are alike in all else
]
"""What no line of ours mentions, and who does."""
LINES_OF_A_MODULE: Final = 450
DRIVEN: Final = ["@*.command*", "@rule*", "@invariant*", "@initialize*"]
"""By Typer and by Hypothesis."""
TOP_LEVEL: Final = {
    *("pyproject.toml", "dashboard", "geodata", "data", "tests"),
    *("README.md", "CHANGELOG.md", "LICENSE"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


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


def breaking(rule: Callable[[Path], object]) -> list[str]:
    """Return the modules in which something is found that breaks a rule."""
    return [f"{name_of(path)}: {found}" for path in PYTHON if (found := rule(path))]


def test_nothing_is_printed() -> None:
    def called(path: Path) -> set[str]:
        return {
            node.func.id
            for node in nodes(path)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }

    assert breaking(lambda path: called(path) & {"print", "breakpoint", "pprint"}) == []


def test_the_session_has_one_door() -> None:
    doors = {"session_state", "query_params"}
    touched = breaking(lambda path: of_streamlit(path) & doors - SESSION.get(name_of(path), set()))
    assert touched == []


def test_nothing_is_kept_in_streamlits_caches() -> None:
    """A message of two bytes empties them, from any browser."""
    caches = breaking(lambda path: {x for x in of_streamlit(path) if x.startswith("cache")})
    assert caches == []


def test_sql_is_in_the_register() -> None:
    sql = re.compile(r"\s*(?:SELECT\b.+\bFROM|INSERT INTO|UPDATE\b.+\bSET|DELETE FROM|PRAGMA)\b")

    def asked(path: Path) -> object:
        if name_of(path).startswith("geodata/register/"):
            return None
        drivers = imported(path) & {"sqlalchemy", "alembic"}
        if name_of(path) in OTHER_SQL:
            # It opens the file that it is given, and never the register.
            return drivers or "geodata.register" in path.read_text(encoding="utf-8")
        texts = [
            node.value
            for node in nodes(path)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        return drivers or imported(path) & {"sqlite3"} or list(filter(sql.match, texts))

    assert breaking(asked) == []


def test_coordinate_systems_are_named_in_one_place() -> None:
    named = re.compile(r"""Transformer|["']EPSG:""")
    text = breaking(lambda path: named.search(path.read_text(encoding="utf-8")))
    assert [told.partition(":")[0] for told in text] == ["geodata/crs.py"]


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


def test_no_module_and_no_function_is_too_long_to_read() -> None:
    long = []
    for path in PYTHON:
        if "data" in path.parts or "migrations" in path.parts:
            continue
        lines = path.read_text(encoding="utf-8").count("\n")
        long += [f"{name_of(path)} {lines}"] if lines > LINES_OF_A_MODULE else []
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                long += [f"{name_of(path)} {node.name} {length}"] if length > 60 else []
    assert long == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not within a function or for types alone either: what needs each other is one room."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PYTHON
        if path.is_relative_to(ROOT / "geodata") or path.is_relative_to(ROOT / "dashboard")
    }
    imports: dict[str, set[str]] = {}
    for module, path in modules.items():
        named = (node for node in nodes(path) if isinstance(node, ast.ImportFrom) and node.module)
        wanted = {
            full if (full := f"{node.module}.{name.name}") in modules else str(node.module)
            for node in named
            for name in node.names
        }
        imports[module] = (wanted & modules.keys()) - {module}
    assert sum(map(len, imports.values())) > len(modules)
    # What nothing is left to wait for is taken away, until only circles and what leads there stay.
    while free := {module for module, needed in imports.items() if not needed & imports.keys()}:
        imports = {module: needed for module, needed in imports.items() if module not in free}
    assert sorted(imports) == []


def test_no_line_of_a_template_is_too_long_to_read() -> None:
    """They break between attributes, and before what a condition holds."""
    templates = sorted((ROOT / "dashboard").rglob("*.html"))
    assert templates
    long = [
        f"{name_of(path)}:{number} {len(line)}"
        for path in templates
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 140
    ]
    assert long == []


def test_nothing_stands_unused() -> None:
    seeker = Vulture(ignore_names=CALLED_BY_OTHERS, ignore_decorators=DRIVEN)
    seeker.scavenge([str(ROOT / room) for room in ("geodata", "dashboard", "tests")])
    templates = " ".join(
        path.read_text(encoding="utf-8")
        for room in ("geodata", "dashboard")
        for path in chain((ROOT / room).rglob("*.html"), (ROOT / room).rglob("*.typ"))
    )
    shown = set(re.findall(r"\w+", templates))
    unused = [
        f"{name_of(item.filename)}:{item.first_lineno} {item.name}"
        for item in seeker.get_unused_code()
        # What is set on another library's thing is read by that library.
        if item.typ != "attribute" and item.name not in shown
    ]
    assert unused == []


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [ROOT / name for name in committed() if name.endswith(".md")]
    assert len(documents) > 5
    broken = [
        f"{name_of(document)}: {link}"
        for document in documents
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]
    assert broken == []


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
