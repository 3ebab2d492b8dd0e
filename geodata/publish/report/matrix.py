"""The matrix: every commitment against every area, in as many tables as the paper asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from geodata.model import Area, Commitment, Promise, State
from geodata.publish.report.blocks import Block, Cell, Column, Heading, Table, Text
from geodata.publish.report.matter import Matter
from geodata.publish.report.telling import SILENT, Teller

UPRIGHT_AREAS: Final = 4
"""So many areas fit beside each other on an upright page."""

WIDE_AREAS: Final = 7
"""So many fit on one that lies down."""

NAME: Final = "matrix/"
"""How the name of a matrix's table begins."""


def matrices(matter: Matter, tell: Teller) -> Iterator[Block]:
    """Give the matrix of each promise."""
    yield Heading(1, tell("report.matrix"), new_page=True)
    yield Text(tell("report.matrix.lead", day=tell.words.day(matter.as_of)), leads=True)
    for promise in matter.promises:
        yield Heading(2, tell.local(promise.title))
        yield Text(tell.period(promise), "note", leads=True)
        yield from _tables(promise, matter, tell)
    yield Text(tell("report.matrix.note"), "note")


def _tables(promise: Promise, matter: Matter, tell: Teller) -> Iterator[Table]:
    areas = areas_of(promise, matter)
    parts = split_evenly(areas, WIDE_AREAS) if len(areas) > UPRIGHT_AREAS else [areas]
    first = 1
    for part in parts:
        caption = ""
        if len(parts) > 1:
            last = first + len(part) - 1
            caption = tell("report.matrix.part", first=first, last=last, count=len(areas))
        yield Table(
            f"{NAME}{promise.id}/{first}",
            caption,
            (
                Column(tell("followup.commitment"), 2.2),
                Column(tell("followup.whole"), 1.25),
                *(Column(tell.area(area.id)) for area in part),
            ),
            tuple(_row(c, part, matter, tell) for c in promise.commitments),
            wide=len(areas) > UPRIGHT_AREAS,
        )
        first += len(part)


def areas_of(promise: Promise, matter: Matter) -> list[Area]:
    """Return the areas that a promise names, in the catalogue's order."""
    named = set(promise.area_ids)
    return [area for area in matter.catalogue.areas if area.id in named]


def split_evenly(areas: Sequence[Area], most: int) -> list[list[Area]]:
    """Return areas in parts of nearly the same size, none larger than `most`."""
    parts = max(-(-len(areas) // most), 1)
    ends = [len(areas) * part // parts for part in range(parts + 1)]
    return [list(areas[start:end]) for start, end in pairwise(ends)]


def _row(
    commitment: Commitment, areas: Sequence[Area], matter: Matter, tell: Teller
) -> tuple[Cell, ...]:
    return (
        Cell(tell.numbered(commitment), tell.parties(commitment.owners)),
        whole_cell(commitment, matter, tell),
        *(area_cell(commitment, area.id, matter, tell) for area in areas),
    )


def whole_cell(commitment: Commitment, matter: Matter, tell: Teller) -> Cell:
    """Return how a commitment stands as a whole."""
    overall = matter.progress[commitment.id].overall
    expected = ""
    if overall.expected is not None and overall.state not in (*SILENT, State.FULFILLED):
        expected = tell("amount.expected", expected=tell.expected(overall))
    return Cell(tell.amount(overall), expected, overall.state)


def area_cell(commitment: Commitment, area_id: str, matter: Matter, tell: Teller) -> Cell:
    """Return how a commitment stands in an area."""
    progress = matter.progress[commitment.id]
    here = progress.by_area.get(area_id)
    if here is None:
        return Cell(outside=True)
    if here.target is None and progress.overall.target is not None:
        return Cell(tell.share(here))
    needed = area_id in commitment.areas_where_needed
    return Cell(tell.amount(here), tell("commitment.where_needed") if needed else "", here.state)
