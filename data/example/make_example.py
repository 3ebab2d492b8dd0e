"""Make the example's files: python data/example/make_example.py.

Everything here is made up: nobody did or saw any of it. Only the areas, the known places and the
promises are real. The same seed gives the same files, byte for byte.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import gpxpy.gpx
import numpy as np
import shapely
from shapely import LineString, Point
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from geodata.crs import to_degrees, to_metres

HERE: Final = Path(__file__).parent
SEED: Final = 2018
SWEDISH_TIME: Final = ZoneInfo("Europe/Stockholm")

# Monday to Sunday: more is done from Thursday to Saturday, less in July.
WEEKDAY_WEIGHTS: Final = (0.7, 0.8, 0.9, 1.6, 2.1, 1.8, 0.6)
ANYWHERE_SHARE: Final = 0.45  # of the spots; the known places do not cover the areas evenly
JULY_WEIGHT: Final = 0.35

NAMES: Final = {
    "kinna-centrum": "Kinna centrum",
    "hedbo": "Hedbo",
    "assberg": "Assberg",
    "snickaren-muraren": "Snickaren/Muraren",
}
MARK_KINDS: Final = {
    "foot_patrol": "Fotpatrull",
    "targeted_work": "Riktat arbete mot tongivande aktörer",
    "citizen_dialogue": "Medborgardialog",
    "watch_presented": "Grannsamverkan presenterad",
    "watch_started": "Grannsamverkan startad",
    "appointment": "Tjänst tillsatt",
    "physical_improvement": "Åtgärd i den fysiska miljön",
}
MARK_PARTIES: Final = {
    "polisen": "Polisen",
    "marks-kommun": "Marks kommun",
    "marks-bostad": "Marks Bostad",
}
PATROL_NOTES: Final = (
    "",
    "",
    "",
    "Lugnt.",
    "Lugnt, få ute.",
    "Samtal med boende på gården.",
    "Samtal med butikspersonal.",
    "Ungdomar vid hållplatsen, bra samtal.",
    "Frågor om cykelstölder.",
    "Trasig belysning anmäld till fastighetsägaren.",
    "Många ute.",
    "Nästan tomt.",
    "Mopeder på gångvägen, föraren fick tillsägelse.",
    "Besök i trapphus där boende känt sig otrygga.",
    "Nedskräpning vid återvinningen, meddelat bolaget.",
    "Uppskattat att vi kom till fots.",
)


@dataclass(frozen=True)
class Row:
    """One activity; `date` is as the file writes it."""

    date: str
    kind: str
    area: str = ""
    place: Point | None = None
    minutes: int | None = None
    commitments: tuple[str, ...] = ()
    parties: tuple[str, ...] = ("polisen",)
    participants: int | None = None
    note: str = ""


@dataclass(frozen=True)
class WalkPlan:
    """One walk, and how long its loop is to be in metres."""

    file: str
    name: str
    status: str
    start: datetime
    area: str
    stop: str
    loop_m: float
    participants: int | None = None
    parties: tuple[str, ...] = ("polisen", "marks-bostad")
    commitments: tuple[str, ...] = ("mark-2018/4",)
    note: str = ""


@dataclass(frozen=True)
class Ground:
    """The areas' outlines and the places in or beside them, in SWEREF 99 TM."""

    outlines: dict[str, BaseGeometry]
    places: dict[str, list[Point]] = field(default_factory=dict)
    by_name: dict[str, Point] = field(default_factory=dict)


def read_ground(data: Path) -> Ground:
    """Read areas and places from the data folder."""
    features = json.loads((data / "areas.geojson").read_text(encoding="utf-8"))["features"]
    ground = Ground({f["properties"]["id"]: to_metres(shape(f["geometry"])) for f in features})
    with (data / "places.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            point = to_metres(Point(float(row["lon"]), float(row["lat"])))
            ground.by_name.setdefault(row["name"], point)
            if float(row["distance_m"]) <= 100:
                ground.places.setdefault(row["area"], []).append(point)
    return ground


# --- activities ------------------------------------------------------------------------------


class Maker:
    """Draws days, clock times and spots."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.random = np.random.default_rng(SEED)

    def days(self, first: date, last: date, count: int) -> list[date]:
        """Return different days between two, in order."""
        every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        weights = np.array(
            [WEEKDAY_WEIGHTS[d.weekday()] * (JULY_WEIGHT if d.month == 7 else 1) for d in every]
        )
        chosen = self.random.choice(
            len(every), size=count, replace=False, p=weights / weights.sum()
        )
        return [every[index] for index in sorted(chosen.tolist())]

    def clock(self) -> str:
        """Return a time of day, two out of three between five and eleven in the evening."""
        evening = self.random.random() < 0.68
        first, last = (17 * 12, 22 * 12 + 9) if evening else (10 * 12, 16 * 12 + 9)
        hour, step = divmod(int(self.random.integers(first, last)), 12)
        return f"{hour:02}:{step * 5:02}"

    def spot(self, area: str, spread_m: float = 90) -> Point:
        """Return a spot at least eight metres inside an area: mostly near one of its places."""
        inside = self.ground.outlines[area].buffer(-8)
        places = self.ground.places[area]
        west, south, east, north = inside.bounds
        while True:
            if self.random.random() < ANYWHERE_SHARE:
                x, y = self.random.uniform(west, east), self.random.uniform(south, north)
            else:
                at = places[int(self.random.integers(len(places)))]
                x, y = self.random.normal((at.x, at.y), spread_m)
            if inside.contains(spot := Point(x, y)):
                return spot

    def patrols(
        self,
        kind: str,
        area: str,
        days: Iterable[date],
        commitments: tuple[str, ...],
    ) -> list[Row]:
        """Return one patrol a day; a few lack their time of day or how long they took."""
        rows = []
        for day in days:
            clock = "" if self.random.random() < 0.08 else f" {self.clock()}"
            minutes = int(self.random.integers(2, 10)) * 5
            rows.append(
                Row(
                    f"{day}{clock}",
                    kind,
                    area,
                    self.spot(area),
                    None if self.random.random() < 0.06 else minutes,
                    commitments,
                    note=PATROL_NOTES[int(self.random.integers(len(PATROL_NOTES)))],
                )
            )
        return rows


def boras_rows(maker: Maker) -> list[Row]:
    """Return the Borås promise's activities, and a few from before and after its period."""
    first, last = date(2018, 2, 1), date(2019, 1, 31)
    presence = ("boras-2018/1",)
    on_foot = ("boras-2018/1", "boras-2018/2")
    outside = [date(2018, 1, 19), date(2018, 1, 27), date(2019, 2, 8)]
    rows = [
        *maker.patrols("foot_patrol", "norrby", maker.days(first, last, 112), on_foot),
        *maker.patrols("foot_patrol", "norrby", outside, on_foot),
        *maker.patrols("patrol", "norrby", maker.days(first, last, 14), presence),
        *maker.patrols("patrol", "hassleholmen", maker.days(first, last, 56), presence),
        *maker.patrols("foot_patrol", "hassleholmen", maker.days(first, last, 12), presence),
        *maker.patrols("patrol", "hulta", maker.days(first, last, 40), presence),
        *maker.patrols("foot_patrol", "hulta", maker.days(first, last, 8), presence),
    ]
    return rows + _boras_events(maker) + _targeted_boras(maker, maker.days(first, last, 12))


def _boras_events(maker: Maker) -> list[Row]:
    everyone = ("polisen", "boras-stad", "ab-bostader")
    operations = [
        ("2018-04-18 14:00", "hassleholmen", 300, "Kontroller i garage och källare."),
        ("2018-06-13 15:30", "norrby", 240, "Insats mot öppen handel, flera kontroller."),
        ("2018-09-05 13:00", "hulta", 330, "Sökning i gemensamma utrymmen med bolaget."),
        ("2018-11-21 16:00", "hassleholmen", 360, "Samlad insats kring trafik och garage."),
    ]
    # The fourth meeting comes after the period: it is recorded, and does not count.
    meetings = [
        ("2018-03-22 18:00", "hulta", 90, 24, "Om löftet och hur det följs upp."),
        ("2018-05-29 18:00", "norrby", 90, 17, "Frågor om belysning och trafik."),
        ("2018-10-16 18:30", "hassleholmen", 75, 31, "Återkoppling från sommaren."),
        ("2019-02-12 18:00", "hulta", 90, 28, "Sammanfattning av året."),
    ]
    others = [
        ("2018-04-25 18:00", "residents_meeting", "hulta", 60, 19, "Gårdsmöte om utemiljön."),
        ("2018-09-26 18:00", "residents_meeting", "norrby", 60, 22, "Boende om kvällarna."),
        ("2018-11-14 17:30", "residents_meeting", "hassleholmen", 75, 26, "Boende om entréerna."),
        ("2018-08", "physical_improvement", "hulta", None, None, "Ny belysning längs gångväg."),
        ("2018-10-30", "physical_improvement", "norrby", None, None, "Buskage gallrat."),
    ]
    watch = Row(
        "2018-09-13 18:00",
        "watch_presented",
        "norrby",
        maker.spot("norrby"),
        60,
        ("boras-2018/6",),
        everyone,
        14,
        "Modellen visades för boende. Start ej bestämd.",
    )
    return [
        *(
            Row(when, "operation", area, maker.spot(area), minutes, ("boras-2018/3",), note=note)
            for when, area, minutes, note in operations
        ),
        *(
            Row(
                when,
                "information_meeting",
                area,
                maker.spot(area),
                minutes,
                ("boras-2018/5",),
                everyone,
                people,
                note,
            )
            for when, area, minutes, people, note in meetings
        ),
        *(
            Row(when, kind, area, maker.spot(area), minutes, (), everyone[1:], people, note)
            for when, kind, area, minutes, people, note in others
        ),
        watch,
    ]


def _targeted_boras(maker: Maker, days: Iterable[date]) -> list[Row]:
    """Return targeted work: the area is told, never the place."""
    areas = ("hassleholmen", "norrby", "hulta")
    return [
        Row(
            f"{day}",
            "targeted_work",
            areas[int(maker.random.integers(3))],
            None,
            int(maker.random.integers(4, 13)) * 15,
            ("boras-2018/4",),
        )
        for day in days
    ]


def mark_rows(maker: Maker) -> list[Row]:
    """Return the Mark promise's activities, and two from before and after its period."""
    first, last = date(2018, 1, 1), date(2018, 12, 31)
    promised = ("mark-2018/1",)
    counts = {"kinna-centrum": 78, "hedbo": 19, "assberg": 9, "snickaren-muraren": 15}
    rows = [
        row
        for area, count in counts.items()
        for row in maker.patrols("foot_patrol", area, maker.days(first, last, count), promised)
    ]
    outside = [date(2017, 12, 15), date(2019, 1, 11)]
    rows += maker.patrols("foot_patrol", "kinna-centrum", outside, promised)
    rows += [
        Row(
            f"{day:%Y-%m}" if n % 2 else f"{day}",
            "targeted_work",
            minutes=int(maker.random.integers(4, 11)) * 15,
            commitments=("mark-2018/2",),
        )
        for n, day in enumerate(maker.days(first, last, 8))
    ]
    return rows + _mark_events(maker)


def _mark_events(maker: Maker) -> list[Row]:
    housing = ("polisen", "marks-bostad")
    city = ("marks-kommun", "marks-bostad")
    told = [
        ("2018-05-16 18:00", "citizen_dialogue", "hedbo", 120, "3", 38, "Samtal vid fyra bord."),
        ("2018-04-11 18:00", "watch_presented", "hedbo", 60, "5", 21, "Stort intresse."),
        ("2018-09-03 18:00", "watch_started", "hedbo", 60, "5", 16, "Två trappuppgångar med."),
        ("2018-10-17 18:00", "watch_presented", "snickaren-muraren", 60, "5", 12, "Få anmälda."),
    ]
    rows = [
        Row(
            when,
            kind,
            area,
            maker.spot(area, 60),
            minutes,
            (f"mark-2018/{number}",),
            housing,
            people,
            note,
        )
        for when, kind, area, minutes, number, people, note in told
    ]
    return [
        *rows,
        Row(
            "2018-03-01",
            "appointment",
            commitments=("mark-2018/6",),
            parties=("marks-bostad", "marks-kommun"),
            note="Projektanställning.",
        ),
        Row(
            "2018-10",
            "physical_improvement",
            "kinna-centrum",
            maker.spot("kinna-centrum"),
            parties=city,
            note="Starkare belysning vid torget.",
        ),
        Row(
            "2018-11-08",
            "physical_improvement",
            "snickaren-muraren",
            maker.spot("snickaren-muraren"),
            parties=city,
            note="Armaturer bytta vid tvättstugan.",
        ),
    ]


def _degrees(place: Point | None) -> tuple[str, str]:
    """Return latitude and longitude as text, empty without a place."""
    if place is None:
        return "", ""
    at = to_degrees(place)
    return f"{at.y:.5f}", f"{at.x:.5f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return out.getvalue()


def boras_table(rows: Iterable[Row]) -> str:
    """Return a table as the register writes it: English headers, ids, comma."""
    header = "date kind area lat lon minutes commitments parties participants note"
    return _table(
        header.split(),
        (
            [
                row.date,
                row.kind,
                row.area,
                *_degrees(row.place),
                row.minutes,
                " ".join(row.commitments),
                " ".join(row.parties),
                row.participants,
                row.note,
            ]
            for row in sorted(rows, key=lambda row: row.date)
        ),
    )


def mark_table(rows: Iterable[Row]) -> str:
    """Return a table as a Swedish spreadsheet saves it: semicolon, names, decimal comma."""
    header = "datum slag område latitud longitud minuter åtaganden parter deltagare anteckning"
    return _table(
        header.split(),
        (
            [
                row.date,
                MARK_KINDS[row.kind],
                NAMES.get(row.area, ""),
                *(text.replace(".", ",") for text in _degrees(row.place)),
                row.minutes,
                " ".join(row.commitments),
                " | ".join(MARK_PARTIES[party] for party in row.parties),
                row.participants,
                row.note,
            ]
            for row in sorted(rows, key=lambda row: row.date)
        ),
        ";",
    )


# --- walks and findings ----------------------------------------------------------------------


def _evening(year: int, month: int, day: int, hour: int = 18) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SWEDISH_TIME)


# Assberg's walk was planned and nobody has said that it was held: the area is left without one.
WALKS: Final = (
    WalkPlan(
        "hedbo-2018-04.gpx",
        "Hedbo april 2018",
        "held",
        _evening(2018, 4, 24),
        "hedbo",
        "Hedbo",
        1000,
        14,
        note="Ljus kväll, bra samtal.",
    ),
    WalkPlan(
        "muraren-2018-05.gpx",
        "Muraren maj 2018",
        "held",
        _evening(2018, 5, 22),
        "snickaren-muraren",
        "Muraren",
        900,
        9,
    ),
    WalkPlan(
        "norrby-2018-09.gpx",
        "Norrby september 2018",
        "held",
        _evening(2018, 9, 20),
        "norrby",
        "Almåsskolan",
        1250,
        18,
        ("polisen", "boras-stad", "ab-bostader"),
        (),
        "Ingår inte i något åtagande.",
    ),
    WalkPlan(
        "hedbo-2018-10.gpx",
        "Hedbo oktober 2018",
        "held",
        _evening(2018, 10, 9),
        "hedbo",
        "Hedbo",
        1300,
        11,
        note="Uppföljning av vårens vandring, i mörker.",
    ),
    WalkPlan(
        "snickaren-2018-11.gpx",
        "Snickaren november 2018",
        "held",
        _evening(2018, 11, 13),
        "snickaren-muraren",
        "Snickaren",
        950,
        7,
        note="Mörkt och blött, tydligt var ljuset saknas.",
    ),
    WalkPlan(
        "assberg-2018-12.gpx",
        "Assberg december 2018",
        "planned",
        _evening(2018, 12, 4),
        "assberg",
        "Assberg",
        1100,
        note="Anslag i trapphusen.",
    ),
)

# Walk, category, text, owner, days until due, status, days until that status.
Seen = tuple[int, str, str, str | None, int | None, str, int | None]
FINDINGS: Final[tuple[Seen, ...]] = (
    (0, "lighting", "Två lampor släckta längs gångvägen.", "marks-kommun", 30, "done", 21),
    (0, "sight_lines", "Buskar skymmer hållplatsen.", "marks-bostad", 45, "done", 38),
    (0, "entrances", "Källardörr går inte i lås.", "marks-bostad", 14, "done", 6),
    (0, "upkeep", "Skräp vid återvinningen.", "marks-bostad", 21, "in_progress", 20),
    (0, "meeting_places", "Bänkar önskas vid lekplatsen.", "marks-bostad", 120, "dismissed", 90),
    (1, "lighting", "Mörkt mellan garagen.", "marks-bostad", 90, "in_progress", 60),
    (1, "traffic", "Mopeder genar över gården.", "marks-kommun", 60, "open", None),
    (1, "upkeep", "Klotter på förrådets gavel.", "marks-bostad", 30, "done", 12),
    (1, "entrances", "Porttelefon ur funktion.", "marks-bostad", 21, "done", 19),
    (2, "lighting", "Gångtunneln är svagt upplyst.", "boras-stad", 60, "in_progress", 40),
    (2, "sight_lines", "Häck skymmer sikten vid övergången.", "boras-stad", 45, "open", None),
    (2, "entrances", "Port står uppställd om kvällarna.", "ab-bostader", 14, "done", 10),
    (2, "upkeep", "Grovsopor på innergården.", "ab-bostader", 14, "done", 13),
    (2, "traffic", "Hög fart förbi skolan.", "boras-stad", 120, "open", None),
    (3, "lighting", "Lampa vid gaveln är trasig igen.", "marks-kommun", 30, "open", None),
    (3, "sight_lines", "Tätt buskage bakom miljöhuset.", "marks-bostad", 60, "done", 45),
    (3, "other", "Skyltar saknas till uppgångarna.", "marks-bostad", None, "open", None),
    (4, "lighting", "Mörkt vid cykelparkeringen.", "marks-bostad", 45, "open", None),
    (4, "entrances", "Tvättstugans dörr glappar.", "marks-bostad", 21, "in_progress", 14),
    (4, "upkeep", "Löv och halka på trappan.", "marks-bostad", 10, "done", 4),
    (4, "meeting_places", "Lokalen står tom om kvällarna.", None, None, "open", None),
)


def loop(maker: Maker, walk: WalkPlan) -> LineString:
    """Return a walking loop from the stop and back, in metres.

    It goes out, most of the way round at about the same distance, and back. Corners outside the
    area are drawn into it; of two hundred such loops it is one that does not cross itself, with
    most of its length inside. A receiver's spread of about two metres is laid on top, with a
    point every 20 metres.
    """
    start = maker.ground.by_name[walk.stop]
    outline = maker.ground.outlines[walk.area]
    inner = outline.buffer(-25)
    # Out, 300 degrees round and back: 1 + 5/6 * 2 * pi + 1 times the distance, with corners cut.
    reach_m = walk.loop_m / 7.0
    best, most = None, -1.0
    for _ in range(200):
        turns = maker.random.uniform(0, 2 * np.pi) + np.linspace(0, np.radians(300), 8)
        reach = reach_m * maker.random.uniform(0.85, 1.12, len(turns))
        corners = np.array([start.x, start.y]) + reach[:, None] * np.column_stack(
            [np.cos(turns), np.sin(turns)]
        )
        pulled = [nearest_points(inner, Point(corner))[0].coords[0] for corner in corners]
        ring = LineString([start.coords[0], *pulled, start.coords[0]])
        share = ring.intersection(outline).length / ring.length + ring.is_simple
        if share > most:
            best, most = ring, share
    if best is None:
        raise RuntimeError(walk.name)
    points = shapely.get_coordinates(shapely.segmentize(best, 20))
    points[1:-1] += maker.random.normal(0, 1.6, points[1:-1].shape)
    return LineString(points)


def gpx_text(walk: WalkPlan, route: LineString) -> str:
    """Return GPX: a receiver's track with times if held, else a route without."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator = "make_example.py"
    spots = [(round(y, 6), round(x, 6)) for x, y in to_degrees(route).coords]
    if walk.status != "held":
        planned = gpxpy.gpx.GPXRoute(name=walk.name)
        planned.points = [gpxpy.gpx.GPXRoutePoint(lat, lon) for lat, lon in spots]
        gpx.routes.append(planned)
        return f"{gpx.to_xml('1.1')}\n"
    # An hour and a quarter, with stops: about 25 metres a minute.
    begin = walk.start.astimezone(UTC)
    pace = timedelta(minutes=75) / len(spots)
    segment = gpxpy.gpx.GPXTrackSegment(
        [
            gpxpy.gpx.GPXTrackPoint(
                lat, lon, time=begin + timedelta(seconds=round(n * pace.total_seconds()))
            )
            for n, (lat, lon) in enumerate(spots)
        ]
    )
    track = gpxpy.gpx.GPXTrack(name=walk.name)
    track.segments.append(segment)
    gpx.tracks.append(track)
    return f"{gpx.to_xml('1.1')}\n"


def walk_table(walks: Iterable[WalkPlan]) -> str:
    """Return the table of walks."""
    header = (
        "name status date minutes area meeting_point route participants parties commitments note"
    )
    return _table(
        header.split(),
        (
            [
                walk.name,
                walk.status,
                f"{walk.start:%Y-%m-%d %H:%M}",
                75,
                walk.area,
                f"Hållplats {walk.stop}",
                walk.file,
                walk.participants,
                " ".join(walk.parties),
                " ".join(walk.commitments),
                walk.note,
            ]
            for walk in walks
        ),
    )


def _feature(maker: Maker, seen: Seen, routes: Sequence[LineString]) -> dict[str, object]:
    index, category, text, owner, due, status, settled = seen
    walk, route = WALKS[index], routes[index]
    inside = maker.ground.outlines[walk.area].buffer(-5)
    while True:
        at = route.interpolate(maker.random.uniform(0.05, 0.95), normalized=True)
        east, north = maker.random.normal(0, 5, 2).tolist()
        if inside.contains(place := Point(at.x + east, at.y + north)):
            break
    day = walk.start.date()
    spot = to_degrees(place)
    return {
        "type": "Feature",
        "properties": {
            "walk": walk.name,
            "category": category,
            "text": text,
            "owner": owner,
            "due": None if due is None else str(day + timedelta(days=due)),
            "status": status,
            "day": str(day),
            "status_day": None if settled is None else str(day + timedelta(days=settled)),
        },
        "geometry": {"type": "Point", "coordinates": [round(spot.x, 5), round(spot.y, 5)]},
    }


def findings_text(maker: Maker, routes: Sequence[LineString]) -> str:
    """Return GeoJSON with one feature a line."""
    lines = [json.dumps(_feature(maker, seen, routes), ensure_ascii=False) for seen in FINDINGS]
    body = ",\n".join(lines)
    return f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n'


# --- hot spots and recorded patrols ----------------------------------------------------------

# They have a generator of their own, so that nothing above changes with them.
MORE_SEED: Final = 2019
SOURCE: Final = "Påhittat exempel"


@dataclass(frozen=True)
class Spot:
    """A hot spot at a known place; `dose` is visits a week and minutes a visit."""

    name: str
    stop: str
    reason: str
    first: date = date(2018, 2, 1)
    last: date | None = None
    radius_m: int = 150
    weight: int = 1
    dose: tuple[float | None, int | None] = (None, None)


SPOTS: Final = (
    Spot(
        "Almåsskolan",
        "Almåsskolan",
        "Exempel: otryggt på gångvägen förbi skolan om kvällarna.",
        weight=3,
        dose=(3, 15),
    ),
    Spot(
        "Västgötagatan",
        "Västgötagatan",
        "Exempel: öppen handel vid hållplatsen under våren.",
        last=date(2018, 6, 30),
        weight=2,
        dose=(0.5, 12),
    ),
    Spot(
        "Hässle torg",
        "Hässle torg",
        "Exempel: skadegörelse och bråk på torget fredagar och lördagar.",
        weight=4,
        dose=(5, 15),
    ),
    Spot(
        "Bodaskolan",
        "Bodaskolan",
        "Exempel: mopeder på skolgården efter skoltid.",
        first=date(2018, 8, 20),
        weight=2,
        dose=(2, 12),
    ),
    Spot(
        "Hulta torg",
        "Hulta torg",
        "Exempel: många samlas utanför butiken sent på kvällen.",
        weight=3,
        dose=(4, 15),
    ),
    Spot(
        "Kinna centrum",
        "Kinna centrum",
        "Exempel: störningar vid hållplatsen när butikerna stänger.",
        date(2018, 1, 1),
        radius_m=120,
        weight=2,
        dose=(1, 15),
    ),
    Spot(
        "Stationsgatan",
        "Stationsgatan",
        "Exempel: cykelstölder vid cykelställen.",
        date(2018, 1, 1),
        radius_m=120,
        dose=(0.25, 12),
    ),
    Spot(
        "Hedbo",
        "Hedbo",
        "Exempel: iakttagelser från trygghetsvandringen, mörkt vid hållplatsen.",
        date(2018, 4, 25),
        weight=2,
        dose=(1, 12),
    ),
    Spot(
        "Assberg",
        "Assberg",
        "Exempel: anmälda inbrott i källare.",
        date(2018, 1, 1),
        dose=(0.5, 12),
    ),
    # Nothing is planned here: the board then has nothing to compare with.
    Spot("Muraren", "Muraren", "Exempel: mörkt mellan garagen.", date(2018, 5, 23)),
)


def _middle(spot: Spot, ground: Ground) -> Point:
    """Return a hot spot's middle: its stop, moved into the area that the stop is nearest to."""
    stop = ground.by_name[spot.stop]
    outline = min(ground.outlines.values(), key=stop.distance)
    return nearest_points(outline.buffer(-10), stop)[0]


def hot_spot_table(ground: Ground) -> str:
    """Return the table of hot spots."""
    header = "name lat lon radius_m weight reason source valid_from valid_to"
    return _table(
        [*header.split(), "visits_a_week", "minutes_a_visit"],
        (
            [
                spot.name,
                *_degrees(_middle(spot, ground)),
                spot.radius_m,
                spot.weight,
                spot.reason,
                SOURCE,
                spot.first,
                spot.last,
                *spot.dose,
            ]
            for spot in SPOTS
        ),
    )


@dataclass(frozen=True)
class Beat:
    """A patrol on foot that carried a receiver: how long it stayed at each stop, in minutes.

    After the stop whose index is `indoors` the receiver was off for a while.
    """

    area: str
    start: datetime
    stops: tuple[tuple[str, int], ...]
    indoors: int | None = None

    @property
    def file(self) -> str:
        """What its file is called: it is read as activities for how the name begins."""
        return f"activities-{self.area}-{self.start:%Y-%m-%d}.gpx"


BEATS: Final = (
    Beat(
        "norrby",
        datetime(2018, 5, 17, 19, 42, tzinfo=SWEDISH_TIME),
        (("Almåsskolan", 12), ("Västgötagatan", 11)),
    ),
    Beat(
        "hassleholmen",
        datetime(2018, 9, 28, 20, 5, tzinfo=SWEDISH_TIME),
        (("Hässle torg", 12), ("Bodaskolan", 14)),
    ),
    Beat(
        "kinna-centrum",
        datetime(2018, 10, 13, 21, 10, tzinfo=SWEDISH_TIME),
        (("Kinna centrum", 12), ("Stationsgatan", 13)),
    ),
    # Twelve minutes at the square, and nobody knows where the next seven were spent.
    Beat(
        "hulta",
        datetime(2018, 11, 8, 18, 20, tzinfo=SWEDISH_TIME),
        (("Hulta torg", 12), ("Blejdegatan", 0)),
        indoors=0,
    ),
)
WALKING_MS: Final = 1.2
EVERY_S: Final = 15  # a receiver writes as often while somebody walks
STANDING_S: Final = 40
OFF_S: Final = 7 * 60

Fix = tuple[datetime, float, float]


def beat_points(beat: Beat, ground: Ground, random: np.random.Generator) -> list[list[Fix]]:
    """Return a patrol's recorded points, in metres, a list for each time the receiver was on.

    It walks from sixty metres off to its first stop, stands there, goes on to the next, and sixty
    metres farther at the end, in slightly bent lines.
    """
    inner = ground.outlines[beat.area].buffer(-10)
    stops = [ground.by_name[name] for name, _ in beat.stops]

    def inside(point: Point) -> Point:
        return nearest_points(inner, point)[0]

    def near(point: Point, away_m: float) -> Point:
        turn = random.uniform(0, 2 * np.pi)
        return inside(Point(point.x + away_m * np.cos(turn), point.y + away_m * np.sin(turn)))

    corners = [near(stops[0], 60), *map(inside, stops), near(stops[-1], 60)]
    now = beat.start.astimezone(UTC)
    parts: list[list[Fix]] = [[(now, corners[0].x, corners[0].y)]]
    for index, (before, after) in enumerate(itertools.pairwise(corners)):
        if index > 0 and index - 1 == beat.indoors:
            now += timedelta(seconds=OFF_S)
            before = near(before, 40)
            parts.append([(now, before.x, before.y)])
        bend = near(Point((before.x + after.x) / 2, (before.y + after.y) / 2), 25)
        line = LineString([before, bend, after])
        for way_m in np.arange(WALKING_MS * EVERY_S, line.length, WALKING_MS * EVERY_S).tolist():
            now += timedelta(seconds=EVERY_S)
            parts[-1].append((now, *_as_received(line.interpolate(way_m), random)))
        stay_min = beat.stops[index][1] if index < len(beat.stops) else 0
        for _ in range(stay_min * 60 // STANDING_S):
            now += timedelta(seconds=STANDING_S)
            parts[-1].append((now, *_as_received(after, random)))
    return parts


def _as_received(point: Point, random: np.random.Generator) -> tuple[float, float]:
    east, north = random.normal(0, 2, 2).tolist()
    return point.x + east, point.y + north


def beat_text(beat: Beat, parts: list[list[Fix]]) -> str:
    """Return GPX: a track whose type is the kind of activity."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator = "make_example.py"
    gpx.description = "Påhittat exempel"
    track = gpxpy.gpx.GPXTrack(name=f"Fotpatrull, påhittat exempel: {beat.stops[0][0]}")
    track.type = "foot_patrol"
    for part in parts:
        points = []
        for at, x, y in part:
            spot = to_degrees(Point(x, y))
            lat, lon = round(spot.y, 6), round(spot.x, 6)
            points.append(gpxpy.gpx.GPXTrackPoint(lat, lon, time=at))
        track.segments.append(gpxpy.gpx.GPXTrackSegment(points))
    gpx.tracks.append(track)
    return f"{gpx.to_xml('1.1')}\n"


# --- files -----------------------------------------------------------------------------------


def make(folder: Path, data: Path = HERE.parent) -> None:
    """Write the example's files into a folder."""
    maker = Maker(read_ground(data))
    files = {
        "activities-boras.csv": boras_table(boras_rows(maker)),
        "activities-mark.csv": mark_table(mark_rows(maker)),
        "walks.csv": walk_table(WALKS),
    }
    routes = [loop(maker, walk) for walk in WALKS]
    files |= {walk.file: gpx_text(walk, route) for walk, route in zip(WALKS, routes, strict=True)}
    files["findings.geojson"] = findings_text(maker, routes)
    files["hot_spots.csv"] = hot_spot_table(maker.ground)
    random = np.random.default_rng(MORE_SEED)
    files |= {beat.file: beat_text(beat, beat_points(beat, maker.ground, random)) for beat in BEATS}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(HERE)
