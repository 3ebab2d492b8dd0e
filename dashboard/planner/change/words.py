"""What is said of before and after: the answer, why it is no answer, and what to keep in mind."""

from __future__ import annotations

from math import inf

from dashboard.context import Context
from geodata.model import name_of
from geodata.planner.change.ask import Asked, Circle
from geodata.planner.change.solve import (
    EXPECTED_AT_LEAST,
    RING_TIMES,
    Answer,
    Caution,
    Interval,
    Verdict,
)
from geodata.texts import Words


def place_name(context: Context, place: str | Circle) -> str:
    """Return what a place is called."""
    if isinstance(place, str):
        return context.service.catalogue.area_by_id[place].name
    if place.hot_spot_id:
        return context.service.hot_spot(place.hot_spot_id).name
    at = round(place.lon, 5), round(place.lat, 5)
    known = context.service.catalogue.places
    name = next((p.name for p in known if (round(p.lon, 5), round(p.lat, 5)) == at), None)
    return name or context.words("plan_change.point")


def where(context: Context, place: str | Circle) -> str:
    """Return where a place is, in a sentence: in an area, at a hot spot, within a circle."""
    w = context.words
    name = place_name(context, place)
    if isinstance(place, str):
        return w("plan_change.in_area", place=name)
    is_named = name != w("plan_change.point")
    return w("plan_change.at_place", place=name) if is_named else w("plan_change.in_circle")


def ring_name(context: Context, circle: Circle) -> str:
    """Return what the ring round a circle is called."""
    w = context.words
    inner, outer = w.metres(circle.radius_m), w.metres(RING_TIMES * circle.radius_m)
    return w("plan_change.ring", inner=inner, outer=outer)


def what_name(context: Context, asked: Asked) -> str:
    """Return what is counted, in the plural and without a capital."""
    kind, vocabulary = asked.what.kind, context.service.catalogue.vocabulary
    w, language = context.words, context.state.language
    if asked.what.entity == "finding":
        if kind is None:
            return w("plan_change.findings")
        category = name_of(vocabulary.finding_categories, kind).to(language).lower()
        return w("plan_change.findings_of", category=category)
    name = name_of(vocabulary.activity_kinds, kind or "").to(language)
    return w("plan_change.activities_of", kind=name[:1].lower() + name[1:])


def question(context: Context, asked: Asked) -> str:
    """Return what is compared with what, in a sentence."""
    w = context.words
    values = {
        "what": what_name(context, asked),
        "where": where(context, asked.place),
        "before": w.period(asked.before.start, asked.before.end, "day"),
        "after": w.period(asked.after.start, asked.after.end, "day"),
    }
    if asked.beside is None:
        return w("plan_change.question", **values)
    beside = place_name(context, asked.beside)
    return w("plan_change.question_beside", beside=beside, **values)


def answer(context: Context, asked: Asked, found: Answer) -> str:
    """Return the answer in a sentence; a refusal where there is none."""
    verdict = found.change.verdict
    values = {"where": where(context, asked.place), "what": what_name(context, asked)}
    if asked.beside is None or verdict not in (Verdict.FEWER, Verdict.MORE):
        told = context.words(f"plan_change.answer.{verdict}", **values)
    else:
        beside = place_name(context, asked.beside)
        told = context.words(f"plan_change.answer.{verdict}_beside", beside=beside, **values)
    return told[:1].upper() + told[1:]


def why(context: Context, asked: Asked, found: Answer) -> str:
    """Return what the answer rests on: the rule that refuses, or the ratio with its interval."""
    w, change = context.words, found.change
    if change.verdict is Verdict.NOTHING:
        return w("plan_change.why.nothing")
    rule = w.number(EXPECTED_AT_LEAST)
    if change.verdict is Verdict.TOO_FEW:
        told = (
            w("plan_change.why.too_few", rule=rule, least=w.amount(change.least_expected))
            if change.least_expected
            else w("plan_change.why.none_expected", rule=rule)
        )
        return (
            f"{told} {w('plan_change.why.enough_alone')}" if _enough_alone(asked, found) else told
        )
    if change.verdict is Verdict.BUNCHED:
        rows = [change.place, *([change.beside] if change.beside else [])]
        count = sum(row.counted.total for row in rows)
        occasions = sum(len(row.counted.bunches) for row in rows)
        return w("plan_change.why.bunched", count=count, occasions=occasions, rule=rule)
    told = interval(context, change.interval)
    if change.ratio is None:
        return w("plan_change.why.no_ratio", interval=told)
    key = "plan_change.why.ratio" if asked.beside is None else "plan_change.why.ratio_beside"
    return w(key, ratio=times(w, change.ratio), interval=told)


def _enough_alone(asked: Asked, found: Answer) -> bool:
    days = asked.before.days, asked.after.days
    least = found.change.place.counted.total * min(days) / sum(days)
    return asked.beside is not None and least >= EXPECTED_AT_LEAST


def times(words: Words, ratio: float) -> str:
    """Return a ratio with as many decimals as say something."""
    return words.number(ratio, 2 if ratio < 10 else 0)


def interval(context: Context, told: Interval) -> str:
    """Return an interval in words; one without an end says so."""
    w = context.words
    if told.high == inf:
        return w("plan_change.interval_open", low=times(w, told.low))
    return w("plan_change.interval", low=times(w, told.low), high=times(w, told.high))


def cautions(context: Context, asked: Asked, found: Answer) -> list[str]:
    """Return what is to be kept in mind, a sentence or two each."""
    return [_caution(context, asked, found, caution) for caution in found.cautions]


def _caution(context: Context, asked: Asked, found: Answer, caution: Caution) -> str:
    w, change = context.words, found.change
    key = f"plan_change.caution.{caution}"
    rows = [change.place, *([change.beside] if change.beside else [])]
    if caution is Caution.WHERE_LOOKED:
        return " ".join((w(key), *_efforts(context, found)))
    if caution is Caution.BUNCHED:
        return w(key, times=w.number(change.spread, 1))
    if caution is Caution.CUT:
        return w(key, day=w.day(asked.after.end))
    if caution is Caution.NOT_KEPT and found.begins is not None:
        return w(key, day=w.day(found.begins))
    if caution is Caution.UNSURE:
        return w(key, count=sum(len(row.counted.unsure) for row in rows))
    if caution is Caution.UNPLACED:
        return w(key, count=found.unplaced)
    if caution is Caution.CHOSEN and isinstance(asked.place, Circle) and asked.place.hot_spot_id:
        return w("plan_change.caution.chosen_hot_spot")
    return w(key)


def _efforts(context: Context, found: Answer) -> list[str]:
    areas = context.service.catalogue.area_by_id
    return [
        context.words(
            "plan_change.effort",
            area=areas[effort.area_id].name,
            walks_before=effort.walks[0],
            walks_after=effort.walks[1],
            patrols_before=effort.patrols[0],
            patrols_after=effort.patrols[1],
        )
        for effort in found.efforts
    ]
