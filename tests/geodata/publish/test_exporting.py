"""What a filter lets out, and that a file is whole or not there."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import gpxpy
import pytest
from typer.testing import CliRunner

from geodata.cli import command_line
from geodata.errors import ExportError, RegisterError
from geodata.model import Record, WalkStatus
from geodata.publish import SORTS, WRITERS
from geodata.service import Service
from geodata.service import exporting as tested
from geodata.service.exporting import Wanted, Written, export_file, gather, open_existing
from geodata.settings import NO_BASEMAP, Settings, register_url

BORAS = {"hassleholmen", "hulta", "norrby"}
JUNE = date(2018, 6, 30)


def ids(records: Any) -> list[str]:
    found = [record.id for record in records]
    assert len(found) == len(set(found))
    return sorted(found)


def every(service: Service) -> tuple[list[Any], list[Any], list[Any]]:
    register = service.register
    return register.activities(), register.walks(), register.findings()


# --- filters, against the whole register gone through by hand ------------------------------------


def test_without_a_filter_everything_goes_out(example: Service) -> None:
    activities, walks, findings = every(example)
    export = gather(example, Wanted())
    assert ids(export.activities) == ids(activities)
    assert ids(export.walks) == ids(walks)
    assert ids(export.findings) == ids(findings)
    assert export.counts == {
        "activities": len(activities),
        "walks": len(walks),
        "findings": len(findings),
    }


CHOICES: list[
    tuple[Wanted, Callable[[Any], bool], Callable[[Any], bool], Callable[[Any], bool]]
] = [
    (
        Wanted(promise="boras-2018"),
        lambda a: a.area_id in BORAS,
        lambda w: w.area_id in BORAS,
        lambda f: f.area_id in BORAS,
    ),
    (
        Wanted(area="hedbo"),
        lambda a: a.area_id == "hedbo",
        lambda w: w.area_id == "hedbo",
        lambda f: f.area_id == "hedbo",
    ),
    (
        Wanted(first_day=date(2018, 5, 1), last_day=JUNE),
        lambda a: date(2018, 5, 1) <= a.day <= JUNE,
        lambda w: date(2018, 5, 1) <= w.day <= JUNE,
        lambda f: date(2018, 5, 1) <= f.day <= JUNE,
    ),
    (
        Wanted(as_of=JUNE),
        lambda a: a.day <= JUNE,
        # What is planned is known beforehand, on the map too.
        lambda w: w.day <= JUNE or w.status is not WalkStatus.HELD,
        lambda f: f.day <= JUNE,
    ),
    (
        Wanted(as_of=JUNE, last_day=date(2018, 12, 31), kinds=("foot_patrol", "patrol")),
        lambda a: a.day <= JUNE and a.kind in ("foot_patrol", "patrol"),
        lambda w: False,
        lambda f: False,
    ),
]


@pytest.mark.parametrize(("wanted", "activity", "walk", "finding"), CHOICES)
def test_a_filter_lets_out_what_it_says(
    example: Service,
    wanted: Wanted,
    activity: Callable[[Record], bool],
    walk: Callable[[Record], bool],
    finding: Callable[[Record], bool],
) -> None:
    activities, walks, findings = every(example)
    export = gather(example, wanted)
    assert ids(export.activities) == ids(a for a in activities if activity(a))
    assert ids(export.walks) == ids(w for w in walks if walk(w))
    assert ids(export.findings) == ids(f for f in findings if finding(f))
    assert 0 < len(export.activities) < len(activities)


@pytest.mark.parametrize(
    "wanted", [Wanted(commitment="mark-2018/4"), Wanted(kinds=("safety_walk",))]
)
def test_findings_follow_their_walks(example: Service, wanted: Wanted) -> None:
    activities, walks, findings = every(example)
    export = gather(example, wanted)

    def goes(record: Any) -> bool:
        if wanted.commitment:
            return wanted.commitment in record.commitments
        return getattr(record, "kind", "safety_walk") == "safety_walk"

    on_walks = {walk.id for walk in walks if goes(walk)}
    assert ids(export.activities) == ids(a for a in activities if goes(a))
    assert ids(export.walks) == sorted(on_walks)
    assert ids(export.findings) == ids(f for f in findings if f.walk_id in on_walks)
    assert export.findings


def test_only_the_sorts_asked_for_are_read(example: Service) -> None:
    export = gather(example, Wanted(sorts=("walks",)))
    assert (list(export.activities), list(export.findings)) == ([], [])
    assert export.counts.keys() == {"walks"}


def test_void_records_stay_in(own: Service) -> None:
    activities, walks, findings = every(own)
    gone = next(a for a in activities if a.walk_id is None)
    walk = next(w for w in walks if w.status is WalkStatus.HELD)
    for entity, record in (("activity", gone), ("walk", walk), ("finding", findings[0])):
        own.register.void(entity, record.id, by="test", expected_number=1)  # type: ignore[arg-type]
    export = gather(own, Wanted())
    left = {record.id for sort in SORTS for record in getattr(export, sort)}
    assert not left & {gone.id, walk.id, findings[0].id}
    # The walk's own activity went with it.
    assert len(export.activities) == len(activities) - 2


def test_a_geopackage_tells_of_the_same_areas_as_the_screen(example: Service) -> None:
    export = gather(example, Wanted(promise="mark-2018", as_of=JUNE))
    promises = example.promises("mark-2018")
    assert [area.id for area in export.areas] == [area.id for area in example.areas(promises)]
    assert export.states == {r.area_id: r.worst for r in example.attention(promises, JUNE)}
    assert export.promises == promises
    assert {place.nearest_area for place in export.places} <= {area.id for area in export.areas}


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        (Wanted(promise="x"), "export.unknown"),
        (Wanted(area="x"), "export.unknown"),
        (Wanted(commitment="boras-2018/99"), "export.unknown"),
        (Wanted(kinds=("foot_patrol", "x")), "export.unknown"),
        (Wanted(first_day=JUNE, last_day=date(2018, 6, 29)), "export.period"),
    ],
)
def test_what_is_not_there_is_refused(example: Service, wanted: Wanted, key: str) -> None:
    with pytest.raises(ExportError) as refused:
        gather(example, wanted)
    assert refused.value.key == key


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_a_file_is_written_whole(example: Service, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"åäö och mer{suffix.upper()}"
    written = export_file(example, Wanted(sorts=("findings",)), path)
    # Every finding of the example has a place, which a receiver's file needs.
    assert written == Written({"findings": len(example.register.findings())}, 0)
    assert path.stat().st_size > 1_000
    assert list(tmp_path.iterdir()) == [path]


def test_what_has_no_place_is_in_no_file_for_receivers_and_counted(
    example: Service, tmp_path: Path
) -> None:
    written = export_file(example, Wanted(sorts=("activities",)), tmp_path / "x.gpx")
    gpx = gpxpy.parse((tmp_path / "x.gpx").read_text(encoding="utf-8"))
    held = len(gpx.tracks) + len(gpx.routes) + len(gpx.waypoints)
    assert written.counts == {"activities": held}
    assert held + written.without_place == len(example.register.activities())
    assert written.without_place > 0
    every = export_file(example, Wanted(sorts=("activities",)), tmp_path / "x.csv")
    assert every == Written({"activities": held + written.without_place}, 0)


def test_a_file_that_is_there_is_kept(example: Service, tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError) as refused:
        export_file(example, Wanted(), path)
    assert refused.value.key == "export.exists"
    assert path.read_text(encoding="utf-8") == "mine"
    export_file(example, Wanted(), path, replace=True)
    assert path.read_text(encoding="utf-8").startswith("{")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_never_replaced(example: Service, tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(ExportError) as refused:
        export_file(example, Wanted(sorts=("walks",)), tmp_path / "x.csv", replace=True)
    assert refused.value.key == "export.exists"


@pytest.mark.parametrize("name", ["x", "x.xls", "x.csv.exe", ".gpkg"])
def test_an_unknown_suffix_is_refused(example: Service, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError) as refused:
        export_file(example, Wanted(), tmp_path / name)
    assert refused.value.key == "export.suffix"


def test_a_missing_folder_is_told(example: Service, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as refused:
        export_file(example, Wanted(), tmp_path / "no" / "x.gpx")
    assert refused.value.key == "export.unwritable"


def test_a_full_disk_leaves_what_was_there(
    example: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.gpx"
    path.write_text("mine", encoding="utf-8")

    def full(_export: object, new: Path) -> None:
        new.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tested, "WRITERS", {".gpx": full})
    with pytest.raises(ExportError) as refused:
        export_file(example, Wanted(), path, replace=True)
    assert refused.value.key == "export.unwritable"
    assert path.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_misspelt_register_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "misspelt.sqlite"
    with pytest.raises(RegisterError) as refused:
        open_existing(Settings(register_url(str(path)), basemap=NO_BASEMAP))
    assert refused.value.key == "register.missing"
    assert not path.exists()


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def run(
    example: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("LOFTESKARTAN_SETTINGS", str(tmp_path / "empty.toml"))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    register = example.settings.register

    def export(*arguments: object) -> tuple[int, str]:
        given = ["export", *map(str, arguments)]
        if "--register" not in given:
            given += ["--register", register]
        done = CliRunner().invoke(command_line, given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return export


def table(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_command_writes_what_was_asked_for(
    run: Callable[..., tuple[int, str]], tmp_path: Path, example: Service
) -> None:
    path = tmp_path / "x.csv"
    code, said = run(
        path,
        *("--what", "activities", "--area", "norrby", "--kind", "foot_patrol"),
        *("--from", "2018-05-01", "--to", "2018-06-30", "--language", "sv"),
    )
    assert code == 0, said
    found = table(path)
    assert f"{path} is written: {len(found)} activities." in " ".join(said.split())
    assert ids(
        a
        for a in example.register.activities()
        if a.area_id == "norrby" and a.kind == "foot_patrol" and date(2018, 5, 1) <= a.day <= JUNE
    ) == sorted(row["lofteskartan_id"] for row in found)
    assert {row["kind_name"] for row in found} == {"Fotpatrull"}


def test_the_command_takes_everything_if_not_told_otherwise(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    code, said = run(tmp_path / "x.gpkg")
    assert code == 0
    assert "activities" in said
    assert "walks" in said
    assert "findings" in said


def test_the_command_says_what_is_wrong(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    code, said = run(path)
    assert (code, path.exists()) == (1, False)
    assert "--what" in said
    assert "x.csv" in said
    path.write_text("mine", encoding="utf-8")
    code, said = run(path, "--what", "walks")
    assert code == 1
    assert "--force" in said
    code, _ = run(path, "--what", "walks", "--force")
    assert code == 0
    assert len(table(path)) > 1
    code, said = run(tmp_path / "y.gpx", "--area", "atlantis")
    assert code == 1
    assert "hulta" in said
    code, said = run(tmp_path / "y.gpx", "--from", "in May")
    assert code == 2
    missing = tmp_path / "no.sqlite"
    code, said = run(tmp_path / "y.gpx", "--register", missing)
    assert (code, missing.exists()) == (1, False)
    assert not (tmp_path / "y.gpx").exists()


def test_a_file_that_came_meanwhile_is_kept(
    example: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.geojson"
    real = WRITERS[".geojson"]

    def slow(export: Any, new: Path) -> None:
        real(export, new)
        path.write_text("somebody else's", encoding="utf-8")

    monkeypatch.setattr(tested, "WRITERS", {".geojson": slow})
    with pytest.raises(ExportError) as refused:
        export_file(example, replace(Wanted(), sorts=("walks",)), path)
    assert refused.value.key == "export.exists"
    assert path.read_text(encoding="utf-8") == "somebody else's"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on what a process may write")
@pytest.mark.parametrize("name", ["x.gpkg", "x.csv"])
def test_a_full_disk_is_told_on_the_command_line(
    example_file: Path, tmp_path: Path, name: str
) -> None:
    register = shutil.copyfile(example_file, tmp_path / "own.sqlite")
    (tmp_path / "empty.toml").touch()
    own = {"LC_ALL": "C.UTF-8", "LOFTESKARTAN_SETTINGS": str(tmp_path / "empty.toml")}
    path = tmp_path / "out" / name
    path.parent.mkdir()
    said = "import resource as r, sys; r.setrlimit(r.RLIMIT_FSIZE, (40_000, 40_000)); "
    said += "from geodata.cli import main; sys.exit(main())"
    asked = ["export", str(path), "--what", "activities", "--register", str(register)]
    done = subprocess.run(
        [sys.executable, "-c", said, *asked],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"{path} can't be written.")
    assert done.stdout == ""
    assert list(path.parent.iterdir()) == []
