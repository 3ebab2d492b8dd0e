"""The document that a meeting leaves with, its maps and its tables, made from what is recorded.

Each is made whole in memory and given as bytes. Heavy libraries are imported when a document is
asked for, not when the server starts.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.analysis.agenda import USUAL_GAP, Agenda, AreaStep, Records
from geodata.analysis.agenda import News as AgendaNews
from geodata.analysis.agenda import Standing as AgendaStanding
from geodata.analysis.meeting import prepare_agenda
from geodata.errors import ExportError
from geodata.intake.plan import Watch, unwatched
from geodata.model import (
    Activity,
    ActivityFilter,
    Decision,
    Finding,
    FindingStatus,
    Language,
    Meeting,
    Walk,
    WalkStatus,
)
from geodata.publish.report.matter import AreaMatter, Coming, Matter, News, Standing
from geodata.service.core import Service
from geodata.service.report_maps import PAPERS, map_page, report_maps
from geodata.texts import SWEDISH_TIME

if TYPE_CHECKING:
    from geodata.publish.report.figures import MapFormat

__all__ = [
    "PAPERS",
    "Asked",
    "gather",
    "make_map",
    "make_report",
    "make_tables",
    "make_word",
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
    from geodata.publish.report.minutes import TABLES

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
    if path.is_dir() or (path.exists() and not replace):
        raise ExportError("export.exists", file=str(path))
    try:
        folder = Path(tempfile.mkdtemp(prefix=".lofteskartan-", dir=path.parent))
        try:
            new = folder / path.name
            new.write_bytes(made)
            new.replace(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ExportError("export.unwritable", file=str(path)) from error


# --- what is told ------------------------------------------------------------------------------


def gather(
    service: Service, asked: Asked, *, now: Callable[[], datetime] = now_in_sweden
) -> Matter:
    """Read what a document tells.

    Parameters
    ----------
    service : Service
        Where everything is.
    asked : Asked
        What it is to tell about.
    now : callable, optional
        The clock.

    Returns
    -------
    Matter
        Ready to be made into a report.

    Raises
    ------
    UnknownIdError
        If there is no such promise.
    ExportError
        ``report.order`` where the meeting before lies after the day told about.
    """
    meeting = _meeting(service, asked)
    promises = service.promises(meeting.promise_id)
    records = _records(service, meeting)
    agenda = prepare_agenda(
        service.catalogue,
        meeting,
        service.progress(meeting.day),
        service.progress(meeting.since),
        service.attention(promises, meeting.day),
        records,
    )
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
        news=_news(agenda.news),
        behind=tuple(map(_standing, agenda.behind)),
        coming=tuple(
            Coming(due.kind, due.day, due.late, due.id, due.commitment_id, due.area_ids)
            for due in agenda.due
        ),
        areas=_areas(service, agenda, records),
        open=agenda.open,
        decided=agenda.decided,
        settled=tuple(d for d in agenda.earlier if not d.open_on(meeting.day)),
        walks={walk.id: walk for walk in records.walks},
        findings={finding.id: finding for finding in records.findings},
        decisions={decision.id: decision for decision in records.decisions},
        place_sources=service.place_sources(),
    )


def _meeting(service: Service, asked: Asked) -> Meeting:
    """Return the meeting that is asked for, or one that stands in for it."""
    held = asked.meeting
    promise_id = asked.promise_id or (held.promise_id if held else None)
    chosen = asked.as_of or (held.day if held else None)
    day = service.as_of(service.promises(promise_id), chosen).day
    since = asked.since or (held.since if held else None) or _day_before(service, promise_id, day)
    if since > day:
        raise ExportError("report.order", since=since.isoformat(), day=day.isoformat())
    return Meeting(
        id=held.id if held else "",
        day=day,
        since=since,
        next_day=held.next_day if held else None,
        promise_id=promise_id,
    )


def _day_before(service: Service, promise_id: str | None, day: date) -> date:
    """Return the day of the last meeting before a day, or how long ago it usually is."""
    days = [
        meeting.day
        for meeting in service.register.meetings()
        if meeting.day < day and meeting.promise_id in (None, promise_id)
    ]
    if days:
        return max(days)
    return date.fromordinal(max(day.toordinal() - USUAL_GAP.days, 1))


def _records(service: Service, meeting: Meeting) -> Records:
    first = min(meeting.since, date.max - timedelta(days=1)) + timedelta(days=1)
    wanted = ActivityFilter(first_day=first, last_day=meeting.day)
    return Records(
        service.activities(wanted),
        service.register.walks(),
        service.register.findings(),
        service.decisions(),
    )


def _news(news: AgendaNews) -> News:
    return News(
        news.kinds, news.minutes, news.minutes_unknown, news.walks, news.found, news.settled
    )


def _standing(one: AgendaStanding) -> Standing:
    return Standing(one.commitment, one.now, one.added, one.share, one.state)


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
        standings=tuple(map(_standing, step.standings)),
        news=_news(step.news),
        activities=tuple(activities),
        walks=tuple(w for w in records.walks if w.area_id == here and _tells(w, meeting)),
        findings=(
            *step.findings,
            *(f for f in records.findings if f.area_id == here and _settled(f, meeting)),
        ),
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


def _settled(finding: Finding, meeting: Meeting) -> bool:
    settled = (FindingStatus.DONE, FindingStatus.DISMISSED)
    return finding.status in settled and _is_new(finding.status_day, meeting)


def _came(decision: Decision, meeting: Meeting) -> bool:
    return not decision.open_on(meeting.day) and _is_new(decision.status_day, meeting)
