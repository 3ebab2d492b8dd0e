"""Streets and houses of a small town: found by name and number, and told of a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.basemap.reading import read_base_map, read_osm, write_base_map
from geodata.service import Service
from geodata.service import addresses as of_streets
from geodata.service.addresses import Addresses, parted
from geodata.service.searching import search
from geodata.settings import NO_BASEMAP, Settings, register_url

from .basemap.village import Village, place, square


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Addresses:
    folder, made = tmp_path_factory.mktemp("town"), Village()
    made.way([(0, 0), (40, 0)], highway="residential", name="Kvarngatan")
    made.way([(40, 0), (40, 60)], highway="residential", name="Västgötagatan")
    for number, at in (("3", (10, 2)), ("5 A", (20, 2))):
        tags = {"addr__housenumber": number, "addr__street": "Kvarngatan"}
        made.way(square(*at, 1), building="yes", **tags)
    # A house that says no street.
    made.way(square(38, 30, 1), building="yes", addr__housenumber="12")
    base = read_osm(made.write(folder / "town.osm"))
    # As it is when it is opened again.
    write_base_map(folder / "town.npz", base, "x")
    again = read_base_map(folder / "town.npz", "x")
    assert again is not None
    assert again.house_streets == base.house_streets == ("Kvarngatan", "Kvarngatan", "")
    return Addresses(again)


def test_a_street_is_at_its_middle_and_a_house_where_it_stands(known: Addresses) -> None:
    (street,) = known.of("Kvarngatan")
    assert (street.lon, street.lat) == pytest.approx(place(20, 0), abs=1e-6)
    (house,) = known.of("Kvarngatan", "5a")
    assert house.name == "Kvarngatan 5 A"
    assert (house.lon, house.lat) == pytest.approx(place(20.5, 2.5), abs=1e-4)
    assert known.of("Kvarngatan", "4") == []
    assert known.of("Ingen gata") == ()


def test_the_nearest_house_is_told_and_else_the_street(known: Addresses) -> None:
    # A step north is 11 m: the house's middle stands 2.5 of them from the street.
    found = known.nearest(*place(10.5, -1.5))
    assert found is not None
    house, away_m = found
    assert house.name == "Kvarngatan 3"
    assert away_m == pytest.approx(4 * 11.14, abs=3)
    # From the houses it is more than 300 m; the other street is beside it.
    street = known.nearest(*place(41, 59))
    assert street is not None
    assert street[0].name == "Västgötagatan"
    assert street[1] == pytest.approx(11.9, abs=1)
    assert known.nearest(13.5, 58.5) is None


def test_a_number_is_parted_from_its_street() -> None:
    typed = ("Kvarngatan 3", " Kvarngatan 3b ", "Kvarngatan", "3", "Stora gatan 12 C")
    assert [parted(text) for text in typed] == [
        ("Kvarngatan", "3"),
        ("Kvarngatan", "3b"),
        ("Kvarngatan", ""),
        ("3", ""),
        ("Stora gatan", "12 C"),
    ]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("kvarngatan 3", ["Kvarngatan 3"]),
        ("kvarn", ["Kvarngatan"]),
        ("vastgotagatan", ["Västgötagatan"]),
        ("kvarngtan 5a", ["Kvarngatan 5 A"]),
        ("kvarngatan 99", []),
    ],
)
def test_the_search_finds_streets_and_houses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: Addresses, typed: str, wanted: list[str]
) -> None:
    url = register_url(str(tmp_path / "r.sqlite"))
    with Service.open(Settings(url, basemap=NO_BASEMAP)) as service:
        assert not search(service, typed).has_streets
        monkeypatch.setattr("geodata.service.searching.addresses", lambda: known)
        groups = search(service, typed).groups
        there = [hit.id for group in groups if group.kind == "street" for hit in group.hits]
        assert there == wanted


def test_no_streets_are_no_addresses(tmp_path: Path) -> None:
    assert of_streets.addresses(tmp_path) is None
