"""A whole report: from what is to be told to headings, texts, tables and maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from geodata.analysis.agenda import AREA, Late, Standing
from geodata.model import Activity, Finding, Precision, Promise, Walk
from geodata.publish.report.first_page import first_page
from geodata.publish.report.follow_up import readings
from geodata.publish.report.matter import (
    AreaMatter,
    Block,
    Bullets,
    Cell,
    Heading,
    Matter,
    Report,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.photos import photos_told
from geodata.publish.report.sections import (
    added,
    area_picture,
    areas_table,
    clean_text,
    decision_pages,
    decision_table,
    due_pages,
    finding_told,
    framed,
    matrices,
    news_items,
    outcome_table,
)

ACTIVITIES_LISTED: Final = 8
"""So many activities are listed by day on an area's page; more are told by kind and number."""


def area_pages(tell: Teller) -> Iterator[Block]:
    """Give all areas in a table, and those there is something to tell of one by one."""
    yield Heading(1, tell("report.areas"))
    if not tell.matter.areas:
        yield Text(tell("report.areas.none"))
        return
    yield areas_table(tell)
    told = [area for area in tell.matter.areas if area.tells]
    if told:
        yield Text(tell("report.areas.lead", day=tell.words.day(tell.matter.since)), leads=True)
    for area in told:
        yield from _page(area, tell)


def _page(area: AreaMatter, tell: Teller) -> Iterator[Block]:
    yield Heading(2, tell.area(area.area.id))
    facts = (tell.area_kind(area.area), clean_text(area.area.municipality), tell.outline(area.area))
    yield Text(tell.listed(facts), "note", leads=True)
    yield area_picture(area, tell)
    yield Heading(3, tell("card.commitments"))
    yield _standings(area, tell) if area.standings else Text(tell("areas.history"))
    yield Heading(3, tell("report.new", day=tell.words.day(tell.matter.since)))
    yield Bullets(tuple(news_items(area.news, tell)))
    yield from _activities(area, tell)
    yield from _walks(area, tell)
    yield from _findings(area, tell)
    if area.decisions:
        yield Heading(3, tell("report.decisions"))
        yield decision_table(f"area/{area.area.id}/decisions", area.decisions, tell)


def _standings(area: AreaMatter, tell: Teller) -> Table:
    def named(one: Standing) -> Cell:
        needed = area.area.id in one.commitment.areas_where_needed
        told = (
            tell.parties(one.commitment.owners),
            tell("commitment.where_needed") if needed else "",
        )
        return Cell(tell.numbered(one.commitment), tell.listed(told))

    def state(one: Standing) -> Cell:
        return Cell(state=one.state, more=tell("report.as_a_whole") if one.share else "")

    def delivered(one: Standing) -> Cell:
        amount = tell.share(one.now) if one.share else tell.amount(one.now)
        return Cell(amount, added(one.added, tell))

    columns = (
        ("followup.commitment", 2.6, named),
        ("report.state", 1.2, state),
        ("pace.delivered", 1.4, delivered),
        ("report.expected", 0.8, lambda one: Cell(tell.expected(one.now))),
    )
    return tell.table(f"area/{area.area.id}/commitments", columns, area.standings)


def _activities(area: AreaMatter, tell: Teller) -> Iterator[Block]:
    if not area.activities:
        return
    listed = area.activities[:ACTIVITIES_LISTED]
    caption = tell("report.latest")
    if len(listed) < area.news.activities:
        caption = tell("report.latest_of", shown=len(listed), count=area.news.activities)

    def time(one: Activity) -> Cell:
        minutes = one.minutes
        return Cell("" if minutes is None else tell("minutes.short", minutes=minutes))

    columns = (
        ("report.day", 1.1, lambda one: Cell(tell.record_day(one))),
        ("report.activity", 1.7, lambda one: Cell(tell.kind(one.kind), tell.parties(one.parties))),
        ("report.time", 0.8, time),
        (
            "activity.commitments",
            2.4,
            lambda one: Cell("; ".join(map(tell.commitment, one.commitments))),
        ),
    )
    yield tell.table(f"area/{area.area.id}/activities", columns, listed, caption)


def _walks(area: AreaMatter, tell: Teller) -> Iterator[Block]:
    if not area.walks:
        return

    def status(walk: Walk) -> Cell:
        unsure = walk.status == "planned" and walk.day < tell.matter.as_of
        return Cell(tell(f"walk.{walk.status}"), tell("report.not_confirmed") if unsure else "")

    def people(walk: Walk) -> Cell:
        count = walk.participants
        return Cell("" if count is None else tell.words.number(count))

    yield Heading(3, tell("card.walks"))
    columns = (
        ("report.day", 1.1, lambda walk: Cell(tell.record_day(walk))),
        ("report.state", 1.4, status),
        (
            "walk.meeting_point",
            2.2,
            lambda walk: Cell(clean_text(walk.meeting_point), tell.parties(walk.parties)),
        ),
        ("activity.participants", 0.9, people),
    )
    yield tell.table(f"area/{area.area.id}/walks", columns, area.walks)


def _findings(area: AreaMatter, tell: Teller) -> Iterator[Block]:
    if not area.findings:
        return
    as_of = tell.matter.as_of

    def what(finding: Finding) -> Cell:
        internal = tell("report.internal") if finding.internal else ""
        return Cell(finding_told(finding, tell), internal)

    def status(finding: Finding) -> Cell:
        due, late = "", finding.late_on(as_of)
        if finding.due is not None and finding.open_on(as_of):
            due = tell("finding.due", day=tell.day(finding.due))
        more = tell.listed((due, tell("report.late") if late else ""))
        return Cell(tell(f"finding.{finding.status_on(as_of)}"), more, urgent=late)

    yield Heading(3, tell("card.findings"))
    columns = (
        ("report.found", 1.0, lambda finding: Cell(tell.day(finding.day))),
        ("report.what", 2.6, what),
        ("report.who", 1.2, lambda f: Cell(tell.party(f.owner), clean_text(f.function))),
        ("report.state", 1.2, status),
    )
    yield tell.table(f"area/{area.area.id}/findings", columns, area.findings)
    if area.photos:
        yield photos_told(area, tell)


RULES: Final = (
    *("counts", "left_out", "expected", "steps", "each_area", "together", "no_number", "time"),
)
"""The rules of `geodata.analysis.progress`, in plain words: the ends of their keys."""

STATES: Final = (
    *("not_started", "fulfilled", "no_records", "not_fulfilled", "behind", "on_track"),
    "under_way",
)


def closing(tell: Teller) -> Iterator[Block]:
    """Give the last pages' blocks."""
    yield from _outcomes(tell)
    yield from _sources(tell)
    yield Heading(1, tell("report.counted"))
    yield Text(tell("report.counted.lead", day=tell.words.day(tell.matter.as_of)))
    yield Bullets(tuple(tell(f"report.rule.{name}") for name in RULES))
    yield Heading(2, tell("report.counted.states"), contents=False)
    yield Text(tell("report.counted.states_lead"), leads=True)
    yield Bullets(tuple(tell(f"report.rule.{name}") for name in STATES))
    readings = [r for promise in tell.matter.promises for r in _readings(promise, tell)]
    if readings:
        yield Heading(2, tell("report.counted.readings"), contents=False)
        yield Text(tell("report.counted.readings_lead"), leads=True)
        yield Bullets(tuple(readings))


def _readings(promise: Promise, tell: Teller) -> Iterator[str]:
    """Give what is our reading of a promise's wording."""
    for commitment in promise.commitments:
        reading = commitment.measure.reading
        if reading is not None:
            yield f"{tell.label(promise.id)}, {tell.numbered(commitment)}: {tell.local(reading)}"


# --- what the parties reported -----------------------------------------------------------------


def _outcomes(tell: Teller) -> Iterator[Block]:
    yield Heading(1, tell("card.outcomes"))
    yield Text(tell("card.outcomes_note"), leads=True)
    told = [promise for promise in tell.matter.promises if promise.outcomes]
    if not told:
        yield Text(tell("report.outcomes.none"))
    for promise in told:
        yield Heading(2, tell.local(promise.title), contents=False)
        yield outcome_table(promise, tell)


# --- sources -----------------------------------------------------------------------------------


def _sources(tell: Teller) -> Iterator[Block]:
    yield Heading(1, tell("report.sources"))
    items = [
        tell("report.source.promise", title=tell.label(p.id), source=tell.source(p.source))
        for p in tell.matter.promises
    ]
    outlines: dict[str, list[str]] = {}
    for area in tell.matter.areas:
        told = tell.local(area.area.outline_source)
        outlines.setdefault(told, []).append(tell.area(area.area.id))
    items += [
        tell("report.source.outline", areas=", ".join(names), source=source)
        for source, names in outlines.items()
    ]
    if tell.matter.place_sources:
        items.append(tell("report.source.places", sources=", ".join(tell.matter.place_sources)))
    items += tell.matter.ground_sources
    items.append(tell("report.source.records"))
    yield Bullets(tuple(items))


# --- the meeting -------------------------------------------------------------------------------

LATE_LISTED: Final = 100
"""So much that came after the minutes before is listed; how much more there is, is told."""


def meeting_pages(tell: Teller) -> Iterator[Block]:
    """Give who was present, what was said, and what came after the minutes before."""
    held, late = tell.matter.held, tell.matter.late
    if held is not None and (held.present or held.notes):
        yield Heading(1, tell("minutes.meeting", day=tell.words.day(held.day)))
    if held is not None and held.present:
        yield Heading(2, tell("minutes.present"))
        yield Bullets(
            tuple(tell.listed((tell.party(id_), clean_text(who))) for id_, who in held.present)
        )
    if held is not None and held.notes:
        yield Heading(2, tell("minutes.notes"))
        columns = (
            ("minutes.step", 1.0, lambda note: Cell(_step(note[0], tell))),
            ("minutes.note", 4.0, lambda note: Cell(clean_text(note[1]))),
        )
        yield tell.table("notes", columns, held.notes)
    if late:
        yield Heading(1, tell("minutes.late"))
        yield Text(tell("minutes.late_lead"), leads=True)
        yield _late_table(late[:LATE_LISTED], tell)
    if len(late) > LATE_LISTED:
        yield Text(tell("minutes.late_more", count=len(late) - LATE_LISTED), "note")


def _step(name: str, tell: Teller) -> str:
    is_area = name.startswith(AREA)
    return tell.area(name.removeprefix(AREA)) if is_area else tell(f"meeting.step.{name}")


def _late_table(late: Sequence[Late], tell: Teller) -> Table:
    def what(one: Late) -> Cell:
        record = one.record
        if isinstance(record, Promise):
            return Cell(tell.label(record.id))
        if isinstance(record, Activity):
            return Cell(tell.kind(record.kind))
        if isinstance(record, Walk):
            return Cell(tell("minutes.walk"), tell(f"walk.{record.status}"))
        text = clean_text(record.text)
        return Cell(text, tell("decision.one" if one.kind == "decision" else "finding.one"))

    columns = (
        ("report.day", 1.0, lambda one: Cell(tell.day(one.day))),
        ("report.what", 2.6, what),
        ("report.where", 1.4, lambda one: Cell(tell.area(one.area_id))),
        (
            "minutes.change",
            1.6,
            lambda one: Cell(
                tell(f"minutes.late.{one.what}"), tell.words.when(one.at, Precision.MINUTE)
            ),
        ),
    )
    return tell.table("late", columns, late)


def _standing_of(tell: Teller) -> Iterator[str]:
    """Give which version of the minutes it is, or that the meeting isn't closed."""
    held, version = tell.matter.held, tell.matter.version
    if held is not None and version is None:
        yield tell("minutes.draft")
    elif held is not None and version is not None:
        yield tell("minutes.version", number=version)
        if held.reopened and version > 1:
            yield tell("minutes.reopened", reason=clean_text(held.reopened))


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
    first, matrix, due, decisions, meeting = (
        tuple(part(tell))
        for part in (first_page, matrices, due_pages, decision_pages, meeting_pages)
    )
    example = (Text(tell("example.text"), "note"),) if matter.examples else ()
    alone = len(matter.promises) == 1
    return framed(
        tell,
        title=tell("report.title_one") if alone else tell("report.title_many"),
        since=(tell("report.since", day=words.day(matter.since)),),
        standing=tuple(_standing_of(tell)),
        summary=(*example, *first),
        blocks=(
            *matrix,
            *meeting,
            *due,
            *decisions,
            *area_pages(tell),
            *readings(tell),
            *closing(tell),
        ),
        minutes=(*meeting, *first, *matrix, *due, *decisions),
    )
