"""The catalogue: promises, areas, places and vocabulary, from files to checked values.

Files are checked on load, and every mistake in every file is reported at once. A catalogue
folder holds any of what `geodata.catalogue.files.LAYOUT` names; ``data/README.md`` explains
their keys and columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.files import CatalogueFile, FileKind, file_called, files_in, files_of
from geodata.catalogue.mistakes import Name, What, key_path, listed, shown
from geodata.catalogue.readings import wrong_for
from geodata.errors import CatalogueError, Mistake, Value
from geodata.model import Catalogue, Term, Vocabulary


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """How much was checked and found without a mistake of its own."""

    promises: int
    commitments: int
    areas: int
    places: int
    indicators: int = 0
    readings: int = 0
    # What is no mistake: English that is missing, where the Swedish text is shown instead, and
    # areas that no commitment names, such as one that is drawn before its promise is made.
    notes: tuple[Mistake, ...] = ()


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """Read and check the catalogue.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Catalogue folders, the project's own first. Each adds promises, areas, places and terms
        to those before it; a promise, an area or a term that an earlier folder has is replaced
        by the later one's, in its place. Within one folder an id may stand only once.

    Returns
    -------
    Catalogue
        `digest` is the SHA-256 of every file's bytes.

    Raises
    ------
    CatalogueError
        If anything is wrong with any file; it holds all the mistakes.
    """
    return assembled(*_read_folders(folders))


def read_entries(texts: Mapping[str, str]) -> list[list[Content]]:
    """Return what the register's entries hold, for `assembled`.

    Parameters
    ----------
    texts : mapping of str to str
        Each entry's path, as in a catalogue folder, and its text, in the entries' order.

    Returns
    -------
    list of list of Content
        Groups, of which a later one's terms replace those before it.
    """
    groups: list[list[Content]] = [[]]
    for path, text in texts.items():
        content = read_content(file_called(Path(path)), text.encode("utf-8"))
        if content.source.kind == "vocabulary":
            groups.append([content])
        else:
            groups[0].append(content)
    # The program's own terms come first, and with what uses them.
    return [[*groups[0], *groups[1]], *groups[2:]] if len(groups) > 1 else groups


def assembled(groups: Sequence[Sequence[Content]], mistakes: Iterable[Mistake] = ()) -> Catalogue:
    """Return the catalogue that some contents make, as `load_catalogue` does with folders'."""
    contents = [content for group in groups for content in group]
    mistakes = (*mistakes, *_all_mistakes(groups))
    if mistakes:
        raise CatalogueError(mistakes)
    # A later value takes the place of the earlier one with its id.
    promises = {content.promise.id: content.promise for content in contents if content.promise}
    areas = {area.id: area for content in contents for area in content.areas}
    indicators = {each.id: each for content in contents for each in content.indicators}
    readings = {each.id: each for content in contents for _, each in content.readings}
    layers = {content.layer.id: content.layer for content in contents if content.layer}
    return Catalogue(
        promises=tuple(promise for promise in promises.values() if not promise.draft),
        drafts=tuple(promise for promise in promises.values() if promise.draft),
        areas=tuple(areas.values()),
        places=tuple(dict.fromkeys(place for content in contents for place in content.places)),
        vocabulary=_vocabulary(contents),
        digest=_digest(contents),
        indicators=tuple(indicators.values()),
        readings=tuple(readings.values()),
        layers=tuple(layers.values()),
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
    paths, folders : sequence of pathlib.Path, optional
        Files or catalogue folders to check, else the `folders` themselves, which are as for
        `load_catalogue`. What the paths' files refer to may stand in them or in the folders.
    is_personal : callable, optional
        Tells of a text whether it holds an identity number, which no file may.

    Returns
    -------
    mistakes : list of Mistake
        Those in the given files and those that they cause in the folders' files; others are
        not reported. A path that can't be read is a mistake too.
    summary : CheckSummary
        What the checked files hold.
    """
    groups, base_mistakes = _read_folders(folders)
    if not paths:
        base = _standing(groups)
        found = [*base_mistakes, *_all_mistakes(groups), *_personal(base, is_personal)]
        found += _aimless(base, base)
        return _by_file(found), _summary(base, _unused(base))
    sources, mistakes = _collect(files_of, paths)
    given = [read_content(source) for source in sources]
    mistakes += mistakes_in(given, groups, is_personal=is_personal)
    base = _standing(groups)
    known = [*_unused(base)]
    unused = [m for m in _unused([*_without(base, given), *given]) if m not in known]
    return _by_file(mistakes), _summary(given, unused)


def mistakes_in(
    given: Sequence[Content],
    groups: Sequence[Sequence[Content]],
    *,
    is_personal: Callable[[str], bool] | None = None,
) -> list[Mistake]:
    """Return the mistakes in what is to be added, and those that it causes in what there is."""
    base = _standing(groups)
    mistakes = [mistake for content in given for mistake in content.mistakes]
    mistakes += _personal(given, is_personal)
    before = {(m.file, m.line, m.place, m.key) for m in _links(base)}
    own_files = {content.file for content in given}
    standing = [*_without(base, given), *given]
    mistakes += _aimless(given, standing)
    mistakes += [
        mistake
        for mistake in _links(standing)
        if mistake.file in own_files
        or (mistake.file, mistake.line, mistake.place, mistake.key) not in before
    ]
    return _by_file(mistakes)


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
    paths = {content.source.path.resolve() for content in given}
    ids = {(name.what, name.id) for content in given for name in content.defines}

    def stays(what: What, id_: str) -> bool:
        # An indicator that is given anew has the series that it now says.
        above = ("indicator", id_.rpartition("/")[0]) if what == "series" else None
        return (what, id_) not in ids and above not in ids

    return [
        replace(
            content,
            areas=tuple(area for area in content.areas if stays("area", area.id)),
            indicators=tuple(each for each in content.indicators if stays("indicator", each.id)),
            readings=tuple(each for each in content.readings if stays("reading", each[1].id)),
            layer=content.layer if content.layer and stays("layer", content.layer.id) else None,
            defines=tuple(name for name in content.defines if stays(name.what, name.id)),
        )
        for content in base
        if content.source.path.resolve() not in paths
        and all(name.what != "promise" or stays("promise", name.id) for name in content.defines)
    ]


def _links(contents: Sequence[Content]) -> list[Mistake]:
    """Return the mistakes that need more than one file to tell."""
    return [
        *_unknown(contents),
        *_duplicates(contents),
        *_lineage(contents),
        *_misread(contents),
    ]


_DEFINED_IN: dict[What, FileKind] = {
    "area": "areas",
    "activity_kind": "vocabulary",
    "area_kind": "vocabulary",
    "place_kind": "vocabulary",
    "promise": "promise",
    "series": "indicators",
}


def _all_read(contents: Sequence[Content], kind: FileKind) -> bool:
    """Tell whether every id in files of a kind is known; if not, nothing is said about them."""
    return all(content.readable for content in contents if content.source.kind == kind)


def _names(
    contents: Sequence[Content], side: Literal["defines", "refers"]
) -> list[tuple[Content, Name]]:
    return [(content, name) for content in contents for name in getattr(content, side)]


def _mistake(content: Content, name: Name, key: str, **values: Value) -> Mistake:
    values = {"name": shown(name.id), **values}
    return Mistake(content.file, name.place, f"catalogue.{key}", values, name.line)


def _unknown(contents: Sequence[Content]) -> Iterable[Mistake]:
    for what, kind in _DEFINED_IN.items():
        if not _all_read(contents, kind):
            continue
        known = {name.id for _, name in _names(contents, "defines") if name.what == what}
        said = listed(shown(each) for each in sorted(known))
        for content, name in _names(contents, "refers"):
            if name.what == what and name.id not in known:
                yield _mistake(content, name, f"unknown_{what}", known=said)


def _duplicates(contents: Sequence[Content]) -> Iterable[Mistake]:
    first: dict[tuple[What, str], str] = {}
    for content, name in _names(contents, "defines"):
        here = f"{content.file}, {name.place or name.line}"
        other = first.setdefault((name.what, name.id), here)
        if name.what in ("promise", "area", "indicator", "reading") and other != here:
            yield _mistake(content, name, f"duplicate_{name.what}", other=other)


def _unused(contents: Sequence[Content]) -> Iterable[Mistake]:
    if not _all_read(contents, "promise"):
        return
    promises = [content for content in contents if content.source.kind == "promise"]
    used = {name.id for _, name in _names(promises, "refers") if name.what == "area"}
    for content, name in _names(contents, "defines"):
        if name.what == "area" and name.id not in used:
            yield _mistake(content, name, "unused_area")


def _lineage(contents: Sequence[Content]) -> Iterable[Mistake]:
    """Yield what is wrong with predecessors that there are, and with what came before what.

    That each is earlier than its successor leaves no circle.
    """
    promises = {each.promise.id: each.promise for each in contents if each.promise}
    for content in contents:
        promise = content.promise
        if promise is None:
            continue
        before = promises.get(promise.predecessor or "")
        if before is not None:
            name = Name("promise", before.id, "predecessor")
            if before.municipality != promise.municipality:
                yield _mistake(content, name, "other_municipality", other=before.municipality)
            if before.period.start >= promise.period.start:
                yield _mistake(content, name, "not_earlier", start=str(before.period.start))
        for key, wrong in (
            ("commitments", "unknown_forerunner"),
            ("goals", "unknown_forerunner_goal"),
        ):
            own = [] if before is None else [each.id for each in getattr(before, key)]
            for number, each in enumerate(getattr(promise, key)):
                if each.forerunner is None or each.forerunner in own:
                    continue
                if before is not None or promise.predecessor is None:
                    place = f'{key_path([key, number, "forerunner"])} "{each.id}"'
                    name = Name("promise", each.forerunner, place)
                    yield _mistake(content, name, wrong, known=listed(own))


def _misread(contents: Sequence[Content]) -> Iterable[Mistake]:
    series = {s.id: s for content in contents for each in content.indicators for s in each.series}
    for content in contents:
        for line, reading in content.readings:
            if reading.series in series:
                for column, key, said in wrong_for(reading, series[reading.series]):
                    values: dict[str, Value] = {"value": said}
                    yield Mistake(content.file, column, f"catalogue.{key}", values, line)


def _aimless(given: Sequence[Content], standing: Sequence[Content]) -> Iterable[Mistake]:
    """Yield the goals that given indicators name and no promise has.

    Told of what is given only: a goal that somebody takes out of a promise leaves the indicator,
    which is then shown beside none.
    """
    known = {goal.id for each in standing if each.promise for goal in each.promise.goals}
    promises = [each for each in standing if each.source.kind == "promise"]
    # Of a promise that is wrong itself nobody knows the goals.
    for content in given if all(each.promise for each in promises) else ():
        for n, indicator in enumerate(content.indicators):
            for k, goal in enumerate(indicator.goals):
                if goal not in known:
                    place = f'{key_path(["indicators", n, "goals", k])} "{indicator.id}"'
                    said = listed(sorted(known))
                    yield _mistake(
                        content, Name("promise", goal, place), "unknown_goal", known=said
                    )


def _vocabulary(contents: Sequence[Content]) -> Vocabulary:
    shapes = [content.vocabulary for content in contents if content.vocabulary]

    def terms(table: str) -> dict[str, Term]:
        texts = [item for shape in shapes for item in getattr(shape, table).items()]
        return {key: Term(key, text.value()) for key, text in texts}

    return Vocabulary(**{table.name: terms(table.name) for table in fields(Vocabulary)})


def _digest(contents: Sequence[Content]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        # The length keeps bytes from moving unseen from one file's end to the next one's start.
        digest.update(f"{content.source.kind} {len(content.data)}\n".encode())
        digest.update(content.data)
    return digest.hexdigest()


def _summary(contents: Sequence[Content], unused: Iterable[Mistake]) -> CheckSummary:
    promises = [content.promise for content in contents if content.promise]
    kinds = ("areas", "places", "indicators", "readings")
    counts = {kind: sum(len(getattr(content, kind)) for content in contents) for kind in kinds}
    english = (
        Mistake(content.file, place, "catalogue.swedish_only")
        for content in contents
        for place in content.swedish_only
    )
    commitments = sum(len(promise.commitments) for promise in promises)
    return CheckSummary(len(promises), commitments, **counts, notes=(*unused, *english))
