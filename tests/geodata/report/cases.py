"""What the tests of the document share: the day, decisions, and texts that mean harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from shapely import Point

from geodata.model import (
    Activity,
    Decision,
    DecisionStatus,
    Finding,
    FindingStatus,
    Precision,
)
from geodata.service import Service
from geodata.service.reporting import Asked
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import SWEDISH_TIME

DAY, SINCE = date(2018, 11, 22), date(2018, 10, 25)
MADE = datetime(2018, 11, 22, 14, 5, tzinfo=SWEDISH_TIME)
ASKED = Asked(as_of=DAY, since=SINCE)
HOSTILE = '#import "@preview/x:1.0.0": * $x^2$ *b* _i_ `c` <l> @r \\ "q" [d] #{1+1} /* ${y} </p>'
LONG = "Ostbrytbartord" * 9


def made_then(asked: Asked) -> Asked:
    return replace(asked, made=MADE)


def open_at(path: Path, folders: tuple[Path, ...] = ()) -> Service:
    settings = Settings(register_url(str(path)), folders, NO_BASEMAP)
    return Service.open(settings, today=lambda: DAY)


MEETING = "00000000-0000-4000-8000-000000000001"


def decision(
    number: int,
    text: str,
    day: date,
    status: DecisionStatus = DecisionStatus.OPEN,
    status_day: date | None = None,
    **more: Any,
) -> Decision:
    id_ = f"00000000-0000-4000-8000-0000000001{number:02}"
    return Decision(id_, None, text, day, status, status_day or day, **more)


DECISIONS = (
    decision(1, "Belysningen ses över", DAY, area_id="norrby", owner="boras-stad",
             due=date(2018, 12, 10)),
    decision(2, "Fler patruller på kvällen", date(2018, 9, 27), commitment_id="boras-2018/1",
             owner="polisen", due=date(2018, 11, 1)),
    decision(3, "Buskarna klipps", date(2018, 9, 27), area_id="norrby",
             status=DecisionStatus.DONE, status_day=date(2018, 11, 5), outcome="Klippta i går"),
    decision(4, "Skylt sätts upp", date(2018, 9, 27), status=DecisionStatus.WITHDRAWN,
             status_day=date(2018, 10, 1), outcome="Behövdes inte"),
    decision(5, f"{HOSTILE} {LONG} 😀 שלום مرحبا\nrad två", DAY, area_id="norrby"),
    decision(6, "Kommer senare", date(2018, 12, 1)),
)  # fmt: skip
"""Of the day, late, done since, withdrawn before, hostile, and later than the day told about."""


def hostile_activity() -> Activity:
    return Activity(
        "00000000-0000-4000-8000-000000000201", "foot_patrol", "norrby", Point(12.921, 57.7235),
        datetime(2018, 11, 20, 12, tzinfo=UTC), Precision.MINUTE, date(2018, 11, 20), 30,
        ("boras-2018/1",), note=HOSTILE,
    )  # fmt: skip


def hostile_finding() -> Finding:
    return Finding(
        "00000000-0000-4000-8000-000000000301", None, "norrby", Point(12.921, 57.7235), "lighting",
        f"{HOSTILE} {LONG}", "boras-stad", None, FindingStatus.OPEN, DAY, DAY,
    )  # fmt: skip
