"""The streets in use: taken in from a file, kept in the platform's data folder, opened again.

There is one network at a time. A copy of the file it was made from is kept beside its derived file,
so that a later version of the program can make the derived file anew.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from geodata.atomic import written_whole
from geodata.basemap.store import derived_file as basemap_file
from geodata.basemap.store import write_base_map
from geodata.crs import positions_to_degrees
from geodata.errors import StreetsError
from geodata.intake.incoming import file_name
from geodata.planning.street_store import derived_file
from geodata.planning.streets import (
    Route,
    StraightLines,
    StreetNetwork,
    Travel,
    TravelSource,
    Ways,
    open_streets,
)
from geodata.settings import data_folder
from geodata.texts import Words

if TYPE_CHECKING:
    from geodata.basemap.kinds import BaseMap
    from geodata.planning.street_network import StreetNetwork


def make_base_map(
    path: Path,
    network: StreetNetwork,
    folder: Path,
    tell: Callable[[], None] = lambda: None,
) -> BaseMap:
    """Make the base map of a street file, and keep it."""
    base = _read(path, network, tell)
    write_base_map(basemap_file(folder, network.source.digest), base, network.source.digest)
    return base


def _read(path: Path, network: StreetNetwork, tell: Callable[[], None]) -> BaseMap:
    from geodata.basemap.reading import from_paths, read_osm

    day = network.source.data_date
    if not path.name.endswith(".graphml"):
        try:
            return read_osm(path, day, tell=tell)
        except StreetsError as error:
            # The streets themselves were read: a map of them is better than none.
            if error.key not in ("streets.map_broken", "streets.map_too_large"):
                raise
    return from_paths(positions_to_degrees(network.xy, network.crs), network.starts, day)


__all__ = ["Route", "StraightLines", "StreetNetwork", "Travel", "TravelSource", "Ways"]

CURRENT: Final = "current.json"
"""Names the file in use: once it is in place, the new streets are."""


DERIVED: Final = ("source-*", "streets-*.npz", "basemap-*.npz")
"""What belongs to streets in use, beside `CURRENT`."""

LEFT_S: Final = 3_600.0
"""What is under way and was not touched for so long, in seconds, was cut off."""

NETWORK_SHARE: Final = 0.4
"""About how much of the work of taking in a file the network is; the rest is the base map."""


@dataclass(frozen=True, slots=True)
class KeptStreets:
    """The streets in use."""

    file: str
    copy: Path
    digest: str


def streets_folder() -> Path:
    """Return the folder that streets are kept in, beside the register's usual place."""
    return data_folder() / "streets"


def import_streets(
    path: Path, folder: Path | None = None, *, tell: Callable[[float], None] = lambda _share: None
) -> StreetNetwork:
    """Take in a street file; it replaces the one before.

    Parameters
    ----------
    path : pathlib.Path
        As for `geodata.planning.streets.read_streets`.
    folder : pathlib.Path, optional
        Where to keep it; by default `streets_folder`.
    tell : callable
        Told now and then what share is done, from 0 to 1; what it raises stops the work.

    Returns
    -------
    StreetNetwork
        Read and kept, and its base map with it.

    Raises
    ------
    StreetsError
        If the file can't be used or nothing can be written; the streets before stay in use.
    IntakeError
        If its name holds a personal identity number.
    """
    name = file_name(path)
    kept_in = streets_folder() if folder is None else folder
    tell(0.0)
    network = open_streets(path, kept_in)
    tell(NETWORK_SHARE)
    digest = network.source.digest
    copy = kept_in / f"source-{digest[:32]}{_ending(path)}"
    try:
        if copy != path:
            _put(copy, lambda new: shutil.copyfile(path, new))
        make_base_map(copy, network, kept_in, lambda: tell(NETWORK_SHARE))
        said = json.dumps({"file": name, "copy": copy.name, "digest": digest}, ensure_ascii=False)
        _put(kept_in / CURRENT, lambda new: new.write_text(said, encoding="utf-8"))
    except OSError as error:
        raise StreetsError("streets.not_written", folder=str(kept_in)) from error
    drawn = basemap_file(kept_in, digest).name
    _remove_others(kept_in, {copy.name, derived_file(kept_in, digest).name, drawn})
    tell(1.0)
    return network


def kept_streets(folder: Path | None = None) -> KeptStreets | None:
    """Return which streets are in use.

    Parameters
    ----------
    folder : pathlib.Path, optional
        By default `streets_folder`.

    Returns
    -------
    KeptStreets or None
        None where none have been taken in.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if what is kept can't be read.
    """
    kept_in = streets_folder() if folder is None else folder
    try:
        said = json.loads((kept_in / CURRENT).read_text(encoding="utf-8"))
        found = KeptStreets(
            str(said["file"]), kept_in / Path(str(said["copy"])).name, str(said["digest"])
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StreetsError("streets.not_kept", folder=str(kept_in)) from error
    return found


def streets_asked(folder: Path | None = None) -> tuple[str, str]:
    """Return how a question names the streets in use: their folder, and what tells them apart.

    Parameters
    ----------
    folder : pathlib.Path, optional
        By default `streets_folder`.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if there are streets that can't be read.
    """
    kept = kept_streets(folder)
    return str(streets_folder() if folder is None else folder), kept.digest if kept else ""


def open_kept(kept: KeptStreets) -> StreetNetwork:
    """Return the network of streets in use."""
    folder = kept.copy.parent
    try:
        network = open_streets(kept.copy, folder)
    except StreetsError as error:
        raise StreetsError("streets.not_kept", folder=str(folder)) from error
    if network.source.digest != kept.digest:
        raise StreetsError("streets.not_kept", folder=str(folder))
    return replace(network, source=replace(network.source, file=kept.file))


def open_ways(folder: Path | None = None) -> StreetNetwork | StraightLines:
    """Return the streets in use, or straight lines where there are none.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if there are streets that can't be read: they are not replaced by
        straight lines without a word.
    """
    kept = kept_streets(folder)
    return StraightLines() if kept is None else open_kept(kept)


def told_source(source: TravelSource, words: Words) -> str:
    """Return a sentence that says what lengths were found by, on what terms and of which day."""
    if source.kind == "straight_lines":
        detour = words.number(source.detour or 1.0, 1)
        return words("streets.source.straight_lines", detour=detour)
    if source.data_date is None:
        return words("streets.source.streets_undated", file=source.file, licence=source.licence)
    day = words.day(source.data_date)
    return words("streets.source.streets", file=source.file, licence=source.licence, day=day)


def _ending(path: Path) -> str:
    name = path.name.lower()
    endings = (".osm.bz2", ".osm.pbf", ".osm", ".graphml")
    return next(ending for ending in endings if name.endswith(ending))


def _put(path: Path, write: Callable[[Path], object]) -> None:
    with written_whole(path) as new:
        write(new)


def _remove_others(folder: Path, keep: set[str]) -> None:
    for path in (path for kind in DERIVED for path in folder.glob(kind)):
        if path.name not in keep:
            # Somebody may be reading it, which Windows does not allow to be taken away.
            with contextlib.suppress(OSError):
                path.unlink()
    for path in folder.glob(".new-*"):
        with contextlib.suppress(OSError):
            if path.lstat().st_mtime < time.time() - LEFT_S:
                path.unlink()
