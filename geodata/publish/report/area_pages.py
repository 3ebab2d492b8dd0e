"""Each area's page: its map, commitments, what is new, walks, findings and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from geodata.analysis.agenda import Standing
from geodata.model import Activity, Finding, Walk
from geodata.publish.report.blocks import Block, Bullets, Cell, Column, Heading, Table, Text
from geodata.publish.report.decisions import decision_table
from geodata.publish.report.mapping import area_picture
from geodata.publish.report.matter import AreaMatter, Matter
from geodata.publish.report.summary import added, clean_text, finding_told, news_items
from geodata.publish.report.telling import Teller

ACTIVITIES_LISTED: Final = 8
"""So many activities are listed by day on an area's page; more are told by kind and number."""


def area_pages(matter: Matter, tell: Teller) -> Iterator[Block]:
    """Give every area's page, those that need attention first."""
    yield Heading(1, tell("report.areas"), new_page=True)
    yield Text(tell("report.areas.lead"), leads=True)
    if not matter.areas:
        yield Text(tell("report.areas.none"))
    for number, area in enumerate(matter.areas):
        yield from _page(area, matter, tell, new_page=number > 0)


def _page(area: AreaMatter, matter: Matter, tell: Teller, *, new_page: bool) -> Iterator[Block]:
    yield Heading(2, tell.area(area.area.id), new_page)
    facts = (tell.area_kind(area.area), clean_text(area.area.municipality), tell.outline(area.area))
    yield Text(tell.listed(facts), "note", leads=True)
    yield area_picture(area, tell)
    yield Heading(3, tell("card.commitments"))
    yield _standings(area, tell)
    yield Heading(3, tell("report.new", day=tell.words.day(matter.since)))
    yield Bullets(tuple(news_items(area.news, tell)))
    yield from _activities(area, tell)
    yield from _walks(area, matter, tell)
    yield from _findings(area, matter, tell)
    if area.decisions:
        yield Heading(3, tell("report.decisions"))
        yield decision_table(f"area/{area.area.id}/decisions", area.decisions, matter, tell)


def _standings(area: AreaMatter, tell: Teller) -> Table:
    columns = (
        Column(tell("followup.commitment"), 2.6),
        Column(tell("report.state"), 1.2),
        Column(tell("pace.delivered"), 1.4),
        Column(tell("report.expected"), 0.8),
    )
    return Table(
        f"area/{area.area.id}/commitments",
        "",
        columns,
        tuple(_standing(standing, area.area.id, tell) for standing in area.standings),
    )


def _standing(one: Standing, area_id: str, tell: Teller) -> tuple[Cell, ...]:
    needed = area_id in one.commitment.areas_where_needed
    told = tell.share(one.now) if one.share else tell.amount(one.now)
    return (
        Cell(
            tell.numbered(one.commitment),
            tell.listed(
                (
                    tell.parties(one.commitment.owners),
                    tell("commitment.where_needed") if needed else "",
                )
            ),
        ),
        Cell(state=one.state, more=tell("report.as_a_whole") if one.share else ""),
        Cell(told, added(one.added, tell)),
        Cell(tell.expected(one.now)),
    )


def _activities(area: AreaMatter, tell: Teller) -> Iterator[Block]:
    if not area.activities:
        return
    columns = (
        Column(tell("report.day"), 1.1),
        Column(tell("report.activity"), 1.7),
        Column(tell("report.time"), 0.8),
        Column(tell("activity.commitments"), 2.4),
    )
    listed = area.activities[:ACTIVITIES_LISTED]
    caption = tell("report.latest")
    if len(listed) < area.news.activities:
        caption = tell("report.latest_of", shown=len(listed), count=area.news.activities)
    yield Table(
        f"area/{area.area.id}/activities",
        caption,
        columns,
        tuple(_activity(activity, tell) for activity in listed),
    )


def _activity(activity: Activity, tell: Teller) -> tuple[Cell, ...]:
    minutes = "" if activity.minutes is None else tell("minutes.short", minutes=activity.minutes)
    named = tuple(tell.commitment(id_) for id_ in activity.commitments)
    return (
        Cell(tell.record_day(activity)),
        Cell(tell.kind(activity.kind), tell.parties(activity.parties)),
        Cell(minutes),
        Cell("; ".join(named)),
    )


def _walks(area: AreaMatter, matter: Matter, tell: Teller) -> Iterator[Block]:
    if not area.walks:
        return
    yield Heading(3, tell("card.walks"))
    columns = (
        Column(tell("report.day"), 1.1),
        Column(tell("report.state"), 1.4),
        Column(tell("walk.meeting_point"), 2.2),
        Column(tell("activity.participants"), 0.9),
    )
    rows = tuple(_walk(walk, matter, tell) for walk in area.walks)
    yield Table(f"area/{area.area.id}/walks", "", columns, rows)


def _walk(walk: Walk, matter: Matter, tell: Teller) -> tuple[Cell, ...]:
    unsure = walk.status == "planned" and walk.day < matter.as_of
    people = "" if walk.participants is None else tell.words.number(walk.participants)
    return (
        Cell(tell.record_day(walk)),
        Cell(tell(f"walk.{walk.status}"), tell("report.not_confirmed") if unsure else ""),
        Cell(clean_text(walk.meeting_point), tell.parties(walk.parties)),
        Cell(people),
    )


def _findings(area: AreaMatter, matter: Matter, tell: Teller) -> Iterator[Block]:
    if not area.findings:
        return
    yield Heading(3, tell("card.findings"))
    columns = (
        Column(tell("report.found"), 1.0),
        Column(tell("report.what"), 2.6),
        Column(tell("report.who"), 1.2),
        Column(tell("report.state"), 1.2),
    )
    rows = tuple(_finding(finding, matter, tell) for finding in area.findings)
    yield Table(f"area/{area.area.id}/findings", "", columns, rows)


def _finding(finding: Finding, matter: Matter, tell: Teller) -> tuple[Cell, ...]:
    is_open, late = finding.open_on(matter.as_of), finding.late_on(matter.as_of)
    due = "" if finding.due is None else tell("finding.due", day=tell.day(finding.due))
    return (
        Cell(tell.day(finding.day)),
        Cell(
            finding_told(finding, tell),
            tell("report.internal") if finding.internal else "",
        ),
        Cell(tell.party(finding.owner)),
        Cell(
            tell(f"finding.{finding.status_on(matter.as_of)}"),
            tell.listed((due if is_open else "", tell("report.late") if late else "")),
            urgent=late,
        ),
    )
