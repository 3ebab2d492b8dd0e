"""A whole report: from what is to be told to headings, texts, tables and maps."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.model import State
from geodata.publish.report.area_pages import area_pages
from geodata.publish.report.blocks import Block, Heading, Picture, Report, Text
from geodata.publish.report.closing import closing
from geodata.publish.report.decisions import decision_pages
from geodata.publish.report.mapping import promise_picture
from geodata.publish.report.matrix import matrices
from geodata.publish.report.matter import Matter
from geodata.publish.report.summary import summary
from geodata.publish.report.telling import Teller


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
