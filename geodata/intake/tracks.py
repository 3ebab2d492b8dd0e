"""What a receiver writes: a GPX file's elements, gathered as a stream, and its tracks, cleaned.

Only what a record can hold is kept of a file. Junk points are left out, and a line is split where
nobody is known to have walked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString

from geodata.crs import in_sweden, to_metres
from geodata.errors import IntakeError
from geodata.guards import XmlFault, XmlLimits, read_xml
from geodata.intake.incoming import limits_of_tree, read_xml_text
from geodata.intake.report import Limits, RowProblem
from geodata.intake.sheets import Stay, require_no_identity

GAP_MINUTES: Final = 5
"""A longer pause between two points: the receiver was off, or indoors. A walk's stop to talk is
mostly shorter, and a receiver that is on writes a point at least every minute."""

GAP_M: Final = 300.0
"""A longer way between two points of a recorded track: three minutes' brisk walk, or more than
two blocks, in which every corner is unknown."""

FASTEST_MS: Final = 70.0
"""250 km/h, in metres a second: above what any patrol car drives in a built-up area. A point that
is reached and left faster is the receiver's mistake."""

Route = LineString | MultiLineString


@dataclass(frozen=True, slots=True)
class Fix:
    """One point of a track."""

    lon: float
    lat: float
    time: datetime | None = None
    left: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A track's usable lines, and what was left out."""

    line: Route | None
    junk: int
    spikes: int
    gaps: int
    alone: int
    stays: tuple[Stay, ...] = ()
    times: tuple[datetime, ...] = ()


def cleaned(parts: Sequence[Sequence[Fix]], *, drawn: bool) -> Cleaned:
    """Return a track without what can't be."""
    usable = [[fix for fix in part if in_sweden(fix.lon, fix.lat)] for part in parts]
    junk = sum(map(len, parts)) - sum(map(len, usable))
    lines: list[list[Fix]] = []
    spikes = gaps = alone = 0
    for part in usable:
        moving = _without_repeats(part)
        kept = moving if drawn or _looks_drawn(moving) else _without_spikes(moving)
        spikes += len(moving) - len(kept)
        pieces = [kept] if drawn or _looks_drawn(kept) else _split(kept)
        gaps += max(0, len(pieces) - 1)
        alone += sum(len(piece) == 1 for piece in pieces)
        lines += [piece for piece in pieces if len(piece) > 1]
    positions = [[(fix.lon, fix.lat) for fix in line] for line in lines]
    return Cleaned(
        joined(positions), junk, spikes, gaps, alone, _stays(lines), times_of(chain(*lines))
    )


def times_of(fixes: Iterable[Fix]) -> tuple[datetime, ...]:
    """Return when points were reached and left, as far as that is known."""
    return tuple(time for fix in fixes for time in (fix.time, fix.left) if time is not None)


def joined(lines: Sequence[Sequence[tuple[float, float]] | LineString]) -> Route | None:
    """Return lines as one, in parts where they are several; None of none."""
    if len(lines) > 1:
        return MultiLineString(lines)
    return LineString(lines[0]) if lines else None


def _stays(lines: list[list[Fix]]) -> tuple[Stay, ...]:
    """Return when points were reached and left; none where a clock was missing or turned back."""
    found: list[Stay] = []
    for fix in chain.from_iterable(lines):
        if fix.time is None:
            return ()
        found.append((fix.time, fix.left or fix.time))
    moments = list(chain.from_iterable(found))
    return tuple(found) if all(a <= b for a, b in pairwise(moments)) else ()


def _without_repeats(part: Sequence[Fix]) -> list[Fix]:
    """Return a part with one point for each place where somebody stood still."""
    found: list[Fix] = []
    for fix in part:
        if found and (found[-1].lon, found[-1].lat) == (fix.lon, fix.lat):
            found[-1] = replace(found[-1], left=fix.time or found[-1].left)
        else:
            found.append(fix)
    return found


def _metres(part: Sequence[Fix]) -> np.ndarray:
    line = LineString([(fix.lon, fix.lat) for fix in part])
    return shapely.get_coordinates(to_metres(line))


def _steps_m(part: Sequence[Fix]) -> np.ndarray:
    return np.hypot(*np.diff(_metres(part), axis=0).T) if len(part) > 1 else np.zeros(0)


def _looks_drawn(part: Sequence[Fix]) -> bool:
    if len(part) < 2 or any(fix.time is not None for fix in part):
        return False
    return bool(np.median(_steps_m(part)) > GAP_M)


def _without_spikes(part: list[Fix]) -> list[Fix]:
    if len(part) < 3:
        return part
    metres = _metres(part)
    steps = np.hypot(*np.diff(metres, axis=0).T)
    across = np.hypot(*(metres[2:] - metres[:-2]).T)
    out_and_back = (across < steps[:-1]) & (across < steps[1:])
    seconds = np.array([_seconds(a, b) for a, b in pairwise(part)])
    # Without times, out and back over a gap at once; with them, faster than anybody drives.
    timed = ~np.isnan(seconds)
    too_fast = np.where(timed, steps > FASTEST_MS * np.maximum(seconds, 1.0), steps > GAP_M)
    near = timed[:-1] & timed[1:] | (across < GAP_M)
    spike = out_and_back & too_fast[:-1] & too_fast[1:] & near
    return [part[0], *(f for f, bad in zip(part[1:-1], spike, strict=True) if not bad), part[-1]]


def _seconds(before: Fix, after: Fix) -> float:
    left = before.left or before.time
    if left is None or after.time is None:
        return float("nan")
    return abs((after.time - left).total_seconds())


def _split(part: list[Fix]) -> list[list[Fix]]:
    if len(part) < 2:
        return [part]
    pieces = [[part[0]]]
    for (before, after), step_m in zip(pairwise(part), _steps_m(part).tolist(), strict=True):
        if step_m > GAP_M or _seconds(before, after) > GAP_MINUTES * 60:
            pieces.append([])
        pieces[-1].append(after)
    return pieces


# --- the elements of a file -----------------------------------------------------------------------

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

_SORT_OF: Final = {"trk": "track", "rte": "route", "wpt": "waypoint"}

_POINTS: Final = frozenset({"trkpt", "rtept"})

_WORDS: Final = frozenset({"name", "cmt", "desc", "src", "type", "keywords", "time"})

_LONGEST_TEXT: Final = 20_000

_DEGREES: Final = re.compile(r"\s*[+-]?\d{1,18}(?:[.,]\d*)?(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)

_CHUNK: Final = 1 << 16


_FAULTS: Final[Mapping[XmlFault, str]] = {
    "many": "intake.too_many_points",
    "broken": "intake.not_gpx",
    "entities": "intake.document_type",
    "deep": "intake.too_deep",
}


@dataclass(slots=True)
class Item:
    """A track, a route or a waypoint."""

    sort: str
    words: dict[str, list[str]] = field(default_factory=dict)
    parts: list[list[Fix]] = field(default_factory=list)
    own: Mapping[str, str] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)

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
        self.left_out.setdefault(key, LeftOut(value, line)).count += 1


@dataclass(slots=True)
class LeftOut:
    """How often something could not be read; the first value, and its line."""

    value: str
    line: int
    count: int = 0


def read_items(
    path: Path, name: str, limits: Limits, today: date
) -> tuple[list[Item], tuple[RowProblem, ...]]:
    """Return a file's tracks, routes and waypoints, and what is told of it as a whole."""
    content, notices = read_xml_text(path, limits_of_tree(limits))
    reader = _Reader(name, limits.rows, today)

    read_xml(
        (content[at : at + _CHUNK].encode() for at in range(0, len(content), _CHUNK)),
        reader,
        XmlLimits(ELEMENTS_EACH * limits.rows, DEEPEST),
        lambda fault: IntakeError(_FAULTS[fault], file=name, limit=limits.rows),
        "utf-8",
    )
    require_no_identity(name, [_plain(" ".join(words)) for words in reader.words.values()])
    order = list(_SORT_OF.values())
    return sorted(reader.items, key=lambda item: order.index(item.sort)), notices


class _Reader:
    def __init__(self, name: str, limit: int, today: date) -> None:
        self.items: list[Item] = []
        self.words: dict[str, list[str]] = {}
        self._name = name
        self._limit = limit
        self._latest = datetime.combine(today, datetime.max.time(), UTC)
        self._made = 0
        self._uri = ""
        self._path: list[str] = []
        self._item: Item | None = None
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
        self._item = Item(_SORT_OF[name], parts=[] if name == "trk" else [[]])
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

    def _take_point(self, item: Item, attributes: Mapping[str, str]) -> None:
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

    def _take_time(self, item: Item, found: str) -> None:
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
