"""Balance: each area's share of patrol time beside its share of hot spots, findings, residents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from dashboard import panel
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import Leaf, with_list
from dashboard.pane import OnMap
from dashboard.planner import words
from dashboard.planner.marks import outline
from dashboard.planner.period import period_values, submitted
from dashboard.planner.words import FindingLeaf, duration
from geodata.model import Area, HotSpot
from geodata.planner.balance.solve import Amounts, AreaBalance, Balance, balance
from geodata.planner.doses import asked_period
from geodata.texts import Words

Measure = Literal["patrols", "hot_spots", "findings", "residents"]

ELSEWHERE: Final = "elsewhere"
"""How the lists of what lies in no compared area are named."""

LEAST_TOLD: Final = 0.01
"""A gap smaller than a percentage point is none."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One of an area's shares."""

    measure: Measure
    share: float | None
    width: float
    amount: str
    link: ViewState | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """The records behind a number."""

    measure: str
    title: str
    activities: Leaf | None = None
    findings: FindingLeaf | None = None
    hot_spots: tuple[tuple[HotSpot, ViewState], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """An area with its bars, and the records behind one of them where they are asked for."""

    area: Area
    patrols: str
    bars: tuple[Bar, ...]
    opened: Opened | None


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws: the area whose records are open.

    The compared areas are on the map as they are; nothing more needs to stand out.
    """
    asked = asked_period(context.promises, context.as_of.day, context.state.choices)
    found = balance(context.service, context.promises, asked.period)
    groups = [_group(context, found, each) for each in found.areas]
    panel.show(
        "planning_panel",
        "balance/page.html",
        view=f"planning/balance/{context.state.promise or ''}",
        focus=context.moved_by is not None and context.moved_by != "map",
        on_submit=partial(submitted, context),
        **context.base("planning"),
        **period_values(context, asked),
        lead=_lead(context, found),
        groups=groups,
        measures=[bar.measure for bar in groups[0].bars],
        notes=list(_notes(context, found)),
        elsewhere=_elsewhere(context, found),
        opened_elsewhere=_opened(context, ELSEWHERE, found.elsewhere),
        record_state=words.record_state(context),
        closed=with_list(context.state, None, 0),
        percent=partial(percent, context.words),
    )
    return OnMap(features=tuple(outline(group.area) for group in groups if group.opened))


# --- the answer ------------------------------------------------------------------------------


def _lead(context: Context, found: Balance) -> str:
    """Return the answer in a sentence."""
    w = context.words
    if all(area.minutes_share is None for area in found.areas):
        return w("plan_balance.lead.no_time")
    for against in ("weight", "findings"):
        widest = found.farthest(against)
        if widest is None:
            continue
        name = context.service.catalogue.area_by_id[widest.area_id].name
        gap = widest.gap(against)
        if gap is None or abs(gap) < LEAST_TOLD:
            return w(f"plan_balance.lead.{against}.even")
        mine, other = percent(w, widest.minutes_share), percent(w, widest.share(against))
        return w(f"plan_balance.lead.{against}", area=name, time=mine, other=other)
    return w("plan_balance.lead.nothing_beside")


def percent(words: Words, share: float | None) -> str:
    """Return a share in words, none where there is none."""
    return "" if share is None else words.percent(share)


# --- the bars ----------------------------------------------------------------------------------


def _group(context: Context, found: Balance, one: AreaBalance) -> Group:
    area = context.service.catalogue.area_by_id[one.area_id]
    shares = [share for each in found.areas for share in _shares(each).values() if share]
    widest = max(shares, default=1.0)
    told = [m for m in _shares(one) if m == "patrols" or _told(found, m)]
    bars = tuple(_bar(context, one, measure, widest) for measure in told)
    return Group(
        area,
        patrol_count(context.words, one.amounts),
        bars,
        _opened(context, one.area_id, one.amounts, area.name),
    )


def _shares(one: AreaBalance) -> dict[Measure, float | None]:
    return {
        "patrols": one.minutes_share,
        "hot_spots": one.weight_share,
        "findings": one.findings_share,
        "residents": one.residents_share,
    }


def _told(found: Balance, measure: Measure) -> bool:
    return any(_shares(area)[measure] is not None for area in found.areas)


def _bar(context: Context, one: AreaBalance, measure: Measure, widest: float) -> Bar:
    share, name = _shares(one)[measure], f"{one.area_id}.{measure}"
    amount, any_of_it = _amount(context, one, measure)
    return Bar(
        measure,
        share,
        (share or 0.0) / widest,
        amount,
        with_list(context.state, name) if any_of_it else None,
        context.state.listed == name,
    )


def _amount(context: Context, one: AreaBalance, measure: Measure) -> tuple[str, bool]:
    """Return an amount in words, and whether there is anything to open."""
    w, has = context.words, one.amounts
    if measure == "patrols":
        if has.minutes:
            return duration(w, has.minutes), True
        return w("plan_balance.no_minutes" if has.patrols else "plan_balance.none.patrols"), bool(
            has.patrols
        )
    if measure == "hot_spots":
        if not has.hot_spots:
            return w("plan_balance.none.hot_spots"), False
        weight = w.number(has.weight, 0 if has.weight == round(has.weight) else 1)
        return w("plan_balance.hot_spots", count=len(has.hot_spots), weight=weight), True
    if measure == "findings":
        count = len(has.findings)
        return (
            (w("plan_balance.findings", count=count), True)
            if count
            else (
                w("plan_balance.none.findings"),
                False,
            )
        )
    return w("plan_balance.residents", count=one.residents or 0), False


def patrol_count(words: Words, has: Amounts) -> str:
    """Return how many patrols there are, and how many of them don't say how long they took."""
    if not has.patrols:
        return ""
    parts = [words("plan_balance.patrols", count=len(has.patrols))]
    if has.without_minutes:
        parts.append(words("minutes.unknown", count=has.without_minutes))
    return ", ".join(parts)


# --- what stands beside --------------------------------------------------------------------------


def _notes(context: Context, found: Balance) -> Iterator[str]:
    w, areas = context.words, context.service.catalogue.area_by_id
    for measure in ("hot_spots", "findings"):
        if not _told(found, measure):
            yield w(f"plan_balance.none_at_all.{measure}")
    unsure = sum(len(area.amounts.unsure) for area in found.areas)
    if unsure:
        yield w("plan_balance.unsure", count=unsure)
    known = [areas[a.area_id] for a in found.areas if a.residents is not None]
    if not found.residents_unknown:
        for area in known:
            yield _residents(context, area)
        return
    lacking = ", ".join(areas[id_].name for id_ in found.residents_unknown)
    yield " ".join(
        [*(_residents(context, area) for area in known), w("plan_balance.lacking", areas=lacking)]
    )


def _residents(context: Context, area: Area) -> str:
    if area.residents is None:
        return ""
    source = area.residents.source.to(context.state.language)
    count = area.residents.count
    return context.words("plan_balance.residents_of", area=area.name, count=count, source=source)


def _elsewhere(context: Context, found: Balance) -> list[Bar]:
    """Return what lies in none of the compared areas; part of no share."""
    has, w = found.elsewhere, context.words
    told: list[tuple[Measure, str]] = []
    if has.patrols:
        time = [duration(w, has.minutes)] if has.minutes else []
        told.append(("patrols", ", ".join([*time, patrol_count(w, has)])))
    if has.hot_spots:
        weight = w.number(has.weight, 1)
        told.append(
            ("hot_spots", w("plan_balance.hot_spots", count=len(has.hot_spots), weight=weight))
        )
    if has.findings:
        told.append(("findings", w("plan_balance.findings", count=len(has.findings))))
    return [
        Bar(measure, None, 0, amount, with_list(context.state, name), context.state.listed == name)
        for measure, amount in told
        for name in [f"{ELSEWHERE}.{measure}"]
    ]


def _opened(context: Context, where: str, has: Amounts, name: str = "") -> Opened | None:
    owner, _, measure = (context.state.listed or "").rpartition(".")
    if owner != where or measure not in ("patrols", "hot_spots", "findings"):
        return None
    listed = context.state.listed or ""
    title = context.words(
        f"plan_balance.opened.{measure}", area=name or context.words("plan_balance.elsewhere")
    )
    if measure == "patrols":
        leaf = words.activity_leaf(context, listed, has.patrols)
        return Opened(measure, title, activities=leaf)
    if measure == "findings":
        return Opened(measure, title, findings=words.finding_leaf(context, listed, has.findings))
    spots = [spot for spot in context.service.hot_spots() if spot.id in has.hot_spots]
    return Opened(
        measure, title, hot_spots=tuple((s, context.state.with_hot_spot(s.id)) for s in spots)
    )
