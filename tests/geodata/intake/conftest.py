"""A small world: two square areas side by side, one promise with two commitments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from shapely import Point, box

from geodata.crs import to_metres
from geodata.intake.fields import Locate
from geodata.intake.importing import read_file
from geodata.intake.report import Intake, Reading, ReadOptions
from geodata.model import (
    Activity,
    Area,
    Catalogue,
    Commitment,
    Count,
    Finding,
    LocalText,
    Location,
    Party,
    Period,
    Presence,
    Promise,
    Source,
    SourceKind,
    Term,
    Vocabulary,
    Walk,
)

from ...intakes import one_by_one, read_records

NEAR_M = 25.0


def same(text: str) -> LocalText:
    return LocalText(text, text)


def term(id_: str, sv: str, en: str) -> tuple[str, Term]:
    return id_, Term(id_, LocalText(sv, en))


def commitment(number: int, measure: Count | Presence) -> Commitment:
    return Commitment(
        id=f"provby-2018/{number}",
        promise_id="provby-2018",
        number=number,
        title=same("t"),
        summary=same("s"),
        owners=("polisen",),
        areas=("vaster", "oster"),
        areas_where_needed=(),
        scope=None,
        measure=measure,
        deadline=None,
        source_paragraph=same("p"),
    )


def area(id_: str, name: str, west: float) -> Area:
    outline = box(west, 57.70, west + 0.01, 57.71)
    return Area(id_, name, "Provby", "district", outline, "surveyed", NEAR_M, same("x"))


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    promise = Promise(
        id="provby-2018",
        short=same("Provby"),
        title=same("Provby"),
        municipality="Provby",
        parties=(
            Party("polisen", LocalText("Polisen", "The police")),
            Party("provby-stad", LocalText("Provby Stad", "City of Provby")),
        ),
        period=Period(date(2018, 1, 1), date(2018, 12, 31)),
        signed=None,
        published=None,
        background=same("b"),
        goals=(),
        source=Source(same("s"), "Provby"),
        commitments=(
            commitment(1, Presence(("foot_patrol",))),
            commitment(2, Count(("x",), 1, "all")),
        ),
        outcomes=(),
    )
    return Catalogue(
        promises=(promise,),
        areas=(area("vaster", "Väster", 12.90), area("oster", "Öster", 12.91)),
        places=(),
        vocabulary=Vocabulary(
            dict([term("foot_patrol", "Fotpatrull", "Foot patrol"), term("x", "Annat", "Other")]),
            dict([term("district", "stadsdel", "district")]),
            {},
            dict([term("lighting", "Belysning", "Lighting")]),
        ),
        digest="0",
    )


@pytest.fixture(scope="session")
def locate(catalogue: Catalogue) -> Locate:
    borders = {a.id: to_metres(a.outline.boundary) for a in catalogue.areas}

    def find(lon: float, lat: float) -> Location:
        inside = [a.id for a in catalogue.areas if a.outline.covers(Point(lon, lat))]
        away = {id_: line.distance(to_metres(Point(lon, lat))) for id_, line in borders.items()}
        nearest = min(away, key=lambda id_: away[id_])
        near = min(away.values()) <= NEAR_M
        return Location(inside[0] if inside else None, nearest, away[nearest], near_border=near)

    return find


@pytest.fixture
def activities(
    tmp_path: Path, catalogue: Catalogue, locate: Locate
) -> Callable[[str], Intake[Activity]]:
    def read(text: str, name: str = "a.csv") -> Intake[Activity]:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return read_records(
            path, "activities", catalogue=catalogue, locate=locate, origin_kind=SourceKind.IMPORTED
        )

    return read


@pytest.fixture
def walks(tmp_path: Path, catalogue: Catalogue, locate: Locate) -> Callable[[str], Intake[Walk]]:
    def read(text: str) -> Intake[Walk]:
        path = tmp_path / "w.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_records(
            path, "walks", catalogue=catalogue, locate=locate, origin_kind=SourceKind.EXAMPLE
        )

    return read


@pytest.fixture
def findings(
    tmp_path: Path, catalogue: Catalogue, locate: Locate
) -> Callable[..., Intake[Finding]]:
    def read(text: str, named: dict[str, Walk] | None = None) -> Intake[Finding]:
        path = tmp_path / "f.geojson"
        path.write_text(text, encoding="utf-8")
        return read_records(
            path,
            "findings",
            catalogue=catalogue,
            locate=locate,
            origin_kind=SourceKind.IMPORTED,
            walks=named or {},
        )

    return read


@pytest.fixture(scope="session")
def read_path(catalogue: Catalogue, locate: Locate) -> Callable[..., Reading]:
    """Read a file, as somebody brings it on 1 June 2020."""

    def call(path: Path, **chosen: Any) -> Reading:
        more = {key: chosen.pop(key) for key in ("watch", "limits", "walks") if key in chosen}
        return read_file(
            path,
            catalogue=catalogue,
            locate_many=one_by_one(locate),
            options=ReadOptions(**chosen),
            origin_kind=SourceKind.IMPORTED,
            today=date(2020, 6, 1),
            **more,
        )

    return call


@pytest.fixture
def read(tmp_path: Path, read_path: Callable[..., Reading]) -> Callable[..., Reading]:
    """Read a file with a content."""

    def call(name: str, content: str | bytes | None = None, **chosen: Any) -> Reading:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_path(path, **chosen)

    return call
