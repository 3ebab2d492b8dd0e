"""A hot spot as it is filled in: what is wrong is told by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geodata.catalogue.loading import load_catalogue
from geodata.intake.form_records import form_values, read_form
from geodata.intake.forms import Draft, FormValues
from geodata.model import HotSpot, Location, Origin, SourceKind
from geodata.settings import bundled_data

read_hot_spot = partial(read_form, "hot_spot")

CATALOGUE = load_catalogue((bundled_data(),))
TODAY = date(2018, 9, 10)
NUMBER = "811218-9876"
"""Skatteverket's own example number."""

FILLED: FormValues = {
    "id": str(uuid4()),
    "name": "  Norrby   torg ",
    "lat": "57.7239",
    "lon": "12.9256",
    "radius_m": "120",
    "weight": "2,5",
    "reason": "Mörkt och folktomt efter åtta",
    "reason_source": "Trygghetsvandring 2018-04",
    "valid_from": "2018-03-01",
    "valid_to": "",
    "visits_a_week": "3,5",
    "minutes_a_visit": "15",
}


def read(values: FormValues, base: HotSpot | None = None) -> Draft[HotSpot]:
    def locate(lon: float, _lat: float) -> Location:
        return Location("norrby" if lon < 13 else None, None, None, near_border=False)

    return read_hot_spot(values, catalogue=CATALOGUE, locate=locate, today=TODAY, base=base)


def wrong(**values: str) -> dict[str, str]:
    draft = read({**FILLED, **values})
    assert draft.record is None
    return {problem.field: problem.key for problem in draft.errors}


def test_a_hot_spot_is_what_was_filled_in() -> None:
    assert read(FILLED).record == HotSpot(
        id=str(FILLED["id"]),
        name="Norrby torg",
        place=Point(12.9256, 57.7239),
        valid_from=date(2018, 3, 1),
        radius_m=120.0,
        weight=2.5,
        reason="Mörkt och folktomt efter åtta",
        reason_source="Trygghetsvandring 2018-04",
        visits_a_week=3.5,
        minutes_a_visit=15,
        area_id="norrby",
    )


def test_what_is_left_empty_is_as_usual_and_no_dose_is_invented() -> None:
    made = read({"name": "A", "lat": "57.7", "lon": "13.1"}).record
    assert made is not None
    assert (made.radius_m, made.weight, made.valid_from) == (150.0, 1.0, TODAY)
    assert (made.visits_a_week, made.minutes_a_visit, made.area_id) == (None, None, None)


def test_a_change_keeps_where_it_came_from() -> None:
    base = read(FILLED).record
    assert base is not None
    base = replace(base, origin=Origin(SourceKind.EXAMPLE, "hot_spots.csv", 3))
    changed = read({**FILLED, "id": "", "valid_to": "2018-09-09"}, base).record
    assert changed == replace(base, valid_to=date(2018, 9, 9))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": " "}, {"name": "form.needed"}),
        ({"lat": "", "lon": ""}, {"lat": "form.hot_spot_place"}),
        ({"lat": "57.7", "lon": ""}, {"lon": "intake.half_position"}),
        ({"radius_m": "24"}, {"radius_m": "form.between"}),
        ({"radius_m": "1001"}, {"radius_m": "form.between"}),
        ({"radius_m": "nan"}, {"radius_m": "intake.not_a_number"}),
        ({"weight": "0"}, {"weight": "form.above_to"}),
        ({"weight": "-1"}, {"weight": "form.above_to"}),
        ({"weight": "inf"}, {"weight": "intake.not_a_number"}),
        ({"weight": "mycket"}, {"weight": "intake.not_a_number"}),
        ({"visits_a_week": "0"}, {"visits_a_week": "form.above_to"}),
        ({"visits_a_week": "169"}, {"visits_a_week": "form.above_to"}),
        ({"minutes_a_visit": "0"}, {"minutes_a_visit": "form.above"}),
        ({"minutes_a_visit": "241"}, {"minutes_a_visit": "intake.number_range"}),
        ({"valid_to": "2018-02-28"}, {"valid_to": "form.ends_before_it_begins"}),
        ({"valid_from": "i fjol"}, {"valid_from": "intake.bad_day"}),
        ({"name": NUMBER}, {"name": "intake.personal_identity_number"}),
        ({"reason": f"se {NUMBER}"}, {"reason": "intake.personal_identity_number"}),
        ({"reason_source": NUMBER}, {"reason_source": "intake.personal_identity_number"}),
        ({"reason": "x" * 501}, {"reason": "intake.too_long"}),
    ],
)
def test_what_is_wrong_is_told_by_field(values: dict[str, str], told: dict[str, str]) -> None:
    assert wrong(**values) == told


def test_everything_wrong_is_told_at_once() -> None:
    assert set(wrong(name="", lat="", lon="", weight="x", radius_m="1")) == {
        *("name", "lat", "weight", "radius_m")
    }


@given(
    st.floats(25, 1_000).map(lambda value: round(value, 1)),
    st.floats(0.1, 1_000).map(lambda value: round(value, 2)),
    st.none() | st.floats(0.5, 168).map(lambda value: round(value, 1)),
    st.none() | st.integers(1, 240),
    st.none() | st.dates(date(2018, 3, 1), date(2030, 1, 1)),
)
def test_what_a_form_shows_reads_back_as_the_same(
    radius: float, weight: float, visits: float | None, minutes: int | None, last: date | None
) -> None:
    base = read(FILLED).record
    assert base is not None
    spot = replace(
        base,
        radius_m=radius,
        weight=weight,
        visits_a_week=visits,
        minutes_a_visit=minutes,
        valid_to=last,
    )
    assert read(form_values(spot), spot).record == spot
