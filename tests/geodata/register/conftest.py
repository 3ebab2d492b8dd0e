from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from shapely import LineString, Point

from geodata import settings
from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    Origin,
    Precision,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.register import Register


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "register.sqlite"


@pytest.fixture
def url(path: Path) -> str:
    return settings.register_url(str(path))


@pytest.fixture
def register(url: str) -> Iterator[Register]:
    with Register.open(url) as opened:
        yield opened


def _activity(**values: Any) -> Activity:
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": "foot_patrol",
        "area_id": "norrby",
        "place": Point(12.925, 57.715),
        "start": datetime(2018, 5, 3, 18, 30, tzinfo=UTC),
        "precision": Precision.MINUTE,
        "day": date(2018, 5, 3),
        "minutes": 45,
        "commitments": ("boras-2018/2", "boras-2018/1"),
        "parties": ("police", "boras-stad"),
        "participants": None,
        "note": "Lugnt på torget.",
        "origin": Origin(SourceKind.IMPORTED, "pass.csv", 7),
    }
    return Activity(**{**given, **values})


def _walk(**values: Any) -> Walk:
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "area_id": "hulta",
        "status": WalkStatus.PLANNED,
        "start": datetime(2018, 10, 2, 16, 0, tzinfo=UTC),
        "precision": Precision.MINUTE,
        "day": date(2018, 10, 2),
        "minutes": 90,
        "meeting_point": "Torget",
        "route": LineString([(12.90, 57.70), (12.92, 57.70), (12.92, 57.71)]),
        "participants": 12,
        "parties": ("police", "bostader"),
        "commitments": ("boras-2018/4",),
        "note": "Ta med ficklampa.",
        "origin": Origin(SourceKind.RECORDED),
    }
    return Walk(**{**given, **values})


def _finding(**values: Any) -> Finding:
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "walk_id": None,
        "area_id": "hulta",
        "place": Point(12.91, 57.70),
        "category": "lighting",
        "text": "Trasig lampa vid gångvägen.",
        "owner": "boras-stad",
        "function": "Gatudriften",
        "due": date(2018, 11, 1),
        "status": FindingStatus.OPEN,
        "day": date(2018, 10, 2),
        "status_day": date(2018, 10, 2),
        "origin": Origin(SourceKind.PUBLISHED, reference="https://example.org/protokoll"),
    }
    return Finding(**{**given, **values})


@pytest.fixture
def new_activity() -> Callable[..., Activity]:
    return _activity


@pytest.fixture
def new_walk() -> Callable[..., Walk]:
    return _walk


@pytest.fixture
def new_finding() -> Callable[..., Finding]:
    return _finding
