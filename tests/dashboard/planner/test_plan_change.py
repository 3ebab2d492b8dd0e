"""Before and after on the page: refusals, answers, and every count open to its records."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from math import inf
from typing import Any

import pytest

from dashboard import panel, state
from dashboard.address import ViewState, from_href
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner import change
from dashboard.planner.change import MARGIN, WIDTH, across, beyond
from dashboard.state import FormState, Sent
from geodata.model import LANGUAGES, ActivityFilter, Language
from geodata.planner.change import Interval
from geodata.service import Service

Shown = Callable[..., tuple[str, OnMap]]
FEET = ViewState(promise="boras-2018", tool="change", area="norrby").asking(
    what="activity.foot_patrol", beside="none"
)


def context_of(service: Service, state: ViewState, moved_by: str | None = None) -> Context:
    scope = service.scope(state.promise, state.as_of)
    promises, as_of = scope.promises, scope.as_of
    progress, ranked = service.progress(as_of.day), service.attention(promises, as_of.day)
    return Context(service, state, (), promises, as_of, progress, ranked, moved_by, "planning")


class Page:
    """The panel that was shown last, what its form is told, and the address that was written."""

    def __init__(self) -> None:
        self.html = ""
        self.values: dict[str, Any] = {}
        self.written: ViewState | None = None
        self.picked: Any = None
        self.form = FormState()

    def keep_form(self, draft: str, kept: FormState) -> None:
        self.form = kept

    def keep(self, context: Context, key: str, template: str, **values: Any) -> None:
        assert key == "planning_panel"
        self.values = values
        self.html = panel.templates().get_template(template).render(context.base() | values)

    def write(self, state: ViewState) -> None:
        self.written = state

    def take_picked(self) -> Any:
        picked, self.picked = self.picked, None
        return picked


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    made = Page()
    monkeypatch.setattr(panel, "show", made.keep)
    monkeypatch.setattr(state, "write", made.write)
    monkeypatch.setattr(state, "take_picked", made.take_picked)
    monkeypatch.setattr(state, "form", lambda _: made.form)
    monkeypatch.setattr(state, "keep_form", made.keep_form)
    return made


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def opens(html: str, id_: str) -> ViewState:
    found = re.search(rf'data-id="{id_}" href="([^"]*)"', html)
    assert found, id_
    return from_href(unescape(found[1]))[0]


def send(page: Page, **values: str) -> ViewState:
    page.values["on_submit"](Sent("change/ask", values, frozenset(values), "count"))
    assert page.written is not None
    return page.written


# --- answers ----------------------------------------------------------------------------------


def test_few_findings_are_refused_and_no_ratio_is_shown(service: Service, page: Page) -> None:
    """Norrby has five findings, all of one walk."""
    change.show(context_of(service, ViewState(promise="boras-2018", tool="change")))
    told = text_of(page.html)
    assert 'data-verdict="too_few"' in page.html
    assert "För få för att säga om något har ändrats i Norrby." in told
    assert '<svg viewBox="0 0 500' not in page.html
    assert "Kvot efter" not in told
    assert "Norrby: vandringar 0 före" in told


def test_patrols_that_hardly_changed_are_no_difference(service: Service, page: Page) -> None:
    change.show(context_of(service, FEET))
    told = text_of(page.html)
    assert 'data-verdict="not_told"' in page.html
    assert "Ingen skillnad i Norrby som går att skilja från slumpen." in told
    assert "inte vad det har lett till" in told
    assert "olika delar av året" in told


def test_a_change_that_can_be_told_is_told(service: Service, page: Page) -> None:
    """Hardly anything is recorded before the period; over a hundred foot patrols in it."""
    wanted = FEET.asking(**{"from": "2018-02-01", "before": "365", "after": "365"})
    change.show(context_of(service, wanted))
    assert 'data-verdict="more"' in page.html
    told = text_of(page.html)
    assert "Fler aktiviteter (fotpatrull) i Norrby efter än före." in told
    assert "gånger takten före" in told
    assert "kan det ha hänt utan att registreras" in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"what": "finding.lighting", "beside": "hulta"},
        {"what": "activity.patrol", "where": "point.12.93,57.725", "radius": "300"},
        {"what": "persons", "where": "spot.x", "beside": "x", "from": "x", "before": "x"},
        {"pick": "1"},
        {"after": "999"},
    ],
)
def test_the_page_is_told_in_both_languages(
    service: Service, page: Page, language: Language, choices: dict[str, str]
) -> None:
    wanted = ViewState(language=language, tool="change").asking(**choices)
    change.show(context_of(service, wanted))
    assert page.html.count("<h1") == 1
    assert "plan_change." not in text_of(page.html)


# --- what a number is made of ------------------------------------------------------------------


def test_every_count_opens_to_its_records(service: Service, page: Page) -> None:
    change.show(context_of(service, FEET.asking(beside="hulta")))
    first, spans = page.html, page.values["asked"]
    for area, row in (("norrby", "place"), ("hulta", "beside")):
        for side, period in (("before", spans.before), ("after", spans.after)):
            wanted = service.activities(
                ActivityFilter((area,), ("foot_patrol",), None, period.start, period.end)
            )
            target = opens(first, f"open-{row}-{side}")
            change.show(context_of(service, target))
            told = re.findall(r'data-id="activity-([0-9a-f-]{36})"', page.html)
            assert told == [a.id for a in wanted][:15]
            assert f"av {len(wanted)}" in text_of(page.html) or len(wanted) <= 15


# --- the form and the map ------------------------------------------------------------------------


def test_what_is_sent_becomes_the_address(service: Service, page: Page) -> None:
    change.show(context_of(service, ViewState(tool="change")))
    wanted = send(
        page,
        what="activity.patrol",
        where="area.hulta",
        beside="norrby",
        **{"from": "1 juni 2018", "before": "60", "after": "90"},
    )
    assert wanted.area == "hulta"
    assert wanted.choices == {
        "what": "activity.patrol",
        "beside": "norrby",
        "from": "2018-06-01",
        "before": "60",
        "after": "90",
    }
    change.show(context_of(service, wanted))
    asked = page.values["asked"]
    assert (asked.place, asked.beside, asked.before.days, asked.after.days) == (
        *("hulta", "norrby"),
        *(60, 90),
    )
    assert asked.after.start == date(2018, 6, 1)
    assert not asked.faults


def test_what_is_sent_unchanged_is_asked_again(service: Service, page: Page) -> None:
    change.show(context_of(service, FEET))
    shown = dict(page.values["v"])
    wanted = send(page, **shown)
    change.show(context_of(service, wanted))
    assert page.values["v"] == shown
    # Days that nobody has chosen are not in the address: they follow the place's promise.
    assert set(wanted.choices) == {"what", "beside"}


def test_a_day_that_is_none_stays_in_its_field_with_what_to_do(
    service: Service, page: Page
) -> None:
    change.show(context_of(service, ViewState(tool="change")))
    wanted = send(page, what="finding", where="area.norrby", **{"from": "midsommar"})
    change.show(context_of(service, wanted))
    assert 'value="midsommar"' in page.html
    assert "Skriv en dag som har varit" in text_of(page.html)
    assert re.search(r'<details class="lk-change-ask"[^>]* open', page.html)


def test_a_click_on_the_map_is_the_place(service: Service, page: Page) -> None:
    asking = FEET.asking(pick="1")
    drawn = change.show(context_of(service, asking))
    assert drawn.picking is not None
    page.picked = {"type": "Point", "coordinates": [12.93, 57.725]}
    drawn = change.show(context_of(service, asking, "map"))
    assert page.written is not None
    assert page.written.choices["where"] == "point.12.93000,57.72500"
    assert "pick" not in page.written.choices
    assert drawn.picking is None
    radii = [
        f["properties"]["radius_m"] for f in drawn.features if f["properties"]["role"] == "ring"
    ]
    assert radii == [150, 300]


def test_an_area_that_is_clicked_takes_the_points_place(service: Service, page: Page) -> None:
    at_point = FEET.asking(where="point.12.93,57.725")
    change.show(context_of(service, replace(at_point, area="hulta"), "map"))
    assert page.written is not None
    assert "where" not in page.written.choices
    assert page.values["asked"].place == "hulta"


def test_the_compared_areas_are_outlined_and_looked_at(service: Service, page: Page) -> None:
    drawn = change.show(context_of(service, FEET.asking(beside="hulta")))
    # Norrby is chosen, and so outlined already.
    assert [f["properties"]["role"] for f in drawn.features] == ["area"]
    assert drawn.bounds is not None
    west, south, east, north = drawn.bounds
    for id_ in ("norrby", "hulta"):
        box = service.area(id_).outline.bounds
        assert west <= box[0]
        assert south <= box[1]
        assert east >= box[2]
        assert north >= box[3]


# --- the drawing ------------------------------------------------------------------------------


def test_twice_and_half_are_as_far_from_one() -> None:
    one, twice = across(1.0), across(2.0)
    assert twice - one == pytest.approx(one - across(0.5), abs=0.2)
    assert across(4.0) - one == pytest.approx(2 * (twice - one), abs=0.2)
    assert beyond(Interval(0.5, 4.0)) == (False, False)


def test_what_lies_past_the_scale_ends_at_it_with_an_arrow() -> None:
    assert (across(0.0), across(inf)) == (MARGIN, WIDTH - MARGIN)
    assert beyond(Interval(0.0, inf)) == (True, True)
    assert beyond(Interval(0.0, 0.5)) == (True, False)
