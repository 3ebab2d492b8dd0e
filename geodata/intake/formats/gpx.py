"""Tracks, routes and waypoints from GPX files (Topografix GPX 1.0 and 1.1).

A file is read as a stream: only what a record can hold is kept. What can't be read of a point is
left out by itself and told of with its line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shapely import LineString, MultiLineString, Point

from geodata.errors import IntakeError
from geodata.guards import XmlFault, XmlLimits, read_xml
from geodata.intake.fields import folded, text
from geodata.intake.incoming import file_name, limits_of_tree, read_xml_text
from geodata.intake.positions import Shape
from geodata.intake.report import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem, What, shown
from geodata.intake.sheets import Sheet, require_no_identity
from geodata.intake.tracks import Cleaned, Fix, Stay, cleaned, times_of
from geodata.records.tables import MINUTES_HIGHEST

DEEPEST: Final = 40
"""Elements inside elements; a receiver's file, with extensions, has fewer than ten."""

ELEMENTS_EACH: Final = 20
"""Elements for each point that a file may have: a sports watch writes about ten."""

FIRST_YEAR: Final = 2002
"""When GPX was made. A clock that shows an earlier year was not set: receivers begin at 1970, 1980
or 1999, and one that has lost count of its weeks shows a day 1,024 weeks too early."""

RECORD: Final = "record"
RECORD_NAMESPACE: Final = "urn:lofteskartan:record"
"""The extension in which the program itself writes all that a record says, as attributes."""

HEADERS: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {
        "activities": ("date", "minutes", "note", "remark", "kind"),
        "walks": ("date", "minutes", "note", "remark", "name", "status"),
        "findings": ("day", "minutes", "text", "remark"),
    }
)
"""What a track, route or waypoint says, by what it becomes; ``remark`` is looked at, not kept."""

_SORT_OF: Final = {"trk": "track", "rte": "route", "wpt": "waypoint"}
_POINTS: Final = frozenset({"trkpt", "rtept"})
_WORDS: Final = frozenset({"name", "cmt", "desc", "src", "type", "keywords", "time"})
_LONGEST_TEXT: Final = 20_000
_DEGREES: Final = re.compile(r"\s*[+-]?\d{1,18}(?:[.,]\d*)?(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)
_CHUNK: Final = 1 << 16

SORTS: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {
        "activities": ("track", "route", "waypoint"),
        "walks": ("track", "route"),
        "findings": ("waypoint",),
    }
)
"""What may become which: a finding is a point, a walk is a line."""

NO_KINDS: Final[Mapping[str, str]] = MappingProxyType({})

NOT_SAID: Final = frozenset({"safety_walk"})
"""Kinds that a ``<type>`` never gives an activity: a walk is held only where somebody says so."""


@dataclass(frozen=True, slots=True)
class Track:
    """A line from a GPX file."""

    name: str
    line: LineString | MultiLineString


@dataclass(slots=True)
class _Item:
    """A track, a route or a waypoint."""

    sort: str
    words: dict[str, list[str]] = field(default_factory=dict)
    parts: list[list[Fix]] = field(default_factory=list)
    own: Mapping[str, str] = field(default_factory=dict)
    left_out: dict[str, _LeftOut] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """Return what an element of it says, in one line."""
        return _plain(" ".join(self.words.get(name, ())))

    @property
    def name(self) -> str:
        """Its name; empty where it has none."""
        return self.said("name")

    @property
    def note(self) -> str:
        """What it says of itself, each thing once."""
        said = (self.name, self.said("desc"), self.said("cmt"))
        return ". ".join(filter(None, dict.fromkeys(said)))

    def leave_out(self, key: str, value: str, line: int) -> None:
        """Take note of what can't be read."""
        self.left_out.setdefault(key, _LeftOut(value, line)).count += 1


@dataclass(slots=True)
class _LeftOut:
    """How often something could not be read; the first value, and its line."""

    value: str
    line: int
    count: int = 0


def read_gpx(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Intake[Track]:
    """Read a GPX file's tracks and routes.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : Limits
        What is too much.

    Returns
    -------
    Intake of Track
        Tracks first, then routes, cleaned as `geodata.intake.tracks.cleaned` does; what was left
        out is told in notices. Heights are not needed and not kept.

    Raises
    ------
    IntakeError
        If the file can't be read as text, is no well-formed GPX, declares a document type (it
        could hold entities that fill the memory), or has too many points.
    """
    name = file_name(path)
    found, notices = _items(path, name, limits, date.max)
    items = [item for item in found if item.sort != "waypoint"]
    tracks: list[Track] = []
    problems: list[RowProblem] = [*notices]
    for number, item in enumerate(items, start=1):
        told = RowNotes(name, number)
        title = text({"name": item.name}, "name", told, limits.text)
        clean = cleaned(item.parts, drawn=item.sort == "route")
        _tell(item, clean, title, told)
        if clean.line is not None and not told.refused:
            tracks.append(Track(title, clean.line))
        problems.extend(told.problems)
    return Intake(name, tuple(tracks), tuple(problems), len(items))


def gpx_sheets(
    path: Path,
    limits: Limits,
    what: What,
    kinds: Mapping[str, str] = NO_KINDS,
    today: date = date.max,
) -> list[Sheet]:
    """Read a GPX file as rows: tracks first, then routes, then waypoints, numbered from 1."""
    name = file_name(path)
    found, notices = _items(path, name, limits, today)
    own = [item for item in found if item.own]
    others = [item for item in found if not item.own and item.sort in SORTS[what]]
    sheets = [_own_sheet(name, own)] if own else []
    if others or not own:
        sheets.append(_sheet(name, others, what, kinds, first=len(own) + 1))
    return [replace(sheets[0], remarks=notices), *sheets[1:]]


def _own_sheet(name: str, items: Sequence[_Item]) -> Sheet:
    """Return what the program itself wrote: the records' own columns."""
    header = tuple(dict.fromkeys(column for item in items for column in item.own))
    return Sheet(
        name,
        header,
        None,
        range(1, len(items) + 1),
        [[item.own.get(column, "") for column in header] for item in items],
        shapes=[_as_written(item) for item in items],
        titled=False,
    )


def _as_written(item: _Item) -> Shape | None:
    """Return a record's place, without the points that say only when somebody went on."""
    if item.sort == "waypoint":
        return Point(item.parts[0][0].lon, item.parts[0][0].lat) if item.parts[0] else None
    stood = _stood(item)
    lines: list[list[tuple[float, float]]] = []
    for part in item.parts:
        fixes = iter(part)
        line: list[tuple[float, float]] = []
        for fix in fixes:
            line.append((fix.lon, fix.lat))
            if next(stood, False):
                next(fixes, None)
        if len(line) > 1:
            lines.append(line)
    if len(lines) > 1:
        return MultiLineString(lines)
    return LineString(lines[0]) if lines else None


def _stood(item: _Item) -> Iterator[bool]:
    """Tell of each point of an own track whether it is there twice: reached, and left."""
    try:
        stood = [reached != left for reached, left in json.loads(item.own.get("times_s") or "[]")]
    except (ValueError, TypeError, RecursionError):
        stood = []
    # Somebody may have changed the track since, or it was written without times.
    fits = sum(map(len, item.parts)) == len(stood) + sum(stood)
    return iter(stood if fits else [])


def _sheet(
    name: str, items: Sequence[_Item], what: What, kinds: Mapping[str, str], *, first: int
) -> Sheet:
    """Return what others wrote: what `HEADERS` names."""
    told: dict[int, tuple[RowProblem, ...]] = {}
    shapes: list[Shape | None] = []
    stays: list[tuple[Stay, ...]] = []
    cells: list[dict[str, str]] = []
    for index, item in enumerate(items):
        notes = RowNotes(name, index + first)
        shape, clean = _shape(item, notes)
        times = times_of(item.parts[0]) if clean is None else clean.times
        shapes.append(shape)
        cells.append(_cells(item, times, kinds, notes))
        kept = clean is not None and what == "activities"
        stays.append(_kept_stays(item, clean, notes) if clean is not None and kept else ())
        told[index] = tuple(notes.problems)
    # Without any kind there is no such column: then one is asked for, once for the whole file.
    header = [field for field in HEADERS[what] if field != "kind" or any(c[field] for c in cells)]
    return Sheet(
        name,
        tuple(header),
        None,
        range(first, first + len(items)),
        [[values[field] for field in header] for values in cells],
        shapes=shapes,
        stays=stays,
        told=told,
        titled=False,
    )


def _shape(item: _Item, told: RowNotes) -> tuple[Shape | None, Cleaned | None]:
    """Return an item's place, and a line as it was cleaned."""
    if item.sort != "waypoint":
        clean = cleaned(item.parts, drawn=item.sort == "route")
        _tell(item, clean, item.name, told)
        return clean.line, clean
    if not item.parts[0]:
        lost = item.left_out.pop("intake.points_unread")
        told.error("geometry", "intake.not_degrees", lost.value)
    _tell_left_out(item, item.name, told)
    return next((Point(fix.lon, fix.lat) for fix in item.parts[0]), None), None


def _kept_stays(item: _Item, clean: Cleaned, told: RowNotes) -> tuple[Stay, ...]:
    """Return a track's times, none and a notice where they can't be relied on."""
    if item.sort != "track" or not clean.times:
        return ()
    if clean.stays and clean.stays[0][0] >= _to_minute(clean.times[0]):
        return clean.stays
    # A lone first time is what a file has that tells when a track began, and no more.
    if len(clean.times) > 1:
        told.notice("", "intake.track_times_left_out", item.name)
    return ()


def _to_minute(time: datetime) -> datetime:
    """Return a time to the minute: so exactly the register knows a start."""
    return time.replace(second=0, microsecond=0)


def _cells(
    item: _Item, times: Sequence[datetime], kinds: Mapping[str, str], told: RowNotes
) -> dict[str, str]:
    """Return what an item says, by the fields of `HEADERS`."""
    begun = _to_minute(times[0]).isoformat() if times else ""
    minutes = ""
    if times and item.sort == "track":
        length = (times[-1] - times[0]) / timedelta(minutes=1)
        if length >= MINUTES_HIGHEST:
            told.notice("minutes", "intake.track_too_long", item.name)
        elif length >= 0:
            minutes = str(round(length))
    kind = kinds.get(folded(item.said("type")), "")
    return {
        "date": begun,
        "day": begun,
        "minutes": minutes,
        "note": item.note,
        "text": item.note,
        "remark": item.said("src"),
        "name": item.name,
        "status": "held" if item.sort == "track" and times else "",
        "kind": "" if kind in NOT_SAID else kind,
    }


def _tell(item: _Item, clean: Cleaned, name: str, told: RowNotes) -> None:
    """Tell what was left out of a line; refuse it if nothing is left."""
    _tell_left_out(item, name, told)
    for key, count in (
        ("intake.points_dropped", clean.junk),
        ("intake.spikes_dropped", clean.spikes),
        ("intake.track_gaps", clean.gaps),
        ("intake.points_alone", clean.alone),
    ):
        if count:
            told.notice("", key, name, count=count)
    if clean.line is None:
        told.error("", "intake.no_line", name)


def _tell_left_out(item: _Item, name: str, told: RowNotes) -> None:
    for key, lost in item.left_out.items():
        told.notice("", key, name, count=lost.count, first=shown(lost.value), line=lost.line)


# --- the file ------------------------------------------------------------------------------------


def _items(
    path: Path, name: str, limits: Limits, today: date
) -> tuple[list[_Item], tuple[RowProblem, ...]]:
    """Return a file's tracks, routes and waypoints, and what is told of it as a whole."""
    content, notices = read_xml_text(path, limits_of_tree(limits))
    reader = _Reader(name, limits.rows, today)

    def refusal(fault: XmlFault) -> IntakeError:
        if fault == "many":
            return IntakeError("intake.too_many_points", file=name, limit=limits.rows)
        if fault == "broken":
            return IntakeError("intake.not_gpx", file=name)
        key = "intake.document_type" if fault == "entities" else "intake.too_deep"
        return IntakeError(key, file=name)

    read_xml(
        (content[at : at + _CHUNK].encode() for at in range(0, len(content), _CHUNK)),
        reader,
        XmlLimits(ELEMENTS_EACH * limits.rows, DEEPEST),
        refusal,
        "utf-8",
    )
    require_no_identity(name, [_plain(" ".join(words)) for words in reader.words.values()])
    order = list(_SORT_OF.values())
    return sorted(reader.items, key=lambda item: order.index(item.sort)), notices


class _Reader:
    """Gathers a file's items as its elements go by."""

    def __init__(self, name: str, limit: int, today: date) -> None:
        self.items: list[_Item] = []
        self.words: dict[str, list[str]] = {}
        self._name = name
        self._limit = limit
        self._latest = datetime.combine(today, datetime.max.time(), UTC)
        self._made = 0
        self._uri = ""
        self._path: list[str] = []
        self._item: _Item | None = None
        self._fix: Fix | None = None
        self._line = 0
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        uri, _, name = tag.rpartition(" ")
        if not self._path:
            if name != "gpx":
                raise IntakeError("intake.not_gpx", file=self._name)
            self._uri = uri
        parent = self._path[-1] if self._path else ""
        self._path.append(name if uri == self._uri else "")
        self._line = line
        if uri != self._uri:
            if (uri, name) == (RECORD_NAMESPACE, RECORD) and self._item is not None:
                self._take_own(attributes)
        elif len(self._path) == 2 and name in _SORT_OF:
            self._begin(name, attributes)
        elif self._item is not None and name == "trkseg":
            self._count()
            self._item.parts.append([])
        elif self._item is not None and name in _POINTS and parent in ("trk", "trkseg", "rte"):
            self._take_point(self._item, attributes)
        elif name in _WORDS and parent in (*_SORT_OF, *_POINTS, "gpx", "metadata"):
            self._text = []

    def end(self) -> None:
        name = self._path.pop()
        if self._text is not None and name in _WORDS:
            self._take_text(name, "".join(self._text), self._path[-1])
            self._text = None
        elif self._item is not None and (name in _POINTS or name == "wpt"):
            if self._fix is not None:
                self._item.parts[-1].append(self._fix)
            self._fix = None
        if len(self._path) == 1:
            self._item = None

    def text(self, data: str) -> None:
        # What is longer than any text may be is refused for that, however much of it is kept.
        if self._text is not None and sum(map(len, self._text)) < _LONGEST_TEXT:
            self._text.append(data)

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count()
        self._item = _Item(_SORT_OF[name], parts=[] if name == "trk" else [[]])
        self.items.append(self._item)
        if name == "wpt":
            self._take_point(self._item, attributes)

    def _count(self) -> None:
        self._made += 1
        if self._made > 2 * self._limit:
            raise IntakeError("intake.too_many_points", file=self._name, limit=self._limit)

    def _take_own(self, attributes: Mapping[str, str]) -> None:
        if self._item is not None and self._path[-2] == "extensions" and len(self._path) == 4:
            self._item.own = dict(attributes)

    def _take_point(self, item: _Item, attributes: Mapping[str, str]) -> None:
        self._count()
        if not item.parts:
            item.parts.append([])
        written = attributes.get("lat", ""), attributes.get("lon", "")
        lat, lon = map(_degrees, written)
        if lat is None or lon is None:
            item.leave_out("intake.points_unread", " ".join(written).strip(), self._line)
        else:
            self._fix = Fix(lon, lat)

    def _take_text(self, name: str, found: str, parent: str) -> None:
        item = self._item
        if item is None:
            self.words.setdefault(name, []).append(found)
        elif name == "time" and (parent in _POINTS or parent == "wpt"):
            self._take_time(item, found)
        elif parent not in _POINTS:
            item.words.setdefault(name, []).append(found)
        elif name != "type" and found.strip():
            item.leave_out("intake.points_words", _plain(found), self._line)

    def _take_time(self, item: _Item, found: str) -> None:
        time = _time(found)
        if time is None:
            if found.strip():
                item.leave_out("intake.times_unread", _plain(found), self._line)
        elif time.year < FIRST_YEAR or (time > self._latest and item.sort != "route"):
            item.leave_out("intake.clock_not_set", _plain(found), self._line)
        elif self._fix is not None:
            self._fix = Fix(self._fix.lon, self._fix.lat, time)


def _plain(words: str) -> str:
    return " ".join(words.split())


def _degrees(written: str) -> float | None:
    """Return degrees, also with the comma that a program writes that asks for the country's."""
    if not _DEGREES.fullmatch(written):
        return None
    found = float(written.replace(",", "."))
    return found if math.isfinite(found) else None


def _time(written: str) -> datetime | None:
    """Return a time with zone: GPX times are in UTC where they don't say."""
    try:
        found = datetime.fromisoformat(written.strip())
        # A day alone is no time, and the calendar's ends have none in every zone.
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return found.astimezone(UTC) if ":" in written else None
    except (ValueError, OverflowError):
        return None
