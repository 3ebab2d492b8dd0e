"""Adding promises, areas, outlines and places from files, while the program is in use.

`propose` checks files against the catalogue as it lies on disk and tells what they would change;
`take_in` does it. The order keeps a stop at any moment harmless:

1. the files of the own catalogue folder are changed as one, with what they were in its
   ``history`` (`geodata.catalogue.placing`);
2. this process reads the catalogue anew;
3. the records' areas are answered by the new outlines (`geodata.service.answering`).

What a stop leaves undone of 1 or 3 is done when a service is next opened on the folder or the
register. Other processes on the same folder see the new catalogue when they next start.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Final

from geodata.analysis.location import Move, Reassignment
from geodata.catalogue import (
    OUTLINE_HISTORY,
    AreaChange,
    Difference,
    FolderChange,
    FormerArea,
    area_m2,
    area_on,
    carry_out,
    difference,
    finish_pending,
    former_text,
    load_catalogue,
    placed,
    promise_changes,
    read_former,
    with_history,
)
from geodata.errors import CatalogueError, GeodataError, RegisterError, SettingsError
from geodata.intake import holds_identity_number
from geodata.model import Catalogue
from geodata.service.answering import ask, follow_outlines
from geodata.service.core import Service
from geodata.service.offering import (
    BYTES_AT_MOST,
    FILES_AT_MOST,
    Files,
    contents_of,
    folders_in_use,
    laid_aside,
    own_folder,
    read_paths,
    require_allowed,
    tried,
)
from geodata.service.worker import Tell
from geodata.settings import Settings

__all__ = [
    "BYTES_AT_MOST",
    "FILES_AT_MOST",
    "MISTAKES_AT_MOST",
    "AreaChange",
    "Counts",
    "Difference",
    "Files",
    "FormerArea",
    "Move",
    "Offered",
    "Proposal",
    "Taken",
    "area_m2",
    "area_on",
    "former_outlines",
    "own_folder",
    "promise_changes",
    "propose",
    "read_paths",
    "take_in",
]

MISTAKES_AT_MOST: Final = 200
"""A file of another sort than it says may be wrong in every line."""

_adding = Lock()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were asked about, got another area, or kept the one somebody chose.

    Parameters
    ----------
    asked : int
        Records with a place, other than walks.
    moves : mapping of (str or None, str or None) to int
        How many go from which area to which; None is no area.
    kept : int
        Those that lie elsewhere by the new outlines, but whose area somebody chose.
    """

    asked: int
    moves: Mapping[Move, int]
    kept: int

    @property
    def changed(self) -> int:
        """How many records get another area."""
        return sum(self.moves.values())


@dataclass(frozen=True, slots=True)
class Proposal:
    """What adding some files would change; nothing has been changed yet.

    Parameters
    ----------
    files : tuple of (str, bytes)
        As they were given.
    found : Difference
        Promises, areas, outlines, places and terms, new and changed.
    counts : Counts
        What the outlines would change for the records.
    folder : pathlib.Path
        The catalogue folder that the files are to be kept in.
    before, after : str
        The catalogue's digests: a mark of what it was compared with, and of what it would be.
    """

    files: tuple[tuple[str, bytes], ...]
    found: Difference
    counts: Counts
    folder: Path
    before: str
    after: str

    @property
    def is_nothing(self) -> bool:
        """Whether everything in the files is in use already."""
        return self.found.is_nothing


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in.

    Parameters
    ----------
    found : Difference
        As proposed.
    counts : Counts or None
        What was changed for the records; None where the register could not be changed now. They
        are then asked when the program next starts.
    problem : RegisterError or None
        Why not.
    """

    found: Difference
    counts: Counts | None
    problem: RegisterError | None = None


def propose(service: Service, files: Files) -> Proposal:
    """Check files and tell what adding them would change.

    Parameters
    ----------
    service : Service
        Which folders and which register. Only read.
    files : sequence of (str, bytes)
        Each one's name and bytes: promises and terms (.toml), areas in WGS 84 (.geojson,
        .json), places (.csv).

    Returns
    -------
    Proposal
        For a preview, and for `take_in`.

    Raises
    ------
    CatalogueError
        If anything is wrong with the files, with all mistakes, each named by its file; or if
        something is wrong with the catalogue that is in use.
    RegisterError
        If the register can't be read.
    """
    require_allowed(files)
    before, after = _compared(service.settings, files)
    return Proposal(
        files=tuple(files),
        found=difference(before, after),
        counts=_counts(ask(service.register, before.areas, after.areas)),
        folder=own_folder(service.settings),
        before=before.digest,
        after=after.digest,
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """What adding files would change, as a question for a process of its own.

    Parameters
    ----------
    settings : Settings
        Which folders and which register.
    paths : tuple of pathlib.Path
        The files, each under its owner's name.
    """

    settings: Settings
    paths: tuple[Path, ...]

    def solve(self, tell: Tell, /) -> Proposal:
        """Return what they would change; of very many mistakes only the first are told."""
        tell(0.0)
        try:
            if sum(path.stat().st_size for path in self.paths) > BYTES_AT_MOST:
                raise SettingsError("adding.too_large", limit=BYTES_AT_MOST / 1e6)
            files = [(path.name, path.read_bytes()) for path in self.paths]
        except OSError as error:
            raise SettingsError("reading.gone") from error
        with Service.open(self.settings) as service:
            try:
                return propose(service, files)
            except CatalogueError as error:
                error.mistakes = error.mistakes[:MISTAKES_AT_MOST]
                raise


def take_in(service: Service, proposal: Proposal, *, by: str) -> Taken:
    """Take in what was proposed.

    Parameters
    ----------
    service : Service
        Reads its catalogue anew.
    proposal : Proposal
        From `propose`.
    by : str
        Who takes it in: a role, an office or a computer account.

    Returns
    -------
    Taken
        What was done, with what it changed for the records.

    Raises
    ------
    GeodataError
        ``adding.no_author``, ``adding.author_identity_number``; ``adding.changed_meanwhile``
        if the catalogue is no longer the one that was proposed against. Nothing was changed.
    CatalogueError
        If the folder can't be written; it is then as it was, or is finished at the next start.
    """
    _require_author(by)
    with _adding:
        before, after = _compared(service.settings, proposal.files)
        if (before.digest, after.digest) != (proposal.before, proposal.after):
            raise GeodataError("adding.changed_meanwhile")
        if proposal.is_nothing:
            return Taken(proposal.found, Counts(0, {}, 0))
        # First the outlines that lie on disk now: another process may have added some.
        service.reload_catalogue()
        follow_outlines(service.register, service.catalogue.areas, by=by)
        carry_out(proposal.folder, _change(proposal, by, datetime.now(UTC)))
        service.reload_catalogue(_with_folder(service.settings, proposal.folder))
        try:
            done = follow_outlines(service.register, service.catalogue.areas, by=by)
        except RegisterError as error:
            return Taken(proposal.found, None, error)
    return Taken(proposal.found, _counts(done))


def former_outlines(service: Service) -> tuple[FormerArea, ...]:
    """Return every outline that was replaced, with when and by whom."""
    folders = dict.fromkeys((*service.settings.catalogue_folders, own_folder(service.settings)))
    return tuple(former for folder in folders for former in read_former(folder))


def _compared(settings: Settings, files: Files) -> tuple[Catalogue, Catalogue]:
    """Return the catalogue as it lies on disk, and as it would be with the files."""
    finish_pending(own_folder(settings))
    before = load_catalogue(folders_in_use(settings))
    with tempfile.TemporaryDirectory(prefix="lofteskartan-adding-") as name:
        given = laid_aside(Path(name) / "given", files)
        return before, tried(settings, Path(name) / "folder", given)


def _with_folder(settings: Settings, folder: Path) -> Settings:
    if folder in settings.catalogue_folders:
        return settings
    return replace(settings, catalogue_folders=(*settings.catalogue_folders, folder))


def _counts(found: Reassignment) -> Counts:
    return Counts(found.asked, found.moves, found.kept)


# --- taking in -----------------------------------------------------------------------------------


def _change(proposal: Proposal, by: str, at: datetime) -> FolderChange:
    """Return what taking in changes in the own folder, with the history of it."""
    folder = proposal.folder
    with tempfile.TemporaryDirectory(prefix="lofteskartan-adding-") as name:
        given = laid_aside(Path(name), proposal.files)
        change = with_history(folder, placed(folder, contents_of(given)), at)
    replaced = [change.before for change in proposal.found.replaced_outlines]
    if not replaced:
        return change
    former = [*read_former(folder), *(FormerArea(area, at, by) for area in replaced)]
    return FolderChange({**change.write, OUTLINE_HISTORY: former_text(former)}, change.remove)


def _require_author(by: str) -> None:
    if not by.strip():
        raise GeodataError("adding.no_author")
    if holds_identity_number(by):
        raise GeodataError("adding.author_identity_number")
