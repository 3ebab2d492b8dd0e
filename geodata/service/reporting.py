"""The document that a meeting leaves with, its maps and its tables, made from what is recorded.

Each is made whole in memory and given as bytes. Heavy libraries are imported when a document is
asked for, not when the server starts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.errors import ExportError
from geodata.intake.report import Watch, unwatched
from geodata.model import (
    Activity,
    Area,
    Decision,
    Finding,
    Language,
    Meeting,
    Walk,
    WalkStatus,
)
from geodata.publish.report.matter import AreaMatter, Matter
from geodata.publish.walk_sheet import SheetDrawing, draw_walk
from geodata.service.core import Service
from geodata.service.exporting import whole_file
from geodata.service.meetings import (
    Agenda,
    AreaStep,
    Records,
    agenda_of,
    held_before,
    records_of,
)
from geodata.service.report_maps import PAPERS, map_page, report_maps
from geodata.texts import SWEDISH_TIME

if TYPE_CHECKING:
    from geodata.publish.report.figures import MapFormat


@dataclass(frozen=True, slots=True)
class WalkSheet:
    """A walk's sheet."""

    walk: Walk
    area: Area
    drawing: SheetDrawing
    before: tuple[Finding, ...]


def walk_sheet(service: Service, walk_id: str) -> WalkSheet:
    """Gather a walk's sheet.

    Parameters
    ----------
    service : Service
        Where the walk is.
    walk_id : str
        Which.

    Returns
    -------
    WalkSheet
        With the findings of earlier walks that are not mended yet.

    Raises
    ------
    UnknownIdError
        If there is no such walk, or its area is no longer in the catalogue.
    """
    walk = service.walk(walk_id)
    area = service.area(walk.area_id)
    before = tuple(
        f
        for f in service.findings((area.id,))
        if f.walk_id != walk.id and f.day <= walk.day and f.open_on(walk.day)
    )
    places = [p for p in service.catalogue.places if p.nearest_area == area.id]
    return WalkSheet(walk, area, draw_walk(walk, area, places, before), before)


__all__ = [
    "PAPERS",
    "Asked",
    "gather",
    "make_map",
    "make_report",
    "make_tables",
    "make_word",
    "told_about",
    "write_whole",
]


def now_in_sweden() -> datetime:
    """Return the time in Sweden now."""
    return datetime.now(SWEDISH_TIME)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a document is to tell about; None lets the register decide.

    Parameters
    ----------
    promise_id : str or None
        The promise; None for all, or for the meeting's.
    as_of : datetime.date or None
        The day told about; None for the meeting's, or the day that the screen begins with.
    since : datetime.date or None
        The day since when something is new; None for the meeting before, or four weeks earlier.
    meeting : Meeting or None
        The meeting that the document is for.
    language : {"sv", "en"}
        Of its words.
    """

    promise_id: str | None = None
    as_of: date | None = None
    since: date | None = None
    meeting: Meeting | None = None
    language: Language = "sv"


# --- what is made ------------------------------------------------------------------------------


def make_report(
    service: Service,
    asked: Asked,
    *,
    watch: Watch = unwatched,
    now: Callable[[], datetime] = now_in_sweden,
) -> bytes:
    """Make the whole document as a PDF, tagged for screen readers (PDF/UA-1).

    Parameters
    ----------
    service : Service
        Where everything is.
    asked : Asked
        What it is to tell about.
    watch : callable, optional
        Told how far it has come; may raise `Stopped`.
    now : callable, optional
        The clock.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    UnknownIdError
        If there is no such promise.
    ExportError
        ``report.order`` where the meeting before lies after the day told about.
    """
    from geodata.publish.report.compile import make_pdf
    from geodata.publish.report.content import make_content
    from geodata.publish.report.figures import draw

    matter = gather(service, asked, now=now)
    pictures: dict[str, bytes] = {}
    pages = report_maps(service, matter)
    for number, (name, page) in enumerate(pages.items()):
        pictures[name] = draw(page, "svg")
        watch(0.8 * (number + 1) / len(pages))
    made = make_pdf(make_content(matter), pictures, matter.made)
    watch(1.0)
    return made


def make_word(
    service: Service, asked: Asked, *, now: Callable[[], datetime] = now_in_sweden
) -> bytes:
    """Make the tables for one's own minutes as a Word file.

    Parameters
    ----------
    service : Service
        Where everything is.
    asked : Asked
        What it is to tell about.
    now : callable, optional
        The clock.
    """
    from geodata.publish.report.content import make_content
    from geodata.publish.report.word import make_docx

    matter = gather(service, asked, now=now)
    return make_docx(make_content(matter), matter.made)


def make_tables(service: Service, asked: Asked, name: str) -> bytes:
    """Make one of the tables as CSV, as Swedish Excel opens it.

    Parameters
    ----------
    service : Service
        Where everything is.
    asked : Asked
        What it is to tell about.
    name : {"matrix", "decisions", "due"}
        Which table.
    """
    from geodata.publish.report.word import TABLES

    return TABLES[name](gather(service, asked))


def make_map(
    service: Service,
    asked: Asked,
    *,
    file_format: MapFormat,
    area_id: str | None = None,
    paper: str = "a4",
    now: Callable[[], datetime] = now_in_sweden,
) -> bytes:
    """Make the map alone, to be printed: 300 pixels an inch as PNG, or lines as SVG.

    Parameters
    ----------
    service : Service
        Where everything is.
    asked : Asked
        What it is to tell about.
    file_format : {"png", "svg"}
        Pixels or lines.
    area_id : str or None
        Only this area; None for a map of each promise.
    paper : {"a4", "a3"}
        How large.
    now : callable, optional
        The clock.

    Raises
    ------
    UnknownIdError
        If there is no such promise or area.
    """
    from geodata.publish.report.figures import draw

    matter = gather(service, asked, now=now)
    return draw(map_page(service, matter, area_id=area_id, paper=paper), file_format)


def write_whole(path: Path, made: bytes, *, replace: bool = False) -> None:
    """Write a document to a file, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The file. Until it is whole it has another name.
    made : bytes
        What is written.
    replace : bool, default False
        Whether a file that is already there may be written over.

    Raises
    ------
    ExportError
        ``export.exists`` or ``export.unwritable``; what was there is as it was.
    """
    with whole_file(path, replace=replace) as new:
        new.write_bytes(made)


# --- what is told ------------------------------------------------------------------------------


def gather(
    service: Service, asked: Asked, *, now: Callable[[], datetime] = now_in_sweden
) -> Matter:
    """Read what a document tells."""
    meeting = _meeting(service, asked)
    promises = service.promises(meeting.promise_id)
    records = records_of(service, meeting)
    agenda = agenda_of(service, meeting, records)
    return Matter(
        catalogue=service.catalogue,
        language=asked.language,
        promises=promises,
        as_of=meeting.day,
        since=meeting.since,
        horizon=agenda.horizon,
        made=now(),
        examples=service.has_examples(),
        progress=service.progress(meeting.day),
        news=agenda.news,
        behind=agenda.behind,
        coming=agenda.due,
        areas=_areas(service, agenda, records),
        open=agenda.open,
        decided=agenda.decided,
        settled=tuple(d for d in agenda.earlier if not d.open_on(meeting.day)),
        walks={walk.id: walk for walk in records.walks},
        findings={finding.id: finding for finding in records.findings},
        decisions={decision.id: decision for decision in records.decisions},
        place_sources=service.place_sources(),
    )


def told_about(service: Service, asked: Asked) -> tuple[str | None, date]:
    """Return the promise, None for all of them, and the day that a document tells about.

    Parameters
    ----------
    service : Service
        Where everything is.
    asked : Asked
        What is asked; what it leaves open is the meeting's, or the register's to decide.
    """
    held = asked.meeting
    promise_id = asked.promise_id or (held.promise_id if held else None)
    chosen = asked.as_of or (held.day if held else None)
    return promise_id, service.as_of(service.promises(promise_id), chosen).day


def _meeting(service: Service, asked: Asked) -> Meeting:
    """Return the meeting that is asked for, or one that stands in for it."""
    held = asked.meeting
    promise_id, day = told_about(service, asked)
    since = asked.since or (held.since if held else None) or held_before(service, day, promise_id)
    if since > day:
        raise ExportError("report.order", since=since.isoformat(), day=day.isoformat())
    return Meeting(
        id=held.id if held else "",
        day=day,
        since=since,
        next_day=held.next_day if held else None,
        promise_id=promise_id,
    )


def _areas(service: Service, agenda: Agenda, records: Records) -> tuple[AreaMatter, ...]:
    by_area: defaultdict[str, list[Activity]] = defaultdict(list)
    for activity in records.activities:
        if activity.area_id is not None:
            by_area[activity.area_id].append(activity)
    return tuple(
        _area(service, step, agenda.meeting, by_area[step.area_id], records)
        for step in agenda.areas
    )


def _area(
    service: Service,
    step: AreaStep,
    meeting: Meeting,
    activities: Sequence[Activity],
    records: Records,
) -> AreaMatter:
    here = step.area_id
    return AreaMatter(
        area=service.catalogue.area_by_id[here],
        worst=step.attention.worst,
        standings=step.standings,
        news=step.news,
        activities=tuple(activities),
        walks=tuple(w for w in records.walks if w.area_id == here and _tells(w, meeting)),
        findings=(*step.findings, *step.news.settled),
        decisions=(
            *step.decisions,
            *(d for d in records.decisions if d.area_id == here and _came(d, meeting)),
        ),
        open_findings=len(step.findings),
    )


def _is_new(day: date, meeting: Meeting) -> bool:
    return meeting.since < day <= meeting.day


def _tells(walk: Walk, meeting: Meeting) -> bool:
    return walk.status is WalkStatus.PLANNED or _is_new(walk.day, meeting)


def _came(decision: Decision, meeting: Meeting) -> bool:
    return not decision.open_on(meeting.day) and _is_new(decision.status_day, meeting)
