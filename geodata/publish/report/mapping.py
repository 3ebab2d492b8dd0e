"""A report's maps in words and as a table, and its matrix of commitments and areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from geodata.model import Area, Commitment, Promise, State
from geodata.publish.report.map_view import NAMED_AT_MOST
from geodata.publish.report.matter import (
    SILENT,
    AreaMatter,
    Block,
    Cell,
    Column,
    Heading,
    Matter,
    Picture,
    Table,
    Teller,
    Text,
)

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


PROMISE_MAP: Final = "map/"
AREA_MAP: Final = "area/"
"""How the names of a promise's map and of an area's begin."""

AREAS_TOLD: Final = 12
"""So many areas are told in a map's text; the table below it has all."""


def promise_picture(promise: Promise, matter: Matter, tell: Teller) -> Iterator[Block]:
    """Give a promise's map, and what it shows as a table."""
    by_id = {one.area.id: one for one in matter.areas}
    areas = [by_id[area.id] for area in areas_of(promise, matter) if area.id in by_id]
    states = area_states(promise, matter)
    if not areas:
        return
    told = [
        f"{tell.area(one.area.id)}: {tell(f'state.{states[one.area.id]}').lower()}"
        for one in areas[:AREAS_TOLD]
    ]
    more = tell("report.map.more", count=len(areas) - AREAS_TOLD) if areas[AREAS_TOLD:] else ""
    yield Picture(
        f"{PROMISE_MAP}{promise.id}",
        tell(
            "report.map.alt",
            name=tell.local(promise.short),
            areas="; ".join(filter(None, (*told, more))),
        ),
        tell("report.map.caption", day=tell.words.day(matter.as_of)),
    )
    yield _table(promise, areas, states, tell)


def area_states(promise: Promise, matter: Matter) -> Mapping[str, State]:
    """Return the state that most needs attention in each of a promise's areas, by area id."""
    by_id = {one.area.id: one for one in matter.areas}
    return {id_: by_id[id_].worst for id_ in promise.area_ids if id_ in by_id}


def _table(
    promise: Promise, areas: list[AreaMatter], states: Mapping[str, State], tell: Teller
) -> Table:
    numbered = len(areas) > NAMED_AT_MOST
    columns = (
        Column(tell("activity.area"), 2.2),
        Column(tell("report.state"), 1.4),
        Column(tell("report.activities_new"), 1.1),
        Column(tell("report.open_findings"), 1.1),
    )
    rows = tuple(
        (
            Cell(f"{number}. {tell.area(one.area.id)}" if numbered else tell.area(one.area.id)),
            Cell(state=states[one.area.id]),
            Cell(tell.words.number(one.news.activities) if one.news.activities else "–"),
            Cell(_number(one, tell)),
        )
        for number, one in enumerate(areas, start=1)
    )
    return Table(f"map/{promise.id}/areas", "", columns, rows)


def _number(one: AreaMatter, tell: Teller) -> str:
    return tell.words.number(one.open_findings) if one.open_findings else "–"


def area_picture(area: AreaMatter, tell: Teller) -> Picture:
    """Return an area's map."""
    name = tell.area(area.area.id)
    return Picture(
        f"{AREA_MAP}{area.area.id}",
        tell(
            "report.map.area_alt",
            name=name,
            outline=tell.outline(area.area),
            state=tell(f"state.{area.worst}").lower(),
            activities=tell("amount.recorded", count=area.news.activities),
            findings=tell("report.map.findings", count=area.open_findings),
        ),
        "",
    )
