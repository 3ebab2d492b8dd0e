from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from shapely import LineString, MultiLineString

from geodata.errors import IntakeError
from geodata.intake.formats.gpx import read_gpx
from geodata.intake.report import Intake, Limits
from geodata.model import Walk, WalkStatus

Read = Callable[[str], Intake[Walk]]
HEADER = "name,status,date,area,route,meeting_point\n"


def gpx(*tracks: str) -> str:
    body = "".join(tracks)
    return f'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">{body}</gpx>'


def track(*segments: Sequence[tuple[object, object]], name: str = "") -> str:
    parts = "".join(
        "<trkseg>" + "".join(f'<trkpt lon="{x}" lat="{y}"/>' for x, y in points) + "</trkseg>"
        for points in segments
    )
    return f"<trk><name>{name}</name>{parts}</trk>"


A, B, C, D = (12.905, 57.705), (12.906, 57.706), (12.907, 57.705), (12.908, 57.704)


def test_reads_a_track_without_times(tmp_path: Path) -> None:
    path = tmp_path / "r.gpx"
    path.write_text(gpx(track([A, B, C], name="Runt  torget")), encoding="utf-8")
    intake = read_gpx(path)
    assert intake.problems == ()
    [found] = intake.records
    assert found.name == "Runt torget"
    assert found.line.equals_exact(LineString([A, B, C]), 0)


def test_segments_stay_apart_and_routes_count(tmp_path: Path) -> None:
    path = tmp_path / "r.gpx"
    route = f'<rte><rtept lon="{A[0]}" lat="{A[1]}"/><rtept lon="{D[0]}" lat="{D[1]}"/></rte>'
    path.write_text(gpx(route, track([A, B], [C, D])), encoding="utf-8")
    lines = [found.line for found in read_gpx(path).records]
    assert lines[0].equals_exact(MultiLineString([[A, B], [C, D]]), 0)
    assert lines[1].equals_exact(LineString([A, D]), 0)


def test_junk_points_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.gpx"
    junk = [("NaN", 57.7), (12.9, "inf"), (0, 0), (512, 57.7), (12.9, "-91")]
    path.write_text(gpx(track([junk[0], A, *junk[1:], B, B])), encoding="utf-8")
    intake = read_gpx(path)
    assert intake.records[0].line.equals_exact(LineString([A, B]), 0)
    assert [(p.row, p.key, p.severity, p.values["count"]) for p in intake.problems] == [
        (1, "intake.points_unread", "notice", 2),
        (1, "intake.points_dropped", "notice", 3),
    ]


@pytest.mark.parametrize("points", [[], [A], [A, A], [(0, 0), (1, 1)]])
def test_a_track_without_two_points_is_no_line(
    tmp_path: Path, points: list[tuple[float, float]]
) -> None:
    path = tmp_path / "r.gpx"
    path.write_text(gpx(track(points)), encoding="utf-8")
    intake = read_gpx(path)
    assert intake.records == ()
    assert intake.problems[-1].key == "intake.no_line"


def test_an_identity_number_in_a_tracks_name_refuses_it(tmp_path: Path) -> None:
    path = tmp_path / "r.gpx"
    path.write_text(gpx(track([A, B], name="811228-9874"), track([C, D])), encoding="utf-8")
    intake = read_gpx(path)
    assert [t.line.coords[0] for t in intake.records] == [C]
    assert [p.key for p in intake.problems] == ["intake.personal_identity_number"]
    assert "9874" not in repr(intake)


def test_too_many_points(tmp_path: Path) -> None:
    path = tmp_path / "r.gpx"
    path.write_text(gpx(track([A, B, C])), encoding="utf-8")
    assert len(read_gpx(path, limits=Limits(rows=3)).records) == 1
    with pytest.raises(IntakeError, match=r"intake\.too_many_points"):
        read_gpx(path, limits=Limits(rows=2))


def test_reads_a_walk_with_its_route(tmp_path: Path, walks: Read) -> None:
    (tmp_path / "r.gpx").write_text(gpx(track([A, B, C])), encoding="utf-8")
    intake = walks(
        "namn;läge;datum;minuter;område;samlingsplats;rutt;deltagare;parter;åtaganden\n"
        "Vår;Genomförd;2018-04-24 18:00;75;Väster;Torget;r.gpx;12;Polisen;provby-2018/1\n"
    )
    assert intake.problems == ()
    [walk] = intake.records
    assert intake.named == {"Vår": walk}
    assert walk.status is WalkStatus.HELD
    assert (walk.day, walk.minutes, walk.participants) == (date(2018, 4, 24), 75, 12)
    assert (walk.area_id, walk.meeting_point) == ("vaster", "Torget")
    assert (walk.parties, walk.commitments) == (("polisen",), ("provby-2018/1",))
    assert isinstance(walk.route, LineString)
    assert walk.route.equals_exact(LineString([A, B, C]), 0)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("planned", "planned"),
        ("Planerad", "planned"),
        ("HELD", "held"),
        ("cancelled", "cancelled"),
        ("inställd", "cancelled"),
    ],
)
def test_statuses_in_both_languages(walks: Read, word: str, status: str) -> None:
    [walk] = walks(f"{HEADER}a,{word},2018-04,vaster,,\n").records
    assert walk.status == status


def test_the_area_comes_from_the_route_or_must_be_given(tmp_path: Path, walks: Read) -> None:
    (tmp_path / "r.gpx").write_text(gpx(track([(12.915, 57.705), A])), encoding="utf-8")
    intake = walks(f"{HEADER}a,held,2018-04,,r.gpx,\nb,held,2018-04,,,\n")
    assert [w.area_id for w in intake.records] == ["oster"]
    assert [(p.row, p.key) for p in intake.problems] == [(3, "intake.walk_without_area")]


def test_a_walk_keeps_its_id_when_it_is_held(walks: Read) -> None:
    planned = walks(f"{HEADER}a,planned,2018-04-24 18:00,vaster,,\n").records
    held = walks(f"{HEADER}b,held,2018-04-25,oster,,\na,held,2018-04-24 18:00,vaster,,Torg\n")
    assert held.records[1].id == planned[0].id
    assert held.records[0].id != planned[0].id


def test_names_are_unique_in_a_file(walks: Read) -> None:
    intake = walks(f"{HEADER}a,held,2018-04,vaster,,\na,held,2018-05,vaster,,\n")
    assert [w.day.month for w in intake.records] == [4]
    assert [(p.row, p.key, p.values["earlier"]) for p in intake.problems] == [
        (3, "intake.name_twice", 2)
    ]


@pytest.mark.parametrize(
    "route",
    [
        "../secret.gpx",
        "sub/../../secret.gpx",
        "/etc/passwd",
        "/tmp/secret.gpx",
        "C:secret.gpx",
        "..\\secret.gpx",
        "notes.txt",
        "link.gpx",
        "up/secret.gpx",
    ],
)
def test_a_route_never_leads_out_of_the_folder(tmp_path: Path, walks: Read, route: str) -> None:
    outside = tmp_path.parent / "secret.gpx"
    outside.write_text(gpx(track([A, B])), encoding="utf-8")
    (tmp_path / "link.gpx").symlink_to(outside)
    (tmp_path / "up").symlink_to(tmp_path.parent)
    intake = walks(f"{HEADER}a,held,2018-04,vaster,{route},\n")
    assert intake.records == ()
    assert [p.key for p in intake.problems] == ["intake.route_path"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (None, "intake.missing"),
        ("", "intake.empty"),
        ("<html/>", "intake.not_gpx"),
        (gpx(), "intake.route_refused"),
        (gpx(track([A, B], name="811228-9874"), track([A, B])), "intake.route_refused"),
    ],
)
def test_a_route_that_cannot_be_read_refuses_its_walk_only(
    tmp_path: Path, walks: Read, content: str | None, key: str
) -> None:
    if content is not None:
        (tmp_path / "r.gpx").write_text(content, encoding="utf-8")
    intake = walks(f"{HEADER}a,held,2018-04,vaster,r.gpx,\nb,held,2018-04,vaster,,\n")
    assert [w.day.month for w in intake.records] == [4]
    assert list(intake.named) == ["b"]
    assert intake.problems[0].key == key
    assert intake.problems[0].row == 2


@pytest.mark.parametrize("column", ["name", "meeting_point"])
def test_walks_hold_no_identity_number(walks: Read, column: str) -> None:
    cells = {"name": "a", "status": "held", "date": "2018-04", "area": "vaster"}
    cells[column] = "hos 811228-9874"
    intake = walks(f"{','.join(cells)}\n{','.join(cells.values())}\n")
    assert intake.records == ()
    assert "intake.personal_identity_number" in [p.key for p in intake.problems]
    assert "9874" not in repr(intake)
