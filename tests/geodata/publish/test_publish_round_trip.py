"""What is taken out comes back equal, whatever our own doors let in."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree as ET

import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point
from shapely.geometry import shape

from geodata.catalogue.loading import load_catalogue
from geodata.intake.importing import read_file
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import (
    Activity,
    Finding,
    FindingStatus,
    Location,
    Origin,
    Precision,
    Record,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.publish import SORTS, WRITERS, Export, Sort
from geodata.register import Register
from geodata.service import Service
from geodata.service.exporting import FILE_SORTS, Wanted, export_file
from geodata.service.imports import examine, take_in
from geodata.settings import bundled_data, register_url
from geodata.texts import SWEDISH_TIME

CATALOGUE: Final = load_catalogue((bundled_data(),))
KINDS: Final = sorted(CATALOGUE.vocabulary.activity_kinds)
CATEGORIES: Final = sorted(CATALOGUE.vocabulary.finding_categories)
AREAS: Final = sorted(CATALOGUE.area_by_id)
PARTIES: Final = sorted(CATALOGUE.party_by_id)
COMMITMENTS: Final = sorted(CATALOGUE.commitment_by_id)

NASTY: Final = (
    *("=cmd()", "=1+1", "+46 33 12", "-5", "@SUM(A1)", "'", "''", "'=x", "''-x", '"', '""', ";"),
    *(
        ",",
        "\n",
        "\r\n",
        "\t",
        "a;b",
        '=HYPERLINK("x";"y")',
        "\N{WAVING HAND SIGN}\N{VARIATION SELECTOR-16}",
    ),
    *("Åäö", "e\N{COMBINING ACUTE ACCENT}", "<b>&amp;</b>", "]]>", "${x}", "{count}", "%s", "NULL"),
    *(
        "NaN",
        "None",
        "1,5",
        "2018-03",
        "007",
        "\N{NO-BREAK SPACE}x",
        "\N{LINE SEPARATOR}",
        "\\",
        "\\N",
    ),
    *("\ufffe", "\uffff", "\N{RIGHT-TO-LEFT OVERRIDE}", "\ufeff", "Â¡", "Ã¥ Ã¤ Ã¶ â€“"),
)


# --- records as our doors let them in ------------------------------------------------------------


def _as_let_in(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()[:2_000].strip()


def _is_let_in(text: str) -> bool:
    controls = any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text)
    return not controls and not holds_identity_number(text)


def texts(longest: int = 30) -> st.SearchStrategy[str]:
    anything = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=longest)
    nasty = st.lists(st.sampled_from(NASTY) | anything, max_size=5).map("".join)
    return (anything | nasty).map(_as_let_in).filter(_is_let_in)


def lines_of_text() -> st.SearchStrategy[str]:
    """Texts of one line, such as file names."""
    return texts().map(lambda text: " ".join(text.split()))


SWEDEN_LON: Final = st.floats(10.5, 24.3) | st.sampled_from([10.5, 12.9, 24.3, 12.123456789012345])
SWEDEN_LAT: Final = st.floats(55.0, 69.2) | st.sampled_from([55.0, 57.72, 57.70000000000001])
POSITIONS: Final = st.tuples(SWEDEN_LON, SWEDEN_LAT)
POINTS: Final = POSITIONS.map(Point)
SINGLE_LINES: Final = st.lists(POSITIONS, min_size=2, max_size=5, unique=True).map(LineString)
LINES: Final = SINGLE_LINES | st.lists(SINGLE_LINES, min_size=2, max_size=3).map(MultiLineString)

# A winter that begins in the last year would end in one that is no longer plausible.
DAYS: Final = st.dates(date(1990, 1, 1), date(2100, 11, 30))
IDS: Final = st.uuids(version=4).map(str)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SWEDISH_TIME)


@st.composite
def whens(draw: st.DrawFn) -> dict[str, Any]:
    """A start, how exactly it is known, and the last day it can have begun."""
    precision = draw(st.sampled_from(Precision))
    if precision is Precision.MINUTE:
        # The hour that comes twice when summer time ends is among them.
        twice = st.integers(0, 7_199).map(
            lambda s: datetime(2018, 10, 28, 0, tzinfo=UTC) + timedelta(seconds=s)
        )
        any_time = st.datetimes(
            *(datetime.combine(day, time.min) for day in (date(1990, 1, 2), date(2100, 12, 30))),
            timezones=st.just(UTC),
        )
        start = draw(any_time.map(lambda t: t.replace(microsecond=0)) | any_time | twice)
        return {
            "start": start,
            "precision": precision,
            "day": start.astimezone(SWEDISH_TIME).date(),
        }
    day = draw(DAYS)
    if precision is Precision.DAY:
        return {"start": _midnight(day), "precision": precision, "day": day}
    months = 1 if precision is Precision.MONTH else 3
    # A season begins in March, June, September or December.
    month = day.month if months == 1 else max(day.month // 3, 1) * 3
    year, last = divmod(month - 1 + months, 12)
    after = date(day.year + year, last + 1, 1)
    first = _midnight(day.replace(month=month, day=1))
    return {"start": first, "precision": precision, "day": after - timedelta(days=1)}


ORIGINS: Final = st.builds(
    Origin,
    kind=st.sampled_from(SourceKind),
    file=st.none() | lines_of_text().filter(bool),
    row=st.none() | st.integers(1, 100_000),
    reference=st.none() | texts().filter(bool),
)
MINUTES: Final = st.none() | st.integers(0, 1_440)
PARTICIPANTS: Final = st.none() | st.integers(0, 100_000)
SOME_PARTIES: Final = st.lists(st.sampled_from(PARTIES), max_size=3, unique=True).map(tuple)
SOME_COMMITMENTS: Final = st.lists(st.sampled_from(COMMITMENTS), max_size=3, unique=True).map(tuple)


def times_along(place: Any) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """When a track's points were reached and left; or no times, as of a line that was drawn."""
    if place is None or isinstance(place, Point):
        return st.just(())
    count = int(shapely.get_num_coordinates(place))
    moments = st.lists(st.integers(0, 40_000), min_size=2 * count, max_size=2 * count).map(sorted)
    return st.just(()) | moments.map(lambda m: tuple(zip(m[::2], m[1::2], strict=True)))


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    place = draw(st.none() | POINTS | LINES)
    return Activity(
        id=draw(IDS),
        kind=draw(st.sampled_from(KINDS)),
        area_id=draw(st.none() | st.sampled_from(AREAS)),
        place=place,
        times_s=draw(times_along(place)),
        **draw(whens()),
        minutes=draw(MINUTES),
        commitments=draw(SOME_COMMITMENTS),
        parties=draw(SOME_PARTIES),
        participants=draw(PARTICIPANTS),
        note=draw(texts()),
        origin=draw(ORIGINS),
        verified_by=draw(st.none() | st.sampled_from(PARTIES)),
    )


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    return Walk(
        id=draw(IDS),
        area_id=draw(st.sampled_from(AREAS)),
        status=draw(st.sampled_from(WalkStatus)),
        **draw(whens()),
        minutes=draw(MINUTES),
        meeting_point=draw(texts()),
        route=draw(st.none() | LINES),
        participants=draw(PARTICIPANTS),
        parties=draw(SOME_PARTIES),
        commitments=draw(SOME_COMMITMENTS),
        note=draw(texts()),
        origin=draw(ORIGINS),
        invited=draw(texts()),
        followed_up=draw(st.none() | DAYS),
        repeats=draw(st.none() | IDS),
    )


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    day = draw(DAYS)
    return Finding(
        id=draw(IDS),
        walk_id=draw(st.none() | IDS),
        area_id=draw(st.none() | st.sampled_from(AREAS)),
        place=draw(st.none() | POINTS),
        category=draw(st.sampled_from(CATEGORIES)),
        text=draw(texts().filter(bool)),
        owner=draw(st.none() | st.sampled_from(PARTIES)),
        due=draw(st.none() | st.dates(day, date(2100, 12, 31))),
        status=draw(st.sampled_from(FindingStatus)),
        day=day,
        status_day=draw(st.just(day) | st.dates(day, date(2100, 12, 31))),
        origin=draw(ORIGINS),
        internal=draw(st.booleans()),
    )


def _some(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, max_size=3, unique_by=lambda record: record.id)


@st.composite
def exports(draw: st.DrawFn) -> dict[str, Any]:
    """What an export holds, without the catalogue: a failing example is to be readable."""
    found = {
        "activities": draw(_some(activities())),
        "walks": draw(_some(walks())),
        "findings": draw(_some(findings())),
    }
    ids = [record.id for records in found.values() for record in records]
    # No id is given twice, of whatever sort.
    assume(len(set(ids)) == len(ids))
    confirmed = {walk.id: draw(st.none() | st.sampled_from(PARTIES)) for walk in found["walks"]}
    return {
        "language": draw(st.sampled_from(("sv", "en"))),
        **found,
        "verified": {id_: party for id_, party in confirmed.items() if party is not None},
    }


RECORDS: Final = exports()

EVERY_NASTY: Final[dict[str, Any]] = {
    "language": "sv",
    "findings": [
        Finding(
            id=str(UUID(int=number)),
            walk_id=None,
            area_id=None,
            place=None,
            category=CATEGORIES[0],
            text=text,
            owner=None,
            due=None,
            status=FindingStatus.OPEN,
            day=date(2018, 5, 3),
            status_day=date(2018, 5, 3),
        )
        for number, text in enumerate(map(_as_let_in, (*NASTY, *(f"{n}=1" for n in NASTY))))
        if text
    ],
}

LINE: Final = LineString([(12.9, 57.7), (12.91, 57.7)])
WITH_TIMES_AND_WITHOUT: Final[dict[str, Any]] = {
    "language": "sv",
    "activities": [
        Activity(
            id=str(UUID(int=number)),
            kind=KINDS[0],
            area_id=None,
            place=LINE,
            start=_midnight(date(2018, 5, 3)),
            precision=Precision.DAY,
            day=date(2018, 5, 3),
            times_s=times_s,
        )
        for number, times_s in enumerate([((0, 0), (0, 0)), ()])
    ],
}
"""One cell of a column is filled and the other empty, which a table gives back as no number."""


def as_kept(record: Record) -> Record:
    """Return a record as the register keeps it: times in UTC, and one line alone is a line."""
    name = "route" if isinstance(record, Walk) else "place"
    given: dict[str, Any] = {name: _single(getattr(record, name))}
    if not isinstance(record, Finding):
        # Two zones' times are never equal in the hour that comes twice, whatever they say.
        given["start"] = record.start.astimezone(UTC)
    return replace(record, **given)


def _single(place: Any) -> Any:
    # A layer holds one type: a line is there as a multiple line with one part.
    alone = isinstance(place, MultiLineString) and len(place.geoms) == 1
    return place.geoms[0] if alone else place


def sorted_by_id(records: Iterable[Record]) -> list[Record]:
    return sorted(map(as_kept, records), key=lambda record: record.id)


# --- read back by nothing of ours ----------------------------------------------------------------
# What follows says in the test's own words how a file's columns make a record.

Row = Mapping[str, Any]


def _or_none(value: Any) -> Any:
    return None if value is None or value == "" or value != value else value


def _whole(value: Any) -> int | None:
    found = _or_none(value)
    return None if found is None else int(found)


def _day(value: Any) -> date | None:
    found = _or_none(value)
    return None if found is None else date.fromisoformat(found)


def _when(row: Row) -> dict[str, Any]:
    start = datetime.fromisoformat(row["date"])
    assert start.utcoffset() == start.astimezone(SWEDISH_TIME).utcoffset()
    day = date.fromisoformat(row["day"])
    return {"start": start, "precision": Precision(row["precision"]), "day": day}


def _origin(row: Row) -> Origin:
    return Origin(
        SourceKind(row["source_kind"]),
        _or_none(row["source_file"]),
        _whole(row["source_row"]),
        _or_none(row["source_reference"]),
    )


def _made(sort: Sort, row: Row, place: Any) -> Record:
    shared = {"id": row["lofteskartan_id"], "origin": _origin(row)}
    if sort == "findings":
        return Finding(
            **shared,
            walk_id=_or_none(row["walk_id"]),
            area_id=_or_none(row["area"]),
            place=place,
            category=row["category"],
            text=row["text"],
            owner=_or_none(row["owner"]),
            function=row["function"],
            due=_day(row["due"]),
            status=FindingStatus(row["status"]),
            day=date.fromisoformat(row["day"]),
            status_day=date.fromisoformat(row["status_day"]),
            internal=row["internal"] == "yes",
        )
    work = shared | {
        **_when(row),
        "minutes": _whole(row["minutes"]),
        "commitments": tuple(row["commitments"].split()),
        "parties": tuple(row["parties"].split()),
        "participants": _whole(row["participants"]),
        "note": row["note"],
    }
    if sort == "activities":
        return Activity(
            **work,
            kind=row["kind"],
            area_id=_or_none(row["area"]),
            place=place,
            verified_by=_or_none(row["verified_by"]),
            walk_id=_or_none(row["walk_id"]),
            times_s=tuple(map(tuple, json.loads(_or_none(row["times_s"]) or "[]"))),
        )
    return Walk(
        **work,
        area_id=row["area"],
        status=WalkStatus(row["status"]),
        route=place,
        meeting_point=row["meeting_point"],
        invited=row["invited"],
        followed_up=_day(row["followed_up"]),
        repeats=_or_none(row["repeats"]),
    )


def _unguarded(cell: str) -> str:
    bare = cell.lstrip("'")
    return cell[1:] if len(bare) < len(cell) and bare[:1] in tuple("=+-@\t\r") else cell


def _place_in_cells(row: Row) -> Any:
    if row.get("lat"):
        return Point(*(float(row[name].replace(",", ".")) for name in ("lon", "lat")))
    return shapely.from_wkt(row["geometry"]) if row.get("geometry") else None


def _confirmed(rows: Iterable[Row]) -> dict[str, str]:
    """Return who has confirmed which walk, as a table of walks says."""
    told = {row["lofteskartan_id"]: _or_none(row["verified_by"]) for row in rows}
    return {walk_id: party for walk_id, party in told.items() if party is not None}


def from_zip(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with zipfile.ZipFile(path) as archive:
        for sort in ("activities", "walks", "findings"):
            text = archive.read(f"{sort}.csv").decode("utf-8-sig")
            reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
            rows = [{name: _unguarded(cell) for name, cell in row.items()} for row in reader]
            found[sort] = [_made(sort, cells, _place_in_cells(cells)) for cells in rows]
            if sort == "walks":
                found["verified"] = _confirmed(rows)
    return found


def from_geojson(path: Path) -> dict[str, Any]:
    told = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    found: dict[str, Any] = {"activities": [], "walks": [], "findings": []}
    for feature in told["features"]:
        row = feature["properties"]
        place = None if feature["geometry"] is None else shape(feature["geometry"])
        found[row["layer"]].append(_made(row["layer"], row, place))
    rows = [feature["properties"] for feature in told["features"]]
    return {**found, "verified": _confirmed(row for row in rows if row["layer"] == "walks")}


def from_geopackage(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"activities": [], "walks": [], "findings": []}
    names = {
        "activities": ("activities_points", "activities_lines", "activities_without_place"),
        "walks": ("walks",),
        "findings": ("findings",),
    }
    for sort, layers in names.items():
        for layer in layers:
            frame = pyogrio.read_dataframe(path, layer=layer)
            for row in frame.to_dict("records"):
                found[sort].append(_made(sort, row, row.get("geometry")))  # type: ignore[arg-type]
            if layer == "walks":
                rows = frame.to_dict("records")
                found["verified"] = _confirmed(rows)  # type: ignore[arg-type]
    return found


READERS: Final[Mapping[str, Callable[[Path], dict[str, Any]]]] = {
    ".zip": from_zip,
    ".geojson": from_geojson,
    ".gpkg": from_geopackage,
}


def written(export: Export, suffix: str, read: Callable[[Path], Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export{suffix}"
        WRITERS[suffix](export, path)
        return read(path)


@pytest.mark.parametrize(("suffix", "examples"), [(".zip", 40), (".geojson", 40), (".gpkg", 6)])
def test_what_is_written_says_all_that_a_record_is(suffix: str, examples: int) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(RECORDS)
    @example(EVERY_NASTY)
    @example(WITH_TIMES_AND_WITHOUT)
    def holds(records: dict[str, Any]) -> None:
        export = Export(CATALOGUE, **records)
        found = written(export, suffix, READERS[suffix])
        assert sorted_by_id(found["activities"]) == sorted_by_id(export.activities)
        assert sorted_by_id(found["walks"]) == sorted_by_id(export.walks)
        assert sorted_by_id(found["findings"]) == sorted_by_id(export.findings)
        assert found["verified"] == export.verified

    holds()


def test_a_walks_own_activity_says_which_walk_it_is() -> None:
    walk_id = str(UUID(int=7))
    one = Activity(
        id=str(UUID(int=8)),
        kind="safety_walk",
        area_id="hulta",
        place=None,
        start=_midnight(date(2018, 5, 3)),
        precision=Precision.DAY,
        day=date(2018, 5, 3),
        walk_id=walk_id,
    )
    for suffix, read in READERS.items():
        found = written(Export(CATALOGUE, "sv", activities=[one]), suffix, read)
        assert found["activities"] == [one]
        assert found["activities"][0].walk_id == walk_id
        assert replace(one, walk_id=None) != one


# --- read back by our own import -----------------------------------------------------------------


SURROUNDINGS: Final[dict[str, Any]] = {
    "promises": CATALOGUE.promises,
    "areas": CATALOGUE.areas,
    "places": CATALOGUE.places,
}
"""What a GeoPackage holds besides; none of it may be taken for a record."""


def nowhere(lons: Sequence[float], lats: Sequence[float]) -> list[Location]:
    return [Location(None, None, None, near_border=False)] * len(lons)


def imported(path: Path) -> dict[str, Any]:
    found = read_file(
        path,
        catalogue=CATALOGUE,
        locate_many=nowhere,
        origin_kind=SourceKind.IMPORTED,
        today=date(2101, 1, 1),
    )
    assert [problem for problem in found.problems if problem.severity == "error"] == []
    return {
        "activities": list(found.activities),
        "walks": list(found.walks),
        "findings": list(found.findings),
        "verified": found.verified,
    }


@pytest.mark.parametrize(
    ("suffix", "examples"),
    [(".csv", 20), (".zip", 20), (".geojson", 20), (".gpkg", 4), (".gpx", 20)],
)
def test_what_is_taken_out_comes_back_in(suffix: str, examples: int) -> None:
    """Each sort in a file of its own where a file holds one, all in one file otherwise."""

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(RECORDS)
    @example(EVERY_NASTY)
    @example(WITH_TIMES_AND_WITHOUT)
    def holds(records: dict[str, Any]) -> None:
        export = Export(CATALOGUE, **SURROUNDINGS, **records)
        for sorts in [(sort,) for sort in SORTS] if suffix == ".csv" else [SORTS]:
            one = replace(export, sorts=sorts)
            if suffix == ".gpx":
                placed: dict[str, Any] = {sort: in_gpx(getattr(one, sort)) for sort in SORTS}
                one = replace(one, **placed)
            if not any(one.counts.values()):
                continue
            found = written(one, suffix, imported)
            for sort in sorts:
                assert sorted_by_id(found[sort]) == sorted_by_id(getattr(one, sort))
            there = {walk.id for walk in found["walks"]}
            expected = {id_: party for id_, party in export.verified.items() if id_ in there}
            assert found["verified"] == expected

    holds()


def in_gpx(records: Sequence[Any]) -> list[Any]:
    """Return what a receiver's file holds: what has a place, a line of one part as a line."""
    placed = [r for r in records if (r.route if isinstance(r, Walk) else r.place) is not None]
    # XML knows no way to write these two.
    assume(not any(c in repr(placed) for c in (r"\ufffe", r"\uffff")))
    return [as_kept(record) for record in placed]


def confirm_a_walk(service: Service) -> Activity:
    """Let a party confirm the activity that a held walk is."""
    held = next(a for a in service.register.activities() if a.walk_id is not None)
    confirmed = replace(held, verified_by=PARTIES[0])
    service.register.change(confirmed, by="test", expected_number=1)
    return confirmed


def everything(register: Register) -> list[Record]:
    # A walk's activity has the same id wherever it is, and never another record's.
    return sorted_by_id([*register.activities(), *register.walks(), *register.findings()])


@pytest.mark.parametrize("suffix", [".csv", ".zip", ".geojson", ".gpkg"])
def test_an_empty_register_takes_in_everything_again(
    own: Service, tmp_path: Path, suffix: str
) -> None:
    confirmed = confirm_a_walk(own)
    settings_ = replace(own.settings, register=register_url(str(tmp_path / "empty.sqlite")))
    one_by_one = ("walks", "activities", "findings")
    with Service.open(settings_) as empty:
        # It has the published events from the start, which go out like any other record.
        for name in one_by_one if suffix == ".csv" else ("all",):
            path = tmp_path / f"{name}{suffix}"
            export_file(own, Wanted(sorts=FILE_SORTS[name]), path)
            examined = examine(empty, path)
            assert examined.report.refused == 0
            take_in(empty, examined, by="test", good_only=False)
        assert everything(empty.register) == everything(own.register)
        found = empty.register.activity(confirmed.id)
    assert (found.walk_id, found.verified_by) == (confirmed.walk_id, PARTIES[0])


# --- GPX keeps less: where and roughly what ------------------------------------------------------

GPX: Final = "{http://www.topografix.com/GPX/1/1}"


def positions(element: ET.Element) -> tuple[tuple[float, float], ...]:
    parts = element.findall(f"{GPX}trkseg") or [element]
    found: list[tuple[float, float]] = []
    for part in parts:
        named = [part] if part.get("lat") else part.iter()
        along = ((float(p.get("lon", "")), float(p.get("lat", ""))) for p in named if p.get("lat"))
        # Where somebody stood still a recorded track has the point twice; the next part may
        # begin where this one ends.
        found += [at for at, _ in groupby(along)]
    return tuple(found)


@settings(max_examples=30)
@given(RECORDS)
@example(EVERY_NASTY)
def test_gpx_keeps_every_place_exactly(records: dict[str, Any]) -> None:
    export = Export(CATALOGUE, **records)
    root = written(export, ".gpx", lambda path: ET.fromstring(path.read_bytes()))
    found = [e for tag in ("wpt", "rte", "trk") for e in root.iter(f"{GPX}{tag}")]
    placed = [*export.activities, *export.walks, *export.findings]
    shapes = [r.route if isinstance(r, Walk) else r.place for r in placed]
    expected = [
        tuple(map(tuple, shapely.get_coordinates(s).tolist())) for s in shapes if s is not None
    ]
    assert sorted(map(positions, found)) == sorted(expected)
    for element in found:
        assert element.findtext(f"{GPX}name")
        assert element.findtext(f"{GPX}src") in tuple(SourceKind)
