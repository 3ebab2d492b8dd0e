"""How full the report's pages are, measured on their pixels: 1, 7 and 40 areas, and the example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from shapely import Point, box
from shapely.geometry import mapping

from geodata.model import Activity, Language, Precision
from geodata.publish.report.content import make_content
from geodata.publish.report.matter import Bullets, Picture
from geodata.service import Service
from geodata.service.reporting import Asked, gather, make_brief, make_report

from .cases import DAY, SINCE, made_then, open_at

SIZES = (1, 7, 40)
MARGIN_MM, PAGE_MM = 20, 297


def catalogue_of(folder: Path, count: int, promises: int = 1) -> Path:
    """Promises of four commitments in so many areas, half a kilometre wide, eight in a row."""
    (folder / "promises").mkdir(parents=True)
    ids = [f"o{number}" for number in range(count)]
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": id_,
                "name": f"Stadsdel {at + 1}",
                "municipality": "Linköping",
                "kind": "district",
                "outline_method": "nominal",
                "outline_accuracy_m": 100,
                "outline_source": "Egen",
                "outline_source_en": "Own",
            },
            "geometry": mapping(box(*_corner(at), *(c + 0.008 for c in _corner(at)))),
        }
        for at, id_ in enumerate(ids)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "areas.geojson").write_text(json.dumps(collection), encoding="utf-8")
    for number in range(promises):
        name = f"nya-2018{f'-{number}' if number else ''}"
        text = promise_text(name, ids[number::promises])
        (folder / "promises" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def promise_text(name: str, ids: list[str]) -> str:
    both = "{{ sv = '{0}', en = '{0}' }}".format
    lines = [
        f"id = '{name}'", f"short = {both(name)}", f"title = {both(f'Medborgarlöfte {name}')}",
        "municipality = 'Linköping'", f"background = {both('-')}",
        "period = { start = 2018-01-01, end = 2018-12-31 }",
        f"source = {{ publisher = 'P', title = {both('T')} }}",
        f"[[parties]]\nid = 'p'\nname = {both('Polisen')}",
    ]  # fmt: skip
    for number in range(1, 5):
        lines += [
            "[[commitments]]", f"number = {number}", "owners = ['p']", f"areas = {ids}",
            f"title = {both(f'Fler patruller på kvällen {number}')}", f"summary = {both('-')}",
            "measure = { type = 'count', kinds = ['foot_patrol'], target = 5, per = 'area' }",
            f"source_paragraph = {both(f'Punkt {number}')}",
        ]  # fmt: skip
    return "\n".join(lines)


def _corner(at: int) -> tuple[float, float]:
    return 15.5 + 0.02 * (at % 8), 58.4 + 0.012 * (at // 8)


def patrols(count: int) -> list[Activity]:
    """In area n, n patrols since the meeting before, but none in every third one."""
    made = []
    for at in range(count):
        lon, lat = _corner(at)
        for number in range(at + 1 if at % 3 != 1 else 0):
            day = SINCE + timedelta(days=1 + number % 25)
            made.append(
                Activity(
                    f"00000000-0000-4000-8000-{at:06}{number:06}", "foot_patrol", f"o{at}",
                    Point(lon + 0.0001 * number + 0.001, lat + 0.004),
                    datetime(day.year, day.month, day.day, 18, tzinfo=UTC), Precision.MINUTE, day,
                    30, (f"nya-2018/{1 + number % 4}",),
                )
            )  # fmt: skip
    return made


def filled(pdf: bytes) -> list[float]:
    """How far down between the margins of each page there is ink, of 1."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        ink = np.asarray(page.render(scale=1, grayscale=True).to_pil()) < 200
        per_mm = ink.shape[0] / PAGE_MM
        rows = np.flatnonzero(ink.any(axis=1)) / per_mm
        # The head and the foot lie in the margins.
        rows = rows[(rows > MARGIN_MM) & (rows < PAGE_MM - MARGIN_MM)]
        found.append((float(rows.max(initial=MARGIN_MM)) - MARGIN_MM) / (PAGE_MM - 2 * MARGIN_MM))
    return found


@pytest.fixture(scope="module", params=SIZES)
def many(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("many")
    opened = open_at(folder / "many.sqlite", (catalogue_of(folder / "catalogue", request.param),))
    opened.register.add(patrols(request.param), by="test")
    yield opened
    opened.close()


def assert_full(pdf: bytes) -> None:
    pages = filled(pdf)
    assert min(pages[:-1]) > 0.5, pages
    # Nor does it end with a line alone at the top of a page.
    assert pages[-1] > 0.2, pages
    # The first page is a whole one, with its map to the end of it.
    assert pages[0] > 0.9


def test_no_page_but_the_last_is_less_than_half_full(many: Service) -> None:
    assert_full(make_report(many, made_then(Asked("nya-2018", DAY, SINCE))))


def test_the_first_page_of_many_promises_is_one_page_too(tmp_path: Path) -> None:
    service = open_at(tmp_path / "r.sqlite", (catalogue_of(tmp_path / "catalogue", 40, 10),))
    try:
        asked = Asked(None, DAY, SINCE)
        told = {p.id for p in service.scope(None, DAY).promises if p.id.startswith("nya-2018")}
        report = make_content(gather(service, made_then(asked)))
        pdf = make_report(service, made_then(asked))
    finally:
        service.close()
    assert len(told) == 10
    # With Borås and Mark they are twelve: six are told one by one, and that there are six more.
    assert report.subtitle == "12 medborgarlöften"
    lists = [block.items for block in report.summary if isinstance(block, Bullets)]
    assert [len(items) for items in lists] == [7, 1, 3]
    assert lists[0][-1] == "Hur 6 till står framgår av tabellerna nedan."
    first = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "Områdenas läge den 22 november 2018" in first
    assert filled(pdf)[0] > 0.9


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("promise", [None, "boras-2018", "mark-2018"])
def test_so_is_the_example(decided: Service, promise: str | None, language: Language) -> None:
    assert_full(make_report(decided, made_then(Asked(promise, DAY, SINCE, None, language))))


def test_so_is_the_document_for_a_follow_up(decided: Service) -> None:
    for promise in ("boras-2018", "mark-2018", None):
        pages = filled(make_brief(decided, made_then(Asked(promise, DAY, SINCE)), "pdf"))
        assert min(pages[:-1]) > 0.5, (promise, pages)


def test_an_area_without_news_has_no_page_of_its_own(many: Service) -> None:
    report = make_content(gather(many, made_then(Asked("nya-2018", DAY, SINCE))))
    shown = {block.name for block in report.blocks if isinstance(block, Picture)}
    areas = many.areas(many.promises("nya-2018"))
    # Of seven areas not the second and the fifth: nothing is recorded in them.
    assert shown == {f"area/o{at}" for at in range(len(areas)) if at % 3 != 1}
    assert len(report.tables["areas"].rows) == len(areas)
