"""Adding promises, areas, outlines and places from files, while the program is in use.

`propose` checks files against the catalogue in the register and tells what they would change;
`take_in` does it, in one transaction, and has the records' areas answered by the new outlines
(`geodata.service.answering`). What a stop leaves undone of that is done when a service is next
opened. Everybody sees the new catalogue at once, in other processes too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Final

from geodata import errors
from geodata.analysis.outlines import Reassignment as Reassignment
from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import SUFFIXES, file_called, files_of
from geodata.catalogue.loading import assembled, mistakes_in, read_entries
from geodata.catalogue.succession import Difference, FormerArea, difference
from geodata.catalogue.succession import area_m2 as area_m2
from geodata.catalogue.succession import promise_changes as promise_changes
from geodata.catalogue.writing import entry_texts
from geodata.intake.formats.geopackage import catalogue_files
from geodata.intake.report import DEFAULT_LIMITS
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import Catalogue, CatalogueEntry, Origin, Revision, SourceKind
from geodata.register import Register
from geodata.service.answering import ask, follow_outlines
from geodata.service.core import Service
from geodata.service.worker import Tell
from geodata.settings import Settings

MISTAKES_AT_MOST: Final = 200
"""A file of another sort than it says may be wrong in every line."""

BYTES_AT_MOST: Final = 20_000_000
"""Of all files added at once, together."""

FILES_AT_MOST: Final = 20

Files = Sequence[tuple[str, bytes]]
"""Each file's name, as its owner calls it, and its bytes."""

_adding = Lock()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What adding some files would change; nothing has been changed yet."""

    files: tuple[tuple[str, bytes], ...]
    # Promises, areas, outlines, places and terms, new and changed.
    found: Difference
    # What the outlines would change for the records.
    counts: Reassignment
    # The catalogue's digests: a mark of what it was compared with, and of what it would be.
    before: str
    after: str

    @property
    def is_nothing(self) -> bool:
        """Whether everything in the files is in use already."""
        return self.found.is_nothing


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in, as proposed."""

    found: Difference
    # What was changed for the records; None where the register could not be changed now. They are
    # then asked when the program next starts.
    counts: Reassignment | None
    problem: errors.RegisterError | None = None


def propose(service: Service, files: Files) -> Proposal:
    """Check files and tell what adding them would change.

    Parameters
    ----------
    service : Service
        Which register. Only read.
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
        If anything is wrong with the files, with all mistakes, each named by its file.
    RegisterError
        If the register can't be read.
    """
    before, after, _ = _compared(service.register, files)
    return Proposal(
        files=tuple(files),
        found=difference(before, after),
        counts=_counts(ask(service.register, before.areas, after.areas)),
        before=before.digest,
        after=after.digest,
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """What adding files, each under its owner's name, would change: a question for a process."""

    settings: Settings
    paths: tuple[Path, ...]

    def solve(self, tell: Tell, /) -> Proposal:
        """Return what they would change; of very many mistakes only the first are told."""
        tell(0.0)
        try:
            if sum(path.stat().st_size for path in self.paths) > BYTES_AT_MOST:
                raise errors.SettingsError("adding.too_large", limit=BYTES_AT_MOST / 1e6)
            files = [file for path in self.paths for file in _files_at(path, path.name)]
        except OSError as error:
            raise errors.SettingsError("reading.gone") from error
        with Service.open(self.settings) as service:
            try:
                return propose(service, files)
            except errors.CatalogueError as error:
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
    RegisterError
        If the register can't be written; it is then as it was.
    """
    _require_author(by)
    register = service.register
    with _adding:
        before, after, texts = _compared(register, proposal.files)
        if (before.digest, after.digest) != (proposal.before, proposal.after):
            raise errors.GeodataError("adding.changed_meanwhile")
        if proposal.is_nothing:
            return Taken(proposal.found, Reassignment(0, {}, 0))
        # First the outlines in use: a stop may have left records that were not asked anew.
        follow_outlines(register, before.areas, by=by)
        try:
            register.put(_numbered(register, texts), by=by)
        except errors.RegisterError as error:
            if error.key != "register.conflict":
                raise
            raise errors.GeodataError("adding.changed_meanwhile") from error
        service.refresh()
        try:
            done = follow_outlines(register, after.areas, by=by)
        except errors.RegisterError as error:
            return Taken(proposal.found, None, error)
    return Taken(proposal.found, _counts(done))


def former_outlines(service: Service) -> tuple[FormerArea, ...]:
    """Return every outline that was replaced, with when and by whom."""
    former: list[FormerArea] = []
    for earlier, later in pairwise(service.register.catalogue_revisions()):
        if earlier.entity_id == later.entity_id:
            outlines = [area.outline for area in content_in(later).areas]
            replaced = [a for a in content_in(earlier).areas if a.outline not in outlines]
            former += [FormerArea(area, later.at, later.by) for area in replaced]
    return tuple(former)


def content_in(entry: Revision) -> Content:
    """Return what an entry of the catalogue held at a revision."""
    file = file_called(Path(entry.entity_id))
    return read_content(file, str(entry.content["text"]).encode("utf-8"))


def read_paths(paths: Sequence[Path]) -> tuple[tuple[str, bytes], ...]:
    """Read files, or the catalogue files of folders, as `propose` wants them."""
    found: list[tuple[str, bytes]] = []
    mistakes: list[errors.Mistake] = []
    for path in paths:
        try:
            sources = [path] if _is_geopackage(path) else [one.path for one in files_of(path)]
        except errors.CatalogueError as error:
            mistakes += error.mistakes
            continue
        for source in sources:
            try:
                if source.stat().st_size > BYTES_AT_MOST:
                    mistakes.append(_too_large(str(source)))
                else:
                    found += _files_at(source, str(source))
            except OSError:
                key = "catalogue.no_access" if source.exists() else "catalogue.no_file"
                mistakes.append(errors.Mistake(str(source), "", key))
    if mistakes:
        raise errors.CatalogueError(tuple(mistakes))
    return tuple(found)


def _is_geopackage(path: Path) -> bool:
    return path.suffix.lower() == ".gpkg"


def _files_at(path: Path, name: str) -> Files:
    """Return a file under a name; of a GeoPackage, the indicators and readings in it as files."""
    if _is_geopackage(path):
        return catalogue_files(path, DEFAULT_LIMITS)
    return [(name, path.read_bytes())]


def _compared(register: Register, files: Files) -> tuple[Catalogue, Catalogue, dict[str, str]]:
    """Return the catalogue in the register, what it would be with files, and their entries."""
    _require_allowed(files)
    standing = {entry.id: entry.text for entry in register.catalogue_entries()}
    groups = read_entries(standing)
    given = [_read(name, data) for name, data in files]
    if mistakes := mistakes_in(given, groups, is_personal=holds_identity_number):
        raise errors.CatalogueError(tuple(mistakes))
    texts = entry_texts(given)
    return assembled(groups), assembled(read_entries({**standing, **texts})), texts


def _read(name: str, data: bytes) -> Content:
    return read_content(file_called(Path(_shown(name))), data)


def _numbered(register: Register, texts: Mapping[str, str]) -> list[tuple[CatalogueEntry, int]]:
    """Return entries as they are to be, each with the number of the one that it replaces."""
    present = {entry.id: entry for entry in register.catalogue_entries(withdrawn=True)}
    last = max((entry.position for entry in present.values()), default=0)
    origin = Origin(SourceKind.IMPORTED)
    return [
        (
            replace(present[id_], text=text, origin=origin, void=False)
            if id_ in present
            else CatalogueEntry(id_, text, last + 1 + at, origin),
            register.newest_number("catalogue_entry", id_) if id_ in present else 0,
        )
        for at, (id_, text) in enumerate(texts.items())
    ]


def _counts(found: Reassignment) -> Reassignment:
    """Return the counts alone: a proposal is sent from one process to another."""
    return replace(found, records=())


# --- what is allowed ----------------------------------------------------------------------------


def _require_allowed(files: Files) -> None:
    """Refuse files by their number, size and names, before anything looks into them."""
    mistakes: list[errors.Mistake] = []
    size = sum(len(data) for _, data in files)
    if not files:
        mistakes.append(errors.Mistake("", "", "adding.no_files"))
    if len(files) > FILES_AT_MOST:
        values: dict[str, errors.Value] = {"found": len(files), "limit": FILES_AT_MOST}
        mistakes.append(errors.Mistake("", "", "adding.too_many", values))
    if size > BYTES_AT_MOST:
        largest = max(files, key=lambda file: len(file[1]))[0]
        mistakes.append(_too_large(_shown(largest)))
    for number, (name, _) in enumerate(files, start=1):
        if holds_identity_number(re.split(r"[/\\]", name)[-1]):
            # The name itself is not repeated.
            mistakes.append(errors.Mistake(f"#{number}", "", "adding.name_identity_number"))
        elif Path(name).suffix.lower() not in SUFFIXES:
            said: dict[str, errors.Value] = {"expected": ", ".join(SUFFIXES)}
            mistakes.append(errors.Mistake(_shown(name), "", "catalogue.file_type", said))
    if mistakes:
        raise errors.CatalogueError(tuple(mistakes))


def _too_large(file: str) -> errors.Mistake:
    return errors.Mistake(file, "", "adding.too_large", {"limit": BYTES_AT_MOST // 1_000_000})


def _shown(name: str) -> str:
    """Return a file's name as it may be shown: one short line."""
    flat = "".join(c if c.isprintable() else "?" for c in name)
    return flat if len(flat) <= 100 else f"…{flat[-99:]}"


def _require_author(by: str) -> None:
    if not by.strip():
        raise errors.GeodataError("adding.no_author")
    if holds_identity_number(by):
        raise errors.GeodataError("adding.author_identity_number")
