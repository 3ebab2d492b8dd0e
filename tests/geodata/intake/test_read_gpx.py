"""GPX as many programs write it: what it says is what is read, the rest is told with its line."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from geodata.errors import IntakeError
from geodata.intake.report import Limits, Reading
from geodata.model import Activity, WalkStatus

Read = Callable[..., Reading]

GPX = "http://www.topografix.com/GPX/1/1"
NOTE = "Kvällspass Åsgatan – möte"


def point(minute: float | None, *, at: str | None = None, lat: str = "", tag: str = "trkpt") -> str:
    """Return a point 22 m north of the one a minute before it, on 1 June 2018 from 20:00."""
    found = datetime(2018, 6, 1, 18, tzinfo=UTC) + timedelta(minutes=minute or 0)
    time = f"{found:%Y-%m-%dT%H:%M:%SZ}" if at is None else at
    lat = lat or f"{57.703 + (minute or 0) * 2e-4:.5f}"
    return (
        f'<{tag} lat="{lat}" lon="12.905">'
        + (f"<time>{time}</time>" if time else "")
        + (f"</{tag}>")
    )


def track(*points: str, words: str = "<name>Pass</name>") -> str:
    return f"<trk>{words}<trkseg>{''.join(points)}</trkseg></trk>"


def gpx(*items: str, root: str = f'xmlns="{GPX}"', declaration: str = "") -> str:
    return f'{declaration}<gpx version="1.1" creator="t" {root}>{"".join(items)}</gpx>'


def only(reading: Reading) -> Activity:
    [activity] = reading.activities
    return activity


def told(reading: Reading) -> dict[str, Any]:
    return {problem.key: problem.values.get("count") for problem in reading.problems}


# --- when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stray", "first", "key"),
    [
        # In the Gulf of Guinea the day before: the receiver had no position yet.
        (point(0, at="2018-05-31T09:00:00Z", lat="0.00001"), True, "intake.points_dropped"),
        # 50 km away within a minute, first of all: a gap on its one side, nothing on the other.
        (point(0, at="2018-05-31T09:00:00Z", lat="58.2"), True, "intake.points_alone"),
        (point(0, at="2018-06-01T19:30:00Z", lat="0.00001"), False, "intake.points_dropped"),
        (point(0, at="2018-06-01T19:30:00Z", lat="58.2"), False, "intake.points_alone"),
    ],
)
def test_what_is_left_out_says_nothing_of_when(
    read: Read, stray: str, first: bool, key: str
) -> None:
    walked = [point(minute) for minute in range(1, 8)]
    found = read("a.gpx", gpx(track(*([stray, *walked] if first else [*walked, stray]))), kind="x")
    activity = only(found)
    assert activity.start == datetime(2018, 6, 1, 20, 1, tzinfo=ZoneInfo("Europe/Stockholm"))
    assert (activity.day, activity.minutes) == (date(2018, 6, 1), 6)
    assert activity.times_s == tuple((60 * i, 60 * i) for i in range(7))
    assert told(found) == {key: 1} | ({"intake.track_gaps": 1} if "alone" in key else {})


def test_a_walk_is_dated_by_its_line_too(read: Read) -> None:
    stray = point(0, at="2018-05-31T09:00:00Z", lat="0.00001")
    found = read("a.gpx", gpx(track(stray, point(1), point(2))), what="walks")
    [walk] = found.walks
    assert (walk.day, walk.minutes, walk.status) == (date(2018, 6, 1), 1, WalkStatus.HELD)


@pytest.mark.parametrize(
    "written",
    ["1901-12-13T20:45:52Z", "1970-01-01T00:01:00Z", "1999-08-22T00:00:10Z", "2038-01-19T03:14Z"],
)
def test_a_clock_that_was_not_set_is_told_and_the_day_asked_for(read: Read, written: str) -> None:
    text = gpx(track(point(0, at=written), point(1, at=written)))
    asked = read("a.gpx", text, kind="x")
    assert (asked.needs, asked.rows_refused) == (("day",), 1)
    found = read("a.gpx", text, kind="x", day=date(2018, 6, 1))
    activity = only(found)
    assert (activity.day, activity.precision.value, activity.minutes) == (
        date(2018, 6, 1),
        "day",
        None,
    )
    [problem] = found.problems
    assert (problem.key, problem.severity) == ("intake.clock_not_set", "notice")
    assert (problem.values["count"], problem.values["first"]) == (2, written)


def test_one_time_that_cannot_be_does_not_take_the_others_along(read: Read) -> None:
    text = gpx(track(point(0, at="1970-01-01T00:00:00Z"), point(1), point(2), point(3)))
    found = read("a.gpx", text, kind="x")
    assert (only(found).start.minute, only(found).minutes) == (1, 2)
    assert told(found) == {"intake.clock_not_set": 1, "intake.track_times_left_out": None}


@pytest.mark.parametrize(
    "written",
    [
        "2018-06-01T18:00:00Z",
        "2018-06-01T18:00:00.000Z",
        "2018-06-01T18:00:00,000Z",
        "2018-06-01T20:00:00+02:00",
        "2018-06-01T18:00:00",
        " 2018-06-01T18:00:00Z\n",
        "2018-06-01T18:00Z",
    ],
)
def test_a_time_as_programs_write_it(read: Read, written: str) -> None:
    found = read("a.gpx", gpx(track(point(0, at=written), point(1), point(2))), kind="x")
    assert found.problems == ()
    assert only(found).start == datetime(2018, 6, 1, 18, tzinfo=UTC)
    assert only(found).minutes == 2


@pytest.mark.parametrize("written", ["i morse", "2018-06-01", "2018-06-31T10:00:00Z", "12:30"])
def test_a_time_that_cannot_be_read_is_told(read: Read, written: str) -> None:
    text = gpx("\n", track(point(0, at=written), point(1), point(2)))
    found = read("a.gpx", text, kind="x")
    assert only(found).minutes == 1
    problem = next(p for p in found.problems if p.key == "intake.times_unread")
    assert (problem.values["first"], problem.values["line"], problem.row) == (written, 2, 1)


def test_more_than_a_day_is_told(read: Read) -> None:
    found = read("a.gpx", gpx(track(point(0), point(1_440, lat="57.7032"))), kind="x")
    assert told(found)["intake.no_line"] is None
    whole = [point(4 * i, lat=f"{57.703 + i * 1e-5:.5f}") for i in range(361)]
    found = read("a.gpx", gpx(track(*whole)), kind="x")
    assert only(found).minutes is None
    assert told(found) == {"intake.track_too_long": None}


# --- where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["undefined", "", "NaN", "inf", "1_0", "57.70.4", "1e999"])
def test_a_point_that_cannot_be_read_is_left_out_by_itself(read: Read, bad: str) -> None:
    points = [point(0), point(1), f"\n<trkpt lat={quoteattr(bad)} lon='12.905'/>", point(2)]
    found = read("a.gpx", gpx(track(*points, point(3))), kind="x")
    assert only(found).place == LineString([(12.905, 57.703 + i * 2e-4) for i in range(4)])
    assert only(found).minutes == 3
    [problem] = found.problems
    assert (problem.key, problem.row, problem.severity) == ("intake.points_unread", 1, "notice")
    assert (problem.values["count"], problem.values["line"]) == (1, 2)


def test_a_waypoint_without_position_is_refused_by_itself(read: Read) -> None:
    good = '<wpt lat="57.705" lon="12,905"><name>Torget</name></wpt>'
    bad = '<wpt lat="okänd" lon="12.9"><name>Parken</name></wpt>'
    found = read("a.gpx", gpx(good, bad), kind="x", day=date(2018, 6, 1))
    assert only(found).place == Point(12.905, 57.705)
    [problem] = found.problems
    assert (problem.row, problem.key, problem.severity) == (2, "intake.not_degrees", "error")


def test_a_points_own_words_are_told(read: Read) -> None:
    spoken = point(1).replace("</trkpt>", "<name>Trasig lampa</name></trkpt>")
    found = read("a.gpx", gpx(track(point(0), spoken, point(2))), kind="x")
    assert only(found).note == "Pass"
    [problem] = found.problems
    assert problem.key == "intake.points_words"
    assert problem.values["first"] == "Trasig lampa"


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("<name>Pass</name><cmt>Pass</cmt><desc>Pass</desc>", "Pass"),
        ("<name>Pass</name><desc>Lugnt  på gården</desc>", "Pass. Lugnt på gården"),
        ("<name>Pass</name><cmt>Regn</cmt><desc>Lugnt</desc>", "Pass. Lugnt. Regn"),
        ("<cmt>Regn</cmt>", "Regn"),
        ("<name><![CDATA[A & B]]></name>", "A & B"),
    ],
)
def test_what_is_said_of_a_track_is_said_once(read: Read, words: str, note: str) -> None:
    text = gpx(track(point(0), point(1), words=words))
    assert only(read("a.gpx", text, kind="x")).note == note


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("ISO-8859-1", "iso-8859-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        ("macintosh", "mac-roman"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("", "utf-8"),
        ("", "utf-16"),
    ],
)
def test_letters_come_out_as_they_were_written(read: Read, declared: str, codec: str) -> None:
    note = NOTE if codec in ("cp1252", "mac-roman") or "utf" in codec else NOTE.replace("–", "-")
    how = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else "<?xml version='1.0'?>"
    words = f"<name>{note}</name>"
    text = gpx(track(point(0), point(1), words=words), declaration=how)
    found = read("a.gpx", text.encode(codec), kind="x")
    assert found.problems == ()
    assert only(found).note == note


@pytest.mark.parametrize("note", ["Â¡", "Â° och Ã»", "São Paulo"])
def test_signs_that_only_look_encoded_twice_are_kept(read: Read, note: str) -> None:
    found = read("a.gpx", gpx(track(point(0), point(1), words=f"<name>{note}</name>")), kind="x")
    assert found.problems == ()
    assert only(found).note == note


@pytest.mark.parametrize(
    ("declared", "codec", "used"),
    [
        ("UTF-8", "cp1252", "Windows-1252"),
        ("", "cp1252", "Windows-1252"),
        ("ISO-8859-1", "cp1252", "Windows-1252"),
        ("ISO-8859-1", "utf-8", "UTF-8"),
        ("UTF-16", "utf-8", "UTF-8"),
        ("UTF-16", "cp1252", "Windows-1252"),
        ("x-unknown", "utf-8", "UTF-8"),
        ("UTF-8", "utf-16", "UTF-16"),
    ],
)
def test_a_wrong_declaration_is_told(read: Read, declared: str, codec: str, used: str) -> None:
    how = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = gpx(track(point(0), point(1), words=f"<name>{NOTE}</name>"), declaration=how)
    found = read("a.gpx", text.encode(codec), kind="x")
    assert only(found).note == NOTE
    [problem] = found.problems
    assert (problem.key, problem.row, problem.severity) == ("intake.encoding_wrong", None, "notice")
    assert (problem.values["declared"], problem.values["used"]) == (declared or "UTF-8", used)


@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ("x-unknown", "intake.encoding_unknown"),
        ("utf-7", "intake.encoding_unknown"),
        ("cp037", "intake.encoding_unknown"),
        ("rot13", "intake.encoding_unknown"),
        ("zlib", "intake.encoding_unknown"),
        ("ascii", "intake.encoding_unreadable"),
    ],
)
def test_an_encoding_that_cannot_be_read_is_told(read: Read, declared: str, key: str) -> None:
    text = gpx(track(point(0)), declaration=f'<?xml version="1.0" encoding="{declared}"?>')
    with pytest.raises(IntakeError) as error:
        read("a.gpx", text.replace("Pass", "Påss").encode("latin-1"), kind="x")
    assert (error.value.key, error.value.values["declared"]) == (key, declared)


# --- markup --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        gpx(track(point(0), point(1))),
        gpx(track(point(0), point(1)), root='xmlns="http://www.topografix.com/GPX/1/0"'),
        gpx(track(point(0), point(1)), root=""),
        gpx(track(point(0), point(1)), root=f'xmlns:g="{GPX}"')
        .replace("<", "<g:")
        .replace("<g:/", "</g:"),
    ],
    ids=["1.1", "1.0", "none", "prefixed"],
)
def test_a_namespace_may_be_written_in_any_way(read: Read, text: str) -> None:
    found = read("a.gpx", text, kind="x")
    assert found.problems == ()
    assert (only(found).note, only(found).minutes) == ("Pass", 1)


def test_namespaces_may_be_declared_again_and_again(read: Read) -> None:
    more = "".join(f'<a xmlns="urn:{word}">1</a>' for word in ("ett", "tva", "tre", "fyra", "fem"))
    words = f"<name>Pass</name><extensions>{more}<name xmlns='urn:x'>Nej</name></extensions>"
    tracks = [track(point(i), point(i + 1), words=words) for i in range(21)]
    found = read("a.gpx", gpx(*tracks), kind="x")
    assert len(found.activities) == 21
    assert {activity.note for activity in found.activities} == {"Pass"}


def test_what_is_made_is_counted_and_not_the_bytes(read: Read) -> None:
    limits = Limits(size=8_000_000, rows=1_000)
    for inner, key in (
        ("<trk><trkseg>" + "<trkpt/>" * 2_001 + "</trkseg></trk>", "intake.too_many_points"),
        ("<extensions>" + "<a/>" * 20_000 + "</extensions>", "intake.too_many_points"),
        ("<wpt/>" * 2_001, "intake.too_many_points"),
        ("<!-- " + "x" * 1_200_000 + " -->", "intake.too_deep"),
    ):
        with pytest.raises(IntakeError) as error:
            read("a.gpx", gpx(inner, root=""), limits=limits, kind="x")
        assert error.value.key == key
        # Whatever it holds, it is no larger than others.
        assert len(inner) < limits.size // 4


# --- everything in a file is read equal, or told with its place ----------------------------------

DAY = datetime(2018, 6, 1, tzinfo=UTC)
LETTERS = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc"]))
LON = st.integers(129_000, 129_199).map(lambda n: n / 10_000)
WHERE = st.tuples(LON, st.floats(57.7, 57.71, allow_nan=False))


@st.composite
def segments(draw: st.DrawFn) -> list[tuple[str, Any, Any]]:
    """Return points beside each other: how they are written, what they are, and when."""
    lon, lat = draw(WHERE)
    found: list[tuple[str, Any, Any]] = []
    second = draw(st.integers(0, 40_000))
    for number in range(draw(st.integers(2, 6))):
        second += draw(st.integers(1, 50))
        time = DAY + timedelta(seconds=second)
        position = (lon, lat + number * 1e-4)
        lat_written = repr(position[1])
        if draw(st.booleans()):
            lat_written = lat_written.replace(".", ",")
        if draw(st.integers(0, 7)) == 0:
            lat_written, position = draw(st.sampled_from(["", "undefined", "x", "--"])), None
        found.append((f"lat={quoteattr(lat_written)} lon={quoteattr(repr(lon))}", position, time))
    return found


def as_xml(draw: st.DrawFn, parts: list[Any], name: str, description: str) -> str:
    inside = ""
    for part in parts:
        inside += "<trkseg>"
        for where, _, time in part:
            zone = draw(st.sampled_from([UTC, ZoneInfo("Europe/Stockholm")]))
            written = time.astimezone(zone).isoformat().replace("+00:00", "Z")
            inside += f"<trkpt {where}><ele>3</ele><time>{written}</time></trkpt>"
        inside += "</trkseg>"
    said = f"<name>{escape(name)}</name><desc>{escape(description)}</desc>"
    return f"<trk>{said}{inside}</trk>"


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_point_is_read_equal_or_told(
    read_path: Callable[..., Reading], data: st.DataObject
) -> None:
    tracks = data.draw(st.lists(st.lists(segments(), min_size=1, max_size=2), max_size=3))
    said = [(data.draw(LETTERS), data.draw(LETTERS)) for _ in tracks]
    codec = data.draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
    declared = codec.removesuffix("-sig").upper()
    text = gpx(
        *(
            as_xml(data.draw, parts, name, words)
            for parts, (name, words) in zip(tracks, said, strict=True)
        ),
        declaration=f'<?xml version="1.0" encoding="{declared}"?>\n',
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpx"
        path.write_bytes(text.encode(codec))
        found = read_path(path, kind="x")
    by_row = {activity.origin.row: activity for activity in found.activities}
    for row, (parts, (name, words)) in enumerate(zip(tracks, said, strict=True), start=1):
        problems = {p.key: p for p in found.problems if p.row == row}
        kept = [[p for p in part if p[1] is not None] for part in parts]
        lost = sum(map(len, parts)) - sum(map(len, kept))
        if lost:
            assert problems.pop("intake.points_unread").values["count"] == lost
        lines = [part for part in kept if len(part) > 1]
        alone = sum(map(len, kept)) - sum(map(len, lines))
        if not lines:
            assert problems["intake.no_line"].severity == "error"
            continue
        activity = by_row[row]
        shape = activity.place
        where = [list(line.coords) for line in getattr(shape, "geoms", [shape])]
        assert where == [[p[1] for p in line] for line in lines]
        assert isinstance(shape, MultiLineString if len(lines) > 1 else LineString)
        times = [p[2] for line in lines for p in line]
        assert activity.start == times[0].replace(second=0)
        length = (times[-1] - times[0]) / timedelta(minutes=1)
        assert activity.minutes == (round(length) if length >= 0 else None)
        said_once = [" ".join(word.split()) for word in (name, words)]
        assert activity.note == ". ".join(filter(None, dict.fromkeys(said_once)))
        # A segment of one point is no line, and what is on no line has to be told.
        assert problems.pop("intake.points_alone").values["count"] == alone if alone else True
        of_places = {"intake.point_in_no_area", "intake.same_as_row"}
        kept_and_told = {"intake.track_times_left_out", "intake.letters_doubtful"}
        assert problems.keys() <= of_places | kept_and_told
