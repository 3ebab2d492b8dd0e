"""A report's sections: the matrix, what is new and due, the decisions, the areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from geodata import model
from geodata.analysis.agenda import Due, News
from geodata.analysis.outlines import gathered
from geodata.publish.report.matter import (
    SILENT,
    AreaMatter,
    Block,
    Cell,
    Column,
    Heading,
    Matter,
    Picture,
    Report,
    Table,
    Teller,
    Text,
    clean,
)
from geodata.publish.static_map import NAMED_AT_MOST


def decision_pages(tell: Teller) -> Iterator[Block]:
    """Give the decisions' part."""
    yield Heading(1, tell("report.decisions"))
    matter = tell.matter
    day, since = tell.words.day(matter.as_of), tell.words.day(matter.since)
    parts = (
        (
            "decided",
            tell("report.decided", day=day),
            tell("report.decided.none"),
            tell.matter.decided,
        ),
        ("open", tell("report.open"), tell("report.open.none"), matter.open),
        ("settled", tell("report.settled", day=since), "", matter.settled),
    )
    for name, title, none, decisions in parts:
        if decisions or none:
            yield Heading(2, title, contents=False)
        if decisions:
            yield decision_table(f"decisions/{name}", decisions, tell)
        elif none:
            yield Text(none)


def decision_table(name: str, decisions: Sequence[model.Decision], tell: Teller) -> Table:
    """Return decisions as a table."""
    as_of = tell.matter.as_of

    def due(decision: model.Decision) -> Cell:
        late = decision.late_on(as_of)
        return Cell(tell.day(decision.due), tell("report.late") if late else "", urgent=late)

    def came_of_it(decision: model.Decision) -> Cell:
        status = decision.status_on(as_of)
        settled = "" if status is model.DecisionStatus.OPEN else tell.day(decision.status_day)
        # What was written later is not known on the day told about.
        outcome = clean_text(decision.outcome) if decision.status_day <= as_of else ""
        return Cell(tell.listed((tell(f"report.decision.{status}"), settled)), outcome)

    def text(decision: model.Decision) -> Cell:
        day = tell("report.decided_on", day=tell.day(decision.day))
        return Cell(clean_text(decision.text), day)

    columns = (
        ("report.decision", 2.7, text),
        (
            "report.about",
            1.4,
            lambda d: Cell(tell.area(d.area_id), tell.commitment(d.commitment_id)),
        ),
        ("report.who", 1.1, lambda d: Cell(tell.party(d.owner), clean_text(d.function))),
        ("report.by_when", 1.0, due),
        ("report.came_of_it", 1.6, came_of_it),
    )
    return tell.table(name, columns, decisions)


KINDS_NAMED: Final = 8
"""How many kinds of activity are named with their number; the rest are told together."""


def added(number: int, tell: Teller) -> str:
    """Return how many more there are than at the meeting before; nothing where none is new."""
    return tell("report.added", number=f"{number:+d}".replace("-", "−")) if number else ""


# --- what is new -----------------------------------------------------------------------------


def news_items(news: News, tell: Teller) -> Iterator[str]:
    """Give what is new, a sentence each; that nothing is recorded is said as such."""
    if news.nothing:
        yield tell("report.new.none")
        return
    if news.activities:
        yield _activities(news, tell)
        yield _time(news, tell)
    if news.walks:
        told = ", ".join(f"{tell.area(w.area_id)} {tell.record_day(w)}" for w in news.walks)
        yield tell("report.new.walks", count=len(news.walks), walks=told)
    if news.found:
        yield tell("report.new.findings", count=len(news.found))
    if news.settled:
        yield tell("report.new.settled", count=len(news.settled))


def _activities(news: News, tell: Teller) -> str:
    kinds = list(news.kinds.items())
    named = [f"{tell.kind(k).lower()} {tell.words.number(n)}" for k, n in kinds[:KINDS_NAMED]]
    rest = sum(number for _, number in kinds[KINDS_NAMED:])
    if rest:
        named.append(tell("report.new.other_kinds", number=tell.words.number(rest)))
    return tell("report.new.activities", count=news.activities, kinds=", ".join(named))


def _time(news: News, tell: Teller) -> str:
    if news.minutes_unknown == news.activities:
        return tell("report.new.no_time")
    told = tell.words.duration(news.minutes)
    if not news.minutes_unknown:
        return tell("report.new.time", time=told)
    return tell("report.new.some_time", count=news.minutes_unknown, time=told)


# --- what is due -----------------------------------------------------------------------------


def due_pages(tell: Teller) -> Iterator[Block]:
    """Give what is late or due."""
    yield Heading(1, tell("report.due", day=tell.words.day(tell.matter.horizon)))
    yield due_table(tell) if tell.matter.coming else Text(tell("report.due.none"))


def due_table(tell: Teller) -> Table:
    """Return what is late or due as a table: by when, what, where and who."""

    def when(coming: Due) -> Cell:
        late = tell("report.late") if coming.late else ""
        return Cell(tell.day(coming.day), late, urgent=coming.late)

    columns = (
        ("report.by_when", 1.0, when),
        (
            "report.what",
            2.6,
            lambda due: Cell(due_told(due, tell)[0], tell(f"report.due.{due.kind}")),
        ),
        ("report.where", 1.5, lambda due: Cell(tell.areas(due.area_ids))),
        ("report.who", 1.3, lambda due: Cell(due_told(due, tell)[1])),
    )
    return tell.table("due", columns, tell.matter.coming)


def due_told(coming: Due, tell: Teller) -> tuple[str, str]:
    """Return what is due, in words, and who is to see to it."""
    if coming.kind == "decision":
        decision = tell.matter.decisions[coming.id]
        return clean_text(decision.text), tell.responsible(decision)
    if coming.kind == "finding":
        finding = tell.matter.findings[coming.id]
        return finding_told(finding, tell), tell.responsible(finding)
    if coming.kind == "walk":
        return tell("report.due.planned_walk"), tell.parties(tell.matter.walks[coming.id].parties)
    if coming.kind == "period":
        return tell.local(tell.matter.catalogue.promise_by_id[coming.id].title), ""
    commitment = tell.matter.catalogue.commitment_by_id[coming.commitment_id or coming.id]
    title = tell.numbered(commitment)
    for step in commitment.measure.named_steps:
        if coming.kind == "step" and step.id == coming.id:
            title = f"{title}: {tell.local(step.title)}"
    return title, tell.parties(commitment.owners)


def finding_told(finding: model.Finding, tell: Teller) -> str:
    """Return a finding's category and text."""
    category, text = tell.category(finding.category), clean_text(finding.text)
    return f"{category}: {text}" if text else category


def clean_text(text: str) -> str:
    """Return a text that somebody has written, in one paragraph."""
    return " ".join(clean(text).split())


AREAS_BESIDE: Final = 5
"""So many areas fit beside each other on a page."""


def matrices(tell: Teller) -> Iterator[Block]:
    """Give the matrix of each promise."""
    yield Heading(1, tell("report.matrix"))
    yield Text(tell("report.matrix.lead", day=tell.words.day(tell.matter.as_of)), leads=True)
    for promise in tell.matter.promises:
        yield Heading(2, tell.local(promise.title), contents=False)
        yield Text(tell.period(promise), "note", leads=True)
        yield from matrix_tables(promise, tell)
    yield Text(tell("report.matrix.note"), "note")


def matrix_tables(promise: model.Promise, tell: Teller) -> Iterator[Text | Table]:
    """Give a promise's commitments by areas, in as many tables as the areas take.

    What was disposed of is told before them: nothing of it is counted.
    """
    gone = tell.matter.disposal
    if gone is not None and gone.before is not None and promise.period.start < gone.before:
        day, decision = tell.words.day(gone.before), clean_text(gone.decision)
        yield Text(tell("followup.disposed", day=day, decision=decision), "note", leads=True)
    areas = areas_of(promise, tell.matter)
    parts = split_evenly(areas, AREAS_BESIDE)
    first = 1
    for part in parts:
        caption = ""
        if len(parts) > 1:
            last = first + len(part) - 1
            caption = tell("report.matrix.part", first=first, last=last, count=len(areas))
        yield Table(
            f"matrix/{promise.id}/{first}",
            caption,
            (
                Column(tell("followup.commitment"), 2.2),
                Column(tell("followup.whole"), 1.25),
                *(Column(tell.area(area.id)) for area in part),
            ),
            tuple(_row(c, part, tell) for c in promise.commitments),
        )
        first += len(part)


def areas_of(promise: model.Promise, matter: Matter) -> list[model.Area]:
    """Return the areas that a promise names, in the catalogue's order."""
    named = set(promise.area_ids)
    return [area for area in matter.catalogue.areas if area.id in named]


def split_evenly(areas: Sequence[model.Area], most: int) -> list[list[model.Area]]:
    """Return areas in parts of nearly the same size, none larger than `most`."""
    parts = max(-(-len(areas) // most), 1)
    ends = [len(areas) * part // parts for part in range(parts + 1)]
    return [list(areas[start:end]) for start, end in pairwise(ends)]


def _row(
    commitment: model.Commitment, areas: Sequence[model.Area], tell: Teller
) -> tuple[Cell, ...]:
    return (
        Cell(tell.numbered(commitment), tell.parties(commitment.owners)),
        whole_cell(commitment, tell),
        *(area_cell(commitment, area.id, tell) for area in areas),
    )


def whole_cell(commitment: model.Commitment, tell: Teller) -> Cell:
    """Return how a commitment stands as a whole."""
    overall = tell.matter.progress[commitment.id].overall
    expected = ""
    if overall.expected is not None and overall.state not in (*SILENT, model.State.FULFILLED):
        expected = tell("amount.expected", expected=tell.expected(overall))
    return Cell(tell.amount(overall), expected, overall.state)


def area_cell(commitment: model.Commitment, area_id: str, tell: Teller) -> Cell:
    """Return how a commitment stands in an area."""
    progress = tell.matter.progress[commitment.id]
    here = progress.by_area.get(area_id)
    if here is None:
        return Cell(outside=True)
    if here.target is None and progress.overall.target is not None:
        return Cell(tell.share(here))
    needed = area_id in commitment.areas_where_needed
    return Cell(tell.amount(here), tell("commitment.where_needed") if needed else "", here.state)


AREA_MAP: Final = "area/"
"""How the names of an area's map begin."""

PANES: Final = 4
"""So many maps have room beside each other."""


def map_panes(matter: Matter) -> list[tuple[str, tuple[AreaMatter, ...]]]:
    """Return what maps there may be, with their areas: of each promise, or of each place if many.

    The first `PANES` are drawn; places come with those first that most need attention.
    """
    by_id = {one.area.id: one for one in matter.areas}
    panes = [
        (
            matter.catalogue.label_by_id[promise.id].to(matter.language),
            tuple(by_id[area.id] for area in areas_of(promise, matter) if area.id in by_id),
        )
        for promise in matter.promises
    ]
    panes = [pane for pane in panes if pane[1]]
    if len(panes) <= PANES:
        return panes
    places = gathered([one.area for one in matter.areas])
    return [(name, tuple(by_id[area.id] for area in areas)) for name, areas in places]


def areas_table(tell: Teller) -> Table:
    """Return every area with its state, by the number that it has on the first page's map."""
    panes = map_panes(tell.matter)
    several = len(panes) > 1
    rows = [
        (len(areas) > NAMED_AT_MOST and pane < PANES, label if several else "", one)
        for pane, (label, areas) in enumerate(panes)
        for one in areas
    ]

    def name(row: tuple[int, tuple[bool, str, AreaMatter]]) -> Cell:
        number, (numbered, label, one) = row
        told = tell.area(one.area.id)
        return Cell(f"{number}. {told}" if numbered else told, clean(label))

    columns = (
        ("activity.area", 2.2, name),
        ("report.state", 1.4, lambda row: Cell(state=row[1][2].worst)),
        ("report.activities_new", 1.1, lambda row: Cell(tell.number(row[1][2].news.activities))),
        ("report.open_findings", 1.1, lambda row: Cell(tell.number(row[1][2].open_findings))),
    )
    return tell.table("areas", columns, enumerate(rows, start=1))


def area_picture(area: AreaMatter, tell: Teller) -> Picture:
    """Return an area's map."""
    name = tell.area(area.area.id)
    return Picture(
        f"{AREA_MAP}{area.area.id}",
        tell(
            "report.map.area_alt",
            name=name,
            outline=tell.outline(area.area),
            state=tell(area.state_key).lower(),
            activities=tell("amount.recorded", count=area.news.activities),
            findings=tell("report.map.findings", count=area.open_findings),
        ),
        "",
    )


def outcome_table(promise: model.Promise, tell: Teller) -> Table:
    """Return what the parties reported as a table, with periods, cautions and sources."""
    titles = {commitment.id: tell.numbered(commitment) for commitment in promise.commitments}
    whole = tell("outcome.whole_promise")

    def text(one: model.Outcome) -> Cell:
        period = tell("outcome.period", period=tell.local(one.period))
        other = "" if one.same_period else tell("outcome.other_period")
        return Cell(tell.local(one.text), tell.listed((period, other)))

    columns = (
        ("followup.commitment", 1.5, lambda one: Cell(titles.get(one.commitment_id, whole))),
        ("outcome.reported", 2.1, text),
        ("outcome.caution", 1.9, lambda one: Cell(tell.local(one.caution) if one.caution else "")),
        ("source.label", 1.5, lambda one: Cell(tell.source(one.source))),
    )
    return tell.table(f"outcomes/{promise.id}", columns, promise.outcomes)


def framed(
    tell: Teller,
    title: str,
    summary: tuple[Block, ...],
    blocks: tuple[Block, ...],
    minutes: tuple[Block, ...],
    since: tuple[str, ...] = (),
    standing: tuple[str, ...] = (),
) -> Report:
    """Return a report with what all have: its day, when it was made, its foot and its marks."""
    matter, words = tell.matter, tell.words
    day, made = words.day(matter.as_of), words.day(matter.made.date())
    time = f"{matter.made:%H:%M}"
    return Report(
        language=matter.language,
        title=title,
        subtitle=tell.promises(lambda promise: tell.local(promise.title), " · "),
        mark=tell("report.mark") if matter.examples else "",
        told=(
            tell("report.as_of", day=day),
            *since,
            tell("report.made", day=made, time=time),
            *standing,
        ),
        foot=tell("report.foot", day=day, made=f"{made} {time}"),
        page=tell("report.page", page="{page}", pages="{pages}"),
        contents=tell("report.contents"),
        summary=summary,
        blocks=blocks,
        minutes=minutes,
        state_words={state: tell(f"state.{state}") for state in model.State},
    )
