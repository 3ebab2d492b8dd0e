"""Readings of the goals' indicators, beside the work: a table, and what to read them with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from geodata.analysis.indicators import (
    Goals,
    Line,
    Point,
    Told,
    beside,
    known_by,
    with_readings,
)
from geodata.model import Promise, Source
from geodata.publish.charts import Drawn, drawings
from geodata.publish.report.matter import (
    Block,
    Bullets,
    Cell,
    Heading,
    Matter,
    Picture,
    Table,
    Teller,
    Text,
)
from geodata.publish.report.sections import clean_text


def readings(tell: Teller) -> Iterator[Block]:
    """Give what was known by the day beside the promises' goals; nothing where nothing was."""
    matter = tell.matter
    known = known_by(matter.catalogue, matter.as_of)
    found = [(promise, with_readings(beside(known, promise))) for promise in matter.promises]
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
    promise: Promise, groups: Goals, tell: Teller, *, drawn: bool = False
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


def _key(some: tuple[Told, ...], tell: Teller) -> str:
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
        for goal, some in beside(matter.catalogue, promise)
        if (found := drawings(matter.words, some, promise.period))
    }


def cautions_of(groups: Goals, tell: Teller) -> tuple[str, ...]:
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


def readings_table(name: str, some: tuple[Told, ...], tell: Teller) -> Table:
    """Return every reading of some indicators as a table, with what each is to be read with."""
    rows = [(told, line, point) for told in some for line in told.lines for point in line.points]

    def what(row: tuple[Told, Line, Point]) -> Cell:
        indicator, series = row[0].indicator, row[1].series
        about = (
            tell(f"indicator.level.{indicator.level}", place=clean_text(indicator.place)),
            tell(f"indicator.method.{indicator.method}"),
            tell.local(series.question),
            tell("indicators.breaks", why=tell.local(series.breaks)) if series.breaks else "",
        )
        return Cell(tell.local(indicator.name), tell.listed(about))

    def value(row: tuple[Told, Line, Point]) -> Cell:
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
