"""A whole report: from what is to be told to headings, texts, tables and maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from geodata.analysis.agenda import Standing
from geodata.model import Activity, Finding, LocalText, Promise, State, Walk
from geodata.publish.report.mapping import area_picture, matrices, promise_picture
from geodata.publish.report.matter import (
    AreaMatter,
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Matter,
    Picture,
    Report,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.summary import (
    added,
    clean_text,
    decision_pages,
    decision_table,
    finding_told,
    news_items,
    summary,
)

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


RULES: Final = (
    "report.rule.counts",
    "report.rule.left_out",
    "report.rule.expected",
    "report.rule.steps",
    "report.rule.each_area",
    "report.rule.together",
    "report.rule.no_number",
    "report.rule.time",
)
"""The rules of `geodata.analysis.progress`, in plain words."""

STATES: Final = (
    "report.rule.not_started",
    "report.rule.fulfilled",
    "report.rule.no_records",
    "report.rule.not_fulfilled",
    "report.rule.behind",
    "report.rule.on_track",
    "report.rule.under_way",
)


def closing(matter: Matter, tell: Teller) -> Iterator[Block]:
    """Give the last pages' blocks."""
    yield from _outcomes(matter, tell)
    yield from _sources(matter, tell)
    yield Heading(1, tell("report.counted"))
    yield Text(tell("report.counted.lead", day=tell.words.day(matter.as_of)))
    yield Bullets(tuple(tell(key) for key in RULES))
    yield Heading(2, tell("report.counted.states"))
    yield Text(tell("report.counted.states_lead"), leads=True)
    yield Bullets(tuple(tell(key) for key in STATES))
    readings = [r for promise in matter.promises for r in _readings(promise, tell)]
    if readings:
        yield Heading(2, tell("report.counted.readings"))
        yield Text(tell("report.counted.readings_lead"), leads=True)
        yield Bullets(tuple(readings))


def _readings(promise: Promise, tell: Teller) -> Iterator[str]:
    """Give what is our reading of a promise's wording."""
    for commitment in promise.commitments:
        reading: LocalText | None = commitment.measure.reading
        if reading is not None:
            yield f"{tell.local(promise.short)}, {tell.numbered(commitment)}: {tell.local(reading)}"


# --- what the parties reported -----------------------------------------------------------------


def _outcomes(matter: Matter, tell: Teller) -> Iterator[Block]:
    yield Heading(1, tell("card.outcomes"), new_page=True)
    yield Text(tell("card.outcomes_note"), leads=True)
    told = [promise for promise in matter.promises if promise.outcomes]
    if not told:
        yield Text(tell("report.outcomes.none"))
    for promise in told:
        yield Heading(2, tell.local(promise.title))
        yield _outcome_table(promise, tell)


def _outcome_table(promise: Promise, tell: Teller) -> Table:
    columns = (
        Column(tell("followup.commitment"), 1.5),
        Column(tell("outcome.reported"), 2.1),
        Column(tell("outcome.caution"), 1.9),
        Column(tell("source.label"), 1.5),
    )
    titles = {commitment.id: tell.numbered(commitment) for commitment in promise.commitments}
    rows = tuple(
        (
            Cell(titles.get(one.commitment_id or "", tell("outcome.whole_promise"))),
            Cell(
                tell.local(one.text),
                tell.listed(
                    (
                        tell("outcome.period", period=tell.local(one.period)),
                        "" if one.same_period else tell("outcome.other_period"),
                    )
                ),
            ),
            Cell("" if one.caution is None else tell.local(one.caution)),
            Cell(tell.source(one.source)),
        )
        for one in promise.outcomes
    )
    return Table(f"outcomes/{promise.id}", "", columns, rows)


# --- sources -----------------------------------------------------------------------------------


def _sources(matter: Matter, tell: Teller) -> Iterator[Block]:
    yield Heading(1, tell("report.sources"))
    items = [
        tell("report.source.promise", title=tell.local(p.short), source=tell.source(p.source))
        for p in matter.promises
    ]
    outlines: dict[str, list[str]] = {}
    for area in matter.areas:
        told = tell.local(area.area.outline_source)
        outlines.setdefault(told, []).append(tell.area(area.area.id))
    items += [
        tell("report.source.outline", areas=", ".join(names), source=source)
        for source, names in outlines.items()
    ]
    if matter.place_sources:
        items.append(tell("report.source.places", sources=", ".join(matter.place_sources)))
    items.append(tell("report.source.records"))
    yield Bullets(tuple(items))


def make_content(matter: Matter) -> Report:
    """Return a report on how some promises stand.

    Parameters
    ----------
    matter : Matter
        What it is to tell.

    Returns
    -------
    Report
        Ready to be set on paper.
    """
    tell = Teller(matter)
    words = matter.words
    alone = len(matter.promises) == 1
    made = words.day(matter.made.date())
    time = f"{matter.made:%H:%M}"
    return Report(
        language=matter.language,
        title=tell("report.title_one") if alone else tell("report.title_many"),
        subtitle=" · ".join(tell.local(promise.title) for promise in matter.promises),
        mark=tell("report.mark") if matter.examples else "",
        told=(
            tell("report.as_of", day=words.day(matter.as_of)),
            tell("report.since", day=words.day(matter.since)),
            tell("report.made", day=made, time=time),
        ),
        foot=tell("report.foot", day=words.day(matter.as_of), made=f"{made} {time}"),
        page=tell("report.page", page="{page}", pages="{pages}"),
        contents=tell("report.contents"),
        summary=tuple(_first_pages(matter, tell)),
        blocks=tuple(_pages(matter, tell)),
        minutes=tuple(_minutes(matter, tell)),
        state_words={state: tell(f"state.{state}") for state in State},
    )


def _first_pages(matter: Matter, tell: Teller) -> Iterator[Block]:
    if matter.examples:
        yield Text(tell("example.text"), "note")
    yield from summary(matter, tell)


def _minutes(matter: Matter, tell: Teller) -> Iterator[Block]:
    yield from summary(matter, tell)
    yield from matrices(matter, tell)
    yield from decision_pages(matter, tell)


def _pages(matter: Matter, tell: Teller) -> Iterator[Block]:
    yield from _maps(matter, tell)
    yield from matrices(matter, tell)
    yield from area_pages(matter, tell)
    yield from decision_pages(matter, tell)
    yield from closing(matter, tell)


def _maps(matter: Matter, tell: Teller) -> Iterator[Block | Picture]:
    yield Heading(1, tell("report.maps"), new_page=True)
    for number, promise in enumerate(matter.promises):
        yield Heading(2, tell.local(promise.title), new_page=number > 0)
        picture = tuple(promise_picture(promise, matter, tell))
        yield from picture or (Text(tell("report.areas.none")),)
