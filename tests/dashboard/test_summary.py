"""The first screen's line: every figure is as long as its list, and together they are all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from dashboard import chrome, panel
from dashboard.address import ViewState, settle
from dashboard.context import Context
from dashboard.screens.map import choose
from geodata.model import LANGUAGES, Language, Meeting, State
from geodata.service import Service

from .conftest import open_at


def context_of(service: Service, state: ViewState) -> Context:
    scope = service.scope(state.promise, state.as_of)
    day = scope.as_of.day
    progress, ranked = service.progress(day), service.attention(scope.promises, day)
    return Context(service, state, (), scope.promises, scope.as_of, progress, ranked, None, "map")


@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
@pytest.mark.parametrize("day", [None, date(2018, 10, 15), date(2018, 2, 3), date(2019, 1, 10)])
def test_every_figure_is_its_lists_length(
    service: Service, promise: str | None, day: date | None
) -> None:
    context = context_of(service, ViewState(promise=promise, as_of=day))
    summary = chrome._summary(context)
    assert sum(count for _, count, _ in summary["states"]) == summary["total"]
    shown = [(target, count) for _, count, target in summary["states"]]
    for target, count in [*shown, (summary["changed_list"], summary["changed"])]:
        assert settle(target, service) == (target, ())
        card = choose(context_of(service, target))
        assert card.name == "standing_list"
        assert len(card.values["standings"]) == count


@pytest.mark.parametrize("name", ["standing-", "standing-rubbish", "standing-CHANGED", "behind"])
def test_a_list_that_there_is_not_is_the_areas(service: Service, name: str) -> None:
    card = choose(context_of(service, ViewState(listed=name)))
    assert card.name == "area_list"


def test_what_has_changed_has_another_state_than_four_weeks_before(service: Service) -> None:
    context = context_of(service, ViewState())
    day, before = context.as_of.day, context.as_of.day - timedelta(days=28)
    assert chrome._summary(context)["since"] == before
    now, then = service.progress(day), service.progress(before)
    ids = [c.id for p in context.promises for c in p.commitments]
    other = {i for i in ids if now[i].overall.state != then[i].overall.state}
    card = choose(context_of(service, chrome._summary(context)["changed_list"]))
    assert {s.commitment.id for s in card.values["standings"]} == other != set()


def test_an_ended_promise_is_history_while_others_are_in_force(service: Service) -> None:
    # Borås' promise is in force until the end of January 2019, Mark's next one from its first day.
    context = context_of(service, ViewState(as_of=date(2019, 3, 1)))
    ended = {p.id for p in context.promises if p.period.end < date(2019, 3, 1)}
    assert ended
    assert chrome._summary(context)["total"] == sum(
        len(p.commitments) for p in context.promises if p.id not in ended
    )


def test_since_is_the_meeting_before(own_copy: Path) -> None:
    held = Meeting("0b1f7f0e-5a5e-4a53-9b1c-1d3f6f6f1a11", date(2018, 12, 5), date(2018, 11, 7))
    with open_at(own_copy) as service:
        service.register.add([held], by="test")
        assert chrome._summary(context_of(service, ViewState()))["since"] == held.day


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_says_its_state_and_what_it_was(service: Service, language: Language) -> None:
    base = ViewState(language=language)
    context = context_of(service, base)
    for target in (
        chrome._summary(context)["changed_list"],
        replace(base, listed=f"standing-{State.FULFILLED}"),
        replace(base, listed=f"standing-{State.NOT_STARTED}"),
    ):
        shown = context_of(service, target)
        card = choose(shown)
        found = (
            panel.templates()
            .get_template(f"{card.name}.html")
            .render(**shown.base(), **card.values)
        )
        assert found.count('data-id="commitment-') == len(card.values["standings"])
        assert ("→" in found) == target.listed.endswith("changed")  # type: ignore[union-attr]
        assert not re.search(r"\bNone\b|\{", found)
