import json
from pathlib import Path

import pytest

from geodata.errors import IntakeError
from geodata.intake.fields import Locate
from geodata.intake.importing import read_folder
from geodata.intake.report import Reading
from geodata.model import Catalogue, Record, SourceKind

from ...intakes import one_by_one

GPX = (
    '<gpx version="1.1" creator="t"><rte>'
    '<rtept lat="57.705" lon="12.905"/><rtept lat="57.706" lon="12.905"/></rte></gpx>'
)
FINDING = {"walk": "Vår", "category": "lighting", "text": "mörkt"}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    found = {"type": "Feature", "properties": FINDING, "geometry": None}
    files = {
        "activities.csv": "date,kind\n2018-03-07,x\n2018-03-07,x\n",
        "events.csv": "date,kind\n2018-05,x\n",
        "walks.csv": "name,status,date,area,route\nVår,held,2018-04-24,vaster,r.gpx\n",
        "r.gpx": GPX,
        "findings.geojson": json.dumps({"type": "FeatureCollection", "features": [found]}),
        "README.md": "not read",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def read(folder: Path, catalogue: Catalogue, locate: Locate) -> Reading:
    return read_folder(
        folder,
        catalogue=catalogue,
        locate_many=one_by_one(locate),
        origin_kind=SourceKind.EXAMPLE,
    )


def test_reads_the_folder_together(filled: Path, catalogue: Catalogue, locate: Locate) -> None:
    found = read(filled, catalogue, locate)
    assert [p.key for p in found.problems] == ["intake.same_as_row"]
    assert [a.origin.file for a in found.activities] == ["activities.csv"] * 2 + ["events.csv"]
    [walk], [finding] = found.walks, found.findings
    assert walk.route is not None
    assert (finding.walk_id, finding.day) == (walk.id, walk.day)
    assert found.rows_read == 5
    records: list[Record] = [*found.activities, walk, finding]
    assert {r.origin.kind for r in records} == {SourceKind.EXAMPLE}


def test_a_finding_may_name_a_walk_by_its_id(
    filled: Path, catalogue: Catalogue, locate: Locate
) -> None:
    [walk] = read(filled, catalogue, locate).walks
    path = filled / "findings.geojson"
    path.write_text(
        path.read_text(encoding="utf-8").replace("V\\u00e5r", walk.id), encoding="utf-8"
    )
    [finding] = read(filled, catalogue, locate).findings
    assert finding.walk_id == walk.id


def test_a_copied_file_adds_nothing(filled: Path, catalogue: Catalogue, locate: Locate) -> None:
    before = read(filled, catalogue, locate)
    text = (filled / "activities.csv").read_text(encoding="utf-8")
    (filled / "activities (1).csv").write_text(text, encoding="utf-8")
    after = read(filled, catalogue, locate)
    assert {a.id for a in after.activities} == {a.id for a in before.activities}
    assert len(after.activities) == len(before.activities)
    twice = [p for p in after.problems if p.key == "intake.in_other_file"]
    assert [(p.file, p.row, p.severity) for p in twice] == [
        ("activities.csv", 2, "notice"),
        ("activities.csv", 3, "notice"),
    ]


def test_a_broken_file_does_not_stop_the_others(
    filled: Path, catalogue: Catalogue, locate: Locate
) -> None:
    (filled / "walks.csv").write_bytes(b"\xff\xfe\x00")
    found = read(filled, catalogue, locate)
    assert len(found.activities) == 3
    assert [(p.file, p.row, p.key) for p in found.problems if p.severity == "error"] == [
        ("walks.csv", None, "intake.binary"),
        ("findings.geojson", 1, "intake.unknown_walk"),
        ("findings.geojson", 1, "intake.missing_value"),
    ]


def test_needs_a_folder_with_something_in_it(
    tmp_path: Path, catalogue: Catalogue, locate: Locate
) -> None:
    with pytest.raises(IntakeError, match=r"intake\.nothing_in_folder"):
        read(tmp_path, catalogue, locate)
    with pytest.raises(IntakeError, match=r"intake\.no_folder"):
        read(tmp_path / "none", catalogue, locate)
