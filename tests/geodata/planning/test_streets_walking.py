"""What one may walk on, case by case."""

from __future__ import annotations

import pytest

from geodata.planning.travel import is_walkable


@pytest.mark.parametrize(
    "highway",
    [
        *("footway", "path", "steps", "cycleway", "pedestrian", "track", "residential", "service"),
        *("living_street", "primary", "secondary_link", "tertiary", "unclassified", "bridleway"),
    ],
)
def test_one_walks_on_streets_and_paths(highway: str) -> None:
    assert is_walkable({"highway": highway})
    assert is_walkable({"highway": highway, "oneway": "yes", "vehicle": "no", "bicycle": "no"})
    assert not is_walkable({"highway": highway, "foot": "no"})
    assert not is_walkable({"highway": highway, "access": "private"})
    assert is_walkable({"highway": highway, "access": "private", "foot": "permissive"})
    assert is_walkable({"highway": highway, "access": "no", "foot": "designated"})


@pytest.mark.parametrize("highway", ["motorway", "motorway_link", "trunk", "trunk_link", "busway"])
def test_roads_for_cars_need_a_word_for_walkers(highway: str) -> None:
    assert not is_walkable({"highway": highway})
    assert not is_walkable({"highway": highway, "access": "yes"})
    assert is_walkable({"highway": highway, "foot": "yes"})


@pytest.mark.parametrize("highway", ["construction", "proposed", "raceway", "razed", "abandoned"])
def test_what_is_no_way_today_is_never_walked(highway: str) -> None:
    assert not is_walkable({"highway": highway})
    assert not is_walkable({"highway": highway, "foot": "yes"})


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ({}, False),
        ({"building": "yes", "foot": "yes"}, False),
        ({"railway": "rail"}, False),
        ({"highway": "no_such_kind"}, False),
        ({"highway": ""}, False),
        ({"highway": "pedestrian", "area": "yes"}, True),
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "primary", "motorroad": "yes", "foot": "yes"}, True),
        ({"highway": "residential", "foot": "use_sidepath"}, False),
        ({"highway": "residential", "sidewalk": "separate"}, True),
        ({"highway": "service", "access": "customers"}, True),
        # As OSMnx writes edges made of several ways.
        ({"highway": "['footway', 'steps']"}, True),
        ({"highway": "['footway', 'motorway']"}, False),
        ({"highway": "footway", "access": "['yes', 'private']"}, False),
    ],
    ids=str,
)
def test_the_most_specific_tag_decides(tags: dict[str, str], *, walked: bool) -> None:
    assert is_walkable(tags) is walked
