"""Hot spots come in as any other file does: told first, doubles passed over, and taken back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from geodata.errors import IntakeError
from geodata.service import Service
from geodata.service.import_report import Examined, ReadOptions, write_rest
from geodata.service.imports import examine, take_back, take_in
from geodata.settings import NO_BASEMAP, Settings, register_url
from geodata.texts import Words

BY = "Kansliet"
HEADER = "Namn;Latitud;Longitud;Radie (m);Vikt;Gäller från;Gäller till;Besök per vecka"
TORGET = "Torget;57,7245;12,9295;100;2;2018-02-01;;3,5"
PARKEN = "Parken;57,7250;12,9300;;;2018-03-01;2018-06-30;"
WRONG = "Skolan;57,7250;12,9300;stor;;2018-03-01;;"


def opened(path: Path) -> Service:
    return Service.open(Settings(register_url(str(path)), basemap=NO_BASEMAP))


@pytest.fixture
def service(blank_file: Path, tmp_path: Path) -> Iterator[Service]:
    shutil.copyfile(blank_file, tmp_path / "register.sqlite")
    service = opened(tmp_path / "register.sqlite")
    yield service
    service.close()


def table(folder: Path, *rows: str, name: str = "platser.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text("\r\n".join([header, *rows, ""]), encoding="cp1252", newline="")
    return path


def tally(examined: Examined) -> tuple[int, int, int]:
    return examined.report.new, examined.report.doubles, examined.report.refused


def names(service: Service) -> list[str]:
    return sorted(spot.name for spot in service.hot_spots())


def test_they_are_told_saved_once_and_taken_back(service: Service, tmp_path: Path) -> None:
    found = examine(service, table(tmp_path, TORGET, PARKEN, WRONG))
    assert found.report.what == "hot_spots"
    assert tally(found) == (2, 0, 1)
    assert [(p.row, p.field, p.key) for p in found.report.problems] == [
        (4, "Radie (m)", "intake.not_a_decimal")
    ]
    assert names(service) == []
    with pytest.raises(IntakeError, match="not_all_good"):
        take_in(service, found, by=BY, good_only=False)
    taken = take_in(service, found, by=BY, good_only=True)
    assert (taken.count, names(service)) == (2, ["Parken", "Torget"])
    torget = next(spot for spot in service.hot_spots() if spot.name == "Torget")
    assert (torget.radius_m, torget.weight, torget.visits_a_week) == (100, 2, 3.5)
    assert torget.area_id == "norrby"
    assert (torget.origin.file, torget.origin.row) == ("platser.csv", 2)
    # Twice is once, also by another program's letters and with another dose.
    again = table(tmp_path, TORGET.replace("3,5", "5"), PARKEN, name="igen.csv")
    assert tally(examine(service, again)) == (0, 2, 0)
    assert take_back(service, taken, by=BY) == 2
    assert names(service) == []


def test_what_is_refused_can_be_corrected(service: Service, tmp_path: Path) -> None:
    found = examine(service, table(tmp_path, TORGET, WRONG))
    rest = tmp_path / "rest.csv"
    write_rest(found, rest, Words("sv"), service.catalogue)
    corrected = rest.read_text(encoding="utf-8-sig").replace("stor", "80")
    rest.write_text(corrected, encoding="utf-8")
    assert tally(examine(service, rest)) == (1, 0, 0)


def test_what_was_done_somewhere_is_no_hot_spot(service: Service, tmp_path: Path) -> None:
    header = "Datum;Slag;Namn;Latitud;Longitud;Från;Till"
    row = "2018-06-01;Fotpatrull;Torget;57,7245;12,9295;18:00;19:00"
    assert examine(service, table(tmp_path, row, header=header)).report.what == "activities"
    # Nor is what somebody says that the rows are.
    spots = table(tmp_path, TORGET)
    assert examine(service, spots, ReadOptions(what="walks")).report.what == "walks"
