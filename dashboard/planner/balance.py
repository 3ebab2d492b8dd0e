"""Balance: each area's share of patrol time beside its share of hot spots, findings, residents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, get_args

from dashboard.context import Context
from dashboard.listing import Leaf, finding_leaf, leaf, with_list
from dashboard.pane import OnMap, outline
from dashboard.planner.tools import period_values, show_panel, submitted
from geodata.model import Activity, Area, Finding, HotSpot
from geodata.planner.doses import Amounts, Balance, Measure, asked_period, balance
from geodata.texts import Words

ELSEWHERE: Final = "elsewhere"
"""How the lists of what lies in no compared area are named."""

SENT_FOR: Final[tuple[Measure, ...]] = ("hot_spots", "findings")
"""What patrols are sent for."""

LEAST_TOLD: Final = 0.01
"""A gap smaller than a percentage point is none."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The records behind a number: whose it is, of what, and a page of them."""

    owner: str
    measure: str
    records: Leaf[Activity] | Leaf[Finding] | tuple[HotSpot, ...]


def show(context: Context) -> OnMap:
    """Show the tool, and return what the map draws: the area whose records are open.

    The compared areas are on the map as they are; nothing more needs to stand out.
    """
    asked = asked_period(context.promises, context.as_of.day, context.state.choices)
    found = balance(context.service, context.promises, asked.period)
    opened = _opened(context, found)
    show_panel(
        context,
        "balance/page.html",
        f"balance/{context.state.promise or ''}",
        on_submit=partial(submitted, context),
        **period_values(context, asked),
        lead=_lead(context, found),
        found=found,
        widest=max((s for each in found.areas for s in each.shares.values() if s), default=1.0),
        measures=[m for m in get_args(Measure) if m == "patrols" or found.tells(m)],
        notes=list(_notes(context, found)),
        opened=opened,
        opens=partial(with_list, context.state),
        duration=context.words.duration,
        patrol_count=partial(patrol_count, context.words),
        elsewhere=ELSEWHERE,
    )
    area = context.service.catalogue.area_by_id.get(opened.owner if opened else "")
    return OnMap(features=(outline(area),) if area else ())


# --- the answer ------------------------------------------------------------------------------


def _lead(context: Context, found: Balance) -> str:
    """Return the answer in a sentence."""
    w = context.words
    if not found.tells("patrols"):
        return w("plan_balance.lead.no_time")
    for against in SENT_FOR:
        widest = found.farthest(against)
        if widest is None:
            continue
        name = context.service.catalogue.area_by_id[widest.area_id].name
        gap = widest.gap(against)
        if gap is None or abs(gap) < LEAST_TOLD:
            return w(f"plan_balance.lead.{against}.even")
        mine, other = (percent(w, widest.shares[what]) for what in ("patrols", against))
        return w(f"plan_balance.lead.{against}", area=name, time=mine, other=other)
    return w("plan_balance.lead.nothing_beside")


def percent(words: Words, share: float | None) -> str:
    """Return a share in words, none where there is none."""
    return "" if share is None else words.percent(share)


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
    for measure in SENT_FOR:
        if not found.tells(measure):
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


def _opened(context: Context, found: Balance) -> Opened | None:
    """Return the records of the list that the address names, None for none."""
    listed = context.state.listed or ""
    owner, _, measure = listed.rpartition(".")
    has = {ELSEWHERE: found.elsewhere, **{each.area_id: each.amounts for each in found.areas}}
    if owner not in has:
        return None
    if measure == "patrols":
        return Opened(owner, measure, leaf(context, listed, has[owner].patrols))
    if measure == "findings":
        return Opened(owner, measure, finding_leaf(context, listed, has[owner].findings))
    if measure == "hot_spots":
        wanted = has[owner].hot_spots
        spots = (spot for spot in context.service.hot_spots() if spot.id in wanted)
        return Opened(owner, measure, tuple(spots))
    return None
