"""The page itself, in one language: a template filled on the server, with its style inside it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from babel.lists import format_list
from markupsafe import Markup

from geodata.model import LANGUAGES, Commitment, Language, LocalText, Precision, State, name_of
from geodata.palette import STATE_ICONS
from geodata.publish.public.columns import OPEN_FILES
from geodata.publish.public.content import Content, PromiseTold
from geodata.publish.public.map_svg import draw_areas
from geodata.publish.public.metadata import schema_dataset
from geodata.publish.public.suppression import Kinds
from geodata.texts import Words, words

HERE: Final = Path(__file__).parent

PAGES: Final[Mapping[Language, str]] = {"sv": "index.html", "en": "en.html"}
NAMES: Final[Mapping[Language, str]] = {"sv": "Svenska", "en": "English"}

STATE_ORDER: Final = (
    State.FULFILLED,
    State.ON_TRACK,
    State.UNDER_WAY,
    State.BEHIND,
    State.NOT_FULFILLED,
    State.NO_RECORDS,
    State.NOT_STARTED,
)

FAVICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26"><path fill="#0b5d4c" '
    'd="M13 24C8 17 5 14 5 10a8 8 0 0 1 16 0c0 4-3 7-8 14z"/></svg>'
)

BAR_UNITS: Final = 7
"""How thick a month's bar is, in pixels; that of several months is as many times thicker, so that
its surface is their sum."""


def number(value: float) -> str:
    """Return a number as SVG has it, without decimals that say nothing."""
    return f"{value:g}"


@cache
def _style() -> str:
    return (HERE / "style.css").read_text(encoding="utf-8").strip()


@cache
def _environment(language: Language) -> jinja2.Environment:
    def local(text: LocalText) -> str:
        return text.to(language)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(num=number, local=local)
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    environment.globals.update(
        w=words(language),
        local=local,
        icons=STATE_ICONS,
        style=Markup(_style()),  # noqa: S704 (our own file, named in the policy by its digest)
        style_hash=f"sha256-{digest}",
        icon="data:image/svg+xml;base64," + base64.b64encode(FAVICON.encode()).decode(),
        languages=[(code, PAGES[code], NAMES[code]) for code in LANGUAGES],
        files=OPEN_FILES,
        name_of=name_of,
        capital=capital,
        span_months=months_between,
        month_bar=month_bar,
    )
    return environment


def render(content: Content, language: Language) -> str:
    """Return the page in one language."""
    w, gathered = words(language), content.gathered
    return (
        _environment(language)
        .get_template("page.html")
        .render(
            content=content,
            title=title(content, w),
            made=w.when(gathered.made, Precision.MINUTE),
            dataset=_script_data(schema_dataset(content, language)),
            drawings={
                told.promise.id: draw_areas([a.area for a, _ in told.areas])
                for told in content.promises
            },
            area_states={
                (t.promise.id, a.area.id): state for t in content.promises for a, state in t.areas
            },
            states=STATE_ORDER,
            kinds=gathered.catalogue.vocabulary.area_kinds,
            waiting=capital(w.month(gathered.as_of)) if is_under_way(content) else "",
            span=lambda first, last: months_told(w, first, last),
            months=lambda first, last: capital(months_told(w, first, last)),
            scale_text=lambda metres: scale_text(w, metres),
            owners=lambda commitment: owners(content, commitment, language),
            area_summary=lambda told, area_id: area_summary(w, told, area_id),
            findings=lambda found: findings_told(content, found, w),
            outline_sources=outline_sources(content, language),
        )
    )


# --- words put together ----------------------------------------------------------------------


def title(content: Content, w: Words) -> str:
    """Return the page's heading: the promise's own title, or the names of several."""
    if len(content.promises) == 1:
        return content.promises[0].promise.title.to(w.language)
    return w("public.title", names=names_of(content, w))


def names_of(content: Content, w: Words) -> str:
    """Return the promises' short names in a sentence's form."""
    names = dict.fromkeys(told.promise.short.to(w.language) for told in content.promises)
    return format_list(list(names), locale=w.language)


def capital(text: str) -> str:
    """Return a text that begins a sentence."""
    return text[:1].upper() + text[1:]


def is_under_way(content: Content) -> bool:
    """Tell whether the as-of day lies in a promise's month that has not ended yet."""
    as_of = content.gathered.as_of
    month = as_of.replace(day=1)
    told = {m for area in content.areas for m in area.months}
    return month not in told and any(
        p.promise.period.start <= as_of <= p.promise.period.end for p in content.promises
    )


def months_between(first: date, last: date) -> int:
    """Return how many months there are from one to another, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def months_told(w: Words, first: date, last: date) -> str:
    """Return some months in words, the year once where it is the same: mars–april 2018."""
    if first == last:
        return w.month(first)
    if first.year != last.year:
        return w("public.span_years", first=w.month(first), last=w.month(last))
    name = w.month(first).removesuffix(str(first.year)).strip()
    return w("public.span", first=name, last=w.month(last))


def scale_text(w: Words, metres: int) -> str:
    """Return the scale bar's length in words."""
    if metres >= 1_000:
        return w("public.kilometres", count=metres // 1_000)
    return w("public.metres", count=metres)


def owners(content: Content, commitment: Commitment, language: Language) -> str:
    """Return the parties that are responsible for a commitment."""
    known = content.gathered.catalogue.party_by_id
    return ", ".join(known[id_].name.to(language) for id_ in commitment.owners if id_ in known)


def area_summary(w: Words, told: PromiseTold, area_id: str) -> str:
    """Return how many of an area's commitments stand in each state."""
    found = [here.state for _, here in told.commitments_in(area_id)]
    return ", ".join(
        w(f"areas.state.{state}", count=found.count(state))
        for state in STATE_ORDER
        if state in found
    )


def findings_told(content: Content, found: Kinds, w: Words) -> str:
    """Return an area's findings by category, those that are kept back together."""
    if not found.told:
        return w("public.findings", count=found.rest)
    categories = content.gathered.catalogue.vocabulary.finding_categories
    told = [
        w("public.finding_kind", kind=name_of(categories, kind).to(w.language).lower(), count=n)
        for kind, n in found.told.items()
    ]
    if found.rest:
        rest = w("public.findings_rest")
        told.append(w("public.finding_kind", kind=rest, count=found.rest))
    return w("public.findings_by_kind", count=found.total or 0, kinds=", ".join(told))


def outline_sources(content: Content, language: Language) -> tuple[tuple[str, str], ...]:
    """Return where the outlines come from: areas with the same source by their names together."""
    found: dict[str, list[str]] = {}
    for told in content.areas:
        found.setdefault(told.area.outline_source.to(language), []).append(told.area.name)
    return tuple((", ".join(names), source) for source, names in found.items())


# --- pieces of markup ------------------------------------------------------------------------


def month_bar(told: PromiseTold, count: int, months: int) -> Markup:
    """Return the bar of some months: as long as their number per month, as thick as they are many.

    All bars of a promise have one scale, so that its areas can be set against each other.
    """
    longest = max(n / months_between(a, b) for area, _ in told.areas for a, b, n in area.spans())
    share = round(100 * count / months / longest, 1)
    high = BAR_UNITS * min(months, 4)
    return Markup(
        '<svg class="month-bar" height="{0}" viewBox="0 0 100 {0}" preserveAspectRatio="none" '
        'aria-hidden="true"><rect width="{1}" height="{0}"/></svg>'
    ).format(high, number(share))


def _script_data(value: object) -> Markup:
    """Return JSON that may stand in a script element: nothing in it can end the element."""
    told = json.dumps(value, ensure_ascii=False, indent=1)
    for sign in "<>&":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(told)  # noqa: S704 (the three signs that markup is made of are written otherwise)


__all__ = ["PAGES", "names_of", "number", "render", "title"]
