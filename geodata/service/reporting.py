"""The document that a meeting leaves with, its maps and its tables, made from what is recorded.

Each is made whole in memory and given as bytes. Heavy libraries are imported when a document is
asked for, not when the server starts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from geodata import model
from geodata.analysis.meeting import to_decide
from geodata.errors import ExportError
from geodata.intake.form_records import read_closing, read_text
from geodata.intake.forms import FormValues, author
from geodata.publish.charts import Drawn
from geodata.publish.paper import to_png
from geodata.publish.report import photos
from geodata.publish.report.content import make_content
from geodata.publish.report.first_page import FIRST_MAP_MM
from geodata.publish.report.follow_up import charts_of, make_follow_up
from geodata.publish.report.maps import MapFormat as MapFormat
from geodata.publish.report.maps import draw
from geodata.publish.report.matter import AreaMatter, Matter, Report, Teller
from geodata.publish.walk_sheet import SheetDrawing, draw_walk
from geodata.service import meetings
from geodata.service.answering import anew
from geodata.service.core import Service
from geodata.service.exporting import whole_file
from geodata.service.limited import FOR_READERS, for_readers
from geodata.service.paper_maps import WIDTH_MM, backdrop_of, map_page, report_maps
from geodata.service.photos import jpeg, shown
from geodata.service.recording import Outcome, Refused, Saved, change, conflict_with, require_open
from geodata.texts import SWEDISH_TIME


@dataclass(frozen=True, slots=True)
class WalkSheet:
    """A walk's sheet."""

    walk: model.Walk
    area: model.Area
    drawing: SheetDrawing
    before: tuple[model.Finding, ...]
    # Of those, by the finding's id.
    photos: Mapping[str, tuple[model.Photo, ...]]


def walk_sheet(service: Service, walk_id: str, layers: Sequence[str] = ()) -> WalkSheet:
    """Gather a walk's sheet, with the findings of earlier walks that are not mended yet.

    Its map lies over reference layers, by their ids.
    """
    walk = service.walk(walk_id)
    area = service.area(walk.area_id)
    before = tuple(
        f
        for f in service.findings((area.id,))
        if f.walk_id != walk.id and f.day <= walk.day and f.open_on(walk.day)
    )
    places = [p for p in service.catalogue.places if p.nearest_area == area.id]
    drawing = draw_walk(walk, area, places, before, backdrop_of(service, layers))
    pictured = shown(service, "finding", [finding.id for finding in before])
    return WalkSheet(walk, area, drawing, before, pictured)


def now_in_sweden() -> datetime:
    """Return the time in Sweden now."""
    return datetime.now(SWEDISH_TIME)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a document is to tell about; None lets the register decide."""

    # None for all, or for the meeting's.
    promise_id: str | None = None
    # The day told about; None for the meeting's, or the day that the screen begins with.
    as_of: date | None = None
    # When something is new; None for the meeting before, or four weeks earlier.
    since: date | None = None
    meeting: model.Meeting | None = None
    language: model.Language = "sv"
    # Which version of the meeting's minutes it is, None where it is none.
    version: int | None = None
    # Reference layers that lie beneath its maps, by id.
    layers: tuple[str, ...] = ()
    # When it is made.
    made: datetime = field(default_factory=now_in_sweden, compare=False)


# --- what is made ------------------------------------------------------------------------------


def make_report(service: Service, asked: Asked) -> bytes:
    """Make the whole document as a PDF, tagged for screen readers (PDF/UA-1).

    An ExportError ``report.order`` where the meeting before lies after the day told about.
    """
    from geodata.publish.report.writing import make_pdf, room_mm

    matter = gather(service, asked)
    report = make_content(matter)
    pages = report_maps(service, matter, room_mm(report, *FIRST_MAP_MM))
    pictures = {name: draw(page, "svg") for name, page in pages.items()}
    for area in matter.areas:
        if found := photos.pictured(area)[: photos.AT_MOST]:
            bodies = [jpeg(service, photo.id, thumbnail=True) for _, photo in found]
            pictures[photos.name_of(area)] = photos.strip(bodies)
    return make_pdf(report, pictures, matter.made)


def make_word(service: Service, asked: Asked) -> bytes:
    """Make the tables for one's own minutes as a Word file."""
    from geodata.publish.report.writing import make_docx

    matter = gather(service, asked)
    return make_docx(make_content(matter), matter.made)


def told_brief(service: Service, asked: Asked) -> tuple[Report, Mapping[str, Drawn]]:
    """Return what the document on promises' follow-up says, with its charts, for a page."""
    matter = gather(service, asked)
    return make_follow_up(matter), charts_of(matter)


def make_brief(service: Service, asked: Asked, file_format: Literal["pdf", "docx"]) -> bytes:
    """Make the document on promises' follow-up, with their indicators beside the work."""
    from geodata.publish.report.writing import make_docx, make_pdf

    matter = gather(service, asked)
    report, charts = make_follow_up(matter), charts_of(matter)
    if file_format == "pdf":
        lines = {name: one.svg.encode() for name, one in charts.items()}
        return make_pdf(report, lines, matter.made)
    pixels = {
        name: to_png(one.svg, (WIDTH_MM, WIDTH_MM * one.share), one.alt, CHART_DPI)
        for name, one in charts.items()
    }
    return make_docx(report, matter.made, pixels)


CHART_DPI: Final = 200


def make_tables(service: Service, asked: Asked, name: str) -> bytes:
    """Make one of the tables, matrix, decisions or due, as CSV, as Swedish Excel opens it."""
    from geodata.publish.report.writing import TABLES

    return TABLES[name](Teller(gather(service, asked)))


def make_map(
    service: Service,
    asked: Asked,
    *,
    file_format: MapFormat,
    area_id: str | None = None,
    paper: str = "a4",
) -> bytes:
    """Make the map alone, to be printed: 300 pixels an inch as PNG, or lines as SVG or PDF.

    Of one area, or of each promise where `area_id` is None, on paper as large as `PAPERS` says.
    """
    matter = gather(service, asked)
    page = map_page(service, matter, area_id=area_id, paper=paper)
    return draw(page, file_format)


def write_whole(path: Path, made: bytes, *, replace: bool = False) -> None:
    """Write a document to a file, whole or not at all; it has another name until it is whole.

    An ExportError ``export.exists`` or ``export.unwritable`` leaves what was there as it was.
    """
    with whole_file(path, replace=replace) as new:
        new.write_bytes(made)


MINUTES: Final[Mapping[str, Callable[..., bytes]]] = {
    "rapport.pdf": make_report,
    "tabeller.docx": make_word,
    "matris.csv": partial(make_tables, name="matrix"),
    "beslut.csv": partial(make_tables, name="decisions"),
    "att-gora.csv": partial(make_tables, name="due"),
}
"""The documents that a meeting leaves with, by their names: frozen when it is closed."""


BRIEFS: Final[Mapping[str, Callable[..., bytes]]] = {
    "underlag.pdf": partial(make_brief, file_format="pdf"),
    "underlag.docx": partial(make_brief, file_format="docx"),
}
"""The documents for a follow-up, by their names."""


# --- what is told ------------------------------------------------------------------------------


def gather(service: Service, asked: Asked) -> Matter:
    """Read what a document tells; closed minutes are not made anew."""
    held = asked.meeting
    if held is not None and held.ended and asked.version is None:
        raise ExportError("export.minutes_closed")
    meeting = _meeting(service, asked)
    promises = service.scope(meeting.promise_id, meeting.day).promises
    records = meetings.records_of(service, meeting)
    agenda = meetings.agenda_of(service, meeting, records)
    standings = meetings.standings_since(service, promises, meeting.day, meeting.since)
    return Matter(
        catalogue=service.catalogue,
        language=asked.language,
        promises=promises,
        as_of=meeting.day,
        since=meeting.since,
        horizon=agenda.horizon,
        made=asked.made,
        examples=service.has_examples(),
        progress=service.progress(meeting.day),
        news=agenda.news,
        standings=standings,
        decide=to_decide(standings, agenda.due),
        coming=agenda.due,
        areas=_areas(service, agenda, records),
        open=agenda.open,
        decided=agenda.decided,
        settled=tuple(d for d in agenda.earlier if not d.open_on(meeting.day)),
        walks={walk.id: walk for walk in records.walks},
        findings={finding.id: finding for finding in records.findings},
        decisions={decision.id: decision for decision in records.decisions},
        place_sources=service.place_sources(),
        backdrop=backdrop_of(service, asked.layers),
        late=agenda.late,
        disposal=service.register.latest_disposal(),
        held=held,
        version=asked.version,
    )


def told_about(service: Service, asked: Asked) -> tuple[str | None, date]:
    """Return the promise, None for all of them, and the day that a document tells about.

    What `asked` leaves open is the meeting's, or the register's to decide.
    """
    held = asked.meeting
    promise_id = asked.promise_id or (held.promise_id if held else None)
    chosen = asked.as_of or (held.day if held else None)
    return promise_id, service.scope(promise_id, chosen).as_of.day


def _meeting(service: Service, asked: Asked) -> model.Meeting:
    """Return the meeting that is asked for, or one that stands in for it."""
    held = asked.meeting
    promise_id, day = told_about(service, asked)
    since = (
        asked.since
        or (held.since if held else None)
        or meetings.held_before(service, day, promise_id)
    )
    if since > day:
        raise ExportError("report.order", since=since.isoformat(), day=day.isoformat())
    return model.Meeting(
        id=held.id if held else "",
        day=day,
        since=since,
        next_day=held.next_day if held else None,
        promise_id=promise_id,
    )


def _areas(
    service: Service, agenda: meetings.Agenda, records: meetings.Records
) -> tuple[AreaMatter, ...]:
    by_area: defaultdict[str, list[model.Activity]] = defaultdict(list)
    for activity in records.activities:
        if activity.area_id is not None:
            by_area[activity.area_id].append(activity)
    return tuple(
        _area(service, step, agenda, by_area[step.area_id], records) for step in agenda.areas
    )


def _area(
    service: Service,
    step: meetings.AreaStep,
    agenda: meetings.Agenda,
    activities: Sequence[model.Activity],
    records: meetings.Records,
) -> AreaMatter:
    here, meeting = step.area_id, agenda.meeting
    findings = *step.findings, *step.news.settled
    return AreaMatter(
        area=service.catalogue.area_by_id[here],
        worst=step.attention.worst if step.standings else None,
        standings=step.standings,
        news=step.news,
        activities=tuple(activities),
        walks=tuple(w for w in records.walks if w.area_id == here and _tells(w, agenda)),
        findings=findings,
        decisions=(
            *step.decisions,
            *(d for d in records.decisions if d.area_id == here and _came(d, meeting)),
        ),
        open_findings=len(step.findings),
        photos=shown(service, "finding", [finding.id for finding in findings]),
    )


def _tells(walk: model.Walk, agenda: meetings.Agenda) -> bool:
    is_ahead = walk.status is model.WalkStatus.PLANNED and walk.day <= agenda.horizon
    return is_ahead or agenda.meeting.is_new(walk.day)


def _came(decision: model.Decision, meeting: model.Meeting) -> bool:
    return not decision.open_on(meeting.day) and meeting.is_new(decision.status_day)


# --- closing a meeting: its minutes are frozen, and only what is said here opens them again -------

LONGEST_REASON: Final = 500


def close(
    service: Service,
    meeting_id: str,
    values: FormValues,
    *,
    expected_number: int,
) -> Outcome:
    """Close a meeting: make its minutes in every language, and keep them for good.

    They tell of one state of the register: where somebody writes while they are made, they are
    made anew, and a RegisterError ``register.conflict`` comes of others who write all the time;
    ``register.meeting_closed`` where it is closed. `values` are those that
    `geodata.intake.form_records.read_closing` takes, with ``by``.
    """
    by, problems = author(values)

    def attempt() -> Outcome:
        version = service.register.version()
        meeting = service.meeting(meeting_id)
        require_open(meeting)
        read = read_closing(values, meeting, service.catalogue, service.today())
        if read.record is None or problems:
            return Refused((*read.errors, *problems))
        if service.newest_number("meeting", meeting_id) != expected_number:
            return conflict_with(service, "meeting", read.record)
        bodies = _minutes(service, read.record)
        hashes = tuple((name, sha256(body).hexdigest()) for name, body in bodies.items())
        closed = replace(read.record, documents=hashes)
        expected = {"expected_number": expected_number, "expected_version": version}
        number = service.register.freeze(closed, bodies.values(), by=by, **expected)
        return Saved("meeting", closed, number)

    return anew(attempt)


def _minutes(service: Service, meeting: model.Meeting) -> dict[str, bytes]:
    """Return every document of a meeting that is being closed, by its name."""
    made, version = now_in_sweden(), len(meetings.closings(service, meeting.id)) + 1

    def written(whose: Service) -> dict[str, bytes]:
        return {
            f"{language}/{name}": make(
                whose, Asked(meeting=meeting, language=language, version=version, made=made)
            )
            for language in model.LANGUAGES
            for name, make in MINUTES.items()
        }

    whole = written(service)
    has_internal = any(finding.internal for finding in service.findings())
    readers = written(for_readers(service)) if has_internal else whole
    return whole | {f"{FOR_READERS}{name}": body for name, body in readers.items()}


def reopen(
    service: Service, meeting_id: str, values: FormValues, *, expected_number: int
) -> Outcome:
    """Open a closed meeting again: its minutes stay as they were, and the next are a new version.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    meeting_id : str
        Which meeting.
    values : mapping
        ``reason`` is why, ``by`` who opens it.
    expected_number : int
        The revision of the meeting that the reader saw.

    Returns
    -------
    Saved, Refused or Conflict
        As for `geodata.service.recording.save`; refused without a reason.
    """
    reason, problems = read_text(values, "reason", LONGEST_REASON, needed=True)
    by, unsigned = author(values)
    if problems or unsigned:
        return Refused((*problems, *unsigned))
    closed = service.meeting(meeting_id)
    opened = replace(closed, ended=False, documents=(), reopened=reason)
    return change(service, "meeting", opened, by, expected_number)
