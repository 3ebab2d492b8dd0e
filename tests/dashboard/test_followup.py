"""Uppföljning: every number opens to exactly the records that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import chrome, listing, look
from dashboard.address import ViewState, from_query, href, settle
from dashboard.context import Context
from dashboard.listing import Leaf
from dashboard.screens.followup import charts
from dashboard.screens.followup import page as followup_page
from geodata.model import (
    LANGUAGES,
    Activity,
    ActivityFilter,
    Count,
    Language,
    LeftOutReason,
    Precision,
)
from geodata.service import Service
from geodata.service.following import Listed, SquareIs, UncountedReason, days_of, records
from geodata.settings import NO_BASEMAP, Settings, register_url

EVERYTHING = ActivityFilter()
AUTUMN = date(2018, 10, 15)


def context_of(service: Service, state: ViewState) -> Context:
    scope = service.scope(state.promise, state.as_of)
    promises, as_of = scope.promises, scope.as_of
    progress, ranked = service.progress(as_of.day), service.attention(promises, as_of.day)
    return Context(service, state, (), promises, as_of, progress, ranked, None, "followup")


def leaf_through(
    open_at: Callable[[ViewState], Leaf[Activity]], state: ViewState
) -> list[Activity]:
    """Return a list's records by turning every page of it, as a reader would."""
    found: list[Activity] = []
    while True:
        leaf = open_at(state)
        assert len(leaf.records) <= listing.PAGE
        assert leaf.listing.last - leaf.listing.first + 1 == len(leaf.records)
        found += leaf.records
        if leaf.listing.page == leaf.listing.last_page:
            assert len(found) == leaf.listing.total
            return found
        state = leaf.turned(leaf.listing.page + 1)
        assert from_query(dict(parse_qsl(urlsplit(href(state)).query)))[0] == state


# --- what a number is made of ------------------------------------------------------------------


@pytest.mark.parametrize("day", [None, AUTUMN, date(2017, 6, 1)])
def test_every_number_opens_to_the_records_that_it_counts(
    service: Service, day: date | None
) -> None:
    start = ViewState(as_of=day)
    opened = 0
    for id_, told in context_of(service, start).progress.items():
        commitment = service.catalogue.commitment_by_id[id_]
        for area_id, progress in [(None, told.overall), *told.by_area.items()]:

            def drill(state: ViewState, commitment: Any = commitment) -> followup_page.Drill:
                return followup_page.drill(context_of(service, state), commitment)

            first = drill(start.with_commitment(id_, area_id))
            assert first.progress == progress
            counts = [(why, len(ids)) for why, ids in first.piles.items()]
            assert counts == [
                (None, progress.counted),
                *((r, progress.left_out[r]) for r in LeftOutReason if r in progress.left_out),
            ]
            for reason, pile in first.piles.items():
                wanted = records(service, commitment, area_id, told.as_of).get(reason, ())
                assert [*pile] == [*wanted]
                target = listing.with_list(first.on_map, reason) if reason else first.on_map
                shown = leaf_through(lambda state: drill(state).leaf, target)
                assert {a.id for a in shown} == set(wanted)
                assert [a.day for a in shown] == sorted((a.day for a in shown), reverse=True)
                opened += len(shown)
    assert opened > 100


def test_the_rule_in_words_comes_to_the_expected_number(service: Service) -> None:
    checked = 0
    for day in (date(2018, 2, 1), AUTUMN, date(2019, 1, 31)):
        context = context_of(service, ViewState(as_of=day))
        for promise in context.promises:
            for commitment in promise.commitments:
                told = context.progress[commitment.id]
                parts = [told.overall, *told.by_area.values()]
                gone, days = followup_page.days_gone(commitment, promise.period, day)
                for part in parts:
                    if part.unit == "activities" and part.target is not None:
                        assert part.expected == pytest.approx(part.target * gone / days)
                        checked += 1
    assert checked > 10


def test_a_number_without_a_target_never_shows_one(service: Service) -> None:
    context = context_of(service, ViewState(commitment="boras-2018/1", area="norrby"))
    html = rendered(context)["matrix.html"]
    assert "<dt>Utlovat</dt><dd>inget antal</dd>" in html
    assert "<dt>Väntat" not in html


def test_a_list_that_the_number_does_not_have_is_the_first_one(service: Service) -> None:
    commitment = service.catalogue.commitment_by_id["mark-2018/6"]
    for name in ("after_period", "2018-W20", "7"):
        state = listing.with_list(ViewState().with_commitment(commitment.id), name, page=7)
        drill = followup_page.drill(context_of(service, state), commitment)
        assert (list(drill.piles), drill.chosen) == ([None], None)
        assert drill.leaf.listing.page == 1
        found = records(service, commitment, None, service.scope(None, None).as_of.day)
        assert {a.id for a in drill.leaf.records} == set(found[None])


@given(
    on_days=st.lists(st.integers(0, 4), max_size=12),
    first=st.integers(-3, 40),
    size=st.integers(0, 40),
)
def test_a_page_of_a_pile_is_read_by_the_days_it_lies_on(
    on_days: list[int], first: int, size: int
) -> None:
    days = {AUTUMN + timedelta(days=at): number for at, number in enumerate(on_days) if number}
    ids = [(day, f"{day}-{at}") for day in days for at in range(days[day])]
    asked: list[date] = []

    def read(from_: date, to: date) -> list[str]:
        asked.extend(day for day in days if from_ <= day <= to)
        return [id_ for day, id_ in ids if from_ <= day <= to]

    newest_first = [id_ for _, id_ in reversed(ids)]
    page = slice(first, first + size) if first >= 0 else slice(first, None, -1)
    pile = Listed(days, read)
    assert len(pile) == len(ids)
    assert list(pile[page]) == newest_first[page]
    # And no other day was read.
    assert set(asked) == {day for day, id_ in ids if id_ in newest_first[page]}
    assert [*pile] == newest_first


# --- pace --------------------------------------------------------------------------------------


def test_each_area_has_a_chart_of_its_own_and_all_have_one_scale(service: Service) -> None:
    context = context_of(service, ViewState(as_of=AUTUMN))
    (walks,) = charts.each_area(context)
    measure = walks.commitment.measure
    assert isinstance(measure, Count)
    assert measure.per == "area"
    assert [area.id for area, _ in walks.parts] == list(walks.commitment.areas)
    assert len({chart.levels for _, chart in walks.parts}) == 1
    for area, chart in walks.parts:
        counted = context.progress[walks.commitment.id].by_area[area.id].counted
        days = days_of(service, walks.commitment, area.id, AUTUMN)
        assert sum(days.values()) == counted
        assert bool(chart.delivered) == bool(counted)
        assert len(chart.dots) == len(days)


def test_every_promised_step_stands_where_its_days_are(service: Service) -> None:
    for day in (date(2018, 4, 1), AUTUMN, date(2019, 1, 31)):
        context = context_of(service, ViewState(as_of=day))
        for promise in context.promises:
            period = promise.period
            for commitment in promise.commitments:
                told = context.progress[commitment.id]
                steps = [s for _, part in charts.parts(context, commitment) for s in part.steps]
                reached = [step for step in steps if step.reached]
                if told.overall.unit == "steps":
                    assert len(reached) == told.overall.delivered
                for step in steps:
                    due_share = charts.share(period, step.due)
                    assert 0 < due_share <= 1
                    due = (step.due - period.start).days + 1
                    assert due_share == pytest.approx(due / period.days)
                    if step.reached is not None:
                        assert step.reached <= min(step.due, day)
                        assert charts.share(period, step.reached) <= due_share


def test_the_scale_has_few_round_numbers() -> None:
    for top in (1, 4, 7, 12, 99, 100, 1_425, 48_375, 999_999):
        step = charts.round_step(top)
        assert 2 <= top // step + 1 <= 7
        assert str(step).rstrip("0") in {"1", "2", "5"}


# --- rhythm ------------------------------------------------------------------------------------


@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
def test_every_square_opens_to_its_records(service: Service, promise: str | None) -> None:
    context = context_of(service, ViewState(promise=promise, as_of=AUTUMN))
    week, month = charts.heats(context)
    for heat in (week, month):
        for row in heat.rows:
            seen: list[Activity] = []
            for at, (span, cell) in enumerate(zip(heat.spans, row.squares, strict=True)):
                link = heat.link(context.state, row, at)
                assert (link is not None) == (cell.is_ is SquareIs.RECORDED)
                if link is None:
                    continue

                def opened(state: ViewState) -> Leaf[Activity]:
                    there = context_of(service, state)
                    found = charts.opened(there, week, month)
                    assert found is not None
                    return found.leaf

                shown = leaf_through(opened, link)
                assert len(shown) == cell.tally.count
                assert sum(a.minutes or 0 for a in shown) == cell.tally.minutes
                assert all(span.first <= a.day <= min(span.last, AUTUMN) for a in shown)
                seen += shown
            everything = service.activities(
                ActivityFilter(area_ids=(row.area_id,), last_day=AUTUMN)
            )
            inside = [a for a in everything if heat.spans[0].first <= a.day <= heat.spans[-1].last]
            assert len(seen) + row.coarse.count == len(inside)
            assert {a.id for a in seen} <= {a.id for a in inside}
    assert week.coarse.count >= month.coarse.count


def test_a_week_that_is_no_week_opens_nothing(service: Service) -> None:
    for name in ("", "2018-W99", "2018-W1", "2031-05", "2018-13", "before_period"):
        state = listing.with_list(ViewState().with_area("norrby"), name)
        context = context_of(service, state)
        heats = charts.heats(context)
        assert charts.opened(context, *heats) is None


def test_the_months_above_the_weeks_hold_them_all(service: Service) -> None:
    heat = charts.heats(context_of(service, ViewState()))[0]
    assert sum(width for _, width in heat.headings) == len(heat.spans)
    months = [month for month, _ in heat.headings]
    assert months == sorted(set(months))


# --- what counts for nothing -------------------------------------------------------------------


@pytest.mark.parametrize("day", [None, AUTUMN, date(2018, 1, 1)])
def test_what_counts_and_what_does_not_is_all_there_is(service: Service, day: date | None) -> None:
    context = context_of(service, ViewState(as_of=day))
    groups = followup_page.groups(context)
    counted = {
        id_
        for commitment in service.catalogue.commitment_by_id.values()
        for id_ in records(service, commitment, None, context.as_of.day).get(None, ())
    }
    total = service.count_activities(ActivityFilter(last_day=context.as_of.day))
    assert len(counted) + sum(len(group.ids) for group in groups) == total
    assert all(group.leaf is None for group in groups)
    for group in groups:

        def opened(state: ViewState, reason: UncountedReason = group.reason) -> Leaf[Activity]:
            found = followup_page.groups(context_of(service, state))
            (leaf,) = [g.leaf for g in found if g.leaf]
            assert [g.reason for g in found if g.leaf] == [reason]
            return leaf

        shown = leaf_through(opened, listing.with_list(context.state, group.reason))
        assert len(shown) == len(group.ids)
        assert counted.isdisjoint(a.id for a in shown)


@pytest.fixture
def writable(own_copy: Path) -> Iterator[Service]:
    opened = Service.open(
        Settings(register_url(str(own_copy)), basemap=NO_BASEMAP), today=lambda: date(2026, 1, 1)
    )
    yield opened
    opened.close()


def test_a_new_record_is_told_at_once_and_a_withdrawn_one_no_more(writable: Service) -> None:
    def uncounted() -> int:
        return sum(len(g.ids) for g in followup_page.groups(context_of(writable, ViewState())))

    def recorded() -> int:
        heat = charts.heats(context_of(writable, ViewState()))[0]
        return sum(row.total.count for row in heat.rows)

    before = uncounted(), recorded()
    id_ = str(uuid4())
    extra = Activity(
        id=id_,
        kind="foot_patrol",
        area_id="norrby",
        place=None,
        start=datetime(2018, 5, 3, 18, tzinfo=UTC),
        precision=Precision.MINUTE,
        day=date(2018, 5, 3),
    )
    writable.register.add([extra], by="test")
    assert (uncounted(), recorded()) == (before[0] + 1, before[1] + 1)
    writable.register.void("activity", id_, by="test", expected_number=1)
    assert (uncounted(), recorded()) == before
    assert writable.activities_by_id([id_]) == []


# --- the page ----------------------------------------------------------------------------------


def rendered(context: Context) -> dict[str, str]:
    """Return each panel's HTML, filled as the page fills it."""
    base = context.base()
    values: dict[str, dict[str, Any]] = {
        "matrix.html": followup_page.matrix(context),
        "years.html": followup_page.years(context),
        "pace.html": followup_page.pace(context),
        "rhythm.html": followup_page.rhythm(context),
        "uncounted.html": followup_page.told_uncounted(context),
        "outcomes.html": {},
    }
    found = look.templates()
    return {name: found.get_template(name).render(**base, **v) for name, v in values.items()}


STATES = {
    "nothing chosen": ViewState(),
    "before everything": ViewState(as_of=date(2017, 1, 1)),
    "a counted number, all areas": ViewState(as_of=AUTUMN).with_commitment("boras-2018/3"),
    "a share of it": ViewState(as_of=AUTUMN).with_commitment("boras-2018/3", "norrby"),
    "a number in each area": ViewState().with_commitment("mark-2018/4"),
    "a number in an area": ViewState().with_commitment("mark-2018/4", "assberg"),
    "steps": ViewState().with_commitment("mark-2018/5", "hedbo"),
    "work without a number": ViewState().with_commitment("boras-2018/1"),
    "left out": listing.with_list(ViewState().with_commitment("boras-2018/1"), "before_period"),
    "a post": ViewState().with_commitment("mark-2018/6"),
    "a week": listing.with_list(ViewState(promise="boras-2018").with_area("norrby"), "2018-W20"),
    "a month": listing.with_list(ViewState(promise="boras-2018").with_area("norrby"), "2018-05"),
    "a reason": listing.with_list(ViewState(), "no_commitment"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_whatever_is_open_can_be_shown(service: Service, name: str, language: Language) -> None:
    told = rendered(context_of(service, replace(STATES[name], language=language)))
    for html in told.values():
        assert "None" not in html
        assert "{" not in html
        for link in html.split('<a data-go data-id="')[1:]:
            target = link.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
            state, misread = from_query(dict(parse_qsl(urlsplit(target).query)))
            assert misread == ()
            assert settle(state, service) == (state, ())
    is_open = name not in ("nothing chosen", "before everything")
    whole = "".join(told.values())
    assert ("lk-ledger" in whole) == (is_open and name != "a number in an area")
    assert whole.count('id="lk-drill"') == (STATES[name].commitment is not None)


def test_a_reported_period_that_is_not_the_promises_is_said(service: Service) -> None:
    outcomes = [o for p in service.scope(None, None).promises for o in p.outcomes]
    differing = sum(not o.same_period for o in outcomes)
    assert differing
    html = rendered(context_of(service, ViewState()))["outcomes.html"]
    assert html.count("Inte samma period som löftet.") == differing
    for outcome in outcomes:
        if outcome.caution:
            assert outcome.caution.sv.split(".")[0] in html


# --- the choice of a place ---------------------------------------------------------------------


def test_many_places_stand_in_the_order_in_which_one_looks_for_a_name(service: Service) -> None:
    towns = (
        "Örebro",
        "Ängelholm",
        "Åre",
        "Vara",
        "Tibro",
        "Säffle",
        "Orust",
        "Nora",
        "Lund",
        "Kil",
        "Hjo",
        "Gnosjö",
    )
    mark = service.catalogue.promise_by_id["mark-2018"]
    more = [replace(mark, id=f"p{n}", municipality=town) for n, town in enumerate(towns)]

    def names(count: int) -> list[str]:
        promises = (*service.catalogue.promises, *more[:count])
        known = replace(service.catalogue, promises=promises)
        other = Service(service.settings, known, service.register, service.today)
        return [name for name, *_ in chrome._places(context_of(other, ViewState()))]

    few = len(chrome._places(context_of(service, ViewState())))
    assert names(3)[few:] == ["Örebro", "Ängelholm", "Åre"]
    many = names(12)
    assert many[:4] == ["Alla", "Borås", "Gnosjö", "Hjo"]
    assert many[-4:] == ["Vara", "Åre", "Ängelholm", "Örebro"]


def test_an_open_list_stays_on_its_own_page() -> None:
    state = listing.with_list(ViewState().with_area("norrby"), "2018-W20", 3)
    address = chrome._between_pages("followup")
    assert "list=2018-W20&page=3" in address(state)
    assert "list" not in address(state, "map")
    assert "page" not in address(state, "map")
    assert "area=norrby" in address(state, "map")
