"""Streets taken in or fetched, in a process of its own: the screen stays quick.

It is stopped by ending it: what is written is put in place whole or not at all, and what Overpass
has answered stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geodata.service.street_fetching import OVERPASS, areas_of, fetch_streets
from geodata.service.streets import import_streets
from geodata.service.worker import Limits, Part, Tell
from geodata.settings import Settings

LIMITS: Final = Limits(memory_bytes=4_000_000_000, time_s=3_600.0, giving_way=5)
"""The streets of a county, or Overpass asked politely about a whole catalogue."""


@dataclass(frozen=True, slots=True)
class TakeIn:
    """A file to be taken in.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    folder : pathlib.Path or None
        Where streets are kept; None for `geodata.service.streets.streets_folder`.
    """

    path: Path
    folder: Path | None = None

    def solve(self, tell: Tell, /) -> None:
        """Take it in."""
        import_streets(self.path, self.folder, tell=tell)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Streets to be fetched around every area of the catalogue.

    Parameters
    ----------
    settings : Settings
        Which catalogue.
    surroundings : bool
        Whether with buildings, water, green and rail.
    folder : pathlib.Path or None
        Where streets are kept; None for `geodata.service.streets.streets_folder`.
    url : str
        The Overpass service.
    """

    settings: Settings
    surroundings: bool = True
    folder: Path | None = None
    url: str = OVERPASS

    def solve(self, tell: Tell, /) -> None:
        """Fetch them."""
        part: Part | None = None
        done = 0.0

        def begun(at: int, count: int, names: str) -> None:
            nonlocal part
            part = (at, count, names)
            tell(done, part)

        def told(share: float) -> None:
            nonlocal done
            done = share
            tell(done, part)

        fetch_streets(
            areas_of(self.settings),
            folder=self.folder,
            url=self.url,
            on_area=begun,
            tell=told,
            surroundings=self.surroundings,
        )
