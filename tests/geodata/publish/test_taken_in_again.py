"""An export as one zip file goes back in through the register's own door, whole or not at all."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from geodata.cli import command_line
from geodata.errors import IntakeError
from geodata.model import ActivityFilter, Language, Walk, WalkStatus
from geodata.service import Service
from geodata.service.exporting import FILE_SORTS, Wanted, export_file
from geodata.service.import_report import ReadOptions
from geodata.service.imports import Stopped, examine, take_back, take_in
from geodata.settings import register_url

EVERYTHING = ActivityFilter()


@pytest.fixture(scope="module")
def taken_out(example: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("out") / "allt.zip"
    export_file(example, Wanted(), path)
    return path


@pytest.fixture
def empty(example: Service, own_blank: Path) -> Iterator[Service]:
    """A register with the published events alone."""
    settings = replace(example.settings, register=register_url(str(own_blank)))
    with Service.open(settings, today=lambda: date(2026, 1, 1)) as opened:
        yield opened


def counts(service: Service) -> tuple[int, int, int]:
    register = service.register
    return register.count_activities(EVERYTHING), len(register.walks()), len(register.findings())


def repacked(path: Path, new: Path, name: str, change: Callable[[str], str]) -> Path:
    """Write a zip file anew with one of its tables changed."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(new, "w") as target:
        for part in source.namelist():
            text = source.read(part).decode("utf-8-sig")
            target.writestr(part, change(text) if part == name else text)
    return new


BESIDE: Final = ["intake.archive_catalogue"] * 2


def test_it_is_one_import(example: Service, empty: Service, taken_out: Path) -> None:
    before = counts(empty)
    examined = examine(empty, taken_out)
    report = examined.report
    activities, walks, findings = counts(example)
    held = sum(walk.status is WalkStatus.HELD for walk in example.register.walks())
    assert (report.file, report.refused) == ("allt.zip", 0)
    # Indicators and readings go in by another door, which is told.
    assert [problem.key for problem in report.problems] == BESIDE
    # Held walks are counted once: the activities that they are come with them.
    spots = len(example.hot_spots())
    assert report.rows_read == activities - held + walks + findings + spots
    # None of the published walks was held, so every record there is a row.
    assert (report.new, report.doubles) == (report.rows_read - sum(before), sum(before))
    assert (report.linked, report.has_rest) == (0, False)
    taken = take_in(empty, examined, by="test", good_only=False)
    assert taken.count == report.new
    assert counts(empty) == counts(example)
    again = examine(empty, taken_out).report
    assert (again.new, again.doubles) == (0, again.rows_read)
    assert take_back(empty, taken, by="test") == taken.count
    assert counts(empty) == before


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("suffix", "names"),
    [
        (".gpx", ("all",)),
        (".geojson", ("all",)),
        (".gpkg", ("all",)),
        (".zip", ("all",)),
        (".csv", ("activities", "walks", "findings")),
    ],
)
def test_what_the_register_has_is_not_added_again(
    example: Service, tmp_path: Path, suffix: str, names: tuple[str, ...], language: Language
) -> None:
    """Whatever the format, taking a file out and in again on one register adds nothing."""
    placed = {activity.id for activity in example.register.activities() if activity.place}
    for name in names:
        path = tmp_path / f"{name}{suffix}"
        export_file(example, Wanted(sorts=FILE_SORTS[name], language=language), path)
        examined = examine(example, path)
        report = examined.report
        assert (report.new, report.refused) == (0, 0)
        assert [p.key for p in report.problems] == (BESIDE if suffix in (".zip", ".gpkg") else [])
        assert report.doubles == report.rows_read > 0
        if suffix == ".gpx":
            # A held walk is there as itself.
            walked = {a.id for a in example.register.activities() if a.walk_id is not None}
            assert {a.id for a in examined.reading.activities} == placed - walked


def test_tracks_of_others_beside_our_own_are_read_too(example: Service, tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    export_file(example, Wanted(), path)
    text = path.read_text(encoding="utf-8")
    more = '<wpt lat="57.7245" lon="12.9295"><name>Torget</name></wpt>'
    path.write_text(text.replace("<wpt", f"{more}<wpt", 1), encoding="utf-8")
    options = ReadOptions(kind="foot_patrol", day=date(2018, 6, 1))
    examined = examine(example, path, options)
    assert [(a.note, a.day) for a in examined.new] == [("Torget", date(2018, 6, 1))]
    assert examined.report.doubles == examined.report.rows_read - 1


def test_a_stop_in_the_middle_leaves_nothing(empty: Service, taken_out: Path) -> None:
    before = counts(empty)
    examined = examine(empty, taken_out)

    def stop(share: float) -> None:
        if share > 0.8:
            raise Stopped

    with pytest.raises(Stopped):
        take_in(empty, examined, by="test", good_only=False, watch=stop)
    assert counts(empty) == before


def test_all_or_nothing_is_over_all_tables(empty: Service, taken_out: Path, tmp_path: Path) -> None:
    def spoil(text: str) -> str:
        return text.replace(";open;", ";nonsense;", 1)

    before = counts(empty)
    path = repacked(taken_out, tmp_path / "spoilt.zip", "findings.csv", spoil)
    examined = examine(empty, path)
    assert (examined.report.refused, examined.report.has_rest) == (1, True)
    with pytest.raises(IntakeError) as refused:
        take_in(empty, examined, by="test", good_only=False)
    assert refused.value.key == "intake.not_all_good"
    assert counts(empty) == before
    taken = take_in(empty, examined, by="test", good_only=True)
    assert taken.count == examined.report.new == examined.report.rows_read - 1 - sum(before)


def test_findings_follow_a_walk_that_is_there_by_another_id(
    example: Service, empty: Service, taken_out: Path
) -> None:
    finding = next(f for f in example.register.findings() if f.walk_id is not None)
    walk = example.register.walk(str(finding.walk_id))
    there: Walk = replace(walk, id="00000000-0000-4000-8000-00000000000a")
    empty.register.add([there], by="test")
    take_in(empty, examine(empty, taken_out), by="test", good_only=False)
    assert empty.register.finding(finding.id) == replace(finding, walk_id=there.id)
    assert len(empty.register.walks()) == len(example.register.walks())


def test_the_command_takes_it(
    empty: Service,
    example: Service,
    taken_out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    register = ("--register", empty.settings.register)

    def run(*arguments: object) -> tuple[int, str]:
        done = CliRunner().invoke(command_line, ["import", *map(str, arguments), *register])
        return done.exit_code, " ".join(done.output.split())

    def spoil(text: str) -> str:
        return text.replace("lighting", "nonsense", 1)

    spoilt = repacked(taken_out, tmp_path / "spoilt.zip", "findings.csv", spoil)
    code, said = run(spoilt)
    assert code == 1
    assert "findings.csv, Row" in said
    shutil.copyfile(taken_out, tmp_path / "a.zip")
    code, said = run(tmp_path / "a.zip")
    assert code == 0, said
    assert counts(empty) == counts(example)
    (tmp_path / "b.zip").write_bytes(b"PK\5\6" + bytes(18))
    code, said = run(tmp_path / "b.zip")
    assert code == 1
    assert "b.zip holds nothing to import" in said
