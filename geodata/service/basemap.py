"""The local base map: tiles drawn from the streets in use, and what must be said of them."""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from geodata.basemap.shapes import is_tile
from geodata.basemap.store import derived_file, read_base_map, told_day
from geodata.basemap.style import THEMES, Theme
from geodata.errors import StreetsError
from geodata.service.streets import KeptStreets, kept_streets, make_base_map, open_kept

if TYPE_CHECKING:
    from geodata.basemap.drawing import Painter

__all__ = ["THEMES", "LocalMap", "LocalTiles", "Theme", "clear_pixel", "local_map"]

KEPT_BYTES: Final = 24_000_000
"""Tiles that are kept in memory: some hundred views."""

SCALES: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class LocalMap:
    """That there is a local map, and of what.

    Parameters
    ----------
    digest : str
        Of the street file; it changes when the map does.
    data_date : datetime.date or None
        The day of its data.
    """

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
    return LocalMap(kept.digest, told_day(derived_file(kept.copy.parent, kept.digest)))


class LocalTiles:
    """Tiles of the local map, drawn when they are first asked for and kept a while.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where streets are kept; by default `geodata.service.streets.streets_folder`.
    """

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
        asked = (kept.digest, z, x, y, theme, scale)
        found = self._found(asked)
        if found is None:
            with self._drawing:
                found = self._found(asked) or painter.tile(z, x, y, theme, scale)
            self._keep(asked, found)
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:24], found

    def _open(self, kept: KeptStreets) -> Painter:
        with self._opening:
            if self._painter is None or self._painter[0] != kept.digest:
                from geodata.basemap.drawing import Painter

                folder = kept.copy.parent
                derived = derived_file(folder, kept.digest)
                base = read_base_map(derived, kept.digest)
                if base is None:
                    # Taken in by an earlier version, or damaged since.
                    made = make_base_map(kept.copy, open_kept(kept), folder)
                    base = read_base_map(derived, kept.digest) or made
                self._painter = (kept.digest, Painter(base))
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
