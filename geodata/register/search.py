"""The texts of records that are not void, kept so that their words find them.

Each record with a text has a row of folded words (`geodata.spelling`) in ``search_text``, written
in the transaction that writes the record. SQLite looks through it by FTS5, PostgreSQL by its text
search: parts of words, and words by their Swedish stem. A record's area, kind and the like stand
among its words as marks that nobody can type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from geodata.model import Entity
from geodata.register import sums
from geodata.register.schema import (
    SEARCH_VECTOR,
    SEARCHED,
    TABLES,
    register_info,
    revision,
    search_text,
)
from geodata.spelling import folded, stem, words_of

FORM: Final = "1"
"""Of what is kept: with another all is kept anew as a register is brought to its tables."""

FORM_KEY: Final = "search_form"

INTERNAL: Final = "internal_finding"

GROUPS: Final = (
    *("activity", "walk", "finding", INTERNAL),
    *("decision", "meeting", "hot_spot", "plan"),
)
"""What is found apart: numbers of one lie together, so that one is asked for without the others."""

GROUP_BITS: Final = 40

AT_ONCE: Final = 5_000

SHORTEST_BEGINNING: Final = 3
"""Nearly every text has a word that begins with a letter or two."""

WORDS_MEANT: Final = 200
"""A beginning stands for so many words at most."""

_MARKED: Final = ("area_id", "kind", "category", "owner", "commitment_id")
"""Fields whose ids stand among the words."""


def mark(field: str, id_: str) -> str:
    """Return the word that says that a record has an id in a field."""
    return f"zq{field[:2]}{re.sub('[^a-z0-9]', '', folded(id_))}"


# --- keeping -------------------------------------------------------------------------------------


def _group(entity: Entity, row: sa.RowMapping) -> str:
    return INTERNAL if entity == "finding" and row["internal"] else entity


def _texts(value: Any) -> Iterator[str]:
    """Yield what somebody has written in a field: text, or pairs of what it is about and text."""
    if isinstance(value, str):
        yield value
    else:
        yield from (str(text) for _, text in value or ())


def _words(entity: Entity, row: sa.RowMapping) -> str:
    """Return a record's words as they are kept, empty where it has no text."""
    found = words_of(" ".join(text for name in SEARCHED[entity] for text in _texts(row[name])))
    marks = [mark(name, row[name]) for name in _MARKED if row.get(name)]
    return " ".join([*found, *marks]) if found else ""


def _rows(
    connection: sa.Connection, entity: Entity, which: sa.ColumnElement[bool]
) -> Iterator[Sequence[sa.RowMapping]]:
    """Yield what may be kept of some records, many at a time."""
    columns = TABLES[entity].c
    named = ("id", *SEARCHED[entity], *_MARKED, "internal")
    query = sa.select(*(columns[name] for name in named if name in columns))
    texts = [columns[name] for name in SEARCHED[entity]]
    if all(isinstance(one.type, sa.Text) for one in texts):
        # Most activities have none: a million of those needn't be read.
        query = query.where(sa.or_(*(one != "" for one in texts)))
    query = query.where(which, columns.void == sa.false()).execution_options(yield_per=AT_ONCE)
    yield from connection.execute(query).mappings().partitions()


def _add(connection: sa.Connection, entity: Entity, which: sa.ColumnElement[bool]) -> None:
    newest: dict[str, int] = {}
    for some in _rows(connection, entity, which):
        kept = []
        for row in some:
            if words := _words(entity, row):
                group = _group(entity, row)
                newest[group] = newest.get(group) or _newest(connection, group)
                newest[group] += 1
                values = (newest[group], entity, row["id"], words)
                kept.append(dict(zip(search_text.c.keys(), values, strict=True)))
        if kept:
            connection.execute(sa.insert(search_text), kept)
            _index(connection, kept)


def _span(group: str) -> tuple[int, int]:
    """Return the first and the last number of a group."""
    at = GROUPS.index(group)
    return at << GROUP_BITS, ((at + 1) << GROUP_BITS) - 1


def _newest(connection: sa.Connection, group: str) -> int:
    number = search_text.c.number
    query = sa.select(sa.func.max(number)).where(number.between(*_span(group)))
    return connection.scalar(query) or _span(group)[0]


def _index(connection: sa.Connection, rows: Iterable[Any], sign: str = "") -> None:
    """Tell SQLite's index what it has to find, or no longer; PostgreSQL's follows by itself."""
    if connection.dialect.name != "sqlite":
        return
    columns, more = ("search_words, ", "'delete', ") if sign else ("", "")
    connection.exec_driver_sql(
        f"INSERT INTO search_words ({columns}rowid, words) VALUES ({more}?, ?)",  # noqa: S608
        [(row["number"], row["words"]) for row in rows],
    )


def renew(connection: sa.Connection, entity: Entity, ids: Sequence[str]) -> None:
    """Keep the words of some records as they are now; of those that are void or gone none."""
    if entity not in SEARCHED or not ids:
        return
    kept = search_text.c
    which = (kept.entity == entity, kept.entity_id.in_(ids))
    before = connection.execute(sa.select(search_text).where(*which)).mappings().all()
    if before:
        _index(connection, before, "delete")
        connection.execute(sa.delete(search_text).where(*which))
    _add(connection, entity, TABLES[entity].c.id.in_(ids))


@contextmanager
def followed(connection: sa.Connection, entity: Entity, ids: Sequence[str]) -> Iterator[None]:
    """Let sums and words follow what is done meanwhile to some records' rows and links."""
    with sums.corrected(connection, entity, ids):
        yield
    renew(connection, entity, ids)


def add_since(connection: sa.Connection, sequence: int) -> None:
    """Keep the words of the records that were made after a revision, in the same transaction."""
    for entity in SEARCHED:
        new = sa.select(revision.c.entity_id).where(
            revision.c.sequence > sequence, revision.c.entity == entity
        )
        _add(connection, entity, TABLES[entity].c.id.in_(new))


def reindex(connection: sa.Connection) -> None:
    """Make SQLite's index anew of the words that are kept: nothing that has been is left in it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('rebuild')")


def fill(connection: sa.Connection, *, anew: bool = False) -> None:
    """Keep the words of all records, unless they are kept in this form already or `anew`."""
    form = sa.select(register_info.c.value).where(register_info.c.key == FORM_KEY)
    if (there := connection.scalar(form)) == FORM and not anew:
        return
    connection.execute(sa.delete(search_text))
    reindex(connection)
    for entity in SEARCHED:
        _add(connection, entity, TABLES[entity].c.id.is_not(None))
    row = {"key": FORM_KEY, "value": FORM}
    if there is None:
        connection.execute(sa.insert(register_info), row)
    else:
        connection.execute(sa.update(register_info).where(register_info.c.key == FORM_KEY), row)


def differ(connection: sa.Connection) -> bool:
    """Tell whether the words that are kept are others than the records'."""
    kept = sa.select(search_text.c.entity_id, search_text.c.words)
    count = 0
    for entity in SEARCHED:
        for some in _rows(connection, entity, TABLES[entity].c.id.is_not(None)):
            wanted = {row["id"]: words for row in some if (words := _words(entity, row))}
            mine = search_text.c.entity == entity, search_text.c.entity_id.in_(wanted)
            there = connection.execute(kept.where(*mine))
            if {id_: words for id_, words in there} != wanted:  # noqa: C416 (rows are no pairs)
                return True
            count += len(wanted)
    return connection.scalar(sa.select(sa.func.count()).select_from(search_text)) != count


# --- asking --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A record that has the words asked for, and all of its words."""

    entity: Entity
    id: str
    words: str


Alternatives = Sequence[str]
"""Words of which one is to be there; one with a * at its end is the beginning of a word."""


def beginnings(word: str) -> tuple[str, ...]:
    """Return what a typed word may be: the beginning of another, or the same word bent."""
    if word.isdigit():
        return (word,)
    return tuple(dict.fromkeys((f"{word}*", f"{stem(word)}*")))


def find_texts(
    connection: sa.Connection, groups: Sequence[str], words: Sequence[Alternatives], limit: int
) -> list[Found]:
    """Return records with all of some words, of each group those recorded last.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that sees one state of the register.
    groups : sequence of str
        Of `GROUPS`.
    words : sequence of sequences of str
        Each with its alternatives, folded; see `Alternatives`.
    limit : int
        At most so many of each group.
    """
    if not words:
        return []
    kept = search_text.c
    number: sa.ColumnElement[int] = kept.number
    query = sa.select(kept.entity, kept.entity_id, kept.words)
    if connection.dialect.name == "sqlite":
        # By the index's own number, which alone makes it give the last ones first.
        number = _FTS5.c.rowid
        query = query.join_from(_FTS5, search_text, number == kept.number)
        known = [_known(connection, some) for some in words]
        if not all(known):
            return []
        matches = sa.literal_column("search_words").op("MATCH")(_match(known))
    else:
        matches = VECTOR.op("@@")(_tsquery(words))
    found: list[Found] = []
    for group in groups:
        first, last = _span(group)
        some = query.where(matches, number >= first, number <= last)
        rows = connection.execute(some.order_by(number.desc()).limit(limit))
        found += (Found(*row) for row in rows)
    return found


_FTS5: Final = sa.table("search_words", sa.column("rowid", sa.BigInteger))


def _known(connection: sa.Connection, some: Alternatives) -> list[str]:
    """Return the words, of those that SQLite's index holds, that alternatives mean.

    Asked for the beginning of a word it would first gather everything that has one such word: of
    a million, seconds. Of whole words it gives the last ones at once.
    """
    driver: Any = connection.connection.driver_connection
    found: dict[str, None] = {}
    for one in some:
        whole = one.removesuffix("*")
        end = f"{whole}{_LAST}" if whole != one and len(whole) >= SHORTEST_BEGINNING else whole
        rows = driver.execute(_KNOWN, (whole, end, WORDS_MEANT)).fetchall()
        found.update((word, None) for (word,) in rows)
    return list(found)


_KNOWN: Final = "SELECT term FROM search_words_known WHERE term >= ? AND term <= ? LIMIT ?"
_LAST: Final = "\N{REPLACEMENT CHARACTER}"


def _match(words: Sequence[Sequence[str]]) -> str:
    """Return what FTS5 is asked (https://www.sqlite.org/fts5.html, 3)."""
    return " AND ".join("({})".format(" OR ".join(f'"{one}"' for one in some)) for some in words)


VECTOR: Final[sa.ColumnElement[Any]] = sa.literal_column(SEARCH_VECTOR)
"""As its index has it, word for word."""


def _lexeme(word: str) -> str:
    whole = word.removesuffix("*")
    is_begun = whole != word and len(whole) >= SHORTEST_BEGINNING
    return f"'{whole}'{':*' if is_begun else ''}"


def _tsquery(words: Sequence[Alternatives]) -> sa.ColumnElement[Any]:
    """Return what PostgreSQL is asked: each word as it stands, or by its Swedish stem."""

    def one(some: Alternatives) -> sa.ColumnElement[Any]:
        plain = " | ".join(map(_lexeme, some))
        stem_too: sa.ColumnElement[Any] = sa.cast(plain, TSQUERY).op("||")(
            sa.func.plainto_tsquery("swedish", some[0].removesuffix("*"))
        )
        return stem_too

    return reduce(lambda a, b: a.op("&&")(b), map(one, words))
