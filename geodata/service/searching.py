"""What the words that somebody types find: promises and places by name, records by their texts."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

from shapely import Point

from geodata import model
from geodata.crs import to_metres
from geodata.errors import UnknownIdError
from geodata.model import LocalText, name_of
from geodata.register.encoding import entity_of
from geodata.register.search import GROUPS, Alternatives, Found, beginnings, mark
from geodata.service.addresses import Address, Addresses, addresses, parted
from geodata.service.core import Service
from geodata.spelling import SHORTEST_MISSPELT, misspellings, typed_words, words_of

LONGEST: Final = 100
"""Letters of a question; what is longer is cut."""

WORDS_AT_MOST: Final = 8

LOOKED_AT: Final = 200
"""So many of a kind, the last recorded, are compared to find the best."""

BESIDE_M: Final = 1_500.0
"""So near an area a street is told of with it, in metres."""

NEAREST_OF: Final = 100
"""So many streets are compared to find the nearest."""

KINDS: Final = (
    *("area", "place", "street", "commitment", "promise"),
    *("finding", "decision", "walk", "meeting", "hot_spot", "plan", "activity"),
)
"""What is found, in the order that it is told."""


NOTHING: Final = LocalText("")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that has the words."""

    # Of `KINDS`.
    kind: str
    # Of a place its name.
    id: str
    title: LocalText
    # What more is said of it, in the words that somebody has written.
    detail: LocalText = NOTHING
    area_id: str | None = None
    day: date | None = None
    # WGS 84, longitude first.
    point: tuple[float, float] | None = None
    meeting_id: str | None = None
    commitment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """What a question finds of one kind, the best first."""

    kind: str
    hits: tuple[Hit, ...]
    # Whether there are more than are told.
    more: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question finds."""

    groups: tuple[Hits, ...] = ()
    # Whether a word was found by what it may have been meant to be.
    guessed: bool = False
    # Whether streets and addresses were looked for as well.
    has_streets: bool = True


# --- what has a name -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """Everything of the catalogue that is found by its name, by its words."""

    hits: Sequence[Hit]
    by_word: Mapping[str, frozenset[int]]
    # The words of each hit's title.
    titles: Sequence[frozenset[str]]
    # The register's marks of areas, kinds and parties that have a word in their name.
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def words(self) -> Sequence[str]:
        """All words, sorted."""
        return sorted(self.by_word.keys() | self.marks.keys())

    def meant(self, some: Alternatives) -> Iterator[str]:
        """Yield the words that alternatives mean."""
        for one in some:
            if not one.endswith("*"):
                yield one
                continue
            begins = one[:-1]
            at = bisect_left(self.words, begins)
            while at < len(self.words) and self.words[at].startswith(begins):
                yield self.words[at]
                at += 1

    def find(self, words: Sequence[Alternatives]) -> set[int]:
        """Return what has all the words."""
        nothing: frozenset[int] = frozenset()
        having = [
            frozenset().union(*(self.by_word.get(word, nothing) for word in self.meant(some)))
            for some in words
        ]
        return set(frozenset.intersection(*having)) if having else set()

    def with_marks(self, some: Alternatives) -> Alternatives:
        """Return alternatives, and the marks of what has such a name."""
        marks = {one for word in self.meant(some) for one in self.marks.get(word, ())}
        return (*some, *sorted(marks))


def _catalogue_hits(catalogue: model.Catalogue) -> Iterator[tuple[Hit, str]]:
    """Yield what has a name, and what else it may be found by."""
    terms = catalogue.vocabulary
    for area in catalogue.areas:
        town = LocalText(area.municipality)
        yield Hit("area", area.id, LocalText(area.name), town, area.id), area.municipality
    for place in catalogue.places:
        kind = name_of(terms.place_kinds, place.kind)
        at = place.lon, place.lat
        found = Hit(
            "place", place.name, LocalText(place.name), kind, place.nearest_area or None, point=at
        )
        yield found, " ".join(kind.all)
    for promise in catalogue.promises:
        label = catalogue.label_by_id[promise.id]
        yield Hit("promise", promise.id, promise.title, label), " ".join(label.all)
        for one in promise.commitments:
            texts = (*one.summary.all, *label.all, str(one.number))
            yield Hit("commitment", one.id, one.title, label), " ".join(texts)


def _marks(catalogue: model.Catalogue) -> Iterator[tuple[str, str]]:
    """Yield names, and the marks of the records that they tell of."""
    for area in catalogue.areas:
        yield area.name, mark("area_id", area.id)
    for party in catalogue.party_by_id.values():
        for name in party.name.all:
            yield name, mark("owner", party.id)
    terms = catalogue.vocabulary
    for column, named in (("kind", terms.activity_kinds), ("category", terms.finding_categories)):
        for id_, term in named.items():
            for name in term.name.all:
                yield name, mark(column, id_)


def _named(service: Service) -> Named:
    catalogue = service.catalogue
    hits: list[Hit] = []
    titles: list[frozenset[str]] = []
    by_word: defaultdict[str, set[int]] = defaultdict(set)
    for at, (hit, more) in enumerate(_catalogue_hits(catalogue)):
        hits.append(hit)
        titles.append(frozenset(words_of(" ".join(hit.title.all))))
        for word in titles[-1].union(words_of(more)):
            by_word[word].add(at)
    marks: defaultdict[str, set[str]] = defaultdict(set)
    for name, one in _marks(catalogue):
        for word in words_of(name):
            marks[word].add(one)
    return Named(
        hits,
        {word: frozenset(some) for word, some in by_word.items()},
        titles,
        {word: frozenset(some) for word, some in marks.items()},
    )


# --- asking --------------------------------------------------------------------------------------


def search(service: Service, typed: str, of_each: int = 5) -> Answer:
    """Return what somebody's words find, and nothing that is kept from them.

    All words are to be there, each as the beginning of a word or bent; records also by the name
    of their area, kind or party. Where a word is found nowhere, those that differ from it by a
    letter are looked for.

    Parameters
    ----------
    service : Service
        Within the limits of who asks.
    typed : str
        As it was typed.
    of_each : int, default 5
        At most so many of each kind.
    """
    known = addresses()
    found = _search(service, typed[:LONGEST], of_each)
    if known is None:
        return replace(found, has_streets=False)
    streets = _streets(service, known, typed[:LONGEST], of_each)
    if not streets.hits or (found.groups and not found.guessed and streets.guessed):
        return found
    others = () if found.guessed and not streets.guessed else found.groups
    groups = sorted((*others, streets.group), key=lambda one: KINDS.index(one.kind))
    return Answer(tuple(groups), guessed=streets.guessed and bool(found.guessed or not others))


@dataclass(frozen=True, slots=True)
class _Streets:
    """What was found of streets."""

    group: Hits
    guessed: bool

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Their places."""
        return self.group.hits


def _streets(service: Service, known: Addresses, typed: str, of_each: int) -> _Streets:
    """Return the streets with the words typed, or the houses in them with the number typed."""
    street, number = parted(typed)
    words = typed_words(street)[:WORDS_AT_MOST]
    slots = [{one.removesuffix("*") for one in beginnings(word)} for word in words]

    def named(slots: Sequence[Collection[str]]) -> set[str]:
        having = [
            {
                n
                for word, some in known.by_word.items()
                if word.startswith(tuple(slot))
                for n in some
            }
            for slot in slots
        ]
        return set.intersection(*having) if having else set()

    names, guessed = named(slots), False
    if not names and words:
        guessed = True
        names = named([misspellings(word) or {word} for word in words])
    places = [
        one
        for name in sorted(names, key=lambda name: (len(name), name))
        for one in known.of(name, number)
    ]
    hits = tuple(_street_hit(service, one) for one in places[:of_each])
    return _Streets(Hits("street", hits, len(places) > of_each), guessed)


def street_hits(
    service: Service, typed: str, area_id: str | None = None, at_most: int = 8
) -> tuple[Sequence[Hit], bool]:
    """Return streets or houses with the words typed, and whether any streets are known.

    Those nearest to an area come first, where one is given.
    """
    known = addresses()
    if known is None:
        return (), False
    found = _streets(service, known, typed[:LONGEST], NEAREST_OF).hits
    area = service.catalogue.area_by_id.get(area_id or "")
    if area is not None:
        outline = to_metres(area.outline)
        places = [to_metres(Point(one.point or (0.0, 0.0))) for one in found]
        nearest = sorted(range(len(found)), key=lambda at: outline.distance(places[at]))
        found = tuple(found[at] for at in nearest)
    return found[:at_most], True


def _street_hit(service: Service, one: Address) -> Hit:
    at = service.locate(one.lon, one.lat)
    is_near = at.border_m is not None and at.border_m <= BESIDE_M
    area_id = at.area_id or (at.nearest_area_id if is_near else None)
    title = LocalText(one.name)
    return Hit("street", one.name, title, area_id=area_id, point=(one.lon, one.lat))


def _search(service: Service, typed: str, of_each: int) -> Answer:
    words = typed_words(typed)[:WORDS_AT_MOST]
    named = service.kept(_named)
    meant: list[Alternatives] = [beginnings(word) for word in words]
    groups = _groups(service, named, words, meant, of_each)
    if groups or not words:
        return Answer(groups)
    guessed = [
        some if _is_anywhere(service, named, some) else _near(word, some)
        for word, some in zip(words, meant, strict=True)
    ]
    if guessed == meant:
        return Answer()
    groups = _groups(service, named, words, guessed, of_each)
    return Answer(groups, guessed=bool(groups))


def _near(word: str, some: Alternatives) -> Alternatives:
    """Return what a word may have been meant to be; of its beginnings only long ones."""
    variants = sorted(misspellings(word))
    return tuple(f"{one}*" if len(one) >= SHORTEST_MISSPELT else one for one in variants) or some


def _is_anywhere(service: Service, named: Named, some: Alternatives) -> bool:
    if any(word in named.by_word or word in named.marks for word in named.meant(some)):
        return True
    return bool(service.register.find_texts(GROUPS, [some], 1))


def _groups(
    service: Service,
    named: Named,
    words: Sequence[str],
    meant: Sequence[Alternatives],
    of_each: int,
) -> tuple[Hits, ...]:
    found: defaultdict[str, list[Hit]] = defaultdict(list)

    def worth(at: int) -> tuple[object, ...]:
        title, hit = named.titles[at], named.hits[at]
        whole = sum(word in title for word in words)
        begun = sum(any(own.startswith(word) for own in title) for word in words)
        return -whole, -begun, len(title), hit.title.sv, hit.id

    for at in sorted(named.find(meant), key=worth):
        found[named.hits[at].kind].append(named.hits[at])
    marked = [named.with_marks(some) for some in meant]
    texts: defaultdict[str, list[Found]] = defaultdict(list)
    for one in service.register.find_texts(GROUPS, marked, LOOKED_AT):
        texts[one.entity].append(one)
    for entity, some in texts.items():
        some.sort(key=lambda one: -len({*words} & {*one.words.split()}))
        # One more than is told, to know whether there are more.
        read = (_read(service, one) for one in some[: of_each + 1])
        found[entity] += filter(None, read)
    return tuple(
        Hits(kind, tuple(found[kind][:of_each]), len(found[kind]) > of_each)
        for kind in KINDS
        if found[kind]
    )


def _read(service: Service, found: Found) -> Hit | None:
    try:
        record = service.register.record(found.entity, found.id)
    except UnknownIdError:
        return None  # taken out since it was found
    return hit_of(service, record)


def hit_of(service: Service, record: model.Record) -> Hit:
    """Return a record as it is told of in a list of what was found."""
    terms = service.catalogue.vocabulary
    areas = service.catalogue.area_by_id
    told: dict[str, Any] = {"area_id": getattr(record, "area_id", None)}
    told["day"] = getattr(record, "day", None)
    match record:
        case model.Activity():
            told |= {"title": name_of(terms.activity_kinds, record.kind)}
            told |= {"detail": LocalText(record.note)}
        case model.Walk():
            area = areas.get(record.area_id)
            told |= {"title": LocalText(area.name if area else record.area_id)}
            told |= {"detail": LocalText(record.meeting_point or record.note)}
        case model.Finding():
            told |= {"title": name_of(terms.finding_categories, record.category)}
            told |= {"detail": LocalText(record.text)}
        case model.Decision():
            told |= {"title": LocalText(record.text), "detail": LocalText(record.outcome)}
            told |= {"meeting_id": record.meeting_id, "commitment_id": record.commitment_id}
        case model.Meeting():
            said = record.notes[0][1] if record.notes else ""
            told |= {"title": NOTHING, "detail": LocalText(said)}
        case model.HotSpot():
            told |= {"title": LocalText(record.name), "detail": LocalText(record.reason)}
        case model.Plan():
            told |= {"title": LocalText(record.name), "day": record.first_day}
        case _:
            raise TypeError(record)
    return Hit(kind=entity_of(record), id=record.id, **told)
