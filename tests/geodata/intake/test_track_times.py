"""When a patrol was where: a track's times as they are kept, and as they go out and in again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from geodata.intake.report import Reading
from geodata.model import Activity, Catalogue, Precision
from geodata.publish import WRITERS, Export
from geodata.records import fingerprint

Read = Callable[..., Reading]

BEGUN = datetime(2019, 5, 3, 18, 0, 40, tzinfo=UTC)
SOUTH, WEST = 57.7050, 12.9050
METRE_N, METRE_E = 1 / 111_200, 1 / 59_500
"""Degrees, near enough for paces."""


@dataclass(frozen=True)
class Fix:
    """One point as a receiver writes it."""

    east_m: float
    north_m: float
    at: datetime | None

    @property
    def position(self) -> tuple[float, float]:
        return (
            round(WEST + self.east_m * METRE_E, 7),
            round(SOUTH + self.north_m * METRE_N, 7),
        )


def fix(north_m: float, second: float | None, east_m: float = 0) -> Fix:
    return Fix(east_m, north_m, None if second is None else BEGUN + timedelta(seconds=second))


def gpx(*parts: Sequence[Fix], of: str = "foot_patrol", sort: str = "trk") -> str:
    def point(one: Fix, name: str) -> str:
        lon, lat = one.position
        time = "" if one.at is None else f"<time>{one.at:%Y-%m-%dT%H:%M:%S.%f}Z</time>"
        return f'<{name} lat="{lat}" lon="{lon}">{time}</{name}>'

    if sort == "rte":
        inner = "".join(point(one, "rtept") for one in parts[0])
    else:
        inner = "".join(
            f"<trkseg>{''.join(point(one, 'trkpt') for one in part)}</trkseg>" for part in parts
        )
    body = f"<{sort}><name>Runda</name><type>{of}</type>{inner}</{sort}>"
    return (
        '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        + body
        + "</gpx>"
    )


def only(reading: Reading) -> Activity:
    [activity] = reading.activities
    return activity


def keys(reading: Reading) -> list[str]:
    return [problem.key for problem in reading.problems]


# --- what is kept --------------------------------------------------------------------------------


def test_a_stay_a_spike_and_a_gap(read: Read) -> None:
    """Worked by hand: 40 seconds past the minute, on which the register has it begin."""
    track = [
        fix(0, 0),
        fix(20, 15.9),
        # Stands still for ten minutes, written now and then.
        *(fix(40, 30 + 60 * n) for n in range(11)),
        fix(60, 645),
        fix(30_000, 650),
        fix(80, 660),
        # The receiver is off for six minutes.
        fix(100, 660 + 360),
        fix(120, 1_035),
    ]
    reading = read("a.gpx", gpx(track))
    activity = only(reading)
    assert keys(reading) == ["intake.spikes_dropped", "intake.track_gaps"]
    assert activity.start == BEGUN.replace(second=0)
    assert isinstance(activity.place, MultiLineString)
    assert [len(part.coords) for part in activity.place.geoms] == [5, 2]
    assert activity.times_s == (
        *((40, 40), (55, 55), (70, 670), (685, 685), (700, 700)),
        *((1_060, 1_060), (1_075, 1_075)),
    )


def test_segments_and_points_that_are_no_position(read: Read) -> None:
    nowhere = replace(fix(0, 5), east_m=-WEST / METRE_E, north_m=-SOUTH / METRE_N)
    activity = only(
        read("a.gpx", gpx([fix(0, 0), nowhere, fix(10, 10)], [fix(50, 90), fix(70, 99)]))
    )
    assert activity.times_s == ((40, 40), (50, 50), (130, 130), (139, 139))


@pytest.mark.parametrize(
    "track",
    [
        [fix(0, 0), fix(20, None), fix(40, 30)],
        [fix(0, 0), fix(20, 15), fix(40, 10)],
    ],
)
def test_times_that_cannot_be_relied_on_are_left_out_and_told(read: Read, track: list[Fix]) -> None:
    reading = read("a.gpx", gpx(track))
    assert only(reading).times_s == ()
    assert "intake.track_times_left_out" in keys(reading)


@pytest.mark.parametrize(
    ("content", "chosen"),
    [
        (gpx([fix(0, None), fix(20, None)]), {"day": date(2019, 5, 3)}),
        # What tells when it began, and no more, as the program's own file of a line without times.
        (gpx([fix(0, 0), fix(20, None)]), {}),
        (gpx([fix(0, 0), fix(20, 15)], sort="rte"), {}),
    ],
)
def test_what_is_no_recorded_track_has_no_times(
    read: Read, content: str, chosen: dict[str, date]
) -> None:
    reading = read("a.gpx", content, **chosen)
    assert only(reading).times_s == ()
    assert "intake.track_times_left_out" not in keys(reading)


def test_a_walk_keeps_its_line_and_no_times(read: Read) -> None:
    reading = read("a.gpx", gpx([fix(0, 0), fix(20, 15)]), what="walks")
    [walk] = reading.walks
    assert walk.route is not None
    assert not hasattr(walk, "times_s")
    assert keys(reading) == []


def test_the_record_is_the_same_as_before_times_were_kept(read: Read) -> None:
    activity = only(read("a.gpx", gpx([fix(0, 0), fix(20, 15)])))
    without = replace(activity, times_s=())
    assert activity != without
    assert fingerprint(activity) == fingerprint(without)
    # As the id of this very track was before.
    assert activity.id == only(read("b.gpx", gpx([fix(0, 0), fix(20, 14)]))).id


# --- which kind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["foot_patrol", "Fotpatrull", "FOOT PATROL"])
def test_a_track_says_its_kind(read: Read, name: str) -> None:
    reading = read("a.gpx", gpx([fix(0, 0), fix(20, 15)], of=name))
    assert only(reading).kind == "foot_patrol"
    assert reading.needs == ()


@pytest.mark.parametrize("name", ["running", "safety_walk", "", "19811218-9876"])
def test_what_is_no_kind_is_asked_for(read: Read, name: str) -> None:
    content = gpx([fix(0, 0), fix(20, 15)], of=name)
    reading = read("a.gpx", content)
    assert (reading.activities, reading.needs) == ((), ("kind",))
    assert only(read("a.gpx", content, kind="x")).kind == "x"


# --- out and in again ----------------------------------------------------------------------------

PACES = st.tuples(st.floats(1, 30), st.floats(0.4, 2.4), st.floats(0, 1))


@st.composite
def patrols(draw: st.DrawFn) -> tuple[list[list[Fix]], list[list[tuple[Fix, Fix]]]]:
    """What a receiver wrote, and the parts of it that are to be kept: first and last at a point.

    A patrol goes north at a walker's pace, stands still, is lost for a while, or lost for a point.
    """
    second, north = draw(st.floats(0, 59.9)), 0.0
    segments: list[list[Fix]] = [[]]
    pieces: list[list[tuple[Fix, Fix]]] = [[]]

    def come(east_m: float) -> None:
        here = fix(round(north, 3), round(second, 3), round(east_m, 3))
        segments[-1].append(here)
        pieces[-1].append((here, here))

    come(0)
    steps = draw(st.lists(st.sampled_from(["walk"] * 4 + ["stand", "gap", "segment", "spike"])))
    for step in steps:
        length, speed, aside = draw(PACES)
        if step == "stand":
            here = segments[-1][-1]
            for _ in range(draw(st.integers(1, 4))):
                second += draw(st.floats(1, 290))
                last = replace(here, at=fix(0, round(second, 3)).at)
                segments[-1].append(last)
            pieces[-1][-1] = (pieces[-1][-1][0], last)
            continue
        second, north = second + length / speed, north + length
        if step == "gap":
            second += draw(st.floats(301, 3_000))
            pieces.append([])
        if step == "segment":
            segments.append([])
            pieces.append([])
        if step == "spike" and len(pieces[-1]) > 1:
            far = fix(round(north, 3) + 40_000, round(second, 3))
            segments[-1].append(far)
            second, north = second + 3, north + 3
            come(aside * 10)
            # Between two points at each side nobody can take the spike for anything else.
            second, north = second + 10, north + 10
        come(aside * 10)
    for _ in range(2):
        second, north = second + 15, north + 20
        come(0)
    return segments, [piece for piece in pieces if len(piece) > 1]


def moments(activity: Activity) -> list[tuple[datetime, datetime]]:
    return [
        (activity.start + timedelta(seconds=a), activity.start + timedelta(seconds=b))
        for a, b in activity.times_s
    ]


def whole(one: Fix) -> datetime:
    assert one.at is not None
    return one.at.replace(microsecond=0)


NARROW_FIXES = [fix(0, 0.5), fix(20, 15.5), fix(40, 315.4)]
"""A pause of a fraction under five minutes, which rounding must not make a gap."""

NARROW = ([NARROW_FIXES], [[(one, one) for one in NARROW_FIXES]])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(patrols())
@example(NARROW)
def test_times_are_those_of_the_points_and_come_back_from_our_own_file(
    catalogue: Catalogue,
    read_path: Callable[..., Reading],
    patrol: tuple[list[list[Fix]], list[list[tuple[Fix, Fix]]]],
) -> None:
    segments, pieces = patrol

    def read(path: Path) -> Activity:
        return only(read_path(path))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.gpx")
        path.write_text(gpx(*segments), encoding="utf-8")
        first = read(path)
        lines = [LineString([came.position for came, _ in piece]) for piece in pieces]
        assert first.place is not None
        kept = list(getattr(first.place, "geoms", [first.place]))
        assert kept == lines
        assert moments(first) == [(whole(came), whole(left)) for p in pieces for came, left in p]
        assert first.times_s[0][0] >= 0
        again = Path(folder, "b.gpx")
        WRITERS[".gpx"](Export(catalogue, "sv", ("activities",), activities=[first]), again)
        second = read(again)
    assert shapely.equals_exact(first.place, second.place)
    assert moments(second) == moments(first)
    assert second.kind == first.kind


def test_what_is_not_known_to_the_minute_or_fits_no_line_goes_out_without_times(
    read: Read, catalogue: Catalogue, tmp_path: Path
) -> None:
    activity = only(read("a.gpx", gpx([fix(0, 0), fix(20, 15), fix(20, 75), fix(40, 90)])))

    def times(one: Activity) -> int:
        path = tmp_path / "out.gpx"
        path.unlink(missing_ok=True)
        WRITERS[".gpx"](Export(catalogue, "sv", ("activities",), activities=[one]), path)
        return path.read_text(encoding="utf-8").count("<time>")

    assert times(activity) == 4
    assert times(replace(activity, precision=Precision.DAY)) == 0
    assert times(replace(activity, times_s=activity.times_s[1:])) == 1
    assert times(replace(activity, times_s=())) == 1
