import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import IntakeError
from geodata.intake.dates import parse_day, parse_when
from geodata.model import Precision


@pytest.mark.parametrize(
    ("text", "start_utc", "precision", "day"),
    [
        # Sweden is one hour ahead of UTC in winter, two in summer.
        ("2018-03-07", datetime(2018, 3, 6, 23, tzinfo=UTC), "day", date(2018, 3, 7)),
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
        "2018-W10-3",
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
    assert parse_day(day.isoformat()) == day
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
