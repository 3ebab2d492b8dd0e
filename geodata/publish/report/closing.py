"""A report's last pages: what the parties reported, the sources, and how each number is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from geodata.model import LocalText, Promise
from geodata.publish.report.blocks import Block, Bullets, Cell, Column, Heading, Table, Text
from geodata.publish.report.matter import Matter
from geodata.publish.report.telling import Teller

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
