"""What a report says in words about its maps: what they show, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from geodata.model import Promise, State
from geodata.publish.report.blocks import Block, Cell, Column, Picture, Table
from geodata.publish.report.map_view import NAMED_AT_MOST
from geodata.publish.report.matrix import areas_of
from geodata.publish.report.matter import AreaMatter, Matter
from geodata.publish.report.telling import Teller

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
