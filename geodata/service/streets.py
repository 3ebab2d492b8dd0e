"""The streets in use: taken in from a file, kept in the platform's data folder, opened again.

There is one network at a time. A copy of the file it was made from is kept beside its derived file,
so that a later version of the program can make the derived file anew. The local map is drawn of
them, tile by tile as each is first asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from geodata.atomic import written_whole
from geodata.basemap.drawing import THEMES, Painter, Theme
from geodata.basemap.kinds import BaseMap, is_tile
from geodata.basemap.reading import derived_file as basemap_file
from geodata.basemap.reading import from_paths, read_base_map, read_osm, told_day, write_base_map
from geodata.crs import positions_to_degrees
from geodata.errors import StreetsError
from geodata.intake.incoming import file_name
from geodata.planning.street_cache import Ways as Ways
from geodata.planning.street_cache import derived_file, open_streets
from geodata.planning.street_files import ending_of
from geodata.planning.street_network import StreetNetwork as StreetNetwork
from geodata.planning.travel import Route as Route
from geodata.planning.travel import StraightLines as StraightLines
from geodata.planning.travel import TravelSource as TravelSource
from geodata.settings import data_folder
from geodata.texts import Words

KEPT_BYTES: Final = 24_000_000
"""Tiles that are kept in memory: some hundred views."""

SCALES: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class LocalMap:
    """That there is a local map, and of which street file: its digest changes when the map does."""

    digest: str
    data_date: date | None


@cache
def clear_pixel() -> bytes:
    """Return one clear pixel as PNG: a tile where the map has no data."""
    from PIL import Image

    kept = io.BytesIO()
    Image.new("LA", (1, 1)).save(kept, "PNG")
    return kept.getvalue()


def local_map(folder: Path | None = None) -> LocalMap | None:
    """Return which local map there is, None where there are no streets that can be read.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where streets are kept; by default `geodata.service.streets.streets_folder`.
    """
    try:
        kept = kept_streets(folder)
    except StreetsError:
        # The planning tools tell of it; the map is as without streets.
        return None
    if kept is None:
        return None
    return LocalMap(kept.digest, told_day(basemap_file(kept.copy.parent, kept.digest)))


class LocalTiles:
    """Tiles of the local map, drawn when they are first asked for and kept a while."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._painter: tuple[str, Painter] | None = None
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._bytes = 0
        self._opening = Lock()
        # Drawing holds the interpreter most of the time: two at once are no quicker, and the pages
        # wait longer.
        self._drawing = Lock()
        self._keeping = Lock()

    def tile(
        self, z: int, x: int, y: int, theme: Theme = "light", scale: int = 1
    ) -> tuple[str, bytes | None] | None:
        """Return a tile as a PNG, with what changes when it does.

        Parameters
        ----------
        z, x, y : int
            Which one.
        theme : {"light", "dark"}
            Its colours.
        scale : {1, 2}
            Pixels for each of the screen's, both ways.

        Returns
        -------
        tuple of (str, bytes or None) or None
            No bytes where there is nothing to draw; None where there is no local map or no such
            tile.

        Raises
        ------
        StreetsError
            If the streets in use can't be read.
        """
        if not is_tile(z, x, y) or theme not in THEMES or scale not in SCALES:
            return None
        kept = kept_streets(self._folder)
        if kept is None:
            return None
        painter = self._open(kept)
        if not painter.holds(z, x, y):
            return kept.digest, None
        # A later version of the program draws another map of the same file.
        asked = (basemap_file(kept.copy.parent, kept.digest).name, z, x, y, theme, scale)
        found = self._found(asked)
        if found is None:
            with self._drawing:
                found = self._found(asked) or painter.tile(z, x, y, theme, scale)
            self._keep(asked, found)
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:24], found

    def _open(self, kept: KeptStreets) -> Painter:
        with self._opening:
            if self._painter is None or self._painter[0] != kept.digest:
                self._painter = (kept.digest, Painter(open_base_map(kept)))
            return self._painter[1]

    def _found(self, asked: tuple[object, ...]) -> bytes | None:
        with self._keeping:
            found = self._kept.get(asked)
            if found is not None:
                self._kept.move_to_end(asked)
            return found

    def _keep(self, asked: tuple[object, ...], png: bytes) -> None:
        with self._keeping:
            if asked not in self._kept:
                self._bytes += len(png)
            self._kept[asked] = png
            while self._bytes > KEPT_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)


def open_base_map(kept: KeptStreets) -> BaseMap:
    """Return the base map of the streets in use; a StreetsError where they can't be read."""
    folder = kept.copy.parent
    derived = basemap_file(folder, kept.digest)
    base = read_base_map(derived, kept.digest)
    if base is None:
        # Taken in by an earlier version, or damaged since.
        made = make_base_map(kept.copy, open_kept(kept), folder)
        base = read_base_map(derived, kept.digest) or made
    return base


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
    day = network.source.data_date
    if not path.name.endswith(".graphml"):
        try:
            return read_osm(path, day, tell=tell)
        except StreetsError as error:
            # The streets themselves were read: a map of them is better than none.
            if error.key not in ("streets.map_broken", "streets.map_too_large"):
                raise
    return from_paths(positions_to_degrees(network.xy, network.crs), network.starts, day)


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
    copy = kept_in / f"source-{digest[:32]}{ending_of(path)}"
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


def open_ways(folder: Path | str | None = None) -> StreetNetwork | StraightLines:
    """Return the streets in use, or straight lines where there are none.

    Raises
    ------
    StreetsError
        ``streets.not_kept`` if there are streets that can't be read: they are not replaced by
        straight lines without a word.
    """
    kept = kept_streets(Path(folder) if folder else None)
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
