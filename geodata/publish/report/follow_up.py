"""A promise's follow-up as a document, and the readings that stand beside its goals.

In the order that Brå advises: why it was given, what should come of it, what was promised, what was
done, what is seen in the indicators, and what may not be concluded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from geodata.analysis import indicators
from geodata.model import Commitment, Promise, Source
from geodata.publish.charts import Drawn, drawings
from geodata.publish.report.matter import (
    Block,
    Bullets,
    Cell,
    Heading,
    Matter,
    Picture,
    Report,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.sections import clean_text, framed, matrix_tables, outcome_table

NEVER = ("effect", "areas", "samples", "recorded")
"""What no indicator and no count says, whichever they are: the ends of their sentences' keys."""


def make_follow_up(matter: Matter) -> Report:
    """Return the document on some promises' follow-up.

    Parameters
    ----------
    matter : Matter
        What it is to tell of.

    Returns
    -------
    Report
        Ready to be set on paper, and as Word.
    """
    tell = Teller(matter)
    example = (Text(tell("example.text"), "note"),) if matter.examples else ()
    lead = (*example, Text(tell("brief.lead"), "lead"))
    blocks = tuple(block for promise in matter.promises for block in _promise(promise, tell))
    return framed(tell, tell("brief.title"), lead, blocks, (*lead, *blocks))


def _promise(promise: Promise, tell: Teller) -> Iterator[Block]:
    yield Heading(1, tell.local(promise.title))
    yield Text(tell.listed((tell.period(promise), short_source(promise.source, tell))), "note")
    yield Heading(2, tell("brief.why"))
    yield Text(tell.local(promise.background))
    yield Heading(2, tell("brief.aims"))
    # By their own numbers, which need not be those of a list.
    goals = [Text(f"{goal.number}. {tell.local(goal)}") for goal in promise.goals]
    yield from goals or [Text(tell("brief.no_goals"))]
    yield Heading(2, tell("brief.promised"))
    yield _promised(promise, tell) if promise.commitments else Text(tell("brief.not_known"))
    yield Heading(2, tell("brief.done"))
    yield Text(tell("report.matrix.lead", day=tell.words.day(tell.matter.as_of)), leads=True)
    yield from matrix_tables(promise, tell) if promise.commitments else ()
    if promise.outcomes:
        yield Heading(3, tell("card.outcomes"))
        yield Text(tell("card.outcomes_note"), leads=True)
        yield outcome_table(promise, tell)
    yield from _seen(promise, tell)
    yield from _not_concluded(promise, tell)
    yield from _sources(promise, tell)


def _promised(promise: Promise, tell: Teller) -> Table:
    def where(commitment: Commitment) -> Cell:
        scope = tell.local(commitment.scope) if commitment.scope else ""
        return Cell(
            tell.areas(commitment.areas) or scope, tell.areas(commitment.areas_where_needed)
        )

    columns = (
        ("followup.commitment", 1.6, lambda c: Cell(tell.numbered(c), tell.parties(c.owners))),
        ("report.what", 2.6, lambda c: Cell(tell.local(c.summary))),
        ("report.where", 1.4, where),
        ("commitment.deadline", 0.9, lambda c: Cell(tell.day(c.deadline))),
    )
    return tell.table(f"promised/{promise.id}", columns, promise.commitments)


# --- what is seen ---------------------------------------------------------------------------------


def _seen(promise: Promise, tell: Teller) -> Iterator[Block]:
    yield Heading(2, tell("brief.seen"))
    yield Text(tell("indicators.lead"), leads=True)
    groups = indicators.beside(tell.matter.catalogue, promise)
    if not groups:
        yield Text(tell("indicators.none"))
    yield from goals_seen(promise, groups, tell, drawn=True)


def _sources(promise: Promise, tell: Teller) -> Iterator[Block]:
    groups = indicators.beside(tell.matter.catalogue, promise)
    found = (p.reading.source for _, some in groups for told in some for p in told.points)
    yield Heading(2, tell("report.sources"))
    yield Bullets(tuple(dict.fromkeys(map(tell.source, (promise.source, *found)))))


def _not_concluded(promise: Promise, tell: Teller) -> Iterator[Block]:
    yield Heading(2, tell("brief.not_concluded"))
    yield Bullets(tuple(tell(f"brief.never.{name}") for name in NEVER))
    if cautions := cautions_of(indicators.beside(tell.matter.catalogue, promise), tell):
        yield Heading(3, tell("brief.cautions"))
        yield Bullets(cautions)
    if promise.unknown:
        yield Heading(3, tell("promise.unknown"))
        yield Bullets(tuple(map(tell.local, promise.unknown)))


def readings(tell: Teller) -> Iterator[Block]:
    """Give what was known by the day beside the promises' goals; nothing where nothing was."""
    matter = tell.matter
    known = indicators.known_by(matter.catalogue, matter.as_of)
    found = [
        (promise, indicators.with_readings(indicators.beside(known, promise)))
        for promise in matter.promises
    ]
    if not any(groups for _, groups in found):
        return
    yield Heading(1, tell("indicators.title"))
    yield Text(tell("report.readings", day=tell.words.day(matter.as_of)), leads=True)
    for promise, groups in found:
        if groups:
            yield Heading(2, tell.local(promise.title), contents=False)
            yield from goals_seen(promise, groups, tell)
            if cautions := cautions_of(groups, tell):
                yield Bullets(cautions)


def goals_seen(
    promise: Promise, groups: indicators.Goals, tell: Teller, *, drawn: bool = False
) -> Iterator[Block]:
    """Give each goal with the readings of its indicators, and charts of them where asked for."""
    for goal, some in groups:
        heading = tell("indicators.no_goal" if promise.goals else "indicators.goals_unknown")
        if goal is not None:
            heading = f"{tell('indicators.goal', number=goal.number)}: {tell.local(goal)}"
        yield Heading(3, heading)
        name = f"seen/{promise.id}/{goal.number if goal else 0}"
        if found := drawings(tell.words, some, promise.period) if drawn else None:
            yield Picture(name, found.alt, _key(some, tell))
        if some:
            yield readings_table(name, some, tell)
        else:
            yield Text(tell("indicators.none"))


def _key(some: tuple[indicators.Told, ...], tell: Teller) -> str:
    """Return what the charts' signs mean, those that are there."""
    signs = {"▒": "period", "●": "reading"}
    if any(len(told.drawn) > 1 for told in some):
        signs["┆"] = "break"
    if any(point.interval for told in some for point in told.points):
        signs["│"] = "interval"
    return tell.listed([f"{sign} {tell(f'indicators.key_{key}')}" for sign, key in signs.items()])


def charts_of(matter: Matter) -> Mapping[str, Drawn]:
    """Return the goals' charts by their pictures' names."""
    return {
        f"seen/{promise.id}/{goal.number if goal else 0}": found
        for promise in matter.promises
        for goal, some in indicators.beside(matter.catalogue, promise)
        if (found := drawings(matter.words, some, promise.period))
    }


def cautions_of(groups: indicators.Goals, tell: Teller) -> tuple[str, ...]:
    """Return what indicators are to be read with, each once."""
    shown = [told.indicator for _, some in groups for told in some]
    forms = [
        f"{tell.local(indicator.name)}: {tell('indicators.self_selected')}"
        for indicator in shown
        if indicator.method == "open_web_form"
    ]
    cautions = [
        f"{tell.local(indicator.name)}: {tell.local(caution)}"
        for indicator in shown
        for caution in indicator.cautions
    ]
    return tuple(dict.fromkeys((*forms, *cautions)))


def readings_table(name: str, some: tuple[indicators.Told, ...], tell: Teller) -> Table:
    """Return every reading of some indicators as a table, with what each is to be read with."""
    rows = [(told, line, point) for told in some for line in told.lines for point in line.points]

    def what(row: tuple[indicators.Told, indicators.Line, indicators.Point]) -> Cell:
        indicator, series = row[0].indicator, row[1].series
        about = (
            tell(f"indicator.level.{indicator.level}", place=clean_text(indicator.place)),
            tell(f"indicator.method.{indicator.method}"),
            tell.local(series.question),
            tell("indicators.breaks", why=tell.local(series.breaks)) if series.breaks else "",
        )
        return Cell(tell.local(indicator.name), tell.listed(about))

    def value(row: tuple[indicators.Told, indicators.Line, indicators.Point]) -> Cell:
        _, line, point = row
        reading, unit, share = point.reading, line.series.unit, point.reading.share_percent
        said = ["" if share is None else tell.words.measured(share, unit)]
        said += [tell.local(reading.text) if reading.text else ""]
        more = [tell.words.reading_answers(reading)]
        if point.interval is not None:
            low, high = (tell.words.measured(round(end, 1), unit) for end in point.interval)
            more.append(tell("indicators.interval", low=low, high=high))
        more += [tell.local(reading.caution) if reading.caution else ""]
        return Cell(tell.listed(said), tell.listed(more))

    columns = (
        ("brief.indicator", 2.2, what),
        ("indicators.when", 0.9, lambda row: Cell(tell.words.reading_when(row[2].reading))),
        ("indicators.value", 2.2, value),
        ("source.label", 1.3, lambda row: Cell(short_source(row[2].reading.source, tell))),
    )
    return tell.table(name, columns, rows)


def short_source(source: Source, tell: Teller) -> str:
    """Return a source without its address, which would fill a narrow column."""
    return tell.source(replace(source, url=None))
