"""What the pages read: the catalogue with the register behind it, kept for each version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, Self

from shapely import LineString, MultiLineString

from geodata import __version__
from geodata.analysis.attention import AreaAttention, rank_areas
from geodata.analysis.location import Outlines
from geodata.analysis.progress import assess_all
from geodata.catalogue import finish_pending, load_catalogue
from geodata.crs import to_metres
from geodata.errors import RegisterError, UnknownIdError
from geodata.intake import FolderIntake
from geodata.model import (
    Activity,
    ActivityFilter,
    Area,
    Bin,
    Catalogue,
    CommitmentProgress,
    Decision,
    Entity,
    Finding,
    HotSpot,
    Location,
    Meeting,
    Place,
    Plan,
    PlanKind,
    Promise,
    Revision,
    SourceKind,
    Walk,
)
from geodata.register import ActivityPoint, Register
from geodata.service.answering import follow_outlines, follow_published, take_in_folder
from geodata.settings import Settings, bundled_data
from geodata.texts import SWEDISH_TIME

POINTS_AT_MOST: Final = 2_000
"""More activities than this in view are answered as counts per square (measured on this map)."""

PROGRAM: Final = "lofteskartan"
"""Who is said to have made a record that came with the program's own files."""


Whole = Literal[
    "evidence",
    "findings",
    "walks",
    "decisions",
    "hot_spots",
    "plans",
    "has_only_published",
    "has_examples",
]
"""What the register is asked for as a whole, by its method's name."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day the screen tells about, and why that one."""

    day: date
    reason: Literal["today", "period_end", "chosen"]


@dataclass(frozen=True, slots=True)
class Health:
    """What the server says of itself."""

    version: str
    register_reachable: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PointsOrBins:
    """A map view's activities: each as a point, or counted in squares where there are too many."""

    total: int
    points: tuple[ActivityPoint, ...]
    bins: tuple[Bin, ...]


def today_in_sweden() -> date:
    """Return the date in Sweden now."""
    return datetime.now(SWEDISH_TIME).date()


class Service:
    """Everything that the screen and the command line may ask for.

    Parameters
    ----------
    settings : Settings
        Read once by the caller.
    catalogue : Catalogue
        The checked promises and areas.
    register : Register
        The open record store; closed by `close`.
    today : callable, optional
        The clock, so that a test can stop it.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        register: Register,
        today: Callable[[], date] = today_in_sweden,
    ) -> None:
        self.settings = settings
        self.register = register
        self._today = today
        self._assessing = Lock()
        self._use(catalogue)

    def _use(self, catalogue: Catalogue) -> None:
        # Together: who asks while they are exchanged gets the old pair or the new one.
        self._known = (catalogue, Outlines.from_areas(catalogue.areas))
        # Bounded, and keyed by the register's version: a change makes a new entry. Made anew
        # after the catalogue, so that what is still being computed from the old one is not kept.
        self._whole = lru_cache(maxsize=16)(self._read_whole)
        self._progress = lru_cache(maxsize=24)(self._assess)
        self._latest_days = lru_cache(maxsize=24)(self._read_latest_days)
        self._latest = lru_cache(maxsize=24)(self._read_latest)

    @property
    def catalogue(self) -> Catalogue:
        """The checked promises and areas."""
        return self._known[0]

    @property
    def outlines(self) -> Outlines:
        """The catalogue's outlines, ready to be asked about points."""
        return self._known[1]

    @classmethod
    def open(cls, settings: Settings, *, today: Callable[[], date] = today_in_sweden) -> Service:
        """Load the catalogue, open the register and see that published events are in it.

        Parameters
        ----------
        settings : Settings
            Which register and which catalogue folders.
        today : callable, optional
            The clock.

        Returns
        -------
        Service
            Ready to be asked.

        Raises
        ------
        CatalogueError
            If a catalogue file holds mistakes.
        RegisterError
            If the register can't be opened; nothing is overwritten.
        """
        catalogue = _read_catalogue(settings)
        register = Register.open(settings.register)
        service = cls(settings, catalogue, register, today)
        # Other outlines than last time, as after a stop in the middle of adding some.
        follow_outlines(register, catalogue.areas, by=PROGRAM)
        follow_published(register, catalogue, service.outlines, by=PROGRAM)
        return service

    def reload_catalogue(self, settings: Settings | None = None) -> None:
        """Read the catalogue's files anew; other processes see them when they next start."""
        catalogue = _read_catalogue(settings or self.settings)
        self.settings = settings or self.settings
        self._use(catalogue)

    def close(self) -> None:
        """Close the register."""
        self.register.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- taking in -----------------------------------------------------------------------

    def take_in(self, folder: Path, kind: SourceKind, *, by: str) -> FolderIntake:
        """Read a folder of files and add what is new in it, in one transaction."""
        return take_in_folder(self.register, self.catalogue, self.outlines, folder, kind, by=by)

    # --- what the screen tells about -------------------------------------------------------

    def _now(self, what: Whole) -> Any:
        """Return all there is of a kind, read once for each version of the register."""
        return self._whole(self.register.version(), what)

    def version(self) -> str:
        """Return a mark that changes whenever the catalogue or a record does."""
        return f"{self.catalogue.digest[:12]}-{self.register.version()}"

    def today(self) -> date:
        """Return the clock's date."""
        return self._today()

    def promises(self, promise_id: str | None = None) -> tuple[Promise, ...]:
        """Return every promise, or the one that was chosen.

        Raises
        ------
        UnknownIdError
            If no promise has that id.
        """
        if promise_id is None:
            return self.catalogue.promises
        if promise_id not in self.catalogue.promise_by_id:
            raise UnknownIdError("unknown.promise", id=promise_id)
        return (self.catalogue.promise_by_id[promise_id],)

    def areas(self, promises: Sequence[Promise]) -> tuple[Area, ...]:
        """Return the areas that promises name, in the catalogue's order."""
        named = {area_id for promise in promises for area_id in promise.area_ids}
        return tuple(area for area in self.catalogue.areas if area.id in named)

    def as_of(self, promises: Sequence[Promise], chosen: date | None) -> AsOf:
        """Return the day to tell about: the chosen one, today, or the end of ended periods."""
        if chosen is not None:
            return AsOf(chosen, "chosen")
        last = max(promise.period.end for promise in promises)
        today = self._today()
        return AsOf(last, "period_end") if today > last else AsOf(today, "today")

    def progress(self, as_of: date) -> Mapping[str, CommitmentProgress]:
        """Return every commitment's progress by the end of a day, by commitment id."""
        version = self.register.version()
        # One at a time: many who ask at once after a change would all do the same work.
        with self._assessing:
            return self._progress(version, as_of)

    def attention(self, promises: Sequence[Promise], as_of: date) -> tuple[AreaAttention, ...]:
        """Return the promises' areas, those that need attention first."""
        version = self.register.version()
        open_findings: dict[str, int] = {}
        for finding in self._whole(version, "findings"):
            if finding.area_id is not None and finding.open_on(as_of):
                open_findings[finding.area_id] = open_findings.get(finding.area_id, 0) + 1
        return rank_areas(
            self.catalogue,
            self.progress(as_of),
            self._latest_days(version, as_of),
            open_findings,
            as_of,
            tuple(promise.id for promise in promises),
        )

    def place_sources(self) -> tuple[str, ...]:
        """Return who must be named where the known places are shown."""
        return tuple(dict.fromkeys(place.source for place in self.catalogue.places))

    def latest_activities(self, as_of: date) -> Mapping[str, Activity]:
        """Return the latest activity in each area by the end of a day, by area id."""
        return self._latest(self.register.version(), as_of)

    def has_only_published(self) -> bool:
        """Tell whether the register holds nothing but what the parties have published."""
        return bool(self._now("has_only_published"))

    def has_examples(self) -> bool:
        """Tell whether the register holds made-up example records."""
        return bool(self._now("has_examples"))

    # --- records -------------------------------------------------------------------------

    def activity(self, activity_id: str) -> Activity:
        """Return an activity; raises UnknownIdError for an id that none has."""
        return self.register.activity(activity_id)

    def walk(self, walk_id: str) -> Walk:
        """Return a walk; raises UnknownIdError for an id that none has."""
        return self.register.walk(walk_id)

    def area(self, area_id: str) -> Area:
        """Return an area; raises UnknownIdError for an id that none has."""
        if area_id not in self.catalogue.area_by_id:
            raise UnknownIdError("unknown.area", id=area_id)
        return self.catalogue.area_by_id[area_id]

    def finding(self, finding_id: str) -> Finding:
        """Return a finding; raises UnknownIdError for an id that none has."""
        return self.register.finding(finding_id)

    def decision(self, decision_id: str) -> Decision:
        """Return a decision; raises UnknownIdError for an id that none has."""
        return self.register.decision(decision_id)

    def meeting(self, meeting_id: str) -> Meeting:
        """Return a meeting; raises UnknownIdError for an id that none has."""
        return self.register.meeting(meeting_id)

    def decisions(self) -> tuple[Decision, ...]:
        """Return every decision, by the day that it was made."""
        return tuple(self._now("decisions"))

    def hot_spots(self) -> tuple[HotSpot, ...]:
        """Return every hot spot by name, those that have ended too."""
        return tuple(self._now("hot_spots"))

    def hot_spot(self, hot_spot_id: str) -> HotSpot:
        """Return a hot spot; raises UnknownIdError for an id that none has."""
        return self.register.hot_spot(hot_spot_id)

    def plans(self, kind: PlanKind | None = None) -> tuple[Plan, ...]:
        """Return the plans that were kept, or those of one kind, the newest first."""
        found = self._now("plans")
        return tuple(plan for plan in found if kind in (None, plan.kind))

    def plan(self, plan_id: str) -> Plan:
        """Return a plan; raises UnknownIdError for an id that none has."""
        return self.register.plan(plan_id)

    def newest_number(self, entity: Entity, id_: str) -> int:
        """Return the number of a record's newest revision: what a change of it builds on."""
        return self.register.newest_number(entity, id_)

    def activities(
        self, wanted: ActivityFilter, *, limit: int | None = None, offset: int = 0
    ) -> list[Activity]:
        """Return activities, newest first."""
        return self.register.activities(wanted, limit=limit, offset=offset)

    def count_activities(self, wanted: ActivityFilter) -> int:
        """Return how many activities a filter lets through."""
        return self.register.count_activities(wanted)

    def walks(self, area_ids: Sequence[str] | None = None) -> tuple[Walk, ...]:
        """Return the walks in some areas, or all there are, the earliest first."""
        found: tuple[Walk, ...] = self._now("walks")
        if area_ids is None:
            return found
        wanted = set(area_ids)
        return tuple(w for w in found if w.area_id in wanted)

    def findings(
        self, area_ids: Sequence[str] | None = None, *, walk_id: str | None = None
    ) -> tuple[Finding, ...]:
        """Return the findings in some areas, those of one walk, or all there are."""
        found: tuple[Finding, ...] = self._now("findings")
        if walk_id is not None:
            return tuple(f for f in found if f.walk_id == walk_id)
        if area_ids is None:
            return found
        wanted = set(area_ids)
        return tuple(f for f in found if f.area_id in wanted)

    def revisions(self, entity: Entity, id_: str) -> list[Revision]:
        """Return a record's history, the oldest change first."""
        return self.register.revisions(entity, id_)

    def activities_in_view(
        self, bounds: tuple[float, float, float, float], zoom: int, wanted: ActivityFilter
    ) -> PointsOrBins:
        """Return what a map view shows of the activities.

        Parameters
        ----------
        bounds : tuple of float
            West, south, east, north in degrees, WGS 84.
        zoom : int
            The map's zoom level, which sets the squares' size.
        wanted : ActivityFilter
            Which activities.

        Returns
        -------
        PointsOrBins
            Points up to `POINTS_AT_MOST`, otherwise counts per square.
        """
        total = self.register.count_points(bounds, wanted)
        if total > POINTS_AT_MOST:
            return PointsOrBins(total, (), tuple(self.register.bins(bounds, zoom, wanted)))
        points = self.register.points(bounds, wanted, limit=POINTS_AT_MOST)
        return PointsOrBins(total, tuple(points), ())

    def locate(self, lon: float, lat: float) -> Location:
        """Return which area a WGS 84 position is in, and how sure that is."""
        return self.outlines.locate(lon, lat)

    def nearest_place(self, lon: float, lat: float) -> tuple[Place, float] | None:
        """Return the known place nearest to a point in WGS 84, and how many metres away it is."""
        away = {
            place: self.length_m(LineString([(lon, lat), (place.lon, place.lat)]))
            for place in self.catalogue.places
        }
        return min(away.items(), key=lambda found: found[1], default=None)

    @staticmethod
    def length_m(line: LineString | MultiLineString) -> float:
        """Return a WGS 84 line's length in metres, measured in SWEREF 99 TM."""
        return float(to_metres(line).length)

    def health(self) -> Health:
        """Return what the server says of itself; never raises for an unreachable register."""
        counts = {
            "promises": len(self.catalogue.promises),
            "areas": len(self.catalogue.areas),
            "places": len(self.catalogue.places),
        }
        try:
            counts |= self.register.counts()
        except RegisterError:
            return Health(__version__, register_reachable=False, counts=counts)
        return Health(__version__, register_reachable=True, counts=counts)

    # --- read once for each version of the register -----------------------------------------

    def _read_whole(self, version: int, what: Whole) -> Any:  # noqa: ARG002 (the key)
        answer = getattr(self.register, what)()
        return answer if isinstance(answer, bool) else tuple(answer)

    def _assess(self, version: int, as_of: date) -> Mapping[str, CommitmentProgress]:
        return assess_all(self.catalogue.promises, self._whole(version, "evidence"), as_of)

    def _read_latest_days(self, version: int, as_of: date) -> Mapping[str, date]:  # noqa: ARG002
        return self.register.latest_days(ActivityFilter(last_day=as_of))

    def _read_latest(self, version: int, as_of: date) -> Mapping[str, Activity]:
        found: dict[str, Activity] = {}
        for area_id in self._latest_days(version, as_of):
            wanted = ActivityFilter(area_ids=(area_id,), last_day=as_of)
            # Somebody may have withdrawn it since the days were read.
            for activity in self.register.activities(wanted, limit=1):
                found[area_id] = activity
        return found


def _read_catalogue(settings: Settings) -> Catalogue:
    for folder in settings.catalogue_folders:
        finish_pending(folder)
    return load_catalogue((bundled_data(), *settings.catalogue_folders))
