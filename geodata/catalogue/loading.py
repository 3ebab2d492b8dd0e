"""The catalogue: promises, areas, places and vocabulary, from files to checked values.

Files are checked on load, and every mistake in every file is reported at once. A catalogue
folder holds any of ``vocabulary*.toml``, ``promises/*.toml``, ``areas*.geojson`` and
``places*.csv``; ``data/README.md`` explains their keys and columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import CatalogueFile, FileKind, files_in, files_of
from geodata.catalogue.mistakes import listed, shown
from geodata.catalogue.promise import What
from geodata.catalogue.schema import TextShape
from geodata.errors import CatalogueError, Mistake, Value
from geodata.model import Catalogue, Term, Vocabulary


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """How much was checked and found without a mistake of its own."""

    promises: int
    commitments: int
    areas: int
    places: int


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """Read and check the catalogue.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Catalogue folders, the project's own first. Each adds promises, areas, places and terms
        to those before it; a promise, an area or a term that an earlier folder has is replaced
        by the later one's. Within one folder an id may stand only once.

    Returns
    -------
    Catalogue
        Promises and areas in the folders' order, then by file name; what replaces another
        stands in its place. `digest` is the SHA-256 of every file's bytes.

    Raises
    ------
    CatalogueError
        If anything is wrong with any file; it holds all the mistakes.
    """
    groups, mistakes = _read_folders(folders)
    contents = [content for group in groups for content in group]
    mistakes += _all_mistakes(groups)
    if mistakes:
        raise CatalogueError(tuple(mistakes))
    # A later value takes the place of the earlier one with its id.
    promises = {content.promise.id: content.promise for content in contents if content.promise}
    areas = {area.id: area for content in contents for area in content.areas}
    return Catalogue(
        promises=tuple(promises.values()),
        areas=tuple(areas.values()),
        places=tuple(dict.fromkeys(place for content in contents for place in content.places)),
        vocabulary=_vocabulary(contents),
        digest=_digest(contents),
    )


def check(
    paths: Sequence[Path] = (),
    folders: Sequence[Path] = (),
    *,
    is_personal: Callable[[str], bool] | None = None,
) -> tuple[list[Mistake], CheckSummary]:
    """Check a catalogue's folders, or files that are to be added to it.

    Parameters
    ----------
    paths : sequence of pathlib.Path, optional
        Files or catalogue folders to check. What they refer to may stand in them or in
        `folders`; a promise or area with an id that `folders` have replaces it. Without paths
        the folders themselves are checked.
    folders : sequence of pathlib.Path, optional
        The catalogue's folders, as for `load_catalogue`.
    is_personal : callable, optional
        Tells of a text whether it holds an identity number, which no file may.

    Returns
    -------
    mistakes : list of Mistake
        Those in the given files and those that they cause in the folders' files; others are
        not reported. Empty where all is well. A path that can't be read is a mistake too.
    summary : CheckSummary
        What the checked files hold.
    """
    groups, base_mistakes = _read_folders(folders)
    base = _standing(groups)
    if not paths:
        found = [*base_mistakes, *_all_mistakes(groups), *_personal(base, is_personal)]
        return _by_file(found), _summary(base)
    sources, mistakes = _collect(files_of, paths)
    given = [read_content(source) for source in sources]
    mistakes += [mistake for content in given for mistake in content.mistakes]
    mistakes += _personal(given, is_personal)
    before = {(m.file, m.line, m.place, m.key) for m in _links(base)}
    own_files = {content.file for content in given}
    mistakes += [
        mistake
        for mistake in _links(_without(base, given) + given)
        if mistake.file in own_files
        or (mistake.file, mistake.line, mistake.place, mistake.key) not in before
    ]
    return _by_file(mistakes), _summary(given)


def _collect(
    find: Callable[[Path], list[CatalogueFile]], paths: Sequence[Path]
) -> tuple[list[CatalogueFile], list[Mistake]]:
    found: dict[Path, CatalogueFile] = {}  # by real path: a file named twice is read once
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            for source in find(path):
                found.setdefault(source.path.resolve(), source)
        except CatalogueError as error:
            mistakes += error.mistakes
    return list(found.values()), mistakes


def _read_folders(folders: Sequence[Path]) -> tuple[list[list[Content]], list[Mistake]]:
    groups: list[list[Content]] = []
    mistakes: list[Mistake] = []
    seen: set[Path] = set()
    for folder in folders:
        sources, wrong = _collect(files_in, [folder])
        new = [source for source in sources if source.path.resolve() not in seen]
        seen.update(source.path.resolve() for source in new)
        groups.append([read_content(source) for source in new])
        mistakes += wrong
    return groups, mistakes


def _standing(groups: Sequence[Sequence[Content]]) -> list[Content]:
    """Return what stands once each folder has replaced what those before it hold."""
    standing: list[Content] = []
    for group in groups:
        standing = [*_without(standing, group), *group]
    return standing


def _all_mistakes(groups: Sequence[Sequence[Content]]) -> list[Mistake]:
    own = [mistake for group in groups for content in group for mistake in content.mistakes]
    return _by_file(own + _links(_standing(groups)))


def _personal(
    contents: Sequence[Content], is_personal: Callable[[str], bool] | None
) -> Iterable[Mistake]:
    if is_personal is None:
        return
    for content in contents:
        if is_personal(content.source.path.name):
            yield Mistake(content.file, "", "adding.name_identity_number")
        for text in content.texts:
            if is_personal(text.text):
                key = "catalogue.identity_number"
                yield Mistake(content.file, text.place, key, {}, text.line)


def _by_file(mistakes: list[Mistake]) -> list[Mistake]:
    order = {file: n for n, file in enumerate(dict.fromkeys(m.file for m in mistakes))}
    return sorted(mistakes, key=lambda mistake: order[mistake.file])


def _without(base: Sequence[Content], given: Sequence[Content]) -> list[Content]:
    """Return the folders' contents without what the given files replace."""
    paths = {content.source.path.resolve() for content in given}
    ids = {(name.what, name.id) for content in given for name in content.defines}

    def replaced(content: Content) -> bool:
        names = ((name.what, name.id) for name in content.defines if name.what == "promise")
        return content.source.path.resolve() in paths or any(name in ids for name in names)

    return [
        replace(
            content,
            areas=tuple(area for area in content.areas if ("area", area.id) not in ids),
            defines=tuple(n for n in content.defines if (n.what, n.id) not in ids),
        )
        for content in base
        if not replaced(content)
    ]


def _links(contents: Sequence[Content]) -> list[Mistake]:
    """Return the mistakes that need more than one file to tell."""
    return [*_unknown(contents), *_duplicates(contents), *_unused(contents)]


_DEFINED_IN: dict[What, FileKind] = {
    "area": "areas",
    "activity_kind": "vocabulary",
    "area_kind": "vocabulary",
    "place_kind": "vocabulary",
}


def _all_read(contents: Sequence[Content], kind: FileKind) -> bool:
    """Tell whether every id in files of a kind is known; if not, nothing is said about them."""
    return all(content.readable for content in contents if content.source.kind == kind)


def _unknown(contents: Sequence[Content]) -> Iterable[Mistake]:
    for what, kind in _DEFINED_IN.items():
        if not _all_read(contents, kind):
            continue
        known = {name.id for content in contents for name in content.defines if name.what == what}
        said = listed(shown(each) for each in sorted(known))
        for content in contents:
            for name in content.refers:
                if name.what == what and name.id not in known:
                    values: dict[str, Value] = {"name": shown(name.id), "known": said}
                    key = f"catalogue.unknown_{what}"
                    yield Mistake(content.file, name.place, key, values, name.line)


def _duplicates(contents: Sequence[Content]) -> Iterable[Mistake]:
    first: dict[tuple[What, str], str] = {}
    for content in contents:
        for name in content.defines:
            if name.what not in ("promise", "area"):
                continue
            other = first.setdefault((name.what, name.id), f"{content.file}, {name.place}")
            if other != f"{content.file}, {name.place}":
                values: dict[str, Value] = {"name": shown(name.id), "other": other}
                key = f"catalogue.duplicate_{name.what}"
                yield Mistake(content.file, name.place, key, values)


def _unused(contents: Sequence[Content]) -> Iterable[Mistake]:
    if not _all_read(contents, "promise"):
        return
    promises = [content for content in contents if content.source.kind == "promise"]
    used = {name.id for content in promises for name in content.refers if name.what == "area"}
    for content in contents:
        for name in content.defines:
            if name.what == "area" and name.id not in used:
                values: dict[str, Value] = {"name": shown(name.id)}
                yield Mistake(content.file, name.place, "catalogue.unused_area", values)


def _vocabulary(contents: Sequence[Content]) -> Vocabulary:
    shapes = [content.vocabulary for content in contents if content.vocabulary]

    def terms(tables: Iterable[Mapping[str, TextShape]]) -> dict[str, Term]:
        return {key: Term(key, text.value()) for table in tables for key, text in table.items()}

    return Vocabulary(
        activity_kinds=terms(shape.activity_kinds for shape in shapes),
        area_kinds=terms(shape.area_kinds for shape in shapes),
        place_kinds=terms(shape.place_kinds for shape in shapes),
        finding_categories=terms(shape.finding_categories for shape in shapes),
    )


def _digest(contents: Sequence[Content]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        # The length keeps bytes from moving unseen from one file's end to the next one's start.
        digest.update(f"{content.source.kind} {len(content.data)}\n".encode())
        digest.update(content.data)
    return digest.hexdigest()


def _summary(contents: Sequence[Content]) -> CheckSummary:
    promises = [content.promise for content in contents if content.promise]
    return CheckSummary(
        promises=len(promises),
        commitments=sum(len(promise.commitments) for promise in promises),
        areas=sum(len(content.areas) for content in contents),
        places=sum(len(content.places) for content in contents),
    )
