"""The page itself, in one language: a template filled on the server, with its style inside it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2
import numpy as np
import shapely
from babel.lists import format_list
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from geodata.crs import to_metres
from geodata.model import (
    LANGUAGES,
    Area,
    Commitment,
    Language,
    LocalText,
    Precision,
    State,
    name_of,
)
from geodata.palette import STATE_ICONS
from geodata.publish.public.content import Content, PromiseTold
from geodata.publish.public.metadata import OPEN_FILES, schema_dataset
from geodata.publish.public.suppression import Kinds
from geodata.texts import Words, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Positions = NDArray[np.float64]


WIDTH: Final = 340.0
MARGIN: Final = 30.0
"""Round the outlines: a name below the lowest one still has room."""

HEIGHTS: Final = (180.0, 380.0)
"""The least and the most height."""

TEXT: Final = 13.5
"""The names' size on a phone; the style makes them smaller where the drawing is larger."""

LETTER: Final = 0.64
"""A letter's width as a share of the text's size, in the widest of the usual system fonts."""

BADGE: Final = 9.0
"""Radius of the sign that tells an area's state."""

SCALE_STEPS_M: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
SCALE_SHARE: Final = 0.3
"""The scale bar is the longest step within this share of the width."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """An area on the drawing."""

    area: Area
    path: str
    x: float
    y: float
    name_x: float
    name_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map ready to be drawn: shapes, and a scale bar in metres and in the drawing's units."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    scale_m: int
    scale_length: float

    @property
    def nominal(self) -> bool:
        """Whether some outline is one that nobody has published."""
        return any(shape.area.outline_method == "nominal" for shape in self.shapes)


class _Paper:
    """From metres to the drawing's units."""

    def __init__(self, bounds: Box) -> None:
        west, south, east, north = bounds
        across, up = max(east - west, 1.0), max(north - south, 1.0)
        room = (WIDTH - 2 * MARGIN, HEIGHTS[1] - 2 * MARGIN)
        self.per_m = min(room[0] / across, room[1] / up)
        self.height = max(up * self.per_m + 2 * MARGIN, HEIGHTS[0])
        self._middle = ((west + east) / 2, (south + north) / 2)

    def at(self, positions: Positions) -> Positions:
        """Return where positions in metres are drawn."""
        moved = (positions - self._middle) * (self.per_m, -self.per_m)
        middle: Positions = np.array([WIDTH / 2, self.height / 2])
        return np.round(moved + middle, 1)

    def drawn(self, outline: BaseGeometry) -> BaseGeometry:
        """Return an outline as it is drawn."""
        return shapely.transform(outline, self.at)


def draw_areas(areas: Sequence[Area]) -> Drawing | None:
    """Lay out a map of some areas."""
    if not areas:
        return None
    outlines = {area.id: to_metres(area.outline) for area in areas}
    paper = _Paper(shapely.total_bounds(list(outlines.values())).tolist())
    drawn = {id_: paper.drawn(outline) for id_, outline in outlines.items()}
    scale_m = _scale(paper)
    taken = [_scale_box(paper, scale_m)]
    shapes = []
    for area in sorted(areas, key=lambda area: -drawn[area.id].area):
        others = [shape.bounds for id_, shape in drawn.items() if id_ != area.id]
        x, y = _sign(drawn[area.id])
        name = _name_box(area.name, (x, y), drawn[area.id], others, taken, paper.height)
        taken += [name, (x - BADGE, y - BADGE, x + BADGE, y + BADGE)]
        middle, foot = round((name[0] + name[2]) / 2, 1), round(name[3] - TEXT * 0.25, 1)
        shapes.append(Shape(area, _path(drawn[area.id]), x, y, middle, foot))
    return Drawing(WIDTH, round(paper.height, 1), tuple(shapes), scale_m, scale_m * paper.per_m)


def _sign(outline: BaseGeometry) -> tuple[float, float]:
    """Return the point farthest inside an outline's largest part."""
    largest = max(shapely.get_parts(outline), key=lambda part: float(part.area))
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0].tolist()
    return round(x, 1), round(y, 1)


def _path(outline: BaseGeometry) -> str:
    rings = []
    for ring in shapely.get_parts(shapely.boundary(outline)):
        points = shapely.get_coordinates(ring).tolist()[:-1]
        rings.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(rings)


def _scale(paper: _Paper) -> int:
    fitting = [m for m in SCALE_STEPS_M if m * paper.per_m <= WIDTH * SCALE_SHARE]
    return max(fitting, default=SCALE_STEPS_M[0])


def _scale_box(paper: _Paper, scale_m: int) -> Box:
    return (0, paper.height - 2 * TEXT, scale_m * paper.per_m + 2 * TEXT, paper.height)


# --- names -----------------------------------------------------------------------------------


def _name_box(
    name: str,
    sign: tuple[float, float],
    outline: BaseGeometry,
    others: Sequence[Box],
    taken: Sequence[Box],
    height: float,
) -> Box:
    """Return where a name stands: the place that hides least, the first of equals."""
    wide, high = len(name) * TEXT * LETTER, TEXT * 1.2

    def cost(box: Box) -> tuple[float, float]:
        return sum(_overlap(box, b) for b in taken), sum(_overlap(box, b) for b in others)

    places = [
        _within(centre, top, wide, high, height)
        for centre, top in _places(sign, outline, wide, high)
    ]
    return min(places, key=cost)


def _places(
    sign: tuple[float, float], outline: BaseGeometry, wide: float, high: float
) -> Iterator[tuple[float, float]]:
    """Give a name's middle and top: under its sign where it fits inside, else round about."""
    left, top, right, bottom = outline.bounds
    x, y = sign
    under = y + BADGE + 1
    if outline.covers(shapely.box(x - wide / 2, under, x + wide / 2, under + high)):
        yield x, under
    yield (left + right) / 2, bottom + 1
    yield (left + right) / 2, top - high - 1
    yield right + wide / 2 + 2, y - high / 2
    yield left - wide / 2 - 2, y - high / 2


def _within(centre: float, top: float, wide: float, high: float, height: float) -> Box:
    left = min(max(centre - wide / 2, 2), max(WIDTH - wide - 2, 2))
    top = min(max(top, 2), height - high - 2)
    return left, top, left + wide, top + high


def _overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0)


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
