"""How fast words are found in a country's register.

Run it with ``python tests/bench/searching.py --register <copy>``; see README.md beside it.
Activities without a note get one first: give it a copy. It prints one JSON object a line; it tests
nothing.
"""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Annotated, Final

import typer
from interaction import tell

from geodata.register import search as kept
from geodata.register.engine import make_engine, parse_address
from geodata.service import Service
from geodata.service.searching import search
from geodata.settings import NO_BASEMAP, Settings, register_url

THINGS: Final = (
    *("klotter", "lampa", "gatlykta", "belysning", "trasig", "bänk", "papperskorg", "skräp"),
    *("buske", "häck", "gångväg", "cykelväg", "tunnel", "torg", "skola", "lekplats", "hållplats"),
    *("parkering", "källare", "trapphus", "port", "dörr", "fönster", "moped", "ungdomar"),
    *("boende", "butik", "samtal", "dialog", "lugnt", "stökigt", "musik", "kväll", "natt"),
)
STREETS: Final = tuple(
    first + last
    for first in ("kvarn", "skol", "bäck", "lund", "sten", "björk", "ek", "lind", "ros", "norr")
    for last in ("gatan", "vägen", "stigen", "gränd", "backen", "torget")
)
QUESTIONS: Final = (
    *("klotter", "gatlyktor", "kvarngatan", "kvarngatn", "lampa gatlykta", "hulta", "s", "zzzzzz"),
    *("fotpatrull klotter norrby", "björkstigen 12"),
)
GOAL_MS: Final = 100.0


def note(path: Path, chance: random.Random) -> None:
    """Give every activity without a note four to twelve words, few of them in most."""
    words = THINGS + STREETS
    weights = [1 / (at + 1) ** 0.8 for at in range(len(words))]
    with closing(sqlite3.connect(path)) as register:
        ids = register.execute("SELECT id FROM activity WHERE note = ''").fetchall()
        texts = (" ".join(chance.choices(words, weights, k=chance.randint(4, 12))) for _ in ids)
        rows = (
            (f"{text} {chance.randint(1, 99)}", id_)
            for text, (id_,) in zip(texts, ids, strict=True)
        )
        register.executemany("UPDATE activity SET note = ? WHERE id = ?", rows)
        register.execute("DELETE FROM register_info WHERE key = 'search_form'")
        register.commit()


def main(
    *,
    register: Annotated[Path, typer.Option(help="A copy of a register's file.")],
    repeat: Annotated[int, typer.Option(min=1, help="Times each is asked.")] = 11,
) -> None:
    """Measure what a search takes, from the words to the hits."""
    note(register, random.Random(7))
    started = time.perf_counter()
    engine = make_engine(parse_address(register_url(str(register))), 20)
    with Service.open(Settings(register_url(str(register)), basemap=NO_BASEMAP)) as service:
        with engine.begin() as connection:
            kept.fill(connection)
        tell({"case": "kept", "s": round(time.perf_counter() - started, 1)})
        for typed in QUESTIONS:
            times = []
            for _ in range(repeat):
                began = time.perf_counter()
                answer = search(service, typed)
                times.append((time.perf_counter() - began) * 1_000)
            hits = sum(len(group.hits) for group in answer.groups)
            line = {"case": typed, "hits": hits, "median_ms": round(median(times), 1)}
            line |= {"most_ms": round(max(times), 1), "goal": GOAL_MS}
            tell(line | {"met": median(times) <= GOAL_MS})
    engine.dispose()


if __name__ == "__main__":
    typer.run(main)
