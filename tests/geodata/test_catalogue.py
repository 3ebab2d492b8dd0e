"""The catalogue as shipped, against the facts it is made from; and what `check` looks at."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from geodata.catalogue.files import files_in
from geodata.catalogue.loading import CheckSummary, check, load_catalogue
from geodata.errors import CatalogueError
from geodata.model import Appointment, Catalogue, Count, Milestone, Presence
from geodata.settings import bundled_data

HOUSING = ("hedbo", "assberg", "snickaren-muraren")
BORAS = ("hassleholmen", "hulta", "norrby")
ALL_BORAS = ("polisen", "boras-stad", "ab-bostader")

OF_2018 = ("boras-2018", "mark-2018")

# From the promises themselves: owners, areas, where needed, measure, activity kinds.
PROMISED = {
    "boras-2018/1": (("polisen",), BORAS, (), Presence, ("patrol", "foot_patrol")),
    "boras-2018/2": (("polisen",), ("norrby",), (), Presence, ("foot_patrol",)),
    "boras-2018/3": (("polisen",), BORAS, (), Count, ("operation",)),
    "boras-2018/4": (("polisen",), BORAS, (), Presence, ("targeted_work",)),
    "boras-2018/5": (ALL_BORAS, BORAS, (), Count, ("information_meeting",)),
    "boras-2018/6": (ALL_BORAS, ("norrby",), (), Milestone, ("watch_presented", "watch_started")),
    "mark-2018/1": (("polisen",), ("kinna-centrum",), HOUSING, Presence, ("foot_patrol",)),
    "mark-2018/2": (("polisen",), (), (), Presence, ("targeted_work",)),
    "mark-2018/3": (
        ("polisen", "marks-bostad"),
        ("hedbo",),
        (),
        Milestone,
        ("citizen_dialogue",),
    ),
    "mark-2018/4": (("polisen", "marks-bostad"), HOUSING, (), Count, ("safety_walk",)),
    "mark-2018/5": (
        ("polisen", "marks-bostad"),
        ("hedbo", "snickaren-muraren"),
        (),
        Milestone,
        ("watch_presented", "watch_started"),
    ),
    "mark-2018/6": (("marks-bostad", "marks-kommun"), (), (), Appointment, ("appointment",)),
}


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue([bundled_data()])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the shipped catalogue that a test may change."""
    folder = tmp_path / "data"
    (folder / "promises").mkdir(parents=True)
    for source in files_in(bundled_data()):
        shutil.copy(source.path, folder / source.path.relative_to(bundled_data()))
    return folder


def test_every_commitment_is_there_as_promised(shipped: Catalogue) -> None:
    found = {
        c.id: (c.owners, c.areas, c.areas_where_needed, type(c.measure), c.kinds)
        for c in shipped.commitment_by_id.values()
        if c.promise_id in OF_2018
    }
    assert found == PROMISED


def test_periods_and_days(shipped: Catalogue) -> None:
    boras, mark = shipped.promise_by_id["boras-2018"], shipped.promise_by_id["mark-2018"]
    assert (boras.period.start, boras.period.end) == (date(2018, 2, 1), date(2019, 1, 31))
    assert (mark.period.start, mark.period.end) == (date(2018, 1, 1), date(2018, 12, 31))
    assert boras.period.days == mark.period.days == 365
    assert (boras.signed, boras.published) == (date(2018, 2, 20), None)
    assert (mark.signed, mark.published) == (None, date(2017, 11, 29))
    assert (len(boras.goals), len(mark.goals)) == (3, 2)


def test_targets_and_due_days(shipped: Catalogue) -> None:
    def counted(commitment: str) -> tuple[int, str]:
        measure = shipped.commitment_by_id[commitment].measure
        assert isinstance(measure, Count)
        return measure.target, measure.per

    def due(commitment: str) -> dict[str, date | None]:
        measure = shipped.commitment_by_id[commitment].measure
        assert isinstance(measure, Milestone)
        return {step.id: step.due for step in measure.steps}

    assert counted("boras-2018/3") == counted("boras-2018/5") == (4, "all")
    assert counted("mark-2018/4") == (1, "area")
    assert due("boras-2018/6") == {"presented": None, "started": date(2018, 12, 31)}
    assert due("mark-2018/3") == {"held": date(2018, 5, 31)}
    assert due("mark-2018/5") == {"presented": None, "started": None}
    assert shipped.commitment_by_id["mark-2018/3"].deadline == date(2018, 5, 31)


def test_our_own_readings_are_said_to_be_ours(shipped: Catalogue) -> None:
    for commitment in ("mark-2018/3", "mark-2018/4"):
        reading = shipped.commitment_by_id[commitment].measure.reading
        assert reading is not None
        assert "vår" in reading.sv or "Vi läser" in reading.sv
        assert "our reading" in reading.en or "We read" in reading.en


def test_reported_outcomes_keep_their_own_period_and_caution(shipped: Catalogue) -> None:
    found = {
        (o.promise_id, o.commitment_id, o.amount, o.period.sv, o.same_period)
        for p in shipped.promises
        if p.id in OF_2018
        for o in p.outcomes
    }
    assert found == {
        ("boras-2018", "boras-2018/3", 8, "2018–2019", False),
        ("boras-2018", "boras-2018/5", 8, "2018–2019", False),
        ("boras-2018", "boras-2018/6", None, "2018–2019", False),
        ("boras-2018", None, None, "2018–2019", False),
        ("mark-2018", "mark-2018/4", None, "2018", True),
        ("mark-2018", "mark-2018/5", None, "2018", True),
        ("mark-2018", "mark-2018/6", None, "2018", True),
    }
    assert all(o.caution for p in shipped.promises for o in p.outcomes)


def test_areas_and_places(shipped: Catalogue) -> None:
    assert set(shipped.area_by_id) == {*BORAS, "kinna-centrum", *HOUSING}
    assert len(shipped.places) == 74
    assert {a.outline_method for a in shipped.areas if a.municipality == "Borås"} == {"generalised"}
    assert {a.outline_method for a in shipped.areas if a.municipality == "Mark"} == {"nominal"}
    for area in ("hassleholmen", "hulta"):
        assert "DeSO" in shipped.area_by_id[area].outline_source.sv
        assert "is ours" in shipped.area_by_id[area].outline_source.en


def test_residents_are_told_only_where_somebody_has_said_how_many(shipped: Catalogue) -> None:
    known = {area.id: area.residents for area in shipped.areas if area.residents}
    assert {id_: residents.count for id_, residents in known.items()} == {"norrby": 4121}
    assert "andra hand" in known["norrby"].source.sv
    assert "second-hand" in known["norrby"].source.en


def test_openstreetmap_is_credited_in_places_and_readme(shipped: Catalogue) -> None:
    sources = {place.source for place in shipped.places}
    assert sources == {"Västtrafik 2021", "© OpenStreetMap contributors (ODbL)"}
    readme = (bundled_data() / "README.md").read_text(encoding="utf-8")
    assert all(source in readme for source in sources)


def test_digest_follows_every_file(root: Path, shipped: Catalogue) -> None:
    assert load_catalogue([root]).digest == shipped.digest
    for path in sorted(root.rglob("*.*")):
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert load_catalogue([root]).digest != shipped.digest
        path.write_bytes(before)


def test_check_counts_what_it_checked(root: Path) -> None:
    assert check([], [root]) == ([], CheckSummary(10, 42, 7, 74, 13, 35))
    assert check([root / "promises" / "mark-2018.toml"], [root]) == ([], CheckSummary(1, 6, 0, 0))
    assert check([root], [root]) == ([], CheckSummary(10, 42, 7, 74, 13, 35))


def test_a_valid_copy_replaces_the_one_it_copies(root: Path) -> None:
    mistakes, summary = check([root / "promises" / "boras-2018.toml"], [bundled_data()])
    assert (mistakes, summary.promises) == ([], 1)
    assert check([root], [bundled_data()])[0] == []


def test_two_given_copies_are_duplicates(root: Path, tmp_path: Path) -> None:
    given = root / "promises" / "boras-2018.toml"
    copy = tmp_path / "copy.toml"
    shutil.copy(given, copy)
    (mistake,) = check([given, copy], [bundled_data()])[0]
    assert (mistake.file, mistake.key) == (str(copy), "catalogue.duplicate_promise")
    assert check([given, given], [bundled_data()])[0] == []


def test_two_files_of_a_folder_with_the_same_ids_do_not_load(root: Path) -> None:
    shutil.copy(root / "promises" / "boras-2018.toml", root / "promises" / "again.toml")
    shutil.copy(root / "areas.geojson", root / "areas-again.geojson")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue([bundled_data(), root])
    keys = [mistake.key for mistake in caught.value.mistakes]
    assert keys.count("catalogue.duplicate_promise") == 1
    assert keys.count("catalogue.duplicate_area") == 7
    assert caught.value.values["count"] == len(keys) == 8


def test_a_later_folder_replaces_promises_and_areas_where_they_stand(
    root: Path, shipped: Catalogue
) -> None:
    assert load_catalogue([bundled_data(), root]).promises == shipped.promises
    # What is replaced is not counted; the places are the same, but each folder's own.
    assert check([], [bundled_data(), root]) == ([], CheckSummary(10, 42, 7, 148, 13, 35))
    for path in (root / "promises" / "mark-2018.toml", root / "places.csv"):
        path.unlink()
    promise = root / "promises" / "boras-2018.toml"
    text = promise.read_text(encoding="utf-8")
    promise.write_text(text.replace("target = 4", "target = 9", 1), encoding="utf-8")
    document = json.loads((root / "areas.geojson").read_text(encoding="utf-8"))
    (norrby,) = [f for f in document["features"] if f["properties"]["id"] == "norrby"]
    norrby["properties"]["name"] = "Norra Norrby"
    norrby["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[12.92, 57.72], [12.93, 57.72], [12.93, 57.73], [12.92, 57.72]]],
    }
    (root / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [norrby]}), encoding="utf-8"
    )
    found = load_catalogue([bundled_data(), root])
    assert [p.id for p in found.promises] == [p.id for p in shipped.promises]
    assert [a.id for a in found.areas] == [a.id for a in shipped.areas]
    replaced = found.area_by_id["norrby"]
    assert replaced.name == "Norra Norrby"
    assert len(replaced.outline.exterior.coords) == 4
    assert [a for a in found.areas if a.id != "norrby"] == [
        a for a in shipped.areas if a.id != "norrby"
    ]
    measure = found.commitment_by_id["boras-2018/3"].measure
    assert isinstance(measure, Count)
    assert measure.target == 9
    assert found.promise_by_id["mark-2018"] == shipped.promise_by_id["mark-2018"]
    # The other way round the shipped files are the later ones.
    back = load_catalogue([root, bundled_data()])
    assert {a.id: a for a in back.areas} == shipped.area_by_id


def test_the_same_folder_twice_is_read_once(shipped: Catalogue) -> None:
    assert load_catalogue([bundled_data(), bundled_data()]).digest == shipped.digest


def test_mistakes_of_the_folders_own_are_not_the_given_files(root: Path) -> None:
    promise = root / "promises" / "boras-2018.toml"
    promise.write_text(
        promise.read_text(encoding="utf-8").replace("target = 4", "target = 0"), encoding="utf-8"
    )
    assert len(check([], [root])[0]) == 2
    assert check([bundled_data() / "places.csv"], [root])[0] == []
    assert len(check([promise], [bundled_data()])[0]) == 2


def test_an_area_left_without_a_promise_is_told(root: Path) -> None:
    given = root / "promises" / "mark-2018.toml"
    text = given.read_text(encoding="utf-8").replace('"assberg", ', "")
    given.write_text(text, encoding="utf-8")
    mistakes, summary = check([given], [bundled_data()])
    (mistake,) = summary.notes
    assert mistakes == []
    assert mistake.key == "catalogue.unused_area"
    assert mistake.place == 'features[6].properties.id "assberg"'
    assert mistake.file == str(bundled_data() / "areas.geojson")


def test_own_folder_adds_terms_areas_and_promises(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "promises").mkdir(parents=True)
    (own / "vocabulary.toml").write_text(
        '[activity_kinds]\nnight_walk = { sv = "Nattvandring", en = "Night walk" }\n'
        '[area_kinds]\npark = { sv = "park", en = "park" }\n',
        encoding="utf-8",
    )
    document = json.loads((root / "areas.geojson").read_text(encoding="utf-8"))
    (park,) = [f for f in document["features"] if f["properties"]["id"] == "norrby"]
    park["properties"] |= {"id": "parken", "name": "Parken", "kind": "park"}
    (own / "areas-own.geojson").write_text(json.dumps({**document, "features": [park]}))
    promise = (root / "promises" / "boras-2018.toml").read_text(encoding="utf-8")
    promise = promise.replace('id = "boras-2018"', 'id = "own-2018"')
    promise = re.sub(r"^areas = .*$", 'areas = ["parken"]', promise, flags=re.M)
    promise = promise.replace('"foot_patrol"', '"night_walk"')
    (own / "promises" / "own.toml").write_text(promise, encoding="utf-8")

    assert check([own], [bundled_data()]) == ([], CheckSummary(1, 6, 1, 0))
    both = load_catalogue([bundled_data(), own])
    assert [p.id for p in both.promises if p.id.endswith("-2018")] == [*OF_2018, "own-2018"]
    assert both.vocabulary.activity_kinds["night_walk"].name.sv == "Nattvandring"
    assert both.vocabulary.activity_kinds["patrol"].name.sv == "Patrullering"
    assert both.area_by_id["parken"].kind == "park"
    assert [a.id for a in both.areas][-1] == "parken"
