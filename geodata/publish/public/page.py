"""The page itself, in one language: a template filled on the server, with its style inside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Final

import jinja2
import shapely
from babel.lists import format_list
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from geodata import model
from geodata.crs import to_metres
from geodata.palette import STATE_COLOURS, STATE_ICONS
from geodata.publish.paper import PT_MM, Backdrop, Box, Frame, environment
from geodata.publish.public.content import Content, months_between
from geodata.publish.public.metadata import OPEN_FILES, schema_dataset
from geodata.publish.public.suppression import Kinds
from geodata.publish.static_map import MapArea, MapView, Mark, Panel
from geodata.texts import Words, prose, words

WIDTH_MM: Final = 76.0
MARGIN_MM: Final = 7.0
"""Round the outlines: a name below the lowest one still has room."""

HEIGHTS_MM: Final = (40.0, 84.0)
"""The least and the most height."""


def draw_areas(
    areas: Sequence[tuple[model.Area, model.State]], backdrop: Backdrop | None = None
) -> Panel | None:
    """Lay out a map of some areas, each with a sign for its state."""
    if not areas:
        return None
    shown = [
        MapArea(area.name, to_metres(area.outline), area.outline_method == "nominal", state)
        for area, state in areas
    ]
    bounds = shapely.total_bounds([area.outline for area in shown]).tolist()
    largest = Frame(bounds, Box(0, 0, WIDTH_MM, HEIGHTS_MM[1]).grown(-MARGIN_MM))
    high = max((bounds[3] - bounds[1]) * largest.mm_per_m + 2 * MARGIN_MM, HEIGHTS_MM[0])
    view = MapView(
        "",
        tuple(shown),
        marks=tuple(Mark("sign", *_middle(area.outline)) for area in shown),
        shown=shapely.box(*bounds),
        margin_mm=MARGIN_MM,
        backdrop=backdrop,
    )
    return Panel(view, Box(0, 0, WIDTH_MM, high), {})


def _middle(outline: BaseGeometry) -> tuple[float, float]:
    """Return the point farthest inside an outline's largest part."""
    largest = max(shapely.get_parts(outline), key=lambda part: float(part.area))
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0].tolist()
    return x, y


HERE: Final = Path(__file__).parent

PAGES: Final[Mapping[model.Language, str]] = {"sv": "index.html", "en": "en.html"}
NAMES: Final[Mapping[model.Language, str]] = {"sv": "Svenska", "en": "English"}

FAVICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26"><path fill="#0b5d4c" '
    'd="M13 24C8 17 5 14 5 10a8 8 0 0 1 16 0c0 4-3 7-8 14z"/></svg>'
)


@cache
def _style() -> str:
    return (HERE / "style.css").read_text(encoding="utf-8").strip()


@cache
def _environment(language: model.Language) -> jinja2.Environment:
    def local(text: model.LocalText) -> str:
        return text.to(language)

    made = environment(HERE)
    made.filters["local"] = local
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "indent": 1}
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    made.globals.update(
        w=words(language),
        local=local,
        prose=partial(prose, language=language),
        icons=STATE_ICONS,
        style=Markup(_style()),  # noqa: S704 (our own file, named in the policy by its digest)
        style_hash=f"sha256-{digest}",
        icon="data:image/svg+xml;base64," + base64.b64encode(FAVICON.encode()).decode(),
        languages=[(code, PAGES[code], NAMES[code]) for code in model.LANGUAGES],
        files=OPEN_FILES,
        name_of=model.name_of,
        capital=capital,
        span_months=months_between,
        pt=PT_MM,
    )
    return made


def render(content: Content, language: model.Language) -> str:
    """Return the page in one language."""
    w, gathered = words(language), content.gathered
    known = gathered.catalogue.party_by_id
    return (
        _environment(language)
        .get_template("page.html")
        .render(
            content=content,
            title=title(content, w),
            made=w.when(gathered.made, model.Precision.MINUTE),
            dataset=schema_dataset(content, language),
            drawings={
                told.promise.id: draw_areas(
                    [(a.area, state) for a, state in told.areas], gathered.backdrop
                )
                for told in content.promises
            },
            states=tuple(STATE_COLOURS),
            kinds=gathered.catalogue.vocabulary.area_kinds,
            waiting=capital(w.month(gathered.as_of)) if is_under_way(content) else "",
            span=lambda first, last: months_told(w, first, last),
            months=lambda first, last: capital(months_told(w, first, last)),
            owners=lambda commitment: [
                known[id_].name for id_ in commitment.owners if id_ in known
            ],
            picture=lambda body: f"data:image/jpeg;base64,{base64.b64encode(body).decode()}",
            findings=lambda found: findings_told(content, found, w),
            ground_sources=gathered.backdrop.sources(w) if gathered.backdrop else (),
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
    names = dict.fromkeys(
        content.gathered.catalogue.label_by_id[told.promise.id].to(w.language)
        for told in content.promises
    )
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


def months_told(w: Words, first: date, last: date) -> str:
    """Return some months in words, the year once where it is the same: mars–april 2018."""
    if first == last:
        return w.month(first)
    if first.year != last.year:
        return w("public.span_years", first=w.month(first), last=w.month(last))
    name = w.month(first).removesuffix(str(first.year)).strip()
    return w("public.span", first=name, last=w.month(last))


def findings_told(content: Content, found: Kinds, w: Words) -> str:
    """Return an area's findings by category, those that are kept back together."""
    if not found.told:
        return w("public.findings", count=found.rest)
    categories = content.gathered.catalogue.vocabulary.finding_categories
    told = [
        w(
            "public.finding_kind",
            kind=model.name_of(categories, kind).to(w.language).lower(),
            count=n,
        )
        for kind, n in found.told.items()
    ]
    if found.rest:
        rest = w("public.findings_rest")
        told.append(w("public.finding_kind", kind=rest, count=found.rest))
    return w("public.findings_by_kind", count=found.total or 0, kinds=", ".join(told))


def outline_sources(content: Content, language: model.Language) -> tuple[tuple[str, str], ...]:
    """Return where the outlines come from: areas with the same source by their names together."""
    found: dict[str, list[str]] = {}
    for told in content.areas:
        found.setdefault(told.area.outline_source.to(language), []).append(told.area.name)
    return tuple((", ".join(names), source) for source, names in found.items())
