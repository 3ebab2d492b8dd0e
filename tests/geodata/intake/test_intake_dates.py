import contextlib
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import IntakeError
from geodata.intake.values.clock import Writing, parse_time, writing_of_clocks
from geodata.intake.values.dates import parse_day, parse_when, writing_of
from geodata.model import Precision


@pytest.mark.parametrize(
    ("text", "start_utc", "precision", "day"),
    [
        # Sweden is one hour ahead of UTC in winter, two in summer.
        ("2018-03-07", datetime(2018, 3, 6, 23, tzinfo=UTC), "day", date(2018, 3, 7)),
        # The calendar of 2018 has 7 March as the Wednesday of week 10.
        ("2018-W10-3", datetime(2018, 3, 6, 23, tzinfo=UTC), "day", date(2018, 3, 7)),
        ("2018W103", datetime(2018, 3, 6, 23, tzinfo=UTC), "day", date(2018, 3, 7)),
        ("07-MAR-2018", datetime(2018, 3, 6, 23, tzinfo=UTC), "day", date(2018, 3, 7)),
        ("2018-07-07", datetime(2018, 7, 6, 22, tzinfo=UTC), "day", date(2018, 7, 7)),
        ("2018-03-07 18:00", datetime(2018, 3, 7, 17, tzinfo=UTC), "minute", date(2018, 3, 7)),
        (
            "2018-03-07T18:00+01:00",
            datetime(2018, 3, 7, 17, tzinfo=UTC),
            "minute",
            date(2018, 3, 7),
        ),
        ("2018-03-07T23:30Z", datetime(2018, 3, 7, 23, 30, tzinfo=UTC), "minute", date(2018, 3, 8)),
        ("2018-03", datetime(2018, 2, 28, 23, tzinfo=UTC), "month", date(2018, 3, 31)),
        ("2020-02", datetime(2020, 1, 31, 23, tzinfo=UTC), "month", date(2020, 2, 29)),
        ("2018-12", datetime(2018, 11, 30, 23, tzinfo=UTC), "month", date(2018, 12, 31)),
        ("2018-21", datetime(2018, 2, 28, 23, tzinfo=UTC), "season", date(2018, 5, 31)),
        ("2018-22", datetime(2018, 5, 31, 22, tzinfo=UTC), "season", date(2018, 8, 31)),
        ("2018-23", datetime(2018, 8, 31, 22, tzinfo=UTC), "season", date(2018, 11, 30)),
        ("2018-24", datetime(2018, 11, 30, 23, tzinfo=UTC), "season", date(2019, 2, 28)),
        ("2019-24", datetime(2019, 11, 30, 23, tzinfo=UTC), "season", date(2020, 2, 29)),
    ],
)
def test_reads_times_as_exactly_as_they_are_given(
    text: str, start_utc: datetime, precision: str, day: date
) -> None:
    when = parse_when(text)
    assert (when.start, when.precision, when.day) == (start_utc, Precision(precision), day)
    assert str(when.start.tzinfo) == "Europe/Stockholm"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7/3",
        "7/3 18",
        "vintern 2018",
        "2018-03-07 18:00-19:30",
        "2018-03-07 10:00-12:00",
        "2018-02-29",
        "2018-13",
        "2018-00",
        "2018-20",
        "2018-25",
        "2018",
        "2018-03-07 25:00",
        "2018-W10",
        "2018-W10-8",
        "2018-W60-1",
        "07-XYZ-2018",
        "07-MAR-18",
        "२०१८-०३-०७",
    ],
)
def test_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(IntakeError) as error:
        parse_when(text)
    assert error.value.key in ("intake.bad_date", "intake.bad_day")


@pytest.mark.parametrize("text", ["0018-03-07", "0018-03", "9999-24", "0001-01-01T00:00+14:00"])
def test_refuses_a_year_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(IntakeError, match=r"intake\.implausible_year"):
        parse_when(text)


def test_summer_time_skips_an_hour_and_repeats_one() -> None:
    # 2018-03-25 02:00 became 03:00; 2018-10-28 03:00 became 02:00.
    with pytest.raises(IntakeError, match=r"intake\.skipped_time"):
        parse_when("2018-03-25 02:30")
    twice = parse_when("2018-10-28 02:30")
    assert twice.twice
    assert twice.start.astimezone(UTC) == datetime(2018, 10, 28, 0, 30, tzinfo=UTC)
    assert not parse_when("2018-10-28T02:30+01:00").twice


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_day_comes_back_as_written(day: date) -> None:
    assert parse_day(day.isoformat()).day == day
    assert parse_when(day.isoformat()).day == day


@given(st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_is_kept_to_the_minute(instant: datetime) -> None:
    told = instant.replace(second=0, microsecond=0)
    # As instants: two times in different zones are never equal in the hour that comes twice.
    assert parse_when(told.isoformat(timespec="minutes")).start.timestamp() == told.timestamp()


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_told(text: str) -> None:
    with contextlib.suppress(IntakeError):
        assert parse_when(text).start.tzinfo is not None


# --- machines' ways ------------------------------------------------------------------------------

EIGHT_IN_THE_EVENING = (
    # ISO 8601 and RFC 3339; 20:00 in Sweden in June is 18:00 in UTC.
    *("2018-06-01T18:00:00Z", "2018-06-01t18:00:00z", "2018-06-01T20:00+02:00"),
    *("2018-06-01T20:00+02", "2018-06-01T20:00:00+0200", "2018-06-01T14:00-04:00"),
    *("2018-06-01T20:00:00.000+02:00", "2018-06-01T18:00:00.0000000Z", "20180601T200000"),
    *("20180601T180000Z", "20180601T2000+0200", "2018-06-01T20:00:00,000", "20180601200000"),
    # Databases, Python, QGIS and OGR, the police's own events.
    *("2018-06-01 20:00:00+02", "2018-06-01 20:00:00 +0200", "2018-06-01 20:00:00 +02:00"),
    *("01-JUN-2018 20:00:00", "01-Jun-2018 18:00:00.000 UTC", "1-jun-2018 20:00"),
    *("2018-06-01 18:00:00 UTC", "2018-06-01 18:00:00.000000+00:00", "2018/06/01 20:00:00+02"),
    *("2018/06/01 20:00:00.000", "2018-06-01 14:00:00 -0400", "2018-06-01 20:00:00"),
    # Mail and HTTP (RFC 5322), browsers, C and Unix, Java.
    *("Fri, 01 Jun 2018 20:00:00 +0200", "Fri, 1 Jun 2018 18:00:00 GMT"),
    "Fri Jun 01 2018 20:00:00 GMT+0200 (Central European Summer Time)",
    *("Fri Jun  1 20:00:00 2018", "Fri Jun  1 20:00:00 CEST 2018"),
    *("2018-06-01T20:00+02:00[Europe/Stockholm]", "2018-06-01T20:00:00 CEST"),
    # Google's forms in Swedish and English, Apple, a Swedish Excel, a locale with narrow spaces.
    *("2018/06/01 8:00:00 em CEST", "2018/06/01 8:00:00 PM GMT+2", "2018-06-01 kl. 20.00.00"),
    *("June 1, 2018 at 8:00:00 PM", "Jun 1, 2018, 8:00:00\u202fPM", "1 juni 2018 kl. 20:00"),
    *("fredag den 1 juni 2018 20:00", "1/6 2018 20.00", "1.6.2018 20:00:00"),
    # ArcGIS and JavaScript in milliseconds, Unix in seconds, a spreadsheet in days.
    *("1527876000000", "1527876000", "1527876000.0", "43252.833333333336", "43252,8333333333"),
)


@pytest.mark.parametrize("text", EIGHT_IN_THE_EVENING)
def test_a_machines_stamp_is_the_instant_it_says(text: str) -> None:
    when = parse_when(text)
    assert when.precision is Precision.MINUTE
    assert when.start == datetime(2018, 6, 1, 18, tzinfo=UTC)
    assert when.day == date(2018, 6, 1)


def test_a_stamp_without_leading_zero_and_one_over_midnight() -> None:
    assert parse_when("2018-06-01 7:32:17 +02:00").start == datetime(
        2018, 6, 1, 5, 32, 17, tzinfo=UTC
    )
    # Half past eleven in the evening in London is the next day here.
    assert parse_when("Fri, 01 Jun 2018 23:30:00 +0100").day == date(2018, 6, 2)


@pytest.mark.parametrize(
    "text",
    [
        *("2018-06-01 20:00 EDT", "2018-06-01 20:00 XYZ+2", "2018-06-01T20:00+15:00"),
        *("2018-06-01T20:00+02:60", "2018-06-01 18-20", "2018-06-01 18:00 -19", "2018-06-01X20:00"),
        *("2018-06-01 13:00 PM", "2018-06-01 0:00 AM", "2018-06-01T2060", "2018-06-01 20:00 (x)"),
        # The example that Skatteverket gives of an identity number, and a day out of reach.
        *("8112189876", "9999999999999", "201806012000", "2018-06-01 18 +2"),
    ],
)
def test_what_only_looks_like_a_stamp_is_told(text: str) -> None:
    with pytest.raises(IntakeError):
        parse_when(text)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30)), st.integers(-11, 14))  # noqa: DTZ001
def test_a_zone_is_taken_away(local: datetime, hours: int) -> None:
    local = local.replace(microsecond=0)
    instant = datetime.fromisoformat(f"{local.isoformat()}{hours:+03}:00").timestamp()
    stamp = local.isoformat(timespec="seconds")
    for zone in (f"{hours:+03}", f" {hours:+03}00", f"{hours:+03}:00", f" GMT{hours:+}"):
        assert parse_when(f"{stamp}{zone}").start.timestamp() == instant


# --- a column decides ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "days"),
    [
        # A 13 in the second place makes it the day, for all.
        (["06/12/2018", "06/13/2018"], [date(2018, 6, 12), date(2018, 6, 13)]),
        (["6-12-2018 20:00", "6-13-2018 20:00"], [date(2018, 6, 12), date(2018, 6, 13)]),
        (["06/12/2018", "13/06/2018"], [date(2018, 12, 6), date(2018, 6, 13)]),
        (["06/12/2018", "06/11/2018"], [date(2018, 12, 6), date(2018, 11, 6)]),
        # Full stops are not how the month is put first, whatever else stands there.
        (["06.12.2018", "06/13/2018"], [date(2018, 12, 6), date(2018, 6, 13)]),
    ],
)
def test_the_order_of_day_and_month_is_the_columns(column: list[str], days: list[date]) -> None:
    writing = writing_of(column)
    assert [parse_day(text, writing).day for text in column] == days


def test_a_column_with_both_orders_tells_of_none_that_is_unclear() -> None:
    column = ["06/12/2018", "06/13/2018", "13/06/2018", "2018-06-12", "06/06/2018"]
    writing = writing_of(column)
    with pytest.raises(IntakeError, match="day_or_month"):
        parse_day(column[0], writing)
    assert [parse_day(text, writing).day for text in column[1:]] == [
        *(date(2018, 6, 13), date(2018, 6, 13), date(2018, 6, 12), date(2018, 6, 6))
    ]


@pytest.mark.parametrize(
    "column",
    [
        ["2018-06-01 00:00:00", "2018-06-02 00:00:00"],
        ["2018-06-01T00:00:00Z", "2018-06-02T00:00:00Z"],
        # Midnight in Sweden, as a browser writes it in UTC.
        ["2018-05-31T22:00:00.000Z", "2018-06-01T22:00:00.000Z"],
        ["6/1/2018 12:00:00 AM", "6/2/2018 12:00:00 AM", "6/13/2018 12:00:00 AM"],
        ["43252.0", "43253"],
        ["2018-06-01", "2018-06-02 00:00"],
        ["1527811200000", "1527897600000"],
    ],
)
def test_where_every_clock_shows_midnight_there_are_days(column: list[str]) -> None:
    writing = writing_of(column)
    found = [parse_when(text, writing) for text in column]
    assert {when.precision for when in found} == {Precision.DAY}
    assert [when.day for when in found[:2]] == [date(2018, 6, 1), date(2018, 6, 2)]
    # Beside another time, midnight is one.
    writing = writing_of([*column, "2018-06-03 20:00"])
    timed = [parse_when(text, writing) for text in column if len(text) > 10 and "." not in text]
    assert all(when.precision is Precision.MINUTE for when in timed)


@pytest.mark.parametrize(
    ("column", "times"),
    [
        (["23.15", "0.30", "1.45"], [time(23, 15), time(0, 30), time(1, 45)]),
        (["0.75", "0.30", "0.5"], [time(18, 0), time(7, 12), time(12, 0)]),
        (["0,770833333333333", "0,25"], [time(18, 30), time(6, 0)]),
        (["18:00", "0:30"], [time(18, 0), time(0, 30)]),
        (["0.00", "0"], [time(0), time(0)]),
    ],
)
def test_a_column_tells_minutes_from_shares_of_a_day(column: list[str], times: list[time]) -> None:
    writing = writing_of_clocks(column)
    assert [parse_time(text, writing) for text in column] == times


def test_half_past_midnight_alone_is_asked() -> None:
    with pytest.raises(IntakeError, match="time_or_share"):
        parse_time("0.30", writing_of_clocks(["0.30", "", "0.15"]))
    # Beside clock times a share is none, and the other way round.
    with pytest.raises(IntakeError, match="bad_time"):
        parse_time("0.5", writing_of_clocks(["0.5", "18.30"]))


@pytest.mark.parametrize("digits", [4, 10, 15, 17])
def test_every_minute_of_a_day_comes_back_from_its_share(digits: int) -> None:
    writing = Writing(shares=True)
    for minute in range(1, 1_440):
        for text in {repr(minute / 1_440), f"{minute / 1_440:.{digits}f}".replace(".", ",")}:
            assert parse_time(text, writing) == time(*divmod(minute, 60)), text
        assert parse_when(repr(43_252 + minute / 1_440)).start.time() == time(*divmod(minute, 60))


@pytest.mark.parametrize("text", ["kl 18", "kl. 18.00", "18", "18:00", "6 PM", "6:00 em"])
def test_a_clock_as_people_write_it(text: str) -> None:
    assert parse_time(text) == time(18, 0)
