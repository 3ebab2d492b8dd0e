"""What the pages read: the catalogue with the register behind it, kept for each version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar, TypeVarTuple

from shapely import LineString, MultiLineString

from geodata import __version__, model
from geodata.analysis.in_force import Scope, recorded_in, scope_of
from geodata.analysis.outlines import Outlines
from geodata.analysis.progress import AreaAttention, assess_all, rank_areas
from geodata.catalogue.loading import load_catalogue
from geodata.crs import to_metres
from geodata.errors import Mistake, RegisterError, UnknownIdError
from geodata.intake.report import Reading
from geodata.register import ActivityPoint, Register
from geodata.service import answering
from geodata.service.answering import PROGRAM as PROGRAM
from geodata.settings import Settings, bundled_data
from geodata.texts import SWEDISH_TIME

POINTS_AT_MOST: Final = 2_000
"""More activities than this in view are answered as counts per square (measured on this map)."""


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
    bins: tuple[model.Bin, ...]


Asked = TypeVarTuple("Asked")
Answer = TypeVar("Answer")
Params = ParamSpec("Params")

ANSWERS_KEPT: Final = 24
"""How many answers of one function are kept: of so many days, say."""


@dataclass(slots=True)
class _Shelf:
    """What questions of one sort came to in the newest version of register and catalogue."""

    lock: Lock = field(default_factory=Lock)
    version: str = ""
    answers: dict[tuple[object, ...], Any] = field(default_factory=dict)


def today_in_sweden() -> date:
    """Return the date in Sweden now."""
    return datetime.now(SWEDISH_TIME).date()


def _of_register(
    ask: Callable[Concatenate[Register, Params], Answer],
) -> Callable[Concatenate[Service, Params], Answer]:
    """Return the method of a `Service` that asks its register."""

    def method(service: Service, /, *args: Params.args, **kwargs: Params.kwargs) -> Answer:
        return ask(service.register, *args, **kwargs)

    return method


class Service:
    """Everything that the screen and the command line may ask for.

    `open` gives one with the catalogue that is in the register, and follows it. The clock can be
    another, so that a test can stop it.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: model.Catalogue,
        register: Register,
        today: Callable[[], date] = today_in_sweden,
    ) -> None:
        self.settings = settings
        self.register = register
        self._today = today
        self._shelves: dict[Callable[..., Any], _Shelf] = {}
        self._refreshing = Lock()
        self._seen = -1
        self.left_out: tuple[Mistake, ...] = ()
        """Why something new in the program's files or a folder's is not in use."""
        self._use(catalogue, None)

    def _use(self, catalogue: model.Catalogue, version: int | None) -> None:
        # Together: who asks while they are exchanged gets the old ones or the new ones.
        self._known = (catalogue, Outlines.from_areas(catalogue.areas), version)

    @property
    def catalogue(self) -> model.Catalogue:
        """The checked promises and areas."""
        return self._known[0]

    @property
    def outlines(self) -> Outlines:
        """The catalogue's outlines, ready to be asked about points."""
        return self._known[1]

    @classmethod
    def open(cls, settings: Settings, *, today: Callable[[], date] = today_in_sweden) -> Service:
        """Open the register and see that published promises, areas and events are in it.

        Raises CatalogueError if a catalogue folder's file holds mistakes, and RegisterError if
        the register can't be opened; it is then as it was.
        """
        folders = (bundled_data(), *settings.catalogue_folders)
        load_catalogue(folders)  # all of their mistakes at once, before anything is changed
        register = Register.open(settings.register)
        left_out = answering.follow_files(register, folders, by=PROGRAM)
        version = register.catalogue_version()
        service = cls(settings, answering.read_catalogue(register), register, today)
        service.left_out = left_out
        service._known = (service.catalogue, service.outlines, version)
        # Other outlines than last time, as after a stop in the middle of adding some.
        answering.follow_outlines(register, service.catalogue.areas, by=PROGRAM)
        answering.follow_published(register, service.catalogue, service.outlines, by=PROGRAM)
        return service

    def refresh(self) -> None:
        """Take note of promises and areas that were changed in the register, by anybody."""
        with self._refreshing:
            version, known = self.register.catalogue_version(), self._known[2]
            # One that was given another catalogue than the register's keeps it.
            if known not in (None, version):
                self._use(answering.read_catalogue(self.register), version)

    def close(self) -> None:
        """Close the register."""
        self.register.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take_in(self, folder: Path, kind: model.SourceKind, *, by: str) -> Reading:
        """Read a folder of files and add what is new in it, in one transaction."""
        return answering.take_in_folder(
            self.register, self.catalogue, self.outlines, folder, kind, by=by
        )

    # --- what the screen tells about -------------------------------------------------------

    def kept(self, make: Callable[[Service, *Asked], Answer], *asked: *Asked) -> Answer:
        """Return what a function makes of a question, worked out once for each version.

        Parameters
        ----------
        make : callable
            Of this service and the question; has to be one and the same function each time. It
            may ask for what other functions have made, in no circle.
        *asked : hashable
            The question.

        Returns
        -------
        object
            Shared by all who ask, and not to be changed.
        """
        shelf = self._shelf(make, asked)
        # One at a time: many who ask at once after a change would all do the same work.
        with shelf.lock:
            version = self.version()
            if shelf.version != version:
                shelf.version, shelf.answers = version, {}
            if asked not in shelf.answers:
                while len(shelf.answers) >= ANSWERS_KEPT:
                    del shelf.answers[next(iter(shelf.answers))]
                shelf.answers[asked] = make(self, *asked)
            answer: Answer = shelf.answers[asked]
            return answer

    def _shelf(self, make: Callable[..., Any], _asked: tuple[object, ...]) -> _Shelf:
        return self._shelves.setdefault(make, _Shelf())

    def version(self) -> str:
        """Return a mark that changes whenever the catalogue or a record does."""
        newest = self.register.version()
        if newest != self._seen:
            self.refresh()
            self._seen = newest
        return f"{self.catalogue.digest[:12]}-{newest}"

    def today(self) -> date:
        """Return the clock's date."""
        return self._today()

    def promises(self, promise_id: str | None = None) -> tuple[model.Promise, ...]:
        """Return every promise but the archived ones, or the one chosen, whatever its state.

        Raises UnknownIdError for an unknown id.
        """
        if promise_id is None:
            return tuple(p for p in self.catalogue.promises if not p.archived)
        if promise_id not in self.catalogue.promise_by_id:
            raise UnknownIdError("unknown.promise", id=promise_id)
        return (self.catalogue.promise_by_id[promise_id],)

    def areas(self, promises: Sequence[model.Promise]) -> tuple[model.Area, ...]:
        """Return the areas that promises name, in the catalogue's order."""
        named = {area_id for promise in promises for area_id in promise.area_ids}
        return tuple(area for area in self.catalogue.areas if area.id in named)

    def scope(self, promise_id: str | None, chosen: date | None) -> Scope:
        """Return what to tell about; UnknownIdError for an unknown promise."""
        return self.kept(_scope, promise_id, chosen, self._today())

    def progress(self, as_of: date) -> Mapping[str, model.CommitmentProgress]:
        """Return every commitment's progress by the end of a day, by commitment id."""
        return self.kept(_progress, as_of)

    def attention(
        self, promises: Sequence[model.Promise], as_of: date
    ) -> tuple[AreaAttention, ...]:
        """Return the promises' areas, those that need attention first."""
        return self.kept(_attention, tuple(promise.id for promise in promises), as_of)

    def place_sources(self) -> tuple[str, ...]:
        """Return who must be named where the known places are shown."""
        return tuple(dict.fromkeys(place.source for place in self.catalogue.places))

    def latest_activities(self, as_of: date, *area_ids: str) -> Mapping[str, model.Activity]:
        """Return the latest activity in some areas by the end of a day, by area id."""
        return self.kept(_latest, as_of, area_ids)

    def has_only_published(self) -> bool:
        """Tell whether the register holds nothing but what the parties have published."""
        return bool(self.kept(register_says, "has_only_published"))

    def has_examples(self) -> bool:
        """Tell whether the register holds made-up example records."""
        return bool(self.kept(register_says, "has_examples"))

    # --- records -------------------------------------------------------------------------

    activity = _of_register(Register.activity)
    walk = _of_register(Register.walk)
    finding = _of_register(Register.finding)
    decision = _of_register(Register.decision)
    meeting = _of_register(Register.meeting)
    hot_spot = _of_register(Register.hot_spot)
    plan = _of_register(Register.plan)

    revisions = _of_register(Register.revisions)
    newest_number = _of_register(Register.newest_number)
    activities = _of_register(Register.activities)
    activities_by_id = _of_register(Register.activities_by_id)
    count_activities = _of_register(Register.count_activities)

    def area(self, area_id: str) -> model.Area:
        """Return an area; raises UnknownIdError for an id that none has."""
        if area_id not in self.catalogue.area_by_id:
            raise UnknownIdError("unknown.area", id=area_id)
        return self.catalogue.area_by_id[area_id]

    def decisions(self) -> tuple[model.Decision, ...]:
        """Return every decision, by the day that it was made."""
        return self.kept(register_says, "decisions")

    def hot_spots(self) -> tuple[model.HotSpot, ...]:
        """Return every hot spot by name, those that have ended too."""
        return self.kept(register_says, "hot_spots")

    def plans(self, kind: model.PlanKind | None = None) -> tuple[model.Plan, ...]:
        """Return the plans that were kept, or those of one kind, the newest first."""
        found = self.kept(register_says, "plans")
        return tuple(plan for plan in found if kind in (None, plan.kind))

    def entries(self, *kinds: str) -> list[model.Entry]:
        """Return every activity of some kinds as a line of the register, the newest first."""
        return self.register.entries(model.ActivityFilter(kinds=kinds))

    def tallies(self) -> Sequence[model.DayTally]:
        """Return what is recorded on each day, in each area, of each kind."""
        return self.kept(_tallies)

    def claims(self) -> Mapping[str, Sequence[model.DayTally]]:
        """Return what is recorded for each commitment, known or not, on each day."""
        return self.kept(_claims)

    def walks(self, area_ids: Sequence[str] | None = None) -> tuple[model.Walk, ...]:
        """Return the walks in some areas, or all there are, the earliest first."""
        found = self.kept(register_says, "walks")
        return tuple(w for w in found if area_ids is None or w.area_id in area_ids)

    def findings(
        self, area_ids: Sequence[str] | None = None, *, walk_id: str | None = None
    ) -> tuple[model.Finding, ...]:
        """Return the findings in some areas, those of one walk, or all there are."""
        found = self.kept(register_says, "findings")
        if walk_id is not None:
            return tuple(f for f in found if f.walk_id == walk_id)
        return tuple(f for f in found if area_ids is None or f.area_id in area_ids)

    def activities_in_view(
        self, bounds: tuple[float, float, float, float], zoom: int, wanted: model.ActivityFilter
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
        squares = self.register.squares(bounds, zoom, wanted)
        if squares is None and self.register.count_points(bounds, wanted) > POINTS_AT_MOST:
            squares = self.register.bins(bounds, zoom, wanted)
        total = sum(square.count for square in squares or ())
        if squares is not None and total > POINTS_AT_MOST:
            return PointsOrBins(total, (), tuple(squares))
        points = self.register.points(bounds, wanted, limit=POINTS_AT_MOST)
        return PointsOrBins(len(points), tuple(points), ())

    def locate(self, lon: float, lat: float) -> model.Location:
        """Return which area a WGS 84 position is in, and how sure that is."""
        return self.outlines.locate(lon, lat)

    def nearest_place(self, lon: float, lat: float) -> tuple[model.Place, float] | None:
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
        kinds = ("promises", "areas", "places")
        counts = {name: len(getattr(self.catalogue, name)) for name in kinds}
        try:
            counts |= self.register.counts()
        except RegisterError:
            return Health(__version__, register_reachable=False, counts=counts)
        return Health(__version__, register_reachable=True, counts=counts)


# --- worked out once for each version of the register ---------------------------------------------


def register_says(service: Service, question: str) -> Any:
    """Return what the register answers to a question without parameters, by the method's name."""
    found = getattr(service.register, question)()
    return tuple(found) if isinstance(found, list) else found


def _tallies(service: Service) -> Sequence[model.DayTally]:
    return service.register.day_tallies(named=False)


def _claims(service: Service) -> Mapping[str, Sequence[model.DayTally]]:
    found: dict[str, list[model.DayTally]] = {}
    for tally in service.register.day_tallies(named=True):
        found.setdefault(tally.commitment_id or "", []).append(tally)
    return found


def _scope(service: Service, promise_id: str | None, chosen: date | None, today: date) -> Scope:
    recorded = service.kept(_recorded) if promise_id is None else None
    return scope_of(service.promises(promise_id), chosen, today, recorded)


def _recorded(service: Service) -> frozenset[str]:
    done = {(tally.area_id, tally.day) for tally in service.tallies()}
    return recorded_in(service.catalogue.promises, done)


def _progress(service: Service, as_of: date) -> Mapping[str, model.CommitmentProgress]:
    return assess_all(
        service.catalogue.promises, chain.from_iterable(service.claims().values()), as_of
    )


def _attention(
    service: Service, promise_ids: tuple[str, ...], as_of: date
) -> tuple[AreaAttention, ...]:
    placed = [f.area_id for f in service.findings() if f.area_id is not None and f.open_on(as_of)]
    progress, latest = service.progress(as_of), service.kept(_latest_days, as_of)
    return rank_areas(service.catalogue, progress, latest, Counter(placed), as_of, promise_ids)


def _latest_days(service: Service, as_of: date) -> Mapping[str, date]:
    return service.register.latest_days(model.ActivityFilter(last_day=as_of))


def _latest(
    service: Service, as_of: date, area_ids: tuple[str, ...]
) -> Mapping[str, model.Activity]:
    latest: dict[str, model.Activity] = {}
    for area_id in service.kept(_latest_days, as_of).keys() & area_ids:
        wanted = model.ActivityFilter(area_ids=(area_id,), last_day=as_of)
        # Somebody may have withdrawn it since the days were read.
        for activity in service.activities(wanted, limit=1):
            latest[area_id] = activity
    return latest


OF_WORK_ALONE: Final = (_tallies, _claims, _recorded, _progress, _latest_days, _latest)
