"""Which promises are told about on a day: every case worked out by hand from the table below."""

from dataclasses import replace
from datetime import date

import pytest

from geodata.analysis.in_force import in_force, told_on, usual_day, with_earlier
from geodata.model import Catalogue, LocalText, Period, Promise, Source, Vocabulary

# id: municipality, first and last day
PERIODS = {
    "b18": ("Borås", date(2018, 2, 1), date(2019, 1, 31)),
    "b19": ("Borås", date(2019, 9, 1), date(2020, 9, 30)),
    "b22": ("Borås", date(2022, 6, 1), date(2023, 12, 31)),
    "b23": ("Borås", date(2023, 1, 1), date(2024, 6, 30)),
    "m18": ("Mark", date(2018, 1, 1), date(2018, 12, 31)),
    "m19": ("Mark", date(2019, 1, 1), date(2019, 12, 31)),
    "m21": ("Mark", date(2021, 1, 1), date(2021, 12, 31)),
}


def promise(id_: str, **changed: object) -> Promise:
    municipality, start, end = PERIODS[id_]
    text = LocalText(municipality)
    made = Promise(
        *(id_, text, text, municipality, (), Period(start, end), None, None, text, ()),
        *(Source(text, "-"), (), ()),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


ALL = tuple(promise(id_) for id_ in PERIODS)


def ids(promises: tuple[Promise, ...]) -> str:
    return " ".join(each.id for each in promises)


@pytest.mark.parametrize(
    ("day", "holds", "told"),
    [
        ("2017-12-31", "", "m18"),  # before everything: what begins first
        ("2018-01-01", "m18", "m18"),  # Borås has had none yet: nothing of Borås
        ("2018-01-31", "m18", "m18"),
        ("2018-02-01", "b18 m18", "b18 m18"),  # first day
        ("2018-12-31", "b18 m18", "b18 m18"),  # Mark's last day
        ("2019-01-01", "b18 m19", "b18 m19"),  # one year gives way to the next
        ("2019-01-31", "b18 m19", "b18 m19"),  # Borås' last day
        ("2019-02-01", "m19", "b18 m19"),  # Borås' first is history
        ("2019-08-31", "m19", "b18 m19"),
        ("2019-09-01", "b19 m19", "b19 m19"),
        ("2019-12-31", "b19 m19", "b19 m19"),
        ("2020-01-01", "b19", "b19 m19"),  # Mark promised nothing in 2020
        ("2020-09-30", "b19", "b19 m19"),
        ("2020-10-01", "", "b19 m19"),  # both are history, neither of 2018
        ("2020-12-31", "", "b19 m19"),
        ("2021-01-01", "m21", "b19 m21"),
        ("2022-05-31", "", "b19 m21"),
        ("2022-06-01", "b22", "b22 m21"),
        ("2022-12-31", "b22", "b22 m21"),
        ("2023-01-01", "b22 b23", "b22 b23 m21"),  # two of one municipality at once
        ("2023-12-31", "b22 b23", "b22 b23 m21"),
        ("2024-01-01", "b23", "b23 m21"),  # of the two only the one that goes on
        ("2024-06-30", "b23", "b23 m21"),
        ("2024-07-01", "", "b23 m21"),  # the one that ended last, not both
        ("2999-01-01", "", "b23 m21"),
    ],
)
def test_what_is_told_on_a_day(day: str, holds: str, told: str) -> None:
    assert ids(in_force(ALL, date.fromisoformat(day))) == holds
    assert ids(told_on(ALL, date.fromisoformat(day))) == told


def test_two_that_ended_the_same_day_are_both_history() -> None:
    twin = replace(promise("m18"), id="twin")
    assert ids(told_on((promise("m18"), twin), date(2020, 1, 1))) == "m18 twin"


def test_the_archive_is_not_told_about() -> None:
    put_away = tuple(replace(each, archived=each.id in ("m19", "b18")) for each in ALL)
    assert ids(told_on(put_away, date(2019, 6, 1))) == "m18"
    assert in_force(put_away, date(2019, 6, 1)) == ()
    assert told_on((promise("m18", archived=True),), date(2018, 6, 1)) == ()
    assert told_on((), date(2018, 6, 1)) == ()


@pytest.mark.parametrize(
    ("today", "recorded", "day"),
    [
        ("2018-06-30", "b18 m18", "2018-06-30"),  # in force: today
        ("2019-01-31", "b18 m18", "2019-01-31"),
        ("2017-06-30", "", "2017-06-30"),  # nothing has begun: today
        ("2026-11-30", "b18 m18", "2018-12-31"),  # both of 2018 were in force until then
        ("2026-11-30", "b18", "2019-01-31"),
        ("2026-11-30", "m18", "2018-12-31"),
        ("2026-11-30", "b18 m18 m19", "2019-01-31"),  # the latest, m19, overlaps with b18
        ("2026-11-30", "m18 b22", "2023-12-31"),  # what ended long before has no say
        ("2026-11-30", "", "2023-12-31"),  # nothing recorded: the latest, and b22 beside it
        ("2020-11-30", "b18 m18", "2018-12-31"),  # between two: what is to come has no say
        ("2020-11-30", "b19 m19 b23", "2019-12-31"),
    ],
)
def test_the_usual_day(today: str, recorded: str, day: str) -> None:
    found = usual_day(ALL, recorded.split(), date.fromisoformat(today))
    assert found == date.fromisoformat(day)


def test_what_came_before_is_found_through_any_number_of_years() -> None:
    chain = (
        promise("m18"),
        promise("m19", predecessor="m18"),
        promise("m21", predecessor="m19"),
        promise("b18"),
    )
    empty = Vocabulary({}, {}, {}, {})
    catalogue = Catalogue(chain, (), (), empty, "")
    assert ids(with_earlier(catalogue, [chain[2]])) == "m21 m19 m18"
    assert ids(with_earlier(catalogue, [chain[1], chain[3]])) == "m19 b18 m18"
    # One that has been withdrawn is passed over.
    assert ids(with_earlier(replace(catalogue, promises=chain[1:]), [chain[1]])) == "m19"


def test_labels_are_never_ambiguous() -> None:
    chain = (promise("m18"), promise("m19"), promise("b18"), replace(promise("m18"), id="twin"))
    labels = Catalogue(chain, (), (), Vocabulary({}, {}, {}, {}), "").label_by_id
    assert {id_: label.sv for id_, label in labels.items()} == {
        "m18": "Mark 2018 (m18)",
        "m19": "Mark 2019",
        "b18": "Borås",
        "twin": "Mark 2018 (twin)",
    }
    assert labels["m19"].en == ""
