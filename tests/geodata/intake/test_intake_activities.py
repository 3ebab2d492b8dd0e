from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from shapely import Point

from geodata.errors import IntakeError
from geodata.intake.report import Intake
from geodata.model import Activity, Origin, Precision, SourceKind

Read = Callable[..., Intake[Activity]]

FULL = (
    "date,kind,area,lat,lon,minutes,commitments,parties,participants,note,reference\n"
    "2018-03-07 18:00,foot_patrol,vaster,57.705,12.905,25,provby-2018/1|provby-2018/2,"
    'polisen provby-stad,3,"Lugnt, få ute",provby.se\n'
)


def keys(intake: Intake[Activity]) -> list[str]:
    return [problem.key for problem in intake.problems]


def test_reads_every_column(activities: Read) -> None:
    intake = activities(FULL)
    assert intake.problems == ()
    assert (intake.rows_read, len(intake.records)) == (1, 1)
    [found] = intake.records
    assert UUID(found.id).version == 5
    assert found == Activity(
        id=found.id,
        kind="foot_patrol",
        area_id="vaster",
        place=Point(12.905, 57.705),
        start=datetime(2018, 3, 7, 17, tzinfo=UTC),
        precision=Precision.MINUTE,
        day=date(2018, 3, 7),
        minutes=25,
        commitments=("provby-2018/1", "provby-2018/2"),
        parties=("polisen", "provby-stad"),
        participants=3,
        note="Lugnt, få ute",
        origin=Origin(SourceKind.IMPORTED, "a.csv", 2, "provby.se"),
    )


SWEDISH = (
    "Datum;Slag;Område;Latitud;Longitud;Minuter;Åtaganden;Parter;Deltagare;Anteckning;Källa\n"
    "2018-03-07 18:00;Fotpatrull;VÄSTER;57,705;12,905;25;provby-2018/1 provby-2018/2;"
    "Polisen | Provby Stad;3;Lugnt, få ute;provby.se\n"
)


@pytest.mark.parametrize(
    "text",
    [
        SWEDISH,
        "\ufeff" + SWEDISH,
        SWEDISH.replace("\n", "\r\n"),
        SWEDISH.replace(";", "\t"),
        SWEDISH.replace("å", "a\u030a").replace("Ä", "A\u0308"),  # as a Mac writes them
        SWEDISH.replace("Polisen | Provby Stad", "polisen provby-stad"),
    ],
    ids=["semicolon", "byte order mark", "CRLF", "tab", "decomposed", "ids"],
)
def test_the_form_of_the_file_makes_no_difference(activities: Read, text: str) -> None:
    [english] = activities(FULL).records
    intake = activities(text)
    assert intake.problems == ()
    assert intake.records == (english,)


def test_a_bad_row_does_not_stop_the_good_ones(activities: Read) -> None:
    intake = activities("date,kind\n2018-03-07,foot_patrol\nin May,foot_patrol\n2018-05,x\n")
    assert [a.day for a in intake.records] == [date(2018, 3, 7), date(2018, 5, 31)]
    assert [(p.row, p.field, p.key, p.value) for p in intake.problems] == [
        (3, "date", "intake.bad_date", "in May")
    ]
    assert (intake.rows_read, len(intake.records)) == (3, 2)


@pytest.mark.parametrize(
    ("column", "value", "key"),
    [
        ("kind", "fika", "intake.unknown_kind"),
        ("kind", "", "intake.missing_value"),
        ("date", "", "intake.missing_value"),
        ("date", "2018-02-30", "intake.bad_day"),
        ("date", "1918-03-07", "intake.implausible_year"),
        ("date", "2018-03-25 02:30", "intake.skipped_time"),
        ("area", "norr", "intake.unknown_area"),
        ("commitments", "provby-2018/9", "intake.unknown_commitment"),
        ("parties", "brandkåren", "intake.unknown_party"),
        ("minutes", "-1", "intake.number_range"),
        ("minutes", "1441", "intake.number_range"),
        ("minutes", "12.5", "intake.not_minutes"),
        ("minutes", "9" * 30, "intake.not_minutes"),
        ("participants", "-3", "intake.number_range"),
        ("participants", "1e3", "intake.not_a_number"),
        ("lat", "", "intake.half_position"),
        ("lat", "nan", "intake.not_degrees"),
        ("lat", "inf", "intake.not_degrees"),
        ("lat", "57°42'", "intake.not_degrees"),
        ("lat", "48.1", "intake.outside_sweden"),
        ("lat", "6400000", "intake.outside_sweden"),
        ("note", "x" * 2001, "intake.too_long"),
        ("note", "bell \a", "intake.bad_character"),
    ],
)
def test_refuses_a_row_and_says_why(activities: Read, column: str, value: str, key: str) -> None:
    header, row = (line.split(",") for line in FULL.replace(", få", " få").splitlines())
    row[header.index(column)] = value
    intake = activities("\n".join([",".join(header), ",".join(row)]))
    assert intake.records == ()
    assert [(p.row, p.field, p.key, p.severity) for p in intake.problems] == [
        (2, column, key, "error")
    ]


def test_limits_are_met_exactly(activities: Read) -> None:
    intake = activities(
        "date,kind,minutes,participants\n2018-03-07,x,0,0\n2018-03-07,x,1440,100000\n"
    )
    assert [(a.minutes, a.participants) for a in intake.records] == [(0, 0), (1440, 100_000)]
    assert intake.problems == ()


def test_says_that_coordinates_are_swapped(activities: Read) -> None:
    intake = activities("date,kind,lat,lon\n2018-03-07,x,12.905,57.705\n")
    assert keys(intake) == ["intake.swapped"]
    assert intake.problems[0].value == "12.905 57.705"


def test_tells_every_problem_of_a_row_at_once(activities: Read) -> None:
    intake = activities("date,kind,area,minutes\nnever,fika,norr,-1\n")
    assert {p.field for p in intake.problems} == {"date", "kind", "area", "minutes"}


def test_a_problem_names_the_column_as_the_file_does(activities: Read) -> None:
    [problem] = activities("Datum;Slag;Minuter\n2018-03-07;x;många\n").problems
    assert problem.field == problem.values["field"] == "Minuter"


def test_an_empty_area_is_taken_from_the_point(activities: Read) -> None:
    intake = activities(
        "date,kind,lat,lon\n"
        "2018-03-07,x,57.705,12.905\n"
        "2018-03-07,x,57.705,12.915\n"
        "2018-03-07,x,57.72,12.905\n"
        "2018-03-07,x,,\n"
    )
    assert [a.area_id for a in intake.records] == ["vaster", "oster", None, None]
    assert [(p.row, p.key, p.severity) for p in intake.problems] == [
        (4, "intake.point_in_no_area", "notice")
    ]


def test_a_point_in_another_area_is_a_notice_and_the_row_wins(activities: Read) -> None:
    intake = activities(
        "date,kind,area,lat,lon\n"
        "2018-03-07,x,vaster,57.705,12.915\n"  # clearly in the other one
        "2018-03-07,x,vaster,57.705,12.9101\n"  # 6 m inside the other one
        "2018-03-07,x,vaster,57.7005,12.8999\n"  # 6 m outside
        "2018-03-07,x,vaster,57.75,12.905\n"  # 4.5 km outside
    )
    assert [a.area_id for a in intake.records] == ["vaster"] * 4
    assert [(p.row, p.key, p.severity) for p in intake.problems] == [
        (2, "intake.point_in_other_area", "notice"),
        (5, "intake.point_far_from_area", "notice"),
    ]
    assert intake.problems[0].values["found"] == "oster"
    # 0.04 degrees of latitude are 4,454 m (111.36 km a degree at 57.7° N).
    assert intake.problems[1].values["metres"] == pytest.approx(4454, rel=0.002)


@pytest.mark.parametrize("column", ["note", "reference"])
def test_an_identity_number_refuses_the_row_and_is_not_repeated(
    activities: Read, column: str
) -> None:
    intake = activities(f"date,kind,{column}\n2018-03-07,x,Ring 19811228-9874 i morgon\n")
    assert intake.records == ()
    assert keys(intake) == ["intake.personal_identity_number"]
    assert "9874" not in repr(intake)


@pytest.mark.parametrize("column", ["kind", "area", "date", "minutes", "parties", "commitments"])
def test_no_problem_repeats_an_identity_number(activities: Read, column: str) -> None:
    cells = {"date": "2018-03-07", "kind": "x"} | {column: "811228-9874"}
    intake = activities(f"{','.join(cells)}\n{','.join(cells.values())}\n")
    assert intake.records == ()
    assert intake.problems
    assert "9874" not in repr(intake)


def test_nor_does_one_about_a_header_or_a_file(activities: Read) -> None:
    with pytest.raises(IntakeError, match="heading_identity_number") as error:
        activities("date,kind,811228-9874\n2018-03-07,x,\n")
    assert "9874" not in repr(error.value)
    with pytest.raises(IntakeError, match="file_name_identity_number") as error:
        activities("date,kind\n", name="811228-9874.csv")
    assert "9874" not in repr(error.value)


def test_a_long_value_is_shortened(activities: Read) -> None:
    [problem] = activities(f"date,kind\n2018-03-07,{'fika ' * 500}\n").problems
    assert len(problem.value) == 60
    assert problem.value.startswith("fika fika")
    assert problem.value.endswith("…")


def test_rows_count_as_in_a_spreadsheet(activities: Read) -> None:
    intake = activities(
        'date,kind,note\n\n2018-03-07,x,"two\nlines"\n,,\n2018-03-08,fika,\n2018-03-09,x,\n'
    )
    assert [a.origin.row for a in intake.records] == [3, 6]
    assert [p.row for p in intake.problems] == [5]
    assert intake.rows_read == 3


def test_ragged_rows(activities: Read) -> None:
    intake = activities("date,kind,note\n2018-03-07,x\n2018-03-08,x,a,,\n2018-03-09,x,a,b\n")
    assert [a.day.day for a in intake.records] == [7, 8]
    assert [(p.row, p.key, p.value) for p in intake.problems] == [(4, "intake.too_many_cells", "b")]


def test_an_unknown_column_is_told_and_left(activities: Read) -> None:
    intake = activities("date,kind,weather\n2018-03-07,x,rain\n")
    assert len(intake.records) == 1
    assert [(p.row, p.key, p.value) for p in intake.problems] == [
        (1, "intake.column_unused", "weather")
    ]


def test_ids_depend_on_what_rows_say_and_on_nothing_else(activities: Read) -> None:
    header = "date,kind,note,minutes\n"
    rows = ["2018-03-07,x,a,5\n", "2018-03-07,x,b,5\n", "2018-03-08,x,a,5\n", "2018-03,x,a,5\n"]
    first = activities(header + "".join(rows), name="one.csv").records
    again = activities(header + "".join(reversed(rows)), name="two.csv").records
    assert [a.id for a in first] == [a.id for a in reversed(again)]
    assert len({a.id for a in first}) == 4


def test_rows_that_say_the_same_are_numbered(activities: Read) -> None:
    text = "date,kind\n" + "2018-03-07,x\n" * 3
    intake = activities(text)
    assert len({a.id for a in intake.records}) == 3
    assert [(p.row, p.key, p.values["earlier"]) for p in intake.problems] == [
        (3, "intake.same_as_row", 2),
        (4, "intake.same_as_row", 2),
    ]
    assert [a.id for a in activities(text).records] == [a.id for a in intake.records]


def test_a_time_that_was_twice_is_a_notice(activities: Read) -> None:
    intake = activities("date,kind\n2018-10-28 02:30,x\n")
    assert len(intake.records) == 1
    assert keys(intake) == ["intake.time_twice"]
