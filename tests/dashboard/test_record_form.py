"""What the recording page decides by itself: no browser, no session."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import draft, place_list
from dashboard.screens import record as page
from dashboard.state import FormState
from geodata.model import Language
from geodata.service import AsOf, Service, recording

LINE = {"type": "LineString", "coordinates": [[12.9, 57.7], [12.91, 57.71]]}
PARTS = {"type": "MultiLineString", "coordinates": [LINE["coordinates"], [[12.92, 57.72]]]}


def test_what_the_server_decides_is_no_longer_the_readers() -> None:
    typed = FormState(values={"area": "hulta", "note": "n"}, touched=frozenset({"area", "note"}))
    once = typed.decided({"area": "norrby", "lat": "57.7"})
    assert once.values == {"area": "norrby", "note": "n", "lat": "57.7"}
    assert once.touched == {"note"}
    assert once.patch == ("area", "lat")
    twice = once.decided({"lon": "12.9", "area": "hulta"})
    assert twice.patch == ("area", "lat", "lon")
    assert twice.patch_number == once.patch_number + 1 == typed.patch_number + 2


@pytest.mark.parametrize(
    ("route", "points"),
    [
        (json.dumps(LINE), ((12.9, 57.7), (12.91, 57.71))),
        (json.dumps(PARTS), ((12.9, 57.7), (12.91, 57.71), (12.92, 57.72))),
        ("", ()),
        ("{", ()),
        ("[" * 50_000, ()),
        ("[]", ()),
        ('{"type": "LineString"}', ()),
        ('{"type": "LineString", "coordinates": [["x", "y"]]}', ()),
    ],
)
def test_a_ways_points(route: str, points: tuple[tuple[float, float], ...]) -> None:
    assert page.route_points({"route": route}) == points


@pytest.mark.parametrize(
    ("lon", "lat", "found"),
    [("12.9", "57.7", ((12.9, 57.7),)), ("", "57.7", ()), ("x", "57.7", ()), ("", "", ())],
)
def test_a_point(lon: str, lat: str, found: tuple[tuple[float, float], ...]) -> None:
    assert place_list.point(lon, lat) == found


# The distances are the ellipsoid's own (GRS 80, by pyproj.Geod): 217.3, 0.0 and 2281.5 m; of
# the outlines, 2,308.7 m to Hulta (shapely, SWEREF 99 TM).
@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("sv", (57.7245, 12.9295), "220 m från Almåsskolan, i Norrby"),
        ("en", (57.7245, 12.9295), "220 m from Almåsskolan, in Norrby"),
        ("sv", (57.72199, 12.92849), "vid Västgötagatan, 10 m utanför Norrby"),
        ("sv", (57.7, 12.94), "2,3 km från Borås resecentrum, 2,3 km utanför Hulta"),
    ],
)
def test_a_place_is_told_by_what_is_known_near_it(
    service: Service, language: Language, at: tuple[float, float], said: str
) -> None:
    day = AsOf(date(2018, 9, 1), "chosen")
    context = Context(service, ViewState(language=language), (), (), day, {}, (), None)
    assert context.whereabouts(*at) == said


def test_an_archived_promise_is_suggested_only_to_a_record_that_counts_for_it(
    service: Service,
) -> None:
    day = AsOf(date(2018, 9, 1), "chosen")
    old = service.catalogue.promise_by_id["boras-2018"]
    promises = [replace(p, archived=p is old) for p in service.catalogue.promises]
    known = replace(service.catalogue, promises=tuple(promises))
    other = Service(service.settings, known, service.register, service.today)
    context = Context(other, ViewState(), (), (), day, {}, (), None)

    def suggested(**values: str | tuple[str, ...]) -> set[str]:
        found = draft.suggestions(context, "patrol", {"area": "norrby", **values}, day.day)
        return {one.commitment.id for one in found if one.commitment.promise_id == old.id}

    assert suggested() == set()
    assert suggested(commitments=("boras-2018/1",)) == {"boras-2018/1"}
    assert recording.suggestions(service, "patrol", "norrby", day.day)[0].commitment.id in {
        commitment.id for commitment in old.commitments
    }


def test_work_of_another_kind_counts_for_nothing_by_itself(service: Service) -> None:
    kinds = service.catalogue.vocabulary.activity_kinds
    assert (kinds["other"].name.sv, kinds["other"].name.en) == ("Annat", "Other")
    for area in (None, *service.catalogue.area_by_id):
        found = recording.suggestions(service, "other", area, date(2018, 6, 1))
        assert [one.commitment.id for one in found if one.counts] == []
