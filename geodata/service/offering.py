"""Files that somebody offers for the catalogue: allowed or not, and tried out beside it.

Nothing of what is in use is touched here. The files are written into a folder of their own, under
names that the program chooses, and the catalogue that they would make is read from a copy.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from geodata.catalogue import (
    Content,
    carry_out,
    files_in,
    files_of,
    load_catalogue,
    placed,
    read_content,
    safe_name,
)
from geodata.errors import CatalogueError, Mistake, Value
from geodata.intake import holds_identity_number
from geodata.model import Catalogue
from geodata.service.starting import check_files
from geodata.settings import Settings, bundled_data, data_folder

BYTES_AT_MOST: Final = 20_000_000
"""Of all files added at once, together."""

FILES_AT_MOST: Final = 20

SUFFIXES: Final = (".toml", ".geojson", ".json", ".csv")

Files = Sequence[tuple[str, bytes]]
"""Each file's name, as its owner calls it, and its bytes."""


def own_folder(settings: Settings) -> Path:
    """Return the catalogue folder that added files are kept in.

    The last of those in use: what stands in it replaces what the others say. Where none is in
    use it is ``catalogue`` in the platform's data folder, as at the next start.
    """
    folders = settings.catalogue_folders
    return folders[-1] if folders else data_folder() / "catalogue"


def read_paths(paths: Sequence[Path]) -> tuple[tuple[str, bytes], ...]:
    """Read files, or the catalogue files of folders, as `propose` wants them."""
    found: list[tuple[str, bytes]] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            sources = files_of(path)
        except CatalogueError as error:
            mistakes += error.mistakes
            continue
        for source in sources:
            try:
                if source.path.stat().st_size > BYTES_AT_MOST:
                    mistakes.append(_too_large(str(source.path)))
                else:
                    found.append((str(source.path), source.path.read_bytes()))
            except OSError:
                key = "catalogue.no_access" if source.path.exists() else "catalogue.no_file"
                mistakes.append(Mistake(str(source.path), "", key))
    if mistakes:
        raise CatalogueError(tuple(mistakes))
    return tuple(found)


def folders_in_use(settings: Settings) -> tuple[Path, ...]:
    """Return every catalogue folder in use, the project's own first."""
    return (bundled_data(), *settings.catalogue_folders)


def require_allowed(files: Files) -> None:
    """Refuse files by their number, size and names, before anything looks into them."""
    mistakes: list[Mistake] = []
    size = sum(len(data) for _, data in files)
    if not files:
        mistakes.append(Mistake("", "", "adding.no_files"))
    if len(files) > FILES_AT_MOST:
        values: dict[str, Value] = {"found": len(files), "limit": FILES_AT_MOST}
        mistakes.append(Mistake("", "", "adding.too_many", values))
    if size > BYTES_AT_MOST:
        largest = max(files, key=lambda file: len(file[1]))[0]
        mistakes.append(_too_large(_told(largest)))
    for number, (name, _) in enumerate(files, start=1):
        if holds_identity_number(re.split(r"[/\\]", name)[-1]):
            # The name itself is not repeated.
            mistakes.append(Mistake(f"#{number}", "", "adding.name_identity_number"))
        elif _suffix(name) not in SUFFIXES:
            said: dict[str, Value] = {"expected": ", ".join(SUFFIXES)}
            mistakes.append(Mistake(_told(name), "", "catalogue.file_type", said))
    if mistakes:
        raise CatalogueError(tuple(mistakes))


def _too_large(file: str) -> Mistake:
    return Mistake(file, "", "adding.too_large", {"limit": BYTES_AT_MOST // 1_000_000})


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _told(name: str) -> str:
    """Return a file's name as it may be shown: one short line."""
    flat = "".join(c if c.isprintable() else "?" for c in name)
    return flat if len(flat) <= 100 else f"…{flat[-99:]}"


def laid_aside(folder: Path, files: Files) -> dict[Path, str]:
    """Write files into folders of their own, under safe names; return what each is called."""
    given: dict[Path, str] = {}
    for number, (name, data) in enumerate(files, start=1):
        path = folder / str(number) / f"{safe_name(name) or 'file'}{_suffix(name)}"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        given[path] = _told(name)
    return given


def tried(settings: Settings, staged: Path, given: Mapping[Path, str]) -> Catalogue:
    """Return the catalogue that there would be, tried out in a copy of the own folder."""
    mistakes, _ = check_files(tuple(given), folders_in_use(settings))
    names = {str(path): name for path, name in given.items()}
    if mistakes:
        raise CatalogueError(tuple(_renamed(mistake, names) for mistake in mistakes))
    own = own_folder(settings)
    staged.mkdir()
    for source in files_in(own) if own.is_dir() else ():
        copy = staged / source.path.relative_to(own)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(source.path, copy)
    carry_out(staged, placed(staged, contents_of(given)))
    others = [folder for folder in folders_in_use(settings) if folder != own]
    try:
        return load_catalogue([*others, staged])
    except CatalogueError as error:
        found = tuple(_moved(mistake, staged, own) for mistake in error.mistakes)
        raise CatalogueError(found) from error


def _renamed(mistake: Mistake, names: Mapping[str, str]) -> Mistake:
    """Name a mistake's file as its owner does, also where the sentence names another file."""
    values = dict(mistake.values)
    other = values.get("other")
    for path, name in names.items():
        if isinstance(other, str):
            other = values["other"] = other.replace(path, name)
    return replace(mistake, file=names.get(mistake.file, mistake.file), values=values)


def _moved(mistake: Mistake, staged: Path, own: Path) -> Mistake:
    path = Path(mistake.file)
    if not path.is_relative_to(staged):
        return mistake
    return replace(mistake, file=str(own / path.relative_to(staged)))


def contents_of(given: Mapping[Path, str]) -> list[Content]:
    """Return what files that were laid aside hold."""
    return [read_content(source) for path in given for source in files_of(path)]
